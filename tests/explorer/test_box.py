"""From the state to the system, its axes and the Python that makes it."""

from __future__ import annotations

from typing import Any

import pytest

import quasispin as qs
from quasispin.ensembles import diagram
from quasispin.errors import FileError, InputError, QuasispinError, UndefinedError
from quasispin.explorer.box import BEYOND, FIELD_REACH, HEAT_REACH, box, opened
from quasispin.explorer.state import State, packed
from quasispin.units import kelvin, tesla
from tests.explorer.examples import STATES, levels


@pytest.mark.parametrize("name", STATES)
def test_the_shown_python_makes_the_same_system(name: str) -> None:
    place = box(STATES[name])
    names: dict[str, Any] = {}
    exec("import quasispin as qs\n" + "\n".join(place.code), names)
    assert names["system"] == place.system


@pytest.mark.parametrize("name", STATES)
def test_a_value_on_an_axis_stands_in_the_state_and_comes_back(name: str) -> None:
    place = box(STATES[name])
    for shown in (0.0, 0.1, place.heat_reach):
        assert place.shown_temperature(place.stated_temperature(shown)) == pytest.approx(shown, rel=1e-11)
    for shown in (0.0, 0.3, place.field_reach):
        assert place.shown_field(place.stated_field(shown)) == pytest.approx(shown, rel=1e-11)


@pytest.mark.parametrize("name", STATES)
def test_axes_begin_at_nothing_and_end_at_their_reach(name: str) -> None:
    place = box(STATES[name])
    assert place.temperatures(5)[0] == place.fields(5)[0] == 0.0
    assert place.temperatures(5)[-1] == place.heat_reach * place.heat.size > 0.0
    assert place.fields(5)[-1] == place.field_reach * place.strength.size > 0.0


def test_a_plain_shell_is_the_paper_s() -> None:
    place = box(State())
    assert place.system == qs.System.single_shell(qs.Shell.orbital(5), electrons=10, gap_scale=1.0)
    assert (place.heat_reach, place.field_reach) == (HEAT_REACH, FIELD_REACH)
    assert place.field(State(field=1.0)) == 3 / 11
    assert place.temperature(State(temperature=0.25)) == 0.25


def test_kelvin_and_tesla_are_those_of_the_gap_in_mev() -> None:
    state = State(laboratory=True, gap=0.5, temperature=0.25, field=1.0)
    place = box(state)
    assert place.system.gap_scale == 0.5
    assert place.temperature(state) == pytest.approx(0.125, rel=1e-11)
    assert place.shown_temperature(0.25) == pytest.approx(0.125 / kelvin, rel=1e-11)
    assert place.shown_field(1.0) == pytest.approx(1.5 / 11 / tesla, rel=1e-11)


def test_what_is_typed_beyond_an_axis_makes_it_longer() -> None:
    place = box(State(temperature=2.0, field=5.0))
    assert (place.heat_reach, place.field_reach) == (BEYOND * 2.0, BEYOND * 5.0)


def test_a_sphere_with_a_deformation_is_a_spheroid() -> None:
    place = box(State(box="cluster", radius=1.2, electrons=None, deformation=0.2))
    assert not place.system.is_single_shell
    assert "qs.Spheroid(radius=1.2, splitting=" in place.code[0]


def test_a_deformed_shell_is_split_into_pairs_of_levels() -> None:
    place = box(State(deformation=0.3))
    assert [shell.pair_degeneracy for shell in place.system.shells] == [1, 2, 2, 2, 2, 2]
    assert "δ = 0.3 Δ₀" in place.title


def test_a_scheme_that_nobody_gave_a_force_has_the_distance_of_its_levels() -> None:
    assert box(levels()).system.coupling == 1.5
    assert box(levels(coupling=0.25)).system.coupling == 0.25


def test_a_scheme_without_electrons_is_half_filled() -> None:
    assert box(levels(electrons=None)).system.electrons == 4 + 6


def test_facts_have_keys_of_their_own() -> None:
    for name, state in STATES.items():
        keys = [one.key for one in box(state).facts]
        assert len(set(keys)) == len(keys), name


IMPOSSIBLE: list[tuple[State, type[QuasispinError], str]] = [
    (State(electrons=23), InputError, "`electrons` must lie in [0, 22], but is 23."),
    (State(kind="spin", deformation=0.1), UndefinedError, "Only an orbital shell has a `deformation` here."),
    (
        State(box="cluster", geometry="oscillator", deformation=0.1, electrons=None),
        UndefinedError,
        "Only a sphere has a `deformation` here.",
    ),
    (State(box="cluster", radius=1e-3, electrons=None), InputError, "`"),
    (State(box="levels", levels="nonsense"), InputError, "`levels` in the address is no level scheme"),
    (
        levels("energy,degeneracy\n0,three\n"),
        FileError,
        "levels.csv: line 2, column 2: `degeneracy` must be a whole",
    ),
    (levels("<html>"), FileError, "levels.csv: line 1: `<html>` is no column"),
    (levels(electrons=99), InputError, "`electrons` must lie in"),
]


@pytest.mark.parametrize(("state", "kind", "sentence"), IMPOSSIBLE, ids=lambda item: str(item)[-40:])
def test_an_impossible_box_is_one_sentence(state: State, kind: type[QuasispinError], sentence: str) -> None:
    with pytest.raises(QuasispinError) as caught:
        box(state)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", ["oscillator", "layer", "hemisphere", "sphere"])
def test_the_axis_of_one_shell_holds_all_its_steps(shape: str) -> None:
    """3Δ₀/M is the last step of an orbital shell; that of an oscillator's is farther."""
    place = box(State(box="cluster", geometry=shape, radius=1.5, thickness=0.4, electrons=None))
    assert place.system.crossing_fields()[-1] < place.field_reach * place.strength.size


def test_what_a_file_does_not_give_is_assumed_and_said() -> None:
    bare = packed("energy,degeneracy\n0,1\n1,1\n3,2\n", "csv")
    state = opened(bare)
    place = box(state)
    assert (place.system.electrons, place.system.coupling) == (4, 1.5)
    assert [sentence.partition(":")[0] for sentence in place.assumed] == [
        "The file gives no N", "The file gives no G",
    ]  # fmt: skip
    assert not box(state.but(electrons=3, coupling=0.2)).assumed
    assert state.field == 0.0
    assert 0.05 < state.temperature / place.heat_end < 0.15


@pytest.mark.parametrize("degeneracy", [1, 2, 4])
@pytest.mark.parametrize("coupling", [0.3, 1.0, 3.0])
def test_the_axes_of_a_level_scheme_hold_its_first_step(degeneracy: int, coupling: float) -> None:
    table = "energy,degeneracy\n" + "".join(f"{i},{degeneracy}\n" for i in range(5))
    place = box(opened(packed(table, "csv")).but(coupling=coupling))
    steps = [corner.field for corner in diagram.corners(place.system, diagram.lines(place.system))]
    assert 0.05 * place.field_reach < steps[0] < place.field_reach


def test_what_a_cluster_has_in_kelvin_and_tesla_it_has_in_its_own_unit() -> None:
    state = STATES["cluster"] if "cluster" in STATES else State(box="cluster", electrons=None)
    found = {one.key: one.value for one in box(state).facts}
    gap = found["gap_scale"]
    for key, unit in (("critical_temperature", kelvin), ("critical_field", tesla)):
        assert found[f"{key}_scaled"] * gap == pytest.approx(found[key] * unit, rel=1e-14)


def test_the_facts_of_a_level_scheme_have_the_gap_of_bcs_where_nothing_repels() -> None:
    place = box(STATES["tin"])
    found = {one.key: one for one in place.facts}
    assert "mean_field_gap_laboratory" not in found  # nobody measures a nucleus in kelvin
    gaps = qs.shell_gap(qs.MeanField(place.system), temperature=0.0, field=0.0)
    assert found["mean_field_gap"].value == gaps.max()
    metal = {one.key: one for one in box(STATES["tin"].but(unit="meV")).facts}
    assert metal["mean_field_gap_laboratory"].value * 1.380649e-23 == pytest.approx(
        gaps.max() * 1e-3 * 1.602176634e-19, rel=1e-12
    )
    assert "mean_field_gap" not in {one.key for one in box(STATES["tin"].but(coupling=-0.1)).facts}
