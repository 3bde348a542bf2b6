"""`reproduce` writes whole files, the same every time, and says what it could not compute."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from rich.cells import cell_len
from rich.console import Console

from quasispin.cli import terminal
from quasispin.errors import FileError
from quasispin.paper import data, files
from quasispin.paper.claim import Claim, Result, Verdict, decide
from quasispin.paper.claims import CLAIMS
from quasispin.paper.data import COARSE
from quasispin.paper.errata import ERRATA
from quasispin.paper.report import print_table
from quasispin.paper.reproduce import FAILED, INTERRUPTED, reproduce
from quasispin.sweep import litter, seal

QUICK = tuple(
    c for c in CLAIMS + ERRATA if c.identifier in {"plateaus", "moments", "E3-seniorities", "E5-electrons"}
)
PICTURES = ("spins",)


def run(out: Path, **options: object) -> int:
    chosen = {"as_json": True, "progress": False, "resolution": COARSE, "figures": PICTURES, "claims": QUICK}
    return reproduce(out, **(chosen | options))  # type: ignore[arg-type]


def stop() -> Mapping[str, float]:
    raise KeyboardInterrupt


def crash() -> Mapping[str, float]:
    raise ArithmeticError("no convergence")


def claim(name: str, compute: object) -> Claim:
    return Claim(name, "s", "w", "Holds if", compute, decide(lambda _: True))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("first")
    assert run(out) == 0
    return out


def test_each_figure_comes_as_picture_and_as_data(first: Path) -> None:
    for name in PICTURES:
        for kind in ("pdf", "png", "nc", "csv"):
            assert (first / f"{name}.{kind}").stat().st_size > 0
    assert (first / "claims.md").read_text(encoding="utf-8").startswith("# The claims")


def test_two_runs_give_the_same_content(first: Path, tmp_path: Path) -> None:
    run(tmp_path)
    assert sorted(p.name for p in first.iterdir()) == sorted(p.name for p in tmp_path.iterdir())
    for path in first.iterdir():
        other = tmp_path / path.name
        if path.suffix == ".nc":
            with xr.open_dataset(path) as a, xr.open_dataset(other) as b:
                assert a.drop_attrs(deep=False).identical(b.drop_attrs(deep=False))
                assert set(a.attrs) == {"created", "spin_levels"}
        else:
            assert path.read_bytes() == other.read_bytes(), path.name
            assert b"CreationDate" not in path.read_bytes()


def test_csv_and_netcdf_hold_the_same_numbers(first: Path) -> None:
    table = np.genfromtxt(
        first / "spins-temperature.csv", delimiter=",", names=True, dtype=None, encoding="utf-8"
    )
    with xr.open_dataset(first / "spins.nc") as stored:
        assert table["bcs_gap"] == pytest.approx(stored.bcs_gap.values.ravel(), rel=1e-15)


def test_json_on_stdout_is_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, figures=())
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "claims.json").read_text(encoding="utf-8")
    record = json.loads(printed)
    assert record["complete"]
    assert {entry["identifier"] for entry in record["claims"]} == {c.identifier for c in QUICK}


def test_table_names_every_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, figures=(), as_json=False) == 0
    assert "2 claims: 2 hold, 0 hold with correction, 0 do not hold" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_claim_that_fails_is_a_result_and_no_error(tmp_path: Path) -> None:
    failing = Claim("x", "s", "w", "Holds if", lambda: {"a": 1.0}, decide(lambda _: False))
    assert run(tmp_path, figures=(), claims=(failing,)) == 0


def test_what_cannot_be_computed_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, figures=(), claims=(claim("broken", crash), *QUICK)) == FAILED
    assert "claim broken could not be computed: ArithmeticError: no convergence" in capsys.readouterr().err


def test_interruption_between_files_leaves_whole_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, figures=(), claims=(QUICK[0], claim("stop", stop))) == INTERRUPTED
    assert "whole" in capsys.readouterr().err
    assert not json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))["complete"]
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_interruption_within_a_file_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def half(part: Path) -> None:
        part.write_text("hal")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write_whole(path, half)
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "old"


def test_interruption_while_a_figure_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> xr.Dataset:
        raise KeyboardInterrupt

    monkeypatch.setitem(data.FIGURES, "fig2", interrupted)
    assert run(tmp_path, figures=("spins", "fig2")) == INTERRUPTED
    assert {path.suffix for path in tmp_path.iterdir()} == {".nc", ".csv", ".pdf", ".png"}


def test_what_a_killed_run_was_writing_goes_with_the_next(tmp_path: Path) -> None:
    name, mine = tmp_path / "claims.md", litter.part(tmp_path / "claims.md")
    kill = (
        "import os, pathlib, sys\n"
        "from quasispin.paper import files\n"
        "def die(part):\n"
        "    part.write_text('half')\n"
        "    os.kill(os.getpid(), 9)\n"
        "files.write_whole(pathlib.Path(sys.argv[1]), die)\n"
    )
    assert subprocess.run([sys.executable, "-c", kill, str(name)], check=False).returncode == -9
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".part")
    probe = litter.part(tmp_path / files.PROBED)
    dead = re.search(r"-\d+-\w+\.", left.name)
    assert dead is not None
    probe.with_name(re.sub(r"-\d+-\w+\.", dead[0], probe.name)).touch()
    mine.touch()  # of a process that is alive
    files.check_own(tmp_path)
    assert run(tmp_path, figures=(), claims=()) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"claims.md", "claims.json", mine.name}


def test_the_files_of_a_figure_have_checksums(first: Path, tmp_path: Path) -> None:
    (name,) = (f"{name}.nc" for name in PICTURES)
    found = seal.look(first / name)
    assert found is not None
    assert found.damage == ""
    content = bytearray((first / name).read_bytes())
    content[1000] ^= 8
    (tmp_path / name).write_bytes(content)
    found = seal.look(tmp_path / name)
    assert found is not None
    assert found.damage.startswith("bytes 0 to ")


def test_a_place_that_takes_no_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="directory"):
        run(tmp_path / "file")


def test_a_full_disk_is_one_sentence_and_leaves_no_part(tmp_path: Path) -> None:
    def full(part: Path) -> None:
        part.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(FileError, match=r"could not be written: No space left on device\."):
        files.write_whole(tmp_path / "claims.md", full)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied"), RuntimeError("NetCDF: HDF error"), AttributeError("no 'pos'")],
    ids=lambda one: type(one).__name__,
)
def test_what_a_library_says_on_a_full_disk_is_not_believed(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbling(part: Path) -> None:
        part.write_text("half", encoding="utf-8")
        raise error

    monkeypatch.setattr(files, "_is_full", lambda folder: folder == tmp_path)
    with pytest.raises(FileError, match=r"could not be written: No space left on device\."):
        files.write_whole(tmp_path / "spins.nc", stumbling)
    assert list(tmp_path.iterdir()) == []


def test_an_error_that_hides_a_full_disk_is_seen_through(tmp_path: Path) -> None:
    def stumbling(_: Path) -> None:
        try:
            raise OSError(28, "No space left on device")
        finally:
            raise AttributeError("'Stream' object has no attribute 'pos'")

    with pytest.raises(FileError, match=r"No space left on device"):
        files.write_whole(tmp_path / "spins.pdf", stumbling)


def test_other_errors_of_drawing_stay_what_they_are(tmp_path: Path) -> None:
    def wrong(_: Path) -> None:
        raise TypeError("no picture")

    with pytest.raises(TypeError, match="no picture"):
        files.write_whole(tmp_path / "spins.pdf", wrong)
    assert list(tmp_path.iterdir()) == []


def test_nothing_more_is_computed_once_a_file_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: object) -> None:
        raise FileError(f"`{path}` could not be written: No space left on device.", path)

    monkeypatch.setattr("quasispin.paper.reproduce.write_netcdf", full)
    with pytest.raises(FileError, match="No space left"):
        run(tmp_path, claims=(claim("never", crash),))
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_a_line_for_each_task_says_how_far_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, figures=(), claims=QUICK[:2], progress=None)
    said = capsys.readouterr().err.splitlines()
    assert said == [f"{i}/2 claim {one.identifier}" for i, one in enumerate(QUICK[:2], start=1)]


def test_the_table_shows_few_numbers_and_says_where_all_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    many = claim("many", lambda: {f"number {i}": float(i) for i in range(50)})
    run(tmp_path, figures=(), claims=(many,), as_json=False)
    shown = capsys.readouterr().out
    assert "46 more" in shown
    assert "number 5" not in shown
    assert f"All numbers: {tmp_path / 'claims.md'}\n" in shown
    assert "number 49: 49" in (tmp_path / "claims.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 200])
def test_no_number_and_no_word_is_broken_however_narrow_the_page(columns: int) -> None:
    measured = {"largest deviation": -2.22e-16, "at .6ω_c": 0.9932}
    results = [
        Result(replace(one, comment="for 1.304e-7"), measured, Verdict.CORRECTED) for one in CLAIMS + ERRATA
    ]
    page = io.StringIO()
    print_table(results, Console(file=page, width=columns, color_system=None))
    found = page.getvalue()
    assert max(map(cell_len, found.splitlines())) <= columns
    assert found.count("−2.22·10^−16") == found.count("1.304e-7") == len(results)
    for one in results:
        assert all(word in found for word in f"{one.claim.statement} {one.claim.criterion}".split())


def test_in_ascii_the_page_is_as_narrow() -> None:
    terminal.adapt()  # as the command does
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors=terminal.HANDLER, write_through=True)
    results = [Result(one, {"at .6ω_c": -2.22e-16}, Verdict.HOLDS) for one in CLAIMS if not one.comment]
    print_table(results, Console(file=stream, width=60, color_system=None))
    found = raw.getvalue().decode("ascii")
    assert max(map(len, found.splitlines())) <= 60
    assert found.count("at .6omega_c: -2.22*10^-16") > 5
