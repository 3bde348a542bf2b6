"""The statistical sum at fixed N for any number of shells: sectors times weights.

    Z_N(T, ω) = Σ_{ν_s} Π_s D_ν_s(x) Σ_i e^{−βE_i({ν_s})},    x = |ω|/T,

measured from U₀, the lowest E_i − |ω|m_ν of that N and field, with m_ν = Σ_s m_ν_s the top moments. Of a
state in tuple b, U − U₀ = [E_i − E₀ − |ω|(m_b − m₀)] + |ω|(m_b − m): both parts are ≥ 0. Means come first;
variances follow in a second pass from the law of total variance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.ensembles.fixed_number import FixedNumber, exact_product, exact_sum
from quasispin.spectrum.sectors import Sectors, sectors
from quasispin.spectrum.weights import Weights, weights
from quasispin.system.system import System

CHUNK_BYTES = 128 * 2**20
"""Memory for the arrays (eigenstate, point) of one chunk of points."""

TIE = 64 * np.finfo(np.float64).eps
"""Levels closer than this, relative to the largest energy, are one level at T = 0."""


class _Tuples(NamedTuple):
    """Sums over the shells of their weights; B tuples, X points."""

    top: Array  # (B,)
    log: Array  # (B, X)
    depth: Array
    variance: Array
    moment: Array
    blocked_pairs: Array


class _Shares(NamedTuple):
    """How the eigenstates are filled."""

    above: Array  # (E, X) E_i − |ω|m_b − U₀
    state: Array  # (E, X) probability of each eigenstate with all its multiplicity
    tuple: Array  # (B, X) the same of each seniority tuple
    log_sum: Array  # (X,)
    ground: npt.NDArray[np.int64]  # (X,) the lowest eigenstate


def fixed_number(system: System, numbers: Sequence[int], temperature: Array, field: Array) -> FixedNumber:
    """The sum over all states of each electron number, for shells and couplings of any kind.

    Parameters
    ----------
    system
        The shells and the coupling; its own electron number is not used.
    numbers
        Electron numbers N, shape (K,).
    temperature, field
        T ≥ 0 and ω, energies in the unit of the coupling, shape (X,).

    Raises
    ------
    SizeError
        If the system is too large to be solved exactly.
    """
    solved = sectors(system, numbers)
    size = max(1, CHUNK_BYTES // (8 * 10 * max(len(item.energy) for item in solved)))
    parts = [
        _chunk(system, solved, temperature[start : start + size], field[start : start + size])
        for start in range(0, temperature.size, size)
    ]
    return _concatenated(parts)


def _chunk(system: System, solved: Sequence[Sectors], temperature: Array, field: Array) -> FixedNumber:
    strength = np.abs(field)
    x = _quotient(strength, temperature)
    distinct = {shell.moments: weights(shell.moments, x) for shell in system.shells}
    per_shell = [distinct[shell.moments] for shell in system.shells]
    rows = [_one_number(system, item, per_shell, temperature, field) for item in solved]
    stacked: dict[str, Any] = {
        name: None if rows[0][name] is None else np.stack([row[name] for row in rows]) for name in rows[0]
    }
    return FixedNumber(
        numbers=np.array([item.electrons for item in solved], dtype=np.int64),
        coupling=system.coupling if isinstance(system.coupling, float) else None,
        **stacked,
    )


def _one_number(
    system: System, solved: Sectors, per_shell: Sequence[Weights], temperature: Array, field: Array
) -> dict[str, Any]:
    """Every field of `FixedNumber` at one N, without its axis K."""
    strength = np.abs(field)
    tuples = _tuples(solved, per_shell)
    shares = _shares(solved, tuples, temperature, strength)
    ground, ground_low = _ground_energy(solved, tuples, shares, strength)
    moment = _mean(shares.tuple, tuples.moment)
    depth = _mean(shares.tuple, tuples.depth)
    excitation = _mean(shares.state, shares.above) + strength * depth
    return {
        "ground_energy": ground,
        "ground_energy_low": ground_low,
        "log_sum": shares.log_sum,
        "excitation": excitation,
        "energy": solved.energy @ shares.state - strength * moment,
        "pair_energy": solved.pair_energy @ shares.state,
        "moment": np.sign(field) * moment,
        "moment_variance": _moment_variance(solved, tuples, shares, moment),
        "energy_variance": _energy_variance(solved, tuples, shares, strength, excitation),
        "connected": _connected(solved, tuples, shares),
        "occupation": 2.0 * shares.state.T @ solved.pairs + shares.tuple.T @ solved.seniorities,
        "unpaired": shares.tuple.T @ solved.seniorities.astype(np.float64),
        "seniority": _seniority(solved, shares, system.pair_degeneracy),
    }


def _tuples(solved: Sectors, per_shell: Sequence[Weights]) -> _Tuples:
    columns = list(zip(solved.seniorities.T, per_shell, strict=True))
    top = np.sum([shell.top[nu] for nu, shell in columns], axis=0)
    names = ("log", "depth", "variance", "moment", "blocked_pairs")
    return _Tuples(
        top, *(np.sum([getattr(shell, name).T[nu] for nu, shell in columns], axis=0) for name in names)
    )


def _shares(solved: Sectors, tuples: _Tuples, temperature: Array, strength: Array) -> _Shares:
    top = tuples.top[solved.tuple_of]
    ground = np.argmin(solved.energy[:, None] - np.outer(top, strength), axis=0)
    gained = (top[:, None] - top[ground]) * strength
    above = np.maximum((solved.energy[:, None] - solved.energy[ground]) - gained, 0.0)
    scale = np.abs(solved.energy).max() + strength * top.max()
    above[:, temperature == 0] *= (above > TIE * scale)[:, temperature == 0]  # tied levels are one level
    logs = tuples.log[solved.tuple_of] - _quotient(above, temperature)
    largest = np.argmax(logs, axis=0)
    peak = np.take_along_axis(logs, largest[None], axis=0)[0]
    relative = np.exp(logs - peak)
    np.put_along_axis(relative, largest[None], 0.0, axis=0)
    others = relative.sum(axis=0)  # apart from the largest, which keeps every digit of a small ln Σ
    np.put_along_axis(relative, largest[None], 1.0, axis=0)
    relative /= 1.0 + others
    per_tuple = np.add.reduceat(relative, solved.first, axis=0)
    return _Shares(above, relative, per_tuple, peak + np.log1p(others), ground)


def _quotient(above: Array, temperature: Array) -> Array:
    """ΔU/T, or |ω|/T, ≥ 0; at T = 0 either 0 or infinite."""
    cold = np.where(above > 0, np.inf, 0.0)
    with np.errstate(over="ignore"):
        return np.divide(above, temperature, out=cold, where=np.broadcast_to(temperature > 0, above.shape))


def _ground_energy(solved: Sectors, tuples: _Tuples, shares: _Shares, strength: Array) -> tuple[Array, Array]:
    gained, gained_low = exact_product(strength, tuples.top[solved.tuple_of[shares.ground]])
    high, low = exact_sum(solved.energy[shares.ground], -gained)
    return exact_sum(high, low - gained_low)


def _moment_variance(solved: Sectors, tuples: _Tuples, shares: _Shares, moment: Array) -> Array:
    """Spread within the tuples and between them, measured from m = 0 or from the ground state's top."""
    below = (tuples.top[solved.tuple_of[shares.ground]] - tuples.top[:, None]) + tuples.depth
    mean_below = _mean(shares.tuple, below)
    spread = np.where(moment <= np.abs(mean_below), tuples.moment - moment, mean_below - below)
    return _mean(shares.tuple, tuples.variance) + _mean(shares.tuple, spread**2)


def _energy_variance(
    solved: Sectors, tuples: _Tuples, shares: _Shares, strength: Array, excitation: Array
) -> Array:
    spread = shares.above + (strength * tuples.depth)[solved.tuple_of] - excitation
    return _mean(shares.tuple, (strength * np.sqrt(tuples.variance)) ** 2) + _mean(shares.state, spread**2)


def _connected(solved: Sectors, tuples: _Tuples, shares: _Shares) -> Array | None:
    """⟨A⁺A⟩ − (N − ⟨b⟩)/2 with ⟨b⟩ = ν − 2⟨p⟩: (N − ν)/2 + ⟨p⟩ pair levels are doubly occupied."""
    if solved.pair_number is None:
        return None
    moving = (solved.electrons - solved.seniorities.sum(axis=1)) // 2
    found: Array = (solved.pair_number - moving[solved.tuple_of]) @ shares.state
    return found - _mean(shares.tuple, tuples.blocked_pairs)


def _seniority(solved: Sectors, shares: _Shares, pairs: int) -> Array:
    total = solved.seniorities.sum(axis=1)
    distribution: Array = shares.tuple.T @ (total[:, None] == np.arange(pairs + 1)).astype(np.float64)
    return distribution


def _mean(share: Array, values: Array) -> Array:
    found: Array = np.einsum("bx,bx->x", share, values)
    return found


def _concatenated(parts: Sequence[FixedNumber]) -> FixedNumber:
    """The points of all parts, one after the other."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return FixedNumber(**dict(_joined_fields(first, parts)))


def _joined_fields(first: FixedNumber, parts: Sequence[FixedNumber]) -> Iterator[tuple[str, Any]]:
    for item in fields(FixedNumber):
        value = getattr(first, item.name)
        on_grid = isinstance(value, np.ndarray) and item.name != "numbers"
        yield (
            item.name,
            np.concatenate([getattr(part, item.name) for part in parts], axis=1) if on_grid else value,
        )
