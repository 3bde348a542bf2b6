"""Tables as people have them: the separator, the decimal sign, the header and what its columns mean.

A table is read in one way or not at all: where two readings are possible the message asks, and names the
keyword that settles it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from quasispin.system.texts import MINUS, number

__all__ = ["Cell", "Mistake", "Row", "Table", "table"]

MAX_ROWS: Final = 10_000
"""More rows than this are no level scheme but a mistake."""
COMMENTS: Final = ("#", "%", "!")
SEPARATORS: Final = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "spaces"}
UNITS: Final = ("meV", "eV", "keV", "MeV", "J", "K")
NAMES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("energy", "energies", "e", "ε", "ϵ", "epsilon", "eps", "spe"), "energy"),
    **dict.fromkeys(("degeneracy", "deg", "degen", "multiplicity"), "degeneracy"),
    **dict.fromkeys(("states", "2j+1", "n_states"), "states"),
    **dict.fromkeys(("pairs", "n_pairs"), "pairs"),
    **dict.fromkeys(("moments", "moment"), "moments"),
    **dict.fromkeys(("jj", "j"), "jj"),
    **dict.fromkeys(("2j", "2jj"), "2j"),
    **dict.fromkeys(("m", "mj", "m_j", "jz", "j_z"), "m"),
    **dict.fromkeys(("2m", "2mj", "2m_j"), "2m"),
    **dict.fromkeys(("g_factor", "g factor", "gfactor", "g-factor"), "g_factor"),
    **dict.fromkeys(("label", "name", "level", "nlj"), "label"),
    "orbital": "orbital",
    "hemisphere": "hemisphere",
    "magneton": "magneton",
}
"""What headers call our columns, in small letters."""
QUESTIONS: Final = {
    "g": "a degeneracy or a g factor: name it `states`, `pairs` or `g_factor`",
    **dict.fromkeys(
        ("ω", "omega"), "a number of pairs or the projection of a Nilsson level: name it `pairs` or `m`"
    ),
}
"""Columns that have two meanings, and what settles it."""
BRACKETS: Final = re.compile(r"\s*[(\[]\s*([^)\]]*?)\s*[)\]]\s*$")
BEHIND: Final = re.compile(rf"\s*(?:/|_|,|\bin\b|\s)\s*({'|'.join(UNITS)})$")
THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
COMMA: Final = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eEdD][+-]?\d+)?")
POINT: Final = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+)(?:[eEdD][+-]?\d+)?")
RUNNING: Final = ("", "index", "idx", "no", "no.", "nr", "nr.", "#", "unnamed: 0")
"""What a column of running numbers may be called."""


class Mistake(NamedTuple):
    """What is wrong, and where: the line of the file and the column of the table, both from 1."""

    line: int | None
    words: str
    column: int | None = None


class Cell(NamedTuple):
    """What stands there, and in which column."""

    text: str
    column: int


class Row(NamedTuple):
    """The cells that are ours, by the names that we give their columns; empty ones left out."""

    line: int
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Table:
    """The rows of a table, and how it was read."""

    rows: tuple[Row, ...]
    columns: Mapping[str, int]
    """Our name of each column that is used, and where it stands."""
    header: int | None
    """Line of the header."""
    energy_unit: str | None
    notes: tuple[str, ...]
    """What was taken how, in a few words each."""
    unknown: tuple[str, ...] = ()
    """Columns that are left out because nobody knows their names."""
    mistakes: list[Mistake] = field(default_factory=list)


def table(
    text: str,
    *,
    columns: Sequence[str | None] | None = None,
    decimal: str | None = None,
) -> Table:
    """Read the text of a table; what is wrong goes into its `mistakes`.

    Parameters
    ----------
    text
        Lines that end in CR, LF or both; a comment begins with #, % or !.
    columns
        What the columns are, where there is no header or another one is meant; None leaves one out.
    decimal
        "." or ",", where the numbers do not say which it is.
    """
    found: list[Mistake] = []
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    separator, header, rows = _split(lines, columns is not None, found)
    if not rows and header is None:
        return Table((), {}, None, None, (), (), found or [Mistake(None, "holds no level.")])
    notes = [f"separated by {SEPARATORS[separator]}"]
    if columns is not None:
        names: list[str] = [name or "" for name in columns]
        place, unit = None if header is None else header[0], None
    elif header is None or _is_headless(header[1]):
        first = rows[0][0] if header is None else header[0]
        words = "has no header: say by `columns` what they are, such as columns=['energy', 'pairs']."
        return Table((), {}, None, None, (), (), [*found, Mistake(first, words)])
    else:
        place = header[0]
        names, unit = _names(header[1], rows, separator, notes)
        names = _without_ends(names)
    ours = [name if name in set(NAMES.values()) else None for name in names]
    body = [(line, _fitted(cells, names, line, found)) for line, cells in rows]
    unknown = [name for name, our in zip(names, ours, strict=True) if our is None and name]
    found += _repeated(ours, place)
    found += [
        Mistake(place, f"the column `{name}` may be {QUESTIONS[name.casefold()]}.", spot)
        for spot, name in enumerate(names, 1)
        if name and name.casefold() in QUESTIONS
    ]
    where = {name: spot for spot, name in enumerate(ours, 1) if name}
    notes += [f"left out: {', '.join(unknown)}"] if unknown else []
    kept = [
        Row(line, {name: Cell(cells[spot - 1], spot) for name, spot in where.items() if cells[spot - 1]})
        for line, cells in body
        if cells is not None
    ]
    is_comma, words = _decimal(kept, separator, decimal)
    if words:
        return Table((), where, place, unit, (), (), [*found, Mistake(kept[0].line, words)])
    if is_comma:
        notes.append("decimal comma")
    if decimal is not None:
        kept = [_without_thousands(row, "." if is_comma else ",") for row in kept]
    if is_comma:
        kept = [
            Row(
                row.line,
                {
                    name: cell if name == "label" else Cell(cell.text.replace(",", "."), cell.column)
                    for name, cell in row.cells.items()
                },
            )
            for row in kept
        ]
    return Table(tuple(kept), where, place, unit, tuple(notes), tuple(unknown), found)


# -- lines and cells -------------------------------------------------------------------------------------

Cells = list[str]


def _split(
    lines: Sequence[str], is_named: bool, found: list[Mistake]
) -> tuple[str, tuple[int, Cells] | None, list[tuple[int, Cells]]]:
    """The separator, the header with its line, and the other lines in cells."""
    first = next(
        (i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith(COMMENTS)), None
    )
    if first is None:
        return ",", None, []
    separator = _separator(lines[first])
    if separator == "\t" and not any("\t" in line for line in lines[first + 1 :]):
        separator = " "
    # a comment becomes an empty line, so that the lines keep their numbers
    bare = ["" if line.lstrip().startswith(COMMENTS) else line for line in lines]
    rows = _spaced(bare) if separator == " " else _separated(bare, separator, found)
    if is_named:
        # a line of words before the numbers is a header that is not needed
        if rows and not any(_is_number(cell) for cell in rows[0][1]):
            return separator, rows[0], rows[1:]
        return separator, None, rows
    if rows and not all(_is_number(cell) or not cell for cell in rows[0][1]):
        return separator, rows[0], rows[1:]
    if rows and (told := _commented(lines[:first], separator, len(rows[0][1]))) is not None:
        return separator, told, rows
    return separator, None, rows


def _separator(line: str) -> str:
    outside = re.sub(r'"[^"]*"', "", line.strip(" "))
    return next((sign for sign in "\t;" if sign in outside), "," if _has_comma(outside) else " ")


def _has_comma(line: str) -> bool:
    """Whether commas separate: in ``0,5  2`` they are decimal ones."""
    parts = line.split()
    return "," in line and not (len(parts) > 1 and all(COMMA.fullmatch(p) or _is_number(p) for p in parts))


def _separated(lines: Sequence[str], separator: str, found: list[Mistake]) -> list[tuple[int, Cells]]:
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    rows: list[tuple[int, Cells]] = []
    start = 1  # of the row: a cell in quotes may go over several lines
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((start, [cell.strip() for cell in cells]))
            if len(rows) > MAX_ROWS + 1:
                found.append(Mistake(start, f"is one level more than the {MAX_ROWS} allowed."))
                break
            start = reader.line_num + 1
    except csv.Error as error:
        is_open = "unexpected end of data" in str(error)
        words = "opens a quote that is not closed" if is_open else f"is not valid CSV: {error}"
        found.append(Mistake(start, f"{words}."))
    return rows


def _spaced(lines: Sequence[str]) -> list[tuple[int, Cells]]:
    rows = []
    for place, line in enumerate(lines, 1):
        plain = re.sub(r'\s[#!%](?=(?:[^"]*"[^"]*")*[^"]*$).*', "", line)  # a comment behind the numbers
        cells = [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', plain)]
        if cells:
            rows.append((place, cells))
    return rows[: MAX_ROWS + 2]


def _commented(lines: Sequence[str], separator: str, size: int) -> tuple[int, Cells] | None:
    """The header that stands in a comment, such as ``# energy pairs``: the last one with so many words."""
    for place in range(len(lines), 0, -1):
        line = lines[place - 1].strip().lstrip("".join(COMMENTS))
        for sign in dict.fromkeys((separator, ",", " ")):
            cells = re.findall(r"\S+(?: *[(\[][^)\]]*[)\]])?", line) if sign == " " else line.split(sign)
            cells = [cell.strip() for cell in cells]
            if len(cells) == size and any(_named(cell)[0] == "energy" for cell in cells):
                return place, cells
    return None


def _is_number(text: str) -> bool:
    plain = text.translate(MINUS)
    return not isinstance(number(plain), str) or COMMA.fullmatch(plain) is not None


def _is_headless(header: Cells) -> bool:
    """Whether the first line holds a level already, with a word among its numbers."""
    return any(_is_number(cell) for cell in header) and all(_named(cell)[0] != "energy" for cell in header)


# -- the header --------------------------------------------------------------------------------------------


def _names(
    header: Cells, rows: Sequence[tuple[int, Cells]], separator: str, notes: list[str]
) -> tuple[list[str], str | None]:
    """Our names of the columns, or theirs where we know none; and the unit of the energies."""
    unit, names = None, []
    for cell in _joined(header):
        name, own = _named(cell)
        names.append(name)
        unit = own if name == "energy" and own else unit
    width = {len(cells) for _, cells in rows}
    is_longer = width == {len(names) + 1} and separator in "\t " and any(cells[-1] for _, cells in rows)
    if is_longer and _counts([cells[0] for _, cells in rows]):
        names = ["", *names]  # as pandas prints a frame
    if names and names[0].casefold() in RUNNING:
        names[0] = ""
        notes.append("column 1 left out, a running number")
    return names, unit


def _joined(header: Cells) -> Cells:
    """``energy (MeV)`` in one cell, though it was separated by spaces."""
    found: Cells = []
    for cell in header:
        if re.fullmatch(r"[(\[][^)\]]*[)\]]", cell) and found:
            found[-1] += cell
        else:
            found.append(cell)
    return found


def _named(cell: str) -> tuple[str, str | None]:
    """Our name of a column and its unit, from ``E [MeV]``, ``energy/keV`` or ``energy_meV``."""
    word, unit = cell.strip(), None
    if (found := BRACKETS.search(word)) or (
        found := re.search(rf"\s*(?:/|_|,|\bin\b|\s)\s*({'|'.join(UNITS)})$", word)
    ):
        word, unit = word[: found.start()], found[1]
    key = re.sub(r"\s+", " ", word.strip().casefold())
    return NAMES.get(key, NAMES.get(key.replace(" ", "_"), word.strip())), unit or None


def _counts(cells: Sequence[str]) -> bool:
    """Whether these are 0, 1, 2 … or 1, 2, 3 …"""
    return any(list(cells) == [str(i + start) for i in range(len(cells))] for start in (0, 1))


def _without_ends(names: list[str]) -> list[str]:
    """Without the nameless columns of trailing separators."""
    while len(names) > 1 and not names[-1]:
        names = names[:-1]
    return names


def _fitted(cells: Cells, names: Sequence[object], line: int, found: list[Mistake]) -> Cells | None:
    """The cells of a row, one for each column; empty ones beyond the last do not count."""
    size = len(names)
    while len(cells) > size and not cells[-1]:
        cells = cells[:-1]
    if len(cells) == size:
        return cells
    hint = ""
    if len(cells) > size and all(re.fullmatch(r"\s*[+-]?\d+", cell) for cell in cells):
        hint = ": decimal commas need another separator, such as semicolons"
    found.append(Mistake(line, f"has {len(cells)} cells, but the header names {size}{hint}."))
    return None


def _repeated(ours: Sequence[str | None], place: int | None) -> Iterator[Mistake]:
    for name in dict.fromkeys(filter(None, ours)):
        if ours.count(name) > 1:
            yield Mistake(place, f"the column `{name}` is there {ours.count(name)} times.")


# -- decimal commas ----------------------------------------------------------------------------------------


def _decimal(rows: Sequence[Row], separator: str, decimal: str | None) -> tuple[bool, str]:
    """Whether commas are decimal, and the question where that cannot be known."""
    if decimal is not None:
        return decimal == ",", ""
    cells = [
        cell.text.translate(MINUS)
        for row in rows
        for name, cell in row.cells.items()
        if name not in ("label", "moments")
    ]
    commas = [text for text in cells if COMMA.fullmatch(text)]
    if not commas:
        return False, ""
    if any(POINT.fullmatch(text) for text in cells):
        return False, (
            f"has numbers with points and with commas, such as {commas[0]!r}: say by `decimal` which it is, "
            "decimal=',' or decimal='.'."
        )
    # semicolons separate where the comma is the decimal sign
    if separator != ";" and all(THOUSANDS.fullmatch(text) for text in commas):
        return False, (
            f"{commas[0]!r} may be thousands or a decimal comma: say by `decimal` which it is, "
            "decimal=',' or decimal='.'."
        )
    return True, ""


def _without_thousands(row: Row, sign: str) -> Row:
    pattern = re.compile(THOUSANDS.pattern.replace(",", re.escape(sign)) + r"(?:[.,]\d*)?")
    return Row(
        row.line,
        {
            name: Cell(cell.text.replace(sign, ""), cell.column)
            if name not in ("label", "moments") and pattern.fullmatch(cell.text.translate(MINUS))
            else cell
            for name, cell in row.cells.items()
        },
    )
