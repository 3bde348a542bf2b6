"""What a spectrum takes, bounded from both sides by counting."""

from __future__ import annotations

import re

import pytest

from quasispin import machine
from quasispin.parallel import cores
from quasispin.spectrum import counting, sectors
from quasispin.spectrum.pairing_matrix import seniority_tuples
from quasispin.spectrum.sectors import estimate
from quasispin.system.shell import Shell
from quasispin.system.system import System

BOXES = [([1] * 10, 10), ([1] * 10, 7), ([2, 3, 1, 4], 9), ([2, 3, 1, 4], 10), ([5, 5], 10), ([6, 6, 6], 18)]


def system(degeneracies: list[int], electrons: int) -> System:
    return System([Shell.spin(m, 1.0 * k) for k, m in enumerate(degeneracies)], electrons, 0.5)


@pytest.mark.parametrize(("degeneracies", "electrons"), BOXES)
def test_tuples_are_counted_as_they_are_listed(degeneracies: list[int], electrons: int) -> None:
    assert counting.count_tuples(degeneracies, electrons) == len(seniority_tuples(degeneracies, electrons))


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
