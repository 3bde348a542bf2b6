"""The oracle in ball arithmetic against closed forms, derivatives, and the paper's own formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
from flint import arb, ctx
from hypothesis import given, settings

from quasispin.errors import InputError
from quasispin.oracles import multiprecision as mp
from quasispin.oracles import strategies as quasi

SHELL = quasi.orbital_moments(5)
G = quasi.unit_coupling(11)


def close(ball: arb, expected: Any, digits: float) -> bool:
    """|ball − expected| < 10^−digits |expected|, decided with more bits than either has."""
    with ctx.workprec(600):
        return bool(abs(ball - expected) <= abs(arb(expected)) * arb(10) ** -int(digits))


@pytest.mark.parametrize("momentum", [0, 1, 2, 3])
@pytest.mark.parametrize("x", ["0.3", "2.5"])
def test_product_form_of_the_state_sums_equals_equations_8_and_9(momentum: int, x: str) -> None:
    pairs = 2 * momentum + 1
    product = mp.state_sums(quasi.orbital_moments(momentum), arb(float(x)))
    with mpmath.workdps(60), ctx.workprec(250):
        for nu in range(2 * pairs + 1):
            paper = _paper_state_sum(nu, momentum, mpmath.mpf(float(x)))
            assert close(product[nu], arb(str(paper)), 35)


def _paper_state_sum(nu: int, momentum: int, x: Any) -> Any:
    """Eqs. (8), (9), with Σ in its place in the second factor and in steps of 1."""
    total = mpmath.mpf(0)
    for doubled in range(nu % 2, nu + 1, 2):  # 2Σ
        columns = _column(nu + doubled, momentum, x) * _column(nu - doubled, momentum, x)
        total += (1 if doubled == 0 else 2) * columns * mpmath.cosh(x * doubled)
    return total


def _column(doubled: int, momentum: int, x: Any) -> Any:
    factors = (
        mpmath.sinh(x * (2 * momentum + 2 - mu) / 2) / mpmath.sinh(x * mu / 2)
        for mu in range(1, doubled // 2 + 1)
    )
    return mpmath.fprod(factors)


@pytest.mark.parametrize("pairs", [1, 2, 5, 11, 30])
def test_weights_at_zero_field_count_all_states(pairs: int) -> None:
    rows = mp.weights([0.5 * k for k in range(pairs)], 0.0)
    with ctx.workprec(300):
        counts = [row.log_weight.exp() for row in rows]
        assert sum(((pairs - nu + 1) * d for nu, d in enumerate(counts)), arb(0)).contains(4**pairs)
        for nu, d in enumerate(counts):
            assert d.contains(math.comb(2 * pairs, nu) - (math.comb(2 * pairs, nu - 2) if nu > 1 else 0))


def test_weights_lie_below_their_top_moment_and_spread_as_their_second_derivative() -> None:
    x, h = 0.7, 2.0**-70
    with ctx.workprec(500):
        points = [arb(x) - arb(h), arb(x), arb(x) + arb(h)]
    left, middle, right = (mp.weights(SHELL, point, digits=90) for point in points)
    with ctx.workprec(500):
        for nu in range(12):
            slope = (right[nu].log_weight - left[nu].log_weight) / (2 * arb(h))
            bend = (right[nu].log_weight - 2 * middle[nu].log_weight + left[nu].log_weight) / arb(h) ** 2
            assert abs(slope - middle[nu].mean_moment) < 1e-35
            assert abs(bend - middle[nu].moment_variance) < 1e-35
            assert abs(middle[nu].top_moment - middle[nu].mean_moment - middle[nu].moment_deficit) < 1e-60
            assert middle[nu].moment_deficit >= 0
            assert not middle[nu].mean_singly_occupied > nu


@pytest.mark.parametrize("temperature", [0.003, 0.02, 1.0, 1e4])
def test_one_electron_in_one_pair_is_a_two_level_system(temperature: float) -> None:
    moment, field = 1.5, 0.5
    result = mp.canonical([moment], 1, 2.0, temperature, field)
    with ctx.workprec(1000):
        beta = 1 / arb(temperature)
        y = beta * arb(field) * arb(moment)
        sech2 = 1 / y.cosh() ** 2
        assert close(result.log_partition, (2 * y.cosh()).log(), 38)
        assert close(result.moment, arb(moment) * y.tanh(), 38)
        assert close(result.susceptibility, beta * arb(moment) ** 2 * sech2, 38)
        assert close(result.heat_capacity, y**2 * sech2, 38)
        assert close(result.entropy, (2 * y.cosh()).log() - y * y.tanh(), 38)
    assert result.gap == 0
    assert result.seniority[0] == 0
    assert close(result.seniority[1], 1, 38)


def test_two_electrons_in_one_pair_are_a_single_level() -> None:
    result = mp.canonical([1.0], 2, 0.75, 0.1, 0.3, energy=0.25)
    assert result.energy == 2 * 0.25 - 0.75
    assert result.pair_energy == -0.75
    assert result.gap == 0.75
    assert [result.moment, result.heat_capacity, result.susceptibility, result.entropy] == [0, 0, 0, 0]
    assert result.floats()["connected_gap_squared"] == 0.0


def test_an_exponentially_small_response_keeps_its_digits() -> None:
    result = mp.canonical([1.0], 1, 1.0, 1.0, 330.0)
    assert 0 < float(result.heat_capacity) < 1e-270
    assert result.heat_capacity.rel_accuracy_bits() > 130


def test_what_is_below_1e320_is_a_ball_round_zero() -> None:
    result = mp.canonical([1.0], 1, 1.0, 1.0, 1e10)
    assert result.floats()["heat_capacity"] == 0.0
    assert result.heat_capacity.abs_upper() < arb((1, -1064))
    assert result.floats()["moment"] == 1.0


@pytest.mark.parametrize(
    ("electrons", "temperature", "field"), [(10, 0.5, 0.2), (11, 0.02, -0.21), (15, 3.0, 0.01)]
)
def test_averages_are_derivatives_of_the_free_energy(
    electrons: int, temperature: float, field: float
) -> None:
    def free_energy(dt: arb, dw: arb) -> arb:
        with ctx.workprec(500):
            t, w = arb(temperature) + dt, arb(field) + dw
        return mp.canonical(SHELL, electrons, G, t, w, digits=90, energy=0.125).free_energy

    result = mp.canonical(SHELL, electrons, G, temperature, field, energy=0.125)
    in_field = _derivatives(lambda h: free_energy(arb(0), h))
    in_temperature = _derivatives(lambda h: free_energy(h, arb(0)))
    with ctx.workprec(500):
        assert close(result.moment, -in_field[0], 25)
        assert close(result.susceptibility, -in_field[1], 20)
        assert close(result.entropy, -in_temperature[0], 25)
        assert close(result.heat_capacity, -arb(temperature) * in_temperature[1], 20)
        assert close(result.free_energy, result.energy - arb(temperature) * result.entropy, 38)


def test_pair_energy_is_the_coupling_derivative_of_the_free_energy() -> None:
    def free_energy(h: arb) -> arb:
        with ctx.workprec(500):
            coupling = arb(G) + h
        return mp.canonical(SHELL, 10, coupling, 0.3, 0.2, digits=90).free_energy

    with ctx.workprec(500):
        assert close(
            mp.canonical(SHELL, 10, G, 0.3, 0.2).pair_energy, arb(G) * _derivatives(free_energy)[0], 25
        )


def _derivatives(function: Callable[[arb], arb]) -> tuple[arb, arb]:
    with ctx.workprec(500):
        h = arb((1, -70))
        left, middle, right = function(-h), function(arb(0)), function(h)
        return (right - left) / (2 * h), (right - 2 * middle + left) / h**2


def test_particles_and_holes_share_everything_but_the_pair_energy() -> None:
    few, many = mp.canonical(SHELL, 7, G, 0.2, 0.15), mp.canonical(SHELL, 15, G, 0.2, 0.15)
    with ctx.workprec(300):
        for name in ("moment", "susceptibility", "heat_capacity", "entropy", "connected_gap_squared"):
            assert getattr(few, name).overlaps(getattr(many, name))
        # Δ_c²(2M−N) − Δ_c²(N) = G²(M−N)
        assert close(many.gap**2 - few.gap**2, arb(G) ** 2 * 4, 35)


def test_gap_falls_to_the_floor_of_uncorrelated_pairs() -> None:
    result = mp.canonical(SHELL, 10, G, 1e9, 0.0)
    assert float(result.gap) == pytest.approx(G * math.sqrt(10 * 9 / (2 * 21)), rel=1e-8)
    assert 0 < float(result.connected_gap_squared) < 1e-9


def test_half_filled_even_shell_has_the_connected_gap_of_bcs() -> None:
    result = mp.canonical([1.0, 2.0, 3.0, 0.0], 4, 0.5, 0.01, 0.0)
    assert float(result.connected_gap_squared) == pytest.approx((0.5 * 4 / 2) ** 2, rel=1e-14)


def test_published_gaps_of_the_three_exact_ensembles() -> None:
    field, temperature = 1.5 * 3 / 11, 0.5
    canonical = mp.canonical(SHELL, 10, G, temperature, field)
    grand = mp.grand_canonical_at_mean_number(SHELL, 10, G, temperature, field)
    even = mp.grand_canonical_at_mean_number(SHELL, 10, G, temperature, field, numbers=range(0, 23, 2))
    pairs = [
        (round(float(r.gap), 4), round(float(r.connected_gap_squared) ** 0.5, 4))
        for r in (canonical, grand, even)
    ]
    assert pairs == [(0.2435, 0.1774), (0.2483, 0.1700), (0.2483, 0.1700)]


@given(
    shell=quasi.single_shells(max_pairs=6, attractive=False),
    temperature=quasi.temperatures(),
    field=quasi.fields(),
)
@settings(max_examples=25, deadline=None)
def test_one_allowed_number_is_the_canonical_ensemble(
    shell: quasi.ShellNumbers, temperature: float, field: float
) -> None:
    canonical = mp.canonical(**shell, temperature=temperature, field=field)
    one = mp.grand_canonical(
        shell["moments"], shell["coupling"], temperature, field, 0.0, numbers=[shell["electrons"]]
    )
    for name in ("free_energy", "energy", "moment", "susceptibility", "heat_capacity", "entropy", "gap"):
        assert getattr(canonical, name).overlaps(getattr(one, name)), name
    assert one.number_variance == 0
    assert math.isclose(math.fsum(map(float, canonical.seniority)), 1.0, rel_tol=1e-15)


def test_log_partition_functions_of_all_numbers_are_the_canonical_ones() -> None:
    moments = quasi.hemisphere_moments(4)
    logs = mp.number_partition_functions(moments, 0.5, 0.3, 0.2, energy=-0.7)
    for electrons, log in enumerate(logs):
        assert mp.canonical(moments, electrons, 0.5, 0.3, 0.2, energy=-0.7).log_partition.overlaps(log)


@pytest.mark.parametrize(("electrons", "step"), [(10, 1), (10, 2), (7, 1), (7, 2)])
def test_responses_at_fixed_mean_number_are_total_derivatives(electrons: int, step: int) -> None:
    numbers = range(electrons % step, 23, step)

    def at(dt: arb, dw: arb) -> mp.GrandCanonicalReference:
        with ctx.workprec(400):
            t, w = arb(0.25) + dt, arb(0.2) + dw
        return mp.grand_canonical_at_mean_number(
            SHELL, electrons, G, t, w, numbers=numbers, energy=0.1, digits=70
        )

    with ctx.workprec(400):
        h = arb((1, -60))
        middle = at(arb(0), arb(0))
        entropies = [at(s * h, arb(0)).entropy for s in (-1, 1)]
        moments = [at(arb(0), s * h).moment for s in (-1, 1)]
        assert close(middle.heat_capacity, arb(0.25) * (entropies[1] - entropies[0]) / (2 * h), 25)
        assert close(middle.susceptibility, (moments[1] - moments[0]) / (2 * h), 25)
        assert close(middle.electrons, electrons, 38)
        assert close(middle.free_energy, middle.energy - arb(0.25) * middle.entropy, 38)


def test_responses_at_fixed_potential_are_partial_derivatives() -> None:
    def at(dt: arb, dmu: arb) -> mp.GrandCanonicalReference:
        with ctx.workprec(400):
            t, mu = arb(0.25) + dt, arb(-0.05) + dmu
        return mp.grand_canonical(SHELL, G, t, 0.2, mu, energy=0.1, digits=70)

    with ctx.workprec(400):
        h, middle = arb((1, -60)), at(arb(0), arb(0))
        entropies = [at(s * h, arb(0)).entropy for s in (-1, 1)]
        counts = [at(arb(0), s * h).electrons for s in (-1, 1)]
        slope = (entropies[1] - entropies[0]) / (2 * h)
        assert close(middle.heat_capacity_fixed_potential, arb(0.25) * slope, 25)
        assert close(middle.number_variance, arb(0.25) * (counts[1] - counts[0]) / (2 * h), 25)


def test_the_chemical_potential_is_where_the_mean_number_changes_sides() -> None:
    root = mp.mean_number_root(SHELL, 9.5, G, 0.05, 0.3)
    with ctx.workprec(300):
        below, above = root - arb(1e-30), root + arb(1e-30)
    assert mp.grand_canonical(SHELL, G, 0.05, 0.3, below).electrons < 9.5
    assert mp.grand_canonical(SHELL, G, 0.05, 0.3, above).electrons > 9.5


def test_half_filling_has_its_potential_at_the_symmetry_point() -> None:
    # A⁺A(2M−N) − A⁺A(N) = M − N: beside its symmetric part E falls by G/2 with every electron
    root = mp.mean_number_root(SHELL, 11, G, 0.4, 0.1, energy=1.0)
    assert float(root) == pytest.approx(1.0 - G / 2, rel=1e-15)


def test_low_temperature_number_fluctuations_are_resolved() -> None:
    result = mp.grand_canonical_at_mean_number(SHELL, 10, G, 0.002, 0.0)
    assert 0 < float(result.number_variance) < 1e-30
    assert result.heat_capacity.rel_accuracy_bits() > 130


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(InputError, match="`temperature` must be positive"):
        mp.canonical([1.0], 1, 1.0, 0.0, 0.0)
    with pytest.raises(InputError, match=r"`electrons` must lie in \[0, 2\], but is 3"):
        mp.canonical([1.0], 3, 1.0, 1.0, 0.0)
    with pytest.raises(InputError, match="strictly between 0 and 2"):
        mp.mean_number_root([1.0], 2, 1.0, 1.0, 0.0)
    with pytest.raises(InputError, match="at least one number"):
        mp.grand_canonical([1.0], 1.0, 1.0, 0.0, 0.0, numbers=[])
