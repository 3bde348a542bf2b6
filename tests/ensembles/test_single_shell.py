"""The sum of one shell on grids: a point is itself wherever it stands, and shared weights are found once."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from quasispin.ensembles import single_shell
from quasispin.ensembles.canonical import Canonical
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.verification import compare
from quasispin.verification.deviation import Point, worst

Array = npt.NDArray[np.float64]
SHELLS = [Shell.orbital(3), Shell.hemisphere(6), Shell.spin(5), Shell([0.5, 1.5, 2.5, 0.3]), Shell([1.0])]
FIELDS = ("log_sum", "excitation", "energy", "pair_energy", "moment", "moment_variance", "energy_variance",
          "connected", "ground_energy", "ground_energy_low", "unpaired", "seniority")  # fmt: skip


def points() -> tuple[Array, Array]:
    """Every way through the kernel: T = 0, no field, both signs, hot, cold, ω/T huge, ω/T repeated."""
    rng = np.random.default_rng(5)
    temperature = np.concatenate([10 ** rng.uniform(-4, 4, 70), [0.0, 0.0, 0.0, 1e-300, 0.3, 0.6, 0.15, 5.0]])
    field = np.concatenate([rng.uniform(-2, 2, 70), [0.0, 0.4, -0.4, 10.0, 0.1, 0.2, 0.05, 0.0]])
    return temperature, field


def sums(
    shell: Shell, temperature: Array, field: Array, numbers: list[int] | None = None
) -> dict[str, Array]:
    system = System.single_shell(shell, 1, coupling=0.3)
    found = single_shell.fixed_number(system, numbers or [0, 1, shell.pair_degeneracy], temperature, field)
    return {name: getattr(found, name) for name in FIELDS}


@pytest.mark.parametrize("shell", SHELLS, ids=str)
def test_a_point_has_the_same_bits_wherever_it_stands(shell: Shell) -> None:
    temperature, field = points()
    whole = sums(shell, temperature, field)
    order = np.random.default_rng(2).permutation(temperature.size)
    some = (order, order[:13], order[20:21], np.sort(order[:9]), np.repeat(order[5:7], 11))
    hot_first = (np.array([77, 70]), np.array([73, 71, 72]))  # the same x as at T = 0
    for piece in (*some, *hot_first):
        part = sums(shell, temperature[piece], field[piece])
        for name in FIELDS:
            np.testing.assert_array_equal(part[name], whole[name][:, piece], err_msg=name)


def test_a_number_has_the_same_bits_in_any_company() -> None:
    temperature, field = points()
    together = sums(SHELLS[0], temperature, field, [2, 3, 6, 14])
    for k, number in enumerate([2, 3, 6, 14]):
        alone = sums(SHELLS[0], temperature, field, [number])
        for name in FIELDS:
            np.testing.assert_array_equal(alone[name][0], together[name][k], err_msg=name)


def test_tasks_do_not_change_the_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    temperature, field = points()
    whole = sums(SHELLS[0], temperature, field)
    monkeypatch.setattr(single_shell, "WORK_PER_TASK", 1)
    monkeypatch.setattr(single_shell, "WORK_PER_THREAD", 1)
    parts = sums(SHELLS[0], temperature, field)
    for name in FIELDS:
        np.testing.assert_array_equal(parts[name], whole[name], err_msg=name)


def test_a_point_has_the_same_bits_whether_or_not_others_share_its_weights() -> None:
    """Weights are looked for among others only where a sample of the points finds two that are equal."""
    temperature, field = np.random.default_rng(3).uniform(0.01, 1.0, (2, 1500))
    apart = sums(SHELLS[0], temperature, field)
    twice = sums(SHELLS[0], np.tile(temperature, 2), np.tile(field, 2))
    for name in FIELDS:
        np.testing.assert_array_equal(
            np.tile(apart[name], (1, 2) + (1,) * (apart[name].ndim - 2)), twice[name], err_msg=name
        )


def test_tasks_are_as_many_for_one_thread_as_for_another() -> None:
    for count in (32, 1000, 40_001):
        for tasks in (1, 2, 5, 100):
            parts = single_shell._shares(np.arange(count), tasks, 4)
            sizes = [part.size for part in parts]
            assert np.array_equal(np.concatenate(parts), np.arange(count))
            assert len(parts) % 4 == 0 or min(sizes) < 32
            assert max(sizes) - min(sizes) <= 1
            assert min(sizes) >= 16


def steps(temperature: Array, field: Array) -> int:
    system = System.single_shell(Shell.orbital(5), 10, gap_scale=1.0)
    size = temperature.size
    return single_shell.count_steps(
        system, [10], temperature.ravel(), field.ravel(), np.empty((11, 1, size)), np.empty((1, size, 12))
    )


def test_points_of_one_ratio_of_field_and_temperature_share_their_weights() -> None:
    temperature = np.geomspace(0.1, 51.2, 10)  # more than one group of lanes, which costs the same for one
    assert steps(temperature, 0.3 * temperature) == steps(temperature[:1], 0.3 * temperature[:1])


def test_a_map_over_temperature_and_ratio_finds_each_weight_once() -> None:
    ratio = np.linspace(0.011, 2.0, 60)
    temperature, x = np.meshgrid(np.linspace(0.1, 1.0, 30), ratio, indexing="ij")
    once = steps(np.ones(60), ratio)
    assert steps(temperature, temperature * x) < 1.1 * once  # a few lie on the edge between two roundings


def test_a_map_over_geometric_axes_finds_each_weight_once() -> None:
    axis = np.geomspace(0.01, 1.0, 40)
    temperature, field = np.meshgrid(axis, axis, indexing="ij")
    once = steps(np.ones(79), np.geomspace(0.01, 100.0, 79))
    assert steps(temperature, field) < 1.3 * once


@pytest.mark.parametrize("field", [0.30000001, 0.7, 1.3, 5.0, 40.0, 300.0, 650.0])
def test_shared_weights_are_right_to_twelve_digits(field: float) -> None:
    """x off the coarse grid by any amount; the correction is to first order."""
    for shell in (Shell.orbital(4), Shell.spin(9), Shell([0.5, 1.5, 2.5, 0.3])):
        system = System.single_shell(shell, 4, gap_scale=1.0)
        x = np.float64(field)
        cases = [Point(1.0, float(x + k * 16 * math.ulp(x))) for k in range(8)]
        samples = (sample for point in cases for sample in compare.canonical(system, point))
        assert [one for one in worst(samples) if one.is_above] == []


@pytest.mark.parametrize("momentum", [256, 270, 290])
def test_sums_between_the_powers_of_two_are_finite(momentum: int) -> None:
    """Where D_ν passes 2^1024 after one scaling down and before the next."""
    system = System.single_shell(Shell.orbital(momentum), 2 * momentum + 1, gap_scale=1.0)
    averages = Canonical(system).averages(5e3, 0.0)
    states = math.comb(4 * momentum + 2, 2 * momentum + 1)
    assert averages.entropy == pytest.approx(math.log(states), rel=1e-6)
    assert 0 < averages.heat_capacity < 0.01


def test_ten_thousand_pairs_do_not_overflow() -> None:
    pairs = 10_001
    system = System.single_shell(Shell.orbital(5000), pairs - 1, gap_scale=1.0)
    averages = Canonical(system).averages([0.0, 1e-3, 0.5, 1e5], [0.0, 1e-4, 3 / pairs, 1e-4])
    for name in ("free_energy", "entropy", "heat_capacity", "susceptibility", "moment", "pair_energy"):
        assert np.isfinite(getattr(averages, name)).all()
    log_states = math.lgamma(2 * pairs + 1) - math.lgamma(pairs) - math.lgamma(pairs + 2)
    assert averages.entropy[3] == pytest.approx(log_states, rel=1e-4)


def test_cost_is_linear_in_the_number_of_pairs() -> None:
    def one(momentum: int) -> int:
        pairs = 2 * momentum + 1
        system = System.single_shell(Shell.orbital(momentum), pairs, gap_scale=1.0)
        sums, seniority = np.empty((11, 1, 1)), np.empty((1, 1, pairs + 1))
        return single_shell.count_steps(system, [pairs], np.ones(1), np.full(1, 0.1), sums, seniority)

    assert [one(l) for l in (50, 500, 5000)] == [3 * (2 * l + 1) + 2 for l in (50, 500, 5000)]
