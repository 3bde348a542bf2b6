"""The steps of the ground state in a field: eq. (12) of arXiv:cond-mat/0002030 and its generalisation."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from quasispin.errors import InputError, UndefinedError
from quasispin.system import staircase
from quasispin.system.shell import Shell
from quasispin.system.system import System


def orbital(l: int, electrons: int) -> System:
    return System.single_shell(Shell.orbital(l), electrons, gap_scale=1.0)


def test_eleven_pairs_and_ten_electrons_break_one_by_one() -> None:
    system = orbital(5, 10)
    assert system.crossing_fields().round(4).tolist() == [0.1818, 0.2045, 0.2121, 0.2273, 0.2727]
    assert system.crossing_seniorities() == [(0, 2), (2, 4), (4, 6), (6, 8), (8, 10)]


@pytest.mark.parametrize("l", [2, 3, 5, 11])
@pytest.mark.parametrize("hole", [False, True])
def test_the_steps_of_an_orbital_shell_are_those_of_eq_12_at_every_filling(l: int, hole: bool) -> None:
    pairs = 2 * l + 1
    for electrons in range(2, pairs + 1):
        system = orbital(l, 2 * pairs - electrons if hole else electrons)
        lower = range(electrons % 2, electrons - 1, 2)
        expected = [2 / pairs * (1 if nu == 0 else (pairs - nu) / (pairs - nu - 1)) for nu in lower]
        assert system.crossing_fields() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("pairs", [5, 7, 11, 23])
def test_the_critical_field_is_three_or_four_gap_scales_over_m(pairs: int) -> None:
    l = (pairs - 1) // 2
    assert orbital(l, pairs - 1).critical_field == pytest.approx(3 / pairs, rel=1e-14)
    assert orbital(l, pairs + 1).critical_field == pytest.approx(3 / pairs, rel=1e-14)
    assert orbital(l, pairs).critical_field == pytest.approx(4 / pairs, rel=1e-14)


def test_three_pairs_with_even_electrons_have_the_first_step_only() -> None:
    assert orbital(1, 2).crossing_fields().tolist() == pytest.approx([2 / 3])
    assert orbital(1, 4).crossing_fields().tolist() == pytest.approx([2 / 3])


@pytest.mark.parametrize(("l", "electrons"), [(0, 0), (0, 1), (0, 2), (5, 0), (5, 1), (5, 21), (5, 22)])
def test_where_nothing_can_break_there_is_no_step(l: int, electrons: int) -> None:
    system = orbital(l, electrons)
    assert system.crossing_fields().size == 0
    with pytest.raises(UndefinedError, match="has no critical field: its ground state never changes"):
        _ = system.critical_field


@pytest.mark.parametrize(("electrons", "field", "jump"), [(10, 3.5, (0, 10)), (11, 3.0, (1, 11))])
def test_a_spin_only_shell_jumps_at_once(electrons: int, field: float, jump: tuple[int, int]) -> None:
    system = System.single_shell(Shell.spin(11), electrons, coupling=1.0)
    assert system.crossing_fields().tolist() == [field]
    assert system.crossing_seniorities() == [jump]


@pytest.mark.parametrize(
    "moments", [(3.0, 0.3, 0.2, 0.1), (1.0, 1.0, 0.0, 0.0, 0.0), (0.0, 0.0), (5.5, 5.25, 0.1)]
)
@pytest.mark.parametrize("electrons", range(9))
def test_the_steps_are_the_corners_of_the_lower_envelope(moments: tuple[float, ...], electrons: int) -> None:
    electrons = min(electrons, 2 * len(moments))
    steps = staircase.steps(tuple(sorted(moments, reverse=True)), electrons, 0.75)
    top = staircase.top_moments(moments)
    nus = staircase.seniorities(len(moments), electrons)

    def lowest(field: Fraction) -> set[int]:
        energy = {
            nu: -Fraction(0.75) * staircase.pair_number(len(moments), electrons, nu) - field * top[nu]
            for nu in nus
        }
        return {nu for nu in nus if energy[nu] == min(energy.values())}

    for step in steps:
        assert {step.before, step.after} <= lowest(step.field)
    for before, after in pairwise(steps):
        assert before.field < after.field
        assert before.after in lowest((before.field + after.field) / 2)
    end = steps[-1].after if steps else nus[0]
    assert end in lowest(10 * (steps[-1].field if steps else Fraction(1)) + 1000)


def test_three_lines_through_one_point_are_one_step() -> None:
    system = System.single_shell(Shell([2, 2, 1, 1]), 4, coupling=0.5)
    assert system.crossing_fields().tolist() == [0.5]
    assert system.crossing_seniorities() == [(0, 4)]


def test_steps_scale_with_the_coupling() -> None:
    one, two = (System.single_shell(Shell.orbital(4), 8, coupling=g).crossing_fields() for g in (0.25, 0.5))
    assert np.array_equal(2 * one, two)


@pytest.mark.parametrize("coupling", [0.0, -1.0])
def test_without_attraction_there_is_no_staircase(coupling: float) -> None:
    system = System.single_shell(Shell.orbital(2), 4, coupling=coupling)
    assert system.crossing_fields().size == 0
    assert system.ground_seniority() == 4


def test_the_ground_seniority_climbs_the_staircase_on_both_sides() -> None:
    system = orbital(5, 10)
    fields = system.crossing_fields()
    between = [0.0, *((fields[1:] + fields[:-1]) / 2), 1.0]
    assert [system.ground_seniority(field) for field in between] == [0, 2, 4, 6, 8, 10]
    assert [system.ground_seniority(-field) for field in between] == [0, 2, 4, 6, 8, 10]
    with pytest.raises(InputError, match="`field` must be finite, but is nan"):
        system.ground_seniority(float("nan"))


def test_a_crossing_beyond_all_floats_is_at_infinity() -> None:
    system = System.single_shell(Shell([1e-300, 1e-300]), 2, coupling=1e50)
    assert system.crossing_fields().tolist() == [np.inf]


def test_thousands_of_steps_are_found_at_once() -> None:
    assert len(orbital(2000, 4000).crossing_fields()) == 2000
