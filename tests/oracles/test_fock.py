"""Brute force in Fock space against ball arithmetic, free electrons and sums written by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from quasispin.errors import InputError, SizeError
from quasispin.oracles import fock
from quasispin.oracles import multiprecision as mp
from quasispin.oracles import strategies as quasi

COMMON = [
    "log_partition",
    "free_energy",
    "energy",
    "pair_energy",
    "moment",
    "susceptibility",
    "heat_capacity",
    "entropy",
]
GRAND = ["electrons", "number_variance", "susceptibility_fixed_potential", "heat_capacity_fixed_potential"]


def assert_same(
    brute: fock.FockAverages, proved: mp.CanonicalReference | mp.GrandCanonicalReference, g: float
) -> None:
    names = COMMON + (GRAND if isinstance(proved, mp.GrandCanonicalReference) else [])
    values = proved.floats()
    for name in names:
        assert getattr(brute, name) == pytest.approx(values[name], rel=1e-9, abs=1e-10), name
    assert brute.gap(g) ** 2 == pytest.approx(float(proved.gap) ** 2, abs=1e-11)
    assert brute.connected_gap_squared(g) == pytest.approx(values["connected_gap_squared"], abs=1e-11)
    assert brute.singly_occupied.sum() == pytest.approx(values["mean_singly_occupied"], abs=1e-11)
    np.testing.assert_allclose(brute.seniority[0], values["seniority"], atol=1e-11)


@pytest.mark.parametrize("momentum", [0, 1, 2])
@pytest.mark.parametrize(("temperature", "field"), [(0.1, 0.45), (0.5, 0.0), (2.0, -0.7)])
def test_one_shell_in_fock_space_equals_ball_arithmetic_at_every_filling(
    momentum: int, temperature: float, field: float
) -> None:
    moments = quasi.orbital_moments(momentum)
    g = quasi.unit_coupling(len(moments))
    for electrons in range(2 * len(moments) + 1):
        brute = fock.canonical([(0.3, moments)], electrons, g, temperature, field)
        assert_same(brute, mp.canonical(moments, electrons, g, temperature, field, energy=0.3), g)


@given(
    shell=quasi.single_shells(max_pairs=4, attractive=False),
    temperature=quasi.temperatures(low=0.05, high=20.0),
    field=quasi.fields(),
)
@settings(max_examples=25, deadline=None)
def test_any_moments_and_any_sign_of_the_coupling(
    shell: quasi.ShellNumbers, temperature: float, field: float
) -> None:
    g = shell["coupling"]
    brute = fock.canonical([(0.0, shell["moments"])], shell["electrons"], g, temperature, field)
    proved = mp.canonical(**shell, temperature=temperature, field=field).floats()
    for name in COMMON:
        assert getattr(brute, name) == pytest.approx(proved[name], rel=1e-8, abs=1e-8), name


@pytest.mark.parametrize("numbers", [None, [0, 2, 4, 6], [1, 3, 5]])
def test_grand_canonical_sum_equals_ball_arithmetic(numbers: list[int] | None) -> None:
    moments, g = quasi.orbital_moments(1), 0.6
    brute = fock.grand_canonical([(0.2, moments)], g, 0.4, 0.3, -0.1, numbers=numbers)
    proved = mp.grand_canonical(moments, g, 0.4, 0.3, -0.1, numbers=numbers, energy=0.2)
    assert_same(brute, proved, g)
    np.testing.assert_allclose(brute.number, proved.floats()["number"], atol=1e-12)


def test_two_coincident_shells_equal_one_shell() -> None:
    apart = fock.canonical([(0.1, [1.0, 0.5]), (0.1, [2.0])], 3, 0.4, 0.3, 0.2)
    together = fock.canonical([(0.1, [1.0, 0.5, 2.0])], 3, 0.4, 0.3, 0.2)
    for name in COMMON:
        assert getattr(apart, name) == pytest.approx(getattr(together, name), abs=1e-12), name
    assert apart.pair_matrix.sum() == pytest.approx(together.pair_matrix.sum())
    assert apart.occupation.sum() == pytest.approx(3)


def test_no_coupling_gives_free_electrons() -> None:
    levels, temperature, field, mu = [(0.3, [1.0, 0.0]), (-0.2, [1.5])], 0.35, 0.4, 0.05
    brute = fock.grand_canonical(levels, 0.0, temperature, field, mu)
    single = [(e - s * field * m, s * m) for e, ms in levels for m in ms for s in (1, -1)]
    filled = np.array([1 / (1 + math.exp((e - mu) / temperature)) for e, _ in single])
    energies, moments = np.array(single).T
    assert brute.electrons == pytest.approx(filled.sum())
    assert brute.energy == pytest.approx(filled @ energies)
    assert brute.moment == pytest.approx(filled @ moments)
    assert brute.number_variance == pytest.approx(filled @ (1 - filled))
    assert brute.susceptibility_fixed_potential == pytest.approx(
        (filled * (1 - filled)) @ moments**2 / temperature
    )


def test_one_pair_in_two_levels_is_a_two_by_two_matrix() -> None:
    e, g, temperature = 0.8, [[0.5, 0.3], [0.3, 0.2]], 0.4
    result = fock.canonical([(0.0, [1.0]), (e, [1.0])], 2, g, temperature, 0.25)
    paired = np.linalg.eigvalsh([[-0.5, -0.3], [-0.3, 2 * e - 0.2]])
    broken = e - 0.25 * np.array([2.0, 0.0, 0.0, -2.0])
    partition = np.exp(-np.concatenate([paired, broken]) / temperature).sum()
    assert result.log_partition == pytest.approx(math.log(partition))
    assert result.seniority[0][1] == pytest.approx(np.exp(-broken / temperature).sum() / partition)


def test_moment_and_entropy_are_derivatives_of_the_free_energy_for_a_coupling_matrix() -> None:
    levels, g, h = [(-0.4, [1.0, 2.0]), (0.3, [0.5])], [[0.5, 0.2], [0.2, 0.7]], 1e-5

    def free_energy(temperature: float, field: float) -> float:
        return fock.canonical(levels, 3, g, temperature, field).free_energy

    result = fock.canonical(levels, 3, g, 0.3, 0.2)
    assert result.moment == pytest.approx(
        (free_energy(0.3, 0.2 - h) - free_energy(0.3, 0.2 + h)) / (2 * h), rel=1e-7
    )
    assert result.entropy == pytest.approx(
        (free_energy(0.3 - h, 0.2) - free_energy(0.3 + h, 0.2)) / (2 * h), rel=1e-7
    )
    assert result.pair_energy == pytest.approx(-np.sum(np.array(g) * result.pair_matrix))


def test_seniority_of_each_shell_counts_its_states_at_infinite_temperature() -> None:
    result = fock.canonical([(0.0, [1.0, 0.0, 2.0]), (1.0, [1.0])], 4, 0.5, 1e12, 0.0)
    states = math.comb(8, 4)
    # the other shell holds 0…2 electrons in 1, 2, 1 ways; quasispin multiplets of three pairs, by hand
    of_three = {
        n: [math.comb(6, v) - math.comb(6, v - 2) if v > 1 else math.comb(6, v) for v in range(4)]
        for n in range(7)
    }
    expected = [
        sum(
            ways * of_three[n][v] * (v <= min(n, 6 - n) and (n - v) % 2 == 0)
            for n, ways in ((4, 1), (3, 2), (2, 1))
        )
        for v in range(4)
    ]
    np.testing.assert_allclose(result.seniority[0], np.array(expected) / states, atol=1e-10)


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(SizeError, match="at most 7 pairs"):
        fock.canonical([(0.0, [1.0] * 8)], 2, 1.0, 1.0, 0.0)
    with pytest.raises(InputError, match="`temperature` must be positive"):
        fock.canonical([(0.0, [1.0])], 1, 1.0, 0.0, 0.0)
    with pytest.raises(InputError, match="`electrons`"):
        fock.canonical([(0.0, [1.0])], 3, 1.0, 1.0, 0.0)
    with pytest.raises(InputError, match="symmetric"):
        fock.canonical([(0.0, [1.0]), (0.0, [1.0])], 1, [[1.0, 0.0], [1.0, 1.0]], 1.0, 0.0)
