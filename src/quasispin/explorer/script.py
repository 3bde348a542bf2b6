"""The view as Python: text that makes the same numbers and the same figure with the public names alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from quasispin.ensembles.diagram import lines
from quasispin.errors import InputError
from quasispin.explorer.box import Box, Unit, box, scheme
from quasispin.explorer.compute import (
    CLASSES,
    GAPS,
    RESPONSES,
    at_other,
    axes,
    beside,
    has_occupations,
    observed,
    points,
)
from quasispin.explorer.pictures import part_of
from quasispin.explorer.state import KINDS, State
from quasispin.observables import BY_NAME, ENERGY
from quasispin.sweep.laboratory import laboratory

if TYPE_CHECKING:
    import xarray as xr

LINE: Final = ("seniority", "energy", "moment")
"""What the data of the level diagram hold."""
MOST_TITLE: Final = 40
"""Letters of a level scheme's title in the name of a file."""


class Ranges(NamedTuple):
    """What the axes of a picture hold, in the units of the page; `second` is the lower vertical one, of C."""

    x: tuple[float, float]
    y: tuple[float, float]
    second: tuple[float, float] | None = None


def script(state: State, ranges: Ranges | None = None) -> str:
    """Python that makes the data (`data`) and the figure (`figure`) of the state's view, and keeps both.

    The figure has the axes of the page, their units too; `ranges` are theirs after a zoom.

    Raises
    ------
    QuasispinError
        If there is no such system.
    """
    place, name = box(state), file_name(state)
    codes = (place.heat.code, place.strength.code)
    names = [unit for unit in ("kelvin", "tesla") if unit in codes]
    imports = ["import numpy as np", "import quasispin as qs"]
    if state.view == "levels":
        imports += ["import xarray as xr", "from quasispin.ensembles.diagram import lines"]
    if state.laboratory and state.view != "levels":
        imports.append("from quasispin.sweep.laboratory import laboratory")
    imports += [line for line in place.code if line.startswith("from ")]
    if names and (state.view != "levels" or "tesla" in names):
        imports.append(f"from quasispin.units import {', '.join(names)}")
    made = [line for line in place.code if not line.startswith("from ")]
    body = _levels(state, place) if state.view == "levels" else _sweep(state, place)
    body += _limits(state, place, ranges)
    kept = [f'data.to_netcdf("{name}.nc")', f'figure.savefig("{name}.png")']
    return "\n".join([*imports, "", f"# {' '.join(place.title.split())}", *made, "", *body, *kept]) + "\n"


def dataset(state: State) -> xr.Dataset:
    """The numbers of the state's view, as `script` makes them.

    Raises
    ------
    QuasispinError
        If there is no such system, or no ensemble is on.
    """
    from quasispin.sweep.run import sweep

    place = box(state)
    if state.view == "levels":
        import xarray as xr

        fan = lines(place.system)
        data = xr.Dataset({name: ("level", [getattr(one, name) for one in fan]) for name in LINE})
        data["energy"].attrs["units"] = place.energy_unit or ENERGY
        return data
    part = part_of(state.view, state)
    heat, field = axes(part, state)
    if others := beside(part, state):
        every = [axes(part, at_other(part, state, one)) for one in others]
        if part == "field":
            heat = np.array([heat, *(one[0] for one in every)])
        else:
            field = np.array([field, *(one[1] for one in every)])
    classes = [CLASSES[kind] for kind in _shown(state)]
    found = sweep(
        *(kind(place.system) for kind in classes),
        temperature=heat if heat.ndim else float(heat),
        field=field if field.ndim else float(field),
        observables=[BY_NAME[name] for name in _names(state)],
        energy_unit=place.energy_unit,
    )
    return laboratory(found) if state.laboratory else found


def figure(state: State, ranges: Ranges | None = None) -> Any:
    """The matplotlib figure of the state's view, as `script` makes it."""
    from quasispin import figures

    place = box(state)
    drawn: Any
    if state.view == "levels":
        drawn = figures.levels(place.system, place.fields(points(state)["field"]), **_words(state, place))
    else:
        shown = _in_units_of_the_page(dataset(state), state, place)
        drawn = figures.map(shown) if state.view == "map" else figures.curves(shown, x=_x(state))
    axes = np.atleast_1d(drawn)
    for axis, (x, y) in zip(axes, _windows(state, place, ranges, axes.size), strict=False):
        axis.set(xlim=x, **({} if y is None else {"ylim": y}))
    return axes[0].figure


def file_name(state: State) -> str:
    """A name for files of this view: what it shows, of which system, at which temperature and field."""
    known = {
        "response": f"response-against-{state.against}",
        "field": "gap-against-field",
        "temperature": "gap-against-temperature",
        "map": state.colour + "-map",
    }
    place, axis = box(state), part_of(state.view, state)
    heat = _measure("T", place.shown_temperature(state.temperature), place.heat)
    field = _measure("B", place.shown_field(state.field), place.strength)
    point = {"field": [heat], "temperature": [field], "seniority": [heat, field]}.get(axis, [])
    words = [known.get(state.view, state.view).replace("_", "-"), *_system_words(state, place), *point]
    return "-".join(words)


def _system_words(state: State, place: Box) -> list[str]:
    """The system in words that every file system takes."""
    tail = [f"N{place.system.electrons}"]
    if state.deformation:
        tail.append(f"delta{state.deformation:.6g}")
    if state.box == "shell":
        return [state.kind, f"{KINDS[state.kind]}{state.size}", *tail]
    if state.box == "cluster":
        return [state.material, state.geometry, f"R{state.radius:.6g}nm", *tail]
    plain = unicodedata.normalize("NFKD", scheme(state.levels).title).encode("ascii", "ignore").decode()
    return [re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:MOST_TITLE].rstrip("-") or "levels", *tail]


def _measure(letter: str, value: float, unit: Unit) -> str:
    """A temperature or field, with its unit where that is kelvin or tesla."""
    return f"{letter}{value:.6g}{unit.name if unit.name in ('K', 'T') else ''}"


# -- parts -----------------------------------------------------------------------------------------


def _sweep(state: State, place: Box) -> list[str]:
    part, size = part_of(state.view, state), points(state)
    rows, columns = size["map"]
    heat = _one(place.shown_temperature(state.temperature), place.heat)
    field = _one(place.shown_field(state.field), place.strength)
    if others := beside(part, state):
        if part == "field":
            heat = _some([place.shown_temperature(one) for one in (state.temperature, *others)], place.heat)
        else:
            field = _some([place.shown_field(one) for one in (state.field, *others)], place.strength)
    if part in ("temperature", "map"):
        heat = _many(place.heat_reach, rows if part == "map" else size["temperature"], place.heat)
    if part in ("field", "map"):
        field = _many(place.field_reach, columns if part == "map" else size["field"], place.strength)
    ensembles = ", ".join(f"qs.{CLASSES[kind].__name__}(system)" for kind in _shown(state))
    listed = ", ".join(f"qs.{name}" for name in _names(state))
    unit = f', energy_unit="{place.energy_unit}"' if place.energy_unit else ""
    lines = [
        f"ensembles = [{ensembles}]",
        f"temperature = {heat}",
        f"field = {field}",
        f"observables = [{listed}]",
        f"data = qs.sweep(*ensembles, temperature=temperature, field=field, observables=observables{unit})",
    ]
    if state.laboratory:
        lines.append("data = laboratory(data)  # in kelvin and tesla")
    units = _units(state, place)
    shown = "shown" if units else "data"
    if units:
        lines.append("shown = data.copy()  # in the units of the page")
        lines.append(f"for name, unit, word in {_listed(units)}:")
        kept = "data[name].dims, data[name].values / unit, data[name].attrs | {'units': word}"
        lines.append(f"    shown[name] = {kept}".replace("'", '"'))
    draw = f"map({shown})" if state.view == "map" else f'curves({shown}, x="{_x(state)}")'
    return [*lines, f"axes = np.atleast_1d(qs.figures.{draw})", "figure = axes[0].figure"]


class _Scale(NamedTuple):
    """A variable of a dataset, the unit in which the page shows it, and how that is written."""

    name: str
    size: float
    code: str
    word: str


def _units(state: State, place: Box) -> list[_Scale]:
    """What the page shows in other units than the dataset has; none in kelvin and tesla."""
    if state.laboratory:
        return []
    found = [
        _Scale("temperature", place.heat.size, place.heat.code, place.heat.name),
        _Scale("field", place.strength.size, place.strength.code, place.strength.name),
    ]
    for name in _names(state):
        size, code, own = place.energy.size, place.energy.code, BY_NAME[name].unit
        if own == ENERGY:
            found.append(_Scale(name, size, code, place.energy.name))
        elif own.endswith(f"/ {ENERGY}"):
            found.append(_Scale(name, 1.0 / size, f"1 / {code}", own.replace(ENERGY, place.energy.name)))
    return [one for one in found if one.size != 1.0]


def _listed(units: Sequence[_Scale]) -> str:
    return "[" + ", ".join(f'("{one.name}", {one.code}, "{one.word}")' for one in units) + "]"


def _in_units_of_the_page(data: xr.Dataset, state: State, place: Box) -> xr.Dataset:
    shown = data.copy()
    for name, size, _, word in _units(state, place):
        shown[name] = data[name].dims, data[name].values / size, data[name].attrs | {"units": word}
    return shown


Window = tuple[tuple[float, float], tuple[float, float] | None]


def _windows(state: State, place: Box, ranges: Ranges | None, count: int) -> list[Window]:
    """The range along x and along y of each panel; None where it is left to matplotlib."""
    if ranges is None or (state.view == "seniority" and has_occupations(state)):
        reach = {"field": place.field_reach, "temperature": place.heat_reach, "map": place.field_reach}
        end = reach.get(part_of(state.view, state))
        return [((0.0, end), None)] * count if end and state.view != "levels" else []
    x, y = ranges.x, ranges.y
    if state.view == "levels":  # there energies are not measured from the ground state
        ground = min(line.energy for line in lines(place.system))
        size = 1.0 if state.laboratory else place.strength.size
        x = (x[0] * size, x[1] * size)
        y = (ground + y[0] * place.energy.size, ground + y[1] * place.energy.size)
    if state.view == "response" and ranges.second is not None:
        return [(x, y), (x, ranges.second)]
    return [(x, y)] * count


def _levels(state: State, place: Box) -> list[str]:
    words = "".join(f", {name}={value!r}" for name, value in _words(state, place).items())
    axis = _many(place.field_reach, points(state)["field"], place.strength)
    return [
        "found = lines(system)",
        f"names = {list(LINE)}",
        'data = xr.Dataset({name: ("level", [getattr(one, name) for one in found]) for name in names})',
        f'data["energy"].attrs["units"] = "{place.energy_unit or ENERGY}"',
        f"axes = np.atleast_1d(qs.figures.levels(system, {axis}{words}))",
        "figure = axes[0].figure",
    ]


def _limits(state: State, place: Box, ranges: Ranges | None) -> list[str]:
    """The axes of the page."""
    count = 1 if state.view in ("levels", "map") else len(_names(state))
    found = _windows(state, place, ranges, count)
    if count == 1 or len(set(found)) > 1:
        return [f"axes[{number}].set({_ends(one)})" for number, one in enumerate(found)]
    return ["for axis in axes:", f"    axis.set({_ends(found[0])})"] if found else []


def _ends(one: Window) -> str:
    x, y = one
    return f"xlim={x!r}" + ("" if y is None else f", ylim={y!r}")


def _words(state: State, place: Box) -> dict[str, Any]:
    found: dict[str, Any] = {"energy_unit": place.energy_unit} if place.energy_unit else {}
    return found | ({"laboratory": True} if state.laboratory else {})


def _shown(state: State) -> tuple[str, ...]:
    """The ensembles of the view; a map has one."""
    if not state.ensembles:
        raise InputError("`ensembles` must hold at least one to draw, but all are off.", state.ensembles)
    return state.ensembles[:1] if state.view == "map" else state.ensembles


def _names(state: State) -> tuple[str, ...]:
    names = observed(part_of(state.view, state), state)
    if state.view == "response":
        return RESPONSES
    if state.view in ("field", "temperature"):
        return tuple(name for name in names if name in (*GAPS, "shell_gap"))
    return names


def _x(state: State) -> str:
    if state.view == "seniority":
        return "shell" if has_occupations(state) else "seniority"
    return part_of(state.view, state)


def _one(number: float, unit: Unit) -> str:
    return f"{number!r}{_times(unit)}"


def _some(numbers: Sequence[float], unit: Unit) -> str:
    listed = f"[{', '.join(map(repr, numbers))}]"
    return f"np.array({listed}){_times(unit)}" if unit.code else listed


def _many(reach: float, count: int, unit: Unit) -> str:
    return f"np.linspace(0.0, {reach!r}, {count}){_times(unit)}"


def _times(unit: Unit) -> str:
    if not unit.code:
        return ""
    return f" * ({unit.code})" if " " in unit.code else f" * {unit.code}"
