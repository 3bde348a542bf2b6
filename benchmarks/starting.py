"""What it takes to start: CPU time of an import, and the first call with and without machine code on disk."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping

from benchmarks.records import Record, Scale, Times, record

IMPORTS = {
    "import quasispin": [sys.executable, "-c", "import quasispin"],
    "quasispin --help": [sys.executable, "-m", "quasispin.cli.app", "--help"],
}
ONE = "qs.System.single_shell(qs.Shell.orbital(3), 6, gap_scale=1.0)"
TWO = "qs.System([qs.Shell.orbital(1), qs.Shell.orbital(2, energy=0.5)], 4, 0.3)"
FIRST = {
    "Canonical, one shell": f"qs.Canonical({ONE})",
    "MeanField, one shell": f"qs.MeanField({ONE})",
    "Canonical, several shells": f"qs.Canonical({TWO})",
}
CALL = """
import time
import quasispin as qs
ensemble = {ensemble}
cpu, start = time.process_time(), time.perf_counter()
ensemble.averages(0.1, 0.2)
print(time.perf_counter() - start, time.process_time() - cpu)
"""


def imports(scale: Scale) -> Iterator[Record]:
    """A process that does nothing but start, beside one that imports numpy."""
    numpy = [sys.executable, "-c", "import numpy"]
    commands = {"import numpy": numpy, **IMPORTS}
    times = {name: Times([], []) for name in commands}
    for turn in range(-1, scale.runs(11)):  # the first warms the disk
        for name, command in commands.items():
            taken = process(command)
            if turn >= 0:
                times[name].wall.extend(taken.wall)
                times[name].cpu.extend(taken.cpu)
    for name, taken in times.items():
        over = None if name == "import numpy" else ("`import numpy`", times["import numpy"])
        yield record("import", 0, f"`{name}`", "", taken, over=over)


def process(command: list[str]) -> Times:
    """Time of a child, that of the interpreter included."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Times([wall], [after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime])


def first_use(scale: Scale) -> Iterator[Record]:
    """The first call of a process: nothing compiled yet, and with the machine code of another on disk."""
    for name, ensemble in FIRST.items():
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
            cold = first_call(ensemble, environment)
            warm = [first_call(ensemble, environment) for _ in range(scale.runs(5))]
        kept = Times([one.wall[0] for one in warm], [one.cpu[0] for one in warm])
        yield record("first.cold", 0, f"first call, nothing compiled yet: {name}", "", cold)
        yield record("first.kept", 0, f"first call, machine code on disk: {name}", "", kept)


def first_call(ensemble: str, environment: Mapping[str, str]) -> Times:
    """Of a process of its own, after the import."""
    command = [sys.executable, "-c", CALL.format(ensemble=ensemble)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    wall, cpu = map(float, done.stdout.split())
    return Times([wall], [cpu])
