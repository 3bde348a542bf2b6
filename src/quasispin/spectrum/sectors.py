"""The many-body levels of several shells: every seniority tuple of every electron number, solved once.

The eigenvalues do not depend on temperature or field: the field enters only through the weights
Π_s D_ν_s(βω) of `spectrum.weights`. So one diagonalisation per tuple {ν_s} serves every point of every
ensemble.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.errors import check_memory, integer
from quasispin.spectrum import pairing_matrix as block
from quasispin.system.shell import Shell
from quasispin.system.system import Coupling, System

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sectors:
    """All levels of N electrons, without their multiplicities. Shapes: B tuples, E eigenstates, S shells.

    The eigenstates of one tuple stand together, in the order of `seniorities`, rising in energy.
    """

    electrons: int
    """N."""
    seniorities: Integers
    """{ν_s} of each tuple, shape (B, S)."""
    first: Integers
    """Index of the first eigenstate of each tuple, shape (B,)."""
    tuple_of: Integers
    """Index of the tuple of each eigenstate, shape (E,)."""
    energy: Array
    """Eigenvalues of Σ ε_s n̂_s − Σ G_ss' A⁺_s A_s', shape (E,)."""
    pair_energy: Array
    """−Σ G_ss'⟨A⁺_s A_s'⟩ of each eigenstate, shape (E,)."""
    pair_number: Array | None
    """⟨A⁺A⟩ = Σ_ss'⟨A⁺_s A_s'⟩ of each eigenstate, shape (E,); None for a coupling matrix."""
    pairs: Array
    """⟨p_s⟩, pairs in each shell, of each eigenstate, shape (E, S)."""
    left_out: float = 0.0
    """Bound on the share of the statistical sum that was left out: nothing is, all tuples are solved."""


class _Solved(NamedTuple):
    energy: Array
    pairing: Array
    pairs: Array


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
        If a block or all the eigenstates together are too many.
    """
    capacity = 2 * system.pair_degeneracy
    numbers = [integer("electrons", number, low=0, high=capacity) for number in electrons]
    return tuple(_sectors(system.shells, system.coupling, number) for number in numbers)


@lru_cache(maxsize=256)
def _sectors(shells: tuple[Shell, ...], coupling: Coupling, electrons: int) -> Sectors:
    from threadpoolctl import threadpool_limits

    degeneracies = [shell.pair_degeneracy for shell in shells]
    check_size(degeneracies, electrons)
    tuples = block.seniority_tuples(degeneracies, electrons)
    with threadpool_limits(
        limits=1, user_api="blas"
    ):  # threads on small blocks cost far more than they bring
        solved = list(_solve_all(shells, coupling, electrons, tuples))
    return _joined(electrons, tuples, solved, coupling)


def check_size(degeneracies: list[int], electrons: int) -> None:
    """Refuse what cannot be held, before anything is allocated.

    Every {p_s, ν_s} of N electrons is one eigenstate: their number is the coefficient of t^N in
    Π_s Σ_ν t^ν (1 + t² + … + t^{2(M_s−ν)}).

    Raises
    ------
    SizeError
        If all the eigenstates of N would take more than the allowed memory, or one block is too large.
    """
    states = count_states(degeneracies, electrons)
    what = f"The spectrum of {electrons} electrons in {len(degeneracies)} shells, {float(states):.3g} levels,"
    check_memory(what, 8.0 * states * (2 * len(degeneracies) + 4))
    block.check_block(block.dimension(degeneracies, electrons // 2))


def count_states(degeneracies: list[int], electrons: int) -> int:
    """Number of eigenstates (without multiplicities) of N electrons in shells of M_s pairs."""
    ways = np.array([1], dtype=object)
    for pairs in degeneracies:
        # 2p + ν = n with p + ν ≤ M: ν ≡ n (mod 2), ν ≤ min(n, 2M − n)
        shell = np.array([min(n, 2 * pairs - n) // 2 + 1 for n in range(2 * pairs + 1)], dtype=object)
        ways = np.convolve(ways, shell)
    return int(ways[electrons])


def _solve_all(
    shells: tuple[Shell, ...], coupling: Coupling, electrons: int, tuples: Integers
) -> Iterator[_Solved]:
    strength, weight = (
        (coupling, np.ones((len(shells),) * 2)) if isinstance(coupling, float) else (1.0, coupling)
    )
    degeneracies = [shell.pair_degeneracy for shell in shells]
    energies = np.array([shell.energy for shell in shells])
    for seniority in tuples:
        space = block.pair_space(degeneracies, seniority, electrons)
        levels = (2 * space.pairs + seniority) @ energies
        yield _solve(space, levels, strength, np.asarray(weight, dtype=np.float64))


def _solve(space: block.PairSpace, levels: Array, strength: float, weight: Array) -> _Solved:
    """Eigenvalues of diag(levels) − strength·P, and ⟨P⟩ and ⟨p_s⟩ in each eigenstate."""
    from scipy.linalg import eigh

    operator = block.pairing_operator(space, weight)
    if space.dimension == 1:
        return _Solved(levels - strength * operator[0], operator[0], space.pairs.astype(np.float64))
    energy, vectors = eigh(np.diag(levels) - strength * operator)
    pairing = np.einsum("di,di->i", vectors, operator @ vectors)
    return _Solved(energy, pairing, (vectors**2).T @ space.pairs)


def _joined(electrons: int, tuples: Integers, solved: list[_Solved], coupling: Coupling) -> Sectors:
    sizes = np.array([len(item.energy) for item in solved], dtype=np.int64)
    pairing = np.concatenate([item.pairing for item in solved])
    constant = coupling if isinstance(coupling, float) else None
    found = Sectors(
        electrons=electrons,
        seniorities=tuples,
        first=np.concatenate([[0], np.cumsum(sizes)[:-1]]),
        tuple_of=np.repeat(np.arange(len(tuples)), sizes),
        energy=np.concatenate([item.energy for item in solved]),
        pair_energy=0.0 - (1.0 if constant is None else constant) * pairing,
        pair_number=None if constant is None else pairing,
        pairs=np.concatenate([item.pairs for item in solved]),
    )
    for array in (found.seniorities, found.energy, found.pair_energy, found.pairs):
        array.setflags(write=False)  # they are shared by every ensemble that asks
    return found
