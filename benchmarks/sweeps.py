"""Sweeps as a user runs them: points a second in memory and into stores, and bytes a second on disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

import quasispin as qs
from benchmarks.records import THREADS, Record, Scale, in_turn, memory_of, record
from quasispin.parallel import limited

SIX = (qs.gap, qs.free_energy, qs.heat_capacity, qs.magnetic_moment, qs.susceptibility, qs.mean_seniority)
PAIRS = 41


def sweeps(scale: Scale) -> Iterator[Record]:
    """One shell, M = 41: the gap in memory, six observables in memory and in stores, BCS, all N."""
    system = qs.System.single_shell(qs.Shell.orbital(20), PAIRS - 1, gap_scale=1.0)
    family = qs.Family(
        qs.System.single_shell, shell=qs.Shell.orbital(20), electrons=list(range(31, 51)), gap_scale=1.0
    )
    heats, fields = (8, 8) if scale.quick else (500, 1000)
    axes: dict[str, Any] = {
        "temperature": np.linspace(0.005, 1, heats),
        "field": np.linspace(0, 6 / PAIRS, fields),
    }
    few: dict[str, Any] = {
        "temperature": np.linspace(0.005, 1, heats // 4),
        "field": np.linspace(0, 6 / PAIRS, fields // 4),
    }
    exact, points = qs.Canonical(system), heats * fields
    runs = scale.runs(5)
    with limited(THREADS):
        yield run("gap", "gap, in memory", points, lambda: qs.sweep(exact, **axes), runs)
        yield run("six", "6 observables, in memory", points, lambda: six(exact, axes), runs)
        yield run("bcs", "BCS gap, in memory", points, lambda: qs.sweep(qs.MeanField(system), **axes), runs)
        yield run("family", "gap of 20 numbers of electrons, in memory", 20 * (heats // 4) * (fields // 4),
                  lambda: qs.sweep(qs.Canonical(family), **few), runs)  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            for suffix in (".zarr", ".nc"):
                target = Path(folder) / f"sweep{suffix}"
                yield stored(target, points, lambda t=target: six(exact, axes, t), runs)  # type: ignore[misc]


def six(ensemble: qs.Canonical, axes: dict[str, Any], target: Path | None = None) -> None:
    """Six observables, into an empty place."""
    if target is not None:
        _away(target)
    qs.sweep(ensemble, **axes, observables=SIX, store=target)


def run(key: str, what: str, points: int, call: Callable[[], object], runs: int, **facts: Any) -> Record:
    """One sweep several times."""
    (times,) = in_turn(call, runs=runs)
    memory = memory_of(call)
    return record(f"sweep.{key}", points, what, f"{points} points", times, per="point", units=points,
                  memory=memory, **facts)  # fmt: skip


def stored(target: Path, points: int, call: Callable[[], object], runs: int) -> Record:
    """The same into a store: with the bytes that are there in the end."""
    call()
    size = sum(file.stat().st_size for file in (target, *target.rglob("*")) if file.is_file())
    return run(target.suffix[1:], f"6 observables, into {target.suffix}", points, call, runs, bytes=size)


def _away(target: Path) -> None:
    """Remove a store."""
    if target.is_dir():
        shutil.rmtree(target)
    with suppress(FileNotFoundError):
        target.unlink()
