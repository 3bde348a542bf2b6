"""The first use of compiled functions: they are compiled for this machine once, and kept on disk.

numba keeps the machine code beside the source, or in its own folder where that is not writable. Files are
written under another name and then renamed, so that many processes may start at once. Where nothing can be
written (no folder, a full disk) every process compiles for itself; the results are the same.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

NOTE = "Compiling for this machine, once."
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
        if not self.is_told and is_watched():
            self.is_told = True
            print(NOTE, file=sys.stderr, flush=True)

    def end(self, function: Callable[..., Any]) -> None:
        """It is compiled."""
        if not _is_ours(function) or not self.begun:
            return
        seconds = time.perf_counter() - self.begun.pop()
        if not self.begun and is_watched():
            print(f"Compiled {function.__name__} in {seconds:.1f} s.", file=sys.stderr, flush=True)


def is_watched() -> bool:
    """Whether somebody sees standard error: a terminal or a notebook, and not that of a worker process."""
    stream = sys.stderr
    if stream is None or multiprocessing.parent_process() is not None:
        return False
    return type(stream).__module__.partition(".")[0] == "ipykernel" or stream.isatty()


def _is_ours(function: Callable[..., Any]) -> bool:
    return function.__module__.partition(".")[0] == __name__.partition(".")[0]


def kept(compiler: Callable[..., Any], function: Callable[..., Any]) -> Any:
    """The compiled function, kept on disk where any folder can be written."""
    try:
        return compiler(cache=True)(function)
    except RuntimeError:  # no folder
        return compiler()(function)
