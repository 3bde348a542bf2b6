"""A cluster that is not there leaves nothing behind; one that is serves this sweep alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quasispin.ensembles.canonical import Canonical
from quasispin.errors import FileError
from quasispin.sweep import store
from quasispin.sweep.run import sweep
from quasispin.system.shell import Shell
from quasispin.system.system import System

dask = pytest.importorskip("distributed")
from quasispin.sweep import distributed  # noqa: E402 - it needs the extra

GRAIN = System.single_shell(Shell.orbital(2), electrons=4, gap_scale=1.0)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Any]:
    with dask.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address=":0",
    ) as found:
        yield found


@pytest.mark.parametrize("address", ["127.0.0.1", "tcp://127.0.0.1:1"])
def test_an_address_where_nobody_answers_leaves_nothing_behind(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed, "TIMEOUT", "0.2s")
    before = set(dask.Client._instances)
    with pytest.raises(FileError, match="must be the address of a scheduler, but: ") as kept:
        distributed.connected(address)
    assert {one.status for one in set(dask.Client._instances) - before} <= {"closed"}
    with pytest.raises(ValueError, match="No clients found"):
        dask.default_client()
    data = sweep(Canonical(GRAIN), temperature=[0.1, 0.2], store=tmp_path / "out.nc")
    assert store.read(tmp_path / "out.nc").identical(data)
    assert kept.value.value == address  # the error, and what hangs on it, lived until here


def test_a_cluster_serves_the_sweep_and_nobody_else(scheduler: Any, tmp_path: Path) -> None:
    expected = sweep(Canonical(GRAIN), temperature=[0.1, 0.2])
    with distributed.connected(scheduler.scheduler_address) as client:
        assert not [one for one in dask.client._global_clients.values() if one is client]
        data = sweep(Canonical(GRAIN), temperature=[0.1, 0.2], executor=client, store=tmp_path / "out.nc")
    assert data.gap.identical(expected.gap)
