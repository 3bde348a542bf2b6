"""The picket fence: doubly degenerate levels at equal distances d = 1, spins only."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

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


def temperatures(points: int) -> Array:
    """T/d."""
    return np.linspace(0.0, HOTTEST, points)


class Followed(NamedTuple):
    """One fence: Δ_conn in units of d."""

    scale: float
    """Without field at T = 0."""
    critical_field: float
    cold: Array
    """At T = 0, up to 1.5 critical fields."""
    warm: Array
    """At 1.1 critical fields against T."""
    free: Array
    """Without field against T."""


@cache
def followed(levels: int, coupling: float, parity: str, fields: int, points: int) -> Followed:
    """Everything that is asked of one fence, so that it is solved once: 14 levels take some seconds."""
    critical, heat = critical_field(levels, coupling, parity), temperatures(points)
    one = (levels, coupling, parity)
    return Followed(
        scale=float(gap(*one, 0.0, 0.0)),
        critical_field=critical,
        cold=gap(*one, 0.0, np.linspace(0.0, 1.5, fields) * critical),
        warm=gap(*one, heat, ABOVE * critical),
        free=gap(*one, heat, 0.0),
    )
