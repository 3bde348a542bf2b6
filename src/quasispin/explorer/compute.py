"""The numbers behind each picture: a state in, plain arrays out; in this process or in another.

Every number is that of `quasispin.observables`, so that a picture shows what `quasispin observe` prints.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quasispin.compiled import compilation
from quasispin.ensembles import diagram
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import QuasispinError, check_memory
from quasispin.explorer.box import BOX, Box, box
from quasispin.explorer.box import system as system_of
from quasispin.explorer.state import State
from quasispin.machine import time_in_words
from quasispin.observables import BY_NAME, together

if TYPE_CHECKING:
    from quasispin.ensembles.averages import Array
    from quasispin.ensembles.base import Ensemble
    from quasispin.system.system import System

CLASSES: Final[Mapping[str, type[Ensemble]]] = {
    "canonical": Canonical,
    "number-parity": NumberParity,
    "grand-canonical": GrandCanonical,
    "mean-field": MeanField,
}
PARTS: Final = ("now", "field", "temperature", "seniority", "levels", "map")
"""What is computed apart; each is what one or two pictures show."""
GAPS: Final = ("gap", "connected_gap")
SHELL_GAPS: Final = ("shell_gap",)
"""What stands for them where the coupling is a matrix: one gap for each shell."""
RESPONSES: Final = ("susceptibility", "heat_capacity")
MORE: Final = ("magnetic_moment", "entropy", "mean_seniority", "free_energy")
"""What else stands in the table of numbers."""
MANY: Final = {"field": 301, "temperature": 151, "map": (61, 81)}
FEW: Final = {"field": 121, "temperature": 61, "map": (25, 33)}
"""Points of the axes for one shell, and for several."""
PIECE: Final = 64
"""Points between two looks at the clock."""
LONG: Final = 0.15
"""Seconds; what takes longer is not done in the process of the page."""
MOST_LINES: Final = 400
KERNEL_OF: Final = {
    "canonical": "sums", "number-parity": "sums", "grand-canonical": "sums", "mean-field": "mean-field"
}  # fmt: skip
"""Which of the two things that are compiled an ensemble of one shell needs."""
ready: Final = {"sums": threading.Event(), "mean-field": threading.Event()}
for _event in ready.values():
    _event.set()  # unless `begin_to_warm` says otherwise
COMPILING: Final = "Compiling the exact sums and the mean field for this machine, once …"

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Series:
    """One observable of one ensemble, or the reason why there is none."""

    ensemble: str
    observable: str
    values: Array | None
    reason: str = ""
    beside: float | None = None
    """The other temperature or field, as in the state, of a curve that is drawn beside; None for its own."""


def points(state: State) -> Mapping[str, Any]:
    """How many points the axes have."""
    return MANY if box(state).system.is_single_shell else FEW


def key(part: str, state: State) -> tuple[Any, ...]:
    """What a part depends on: equal keys, equal numbers."""
    place = box(state)
    common = (*(getattr(state, name) for name in BOX), place.heat_reach, place.field_reach)
    own: dict[str, tuple[Any, ...]] = {
        "now": (state.ensembles, state.temperature, state.field),
        "field": (state.ensembles, state.temperature, state.temperatures),
        "temperature": (state.ensembles, state.field, state.fields),
        "seniority": (state.ensembles, state.temperature, state.field, has_occupations(state)),
        "levels": (),
        "map": (state.ensembles[:1], state.colour),
    }
    return (part, *common, *own[part])


def compute(part: str, state: State, progress: Progress | None = None) -> Any:
    """The numbers of a part.

    Returns
    -------
    list[Series] or Levels
        Series along the field or temperature axis, at one point for ``now`` and ``seniority``, on the whole
        map (shape (temperatures, fields)) for ``map``; lines and corners for ``levels``.

    Raises
    ------
    QuasispinError
        If there is no such system, or it would be too large; one sentence says why.
    """
    place, tell = box(state), progress or _silent
    if part == "levels":
        return levels(place)
    names = observed(part, state)
    heat, field = axes(part, state)
    if part == "map":
        state, heat = state.but(ensembles=state.ensembles[:1]), heat[:, None]
    others = beside(part, state)

    def share_of(number: int) -> Progress:
        return lambda share: tell((number + share) / (1 + len(others)))

    found = _series(state, place, names, heat, field, share_of(0))
    for number, other in enumerate(others, start=1):
        heat, field = axes(part, at_other(part, state, other))
        found += [
            replace(one, beside=other) for one in _series(state, place, names, heat, field, share_of(number))
        ]
    return found


def beside(part: str, state: State) -> tuple[float, ...]:
    """The other temperatures or fields whose curves are drawn beside, each once."""
    others, own = {
        "field": (state.temperatures, state.temperature), "temperature": (state.fields, state.field)
    }.get(part, ((), 0.0))  # fmt: skip
    return tuple(one for one in dict.fromkeys(others) if one != own)


def at_other(part: str, state: State, other: float) -> State:
    """The state at one of these."""
    return state.but(temperature=other) if part == "field" else state.but(field=other)


def observed(part: str, state: State) -> tuple[str, ...]:
    """The observables of a part, by name."""
    single = isinstance(box(state).system.coupling, float)
    gaps = GAPS if single else SHELL_GAPS
    if part == "seniority":
        return ("occupation",) if has_occupations(state) else ("seniority_distribution",)
    if part == "map":
        return (state.colour,)
    return (*gaps, *RESPONSES, *MORE) if part == "now" else (*gaps, *RESPONSES)


def has_occupations(state: State) -> bool:
    """Whether the bars are the electrons in each shell; of one shell there is nothing to say."""
    return state.bars == "occupation" and not box(state).system.is_single_shell


def axes(part: str, state: State) -> tuple[Array, Array]:
    """Temperatures and fields of a part as energies, each one number or an axis."""
    place, size = box(state), points(state)
    heat, field = np.array(place.temperature(state)), np.array(place.field(state))
    if part == "field":
        return heat, place.fields(size["field"])
    if part == "temperature":
        return place.temperatures(size["temperature"]), field
    if part == "map":
        rows, columns = size["map"]
        return place.temperatures(rows), place.fields(columns)
    return heat, field


@dataclass(frozen=True)
class Levels:
    """The level diagram."""

    lines: list[diagram.Line]
    corners: list[diagram.Corner]


def levels(place: Box) -> Levels:
    """Lines and crossings; of very many the lowest."""
    found = diagram.lines(place.system)
    corners = diagram.corners(place.system, found)
    if len(found) > MOST_LINES:
        end = place.field_reach * place.strength.size
        needed = {line for _, line in diagram.envelope(found)}
        found = sorted(found, key=lambda line: line.energy - end * line.moment)
        found = [line for i, line in enumerate(found) if i < MOST_LINES or line in needed]
    return Levels(found, corners)


def seconds(state: State) -> float:
    """About how long the spectra that the pictures need would take; 0 for one shell.

    Raises
    ------
    SizeError
        If they would not fit into memory; one sentence says what would.
    """
    return _seconds(system_of(state), state.ensembles)


@lru_cache(maxsize=16)
def _seconds(system: System, kinds: tuple[str, ...]) -> float:
    sizes = [CLASSES[kind](system).estimate() for kind in kinds]
    for size in sizes:
        check_memory(
            f"The spectrum of `system` (blocks of up to {size.largest:.6g} states)",
            size.memory,
            seconds=size.seconds,
            instead="fewer shells fit",
        )
    return sum(size.seconds for size in sizes)


def is_long(state: State) -> bool:
    """Whether the pictures are better computed in another process."""
    return not system_of(state).is_single_shell


def time_needed(state: State) -> str:
    """The same in words."""
    return time_in_words(seconds(state))


def ensembles(state: State) -> dict[str, Ensemble]:
    """The ensembles that are on, by their words; the canonical one carries the level diagram in any case."""
    system = system_of(state)
    return {name: CLASSES[name](system) for name in state.ensembles}


def _series(
    state: State, place: Box, names: Sequence[str], heat: Array, field: Array, tell: Progress
) -> list[Series]:
    found: list[Series] = []
    kinds = state.ensembles
    shape = np.broadcast_shapes(heat.shape, field.shape)
    flat = [np.broadcast_to(axis, shape).ravel() for axis in (heat, field)]
    step = flat[0].size if place.system.is_single_shell else PIECE
    total = max(len(kinds) * flat[0].size, 1)
    for place_of, kind in enumerate(kinds):
        pieces: dict[str, list[Array]] = {name: [] for name in names}
        reasons: dict[str, str] = {}
        try:
            ensemble = CLASSES[kind](place.system)
            for start in range(0, flat[0].size, step):
                part = [axis[start : start + step] for axis in flat]
                for observable, value in together([BY_NAME[n] for n in names], ensemble, *part).items():
                    if isinstance(value, QuasispinError):
                        reasons[observable.name] = str(value.value)
                    else:
                        pieces[observable.name].append(value)
                tell((place_of * flat[0].size + min(start + step, flat[0].size)) / total)
        except QuasispinError as error:
            reasons = dict.fromkeys(names, str(error))
        found += _collected(kind, pieces, reasons, shape)
    return found


def _collected(
    kind: str, pieces: Mapping[str, list[Array]], reasons: Mapping[str, str], shape: tuple[int, ...]
) -> Iterator[Series]:
    for name, parts in pieces.items():
        if name in reasons:
            yield Series(kind, name, None, reasons[name])
        else:
            whole = np.concatenate(parts)
            yield Series(kind, name, whole.reshape(shape + whole.shape[1:]))


def _silent(share: float) -> None:
    del share


def begin_to_warm() -> None:
    """Begin to compile, or to load, what the first picture needs."""
    for event in ready.values():
        event.clear()
    threading.Thread(target=warm, daemon=True).start()


def until_ready(state: State) -> None:
    """Wait while what a state needs is being compiled elsewhere, so that it is not compiled twice."""
    for kernel in {KERNEL_OF[kind] for kind in state.ensembles}:
        ready[kernel].wait()


def ready_part(state: State) -> State:
    """The state without the ensembles that are still being compiled; as it is, if that leaves none."""
    kinds = tuple(kind for kind in state.ensembles if ready[KERNEL_OF[kind]].is_set())
    exact = tuple(kind for kind in state.ensembles if KERNEL_OF[kind] == "sums")
    return state.but(ensembles=kinds or exact or state.ensembles)


def warm() -> None:
    """Compile what the first picture needs, exact sums and mean field in two processes, and load it."""
    try:
        _compile_apart()
    finally:
        for event in ready.values():
            event.set()
    every = State(ensembles=tuple(CLASSES))
    for part in PARTS:
        compute(part, every)


def _compile_apart() -> None:
    from quasispin.compiled import mean_field as bcs
    from quasispin.compiled import single_shell

    jobs = {"sums": (sums, single_shell.single_shell_sum), "mean-field": (mean_field, bcs.solve)}
    needed = {name: job for name, (job, kernel) in jobs.items() if not compilation.is_kept(kernel)}
    for name in jobs.keys() - needed.keys():
        ready[name].set()
    if len(needed) > 1 and all(compilation.may_be_kept(kernel) for _, kernel in jobs.values()):
        if compilation.is_watched():
            print(COMPILING, file=sys.stderr, flush=True)
        for name in compilation.compile_apart(needed):
            ready[name].set()


def sums() -> None:
    """Compile what the exact ensembles of one shell need."""
    compute("field", State(ensembles=("canonical",)))


def mean_field() -> None:
    """Compile the mean field of one shell."""
    compute("now", State(ensembles=("mean-field",)))
