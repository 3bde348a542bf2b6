"""The staircase at T = 0 of a shell that is split along the field: exact lines, no grid of fields."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.paper.claims_scales import envelope
from quasispin.spectrum.sectors import sectors
from quasispin.system.splitting import spheroidal_levels
from quasispin.system.staircase import top_moments
from quasispin.system.system import System

TIE = 1e-9
"""Energies closer than this, in Δ₀, are equal."""


class AxialStep(NamedTuple):
    """One step of the moment at T = 0."""

    field: float
    """ω, in the unit of the coupling."""
    moment: float
    """Δm in μ_B."""
    spin: float
    """Δ⟨2S_z⟩, the part of Δm that comes from spins, in μ_B."""


@cache
def spheroid(pairs: int, splitting: float) -> System:
    """M = `pairs`, N = M − 1, Δ₀ = 1, split by δ = `splitting`·G; the degenerate shell for δ = 0."""
    coupling, momentum = 2 / pairs, (pairs - 1) // 2
    return System(spheroidal_levels(momentum, splitting * coupling), pairs - 1, coupling)


@cache
def axial_steps(pairs: int, splitting: float) -> tuple[AxialStep, ...]:
    """The steps of `spheroid(pairs, splitting)`, from the lowest line E − ωm for each moment.

    Every seniority tuple gives one line: its lowest eigenvalue and its top moment. Of states with equal
    moment and energy the mean spin is taken, as T → 0 does.
    """
    moments, energies, spins = _lines(spheroid(pairs, splitting))
    hull = envelope(moments, energies)
    return tuple(
        AxialStep(
            float((energies[b] - energies[a]) / (moments[b] - moments[a])),
            float(moments[b] - moments[a]),
            float(spins[b] - spins[a]),
        )
        for a, b in pairwise(hull)
    )


def turns_spins(steps: Sequence[AxialStep]) -> bool:
    """Whether a spin turns at a step other than the first, which in a sphere is the only one that does so."""
    return any(step.spin > TIE for step in steps[1:])


def first_spin_flip(pairs: int, sign: float, highest: float = 10.0, points: int = 41) -> float:
    """Smallest |δ|/G with a spin flip beyond the first step, to 10⁻³; ∞ if there is none up to `highest`."""
    ladder = np.linspace(0.0, highest, points)
    met = next((i for i, d in enumerate(ladder) if turns_spins(axial_steps(pairs, sign * float(d)))), None)
    if met is None or met == 0:
        return np.inf if met is None else 0.0
    low, high = float(ladder[met - 1]), float(ladder[met])
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (low, middle) if turns_spins(axial_steps(pairs, sign * middle)) else (middle, high)
    return high


def _lines(system: System) -> tuple[Array, Array, Array]:
    """For each top moment, rising: the lowest energy and 2S_z, shape (moments,)."""
    (solved,) = sectors(system, [system.electrons])
    energy = np.minimum.reduceat(solved.energy, solved.first)
    tops = [np.array([float(m) for m in top_moments(shell.moments)]) for shell in system.shells]
    moment = np.sum([top[solved.seniorities[:, s]] for s, top in enumerate(tops)], axis=0)
    values = np.unique(moment)
    lowest = np.array([energy[moment == m].min() for m in values])
    spin, states = _top_spin(solved.seniorities)
    turned = [
        np.average(spin[tied], weights=states[tied])
        for tied in ((moment == m) & (energy < e + TIE) for m, e in zip(values, lowest, strict=True))
    ]
    return values, lowest, np.array(turned)


def _top_spin(seniorities: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Mean 2S_z of the states with the top moment, and how many there are, for tuples {ν_λ}, λ = 0 … l.

    One unpaired electron of a level |λ| has its spin up, two have opposite spins; but of |λ| = 1, where
    −λ↑ has no moment, two can be (λ↑, −λ↑) as well.
    """
    both = seniorities[:, 1] == 2
    return (seniorities == 1).sum(axis=1) + 1.0 * both, 1.0 + both
