"""States that the tests of the explorer share."""

from __future__ import annotations

import base64
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from quasispin.explorer.presets import PRESETS
from quasispin.explorer.state import ENSEMBLES, SHAPES, State, packed

PAIR: Final = "energy,degeneracy\n0,4\n1.5,6\n"
"""A level scheme of two shells."""


def levels(text: str = PAIR, **changes: Any) -> State:
    """A state of a level scheme."""
    return State(box="levels", levels=packed(text, "csv"), electrons=4).but(**changes)


def unpacked(numbers: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Numbers of a picture, as plotly reads them."""
    return np.frombuffer(base64.b64decode(numbers["bdata"]), dtype="<f8")


EVERY: Final = State(ensembles=ENSEMBLES, temperature=0.25, field=1.2)
DEFORMED: Final = State(deformation=0.3, size=2, electrons=4, ensembles=ENSEMBLES)
TIN: Final = PRESETS["tin"].make()

SINGLE: Final = {
    "odd": State(electrons=9, temperature=0.1),
    "cold": State(temperature=0.0, field=0.0, ensembles=ENSEMBLES),
    "spin": State(kind="spin", size=9, electrons=8),
    "hemisphere": State(kind="hemisphere", size=4, electrons=4),
    "empty": State(electrons=0, ensembles=ENSEMBLES),
    "full": State(size=1, electrons=6, ensembles=ENSEMBLES),
    "kelvin": State(laboratory=True, ensembles=ENSEMBLES),
    "every": EVERY,
}
SEVERAL: Final = {
    "deformed": DEFORMED,
    "levels": levels(),
    "levels in kelvin": levels(unit="meV", laboratory=True),
    "levels of an own unit": levels(unit="eV", laboratory=True, coupling=0.4),
    "window": State(box="cluster", radius=0.6, electrons=None, window=1),
}
CLUSTERS: Final = {
    shape: State(box="cluster", geometry=shape, radius=1.2, thickness=0.4, electrons=None) for shape in SHAPES
}
STATES: Final = {name: one.make() for name, one in PRESETS.items()} | SINGLE | SEVERAL | CLUSTERS
