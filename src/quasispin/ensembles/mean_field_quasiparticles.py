"""Quasi-particles of several shells at given Δ_s, μ and field: W, its derivatives, and μ itself.

The formulas are those of `mean_field_shells`. Everything is worked out for many rows at once, a row being a
temperature and a field; groups of equal pair levels are the other axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array

Indices = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

SAME = 1e-6
"""Arrivals nearer to each other than this share of the largest possible Δ are one state."""
FLAT = 1e-280
"""N(μ) that rises less than this is flat: dividing by it overflows."""

EPSILON = float(np.finfo(np.float64).eps)


class Model(NamedTuple):
    """Pair levels of equal shell and moment grouped (K groups); energies from their mean."""

    energy: Array
    moment: Array
    pairs: Array
    shell: Indices
    member: Array
    """1 where a group belongs to a shell, shape (K, S)."""
    shell_pairs: Array
    basis: Array
    """B, shape (S, R): attractive directions first."""
    sign: Array
    """σ, shape (R,)."""
    electrons: int
    origin: float
    scale: float
    """Size of the terms of F."""
    cold: float
    """The temperature that stands for T → 0."""
    lone: bool
    """Whether an electron sits in a blocked level."""
    lone_shell: int
    lone_moment: float
    lone_energy: float

    @property
    def attractive(self) -> int:
        """How many directions attract."""
        return int((self.sign > 0).sum())

    @property
    def frozen(self) -> bool:
        """Whether the box is empty or full."""
        return self.electrons in (0, 2 * int(self.pairs.sum()))

    @property
    def reach(self) -> Array:
        """Bound of |x|, shape (R,), from κ_s ≤ M_s/2."""
        bound: Array = np.abs(self.basis).T @ self.shell_pairs / 2
        return bound

    @property
    def widest(self) -> float:
        """The largest possible Δ."""
        return float(np.abs(self.basis @ self.reach).max(initial=0.0))

    @property
    def nearest(self) -> float:
        """Gaps nearer to each other than this are one."""
        return SAME * max(self.widest, 1e-300)


class Rows(NamedTuple):
    """Temperature, field, and how free electrons of that field fill the 2K levels at T = 0."""

    heat: Array
    field: Array
    filling: Array

    def at(self, rows: Indices | Mask) -> Rows:
        """Some of the rows."""
        return Rows(*(column[rows] for column in self))


class Quasi(NamedTuple):
    """Quasi-particles of energies E ∓ ωm, all of shape (rows, K); `low` is E − ωm, `high` E + ωm."""

    xi: Array
    energy: Array
    cosine: Array
    sine: Array
    low: Array
    high: Array
    f_low: Array
    f_high: Array
    e_low: Array
    """1 − f."""
    e_high: Array
    tail: Array
    """1 − f⁺ − f⁻."""
    ratio: Array
    """(1 − f⁺ − f⁻)/E."""


def quasiparticles(model: Model, rows: Rows, mu: Array, delta: Array) -> Quasi:
    """Those of each row, at its T, ω, μ and Δ_s of shape (rows, S)."""
    heat, zeeman = rows.heat[:, None], rows.field[:, None] * model.moment
    xi, gap = model.energy - mu[:, None], delta[:, model.shell]
    energy = np.hypot(xi, gap)
    some = np.where(energy > 0, energy, 1.0)
    cosine, sine = np.where(energy > 0, xi / some, 1.0), gap / some
    low, high = energy - zeeman, energy + zeeman
    f_low, e_low = _fermi(over(low, heat))
    f_high, e_high = _fermi(over(high, heat))
    # for small E/T the difference e_high − f_low has lost digits that this form keeps
    u, v = np.minimum(over(energy, heat), 1.0), over(zeeman, heat)
    damp = np.exp(-v)
    small = 2 * np.sinh(u) * damp / (2 * np.cosh(u) * damp + 1 + damp * damp)
    tail = np.where(over(energy, heat) < 1.0, small, e_high - f_low)
    rate = (f_low * e_low + f_high * e_high) / np.where(heat > 0, heat, 1.0)
    ratio = np.where(energy > 1e-150, tail / some, rate)
    return Quasi(xi, energy, cosine, sine, low, high, f_low, f_high, e_low, e_high, tail, ratio)


def over(energy: Array, heat: Array) -> Array:
    """E/T, bounded, so that T = 0 gives step functions and ½ on the step."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        quotient = energy / heat
    bounded: Array = np.clip(np.where(np.isnan(quotient), 0.0, quotient), -1e6, 1e6)
    return bounded


def _fermi(y: Array) -> tuple[Array, Array]:
    """1/(1 + e^y) and 1/(1 + e^−y), each to full precision."""
    decay = np.exp(-np.abs(y))
    less, more = decay / (1 + decay), 1 / (1 + decay)
    return np.where(y > 0, less, more), np.where(y > 0, more, less)


def free_filling(model: Model, field: Array) -> Array:
    """Shares n/c of the levels ε − ωm, ε + ωm in the ground state of free electrons, shape (rows, 2K)."""
    levels = _zeeman_levels(model, field)
    capacity = np.tile(model.pairs, 2)
    order = np.argsort(levels, axis=1, kind="stable")
    before = np.cumsum(capacity[order], axis=1) - capacity[order]
    share = np.clip((model.electrons - before) / capacity[order], 0.0, 1.0)
    filled = np.empty_like(share)
    np.put_along_axis(filled, order, share, axis=1)
    return filled


def _zeeman_levels(model: Model, field: Array) -> Array:
    zeeman = field[:, None] * model.moment
    return np.concatenate([model.energy - zeeman, model.energy + zeeman], axis=1)


def plateau(model: Model, rows: Rows) -> tuple[Array, Array]:
    """The last filled and the first empty level of free electrons at T = 0."""
    levels = _zeeman_levels(model, rows.field)
    last = np.where(rows.filling > 0, levels, -np.inf).max(axis=1)
    first = np.where(rows.filling < 1, levels, np.inf).min(axis=1)
    return last, first


# -- the chemical potential ------------------------------------------------------------------------


_Trial = Callable[[Array, Indices], tuple[Array, Array]]
"""From μ and its rows: ln(particles) − ln(holes), of the sign of N(μ) − N, and its Newton step."""


def _root_of_number(trial: _Trial, low: Array, high: Array, guess: Array, size: Array) -> Array:
    """Safeguarded Newton for all rows at once; rows that have arrived, to rounding of `size`, drop out."""
    mu = np.where((guess > low) & (guess < high), guess, 0.5 * (low + high))
    low, high, active = low.copy(), high.copy(), np.arange(mu.size)
    for step in range(140):
        here = mu[active]
        value, newton = trial(here, active)
        low[active] = np.where(value <= 0, here, low[active])
        high[active] = np.where(value >= 0, here, high[active])
        new = here - newton
        outside = ~((new > low[active]) & (new < high[active]))
        halve = outside | ((step % 3 == 2) & (np.abs(value) > 1))
        new = np.where(value == 0, here, np.where(halve, 0.5 * (low + high)[active], new))
        mu[active] = new
        active = active[np.abs(new - here) > 2 * EPSILON * (np.abs(here) + size[active])]
        if not active.size:
            break
    return mu


def free_potential(model: Model, rows: Rows) -> Array:
    """μ of free electrons: particles above the Fermi level balance the holes below, in logarithms.

    N(μ) itself is flat on a plateau; ln(particles) − ln(holes) is not, at any T > 0.
    """
    levels, heat = _zeeman_levels(model, rows.field), rows.heat[:, None]
    with np.errstate(divide="ignore"):
        above = np.log(np.tile(model.pairs, 2) * (1 - rows.filling))
        below = np.log(np.tile(model.pairs, 2) * rows.filling)

    def trial(mu: Array, active: Indices) -> tuple[Array, Array]:
        y = (levels[active] - mu[:, None]) / heat[active]
        particles, rise = _log_sum(above[active] - np.logaddexp(0.0, y), _fermi(-y)[0])
        holes, fall = _log_sum(below[active] - np.logaddexp(0.0, -y), _fermi(y)[0])
        value = particles - holes
        return value, value * rows.heat[active] / np.maximum(rise + fall, 1e-300)

    reach = rows.heat * (np.log(4 * model.pairs.sum()) + 2)
    low, high = levels.min(axis=1) - reach, levels.max(axis=1) + reach
    # at T → 0 the root lies halfway between the last filled and the first empty level
    last, first = plateau(model, rows)
    return _root_of_number(trial, low, high, 0.5 * (last + first), np.abs(levels).max(axis=1))


def _log_sum(terms: Array, slopes: Array) -> tuple[Array, Array]:
    """ln Σ e^t and the mean of the slopes under these weights."""
    top = terms.max(axis=1, keepdims=True)
    weights = np.exp(terms - top)
    total = weights.sum(axis=1)
    return top[:, 0] + np.log(total), (weights * slopes).sum(axis=1) / total


def potential(model: Model, rows: Rows, delta: Array, guess: Array) -> Array:
    """μ at given Δ_s, from particles and holes that are sums of positive terms."""

    def trial(mu: Array, active: Indices) -> tuple[Array, Array]:
        here = rows.at(active)
        quasi = quasiparticles(model, here, mu, delta[active])
        particles, holes = particles_and_holes(model, here, quasi)
        slope = -_curvature(model, here, quasi).number
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            value = np.log(particles) - np.log(holes)
            # exact on a plateau, p ∝ e^{μ/T}, h ∝ e^{−μ/T}; else no shorter than half Newton's step for N(μ)
            newton = 0.5 * value * (particles + holes) / slope
        return np.where(np.isnan(value), 0.0, value), np.where(np.isfinite(newton), newton, np.inf)

    gap, top = np.abs(delta).max(axis=1), float(np.abs(model.energy).max())
    width = gap * (model.pairs.sum() + 1)
    width = width + rows.heat * (np.log(4 * model.pairs.sum()) + 2) + rows.field * model.moment.max()
    return _root_of_number(trial, model.energy.min() - width, model.energy.max() + width, guess, gap + top)


def particles_and_holes(model: Model, rows: Rows, quasi: Quasi) -> tuple[Array, Array]:
    """Σ n(1−φ) and Σ (1−n)φ over the states, φ the filling at T = Δ = 0: their difference is N(μ) − N."""
    positive = quasi.cosine > 0
    small = 0.5 * quasi.sine**2 / (1 + np.abs(quasi.cosine))
    v2 = np.where(positive, small, 1 - small)
    u2 = np.where(positive, 1 - small, small)
    size = model.energy.size
    aligned, opposed = rows.filling[:, :size], rows.filling[:, size:]
    particles = (u2 * quasi.f_low + v2 * quasi.e_high) * (1 - aligned)
    particles = particles + (u2 * quasi.f_high + v2 * quasi.e_low) * (1 - opposed)
    holes = (u2 * quasi.e_low + v2 * quasi.f_high) * aligned
    holes = holes + (u2 * quasi.e_high + v2 * quasi.f_low) * opposed
    return particles @ model.pairs, holes @ model.pairs


# -- W and its derivatives -------------------------------------------------------------------------


def grand_value(model: Model, rows: Rows, x: Array, mu: Array) -> Array:
    """F, without constants."""
    quasi = quasiparticles(model, rows, mu, x @ model.basis.T)
    value: Array = (x * x) @ model.sign + grand_potential(model, rows, quasi) + mu * model.electrons
    return value


def grand_potential(model: Model, rows: Rows, quasi: Quasi) -> Array:
    """W, shape (rows,)."""
    heat = rows.heat[:, None]
    logs = heat * sum(np.log1p(np.exp(-np.abs(over(e, heat)))) for e in (quasi.low, quasi.high))
    below = np.minimum(quasi.low, 0.0) + np.minimum(quasi.high, 0.0)
    value: Array = (quasi.xi - quasi.energy + below - logs) @ model.pairs
    return value


class _Curvature(NamedTuple):
    """Second derivatives of W: by Δ_s (rows, S), by Δ_s and μ (rows, S), by μ twice (rows,)."""

    gap: Array
    mixed: Array
    number: Array


def _curvature(model: Model, rows: Rows, quasi: Quasi) -> _Curvature:
    rate = _rate(rows, quasi)
    cosine2, sine2 = quasi.cosine**2, quasi.sine**2
    gap = -(cosine2 * quasi.ratio + sine2 * rate) * model.pairs
    mixed = quasi.cosine * quasi.sine * (rate - quasi.ratio) * model.pairs
    number = -(sine2 * quasi.ratio + cosine2 * rate)
    return _Curvature(gap @ model.member, mixed @ model.member, number @ model.pairs)


def _rate(rows: Rows, quasi: Quasi) -> Array:
    """d(1 − f⁺ − f⁻)/dE = Σ f(1−f)/T; 0 at T = 0."""
    both = quasi.f_low * quasi.e_low + quasi.f_high * quasi.e_high
    rate: Array = per_heat(both, rows.heat[:, None])
    return rate


def per_heat(value: Array, heat: Array) -> Array:
    """value/T, 0 at T = 0."""
    quotient: Array = np.where(heat > 0, value / np.where(heat > 0, heat, 1.0), 0.0)
    return quotient


def amplitudes(model: Model, quasi: Quasi, delta: Array) -> Array:
    """κ_s = Σ (Δ_s/2E)(1 − f⁺ − f⁻), shape (rows, S)."""
    kappa: Array = 0.5 * delta * ((quasi.ratio * model.pairs) @ model.member)
    return kappa


def hessian(model: Model, rows: Rows, quasi: Quasi) -> Array:
    """Second derivatives of F by (x, μ), shape (rows, R+1, R+1)."""
    curvature, rank = _curvature(model, rows, quasi), model.sign.size
    matrix = np.zeros((rows.heat.size, rank + 1, rank + 1))
    inner = np.einsum("sa,rs,sb->rab", model.basis, curvature.gap, model.basis)
    matrix[:, :rank, :rank] = inner + 2 * np.diag(model.sign)
    matrix[:, :rank, rank] = matrix[:, rank, :rank] = curvature.mixed @ model.basis
    matrix[:, rank, rank] = np.where(curvature.number < -FLAT, curvature.number, -1.0)
    return matrix
