"""Machine code that numba keeps on the disk, believed only if it is what was written.

numba's own files have no checksum: a shortened one raises an error of `pickle`, an empty one looks like an
interruption, and a changed byte in the code itself would give other numbers. And numba looks at the source of the
function alone: an edited callee in another file would not be seen. Here each file ends with a checksum of its
content and of the source it was compiled from, which is every file in the folder of the function (`stamp`). What does
not match is as if it was not there: the function is compiled again, and kept again where the disk allows it. Where it does not (no folder, a full
disk) nothing is kept, and the results are the same.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba.core import caching

BYTES = 16
"""Of a checksum (BLAKE2b)."""

caches: Any = caching  # it has no types


def keep(dispatcher: Any) -> None:
    """Let a compiled function be kept on the disk, if there is a folder for it."""
    try:
        dispatcher._cache = Cache(dispatcher.py_func)
    except RuntimeError:  # no folder
        return


def stamp(folder: Path) -> str:
    """One checksum of the source of all functions that are compiled in a folder."""
    found = hashlib.blake2b(digest_size=BYTES)
    for file in sorted(folder.glob("*.py")):
        content = file.read_bytes()
        found.update(f"{file.name} {len(content)}\n".encode() + content)
    return found.hexdigest()


class Cache(caches.FunctionCache):  # type: ignore[misc]
    """The files of one function; neither reading nor writing them ever fails."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        implementation = self._impl
        self._cache_file = Files(
            cache_path=self._cache_path,
            filename_base=implementation.filename_base,
            source_stamp=stamp(Path(function.__code__.co_filename).parent),
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The machine code for these types; None if there is none that can be trusted and used."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # by another version of a library, say: compiling is always right
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the machine code for these types, where the disk allows it."""
        try:
            super().save_overload(sig, data)
        except OSError:
            return


class Files(caches.IndexDataCacheFile):  # type: ignore[misc]
    """An index and the files it names, each with a checksum at its end."""

    def _load_index(self) -> dict[Any, str]:
        head = pickle.dumps(self._version, protocol=-1)
        try:
            content = Path(self._index_path).read_bytes()
        except OSError:
            return {}
        body = self._checked(content.removeprefix(head)) if content.startswith(head) else None
        if body is None:
            return {}
        _, found = pickle.loads(body)
        return dict(found)

    def _load_data(self, name: str) -> Any:
        body = self._checked(Path(self._data_path(name)).read_bytes())
        return None if body is None else pickle.loads(body)

    def _dump(self, obj: Any) -> bytes:
        body: bytes = super()._dump(obj)
        return body + self._sum(body)

    def _checked(self, content: bytes) -> bytes | None:
        """Without its checksum; None if that is not right, or it is of another source."""
        body, found = content[:-BYTES], content[-BYTES:]
        return body if found == self._sum(body) else None

    def _sum(self, body: bytes) -> bytes:
        source = self._source_stamp.encode()
        return hashlib.blake2b(body, digest_size=BYTES, key=hashlib.blake2b(source).digest()).digest()
