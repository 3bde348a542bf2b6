"""The mean field of several shells: one Δ_s per shell, one chemical potential, the lowest minimum found.

With ξ = ε_s − μ, E = √(ξ² + Δ_s²), the pair amplitudes κ_s = ⟨A_s⟩ and Δ_s = Σ_s' G_ss' κ_s', the grand
potential is

    Ω(κ, μ) = Σ κ_s G_ss' κ_s' + W(Δ, μ),
    W(Δ, μ) = Σ_k { ξ − E − T ln[1 + e^{−(E−ωm_k)/T}] − T ln[1 + e^{−(E+ωm_k)/T}] }.

In coordinates x along the eigenvectors of G, Δ = Bx with G = B diag(σ) Bᵀ and σ = ±1, no inverse is needed:

    F = min_{x₊} max_{x₋, μ} [ Σ σ x² + W(Bx, μ) + μN ].

W is jointly concave in (Δ, μ), so the repulsive directions x₋ and μ have one solution, and replacing x₊ by
B₊ᵀκ never raises F. A stationary state obeys the gap equations and the number equation,

    Δ_s = Σ_s' G_ss' Σ_{k∈s'} (Δ_s'/2E_k)(1 − f⁺ − f⁻),     N = Σ_k [1 − (ξ/E_k)(1 − f⁺ − f⁻)].

For several shells the global minimum is *searched*, not certified. One attractive direction (a constant
G among them) is scanned and every change of sign of the gap equation bracketed; two roots between
neighbouring points of the scan escape. Several directions are searched from a fixed set of starts. Where the
lowest state is no minimum, the minimum of a higher T is followed down; where that fails too, it is an error.
A minimum that is not the lowest can go unseen, most easily where the repulsive eigenvalues of G are as strong
as the attractive ones and T is low.

The Δ_s are real (either sign): states with complex phases between shells are not looked for. Exchange, the
term Σ_k ⟨n_k⟩⟨n_k̄⟩ that the factorised force also has, is dropped, as for one shell.

References
----------
J. Bardeen, L. N. Cooper, J. R. Schrieffer, Phys. Rev. 108, 1175 (1957), doi:10.1103/PhysRev.108.1175;
H. Suhl, B. T. Matthias, L. R. Walker, Phys. Rev. Lett. 3, 552 (1959), doi:10.1103/PhysRevLett.3.552;
A. L. Yuille, A. Rangarajan, Neural Comput. 15, 915 (2003), doi:10.1162/08997660360581958 (the descent).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.errors import InputError, SolverError, integer, shown
from quasispin.system.system import System

Indices = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

COLD = 1e-8
"""In units of the largest |G| (or, without G, of the levels): lower temperatures are taken as the limit
T → 0. Where no quasi-particle level lies at the Fermi energy that limit has exact step functions; where some
do (partly filled levels), it is read off at this temperature, to as many digits."""
RANK = 1e-12
"""Eigenvalues of G below this share of the largest are zero."""
SCAN_POINTS = 96
"""Of the scan along one attractive direction, besides 32 towards Δ = 0."""
CHUNK_NUMBERS = 400_000
"""Levels × points × starts that are worked on together."""
NARROW = 1e-11
"""Relative width of a bracket from which Newton goes on."""
DESCENT_STEPS = 60
ARRIVED = 1e-6
"""Share of the largest possible |x| below which a step ends the descent; Newton takes over."""
RESIDUAL = 1e-9
"""A start has arrived when the gap and number equations hold to this share of their terms, and as well as
levels at the Fermi energy can be told apart at that temperature."""
WARM, COOLING = 0.05, 0.25
"""Starts that do not arrive begin anew: at this T, over the largest possible Δ; and how it then falls."""
MAXIMUM_STEPS, HALVINGS, NEAR = 12, 8, 1e-4
"""Of the exact descent; it ends at steps below this share of the largest possible |x|."""
SAME = 1e-6
"""Arrivals nearer to each other than this share of the largest possible Δ are one state."""
TIE_ULPS = 64.0
GOLDEN_STEPS = 40
FLAT = 1e-280
"""N(μ) that rises less than this is flat: dividing by it overflows."""
SOFT = -1e-9
"""Curvatures above this are those of a minimum, to rounding."""

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Blocked:
    """One electron that sits alone in a pair level, which the pairing force then cannot use (odd N).

    The level is left out of the gap equations, the other N − 1 electrons fill the rest. The electron has the
    energy ε_s − m|ω|, its moment along the field: sign(ω)m, and 0 at ω = 0, where the two states mirror
    each other. It carries neither entropy nor fluctuations, and the reversal of its moment at ω = 0 is a
    jump that χ does not show.

    Parameters
    ----------
    shell
        Number of the shell, from 0.
    pair
        Number of the pair in `Shell.moments` of that shell (falling, so 0 has the largest moment).

    Raises
    ------
    InputError
        If either is no whole number ≥ 0; on use, if N is even or there is no such level.

    Examples
    --------
    >>> Blocked(shell=2)
    Blocked(shell=2, pair=0)
    """

    shell: int
    pair: int = 0

    def __post_init__(self) -> None:
        for name in ("shell", "pair"):
            object.__setattr__(self, name, integer(name, getattr(self, name), low=0))


def check_blocked(system: System, blocked: Blocked | None) -> None:
    """Raise unless `blocked` names a pair level of `system` and N is odd.

    Raises
    ------
    InputError
        If it is no `Blocked`, N is even, or there is no such shell or pair.
    """
    if blocked is None:
        return
    if not isinstance(blocked, Blocked):
        raise InputError(f"`blocked` must be a Blocked level or None, but is {shown(blocked)}.", blocked)
    if system.electrons % 2 == 0:
        raise InputError(
            f"`blocked` needs an odd number of electrons, but there are {system.electrons}.", blocked
        )
    integer("shell", blocked.shell, low=0, high=len(system.shells) - 1)
    integer("pair", blocked.pair, low=0, high=system.shells[blocked.shell].pair_degeneracy - 1)


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


def lowest(system: System, blocked: Blocked | None, temperature: Array, field: Array) -> States:
    """The state of lowest free energy at each point of two arrays of shape (X,), T ≥ 0 and ω of any sign.

    Within 64 ulps of a tie the largest gap is taken.

    Raises
    ------
    SolverError
        If the lowest stationary state found at a point is no minimum: a lower one was missed.
    """
    model = _model(system, blocked)
    parts = []
    step = max(1, CHUNK_NUMBERS // (_starts(model) * max(1, model.energy.size)))
    for start in range(0, temperature.size, step):
        chunk = slice(start, start + step)
        states, point = _stationary(model, temperature[chunk], np.abs(field[chunk]))
        parts.append(states.at(_lowest_rows(model, states, point, temperature[chunk], field[chunk])))
    found = States(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    return found._replace(moment=_signed(found.moment + model.lone_moment, field))


def stationary(system: System, blocked: Blocked | None, temperature: float, field: float) -> States:
    """All stationary states found at one point, the lowest free energy first."""
    model = _model(system, blocked)
    states, _ = _stationary(model, np.array([temperature]), np.array([abs(field)]))
    order = np.lexsort([~states.stable, states.free_energy])
    moments = _signed(states.moment + model.lone_moment, np.full(states.moment.shape, field))
    return states._replace(moment=moments).at(order)


def _signed(moment: Array, field: Array) -> Array:
    signed: Array = np.sign(field) * moment + 0.0
    return signed


def _lowest_rows(model: _Model, states: States, point: Indices, temperature: Array, field: Array) -> Indices:
    best = np.empty(temperature.size, dtype=np.intp)
    size = np.abs(states.gaps).max(axis=1, initial=0.0)
    for number in range(temperature.size):
        tied = _lowest_of(model, states, np.flatnonzero(point == number))
        if not tied.size:
            raise SolverError(
                "The minimum of the free energy was not found at temperature "
                f"{temperature[number]:g} and field {field[number]:g}.",
                (temperature[number], field[number]),
            )
        best[number] = tied[np.argmax(size[tied])]
    return best


# -- the model -------------------------------------------------------------------------------------


class _Model(NamedTuple):
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


@lru_cache(maxsize=256)
def _model(system: System, blocked: Blocked | None) -> _Model:
    levels = [
        (number, moment)
        for number, shell in enumerate(system.shells)
        for pair, moment in enumerate(shell.moments)
        if blocked is None or (number, pair) != (blocked.shell, blocked.pair)
    ]
    size = len(system.shells)
    groups, counts = np.unique(np.array(levels).reshape(-1, 2), axis=0, return_counts=True)
    shell, moment, pairs = groups[:, 0].astype(np.intp), groups[:, 1], counts.astype(np.float64)
    energies = np.array([each.energy for each in system.shells])
    origin = float(np.dot(energies[shell], pairs) / pairs.sum()) if pairs.size else 0.0
    basis, sign, strength = _directions(system)
    spread = float(np.ptp(energies)) + float(moment.max(initial=0.0))
    lone = None if blocked is None else system.shells[blocked.shell]
    return _Model(
        energy=energies[shell] - origin,
        moment=moment,
        pairs=pairs,
        shell=shell,
        member=np.eye(size)[shell],
        shell_pairs=np.bincount(shell, weights=pairs, minlength=size).astype(np.float64),
        basis=basis,
        sign=sign,
        electrons=system.electrons - (blocked is not None),
        origin=origin,
        scale=(float(np.ptp(energies)) + strength * pairs.sum()) * max(1.0, pairs.sum()),
        cold=COLD * (strength or spread or 1.0),
        lone=blocked is not None,
        lone_shell=0 if blocked is None else blocked.shell,
        lone_moment=0.0 if lone is None or blocked is None else lone.moments[blocked.pair],
        lone_energy=0.0 if lone is None else lone.energy,
    )


def _directions(system: System) -> tuple[Array, Array, float]:
    """B, σ and the largest |eigenvalue| of G per shell."""
    size = len(system.shells)
    if isinstance(system.coupling, float):
        strength = system.coupling
        rank = int(strength > 0)
        return np.full((size, rank), np.sqrt(abs(strength))), np.ones(rank), abs(strength)
    values, vectors = np.linalg.eigh(system.coupling_matrix)
    top = float(np.abs(values).max())
    kept = np.flatnonzero(np.abs(values) > RANK * top)[::-1]
    if not (values[kept] > 0).any():
        kept = kept[:0]
    values, vectors = values[kept], vectors[:, kept]
    return vectors * np.sqrt(np.abs(values)), np.sign(values), top


# -- quasi-particles -------------------------------------------------------------------------------


class _Rows(NamedTuple):
    """Temperature, field, and how free electrons of that field fill the 2K levels at T = 0."""

    heat: Array
    field: Array
    filling: Array

    def at(self, rows: Indices | Mask) -> _Rows:
        return _Rows(*(column[rows] for column in self))


class _Quasi(NamedTuple):
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


def _quasi(model: _Model, rows: _Rows, mu: Array, delta: Array) -> _Quasi:
    heat, zeeman = rows.heat[:, None], rows.field[:, None] * model.moment
    xi, gap = model.energy - mu[:, None], delta[:, model.shell]
    energy = np.hypot(xi, gap)
    some = np.where(energy > 0, energy, 1.0)
    cosine, sine = np.where(energy > 0, xi / some, 1.0), gap / some
    low, high = energy - zeeman, energy + zeeman
    f_low, e_low = _fermi(_over(low, heat))
    f_high, e_high = _fermi(_over(high, heat))
    # for small E/T the difference e_high − f_low has lost digits that this form keeps
    u, v = np.minimum(_over(energy, heat), 1.0), _over(zeeman, heat)
    damp = np.exp(-v)
    small = 2 * np.sinh(u) * damp / (2 * np.cosh(u) * damp + 1 + damp * damp)
    tail = np.where(_over(energy, heat) < 1.0, small, e_high - f_low)
    rate = (f_low * e_low + f_high * e_high) / np.where(heat > 0, heat, 1.0)
    ratio = np.where(energy > 1e-150, tail / some, rate)
    return _Quasi(xi, energy, cosine, sine, low, high, f_low, f_high, e_low, e_high, tail, ratio)


def _over(energy: Array, heat: Array) -> Array:
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


def _filling(model: _Model, field: Array) -> Array:
    """Shares n/c of the levels ε − ωm, ε + ωm in the ground state of free electrons, shape (rows, 2K)."""
    levels = _zeeman_levels(model, field)
    capacity = np.tile(model.pairs, 2)
    order = np.argsort(levels, axis=1, kind="stable")
    before = np.cumsum(capacity[order], axis=1) - capacity[order]
    share = np.clip((model.electrons - before) / capacity[order], 0.0, 1.0)
    filled = np.empty_like(share)
    np.put_along_axis(filled, order, share, axis=1)
    return filled


def _zeeman_levels(model: _Model, field: Array) -> Array:
    zeeman = field[:, None] * model.moment
    return np.concatenate([model.energy - zeeman, model.energy + zeeman], axis=1)


# -- chemical potential ----------------------------------------------------------------------------


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


def _free_potential(model: _Model, rows: _Rows) -> Array:
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
    last, first = _plateau(model, rows)
    return _root_of_number(trial, low, high, 0.5 * (last + first), np.abs(levels).max(axis=1))


def _log_sum(terms: Array, slopes: Array) -> tuple[Array, Array]:
    """ln Σ e^t and the mean of the slopes under these weights."""
    top = terms.max(axis=1, keepdims=True)
    weights = np.exp(terms - top)
    total = weights.sum(axis=1)
    return top[:, 0] + np.log(total), (weights * slopes).sum(axis=1) / total


def _potential(model: _Model, rows: _Rows, delta: Array, guess: Array) -> Array:
    """μ at given Δ_s, from particles and holes that are sums of positive terms."""

    def trial(mu: Array, active: Indices) -> tuple[Array, Array]:
        here = rows.at(active)
        quasi = _quasi(model, here, mu, delta[active])
        particles, holes = _particles_and_holes(model, here, quasi)
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


def _particles_and_holes(model: _Model, rows: _Rows, quasi: _Quasi) -> tuple[Array, Array]:
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


# -- derivatives of W ------------------------------------------------------------------------------


class _Curvature(NamedTuple):
    """Second derivatives of W: by Δ_s (rows, S), by Δ_s and μ (rows, S), by μ twice (rows,)."""

    gap: Array
    mixed: Array
    number: Array


def _curvature(model: _Model, rows: _Rows, quasi: _Quasi) -> _Curvature:
    rate = _rate(rows, quasi)
    cosine2, sine2 = quasi.cosine**2, quasi.sine**2
    gap = -(cosine2 * quasi.ratio + sine2 * rate) * model.pairs
    mixed = quasi.cosine * quasi.sine * (rate - quasi.ratio) * model.pairs
    number = -(sine2 * quasi.ratio + cosine2 * rate)
    return _Curvature(gap @ model.member, mixed @ model.member, number @ model.pairs)


def _rate(rows: _Rows, quasi: _Quasi) -> Array:
    """d(1 − f⁺ − f⁻)/dE = Σ f(1−f)/T; 0 at T = 0."""
    both = quasi.f_low * quasi.e_low + quasi.f_high * quasi.e_high
    rate: Array = _per_heat(both, rows.heat[:, None])
    return rate


def _per_heat(value: Array, heat: Array) -> Array:
    quotient: Array = np.where(heat > 0, value / np.where(heat > 0, heat, 1.0), 0.0)
    return quotient


def _amplitudes(model: _Model, quasi: _Quasi, delta: Array) -> Array:
    """κ_s = Σ (Δ_s/2E)(1 − f⁺ − f⁻), shape (rows, S)."""
    kappa: Array = 0.5 * delta * ((quasi.ratio * model.pairs) @ model.member)
    return kappa


def _hessian(model: _Model, rows: _Rows, quasi: _Quasi) -> Array:
    """Second derivatives of F by (x, μ), shape (rows, R+1, R+1)."""
    curvature, rank = _curvature(model, rows, quasi), model.sign.size
    matrix = np.zeros((rows.heat.size, rank + 1, rank + 1))
    inner = np.einsum("sa,rs,sb->rab", model.basis, curvature.gap, model.basis)
    matrix[:, :rank, :rank] = inner + 2 * np.diag(model.sign)
    matrix[:, :rank, rank] = matrix[:, rank, :rank] = curvature.mixed @ model.basis
    matrix[:, rank, rank] = np.where(curvature.number < -FLAT, curvature.number, -1.0)
    return matrix


# -- finding the states ----------------------------------------------------------------------------


class _Found(NamedTuple):
    """Candidates: which point, x of shape (rows, R), μ."""

    point: Indices
    x: Array
    mu: Array

    def at(self, rows: Indices | Mask) -> _Found:
        return _Found(self.point[rows], self.x[rows], self.mu[rows])


def _starts(model: _Model) -> int:
    if _is_scan(model):
        return SCAN_POINTS + 32
    return max(1, 2 * len(_patterns(model)))


def _is_scan(model: _Model) -> bool:
    return model.sign.size == 1


def _stationary(model: _Model, temperature: Array, field: Array) -> tuple[States, Indices]:
    """All states found at each point, and the point that each belongs to."""
    if model.frozen:
        return _frozen_states(model, field), np.arange(field.size)
    heat = np.maximum(temperature, model.cold)
    rows = _Rows(heat, field, _filling(model, field))
    points = np.arange(field.size)
    normal = _Found(points, np.zeros((field.size, model.sign.size)), _free_potential(model, rows))
    found = _search(model, rows, normal)
    states = _states(model, rows.at(found.point), found, temperature[found.point])
    lost = points[~_settles(model, states, found.point, field.size)]
    warmer = [_from_above(model, rows, normal, one) for one in lost]
    if not any(one.point.size for one in warmer):
        return states, found.point
    found = _joined([found, *warmer])
    return _states(model, rows.at(found.point), found, temperature[found.point]), found.point


def _search(model: _Model, rows: _Rows, normal: _Found) -> _Found:
    if not model.attractive:
        return normal
    return _joined([normal, (_scanned if _is_scan(model) else _descended)(model, rows, normal)])


def _joined(parts: list[_Found]) -> _Found:
    return _Found(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _lowest_of(model: _Model, states: States, rows: Indices) -> Indices:
    """Those of the rows that are minima and, within the width of a tie, the lowest state."""
    free = states.free_energy[rows]
    width = TIE_ULPS * EPSILON * (abs(free.min()) + model.scale)
    lowest_rows: Indices = rows[(free <= free.min() + width) & states.stable[rows]]
    return lowest_rows


def _settles(model: _Model, states: States, point: Indices, points: int) -> Mask:
    """Whether the lowest state of each point is a minimum, as it must be."""
    rows = (np.flatnonzero(point == number) for number in range(points))
    return np.array([_lowest_of(model, states, own).size > 0 for own in rows], dtype=np.bool_)


def _from_above(model: _Model, rows: _Rows, normal: _Found, number: int) -> _Found:
    """The lowest state of the next higher T at which it is a minimum, followed down to T.

    Near T = 0 a minimum can lie on a kink, where levels are pinned to the Fermi energy and a start gets
    there only from nearby.
    """
    one, start, top = rows.at(np.array([number])), normal.at(np.array([number])), _widest(model)
    start, heat = start._replace(point=np.zeros(1, dtype=np.intp)), one.heat
    while heat[0] < WARM * top:
        heat = heat / COOLING
        here = one._replace(heat=heat)
        found = _search(model, here, start._replace(mu=_free_potential(model, here)))
        states = _states(model, here.at(found.point), found, heat[found.point])
        best = _lowest_of(model, states, np.arange(found.mu.size))
        if best.size and np.abs(found.x[best[0]]).max(initial=0.0) > 0:
            return _tracked(model, here, found.at(best[:1]), one.heat)._replace(point=np.array([number]))
    return normal.at(np.arange(0))


def _tracked(model: _Model, rows: _Rows, found: _Found, target: Array) -> _Found:
    """One paired state followed down to the temperature `target`, in steps that keep to it."""
    x, mu, share = found.x, found.mu, COOLING
    while rows.heat[0] > target[0] and share < 0.98:
        cooler = rows._replace(heat=np.maximum(target, share * rows.heat))
        new_x, new_mu, residual = _newton(model, cooler, x, mu, 40)
        near = np.abs(new_x - x).max() <= 0.5 * np.abs(x).max()
        if near and (residual <= _enough(model, cooler)).all():
            x, mu, rows = new_x, new_mu, cooler
        else:
            share = np.sqrt(share)
    return _Found(found.point, x, mu).at(rows.heat <= target)


def _enough(model: _Model, rows: _Rows) -> Array:
    """The residual of a start that has arrived."""
    return RESIDUAL + EPSILON * model.scale / rows.heat


def _scanned(model: _Model, rows: _Rows, normal: _Found) -> _Found:
    """Every change of sign of the gap equation along one attractive direction."""
    reach = float(model.reach[0])
    grid = np.unique(np.concatenate([reach * np.geomspace(1e-7, 0.02, 32), reach * _even(SCAN_POINTS)]))
    point = np.repeat(normal.point, grid.size)
    x = np.tile(grid, normal.point.size)
    mu, value = _gap_equation(model, rows.at(point), x, np.repeat(normal.mu, grid.size))
    start = _gap_value(model, rows, normal.mu, np.zeros((normal.mu.size, model.basis.shape[0])))
    values = np.concatenate([start[:, None], value.reshape(-1, grid.size)], axis=1)
    places = np.concatenate([[0.0], grid])
    which, left = np.nonzero((values[:, :-1] < 0) != (values[:, 1:] < 0))
    guess = mu.reshape(-1, grid.size)[which, left]
    root, mu = _bracketed(model, rows.at(which), places[left], places[left + 1], values[which, left], guess)
    x, polished, _ = _newton(model, rows.at(which), root[:, None], mu, 12)
    inside = (x[:, 0] >= places[left]) & (x[:, 0] <= places[left + 1])
    x, mu = np.where(inside[:, None], x, root[:, None]), np.where(inside, polished, mu)
    return _distinct(model, _Found(which, x, mu), np.ones(which.shape, dtype=np.bool_))


def _even(count: int) -> Array:
    return np.arange(1, count + 1) / count


def _gap_equation(model: _Model, rows: _Rows, x: Array, guess: Array) -> tuple[Array, Array]:
    delta = x[:, None] * model.basis[:, 0]
    mu = _potential(model, rows, delta, guess)
    return mu, _gap_value(model, rows, mu, delta)


def _gap_value(model: _Model, rows: _Rows, mu: Array, delta: Array) -> Array:
    """dF/dx / 2x = 1 − ½ Σ_s B_s² Σ_k (1 − f⁺ − f⁻)/E_k, shape (rows,)."""
    quasi = _quasi(model, rows, mu, delta)
    inside: Array = ((quasi.ratio * model.pairs) @ model.member) @ model.basis[:, 0] ** 2
    return 1 - 0.5 * inside


def _bracketed(
    model: _Model, rows: _Rows, low: Array, high: Array, low_value: Array, guess: Array
) -> tuple[Array, Array]:
    """The root in each bracket by regula falsi (Illinois) and bisection in turn."""
    falling, mu = low_value > 0, guess
    low, high = low.copy(), high.copy()
    f_low, f_high = low_value.copy(), np.full(low.shape, np.nan)
    x = 0.5 * (low + high)
    for step in range(80):
        if not low.size or (high - low <= NARROW * high).all():
            break
        mu, value = _gap_equation(model, rows, x, mu)
        left = (value > 0) == falling
        low, f_low = np.where(left, x, low), np.where(left, value, f_low)
        high, f_high = np.where(left, high, x), np.where(left, f_high, value)
        with np.errstate(divide="ignore", invalid="ignore"):
            secant = low - f_low * (high - low) / (f_high - f_low)
        bisect = ~((secant > low) & (secant < high)) | (step % 3 == 2)
        x = np.where(bisect, 0.5 * (low + high), secant)
    return x, mu


def _descended(model: _Model, rows: _Rows, normal: _Found) -> _Found:
    """Where a fixed set of starts arrives: descent, then Newton; equal arrivals are merged."""
    patterns = np.concatenate([size * _patterns(model) for size in (1.0, 0.05)])
    point = np.repeat(normal.point, len(patterns))
    start = np.tile((patterns @ model.basis) * model.sign, (normal.point.size, 1))
    mu, here = np.repeat(normal.mu, len(patterns)), rows.at(point)
    x, mu = _descent(model, here, start, mu)
    x, mu, residual = _newton(model, here, x, mu, 40)
    enough = _enough(model, here)
    late = np.flatnonzero(residual > enough)
    if late.size:
        x[late], mu[late], residual[late] = _cooled_down(model, here.at(late), start[late], mu[late])
    return _distinct(model, _Found(point, x, mu), residual <= enough)


def _patterns(model: _Model) -> Array:
    """Starts of κ_s: all shells alike, each shell alone, each shell turned against the others."""
    size = model.shell_pairs.size
    alike, single = np.ones((1, size)), np.eye(size)
    patterns: Array = np.concatenate([alike, 0.05 + single, 1 - 2 * single]) * model.shell_pairs / 2
    return patterns


def _descent(model: _Model, rows: _Rows, x: Array, mu: Array) -> tuple[Array, Array]:
    """x₊ ← B₊ᵀκ, while x₋ takes one Newton step towards its own concave maximum."""
    x, mu, active = x.copy(), mu.copy(), np.arange(mu.size)
    for _ in range(DESCENT_STEPS):
        here, delta = rows.at(active), x[active] @ model.basis.T
        mu[active] = _potential(model, here, delta, mu[active])
        moved = _descent_step(model, here, x[active], delta, mu[active])
        x[active] += moved
        active = active[np.abs(moved).max(axis=1) > ARRIVED * model.reach.max()]
        if not active.size:
            break
    return x, mu


def _cooled_down(model: _Model, rows: _Rows, x: Array, mu: Array) -> tuple[Array, Array, Array]:
    """For starts that lose their way: an exact descent at a higher T, whose end is then followed to T.

    Where repulsion is strong the Newton step for x₋ overshoots, and at low T the maximum over x₋ can lie on
    a kink of W, a shell whose Δ_s vanishes as μ lies on its level: both are tame at a higher T.
    """
    heat, warm = rows.heat, WARM * _widest(model)
    rows = rows._replace(heat=np.maximum(heat, warm))
    x, mu = _exact_descent(model, rows, x, mu)
    x, mu, residual = _newton(model, rows, x, mu, 20)
    slope_x, slope_mu = np.zeros_like(x), np.zeros_like(mu)
    active = np.flatnonzero(heat < rows.heat)
    while active.size:
        before_x, before_mu = x[active], mu[active]
        lower = np.maximum(heat, COOLING * rows.heat)
        fall = (lower - rows.heat)[active]
        rows = rows._replace(heat=lower)
        # what sits on a kink moves in proportion to T
        guess_x, guess_mu = before_x + fall[:, None] * slope_x[active], before_mu + fall * slope_mu[active]
        x[active], mu[active], residual[active] = _newton(model, rows.at(active), guess_x, guess_mu, 20)
        slope_x[active] = (x[active] - before_x) / fall[:, None]
        slope_mu[active] = (mu[active] - before_mu) / fall
        active = np.flatnonzero(heat < rows.heat)
    return x, mu, residual


def _exact_descent(model: _Model, rows: _Rows, x: Array, mu: Array) -> tuple[Array, Array]:
    """x₊ ← B₊ᵀκ at the maximum over x₋ and μ: F never rises."""
    x, mu, active, attract = x.copy(), mu.copy(), np.arange(mu.size), model.attractive
    for _ in range(DESCENT_STEPS):
        here = rows.at(active)
        x[active], mu[active] = _maximised(model, here, x[active], mu[active])
        delta = x[active] @ model.basis.T
        kappa = _amplitudes(model, _quasi(model, here, mu[active], delta), delta)
        moved = kappa @ model.basis[:, :attract] - x[active, :attract]
        x[active, :attract] += moved
        active = active[np.abs(moved).max(axis=1) > NEAR * model.reach.max()]
        if not active.size:
            break
    return x, mu


def _maximised(model: _Model, rows: _Rows, x: Array, mu: Array) -> tuple[Array, Array]:
    """The one maximum over x₋ and μ: Newton steps that are halved until F, which is concave there, rises."""
    x, attract = x.copy(), model.attractive
    mu = _potential(model, rows, x @ model.basis.T, mu)
    value, active = _grand_value(model, rows, x, mu), np.arange(mu.size)
    for _ in range(MAXIMUM_STEPS if attract < model.sign.size else 0):
        here, delta = rows.at(active), x[active] @ model.basis.T
        step = _descent_step(model, here, x[active], delta, mu[active])
        step[:, :attract] = 0.0
        share, open_ = np.ones(active.size), np.arange(active.size)
        for _ in range(HALVINGS):
            rows_here, tried = active[open_], x[active[open_]] + share[open_, None] * step[open_]
            new_mu = _potential(model, rows.at(rows_here), tried @ model.basis.T, mu[rows_here])
            new = _grand_value(model, rows.at(rows_here), tried, new_mu)
            rises = new > value[rows_here]
            kept = rows_here[rises]
            x[kept], mu[kept], value[kept] = tried[rises], new_mu[rises], new[rises]
            open_ = open_[~rises]
            share[open_] *= 0.5
            if not open_.size:
                break
        share[open_] = 0.0
        active = active[share * np.abs(step).max(axis=1) > NEAR * model.reach.max()]
        if not active.size:
            break
    return x, mu


def _grand_value(model: _Model, rows: _Rows, x: Array, mu: Array) -> Array:
    """F, without constants."""
    quasi = _quasi(model, rows, mu, x @ model.basis.T)
    value: Array = (x * x) @ model.sign + _grand(model, rows, quasi) + mu * model.electrons
    return value


def _descent_step(model: _Model, rows: _Rows, x: Array, delta: Array, mu: Array) -> Array:
    quasi, attract = _quasi(model, rows, mu, delta), model.attractive
    moved: Array = (_amplitudes(model, quasi, delta) @ model.basis) * model.sign - x
    if attract < model.sign.size:
        matrix = _hessian(model, rows, quasi)[:, attract:, attract:]
        slope = np.concatenate([2 * moved[:, attract:], np.zeros((mu.size, 1))], axis=1)
        moved[:, attract:] = -np.linalg.solve(matrix, slope[:, :, None])[:, :-1, 0]
    return moved


def _newton(model: _Model, rows: _Rows, x: Array, mu: Array, steps: int) -> tuple[Array, Array, Array]:
    """Newton on all equations at once; a step that does not shrink the residual is halved or not taken."""
    x, mu = x.copy(), mu.copy()
    slope, matrix, size = _equations(model, rows, x, mu)
    share = np.ones(mu.shape)
    for _ in range(steps):
        if not mu.size or ((size <= 1e-15) | (share < 1e-3)).all():
            break
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            move = -share[:, None] * _solved(matrix, slope)
        new_x, new_mu = x + move[:, :-1], mu + move[:, -1]
        new_slope, new_matrix, new_size = _equations(model, rows, new_x, new_mu)
        better = new_size < size
        x, mu = np.where(better[:, None], new_x, x), np.where(better, new_mu, mu)
        slope = np.where(better[:, None], new_slope, slope)
        matrix = np.where(better[:, None, None], new_matrix, matrix)
        size, share = np.where(better, new_size, size), np.where(better, 1.0, 0.5 * share)
    return x, mu, size


def _solved(matrix: Array, right: Array) -> Array:
    """Solutions of many small symmetric systems; singular ones give zero steps along the null space."""
    values, vectors = np.linalg.eigh(matrix)
    along = np.einsum("rij,ri->rj", vectors, right)
    cut = 1e-14 * np.abs(values).max(axis=1, keepdims=True)
    along = np.where(np.abs(values) > cut, along / np.where(np.abs(values) > cut, values, 1.0), 0.0)
    solution: Array = np.einsum("rij,rj->ri", vectors, along)
    return solution


def _equations(model: _Model, rows: _Rows, x: Array, mu: Array) -> tuple[Array, Array, Array]:
    """∂F/∂(x, μ), the Hessian, and the size of the former relative to its terms."""
    delta = x @ model.basis.T
    quasi = _quasi(model, rows, mu, delta)
    kappa = _amplitudes(model, quasi, delta)
    particles, holes = _particles_and_holes(model, rows, quasi)
    gap = model.sign * x - kappa @ model.basis
    slope = np.concatenate([2 * gap, (holes - particles)[:, None]], axis=1)
    size = np.abs(gap).max(axis=1, initial=0.0) / model.reach.max(initial=1e-300)
    return slope, _hessian(model, rows, quasi), size + np.abs(holes - particles) / model.pairs.sum()


def _distinct(model: _Model, found: _Found, arrived: Mask) -> _Found:
    """Different paired states; ±Δ are one, Δ = 0 is known already."""
    delta = found.x @ model.basis.T
    far = _nearest(model)
    kept: list[int] = []
    for row in np.flatnonzero(arrived & (np.abs(delta).max(axis=1) > far)):
        others = [other for other in kept if found.point[other] == found.point[row]]
        distance = [min(np.abs(delta[row] - s * delta[o]).max() for s in (1, -1)) for o in others]
        if all(value > far for value in distance):
            kept.append(int(row))
    return found.at(np.array(kept, dtype=np.intp))


def _nearest(model: _Model) -> float:
    """Gaps nearer to each other than this are one."""
    return SAME * max(_widest(model), 1e-300)


def _widest(model: _Model) -> float:
    """The largest possible Δ."""
    return float(np.abs(model.basis @ model.reach).max(initial=0.0))


# -- what a state yields ---------------------------------------------------------------------------


def _states(model: _Model, rows: _Rows, found: _Found, temperature: Array) -> States:
    """Averages of each state; T = 0 has step functions where no level is pinned to the Fermi energy."""
    x, mu = found.x, found.mu
    cold = temperature < model.cold
    settled = _settled(model, rows, found)
    if cold.any():
        quasi = _quasi(model, rows, mu, x @ model.basis.T)
        sharp = cold & ~_pinned(quasi)
        rows = rows._replace(heat=np.where(sharp, 0.0, rows.heat))
        paired = np.flatnonzero(sharp & (np.abs(x).max(axis=1, initial=0.0) > 0))
        x, mu = x.copy(), mu.copy()
        x[paired], mu[paired], _ = _newton(model, rows.at(paired), x[paired], mu[paired], 8)
    states = _cooled(model, rows, _warm_states(model, rows, x, mu), temperature)
    return states._replace(stable=states.stable | settled)


def _settled(model: _Model, rows: _Rows, found: _Found) -> Mask:
    """Normal states on a plateau of N(μ) that are minima although their own μ would pair.

    Where free electrons leave μ open, a small Δ chooses it. With λ(μ) the softest curvature of F at Δ = 0
    and φ(μ) what F loses against the free electrons' own μ,

        F(x) − F(0) ≥ max_μ [½λ(μ)x² − φ(μ)],

    so one μ with λ > 0 and φ below ½λr² shows that nothing outside r lies lower. φ → 0 all over the plateau
    as T → 0: the formal minimum then has Δ ~ e^{−gap/2T}, which is the normal state.
    """
    settled = np.zeros(found.mu.shape, dtype=np.bool_)
    soft = _softest(model, _hessian(model, rows, _quasi(model, rows, found.mu, found.x @ model.basis.T)))
    normal = np.flatnonzero((np.abs(found.x).max(axis=1, initial=0.0) == 0) & (soft <= SOFT))
    if not normal.size:
        return settled
    here, radius = rows.at(normal), _nearest(model) / np.linalg.norm(model.basis, 2)
    free = _grand_value(model, here, found.x[normal], found.mu[normal])

    def bound(mu: Array) -> tuple[Array, Array]:
        soft = _softest(
            model, _hessian(model, here, _quasi(model, here, mu, found.x[normal] @ model.basis.T))
        )
        loss = free - _grand_value(model, here, found.x[normal], mu)
        return 0.5 * soft * radius**2 - loss, soft

    value, soft = bound(_highest(lambda mu: bound(mu)[0], *_plateau(model, here)))
    settled[normal] = (soft > 0) & (value >= -TIE_ULPS * EPSILON * model.scale)
    return settled


def _plateau(model: _Model, rows: _Rows) -> tuple[Array, Array]:
    """The last filled and the first empty level of free electrons at T = 0."""
    levels = _zeeman_levels(model, rows.field)
    last = np.where(rows.filling > 0, levels, -np.inf).max(axis=1)
    first = np.where(rows.filling < 1, levels, np.inf).min(axis=1)
    return last, first


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


def _pinned(quasi: _Quasi) -> Mask:
    """Whether some quasi-particle level is neither empty nor filled."""
    open_ = np.minimum(quasi.f_low, quasi.e_low) + np.minimum(quasi.f_high, quasi.e_high)
    pinned: Mask = open_.max(axis=1) > 1e-6
    return pinned


def _cooled(model: _Model, rows: _Rows, states: States, temperature: Array) -> States:
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


def _warm_states(model: _Model, rows: _Rows, x: Array, mu: Array) -> States:
    delta = x @ model.basis.T
    quasi = _quasi(model, rows, mu, delta)
    kappa = _amplitudes(model, quasi, delta)
    paired = np.einsum("ra,a,ra->r", x, model.sign, x)
    grand = paired + _grand(model, rows, quasi)
    matrix = _hessian(model, rows, quasi)
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


def _lone_occupation(model: _Model) -> Array:
    missing: Array = np.zeros(model.shell_pairs.size)
    missing[model.lone_shell] = float(model.lone)
    return missing


def _grand(model: _Model, rows: _Rows, quasi: _Quasi) -> Array:
    heat = rows.heat[:, None]
    logs = heat * sum(np.log1p(np.exp(-np.abs(_over(e, heat)))) for e in (quasi.low, quasi.high))
    below = np.minimum(quasi.low, 0.0) + np.minimum(quasi.high, 0.0)
    value: Array = (quasi.xi - quasi.energy + below - logs) @ model.pairs
    return value


def _entropy(rows: _Rows, quasi: _Quasi) -> Array:
    total = np.zeros_like(quasi.low)
    for energy in (quasi.low, quasi.high):
        y = np.abs(_over(energy, rows.heat[:, None]))
        decay = np.exp(-y)
        total += np.where(rows.heat[:, None] > 0, np.log1p(decay) + y * decay / (1 + decay), 0.0)
    return total


def _variance(quasi: _Quasi) -> Array:
    """⟨n̂²⟩ − ⟨n̂⟩² of a pair level by Wick's theorem."""
    thermal = quasi.f_low * quasi.e_low + quasi.f_high * quasi.e_high
    pairs = quasi.e_low * quasi.e_high + quasi.f_low * quasi.f_high
    variance: Array = quasi.cosine**2 * thermal + quasi.sine**2 * pairs
    return variance


def _responses(model: _Model, rows: _Rows, quasi: _Quasi, matrix: Array, paired: Mask) -> tuple[Array, Array]:
    """χ and C along the branch: all Δ_s and μ follow, d(x, μ) = −H⁻¹ ∂²F/∂(x, μ)∂θ."""
    g_low, g_high = quasi.f_low * quasi.e_low, quasi.f_high * quasi.e_high
    heat = rows.heat[:, None]
    y_low, y_high = _over(quasi.low, heat), _over(quasi.high, heat)
    by_field = _per_heat(model.moment * (g_high - g_low), heat)
    by_heat = -_per_heat(y_low * g_low + y_high * g_high, heat)
    own_chi = _per_heat(model.moment**2 * (g_low + g_high), heat) @ model.pairs
    own_heat = (y_low**2 * g_low + y_high**2 * g_high) @ model.pairs
    chi, capacity = (_followed(model, quasi, slope, matrix, paired) for slope in (by_field, by_heat))
    return own_chi + chi, own_heat + rows.heat * capacity


def _followed(model: _Model, quasi: _Quasi, slope: Array, matrix: Array, paired: Mask) -> Array:
    """gᵀH⁻¹g with g from ∂(1 − f⁺ − f⁻)/∂θ."""
    by_gap = -((quasi.sine * slope * model.pairs) @ model.member) @ model.basis
    by_number = (quasi.cosine * slope) @ model.pairs
    gradient = np.concatenate([by_gap, by_number[:, None]], axis=1)
    result: Array = by_number * (by_number / matrix[:, -1, -1])
    if paired.any():
        inside = np.einsum("ri,ri->r", gradient[paired], _solved(matrix[paired], gradient[paired]))
        result[paired] = inside
    return result


def _softest(model: _Model, matrix: Array) -> Array:
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


def _frozen_states(model: _Model, field: Array) -> States:
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
