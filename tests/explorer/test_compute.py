"""The numbers behind the pictures are those of the observables, to the bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quasispin.ensembles import diagram
from quasispin.ensembles.base import Ensemble
from quasispin.errors import QuasispinError, SizeError
from quasispin.explorer import compute
from quasispin.explorer.box import box
from quasispin.explorer.compute import CLASSES, PARTS, Levels, Series, key
from quasispin.explorer.state import AXES, COLOURS, State, packed
from quasispin.observables import BY_NAME
from tests.explorer.examples import CLUSTERS, DEFORMED, EVERY, SEVERAL, SINGLE, TIN, levels

CURVES = tuple(part for part in PARTS if part != "levels")
SMALL = SINGLE | {name: SEVERAL[name] for name in ("deformed", "levels", "levels in kelvin")}


def straight(ensemble: Ensemble, part: str, one: Series, state: State) -> np.ndarray:
    heat, field = compute.axes(part, state)
    if part == "map":
        heat = heat[:, None]
    return np.asarray(BY_NAME[one.observable](ensemble, temperature=heat, field=field))


@pytest.mark.parametrize("part", CURVES)
@pytest.mark.parametrize("name", SMALL)
def test_numbers_are_those_of_the_observables_to_the_bit(name: str, part: str) -> None:
    state = SMALL[name]
    ensembles = {kind: CLASSES[kind](box(state).system) for kind in state.ensembles}
    found = compute.compute(part, state)
    assert {one.observable for one in found} == set(compute.observed(part, state))
    for one in found:
        if one.values is None:
            with pytest.raises(QuasispinError):
                straight(ensembles[one.ensemble], part, one, state)
            assert one.reason
        else:
            np.testing.assert_array_equal(one.values, straight(ensembles[one.ensemble], part, one, state))


def test_levels_and_crossings_are_those_of_the_diagram() -> None:
    for state in (EVERY, DEFORMED):
        system = box(state).system
        lines = diagram.lines(system)
        assert compute.compute("levels", state) == Levels(lines, diagram.corners(system, lines))


def test_of_very_many_levels_the_lowest_are_shown_and_all_that_become_the_ground_state() -> None:
    state = levels("energy,moments\n" + "".join(f"{i},{(1 + i) ** 0.5}\n" for i in range(11)), electrons=10)
    lines = diagram.lines(box(state).system)
    found = compute.levels(box(state))
    assert len(lines) > compute.MOST_LINES >= len(found.lines) - len(found.corners) - 1
    assert {line for _, line in diagram.envelope(lines)} <= set(found.lines)


def test_a_coupling_matrix_has_a_gap_of_each_shell_and_no_one_gap() -> None:
    assert "shell_gap" in compute.observed("field", TIN)
    assert not {"gap", "connected_gap"} & set(compute.observed("field", TIN))
    found = {(one.ensemble, one.observable): one for one in compute.compute("now", TIN)}
    for kind in TIN.ensembles:
        assert np.shape(found[kind, "shell_gap"].values) == (5,)
    assert found["canonical", "heat_capacity"].values is not None


# -- what a part depends on ------------------------------------------------------------------------

SAME: dict[str, dict[str, Any]] = {
    "now": {"view": "map", "against": "temperature", "colour": "gap"},
    "field": {"field": 0.7, "view": "map", "colour": "gap"},
    "temperature": {"temperature": 0.2, "against": "temperature"},
    "seniority": {"colour": "gap"},
    "levels": {"temperature": 0.2, "field": 0.7, "ensembles": ()},
    "map": {"temperature": 0.2, "field": 0.7, "ensembles": ("canonical",)},
}
OTHER: dict[str, dict[str, Any]] = {
    "now": {"temperature": 0.2},
    "field": {"temperature": 0.2},
    "temperature": {"field": 0.7},
    "seniority": {"field": 0.7},
    "levels": {"electrons": 8},
    "map": {"colour": "gap"},
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_new_only_if_what_it_depends_on_is(part: str) -> None:
    state = State()
    assert key(part, state) == key(part, state.but(**SAME[part]))
    assert key(part, state) != key(part, state.but(**OTHER[part]))
    assert key(part, state) != key(part, state.but(laboratory=True))
    assert key(part, state) != key(part, state.but(size=6))


def test_an_axis_that_grows_makes_everything_new() -> None:
    for part in PARTS:
        assert key(part, State()) != key(part, State(temperature=5.0))


@pytest.mark.parametrize("name", SINGLE)
def test_equal_keys_have_equal_numbers(name: str) -> None:
    state = SINGLE[name]
    for part in ("field", "temperature"):
        other = state.but(**SAME[part])
        assert (key(part, state) == key(part, other)) is (part in AXES)
        for one, two in zip(compute.compute(part, state), compute.compute(part, other), strict=True):
            np.testing.assert_array_equal(one.values, two.values)


# -- how long it takes -----------------------------------------------------------------------------


def test_one_shell_takes_no_time_and_several_take_some() -> None:
    assert compute.seconds(EVERY) == 0.0
    assert not compute.is_long(EVERY)
    assert compute.seconds(TIN) > 0.0
    assert compute.is_long(TIN)
    assert not any(compute.is_long(state) for name, state in CLUSTERS.items() if name != "spin-orbit")


def test_a_huge_level_scheme_is_refused_before_it_takes_memory() -> None:
    text = "energy,degeneracy\n" + "".join(f"{i},1\n" for i in range(60))
    state = State(box="levels", levels=packed(text, "csv"), electrons=60)
    with pytest.raises(SizeError, match="would take"):
        compute.seconds(state)
    found = compute.compute("now", state.but(ensembles=("canonical",)))
    assert all(one.values is None and "would take" in one.reason for one in found)


def test_progress_rises_to_one() -> None:
    told: list[float] = []
    compute.compute("field", DEFORMED, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) >= len(DEFORMED.ensembles)


def test_an_ensemble_that_has_no_answer_says_why_and_others_have_theirs() -> None:
    found = {one.ensemble: one for one in compute.compute("seniority", EVERY)}
    assert found["mean-field"].values is None
    assert found["mean-field"].reason
    assert found["canonical"].values is not None


def test_every_colour_of_the_map_is_computed() -> None:
    for colour in COLOURS:
        (one,) = compute.compute("map", State(size=1, electrons=2, colour=colour))
        assert one.values.shape == compute.MANY["map"]


def test_a_state_has_the_ensembles_that_are_on() -> None:
    assert list(compute.ensembles(EVERY)) == list(EVERY.ensembles)
    assert compute.ensembles(replace(EVERY, ensembles=())) == {}


def test_curves_beside_are_those_at_other_temperatures_and_fields() -> None:
    state = State(size=2, electrons=4, temperatures=(0.4, 0.02, 1.0, 0.4), fields=(1.5,))
    assert compute.beside("field", state) == (0.4, 1.0)  # its own and a second one are drawn once
    assert compute.beside("map", state) == ()
    told: list[float] = []
    for part, others in (("field", (0.4, 1.0)), ("temperature", (1.5,))):
        found = compute.compute(part, state, told.append)
        assert list(dict.fromkeys(one.beside for one in found)) == [None, *others]
        for other in (None, *others):
            own = [one for one in found if one.beside == other]
            alone = state if other is None else compute.at_other(part, state, other)
            for one, same in zip(
                own, compute.compute(part, alone.but(temperatures=(), fields=())), strict=True
            ):
                np.testing.assert_array_equal(one.values, same.values)
    assert told[-1] == 1.0
    assert max(told) <= 1.0
    assert compute.key("field", state) != compute.key("field", state.but(temperatures=()))
    assert compute.key("temperature", state) == compute.key("temperature", state.but(temperatures=()))
