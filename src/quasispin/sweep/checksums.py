"""Checksums of what lies on a disk: of files, and of lines of JSON that carry their own.

They find damage, not malice: who changes a file on purpose can change its checksum too.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

BYTES: Final = 16
"""Of a checksum (BLAKE2b); 2⁻¹²⁸ is the chance that damage is not seen."""
PIECE: Final = 2**20
"""Bytes of a file that are looked at together."""
LINE: Final = re.compile(rb'\{"sum": "([0-9a-f]{32})", (.*)\}', re.DOTALL)
ABSENT: Final = (0, "")
"""What `of_file` says where there is no file."""


def of_bytes(content: bytes | memoryview) -> str:
    """The checksum of some bytes, in hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=BYTES).hexdigest()


def of_file(path: Path) -> tuple[int, str]:
    """Bytes and checksum of a file; `ABSENT` where there is none, (-1, "") where something else is."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return -1, ""
        found, size = hashlib.blake2b(digest_size=BYTES), 0
        with path.open("rb") as stream:
            while part := stream.read(PIECE):
                found.update(part)
                size += len(part)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    return size, found.hexdigest()


def signed(content: Mapping[str, Any]) -> bytes:
    """A table as one line of JSON that begins with the checksum of the rest.

    Examples
    --------
    >>> line = signed({"task": 3})
    >>> verified(line), verified(line.replace(b"3}", b"4}"))
    ({'task': 3}, None)
    """
    rest = json.dumps(content, default=repr, ensure_ascii=False)[1:-1].encode()
    return b'{"sum": "' + of_bytes(rest).encode() + b'", ' + rest + b"}"


def verified(line: bytes) -> dict[str, Any] | None:
    """What `signed` made a line of; None if that is not what it was."""
    match = LINE.fullmatch(line)
    if match is None or of_bytes(match[2]).encode() != match[1]:
        return None
    found: dict[str, Any] = json.loads(b"{" + match[2] + b"}")
    return found
