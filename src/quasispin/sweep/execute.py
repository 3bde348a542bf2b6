"""Who does the tasks of a sweep: this process, the workers of an executor, or a cluster."""

from __future__ import annotations

import concurrent.futures
import pickle
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from typing import Any, Protocol

from quasispin.errors import InputError, SolverError, shown
from quasispin.parallel import available
from quasispin.sweep.tasks import Block, Blocks, Task, compute, versions

AHEAD = 2
"""Tasks given out per worker: while one is done the next one waits beside it."""


class WorkerLost(SolverError):
    """A worker went away before its task was done; the sweep can go on with others."""


class Workers(Protocol):
    """What the loop below needs to know of an executor."""

    @property
    def slots(self) -> int:
        """Tasks that are done at the same time."""

    @property
    def share(self) -> int:
        """Cores that one of them may use."""

    def submit(self, task: Task) -> Any:
        """Give out a task; what comes back stands for its result."""

    def wait(self, pending: Collection[Any]) -> Collection[Any]:
        """At least one of these that is done."""

    def result(self, future: Any) -> Block:
        """What it found; an error of the task is raised here, WorkerLost if nobody finished it."""

    def cancel(self, pending: Collection[Any]) -> Collection[Any]:
        """Take back what has not begun; return what is done already."""


Receive = Callable[[Block], None]
Report = Callable[[int], None]


def run(
    blocks: Blocks, wanted: Iterable[int], workers: Workers | None, receive: Receive, report: Report
) -> None:
    """Do these tasks and hand every block to `receive`; `report` hears of points that are computed here."""
    if workers is None:
        for number in wanted:
            receive(compute(blocks[number], report=report))
    else:
        _Errand(blocks, workers, receive).run(iter(wanted))


def workers_of(executor: object) -> Workers | None:
    """The workers behind an executor or a Client; None for this process.

    Raises
    ------
    InputError
        If it is neither.
    """
    if executor is None:
        return None
    if isinstance(executor, concurrent.futures.Executor):
        return Pool(executor)
    if any(kind.__module__.partition(".")[0] == "distributed" for kind in type(executor).__mro__):
        from quasispin.sweep.distributed import Cluster

        return Cluster.of(executor)
    raise InputError(
        "`executor` must be a concurrent.futures executor or a dask.distributed Client, "
        f"but is {shown(executor)}.",
        executor,
    )


class Pool:
    """The threads or processes of a `concurrent.futures` executor."""

    def __init__(self, executor: concurrent.futures.Executor) -> None:
        self.executor = executor

    @property
    def slots(self) -> int:
        """As many as the executor says, else one for each core."""
        return int(getattr(self.executor, "_max_workers", None) or available())

    @property
    def share(self) -> int:
        """An equal part of the cores of this machine."""
        return max(1, available() // self.slots)

    def submit(self, task: Task) -> Any:
        """Give out a task."""
        try:
            return self.executor.submit(compute, task, self.share)
        except concurrent.futures.BrokenExecutor as error:
            raise _lost(error) from None
        except RuntimeError as error:
            raise InputError(f"`executor` must take tasks, but says: {error}.", self.executor) from None

    def wait(self, pending: Collection[Any]) -> Collection[Any]:
        """At least one that is done."""
        return concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED).done

    def result(self, future: Any) -> Block:
        """What it found."""
        try:
            block: Block = future.result()
        except (concurrent.futures.BrokenExecutor, concurrent.futures.CancelledError) as error:
            raise _lost(error) from None
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            if "pickle" not in f"{error} {error.__cause__}".lower():  # 3.13 says so in the cause
                raise
            raise InputError(
                "Observables, ensembles and systems must be importable where the workers run, "
                f"but one is not: {' '.join(str(error).split()).rstrip('.')}.",
                error,
            ) from None
        return block

    def cancel(self, pending: Collection[Any]) -> Collection[Any]:
        """Take back what has not begun; return what is done already."""
        return [future for future in pending if not future.cancel() and future.done()]


class _Errand:
    """Tasks out with workers, as many at a time as keep them busy."""

    def __init__(self, blocks: Blocks, workers: Workers, receive: Receive) -> None:
        self.blocks, self.workers, self.receive = blocks, workers, receive
        self.pending: set[Any] = set()

    def run(self, wanted: Iterator[int]) -> None:
        """Give out, wait, take in, until nothing is left."""
        try:
            while True:
                self._fill(wanted)
                if not self.pending:
                    return
                for future in self.workers.wait(self.pending):
                    self.pending.discard(future)
                    self._take(future)
        finally:
            self._leave()

    def _fill(self, wanted: Iterator[int]) -> None:
        room = AHEAD * max(1, self.workers.slots)
        while len(self.pending) < room and (number := next(wanted, None)) is not None:
            self.pending.add(self.workers.submit(self.blocks[number]))

    def _take(self, future: Any) -> None:
        block = self.workers.result(future)
        _check(block)
        self.receive(block)

    def _leave(self) -> None:
        """After an error or Ctrl-C: nothing new begins, and what was finished in the meantime is kept."""
        if not self.pending:
            return
        with suppress(Exception):  # the error that brought us here is the one to tell
            for future in self.workers.cancel(self.pending):
                with suppress(SolverError):
                    self._take(future)


def _check(block: Block) -> None:
    """Refuse what was computed with other versions: its last bits may differ."""
    for name, version in versions().items():
        if block.versions.get(name) != version:
            raise InputError(
                f"`executor` must have workers with {name} {version}, "
                f"but one has {name} {block.versions.get(name)}.",
                block.versions,
            )


def _lost(error: BaseException) -> WorkerLost:
    return WorkerLost("A worker was lost before its task was done (killed, or out of memory).", error)
