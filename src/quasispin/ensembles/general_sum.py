"""The statistical sum at fixed N for any number of shells: sectors times weights.

    Z_N(T, ω) = Σ_{ν_s} Π_s D_ν_s(x) Σ_i e^{−βE_i({ν_s})},    x = |ω|/T.

The sum over the states of a block depends on T alone, so it is done once for every block and temperature;
tuples whose weights are the same function of x (`classes`) are added up, at each T, to a class; at the points
only classes are left. The loops are in `compiled.many_shells`, threads over blocks, temperatures and points.

All is measured from U₀, the lowest E_i − |ω|m_ν of that N and field, with m_ν = Σ_s m_ν_s the top moments.
Of a state in class c, U − U₀ = [E_c − E₀ − |ω|(m_c − m₀)] + (E_i − E_c) + |ω|(m_c − m), E_c the lowest
level of the class: every part is ≥ 0. Means come first; variances follow in a second pass from the law of
total variance. Averages of what is a sum over the shells of a class (moments, their variances within the
weights, blocked pairs) need no sum of their own over classes, only how often each column of weights occurs.

The arithmetic of a point knows nothing of other points: it has the same digits alone and in any grid, however
that is cut into pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np

from quasispin.compiled import compilation
from quasispin.compiled.records import (
    BlockAverages,
    ClassAverages,
    ClassLevels,
    ColumnWeights,
    Points,
    ShellColumns,
    Sums,
    Tuples,
)
from quasispin.ensembles.averages import Array
from quasispin.ensembles.classes import Classes, Columns, Integers, classes_of, columns_of
from quasispin.ensembles.fixed_number import FixedNumber
from quasispin.parallel import cores
from quasispin.spectrum.sectors import Sectors, sectors
from quasispin.spectrum.weights import weights
from quasispin.system.system import System

Item = TypeVar("Item")

CHUNK_BYTES = 96 * 2**20
"""Memory for the arrays of one piece of the points, apart from what is returned."""

TASKS = 4
"""Tasks for each thread, so that none waits long for the last."""

WORK = 200_000
"""Classes times points, or states times temperatures, that are worth a thread."""

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
    columns = columns_of(system)
    items = [classes_of(solved, columns) for solved in levels or sectors(system, numbers)]
    order = np.argsort(temperature, kind="stable")
    sums = _unfilled(system, len(items), temperature.size)
    for piece in _pieces(items, columns, temperature[order]):
        points = order[piece]
        grid = _grid(columns, points, temperature[points], np.abs(field[points]))
        for index, item in enumerate(items):
            _add_points(system, item, columns, grid, Sums(*(array[index] for array in sums)))
    return _named(system, items, field, sums)


def _unfilled(system: System, numbers: int, points: int) -> Sums:
    from quasispin.compiled import many_shells as kernels

    one, two, three = (np.empty((numbers, points, len(system.shells))) for _ in range(3))
    seniority = np.empty((numbers, points, system.pair_degeneracy + 1))
    return Sums(np.empty((numbers, kernels.SCALARS, points)), one, two, three, seniority)


def _named(system: System, items: Sequence[Classes], field: Array, sums: Sums) -> FixedNumber:
    from quasispin.compiled import many_shells as kernels

    def row(index: int) -> Array:
        return sums.scalars[:, index]

    return FixedNumber(
        numbers=np.array([item.solved.electrons for item in items], dtype=np.int64),
        coupling=system.coupling if isinstance(system.coupling, float) else None,
        ground_energy=row(kernels.GROUND),
        ground_energy_low=row(kernels.GROUND_LOW),
        log_sum=row(kernels.LOG_SUM),
        excitation=row(kernels.EXCITATION),
        energy=row(kernels.ENERGY),
        pair_energy=row(kernels.PAIR),
        moment=np.sign(field) * row(kernels.MOMENT),
        moment_variance=row(kernels.MOMENT_VARIANCE),
        energy_variance=row(kernels.ENERGY_VARIANCE),
        connected=row(kernels.CONNECTED) if items[0].solved.uniform else None,
        occupation=sums.occupation,
        unpaired=sums.unpaired,
        seniority=sums.seniority,
        shell_gap_squared=sums.gap_squared,
    )


# -- pieces of the grid ---------------------------------------------------------------------------------


class _Grid(NamedTuple):
    """Some points, rising in temperature: X of them, H temperatures, W distinct |ω|, Y distinct x."""

    points: Integers  # (X,) their places among all points
    temperature: Array  # (X,)
    strength: Array  # (X,) |ω|
    heats: Array  # (H,) distinct temperatures
    heat_of: Integers  # (X,)
    fields: Array  # (W,) distinct |ω|
    field_of: Integers  # (X,)
    x_of: Integers  # (X,)
    top: Array  # (columns,) top moments
    weights: ColumnWeights


def _grid(columns: Columns, points: Integers, temperature: Array, strength: Array) -> _Grid:
    x, x_of = np.unique(_quotient(strength, temperature), return_inverse=True)
    heats, heat_of = np.unique(temperature, return_inverse=True)
    distinct, field_of = np.unique(strength, return_inverse=True)
    work = columns.size * x.size
    kinds = _in_threads(lambda moments: weights(moments, x), columns.moments, work)
    return _Grid(
        points,
        temperature,
        strength,
        heats,
        heat_of,
        distinct,
        field_of,
        x_of,
        np.concatenate([kind.top[1:] for kind in kinds]),
        ColumnWeights(
            *(_beside([getattr(kind, name)[:, 1:] for kind in kinds]) for name in ColumnWeights._fields)
        ),
    )


def _beside(tables: Sequence[Array]) -> Array:
    """Tables beside each other, rows without gaps."""
    found: Array = np.ascontiguousarray(np.concatenate(tables, axis=1))
    return found


def _quotient(strength: Array, temperature: Array) -> Array:
    """|ω|/T ≥ 0; at T = 0 either 0 or infinite."""
    cold = np.where(strength > 0, np.inf, 0.0)
    with np.errstate(over="ignore"):
        return np.divide(strength, temperature, out=cold, where=temperature > 0)


def _pieces(items: Sequence[Classes], columns: Columns, temperature: Array) -> Iterator[slice]:
    """Slices of the points, sorted by temperature, that fit into the memory of a piece."""
    points = max(1, int(CHUNK_BYTES // (8 * (11 * columns.size + 16))))
    heats = max(1, int(CHUNK_BYTES // max(_bytes_per_temperature(item) for item in items)))
    number = np.cumsum(np.diff(temperature, prepend=temperature[:1]) != 0)
    start = 0
    while start < temperature.size:
        stop = min(start + points, int(np.searchsorted(number, number[start] + heats)))
        yield slice(start, stop)
        start = stop


def _bytes_per_temperature(item: Classes) -> int:
    shells = item.solved.seniorities.shape[1]
    rows = max(block.field.shape[1] for block in item.solved.blocks)
    return 8 * int(len(item.solved.blocks) * (shells + rows + 6) + len(item.ground) * (3 * shells + 6))


def _in_threads(run: Callable[[Item], Any], parts: Sequence[Item], work: int) -> list[Any]:
    """The results of all parts, by as many threads as the work is worth."""
    threads = min(cores(), len(parts), 1 + work // WORK)
    if threads < 2:
        return [run(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, parts))


def _split(size: int, work: int) -> list[slice]:
    """0 … size in slices of about equal length, more of them the more work it is."""
    count = min(size, TASKS * cores(), 1 + work // WORK)
    edges = np.linspace(0, size, count + 1).astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(edges)]


# -- sums at each temperature ---------------------------------------------------------------------------


def _thermal(item: Classes, listed: Integers, heats: Array) -> ClassAverages:
    from quasispin.compiled import many_shells as kernels

    solved, order, tie = item.solved, item.order, TIE * item.scale
    inner = _block_sums(solved, heats, tie)
    count, shells = solved.seniorities.shape
    fields = 0 if solved.uniform else shells
    seniorities = solved.seniorities[order]
    tuples = Tuples(
        item.first,
        item.lowest,
        item.ground,
        solved.block_of[order],
        solved.place[order] % inner.pairs.shape[2],  # −1, where no pair moves: the last, which is 0
        solved.row_of[order],
        (solved.degeneracies - seniorities).astype(np.float64),
        solved.mirrored[order],
        solved.turned[order],
        ((solved.electrons - seniorities.sum(axis=1)) // 2).astype(np.float64),
        seniorities.astype(np.float64),
    )
    size = (heats.size, len(item.ground))
    found = ClassAverages(
        np.empty(size), np.empty(size), np.empty((*size, kernels.SHELLS + shells + listed.size + fields))
    )

    def run(part: slice) -> None:
        compilation.run(
            kernels.class_sums,
            heats[part],
            tie,
            tuples,
            listed,
            solved.uniform,
            solved.coupling,
            BlockAverages(*(array[part] for array in inner)),
            ClassAverages(*(array[part] for array in found)),
        )

    work = count * heats.size * shells
    _in_threads(run, _split(heats.size, work), work)
    return found


def _block_sums(solved: Sectors, heats: Array, tie: float) -> BlockAverages:
    from quasispin.compiled import many_shells as kernels

    blocks, size = solved.blocks, (heats.size, len(solved.blocks))
    most = 1 + max(block.pairs.shape[1] for block in blocks)
    rows = max(1, *(block.field.shape[1] for block in blocks))
    one, two, three, four = (np.empty(size) for _ in range(4))
    inner = BlockAverages(one, two, three, four, np.empty((*size, most)), np.empty((*size, rows)))

    def run(part: slice) -> None:
        for index in range(part.start, part.stop):
            block = blocks[index]
            energy, pairing, pairs, field = (  # all of one kind: another kind would be compiled anew
                np.require(values, requirements=["C", "W"])
                for values in (block.energy, block.pairing, block.pairs, block.field)
            )
            compilation.run(kernels.block_sums, energy, pairing, pairs, field, heats, tie, index, inner)

    work = heats.size * sum(block.energy.size for block in blocks)
    _in_threads(run, _split(len(blocks), work), work)
    return inner


# -- averages at the points -----------------------------------------------------------------------------


def _add_points(system: System, item: Classes, columns: Columns, grid: _Grid, sums: Sums) -> None:
    """Fill the sums of one N at the points of a piece of the grid."""
    from quasispin.compiled import many_shells as kernels

    thermal = _thermal(item, np.flatnonzero(columns.shared), grid.heats)
    top = item.summed(grid.top)
    lowest = _lowest(item, top, grid)
    tie = np.where(grid.temperature == 0, TIE * (item.scale + grid.strength * top.max()), 0.0)
    first = columns.start[columns.kind]
    last = first + np.where(columns.shared, 0, [shell.pair_degeneracy for shell in system.shells])
    width = int(np.clip(CHUNK_BYTES // (16 * len(item.ground) * cores()), 1, kernels.LANES))

    at = Points(
        grid.points, grid.heat_of, grid.x_of, grid.temperature, grid.strength, tie, lowest
    )  # fmt: skip
    classes = ClassLevels(
        item.left, item.right, item.left_of, item.right_of, item.ground, top, item.total
    )  # fmt: skip
    shells = ShellColumns(first, last, float(item.solved.coupling[0, 0]), item.solved.uniform)

    def run(part: slice) -> None:
        compilation.run(
            kernels.points_sum, part.start, part.stop, width, at, grid.weights, classes, thermal, shells, sums
        )

    work = grid.points.size * len(item.ground)
    _in_threads(run, _split(grid.points.size, work), work)


def _lowest(item: Classes, top: Array, grid: _Grid) -> Integers:
    """The class of the lowest state at each point, shape (X,): it depends on |ω| alone."""
    from quasispin.compiled import many_shells as kernels

    found = np.empty(grid.fields.size, dtype=np.int64)

    def run(part: slice) -> None:
        compilation.run(kernels.lowest_classes, grid.fields[part], item.ground, top, found[part])

    work = found.size * top.size
    _in_threads(run, _split(found.size, work), work)
    return found[grid.field_of]
