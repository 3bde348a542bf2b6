"""Open ensembles of several shells up to an accuracy: a window of N, and in each N the tuples that matter.

Every seniority tuple of every N has a lower bound of its energies (`spectrum.bounds`), hence an upper
bound of its share in Ξ = Σ_N e^{βμN} Z_N. Those that matter at the μ of what has been summed are solved, and
μ, Ξ and the shares of all others are formed anew, until these are at most the tolerance. What follows is
rigorous; `in` marks what was summed, and p is what the rest may have of Ξ_in, at the μ of `in`.

μ, at ⟨N⟩ = N₀ in both. Let A = Σ_{N>N₀} (N−N₀) P_in = Σ_{N<N₀} (N₀−N) P_in, and b the larger of the sums
Σ |N−N₀| s_ν/A over the numbers above and below N₀, which must also be at most the tolerance. A shift of βμ by
η multiplies the sums of one side by e^{ηd} or more, those of the other by e^{−ηd} or less, d the distance of
N₀ to the next number. So the true root has

    |η| ≤ ln(1+b)/2d = h,     |Δμ| ≤ Th.

F. Ω(μ) = Ω_in(μ) − T ln(1+p) and F = max_μ [Ω(μ) + μN₀], so that F_in − T ln(1+p) ≤ F ≤ F_in.

Means. The probability of each summed state changes by the factor r_N = exp[η(N−N₀) − β(F_in − F)], between
e^{−hR}/(1+p) and e^{hR}, |N−N₀| ≤ R; that of the other tuples is at most e^{hR} times their share s_ν in
p = Σ s_ν. With f = U − U_in − a(N−N₀) for any a, where the last term has the mean 0 in both, and the w_ν of
`ensembles.truncated` for f,

    |ΔU| ≤ r ⟨|f|⟩_in + e^{hR} Σ s_ν w_ν,     r = max(e^{hR} − 1, 1 − e^{−hR}/(1+p)).

Responses. C = β² min_{a,c} ⟨(U − aN − c)²⟩. The minimum is not above its value at the a, c of `in`, where f
is the residual; and each ⟨…⟩ is at least e^{−hR}/(1+p) times ⟨…⟩_in. As ⟨|f|⟩_in ≤ T√C_in too,

    |ΔC| ≤ r C_in + β² e^{hR} Σ s_ν w_ν²,     |ΔU| ≤ r T √C_in + e^{hR} Σ s_ν w_ν,

and χ = β min ⟨(m − aN − c)²⟩ likewise. Nothing here needs Var N to be large against what is left out.

At given μ there is no shift: h = 0, a = 0 in U and m, a = μ in C; for means r drops out, all r_N being equal.

T = 0: what is summed is all there is once every other tuple lies above it; with ⟨N⟩ held those of N ≠ N₀
above the line through the numbers next to N₀ that fix μ, so that its plateau is the true one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles import general_sum, truncated
from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.fixed_number import FixedNumber
from quasispin.ensembles.statistics import FixedPotential, MeanElectrons, average
from quasispin.ensembles.truncated import (
    CELLS,
    blocked_free_energies,
    boltzmann,
    check_foreseen,
    energy_widths,
    inverses,
    lowest_mean,
    times,
    top_moments,
    weight_above,
)
from quasispin.errors import check_memory
from quasispin.spectrum import lowest
from quasispin.spectrum.bounds import TupleBounds, bounds_by_pairs, check_tuples, count_tuples, tuple_bounds
from quasispin.spectrum.counting import Estimate
from quasispin.spectrum.forecast import Spread, expected, wanted_levels
from quasispin.spectrum.pairing_matrix import seniority_tuples
from quasispin.spectrum.sectors import Sectors, estimate_some, some_sectors
from quasispin.system.system import System

Integers = npt.NDArray[np.int64]
Reservoir = MeanElectrons | FixedPotential

GROWTH = 4
"""As many times as before are solved next, at most: the first Ξ and μ are poor."""


class Request(NamedTuple):
    """What is summed, and how well."""

    system: System
    """The shells and the coupling."""
    numbers: Sequence[int]
    """The N that take part, rising by one step."""
    reservoir: Reservoir
    """What is held: ⟨N⟩ or μ."""
    temperature: Array
    """T ≥ 0, shape (X,)."""
    field: Array
    """ω, shape (X,)."""
    accuracy: float
    """Largest share of Ξ that is left out, in (0, 1)."""

    @property
    def is_alone(self) -> bool:
        """Whether ⟨N⟩ lies at the end of its range, so that only N itself takes part."""
        ends = self.numbers[0], self.numbers[-1]
        return isinstance(self.reservoir, MeanElectrons) and self.reservoir.electrons in ends


def averages(asked: Request) -> Averages:
    """Averages of several shells in which at most the asked share of Ξ is left out.

    Returns
    -------
    Averages
        With `error` p, `bounds` of F, U, C, χ and of μ or ⟨N⟩, and the `window` of N.

    Raises
    ------
    SizeError
        If there are more seniority tuples than can be listed, or a block that matters is too large.
    """
    if asked.is_alone:
        return _alone(asked.system, asked.temperature, asked.field, asked.accuracy)
    search = _Search(asked)
    search.run()
    levels = search.levels_left_out()
    return replace(
        search.found,
        error=search.left_out.total,
        bounds=_bounds(search, search.tuples_left_out()),
        estimates={"share": search.gathered(levels).total} | _bounds(search, levels) if levels else {},
        window=np.tile([min(search.solved), max(search.solved)], (asked.temperature.size, 1)),
    )


def estimate(asked: Request) -> Estimate:
    """About what the tuples that matter will take, from their bounds; nothing is solved. As `averages`."""
    if asked.is_alone:
        return truncated.estimate(asked.system, asked.temperature, asked.field, asked.accuracy)
    return _Search(asked).foreseen()


def _alone(system: System, temperature: Array, field: Array, accuracy: float) -> Averages:
    """⟨N⟩ at the end of its range: only N itself, and no μ."""
    found = truncated.averages(system, temperature, field, accuracy)
    undefined = {name: why for name, why in found.undefined.items() if name != "chemical_potential"}
    window = np.full((temperature.size, 2), system.electrons)
    nowhere = np.full(temperature.shape, np.nan)
    bounds = {**found.bounds, "chemical_potential": np.zeros_like(temperature)}
    return replace(found, chemical_potential=nowhere, undefined=undefined, window=window, bounds=bounds)


# -- the search -----------------------------------------------------------------------------------


@dataclass(eq=False)
class _Candidates:
    """The seniority tuples of N electrons, B of them, and which are summed."""

    electrons: int
    rows: Integers
    """Their places among all tuples of that parity, shape (B,)."""
    dimension: Array
    """States of the pair space, shape (B,)."""
    lowest: Array
    """Lower bound of every eigenvalue in zero field, shape (B,)."""
    is_refined: bool = False
    """Whether the better bounds have been formed."""
    chosen: npt.NDArray[np.bool_] = field(init=False)
    """Those that are summed, shape (B,)."""
    levels: Integers = field(init=False)
    """How many levels of theirs, where blocks are large, shape (B,)."""

    def __post_init__(self) -> None:
        self.chosen = np.zeros(len(self.rows), dtype=np.bool_)
        self.levels = np.full(len(self.rows), lowest.FIRST)

    def free_energies(self, blocked: Array, heat: Array) -> Array:
        """Lower bounds of −T ln Z_ν, shape (B, X), from those of what is blocked in all of that parity."""
        inner = self.lowest[:, None] - heat * np.log(self.dimension)[:, None]
        return np.asarray(inner + blocked[self.rows])


class _Part(NamedTuple):
    """What some tuples of one number, or levels of theirs, may add; B of them, some of the X points."""

    place: int
    """Which of the numbers it is."""
    where: npt.NDArray[np.bool_] | None
    """Which of its tuples, if not levels."""
    piece: slice
    """Which points."""
    lowest: Array
    """Lower bound of their energies in zero field, shape (B,)."""
    tops: Array
    """Their largest moments, shape (B,)."""
    share: Array
    """s_ν, what they have of Ξ_in at most, shape (B, X)."""
    aside: Array
    """What they have of the mean deviation to their side of N₀ at most, shape (B, X); 0 at given μ."""


class _LeftOut(NamedTuple):
    """All parts together."""

    total: Array
    """p, shape (X,)."""
    side: Array
    """b below and above N₀, shape (2, X); 0 at given μ."""


class _Reached(NamedTuple):
    """Free energies of what was summed, less μN; X points."""

    potential: Array
    """μ, shape (X,)."""
    total: Array
    """Ω = −T ln Ξ, shape (X,)."""
    side: Array | None
    """−T ln(Ξ A), A the mean deviation to one side, shape (X,); None at given μ."""


class _Search:
    """Which tuples of which numbers are summed, and what that yields."""

    def __init__(self, asked: Request) -> None:
        system, numbers = asked.system, list(asked.numbers)
        self.asked = asked
        _check_size(system, numbers)
        self.system, self.numbers, self.reservoir = system, numbers, asked.reservoir
        self.temperature, self.accuracy = asked.temperature, asked.accuracy
        self.field, self.strength = asked.field, np.abs(asked.field)
        self.tables = {parity: _tuples_of(system, parity) for parity in {number % 2 for number in numbers}}
        self.tops = {parity: top_moments(system, table) for parity, table in self.tables.items()}
        self.candidates = [_candidates(system, n, self.tables[n % 2]) for n in self.numbers]
        self.is_rough = False
        """Whether bounds are only forecast; such a search is not run."""
        self.solved: dict[int, Sectors] = {}
        self.found: Averages
        self.fixed: FixedNumber
        self.reached: _Reached
        self.left_out: _LeftOut

    def run(self) -> None:
        """Solve what matters, judge the others, and so on until enough is solved."""
        check_foreseen(self.system, self.numbers, lambda: _Search(self.asked).foreseen())
        self._start()
        while True:
            self._sum()
            self.left_out, worth = self._judge()
            if self._refine(worth):
                self.left_out, worth = self._judge()
            if not self._is_enough(self.left_out):
                self._choose(worth)
            elif self._has_all_levels():
                return

    def foreseen(self) -> Estimate:
        """What the tuples that seem to matter will take, at the μ that the bounds tell."""
        self.is_rough = True
        return self._foreseen()

    def _foreseen(self) -> Estimate:
        self._near()
        self.reached = self._expected()
        if self._refine(self._judge()[1]):
            self.reached = self._expected()
        worth = np.concatenate(self._judge()[1])
        chosen = np.zeros(worth.size, dtype=np.bool_)
        chosen[truncated.matters(worth, self.accuracy / 2)] = True
        stops = np.cumsum([len(item.rows) for item in self.candidates])[:-1]
        each = zip(self.candidates, np.split(chosen, stops), strict=True)
        return estimate_some(
            self.system, [self._wanted(item, np.flatnonzero(some)) for item, some in each if some.any()]
        )

    def _expected(self) -> _Reached:
        """Free energies as the better bounds let them be expected."""
        refined = [item for item in self.candidates if item.is_refined]
        free = np.empty((len(refined), self.temperature.size))
        for piece, blocked in self._pieces():
            for k, item in enumerate(refined):
                inside = blocked[item.electrons % 2][item.rows]
                spread = self._spread(item)
                best = expected(spread, inside, self.temperature[piece])
                free[k, piece] = lowest_mean(best, np.ones(len(best)), self.temperature[piece])
        numbers = np.array([item.electrons for item in refined])
        potential = self._expected_potential(numbers, free)
        return _reached_of(free, numbers, potential, self.reservoir, self.temperature)

    def _expected_potential(self, numbers: Integers, free: Array) -> Array:
        if isinstance(self.reservoir, FixedPotential):
            return np.full(self.temperature.size, self.reservoir.chemical_potential)
        centre, step = self.numbers.index(self.reservoir.electrons), self.numbers[1] - self.numbers[0]
        less, more = (int(np.searchsorted(numbers, self.numbers[centre + side])) for side in (-1, 1))
        found: Array = (free[more] - free[less]) / (2 * step)
        return found

    def _spread(self, item: _Candidates) -> Spread:
        tuples = self.tables[item.electrons % 2][item.rows]
        return Spread.of(self.system, item.electrons, TupleBounds(tuples, item.dimension, item.lowest))

    def _wanted(self, item: _Candidates, some: Integers) -> tuple[int, Integers, Integers]:
        """N, the tuples, and how many of their levels."""
        levels, spread = np.full(len(some), lowest.FIRST), self._spread(item)
        reached = self.reached.total + self.reached.potential * item.electrons
        for piece, blocked in self._pieces():
            inside, heat = blocked[item.electrons % 2][item.rows[some]], self.temperature[piece]
            few = wanted_levels(spread, some, inside, reached[piece], heat, self.accuracy)
            levels = np.where((levels == 0) | (few == 0), 0, np.maximum(levels, few))
        return item.electrons, self.tables[item.electrons % 2][item.rows[some]], levels

    def distance(self, electrons: int) -> int:
        """N − N₀, 0 at given μ."""
        return electrons - self.reservoir.electrons if isinstance(self.reservoir, MeanElectrons) else 0

    def _near(self) -> list[_Candidates]:
        """The number where the weight is, and those up to two away, with their better bounds."""
        near = 2 // (self.numbers[1] - self.numbers[0])
        if isinstance(self.reservoir, MeanElectrons):
            centre = self.numbers.index(self.reservoir.electrons)
        else:
            potential = self.reservoir.chemical_potential
            centre = int(np.argmin([c.lowest.min() - potential * c.electrons for c in self.candidates]))
        first = self.candidates[max(centre - near, 0) : centre + near + 1]
        for item in first:
            if not item.is_refined:
                self._improve(item)
        return first

    def _start(self) -> None:
        """At each point the best tuple of these numbers."""
        first = self._near()
        for piece, blocked in self._pieces():
            for item in first:
                free = item.free_energies(blocked[item.electrons % 2], self.temperature[piece])
                item.chosen[free.argmin(axis=0)] = True

    def _sum(self) -> None:
        self.solved = {item.electrons: self._solve(item) for item in self.candidates if item.chosen.any()}
        self.fixed = general_sum.fixed_number(
            self.system, list(self.solved), self.temperature, self.field, list(self.solved.values())
        )
        self.found = average(self.fixed, self.temperature, self.reservoir)
        self.reached = _reached(self.fixed, self.found, self.temperature, self.reservoir)

    def _solve(self, item: _Candidates) -> Sectors:
        chosen = np.flatnonzero(item.chosen)
        tuples = self.tables[item.electrons % 2][item.rows[chosen]]
        return some_sectors(self.system, item.electrons, tuples, item.levels[chosen])

    def _judge(self) -> tuple[_LeftOut, list[Array]]:
        """What is left out, and what each tuple left out may have of it at most, (B,) for each number."""
        worth = [np.zeros(len(item.rows)) for item in self.candidates]

        def noted() -> Iterator[_Part]:
            for part in self.tuples_left_out():
                most = np.maximum(part.share, part.aside).max(axis=1, initial=0.0)
                worth[part.place][part.where] = np.maximum(worth[part.place][part.where], most)
                yield part

        return self.gathered(noted()), worth

    def gathered(self, parts: Iterable[_Part]) -> _LeftOut:
        """All that is left out, together."""
        found = _LeftOut(np.zeros(self.temperature.size), np.zeros((2, self.temperature.size)))
        for part in parts:
            found.total[part.piece] += part.share.sum(axis=0)
            is_above = self.distance(self.numbers[part.place]) > 0
            found.side[int(is_above), part.piece] += part.aside.sum(axis=0)
        return found

    def tuples_left_out(self) -> Iterator[_Part]:
        """The tuples that are not summed, number by number, some points at a time."""
        for piece, blocked in self._pieces():
            for k, item in enumerate(self.candidates):
                rest, parity = ~item.chosen, item.electrons % 2
                free = item.free_energies(blocked[parity], self.temperature[piece])[rest]
                shares = self._shares(free, item.electrons, piece)
                tops = self.tops[parity][item.rows[rest]]
                yield _Part(k, rest, piece, item.lowest[rest], tops, *shares)

    def levels_left_out(self) -> list[_Part]:
        """The levels of large blocks that were not found, by an estimate."""
        found, every = [], slice(None)
        for k, number in enumerate(self.numbers):
            if number in self.solved and truncated.large_tuples(self.solved[number]).size:
                known = truncated.levels_above(self.solved[number])
                free = truncated.free_energies(self.system, known, self.temperature, self.strength)
                tops = top_moments(self.system, known.seniorities)
                found.append(_Part(k, None, every, known.lowest, tops, *self._shares(free, number, every)))
        return found

    def _shares(self, free: Array, electrons: int, piece: slice) -> tuple[Array, Array]:
        """Of Ξ, and of the deviations to the side of this N; both (B, X)."""
        heat, reached = self.temperature[piece], self.reached
        above = free - reached.potential[piece] * electrons
        total = boltzmann(above - reached.total[piece], heat)
        distance = abs(self.distance(electrons))
        if reached.side is None or distance == 0:
            return total, np.zeros_like(total)
        return total, distance * boltzmann(above - reached.side[piece], heat)

    def _is_enough(self, left_out: _LeftOut) -> bool:
        return bool((left_out.total <= self.accuracy).all() and (left_out.side <= self.accuracy).all())

    def _refine(self, worth: Sequence[Array]) -> bool:
        """Form the better bounds where the first ones do not settle it; whether there were any."""
        limit = self.accuracy / (2 * len(self.numbers))
        judged = zip(self.candidates, worth, strict=True)
        found = [item for item, share in judged if not item.is_refined and share.sum() > limit]
        for item in found:
            self._improve(item)
        return bool(found)

    def _improve(self, item: _Candidates) -> None:
        tuples = self.tables[item.electrons % 2][item.rows]
        better = bounds_by_pairs(self.system, item.electrons, tuples, is_rough=self.is_rough)
        item.lowest = np.maximum(item.lowest, better)
        item.is_refined = True

    def _choose(self, worth: Sequence[Array]) -> None:
        """Take in the worthiest, until the others add up to half of the tolerance; no gaps in the window."""
        every = np.concatenate(worth)
        order = np.argsort(every, kind="stable")
        needed = int((np.cumsum(every[order]) > self.accuracy / 2).sum())
        before = sum(int(item.chosen.sum()) for item in self.candidates)
        taken = np.zeros(every.size, dtype=np.bool_)
        taken[order[every.size - min(max(needed, 1), GROWTH * before) :]] = True
        stops = np.cumsum([len(one) for one in worth])[:-1]
        for item, some in zip(self.candidates, np.split(taken, stops), strict=True):
            item.chosen |= some
        inside = np.flatnonzero([item.chosen.any() for item in self.candidates])
        for k in range(inside[0], inside[-1]):
            if not self.candidates[k].chosen.any():
                self.candidates[k].chosen[np.argmax(worth[k])] = True

    def _pieces(self) -> Iterator[tuple[slice, Mapping[int, Array]]]:
        """Some points at a time, and what the blocked levels add there, by parity."""
        size = max(1, CELLS // max(len(table) for table in self.tables.values()))
        for start in range(0, self.temperature.size, size):
            piece = slice(start, start + size)
            heat, strength = self.temperature[piece], self.strength[piece]
            yield (
                piece,
                {
                    parity: blocked_free_energies(self.system, table, heat, strength)
                    for parity, table in self.tables.items()
                },
            )

    def _has_all_levels(self) -> bool:
        """Whether enough levels of the large blocks are known; where not, more are asked for."""
        parts = self.levels_left_out()
        if self._is_enough(self.gathered(parts)):
            return True
        limit = self.accuracy / sum(len(part.lowest) for part in parts)
        for part in parts:
            item = self.candidates[part.place]
            solved = self.solved[item.electrons]
            wanting = (np.maximum(part.share, part.aside) > limit).any(axis=1)
            short = truncated.large_tuples(solved)[wanting]
            places = np.flatnonzero(item.chosen)[short]
            item.levels[places] = truncated.more_levels(solved, short, item.levels[places], self.accuracy)
        return False


def _check_size(system: System, numbers: Sequence[int]) -> None:
    """Refuse more tuples, of all numbers together, than can be listed."""
    pairs, shells = system.pair_degeneracy, len(system.shells)
    check_tuples(system, pairs if pairs in numbers else pairs - 1)
    tuples = sum(count_tuples(system, number) for number in numbers)
    check_memory(
        f"`accuracy`: the {tuples} seniority tuples of all electron numbers of `system`",
        40.0 * tuples + 16.0 * shells * count_tuples(system, pairs),
        instead="fewer levels fit, or Canonical",
    )


def _tuples_of(system: System, parity: int) -> Integers:
    """Every {ν_s} that some N of this parity has: those of the N nearest to half filling."""
    pairs = system.pair_degeneracy
    half = pairs if pairs % 2 == parity else pairs - 1
    return seniority_tuples([shell.pair_degeneracy for shell in system.shells], half)


def _candidates(system: System, electrons: int, table: Integers) -> _Candidates:
    most = min(electrons, 2 * system.pair_degeneracy - electrons)
    known = tuple_bounds(system, electrons)
    return _Candidates(electrons, np.flatnonzero(table.sum(axis=1) <= most), known.dimension, known.lowest)


def _reached(fixed: FixedNumber, found: Averages, temperature: Array, reservoir: Reservoir) -> _Reached:
    potential = found.chemical_potential
    assert potential is not None
    free = fixed.ground_energy - temperature * fixed.log_sum
    return _reached_of(free, fixed.numbers, potential, reservoir, temperature)


def _reached_of(
    free: Array, numbers: Integers, potential: Array, reservoir: Reservoir, temperature: Array
) -> _Reached:
    """From the free energies of the numbers, shape (n, X)."""
    free = free - np.outer(numbers, potential)
    total = lowest_mean(free, np.ones(len(free)), temperature)
    if isinstance(reservoir, FixedPotential):
        return _Reached(potential, total, None)
    distance = np.abs(numbers - reservoir.electrons)
    others = distance > 0
    return _Reached(potential, total, lowest_mean(free[others], distance[others] / 2, temperature))


# -- bounds ---------------------------------------------------------------------------------------


def _bounds(search: _Search, parts: Iterable[_Part]) -> dict[str, Array]:
    """By how much each quantity may be off at most because of these parts, as derived at the top."""
    found, heat = search.found, search.temperature
    sums = _Sums(*np.zeros((4, heat.size)))
    left_out = search.gathered(_added(search, parts, sums))
    inverse, inverse_squared = inverses(heat)
    reach = np.abs(np.array(search.numbers)[:, None] - found.electrons).max(axis=0)
    shift = np.log1p(left_out.side.max(axis=0)) / (2 * (search.numbers[1] - search.numbers[0]))
    rise, fall = np.expm1(shift * reach), -np.expm1(-shift * reach - np.log1p(left_out.total))
    change = np.maximum(rise, fall)
    free_energy = heat * np.log1p(left_out.total)
    energy = (1 + rise) * sums.energy
    responses = {
        "heat_capacity": change * found.heat_capacity
        + times((1 + rise) * sums.energy_squared, inverse_squared),
        "susceptibility": times(change, found.susceptibility)
        + times((1 + rise) * sums.moment_squared, inverse),
    }
    if isinstance(search.reservoir, MeanElectrons):
        energy = change * heat * np.sqrt(found.heat_capacity) + energy
        return {"free_energy": free_energy, "energy": energy, **responses, "chemical_potential": heat * shift}
    free_energy = free_energy + np.abs(search.reached.potential) * sums.electrons  # F = Ω + μ⟨N⟩
    return {"free_energy": free_energy, "energy": energy, **responses, "electrons": sums.electrons}


class _Sums(NamedTuple):
    """Σ s_ν w_ν or Σ s_ν w_ν² of what is left out, shape (X,)."""

    energy: Array
    energy_squared: Array  # of U − μN at given μ
    moment_squared: Array
    electrons: Array


def _added(search: _Search, parts: Iterable[_Part], sums: _Sums) -> Iterator[_Part]:
    """The same parts, each added to the sums."""
    found, held = search.found, isinstance(search.reservoir, MeanElectrons)
    slope, moment_slope = (_slope(search, values) for values in (search.fixed.energy, search.fixed.moment))
    response = slope if held else search.reached.potential
    for part in parts:
        x, share = part.piece, part.share
        heat, strength = search.temperature[x], search.strength[x]
        number = search.numbers[part.place] - found.electrons[x]
        middle = found.energy[x] + slope[x] * number
        sums.energy[x] += (share * energy_widths(part.lowest, part.tops, middle, heat, strength)).sum(axis=0)
        middle = found.energy[x] + response[x] * number
        width = energy_widths(part.lowest, part.tops, middle, heat, strength)
        sums.energy_squared[x] += (share * width**2).sum(axis=0)
        moment = part.tops[:, None] + np.abs(found.moment[x] + moment_slope[x] * number)
        sums.moment_squared[x] += (share * moment**2).sum(axis=0)
        sums.electrons[x] += share.sum(axis=0) * np.abs(number)
        yield part


def _slope(search: _Search, values: Array) -> Array:
    """a = Cov(values, N)/Var N of what was summed, from N ≠ N₀ alone, shape (X,); 0 at given μ."""
    fixed, reservoir = search.fixed, search.reservoir
    if isinstance(reservoir, FixedPotential):
        return np.zeros(search.temperature.size)
    number = (fixed.numbers - reservoir.electrons).astype(np.float64)[:, None]
    others = fixed.numbers != reservoir.electrons
    free: Array = fixed.ground_energy - search.temperature * fixed.log_sum
    free = (free - fixed.numbers[:, None] * search.reached.potential)[others]
    weight = weight_above(free - free.min(axis=0), search.temperature) * number[others]
    rise = values[others] - values[~others]
    found: Array = (weight * rise).sum(axis=0) / (weight * number[others]).sum(axis=0)
    return found
