"""What a stationary state of several shells yields: averages, responses, and whether it is a minimum."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.mean_field_quasiparticles import (
    EPSILON,
    Indices,
    Mask,
    Model,
    Quasi,
    Rows,
    amplitudes,
    grand_potential,
    grand_value,
    hessian,
    over,
    per_heat,
    plateau,
    quasiparticles,
)
from quasispin.ensembles.mean_field_search import Found, newton, solved

TIE_ULPS = 64.0
GOLDEN_STEPS = 40
SOFT = -1e-9
"""Curvatures above this are those of a minimum, to rounding."""


class States(NamedTuple):
    """Stationary states, one a row; energies absolute, moments for the field |ω|."""

    free_energy: Array
    entropy: Array
    pair_energy: Array
    moment: Array
    susceptibility: Array
    heat_capacity: Array
    number_variance: Array
    chemical_potential: Array
    stable: Mask
    occupation: Array
    """Shape (rows, S)."""
    gaps: Array
    """Δ_s, shape (rows, S); the largest is positive."""

    def at(self, rows: Indices | Mask) -> States:
        """Some of the rows."""
        return States(*(column[rows] for column in self))  # type: ignore[arg-type]


def states_of(model: Model, rows: Rows, found: Found, temperature: Array) -> States:
    """Averages of each state; T = 0 has step functions where no level is pinned to the Fermi energy."""
    x, mu = found.x, found.mu
    cold = temperature < model.cold
    settled = _settled(model, rows, found)
    if cold.any():
        quasi = quasiparticles(model, rows, mu, x @ model.basis.T)
        sharp = cold & ~_pinned(quasi)
        rows = rows._replace(heat=np.where(sharp, 0.0, rows.heat))
        paired = np.flatnonzero(sharp & (np.abs(x).max(axis=1, initial=0.0) > 0))
        x, mu = x.copy(), mu.copy()
        x[paired], mu[paired], _ = newton(model, rows.at(paired), x[paired], mu[paired], 8)
    states = _cooled(model, rows, _warm_states(model, rows, x, mu), temperature)
    return states._replace(stable=states.stable | settled)


def frozen_states(model: Model, field: Array) -> States:
    """An empty or a full box: one state, no chemical potential."""
    zero, full = np.zeros(field.shape), model.electrons > 0
    filled = (2 * model.shell_pairs if full else 0 * model.shell_pairs) + _lone_occupation(model)
    energy = model.electrons * model.origin + 2 * full * float(np.dot(model.energy, model.pairs))
    return States(
        free_energy=energy + model.lone_energy - field * model.lone_moment,
        entropy=zero,
        pair_energy=zero,
        moment=zero,
        susceptibility=zero,
        heat_capacity=zero,
        number_variance=zero,
        chemical_potential=np.full(field.shape, np.nan),
        stable=np.ones(field.shape, dtype=np.bool_),
        occupation=np.tile(filled, (field.size, 1)),
        gaps=np.zeros((field.size, model.shell_pairs.size)),
    )


# -- the limit T → 0 -------------------------------------------------------------------------------


def _settled(model: Model, rows: Rows, found: Found) -> Mask:
    """Normal states on a plateau of N(μ) that are minima although their own μ would pair.

    Where free electrons leave μ open, a small Δ chooses it. With λ(μ) the softest curvature of F at Δ = 0
    and φ(μ) what F loses against the free electrons' own μ,

        F(x) − F(0) ≥ max_μ [½λ(μ)x² − φ(μ)],

    so one μ with λ > 0 and φ below ½λr² shows that nothing outside r lies lower. φ → 0 all over the plateau
    as T → 0: the formal minimum then has Δ ~ e^{−gap/2T}, which is the normal state.
    """
    settled = np.zeros(found.mu.shape, dtype=np.bool_)
    quasi = quasiparticles(model, rows, found.mu, found.x @ model.basis.T)
    soft = _softest(model, hessian(model, rows, quasi))
    normal = np.flatnonzero((np.abs(found.x).max(axis=1, initial=0.0) == 0) & (soft <= SOFT))
    if not normal.size:
        return settled
    here, radius = rows.at(normal), model.nearest / np.linalg.norm(model.basis, 2)
    free = grand_value(model, here, found.x[normal], found.mu[normal])

    def bound(mu: Array) -> tuple[Array, Array]:
        soft = _softest(
            model, hessian(model, here, quasiparticles(model, here, mu, found.x[normal] @ model.basis.T))
        )
        loss = free - grand_value(model, here, found.x[normal], mu)
        return 0.5 * soft * radius**2 - loss, soft

    value, soft = bound(_highest(lambda mu: bound(mu)[0], *plateau(model, here)))
    settled[normal] = (soft > 0) & (value >= -TIE_ULPS * EPSILON * model.scale)
    return settled


def _highest(function: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where a concave function of each row is highest, by golden sections."""
    share = 0.5 * (np.sqrt(5) - 1)
    left, right = high - share * (high - low), low + share * (high - low)
    for _ in range(GOLDEN_STEPS):
        falls = function(left) > function(right)
        low, high = np.where(falls, low, left), np.where(falls, right, high)
        left, right = high - share * (high - low), low + share * (high - low)
    middle: Array = 0.5 * (low + high)
    return middle


def _pinned(quasi: Quasi) -> Mask:
    """Whether some quasi-particle level is neither empty nor filled."""
    open_ = np.minimum(quasi.f_low, quasi.e_low) + np.minimum(quasi.f_high, quasi.e_high)
    pinned: Mask = open_.max(axis=1) > 1e-6
    return pinned


def _cooled(model: Model, rows: Rows, states: States, temperature: Array) -> States:
    """The limit T → 0 of rows that were worked out at `model.cold`, where F = U − TS."""
    cold = temperature < model.cold
    top = float(model.moment.max(initial=0.0)) ** 2
    diverges = states.susceptibility * rows.heat > 1e-4 * top
    heat = np.where(cold, rows.heat - temperature, 0.0)
    return states._replace(
        free_energy=states.free_energy + heat * states.entropy,
        heat_capacity=np.where(cold, 0.0, states.heat_capacity),
        susceptibility=np.where(cold & diverges & (top > 0), np.inf, states.susceptibility),
    )


# -- averages --------------------------------------------------------------------------------------


def _warm_states(model: Model, rows: Rows, x: Array, mu: Array) -> States:
    delta = x @ model.basis.T
    quasi = quasiparticles(model, rows, mu, delta)
    kappa = amplitudes(model, quasi, delta)
    paired = np.einsum("ra,a,ra->r", x, model.sign, x)
    grand = paired + grand_potential(model, rows, quasi)
    matrix = hessian(model, rows, quasi)
    chi, heat = _responses(model, rows, quasi, matrix, np.abs(x).max(axis=1, initial=0.0) > 0)
    occupation = ((1 - quasi.cosine * quasi.tail) * model.pairs) @ model.member
    lone = model.lone_energy - rows.field * model.lone_moment
    turned = np.take_along_axis(delta, np.abs(delta).argmax(axis=1)[:, None], axis=1) < 0
    return States(
        free_energy=grand + (mu + model.origin) * model.electrons + lone,
        entropy=_entropy(rows, quasi) @ model.pairs,
        pair_energy=-np.einsum("rs,rs->r", delta, kappa) + 0.0,
        moment=(quasi.f_low - quasi.f_high) @ (model.pairs * model.moment),
        susceptibility=chi,
        heat_capacity=heat,
        number_variance=_variance(quasi) @ model.pairs,
        chemical_potential=mu + model.origin,
        stable=_softest(model, matrix) > SOFT,
        occupation=occupation + _lone_occupation(model),
        gaps=np.where(turned, -delta, delta) + 0.0,
    )


def _lone_occupation(model: Model) -> Array:
    missing: Array = np.zeros(model.shell_pairs.size)
    missing[model.lone_shell] = float(model.lone)
    return missing


def _entropy(rows: Rows, quasi: Quasi) -> Array:
    total = np.zeros_like(quasi.low)
    for energy in (quasi.low, quasi.high):
        y = np.abs(over(energy, rows.heat[:, None]))
        decay = np.exp(-y)
        total += np.where(rows.heat[:, None] > 0, np.log1p(decay) + y * decay / (1 + decay), 0.0)
    return total


def _variance(quasi: Quasi) -> Array:
    """⟨n̂²⟩ − ⟨n̂⟩² of a pair level by Wick's theorem."""
    thermal = quasi.f_low * quasi.e_low + quasi.f_high * quasi.e_high
    pairs = quasi.e_low * quasi.e_high + quasi.f_low * quasi.f_high
    variance: Array = quasi.cosine**2 * thermal + quasi.sine**2 * pairs
    return variance


# -- responses and curvatures ----------------------------------------------------------------------


def _responses(model: Model, rows: Rows, quasi: Quasi, matrix: Array, paired: Mask) -> tuple[Array, Array]:
    """χ and C along the branch: all Δ_s and μ follow, d(x, μ) = −H⁻¹ ∂²F/∂(x, μ)∂θ."""
    g_low, g_high = quasi.f_low * quasi.e_low, quasi.f_high * quasi.e_high
    heat = rows.heat[:, None]
    y_low, y_high = over(quasi.low, heat), over(quasi.high, heat)
    by_field = per_heat(model.moment * (g_high - g_low), heat)
    by_heat = -per_heat(y_low * g_low + y_high * g_high, heat)
    own_chi = per_heat(model.moment**2 * (g_low + g_high), heat) @ model.pairs
    own_heat = (y_low**2 * g_low + y_high**2 * g_high) @ model.pairs
    chi, capacity = (_followed(model, quasi, slope, matrix, paired) for slope in (by_field, by_heat))
    return own_chi + chi, own_heat + rows.heat * capacity


def _followed(model: Model, quasi: Quasi, slope: Array, matrix: Array, paired: Mask) -> Array:
    """gᵀH⁻¹g with g from ∂(1 − f⁺ − f⁻)/∂θ."""
    by_gap = -((quasi.sine * slope * model.pairs) @ model.member) @ model.basis
    by_number = (quasi.cosine * slope) @ model.pairs
    gradient = np.concatenate([by_gap, by_number[:, None]], axis=1)
    result: Array = by_number * (by_number / matrix[:, -1, -1])
    if paired.any():
        inside = np.einsum("ri,ri->r", gradient[paired], solved(matrix[paired], gradient[paired]))
        result[paired] = inside
    return result


def _softest(model: Model, matrix: Array) -> Array:
    """The lowest curvature of F(x₊), maximised over x₋ and μ; ∞ without attraction."""
    attract = model.attractive
    if not attract:
        return np.full(matrix.shape[0], np.inf)
    mixed = matrix[:, attract:, :attract]
    inner = matrix[:, :attract, :attract] - np.swapaxes(mixed, 1, 2) @ np.linalg.solve(
        matrix[:, attract:, attract:], mixed
    )
    soft: Array = np.linalg.eigvalsh(inner)[:, 0].astype(np.float64)
    return soft
