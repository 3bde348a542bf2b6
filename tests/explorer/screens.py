"""A screen for sessions without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from quasispin.explorer.session import Frame, Session


@dataclass
class FakeScreen:
    """Keeps what it was told; `delay` is how long the browser would draw."""

    delay: float = 0.0
    frames: list[Frame] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    restored: int = 0
    is_busy: bool = False

    async def show(self, frame: Frame) -> None:
        self.frames.append(frame)
        await asyncio.sleep(self.delay)

    def restore(self) -> None:
        self.restored += 1

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def busy(self, words: str, share: float | None) -> None:
        self.is_busy = bool(words)
        if share is not None:
            self.shares.append(share)

    def ask(self, words: str) -> None:
        self.asked.append(words)

    @property
    def sentence(self) -> str:
        """What is said now."""
        return self.said[-1] if self.said else ""


async def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.005)


async def ended(task: asyncio.Task[None], session: Session) -> None:
    """Close the tab."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert session.worker.is_idle
