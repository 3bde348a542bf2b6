"""Electrons that do not pair: the canonical recursion against mpmath, the blocks, and known limits."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations
from math import comb, log

import numpy as np
import pytest

from quasispin.ensembles import free_sum, general_sum
from quasispin.ensembles.averages import Averages
from quasispin.ensembles.base import Ensemble
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.observables import addition_energy, connected_gap, gap, parity_gap
from quasispin.oracles import free_electrons
from quasispin.spectrum import free
from quasispin.system.shell import Shell
from quasispin.system.system import System

MIXED = [(0.0, [1.0, 0.5]), (0.7, [1.5]), (1.3, [2.0, 1.0, 0.0]), (0.7, [1.0])]
FENCE = [(float(k), [0.5]) for k in range(8)]
PRECISION = 1e-12
"""The promise for one shell; what was seen here is 2·10⁻¹³."""
UNDERFLOW = 1e-290


def box(shells: free_electrons.Shells, electrons: int, coupling: object = 0.0) -> System:
    return System([Shell(m, e) for e, m in shells], electrons, coupling)  # type: ignore[arg-type]


def fence(levels: int, electrons: int | None = None, spacing: float = 1.0) -> System:
    shells = [Shell([1.0], spacing * k) for k in range(levels)]
    return System(shells, levels if electrons is None else electrons, 0.0)


@pytest.mark.parametrize("shells", [MIXED, FENCE], ids=["mixed", "fence"])
@pytest.mark.parametrize("electrons", [0, 1, 3, 6, 7, 14])
def test_every_sum_has_twelve_digits_however_small_it_is(
    shells: free_electrons.Shells, electrons: int
) -> None:
    sums = free.Free(box(shells, electrons))
    for temperature in (0.005, 0.1, 3.0):
        for field in (0.0, 1e-9, 0.31, 5.0):
            found = sums.sums(electrons, temperature, field)
            exact = free_electrons.canonical(shells, electrons, temperature, field, digits=320)
            names = ("log_sum", "excitation", "energy_variance", "moment", "moment_variance")
            for name in names:
                expected = float(exact[name])
                assert getattr(found, name) == pytest.approx(expected, rel=PRECISION, abs=UNDERFLOW), name
            assert found.ground == pytest.approx(float(exact["ground"]), rel=1e-15, abs=1e-14)
            occupation = [float(n) for n in exact["occupation"]]
            np.testing.assert_allclose(found.occupation, occupation, rtol=PRECISION, atol=UNDERFLOW)


@pytest.mark.parametrize("shells", [MIXED, FENCE], ids=["mixed", "fence"])
@pytest.mark.parametrize("electrons", [1, 4, 7])
def test_seniorities_are_those_of_states_without_a_pair(
    shells: free_electrons.Shells, electrons: int
) -> None:
    sums = free.Free(box(shells, electrons))
    for temperature, field in [(0.02, 0.0), (0.1, 0.31), (3.0, -0.0), (100.0, 5.0)]:
        found = sums.sums(electrons, temperature, field)
        distribution, means = free_electrons.seniorities(shells, electrons, temperature, field, digits=300)
        # what is dropped is 10⁻¹⁸ of what is excited at most
        expected = [float(p) for p in distribution]
        np.testing.assert_allclose(found.seniority, expected, rtol=PRECISION, atol=1e-17)
        np.testing.assert_allclose(found.unpaired, [float(v) for v in means], rtol=PRECISION, atol=UNDERFLOW)


def test_the_oracle_counts_every_state_of_the_box() -> None:
    temperature, field = 0.4, 0.3
    energies = [
        sum(states)
        for states in _every_filling([e - s * field * m for e, ms in MIXED for m in ms for s in (1, -1)], 5)
    ]
    total = sum(np.exp(-(u - min(energies)) / temperature) for u in energies)
    found = free_electrons.canonical(MIXED, 5, temperature, field)
    assert float(found["log_sum"]) == pytest.approx(log(total), rel=1e-13)
    mean = sum((u - min(energies)) * np.exp(-(u - min(energies)) / temperature) for u in energies) / total
    assert float(found["excitation"]) == pytest.approx(mean, rel=1e-13)


def _every_filling(levels: list[float], electrons: int) -> list[tuple[float, ...]]:
    return list(combinations(levels, electrons))


GRID = (np.array([0.0, 0.01, 0.1, 1.0, 10.0])[:, None], np.array([0.0, 0.3, -0.77]))


def both_ways(ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch) -> tuple[Averages, Averages]:
    monkeypatch.setattr(free, "FEW_STATES", -1)
    recursion = ensemble.averages(*GRID)
    monkeypatch.setattr(free, "FEW_STATES", 10**9)
    return recursion, ensemble.averages(*GRID)


@pytest.mark.parametrize("electrons", [0, 1, 4, 5, 8, 16])
def test_the_recursion_and_the_blocks_agree(electrons: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shells = [Shell([1.0], 0.5 * k) for k in range(6)] + [Shell([1.5, 0.5], 0.31)]
    system = System(shells, electrons, 0.0)
    matrix = System(shells, electrons, np.zeros((7, 7)))
    ensembles: list[Ensemble] = [
        Canonical(system),
        GrandCanonical(system),
        NumberParity(system),
        GrandCanonical(system, chemical_potential=1.1),
        Canonical(matrix),
        Canonical(system, accuracy=1e-6),
    ]
    for ensemble in ensembles[:5]:
        recursion, blocks = both_ways(ensemble, monkeypatch)
        for item in fields(Averages):
            one, other = getattr(recursion, item.name), getattr(blocks, item.name)
            if isinstance(other, np.ndarray):
                np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12, err_msg=item.name)
            elif item.name not in ("bounds", "estimates"):
                assert one == other, item.name
    monkeypatch.setattr(free, "FEW_STATES", -1)
    assert ensembles[5].averages(*GRID).error is None  # nothing is left out


def test_picket_fence_of_eighty_levels() -> None:
    found = Canonical(fence(80)).averages(3.0)
    heat = _picket_fence_heat_capacity(80, 3.0)
    assert float(found.heat_capacity) == pytest.approx(heat, rel=1e-12)
    assert f"{heat:.4f}" == "19.2355"


def _picket_fence_heat_capacity(levels: int, temperature: float) -> float:
    """Var U/T² of as many electrons as levels, by whole-number energies: the number of fillings at each."""
    import mpmath

    with mpmath.workdps(60):
        t = mpmath.mpf(temperature)
        rows = [(mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0))] + [(mpmath.mpf(0),) * 3] * levels
        for e in [k for k in range(levels) for _ in range(2)]:
            weight = mpmath.exp(-e / t)
            for n in range(levels, 0, -1):
                z, u, square = rows[n - 1]
                add = (z, u + e * z, square + 2 * e * u + e * e * z)
                rows[n] = tuple(a + weight * b for a, b in zip(rows[n], add, strict=True))
        z, u, square = rows[levels]
        return float((square / z - (u / z) ** 2) / t**2)


def test_derivatives_of_the_free_energy_are_entropy_and_moment() -> None:
    system, t, w, h = fence(60, 31), 1.7, 0.4, 1e-3
    ensemble = Canonical(system)
    here = ensemble.averages(t, w)
    around = ensemble.averages(t + h * np.array([-2, -1, 1, 2]), w).free_energy
    slope = np.array([1, -8, 8, -1]) / (12 * h)
    # the rounding of F, some 500 in size, over h
    noise = 30 * np.finfo(float).eps * abs(float(here.free_energy)) / h
    assert -(slope @ around) == pytest.approx(float(here.entropy), abs=noise)
    around = ensemble.averages(t, w + h * np.array([-2, -1, 1, 2])).free_energy
    assert -(slope @ around) == pytest.approx(float(here.moment), abs=noise)


def test_at_zero_temperature_the_ground_multiplet_is_left() -> None:
    shells = [Shell.orbital(1, 0.4), *(Shell([0.5], float(k)) for k in range(1, 30))]
    for electrons in (2, 3, 6, 9):
        found = Canonical(System(shells, electrons, 0.0)).averages(0.0)
        full, rest = min(electrons, 6), max(electrons - 6, 0)
        count = comb(6, full) * comb(2, rest % 2)
        assert float(found.entropy) == pytest.approx(log(count), rel=1e-14, abs=1e-15)
        assert float(found.heat_capacity) == 0.0
    field = Canonical(System(shells, 3, 0.0)).averages(0.0, 0.01)
    assert float(field.entropy) == pytest.approx(log(2), rel=1e-14)  # m = 2, 1, and either of the two 0
    assert float(field.moment) == 3.0


@pytest.mark.parametrize("levels", [700, 10_000])
def test_any_number_of_levels(levels: int) -> None:
    ensemble = Canonical(fence(levels, levels + 1))
    found = ensemble.averages(3.0, 0.2)
    few = Canonical(fence(200, 201)).averages(3.0, 0.2)  # far from both ends all fences are alike
    for name in ("entropy", "heat_capacity", "moment", "susceptibility"):
        assert float(getattr(found, name)) == pytest.approx(float(getattr(few, name)), rel=1e-11), name
    assert found.occupation.sum() == pytest.approx(levels + 1, rel=1e-13)
    assert found.seniority_distribution is not None
    assert found.unpaired is not None
    mean = found.seniority_distribution @ np.arange(levels + 1)
    assert mean == pytest.approx(float(found.unpaired.sum()), rel=1e-12)
    assert ensemble.estimate(3.0).memory < 2e9


def test_large_systems_are_hot_too() -> None:
    # T far above all levels: all fillings are alike, and hypergeometric numbers stand in each half
    levels = 600
    found = Canonical(fence(levels, levels, spacing=1e-9)).averages(1e3)
    assert float(found.entropy) == pytest.approx(log(comb(2 * levels, levels)), rel=1e-12)
    np.testing.assert_allclose(found.occupation, 1.0, rtol=1e-8)
    # one of a pair's two states is full, the other empty, in all placements of N electrons in 2L states
    single = 2 * levels * levels / (2 * levels * (2 * levels - 1))
    assert found.unpaired is not None
    np.testing.assert_allclose(found.unpaired, single, rtol=1e-8)


def test_nothing_pairs() -> None:
    ensemble = Canonical(fence(80))
    assert gap(ensemble, temperature=0.5) == 0.0
    assert connected_gap(ensemble, temperature=0.5) == 0.0
    assert parity_gap(ensemble, temperature=0.0) == pytest.approx(0.5, abs=1e-11)
    assert addition_energy(ensemble, temperature=0.0) == pytest.approx(1.0, abs=1e-11)


def test_open_ensembles_sum_the_likely_numbers() -> None:
    system = fence(300)
    temperature = np.array([0.0, 0.3, 4.0])
    found = GrandCanonical(system).averages(temperature)
    # Fermi and Dirac, by symmetry at μ in the middle of the two levels
    middle, energies = 149.5, np.repeat(np.arange(300.0), 2)
    assert found.chemical_potential is not None
    np.testing.assert_allclose(found.chemical_potential, middle, rtol=1e-12)
    for x, t in enumerate(temperature[1:], start=1):
        share = 1 / (1 + np.exp((energies - middle) / t))
        np.testing.assert_allclose(
            found.occupation[x], share.reshape(-1, 2).sum(axis=1), rtol=1e-9, atol=1e-15
        )
        assert found.number_variance[x] == pytest.approx((share * (1 - share)).sum(), rel=1e-11)
    np.testing.assert_allclose(found.electrons, 300, rtol=1e-14)
    odd = NumberParity(system.with_electrons(299)).averages(4.0)
    assert float(odd.electrons) == pytest.approx(299, rel=1e-13)


def test_a_point_has_the_same_digits_in_any_company() -> None:
    ensemble = Canonical(fence(70, 41))
    grid = ensemble.averages(np.array([0.1, 0.7, 2.0]), np.array([0.0, 0.3, -0.3]))
    alone = ensemble.averages(0.7, 0.3)
    for name in ("free_energy", "heat_capacity", "susceptibility", "occupation"):
        assert np.array_equal(getattr(grid, name)[1], getattr(alone, name))


def test_the_sums_of_single_points_have_the_shape_of_a_fixed_number() -> None:
    system = box(MIXED, 4)
    points = np.array([0.1, 1.0]), np.array([0.0, 0.2])
    one = free_sum.fixed_number(system, [3, 4], *points)
    other = general_sum.fixed_number(system, [3, 4], *points)
    for item in fields(type(one)):
        value = getattr(other, item.name)
        if isinstance(value, np.ndarray):
            assert getattr(one, item.name).shape == value.shape, item.name
