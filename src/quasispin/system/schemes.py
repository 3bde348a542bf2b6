"""Level schemes from a table: shells with their labels, read from CSV or TOML, every mistake named by line.

A CSV table has a header with `energy`, one or more of `degeneracy`, `moments`, `jj` (with `g_factor`),
`orbital`, `hemisphere`, and, if wanted, `label`; each row fills exactly one of them:

    # the two lowest shells of a deformed cluster
    label,  energy, moments,   degeneracy
    lower,  0.0,    1 2.5 0.5,
    upper,  0.7,    ,          3

A TOML file holds the same as tables `[[shells]]`, and may add `electrons` and either `coupling` (G, a number
or a matrix) or `strengths` (the nuclear V_jj' = G_jj'√(Ω_jΩ_j')), `title` and `source`.
"""

from __future__ import annotations

import csv
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quasispin.errors import FileError, InputError, finite, integer, shown
from quasispin.system.shell import MAX_PAIRS, Shell
from quasispin.system.system import Coupling, System
from quasispin.system.toml_lines import TomlLines

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["LevelScheme", "parse_csv", "parse_toml", "read_levels"]

KINDS = ("degeneracy", "moments", "jj", "orbital", "hemisphere")
COLUMNS = ("energy", *KINDS, "g_factor", "label")
TOP = ("title", "source", "electrons", "coupling", "strengths", "shells")
MAX_LEVELS = 10_000
"""More shells than this in one table are no level scheme but a mistake."""

Mistake = tuple[int | None, str]


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
        return f"<LevelScheme: {size} shell{'' if size == 1 else 's'} (M={pairs}){tail}>"


def read_levels(path: str | os.PathLike[str]) -> LevelScheme:
    """Read a level scheme from a file whose name ends in .csv or .toml.

    Raises
    ------
    FileError
        If it cannot be read or says anything impossible: one line of text for each mistake, with its line.
    """
    try:
        file = Path(path)
    except TypeError:
        raise InputError(f"`path` must be the path of a file, but is {shown(path)}.", path) from None
    parsers = {".csv": parse_csv, ".toml": parse_toml}
    if file.suffix.lower() not in parsers:
        raise FileError(f"{file.name}: a level scheme must be a .csv or a .toml file.", str(path))
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}.", str(path)) from None
    except UnicodeDecodeError:
        raise FileError(f"{file.name}: is not a text file in UTF-8.", str(path)) from None
    except ValueError:  # a null byte in the path
        raise FileError(f"{shown(str(path))}: cannot be read: no such path.", str(path)) from None
    return parsers[file.suffix.lower()](text, file.name)


def normalised(strengths: npt.ArrayLike, pair_degeneracies: Sequence[int]) -> npt.NDArray[np.float64]:
    """G_jj' = V_jj'/√(Ω_jΩ_j'), shape (S, S), from V_jj' between normalised pairs."""
    degeneracies = np.asarray(pair_degeneracies, dtype=np.float64)
    norm = np.sqrt(np.outer(degeneracies, degeneracies))
    matrix: npt.NDArray[np.float64] = np.asarray(strengths, dtype=np.float64) / norm
    return matrix


# -- CSV -------------------------------------------------------------------------------------------


def parse_csv(text: str, name: str = "levels") -> LevelScheme:
    """Read a level scheme from the text of a CSV table; `name` stands before every mistake."""
    found: list[Mistake] = []
    rows = _rows(text, found)
    if not rows:
        raise _complaint(name, found or [(None, "holds no level.")])
    (line, header), body = rows[0], rows[1:]
    columns = [cell.strip() for cell in header]
    found += [(line, words) for words in _header_mistakes(columns)]
    if found:  # rows under a wrong header would each repeat it
        raise _complaint(name, found)
    entries = []
    for line, cells in body:
        if len(cells) == len(columns):
            values = {key: _cell(key, cell.strip()) for key, cell in zip(columns, cells, strict=True)}
            entries.append(_Entry({key: v for key, v in values.items() if v != ""}, _same(line)))
        else:
            found.append((line, f"has {len(cells)} cells, but the header names {len(columns)}."))
    shells, labels = _levels(entries, found)
    if found or not shells:
        raise _complaint(name, found or [(None, "holds no level.")])
    return LevelScheme(shells, labels)


def _rows(text: str, found: list[Mistake]) -> list[tuple[int, list[str]]]:
    # a comment becomes an empty line, so that the lines keep their numbers
    lines = ("" if line.lstrip().startswith("#") else line for line in re.split(r"\r\n|\r|\n", text))
    reader = csv.reader(lines, strict=True, skipinitialspace=True)
    rows: list[tuple[int, list[str]]] = []
    start = 1  # of the row: a cell in quotes may go over several lines
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((start, cells))
            if len(rows) > MAX_LEVELS + 1:
                found.append((start, f"is one level more than the {MAX_LEVELS} allowed."))
                break
            start = reader.line_num + 1
    except csv.Error as error:
        is_open = "unexpected end of data" in str(error)
        words = "opens a quote that is not closed" if is_open else f"is not valid CSV: {error}"
        found.append((start, f"{words}."))
    return rows


def _header_mistakes(columns: Sequence[str]) -> Iterator[str]:
    for key in dict.fromkeys(columns):
        if key not in COLUMNS:
            yield f"`{key}` is no column of a level scheme; it has {', '.join(COLUMNS)}."
        elif columns.count(key) > 1:
            yield f"the column `{key}` is there {columns.count(key)} times."
    if "energy" not in columns:
        yield "the column `energy` is missing."
    if not set(columns) & set(KINDS):
        yield f"needs at least one of the columns {', '.join(KINDS)}."


def _cell(key: str, text: str) -> Any:
    if key == "label" or not text:
        return text
    if key == "moments":
        return [_number(part) for part in re.split(r"[;\s]+", text) if part]
    return _number(text)


def _number(text: str) -> int | float | str:
    """The number that a cell holds, or its text, which the check of that key will then refuse."""
    try:
        if re.fullmatch(r"[+-]?\d{1,9}", text):
            return int(text)
        if re.fullmatch(r"[+-]?\d{1,9}/\d{1,9}", text):
            return float(Fraction(text))
        return text if "_" in text else float(text)
    except (ValueError, ZeroDivisionError):
        return text


# -- TOML ------------------------------------------------------------------------------------------


def parse_toml(text: str, name: str = "levels") -> LevelScheme:
    """Read a level scheme from the text of a TOML file; `name` stands before every mistake."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FileError(f"{name}: is not valid TOML: {error}.", name) from None
    where, found = TomlLines(text, "shells"), []
    for key in data:
        if key not in TOP:
            found.append((where.top(key), f"`{key}` is not known; a level scheme has {', '.join(TOP)}."))
    tables = data.get("shells", [])
    if not isinstance(tables, list) or not tables or len(tables) > MAX_LEVELS:
        found.append((where.top("shells"), f"`shells` must be 1 to {MAX_LEVELS} tables."))
        raise _complaint(name, found)
    entries = [_Entry(table, where.of_table("shells", i)) for i, table in enumerate(tables)]
    shells, labels = _levels(entries, found)
    whole = shells if len(shells) == len(tables) else None
    electrons = _electrons(data, whole, where, found)
    coupling = _coupling(data, whole, len(tables), where, found)
    texts = {key: _text(data, key, where, found) for key in ("title", "source")}
    if found:
        raise _complaint(name, found)
    return LevelScheme(shells, labels, electrons, coupling, **texts)


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
        found.append((where.top("electrons"), str(error)))
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
        found.append((where.top("strengths"), "`strengths` and `coupling` exclude each other."))
    for key in given:
        try:
            checked = System([Shell.spin(1)] * size, 0, data[key])  # any shells serve to check the matrix
        except InputError as error:
            found.append((where.top(key), str(error).replace("`coupling`", f"`{key}`")))
            return None
    if shells is None or given[0] == "coupling":
        return checked.coupling
    matrix = normalised(checked.coupling_matrix, [shell.pair_degeneracy for shell in shells])
    return System(shells, 0, matrix).coupling


def _text(data: Mapping[str, Any], key: str, where: TomlLines, found: list[Mistake]) -> str:
    value = data.get(key, "")
    if isinstance(value, str):
        return value
    found.append((where.top(key), f"`{key}` must be a text, but is {shown(value)}."))
    return ""


# -- one level -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    """One row or one table, and the line of each of its keys."""

    data: Any
    line: Callable[[str | None], int | None]


def _same(line: int | None) -> Callable[[str | None], int | None]:
    def everywhere(_key: str | None) -> int | None:
        return line

    return everywhere


def _levels(entries: Iterable[_Entry], found: list[Mistake]) -> tuple[tuple[Shell, ...], tuple[str, ...]]:
    """The shells that are right and their labels; what is wrong goes to `found`."""
    shells, labels = [], []
    first: dict[str, int | None] = {}
    for entry in entries:
        if not isinstance(entry.data, Mapping):
            found.append((entry.line(None), f"a shell must be a table, but is {shown(entry.data)}."))
            continue
        label = entry.data.get("label", "")
        if not isinstance(label, str):
            found.append((entry.line("label"), f"`label` must be a text, but is {shown(label)}."))
        elif label and label in first:
            found.append((entry.line("label"), f"`label` {label!r} stands in line {first[label]} already."))
        elif label:
            first[label] = entry.line("label")
        wrong = list(_level_mistakes(entry.data))
        found += [(entry.line(key), words) for key, words in wrong]
        if not wrong:
            shells.append(_shell(entry.data))
            labels.append(str(label))
    return tuple(shells), tuple(labels)


def _level_mistakes(data: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    for key in data:
        if key not in COLUMNS:
            yield key, f"`{key}` is not known; a shell has {', '.join(COLUMNS)}."
    if "energy" not in data:
        yield None, "`energy` is missing."
    kinds = [kind for kind in KINDS if kind in data]
    if len(kinds) != 1:
        tail = f"has {' and '.join(kinds)}" if kinds else "has none"
        yield None, f"needs exactly one of {', '.join(KINDS)}, but {tail}."
    if "g_factor" in data and "jj" not in data:
        yield "g_factor", "`g_factor` goes with `jj` only."
    for key in data:
        if key in CHECKS:
            try:
                CHECKS[key](data[key])
            except InputError as error:  # a constructor names its argument, the file has a column
                yield key, re.sub(r"^`\w+`", f"`{key}`", str(error))


CHECKS: Mapping[str, Callable[[Any], object]] = {
    "energy": lambda value: finite("energy", value),
    "g_factor": lambda value: finite("g_factor", value),
    "degeneracy": lambda value: integer("degeneracy", value, low=1, high=MAX_PAIRS),
    "moments": Shell,
    "jj": Shell.jj,
    "orbital": Shell.orbital,
    "hemisphere": Shell.hemisphere,
}


def _shell(data: Mapping[str, Any]) -> Shell:
    known = {key: data[key] for key in COLUMNS if key in data and key not in ("label", "degeneracy")}
    if "degeneracy" in data:
        known["spin"] = data["degeneracy"]
    return Shell.from_dict(known)


def _complaint(name: str, found: Iterable[Mistake]) -> FileError:
    """One line of text for each mistake, in the order of the lines of the file."""
    ordered = sorted(found, key=lambda mistake: mistake[0] or 0)
    places = ((f"line {line}: " if line else "", words) for line, words in ordered)
    return FileError("\n".join(f"{name}: {place}{words}" for place, words in places), name)
