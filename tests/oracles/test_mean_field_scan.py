"""The BCS scan against numbers known to many digits and against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quasispin.errors import InputError
from quasispin.oracles import mean_field_scan as bcs
from quasispin.oracles import strategies as quasi

SHELL = quasi.orbital_moments(5)
G = 2 / 11


@pytest.mark.parametrize(
    ("electrons", "temperature", "field", "gap"),
    [
        (11, 0.25, 0.0, 0.957504024077),
        (11, 0.495, 0.0, 0.172511069975),
        (11, 0.4, 1 / 11, 0.530878302233),
        (11, 0.01, 0.17, 0.908839904),
        (11, 0.01, 0.2, 0.09089188956),
        (10, 0.01, 0.0, 0.995859195464),
        (10, 0.4, 1 / 11, 0.523036622974),
        (10, 0.01, 0.17, 0.9042817638),
        (10, 0.01, 0.2, 0.0),
        # the end point E = |ξ| of the scalar equation, no state, lies below this minimum
        (3, 0.008891, 0.19, 0.3742),
    ],
)
def test_gap_hits_the_known_number(electrons: int, temperature: float, field: float, gap: float) -> None:
    found = bcs.minimum(SHELL, electrons, G, temperature, field, grid=300).gap
    digits = len(str(gap).partition(".")[2])
    assert found == pytest.approx(gap, abs=0.6 * 10**-digits if gap else 0.0)


@pytest.mark.parametrize("temperature", [0.1, 0.3, 0.45])
def test_half_filling_without_field_obeys_the_tanh_equation(temperature: float) -> None:
    gap = bcs.minimum([1.0] * 6, 6, 1 / 3, temperature, 0.0, grid=100).gap
    assert gap == pytest.approx(math.tanh(gap / (2 * temperature)), rel=1e-12)


@pytest.mark.parametrize("electrons", [3, 6, 7, 12])
def test_gap_vanishes_at_the_critical_temperature_of_this_filling(electrons: int) -> None:
    pairs, g = 7, 2 / 7
    distance = abs(pairs - electrons)
    moments = quasi.orbital_moments(3)
    critical = distance * g / (4 * math.atanh(distance / pairs)) if distance else 0.5
    assert bcs.minimum(moments, electrons, g, 0.999 * critical, 0.0, grid=100).gap > 0.01
    assert bcs.minimum(moments, electrons, g, 1.001 * critical, 0.0, grid=100).gap == 0.0


def test_paired_state_has_the_reduced_free_energy_and_potential() -> None:
    electrons, temperature, field = 8, 0.3, 0.1
    found = bcs.minimum(SHELL, electrons, G, temperature, field, energy=0.7, grid=100)
    xi = (11 - electrons) * G / 2
    energy = math.hypot(xi, found.gap)
    convex = temperature * sum(
        math.log(2 * math.cosh(energy / temperature) + 2 * math.cosh(field * m / temperature)) for m in SHELL
    )
    reduced = G * (11 - electrons) ** 2 / 4 + energy**2 / G - convex
    assert found.chemical_potential == pytest.approx(0.7 - xi, abs=1e-12)
    assert found.free_energy == pytest.approx(reduced + 0.7 * electrons, rel=1e-13)


def test_the_potential_is_a_maximum_of_omega_and_the_gap_a_minimum() -> None:
    found = bcs.minimum(SHELL, 9, G, 0.2, 0.12, grid=300)
    shifts = np.linspace(-0.5, 0.5, 41)
    above = bcs.grand_potential(SHELL, G, 0.2, 0.12, found.gap, found.chemical_potential + shifts)
    assert np.all(above + 9 * (found.chemical_potential + shifts) <= found.free_energy + 1e-13)
    elsewhere = bcs.free_energy(SHELL, 9, G, 0.2, 0.12, np.linspace(0.0, 1.2, 77))
    assert np.all(elsewhere >= found.free_energy - 1e-13)


def test_normal_state_is_free_electrons() -> None:
    found = bcs.minimum(SHELL, 5, -0.3, 0.2, 0.25)
    mu = found.chemical_potential
    filled = sum(1 / (1 + math.exp((-s * 0.25 * m - mu) / 0.2)) for m in SHELL for s in (1, -1))
    assert found.gap == 0.0
    assert filled == pytest.approx(5, rel=1e-12)


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(InputError, match="`temperature` must be positive"):
        bcs.minimum([1.0], 1, 1.0, 0.0, 0.0)
    with pytest.raises(InputError, match=r"`electrons` must lie inside \(0, 2\)"):
        bcs.minimum([1.0], 2, 1.0, 1.0, 0.0)
