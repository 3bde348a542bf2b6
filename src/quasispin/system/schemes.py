"""Level schemes from files: shells with their labels, from a table or TOML, every mistake named by place.

A table has a header with `energy`, one or more of `states`, `pairs`, `degeneracy`, `moments`, `jj` (with
`g_factor`), `orbital`, `hemisphere`, or `m` for lists of single m-states, and, if wanted, `label`; each row
fills exactly one of them:

    # the two lowest shells of a deformed cluster
    label,  energy, moments,   pairs
    lower,  0.0,    1 2.5 0.5,
    upper,  0.7,    ,          3

Separators, decimal commas, comments and other columns are as people have them (`quasispin.system.tables`).
A TOML file holds the same as tables `[[shells]]`, and may add `electrons` and either `coupling` (G, a number
or a matrix) or `strengths` (the nuclear V_jj' = G_jj'√(Ω_jΩ_j')), `magneton`, `title` and `source`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from quasispin.errors import FileError, InputError, finite, integer, one_of, shown
from quasispin.errors import text as checked_text
from quasispin.magneton import BOHR, NUCLEAR, Magneton
from quasispin.magneton import checked as checked_magneton
from quasispin.system.shell import MAX_PAIRS, Shell
from quasispin.system.system import Coupling, System
from quasispin.system.tables import MAX_ROWS, Cell, Mistake, Row, Table, table
from quasispin.system.texts import decoded, number
from quasispin.system.toml_lines import TomlLines

if TYPE_CHECKING:
    import numpy.typing as npt

T = TypeVar("T")

__all__ = ["LevelScheme", "Reading", "parse_csv", "parse_toml", "read_levels"]

KINDS: Final = ("degeneracy", "states", "pairs", "moments", "jj", "orbital", "hemisphere")
COUNTS: Final = ("degeneracy", "states", "pairs")
COLUMNS: Final = ("energy", *KINDS, "g_factor", "label", "magneton")
TOP: Final = ("title", "source", "electrons", "coupling", "strengths", "magneton", "shells")
MAX_LEVELS: Final = MAX_ROWS
"""More shells than this in one file are no level scheme but a mistake."""
TABLES: Final = (".csv", ".txt", ".dat", ".tsv", ".tab", ".asc", "")
"""Endings of files that hold a table."""


@dataclass(frozen=True)
class Reading:
    """How a file is to be read where it does not say so itself.

    Raises
    ------
    InputError
        If a value is none of those allowed.
    """

    degeneracy: str | None = None
    """What the column `degeneracy`, or a row without one, counts: "states" or "pairs"; by default pairs."""
    magneton: Magneton | None = None
    """Of all moments; by default nuclear for `jj` and Bohr's for all others."""
    columns: tuple[str | None, ...] | None = None
    """What the columns are, where there is no header; None leaves one out."""
    decimal: str | None = None
    """"." or ",", where the numbers of a table do not say which it is."""
    merge: bool | None = None
    """Whether levels of equal energy become one shell; by default those of a table do."""

    def __post_init__(self) -> None:
        one_of("degeneracy", self.degeneracy, (None, "states", "pairs"))
        one_of("decimal", self.decimal, (None, ".", ","))
        one_of("merge", self.merge, (None, True, False))
        if self.magneton is not None:
            object.__setattr__(self, "magneton", checked_magneton(self.magneton))
        if self.columns is not None:
            given = self.columns
            if isinstance(given, str) or not isinstance(given, Sequence) or not given:
                raise InputError(f"`columns` must be a list of names, but is {shown(given)}.", given)
            for name in given:
                one_of("columns", name, (None, "m", "2m", "2j", *COLUMNS))
            object.__setattr__(self, "columns", tuple(given))


def _all(name: str, values: object, kind: type, words: str) -> tuple[Any, ...]:
    """The values as a tuple, if each is of the kind."""
    found = tuple(values) if isinstance(values, (list, tuple)) else None
    if found is None or not all(isinstance(one, kind) for one in found):
        raise InputError(f"`{name}` must be a list of {words}, but is {shown(values)}.", values)
    return found


@dataclass(frozen=True)
class LevelScheme:
    """Shells with their labels, and what a file says beside them. S shells.

    Examples
    --------
    >>> scheme = parse_csv("energy,degeneracy,label\\n0,1,a\\n0.5,2,b\\n")
    >>> scheme
    <LevelScheme: 2 shells (M=3): a, b>
    >>> scheme.system(electrons=2, coupling=0.1)
    <System: 2 electrons in 2 shells (M=3), G=0.1, even>
    """

    shells: tuple[Shell, ...]
    """In the order of the file."""
    labels: tuple[str, ...]
    """One for each shell; empty where the file has none."""
    electrons: int | None = None
    """N, if the file gives it."""
    coupling: Coupling | None = None
    """G or G_ss', if the file gives it."""
    title: str = ""
    source: str = ""
    energy_unit: str | None = None
    """The unit of the energies, if the header of a table names it."""
    report: str = field(default="", compare=False)
    """How the file was read, in one line."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "shells", _all("shells", self.shells, Shell, "Shells"))
        object.__setattr__(self, "labels", _all("labels", self.labels, str, "texts"))
        if not self.shells:
            raise InputError("`shells` must hold at least one Shell, but is empty.", self.shells)
        if len(self.labels) not in (0, len(self.shells)):
            raise InputError(
                f"`labels` must be one for each of {len(self.shells)} shells, but are {len(self.labels)}.",
                self.labels,
            )
        for name in ("title", "source", "report"):
            checked_text(name, getattr(self, name))
        if self.energy_unit is not None:
            checked_text("energy_unit", self.energy_unit)
        if self.electrons is not None:
            most = 2 * sum(shell.pair_degeneracy for shell in self.shells)
            object.__setattr__(self, "electrons", integer("electrons", self.electrons, low=0, high=most))
        if self.coupling is not None:  # as a system takes it
            electrons = 0 if self.electrons is None else self.electrons
            object.__setattr__(self, "coupling", System(self.shells, electrons, self.coupling).coupling)

    def system(self, electrons: int | None = None, coupling: float | npt.ArrayLike | None = None) -> System:
        """The scheme with N electrons and a coupling, each as in the file unless given here.

        Raises
        ------
        InputError
            If neither gives one of them, or they do not fit the shells.
        """
        number = self.electrons if electrons is None else electrons
        strength = self.coupling if coupling is None else coupling
        for name, value in (("electrons", number), ("coupling", strength)):
            if value is None:
                raise InputError(f"`{name}` must be given, for the level scheme has none.", None)
        assert number is not None
        assert strength is not None
        return System(self.shells, number, strength)

    def __repr__(self) -> str:
        size, pairs = len(self.shells), sum(shell.pair_degeneracy for shell in self.shells)
        named = [label for label in self.labels if label]
        tail = f": {', '.join(named[:6])}{', …' if len(named) > 6 else ''}" if named else ""
        units = {shell.magneton.symbol for shell in self.shells} - {BOHR.symbol}
        unit = f", moments in {units.pop()}" if units else ""
        return f"<LevelScheme: {size} shell{'' if size == 1 else 's'} (M={pairs}{unit}){tail}>"


def read_levels(
    path: str | os.PathLike[str],
    *,
    degeneracy: str | None = None,
    magneton: Magneton | None = None,
    columns: Sequence[str | None] | None = None,
    decimal: str | None = None,
    merge: bool | None = None,
) -> LevelScheme:
    """Read a level scheme from a table (.csv, .txt, .dat, .tsv …) or a TOML file (.toml).

    Tables are read as people have them: separated by spaces, tabs, semicolons or commas, with decimal commas,
    exponents of Fortran, comments behind #, % or !, units in the header, further columns, in UTF-8 or UTF-16.
    `LevelScheme.report` says how. What may be read in two ways is refused, with the keyword that settles it.

    Parameters
    ----------
    path
        The file.
    degeneracy
        What a column `degeneracy` counts, "states" (2j + 1) or "pairs" (j + ½, the default); also what each
        row is, one state or one pair, in a table that has no such column. Columns `states` and `pairs` say
        it themselves.
    magneton
        Of all moments; by default nuclear for `jj` and Bohr's for all others.
    columns
        What the columns are, such as ``["energy", None, "states"]``, in a table without a header; None leaves
        one out.
    decimal
        "." or ",", where the numbers do not say which it is.
    merge
        Whether levels of equal energy become one shell, which costs far less; by default those of a table do
        and those of TOML do not. Rows of single m-states become shells in any case.

    Raises
    ------
    FileError
        If it cannot be read or says anything impossible: one line of text for each mistake, with its line and
        column.
    InputError
        If a keyword is none of those allowed.
    """
    how = Reading(degeneracy, magneton, columns, decimal, merge)  # type: ignore[arg-type]
    try:
        file = Path(path)
    except TypeError:
        raise InputError(f"`path` must be the path of a file, but is {shown(path)}.", path) from None
    ending = file.suffix.lower()
    if ending not in (*TABLES, ".toml"):
        raise FileError(
            f"{file.name}: a level scheme must be a .csv or a .toml file (or a table as .txt, .dat or .tsv).",
            str(path),
        )
    try:
        data = file.read_bytes()
    except OSError as error:
        raise FileError(f"{str(path)[:200]}: cannot be read: {error.strerror}.", str(path)) from None
    except ValueError:  # a null byte in the path
        raise FileError(f"{shown(str(path))}: cannot be read: no such path.", str(path)) from None
    parse = parse_toml if ending == ".toml" else parse_csv
    return parse(decoded(data, file.name), file.name, how)


def normalised(strengths: npt.ArrayLike, pair_degeneracies: Sequence[int]) -> npt.NDArray[np.float64]:
    """G_jj' = V_jj'/√(Ω_jΩ_j'), shape (S, S), from V_jj' between normalised pairs."""
    degeneracies = np.asarray(pair_degeneracies, dtype=np.float64)
    norm = np.sqrt(np.outer(degeneracies, degeneracies))
    matrix: npt.NDArray[np.float64] = np.asarray(strengths, dtype=np.float64) / norm
    return matrix


# -- tables ----------------------------------------------------------------------------------------


def parse_csv(text: str, name: str = "levels", how: Reading | None = None) -> LevelScheme:
    """Read a level scheme from the text of a table; `name` stands before every mistake."""
    how = how or Reading()
    found_table = table(text, columns=how.columns, decimal=how.decimal)
    found = found_table.mistakes
    # rows under a wrong header would each repeat it
    if found_table.columns or not found:
        found += [Mistake(found_table.header or 1, words) for words in _missing(found_table, how)]
    is_wrong_header = any(one.line == found_table.header for one in found)
    if is_wrong_header or (found and not found_table.rows):
        raise _complaint(name, found)
    if not found_table.rows:
        raise _complaint(name, found or [Mistake(None, "holds no level.")])
    notes = list(found_table.notes)
    is_states = "m" in found_table.columns or "2m" in found_table.columns
    is_bare = not is_states and not set(found_table.columns) & {*KINDS, "2j"}
    count = how.degeneracy or "pairs"
    if "degeneracy" in found_table.columns:
        settled = "" if how.degeneracy else " (the default; say `degeneracy` if it counts states)"
        notes.append(f"degeneracy counts {count}{settled}")
    entries = [_entry(row, is_bare) for row in found_table.rows]
    if is_bare:
        notes.append(f"each row is one {count[:-1]}")
    reader = _read_m_states if is_states else _levels
    shells, labels = reader(entries, found, how)
    if is_bare and count == "states" and not found:
        shells, labels = _halved(shells, labels, entries, found)
    if found or not shells:
        raise _complaint(name, found or [Mistake(None, "holds no level.")])
    rows = len(entries)
    if is_states:
        notes.append(f"{rows} rows of {_kind_of_row(entries)} became {len(shells)} shells of equal energy")
    elif how.merge is not False:
        shells, labels = _merged(shells, labels)
        if len(shells) < rows:
            notes.append(f"{rows} rows of {len(shells)} energies merged into one shell for each")
    unit = found_table.energy_unit
    place = f"energy in column {found_table.columns['energy']}" + (f", {unit}" if unit else "")
    report = "; ".join([f"levels read: {rows}, {place}", *notes, _in_words(shells)])
    return LevelScheme(shells, labels, energy_unit=unit, report=report)


def _missing(read: Table, how: Reading) -> Iterator[str]:
    has_kind = how.degeneracy is not None or bool(set(read.columns) & {*KINDS, "2j", "m", "2m"})
    if "energy" not in read.columns or not has_kind:
        for name in read.unknown:  # one of them may be meant
            yield f"`{name}` is no column of a level scheme; it has {', '.join(COLUMNS)}."
    if "energy" not in read.columns:
        yield "the column `energy` is missing."
    if not has_kind:
        yield (
            f"needs at least one of the columns {', '.join(KINDS)}. "
            "Where each row is one state or one pair say degeneracy='states' or degeneracy='pairs'."
        )


def _entry(row: Row, is_bare: bool) -> _Entry:
    """A row with what its cells hold, under the keys of a shell."""
    values: dict[str, Any] = {key: _cell(key, cell.text) for key, cell in row.cells.items()}
    if isinstance(twice := values.pop("2j", None), int):
        values["jj"] = twice / 2
    elif twice is not None:
        values["jj"] = twice
    if is_bare:
        values["pairs"] = 1
    return _Entry(values, _places(row))


def _places(row: Row) -> Callable[[str | None], tuple[int | None, int | None]]:
    aliases = {"jj": "2j", "m": "2m"}

    def place(key: str | None) -> tuple[int | None, int | None]:
        cell: Cell | None = row.cells.get(key or "") or row.cells.get(aliases.get(key or "", ""))
        return row.line, None if cell is None else cell.column

    return place


def _cell(key: str, text: str) -> Any:
    if key in ("label", "magneton"):
        return text
    if key == "moments":
        return [number(part) for part in re.split(r"[;,\s]+", text) if part]
    return number(text)


# -- rows that are states ----------------------------------------------------------------------------


def _kind_of_row(entries: Sequence[_Entry]) -> str:
    return "single m-states" if any(_projection(one.data) < 0 for one in entries) else "pairs ±m"


def _projection(data: Mapping[str, Any]) -> float:
    return data["2m"] / 2 if "2m" in data else data["m"]  # type: ignore[no-any-return]


def _read_m_states(
    entries: Sequence[_Entry], found: list[Mistake], how: Reading
) -> tuple[tuple[Shell, ...], tuple[str, ...]]:
    """One shell for each energy, from rows that are pairs ±m, or states m whose partners are checked."""
    for entry in entries:
        for key in ("energy", "m", "2m", "g_factor"):
            if key in entry.data:
                try:
                    finite(key, entry.data[key])
                except InputError as error:
                    found.append(Mistake(entry.place(key)[0], str(error), entry.place(key)[1]))
        if "energy" not in entry.data:
            found.append(Mistake(entry.place(None)[0], "`energy` is missing."))
        if "m" not in entry.data and "2m" not in entry.data:
            found.append(Mistake(entry.place(None)[0], "`m` is missing."))
        if extra := [key for key in KINDS if key in entry.data and key not in ("jj",)]:
            words = f"is one state of given `m`, and has no `{extra[0]}`."
            found.append(Mistake(entry.place(extra[0])[0], words, entry.place(extra[0])[1]))
    if found:
        return (), ()
    is_single = any(_projection(one.data) < 0 for one in entries)
    is_nuclear = any({"jj", "g_factor"} & set(one.data) for one in entries)
    magneton = how.magneton or (NUCLEAR if is_nuclear else BOHR)
    shells, labels = [], []
    for energy, group in _by_energy(entries, [one.data["energy"] for one in entries]):
        members = [(_projection(one.data) * abs(one.data.get("g_factor", 1.0)), one) for one in group]
        if is_single:
            found += _unpaired(energy, members)
        moments = [abs(m) for m, _ in members if m > 0]
        zeros = sum(m == 0 for m, _ in members)
        moments += [0.0] * (zeros // 2 if is_single else zeros)
        if moments and not found:
            shells.append(Shell(moments, energy, magneton=magneton))
            labels.append(_joined([str(one.data.get("label", "")) for _, one in members]))
    return tuple(shells), tuple(labels)


def _unpaired(energy: float, members: Sequence[tuple[float, _Entry]]) -> Iterator[Mistake]:
    """States without the partner −m of the same energy."""
    left = list(members)
    for m, one in members:
        if not any(one is other for _, other in left):
            continue
        left = [pair for pair in left if pair[1] is not one]
        partner = next((pair for pair in left if pair[0] == -m), None)
        if partner is None:
            words = f"the state m = {m:g} at energy {energy:g} has no time-reversed partner m = {-m:g}."
            line, column = one.place("m")
            yield Mistake(line, words, column)
        else:
            left = [pair for pair in left if pair[1] is not partner[1]]


def _halved(
    shells: Sequence[Shell], labels: Sequence[str], entries: Sequence[_Entry], found: list[Mistake]
) -> tuple[tuple[Shell, ...], tuple[str, ...]]:
    """Rows that are single states without m: two of equal energy are a pair."""
    kept: list[Shell] = []
    names: list[str] = []
    for energy, group in _by_energy(
        list(zip(shells, labels, entries, strict=True)), [shell.energy for shell in shells]
    ):
        if len(group) % 2:
            words = f"the {len(group)} states at energy {energy:g} do not make pairs: each needs a partner."
            found.append(Mistake(group[-1][2].place(None)[0], words))
            continue
        kept.append(Shell.spin(len(group) // 2, energy, magneton=group[0][0].magneton))
        names.append(_joined([label for _, label, _ in group]))
    return tuple(kept), tuple(names)


def _by_energy(items: Sequence[T], energies: Sequence[float]) -> list[tuple[float, list[T]]]:
    """The items of each energy, in the order in which these first appear."""
    found: dict[float, list[T]] = {}
    for item, energy in zip(items, energies, strict=True):
        found.setdefault(float(energy), []).append(item)
    return list(found.items())


def _merged(shells: Sequence[Shell], labels: Sequence[str]) -> tuple[tuple[Shell, ...], tuple[str, ...]]:
    """One shell for each energy: its work depends on how many energies there are, not on how many rows."""
    groups = _by_energy(list(zip(shells, labels, strict=True)), [shell.energy for shell in shells])
    kept: list[Shell] = []
    names: list[str] = []
    for energy, group in groups:
        for magneton in dict.fromkeys(shell.magneton for shell, _ in group):  # a mixture stays one
            own = [(shell, label) for shell, label in group if shell.magneton == magneton]
            if len(own) == 1:
                kept.append(own[0][0])
            else:
                kept.append(Shell([m for shell, _ in own for m in shell.moments], energy, magneton=magneton))
            names.append(_joined([label for _, label in own]))
    return tuple(kept), tuple(names)


def _joined(labels: Sequence[str]) -> str:
    named = list(dict.fromkeys(filter(None, labels)))
    return " + ".join(named[:4]) + (" + …" if len(named) > 4 else "")


def _in_words(shells: Sequence[Shell]) -> str:
    pairs = sum(shell.pair_degeneracy for shell in shells)
    symbols = " and ".join(dict.fromkeys(shell.magneton.symbol for shell in shells))
    return f"{len(shells)} shell{'' if len(shells) == 1 else 's'} of {pairs} pairs, moments in {symbols}"


# -- TOML ------------------------------------------------------------------------------------------


def parse_toml(text: str, name: str = "levels", how: Reading | None = None) -> LevelScheme:
    """Read a level scheme from the text of a TOML file; `name` stands before every mistake."""
    how = how or Reading()
    text = re.sub(r"\r\n|\r", "\n", text.removeprefix("\ufeff"))
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FileError(f"{name}: is not valid TOML: {error}.", name) from None
    where, found = TomlLines(text, "shells"), []
    for key in data:
        if key not in TOP:
            words = f"`{key}` is not known; a level scheme has {', '.join(TOP)}."
            found.append(Mistake(where.top(key), words))
    tables = data.get("shells", [])
    if not isinstance(tables, list) or not tables or len(tables) > MAX_LEVELS:
        found.append(Mistake(where.top("shells"), f"`shells` must be 1 to {MAX_LEVELS} tables."))
        raise _complaint(name, found)
    if how.magneton is None and "magneton" in data:
        try:
            how = replace(how, magneton=checked_magneton(data["magneton"]))
        except InputError as error:
            found.append(Mistake(where.top("magneton"), str(error)))
    entries = [_Entry(one, _lines(where.of_table("shells", i))) for i, one in enumerate(tables)]
    shells, labels = _levels(entries, found, how)
    whole = shells if len(shells) == len(tables) else None
    electrons = _electrons(data, whole, where, found)
    coupling = _coupling(data, whole, len(tables), where, found)
    texts = {key: _text(data, key, where, found) for key in ("title", "source")}
    if found:
        raise _complaint(name, found)
    notes = []
    if any("degeneracy" in one for one in tables):
        settled = "" if how.degeneracy else " (the default; say `degeneracy` if it counts states)"
        notes.append(f"degeneracy counts {how.degeneracy or 'pairs'}{settled}")
    energies = len({shell.energy for shell in shells})
    if how.merge and not isinstance(coupling, tuple):
        shells, labels = _merged(shells, labels)
        notes += [f"merged into one for each of {energies} energies"] if energies < len(tables) else []
    elif energies < len(tables):
        notes.append(f"of {energies} energies only, which merge=True makes one shell each")
    report = "; ".join([f"levels read: {len(tables)}", *notes, _in_words(shells)])
    return LevelScheme(shells, labels, electrons, coupling, **texts, report=report)


def _lines(line: Callable[[str | None], int | None]) -> Callable[[str | None], tuple[int | None, None]]:
    return lambda key: (line(key), None)


def _electrons(
    data: Mapping[str, Any], shells: Sequence[Shell] | None, where: TomlLines, found: list[Mistake]
) -> int | None:
    if "electrons" not in data:
        return None
    # where a shell is wrong the capacity is not known
    capacity = None if shells is None else 2 * sum(shell.pair_degeneracy for shell in shells)
    try:
        return integer("electrons", data["electrons"], low=0, high=capacity)
    except InputError as error:
        found.append(Mistake(where.top("electrons"), str(error)))
        return None


def _coupling(
    data: Mapping[str, Any],
    shells: Sequence[Shell] | None,
    size: int,
    where: TomlLines,
    found: list[Mistake],
) -> Coupling | None:
    given = [key for key in ("coupling", "strengths") if key in data]
    if not given:
        return None
    if len(given) > 1:
        found.append(Mistake(where.top("strengths"), "`strengths` and `coupling` exclude each other."))
    for key in given:
        try:
            checked = System([Shell.spin(1)] * size, 0, data[key])  # any shells serve to check the matrix
        except InputError as error:
            found.append(Mistake(where.top(key), str(error).replace("`coupling`", f"`{key}`")))
            return None
    if shells is None or given[0] == "coupling":
        return checked.coupling
    matrix = normalised(checked.coupling_matrix, [shell.pair_degeneracy for shell in shells])
    return System(shells, 0, matrix).coupling


def _text(data: Mapping[str, Any], key: str, where: TomlLines, found: list[Mistake]) -> str:
    value = data.get(key, "")
    if isinstance(value, str):
        return value
    found.append(Mistake(where.top(key), f"`{key}` must be a text, but is {shown(value)}."))
    return ""


# -- one level -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    """One row or one table, and the line and column of each of its keys."""

    data: Any
    place: Callable[[str | None], tuple[int | None, int | None]]


def _levels(
    entries: Iterable[_Entry], found: list[Mistake], how: Reading
) -> tuple[tuple[Shell, ...], tuple[str, ...]]:
    """The shells that are right and their labels; what is wrong goes to `found`."""
    shells, labels = [], []
    first: dict[str, tuple[int | None, Any]] = {}
    for entry in entries:

        def tell(key: str | None, words: str, entry: _Entry = entry) -> None:
            line, column = entry.place(key)
            found.append(Mistake(line, words, column))

        if not isinstance(entry.data, Mapping):
            tell(None, f"a shell must be a table, but is {shown(entry.data)}.")
            continue
        label, energy = entry.data.get("label", ""), entry.data.get("energy")
        if not isinstance(label, str):
            tell("label", f"`label` must be a text, but is {shown(label)}.")
        elif label and label in first and first[label][1] != energy:
            tell("label", f"`label` {label!r} stands in line {first[label][0]} already.")
        elif label:
            first.setdefault(label, (entry.place("label")[0], energy))
        wrong = list(_level_mistakes(entry.data, how))
        for key, words in wrong:
            tell(key, words)
        if not wrong:
            shells.append(_shell(entry.data, how))
            labels.append(str(label))
    return tuple(shells), tuple(labels)


def _level_mistakes(data: Mapping[str, Any], how: Reading) -> Iterator[tuple[str | None, str]]:
    for key in data:
        if key not in COLUMNS:
            yield key, f"`{key}` is not known; a shell has {', '.join(COLUMNS)}."
    if "energy" not in data:
        yield None, "`energy` is missing."
    kinds = [kind for kind in KINDS if kind in data]
    wrong = []
    for key in data:
        if key in CHECKS:
            try:
                CHECKS[key](data[key])
            except InputError as error:  # a constructor names its argument, the file has a column
                wrong.append((key, re.sub(r"^`\w+`", f"`{key}`", str(error))))
    if not wrong and len(kinds) == 2 and kinds[1] == "jj" and kinds[0] in COUNTS:
        yield from _counted(kinds[0], data, how)
    elif len(kinds) != 1:
        tail = f"has {' and '.join(kinds)}" if kinds else "has none"
        yield None, f"needs exactly one of {', '.join(KINDS)}, but {tail}."
    if "g_factor" in data and "jj" not in data:
        yield "g_factor", "`g_factor` goes with `jj` only."
    if not wrong and (count := _pairs(data, how)) is not None and (count != int(count)):
        key = "states" if "states" in data else "degeneracy"
        yield key, f"`{key}` counts states and must be even, but is {shown(data[key])}."
    yield from wrong


def _counted(key: str, data: Mapping[str, Any], how: Reading) -> Iterator[tuple[str, str]]:
    """A degeneracy beside j must be that of j."""
    pairs = Shell.jj(data["jj"]).pair_degeneracy
    allowed = {"states": (2 * pairs,), "pairs": (pairs,)}.get(
        how.degeneracy or "" if key == "degeneracy" else key, (pairs, 2 * pairs)
    )
    if data[key] not in allowed:
        words = f"`{key}` must be that of `jj`, {' or '.join(map(str, allowed))}, but is {shown(data[key])}."
        yield key, words


def _pairs(data: Mapping[str, Any], how: Reading) -> float | None:
    """How many pairs a row counts; not a whole number where its states are odd."""
    if "jj" in data:
        return None
    if "states" in data or ("degeneracy" in data and how.degeneracy == "states"):
        return float(data["states" if "states" in data else "degeneracy"]) / 2
    found = data.get("pairs", data.get("degeneracy"))
    return None if found is None else float(found)


def _count(name: str) -> Callable[[Any], object]:
    return lambda value: integer(name, value, low=1, high=MAX_PAIRS * (2 if name == "states" else 1))


CHECKS: Mapping[str, Callable[[Any], object]] = {
    "energy": lambda value: finite("energy", value),
    "g_factor": lambda value: finite("g_factor", value),
    **{name: _count(name) for name in COUNTS},
    "magneton": checked_magneton,
    "moments": Shell,
    "jj": Shell.jj,
    "orbital": Shell.orbital,
    "hemisphere": Shell.hemisphere,
}


def _shell(data: Mapping[str, Any], how: Reading) -> Shell:
    left_out = ("label", *COUNTS)
    known = {key: data[key] for key in COLUMNS if key in data and key not in left_out}
    if (pairs := _pairs(data, how)) is not None:
        known["spin"] = int(pairs)
    if how.magneton is not None:
        known.setdefault("magneton", how.magneton)
    return Shell.from_dict(known)


def _complaint(name: str, found: Iterable[Mistake]) -> FileError:
    """One line of text for each mistake, in the order of the lines of the file."""
    ordered = sorted(found, key=lambda mistake: mistake.line or 0)
    lines = []
    for line, words, column in ordered:
        place = f"line {line}, column {column}: " if column else f"line {line}: " if line else ""
        lines.append(f"{name}: {place}{words}")
    return FileError("\n".join(lines), name)
