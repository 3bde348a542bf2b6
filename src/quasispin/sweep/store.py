"""Sweeps on disk: one netCDF file each, whole or not there at all; and reading them, Zarr stores too."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.errors import FileError, QuasispinError, is_out_of_memory, out_of_memory, shown
from quasispin.sweep import apart, differences, litter, seal
from quasispin.sweep.dataset import SCHEMA, UNCHECKED, unchecked
from quasispin.sweep.differences import Made
from quasispin.sweep.request import Request
from quasispin.sweep.seal import Seal

if TYPE_CHECKING:
    import xarray as xr

SUFFIX = ".nc"
ZARR = ".zarr"
FORMATS = (SUFFIX, ZARR)
PROBE = 2**20
"""Bytes that a disk is asked to take to learn why it took no more."""
HEAD = "made_from"
"""Attribute of a netCDF file: the inputs and versions of the sweep that wrote it. Not of the dataset."""


def write(dataset: xr.Dataset, path: str | os.PathLike[str], head: Mapping[str, Any] | None = None) -> Path:
    """Write a sweep to `path`, which ends in ``.nc``.

    The file appears under its name when it is complete: a full disk or an interruption leaves what was
    there before. `head` says from what it was made, so that the same sweep knows it again.

    Raises
    ------
    FileError
        If the dataset is not a sweep, the name does not end in ``.nc``, or the disk refuses.
    """
    target = checked_path(path)
    check_schema(dataset, "the dataset")
    known = {HEAD: json.dumps(head, ensure_ascii=False)} if head is not None else {}
    made = dataset.assign_attrs(known)
    made.attrs.pop(UNCHECKED, None)
    with whole(target) as part:
        seal.write(made, part, head)
    return target


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A place beside `target` to write to, which takes its name when all went well, else vanishes.

    A symbolic link is followed, also one to what is not there yet.

    Raises
    ------
    FileError
        If the disk refuses, or what has that name is not a file.
    """
    final = followed(target)
    if final.exists() and not final.is_file():
        raise FileError(f"`{target}` cannot be written: it is there, and not a file.", target)
    litter.clean(final)
    part = litter.part(final)
    try:
        part.open("xb").close()
    except OSError as error:
        raise FileError(f"`{target}` cannot be written: {_reason(error)}.", target) from None
    try:
        yield part
        _settle(part, final)
    except (OSError, RuntimeError) as error:  # the netCDF library reports a full disk as "HDF error"
        why = _reason(_refusal(part) or error)
        raise FileError(f"`{target}` could not be written: {why}.", target) from error
    finally:
        part.unlink(missing_ok=True)


def followed(target: Path) -> Path:
    """Where a symbolic link leads, there or not; any other path as it is.

    Raises
    ------
    FileError
        If it leads in a circle.
    """
    if not target.is_symlink():
        return target
    final = Path(os.path.realpath(target))
    if final.is_symlink():
        raise FileError(f"`{target}` is a symbolic link that leads in a circle.", target)
    return final


def read_sweep(path: str | os.PathLike[str]) -> xr.Dataset:
    """Read a finished sweep into memory, a netCDF file or a Zarr store, and look at every checksum of it.

    All bytes of the file or store are compared with what was written: numbers, axes, attributes and what
    describes them. What differs from that is never returned.

    Parameters
    ----------
    path
        Of a file ending in ``.nc`` or a store ending in ``.zarr``, written by `sweep`.

    Returns
    -------
    xarray.Dataset
        What `sweep` returned. A file without checksums (of a layout before 4, or written by another
        program) is read too: its attribute ``unchecked`` says so.

    Raises
    ------
    FileError
        If there is no such file, it is damaged (the message names what is), it is not a finished sweep, or of
        a layout that this version does not know.
    SizeError
        If it does not fit into the memory of this process.

    Examples
    --------
    >>> import tempfile
    >>> import quasispin as qs
    >>> grain = qs.System.single_shell(qs.Shell.orbital(2), electrons=4, gap_scale=1.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = qs.sweep(qs.Canonical(grain), temperature=[0.1, 0.2], store=f"{folder}/out.nc")
    ...     qs.read_sweep(f"{folder}/out.nc").identical(written)
    True
    """
    from quasispin.sweep import archive

    source = checked_path(path, FORMATS)
    try:
        dataset = archive.load(source) if source.suffix == ZARR else _netcdf(source, _sound(source))
    except (MemoryError, OSError, RuntimeError, ImportError) as error:
        if isinstance(error, QuasispinError) or not is_out_of_memory(error):
            raise
        raise out_of_memory(error, f"to read `{source}`") from error
    check_schema(dataset, f"`{source}`")
    return dataset


read = read_sweep


def check_made(source: Path, request: Request) -> str:
    """Refuse a netCDF file that is not what this sweep would write there; in words what of it is damaged.

    Raises
    ------
    FileError
        If it is something else, or made from other inputs or by other versions: then with what differs.
    """
    found = _looked_at(source)
    if found is not None and found.damage:
        if found.made_from is None:
            raise _without_origin(source)
        differences.check(source, Made.of(found.made_from), request)
        return f"`{source}` was damaged ({found.damage}), and is computed again"
    dataset = _netcdf(source, found, keep=True)
    check_schema(dataset, f"`{source}`")
    try:
        head = json.loads(dataset.attrs[HEAD])
    except (KeyError, TypeError, ValueError):
        raise _without_origin(source) from None
    differences.check(source, Made.of(head, str(dataset.attrs.get("systems", "")), _axes(dataset)), request)
    return ""


def _without_origin(source: Path) -> FileError:
    return FileError(
        f"`{source}` does not say from what it was made, so that nothing can go on from it: "
        "remove it, or give another `store`.",
        source,
    )


def _axes(dataset: xr.Dataset) -> Callable[[str], Array]:
    return lambda name: np.atleast_1d(np.asarray(dataset[name].values))


def _looked_at(source: Path) -> Seal | None:
    try:
        if not stat.S_ISREG(source.stat().st_mode):
            raise FileError(f"`{source}` is not a file.", source)
        return seal.look(source)
    except FileNotFoundError:
        raise FileError(f"`{source}` does not exist.", source) from None
    except OSError as error:
        raise FileError(f"`{source}` could not be read: {_reason(error)}.", source) from None


def _sound(source: Path) -> Seal | None:
    found = _looked_at(source)
    if found is not None and found.damage:
        raise FileError(
            f"`{source}` is damaged: {found.damage}. Repeat the sweep, which computes it again.", source
        )
    return found


def _netcdf(source: Path, found: Seal | None, *, keep: bool = False) -> xr.Dataset:
    """What the file holds; with `keep` the axes alone, and from what it was made.

    A file without checksums is not opened in this process, which damage to it could end.
    """
    try:
        way = apart.opened if found is not None else apart.read
        dataset = way(source, axes_alone=keep)
    except Exception as error:  # what is damaged or foreign makes the libraries raise anything
        if is_out_of_memory(error):
            raise
        raise FileError(f"`{source}` is not a readable netCDF file: {_reason(error)}.", source) from None
    if not keep:
        dataset.attrs.pop(HEAD, None)
    if found is None and "schema_version" in dataset.attrs:
        dataset.attrs[UNCHECKED] = unchecked(source)
    return dataset


def checked_path(path: str | os.PathLike[str], suffixes: Sequence[str] = (SUFFIX,)) -> Path:
    """`path` as a Path, if it ends in one of these."""
    try:
        target = Path(path)
    except TypeError:
        raise FileError(f"`path` must be a path, but is {shown(path)}.", path) from None
    if target.suffix not in suffixes:
        raise FileError(f"`path` must end in {' or '.join(suffixes)}, but is {shown(str(path))}.", path)
    return target


def check_schema(dataset: xr.Dataset, name: str) -> None:
    """Refuse what is no sweep, or one of a layout that this version does not know."""
    attributes = getattr(dataset, "attrs", {})
    version: Any = attributes.get("schema_version")
    try:
        layout = int(version)
    except (TypeError, ValueError, OverflowError):
        layout = 0
    if layout < 1 or "quasispin_version" not in attributes:
        raise FileError(f"A sweep by quasispin is needed here, but {name} is not one.", name)
    if layout > SCHEMA:
        message = f"{name} has layout {layout}, but this quasispin knows no layout above {SCHEMA}."
        raise FileError(message, version)


def _refusal(part: Path) -> OSError | None:
    """What the system says to some more bytes, such as that the disk is full."""
    try:
        with part.open("ab") as stream:
            stream.write(bytes(PROBE))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        return error
    return None


def _settle(part: Path, target: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    part.chmod(0o666 & ~mask)
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(target)


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).rstrip(".")
