"""From numbers to pictures: plotly figures as plain dicts, light and dark, told apart without colour too."""

from __future__ import annotations

import base64
import html
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quasispin.ensembles import diagram
from quasispin.explorer.box import Box, box, scheme
from quasispin.explorer.compute import GAPS, RESPONSES, SHELL_GAPS, Levels, Series, has_occupations
from quasispin.explorer.state import State
from quasispin.observables import BY_NAME, ENERGY

if TYPE_CHECKING:
    from quasispin.ensembles.averages import Array

Figure = dict[str, Any]

COLOURS: Final[Mapping[str, tuple[str, str]]] = {
    "canonical": ("#0072b2", "#56b4e9"),
    "number-parity": ("#008a66", "#2fd0a5"),
    "grand-canonical": ("#a8477f", "#e79ac4"),
    "mean-field": ("#c85200", "#f0a04b"),
}
"""Of each ensemble on light and on dark ground: the palette of Okabe and Ito, darkened to be read."""
SHELLS: Final = (
    ("#0061a4", "#c85200", "#00795a", "#a8477f", "#7d6b00", "#5b3fb5", "#111111", "#b3261e"),
    ("#7cc4ff", "#f0a04b", "#2fd0a5", "#e79ac4", "#e6e05a", "#b0a0ff", "#ffffff", "#ff8a80"),
)
"""Of shells with gaps of their own, on light and on dark ground."""
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
FONT: Final = "Roboto, system-ui, sans-serif"
"""That of the page; plotly measures text before it is in the page."""
BATLOW: Final = (
    *("#011959", "#0f3c5f", "#185562", "#30685c", "#577647", "#828231", "#b38e2f", "#e19752"),
    *("#fba689", "#fdb9c2", "#faccfa"),
)
"""Crameri's batlow at eleven places, doi:10.5281/zenodo.1243862: even steps of lightness."""
THICK, THIN = 2.4, 1.2
INDEX: Final = re.compile(r"_(conn|Pauli|max|min|ν\+2|[A-Za-zν])")
SEEN: Final = 1e-3
"""A bar that is lower than this cannot be seen."""
LONG_UNIT: Final = 12
"""Letters; a longer unit stands below its symbol."""
MOST_STEPS: Final = 6
DENSE: Final = 60
"""More lines than these are drawn thin."""
FAR: Final = 6.0
"""Levels so many times higher than those that become the ground state are left to a double click."""
SPIKE: Final = 3.0
"""A peak of BCS is cut off at so many times those of the exact ensembles, or nothing else would be seen."""
CUT: Final = "The peak of BCS is cut off; a double click shows it."
MOST_LABEL: Final = 24
"""Letters of a label in a picture; of longer ones nothing else would be left. The table has them whole."""
MOST_TICK: Final = 12
"""Letters of a label below a bar, where they stand upright if there is no room for them."""
FLAT: Final = "At T = 0 the moment jumps at the steps: χ and C are 0 between them. Raise T for their peaks."
NO_ONE_GAP: Final = (
    "With a coupling matrix each shell has a gap of its own: choose another quantity at “Map shows”."
)
CONFIG: Final = {"displayModeBar": False}
"""Drag to zoom, double click to go back; the bars of buttons would be 42 stops of the tab key."""
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
MANY_SHELLS: Final = 8
"""More than these are told by pointing at them."""
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
    if view == "levels":
        count = f"{len(found.lines)} levels E − ωm against the field with {len(found.corners)} crossings"
        return f"{count}{': ' if found.corners else ''}{'; '.join(_steps(found, place))}."
    series = [one for one in found if one.values is not None and _belongs(view, one)]
    parts = [
        f"{NAMES[one.ensemble]} {BY_NAME[one.observable].long_name}{_place_of(view, one, place)} "
        f"from {_short(-_largest([-values[0]]))} to {_short(_largest(values))}"
        for one, values in ((one, [_shown_values(one, place)]) for one in series)
    ]
    kept = f", {at(view, state)}" if at(view, state) else ""
    return f"{title(view, state)}{kept}: {'; '.join(parts) or 'nothing to show'}."


def at(view: str, state: State) -> str:
    """The temperature and the field of a picture, where they are not its axes."""
    place, axis = box(state), part_of(view, state)
    heat = f"temperature {_short(place.shown_temperature(state.temperature))} {place.heat.name}"
    field = f"field {_short(place.shown_field(state.field))} {place.strength.name}"
    found = {"field": heat, "temperature": field, "seniority": f"{heat}, {field}"}
    return found.get(axis, "")


def reasons(view: str, state: State, found: Any) -> str:
    """Why something is not in a picture, in a sentence each."""
    if view == "levels":
        return f"{_listed(found, box(state))} {_higher(found, box(state))}".strip()
    if not state.ensembles:
        return "No ensemble is on."
    if view == "map" and state.colour in GAPS and not isinstance(box(state).system.coupling, float):
        return NO_ONE_GAP
    if view == "seniority" and any(one.values is not None for one in found):
        found = [one for one in found if one.ensemble != "mean-field"]  # it has none, as everybody can see
    missing = dict.fromkeys(
        f"{NAMES[one.ensemble]}: {one.reason.rstrip('.')}."
        for one in found
        if one.values is None and _belongs(view, one)
    )
    is_cold = state.temperature == 0.0 and box(state).system.is_single_shell
    said = [*missing, *([CUT] if _is_cut(view, box(state), found) else [])]
    if view == "response" and state.against == "field" and is_cold:
        said.append(FLAT)
    return " ".join(said)


def title(view: str, state: State) -> str:
    """What a picture is called."""
    if view == "seniority" and has_occupations(state):
        return "Electrons in each shell"
    if view == "response":
        return f"χ and C against {state.against}"
    return TITLES[view]


def labels(state: State) -> list[str]:
    """What the shells are called: by the labels of their file, else by their energies."""
    place = box(state)
    own = scheme(state.levels).labels if state.box == "levels" else ()
    energies = [_short(shell.energy / place.energy.size).replace("-", "−") for shell in place.system.shells]
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
        return one.observable in RESPONSES
    if view in ("field", "temperature"):
        return one.observable in (*GAPS, *SHELL_GAPS)
    return True


# -- curves ----------------------------------------------------------------------------------------


def _gaps(view: str, state: State, place: Box, found: Sequence[Series], dark: bool) -> Figure:
    shown = [one for one in found if one.values is not None and _belongs(view, one)]
    traces: list[dict[str, Any]] = []
    for one in shown:
        if one.ensemble == "mean-field" and one.observable == "connected_gap":
            continue  # the same as its gap
        values = _shown_values(one, place)
        if one.observable == "shell_gap":
            lines = _shell_lines(view, state, place, one, dark)
            traces += [line | _faded(one, shown) for line in lines]
            continue
        width = THIN if one.observable == "connected_gap" else THICK
        tail = _place_of(view, one, place)
        traces.append(
            _axis(view, place, len(values)) | _line(values, one, dark, width, tail) | _faded(one, shown)
        )
    traces += _values_beside(view, state, place, shown, dark)
    layout = _layout(dark, _label(view, place), _gap_label(found, place), place, view)
    layout["yaxis"] |= _range([_shown_values(one, place) for one in shown])
    if any(one.observable == "shell_gap" for one in shown):
        layout["legend"] |= {"x": 1.0, "y": 1.0, "xanchor": "right", "yanchor": "top", "tracegroupgap": 0}
        layout["showlegend"] = len(place.system.shells) <= MANY_SHELLS
    elif _others(shown):
        _tell_values(traces, layout)
    return {"data": traces, "layout": layout}


def _gap_label(found: Sequence[Series], place: Box) -> str:
    """What the gap of the picture is: that of each shell, of BCS alone, or of the exact ensembles."""
    shown = [one for one in found if one.values is not None]
    if any(one.observable == "shell_gap" for one in shown):
        symbol = "Δ_s"
    else:
        symbol = "Δ_c" if any(one.ensemble != "mean-field" for one in shown) else "Δ"
    return subscripts(f"{symbol} ({place.energy.name})")


def _shell_lines(view: str, state: State, place: Box, one: Series, dark: bool) -> list[dict[str, Any]]:
    """A gap for each shell: here the colour tells the shell, and the dashes alone the ensemble."""
    rows, colours = _shown_values(one, place).T, SHELLS[dark]
    names = [safe(label) for label in labels(state)]
    is_first = one.ensemble == state.ensembles[0] and one.beside is None
    tail = _place_of(view, one, place)
    found = []
    for s, row in enumerate(rows):
        line = _axis(view, place, len(row)) | _line(row, one, dark, 1.8, f", {names[s]}{tail}")
        line["line"] |= {"color": colours[s % len(colours)]}
        found.append(line | {"showlegend": False})
        if is_first:
            found.append({"type": "scatter", "mode": "lines", "x": [None], "y": [None], "name": names[s],
                          "line": line["line"] | {"dash": "solid"}, "hoverinfo": "skip"})  # fmt: skip
    return found


def _response(state: State, place: Box, found: Sequence[Series], dark: bool) -> Figure:
    traces = []
    for one in found:
        if one.values is not None and _belongs("response", one):
            values = _shown_values(one, place)
            tail = _place_of(state.against, one, place)
            trace = _axis(state.against, place, len(values)) | _line(values, one, dark, 1.8, tail)
            trace |= _faded(one, found)
            traces.append(trace | ({} if one.observable == "susceptibility" else {"yaxis": "y2"}))
    traces += _values_beside(state.against, state, place, found, dark)
    own = unit("susceptibility", place)
    words = f"χ ({subscripts(own)})"
    if len(own) > LONG_UNIT:  # two lines, as long as the half picture is high
        words = words.replace(" / ", " /<br>", 1)
    layout = _layout(dark, _label(state.against, place), words, place, state.against)
    heat = {"domain": [0.0, 0.44], "title": {"text": "C (k<sub>B</sub>)", "standoff": 8}}
    layout["yaxis2"] = layout["yaxis"] | heat | _range(_peaks("heat_capacity", place, found))
    layout["yaxis"] |= {"domain": [0.56, 1.0]} | _range(_peaks("susceptibility", place, found))
    layout["xaxis"] |= {"anchor": "y2"}
    if "<br>" in words:
        layout["margin"]["l"] = 72
        layout["yaxis"]["title"] = layout["yaxis"]["title"] | {"font": {"size": 11}}
    if _others(found):
        _tell_values(traces, layout)
    return {"data": traces, "layout": layout}


FAINTEST: Final = 0.3
"""Opacity of the last curve that is drawn beside."""


def _opacity(number: int, count: int) -> float:
    """Of curve `number` = 1 … `count` beside that of the state, which has 1."""
    return round(0.75 - (0.75 - FAINTEST) * (number - 1) / max(count - 1, 1), 3)


def _others(found: Sequence[Series]) -> list[float]:
    return list(dict.fromkeys(one.beside for one in found if one.beside is not None))


def _faded(one: Series, found: Sequence[Series]) -> dict[str, Any]:
    """A curve beside is lighter, and its ensemble stands in the legend already."""
    if one.beside is None:
        return {}
    others = _others(found)
    return {"opacity": _opacity(1 + others.index(one.beside), len(others)), "showlegend": False}


def _value_beside(view: str, value: float, place: Box) -> str:
    if view == "temperature":
        letter = "B" if place.strength.name == "T" else "ω"
        return f"{letter} = {_short(place.shown_field(value))} {place.strength.name}"
    return f"T = {_short(place.shown_temperature(value))} {place.heat.name}"


def _place_of(view: str, one: Series, place: Box) -> str:
    """`, T = 0.4 Δ₀` of a curve that is drawn beside."""
    return "" if one.beside is None else f", {subscripts(_value_beside(view, one.beside, place))}"


def _values_beside(
    view: str, state: State, place: Box, found: Sequence[Series], dark: bool
) -> list[dict[str, Any]]:
    """Entries of the legend for the temperatures or fields, where there are several."""
    others = _others(found)
    if not others:
        return []
    own = state.field if view == "temperature" else state.temperature
    ink = "#e6e6e6" if dark else "#1f2328"
    return [
        {"type": "scatter", "mode": "lines", "x": [None], "y": [None], "hoverinfo": "skip",
         "name": subscripts(_value_beside(view, value, place)), "line": {"color": ink, "width": 1.8},
         "opacity": 1.0 if number == 0 else _opacity(number, len(others))}
        for number, value in enumerate([own, *others])
    ]  # fmt: skip


def _tell_values(traces: list[dict[str, Any]], layout: dict[str, Any]) -> None:
    """A legend of the temperatures or fields alone: the ensembles stand beside their ticks."""
    for trace in traces:
        trace["showlegend"] = trace.get("x") == [None]
    layout["showlegend"] = True
    layout["legend"] |= {"x": 1.0, "y": 1.0, "xanchor": "right", "yanchor": "top", "orientation": "v",
                         "tracegroupgap": 0, "itemwidth": 30}  # fmt: skip


def _line(y: Array, one: Series, dark: bool, width: float, tail: str = "") -> dict[str, Any]:
    is_gap_of_bcs = (one.ensemble, one.observable) == ("mean-field", "gap")
    symbol = "Δ" if is_gap_of_bcs else SYMBOLS[one.observable]
    name = f"{NAMES[one.ensemble]} {subscripts(symbol)}{tail}"
    stroke = {"color": COLOURS[one.ensemble][dark], "dash": DASHES[one.ensemble], "width": width}
    return {
        "type": "scatter",
        "mode": "lines",
        "y": _packed(y),
        "name": name,
        "line": stroke | {"simplify": False},
        "hovertemplate": "%{y:.6g}<extra>" + name + "</extra>",
        "connectgaps": False,
    }


def _peaks(observable: str, place: Box, found: Sequence[Series]) -> list[Array]:
    """What an axis has to hold: a peak of BCS no higher than `SPIKE` times those of the others."""
    own = [one for one in found if one.observable == observable and one.values is not None]
    exact = [_shown_values(one, place) for one in own if one.ensemble != "mean-field"]
    bcs = [_shown_values(one, place) for one in own if one.ensemble == "mean-field"]
    if bcs and (top := _largest(exact)) > 0.0:
        return [*exact, *(np.minimum(values, SPIKE * top) for values in bcs)]
    return [*exact, *bcs]


def _is_cut(view: str, place: Box, found: Sequence[Series]) -> bool:
    """Whether BCS goes higher than its picture."""
    of = {
        name: [one for one in found if one.observable == name and one.values is not None]
        for name in RESPONSES
    }
    return view == "response" and any(
        _largest([_shown_values(one, place) for one in own]) > _largest(_peaks(name, place, own))
        for name, own in of.items()
    )


def _largest(values: Sequence[Array]) -> float:
    finite = [one[np.isfinite(one)] for one in values]
    return max((float(one.max()) for one in finite if one.size), default=0.0)


def _range(values: Sequence[Array]) -> dict[str, Any]:
    """From 0, or below it, to above the largest; the browser need not look for it."""
    top, bottom = _largest(values), -_largest([-one for one in values])
    if top <= 0.0 and bottom >= 0.0:
        return {"range": [0.0, 1.0]}
    low = min(bottom, 0.0)
    return {"range": [1.05 * low, max(top, 0.0) + 0.05 * (top - low)]}


# -- the others ------------------------------------------------------------------------------------


def _levels(_: State, place: Box, found: Levels, dark: bool) -> Figure:
    seniorities = sorted({line.seniority for line in found.lines})
    ground = min(line.energy for line in found.lines)
    shares = {nu: place / max(len(seniorities) - 1, 1) for place, nu in enumerate(seniorities)}
    is_named = len(seniorities) <= MANY_SENIORITIES
    fans: dict[str, list[diagram.Line]] = {}
    for line in found.lines:  # of very many seniorities those of one colour are drawn at once
        name = f"ν = {line.seniority}" if is_named else _ramp(shares[line.seniority], dark)
        fans.setdefault(name, []).append(line)
    traces = [
        _fan(lines, place, ground)
        | {
            "name": name,
            "line": {
                "color": _ramp(shares[lines[0].seniority], dark),
                "width": 1.4 if len(found.lines) <= DENSE else 0.6,
            },
            "showlegend": is_named,
        }
        for name, lines in sorted(fans.items(), key=lambda fan: fan[1][0].seniority)
    ]
    if not is_named:
        traces.append(_scale(seniorities, dark))
    layout = _layout(dark, _label("field", place), f"E − E₀ − ωm ({place.energy.name})", place, "field")
    layout |= {"showlegend": is_named, "hovermode": "closest"}
    layout["legend"] |= {"orientation": "v", "x": 1.02, "y": 1.0, "xanchor": "left", "yanchor": "top"}
    layout["legend"] |= {"itemwidth": 30, "tracegroupgap": 0}
    layout["margin"]["r"] = 72
    layout["yaxis"] |= {"rangemode": "normal", "range": _view(found, place, ground)}
    traces += [_lowest(found, place, ground, dark), _crossings(found, place, ground, dark)]
    return {"data": traces, "layout": layout}


def _steps(found: Levels, place: Box) -> list[str]:
    """Where the ground state changes, and from which seniority to which."""
    unit = place.strength
    return [
        f"{_short(field / unit.size)} {unit.name} (ν {old.seniority} → {new.seniority})"
        for (_, old), (field, new) in pairwise(diagram.envelope(found.lines))
    ]


def _listed(found: Levels, place: Box) -> str:
    """The first steps of several shells; those of one shell stand among the facts."""
    if place.system.is_single_shell or not found.corners:
        return ""
    fields = [_short(corner.field / place.strength.size) for corner in found.corners]
    tail = ", …" if len(fields) > MOST_STEPS else ""
    return f"Steps at {', '.join(fields[:MOST_STEPS])}{tail} ({place.strength.name})."


def _higher(found: Levels, place: Box) -> str:
    """How many levels lie above the picture."""
    top = min(line.energy for line in found.lines) + _ceiling(found, place)
    count = sum(line.energy > top for line in found.lines)
    if count == 1:
        return "1 level lies higher; a double click shows it."
    return f"{count} levels lie higher; a double click shows them." if count else ""


def _fan(lines: Sequence[diagram.Line], place: Box, ground: float) -> dict[str, Any]:
    """Levels of one colour: from no field to the end of the axis."""
    x: list[float | None] = []
    y: list[float | None] = []
    numbers: list[list[float] | None] = []
    for line in lines:
        y0 = (line.energy - ground) / place.energy.size
        drop = place.field_reach * place.strength.size * line.moment / place.energy.size
        x += [0.0, place.field_reach, None]
        y += [y0, y0 - drop, None]
        numbers += [[line.seniority, line.moment]] * 2 + [None]
    words = "ν = %{customdata[0]}, m = %{customdata[1]:.6g}<extra></extra>"
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "customdata": numbers, "hovertemplate": words}


def _lowest(found: Levels, place: Box, ground: float, dark: bool) -> dict[str, Any]:
    """The ground state, a straight line from crossing to crossing."""
    end = place.field_reach * place.strength.size
    start = [(field, line) for field, line in diagram.envelope(found.lines) if field <= end]
    corners = [*start, (end, start[-1][1])]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [field / place.strength.size for field, _ in corners],
        "y": [(line.energy - ground - field * line.moment) / place.energy.size for field, line in corners],
        "name": "ground state",
        "showlegend": False,
        "line": {"color": "#ffffff" if dark else "#111111", "width": 2.4},
        "hoverinfo": "skip",
    }


def _crossings(found: Levels, place: Box, ground: float, dark: bool) -> dict[str, Any]:
    ink, hole = ("#ffffff", "#111111") if dark else ("#111111", "#ffffff")
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [corner.field / place.strength.size for corner in found.corners],
        "y": [(corner.energy - ground) / place.energy.size for corner in found.corners],
        "name": "crossings of the ground state",
        "showlegend": False,
        "marker": {"size": 8, "color": hole, "line": {"width": 2, "color": ink}},
        "customdata": _steps(found, place),
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _scale(seniorities: Sequence[int], dark: bool) -> dict[str, Any]:
    """The colours of very many seniorities as a bar beside the picture."""
    ends = [seniorities[0], seniorities[-1]]
    colours = [[step / 10, _ramp(step / 10, dark)] for step in range(11)]
    bar = {"thickness": 10, "outlinewidth": 0, "title": {"text": "ν"}, "x": 1.02}
    marker = {"color": ends, "cmin": ends[0], "cmax": ends[1], "colorscale": colours, "showscale": True}
    own = {"type": "scatter", "mode": "markers", "x": [None, None], "y": [None, None], "hoverinfo": "skip"}
    return own | {"name": "seniorities", "showlegend": False, "marker": marker | {"colorbar": bar}}


def _view(found: Levels, place: Box, ground: float) -> list[float]:
    """From below the ground state at the end of the axis to above the highest level at its beginning."""
    end = place.field_reach * place.strength.size
    low = min(line.energy - ground - end * line.moment for line in found.lines) / place.energy.size
    high = _ceiling(found, place) / place.energy.size
    margin = 0.05 * (high - low or 1.0)
    return [low - margin, high + margin]


def _ceiling(found: Levels, place: Box) -> float:
    """The highest level; where that is far above all that become the ground state, something above these."""
    end = place.field_reach * place.strength.size
    first, *others = diagram.envelope(found.lines)
    highest = max(line.energy for line in found.lines) - first[1].energy
    needed = max((line.energy - first[1].energy for field, line in others if field <= end), default=0.0)
    return 2.0 * needed if 0.0 < FAR * needed < highest else highest


def _seniority(state: State, place: Box, found: Sequence[Series], dark: bool) -> Figure:
    is_seniority = not has_occupations(state)
    traces = [_bars(one, dark, is_seniority) for one in found if one.values is not None]
    words = ("seniority ν", "P(ν)") if is_seniority else ("shell, by label or energy", "⟨n⟩")
    layout = _layout(dark, *words, place, None) | {"barmode": "group", "bargap": 0.25}
    if is_seniority:
        layout["xaxis"]["range"] = [-1.0, _last(traces, state, place) + 1.0]
    else:
        names = [safe(one, MOST_TICK) for one in labels(state)]
        layout["xaxis"] |= {"tickvals": list(range(len(names))), "ticktext": names, "automargin": True}
    return {"data": traces, "layout": layout}


def _bars(one: Series, dark: bool, is_seniority: bool) -> dict[str, Any]:
    values = np.atleast_1d(np.squeeze(np.asarray(one.values)))
    numbers = np.arange(values.size)
    parities = [bool(values[start::2].any()) for start in (0, 1)]
    if is_seniority and not all(parities):  # between the seniorities of N's parity there is nothing
        start = 0 if parities[0] or not parities[1] else 1
        numbers, values = numbers[start::2], values[start::2]
    pattern = {"shape": HATCHES[one.ensemble], "size": 6, "solidity": 0.35}
    return {
        "type": "bar",
        "x": numbers.tolist(),
        "y": _finite(values),
        "name": NAMES[one.ensemble],
        "marker": {"color": COLOURS[one.ensemble][dark], "pattern": pattern},
        "hovertemplate": "%{x}: %{y:.6g}<extra>" + NAMES[one.ensemble] + "</extra>",
    }


def _last(traces: Sequence[dict[str, Any]], state: State, place: Box) -> float:
    """Where the axis of seniorities ends: in steps of a factor of 2, so that it seldom moves."""
    number, pairs = place.system.electrons, place.system.pair_degeneracy
    is_fixed = set(state.ensembles) <= {"canonical", "mean-field"}
    highest = max(min(number, 2 * pairs - number), 1) if is_fixed else pairs
    seen = [x for one in traces for x, y in zip(one["x"], one["y"], strict=True) if (y or 0.0) > SEEN]
    reach = 12.0
    while reach < max(seen, default=0):
        reach *= 2.0
    return min(reach, float(highest))


def _map(_: State, place: Box, found: Sequence[Series], dark: bool) -> Figure:
    if not any(one.values is not None for one in found):
        return blank(dark=dark)
    (one,) = found
    values = _shown_values(one, place)
    rows, columns = values.shape
    layout = _layout(dark, _label("field", place), _label("temperature", place), place, "field")
    layout |= {"dragmode": False, "hovermode": "closest"}
    layout["yaxis"] |= {"rangemode": "normal", "range": [0.0, place.heat_reach], "showgrid": False}
    layout["xaxis"]["showgrid"] = False
    own = unit(one.observable, place)
    title = {"text": subscripts(SYMBOLS[one.observable] + (f"<br>({own})" if own else ""))}
    trace = {
        "type": "heatmap",
        "y0": 0.0,
        "dy": place.heat_reach / (rows - 1),
        "z": _packed(values) | {"shape": f"{rows}, {columns}"},
        "colorscale": [[i / (len(BATLOW) - 1), colour] for i, colour in enumerate(BATLOW)],
        "colorbar": {"thickness": 10, "outlinewidth": 0, "title": title},
        "hovertemplate": "%{x:.4g}, %{y:.4g}: %{z:.6g}<extra></extra>",
        "zsmooth": False,
    }
    return {"data": [_axis("field", place, columns) | trace], "layout": layout}


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


def safe(text: str, most: int = MOST_LABEL) -> str:
    """A word from a file as plotly writes it letter by letter: no link, no markup, no template in it."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return html.escape(short, quote=False).replace("%", "&#37;").replace("$", "&#36;")


def subscripts(text: str) -> str:
    """Symbols such as T_c with their index below, in HTML as in plotly; k_BT_c are two of them."""
    return re.sub(INDEX, r"<sub>\1</sub>", text)


def _shown_values(one: Series, place: Box) -> Array:
    assert one.values is not None
    return one.values * _unit(one.observable, place)


def _axis(name: str, place: Box, count: int) -> dict[str, float]:
    """So many equal steps along the field or the temperature."""
    reach = place.field_reach if name == "field" else place.heat_reach
    return {"x0": 0.0, "dx": reach / (count - 1)}


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
        "font": {"family": FONT, "size": 12, "color": ink},
        "showlegend": False,
        "legend": {"font": {"size": 11}, "bgcolor": "rgba(0,0,0,0)"},
        "hovermode": "x unified" if axis else "closest",
        "hoverlabel": {"bgcolor": "#20242a" if dark else "#ffffff", "font": {"color": ink}},
        "xaxis": common | {"title": {"text": x, "standoff": 8}} | ({"range": [0.0, end]} if end else {}),
        "yaxis": common | {"title": {"text": y, "standoff": 8}, "rangemode": "tozero"},
        "uirevision": " ".join([place.key, x, y, str(end)]),  # a zoom is for these axes alone
    }


def _ramp(share: float, dark: bool) -> str:
    """A colour of batlow that is read on its ground."""
    low, high = (0.3, 1.0) if dark else (0.0, 0.75)
    return BATLOW[round((low + share * (high - low)) * (len(BATLOW) - 1))]


def _finite(values: Any) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in np.asarray(values, dtype=float).tolist()]


def _packed(values: Array) -> dict[str, Any]:
    """Numbers as plotly takes them with all their bits; what is not finite is a hole."""
    kept = np.where(np.isfinite(values), values, np.nan).astype("<f8")
    return {"dtype": "f8", "bdata": base64.b64encode(kept.tobytes()).decode()}


def _short(value: float) -> str:
    return f"{value:.4g}"
