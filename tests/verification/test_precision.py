"""The promise of the package: a relative 10⁻¹² in every canonical average of one shell.

The ordinary run takes a few hundred points; the whole promise is behind ``uv run pytest -m long``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from quasispin.ensembles.canonical import Canonical
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.verification import compare
from quasispin.verification.deviation import Deviation, Point, worst

Case = tuple[System, Point]


def above(cases: Iterable[Case]) -> list[Deviation]:
    samples = (sample for system, point in cases for sample in compare.canonical(system, point))
    return [deviation for deviation in worst(samples) if deviation.is_above]


def draw(count: int, seed: int) -> Iterator[Case]:
    """T from 10⁻⁴ to 10⁴ T₀, ω from 0 to 10³ ω₀ = 3Δ₀/M, l = 0 … 50, every filling, Δ₀ = 1."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        shell = random_shell(rng, i)
        pairs = shell.pair_degeneracy
        system = System.single_shell(shell, int(rng.integers(0, 2 * pairs + 1)), gap_scale=1.0)
        temperature = 0.5 * 10 ** rng.uniform(-4, 4)
        strength = [0.0, rng.uniform(0, 3), 10 ** rng.uniform(-8, 3)][rng.integers(0, 3)]
        yield system, Point(float(temperature), float(strength * 3 / pairs * rng.choice([-1, 1])))


def random_shell(rng: np.random.Generator, i: int) -> Shell:
    momentum = int(rng.integers(0, 51 if i % 3 else 8))
    kind = rng.integers(0, 6)
    if kind < 3:
        return Shell.orbital(momentum)
    if kind == 3:
        return Shell.hemisphere(momentum + 1)
    if kind == 4:
        return Shell.spin(2 * momentum + 1)
    size = min(momentum + 1, 25)
    moments = rng.uniform(0, 5, size) if rng.random() < 0.5 else rng.integers(0, 9, size) / 2
    return Shell(moments)


def on_crossings(momenta: Iterable[int], temperatures: Iterable[float]) -> Iterator[Case]:
    """Every crossing of shells around half filling: exactly on it, one ulp below, one ulp above."""
    temperatures = list(temperatures)
    for momentum in momenta:
        pairs = 2 * momentum + 1
        for electrons in sorted({2, pairs - 1, pairs, pairs + 1, 2 * pairs - 2} & set(range(2 * pairs + 1))):
            system = System.single_shell(Shell.orbital(momentum), electrons, gap_scale=1.0)
            for crossing in system.crossing_fields():
                for field in (crossing, np.nextafter(crossing, 0.0), np.nextafter(crossing, 9.0)):
                    for temperature in temperatures:
                        yield system, Point(temperature, float(field))


def next_to_zero_field(momenta: Iterable[int]) -> Iterator[Case]:
    """⟨m⟩ as x → 0, where a table from the top alone loses half its digits."""
    for momentum in momenta:
        system = System.single_shell(Shell.orbital(momentum), 2 * momentum + 1, gap_scale=1.0)
        for temperature in (5e-5, 0.5, 5e3):
            for x in (0.0, 1e-300, 1e-15, 1e-9, 1e-5, 1e-2):
                yield system, Point(temperature, x * temperature)


def test_averages_are_right_to_twelve_digits_on_random_points() -> None:
    assert above(draw(350, seed=1998)) == []


def test_averages_are_right_to_twelve_digits_exactly_on_crossings_and_one_ulp_off() -> None:
    assert above(on_crossings([1, 3, 5], [5e-5, 5e-3])) == []


def test_averages_are_right_to_twelve_digits_as_the_field_goes_to_zero() -> None:
    assert above(next_to_zero_field([0, 3, 11])) == []


def test_averages_of_a_large_shell_are_right_to_twelve_digits() -> None:
    system = System.single_shell(Shell.orbital(500), 1000, gap_scale=1.0)
    assert above((system, Point(t, w)) for t, w in [(0.5, 3 / 1001), (5e3, 0.1), (50.0, 0.0)]) == []


def test_empty_and_full_shells_have_exact_zeros() -> None:
    for electrons in (0, 14):
        system = System.single_shell(Shell.orbital(3), electrons, gap_scale=1.0)
        ours = Canonical(system).averages([1e-4, 0.3, 1e4], 0.2)
        for name in ("moment", "susceptibility", "heat_capacity", "entropy"):
            assert (getattr(ours, name) == 0.0).all()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_averages_are_right_to_twelve_digits_on_many_random_points(seed: int) -> None:
    assert above(draw(1000, seed)) == []


@pytest.mark.long
def test_averages_are_right_to_twelve_digits_on_every_crossing() -> None:
    assert above(on_crossings([1, 2, 3, 5, 8, 11, 25, 50], [5e-5, 5e-4, 5e-2])) == []


@pytest.mark.long
def test_averages_are_right_to_twelve_digits_as_the_field_goes_to_zero_in_all_shells() -> None:
    assert above(next_to_zero_field(range(0, 51, 5))) == []


@pytest.mark.long
@pytest.mark.parametrize("shell", [Shell.orbital(500), Shell.hemisphere(1001), Shell.spin(1001)], ids=str)
def test_averages_of_large_shells_are_right_to_twelve_digits(shell: Shell) -> None:
    cases = []
    for electrons in (501, 1000, 1001, 1400):
        system = System.single_shell(shell, electrons, gap_scale=1.0)
        cases += [(system, Point(t, w)) for t in (0.5, 50.0, 5e3) for w in (0.0, 1e-6, 1e-3, 3 / 1001)]
        cases += [(system, Point(0.01, 3 / 1001))]
    assert above(cases) == []
