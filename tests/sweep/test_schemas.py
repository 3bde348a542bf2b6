"""Files of every released layout stay readable, and say what they said."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from quasispin.observables import BY_NAME
from quasispin.sweep import store
from quasispin.sweep.dataset import SCHEMA
from quasispin.system.system import System

DATA = Path(__file__).parent / "data"
FILES = sorted(DATA.glob("schema-*"))


def test_there_is_a_file_of_every_layout() -> None:
    assert {path.name for path in FILES} >= {f"schema-{n}.nc" for n in range(1, SCHEMA + 1)}
    assert f"schema-{SCHEMA}.zarr" in {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_an_old_layout_reads_as_it_was_written(path: Path) -> None:
    data = store.read(path)
    assert data.attrs["schema_version"] == int(path.stem.partition("-")[2])
    assert data.gap.dims == ("ensemble", "levels", "electrons", "temperature", "field")
    assert data.ensemble.values.tolist() == ["canonical", "BCS"]
    assert dict(data.sizes) == {
        "ensemble": 2, "levels": 2, "electrons": 3, "temperature": 2, "field": 3, "seniority": 5, "shell": 4,
    }  # fmt: skip
    assert list(data) == [
        "gap", "free_energy", "seniority_distribution", "occupation", "parity_gap", "free_energy_bound",
    ]  # fmt: skip
    assert data.attrs["energy_unit"] == "meV"
    assert data.seniority_distribution.attrs["undefined"].startswith("BCS: ")
    assert data.parity_gap.attrs["undefined"].startswith("canonical at ")
    records = json.loads(data.attrs["systems"])
    assert len(records) == 12
    for record in records[:6]:
        place = {"ensemble": "canonical", **record["member"]}
        number = System.from_dict(record["system"]).electrons
        assert data.occupation.sel(place).sum("shell").values == pytest.approx(number)
        assert data.seniority_distribution.sel(place).sum("seniority").values == pytest.approx(1.0)


@pytest.mark.parametrize("path", FILES[1:], ids=lambda path: path.name)
def test_all_layouts_hold_the_same_numbers(path: Path) -> None:
    first, other = store.read(FILES[0]), store.read(path)
    for name in first:
        assert str(name).removesuffix("_bound") in BY_NAME
        np.testing.assert_allclose(other[name].values, first[name].values, rtol=1e-9, atol=1e-12)


def test_a_store_opens_without_this_package() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = xr.open_zarr(DATA / f"schema-{SCHEMA}.zarr", consolidated=False, chunks=None)
    xr.testing.assert_equal(data.gap, store.read(DATA / f"schema-{SCHEMA}.zarr").gap)
