"""Pictures are plain JSON, told apart by more than colour, and say in words what they show."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from quasispin.explorer import compute, pictures
from quasispin.explorer.box import box
from quasispin.explorer.presets import PRESETS
from quasispin.explorer.state import ENSEMBLES, VIEWS, State
from tests.explorer.examples import DEFORMED, EVERY, SEVERAL, SINGLE, TIN, unpacked

DRAWN = SINGLE | {"deformed": DEFORMED, "levels": SEVERAL["levels"], "tin": TIN}
PEAK = ("canonical", "susceptibility")
READABLE = 4.5
"""Contrast of text on its ground, WCAG 2 AA."""


@lru_cache(maxsize=128)
def found(view: str, name: str) -> Any:
    state = DRAWN[name]
    return compute.compute(pictures.part_of(view, state), state)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_json_without_nan(name: str, view: str, dark: bool) -> None:
    figure = pictures.picture(view, DRAWN[name], found(view, name), dark=dark)
    text = json.dumps(figure, allow_nan=False)
    assert json.loads(text) == figure
    assert set(figure) == {"data", "layout", "config"}


@pytest.mark.parametrize("view", VIEWS)
def test_dark_differs_from_light_in_colours_alone(view: str) -> None:
    light, dark = (pictures.picture(view, EVERY, found(view, "every"), dark=on) for on in (False, True))
    assert light != dark
    assert [_numbers(trace) for trace in light["data"]] == [_numbers(trace) for trace in dark["data"]]


def _numbers(trace: dict[str, Any]) -> Any:
    return [trace.get(name) for name in ("x", "x0", "dx", "y", "z", "name", "type")]


@pytest.mark.parametrize("view", ["field", "temperature", "response"])
def test_ensembles_differ_by_their_strokes_too(view: str) -> None:
    figure = pictures.picture(view, EVERY, found(view, "every"), dark=False)
    strokes = {trace["name"].rpartition(" ")[0]: trace["line"]["dash"] for trace in figure["data"]}
    assert len(strokes) == len(set(strokes.values())) == len(ENSEMBLES)


def test_bars_of_ensembles_differ_by_their_hatching_too() -> None:
    figure = pictures.picture("seniority", EVERY, found("seniority", "every"), dark=False)
    hatches = [trace["marker"]["pattern"]["shape"] for trace in figure["data"]]
    assert len(hatches) == len(set(hatches)) == 3


def luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_lines_stand_out_from_their_ground() -> None:
    for light, dark in pictures.COLOURS.values():
        assert contrast(light, "#ffffff") >= 3.0
        assert contrast(dark, "#14171a") >= READABLE


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_says_in_words_what_it_shows(name: str, view: str) -> None:
    state = DRAWN[name]
    words = pictures.text(view, state, found(view, name))
    assert words.endswith(".")
    assert "nan" not in words
    assert pictures.title(view, state)


def test_the_words_of_a_curve_are_its_smallest_and_largest_number() -> None:
    (one,) = [one for one in found("field", "odd") if one.ensemble == "canonical" and one.observable == "gap"]
    words = pictures.text("field", DRAWN["odd"], [one])
    assert words == (
        f"Gap against field, temperature 0.1 Δ₀: canonical pairing gap from {one.values.min():.4g} "
        f"to {one.values.max():.4g}."
    )


def test_what_is_missing_is_said_below_its_picture() -> None:
    assert pictures.reasons("seniority", EVERY, found("seniority", "every")) == ""  # the others have it
    alone = [one for one in found("seniority", "every") if one.ensemble == "mean-field"]
    assert pictures.reasons("seniority", EVERY.but(ensembles=("mean-field",)), alone).startswith("BCS: ")
    assert pictures.reasons("field", EVERY, found("field", "every")) == ""
    assert pictures.reasons("levels", EVERY, found("levels", "every")) == ""
    assert pictures.reasons("field", EVERY.but(ensembles=()), []) == "No ensemble is on."


def test_marks_stand_at_the_temperature_and_field_of_the_state() -> None:
    state = EVERY.but(against="temperature")
    assert pictures.marks("field", state) == (state.field, None)
    assert pictures.marks("response", state) == pictures.marks("temperature", state) == (0.25, None)
    assert pictures.marks("map", state) == (state.field, state.temperature)
    assert pictures.marks("seniority", state) == (None, None)


def test_crossings_lie_on_two_levels() -> None:
    figure = pictures.picture("levels", EVERY, found("levels", "every"), dark=False)
    *fans, lowest, crossings = figure["data"]
    assert lowest["name"] == "ground state"
    for name in ("x", "y"):
        np.testing.assert_allclose(lowest[name][1:-1], crossings[name], rtol=0.0, atol=1e-12)
    lines = [one["y"][i : i + 2] for one in fans for i in range(0, len(one["y"]), 3)]
    end = fans[0]["x"][1]
    assert len(lines) == len(found("levels", "every").lines)
    for x, y in zip(crossings["x"], crossings["y"], strict=True):
        heights = [one[0] + (one[1] - one[0]) * x / end for one in lines]
        assert min(heights) == pytest.approx(y, abs=1e-12)
        assert sum(abs(height - y) < 1e-9 for height in heights) >= 2


def test_every_step_says_where_it_is_and_from_what_to_what() -> None:
    figure = pictures.picture("levels", EVERY, found("levels", "every"), dark=False)
    crossings = figure["data"][-1]
    assert len(crossings["customdata"]) == len(crossings["x"]) == 5
    assert crossings["customdata"][0] == "0.6667 3Δ₀/M (ν 0 → 2)"
    assert pictures.text("levels", EVERY, found("levels", "every")).endswith("1 3Δ₀/M (ν 8 → 10).")


def test_of_several_shells_the_steps_stand_below_and_the_bars_are_a_choice() -> None:
    numbers = compute.compute("levels", TIN)
    assert pictures.reasons("levels", TIN, numbers).startswith("Steps at 0.7")
    assert pictures.title("seniority", TIN) == "Seniority"
    electrons = TIN.but(bars="occupation")
    assert pictures.title("seniority", electrons) == "Electrons in each shell"
    bars = compute.compute("seniority", electrons)
    assert bars[0].values.sum() == pytest.approx(16.0, rel=1e-12)
    shares = compute.compute("seniority", TIN)
    assert shares[0].values.sum() == pytest.approx(1.0, rel=1e-12)
    assert compute.key("seniority", TIN) != compute.key("seniority", electrons)
    single = EVERY.but(bars="occupation")
    assert compute.key("seniority", EVERY) == compute.key("seniority", single)


def test_shells_are_called_by_their_labels_or_energies() -> None:
    assert pictures.labels(TIN) == ["g7/2", "d5/2", "d3/2", "s1/2", "h11/2"]
    assert pictures.labels(SEVERAL["levels"]) == ["0", "1.5"]


def test_seniorities_of_the_other_parity_are_left_out() -> None:
    figure = pictures.picture("seniority", DRAWN["odd"], found("seniority", "odd"), dark=False)
    assert figure["data"][0]["x"] == [1, 3, 5, 7, 9, 11]


def test_no_numbers_are_no_picture() -> None:
    blank = pictures.blank(dark=True)
    assert blank["data"] == []
    nothing = [compute.Series("mean-field", "entropy", None, "a reason")]
    assert pictures.picture("map", State(), nothing, dark=True)["data"] == []


def test_numbers_are_shown_in_the_unit_of_their_axes() -> None:
    place = box(SINGLE["kelvin"])
    assert pictures.unit("gap", place) == "meV"
    assert pictures.unit("entropy", place) == "k_B"
    assert pictures.unit("susceptibility", box(State())) == "μ_B² / Δ₀"
    assert pictures.shown_value("gap", 0.35, place) == 0.35


def test_symbols_have_their_index_below() -> None:
    assert pictures.subscripts("Δ_conn") == "Δ<sub>conn</sub>"
    assert pictures.subscripts("μ_B² / Δ₀") == "μ<sub>B</sub>² / Δ₀"
    assert pictures.subscripts("χ") == "χ"
    assert pictures.subscripts("4k_BT_c") == "4k<sub>B</sub>T<sub>c</sub>"
    assert pictures.subscripts("m_ν+2 − m_ν") == "m<sub>ν+2</sub> − m<sub>ν</sub>"


def test_numbers_go_to_the_browser_with_all_their_bits() -> None:
    (one,) = [
        one for one in found("field", "every") if one.observable == "gap" and one.ensemble == "canonical"
    ]
    figure = pictures.picture("field", EVERY, found("field", "every"), dark=False)
    np.testing.assert_array_equal(unpacked(figure["data"][0]["y"]), one.values)
    (one,) = found("map", "every")
    (drawn,) = pictures.picture("map", EVERY, found("map", "every"), dark=False)["data"]
    np.testing.assert_array_equal(unpacked(drawn["z"]).reshape(one.values.shape), one.values)


def test_what_is_not_finite_is_a_hole() -> None:
    one = compute.Series("canonical", "gap", np.array([1.0, np.inf, np.nan]))
    figure = pictures.picture("field", EVERY, [one], dark=False)
    np.testing.assert_array_equal(unpacked(figure["data"][0]["y"]), [1.0, np.nan, np.nan])
    assert figure["layout"]["yaxis"]["range"] == [0.0, 1.05]


def test_a_peak_of_bcs_does_not_hide_the_others() -> None:
    """In `odd` BCS jumps where the canonical ensemble crosses over."""
    series = found("field", "odd")
    canonical = max(one.values.max() for one in series if (one.ensemble, one.observable) == PEAK)
    layout = pictures.picture("response", DRAWN["odd"], series, dark=False)["layout"]
    assert canonical < layout["yaxis"]["range"][1] <= 1.05 * pictures.SPIKE * canonical * 1.0001
    assert pictures.CUT in pictures.reasons("response", DRAWN["odd"], series)
    assert pictures.CUT not in pictures.reasons("field", DRAWN["odd"], series)


def test_many_seniorities_have_a_scale_instead_of_names() -> None:
    few, many = (State(size=size, electrons=size) for size in (5, 25))
    for state, is_named in ((few, True), (many, False)):
        figure = pictures.picture("levels", state, compute.compute("levels", state), dark=False)
        assert figure["layout"]["showlegend"] is is_named
        assert any("colorbar" in trace.get("marker", {}) for trace in figure["data"]) is not is_named


def test_levels_far_above_the_others_are_left_to_a_double_click() -> None:
    state = State(box="cluster", radius=0.6, electrons=None, window=1)
    levels = compute.compute("levels", state)
    layout = pictures.picture("levels", state, levels, dark=False)["layout"]
    energies = [line.energy for line in levels.lines]
    assert layout["yaxis"]["range"][1] * box(state).energy.size < 0.5 * (max(energies) - min(energies))
    assert pictures.reasons("levels", state, levels).endswith("levels lie higher; a double click shows them.")


def test_a_label_of_a_file_is_no_markup() -> None:
    assert pictures.safe("<a href=x>%{y} $x$</a>") == "&lt;a href=x&gt;&#37;{y} &#36;x&#36;&lt;/a&gt;"


def test_the_gap_is_called_by_its_symbol() -> None:
    words = {
        name: pictures.picture("field", DRAWN[name], found("field", name), dark=False)
        for name in ("every", "tin")
    }
    labels = {name: one["layout"]["yaxis"]["title"]["text"] for name, one in words.items()}
    assert labels == {"every": "Δ<sub>c</sub> (Δ₀)", "tin": "Δ<sub>s</sub> (MeV)"}


CURVES = {
    "figure-1": ("field", ["T = 0 Δ₀", "T = 0.4 Δ₀", "T = 1 Δ₀"]),
    "figure-2": ("temperature", ["ω = 1.05 3Δ₀/M", *(f"ω = {x} 3Δ₀/M" for x in ("0", "0.5", "1.5", "2"))]),
    "figure-3": ("field", ["T = 0.05 Δ₀", "T = 0 Δ₀", "T = 0.1 Δ₀"]),
    "figure-3-23": ("field", ["T = 0.05 Δ₀", "T = 0 Δ₀", "T = 0.1 Δ₀"]),
    **{
        name: ("response", ["T = 0.01 Δ₀", "T = 0.025 Δ₀", "T = 0.05 Δ₀", "T = 0.1 Δ₀"])
        for name in ("figure-4", "figure-4-7", "figure-5", "figure-5-23")
    },
}


@pytest.mark.parametrize("name", CURVES)
def test_a_preset_draws_the_curves_of_the_papers_figure(name: str) -> None:
    """Each temperature or field of `paper.data`, each told from the others by its lightness."""
    state = PRESETS[name].make()
    view, values = CURVES[name]
    assert state.view == view
    figure = pictures.picture(view, state, compute.compute(pictures.part_of(view, state), state), dark=False)
    entries = [trace for trace in figure["data"] if trace.get("x") == [None]]
    assert [entry["name"] for entry in entries] == values
    shades = [entry["opacity"] for entry in entries]
    assert shades == sorted(set(shades), reverse=True)
    curves = [trace for trace in figure["data"] if trace not in entries]
    kinds = {trace["name"].partition(",")[0] for trace in curves}
    assert len(curves) == len(values) * len(kinds)
    assert len({(trace["name"], trace.get("yaxis")) for trace in curves}) == len(curves)
    assert all(
        trace["name"].endswith(f", {values[1]}") for trace in curves if trace.get("opacity") == shades[1]
    )
    words = pictures.text(view, state, compute.compute(pictures.part_of(view, state), state))
    assert all(value in words for value in values[1:])


def test_the_curves_of_presets_are_those_of_the_paper() -> None:
    from quasispin.paper import data

    heats, scale = {"figure-1": data.fig1, "figure-3": data.fig3, "figure-4": data.fig4}, 0.5
    few = data.Resolution(3, 3, 3, 3)
    for name, make in heats.items():
        state = PRESETS[name].make()
        there = make(few)
        found = sorted({state.temperature, *state.temperatures})
        np.testing.assert_allclose(found, np.sort(there.temperature.values) * scale, rtol=1e-15)
