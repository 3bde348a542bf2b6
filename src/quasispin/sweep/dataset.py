"""The result of a sweep: arrays to fill, then an xarray Dataset that says how it was made."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.base import Ensemble
from quasispin.errors import UndefinedError
from quasispin.observables import ENERGY, FILL, Observable, labels, trailing
from quasispin.sweep.grid import Grid, options
from quasispin.system.family import Family
from quasispin.system.system import System

if TYPE_CHECKING:
    import xarray as xr

SCHEMA: Final = 1
"""Version of the layout of these datasets."""
PAPER: Final = "doi:10.48550/arXiv.cond-mat/0002030 (arXiv:cond-mat/0002030)"
COORDINATES: Final = {
    "temperature": {"long_name": "temperature k_B T", "units": ENERGY, "symbol": "T"},
    "field": {"long_name": "Larmor energy mu_B B", "units": ENERGY, "symbol": r"\omega"},
    "ensemble": {"long_name": "ensemble"},
    "seniority": {"long_name": "seniority", "units": "1", "symbol": r"\nu"},
    "shell": {"long_name": "shell", "units": "1", "symbol": "s"},
    "electrons": {"long_name": "electrons", "units": "1", "symbol": "N"},
}


@dataclass(frozen=True, eq=False)
class Cell:
    """One system in one ensemble."""

    row: int
    """Place of the ensemble."""
    member: int
    """Place of the system in the family, 0 without one."""
    label: str
    values: Mapping[str, Any]
    """What the family chose."""
    ensemble: Ensemble
    system: System

    def make(self) -> Ensemble:
        """The ensemble of this system; an error says which member of the family it was."""
        return self.ensemble if self.ensemble.system is self.system else self.ensemble.of(self.system)


@dataclass(eq=False)
class Results:
    """Values of every observable for every ensemble, member of the family and point of the grid."""

    names: Mapping[str, Ensemble]
    family: Mapping[str, tuple[Any, ...]]
    grid: Grid
    observables: tuple[Observable, ...]
    cells: Sequence[Cell]
    values: dict[str, Array] = field(default_factory=dict)
    reasons: dict[str, dict[Cell, str]] = field(default_factory=dict)

    @classmethod
    def empty(
        cls,
        names: Mapping[str, Ensemble],
        family: Mapping[str, tuple[Any, ...]],
        grid: Grid,
        observables: tuple[Observable, ...],
    ) -> Results:
        """Nothing computed and nothing allocated yet."""
        cells = [cell for row, (label, one) in enumerate(names.items()) for cell in _cells(row, label, one)]
        return cls(names, family, grid, observables, cells)

    @property
    def members(self) -> int:
        """Systems in the family."""
        return math.prod(len(values) for values in self.family.values())

    def shape(self, observable: Observable) -> tuple[int, ...]:
        """(ensembles, members, points) and the observable's own axis."""
        return (len(self.names), self.members, self.grid.size, *self._tail(observable))

    def allocate(self) -> None:
        """Take the memory."""
        self.values = {one.name: np.full(self.shape(one), np.nan) for one in self.observables}
        self.reasons = {one.name: {} for one in self.observables}

    def put(self, cell: Cell, where: slice, values: Mapping[Observable, Array | UndefinedError]) -> None:
        """Store what was computed for some points, or why it could not be."""
        for observable, value in values.items():
            if isinstance(value, UndefinedError):
                self.reasons[observable.name][cell] = str(value.value)
                continue
            target = self.values[observable.name][cell.row, cell.member, where]
            if observable.axis:
                target[..., value.shape[-1] :] = FILL[observable.axis]
                target = target[..., : value.shape[-1]]
            target[...] = value

    def undefined(self, name: str) -> str:
        """Which ensembles lack this observable, and why."""
        reasons = self.reasons[name]
        by_label: dict[tuple[str, str], list[Cell]] = {}
        for cell, reason in reasons.items():
            by_label.setdefault((cell.label, reason), []).append(cell)
        return "; ".join(
            f"{label}{self._where(cells)}: {reason}" for (label, reason), cells in by_label.items()
        )

    def _where(self, cells: Sequence[Cell]) -> str:
        if len(cells) == self.members:
            return ""
        places = (", ".join(f"{name}={value}" for name, value in cell.values.items()) for cell in cells)
        return f" at {' and '.join(places)}"

    def _tail(self, observable: Observable) -> tuple[int, ...]:
        if observable.axis is None:
            return ()
        if observable.axis == "shell":
            return (max(len(cell.system.shells) for cell in self.cells),)
        return (max(cell.system.pair_degeneracy for cell in self.cells) + 1,)


def assemble(results: Results) -> xr.Dataset:
    """The labelled dataset."""
    import xarray as xr

    data = xr.Dataset(
        {one.name: _variable(results, one) for one in results.observables},
        coords=_coordinates(results),
        attrs=_provenance(results),
    )
    return data.isel(dict.fromkeys(results.grid.scalars, 0))


def _cells(row: int, label: str, ensemble: Ensemble) -> list[Cell]:
    if not isinstance(ensemble.system, Family):
        return [Cell(row, 0, label, {}, ensemble, ensemble.system)]
    found = enumerate(ensemble.system.members())
    return [Cell(row, i, label, chosen, ensemble, system) for i, (chosen, system) in found]


def _variable(results: Results, observable: Observable) -> tuple[tuple[str, ...], Array, dict[str, str]]:
    dims = ("ensemble", *results.family, "temperature", "field", *trailing(observable, results.family))
    values = results.values[observable.name]
    lengths = [len(results.names), *(len(v) for v in results.family.values()), *results.grid.shape]
    attributes = observable.attributes
    if reason := results.undefined(observable.name):
        attributes["undefined"] = reason
    return dims, values.reshape((*lengths, *values.shape[3:])), attributes


def _coordinates(results: Results) -> dict[str, Any]:
    listed: dict[str, Any] = {"ensemble": list(results.names)}
    listed |= {name: labels(values) for name, values in results.family.items()}
    listed |= {"temperature": results.grid.temperature, "field": results.grid.field}
    for observable in results.observables:
        for name in trailing(observable, results.family):
            listed[name] = np.arange(*results._tail(observable))
    return {
        name: (name, values, COORDINATES.get(name, {"long_name": name})) for name, values in listed.items()
    }


def _provenance(results: Results) -> dict[str, Any]:
    names = [one.name for one in results.observables]
    shown = ", ".join(map(repr, results.names.values()))
    grid = f"temperature={_span(results.grid.temperature)}, field={_span(results.grid.field)}"
    return {
        "title": "thermodynamics of pairing in a magnetic field",
        "schema_version": SCHEMA,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "call": f"sweep({shown}, {grid}, observables=[{', '.join(names)}])",
        "systems": json.dumps([_record(cell) for cell in results.cells], default=repr, ensure_ascii=False),
        "python_version": platform.python_version(),
        **{f"{name}_version": importlib.metadata.version(name) for name in ("quasispin", "numpy", "numba")},
        "references": PAPER,
    }


def _record(cell: Cell) -> dict[str, Any]:
    return {
        "label": cell.label,
        "ensemble": type(cell.ensemble).__name__,
        "options": options(cell.ensemble),
        "member": dict(cell.values),
        "system": cell.system.to_dict(),
    }


def _span(values: Array) -> str:
    if len(values) <= 4:
        return str(values.tolist())
    return f"<{len(values)} values from {values[0]:g} to {values[-1]:g}>"
