"""A hard-wall sphere of aluminium in real units, shell by shell."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.errors import UndefinedError
from quasispin.paper import metal
from quasispin.system.cluster import Cluster
from quasispin.system.geometry import HardWallSphere, kinetic_scale, spherical_zeros
from quasispin.system.materials import Material
from quasispin.system.shell import Shell
from quasispin.system.system import System
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


class Sizes(NamedTuple):
    """The last shell of the hard-wall sphere of every number of electrons, all of shape (sizes,)."""

    electrons: npt.NDArray[np.int64]
    radius: Array
    """In nm, from the density of aluminium."""
    pairs: npt.NDArray[np.int64]
    spacing: Array
    """To the nearer of the next shells, over Δ₀."""
    critical_field: Array
    """Of the last step at T = 0, in tesla; NaN where there is none."""


@cache
def every_size() -> Sizes:
    """All N from R = 1 to 5 nm: a statistic over sizes that no choice of radii can change."""
    first, last = (round(metal.electrons_in_sphere(radius)) for radius in (1.0, 5.0))
    limit = (9 * math.pi / 4 * last) ** (1 / 3) + 6.0  # k_F R and some shells more
    zeros = sorted((z, l) for z, _, l in spherical_zeros(limit))
    square = np.array([z**2 for z, _ in zeros])
    momenta = np.array([l for _, l in zeros])
    full = np.cumsum(2 * (2 * momenta + 1))  # electrons with all shells up to this one
    electrons = np.arange(first, last + 1)
    shell = np.searchsorted(full, electrons)
    radius = np.array([metal.radius_of(float(n)) for n in electrons])
    distance = np.minimum(square[shell] - square[shell - 1], square[shell + 1] - square[shell])
    pairs = 2 * momenta[shell] + 1
    filling = electrons - full[shell - 1]
    broken = np.minimum(filling, 2 * pairs - filling)
    fields = np.array([last_step(int(m), int(n)) for m, n in zip(pairs, broken, strict=True)])
    spacing = kinetic_scale() * distance / radius**2 / GAP
    return Sizes(electrons, radius, pairs, spacing, fields * GAP / tesla)


@cache
def last_step(pairs: int, electrons: int) -> float:
    """The last step of an orbital shell in units of Δ₀, NaN where no pair breaks."""
    try:
        return float(System.single_shell(Shell.orbital(pairs // 2), electrons, gap_scale=1.0).critical_field)
    except UndefinedError:
        return math.nan


def splitting_of_real_sphere(radius: float, deformation: float) -> float:
    """δ/G of the last shell if the wall is R(1 + aP₂), a = `deformation`, Δ₀ = .35 meV in the shell alone.

    To first order ΔE_lλ = −2aE⟨lλ|P₂|lλ⟩ (the wall moves by aRP₂ and E ∝ R⁻²), with
    ⟨lλ|P₂|lλ⟩ = [l(l+1) − 3λ²]/[(2l−1)(2l+3)], so that δ = 2aE·l(l+1)/[(2l−1)(2l+3)] ≈ ½aE.
    """
    level = Cluster(Material.named("Al"), HardWallSphere(radius)).fermi_level
    l = level.momentum
    splitting = 2 * deformation * level.energy * l * (l + 1) / ((2 * l - 1) * (2 * l + 3))
    return float(splitting / (2 * GAP / level.pairs))


def radii(points: int) -> Array:
    """From 1 to 5 nm."""
    return np.linspace(1.0, 5.0, points)


def printed_field(radius: float) -> float:
    """3Δ₀/M in tesla with the paper's M = 2l + 1, l = N^{1/3} − 1.4."""
    momentum = metal.paper_momentum(metal.electrons_in_sphere(radius))
    return metal.critical_tesla(2 * momentum + 1, GAP)
