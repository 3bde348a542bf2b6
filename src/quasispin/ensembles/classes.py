"""The seniority tuples of one N, those whose weights are the same function of x together in classes.

The weights of a tuple are Π_s D_ν_s(x). The distinct factors D_ν of shells with the same moments, ν ≥ 1, are
*columns*; a tuple is known by how often each column occurs, and tuples with the same counts are a class. A
sum over the shells of a class is that over the first columns plus that over the others: with the columns cut
so that both *halves* have few distinct rows, it is one addition for each class and point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.compiled.records import Half
from quasispin.ensembles.averages import Array
from quasispin.spectrum.sectors import Sectors
from quasispin.system.system import System

Integers = npt.NDArray[np.int64]


class Columns(NamedTuple):
    """The distinct weights D_ν(x), ν ≥ 1, of all shells."""

    moments: list[tuple[float, ...]]
    """Distinct lists of moments: the kinds of shells."""
    kind: Integers
    """Which of them each shell has, shape (S,)."""
    start: Integers
    """First column of each kind; its seniorities 1 … M follow."""
    size: int

    @property
    def shared(self) -> npt.NDArray[np.bool_]:
        """Whether another shell is of the same kind: a class does not tell their seniorities, shape (S,)."""
        found: npt.NDArray[np.bool_] = np.bincount(self.kind)[self.kind] > 1
        return found


@dataclass(frozen=True, eq=False, kw_only=True)
class Classes:
    """The tuples of one N by class: B tuples, C classes, S shells."""

    solved: Sectors
    order: Integers
    """Tuples by class, shape (B,)."""
    first: Integers
    """Where each class begins in that order, and the end of the last, shape (C + 1,)."""
    lowest: Array
    """Lowest level of each tuple in that order, shape (B,)."""
    ground: Array
    """Lowest level of each class, shape (C,)."""
    scale: float
    """Largest energy."""
    total: Integers
    """Total seniority of each class, shape (C,)."""
    left: Half
    right: Half
    left_of: Integers
    """Row of the left half of each class, shape (C,)."""
    right_of: Integers
    """Row of the right half of each class, shape (C,)."""

    def summed(self, values: Array) -> Array:
        """Sum of one number per column over the shells of each class, shape (C,)."""
        found: Array = (
            _row_sums(self.left, values)[self.left_of] + _row_sums(self.right, values)[self.right_of]
        )
        return found


def columns_of(system: System) -> Columns:
    """The columns of the shells of a system."""
    number: dict[tuple[float, ...], int] = {}
    kind = np.array([number.setdefault(shell.moments, len(number)) for shell in system.shells])
    lengths = np.array([len(moments) for moments in number])
    return Columns(list(number), kind, np.cumsum(lengths) - lengths, int(lengths.sum()))


def classes_of(solved: Sectors, columns: Columns) -> Classes:
    """The classes of all tuples of one N."""
    counts = _counts(solved.seniorities, columns)
    order = np.lexsort(counts.T[::-1])  # by the first column, then the second, …
    counts = counts[order]
    changes = _changes(counts)
    begins = np.flatnonzero(np.concatenate([[True], changes < columns.size]))
    distinct = counts[begins]
    cut = _cut(distinct)
    left, left_of = _half(distinct, slice(0, cut))
    right, right_of = _half(distinct, slice(cut, columns.size))
    bottom = np.array([item.energy[0] for item in solved.blocks])
    top = np.array([item.energy[-1] for item in solved.blocks])
    lowest = (solved.shift + bottom[solved.block_of])[order]
    highest = solved.shift + top[solved.block_of]
    return Classes(
        solved=solved,
        order=order,
        first=np.append(begins, len(order)),
        lowest=lowest,
        ground=np.minimum.reduceat(lowest, begins),
        scale=float(max(np.abs(lowest).max(), np.abs(highest).max(), solved.scale)),
        total=solved.seniorities.sum(axis=1)[order][begins],
        left=left,
        right=right,
        left_of=left_of,
        right_of=right_of,
    )


def _counts(seniorities: Integers, columns: Columns) -> npt.NDArray[np.int16]:
    """How often each column occurs in each tuple, shape (B, columns)."""
    counts = np.zeros((len(seniorities), columns.size), dtype=np.int16)
    for s, kind in enumerate(columns.kind):
        blocked = np.flatnonzero(seniorities[:, s])
        counts[blocked, columns.start[kind] + seniorities[blocked, s] - 1] += 1
    return counts


def _changes(rows: npt.NDArray[np.int16]) -> Integers:
    """The first place where each row differs from the one before, their length if nowhere."""
    differ = rows[1:] != rows[:-1]
    found: Integers = np.where(differ.any(axis=1), differ.argmax(axis=1), rows.shape[1])
    return found


def _cut(distinct: npt.NDArray[np.int16]) -> int:
    """How many columns the left half has, so that the halves have the fewest distinct rows together."""
    backwards = distinct[np.lexsort(distinct.T)][:, ::-1]
    left, right = (
        1 + np.cumsum(np.bincount(_changes(rows), minlength=rows.shape[1])) for rows in (distinct, backwards)
    )
    size = distinct.shape[1]  # left[k − 1] rows in the first k columns, right[k − 1] in the last k
    return 1 + int(np.argmin(left[:size] + np.append(right[: size - 1][::-1], 1)))


def _half(distinct: npt.NDArray[np.int16], part: slice) -> tuple[Half, Integers]:
    rows, row_of = np.unique(distinct[:, part], axis=0, return_inverse=True)
    at, column = np.nonzero(rows)
    first = np.searchsorted(at, np.arange(len(rows) + 1))
    return Half(first, column + part.start, rows[at, column].astype(np.float64)), row_of.ravel()


def _row_sums(half: Half, values: Array) -> Array:
    terms = np.append(half.times * values[half.column], 0.0)
    sums: Array = np.add.reduceat(terms, half.first[:-1])
    return np.where(np.diff(half.first) > 0, sums, 0.0)
