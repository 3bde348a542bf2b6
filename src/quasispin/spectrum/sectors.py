"""The many-body levels of several shells: every seniority tuple of every electron number, solved once.

The eigenvalues do not depend on temperature or field: the field enters only through the weights
Π_s D_ν_s(βω) of `spectrum.weights`. So one diagonalisation per tuple {ν_s} serves every point of every
ensemble, and one per distinct block (`spectrum.blocks`) serves all tuples and numbers that leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from quasispin import machine
from quasispin.errors import check_memory, integer
from quasispin.parallel import cores
from quasispin.spectrum import blocks as parts
from quasispin.spectrum import counting, lowest
from quasispin.spectrum import pairing_matrix as block
from quasispin.spectrum.blocks import Block
from quasispin.spectrum.counting import Estimate
from quasispin.spectrum.lowest import LowBlock
from quasispin.system.system import Coupling, System

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
T = TypeVar("T", bound=np.generic)

PLACED = 40_000
"""Of more seniority tuples than this the blocks are not looked for where they are only estimated: that alone
takes seconds."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sectors:
    """All levels of N electrons, without their multiplicities. Shapes: B tuples, E eigenstates, S shells.

    The tuples share the solved `blocks`; `shift`, `place` and `mirrored` say how each lies in its own. The
    eigenstates of one tuple, where they are listed for all tuples, stand together, in the order of
    `seniorities`.
    """

    electrons: int
    """N."""
    seniorities: Integers
    """{ν_s} of each tuple, shape (B, S)."""
    degeneracies: Integers
    """M_s, shape (S,)."""
    coupling: Array
    """G_ss', shape (S, S)."""
    uniform: bool
    """Whether the coupling is one constant."""
    blocks: tuple[Block, ...]
    """The distinct blocks, J of them."""
    block_of: Integers
    """Index of the block of each tuple, shape (B,)."""
    shift: Array
    """What a tuple's eigenvalues lie above those of its block, shape (B,)."""
    place: Integers
    """Where each shell stands in the block, −1 where no pair can move, shape (B, S)."""
    mirrored: npt.NDArray[np.bool_]
    """Whether the block is the reflection of the tuple, holes for pairs, shape (B,)."""
    row_of: Integers
    """Which of the block's fields is that of each shell, shape (B, S); 0 for a constant coupling."""
    scale: float = 0.0
    """Size of the largest energy, where levels above those listed are known to be as large."""
    left_out: float = 0.0
    """Bound on the share of the statistical sum that was left out: nothing is, all tuples are solved."""

    @cached_property
    def first(self) -> Integers:
        """Index of the first eigenstate of each tuple, shape (B,)."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]])

    @cached_property
    def sizes(self) -> Integers:
        """Number of eigenstates of each tuple, shape (B,)."""
        found: Integers = np.array([len(item.energy) for item in self.blocks], dtype=np.int64)[self.block_of]
        return found

    @cached_property
    def tuple_of(self) -> Integers:
        """Index of the tuple of each eigenstate, shape (E,)."""
        return np.repeat(np.arange(len(self.seniorities)), self.sizes)

    @cached_property
    def energy(self) -> Array:
        """Eigenvalues of Σ ε_s n̂_s − Σ G_ss' A⁺_s A_s', shape (E,)."""
        inner = np.concatenate([self.blocks[j].energy for j in self.block_of])
        found: Array = inner + self.shift[self.tuple_of]
        found.setflags(write=False)  # shared by every ensemble that asks
        return found

    @cached_property
    def pairs(self) -> Array:
        """⟨p_s⟩, pairs in each shell, of each eigenstate, shape (E, S)."""
        found = [self.pairs_of(b, self.blocks[j].pairs) for b, j in enumerate(self.block_of)]
        return np.concatenate(found)

    @cached_property
    def pair_energy(self) -> Array:
        """−Σ G_ss'⟨A⁺_s A_s'⟩ of each eigenstate, shape (E,)."""
        if self.pair_number is not None:
            return 0.0 - float(self.coupling[0, 0]) * self.pair_number
        inner = np.concatenate([self.blocks[j].pairing for j in self.block_of])
        return 0.0 - (inner + self._holes() @ np.diag(self.coupling))

    @cached_property
    def pair_number(self) -> Array | None:
        """⟨A⁺A⟩ = Σ_ss'⟨A⁺_s A_s'⟩ of each eigenstate, shape (E,); None for a coupling matrix."""
        if not self.uniform:
            return None
        inner = np.concatenate([self.blocks[j].pairing for j in self.block_of])
        return inner + self.turned[self.tuple_of]

    @cached_property
    def shell_field(self) -> Array:
        """⟨(Σ_t G_st A⁺_t)(Σ_t G_st A_t)⟩ of each eigenstate, shape (E, S): the square of each Δ_s."""
        if self.pair_number is not None:
            square = self.coupling[0, 0] ** 2 * self.pair_number
            return np.repeat(square[:, None], self.seniorities.shape[1], axis=1)
        inner = [self.blocks[j].field[:, self.row_of[b]] for b, j in enumerate(self.block_of)]
        return np.maximum(np.concatenate(inner) + self._holes() @ (self.coupling**2).T, 0.0)

    @cached_property
    def turned(self) -> Array:
        """⟨A⁺A⟩ − ⟨A⁺A⟩ of the block for a constant coupling, shape (B,): Σ(2p_s − U_s) where mirrored."""
        room = (self.degeneracies - self.seniorities).sum(axis=1)
        moving = self.electrons - self.seniorities.sum(axis=1)
        return np.where(self.mirrored, moving - room, 0).astype(np.float64)

    def pairs_of(self, index: int, pairs: Array) -> Array:
        """⟨p_s⟩ of all shells in the tuple `index`, from those of its block, shape (…, R) to (…, S)."""
        place, mirrored = self.place[index], self.mirrored[index]
        found = np.zeros((*pairs.shape[:-1], place.size))
        inside = place >= 0
        found[..., inside] = pairs[..., place[inside]]
        if mirrored:
            found = (self.degeneracies - self.seniorities[index]) - found
        return found

    def _holes(self) -> Array:
        """2⟨p_s⟩ − U_s in the tuples that are mirrored, else 0, shape (E, S)."""
        room = (self.degeneracies - self.seniorities)[self.tuple_of]
        found: Array = np.where(self.mirrored[self.tuple_of, None], 2 * self.pairs - room, 0.0)
        return found


def sectors(system: System, electrons: Iterable[int]) -> tuple[Sectors, ...]:
    """All levels of `system` with each of these numbers of electrons instead of its own.

    What is solved once is kept: an ensemble of fixed and one of varying N never diagonalise twice.

    Parameters
    ----------
    system
        The shells and the coupling.
    electrons
        Electron numbers, each from 0 to 2M.

    Raises
    ------
    InputError
        If a number does not lie in [0, 2M].
    SizeError
        If it would take more memory than the machine allows; the message says what would fit.
    """
    numbers = _checked(system, electrons)
    return _box_of(system).sectors(numbers)


def some_sectors(system: System, electrons: int, tuples: Integers, levels: Integers | None = None) -> Sectors:
    """The levels of some seniority tuples of N electrons, {ν_s} of shape (B, S), and of no others.

    Parameters
    ----------
    system, electrons, tuples
        The shells, N and {ν_s}.
    levels
        Of a block that is too large to be solved whole, this many of the lowest, shape (B,); 0 for all. Such
        a block is a `lowest.LowBlock`.

    Raises
    ------
    SizeError
        If they would take more memory than the machine allows.
    """
    return _box_of(system).some(electrons, tuples, levels)


def estimate(system: System, electrons: Iterable[int]) -> Estimate:
    """Memory and time that `sectors` would take, from counting alone; nothing is diagonalised.

    Raises
    ------
    InputError, SizeError
        As `sectors`, the latter only if even the list of seniorities is too long.
    """
    return _box_of(system).estimate(_checked(system, electrons))


def estimate_some(system: System, parts_of: Sequence[tuple[int, Integers, Integers]]) -> Estimate:
    """What `some_sectors` would take for several (N, {ν_s}, levels) together."""
    return _box_of(system).estimate_some(parts_of)


def _checked(system: System, electrons: Iterable[int]) -> list[int]:
    capacity = 2 * system.pair_degeneracy
    return [integer("electrons", number, low=0, high=capacity) for number in electrons]


def _box_of(system: System) -> _Box:
    return _box(
        tuple(shell.energy for shell in system.shells),
        tuple(shell.pair_degeneracy for shell in system.shells),
        system.coupling,
    )


@lru_cache(maxsize=16)
def _box(energies: tuple[float, ...], degeneracies: tuple[int, ...], coupling: Coupling) -> _Box:
    return _Box(energies, degeneracies, coupling)


class _Box:
    """All that is solved of some shells, whatever their moments, and a coupling."""

    def __init__(
        self, energies: tuple[float, ...], degeneracies: tuple[int, ...], coupling: Coupling
    ) -> None:
        self.energies, self.coupling = energies, coupling
        self.degeneracies = np.array(degeneracies, dtype=np.int64)
        self.solved: dict[parts.Key, Block] = {}
        self.low: dict[parts.Key, LowBlock] = {}
        self.found: dict[int, Sectors] = {}

    @cached_property
    def scheme(self) -> parts.Scheme:
        """Levels and couplings numbered, S² of them: only once it is known that all fits."""
        if isinstance(self.coupling, float):
            return parts.Scheme(self.energies, self.coupling)
        return parts.Scheme(self.energies, np.array(self.coupling, dtype=np.float64))

    def sectors(self, numbers: Sequence[int]) -> tuple[Sectors, ...]:
        """The levels of each number; all new blocks are solved together."""
        fresh = [number for number in dict.fromkeys(numbers) if number not in self.found]
        placed = self._places(fresh)
        plans = self._plans(placed.values())
        size = _estimated(plans, self.degeneracies.size, sum(len(tuples) for tuples, _ in placed.values()))
        if plans:
            self._check(fresh, size)
        solved = parts.solve(plans, self.scheme.uniform)
        self.solved |= {plan.key: item for plan, item in zip(plans, solved, strict=True)}
        for number, (tuples, places) in placed.items():
            self.found[number] = self._joined(number, tuples, places)
        return tuple(self.found[number] for number in numbers)

    def some(self, electrons: int, tuples: Integers, levels: Integers | None = None) -> Sectors:
        """The levels of these tuples alone; what is solved is kept."""
        places = self._placed(electrons, tuples)
        plans = self._plans([(tuples, places)])
        low = {} if levels is None else self._lowest(plans, places, levels)
        plans = [plan for plan in plans if plan.key not in low]
        size = _estimated(plans, self.degeneracies.size, len(tuples))
        largest = f"blocks of up to {size.largest} states"
        check_memory(
            f"The {len(tuples)} seniority tuples of `system` that matter ({largest})",
            size.memory,
            seconds=size.seconds,
            instead="a larger `accuracy`, a lower `temperature` or fewer shells fit",
        )
        solved = parts.solve(plans, self.scheme.uniform)
        self.solved |= {plan.key: item for plan, item in zip(plans, solved, strict=True)}
        return self._joined(electrons, tuples, places, low)

    def _lowest(
        self, plans: Sequence[parts.Plan], places: Sequence[parts.Place], levels: Integers
    ) -> dict[parts.Key, LowBlock]:
        """The lowest levels of the blocks that are too large, as many as the most demanding tuple wants."""
        wanted: dict[parts.Key, list[int]] = {}
        for place, count in zip(places, levels.tolist(), strict=True):
            wanted.setdefault(place.key, []).append(count)
        found = {}
        for plan in plans:
            most = max(wanted[plan.key])
            if min(wanted[plan.key]) == 0 or not lowest.is_large(plan):
                continue
            if plan.key not in self.low or len(self.low[plan.key].energy) < most:
                self.low[plan.key] = lowest.lowest_levels(plan, self.scheme.uniform, most)
            found[plan.key] = self.low[plan.key]
        return found

    def estimate(self, numbers: Sequence[int]) -> Estimate:
        distinct = list(dict.fromkeys(numbers))
        degeneracies = self.degeneracies.tolist()
        tuples = sum(counting.count_tuples(degeneracies, number) for number in distinct)
        if tuples > PLACED:
            self._check(distinct, counting.at_least(degeneracies, distinct), is_bound=True)
            listed = ((number, block.seniority_tuples(degeneracies, number)) for number in distinct)
            return self._counted(listed)
        placed = self._places(distinct).values()
        return _estimated(
            self._plans(placed), self.degeneracies.size, sum(len(tuples) for tuples, _ in placed)
        )

    def estimate_some(self, wanted: Sequence[tuple[int, Integers, Integers]]) -> Estimate:
        """The same of some tuples, of large blocks as many levels as given (0 for all)."""
        if sum(len(tuples) for _, tuples, _ in wanted) > PLACED:
            return self._counted((number, tuples) for number, tuples, _ in wanted)
        levels: dict[parts.Key, list[int]] = {}
        placed = [(tuples, self._placed(electrons, tuples)) for electrons, tuples, _ in wanted]
        for (_, places), (_, _, counts) in zip(placed, wanted, strict=True):
            for place, count in zip(places, counts.tolist(), strict=True):
                levels.setdefault(place.key, []).append(count)
        plans = self._plans(placed)
        few = [plan for plan in plans if min(levels[plan.key]) > 0 and lowest.is_large(plan)]
        low = {plan.key: max(levels[plan.key]) for plan in few}
        tuples = sum(len(some) for some, _ in placed)
        whole = _estimated([plan for plan in plans if plan.key not in low], self.degeneracies.size, tuples)
        return _with_low(whole, [(plan, low[plan.key]) for plan in few])

    def _counted(self, some: Iterable[tuple[int, Integers]]) -> Estimate:
        """From above, as if no two tuples shared a block and none fell in two; none is placed."""
        shells, uniform = self.degeneracies.size, isinstance(self.coupling, float)
        memory, work, largest, tuples = 0.0, 0.0, 0, 0
        for number, listed in some:
            pairs = (number - listed.sum(axis=1)) // 2
            states = block.dimensions(self.degeneracies - listed, pairs)
            memory += 8.0 * float(states.sum()) * (2 + shells + (0 if uniform else shells))
            work += 4.0 * float((states**3).sum())
            largest = max(largest, int(states.max(initial=0)))
            tuples += len(listed)
        one = parts.dense_bytes(largest)
        under_way = max(min(machine.allowed(), cores() * one), one)
        seconds = work / counting.FLOPS / cores() + (counting.PLANNING + counting.SETTING_UP) * tuples
        return Estimate(memory + 30.0 * shells * tuples + under_way, seconds, tuples, largest, tuples)

    def _places(self, numbers: Sequence[int]) -> dict[int, tuple[Integers, list[parts.Place]]]:
        """The seniority tuples of each number and their blocks; refused before they are listed."""
        degeneracies = self.degeneracies.tolist()
        self._check(numbers, counting.at_least(degeneracies, numbers), is_bound=True)
        listed = {number: block.seniority_tuples(degeneracies, number) for number in numbers}
        return {number: (tuples, self._placed(number, tuples)) for number, tuples in listed.items()}

    def _check(self, numbers: Sequence[int], size: Estimate, *, is_bound: bool = False) -> None:
        """Refuse what does not fit, with how much of the same would."""
        if size.memory <= machine.allowed():
            return
        degeneracies = self.degeneracies.tolist()
        which = f"{numbers[0]} electrons" if len(numbers) == 1 else f"each of {len(numbers)} electron numbers"
        check_memory(
            f"The spectrum of `system` with {which} in {len(degeneracies)} shells "
            f"({size.tuples:.3g} seniority tuples, blocks of up to {size.largest:.6g} states)",
            size.memory,
            seconds=size.seconds,
            instead=counting.instead(degeneracies, numbers, isinstance(self.coupling, float)),
            is_bound=is_bound,
        )

    def _placed(self, electrons: int, tuples: Integers) -> list[parts.Place]:
        rooms = (self.degeneracies - tuples).tolist()
        pairs = ((electrons - tuples.sum(axis=1)) // 2).tolist()
        return [self.scheme.place(room, n) for room, n in zip(rooms, pairs, strict=True)]

    def _plans(self, placed: Iterable[tuple[Integers, list[parts.Place]]]) -> list[parts.Plan]:
        every = (place for _, places in placed for place in places)
        return [self.scheme.plan(place) for place in parts.distinct(every, self.solved.__contains__).values()]

    def _joined(
        self,
        electrons: int,
        tuples: Integers,
        places: list[parts.Place],
        low: Mapping[parts.Key, LowBlock] = MappingProxyType({}),
    ) -> Sectors:
        index: dict[parts.Key, int] = {}
        block_of = np.array([index.setdefault(place.key, len(index)) for place in places], dtype=np.int64)
        shells = self.degeneracies.size
        where, row_of = np.full((len(places), shells), -1), np.zeros((len(places), shells), dtype=np.int64)
        for b, place in enumerate(places):
            where[b, list(place.order)] = np.arange(len(place.order))
            if place.row_of:
                row_of[b] = place.row_of
        mirrored = np.array([place.mirrored for place in places])
        return Sectors(
            electrons=electrons,
            seniorities=_frozen(tuples),
            degeneracies=self.degeneracies,
            coupling=self.scheme.matrix,
            uniform=self.scheme.uniform,
            blocks=tuple(low[key] if key in low else self.solved[key] for key in index),
            block_of=block_of,
            shift=_frozen(self._shift(electrons, tuples, places, mirrored)),
            place=where,
            mirrored=mirrored,
            row_of=row_of,
        )

    def _shift(
        self, electrons: int, tuples: Integers, places: list[parts.Place], mirrored: npt.NDArray[np.bool_]
    ) -> Array:
        """Σ ε_sν_s + 2nε̃_0, with ε̃_0 the block's first level; mirrored Σ ε_sν_s + 2ΣU_s ε̃_s − 2n'ε̃_0."""
        centred, room = self.scheme.centred, self.degeneracies - tuples
        start = np.array([centred[place.order[0]] if place.order else 0.0 for place in places])
        pairs = (electrons - tuples.sum(axis=1)) // 2
        inner = np.array([place.key.pairs for place in places])
        base = tuples @ self.scheme.energies
        found: Array = base + np.where(
            mirrored, 2 * (room @ centred) - 2 * inner * start, 2 * np.minimum(pairs, inner) * start
        )
        return found


def _frozen(array: npt.NDArray[T]) -> npt.NDArray[T]:
    array.setflags(write=False)  # shared by every ensemble that asks
    return array


def _estimated(plans: Sequence[parts.Plan], shells: int, tuples: int) -> Estimate:
    states = [parts.dimension(plan.key.room, plan.key.pairs) for plan in plans]
    sizes = [parts.effective_dimension(plan) for plan in plans]
    rows = [len(plan.key.rows) for plan in plans]
    kept = sum(8.0 * n * (2 + shells + q) for n, q in zip(states, rows, strict=True)) + 30.0 * shells * tuples
    largest = max(sizes, default=0)
    one = parts.dense_bytes(largest)
    under_way = max(min(machine.allowed(), cores() * one), one)
    # a split block is two eigenproblems
    work = sum(4.0 * n**3 * (1 + (n < whole)) for n, whole in zip(sizes, states, strict=True))
    families = len({(plan.key.room, plan.key.pairs, plan.key.coupling, plan.key.rows) for plan in plans})
    seconds = work / counting.FLOPS / cores() + counting.PLANNING * tuples + counting.SETTING_UP * families
    return Estimate(kept + under_way, seconds, len(plans), largest, tuples)


def _with_low(whole: Estimate, low: Sequence[tuple[parts.Plan, int]]) -> Estimate:
    """With the lowest levels of some blocks besides, one after the other."""
    if not low:
        return whole
    sizes = [parts.dimension(plan.key.room, plan.key.pairs) for plan, _ in low]
    seconds = sum(lowest.needed_seconds(size, k) for size, (_, k) in zip(sizes, low, strict=True))
    memory = max(lowest.needed_bytes(plan, k) for plan, k in low)
    return Estimate(
        memory=max(whole.memory, memory),
        seconds=whole.seconds + seconds,
        blocks=whole.blocks + len(low),
        largest=max(whole.largest, *sizes),
        tuples=whole.tuples,
    )
