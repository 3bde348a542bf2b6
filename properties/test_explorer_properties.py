"""Whatever the page shows stands whole in its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from quasispin.errors import InputError
from quasispin.explorer.state import (
    AXES,
    BARS,
    BOXES,
    COLOURS,
    ENSEMBLES,
    KINDS,
    MOST_SIZE,
    MOST_WINDOW,
    NUCLEAR,
    SHAPES,
    VIEWS,
    State,
    from_query,
    packed,
    to_query,
    unpacked,
)
from quasispin.sweep.laboratory import ENERGIES
from quasispin.system.materials import materials

LENGTHS = st.floats(1e-3, 20.0)
SIZES = st.floats(0.0, 1e6)
KEYS = ("box", "size", "N", "T", "B", "show", "lab", "levels", "radius", "gap", "coupling", "view")


@st.composite
def states(draw: st.DrawFn) -> State:
    """Any state that there can be."""
    radius = draw(LENGTHS)
    unit = draw(st.sampled_from(("", *ENERGIES)))
    box = draw(st.sampled_from(BOXES))
    return State(
        box=box,
        kind=draw(st.sampled_from(list(KINDS))),
        size=draw(st.integers(1, MOST_SIZE)),
        electrons=draw(st.none() | st.integers(0, 10**6)),
        gap=draw(st.none() | st.floats(1e-9, 1e9)),
        deformation=draw(st.floats(-100.0, 100.0)),
        material=draw(st.sampled_from(list(materials()))),
        geometry=draw(st.sampled_from(SHAPES)),
        radius=radius,
        thickness=draw(st.floats(1e-4, radius)),
        strength=draw(st.floats(-1e4, 1e4)),
        window=draw(st.integers(0, MOST_WINDOW)),
        levels=packed(draw(st.text(max_size=200)), draw(st.sampled_from(("csv", "toml")))),
        coupling=draw(st.none() | st.floats(-1e9, 1e9)),
        unit=unit,
        temperature=draw(SIZES),
        field=draw(SIZES),
        ensembles=tuple(draw(st.lists(st.sampled_from(ENSEMBLES), unique=True))),
        laboratory=draw(st.booleans()) and not (box == "levels" and unit in ("", *NUCLEAR)),
        view=draw(st.sampled_from(VIEWS)),
        against=draw(st.sampled_from(AXES)),
        colour=draw(st.sampled_from(COLOURS)),
        bars=draw(st.sampled_from(BARS)),
    )


def complaint(call: Callable[[Any], object], given: Any) -> str:
    """What it says about it; nothing where it takes it."""
    try:
        call(given)
    except InputError as error:
        return str(error)
    return ""


@given(states())
def test_the_address_holds_every_state_to_the_bit(state: State) -> None:
    address = urlencode(to_query(state), safe=",")
    assert from_query(dict(parse_qsl(address, keep_blank_values=True))) == state


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), st.text() | st.floats().map(str)))
def test_an_address_that_anybody_writes_is_a_state_or_one_sentence(query: dict[str, str]) -> None:
    assert "\n" not in complaint(from_query, query)


@given(st.text(max_size=300), st.sampled_from(("csv", "toml")))
def test_a_level_scheme_comes_back_from_the_address(text: str, kind: str) -> None:
    assert unpacked(packed(text, kind)) == (text, kind)


@given(st.text())
def test_text_that_nobody_packed_is_refused(levels: str) -> None:
    assert "\n" not in complaint(unpacked, levels)
