"""The TOML file of a sweep: what it may say, and every mistake in it named at once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from quasispin.cli.choices import ENSEMBLES, ensemble_class
from quasispin.ensembles.base import Ensemble
from quasispin.errors import FileError, InputError, QuasispinError, shown
from quasispin.observables import BY_NAME, Observable
from quasispin.sweep.grid import Grid, named
from quasispin.sweep.laboratory import per_laboratory_unit
from quasispin.system.family import Family
from quasispin.system.schemes import LevelScheme, read_levels
from quasispin.system.shell import Shell
from quasispin.system.system import System

MOST_POINTS = 10_000_000
SHAPES = ("orbital", "hemisphere", "spin", "moments", "jj")
TAGS = {"number", "list", "range", "quantity", "one", "matrix"}
LABORATORY = {"temperature": "K", "field": "T"}
"""The units besides that of the energies in which an axis may be given."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
Mistake = tuple[str, str]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ShellTable(_Table):
    """One of `orbital`, `hemisphere`, `spin`, `moments`, `jj` (with its `g_factor`), and an energy."""

    orbital: int | None = None
    hemisphere: int | None = None
    spin: int | None = None
    moments: list[Finite] | None = None
    jj: Finite | None = None
    g_factor: Finite | None = None
    energy: Finite = 0.0


def _shape(value: Any) -> str:
    if isinstance(value, Mapping):
        return "quantity" if "values" in value else "range"
    if isinstance(value, list):
        return "matrix" if value and isinstance(value[0], list) else "list"
    return "number"


class SystemTable(_Table):
    """`shell`, `shells` or `levels`, `electrons`, and `gap_scale` or `coupling`.

    A list of electrons makes a Family. `levels` names the file of a level scheme, which may say the rest.
    """

    shell: ShellTable | None = None
    shells: Annotated[list[ShellTable], Field(min_length=1)] | None = None
    levels: Annotated[str, Field(min_length=1)] | None = None
    electrons: (
        Annotated[
            Annotated[int, Tag("number")] | Annotated[list[int], Field(min_length=1), Tag("list")],
            Discriminator(lambda value: "list" if isinstance(value, list) else "number"),
        ]
        | None
    ) = None
    gap_scale: Finite | None = None
    coupling: (
        Annotated[
            Annotated[Finite, Tag("number")] | Annotated[list[list[Finite]], Tag("matrix")],
            Discriminator(lambda value: "matrix" if isinstance(value, list) else "number"),
        ]
        | None
    ) = None


class BlockedTable(_Table):
    """The pair level that an odd electron blocks: number of the shell and of the pair in it, from 0."""

    shell: Annotated[int, Field(ge=0)]
    pair: Annotated[int, Field(ge=0)] = 0


class EnsembleTable(_Table):
    """A `kind`, and what that kind has to choose."""

    kind: Literal["canonical", "grand-canonical", "number-parity", "mean-field"]
    chemical_potential: Finite | None = None
    accuracy: Finite | None = None
    blocked: BlockedTable | None = None
    label: Annotated[str, Field(min_length=1)] | None = None


class RangeTable(_Table):
    """`points` values from `start` to `stop`, both included."""

    start: Finite
    stop: Finite
    points: Annotated[int, Field(ge=2, le=MOST_POINTS)]
    spacing: Literal["linear", "geometric"] = "linear"
    unit: Literal["K", "T"] | None = None

    def listed(self) -> list[float]:
        """The values."""
        space = np.linspace if self.spacing == "linear" else np.geomspace
        return [float(value) for value in space(self.start, self.stop, self.points)]


class ValuesTable(_Table):
    """A number or a list with its unit."""

    values: Annotated[
        Annotated[Finite, Tag("number")] | Annotated[list[Finite], Field(min_length=1), Tag("list")],
        Discriminator(lambda value: "list" if isinstance(value, list) else "number"),
    ]
    unit: Literal["K", "T"] | None = None

    def listed(self) -> float | list[float]:
        """The values."""
        return self.values


Axis = Annotated[
    Annotated[Finite, Tag("number")]
    | Annotated[list[Finite], Field(min_length=1), Tag("list")]
    | Annotated[RangeTable, Tag("range")]
    | Annotated[ValuesTable, Tag("quantity")],
    Discriminator(lambda value: {"matrix": "list"}.get(_shape(value), _shape(value))),
]


class GridTable(_Table):
    """Each a number, a list, or a range."""

    temperature: Axis
    field: Axis = 0.0


class UnitsTable(_Table):
    """Which unit all energies in the file have; kelvin and tesla need it."""

    energy: Literal["meV", "eV", "keV", "MeV", "J", "K"]


class RunTable(_Table):
    """The whole file."""

    units: UnitsTable | None = None
    observables: Annotated[list[str], Field(min_length=1)] = ["gap"]
    system: SystemTable
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


def read(path: str | os.PathLike[str]) -> Run:
    """Read a run file.

    Raises
    ------
    FileError
        If it cannot be read or says anything impossible: one line for each mistake, with its path.
    """
    name = Path(path).name
    data = _parsed(Path(path))
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


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}.", str(path)) from None
    except UnicodeDecodeError:
        raise FileError(f"{path.name}: is not a text file in UTF-8.", str(path)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        hint = "" if path.suffix == ".toml" else ", as a run file (.toml) has to be"
        raise FileError(f"{path.name}: is not valid TOML{hint}: {error}.", str(path)) from None


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
    system = data.get("system")
    if isinstance(system, Mapping):
        yield from _one_of(system, "system", ("shell", "shells", "levels"))
        if "levels" not in system and "electrons" not in system:
            yield "system.electrons", "is missing."
        if "levels" not in system or {"gap_scale", "coupling"} <= set(system):
            yield from _one_of(system, "system", ("gap_scale", "coupling"))
        yield from _shells(system)
    for place, table in _tables(data.get("ensemble"), "ensemble"):
        if "chemical_potential" in table and table.get("kind") != "grand-canonical":
            yield f"{place}.chemical_potential", "goes with the kind grand-canonical only."
        if "accuracy" in table and table.get("kind") == "mean-field":
            yield f"{place}.accuracy", "goes with the exact kinds only, not with mean-field."
        if "blocked" in table and table.get("kind") != "mean-field":
            yield f"{place}.blocked", "goes with the kind mean-field only."
    names = data.get("observables")
    for i, name in enumerate(names if isinstance(names, list) else []):
        if isinstance(name, str) and name not in BY_NAME:
            yield f"observables[{i}]", f"must be one of {', '.join(BY_NAME)}, but is {name!r}."
    grid = data.get("grid")
    for key in ("temperature", "field"):
        axis = grid.get(key) if isinstance(grid, Mapping) else None
        if isinstance(axis, Mapping) and axis.get("unit") in LABORATORY.values():
            yield from _unit(axis["unit"], key, "units" in data)
        if isinstance(axis, Mapping) and axis.get("spacing") == "geometric":
            yield from _geometric(axis, f"grid.{key}")


def _unit(unit: str, key: str, has_units: bool) -> Iterator[Mistake]:
    if unit != LABORATORY[key]:
        yield f"grid.{key}.unit", f"must be {LABORATORY[key]!r}, but is {unit!r}."
    if not has_units:
        yield f"grid.{key}.unit", 'needs a table [units] with energy = "meV", the unit of all energies.'


def _shells(system: Mapping[str, Any]) -> Iterator[Mistake]:
    listed = system.get("shells")
    tables = [("system.shell", system["shell"])] if isinstance(system.get("shell"), Mapping) else []
    for place, table in [*tables, *_tables(listed, "system.shells")]:
        yield from _one_of(table, place, SHAPES)
        if "g_factor" in table and "jj" not in table:
            yield f"{place}.g_factor", "goes with jj only."
    if isinstance(listed, list) and len(listed) > 1 and "gap_scale" in system:
        yield "system.gap_scale", "is a scale of one shell: give `coupling` for several."


def _geometric(axis: Mapping[str, Any], place: str) -> Iterator[Mistake]:
    for end in ("start", "stop"):
        value = axis.get(end)
        if isinstance(value, (int, float)) and not value > 0:
            yield f"{place}.{end}", f"must be above 0 for geometric spacing, but is {value}."


def _tables(value: Any, place: str) -> list[tuple[str, Mapping[str, Any]]]:
    entries = value if isinstance(value, list) else []
    return [(f"{place}[{i}]", entry) for i, entry in enumerate(entries) if isinstance(entry, Mapping)]


def _one_of(table: Mapping[str, Any], place: str, keys: Sequence[str]) -> Iterator[Mistake]:
    given = [key for key in keys if key in table]
    if len(given) != 1:
        tail = f"has {' and '.join(given)}" if given else "has none"
        yield place, f"needs exactly one of {', '.join(keys)}, but {tail}."


# -- mistakes of physics -----------------------------------------------------------------------------


def _built(table: RunTable, folder: Path) -> tuple[Run | None, list[Mistake]]:
    mistakes: list[Mistake] = []
    unit = table.units.energy if table.units else None
    temperature = _values(table.grid.temperature, "temperature", unit)
    field = _values(table.grid.field, "field", unit)
    for name, axis in (("temperature", temperature), ("field", field)):
        try:
            Grid.of(**{"temperature": 0.0, "field": 0.0, name: axis})
        except InputError as error:
            mistakes.append((f"grid.{name}", str(error)))
    try:
        system = _system(table.system, folder)
    except FileError as error:
        return None, [*(("system.levels", line) for line in str(error).split("\n")), *mistakes]
    except QuasispinError as error:
        return None, [("system", str(error)), *mistakes]
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
    return Run(system, tuple(ensembles), temperature, field, observables, label, unit), []


def _values(
    axis: float | list[float] | RangeTable | ValuesTable, name: str, energy: str | None
) -> float | list[float]:
    """As energies, in the unit of the file."""
    if not isinstance(axis, (RangeTable, ValuesTable)):
        return axis
    listed = axis.listed()
    if axis.unit is None:
        return listed
    scale = per_laboratory_unit(energy)[name]
    return [value * scale for value in listed] if isinstance(listed, list) else listed * scale


def _system(table: SystemTable, folder: Path) -> System | Family:
    scheme = _scheme(table, folder)
    if table.gap_scale is not None and len(scheme.shells) > 1:
        raise InputError("`gap_scale` is a scale of one shell: give `coupling` for several.", table.gap_scale)

    def build(electrons: int | None) -> System:
        if table.gap_scale is not None:
            number = scheme.system(electrons, 0.0).electrons
            return System.single_shell(scheme.shells[0], number, gap_scale=table.gap_scale)
        return scheme.system(electrons, table.coupling)

    if isinstance(table.electrons, list):
        return Family(build, electrons=table.electrons)
    return build(table.electrons)


def _scheme(table: SystemTable, folder: Path) -> LevelScheme:
    if table.levels is not None:
        return read_levels(folder / table.levels)
    entries = table.shells if table.shells is not None else [table.shell]
    shells = tuple(Shell.from_dict(entry.model_dump(exclude_none=True)) for entry in entries if entry)
    return LevelScheme(shells, ("",) * len(shells))


def _ensemble(table: EnsembleTable, system: System | Family) -> Ensemble:
    kind = ensemble_class(table.kind)
    if table.blocked is not None:
        from quasispin.ensembles.mean_field_shells import Blocked

        level = Blocked(table.blocked.shell, table.blocked.pair)
        return kind(system, blocked=level)  # type: ignore[call-arg]
    chosen = {"chemical_potential": table.chemical_potential, "accuracy": table.accuracy}
    return kind(system, **{name: value for name, value in chosen.items() if value is not None})


def _labels(tables: Sequence[EnsembleTable], ensembles: Sequence[Ensemble]) -> list[str] | None:
    if not any(table.label for table in tables):
        named(ensembles, None)
        return None
    names = [table.label or one.name for table, one in zip(tables, ensembles, strict=True)]
    named(ensembles, names)
    return names


assert set(ENSEMBLES) == set(EnsembleTable.model_fields["kind"].annotation.__args__)  # type: ignore[union-attr]
