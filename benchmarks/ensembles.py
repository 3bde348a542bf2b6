"""Maps of one shell as a user asks for them: all averages, by every ensemble, on the same points."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

import quasispin as qs
from benchmarks.problem import Problem
from benchmarks.records import Record, Scale, in_turn, memory_of, record

POINTS = 40_000
FEW = 400
"""Points where each has sums over all numbers of electrons."""


def one_size(scale: Scale, pairs: int) -> Iterator[Record]:
    """Canonical and BCS on many points, and everything on few; a regular grid besides."""
    many, size = Problem(pairs, scale.points(POINTS)), f"M = {pairs}"
    yield from beside_canonical(scale, many, size, "random points", "", (qs.MeanField,))
    grid = Problem(pairs, scale.points(POINTS))
    side = round(len(grid.field) ** 0.5)
    axes = np.meshgrid(np.linspace(0.005, 1, side), np.linspace(0, 6 / pairs, side))
    grid.temperature, grid.field = (axis.ravel() for axis in axes)
    yield from beside_canonical(scale, grid, size, "regular grid", ".grid", (qs.MeanField,))
    few = Problem(pairs, scale.points(FEW))
    kinds = (qs.GrandCanonical, qs.NumberParity)
    yield from beside_canonical(scale, few, size, "random points", ".few", kinds)


def beside_canonical(
    scale: Scale, problem: Problem, size: str, where: str, mark: str, kinds: tuple[type, ...]
) -> Iterator[Record]:
    """Some ensembles and the canonical one in turn."""
    all_kinds = (qs.Canonical, *kinds)
    calls = [partial(problem.map_of, kind) for kind in all_kinds]
    times = in_turn(*calls, runs=scale.runs(11 if not mark else 5))
    memory = [memory_of(call) for call in calls]
    points = problem.temperature.size
    for kind, taken, peak in zip(all_kinds, times, memory, strict=True):
        over = None if kind is qs.Canonical else ("canonical", times[0])
        if kind is qs.Canonical and mark == ".few":
            continue
        yield record(f"map.{kind.__name__}{mark}", problem.pairs, f"`{kind.__name__}`, {where}", size, taken,
                     per="point", units=points, over=over, memory=peak, points=points)  # fmt: skip


def shared_weights(scale: Scale, pairs: int = 101) -> Iterator[Record]:
    """A map over geometric T and ω, whose ratios repeat, beside as many points of different ω/T."""
    points = scale.points(POINTS)
    side = round(points**0.5)
    grid, plain = Problem(pairs, side**2), Problem(pairs, side**2)
    axis = np.geomspace(0.005, 1.0, side)
    temperature, field = np.meshgrid(axis, axis * 6 / pairs, indexing="ij")
    grid.temperature, grid.field = temperature.ravel(), field.ravel()
    shaken = np.random.default_rng(1).uniform(0.99, 1.01, side**2)
    plain.field = plain.temperature * grid.field / grid.temperature * shaken
    fewer = grid.kernel() / plain.kernel()
    repeated, apart = in_turn(grid.kernel, plain.kernel, runs=scale.runs(11))
    yield record("shared", pairs, f"kernel, geometric T and ω, {side} × {side}", f"M = {pairs}", repeated,
                 per="point", units=side**2, over=("as many points of different ω/T", apart),
                 share=fewer)  # fmt: skip
