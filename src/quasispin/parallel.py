"""How many cores a computation may use: all that this process has, or the share that it was given.

A sweep that runs in many processes gives each of them its share, so that their threads do not fight.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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
