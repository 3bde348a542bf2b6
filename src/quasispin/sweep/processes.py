"""Worker processes that end with the process that started them, however that ends."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any

from quasispin.errors import integer
from quasispin.sweep.interruptions import unheard

MOST = 1024
PATIENCE = 10.0
"""Seconds for an executor to notice that its processes were ended."""


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """An executor of `count` new processes; after an error or Ctrl-C they are ended at once.

    They are started afresh (spawn), since a copy of a process with threads may wait for ever.
    """
    number = integer("workers", count, low=1, high=MOST)
    others = set(multiprocessing.active_children())
    pool = _Pool(number, multiprocessing.get_context("spawn"), initializer=_attend)
    try:
        yield pool
    except BaseException:
        manager = getattr(pool, "_executor_manager_thread", None)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()  # first, while all that it may be reaching for is still there
        pool.shutdown(wait=False, cancel_futures=True)
        if manager is not None:  # else it goes on into the end of Python, which closes its pipes
            manager.join(PATIENCE)
        raise
    pool.shutdown()


class _Pool(ProcessPoolExecutor):
    """Its processes, which tasks start as they are given out, leave Ctrl-C to the parent from the first."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Give out a task."""
        with unheard():
            return super().submit(function, *arguments, **named)


def _attend() -> None:
    """In a worker: do not outlive the parent."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)  # nobody waits for what this process would still do
