"""The ground state of several shells in a rising field: where its moment jumps."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.errors import SizeError
from quasispin.system.staircase import top_moments
from quasispin.system.system import System

MOST_TUPLES = 5000
"""Seniority tuples of which every block is solved."""
TIE = 1e-11
"""Distances below this part of the largest energy are rounding."""


class Jump(NamedTuple):
    """At `field` the moment of the ground state jumps from `before` to `after`, in μ_B."""

    field: float
    before: float
    after: float


def ground_steps(system: System) -> list[Jump]:
    """Corners ω > 0 of the lower envelope of E_0({ν_s}) − ω·m_top({ν_s}) over the seniority tuples.

    What `System.crossing_fields` is for one shell, from one diagonalisation per tuple; to some 10⁻¹¹ of
    the largest energy, and steps closer than that are one.

    Raises
    ------
    SizeError
        If there are too many tuples.
    """
    tuples = prod(shell.pair_degeneracy + 1 for shell in system.shells)
    if tuples > MOST_TUPLES:
        raise SizeError(
            f"Steps are found for at most {MOST_TUPLES} seniority tuples, but there are {tuples:.3g}.", tuples
        )
    _, energy, moment = lowest_of_tuples(system)
    rounding = TIE * (np.abs(energy).max() + np.ptp(energy))
    place = _topmost(energy - energy.min(), moment, rounding)
    found: list[Jump] = []
    while (is_steeper := moment > moment[place] + 1e-9).any():
        gain = np.where(is_steeper, moment - moment[place], np.inf)
        fields = np.where(is_steeper, (energy - energy[place]) / gain, np.inf)
        start = max(float(fields.min()), 0.0)
        following = _topmost(energy - start * moment - (energy - start * moment)[place], moment, rounding)
        if moment[following] <= moment[place]:
            following = int(fields.argmin())
        found.append(Jump(start, float(moment[place]), float(moment[following])))
        place = following
    return found


def lowest_of_tuples(system: System) -> tuple[npt.NDArray[np.int64], Array, Array]:
    """Total seniority, lowest energy and top moment of each seniority tuple."""
    from quasispin.spectrum.sectors import sectors

    (solved,) = sectors(system, [system.electrons])
    lowest = np.full(len(solved.seniorities), np.inf)
    np.minimum.at(lowest, solved.tuple_of, solved.energy)
    top = np.zeros(len(lowest))
    for column, shell in zip(solved.seniorities.T, system.shells, strict=True):
        top += np.array([float(m) for m in top_moments(shell.moments)])[column]
    return solved.seniorities.sum(axis=1), lowest, top


def _topmost(height: Array, moment: Array, rounding: float) -> int:
    """Of the lowest lines the steepest."""
    is_lowest = height <= height.min() + rounding
    return int(np.where(is_lowest, moment, -np.inf).argmax())
