"""What is special about terminals: encodings without Greek letters, few columns, JSON for every encoding."""

from __future__ import annotations

import codecs
import json
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PLAIN: Final[Mapping[str, str]] = {
    "Δ": "Delta",
    "δ": "delta",
    "ω": "omega",
    "μ": "mu",
    "χ": "chi",
    "ν": "nu",
    "ε": "epsilon",
    "ξ": "xi",
    "ζ": "zeta",
    "π": "pi",
    "ħ": "hbar",
    "θ": "theta",
    "λ": "lambda",
    "α": "alpha",
    "Σ": "sum ",
    "Ω": "Omega",
    "β": "beta",
    "σ": "sigma",
    "τ": "tau",
    "ρ": "rho",
    "Ξ": "Xi",
    "∂": "d",
    "√": "sqrt",
    "∞": "inf",
    "⟨": "<",
    "⟩": ">",
    "≤": "<=",
    "≥": ">=",
    "≪": "<<",
    "≫": ">>",
    "−": "-",
    "–": "-",
    "—": "-",
    "·": "*",
    "×": "x",
    "±": "+-",
    "…": "...",
    "′": "'",
    "→": "->",
    "∝": "~",
    "≈": "~",
    "∼": "~",
    "≠": "!=",
    "∈": "in",
    "⁺": "+",
    "⁻": "-",
    "½": "(1/2)",
    "¼": "(1/4)",
    "⅓": "(1/3)",
    "₊": "+",
    "₋": "-",
    "•": "*",
    "█": "#",
    "━": "=",
    "╸": "=",
    "╺": "=",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "°": " deg",
    "†": "+",
    "Å": "A",
    "⅔": "(2/3)",
}
"""How letters are written where the encoding has none of them."""
RAISED: Final = re.compile("[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
"""What stands raised."""
HANDLER: Final = "quasispin.plain"
ASCII: Final = "quasispin_ascii"
MANY: Final = 100
"""Lines of a page; nothing here depends on it."""
WIDE: Final = 200
"""Columns where nobody says how many there are: enough for every table."""


def adapt() -> None:
    """Let standard output and error take every text: in plain letters where their encoding has no others."""
    codecs.register_error(HANDLER, _replaced)
    codecs.register(_ascii)
    for stream in (sys.stdout, sys.stderr):
        _adapt(stream)


def _adapt(stream: TextIO | None) -> None:
    encoding = getattr(stream, "encoding", None)
    reconfigure = getattr(stream, "reconfigure", None)
    if encoding is None or reconfigure is None or _is_utf(encoding):
        return
    # click takes a stream in ASCII for a mistake of the system and writes UTF-8 there
    is_ascii = codecs.lookup(encoding).name == "ascii"
    reconfigure(encoding=ASCII if is_ascii else encoding, errors=HANDLER)


def _is_utf(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith("utf")


def _ascii(name: str) -> codecs.CodecInfo | None:
    if name != ASCII:
        return None
    plain = codecs.lookup("ascii")
    return codecs.CodecInfo(
        plain.encode,
        plain.decode,
        plain.streamreader,
        plain.streamwriter,
        plain.incrementalencoder,
        plain.incrementaldecoder,
        name=ASCII,
    )


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


def plain(text: str) -> str:
    """Letters in ASCII; what is raised stands behind a ^, so that 10⁻⁶ is no difference."""
    return RAISED.sub(lambda found: "^" + "".join(map(in_ascii, found[0])), text).translate(_Plain())


class _Plain(dict[int, str]):
    def __missing__(self, code: int) -> str:
        return chr(code) if code < 128 else in_ascii(chr(code))


def in_ascii(letter: str) -> str:
    """A letter in ASCII: by its name, without its accents, or a question mark."""
    if letter in PLAIN:
        return PLAIN[letter]
    bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return bare or "?"


def dumped(content: Any, indent: int | None = None) -> str:
    """JSON, with escapes where the encoding of standard output cannot say all of it."""
    is_utf = _is_utf(getattr(sys.stdout, "encoding", None) or "utf-8")
    return json.dumps(content, indent=indent, ensure_ascii=not is_utf, allow_nan=False)


# -- few columns -------------------------------------------------------------------------------------


def width() -> int:
    """Columns of standard output; many where it is no terminal."""
    if sys.stdout.isatty():
        return max(shutil.get_terminal_size().columns, 20)
    return WIDE


def wrapped(text: str) -> str:
    """Lines that fit, broken between words alone: no number is cut in two."""
    most = width()
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if not _is_utf(encoding):  # what is longer there must be so before the lines are broken
        text = plain(text) if encoding == ASCII else text.encode(encoding, HANDLER).decode(encoding)
    lines = (_broken(line, most) for line in text.split("\n"))
    return "\n".join(lines)


def _broken(line: str, most: int) -> str:
    if len(line) <= most:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(line, most, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def console() -> Console:
    """Where tables are printed."""
    from rich.console import Console

    # rich takes a dumb terminal to have 80 columns unless both are said
    return Console(highlight=False, width=width(), height=MANY)


def print_columns(names: Sequence[str], columns: Mapping[str, Sequence[str]], units: Sequence[str]) -> None:
    """A table of numbers: names at the left, units at the right, between them as many columns as fit.

    Where not all of them fit beside each other there are several tables; a number is never broken.
    """
    printer = console()
    left = list(columns)
    while left:
        counts = range(len(left), 1, -1)
        most = next((n for n in counts if _fits(printer, names, columns, left[:n], units)), 1)
        shown = left[:most]
        table = _table(names, {title: columns[title] for title in shown}, units)
        least = _least(printer, table)
        printer.print(table, width=max(least, 1) if least > printer.width else None, crop=False)
        left = left[len(shown) :]


def _fits(
    printer: Console,
    names: Sequence[str],
    columns: Mapping[str, Sequence[str]],
    shown: Sequence[str],
    units: Sequence[str],
) -> bool:
    table = _table(names, {title: columns[title] for title in shown}, units)
    return _least(printer, table) <= printer.width


def _least(printer: Console, table: Table) -> int:
    """Columns below which something would be cut."""
    return printer.measure(table, options=printer.options.update(max_width=100_000)).minimum


def _table(names: Sequence[str], columns: Mapping[str, Sequence[str]], units: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table(highlight=False)
    table.add_column("observable", no_wrap=True)
    for title in columns:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    for row in _rows(names, columns, units):
        table.add_row(*row)
    return table


def _rows(
    names: Sequence[str], columns: Mapping[str, Sequence[str]], units: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    return zip(names, *columns.values(), units, strict=True)
