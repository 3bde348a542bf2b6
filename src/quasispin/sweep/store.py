"""Sweeps on disk: one netCDF file each, whole or not there at all; and reading them, Zarr stores too."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from quasispin.errors import FileError
from quasispin.sweep.dataset import SCHEMA

if TYPE_CHECKING:
    import xarray as xr

SUFFIX = ".nc"
ZARR = ".zarr"
FORMATS = (SUFFIX, ZARR)


def write(dataset: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a sweep to `path`, which ends in ``.nc``.

    The file appears under its name when it is complete: a full disk or an interruption leaves what was
    there before.

    Raises
    ------
    FileError
        If the dataset is not a sweep, the name does not end in ``.nc``, or the disk refuses.
    """
    target = checked_path(path)
    _check_schema(dataset, "the dataset")
    with whole(target) as part:
        dataset.to_netcdf(part, engine="netcdf4")
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
    except (OSError, RuntimeError) as error:  # the netCDF library reports a full disk as either
        raise FileError(f"`{target}` could not be written: {_reason(error)}.", target) from error
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


def _netcdf(source: Path) -> xr.Dataset:
    import xarray as xr

    try:
        return xr.load_dataset(source, engine="netcdf4")
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
