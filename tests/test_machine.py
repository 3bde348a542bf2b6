"""What the machine allows: the least of its memory and the limits around this process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quasispin import machine


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Control groups of our own on a machine of 64 GiB."""
    monkeypatch.setattr(machine, "CONTROL_GROUPS", tmp_path)
    monkeypatch.setattr(machine, "OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(machine, "_physical", lambda: 64.0 * machine.GIB)
    return tmp_path


def written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


def memory() -> float:
    """Read anew, in GiB."""
    return machine.memory.__wrapped__() / machine.GIB


def test_without_control_groups_it_is_that_of_the_machine(groups: Path) -> None:
    assert memory() == 64.0


@pytest.mark.parametrize("limited", ["batch/job", "batch", "."])
def test_the_smallest_limit_on_the_way_up_counts(groups: Path, limited: str) -> None:
    written(groups / "own", "0::/batch/job\n")
    written(groups / "batch/job/memory.max", "max\n")
    written(groups / "batch/memory.max", f"{int(48 * machine.GIB)}\n")
    written(groups / limited / "memory.max", f"{int(4 * machine.GIB)}\n")
    assert memory() == 4.0


def test_the_first_version_of_control_groups_is_read_too(groups: Path) -> None:
    written(groups / "own", "9:cpu,cpuacct:/elsewhere\n4:memory:/job\n")
    written(groups / "memory/job/memory.limit_in_bytes", f"{int(2 * machine.GIB)}")
    written(groups / "memory/memory.limit_in_bytes", "9223372036854771712")
    assert memory() == 2.0


def test_a_group_that_only_the_host_sees_still_has_the_limit_of_the_container(groups: Path) -> None:
    written(groups / "own", "0::/on/the/host\n")
    written(groups / "memory.max", f"{int(3 * machine.GIB)}")
    assert memory() == 3.0


def test_a_machine_that_does_not_tell_has_sixteen(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_physical", lambda: float("inf"))
    assert memory() == 16.0


def test_one_request_may_take_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 10.0)
    assert machine.allowed() == 5.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "less than a second"),
        (1.0, "about 1 second"),
        (89.0, "about 1 minute"),
        (3 * 3600.0, "about 3 hours"),
        (1e6, "about 12 days"),
        (1e9, "about 32 years"),
        (1e60, "thousands of years"),
    ],
)
def test_times_are_told_in_words(seconds: float, words: str) -> None:
    assert machine.time_in_words(seconds) == words


def test_a_limit_of_the_addresses_counts_and_a_small_one_is_refused_at_once() -> None:
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, ({limit} << 20, {limit} << 20)); {then}"
    )

    def call(limit: int, then: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", code.format(limit=limit, then=then)]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    done = call(900, "from quasispin import machine; print(machine.memory())")
    assert float(done.stdout) <= 900 * 2**20
    done = call(400, "from quasispin.cli.entry import main; sys.argv = ['quasispin', 'cite']; main()")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Error: This process may have 400 MiB of addresses (`ulimit -v`), but needs 640 MiB at least.\n"
    )
    done = call(400, "import quasispin as qs; qs.Shell")
    assert done.stderr.endswith(f"SizeError: {too_few(400)}\n")


def too_few(limit: int) -> str:
    return f"This process may have {limit} MiB of addresses (`ulimit -v`), but needs 640 MiB at least."
