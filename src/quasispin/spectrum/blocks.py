"""Equal blocks recognised, each diagonalised once, on all cores.

Given {ν_s} and N, what is left is n = (N − Σν_s)/2 pairs in the shells with room U_a = M_a − ν_a > 0 and

    h = Σ_a 2ε_a p_a − Σ_ab G_ab A⁺_a A_b.

*Translation*: a common shift ε_a → ε_a + c adds 2cn. *Reflection × particle–hole*: under p_a → U_a − p_a
the matrix elements √((p+1)(U−p)) of A⁺_a become those of A_a, and [A_a, A⁺_a] = U_a − 2p_a gives for any
symmetric G

    Σ G_ab A_a A⁺_b = Σ G_ab A⁺_a A_b + Σ G_aa (U_a − 2p_a).

In terms of ε̃_a = ε_a − G_aa/2 the levels ε̃ with n pairs therefore have the spectrum of the levels −ε̃ with
ΣU − n pairs, raised by 2Σ U_a ε̃_a. That holds without a condition on G; for a constant G, ε̃ is ε but for a
translation and the distances of the levels alone matter. So a block is known by the distances of its ε̃,
its rooms, n ≤ ΣU/2 and its couplings. A block that is its own mirror image falls into two, even and odd
under the map, of half the size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin import machine
from quasispin.parallel import cores, one_blas_thread
from quasispin.spectrum import pairing_matrix as matrices

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Ints = tuple[int, ...]

TIE = 8 * np.finfo(np.float64).eps
"""Level distances closer than this, relative to the largest level, are equal: one rounding of a few."""

BATCH_BYTES = 16 * 2**20
"""Blocks of one kind are diagonalised together up to this much memory."""

LARGE = 1500
"""From this size on a block is worth a call of its own, which overwrites its matrix."""

SPLIT = 48
"""From this size on a block that is its own mirror image is worth splitting into even and odd."""


class Key(NamedTuple):
    """What the spectrum of a block depends on; R shells that are not full of unpaired electrons."""

    room: Ints  # (R,) U_a, in the order of rising level
    pairs: int  # n ≤ ΣU/2
    distance: Ints  # (R,) number of the distance from the lowest level
    coupling: tuple[Ints, ...]  # (R, R) numbers of G_ab, row by row; () for a constant G
    rows: tuple[Ints, ...]  # (Q, R) the rows G_sa of all shells s, each once


class Place(NamedTuple):
    """How a seniority tuple sits in its block."""

    key: Key
    order: Ints  # (R,) the shell at each place of the block
    mirrored: bool
    row_of: Ints  # (S,) which row of the block is that of a shell; () for a constant G


class Plan(NamedTuple):
    """A block to be solved."""

    key: Key
    level: Array  # (R,) ε_a, measured from the lowest ε̃
    coupling: Array  # (R, R) G_ab
    rows: Array  # (Q, R)
    partner: Ints  # (R,) the mirror image of each shell where the block is its own, else ()


@dataclass(frozen=True, eq=False)
class Block:
    """What is kept of a solved block: E eigenstates rising in energy, R shells, Q rows of the coupling."""

    energy: Array
    """Eigenvalues of h, shape (E,)."""
    pairing: Array
    """⟨A⁺A⟩ for a constant G, else Σ G_ab⟨A⁺_a A_b⟩, shape (E,)."""
    pairs: Array
    """⟨p_a⟩, shape (E, R)."""
    field: Array
    """‖Σ_a G_sa A_a ψ‖² of each row, shape (E, Q); Q = 0 for a constant G, where it is G²⟨A⁺A⟩."""


class Scheme:
    """The levels and couplings of all shells, numbered so that equal ones are recognised."""

    def __init__(self, energies: Sequence[float], coupling: float | Array) -> None:
        self.energies = np.asarray(energies, dtype=np.float64)
        self.uniform = isinstance(coupling, float)
        size = self.energies.size
        self.matrix = np.array(np.broadcast_to(np.asarray(coupling, dtype=np.float64), (size, size)))
        self.centred = self.energies - np.diag(self.matrix) / 2
        apart = self.centred[:, None] - self.centred
        self._distance: list[list[int]] = _numbered(apart, TIE * float(np.abs(self.centred).max())).tolist()
        self._behind: list[list[int]] = [list(column) for column in zip(*self._distance, strict=True)]
        self._rank = [row[int(np.argmin(self.centred))] for row in self._distance]
        reach = sorted(range(size), key=self._rank.__getitem__)
        self._order = None if len(set(self._rank)) < size else (reach, reach[::-1])
        self._number: list[list[int]] = _numbered(self.matrix, 0.0).tolist()

    def place(self, room: Sequence[int], pairs: int) -> Place:
        """The block of `pairs` pairs in these rooms, shape (S,), and how it lies there."""
        free = [s for s, space in enumerate(room) if space]
        total = sum(room)
        if pairs in (0, total):  # nothing can move
            nothing = () if self.uniform else (0,) * len(room)
            return Place(Key((), 0, (), (), () if self.uniform else ((),)), (), pairs > 0, nothing)
        if 2 * pairs < total:
            return self._placed(free, room, pairs, False)
        mirror = self._placed(free, room, total - pairs, True)
        if 2 * pairs > total:
            return mirror
        return min(self._placed(free, room, pairs, False), mirror, key=lambda place: place.key)

    def plan(self, place: Place) -> Plan:
        """The levels and the coupling of a block, as the tuple that first asks for it has them."""
        order, sign = list(place.order), -1.0 if place.mirrored else 1.0
        centred = sign * (self.centred[order] - self.centred[order[:1]])
        partner = self._partner(place)
        if partner:  # symmetric to the last digit
            centred = (centred - centred[list(partner)]) / 2 + (centred[:1] + centred[partner[0]]) / 2
        matrix = self.matrix[np.ix_(order, order)]
        rows = np.zeros((0, len(order)))
        if place.key.rows:
            first = [place.row_of.index(row) for row in range(len(place.key.rows))]
            rows = self.matrix[np.ix_(first, order)]
        return Plan(place.key, centred + np.diag(matrix) / 2, matrix, rows, partner)

    def _placed(self, free: list[int], room: Sequence[int], pairs: int, mirrored: bool) -> Place:
        sign = -1 if mirrored else 1
        if self._order is None:
            order = sorted(free, key=lambda s: (sign * self._rank[s], room[s]))
        else:  # no two levels coincide
            order = [s for s in self._order[mirrored] if room[s]]
        start = order[0]
        ahead = self._distance[start] if mirrored else self._behind[start]
        distance = tuple([ahead[s] for s in order])
        coupling: tuple[Ints, ...] = ()
        rows: tuple[Ints, ...] = ()
        row_of: Ints = ()
        if not self.uniform:
            everyone = [tuple(numbers[s] for s in order) for numbers in self._number]
            coupling = tuple(everyone[s] for s in order)
            rows = tuple(sorted(set(everyone)))
            row_of = tuple(rows.index(row) for row in everyone)
        key = Key(tuple([room[s] for s in order]), pairs, distance, coupling, rows)
        return Place(key, tuple(order), mirrored, row_of)

    def _partner(self, place: Place) -> Ints:
        """Which place mirrors which, if the mirror image of the block is the block itself."""
        key = place.key
        if not key.room or 2 * key.pairs != sum(key.room):
            return ()
        room = dict(zip(place.order, key.room, strict=True))
        everyone = [room.get(s, 0) for s in range(self.energies.size)]
        other = self._placed(sorted(place.order), everyone, key.pairs, not place.mirrored)
        if other.key != key:
            return ()
        partner = tuple(place.order.index(s) for s in other.order)
        is_involution = all(partner[partner[k]] == k for k in range(len(partner)))
        return partner if is_involution else ()


def _numbered(values: Array, tolerance: float) -> Integers:
    """Whole numbers that rise with the values; those within the tolerance of each other have the same."""
    order = np.argsort(values, axis=None, kind="stable")
    flat, found = values.ravel()[order], np.empty(values.size, dtype=np.int64)
    number, start = 0, flat[0]
    for i, value in enumerate(flat):
        if value - start > tolerance:
            number, start = number + 1, value
        found[order[i]] = number
    return found.reshape(values.shape)


# -- solving -----------------------------------------------------------------------------------------


def solve(plans: Sequence[Plan], uniform: bool) -> list[Block]:
    """Diagonalise these blocks, the largest first, on all cores with one BLAS thread each."""
    tasks = sorted(_tasks(plans, uniform), key=lambda task: -task.size)
    found: dict[int, Block] = {}
    most = machine.allowed()
    # threads on small blocks cost far more than they bring
    with one_blas_thread():
        # of the largest blocks only as many at a time as fit into memory
        for workers, some in groupby(tasks, key=lambda task: max(1, min(cores(), int(most // task.bytes)))):
            with ThreadPoolExecutor(workers) as threads:
                for part in threads.map(_Task.run, list(some)):
                    found |= part
    return [found[i] for i in range(len(plans))]


def dense_bytes(dimension: int) -> float:
    """Memory that diagonalising one block takes: matrix, vectors and twice that for the work."""
    return 8.0 * (3.3 if dimension >= LARGE else 6.0) * dimension**2


def dimension(room: Ints, pairs: int) -> int:
    """Number of states of a block; many blocks have the same rooms."""
    return _dimension(tuple(sorted(room)), pairs)


@lru_cache(maxsize=65_536)
def _dimension(room: Ints, pairs: int) -> int:
    return matrices.dimension(room, pairs)


def effective_dimension(plan: Plan) -> int:
    """Size of the largest matrix that is diagonalised for this block."""
    states = dimension(plan.key.room, plan.key.pairs)
    return (states + 1) // 2 if plan.partner and states >= SPLIT and len(plan.key.room) > 2 else states


class _Task(NamedTuple):
    """Some blocks of one family, which share everything but their levels."""

    family: _Family
    indices: list[int]
    plans: list[Plan]
    size: int
    bytes: float

    def run(self) -> dict[int, Block]:
        """Solve them."""
        return dict(zip(self.indices, self.family.solve(self.plans), strict=True))


def _tasks(plans: Sequence[Plan], uniform: bool) -> list[_Task]:
    alike: dict[Any, list[int]] = {}
    for index, plan in enumerate(plans):
        key = plan.key
        alike.setdefault((key.room, key.pairs, key.coupling, key.rows), []).append(index)
    tasks = []
    for indices in alike.values():
        family = _Family(plans[indices[0]], uniform)
        size = family.space.dimension
        split = [i for i in indices if family.is_split(plans[i])]
        whole = [i for i in indices if not family.is_split(plans[i])]
        step = max(1, min(int(BATCH_BYTES // (8 * size**2)), -(-len(whole) // cores())))
        parts = [[i] for i in split] + [whole[i : i + step] for i in range(0, len(whole), step)]
        for part in parts:
            widest = effective_dimension(plans[part[0]])
            tasks.append(
                _Task(family, part, [plans[i] for i in part], widest, len(part) * dense_bytes(widest))
            )
    return tasks


class _Family:
    """Blocks with the same rooms, pairs and couplings: one basis, one pairing operator."""

    def __init__(self, plan: Plan, uniform: bool) -> None:
        key = plan.key
        self.space = matrices.PairSpace(
            np.array(key.room, dtype=np.int64), matrices.compositions(key.room, key.pairs)
        )
        self.uniform = uniform
        self.strength = float(plan.coupling[0, 0]) if uniform and key.room else 1.0
        weight = np.ones_like(plan.coupling) if uniform else plan.coupling
        rows = np.ones((1, len(key.room))) if uniform else plan.rows
        self.lowering = matrices.lowering(self.space, rows)
        is_small = self.space.dimension <= matrices.DENSE
        operator = matrices.pairing_operator if is_small else matrices.sparse_pairing
        self.pairing: Any = operator(self.space, weight)

    def is_split(self, plan: Plan) -> bool:
        return bool(plan.partner) and self.space.dimension >= SPLIT and len(plan.key.room) > 2

    def solve(self, plans: list[Plan]) -> list[Block]:
        if self.space.dimension == 1:
            return [self._alone(plan) for plan in plans]
        if len(plans[0].key.room) == 2:
            return [self._tridiagonal(plan) for plan in plans]
        if self.is_split(plans[0]):
            return [self._split(plan) for plan in plans]
        if self.space.dimension >= LARGE:
            return [self._large(plan) for plan in plans]
        return self._batch(plans)

    def _levels(self, plan: Plan) -> Array:
        found: Array = 2.0 * (self.space.pairs @ plan.level)
        return found

    def _alone(self, plan: Plan) -> Block:
        pairing = np.asarray(self.pairing.diagonal(), dtype=np.float64)
        pairs = self.space.pairs.astype(np.float64)
        field = np.zeros((1, len(plan.rows)))
        if not self.uniform:
            field = (pairs * (self.space.room - pairs + 1)) @ (plan.rows**2).T
        return Block(self._levels(plan) - self.strength * pairing, pairing, pairs, field)

    def _tridiagonal(self, plan: Plan) -> Block:
        """Two shells: neighbours in p_1 alone are coupled."""
        diagonal = self._levels(plan) - self.strength * self.pairing.diagonal()
        return self._measured(*_tridiagonal_eigh(diagonal, -self.strength * self.pairing.diagonal(1)))

    def _batch(self, plans: list[Plan]) -> list[Block]:
        size = self.space.dimension
        stack = np.repeat(-self.strength * _dense(self.pairing)[None], len(plans), axis=0)
        stack[:, np.arange(size), np.arange(size)] += [self._levels(plan) for plan in plans]
        energies, vectors = np.linalg.eigh(stack)
        del stack
        pairing, field = self._pairing(vectors)
        pairs = np.matmul((vectors**2).transpose(0, 2, 1), self.space.pairs.astype(np.float64))
        return [Block(energies[i], pairing[i], pairs[i], field[i]) for i in range(len(plans))]

    def _large(self, plan: Plan) -> Block:
        matrix = np.asfortranarray(_dense(-self.strength * self.pairing))
        matrix[np.diag_indices(len(matrix))] += self._levels(plan)
        return self._measured(*_overwriting_eigh(matrix))

    def _split(self, plan: Plan) -> Block:
        """Even and odd combinations of each state and its mirror image."""
        from scipy.sparse import csr_array, diags_array

        whole = diags_array(self._levels(plan)) - self.strength * csr_array(self.pairing)
        parts = []
        for parity in (1, -1):
            fold = matrices.folding(self.space, plan.partner, parity)
            energy, vectors = _overwriting_eigh((fold.T @ whole @ fold).toarray(order="F"))
            parts.append(self._measured(energy, vectors, fold))
        order = np.argsort(np.concatenate([part.energy for part in parts]), kind="stable")
        names = ("energy", "pairing", "pairs", "field")
        return Block(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in names))

    def _measured(self, energy: Array, vectors: Array, fold: Any = None) -> Block:
        """Expectation values, some eigenvectors at a time."""
        step = max(1, int(BATCH_BYTES // (8 * self.space.dimension)))
        parts = []
        for start in range(0, len(energy), step):
            some = vectors[:, start : start + step]
            some = some if fold is None else fold @ some
            pairing, field = self._pairing(some[None])
            parts.append((pairing[0], (some**2).T @ self.space.pairs.astype(np.float64), field[0]))
        pairing, pairs, field = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Block(energy, pairing, pairs, field)

    def _pairing(self, vectors: Array) -> tuple[Array, Array]:
        """Σ G_ab⟨A⁺_a A_b⟩ (with all ones for a constant G), shape (J, E), and the fields, (J, E, Q)."""
        lowered = [_squares(operator, vectors) for operator in self.lowering]
        if self.uniform:
            return lowered[0], np.zeros((*lowered[0].shape, 0))
        pairing = np.stack([np.einsum("de,de->e", some, self.pairing @ some) for some in vectors])
        return pairing, np.stack(lowered, axis=-1)


def _squares(operator: Any, vectors: Array) -> Array:
    """‖O ψ‖² of every column, shape (J, E)."""
    if isinstance(operator, np.ndarray):
        lowered = np.matmul(operator, vectors)
        found: Array = np.einsum("jde,jde->je", lowered, lowered)
        return found
    return np.stack([_column_squares(operator @ some) for some in vectors])


def _column_squares(matrix: Array) -> Array:
    found: Array = np.einsum("de,de->e", matrix, matrix)
    return found


def _dense(operator: Any) -> Array:
    """As a dense array; a sparse one column by column, as LAPACK wants it."""
    return np.asarray(operator if isinstance(operator, np.ndarray) else operator.toarray(order="F"))


def _overwriting_eigh(matrix: Array) -> tuple[Array, Array]:
    from scipy.linalg import eigh

    energy, vectors = eigh(matrix, overwrite_a=True, check_finite=False, driver="evd")
    return energy, vectors


def _tridiagonal_eigh(diagonal: Array, off: Array) -> tuple[Array, Array]:
    """QR steps or divide and conquer: both keep the vectors orthogonal to 10⁻¹⁴, MRRR loses two digits."""
    from scipy.linalg import eigh_tridiagonal

    for driver in ("stevd", "stev"):  # the first is not in every scipy
        try:
            energy, vectors = eigh_tridiagonal(diagonal, off, lapack_driver=driver, check_finite=False)
            break
        except ValueError:
            if driver == "stev":
                raise
    return energy, vectors


def distinct(places: Iterable[Place], known: Callable[[Key], bool]) -> dict[Key, Place]:
    """The first tuple of every block that is not known yet."""
    found: dict[Key, Place] = {}
    for place in places:
        if not known(place.key):
            found.setdefault(place.key, place)
    return found
