"""The waist below the statistics: the seniority weights D_ν(x) of one shell, x = βω.

The letters are those of Kuzmenko, Mikhajlov and Frauendorf, arXiv:cond-mat/0002030 ("the paper").
A shell has M pairs of states with moments ±m_k. Φ_ν(x) = Σ e^{xm} over all ν-electron configurations is
the elementary symmetric polynomial e_ν of the 2M numbers e^{±x m_k} (eqs. 7–9), and the states of
seniority ν contribute D_ν = Φ_ν − Φ_{ν−2} to the partition function (eq. 6). Nothing here subtracts:

*Pair by pair*, for any moments, from D_0 = 1 and keeping ν ≤ number of pairs added:

    D_ν ← D_ν + 2cosh(x m_k) D_{ν−1} + D_{ν−2}

*Ladders* (orbital, hemisphere and spin shells: m = |sλ + 1|, λ = −(M−1)/2 … (M−1)/2), with
[n] = sinh(nsx/2)/sinh(sx/2) and Φ_ν(M) the Φ_ν of a ladder of M pairs:

    (A)  [ν] Φ_ν(M) = 2cosh(x) [M+1−ν] Φ_{ν−1}(M) + [2M+2−ν] Φ_{ν−2}(M)
    (B)  D_ν = ([M+1−ν]/[M+1]) Φ_ν(M+1)

*Singly occupied levels*, for any moments: of the ν electrons of a seniority-ν state, ⟨p⟩ pairs sit on
common pair levels (and are blocked there, not paired), so that ⟨b⟩ = ν − 2⟨p⟩ levels hold one electron:

    (C)  ⟨p⟩_ν = (M+1−ν) Φ_{ν−2}/D_ν,     Φ_ν = D_ν + D_{ν−2} + …

*What is correlated*, for G > 0, again without a difference (for G < 0: `linked_pairs`):

    (D)  ⟨A⁺A⟩ − (N − ⟨b⟩)/2 = (1/Z) Σ_ν ¼(N−ν)(2M−N−ν) (1 − e^{−βG(M−ν)}) Φ_ν e^{−βE_ν}

All is measured from the top moment m_ν (eq. 11): D_ν = e^{x m_ν} Σ_j c_j q^j, q = e^{−x}, c_j ≥ 0. Means,
variances of m are carried along as those of mixtures and products. For a ladder at q < 1/16, where the
division by [ν] would subtract, the exact c_j are summed instead. The derivations are in docs/physics.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import comb, lgamma, log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.errors import InputError, SizeError, check_memory, fitting
from quasispin.system.shell import Ladder, Shell
from quasispin.system.staircase import top_moments

Array = npt.NDArray[np.float64]

SERIES_TERMS = 20
"""Powers of q^s kept below q^s = 1/16: the tail is below 10⁻²⁰ of the first for every ladder."""

MAX_GENERAL_PAIRS = 1000
"""Above this, weights of a shell that is no ladder leave the range of a double."""


@dataclass(frozen=True, eq=False)
class Weights:
    """Seniority weights of one shell at the points x of shape (X,); V = M+1 seniorities."""

    top: Array
    """m_ν, shape (V,): the largest moment of seniority ν."""
    log: Array
    """ln D_ν − x·m_ν ≥ 0, shape (X, V)."""
    depth: Array
    """m_ν − ⟨m⟩_ν ≥ 0, shape (X, V)."""
    variance: Array
    """Variance of m within ν, shape (X, V)."""
    moment: Array
    """⟨m⟩_ν, shape (X, V), to full relative precision also as x → 0."""
    blocked_pairs: Array
    """⟨p⟩_ν of (C), shape (X, V)."""
    steps: int
    """Steps of the recurrences that were taken: the cost."""


class Plan(NamedTuple):
    """What the kernels need to know of a shell, computed once."""

    moments: Array  # (M,) falling
    step: int  # of the ladder, or −1
    shift: Array  # (M+1, 2): how far the tops of the two terms of (A) lie below that of the left side
    half_log: Array  # (M+1,): powers of two that keep numbers in range
    series: Array  # (M+1, terms): c_j of a ladder, without 2^half_log
    tops: Array  # (M+1,)
    tops_low: Array  # (M+1,): what the double leaves out


def weights(moments: npt.ArrayLike | Iterable[float], x: npt.ArrayLike) -> Weights:
    """Weights of every seniority of the shell with these moments at every x = |ω|/T ≥ 0 of shape (X,).

    x = inf is the limit T → 0: then `log` is the logarithm of the number of states with the top moment.
    """
    from quasispin.compiled import compilation
    from quasispin.compiled import single_shell as kernels

    plan = plan_of(Shell(moments).moments)  # type: ignore[arg-type]
    points = np.ascontiguousarray(np.atleast_1d(np.asarray(x, dtype=np.float64)))
    if points.ndim != 1 or np.isnan(points).any() or (points < 0).any():
        raise InputError("`x` must be a list of numbers at least 0.", x)
    shape = (points.size, plan.tops.size)
    needed = 5.0 * 8 * points.size * plan.tops.size
    fits = f"{fitting(points.size, needed)} points fit"
    check_memory(f"The weights at {points.size} points", needed, instead=fits)
    log, depth, variance, moment, blocked = (np.empty(shape) for _ in range(5))
    memory = kernels.memory_of(plan.tops.size - 1)
    steps = compilation.run(
        kernels.weights_on_grid,
        points,
        plan,
        kernels.moments_of_any_kind(plan.step),
        plan.tops.size - 1,
        memory,
        log,
        depth,
        variance,
        moment,
        blocked,
    )
    return Weights(plan.tops, log, depth, variance, moment, blocked, steps)


@lru_cache(maxsize=256)
def plan_of(moments: tuple[float, ...]) -> Plan:
    """Tables of a shell, from exact arithmetic."""
    pairs = len(moments)
    ladder = Shell(moments).ladder
    if ladder is None and pairs > MAX_GENERAL_PAIRS:
        raise SizeError(
            f"`moments` of no orbital, hemisphere or spin shell may have at most {MAX_GENERAL_PAIRS} pairs, "
            f"but have {pairs}.",
            pairs,
        )
    exact = top_moments(moments)
    tops = np.array([float(m) for m in exact])
    tops_low = np.array([float(m - type(m)(float(m))) for m in exact])
    falling = np.array(sorted(moments, reverse=True))
    if ladder is None:
        return Plan(falling, -1, np.zeros((1, 2)), _half_logs(pairs), np.ones((pairs + 1, 1)), tops, tops_low)
    shift = ladder_shifts(ladder)
    if ladder.step == 0:
        series, half_log = _spin_degeneracies(pairs)
    else:
        series, half_log = ladder_series(ladder, shift), np.zeros(pairs + 1)
    return Plan(falling, ladder.step, shift.astype(float), half_log, series, tops, tops_low)


def ladder_shifts(ladder: Ladder) -> npt.NDArray[np.int64]:
    """Top of the left side of (A) for M+1 pairs minus the tops of its two terms, shape (M+1, 2)."""
    larger = ladder.pairs + 1
    tops = [2 * float(m) for m in top_moments(Ladder(larger, ladder.step).moments)]  # whole numbers
    shift = np.zeros((larger, 2), dtype=np.int64)
    for nu in range(1, larger):
        left = ladder.step * (nu - 1) + tops[nu]
        shift[nu, 0] = (left - (2 + ladder.step * (larger - nu) + tops[nu - 1])) // 2
        if nu > 1:
            shift[nu, 1] = (left - (ladder.step * (2 * larger + 1 - nu) + tops[nu - 2])) // 2
    return shift


def ladder_series(ladder: Ladder, shift: npt.NDArray[np.int64]) -> Array:
    """First coefficients c_j of d_ν in powers of q^s, exact whole numbers, from (A) and (B); s = 1 or 2."""
    larger, step = ladder.pairs + 1, ladder.step
    phi = [_one()]
    for nu in range(1, larger):
        last = _times_bracket(phi[nu - 1], larger + 1 - nu)
        right = _raised(last + _raised(last, 2 // step), shift[nu, 0] // step)
        if nu > 1:
            right += _raised(_times_bracket(phi[nu - 2], 2 * larger + 2 - nu), shift[nu, 1] // step)
        phi.append(_over_bracket(right, nu))
    rows = (_over_bracket(_times_bracket(f, larger - nu), larger) for nu, f in enumerate(phi))
    return np.array(list(rows), dtype=np.float64)


def _one() -> npt.NDArray[np.int64]:
    series = np.zeros(SERIES_TERMS + 1, dtype=np.int64)
    series[0] = 1
    return series


def _raised(series: npt.NDArray[np.int64], power: int) -> npt.NDArray[np.int64]:
    """Times the power of q^s."""
    if power > SERIES_TERMS:
        return np.zeros_like(series)
    return np.concatenate([np.zeros(power, np.int64), series[: series.size - power]])


def _times_bracket(series: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    """Times [n] from its top: (1 − q^{ns})/(1 − q^s)."""
    return _geometric(series - _raised(series, n), 1)


def _over_bracket(series: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    """Divided by [n] from its top."""
    return _geometric(series - _raised(series, 1), n)


def _geometric(series: npt.NDArray[np.int64], period: int) -> npt.NDArray[np.int64]:
    """Divided by 1 − q^{s·period}."""
    result = series.copy()
    for j in range(period, result.size):
        result[j] += result[j - period]
    return result


def _spin_degeneracies(pairs: int) -> tuple[Array, Array]:
    """c_0 = C(M, ν), all spins up, as (M+1, 1) numbers and powers of two."""
    numbers = [comb(pairs, nu) for nu in range(pairs + 1)]
    powers = [max(0, n.bit_length() - 900) for n in numbers]
    values = [[float(n >> power)] for n, power in zip(numbers, powers, strict=True)]
    return np.array(values), np.array(powers, dtype=np.float64)


def _half_logs(pairs: int) -> Array:
    """½ log₂ C(2M, ν): the square root of the largest that D_ν can be."""

    def log_binomial(n: int, k: int) -> float:
        return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

    return np.array([float(round(log_binomial(2 * pairs, nu) / (2 * log(2)))) for nu in range(pairs + 1)])
