"""What all figures share: the style sheet, colours, labels with symbol and unit, data from what is given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
import matplotlib.style
import numpy as np
import numpy.typing as npt
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from quasispin.ensembles.base import Ensemble
from quasispin.ensembles.catalogue import classes
from quasispin.errors import InputError, UndefinedError, shown
from quasispin.observables import BY_NAME, ENERGY, Observable
from quasispin.sweep.laboratory import ATTRIBUTE
from quasispin.system.system import System

if TYPE_CHECKING:
    import xarray as xr

COLOURS: Final[Colormap] = cm.batlow
SHEET: Final = Path(__file__).with_name("quasispin.mplstyle")
DASHES: Final = ("-", (0, (6, 2)), (0, (6, 2, 1.2, 2)), (0, (3, 1.5)), (0, (6, 1.5, 1, 1.5, 1, 1.5)))
DOTS: Final = ":"
WIDTH: Final = 3.6
"""Inches of one panel, about a column of a journal."""
LONGEST: Final = 120
"""Characters of a label that fits on a figure; mathtext of a far longer one takes minutes."""
CUT: Final = 70
"""What is left of a longer one."""
UNITS: Final = {
    "Δ₀": r"$\Delta_0$",
    "3Δ₀/M": r"$3\Delta_0/M$",
    "k_B": r"$k_\mathrm{B}$",
    "mu_B": r"$\mu_\mathrm{B}$",
    "mu_N": r"$\mu_\mathrm{N}$",
}
SQUARES: Final = {"mu_B^2": r"$\mu_\mathrm{B}^2$", "mu_N^2": r"$\mu_\mathrm{N}^2$"}


class PrintFigure(Figure):
    """A figure that is drawn and saved in the style of this package, whoever asks for it; fonts embedded."""

    def draw(self, renderer: Any) -> None:
        """As `matplotlib.figure.Figure.draw`; notebooks call it long after the figure was made."""
        with style():
            super().draw(renderer)

    def savefig(self, *arguments: Any, **options: Any) -> None:
        """As `matplotlib.figure.Figure.savefig`."""
        with style():
            super().savefig(*arguments, **options)


@contextmanager
def style() -> Iterator[None]:
    """The style sheet, for as long as something is drawn."""
    with matplotlib.style.context(str(SHEET)):
        yield
        is_interactive = mpl.rcParams["interactive"]
    mpl.rcParams["interactive"] = is_interactive  # the first figure may load a backend that turns it on


def given_axes(ax: Any) -> npt.NDArray[Any]:
    """One Axes or a list of them as an array, or a sentence."""
    is_list = isinstance(ax, (list, tuple)) or (isinstance(ax, np.ndarray) and ax.dtype == object)
    listed = list(np.ravel(np.array(ax, dtype=object))) if is_list else [ax]
    if not listed:
        raise InputError("`ax` must be matplotlib Axes or a list of them, but is empty.", ax)
    for one in listed:
        if not isinstance(one, Axes):
            raise InputError(f"`ax` must be matplotlib Axes or a list of them, but holds {shown(one)}.", ax)
    return np.array(listed, dtype=object)


def panels(
    count: int, *, columns: int, width: float = WIDTH, height: float = 2.7, legend: float = 0.0
) -> Any:
    """A figure with that many axes in rows, and room for a legend; unused places stay empty."""
    columns = min(columns, count)
    rows = -(-count // columns)
    figure: Figure = plt.figure(
        FigureClass=PrintFigure, figsize=(width * columns + legend, height * rows), layout="constrained"
    )
    grid = figure.subplots(rows, columns, squeeze=False)
    for unused in grid.flat[count:]:
        unused.remove()
    return figure, grid.ravel()[:count]


def colours(count: int) -> list[tuple[float, float, float, float]]:
    """Colours that differ in lightness too, dark to light, none too pale for a line."""
    places = np.linspace(0.0, 0.78, count) if count > 1 else np.array([0.12])
    return [COLOURS(float(place)) for place in places]


def checked(laboratory: bool) -> bool:
    """Yes or no, and nothing that only looks like it."""
    if not isinstance(laboratory, (bool, np.bool_)):
        raise InputError(f"`laboratory` must be True or False, but is {shown(laboratory)}.", laboratory)
    return bool(laboratory)


# -- what is drawn ---------------------------------------------------------------------------------


def as_dataset(
    data: xr.Dataset | Ensemble | Sequence[Ensemble],
    observables: Sequence[Observable | str],
    temperature: npt.ArrayLike | None,
    field: npt.ArrayLike | None,
) -> xr.Dataset:
    """The dataset itself, or a sweep of the ensembles on the grid given."""
    import xarray as xr

    if isinstance(data, xr.Dataset):
        if temperature is not None or field is not None:
            raise InputError("`temperature` and `field` go with an ensemble; a dataset has its own.", None)
        if "ensemble" not in data.dims and "ensemble" in data.coords:
            data = data.expand_dims("ensemble")
        if "ensemble" not in data.dims:
            raise InputError("`data` must be a dataset made by `sweep`, but has no `ensemble`.", None)
        return data
    from quasispin.sweep.run import sweep

    ensembles = (
        [data] if isinstance(data, Ensemble) else list(data) if isinstance(data, (list, tuple)) else []
    )
    if not ensembles or not all(isinstance(one, Ensemble) for one in ensembles):
        raise InputError(
            f"`data` must be a dataset made by `sweep`, or ensembles, but is {shown(data)}.", data
        )
    if temperature is None or field is None:
        temperature, field = _filled(ensembles[0], temperature, field)
    return sweep(*ensembles, temperature=temperature, field=field, observables=[*map(measured, observables)])


def one_word(name: str, value: Any, other: str, same: Any) -> Any:
    """What was given by either of two names."""
    if value is not None and same is not None:
        raise InputError(f"`{name}` and `{other}` are the same: give one of them.", same)
    return value if same is None else same


def measured(observable: Observable | str) -> Observable:
    """An observable by itself or by name."""
    if isinstance(observable, Observable):
        return observable
    if not isinstance(observable, str) or observable not in BY_NAME:
        known = ", ".join(BY_NAME)
        raise InputError(f"`observables` must be among {known}, but holds {shown(observable)}.", observable)
    return BY_NAME[observable]


def reach(system: System) -> float:
    """A field that is a little beyond all steps of one shell."""
    fields = system.crossing_fields()
    return (
        1.4 * float(fields[-1])
        if len(fields)
        else 4.0 * (abs(system.gap_scale) or 1.0) / system.pair_degeneracy
    )


def chosen(data: xr.Dataset, observables: object) -> list[str]:
    """Names of the variables to draw: all observables, without what is only known of them (`*_bound`)."""
    if observables is None:
        every = [str(name) for name in data.data_vars]
        return [name for name in every if name in BY_NAME] or every
    listed = list(observables) if isinstance(observables, (list, tuple)) else [observables]
    names = [one.name if isinstance(one, Observable) else one for one in listed]
    for name in names:
        if not isinstance(name, str) or name not in data.data_vars:
            known = ", ".join(map(str, data.data_vars))
            raise InputError(f"`observables` must be among {known}, but holds {shown(name)}.", name)
    if not names:
        raise InputError("`observables` must hold at least one observable, but is empty.", observables)
    return [str(name) for name in names]


def kinds(data: xr.Dataset) -> dict[str, str]:
    """For each label in the dataset the class of the ensemble."""
    return {record["label"]: record["ensemble"] for record in records(data)}


def records(data: xr.Dataset) -> list[dict[str, Any]]:
    """The systems and ensembles that a sweep noted down."""
    found: list[dict[str, Any]] = json.loads(data.attrs.get("systems", "[]"))
    return found


def dashes(data: xr.Dataset) -> dict[str, Any]:
    """A line style for each ensemble: what is approximate is dotted."""
    names, kind_of = [str(label) for label in data["ensemble"].values], kinds(data)
    dotted = {one.kind() for one in classes().values() if one.is_approximate}
    exact = [name for name in names if kind_of.get(name) not in dotted]
    styles: dict[str, Any] = {name: DASHES[i % len(DASHES)] for i, name in enumerate(exact)}
    return {name: styles.get(name, DOTS) for name in names}


def _filled(ensemble: Ensemble, temperature: Any, field: Any) -> tuple[Any, Any]:
    if not isinstance(ensemble.system, System) or not ensemble.system.is_single_shell:
        raise UndefinedError(
            "There is a natural grid for one shell only: give both `temperature` and `field`.", ensemble
        )
    scale = ensemble.system.temperature_scale or 1.0
    heat = scale * np.array([0.02, 0.1, 0.4, 0.8, 1.2, 2.0]) if temperature is None else temperature
    return heat, np.linspace(0.0, reach(ensemble.system), 281) if field is None else field


# -- words -----------------------------------------------------------------------------------------


def energy_word(data: xr.Dataset, energy_unit: str | None) -> str:
    """How the unit of energy is written: as given or noted down, Δ₀ where every Δ₀ = 1, else nothing."""
    if energy_unit is not None or ATTRIBUTE in data.attrs:
        return energy_unit if energy_unit is not None else str(data.attrs[ATTRIBUTE])
    systems = [System.from_dict(record["system"]) for record in records(data)]
    is_scaled = all(one.is_single_shell and np.isclose(one.gap_scale, 1.0, rtol=1e-12) for one in systems)
    return r"$\Delta_0$" if systems and is_scaled else ""


@lru_cache(maxsize=512)
def drawable(text: str) -> str:
    """A text that can be drawn whatever it holds, since labels and units come from files.

    Mathtext that does not parse is drawn as it is written, and what is too long for a label is cut.
    """
    short = text if len(text) <= LONGEST else f"{text[:CUT]}…"
    is_math = short == text and text.replace(r"\$", "").count("$") % 2 == 0
    if "$" not in short or (is_math and _parses(text)):
        return short
    return short.replace(r"\$", "$").replace("$", r"\$")


def _parses(text: str) -> bool:
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(text)
    except (ValueError, RecursionError):
        return False
    return True


def label(attributes: Mapping[str, Any], name: str, energy: str) -> str:
    """`long name symbol (unit)` for an axis."""
    words = re.sub(r" (k_B T|mu_[BN] B)", "", str(attributes.get("long_name", name)))
    symbol = f" {drawable('$' + str(attributes['symbol']) + '$')}" if "symbol" in attributes else ""
    unit = unit_word(str(attributes.get("units", "1")), energy)
    return f"{drawable(words)}{symbol}{f' ({unit})' if unit else ''}"


def unit_word(unit: str, energy: str) -> str:
    """The unit in mathtext."""
    if unit == ENERGY:
        return drawable(energy)
    square, slash, rest = unit.partition(" / ")
    if slash and square in SQUARES:
        return f"{SQUARES[square]}/{unit_word(rest, energy) or 'energy'}"
    return "" if unit == "1" else UNITS.get(unit, drawable(unit))


def value_word(coordinate: xr.DataArray, value: Any, energy: str) -> str:
    """`T = 0.1 Δ₀` for a legend."""
    if isinstance(value, (str, np.str_)):
        return drawable(str(value))
    symbol = coordinate.attrs.get("symbol")
    name = drawable(f"${symbol}$" if symbol else str(coordinate.name).replace("_", " "))
    unit = unit_word(str(coordinate.attrs.get("units", "1")), energy)
    tail = f" {unit}" if unit and value else ""
    return f"{name} = {f'{value:.4g}'.replace('-', '−')}{tail}"
