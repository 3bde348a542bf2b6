"""Killed workers, killed runs, full disks: nothing finished is lost, and the next run completes it."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from quasispin import observables as obs
from quasispin.cli import runfile
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import InputError, SolverError
from quasispin.sweep import store, tasks
from quasispin.sweep.execute import Pool
from quasispin.sweep.plan import Plan, plan
from quasispin.sweep.processes import processes
from quasispin.sweep.run import sweep
from quasispin.sweep.tasks import Blocks
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System
from tests.sweep.traced import NUMBERS, evaluations, one_task_a_system, same, traced_plan

distributed = pytest.importorskip("distributed")
ROOT = Path(__file__).parents[2]
RUN = """
observables = ["gap", "entropy"]
[system]
shell = {orbital = 2}
electrons = [2, 3, 4, 5, 6, 7]
gap_scale = 1.0
[[ensemble]]
kind = "canonical"
[grid]
temperature = [0.1, 0.2]
field = {start = 0.0, stop = 1.0, points = 5}
"""
SMALL_TASKS = """
import os, signal, sys
import pytest
from quasispin.cli.app import main
from quasispin.sweep import archive
from tests.sweep.traced import one_task_a_system
one_task_a_system(pytest.MonkeyPatch())
"""
AT_THE_THIRD = """
add = archive.Journal.add
def stop(self, block, chunks):
    if len(self.tasks) == 2:
        {order}
    add(self, block, chunks)
archive.Journal.add = stop
"""
CALL = "if __name__ == '__main__':\n    main(sys.argv[1:])\n"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    folder = tmp_path / "trace"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    cluster = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=":0",  # any free port: without an address it would be 8787
        silence_logs=50,  # a killed worker is not worth a line here
    )
    with cluster, distributed.Client(cluster) as found:
        yield found


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as found:
        yield found


def command(code: str, *arguments: object, own_group: bool = False) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", SMALL_TASKS + code + CALL, "sweep", *map(str, arguments)]
    return subprocess.run(
        call,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=200,
        start_new_session=own_group,
    )


def lines(path: Path) -> list[dict[str, Any]]:
    text = (path / "journal" / "tasks.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


# -- the same bits -------------------------------------------------------------------------------------

FENCE = System([Shell([1.0], energy=float(k)) for k in range(3)], 3, 0.5)


def many_kinds() -> Plan:
    """Ensembles whose solvers look at several points at once, with three pieces for each system."""
    box = Family(_fence, electrons=[2, 3])
    return plan(
        Canonical(box),
        Canonical(box, accuracy=1e-3),
        GrandCanonical(box),
        MeanField(box),
        temperature=[0.0, 0.2, 0.6],
        field=np.linspace(0.0, 1.0, 5),
        observables=[obs.gap, obs.free_energy, obs.heat_capacity, obs.seniority_distribution],
        label=["exact", "truncated", "grand", "BCS"],
    )


def _fence(electrons: int) -> System:
    return FENCE.with_electrons(electrons)


@pytest.mark.parametrize("lengths", [(1, 2, 2, 5), (1, 1, 1, 5)])
def test_the_bits_do_not_depend_on_how_the_sweep_is_cut(
    lengths: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "piece_of", lambda grid: (1, grid.shape[1]))
    asked = many_kinds()
    expected = asked.run()
    monkeypatch.setattr(Plan, "blocks", lambda self, share=None: Blocks(self.request, lengths))
    with ThreadPoolExecutor(2) as threads:
        same(asked.run(executor=threads), expected)


def test_the_bits_do_not_depend_on_who_computes(
    client: Any, pool: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_task_a_system(monkeypatch)
    asked = many_kinds()
    expected = asked.run()
    with ThreadPoolExecutor(2) as threads:
        for executor in (threads, pool, client):
            same(asked.run(executor=executor), expected)
    same(asked.run(executor=client, store=tmp_path / "out.zarr").load(), expected)
    same(asked.run(executor=pool, store=tmp_path / "out.nc"), expected)


# -- killed workers ------------------------------------------------------------------------------------


def test_a_cluster_does_the_task_of_a_killed_worker_again(
    client: Any, trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_task_a_system(monkeypatch)
    (trace / "die-5-once").touch()
    asked = traced_plan(trace)
    data = asked.run(executor=client, store=tmp_path / "out.zarr")
    assert evaluations(trace)[NUMBERS.index(5)] >= 2
    assert [line["task"] for line in lines(tmp_path / "out.zarr")[:-1]].count(3) == 1
    same(data.load(), asked.run())


def test_a_task_that_kills_every_worker_ends_the_run_and_the_rest_is_kept(
    client: Any, trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_task_a_system(monkeypatch)
    (trace / "die-7-always").touch()
    asked, path = traced_plan(trace), tmp_path / "out.zarr"
    with pytest.raises(
        SolverError, match=r"The cluster lost a task: .* tasks are kept in .*out\.zarr: the same"
    ):
        asked.run(executor=client, store=path)
    (trace / "die-7-always").unlink()
    done = [line["task"] for line in lines(path)]
    before = evaluations(trace)
    same(asked.run(store=path).load(), asked.run())
    assert sorted(line["task"] for line in lines(path)[:-1]) == list(range(6))
    assert all(evaluations(trace)[task] == before[task] + 1 for task in done)  # by the last run in memory


def test_a_killed_process_of_a_pool_ends_the_run_and_the_rest_is_kept(
    trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_task_a_system(monkeypatch)
    (trace / "die-6-once").touch()
    asked, path = traced_plan(trace), tmp_path / "out.zarr"
    with (
        pytest.raises(
            SolverError,
            match=r"A worker was lost before its task was done .* of 6 tasks are kept in .*out\.zarr",
        ),
        processes(1) as one,
    ):
        asked.run(executor=one, store=path)
    kept = [line["task"] for line in lines(path)]
    assert 4 not in kept
    before = evaluations(trace)
    data = asked.run(store=path)
    after = evaluations(trace)
    assert [n for n in range(6) if after[n] > before[n]] == [n for n in range(6) if n not in kept]
    same(data.load(), asked.run())


def test_workers_and_threads_end_with_an_interrupted_parent() -> None:
    children: list[Any] = []
    others = set(multiprocessing.active_children())
    threads = set(threading.enumerate())

    def interrupted() -> None:
        with processes(2) as workers:
            assert list(workers.map(abs, [-1, 2])) == [1, 2]
            children.extend(set(multiprocessing.active_children()) - others)
            workers.submit(time.sleep, 100)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert set(threading.enumerate()) <= threads  # one left behind would fall over the end of Python
    assert len(children) == 2
    for child in children:
        child.join(30)
        assert child.exitcode is not None


@pytest.mark.parametrize("executor", [3, "tcp://127.0.0.1:8786"])
def test_what_is_no_executor_is_refused(executor: Any, trace: Path) -> None:
    with pytest.raises(InputError, match=r"`executor` must be a concurrent\.futures executor or"):
        traced_plan(trace).run(executor=executor)


def test_an_executor_that_was_shut_down_is_refused(trace: Path) -> None:
    with ThreadPoolExecutor(1) as closed:
        pass
    with pytest.raises(InputError, match="`executor` must take tasks, but says: cannot schedule"):
        traced_plan(trace).run(executor=closed)


def test_what_workers_cannot_import_is_refused_in_one_sentence(pool: Executor) -> None:
    mine = obs.Observable(
        name="mine",
        symbol="m",
        unit="1",
        long_name="mine",
        equation="m",
        read=lambda _: None,
        source="energy",
    )
    with pytest.raises(InputError, match="must be importable where the workers run"):
        plan(Canonical(FENCE), temperature=0.1, observables=mine).run(executor=pool)


def test_workers_of_another_version_are_refused(monkeypatch: pytest.MonkeyPatch, trace: Path) -> None:
    result = Pool.result

    def older(self: Pool, future: Any) -> Any:
        block = result(self, future)
        block.versions = {**block.versions, "quasispin": "0.0.1"}
        return block

    monkeypatch.setattr(Pool, "result", older)
    with (
        pytest.raises(InputError, match=r"`executor` must have workers with quasispin .* 0\.0\.1"),
        ThreadPoolExecutor(1) as threads,
    ):
        traced_plan(trace).run(executor=threads)


# -- killed runs ---------------------------------------------------------------------------------------


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    path = tmp_path / "run.toml"
    path.write_text(RUN, encoding="utf-8")
    return path


@pytest.fixture
def expected(run_file: Path) -> xr.Dataset:
    asked = runfile.read(run_file)
    return sweep(
        *asked.ensembles, temperature=asked.temperature, field=asked.field, observables=asked.observables
    )


def test_a_killed_run_goes_on_by_the_same_command(
    run_file: Path, tmp_path: Path, expected: xr.Dataset
) -> None:
    path = tmp_path / "out.zarr"
    killed = command(AT_THE_THIRD.format(order="os.kill(os.getpid(), signal.SIGKILL)"), run_file, "-o", path)
    assert killed.returncode == -signal.SIGKILL
    assert [line["task"] for line in lines(path)] == [0, 1]
    assert (path / "journal" / "lock.json").exists()  # of a dead process
    done = command("", run_file, "-o", path, "--json")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["event"] for line in told][0 :: len(told) - 1] == ["plan", "done"]
    assert told[1]["tasks_resumed"] == 2
    assert [line["task"] for line in lines(path)[:-1]] == [0, 1, 2, 3, 4, 5]
    same(store.read(path), expected)


@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_control_c_says_what_is_kept(
    run_file: Path, tmp_path: Path, expected: xr.Dataset, signal_name: str
) -> None:
    path = tmp_path / "out.zarr"
    order = AT_THE_THIRD.format(order=f"os.kill(os.getpid(), signal.{signal_name})")
    stopped = command(order, run_file, "-o", path)
    assert stopped.returncode == 130
    assert stopped.stdout == ""
    assert stopped.stderr == (  # the third was being written, and is
        f"Interrupted: 3 of 6 tasks are kept in {path}; the same command goes on from there.\n"
    )
    assert not (path / "journal" / "lock.json").exists()
    assert command("", run_file, "-o", path).returncode == 0
    same(store.read(path), expected)


def test_a_run_that_is_not_to_hear_the_end_of_its_terminal_goes_on(
    run_file: Path, tmp_path: Path, expected: xr.Dataset
) -> None:
    """As under nohup."""
    path = tmp_path / "out.zarr"
    order = AT_THE_THIRD.format(order="os.kill(os.getpid(), signal.SIGHUP)")
    done = command("signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + order, run_file, "-o", path)
    assert done.returncode == 0, done.stderr
    same(store.read(path), expected)


def test_control_c_at_the_keyboard_says_one_sentence_with_workers_too(run_file: Path, tmp_path: Path) -> None:
    """The terminal sends it to all processes at once, here while the workers are being started."""
    path = tmp_path / "out.zarr"
    order = (
        "before = archive.Archive.missing\n"
        "def stop(self):\n"
        "    threading.Timer(0.3, lambda: os.killpg(0, signal.SIGINT)).start()\n"
        "    return before(self)\n"
        "archive.Archive.missing = stop\n"
    )
    stopped = command(f"import threading\n{order}", run_file, "-o", path, "--workers", 2, own_group=True)
    assert stopped.returncode == 130
    assert stopped.stderr.startswith("Interrupted: 0 of 6 tasks are kept in ")
    assert stopped.stderr.count("\n") == 1


@pytest.mark.parametrize("signal_name", ["SIGKILL", pytest.param("SIGTERM", marks=pytest.mark.long)])
def test_workers_end_with_a_run_that_is_killed(
    run_file: Path, tmp_path: Path, signal_name: str, expected: xr.Dataset
) -> None:
    path, pids = tmp_path / "out.nc", tmp_path / "pids"
    order = (
        "import multiprocessing\n"
        "        found = [str(child.pid) for child in multiprocessing.active_children()]\n"
        f"        open({str(pids)!r}, 'w').write(' '.join(found))\n"
        f"        os.kill(os.getpid(), signal.{signal_name})"
    )
    killed = command(AT_THE_THIRD.format(order=order), run_file, "-o", path, "--workers", 2)
    if signal_name == "SIGKILL":
        assert killed.returncode == -signal.SIGKILL
    else:
        assert killed.returncode == 130
        assert killed.stderr.count("\n") == 1
    assert not path.exists()
    workers = [int(pid) for pid in pids.read_text().split()]
    assert len(workers) == 2
    _wait_until_gone(workers)
    done = command("", run_file, "-o", path, "--workers", 2)
    assert done.returncode == 0, done.stderr
    same(store.read(path), expected)
    content = path.read_bytes()
    again = command("", run_file, "-o", path, "--workers", 2, "--json")
    assert json.loads(again.stdout.splitlines()[1])["points_resumed"] == expected.gap.size
    assert path.read_bytes() == content


EVERYWHERE = """
import itertools
count = itertools.count()
def killed(module, name):
    before = getattr(module, name)
    def call(*arguments, **options):
        if next(count) == {place}:
            os.kill(os.getpid(), signal.SIGKILL)
        return before(*arguments, **options)
    setattr(module, name, call)
from pathlib import Path
from quasispin.sweep import store
for place in ((archive, "_flush"), (archive, "text"), (os, "fsync"), (archive, "remove"), (store, "_settle")):
    killed(*place)
killed(Path, "rename")
killed(Path, "replace")
"""


@pytest.mark.long
@pytest.mark.parametrize("name", ["out.zarr", "out.nc"])
def test_a_run_that_is_killed_at_every_step_on_the_disk_completes(
    name: str, run_file: Path, tmp_path: Path, expected: xr.Dataset
) -> None:
    """The first run at its first step, the next one at its second, and so on."""
    path, no_short = tmp_path / name, "from quasispin.sweep.plan import Plan\nPlan.seconds = 9.0\n"
    known = 0
    for place in range(200):
        code = no_short + EVERYWHERE.format(place=place % 23)
        done = command(code, run_file, "-o", path)
        assert done.returncode in (-signal.SIGKILL, 0), done.stderr
        left = path if name == "out.zarr" else path.with_name("out.nc.partial.zarr")
        if left.exists():
            kept = sum("task" in line for line in lines(left))
            assert kept >= known
            known = kept
        if done.returncode == 0:
            break
    assert place > 3
    same(store.read(path), expected)
    assert {entry.name for entry in tmp_path.iterdir()} == {name, "run.toml"}
    assert not [entry for entry in path.rglob("*") if "part" in entry.name or "lock" in entry.name]


def _wait_until_gone(pids: list[int]) -> None:
    for _ in range(300):
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return
        time.sleep(0.1)
    raise AssertionError(f"some of {pids} are still there after 30 s")


# -- a full disk ---------------------------------------------------------------------------------------

TINY = """
mount -t tmpfs -o size={small} tmpfs {disk} || exit 77
{python} -c "$CODE" sweep {run} -o {disk}/out.zarr; first=$?
mount -o remount,size=100m {disk} || exit 78
wc -l < {disk}/out.zarr/journal/tasks.jsonl
{python} -c "$CODE" sweep {run} -o {disk}/out.zarr || exit 79
cp -r {disk}/out.zarr {kept} || exit 80
exit $first
"""


def test_a_full_disk_is_one_sentence_and_the_next_run_completes(
    tmp_path: Path, expected: xr.Dataset, run_file: Path
) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no program here makes a small disk")
    disk, kept = tmp_path / "disk", tmp_path / "kept.zarr"
    disk.mkdir()
    # in pages of 4 KiB: an empty store takes some sixteen of them, each task two more
    script = TINY.format(small="84k", disk=disk, python=sys.executable, run=run_file, kept=kept)
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script],
        env={**os.environ, "CODE": SMALL_TASKS + CALL},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("no small disk may be mounted here")
    assert done.returncode == 2, done.stderr
    assert "could not be written: No space left on device" in done.stderr
    assert done.stderr.count("\n") == 1
    finished = int(done.stdout.splitlines()[0])
    assert 0 < finished < 6
    assert sorted(line["task"] for line in lines(kept)[:-1]) == list(range(6))
    same(store.read(kept), expected)
