"""A point at which a solver fails is NaN with its reason; all others are what they would be without it."""

from __future__ import annotations

import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from quasispin.cli.app import main
from quasispin.ensembles.catalogue import HOMES
from quasispin.errors import SizeError
from quasispin.observables import together
from quasispin.sweep import store, tasks
from quasispin.sweep.plan import Plan, plan
from quasispin.sweep.tasks import Blocks
from tests.sweep.traced import (
    FAMILY,
    Failing,
    evaluations,
    failing_plan,
    one_task_a_system,
    same,
    traced_plan,
)

REASON = "canonical at electrons=4: not computed at temperature 0.2 and field 0.3: The minimum was not found"
NOTE = f"NaN at some points of gap, seniority_distribution: {REASON}."
RUN = """
[system]
shell = {orbital = 2}
electrons = [3, 4]
gap_scale = 1.0
[[ensemble]]
kind = "canonical"
[grid]
temperature = [0.1, 0.2]
field = [0.0, 0.3]
"""


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    folder = tmp_path / "trace"
    folder.mkdir()
    return folder


def run(asked: Plan, **options: Any) -> xr.Dataset:
    """With the warning that it should give."""
    with pytest.warns(RuntimeWarning) as caught:
        data = asked.run(**options)
    assert [str(one.message) for one in caught] == [NOTE]
    return data


def test_one_point_is_missing_and_no_other_bit_changes(trace: Path) -> None:
    data = run(failing_plan(trace))
    whole = traced_plan(trace).run()
    bad = {"electrons": 4, "temperature": 0.2, "field": 0.3}
    assert np.isnan(data.gap.sel(bad)).all()
    assert np.isnan(data.seniority_distribution.sel(bad)).all()
    assert int(data.gap.isnull().sum()) == 1
    known = ~data.gap.isnull()
    xr.testing.assert_equal(data.gap.where(known), whole.gap.where(known))
    xr.testing.assert_equal(
        data.seniority_distribution.where(known), whole.seniority_distribution.where(known)
    )
    assert data.gap.attrs["undefined"] == REASON
    assert data.chemical_potential.attrs == whole.chemical_potential.attrs  # that it never has
    assert (
        "fluctuates" in data.chemical_potential.attrs["undefined"] or data.chemical_potential.isnull().all()
    )


@pytest.mark.parametrize("lengths", [(1, 2, 2, 3), (1, 1, 1, 3)])
def test_it_is_the_same_however_the_sweep_is_cut(
    lengths: tuple[int, ...], trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "piece_of", lambda grid: (1, grid.shape[1]))
    asked = failing_plan(trace)
    expected = run(asked)
    monkeypatch.setattr(Plan, "blocks", lambda self, share=None: Blocks(self.request, lengths))
    with ThreadPoolExecutor(2) as threads:
        same(run(asked, executor=threads), expected)


@pytest.mark.parametrize("name", ["out.zarr", "out.nc"])
def test_the_sweep_is_complete_and_not_tried_again(
    name: str, trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_task_a_system(monkeypatch)
    asked, path = failing_plan(trace), tmp_path / name
    data = run(asked, store=path).load()
    assert int(data.gap.isnull().sum()) == 1
    before = evaluations(trace)
    assert run(asked, store=path).identical(data)
    assert evaluations(trace) == before
    same(store.read(path), run(asked))


def test_a_system_whose_solver_always_fails_is_not_tried_for_ever(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "MOST_ATTEMPTS", 5)
    asked = plan(
        Failing(FAMILY, folder=str(trace), point=None), temperature=[0.1, 0.2], field=[0.0, 0.3, 0.6]
    )
    with pytest.warns(
        RuntimeWarning, match="electrons=4: not computed at temperature 0.1 and field 0: The min"
    ):
        data = asked.run()
    assert data.gap.sel(electrons=4).isnull().all()
    assert int(data.gap.isnull().sum()) == 6
    assert evaluations(trace) == [1, 1, 1 + 7, 1, 1, 1]  # five attempts and the two parts still open then


def test_other_errors_say_what_is_kept(trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one_task_a_system(monkeypatch)

    def large(observables: Any, ensemble: Any, *axes: Any) -> Any:
        if ensemble.system.electrons == 4:
            raise SizeError("It does not fit.", 4)
        return together(observables, ensemble, *axes)

    monkeypatch.setattr(tasks, "together", large)
    with pytest.raises(SizeError, match=r"It does not fit\. 2 of 6 tasks are kept in .*out\.zarr: the same"):
        traced_plan(trace).run(store=tmp_path / "out.zarr")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_command_says_so_at_the_end(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HOMES, "canonical", "tests.sweep.traced:Failing")
    (tmp_path / "run.toml").write_text(RUN, encoding="utf-8")
    arguments = ["sweep", str(tmp_path / "run.toml"), "-o", str(tmp_path / "out.nc"), *options]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == f"Note: NaN at some points of gap: {REASON}.\n"
    if options:
        assert json.loads(result.stdout.splitlines()[-1])["failures"] == {"gap": REASON}
