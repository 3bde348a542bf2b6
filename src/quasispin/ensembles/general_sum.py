"""The statistical sum at fixed N for any number of shells: sectors times weights.

    Z_N(T, ω) = Σ_{ν_s} Π_s D_ν_s(x) Σ_i e^{−βE_i({ν_s})},    x = |ω|/T.

The sum over the states of a block depends on T alone, so it is done once for every block and temperature;
tuples whose weights are the same function of x (equal moments, the same seniorities among them) are added
up, at each T, to a class; at the points only classes are left, and averages are matrix products of their
shares with their means.

All is measured from U₀, the lowest E_i − |ω|m_ν of that N and field, with m_ν = Σ_s m_ν_s the top moments.
Of a state in class c, U − U₀ = [E_c − E₀ − |ω|(m_c − m₀)] + (E_i − E_c) + |ω|(m_c − m), E_c the lowest
level of the class: every part is ≥ 0. Means come first; variances follow in a second pass from the law of
total variance.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.ensembles.fixed_number import FixedNumber, exact_product, exact_sum
from quasispin.spectrum.blocks import Block
from quasispin.spectrum.sectors import Sectors, sectors
from quasispin.spectrum.weights import Weights, weights
from quasispin.system.system import System

Integers = npt.NDArray[np.int64]

CHUNK_BYTES = 96 * 2**20
"""Memory for the arrays of one chunk of points."""

TIE = 64 * np.finfo(np.float64).eps
"""Levels closer than this, relative to the largest energy, are one level at T = 0."""


def fixed_number(
    system: System,
    numbers: Sequence[int],
    temperature: Array,
    field: Array,
    levels: Sequence[Sectors] | None = None,
) -> FixedNumber:
    """The sum over all states of each electron number, for shells and couplings of any kind.

    Parameters
    ----------
    system
        The shells and the coupling; its own electron number is not used.
    numbers
        Electron numbers N, shape (K,).
    temperature, field
        T ≥ 0 and ω, energies in the unit of the coupling, shape (X,).
    levels
        The levels of each N to be summed; all of them if left out.

    Raises
    ------
    SizeError
        If the system is too large to be solved exactly.
    """
    columns = _columns(system)
    solved = [_classified(item, columns) for item in levels or sectors(system, numbers)]
    order = np.argsort(temperature, kind="stable")
    pieces = _pieces(solved, temperature[order])

    def run(piece: slice) -> FixedNumber:
        points = order[piece]
        return _chunk(system, columns, solved, temperature[points], field[points])

    if len(pieces) == 1:
        parts = [run(pieces[0])]
    else:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            parts = list(threads.map(run, pieces))
    return _reordered(_concatenated(parts), np.argsort(order))


# -- what does not depend on the point ------------------------------------------------------------


class _Columns(NamedTuple):
    """The distinct weights D_ν(x), ν ≥ 1, of all shells."""

    moments: list[tuple[float, ...]]  # distinct lists of moments
    kind: Integers  # (S,) which of them each shell has
    start: Integers  # first column of each kind; its seniorities 1 … M follow
    size: int


def _columns(system: System) -> _Columns:
    distinct = list(dict.fromkeys(shell.moments for shell in system.shells))
    kind = np.array([distinct.index(shell.moments) for shell in system.shells])
    lengths = np.array([len(moments) for moments in distinct])
    return _Columns(distinct, kind, np.cumsum(lengths) - lengths, int(lengths.sum()))


@dataclass(frozen=True, eq=False)
class _Classified:
    """The tuples of one N, those of equal weights together; B tuples, C classes, S shells."""

    solved: Sectors
    order: Integers
    """Tuples by class, shape (B,)."""
    first: Integers
    """Where each class begins in that order, shape (C,)."""
    class_of: Integers
    """Class of each tuple in that order, shape (B,)."""
    counts: Array
    """How often each column of weights enters a class, shape (C, columns)."""
    total: Integers
    """Total seniority of each class, shape (C,)."""
    lowest: Array
    """Lowest level of each tuple in that order, shape (B,)."""
    ground: Array
    """Lowest level of each class, shape (C,)."""
    scale: float
    """Largest energy."""
    stacks: list[tuple[Integers, Block]]
    """Blocks of one shape together: their indices (J,) and their arrays with a leading axis J."""


def _classified(solved: Sectors, columns: _Columns) -> _Classified:
    tuples, shells = solved.seniorities.shape
    counts = np.zeros((tuples, columns.size), dtype=np.int16)
    for s in range(shells):
        blocked = np.flatnonzero(solved.seniorities[:, s])
        counts[blocked, columns.start[columns.kind[s]] + solved.seniorities[blocked, s] - 1] += 1
    distinct, member = np.unique(counts, axis=0, return_inverse=True)
    order = np.argsort(member.ravel(), kind="stable")
    class_of = member.ravel()[order]
    first = np.searchsorted(class_of, np.arange(len(distinct)))
    bottom = np.array([item.energy[0] for item in solved.blocks])
    top = np.array([item.energy[-1] for item in solved.blocks])
    lowest = (solved.shift + bottom[solved.block_of])[order]
    highest = solved.shift + top[solved.block_of]
    return _Classified(
        solved,
        order,
        first,
        class_of,
        distinct.astype(np.float64),
        solved.seniorities.sum(axis=1)[order][first],
        lowest,
        np.minimum.reduceat(lowest, first),
        float(max(np.abs(lowest).max(), np.abs(highest).max())),
        _stacks(solved.blocks),
    )


def _stacks(blocks: Sequence[Block]) -> list[tuple[Integers, Block]]:
    alike: dict[tuple[int, ...], list[int]] = {}
    for index, item in enumerate(blocks):
        alike.setdefault((*item.pairs.shape, item.field.shape[1]), []).append(index)
    return [
        (
            np.array(some),
            Block(*(np.stack([getattr(blocks[i], part.name) for i in some]) for part in fields(Block))),
        )
        for some in alike.values()
    ]


def _pieces(solved: Sequence[_Classified], temperature: Array) -> list[slice]:
    """Slices of the points, sorted by temperature, that fit into the memory of a chunk."""
    classes = max(len(item.ground) for item in solved)
    points = max(1, int(CHUNK_BYTES // (8 * 14 * classes)))
    at_once = max(_bytes_per_temperature(item) for item in solved)
    heats = max(1, int(CHUNK_BYTES // at_once))
    number = np.cumsum(np.diff(temperature, prepend=temperature[:1]) != 0)
    found, start = [], 0
    while start < temperature.size:
        stop = min(start + points, int(np.searchsorted(number, number[start] + heats)))
        found.append(slice(start, stop))
        start = stop
    return found or [slice(0, 0)]


def _bytes_per_temperature(item: _Classified) -> int:
    tuples, shells = item.solved.seniorities.shape
    states = max(stack.energy.size for _, stack in item.stacks)
    return 8 * int(3 * states + tuples * (5 * shells + 12))


# -- sums at one temperature ------------------------------------------------------------------------


class _Thermal(NamedTuple):
    """Sums over the states of each class at each temperature; C classes, H temperatures."""

    others: Array  # (C, H) Σ e^{−(E_i − E_c)/T} − 1
    mean: Array  # (C, H) ⟨E⟩ − E_c
    variance: Array  # (C, H) of E
    table: Array  # (H, C, …) what else is averaged, in the order of `_NAMES`


def _thermal(item: _Classified, temperature: Array) -> _Thermal:
    solved, tie = item.solved, TIE * item.scale
    inner = _block_sums(item, temperature, tie)
    block_of = solved.block_of[item.order]
    above = item.lowest - item.ground[item.class_of]
    gone, factor = _boltzmann(above, temperature, tie)
    terms = factor * (1.0 + inner.others[block_of])
    # the lowest tuple of each class apart: ln Σ keeps every digit where it is small
    lowest = _first_zero(above, item.first)
    rest = terms.copy()
    rest[lowest] = inner.others[block_of[lowest]]
    others = np.add.reduceat(rest, item.first, axis=0)
    share = terms / (1.0 + others)[item.class_of]
    local = gone + inner.mean[block_of]
    mean = np.add.reduceat(share * local, item.first, axis=0)
    spread = inner.variance[block_of] + (local - mean[item.class_of]) ** 2
    variance = np.add.reduceat(share * spread, item.first, axis=0)
    table = np.add.reduceat(share[..., None] * _tuple_means(item, inner), item.first, axis=0)
    return _Thermal(others, mean, variance, np.ascontiguousarray(table.transpose(1, 0, 2)))


def _first_zero(above: Array, first: Integers) -> Integers:
    """For each class the first of its tuples that holds its lowest level."""
    at = np.flatnonzero(above == 0)
    return np.asarray(at[np.searchsorted(at, first)])


def _boltzmann(above: Array, temperature: Array, tie: float) -> tuple[Array, Array]:
    """Distances and e^{−distance/T}, both (…, H); at T = 0 tied levels are one level."""
    gone = above[..., None] * ((temperature > 0) | (above[..., None] > tie))
    return gone, np.exp(-_quotient(gone, temperature))


class _Inner(NamedTuple):
    """Averages within the J blocks, at H temperatures."""

    others: Array  # (J, H)
    mean: Array  # (J, H), from the block's lowest level
    variance: Array  # (J, H)
    pairing: Array  # (J, H)
    pairs: Array  # (J, H, R + 1), the last 0
    field: Array  # (J, H, Q), Q at least 1


def _block_sums(item: _Classified, temperature: Array, tie: float) -> _Inner:
    size = (len(item.solved.blocks), temperature.size)
    most = max(stack.pairs.shape[2] for _, stack in item.stacks)
    rows = max(1, *(stack.field.shape[2] for _, stack in item.stacks))
    one, two, three, four = (np.zeros(size) for _ in range(4))
    inner = _Inner(one, two, three, four, np.zeros((*size, most + 1)), np.zeros((*size, rows)))
    for index, stack in item.stacks:
        gone, share = _boltzmann(stack.energy - stack.energy[:, :1], temperature, tie)
        others = share[:, 1:].sum(axis=1)
        share /= (1.0 + others)[:, None]
        mean = np.einsum("jeh,jeh->jh", share, gone)
        inner.others[index], inner.mean[index] = others, mean
        gone -= mean[:, None]
        inner.variance[index] = np.einsum("jeh,jeh->jh", share, gone**2)
        share = share.transpose(0, 2, 1)
        inner.pairing[index] = np.matmul(share, stack.pairing[..., None])[..., 0]
        inner.pairs[index, :, : stack.pairs.shape[2]] = np.matmul(share, stack.pairs)
        inner.field[index, :, : stack.field.shape[2]] = np.matmul(share, stack.field)
    return inner


def _tuple_means(item: _Classified, inner: _Inner) -> Array:
    """⟨pair energy⟩, ⟨A⁺A⟩ − moving pairs, ⟨p_s⟩, ν_s, fields of each tuple, shape (B, H, 2 + 3S).

    For a constant coupling the fields are left out.
    """
    solved, order = item.solved, item.order
    block_of, room = solved.block_of[order], solved.degeneracies - solved.seniorities[order]
    mirrored = solved.mirrored[order]
    pairs = np.take_along_axis(inner.pairs[block_of], solved.place[order][:, None], axis=2)
    pairs = np.where(mirrored[:, None, None], room[:, None] - pairs, pairs)
    unpaired = np.broadcast_to(solved.seniorities[order][:, None], pairs.shape)
    pairing = inner.pairing[block_of] + solved.turned[order][:, None]
    if solved.uniform:
        energy = 0.0 - solved.coupling[0, 0] * pairing
        field = pairs[..., :0]  # −G times the pair energy, for every shell
        moving = (solved.electrons - solved.seniorities[order].sum(axis=1)) // 2
        linked = pairing - moving[:, None]
    else:
        holes = np.where(mirrored[:, None, None], 2 * pairs - room[:, None], 0.0)
        energy = 0.0 - (inner.pairing[block_of] + holes @ np.diag(solved.coupling))
        inside = np.take_along_axis(inner.field[block_of], solved.row_of[order][:, None], axis=2)
        field = inside + holes @ (solved.coupling**2).T
        linked = np.zeros_like(energy)
    return np.concatenate([energy[..., None], linked[..., None], pairs, unpaired, field], axis=2)


# -- averages at the points -----------------------------------------------------------------------


class _Weighed(NamedTuple):
    """Sums over the shells of the weights; C classes, X points."""

    top: Array  # (C,)
    log: Array  # (C, X)
    depth: Array
    variance: Array
    moment: Array
    blocked_pairs: Array


class _Shares(NamedTuple):
    """How the classes are filled."""

    above: Array  # (C, X) E_c − |ω|m_c − U₀
    share: Array  # (C, X) probability of each class with all its states
    log_sum: Array  # (X,)
    ground: Integers  # (X,) the class of the lowest state


def _chunk(
    system: System, columns: _Columns, solved: Sequence[_Classified], temperature: Array, field: Array
) -> FixedNumber:
    """All sums at some points, which are sorted by temperature."""
    x = _quotient(np.abs(field), temperature)
    per_kind = [weights(moments, x) for moments in columns.moments]
    heats, heat_of = np.unique(temperature, return_inverse=True)
    rows = [
        _one_number(system, item, per_kind, _thermal(item, heats), heat_of, temperature, field)
        for item in solved
    ]
    stacked: dict[str, Any] = {
        name: None if rows[0][name] is None else np.stack([row[name] for row in rows]) for name in rows[0]
    }
    return FixedNumber(
        numbers=np.array([item.solved.electrons for item in solved], dtype=np.int64),
        coupling=system.coupling if isinstance(system.coupling, float) else None,
        **stacked,
    )


def _one_number(
    system: System,
    item: _Classified,
    per_kind: Sequence[Weights],
    thermal: _Thermal,
    heat_of: Integers,
    temperature: Array,
    field: Array,
) -> dict[str, Any]:
    """Every field of `FixedNumber` at one N, without its axis K."""
    strength, shells = np.abs(field), len(system.shells)
    weighed = _weighed(item, per_kind)
    shares = _shares(item, weighed, thermal, heat_of, temperature, strength)
    ground, ground_low = _ground_energy(item, weighed, shares, strength)
    moment = _mean(shares.share, weighed.moment)
    depth = _mean(shares.share, weighed.depth)
    inner = thermal.mean[:, heat_of]
    excitation = _mean(shares.share, shares.above + inner) + strength * depth
    table = _contracted(thermal.table, shares.share, heat_of)
    pairs, unpaired, squares = (table[:, 2 + i * shells : 2 + (i + 1) * shells] for i in range(3))
    uniform = item.solved.uniform
    if uniform:
        squares = np.repeat(-item.solved.coupling[0, 0] * table[:, :1], shells, axis=1)
    return {
        "ground_energy": ground,
        "ground_energy_low": ground_low,
        "log_sum": shares.log_sum,
        "excitation": excitation,
        "energy": item.ground @ shares.share + _mean(shares.share, inner) - strength * moment,
        "pair_energy": table[:, 0],
        "moment": np.sign(field) * moment,
        "moment_variance": _moment_variance(weighed, shares, moment),
        "energy_variance": _energy_variance(weighed, shares, thermal, heat_of, strength, excitation),
        "connected": table[:, 1] - _mean(shares.share, weighed.blocked_pairs) if uniform else None,
        "occupation": 2.0 * pairs + unpaired,
        "unpaired": unpaired,
        "seniority": shares.share.T @ (item.total[:, None] == np.arange(system.pair_degeneracy + 1)),
        "shell_gap_squared": np.maximum(squares, 0.0),
    }


def _weighed(item: _Classified, per_kind: Sequence[Weights]) -> _Weighed:
    top = item.counts @ np.concatenate([kind.top[1:] for kind in per_kind])
    names = ("log", "depth", "variance", "moment", "blocked_pairs")
    return _Weighed(
        top,
        *(item.counts @ np.concatenate([getattr(kind, name).T[1:] for kind in per_kind]) for name in names),
    )


def _shares(
    item: _Classified,
    weighed: _Weighed,
    thermal: _Thermal,
    heat_of: Integers,
    temperature: Array,
    strength: Array,
) -> _Shares:
    energy, top = item.ground, weighed.top
    ground = np.argmin(energy[:, None] - np.outer(top, strength), axis=0)
    above = (energy[:, None] - energy[ground]) - (top[:, None] - top[ground]) * strength
    np.maximum(above, 0.0, out=above)
    cold = temperature == 0
    if cold.any():  # tied levels are one level
        tie = TIE * (item.scale + strength * top.max())
        above[:, cold] *= (above > tie)[:, cold]
    logs = weighed.log + np.log1p(thermal.others)[:, heat_of] - _quotient(above, temperature)
    largest = np.argmax(logs, axis=0)[None]
    peak = np.take_along_axis(logs, largest, axis=0)[0]
    share = np.exp(logs - peak)
    np.put_along_axis(share, largest, 0.0, axis=0)
    others = share.sum(axis=0)  # apart from the largest, which keeps every digit of a small ln Σ
    np.put_along_axis(share, largest, 1.0, axis=0)
    share /= 1.0 + others
    return _Shares(above, share, peak + np.log1p(others), ground)


def _contracted(table: Array, share: Array, heat_of: Integers) -> Array:
    """Σ_c share · table at every point, shape (X, …): one matrix product for each temperature."""
    found = np.empty((share.shape[1], table.shape[2]))
    edges = np.searchsorted(heat_of, np.arange(len(table) + 1))
    for heat, (start, stop) in enumerate(pairwise(edges)):
        found[start:stop] = share[:, start:stop].T @ table[heat]
    return found


def _quotient(above: Array, temperature: Array) -> Array:
    """ΔU/T, or |ω|/T, ≥ 0; at T = 0 either 0 or infinite."""
    cold = np.where(above > 0, np.inf, 0.0)
    with np.errstate(over="ignore"):
        return np.divide(above, temperature, out=cold, where=np.broadcast_to(temperature > 0, above.shape))


def _ground_energy(
    item: _Classified, weighed: _Weighed, shares: _Shares, strength: Array
) -> tuple[Array, Array]:
    gained, gained_low = exact_product(strength, weighed.top[shares.ground])
    high, low = exact_sum(item.ground[shares.ground], -gained)
    return exact_sum(high, low - gained_low)


def _moment_variance(weighed: _Weighed, shares: _Shares, moment: Array) -> Array:
    """Spread within the classes and between them, measured from m = 0 or from the ground state's top."""
    below = (weighed.top[shares.ground] - weighed.top[:, None]) + weighed.depth
    mean_below = _mean(shares.share, below)
    spread = np.where(moment <= np.abs(mean_below), weighed.moment - moment, mean_below - below)
    return _mean(shares.share, weighed.variance) + _mean(shares.share, spread**2)


def _energy_variance(
    weighed: _Weighed,
    shares: _Shares,
    thermal: _Thermal,
    heat_of: Integers,
    strength: Array,
    excitation: Array,
) -> Array:
    """Of U: of the moment within the weights, of E within the classes, and between the classes."""
    spread = shares.above + thermal.mean[:, heat_of] + strength * weighed.depth - excitation
    within = (strength * np.sqrt(weighed.variance)) ** 2 + thermal.variance[:, heat_of]
    return _mean(shares.share, within) + _mean(shares.share, spread**2)


def _mean(share: Array, values: Array) -> Array:
    found: Array = np.einsum("bx,bx->x", share, values)
    return found


def _reordered(sums: FixedNumber, order: Integers) -> FixedNumber:
    """The points in another order."""
    values = {item.name: getattr(sums, item.name) for item in fields(FixedNumber)}
    for name, value in values.items():
        if isinstance(value, np.ndarray) and name != "numbers":
            values[name] = value[:, order]
    return FixedNumber(**values)


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
