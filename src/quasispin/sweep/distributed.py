"""A dask.distributed cluster as the workers of a sweep: the only import of dask."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection
from concurrent.futures import CancelledError
from typing import Any

from quasispin.errors import DependencyError, FileError, InputError, shown
from quasispin.sweep.execute import WorkerLost
from quasispin.sweep.tasks import Block, Task, compute

try:
    import distributed as dask
except ImportError:
    raise DependencyError('A cluster needs the extra `cluster`: pip install "quasispin[cluster]".') from None

TIMEOUT = "10s"
"""How long to wait for a scheduler to answer."""
CLOSING = 2.0
"""Seconds for a client to be closed that has not connected."""
RECOUNT = 2.0
"""Seconds after which the workers are counted again; asking the scheduler for every task would hold it up."""
RETRIES = 3
"""How often a task is tried again whose worker was killed, besides what the scheduler does on its own."""


class Cluster:
    """The threads of a cluster's workers; each of them does one task at a time on one core."""

    share = 1

    def __init__(self, client: Any) -> None:
        self.client, self.name = client, uuid.uuid4().hex
        queue: Any = dask.as_completed  # it has no types
        self.completed = queue(loop=client.loop)  # else it would ask the default client
        self.threads, self.counted = 0, float("-inf")

    @classmethod
    def of(cls, client: object) -> Cluster:
        """Check that it is a Client one can wait for."""
        if not isinstance(client, dask.Client):
            raise InputError(f"`executor` must be a dask.distributed Client, but is {shown(client)}.", client)
        if client.asynchronous:
            raise InputError("`executor` must be a Client with asynchronous=False.", client)
        return cls(client)

    @property
    def slots(self) -> int:
        """Threads of all workers that are there now; they may come and go."""
        now = time.monotonic()
        if now - self.counted > RECOUNT:
            self.threads, self.counted = sum(self.client.nthreads().values()), now
        return max(1, self.threads)

    def submit(self, task: Task) -> Any:
        """Give out a task."""
        key = f"quasispin-{self.name}-{task.number}"
        future = self.client.submit(compute, task, self.share, key=key, pure=False, retries=RETRIES)
        self.completed.add(future)
        return future

    def wait(self, pending: Collection[Any]) -> Collection[Any]:
        """At least one that is done."""
        del pending  # all that were submitted and not yet taken
        done: Collection[Any] = self.completed.next_batch(block=True)
        return done

    def result(self, future: Any) -> Block:
        """What it found; the cluster may forget it then."""
        try:
            block: Block = future.result()
        except (dask.scheduler.KilledWorker, CancelledError, OSError) as error:
            raise _lost(error) from None
        future.release()
        return block

    def cancel(self, pending: Collection[Any]) -> Collection[Any]:
        """Take back what is not done; return what is."""
        done = [future for future in pending if future.status == "finished"]
        self.client.cancel([future for future in pending if future.status != "finished"])
        return done


def connected(address: str) -> Any:
    """A Client of the scheduler at `address`.

    Raises
    ------
    FileError
        If nobody answers there.
    """
    make: Any = _Client  # it has no types
    try:
        return make(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise FileError(f"`{address}` must be the address of a scheduler, but: {reason}.", address) from None


class _Client(dask.Client):
    """A Client that is closed where it does not connect: one left half-made would hold its thread."""

    def start(self, **options: Any) -> Any:
        """Connect."""
        begin: Any = super().start  # it has no types
        try:
            return begin(**options)
        except BaseException:
            self.close(timeout=CLOSING)  # type: ignore[no-untyped-call]
            raise


def _lost(error: BaseException) -> WorkerLost:
    return WorkerLost("The cluster lost a task: its workers were killed, or its scheduler went away.", error)
