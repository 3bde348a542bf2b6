"""Curves at T = 0 with their jumps drawn upright, wherever the points of the grid lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from quasispin.ensembles.averages import Array

ON_IT = 1e-5
"""A point of the grid this close to a jump, relative to the range, is neither before nor after it."""


def with_jumps(data: xr.Dataset, name: str, sides: str) -> tuple[Array, Array]:
    """Fields and values of one curve, with `sides` at each of its `jump_field` put between the points."""
    field, values = data.field.values, data[name].values
    at, pairs = data.jump_field.values, data[sides].values
    known = np.isfinite(at)
    at, pairs = at[known], pairs[known]
    near = ON_IT * (field[-1] - field[0])
    kept = [bool(np.all(np.abs(at - x) > near)) for x in field]
    x = np.concatenate([field[kept], np.repeat(at, 2)])
    y = np.concatenate([values[kept], pairs.ravel()])
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def draw_crossed(axis: Any, data: xr.Dataset, name: str, sides: str, **style: Any) -> None:
    """One such curve."""
    axis.plot(*with_jumps(data, name, sides), **style)
