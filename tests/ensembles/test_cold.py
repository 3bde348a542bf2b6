"""The ground multiplet by bounds is what the sum over all states leaves at T = 0 and below the gap."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from quasispin.ensembles import cold
from quasispin.ensembles.averages import Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.errors import SizeError
from quasispin.spectrum import counting, lowest, sectors
from quasispin.system.shell import Shell
from quasispin.system.system import System


def random_system(seed: int) -> System:
    """Coincident and distinct levels, any parity, constants and matrices of either sign."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 6))
    energies = [float(rng.choice([rng.normal(), 0.0, 0.5])) for _ in range(count)]
    shells = [Shell(rng.integers(0, 4, rng.integers(1, 4)) / 2, e) for e in energies]
    pairs = sum(shell.pair_degeneracy for shell in shells)
    matrix = rng.normal(size=(count, count))
    matrix = (matrix + matrix.T) / 2
    apart = np.abs(matrix) * (np.add.outer(np.arange(count), np.arange(count)) % 2 == 0)  # two boxes
    coupling: object = [0.4, -0.3, 0.0, matrix, np.abs(matrix), apart][seed % 6]
    return System(shells, int(rng.integers(0, 2 * pairs + 1)), coupling)  # type: ignore[arg-type]


def fence(levels: int, electrons: int | None = None, coupling: float = 0.5) -> System:
    shells = [Shell([1.0], float(k)) for k in range(levels)]
    return System(shells, levels if electrons is None else electrons, coupling)


@pytest.mark.parametrize("seed", range(40))
def test_the_ground_multiplet_is_that_of_the_full_sum(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    system = random_system(seed)
    ensemble = Canonical(system)
    steps = [step.field for step in ensemble.ground_steps()[:3]]
    temperature = np.array([0.0, 5e-4, 0.3])[:, None]
    field = np.array([0.0, 0.1, -0.3, 1.0, *steps])
    whole = ensemble.averages(temperature, field)
    monkeypatch.setattr(cold, "LARGE", -1)
    found = ensemble.averages(temperature, field)
    for item in fields(Averages):
        one, other = getattr(found, item.name), getattr(whole, item.name)
        if isinstance(other, np.ndarray):
            scale = max(1.0, float(np.abs(other[np.isfinite(other)]).max(initial=0.0)))
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-11 * scale, err_msg=item.name)


@pytest.mark.parametrize("seed", range(24))
def test_open_ensembles_at_zero_temperature_need_the_ground_multiplets(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = random_system(seed)
    temperature, field = np.array([0.0, 0.3])[:, None], np.array([0.0, 0.1, -0.3, 1.0])
    kinds = GrandCanonical(system), NumberParity(system), GrandCanonical(system, chemical_potential=0.1)
    whole = [kind.averages(temperature, field) for kind in kinds]
    monkeypatch.setattr(cold, "LARGE", -1)
    for kind, expected in zip(kinds, whole, strict=True):
        found = kind.averages(temperature, field)
        for item in fields(Averages):
            one, other = getattr(found, item.name), getattr(expected, item.name)
            if isinstance(other, np.ndarray):
                scale = max(1.0, float(np.abs(other[np.isfinite(other)]).max(initial=0.0)))
                message = f"{kind.name} {item.name}"
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-11 * scale, err_msg=message)
        assert found.error is None


def test_sixteen_levels_at_fixed_mean_number(monkeypatch: pytest.MonkeyPatch) -> None:
    ensemble = GrandCanonical(fence(16))
    assert ensemble.estimate(0.0).seconds < 1e-2 * ensemble.estimate(0.1).seconds
    monkeypatch.setattr(sectors, "sectors", None)  # the sum over all states
    found = ensemble.averages(0.0)
    assert float(found.energy) == pytest.approx(float(Canonical(fence(16)).averages(0.0).energy), rel=1e-12)
    assert found.chemical_potential is not None
    np.testing.assert_allclose(found.chemical_potential, 7.25, rtol=1e-12)  # particle–hole symmetry


def test_lanczos_and_halves_find_what_whole_blocks_have(monkeypatch: pytest.MonkeyPatch) -> None:
    from quasispin.spectrum import halves

    for electrons in (10, 9):
        ensemble = Canonical(fence(10, electrons))
        whole = ensemble.averages(0.0, np.array([0.0, 0.9, 2.0]))
        with monkeypatch.context() as patch:
            patch.setattr(cold, "LARGE", -1)
            patch.setattr(lowest, "LIMIT", 20)
            patch.setattr(halves, "SMALLEST", 30)
            sectors._box.cache_clear()
            found = ensemble.averages(0.0, np.array([0.0, 0.9, 2.0]))
        sectors._box.cache_clear()
        for name in (
            "free_energy",
            "pair_energy",
            "occupation",
            "moment",
            "entropy",
            "connected_gap_squared",
        ):
            np.testing.assert_allclose(getattr(found, name), getattr(whole, name), atol=1e-9, err_msg=name)


def test_sixteen_levels_at_zero_temperature_solve_one_block() -> None:
    sectors._box.cache_clear()
    ensemble = Canonical(fence(16))
    found = ensemble.averages(0.0)
    box = sectors._box_of(fence(16))
    assert len(box.low) <= 3  # N/2 pairs, and one more and less for the bounds
    assert not box.found  # the whole spectrum was not solved
    with_accuracy = Canonical(fence(16), accuracy=1e-6).averages(0.0)
    assert float(found.free_energy) == pytest.approx(float(with_accuracy.free_energy), abs=1e-11)
    assert float(found.pair_energy) == pytest.approx(float(with_accuracy.pair_energy), abs=1e-10)
    assert found.error is None


def test_below_the_gap_what_is_left_out_is_said() -> None:
    found = Canonical(fence(16)).averages(np.array([0.0, 0.01]))
    assert found.error is not None
    assert (found.error <= cold.ROUNDING).all()
    assert found.free_energy[1] == pytest.approx(found.free_energy[0], abs=1e-12)


def test_a_repulsion_in_a_large_block_is_not_certified() -> None:
    system = fence(18, coupling=-3.0)
    with pytest.raises(
        SizeError, match=r"^The lowest level of a block of .* cannot be certified where couplings"
    ):
        Canonical(system).averages(0.0)


def test_a_search_that_would_take_hours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold, "PATIENCE", 1e-9)
    monkeypatch.setattr(cold, "LARGE", -1)
    with pytest.raises(
        SizeError, match=r"^\d+ seniority tuples of `system` may hold the ground state at this `field`"
    ):
        Canonical(fence(8)).averages(0.0, 0.7)


# -- estimates -------------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [16, 20, 26, 60, 300])
@pytest.mark.parametrize("accuracy", [None, 1e-6])
def test_an_estimate_never_raises_and_solves_nothing(
    levels: int, accuracy: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lowest, "_lanczos", None)
    monkeypatch.setattr(lowest, "_descended", None)
    sectors._box.cache_clear()
    ensemble = Canonical(fence(levels), accuracy=accuracy)
    for temperature in (None, 0.0, 3.0):
        size = ensemble.estimate(temperature)
        assert size.memory > 0
        assert size.seconds > 0


def test_a_cold_estimate_is_that_of_one_block() -> None:
    cold_one, all_levels = (Canonical(fence(20)).estimate(t) for t in (0.0, None))
    assert cold_one.largest == 184756
    assert cold_one.seconds < 1e-3 * all_levels.seconds
    assert cold_one.memory < all_levels.memory
    assert Canonical(fence(12)).estimate(0.0) == Canonical(fence(12)).estimate()


def test_counting_tuples_bounds_the_plans_from_above(monkeypatch: pytest.MonkeyPatch) -> None:
    sectors._box.cache_clear()
    exact = Canonical(fence(12)).estimate()
    monkeypatch.setattr(sectors, "PLACED", 0)
    above = Canonical(fence(12)).estimate()
    assert exact.seconds <= above.seconds
    assert exact.memory <= above.memory
    assert exact.tuples == above.tuples == counting.count_tuples([1] * 12, 12)
