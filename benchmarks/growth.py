"""How the cost of a point grows with M, up to 10⁴ pairs, and what all numbers of electrons take."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

import quasispin as qs
from benchmarks.problem import Problem
from benchmarks.records import Record, Scale, in_turn, memory_of, record

WORK = 4_000_000
"""Points times pairs."""
FROM = 101
FEW = ([0.02, 0.1, 0.3, 0.5, 1.0], [0.0, 0.002, 0.01, 0.03, 0.1])


def growth(scale: Scale) -> Iterator[Record]:
    """The kernel on one thread in rounds over all M: beside what would be linear from M = 101 on."""
    sizes = scale.sizes((7, 101), (7, 23, 51, FROM, 301, 1001, 3001, 10001))
    problems = [Problem(pairs, scale.points(max(64, min(20_000, WORK // pairs)))) for pairs in sizes]
    steps = [problem.kernel(1) / problem.temperature.size for problem in problems]
    times = in_turn(*(partial(problem.kernel, 1) for problem in problems), runs=scale.runs(5))
    base = sizes.index(FROM)
    for problem, taken, count in zip(problems, times, steps, strict=True):
        if not (np.isfinite(problem.sums).all() and np.isfinite(problem.seniority).all()):
            raise AssertionError(f"Not everything is finite at M = {problem.pairs}.")
        points = problem.temperature.size
        linear = problem.pairs / FROM * points / problems[base].temperature.size
        yield record("growth", problem.pairs, "kernel, 1 thread", f"M = {problem.pairs}", taken,
                     per="point", units=points, over=(f"linear from M = {FROM}", times[base]),
                     beside=1 / linear, steps=count)  # fmt: skip


def grand_canonical(scale: Scale) -> Iterator[Record]:
    """Five points with all N = 0 … 2M, and those of one parity: M² in all, as each N has its own sum."""
    few = qs.System.single_shell(qs.Shell.orbital(1), 2, gap_scale=1.0)
    for pairs in scale.sizes((7,), (101, 301, 1001, 3001), (10001,)):
        system = qs.System.single_shell(qs.Shell.orbital((pairs - 1) // 2), pairs - 1, gap_scale=1.0)
        temperature, field = np.array(FEW[0]), np.array(FEW[1]) * 100 / pairs
        for kind in (qs.GrandCanonical, qs.NumberParity):
            call = partial(kind(system).averages, temperature, field)
            kind(few).averages(1.0, 0.5)  # loads what is compiled
            memory = memory_of(call)
            (times,) = in_turn(call, runs=scale.runs(3), warm=False)
            yield record(f"all.{kind.__name__}", pairs, f"`{kind.__name__}`, 5 points", f"M = {pairs}", times,
                         per="point", units=temperature.size, memory=memory)  # fmt: skip
