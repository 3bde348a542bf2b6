"""The Python that the page shows makes exactly the numbers of the page, and of its files."""

from __future__ import annotations

import csv
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

from quasispin.errors import InputError, QuasispinError
from quasispin.explorer import compute, downloads
from quasispin.explorer.box import box
from quasispin.explorer.compute import Series, beside
from quasispin.explorer.pictures import part_of, picture
from quasispin.explorer.presets import PRESETS
from quasispin.explorer.script import LINE, Ranges, dataset, figure, file_name, script
from quasispin.explorer.state import COLOURS, VIEWS, State, packed
from quasispin.sweep.store import read as read_sweep
from tests.explorer.examples import CLUSTERS, DEFORMED, EVERY, SEVERAL, SINGLE, unpacked

SHOWN = {
    **{name: one.make() for name, one in PRESETS.items()},
    "kelvin": SINGLE["kelvin"],
    "odd": SINGLE["odd"],
    "cold": SINGLE["cold"],
    "deformed": DEFORMED,
    "levels of an own unit": SEVERAL["levels of an own unit"],
    "layer": CLUSTERS["layer"],
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")
    return tmp_path


def run(state: State, ranges: Ranges | None = None) -> dict[str, Any]:
    """What the shown Python makes in a namespace of its own."""
    import matplotlib.pyplot as plt

    names: dict[str, Any] = {}
    exec(script(state, ranges), names)
    plt.close(names["figure"])
    return names


@lru_cache(maxsize=64)
def found(part: str, state: State) -> Any:
    return compute.compute(part, state)


def same(data: xr.Dataset, other: xr.Dataset) -> None:
    """To the bit, but for the second they were made in."""
    xr.testing.assert_identical(data.assign_attrs(created=""), other.assign_attrs(created=""))


def values_of(data: xr.Dataset, one: Series, state: State) -> Any:
    """The numbers of a series in a dataset."""
    chosen = data[one.observable]
    if "ensemble" in chosen.dims:
        chosen = chosen.isel(ensemble=state.ensembles.index(one.ensemble))
    part = part_of(state.view, state)
    if others := beside(part, state):
        place = 0 if one.beside is None else 1 + others.index(one.beside)
        chosen = chosen.isel(temperature=place) if part == "field" else chosen.isel(field=place)
    return np.squeeze(chosen.values)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", SHOWN)
def test_the_shown_python_makes_the_numbers_of_the_page_to_the_bit(name: str, view: str, here: Path) -> None:
    state = SHOWN[name].but(view=view)
    names = run(state)
    data = names["data"]
    same(data, dataset(state))
    assert names["system"] == box(state).system
    with xr.open_dataset(here / f"{file_name(state)}.nc") as kept:
        xr.testing.assert_equal(kept.load(), data)
    assert (here / f"{file_name(state)}.png").read_bytes().startswith(b"\x89PNG")
    if view == "levels":
        assert [tuple(row) for row in zip(*(data[key].values.tolist() for key in LINE), strict=True)] == [
            tuple(line) for line in names["found"]
        ]
        return
    for one in found(part_of(view, state), state):
        if one.values is not None and one.observable in data:
            np.testing.assert_array_equal(values_of(data, one, state), np.squeeze(one.values))


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_draws_the_numbers_of_its_file(name: str) -> None:
    state = SHOWN[name].but(view="response")
    place, part = box(state), part_of("response", state)
    drawn = picture("response", state, found(part, state), dark=False)["data"]
    data = dataset(state)
    for one in found(part, state):
        if one.observable in data and one.values is not None:
            size = place.energy.size if one.observable == "susceptibility" else 1.0
            values = values_of(data, one, state) * size
            wanted = np.where(np.isfinite(values), values, np.nan)
            assert any(np.array_equal(unpacked(trace["y"]), wanted, equal_nan=True) for trace in drawn)


CURVES = ("field", "temperature", "response")


@pytest.mark.parametrize("view", CURVES)
@pytest.mark.parametrize("name", ["figure-4", "aluminium", "tin", "kelvin", "layer", "levels of an own unit"])
def test_the_shown_python_draws_the_axes_of_the_page(name: str, view: str, here: Path) -> None:
    """The curves in the units of the page, every panel with the ranges of its axes."""
    state = SHOWN[name].but(view=view)
    part = part_of(view, state)
    page = picture(view, state, found(part, state), dark=False)
    x, y = page["layout"]["xaxis"]["range"], page["layout"]["yaxis"]["range"]
    second = page["layout"].get("yaxis2", {}).get("range")
    ranges = Ranges(
        (0.1 * x[1], 0.5 * x[1]), (y[0], 0.7 * y[1]), None if second is None else (0.0, second[1])
    )
    names = run(state, ranges)
    axes = names["axes"]
    windows = [ranges.y] * len(axes) if ranges.second is None else [ranges.y, ranges.second]
    assert [axis.get_xlim() for axis in axes] == [ranges.x] * len(axes)
    assert [axis.get_ylim() for axis in axes] == windows
    drawn = [
        np.asarray(line.get_xydata()) for axis in axes for line in axis.lines if len(line.get_xdata()) > 2
    ]
    for trace in page["data"]:
        if "bdata" not in (trace.get("y") or {}):
            continue  # an entry of the legend
        values = unpacked(trace["y"])
        places = trace["x0"] + trace["dx"] * np.arange(values.size)
        assert any(
            np.allclose(one[:, 0], places, rtol=1e-12, atol=1e-12 * x[1])
            and np.allclose(one[:, 1], values, rtol=1e-12, atol=0.0, equal_nan=True)
            for one in drawn
            if len(one) == values.size
        ), trace["name"]
    made = figure(state, ranges).axes
    assert [axis.get_xlim() for axis in made[: len(axes)]] == [ranges.x] * len(axes)
    assert [axis.get_xlabel() for axis in made[: len(axes)]] == [axis.get_xlabel() for axis in axes]


def test_the_levels_and_the_map_have_the_ranges_of_the_page(here: Path) -> None:
    near = Ranges((0.5, 1.0), (-1.0, 0.5))
    state = State(size=2, electrons=4)
    (axis,) = run(state.but(view="levels"), near)["axes"]
    ground = min(line.energy for line in found("levels", state).lines)
    np.testing.assert_allclose(axis.get_xlim(), [0.5 * 3 / 5, 3 / 5])
    np.testing.assert_allclose(axis.get_ylim(), [ground - 1.0, ground + 0.5])
    (axis,) = run(state.but(view="map"), Ranges((0.5, 1.0), (0.1, 0.5)))["axes"]
    assert (axis.get_xlim(), axis.get_ylim()) == ((0.5, 1.0), (0.1, 0.5))


def test_the_map_of_every_colour_runs(here: Path) -> None:
    for colour in COLOURS:
        state = State(size=1, electrons=2, view="map", colour=colour)
        same(run(state)["data"], dataset(state))


def test_the_shown_python_is_a_program_of_its_own(tmp_path: Path) -> None:
    """Nothing but the public package and a fresh interpreter."""
    path = tmp_path / "view.py"
    path.write_text(script(State(view="field")), encoding="utf-8")
    command = [sys.executable, "-W", "error", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    with xr.open_dataset(tmp_path / f"{file_name(State(view='field'))}.nc") as kept:
        xr.testing.assert_equal(kept.load(), dataset(State(view="field")))


def test_without_an_ensemble_there_is_nothing_to_show() -> None:
    for call in (script, dataset):
        with pytest.raises(InputError, match="`ensembles` must hold at least one to draw"):
            call(State(ensembles=()))


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", downloads.KINDS)
def test_a_file_is_what_its_name_says_and_holds_the_numbers(kind: str, tmp_path: Path) -> None:
    state = EVERY.but(view="response")
    content = downloads.file(state, kind)
    assert downloads.name(state, kind) == f"response-against-field-orbital-l5-N10-T0.25.{kind}"
    data = dataset(state)
    if kind == "nc":
        (tmp_path / "view.nc").write_bytes(content)
        with xr.open_dataset(tmp_path / "view.nc") as kept:
            xr.testing.assert_equal(kept.load(), data)
        assert "unchecked" not in read_sweep(tmp_path / "view.nc").attrs
    elif kind == "csv":
        lines = content.decode().splitlines()
        table = {name: column for name, *column in zip(*csv.reader(lines), strict=True)}
        wanted = data.to_dataframe().reset_index()
        units = {"susceptibility": "mu_B^2 / Δ₀", "heat_capacity": "k_B", "field": "Δ₀"}
        for name, unit in units.items():
            np.testing.assert_array_equal(np.array(table[f"{name} ({unit})"], dtype=float), wanted[name])
    elif kind == "py":
        assert content.decode() == script(state)
    else:
        assert content.startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_in_kelvin_and_tesla_the_files_are_so_too(here: Path) -> None:
    state = SINGLE["kelvin"].but(view="field")
    data = dataset(state)
    place = box(state)
    assert [data[name].attrs["units"] for name in ("temperature", "field", "gap")] == ["K", "T", "meV"]
    np.testing.assert_allclose(data["field"][-1], place.field_reach, rtol=1e-15)
    np.testing.assert_allclose(data["temperature"], place.shown_temperature(state.temperature), rtol=1e-15)
    head = downloads.file(state, "csv").decode().splitlines()[0].split(",")
    assert {"temperature (K)", "field (T)", "gap (meV)"} <= set(head)
    axes = run(state)["figure"].axes[0]
    assert axes.get_xlabel().endswith("(T)")


def test_a_file_of_nothing_is_one_sentence() -> None:
    for kind in downloads.KINDS:
        with pytest.raises(QuasispinError, match="at least one"):
            downloads.file(State(ensembles=()), kind)


def test_a_file_is_named_after_its_view_and_system() -> None:
    state = State(temperature=0.25, field=1.5)
    names = {view: file_name(state.but(view=view)) for view in VIEWS}
    assert names["field"] == "gap-against-field-orbital-l5-N10-T0.25"
    assert names["temperature"] == "gap-against-temperature-orbital-l5-N10-B1.5"
    assert names["seniority"] == "seniority-orbital-l5-N10-T0.25-B1.5"
    assert names["map"] == "connected-gap-map-orbital-l5-N10"
    cold = State(box="cluster", electrons=None, radius=1.2, laboratory=True)
    name = file_name(cold.but(temperature=0.0))
    assert name.startswith("gap-against-field-Al-sphere-R1.2nm-N")
    assert name.endswith("-T0K")


def test_a_title_of_two_lines_is_no_python() -> None:
    text = 'title = "../a\\nimport os"\nelectrons = 2\ncoupling = 0.1\n[[shells]]\nenergy = 0.0\npairs = 2\n'
    state = State(box="levels", levels=packed(text, "toml"), electrons=None)
    assert "\nimport os" not in script(state)
    assert file_name(state) == "gap-against-field-a-import-os-N2-T0.02"
