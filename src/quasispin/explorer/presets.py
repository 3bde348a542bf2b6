"""Views to begin with: the paper's five figures, an aluminium sphere, a tin isotope."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Final, NamedTuple

from quasispin.explorer.state import ENSEMBLES, State, packed

T0: Final = 0.5
"""The paper's T₀ in Δ₀."""


class Preset(NamedTuple):
    """A state with a name."""

    name: str
    words: str
    make: Callable[[], State]


def _figure_1() -> State:
    return State(temperature=0.0, field=0.8, view="field")


def _figure_2() -> State:
    return State(temperature=0.8 * T0, field=1.05, view="temperature")


def _figure_3() -> State:
    return State(size=3, electrons=6, temperature=0.1 * T0, field=0.8, view="field")


def _figure_4() -> State:
    return State(
        size=11, electrons=22, temperature=0.02 * T0, field=0.7, view="response", colour="susceptibility"
    )


def _figure_5() -> State:
    return State(
        size=3, electrons=6, temperature=0.02 * T0, field=0.8, view="response", colour="heat_capacity"
    )


def _aluminium() -> State:
    return State(box="cluster", radius=1.5, electrons=None, temperature=0.15, field=0.8, laboratory=True)


def _tin() -> State:
    text = files("quasispin.system").joinpath("data/tin.toml").read_text(encoding="utf-8")
    return State(
        box="levels",
        levels=packed(text, "toml"),
        electrons=16,
        unit="MeV",
        temperature=0.5,
        field=0.0,
        view="temperature",
        against="temperature",
        colour="heat_capacity",
    )


def _every() -> State:
    return State(temperature=0.25, field=1.5, ensembles=ENSEMBLES, view="temperature")


PRESETS: Final = {
    "figure-1": Preset("Fig. 1", "the gap falls in steps: M = 11, T = 0", _figure_1),
    "figure-2": Preset("Fig. 2", "heating brings pairing back above the last step: M = 11", _figure_2),
    "figure-3": Preset("Fig. 3", "steps of a small shell: M = 7, T = 0.1 T₀", _figure_3),
    "figure-4": Preset("Fig. 4", "susceptibility: M = 23, T = 0.02 T₀", _figure_4),
    "figure-5": Preset("Fig. 5", "heat capacity: M = 7, T = 0.02 T₀", _figure_5),
    "ensembles": Preset("Four ensembles", "far above the last step: M = 11", _every),
    "aluminium": Preset("Al sphere", "R = 1.5 nm, in kelvin and tesla", _aluminium),
    "tin": Preset("¹¹⁶Sn", "sixteen neutrons in five shells", _tin),
}
"""Figures of arXiv:cond-mat/0002030 (one of the temperatures or fields of each) and two real systems."""
