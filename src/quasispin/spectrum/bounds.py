"""How low a seniority tuple can lie: rigorous bounds that tell which of them matter at low temperature.

For a constant G > 0 every eigenvalue of the block of N electrons with the seniorities {ν_s} satisfies

    E ≥ Σ ε_s ν_s + min over fillings Σ 2ε_s p_s − G n(U − n + 1),     U = Σ (M_s − ν_s), n = (N − Σν_s)/2,

since −G A⁺A has the lowest eigenvalue −G n(U−n+1) when all levels coincide. The elements of every
A⁺_s A_s' are ≥ 0 in the basis |p_s⟩, so that max |G_ss'| serves for a matrix; for a constant G ≤ 0 the
pairing term is ≥ 0.

Far better, for an attraction, is what the paired states alone tell. Let E_0(q) be the lowest energy of q
pairs with all ν_s = 0 and couplings |G_ss'|, and 0 ≤ k_s ≤ ν_s. With k_s of the ν_s blocked levels full of a
pair each and the others empty, |p_s⟩ becomes |p_s + k_s⟩ of the unblocked shells, and no element is smaller,

    (p+1)(M−ν−p) ≤ (p+k+1)(M−p−k),     p(M−ν−p+1) + k ≤ (p+k)(M−p−k+1).

Greater elements ≥ 0 of the attraction only lower its lowest level (O. Perron, G. Frobenius), and so does a
larger space (interlacing). Hence, best with the k = Σk_s lowest levels full,

    E ≥ E_0(n + k) + Σ ε_s ν_s − Σ (2ε_s − |G_ss|) k_s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quasispin.errors import SizeError, SolverError
from quasispin.machine import size_in_words
from quasispin.spectrum import halves
from quasispin.spectrum import pairing_matrix as matrices
from quasispin.spectrum.lowest import EPS, LIMIT, LowBlock, ground_energy_interval
from quasispin.spectrum.pairing_matrix import HUGE, seniority_tuples
from quasispin.system.gap_equation import bcs_gap, gap_equation
from quasispin.system.system import System

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

COSTLY = 200_000
"""States of a block whose lowest energy takes a second and more."""

MAX_TUPLES = 4_000_000
"""More seniority tuples than this are not even listed."""


@dataclass(frozen=True, eq=False)
class TupleBounds:
    """What is known of every seniority tuple before anything is diagonalised; B tuples, S shells."""

    seniorities: Integers
    """{ν_s}, shape (B, S), in the order of `seniority_tuples`."""
    dimension: Array
    """States of the pair space, shape (B,)."""
    lowest: Array
    """Lower bound of every eigenvalue in zero field, shape (B,)."""

    def without(self, some: Integers) -> TupleBounds:
        """All but those at some places."""
        rest = np.ones(len(self.lowest), dtype=np.bool_)
        rest[some] = False
        return TupleBounds(self.seniorities[rest], self.dimension[rest], self.lowest[rest])


def tuple_bounds(system: System, electrons: int) -> TupleBounds:
    """Bounds of all seniority tuples of N electrons.

    Raises
    ------
    SizeError
        If there are more tuples than can be listed.
    """
    check_tuples(system, electrons)
    degeneracies = [shell.pair_degeneracy for shell in system.shells]
    seniorities = seniority_tuples(degeneracies, electrons)
    room = np.array(degeneracies, dtype=np.int64) - seniorities
    pairs = (electrons - seniorities.sum(axis=1)) // 2
    return TupleBounds(
        seniorities, matrices.dimensions(room, pairs), _lowest(system, seniorities, room, pairs)
    )


def check_tuples(system: System, electrons: int) -> None:
    """Refuse more tuples than can be listed, in one sentence that says what would fit.

    Raises
    ------
    SizeError
        If there are more than `MAX_TUPLES`.
    """
    count = count_tuples(system, electrons)
    if count <= MAX_TUPLES:
        return
    shells, needed = len(system.shells), 8.0 * count * (len(system.shells) + 8)
    raise SizeError(
        f"`system` of {shells} levels and {electrons} electrons has {_in_words(count)} seniority tuples: "
        f"their list would take {size_in_words(needed)}, but at most {MAX_TUPLES} can be listed even with "
        f"`accuracy`: up to {_listable(system, electrons)} electrons (or holes) fit in these levels, "
        "or fewer levels.",
        count,
    )


def _in_words(count: int) -> str:
    return f"{float(count):.3g}" if count < HUGE else f"more than {float(HUGE):.0e}"


def _listable(system: System, electrons: int) -> int:
    """Most electrons, or holes, whose tuples can be listed; of each parity their number rises with N."""
    most = min(electrons, 2 * system.pair_degeneracy - electrons)
    found = 0
    for parity in (0, 1):
        fits, fails = parity, most + 1 + (most + 1 - parity) % 2
        while fails - fits > 2:
            middle = fits + (fails - fits) // 4 * 2
            is_short = count_tuples(system, middle) <= MAX_TUPLES
            fits, fails = (middle, fails) if is_short else (fits, middle)
        found = max(found, fits)
    return found


def count_tuples(system: System, electrons: int) -> int:
    """Number of {ν_s} with Σν_s ≡ N (mod 2), Σν_s ≤ min(N, 2M − N), cut off at `HUGE`."""
    return matrices.count_tuples([shell.pair_degeneracy for shell in system.shells], electrons)


def bounds_by_pairs(
    system: System,
    electrons: int,
    seniorities: Integers,
    numbers: Sequence[int] | None = None,
    *,
    is_rough: bool = False,
) -> Array:
    """Lower bounds of every eigenvalue from the energies E_0(q) of pairs alone, q = N/2 or one more or less.

    Parameters
    ----------
    system, electrons, seniorities
        Several shells, N and {ν_s}, shape (B, S).
    numbers
        The q; `pair_numbers` if left out.
    is_rough
        Take the E_0(q) of large blocks from BCS: no bounds then, but about right, and nothing is solved.

    Returns
    -------
    Array
        Shape (B,); −inf where no E_0 is known, as for one shell and without attraction (`tuple_bounds` is
        then as good) or where its block is too large.
    """
    found = np.full(len(seniorities), -np.inf)
    if len(system.shells) == 1 or strength(system) == 0.0:
        return found
    energies = np.array([shell.energy for shell in system.shells])
    diagonal = np.abs(np.diag(system.coupling_matrix))
    blocked = seniorities.sum(axis=1)
    base, pairs = seniorities @ energies, (electrons - blocked) // 2
    for placed in pair_numbers(system, electrons) if numbers is None else numbers:
        k = placed - pairs
        inner = (rough_pair_energy if is_rough else pair_energy)(system, placed)
        bound = inner + base - _cheapest(2 * energies - diagonal, seniorities, k)
        found = np.maximum(found, np.where((k >= 0) & (k <= blocked), bound, -np.inf))
    scale = np.abs(energies).sum() * 2 * system.pair_degeneracy + diagonal.sum() * system.pair_degeneracy
    found -= 16 * np.finfo(np.float64).eps * scale
    return found


def pair_numbers(system: System, electrons: int, costly: int = COSTLY) -> range:
    """The q whose E_0(q) is taken: N/2 and one more and less; of blocks above `costly` the nearest alone."""
    half, pairs = electrons // 2, system.pair_degeneracy
    size = matrices.dimension([shell.pair_degeneracy for shell in system.shells], half)
    if size > costly:
        return range(half, min(half + electrons % 2, pairs) + 1)
    return range(max(half - 1, 0), min(half + 1, pairs) + 1)


def bounds_by_fillings(system: System, electrons: int, seniorities: Integers) -> Array:
    """The first of the bounds above, shape (B,)."""
    room = np.array([shell.pair_degeneracy for shell in system.shells], dtype=np.int64) - seniorities
    return _lowest(system, seniorities, room, (electrons - seniorities.sum(axis=1)) // 2)


def _cheapest(price: Array, most: Integers, count: Integers) -> Array:
    """Least Σ price_s k_s with Σ k_s = count, shape (B,), and 0 ≤ k_s ≤ most_s, shape (B, S)."""
    left, total = np.maximum(count, 0), np.zeros(len(count))
    for s in np.argsort(price, kind="stable"):
        taken = np.minimum(left, most[:, s])
        total += price[s] * taken
        left = left - taken
    return total


def pair_energy(system: System, pairs: int) -> float:
    """Certified lower bound of E_0(q), −inf where it cannot be had or nothing attracts."""
    if len(system.shells) == 1 or strength(system) == 0.0:
        return -np.inf
    coupling: float | Array = np.abs(system.coupling_matrix)
    if isinstance(system.coupling, float):
        coupling = system.coupling
    return _paired(System(system.shells, 2 * pairs, coupling))


def rough_pair_energy(system: System, pairs: int) -> float:
    """About E_0(q), by BCS where the block is large: for forecasts."""
    if len(system.shells) == 1 or strength(system) == 0.0:
        return -np.inf
    if _states(system.with_electrons(2 * pairs)) <= LIMIT:
        return pair_energy(system, pairs)
    mean = float(np.abs(system.coupling_matrix).mean())
    room = np.array([shell.pair_degeneracy for shell in system.shells], dtype=np.float64)
    energies = np.array([shell.energy for shell in system.shells])
    gap = bcs_gap(system.shells, 2 * pairs, mean)
    if gap == 0.0:
        filled = float(_cheapest(2 * energies, room[None].astype(np.int64), np.array([pairs]))[0])
        return filled - mean * pairs
    _, potential = gap_equation(system.shells, 2 * pairs, gap)
    above = energies - potential
    occupied = (1 - above / np.hypot(above, gap)) / 2
    return float(2 * (room * occupied) @ energies - gap**2 / mean - mean * (room @ occupied**2))


@lru_cache(maxsize=512)
def _paired(system: System) -> float:
    try:
        if isinstance(system.coupling, float) and _states(system) >= halves.SMALLEST:
            return _kept(system)
        return ground_energy_interval(system, system.electrons)[0]
    except (SizeError, SolverError):  # a better bound is welcome, not needed
        return -np.inf


def _states(system: System) -> int:
    return matrices.dimension([shell.pair_degeneracy for shell in system.shells], system.electrons // 2)


def _kept(system: System) -> float:
    """The same from the block as it is kept for a sum over its levels: a large one is not solved twice."""
    from quasispin.spectrum.sectors import some_sectors

    tuples = np.zeros((1, len(system.shells)), dtype=np.int64)
    solved = some_sectors(system, system.electrons, tuples, np.ones(1, dtype=np.int64))
    (block,) = solved.blocks
    assert isinstance(block, LowBlock)
    assert block.interval is not None
    shift = float(solved.shift[0])
    energies = np.array([shell.energy for shell in system.shells])
    size = abs(block.interval[0]) + abs(shift) + 4 * system.pair_degeneracy * float(np.abs(energies).max())
    return block.interval[0] + shift - 16 * EPS * size


def _lowest(system: System, seniorities: Integers, room: Integers, pairs: Integers) -> Array:
    energies = np.array([shell.energy for shell in system.shells])
    filling = _cheapest(2.0 * energies, room, pairs)
    most = strength(system)
    found: Array = seniorities @ energies + filling - most * pairs * (room.sum(axis=1) - pairs + 1)
    scale = np.abs(energies).sum() * 2 * system.pair_degeneracy + most * system.pair_degeneracy**2
    found -= 16 * np.finfo(np.float64).eps * scale  # its own rounding must not make it too high
    return found


def strength(system: System) -> float:
    """The g ≥ 0 with −Σ G_ss' A⁺_s A_s' ≥ −g n(U−n+1)."""
    if isinstance(system.coupling, float):
        return max(system.coupling, 0.0)
    return float(np.abs(system.coupling_matrix).max())
