"""The mean field of several shells: one Δ_s per shell, one chemical potential, the lowest minimum, certified.

With ξ = ε_s − μ, E = √(ξ² + Δ_s²), the pair amplitudes κ_s = ⟨A_s⟩ and Δ_s = Σ_s' G_ss' κ_s', the grand
potential is

    Ω(κ, μ) = Σ κ_s G_ss' κ_s' + W(Δ, μ),
    W(Δ, μ) = Σ_k { ξ − E − T ln[1 + e^{−(E−ωm_k)/T}] − T ln[1 + e^{−(E+ωm_k)/T}] }.

In coordinates x along the eigenvectors of G, Δ = Bx with G = B diag(σ) Bᵀ and σ = ±1, no inverse is needed:

    F = min_{x₊} max_{x₋, μ} [ Σ σ x² + W(Bx, μ) + μN ].

W is jointly concave in (Δ, μ), so the repulsive directions x₋ and μ have one solution, and replacing x₊ by
B₊ᵀκ never raises F. A stationary state obeys the gap equations and the number equation,

    Δ_s = Σ_s' G_ss' Σ_{k∈s'} (Δ_s'/2E_k)(1 − f⁺ − f⁻),     N = Σ_k [1 − (ξ/E_k)(1 − f⁺ − f⁻)].

For several shells the states are searched and the lowest of them is *certified* afterwards. One attractive
direction (a constant G among them) is scanned and every change of sign of the gap equation bracketed; several
directions are searched from a fixed set of starts. Then branch and bound over x₊ (`mean_field_certificate`)
shows that F lies nowhere lower by more than 10⁻¹⁰ of the size of its terms, or leads to a lower state, which
is taken. With more than five attractive directions, or where its budget ends before, the distance from F to
the highest bound known is in the result (`Averages.uncertified`). Minima that are not the lowest can go
unseen. Where the lowest state is no minimum, the minimum of a higher T is followed down; where that fails
too, it is an error.

W is worked out in `mean_field_quasiparticles`, the states are searched in `mean_field_search`, and what each
of them yields is in `mean_field_states`.

The Δ_s are real (either sign): states with complex phases between shells are not looked for. Exchange, the
term Σ_k ⟨n_k⟩⟨n_k̄⟩ that the factorised force also has, is dropped, as for one shell.

References
----------
J. Bardeen, L. N. Cooper, J. R. Schrieffer, Phys. Rev. 108, 1175 (1957), doi:10.1103/PhysRev.108.1175;
H. Suhl, B. T. Matthias, L. R. Walker, Phys. Rev. Lett. 3, 552 (1959), doi:10.1103/PhysRevLett.3.552;
A. L. Yuille, A. Rangarajan, Neural Comput. 15, 915 (2003), doi:10.1162/08997660360581958 (the descent).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.mean_field_certificate import certified, width
from quasispin.ensembles.mean_field_quasiparticles import (
    EPSILON,
    Indices,
    Mask,
    Model,
    Rows,
    free_filling,
    free_potential,
    grand_value,
)
from quasispin.ensembles.mean_field_search import (
    COOLING,
    WARM,
    Found,
    descended,
    joined,
    search,
    starts,
    tracked,
)
from quasispin.ensembles.mean_field_states import TIE_ULPS, States, frozen_states, states_of
from quasispin.errors import InputError, SolverError, integer, shown
from quasispin.system.system import System

COLD = 1e-8
"""In units of the largest |G| (or, without G, of the levels): lower temperatures are taken as the limit
T → 0. Where no quasi-particle level lies at the Fermi energy that limit has exact step functions; where some
do (partly filled levels), it is read off at this temperature, to as many digits."""
RANK = 1e-12
"""Eigenvalues of G below this share of the largest are zero."""
CHUNK_NUMBERS = 400_000
"""Levels × points × starts that are worked on together."""


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


class Lowest(NamedTuple):
    """The state of lowest free energy at each point, and what is known of it."""

    states: States
    uncertified: Array
    """By how much F may lie above the global minimum at most, shape (X,); 0 where that is certified."""
    tied: Indices
    """How many minima share the lowest F within the width of a tie, shape (X,)."""


def lowest(system: System, blocked: Blocked | None, temperature: Array, field: Array) -> Lowest:
    """The state of lowest free energy at each point of two arrays of shape (X,), T ≥ 0 and ω of any sign.

    Within 64 ulps of a tie the largest gap is taken.

    Raises
    ------
    SolverError
        If the lowest stationary state found at a point is no minimum: a lower one was missed.
    """
    model = _model(system, blocked)
    parts, open_, ties = [], [], []
    step = max(1, CHUNK_NUMBERS // (starts(model) * max(1, model.energy.size)))
    for start in range(0, temperature.size, step):
        chunk = slice(start, start + step)
        states, point, above = _stationary(model, temperature[chunk], np.abs(field[chunk]))
        rows, tied = _lowest_rows(model, states, point, temperature[chunk], field[chunk])
        parts.append(states.at(rows))
        open_.append(above[rows])
        ties.append(tied)
    found = States(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    found = found._replace(moment=_signed(found.moment + model.lone_moment, field))
    return Lowest(found, np.concatenate(open_), np.concatenate(ties))


def stationary(system: System, blocked: Blocked | None, temperature: float, field: float) -> States:
    """All stationary states found at one point, the lowest free energy first."""
    model = _model(system, blocked)
    states, *_ = _stationary(model, np.array([temperature]), np.array([abs(field)]))
    order = np.lexsort([~states.stable, states.free_energy])
    moments = _signed(states.moment + model.lone_moment, np.full(states.moment.shape, field))
    return states._replace(moment=moments).at(order)


def _signed(moment: Array, field: Array) -> Array:
    signed: Array = np.sign(field) * moment + 0.0
    return signed


def _lowest_rows(
    model: Model, states: States, point: Indices, temperature: Array, field: Array
) -> tuple[Indices, Indices]:
    """The row of each point, and how many are tied there."""
    best, count = (np.empty(temperature.size, dtype=np.intp) for _ in range(2))
    size = np.abs(states.gaps).max(axis=1, initial=0.0)
    for number in range(temperature.size):
        tied = _lowest_of(model, states, np.flatnonzero(point == number))
        if not tied.size:
            raise SolverError(
                "The minimum of the free energy was not found at temperature "
                f"{temperature[number]:g} and field {field[number]:g}.",
                (temperature[number], field[number]),
            )
        best[number], count[number] = tied[np.argmax(size[tied])], tied.size
    return best, count


def _lowest_of(model: Model, states: States, rows: Indices) -> Indices:
    """Those of the rows that are minima and, within the width of a tie, the lowest state."""
    free = states.free_energy[rows]
    width = TIE_ULPS * EPSILON * (abs(free.min()) + model.scale)
    lowest_rows: Indices = rows[(free <= free.min() + width) & states.stable[rows]]
    return lowest_rows


# -- all stationary states -------------------------------------------------------------------------


def _stationary(model: Model, temperature: Array, field: Array) -> tuple[States, Indices, Array]:
    """All states found at each point, the point of each, and by how much it may lie above the minimum."""
    if model.frozen:
        return frozen_states(model, field), np.arange(field.size), np.zeros(field.size)
    heat = np.maximum(temperature, model.cold)
    rows = Rows(heat, field, free_filling(model, field))
    points = np.arange(field.size)
    normal = Found(points, np.zeros((field.size, model.sign.size)), free_potential(model, rows))
    found, bound = _completed(model, rows, normal, search(model, rows, normal))
    states = states_of(model, rows.at(found.point), found, temperature[found.point])
    lost = points[~_settles(model, states, found.point, field.size)]
    warmer = [_from_above(model, rows, normal, one) for one in lost]
    if any(one.point.size for one in warmer):
        found = joined([found, *warmer])
        states = states_of(model, rows.at(found.point), found, temperature[found.point])
    return states, found.point, _open(model, rows, found, bound)


def _completed(model: Model, rows: Rows, normal: Found, found: Found) -> tuple[Found, Array]:
    """The states found, those that branch and bound leads to, and a bound that F lies nowhere below."""
    if not model.attractive:
        return found, np.full(rows.heat.shape, -np.inf)
    known = np.full(rows.heat.shape, np.inf)
    np.minimum.at(known, found.point, grand_value(model, rows.at(found.point), found.x, found.mu))
    certificate = certified(model, rows, known, normal.mu)
    if not certificate.lower.point.size:
        return found, certificate.bound
    new = descended(model, rows, certificate.lower)
    lower = grand_value(model, rows.at(new.point), new.x, new.mu) < known[new.point]
    return joined([found, new.at(lower)]), certificate.bound


def _open(model: Model, rows: Rows, found: Found, bound: Array) -> Array:
    """By how much F of each state may lie above the minimum at most; 0 within the certificate's width."""
    if not model.attractive:
        return np.zeros(found.mu.shape)
    here = rows.at(found.point)
    above = grand_value(model, here, found.x, found.mu) - bound[found.point]
    # the width twice: once below the lowest place that was seen, once between that place and the state
    return np.where(above <= 2 * width(model, here), 0.0, above)


def _settles(model: Model, states: States, point: Indices, points: int) -> Mask:
    """Whether the lowest state of each point is a minimum, as it must be."""
    rows = (np.flatnonzero(point == number) for number in range(points))
    return np.array([_lowest_of(model, states, own).size > 0 for own in rows], dtype=np.bool_)


def _from_above(model: Model, rows: Rows, normal: Found, number: int) -> Found:
    """The lowest state of the next higher T at which it is a minimum, followed down to T.

    Near T = 0 a minimum can lie on a kink, where levels are pinned to the Fermi energy and a start gets
    there only from nearby.
    """
    one, start, top = rows.at(np.array([number])), normal.at(np.array([number])), model.widest
    start, heat = start._replace(point=np.zeros(1, dtype=np.intp)), one.heat
    while heat[0] < WARM * top:
        heat = heat / COOLING
        here = one._replace(heat=heat)
        found = search(model, here, start._replace(mu=free_potential(model, here)))
        states = states_of(model, here.at(found.point), found, heat[found.point])
        best = _lowest_of(model, states, np.arange(found.mu.size))
        if best.size and np.abs(found.x[best[0]]).max(initial=0.0) > 0:
            return tracked(model, here, found.at(best[:1]), one.heat)._replace(point=np.array([number]))
    return normal.at(np.arange(0))


# -- the model -------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _model(system: System, blocked: Blocked | None) -> Model:
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
    return Model(
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
