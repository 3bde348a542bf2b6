"""The pair space of one seniority tuple: its basis |p_s⟩ and the pairing Hamiltonian in it.

The seniority ν_s of every shell is conserved. Given {ν_s} and N the pairs fill the states |p_s⟩,
0 ≤ p_s ≤ M_s − ν_s, Σ(2p_s + ν_s) = N, and

    A⁺_s |p_s⟩ = √((p_s + 1)(M_s − ν_s − p_s)) |p_s + 1⟩,

so that H = Σ ε_s n̂_s − Σ G_ss' A⁺_s A_s' is a small real symmetric matrix, independent of T and ω.
A. K. Kerman, R. D. Lawson, M. H. Macfarlane, Phys. Rev. 124, 162 (1961), doi:10.1103/PhysRev.124.162.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import lgamma, log
from typing import Any

import numpy as np
import numpy.typing as npt

from quasispin.errors import check_memory

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

HUGE = 10**90
"""Counts are cut off here, so that their cubes stay within a double; nothing near it can be held."""
DENSE = 64
"""Up to this size operators are kept as dense arrays: products of small sparse ones cost more to set up."""


@dataclass(frozen=True, eq=False)
class PairSpace:
    """The pairs of a seniority tuple: room U_s = M_s − ν_s in each shell and the states that fit.

    Shapes: S shells, D states.
    """

    room: Integers
    """U_s = M_s − ν_s, pair levels that are not blocked, shape (S,)."""
    pairs: Integers
    """p_s of each state, in lexical order, shape (D, S)."""

    @property
    def dimension(self) -> int:
        """D, the number of states."""
        return len(self.pairs)


def seniority_tuples(pair_degeneracies: Sequence[int], electrons: int) -> Integers:
    """Every {ν_s} for which N electrons fit: 0 ≤ ν_s ≤ M_s, Σν_s ≡ N (mod 2), Σν_s ≤ min(N, 2M − N).

    Returns
    -------
    Integers
        Shape (B, S), in lexical order.
    """
    pairs = np.asarray(pair_degeneracies, dtype=np.int64)
    most = min(electrons, 2 * int(pairs.sum()) - electrons)
    return _compositions(pairs, range(electrons % 2, most + 1, 2))


def pair_space(pair_degeneracies: Sequence[int], seniority: Sequence[int], electrons: int) -> PairSpace:
    """All |p_s⟩ of N electrons with the seniorities {ν_s}."""
    room = np.asarray(pair_degeneracies, dtype=np.int64) - np.asarray(seniority, dtype=np.int64)
    placed = (electrons - int(np.sum(seniority))) // 2
    return PairSpace(room, _compositions(room, range(placed, placed + 1)))


def dimension(room: Sequence[int], pairs: int) -> int:
    """Number of ways to put `pairs` pairs into shells with room U_s each, cut off at `HUGE`.

    The coefficient of t^n in Π(1+t+…+t^U_s), which is that of t^(ΣU−n) and largest in the middle.
    """
    rooms = [space for space in room if space]
    placed = min(pairs, sum(rooms) - pairs)
    if placed < 0:
        return 0
    if len(rooms) <= 2:
        return 1 + min(placed, *rooms) if len(rooms) == 2 else 1
    if _is_huge(len(rooms), placed):
        return HUGE
    return min(ways(rooms, placed)[placed], HUGE)


def dimensions(room: Integers, pairs: Integers) -> Array:
    """Ways to put the pairs into the rooms: coefficients of Π(1 + t + … + t^U_s), all tuples at once."""
    most = int(pairs.max(initial=0))
    ways = np.zeros((len(pairs), most + 1))
    ways[:, 0] = 1.0
    for space in room.T:
        ways = _times_one_to(ways, space)
    found: Array = ways[np.arange(len(pairs)), pairs]
    return found


def _times_one_to(ways: Array, space: Integers) -> Array:
    """Times 1 + t + … + t^space, a power of its own for each row."""
    sums = np.concatenate([np.zeros((len(ways), 1)), np.cumsum(ways, axis=1)], axis=1)
    upper = np.arange(1, ways.shape[1] + 1)
    lower = np.maximum(upper[None, :] - 1 - space[:, None], 0)
    found: Array = sums[:, upper] - np.take_along_axis(sums, lower, axis=1)
    return found


def count_tuples(pair_degeneracies: Sequence[int], electrons: int) -> int:
    """Number of {ν_s}: ν_s ≤ M_s, Σν_s ≡ N (mod 2), Σν_s ≤ min(N, 2M − N); cut off at `HUGE`."""
    most = min(electrons, 2 * sum(pair_degeneracies) - electrons)
    if _is_huge(len(pair_degeneracies), most - 1):  # of that many or one more unpaired electrons alone
        return HUGE
    return min(sum(ways(pair_degeneracies, most)[most % 2 :: 2]), HUGE)


def ways(room: Sequence[int], most: int) -> list[int]:
    """The coefficients of Π(1+t+…+t^U_s) up to t^most, exactly."""
    found = [1] + [0] * most
    for space in room:
        sums = list(accumulate(found))
        found = sums[: space + 1] + [sums[i] - sums[i - space - 1] for i in range(space + 1, most + 1)]
    return found[: most + 1]


def _is_huge(shells: int, placed: int) -> bool:
    """Whether to choose a shell for each alone has more than `HUGE` ways."""
    chosen = max(0, min(placed, shells // 2 - 1))
    logarithm = lgamma(shells + 1) - lgamma(chosen + 1) - lgamma(shells - chosen + 1)
    return logarithm > log(HUGE)


def compositions(room: Sequence[int], pairs: int) -> Integers:
    """All {p_s} of `pairs` pairs with 0 ≤ p_s ≤ U_s, in lexical order, shape (D, S)."""
    return _compositions(np.asarray(room, dtype=np.int64), range(pairs, pairs + 1))


def check_block(size: int) -> None:
    """Refuse a block that is too large to be diagonalised, before it is allocated.

    Raises
    ------
    SizeError
        If it would take more than the allowed memory.
    """
    check_memory(f"Diagonalising a pairing block of {size} states", 3.3 * 8.0 * size**2)


def sparse_pairing(space: PairSpace, strength: npt.ArrayLike) -> Any:
    """Σ_ss' g_ss' A⁺_s A_s' in the pair space, a sparse symmetric matrix of shape (D, D).

    Parameters
    ----------
    space
        The pair space.
    strength
        g_ss', shape (S, S), symmetric. All ones make A⁺A.
    """
    from scipy.sparse import coo_array

    weight = np.asarray(strength, dtype=np.float64)
    every = np.arange(space.dimension)
    moves = list(_transfers(space, weight))
    rows = np.concatenate([every, *(move[0] for move in moves), *(move[1] for move in moves)])
    columns = np.concatenate([every, *(move[1] for move in moves), *(move[0] for move in moves)])
    off = [move[2] for move in moves]
    values = np.concatenate([_diagonal(space, weight), *off, *off])
    return coo_array((values, (rows, columns)), shape=(space.dimension,) * 2).tocsr()


def pairing_operator(space: PairSpace, strength: npt.ArrayLike) -> Array:
    """The same as `sparse_pairing`, a dense matrix.

    Raises
    ------
    SizeError
        If the block is too large.
    """
    check_block(space.dimension)
    weight = np.asarray(strength, dtype=np.float64)
    matrix = np.diag(_diagonal(space, weight))
    for row, column, value in _transfers(space, weight):
        matrix[row, column] = value
        matrix[column, row] = value
    return matrix


def lowering(space: PairSpace, rows: npt.ArrayLike) -> list[Any]:
    """Σ_s g_s A_s for each row g of shape (S,): from the states of n pairs to those of n − 1.

    Returns
    -------
    list
        A matrix of shape (D_{n−1}, D_n) for each row, dense if it is small, else sparse.
    """
    placed = int(space.pairs[0].sum())
    below = compositions(space.room.tolist(), placed - 1) if placed else np.zeros((0, space.room.size), int)
    origin, s = np.nonzero(space.pairs)
    reached = space.pairs[origin]
    reached[np.arange(s.size), s] -= 1
    target = np.searchsorted(_keys(below), _keys(reached)) if s.size else s
    p = space.pairs[origin, s]
    element = np.sqrt(p * (space.room[s] - p + 1.0))
    weights = np.asarray(rows, dtype=np.float64)
    shape = (len(below), space.dimension)
    if max(shape) <= DENSE:
        dense = np.zeros((len(weights), *shape))
        dense[:, target, origin] = weights[:, s] * element
        return list(dense)
    from scipy.sparse import coo_array

    return [coo_array((row[s] * element, (target, origin)), shape=shape).tocsr() for row in weights]


def folding(space: PairSpace, partner: Sequence[int], parity: int) -> Any:
    """The states (|p⟩ ± |p'⟩)/√2 of one parity under p_s → p'_{partner(s)} = U_s − p_s, as sparse columns."""
    from scipy.sparse import coo_array

    mirrored = np.empty_like(space.pairs)
    mirrored[:, list(partner)] = space.room - space.pairs
    image = np.searchsorted(_keys(space.pairs), _keys(mirrored))
    every = np.arange(space.dimension)
    first = every[every < image]
    own = every[every == image] if parity > 0 else every[:0]
    column = np.arange(first.size + own.size)
    rows = np.concatenate([first, image[first], own])
    columns = np.concatenate([column[: first.size], column[: first.size], column[first.size :]])
    half = np.full(first.size, np.sqrt(0.5))
    values = np.concatenate([half, parity * half, np.ones(own.size)])
    return coo_array((values, (rows, columns)), shape=(space.dimension, column.size)).tocsc()


def pairing_matrix(
    space: PairSpace, seniority: Sequence[int], energies: Sequence[float], coupling: Array
) -> Array:
    """H = Σ ε_s(2p_s + ν_s) − Σ G_ss' A⁺_s A_s' in the pair space, shape (D, D)."""
    levels = (2 * space.pairs + np.asarray(seniority)) @ np.asarray(energies, dtype=np.float64)
    return np.diag(levels) - pairing_operator(space, coupling)


def _diagonal(space: PairSpace, weight: Array) -> Array:
    counts = space.pairs * (space.room - space.pairs + 1)
    return counts.astype(np.float64) @ np.diag(weight)


def _transfers(space: PairSpace, weight: Array) -> Iterator[tuple[Integers, Integers, Array]]:
    """Matrix elements that move one pair from shell t to a shell s < t: rows, columns, values."""
    if space.dimension == 1:
        return
    keys = _keys(space.pairs)
    up = np.sqrt((space.pairs + 1.0) * (space.room - space.pairs))
    down = np.sqrt(space.pairs * (space.room - space.pairs + 1.0))
    for t in np.flatnonzero(space.room):
        origin, s = np.nonzero((space.pairs[:, t, None] > 0) & (space.pairs < space.room)[:, :t])
        moved = space.pairs[origin]
        moved[np.arange(len(s)), s] += 1
        moved[:, t] -= 1
        yield np.searchsorted(keys, _keys(moved)), origin, weight[s, t] * up[origin, s] * down[origin, t]


def _keys(pairs: Integers) -> npt.NDArray[np.bytes_]:
    """One byte string per state, in the order of the states; whole numbers would overflow at 63 shells."""
    return np.ascontiguousarray(pairs, dtype=">u2").view(f"S{2 * pairs.shape[1]}")[:, 0]


def _compositions(limits: Integers, totals: range) -> Integers:
    """All integer vectors 0 ≤ v_s ≤ limit_s whose sum lies in `totals`, in lexical order, shape (n, S)."""
    found = np.zeros((1, 0), dtype=np.int64)
    sums = np.zeros(1, dtype=np.int64)
    rest = int(limits.sum())
    for limit in limits:
        rest -= int(limit)
        here = np.tile(np.arange(limit + 1), len(found))
        found = np.column_stack([np.repeat(found, limit + 1, axis=0), here])
        sums = np.repeat(sums, limit + 1) + here
        possible = (sums <= totals[-1]) & (sums + rest >= totals[0])
        found, sums = found[possible], sums[possible]
    return found[np.isin(sums, np.asarray(totals))]
