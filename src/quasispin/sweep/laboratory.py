"""Kelvin and tesla on the axes of a sweep, once it is known which unit its energies have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quasispin.errors import InputError, UndefinedError, shown, text
from quasispin.magneton import BOHR, Magneton, checked
from quasispin.observables import ENERGY

if TYPE_CHECKING:
    import xarray as xr

ATTRIBUTE: Final = "energy_unit"
"""Where a dataset says how the unit of all its energies is called."""
MAGNETON: Final = "magneton"
"""Where a dataset says in which magneton its moments are, if not in Bohr's."""
ENERGIES: Final = ("meV", "eV", "keV", "MeV", "J", "K")
"""Units of energy that are known in kelvin and tesla; "K" is that of k_BT. Any other name is a name."""
AXES: Final = {
    "temperature": {"long_name": "temperature", "units": "K", "symbol": "T"},
    "field": {"long_name": "magnetic field", "units": "T", "symbol": "B"},
}


def laboratory(data: xr.Dataset, energy_unit: str | None = None) -> xr.Dataset:
    """The sweep with its temperatures in kelvin and its fields in tesla; everything else as it is.

    T = (k_BT)/k_B and B = (μB)/μ (CODATA) with the magneton μ in which the moments of its systems are. Axes
    that are no energies any more stay as they are.

    Parameters
    ----------
    data
        A dataset made by `sweep`.
    energy_unit
        One of `ENERGIES`, such as "meV"; by default what the dataset says (`sweep(…, energy_unit="meV")`).
        All units of the result name it.

    Raises
    ------
    UndefinedError
        If nobody says which unit the energies have, or it is none of these.
    """
    unit = energy_unit if energy_unit is not None else data.attrs.get(ATTRIBUTE)
    scales = per_laboratory_unit(unit, magneton_of(data))
    found = {name: data[name] for name in AXES if name in data.coords}
    converted: dict[str, Any] = {
        name: (axis.dims, np.asarray(axis.values) / scales[name], AXES[name])
        for name, axis in found.items()
        if axis.attrs.get("units", ENERGY) in (ENERGY, data.attrs.get(ATTRIBUTE))
    }
    return renamed(data.assign_coords(converted), unit)


def renamed(data: xr.Dataset, energy_unit: str | None) -> xr.Dataset:
    """The dataset with this name for the unit of energy in the attributes of all it holds.

    Raises
    ------
    InputError
        If that is no name.
    """
    if checked_unit(energy_unit) is None:
        return data
    found = data.assign_attrs({ATTRIBUTE: energy_unit})
    for name in found.variables:
        found[name].attrs = named(found[name].attrs, energy_unit, data.attrs.get(ATTRIBUTE))
    return found


def named(
    attributes: Mapping[str, str], energy_unit: str | None, before: str | None = None
) -> dict[str, str]:
    """Attributes whose `units` call the unit of energy by its name, if it has one; `before` was its name."""
    found = dict(attributes)
    if energy_unit is None or "units" not in found:
        return found
    *per, last = str(found["units"]).rsplit(" / ", 1)
    if last in (ENERGY, before):
        found["units"] = " / ".join([*per, energy_unit])
    return found


def magneton_of(data: xr.Dataset) -> Magneton:
    """In which the moments of a dataset are."""
    return checked(data.attrs.get(MAGNETON, BOHR))


def per_laboratory_unit(energy_unit: str | None, magneton: Magneton = BOHR) -> dict[str, float]:
    """k_B·1 K and μ·1 T in that unit of energy, under the names of the axes; μ is the magneton."""
    from quasispin.units import kelvin

    if energy_unit not in ENERGIES:
        given = "but is not given" if energy_unit is None else f"but is {shown(energy_unit)}"
        raise UndefinedError(
            f"For kelvin and tesla `energy_unit` must be one of {', '.join(ENERGIES)}, {given}.", energy_unit
        )
    unit = energy_in_meV(energy_unit)
    return {"temperature": kelvin / unit, "field": magneton.tesla / unit}


def energy_in_meV(energy_unit: str) -> float:
    """One of `ENERGIES` in meV."""
    from scipy.constants import e

    from quasispin.units import eV, kelvin, meV

    known = {"meV": meV, "eV": eV, "keV": 1e3 * eV, "MeV": 1e6 * eV, "J": eV / e, "K": kelvin}
    return float(known[energy_unit])


def checked_unit(energy_unit: str | None) -> str | None:
    """The name of a unit, if there is one."""
    if energy_unit is not None and not (isinstance(energy_unit, str) and energy_unit.strip()):
        raise InputError(
            f"`energy_unit` must be the name of a unit such as meV, but is {shown(energy_unit)}.", energy_unit
        )
    return None if energy_unit is None else text("energy_unit", energy_unit)
