"""Kelvin and tesla on the axes of a sweep, once it is known which unit its energies have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quasispin.errors import InputError, UndefinedError, shown
from quasispin.observables import ENERGY

if TYPE_CHECKING:
    import xarray as xr

ATTRIBUTE: Final = "energy_unit"
"""Where a dataset says how the unit of all its energies is called."""
AXES: Final = {
    "temperature": {"long_name": "temperature", "units": "K", "symbol": "T"},
    "field": {"long_name": "magnetic field", "units": "T", "symbol": "B"},
}


def laboratory(data: xr.Dataset, energy_unit: str | None = None) -> xr.Dataset:
    """The sweep with its temperatures in kelvin and its fields in tesla; everything else as it is.

    T = (k_BT)/k_B and B = (μ_BB)/μ_B (CODATA). Axes that are no energies any more stay as they are.

    Parameters
    ----------
    data
        A dataset made by `sweep`.
    energy_unit
        "meV" or "eV"; by default what the dataset says (`sweep(…, energy_unit="meV")`).

    Raises
    ------
    UndefinedError
        If nobody says which unit the energies have, or it is none of these.
    """
    unit = energy_unit if energy_unit is not None else data.attrs.get(ATTRIBUTE)
    scales = per_laboratory_unit(unit)
    found = {name: data[name] for name in AXES if name in data.coords}
    converted: dict[str, Any] = {
        name: (axis.dims, np.asarray(axis.values) / scales[name], AXES[name])
        for name, axis in found.items()
        if axis.attrs.get("units", ENERGY) == ENERGY
    }
    return data.assign_coords(converted)


def per_laboratory_unit(energy_unit: str | None) -> dict[str, float]:
    """k_B·1 K and μ_B·1 T in that unit of energy, under the names of the axes."""
    from quasispin.units import eV, kelvin, meV, tesla

    known = {"meV": meV, "eV": eV}
    if energy_unit not in known:
        given = "nothing" if energy_unit is None else shown(energy_unit)
        raise UndefinedError(
            f"For kelvin and tesla `energy_unit` must be one of {', '.join(known)}, but is {given}.",
            energy_unit,
        )
    return {"temperature": kelvin / known[energy_unit], "field": tesla / known[energy_unit]}


def checked_unit(energy_unit: str | None) -> str | None:
    """The name of a unit, if there is one."""
    if energy_unit is not None and not (isinstance(energy_unit, str) and energy_unit.strip()):
        raise InputError(
            f"`energy_unit` must be the name of a unit such as meV, but is {shown(energy_unit)}.", energy_unit
        )
    return energy_unit
