"""One process at a time: a file that says who works on a store."""

from __future__ import annotations

import json
import os
import socket
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quasispin.errors import FileError, shown

ATTEMPTS = 3
MOST_BYTES = 4096
"""Of a lock that is looked at."""


@dataclass(frozen=True)
class Held:
    """The lock of a store that this process has taken."""

    lock: Path
    content: bytes

    def is_held(self) -> bool:
        """Whether it is still there, and nobody else's."""
        return _content(self.lock) == self.content


@contextmanager
def locked(lock: Path, store: Path) -> Iterator[Held]:
    """Hold the file `lock` for this process; one that a dead process of this machine left is taken over.

    Raises
    ------
    FileError
        If another process holds it, or one of another machine that may be alive.
    """
    if not lock.parent.is_dir():
        raise FileError(f"`{store}` is not the store of a sweep by quasispin.", store)
    mine = Held(lock, json.dumps(_me()).encode())
    for _ in range(ATTEMPTS):
        if _take(mine):
            break
        _put_aside(lock, store)
    else:
        raise FileError(f"`{store}` is in use by another process.", store)
    try:
        yield mine
    finally:
        with suppress(OSError):
            if mine.is_held():
                lock.unlink()


def is_alive(process: int, begun: str | None) -> bool:
    """Whether a process of this machine may be; a number given to another program since does not count."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return started(process) == begun


def started(process: int) -> str | None:
    """When a process began, in the system's own count; None where it does not tell, or it is over."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *numbers = text.rpartition(")")[2].split()  # the name before it may hold anything
    return None if state == "Z" else numbers[18]


def _take(mine: Held) -> bool:
    """Write it under that name, unless somebody has it; it is never there without its content."""
    new = mine.lock.with_name(f"{mine.lock.name}.{uuid.uuid4().hex}")
    try:
        new.write_bytes(mine.content)
        os.link(new, mine.lock)
    except FileExistsError:
        return False
    except OSError:  # not every file system has hard links; a full disk says so again
        return _take_slowly(mine)
    finally:
        new.unlink(missing_ok=True)
    return True


def _take_slowly(mine: Held) -> bool:
    try:
        stream = mine.lock.open("xb")
    except FileExistsError:
        return False
    try:
        with stream:
            stream.write(mine.content)
    except BaseException:
        mine.lock.unlink(missing_ok=True)
        raise
    return True


def _put_aside(lock: Path, store: Path) -> None:
    """Remove the lock of a dead process, or say who is alive."""
    content = _content(lock)
    if content is None and not lock.is_symlink() and not lock.exists():
        return
    holder = _holder(content or b"")
    process, host, begun = (holder.get(name) for name in ("process", "host", "started"))
    if type(process) is not int or process <= 0 or not isinstance(host, str):
        raise FileError(
            f"`{store}` has a lock that does not say who works on it; if nobody does, remove {lock}.", store
        )
    if host != socket.gethostname() or is_alive(process, begun):
        raise FileError(
            f"`{store}` is in use by process {shown(process)} on {_plain(host)}; "
            f"if that is gone, remove {lock}.",
            store,
        )
    aside = lock.with_name(f"{lock.name}.{uuid.uuid4().hex}")
    with suppress(FileNotFoundError):
        lock.rename(aside)
        if aside.read_bytes() != content:  # somebody was faster, and works already
            aside.rename(lock)
        else:
            aside.unlink()


def _content(lock: Path) -> bytes | None:
    """What it says; None where it is no file or cannot be read."""
    try:
        if not stat.S_ISREG(lock.stat().st_mode):
            return None
        with lock.open("rb") as stream:
            return stream.read(MOST_BYTES)
    except OSError:
        return None


def _me() -> dict[str, Any]:
    return {"process": os.getpid(), "host": socket.gethostname(), "started": started(os.getpid())}


def _holder(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _plain(host: str) -> str:
    """A name as it is if it is one, else quoted with all that a terminal would take for an order."""
    return host if host.isprintable() and len(host) < 256 else shown(host)
