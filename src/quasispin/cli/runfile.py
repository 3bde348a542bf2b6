"""The TOML file of a sweep: what it may say, and every mistake in it named at once."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationError
from pydantic_core import PydanticCustomError

from quasispin.cli import boxes
from quasispin.cli.boxes import (
    TAGS,
    ClusterTable,
    Finite,
    Mistake,
    Numbers,
    SystemTable,
    Table,
    Told,
    Whole,
    shape_of,
)
from quasispin.cli.quantities import LABORATORY
from quasispin.cli.words import same_name
from quasispin.ensembles.base import Ensemble
from quasispin.ensembles.catalogue import HOMES, ensemble_class, in_words, takers
from quasispin.errors import FileError, InputError, QuasispinError, shown
from quasispin.magneton import BOHR, Magneton
from quasispin.observables import BY_NAME, Observable
from quasispin.sweep.grid import Grid, named
from quasispin.sweep.laboratory import ENERGIES, per_laboratory_unit
from quasispin.system.family import Family
from quasispin.system.system import System
from quasispin.system.texts import decoded

MOST_POINTS = 10_000_000


OPTIONS = ("chemical_potential", "accuracy", "blocked")
"""What a kind of ensemble may have to choose."""


def _known_kind(word: str) -> str:
    if word not in HOMES:
        expected = in_words([repr(known) for known in HOMES])
        raise PydanticCustomError("literal_error", "one of {expected}", {"expected": expected})
    return word


class BlockedTable(Table):
    """The pair level that an odd electron blocks: number of the shell and of the pair in it, from 0."""

    shell: Annotated[Whole, Field(ge=0)]
    pair: Annotated[Whole, Field(ge=0)] = 0


class EnsembleTable(Table):
    """A `kind`, and what that kind has to choose."""

    kind: Annotated[str, AfterValidator(_known_kind)]
    chemical_potential: Finite | None = None
    accuracy: Finite | None = None
    blocked: BlockedTable | None = None
    label: Annotated[str, Field(min_length=1)] | None = None


class RangeTable(Table):
    """`points` values from `start` to `stop`, both included."""

    start: Finite
    stop: Finite
    points: Annotated[Whole, Field(ge=2, le=MOST_POINTS)]
    spacing: Literal["linear", "geometric"] = "linear"
    unit: Literal["K", "T"] | None = None

    def listed(self) -> list[float]:
        """The values."""
        space = np.linspace if self.spacing == "linear" else np.geomspace
        return [float(value) for value in space(self.start, self.stop, self.points)]


class ValuesTable(Table):
    """A number or a list with its unit."""

    values: Numbers
    unit: Literal["K", "T"] | None = None

    def listed(self) -> float | list[float]:
        """The values."""
        return self.values


Axis = Annotated[
    Annotated[Finite, Tag("number")]
    | Annotated[list[Finite], Field(min_length=1), Tag("list")]
    | Annotated[RangeTable, Tag("range")]
    | Annotated[ValuesTable, Tag("quantity")],
    Discriminator(lambda value: {"matrix": "list"}.get(shape_of(value), shape_of(value))),
]


class GridTable(Table):
    """Each a number, a list, or a range."""

    temperature: Axis
    field: Axis = 0.0


class UnitsTable(Table):
    """Which unit all energies in the file have; kelvin and tesla need it."""

    energy: Literal["meV", "eV", "keV", "MeV", "J", "K"]


class RunTable(Table):
    """The whole file."""

    units: UnitsTable | None = None
    observables: Annotated[list[str], Field(min_length=1)] = ["gap"]  # noqa: RUF012 - frozen, and copied by pydantic
    system: SystemTable | None = None
    cluster: ClusterTable | None = None
    ensemble: Annotated[list[EnsembleTable], Field(min_length=1)]
    grid: GridTable


@dataclass(frozen=True, eq=False)
class Run:
    """What a run file asks for: the arguments of `sweep`."""

    system: System | Family
    ensembles: tuple[Ensemble, ...]
    temperature: float | list[float]
    field: float | list[float]
    observables: tuple[Observable, ...]
    label: list[str] | None
    energy_unit: str | None = None
    notes: tuple[str, ...] = ()
    """How the level scheme was read that the file names."""


STANDARD_INPUT = "-"


def read(path: str | os.PathLike[str]) -> Run:
    """Read a run file, or with "-" standard input.

    Raises
    ------
    FileError
        If it cannot be read or says anything impossible: one line for each mistake, with its path.
    """
    name = "standard input" if str(path) == STANDARD_INPUT else Path(path).name
    data = _understood(_parsed(Path(path), name))
    mistakes = [*_combinations(data)]
    try:
        table = RunTable.model_validate(data)
    except ValidationError as error:
        mistakes = [*_translated(error), *mistakes]
    if not mistakes:
        run, mistakes = _built(table, Path(path).parent)
    if mistakes:
        raise FileError("\n".join(f"{name}: `{place}`: {words}" for place, words in mistakes), str(path))
    assert run is not None
    return run


def read_system(path: str | os.PathLike[str]) -> System | Family:
    """Only the system of a run file."""
    return read(path).system


def _parsed(path: Path, name: str) -> dict[str, Any]:
    is_input = name == "standard input"
    try:
        text = decoded(sys.stdin.buffer.read() if is_input else path.read_bytes(), name)
        return tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}.", str(path)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        hint = "" if is_input or path.suffix == ".toml" else ", as a run file (.toml) has to be"
        raise FileError(f"{name}: is not valid TOML{hint}: {error}.", str(path)) from None


def _understood(data: dict[str, Any]) -> dict[str, Any]:
    """The same in full: one table [ensemble] is a list of one, a text names observables with commas."""
    found = dict(data)
    if isinstance(found.get("ensemble"), Mapping):
        found["ensemble"] = [found["ensemble"]]
    if isinstance(found.get("ensemble"), list):
        found["ensemble"] = [_named(one, "kind", HOMES) for one in found["ensemble"]]
    names = found.get("observables")
    if isinstance(names, str) and names.strip():
        names = [part.strip() for part in names.split(",") if part.strip()]
    if isinstance(names, list):
        found["observables"] = [
            (same_name(one, BY_NAME) or one) if isinstance(one, str) else one for one in names
        ]
    return found


def _named(table: Any, key: str, known: Mapping[str, Any]) -> Any:
    if not isinstance(table, Mapping) or not isinstance(table.get(key), str):
        return table
    return {**table, key: same_name(table[key], known) or table[key]}


# -- mistakes of form ------------------------------------------------------------------------------

PHRASES = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "greater_than_equal": "must be at least {ge}, but is {input}",
    "less_than_equal": "must be at most {le}, but is {input}",
    "int_type": "must be a whole number, but is {input}",
    "int_from_float": "must be a whole number, but is {input}",
    "float_type": "must be a number, but is {input}",
    "finite_number": "must be finite, but is {input}",
    "string_type": "must be a text, but is {input}",
    "string_too_short": "must not be empty",
    "list_type": "must be a list, but is {input}",
    "too_short": "must hold at least {min_length} value, but is empty",
    "literal_error": "must be {expected}, but is {input}",
    "model_type": "must be a table, but is {input}",
    "model_attributes_type": "must be a table, but is {input}",
    "dict_type": "must be a table, but is {input}",
}


def _translated(error: ValidationError) -> Iterator[Mistake]:
    for item in error.errors():
        context = {**item.get("ctx", {}), "input": shown(item["input"])}
        phrase = PHRASES.get(item["type"])
        yield _place(item["loc"]), (phrase.format(**context) if phrase else item["msg"]) + "."


def _place(location: Sequence[int | str]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part not in TAGS)
    return "".join(parts).lstrip(".")


# -- mistakes of combination, found on what was written so that none hides another -------------------


def _combinations(data: Mapping[str, Any]) -> Iterator[Mistake]:
    yield from _boxes(data)
    for place, table in boxes.tables(data.get("ensemble"), "ensemble"):
        for option in OPTIONS:
            those = takers(option)
            if option in table and table.get("kind") not in those:
                yield f"{place}.{option}", f"goes with the kind {in_words(those)} only."
    names = data.get("observables")
    for i, name in enumerate(names if isinstance(names, list) else []):
        if isinstance(name, str) and name not in BY_NAME:
            yield f"observables[{i}]", f"must be one of {', '.join(BY_NAME)}, but is {name!r}."
    grid = data.get("grid")
    for key in ("temperature", "field"):
        axis = grid.get(key) if isinstance(grid, Mapping) else None
        if isinstance(axis, Mapping) and axis.get("unit") in LABORATORY.values():
            yield from _unit(axis["unit"], key, "units" in data or "cluster" in data)
        if isinstance(axis, Mapping) and axis.get("spacing") == "geometric":
            yield from _geometric(axis, f"grid.{key}")


def _unit(unit: str, key: str, has_units: bool) -> Iterator[Mistake]:
    if unit != LABORATORY[key]:
        yield f"grid.{key}.unit", f"must be {LABORATORY[key]!r}, but is {unit!r}."
    if not has_units:
        yield f"grid.{key}.unit", 'needs a table [units] with energy = "meV", the unit of all energies.'


def _boxes(data: Mapping[str, Any]) -> Iterator[Mistake]:
    system, cluster, units = (data.get(name) for name in ("system", "cluster", "units"))
    if "system" not in data and "cluster" not in data:
        yield "system", "is missing."
    if "system" in data and "cluster" in data:
        yield "cluster", "does not go together with system."
    if isinstance(system, Mapping):
        yield from boxes.system_mistakes(system)
    if isinstance(cluster, Mapping):
        yield from boxes.cluster_mistakes(
            cluster, units.get("energy") if isinstance(units, Mapping) else None
        )


def _geometric(axis: Mapping[str, Any], place: str) -> Iterator[Mistake]:
    for end in ("start", "stop"):
        value = axis.get(end)
        if isinstance(value, (int, float)) and not value > 0:
            yield f"{place}.{end}", f"must be above 0 for geometric spacing, but is {value}."


# -- mistakes of physics -----------------------------------------------------------------------------


def _built(table: RunTable, folder: Path) -> tuple[Run | None, list[Mistake]]:
    mistakes: list[Mistake] = []
    unit: str | None = table.units.energy if table.units else ("meV" if table.cluster else None)
    told = Told()
    system, wrong = _box(table, folder, told)
    if told.energy_unit is not None and unit not in (None, told.energy_unit):
        words = f"must be {told.energy_unit!r}, as the header of {table.system.levels} says, but is {unit!r}."  # type: ignore[union-attr]
        return None, [("units.energy", words)]
    magneton = BOHR if system is None else _magneton(system)
    temperature = _values(table.grid.temperature, "temperature", unit, magneton)
    field = _values(table.grid.field, "field", unit, magneton)
    for name, axis in (("temperature", temperature), ("field", field)):
        try:
            Grid.of(**{"temperature": 0.0, "field": 0.0, name: axis})
        except InputError as error:
            mistakes.append((f"grid.{name}", str(error)))
    if system is None:
        return None, [*wrong, *mistakes]
    ensembles = []
    for i, entry in enumerate(table.ensemble):
        try:
            ensembles.append(_ensemble(entry, system))
        except QuasispinError as error:
            mistakes.append((f"ensemble[{i}]", str(error)))
    try:
        label = _labels(table.ensemble, ensembles) if len(ensembles) == len(table.ensemble) else None
    except InputError as error:
        mistakes.append(("ensemble", str(error)))
    if mistakes:
        return None, mistakes
    observables = tuple(BY_NAME[name] for name in dict.fromkeys(table.observables))
    if unit is None and told.energy_unit in ENERGIES:
        unit = told.energy_unit
    notes = tuple(told.notes)
    return Run(system, tuple(ensembles), temperature, field, observables, label, unit, notes), []


def _magneton(system: System | Family) -> Magneton:
    one: Any = next(system.members())[1] if isinstance(system, Family) else system
    found: Magneton = one.magneton
    return found


def _values(
    axis: float | list[float] | RangeTable | ValuesTable,
    name: str,
    energy: str | None,
    magneton: Magneton,
) -> float | list[float]:
    """As energies, in the unit of the file."""
    if not isinstance(axis, (RangeTable, ValuesTable)):
        return axis
    listed = axis.listed()
    if axis.unit is None:
        return listed
    scale = per_laboratory_unit(energy, magneton)[name]
    return [value * scale for value in listed] if isinstance(listed, list) else listed * scale


def _box(table: RunTable, folder: Path, told: Told) -> tuple[System | Family | None, list[Mistake]]:
    """The system of the file, or what is wrong with it."""
    try:
        if table.cluster is not None:
            return boxes.cluster(table.cluster), []
        assert table.system is not None
        return boxes.system(table.system, folder, told), []
    except FileError as error:
        return None, [("system.levels", line) for line in str(error).split("\n")]
    except QuasispinError as error:
        return None, [("system" if table.system else "cluster", str(error))]


def _ensemble(table: EnsembleTable, system: System | Family) -> Ensemble:
    chosen: dict[str, Any] = {"chemical_potential": table.chemical_potential, "accuracy": table.accuracy}
    if table.blocked is not None:
        from quasispin.ensembles.mean_field_shells import Blocked

        chosen["blocked"] = Blocked(table.blocked.shell, table.blocked.pair)
    kind = ensemble_class(table.kind)
    return kind(system, **{name: value for name, value in chosen.items() if value is not None})


def _labels(tables: Sequence[EnsembleTable], ensembles: Sequence[Ensemble]) -> list[str] | None:
    if not any(table.label for table in tables):
        named(ensembles, None)
        return None
    names = [table.label or one.name for table, one in zip(tables, ensembles, strict=True)]
    named(ensembles, names)
    return names
