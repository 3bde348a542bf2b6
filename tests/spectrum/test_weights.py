"""The weights of one shell against ball arithmetic, and what they cost."""

from __future__ import annotations

import math
from fractions import Fraction
from math import comb

import numpy as np
import pytest

from quasispin.errors import InputError, SizeError
from quasispin.oracles import multiprecision
from quasispin.spectrum.multiplicities import multiplicities
from quasispin.spectrum.weights import SERIES_TERMS, weights
from quasispin.system.shell import Shell

SHELLS = [
    Shell.orbital(0),
    Shell.orbital(3),
    Shell.orbital(8),
    Shell.hemisphere(4),
    Shell.hemisphere(7),
    Shell.spin(6),
    Shell([0.5, 1.5, 2.5]),
    Shell([0.0, 0.0, 0.3, 0.3, 1.75]),
    Shell([0.0, 0.0]),
    Shell([1.5, 0.5, 0.5, 0.5]),  # an even number of pairs, a ladder all the same
]
POINTS = [0.0, 1e-9, 1e-3, 0.1, 0.5, 1.0, 1.38, 2.0, 2.77, 2.78, 5.0, 30.0, 300.0]


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_weights_and_their_derivatives_have_all_their_digits(shell: Shell) -> None:
    ours = weights(shell.moments, POINTS)
    for i, x in enumerate(POINTS):
        for nu, exact in enumerate(multiprecision.weights(shell.moments, x, digits=20)):
            reference = exact.floats()
            assert_close(ours.log[i, nu], reference["log_weight_from_top"])
            assert_close(ours.moment[i, nu], reference["mean_moment"])
            assert_close(ours.depth[i, nu], reference["moment_deficit"])
            assert_close(ours.variance[i, nu], reference["moment_variance"])
            singles = nu - 2 * ours.blocked_pairs[i, nu]
            assert singles == pytest.approx(reference["mean_singly_occupied"], rel=1e-13, abs=1e-13)


def assert_close(value: float, reference: object) -> None:
    assert isinstance(reference, float)
    assert value == pytest.approx(reference, rel=2e-13, abs=1e-280)


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_infinite_x_leaves_the_states_of_the_top_moment(shell: Shell) -> None:
    ours = weights(shell.moments, [np.inf])
    for nu in range(shell.pair_degeneracy + 1):
        top = max(multiplicities(shell.moments, nu).items())
        assert float(top[0]) == pytest.approx(ours.top[nu])
        assert np.exp(ours.log[0, nu]) == pytest.approx(top[1])
    assert (ours.depth == 0).all()
    assert (ours.variance == 0).all()


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_the_states_of_each_seniority_are_counted_exactly(shell: Shell) -> None:
    pairs = shell.pair_degeneracy
    total = 0
    for nu in range(pairs + 1):
        states = sum(multiplicities(shell.moments, nu).values())
        assert states == comb(2 * pairs, nu) - (comb(2 * pairs, nu - 2) if nu > 1 else 0)
        total += (pairs - nu + 1) * states
    assert total == 4**pairs


def test_moments_without_a_common_unit_are_counted_too() -> None:
    table = multiplicities((math.pi, math.e), 2)
    assert sum(table.values()) == comb(4, 2) - 1
    assert max(table) == Fraction(math.pi) + Fraction(math.e)


def test_a_ladder_costs_steps_linear_in_its_pairs() -> None:
    steps = [weights(Shell.orbital(l).moments, [0.7]).steps for l in (10, 20, 40)]
    assert steps == [3 * (2 * l + 1) + 2 for l in (10, 20, 40)]


def test_a_cold_ladder_costs_a_fixed_number_of_terms_for_each_seniority() -> None:
    for l in (10, 20, 40):
        assert weights(Shell.orbital(l).moments, [3.0]).steps <= SERIES_TERMS * (2 * l + 2)


def test_other_moments_cost_one_step_for_each_pair_and_seniority() -> None:
    for pairs in (5, 10, 20):
        moments = np.linspace(0.1, 1.1, pairs)
        assert weights(moments, [0.7]).steps == pairs * (pairs + 1) // 2


def test_cost_is_linear_in_the_points() -> None:
    moments = Shell.orbital(5).moments
    assert weights(moments, np.full(7, 0.3)).steps == 7 * weights(moments, [0.3]).steps


def test_a_negative_x_is_refused() -> None:
    with pytest.raises(InputError, match="`x` must be"):
        weights([1.0], [-0.1])


def test_too_many_pairs_without_a_ladder_are_refused() -> None:
    with pytest.raises(SizeError, match="at most 1000 pairs"):
        weights(np.linspace(0, 1.3, 1200), [0.1])


def test_every_second_of_many_x_is_taken_as_it_stands() -> None:
    x = np.linspace(0.0, 3.0, 41)
    strided, packed = (
        weights(Shell.orbital(3).moments, x[::2]),
        weights(Shell.orbital(3).moments, x[::2].copy()),
    )
    np.testing.assert_array_equal(strided.log, packed.log)
