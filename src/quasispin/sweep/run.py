"""Observables of ensembles on a grid of temperatures and fields."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import numpy.typing as npt

from quasispin.ensembles.base import Ensemble
from quasispin.errors import FileError, QuasispinError, is_out_of_memory, out_of_memory, shown
from quasispin.observables import Observable, gap
from quasispin.sweep import litter
from quasispin.sweep.dataset import Results
from quasispin.sweep.execute import run, workers_of
from quasispin.sweep.plan import Plan, Progress, plan
from quasispin.sweep.store import followed
from quasispin.sweep.tasks import FAILED, Block, Blocks, cut

if TYPE_CHECKING:
    import concurrent.futures

    import distributed
    import xarray as xr

    from quasispin.sweep.archive import Archive
    from quasispin.sweep.execute import Workers

STORES = (".nc", ".zarr")
PARTIAL = ".partial.zarr"
"""What is added to the name of a netCDF file for the store beside it, until all is there."""
SHORT = 2.0
"""Seconds; a netCDF file of a sweep that takes less is computed in memory and written at the end."""


def sweep(
    *ensembles: Ensemble,
    temperature: npt.ArrayLike,
    field: npt.ArrayLike = 0.0,
    observables: Observable | Sequence[Observable] = (gap,),
    label: str | Sequence[str] | None = None,
    energy_unit: str | None = None,
    executor: concurrent.futures.Executor | distributed.Client | None = None,
    store: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Observables of one or several ensembles on a grid, as a labelled xarray Dataset.

    Parameters
    ----------
    *ensembles
        Such as `Canonical(system), MeanField(system)`. They may hold different systems, or all a `Family`
        with the same lists, which become dimensions of their own.
    temperature
        k_BT ≥ 0 as an energy: a list becomes the dimension ``temperature``, a number a scalar coordinate.
    field
        μ_BB as an energy: likewise.
    observables
        What to measure, from `quasispin.observables`; each becomes a variable.
    label
        Names of the ensembles along the dimension ``ensemble``; else made from what tells them apart.
    energy_unit
        How the unit of all energies is called, such as "meV"; kept in the attributes for labels, and for
        kelvin and tesla (`quasispin.sweep.laboratory`).
    executor
        Who computes: a `concurrent.futures` executor or a `distributed.Client`; by default this process,
        on all cores. The result has the same bits.
    store
        A name ending in ``.zarr`` or ``.nc``: finished tasks are written there at once, and a sweep
        that finds some of its own there goes on from them, or takes all if nothing is missing. The
        netCDF file appears at the end.
    progress
        Called with the points done and all points, every few thousand points or with every task.

    Returns
    -------
    xarray.Dataset
        Dimensions ``ensemble``, those of the family, ``temperature``, ``field``, and ``seniority`` or
        ``shell`` for the observables that have them. Where an ensemble lacks an observable it is NaN and
        the variable's attribute ``undefined`` says why; P(ν) beyond a shell's last ν is 0. The
        attributes of the dataset say how it was made, down to versions and systems. A point at which a
        solver failed is NaN too: a RuntimeWarning and the attribute ``undefined`` say where and why.

        Where an ensemble leaves states out (`accuracy=`), ``free_energy_bound`` and the like say how much
        the free energy, energy, heat capacity and susceptibility may miss at most, and apart from that
        ``free_energy_estimate`` and the like what is only estimated (0 unless blocks are too large to be
        diagonalised). ``left_out`` and ``left_out_estimate`` are the same for the statistical sum,
        ``lowest_electrons`` and ``highest_electrons`` the numbers summed where they vary. With a mean
        field of several shells ``uncertified`` says by how much F may lie above the global minimum at most.

        From a ``.zarr`` store values are read when they are used.

    Raises
    ------
    InputError
        If an argument is not what it should be; the message names it.
    SizeError
        If the result would not fit into a sensible amount of memory, before anything is computed.
    FileError
        If `store` holds another sweep (the message says what differs), is in use, or cannot be written.
        What in it is damaged is computed again, with a RuntimeWarning that names it.
    SolverError
        If a worker of `executor` is lost. What is in `store` is kept.
    """
    asked = plan(
        *ensembles,
        temperature=temperature,
        field=field,
        observables=observables,
        label=label,
        energy_unit=energy_unit,
    )
    return asked.run(executor=executor, store=store, progress=progress)


@dataclass(frozen=True)
class State:
    """How far a sweep is."""

    done: int
    """Points that are computed, those of an earlier run included."""
    points: int
    """All points."""
    resumed: int = 0
    """Points of an earlier run."""
    tasks_done: int = 0
    tasks: int = 0
    tasks_resumed: int = 0
    kept: int = 0
    """Points of tasks that are finished: of those done what an interruption leaves."""

    @property
    def is_last(self) -> bool:
        """Whether nothing is missing."""
        return self.kept == self.points


Tell = Callable[[State], None]
Note = Callable[[str], None]
"""Called with a sentence about what was found damaged, and is computed again."""


def carry_out(
    asked: Plan,
    *,
    executor: object = None,
    store: str | os.PathLike[str] | None = None,
    tell: Tell | None = None,
    note: Note | None = None,
) -> xr.Dataset:
    """Compute a plan; `tell` hears how far it is, `note` what was found damaged."""
    workers, say = workers_of(executor), note or _unheard
    try:
        if store is None:
            return _in_memory(asked, workers, tell or _silent)
        target = checked_store(store)
        for place in (target, journaled(target)):
            litter.clean(place)
        way = _to_zarr if target.suffix == ".zarr" else _to_netcdf
        return way(asked, workers, target, tell or _silent, say)
    except (MemoryError, OSError, RuntimeError, ImportError) as error:
        if isinstance(error, QuasispinError) or not is_out_of_memory(error):
            raise
        raise out_of_memory(error) from error


def failures(data: xr.Dataset) -> dict[str, str]:
    """Of each variable the first points at which a solver failed, in every system; empty where none did."""
    reasons = {str(name): str(one.attrs.get("undefined", "")) for name, one in data.data_vars.items()}
    return {name: text for name, text in reasons.items() if FAILED in text}


def notes(found: Mapping[str, str]) -> list[str]:
    """These failures in sentences, one for all variables that have the same."""
    names: dict[str, list[str]] = {}
    for name, text in found.items():
        names.setdefault(text, []).append(name)
    return [f"NaN at some points of {', '.join(listed)}: {text}." for text, listed in names.items()]


def checked_store(store: str | os.PathLike[str], name: str = "store") -> Path:
    """The argument of that name as a Path that can be a store."""
    try:
        target = Path(store)
    except TypeError:
        raise FileError(f"`{name}` must be a path, but is {shown(store)}.", store) from None
    if target.suffix not in STORES:
        raise FileError(f"`{name}` must end in {' or '.join(STORES)}, but is {shown(str(store))}.", store)
    if not target.parent.is_dir():
        raise FileError(f"`{target}` cannot be written: there is no folder {target.parent}.", store)
    final = followed(target)
    if final.suffix != target.suffix or not final.parent.is_dir():
        what = "has another ending" if final.parent.is_dir() else "is in no folder"
        raise FileError(f"`{target}` is a symbolic link to {final}, which {what}.", store)
    if final.exists() and not (final.is_file() or final.is_dir()):
        raise FileError(f"`{target}` is there, and neither a file nor a folder.", store)
    return final


def journaled(target: Path) -> Path:
    """Where the finished tasks of a sweep to `target` are: the store itself, or one beside a netCDF file."""
    return target if target.suffix == ".zarr" else target.with_name(target.name + PARTIAL)


def _in_memory(asked: Plan, workers: Workers | None, tell: Tell) -> xr.Dataset:
    asked.check_memory()
    # without workers the tasks need no measure: each ensemble is one, as far as memory allows
    blocks = cut(asked.request, inf, inf) if workers is None else asked.blocks(workers.share)
    results = Results.empty(asked.request)
    _Count(blocks, tell).run(range(len(blocks)), workers, lambda block: results.put(blocks, block))
    return results.dataset()


def _to_zarr(asked: Plan, workers: Workers | None, target: Path, tell: Tell, note: Note) -> xr.Dataset:
    from quasispin.sweep import archive

    _fill_store(asked, workers, target, tell, note)
    return archive.load(target, lazily=True, is_sound=True)


def _fill_store(asked: Plan, workers: Workers | None, target: Path, tell: Tell, note: Note) -> None:
    from quasispin.sweep import archive

    share = None if workers is None else workers.share
    with archive.opened(target, asked.request, lambda: asked.blocks(share), note) as store:
        _fill(store, workers, tell)


def _to_netcdf(asked: Plan, workers: Workers | None, target: Path, tell: Tell, note: Note) -> xr.Dataset:
    from quasispin.sweep import archive, differences, store

    partial = journaled(target)
    if target.exists() and not _is_empty(target):
        if not (damage := store.check_made(target, asked.request)):
            tell(_all_there(asked))
            archive.tidy(partial, asked.request)
            return store.read(target)
        note(f"{damage}.")
    asked.check_memory()
    if workers is None and not partial.exists() and asked.seconds < SHORT:
        data = _in_memory(asked, None, tell)
        store.write(data, target, differences.head(asked.request))
        return data
    _fill_store(asked, workers, partial, tell, note)
    data = archive.load(partial, is_sound=True)
    store.write(data, target, differences.head(asked.request))
    archive.remove(partial)
    return data


def _is_empty(target: Path) -> bool:
    """Whether it is a file without content, as programs make that reserve a name."""
    return target.is_file() and target.stat().st_size == 0


def _all_there(asked: Plan) -> State:
    """Of a finished file: it counts as one task of an earlier run."""
    return State(asked.points, asked.points, asked.points, 1, 1, 1, asked.points)


def _fill(store: Archive, workers: Workers | None, tell: Tell) -> None:
    missing = store.missing()
    try:
        _Count(store.blocks, tell, missing).run(missing, workers, store.put)
        store.finish()
    except QuasispinError as error:
        if not store.is_held():  # it was removed
            raise
        kept = f"{store.done} of {len(store.blocks)} tasks are kept in {store.path}"
        raise type(error)(f"{error} {kept}: the same sweep goes on from there.", error.value) from error


class _Count:
    """Counts the points and tasks of a run, and tells."""

    def __init__(self, blocks: Blocks, tell: Tell, missing: Sequence[int] | None = None) -> None:
        self.blocks, self.tell = blocks, tell
        points, tasks = blocks.request.points, len(blocks)
        resumed, known = 0, 0
        if missing is not None:
            resumed, known = points - sum(map(blocks.points, missing)), tasks - len(missing)
        self.state = State(resumed, points, resumed, known, tasks, known, resumed)

    def run(self, wanted: Sequence[int], workers: Workers | None, put: Callable[[Block], None]) -> None:
        """Do these tasks."""

        def receive(block: Block) -> None:
            put(block)
            kept = self.state.kept + self.blocks.points(block.number)
            done = max(kept, self.state.done)
            self.state = replace(self.state, tasks_done=self.state.tasks_done + 1, kept=kept, done=done)
            self.tell(self.state)

        def report(points: int) -> None:
            self.state = replace(self.state, done=self.state.done + points)
            self.tell(self.state)

        self.tell(self.state)
        run(self.blocks, wanted, workers, receive, report)


def _silent(state: State) -> None:
    del state


def _unheard(text: str) -> None:
    del text
