"""The ground multiplet of many shells, certified, where a sum over all states would take too long.

At T = 0 the states of lowest U = E − ωm are all there is. The tuples are solved in the order of a lower
bound of U (`spectrum.search`) until the bounds of all others lie above the lowest level that was found:
then nothing is left out. The lowest level of a large block is enclosed by the inequalities of Collatz and
Wielandt (`spectrum.lowest`), and it is one state, by Perron and Frobenius; small blocks are diagonalised
whole.

Below the gap the same holds up to 10⁻¹⁷ of Z: with F the free energy of what is summed, a tuple whose bound
lies above F + T ln(W/10⁻¹⁷), W the number of all states, has together with all others of that kind at most
that share. What is left out of large blocks, above the last level found, is at most `ROUNDING` by an
estimate.
"""

from __future__ import annotations

from dataclasses import replace
from math import lgamma, log

import numpy as np
import numpy.typing as npt

from quasispin import machine
from quasispin.ensembles import general_sum, truncated
from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.statistics import canonical_averages
from quasispin.errors import SizeError
from quasispin.spectrum import lowest
from quasispin.spectrum import pairing_matrix as matrices
from quasispin.spectrum.blocks import dense_bytes
from quasispin.spectrum.bounds import strength
from quasispin.spectrum.counting import Estimate
from quasispin.spectrum.lowest import LowBlock
from quasispin.spectrum.search import Candidates, Search
from quasispin.spectrum.sectors import Sectors, some_sectors
from quasispin.system.system import System

Integers = npt.NDArray[np.int64]

LARGE = 5000
"""States of the largest block above which the ground multiplet is sought alone: all blocks take minutes."""
VECTORS = 24
"""So many numbers for each of its states a large block takes."""
WHOLE = 6000
"""States of a block that is diagonalised whole where its lowest level cannot be enclosed."""
ROUNDING = 1e-16
"""What may be left out of Z below the gap."""
FEW = 64
"""Tuples that are summed below the gap at most."""
ENOUGH = 8
"""Tuples above which E_0 of more pairs is sought for better bounds."""
PATIENCE = 3600.0
"""Seconds that the search may take."""


def is_large(system: System) -> bool:
    """Whether the sum over all states takes minutes, and some vectors of the largest block can be held."""
    degeneracies = [shell.pair_degeneracy for shell in system.shells]
    size = largest_block(degeneracies, system.electrons)
    return len(degeneracies) > 2 and size > LARGE and VECTORS * 8.0 * size <= machine.allowed()


def largest_block(degeneracies: list[int], electrons: int) -> int:
    """States of the block without broken pairs."""
    return matrices.dimension(degeneracies, electrons // 2)


def may_be_cold(system: System, temperature: Array) -> npt.NDArray[np.bool_]:
    """T = 0, and T so low that a broken pair might not count, shape (X,)."""
    levels = np.sort(
        np.repeat([shell.energy for shell in system.shells], [s.pair_degeneracy for s in system.shells])
    )
    middle = min(max(system.electrons // 2, 1), levels.size - 1)
    gap = float(levels[middle] - levels[middle - 1]) + strength(system)
    found: npt.NDArray[np.bool_] = temperature <= gap / _states(system)
    return found


def estimate(system: System) -> Estimate:
    """About what the ground multiplet takes: the block without broken pairs, or some with one electron."""
    degeneracies = [shell.pair_degeneracy for shell in system.shells]
    size = largest_block(degeneracies, system.electrons)
    blocks = 1 if system.electrons % 2 == 0 else 2 + len(degeneracies) // 4
    if not isinstance(system.coupling, float):
        hops = float(size) * min(len(degeneracies), system.electrons // 2)
        memory = hops * (10 * len(degeneracies) + 70 + 72 * len(degeneracies)) + 8.0 * size * 60
        return Estimate(memory, 6 * lowest.needed_seconds(size, lowest.FIRST) * blocks, blocks, size, blocks)
    return Estimate(8.0 * VECTORS * size, lowest.needed_seconds(size, 1) * blocks, blocks, size, blocks)


def averages(
    system: System, temperature: Array, field: Array
) -> tuple[Averages | None, npt.NDArray[np.bool_]]:
    """Averages at the points that need no more than the ground multiplet, and which points these are.

    Raises
    ------
    SizeError
        If at T = 0 the ground multiplet cannot be certified, in one sentence.
    """
    done = np.zeros(temperature.size, dtype=np.bool_)
    parts: list[tuple[int, Averages]] = []
    for value in np.unique(np.abs(field)):
        points = np.flatnonzero(np.abs(field) == value)
        ground = Ground(system, system.electrons, float(value))
        for heat in np.unique(temperature[points]):
            some = points[temperature[points] == heat]
            found = ground.averages(float(heat), field[some])
            if found is not None:
                done[some] = True
                parts += [(int(x), _one(found, k)) for k, x in enumerate(some)]
    if not parts:
        return None, done
    parts.sort(key=lambda part: part[0])
    return joined([part for _, part in parts]), done


class Ground:
    """What lies lowest of N electrons in a field ω ≥ 0."""

    def __init__(self, system: System, electrons: int, strength: float) -> None:
        self.system, self.electrons = system.with_electrons(electrons), electrons
        self.strength = strength
        self.search = Search(self.system, electrons, strength)
        self.energy: dict[tuple[int, ...], float] = {}
        self.connected: dict[tuple[bool, ...], bool] = {}
        self.scale = _largest_energy(self.system)
        self.tie = general_sum.TIE * (self.scale + strength * sum(float(top[-1]) for top in self.search.tops))

    def averages(self, heat: float, field: Array) -> Averages | None:
        """At T and fields of this size; None where T is above the gap."""
        temperature = np.full(field.size, heat)
        if heat == 0.0:
            tuples = self.multiplet()
            solved = self.solved(tuples)
            fixed = general_sum.fixed_number(self.system, [self.electrons], temperature, field, [solved])
            return canonical_averages(fixed, temperature)
        self.multiplet()
        try:
            found = self.search.below(self.best + heat * _states(self.system))
        except SizeError:
            return None
        if len(found.lowest) > FEW:
            return None
        solved = self.solved(found.seniorities, lowest.FIRST)
        fixed = general_sum.fixed_number(self.system, [self.electrons], temperature, field, [solved])
        exact = canonical_averages(fixed, temperature)
        above = truncated.levels_above(solved)
        share = np.zeros(field.size)
        if len(above.lowest):
            free = truncated.free_energies(self.system, above, temperature, np.abs(field)) - exact.free_energy
            share = truncated.boltzmann(free, temperature).sum(axis=0)
        if (share > ROUNDING).any():
            return None
        estimates = {"share": share} if truncated.large_tuples(solved).size else {}
        return replace(exact, error=np.full(field.size, ROUNDING / 10), estimates=estimates)

    @property
    def best(self) -> float:
        """The lowest U that was found."""
        return min(self.energy.values())

    def multiplet(self) -> Integers:
        """The tuples of lowest U, certified.

        Raises
        ------
        SizeError
            If it would take too long, or a block cannot be enclosed.
        """
        if not self.energy:
            self._solve(self.search.first())
            candidates = self._candidates()
            self._check(candidates)
            for tuple_, bound in zip(candidates.seniorities, candidates.lowest, strict=True):
                if bound > self.best + self.tie:
                    break
                self._solve(tuple_)
        limit = self.best + self.tie
        return np.array([found for found, energy in self.energy.items() if energy <= limit], dtype=np.int64)

    def _candidates(self) -> Candidates:
        """Tuples that may hold the ground state; many of large blocks are worth better bounds."""
        try:
            found = self.search.below(self.best + self.tie)
            if len(found.lowest) <= ENOUGH:
                return found
        except SizeError:
            found = None
        if len(self.search.placed) < 4:
            self.search = Search(self.system, self.electrons, self.strength, around=2)
            found = None
        return self.search.below(self.best + self.tie) if found is None else found

    def solved(self, tuples: Integers, levels: int = 1) -> Sectors:
        """Some tuples with their lowest levels."""
        found = some_sectors(self.system, self.electrons, tuples, self._levels(tuples, levels))
        return replace(found, scale=self.scale)

    def _levels(self, tuples: Integers, levels: int) -> Integers:
        """All levels of blocks that cannot be enclosed, refused where they are too large."""
        found = np.full(len(tuples), levels)
        for k, (room, pairs) in enumerate(self._rooms(tuples)):
            if self._is_connected(tuple(space > 0 for space in room)):
                continue
            size = matrices.dimension(room, pairs)
            if size > WHOLE or dense_bytes(size) > machine.allowed():
                raise SizeError(
                    f"The lowest level of a block of {size} states of `system` cannot be certified where "
                    "couplings are negative or 0: `accuracy=1e-6` takes what Lanczos steps find, and fewer "
                    "shells are solved whole.",
                    size,
                )
            found[k] = 0
        return found

    def _is_connected(self, free: tuple[bool, ...]) -> bool:
        """Whether pairs attract each other between all shells with room, as Perron and Frobenius ask."""
        if isinstance(self.system.coupling, float):
            return self.system.coupling > 0
        if free not in self.connected:
            matrix = self.system.coupling_matrix[np.ix_(free, free)]
            reached = np.zeros(len(matrix), dtype=np.bool_)
            reached[:1] = True
            for _ in range(len(matrix)):
                reached |= (matrix[reached] > 0).any(axis=0)
            self.connected[free] = bool((matrix >= 0).all() and reached.all())
        return self.connected[free]

    def _rooms(self, tuples: Integers) -> list[tuple[list[int], int]]:
        rooms = (self.search.pairs - tuples).tolist()
        pairs = ((self.electrons - tuples.sum(axis=1)) // 2).tolist()
        return list(zip(rooms, pairs, strict=True))

    def _check(self, candidates: Candidates) -> None:
        sizes = {(tuple(room), n) for room, n in self._rooms(candidates.seniorities)}
        seconds = sum(lowest.needed_seconds(matrices.dimension(room, n), 1) for room, n in sizes)
        if seconds > PATIENCE:
            raise SizeError(
                f"{len(candidates.lowest)} seniority tuples of `system` may hold the ground state at this "
                f"`field`: to certify it would take {machine.time_in_words(seconds)}; a lower `field` or "
                "fewer shells fit.",
                seconds,
            )

    def _solve(self, tuple_: Integers) -> None:
        key = tuple(tuple_.tolist())
        if key in self.energy:
            return
        solved = self.solved(tuple_[None])
        top = sum(float(t[nu]) for t, nu in zip(self.search.tops, key, strict=True))
        block = solved.blocks[solved.block_of[0]]
        assert not isinstance(block, LowBlock) or block.interval is not None
        self.energy[key] = float(block.energy[0] + solved.shift[0]) - self.strength * top


def _largest_energy(system: System) -> float:
    """Bound of the size of every energy: of the levels filled from either end, and of the pairs."""
    levels = np.sort(
        np.repeat(
            [shell.energy for shell in system.shells], [2 * shell.pair_degeneracy for shell in system.shells]
        )
    )
    number, pairs = system.electrons, system.electrons // 2
    ends = max(abs(float(levels[:number].sum())), abs(float(levels[levels.size - number :].sum())))
    most = pairs * (system.pair_degeneracy - pairs + 1)
    return ends + float(np.abs(system.coupling_matrix).max()) * most


def joined(parts: list[Averages]) -> Averages:
    """Averages of single points, side by side."""
    from quasispin.ensembles.grand_canonical import joined as all_of

    if any(part.error is not None for part in parts):
        parts = [
            part if part.error is not None else replace(part, error=np.zeros(part.free_energy.size))
            for part in parts
        ]
    return all_of(parts)


def _one(found: Averages, place: int) -> Averages:
    return found.mapped(lambda array: array[place : place + 1])


def _states(system: System) -> float:
    """ln(W/ROUNDING) and a little more, W = C(2M, N) the number of all states."""
    size, number = 2 * system.pair_degeneracy, system.electrons
    return lgamma(size + 1) - lgamma(number + 1) - lgamma(size - number + 1) - log(ROUNDING / 10)
