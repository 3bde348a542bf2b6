"""An ensemble that leaves a trace of every evaluation, and dies where it is told; systems to sweep over."""

from __future__ import annotations

import os
import signal
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from quasispin import observables as obs
from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.errors import SolverError
from quasispin.sweep.plan import Plan, plan
from quasispin.sweep.tasks import Blocks
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System

NUMBERS = [2, 3, 4, 5, 6, 7]
FAMILY = Family(System.single_shell, shell=Shell.orbital(2), electrons=NUMBERS, gap_scale=1.0)


@dataclass(frozen=True)
class Traced(Canonical):
    """The canonical ensemble; `folder` gets a file for each evaluation and may hold orders to die."""

    folder: str = ""

    def _averages(self, system: System, temperature: Array, field: Array) -> Averages:
        if not self.folder:
            return super()._averages(system, temperature, field)
        place, number = Path(self.folder), system.electrons
        (place / f"{number}-{uuid.uuid4().hex}").touch()
        for order in ("once", "always"):
            if (place / f"die-{number}-{order}").exists():
                (place / f"die-{number}-once").unlink(missing_ok=True)
                os.kill(os.getpid(), signal.SIGKILL)
        return super()._averages(system, temperature, field)


@dataclass(frozen=True)
class Failing(Traced):
    """Its solver fails for some numbers of electrons, at a temperature and a field or at all of them."""

    numbers: tuple[int, ...] = (4,)
    point: tuple[float, float] | None = (0.2, 0.3)

    def _averages(self, system: System, temperature: Array, field: Array) -> Averages:
        averages = super()._averages(system, temperature, field)
        bad = self.point is None or ((temperature == self.point[0]) & (field == self.point[1])).any()
        if system.electrons in self.numbers and bad:
            raise SolverError("The minimum was not found.", self.point)
        return averages


def failing_plan(folder: Path, **options: Any) -> Plan:
    """The same six systems, of which one fails at one of its points."""
    return plan(
        Failing(FAMILY, folder=str(folder), **options),
        temperature=[0.1, 0.2],
        field=[0.0, 0.3, 0.6],
        observables=[obs.gap, obs.seniority_distribution, obs.chemical_potential],
        label="canonical",
    )


def traced_plan(folder: Path) -> Plan:
    """Six systems of 2 × 3 points."""
    return plan(
        Traced(FAMILY, folder=str(folder)),
        temperature=[0.1, 0.2],
        field=[0.0, 0.3, 0.6],
        observables=[obs.gap, obs.seniority_distribution, obs.chemical_potential],
    )


def evaluations(folder: Path) -> list[int]:
    """How often each of the systems was evaluated."""
    return [len(list(folder.glob(f"{number}-*"))) for number in NUMBERS]


def one_task_a_system(patch: pytest.MonkeyPatch) -> None:
    """Cut every plan without a trial."""

    def blocks(self: Plan, share: int | None = None) -> Blocks:
        shape = self.request.shape
        return Blocks(self.request, (*(1 for _ in shape[:-2]), *shape[-2:]))

    patch.setattr(Plan, "blocks", blocks)


def same(one: xr.Dataset, two: xr.Dataset) -> None:
    """Identical in everything but the time at which they were made."""
    for data in (one, two):
        assert data.attrs["created"].endswith("+00:00")
    xr.testing.assert_identical(one.assign_attrs(created="then"), two.assign_attrs(created="then"))
