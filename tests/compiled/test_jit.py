"""The compiler that is on for the kernels of this package and nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from numba import njit
from numba.core import config

from quasispin.compiled.jit import jitted

SWITCHED_OFF = """
import quasispin as qs
from numba import njit
grain = qs.System.single_shell(qs.Shell.orbital(3), 6, gap_scale=1.0)
fence = qs.System([qs.Shell([1.0], energy=float(k)) for k in range(3)], 3, 0.5)
print(repr(qs.heat_capacity(qs.Canonical(grain), 0.1, 0.2)), repr(qs.gap(qs.MeanField(grain), 0.1, 0.1)))
print(repr(qs.heat_capacity(qs.Canonical(fence), 0.1, 0.2)))
print(type(njit(lambda: 1)).__name__)
"""


def printed(**variables: str) -> list[str]:
    environment = {**os.environ, **variables}
    command = [sys.executable, "-W", "error", "-c", SWITCHED_OFF]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_switch_of_numba_changes_no_digit_and_stays_off_for_others() -> None:
    *off, others_off = printed(NUMBA_DISABLE_JIT="1")
    *on, others_on = printed(NUMBA_DISABLE_JIT="0")
    assert off == on
    assert (others_off, others_on) == ("function", "CPUDispatcher")


@pytest.fixture
def _switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "DISABLE_JIT", 1)


def outer(value: int) -> int:
    return value + 1


@pytest.mark.usefixtures("_switched_off")
def test_threads_leave_the_switch_as_they_found_it() -> None:
    function: Any = jitted()(outer)
    together = Barrier(4)

    def call(value: int) -> int:
        together.wait()
        found: int = function(value)
        return found

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(call, range(4))) == [1, 2, 3, 4]
    assert vars(config)["DISABLE_JIT"] == 1
    plain: Any = njit(outer)
    assert plain is outer
    assert function.__name__ == "outer"
    assert len(function.signatures) == 1
