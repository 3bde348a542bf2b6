"""N electrons without a pairing force: the canonical recursion, for any number of shells.

With G = 0 the shells know of each other only that their electrons add up to N. n electrons in the shell s
have

    Z_s(n) = e^{−βε_s n} Σ_ν D_ν(x),     ν ≡ n (mod 2), ν ≤ min(n, 2M_s − n),

and Z_N = Σ Π_s Z_s(n_s) over all n_s with Σ n_s = N. Shell after shell is added: the numbers of electrons in
the first j shells are a convolution (for a pair level three terms), all of it positive. Nothing leaves the
range of a double, as it is not Z_s that is carried but p_s(n) = Z_s(n) e^{βμn}/Ξ_s with the μ that makes N
the mean: e^{βμN} is the same factor for all and drops out.

All is measured from the Fermi sea: d_i = e_i − e_F of each single-particle state e_i = ε_s ∓ ωm, e_F in the
middle of the N-th and the next. The sea has n⁰_s electrons in the shell s, other n_s cost Σ|d_i| over the
states between: sums of numbers ≥ 0. Means of energy and moment at each number are carried as those of
mixtures, variances by the law of total variance: no difference of large numbers, whatever T and ω.

    ln Z_N + βU₀ = Σ_j [ln Z_{s_j}(n⁰) + ln(1 + r_j)],

r_j the weight of all others over that of the sea, keeps its digits where it is exponentially small; where
the sea is rare, and this long, it is Σ ln Ξ_s + ln P(N) instead.

In the first j shells the number has a mean and a variance v_j. It is a sum of independent 0s and 1s (the
states), so that by G. Bennett, J. Am. Stat. Assoc. 57, 33 (1962), doi:10.1080/01621459.1962.10482149,

    P(|N_j − ⟨N_j⟩| ≥ t) ≤ 2 exp[t − (v_j + t) ln(1 + t/v_j)];

the same holds for the other shells, which must take N − N_j. Numbers outside are left out: together less
than 10⁻¹⁸ of Z, and about as little of what is excited, as P(N) ≥ 1/√(1 + 12v) at the mean of a log-concave
distribution (S. G. Bobkov, G. P. Chistyakov, J. Theor. Probab. 28, 976 (2015),
doi:10.1007/s10959-013-0504-1). The occupation of each shell follows from the same recursion run backwards;
P(ν) from one over pairs (N_j, ν).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import fsum, log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.compiled import compilation
from quasispin.errors import check_memory
from quasispin.spectrum import counting
from quasispin.spectrum.counting import Estimate
from quasispin.spectrum.weights import weights
from quasispin.system.system import System

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEW_STATES = 100_000
"""Up to so many levels without their multiplicities the blocks are summed: that takes tenths of a second."""
TIE = 64 * np.finfo(np.float64).eps
"""Energies closer than this, relative to the largest, are one at T = 0."""
COLDEST = 745.0
"""e^{−x} is 0 above."""
MARGIN = 4
"""Numbers beyond the likely ones, which fix the slope of μ where it is cold."""
LEFT_OUT = 1e-18
"""Of Z, and of what is excited."""


class FreeSums(NamedTuple):
    """Sums over all states of N electrons at one point (T, ω), as in a `FixedNumber`."""

    ground: float
    """U₀."""
    log_sum: float
    excitation: float
    energy_variance: float
    moment: float
    moment_variance: float
    occupation: Array
    """⟨n̂_s⟩, shape (S,)."""
    unpaired: Array
    """⟨ν_s⟩, shape (S,)."""
    seniority: Array
    """P(ν), shape (M + 1,)."""


def is_free(system: System) -> bool:
    """Whether nothing pairs."""
    return not np.any(np.asarray(system.coupling))


def is_many(system: System, numbers: Sequence[int]) -> bool:
    """Whether there are so many levels that blocks are not worth it."""
    degeneracies = [shell.pair_degeneracy for shell in system.shells]
    total = 0
    for number in numbers:
        total += counting.count_states(degeneracies, number)
        if total > FEW_STATES:
            return True
    return False


def estimate(system: System, numbers: Sequence[int], points: int) -> Estimate:
    """Memory and rough time of the recursion at so many points; from above: with all numbers likely."""
    pairs = float(system.pair_degeneracy)
    width = min(2 * pairs, 12 * np.sqrt(pairs) + 60)
    steps = 3.0 * width * pairs * (1 + min(pairs, width) / 20)
    memory = 8.0 * (width * (len(system.shells) + min(pairs, width)) + 40 * pairs)
    return Estimate(memory, 2e-9 * steps * points * len(numbers), 0, 0)


class Free:
    """Shells whose electrons do not pair, ready for any N, T and ω."""

    def __init__(self, system: System) -> None:
        shells = system.shells
        self.pairs = np.array([shell.pair_degeneracy for shell in shells], dtype=np.int64)
        self.total = int(self.pairs.sum())
        size = float((2 * self.pairs + 1).sum()) * 10 + float(((self.pairs + 1) ** 2).max())
        check_memory(f"The tables of {len(shells)} shells of `system`", 8.0 * size, instead="fewer pairs fit")
        self.start = np.concatenate([[0], np.cumsum(2 * self.pairs)]).astype(np.int64)
        self.energy = np.array([shell.energy for shell in shells])
        self.energies = np.repeat(self.energy, 2 * self.pairs)
        self.moments = np.concatenate([_both(shell.moments) for shell in shells])
        self.kinds: dict[tuple[float, ...], list[int]] = {}
        for s, shell in enumerate(shells):
            self.kinds.setdefault(shell.moments, []).append(s)

    @cached_property
    def tops(self) -> Array:
        """Top moment of n electrons, n = 0 … 2M_s of each shell after the other."""
        parts = [_both(shell) for shell in self.kinds]
        tops = [np.concatenate([[0.0], np.cumsum(part)]) for part in parts]
        for top in tops:  # the same for holes
            top[top.size // 2 :] = top[: top.size // 2 + 1][::-1]
        kind_of = {s: k for k, some in enumerate(self.kinds.values()) for s in some}
        return np.concatenate([tops[kind_of[s]] for s in range(len(self.pairs))])

    @cached_property
    def rows(self) -> Integers:
        """Where P(ν|n) of each shell begins: (M_s + 1)² numbers, once for shells of a kind, shape (S,)."""
        found, begin = np.zeros(len(self.pairs), dtype=np.int64), 0
        for moments, some in self.kinds.items():
            if len(moments) > 1:
                found[some] = begin + len(_PAIR)
                begin += (len(moments) + 1) ** 2
        return found

    def sums(self, electrons: int, temperature: float, strength: float) -> FreeSums:
        """All sums of N electrons at one T ≥ 0 and ω ≥ 0."""
        from quasispin.compiled import free as kernels

        count, size = len(self.pairs), self.start[-1] + len(self.pairs)
        levels = self.energies - strength * self.moments
        order = np.lexsort((-strength * self.moments, levels))
        filled = np.zeros(levels.size, dtype=np.bool_)
        filled[order[:electrons]] = True
        sea = np.add.reduceat(filled, self.start[:-1]).astype(np.int64)
        last_full = self._above(order[max(electrons - 1, 0)], strength)
        distance = (last_full + self._above(order[min(electrons, levels.size - 1)], strength)) / 2
        gap = max(0.0, float(last_full[order[min(electrons, levels.size - 1)]]))
        scale = float(np.abs(levels).max())
        cold = temperature <= 1e-300 * scale or temperature == 0
        heat = 0.0 if cold else temperature
        if cold:
            distance[np.abs(distance) <= TIE * scale] = 0.0
        tables = self._tables(strength, heat)
        begin = self.start[:-1] + np.arange(count)
        cost, share = np.empty(size), np.empty(size)
        compilation.run(kernels.costs, distance, sea, self.start, cost)
        shift = 0.0
        if electrons in (0, levels.size):  # one state
            shift = -(COLDEST**2) if electrons == 0 else COLDEST**2
        elif not cold:
            with np.errstate(over="ignore"):
                shift = float(compilation.run(kernels.tilt, distance / heat, filled))
        shell = np.empty((3, count))
        compilation.run(kernels.shares, cost, tables.log, sea, self.start, heat, shift, share, shell)
        rarity = self._rarity(float(shell[1].sum()), 0.0 if cold else min(gap / heat, COLDEST))
        first, last = np.empty(count + 1, dtype=np.int64), np.empty(count + 1, dtype=np.int64)
        compilation.run(kernels.windows, shell, electrons, self.start, rarity, first, last)
        place = np.concatenate([[0], np.cumsum(last - first + 1)]).astype(np.int64)
        check_memory("The sums over all `electrons` of `system`", 8.0 * float(place[-1]))
        shares, scalars = np.empty(place[-1]), np.empty(kernels.SCALARS)
        level = cost + strength * tables.depth
        spread = strength**2 * tables.variance
        away = self.tops - np.repeat(self.tops[begin + sea], 2 * self.pairs + 1) - tables.depth
        compilation.run(
            kernels.forward, share, level, spread, tables.moment, away, tables.variance, tables.log, shell,
            sea, self.start, first, last, place, shares, scalars,
        )  # fmt: skip
        occupation, unpaired, seniority = np.empty(count), np.empty(count), np.empty(self.total + 1)
        compilation.run(
            kernels.backward, share, tables.unpaired, electrons, self.start, first, last, place, shares,
            occupation, unpaired,
        )  # fmt: skip
        least = float(np.exp(-rarity))
        compilation.run(
            kernels.distribution,
            share,
            tables.given,
            self.rows,
            electrons,
            self.start,
            first,
            last,
            least,
            seniority,
        )
        return FreeSums(
            ground=fsum(levels[filled]),
            log_sum=float(scalars[kernels.LOG_SUM]),
            excitation=float(scalars[kernels.EXCITATION]),
            energy_variance=float(scalars[kernels.ENERGY_VARIANCE]),
            moment=float(scalars[kernels.MOMENT]),
            moment_variance=float(scalars[kernels.MOMENT_VARIANCE]),
            occupation=occupation,
            unpaired=unpaired,
            seniority=seniority,
        )

    def _above(self, state: int, strength: float) -> Array:
        """How far all single-particle states lie above one; exact zeros, and ω's digits, within a shell."""
        found: Array = (self.energies - self.energies[state]) - strength * (
            self.moments - self.moments[state]
        )
        return found

    def likely_numbers(
        self, electrons: int, potential: float | None, temperature: float, strength: float
    ) -> tuple[int, int]:
        """Least and most N with a probability above 10⁻²⁰ at given μ or that of ⟨N⟩; some more on both sides.

        N is a sum of independent 0s and 1s, so that Bennett's inequality holds for it too.
        """
        from quasispin.compiled import free as kernels

        levels = np.sort(self.energies - strength * self.moments)
        scale = float(np.abs(levels).max())
        heat = max(temperature, TIE * scale, 1e-300)
        if potential is None:
            ends = levels[[max(electrons - 1, 0), min(electrons, levels.size - 1)]]
            fermi, filled = float(ends.mean()), np.arange(levels.size) < electrons
            potential = fermi + heat * float(compilation.run(kernels.tilt, (levels - fermi) / heat, filled))
        with np.errstate(over="ignore"):
            share = 1 / (1 + np.exp(np.minimum((levels - potential) / heat, 700.0)))
        mean, variance = float(share.sum()), float((share * (1 - share)).sum())
        away = float(compilation.run(kernels.reach, variance, 20 * log(10) + 1)) + MARGIN
        return max(0, int(mean - away)), min(levels.size, int(np.ceil(mean + away)))

    def _rarity(self, variance: float, gap: float) -> float:
        """−ln of the probability of the numbers that are left out at each step."""
        return log(4.0 * (len(self.pairs) + 1) * np.sqrt(1 + 12 * variance) / LEFT_OUT) + gap

    def _tables(self, strength: float, heat: float) -> _Tables:
        """What n electrons in each shell have, at one x = ω/T."""
        with np.errstate(over="ignore"):
            x = strength / heat if heat > 0 else (np.inf if strength > 0 else 0.0)
        size = self.start[-1] + len(self.pairs)
        values, given = np.zeros((5, size)), [np.array(_PAIR)]
        begin = self.start[:-1] + np.arange(len(self.pairs))
        single = np.flatnonzero(self.pairs == 1)
        values[:, begin[single] + 1] = _one_pair(self.moments[self.start[single]], x)
        for moments, some in self.kinds.items():
            if len(moments) > 1:
                table, conditional = _of_kind(moments, x)
                for s in some:
                    values[:, begin[s] : begin[s] + table.shape[1]] = table
                given.append(conditional.ravel())
        log_, depth, moment, variance, unpaired = values
        return _Tables(log_, depth, moment, variance, unpaired, np.concatenate(given))


class _Tables(NamedTuple):
    """At one x, for n = 0 … 2M_s electrons in each shell after the other."""

    log: Array  # ln of the number of states, each by e^{xm} less than that of the top moment
    depth: Array  # mean distance from the top moment
    moment: Array
    variance: Array  # of the moment
    unpaired: Array  # ⟨ν⟩
    given: Array  # P(ν|n) by kind of shell, n ≤ M


_PAIR = (1.0, 0.0, 0.0, 1.0)
"""P(ν|n) of one pair level: n = 0 has ν = 0, n = 1 has ν = 1."""


def _both(moments: Sequence[float]) -> Array:
    """Moments of the 2M states of a shell, falling."""
    up = np.array(moments)
    return np.concatenate([up, -up[::-1]])


def _one_pair(moments: Array, x: float) -> Array:
    """One electron on one pair level: 2cosh(xm), from its top; the columns of `_Tables`."""
    with np.errstate(invalid="ignore", over="ignore"):
        twice = np.where(moments > 0, 2 * x * moments, 0.0)
    down = np.exp(-twice)
    return np.array(
        [
            np.log1p(down),
            2 * moments * down / (1 + down),
            -moments * np.expm1(-twice) / (1 + down),
            4 * moments**2 * down / (1 + down) ** 2,
            np.ones_like(moments),
        ]
    )


def _of_kind(moments: tuple[float, ...], x: float) -> tuple[Array, Array]:
    """The same for n = 0 … 2M electrons in one shell, and P(ν|n) of shape (M+1, M+1), n ≤ M.

    2M − n electrons are n holes: the same numbers.
    """
    one = weights(moments, np.array([x]))
    pairs, tie = len(moments), TIE * max(moments)
    found, given = np.zeros((5, pairs + 1)), np.zeros((pairs + 1, pairs + 1))
    for n in range(pairs + 1):
        nu = np.arange(n % 2, n + 1, 2)
        below = one.top[n] - one.top[nu]
        far = np.where(below <= tie, 0.0, np.inf) if np.isinf(x) else x * below
        logs = one.log[0, nu] - far
        peak = logs.max()
        share = np.exp(logs - peak)
        total = share.sum()
        share /= total
        depth = below + one.depth[0, nu]
        mean = share @ depth
        found[0, n] = peak + np.log(total)
        found[1, n] = mean
        found[2, n] = share @ one.moment[0, nu]
        found[3, n] = share @ (one.variance[0, nu] + (depth - mean) ** 2)
        found[4, n] = share @ nu
        given[n, nu] = share
    return np.concatenate([found, found[:, -2::-1]], axis=1), given
