"""What is left out is bounded: the truncated sum against the whole one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from quasispin.ensembles import truncated
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.ensembles.truncated import truncated_sum
from quasispin.errors import InputError
from quasispin.spectrum import blocks, lowest, sectors
from quasispin.system.shell import Shell
from quasispin.system.system import System

FENCE = System([Shell([1.0], energy=float(k)) for k in range(8)], 8, 0.5)
ODD = System([Shell([1.0], energy=float(k)) for k in range(7)], 7, 0.4)
SHELLS = System([Shell.orbital(1), Shell([0.5, 1.5], energy=1.7), Shell.orbital(1, energy=-2.0)], 6, 0.3)
MATRIX = System(
    [Shell([1.0, 2.0]), Shell([0.5, 1.5], energy=1.0), Shell([2.0], energy=-0.4)],
    4,
    [[0.5, 0.3, -0.2], [0.3, 0.7, 0.1], [-0.2, 0.1, -0.6]],
)
SYSTEMS = [FENCE, ODD, SHELLS, MATRIX]
TEMPERATURE = np.array([0.0, 0.0, 0.05, 0.1, 0.1, 0.3, 0.6])
FIELD = np.array([0.0, 0.3, 0.2, 0.0, -0.7, 0.1, 0.4])


@pytest.mark.parametrize("system", SYSTEMS, ids=["fence", "odd", "shells", "matrix"])
@pytest.mark.parametrize("accuracy", [1e-1, 1e-3, 1e-8])
def test_nothing_is_off_by_more_than_its_bound(system: System, accuracy: float) -> None:
    whole = Canonical(system).averages(TEMPERATURE, FIELD)
    ours = Canonical(system, accuracy=accuracy).averages(TEMPERATURE, FIELD)
    assert ours.error is not None
    assert (ours.error <= accuracy).all()
    for name in ("free_energy", "energy", "heat_capacity", "susceptibility"):
        found, exact = getattr(ours, name), getattr(whole, name)
        finite = np.isfinite(exact)
        np.testing.assert_array_equal(finite, np.isfinite(found))
        off = np.abs(found[finite] - exact[finite])
        assert (off <= ours.bounds[name][finite] + 1e-11 * (1 + np.abs(exact[finite]))).all(), name


def test_the_bound_on_z_holds_and_is_of_use() -> None:
    whole = Canonical(FENCE).averages(0.3, 0.2).free_energy
    ours = truncated_sum(FENCE, 8, np.array([0.3]), np.array([0.2]), 1e-6)
    missing = np.expm1(-(whole - (ours.fixed.ground_energy[0, 0] - 0.3 * ours.fixed.log_sum[0, 0])) / 0.3)
    assert 0 <= missing <= ours.share[0] <= 1e-6
    assert ours.kept < ours.tuples


def test_cold_sums_need_few_tuples() -> None:
    kept = [truncated_sum(FENCE, 8, np.array([t]), np.zeros(1), 1e-9).kept for t in (0.02, 0.1, 0.5, 5.0)]
    assert kept == sorted(kept)
    assert kept[0] < 30
    assert kept[-1] == 128


@pytest.mark.parametrize(("levels", "coupling"), [(12, 0.5), (14, 0.5), (12, -0.4)])
def test_no_more_is_solved_than_the_bound_asks_for(
    levels: int, coupling: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    solve = blocks.solve

    def noted(plans: Sequence[blocks.Plan], uniform: bool) -> list[blocks.Block]:
        sizes.extend(blocks.effective_dimension(plan) for plan in plans)
        return solve(plans, uniform)

    monkeypatch.setattr(blocks, "solve", noted)
    sectors._box.cache_clear()
    fence = System([Shell([1.0], energy=float(k)) for k in range(levels)], levels, coupling)
    ours = truncated_sum(fence, levels, np.array([0.1]), np.zeros(1), 1e-6)
    assert ours.share[0] <= 1e-6
    assert ours.kept <= 16
    assert ours.kept == 2 or coupling < 0
    assert max(sizes, default=0) <= lowest.LIMIT


def test_zero_temperature_leaves_nothing_out() -> None:
    ours = Canonical(FENCE, accuracy=0.5).averages(0.0, 0.1)
    assert ours.error == 0.0
    assert ours.energy == pytest.approx(float(Canonical(FENCE).averages(0.0, 0.1).energy), rel=1e-13)


def test_one_shell_is_exact_whatever_the_accuracy() -> None:
    system = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)
    ours, exact = Canonical(system, accuracy=0.1).averages(0.3, 0.1), Canonical(system).averages(0.3, 0.1)
    assert ours.free_energy == exact.free_energy
    assert ours.error is None


@pytest.mark.parametrize("accuracy", [0.0, 1.0, -0.1, float("nan"), "high"])
def test_an_accuracy_outside_0_and_1_is_refused(accuracy: object) -> None:
    with pytest.raises(InputError, match="`accuracy` must"):
        Canonical(FENCE, accuracy=accuracy)  # type: ignore[arg-type]


@pytest.mark.parametrize("temperature", [1e-200, 1e-300, 1e-305, 5e-324])
@pytest.mark.parametrize("ensemble", [Canonical, GrandCanonical, NumberParity])
def test_the_coldest_temperatures_are_as_zero(ensemble: type[Canonical], temperature: float) -> None:
    system = System([Shell([1.0], float(k)) for k in range(6)], 6, 0.5)
    found = ensemble(system, accuracy=1e-6).averages(temperature, [0.0, 0.3])
    zero = ensemble(system, accuracy=1e-6).averages(0.0, [0.0, 0.3])
    np.testing.assert_allclose(found.free_energy, zero.free_energy, rtol=1e-14)
    assert (found.bounds["heat_capacity"] == 0).all()


def test_shares_of_two_large_shells_stay_in_range() -> None:
    system = System([Shell.spin(51), Shell.spin(49, 0.3)], 100, 0.001)
    found = truncated.boltzmann(np.array([[-1e4, -800.0, 3.0]]), np.array([1.0]))
    assert np.isfinite(np.cumsum(found.repeat(1000))).all()
    exact = Canonical(system).averages(0.1)
    some = Canonical(system, accuracy=1e-6).averages(0.1)
    assert abs(some.free_energy - exact.free_energy) <= some.bounds["free_energy"] + 1e-11
