"""What the first use costs and shows, and that many processes may have it at once."""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from quasispin.compiled import compilation
from quasispin.compiled.jit import jitted

ONE_POINT = """
import quasispin as qs
ensemble = qs.Canonical(qs.System.single_shell(qs.Shell.orbital(3), 6, gap_scale=1.0))
print(repr(ensemble.averages(0.1, 0.2).heat_capacity))
"""


class Compiled:
    """Stands for a compiled function."""

    failures = 0

    def __call__(self, value: int) -> int:
        if self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device")
        return value + 1


class Terminal(io.StringIO):
    """Somebody looks."""

    def isatty(self) -> bool:
        return True


def compiled(module: str) -> Any:
    """A function that numba has not compiled yet, and one that it calls."""

    def inner(value: int) -> int:
        return value + 1

    def outer(value: int) -> Any:
        return step(value) + 1

    for one in (inner, outer):
        one.__module__ = module
    step = jitted()(inner)
    return jitted()(outer)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setattr(compilation.listen(), "is_told", False)
    found = Terminal()
    monkeypatch.setattr(compilation, "sys", SimpleNamespace(stderr=found))  # pytest changes the one of sys
    return found


def test_a_compilation_is_told_with_the_time_it_took_and_a_second_call_is_silent(screen: Terminal) -> None:
    function = compiled("quasispin.kernels")
    assert [compilation.run(function, 1), compilation.run(function, 1)] == [3, 3]
    first, second, last = screen.getvalue().splitlines()
    assert first == compilation.NOTE
    assert second == "Compiling outer …"
    assert re.fullmatch(r"Compiled outer in \d+\.\d s\.", last)
    compilation.run(compiled("quasispin.kernels"), 1)
    words = [line.partition(" ")[0] for line in screen.getvalue().splitlines()]
    assert words == ["Compiling", "Compiling", "Compiled", "Compiling", "Compiled"]


def test_what_is_compiled_is_said_in_words_of_physics(screen: Terminal) -> None:
    function = compiled("quasispin.kernels")
    function.py_func.__name__ = "single_shell_sum"
    compilation.run(function, 1)
    assert screen.getvalue().splitlines()[1] == "Compiling the sum over the states of one shell …"


def test_every_name_in_words_is_that_of_a_compiled_function() -> None:
    from quasispin.compiled import free, halves, many_shells, mean_field, single_shell

    entries = {
        name
        for module in (single_shell, free, halves, many_shells, mean_field)
        for name, value in vars(module).items()
        if getattr(value, "py_func", None) is not None and value.py_func.__module__ == module.__name__
    }
    assert compilation.WHAT.keys() <= entries


def test_what_is_on_the_disk_is_known_from_names_and_dates(tmp_path: Path) -> None:
    source = tmp_path / "kernels.py"
    source.write_text("")
    code = compile("def outer(): pass", str(source), "exec").co_consts[0]
    plain = SimpleNamespace(__module__="quasispin.kernels", __code__=code)
    kept = SimpleNamespace(
        __name__="outer", py_func=plain, _cache=SimpleNamespace(cache_path=str(tmp_path / "cache"))
    )
    assert not compilation.is_kept(kept)  # no folder yet
    index = tmp_path / "cache" / "kernels.outer-1.py311.nbi"
    index.parent.mkdir()
    assert not compilation.is_kept(kept)
    index.touch()
    assert compilation.is_kept(kept)
    os.utime(source, (2e9, 2e9))  # edited since
    assert not compilation.is_kept(kept)
    assert compilation.may_be_kept(kept)
    assert not compilation.may_be_kept(SimpleNamespace(__name__="outer", py_func=plain))
    assert not compilation.is_kept(SimpleNamespace(__name__="outer", py_func=plain))


def test_jobs_in_processes_of_their_own_are_told_when_they_are_done() -> None:
    assert set(compilation.compile_apart({"one": os.getpid, "other": os.getppid})) == {"one", "other"}


def test_functions_of_others_are_their_own_affair(screen: Terminal) -> None:
    assert compilation.run(compiled("elsewhere.kernels"), 1) == 3
    assert screen.getvalue() == ""


def test_nothing_is_told_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = io.StringIO()
    monkeypatch.setattr(sys, "stderr", quiet)
    assert compilation.run(compiled("quasispin.kernels"), 1) == 3
    assert quiet.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", None)
    assert compilation.run(compiled("quasispin.kernels"), 1) == 3


def test_a_notebook_looks_and_a_worker_process_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    class Cell(io.StringIO):
        __module__ = "ipykernel.iostream"

    monkeypatch.setattr(sys, "stderr", Cell())
    assert compilation.is_watched()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: "somebody")
    assert not compilation.is_watched()


FIRST_USE = """
import sys
import quasispin as qs
sys.stderr.isatty = lambda: True
fence = qs.System([qs.Shell([1.0], energy=float(k)) for k in range(3)], 3, 0.5)
grain = qs.System.single_shell(qs.Shell.orbital(2), 4, gap_scale=1.0)
qs.gap({ensemble}, [0.1, 0.2])
"""


@pytest.mark.long
@pytest.mark.parametrize("ensemble", ["qs.Canonical(grain)", "qs.MeanField(grain)", "qs.Canonical(fence)"])
def test_every_first_use_is_told_and_a_stale_cache_is_no_second(ensemble: str, tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    call = [sys.executable, "-c", FIRST_USE.format(ensemble=ensemble)]

    def told() -> list[str]:
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=True)
        return done.stderr.splitlines()

    first = told()
    assert first[0] == compilation.NOTE
    assert len(first) > 1
    assert told() == []
    for index in tmp_path.rglob("*.nbi"):  # as after an upgrade: for another state of the source
        index.write_bytes(pickle.dumps("0.1") + index.read_bytes())
    assert told()[0] == compilation.NOTE


def test_a_full_disk_only_costs_the_next_process_the_compilation() -> None:
    function = Compiled()
    function.failures = 1
    assert compilation.run(function, 1) == 2


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
