"""The result of a sweep: arrays to fill, then an xarray Dataset that says how it was made."""

from __future__ import annotations

import datetime
import hashlib
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.magneton import BOHR, Magneton, in_magneton
from quasispin.observables import ENERGY, Observable, labels, trailing
from quasispin.sweep.laboratory import ATTRIBUTE, MAGNETON, named
from quasispin.sweep.request import Cell, Request
from quasispin.sweep.tasks import Block, Blocks, Reason, versions
from quasispin.system.family import Family

if TYPE_CHECKING:
    import xarray as xr

SCHEMA: Final = 4
"""Version of the layout of these datasets; 2: Zarr stores, and a digest instead of a long list of systems;
3: a netCDF file says from what it was made, a store how long its chunks are; 4: checksums of every byte."""
UNCHECKED: Final = "unchecked"
"""Attribute of what was read from a file without checksums; in no file."""
PAPER: Final = "doi:10.48550/arXiv.cond-mat/0002030 (arXiv:cond-mat/0002030)"
COORDINATES: Final = {
    "temperature": {"long_name": "temperature k_B T", "units": ENERGY, "symbol": "T"},
    "field": {"long_name": "Larmor energy mu_B B", "units": ENERGY, "symbol": r"\omega"},
    "ensemble": {"long_name": "ensemble"},
    "seniority": {"long_name": "seniority", "units": "1", "symbol": r"\nu"},
    "shell": {"long_name": "shell", "units": "1", "symbol": "s"},
    "electrons": {"long_name": "electrons", "units": "1", "symbol": "N"},
}


SYSTEMS: Final = 1000
"""How many systems a dataset lists in full; of more it keeps the lists that made them, and a digest."""
PLACES: Final = 50
"""How many systems are named where many lack an observable for the same reason."""


@dataclass(eq=False)
class Reasons:
    """Why observables are missing: for each system in each ensemble what its first block said."""

    request: Request
    found: dict[str, dict[int, tuple[int, str]]] = field(default_factory=dict)
    """By observable and place of the cell: number of the block, reason."""

    def add(self, blocks: Blocks, number: int, reasons: Iterable[Reason]) -> None:
        """Keep the reasons of a block; the order in which blocks come does not matter."""
        row, members = blocks.place(number)[0].start, blocks.members(number)
        for reason in reasons:
            place = row * self.request.members + members[reason.member]
            known = self.found.setdefault(reason.observable, {})
            if place not in known or number < known[place][0]:
                known[place] = (number, reason.text)

    def text(self, name: str) -> str:
        """Which ensembles lack this observable, and why; empty if none does."""
        grouped: dict[tuple[str, str], list[Cell]] = {}
        for place, (_, reason) in sorted(self.found.get(name, {}).items()):
            cell = self.request.cells[place]
            grouped.setdefault((cell.label, reason), []).append(cell)
        return "; ".join(
            f"{label}{self._where(cells)}: {reason}" for (label, reason), cells in grouped.items()
        )

    def _where(self, cells: Sequence[Cell]) -> str:
        if len(cells) == self.request.members:
            return ""
        places = [
            ", ".join(f"{name}={value}" for name, value in cell.values.items()) for cell in cells[:PLACES]
        ]
        more = [f"{len(cells) - PLACES} more"] if len(cells) > PLACES else []
        return f" at {' and '.join([*places, *more])}"


@dataclass(eq=False)
class Results:
    """Values of every observable in memory, for every ensemble, member of the family and point."""

    request: Request
    values: dict[str, Array]
    reasons: Reasons

    @classmethod
    def empty(cls, request: Request) -> Results:
        """Nothing computed yet: NaN everywhere."""
        values = {name: np.full((*request.shape, *tail), np.nan) for name, tail in request.tails.items()}
        return cls(request, values, Reasons(request))

    def put(self, blocks: Blocks, block: Block) -> None:
        """Take over what a task found."""
        shape = blocks.shape(block.number)
        for name, values in block.values.items():
            self.values[name][blocks.place(block.number)] = values.reshape((*shape, *values.shape[3:]))
        self.reasons.add(blocks, block.number, block.reasons)

    def dataset(self) -> xr.Dataset:
        """The labelled dataset."""
        import xarray as xr

        request = self.request
        data = xr.Dataset(
            {
                one.name: (dims(request, one), self.values[one.name], self._attributes(one))
                for one in request.observables
            },
            coords=coordinates(request),
            attrs=provenance(request),
        )
        return data.isel(dict.fromkeys(request.grid.scalars, 0))

    def _attributes(self, observable: Observable) -> dict[str, str]:
        undefined = self.reasons.text(observable.name)
        return attributes(observable, undefined, self.request.energy_unit, self.request.magneton)


def dims(request: Request, observable: Observable) -> tuple[str, ...]:
    """Names of the axes of a variable."""
    return (*request.dims, *trailing(observable, request.family))


def attributes(
    observable: Observable, undefined: str, energy_unit: str | None = None, magneton: Magneton = BOHR
) -> dict[str, str]:
    """What a variable says about itself."""
    about = in_magneton(named(observable.attributes, energy_unit), magneton)
    return about | ({"undefined": undefined} if undefined else {})


def coordinates(request: Request) -> dict[str, tuple[str, Any, dict[str, str]]]:
    """The axes: name, values, attributes."""
    listed: dict[str, Any] = {"ensemble": list(request.names)}
    listed |= {name: labels(values) for name, values in request.family.items()}
    listed |= {"temperature": request.grid.temperature, "field": request.grid.field}
    for observable in request.observables:
        for name in trailing(observable, request.family):
            listed[name] = np.arange(*request.tails[observable.name])
    about = {
        name: in_magneton(
            named(COORDINATES.get(name, {"long_name": name}), request.energy_unit), request.magneton
        )
        for name in listed
    }
    return {name: (name, values, about[name]) for name, values in listed.items()}


def provenance(request: Request) -> dict[str, Any]:
    """Attributes of the dataset: how, when and from what it was made."""
    names = [one.name for one in request.observables]
    shown = ", ".join(map(repr, request.names.values()))
    grid = f"temperature={_span(request.grid.temperature)}, field={_span(request.grid.field)}"
    unit = {} if request.energy_unit is None else {ATTRIBUTE: request.energy_unit}
    # Bohr's is left unsaid, as in all files that were written before there were two
    unit |= {} if request.magneton == BOHR else {MAGNETON: request.magneton.name}
    return {
        "title": "thermodynamics of pairing in a magnetic field",
        "schema_version": SCHEMA,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "call": f"sweep({shown}, {grid}, observables=[{', '.join(names)}])",
        "systems": _systems(request),
        "python_version": platform.python_version(),
        **{f"{name}_version": version for name, version in versions().items()},
        "references": PAPER,
        **unit,
    }


def unchecked(path: object) -> str:
    """What is said of a file without checksums."""
    return f"{path} carries no checksums, so that damage to it would not be seen"


def record(cell: Cell) -> dict[str, Any]:
    """One system in one ensemble, in plain numbers and texts."""
    return {
        "label": cell.label,
        "ensemble": cell.ensemble.kind(),
        "options": cell.ensemble.options,
        "member": dict(cell.values),
        "system": cell.system.to_dict(),
    }


def text(content: Any) -> str:
    """JSON, the same for the same content."""
    return json.dumps(content, default=repr, ensure_ascii=False)


def digest(cells: Iterable[Cell]) -> str:
    """SHA-256 over the records of some systems, in order."""
    found = hashlib.sha256()
    for cell in cells:
        found.update(text(record(cell)).encode())
        found.update(b"\n")
    return found.hexdigest()


def _systems(request: Request) -> str:
    if len(request.cells) <= SYSTEMS or not request.family:
        return text([record(cell) for cell in request.cells])
    made = [
        {
            "label": label,
            "ensemble": one.kind(),
            "options": one.options,
            "build": getattr(one.system.build, "__qualname__", repr(one.system.build)),
            "common": dict(one.system.common),
        }
        for label, one in request.names.items()
        if isinstance(one.system, Family)
    ]
    lists = {name: labels(values) for name, values in request.family.items()}
    return text(
        {"families": made, "lists": lists, "count": len(request.cells), "sha256": digest(request.cells)}
    )


def _span(values: Array) -> str:
    if len(values) <= 4:
        return str(values.tolist())
    return f"<{len(values)} values from {values[0]:g} to {values[-1]:g}>"
