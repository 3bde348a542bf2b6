"""The sum over the seniority tuples that matter, with a bound on all that is left out.

Every tuple has a lower bound of its energies before it is solved (`spectrum.bounds`), hence an upper
bound of its share in Z:

    Z_ν ≤ D Π_s D_{ν_s}(x) e^{−E_ν/T},     D states of the pair space, E_ν ≤ every eigenvalue.

The tuples are solved in the order of their free energies bounded in this way, until the bounds of all
others add up to less than the tolerance times what has been summed. With p that share of Z, W ≥ the
spread of all energies in the field and R = 2Σ|m| that of the moments,

    |ΔF| ≤ T ln(1+p),   |ΔU| ≤ pW,   |ΔC| ≤ (3/2) p (W/T)²,   |Δχ| ≤ (3/2) p R²/T,

as a mixture of two parts with weights 1 and p has the variance of the first up to p(W²/4 + W²).

Of a block that is too large to be diagonalised only the k lowest levels are summed (`spectrum.lowest`). Its
other D − k levels add at most (D − k) Π_s D_{ν_s}(x) e^{−E_k/T} *if* none below E_k was missed: k is raised
until that is less than the tolerance. It is kept apart, as an estimate; the bounds for the tuples left out
hold in any case, as the levels found never lie below those that they stand for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles import general_sum
from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.fixed_number import FixedNumber
from quasispin.ensembles.statistics import canonical_averages
from quasispin.errors import SizeError
from quasispin.spectrum import lowest
from quasispin.spectrum.blocks import dense_bytes
from quasispin.spectrum.bounds import TupleBounds, tuple_bounds
from quasispin.spectrum.lowest import LowBlock
from quasispin.spectrum.sectors import MEMORY, Sectors, some_sectors
from quasispin.spectrum.weights import weights
from quasispin.system.system import System

FIRST = 16
"""Tuples that are solved before the share of the others is judged."""

CELLS = 4_000_000
"""Tuples times points that are bounded at a time."""


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


def averages(system: System, temperature: Array, field: Array, accuracy: float) -> Averages:
    """Canonical averages of several shells in which at most a share `accuracy` of Z is left out."""
    found = truncated_sum(system, system.electrons, temperature, field, accuracy)
    exact = canonical_averages(found.fixed, temperature)
    bounds = _bounds(system, temperature, field, found.share)
    if found.estimate is None:
        return replace(exact, error=found.share, bounds=bounds)
    estimates = {"share": found.estimate} | _bounds(system, temperature, field, found.estimate)
    return replace(exact, error=found.share, bounds=bounds, estimates=estimates)


def truncated_sum(system: System, electrons: int, temperature: Array, field: Array, accuracy: float) -> Sum:
    """Sum the tuples of N electrons in rising order of their bounded free energies, as far as needed."""
    known = _known(system, electrons)
    order = np.argsort(_importance(system, known, temperature, field), kind="stable")
    kept = min(FIRST, order.size)
    levels = np.full(order.size, lowest.FIRST)
    while True:
        chosen = np.sort(order[:kept])
        solved = some_sectors(system, electrons, known.seniorities[chosen], levels[chosen])
        fixed = general_sum.fixed_number(system, [electrons], temperature, field, [solved])
        needed, share = _left_out(system, known, order, fixed, temperature, field, kept, accuracy)
        large = _large(solved)
        missing = _missing(system, solved, large, fixed, temperature, field)
        if needed <= kept and (missing.sum(axis=0) <= accuracy).all():
            return Sum(fixed, share, missing.sum(axis=0) if large.size else None, kept, order.size)
        if needed <= kept:  # more levels only where they are wanted: of the tuples that have their part in it
            short = large[(missing > accuracy / large.size).any(axis=1)]
            levels[chosen[short]] = _more(solved, short, levels[chosen[short]], accuracy)
        kept = max(kept, needed)


def _large(solved: Sectors) -> npt.NDArray[np.int64]:
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
    blocks = [solved.blocks[j] for j in solved.block_of[large]]
    last = np.array([block.energy[-1] for block in blocks]) + solved.shift[large]
    count = [block.left_out for block in blocks if isinstance(block, LowBlock)]
    known = TupleBounds(solved.seniorities[large], np.array(count, dtype=np.float64), last)
    above = _free_energies(system, known, temperature, np.abs(field))
    above = above - (fixed.ground_energy[0] - temperature * fixed.log_sum[0])
    return _boltzmann(above, temperature)


def _more(
    solved: Sectors, short: npt.NDArray[np.int64], levels: npt.NDArray[np.int64], accuracy: float
) -> npt.NDArray[np.int64]:
    """Four times as many levels, or all where those are too many; refused where all do not fit."""
    blocks = [block for j in solved.block_of[short] if isinstance(block := solved.blocks[j], LowBlock)]
    dimensions = np.array([block.dimension for block in blocks])
    more = 4 * levels
    more[(more > lowest.MOST) | (4 * more > dimensions)] = 0
    for size in dimensions[more == 0]:
        needed = dense_bytes((int(size) + 1) // 2)
        if needed > MEMORY:
            raise SizeError(
                f"The lowest {lowest.MOST} levels of a block of {size} states do not reach `accuracy` "
                f"{accuracy:g}: lower temperatures fit, a larger `accuracy` or fewer levels.",
                needed,
            )
    return more


def _known(system: System, electrons: int) -> TupleBounds:
    """The better of the bounds that are known."""
    known = tuple_bounds(system, electrons)
    blocked = lowest.blocked_bounds(system, electrons, known.seniorities)
    return known if blocked is None else replace(known, lowest=np.maximum(known.lowest, blocked))


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
        tail = np.cumsum(_boltzmann(above, temperature[piece])[::-1], axis=0)[::-1]
        tail = np.concatenate([tail, np.zeros((1, tail.shape[1]))])
        share[piece] = tail[kept]
        needed = max(needed, int((tail > accuracy).sum(axis=0).max()))
    return needed, share


def _boltzmann(above: Array, heat: Array) -> Array:
    """e^{−above/T}; at T = 0 what may reach the ground state counts, infinitely."""
    cold = np.where(above > 0, np.inf, -np.inf)
    exponent = np.divide(above, heat, out=cold, where=np.broadcast_to(heat > 0, above.shape))
    with np.errstate(over="ignore"):
        found: Array = np.exp(-exponent)
    return found


def _bounded_free_energies(
    system: System, known: TupleBounds, temperature: Array, field: Array
) -> Iterator[tuple[slice, Array]]:
    """Lower bounds of −T ln Z_ν, shape (B, points of the piece)."""
    size = max(1, CELLS // len(known.lowest))
    for start in range(0, temperature.size, size):
        piece = slice(start, start + size)
        yield piece, _free_energies(system, known, temperature[piece], np.abs(field[piece]))


def _free_energies(system: System, known: TupleBounds, heat: Array, strength: Array) -> Array:
    cold = np.where(strength > 0, np.inf, 0.0)
    x = np.divide(strength, heat, out=cold, where=heat > 0)
    free = known.lowest[:, None] - heat * np.log(known.dimension)[:, None]
    for shell, nu in zip(system.shells, known.seniorities.T, strict=True):
        one = weights(shell.moments, x)
        free = free - strength * one.top[nu][:, None] - heat * one.log.T[nu]
    found: Array = free
    return found


def _bounds(system: System, temperature: Array, field: Array, share: Array) -> dict[str, Array]:
    width = _spread(system) + 2 * np.abs(field) * sum(sum(shell.moments) for shell in system.shells)
    moments = 2 * sum(sum(shell.moments) for shell in system.shells)
    inverse = np.divide(1.0, temperature, out=np.zeros_like(temperature), where=temperature > 0)
    return {
        "free_energy": temperature * np.log1p(share),
        "energy": share * width,
        "heat_capacity": 1.5 * share * (width * inverse) ** 2,
        "susceptibility": 1.5 * share * moments**2 * inverse,
    }


def _spread(system: System) -> float:
    """Highest minus lowest eigenvalue of N electrons in zero field, at most."""
    singles = np.sort(np.concatenate([[s.energy] * (2 * s.pair_degeneracy) for s in system.shells]))
    count = system.electrons
    filled = float(singles[singles.size - count :].sum() - singles[:count].sum())
    strength = float(np.abs(system.coupling_matrix).max())
    sides = 1 if isinstance(system.coupling, float) else 2
    return filled + sides * strength * (system.pair_degeneracy + 1) ** 2 / 4
