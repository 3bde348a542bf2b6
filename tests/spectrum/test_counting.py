"""What a spectrum takes, bounded from both sides by counting."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pytest

from quasispin import machine
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical
from quasispin.errors import SizeError
from quasispin.parallel import cores
from quasispin.spectrum import blocks, counting, pairing_matrix, sectors
from quasispin.spectrum.pairing_matrix import dimension, pair_space, seniority_tuples
from quasispin.spectrum.sectors import estimate
from quasispin.system.shell import Shell
from quasispin.system.system import System

BOXES = [([1] * 10, 10), ([1] * 10, 7), ([2, 3, 1, 4], 9), ([2, 3, 1, 4], 10), ([5, 5], 10), ([6, 6, 6], 18)]


def system(degeneracies: list[int], electrons: int) -> System:
    return System([Shell.spin(m, 1.0 * k) for k, m in enumerate(degeneracies)], electrons, 0.5)


@pytest.mark.parametrize(("degeneracies", "electrons"), BOXES)
def test_tuples_are_counted_as_they_are_listed(degeneracies: list[int], electrons: int) -> None:
    assert counting.count_tuples(degeneracies, electrons) == len(seniority_tuples(degeneracies, electrons))


@pytest.mark.parametrize(("degeneracies", "electrons"), [*BOXES, ([7], 5), ([4, 9], 11), ([1, 1, 8], 6)])
def test_states_and_dimensions_are_counted_as_they_are_listed(
    degeneracies: list[int], electrons: int
) -> None:
    tuples = seniority_tuples(degeneracies, electrons).tolist()
    spaces = [pair_space(degeneracies, nu, electrons) for nu in tuples]
    assert counting.count_states(degeneracies, electrons) == sum(space.dimension for space in spaces)
    for nu, space in zip(tuples, spaces, strict=True):
        assert dimension(space.room.tolist(), (electrons - sum(nu)) // 2) == space.dimension
    assert dimension(degeneracies, -1) == dimension(degeneracies, sum(degeneracies) + 1) == 0


@pytest.mark.parametrize("levels", [280, 400, 1500])
def test_counts_beyond_all_memory_are_cut_off(levels: int) -> None:
    exact = math.comb(levels, levels // 2)
    assert dimension([1] * levels, levels // 2) == min(exact, counting.HUGE)
    assert counting.count_tuples([1] * levels, levels) == min(2 ** (levels - 1), counting.HUGE)
    assert counting.count_states([1] * levels, levels) >= min(exact, counting.HUGE)
    float(counting.count_states([1] * levels, levels)) ** 3  # within a double


@pytest.mark.parametrize("ensemble", [Canonical, GrandCanonical])
@pytest.mark.parametrize("accuracy", [None, 1e-6])
def test_very_many_levels_are_refused(ensemble: type[Canonical], accuracy: float | None) -> None:
    fence = ensemble(system([1] * 1500, 1500), accuracy=accuracy)
    with pytest.raises(SizeError, match=r"fit"):
        fence.averages(0.1)


def test_blocks_of_two_shells_are_counted_without_a_polynomial(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    ways = pairing_matrix.ways

    def noted(room: Sequence[int], most: int) -> list[int]:
        counted.append(most)
        return ways(room, most)

    monkeypatch.setattr(pairing_matrix, "ways", noted)
    sectors._box.cache_clear()
    blocks._dimension.cache_clear()
    size = estimate(system([30, 30], 60), [60])
    assert size.blocks > 200
    assert len(counted) < 5


def test_planning_and_setting_up_are_part_of_the_time() -> None:
    sectors._box.cache_clear()
    size = estimate(system([30, 30], 60), [60])
    assert size.seconds > counting.PLANNING * size.tuples + counting.SETTING_UP * 0.9 * size.blocks


@pytest.mark.parametrize(("degeneracies", "electrons"), BOXES)
@pytest.mark.parametrize("everyone", [False, True])
def test_counting_bounds_the_estimate_from_both_sides(
    degeneracies: list[int], electrons: int, everyone: bool
) -> None:
    sectors._box.cache_clear()  # what is solved already would cost nothing
    numbers = range(2 * sum(degeneracies) + 1) if everyone else [electrons]
    full = estimate(system(degeneracies, electrons), numbers)
    least = counting.at_least(degeneracies, numbers)
    assert least.largest <= full.largest
    assert least.tuples == full.tuples
    listed = counting._listed(degeneracies, full.tuples)
    assert least.memory <= full.memory + listed <= counting.at_most(degeneracies, numbers, True) + listed
    assert least.seconds <= full.seconds * cores()


@pytest.mark.parametrize("electrons", [14, 5])
def test_what_is_said_to_fit_does_and_one_shell_more_is_not_sure_to(
    electrons: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 2e6)
    words = re.search(r"the first (\d+) of these shells with (\d+) electrons fit", sentence(14, electrons))
    assert words is not None
    shells, number = int(words[1]), int(words[2])
    assert number == round(electrons * shells / 14)
    assert estimate(system([1] * shells, number), [number]).memory <= machine.allowed()
    more = round(electrons * (shells + 1) / 14)
    assert counting.at_most([1] * (shells + 1), [more], True) > machine.allowed()


def sentence(shells: int, electrons: int) -> str:
    return counting.instead([1] * shells, [electrons], True)


def test_one_shell_has_closed_forms_and_always_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 1e3)
    assert counting.instead([3, 3], [6], True).startswith("one shell alone fits")
