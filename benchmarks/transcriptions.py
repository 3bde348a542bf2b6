"""Eqs. (6)–(9) of the paper as they stand, for orbital shells: in numpy, and in mpmath. Only Z and ⟨E_c⟩.

What one gets by writing down the formulas: Φ_ν as sums of products of q-binomials, D_ν = Φ_ν − Φ_{ν−2}.
Nothing guards against overflow or cancellation, and there are no other averages. The exponentials of Z are
taken from the lowest E_ν, which costs nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def energies(pairs: int, electrons: int, coupling: float) -> tuple[list[int], Array]:
    """The seniorities of N electrons and E_ν of eq. (4)."""
    nus = list(range(electrons % 2, min(electrons, 2 * pairs - electrons) + 1, 2))
    levels = [-coupling / 4 * (electrons - nu) * (2 * pairs + 2 - electrons - nu) for nu in nus]
    return nus, np.array(levels)


def with_numpy(
    pairs: int, electrons: int, coupling: float, temperature: Array, field: Array
) -> tuple[Array, Array]:
    """(ln Z, ⟨E_c⟩) at points of shape (X,), all points at once."""
    x = field / temperature
    nus, levels = energies(pairs, electrons, coupling)
    with np.errstate(all="ignore"):
        phi = total_moments(pairs, nus[-1], x)
        zero = np.zeros_like(x)
        weights = np.array([phi[nu] - (phi[nu - 2] if nu > 1 else zero) for nu in nus])  # eq. (6)
        boltzmann = weights * np.exp(-(levels[:, None] - levels.min()) / temperature)
        total = boltzmann.sum(0)
        return np.log(total) - levels.min() / temperature, (boltzmann * levels[:, None]).sum(0) / total


def total_moments(pairs: int, top: int, x: Array) -> list[Array]:
    """Φ_ν, ν = 0 … top: k spins up and ν−k down, each a q-binomial of the orbital moments (eqs. 7–9)."""
    choose = q_binomials(pairs, top, x)
    up = [np.exp(k * x) for k in range(-top, top + 1)]
    result = []
    for nu in range(top + 1):
        one = np.zeros_like(x)
        for k in range(nu + 1):
            one = one + up[top + 2 * k - nu] * choose[k] * choose[nu - k]
        result.append(one)
    return result


def q_binomials(pairs: int, top: int, x: Array) -> list[Array]:
    """Σ e^{xλ₁ + … + xλ_k} over k of the λ = −l … l: Π_j sinh((M+1−j)x/2)/sinh(jx/2)."""
    result = [np.ones_like(x)]
    for k in range(1, top + 1):
        result.append(result[-1] * np.sinh((pairs + 1 - k) * x / 2) / np.sinh(k * x / 2))
    return result


def with_mpmath(
    pairs: int, electrons: int, coupling: float, temperature: float, field: float, digits: int = 30
) -> tuple[Any, Any]:
    """(ln Z, ⟨E_c⟩) at one point with so many digits; Φ_ν are remembered."""
    import mpmath

    with mpmath.workdps(digits):
        t = mpmath.mpf(temperature)
        x = mpmath.mpf(field) / t
        nus, _ = energies(pairs, electrons, coupling)
        levels = [
            -mpmath.mpf(coupling) / 4 * (electrons - nu) * (2 * pairs + 2 - electrons - nu) for nu in nus
        ]
        phi = {nu: _phi(pairs, nu, x, digits) for nu in nus}
        terms = [
            (phi[nu] - phi.get(nu - 2, 0)) * mpmath.exp(-e / t) for nu, e in zip(nus, levels, strict=True)
        ]
        total = mpmath.fsum(terms)
        return mpmath.log(total), mpmath.fsum(w * e for w, e in zip(terms, levels, strict=True)) / total


@lru_cache(maxsize=100_000)
def _phi(pairs: int, nu: int, x: Any, digits: int) -> Any:
    """Φ_ν of eq. (8)."""
    import mpmath

    return mpmath.fsum(
        mpmath.exp((2 * k - nu) * x) * _choose(pairs, k, x, digits) * _choose(pairs, nu - k, x, digits)
        for k in range(nu + 1)
    )


@lru_cache(maxsize=100_000)
def _choose(pairs: int, k: int, x: Any, digits: int) -> Any:
    """The q-binomial of eq. (9); digits is part of what is remembered."""
    import mpmath

    if k == 0:
        return mpmath.mpf(1)
    ratio = mpmath.sinh((pairs + 1 - k) * x / 2) / mpmath.sinh(k * x / 2)
    return _choose(pairs, k - 1, x, digits) * ratio


def forget() -> None:
    """Empty what is remembered, for a fair clock."""
    _phi.cache_clear()
    _choose.cache_clear()
