"""Quantities as people type them: a number, and the unit behind it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from quasispin.errors import InputError, shown
from quasispin.sweep.laboratory import AXES, ENERGIES, per_laboratory_unit

NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) ?(\S+)", re.ASCII)
LABORATORY: Final = {name: axis["units"] for name, axis in AXES.items()}
"""The units besides that of the energies in which an axis may be given: K and T."""
WORDS: Final = {
    "temperature": "k_BT as a number such as 0.1, or with --energy-unit a temperature such as 0.3K or 300mK",
    "field": "μ_BB as a number such as 0.2, or with --energy-unit a field such as 2T or 500mT",
}
"""What an axis of a command may be."""


class Coordinate(NamedTuple):
    """A temperature or a field: as an energy, and in K or T where the unit of the energies is known."""

    energy: float
    laboratory: float | None


def length(name: str, text: str) -> float:
    """Read a length such as `2.5nm`."""
    return _with_unit(name, text, "nm", "a length")


def energy(name: str, text: str) -> float:
    """Read an energy such as `0.35meV`."""
    return _with_unit(name, text, "meV", "an energy")


def coordinate(name: str, text: str, energy_unit: str | None) -> Coordinate:
    """Read the `temperature` or the `field` of a command: `0.1` is an energy, `0.3K` and `500mT` are not.

    Parameters
    ----------
    name
        "temperature" or "field".
    text
        A number is k_BT or μ_BB in the unit of the energies; with K or mK, T or mT it is converted (CODATA).
    energy_unit
        One of `ENERGIES`, or None where nobody has said which unit the energies have.

    Raises
    ------
    InputError
        If it is neither; if the unit of the energies would have to be known; if a temperature is below 0 K.
    """
    unit = LABORATORY[name]
    scale = None if energy_unit is None else per_laboratory_unit(energy_unit)[name]
    number = _plain(text)
    if number is not None:
        return Coordinate(number, None if scale is None else number / scale)
    found = _measured(text, {unit: 1, f"m{unit}": 1000})
    if found is None:
        raise InputError(f"`{name}` must be {WORDS[name]}, but is {shown(text)}.", text)
    if scale is None:
        one_of = f"{', '.join(ENERGIES[:-1])} or {ENERGIES[-1]}"
        raise InputError(
            f"`{name}` must be a number unless --energy-unit says which unit the energies have "
            f"({one_of}), but is {shown(text)}.",
            text,
        )
    if not math.isfinite(found):
        raise InputError(f"`{name}` must be finite, but is {shown(text)}.", text)
    if name == "temperature" and found < 0:
        raise InputError(f"`{name}` must be at least 0 K, but is {shown(text)}.", text)
    return Coordinate(found * scale, found)


def _with_unit(name: str, text: str, unit: str, what: str) -> float:
    found = _measured(text, {unit: 1})
    if found is None:
        raise InputError(f"`{name}` must be {what} in {unit} such as 2.5{unit}, but is {shown(text)}.", text)
    return found


def _measured(text: str, parts: Mapping[str, int]) -> float | None:
    """The number before one of these units, divided by how many of them make one; else None."""
    found = NUMBER.fullmatch(text)
    return None if found is None or found[2] not in parts else float(found[1]) / parts[found[2]]


def _plain(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
