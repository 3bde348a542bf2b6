"""Ctrl-C and the signals that end a process, kept away from what should not be left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""By which batch systems end a job, and a terminal that is closed its programs; not every system has both."""
SIGNALS = (signal.SIGINT, *ENDINGS)
TERMINAL = tuple(getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name))
"""What a terminal sends to all processes at once."""


@contextmanager
def as_interruption() -> Iterator[None]:
    """Within it a signal that ends a process is as good as Ctrl-C; one that is ignored (nohup) stays so."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield
        return
    before = {one: signal.getsignal(one) for one in ENDINGS}
    chosen = [one for one, handler in before.items() if handler not in (signal.SIG_IGN, None)]
    for one in chosen:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one in chosen:
            signal.signal(one, before[one])


@contextmanager
def later() -> Iterator[None]:
    """A signal that comes within is heard at the end of it: for what takes a moment, such as one chunk."""
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield
        return
    heard: list[int] = []

    def hear(number: int, frame: Any) -> None:
        del frame
        heard.append(number)

    before = {one: signal.signal(one, hear) for one in SIGNALS}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
        for number in dict.fromkeys(heard):
            signal.raise_signal(number)


@contextmanager
def unheard() -> Iterator[None]:
    """Processes that are started within never hear what a terminal sends to them too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.signal(one, signal.SIG_IGN) for one in TERMINAL}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
