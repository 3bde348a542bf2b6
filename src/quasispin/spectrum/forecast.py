"""What will matter of a spectrum at a temperature, foreseen from its bounds: roughly, nothing is solved.

The levels of a block lie about the energies of its pair fillings: n pairs in ΣU places, drawn without
putting back, have the mean and variance

    Σ_s ε_s ν_s + n⟨2ε⟩ − n ΣU_s G_ss/ΣU,     n (ΣU − n)/(ΣU − 1) · (⟨(2ε)²⟩ − ⟨2ε⟩²),

the averages taken over the places. With as many levels as a normal distribution of these has below E, one at
least, a block has about Z ≈ k(E_0 + T) e^{−E_0/T}, E_0 its lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quasispin.spectrum import lowest
from quasispin.spectrum.bounds import TupleBounds
from quasispin.system.system import System

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ALL = 4 * lowest.MOST
"""A block that seems to need more levels than this is taken to need all: Lanczos steps stop well below."""


@dataclass(frozen=True, eq=False)
class Spread:
    """How the levels of each seniority tuple lie, shape (B,)."""

    known: TupleBounds
    mean: Array
    width: Array

    @classmethod
    def of(cls, system: System, electrons: int, known: TupleBounds) -> Spread:
        """From the fillings of the pairs."""
        energies = np.array([shell.energy for shell in system.shells])
        room = np.array([shell.pair_degeneracy for shell in system.shells]) - known.seniorities
        places = np.maximum(room.sum(axis=1), 1)
        pairs = (electrons - known.seniorities.sum(axis=1)) // 2
        level, square = (room @ value / places for value in (2 * energies, 4 * energies**2))
        inner = level - room @ np.diag(system.coupling_matrix) / places
        drawn = pairs * (places - pairs) / np.maximum(places - 1, 1)
        width = np.sqrt(np.maximum(drawn * (square - level**2), 0.0))
        return cls(known, known.seniorities @ energies + pairs * inner, width)

    def below(self, energy: Array, some: Integers | slice = slice(None)) -> Array:
        """About how many levels of some tuples lie below an energy of shape (b, X), from 1 to all."""
        from scipy.special import ndtr

        width = np.maximum(self.width[some], 1e-300)[:, None]
        with np.errstate(over="ignore"):
            share = ndtr((energy - self.mean[some, None]) / width)
        states = self.known.dimension[some, None]
        found: Array = np.clip(states * share, 1.0, states)
        return found


def expected(spread: Spread, blocked: Array, heat: Array) -> Array:
    """About −T ln Z_ν, shape (B, X), with what the blocked levels add."""
    lowest_level = spread.known.lowest[:, None]
    levels = spread.below(lowest_level + heat)
    found: Array = lowest_level - heat * np.log(levels) + blocked
    return found


def wanted_levels(
    spread: Spread, some: Integers, blocked: Array, reached: Array, heat: Array, accuracy: float
) -> Integers:
    """How many levels of some tuples will be asked for, shape (b,); 0 where it seems to be all.

    Parameters
    ----------
    spread, some
        The tuples, and which of them.
    blocked
        −T ln Π D_{ν_s} of these, shape (b, X).
    reached
        About −T ln of the whole sum, shape (X,).
    heat, accuracy
        T, shape (X,), and what may be left out.
    """
    most = heat * np.log(spread.known.dimension[some, None] / accuracy)
    count = spread.below(reached - blocked + most, some).max(axis=1, initial=1.0)
    steps = np.ceil(np.log(np.maximum(count / lowest.FIRST, 1.0)) / np.log(4.0))
    levels = np.minimum(lowest.FIRST * 4.0**steps, lowest.MOST)
    return np.where(count > ALL, 0, levels).astype(np.int64)
