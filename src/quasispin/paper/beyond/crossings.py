"""Where levels cross in a rising field and the ground state jumps: true steps, told from steep growth."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.tilted import ExactDiagonalisation
from quasispin.paper import measures

WIDTH = 1e-6
"""A step is located to this part of the range of fields."""
STEEP = 2.0
"""A moment that grows by more than this times χ dω does not grow smoothly."""
SMALLEST = 1e-6
"""Jumps below this, in μ_B, are rounding."""


class Jump(NamedTuple):
    """At `field` the ground state changes."""

    field: float
    moment_before: float
    moment_after: float
    gap_before: float
    gap_after: float


class _State(NamedTuple):
    """The ground state in one field."""

    field: float
    moment: float
    susceptibility: float


def jumps(
    ensemble: ExactDiagonalisation, field: Array, moment: Array, susceptibility: Array
) -> tuple[Jump, ...]:
    """All jumps of the moment at T = 0 between the points of a grid, bisected.

    Parameters
    ----------
    ensemble
        What is asked between the points.
    field, moment, susceptibility
        The grid and its values at T = 0, shape (X,).
    """
    width = WIDTH * float(field[-1] - field[0])
    states = [_State(*map(float, row)) for row in zip(field, moment, susceptibility, strict=True)]
    spans = [found for low, high in pairwise(states) for found in _between(ensemble, low, high, width)]
    return tuple(_jump(ensemble, *span) for span in _merged(spans, width))


def _between(
    ensemble: ExactDiagonalisation, low: _State, high: _State, width: float
) -> list[tuple[float, float]]:
    if not _is_abrupt(low, high):
        return []
    if high.field - low.field <= width:
        return [(low.field, high.field)]
    middle = _state(ensemble, (low.field + high.field) / 2)
    return _between(ensemble, low, middle, width) + _between(ensemble, middle, high, width)


def _is_abrupt(low: _State, high: _State) -> bool:
    slopes = [one.susceptibility for one in (low, high) if np.isfinite(one.susceptibility)]
    smooth = STEEP * max(slopes, default=0.0) * (high.field - low.field)
    return abs(high.moment - low.moment) > smooth + SMALLEST


def _merged(spans: list[tuple[float, float]], width: float) -> list[tuple[float, float]]:
    """A crossing that lies on a point of the grid is seen from both sides: one jump."""
    found: list[tuple[float, float]] = []
    for low, high in spans:
        if found and low - found[-1][1] <= 2 * width:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def _jump(ensemble: ExactDiagonalisation, low: float, high: float) -> Jump:
    sides = ensemble.averages(0.0, np.array([low, high]))
    gaps = measures.connected_gap(sides)
    return Jump((low + high) / 2, *map(float, sides.moment), *map(float, gaps))


def _state(ensemble: ExactDiagonalisation, field: float) -> _State:
    found = ensemble.averages(0.0, field)
    return _State(field, float(found.moment), float(found.susceptibility))
