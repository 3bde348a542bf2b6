"""The data of each figure hold the curves of the paper; the drawings show them."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import pytest
import xarray as xr

from quasispin.paper.claims_steps import plateau
from quasispin.paper.clusters import cluster
from quasispin.paper.data import COARSE, FIGURES, Resolution
from quasispin.paper.drawing import DRAWINGS, draw

CURVES = {
    "fig1": ([11], "temperature", [0.0, 0.8, 2.0], ("canonical_gap", "bcs_gap", "connected_gap")),
    "fig2": ([11], "field", [0.0, 0.5, 1.05, 1.5, 2.0], ("canonical_gap", "bcs_gap", "connected_gap")),
    "fig3": ([7, 23], "temperature", [0.0, 0.1, 0.2], ("canonical_gap", "bcs_gap")),
    "fig4": (
        [7, 23],
        "temperature",
        [0.02, 0.05, 0.1, 0.2],
        ("canonical_susceptibility", "bcs_susceptibility"),
    ),
    "fig5": (
        [7, 23],
        "temperature",
        [0.02, 0.05, 0.1, 0.2],
        ("canonical_heat_capacity", "bcs_heat_capacity"),
    ),
}


@cache
def data(name: str) -> xr.Dataset:
    return FIGURES[name](COARSE)


@pytest.mark.parametrize("name", CURVES)
def test_figure_holds_the_curves_of_the_paper(name: str) -> None:
    shells, parameter, values, variables = CURVES[name]
    figure = data(name)
    assert figure.pairs.values.tolist() == shells
    assert figure[parameter].values.tolist() == values
    assert figure.electrons.sel(parity="even").values.tolist() == [m - 1 for m in shells]
    assert figure.electrons.sel(parity="odd").values.tolist() == shells
    for variable in variables:
        assert np.isfinite(figure[variable]).all()
        assert figure[variable].attrs["units"]


@pytest.mark.parametrize("parity", ["even", "odd"])
def test_cold_plateaus_are_the_pair_energies(parity: str) -> None:
    figure, system = data("fig1"), cluster(11, parity)
    cold = figure.canonical_gap.sel(pairs=11, parity=parity, temperature=0.0)
    for ratio, value in zip(figure.field.values, cold.values, strict=True):
        if np.abs(system.crossing_fields() * 11 / 3 - ratio).min() > 1e-9:
            nu = system.ground_seniority(float(ratio) * 3 / 11)
            assert value == pytest.approx(plateau(system, nu), abs=1e-12)


def test_jumps_carry_the_moment_that_the_smooth_part_lacks() -> None:
    figure = data("fig4").sel(pairs=7, parity="even", temperature=0.02)
    assert float(figure.jump_moment.sum()) == pytest.approx(13.0, rel=0.01)
    gaps = data("fig3")
    assert (gaps.jump_gap_before > gaps.jump_gap_after).where(gaps.jump_field.notnull(), True).all()


def test_no_bcs_peak_is_cut_by_the_grid() -> None:
    fine = FIGURES["fig4"](Resolution(fields=300)).peak_susceptibility.max("peak")
    assert data("fig4").peak_susceptibility.max("peak").values == pytest.approx(fine.values, rel=1e-3)


def test_maps_of_the_exact_ensembles_keep_pairing_where_bcs_has_none() -> None:
    hot = data("map").connected_gap.sel(temperature=1.0, field=1.5, method="nearest")
    assert (hot.sel(ensemble=["canonical", "number parity", "grand canonical"]) > 0.1).all()
    assert (hot.sel(ensemble="BCS") == 0).all()


def test_crossings_of_the_level_diagram_lie_on_the_ground_state() -> None:
    figure = data("levels").sel(pairs=11, parity="even")
    ground = figure.energy.min("seniority")
    expected = np.interp(figure.crossing_field[:5], figure.field, ground)
    assert figure.crossing_energy[:5].values == pytest.approx(expected, rel=0.03)
    assert figure.crossing_field[4] == pytest.approx(1.0)


def test_every_figure_has_a_drawing() -> None:
    assert set(FIGURES) == set(DRAWINGS)


def test_bcs_is_dotted_and_jumps_are_arrows() -> None:
    axis = draw("fig4", data("fig4")).axes[0]
    kinds = {str(line.get_linestyle()) for line in axis.lines}
    assert ":" in kinds or any(line.is_dashed() for line in axis.lines)
    arrows = [line for line in axis.lines if line.get_marker() == "^"]
    assert len(arrows) >= 4
    assert {text.get_text() for text in axis.texts} >= {"4.0", "6.0"}


def test_the_legend_stays_clear_of_the_curves() -> None:
    figure = draw("fig1", data("fig1"))
    figure.savefig(io.BytesIO(), format="png", dpi=50)
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert all(not box.overlaps(axis.get_window_extent()) for axis in figure.axes)
