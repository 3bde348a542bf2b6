"""The first use of compiled functions: they are compiled for this machine once, and kept on disk.

numba keeps the machine code beside the source, or in its own folder where that is not writable. Files are
written under another name and then renamed, so that many processes may start at once. Where nothing can be
written (no folder, a full disk) every process compiles for itself; the results are the same.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from multiprocessing import connection
from pathlib import Path
from typing import Any, Final, cast

NOTE = "Compiling for this machine, once."
WHAT: Final[Mapping[str, str]] = {
    "single_shell_sum": "the sum over the states of one shell",
    "arrange": "the order of the points",
    "weights_on_grid": "the seniority weights of a shell",
    "block_sums": "the sums over pair states",
    "class_sums": "the sums over seniorities",
    "lowest_classes": "the search for the lowest states",
    "points_sum": "the sum over the states of several shells",
    "solve": "the mean field of one shell",
    "forward": "the recursion without a coupling",
    "add_rows": "the operator of large blocks",
    "stationary": "the branches of the mean field",
}
"""What a compiled function does, in words."""
COMPILE = "numba:compile"
"""What numba calls it; loading what is on the disk is none."""


def run(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a compiled function; who looks on is told if it has to be compiled now, and how long that took."""
    listen()
    try:
        return function(*arguments)
    except OSError:  # compiled, but not to be kept: there is no room on the disk
        return function(*arguments)


@lru_cache(maxsize=1)
def listen() -> Notes:
    """Hear from now on what numba compiles."""
    from numba.core import event

    class Listener(event.Listener):
        """Hands on what concerns functions of this package."""

        def on_start(self, event: Any) -> None:
            """A compilation begins."""
            notes.start(event.data["dispatcher"].py_func)

        def on_end(self, event: Any) -> None:
            """It is over."""
            notes.end(event.data["dispatcher"].py_func)

    notes = Notes()
    register: Any = event.register  # it has no types
    register(COMPILE, Listener())
    return notes


class Notes:
    """Lines on standard error, of this package's functions alone; numba compiles one thing at a time."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        """When the function was begun, and those that it calls and that are compiled with it."""
        self.is_told = False

    def start(self, function: Callable[..., Any]) -> None:
        """It is compiled from now on."""
        if not _is_ours(function):
            return
        self.begun.append(time.perf_counter())
        if not is_watched():
            return
        if not self.is_told:
            self.is_told = True
            print(NOTE, file=sys.stderr, flush=True)
        if len(self.begun) == 1:
            print(f"Compiling {_in_words(function)} …", file=sys.stderr, flush=True)

    def end(self, function: Callable[..., Any]) -> None:
        """It is compiled."""
        if not _is_ours(function) or not self.begun:
            return
        seconds = time.perf_counter() - self.begun.pop()
        if not self.begun and is_watched():
            print(f"Compiled {_in_words(function)} in {seconds:.1f} s.", file=sys.stderr, flush=True)


def is_watched() -> bool:
    """Whether somebody sees standard error: a terminal or a notebook, and not that of a worker process."""
    stream = sys.stderr
    if stream is None or multiprocessing.parent_process() is not None:
        return False
    return type(stream).__module__.partition(".")[0] == "ipykernel" or stream.isatty()


def _in_words(function: Callable[..., Any]) -> str:
    return WHAT.get(function.__name__, function.__name__)


def is_kept(function: Any) -> bool:
    """Whether machine code of this compiled function seems to be on the disk for the source as it is.

    A look at names and dates of files, which costs no compilation; where it is mistaken, only time is lost.
    """
    folder, module = _kept_in(function), function.py_func.__module__.rpartition(".")[2]
    name = f"{module}.{function.__name__}-"
    if folder is None:
        return False
    try:
        written = max(file.stat().st_mtime for file in folder.iterdir() if _is_index(file, name))
        sources = Path(function.py_func.__code__.co_filename).parent.glob("*.py")
        return written >= max(file.stat().st_mtime for file in sources)
    except (OSError, ValueError):  # no such folder, no such file
        return False


def may_be_kept(function: Any) -> bool:
    """Whether there is a folder for the machine code of this function."""
    return _kept_in(function) is not None


def _kept_in(function: Any) -> Path | None:
    path = getattr(getattr(function, "_cache", None), "cache_path", None)
    return None if path is None else Path(path)


def _is_index(file: Path, name: str) -> bool:
    return file.name.startswith(name) and file.suffix == ".nbi"


def compile_apart(jobs: Mapping[str, Callable[[], object]]) -> Iterator[str]:
    """Do each of these jobs, functions of a module, in a process of its own, for what they compile.

    Yields the name of each job when it is done. The machine code then lies on the disk; a process that fails
    leaves the compilation to whoever needs it.
    """
    context = multiprocessing.get_context("spawn")
    processes = {name: context.Process(target=job, daemon=True) for name, job in jobs.items()}
    for process in processes.values():
        process.start()
    at_work = {process.sentinel: name for name, process in processes.items()}
    while at_work:
        for sentinel in connection.wait(list(at_work)):
            yield at_work.pop(cast(int, sentinel))


def _is_ours(function: Callable[..., Any]) -> bool:
    return function.__module__.partition(".")[0] == __name__.partition(".")[0]
