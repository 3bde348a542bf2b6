"""Results at rest: a changed byte is named or computed again, and never read as another number."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

import quasispin as qs
from quasispin.cli.app import main
from quasispin.errors import FileError
from quasispin.sweep import apart, archive, checksums, litter, seal, store, tasks
from quasispin.sweep.lock import started
from quasispin.sweep.plan import Plan, plan
from tests.sweep.traced import one_task_a_system, same

DATA = Path(__file__).parent / "data"
RUN = """
[system]
shell = {orbital = 1}
electrons = 2
gap_scale = 1.0
[[ensemble]]
kind = "canonical"
[grid]
temperature = [0.1, 0.2]
"""
FAMILY = qs.Family(qs.System.single_shell, shell=qs.Shell.orbital(1), electrons=[2, 3], gap_scale=1.0)


@pytest.fixture(autouse=True)
def _small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    one_task_a_system(monkeypatch)


def asked() -> Plan:
    return plan(
        qs.Canonical(FAMILY),
        temperature=0.1,
        field=[0.0, 0.5],
        observables=[qs.gap, qs.chemical_potential, qs.seniority_distribution],
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, xr.Dataset]:
    """A folder with a file and a store of the same sweep, and what they hold."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        one_task_a_system(patch)
        data = asked().run(store=folder / "out.nc")
        asked().run(store=folder / "out.zarr")
    return folder, data


def files(path: Path) -> list[Path]:
    return sorted(entry for entry in path.rglob("*") if entry.is_file())


def places(size: int, many: int | None) -> list[int]:
    """All of them, or so many, spread."""
    return list(range(size)) if many is None else sorted({i * size // many for i in range(many)})


def changed(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << (place % 8)
    path.write_bytes(content)


def refusal(path: Path) -> str:
    """The one sentence by which it is not read; every other outcome is an error of this test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FileError) as caught:
            store.read(path)
    text = str(caught.value)
    assert text.isprintable()
    assert text.endswith(".")
    return text


def read_or_refused(path: Path) -> None:
    """Nothing but our own error is raised."""
    said = ""
    try:
        store.read(path)
    except FileError as error:
        said = str(error)
    assert said.isprintable()


def note_of_resuming(path: Path, expected: xr.Dataset) -> str:
    """What the same sweep warns of; it ends with the right numbers, and so does reading."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = asked().run(store=path)
    same(data.load(), expected)
    same(store.read(path), expected)
    return " ".join(str(one.message) for one in caught)


MANY = [pytest.param(60, id="some"), pytest.param(None, marks=pytest.mark.long, id="all")]

# -- one changed byte ------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", MANY)
def test_no_changed_byte_of_a_file_is_read(
    made: tuple[Path, xr.Dataset], tmp_path: Path, many: int | None
) -> None:
    path = tmp_path / "out.nc"
    content = (made[0] / "out.nc").read_bytes()
    end = content.rfind(seal.BEGIN)
    for place in places(len(content), many and 5 * many):
        path.write_bytes(content)
        changed(path, place)
        words = refusal(path)
        start = place // seal.BLOCK * seal.BLOCK
        assert (f"damaged: bytes {start} to " if place < end else "the checksums at its end") in words


def test_the_damaged_array_of_a_file_is_named(made: tuple[Path, xr.Dataset], tmp_path: Path) -> None:
    path = tmp_path / "out.nc"
    for name in ("gap", "field"):
        shutil.copy(made[0] / "out.nc", path)
        numbers = made[1][name].values.tobytes()
        changed(path, path.read_bytes().find(numbers) + len(numbers) // 2)
        assert f", in the numbers of {name}. Repeat the sweep, which computes it again." in refusal(path)


def test_of_a_large_array_the_place_is_named(tmp_path: Path) -> None:
    data = store.read(DATA / "schema-3.nc")[["gap"]].isel(ensemble=0, levels=0, electrons=0, drop=True)
    wide = data.interp(temperature=np.linspace(0.1, 0.4, 300), field=np.linspace(0, 0.7, 500))
    wide["other"] = wide.gap + 1
    path = store.write(wide.assign_attrs(data.attrs), tmp_path / "out.nc")
    xr.testing.assert_equal(store.read(path), wide)
    changed(path, path.read_bytes().find(wide.gap.values[151:].tobytes()) + 8 * 500 * 120)
    assert "gap[150:300, 0:500]" in refusal(path)


@pytest.mark.parametrize("many", MANY)
def test_no_changed_byte_of_a_store_is_read(
    made: tuple[Path, xr.Dataset], tmp_path: Path, many: int | None
) -> None:
    path = tmp_path / "out.zarr"
    shutil.copytree(made[0] / "out.zarr", path)
    for file in files(path):
        content = file.read_bytes()
        name = file.relative_to(path).as_posix()
        for place in places(len(content), many and many // 6):
            changed(file, place)
            words = refusal(path)
            assert name in words or name == "journal/tasks.jsonl"
            file.write_bytes(content)
    same(store.read(path), made[1])


@pytest.mark.parametrize("many", MANY)
def test_a_changed_byte_of_a_store_is_named_and_computed_again(
    made: tuple[Path, xr.Dataset], tmp_path: Path, many: int | None
) -> None:
    for file in files(made[0] / "out.zarr"):
        name = file.relative_to(made[0] / "out.zarr").as_posix()
        for place in places(file.stat().st_size, many and many // 30):
            path = tmp_path / "out.zarr"
            shutil.copytree(made[0] / "out.zarr", path)
            changed(path / name, place)
            told = note_of_resuming(path, made[1])
            assert name in told or name == "journal/tasks.jsonl", told
            shutil.rmtree(path)


def test_a_missing_file_of_a_store_is_named_and_written_again(
    made: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    for file in files(made[0] / "out.zarr"):
        name = file.relative_to(made[0] / "out.zarr").as_posix()
        path = tmp_path / "out.zarr"
        shutil.copytree(made[0] / "out.zarr", path)
        (path / name).unlink()
        words = refusal(path)
        assert name in words or "holds 0 of 2 tasks" in words
        told = note_of_resuming(path, made[1])
        assert name in told or name == "journal/tasks.jsonl", told
        shutil.rmtree(path)


@pytest.mark.parametrize("many", MANY)
def test_a_changed_byte_of_a_file_is_named_and_computed_again(
    made: tuple[Path, xr.Dataset], tmp_path: Path, many: int | None
) -> None:
    path = tmp_path / "out.nc"
    content = (made[0] / "out.nc").read_bytes()
    end = content.rfind(seal.BEGIN)
    last = content.rfind(seal.MIDDLE)
    first, close = end + len(seal.BEGIN), len(content) - len(seal.END)
    marks = [end, first - 1, first, first + 50, last, last + 1, last + 2, last + 50, close, len(content) - 1]
    for place in [*places(len(content), many), *marks]:
        path.write_bytes(content)
        changed(path, place)
        what = "(bytes " if place < end else "(the checksums at its end)"
        assert f"`{path}` was damaged {what}" in note_of_resuming(path, made[1])
        assert [entry.name for entry in tmp_path.iterdir()] == ["out.nc"]


def test_a_file_of_which_no_checksum_is_left_is_not_replaced(
    made: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    path = tmp_path / "out.nc"
    content = (made[0] / "out.nc").read_bytes()
    end, last = content.rfind(seal.BEGIN), content.rfind(seal.LINE)
    for place in (end + len(seal.BEGIN) + 50, last + 50):
        content = content[:place] + b"?" + content[place + 1 :]
    for damaged in (content, content[: end + len(seal.BEGIN) + 5]):
        path.write_bytes(damaged)
        assert "is damaged in the checksums at its end: remove it, and the same sweep" in refusal(path)
        with pytest.raises(FileError, match="is damaged in the checksums at its end: remove it, and the"):
            asked().run(store=path)
        assert path.read_bytes() == damaged


def test_the_one_line_of_the_first_files_with_checksums_is_understood(
    made: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    path = tmp_path / "out.nc"
    content = (made[0] / "out.nc").read_bytes()
    path.write_bytes(content[: content.rfind(seal.MIDDLE)] + seal.END)
    assert note_of_resuming(path, made[1]) == ""
    changed(path, 1000)
    assert "was damaged (bytes 0 to" in note_of_resuming(path, made[1])


def test_a_damaged_file_of_another_sweep_is_not_replaced(
    made: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    path = tmp_path / "out.nc"
    shutil.copy(made[0] / "out.nc", path)
    changed(path, 1000)
    before = path.read_bytes()
    with pytest.raises(FileError, match=r"holds another sweep: .*temperature has other values"):
        qs.sweep(qs.Canonical(FAMILY), temperature=0.2, field=[0.0, 0.5], store=path)
    assert path.read_bytes() == before


def test_the_command_names_what_it_computes_again(made: tuple[Path, xr.Dataset], tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(RUN, encoding="utf-8")
    call = ["sweep", str(tmp_path / "run.toml"), "-o", str(tmp_path / "out.zarr")]
    assert CliRunner().invoke(main, call).exit_code == 0
    changed(tmp_path / "out.zarr" / "temperature" / "c" / "0", 3)
    again = CliRunner().invoke(main, call)
    assert again.exit_code == 0
    assert again.stderr == (
        f"Note: `{tmp_path / 'out.zarr'}` was damaged: `temperature` (the file temperature/c/0). "
        "That is computed again.\n"
    )
    assert CliRunner().invoke(main, call).stderr == ""
    changed(tmp_path / "out.zarr" / "temperature" / "c" / "0", 3)
    drawn = CliRunner().invoke(main, ["figure", call[3], "-o", str(tmp_path / "out.png")])
    assert drawn.exit_code == 2
    assert "(the file temperature/c/0) is not as written; repeat the sweep" in drawn.stderr


# -- without checksums -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["schema-1.nc", "schema-2.nc", "schema-3.nc", "schema-2.zarr", "schema-3.zarr"]
)
def test_what_has_no_checksums_is_read_and_says_so(name: str, tmp_path: Path) -> None:
    data = store.read(DATA / name)
    assert data.attrs["unchecked"] == (
        f"{DATA / name} carries no checksums, so that damage to it would not be seen"
    )
    copy = store.write(data, tmp_path / "copy.nc")
    assert "unchecked" not in store.read(copy).attrs
    call = ["figure", str(DATA / name), "-o", str(tmp_path / "out.png"), "--observable", "gap"]
    drawn = CliRunner().invoke(main, call)
    assert drawn.exit_code == 0, drawn.output
    assert drawn.stderr == f"Note: {data.attrs['unchecked']}.\n"


def test_a_file_that_another_program_has_written_anew_has_none(
    made: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    xr.load_dataset(made[0] / "out.nc").isel(field=[0]).to_netcdf(tmp_path / "part.nc")
    data = store.read(tmp_path / "part.nc")
    xr.testing.assert_equal(data, made[1].isel(field=[0]))
    assert "carries no checksums" in data.attrs["unchecked"]


@pytest.mark.parametrize("many", [4, pytest.param(400, marks=pytest.mark.long)])
def test_damage_to_a_file_without_checksums_is_one_sentence_where_it_is_seen(
    tmp_path: Path, many: int
) -> None:
    path = tmp_path / "old.nc"
    content = (DATA / "schema-3.nc").read_bytes()
    for place in places(len(content), many):
        path.write_bytes(content)
        changed(path, place)
        read_or_refused(path)
    for other in (content[:0], content[:9], content[: len(content) // 2], b"CDF\x01" + content[4:]):
        path.write_bytes(other)
        refusal(path)


def test_a_file_that_kills_the_netcdf_library_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.nc"
    content = bytearray((DATA / "schema-3.nc").read_bytes())
    for place in (5721, 5728):  # what stands there describes a heap of HDF5
        content[place] ^= 1 << (place % 8)
    path.write_bytes(content)
    assert refusal(path).startswith(f"`{path}` is not a readable netCDF file: ")
    for program, words in (
        ("import os\nos.kill(os.getpid(), 11)", "died (SIGSEGV)"),
        ("import time\ntime.sleep(1000)", "did not come to an end"),
        ("print('what I have to say')", "ended"),
    ):
        monkeypatch.setattr(apart, "PROGRAM", program)
        if "time" in program:
            monkeypatch.setattr(apart, "PATIENCE", 0.1)
        with pytest.raises(FileError) as caught:
            store.read(DATA / "schema-3.nc")
        said = f"is not a readable netCDF file: the netCDF library {words} over it."
        assert str(caught.value) == f"`{DATA / 'schema-3.nc'}` {said}"
        monkeypatch.setattr(apart, "PATIENCE", 30.0)


def test_damage_to_an_old_store_is_one_sentence_where_it_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "old.zarr"
    shutil.copytree(DATA / "schema-3.zarr", path)
    for file in files(path):
        content = file.read_bytes()
        for place in places(len(content), 12):
            changed(file, place)
            read_or_refused(path)
            file.write_bytes(content)
        for other in (b"", b"\xff\xfe\x00", b"[]", b"{}", b"null", b"[" * 5000, None):
            file.unlink() if other is None else file.write_bytes(other)
            read_or_refused(path)
            file.write_bytes(content)


def test_who_reads_without_this_package_sees_damage_to_numbers(
    made: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    for name in ("gap", "field"):
        path = tmp_path / f"{name}.nc"
        shutil.copy(made[0] / "out.nc", path)
        changed(path, path.read_bytes().find(made[1][name].values.tobytes()) + 3)
        with pytest.raises((RuntimeError, OSError)):
            xr.load_dataset(path)
        path = tmp_path / f"{name}.zarr"
        shutil.copytree(made[0] / "out.zarr", path)
        chunk = next(file for file in files(path / name) if file.name.startswith(("c", "0")))
        changed(chunk, chunk.stat().st_size // 2)
        with pytest.raises((ValueError, RuntimeError)):
            xr.open_zarr(path).load()


@pytest.mark.parametrize("options", [{}, {"consolidated": True}, {"consolidated": False}])
def test_a_finished_store_opens_as_everybody_opens_one(
    made: tuple[Path, xr.Dataset], options: dict[str, Any]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = xr.open_zarr(made[0] / "out.zarr", chunks=None, **options)
    xr.testing.assert_equal(data, made[1])
    assert data.chemical_potential.attrs == made[1].chemical_potential.attrs


# -- journals of others ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        {"task": 0, "undefined": [], "chunks": {"../victim": [3, "0" * 32]}},
        {"task": 0, "undefined": [], "chunks": {"/etc/passwd": [3, "0" * 32]}},
        {"task": 0, "undefined": [], "chunks": {"gap/../../victim": [3, "0" * 32]}},
        {"task": 0, "undefined": [], "chunks": {"gap/c.0\x1b[31m": [3, "0" * 32]}},
        {"task": 0, "undefined": [], "chunks": {"field/c/0": [3, "0" * 32]}},
        {"task": 0, "undefined": [], "chunks": {"gap/zarr.json": [3, "0" * 32]}},
        {"task": 0, "undefined": [], "chunks": {"gap/c.0": "long"}},
        {"task": 0, "undefined": [], "chunks": []},
        {"task": 0, "undefined": 5, "chunks": {}},
        {"task": 99, "undefined": [], "chunks": {}},
        {"task": -1, "undefined": [], "chunks": {}},
        {"task": "0", "undefined": [], "chunks": {}},
        {"damaged": [1]},
    ],
)
def test_a_line_that_cannot_be_says_nothing(
    line: dict[str, Any], made: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    (tmp_path / "victim").write_text("mine", encoding="utf-8")
    path = tmp_path / "out.zarr"
    shutil.copytree(made[0] / "out.zarr", path)
    journal = path / "journal" / "tasks.jsonl"
    before = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(checksums.signed(line) + b"\n" + b"".join(before[1:]))
    assert "holds 1 of 2 tasks (1 of the lines of its journal cannot be read): " in refusal(path)
    assert note_of_resuming(path, made[1]) == ""
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "change",
    [
        {"lengths": "many"},
        {"lengths": [0, 1, 1, 1]},
        {"lengths": [1, 1]},
        {"tasks": 10**30},
        {"tasks": None},
        {"inputs": None},
        {"inputs": {"observables": ["../victim"]}},
        {"inputs": {"observables": ["gap"], "temperature": 3, "ensembles": [], "systems": 4}},
        {"versions": None},
        {"schema_version": "three"},
        {"schema_version": float("inf")},
    ],
)
def test_a_head_that_cannot_be_is_one_sentence(
    change: dict[str, Any], made: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    path = tmp_path / "out.zarr"
    shutil.copytree(made[0] / "out.zarr", path)
    file = path / "journal" / "checksums.json"
    content = checksums.verified(file.read_bytes())
    assert content is not None
    content["store"] |= change
    file.write_bytes(checksums.signed(content))
    with pytest.raises(FileError) as caught:
        asked().run(store=path)
    assert str(caught.value).isprintable()


# -- what has the name of an output -----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_link_to_what_is_not_there_is_followed(suffix: str, tmp_path: Path, made: Any) -> None:
    (tmp_path / "disk").mkdir()
    link, real = tmp_path / f"out{suffix}", tmp_path / "disk" / f"real{suffix}"
    link.symlink_to(real)
    same(asked().run(store=link).load(), made[1])
    assert link.is_symlink()
    same(store.read(real), made[1])
    assert note_of_resuming(link, made[1]) == ""


def test_links_that_lead_nowhere_are_refused(tmp_path: Path) -> None:
    for name, leads_to, words in (
        ("a.nc", tmp_path / "none" / "b.nc", "which is in no folder"),
        ("c.nc", tmp_path / "d.txt", "which has another ending"),
        ("e.nc", tmp_path / "e.nc", "leads in a circle"),
    ):
        (tmp_path / name).symlink_to(leads_to)
        with pytest.raises(FileError, match=words):
            asked().run(store=tmp_path / name)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_pipe_is_refused_and_not_waited_for(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    os.mkfifo(path)
    with pytest.raises(FileError, match="is there, and neither a file nor a folder"):
        asked().run(store=path)
    refusal(path)
    with pytest.raises(FileError, match="cannot be written: it is there, and not a file"), store.whole(path):
        pass


def test_an_empty_folder_and_an_empty_file_are_taken(tmp_path: Path, made: Any) -> None:
    (tmp_path / "out.zarr").mkdir()
    (tmp_path / "out.nc").touch()
    for name in ("out.zarr", "out.nc"):
        same(asked().run(store=tmp_path / name).load(), made[1])
        same(store.read(tmp_path / name), made[1])


@pytest.mark.parametrize("is_made_again", [False, True])
def test_a_store_that_is_removed_under_the_run_is_said_to_be(tmp_path: Path, is_made_again: bool) -> None:
    path = tmp_path / "out.zarr"

    def gone(done: int, total: int) -> None:
        if done == 2:
            shutil.rmtree(path)
            if is_made_again:
                (path / "journal").mkdir(parents=True)

    what = "was taken by another process, or its lock removed," if is_made_again else "was removed"
    with pytest.raises(FileError) as caught:
        asked().run(store=path, progress=gone)
    assert str(caught.value) == f"`{path}` {what} while the sweep was writing to it."
    assert path.exists() == is_made_again


def test_a_store_that_is_removed_while_a_chunk_is_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "out.zarr", archive.Archive._write

    def gone(self: archive.Archive, name: str, number: int, values: Any) -> tuple[str, archive.State]:
        if number == 1 and path.exists():
            self._array(name)
            shutil.rmtree(path)
        return write(self, name, number, values)

    monkeypatch.setattr(archive.Archive, "_write", gone)
    with pytest.raises(FileError, match=r"was removed while the sweep was writing to it\.$"):
        asked().run(store=path)
    assert list(tmp_path.iterdir()) == []


# -- what killed processes leave ---------------------------------------------------------------------------


def dead() -> int:
    """The number of a process that is over."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_what_dead_processes_left_goes_and_what_live_ones_write_stays(tmp_path: Path, made: Any) -> None:
    path = tmp_path / "out.zarr"
    live = litter.part(path)
    live.mkdir()
    gone = live.with_name(live.name.replace(f"-{os.getpid()}-{started(os.getpid())}.", f"-{dead()}-1."))
    (gone / "gap").mkdir(parents=True)
    file = gone.with_name(gone.name.replace("out.zarr", "out.nc"))
    file.touch()
    other = gone.with_name(gone.name.replace("out.zarr", "mine.zarr"))
    other.touch()
    for name in ("out.zarr", "out.nc"):
        asked().run(store=tmp_path / name)
    assert {entry.name for entry in tmp_path.iterdir()} == {"out.zarr", "out.nc", live.name, other.name}


def test_what_was_left_within_a_store_goes(tmp_path: Path, made: Any) -> None:
    path = tmp_path / "out.zarr"
    shutil.copytree(made[0] / "out.zarr", path)
    before = files(path)
    (path / "gap" / f"c.0.0.{'0' * 32}.partial").touch()
    (path / "journal" / f"lock.json.{'a' * 32}").touch()
    mine = path / "gap" / "notes.partial"
    mine.touch()
    lock = {"process": dead(), "host": socket.gethostname(), "started": "1"}
    (path / "journal" / "lock.json").write_text(json.dumps(lock), encoding="utf-8")
    assert note_of_resuming(path, made[1]) == ""
    assert files(path) == sorted([*before, mine])


# -- no memory ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refusal_of_the_system",
    [
        MemoryError("Unable to allocate 3 TiB"),
        RuntimeError("can't start new thread"),
        OSError(12, "Cannot allocate"),
    ],
)
@pytest.mark.parametrize("name", [None, "out.zarr", "out.nc"])
def test_a_refusal_of_memory_is_one_sentence_and_blames_no_file(
    refusal_of_the_system: Exception, name: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise refusal_of_the_system

    wanted = asked()
    assert wanted.costs
    monkeypatch.setattr(tasks, "together", refuse)
    with pytest.raises(qs.SizeError, match=r"^The memory of this process does not suffice \(.*\)\."):
        wanted.run(store=None if name is None else tmp_path / name)
    (tmp_path / "run.toml").write_text(RUN, encoding="utf-8")
    told = CliRunner().invoke(main, ["sweep", str(tmp_path / "run.toml"), "-o", str(tmp_path / "other.zarr")])
    assert told.exit_code == 2
    assert told.stderr.startswith("Error: The memory of this process does not suffice (")
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["out.zarr", "out.nc"])
def test_a_file_that_does_not_fit_into_memory_is_not_called_damaged(
    name: str, made: tuple[Path, xr.Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(xr, "open_dataset", refuse)
    with pytest.raises(qs.SizeError) as caught:
        store.read(made[0] / name)
    assert str(caught.value) == (
        f"The memory of this process does not suffice to read `{made[0] / name}` (can't start new thread)."
    )
