"""The statistical sum over sectors: against brute force, against one shell, in its limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from math import log

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

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
EPSILON = float(np.finfo(np.float64).eps)
Scheme = tuple[list[fock.Level], int, object]
"""Levels, N, G."""
MATRIX = [[0.5, 0.3, 0.1], [0.3, 0.7, 0.2], [0.1, 0.2, 0.4]]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads on matrices of some hundred states wait for each other more than they work."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


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


@pytest.mark.parametrize("seed", range(24))
def test_random_schemes_equal_brute_force(seed: int) -> None:
    scheme = random_scheme(np.random.default_rng(seed))
    levels, electrons, coupling = scheme
    for temperature, field in [(0.3, 0.4), (1.1, -0.8), (5.0, 0.0), (0.05, 0.3)]:
        exact = fock.canonical(levels, electrons, coupling, temperature, field)  # type: ignore[arg-type]
        found = canonical(system_of(scheme), temperature, field)
        norm = size_of(scheme, field)
        for name in ["free_energy", "energy", "pair_energy"]:
            scale = max(abs(getattr(exact, name)), temperature, norm)
            assert abs(getattr(found, name)[0] - getattr(exact, name)) <= 1e-12 * scale, name
        floor = 20 * norm / temperature * EPSILON
        rest = 1e-11 + floor
        for name, value in expected_of(scheme, exact, temperature, field).items():
            ours = getattr(found, name)
            if ours is not None:
                assert np.abs(ours[0] - value).max() <= rest * max(1.0, float(np.abs(value).max())), name
        top = max(m for _, moments in levels for m in moments) ** 2
        for name, unit in [("heat_capacity", 1.0), ("susceptibility", top / temperature)]:
            value, off = getattr(exact, name), abs(getattr(found, name)[0] - getattr(exact, name))
            is_above = value > 1e3 * floor * unit  # below its floor only the oracle's own rounding is left
            assert off <= (rest * value if is_above else floor * unit + 1e-14), name


@pytest.mark.parametrize("seed", range(24))
def test_random_schemes_have_the_ground_multiplet_at_zero_temperature(seed: int) -> None:
    scheme = random_scheme(np.random.default_rng(seed))
    levels, electrons, coupling = scheme
    for field in (0.0, 0.37, -1.1):
        energies = sector_of(scheme, field).energies
        above = energies[energies > energies[0] + 1e-9] - energies[0]
        cold = float(above.min(initial=1.0)) / 60  # e^−60: nothing else is occupied
        exact = fock.canonical(levels, electrons, coupling, cold, field)  # type: ignore[arg-type]
        found, norm = canonical(system_of(scheme), 0.0, field), size_of(scheme, field)
        for name in ["free_energy", "energy", "pair_energy"]:
            value = energies[0] if name == "free_energy" else getattr(exact, name)
            assert getattr(found, name)[0] == pytest.approx(value, abs=1e-12 * norm), name
        rest = 1e-11 + 20 * norm / cold * EPSILON
        for name, value in expected_of(scheme, exact, cold, field).items():
            ours = getattr(found, name)
            if ours is not None:
                assert np.abs(ours[0] - value).max() <= rest * max(1.0, float(np.abs(value).max())), name
        assert found.heat_capacity[0] == 0
        assert found.susceptibility[0] == (np.inf if cold * exact.susceptibility > 1e-9 else 0.0)


def expected_of(
    scheme: Scheme, exact: fock.FockAverages, temperature: float, field: float
) -> dict[str, np.ndarray]:
    """All that is right to a relative 10⁻¹¹, or absolutely where it is below 1."""
    matrix = system_of(scheme).coupling_matrix
    expected = {
        "moment": exact.moment,
        "entropy": exact.entropy,
        "occupation": exact.occupation,
        "unpaired": exact.mean_seniority,
        "seniority_distribution": seniorities_of(scheme, temperature, field),
        "shell_gap_squared": np.einsum("st,tu,su->s", matrix, exact.pair_matrix, matrix),
    }
    if isinstance(scheme[2], float):
        expected["connected_gap_squared"] = exact.connected_gap_squared(scheme[2])
        expected["gap_squared"] = -scheme[2] * exact.pair_energy
    return {name: np.asarray(value) for name, value in expected.items()}


def seniorities_of(scheme: Scheme, temperature: float, field: float) -> np.ndarray:
    """P(Σν_s) in the states |n_s, ν_s⟩, of which A⁺_sA_s is ¼(n_s−ν_s)(2M_s+2−n_s−ν_s)."""
    sector = sector_of(scheme, field)
    weight = np.exp(-(sector.energies - sector.energies[0]) / temperature)
    density = sector.density(weight / weight.sum())
    pairings = [lowering.T @ lowering for lowering in sector.lowering]
    mixed = sum(np.sqrt(2 + s) * pairing for s, pairing in enumerate(pairings))
    mixed = mixed + np.diag(sector.occupation @ np.sqrt(11 + np.arange(len(pairings))))
    vectors = np.linalg.eigh(mixed)[1]
    total = np.zeros(vectors.shape[1])
    density = density @ vectors
    for (_, moments), pairing, occupation in zip(scheme[0], pairings, sector.occupation.T, strict=True):
        pairs, n = len(moments), (vectors**2).T @ occupation
        value = np.einsum("de,de->e", vectors, pairing @ vectors)
        total += pairs + 1 - np.sqrt((pairs + 1 - n) ** 2 + 4 * value)
    share = np.einsum("de,de->e", vectors, density)
    every = sum(len(moments) for _, moments in scheme[0]) + 1
    return np.bincount(np.round(total).astype(int), share, every)


def sector_of(scheme: Scheme, field: float) -> fock._Sector:
    levels, electrons, _ = scheme
    return fock._Sector(fock._Space(levels), electrons, system_of(scheme).coupling_matrix, field)


def system_of(scheme: Scheme) -> System:
    levels, electrons, coupling = scheme
    return System([Shell(m, e) for e, m in levels], electrons, coupling)  # type: ignore[arg-type]


def size_of(scheme: Scheme, field: float) -> float:
    """‖H‖, from above."""
    one_body = sum(2 * len(m) * abs(e) + abs(field) * sum(m) for e, m in scheme[0])
    return one_body + float(np.abs(system_of(scheme).coupling_matrix).sum())


def random_scheme(rng: np.random.Generator) -> Scheme:
    """Two or three shells of at most five pairs; every other one on a grid, where blocks repeat and mirror.

    Every third one has its zero of energy elsewhere.
    """
    pairs = rng.integers(1, 3, rng.integers(2, 4))
    pairs[0] -= pairs.sum() > 5
    on_grid = rng.random() < 0.5
    energies = rng.integers(-1, 2, pairs.size) / 2 if on_grid else rng.normal(size=pairs.size)
    energies = energies + (50.0 if rng.random() < 1 / 3 else 0.0)
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
