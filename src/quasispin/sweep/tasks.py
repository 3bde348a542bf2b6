"""The work of a sweep in blocks: each a task that any process can do, and what comes back from it."""

from __future__ import annotations

import importlib.metadata
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.ensembles.base import Ensemble
from quasispin.errors import SolverError, UndefinedError
from quasispin.machine import allowed
from quasispin.observables import FILL, Observable, together
from quasispin.parallel import available, limited
from quasispin.sweep.grid import CHUNK, Grid
from quasispin.sweep.request import Request

MOST_SYSTEMS = 4096
"""In one task: its description stays small enough to be sent around."""
BYTES = (32 * 2.0**20, 256 * 2.0**20)
"""Of results in one task, at most: what a process returns, on machines with little and with much memory."""
MOST_ATTEMPTS = 256
"""Evaluations of the parts of one piece in which a solver fails; what is left then is NaN as a whole."""
FAILED = "not computed at"
"""How the reason of a point begins at which a solver failed."""
CORNER = 32
"""Temperatures and fields that show whether ratios repeat."""
LIBRARIES = ("quasispin", "numpy", "numba")
"""What the last bits of a result may depend on, besides the processor."""


@dataclass(frozen=True, eq=False)
class Task:
    """A block of a sweep: some systems in one ensemble, at some temperatures and fields."""

    number: int
    kind: type[Ensemble]
    options: Mapping[str, Any]
    """What the ensemble chose besides the system."""
    systems: tuple[Any, ...]
    """The members of the family in this block, the last list running fastest."""
    temperature: Array
    """Shape (t,)."""
    field: Array
    """Shape (f,)."""
    observables: tuple[Observable, ...]
    tails: Mapping[str, tuple[int, ...]]
    piece: tuple[int, int]
    """Temperatures and fields that are evaluated together."""

    @property
    def points(self) -> int:
        """Evaluations."""
        return len(self.systems) * len(self.temperature) * len(self.field)

    def pieces(self, system: Any) -> Iterator[Piece]:
        """The parts of its grid that are evaluated together.

        As the grid is cut, or where it changes no bit and many points have one ω/T, in the order of that.
        """
        heat, strength = np.broadcast_arrays(self.temperature[:, None], self.field)
        heat, strength = heat.ravel(), strength.ravel()
        for places in self._places(system):
            yield places, heat[places], strength[places]

    def _places(self, system: Any) -> Iterator[Places]:
        rows, columns = self.piece
        if self.kind.shares_weights(system) and _repeats(self.temperature, self.field):
            order = np.argsort(_ratios(self.temperature, self.field), axis=None, kind="stable")
            yield from (order[run] for run in _runs(order.size, rows * columns))
            return
        grid = np.arange(len(self.temperature) * len(self.field)).reshape(len(self.temperature), -1)
        for row in _runs(len(self.temperature), rows):
            yield from (grid[row, column].ravel() for column in _runs(len(self.field), columns))


Places = npt.NDArray[np.int64]
"""Where points stand in the flattened grid of a task, shape (p,)."""
Piece = tuple[Places, Array, Array]
"""Places, temperatures and fields of points that are evaluated together, each of shape (p,)."""


@dataclass(frozen=True)
class Reason:
    """Why a system has no such observable."""

    observable: str
    member: int
    """Place of the system in the block."""
    text: str


@dataclass(eq=False)
class Block:
    """What a task found."""

    number: int
    values: dict[str, Array]
    """By observable, shape (systems, t, f) and the observable's own axis; NaN where undefined."""
    reasons: list[Reason] = field(default_factory=list)
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of what computed it."""

    def put(self, member: int, where: Places, found: Found) -> None:
        """Store what was computed for some points, or why it could not be."""
        for observable, value in found.values.items():
            if isinstance(value, UndefinedError):
                self.reasons.append(Reason(observable.name, member, str(value.value)))
                continue
            if found.failure:
                self.reasons.append(Reason(observable.name, member, found.failure))
            target = self.values[observable.name][member]
            flat = target.reshape(target.shape[0] * target.shape[1], *target.shape[2:])  # the same memory
            flat[where] = _padded(observable, value, flat.shape[1:])


class Found(NamedTuple):
    """What an evaluation found."""

    values: Mapping[Observable, Array | UndefinedError]
    """By observable the values of all points, or why there are none."""
    failure: str = ""
    """The first of the points that could not be computed, which are NaN, and why not."""


def compute(task: Task, share: int | None = None, report: Callable[[int], None] | None = None) -> Block:
    """Do a task on `share` cores, by default on all; `report` hears of points as they are done."""
    start, shape = time.perf_counter(), (len(task.systems), len(task.temperature), len(task.field))
    block = Block(
        task.number,
        {name: np.full((*shape, *tail), np.nan) for name, tail in task.tails.items()},
        versions=versions(),
    )
    with limited(share):
        for member, system in enumerate(task.systems):
            for where, heat, strength in task.pieces(system):
                block.put(member, where, evaluate(task, system, heat, strength))
                if report is not None:
                    report(len(heat))
    block.reasons = list(dict.fromkeys(block.reasons))
    block.seconds = time.perf_counter() - start
    return block


def evaluate(task: Task, system: Any, temperature: Array, strength: Array) -> Found:
    """All observables of one of its systems at some points, or why there are none.

    Where a solver fails the points are halved until those are found at which it does: they are NaN.
    """
    try:
        return Found(_evaluated(task, system, temperature, strength))
    except SolverError:
        return _in_halves(task, system, temperature, strength)


def _evaluated(
    task: Task, system: Any, temperature: Array, strength: Array
) -> Mapping[Observable, Array | UndefinedError]:
    try:
        ensemble = task.kind(system=system, **task.options)
        return together(task.observables, ensemble, temperature, strength)
    except UndefinedError as error:  # this ensemble does not exist for this system at all
        return dict.fromkeys(task.observables, UndefinedError(str(error), str(error)))


def _in_halves(task: Task, system: Any, temperature: Array, strength: Array) -> Found:
    """Of points that cannot be computed together: in halves, again and again, as many as may be."""
    found: dict[Observable, Array | UndefinedError] = {
        one: np.full((len(temperature), *task.tails[one.name]), np.nan) for one in task.observables
    }
    failures: list[str] = []
    waiting, attempts = [slice(0, len(temperature))], 0
    while waiting:
        part = waiting.pop()
        attempts += 1
        try:
            values = _evaluated(task, system, temperature[part], strength[part])
        except SolverError as error:
            middle = (part.start + part.stop) // 2
            if middle > part.start and attempts < MOST_ATTEMPTS:
                waiting += [slice(middle, part.stop), slice(part.start, middle)]
            else:
                where = f"temperature {temperature[part.start]:g} and field {strength[part.start]:g}"
                failures.append(f"{FAILED} {where}: {str(error).rstrip('.')}")
            continue
        for one, value in values.items():
            _fill_in(found, one, value, part)
    return Found(found, failures[0] if failures else "")


def _fill_in(
    found: dict[Observable, Array | UndefinedError],
    observable: Observable,
    value: Array | UndefinedError,
    part: slice,
) -> None:
    target = found[observable]
    if isinstance(value, UndefinedError):
        found[observable] = value
    elif not isinstance(target, UndefinedError):
        target[part] = _padded(observable, value, target.shape[1:])


def _padded(observable: Observable, values: Array, tail: tuple[int, ...]) -> Array:
    """With its own axis as long as that of the largest system."""
    if not tail or values.shape[-1] == tail[0]:
        return values
    assert observable.axis is not None
    found = np.full((*values.shape[:-1], *tail), FILL[observable.axis])
    found[..., : values.shape[-1]] = values
    return found


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Versions of what decides the last bits, by name."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}


@dataclass(frozen=True, eq=False)
class Blocks(Sequence[Task]):
    """A sweep cut into blocks of one shape (those at the ends are smaller); each is one task.

    Parameters
    ----------
    request
        What is swept.
    lengths
        Of a block along every axis of `request.shape`; 1 along the ensembles.
    """

    request: Request
    lengths: tuple[int, ...]

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Blocks along each axis."""
        return tuple(-(-n // b) for n, b in zip(self.request.shape, self.lengths, strict=True))

    def __len__(self) -> int:
        return math.prod(self.counts)

    def place(self, number: int) -> tuple[slice, ...]:
        """Where a block stands along each axis."""
        corner = [int(i) for i in np.unravel_index(number, self.counts)]
        edges = zip(corner, self.lengths, self.request.shape, strict=True)
        return tuple(slice(i * b, min((i + 1) * b, n)) for i, b, n in edges)

    def members(self, number: int) -> list[int]:
        """Places in the family of the systems of a block, the last list running fastest."""
        family = self.place(number)[1:-2]
        if not family:
            return [0]
        sizes = self.request.shape[1:-2]
        places = itertools.product(*(range(part.start, part.stop) for part in family))
        strides = [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]
        return [sum(i * step for i, step in zip(place, strides, strict=True)) for place in places]

    def shape(self, number: int) -> tuple[int, ...]:
        """Lengths of a block along each axis."""
        return tuple(part.stop - part.start for part in self.place(number))

    def points(self, number: int) -> int:
        """Evaluations in a block."""
        return math.prod(self.shape(number))

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < len(self):
            raise IndexError(number)
        request, place = self.request, self.place(number)
        row = place[0].start
        ensemble = list(request.names.values())[row]
        first = row * request.members
        systems = tuple(request.cells[first + member].system for member in self.members(number))
        chosen = {name: getattr(ensemble, name) for name in ensemble.options_of()}
        heat, strength = request.grid.temperature[place[-2]], request.grid.field[place[-1]]
        return Task(
            number,
            type(ensemble),
            chosen,
            systems,
            heat,
            strength,
            request.observables,
            request.tails,
            piece_of(request.grid),
        )


def most_bytes() -> float:
    """Of results in one task on this machine: with the tasks of all cores done at once half may be full."""
    low, high = BYTES
    return min(high, max(low, allowed() / (16 * available())))


def cut(request: Request, points: float, systems: float) -> Blocks:
    """Blocks of about so many points of one system, or of so many whole systems, as memory allows.

    The fastest axes are filled first: the field, then the temperature, then the last list of the family.
    A block holds whole pieces (`piece_of`).
    """
    fitting, piece = most_bytes() / request.point_bytes, piece_of(request.grid)
    pieces = [-(-n // p) for n, p in zip(request.grid.shape, piece, strict=True)]
    counts = fill(pieces, min(points, fitting) / math.prod(piece))
    grid = tuple(min(n, k * p) for n, k, p in zip(request.grid.shape, counts, piece, strict=True))
    is_whole = grid == request.grid.shape
    count = min(systems, MOST_SYSTEMS, fitting / request.grid.size) if is_whole else 1
    return Blocks(request, (1, *fill(request.shape[1:-2], count), *grid))


def piece_of(grid: Grid) -> tuple[int, int]:
    """Temperatures and fields that are evaluated together, by the grid alone and so the same in every run.

    A sum that leaves out states does so for all points of a piece, and where solvers and matrix products
    take several points at once the last bits may depend on them: equal pieces give equal bits, however
    they are put together to tasks.
    """
    rows, columns = fill(grid.shape, CHUNK)
    return rows, columns


def fill(shape: Sequence[int], most: float) -> tuple[int, ...]:
    """Lengths of a box of at most `most` entries (at least one) that fills the last axes first.

    Along the axis that is cut the pieces are of nearly equal length.

    Examples
    --------
    >>> fill((5, 10, 100), 250)
    (1, 2, 100)
    >>> fill((5, 10, 100), 99)
    (1, 1, 50)
    """
    left, lengths = max(1.0, most), list[int]()
    for n in reversed(shape):
        pieces = math.ceil(n / int(min(left, n)))
        lengths.append(-(-n // pieces))
        left = left / n if pieces == 1 else 1.0
        left = max(1.0, left)
    return tuple(reversed(lengths))


def _ratios(temperature: Array, field: Array) -> Array:
    """|ω|/T on the grid."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios: Array = np.abs(field) / temperature[:, None]
    return ratios


def _repeats(temperature: Array, field: Array) -> bool:
    """Whether most of ω/T come again, seen in a corner of the grid: geometric axes do that."""
    with np.errstate(over="ignore"):  # what is infinite counts as one ratio
        corner = _ratios(temperature[:CORNER], field[:CORNER]).astype(np.float32)
    return 2 * np.unique(corner).size < corner.size


def _runs(count: int, length: int) -> Iterator[slice]:
    for start in range(0, count, length):
        yield slice(start, min(start + length, count))
