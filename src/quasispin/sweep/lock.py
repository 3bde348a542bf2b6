"""One process at a time: a file that says who works on a store."""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from quasispin.errors import FileError

ATTEMPTS = 3


@contextmanager
def locked(lock: Path, store: Path) -> Iterator[None]:
    """Hold the file `lock` for this process; one that a dead process of this machine left is taken over.

    Raises
    ------
    FileError
        If another process holds it, or one of another machine that may be alive.
    """
    if not lock.parent.is_dir():
        raise FileError(f"`{store}` is not the store of a sweep by quasispin.", store)
    mine = json.dumps(_me()).encode()
    for _ in range(ATTEMPTS):
        if _take(lock, mine):
            break
        _put_aside(lock, store)
    else:
        raise FileError(f"`{store}` is in use by another process.", store)
    try:
        yield
    finally:
        with suppress(OSError):
            if lock.read_bytes() == mine:
                lock.unlink()


def _take(lock: Path, mine: bytes) -> bool:
    """Write it under that name, unless somebody has it."""
    try:
        stream = lock.open("xb")
    except FileExistsError:
        return False
    try:
        with stream:
            stream.write(mine)
    except BaseException:
        lock.unlink(missing_ok=True)
        raise
    return True


def _put_aside(lock: Path, store: Path) -> None:
    """Remove the lock of a dead process, or say who is alive."""
    try:
        content = lock.read_bytes()
    except FileNotFoundError:
        return
    holder = _holder(content)
    if _is_alive(holder):
        raise FileError(
            f"`{store}` is in use by process {holder.get('process')} on {holder.get('host')}; "
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


def _me() -> dict[str, Any]:
    return {"process": os.getpid(), "host": socket.gethostname(), "started": _started(os.getpid())}


def _holder(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_alive(holder: dict[str, Any]) -> bool:
    """Whether it may be; a process number that was given to another program since does not count."""
    process = holder.get("process")
    if holder.get("host") != socket.gethostname() or os.name != "posix" or not isinstance(process, int):
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _started(process) == holder.get("started")


def _started(process: int) -> str | None:
    """When a process began, in the system's own count; None where it does not tell, or it is over."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *numbers = text.rpartition(")")[2].split()  # the name before it may hold anything
    return None if state == "Z" else numbers[18]
