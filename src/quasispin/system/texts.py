"""Text from files as people have them: how it is encoded, and what in it is a number."""

from __future__ import annotations

import codecs
import re
from fractions import Fraction
from typing import Final

from quasispin.errors import FileError

__all__ = ["decoded", "number", "plain_number"]

BYTE_ORDER: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",  # "Unicode text" of Excel
    codecs.BOM_UTF16_BE: "utf-16",
}
MINUS: Final = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-"})
"""Minus signs of word processors."""
REAL: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
WORDS: Final = re.compile(r"[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE | re.ASCII)
FRACTION: Final = re.compile(r"[+-]?\d{1,9}/\d{1,9}", re.ASCII)
WHOLE: Final = re.compile(r"[+-]?\d{1,9}", re.ASCII)


def decoded(data: bytes, name: str) -> str:
    """The text of a file in UTF-8 or, with a byte-order mark, UTF-16.

    Raises
    ------
    FileError
        If it is neither.
    """
    encoding = next((found for mark, found in BYTE_ORDER.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise FileError(f"{name}: is not a text file in UTF-8 or UTF-16 with a byte-order mark.", name)
    return text


def number(text: str) -> int | float | str:
    """The number that is written there, ½ as 1/2 and 10³ as 1E3, 1D3 or 1e3; else the text itself.

    Digits of other scripts than ASCII make no number, though Python would take them.
    """
    plain = text.translate(MINUS)
    if WHOLE.fullmatch(plain):
        return int(plain)
    if FRACTION.fullmatch(plain):
        return text if int(plain.split("/")[1]) == 0 else float(Fraction(plain))
    found = plain_number(re.sub(r"(?<=[\d.])[dD](?=[+-]?\d)", "e", plain))
    return text if found is None else found


def plain_number(text: str) -> float | None:
    """A number in ASCII, finite or not; None where there is none."""
    plain = text.strip()
    return float(plain) if REAL.fullmatch(plain) or WORDS.fullmatch(plain) else None
