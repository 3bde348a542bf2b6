"""Recompute the paper: its figures with their data, and a verdict on every claim.

What two runs have in common: every byte of the PDF, PNG, CSV, Markdown and JSON files, and in the NetCDF
files everything but the global attribute `created`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import xarray as xr
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from quasispin.errors import FileError
from quasispin.paper.claim import Claim, Result, examine
from quasispin.paper.claims import CLAIMS
from quasispin.paper.data import FIGURES, FULL, Resolution
from quasispin.paper.errata import ERRATA
from quasispin.paper.files import check_takes_files, write_csv, write_netcdf, write_text, write_whole
from quasispin.paper.report import TITLE, as_markdown, print_table
from quasispin.paper.report import as_json as json_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INTERRUPTED = 130
FAILED = 1
WIDE = 120
"""Columns of the table where nothing says how wide the page is."""

Announce = Callable[[str], None]


def _draw(name: str, data: xr.Dataset) -> Figure:
    from quasispin.paper.drawing import draw

    return draw(name, data)


class Study(NamedTuple):
    """A set of figures and of claims about them."""

    stem: str
    """Name of the files with the verdicts."""
    title: str
    """How the page with the verdicts begins, in Markdown."""
    figures: Mapping[str, Callable[[Any], xr.Dataset]]
    """Stem of the files → what computes the data for a resolution."""
    draw: Callable[[str, xr.Dataset], Figure]
    """Draws one of the figures."""


PAPER = Study("claims", TITLE, FIGURES, _draw)


def reproduce(
    out: Path,
    *,
    as_json: bool = False,
    progress: bool | None = None,
    resolution: Resolution = FULL,
    figures: Sequence[str] = tuple(FIGURES),
    claims: Sequence[Claim] = CLAIMS + ERRATA,
    study: Study = PAPER,
) -> int:
    """Write every figure (PDF, PNG, NetCDF, CSV) and the verdicts (Markdown, JSON) into `out`.

    Parameters
    ----------
    out
        Directory, made if missing. Every file appears whole or not at all, as soon as it is computed.
    as_json
        Print the JSON of the verdicts to stdout instead of the table; docs/json-schemas.md has its schema.
    progress
        Whether to draw a progress bar on stderr; None: if it is a terminal, else a line for each task.
    resolution
        Points per curve and map; the claims have grids of their own.
    figures, claims
        What to do; all by default.
    study
        Where the figures come from, and how the files with the verdicts are called.

    Returns
    -------
    int
        0 if everything was computed, whatever the verdicts (they are results); 1 if something could not be
        computed; 130 after Ctrl-C.

    Raises
    ------
    FileError
        If `out` cannot be written to, at the first file: those that are there already are whole.
    """
    _prepare(out)
    errors = Console(stderr=True)
    with _bar(len(figures) + len(claims), progress) as announce:
        work = _Work(out, resolution, announce, errors, study)
        try:
            for name in figures:
                work.figure(name)
            for claim in claims:
                work.claim(claim)
            work.report()
        except KeyboardInterrupt:
            errors.print(
                f"Interrupted. The {len(work.files)} files already in {out} are whole.", highlight=False
            )
            return INTERRUPTED
    _show(work, as_json)
    return FAILED if work.failures else 0


class _Work:
    """What has been done so far."""

    def __init__(
        self, out: Path, resolution: Resolution, announce: Announce, errors: Console, study: Study
    ) -> None:
        self.out, self.resolution, self.announce, self.errors = out, resolution, announce, errors
        self.study = study
        self.files: list[str] = []
        self.results: list[Result] = []
        self.failures: list[str] = []

    def figure(self, name: str) -> None:
        """Compute, store and draw one figure."""
        self.announce(f"figure {name}")
        try:
            data = self.study.figures[name](self.resolution)
            self._store(name, data)
            self._draw(name, data)
        except FileError:
            raise  # what cannot be written now cannot be later: no need to compute it
        except Exception as error:
            self._failed(f"figure {name}", error)

    def claim(self, claim: Claim) -> None:
        """Test one claim."""
        self.announce(f"claim {claim.identifier}")
        try:
            self.results.append(examine(claim))
        except Exception as error:
            self._failed(f"claim {claim.identifier}", error)
        self.report(complete=False)

    def report(self, *, complete: bool = True) -> None:
        """Write the tables; until the last claim they say that they are not complete."""
        page, record = (f"{self.study.stem}.{kind}" for kind in ("md", "json"))
        files = [*self.files, record, page]
        write_text(self.out / page, as_markdown(self.results, complete, self.study.title))
        write_text(self.out / record, json_of(self.results, files, complete))
        if complete:
            self.files = files

    def _store(self, name: str, data: xr.Dataset) -> None:
        write_netcdf(self.out / f"{name}.nc", data)
        tables = write_csv(self.out / f"{name}.csv", data)
        self.files += [f"{name}.nc", *(table.name for table in tables)]

    def _draw(self, name: str, data: xr.Dataset) -> None:
        from quasispin.paper.drawing import save

        picture = self.study.draw(name, data)
        for kind in ("pdf", "png"):
            write_whole(self.out / f"{name}.{kind}", partial(save, picture, kind=kind))
            self.files.append(f"{name}.{kind}")

    def _failed(self, what: str, error: Exception) -> None:
        self.failures.append(what)
        self.errors.print(
            f"{what} could not be computed: {type(error).__name__}: {error}", highlight=False, markup=False
        )


def _prepare(out: Path) -> None:
    try:
        check_takes_files(out)
    except OSError as error:
        raise FileError(
            f"`out` must be a directory that can be written to, but is {out}: {error.strerror}.", out
        ) from None


def _show(work: _Work, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json_of(work.results, work.files))
        return
    console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE)
    print_table(work.results, console)
    page = work.out / f"{work.study.stem}.md"
    console.print(f"All numbers: {page}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{len(work.files)} files in {work.out}", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _bar(total: int, wanted: bool | None) -> Iterator[Announce]:
    """A progress bar on stderr, or lines; what it yields names the next task and counts the last one."""
    console = Console(stderr=True)
    if wanted is None and not console.is_terminal:
        numbers = count(1)
        yield lambda name: console.print(f"{next(numbers)}/{total} {name}", highlight=False, markup=False)
        return
    shown = console.is_terminal if wanted is None else wanted
    columns = (TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not shown, transient=True) as bar:
        task = bar.add_task("", total=total)
        done = -1

        def announce(name: str) -> None:
            nonlocal done
            done += 1
            bar.update(task, description=name, completed=done)

        yield announce
