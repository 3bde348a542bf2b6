"""Identities that hold for every shell, filling, coupling, temperature and field."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quasispin.ensembles.averages import Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.oracles import strategies as given_by
from quasispin.system.shell import Shell
from quasispin.system.system import System

temperatures = given_by.temperatures(low=0.05, high=50.0)
strengths = given_by.fields(largest=3.0)
STENCIL = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
SLOPE = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / 12


@st.composite
def systems(draw: st.DrawFn) -> System:
    numbers = draw(given_by.single_shells(max_pairs=9, attractive=False))
    return System.single_shell(Shell(numbers["moments"]), numbers["electrons"], coupling=numbers["coupling"])


def small_field(system: System, temperature: float) -> float:
    """A field step over which no Boltzmann factor changes by more than a thousandth."""
    return 1e-3 * temperature / max(1.0, sum(system.shell.moments))


@settings(deadline=None, max_examples=60)
@given(systems(), temperatures, strengths)
def test_moment_is_minus_the_field_derivative_of_the_free_energy(
    system: System, temperature: float, field: float
) -> None:
    ensemble = Canonical(system)
    step = small_field(system, temperature)
    around = ensemble.averages(temperature, field + step * STENCIL)
    scale = abs(around.free_energy).max() + temperature
    slope = float(SLOPE @ around.free_energy) / step
    assert -slope == pytest.approx(around.moment[2], rel=1e-7, abs=1e-12 * scale / step)
    curvature = float(SLOPE @ around.moment) / step
    assert curvature == pytest.approx(around.susceptibility[2], rel=1e-7, abs=1e-11 / step)


@settings(deadline=None, max_examples=60)
@given(systems(), temperatures, strengths)
def test_heat_capacity_is_the_temperature_derivative_of_the_energy(
    system: System, temperature: float, field: float
) -> None:
    ensemble = Canonical(system)
    step = 1e-3 * temperature
    around = ensemble.averages(temperature + step * STENCIL, field)
    scale = abs(around.energy).max() + temperature
    assert float(SLOPE @ around.energy) / step == pytest.approx(
        around.heat_capacity[2], rel=1e-7, abs=1e-12 * scale / step
    )
    free = abs(around.free_energy).max() + temperature
    assert -float(SLOPE @ around.free_energy) / step == pytest.approx(
        around.entropy[2], rel=1e-7, abs=1e-12 * free / step
    )


@settings(deadline=None)
@given(systems(), st.just(0.0) | given_by.temperatures(low=1e-6, high=1e6), strengths)
def test_entropy_and_responses_are_never_negative(system: System, temperature: float, field: float) -> None:
    ours = Canonical(system).averages(temperature, field)
    assert ours.entropy >= 0
    assert ours.susceptibility >= 0
    assert ours.heat_capacity >= 0
    assert ours.seniority_distribution is not None
    assert ours.seniority_distribution.sum() == pytest.approx(1.0, abs=1e-14)
    if ours.connected_gap_squared is not None:
        assert 0 <= ours.connected_gap_squared <= (ours.gap_squared or 0) + 1e-300


@settings(deadline=None)
@given(systems(), st.just(0.0) | temperatures, strengths)
def test_the_moment_is_odd_and_all_else_even_in_the_field(
    system: System, temperature: float, field: float
) -> None:
    up, down = (Canonical(system).averages(temperature, f) for f in (field, -field))
    assert up.moment == -down.moment
    assert_equal(up, down, skip={"moment"})


@settings(deadline=None)
@given(systems(), st.just(0.0) | temperatures, strengths)
def test_particles_and_holes_share_all_but_the_gap(system: System, temperature: float, field: float) -> None:
    mirrored = system.with_electrons(2 * system.pair_degeneracy - system.electrons)
    ours, holes = (Canonical(s).averages(temperature, field) for s in (system, mirrored))
    for name in ("entropy", "heat_capacity", "susceptibility", "moment", "connected_gap_squared"):
        if getattr(ours, name) is not None:
            np.testing.assert_allclose(getattr(ours, name), getattr(holes, name), rtol=1e-12, err_msg=name)
    assert ours.seniority_distribution is not None
    assert holes.seniority_distribution is not None
    np.testing.assert_allclose(ours.seniority_distribution, holes.seniority_distribution, rtol=1e-12)
    coupling = system.coupling_matrix[0, 0]
    floor = coupling**2 * (system.electrons - system.pair_degeneracy)
    assert ours.gap_squared is not None
    assert holes.gap_squared is not None
    assert ours.gap_squared - holes.gap_squared == pytest.approx(floor, abs=1e-12 * coupling**2 * 200)


@settings(deadline=None)
@given(systems(), temperatures, strengths)
def test_free_energy_is_energy_minus_temperature_times_entropy(
    system: System, temperature: float, field: float
) -> None:
    ours = Canonical(system).averages(temperature, field)
    scale = abs(float(ours.energy)) + temperature * float(ours.entropy) + 1e-300
    assert float(ours.energy - temperature * ours.entropy) == pytest.approx(
        float(ours.free_energy), abs=1e-13 * scale
    )


@settings(deadline=None)
@given(systems(), temperatures, strengths, st.sampled_from([1e-18, 1e-3, 7.0, 1e12]))
def test_the_unit_of_energy_is_of_no_account(
    system: System, temperature: float, field: float, unit: float
) -> None:
    scaled = System.single_shell(
        system.shell, system.electrons, coupling=float(system.coupling_matrix[0, 0]) * unit
    )
    ours, other = (
        Canonical(system).averages(temperature, field),
        Canonical(scaled).averages(temperature * unit, field * unit),
    )
    np.testing.assert_allclose(other.entropy, ours.entropy, rtol=1e-9, atol=1e-200)
    np.testing.assert_allclose(other.heat_capacity, ours.heat_capacity, rtol=1e-9, atol=1e-200)


def assert_equal(a: Averages, b: Averages, skip: set[str]) -> None:
    for item in fields(Averages):
        value = getattr(a, item.name)
        if item.name not in skip and isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, getattr(b, item.name), err_msg=item.name)
