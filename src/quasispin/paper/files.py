"""Whole files or none: everything is written under a temporary name and then put in its place."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import xarray as xr

from quasispin.errors import FileError, shown
from quasispin.sweep import litter, seal
from quasispin.sweep.export import for_spreadsheets

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
PROBE = 65536
"""Bytes that a disk takes which is not full."""
PROBED = "probe"
"""Name of a file that is there for a moment, to see whether a folder takes one."""


OWN: Final = re.compile(r"(fig\d.*|beyond.*|claims|\..*)\.(pdf|png|nc|csv|md|json|part|probe)")
"""Names of what a run leaves in its folder."""


def check_takes_files(folder: Path) -> None:
    """Make the folder, and see now rather than later that it takes files.

    Raises
    ------
    OSError
        If it does not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    litter.clean(folder / PROBED)
    probe = litter.part(folder / PROBED)
    probe.touch()
    probe.unlink()


def check_own(folder: Path) -> None:
    """Refuse a folder with files that no earlier run wrote.

    Raises
    ------
    FileError
        With the first of them.
    """
    try:
        found = sorted(one.name for one in folder.iterdir())
    except OSError:
        return  # there is none yet; what cannot be written to is told where it is made
    if "claims.json" in found or "beyond.json" in found:
        return
    foreign = [name for name in found if not OWN.fullmatch(name)]
    if foreign:
        others = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise FileError(
            f"`out` must be a new folder or one of `reproduce`, but {folder} holds {shown(foreign[0])}"
            f"{others}: name another folder, or say --force.",
            folder,
        )


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it; on any interruption leave nothing.

    What a killed process was writing there goes.

    Raises
    ------
    FileError
        If the file cannot be written, as on a full disk.
    """
    litter.clean(path)
    part = litter.part(path)
    try:
        write(part)
        os.replace(part, path)
    except BaseException as error:
        reason = _reason(error, path.parent)  # before the space is free again
        _remove(part)
        if not reason:
            raise
        raise FileError(f"`{path}` could not be written: {reason}.", path) from None


def _reason(error: BaseException, folder: Path) -> str:
    """Why a file could not be written; empty if that is not what went wrong.

    On a full disk netCDF says that permission is denied, or "HDF error", and matplotlib stumbles over its own
    half-open file: what they say is no reason while the disk is full.
    """
    if not isinstance(error, Exception):
        return ""
    if any(isinstance(one, OSError) and one.errno in NO_SPACE for one in _chain(error)) or _is_full(folder):
        return os.strerror(errno.ENOSPC)
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) if isinstance(error, RuntimeError) and "NetCDF" in str(error) else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_full(folder: Path) -> bool:
    """Whether a small file does not fit any more."""
    probe = litter.part(folder / PROBED)
    try:
        with probe.open("wb") as file:
            file.write(bytes(PROBE))
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno in NO_SPACE
    finally:
        with suppress(OSError):
            probe.unlink()
    return False


def _remove(part: Path) -> None:
    with suppress(FileNotFoundError):
        part.unlink()


def write_text(path: Path, text: str) -> None:
    """UTF-8 text, whole or not at all."""
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_netcdf(path: Path, data: xr.Dataset) -> None:
    """NetCDF with checksums; the attribute `created` is the only content that differs between two runs."""
    stamped = data.assign_attrs(created=datetime.now(UTC).isoformat(timespec="seconds"))
    write_whole(path, lambda part: seal.write(stamped, part))


def write_csv(path: Path, data: xr.Dataset) -> list[Path]:
    """One tidy table per set of dimensions: `fig4.csv`, and `fig4-jump.csv` for what lives on other ones."""
    written = []
    for name, variables in _tables(data).items():
        target = path if not name else path.with_name(f"{path.stem}-{name}.csv")
        table = data[variables].to_dataframe().reset_index().dropna(subset=variables, how="all")
        shown_table = for_spreadsheets(table)
        write_whole(target, partial(shown_table.to_csv, index=False, lineterminator="\n"))
        written.append(target)
    return written


def _tables(data: xr.Dataset) -> dict[str, list[str]]:
    """Variables with equal dimensions, named by the dimension that sets them apart; the largest has no "
    "name."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, variable in data.data_vars.items():
        groups.setdefault(tuple(map(str, variable.dims)), []).append(str(name))
    main = max(groups, key=lambda dims: (len(dims), data[groups[dims][0]].size))
    return {
        ("" if dims == main else _name(dims, main, groups[dims])): names for dims, names in groups.items()
    }


def _name(dims: tuple[str, ...], main: tuple[str, ...], names: list[str]) -> str:
    own = [dim for dim in dims if dim not in main]
    return own[-1] if own else names[0]
