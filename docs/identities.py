"""Identities of physics.md, measured for the page on trust: what two ways to one number differ by.

Each function yields relative deviations; where levels come from matrices, numbers below 1
count absolutely. Nothing here is a test: the tests hold the same identities for drawn systems (`properties/`)
and as exact theorems (`tests/docs/test_identities.py`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import quasispin as qs
from quasispin.ensembles.averages import Averages
from quasispin.observables import Observable

Array = npt.NDArray[np.float64]

HEAT = (0.1, 0.3, 1.0, 5.0)
FIELDS = (0.05, 0.2, 0.6)
POINTS = tuple(itertools.product(HEAT, FIELDS))
SHELLS = (
    (qs.Shell.orbital(5), 10),
    (qs.Shell.orbital(5), 11),
    (qs.Shell.orbital(11), 22),
    (qs.Shell.hemisphere(4), 3),
    (qs.Shell.spin(6), 5),
    (qs.Shell([0.3, 1.7, 2.2]), 3),
)
SYSTEMS = tuple(qs.System.single_shell(shell, number, gap_scale=1.0) for shell, number in SHELLS)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


@dataclass(frozen=True)
class Identity:
    """An identity, and the deviations from it that are found."""

    statement: str
    """In words, and as a formula."""
    deviations: Callable[[], Iterator[float]]
    tolerance: float


# -- heat and field ---------------------------------------------------------------------------------


def moment() -> Iterator[float]:
    """F(ω₁) − F(ω₂) is the integral of ⟨m⟩."""
    for ensemble, heat, low, high in _field_intervals():
        ends = qs.free_energy(ensemble, heat, [low, high])
        yield _relative(ends[0] - ends[1], _over_fields(qs.magnetic_moment, ensemble, heat, low, high))


def susceptibility() -> Iterator[float]:
    """⟨m⟩(ω₂) − ⟨m⟩(ω₁) is the integral of χ."""
    for ensemble, heat, low, high in _field_intervals():
        ends = qs.magnetic_moment(ensemble, heat, [low, high])
        yield _relative(ends[1] - ends[0], _over_fields(qs.susceptibility, ensemble, heat, low, high))


def entropy() -> Iterator[float]:
    """F(T₁) − F(T₂) is the integral of S."""
    for ensemble, low, high, field in _heat_intervals():
        ends = qs.free_energy(ensemble, [low, high], field)
        yield _relative(ends[0] - ends[1], _over_heat(qs.entropy, ensemble, low, high, field))


def heat_capacity() -> Iterator[float]:
    """U(T₂) − U(T₁) is the integral of C."""
    for ensemble, low, high, field in _heat_intervals():
        ends = qs.internal_energy(ensemble, [low, high], field)
        yield _relative(ends[1] - ends[0], _over_heat(qs.heat_capacity, ensemble, low, high, field))


def parity_in_the_field() -> Iterator[float]:
    """⟨m⟩ is odd in ω, F, S, C, χ and the gaps are even."""
    for system, (heat, field) in itertools.product(SYSTEMS, POINTS):
        up, down = (qs.Canonical(system).averages(heat, w) for w in (field, -field))
        yield _relative(up.moment, -down.moment)
        for name in ("free_energy", "entropy", "heat_capacity", "susceptibility", "gap_squared"):
            yield _relative(getattr(up, name), getattr(down, name))


def unit_of_energy() -> Iterator[float]:
    """All energies a thousand times larger: the same entropy, C and moment."""
    for shell, number in SHELLS:
        ones, thousands = (qs.System.single_shell(shell, number, gap_scale=scale) for scale in (1.0, 1e3))
        for heat, field in POINTS:
            ours = qs.Canonical(ones).averages(heat, field)
            other = qs.Canonical(thousands).averages(1e3 * heat, 1e3 * field)
            for name in ("entropy", "heat_capacity", "moment"):
                yield _relative(getattr(ours, name), getattr(other, name))
            yield _relative(1e3 * ours.free_energy, other.free_energy)


# -- particles --------------------------------------------------------------------------------------


def holes() -> Iterator[float]:
    """N electrons and N holes have the same S, C, χ, ⟨m⟩ and Δ_conn."""
    for system, (heat, field) in itertools.product(SYSTEMS, POINTS):
        mirrored = system.with_electrons(2 * system.pair_degeneracy - system.electrons)
        ours, theirs = (qs.Canonical(one).averages(heat, field) for one in (system, mirrored))
        for name in ("entropy", "heat_capacity", "susceptibility", "moment", "connected_gap_squared"):
            yield _relative(getattr(ours, name), getattr(theirs, name))


def free_electrons() -> Iterator[float]:
    """Without a force Z is the elementary symmetric polynomial of 2M Boltzmann factors."""
    for shell, number in SHELLS:
        free = qs.System.single_shell(shell, number, coupling=0.0)
        for heat, field in POINTS:
            logs = np.array([0.0] + [-math.inf] * number)  # of e_0 … e_N
            for exponent in np.outer([1, -1], shell.moments).ravel() * field / heat:
                logs[1:] = np.logaddexp(logs[1:], exponent + logs[:-1])
            yield _relative(qs.free_energy(qs.Canonical(free), heat, field), -heat * logs[number])


def all_states() -> Iterator[float]:
    """The degeneracies of all levels add up to the number of states, exactly."""
    for system in SYSTEMS:
        states = math.comb(2 * system.pair_degeneracy, system.electrons)
        found = sum(int(d) for d in qs.Canonical(system).levels().degeneracy)
        yield abs(found - states) / states


def reservoir() -> Iterator[float]:
    """At given μ, ⟨N⟩ and its variance follow from the canonical F of every N."""
    for system in SYSTEMS[:2] + SYSTEMS[3:]:
        numbers = np.arange(2 * system.pair_degeneracy + 1)
        for heat, field in POINTS:
            canonical = [qs.Canonical(system.with_electrons(int(n))) for n in numbers]
            free = np.array([qs.free_energy(one, heat, field) for one in canonical])
            exponent = (-0.4 * numbers - free) / heat
            chances = np.exp(exponent - exponent.max())
            chances /= chances.sum()
            mean = float(chances @ numbers)
            ours = qs.GrandCanonical(system, chemical_potential=-0.4).averages(heat, field)
            yield _relative(ours.electrons, mean)
            yield _relative(ours.number_variance, float(chances @ (numbers - mean) ** 2))


# -- one shell and several --------------------------------------------------------------------------


def coincident_shells() -> Iterator[float]:
    """Two shells of one energy and one G are one shell."""
    parts = qs.Shell.orbital(1), qs.Shell([0.5, 1.5, 2.5])
    for number in (3, 4, 6):
        one = qs.System(qs.Shell([m for part in parts for m in part.moments]), number, 0.4)
        yield from _compared(one, qs.System(parts, number, 0.4))


def levels_of_one_pair() -> Iterator[float]:
    """A spin shell of M pairs is M levels of one pair."""
    for number in (3, 4, 6):
        yield from _compared(
            qs.System(qs.Shell.spin(6), number, 0.4), qs.System([qs.Shell.spin(1)] * 6, number, 0.4)
        )


def truncated() -> Iterator[float]:
    """What `accuracy=` leaves out, in units of the bound that comes with it."""
    for number, heat in itertools.product((4, 5), (0.3, 1.0)):
        whole = qs.Canonical(qs.tin(number)).averages(heat, 0.2)
        part = qs.Canonical(qs.tin(number), accuracy=1e-4).averages(heat, 0.2)
        for name in ("free_energy", "energy", "heat_capacity", "susceptibility"):
            missed = abs(float(getattr(whole, name)) - float(getattr(part, name)))
            rounding = 1e-12 * abs(float(getattr(whole, name)))
            yield max(missed - rounding, 0.0) / float(part.bounds[name] or 1.0)


def axis_along_the_field() -> Iterator[float]:
    """With the axis along the field diagonalisation is the closed form."""
    for number in (3, 4):
        shell = qs.TiltedShell(2, number, coupling=0.5)
        closed = qs.System(qs.Shell.orbital(2), number, 0.5)
        for heat, field in POINTS:
            ours = qs.ExactDiagonalisation(shell).averages(heat, field)
            yield from _differences(qs.Canonical(closed).averages(heat, field), ours)


def no_field_no_angle() -> Iterator[float]:
    """Without a field no angle matters."""
    for angle in (0.3, 0.9, 1.5):
        along, tilted = (
            qs.ExactDiagonalisation(qs.TiltedShell(2, 3, 0.5, deformation=0.7, spin_orbit=0.3, angle=a))
            for a in (0.0, angle)
        )
        for heat in HEAT:
            first, second = along.averages(heat), tilted.averages(heat)
            for name in ("free_energy", "entropy", "heat_capacity"):
                yield _relative(getattr(second, name), getattr(first, name))


# -- closed forms -----------------------------------------------------------------------------------


def steps() -> Iterator[float]:
    """The crossing fields of an orbital shell are those of eq. (12)."""
    for l in (2, 5, 11, 25):
        pairs = 2 * l + 1
        system = qs.System.single_shell(qs.Shell.orbital(l), pairs - 1, coupling=1.0)
        expected = [1.0, *((pairs - nu) / (pairs - nu - 1) for nu in range(2, pairs - 1, 2))]
        for ours, theirs in zip(system.crossing_fields(), expected, strict=True):
            yield _relative(ours, theirs)


def gap_of_bcs() -> Iterator[float]:
    """Δ = ½G√(N(2M−N)) at T = 0, and Δ = Δ₀ tanh(Δ/2T) when it is half filled."""
    for shell, _ in SHELLS:
        pairs = shell.pair_degeneracy
        for number in range(1, 2 * pairs, 2):
            system = qs.System.single_shell(shell, number, coupling=1.0)
            yield _relative(qs.gap(qs.MeanField(system), 0.0), math.sqrt(number * (2 * pairs - number)) / 2)
        half = qs.System.single_shell(shell, pairs, gap_scale=1.0)
        for heat in (0.1, 0.3, 0.45):
            found = qs.gap(qs.MeanField(half), heat)
            yield _relative(found, math.tanh(found / (2 * heat)))


def jump_of_bcs() -> Iterator[float]:
    """C of BCS falls by 3M at T_c = Δ₀/2 of the half-filled shell: extrapolated from below."""
    for shell, _ in SHELLS:
        half = qs.System.single_shell(shell, shell.pair_degeneracy, gap_scale=1.0)
        below = 0.5 * (1 - 1e-3 * np.arange(1, 6))
        values = qs.heat_capacity(qs.MeanField(half), below)
        limit = np.polynomial.Polynomial.fit(below - 0.5, values, 4)(0.0)
        yield _relative(
            limit - qs.heat_capacity(qs.MeanField(half), 0.5 * (1 + 1e-9)), 3 * shell.pair_degeneracy
        )


THERMODYNAMICS = (
    Identity(
        r"$F(\omega_1) - F(\omega_2) = \int\langle m\rangle\,d\omega$: the moment is minus the slope of $F$",
        moment,
        1e-9,
    ),
    Identity(
        r"$\langle m\rangle(\omega_2) - \langle m\rangle(\omega_1) = \int\chi\,d\omega$", susceptibility, 1e-9
    ),
    Identity(r"$F(T_1) - F(T_2) = \int S\,dT$: the entropy is minus the slope of $F$", entropy, 1e-9),
    Identity(r"$U(T_2) - U(T_1) = \int C\,dT$", heat_capacity, 1e-9),
    Identity("the moment is odd in the field, all else even", parity_in_the_field, 0.0),
    Identity("the unit of energy is of no account", unit_of_energy, 1e-12),
)
COUNTING = (
    Identity("$N$ electrons and $N$ holes are alike", holes, 1e-12),
    Identity(r"$G = 0$: free electrons, $Z = e_N(e^{\pm\beta\omega m_k})$", free_electrons, 1e-13),
    Identity(r"degeneracies of all levels add up to $\binom{2M}{N}$", all_states, 0.0),
    Identity(
        r"the grand canonical $\langle N\rangle$ and $\mathrm{Var} N$ follow from $Z_N$", reservoir, 1e-12
    ),
)
SEVERAL = (
    Identity("two shells of one energy are one shell", coincident_shells, 1e-11),
    Identity("a spin shell is $M$ levels of one pair", levels_of_one_pair, 1e-11),
    Identity("`accuracy=` misses no more than its bound (in units of the bound)", truncated, 1.0),
    Identity("diagonalisation with the axis along the field is the closed form", axis_along_the_field, 1e-11),
    Identity("without a field no angle matters", no_field_no_angle, 1e-11),
)
CLOSED = (
    Identity("crossing fields of orbital shells, eq. (12)", steps, 1e-15),
    Identity(
        r"BCS: $\Delta(0) = \frac12G\sqrt{N(2M-N)}$; $\Delta = \Delta_0\tanh(\Delta/2T)$ at $N = M$",
        gap_of_bcs,
        1e-12,
    ),
    Identity("BCS: $C$ falls by $3M$ at $T_c$ (extrapolated)", jump_of_bcs, 1e-5),
)
ALL = (THERMODYNAMICS, COUNTING, SEVERAL, CLOSED)


def _field_intervals() -> Iterator[tuple[qs.Canonical, float, float, float]]:
    for system, (heat, field) in itertools.product(SYSTEMS, POINTS):
        # within this the Boltzmann factors are smooth enough for the quadrature
        yield qs.Canonical(system), heat, field, field + heat / (1 + sum(system.shell.moments) / 4)


def _heat_intervals() -> Iterator[tuple[qs.Canonical, float, float, float]]:
    for system, (heat, field) in itertools.product(SYSTEMS, POINTS):
        yield qs.Canonical(system), heat, 1.2 * heat, field


def _over_fields(what: Observable, ensemble: qs.Canonical, heat: float, low: float, high: float) -> float:
    half = (high - low) / 2
    return half * float(WEIGHTS @ what(ensemble, heat, low + half * (1 + NODES)))


def _over_heat(what: Observable, ensemble: qs.Canonical, low: float, high: float, field: float) -> float:
    half = (high - low) / 2
    return half * float(WEIGHTS @ what(ensemble, low + half * (1 + NODES), field))


def _compared(one: qs.System, several: qs.System) -> Iterator[float]:
    for heat, field in POINTS:
        yield from _differences(
            qs.Canonical(one).averages(heat, field), qs.Canonical(several).averages(heat, field)
        )


def _differences(reference: Averages, ours: Averages) -> Iterator[float]:
    names = ("free_energy", "energy", "pair_energy", "moment", "susceptibility", "heat_capacity", "entropy")
    for name in names:
        yield _relative(getattr(ours, name), getattr(reference, name), floor=1.0)


def _relative(value: float | Array, reference: float | Array, floor: float = 0.0) -> float:
    value, reference = float(value), float(reference)
    return abs(value - reference) / (max(abs(reference), floor) or 1.0)
