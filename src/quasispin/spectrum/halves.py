"""A large block with one constant G, without its matrix: the shells in two halves.

n pairs are p in the left half and n − p in the right one, so that a vector is a table u_p for each p, of
shape (states of p pairs on the left, of n − p on the right). A = A_left + A_right acts on the rows of a
table or on its columns,

    (Au)_p = A_left u_{p+1} + u_p A_rightᵀ,     A⁺Au = A⁺(Au),

and each of the two is a sparse matrix of some thousand states where the block has millions: no list of its
states, and no matrix of its own, is ever made. Rows are added as they lie in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.compiled import compilation
from quasispin.parallel import cores
from quasispin.spectrum import pairing_matrix as matrices

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SMALLEST = 20_000
"""Blocks from this size on are worth it."""
WORK = 200_000
"""Numbers in a table that are worth a second thread."""


class _Half(NamedTuple):
    """One half with every number of pairs, 0 … U."""

    shells: Integers
    """Which of the block's shells these are."""
    states: list[Integers]
    """{p_a} for each number of pairs, shape (D_p, shells)."""
    lowering: list[Any]
    """A from p + 1 pairs to p, sparse rows."""
    raising: list[Any]
    """Its transpose."""


class Halves:
    """h = Σ 2ε_a p_a − G A⁺A of n pairs in shells with rooms U_a; D states."""

    def __init__(self, room: Integers, level: Array, pairs: int) -> None:
        self.room, self.pairs = room, pairs
        split = _split(room)
        every = np.arange(len(room))
        self.left, self.right = _half(room, every[:split], pairs), _half(room, every[split:], pairs)
        left_room, right_room = int(room[:split].sum()), int(room[split:].sum())
        self.least, self.most = max(0, pairs - right_room), min(pairs, left_room)
        self.room_of_left, self.room_of_right = left_room, right_room
        self.levels, self.magnitude = (
            self._sums(2 * value[self.left.shells], 2 * value[self.right.shells])
            for value in (level, np.abs(level))
        )

    def attraction(self, vector: Array) -> Array:
        """A⁺A u, shape (D,) or (D, k)."""
        if vector.ndim == 2:
            return np.stack([self.attraction(column) for column in vector.T], axis=1)
        found = np.zeros(vector.size)
        self._raise(self.lowered(vector), found)
        return found

    def pairing(self, vector: Array) -> float:
        """⟨A⁺A⟩ = ‖Au‖²."""
        return float(sum(np.vdot(table, table) for table in self.lowered(vector).values()))

    def pairs_of(self, vector: Array) -> Array:
        """⟨p_a⟩ of a normalised vector, shape (R,)."""
        found = np.zeros(len(self.room))
        for p, table in self._tables(vector):
            weight = table**2
            found[self.left.shells] += weight.sum(axis=1) @ self.left.states[p]
            found[self.right.shells] += weight.sum(axis=0) @ self.right.states[self.pairs - p]
        return found

    def lowered(self, vector: Array) -> dict[int, Array]:
        """A u by the number of pairs on the left."""
        from quasispin.compiled import halves as kernels

        tables, found = dict(self._tables(vector)), {}
        for p in range(
            max(0, self.pairs - 1 - self.room_of_right), min(self.pairs - 1, self.room_of_left) + 1
        ):
            rest = self.pairs - 1 - p
            table = np.zeros((len(self.left.states[p]), len(self.right.states[rest])))
            if p + 1 in tables:
                _run(kernels.add_rows, self.left.lowering[p], tables[p + 1], table)
            if p in tables:
                _run(kernels.add_columns, self.right.lowering[rest], tables[p], table)
            found[p] = table
        return found

    def _raise(self, lowered: dict[int, Array], found: Array) -> None:
        from quasispin.compiled import halves as kernels

        for p, table in self._tables(found):
            rest = self.pairs - p
            if p - 1 in lowered:
                _run(kernels.add_rows, self.left.raising[p - 1], lowered[p - 1], table)
            if p in lowered:
                _run(kernels.add_columns, self.right.raising[rest - 1], lowered[p], table)

    def _sums(self, left: Array, right: Array) -> Array:
        """Σ_a value_a p_a of every state, shape (D,)."""
        parts = [
            np.add.outer(self.left.states[p] @ left, self.right.states[self.pairs - p] @ right).ravel()
            for p in range(self.least, self.most + 1)
        ]
        return np.concatenate(parts)

    def _tables(self, vector: Array) -> Iterator[tuple[int, Array]]:
        """Views of a vector: the table of each number of pairs on the left."""
        begin = 0
        for p in range(self.least, self.most + 1):
            shape = len(self.left.states[p]), len(self.right.states[self.pairs - p])
            size = shape[0] * shape[1]
            yield p, vector[begin : begin + size].reshape(shape)
            begin += size


def needed_bytes(size: int) -> float:
    """Memory of the operator itself: levels, their sizes, and the tables of Au."""
    return 8.0 * 5 * size


def _split(room: Integers) -> int:
    """How many shells the left half has, so that both have about as many states."""
    logs = np.cumsum(np.log1p(room))
    return 1 + int(np.argmin(np.abs(2 * logs[:-1] - logs[-1])))


def _half(room: Integers, shells: Integers, pairs: int) -> _Half:
    rooms = room[shells]
    most = min(pairs, int(rooms.sum()))
    states = [matrices.compositions(rooms.tolist(), p) for p in range(most + 1)]
    spaces = [matrices.PairSpace(rooms, some) for some in states]
    lowering = [_sparse(matrices.lowering(space, np.ones((1, len(rooms))))[0]) for space in spaces[1:]]
    return _Half(shells, states, lowering, [matrix.T.tocsr() for matrix in lowering])


def _sparse(matrix: Any) -> Any:
    from scipy.sparse import csr_array

    return csr_array(matrix)


def _run(kernel: Callable[..., Any], matrix: Any, table: Array, found: Array) -> None:
    """The product, rows in as many threads as it is worth."""
    rows = len(found)
    threads = min(cores(), rows, 1 + found.size // WORK)

    def part(begin: int, end: int) -> None:
        compilation.run(kernel, matrix.indptr, matrix.indices, matrix.data, table, found, begin, end)

    if threads < 2:
        part(0, rows)
        return
    edges = np.linspace(0, rows, threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, edges[:-1], edges[1:]))
