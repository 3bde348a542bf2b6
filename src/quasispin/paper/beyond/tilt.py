"""A shell whose axis is not that of the field: the parts of its moment, and how round its steps are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.integrate import trapezoid

from quasispin.ensembles.averages import Array
from quasispin.ensembles.tilted import TIE, ExactDiagonalisation, average_over_directions
from quasispin.paper import measures
from quasispin.paper.beyond.axial import axial_steps
from quasispin.paper.beyond.crossings import Jump, jumps
from quasispin.paper.clusters import field_unit
from quasispin.parallel import cores, one_blas_thread
from quasispin.spectrum.diagonalisation import eigenstates
from quasispin.system.tilted_shell import TiltedShell

MOMENTUM = 2
"""l of the shell: M = 5, all 210 states of four electrons in 10 ms."""
DIRECTIONS = 8
"""Angles of the average over directions, Gauss and Legendre in cos θ."""
ANGLES = {"0°": 0.0, "45°": math.pi / 4, "90°": math.pi / 2}
FINE_DIRECTIONS = 32
"""The same for ⟨L_z⟩ of M = 5: four digits of the average stand still from here on."""
AVERAGE = "average"
THREE_ANGLES = {"0°": 1 / 15, "45°": 8 / 15, "90°": 6 / 15}
"""Weights of a mean over directions that is exact for polynomials in cos²θ up to the second."""
COMPLETE = 3
"""Shells of l up to this are diagonalised completely (M = 7), of larger ones the lowest states are found."""
CLOSER = 5
"""So many times the neighbourhood of a maximum is cut in six."""
ROUNDING = 1e-12
"""Smaller values of χ are rounding of the eigenvectors."""


def tilted(
    splitting: float,
    angle: float,
    electrons: int = 4,
    spin_orbit: float = 0.0,
    *,
    orbital: int = MOMENTUM,
) -> TiltedShell:
    """Δ₀ = 1, δ and ζ in units of G."""
    coupling = 2 / (2 * orbital + 1)
    return TiltedShell(
        orbital,
        electrons,
        coupling,
        deformation=splitting * coupling,
        spin_orbit=spin_orbit * coupling,
        angle=angle,
    )


def parts_of_moment(
    shell: TiltedShell, temperature: float, field: float, states: int | None = None
) -> tuple[float, float]:
    """⟨L_z⟩ and ⟨2S_z⟩ of a shell without spin–orbit coupling, where every block has its own S_z.

    From all states, or from the lowest of every block, which is enough at T = 0: there the ground multiplet's
    average, of levels that are nearer than `TIE` times the largest energy.
    """
    found = [
        (part.energy + add, part.moment + turned, part.block.flip * (-1.0 if turned else 1.0))
        for part in eigenstates(shell, field, states)
        for add, turned in part.copies
    ]
    ground = min(float(energy.min()) for energy, _, _ in found)
    tie = TIE * max(float(np.abs(energy).max()) for energy, _, _ in found)
    weights = [_weights(energy - ground, temperature, tie) for energy, _, _ in found]
    total = sum(float(weight.sum()) for weight in weights)
    cells = list(zip(weights, found, strict=True))
    moment = sum(float(weight @ m) for weight, (_, m, _) in cells) / total
    spin = sum(float(weight.sum()) * s for weight, (_, _, s) in cells) / total
    return moment - spin, spin


def _weights(above: Array, temperature: float, tie: float) -> Array:
    """Boltzmann weights of states so far above the lowest; equal weights of the lowest level at T = 0."""
    return (above <= tie).astype(np.float64) if temperature == 0.0 else np.exp(-above / temperature)


@cache
def orbital_moment(splitting: float, direction: str, temperature: float, field: float) -> float:
    """⟨L_z⟩ at one of `ANGLES` or averaged over all directions; δ in G."""
    if direction != AVERAGE:
        return parts_of_moment(tilted(splitting, ANGLES[direction]), temperature, field)[0]
    node, weight = np.polynomial.legendre.leggauss(FINE_DIRECTIONS)
    angles = np.arccos((node + 1) / 2)
    values = [parts_of_moment(tilted(splitting, float(a)), temperature, field)[0] for a in angles]
    return float(weight / 2 @ values)


def surviving_share(splitting: float, direction: str, temperature: float, field: float) -> float:
    """⟨L_z⟩ over that of the undeformed shell."""
    sphere = orbital_moment(0.0, "0°", temperature, field)
    return orbital_moment(splitting, direction, temperature, field) / sphere


def ground_orbital_moment(orbital: int, splitting: float, direction: str) -> float:
    """⟨L_z⟩ at T = 0 and 2ω_c of N = M − 1 electrons at one of `ANGLES`; δ in G.

    Along the field, where it commutes, from the exact steps; else from the spectrum, all of it up to M = 7
    and the lowest level of every block beyond.
    """
    pairs = 2 * orbital + 1
    field = 2 * field_unit(pairs)
    if direction == "0°" or splitting == 0.0:
        passed = [step for step in axial_steps(pairs, splitting) if step.field < field]
        return sum(step.moment - step.spin for step in passed)
    shell = tilted(splitting, ANGLES[direction], pairs - 1, orbital=orbital)
    return parts_of_moment(shell, 0.0, field, None if orbital <= COMPLETE else 1)[0]


def axial_share(orbital: int, splittings: Array) -> Array:
    """⟨L_z⟩ over that of the sphere at T = 0 and 2ω_c along the field, from the exact steps; δ in G."""
    sphere = ground_orbital_moment(orbital, 0.0, "0°")
    return np.array([ground_orbital_moment(orbital, float(d), "0°") / sphere for d in splittings])


@cache
def ground_shares(orbital: int, splittings: Sequence[float]) -> dict[str, Array]:
    """⟨L_z⟩ over that of the sphere at T = 0 and 2ω_c against δ/G, for `ANGLES` and their average."""
    sphere = ground_orbital_moment(orbital, 0.0, "0°")
    places = [(name, splitting) for name in ANGLES for splitting in splittings]
    with one_blas_thread(), ThreadPoolExecutor(cores()) as threads:
        found = list(threads.map(lambda place: ground_orbital_moment(orbital, place[1], place[0]), places))
    rows = dict(zip(ANGLES, np.reshape(found, (len(ANGLES), -1)) / sphere, strict=True))
    mean = sum(weight * rows[name] for name, weight in THREE_ANGLES.items())
    return {**rows, AVERAGE: np.asarray(mean)}


def smooth_share(field: Array, moment: Array, susceptibility: Array) -> float:
    """∫χ dω over the growth of the moment at T = 0: 0 for a staircase, 1 where nothing jumps.

    On a crossing, where χ is infinite, the jump is no part of it; nor is what is rounding of eigenvectors.
    """
    growth = float(moment[-1] - moment[0])
    rounding = ROUNDING * growth / float(field[-1] - field[0])
    is_regular = np.isfinite(susceptibility) & (np.abs(susceptibility) > rounding)
    return float(trapezoid(np.where(is_regular, susceptibility, 0.0), field) / growth)


class Curve(NamedTuple):
    """One shell against the field."""

    field: Array
    moment: Array
    """At T = 0, as all that follows but the last two."""
    susceptibility: Array
    """Between the steps van Vleck's term and nothing else; infinite on a step."""
    connected_gap: Array
    warm_susceptibility: Array
    warm_heat_capacity: Array
    jumps: tuple[Jump, ...]
    """Where levels cross."""


def followed(shell: TiltedShell, fields: int, warm: float, highest: float) -> Curve:
    """Every quantity from one diagonalisation for each field, and the jumps between them."""
    field, ensemble = np.linspace(0.0, highest, fields), ExactDiagonalisation(shell)
    both = ensemble.averages(np.array([[0.0], [warm]]), field)
    cold_gap = measures.connected_gap(both)[0]
    chi, heat = both.susceptibility, both.heat_capacity
    crossings = jumps(ensemble, field, both.moment[0], chi[0])
    return Curve(field, both.moment[0], chi[0], cold_gap, chi[1], heat[1], crossings)


@cache
def curve(splitting: float, angle: float, fields: int, highest: float, warm: float) -> Curve:
    """`followed` for one δ/G and angle."""
    return followed(tilted(splitting, angle), fields, warm, highest)


@cache
def warm_response(splitting: float, direction: str, fields: int, warm: float, highest: float) -> Array:
    """χ against the field at one of `ANGLES` or averaged over all directions; δ in G."""
    if direction != AVERAGE:
        return curve(splitting, ANGLES[direction], fields, highest, warm).warm_susceptibility
    return response(splitting, direction, warm)(np.linspace(0.0, highest, fields))


def response(splitting: float, direction: str, warm: float) -> Callable[[Array], Array]:
    """χ as a function of the field, for any δ/G and direction."""
    if direction == AVERAGE and splitting:
        shell = tilted(splitting, 0.0)
        return lambda field: average_over_directions(shell, warm, field, directions=DIRECTIONS).susceptibility
    ensemble = ExactDiagonalisation(tilted(splitting, ANGLES.get(direction, 0.0)))
    return lambda field: ensemble.averages(warm, field).susceptibility


def highest_value(function: Callable[[Array], Array], field: Array) -> float:
    """The largest value up to the last field: on the grid, then ever closer, as peaks are sharp."""
    for _ in range(CLOSER):
        values = function(field)
        best = int(values.argmax())
        low, high = field[max(best - 1, 0)], field[min(best + 1, len(field) - 1)]
        field = np.linspace(low, high, 7)
    return float(values[best])


@cache
def van_vleck(splitting: float, direction: str) -> float:
    """χ at T = 0 without a field, where the ground state of an even N has no moment; δ in G."""
    if direction == AVERAGE:
        shell = tilted(splitting, 0.0)
        found = average_over_directions(shell, 0.0, 0.0, directions=DIRECTIONS).susceptibility
    else:
        found = ExactDiagonalisation(tilted(splitting, ANGLES[direction])).averages(0.0, 0.0).susceptibility
    return float(found) if float(found) > ROUNDING else 0.0
