"""What one tab wants to see and what of it is computed; no web in here.

A change of the state wakes a loop that computes what the change concerns and hands it on to be shown, the
newest state first: while a slider is dragged, states that come faster than pictures are passed over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from quasispin.errors import QuasispinError, SolverError
from quasispin.explorer import compute, downloads
from quasispin.explorer.box import BOX, Box, box
from quasispin.explorer.state import State
from quasispin.explorer.worker import Worker
from quasispin.machine import time_in_words

ASK: Final = 20.0
"""Seconds; what would take longer is computed only when somebody says so."""


@dataclass(frozen=True)
class Frame:
    """What has changed on the page."""

    state: State
    box: Box
    parts: Mapping[str, Any]
    """The numbers of the parts that are new, or the error in their place."""
    before: State | None
    """The state that the page shows."""


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
    keys: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    shown: State | None = None
    allowed: tuple[Any, ...] | None = None
    """The box whose long computation somebody asked for."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _is_cancelled: bool = False
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
        self._wake.set()
        return True

    def put(self, state: State) -> None:
        """Another state altogether."""
        self.state = state
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
                await self._follow(self.state)
        finally:
            self.worker.end()

    async def file(self, state: State, kind: str) -> bytes:
        """A download of a view, made where it disturbs nobody.

        Raises
        ------
        QuasispinError
            If there is none.
        """
        if compute.is_long(state):
            found = await self.worker.compute(downloads.part(kind), state, _silent)
        else:
            found = await asyncio.to_thread(downloads.file, state, kind)
        assert isinstance(found, bytes)
        return found

    async def _follow(self, state: State) -> None:
        try:
            place = await asyncio.to_thread(box, state)
            is_long = compute.is_long(state)
            waiting = await asyncio.to_thread(self._waiting, state) if is_long else ""
        except QuasispinError as error:
            self._refuse(state, error)
            return
        self.screen.say(self._warning)
        self._warning = ""
        self.screen.ask(waiting)
        new = [] if waiting else [part for part in compute.PARTS if self._is_new(part, state)]
        if not is_long:
            found = {part: await asyncio.to_thread(_attempt, part, state) for part in new}
            await self._show(state, place, found)
        else:
            await self._long(state, place, new)

    def _refuse(self, state: State, error: QuasispinError) -> None:
        """There is no such box: say so, and keep what is shown, or begin with the usual view."""
        if self.state is not state:
            return  # something else is wanted already
        if self.shown is None:
            self.warn(error)
            self.put(State())
            return
        self.state = self.shown
        self.screen.say(str(error))
        self.screen.restore()

    def warn(self, error: QuasispinError) -> None:
        """Something is wrong with the address: it will be said beside the usual view."""
        self._warning = f"{error} The usual view is shown."

    async def _long(self, state: State, place: Box, new: list[str]) -> None:
        """Part by part, each shown when it is there; a newer state ends it between two parts."""
        self._is_cancelled = False
        await self._show(state, place, {})
        start = time.monotonic()
        for number, part in enumerate(new):
            if self._is_cancelled or self._wake.is_set():
                break

            def tell(share: float, number: int = number) -> None:
                seconds = time.monotonic() - start
                self.screen.busy(f"computing, {seconds:.0f} s", (number + share) / len(new))

            tell(0.0)
            task = asyncio.ensure_future(self.worker.compute(part, state, tell))
            while not task.done():
                await asyncio.wait([task], timeout=0.2)
                if self._wake.is_set() and _box_key(self.state) != _box_key(state):
                    self.worker.end()  # nobody wants that system any more
            try:
                found = task.result()
            except SolverError:
                break
            except QuasispinError as error:
                found = error
            await self._show(state, place, {part: found})
        if self._is_cancelled:
            self.screen.say("Cancelled. What was computed before is shown; change anything to go on.")
        self.screen.busy("", None)

    async def _show(self, state: State, place: Box, found: Mapping[str, Any]) -> None:
        for part, result in found.items():
            self.keys[part] = compute.key(part, state)
            self.results[part] = result
        before, self.shown = self.shown, state
        await self.screen.show(Frame(state, place, found, before))

    def _is_new(self, part: str, state: State) -> bool:
        return self.keys.get(part) != compute.key(part, state)

    def _waiting(self, state: State) -> str:
        """A question, if it would take long and nobody has asked for it."""
        if not any(self._is_new(part, state) for part in compute.PARTS) or self.allowed == _box_key(state):
            return ""
        seconds = compute.seconds(state)
        return "" if seconds < ASK else f"This would take {time_in_words(seconds)}."


def _attempt(part: str, state: State) -> Any:
    try:
        return compute.compute(part, state)
    except QuasispinError as error:
        return error


def _box_key(state: State) -> tuple[Any, ...]:
    return (*(getattr(state, name) for name in BOX), state.ensembles)


def _silent(share: float) -> None:
    del share
