"""Limits with a closed form, as theorems: `closed_forms` of `verification/published.json`.

Without pairing the engines sum over free electrons, so ladders can be built exactly from doubly degenerate
levels. Two constructions:

- *interleaved*: levels kd of one pair with moment 1, in the field ω = d/4, are ladders of spin up at
  kd − d/4 and of spin down at kd + d/4, together one spinless ladder of spacing d/2 from −d/4 on;
- *one shell*: the moments ½, 3/2, 5/2 … in the field ω = d put single electrons at ±d/2, ±3d/2 …, a spinless
  ladder of spacing d; with every moment twice a doubly degenerate one, half filled at N = M.

`critical_spacing` is held in `ensembles/test_mean_field_shells.py`, `mean_field_jump` in
`ensembles/test_mean_field.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

import quasispin as qs

SPACING = 0.6
Build = Callable[[int, int], tuple[qs.Canonical, float, float, float]]


def interleaved(levels: int, electrons: int) -> tuple[qs.Canonical, float, float, float]:
    """Ensemble and field of a spinless ladder, its spacing and its lowest level."""
    shells = [qs.Shell.spin(1, energy=2 * SPACING * k) for k in range(levels)]
    return qs.Canonical(qs.System(shells, electrons, 0.0)), SPACING / 2, SPACING, -SPACING / 2


def one_shell(levels: int, electrons: int) -> tuple[qs.Canonical, float, float, float]:
    """The same of 2·`levels` states in one shell."""
    shell = qs.Shell([k + 0.5 for k in range(levels)])
    return qs.Canonical(qs.System([shell], electrons, 0.0)), SPACING, SPACING, -(levels - 0.5) * SPACING


def ladder(states: int | None, electrons: int, beta: float) -> tuple[float, float, float]:
    """−ln Z_N, its first and minus its second derivative by β, for levels 0, 1, 2 … (all of them for None).

    Z_N = q^{N(N−1)/2} Π_{k≤N} (1 − q^{K−N+k})/(1 − q^k), q = e^{−β}; without the numerator for K → ∞.
    """
    lower = np.arange(1.0, electrons + 1)
    minus, first, second = electrons * (electrons - 1) / 2 * beta, electrons * (electrons - 1) / 2, 0.0
    parts = [(1.0, lower)]
    if states is not None:
        parts.append((-1.0, lower + states - electrons))
    for sign, k in parts:
        minus += sign * float(np.log(-np.expm1(-k * beta)).sum())
        first += sign * float((k / np.expm1(k * beta)).sum())
        second += sign * float((k / (2 * np.sinh(k * beta / 2))) @ (k / (2 * np.sinh(k * beta / 2))))
    return minus, first, second


@pytest.mark.parametrize("electrons", [1, 4, 5, 7])
@pytest.mark.parametrize("ratio", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("build", [interleaved, one_shell])
def test_free_electrons_on_a_finite_ladder_have_a_gaussian_binomial(
    build: Build, electrons: int, ratio: float
) -> None:
    ensemble, field, spacing, bottom = build(8, electrons)
    heat = ratio * spacing
    minus, first, second = ladder(16, electrons, spacing / heat)
    found = ensemble.averages(heat, field)
    scale = electrons * 16 * spacing + heat
    assert float(found.free_energy) == pytest.approx(electrons * bottom + heat * minus, abs=1e-13 * scale)
    assert float(found.energy) == pytest.approx(electrons * bottom + spacing * first, abs=1e-13 * scale)
    assert float(found.heat_capacity) == pytest.approx((spacing / heat) ** 2 * second, rel=1e-11)


@pytest.mark.parametrize("electrons", [2, 5, 6])
@pytest.mark.parametrize("build", [interleaved, one_shell])
def test_a_long_ladder_of_spinless_fermions_has_the_partition_function_of_its_excitations(
    build: Build, electrons: int
) -> None:
    # what is missing of the infinite ladder is of the order of q^(K−N+1) = e^{−2(24−6+1)} at most
    ensemble, field, spacing, bottom = build(12, electrons)
    heat = spacing / 2
    minus, first, second = ladder(None, electrons, spacing / heat)
    found = ensemble.averages(heat, field)
    assert float(found.free_energy) == pytest.approx(electrons * bottom + heat * minus, rel=1e-13)
    assert float(found.energy) == pytest.approx(electrons * bottom + spacing * first, rel=1e-13)
    assert float(found.heat_capacity) == pytest.approx((spacing / heat) ** 2 * second, rel=1e-11)


def linear(ratio: float) -> float:
    """(2π²/3) T/d − ½."""
    return 2 * math.pi**2 / 3 * ratio - 0.5


def granularity(ratio: float) -> float:
    """What is left above the limit: Σ_s e^{−s²d/T} over whole spins has 2e^{−y} beside its integral."""
    y = math.pi**2 * ratio
    return 2 * y * (y - 2) * math.exp(-y)


@pytest.mark.parametrize("ratio", [1.5, 2.0, 3.0, 5.0])
def test_the_heat_of_a_half_filled_ladder_is_linear_less_one_half(ratio: float) -> None:
    half = 200  # doubly degenerate levels below and above the Fermi energy
    shell = qs.Shell([k + 0.5 for k in range(half) for _ in range(2)])
    ensemble = qs.Canonical(qs.System([shell], 2 * half, 0.0))
    found = float(ensemble.averages(ratio * SPACING, SPACING).heat_capacity)
    y = math.pi**2 * ratio
    assert found == pytest.approx(
        linear(ratio) + granularity(ratio), abs=40 * y**2 * math.exp(-2 * y) + 1e-10
    )
    if ratio >= 3:
        assert found == pytest.approx(linear(ratio), abs=1e-9)


@pytest.mark.parametrize("ratio", [0.6, 0.8, 1.0])
def test_many_shells_have_the_linear_heat_up_to_the_ends_of_the_ladder(ratio: float) -> None:
    levels = 12
    shells = [qs.Shell.spin(1, energy=SPACING * k) for k in range(levels)]
    found = float(qs.Canonical(qs.System(shells, levels, 0.0)).averages(ratio * SPACING).heat_capacity)
    # both spins have two factors 1/Π(1 − q^k) that end at k = L/2 in the mean; s further with e^{−s²d/T}
    k = np.arange(levels // 2 + 1, 200)
    missing = 4 * float(((k / ratio) ** 2 * np.exp(-k / ratio)).sum())
    assert abs(found - linear(ratio) - granularity(ratio)) < 1.5 * missing + 0.01
