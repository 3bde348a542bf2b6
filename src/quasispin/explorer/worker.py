"""A process of one's own for what takes long: it tells how far it is, and can be ended at any moment."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Final

from quasispin.errors import QuasispinError, SolverError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from quasispin.explorer.downloads import Part
    from quasispin.explorer.state import State

FAILED: Final = "This view failed; the log of the server says why."
TICK: Final = 0.02
"""Seconds between two looks at the pipe."""
MOST: Final = 4
"""Processes that compute at the same time, whoever asks; more take turns."""


class EndedError(SolverError):
    """The process was ended, by `Worker.end` or by somebody else."""


class Worker:
    """One process, started when it is first needed; it keeps the systems that it has solved."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._lock = asyncio.Lock()
        self._is_wanted = True

    async def compute(self, part: str | Part, state: State, progress: Callable[[float], None]) -> Any:
        """As `quasispin.explorer.compute.compute`, or `downloads.file`, in the process.

        Raises
        ------
        QuasispinError
            As there.
        EndedError
            If the process was ended, by `end` or by somebody else.
        """
        async with self._lock:
            self._is_wanted = True
            try:
                await self._turn()
                pipe = self._started()
                pipe.send((part, state))
                return await _answer(pipe, progress)
            except (EOFError, OSError):
                self.end()
                raise EndedError("The computation was ended before it was done.", part) from None
            finally:
                _at_work.discard(self)

    def end(self) -> None:
        """End the process, whatever it does; the next computation starts another."""
        self._is_wanted = False
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if process is not None:
            process.kill()
            process.join()  # at once: nothing survives it; or else it would stay in the list of processes
        if pipe is not None:
            pipe.close()

    @property
    def process_id(self) -> int | None:
        """Of its process, while it has one."""
        return None if self._process is None else self._process.pid

    @property
    def is_idle(self) -> bool:
        """Whether it has no process."""
        return self._process is None

    async def _turn(self) -> None:
        """Wait until fewer than `MOST` compute."""
        while len(_at_work) >= MOST:
            await asyncio.sleep(TICK)
            if not self._is_wanted:
                raise EOFError
        _at_work.add(self)

    def _started(self) -> Connection:
        if self._pipe is None or self._process is None or not self._process.is_alive():
            self.end()
            context = multiprocessing.get_context("spawn")
            self._pipe, other = context.Pipe()
            self._process = context.Process(target=_serve, args=(other,), daemon=True)
            self._process.start()
            other.close()
        return self._pipe


_at_work: Final[set[Worker]] = set()


async def _answer(pipe: Connection, progress: Callable[[float], None]) -> Any:
    while True:
        while not pipe.poll():
            await asyncio.sleep(TICK)
        kind, value = pipe.recv()
        if kind == "progress":
            progress(value)
        elif kind == "error":
            raise value
        else:
            return value


def _serve(pipe: Connection) -> None:
    """The other end: compute what comes in until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from quasispin.explorer import downloads
    from quasispin.explorer.compute import compute

    while True:
        try:
            part, state = pipe.recv()
        except (EOFError, OSError):
            return
        told = 0.0

        def tell(share: float) -> None:
            nonlocal told
            if time.monotonic() - told > 0.1:
                told = time.monotonic()
                pipe.send(("progress", share))

        try:
            is_file = isinstance(part, downloads.Part)
            pipe.send(("done", downloads.file(state, *part) if is_file else compute(part, state, tell)))
        except QuasispinError as error:
            pipe.send(("error", error))
        except MemoryError:
            pipe.send(("error", SolverError("There was not enough memory for this computation.", part)))
        except BrokenPipeError:
            return
        except Exception:  # of whatever kind: a mistake of ours must not cost the process
            traceback.print_exc()
            pipe.send(("error", SolverError(FAILED, part)))
