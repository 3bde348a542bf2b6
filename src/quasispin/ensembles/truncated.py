"""The sum over the seniority tuples that matter, with a bound on all that is left out.

Every tuple has a lower bound of its energies before it is solved (`spectrum.bounds`), hence an upper
bound of its share in Z:

    Z_ν ≤ D Π_s D_{ν_s}(x) e^{−E_ν/T},     D states of the pair space, E_ν ≤ every eigenvalue.

The tuples are solved in the order of their free energies bounded in this way, until the bounds of all
others add up to less than the tolerance times what has been summed. Let s_ν be their shares, p = Σ s_ν, and
`in` what was summed. Every state that was summed loses the same factor, so that

    |ΔF| ≤ T ln(1+p),   |ΔU| ≤ Σ s_ν w_ν,   |ΔC| ≤ p/(1+p) C_in + β² Σ s_ν w_ν²,

C = β² min_c ⟨(U − c)²⟩ being at least C_in/(1+p) and at most what c = U_in gives. A state with E = E_ν + e,
e ≥ 0, has e^{−e/T}|E − ωm − c| ≤ max(|E_ν − ωm − c|, 2T), and so for the squares; hence

    w_ν = max(|E_ν − U_in| + |ω|m_ν, 2T),     m_ν the top moment.

For χ = β min_c ⟨(m − c)²⟩ the same holds with β and m_ν + |m_in| for w_ν.

Of a block that is too large to be diagonalised only the k lowest levels are summed (`spectrum.lowest`). Its
other D − k levels add at most (D − k) Π_s D_{ν_s}(x) e^{−E_k/T} *if* none below E_k was missed: k is raised
until that is less than the tolerance. It is kept apart, as an estimate; the bounds for the tuples left out
hold in any case, as the levels found never lie below those that they stand for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import lgamma, log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin import machine
from quasispin.ensembles import general_sum
from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.fixed_number import FixedNumber
from quasispin.ensembles.statistics import canonical_averages
from quasispin.errors import SizeError, check_memory
from quasispin.spectrum import counting, lowest
from quasispin.spectrum import pairing_matrix as matrices
from quasispin.spectrum.blocks import dense_bytes
from quasispin.spectrum.bounds import TupleBounds, bounds_by_fillings, bounds_by_pairs, tuple_bounds
from quasispin.spectrum.counting import Estimate
from quasispin.spectrum.forecast import Spread, expected, wanted_levels
from quasispin.spectrum.lowest import LowBlock
from quasispin.spectrum.search import Search
from quasispin.spectrum.sectors import Sectors, estimate_some, some_sectors
from quasispin.spectrum.weights import weights
from quasispin.system.system import System

LISTED = 50_000
"""More seniority tuples than this are not all listed for an estimate."""

GROWTH = 4
"""As many tuples as before are solved next, at most: the first sums are poor."""

CELLS = 4_000_000
"""Tuples times points that are bounded at a time."""


PLENTY = 600.0
"""e to it is beyond every share of the statistical sum that matters, and so are millions of it together."""


class Sum(NamedTuple):
    """What was summed, and what not."""

    fixed: FixedNumber
    share: Array
    """Bound on Z of all tuples that were left out over Z of what was summed, shape (X,)."""
    estimate: Array | None
    """The same for the levels left out of large blocks, not certified, shape (X,); None if there are none."""
    kept: int
    """Seniority tuples that were solved."""
    tuples: int
    """All of them."""
    rest: TupleBounds
    """Those that were left out."""
    levels: TupleBounds
    """The levels of large blocks that were left out, as tuples with an estimated lowest level."""


def averages(system: System, temperature: Array, field: Array, accuracy: float) -> Averages:
    """Canonical averages of several shells in which at most a share `accuracy` of Z is left out."""
    found = truncated_sum(system, system.electrons, temperature, field, accuracy)
    exact = canonical_averages(found.fixed, temperature)
    bounds = _bounds(system, found.rest, exact, temperature, np.abs(field))
    if found.estimate is None:
        return replace(exact, error=found.share, bounds=bounds)
    levels = _bounds(system, found.levels, exact, temperature, np.abs(field))
    estimates = {"share": found.estimate} | levels
    return replace(exact, error=found.share, bounds=bounds, estimates=estimates)


def estimate(system: System, temperature: Array, field: Array, accuracy: float) -> Estimate:
    """About what the tuples that matter will take, from their bounds; nothing is solved.

    Where so many may matter that their list alone takes seconds, a lower bound by counting.
    """
    degeneracies = [shell.pair_degeneracy for shell in system.shells]
    if counting.count_tuples(degeneracies, system.electrons) <= LISTED:
        known = _known(system, system.electrons, is_rough=True)
        return _foreseen(system, known, temperature, field, accuracy)
    if (
        8.0 * matrices.dimension(degeneracies, system.electrons // 2) > machine.memory()
    ):  # not one vector fits
        return counting.at_least(degeneracies, [system.electrons])
    near = _near(system, temperature, field, accuracy)
    if near is None:
        return counting.at_least(degeneracies, [system.electrons])
    return _foreseen(system, near, temperature, field, accuracy)


def _near(system: System, temperature: Array, field: Array, accuracy: float) -> TupleBounds | None:
    """The tuples that may matter at some of the fields, without a list of all; None if there are many."""
    states = lgamma(2 * system.pair_degeneracy + 1) - lgamma(system.electrons + 1)
    states -= lgamma(2 * system.pair_degeneracy - system.electrons + 1)
    reach = float(temperature.max()) * (states - log(accuracy))
    found = []
    for strength in np.unique(np.quantile(np.abs(field), [0.0, 0.5, 1.0])):
        search = Search(system, system.electrons, float(strength), is_rough=True)
        try:
            found.append(search.below(search.least + reach + search.slack).seniorities)
        except SizeError:
            return None
        found[-1] = np.concatenate([found[-1], search.first()[None]])
    tuples = np.unique(np.concatenate(found), axis=0)
    if len(tuples) > LISTED:
        return None
    room = np.array([shell.pair_degeneracy for shell in system.shells], dtype=np.int64) - tuples
    pairs = (system.electrons - tuples.sum(axis=1)) // 2
    lowest_levels = np.maximum(
        bounds_by_fillings(system, system.electrons, tuples),
        bounds_by_pairs(system, system.electrons, tuples, is_rough=True),
    )
    return TupleBounds(tuples, matrices.dimensions(room, pairs), lowest_levels)


def _foreseen(
    system: System, known: TupleBounds, temperature: Array, field: Array, accuracy: float
) -> Estimate:
    spread = Spread.of(system, system.electrons, known)
    worth, levels = np.zeros(len(known.lowest)), np.full(len(known.lowest), lowest.FIRST)
    every = np.arange(len(worth))
    for piece, free in _bounded_free_energies(system, known, temperature, field):
        heat, strength = temperature[piece], np.abs(field[piece])
        blocked = blocked_free_energies(system, known.seniorities, heat, strength)
        best = expected(spread, blocked, heat)
        reached = lowest_mean(best, np.ones(len(best)), heat)
        worth = np.maximum(worth, boltzmann(free - reached, heat).max(axis=1))
        wanted = wanted_levels(spread, every, blocked, reached, heat, accuracy)
        levels = np.where((levels == 0) | (wanted == 0), 0, np.maximum(levels, wanted))
    chosen = matters(worth, accuracy)
    return estimate_some(system, [(system.electrons, known.seniorities[chosen], levels[chosen])])


def matters(worth: Array, accuracy: float) -> npt.NDArray[np.int64]:
    """The worthiest places, until the others add up to `accuracy` at most; one at least."""
    order = np.argsort(-worth, kind="stable")
    rest = np.cumsum(worth[order][::-1])[::-1]
    return np.sort(order[: max(1, int((rest > accuracy).sum()))])


def check_foreseen(system: System, numbers: Sequence[int], foresee: Callable[[], Estimate]) -> None:
    """Refuse before anything is solved what surely does not fit.

    Raises
    ------
    SizeError
        With what would fit.
    """
    degeneracies = [shell.pair_degeneracy for shell in system.shells]
    if counting.at_most(degeneracies, numbers, isinstance(system.coupling, float)) <= machine.allowed():
        return
    size = foresee()
    matter = (
        f"About {size.tuples} seniority tuples of `system` matter (blocks of up to {size.largest} states)"
    )
    check_memory(
        f"{matter}: they",
        size.memory,
        seconds=size.seconds,
        instead="a larger `accuracy`, a lower `temperature` or fewer shells fit",
    )


def truncated_sum(system: System, electrons: int, temperature: Array, field: Array, accuracy: float) -> Sum:
    """Sum the tuples of N electrons in rising order of their bounded free energies, as far as needed."""
    known = _known(system, electrons)
    one = system.with_electrons(electrons)
    check_foreseen(one, [electrons], lambda: _foreseen(one, known, temperature, field, accuracy))
    importance = _importance(system, known, temperature, field)
    order = np.argsort(importance, kind="stable")
    kept = int((importance == 0).sum())  # the best of each point
    levels = np.full(order.size, lowest.FIRST)
    while True:
        chosen = np.sort(order[:kept])
        solved = some_sectors(system, electrons, known.seniorities[chosen], levels[chosen])
        fixed = general_sum.fixed_number(system, [electrons], temperature, field, [solved])
        needed, share = _left_out(system, known, order, fixed, temperature, field, kept, accuracy)
        large = large_tuples(solved)
        missing = _missing(system, solved, large, fixed, temperature, field)
        if needed <= kept and (missing.sum(axis=0) <= accuracy).all():
            estimate = missing.sum(axis=0) if large.size else None
            rest = known.without(chosen)
            return Sum(fixed, share, estimate, kept, order.size, rest, levels_above(solved))
        if needed <= kept:  # more levels only where they are wanted: of the tuples that have their part in it
            short = large[(missing > accuracy / large.size).any(axis=1)]
            levels[chosen[short]] = more_levels(solved, short, levels[chosen[short]], accuracy)
        kept = max(kept, min(needed, GROWTH * kept))


def large_tuples(solved: Sectors) -> npt.NDArray[np.int64]:
    """The tuples of which only the lowest levels are known."""
    return np.flatnonzero([isinstance(solved.blocks[j], LowBlock) for j in solved.block_of])


def _missing(
    system: System,
    solved: Sectors,
    large: npt.NDArray[np.int64],
    fixed: FixedNumber,
    temperature: Array,
    field: Array,
) -> Array:
    """Estimated share of the levels that were not found in each large block, shape (tuples of it, X)."""
    if not large.size:
        return np.zeros((0, temperature.size))
    above = free_energies(system, levels_above(solved), temperature, np.abs(field))
    above = above - (fixed.ground_energy[0] - temperature * fixed.log_sum[0])
    return boltzmann(above, temperature)


def levels_above(solved: Sectors) -> TupleBounds:
    """The levels that were not found in each large block, above the last one that was found."""
    large = large_tuples(solved)
    blocks = [block for j in solved.block_of[large] if isinstance(block := solved.blocks[j], LowBlock)]
    last = np.array([block.energy[-1] for block in blocks]) + solved.shift[large]
    count = np.array([block.left_out for block in blocks], dtype=np.float64)
    return TupleBounds(solved.seniorities[large], count, last)


def more_levels(
    solved: Sectors, short: npt.NDArray[np.int64], levels: npt.NDArray[np.int64], accuracy: float
) -> npt.NDArray[np.int64]:
    """Four times as many levels, or all where those are too many; refused where all do not fit."""
    blocks = [block for j in solved.block_of[short] if isinstance(block := solved.blocks[j], LowBlock)]
    dimensions = np.array([block.dimension for block in blocks])
    more = 4 * levels
    more[(more > lowest.MOST) | (lowest.SPARSE * more > dimensions)] = 0
    for size in dimensions[more == 0]:
        needed = dense_bytes((int(size) + 1) // 2)
        if needed > machine.allowed():
            raise SizeError(
                f"The lowest {levels.max()} levels of a block of {size} states do not reach `accuracy` "
                f"{accuracy:g}: lower temperatures fit, a larger `accuracy` or fewer levels.",
                needed,
            )
    return more


def _known(system: System, electrons: int, *, is_rough: bool = False) -> TupleBounds:
    """The better of the bounds that are known, or about what they will be."""
    known = tuple_bounds(system, electrons)
    better = bounds_by_pairs(system, electrons, known.seniorities, is_rough=is_rough)
    return replace(known, lowest=np.maximum(known.lowest, better))


def _importance(system: System, known: TupleBounds, temperature: Array, field: Array) -> Array:
    """How far the bounded free energy of each tuple lies above the lowest, where it is nearest."""
    nearest = np.full(len(known.lowest), np.inf)
    for piece, free in _bounded_free_energies(system, known, temperature, field):
        del piece
        nearest = np.minimum(nearest, (free - free.min(axis=0)).min(axis=1))
    return nearest


def _left_out(
    system: System,
    known: TupleBounds,
    order: npt.NDArray[np.int64],
    fixed: FixedNumber,
    temperature: Array,
    field: Array,
    kept: int,
    accuracy: float,
) -> tuple[int, Array]:
    """How many tuples of the order are needed, and the share of those after `kept`, shape (X,)."""
    share, needed = np.zeros(temperature.size), 0
    reached = fixed.ground_energy[0] - temperature * fixed.log_sum[0]
    for piece, free in _bounded_free_energies(system, known, temperature, field):
        above = free[order] - reached[piece]
        tail = np.cumsum(boltzmann(above, temperature[piece])[::-1], axis=0)[::-1]
        tail = np.concatenate([tail, np.zeros((1, tail.shape[1]))])
        share[piece] = tail[kept]
        needed = max(needed, int((tail > accuracy).sum(axis=0).max()))
    return needed, share


def boltzmann(above: Array, heat: Array) -> Array:
    """e^{−above/T}; at T = 0 what may reach the ground state counts as all.

    A share far above 1 is cut off, so that sums of them stay in the range of a double.
    """
    cold = np.where(above > 0, np.inf, -np.inf)
    with np.errstate(over="ignore"):
        exponent = np.divide(above, heat, out=cold, where=np.broadcast_to(heat > 0, above.shape))
        found: Array = np.exp(-np.maximum(exponent, -PLENTY))
    return found


def lowest_mean(free: Array, factor: Array, temperature: Array) -> Array:
    """−T ln Σ factor e^{−free/T}, shape (X,); at T = 0 the lowest."""
    least = free.min(axis=0)
    found: Array = least - temperature * np.log(factor @ weight_above(free - least, temperature))
    return found


def weight_above(above: Array, temperature: Array) -> Array:
    """e^{−above/T} for distances ≥ 0; at T = 0 that of the lowest."""
    cold = np.where(above > 0, np.inf, 0.0)
    with np.errstate(over="ignore"):
        warm = np.broadcast_to(temperature > 0, above.shape)
        return np.exp(-np.divide(above, temperature, out=cold, where=warm))


def _bounded_free_energies(
    system: System, known: TupleBounds, temperature: Array, field: Array
) -> Iterator[tuple[slice, Array]]:
    """Lower bounds of −T ln Z_ν, shape (B, points of the piece)."""
    size = max(1, CELLS // max(len(known.lowest), 1))
    for start in range(0, temperature.size, size):
        piece = slice(start, start + size)
        yield piece, free_energies(system, known, temperature[piece], np.abs(field[piece]))


def free_energies(system: System, known: TupleBounds, heat: Array, strength: Array) -> Array:
    """Lower bounds of −T ln Z_ν, shape (B, X); ω ≥ 0."""
    inner = known.lowest[:, None] - heat * np.log(known.dimension)[:, None]
    return inner + blocked_free_energies(system, known.seniorities, heat, strength)


def blocked_free_energies(
    system: System, seniorities: npt.NDArray[np.int64], heat: Array, strength: Array
) -> Array:
    """−T ln Π_s D_{ν_s}(ω/T), what the blocked levels add, shape (B, X); ω ≥ 0."""
    cold = np.where(strength > 0, np.inf, 0.0)
    with np.errstate(over="ignore"):
        x = np.divide(strength, heat, out=cold, where=heat > 0)
    free = np.zeros((len(seniorities), heat.size))
    for shell, nu in zip(system.shells, seniorities.T, strict=True):
        one = weights(shell.moments, x)
        free -= strength * one.top[nu][:, None] + heat * one.log.T[nu]
    return free


def _bounds(
    system: System, rest: TupleBounds, found: Averages, temperature: Array, strength: Array
) -> dict[str, Array]:
    """By how much each quantity may be off at most, as derived at the top; ω ≥ 0."""
    share, energy, energy_squared, moment_squared = np.zeros((4, temperature.size))
    inverse, inverse_squared = inverses(temperature)
    tops = top_moments(system, rest.seniorities)
    for piece, free in _bounded_free_energies(system, rest, temperature, strength):
        part = boltzmann(free - found.free_energy[piece], temperature[piece])
        width = energy_widths(rest.lowest, tops, found.energy[piece], temperature[piece], strength[piece])
        share[piece], energy[piece] = part.sum(axis=0), (part * width).sum(axis=0)
        energy_squared[piece] = (part * width**2).sum(axis=0)
        moment_squared[piece] = (part * (tops[:, None] + np.abs(found.moment[piece])) ** 2).sum(axis=0)
    lost = share / (1.0 + share)
    return {
        "free_energy": temperature * np.log1p(share),
        "energy": energy,
        "heat_capacity": lost * found.heat_capacity + times(energy_squared, inverse_squared),
        "susceptibility": times(lost, found.susceptibility) + times(moment_squared, inverse),
    }


def energy_widths(lowest: Array, tops: Array, middle: Array, heat: Array, strength: Array) -> Array:
    """w of each tuple, shape (B, X): how far U lies from `middle`, as it enters the bounds."""
    return np.maximum(np.abs(lowest[:, None] - middle) + tops[:, None] * strength, 2 * heat)


def top_moments(system: System, seniorities: npt.NDArray[np.int64]) -> Array:
    """The largest moment of each tuple, shape (B,)."""
    found = np.zeros(len(seniorities))
    for shell, nu in zip(system.shells, seniorities.T, strict=True):
        found += np.concatenate([[0.0], np.cumsum(np.sort(shell.moments)[::-1])])[nu]
    return found


def inverses(temperature: Array) -> tuple[Array, Array]:
    """1/T and 1/T², infinite where they leave the range of a double; 0 at T = 0."""
    with np.errstate(over="ignore"):
        inverse = np.divide(1.0, temperature, out=np.zeros_like(temperature), where=temperature > 0)
        return inverse, inverse**2


def times(change: Array, response: Array) -> Array:
    """Their product, 0 where nothing changes even if the response is infinite."""
    return np.multiply(change, response, out=np.zeros_like(change), where=change > 0)
