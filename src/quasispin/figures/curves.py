"""Observables as curves over the field, the temperature or any other dimension of a sweep."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullLocator

from quasispin.ensembles.base import Ensemble
from quasispin.errors import InputError, shown
from quasispin.figures import style
from quasispin.observables import Observable, gap
from quasispin.sweep.laboratory import laboratory as in_laboratory
from quasispin.sweep.laboratory import renamed

if TYPE_CHECKING:
    import xarray as xr

LEGIBLE = 9
"""More colours than these are explained by a colour bar."""


MARKED = 12
"""Lines of so few points show each of them."""
COLUMNS = 2


class _Words(NamedTuple):
    """What every panel of one figure says alike."""

    energy: str
    dashes: dict[str, Any]
    x: str


class Key(NamedTuple):
    """What the colours of one panel stand for."""

    dims: list[Hashable]
    values: list[tuple[Any, ...]]
    colours: list[tuple[float, float, float, float]]


def curves(
    data: xr.Dataset | Ensemble | Sequence[Ensemble],
    x: str = "field",
    observables: Observable | str | Sequence[Observable | str] | None = None,
    *,
    observable: Observable | str | None = None,
    temperature: npt.ArrayLike | None = None,
    field: npt.ArrayLike | None = None,
    energy_unit: str | None = None,
    laboratory: bool = False,
    ax: Axes | Sequence[Axes] | None = None,
) -> Any:
    """Draw observables over one dimension; colour tells the others, the line style the ensemble.

    Parameters
    ----------
    data
        A dataset made by `sweep`, or one or several ensembles.
    x
        The dimension along the horizontal axis.
    observables
        Which to draw, one panel each, by themselves or by name; of a dataset all by default, of ensembles
        the gap. `observable` is the same for one.
    temperature, field
        The grid, with ensembles only; one shell has a natural one.
    energy_unit
        How the unit of energy is called in labels, such as "meV"; Δ₀ where every gap scale is 1.
    laboratory
        Temperatures in kelvin and fields in tesla on axes and in legends, where the energies are in meV: by
        `energy_unit` or by what the dataset says. The grid given with ensembles is in energies all the same.
    ax
        Where to draw: one for each observable. Else a new figure, which embeds its fonts when saved.

    Returns
    -------
    matplotlib.axes.Axes or numpy.ndarray
        One, or an array of them for several observables. The mean field is dotted; what is NaN or
        infinite leaves a gap in its line.

    Raises
    ------
    InputError
        If `x` is no dimension of the data, or an observable is not in it.
    """
    in_kelvin = style.checked(laboratory)
    if isinstance(x, Ensemble):
        raise InputError("Several ensembles must be given as one list, as in curves([a, b]).", x)
    observables = style.one_word("observables", observables, "observable", observable)
    dataset = style.as_dataset(data, _listed(observables) or [gap], temperature, field)
    dataset = in_laboratory(dataset, energy_unit) if in_kelvin else renamed(dataset, energy_unit)
    names = style.chosen(dataset, observables)
    if not isinstance(x, str) or x not in dataset.dims or x == "ensemble":
        known = ", ".join(str(dim) for dim in dataset.dims if dim != "ensemble")
        raise InputError(f"`x` must be a dimension of the data ({known}), but is {shown(x)}.", x)
    with style.style():
        axes, own = _axes(names, ax)
        words = _Words(style.energy_word(dataset, energy_unit), style.dashes(dataset), x)
        keys = [_key(dataset[name], x) for name in names]
        is_shared = own and len({str(key[:2]) for key in keys}) == 1
        for place, (axis, name, key) in enumerate(zip(axes, names, keys, strict=True)):
            _panel(axis, dataset[name], key, words)
            if not is_shared or place == min(COLUMNS, len(names)) - 1:
                _explain(axis, dataset[name], key, words, outside=own)
    return axes[0] if len(axes) == 1 else axes


def _axes(names: Sequence[str], ax: Axes | Sequence[Axes] | None) -> tuple[Any, bool]:
    if ax is None:
        return style.panels(len(names), columns=COLUMNS, legend=1.4)[1], True
    given = style.given_axes(ax)
    if len(given) != len(names):
        message = f"`ax` must hold one Axes for each of {len(names)} observables, but holds {len(given)}."
        raise InputError(message, ax)
    return given, False


def _panel(axis: Axes, values: xr.DataArray, key: Key, words: _Words) -> None:
    if words.x not in values.dims:
        raise InputError(f"`x` must be a dimension of `{values.name}`, but is {words.x!r}.", words.x)
    place = values[words.x]
    is_discrete = place.size <= MARKED or place.dtype.kind not in "fc"
    for label, row, colour in _lines(values, key, words.x):
        shown = _of_one_parity(row, words.x)
        axis.plot(
            _places(shown[words.x].values),
            np.where(np.isfinite(shown.values), shown.values, np.nan),
            color=colour,
            linestyle=words.dashes[label],
            marker="o" if is_discrete else None,
        )
    if is_discrete:
        axis.margins(x=0.04)
        axis.xaxis.set_minor_locator(NullLocator())
    if place.dtype.kind in "iu":
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel(style.label(place.attrs, words.x, words.energy))
    axis.set_ylabel(style.label(values.attrs, str(values.name), words.energy))


def _places(values: npt.NDArray[Any]) -> Any:
    """Along the axis; names there are drawn as they are written."""
    return values if values.dtype.kind in "iufc" else [style.drawable(str(value)) for value in values]


def _of_one_parity(row: xr.DataArray, x: str) -> xr.DataArray:
    """Over ν only the seniorities of N's parity: between them there is nothing to be seen."""
    if x != "seniority":
        return row
    for part, other in ((row[::2], row[1::2]), (row[1::2], row[::2])):
        if part.size and not np.nan_to_num(other.values).any():
            return part
    return row


def _key(values: xr.DataArray, x: str) -> Key:
    dims = [dim for dim in values.dims if dim not in (x, "ensemble") and values.sizes[dim] > 1]
    entries = list(product(*(values[dim].values for dim in dims)))
    shown = [entry for entry in entries if _has_ink(values, dims, entry)] or entries
    return Key(dims, shown, style.colours(len(shown)))


def _has_ink(values: xr.DataArray, dims: Sequence[Hashable], entry: tuple[Any, ...]) -> bool:
    """Whether there is anything to see: seniorities of the wrong parity have none."""
    if "seniority" not in dims:
        return True
    part = values.sel(dict(zip(dims, entry, strict=True))).values
    return bool(np.any(np.nan_to_num(part) != 0.0))


def _lines(values: xr.DataArray, key: Key, x: str) -> Iterator[tuple[str, xr.DataArray, Any]]:
    single = [dim for dim in values.dims if values.sizes[dim] == 1 and dim not in ("ensemble", x)]
    flat = values.squeeze(single)
    for label in values["ensemble"].values:
        for entry, colour in zip(key.values, key.colours, strict=True):
            yield str(label), flat.sel({"ensemble": label, **dict(zip(key.dims, entry, strict=True))}), colour


def _explain(axis: Axes, values: xr.DataArray, key: Key, words: _Words, *, outside: bool) -> None:
    handles = []
    use_bar = len(key.values) > LEGIBLE
    if key.dims and not use_bar:
        for entry, colour in zip(key.values, key.colours, strict=True):
            parts = (
                style.value_word(values[d], v, words.energy) for d, v in zip(key.dims, entry, strict=True)
            )
            handles.append(Line2D([], [], color=colour, label=", ".join(parts)))
    if len(words.dashes) > 1:
        ink = "0.25" if key.dims else key.colours[0]
        handles += [
            Line2D([], [], color=ink, linestyle=dash, label=style.drawable(name))
            for name, dash in words.dashes.items()
        ]
    if use_bar:
        _bar(axis, values, key, words.energy)
    where: dict[str, Any] = {"loc": "best"}
    if outside and not use_bar:
        where = {"loc": "upper left", "bbox_to_anchor": (1.02, 1.0), "borderaxespad": 0.0}
    axis.legend(handles=handles, title=_constants(values, key, words), alignment="left", **where)


def _constants(values: xr.DataArray, key: Key, words: _Words) -> str | None:
    """What is the same for all lines: the only ensemble, the only temperature …"""
    names = [name for name in values.coords if name not in (words.x, *key.dims) and values[name].size == 1]
    parts = [style.value_word(values[name], values[name].values.item(), words.energy) for name in names]
    return "\n".join(parts) or None


def _bar(axis: Axes, values: xr.DataArray, key: Key, energy: str) -> None:
    count = len(key.values)
    mappable = ScalarMappable(cmap=ListedColormap(key.colours))
    mappable.set_clim(-0.5, count - 0.5)
    ticks = range(0, count, -(-(count - 1) // 6))
    bar = axis.figure.colorbar(mappable, ax=axis, ticks=ticks)
    bar.ax.set_yticklabels([", ".join(map(_short, key.values[i])) for i in ticks])
    bar.ax.minorticks_off()
    if len(key.dims) == 1:
        bar.set_label(style.label(values[key.dims[0]].attrs, str(key.dims[0]), energy))
    else:
        bar.set_label(style.drawable(", ".join(map(str, key.dims))))


def _short(value: Any) -> str:
    return style.drawable(value) if isinstance(value, str) else f"{value:.3g}"


def _listed(observables: Any) -> list[Any]:
    if observables is None:
        return []
    return list(observables) if isinstance(observables, (list, tuple)) else [observables]
