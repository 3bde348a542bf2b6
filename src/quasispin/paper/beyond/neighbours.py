"""One shell against three: l = 2, Δe apart, the middle one as full as the paper's; Δ₀ = 1."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.integrate import trapezoid
from scipy.optimize import brentq

from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.paper import measures
from quasispin.spectrum.sectors import sectors
from quasispin.system.shell import Shell
from quasispin.system.system import System

MOMENTUM, PAIRS, ELECTRONS = 2, 5, 4
"""The middle shell: M = 5, N = M − 1; the one below is full, the one above empty."""
UNIT = 3 / PAIRS
"""ω_c = 3Δ₀/M of the middle shell alone."""
HEAT = 0.1
"""T of χ and C: .2T₀."""
HIGHEST = 1.5
"""Fields up to this many ω_c."""

SAME, SAME_GAP, SAME_BREAKING = COUPLINGS = ("same G", "same gap", "same pair breaking")
"""G = 2Δ₀/M of the middle shell alone; or renormalised, so that all three together have its Δ_conn at T = 0
and ω = 0; or so that breaking a pair of the middle shell costs the same, GM of the single shell."""
QUANTITIES = ("connected_gap", "susceptibility", "heat_capacity")


class Curves(NamedTuple):
    """Against the field: Δ_conn at T = 0, χ and C at .2T₀."""

    connected_gap: Array
    susceptibility: Array
    heat_capacity: Array


def fields(points: int) -> Array:
    """ω from 0 to 1.5ω_c of the middle shell."""
    return np.linspace(0.0, HIGHEST * UNIT, points)


@cache
def alone() -> System:
    """The middle shell."""
    return System.single_shell(Shell.orbital(MOMENTUM), ELECTRONS, gap_scale=1.0)


def three(distance: float, coupling: float) -> System:
    """Three shells, `distance` apart."""
    shells = [Shell.orbital(MOMENTUM, energy) for energy in (-distance, 0.0, distance)]
    return System(shells, ELECTRONS + 2 * PAIRS, coupling)


@cache
def coupling(distance: float, kind: str) -> float:
    """G of three shells, see `COUPLINGS`; smaller when renormalised, as the other shells pair too."""
    bare = 2.0 / PAIRS
    if kind == SAME:
        return bare
    measure = _gap if kind == SAME_GAP else _pair_breaking
    wanted = measure(alone())
    return float(brentq(lambda g: measure(three(distance, g)) - wanted, 0.02 * bare, bare, xtol=1e-9))


@cache
def curves(distance: float | None, kind: str, points: int) -> Curves:
    """Of three shells, or of the middle one alone if `distance` is None."""
    system = alone() if distance is None else three(distance, coupling(distance, kind))
    field, ensemble = fields(points), Canonical(system)
    hot: Averages = ensemble.averages(HEAT, field)
    return Curves(
        measures.connected_gap(ensemble.averages(0.0, field)), hot.susceptibility, hot.heat_capacity
    )


def distances(points: int) -> Array:
    """Δe/Δ₀ from 1 to 300."""
    return np.geomspace(1.0, 300.0, points)


@cache
def deviations(distance: float, kind: str, points: int = 301) -> dict[str, float]:
    """∫|three − one| dω / ∫ one dω from 0 to 1.5ω_c, for each of `QUANTITIES`."""
    field, many, one = fields(points), curves(distance, kind, points), curves(None, "", points)
    return {
        name: float(trapezoid(np.abs(a - b), field) / trapezoid(b, field))
        for name, a, b in zip(QUANTITIES, many, one, strict=True)
    }


def enough_from(kind: str, quantity: str, tolerance: float, points: int) -> float:
    """Smallest Δe/Δ₀ from which on the deviation of one of `QUANTITIES` stays below `tolerance`.

    On `distances`, then to 2 %; ∞ if it does not even at the largest.
    """

    def fails(distance: float) -> bool:
        return deviations(distance, kind)[quantity] >= tolerance

    ladder = [float(d) for d in distances(points)]
    failing = [i for i, d in enumerate(ladder) if fails(d)]
    if not failing or failing[-1] == len(ladder) - 1:
        return np.inf if failing else ladder[0]
    low, high = ladder[failing[-1]], ladder[failing[-1] + 1]
    while high / low > 1.02:
        middle = (low * high) ** 0.5
        low, high = (middle, high) if fails(middle) else (low, middle)
    return high


def _gap(system: System) -> float:
    return float(measures.connected_gap(Canonical(system).averages(0.0, 0.0)))


def _pair_breaking(system: System) -> float:
    """Energy of the lowest state with two unpaired electrons in the middle shell above the ground state."""
    if system.is_single_shell:
        return 2.0 * system.gap_scale  # GM, eq. (4)
    (solved,) = sectors(system, [system.electrons])
    lowest = np.minimum.reduceat(solved.energy, solved.first)
    paired, broken = (lowest[(solved.seniorities == wanted).all(axis=1)] for wanted in ((0, 0, 0), (0, 2, 0)))
    return float(broken[0] - paired[0])
