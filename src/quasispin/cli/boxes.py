"""What a run file puts in the box: the tables [system] and [cluster], and the System or Family they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from quasispin.errors import InputError
from quasispin.magneton import MAGNETONS
from quasispin.system.cluster import Cluster, Window
from quasispin.system.family import Family
from quasispin.system.geometry import GEOMETRIES
from quasispin.system.materials import Material
from quasispin.system.schemes import LevelScheme, read_levels
from quasispin.system.shell import Shell
from quasispin.system.system import System

SHAPES = ("orbital", "hemisphere", "spin", "moments", "jj")
TAGS = {"number", "list", "range", "quantity", "one", "matrix"}
READING = ("degeneracy", "columns", "decimal", "merge")
"""How a level scheme is read."""
SWEPT = ("orbital", "hemisphere", "spin", "jj", "g_factor")
"""What a shell may have a list of."""

Mistake = tuple[str, str]


@dataclass
class Told:
    """What a level scheme says besides its levels."""

    notes: list[str] = field(default_factory=list)
    energy_unit: str | None = None


class Table(BaseModel):
    """Strict, and without what it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def shape_of(value: Any) -> str:
    """The tag of what was written."""
    if isinstance(value, Mapping):
        return "quantity" if "values" in value else "range"
    if isinstance(value, list):
        return "matrix" if value and isinstance(value[0], list) else "list"
    return "number"


def _list_or_number(value: Any) -> str:
    return "list" if isinstance(value, list) else "number"


def _matrix_list_or_number(value: Any) -> str:
    return shape_of(value) if isinstance(value, list) else "number"


def _whole(value: Any) -> Any:
    """4.0 is the number 4 in every mouth."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Finite = Annotated[float, Field(allow_inf_nan=False)]
Whole = Annotated[int, BeforeValidator(_whole)]
Some = Field(min_length=1)
Numbers = Annotated[
    Annotated[Finite, Tag("number")] | Annotated[list[Finite], Some, Tag("list")],
    Discriminator(_list_or_number),
]
"""A number, or a list of them that becomes a dimension."""
Integers = Annotated[
    Annotated[Whole, Tag("number")] | Annotated[list[Whole], Some, Tag("list")],
    Discriminator(_list_or_number),
]
Words = Annotated[
    Annotated[str, Tag("number")] | Annotated[list[str], Some, Tag("list")],
    Discriminator(_list_or_number),
]


class ShellTable(Table):
    """One of `orbital`, `hemisphere`, `spin`, `moments`, `jj` (with its `g_factor`), an energy, a magneton.

    In `shell`, but not in `shells`, any of these but the moments may be lists.
    """

    orbital: Integers | None = None
    hemisphere: Integers | None = None
    spin: Integers | None = None
    moments: list[Finite] | None = None
    jj: Numbers | None = None
    g_factor: Numbers | None = None
    energy: Finite = 0.0
    magneton: Literal["bohr", "nuclear"] | None = None


class SystemTable(Table):
    """`shell`, `shells` or `levels`, `electrons`, and `gap_scale` or `coupling`.

    Lists make a Family. `levels` names the file of a level scheme, which may say the rest; `degeneracy`,
    `columns`, `decimal` and `merge` say how to read it. `magneton` is that of all moments.
    """

    shell: ShellTable | None = None
    shells: Annotated[list[ShellTable], Some] | None = None
    levels: Annotated[str, Field(min_length=1)] | None = None
    degeneracy: Literal["states", "pairs"] | None = None
    columns: Annotated[list[str], Some] | None = None
    decimal: Literal[".", ","] | None = None
    merge: bool | None = None
    magneton: Literal["bohr", "nuclear"] | None = None
    electrons: Integers | None = None
    gap_scale: Numbers | None = None
    coupling: (
        Annotated[
            Annotated[Finite, Tag("number")]
            | Annotated[list[Finite], Some, Tag("list")]
            | Annotated[list[list[Finite]], Tag("matrix")],
            Discriminator(_matrix_list_or_number),
        ]
        | None
    ) = None


class ClusterTable(Table):
    """A material, a geometry with its `radius` in nm or its `atoms`, and what the geometry needs besides.

    Energies are in meV, lengths in nm. Lists make a Family.
    """

    material: Words
    geometry: Literal["sphere", "oscillator", "hemisphere", "layer", "spheroid", "spin-orbit"] = "sphere"
    radius: Numbers | None = None
    atoms: Integers | None = None
    electrons: Integers | None = None
    thickness: Numbers | None = None
    splitting: Numbers | None = None
    strength: Numbers | None = None
    gap: Finite | None = None
    window: Integers | None = None
    keeps_coupling: bool | None = None
    """Whether a split shell keeps G = 2Δ₀/M of the shell without splitting."""


# -- mistakes of combination ---------------------------------------------------------------------------


def system_mistakes(system: Mapping[str, Any]) -> Iterator[Mistake]:
    """What does not go together in [system]."""
    yield from one_of(system, "system", ("shell", "shells", "levels"))
    for key in READING:
        if key in system and "levels" not in system:
            yield f"system.{key}", "goes with `levels` only."
    if "levels" not in system and "electrons" not in system:
        yield "system.electrons", "is missing."
    if "levels" not in system or {"gap_scale", "coupling"} <= set(system):
        yield from one_of(system, "system", ("gap_scale", "coupling"))
    listed = system.get("shells")
    single = [("system.shell", system["shell"])] if isinstance(system.get("shell"), Mapping) else []
    several = tables(listed, "system.shells")
    for place, table in [*single, *several]:
        yield from one_of(table, place, SHAPES)
        if "g_factor" in table and "jj" not in table:
            yield f"{place}.g_factor", "goes with jj only."
    for place, table in several:
        for key in SWEPT:
            if isinstance(table.get(key), list):
                yield f"{place}.{key}", "must not be a list: one shell alone may be swept, as `shell`."
    if isinstance(listed, list) and len(listed) > 1 and "gap_scale" in system:
        yield "system.gap_scale", "is a scale of one shell: give `coupling` for several."


def cluster_mistakes(cluster: Mapping[str, Any], unit: object) -> Iterator[Mistake]:
    """What does not go together in [cluster]; its energies are in meV."""
    yield from one_of(cluster, "cluster", ("radius", "atoms"))
    if unit not in {None, "meV"}:
        yield "units.energy", f"must be 'meV' with a cluster, but is {unit!r}."
    kind = cluster.get("geometry", "sphere")
    if kind not in GEOMETRIES:
        return
    needed = GEOMETRIES[kind][1]
    for name in ("thickness", "splitting", "strength"):
        if (name in cluster) != (name == needed):
            yield (
                "cluster",
                f"{'needs' if name == needed else 'does not take'} `{name}` with geometry {kind!r}.",
            )


def one_of(table: Mapping[str, Any], place: str, keys: Sequence[str]) -> Iterator[Mistake]:
    """Unless exactly one of these is there."""
    given = [key for key in keys if key in table]
    if len(given) != 1:
        tail = f"has {' and '.join(given)}" if given else "has none"
        yield place, f"needs exactly one of {', '.join(keys)}, but {tail}."


def tables(value: Any, place: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The tables of an array of tables, each with its place."""
    entries = value if isinstance(value, list) else []
    return [(f"{place}[{i}]", entry) for i, entry in enumerate(entries) if isinstance(entry, Mapping)]


# -- what they make ------------------------------------------------------------------------------------


def system(table: SystemTable, folder: Path, told: Told) -> System | Family:
    """The System of a table, or the Family where it has lists."""
    fixed = _scheme(table, folder, told)
    if table.gap_scale is not None and fixed is not None and len(fixed.shells) > 1:
        raise InputError("`gap_scale` is a scale of one shell: give `coupling` for several.", table.gap_scale)
    matrix = table.coupling if shape_of(table.coupling) == "matrix" else None
    shape = _described(table.shell, table) if table.shell is not None else {}
    swept = {key: shape.pop(key) for key in SWEPT if isinstance(shape.get(key), list)}

    def build(
        electrons: int | None = None,
        gap_scale: float | None = None,
        coupling: float | None = None,
        **form: Any,
    ) -> System:
        scheme = fixed or _alone(Shell.from_dict({**shape, **form}))
        strength = coupling if matrix is None else matrix
        if gap_scale is None:
            return scheme.system(electrons, strength)
        number = scheme.system(electrons, 0.0).electrons
        return System.single_shell(scheme.shells[0], number, gap_scale=gap_scale)

    chosen = {**swept, "electrons": table.electrons, "gap_scale": table.gap_scale}
    return _one_or_family(build, chosen | ({"coupling": table.coupling} if matrix is None else {}))


def cluster(table: ClusterTable) -> System | Family:
    """The last shell of a cluster, or a window of shells, in meV; or a Family of them."""
    kind, needed = GEOMETRIES[table.geometry]

    def build(
        material: str,
        radius: float = 0.0,
        atoms: int | None = None,
        electrons: int | None = None,
        gap: float | None = None,
        window: int | None = None,
        keeps_coupling: bool = False,
        **extra: float,
    ) -> System:
        metal = Material.named(material)
        found = (
            Cluster(metal, kind(radius, **extra))
            if atoms is None
            else Cluster.of_atoms(metal, atoms, kind, **extra)
        )
        count = found.electrons if electrons is None else electrons
        grain = Cluster(metal, found.geometry, count, keeps_coupling=keeps_coupling)
        return grain.system(gap, None if window is None else Window(window, window))

    names = ["material", "radius", "atoms", *([needed] if needed else []), "electrons", "gap", "window"]
    names.append("keeps_coupling")
    return _one_or_family(build, {name: getattr(table, name) for name in names})


def _one_or_family(build: Any, arguments: Mapping[str, Any]) -> System | Family:
    given = {name: value for name, value in arguments.items() if value is not None}
    if any(isinstance(value, list) for value in given.values()):
        return Family(build, **given)
    made: System = build(**given)
    return made


def _described(entry: ShellTable, table: SystemTable) -> dict[str, Any]:
    """A shell in the magneton of all, unless it has its own."""
    usual = {} if table.magneton is None else {"magneton": table.magneton}
    return usual | entry.model_dump(exclude_none=True)


def _scheme(table: SystemTable, folder: Path, told: Told) -> LevelScheme | None:
    """The shells of a table; none where a list says which shell it is."""
    if table.levels is not None:
        found_scheme = read_levels(
            folder / table.levels,
            degeneracy=table.degeneracy,
            magneton=None if table.magneton is None else MAGNETONS[table.magneton],
            columns=None if table.columns is None else [name or None for name in table.columns],
            decimal=table.decimal,
            merge=table.merge,
        )
        told.notes.append(f"{table.levels}: {found_scheme.report}")
        told.energy_unit = found_scheme.energy_unit
        return found_scheme
    entries = table.shells if table.shells is not None else [table.shell]
    found = [_described(entry, table) for entry in entries if entry]
    if any(isinstance(entry.get(key), list) for entry in found for key in SWEPT):
        return None
    shells = tuple(Shell.from_dict(entry) for entry in found)
    return LevelScheme(shells, ("",) * len(shells))


def _alone(shell: Shell) -> LevelScheme:
    return LevelScheme((shell,), ("",))
