"""N electrons without a force in mpmath, state after state: what `spectrum.free` is held against.

No window, no measuring from a ground state, no reference μ: power sums of U = E − ωm and m over all ways to
place n electrons, carried as plain numbers of many digits, and averages as differences of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Shells = Sequence[tuple[float, Sequence[float]]]
"""The energy of each shell and one moment for each of its pairs."""


def canonical(
    shells: Shells, electrons: int, temperature: float, field: float, digits: int = 60
) -> dict[str, Any]:
    """All averages of N electrons at T > 0, mpmath numbers.

    Returns
    -------
    dict
        `log_sum` is ln Z + βU₀, `excitation` ⟨U⟩ − U₀; variances; `occupation` of each shell.
    """
    import mpmath

    with mpmath.workdps(digits):
        t, w = mpmath.mpf(temperature), mpmath.mpf(field)
        states = [
            (s, mpmath.mpf(energy) - sign * w * mpmath.mpf(m), sign * mpmath.mpf(m))
            for s, (energy, moments) in enumerate(shells)
            for m in moments
            for sign in (1, -1)
        ]
        ground = mpmath.fsum(sorted(u for _, u, _ in states)[:electrons])
        z, u1, u2, m1, m2 = _sums(states, electrons, t)
        energy, moment = u1 / z, m1 / z
        return {
            "ground": ground,
            "log_sum": mpmath.log(z) + ground / t,
            "excitation": energy - ground,
            "energy_variance": u2 / z - energy**2,
            "moment": moment,
            "moment_variance": m2 / z - moment**2,
            "occupation": [_occupation(states, s, electrons, t, z) for s in range(len(shells))],
        }


def seniorities(
    shells: Shells, electrons: int, temperature: float, field: float, digits: int = 60
) -> tuple[list[Any], list[Any]]:
    """P(ν) of the total seniority, and the mean of each shell: states of ν are Φ_ν − Φ_{ν−2}, T > 0."""
    import mpmath

    with mpmath.workdps(digits):
        t, w = mpmath.mpf(temperature), mpmath.mpf(field)
        tables = [_paired(energy, moments, t, w) for energy, moments in shells]
        whole = _product(tables, electrons, None)
        total = mpmath.fsum(whole.values())
        most = sum(len(moments) for _, moments in shells)
        distribution = [whole.get(nu, mpmath.mpf(0)) / total for nu in range(most + 1)]
        means = []
        for s in range(len(shells)):
            marked = _product(tables, electrons, s)
            means.append(mpmath.fsum(nu * weight for nu, weight in marked.items()) / total)
        return distribution, means


def _sums(states: Sequence[tuple[int, Any, Any]], electrons: int, t: Any) -> tuple[Any, ...]:
    """Z, Σ U, Σ U², Σ m, Σ m² with their weights."""
    import mpmath

    one = (mpmath.mpf(1),) + (mpmath.mpf(0),) * 4
    nothing = (mpmath.mpf(0),) * 5
    rows = [one] + [nothing] * electrons
    for _, u, m in states:
        weight = mpmath.exp(-u / t)
        for n in range(electrons, 0, -1):
            z, u1, u2, m1, m2 = rows[n - 1]
            with_it = (z, u1 + u * z, u2 + 2 * u * u1 + u * u * z, m1 + m * z, m2 + 2 * m * m1 + m * m * z)
            rows[n] = tuple(a + weight * b for a, b in zip(rows[n], with_it, strict=True))
    return rows[electrons]


def _occupation(states: Sequence[tuple[int, Any, Any]], s: int, electrons: int, t: Any, z: Any) -> Any:
    """Σ over the states of a shell of e^{−βe} Z_{N−1} without that state, over Z_N."""
    import mpmath

    found = mpmath.mpf(0)
    if electrons == 0:
        return found
    for i, (shell, u, _) in enumerate(states):
        if shell == s:
            others = [state for k, state in enumerate(states) if k != i]
            found += mpmath.exp(-u / t) * _sums(others, electrons - 1, t)[0]
    return found / z


def _paired(energy: float, moments: Sequence[float], t: Any, w: Any) -> dict[tuple[int, int], Any]:
    """Σ of e^{−βU} over the states of one shell with n electrons and seniority ν, by (n, ν)."""
    import mpmath

    pairs, e = len(moments), mpmath.mpf(energy)
    phi = [mpmath.mpf(1)] + [mpmath.mpf(0)] * pairs
    for m in moments:
        for sign in (1, -1):
            factor = mpmath.exp(sign * w * mpmath.mpf(m) / t)
            for nu in range(pairs, 0, -1):
                phi[nu] += factor * phi[nu - 1]
    found = {}
    for nu in range(pairs + 1):
        weight = phi[nu] - (phi[nu - 2] if nu > 1 else 0)
        for p in range(pairs - nu + 1):
            n = 2 * p + nu
            found[n, nu] = weight * mpmath.exp(-n * e / t)
    return found


def _product(
    tables: Sequence[dict[tuple[int, int], Any]], electrons: int, marked: int | None
) -> dict[int, Any]:
    """Weights by the total seniority, or by that of one shell."""
    import mpmath

    joint: dict[tuple[int, int], Any] = {(0, 0): mpmath.mpf(1)}
    for s, table in enumerate(tables):
        counts = marked is None or marked == s
        after: dict[tuple[int, int], Any] = {}
        for (n, nu), weight in joint.items():
            for (more, other), factor in table.items():
                if n + more <= electrons:
                    key = n + more, nu + (other if counts else 0)
                    after[key] = after.get(key, 0) + weight * factor
        joint = after
    return {nu: weight for (n, nu), weight in joint.items() if n == electrons}
