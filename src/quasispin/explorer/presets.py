"""Views to begin with: the paper's five figures, an aluminium sphere, a tin isotope."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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


def _heats(*shares: float) -> tuple[float, ...]:
    """Temperatures in the paper's T₀."""
    return tuple(share * T0 for share in shares)


def _figure_1() -> State:
    return State(temperature=0.0, temperatures=_heats(0.8, 2), field=0.8, view="field")


def _figure_2() -> State:
    return State(temperature=0.8 * T0, field=1.05, fields=(0.0, 0.5, 1.5, 2.0), view="temperature")


def _figure_3(size: int = 3) -> State:
    return State(
        size=size,
        electrons=2 * size,
        temperature=0.1 * T0,
        temperatures=_heats(0.0, 0.2),
        field=0.8,
        view="field",
    )


def _figure_4(size: int = 11) -> State:
    return _peaks(size).but(colour="susceptibility")


def _figure_5(size: int = 3) -> State:
    return _peaks(size).but(colour="heat_capacity")


def _peaks(size: int) -> State:
    return State(
        size=size,
        electrons=2 * size,
        temperature=0.02 * T0,
        temperatures=_heats(0.05, 0.1, 0.2),
        field=0.8 if size < 5 else 0.7,
        view="response",
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
    "figure-1": Preset("Fig. 1", "the gap falls in steps: M = 11, T = 0, 0.8 and 2 T₀", _figure_1),
    "figure-2": Preset("Fig. 2", "heating brings pairing back above the last step: M = 11", _figure_2),
    "figure-3": Preset("Fig. 3, M = 7", "steps of a small shell: T = 0, 0.1 and 0.2 T₀", _figure_3),
    "figure-3-23": Preset("Fig. 3, M = 23", "the same, larger", partial(_figure_3, 11)),
    "figure-4": Preset("Fig. 4, M = 23", "susceptibility: T = 0.02 to 0.2 T₀", _figure_4),
    "figure-4-7": Preset("Fig. 4, M = 7", "the same, smaller", partial(_figure_4, 3)),
    "figure-5": Preset("Fig. 5, M = 7", "heat capacity: T = 0.02 to 0.2 T₀", _figure_5),
    "figure-5-23": Preset("Fig. 5, M = 23", "the same, larger", partial(_figure_5, 11)),
    "ensembles": Preset("Four ensembles", "far above the last step: M = 11", _every),
    "aluminium": Preset("Al sphere", "R = 1.5 nm, in kelvin and tesla", _aluminium),
    "tin": Preset("¹¹⁶Sn", "sixteen neutrons in five shells", _tin),
}
"""Figures of arXiv:cond-mat/0002030, each with all its temperatures or fields, and two real systems."""
