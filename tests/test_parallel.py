"""The threads of the linear algebra belong to the process: who limits them gives back what was found."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

import quasispin as qs
from quasispin.parallel import one_blas_thread


def threads() -> set[int]:
    """Of all libraries of linear algebra that are loaded."""
    return {one.num_threads for one in ThreadpoolController().select(user_api="blas").lib_controllers}


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    np.linalg.eigh(np.eye(2))
    with threadpool_limits(limits=2, user_api="blas"):
        if threads() != {2}:
            pytest.skip("the linear algebra here has one thread")
        yield


def test_the_last_to_leave_gives_back_what_was_found() -> None:
    one, other = one_blas_thread(), one_blas_thread()
    for enter in (one, other):
        enter.__enter__()
        assert threads() == {1}
    one.__exit__(None, None, None)  # before the other, as threads leave
    assert threads() == {1}
    other.__exit__(None, None, None)
    assert threads() == {2}


def test_an_error_within_gives_it_back_too() -> None:
    with pytest.raises(ValueError, match="mine"), one_blas_thread():
        raise ValueError("mine")
    assert threads() == {2}


def test_eight_threads_at_once_leave_the_linear_algebra_as_it_was() -> None:
    start = threading.Barrier(8)

    def solve(number: int) -> float:
        shells = [qs.Shell([1.0], energy=k * (1.0 + 0.01 * number)) for k in range(4)]
        start.wait()
        return float(qs.gap(qs.Canonical(qs.System(shells, 4, 0.5)), temperature=0.1))

    for _ in range(3):
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(solve, range(8)))) == 8
        assert threads() == {2}
