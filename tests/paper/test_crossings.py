"""Jumps of the ground state are found where the closed forms have them, and steep growth is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from quasispin.ensembles.tilted import ExactDiagonalisation
from quasispin.paper.beyond import questions_tilted, tilt
from quasispin.paper.beyond.axial import axial_steps
from quasispin.paper.beyond.crossed import with_jumps
from quasispin.paper.beyond.crossings import jumps
from quasispin.paper.beyond.data import WARM, low_field_moment, strong_moment
from quasispin.system.tilted_shell import TiltedShell


@pytest.mark.parametrize("points", [14, 61])
@pytest.mark.parametrize("splitting", [0.0, 1.0, 3.0])
def test_along_the_field_the_jumps_are_the_exact_steps(splitting: float, points: int) -> None:
    found = tilt.curve(splitting, 0.0, points, 1.2, WARM).jumps
    exact = [step for step in axial_steps(5, splitting) if step.field < 1.2]
    assert [one.field for one in found] == pytest.approx([step.field for step in exact], abs=2e-6)
    rises = [one.moment_after - one.moment_before for one in found]
    assert rises == pytest.approx([step.moment for step in exact], abs=1e-9)


def test_a_step_on_a_point_of_the_grid_is_one_step() -> None:
    field = np.array([0.0, 0.2, 0.4, 0.6, 0.8])  # ω = G = .4 and ω = ω_c = .6 of the sphere
    ensemble = ExactDiagonalisation(tilt.tilted(0.0, 0.0))
    values = ensemble.averages(0.0, field)
    found = jumps(ensemble, field, values.moment, values.susceptibility)
    assert [(one.moment_before, one.moment_after) for one in found] == [
        pytest.approx((0.0, 5.0), abs=1e-9),
        pytest.approx((5.0, 7.0), abs=1e-9),
    ]


def test_a_moment_that_turns_without_a_crossing_has_no_jump() -> None:
    # one electron, axis across the field: the orbit mixes, the spin is free
    shell = TiltedShell(1, 1, 0.0, deformation=1.0, angle=math.pi / 2)
    ensemble, field = ExactDiagonalisation(shell), np.linspace(0.01, 3.0, 9)
    values = ensemble.averages(0.0, field)
    assert values.moment[-1] > values.moment[0] + 0.5
    assert jumps(ensemble, field, values.moment, values.susceptibility) == ()


def test_jumps_are_drawn_upright_wherever_the_grid_lies() -> None:
    data = xr.Dataset(
        {
            "moment": ("field", [0.0, 2.5, 5.0, 5.0]),
            "jump_field": ("jump", [1.0, np.nan]),
            "jump_moment": (("jump", "side"), [[0.0, 5.0], [np.nan, np.nan]]),
        },
        {"field": [0.0, 1.0, 2.0, 3.0]},
    )
    x, y = with_jumps(data, "moment", "jump_moment")
    assert x.tolist() == [
        0.0,
        1.0,
        1.0,
        2.0,
        3.0,
    ]  # the point on the step, neither before nor after, is left out
    assert y.tolist() == [0.0, 0.0, 5.0, 5.0, 5.0]


def test_susceptibility_at_rest_is_a_tensor() -> None:
    along, between, across = (tilt.van_vleck(3.0, name) for name in tilt.ANGLES)
    assert along == 0.0
    assert between == pytest.approx(across / 2, rel=1e-9)  # sin²45°
    assert tilt.van_vleck(3.0, tilt.AVERAGE) == pytest.approx(2 * across / 3, rel=1e-9)


def test_warm_response_of_the_sphere_is_that_of_every_direction() -> None:
    rows = [tilt.warm_response(0.0, name, 7, WARM, 1.2) for name in (*tilt.ANGLES, tilt.AVERAGE)]
    for row in rows[1:]:
        assert row == pytest.approx(rows[0], rel=1e-7, abs=1e-9)


def test_the_largest_value_of_the_sphere_is_the_squared_jump_over_four_t() -> None:
    field = np.linspace(0.0, 1.2, 48)  # no point on the step at ω = G = .4
    top = tilt.highest_value(tilt.response(0.0, "0°", WARM), field)
    assert top == pytest.approx(5.0**2 / (4 * WARM), rel=1e-2)


def test_spin_orbit_coupling_alone_knows_no_direction() -> None:
    field = np.array([0.1, 0.5, 0.9])
    turned = [
        ExactDiagonalisation(tilt.tilted(0.0, angle, electrons=3, spin_orbit=1.0)).averages(WARM, field)
        for angle in (0.0, 1.0)
    ]
    for name in ("moment", "susceptibility", "heat_capacity"):
        assert getattr(turned[0], name) == pytest.approx(getattr(turned[1], name), rel=1e-9)


@pytest.mark.parametrize("l", [2, 3])
def test_the_moment_settles_where_it_is_bisected_and_not_on_a_grid(l: int) -> None:
    at = questions_tilted.settled_from(l)
    assert abs(low_field_moment(at, l) / strong_moment(l) - 1) <= 0.05
    assert abs(low_field_moment(at - 2e-3, l) / strong_moment(l) - 1) > 0.05


def test_the_moment_never_settles_below_the_coupling_that_it_takes() -> None:
    assert questions_tilted.settled_from(2, highest=0.1, points=3) == math.inf
