"""The machine this process runs on: what memory a request may take, and amounts of it in words."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

SHARE = 0.5
"""Of the memory for one request. Estimates count the large arrays of that request alone: the other half is
for what the process holds already (spectra that are kept), for copies of the result, and for other work."""
UNKNOWN = 16 * 2.0**30
"""Taken for the memory of a system that does not tell."""
CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
GIB = 2.0**30
LEAST = 640 * 2**20
"""Bytes of addresses; with less the libraries do not load, die, or wait for ever for what they do not get."""
PERIODS = (("second", 1.0), ("minute", 60.0), ("hour", 3600.0), ("day", 86400.0), ("year", 3.156e7))


@lru_cache(maxsize=1)
def memory() -> float:
    """Bytes that this process could have: those of the machine, or of its control group if that is less."""
    found = min([_physical(), addressable(), *_limits()])
    return found if math.isfinite(found) else UNKNOWN


def allowed() -> float:
    """Bytes that one request may take."""
    return SHARE * memory()


def size_in_words(amount: float) -> str:
    """Bytes as `2.5 GiB`; small ones in MiB, so that no number has five zeros."""
    unit, name = (GIB, "GiB") if amount >= GIB / 10 else (2.0**20, "MiB")
    return f"{amount / unit:.3g} {name}"


def time_in_words(seconds: float) -> str:
    """A rough time as `about 3 hours`.

    Examples
    --------
    >>> time_in_words(0.2), time_in_words(100.0), time_in_words(1e4)
    ('less than a second', 'about 2 minutes', 'about 3 hours')
    """
    if seconds < 1.0:
        return "less than a second"
    if seconds > 1000 * PERIODS[-1][1]:
        return "thousands of years"
    name, period = next(one for one in reversed(PERIODS) if seconds >= one[1])
    number = round(seconds / period)
    return f"about {number} {name}{'' if number == 1 else 's'}"


def _physical() -> float:
    try:
        found = float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not every system has these names
        return math.inf
    return found if found > 0 else math.inf


def addressable() -> float:
    """Bytes that this process may address (`ulimit -v`); infinite where nobody has set a limit."""
    try:
        import resource
    except ImportError:  # not on every system
        return math.inf
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return math.inf if limit == resource.RLIM_INFINITY else float(limit)


def shortage() -> str:
    """In a sentence why this process cannot load the libraries; empty if it can."""
    if (limit := addressable()) >= LEAST:
        return ""
    return (
        f"This process may have {limit / 2**20:.0f} MiB of addresses (`ulimit -v`), "
        f"but needs {LEAST >> 20} MiB at least."
    )


def _limits() -> Iterator[float]:
    """The limits of this process's control group and of all groups around it, versions 1 and 2."""
    for folder, name in _groups():
        try:
            text = (folder / name).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
        if text.isdigit():  # not "max"
            yield float(text)


def _groups() -> Iterator[tuple[Path, str]]:
    """Where a limit may stand. In a container the path of the group may be one that only the host sees."""
    try:
        lines = OWN_GROUPS.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        number, controllers, place = (*line.split(":", 2), "", "")[:3]
        root, name = CONTROL_GROUPS, "memory.max"
        if "memory" in controllers.split(","):
            root, name = CONTROL_GROUPS / "memory", "memory.limit_in_bytes"
        elif number != "0":
            continue
        path = PurePosixPath(place.lstrip("/"))
        for part in (path, *path.parents):
            yield root / part, name
