"""How the cost of a map grows with its points, from one point on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import quasispin as qs
from benchmarks.engine import fence
from benchmarks.problem import Problem
from benchmarks.records import THREADS, Record, Scale, in_turn, record
from quasispin import parallel

PAIRS, LEVELS = 23, 10


def growth(scale: Scale) -> Iterator[Record]:
    """Random points; the solution of the many shells is there before."""
    shell = Problem(PAIRS, 1).system
    cases = {
        "canonical": (f"`Canonical`, M = {PAIRS}", qs.Canonical(shell), 6 / PAIRS),
        "bcs": (f"`MeanField`, M = {PAIRS}", qs.MeanField(shell), 6 / PAIRS),
        "many": (f"`Canonical`, {LEVELS} solved shells", qs.Canonical(fence(LEVELS)), 4.0),
    }
    for points in scale.sizes((1, 64), (1, 10, 100, 1000, 10_000, 100_000), (1_000_000,)):
        for key, (what, ensemble, reach) in cases.items():
            rng = np.random.default_rng(0)
            temperature, field = rng.uniform(0.005, 1, points), rng.uniform(0, reach, points)
            with parallel.limited(THREADS):
                (times,) = in_turn(
                    lambda e=ensemble, t=temperature, f=field: e.averages(t, f),  # type: ignore[misc]
                    runs=scale.runs(21 if points < 10_000 else 3),
                )
            yield record(f"points.{key}", points, what, f"{points} point{'s' * (points > 1)}", times)
