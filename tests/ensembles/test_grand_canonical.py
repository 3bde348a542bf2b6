"""Ensembles that exchange electrons: theorems, brute force, proved digits, the limit T → 0."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from quasispin.ensembles import grand_canonical as module
from quasispin.ensembles.averages import Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.ensembles.statistics import FixedElectrons, MeanElectrons, average, fixed_number
from quasispin.errors import InputError, SizeError, UndefinedError
from quasispin.oracles import fock, multiprecision
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System

RESPONSES = ["entropy", "susceptibility", "heat_capacity", "number_variance", "pair_energy"]


def grain(electrons: int, l: int = 5) -> System:
    return System.single_shell(Shell.orbital(l), electrons, gap_scale=1.0)


def two_shells(electrons: int = 4) -> System:
    return System([Shell([0.0, 2.0]), Shell([1.0, 3.0], 0.35)], electrons, 0.4)


def defined(averages: Averages) -> dict[str, Any]:
    return {
        item.name: value
        for item in fields(Averages)
        if isinstance(value := getattr(averages, item.name), np.ndarray)
    }


# -- against others -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ensemble", "gap", "connected"),
    [(Canonical, 0.2435, 0.1774), (GrandCanonical, 0.2483, 0.1700), (NumberParity, 0.2483, 0.1700)],
)
def test_heat_pairs_above_the_critical_field_in_every_exact_ensemble(
    ensemble: Any, gap: float, connected: float
) -> None:
    found = ensemble(grain(10)).averages(0.5, 1.5 * grain(10).critical_field)
    assert found.gap_squared**0.5 == pytest.approx(gap, abs=5e-5)
    assert found.connected_gap_squared**0.5 == pytest.approx(connected, abs=5e-5)


@pytest.mark.parametrize(
    ("electrons", "parity", "temperature", "field"),
    [
        (6, False, 0.003, 0.2),
        (7, False, 0.003, 0.1),
        (7, True, 0.005, 0.3),
        (5, False, 0.3, -0.4),
        (2, True, 5.0, 0.0),
    ],
)
def test_the_digits_are_those_of_ball_arithmetic(
    electrons: int, parity: bool, temperature: float, field: float
) -> None:
    system = System.single_shell(Shell([0.0, 0.5, 1.0, 1.0, 2.5, 3.0]), electrons, coupling=0.3)
    numbers = range(electrons % 2, 13, 2) if parity else None
    found = (NumberParity if parity else GrandCanonical)(system).averages(temperature, field)
    exact = multiprecision.grand_canonical_at_mean_number(
        system.shell.moments, electrons, 0.3, temperature, field, numbers=numbers, digits=16
    )
    for name in RESPONSES:
        assert float(getattr(found, name)) == pytest.approx(float(getattr(exact, name).mid()), rel=1e-12), (
            name
        )
    for name in ("free_energy", "energy", "chemical_potential"):
        assert float(getattr(found, name)) == pytest.approx(float(getattr(exact, name).mid()), abs=1e-13), (
            name
        )


@pytest.mark.parametrize("field", [0.0, 0.3, -0.2])
def test_several_shells_at_given_potential_equal_brute_force(field: float) -> None:
    system = two_shells()
    levels = [(shell.energy, shell.moments) for shell in system.shells]
    found = GrandCanonical(system, chemical_potential=0.1).averages(0.25, field)
    exact = fock.grand_canonical(levels, 0.4, 0.25, field, 0.1)
    for name in [
        "free_energy",
        "energy",
        "pair_energy",
        "moment",
        "entropy",
        "electrons",
        "number_variance",
        "occupation",
    ]:
        np.testing.assert_allclose(getattr(found, name), getattr(exact, name), atol=1e-12, err_msg=name)
    assert found.heat_capacity == pytest.approx(exact.heat_capacity_fixed_potential, rel=1e-11)
    assert found.susceptibility == pytest.approx(exact.susceptibility_fixed_potential, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("electrons", [1, 4, 7])
def test_several_shells_at_mean_number_equal_brute_force_at_their_potential(electrons: int) -> None:
    system = two_shells(electrons)
    levels = [(shell.energy, shell.moments) for shell in system.shells]
    found = GrandCanonical(system).averages(0.25, 0.3)
    assert found.chemical_potential is not None
    exact = fock.grand_canonical(levels, 0.4, 0.25, 0.3, float(found.chemical_potential))
    for name in [
        "free_energy",
        "energy",
        "moment",
        "entropy",
        "electrons",
        "number_variance",
        "heat_capacity",
        "susceptibility",
    ]:
        np.testing.assert_allclose(getattr(found, name), getattr(exact, name), atol=1e-11, err_msg=name)


def test_coincident_shells_equal_one_shell_in_every_ensemble() -> None:
    whole = Shell.orbital(2)
    temperature, field = np.array([0.0, 0.02, 0.3, 2.0]), np.array([0.1, 0.2, -0.3, 0.0])
    for electrons in (4, 5):
        parts = System([Shell(whole.moments[:2]), Shell(whole.moments[2:])], electrons, 0.4)
        for ensemble in (GrandCanonical, NumberParity):
            two = defined(ensemble(parts).averages(temperature, field))
            one = defined(ensemble(System(whole, electrons, 0.4)).averages(temperature, field))
            for name in set(one) - {"occupation", "unpaired", "seniority_distribution", "shell_gap_squared"}:
                np.testing.assert_allclose(two[name], one[name], rtol=1e-9, atol=1e-12, err_msg=name)


# -- theorems -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ensemble", [GrandCanonical, NumberParity])
@pytest.mark.parametrize("electrons", [2, 3, 10, 11, 19])
def test_the_mean_number_is_what_was_asked(ensemble: Any, electrons: int) -> None:
    temperature = np.array([0.0, 1e-9, 1e-3, 0.03, 0.3, 3.0, 1e3, 1e6])[:, None]
    found = ensemble(grain(electrons)).averages(temperature, np.array([0.0, 0.15, 0.2, 0.4]))
    np.testing.assert_allclose(found.electrons, electrons, rtol=1e-12)


def test_grand_canonical_is_the_sum_of_canonicals() -> None:
    temperature, field, potential = 0.3, 0.2, -0.15
    canonicals = [Canonical(grain(n)).averages(temperature, field) for n in range(23)]
    free = np.array([float(c.free_energy) for c in canonicals])
    logs = -(free - potential * np.arange(23)) / temperature
    share = np.exp(logs - logs.max())
    share /= share.sum()
    found = GrandCanonical(grain(10), chemical_potential=potential).averages(temperature, field)
    for name in ("energy", "pair_energy", "moment", "gap_squared", "seniority_distribution"):
        mean = sum(p * getattr(c, name) for p, c in zip(share, canonicals, strict=True))
        np.testing.assert_allclose(getattr(found, name), mean, rtol=1e-12, err_msg=name)
    omega = -temperature * (np.log(np.exp(logs - logs.max()).sum()) + logs.max())
    assert found.free_energy - potential * found.electrons == pytest.approx(omega, rel=1e-13)


def test_the_two_ways_to_hold_the_reservoir_agree() -> None:
    held = GrandCanonical(grain(9)).averages(0.2, 0.15)
    assert held.chemical_potential is not None
    free = GrandCanonical(grain(9), chemical_potential=float(held.chemical_potential)).averages(0.2, 0.15)
    for name in set(defined(held)) - {"heat_capacity", "susceptibility"}:
        np.testing.assert_allclose(
            getattr(held, name), getattr(free, name), rtol=1e-12, atol=1e-13, err_msg=name
        )
    assert (free.heat_capacity >= held.heat_capacity).all()
    assert (free.susceptibility >= held.susceptibility).all()


@pytest.mark.parametrize(
    "ensemble",
    [GrandCanonical(grain(7)), NumberParity(grain(7)), GrandCanonical(grain(7), chemical_potential=-0.4)],
)
def test_responses_are_derivatives_at_what_is_held(ensemble: Any) -> None:
    heat, strength, step = 0.3, 0.2, 5e-4
    shifts = step * np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    slope = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / (12 * step)  # first derivative, error of fourth order
    warmed, driven = ensemble.averages(heat + shifts, strength), ensemble.averages(heat, strength + shifts)
    capacity, response = warmed.heat_capacity[2], driven.susceptibility[2]
    assert heat * slope @ warmed.entropy == pytest.approx(capacity, rel=1e-8)
    assert slope @ driven.moment == pytest.approx(response, rel=1e-8)
    np.testing.assert_allclose(
        warmed.energy - (heat + shifts) * warmed.entropy, warmed.free_energy, rtol=1e-13
    )
    if getattr(ensemble, "chemical_potential", None) is None:
        assert slope @ warmed.energy == pytest.approx(capacity, rel=1e-8)
        assert -slope @ driven.free_energy == pytest.approx(driven.moment[2], rel=1e-8)


def test_all_is_even_in_the_field_and_the_moment_odd() -> None:
    temperature, field = np.array([0.0, 0.01, 0.3]), np.array([0.2, 0.19, 0.3])
    for ensemble in (GrandCanonical(grain(10)), NumberParity(grain(9)), GrandCanonical(two_shells())):
        up, down = (defined(ensemble.averages(temperature, sign * field)) for sign in (1, -1))
        for name, value in up.items():
            np.testing.assert_array_equal(value, (-1 if name == "moment" else 1) * down[name], err_msg=name)


@pytest.mark.parametrize("ensemble", [GrandCanonical, NumberParity])
def test_holes_are_particles(ensemble: Any) -> None:
    few, many = (ensemble(grain(n)).averages([0.02, 0.2, 2.0], 0.2) for n in (8, 14))
    for name in [
        "entropy",
        "moment",
        "susceptibility",
        "heat_capacity",
        "number_variance",
        "connected_gap_squared",
    ]:
        np.testing.assert_allclose(getattr(few, name), getattr(many, name), rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(few.chemical_potential + many.chemical_potential, -2 / 11, atol=1e-13)


def test_free_electrons_follow_fermi_and_dirac() -> None:
    levels, temperature, field, potential = [(0.0, 1.0), (0.3, 0.5), (0.7, 2.0)], 0.3, 0.2, 0.35
    system = System([Shell([m], e) for e, m in levels], 2, 0.0)
    found = GrandCanonical(system, chemical_potential=potential).averages(temperature, field)
    energy = np.array([[e - s * field * m for s in (1, -1)] for e, m in levels])
    filling = 1 / (1 + np.exp((energy - potential) / temperature))
    np.testing.assert_allclose(found.occupation, filling.sum(axis=1), rtol=1e-13)
    assert found.number_variance == pytest.approx((filling * (1 - filling)).sum(), rel=1e-13)
    assert found.energy == pytest.approx((filling * energy).sum(), rel=1e-13)


# -- the limit T → 0 ------------------------------------------------------------------------------


def test_even_numbers_have_a_plateau_and_one_number_at_zero_temperature() -> None:
    cold = GrandCanonical(grain(10)).averages(0.0, 0.05)
    fixed = Canonical(grain(10)).averages(0.0, 0.05)
    assert cold.number_variance == 0
    assert cold.entropy == 0
    assert cold.heat_capacity == 0
    assert cold.susceptibility == 0
    np.testing.assert_allclose(cold.energy, fixed.energy, rtol=1e-15)
    neighbours = [float(Canonical(grain(n)).averages(0.0, 0.05).free_energy) for n in (9, 11)]
    assert cold.chemical_potential == pytest.approx((neighbours[1] - neighbours[0]) / 2, rel=1e-14)


def test_odd_numbers_are_half_of_each_neighbour_at_zero_temperature() -> None:
    for temperature in (0.0, 1e-3):
        cold = GrandCanonical(grain(11)).averages(temperature, 0.05)
        ends = [Canonical(grain(n)).averages(0.0, 0.05) for n in (10, 12)]
        assert cold.number_variance == pytest.approx(1, rel=1e-13)
        assert cold.entropy == pytest.approx(np.log(2), rel=1e-13)
        for name in ("energy", "pair_energy", "gap_squared"):
            mean = sum(getattr(end, name) for end in ends) / 2
            np.testing.assert_allclose(getattr(cold, name), mean, rtol=1e-13, err_msg=name)
        slope = float(ends[1].free_energy - ends[0].free_energy) / 2
        assert cold.chemical_potential == pytest.approx(slope, rel=1e-13)


@pytest.mark.parametrize("ensemble", [GrandCanonical, NumberParity])
@pytest.mark.parametrize("electrons", [6, 7])
@pytest.mark.parametrize("field", [0.0, 0.1, 0.31, 0.7])
def test_cold_goes_to_zero_temperature(ensemble: Any, electrons: int, field: float) -> None:
    held = ensemble(grain(electrons, l=3))
    cold, zero = (defined(held.averages(temperature, field)) for temperature in (1e-6, 0.0))
    for name in set(cold) - {"susceptibility"}:
        np.testing.assert_allclose(cold[name], zero[name], rtol=1e-4, atol=1e-4, err_msg=name)
    expected = np.inf if cold["susceptibility"] > 1 else 0.0
    assert zero["susceptibility"] == expected


def test_ties_of_several_numbers_are_weighted_by_their_states() -> None:
    # without coupling and field every N of the shell lies on the hull: binomial weights
    system = System.single_shell(Shell.spin(3), 2, coupling=0.0)
    cold, warm = (GrandCanonical(system).averages(temperature, 0.0) for temperature in (0.0, 1.0))
    assert cold.number_variance == pytest.approx(6 * (1 / 3) * (2 / 3), rel=1e-13)
    np.testing.assert_allclose(cold.entropy, warm.entropy, rtol=1e-13)


def test_given_potential_at_zero_temperature_fills_to_it() -> None:
    found = GrandCanonical(two_shells(), chemical_potential=0.05).averages([0.0, 1e-4], 0.1)
    np.testing.assert_allclose(found.electrons[0], found.electrons[1], rtol=1e-12)
    np.testing.assert_allclose(found.free_energy[0], found.free_energy[1], rtol=1e-12)


# -- edges ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ensemble", "electrons"),
    [(GrandCanonical, 0), (GrandCanonical, 22), (NumberParity, 1), (NumberParity, 21)],
)
def test_a_mean_that_one_number_alone_can_have_is_canonical(ensemble: Any, electrons: int) -> None:
    found = ensemble(grain(electrons)).averages([0.0, 0.3], 0.2)
    fixed = Canonical(grain(electrons)).averages([0.0, 0.3], 0.2)
    assert np.isnan(found.chemical_potential).all()
    for name, value in defined(fixed).items():
        np.testing.assert_array_equal(getattr(found, name), value, err_msg=name)


def test_inverse_temperature_that_overflows_is_zero_temperature() -> None:
    for electrons in (10, 11):
        tiny, zero = (defined(GrandCanonical(grain(electrons)).averages(t, 0.15)) for t in (1e-310, 0.0))
        for name, value in tiny.items():
            np.testing.assert_allclose(value, zero[name], atol=1e-13, err_msg=name)


def test_what_has_no_meaning_is_none_and_says_why() -> None:
    matrix = System(two_shells().shells, 4, [[0.4, 0.2], [0.2, 0.3]])
    found = GrandCanonical(matrix).averages(0.3)
    assert found.gap_squared is None
    assert found.connected_gap_squared is None
    assert "single gap" in found.undefined["gap_squared"]
    repulsive = GrandCanonical(System(two_shells().shells, 4, -0.2)).averages(0.3)
    assert repulsive.connected_gap_squared is None
    assert set(repulsive.undefined) == {"connected_gap_squared"}


def test_fixed_electrons_are_the_canonical_ensemble() -> None:
    system, heat, strength = grain(9), np.array([0.0, 0.3]), np.array([0.1, 0.2])
    found = average(fixed_number(system, range(7, 12), heat, strength), heat, FixedElectrons(9))
    fixed = Canonical(system).averages(heat, strength)
    for name, value in defined(fixed).items():
        np.testing.assert_array_equal(getattr(found, name), value, err_msg=name)
    with pytest.raises(InputError, match="`electrons`"):
        average(fixed_number(system, range(7, 9), heat, strength), heat, MeanElectrons(9))


def test_chunks_of_points_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    temperature, field = np.linspace(0, 1, 7), np.linspace(0, 0.5, 7)
    whole = defined(GrandCanonical(grain(10)).averages(temperature, field))
    monkeypatch.setattr(module, "CHUNK_BYTES", 1)
    for name, value in defined(GrandCanonical(grain(10)).averages(temperature, field)).items():
        np.testing.assert_allclose(value, whole[name], rtol=1e-13, atol=1e-300, err_msg=name)


def test_levels_hold_every_state_of_every_number() -> None:
    assert sum(GrandCanonical(grain(3, l=1)).levels().degeneracy) == 4**3
    assert sum(NumberParity(grain(3, l=1)).levels().degeneracy) == 4**3 // 2


def test_potential_must_be_finite_and_sizes_sensible() -> None:
    with pytest.raises(InputError, match="`chemical_potential`"):
        GrandCanonical(grain(3), chemical_potential=float("nan"))
    with pytest.raises(SizeError, match="GiB"):
        GrandCanonical(System.single_shell(Shell.spin(20_000), 3, gap_scale=1.0)).averages(0.1)
    family = Family(System.single_shell, shell=Shell.orbital(1), electrons=[1, 2], gap_scale=1.0)
    with pytest.raises(UndefinedError, match="Family"):
        GrandCanonical(family).levels()


def test_import_is_light() -> None:
    code = "import sys, quasispin.ensembles.grand_canonical; print({'scipy', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
