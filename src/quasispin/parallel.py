"""How many cores a computation may use: all that this process has, or the share that it was given.

A sweep that runs in many processes gives each of them its share, so that their threads do not fight.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_SHARE: ContextVar[int | None] = ContextVar("share", default=None)


def cores() -> int:
    """Threads that one computation may start, at least 1."""
    return _SHARE.get() or available()


def available() -> int:
    """Cores that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


@contextmanager
def limited(share: int | None) -> Iterator[None]:
    """Within it `cores()` is `share`; None changes nothing."""
    token = _SHARE.set(share or _SHARE.get())
    try:
        yield
    finally:
        _SHARE.reset(token)


class _Blas:
    """The threads of the linear algebra, which belong to the whole process, while some ask for one each."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        """How many ask for one at the moment."""
        self.found: dict[str, tuple[Any, int]] = {}
        """The libraries, by their files, and the threads that each had before."""

    def enter(self) -> None:
        """One thread from now on, of libraries too that were loaded since another asked."""
        with self.lock:
            self.inside += 1
            from threadpoolctl import ThreadpoolController

            for library in ThreadpoolController().select(user_api="blas").lib_controllers:
                if library.filepath not in self.found:
                    self.found[library.filepath] = (library, library.num_threads)
                library.set_num_threads(1)

    def leave(self) -> None:
        """The last to leave gives back what was found."""
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                for library, threads in self.found.values():
                    library.set_num_threads(threads)
                self.found.clear()


_BLAS = _Blas()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within it the linear algebra has one thread, since small matrices lose by more.

    Many threads may be within at once. The number belongs to the process, so that a plain "set, then put back
    what was there" in each of them would take the one thread of another for what was there.
    """
    try:
        _BLAS.enter()
        yield
    finally:
        _BLAS.leave()
