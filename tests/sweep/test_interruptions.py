"""A signal is not lost, and not heard where it would do harm."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from quasispin.sweep.interruptions import later, unheard


def test_a_signal_is_heard_at_the_end() -> None:
    steps: list[int] = []

    def twice() -> None:
        with later():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            steps.append(1)
        steps.append(2)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        twice()
    assert steps == [1]
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_within_is_told_after_a_signal_too() -> None:
    def torn() -> None:
        with later():
            signal.raise_signal(signal.SIGINT)
            raise OSError("full")

    with pytest.raises(KeyboardInterrupt) as caught:
        torn()
    assert isinstance(caught.value.__context__, OSError)


def test_processes_that_are_started_meanwhile_do_not_hear_control_c() -> None:
    code = "import signal; signal.raise_signal(signal.SIGINT)"
    with unheard():
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("guard", [later, unheard])
def test_other_threads_have_no_signals_to_hear(guard: Callable[[], AbstractContextManager[None]]) -> None:
    done: list[bool] = []

    def enter() -> None:
        with guard():
            done.append(True)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert done == [True]
