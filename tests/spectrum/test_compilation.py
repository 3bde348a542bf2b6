"""What the first use costs and shows, and that many processes may have it at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from quasispin.spectrum import compilation

ONE_POINT = """
import quasispin as qs
ensemble = qs.Canonical(qs.System.single_shell(qs.Shell.orbital(3), 6, gap_scale=1.0))
print(repr(ensemble.averages(0.1, 0.2).heat_capacity))
"""


class Compiled:
    """Stands for a compiled function."""

    __name__ = "one_sum"
    __module__ = "some.kernels"

    def __init__(self, folder: Path | None) -> None:
        self.signatures: list[str] = []
        self.stats = SimpleNamespace(cache_path=None if folder is None else str(folder))
        self.failures = 0

    def __call__(self, value: int) -> int:
        self.signatures.append("int")
        if self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device")
        return value + 1


def test_the_first_use_is_announced_on_a_terminal_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    function = Compiled(tmp_path)
    assert [compilation.run(function, 1), compilation.run(function, 1)] == [2, 2]
    assert capsys.readouterr().err == compilation.NOTE + "\n"


def test_nothing_is_announced_where_nobody_looks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compilation.run(Compiled(tmp_path), 1) == 2
    assert capsys.readouterr().err == ""


def test_machine_code_on_disk_is_ready(tmp_path: Path) -> None:
    assert not compilation.is_ready(Compiled(tmp_path))
    assert not compilation.is_ready(Compiled(None))
    (tmp_path / "kernels.one_sum-12.py311.nbi").touch()
    assert compilation.is_ready(Compiled(tmp_path))


def test_a_full_disk_only_costs_the_next_process_the_compilation(tmp_path: Path) -> None:
    function = Compiled(tmp_path)
    function.failures = 1
    assert compilation.run(function, 1) == 2


def test_without_any_folder_nothing_is_kept() -> None:
    def compiler(cache: bool = False) -> Any:
        def compile_(function: Any) -> Any:
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            return function

        return compile_

    assert compilation.kept(compiler, len) is len


def outputs(folder: Path, count: int) -> list[str]:
    """What so many processes print that are started at once."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    command = [sys.executable, "-W", "error", "-c", ONE_POINT]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(count)
    ]
    found = [process.communicate(timeout=600)[0] for process in started]
    assert [process.returncode for process in started] == [0] * count
    return found


@pytest.mark.long
def test_many_processes_may_share_an_empty_cache(tmp_path: Path) -> None:
    first = outputs(tmp_path, 4)
    assert len(set(first)) == 1
    assert list(tmp_path.rglob("*.nbi"))
    assert set(outputs(tmp_path, 2)) == set(first)


@pytest.mark.long
def test_without_a_folder_that_can_be_written_it_works_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "no_folder"
    file.touch()
    assert outputs(file, 1) == outputs(tmp_path / "cache", 1)
