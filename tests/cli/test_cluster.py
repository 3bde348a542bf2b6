"""The page on a cluster can be checked by hand, in JSON too; run files and figures take kelvin and tesla."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner, Result
from matplotlib.axes import Axes

from quasispin import facts, figures
from quasispin.cli import runfile
from quasispin.cli.app import main
from quasispin.ensembles.canonical import Canonical
from quasispin.errors import FileError, InputError, UndefinedError
from quasispin.observables import gap, susceptibility
from quasispin.sweep import store
from quasispin.sweep.laboratory import laboratory
from quasispin.sweep.run import sweep
from quasispin.system.cluster import Cluster, Window
from quasispin.system.geometry import GEOMETRIES, HardWallSphere, Spheroid
from quasispin.system.materials import Material
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.units import kelvin, tesla

AL = Material.named("Al")
BALL = ["--material", "Al", "--radius", "2.5nm"]
GRAIN = System.single_shell(Shell.orbital(5), 10, gap_scale=0.35)
RUN = """
observables = ["gap"]
[units]
energy = "meV"
[system]
shell = {orbital = 5}
electrons = 10
gap_scale = 0.35
[[ensemble]]
kind = "canonical"
[grid]
temperature = {values = [0.1, 0.5], unit = "K"}
field = {start = 0.0, stop = 3.0, points = 4, unit = "T"}
"""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def answer(*arguments: object) -> dict[str, Any]:
    result = call("cluster", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    field = np.linspace(0.0, 3.0, 5) * tesla
    return sweep(Canonical(GRAIN), temperature=[0.1 * kelvin, 0.2], field=field, energy_unit="meV")


# -- the page ----------------------------------------------------------------------------------------


def test_the_page_holds_what_a_physicist_works_out_on_paper() -> None:
    number = 181 * 4 * math.pi / 3 * 2.5**3
    lines = {
        "N": f"N = {round(number)} ", "V": "V = 65.4498 nm³", "filling": "56 of 134", "M": "M = 67 ",
        "G": f"G = {2 * 0.35 / 67:.6g} meV", "T0": f"T₀ = {0.175 / 0.08617333262:.6g} K",
        "B": f"3Δ₀/M = {3 * 0.35 / 67 / 0.05788381806:.6g} T", "level": "n=2, l=33",
        "verdict": "valid here?  no",
    }  # fmt: skip
    result = call("cluster", *BALL, "--gap", "0.35meV")
    assert result.exit_code == 0
    for text in lines.values():
        assert text in result.stdout
    assert "Ashcroft" in result.stdout
    assert "valid here?  yes" in call("cluster", "--material", "Al", "--radius", "1.06nm").stdout


def test_the_page_judges_the_field_of_the_moment_itself() -> None:
    found = answer(*BALL)
    *_, own = found["single_shell_model"]["criteria"]
    assert own["name"] == "applied field over that of the moment itself"
    grain = Cluster(Material.named("Al"), HardWallSphere(2.5))
    system, heat = grain.system(), 0.1 * 0.17 / 2
    field = np.linspace(0.9, 1.1, 4001) * 0.08941 * tesla
    chi = Canonical(system).averages(heat, field).susceptibility.max()
    assert own["value"] == pytest.approx(1.5 / grain.volume_susceptibility(float(chi)).si, rel=1e-4)
    assert found["quantities"]["own_field"]["value"] == pytest.approx(1 / own["value"], rel=1e-12)
    assert not own["holds"]


def test_most_spheres_fail_by_the_field_of_their_own_moment() -> None:
    kept = lost = 0
    for radius in np.linspace(1.0, 3.0, 41):
        grain = Cluster(Material.named("Al"), HardWallSphere(float(radius)))
        if facts.undefined(grain, None, None):
            continue
        *others, own = facts.validity(grain, None)
        if own.name.startswith("applied") and all(one.holds for one in others):
            kept, lost = kept + own.holds, lost + (not own.holds)
    assert 2 * kept < lost


def test_a_split_shell_may_keep_the_coupling_of_the_sphere() -> None:
    split = [*BALL, "--geometry", "spheroid", "--splitting", "0.3meV"]
    held, kept = answer(*split), answer(*split, "--keep-coupling")
    unsplit = 2 * 0.17 / 67
    assert kept["quantities"]["coupling"]["value"] == pytest.approx(unsplit, rel=1e-12)
    assert held["quantities"]["coupling"]["value"] > 1.2 * unsplit
    gaps = [one["quantities"]["mean_field_gap"]["value"] for one in (kept, held)]
    assert gaps[0] < 0.6 * gaps[1]
    criteria = {one["name"]: one for one in held["single_shell_model"]["criteria"]}
    ratio = criteria["G of the shell without splitting over G"]
    assert ratio["value"] == pytest.approx(unsplit / held["quantities"]["coupling"]["value"], rel=1e-12)


def test_json_holds_what_the_library_says() -> None:
    grain = Cluster(Material.named("Al"), HardWallSphere(2.5))
    found = answer(*BALL, "--gap", "0.35 meV", "--window", 1)
    value = {key: one["value"] for key, one in found["quantities"].items()}
    assert found["schema"] == "quasispin.cluster/1"
    assert System.from_dict(found["system"]) == grain.system(0.35)
    assert System.from_dict(found["window"]["system"]) == grain.system(0.35, Window(1, 1))
    assert found["window"]["cutoff"] == list(grain.pairing(0.35, Window(1, 1)).cutoff)
    assert value["steps"] == [field / tesla for field in grain.system(0.35).crossing_fields()]
    assert value["critical_field"] == value["steps"][-1]
    assert value["critical_temperature"] == grain.system(0.35).critical_temperature / kelvin
    assert value["diamagnetic_susceptibility_si"] == grain.diamagnetic_susceptibility.si
    assert [value["spacing_below"], value["spacing_above"]] == list(grain.spacing)
    names = [one["name"] for one in found["single_shell_model"]["criteria"]]
    assert names == [one.name for one in facts.validity(grain, 0.35)]
    assert value["mean_field_gap"] == grain.mean_field_gap(0.35)
    assert found["single_shell_model"]["is_valid"] is False


@pytest.mark.parametrize(
    ("kind", "extra"),
    [
        ("sphere", []), ("oscillator", []), ("hemisphere", []), ("layer", ["--thickness", "0.4nm"]),
        ("spheroid", ["--splitting", "-0.1meV"]), ("spin-orbit", ["--strength", "1e-2meV"]),
    ],
)  # fmt: skip
def test_every_geometry_has_its_page_by_radius_and_by_atoms(kind: str, extra: list[str]) -> None:
    for size in (["--radius", "1.5nm"], ["--atoms", "200"]):
        options = ["--material", "Sn", *size, "--geometry", kind, *extra]
        assert GEOMETRIES[kind][0].name in call("cluster", *options, "--window", 1).stdout
        assert answer(*options)["geometry"]["name"] == GEOMETRIES[kind][0].name


def test_the_smallest_cluster_has_no_level_below_and_no_step() -> None:
    found = answer("--material", "Nb", "--atoms", 1)
    assert found["quantities"]["spacing_below"]["value"] is None
    assert found["quantities"]["steps"]["value"] == []
    assert "Δe = ∞ meV" in call("cluster", "--material", "Nb", "--atoms", 1).stdout


def test_steps_beyond_the_range_of_the_moments_are_counted_but_not_shown() -> None:
    found = answer(*BALL, "--geometry", "spin-orbit", "--strength", "0.02meV")["quantities"]
    limit = 0.02 * 67 / 2 / 10 / tesla
    assert max(found["steps"]["value"]) <= limit
    assert found["steps_beyond"]["value"] > 0
    assert "critical_field" not in found


def test_steps_of_a_split_shell_come_from_the_exact_levels() -> None:
    options = ["--material", "Al", "--radius", "1.1nm", "--geometry", "spheroid", "--splitting", "0.02meV"]
    found = answer(*options)["quantities"]
    # 3 electrons in λ = 0 (m = 1) and |λ| = 1 (m = 2, 0), 2 ↔ 1 pairs apart by 3δ/2: one step
    assert len(found["steps"]["value"]) == 1
    assert found["critical_field"]["value"] == found["steps"]["value"][0]
    large = answer(*BALL, "--geometry", "spheroid", "--splitting", "0.02meV")["quantities"]["steps"]
    assert large["value"] is None
    assert "at most 5000 seniority tuples, but there are 1.11e+16" in large["formula"]


@pytest.mark.parametrize(
    "options",
    [
        ["--radius", "2.16nm", "--geometry", "spheroid", "--splitting", "3meV"],
        ["--radius", "1.36nm", "--geometry", "spin-orbit", "--strength", "0.1meV"],
    ],
)
def test_the_verdict_is_about_the_steps_of_the_page_and_not_about_another_scale(options: list[str]) -> None:
    found = answer("--material", "Al", *options)
    values = {
        one["formula"].split("/")[0] + one["name"]: one for one in found["single_shell_model"]["criteria"]
    }
    crossing = next(one for name, one in values.items() if "brings them closer" in name)
    assert not crossing["holds"]
    assert not found["single_shell_model"]["is_valid"]
    assert "3Δ₀/M" not in crossing["name"]


def test_a_spheroid_too_large_for_its_steps_names_a_field_that_none_exceeds() -> None:
    words = ["--geometry", "spheroid", "--splitting", "0.02meV"]
    found = answer(*BALL, *words)
    assert found["quantities"]["highest_step"]["value"] == pytest.approx(3 * 0.17 / 67 / tesla, rel=0.02)
    assert "what ω_max brings them closer" in call("cluster", *BALL, *words).stdout


def test_the_largest_susceptibility_is_that_of_the_exact_ensemble() -> None:
    found = answer(*BALL)["quantities"]
    grain = Cluster(AL, HardWallSphere(2.5))
    system, heat = grain.system(), 0.1 * 0.17 / 2
    field = np.linspace(0.0, 1.5 * system.critical_field, 2001)
    exact = float(susceptibility(Canonical(system), heat, field).max())
    shown = found["paramagnetic_susceptibility_si"]["value"]
    assert shown == pytest.approx(grain.volume_susceptibility(exact).si, rel=1e-3)
    assert shown == pytest.approx(57.8, rel=1e-2)
    isolated = grain.paramagnetic_susceptibility(67.0, heat).si
    assert shown > 40 * isolated  # twenty-eight steps within 8 mT
    assert "from all states" in found["paramagnetic_susceptibility_si"]["formula"]


def test_the_page_names_the_gap_of_the_system_that_it_makes() -> None:
    lead = ["--material", "Pb", "--radius", "3nm"]
    value = {key: one["value"] for key, one in answer(*lead)["quantities"].items()}
    pairs, filling = value["pairs"], value["filling"]
    assert value["gap_scale"] == 1.365
    assert value["mean_field_gap"] == pytest.approx(
        1.365 * math.sqrt(filling * (2 * pairs - filling)) / pairs
    )
    assert f"Δ = {value['mean_field_gap']:.6g} meV" in call("cluster", *lead).stdout


def test_a_window_may_reach_further_on_one_side() -> None:
    grain = Cluster(AL, HardWallSphere(2.5))
    found = answer(*BALL, "--window", "1,0")["window"]
    assert (found["below"], found["above"]) == (1, 0)
    assert System.from_dict(found["system"]) == grain.system(window=Window(1, 0))
    shown = call("cluster", *BALL, "--window", "0").stdout
    assert "in 1 shell, M = 67" in shown
    assert "Δ = 0.17 meV at this N; above Δ₀ is that of half filling" in shown


def test_electrons_that_are_given_are_said_to_be() -> None:
    assert "given, where n_e V = 11846.42" in call("cluster", *BALL, "--electrons", 2).stdout
    assert "given" not in call("cluster", *BALL).stdout


def test_electrons_can_be_chosen() -> None:
    for size in (["--radius", "2.5nm"], ["--atoms", "3949"]):
        found = answer("--material", "Al", *size, "--electrons", 11_845)
        assert found["quantities"]["filling"]["value"] == 55


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--material", "Al", "--radius", "2.5"],
            "`radius` must be a length in nm such as 2.5nm, but is '2.5'.",
        ),
        (["--material", "Al", "--radius", "2.5mm"], "`radius` must be a length in nm"),
        (["--material", "Al", "--radius", "nm"], "`radius` must be a length in nm"),
        (["--material", "Al", "--radius", "1e999nm"], "`radius` must be finite"),
        (["--material", "Al", "--radius", "0nm"], "`radius` must lie in [0.01, 1e+06], but is 0."),
        (
            ["--material", "Al", "--radius", "99nm"],
            "at most 3000000 electrons, but a hard-wall sphere of radius 99 nm",
        ),
        (["--material", "Al", "--atoms", "1" + 26 * "0"], "`atoms` must lie in [1, 1e+06], but is 10000"),
        ([*BALL, "--gap", "1e-300meV"], "`gap` must lie in [1e-09, 1e+09], but is 1e-300."),
        ([*BALL, "--geometry", "layer", "--thickness", "0.0001nm"], "`thickness` must lie in [0.01, 1e+06]"),
        ([*BALL, "--window", "1;0"], "`window` must be a number of shells such as 1, or two such as 1,0"),
        (["--material", "Al"], "Exactly one of --radius and --atoms must be given."),
        ([*BALL, "--atoms", "5"], "Exactly one of --radius and --atoms must be given."),
        (["--material", "Al", "--atoms", "0"], "`atoms` must lie in [1, 1e+06], but is 0."),
        (
            ["--material", "Ag", "--atoms", "5"],
            "`material` must be one of Al, Sn, Pb, In, Zn, Nb, but is 'Ag'.",
        ),
        ([*BALL, "--geometry", "layer"], "The geometry layer needs a `thickness`."),
        ([*BALL, "--thickness", "1nm"], "The geometry sphere does not take a `thickness`."),
        ([*BALL, "--geometry", "spin-orbit", "--strength", "1"], "`strength` must be an energy in meV"),
        ([*BALL, "--gap", "0.3"], "`gap` must be an energy in meV such as 2.5meV, but is '0.3'."),
        ([*BALL, "--gap", "0meV"], "`gap` must be above 0"),
        ([*BALL, "--window", "-1"], "`window` must lie in [0, 1000], but is -1."),
        ([*BALL, "--electrons", "0"], "`electrons` must be at least 1"),
        ([*BALL, "--geometry", "cube"], "'cube' is not one of"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(options: list[str], words: str) -> None:
    result = call("cluster", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert "Traceback" not in result.stderr


# -- kelvin and tesla ----------------------------------------------------------------------------------


def test_a_run_file_may_give_kelvin_and_tesla(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(RUN, encoding="utf-8")
    asked = runfile.read(path)
    assert asked.temperature == [0.1 * kelvin, 0.5 * kelvin]
    assert asked.field == [0.0, 1.0 * tesla, 2.0 * tesla, 3.0 * tesla]
    output, picture = tmp_path / "out.nc", tmp_path / "out.png"
    assert call("sweep", path, "-o", output).exit_code == 0
    found = store.read(output)
    assert found.attrs["energy_unit"] == "meV"
    assert found.gap.values[0, 1, 1] == gap(Canonical(GRAIN), 0.5 * kelvin, 1.0 * tesla)
    for kind in ("curves", "map", "levels"):
        assert call("figure", output, "-o", picture, "--kind", kind, "--laboratory").exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'energy = "meV"',
            'energy = "T"',
            "`units.energy`: must be 'meV', 'eV', 'keV', 'MeV', 'J' or 'K', but is 'T'.",
        ),
        ('[units]\nenergy = "meV"\n', "", "`grid.field.unit`: needs a table [units] with energy"),
        ('unit = "K"', 'unit = "T"', "`grid.temperature.unit`: must be 'K', but is 'T'."),
        ('unit = "K"', 'unit = "mK"', "`grid.temperature.unit`: must be 'K' or 'T', but is 'mK'."),
        ("values = [0.1, 0.5]", "values = []", "`grid.temperature.values`: must hold at least 1 value"),
        ("values = [0.1, 0.5]", "values = [-0.1]", "`grid.temperature`: `temperature` must "),
        ("values = [0.1, 0.5]", "values = 1, points = 3", "`grid.temperature.points`: is not known here."),
    ],
)
def test_mistakes_with_units_are_named(old: str, new: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(RUN.replace(old, new), encoding="utf-8")
    with pytest.raises(FileError) as caught:
        runfile.read(path)
    assert words in str(caught.value)


def test_a_number_with_a_unit_is_a_number(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(RUN.replace("[0.1, 0.5]", "0.2").replace('"meV"', '"eV"'), encoding="utf-8")
    assert runfile.read(path).temperature == pytest.approx(0.2 * kelvin / 1000, rel=1e-15)


def test_a_dataset_in_laboratory_units_holds_the_same_values(data: xr.Dataset) -> None:
    found = laboratory(data)
    assert found.temperature.values == pytest.approx([0.1, 0.2 / kelvin], rel=1e-15)
    assert found.field.values == pytest.approx(np.linspace(0.0, 3.0, 5), rel=1e-15)
    assert (found.field.attrs["units"], found.temperature.attrs["units"]) == ("T", "K")
    assert np.array_equal(found.gap.values, data.gap.values)
    assert laboratory(found).identical(found)
    assert laboratory(data.isel(temperature=0)).temperature.item() == pytest.approx(0.1, rel=1e-15)


def test_figures_show_kelvin_and_tesla(data: xr.Dataset) -> None:
    mpl.use("agg")
    import matplotlib.pyplot as plt

    axes = figures.curves(data, laboratory=True)
    assert axes.get_xlabel() == "magnetic field $B$ (T)"
    assert axes.get_ylabel().endswith("(meV)")
    assert axes.get_lines()[0].get_xdata() == pytest.approx(np.linspace(0.0, 3.0, 5))
    assert "$T$ = 0.1 K" in [text.get_text() for text in axes.get_legend().get_texts()]
    picture = figures.map(data, laboratory=True)
    assert (picture.get_xlabel(), picture.get_ylabel()) == ("magnetic field $B$ (T)", "temperature $T$ (K)")
    levels = figures.levels(GRAIN, energy_unit="meV", laboratory=True)
    assert isinstance(levels, Axes)
    assert levels.get_xlabel() == "magnetic field $B$ (T)"
    marks = [line.get_xdata()[0] for line in levels.get_lines() if line.get_marker() == "o"]  # type: ignore[index]
    assert marks == pytest.approx(GRAIN.crossing_fields() / tesla)
    assert figures.curves(data).get_xlabel() == r"Larmor energy $\omega$ (meV)"
    plt.close("all")


def test_kelvin_and_tesla_need_a_known_unit_of_energy(data: xr.Dataset) -> None:
    bare = sweep(Canonical(GRAIN), temperature=[0.1, 0.2], field=[0.0, 0.1])
    assert "energy_unit" not in bare.attrs
    for draw in (figures.curves, figures.map):
        with pytest.raises(UndefinedError, match=r"must be one of meV, eV, .*, but is not given"):
            draw(bare, laboratory=True)
    assert laboratory(bare, "meV").field.values[1] == pytest.approx(0.1 / tesla)
    with pytest.raises(UndefinedError, match="but is 'T'"):
        figures.levels(GRAIN, energy_unit="T", laboratory=True)
    for wrong in ("", " ", 3):
        with pytest.raises(InputError, match="`energy_unit` must be the name of a unit"):
            sweep(Canonical(GRAIN), temperature=0.1, energy_unit=wrong)  # type: ignore[arg-type]
        for show in (figures.curves, figures.map):
            with pytest.raises(InputError, match="`energy_unit` must be the name of a unit"):
                show(bare, energy_unit=wrong)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="`energy_unit` must be the name of a unit"):
            figures.levels(GRAIN, energy_unit=wrong)  # type: ignore[arg-type]


# -- overlapping levels, units by name, figures ----------------------------------------------------


def test_split_levels_that_overlap_are_no_shell_of_their_own_until_a_window_holds_them() -> None:
    """Filled in the order of energy, the core of a window is full and nothing beyond it is lower."""
    ball = HardWallSphere(1.0).levels(758)
    grain = Cluster(AL, Spheroid(1.0, 250.0), 758)
    with pytest.raises(UndefinedError, match=r"split by more than their distance .* larger `window`"):
        grain.system()
    single = sorted(
        part.energy
        for level in HardWallSphere(1.0).levels(758, 60)
        for part in Spheroid(1.0, 250.0).shells(level)
        for _ in range(2 * part.pair_degeneracy)
    )
    fits = [n for n in range(len(ball) - 1) if _is_system(grain, n)]
    assert fits
    for shells in fits[:2]:
        box = grain.system(window=Window(shells, shells))
        ground = box.with_electrons(box.electrons)
        inside = sorted(s.energy for s in ground.shells for _ in range(2 * s.pair_degeneracy))
        core = 758 - box.electrons
        shift = grain.fermi_level.energy
        assert np.allclose(np.array(inside) + shift, single[core : core + len(inside)])


def _is_system(grain: Cluster, shells: int) -> bool:
    try:
        grain.system(window=Window(shells, shells))
    except UndefinedError:
        return False
    return True


def test_the_page_says_why_overlapping_levels_make_no_system() -> None:
    words = ["--material", "Al", "--radius", "1nm", "--geometry", "spheroid", "--splitting", "400meV"]
    told = call("cluster", *words, "--window", "1")
    assert told.exit_code == 0
    assert "edge to edge; below 0: the split levels overlap" in told.output
    assert told.output.count("not defined: The levels around the last one (l = 2) are split by more") == 2
    found = answer(*words, "--window", "1")
    assert found["system"] is None
    assert found["undefined"] == found["window"]["undefined"]
    assert not found["single_shell_model"]["is_valid"]


def test_one_atom_is_one() -> None:
    assert "  1 atom  " in call("cluster", "--material", "Al", "--atoms", "1").output


def test_a_dataset_calls_its_unit_of_energy_by_name(data: xr.Dataset) -> None:
    whole = sweep(
        Canonical(GRAIN),
        temperature=0.1,
        field=[0.0, 0.1],
        observables=[gap, susceptibility],
        energy_unit="meV",
    )
    assert (whole.gap.units, whole.susceptibility.units) == ("meV", "mu_B^2 / meV")
    assert (whole.temperature.units, whole.field.units) == ("meV", "meV")
    assert "unit of the coupling" not in str([v.attrs for v in laboratory(whole).variables.values()])
    bare = sweep(Canonical(GRAIN), temperature=0.1, field=[0.0, 0.1])
    named = laboratory(bare, "meV")
    assert (named.gap.units, named.field.units, named.attrs["energy_unit"]) == ("meV", "T", "meV")
    assert bare.gap.units == "unit of the coupling"
    assert figures.curves(whole, observable="susceptibility").get_ylabel().endswith("B}^2$/meV)")


@pytest.mark.parametrize(("unit", "one"), [("J", 1.0 / 1.602176634e-22), ("K", kelvin), ("eV", 1000.0)])
def test_energies_in_joule_and_in_kelvin_are_known(unit: str, one: float) -> None:
    data = sweep(Canonical(GRAIN), temperature=[0.1, 0.2], field=0.3, energy_unit=unit)
    assert laboratory(data).temperature.values == pytest.approx(
        np.array([0.1, 0.2]) * one / kelvin, rel=1e-14
    )


def test_only_a_truth_value_chooses_the_laboratory(data: xr.Dataset) -> None:
    for draw in (figures.curves, figures.map, figures.levels):
        with pytest.raises(InputError, match="`laboratory` must be True or False, but is 'yes'"):
            draw(data, laboratory="yes")  # type: ignore[arg-type]


def test_figures_take_observables_by_name_and_under_either_word() -> None:
    mpl.use("agg")
    import matplotlib.pyplot as plt

    exact, heat, field = Canonical(GRAIN), [0.1, 0.2], [0.0, 0.1]
    by_name = figures.curves(exact, observable="entropy", temperature=heat, field=field)
    assert "entropy" in by_name.get_ylabel()
    picture = figures.map(exact, observables=["entropy"], temperature=heat, field=field)
    assert isinstance(picture, Axes)
    with pytest.raises(InputError, match=r"`observables` must be among gap, .*, but holds 'heat'"):
        figures.curves(exact, observables=["heat"], temperature=heat, field=field)
    with pytest.raises(InputError, match="are the same: give one of them"):
        figures.map(exact, "gap", observables="gap", temperature=heat, field=field)
    with pytest.raises(InputError, match="`observable` must be one for a map"):
        figures.map(exact, observables=["gap", "entropy"], temperature=heat, field=field)
    plt.close("all")
