"""Open ensembles with a window of N: what is left out is bounded, against the sum over all N."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quasispin.ensembles import grand_canonical as module
from quasispin.ensembles import window
from quasispin.ensembles.averages import Averages
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.errors import InputError, SizeError
from quasispin.oracles import fock
from quasispin.spectrum import lowest, sectors
from quasispin.system.shell import Shell
from quasispin.system.system import System

MATRIX = [[0.5, 0.3, -0.2], [0.3, 0.7, 0.1], [-0.2, 0.1, -0.6]]
TEMPERATURE = np.array([0.0, 0.0, 0.03, 0.1, 0.1, 0.3, 0.7])
FIELD = np.array([0.0, 0.4, 0.2, 0.0, -0.7, 0.1, 0.4])
OPEN: list[tuple[type, dict[str, float]]] = [
    (GrandCanonical, {}),
    (NumberParity, {}),
    (GrandCanonical, {"chemical_potential": 1.1}),
]
NAMES = ["all N", "one parity", "given μ"]


def fence(levels: int, electrons: int, coupling: float = 0.5) -> System:
    return System([Shell([1.0], energy=float(k)) for k in range(levels)], electrons, coupling)


def shells(electrons: int) -> System:
    return System(
        [Shell.orbital(1), Shell([0.5, 1.5], energy=1.7), Shell([1.0], energy=-2.0)], electrons, 0.3
    )


def matrix(electrons: int) -> System:
    return System([Shell([1.0, 2.0]), Shell([0.5], energy=1.0), Shell([2.0], energy=-0.4)], electrons, MATRIX)


SYSTEMS = [fence(6, 5), fence(5, 4, -0.3), shells(6), matrix(3)]


def within_bounds(found: Averages, exact: Averages) -> None:
    for name, bound in found.bounds.items():
        ours, theirs = getattr(found, name), getattr(exact, name)
        known = np.isfinite(theirs)
        np.testing.assert_array_equal(known, np.isfinite(ours), err_msg=name)
        assert np.isfinite(bound).all()
        off = np.abs(ours[known] - theirs[known])
        assert (off <= bound[known] + 1e-11 * (1 + np.abs(theirs[known]))).all(), name


@pytest.mark.parametrize(("ensemble", "options"), OPEN, ids=NAMES)
@pytest.mark.parametrize("accuracy", [0.3, 1e-4])
@pytest.mark.parametrize("system", SYSTEMS, ids=repr)
def test_nothing_is_off_by_more_than_its_bound(
    system: System, accuracy: float, ensemble: Any, options: dict[str, float]
) -> None:
    exact = ensemble(system, **options).averages(TEMPERATURE, FIELD)
    found = ensemble(system, accuracy=accuracy, **options).averages(TEMPERATURE, FIELD)
    assert (found.error <= accuracy).all()
    held = "electrons" if options else "chemical_potential"
    assert set(found.bounds) == {"free_energy", "energy", "heat_capacity", "susceptibility", held}
    within_bounds(found, exact)


@pytest.mark.parametrize("options", [{}, {"chemical_potential": 0.4}], ids=["mean", "potential"])
def test_brute_force_over_all_states_lies_within_the_bounds(options: dict[str, float]) -> None:
    system = System([Shell([0.0, 2.0]), Shell([1.0, 3.0], 0.35)], 3, 0.3)
    found = GrandCanonical(system, accuracy=1e-2, **options).averages(0.25, 0.3)
    exact = GrandCanonical(system, **options).averages(0.25, 0.3)
    levels = [(shell.energy, shell.moments) for shell in system.shells]
    assert exact.chemical_potential is not None
    brute = fock.grand_canonical(levels, 0.3, 0.25, 0.3, float(exact.chemical_potential))
    tail = "_fixed_potential" if options else ""
    for name, wanted in {
        "free_energy": brute.free_energy,
        "energy": brute.energy,
        "heat_capacity": getattr(brute, f"heat_capacity{tail}"),
        "susceptibility": getattr(brute, f"susceptibility{tail}"),
    }.items():
        assert abs(getattr(found, name) - wanted) <= found.bounds[name] + 1e-11
    assert found.error is not None
    assert 0 < found.error <= 1e-2


@pytest.mark.parametrize(("ensemble", "options"), OPEN[:2], ids=NAMES[:2])
def test_the_cold_need_a_narrow_window(ensemble: Any, options: dict[str, float]) -> None:
    ranges = []
    for temperature in (0.05, 0.3, 1.0):
        low, high = ensemble(fence(8, 8), accuracy=1e-6, **options).averages(temperature).window
        assert low <= 6
        assert high >= 10
        ranges.append(int(high - low))
    assert ranges == sorted(ranges)
    assert ranges[0] <= 6


def test_the_bounds_are_of_use() -> None:
    """At T = 0.1 they are far below what they bound, though C is only 0.006."""
    found = GrandCanonical(fence(10, 10), accuracy=1e-8).averages(0.1, 0.0)
    assert found.error is not None
    assert found.error > 0
    assert found.bounds["heat_capacity"] < 1e-3 * found.heat_capacity
    assert found.bounds["energy"] < 1e-7
    assert found.bounds["chemical_potential"] < 1e-8


def test_few_tuples_are_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[int] = []

    def counted(system: System, electrons: int, tuples: Any, levels: Any) -> sectors.Sectors:
        solved.append(len(tuples))
        return sectors.some_sectors(system, electrons, tuples, levels)

    monkeypatch.setattr(window, "some_sectors", counted)
    GrandCanonical(fence(10, 10), accuracy=1e-6).averages(0.05, 0.0)
    assert sum(solved) < 150  # of the 15 000 of all N


@pytest.mark.parametrize("electrons", [4, 5, 6, 7])
def test_the_plateau_of_the_potential_is_that_of_all_numbers(electrons: int) -> None:
    system = fence(7, electrons)
    for ensemble in (GrandCanonical, NumberParity):
        found = ensemble(system, accuracy=0.3).averages(0.0, [0.0, 0.3, 1.1])
        exact = ensemble(system).averages(0.0, [0.0, 0.3, 1.1])
        for name in ("chemical_potential", "free_energy", "energy", "moment", "number_variance", "entropy"):
            np.testing.assert_allclose(getattr(found, name), getattr(exact, name), rtol=1e-11, atol=1e-12)
        assert not np.any(found.error)
        assert not np.any(found.bounds["chemical_potential"])


@pytest.mark.parametrize(
    ("ensemble", "electrons"), [(GrandCanonical, 0), (NumberParity, 1), (NumberParity, 12)]
)
def test_a_single_number_is_left_at_the_ends(ensemble: Any, electrons: int) -> None:
    found = ensemble(fence(6, electrons), accuracy=1e-3).averages([0.0, 0.2], 0.1)
    exact = ensemble(fence(6, electrons)).averages([0.0, 0.2], 0.1)
    assert np.isnan(found.chemical_potential).all()
    assert (found.window == electrons).all()
    within_bounds(found, exact)
    assert found.undefined == exact.undefined


def test_without_an_accuracy_and_for_one_shell_nothing_is_left_out() -> None:
    whole = GrandCanonical(fence(5, 4)).averages(0.3, 0.1)
    assert whole.error is None
    assert whole.window is None
    shell = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)
    ours, exact = GrandCanonical(shell, accuracy=0.1).averages(0.3), GrandCanonical(shell).averages(0.3)
    assert ours.free_energy == exact.free_energy
    assert ours.error is None


@pytest.mark.parametrize("accuracy", [0.0, 1.0, -0.1, float("nan"), "high"])
@pytest.mark.parametrize("ensemble", [GrandCanonical, NumberParity])
def test_an_accuracy_outside_0_and_1_is_refused(ensemble: Any, accuracy: object) -> None:
    with pytest.raises(InputError, match="`accuracy` must"):
        ensemble(fence(3, 2), accuracy=accuracy)


def test_grids_and_chunks_keep_their_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 1)  # one point at a time
    found = GrandCanonical(fence(5, 5), accuracy=1e-4).averages([[0.1], [0.4]], [0.0, 0.1, 0.2])
    exact = GrandCanonical(fence(5, 5)).averages([[0.1], [0.4]], [0.0, 0.1, 0.2])
    assert found.window is not None
    assert found.window.shape == (2, 3, 2)
    assert found.bounds["energy"].shape == (2, 3)
    assert (found.window[0, 0] != found.window[1, 0]).any()
    within_bounds(found, exact)


def test_points_judged_a_few_at_a_time_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = GrandCanonical(shells(5), accuracy=1e-4).averages(TEMPERATURE[1:], FIELD[1:])
    monkeypatch.setattr(window, "CELLS", 40)
    parts = GrandCanonical(shells(5), accuracy=1e-4).averages(TEMPERATURE[1:], FIELD[1:])
    for name, bound in whole.bounds.items():
        np.testing.assert_allclose(parts.bounds[name], bound, rtol=1e-9, atol=1e-300)


def test_levels_of_large_blocks_are_estimated_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = GrandCanonical(fence(8, 8)).averages([0.1, 0.4], 0.1)
    monkeypatch.setattr(lowest, "LIMIT", 10)
    system = System([Shell([1.0], energy=k + 1e-9) for k in range(8)], 8, 0.5)  # not yet solved
    found = GrandCanonical(system, accuracy=1e-4).averages([0.1, 0.4], 0.1)
    assert (found.estimates["share"] <= 1e-4).all()
    for name in ("free_energy", "energy", "heat_capacity", "susceptibility", "chemical_potential"):
        off = np.abs(getattr(found, name) - getattr(exact, name))
        assert (off <= found.bounds[name] + found.estimates[name] + 1e-7).all(), name


def test_too_many_tuples_are_refused_with_what_would_fit() -> None:
    with pytest.raises(SizeError, match=r"`system` of 40 levels and 40 electrons has .* electrons .* fit"):
        GrandCanonical(fence(40, 40), accuracy=1e-6).averages(0.1)
