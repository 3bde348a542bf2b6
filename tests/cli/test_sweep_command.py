"""`quasispin sweep`: a plan, progress for people and for scripts, stores, workers, clusters."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import xarray as xr
from click.testing import CliRunner, Result

from quasispin.cli.app import main
from quasispin.cli.sweeping import _Bar, _bar
from quasispin.sweep import distributed, store
from quasispin.sweep.run import State

RUN = """
observables = ["gap", "parity_gap"]
[system]
shell = {orbital = 2}
electrons = [3, 4]
gap_scale = 1.0
[[ensemble]]
kind = "canonical"
[grid]
temperature = [0.1, 0.2]
field = {start = 0.0, stop = 1.0, points = 5}
"""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["sweep", *(str(argument) for argument in arguments)])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run.toml"
    path.write_text(RUN, encoding="utf-8")
    return path


def test_a_file_and_a_store_hold_the_same(run: Path, tmp_path: Path) -> None:
    for name in ("out.nc", "out.zarr"):
        result = call(run, "-o", tmp_path / name)
        assert result.exit_code == 0
        assert result.stdout.startswith(f"{tmp_path / name}: gap, parity_gap (ensemble 1, electrons 2, ")
        assert result.stderr == ""  # no terminal, nobody asked
    one, two = (store.read(tmp_path / name).assign_attrs(created="") for name in ("out.nc", "out.zarr"))
    xr.testing.assert_identical(one, two)


def test_the_plan_comes_first_and_may_be_all(run: Path, tmp_path: Path) -> None:
    result = call(run, "-o", tmp_path / "out.nc", "--dry-run")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == "sweep   ensemble 1, electrons 2, temperature 2, field 5"
    assert [line.split()[0] for line in result.stderr.splitlines()] == [
        "sweep", "points", "time", "tasks", "memory", "disk",
    ]  # fmt: skip
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.toml"]
    result = call(run, "-o", tmp_path / "out.nc", "--plan")
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("sweep   ensemble 1, electrons 2, ")
    assert (tmp_path / "out.nc").exists()


def test_json_lines_tell_the_plan_the_progress_and_the_end(run: Path, tmp_path: Path) -> None:
    result = call(run, "-o", tmp_path / "out.zarr", "--json")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert {(line["schema"], line["version"]) for line in told} == {
        ("quasispin.sweep/1", version("quasispin"))
    }
    plan, *progress, done = told
    assert plan["event"] == "plan"
    assert (plan["points"], plan["systems"]) == (20, 2)
    assert {line["event"] for line in progress} == {"progress"}
    assert (progress[0]["points_done"], progress[-1]["points_done"]) == (0, 20)
    assert progress[0]["seconds_left"] is None
    assert progress[-1]["tasks_done"] == progress[-1]["tasks"]
    assert progress[-1]["points_kept"] == 20
    assert all(line["points_kept"] <= line["points_done"] for line in progress)
    assert done["event"] == "done"
    assert done["variables"] == ["gap", "parity_gap"]
    assert result.stderr == ""
    again = call(run, "-o", tmp_path / "out.zarr", "--json")
    told = [json.loads(line) for line in again.stdout.splitlines()]
    assert (told[1]["points_resumed"], told[1]["points_done"]) == (20, 20)


def test_a_bar_shows_points_and_what_was_there(capsys: pytest.CaptureFixture[str]) -> None:
    with _bar() as progress:
        bar = _Bar(progress)
        bar(State(1000, 4000, 1000, 1, 4, 1))
        bar(State(2000, 4000, 1000, 2, 4, 1))
        assert progress.tasks[0].fields["words"].startswith("2 000 of 4 000 points, ")
        assert progress.tasks[0].fields["words"].endswith(" a second, 1 of 4 tasks from before")
        assert progress.tasks[0].percentage == 50.0
    assert capsys.readouterr().out == ""


def test_figures_are_drawn_of_a_store_too(run: Path, tmp_path: Path) -> None:
    assert call(run, "-o", tmp_path / "out.zarr").exit_code == 0
    picture = tmp_path / "out.svg"
    arguments = ["figure", str(tmp_path / "out.zarr"), "-o", str(picture), "--observable", "gap"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert picture.read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--workers", "2", "--dask", "tcp://127.0.0.1:1"], "--workers and --dask do not go together."),
        (["--workers", "0"], "`workers` must lie in [1, 1024], but is 0."),
        (["--dask", "127.0.0.1"], "`127.0.0.1` must be the address of a scheduler, but"),
    ],
)
def test_workers_that_cannot_be_are_one_sentence(
    run: Path, tmp_path: Path, options: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed, "TIMEOUT", "0.2s")
    result = call(run, "-o", tmp_path / "out.nc", *options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_cluster_without_its_package_names_the_extra(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "quasispin.sweep.distributed")
    result = call(run, "-o", tmp_path / "out.nc", "--dask", "tcp://127.0.0.1:1")
    assert result.exit_code == 2
    assert result.stderr == 'Error: A cluster needs the extra `cluster`: pip install "quasispin[cluster]".\n'


def test_another_sweep_in_the_store_is_refused(run: Path, tmp_path: Path) -> None:
    assert call(run, "-o", tmp_path / "out.zarr").exit_code == 0
    run.write_text(RUN.replace("points = 5", "points = 6"), encoding="utf-8")
    result = call(run, "-o", tmp_path / "out.zarr")
    assert result.exit_code == 2
    assert "holds another sweep: field has 5 values from 0 to 1, not 6 values from 0 to 1." in result.stderr


def test_any_list_of_a_run_file_is_swept_by_workers_too(run: Path, tmp_path: Path) -> None:
    run.write_text(RUN.replace("gap_scale = 1.0", "gap_scale = [0.5, 1.0]"), encoding="utf-8")
    assert call(run, "-o", tmp_path / "out.nc").exit_code == 0
    assert call(run, "-o", tmp_path / "out.zarr", "--workers", "1").exit_code == 0
    one, two = (store.read(tmp_path / name).assign_attrs(created="") for name in ("out.nc", "out.zarr"))
    assert one.gap.dims == ("ensemble", "electrons", "gap_scale", "temperature", "field")
    xr.testing.assert_identical(one, two)


def test_a_cluster_is_swept_over_its_deformation(run: Path, tmp_path: Path) -> None:
    box = '[cluster]\nmaterial = "Al"\ngeometry = "spheroid"\nradius = [0.8, 1.0]\nsplitting = [0.1, 0.2]\n'
    before, _, after = RUN.partition("[system]")
    run.write_text(before + box + after[after.index("[[ensemble]]") :], encoding="utf-8")
    result = call(run, "-o", tmp_path / "out.nc")
    assert result.exit_code == 0, result.output
    data = store.read(tmp_path / "out.nc")
    assert data.gap.dims == ("ensemble", "radius", "splitting", "temperature", "field")
    assert data.attrs["energy_unit"] == "meV"
    assert (data.gap > 0).any(dim=("temperature", "field")).all()
