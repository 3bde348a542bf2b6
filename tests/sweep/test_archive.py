"""A store keeps what is finished, goes on from there, and takes nothing for what it is not."""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from quasispin import observables as obs
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import FileError
from quasispin.sweep import archive, checksums, run, store
from quasispin.sweep.dataset import SYSTEMS
from quasispin.sweep.plan import Plan, plan
from quasispin.sweep.run import sweep
from quasispin.sweep.tasks import Block
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System
from tests.sweep.traced import NUMBERS, evaluations, one_task_a_system, same, traced_plan

GRAIN = System.single_shell(Shell.orbital(2), electrons=4, gap_scale=1.0)


@pytest.fixture(autouse=True)
def _small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    one_task_a_system(monkeypatch)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    folder = tmp_path / "trace"
    folder.mkdir()
    return folder


def lines(path: Path) -> list[dict[str, Any]]:
    text = (path / "journal" / "tasks.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def stopped(asked: Plan, path: Path, after: int) -> None:
    """Run until so many tasks are finished, then Ctrl-C."""

    def stop(done: int, total: int) -> None:
        del total
        if done > after * 6:  # the next task has reported, and is not written yet
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked.run(store=path, progress=stop)


@pytest.mark.parametrize("suffix", [".zarr", ".nc"])
def test_a_store_holds_the_dataset_of_the_sweep_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(run, "SHORT", 0.0)
    family = Family(
        System.single_shell, shell=[Shell.orbital(1), Shell.spin(3)], electrons=[2, 3], gap_scale=1.0
    )
    asked = plan(
        Canonical(family),
        MeanField(family),
        temperature=0.1,
        field=[0.0, 0.5],
        observables=[obs.gap, obs.parity_gap, obs.seniority_distribution, obs.occupation],
        energy_unit="meV",
    )
    path = tmp_path / f"out{suffix}"
    found, expected = asked.run(store=path), asked.run()
    same(found, expected)
    same(store.read(path), expected)
    assert list(store.read(path)) == list(expected)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert dict(found.temperature.sizes) == {}
    assert found.parity_gap.attrs["undefined"].startswith("mean field: ")


def test_a_stopped_sweep_goes_on_and_does_nothing_twice(tmp_path: Path, trace: Path) -> None:
    asked, path = traced_plan(trace), tmp_path / "out.zarr"
    stopped(asked, path, after=3)
    assert [line["task"] for line in lines(path)] == [0, 1, 2]
    before = {file: file.stat().st_mtime_ns for file in (path / "gap").glob("c.0.[012].*")}
    reports: list[tuple[int, int]] = []
    asked.run(store=path, progress=lambda done, total: reports.append((done, total)))
    assert reports[0] == (18, 36)
    assert reports[-1] == (36, 36)
    assert evaluations(trace) == [1, 1, 1, 2, 1, 1]  # the fourth was interrupted before it was written
    assert len(before) == 3
    assert {file: file.stat().st_mtime_ns for file in before} == before
    same(store.read(path), asked.run())


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor])
def test_what_is_told_as_kept_is_on_the_disk(tmp_path: Path, trace: Path, executor: Any) -> None:
    asked, path = traced_plan(trace), tmp_path / "out.zarr"
    states: list[run.State] = []

    def tell(state: run.State) -> None:
        kept = sum("task" in line for line in lines(path))
        assert (state.tasks_done, state.kept) == (kept, 6 * kept)
        assert state.kept <= state.done
        states.append(state)

    with executor(2) if executor else nullcontext() as workers:
        run.carry_out(asked, executor=workers, store=path, tell=tell)
    assert [state.is_last for state in states] == [False] * (len(states) - 1) + [True]
    assert (states[-1].done, states[-1].tasks_done) == (36, 6)


def test_a_complete_store_is_not_computed_again(tmp_path: Path, trace: Path) -> None:
    asked, path = traced_plan(trace), tmp_path / "out.zarr"
    first = asked.run(store=path)
    again = asked.run(store=path)
    assert evaluations(trace) == [1] * len(NUMBERS)
    xr.testing.assert_identical(first, again)  # `created` too


def test_a_netcdf_file_appears_at_the_end_and_its_store_goes(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plan, "seconds", run.SHORT)
    asked, path = traced_plan(trace), tmp_path / "out.nc"
    stopped(asked, path, after=2)
    assert not path.exists()
    assert len(lines(tmp_path / "out.nc.partial.zarr")) == 2
    asked.run(store=path)
    assert {entry.name for entry in tmp_path.iterdir()} == {"out.nc", "trace"}
    assert evaluations(trace) == [1, 1, 2, 1, 1, 1]
    same(store.read(path), asked.run())


@pytest.mark.parametrize("seconds", [0.0, run.SHORT])
def test_a_finished_netcdf_file_is_not_computed_again(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(Plan, "seconds", seconds)
    asked, path = traced_plan(trace), tmp_path / "out.nc"
    first = asked.run(store=path)
    before, content = evaluations(trace), path.read_bytes()
    reports: list[tuple[int, int]] = []
    again = asked.run(store=path, progress=lambda done, total: reports.append((done, total)))
    xr.testing.assert_identical(first, again)  # `created` too
    assert evaluations(trace) == before
    assert path.read_bytes() == content
    assert reports == [(36, 36)]


def test_a_kill_after_the_file_is_there_costs_nothing(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plan, "seconds", run.SHORT)
    asked, path = traced_plan(trace), tmp_path / "out.nc"
    with monkeypatch.context() as patch:
        patch.setattr(archive, "remove", lambda path: None)  # the end came before it
        asked.run(store=path)
    assert {entry.name for entry in tmp_path.iterdir()} == {"out.nc", "out.nc.partial.zarr", "trace"}
    asked.run(store=path)
    assert {entry.name for entry in tmp_path.iterdir()} == {"out.nc", "trace"}
    assert evaluations(trace) == [1] * len(NUMBERS)


def test_a_file_of_anything_else_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plan, "costs", None)  # refused before anything is measured
    data = tmp_path / "data.nc"
    store.write(sweep(Canonical(GRAIN), temperature=0.1), data)
    (tmp_path / "text.nc").write_text("foo", encoding="utf-8")
    xr.Dataset({"gap": ("x", [1.0])}).to_netcdf(tmp_path / "foreign.nc")
    for name, words in (
        ("data.nc", "does not say from what it was made, so that nothing can go on from it: remove it, or"),
        ("text.nc", "is not a readable netCDF file"),
        ("foreign.nc", "A sweep by quasispin is needed here, but "),
    ):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(FileError, match=words):
            sweep(Canonical(GRAIN), temperature=0.1, store=tmp_path / name)
        assert (tmp_path / name).read_bytes() == before


def test_a_file_by_other_versions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.nc"
    data = sweep(Canonical(GRAIN), temperature=0.1)
    store.write(data, path, {"inputs": {}, "versions": {"quasispin": "0.0.1"}})
    with pytest.raises(FileError, match=r"was begun with quasispin 0\.0\.1, but this is "):
        sweep(Canonical(GRAIN), temperature=0.1, store=path)


def test_a_partial_store_is_not_read_as_a_whole_one(tmp_path: Path, trace: Path) -> None:
    path = tmp_path / "out.zarr"
    stopped(traced_plan(trace), path, after=2)
    with pytest.raises(FileError, match=r"holds 2 of 6 tasks: repeat the sweep to finish it"):
        store.read(path)
    part = xr.open_zarr(path, consolidated=False, chunks=None)
    assert part.gap.isnull().sum() == 4 * 6


def test_what_was_written_but_has_no_line_is_computed_again(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill between the chunk and its line: the chunk may be torn, so nothing is taken from it."""
    asked, path = traced_plan(trace), tmp_path / "out.zarr"
    stopped(asked, path, after=2)
    chunk = path / "gap" / "c.0.2.0.0"
    chunk.write_bytes(b"torn")
    asked.run(store=path)
    same(store.read(path), asked.run())


def test_a_torn_line_counts_for_nothing_and_tears_no_other(tmp_path: Path, trace: Path) -> None:
    asked, path = traced_plan(trace), tmp_path / "out.zarr"
    stopped(asked, path, after=2)
    with (path / "journal" / "tasks.jsonl").open("ab") as stream:
        stream.write(b'{"task": 2, "sec')
    stopped(asked, path, after=4)
    asked.run(store=path)
    assert evaluations(trace) == [1, 1, 2, 1, 2, 1]
    same(store.read(path), asked.run())


def truncated(chunk: Path) -> None:
    chunk.write_bytes(chunk.read_bytes()[: chunk.stat().st_size // 2])


def flipped(chunk: Path) -> None:
    content = bytearray(chunk.read_bytes())
    content[-10] ^= 1
    chunk.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [truncated, Path.unlink, flipped])
def test_a_damaged_chunk_is_named_when_it_is_read(tmp_path: Path, trace: Path, damage: Any) -> None:
    path = tmp_path / "out.zarr"
    traced_plan(trace).run(store=path)
    damage(path / "gap" / "c.0.2.0.0")
    with pytest.raises(
        FileError,
        match=r"damaged: `gap` in task 3 of 6 \(the file gap/c\.0\.2\.0\.0\) is not as written; repeat ",
    ):
        store.read(path)


@pytest.mark.parametrize("damage", [truncated, Path.unlink, flipped])
@pytest.mark.parametrize("tasks", [3, 6])
def test_a_damaged_chunk_is_computed_again(tmp_path: Path, trace: Path, damage: Any, tasks: int) -> None:
    asked, path = traced_plan(trace), tmp_path / "out.zarr"
    if tasks == 6:
        asked.run(store=path)
    else:
        stopped(asked, path, after=tasks)
    damage(path / "gap" / "c.0.2.0.0")
    damage(path / "seniority_distribution" / "c.0.2.0.0.0")
    before = evaluations(trace)
    with pytest.warns(RuntimeWarning, match=r"damaged: `gap` in task 3 of 6 \(.*\)\. That is computed again"):
        data = asked.run(store=path).load()
    again = [after - was for after, was in zip(evaluations(trace), before, strict=True)]
    assert again == [0, 0, 1, *((0,) * 3 if tasks == 6 else (1,) * 3)]
    assert [line["damaged"] for line in lines(path) if "damaged" in line] == [2]
    same(store.read(path), data)
    same(data, asked.run())


def test_the_chunks_of_a_sweep_at_one_point_are_known_too(tmp_path: Path) -> None:
    path = tmp_path / "out.zarr"
    expected = sweep(Canonical(GRAIN), temperature=0.1, store=path).load()
    (chunk,) = (path / "gap").glob("c*")
    flipped(chunk)
    with pytest.raises(FileError, match=rf"`gap` in task 1 of 1 \(the file gap/{chunk.name}\) is not as wri"):
        store.read(path)
    chunk.unlink()
    with pytest.warns(RuntimeWarning, match="`gap` in task 1 of 1"):
        same(sweep(Canonical(GRAIN), temperature=0.1, store=path).load(), expected)


def test_reasons_survive_an_interruption(tmp_path: Path, trace: Path) -> None:
    path = tmp_path / "out.zarr"
    stopped(traced_plan(trace), path, after=3)
    data = traced_plan(trace).run(store=path)
    assert data.chemical_potential.attrs == traced_plan(trace).run().chemical_potential.attrs
    assert "canonical: " in data.chemical_potential.attrs["undefined"]


# -- what is refused -----------------------------------------------------------------------------------

OTHER: list[tuple[dict[str, Any], str]] = [
    (
        {"temperature": [0.1, 0.2, 0.3]},
        r"another sweep: temperature has 2 values from 0\.1 to 0\.2, not 3 values from 0\.1 to 0\.3\. Remove",
    ),
    ({"temperature": [0.1, 0.3]}, r"another sweep: temperature has 2 .* to 0\.2, not 2 .* to 0\.3\."),
    ({"temperature": [0.1, 0.2000000001]}, r"another sweep: temperature\[1\] is 0\.2, not 0\.2000000001\."),
    ({"field": [0.4]}, r"another sweep: field has the value 0\.3, not the value 0\.4\."),
    ({"field": 0.3}, r"another sweep: field is a list, not a number\."),
    ({"observables": [obs.gap]}, "observables are 'gap, entropy', not 'gap'"),
    ({"observables": [obs.entropy, obs.gap]}, "its observables have .* another order"),
    ({"label": "mine"}, "ensembles are 'canonical', not 'mine'"),
    ({"energy_unit": "meV"}, "energy_unit is None, not 'meV'"),
]


@pytest.mark.parametrize("suffix", [".zarr", ".nc"])
@pytest.mark.parametrize(("change", "words"), OTHER)
def test_a_store_of_another_sweep_is_refused_with_what_differs(
    tmp_path: Path, change: dict[str, Any], words: str, suffix: str
) -> None:
    first: dict[str, Any] = {"temperature": [0.1, 0.2], "field": [0.3], "observables": [obs.gap, obs.entropy]}
    path = tmp_path / f"out{suffix}"
    sweep(Canonical(GRAIN), **first, store=path)
    with pytest.raises(FileError, match=words) as caught:
        sweep(Canonical(GRAIN), **(first | change), store=path)
    assert "\n" not in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def family(**lists: Any) -> Family:
    return Family(
        System.single_shell, **({"shell": Shell.orbital(2), "electrons": 4, "gap_scale": 1.0} | lists)
    )


MANY = [float(value) for value in np.linspace(0.1, 1.0, SYSTEMS + 1)]
LONG = System([Shell([2.0] * 50)], 4, 0.4)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (GRAIN, GRAIN.with_electrons(5), r"electrons is 4, not 5\. Remove"),
        (
            GRAIN,
            System.single_shell(Shell.orbital(2), 4, gap_scale=1.1),
            r"coupling is 0\.4, not 0\.44\d*\. Remove",
        ),
        (
            GRAIN,
            System.single_shell(Shell.spin(5), 4, gap_scale=1.0),
            r"shells\[0\]\.moments is \[3\.0, .*\], not \[1\.0, .*\]\. Remove",
        ),
        (
            LONG,
            System([Shell([2.0] * 49 + [1.0])], 4, 0.4),
            r"shells\[0\]\.moments\[49\] is 2\.0, not 1\.0\.",
        ),
        (GRAIN, System([Shell.orbital(2), Shell.spin(1)], 4, 0.4), r"shells is \[.*, not \[.*\. Remove"),
        (
            family(electrons=[2, 3]),
            family(electrons=[2, 3], gap_scale=1.1),
            r"coupling at electrons=2 is 0\.4, not 0\.44",
        ),
        (
            family(electrons=[2, 3]),
            family(electrons=[2, 4]),
            r"sweep: electrons is \[2, 3\], not \[2, 4\]\. Remove",
        ),
        (family(electrons=[2, 3]), GRAIN, r"family are 'electrons', not ''\. Remove"),
        (
            family(gap_scale=MANY),
            family(gap_scale=MANY, electrons=5),
            r"families\[0\]\.common\.electrons is 4, not 5\. Remove",
        ),
        (
            family(gap_scale=MANY),
            family(gap_scale=[*MANY[:-1], 2.0]),
            r"gap_scale\[1000\] is 1\.0, not 2\.0\.",
        ),
    ],
)
def test_of_other_systems_the_first_that_differs_is_named(
    tmp_path: Path, one: Any, other: Any, words: str
) -> None:
    path = tmp_path / "out.zarr"
    sweep(Canonical(one), temperature=0.1, store=path)
    with pytest.raises(
        FileError, match=rf"holds another sweep: {words}" if "sweep" not in words else words
    ) as caught:
        sweep(Canonical(other), temperature=0.1, store=path)
    assert str(caught.value).count("; ") == 0  # what follows from it is not told again


def test_other_ensembles_are_other_sweeps(tmp_path: Path) -> None:
    path = tmp_path / "out.zarr"
    sweep(Canonical(GRAIN), temperature=0.1, store=path)
    with pytest.raises(FileError, match=r"canonical\.kind is 'Canonical', not 'MeanField'\."):
        sweep(MeanField(GRAIN), temperature=0.1, label="canonical", store=path)
    with pytest.raises(FileError, match=r"canonical\.options is \{\}, not \{'accuracy': 0\.1\}[;.]"):
        sweep(Canonical(GRAIN, accuracy=0.1), temperature=0.1, label="canonical", store=path)


def rewritten(path: Path, **changes: Any) -> None:
    """What the store says of itself, changed on purpose with its checksum."""
    file = path / "journal" / "checksums.json"
    content = checksums.verified(file.read_bytes())
    assert content is not None
    content["store"] |= changes
    file.write_bytes(checksums.signed(content))


def test_other_versions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.zarr"
    sweep(Canonical(GRAIN), temperature=0.1, store=path)
    rewritten(path, versions={"quasispin": "0.0.1"})
    with pytest.raises(
        FileError, match=r"was begun with quasispin 0\.0\.1, but this is .*finish it with that"
    ):
        sweep(Canonical(GRAIN), temperature=0.1, store=path)
    rewritten(path, schema_version=99)
    with pytest.raises(FileError, match="has layout 99, but this quasispin knows no layout above 4"):
        sweep(Canonical(GRAIN), temperature=0.1, store=path)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.zarr").write_text("no store", encoding="utf-8")
    (tmp_path / "empty.zarr").mkdir()
    for name in ("file.zarr", "empty.zarr"):
        with pytest.raises(FileError, match="is not the store of a sweep by quasispin"):
            store.read(tmp_path / name)
    (tmp_path / "empty.zarr" / "mine").touch()
    for name in ("file.zarr", "empty.zarr"):
        with pytest.raises(FileError, match="is not the store of a sweep by quasispin"):
            sweep(Canonical(GRAIN), temperature=0.1, store=tmp_path / name)
    with pytest.raises(FileError, match=r"does not exist\."):
        store.read(tmp_path / "none.zarr")
    with pytest.raises(FileError, match=r"`store` must end in \.nc or \.zarr, but is 'out\.txt'\."):
        sweep(Canonical(GRAIN), temperature=0.1, store="out.txt")
    with pytest.raises(FileError, match="there is no folder"):
        sweep(Canonical(GRAIN), temperature=0.1, store=tmp_path / "none" / "out.zarr")
    with pytest.raises(FileError, match="`store` must be a path, but is 3"):
        sweep(Canonical(GRAIN), temperature=0.1, store=3)  # type: ignore[arg-type]


# -- one at a time -------------------------------------------------------------------------------------


def test_two_runs_on_one_store_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.zarr"

    def second(done: int, total: int) -> None:
        del total
        if done:
            with pytest.raises(FileError, match=f"is in use by process {os.getpid()} on "):
                sweep(Canonical(GRAIN), temperature=0.1, store=path)

    sweep(Canonical(GRAIN), temperature=0.1, store=path, progress=second)
    assert not (path / "journal" / "lock.json").exists()


HERE = socket.gethostname()


@pytest.mark.parametrize(
    "holder",
    [
        {"process": 2**22 + 1, "host": HERE, "started": "1"},
        {"process": os.getpid(), "host": HERE, "started": "another's"},
        {"process": 2**70, "host": HERE, "started": "1"},
        {"process": os.getpid(), "host": HERE},
    ],
)
def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path, holder: object) -> None:
    path = tmp_path / "out.zarr"
    sweep(Canonical(GRAIN), temperature=0.1, store=path)
    lock = path / "journal" / "lock.json"
    lock.write_text(json.dumps(holder), encoding="utf-8")
    sweep(Canonical(GRAIN), temperature=0.1, store=path)
    assert not lock.exists()


@pytest.mark.parametrize(
    ("holder", "words"),
    [
        (
            {"process": 1, "host": "elsewhere", "started": "1"},
            r"is in use by process 1 on elsewhere; if that",
        ),
        (
            {"process": 10**80, "host": "there"},
            r"is in use by process 1000\S*\.\.\. on there; if that is gone",
        ),
        ({"process": 1, "host": "\x1b[31mred\a"}, r"is in use by process 1 on '\\x1b\[31mred\\x07'; if"),
        ("torn", "has a lock that does not say who works on it; if nobody does, remove "),
        ([], "has a lock that does not say who"),
        ({}, "has a lock that does not say who"),
        ({"process": True, "host": HERE}, "has a lock that does not say who"),
        ({"process": -1, "host": HERE}, "has a lock that does not say who"),
        ({"process": "\x1b[31m", "host": HERE}, "has a lock that does not say who"),
        ({"process": 1, "host": ["there"]}, "has a lock that does not say who"),
    ],
)
def test_any_other_lock_is_refused_in_one_sentence(tmp_path: Path, holder: object, words: str) -> None:
    path = tmp_path / "out.zarr"
    sweep(Canonical(GRAIN), temperature=0.1, store=path)
    lock = path / "journal" / "lock.json"
    lock.write_text(json.dumps(holder), encoding="utf-8")
    with pytest.raises(FileError, match=words) as caught:
        sweep(Canonical(GRAIN), temperature=0.1, store=path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 3000, b'{"process": ' + b"9" * 4500 + b"}"])
def test_a_lock_of_anything_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "out.zarr"
    sweep(Canonical(GRAIN), temperature=0.1, store=path)
    (path / "journal" / "lock.json").write_bytes(content)
    with pytest.raises(FileError, match="has a lock that does not say who works on it"):
        sweep(Canonical(GRAIN), temperature=0.1, store=path)


# -- a disk that refuses -------------------------------------------------------------------------------


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 2000 bytes: a real refusal of the system, EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_loses_nothing(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, path = traced_plan(trace), tmp_path / "out.zarr"
    write = archive.Archive._write

    def full(self: archive.Archive, name: str, number: int, values: Any) -> tuple[str, archive.State]:
        if number == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, name, number, values)

    monkeypatch.setattr(archive.Archive, "_write", full)
    with pytest.raises(
        FileError,
        match=r"written: No space left on device\. 3 of 6 tasks are kept in .*out\.zarr: the same",
    ):
        asked.run(store=path)
    monkeypatch.setattr(archive.Archive, "_write", write)
    asked.run(store=path)
    assert evaluations(trace) == [1, 1, 1, 2, 1, 1]
    same(store.read(path), asked.run())


def test_files_that_may_not_grow_are_one_sentence(tmp_path: Path, small_files: None) -> None:
    fields = np.linspace(0, 1, 3000)
    with pytest.raises(FileError, match="could not be written: File too large"):
        sweep(Canonical(GRAIN), temperature=0.1, field=fields, store=tmp_path / "out.zarr")


def test_a_line_that_does_not_fit_leaves_the_journal_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_bytes(b'{"task": 0, "seconds": 1.0, "undefined": []}\n')
    journal = archive.Journal(path)

    def refuse(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        journal.add(Block(1, {}), {})
    assert path.read_bytes() == b'{"task": 0, "seconds": 1.0, "undefined": []}\n'
    assert list(journal.tasks) == [0]
