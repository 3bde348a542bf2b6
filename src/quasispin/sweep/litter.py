"""Names for what is not finished, and the removal of what dead processes have left under such names."""

from __future__ import annotations

import os
import re
import shutil
import socket
import uuid
from contextlib import suppress
from pathlib import Path

from quasispin.sweep import checksums
from quasispin.sweep.lock import is_alive, started

SUFFIX = ".part"
INNER = re.compile(r".*\.[0-9a-f]{32}\.partial|lock\.json\.[0-9a-f]{32}")
"""Files that the Zarr library, or the taking of a lock, has not yet given their names."""


def part(target: Path) -> Path:
    """A name beside `target` that says which process writes there; nothing is made yet."""
    process = os.getpid()
    name = f".{target.name}.{_host()}-{process}-{started(process)}.{uuid.uuid4().hex[:8]}{SUFFIX}"
    return target.with_name(name)


def clean(target: Path) -> None:
    """Remove what processes of this machine were writing beside `target` when they were killed."""
    mine = re.compile(rf"\.{re.escape(target.name)}\.{_host()}-(\d+)-(\w+)\.[0-9a-f]{{8}}{re.escape(SUFFIX)}")
    with suppress(OSError):
        for entry in target.parent.iterdir():
            match = mine.fullmatch(entry.name)
            if match and not is_alive(int(match[1]), match[2]):
                _remove(entry)


def clean_within(store: Path) -> None:
    """The same for files within a store of which this process holds the lock."""
    for folder, _, names in os.walk(store):
        for name in names:
            if INNER.fullmatch(name):
                with suppress(OSError):
                    Path(folder, name).unlink()


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        with suppress(OSError):
            entry.unlink()


def _host() -> str:
    """Short for the name of this machine, which may hold anything."""
    return checksums.of_bytes(socket.gethostname().encode())[:8]
