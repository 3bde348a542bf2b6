"""All parts of the benchmark, in the order of the page; each runs in a process of its own."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchmarks.records import Record, Scale

Measure = Callable[[Scale], Iterator[Record]]


class Part(NamedTuple):
    """One process: `benchmarks.<module>.<function>(scale, *arguments)` yields its records."""

    section: str
    """Of the page."""
    name: str
    function: str
    """module:function"""
    arguments: tuple[int, ...] = ()
    kind: str = "usual"
    """Or "long"."""

    def measure(self, scale: Scale) -> Iterator[Record]:
        """The records."""
        module, function = self.function.split(":")
        found: Iterator[Record] = getattr(importlib.import_module(f"benchmarks.{module}"), function)(
            scale, *self.arguments
        )
        return found


SECTIONS = {
    "start": "Import and first use",
    "kernel": "One shell beside its peers",
    "growth": "Growth with M",
    "ensembles": "Maps of one shell",
    "points": "Growth with points",
    "engine": "Many shells",
    "accuracy": "Many shells up to an accuracy",
    "full": "Many shells without the block structure",
    "sweeps": "Sweeps and stores",
    "explorer": "The explorer under the hand",
}
PARTS = (
    Part("start", "imports", "starting:imports"),
    Part("start", "first use", "starting:first_use"),
    *(Part("kernel", f"kernel, M = {pairs}", "kernels:one_size", (pairs,)) for pairs in (7, 23, 51, 101)),
    Part("growth", "growth with M", "growth:growth"),
    Part("growth", "all numbers of electrons", "growth:grand_canonical"),
    *(Part("ensembles", f"maps, M = {pairs}", "ensembles:one_size", (pairs,)) for pairs in (7, 23, 51, 101)),
    Part("ensembles", "points of one ω/T", "ensembles:shared_weights"),
    Part("points", "growth with points", "points:growth"),
    *(Part("engine", f"engine, L = {levels}", "engine:one_size", (levels,)) for levels in (6, 8, 10, 12, 14)),
    Part("engine", "engine, L = 16", "engine:largest", (16,), "long"),
    *(Part("accuracy", f"accuracy, L = {levels}", "accuracy:one_size", (levels,)) for levels in (14, 16, 18)),
    Part("accuracy", "accuracy, L = 20", "accuracy:one_size", (20,), "long"),
    Part("full", "full diagonalisation", "full:full_diagonalisation"),
    Part("sweeps", "sweeps", "sweeps:sweeps"),
    Part("explorer", "explorer", "explorer:records"),
)
