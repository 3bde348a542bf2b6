"""`quasispin verify`: the oracles run again on a system, and the deviations that were measured."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version

from quasispin.errors import UndefinedError
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.verification import compare, published
from quasispin.verification.deviation import Deviation, Point, Sample, worst

WIDE = 120
"""Columns where nobody says how many there are."""

Progress = Callable[[int, int], None]
Task = tuple[str, Callable[[], Iterator[Sample]]]

NOT_CHECKED = (
    "several shells with more than {} pairs are beyond brute force: no oracle could check this system"
)


def standard_systems() -> list[System]:
    """What is verified when no system is named: the paper's shells, other moments, other fillings."""
    fillings = [
        (Shell.orbital(5), 10),
        (Shell.orbital(5), 11),
        (Shell.orbital(3), 6),
        (Shell.orbital(11), 22),
    ]
    fillings += [
        (Shell.orbital(2), 7),
        (Shell.hemisphere(4), 3),
        (Shell.spin(6), 5),
        (Shell([0.3, 1.7, 2.2]), 3),
    ]
    systems = [System.single_shell(shell, electrons, gap_scale=1.0) for shell, electrons in fillings]
    return [*systems, System([Shell.orbital(1), Shell([0.5, 1.5], energy=0.7)], 4, 0.4)]


def deviations(
    system: System | Family | None = None, progress: Progress | None = None
) -> tuple[list[Deviation], list[str]]:
    """Run every oracle that can judge `system` (None: a standard set), and all published numbers.

    Returns
    -------
    The worst deviation of every quantity, and sentences on what no oracle could check.
    """
    systems = standard_systems() if system is None else _members(system)
    tasks, notes = _tasks(systems)
    tasks.append(("published", published.samples))
    samples: list[Sample] = []
    for done, (_, task) in enumerate(tasks):
        if progress is not None:
            progress(done, len(tasks))
        samples += task()
    if progress is not None:
        progress(len(tasks), len(tasks))
    return list(worst(samples)), notes


def verify(
    system: System | Family | None = None, *, as_json: bool = False, progress: Progress | None = None
) -> int:
    """Print the measured deviations as a table or as JSON.

    Returns 1 if any is above its tolerance, or if a system was beyond every oracle; else 0.
    The JSON has the keys schema, version, passed, notes and deviations, each of those with check, quantity,
    worst, tolerance, points, where, passed.
    """
    found, notes = deviations(system, progress)
    passed = not notes and not any(deviation.is_above for deviation in found)
    if as_json:
        _print_json(found, notes, passed)
    else:
        _print_table(found, notes, passed)
    return 0 if passed else 1


def _members(system: System | Family) -> list[System]:
    return [member for _, member in system.members()] if isinstance(system, Family) else [system]


def _tasks(systems: list[System]) -> tuple[list[Task], list[str]]:
    tasks: list[Task] = []
    notes = []
    for system in systems:
        every = compare.points(system)
        warm = compare.warm(system, every)
        if system.is_single_shell:
            tasks += [_task(compare.canonical, system, p) for p in every]
            if system.pair_degeneracy <= 30:
                tasks += [_task(compare.open_ensembles, system, p) for p in warm[::3]]
                tasks += [_task(compare.mean_field, system, p) for p in warm[::4] if _has_mean_field(system)]
        if system.pair_degeneracy <= compare.FOCK_PAIRS:
            tasks += [_task(compare.brute_force, system, p) for p in warm[::2]]
        elif not system.is_single_shell:
            notes.append(f"{system!r}: {NOT_CHECKED.format(compare.FOCK_PAIRS)}.")
    return tasks, notes


def _task(check: Callable[[System, Point], Iterator[Sample]], system: System, point: Point) -> Task:
    return check.__name__, lambda: check(system, point)


def _has_mean_field(system: System) -> bool:
    from quasispin.ensembles.mean_field import MeanField

    if not 0 < system.electrons < 2 * system.pair_degeneracy:
        return False  # nothing to minimise
    try:
        MeanField(system)
    except UndefinedError:
        return False
    return True


def _print_json(found: list[Deviation], notes: list[str], passed: bool) -> None:
    rows = [
        {
            "check": d.check,
            "quantity": d.quantity,
            "worst": d.worst if d.worst < float("inf") else None,
            "tolerance": d.tolerance,
            "points": d.points,
            "where": d.where,
            "passed": not d.is_above,
        }
        for d in found
    ]
    head = {"schema": "quasispin.verify/1", "version": version("quasispin"), "passed": passed, "notes": notes}
    print(jsonlib.dumps(head | {"deviations": rows}, indent=2, ensure_ascii=False))


def _print_table(found: list[Deviation], notes: list[str], passed: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("check", "quantity")
    for title in ("worst deviation", "tolerance", "points", ""):
        table.add_column(title, no_wrap=not title.startswith("worst"))  # its words may stand below each other
    for d in found:
        verdict = "ABOVE" if d.is_above else "ok"
        table.add_row(d.check, d.quantity, f"{d.worst:.1e}", f"{d.tolerance:.0e}", str(d.points), verdict)
    is_told = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(highlight=False, width=None if is_told else WIDE)
    options = console.options.update(max_width=100_000)
    if console.measure(table, options=options).minimum <= console.width:
        console.print(table)
    else:  # so narrow that a number would be broken
        for d in found:
            verdict = "ABOVE" if d.is_above else "ok"
            numbers = f"{d.worst:.1e} of {d.tolerance:.0e} at {d.points} points"
            console.print(f"{d.check}, {d.quantity}: {numbers}, {verdict}", markup=False)
    for d in found:
        if d.is_above:
            console.print(
                f"{d.check}, {d.quantity}: {d.worst:.3g} > {d.tolerance:.0e} at {d.where}", soft_wrap=True
            )
    for note in notes:
        console.print(note, soft_wrap=True, markup=False)
    count = sum(d.is_above for d in found)
    if passed:
        console.print("Every deviation is within its tolerance.")
    else:
        console.print(f"{count} above tolerance; {len(notes)} systems that no oracle could check.")
