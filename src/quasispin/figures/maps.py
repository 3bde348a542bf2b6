"""One observable as colours over field and temperature, one panel per ensemble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from quasispin.ensembles.base import Ensemble
from quasispin.errors import InputError, shown
from quasispin.figures import style
from quasispin.observables import Observable, gap
from quasispin.sweep.laboratory import laboratory as in_laboratory
from quasispin.sweep.laboratory import renamed
from quasispin.system.system import System

if TYPE_CHECKING:
    import xarray as xr

MOST = 12
"""More panels than these nobody reads."""


def map(
    data: xr.Dataset | Ensemble | Sequence[Ensemble],
    observable: Observable | str | None = None,
    *,
    observables: Observable | str | Sequence[Observable | str] | None = None,
    temperature: npt.ArrayLike | None = None,
    field: npt.ArrayLike | None = None,
    energy_unit: str | None = None,
    laboratory: bool = False,
    ax: Axes | Sequence[Axes] | None = None,
) -> Any:
    """Draw an observable as colour over field and temperature.

    Parameters
    ----------
    data
        A dataset made by `sweep` in which both are dimensions, or one or several ensembles.
    observable
        Which, by itself or by name; by default the only one of a dataset, the gap of ensembles. `observables`
        is the same.
    temperature, field
        The grid, with ensembles only; one shell has a natural one.
    energy_unit
        How the unit of energy is called in labels; Δ₀ where every gap scale is 1.
    laboratory
        Temperatures in kelvin and fields in tesla on the axes, where the energies are in meV: by
        `energy_unit` or by what the dataset says. The grid given with ensembles is in energies all the same.
    ax
        Where to draw: one for each panel.

    Returns
    -------
    matplotlib.axes.Axes or numpy.ndarray
        One, or an array with one for each ensemble (and member of a family); they share a colour bar.
    """
    in_kelvin = style.checked(laboratory)
    if isinstance(observable, Ensemble):
        raise InputError("Several ensembles must be given as one list, as in map([a, b]).", observable)
    observable = style.one_word("observable", observable, "observables", observables)
    if isinstance(observable, (list, tuple)) and len(observable) == 1:
        observable = observable[0]
    is_one = observable is None or isinstance(observable, (str, Observable))
    if not is_one:
        raise InputError(f"`observable` must be one for a map, but is {shown(observable)}.", observable)
    if temperature is None:
        temperature = _temperatures(data)
    dataset = style.as_dataset(data, [gap if observable is None else observable], temperature, field)
    dataset = in_laboratory(dataset, energy_unit) if in_kelvin else renamed(dataset, energy_unit)
    values = dataset[_only(dataset, observable)]
    for name in ("temperature", "field"):
        if values.sizes.get(name, 1) < 2:
            raise InputError(f"`data` must hold at least two values of `{name}` for a map.", values)
    with style.style():
        return _draw(values.sortby(["temperature", "field"]), style.energy_word(dataset, energy_unit), ax)


def _draw(values: xr.DataArray, energy: str, ax: Axes | Sequence[Axes] | None) -> Any:
    parts = list(_parts(values, energy))
    axes = _axes(len(parts), ax)
    finite = values.values[np.isfinite(values.values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    for axis, (title, part) in zip(axes, parts, strict=True):
        mesh = axis.pcolormesh(
            part["field"].values,
            part["temperature"].values,
            part.transpose("temperature", "field").values,
            shading="nearest",
            cmap=style.COLOURS,
            vmin=low,
            vmax=high,
            rasterized=True,
        )
        axis.set_title(title)
        axis.set_xlabel(style.label(values["field"].attrs, "field", energy))
        axis.set_ylabel(style.label(values["temperature"].attrs, "temperature", energy))
    bar = axes[0].figure.colorbar(mesh, ax=list(axes))
    bar.set_label(style.label(values.attrs, str(values.name), energy))
    return axes[0] if len(axes) == 1 else axes


def _axes(count: int, ax: Axes | Sequence[Axes] | None) -> Any:
    if count > MOST:
        raise InputError(
            f"A map may have at most {MOST} panels, but this one has {count}: select some.", count
        )
    if ax is None:
        return style.panels(count, columns=2 if count == 4 else 3, width=3.0, height=2.7, legend=0.8)[1]
    given = style.given_axes(ax)
    if len(given) != count:
        raise InputError(f"`ax` must hold one Axes for each of {count} panels, but holds {len(given)}.", ax)
    return given


def _parts(values: xr.DataArray, energy: str) -> Iterator[tuple[str, xr.DataArray]]:
    dims = [dim for dim in values.dims if dim not in ("temperature", "field")]
    for entry in product(*(values[dim].values for dim in dims)):
        place = dict(zip(dims, entry, strict=True))
        words = [style.value_word(values[dim], value, energy) for dim, value in place.items()]
        yield ", ".join(words), values.sel(place)


def _only(data: xr.Dataset, observable: Observable | str | None) -> str:
    names = style.chosen(data, observable)
    if len(names) > 1:
        listed = ", ".join(names)
        raise InputError(f"`observable` must say which of {listed} to draw.", names)
    return names[0]


def _temperatures(data: Any) -> npt.NDArray[np.float64] | None:
    """For one shell from zero to beyond the critical temperature; of several ensembles the first decides."""
    first = data[0] if isinstance(data, (list, tuple)) and data else data
    system = first.system if isinstance(first, Ensemble) else None
    if not isinstance(system, System) or not system.is_single_shell:
        return None
    return np.linspace(0.0, 2.2 * (system.temperature_scale or 1.0), 111)
