"""A sweep on disk that grows task by task: a Zarr store, and in it a journal of what is finished.

The arrays of the store have the dimensions of the dataset and one chunk for each task, so that a task
writes files of its own. `journal/tasks.jsonl` gets a line when the chunks of a task are on the disk, and
not before: what has no line is computed again, whatever lies there, and so is a task of which a chunk is
not what its line says. `journal/zarr.json` says from which inputs the store is made;
`journal/checksums.json` says it once more, with the checksums of all files that are not chunks of
observables; `journal/lock.json` says which process works on it. Only that process writes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.errors import FileError, is_out_of_memory
from quasispin.sweep import checksums, differences, interruptions, litter
from quasispin.sweep.dataset import (
    SCHEMA,
    UNCHECKED,
    Reasons,
    attributes,
    coordinates,
    dims,
    provenance,
    text,
    unchecked,
)
from quasispin.sweep.differences import Made
from quasispin.sweep.lock import Held, locked
from quasispin.sweep.request import Request
from quasispin.sweep.tasks import Block, Blocks, Reason

if TYPE_CHECKING:
    import xarray as xr
    import zarr

JOURNAL: Final = "journal"
TASKS: Final = "tasks.jsonl"
LOCK: Final = "lock.json"
HEAD: Final = "zarr.json"
SUMS: Final = "checksums.json"
CHECKED: Final = 4
"""The first layout with checksums."""
FILE: Final = re.compile(r"(?:(?P<name>[^/]+)/)?(?:zarr\.json|c(?:[./](?:0|[1-9][0-9]*))*)")
"""Names of the files of a store: no other is ever looked at, whatever a journal says."""
NAMED: Final = 3
"""Damaged pieces that are named; of more their number is told."""

State = tuple[int, str]
"""Bytes and checksum of a file."""


class Archive:
    """An open store of one sweep; made by `opened`, which holds its lock."""

    def __init__(
        self, path: Path, request: Request, blocks: Blocks, journal: Journal, head: Head, held: Held
    ) -> None:
        self.path, self.request, self.blocks, self.journal = path, request, blocks, journal
        self.head, self.held = head, held
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

    def is_held(self) -> bool:
        """Whether the store is still there, and this process the one that writes to it."""
        return self.held.is_held()

    def put(self, block: Block) -> None:
        """Write the chunks of a task, then the line that says so; Ctrl-C waits for both.

        Raises
        ------
        FileError
            If the disk refuses; everything finished before stays finished. If the store was removed.
        """
        written: list[str] = []
        with self._writing(written), interruptions.later():
            chunks = {}
            for name, values in block.values.items():
                key, state = self._write(name, block.number, values)
                written.append(key)
                chunks[key] = state
            self.journal.add(block, chunks)
            self.reasons.add(self.blocks, block.number, block.reasons)

    def finish(self) -> None:
        """All tasks are done: say why what is undefined is, gather what describes the arrays, and that
        this is the end.
        """
        if self.journal.is_complete:
            return
        with self._writing([]):
            _keep_sums(self.path, self.head, finishing=True)  # a kill from here on leaves no damage
            for one in self.request.observables:
                why = self.reasons.text(one.name)
                if why:
                    self._array(one.name).attrs["undefined"] = why
            _consolidate(self.path)
            _keep_sums(self.path, self.head, finishing=False)
            self.journal.close()

    @contextmanager
    def _writing(self, written: Sequence[str]) -> Iterator[None]:
        self._check_held(written)
        try:
            yield
        except (OSError, RuntimeError, ValueError) as error:
            self._check_held(written)
            if isinstance(error, FileError) or is_out_of_memory(error):
                raise
            raise FileError(f"`{self.path}` could not be written: {reason(error)}.", self.path) from error

    def _check_held(self, written: Sequence[str]) -> None:
        """Say what is the matter if the store was removed, and leave nothing in its place."""
        if self.is_held():
            return
        if self.path.is_dir() and _journal(self.path).is_dir():
            what = "was taken by another process, or its lock removed,"
        else:
            what = "was removed"
            for key in written:
                with suppress(OSError):
                    (self.path / key).unlink()
            for name in self.request.tails:
                with suppress(OSError):
                    (self.path / name).rmdir()  # only an empty one goes
            with suppress(OSError):
                self.path.rmdir()
        raise FileError(f"`{self.path}` {what} while the sweep was writing to it.", self.path)

    def _array(self, name: str) -> zarr.Array[Any]:
        import zarr

        if name not in self._arrays:
            self._arrays[name] = zarr.open_array(self.path / name, mode="r+", zarr_format=3)
        return self._arrays[name]

    def _write(self, name: str, number: int, values: np.ndarray[Any, Any]) -> tuple[str, State]:
        """The name of the chunk within the store, its bytes and their checksum."""
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
        return key, checksums.of_file(chunk)


class Journal:
    """The file that says what is finished: one line of JSON for each task, appended and flushed.

    Of a store with checksums each line carries its own, and one that is not as it was written says nothing.
    """

    def __init__(
        self, path: Path, *, tasks: int | None = None, names: Iterable[str] = (), is_signed: bool = False
    ) -> None:
        self.path, self.total, self.names, self.is_signed = path, tasks, frozenset(names), is_signed
        self.tasks: dict[int, list[Reason]] = {}
        self.chunks: dict[int, Mapping[str, State]] = {}
        """Bytes and checksums of the chunks of each task, by their names; of layout 2 they are not known."""
        self.is_closed = False
        self.unread = 0
        """Lines that say nothing."""
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
        self._is_torn = not content.endswith(b"\n") and bool(content)
        for line in content.split(b"\n"):
            if line and not self._take(line):
                self.unread += 1

    @property
    def is_complete(self) -> bool:
        """Whether all is done."""
        return self.is_closed and (self.total is None or len(self.tasks) == self.total)

    def damaged(self) -> dict[int, str]:
        """Tasks of which a chunk is not what it was, each with the first such chunk."""
        root, found = self.path.parent.parent, dict[int, str]()
        for number, chunks in self.chunks.items():
            bad = (key for key, state in chunks.items() if not _is_as_written(root / key, state))
            if (key := next(bad, None)) is not None:
                found[number] = key
        return found

    def drop(self, number: int) -> None:
        """This task has to be done again."""
        self._append({"damaged": number})
        self._forget(number)

    def reopen(self) -> None:
        """Not all is finished, as was thought."""
        self._append({"complete": False})
        self.is_closed = False

    def add(self, block: Block, chunks: Mapping[str, State]) -> None:
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
        self.is_closed = True

    def _take(self, line: bytes) -> bool:
        """What a line says, if it says something that can be."""
        try:
            found = checksums.verified(line) if self.is_signed else json.loads(line)
        except (ValueError, RecursionError):
            return False
        if not isinstance(found, dict):
            return False
        if "complete" in found:
            self.is_closed = found["complete"] is True
            return True
        number = found.get("task", found.get("damaged"))
        if type(number) is not int or number < 0 or (self.total is not None and number >= self.total):
            return False
        if "task" not in found:
            self._forget(number)
            return True
        chunks, reasons = self._chunks(found.get("chunks", {})), _reasons(found.get("undefined"))
        if chunks is None or reasons is None:
            return False
        self.tasks[number], self.chunks[number] = reasons, chunks
        return True

    def _chunks(self, found: Any) -> dict[str, State] | None:
        """By their names, which lead nowhere but to chunks of this store."""
        if not isinstance(found, dict):
            return None
        chunks: dict[str, State] = {}
        for key, value in found.items():
            state = (value, "") if type(value) is int else value  # layout 3 knows their bytes alone
            if not _is_state(state) or not _is_file(key, self.names, chunks_alone=True):
                return None
            chunks[key] = (state[0], state[1])
        return chunks

    def _forget(self, number: int) -> None:
        self.tasks.pop(number, None)
        self.chunks.pop(number, None)
        self.is_closed = False

    def _append(self, content: Mapping[str, Any]) -> None:
        words = checksums.signed(content) if self.is_signed else text(content).encode()
        line = (b"\n" if self._is_torn else b"") + words + b"\n"
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


def _reasons(found: Any) -> list[Reason] | None:
    try:
        return [
            Reason(str(name), int(member), str(why)) for name, why, members in found for member in members
        ]
    except (TypeError, ValueError):
        return None


@contextmanager
def opened(
    path: Path, request: Request, cut: Callable[[], Blocks], note: Callable[[str], None] | None = None
) -> Iterator[Archive]:
    """The store at `path`: a new one in the blocks of `cut()`, or what an earlier run has left.

    Every checksum of what is there is looked at; what is damaged is written or computed again, and `note`
    hears what that is.

    Raises
    ------
    FileError
        If there is something else, a sweep from other inputs or other versions, if another process works
        on it, or the disk refuses.
    """
    blocks = cut() if _is_free(path) else None
    with ExitStack() as stack:  # what goes wrong in the caller is no matter of this store
        try:
            litter.clean(path)
            if blocks is not None:
                with interruptions.later():
                    _create(path, request, blocks)
            held = stack.enter_context(locked(_journal(path) / LOCK, path))
            litter.clean_within(path)
            head = Head.read(path)
            blocks = _checked(path, head, request)
            journal = head.journal(path)
            bad = [_renewed(path, head, request, blocks, journal), *_damaged_tasks(head, journal)]
            head = Head.read(path)
        except OSError as error:
            raise FileError(f"`{path}` could not be written: {reason(error)}.", path) from error
        if note is not None and any(bad):
            note(f"`{path}` was damaged: {_some(filter(None, bad))}. That is computed again.")
        yield Archive(path, request, blocks, journal, head, held)


def load(path: Path, *, lazily: bool = False, is_sound: bool = False) -> xr.Dataset:
    """The dataset of a complete store, into memory or, `lazily`, what is read when it is used.

    With `is_sound` the caller has looked at the checksums, or written everything.

    Raises
    ------
    FileError
        If it is not a readable store of a sweep, or one that is damaged or not finished.
    """
    import xarray as xr

    try:
        head = Head.read(path)
        journal = head.journal(path)
        if not journal.is_complete:
            raise _unfinished(path, head, journal)
        if not is_sound:
            _check_sound(path, head, journal)
    except OSError as error:
        raise FileError(f"`{path}` could not be read: {reason(error)}.", path) from None
    try:
        data = xr.open_dataset(path, engine="zarr", chunks=None, consolidated=False)
        texts = {name: _as_text(axis) for name, axis in data.coords.items() if axis.dtype.kind not in "iuf"}
        data = data.assign_coords(texts)[head.observables]  # in their order
        found = data if lazily else data.load()
    except Exception as error:  # what is damaged or foreign makes the libraries raise anything
        if is_out_of_memory(error):
            raise
        for chunk in _unreadable(path, journal):
            raise _damaged(path, chunk, head) from None
        raise FileError(f"`{path}` is not a readable store: {reason(error)}.", path) from None
    if not head.is_checked:
        found.attrs[UNCHECKED] = unchecked(path)
    return found


def _unfinished(path: Path, head: Head, journal: Journal) -> FileError:
    lines = f" ({journal.unread} of the lines of its journal cannot be read)" if journal.unread else ""
    return FileError(
        f"`{path}` holds {len(journal.tasks)} of {head.tasks} tasks{lines}: repeat the sweep to finish it, "
        "or open it as it is by xarray.open_zarr(…, consolidated=False).",
        path,
    )


def _check_sound(path: Path, head: Head, journal: Journal) -> None:
    """Look at every checksum, or where there is none at the length."""
    for name in head.damaged(path):
        raise _damaged(path, name, head)
    if head.is_finishing:
        raise _damaged(path, f"{JOURNAL}/{SUMS}", head)
    for number, chunk in journal.damaged().items():
        raise _damaged(path, chunk, head, number)


def _damaged(path: Path, name: str, head: Head, number: int | None = None) -> FileError:
    how = (
        "repeat the sweep, which computes it again"
        if head.is_checked
        else "it is of an earlier layout, so that only the version that began it can compute it again"
    )
    return FileError(
        f"`{path}` is damaged: {_named(name, head, number)} is not as written; {how}.", path / name
    )


def _named(name: str, head: Head, number: int | None = None) -> str:
    variable, _, rest = name.partition("/")
    if not rest or variable == JOURNAL:
        return f"the file {name}"
    if number is None:
        return f"`{variable}` (the file {name})"
    return f"`{variable}` in task {number + 1} of {head.tasks} (the file {name})"


def _some(found: Iterable[str]) -> str:
    """The first of these, and how many more."""
    names = list(found)
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])


def _unreadable(path: Path, journal: Journal) -> Iterator[str]:
    """Of a store without checksums chunks whose content was changed, after something could not be read."""
    import zarr

    for chunks in journal.chunks.values():
        for key in (key for key, state in chunks.items() if state[0]):
            name, _, place = key.partition("/")
            corner = tuple(int(i) for i in place.split(".")[1:])
            try:
                array = zarr.open_array(path / name, mode="r", zarr_format=3)
                array.blocks[corner] if corner else array[...]
            except Exception:
                yield key


def tasks_done(path: Path) -> tuple[int, int]:
    """How many tasks of a store are finished, and how many there are."""
    head = Head.read(path)
    return len(head.journal(path).tasks), head.tasks


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


@dataclass(frozen=True, eq=False)
class Head:
    """What a store says of itself, from whichever of its two places is not damaged."""

    content: Mapping[str, Any]
    """``schema_version``, ``lengths`` of a block, number of ``tasks``, ``versions`` and ``inputs``."""
    files: Mapping[str, State]
    """Bytes and checksums of the files that are no chunks of observables; empty where that is not known."""
    is_checked: bool
    """Whether the store has checksums."""
    is_finishing: bool
    """Whether the files were being changed when the writer was killed."""

    @classmethod
    def read(cls, path: Path) -> Head:
        """What `path` says of itself.

        Raises
        ------
        FileError
            If it is no store, or of a layout that this version does not know.
        """
        if not path.exists():
            raise FileError(f"`{path}` does not exist.", path)
        sums = _read(_journal(path) / SUMS)
        found = None if sums is None else checksums.verified(sums)
        if found is not None and isinstance(content := found.get("store"), dict):
            files = _states(found.get("files"))
            return cls(_well_formed(path, content), files, True, bool(found.get("finishing")))
        content = _described(path)
        is_checked = sums is not None or content["schema_version"] >= CHECKED
        return cls(content, {}, is_checked, False)

    @property
    def tasks(self) -> int:
        """How many there are."""
        return int(self.content["tasks"])

    @property
    def observables(self) -> list[str]:
        """Their names, in order."""
        return list(self.content["inputs"]["observables"])

    def journal(self, path: Path) -> Journal:
        """Its journal."""
        return Journal(
            _journal(path) / TASKS, tasks=self.tasks, names=self.observables, is_signed=self.is_checked
        )

    def damaged(self, path: Path) -> list[str]:
        """Names of the files that are not what they were; that of the checksums if it is that one."""
        if self.is_checked and not self.files:
            return [f"{JOURNAL}/{SUMS}"]
        return [name for name, state in self.files.items() if not _is_as_written(path / name, state)]


def _checked(path: Path, head: Head, request: Request) -> Blocks:
    """The store's blocks, if it was made from the same inputs by the same versions."""
    found = head.content
    if found["schema_version"] != SCHEMA:
        raise FileError(
            f"`{path}` has layout {found['schema_version']}, but this quasispin writes layout {SCHEMA}: "
            "finish it with the version that began it, or give another `store`.",
            path,
        )
    differences.check(path, _made(path, found), request)
    blocks = Blocks(request, tuple(found["lengths"]))
    if len(blocks.lengths) != len(request.shape) or len(blocks) != head.tasks:
        raise FileError(f"`{path}` says of its blocks what cannot be: remove it.", path)
    return blocks


def _made(path: Path, found: Mapping[str, Any]) -> Made:
    """What the store says of how it was made."""
    import zarr

    def axis(name: str) -> Array:
        return np.atleast_1d(np.asarray(zarr.open_array(path / name, mode="r", zarr_format=3)[...]))

    try:
        systems = str(json.loads((path / "zarr.json").read_bytes())["attributes"]["systems"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):  # it is for details alone
        systems = ""
    return Made.of(found, systems, axis)


def _described(path: Path) -> dict[str, Any]:
    """The attributes of the group of the journal."""
    what = "is not the store of a sweep by quasispin"
    content = _read(_journal(path) / HEAD)
    if content is None:
        raise FileError(f"`{path}` {what}.", path)
    try:
        attributes = json.loads(content)["attributes"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise FileError(f"`{path}` {what}: {reason(error)}.", path) from None
    return _well_formed(path, attributes)


def _well_formed(path: Path, content: Any) -> dict[str, Any]:
    """The head, if it says all that is needed and nothing that cannot be."""
    try:
        layout = int(content["schema_version"])
        names, lengths, tasks = content["inputs"]["observables"], content["lengths"], content["tasks"]
        is_sensible = (
            layout >= 1
            and isinstance(names, (dict, list))
            and all(isinstance(name, str) and _is_file(f"{name}/c") for name in names)
            and isinstance(lengths, list)
            and all(type(n) is int and n > 0 for n in lengths)
            and type(tasks) is int
            and tasks > 0
        )
    except (ValueError, LookupError, TypeError, ArithmeticError):
        layout, is_sensible = 0, False
    if layout > SCHEMA:
        message = f"`{path}` has layout {layout}, but this quasispin knows no layout above {SCHEMA}."
        raise FileError(message, layout)
    if not is_sensible:
        raise FileError(
            f"`{path}` is not the store of a sweep by quasispin: its journal makes no sense.", path
        )
    return dict(content) | {"schema_version": layout}


def _keep_sums(path: Path, head: Head, *, finishing: bool) -> None:
    """Write the checksums of the files as they are now."""
    names = head.files or _others(path)
    content = {
        "store": head.content,
        "files": {name: checksums.of_file(path / name) for name in names},
        "finishing": finishing,
    }
    target = _journal(path) / SUMS
    part = litter.part(target)
    try:
        with part.open("xb") as stream:
            stream.write(checksums.signed(content))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _others(path: Path) -> list[str]:
    """The files of a store that are no chunks of observables, before there are any."""
    found = (entry.relative_to(path).as_posix() for entry in path.rglob("*") if entry.is_file())
    return sorted(name for name in found if _is_file(name))


def _consolidate(path: Path) -> None:
    """One file says what all arrays are, as `xarray.open_zarr` likes it."""
    import zarr

    with warnings.catch_warnings():  # that not every program understands it, and that the journal is no array
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(path, zarr_format=3)


# -- a new store -------------------------------------------------------------------------------------------


def _is_free(path: Path) -> bool:
    """Whether there is nothing, or an empty folder."""
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def _create(path: Path, request: Request, blocks: Blocks) -> None:
    """An empty store appears at `path` at once, or not at all."""
    part = litter.part(path)
    try:
        _skeleton(part, request, blocks)
        part.rename(path)
    except OSError:
        if _is_free(path):  # else another process was faster; whose inputs these are is checked next
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _renewed(path: Path, head: Head, request: Request, blocks: Blocks, journal: Journal) -> str:
    """Write again what describes the store, if any of it is damaged; what that is, in words."""
    bad = head.damaged(path)
    if not bad and not head.is_finishing:
        return ""
    part = litter.part(path)
    try:
        _skeleton(part, request, blocks, head.content.get("created"))
        if journal.is_closed:
            journal.reopen()
        _keep_sums(path, head, finishing=True)
        for name in Head.read(part).files:
            (path / name).parent.mkdir(exist_ok=True)
            (part / name).replace(path / name)
        (_journal(part) / SUMS).replace(_journal(path) / SUMS)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return "" if head.is_finishing else _some(_named(name, head) for name in bad)


def _damaged_tasks(head: Head, journal: Journal) -> list[str]:
    """Those whose chunks are not as written are not done; which these are, in words."""
    found = journal.damaged()
    for number in found:
        journal.drop(number)
    return [_named(chunk, head, number) for number, chunk in found.items()]


def _skeleton(path: Path, request: Request, blocks: Blocks, created: str | None = None) -> None:
    import zarr
    from zarr.codecs import BloscCodec, Crc32cCodec

    about = dict(provenance(request))
    if created is not None:
        about["created"] = created
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
        "created": about["created"],
        **differences.head(request),
    }
    root.create_group(JOURNAL, attributes=head)
    (_journal(path) / TASKS).touch()
    _keep_sums(path, Head(json.loads(text(head)), {}, True, False), finishing=False)


def _coordinate(
    root: zarr.Group, name: str, dim: str, values: Any, about: Mapping[str, str], *, is_scalar: bool
) -> None:
    from zarr.codecs import Crc32cCodec, ZstdCodec

    codecs = [ZstdCodec(level=0), Crc32cCodec()]
    entries = np.asarray(values)
    names, described = [] if is_scalar else [dim], dict[str, Any](about)
    if is_scalar:
        entries = entries[0]
    elif entries.dtype.kind not in "iuf":
        strings = np.array([str(entry) for entry in values], dtype=object)
        array = root.create_array(
            name, shape=strings.shape, chunks=strings.shape, dtype="string", dimension_names=names,
            attributes=described, compressors=codecs,
        )  # fmt: skip
        array[:] = strings
        return
    root.create_array(
        name, data=np.asarray(entries), dimension_names=names, attributes=described, compressors=codecs
    )


def _kept(request: Request, entries: Sequence[Any]) -> tuple[Any, ...]:
    """Of one entry for each axis those of axes that are dimensions: a plain number is none."""
    return tuple(
        entry for dim, entry in zip(request.dims, entries, strict=True) if dim not in request.grid.scalars
    )


# -- files -------------------------------------------------------------------------------------------------


def _journal(path: Path) -> Path:
    return path / JOURNAL


def _read(path: Path) -> bytes | None:
    """The content of a file; None if there is no such file."""
    try:
        return path.read_bytes() if path.is_file() else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(f"`{path}` could not be read: {reason(error)}.", path) from None


def _is_file(name: object, variables: Iterable[str] | None = None, *, chunks_alone: bool = False) -> bool:
    """Whether that can be the name of a file of a store, or of a chunk of one of these variables."""
    if not isinstance(name, str) or not name.isprintable() or (match := FILE.fullmatch(name)) is None:
        return False
    if match["name"] in {".", ".."}:
        return False
    is_one = not chunks_alone or (match["name"] is not None and not name.endswith(HEAD))
    return is_one and (not variables or match["name"] in variables)


def _states(found: object) -> dict[str, State]:
    """The checksums of some files; none where one of them cannot be."""
    if not isinstance(found, dict) or not all(_is_file(key) and _is_state(one) for key, one in found.items()):
        return {}
    return {name: (state[0], state[1]) for name, state in found.items()}


def _is_state(state: object) -> bool:
    """Whether that can be bytes and a checksum."""
    return (
        isinstance(state, Sequence)
        and len(state) == 2
        and type(state[0]) is int
        and state[0] >= -1
        and isinstance(state[1], str)
    )


def _is_as_written(path: Path, state: State) -> bool:
    """Whether a file has these bytes; without a checksum the length is all that is known."""
    size, digest = state
    if digest or not size:
        return checksums.of_file(path) == state
    try:
        return path.stat().st_size == size
    except (FileNotFoundError, NotADirectoryError):
        return False


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
