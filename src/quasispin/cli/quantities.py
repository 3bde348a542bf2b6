"""Quantities as people type them: a number, and the unit behind it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from quasispin.errors import InputError, shown
from quasispin.magneton import BOHR, Magneton
from quasispin.sweep.laboratory import AXES, ENERGIES, energy_in_meV, per_laboratory_unit
from quasispin.system.texts import plain_number

NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) ?(\S+)", re.ASCII)
LABORATORY: Final = {name: axis["units"] for name, axis in AXES.items()}
"""The units besides that of the energies in which an axis may be given: K and T."""
WORDS: Final = {
    "temperature": "k_BT as a number such as 0.1 or 0.1meV, or with --energy-unit a temperature such as "
    "0.3K or 300mK",
    "field": "μ_BB as a number such as 0.2 or 0.2meV, or with --energy-unit a field such as 2T or 500mT",
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
    """Read an energy such as `0.35meV`, or in another unit, as meV."""
    found = _in_unit(text, "meV")
    return _with_unit(name, text, "meV", "an energy") if found is None else found


def common_unit(texts: Iterable[str | None], energy_unit: str | None) -> str | None:
    """The unit of all energies: that of ``--energy-unit``, or the only one behind any of these texts.

    Raises
    ------
    InputError
        If there are several and none is chosen.
    """
    if energy_unit is not None:
        return energy_unit
    found = {unit for text in texts if text is not None for unit in _units(text)}
    if len(found) > 1:
        raise InputError(
            f"Energies in {' and '.join(sorted(found))} need --energy-unit to say in what the answer is.",
            found,
        )
    return found.pop() if found else None


def _units(text: str) -> list[str]:
    behind = re.findall(r"[\d.] ?([a-zA-Z]+)", text)
    return [unit for unit in behind if unit in ENERGIES and unit != "K"]


def energy_of(name: str, text: str, energy_unit: str | None) -> float:
    """Read an energy with or without its unit, in `energy_unit`: `0.35`, `0.35meV`."""
    number = plain_number(text)
    found = number if number is not None or energy_unit is None else _in_unit(text, energy_unit)
    if found is None:
        raise InputError(f"`{name}` must be an energy such as 0.35 or 0.35meV, but is {shown(text)}.", text)
    return found


def _in_unit(text: str, energy_unit: str) -> float | None:
    """An energy with its unit, in another one."""
    found = NUMBER.fullmatch(text)
    if found is None or found[2] not in ENERGIES:
        return None
    number = float(found[1])
    if found[2] == energy_unit:
        return number
    return number * energy_in_meV(found[2]) / energy_in_meV(energy_unit)


def coordinate(name: str, text: str, energy_unit: str | None, magneton: Magneton = BOHR) -> Coordinate:
    """Read the `temperature` or the `field` of a command: `0.1` is an energy, `0.3K` and `500mT` are not.

    Parameters
    ----------
    name
        "temperature" or "field".
    text
        A number is k_BT or μB in the unit of the energies, with its unit such as meV or without; with K or
        mK, T or mT it is converted (CODATA).
    energy_unit
        One of `ENERGIES`, or None where nobody has said which unit the energies have.
    magneton
        Of the moments that the field acts on.

    Raises
    ------
    InputError
        If it is neither; if the unit of the energies would have to be known; if a temperature is below 0 K.
    """
    unit = LABORATORY[name]
    scale = None if energy_unit is None else per_laboratory_unit(energy_unit, magneton)[name]
    number = plain_number(text)
    if number is None and energy_unit is not None and NUMBER.fullmatch(text):
        # kelvin are those of the thermometer, whatever unit the energies have
        number = None if text.endswith("K") else _in_unit(text, energy_unit)
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
