"""The statistical sum over sectors: against brute force, against one shell, in its limits."""

from __future__ import annotations

from dataclasses import fields
from math import log

import numpy as np
import pytest

from quasispin.ensembles import general_sum, single_shell
from quasispin.ensembles.averages import Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.fixed_number import FixedNumber
from quasispin.ensembles.grand_canonical import GrandCanonical
from quasispin.ensembles.statistics import canonical_averages
from quasispin.errors import UndefinedError
from quasispin.observables import gap, shell_gap
from quasispin.oracles import fock
from quasispin.system.shell import Shell
from quasispin.system.system import System

TEMPERATURES = np.array([0.0, 0.0, 0.0, 0.003, 0.02, 0.1, 0.1, 0.5, 2.0, 40.0])
FIELDS = np.array([0.0, 0.13, -0.5, 0.2, 0.0, 1e-9, -0.25, 0.3, 0.1, 1.0])

TWO = [(0.0, [0.0, 1.0, 2.0]), (0.35, [1.0, 3.0])]
THREE = [(-0.4, [0.5, 1.0]), (0.0, [2.0]), (0.3, [1.0, 1.0])]
STENCIL = 5e-4 * np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
SLOPE = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / (12 * 5e-4)  # first derivative, error of fourth order
MATRIX = [[0.5, 0.3, 0.1], [0.3, 0.7, 0.2], [0.1, 0.2, 0.4]]


def canonical(system: System, temperature: np.ndarray | float, field: np.ndarray | float) -> Averages:
    heat, strength = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(v, dtype=float)) for v in (temperature, field))
    )
    return canonical_averages(general_sum.fixed_number(system, [system.electrons], heat, strength), heat)


@pytest.mark.parametrize(
    ("levels", "coupling"),
    [(TWO, 0.4), (TWO, -0.3), (TWO, 0.0), (THREE, MATRIX)],
    ids=["G", "-G", "0", "matrix"],
)
@pytest.mark.parametrize("electrons", [1, 4, 5, 8])
def test_the_sum_equals_brute_force(levels: list[fock.Level], coupling: object, electrons: int) -> None:
    system = System([Shell(m, e) for e, m in levels], electrons, coupling)  # type: ignore[arg-type]
    for temperature, field in [(0.15, 0.2), (0.4, -0.35), (3.0, 0.0)]:
        found = canonical(system, temperature, field)
        exact = fock.canonical(levels, electrons, coupling, temperature, field)  # type: ignore[arg-type]
        for name in [
            "free_energy",
            "energy",
            "pair_energy",
            "moment",
            "susceptibility",
            "heat_capacity",
            "entropy",
            "occupation",
        ]:
            np.testing.assert_allclose(
                getattr(found, name)[0], getattr(exact, name), atol=1e-11, err_msg=name
            )
        assert found.unpaired is not None
        np.testing.assert_allclose(found.unpaired[0], exact.mean_seniority, atol=1e-12)
        if isinstance(coupling, float) and coupling > 0:
            assert found.connected_gap_squared is not None
            assert found.connected_gap_squared[0] == pytest.approx(
                exact.connected_gap_squared(coupling), abs=1e-12
            )


@pytest.mark.parametrize("shell", [Shell.orbital(3), Shell.spin(5), Shell([0.3, 1.7, 2.2])], ids=str)
def test_one_shell_is_the_fused_kernel(shell: Shell) -> None:
    pairs = shell.pair_degeneracy
    system = System.single_shell(shell, pairs, gap_scale=1.0)
    numbers = range(2 * pairs + 1)
    fused = single_shell.fixed_number(system, numbers, TEMPERATURES, FIELDS)
    summed = general_sum.fixed_number(system, numbers, TEMPERATURES, FIELDS)
    assert_same(summed, fused, rtol=2e-11)


def test_two_coincident_shells_equal_one_shell() -> None:
    whole = Shell.orbital(3)
    halves = [Shell(whole.moments[::2]), Shell(whole.moments[1::2])]
    numbers = range(15)
    two = general_sum.fixed_number(System(halves, 7, 0.3), numbers, TEMPERATURES, FIELDS)
    one = single_shell.fixed_number(System(whole, 7, 0.3), numbers, TEMPERATURES, FIELDS)
    # a large shell splits into tuples: the total seniority of the parts is not the seniority of the whole
    assert_same(two, one, rtol=1e-9, atol=1e-12, skip={"occupation", "unpaired", "seniority"})
    np.testing.assert_allclose(two.occupation.sum(axis=-1), one.occupation[..., 0], rtol=1e-12)


def test_coupling_to_zero_gives_free_fermions() -> None:
    levels = [(0.0, 1.0), (0.3, 0.5), (0.7, 2.0), (1.1, 0.0)]
    temperature, field = 0.4, 0.6
    factors = [np.exp(-(e - s * field * m) / temperature) for e, m in levels for s in (1, -1)]
    partition = np.polynomial.polynomial.polyfromroots(-1 / np.array(factors)) * np.prod(factors)
    system = System([Shell([m], e) for e, m in levels], 3, 0.0)
    for electrons in range(9):
        found = canonical(system.with_electrons(electrons), temperature, field)
        assert found.free_energy[0] == pytest.approx(-temperature * log(partition[electrons]), abs=1e-13)
        assert found.pair_energy[0] == 0
        assert found.connected_gap_squared is not None
        assert found.connected_gap_squared[0] == 0


def test_moment_is_minus_the_field_derivative_of_the_free_energy() -> None:
    system = System([Shell(m, e) for e, m in TWO], 4, 0.4)
    found = canonical(system, 0.2, 0.3 + STENCIL)
    assert -SLOPE @ found.free_energy == pytest.approx(found.moment[2], rel=1e-8)
    assert SLOPE @ found.moment == pytest.approx(found.susceptibility[2], rel=1e-8)


def test_heat_capacity_is_the_temperature_derivative_of_the_energy() -> None:
    system = System([Shell(m, e) for e, m in TWO], 5, 0.4)
    heat = 0.2 + STENCIL
    found = canonical(system, heat, 0.3)
    assert SLOPE @ found.energy == pytest.approx(found.heat_capacity[2], rel=1e-8)
    np.testing.assert_allclose(found.energy - heat * found.entropy, found.free_energy, atol=1e-13)


def test_all_is_even_in_the_field_and_the_moment_odd() -> None:
    system = System([Shell(m, e) for e, m in THREE], 4, MATRIX)
    up = general_sum.fixed_number(system, range(11), TEMPERATURES, FIELDS)
    down = general_sum.fixed_number(system, range(11), TEMPERATURES, -FIELDS)
    assert_same(up, down, rtol=0, skip={"moment"})
    np.testing.assert_array_equal(up.moment, -down.moment)


def test_cold_is_the_limit_of_zero_temperature() -> None:
    system = System([Shell(m, e) for e, m in TWO], 5, 0.4)
    for field in (0.0, 0.2, -1.3):
        cold, limit = (canonical(system, temperature, field) for temperature in (1e-4, 0.0))
        for name in [
            "energy",
            "pair_energy",
            "moment",
            "entropy",
            "occupation",
            "unpaired",
            "seniority_distribution",
        ]:
            np.testing.assert_allclose(getattr(cold, name), getattr(limit, name), atol=1e-9, err_msg=name)
        assert limit.heat_capacity[0] == 0
        assert limit.susceptibility[0] == (np.inf if field == 0 else 0)  # Curie: one unpaired electron


def test_inverse_temperature_that_overflows_is_zero_temperature() -> None:
    system = System([Shell(m, e) for e, m in TWO], 5, 0.4)
    tiny, zero = (canonical(system, temperature, 0.2) for temperature in (1e-310, 0.0))
    for item in fields(Averages):
        if isinstance(value := getattr(tiny, item.name), np.ndarray):
            np.testing.assert_array_equal(value, getattr(zero, item.name), err_msg=item.name)


def test_exponentially_small_responses_keep_their_digits() -> None:
    # a twofold ground level and one state above it: C = (Δ/T)²s/2, χ = m²s/2T, s = e^{−Δ/T}
    system = System([Shell([0.0], 0.0), Shell([1.0], 1.0)], 1, 0.0)
    temperature = 0.004
    found = canonical(system, temperature, 0.25)
    share = np.exp(-0.75 / temperature)
    assert found.heat_capacity[0] == pytest.approx((0.75 / temperature) ** 2 * share / 2, rel=1e-12)
    assert found.susceptibility[0] == pytest.approx(share / 2 / temperature, rel=1e-12)


def test_chunks_of_points_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System([Shell(m, e) for e, m in TWO], 5, 0.4)
    whole = general_sum.fixed_number(system, range(3, 6), TEMPERATURES, FIELDS)
    monkeypatch.setattr(general_sum, "CHUNK_BYTES", 1)
    assert_same(general_sum.fixed_number(system, range(3, 6), TEMPERATURES, FIELDS), whole, rtol=0, atol=0)


@pytest.mark.parametrize("seed", range(16))
def test_random_schemes_equal_brute_force(seed: int) -> None:
    levels, electrons, coupling = random_scheme(np.random.default_rng(seed))
    system = System([Shell(m, e) for e, m in levels], electrons, coupling)  # type: ignore[arg-type]
    matrix = system.coupling_matrix
    for temperature, field in [(0.3, 0.4), (1.1, -0.8), (5.0, 0.0), (0.05, 0.3)]:
        exact = fock.canonical(levels, electrons, coupling, temperature, field)  # type: ignore[arg-type]
        found = canonical(system, temperature, field)
        norm = sum(2 * len(m) * abs(e) + abs(field) * sum(m) for e, m in levels) + np.abs(matrix).sum()
        for name in ["free_energy", "energy", "pair_energy"]:
            scale = max(abs(getattr(exact, name)), temperature, norm)
            assert abs(getattr(found, name)[0] - getattr(exact, name)) <= 1e-12 * scale, name
        rest = 1e-11 + 20 * norm / temperature * np.finfo(float).eps
        expected = {
            "moment": exact.moment,
            "entropy": exact.entropy,
            "susceptibility": exact.susceptibility,
            "heat_capacity": exact.heat_capacity,
            "occupation": exact.occupation,
            "unpaired": exact.mean_seniority,
            "shell_gap_squared": np.einsum("st,tu,su->s", matrix, exact.pair_matrix, matrix),
        }
        for name, value in expected.items():
            missed = np.abs(getattr(found, name)[0] - value).max()
            assert missed <= rest * max(1.0, float(np.abs(value).max())), name


def random_scheme(rng: np.random.Generator) -> tuple[list[fock.Level], int, object]:
    """Two to four shells of at most five pairs; every other one on a grid, where blocks repeat and mirror."""
    pairs = rng.integers(1, 3, rng.integers(2, 4))
    on_grid = rng.random() < 0.5
    energies = rng.integers(-1, 2, pairs.size) / 2 if on_grid else rng.normal(size=pairs.size)
    levels = [
        (float(e), rng.choice([0.0, 0.5, 1.0, 2.0, 1.3], m).tolist())
        for e, m in zip(energies, pairs, strict=True)
    ]
    matrix = rng.normal(size=(pairs.size,) * 2)
    matrix = np.round(matrix + matrix.T) / 2 if on_grid else matrix + matrix.T
    coupling: object = float(rng.normal()) if rng.random() < 0.4 else matrix
    return levels, int(rng.integers(0, 2 * pairs.sum() + 1)), coupling


def test_a_constant_coupling_has_the_gap_of_equation_10_in_every_shell() -> None:
    constant = System([Shell(m, e) for e, m in THREE], 4, 0.4)
    matrix = System(constant.shells, 4, np.full((3, 3), 0.4))
    one, other = (canonical(system, TEMPERATURES, FIELDS) for system in (constant, matrix))
    assert one.gap_squared is not None
    assert one.shell_gap_squared is not None
    assert other.shell_gap_squared is not None
    np.testing.assert_allclose(one.shell_gap_squared, one.gap_squared[:, None] * np.ones(3), rtol=1e-14)
    np.testing.assert_allclose(other.shell_gap_squared, one.shell_gap_squared, atol=1e-14)
    assert "shell_gap" in other.undefined["gap_squared"]


def test_the_observable_shell_gap_answers_where_gap_refuses() -> None:
    system = System([Shell(m, e) for e, m in THREE], 4, MATRIX)
    with pytest.raises(UndefinedError, match="use shell_gap"):
        gap(Canonical(system), 0.1)
    assert shell_gap(Canonical(system), [0.1, 0.2]).shape == (2, 3)
    mixed = shell_gap(GrandCanonical(system), 0.1)
    np.testing.assert_allclose(mixed, shell_gap(Canonical(system), 0.1), rtol=0.2)
    single = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)
    np.testing.assert_array_equal(shell_gap(Canonical(single), 0.1), [gap(Canonical(single), 0.1)])


def test_points_in_any_order_and_repeated_are_the_same_points() -> None:
    system = System([Shell(m, e) for e, m in TWO], 5, 0.4)
    some = np.array([7, 2, 2, 9, 0, 4])
    whole = general_sum.fixed_number(system, [5], TEMPERATURES, FIELDS)
    part = general_sum.fixed_number(system, [5], TEMPERATURES[some], FIELDS[some])
    np.testing.assert_array_equal(part.energy, whole.energy[:, some])
    np.testing.assert_array_equal(part.moment, whole.moment[:, some])


def assert_same(
    found: FixedNumber,
    expected: FixedNumber,
    *,
    rtol: float,
    atol: float = 1e-13,
    skip: set[str] | None = None,
) -> None:
    for item in fields(FixedNumber):
        if item.name == "coupling" or item.name in (skip or set()):
            continue
        one, other = (getattr(each, item.name) for each in (found, expected))
        if one is not None and other is not None and item.name != "ground_energy_low":
            np.testing.assert_allclose(one, other, rtol=rtol, atol=atol, err_msg=item.name)
