"""How low a seniority tuple can lie: rigorous bounds that tell which of them matter at low temperature.

For a constant G > 0 every eigenvalue of the block of N electrons with the seniorities {ν_s} satisfies

    E ≥ Σ ε_s ν_s + min over fillings Σ 2ε_s p_s − G n(U − n + 1),     U = Σ (M_s − ν_s), n = (N − Σν_s)/2,

since −G A⁺A has the lowest eigenvalue −G n(U−n+1) when all levels coincide. The elements of every
A⁺_s A_s' are ≥ 0 in the basis |p_s⟩, so that max |G_ss'| serves for a matrix; for a constant G ≤ 0 the
pairing term is ≥ 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quasispin.errors import SizeError
from quasispin.spectrum.pairing_matrix import seniority_tuples
from quasispin.system.system import System

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

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


def tuple_bounds(system: System, electrons: int) -> TupleBounds:
    """Bounds of all seniority tuples of N electrons.

    Raises
    ------
    SizeError
        If there are more tuples than can be listed.
    """
    degeneracies = [shell.pair_degeneracy for shell in system.shells]
    count = _count(degeneracies, electrons)
    if count > MAX_TUPLES:
        raise SizeError(f"At most {MAX_TUPLES} seniority tuples can be listed, but there are {count}.", count)
    seniorities = seniority_tuples(degeneracies, electrons)
    room = np.array(degeneracies, dtype=np.int64) - seniorities
    pairs = (electrons - seniorities.sum(axis=1)) // 2
    return TupleBounds(seniorities, _dimensions(room, pairs), _lowest(system, seniorities, room, pairs))


def _lowest(system: System, seniorities: Integers, room: Integers, pairs: Integers) -> Array:
    energies = np.array([shell.energy for shell in system.shells])
    left = pairs.copy()
    filling = np.zeros(len(pairs))
    for s in np.argsort(energies):
        taken = np.minimum(left, room[:, s])
        filling += 2.0 * energies[s] * taken
        left -= taken
    strength = _strength(system)
    found: Array = seniorities @ energies + filling - strength * pairs * (room.sum(axis=1) - pairs + 1)
    scale = np.abs(energies).sum() * 2 * system.pair_degeneracy + strength * system.pair_degeneracy**2
    found -= 16 * np.finfo(np.float64).eps * scale  # its own rounding must not make it too high
    return found


def _strength(system: System) -> float:
    """The g ≥ 0 with −Σ G_ss' A⁺_s A_s' ≥ −g n(U−n+1)."""
    if isinstance(system.coupling, float):
        return max(system.coupling, 0.0)
    return float(np.abs(system.coupling_matrix).max())


def _dimensions(room: Integers, pairs: Integers) -> Array:
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


def _count(degeneracies: list[int], electrons: int) -> int:
    """Number of {ν_s} with Σν_s ≡ N, Σν_s ≤ min(N, 2M − N)."""
    ways = np.array([1], dtype=object)
    for pairs in degeneracies:
        ways = np.convolve(ways, np.ones(pairs + 1, dtype=object))
    most = min(electrons, 2 * sum(degeneracies) - electrons)
    return int(sum(ways[electrons % 2 : most + 1 : 2]))
