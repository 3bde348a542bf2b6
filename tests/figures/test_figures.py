"""Figures show what the dataset holds, say what it is, and embed their fonts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from quasispin import figures
from quasispin import observables as obs
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import InputError, UndefinedError
from quasispin.figures import style
from quasispin.sweep.run import sweep
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System

GRAIN = System.single_shell(Shell.orbital(5), electrons=10, gap_scale=1.0)
EXACT, BCS = Canonical(GRAIN), MeanField(GRAIN)
HEAT, FIELD = [0.05, 0.2, 0.4], np.linspace(0.0, 0.5, 41)


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    return sweep(EXACT, BCS, temperature=HEAT, field=FIELD, observables=[obs.gap, obs.susceptibility])


def words(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    assert legend is not None
    return [legend.get_title().get_text(), *(text.get_text() for text in legend.get_texts())]


def drawn(axes: Axes) -> bytes:
    stream = io.BytesIO()
    figure = axes.figure
    assert isinstance(figure, Figure)
    figure.savefig(stream, format="pdf")
    return stream.getvalue()


def test_the_lines_are_the_values_of_the_dataset(data: xr.Dataset) -> None:
    axes = figures.curves(data, observables=obs.gap)
    assert isinstance(axes, Axes)
    lines = [np.asarray(line.get_ydata()) for line in axes.get_lines()]
    values = data.gap.transpose("ensemble", "temperature", "field").values.reshape(6, -1)
    assert np.array_equal(lines, values)
    assert all(np.array_equal(line.get_xdata(), FIELD) for line in axes.get_lines())


def test_colour_tells_the_temperature_and_dots_the_mean_field(data: xr.Dataset) -> None:
    lines = figures.curves(data, observables=[obs.gap]).get_lines()
    colours = [line.get_color() for line in lines]
    assert colours[:3] == colours[3:]
    assert len(set(colours)) == 3
    assert [line.get_linestyle() for line in lines] == ["-"] * 3 + [":"] * 3


def test_axes_and_legend_name_symbol_unit_temperature_and_ensemble(data: xr.Dataset) -> None:
    axes = figures.curves(data, observables=obs.gap)
    assert axes.get_xlabel() == r"Larmor energy $\omega$ ($\Delta_0$)"
    assert axes.get_ylabel() == r"pairing gap $\Delta_c$ ($\Delta_0$)"
    assert words(axes)[1:] == [
        r"$T$ = 0.05 $\Delta_0$",
        r"$T$ = 0.2 $\Delta_0$",
        r"$T$ = 0.4 $\Delta_0$",
        "canonical",
        "mean field",
    ]


def test_the_unit_of_energy_can_be_named_and_is_not_guessed(data: xr.Dataset) -> None:
    assert figures.curves(data, observables=obs.gap, energy_unit="meV").get_ylabel().endswith("(meV)")
    other = Canonical(System.single_shell(Shell.orbital(2), 4, coupling=0.3))
    assert figures.curves(other).get_xlabel() == r"Larmor energy $\omega$"


def test_what_is_the_same_for_all_lines_stands_above_the_legend() -> None:
    data = sweep(EXACT, temperature=0.1, field=FIELD)
    axes = figures.curves(data)
    assert words(axes)[0].split("\n") == ["canonical", r"$T$ = 0.1 $\Delta_0$"]


def test_several_observables_are_several_panels_with_one_legend(data: xr.Dataset) -> None:
    axes = figures.curves(data, x="field")
    assert isinstance(axes, np.ndarray)
    assert [axis.get_ylabel().split(" $")[0] for axis in axes] == ["pairing gap", "magnetic susceptibility"]
    assert [axis.get_legend() is not None for axis in axes] == [False, True]


def test_bounds_are_drawn_where_they_are_named() -> None:
    levels = System([Shell([1.0], energy=float(k)) for k in range(4)], 4, 0.5)
    data = sweep(
        Canonical(levels, accuracy=1e-2), temperature=0.3, field=[0.0, 0.5], observables=obs.free_energy
    )
    assert "free_energy_bound" in data
    both = ["free_energy", "free_energy_bound"]
    assert np.size(figures.curves(data, x="field")) == 1
    assert np.size(figures.curves(data, x="field", observables=both)) == 2


def test_temperature_can_be_the_axis(data: xr.Dataset) -> None:
    axes = figures.curves(data.sel(field=[0.0, 0.5]), x="temperature", observables="gap")
    assert axes.get_xlabel() == r"temperature $T$ ($\Delta_0$)"
    assert np.array_equal(axes.get_lines()[0].get_xdata(), HEAT)


def test_many_colours_are_told_by_a_bar_instead_of_a_legend(data: xr.Dataset) -> None:
    axes = figures.curves(data, x="temperature", observables="gap")
    labels = [other.get_ylabel() for other in axes.figure.axes]
    assert labels == [r"pairing gap $\Delta_c$ ($\Delta_0$)", r"Larmor energy $\omega$ ($\Delta_0$)"]


def test_infinite_peaks_leave_a_gap_in_the_line() -> None:
    peak = float(GRAIN.crossing_fields()[0])
    data = sweep(EXACT, temperature=0.0, field=[0.1, peak, 0.19], observables=obs.susceptibility)
    assert np.isinf(data.susceptibility.values).any()
    line = figures.curves(data).get_lines()[0].get_ydata()
    assert np.isfinite(np.asarray(line)).tolist() == [True, False, True]


def test_seniorities_that_never_occur_are_not_drawn() -> None:
    axes = figures.curves(EXACT, observables=obs.seniority_distribution, temperature=0.2, field=FIELD)
    assert words(axes)[1:] == [rf"$\nu$ = {nu}" for nu in range(0, 11, 2)]


def test_a_list_of_a_family_can_be_the_axis() -> None:
    family = Family(System.single_shell, shell=Shell.orbital(2), electrons=range(1, 10), gap_scale=1.0)
    axes = figures.curves(
        sweep(Canonical(family), temperature=[0.01, 0.2], observables=obs.parity_gap), x="electrons"
    )
    assert axes.get_xlabel() == "electrons $N$"
    assert all(line.get_marker() == "o" for line in axes.get_lines())


def test_an_ensemble_is_swept_on_a_natural_grid() -> None:
    axes = figures.curves(EXACT)
    assert len(axes.get_lines()) == 6
    assert axes.get_xlim()[1] == pytest.approx(1.4 * GRAIN.critical_field)
    several = Canonical(System([Shell.orbital(1), Shell.spin(2)], 3, 0.2))
    with pytest.raises(UndefinedError, match="give both `temperature` and `field`"):
        figures.curves(several)
    assert figures.curves(several, temperature=[0.1], field=[0.0, 0.1]).get_lines()


def test_a_map_has_a_panel_for_each_ensemble_and_one_colour_bar(data: xr.Dataset) -> None:
    axes = figures.map(data, obs.gap)
    assert [axis.get_title() for axis in axes] == ["canonical", "mean field"]
    assert len(axes[0].figure.axes) == 3
    for axis, name in zip(axes, data.ensemble.values, strict=True):
        (mesh,) = (child for child in axis.get_children() if isinstance(child, QuadMesh))
        assert np.array_equal(np.asarray(mesh.get_array()), data.gap.sel(ensemble=name).values)
        assert mesh.get_clim() == (data.gap.min().item(), data.gap.max().item())
    assert axes[0].get_ylabel() == r"temperature $T$ ($\Delta_0$)"


def test_a_map_of_one_ensemble_is_one_axes() -> None:
    axes = figures.map(EXACT, temperature=[0.1, 0.2], field=FIELD)
    assert isinstance(axes, Axes)
    assert isinstance(figures.map(EXACT, field=FIELD), Axes)


def test_levels_are_straight_lines_with_the_crossings_marked() -> None:
    axes = figures.levels(EXACT)
    marks = [line for line in axes.get_lines() if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in marks] == GRAIN.crossing_fields().tolist()  # type: ignore[index]
    *_, ground = (line for line in axes.get_lines() if line.get_label() == "ground state")
    free = obs.free_energy(EXACT, temperature=0.0, field=np.asarray(ground.get_xdata()))
    assert np.asarray(ground.get_ydata()) == pytest.approx(free, rel=1e-12)
    assert axes.get_title() == "10 electrons in the l=5 shell (M=11)"


def test_levels_of_several_shells_have_the_ground_state_below() -> None:
    system = System([Shell.orbital(1), Shell.orbital(1, energy=0.7)], 4, 0.2)
    axes = figures.levels(system, field=np.linspace(0.0, 1.0, 11))
    *_, ground = (line for line in axes.get_lines() if line.get_label() == "ground state")
    free = obs.free_energy(Canonical(system), temperature=0.0, field=np.linspace(0.0, 1.0, 11))
    assert np.asarray(ground.get_ydata()) == pytest.approx(free, abs=1e-12)


def test_levels_take_a_dataset_of_one_system(data: xr.Dataset) -> None:
    assert figures.levels(data).get_title() == figures.levels(GRAIN).get_title()
    two = sweep(EXACT, Canonical(GRAIN.with_electrons(11)), temperature=0.1)
    with pytest.raises(UndefinedError, match="but the dataset holds 2"):
        figures.levels(two)


@pytest.mark.parametrize("shell", [Shell.orbital(0), Shell.orbital(14), Shell.spin(3)])
@pytest.mark.parametrize("coupling", [0.3, 0.0, -0.2])
def test_every_shell_has_a_level_scheme(shell: Shell, coupling: float) -> None:
    for electrons in (0, 1, shell.pair_degeneracy):
        axes = figures.levels(System.single_shell(shell, electrons, coupling=coupling))
        figure = axes.figure
        assert isinstance(figure, Figure)
        figure.draw_without_rendering()


def test_saved_figures_embed_true_type_fonts(data: xr.Dataset) -> None:
    for picture in (figures.curves(data)[0], figures.map(data, "gap")[0], figures.levels(EXACT)):
        content = drawn(picture)
        assert b"/FontFile2" in content
        assert b"/Type3" not in content


def test_drawing_leaves_the_global_style_alone(data: xr.Dataset) -> None:
    before = dict(mpl.rcParams)
    drawn(figures.curves(data, observables="gap"))
    figures.map(data, "gap")
    figures.levels(EXACT)
    assert dict(mpl.rcParams) == before


def test_a_notebook_shows_more_than_the_first_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mpl.rcParams, "interactive", False)
    with style.style():
        mpl.rcParams["interactive"] = True  # as a notebook's backend does when the first figure loads it
    assert mpl.is_interactive()


def test_a_figure_is_drawn_in_its_own_style_by_whoever_draws_it(
    data: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = figures.curves(data, "field", obs.gap).figure
    assert mpl.rcParams["mathtext.fontset"] != "stix"

    seen: set[str] = set()
    monkeypatch.setattr(Figure, "draw", lambda self, renderer: seen.add(mpl.rcParams["mathtext.fontset"]))
    figure.canvas.draw()
    assert seen == {"stix"}


def test_given_axes_are_used(data: xr.Dataset) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2)
    assert figures.curves(data, observables="gap", ax=axes[0]) is axes[0]
    assert list(figures.curves(data, ax=axes)) == list(axes)
    assert list(figures.map(data, "gap", ax=axes)) == list(axes)
    assert figures.levels(EXACT, ax=axes[1]) is axes[1]
    plt.close(figure)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda data: figures.curves(data, x="size"),
            r"`x` must be a dimension of the data \(temperature, field\)",
        ),
        (lambda data: figures.curves(data, x="ensemble"), "`x` must be a dimension of the data"),
        (
            lambda data: figures.curves(data, observables="gab"),
            "must be among gap, susceptibility, but holds 'gab'",
        ),
        (lambda data: figures.curves(data, observables=[]), "`observables` must hold at least one"),
        (lambda data: figures.curves(data, temperature=0.1), "go with an ensemble; a dataset has its own"),
        (
            lambda _: figures.curves(GRAIN),  # type: ignore[arg-type]
            "`data` must be a dataset made by `sweep`, or ensembles, but is <System",
        ),
        (lambda _: figures.curves(xr.Dataset()), "has no `ensemble`"),
        (lambda data: figures.map(data), "must say which of gap, susceptibility to draw"),
        (lambda data: figures.map(data.sel(field=[0.0]), "gap"), "at least two values of `field` for a map"),
        (lambda _: figures.levels(3), "must be a System, an ensemble or a dataset, but is 3"),  # type: ignore[arg-type]
        (lambda _: figures.levels(GRAIN, field=0.1), "`field` must hold at least two numbers"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call: Any, message: str, data: xr.Dataset) -> None:
    with pytest.raises(InputError, match=message):
        call(data)


def test_over_seniority_only_what_can_occur_is_drawn() -> None:
    data = quasispin_sweep(temperature=0.2, field=0.2, observables=[obs.seniority_distribution])
    axis = figures.curves(data, x="seniority")
    by_ensemble = {len(line.get_xdata()) for line in axis.lines}
    assert by_ensemble == {6, 12}  # the even ones at fixed N, all with a reservoir


def quasispin_sweep(**options: object) -> xr.Dataset:
    grain = System.single_shell(Shell.orbital(5), 10, gap_scale=1.0)
    return sweep(Canonical(grain), GrandCanonical(grain), **options)  # type: ignore[arg-type]
