"""Read a netCDF file in a process of its own: of a damaged one without checksums the library may die.

Here that process dies alone, and nothing that it did to its memory is believed.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quasispin.errors import is_out_of_memory

if TYPE_CHECKING:
    import xarray as xr

PROGRAM: Final = """
import json, sys
sys.path[:] = json.loads(sys.argv[2])
from quasispin.sweep import apart
apart.tell(sys.argv[1], sys.argv[3] == "axes")
"""
PATIENCE: Final = 30.0
"""Seconds that it may take, and for each of so many bytes one more."""
BYTES: Final = 10**7


class UnreadableError(Exception):
    """Why a file could not be read, in words."""


def opened(path: Path, *, axes_alone: bool) -> xr.Dataset:
    """What a file holds, in memory; with `axes_alone` its coordinates and attributes."""
    import xarray as xr

    with xr.open_dataset(path, engine="netcdf4") as file:
        return (file[list(file.coords)] if axes_alone else file).load()


def read(path: Path, *, axes_alone: bool) -> xr.Dataset:
    """The same, opened in a process of its own.

    Raises
    ------
    UnreadableError
        If it could not be read, or the process died.
    MemoryError
        If its memory did not suffice.
    """
    if not sys.executable or getattr(sys, "frozen", False):  # no Python is at hand that could be started
        return opened(path, axes_alone=axes_alone)
    call = [sys.executable, "-c", PROGRAM, os.path.abspath(path), json.dumps(sys.path)]
    call.append("axes" if axes_alone else "all")
    late = threading.Event()
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None

        def stop() -> None:
            late.set()
            process.kill()

        patience = threading.Timer(PATIENCE + path.stat().st_size / BYTES, stop)
        patience.start()
        try:
            found: Any = pickle.load(process.stdout)
        except MemoryError:
            raise
        except Exception:  # it died before it had said all, or says something else
            found = None
            process.stdout.read()
            process.wait()
        finally:
            patience.cancel()
            process.kill()
    if isinstance(found, str):
        raise UnreadableError(found)
    if isinstance(found, BaseException):
        raise found
    if found is None:
        how = "did not come to an end" if late.is_set() else _end(process.returncode)
        raise UnreadableError(f"the netCDF library {how} over it")
    dataset: xr.Dataset = found
    return dataset


def tell(path: str, axes_alone: bool) -> None:
    """Write to standard output what the file holds, or why it cannot be read."""
    found: Any
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what the libraries print is no part of it
        try:
            found = opened(Path(path), axes_alone=axes_alone)
        except Exception as error:  # what is damaged or foreign makes the libraries raise anything
            words = getattr(error, "strerror", None) or str(error) or type(error).__name__
            found = MemoryError(str(error)) if is_out_of_memory(error) else str(words)
        pickle.dump(found, out, protocol=pickle.HIGHEST_PROTOCOL)


def _end(status: int) -> str:
    if status >= 0:
        return "ended"
    try:
        return f"died ({signal.Signals(-status).name})"
    except ValueError:
        return "died"
