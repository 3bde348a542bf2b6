"""The kernel of one shell beside C by hand, and beside eqs. (6)–(9) of the paper in numpy and mpmath.

All in turn on the same points and threads, so that the ratios hold on a busy machine too. The C comparison
(kernel_c.c) needs a compiler; without one those lines are left out.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import transcriptions
from benchmarks.problem import Problem
from benchmarks.records import THREADS, Record, Scale, Times, in_turn, record, timed
from quasispin.spectrum.weights import plan_of

Array = npt.NDArray[np.float64]
POINTS = 40_000
MPMATH_POINTS = 6
AGREE = 1e-13
SOURCE = Path(__file__).with_name("kernel_c.c")
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")


def one_size(scale: Scale, pairs: int) -> Iterator[Record]:
    """All comparisons at one M."""
    problem = Problem(pairs, scale.points(POINTS))
    problem.kernel()
    size, points = f"M = {pairs}", problem.temperature.size
    with tempfile.TemporaryDirectory() as folder:
        by_hand = compiled(Path(folder), problem)
    for threads in (THREADS, 1):
        what = f"{threads} thread{'s' * (threads > 1)}"
        calls: list[Callable[[], object]] = [partial(problem.kernel, threads)]
        if by_hand is not None:
            calls.append(partial(by_hand.run, threads))
        ours, *c = in_turn(*calls, runs=scale.runs(21))
        over = ("C by hand", c[0]) if c else None
        yield record(f"kernel.{threads}", pairs, f"kernel, {what}", size, ours, per="point", units=points,
                     over=over)  # fmt: skip
        if by_hand is not None:
            yield record(f"c.{threads}", pairs, f"C by hand, {what}", size, c[0], per="point", units=points,
                         apart=by_hand.largest_difference())  # fmt: skip
    yield from the_paper(scale, problem, size)


def the_paper(scale: Scale, problem: Problem, size: str) -> Iterator[Record]:
    """Z and ⟨E_c⟩ as the formulas stand, beside all averages of the kernel."""
    points = problem.temperature.size
    given = (problem.pairs, problem.electrons, problem.coupling)

    def formulas(part: slice) -> Array:
        return transcriptions.with_numpy(*given, problem.temperature[part], problem.field[part])[1]

    numpy, ours = in_turn(lambda: in_shares(points, THREADS, formulas), problem.kernel, runs=scale.runs(7))
    finite = float(np.isfinite(formulas(slice(None))).mean())
    yield record("numpy", problem.pairs, "eqs. (6)–(9) in numpy, Z and E_c, 2 threads", size, numpy,
                 per="point", units=points, over=("the kernel", ours), finite=finite)  # fmt: skip
    yield from with_mpmath(problem, size)


def with_mpmath(problem: Problem, size: str) -> Iterator[Record]:
    """Single points with 30 digits; Φ_ν are remembered within a point, x being another at each."""
    multi, ours = Times([], []), Times([], [])
    points = problem.temperature.size
    check_point(problem, 0)  # loads what is loaded on first use
    for i in range(min(MPMATH_POINTS, points)):
        kernel = timed(partial(problem.kernel, 1))
        one = timed(partial(check_point, problem, i))
        for into, taken, count in ((multi, one, 1), (ours, kernel, points)):
            into.wall.append(taken.wall[0] / count)
            into.cpu.append(taken.cpu[0] / count)
    yield record("mpmath", problem.pairs, "eqs. (6)–(9) in mpmath, 30 digits, 1 thread", size, multi,
                 per="point", over=("the kernel, 1 thread", ours))  # fmt: skip


def check_point(problem: Problem, i: int) -> None:
    """⟨E_c⟩ of one point by mpmath, which must be the kernel's."""
    transcriptions.forget()
    given = (problem.pairs, problem.electrons, problem.coupling, problem.temperature[i], problem.field[i])
    _, energy = transcriptions.with_mpmath(*given)
    ours = problem.sums[5, 0, i]
    if not abs(float(energy) - ours) < 1e-12 * abs(ours):
        raise AssertionError(f"⟨E_c⟩ is {ours} here and {energy} by eqs. (6)–(9).")


def in_shares(points: int, threads: int, work: Callable[[slice], object]) -> None:
    """Equal slices of all points, one for each thread."""
    size = -(-points // threads)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [slice(i, i + size) for i in range(0, points, size)]))


def compiled(folder: Path, problem: Problem) -> ByHand | None:
    """kernel_c.c on a problem, or None where nothing compiles it."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    target = str(folder / "kernel_c.so")
    command = [compiler, *FLAGS, "-o", target, str(SOURCE), "-lm"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None
    return ByHand(ctypes.CDLL(target), problem)


class ByHand:
    """The C kernel on the points of a problem."""

    def __init__(self, library: Any, problem: Problem) -> None:
        self.library, self.problem = library, problem
        points, pairs = problem.temperature.size, problem.pairs
        plan = plan_of(problem.system.shells[0].moments)
        self.outputs, self.chances = np.zeros((11, points)), np.zeros((points, pairs + 1))
        self.kept = [np.ascontiguousarray(a, dtype=np.float64) for a in
                     (plan.moments, plan.shift, plan.series, plan.tops, plan.tops_low)]  # fmt: skip

    def call(self, part: slice) -> None:
        """The points of a slice."""
        problem, long, double = self.problem, ctypes.c_long, ctypes.c_double
        points = problem.temperature.size
        self.library.one_shell(
            long(part.start), long(min(part.stop, points)),
            pointer(problem.temperature), pointer(problem.field),
            long(points), long(problem.electrons), double(problem.coupling),
            double(problem.system.shells[0].energy), long(problem.pairs),
            *(pointer(a) for a in (*self.kept, self.outputs, self.chances)),
        )  # fmt: skip

    def run(self, threads: int = THREADS) -> None:
        """All points, each thread an equal share."""
        in_shares(self.problem.temperature.size, threads, self.call)

    def largest_difference(self) -> float:
        """Of all averages and all P(ν), relative to each; an error if it is not rounding."""
        worst = 0.0
        ours = (*self.problem.sums, self.problem.seniority)
        for i, (our, their) in enumerate(zip(ours, [*self.outputs, self.chances], strict=True)):
            if i == 1:  # the low word of U₀
                continue
            relative = np.abs(our[0] - their) / np.maximum(np.abs(their), 1e-290)
            worst = max(worst, float(np.max(relative)))
        if not worst < AGREE:
            raise AssertionError(f"C and the package differ by {worst:.1e}.")
        return worst


def pointer(array: Array) -> ctypes.c_void_p:
    """Where an array begins."""
    return ctypes.c_void_p(array.ctypes.data)
