"""The largest susceptibility of a system at one temperature: where many steps overlap it is no formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.ground import Jump
from quasispin.system.system import System

POINTS = 401
"""Fields of the first look."""
BESIDE = np.arange(-4, 5) / 2
"""Fields about each step, in T/Δm: the peak of a step that stands alone has a width of some T/Δm."""
FINER = 9
"""So many times the neighbourhood of the largest value is cut into `ZOOM` parts."""
ZOOM = 8


class Peak(NamedTuple):
    """Where χ is largest."""

    field: float
    """ω."""
    susceptibility: float
    """χ = −∂²F/∂ω² of the exact canonical ensemble."""


def largest_susceptibility(
    system: System, temperature: float, highest: float, steps: Sequence[Jump] = ()
) -> Peak:
    """The largest χ(ω) for 0 ≤ ω ≤ `highest`: on a grid, about the steps, and then ever closer.

    Parameters
    ----------
    system
        Of one or several shells.
    temperature
        k_BT, above 0.
    highest
        Up to which field.
    steps
        Those of the ground state, about which narrow peaks are looked for.

    Notes
    -----
    Of an odd N it may be the Curie peak at ω = 0. A step that stands alone gives (Δm)²/4T; steps closer than
    T/Δm add up.
    """
    ensemble = Canonical(system)
    grid = np.unique(
        np.concatenate([np.linspace(0.0, highest, POINTS), _beside(temperature, highest, steps)])
    )
    for _ in range(FINER):
        values = ensemble.averages(temperature, grid).susceptibility
        best = int(values.argmax())
        found = Peak(float(grid[best]), float(values[best]))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        grid = np.linspace(low, high, 2 * ZOOM + 1)
    return found


def _beside(temperature: float, highest: float, steps: Sequence[Jump]) -> Array:
    near = [step.field + BESIDE * temperature / (step.after - step.before) for step in steps]
    fields = np.concatenate([*near, np.zeros(0)])
    return fields[(fields >= 0.0) & (fields <= highest)]
