"""What a sweep will take, before it is run: points, tasks, time and memory."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.ensembles.base import Ensemble
from quasispin.errors import InputError, UndefinedError, check_memory, integer, shown
from quasispin.machine import size_in_words, time_in_words
from quasispin.observables import Observable, gap, working_bytes
from quasispin.parallel import cores
from quasispin.spectrum.counting import Estimate
from quasispin.sweep.grid import CHUNK, Grid
from quasispin.sweep.request import Cell, Request
from quasispin.sweep.tasks import Blocks, Task, cut, evaluate, fill, most_bytes
from quasispin.system.system import System

if TYPE_CHECKING:
    import concurrent.futures

    import distributed
    import xarray as xr

    from quasispin.sweep.run import State

Progress = Callable[[int, int], None]
"""Called with the number of points done and of all points."""
TASK_SECONDS = 1.5
"""Wanted for a task by measurement, so that hardly one takes less than a second."""
DEAREST = 60.0
"""How many times longer a task of the dearest ensemble may take than that."""
SOLVING = 4.0
"""A task does the points of a system for so many times as long as the system took to be solved."""
PATIENCE = 2.0
"""Seconds; a system that takes longer to be solved is not tried but estimated, one whose trial took longer
is the last."""
TUPLE_SECONDS = 1e-8
"""Core time of a point for each seniority tuple, where it is not measured: see docs/speed.md, many shells."""
SAMPLES = (16, 256, CHUNK)
"""Points of a trial: of the first one, and of the next ones as long as they are quick."""
LEAST_ROWS = 4
"""Temperatures of a trial, if there are so many."""
ENOUGH = 0.02
"""Seconds; what took that long is measured well enough."""
WRITING = 1e8
"""Bytes a second that the one who writes a store compresses, sums up and flushes."""


class Cost(NamedTuple):
    """Measured core time of one system in one ensemble."""

    system: float
    """Seconds that it takes once, before its first point."""
    point: float
    """Seconds for one temperature and field."""


MOST_CORES = 1_000_000
"""No cluster has more."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A sweep that has not been run: ask what it takes, print it, then `run` it.

    Examples
    --------
    >>> import quasispin as qs
    >>> grain = qs.System.single_shell(qs.Shell.orbital(5), electrons=10, gap_scale=1.0)
    >>> plan = qs.plan(qs.Canonical(grain), temperature=[0.1, 0.2], field=[0.0, 0.1, 0.2])
    >>> plan.points, plan.systems, plan.dimensions
    (6, 1, {'ensemble': 1, 'temperature': 2, 'field': 3})
    >>> plan.run().sizes["field"]
    3
    """

    request: Request

    def __post_init__(self) -> None:
        if not isinstance(self.request, Request):
            raise InputError(
                f"`request` must be what `plan` makes, but is {shown(self.request)}.", self.request
            )

    # -- size, known at once ---------------------------------------------------------------------

    @property
    def dimensions(self) -> dict[str, int]:
        """Lengths of the dimensions of the result."""
        lengths = dict(zip(self.request.dims, self.request.shape, strict=True))
        return {name: n for name, n in lengths.items() if name not in self.request.grid.scalars}

    @property
    def points(self) -> int:
        """Evaluations, over all ensembles."""
        return self.request.points

    @property
    def systems(self) -> int:
        """Systems in the family times ensembles."""
        return len(self.request.cells)

    @property
    def bytes(self) -> float:
        """Size of the result in memory."""
        return self.request.point_bytes * self.points

    @property
    def working_bytes(self) -> float:
        """Memory at work in each process, besides the levels of systems with several shells."""
        points = min(CHUNK, self.request.grid.size)
        largest = max(working_bytes(one, points) for one in self.request.names.values())
        return largest + min(most_bytes(), self.bytes)

    # -- time, measured on first use -------------------------------------------------------------

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """Of each ensemble, averaged over its systems, from a trial of a few points of at most three."""
        return tuple(_measured(self.request, cells) for cells in self._by_ensemble())

    @property
    def core_seconds(self) -> float:
        """Estimated time on one core."""
        grid, members = self.request.grid.size, self.request.members
        return sum(members * (cost.system + grid * cost.point) for cost in self.costs)

    @property
    def seconds(self) -> float:
        """Estimated time on all cores of this machine."""
        return self.core_seconds / cores()

    @property
    def writing_seconds(self) -> float:
        """Estimated time of writing the result to a store, which one process does."""
        return self.bytes / WRITING

    def blocks(self, share: int | None = None) -> Blocks:
        """The sweep cut into tasks of at least a second on `share` cores each, by default on all."""
        number = cores() if share is None else integer("share", share, low=1, high=MOST_CORES)
        goal, grid = TASK_SECONDS * number, self.request.grid.size
        points = [max(goal, SOLVING * cost.system) / max(cost.point, 1e-9) for cost in self.costs]
        systems = [goal / max(cost.system + grid * cost.point, 1e-9) for cost in self.costs]
        return cut(self.request, _between(points), _between(systems))

    def run(
        self,
        *,
        executor: concurrent.futures.Executor | distributed.Client | None = None,
        store: str | os.PathLike[str] | None = None,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Compute it; arguments, result and errors are those of `sweep`."""
        from quasispin.sweep.run import carry_out, failures, notes

        if progress is not None and not callable(progress):
            raise InputError(f"`progress` must be callable, but is {shown(progress)}.", progress)
        told = None if progress is None else _whenever_more_is_done(progress)
        found: list[str] = []
        data = carry_out(self, executor=executor, store=store, tell=told, note=found.append)
        for note in [*found, *notes(failures(data))]:
            warnings.warn(note, RuntimeWarning, stacklevel=2)
        return data

    def check_memory(self) -> None:
        """Refuse a result that does not fit into memory."""
        check_memory(
            "This sweep",
            2 * self.bytes + self.working_bytes,
            instead="with `store` it is written to disk as it is computed",
        )

    def __str__(self) -> str:
        """A small page, with the time measured."""
        request, tasks = self.request, self.blocks()
        dims = ", ".join(f"{name} {n}" for name, n in self.dimensions.items())
        names = ", ".join(one.name for one in request.observables)
        lines = {
            "sweep": dims,
            "points": f"{_grouped(self.points)} of {_grouped(self.systems)} systems, for {names}",
            "time": f"{time_in_words(self.seconds)} on {cores()} cores"
            f" ({_seconds(self.core_seconds)} of core time, from a trial of a few points)",
            "tasks": f"{_grouped(len(tasks))} of up to {_grouped(tasks.points(0))} points",
            "memory": f"{_amount(self.bytes)} for the result,"
            f" {_amount(self.working_bytes)} at work in each process",
            "disk": f"{time_in_words(self.writing_seconds)} to write the result, if it is stored",
        }
        return "\n".join(f"{name:8s}{line}" for name, line in lines.items())

    def __repr__(self) -> str:
        dims = ", ".join(f"{name} {n}" for name, n in self.dimensions.items())
        return f"<Plan of {_grouped(self.points)} points: {dims}>"

    def _by_ensemble(self) -> list[Sequence[Cell]]:
        cells, members = self.request.cells, self.request.members
        return [cells[start : start + members] for start in range(0, len(cells), members)]


def plan(
    *ensembles: Ensemble,
    temperature: npt.ArrayLike,
    field: npt.ArrayLike = 0.0,
    observables: Observable | Sequence[Observable] = (gap,),
    label: str | Sequence[str] | None = None,
    energy_unit: str | None = None,
) -> Plan:
    """A sweep to be looked at before it is run; arguments and errors are those of `sweep`."""
    return Plan(Request.of(ensembles, temperature, field, observables, label, energy_unit))


def _whenever_more_is_done(progress: Progress) -> Callable[[State], None]:
    last: list[int] = []

    def tell(state: State) -> None:
        if last[-1:] != [state.done]:
            last[:] = [state.done]
            progress(state.done, state.points)

    return tell


# -- the trial -----------------------------------------------------------------------------------------


def _measured(request: Request, cells: Sequence[Cell]) -> Cost:
    """Mean cost of these systems, from the smallest, the middle and the largest as long as they are quick."""
    ordered = sorted(cells, key=_size)
    places = sorted({0, len(ordered) // 2, len(ordered) - 1})
    if _spectrum(request, ordered[0]).seconds < PATIENCE:
        _trial(request, ordered[0], 1)  # compiles what is not compiled yet
    found: list[Cost] = []
    for place in places:
        start = time.perf_counter()
        found.append(_cost(request, ordered[place]))
        if time.perf_counter() - start > PATIENCE:
            break
    weights = [1.0, 2.0, 1.0] if len(found) == 3 else [1.0] * len(found)
    return Cost(*(float(value) for value in np.average(found, axis=0, weights=weights)))


def _cost(request: Request, cell: Cell) -> Cost:
    spectrum = _spectrum(request, cell)
    solving = spectrum.seconds * cores()
    if spectrum.seconds > PATIENCE:
        return Cost(solving, TUPLE_SECONDS * spectrum.tuples)
    once, _ = _trial(request, cell, 1)
    for count in SAMPLES:
        spent, points = _trial(request, cell, count)
        if spent > ENOUGH or points == request.grid.size:
            break
    point = spent / points
    return Cost(max(solving, once - point), point)


def _spectrum(request: Request, cell: Cell) -> Estimate:
    """What its levels take, by counting; nothing where they have a closed form."""
    if isinstance(cell.system, System):
        with suppress(UndefinedError):
            return cell.ensemble.of(cell.system).estimate(*_dearest(request.grid))
    return Estimate(0.0, 0.0, 0, 0)


def _dearest(grid: Grid) -> tuple[float, Array]:
    """Where most levels matter, if not all do: the highest temperature, and some of the fields."""
    return float(grid.temperature.max()), np.unique(np.quantile(grid.field, [0.0, 0.5, 1.0]))


def _trial(request: Request, cell: Cell, count: int) -> tuple[float, int]:
    """Processor time of about so many points, and their number; threads of this process do not hide it."""
    task = _sample(request, cell, count)
    start = time.process_time()
    for _, heat, strength in task.pieces(cell.system):
        evaluate(task, cell.system, heat, strength)
    return time.process_time() - start, task.points


def _sample(request: Request, cell: Cell, count: int) -> Task:
    """A grid spread over the grid: what points share by lying in rows and columns is shared here too."""
    grid = request.grid
    rows = min(len(grid.temperature), count, max(LEAST_ROWS, count // len(grid.field)))
    columns = min(len(grid.field), max(1, count // rows))
    long, wide = fill((rows, columns), CHUNK)
    single = Blocks(request, (1,) * len(request.shape))
    task: Task = single[(cell.row * request.members + cell.member) * grid.size]
    return replace(
        task,
        temperature=_spread(grid.temperature, rows),
        field=_spread(grid.field, columns),
        piece=(long, wide),
    )


def _spread(values: Array, count: int) -> Array:
    return values[np.linspace(0, len(values) - 1, count).astype(np.int64)]


def _size(cell: Cell) -> Any:
    return cell.system.pair_degeneracy, len(cell.system.shells)


def _between(wanted: Sequence[float]) -> float:
    """As many as the cheapest needs, unless the dearest would take too long then."""
    return min(max(wanted), DEAREST * min(wanted))


def _amount(size: float) -> str:
    return size_in_words(size) if size >= 2**20 else f"{size / 2**10:.3g} KiB"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _seconds(value: float) -> str:
    return f"{value:.2g} s" if value < 99.5 else time_in_words(value)
