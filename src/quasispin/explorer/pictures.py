"""From numbers to pictures: plotly figures as plain dicts, light and dark, told apart without colour too."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from quasispin.explorer.box import Box, box, scheme
from quasispin.explorer.compute import GAPS, Levels, Series, axes
from quasispin.explorer.state import State
from quasispin.observables import BY_NAME, ENERGY

Figure = dict[str, Any]

COLOURS: Final[Mapping[str, tuple[str, str]]] = {
    "canonical": ("#0072b2", "#56b4e9"),
    "number-parity": ("#008a66", "#2fd0a5"),
    "grand-canonical": ("#a8477f", "#e79ac4"),
    "mean-field": ("#c85200", "#f0a04b"),
}
"""Of each ensemble on light and on dark ground: the palette of Okabe and Ito, darkened to be read."""
DASHES: Final[Mapping[str, str]] = {
    "canonical": "solid",
    "number-parity": "dash",
    "grand-canonical": "dashdot",
    "mean-field": "dot",
}
NAMES: Final[Mapping[str, str]] = {
    "canonical": "canonical",
    "number-parity": "number parity",
    "grand-canonical": "grand canonical",
    "mean-field": "BCS",
}
HATCHES: Final[Mapping[str, str]] = {
    "canonical": "",
    "number-parity": "/",
    "grand-canonical": "x",
    "mean-field": ".",
}
BATLOW: Final = (
    *("#011959", "#0f3c5f", "#185562", "#30685c", "#577647", "#828231", "#b38e2f", "#e19752"),
    *("#fba689", "#fdb9c2", "#faccfa"),
)
"""Crameri's batlow at eleven places, doi:10.5281/zenodo.1243862: even steps of lightness."""
THICK, THIN = 2.4, 1.2
CONFIG: Final = {"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": ["lasso2d", "select2d"]}
TITLES: Final[Mapping[str, str]] = {
    "field": "Gap against field",
    "temperature": "Gap against temperature",
    "response": "χ and C",
    "levels": "Levels in a field",
    "seniority": "Seniority",
    "map": "Map over field and temperature",
}
SYMBOLS: Final[Mapping[str, str]] = {
    "gap": "Δ_c",
    "connected_gap": "Δ_conn",
    "shell_gap": "Δ_s",
    "susceptibility": "χ",
    "heat_capacity": "C",
    "magnetic_moment": "⟨m⟩",
    "entropy": "S",
    "mean_seniority": "⟨ν⟩",
    "free_energy": "F",
}
MANY_SENIORITIES: Final = 8
"""More than these are told by their colour and by pointing at them."""


def picture(view: str, state: State, found: Any, *, dark: bool) -> Figure:
    """A view of the numbers `found`, those of its part of `compute`."""
    place = box(state)
    draw: dict[str, Callable[..., Figure]]
    draw = {"levels": _levels, "seniority": _seniority, "map": _map, "response": _response}
    own = draw.get(view, partial(_gaps, view))
    figure: Figure = own(state, place, found, dark)
    figure["config"] = CONFIG
    return figure


def part_of(view: str, state: State) -> str:
    """Which part of `compute` a view shows."""
    return state.against if view == "response" else view


def marks(view: str, state: State) -> tuple[float | None, float | None]:
    """Where the temperature and the field of the state are in a picture: along x, along y."""
    place = box(state)
    field, heat = place.shown_field(state.field), place.shown_temperature(state.temperature)
    if view == "map":
        return field, heat
    if view == "seniority":
        return None, None
    axis = part_of(view, state)
    return (heat if axis == "temperature" else field), None


def text(view: str, state: State, found: Any) -> str:
    """What a picture shows, in words, for those who hear it."""
    place = box(state)
    where = f"temperature {_short(place.shown_temperature(state.temperature))} {place.heat.name}"
    strength = f"field {_short(place.shown_field(state.field))} {place.strength.name}"
    if view == "levels":
        count = f"{len(found.lines)} levels E − ωm against the field with {len(found.corners)} crossings"
        return f"{count}."
    series = [one for one in found if one.values is not None]
    parts = [
        f"{NAMES[one.ensemble]} {BY_NAME[one.observable].long_name} from {_short(np.nanmin(one.values))} "
        f"to {_short(np.nanmax(one.values))}"
        for one in series
        if view != "response" or one.observable not in GAPS
    ]
    kept = {"field": where, "temperature": strength}.get(part_of(view, state), f"{where}, {strength}")
    return f"{TITLES[view]}, {kept}: {'; '.join(parts) or 'nothing to show'}."


def reasons(view: str, state: State, found: Any) -> str:
    """Why something is not in a picture, in a sentence each."""
    if view == "levels":
        return ""
    if not state.ensembles:
        return "No ensemble is on."
    missing = dict.fromkeys(
        f"{NAMES[one.ensemble]}: {one.reason}" for one in found if one.values is None and _belongs(view, one)
    )
    return " ".join(missing)


def title(view: str, state: State) -> str:
    """What a picture is called."""
    if view == "seniority" and not box(state).system.is_single_shell:
        return "Electrons in each shell"
    if view == "response":
        return f"χ and C against {state.against}"
    return TITLES[view]


def labels(state: State) -> list[str]:
    """What the shells are called: by the labels of their file, else by their energies."""
    place = box(state)
    own = scheme(state.levels).labels if state.box == "levels" else ()
    energies = [_short(shell.energy / place.energy.size) for shell in place.system.shells]
    return [own[s] if s < len(own) and own[s] else energy for s, energy in enumerate(energies)]


def blank(*, dark: bool) -> Figure:
    """No picture."""
    ink = "#e6e6e6" if dark else "#1f2328"
    hidden = {"visible": False}
    layout = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": ink},
        "xaxis": hidden,
        "yaxis": hidden,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
    }
    return {"data": [], "layout": layout, "config": CONFIG}


def _belongs(view: str, one: Series) -> bool:
    if view == "response":
        return one.observable in ("susceptibility", "heat_capacity")
    if view in ("field", "temperature"):
        return one.observable in (*GAPS, "shell_gap")
    return True


# -- curves ----------------------------------------------------------------------------------------


def _gaps(view: str, state: State, place: Box, found: Sequence[Series], dark: bool) -> Figure:
    x = _axis(view, state, place)
    traces: list[dict[str, Any]] = []
    for one in found:
        if one.values is None or one.observable not in (*GAPS, "shell_gap"):
            continue
        if one.ensemble == "mean-field" and one.observable == "connected_gap":
            continue  # the same as its gap
        rows = one.values.T if one.observable == "shell_gap" else one.values[None]
        for s, row in enumerate(rows):
            name = f"{NAMES[one.ensemble]} {SYMBOLS[one.observable]}" + (
                f", shell {s}" if len(rows) > 1 else ""
            )
            width = THIN if one.observable == "connected_gap" or s else THICK
            traces.append(_line(x, row / place.energy.size, name, one.ensemble, dark, width))
    title = f"gap ({place.energy.name})"
    return {"data": traces, "layout": _layout(dark, _label(view, place), title, place, view)}


def _response(state: State, place: Box, found: Sequence[Series], dark: bool) -> Figure:
    x = _axis(state.against, state, place)
    traces = []
    for one in found:
        if one.values is None or one.observable not in ("susceptibility", "heat_capacity"):
            continue
        is_chi = one.observable == "susceptibility"
        values = one.values * place.energy.size if is_chi else one.values
        name = f"{NAMES[one.ensemble]} {SYMBOLS[one.observable]}"
        trace = _line(x, values, name, one.ensemble, dark, 1.8)
        traces.append(trace if is_chi else trace | {"yaxis": "y2"})
    layout = _layout(
        dark, _label(state.against, place), f"χ ({place.moment}²/{place.energy.name})", place, state.against
    )
    layout["yaxis"] |= {"domain": [0.56, 1.0]}
    layout["yaxis2"] = layout["yaxis"] | {
        "domain": [0.0, 0.44],
        "title": {"text": "C (k<sub>B</sub>)", "standoff": 8},
    }
    layout["xaxis"] |= {"anchor": "y2"}
    return {"data": traces, "layout": layout}


def _line(x: Any, y: Any, name: str, ensemble: str, dark: bool, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": _finite(y),
        "name": name,
        "line": {
            "color": COLOURS[ensemble][dark],
            "dash": DASHES[ensemble],
            "width": width,
            "simplify": False,
        },
        "hovertemplate": "%{y:.6g}<extra>" + name + "</extra>",
        "connectgaps": False,
    }


# -- the others ------------------------------------------------------------------------------------


def _levels(_: State, place: Box, found: Levels, dark: bool) -> Figure:
    end = place.field_reach
    seniorities = sorted({line.seniority for line in found.lines})
    ground = min(line.energy for line in found.lines)
    named: set[int] = set()
    traces: list[dict[str, Any]] = []
    for line in found.lines:
        share = seniorities.index(line.seniority) / max(len(seniorities) - 1, 1)
        first = line.seniority not in named
        named.add(line.seniority)
        y0 = (line.energy - ground) / place.energy.size
        drop = end * place.strength.size * line.moment / place.energy.size
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [0.0, end],
                "y": [y0, y0 - drop],
                "name": f"ν = {line.seniority}",
                "legendgroup": str(line.seniority),
                "showlegend": first and len(seniorities) <= MANY_SENIORITIES,
                "line": {"color": _ramp(share, dark), "width": 1.4},
                "hovertemplate": f"ν = {line.seniority}, m = {line.moment:.6g}<extra></extra>",
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [corner.field / place.strength.size for corner in found.corners],
            "y": [(corner.energy - ground) / place.energy.size for corner in found.corners],
            "name": "crossings of the ground state",
            "showlegend": False,
            "marker": {
                "size": 8,
                "color": "#111111" if dark else "#ffffff",
                "line": {"width": 2, "color": "#ffffff" if dark else "#111111"},
            },
            "hovertemplate": "crossing at %{x:.6g}<extra></extra>",
        }
    )
    layout = _layout(dark, _label("field", place), f"E − E₀ − ωm ({place.energy.name})", place, "field")
    layout["showlegend"] = True
    layout["legend"] |= {"orientation": "v", "x": 1.02, "y": 1.0, "xanchor": "left", "yanchor": "top"}
    layout["margin"]["r"] = 72 if len(seniorities) <= MANY_SENIORITIES else 12
    layout["yaxis"]["rangemode"] = "normal"
    layout["yaxis"]["range"] = _view(found, place, ground)
    return {"data": traces, "layout": layout}


def _view(found: Levels, place: Box, ground: float) -> list[float]:
    """From below the ground state at the end of the axis to above the highest level at its beginning."""
    end = place.field_reach * place.strength.size
    low = min(line.energy - ground - end * line.moment for line in found.lines) / place.energy.size
    high = max(line.energy - ground for line in found.lines) / place.energy.size
    margin = 0.05 * (high - low or 1.0)
    return [low - margin, high + margin]


def _seniority(state: State, place: Box, found: Sequence[Series], dark: bool) -> Figure:
    traces = []
    single = place.system.is_single_shell
    for one in found:
        if one.values is None:
            continue
        values = np.atleast_1d(np.squeeze(one.values))
        numbers = np.arange(values.size)
        if single:  # between the seniorities of N's parity there is nothing
            is_shown = values > 0.0
            is_other = not (is_shown[::2].any() and is_shown[1::2].any())
            if is_other:
                start = 0 if is_shown[::2].any() or not is_shown.any() else 1
                numbers, values = numbers[start::2], values[start::2]
        traces.append(
            {
                "type": "bar",
                "x": numbers.tolist(),
                "y": _finite(values),
                "name": NAMES[one.ensemble],
                "marker": {
                    "color": COLOURS[one.ensemble][dark],
                    "pattern": {"shape": HATCHES[one.ensemble], "size": 6, "solidity": 0.35},
                },
                "hovertemplate": "%{x}: %{y:.6g}<extra>" + NAMES[one.ensemble] + "</extra>",
            }
        )
    words = ("seniority ν", "P(ν)") if single else ("shell, by label or energy", "⟨n⟩")
    layout = _layout(dark, words[0], words[1], place, None)
    if not single:
        names = labels(state)
        layout["xaxis"] |= {"tickvals": list(range(len(names))), "ticktext": names}
    layout["barmode"] = "group"
    layout["bargap"] = 0.25
    return {"data": traces, "layout": layout}


def _map(state: State, place: Box, found: Sequence[Series], dark: bool) -> Figure:
    if all(one.values is None for one in found):
        return blank(dark=dark)
    heat, field = axes("map", state)
    traces = []
    for one in found:
        if one.values is None:
            continue
        traces.append(
            {
                "type": "heatmap",
                "x": (field / place.strength.size).tolist(),
                "y": (heat / place.heat.size).tolist(),
                "z": _table(one.values * _unit(one.observable, place)),
                "colorscale": [[i / (len(BATLOW) - 1), colour] for i, colour in enumerate(BATLOW)],
                "colorbar": {"thickness": 10, "outlinewidth": 0, "title": {"text": SYMBOLS[one.observable]}},
                "hovertemplate": "%{x:.4g}, %{y:.4g}: %{z:.6g}<extra></extra>",
                "zsmooth": False,
            }
        )
    layout = _layout(dark, _label("field", place), _label("temperature", place), place, "field")
    layout["yaxis"] |= {"rangemode": "normal", "range": [0.0, place.heat_reach], "showgrid": False}
    layout["xaxis"]["showgrid"] = False
    layout["dragmode"] = False  # the hand moves the crosshair
    return {"data": traces, "layout": layout}


# -- words and numbers -----------------------------------------------------------------------------


def unit(observable: str, place: Box) -> str:
    """The unit in which the page shows an observable."""
    word = BY_NAME[observable].unit
    if word == "1":
        return ""
    return word.replace(ENERGY, place.energy.name).replace("mu_B", place.moment).replace("^2", "²")


def shown_value(observable: str, value: float, place: Box) -> float:
    """An observable in that unit."""
    return value * _unit(observable, place)


def _unit(observable: str, place: Box) -> float:
    word = BY_NAME[observable].unit
    if word == ENERGY:
        return 1.0 / place.energy.size
    return place.energy.size if word.endswith(f"/ {ENERGY}") else 1.0


def _axis(name: str, state: State, place: Box) -> list[float]:
    heat, field = axes(name, state)
    values = field / place.strength.size if name == "field" else heat / place.heat.size
    return [float(value) for value in values]


def _label(name: str, place: Box) -> str:
    if name == "field":
        return (
            f"magnetic field B ({place.strength.name})"
            if place.strength.name == "T"
            else f"field ω ({place.strength.name})"
        )
    return f"temperature T ({place.heat.name})"


def _layout(dark: bool, x: str, y: str, place: Box, axis: str | None) -> dict[str, Any]:
    ink, grid = ("#e6e6e6", "#3a3f45") if dark else ("#1f2328", "#dfe3e8")
    common = {
        "gridcolor": grid,
        "zeroline": False,
        "linecolor": ink,
        "ticks": "outside",
        "tickcolor": ink,
        "showline": True,
    }
    end = {"field": place.field_reach, "temperature": place.heat_reach}.get(axis or "")
    return {
        "margin": {"l": 56, "r": 12, "t": 8, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12, "color": ink},
        "showlegend": False,
        "legend": {"font": {"size": 11}, "bgcolor": "rgba(0,0,0,0)"},
        "hovermode": "x unified" if axis else "closest",
        "hoverlabel": {"bgcolor": "#20242a" if dark else "#ffffff", "font": {"color": ink}},
        "xaxis": common | {"title": {"text": x, "standoff": 8}} | ({"range": [0.0, end]} if end else {}),
        "yaxis": common | {"title": {"text": y, "standoff": 8}, "rangemode": "tozero"},
        "uirevision": "same",
    }


def _ramp(share: float, dark: bool) -> str:
    """A colour of batlow that is read on its ground."""
    low, high = (0.3, 1.0) if dark else (0.0, 0.75)
    return BATLOW[round((low + share * (high - low)) * (len(BATLOW) - 1))]


def _finite(values: Any) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in np.asarray(values, dtype=float).tolist()]


def _table(values: Any) -> list[list[float | None]]:
    return [_finite(row) for row in values]


def _short(value: float) -> str:
    return f"{value:.4g}"
