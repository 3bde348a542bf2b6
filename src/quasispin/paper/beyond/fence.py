"""The picket fence: doubly degenerate levels at equal distances d = 1, spins only."""

from __future__ import annotations

from functools import cache

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.canonical import Canonical
from quasispin.paper import measures
from quasispin.system.shell import Shell
from quasispin.system.system import System

COUPLINGS = (0.3, 0.5, 1.0)
"""G/d from weak (a BCS gap below d) to strong."""
PARITIES = {"even": 0, "odd": 1}
"""N is the number of levels less this."""
REMNANT = 0.1
"""The critical field is where Δ_conn at T = 0 falls below this part of what it is without field."""
ABOVE = 1.1
"""Where, in critical fields, the pairing is followed against T."""
HOTTEST = 6.0
"""T up to this many d."""


@cache
def fence(levels: int, coupling: float, parity: str) -> Canonical:
    """As many levels, about as many electrons."""
    rungs = [Shell.spin(1, energy=i - (levels - 1) / 2) for i in range(levels)]
    return Canonical(System(rungs, levels - PARITIES[parity], coupling))


def gap(levels: int, coupling: float, parity: str, temperature: Array | float, field: Array | float) -> Array:
    """Δ_conn in units of d."""
    return measures.connected_gap(fence(levels, coupling, parity).averages(temperature, field))


@cache
def critical_field(levels: int, coupling: float, parity: str) -> float:
    """Lowest ω/d above which Δ_conn(T = 0) stays below a tenth of Δ_conn(T = 0, ω = 0), to 10⁻⁵."""
    limit = REMNANT * float(gap(levels, coupling, parity, 0.0, 0.0))
    low, high = 0.0, 2.0 * levels
    for _ in range(4):
        grid = np.linspace(low, high, 65)
        last = int(np.flatnonzero(gap(levels, coupling, parity, 0.0, grid) > limit)[-1])
        low, high = float(grid[last]), float(grid[last + 1])
    return high


def above(levels: int, coupling: float, parity: str, temperatures: int) -> tuple[Array, Array]:
    """T/d and Δ_conn/d at 1.1 critical fields."""
    heat = np.linspace(0.0, HOTTEST, temperatures)
    return heat, gap(levels, coupling, parity, heat, ABOVE * critical_field(levels, coupling, parity))
