"""Where the keys of a TOML file stand: the parser does not say, so a valid text is searched once more.

Comments and strings go first, as they may hold anything; what is left has a header or a key at the start of
a line, or keys in the braces of inline tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

__all__ = ["TomlLines"]

Lines = dict[str | None, int]
"""The line of each key of a table; under None that of the table."""

QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|'
    r"'''.*?'{3,5}|"
    r'"(?P<basic>(?:\\.|[^"\\\n])*)"|'
    r"'(?P<literal>[^'\n]*)'|"
    r"\#[^\n]*",
    re.DOTALL,
)
KEY = r"([\w-]+)\s*(?:\.\s*[\w-]*\s*)*="
INLINE = re.compile(rf"[\[\]{{}}\n]|{KEY}")


class TomlLines:
    """Lines of the keys of a file and of its tables of one name, ``[[name]]`` or ``name = [{…}, {…}]``."""

    def __init__(self, text: str, name: str) -> None:
        self._top: Lines = {}
        self._tables: list[Lines] = []
        header = re.compile(r"\s*\[\[?\s*([\w-]+)\s*(?:\.\s*([\w-]+))?")
        plain = _plain(text)
        here: Lines = self._top
        for number, line in enumerate(plain.split("\n"), 1):
            if re.match(rf"\s*\[\[\s*{name}\s*\]\]", line):
                here = {None: number}
                self._tables.append(here)
            elif match := header.match(line):
                here = self._under(name, match[1], match[2], number)
            elif match := re.match(rf"\s*{KEY}", line):
                here.setdefault(match[1], number)
        if not self._tables and name in self._top:
            self._tables = list(_inline_tables(plain, self._top[name]))

    def top(self, key: str) -> int | None:
        """The line of a key of the whole file; of a table, of its header."""
        return self._top.get(key) or next((table[key] for table in self._tables if key in table), None)

    def of_table(self, name: str, index: int) -> Callable[[str | None], int | None]:
        """The lines of the keys of one table; of an absent key, that of the table."""
        if index < len(self._tables):
            table = self._tables[index]
            return lambda key: table.get(key, table[None])
        line = self.top(name)
        return lambda _key: line

    def _under(self, name: str, first: str, second: str | None, number: int) -> Lines:
        """Another table begins: it is a key of the file, or of the last table of this name."""
        if first == name and second and self._tables:
            self._tables[-1].setdefault(second, number)
        else:
            self._top.setdefault(first, number)
        return {}


def _plain(text: str) -> str:
    """Without comments and strings; a word in quotes stays, as it may be a key."""

    def kept(match: re.Match[str]) -> str:
        word = match["basic"] or match["literal"] or ""
        return word if re.fullmatch(r"[\w-]+", word) else "\n" * match[0].count("\n")

    return QUOTED.sub(kept, text)


def _inline_tables(plain: str, first: int) -> Iterator[Lines]:
    """The tables ``{…}`` of the array whose key stands in line `first`."""
    start = sum(len(line) + 1 for line in plain.split("\n")[: first - 1])
    number, open_, table = first, "", Lines()
    for match in INLINE.finditer(plain, plain.index("=", start) + 1):
        token = match[0]
        if token == "\n":
            number += 1
        elif token in "[{":
            open_ += token
            table = {None: number} if open_ == "[{" else table
        elif token in "]}":
            if open_ == "[{":
                yield table
            open_ = open_[:-1]
        elif open_ == "[{":
            table.setdefault(match[1], number)
        if not open_ and token != "\n":
            return
