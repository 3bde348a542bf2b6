"""Ctrl-C and the termination signal, kept away from what should not be left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
    """Processes that are started within never hear Ctrl-C, which a terminal sends to them too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
