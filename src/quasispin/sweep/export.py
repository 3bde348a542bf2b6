"""Tables for spreadsheets: a text that a spreadsheet would take for a formula is quoted."""

from __future__ import annotations

from typing import Any

from quasispin.system.texts import plain_number

__all__ = ["for_spreadsheets", "quoted"]

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that is computed when the file is opened."""


def quoted(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would compute it; numbers stay."""
    if not text.lstrip(" ").startswith(FORMULA) or plain_number(text) is not None:
        return text
    return f"'{text}"


def for_spreadsheets(table: Any) -> Any:
    """The pandas table with all its texts, and the names of its columns, quoted."""
    found = table.rename(columns=lambda name: quoted(str(name)))
    for place, kind in enumerate(found.dtypes):
        if kind.kind not in "iufcb":
            column = [quoted(value) if isinstance(value, str) else value for value in found.iloc[:, place]]
            found.isetitem(place, column)
    return found
