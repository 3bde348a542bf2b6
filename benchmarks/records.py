"""What is measured: wall and CPU time in turn, ratios within each round, the memory of one call."""

from __future__ import annotations

import ctypes
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

Number = int | float
THREADS = 2
"""Of everything that is set side by side, unless it says otherwise."""


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    quick: bool = False
    """Only to see that everything runs."""
    long: bool = False
    """Sizes that take minutes too."""

    def runs(self, usual: int) -> int:
        """Rounds."""
        return 1 if self.quick else usual

    def sizes(
        self, few: tuple[int, ...], usual: tuple[int, ...], more: tuple[int, ...] = ()
    ) -> tuple[int, ...]:
        """Sizes for a quick look, as usual, and those of long runs besides."""
        return few if self.quick else (*usual, *(more if self.long else ()))

    def points(self, usual: int) -> int:
        """Points of a map."""
        return min(usual, 64) if self.quick else usual


class Times(NamedTuple):
    """Seconds of each round."""

    wall: list[float]
    cpu: list[float]


@dataclass(frozen=True)
class Record:
    """One line of the table; seconds are those of one `per`."""

    what: str
    size: str
    per: str
    wall: list[float]
    """Median, least, most."""
    cpu: list[float]
    key: str = ""
    """By which pictures and the summary find it: part.name, with the number that grows in `at`."""
    at: float = 0.0
    over: str = ""
    """What the ratio is to."""
    ratio: list[float] | None = None
    """Of wall times: median, least, most of the rounds."""
    cpu_ratio: list[float] | None = None
    memory: float | None = None
    """Bytes that a call takes at its peak beyond what the process held."""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """For JSON, with four significant digits, since no more mean anything."""
        return {name: rounded(value) for name, value in asdict(self).items() if value not in (None, "", {})}


def record(
    key: str,
    at: float,
    what: str,
    size: str,
    times: Times,
    *,
    per: str = "run",
    units: int = 1,
    over: tuple[str, Times] | None = None,
    beside: float = 1.0,
    memory: float | None = None,
    **facts: Any,
) -> Record:
    """`units` of `per` took `times`; `over` names what took other times for as many, 1/`beside` of them."""
    ratios: dict[str, Any] = {}
    if over is not None:
        name, other = over
        ratios = {
            "over": name,
            "ratio": spread([a / b * beside for a, b in zip(times.wall, other.wall, strict=True)]),
            "cpu_ratio": spread([a / b * beside for a, b in zip(times.cpu, other.cpu, strict=True) if b > 0]),
        }
    wall, cpu = (spread([one / units for one in some]) for some in times)
    return Record(what, size, per, wall, cpu, key, at, memory=memory, facts=facts, **ratios)


def spread(values: list[float]) -> list[float]:
    """Median, least, most."""
    return [statistics.median(values), min(values), max(values)] if values else []


def rounded(value: Any) -> Any:
    """Floats with four significant digits, inside lists and dicts too."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, list):
        return [rounded(one) for one in value]
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return value


def in_turn(*calls: Callable[[], object], runs: int = 11, warm: bool = True) -> list[Times]:
    """Times of every call, one after the other in each round: what is slow for a while is slow for all."""
    times = [Times([], []) for _ in calls]
    for turn in range(-1 if warm else 0, runs):
        for call, taken in zip(calls, times, strict=True):
            one = timed(call)
            if turn >= 0:
                taken.wall.extend(one.wall)
                taken.cpu.extend(one.cpu)
    return times


def timed(call: Callable[[], object]) -> Times:
    """One call; CPU time of all threads."""
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    return Times([time.perf_counter() - wall], [time.process_time() - cpu])


def memory_of(call: Callable[[], object]) -> float | None:
    """Bytes that a call takes at its peak beyond what the process held; None where no system tells."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # else it takes what earlier calls have left
    before = _status("VmRSS")
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
        call()
        peak = _status("VmHWM")
        return None if before is None or peak is None else max(0.0, peak - before)
    return None


def _status(name: str) -> float | None:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(name):
                return 1024.0 * float(line.split()[1])
    return None
