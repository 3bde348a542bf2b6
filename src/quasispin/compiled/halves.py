"""Compiled products of a sparse matrix with the rows or the columns of a table; used by `halves`.

Self-contained: numba's cache does not see edits in other files. No fastmath.
"""

from __future__ import annotations

from typing import Any

from quasispin.compiled.jit import entry


@entry
def add_rows(first: Any, place: Any, value: Any, table: Any, found: Any, begin: int, end: int) -> None:
    """found[r] += Σ value·table[place]: rows of the table, r from `begin` to `end`."""
    for r in range(begin, end):
        target = found[r]
        for k in range(first[r], first[r + 1]):
            source, factor = table[place[k]], value[k]
            for c in range(target.size):
                target[c] += factor * source[c]


@entry
def add_columns(first: Any, place: Any, value: Any, table: Any, found: Any, begin: int, end: int) -> None:
    """found[r, c] += Σ value·table[r, place]: columns of the table, r from `begin` to `end`."""
    for r in range(begin, end):
        source, target = table[r], found[r]
        for c in range(target.size):
            total = 0.0
            for k in range(first[c], first[c + 1]):
                total += value[k] * source[place[k]]
            target[c] += total
