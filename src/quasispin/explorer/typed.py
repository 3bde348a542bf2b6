"""Numbers as people type them: ``0.3``, ``0,3``, ``−1e-3``, ``0.3 K``, ``500 mT``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from quasispin.errors import InputError, shown

NUMBER: Final = re.compile(r"([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?)\s*(.*)", re.ASCII)
THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
"""1,234 is a thousand to some and 1.234 to others."""
SAME: Final = str.maketrans({"−": "-", "\u00a0": " ", "\u202f": " ", "μ": "µ"})
PREFIXES: Final = {"": 1.0, "m": 1e-3, "µ": 1e-6, "u": 1e-6, "k": 1e3}
SEPARATED: Final = re.compile(r"\s*;\s*|\s*,\s+")
MOST_WHOLE: Final = 1e15
"""Whole numbers beyond have digits that nobody typed."""
LONG: Final = re.compile(r"\d{7,}(?:\.\d+)?(?:e[+-]?\d+)?|\d\.\d{3,}e[+-]?\d+", re.ASCII)
"""A number that takes more room than it says."""


def number(text: str, name: str, units: Mapping[str, float] | None = None) -> float:
    """A number as it was typed, in the unit of its field.

    Parameters
    ----------
    text
        With a decimal point or a decimal comma, and maybe a unit.
    name
        What the field is called, for the sentence.
    units
        How many units of the field each unit is that may be typed.

    Raises
    ------
    InputError
        If it is none; one sentence says why.

    Examples
    --------
    >>> number("0,3", "T")
    0.3
    >>> number("500 mT", "B", {"T": 1.0, "mT": 1e-3})
    0.5
    """
    known = units or {}
    plain = " ".join(text.translate(SAME).split())
    found = NUMBER.fullmatch(plain)
    if found is None:
        raise InputError(f"`{name}` must be a number such as 0.3, but is {shown(text)}.", text)
    digits, unit = found.groups()
    if THOUSANDS.fullmatch(digits):
        raise InputError(
            f"`{name}` can be read in two ways as {shown(text)}: write {digits.replace(',', '.')} "
            f"or {digits.replace(',', '')}.",
            text,
        )
    if unit and unit not in known:
        allowed = f"may have the units {', '.join(known)}" if known else "has no unit"
        raise InputError(f"`{name}` {allowed}, but is {shown(text)}.", text)
    value = float(digits.replace(",", ".")) + 0.0  # turns -0.0 into 0.0
    if math.isinf(value):
        raise InputError(f"`{name}` must fit into a float, but is {shorter(digits)}.", text)
    return value * known[unit] if unit and known[unit] != 1.0 else value


def numbers(text: str, name: str, units: Mapping[str, float] | None = None) -> tuple[float, ...]:
    """Some numbers, each as `number` takes it, with semicolons, spaces or a comma and a space between them.

    Examples
    --------
    >>> numbers("0,1; 0,2", "T"), numbers("0.1 0.2", "T"), numbers("100 mK, 1 K", "T", {"K": 1.0, "mK": 1e-3})
    ((0.1, 0.2), (0.1, 0.2), (0.1, 1.0))
    """
    parts = [part for part in SEPARATED.split(text.strip()) if part.strip()]
    if len(parts) == 1 and "." in text and "," in text:
        parts = text.split(",")
    if len(parts) == 1 and all(NUMBER.fullmatch(word.translate(SAME)) for word in text.split()):
        parts = text.split()
    return tuple(number(part, name, units) for part in parts)


def prefixed(units: Mapping[str, float]) -> dict[str, float]:
    """Units together with their usual parts: K and mK, T and mT, eV and meV."""
    return {
        f"{prefix}{unit}": size * part for unit, size in units.items() for prefix, part in PREFIXES.items()
    }


def shorter(sentence: str) -> str:
    """A sentence whose numbers of many digits have three."""
    return LONG.sub(lambda found: _three(found.group()), sentence)


def _three(digits: str) -> str:
    mantissa, _, power = digits.partition("e")
    whole, _, tail = mantissa.partition(".")
    exponent = int(power or 0) + len(whole) - 1
    return f"{float(f'{whole[0]}.{whole[1:]}{tail}'):.3g}e{exponent:+03d}"
