"""Machine code on the disk is used if it is what was written; else the function is compiled anew."""

from __future__ import annotations

import importlib.util
import os
import pickle
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core import config

from quasispin.compiled.jit import jitted
from quasispin.compiled.kept import stamp

SOURCE = "def added(a, b):\n    return a + {factor} * b\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the machine code is kept."""
    found = tmp_path / "cache"
    monkeypatch.setattr(config, "CACHE_DIR", str(found))
    return found


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.py"
    path.write_text(SOURCE.format(factor=1), encoding="utf-8")
    return path


def new(source: Path) -> Any:
    """The function as another process has it, which has compiled nothing yet."""
    about = importlib.util.spec_from_file_location("source", source)
    assert about is not None
    assert about.loader is not None
    module = importlib.util.module_from_spec(about)
    about.loader.exec_module(module)
    if about.cached:  # a source rewritten within the same second would be taken for the old one
        Path(about.cached).unlink(missing_ok=True)
    return jitted(cache=True)(module.added)


def hits(function: Any) -> int:
    return sum(function.stats.cache_hits.values())


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def test_what_was_compiled_is_kept(folder: Path, source: Path) -> None:
    first = new(source)
    assert (first(1.0, 2.0), hits(first)) == (3.0, 0)
    second = new(source)
    assert (second(1.0, 2.0), hits(second)) == (3.0, 1)
    assert [file.suffix for file in files(folder)] == [".nbc", ".nbi"]


def test_what_is_damaged_is_compiled_and_kept_again(folder: Path, source: Path) -> None:
    assert new(source)(1.0, 2.0) == 3.0
    for file in files(folder):
        content = file.read_bytes()
        changes: list[bytes | None] = [
            None,
            b"",
            b"foo",
            content[:20],
            content[:-1],
            content[: len(content) // 2],
        ]
        for place in range(0, len(content), 1 + len(content) // 6):
            changes.append(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        for changed in changes:
            file.unlink() if changed is None else file.write_bytes(changed)
            damaged = new(source)
            assert (damaged(1.0, 2.0), hits(damaged)) == (3.0, 0)
            again = new(source)
            assert (again(1.0, 2.0), hits(again)) == (3.0, 1)
            file.write_bytes(content)


def test_machine_code_of_another_source_is_not_used(folder: Path, source: Path) -> None:
    """As after a full disk: the index is of the new source, the code still of the old one."""
    assert new(source)(1.0, 2.0) == 3.0
    (old,) = (file for file in files(folder) if file.suffix == ".nbc")
    content = old.read_bytes()
    source.write_text(SOURCE.format(factor=2), encoding="utf-8")
    assert new(source)(1.0, 2.0) == 5.0
    old.write_bytes(content)
    assert new(source)(1.0, 2.0) == 5.0


CALLEE = "from quasispin.compiled.jit import inner\n\n\n@inner\ndef times(a):\n    return {factor} * a\n"
CALLER = """
import callee
from quasispin.compiled.jit import entry

@entry
def one_more(a):
    return callee.times(a) + 1.0

print(one_more(3.0), sum(one_more.stats.cache_hits.values()))
"""


def test_an_edited_callee_in_another_file_is_seen(tmp_path: Path) -> None:
    """numba looks at the file of the function it compiles, not at those of what that calls."""
    (tmp_path / "caller.py").write_text(CALLER, encoding="utf-8")
    own = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(factor: int) -> str:
        (tmp_path / "callee.py").write_text(CALLEE.format(factor=factor), encoding="utf-8")
        call = [sys.executable, "-W", "error", str(tmp_path / "caller.py")]
        return subprocess.run(call, env=own, capture_output=True, text=True, check=True).stdout.strip()

    assert [run(2), run(2)] == ["7.0 0", "7.0 1"]
    assert [run(5), run(5)] == ["16.0 0", "16.0 1"]


def test_every_file_of_compiled_functions_is_in_their_stamp(tmp_path: Path) -> None:
    for name in ("one.py", "other.py", "page.md"):
        (tmp_path / name).touch()
    first = stamp(tmp_path)
    (tmp_path / "page.md").write_text("Nothing is compiled from it.", encoding="utf-8")
    assert stamp(tmp_path) == first
    changed = []
    for name in ("one.py", "other.py"):
        (tmp_path / name).write_text("pass", encoding="utf-8")
        changed.append(stamp(tmp_path))
    (tmp_path / "one.py").rename(tmp_path / "third.py")
    changed.append(stamp(tmp_path))
    assert len({first, *changed}) == 4


def test_the_index_of_another_version_is_not_used(folder: Path, source: Path) -> None:
    assert new(source)(1.0, 2.0) == 3.0
    (index,) = (file for file in files(folder) if file.suffix == ".nbi")
    index.write_bytes(pickle.dumps("0.1") + index.read_bytes())
    other = new(source)
    assert (other(1.0, 2.0), hits(other)) == (3.0, 0)


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 100 bytes: a real refusal of the system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_refuses_keeps_nothing_and_changes_nothing(
    folder: Path, source: Path, small_files: None
) -> None:
    assert new(source)(1.0, 2.0) == 3.0
    assert files(folder) == []


def test_without_any_folder_nothing_is_kept(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(config, "CACHE_LOCATOR_CLASSES", "UserProvidedCacheLocator", raising=False)
    assert new(source)(1.0, 2.0) == 3.0


ALL = """
import quasispin as qs
grain = qs.System.single_shell(qs.Shell.orbital(2), 4, gap_scale=1.0)
fence = qs.System([qs.Shell([1.0], energy=float(k)) for k in range(3)], 3, 0.5)
for one in (qs.Canonical(grain), qs.MeanField(grain), qs.Canonical(fence), qs.MeanField(fence)):
    print(qs.gap(one, 0.1, 0.2).hex())
"""
SMALL = """
mount -t tmpfs -o size=64k tmpfs {disk} || exit 77
NUMBA_CACHE_DIR={disk} {python} -W error -c "$CODE"
"""


@pytest.mark.long
def test_a_cache_on_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no program here makes a small disk")
    script = SMALL.format(disk=tmp_path, python=sys.executable)
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script],
        env={**os.environ, "CODE": ALL},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("no small disk may be mounted here")
    assert (done.returncode, done.stderr) == (0, "")
    expected = subprocess.run([sys.executable, "-c", ALL], capture_output=True, text=True, check=True)
    assert done.stdout == expected.stdout
    assert len(done.stdout.splitlines()) == 4


@pytest.mark.long
def test_a_damaged_cache_of_the_package_changes_nothing(tmp_path: Path) -> None:
    call, own = [sys.executable, "-W", "error", "-c", ALL], {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def run() -> str:
        return subprocess.run(call, env=own, capture_output=True, text=True, check=True).stdout

    expected = run()
    random = np.random.default_rng(5)
    for file in files(tmp_path):
        content = bytearray(file.read_bytes())
        match random.integers(3):
            case 0:
                content[random.integers(len(content))] ^= 1
            case 1:
                content = content[: random.integers(len(content))]
            case _:
                content = bytearray()
        file.write_bytes(content)
    assert run() == expected
    assert run() == expected
