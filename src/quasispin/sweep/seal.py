"""The checksums of a netCDF file, behind its end, where the netCDF library never looks.

A damaged file is known before that library opens it: damage in what describes the arrays could lead it
astray, and damage in the numbers it would not see. Other programs read the file as if nothing was there, and
one that changes the file drops what is there: such a file has no checksums any more.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quasispin.errors import FileError
from quasispin.sweep import checksums
from quasispin.sweep.tasks import fill

if TYPE_CHECKING:
    import xarray as xr

BEGIN: Final = b"\n<quasispin: checksums of all that stands before this>\n"
MIDDLE: Final = b"\n\n"
END: Final = b"\n<quasispin: end of the checksums>\n"
"""Two marks, so that no damage to one of them makes the file look like one without checksums. Between them
the line of checksums, and one more of what the file was made from, with two bytes in between: where one byte
was changed one of the lines is whole."""
AT_END: Final = "the checksums at its end"
"""Damage to what stands there."""
LINE: Final = b'\n{"sum": "'
"""How a line begins."""
BLOCK: Final = 4096
"""Bytes that have one checksum, at least."""
BLOCKS: Final = 1024
"""Of a file, at most."""
NAMED: Final = 3
"""Damaged arrays that are named; of more their number is told."""
CHUNK: Final = 2**17
"""Numbers of one array that are written, and found again, together."""


@dataclass(frozen=True, eq=False)
class Seal:
    """What stands behind the end of a file."""

    made_from: Mapping[str, Any] | None
    """What the writer said, see `quasispin.sweep.differences.head`."""
    damage: str
    """In words what is not as it was written; empty if all is."""


def write(data: xr.Dataset, path: Path, made_from: Mapping[str, Any] | None = None) -> None:
    """Write a netCDF file with checksums; where it stands until it is whole is a matter of the caller."""
    data.to_netcdf(path, engine="netcdf4", encoding=encoding(data))
    put(path, data, made_from)


def encoding(data: xr.Dataset) -> dict[str, dict[str, Any]]:
    """How arrays are written: HDF5's own checksum on each chunk, for those who read without this package."""
    return {
        str(name): {"fletcher32": True, "chunksizes": fill(array.shape, CHUNK)}
        for name, array in data.variables.items()
        if array.dtype.kind in "iuf" and array.ndim and array.size
    }


def put(path: Path, data: xr.Dataset, made_from: Mapping[str, Any] | None) -> None:
    """Append the checksums to a file that holds `data`."""
    size = path.stat().st_size
    length = max(BLOCK, -(-size // BLOCKS))
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        line = checksums.signed(
            {
                "bytes": size,
                "block": length,
                "blocks": list(_sums(content, size, length)),
                "arrays": list(_places(content, data)),
                "made_from": made_from,
            }
        )
    origin = checksums.signed({"made_from": made_from})
    with path.open("ab") as end:
        end.write(BEGIN + line + MIDDLE + origin + END)


def look(path: Path) -> Seal | None:
    """The checksums of a file, each compared with the file; None if it has none.

    Raises
    ------
    FileError
        If the checksums themselves are damaged.
    """
    with path.open("rb") as stream:
        if path.stat().st_size == 0:
            return None
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            has_end, begin = content[-len(END) :] == END, content.rfind(BEGIN)
            if not has_end and begin < 0:
                return None
            lines = _lines(content)
            origins = [said["made_from"] for _, said in lines if "made_from" in said]
            if not origins:
                message = f"`{path}` is damaged in the checksums at its end"
                raise FileError(f"{message}: remove it, and the same sweep computes it again.", path)
            found = next((said for _, said in lines if "blocks" in said), None)
            written = BEGIN + MIDDLE.join(line for line, _ in lines) + END
            if found is None or content[found["bytes"] :] != written:
                return Seal(origins[0], AT_END)
            return Seal(found["made_from"], _damage(content, found))


def _lines(content: mmap.mmap) -> list[tuple[bytes, dict[str, Any]]]:
    """The last lines of JSON, at most two, and what they say; those that are not as written are left out."""
    found: list[tuple[bytes, dict[str, Any]]] = []
    end = len(content)
    for _ in range(2):
        if (start := content.rfind(LINE, 0, end)) < 0:
            break
        stop = content.find(b"\n", start + 1)
        line = content[start + 1 : stop if stop >= 0 else len(content)]
        if (said := checksums.verified(line)) is not None:
            found.append((line, said))
        end = start
    return found[::-1]


def _damage(content: mmap.mmap, seal: Mapping[str, Any]) -> str:
    size, length = seal["bytes"], seal["block"]
    now = _sums(content, size, length)
    bad = [place for place, (one, other) in enumerate(zip(seal["blocks"], now, strict=True)) if one != other]
    if not bad:
        return ""
    arrays = (
        name for name, start, stop, own in seal["arrays"] if checksums.of_bytes(content[start:stop]) != own
    )
    names = list(dict.fromkeys(arrays))
    first, last = bad[0] * length, min(size, (bad[0] + 1) * length) - 1
    more = f" and {len(bad) - 1} more such parts" if len(bad) > 1 else ""
    shown = ", ".join(names[:NAMED] + ([f"{len(names) - NAMED} more"] if len(names) > NAMED else []))
    where = f"the numbers of {shown}" if names else "what describes the data"
    return f"bytes {first} to {last}{more}, in {where}"


def _sums(content: mmap.mmap, size: int, length: int) -> Iterator[str]:
    for start in range(0, size, length):
        yield checksums.of_bytes(content[start : min(size, start + length)])


def _places(content: mmap.mmap, data: xr.Dataset) -> Iterator[tuple[str, int, int, str]]:
    """Where the chunks of the arrays stand; what does not stand there as it is in memory is left out."""
    named: dict[bytes, list[str]] = {}
    for name, array in data.variables.items():
        if array.dtype.kind in "iuf" and array.ndim and array.size:
            for label, chunk in _chunks(str(name), np.asarray(array.values)):
                named.setdefault(chunk, []).append(label)
    last = 0
    for chunk, labels in named.items():  # what is the same stands at several places, and has several names
        for _ in labels:
            start = content.find(chunk, last)
            if start < 0:
                start = content.find(chunk)
            if start < 0:
                break
            last = start + len(chunk)
            yield " or ".join(labels), start, last, checksums.of_bytes(chunk)


def _chunks(name: str, values: np.ndarray[Any, Any]) -> Iterator[tuple[str, bytes]]:
    lengths = fill(values.shape, CHUNK)
    counts = [-(-n // length) for n, length in zip(values.shape, lengths, strict=True)]
    for corner in np.ndindex(*counts):
        part = tuple(slice(i * n, (i + 1) * n) for i, n in zip(corner, lengths, strict=True))
        place = ", ".join(
            f"{one.start}:{min(one.stop, n)}" for one, n in zip(part, values.shape, strict=True)
        )
        label = name if max(counts) == 1 else f"{name}[{place}]"
        yield label, np.ascontiguousarray(values[part]).tobytes()
