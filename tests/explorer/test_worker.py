"""The process for what takes long: its numbers, its errors, its progress, its end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from quasispin.errors import InputError, SolverError, UndefinedError
from quasispin.explorer import compute, downloads
from quasispin.explorer import worker as worker_module
from quasispin.explorer.state import State
from quasispin.explorer.worker import FAILED, EndedError, Worker
from tests.explorer.examples import DEFORMED, levels
from tests.explorer.screens import until

SMALL = levels("energy,degeneracy\n0,1\n1,1\n", electrons=2)
LONG = State(deformation=0.3, size=5, electrons=10)


def silent(share: float) -> None:
    del share


def with_worker(what: Callable[[Worker], Awaitable[None]]) -> None:
    async def whole() -> None:
        worker = Worker()
        try:
            await what(worker)
        finally:
            worker.end()
        assert worker.is_idle

    asyncio.run(whole())


def test_it_computes_the_same_numbers_and_files_and_tells_how_far_it_is() -> None:
    told: list[float] = []

    async def look(worker: Worker) -> None:
        assert worker.is_idle
        found = await worker.compute("field", DEFORMED, told.append)
        for one, other in zip(found, compute.compute("field", DEFORMED), strict=True):
            np.testing.assert_array_equal(one.values, other.values)
        assert await worker.compute(downloads.Part("py"), SMALL, silent) == downloads.file(SMALL, "py")
        assert told == sorted(told)
        assert 0.0 < told[-1] <= 1.0

    with_worker(look)


def test_errors_of_ours_come_back_as_they_are_and_the_process_goes_on() -> None:
    async def err(worker: Worker) -> None:
        with pytest.raises(InputError, match=r"`electrons` must lie in \[0, 4\], but is 9\."):
            await worker.compute("field", SMALL.but(electrons=9), silent)
        before = worker.process_id
        with pytest.raises(UndefinedError, match="Only an orbital shell"):
            await worker.compute("field", State(kind="spin", deformation=0.1), silent)
        assert worker.process_id == before
        assert await worker.compute("field", SMALL, silent)

    with_worker(err)


def test_a_mistake_of_ours_is_one_sentence_and_the_process_goes_on() -> None:
    async def err(worker: Worker) -> None:
        with pytest.raises(SolverError, match=FAILED):
            await worker.compute("now", None, silent)  # type: ignore[arg-type]
        before = worker.process_id
        assert await worker.compute("now", SMALL, silent)
        assert worker.process_id == before

    with_worker(err)


@pytest.mark.parametrize("is_ours", [True, False], ids=["by us", "by the system"])
def test_killing_it_is_an_error_and_the_next_computation_starts_another(is_ours: bool) -> None:
    async def kill(worker: Worker) -> None:
        task = asyncio.ensure_future(worker.compute("map", LONG, silent))
        await until(lambda: worker.process_id)
        await asyncio.sleep(0.2)
        if is_ours:
            worker.end()
        else:
            assert worker.process_id is not None
            os.kill(worker.process_id, signal.SIGKILL)
        with pytest.raises(EndedError, match="was ended before it was done"):
            await task
        assert await worker.compute("levels", SMALL, silent)

    with_worker(kill)


def test_more_than_may_compute_take_turns_and_an_end_while_waiting_starts_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_module, "MOST", 1)

    async def wait(worker: Worker) -> None:
        other = Worker()
        first = asyncio.ensure_future(worker.compute("map", LONG, silent))
        await until(lambda: worker.process_id)
        second = asyncio.ensure_future(other.compute("levels", SMALL, silent))
        await asyncio.sleep(0.1)
        assert other.is_idle
        other.end()
        with pytest.raises(EndedError):
            await second
        third = asyncio.ensure_future(other.compute("levels", SMALL, silent))
        worker.end()
        assert await third
        other.end()
        await asyncio.gather(first, return_exceptions=True)

    with_worker(wait)


def test_a_process_that_was_ended_leaves_nothing_behind() -> None:
    async def number() -> int | None:
        worker = Worker()
        await worker.compute("levels", DEFORMED, lambda _: None)
        found = worker.process_id
        worker.end()
        return found

    process = asyncio.run(number())
    assert process is not None
    with pytest.raises(ChildProcessError):
        os.waitpid(process, os.WNOHANG)  # it has been waited for
