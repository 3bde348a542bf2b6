"""A sweep on disk is whole or not there, and reads back as it was."""

from __future__ import annotations

import errno
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from quasispin import observables as obs
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import FileError
from quasispin.sweep import store
from quasispin.sweep.run import sweep
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System

GRAIN = System.single_shell(Shell.orbital(2), electrons=4, gap_scale=1.0)


@pytest.fixture
def data() -> xr.Dataset:
    return sweep(
        Canonical(GRAIN),
        MeanField(GRAIN),
        temperature=[0.0, 0.2],
        field=np.linspace(0, 1, 5),
        observables=[obs.gap, obs.seniority_distribution],
    )


def test_what_is_written_reads_back_identical(data: xr.Dataset, tmp_path: Path) -> None:
    path = store.write(data, tmp_path / "out.nc")
    xr.testing.assert_identical(store.read(path), data)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.nc"]


def test_families_of_shells_read_back_too(tmp_path: Path) -> None:
    family = Family(
        System.single_shell, shell=[Shell.orbital(1), Shell.spin(3)], electrons=[2, 3], gap_scale=1.0
    )
    data = sweep(Canonical(family), temperature=0.1, observables=[obs.gap, obs.entropy])
    xr.testing.assert_identical(store.read(store.write(data, tmp_path / "family.nc")), data)


def test_the_description_of_a_large_shell_fits_into_the_file(tmp_path: Path) -> None:
    system = System.single_shell(Shell.orbital(6000), electrons=1, gap_scale=1.0)
    data = sweep(MeanField(system), temperature=0.0, observables=[obs.number_variance])
    assert len(data.attrs["systems"]) > 65_536
    assert store.read(store.write(data, tmp_path / "large.nc")).attrs == data.attrs


def test_writing_again_replaces_the_file(data: xr.Dataset, tmp_path: Path) -> None:
    path = store.write(data, tmp_path / "out.nc")
    other = data.isel(field=[0])
    store.write(other, path)
    xr.testing.assert_identical(store.read(path), other)


def test_a_full_disk_leaves_what_was_there_and_nothing_else(
    data: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(data, tmp_path / "out.nc")
    before = path.read_bytes()

    def full(self: xr.Dataset, target: Any, **options: Any) -> None:
        del self, options
        Path(target).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", full)
    with pytest.raises(FileError, match=r"could not be written: No space left on device\."):
        store.write(data, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.nc"]


def test_what_the_system_refuses_is_said_in_its_own_words(data: xr.Dataset, tmp_path: Path) -> None:
    """No file may grow beyond 4000 bytes; the netCDF library would say "HDF error"."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        with pytest.raises(FileError, match=r"out\.nc` could not be written: File too large\."):
            store.write(data, tmp_path / "out.nc")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_names_and_folders_that_cannot_be_are_refused(data: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"`path` must end in \.nc, but is 'out\.txt'"):
        store.write(data, "out.txt")
    with pytest.raises(FileError, match=r"cannot be written: No such file or directory\."):
        store.write(data, tmp_path / "none" / "out.nc")
    with pytest.raises(FileError, match=r"`path` must be a path, but is 3"):
        store.read(3)  # type: ignore[arg-type]
    with pytest.raises(FileError, match=r"does not exist\."):
        store.read(tmp_path / "none.nc")


def test_files_that_are_not_ours_are_refused(data: xr.Dataset, tmp_path: Path) -> None:
    (tmp_path / "text.nc").write_text("no netcdf", encoding="utf-8")
    with pytest.raises(FileError, match="is not a readable netCDF file"):
        store.read(tmp_path / "text.nc")
    xr.Dataset({"gap": ("x", [1.0])}).to_netcdf(tmp_path / "foreign.nc")
    with pytest.raises(FileError, match="A sweep by quasispin is needed here"):
        store.read(tmp_path / "foreign.nc")
    with pytest.raises(FileError, match="A sweep by quasispin is needed here"):
        store.write(xr.Dataset(), tmp_path / "foreign.nc")
    data.assign_attrs(schema_version=99).to_netcdf(tmp_path / "newer.nc")
    with pytest.raises(FileError, match="has layout 99, but this quasispin knows no layout above 4"):
        store.read(tmp_path / "newer.nc")
