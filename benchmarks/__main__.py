"""Measure and print one table; absolute times depend on the machine, ratios much less."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

import quasispin as qs

Row = tuple[str, str, str]
RUNS = 7


def main() -> None:
    """Print every row as it is measured."""
    print(f"{'what':<62} {'median':>12}  beside")
    for row in (*imports(), *maps()):
        print(f"{row[0]:<62} {row[1]:>12}  {row[2]}", flush=True)


def imports() -> Iterator[Row]:
    """CPU time of a process that does nothing but start, beside one that imports numpy."""
    numpy = cpu_time([sys.executable, "-c", "import numpy"])
    yield "python -c 'import numpy', CPU", f"{numpy * 1e3:.0f} ms", ""
    for name, command in {
        "python -c 'import quasispin', CPU": [sys.executable, "-c", "import quasispin"],
        "quasispin --help, CPU": [sys.executable, "-m", "quasispin.cli.app", "--help"],
    }.items():
        took = cpu_time(command)
        yield name, f"{took * 1e3:.0f} ms", f"{took / numpy:.2f} × import numpy"


def cpu_time(command: list[str]) -> float:
    """Median CPU seconds (user + system) of a child process, after one run to warm the disk."""
    times = []
    for _ in range(RUNS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(times[1:])


def maps() -> Iterator[Row]:
    """Points of a (T, ω) map each second, all averages, on all cores; BCS beside the canonical map."""
    shells = {f"M={2 * l + 1}": qs.Shell.orbital(l) for l in (3, 11, 25, 50)}
    shells["M=23, moments of no ladder"] = qs.Shell(np.linspace(0.1, 12.0, 23))
    for name, shell in shells.items():
        system = qs.System.single_shell(shell, shell.pair_degeneracy - 1, gap_scale=1.0)
        points = 20_000 if "no ladder" not in name else 4_000
        took = wall_time(lambda s=system, n=points: whole_map(qs.Canonical(s), n)) / points  # type: ignore[misc]
        yield f"canonical map, {name}", f"{took * 1e6:.2f} µs", "a point"
        bcs = wall_time(lambda s=system, n=points: whole_map(qs.MeanField(s), n)) / points  # type: ignore[misc]
        yield f"BCS map, {name}", f"{bcs * 1e6:.2f} µs", f"{bcs / took:.1f} × canonical"


def whole_map(ensemble: qs.Canonical | qs.MeanField, points: int) -> None:
    """All averages at random points of 0.005 < T < 1, 0 < ω < 2ω_c in units of Δ₀."""
    rng = np.random.default_rng(0)
    pairs = ensemble._one_system().pair_degeneracy
    ensemble.averages(rng.uniform(0.005, 1, points), rng.uniform(0, 6 / pairs, points))


def wall_time(call: Callable[[], None]) -> float:
    """Median seconds, after one call that compiles."""
    call()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
