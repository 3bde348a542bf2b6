"""Answer the open questions: figures with their data, and a verdict on each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from quasispin.paper.beyond.data import FIGURES
from quasispin.paper.beyond.questions import questions
from quasispin.paper.beyond.scope import FULL, Scope
from quasispin.paper.reproduce import Study, reproduce

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = """# What the paper leaves open, computed

Kuzmenko, Mikhajlov, Frauendorf, arXiv:cond-mat/0002030. Units: T₀ = Δ₀/2, ω_c = 3Δ₀/M, Δ₀ = GM/2.
"""


def _draw(name: str, data: xr.Dataset) -> Figure:
    from quasispin.paper.beyond.drawing import draw

    return draw(name, data)


def beyond(out: Path, *, as_json: bool = False, progress: bool | None = None, scope: Scope = FULL) -> int:
    """Write the figures (PDF, PNG, NetCDF, CSV) and the answers (beyond.md, beyond.json) into `out`.

    The same as `quasispin.paper.reproduce.reproduce` in every other way: whole files or none, the same bytes
    every time, its return values and errors.
    """
    study = Study("beyond", TITLE, FIGURES, _draw)
    return reproduce(
        out,
        as_json=as_json,
        progress=progress,
        resolution=scope,
        figures=tuple(FIGURES),
        claims=questions(scope),
        study=study,
    )
