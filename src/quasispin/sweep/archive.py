"""A sweep on disk that grows task by task: a Zarr store, and in it a journal of what is finished.

The arrays of the store have the dimensions of the dataset and one chunk for each task, so that a task
writes files of its own. `journal/tasks.jsonl` gets a line when the chunks of a task are on the disk, and
not before: what has no line is computed again, whatever lies there, and so is a task of which a chunk is
gone or has another length than its line says. `journal/zarr.json` says from which inputs the store is
made, `journal/lock.json` which process works on it. Only that process writes.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.errors import FileError
from quasispin.sweep import differences, interruptions
from quasispin.sweep.dataset import SCHEMA, Reasons, attributes, coordinates, dims, provenance, text
from quasispin.sweep.differences import Made
from quasispin.sweep.lock import locked
from quasispin.sweep.request import Request
from quasispin.sweep.tasks import Block, Blocks, Reason

if TYPE_CHECKING:
    import xarray as xr
    import zarr

JOURNAL: Final = "journal"
TASKS: Final = "tasks.jsonl"
LOCK: Final = "lock.json"


class Archive:
    """An open store of one sweep; made by `opened`, which holds its lock."""

    def __init__(self, path: Path, request: Request, blocks: Blocks, journal: Journal) -> None:
        self.path, self.request, self.blocks, self.journal = path, request, blocks, journal
        self.reasons = Reasons(request)
        for number, reasons in journal.tasks.items():
            self.reasons.add(blocks, number, reasons)
        self.resumed = len(journal.tasks)
        self._arrays: dict[str, zarr.Array[Any]] = {}

    @property
    def done(self) -> int:
        """Tasks that are finished."""
        return len(self.journal.tasks)

    def missing(self) -> list[int]:
        """Tasks that are not."""
        return [number for number in range(len(self.blocks)) if number not in self.journal.tasks]

    def put(self, block: Block) -> None:
        """Write the chunks of a task, then the line that says so; Ctrl-C waits for both.

        Raises
        ------
        FileError
            If the disk refuses; everything finished before stays finished.
        """
        try:
            with interruptions.later():
                chunks = dict(
                    self._write(name, block.number, values) for name, values in block.values.items()
                )
                self.journal.add(block, chunks)
                self.reasons.add(self.blocks, block.number, block.reasons)
        except (OSError, RuntimeError) as error:
            raise FileError(f"`{self.path}` could not be written: {reason(error)}.", self.path) from error

    def finish(self) -> None:
        """All tasks are done: say why what is undefined is, and that this is the end."""
        if self.journal.is_complete:
            return
        try:
            for one in self.request.observables:
                why = self.reasons.text(one.name)
                if why:
                    self._array(one.name).attrs["undefined"] = why
            self.journal.close()
        except (OSError, RuntimeError) as error:
            raise FileError(f"`{self.path}` could not be written: {reason(error)}.", self.path) from error

    def _array(self, name: str) -> zarr.Array[Any]:
        import zarr

        if name not in self._arrays:
            self._arrays[name] = zarr.open_array(self.path / name, mode="r+", zarr_format=3)
        return self._arrays[name]

    def _write(self, name: str, number: int, values: np.ndarray[Any, Any]) -> tuple[str, int]:
        """The name of the chunk within the store, and its bytes."""
        array = self._array(name)
        where = _kept(self.request, self.blocks.place(number))
        tail = values.shape[3:]
        array[(*where, *(slice(None) for _ in tail))] = values.reshape(
            (*(part.stop - part.start for part in where), *tail)
        )
        lengths = _kept(self.request, self.blocks.lengths)
        corner = [part.start // n for part, n in zip(where, lengths, strict=True)]
        key = f"{name}/{array.metadata.encode_chunk_key((*corner, *(0 for _ in tail)))}"
        chunk = self.path / key
        if chunk.exists():  # a chunk of NaN alone has no file
            _flush(chunk)
            _flush(chunk.parent)
        return key, _size(chunk)


class Journal:
    """The file that says what is finished: one line of JSON for each task, appended and flushed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tasks: dict[int, list[Reason]] = {}
        self.chunks: dict[int, Mapping[str, int]] = {}
        """Bytes of the chunks of each task, by their names; of layout 2 they are not known."""
        self.is_complete = False
        content = path.read_bytes()
        self._is_torn = not content.endswith(b"\n") and bool(content)
        for line in _whole_lines(content):
            self.is_complete |= bool(line.get("complete"))
            if "damaged" in line:
                self._forget(line["damaged"])
            if "task" in line:
                self.chunks[line["task"]] = line.get("chunks", {})
                self.tasks[line["task"]] = [
                    Reason(name, member, why)
                    for name, why, members in line["undefined"]
                    for member in members
                ]

    def damaged(self) -> dict[int, str]:
        """Tasks of which a chunk is gone or has another length, each with the first such chunk."""
        root, found = self.path.parent.parent, dict[int, str]()
        for number, chunks in self.chunks.items():
            bad = (key for key, size in chunks.items() if _size(root / key) != size)
            if (key := next(bad, None)) is not None:
                found[number] = key
        return found

    def drop(self, number: int) -> None:
        """This task has to be done again."""
        self._append({"damaged": number})
        self._forget(number)

    def _forget(self, number: int) -> None:
        self.tasks.pop(number, None)
        self.chunks.pop(number, None)
        self.is_complete = False

    def add(self, block: Block, chunks: Mapping[str, int]) -> None:
        """The chunks of this block are on the disk."""
        found: dict[tuple[str, str], list[int]] = {}
        for one in block.reasons:
            found.setdefault((one.observable, one.text), []).append(one.member)
        undefined = [[*why, members] for why, members in found.items()]
        seconds = round(block.seconds, 3)
        self._append({"task": block.number, "seconds": seconds, "undefined": undefined, "chunks": chunks})
        self.tasks[block.number], self.chunks[block.number] = block.reasons, chunks

    def close(self) -> None:
        """Nothing is missing any more."""
        self._append({"complete": True})
        self.is_complete = True

    def _append(self, content: Mapping[str, Any]) -> None:
        line = (("\n" if self._is_torn else "") + text(content) + "\n").encode()
        with self.path.open("ab") as stream:
            before = stream.tell()
            try:
                stream.write(line)
                stream.flush()
                os.fsync(stream.fileno())
            except BaseException:
                with suppress(OSError):
                    os.truncate(self.path, before)
                raise
        self._is_torn = False


@contextmanager
def opened(path: Path, request: Request, cut: Callable[[], Blocks]) -> Iterator[Archive]:
    """The store at `path`: a new one in the blocks of `cut()`, or what an earlier run has left.

    Raises
    ------
    FileError
        If there is something else, a sweep from other inputs or other versions, if another process works
        on it, or the disk refuses.
    """
    try:
        if not path.exists():
            blocks = cut()
            with interruptions.later():
                _create(path, request, blocks)
        with locked(_journal(path) / LOCK, path):
            blocks = Blocks(request, _checked(path, request))
            journal = Journal(_journal(path) / TASKS)
            for number in journal.damaged():
                journal.drop(number)
            yield Archive(path, request, blocks, journal)
    except OSError as error:
        raise FileError(f"`{path}` could not be written: {reason(error)}.", path) from error


def load(path: Path, *, lazily: bool = False) -> xr.Dataset:
    """The dataset of a complete store, into memory or, `lazily`, what is read when it is used.

    Raises
    ------
    FileError
        If it is not a readable store of a sweep, or one that is not finished.
    """
    import xarray as xr

    found = _inputs(path)
    journal = Journal(_journal(path) / TASKS)
    if not journal.is_complete:
        raise FileError(
            f"`{path}` holds {len(journal.tasks)} of {found['tasks']} tasks: "
            "repeat the sweep to finish it, or open it as it is by xarray.open_zarr(…, consolidated=False).",
            path,
        )
    for chunk in journal.damaged().values():
        raise _damaged(path, chunk)
    try:
        data = xr.open_dataset(path, engine="zarr", chunks=None, consolidated=False)
        texts = {name: _as_text(axis) for name, axis in data.coords.items() if axis.dtype.kind not in "iuf"}
        data = data.assign_coords(texts)[list(found["inputs"]["observables"])]  # in their order
        return data if lazily else data.load()
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        for chunk in _unreadable(path, journal):
            raise _damaged(path, chunk) from None
        raise FileError(f"`{path}` is not a readable store: {reason(error)}.", path) from None


def _damaged(path: Path, chunk: str) -> FileError:
    return FileError(
        f"`{path}` has a damaged chunk: remove {path / chunk} and repeat the sweep, which computes it again.",
        path / chunk,
    )


def _unreadable(path: Path, journal: Journal) -> Iterator[str]:
    """Chunks whose content was changed, after something could not be read."""
    import zarr

    for chunks in journal.chunks.values():
        for key in filter(chunks.get, chunks):
            name, _, place = key.partition("/")
            array = zarr.open_array(path / name, mode="r", zarr_format=3)
            corner = tuple(int(i) for i in place.split(".")[1:])
            try:
                array.blocks[corner] if corner else array[...]
            except (OSError, RuntimeError, ValueError):
                yield key


def tasks_done(path: Path) -> tuple[int, int]:
    """How many tasks of a store are finished, and how many there are."""
    total = int(_inputs(path)["tasks"])
    return len(Journal(_journal(path) / TASKS).tasks), total


def tidy(path: Path, request: Request) -> None:
    """Remove the store of a sweep that is kept elsewhere by now, if a kill has left one."""
    if path.exists():
        with opened(path, request, lambda: Blocks(request, request.shape)):
            pass  # it is of this sweep, and nobody works on it
        remove(path)


def remove(path: Path) -> None:
    """Delete a store."""
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise FileError(f"`{path}` could not be removed: {reason(error)}.", path) from error


def reason(error: BaseException) -> str:
    """What the system said, without a full stop."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split()).rstrip(".")


# -- what a store is made from ---------------------------------------------------------------------------


def _checked(path: Path, request: Request) -> tuple[int, ...]:
    """The lengths of the store's blocks, if it was made from the same inputs by the same versions."""
    found = _inputs(path)
    if found["schema_version"] != SCHEMA:
        raise FileError(
            f"`{path}` has layout {found['schema_version']}, but this quasispin writes layout {SCHEMA}: "
            "finish it with the version that began it, or give another `store`.",
            path,
        )
    differences.check(path, _made(path, found), request)
    return tuple(found["lengths"])


def _made(path: Path, found: Mapping[str, Any]) -> Made:
    """What the store says of how it was made."""
    import zarr

    def axis(name: str) -> Array:
        return np.atleast_1d(np.asarray(zarr.open_array(path / name, mode="r", zarr_format=3)[...]))

    about = json.loads((path / "zarr.json").read_text(encoding="utf-8"))["attributes"]
    return Made(found["inputs"], found["versions"], about.get("systems", ""), axis)


def _inputs(path: Path) -> dict[str, Any]:
    """The head of the journal."""
    try:
        content = json.loads((_journal(path) / "zarr.json").read_text(encoding="utf-8"))["attributes"]
        layout = int(content["schema_version"])
    except FileNotFoundError:
        missing = "does not exist" if not path.exists() else "is not the store of a sweep by quasispin"
        raise FileError(f"`{path}` {missing}.", path) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = "is not the store of a sweep by quasispin"
        raise FileError(f"`{path}` {what}: {reason(error)}.", path) from None
    if layout > SCHEMA:
        message = f"`{path}` has layout {layout}, but this quasispin knows no layout above {SCHEMA}."
        raise FileError(message, layout)
    return dict(content)


# -- a new store -------------------------------------------------------------------------------------------


def _create(path: Path, request: Request, blocks: Blocks) -> None:
    """An empty store appears at `path` at once, or not at all."""
    part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        _skeleton(part, request, blocks)
        part.chmod(0o777 & ~_mask())
        part.rename(path)
    except OSError:
        if not path.exists():  # else another process was faster; whose inputs these are is checked next
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _skeleton(path: Path, request: Request, blocks: Blocks) -> None:
    import zarr
    from zarr.codecs import BloscCodec, Crc32cCodec

    about = dict(provenance(request))
    if request.grid.scalars:
        about["coordinates"] = " ".join(request.grid.scalars)  # how xarray marks those that are no dimension
    root = zarr.create_group(path, zarr_format=3, overwrite=True, attributes=about)
    for name, (dim, values, what) in coordinates(request).items():
        _coordinate(root, name, dim, values, what, is_scalar=name in request.grid.scalars)
    for one in request.observables:
        tail = request.tails[one.name]
        root.create_array(
            one.name,
            shape=(*_kept(request, request.shape), *tail),
            chunks=(*_kept(request, blocks.lengths), *tail),
            dtype="float64",
            fill_value=np.nan,
            dimension_names=[dim for dim in dims(request, one) if dim not in request.grid.scalars],
            chunk_key_encoding={"name": "default", "separator": "."},  # one folder, not one for each axis
            compressors=[BloscCodec(cname="zstd", clevel=3, shuffle="shuffle"), Crc32cCodec()],
            attributes=dict[str, Any](attributes(one, "", request.energy_unit, request.magneton)),
        )
    head = {
        "schema_version": SCHEMA,
        "lengths": list(blocks.lengths),
        "tasks": len(blocks),
        **differences.head(request),
    }
    root.create_group(JOURNAL, attributes=head)
    (_journal(path) / TASKS).touch()


def _coordinate(
    root: zarr.Group, name: str, dim: str, values: Any, about: Mapping[str, str], *, is_scalar: bool
) -> None:
    entries = np.asarray(values)
    names, described = [] if is_scalar else [dim], dict[str, Any](about)
    if is_scalar:
        entries = entries[0]
    elif entries.dtype.kind not in "iuf":
        strings = np.array([str(entry) for entry in values], dtype=object)
        array = root.create_array(
            name, shape=strings.shape, chunks=strings.shape, dtype="string", dimension_names=names,
            attributes=described,
        )  # fmt: skip
        array[:] = strings
        return
    root.create_array(name, data=np.asarray(entries), dimension_names=names, attributes=described)


def _kept(request: Request, entries: Sequence[Any]) -> tuple[Any, ...]:
    """Of one entry for each axis those of axes that are dimensions: a plain number is none."""
    return tuple(
        entry for dim, entry in zip(request.dims, entries, strict=True) if dim not in request.grid.scalars
    )


# -- files -------------------------------------------------------------------------------------------------


def _journal(path: Path) -> Path:
    return path / JOURNAL


def _whole_lines(content: bytes) -> Iterator[dict[str, Any]]:
    """The lines of the journal; one that was torn by a full disk or a crash says nothing."""
    for line in content.split(b"\n"):
        with suppress(ValueError):
            content = json.loads(line)
            if isinstance(content, dict):
                yield content


def _size(path: Path) -> int:
    """Its bytes, 0 where there is no such file."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _flush(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # some systems do not open folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _as_text(axis: xr.DataArray) -> tuple[Any, Any, Any]:
    return axis.dims, np.array([str(entry) for entry in axis.values]), axis.attrs


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
