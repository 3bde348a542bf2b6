"""The lowest levels of large blocks: the interval holds the ground state, estimates are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from quasispin.ensembles.canonical import Canonical
from quasispin.errors import InputError, SizeError, UndefinedError
from quasispin.spectrum import lowest, sectors
from quasispin.spectrum.lowest import LowBlock, ground_energy_interval
from quasispin.spectrum.pairing_matrix import pair_space, pairing_matrix
from quasispin.spectrum.sectors import some_sectors
from quasispin.system.shell import Shell
from quasispin.system.system import System

FENCE = System([Shell([1.0], energy=float(k)) for k in range(8)], 8, 0.5)
ODD = System([Shell([1.0], energy=1.1 * k**1.1) for k in range(7)], 7, 0.4)
SHELLS = [Shell.orbital(1), Shell([0.5, 1.5], energy=1.7), Shell.orbital(2, energy=-2.0), Shell([1.0])]
ATTRACTIVE = [[0.5, 0.3, 0.2, 0.0], [0.3, 0.7, 0.1, 0.4], [0.2, 0.1, 0.6, 0.2], [0.0, 0.4, 0.2, 0.3]]
MATRIX = System(SHELLS, 8, [[1.0 if a == b else -0.2 for a in range(4)] for b in range(4)])


def fence(levels: int, coupling: float, seed: int) -> System:
    """Single levels at random energies, half filled."""
    energies = np.random.default_rng(seed).uniform(-levels / 2, levels / 2, levels)
    return System([Shell([1.0], energy=float(e)) for e in energies], levels, coupling)


def only_blocks_up_to(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Solve only these whole, and forget those that have been."""
    monkeypatch.setattr(lowest, "LIMIT", size)
    sectors._box.cache_clear()


def dense_ground(system: System, electrons: int, seniorities: list[int]) -> float:
    space = pair_space([shell.pair_degeneracy for shell in system.shells], seniorities, electrons)
    energies = [shell.energy for shell in system.shells]
    matrix = pairing_matrix(space, seniorities, energies, np.asarray(system.coupling_matrix))
    return float(np.linalg.eigvalsh(matrix)[0])


def assert_encloses(system: System, electrons: int, seniorities: list[int]) -> None:
    low, high = ground_energy_interval(system, electrons, seniorities)
    exact = dense_ground(system, electrons, seniorities)
    scale = sum(2 * s.pair_degeneracy * abs(s.energy) for s in system.shells) + abs(exact)
    assert low - 1e-14 * scale <= exact <= high + 1e-14 * scale  # LAPACK is right to this only
    assert high - low <= 1e-11 * abs(exact)


@pytest.mark.parametrize("levels", [3, 6, 9, 10])
@pytest.mark.parametrize("coupling", [0.02, 0.3, 0.7, 2.5])
def test_the_interval_holds_the_ground_state_of_random_levels(levels: int, coupling: float) -> None:
    for seed in range(3):
        system = fence(levels, coupling, seed)
        assert_encloses(system, 2 * (levels // 2), [0] * levels)
        assert_encloses(system, 2 * (levels // 2), [1, 1] + [0] * (levels - 2))


@pytest.mark.parametrize("coupling", [0.05, 0.5])
def test_the_interval_is_narrow_at_twelve_levels(coupling: float) -> None:
    system = System([Shell([1.0], energy=float(k)) for k in range(12)], 12, coupling)
    low, high = ground_energy_interval(system, 12)
    assert low <= dense_ground(system, 12, [0] * 12) <= high
    assert high - low <= 1e-12 * abs(low)


@pytest.mark.parametrize("coupling", [0.4, ATTRACTIVE], ids=["constant", "matrix"])
@pytest.mark.parametrize("seniorities", [[0, 0, 0, 0], [1, 0, 3, 0], [0, 2, 0, 0]])
def test_the_interval_holds_the_ground_state_of_several_shells(
    coupling: object, seniorities: list[int]
) -> None:
    assert_encloses(System(SHELLS, 8, coupling), 8, seniorities)  # type: ignore[arg-type]


def test_one_pair_and_no_coupling_are_enclosed_too() -> None:
    low, high = ground_energy_interval(fence(5, 0.0, 1), 4)
    assert low <= dense_ground(fence(5, 0.0, 1), 4, [0] * 5) + 1e-13
    assert dense_ground(fence(5, 0.0, 1), 4, [0] * 5) <= high
    assert_encloses(fence(5, 0.6, 1), 2, [0] * 5)


@pytest.mark.parametrize("system", [fence(8, 0.5, 4), MATRIX], ids=["fence", "matrix"])
def test_the_lowest_levels_are_those_of_the_whole_block(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuples = np.zeros((1, len(system.shells)), dtype=np.int64)
    whole = some_sectors(system, 8, tuples)
    only_blocks_up_to(10, monkeypatch)
    few = some_sectors(system, 8, tuples, np.array([5]))
    (block,) = few.blocks
    assert isinstance(block, LowBlock)
    assert block.left_out == len(whole.energy) - 5
    np.testing.assert_allclose(few.energy, whole.energy[:5], rtol=1e-12, atol=1e-11)
    for name in ("pairs", "pair_energy", "shell_field"):
        np.testing.assert_allclose(getattr(few, name), getattr(whole, name)[:5], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("system", [FENCE, ODD, MATRIX], ids=["fence", "odd", "matrix"])
def test_cold_averages_need_the_lowest_levels_only(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    temperature, field = np.array([0.0, 0.05, 0.1, 0.15]), np.array([0.1, 0.0, 0.2, 0.0])
    whole = Canonical(system).averages(temperature, field)
    only_blocks_up_to(10, monkeypatch)
    ours = Canonical(system, accuracy=1e-12).averages(temperature, field)
    assert 0.0 <= ours.estimates["share"].max() <= 1e-12
    assert ours.error is not None
    assert (ours.error <= 1e-12).all()
    for name in ("free_energy", "energy", "moment", "pair_energy", "occupation", "heat_capacity"):
        np.testing.assert_allclose(getattr(ours, name), getattr(whole, name), rtol=1e-9, atol=1e-9)


def test_what_is_left_out_is_within_its_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Canonical(FENCE).averages([0.3, 0.5], 0.1)
    only_blocks_up_to(30, monkeypatch)
    ours = Canonical(FENCE, accuracy=0.05).averages([0.3, 0.5], 0.1)
    assert ours.estimates["share"].max() > 1e-6
    for name in ("free_energy", "energy", "heat_capacity", "susceptibility"):
        allowed = ours.bounds[name] + ours.estimates[name]
        assert (np.abs(getattr(ours, name) - getattr(whole, name)) <= allowed + 1e-12).all(), name


def test_blocks_that_are_solved_whole_leave_nothing_to_be_estimated() -> None:
    assert not Canonical(FENCE, accuracy=1e-6).averages(0.1, 0.0).estimates


def test_warm_blocks_are_solved_whole_where_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    only_blocks_up_to(10, monkeypatch)
    ours = Canonical(FENCE, accuracy=1e-6).averages(50.0, 0.0)
    whole = Canonical(FENCE).averages(50.0, 0.0)
    assert not ours.estimates
    assert ours.free_energy == pytest.approx(float(whole.free_energy), rel=1e-9)


def test_what_would_not_fit_is_refused_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    only_blocks_up_to(10, monkeypatch)
    monkeypatch.setattr("quasispin.ensembles.truncated.dense_bytes", lambda dimension: 1e30)
    with pytest.raises(SizeError, match=r"do not reach `accuracy` 1e-06: lower temperatures fit"):
        Canonical(FENCE, accuracy=1e-6).averages(50.0, 0.0)


def test_bad_requests_are_refused() -> None:
    with pytest.raises(InputError, match="`electrons` must lie in"):
        ground_energy_interval(FENCE, 17)
    with pytest.raises(InputError, match="`seniorities` must hold 8 numbers"):
        ground_energy_interval(FENCE, 8, [0, 0])
    with pytest.raises(InputError, match="`seniorities` must leave room"):
        ground_energy_interval(FENCE, 8, [1, 0, 0, 0, 0, 0, 0, 0])
    with pytest.raises(UndefinedError, match="not negative"):
        ground_energy_interval(MATRIX, 8)
    with pytest.raises(SizeError, match="The ground state of a block"):
        ground_energy_interval(System([Shell([1.0], energy=float(k)) for k in range(30)], 30, 0.5), 30)


@pytest.mark.long
def test_eighteen_levels_are_summed_in_the_cold() -> None:
    """The interval of the ground state of 18 levels, and the sum at T = 0 that holds the same energy."""
    system = System([Shell([1.0], energy=float(k)) for k in range(18)], 18, 0.5)
    low, high = ground_energy_interval(system, 18)
    ours = Canonical(system, accuracy=1e-6).averages([0.0, 0.1], 0.0)
    assert high - low <= 1e-11 * low
    assert low - 1e-10 <= ours.energy[0] <= high + 1e-10
    assert ours.estimates["share"].max() <= 1e-6
