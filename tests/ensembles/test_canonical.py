"""The canonical ensemble of one shell: what is exact, T = 0, and what it costs."""

from __future__ import annotations

import itertools
from math import comb, cosh, exp, log, tanh

import numpy as np
import pytest

from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.single_shell import count_steps
from quasispin.oracles import fock
from quasispin.system.shell import Shell
from quasispin.system.system import System

M11 = System.single_shell(Shell.orbital(5), electrons=10, gap_scale=1.0)


def test_one_pair_level_by_hand() -> None:
    level, beta, field = Shell.orbital(0), 1 / 0.7, 0.9
    one = Canonical(System.single_shell(level, 1, coupling=2.0)).averages(0.7, field)
    assert one.free_energy == pytest.approx(-0.7 * log(2 * cosh(beta * field)), rel=1e-14)
    assert one.moment == pytest.approx(tanh(beta * field), rel=1e-14)
    assert one.susceptibility == pytest.approx(beta / cosh(beta * field) ** 2, rel=1e-14)
    assert one.heat_capacity == pytest.approx((beta * field / cosh(beta * field)) ** 2, rel=1e-14)
    two = Canonical(System.single_shell(level, 2, coupling=2.0)).averages(0.7, field)
    assert two.energy == -2.0
    assert two.entropy == two.heat_capacity == two.moment == 0.0


@pytest.mark.parametrize("momentum", [0, 1, 2])
def test_small_orbital_shells_equal_brute_force_at_every_filling(momentum: int) -> None:
    shell = Shell.orbital(momentum)
    for electrons in range(2 * shell.pair_degeneracy + 1):
        system = System.single_shell(shell, electrons, gap_scale=1.0)
        for temperature, field in [(0.3, 0.5), (1.5, -0.2)]:
            ours = Canonical(system).averages(temperature, field)
            exact = fock.canonical(
                [(0.0, shell.moments)], electrons, system.coupling_matrix, temperature, field
            )
            for name in ("free_energy", "energy", "pair_energy", "moment", "susceptibility", "heat_capacity"):
                assert getattr(ours, name) == pytest.approx(getattr(exact, name), abs=1e-12), name
            assert ours.connected_gap_squared == pytest.approx(
                exact.connected_gap_squared(float(system.coupling_matrix[0, 0])), abs=1e-12
            )


def test_at_zero_temperature_the_gap_stands_on_the_plateaus_of_the_ground_state() -> None:
    corners = [0.0, *M11.crossing_fields(), 1.0]
    for seniority, (low, high) in zip(range(0, 12, 2), itertools.pairwise(corners), strict=False):
        ground = Canonical(M11).averages(0.0, (low + high) / 2)
        energy = -(2 / 11) / 4 * (10 - seniority) * (24 - 10 - seniority)
        assert ground.pair_energy == pytest.approx(energy, abs=1e-15)
        assert ground.gap_squared == pytest.approx(-2 / 11 * energy, abs=1e-15)
        assert ground.heat_capacity == ground.susceptibility == 0.0


def test_on_a_crossing_at_zero_temperature_every_state_counts_once() -> None:
    odd = System.single_shell(Shell.orbital(5), 11, gap_scale=1.0)
    first = odd.crossing_fields()[0]
    ground = Canonical(odd).averages(0.0, first)
    assert ground.seniority_distribution is not None
    np.testing.assert_allclose(ground.seniority_distribution[[1, 3]], [1 / 3, 2 / 3], rtol=1e-14)
    assert ground.entropy == pytest.approx(log(3), rel=1e-14)
    assert np.isinf(ground.susceptibility)
    assert ground.heat_capacity == 0.0


def test_an_odd_ground_state_is_a_curie_paramagnet_at_zero_temperature() -> None:
    odd = Canonical(System.single_shell(Shell.orbital(2), 5, gap_scale=1.0)).averages(0.0, 0.0)
    assert odd.entropy == pytest.approx(log(10), rel=1e-14)
    assert odd.moment == 0.0
    assert np.isinf(odd.susceptibility)
    even = Canonical(System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)).averages(0.0, 0.0)
    assert even.susceptibility == even.entropy == 0.0


@pytest.mark.parametrize("electrons", [9, 10, 11, 14])
def test_falling_temperature_ends_at_zero_temperature(electrons: int) -> None:
    ensemble = Canonical(System.single_shell(Shell.orbital(5), electrons, gap_scale=1.0))
    fields = np.array([0.0, 0.05, -0.19, 0.21, 0.4])
    cold, zero = ensemble.averages(1e-9, fields), ensemble.averages(0.0, fields)
    for name in ("free_energy", "energy", "entropy", "pair_energy", "moment", "connected_gap_squared"):
        np.testing.assert_allclose(
            getattr(cold, name), getattr(zero, name), rtol=1e-7, atol=1e-7, err_msg=name
        )
    assert cold.seniority_distribution is not None
    assert zero.seniority_distribution is not None
    np.testing.assert_allclose(cold.seniority_distribution, zero.seniority_distribution, atol=1e-14)


@pytest.mark.parametrize("temperature", [5e-324, 1e-300, 1e-100])
def test_absurdly_low_temperatures_are_zero_temperature(temperature: float) -> None:
    cold, zero = Canonical(M11).averages(temperature, [0.0, 0.2]), Canonical(M11).averages(0.0, [0.0, 0.2])
    for name in ("free_energy", "energy", "moment", "heat_capacity", "susceptibility", "entropy"):
        np.testing.assert_array_equal(getattr(cold, name), getattr(zero, name), err_msg=name)


def test_at_a_crossing_of_two_levels_the_susceptibility_is_a_quarter_of_the_step_over_t() -> None:
    system = System.single_shell(Shell.orbital(3), 6, gap_scale=1.0)
    first, temperature = system.crossing_fields()[0], 1e-5
    moments = Canonical(system).averages(0.0, [first - 1e-3, first + 1e-3]).moment
    step = float(moments[1] - moments[0])
    peak = Canonical(system).averages(temperature, first)
    assert peak.susceptibility == pytest.approx(step**2 / (4 * temperature), rel=1e-9)


def test_heat_capacity_on_a_crossing_has_the_schottky_maximum_beside_it() -> None:
    system = System.single_shell(Shell.orbital(3), 6, gap_scale=1.0)
    first, temperature = system.crossing_fields()[0], 1e-5
    field = first + np.linspace(0, 6, 2001) * temperature / 7.0  # m jumps from 0 to 7
    heat = Canonical(system).averages(temperature, field).heat_capacity
    assert heat.max() == pytest.approx(0.43922884, abs=1e-6)
    assert (field[heat.argmax()] - first) * 7.0 / temperature == pytest.approx(2.399, abs=0.01)
    assert heat[0] < 1e-20


def test_infinite_temperature_counts_states() -> None:
    for electrons in (0, 3, 11, 20):
        hot = Canonical(System.single_shell(Shell.orbital(5), electrons, gap_scale=1.0)).averages(1e12, 0.1)
        assert hot.entropy == pytest.approx(log(comb(22, electrons)), abs=1e-10)
        floor = (2 / 11) ** 2 * electrons * (electrons - 1) / (2 * 21)
        assert hot.gap_squared == pytest.approx(floor, rel=1e-9)


def test_without_coupling_electrons_are_free() -> None:
    moments = [0.5, 1.5, 2.0]
    free = Canonical(System.single_shell(Shell(moments), 2, coupling=0.0)).averages(0.4, 0.3)
    factors = [exp(s * m * 0.3 / 0.4) for m in moments for s in (1, -1)]
    z = sum(a * b for i, a in enumerate(factors) for b in factors[:i])
    assert free.free_energy == pytest.approx(-0.4 * log(z), rel=1e-14)
    assert free.connected_gap_squared == 0.0


def test_repulsion_prefers_unpaired_electrons_and_has_no_connected_gap() -> None:
    ground = Canonical(System.single_shell(Shell.orbital(2), 4, coupling=-0.5)).averages(0.0, 0.0)
    assert ground.seniority_distribution is not None
    assert ground.seniority_distribution[4] == 1.0
    assert ground.connected_gap_squared is None
    assert "attractive" in ground.undefined["connected_gap_squared"]


def test_the_energy_of_the_level_shifts_energies_only() -> None:
    shifted = System(Shell.orbital(2, energy=-3.0), 4, 0.4)
    plain = System(Shell.orbital(2), 4, 0.4)
    a, b = Canonical(shifted).averages(0.2, 0.3), Canonical(plain).averages(0.2, 0.3)
    assert a.energy == pytest.approx(b.energy - 12.0)
    assert a.free_energy == pytest.approx(b.free_energy - 12.0)
    assert (a.heat_capacity, a.moment, a.entropy) == (b.heat_capacity, b.moment, b.entropy)


def test_a_map_has_the_bits_of_its_points() -> None:
    temperature, field = np.meshgrid(np.linspace(0, 1, 70), np.linspace(-0.5, 0.5, 70))
    whole = Canonical(M11).averages(temperature, field)
    for i, j in [(0, 0), (3, 69), (44, 17), (69, 31)]:
        single = Canonical(M11).averages(temperature[i, j], field[i, j])
        assert single.heat_capacity == whole.heat_capacity[i, j]
        assert single.free_energy == whole.free_energy[i, j]


def test_cost_is_linear_in_pairs_and_points() -> None:
    def steps(momentum: int, points: int) -> int:
        system = System.single_shell(Shell.orbital(momentum), 2 * momentum, gap_scale=1.0)
        sums, seniority = np.empty((11, 1, points)), np.empty((1, points, 2 * momentum + 2))
        temperature, field = np.full(points, 0.3), np.linspace(0.1, 0.3, points)
        return count_steps(system, [2 * momentum], temperature, field, sums, seniority)

    assert steps(10, 5) == 5 * steps(10, 1)
    assert steps(20, 1) - steps(10, 1) == 2 * (steps(15, 1) - steps(10, 1))


def test_levels_are_the_spectrum_of_brute_force() -> None:
    levels = Canonical(System.single_shell(Shell.orbital(1), 2, coupling=0.7)).levels()
    assert int(levels.degeneracy.sum()) == comb(6, 2)
    assert levels.energy[0] == pytest.approx(-0.7 * 3)
    assert levels.degeneracy[0] == 1
    exact = fock.canonical([(0.0, [2.0, 1.0, 0.0])], 2, 0.7, 0.3, 0.4)
    weights = levels.degeneracy.astype(float) * np.exp(-levels.in_field(0.4) / 0.3)
    assert -0.3 * log(weights.sum()) == pytest.approx(exact.free_energy, rel=1e-13)
