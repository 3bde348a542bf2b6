"""One shell beside C by hand and the paper's formulas in numpy and mpmath: `python -m benchmarks.kernels`.

All in one run, in turn, on the same points and the same two threads, so that the ratios hold on a busy
machine too. The C comparison (kernel_c.c) needs a compiler; without one that column is left out. Besides,
how the cost grows with M, what points that share ω/T save, and what the first use costs.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import quasispin as qs
from benchmarks import transcriptions
from quasispin import parallel
from quasispin.ensembles.single_shell import count_steps
from quasispin.spectrum.weights import plan_of

Array = npt.NDArray[np.float64]
Record = dict[str, Any]
THREADS = 2
RUNS = 11
POINTS = 40_000
MPMATH_POINTS = 4
AGREE = 1e-13
SOURCE = Path(__file__).with_name("kernel_c.c")
FIRST_USE = """
import time
start = time.perf_counter()
import quasispin as qs
ensemble = qs.Canonical(qs.System.single_shell(qs.Shell.orbital(3), 6, gap_scale=1.0))
loaded = time.perf_counter()
ensemble.averages(0.1, 0.2)
print(time.perf_counter() - loaded)
"""


def main() -> None:
    """Print every record as it is measured."""
    for part in PARTS:
        for one in part():
            print(text(one), flush=True)


def records() -> list[Record]:
    """All of them: name, size (M), median and spread in seconds, ratio and beside what."""
    return [one for part in PARTS for one in part()]


def text(record: Record) -> str:
    """A record as one line."""
    low, high = record["spread"]
    times = f"{record['median'] * 1e6:.4g} µs ({low * 1e6:.4g} … {high * 1e6:.4g})"
    ratio = "" if record["ratio"] is None else f"  {record['ratio']:.3g} × {record['beside']}"
    return f"{record['name']:<44} M={record['size']:<6} {times:<36}{ratio}{record.get('note', '')}"


def record(
    name: str, size: int, times: list[float], ratio: float | None = None, beside: str = "", note: str = ""
) -> Record:
    """One line of the table; times in seconds (a point, where it is points)."""
    return {
        "name": name,
        "size": size,
        "median": statistics.median(times),
        "spread": (min(times), max(times)),
        "ratio": ratio,
        "beside": beside,
        "note": note,
    }


def in_turn(*calls: Callable[[], object], runs: int = RUNS) -> list[list[float]]:
    """Seconds of every call, one after the other in each round, after a round that warms up."""
    times: list[list[float]] = [[] for _ in calls]
    for turn in range(runs + 1):
        for call, taken in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            if turn:
                taken.append(time.perf_counter() - start)
    return times


def ratio_of(one: list[float], other: list[float]) -> float:
    """Median of the ratios within each round: what is slow for a while is slow for both."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


class Problem:
    """One orbital shell, N = M − 1 electrons, Δ₀ = 1, random points of 0.005 < T < 1, 0 < ω < 6/M."""

    def __init__(self, pairs: int, points: int = POINTS) -> None:
        rng = np.random.default_rng(0)
        self.pairs, self.electrons, self.coupling = pairs, pairs - 1, 2.0 / pairs
        self.system = qs.System.single_shell(
            qs.Shell.orbital((pairs - 1) // 2), self.electrons, gap_scale=1.0
        )
        self.temperature, self.field = rng.uniform(0.005, 1, points), rng.uniform(0, 6 / pairs, points)
        self.sums, self.seniority = np.zeros((11, 1, points)), np.zeros((1, points, pairs + 1))

    def ours(self, threads: int = THREADS) -> int:
        """All averages by the package."""
        with parallel.limited(threads):
            return count_steps(
                self.system, [self.electrons], self.temperature, self.field, self.sums, self.seniority
            )


def beside_c_and_the_paper(sizes: tuple[int, ...] = (7, 23, 51, 101)) -> Iterator[Record]:
    """The kernel beside C by hand, and beside eqs. (6)–(9) in numpy and mpmath."""
    with tempfile.TemporaryDirectory() as folder:
        library = compiled(Path(folder))
        for pairs in sizes:
            yield from one_size(Problem(pairs), library)


def one_size(problem: Problem, library: Any) -> Iterator[Record]:
    """All comparisons at one M."""
    points, pairs = problem.temperature.size, problem.pairs
    given = (pairs, problem.electrons, problem.coupling)
    calls: list[Callable[[], object]] = [
        problem.ours,
        lambda: in_halves(
            points,
            lambda part: transcriptions.with_numpy(  # the same two threads
                *given, problem.temperature[part], problem.field[part]
            ),
        ),
    ]
    if library is not None:
        by_hand = ByHand(library, problem)
        calls.append(by_hand.run)
    ours, numpy, *c = ([one / points for one in times] for times in in_turn(*calls))
    yield record("canonical kernel, all averages", pairs, ours)
    if c:
        worst = by_hand.largest_difference()
        if not worst < AGREE:
            raise AssertionError(f"C and the package differ by {worst:.1e}.")
        yield record(
            "  C by hand",
            pairs,
            c[0],
            ratio_of(ours, c[0]),
            "C is what the kernel takes",
            f"; agree to {worst:.0e}",
        )
    energy = transcriptions.with_numpy(*given, problem.temperature, problem.field)[1]
    finite = np.isfinite(energy)
    yield record("  eqs. (6)–(9) in numpy, Z and E_c", pairs, numpy, ratio_of(numpy, ours), "the kernel",
                 f"; finite at {finite.mean():.1%} of the points")  # fmt: skip
    multi = with_mpmath(problem)
    yield record(
        "  eqs. (6)–(9) in mpmath, 30 digits",
        pairs,
        multi,
        statistics.median(multi) / statistics.median(ours),
        "the kernel",
    )


def in_halves(points: int, work: Callable[[slice], object]) -> None:
    """Slices of all points on THREADS threads."""
    size = -(-points // THREADS)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, [slice(i, i + size) for i in range(0, points, size)]))


def with_mpmath(problem: Problem) -> list[float]:
    """Seconds of single points; nothing is remembered from one to the next, x being another."""
    times = []
    for i in range(MPMATH_POINTS):
        transcriptions.forget()
        start = time.perf_counter()
        _, energy = transcriptions.with_mpmath(
            problem.pairs,
            problem.electrons,
            problem.coupling,
            problem.temperature[i],
            problem.field[i],
        )
        times.append((time.perf_counter() - start) / THREADS)  # as if both cores did it
        ours = problem.sums[5, 0, i]
        if not abs(float(energy) - ours) < 1e-12 * abs(ours):
            raise AssertionError(f"⟨E_c⟩ is {ours} here and {energy} by eqs. (6)–(9).")
    return times


def compiled(folder: Path) -> Any:
    """kernel_c.c as a library, or None where nothing compiles it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    target = folder / "kernel_c.so"
    command = [
        compiler,
        "-O3",
        "-march=native",
        "-ffp-contract=off",
        "-shared",
        "-fPIC",
        "-o",
        str(target),
        str(SOURCE),
        "-lm",
    ]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None
    return ctypes.CDLL(str(target))


class ByHand:
    """The C kernel on the points of a problem."""

    def __init__(self, library: Any, problem: Problem) -> None:
        self.problem = problem
        points, pairs = problem.temperature.size, problem.pairs
        shell = problem.system.shells[0]
        plan = plan_of(shell.moments)
        self.outputs, self.chances = np.zeros((11, points)), np.zeros((points, pairs + 1))
        self.kept = [np.ascontiguousarray(a, dtype=np.float64) for a in
                     (plan.moments, plan.shift, plan.series, plan.tops, plan.tops_low)]  # fmt: skip
        long, double = ctypes.c_long, ctypes.c_double

        def call(part: slice) -> None:
            library.one_shell(
                long(part.start), long(min(part.stop, points)),
                pointer(problem.temperature), pointer(problem.field),
                long(points), long(problem.electrons), double(problem.coupling), double(shell.energy),
                long(pairs), *(pointer(a) for a in (*self.kept, self.outputs, self.chances)),
            )  # fmt: skip

        self.call = call

    def run(self) -> None:
        """All points, each thread one half."""
        in_halves(self.problem.temperature.size, self.call)

    def largest_difference(self) -> float:
        """Of all averages and all P(ν), relative to each."""
        theirs = [*self.outputs, self.chances]
        worst = 0.0
        for i, (our, their) in enumerate(
            zip((*self.problem.sums, self.problem.seniority), theirs, strict=True)
        ):
            if i == 1:  # the low word of U₀
                continue
            difference = np.abs(our[0] - their)
            worst = max(worst, float(np.max(difference / np.maximum(np.abs(their), 1e-290))))
        return worst


def pointer(array: Array) -> ctypes.c_void_p:
    """Where an array begins."""
    return ctypes.c_void_p(array.ctypes.data)


def growth(sizes: tuple[int, ...] = (101, 1001, 10001)) -> Iterator[Record]:
    """Up to M = 10⁴ pairs on one thread: the cost of a point over M, and that everything is finite."""
    base: list[float] | None = None
    for pairs in sizes:
        problem = Problem(pairs, points=max(64, POINTS * 7 // (10 * pairs)))
        (times,) = in_turn(partial(problem.ours, 1), runs=5)
        each = [one / problem.temperature.size for one in times]
        finite = np.isfinite(problem.sums).all() and np.isfinite(problem.seniority).all()
        linear = (
            None if base is None else statistics.median(each) / statistics.median(base) / (pairs / sizes[0])
        )
        base = base or each
        yield record("growth with M, one thread", pairs, each, linear, f"linear from M = {sizes[0]}",
                     "; all finite" if finite else "; NOT FINITE")  # fmt: skip


def shared_weights(pairs: int = 101) -> Iterator[Record]:
    """A map over geometric T and ω, whose ratios repeat, beside as many random points."""
    problem, plain = Problem(pairs), Problem(pairs)
    axis = np.geomspace(0.005, 1.0, 200)
    temperature, field = np.meshgrid(axis, axis * 6 / pairs, indexing="ij")
    problem.temperature, problem.field = temperature.ravel(), field.ravel()
    plain.field = (
        plain.temperature
        * problem.field
        / problem.temperature
        * np.random.default_rng(1).uniform(0.99, 1.01, POINTS)
    )
    grid, apart = in_turn(problem.ours, plain.ours)
    fewer = problem.ours() / plain.ours()
    each = [one / POINTS for one in grid]
    yield record("map over geometric T and ω, 200 × 200", pairs, each, ratio_of(grid, apart),
                 "as many points of different ω/T", f"; {fewer:.1%} of their steps")  # fmt: skip


def first_use() -> Iterator[Record]:
    """The first call of a process: with nothing compiled yet, and with machine code of another on disk."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        command = [sys.executable, "-c", FIRST_USE]

        def run() -> float:
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            return float(done.stdout)

        cold = [run()]
        warm = [run() for _ in range(5)]
    yield record("first call, nothing compiled yet", 7, cold)
    yield record("first call, machine code on disk", 7, warm, statistics.median(warm) / cold[0], "that")


PARTS: tuple[Callable[[], Iterator[Record]], ...] = (
    beside_c_and_the_paper,
    growth,
    shared_weights,
    first_use,
)

if __name__ == "__main__":
    main()
