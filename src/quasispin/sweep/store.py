"""Sweeps on disk: one netCDF file each, whole or not there at all; and reading them, Zarr stores too."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quasispin.errors import FileError
from quasispin.sweep import differences
from quasispin.sweep.dataset import SCHEMA
from quasispin.sweep.differences import Made
from quasispin.sweep.request import Request

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
    _check_schema(dataset, "the dataset")
    known = {HEAD: json.dumps(head, ensure_ascii=False)} if head is not None else {}
    with whole(target) as part:
        dataset.assign_attrs(known).to_netcdf(part, engine="netcdf4")
    return target


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A place beside `target` to write to, which takes its name when all went well, else vanishes.

    Raises
    ------
    FileError
        If the disk refuses.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise FileError(f"`{target}` cannot be written: {_reason(error)}.", target) from None
    part = Path(name)
    try:
        yield part
        _settle(part, target)
    except (OSError, RuntimeError) as error:  # the netCDF library reports a full disk as "HDF error"
        why = _reason(_refusal(part) or error)
        raise FileError(f"`{target}` could not be written: {why}.", target) from error
    finally:
        part.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> xr.Dataset:
    """Read a sweep into memory: what `write` wrote, or a complete Zarr store.

    Raises
    ------
    FileError
        If there is no such file, or it is not a sweep of a layout that this version knows.
    """
    from quasispin.sweep import archive

    source = checked_path(path, FORMATS)
    dataset = archive.load(source) if source.suffix == ZARR else _netcdf(source)
    _check_schema(dataset, f"`{source}`")
    return dataset


def check_made(source: Path, request: Request) -> None:
    """Refuse a netCDF file that is not what this sweep would write there.

    Raises
    ------
    FileError
        If it is something else, or made from other inputs or by other versions: then with what differs.
    """
    dataset = _netcdf(source, keep=True)
    _check_schema(dataset, f"`{source}`")
    try:
        head = json.loads(dataset.attrs[HEAD])
        made = Made(
            head["inputs"],
            head["versions"],
            dataset.attrs["systems"],
            lambda name: np.atleast_1d(dataset[name].values),
        )
    except (KeyError, TypeError, ValueError):
        raise FileError(
            f"`{source}` does not say from what it was made, so that nothing can go on from it: "
            "remove it, or give another `store`.",
            source,
        ) from None
    differences.check(source, made, request)


def _netcdf(source: Path, *, keep: bool = False) -> xr.Dataset:
    import xarray as xr

    try:
        with xr.open_dataset(source, engine="netcdf4") as found:
            dataset = found.load() if not keep else found[list(found.coords)].load()
        if not keep:
            dataset.attrs.pop(HEAD, None)
        return dataset
    except FileNotFoundError:
        raise FileError(f"`{source}` does not exist.", source) from None
    except (OSError, RuntimeError, ValueError) as error:
        raise FileError(f"`{source}` is not a readable netCDF file: {_reason(error)}.", source) from None


def checked_path(path: str | os.PathLike[str], suffixes: Sequence[str] = (SUFFIX,)) -> Path:
    """`path` as a Path, if it ends in one of these."""
    try:
        target = Path(path)
    except TypeError:
        raise FileError(f"`path` must be a path, but is {path!r}.", path) from None
    if target.suffix not in suffixes:
        raise FileError(f"`path` must end in {' or '.join(suffixes)}, but is {str(path)!r}.", path)
    return target


def _check_schema(dataset: xr.Dataset, name: str) -> None:
    attributes = getattr(dataset, "attrs", {})
    version = attributes.get("schema_version")
    if version is None or "quasispin_version" not in attributes:
        raise FileError(f"A sweep by quasispin is needed here, but {name} is not one.", name)
    if not 1 <= int(version) <= SCHEMA:
        message = f"{name} has layout {version}, but this quasispin knows no layout above {SCHEMA}."
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
