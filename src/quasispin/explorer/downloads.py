"""Files of a view: the figure, the numbers, and the Python that makes both."""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from quasispin.explorer import script
from quasispin.explorer.state import State
from quasispin.sweep import seal
from quasispin.sweep.export import for_spreadsheets

KINDS: Final[Mapping[str, str]] = {
    "svg": "figure for print, SVG",
    "png": "figure for print, PNG",
    "nc": "numbers, NetCDF",
    "csv": "numbers, CSV",
    "py": "Python",
}
_ONE_AT_A_TIME = threading.Lock()
"""pyplot keeps its figures in one place for all threads."""


class Part(NamedTuple):
    """Such a file, as a worker is asked for it."""

    kind: str
    ranges: script.Ranges | None = None


def file(state: State, kind: str, ranges: script.Ranges | None = None) -> bytes:
    """The content of a file; `ranges` are those of the axes on the page.

    Raises
    ------
    QuasispinError
        If the view has no such numbers.
    """
    if kind == "py":
        return script.script(state, ranges).encode()
    if kind == "csv":
        data = script.dataset(state)
        names = {name: _heading(str(name), data[name].attrs) for name in (*data.coords, *data.data_vars)}
        table = data.to_dataframe().reset_index().rename(columns=names)
        return str(for_spreadsheets(table).to_csv(index=False)).encode()
    if kind == "nc":
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "view.nc"
            seal.write(script.dataset(state), target)
            return target.read_bytes()
    return _drawn(state, kind, ranges)


def _heading(name: str, attributes: Mapping[str, str]) -> str:
    """A column with its unit, where it has one."""
    unit = attributes.get("units", "1")
    return name if unit == "1" else f"{name} ({unit})"


def name(state: State, kind: str) -> str:
    """The name of a file."""
    return f"{script.file_name(state)}.{kind}"


def _drawn(state: State, kind: str, ranges: script.Ranges | None) -> bytes:
    import matplotlib as mpl

    with _ONE_AT_A_TIME:
        mpl.use("agg")
        import matplotlib.pyplot as plt

        figure = script.figure(state, ranges)
        memory = io.BytesIO()
        figure.savefig(memory, format=kind, metadata={"Date": None} if kind == "svg" else None)
        plt.close(figure)
    return memory.getvalue()
