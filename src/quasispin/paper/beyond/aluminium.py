"""A hard-wall sphere of aluminium in real units, shell by shell."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.errors import UndefinedError
from quasispin.paper import metal
from quasispin.system.cluster import Cluster
from quasispin.system.geometry import HardWallSphere
from quasispin.system.materials import Material
from quasispin.units import tesla

GAP = 0.35
"""Δ₀ in meV: the middle of the paper's .3–.4."""
MUCH = 10.0
"""The single shell needs its neighbours this many Δ₀ away."""


class Sphere(NamedTuple):
    """What a radius makes of the last shell."""

    electrons: int
    pairs: int
    filling: int
    spacing: float
    """To the nearer of the next shells, over Δ₀."""
    critical_field: float
    """Of the last step at T = 0, in tesla; NaN where there is none."""


@cache
def sphere(radius: float) -> Sphere:
    """Radius in nm, Δ₀ = .35 meV in the last shell alone."""
    grain = Cluster(Material.named("Al"), HardWallSphere(radius))
    level = grain.fermi_level
    try:
        field = grain.system(GAP).critical_field / tesla
    except UndefinedError:
        field = np.nan
    return Sphere(grain.electrons, level.pairs, grain.filling, min(grain.spacing) / GAP, field)


def radii(points: int) -> Array:
    """From 1 to 5 nm."""
    return np.linspace(1.0, 5.0, points)


def printed_field(radius: float) -> float:
    """3Δ₀/M in tesla with the paper's M = 2l + 1, l = N^{1/3} − 1.4."""
    momentum = metal.paper_momentum(metal.electrons_in_sphere(radius))
    return metal.critical_tesla(2 * momentum + 1, GAP)
