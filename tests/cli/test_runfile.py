"""A run file says what to compute; every mistake in it is named at once, with its path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quasispin import observables as obs
from quasispin.cli import runfile
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import FileError
from quasispin.system.cluster import Cluster, Window
from quasispin.system.family import Family
from quasispin.system.geometry import HardWallSphere, Spheroid
from quasispin.system.materials import Material
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.units import kelvin

SYSTEM = "[system]\nshell = {orbital = 5}\nelectrons = 10\ngap_scale = 1.0\n"
ENSEMBLE = '[[ensemble]]\nkind = "canonical"\n'
GRID = "[grid]\ntemperature = 0.1\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.toml"


def read(path: Path, text: str) -> runfile.Run:
    path.write_text(text, encoding="utf-8")
    return runfile.read(path)


def mistakes(path: Path, text: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        read(path, text)
    return str(caught.value).split("\n")


def test_the_least_file_measures_the_gap_without_a_field(path: Path) -> None:
    run = read(path, SYSTEM + ENSEMBLE + GRID)
    grain = System.single_shell(Shell.orbital(5), 10, gap_scale=1.0)
    assert run.system == grain
    assert run.ensembles == (Canonical(grain),)
    assert (run.temperature, run.field, run.observables, run.label) == (0.1, 0.0, (obs.gap,), None)


def test_every_ensemble_has_its_kind(path: Path) -> None:
    kinds = "".join(f'[[ensemble]]\nkind = "{kind}"\n' for kind in ("number-parity", "mean-field"))
    run = read(
        path, f'{SYSTEM}[[ensemble]]\nkind = "grand-canonical"\nchemical_potential = 0.5\n{kinds}{GRID}'
    )
    assert [type(one) for one in run.ensembles] == [GrandCanonical, NumberParity, MeanField]
    assert run.ensembles[0] == GrandCanonical(run.system, chemical_potential=0.5)


def test_an_accuracy_reaches_the_exact_ensembles_only(path: Path) -> None:
    kinds = ("canonical", "grand-canonical", "number-parity")
    text = "".join(f'[[ensemble]]\nkind = "{kind}"\naccuracy = 1e-6\n' for kind in kinds)
    run = read(path, SYSTEM + text + GRID)
    classes = (Canonical, GrandCanonical, NumberParity)
    assert run.ensembles == tuple(one(run.system, accuracy=1e-6) for one in classes)
    found = mistakes(path, f'{SYSTEM}[[ensemble]]\nkind = "mean-field"\naccuracy = 1e-6\n{GRID}')
    assert found[0].endswith(
        "`ensemble[0].accuracy`: goes with the kind canonical, grand-canonical or number-parity only."
    )
    (line,) = mistakes(path, f'{SYSTEM}[[ensemble]]\nkind = "canonical"\naccuracy = 2.0\n{GRID}')
    assert line.endswith("`accuracy` must lie between 0 and 1, but is 2.0.")


def test_a_list_of_electrons_makes_a_family(path: Path) -> None:
    run = read(path, SYSTEM.replace("10", "[9, 10]") + ENSEMBLE + GRID)
    assert isinstance(run.system, Family)
    assert [system.electrons for _, system in run.system.members()] == [9, 10]


@pytest.mark.parametrize(
    ("box", "names"),
    [
        ("shell = {orbital = 5}\nelectrons = 10\ngap_scale = [0.5, 1.0]", ["gap_scale"]),
        ("shell = {orbital = 5}\nelectrons = 10\ncoupling = [0.1, 0.2]", ["coupling"]),
        ("shell = {orbital = [2, 3]}\nelectrons = [4, 5]\ngap_scale = 1.0", ["orbital", "electrons"]),
        (
            "shell = {jj = [2.5, 3.5], g_factor = [0.3, 0.4]}\nelectrons = 4\ngap_scale = 1.0",
            ["jj", "g_factor"],
        ),
        ("shells = [{orbital = 1}, {spin = 2}]\nelectrons = 4\ncoupling = [0.1, 0.2]", ["coupling"]),
        (
            "shells = [{spin = 1}, {spin = 2}]\nelectrons = [2, 3]\ncoupling = [[0.1, 0.2], [0.2, 0.3]]",
            ["electrons"],
        ),
    ],
)
def test_any_list_makes_a_family(path: Path, box: str, names: list[str]) -> None:
    run = read(path, f"[system]\n{box}\n{ENSEMBLE}{GRID}")
    assert isinstance(run.system, Family)
    assert list(run.system.dimensions) == names


def test_the_members_of_a_family_are_what_their_values_say(path: Path) -> None:
    text = "[system]\nshell = {orbital = [2, 3], energy = 0.5}\nelectrons = [4, 5]\ngap_scale = [0.5, 1.0]\n"
    run = read(path, text + ENSEMBLE + GRID)
    assert isinstance(run.system, Family)
    assert run.system.shape == (2, 2, 2)
    for chosen, system in run.system.members():
        shell = Shell.orbital(chosen["orbital"], energy=0.5)
        assert system == System.single_shell(shell, chosen["electrons"], gap_scale=chosen["gap_scale"])


def test_a_list_for_one_of_several_shells_is_refused(path: Path) -> None:
    text = "[system]\nshells = [{orbital = [1, 2]}, {spin = 2}]\nelectrons = 4\ncoupling = 0.1\n"
    assert mistakes(path, text + ENSEMBLE + GRID) == [
        "run.toml: `system.shells[0].orbital`: must not be a list: one shell alone may be swept, as `shell`."
    ]


AL = Material.named("Al")


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ("radius = 1.0", {(): Cluster(AL, HardWallSphere(1.0)).system()}),
        ("atoms = 200\nelectrons = 599", {(): Cluster(AL, Cluster.of_atoms(AL, 200).geometry, 599).system()}),
        (
            "radius = 1.0\ngap = 0.3\nwindow = 1",
            {(): Cluster(AL, HardWallSphere(1.0)).system(0.3, Window(1, 1))},
        ),
        ("radius = [0.8, 1]", {(r,): Cluster(AL, HardWallSphere(r)).system() for r in (0.8, 1.0)}),
        (
            'geometry = "spheroid"\nradius = 1.0\nsplitting = [0.1, 0.2]',
            {(s,): Cluster(AL, Spheroid(1.0, splitting=s)).system() for s in (0.1, 0.2)},
        ),
        ("atoms = [100, 200]", {(n,): Cluster.of_atoms(AL, n).system() for n in (100, 200)}),
    ],
)
def test_a_cluster_makes_its_systems_in_mev(path: Path, box: str, expected: dict[Any, System]) -> None:
    run = read(path, f'[cluster]\nmaterial = "Al"\n{box}\n{ENSEMBLE}{GRID}')
    assert run.energy_unit == "meV"
    if isinstance(run.system, System):
        assert {(): run.system} == expected
    else:
        assert {tuple(chosen.values()): one for chosen, one in run.system.members()} == expected


def test_materials_are_a_dimension_too_and_axes_take_kelvin(path: Path) -> None:
    text = '[cluster]\nmaterial = ["Al", "Sn"]\nradius = 1.0\n'
    run = read(path, text + ENSEMBLE + '[grid]\ntemperature = {values = 0.5, unit = "K"}\n')
    assert isinstance(run.system, Family)
    assert run.system.dimensions == {"material": ("Al", "Sn")}
    assert run.temperature == pytest.approx(0.5 * kelvin)


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ('material = "Al"', "`cluster`: needs exactly one of radius, atoms, but has none."),
        ("radius = 1.0", "`cluster.material`: is missing."),
        ('material = "Xx"\nradius = 1.0', "`cluster`: "),
        ('material = "Al"\nradius = -1.0', "`cluster`: `radius` must lie in"),
        ('material = "Al"\nradius = []', "`cluster.radius`: must hold at least 1 value, but is empty."),
        (
            'material = "Al"\ngeometry = "layer"\nradius = 1.0',
            "`cluster`: needs `thickness` with geometry 'layer'.",
        ),
        (
            'material = "Al"\nradius = 1.0\nsplitting = 0.1',
            "`cluster`: does not take `splitting` with geometry 'sphere'.",
        ),
        ('material = "Al"\ngeometry = "cube"\nradius = 1.0', "`cluster.geometry`: must be 'sphere', "),
        (
            'material = "Al"\nradius = 1.0\n[units]\nenergy = "eV"',
            "`units.energy`: must be 'meV' with a cluster, but",
        ),
        ('material = "Al"\nradius = 1.0\n' + SYSTEM, "`cluster`: does not go together with system."),
    ],
)
def test_mistakes_in_a_cluster_are_named(path: Path, box: str, found: str) -> None:
    lines = mistakes(path, f"[cluster]\n{box}\n{ENSEMBLE}{GRID}")
    assert any(line.startswith(f"run.toml: {found}") for line in lines), lines


@pytest.mark.parametrize(
    ("coupling", "value"), [("0.25", 0.25), ("[[0.1, 0.2], [0.2, 0.3]]", [[0.1, 0.2], [0.2, 0.3]])]
)
def test_several_shells_take_a_number_or_a_matrix(path: Path, coupling: str, value: object) -> None:
    shells = "[{orbital = 1}, {moments = [1, 2.5], energy = 0.7}]"
    box = f"[system]\nshells = {shells}\nelectrons = 4\ncoupling = {coupling}\n"
    run = read(path, box + ENSEMBLE + GRID)
    assert run.system == System([Shell.orbital(1), Shell([1, 2.5], energy=0.7)], 4, value)  # type: ignore[arg-type]


def test_axes_are_numbers_lists_or_ranges(path: Path) -> None:
    grid = (
        "[grid]\ntemperature = [1, 0.5]\n"
        'field = {start = 0.01, stop = 1, points = 3, spacing = "geometric"}\n'
    )
    run = read(path, SYSTEM + ENSEMBLE + grid)
    assert run.temperature == [1.0, 0.5]
    assert run.field == pytest.approx(np.array([0.01, 0.1, 1.0]))
    linear = read(path, SYSTEM + ENSEMBLE + GRID + "field = {start = 0, stop = 1, points = 5}\n").field
    assert linear == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_labels_may_be_given_to_some(path: Path) -> None:
    run = read(path, SYSTEM + ENSEMBLE + '[[ensemble]]\nkind = "mean-field"\nlabel = "BCS"\n' + GRID)
    assert run.label == ["canonical", "BCS"]


def test_every_mistake_is_named_at_once_with_its_path(path: Path) -> None:
    text = """
observables = ["gap", "gab"]
colour = 3
[system]
shell = {orbital = 5, spin = 3}
electrons = "ten"
gap_scale = 1.0
coupling = 2
[[ensemble]]
kind = "microcanonical"
[[ensemble]]
kind = "canonical"
chemical_potential = nan
[grid]
temperature = {start = 0, stop = 1, points = 0, spacing = "geometric"}
field = []
"""
    found = mistakes(path, text)
    assert "run.toml: `grid.temperature.points`: must be at least 2, but is 0." in found
    assert "run.toml: `system.electrons`: must be a whole number, but is 'ten'." in found
    assert "run.toml: `colour`: is not known here." in found
    places = {line.split("`")[1] for line in found}
    assert places == {
        "observables[1]",
        "colour",
        "system",
        "system.shell",
        "system.electrons",
        "ensemble[0].kind",
        "ensemble[1].chemical_potential",
        "grid.temperature.points",
        "grid.temperature.start",
        "grid.field",
    }
    assert all(line.startswith("run.toml: `") and line.endswith(".") for line in found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            SYSTEM.replace("10", "99") + ENSEMBLE + GRID,
            "`system`: `electrons` must lie in [0, 22], but is 99.",
        ),
        (
            SYSTEM.replace("10", "[9, 99]") + ENSEMBLE + GRID,
            "`system`: At electrons=99: `electrons` must lie",
        ),
        (
            SYSTEM.replace("10", "10.5") + ENSEMBLE + GRID,
            "`system.electrons`: must be a whole number, but is 10.5.",
        ),
        (
            SYSTEM.replace("10", "true") + ENSEMBLE + GRID,
            "`system.electrons`: must be a whole number, but is True.",
        ),
        (SYSTEM.replace("1.0", "inf") + ENSEMBLE + GRID, "`system.gap_scale`: must be finite, but is inf."),
        (
            SYSTEM.replace("1.0", "-1.0") + ENSEMBLE + GRID,
            "`system`: `gap_scale` must be at least 0, but is -1.0.",
        ),
        (
            SYSTEM.replace("{orbital = 5}", "5") + ENSEMBLE + GRID,
            "`system.shell`: must be a table, but is 5.",
        ),
        (SYSTEM.replace("shell =", "shells =") + ENSEMBLE + GRID, "`system.shells`: must be a list, but is"),
        (
            SYSTEM + ENSEMBLE + GRID.replace("0.1", "-0.1"),
            "`grid.temperature`: `temperature` must be at least 0",
        ),
        (
            SYSTEM + ENSEMBLE + GRID.replace("0.1", "[[0.1]]"),
            "`grid.temperature[0]`: must be a number, but is [0.1].",
        ),
        (
            SYSTEM + ENSEMBLE + GRID.replace("0.1", '"hot"'),
            "`grid.temperature`: must be a number, but is 'hot'.",
        ),
        (SYSTEM + ENSEMBLE + ENSEMBLE + GRID, "`ensemble`: `ensembles` must differ from each other"),
        (SYSTEM + "ensemble = []\n" + GRID, "`ensemble`: is missing."),
        (SYSTEM + ENSEMBLE, "`grid`: is missing."),
        (ENSEMBLE + GRID, "`system`: is missing."),
        (
            "observables = []\n" + SYSTEM + ENSEMBLE + GRID,
            "`observables`: must hold at least 1 value, but is empty.",
        ),
        ("", "`system`: is missing."),
    ],
)
def test_single_mistakes_are_named(path: Path, text: str, found: str) -> None:
    assert any(line.startswith(f"run.toml: {found}") for line in mistakes(path, text))


def test_a_scale_of_one_shell_does_not_fit_several(path: Path) -> None:
    box = "[system]\nshells = [{orbital = 1}, {spin = 2}]\nelectrons = 4\ngap_scale = 1.0\n"
    assert mistakes(path, box + ENSEMBLE + GRID) == [
        "run.toml: `system.gap_scale`: is a scale of one shell: give `coupling` for several."
    ]


def test_a_j_shell_has_its_g_factor(path: Path) -> None:
    box = "[system]\nshell = {jj = 5.5, g_factor = 0.3}\nelectrons = 4\ncoupling = 1.0\n"
    assert read(path, box + ENSEMBLE + GRID).system == System(Shell.jj(5.5, 0.3), 4, 1.0)
    wrong = box.replace("5.5", "5") + ENSEMBLE + GRID
    assert mistakes(path, wrong) == ["run.toml: `system`: `j` must be half an odd number, but is 5.0."]
    lost = box.replace("jj = 5.5", "orbital = 5") + ENSEMBLE + GRID
    assert mistakes(path, lost) == ["run.toml: `system.shell.g_factor`: goes with jj only."]


def test_levels_come_from_a_table_beside_the_run_file(path: Path) -> None:
    path.with_name("levels.csv").write_text("energy,degeneracy\n0,1\n0.5,2\n", encoding="utf-8")
    box = '[system]\nlevels = "levels.csv"\nelectrons = [2, 3]\ncoupling = 0.1\n'
    run = read(path, box + ENSEMBLE + GRID)
    assert isinstance(run.system, Family)
    shells = [Shell.spin(1), Shell.spin(2, energy=0.5)]
    assert [system for _, system in run.system.members()] == [System(shells, n, 0.1) for n in (2, 3)]


def test_a_level_scheme_may_say_the_electrons_and_the_coupling(path: Path) -> None:
    grain = System([Shell.spin(1), Shell.orbital(1, energy=0.5)], 3, [[0.1, 0.2], [0.2, 0.3]])
    path.with_name("grain.toml").write_text(grain.to_toml(), encoding="utf-8")
    box = '[system]\nlevels = "grain.toml"\n'
    assert read(path, box + ENSEMBLE + GRID).system == grain
    assert read(path, box + "electrons = 4\n" + ENSEMBLE + GRID).system == grain.with_electrons(4)
    scaled = box + "gap_scale = 1.0\n" + ENSEMBLE + GRID
    assert mistakes(path, scaled) == [
        "run.toml: `system`: `gap_scale` is a scale of one shell: give `coupling` for several."
    ]


def test_a_scheme_of_one_shell_takes_a_gap_scale(path: Path) -> None:
    path.with_name("one.csv").write_text("energy,orbital\n0,5\n", encoding="utf-8")
    box = '[system]\nlevels = "one.csv"\nelectrons = 10\ngap_scale = 1.0\n'
    assert read(path, box + ENSEMBLE + GRID).system == System.single_shell(
        Shell.orbital(5), 10, gap_scale=1.0
    )
    bare = box.replace("electrons = 10\n", "") + ENSEMBLE + GRID
    assert mistakes(path, bare) == [
        "run.toml: `system`: `electrons` must be given, for the level scheme has none."
    ]


def test_mistakes_of_a_level_scheme_are_passed_on_by_line(path: Path) -> None:
    path.with_name("bad.csv").write_text("energy,degeneracy\nlow,1\n0.5,0\n", encoding="utf-8")
    box = '[system]\nlevels = "bad.csv"\nelectrons = 2\ncoupling = 0.1\n'
    found = mistakes(path, box + ENSEMBLE + GRID)
    assert [line.split(" must ")[0] for line in found] == [
        "run.toml: `system.levels`: bad.csv: line 2, column 1: `energy`",
        "run.toml: `system.levels`: bad.csv: line 3, column 2: `degeneracy`",
    ]
    [gone] = mistakes(path, box.replace("bad", "none") + ENSEMBLE + GRID)
    assert gone.startswith("run.toml: `system.levels`: ")
    assert gone.endswith("none.csv: cannot be read: No such file or directory.")
    both = box.replace("[system]\n", "[system]\nshell = {orbital = 1}\n") + ENSEMBLE + GRID
    [twice] = mistakes(path, both)
    assert (
        twice == "run.toml: `system`: needs exactly one of shell, shells, levels, but has shell and levels."
    )


def test_what_is_no_toml_and_no_text_is_refused(path: Path) -> None:
    assert mistakes(path, "[system")[0].startswith("run.toml: is not valid TOML: ")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="is not a text file in UTF-8"):
        runfile.read(path)
    with pytest.raises(FileError, match="cannot be read: No such file or directory"):
        runfile.read(path.with_name("none.toml"))
