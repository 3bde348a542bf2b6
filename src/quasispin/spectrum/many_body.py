"""Operators between states of N electrons, written as bit patterns: bit i is the i-th one-electron state.

|pattern⟩ = a⁺_i a⁺_j …|0⟩ with i < j < …, so a⁺_i and a_i carry (−1) to the number of electrons below i.
Every element of a one-electron matrix, and every pair, is worked out for all patterns at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from quasispin.errors import check_memory
from quasispin.spectrum import one_body
from quasispin.spectrum.one_body import Matrix
from quasispin.system.tilted_shell import TiltedShell

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Patterns = npt.NDArray[np.int64]
Pair = tuple[int, int, float]
"""(k, k̄, sign) of a term of A⁺ = Σ sign · a⁺_k a⁺_k̄."""

BYTES_PER_STATE = 2000.0
"""Sparse matrices of a deformed shell with spin–orbit coupling, while they are built."""
HANDFUL = 64
"""Blocks smaller than this are taken together: thousands of them would cost more to handle than to solve."""


@dataclass(frozen=True, eq=False)
class Block:
    """n states that H, whatever the field along z, does not connect with any others."""

    one_body: csr_array
    """Deformation and spin–orbit coupling, real, shape (n, n)."""
    pair: csr_array
    """A, from these states to those of N − 2 electrons."""
    moment: Matrix
    """L_z + 2S_z, diagonal, shape (n,)."""
    paired: Matrix
    """Σ n_k n_k̄ over the pairs (λ↑, −λ↓), quantised along the field, diagonal, shape (n,)."""
    flip: int
    """2S_z where spin is conserved and the block of −S_z, alike but for its moments, is implied; else 0."""

    @property
    def size(self) -> int:
        """n."""
        return len(self.moment)


def patterns(modes: int, electrons: int) -> Patterns:
    """All bit patterns of `electrons` bits among `modes`, rising, shape (C(modes, electrons),)."""
    rows = {0: np.zeros(1, dtype=np.int64)}
    for mode in range(modes):
        fewest = max(0, electrons - (modes - mode - 1))  # fewer could not be filled up any more
        rows = {
            count: np.concatenate([rows.get(count, _none()), rows.get(count - 1, _none()) | (1 << mode)])
            for count in range(fewest, min(mode + 1, electrons) + 1)
        }
    return rows[electrons]


def one_body_operator(matrix: npt.NDArray[Any], states: Patterns) -> csr_array:
    """Σ_ij h_ij a⁺_i a_j between `states` (rising patterns that it does not lead out of), shape (n, n).

    Parameters
    ----------
    matrix
        h, real or complex, shape (2M, 2M); elements that are exactly 0 cost nothing.
    states
        Shape (n,).
    """
    from scipy.sparse import csr_array

    everywhere = np.arange(len(states))
    rows, columns = [everywhere], [everywhere]
    values: list[npt.NDArray[Any]] = [occupations(states, len(matrix)) @ np.diagonal(matrix)]
    for i, j in zip(*map(np.ndarray.tolist, np.nonzero(matrix)), strict=True):
        if i != j:
            source = np.flatnonzero(_bit(states, j) & ~_bit(states, i) & 1)
            between = ((1 << max(i, j)) - 1) & ~((2 << min(i, j)) - 1)
            rows.append(np.searchsorted(states, states[source] ^ ((1 << i) | (1 << j))))
            columns.append(source)
            values.append(matrix[i, j] * _sign(states[source] & between))
    where = np.concatenate(rows), np.concatenate(columns)
    return csr_array((np.concatenate(values), where), shape=(len(states),) * 2)


def pair_operator(pairs: Sequence[Pair], states: Patterns) -> csr_array:
    """A = Σ sign · a_k̄ a_k from `states` to every state of two electrons fewer that it reaches.

    Returns
    -------
    csr_array
        Shape (targets, n); A⁺A is its transpose times itself.
    """
    from scipy.sparse import csr_array

    targets, columns, values = [_none()], [_none()], [np.zeros(0)]
    for k, partner, sign in pairs:
        source = np.flatnonzero(_bit(states, k) & _bit(states, partner))
        left = states[source] ^ (1 << k)
        columns.append(source)
        values.append(sign * _sign(left & ((1 << k) - 1)) * _sign(left & ((1 << partner) - 1)))
        targets.append(left ^ (1 << partner))
    found, rows = np.unique(np.concatenate(targets), return_inverse=True)
    where = rows, np.concatenate(columns)
    return csr_array((np.concatenate(values), where), shape=(max(len(found), 1), len(states)))


def pairs_of(l: int) -> list[Pair]:
    """The terms of the scalar A⁺ of an l-shell: λ↑ with −λ↓ and the sign (−1)^{l−λ}."""
    return [(place, 4 * l + 1 - place, float(sign)) for place, sign in enumerate(one_body.pair_signs(l))]


def occupations(states: Patterns, modes: int) -> Matrix:
    """n_i of every pattern as 0.0 or 1.0, shape (n, modes)."""
    return (states[:, None] >> np.arange(modes) & 1).astype(np.float64)


@lru_cache(maxsize=2)
def blocks(shell: TiltedShell) -> tuple[Block, ...]:
    """The Hamiltonian of a shell in zero field, cut into blocks that a field along z leaves apart.

    Without spin–orbit coupling spin is conserved, and only S_z ≥ 0 is built. What else is conserved (J_z with
    the axis along the field, the parity of L_z across it) shows as states that are not connected.

    Raises
    ------
    SizeError
        If there are too many states to write down.
    """
    count = math.comb(2 * shell.pair_degeneracy, shell.electrons)
    smaller = "a smaller `orbital` fits, or fewer `electrons` (or holes)"
    check_memory(f"`system` of {count} many-body states", BYTES_PER_STATE * count, instead=smaller)
    found: list[Block] = []
    for states, flip in _spaces(shell):
        found.extend(_connected(shell, states, flip))
    return tuple(found)


def one_body_matrix(shell: TiltedShell) -> Matrix:
    """Deformation and spin–orbit coupling of one electron, real in this frame, shape (2M, 2M)."""
    deformed = shell.deformation * one_body.spheroid(shell.orbital, shell.axis)
    return (deformed + shell.spin_orbit * one_body.spin_orbit(shell.orbital)).real


def _spaces(shell: TiltedShell) -> list[tuple[Patterns, int]]:
    """All states, or where spin is conserved those of each 2S_z ≥ 0, and that number."""
    size, number = shell.pair_degeneracy, shell.electrons
    if shell.spin_orbit:
        return [(patterns(2 * size, number), 0)]
    spaces = []
    for up in range((number + 1) // 2, min(size, number) + 1):
        down = patterns(size, number - up) << size
        spaces.append(((down[:, None] | patterns(size, up)).ravel(), 2 * up - number))
    return spaces


def _connected(shell: TiltedShell, states: Patterns, flip: int) -> list[Block]:
    from scipy.sparse.csgraph import connected_components

    single = one_body_operator(one_body_matrix(shell), states)
    single.eliminate_zeros()
    pair = pair_operator(pairs_of(shell.orbital), states)
    moment, paired = _diagonals(shell.orbital, states)
    _, label = connected_components(abs(single) + abs(pair).T @ abs(pair), directed=False)
    sizes = np.bincount(label)
    gathered = (np.cumsum(sizes) - sizes)[label] // HANDFUL
    order = np.argsort(gathered, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(gathered[order])) + 1)
    return [
        Block(single[part][:, part], _reached(pair[:, part]), moment[part], paired[part], flip)
        for part in parts
    ]


def _reached(pair: csr_array) -> csr_array:
    rows = np.flatnonzero(np.diff(pair.indptr))
    return pair[rows] if len(rows) else pair[:1]


def _diagonals(l: int, states: Patterns) -> tuple[Matrix, Matrix]:
    filled = occupations(states, 2 * (2 * l + 1))
    up, down = filled[:, : 2 * l + 1], filled[:, 2 * l + 1 :]
    moments = np.diagonal(one_body.moment(l, (0.0, 0.0, 1.0))).real
    return filled @ moments, (up * down[:, ::-1]).sum(axis=1)


def _none() -> Patterns:
    return np.zeros(0, dtype=np.int64)


def _bit(states: Patterns, place: int) -> Patterns:
    return states >> place & 1


def _sign(states: Patterns) -> Matrix:
    """(−1)^(number of bits), by folding the bits upon each other."""
    folded = states.copy()
    for shift in (32, 16, 8, 4, 2, 1):
        folded ^= folded >> shift
    return 1.0 - 2.0 * (folded & 1).astype(np.float64)
