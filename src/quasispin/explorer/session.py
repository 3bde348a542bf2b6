"""What one tab wants to see and what of it is computed; no web in here.

A change of the state wakes a loop that computes what the change concerns and hands it on to be shown, the
newest state first: while a slider is dragged, states that come faster than pictures are passed over.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from quasispin.errors import QuasispinError, SolverError
from quasispin.explorer import compute, downloads
from quasispin.explorer.box import BOX, Box, box
from quasispin.explorer.script import Ranges
from quasispin.explorer.state import State
from quasispin.explorer.worker import FAILED, EndedError, Worker
from quasispin.machine import time_in_words

LOG: Final = logging.getLogger("quasispin.explorer")
PATIENCE: Final = 1.5
"""Seconds; to start another process costs as much."""
ASK: Final = 20.0
"""Seconds; what would take longer is computed only when somebody says so."""


@dataclass(frozen=True)
class Result:
    """The numbers of a part, or the error in their place, and the state that they belong to."""

    state: State
    numbers: Any


@dataclass(frozen=True)
class Frame:
    """What has changed on the page."""

    state: State
    box: Box
    parts: Mapping[str, Result]
    """The parts that are new."""
    before: State | None
    """The state that the page shows."""
    stale: frozenset[str]
    """The parts that are those of another state, because theirs are not there yet."""


class Screen(Protocol):
    """Who shows it."""

    async def show(self, frame: Frame) -> None:
        """Show it, and return when it is seen."""

    def restore(self) -> None:
        """Let the controls show again what the pictures show."""

    def say(self, sentence: str) -> None:
        """A sentence about what is wrong; empty when nothing is."""

    def busy(self, words: str, share: float | None) -> None:
        """A computation goes on; without words none does any more."""

    def ask(self, words: str) -> None:
        """A computation waits for somebody to say that it shall be done; without words none does."""


@dataclass
class Session:
    """The state of one tab, and its computations."""

    screen: Screen
    state: State
    worker: Worker = field(default_factory=Worker)
    results: dict[str, Result] = field(default_factory=dict)
    shown: State | None = None
    allowed: tuple[Any, ...] | None = None
    """The box whose long computation somebody asked for."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _is_cancelled: bool = False
    _unseen: dict[str, Result] = field(default_factory=dict)
    """What was computed while something else of the same box was wanted already."""
    _warning: str = ""
    """About the address; said beside the usual view."""

    def want(self, **changes: Any) -> bool:
        """Change the state, or say why it cannot be so."""
        try:
            self.state = self.state.but(**changes)
        except QuasispinError as error:
            self.screen.say(str(error))
            self.screen.restore()
            return False
        self.put(self.state)
        return True

    def put(self, state: State) -> None:
        """Another state altogether; what was wrong before is so no more."""
        self.state = state
        self.screen.say("")
        self._wake.set()

    def allow(self) -> None:
        """Do what was waiting."""
        self.allowed = _box_key(self.state)
        self._wake.set()

    def cancel(self) -> None:
        """End the computation that goes on; what is shown stays."""
        self._is_cancelled = True
        self.worker.end()

    async def run(self) -> None:
        """Follow the state until the tab is closed."""
        self._wake.set()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._survive(self.state)
        finally:
            self.worker.end()

    async def file(self, state: State, kind: str, ranges: Ranges | None = None) -> bytes:
        """A download of a view, made where it disturbs nobody; `ranges` are those of its axes.

        Raises
        ------
        QuasispinError
            If there is none.
        """
        if compute.is_long(state):
            found = await self.worker.compute(downloads.Part(kind, ranges), state, _silent)
        else:
            found = await asyncio.to_thread(downloads.file, state, kind, ranges)
        assert isinstance(found, bytes)
        return found

    async def _survive(self, state: State) -> None:
        """Whatever happens with one state, the next one is followed."""
        try:
            await self._follow(state)
        except Exception as error:  # of whatever kind: the page must go on
            LOG.exception("%s with %s", type(error).__name__, state)
            self.screen.busy("", None)
            self._refuse(state, SolverError(FAILED, state))

    async def _follow(self, state: State) -> None:
        try:
            await self._early(state)
            place, waiting, new, found = await asyncio.to_thread(self._begun, state)
        except QuasispinError as error:
            self._refuse(state, error)
            return
        if self._warning:
            self.screen.say(self._warning)
            self._warning = ""
        self.screen.ask(waiting)
        if compute.is_long(state):
            await self._long(state, place, new)
        else:
            await self._show(state, place, found)

    async def _early(self, state: State) -> None:
        """While ensembles are still being compiled, begin with the others."""
        early = compute.ready_part(state)
        if early == state or compute.is_long(state):
            return
        place, _, _, found = await asyncio.to_thread(self._begun, early)
        self._unseen |= {part: Result(early, numbers) for part, numbers in found.items()}
        self.screen.busy("compiling the mean field for this machine, once", None)
        await self._show(state, place, {})
        await asyncio.to_thread(compute.until_ready, state)
        self.screen.busy("", None)

    def _begun(self, state: State) -> tuple[Box, str, list[str], dict[str, Any]]:
        """The box, what is to be asked first, the parts that are new, and their numbers if that is quick.

        All in one step beside the page: each change of threads costs a turn of a busy machine.
        """
        compute.until_ready(state)
        is_long = compute.is_long(state)
        waiting = self._waiting(state) if is_long else ""  # what does not fit has no axes either
        place = box(state)
        new = [] if waiting else [part for part in compute.PARTS if self._is_new(part, state)]
        return place, waiting, new, {} if is_long else {part: _attempt(part, state) for part in new}

    def _refuse(self, state: State, error: QuasispinError) -> None:
        """There is no such box: say so, and keep what is shown, or begin with the usual view."""
        if self.state is not state:
            return  # something else is wanted already
        if self.shown is None and state != State():
            self.warn(error)
            self.put(State())
            return
        self.state = self.shown or state
        self.screen.say(str(error))
        self.screen.restore()

    def warn(self, error: QuasispinError) -> None:
        """Something is wrong with the address: it will be said beside the usual view."""
        self._warning = f"{error} The usual view is shown."

    async def _long(self, state: State, place: Box, new: list[str]) -> None:
        """Part by part, each shown when it is there; a newer state ends it between two parts."""
        self._is_cancelled = False
        await self._show(state, place, {})
        start, finished, share = time.monotonic(), 0, 0.0

        def tell(now: float) -> None:
            nonlocal share
            share = now
            words = f"computing, {time.monotonic() - start:.0f} s"
            self.screen.busy(words, (finished + share) / len(new))

        for part in new:
            if self._is_cancelled or self._wake.is_set():
                break
            tell(0.0)
            task = asyncio.ensure_future(self.worker.compute(part, state, tell))
            task.add_done_callback(_heard)
            await self._patiently(task, state, lambda: tell(share))
            try:
                found = task.result()
            except EndedError as error:
                self._ended(error)
                break
            except QuasispinError as error:
                found = error
            if self.shown is not state:  # the hand has moved on in the same box: shown with what it wants
                self._unseen[part] = Result(state, found)
                break
            await self._show(state, place, {part: found})
            finished += 1
        self.screen.busy("", None)

    async def _patiently(self, task: asyncio.Future[Any], state: State, tell: Callable[[], None]) -> None:
        """Wait for a computation; one that takes long and that nobody wants any more is ended.

        Another temperature of the same box is taken up at once: what is solved is needed for it too.
        """
        start = time.monotonic()
        while not task.done():
            await asyncio.wait([task], timeout=0.2)
            if task.done():
                return
            tell()
            if not self._wake.is_set():
                continue
            wanted = self.state
            if _box_key(wanted) == _box_key(state):
                if wanted is not self.shown:
                    await self._show(wanted, await asyncio.to_thread(box, wanted), {})
            elif time.monotonic() - start > PATIENCE:
                self.worker.end()

    def _ended(self, error: EndedError) -> None:
        """Somebody cancelled it, wants something else by now, or the system has ended the process."""
        if self._is_cancelled:
            words = " What is dimmed belongs to the view before." if self.results else ""
            self.screen.ask(f"Cancelled.{words}")
        elif not self._wake.is_set():
            self.screen.ask(str(error))

    async def _show(self, state: State, place: Box, found: Mapping[str, Any]) -> None:
        new = self._unseen | {part: Result(state, numbers) for part, numbers in found.items()}
        self._unseen = {}
        self.results.update(new)
        stale = frozenset(part for part in self.results if self._is_new(part, state))
        before, self.shown = self.shown, state
        await self.screen.show(Frame(state, place, new, before, stale))

    def _is_new(self, part: str, state: State) -> bool:
        kept = self.results.get(part)
        return kept is None or compute.key(part, kept.state) != compute.key(part, state)

    def _waiting(self, state: State) -> str:
        """A question, if it would take long and nobody has asked for it."""
        if self.allowed == _box_key(state):
            return ""
        seconds = compute.seconds(state)
        if seconds < ASK or not any(self._is_new(part, state) for part in compute.PARTS):
            return ""
        return f"This would take {time_in_words(seconds)}."


def _attempt(part: str, state: State) -> Any:
    try:
        return compute.compute(part, state)
    except QuasispinError as error:
        return error


def _box_key(state: State) -> tuple[Any, ...]:
    return (*(getattr(state, name) for name in BOX), state.ensembles)


def _heard(task: asyncio.Future[Any]) -> None:
    """Whoever closes a tab does not wait for the end of its computation."""
    if not task.cancelled():
        task.exception()


def _silent(share: float) -> None:
    del share
