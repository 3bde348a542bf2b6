"""The state of the page: what it may hold, and its address."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import pytest

from quasispin.errors import InputError
from quasispin.explorer.box import box
from quasispin.explorer.presets import PRESETS
from quasispin.explorer.state import (
    MOST_ADDRESS,
    MOST_SIZE,
    MOST_TEXT,
    MOST_WINDOW,
    State,
    from_query,
    once,
    packed,
    to_query,
    unpacked,
)
from quasispin.units import BOHR, NUCLEAR

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"box": "moon"}, "`box` must be one of shell, cluster, levels, but is 'moon'."),
    ({"kind": "cube"}, "`kind` must be one of"),
    ({"material": "Xx"}, "`material` must be one of"),
    ({"geometry": "spheroid"}, "`geometry` must be one of"),
    ({"view": "back"}, "`view` must be one of"),
    ({"against": "time"}, "`against` must be one of"),
    ({"colour": "red"}, "`colour` must be one of"),
    ({"unit": "furlong"}, "`unit` must be one of"),
    ({"ensembles": ("canonical", "micro")}, "`ensembles` must be one of"),
    ({"ensembles": ("canonical", "canonical")}, "`ensembles` must hold each at most once"),
    ({"size": MOST_SIZE + 1}, "`size` must lie in [0, 200], but is 201."),
    ({"size": -1}, "`size` must lie in"),
    ({"kind": "spin", "size": 0}, "`size` must lie in [1, 200], but is 0."),
    ({"size": 2.5}, "`size` must be a whole number"),
    ({"electrons": -1}, "`electrons` must be at least 0, but is -1."),
    ({"electrons": 0.5}, "`electrons` must be a whole number"),
    ({"window": MOST_WINDOW + 1}, "`window` must lie in [0, 3], but is 4."),
    ({"temperature": -0.1}, "`temperature` must lie in [0, 1e+06], but is -0.1."),
    ({"temperature": float("nan")}, "`temperature` must be finite, but is nan."),
    ({"field": -1.0}, "`field` must lie in"),
    ({"field": float("inf")}, "`field` must be finite, but is inf."),
    ({"deformation": 101.0}, "`deformation` must lie in"),
    ({"radius": 0.0}, "`radius` must lie above 0 and up to 20 nm, but is 0.0."),
    ({"radius": 20.5}, "`radius` must lie above 0"),
    ({"geometry": "layer", "thickness": 3.0}, "`thickness` must lie above 0 and up to 2.5 nm"),
    ({"strength": 1e5}, "`strength` must lie in"),
    ({"gap": 0.0}, "`gap` must lie in"),
    ({"gap": 1e10}, "`gap` must lie in"),
    ({"coupling": float("inf")}, "`coupling` must be finite"),
    ({"box": "levels"}, "`levels` must be a level scheme: load one from a file."),
    ({"box": "levels", "levels": "csv.", "laboratory": True}, "For kelvin and tesla say which `unit`"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED, ids=lambda item: str(item)[:40])
def test_every_limit_is_said_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        State(**changes)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", PRESETS)
def test_the_address_of_a_preset_holds_it_whole(name: str) -> None:
    state = PRESETS[name].make()
    query = to_query(state)
    assert from_query(query) == state
    assert sum(len(key) + len(text) for key, text in query.items()) < MOST_ADDRESS


def test_what_is_as_usual_is_not_in_the_address() -> None:
    assert to_query(State()) == {"box": "shell"}
    assert from_query({}) == State()


def test_an_address_may_leave_numbers_open() -> None:
    assert to_query(State(electrons=None))["N"] == "auto"
    assert from_query({"N": "auto", "show": ""}) == State(electrons=None, ensembles=())


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"answer": "42"}, "The address has the key 'answer'; known are box,"),
        ({"size": "five"}, "`size` in the address cannot be 'five'."),
        ({"lab": "yes"}, "`lab` in the address cannot be 'yes'."),
        ({"T": "-1"}, "`temperature` must lie in"),
        ({"T": "nan"}, "`temperature` must be finite"),
        ({"N": "1" * 5000}, "`N` in the address cannot be"),
        ({"show": "canonical,dark"}, "`ensembles` must be one of"),
        ({"size": "1e999"}, "`size` in the address cannot be"),
    ],
    ids=str,
)
def test_a_nonsense_address_is_one_sentence(query: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        from_query(query)
    assert str(caught.value).startswith(sentence)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("unit", ["keV", "MeV"])
def test_a_nucleus_is_shown_in_tesla_of_its_own_magneton_alone(unit: str) -> None:
    """Its moments are in nuclear magnetons: μ_B would be wrong by 1836."""
    tin = PRESETS["tin"].make().but(unit=unit, laboratory=True)
    assert box(tin).strength.size == pytest.approx(NUCLEAR.tesla / {"keV": 1e6, "MeV": 1e9}[unit], rel=1e-12)
    electrons = tin.but(levels=packed("energy,pairs\n0,1\n1,2\n", "csv"), electrons=2)
    with pytest.raises(InputError, match=f"with energies in {unit}, are in μ_N"):
        box(electrons)
    assert box(electrons.but(unit="meV")).strength.size == BOHR.tesla


def test_a_key_stands_in_the_address_once() -> None:
    assert once([("N", "4"), ("T", "0.1")]) == {"N": "4", "T": "0.1"}
    with pytest.raises(InputError, match="`N` must stand in the address once, but is there twice"):
        once([("N", "4"), ("N", "2")])


# -- level schemes in the address ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "toml"])
def test_a_level_scheme_comes_back_as_it_was(kind: str) -> None:
    text = "energy,degeneracy\n0,2\n1,4  # ε\n"
    assert unpacked(packed(text, kind)) == (text, kind)


def test_a_level_scheme_may_be_as_long_as_allowed_and_no_longer() -> None:
    assert unpacked(packed("x" * MOST_TEXT, "csv"))[0] == "x" * MOST_TEXT
    with pytest.raises(InputError, match=r"`levels` must have at most 64 KiB, but has 65537 bytes\."):
        packed("x" * (MOST_TEXT + 1), "csv")


def raw(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    "levels",
    [
        f"csv.{raw(zlib.compress(bytes(200_000_000), 9))}",
        f"csv.{raw(zlib.compress(bytes(MOST_TEXT + 1), 9))}",
        f"csv.{raw(zlib.compress(b'energy', 9)[:-3])}",
        f"csv.{raw(b'not compressed')}",
        f"csv.{raw(zlib.compress(bytes([0xFF, 0xFE, 0x80])))}",
        f"exe.{raw(zlib.compress(b'energy'))}",
        raw(zlib.compress(b"energy")),
        "csv.%%%%",
        "csv.äöü",
        "csv.",
        ".",
    ],
    ids=[
        "bomb",
        "a byte too long",
        "cut",
        "not compressed",
        "not text",
        "exe",
        "bare",
        "%",
        "ä",
        "none",
        ".",
    ],
)
def test_what_is_no_level_scheme_is_refused_without_being_unpacked_whole(levels: str) -> None:
    with pytest.raises(InputError, match="`levels` in the address is no level scheme of this page"):
        unpacked(levels)


def test_curves_beside_stand_in_the_address() -> None:
    state = State(temperatures=(0.4, 1.0), fields=(1.5,))
    query = to_query(state)
    assert (query["Ts"], query["Bs"]) == ("0.4,1.0", "1.5")
    assert from_query(query) == state
    assert "Ts" not in to_query(State())


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"Ts": "0.4;1"}, "`Ts` in the address cannot be '0.4;1'."),
        ({"Ts": "nan"}, "`temperatures` must be finite, but is nan."),
        ({"Ts": "-1"}, "`temperatures` must lie in [0, 1e+06], but is -1.0."),
        ({"Bs": "1,2,3,4,5,6,7"}, "`fields` must hold at most 6 numbers, but holds 7."),
    ],
)
def test_impossible_curves_beside_are_one_sentence(query: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        from_query(query)
    assert str(caught.value) == sentence
