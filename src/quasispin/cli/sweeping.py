"""`quasispin sweep`: a plan, a bar or lines of JSON, workers, and what is kept when it is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quasispin.cli.terminal import dumped

if TYPE_CHECKING:
    import xarray as xr
    from rich.progress import Progress, TaskID

    from quasispin.sweep.plan import Plan
    from quasispin.sweep.run import State

SCHEMA = "quasispin.sweep/1"
INTERVAL = 0.5
"""Seconds between two lines of JSON about the progress, at least."""
INTERRUPTED = 130

Tell = Callable[["State"], None]


def sweep(
    run: Path,
    output: Path,
    *,
    workers: int | None,
    dask: str | None,
    show_plan: bool,
    is_dry: bool,
    show_bar: bool,
    as_json: bool,
) -> int:
    """Compute what a run file asks for; the exit code."""
    from quasispin.sweep.dataset import UNCHECKED
    from quasispin.sweep.interruptions import as_interruption
    from quasispin.sweep.run import carry_out, checked_store, failures, notes

    target = checked_store(output, "output")
    asked = _asked(run)
    if show_plan or is_dry:
        click.echo(str(asked), err=True)
    if as_json:
        _line("plan", **_planned(asked))
    if is_dry:
        return 0
    try:
        with as_interruption(), _executor(workers, dask) as executor, _teller(show_bar, as_json) as tell:
            data = carry_out(asked, executor=executor, store=target, tell=tell, note=_note)
    except KeyboardInterrupt:
        with suppress(OSError):  # the terminal may be gone, which is why
            click.echo(_interrupted(target), err=True)
        return INTERRUPTED
    failed = failures(data)
    for note in notes(failed):
        _note(note)
    if UNCHECKED in data.attrs:
        _note(f"{data.attrs[UNCHECKED]}.")
    if as_json:
        names = [str(name) for name in data.data_vars]
        _line("done", output=str(output), variables=names, dimensions=_sizes(data), failures=failed)
    else:
        sizes = ", ".join(f"{name} {size}" for name, size in data.sizes.items())
        click.echo(f"{output}: {', '.join(map(str, data.data_vars))} ({sizes})")
    return 0


def _note(text: str) -> None:
    click.echo(f"Note: {text}", err=True)


def _asked(run: Path) -> Plan:
    from quasispin.cli import runfile
    from quasispin.sweep.plan import plan

    asked = runfile.read(run)
    for note in asked.notes:
        click.echo(f"Note: {note}.", err=True)
    return plan(
        *asked.ensembles,
        temperature=asked.temperature,
        field=asked.field,
        observables=asked.observables,
        label=asked.label,
        energy_unit=asked.energy_unit,
    )


@contextmanager
def _executor(workers: int | None, dask: str | None) -> Iterator[object]:
    if dask is not None:
        from quasispin.sweep.distributed import connected

        with connected(dask) as client:
            yield client
    elif workers is not None:
        from quasispin.sweep.processes import processes

        with processes(workers) as pool:
            yield pool
    else:
        yield None


def _interrupted(target: Path) -> str:
    from quasispin.errors import FileError
    from quasispin.sweep.archive import tasks_done
    from quasispin.sweep.run import journaled

    where = journaled(target)
    try:
        done, total = tasks_done(where)
    except FileError:
        return "Interrupted."
    return f"Interrupted: {done} of {total} tasks are kept in {where}; the same command goes on from there."


# -- telling how far it is -------------------------------------------------------------------------------


@contextmanager
def _teller(show_bar: bool, as_json: bool) -> Iterator[Tell | None]:
    if as_json:
        yield _Lines()
    elif show_bar:
        with _bar() as progress:
            yield _Bar(progress)
    else:
        yield None


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("sweep"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


class _Bar:
    """The state on a bar: points, points a second, tasks of an earlier run."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.pace = progress, _Pace()
        self.task: TaskID | None = None

    def __call__(self, state: State) -> None:
        words = f"{_grouped(state.done)} of {_grouped(state.points)} points"
        if rate := self.pace.rate(state):
            words += f", {_grouped(rate)} a second"
        if state.tasks_resumed:
            words += f", {state.tasks_resumed} of {state.tasks} tasks from before"
        if self.task is None:
            self.task = self.progress.add_task("sweep", completed=state.done, total=state.points, words=words)
        else:
            self.progress.update(self.task, completed=state.done, words=words)


class _Lines:
    """The state as lines of JSON on standard output, the first, the last and two a second between."""

    def __init__(self) -> None:
        self.pace, self.last = _Pace(), float("-inf")

    def __call__(self, state: State) -> None:
        now = time.monotonic()
        if not state.is_last and now - self.last < INTERVAL:
            return
        self.last, rate = now, self.pace.rate(state)
        _line(
            "progress",
            points_done=state.done,
            points=state.points,
            points_kept=state.kept,
            points_resumed=state.resumed,
            tasks_done=state.tasks_done,
            tasks=state.tasks,
            tasks_resumed=state.tasks_resumed,
            points_per_second=rate,
            seconds_left=(state.points - state.done) / rate if rate else None,
        )


class _Pace:
    """Points a second since the first call; what an earlier run has done does not count."""

    def __init__(self) -> None:
        self.start: tuple[float, int] | None = None

    def rate(self, state: State) -> float | None:
        """None while there is nothing to measure."""
        now = time.monotonic()
        if self.start is None:
            self.start = (now, state.done)
        since, done = now - self.start[0], state.done - self.start[1]
        return done / since if done and since > 0 else None


def _grouped(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def _planned(asked: Plan) -> Mapping[str, Any]:
    return {
        "dimensions": asked.dimensions,
        "points": asked.points,
        "systems": asked.systems,
        "seconds": asked.seconds,
        "core_seconds": asked.core_seconds,
        "writing_seconds": asked.writing_seconds,
        "bytes": asked.bytes,
        "working_bytes": asked.working_bytes,
    }


def _sizes(data: xr.Dataset) -> dict[str, int]:
    return {str(name): size for name, size in data.sizes.items()}


def _line(event: str, **content: Any) -> None:
    head = {"schema": SCHEMA, "version": version("quasispin"), "event": event}
    click.echo(dumped(head | content))
