"""Numbers read off curves: slopes, maxima, bumps, and where the mean field loses its gap."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.paper.clusters import TEMPERATURE_UNIT, cluster, field_unit
from quasispin.system.staircase import pair_number, seniorities
from quasispin.system.system import System

PROMINENCE = 1e-6
"""A maximum counts if it stands out from its valleys by this part of the highest value."""

BUMP_FLOOR = 0.02
"""Bumps are counted where the curve exceeds this part of its highest value."""


def gap(averages: Averages) -> Array:
    """Δ_c of eq. (10), or Δ of the mean field."""
    return _root(averages.gap_squared)


def connected_gap(averages: Averages) -> Array:
    """Δ_conn: what is left of Δ_c without the pairs that are there by chance."""
    return _root(averages.connected_gap_squared)


def gap_slope(system: System, temperature: float, field: Array) -> Array:
    """−dΔ_c/dω, without differences of neighbouring points; shape (X,).

    Δ_c² = −G⟨E_ν⟩ and ∂⟨E_ν⟩/∂ω = β Cov(E_ν, m). The covariance follows from the responses, as
    Var U = Var E_ν − 2ω Cov(E_ν, m) + ω² Var m with Var U = T²C and Var m = Tχ.
    """
    values = Canonical(system).averages(temperature, field)
    spread = pair_energy_variance(system, values)
    twice = spread + field**2 * temperature * values.susceptibility - temperature**2 * values.heat_capacity
    width = gap(values)
    slope = np.zeros_like(field)
    alive = (field != 0) & (width > 0)
    covariance = twice[alive] / (2 * field[alive])
    slope[alive] = system.coupling_matrix[0, 0] * covariance / (2 * temperature * width[alive])
    return slope


def fine_fields(pairs: int, temperature: float, low: float = 0.2, high: float = 1.6) -> Array:
    """Fields around the steps, in units of ω_c, eight points on the narrowest thermal width T/M."""
    width = temperature / pairs / field_unit(pairs)
    return np.linspace(low, high, int(8 * (high - low) / width) + 200)


def maxima(values: Array) -> list[int]:
    """Places of the interior maxima that stand out by `PROMINENCE`."""
    found, _ = find_peaks(values, prominence=PROMINENCE * float(np.max(values)))
    return [int(i) for i in found]


def valleys(values: Array) -> list[float]:
    """Between each two neighbouring maxima, the lowest value over the lower maximum."""
    tops = maxima(values)
    return [float(values[a : b + 1].min() / min(values[a], values[b])) for a, b in pairwise(tops)]


def bumps(values: Array) -> list[int]:
    """Centres of the concave stretches: every maximum has one, and so has every shoulder."""
    curvature = np.diff(values, 2)
    concave = (curvature < 0) & (values[1:-1] > BUMP_FLOOR * values.max())
    edges = np.flatnonzero(np.diff(np.concatenate(([False], concave, [False])).astype(int)))
    return [int(a + b + 1) // 2 for a, b in zip(edges[::2], edges[1::2], strict=True)]


def full_width(field: Array, values: Array) -> float:
    """Width of the stretch around the highest value on which at least half of it is reached."""
    top = int(np.argmax(values))
    below = np.flatnonzero(values < values[top] / 2)
    left = below[below < top].max(initial=0)
    right = below[below > top].min(initial=len(values) - 1)
    return float(field[right] - field[left])


def highest(
    condition: Callable[[float], bool], low: float = 0.006, high: float = 0.6, points: int = 24
) -> float:
    """Highest temperature, in units of T₀, at which `condition` is met; 0 if it is met nowhere."""
    ladder = np.geomspace(low, high, points)
    met = [i for i, t in enumerate(ladder) if condition(float(t))]
    if not met:
        return 0.0
    if met[-1] == points - 1:
        return high
    below, above = float(ladder[met[-1]]), float(ladder[met[-1] + 1])
    for _ in range(9):
        middle = (below + above) / 2
        below, above = (middle, above) if condition(middle) else (below, middle)
    return below


@cache
def slope_curve(pairs: int, temperature: float, parity: str = "even") -> tuple[Array, Array]:
    """Fields in ω_c and −dΔ_c/dω at T = `temperature`·T₀, fine against T."""
    kelvin = temperature * TEMPERATURE_UNIT
    field = fine_fields(pairs, kelvin)
    return field, gap_slope(cluster(pairs, parity), kelvin, field * field_unit(pairs))


@cache
def susceptibility_curve(pairs: int, temperature: float, parity: str = "even") -> tuple[Array, Array]:
    """Fields in ω_c and χ at T = `temperature`·T₀, fine against T, from zero field on."""
    kelvin = temperature * TEMPERATURE_UNIT
    field = fine_fields(pairs, kelvin, low=0.0, high=2.0)
    values = Canonical(cluster(pairs, parity)).averages(kelvin, field * field_unit(pairs))
    return field, values.susceptibility


@cache
def heat_curve(pairs: int, temperature: float, parity: str = "even") -> tuple[Array, Array]:
    """Fields in ω_c and C at T = `temperature`·T₀, fine against T, from zero field on."""
    kelvin = temperature * TEMPERATURE_UNIT
    field = fine_fields(pairs, kelvin, low=0.0, high=2.0)
    return field, Canonical(cluster(pairs, parity)).averages(kelvin, field * field_unit(pairs)).heat_capacity


@cache
def steps_survive_to(pairs: int, parity: str = "even") -> float:
    """Highest T/T₀ at which −dΔ_c/dω still has two maxima."""
    return highest(lambda t: len(maxima(slope_curve(pairs, t, parity)[1])) >= 2)


def mean_field_edge(system: System, temperature: float, high: float, threshold: float = 1e-3) -> float:
    """Lowest field above which the BCS gap stays below `threshold`·Δ₀, searched in [0, high]."""
    limit = threshold * system.gap_scale
    return _edge(lambda field: gap(MeanField(system).averages(temperature, field)) > limit, high)


def mean_field_melting(system: System, field: float, high: float, threshold: float = 1e-3) -> float:
    """Lowest temperature above which the BCS gap stays below `threshold`·Δ₀, searched in (0, high]."""
    limit = threshold * system.gap_scale
    return _edge(lambda heat: gap(MeanField(system).averages(heat, field)) > limit, high)


def mean_field_peaks(system: System, temperature: float, field: Array, rounds: int = 24) -> Array:
    """Fields between those given where the BCS susceptibility is highest: no peak is cut by the grid.

    Around the six highest points known so far the intervals are halved, `rounds` times.
    """
    ensemble = MeanField(system)
    known = np.unique(field)
    chi = ensemble.averages(temperature, known).susceptibility
    for _ in range(rounds):
        top = np.argsort(chi)[-6:]
        pairs = np.unique(np.concatenate([top, top - 1]).clip(0, known.size - 2))
        new = (known[pairs] + known[pairs + 1]) / 2
        order = np.argsort(np.concatenate([known, new]), kind="stable")
        chi = np.concatenate([chi, ensemble.averages(temperature, new).susceptibility])[order]
        known = np.concatenate([known, new])[order]
    return np.setdiff1d(known, field)


def _edge(paired: Callable[[Array], npt.NDArray[np.bool_]], high: float) -> float:
    low = 0.0
    for _ in range(7):
        grid = np.linspace(low, high, 33)
        alive = np.flatnonzero(paired(grid))
        if not alive.size:
            return low
        if alive[-1] == 32:
            return high
        low, high = float(grid[alive[-1]]), float(grid[alive[-1] + 1])
    return (low + high) / 2


def pair_energy_variance(system: System, values: Averages) -> Array:
    """Var E_ν; over G² it is the variance of A⁺A, the square of the order parameter."""
    assert values.seniority_distribution is not None
    pairs, electrons = system.pair_degeneracy, system.electrons
    energy = np.zeros(pairs + 1)
    for nu in seniorities(pairs, electrons):
        energy[nu] = -system.coupling_matrix[0, 0] * pair_number(pairs, electrons, nu)
    distance = energy - values.pair_energy[..., None]
    return np.asarray((values.seniority_distribution * distance**2).sum(axis=-1))


def _root(squared: Array | None) -> Array:
    assert squared is not None
    return np.sqrt(np.maximum(squared, 0.0))
