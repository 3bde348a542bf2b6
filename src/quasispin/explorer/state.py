"""Everything that the page shows, as one frozen value; it stands whole in the page's address.

Temperatures are in Δ₀ and fields in 3Δ₀/M (of a level scheme: in the unit of its file), whatever unit the
page shows, so that the picture stays where it is while the box changes.
"""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, NamedTuple

from quasispin.errors import InputError, finite, integer, one_of, shown
from quasispin.sweep.laboratory import ENERGIES
from quasispin.system.geometry import GEOMETRIES
from quasispin.system.materials import materials

BOXES: Final = ("shell", "cluster", "levels")
KINDS: Final = {"orbital": "l", "hemisphere": "l", "spin": "M"}
"""Kinds of single shells, and the letter of the number that gives their size."""
SHAPES: Final = tuple(name for name in GEOMETRIES if name != "spheroid")
"""A spheroid is a sphere with a deformation."""
ENSEMBLES: Final = ("canonical", "number-parity", "grand-canonical", "mean-field")
VIEWS: Final = ("field", "temperature", "response", "levels", "seniority", "map")
COLOURS: Final = ("connected_gap", "gap", "susceptibility", "heat_capacity", "magnetic_moment", "entropy")
"""What the map can show."""
BARS: Final = ("seniority", "occupation")
NUCLEAR: Final = ("keV", "MeV")
"""Units of schemes of nuclei."""
NUCLEAR_FIELD: Final = (
    "The moments of the file are in μ_B; those of a nucleus, with energies in {}, are in μ_N: "
    'write magneton = "nuclear" into it for kelvin and tesla.'
)
AXES: Final = ("field", "temperature")
MOST_SIZE: Final = 200
MOST_BESIDE: Final = 6
"""Curves beside that of the state in a picture."""
MOST_WINDOW: Final = 3
MOST_TEXT: Final = 64 * 1024
"""Bytes of a level scheme."""
MOST_ADDRESS: Final = 6000
"""Characters of an address that every browser takes."""
USUAL_GAP: Final = 0.35
"""Δ₀ in meV of a shell that nobody has given one: about that of aluminium grains."""


@dataclass(frozen=True, kw_only=True)
class State:
    """What the page shows.

    Raises
    ------
    InputError
        If a value is none of those allowed; one sentence names it.
    """

    box: str = "shell"
    kind: str = "orbital"
    size: int = 5
    """l, or M of a spin-only shell."""
    electrons: int | None = 10
    """N; of a cluster those in the shells that pair, None for as many as the metal has."""
    gap: float | None = None
    """Δ₀ in meV; None for `USUAL_GAP`, or that of the bulk."""
    deformation: float = 0.0
    """δ in Δ₀, of an orbital shell or a sphere."""
    material: str = "Al"
    geometry: str = "sphere"
    radius: float = 2.5
    """In nm."""
    thickness: float = 1.0
    """Of a layer, in nm."""
    strength: float = 0.1
    """Of l·s, in meV."""
    window: int = 0
    """Shells on either side of the last one that pair too."""
    levels: str = ""
    """A level scheme as `packed` text."""
    coupling: float | None = None
    """G of a level scheme; None for that of its file."""
    unit: str = ""
    """The unit of the energies of a level scheme, where it is known in kelvin and tesla."""
    temperature: float = 0.02
    field: float = 0.5
    temperatures: tuple[float, ...] = ()
    """Others, whose curves are drawn beside in the pictures against the field."""
    fields: tuple[float, ...] = ()
    """Others, whose curves are drawn beside in the pictures against the temperature."""
    ensembles: tuple[str, ...] = ("canonical", "mean-field")
    laboratory: bool = False
    """Kelvin, tesla and meV."""
    view: str = "field"
    """The picture that downloads and Python refer to."""
    against: str = "field"
    """What χ and C are drawn against."""
    colour: str = "connected_gap"
    bars: str = "seniority"
    """P(ν), or the electrons in each of several shells."""

    def __post_init__(self) -> None:
        one_of("box", self.box, BOXES)
        one_of("kind", self.kind, KINDS)
        one_of("material", self.material, list(materials()))
        one_of("geometry", self.geometry, SHAPES)
        one_of("view", self.view, VIEWS)
        one_of("against", self.against, AXES)
        one_of("colour", self.colour, COLOURS)
        one_of("bars", self.bars, BARS)
        one_of("unit", self.unit, ("", *ENERGIES))
        for name in self.ensembles:
            one_of("ensembles", name, ENSEMBLES)
        if len(set(self.ensembles)) < len(self.ensembles):
            raise InputError("`ensembles` must hold each at most once.", self.ensembles)
        integer("size", self.size, low=1 if self.kind != "orbital" else 0, high=MOST_SIZE)
        integer("window", self.window, low=0, high=MOST_WINDOW)
        if self.electrons is not None:
            integer("electrons", self.electrons, low=0)
        finite("temperature", self.temperature, low=0.0, high=1e6)
        finite("field", self.field, low=0.0, high=1e6)
        for name in ("temperatures", "fields"):
            if len(others := getattr(self, name)) > MOST_BESIDE:
                raise InputError(
                    f"`{name}` must hold at most {MOST_BESIDE} numbers, but holds {len(others)}.", others
                )
            for one in others:
                finite(name, one, low=0.0, high=1e6)
        finite("deformation", self.deformation, low=-100.0, high=100.0)
        _length("radius", self.radius, 20.0)
        _length("thickness", self.thickness, self.radius if self.geometry == "layer" else 20.0)
        finite("strength", self.strength, low=-1e4, high=1e4)
        for name in ("gap", "coupling"):
            if (value := getattr(self, name)) is not None:
                finite(name, value, low=1e-9 if name == "gap" else -math.inf, high=1e9)
        if self.laboratory and self.box == "levels" and not self.unit:
            raise InputError("For kelvin and tesla say which `unit` the energies of the levels have.", "")
        if self.box == "levels" and not self.levels:
            raise InputError("`levels` must be a level scheme: load one from a file.", "")

    def but(self, **changes: Any) -> State:
        """The same with some values changed."""
        return replace(self, **changes)

    @property
    def parity(self) -> str:
        """Of N, where it is given."""
        return "odd" if (self.electrons or 0) % 2 else "even"


def _length(name: str, value: float, most: float) -> None:
    if not 0.0 < finite(name, value) <= most:
        raise InputError(f"`{name}` must lie above 0 and up to {most:g} nm, but is {shown(value)}.", value)


# -- the address -----------------------------------------------------------------------------------


class _Word(NamedTuple):
    """How one value stands in the address."""

    key: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def to_query(state: State) -> dict[str, str]:
    """The state as keys and texts, those that are as usual left out; `from_query` reads the same state."""
    usual = _usual(state.box)
    found = {}
    for name, word in _WORDS.items():
        value = getattr(state, name)
        if value != getattr(usual, name) or name == "box":
            found[word.key] = word.write(value)
    return found


def once(query: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The keys and values of an address, each key once.

    Raises
    ------
    InputError
        If one is there twice.
    """
    found: dict[str, str] = {}
    for key, text in query:
        if key in found:
            raise InputError(f"`{shown(key)[1:-1]}` must stand in the address once, but is there twice.", key)
        found[key] = text
    return found


def from_query(query: Mapping[str, str]) -> State:
    """Read what `to_query` wrote, or a person.

    Raises
    ------
    InputError
        If a key or a value is none of ours; one sentence names it.
    """
    names = {word.key: name for name, word in _WORDS.items()}
    found: dict[str, Any] = {}
    for key, text in query.items():
        if key not in names:
            known = ", ".join(names)
            raise InputError(f"The address has the key {shown(key)}; known are {known}.", key)
        try:
            found[names[key]] = _WORDS[names[key]].read(text)
        except (ValueError, OverflowError):
            raise InputError(f"`{key}` in the address cannot be {shown(text)}.", text) from None
    return State(
        **({"electrons": _usual(box).electrons} if (box := found.get("box")) in BOXES else {}) | found
    )


def _usual(box: str) -> State:
    """What need not be said of such a box: a cluster has its own electrons, a scheme those of its file."""
    if box == "shell":
        return State()
    return State(box=box, electrons=None, levels="-" if box == "levels" else "")


def packed(text: str, kind: str) -> str:
    """A level scheme's text for the address: `csv` or `toml`, compressed.

    Raises
    ------
    InputError
        If the text is too long for the explorer.
    """
    data = text.encode()
    if len(data) > MOST_TEXT:
        raise InputError(
            f"`levels` must have at most {MOST_TEXT // 1024} KiB, but has {len(data)} bytes.", None
        )
    return f"{kind}.{base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip('=')}"


def unpacked(levels: str) -> tuple[str, str]:
    """The text of a level scheme and its kind; never more than `MOST_TEXT` bytes, whatever came in."""
    kind, dot, body = levels.partition(".")
    try:
        if not dot or kind not in ("csv", "toml"):
            raise ValueError
        squeezed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        reader = zlib.decompressobj()
        data = reader.decompress(squeezed, MOST_TEXT)
        if reader.unconsumed_tail or not reader.eof:
            raise ValueError
        return data.decode(), kind
    except (ValueError, zlib.error, binascii.Error):
        raise InputError("`levels` in the address is no level scheme of this page.", shown(levels)) from None


def _yes(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError
    return text == "1"


def _optional(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: None if text == "auto" else read(text)


def _listed(values: tuple[float, ...]) -> str:
    return ",".join(map(repr, values))


def _or_auto(value: Any) -> str:
    return "auto" if value is None else repr(value)


_KEYS: Final = {
    "electrons": "N", "temperature": "T", "field": "B", "temperatures": "Ts", "fields": "Bs",
    "ensembles": "show", "laboratory": "lab",
}  # fmt: skip
_READERS: Final[dict[str, Callable[[str], Any]]] = {"str": str, "int": int, "float": float, "bool": _yes}


def _word(name: str, annotation: str) -> _Word:
    key = _KEYS.get(name, name)
    if annotation.startswith("tuple[float"):
        return _Word(key, lambda text: tuple(map(float, filter(None, text.split(",")))), _listed)
    if annotation.startswith("tuple"):
        return _Word(key, lambda text: tuple(filter(None, text.split(","))), ",".join)
    plain, optional, _ = annotation.partition(" | ")
    read = _READERS[plain]
    if optional:
        return _Word(key, _optional(read), _or_auto)
    if plain == "bool":
        return _Word(key, read, lambda value: "1" if value else "0")
    return _Word(key, read, str if plain == "str" else repr)


_WORDS: Final = {item.name: _word(item.name, str(item.type)) for item in fields(State)}
