"""What holds for the mean field of every shell, filling, coupling, temperature and field."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from quasispin.ensembles.mean_field import MeanField
from quasispin.oracles import strategies as quasi
from quasispin.system.shell import Shell
from quasispin.system.system import System

few = settings(max_examples=80, deadline=None)


def build(shell: quasi.ShellNumbers, energy: float = 0.0) -> MeanField:
    return MeanField(
        System.single_shell(Shell(shell["moments"], energy), shell["electrons"], coupling=shell["coupling"])
    )


@few
@given(quasi.single_shells(11, attractive=False), quasi.temperatures(1e-4, 10.0), quasi.fields())
def test_responses_have_the_sign_of_stability(
    shell: quasi.ShellNumbers, temperature: float, field: float
) -> None:
    found = build(shell).averages([temperature, 0.0], field)
    assert found.gap_squared is not None
    for value in (found.heat_capacity, found.susceptibility, found.entropy, found.gap_squared):
        assert (value >= 0).all()
    assert (found.number_variance >= 0).all()
    assert (found.moment * field >= 0).all()
    assert (found.pair_energy <= 0).all()
    assert (np.sqrt(found.gap_squared) <= max(0.0, shell["coupling"]) * len(shell["moments"]) / 2).all()


@few
@given(quasi.single_shells(11), quasi.temperatures(1e-3, 1.0), quasi.fields(1.0))
def test_the_average_is_the_lowest_stationary_state(
    shell: quasi.ShellNumbers, temperature: float, field: float
) -> None:
    ensemble = build(shell)
    for heat in (temperature, 0.0):
        found, branches = ensemble.averages(heat, field), ensemble.branches(heat, field)
        size = 1 + abs(float(found.free_energy))
        assert abs(branches[0].free_energy - float(found.free_energy)) <= 1e-12 * size
        assert all(branch.free_energy >= float(found.free_energy) - 1e-12 * size for branch in branches)


@few
@given(quasi.single_shells(8), quasi.temperatures(1e-3, 1.0), quasi.fields(1.0))
def test_the_free_energy_is_concave_in_the_field_and_falls_with_heat(
    shell: quasi.ShellNumbers, temperature: float, field: float
) -> None:
    near = abs(field) + np.array([0.0, 0.01, 0.02])
    cold, warm = build(shell).averages(temperature, near), build(shell).averages(1.1 * temperature, near)
    assert (np.diff(cold.moment) >= -1e-9 * (1 + cold.moment[-1])).all()
    assert (warm.free_energy <= cold.free_energy + 1e-12 * (1 + abs(cold.free_energy))).all()
    assert (warm.entropy >= cold.entropy - 1e-9 * (1 + cold.entropy)).all()


@few
@given(quasi.single_shells(8), quasi.temperatures(1e-3, 1.0), quasi.fields(1.0))
def test_particles_and_holes_are_alike(shell: quasi.ShellNumbers, temperature: float, field: float) -> None:
    holes: quasi.ShellNumbers = {**shell, "electrons": 2 * len(shell["moments"]) - shell["electrons"]}
    one, other = build(shell).averages(temperature, field), build(holes).averages(temperature, field)
    np.testing.assert_array_equal(one.free_energy, other.free_energy)
    np.testing.assert_array_equal(one.susceptibility, other.susceptibility)


@few
@given(quasi.single_shells(8), quasi.temperatures(1e-3, 1.0), quasi.fields(1.0))
def test_energies_scale_with_the_unit(shell: quasi.ShellNumbers, temperature: float, field: float) -> None:
    twice: quasi.ShellNumbers = {**shell, "coupling": 4 * shell["coupling"]}
    one, other = build(shell).averages(temperature, field), build(twice).averages(4 * temperature, 4 * field)
    # a power of two changes no bit, but below 1e-300 a double has fewer of them
    np.testing.assert_allclose(other.free_energy, 4 * one.free_energy, rtol=0, atol=1e-300)
    np.testing.assert_allclose(other.heat_capacity, one.heat_capacity, rtol=0, atol=1e-300)
    np.testing.assert_allclose(other.susceptibility, one.susceptibility / 4, rtol=0, atol=1e-300)
