"""The mean field of one shell: closed forms, published digits, brute force, exact derivatives, counts."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest

from quasispin.ensembles import mean_field as module
from quasispin.ensembles.averages import Averages
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import InputError, SolverError, UndefinedError
from quasispin.oracles import mean_field_scan
from quasispin.system.shell import Shell
from quasispin.system.system import System


def grain(electrons: int, l: int = 5) -> MeanField:
    return MeanField(System.single_shell(Shell.orbital(l), electrons, gap_scale=1.0))


def of(moments: Any, electrons: int, coupling: float, energy: float = 0.0) -> MeanField:
    return MeanField(System(Shell(moments, energy), electrons, coupling))


def gap(ensemble: MeanField, temperature: Any, field: Any = 0.0) -> Any:
    squared = ensemble.averages(temperature, field).gap_squared
    assert squared is not None
    return np.sqrt(squared)


# -- published and closed numbers -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("electrons", "temperature", "field", "value", "digits"),
    [
        (11, 0.25, 0.0, 0.957504024077, 12),
        (11, 0.495, 0.0, 0.172511069975, 12),
        (11, 0.4, 1 / 11, 0.530878302233, 12),
        (11, 0.01, 0.17, 0.908839904, 9),
        (11, 0.01, 0.2, 0.09089188956, 11),
        (10, 0.01, 0.0, 0.995859195464, 12),
        (10, 0.4, 1 / 11, 0.523036622974, 12),
        (10, 0.01, 0.17, 0.9042817638, 10),
        (10, 0.01, 0.2, 0.0, 12),
        (3, 0.008891, 0.19, 0.3742, 4),  # the end point E = |ξ| lies below, but is no state
    ],
)
def test_gap_has_the_published_digits(
    electrons: int, temperature: float, field: float, value: float, digits: int
) -> None:
    assert abs(gap(grain(electrons), temperature, field) - value) <= 0.5001 * 10.0**-digits


def test_the_mean_field_itself_is_slightly_re_entrant() -> None:
    seven = System.single_shell(Shell.orbital(3), 6, gap_scale=1.0)
    scale = seven.temperature_scale * np.array([0.0, 0.05, 0.111, 0.2])
    found = gap(MeanField(seven), scale, 0.925 * 2 / 7)
    np.testing.assert_allclose(found, [0.6999, 0.7079, 0.7511, 0.7248], atol=5.01e-5, rtol=0)


@pytest.mark.parametrize("electrons", range(1, 22))
def test_gap_at_zero_temperature_is_the_closed_form(electrons: int) -> None:
    expected = math.sqrt(electrons * (22 - electrons)) / 11
    np.testing.assert_allclose(gap(grain(electrons), [0.0, 1e-9, 1e-3]), expected, rtol=1e-14)


@pytest.mark.parametrize("electrons", [1, 3, 10, 11, 15])
def test_gap_closes_at_the_critical_temperature(electrons: int) -> None:
    ensemble = grain(electrons)
    assert isinstance(ensemble.system, System)
    critical = ensemble.system.critical_temperature
    below, above = gap(ensemble, critical * np.array([1 - 1e-9, 1 + 1e-9]))
    assert above == 0
    assert 0 < below < 1e-3
    assert gap(ensemble, critical * (1 - 4e-9)) == pytest.approx(2 * below, rel=1e-5)


def test_half_filled_gap_solves_its_scalar_equation() -> None:
    temperature = np.linspace(0.01, 0.499999, 200)
    found = gap(grain(11), temperature)
    np.testing.assert_allclose(found, np.tanh(found / (2 * temperature)), rtol=1e-13)


def test_heat_capacity_jumps_by_three_per_pair_at_the_critical_temperature() -> None:
    below, above = grain(11).averages([0.5 * (1 - 1e-10), 0.5 * (1 + 1e-10)]).heat_capacity
    assert above == 0
    assert below == pytest.approx(33, rel=1e-8)


def test_a_pair_without_moment_keeps_its_gap_above_every_field() -> None:
    coupling = 2 / 11
    field = coupling * np.array([1.01, 2.0, 20.0])
    np.testing.assert_allclose(gap(grain(11), 0.0, field), coupling / 2, rtol=1e-15)
    assert (gap(grain(11), 0.2499 * coupling, field[2:]) > 0).all()
    assert (gap(grain(11), 0.2501 * coupling, field[2:]) == 0).all()


# -- derivatives ----------------------------------------------------------------------------------


def exact(ensemble: MeanField, temperature: float, field: float) -> dict[str, Any]:
    """F and its derivatives along the state that `ensemble` found, in 50 digits, from F itself."""
    system = ensemble.system
    assert isinstance(system, System)
    assert isinstance(system.coupling, float)
    moments, pairs, number = system.shell.moments, system.pair_degeneracy, system.electrons
    coupling, shift = mpmath.mpf(system.coupling), mpmath.mpf(system.shell.energy)
    found = ensemble.averages(temperature, field)
    assert found.gap_squared is not None
    assert found.chemical_potential is not None
    paired = bool(found.gap_squared > 0)
    xi = system.shell.energy - float(found.chemical_potential)
    start = math.hypot(xi, math.sqrt(float(found.gap_squared))) if paired else xi

    def potential(e: Any, t: Any, w: Any) -> Any:
        return t * sum(mpmath.log(2 * mpmath.cosh(e / t) + 2 * mpmath.cosh(w * m / t)) for m in moments)

    def slope(e: Any, t: Any, w: Any) -> Any:
        return sum(
            (mpmath.tanh((e + w * m) / (2 * t)) + mpmath.tanh((e - w * m) / (2 * t))) / 2 for m in moments
        )

    def free(t: Any, w: Any) -> Any:
        if paired:
            e = mpmath.findroot(lambda e: 2 * e / coupling - slope(e, t, w), start, tol=1e-90)
            return (
                shift * number + coupling * (pairs - number) ** 2 / 4 + e**2 / coupling - potential(e, t, w)
            )
        e = mpmath.findroot(lambda e: slope(e, t, w) - (pairs - number), start, tol=1e-90)
        return shift * number + (pairs - number) * e - potential(e, t, w)

    with mpmath.workdps(100):
        t, w = mpmath.mpf(temperature), mpmath.mpf(field)
        step = min(t, mpmath.mpf(0.01)) * mpmath.mpf(10) ** -20
        return {
            "free_energy": free(t, w),
            "entropy": -mpmath.diff(lambda t: free(t, w), t, h=step),
            "moment": -mpmath.diff(lambda w: free(t, w), w, h=step),
            "susceptibility": -mpmath.diff(lambda w: free(t, w), w, 2, h=step),
            "heat_capacity": -t * mpmath.diff(lambda t: free(t, w), t, 2, h=step),
        }


@pytest.mark.parametrize(
    ("ensemble", "temperature", "field"),
    [
        (grain(11), 0.25, 0.05),
        (grain(11), 0.499, 0.001),
        (grain(11), 0.02, 0.17),
        (grain(10), 0.4, 0.09),
        (grain(10), 0.05, 0.1),
        (grain(10), 0.03, 0.3),  # normal
        (grain(17), 0.5, 0.3),  # normal, more than half filled
        (grain(3), 0.0625, 0.19),
        (grain(22, 11), 0.2, 0.05),  # more than eight different moments
        (grain(22, 11), 0.1, 0.2),  # normal
        (grain(13, 11), 0.7, 0.2),  # normal, above GM/4
        (of([1.5, 0.25, 0.25, 2.0], 3, 0.5, -0.7), 0.2, 0.31),
        (of([1.5, 0.25, 0.25, 2.0], 5, 0.5, 0.7), 0.1, 0.62),
        (of([1.0, 2.0, 3.0], 1, -0.4, 0.2), 0.07, -0.11),
        (of([1.0, 2.0, 3.0], 4, 0.0), 2.0, 0.11),
    ],
)
def test_averages_are_derivatives_of_the_free_energy(
    ensemble: MeanField, temperature: float, field: float
) -> None:
    found, expected = ensemble.averages(temperature, field), exact(ensemble, temperature, field)
    for name, value in expected.items():
        assert float(getattr(found, name)) == pytest.approx(float(value), rel=3e-12, abs=1e-300), name
    assert float(found.energy) == pytest.approx(
        float(found.free_energy + temperature * found.entropy), rel=1e-14
    )


@pytest.mark.parametrize(
    ("ensemble", "temperature", "field"),
    [(grain(11), 0.0078125, 0.03125), (grain(10), 0.00390625, 0.125), (grain(10), 0.00390625, 0.25)],
)
def test_exponentially_small_responses_keep_their_digits(
    ensemble: MeanField, temperature: float, field: float
) -> None:
    found, expected = ensemble.averages(temperature, field), exact(ensemble, temperature, field)
    assert float(expected["heat_capacity"]) < 1e-9
    for name in ("entropy", "susceptibility", "heat_capacity"):
        assert float(getattr(found, name)) == pytest.approx(float(expected[name]), rel=1e-12), name


@pytest.mark.parametrize("temperature", [0.03, 0.02, 0.012, 0.006])
def test_an_exponentially_small_gap_keeps_its_digits(temperature: float) -> None:
    """Two pairs, m = 0 and 1, one electron: E = G/2 + δ with 2δ/G = S(E) − 1, δ ~ e^{−(ω−G/2)/T}."""
    coupling, field = 1.0, 0.85

    def excess(delta: Any) -> Any:
        y, x = (mpmath.mpf(0.5) + delta) / temperature, mpmath.mpf(field) / temperature
        return mpmath.tanh(y / 2) - 1 + mpmath.sinh(y) / (mpmath.cosh(y) + mpmath.cosh(x)) - 2 * delta

    with mpmath.workdps(80):
        start = mpmath.exp(-0.35 / mpmath.mpf(temperature)) / 2
        delta = mpmath.findroot(excess, (start, 2 * start), tol=1e-120)
        expected = float(delta * (1 + delta))
    assert expected < 1e-3
    found = of([0.0, 1.0], 1, coupling).averages(temperature, field).gap_squared
    assert found is not None
    assert float(found) == pytest.approx(expected, rel=1e-12, abs=0)


def test_number_variance_at_zero_temperature_is_four_u_squared_v_squared() -> None:
    for electrons in (1, 4, 11, 16):
        expected = electrons * (22 - electrons) / 11
        np.testing.assert_allclose(
            grain(electrons).averages([0.0, 1e-6]).number_variance, expected, rtol=1e-14
        )


def test_number_variance_of_free_electrons_is_that_of_fermi_occupations() -> None:
    system = of([1.0, 3.0], 1, 0.0)
    found = system.averages(0.5, 0.3)
    assert found.chemical_potential is not None
    levels = 0.3 * np.array([-3.0, -1.0, 1.0, 3.0])
    occupation = 1 / (1 + np.exp((levels - found.chemical_potential) / 0.5))
    assert occupation.sum() == pytest.approx(1, rel=1e-14)
    assert found.number_variance == pytest.approx((occupation * (1 - occupation)).sum(), rel=1e-13)


# -- symmetries -----------------------------------------------------------------------------------


def test_particles_and_holes_see_the_same_field() -> None:
    temperature, field = np.array([0.0, 0.02, 0.2, 0.6])[:, None], np.linspace(-0.4, 0.4, 9)
    for electrons in (3, 10):
        one, other = (grain(n).averages(temperature, field) for n in (electrons, 22 - electrons))
        assert one.chemical_potential is not None
        assert other.chemical_potential is not None
        np.testing.assert_allclose(one.chemical_potential, -other.chemical_potential, rtol=1e-14)
        for name in ("free_energy", "gap_squared", "moment", "susceptibility", "heat_capacity", "entropy"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_the_moment_is_odd_in_the_field_and_all_else_even() -> None:
    field = np.linspace(0.01, 0.5, 23)
    there, back = grain(10).averages(0.1, field), grain(10).averages(0.1, -field)
    np.testing.assert_array_equal(there.moment, -back.moment)
    for name in ("free_energy", "gap_squared", "susceptibility", "heat_capacity"):
        np.testing.assert_array_equal(getattr(there, name), getattr(back, name))


def test_the_energy_of_the_shell_shifts_only_energies() -> None:
    plain, shifted = of([2.0, 1.0, 0.0], 2, 0.5), of([2.0, 1.0, 0.0], 2, 0.5, energy=1.25)
    one, other = plain.averages([0.0, 0.1, 1.0], 0.2), shifted.averages([0.0, 0.1, 1.0], 0.2)
    assert one.chemical_potential is not None
    assert other.chemical_potential is not None
    np.testing.assert_allclose(other.free_energy, one.free_energy + 2.5, rtol=1e-15)
    np.testing.assert_allclose(other.energy, one.energy + 2.5, rtol=1e-15)
    np.testing.assert_allclose(other.chemical_potential, one.chemical_potential + 1.25, rtol=1e-15)
    np.testing.assert_array_equal(other.heat_capacity, one.heat_capacity)


# -- corners --------------------------------------------------------------------------------------


@pytest.mark.parametrize("electrons", [0, 22])
def test_an_empty_or_full_shell_is_inert(electrons: int) -> None:
    found = grain(electrons).averages([0.0, 0.1, 1.0], 0.3)
    for name in ("free_energy", "entropy", "moment", "susceptibility", "heat_capacity", "number_variance"):
        assert (getattr(found, name) == 0).all(), name
    assert found.chemical_potential is not None
    assert np.isnan(found.chemical_potential).all()
    assert (gap(grain(electrons), [0.0, 0.1]) == 0).all()
    assert grain(electrons).jumps(0.0, 0.0, 1.0) == []
    assert [branch.kind for branch in grain(electrons).branches(0.1, 0.3)] == ["normal"]


@pytest.mark.parametrize("coupling", [0.0, -0.3])
def test_without_attraction_there_is_no_gap(coupling: float) -> None:
    found = of(Shell.orbital(5).moments, 10, coupling).averages([0.0, 0.01, 1.0], 0.01)
    free = of(Shell.orbital(5).moments, 10, 0.0).averages([0.0, 0.01, 1.0], 0.01)
    assert found.gap_squared is not None
    assert (found.gap_squared == 0).all()
    assert (found.pair_energy == 0).all()
    np.testing.assert_array_equal(found.free_energy, free.free_energy)


def test_free_electrons_in_no_field_obey_curies_law() -> None:
    found = of([2.0, 1.0], 1, 0.0).averages([0.0, 0.5], 0.0)
    share = 1 / 4
    assert found.susceptibility[0] == math.inf
    assert found.susceptibility[1] == pytest.approx(share * (1 - share) * 10 / 0.5, rel=1e-15)
    np.testing.assert_allclose(
        found.entropy, -4 * (share * math.log(share) + 0.75 * math.log(0.75)), rtol=1e-15
    )


def test_a_partly_filled_zeeman_level_keeps_its_entropy() -> None:
    found = of([2.0, 1.0, 1.0], 3, 0.0).averages(
        [0.0, 1e-5], 0.7
    )  # level −2ω full, three electrons less one …
    np.testing.assert_allclose(found.entropy, 0.0, atol=1e-15)
    found = of([2.0, 1.0, 1.0], 2, 0.0).averages([0.0, 1e-5], 0.7)  # … one electron in two places
    np.testing.assert_allclose(found.entropy, 2 * math.log(2), rtol=1e-15)
    np.testing.assert_allclose(found.number_variance, 0.5, rtol=1e-15)
    np.testing.assert_allclose(found.moment, 3.0, rtol=1e-15)


@pytest.mark.parametrize("electrons", [1, 3, 9, 10, 11, 12, 20])
def test_zero_temperature_is_the_limit(electrons: int) -> None:
    field = np.array([0.0, 0.03, 0.1, 0.15, 0.17, 0.178, 0.19, 0.21, 0.3, 0.6])
    zero, cold = grain(electrons).averages(0.0, field), grain(electrons).averages(1e-6, field)
    for item in fields(Averages):
        expected = getattr(zero, item.name)
        if isinstance(expected, np.ndarray) and item.name not in ("chemical_potential", "free_energy"):
            np.testing.assert_allclose(
                getattr(cold, item.name), expected, rtol=1e-12, atol=1e-12, err_msg=item.name
            )
    assert cold.chemical_potential is not None
    assert zero.chemical_potential is not None
    np.testing.assert_allclose(cold.chemical_potential, zero.chemical_potential, rtol=0, atol=1e-5)


def test_enormous_and_minute_temperatures_stay_finite() -> None:
    found = grain(10).averages([1e-300, 1e-200, 1e-30, 1e30, 1e60], [[0.0], [0.1], [0.3]])
    for item in fields(Averages):
        value = getattr(found, item.name)
        assert not isinstance(value, np.ndarray) or np.isfinite(value).all(), item.name


def test_near_the_critical_temperature_the_gap_vanishes_smoothly() -> None:
    distance = np.array([1e-4, 1e-6, 1e-8, 1e-10])
    found = grain(11).averages(0.5 * (1 - distance))
    assert found.gap_squared is not None
    slopes = np.diff(found.gap_squared[:3]) / np.diff(0.5 * (1 - distance[:3]))
    assert slopes[1] == pytest.approx(slopes[0], rel=1e-3)
    np.testing.assert_allclose(found.heat_capacity[2:3], 33, rtol=1e-2)
    assert np.isfinite(found.susceptibility).all()


# -- stationary solutions, ties, jumps --------------------------------------------------------------


def test_the_lowest_branch_is_the_average_and_minima_alternate_with_maxima() -> None:
    for electrons, temperature, field in [
        (11, 0.01, 0.18),
        (10, 0.02, 0.19),
        (3, 0.008891, 0.19),
        (10, 0.0, 0.175),
    ]:
        branches = grain(electrons).branches(temperature, field)
        found = grain(electrons).averages(temperature, field)
        assert branches[0].stable
        assert branches[0].free_energy == pytest.approx(float(found.free_energy), rel=1e-14)
        assert branches[0].gap == pytest.approx(float(gap(grain(electrons), temperature, field)), rel=1e-12)
        assert branches[0].moment == pytest.approx(float(found.moment), rel=1e-12)
        stable = [branch.stable for branch in sorted(branches, key=lambda branch: branch.gap)]
        assert all(one != other for one, other in pairwise(stable))
        assert stable[-1]
        assert len(branches) >= 3


def test_five_paired_states_tie_where_the_field_equals_the_coupling() -> None:
    ensemble, coupling = grain(11), 2 / 11
    for temperature in (0.0, 1e-3):
        lowest = ensemble.branches(temperature, coupling)[:5]
        assert sorted(branch.gap / (coupling / 2) for branch in lowest) == pytest.approx([1, 3, 5, 7, 9])
        assert np.ptp([branch.free_energy for branch in lowest]) < 1e-14
        assert ensemble.ties(temperature, coupling)
    np.testing.assert_array_equal(ensemble.ties(0.01, [0.1, coupling, 0.2]), [False, True, False])


def test_jumps_at_zero_temperature_sit_where_neighbouring_plateaus_meet() -> None:
    coupling = 2 / 11
    first, second, last = grain(11).jumps(0.0, 0.0, 1.0)
    assert [first.field, second.field, last.field] == pytest.approx(
        [coupling * 7 / 8, coupling * 19 / 20, coupling], rel=1e-14
    )
    assert [first.moment_change, second.moment_change, last.moment_change] == [6, 5, 20]
    assert [first.gap_before, last.gap_after] == pytest.approx([1, coupling / 2])


@pytest.mark.parametrize(("electrons", "temperature"), [(10, 0.05), (11, 0.1), (10, 0.08), (3, 0.01)])
def test_at_a_jump_two_branches_have_equal_free_energy(electrons: int, temperature: float) -> None:
    ensemble = grain(electrons)
    jumps = ensemble.jumps(temperature, -0.05, 0.5)
    assert jumps
    for jump in jumps:
        lowest = sorted(ensemble.branches(temperature, jump.field)[:2], key=lambda branch: branch.gap)
        assert lowest[1].free_energy == pytest.approx(lowest[0].free_energy, rel=2e-15)
        assert lowest[1].gap == pytest.approx(jump.gap_before, rel=1e-9)
        assert lowest[0].gap == pytest.approx(jump.gap_after, rel=1e-9, abs=1e-9)
        assert jump.moment_change == pytest.approx(lowest[0].moment - lowest[1].moment, rel=1e-7)


def test_jumps_and_susceptibility_together_are_the_rise_of_the_moment() -> None:
    ensemble, temperature = grain(11), 0.04  # here the gap never closes: no kink of ⟨m⟩ but the jumps
    jumps = ensemble.jumps(temperature, 0.0, 0.4)
    edges = [0.0, *(jump.field for jump in jumps), 0.4]
    nodes, weights = np.polynomial.legendre.leggauss(200)
    smooth = 0.0
    for low, high in pairwise(edges):
        field = 0.5 * (low + high) + 0.5 * (high - low) * nodes
        smooth += 0.5 * (high - low) * float(weights @ ensemble.averages(temperature, field).susceptibility)
    rise = float(ensemble.averages(temperature, 0.4).moment)
    assert smooth + sum(jump.moment_change for jump in jumps) == pytest.approx(rise, rel=1e-9)


def test_above_the_critical_end_point_there_is_no_jump() -> None:
    assert grain(11).jumps(0.2, 0.0, 1.0) == []
    assert len(grain(7, 3).jumps(0.05, 0.0, 1.0)) == len(grain(7, 3).jumps(0.05, -1.0, 0.0))


# -- against the scan -------------------------------------------------------------------------------


def random_points(seed: int, points: int) -> Iterator[tuple[tuple[float, ...], int, float, float, float]]:
    rng = np.random.default_rng(seed)
    for _ in range(points):
        pairs = int(rng.integers(1, 12))
        shells = Shell.orbital(pairs // 2), Shell.hemisphere(pairs), Shell(rng.uniform(0, 5, pairs).round(1))
        moments = shells[int(rng.integers(3))].moments
        electrons, coupling = int(rng.integers(1, 2 * len(moments))), 2 / len(moments) * rng.uniform(0.3, 2)
        scale = coupling * len(moments) / 2
        field = float(rng.choice([scale * rng.uniform(0, 0.6), coupling * rng.uniform(0.8, 1.2)]))
        yield moments, electrons, coupling, scale * 10 ** rng.uniform(-2.3, -0.1), field


def test_no_gap_has_a_lower_free_energy() -> None:
    for point in random_points(seed=2000, points=150):
        moments, electrons, coupling, temperature, field = point
        scale = coupling * len(moments) / 2
        found = of(moments, electrons, coupling).averages(temperature, field)
        assert found.gap_squared is not None
        gaps = np.append(np.linspace(0, scale, 120), np.sqrt(found.gap_squared))
        scanned = mean_field_scan.free_energy(moments, electrons, coupling, temperature, field, gaps)
        assert float(found.free_energy) <= scanned.min() + 1e-13 * scale * len(moments), point
        assert float(found.free_energy) == pytest.approx(scanned[-1], abs=1e-12 * scale * len(moments)), point


@pytest.mark.long
def test_no_minimum_of_a_long_scan_is_missed() -> None:
    for point in random_points(seed=2001, points=2500):
        moments, electrons, coupling, temperature, field = point
        scale = coupling * len(moments) / 2
        found = of(moments, electrons, coupling).averages(temperature, field)
        expected = mean_field_scan.minimum(moments, electrons, coupling, temperature, field, grid=600)
        assert found.gap_squared is not None
        # the scan may miss a narrow minimum, the certified one may not be higher
        assert float(found.free_energy) <= expected.free_energy + 1e-12 * scale * len(moments), point
        if abs(float(found.free_energy) - expected.free_energy) < 1e-12 * scale:
            assert math.sqrt(float(found.gap_squared)) == pytest.approx(expected.gap, abs=1e-4 * scale), point


# -- cost, shapes, refusals ---------------------------------------------------------------------------


def test_the_certificate_costs_a_dozen_sums_a_point() -> None:
    temperature, field = np.linspace(0.002, 0.6, 60)[:, None], np.linspace(0.0, 0.6, 60)
    for electrons in (3, 10, 11):
        counts = grain(electrons).evaluations(temperature, field)
        assert counts.mean() < 14
        assert np.percentile(counts, 99) < 50
        assert counts.max() < 400


def test_nothing_is_paired_above_a_quarter_of_gm() -> None:
    """There `averages` does not search, S(E) < ME/2T: N and one sum. `branches` does, and finds no root."""
    for moments, electrons, coupling, _, field in random_points(seed=11, points=100):
        ensemble, hottest = of(moments, electrons, coupling), coupling * len(moments) / 4
        assert gap(ensemble, hottest, field) == 0
        assert [branch.kind for branch in ensemble.branches(hottest, field)] == ["normal"]
        assert ensemble.evaluations(hottest, field) <= 5


def test_equal_moments_cost_one_sum() -> None:
    box = module._box(System(Shell.spin(5000), 4999, 1e-3))
    assert [array.tolist() for array in box.arrays] == [[1.0], [5000]]


def test_points_do_not_know_of_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    temperature, field = np.linspace(0.0, 0.5, 40)[:, None], np.linspace(0.0, 0.5, 30)
    whole = grain(10).averages(temperature, field)
    monkeypatch.setattr(module, "SERIAL_POINTS", 7)
    monkeypatch.setattr(module, "CHUNK_POINTS", 13)
    monkeypatch.setattr(module, "cores", lambda: 3)
    pieces = grain(10).averages(temperature, field)
    one = grain(10).averages(temperature[17, 0], field[11])
    for item in fields(Averages):
        value = getattr(whole, item.name)
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(pieces, item.name), value)
            np.testing.assert_array_equal(getattr(one, item.name), value[17, 11])


def test_shapes_and_what_is_undefined() -> None:
    found = grain(10).averages(np.ones((3, 1)), np.zeros(4))
    assert found.occupation.shape == (3, 4, 1)
    assert (found.occupation == 10).all()
    assert (found.electrons == 10).all()
    assert found.unpaired is None
    assert found.seniority_distribution is None
    assert set(found.undefined) == {"unpaired", "seniority_distribution"}
    assert grain(10).ties(np.ones((3, 1)), np.zeros(4)).shape == (3, 4)
    assert (MeanField.name, MeanField.legend) == ("mean field", "BCS")


def test_a_spectrum_is_refused_with_a_reason() -> None:
    with pytest.raises(UndefinedError, match="Canonical"):
        grain(10).levels()


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="`temperature`"):
        grain(10).averages(-1.0)
    with pytest.raises(InputError, match="`temperature`"):
        grain(10).branches(-1.0)
    with pytest.raises(InputError, match="`high`"):
        grain(10).jumps(0.1, 0.4, 0.4)


def test_roots_that_cannot_be_separated_are_an_error_not_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    from quasispin.compiled import mean_field as kernels

    monkeypatch.setattr(kernels, "solve", lambda *arguments: arguments[-1].fill(-1.0))
    monkeypatch.setattr(kernels, "stationary", lambda *_: np.empty((0, 5)))
    with pytest.raises(SolverError, match=r"temperature 0\.1 and field 0\.2"):
        grain(10).ties(0.1, 0.2)
    with pytest.raises(SolverError, match="could not be separated"):
        grain(10).branches(0.1, 0.2)


def test_the_module_loads_without_numba() -> None:
    code = "import sys, quasispin.ensembles.mean_field; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
