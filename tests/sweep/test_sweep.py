"""A sweep is the observables on a grid, labelled, with its own history."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from quasispin import observables as obs
from quasispin.ensembles import single_shell
from quasispin.ensembles.base import Ensemble
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import InputError, SizeError
from quasispin.spectrum import lowest
from quasispin.sweep import store
from quasispin.sweep.grid import CHUNK
from quasispin.sweep.plan import plan
from quasispin.sweep.run import sweep
from quasispin.sweep.tasks import cut
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System

GRAIN = System.single_shell(Shell.orbital(5), electrons=10, gap_scale=1.0)
EXACT = Canonical(GRAIN)
FAMILY = Family(
    System.single_shell, shell=[Shell.orbital(1), Shell.spin(5)], electrons=[0, 2, 3], gap_scale=1.0
)


def test_a_sweep_holds_what_the_observables_say() -> None:
    heat, field = [0.01, 0.4], np.linspace(0, 0.6, 7)
    data = sweep(EXACT, MeanField(GRAIN), temperature=heat, field=field, observables=[obs.gap, obs.entropy])
    assert data.gap.dims == ("ensemble", "temperature", "field")
    assert data.ensemble.values.tolist() == ["canonical", "mean field"]
    for ensemble, name in ((EXACT, "canonical"), (MeanField(GRAIN), "mean field")):
        for observable in (obs.gap, obs.entropy):
            values = observable(ensemble, temperature=np.array(heat)[:, None], field=field)
            assert data[observable.name].sel(ensemble=name).values.tolist() == values.tolist()


def test_a_number_becomes_a_scalar_coordinate() -> None:
    data = sweep(EXACT, temperature=0.1, field=[0.0, 0.1])
    assert dict(data.sizes) == {"ensemble": 1, "field": 2}
    assert data.temperature.item() == 0.1
    assert dict(sweep(EXACT, temperature=[0.1]).sizes) == {"ensemble": 1, "temperature": 1}


def test_the_grid_is_cut_into_chunks_without_a_trace() -> None:
    field = np.linspace(0.0, 0.5, CHUNK // 2 + 7)
    reports: list[tuple[int, int]] = []
    data = sweep(
        EXACT,
        temperature=[0.1, 0.2, 0.3],
        field=field,
        progress=lambda done, total: reports.append((done, total)),
    )
    assert data.gap.sel(temperature=0.3).values[0].tolist() == obs.gap(EXACT, 0.3, field).tolist()
    total = 3 * len(field)
    assert reports == [(0, total), (total // 3, total), (2 * total // 3, total), (total, total)]


def test_lists_of_a_family_are_dimensions_of_their_own() -> None:
    data = sweep(Canonical(FAMILY), temperature=[0.1, 0.2], observables=[obs.gap, obs.seniority_distribution])
    assert data.gap.dims == ("ensemble", "shell", "electrons", "temperature")
    assert data["shell"].values.tolist() == ["Shell.orbital(1)", "Shell.spin(5)"]
    assert data.electrons.values.tolist() == [0, 2, 3]
    one = Canonical(System.single_shell(Shell.spin(5), 3, gap_scale=1.0))
    found = data.gap.sel(ensemble="canonical", shell="Shell.spin(5)", electrons=3).values
    assert found.tolist() == obs.gap(one, [0.1, 0.2]).tolist()


def test_shorter_seniority_axes_are_padded_with_zero() -> None:
    data = sweep(Canonical(FAMILY), temperature=0.2, observables=[obs.seniority_distribution])
    chances = data.seniority_distribution
    assert chances.sizes["seniority"] == 6
    assert (chances.sel(shell="Shell.orbital(1)", seniority=[4, 5]) == 0.0).all()
    assert chances.sum("seniority").values == pytest.approx(1.0)


def test_an_axis_of_shells_gives_way_to_a_list_of_shells() -> None:
    data = sweep(Canonical(FAMILY), temperature=0.2, observables=[obs.occupation])
    assert data.occupation.dims == ("ensemble", "shell", "electrons", "shell_number")
    box = System([Shell.orbital(1), Shell.spin(2)], 4, 0.3)
    data = sweep(Canonical(box), temperature=0.2, observables=obs.occupation)
    assert data.occupation.dims == ("ensemble", "shell")
    assert data.occupation.sum().item() == pytest.approx(4.0)


def test_what_an_ensemble_lacks_is_nan_with_the_reason() -> None:
    data = sweep(EXACT, MeanField(GRAIN), temperature=0.2, observables=[obs.seniority_distribution, obs.gap])
    chances = data.seniority_distribution
    assert chances.sel(ensemble="mean field").isnull().all()
    assert chances.sel(ensemble="canonical").notnull().all()
    assert chances.attrs["undefined"].startswith("mean field: ")
    assert "undefined" not in data.gap.attrs


def test_what_one_member_lacks_is_named_with_its_place() -> None:
    family = Family(System.single_shell, shell=Shell.orbital(1), electrons=[0, 2], gap_scale=1.0)
    data = sweep(Canonical(family), temperature=0.2, observables=[obs.parity_gap])
    assert data.parity_gap.isnull().values.tolist() == [[True, False]]
    assert data.parity_gap.attrs["undefined"].startswith("canonical at electrons=0: there is no neighbour")


def test_ensembles_are_told_apart_by_what_differs() -> None:
    def names(*ensembles: Any) -> list[str]:
        found: list[str] = sweep(*ensembles, temperature=0.1).ensemble.values.tolist()
        return found

    eleven = GRAIN.with_electrons(11)
    assert names(EXACT, Canonical(eleven)) == ["canonical, N=10", "canonical, N=11"]
    assert names(GrandCanonical(GRAIN), GrandCanonical(GRAIN, chemical_potential=0.5)) == [
        "grand canonical",
        "grand canonical, chemical_potential=0.5",
    ]
    weak = System.single_shell(Shell.orbital(5), 10, gap_scale=0.5)
    assert names(EXACT, Canonical(weak))[1] == (
        "canonical, System: 10 electrons in the l=5 shell (M=11), Δ₀=0.5, even"
    )
    assert sweep(EXACT, EXACT, temperature=0.1, label=["a", "b"]).ensemble.values.tolist() == ["a", "b"]
    assert sweep(EXACT, temperature=0.1, label="mine").ensemble.values.tolist() == ["mine"]


def test_attributes_say_what_everything_is_and_how_it_was_made() -> None:
    data = sweep(
        EXACT,
        GrandCanonical(GRAIN, chemical_potential=0.1),
        temperature=0.2,
        observables=[obs.susceptibility],
    )
    assert data.susceptibility.attrs == obs.susceptibility.attributes
    assert data.temperature.attrs["units"] == "unit of the coupling"
    records = json.loads(data.attrs["systems"])
    assert [record["ensemble"] for record in records] == ["Canonical", "GrandCanonical"]
    assert records[1]["options"] == {"chemical_potential": 0.1}
    assert System.from_dict(records[0]["system"]) == GRAIN
    assert "cond-mat/0002030" in data.attrs["references"]
    assert data.attrs["call"].startswith("sweep(Canonical(system=<System: 10 electrons")
    assert {"quasispin_version", "python_version", "numpy_version", "numba_version"} <= set(data.attrs)


def test_two_runs_differ_in_nothing_but_the_time_stamp() -> None:
    one, two = (sweep(EXACT, temperature=[0.1, 0.2], field=[0.0, 0.1]) for _ in range(2))
    for data in (one, two):
        assert data.attrs.pop("created").endswith("+00:00")
    xr.testing.assert_identical(one, two)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"temperature": [[0.1]]}, r"`temperature` must be a number or 1-d, but has shape \(1, 1\)\."),
        ({"field": [[0.1]]}, r"`field` must be a number or 1-d, but has shape \(1, 1\)\."),
        ({"temperature": []}, r"`temperature` must hold at least one number, but is empty\."),
        ({"temperature": [-1.0]}, r"`temperature` must be at least 0, but holds -1\."),
        ({"observables": []}, r"`observables` must hold at least one observable, but is \[\]\."),
        ({"observables": ["gap"]}, "holds 'gap': give the object quasispin.gap instead of its name"),
        (
            {"observables": [obs.gap, obs.gap]},
            r"`observables` must not hold one twice, but is \['gap', 'gap'\]\.",
        ),
        ({"label": ["a", "b"]}, r"`label` must hold one name for each of 1 ensembles, but holds 2\."),
        ({"label": [""]}, "`label` must hold non-empty strings"),
        ({"label": [3]}, "`label` must hold non-empty strings"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        sweep(EXACT, **{"temperature": 0.1, **options})
    assert "\n" not in str(caught.value)


def test_bad_ensembles_are_refused_in_one_sentence() -> None:
    with pytest.raises(InputError, match="`ensembles` must hold at least one ensemble, but is empty"):
        sweep(temperature=0.1)
    with pytest.raises(InputError, match="`ensemble` must be an ensemble such as"):
        sweep(GRAIN, temperature=0.1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="`ensembles` must differ from each other"):
        sweep(EXACT, EXACT, temperature=0.1)
    with pytest.raises(InputError, match=r"`label` must not hold a name twice, but is \['a', 'a'\]"):
        sweep(EXACT, MeanField(GRAIN), temperature=0.1, label=["a", "a"])
    with pytest.raises(InputError, match="Families with the same lists or all plain Systems"):
        sweep(EXACT, Canonical(FAMILY), temperature=0.1)


def test_a_result_too_large_for_memory_is_refused_before_it_starts() -> None:
    with pytest.raises(
        SizeError, match=r"This sweep would take .* GiB, but at most .* are allowed: with `store`"
    ):
        sweep(EXACT, temperature=np.linspace(0, 1, 300_000), field=np.linspace(0, 1, 300_000))


def test_the_bounds_of_a_truncated_sum_stand_beside_what_they_bound(tmp_path: Path) -> None:
    fence = System([Shell([1.0], energy=float(k)) for k in range(8)], 8, 0.5)
    data = sweep(
        Canonical(fence, accuracy=1e-3),
        Canonical(fence),
        MeanField(fence),
        temperature=[0.1, 0.4],
        field=0.1,
        observables=[obs.free_energy, obs.entropy, obs.heat_capacity],
        label=["truncated", "exact", "BCS"],
    )
    assert set(data.data_vars) == {
        "free_energy", "entropy", "heat_capacity", "free_energy_bound", "heat_capacity_bound",
        "free_energy_estimate", "heat_capacity_estimate", "left_out", "left_out_estimate", "uncertified",
    }  # fmt: skip
    assert (data.left_out.sel(ensemble="truncated") <= 1e-3).all()
    for name in ("free_energy_estimate", "heat_capacity_estimate", "left_out_estimate"):  # no large block
        assert (data[name].sel(ensemble=["truncated", "exact"]) == 0).all()
        assert data[name].sel(ensemble="BCS").isnull().all()
    off = abs(data.free_energy.sel(ensemble="truncated") - data.free_energy.sel(ensemble="exact"))
    bound = data.free_energy_bound.sel(ensemble="truncated")
    assert (off <= bound + 1e-13).all()
    assert (bound > 0).any()
    assert (data.free_energy_bound.sel(ensemble="exact") == 0).all()
    assert data.free_energy_bound.sel(ensemble="BCS").isnull().all()
    assert (data.uncertified.sel(ensemble="BCS") == 0).all()
    assert data.uncertified.sel(ensemble="exact").isnull().all()
    store.write(data, tmp_path / "bounds.nc")
    assert "heat_capacity_bound" in store.read(tmp_path / "bounds.nc")


def test_what_is_only_estimated_stands_apart_from_the_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lowest, "LIMIT", 30)
    levels = np.random.default_rng(3).normal(size=10)
    rough = System([Shell([1.0], energy=float(k)) for k in np.sort(levels)], 10, 0.41)
    ensemble = Canonical(rough, accuracy=1e-2)
    data = sweep(
        ensemble, temperature=[0.05, 0.3], field=0.1, observables=[obs.free_energy, obs.susceptibility],
        store=tmp_path / "estimates.nc",
    )  # fmt: skip
    found = ensemble.averages([0.05, 0.3], 0.1)
    assert found.error is not None
    assert (found.estimates["free_energy"] > 0).any()
    for name in ("free_energy", "susceptibility"):
        assert data[f"{name}_estimate"].squeeze().values == pytest.approx(found.estimates[name], rel=1e-9)
        assert data[f"{name}_bound"].squeeze().values == pytest.approx(found.bounds[name], rel=1e-9)
    assert data.left_out.squeeze().values == pytest.approx(found.error, rel=1e-9)
    assert data.left_out_estimate.squeeze().values == pytest.approx(found.estimates["share"], rel=1e-9)


def test_the_window_of_numbers_is_in_the_dataset() -> None:
    fence = System([Shell([1.0], energy=float(k)) for k in range(8)], 8, 0.5)
    ensembles = GrandCanonical(fence, accuracy=1e-4), Canonical(fence, accuracy=1e-4)
    data = sweep(*ensembles, temperature=[0.05, 0.1], field=0.1, observables=obs.gap)
    window = ensembles[0].averages([0.05, 0.1], 0.1).window
    assert window is not None
    assert 0 < window.min() <= window.max() < 16
    for end, name in enumerate(["lowest_electrons", "highest_electrons"]):
        assert data[name].sel(ensemble="grand canonical").values.ravel().tolist() == window[:, end].tolist()
        assert data[name].sel(ensemble="canonical").isnull().all()
    assert (data.left_out <= 1e-4).all()


def test_nothing_is_added_where_nothing_is_left_out() -> None:
    fence = System([Shell([1.0], energy=float(k)) for k in range(3)], 3, 0.5)
    data = sweep(Canonical(fence), temperature=0.1, observables=[obs.free_energy])
    assert set(data.data_vars) == {"free_energy"}


def counted(monkeypatch: pytest.MonkeyPatch, *ensembles: Ensemble, **axes: Any) -> tuple[int, xr.Dataset]:
    """The recurrence steps of a sweep."""
    steps, count = list[int](), single_shell.count_steps

    def counting(*arguments: Any) -> int:
        steps.append(count(*arguments))
        return steps[-1]

    with monkeypatch.context() as patch:
        patch.setattr(single_shell, "count_steps", counting)
        data = sweep(*ensembles, **axes)
    return sum(steps), data


def test_a_sweep_over_geometric_axes_finds_each_weight_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pieces it is evaluated in."""
    grain = Canonical(System.single_shell(Shell.orbital(5), 10, gap_scale=1.0))
    size = 130
    axis = np.geomspace(0.01, 1.0, size)
    assert size**2 > 4 * CHUNK
    once, _ = counted(
        monkeypatch,
        grain,
        temperature=1.0,
        field=np.geomspace(0.01, 100.0, 2 * size - 1),
        observables=obs.gap,
    )
    steps, data = counted(
        monkeypatch, grain, temperature=axis, field=axis, observables=[obs.gap, obs.entropy]
    )
    assert steps < 1.5 * once  # some lie on the edge between two roundings
    heat, strength = np.meshgrid(axis, axis, indexing="ij")
    assert data.gap.values[0].tolist() == obs.gap(grain, heat, strength).tolist()
    assert data.entropy.values[0].tolist() == obs.entropy(grain, heat, strength).tolist()
    parts = [counted(monkeypatch, grain, temperature=part, field=axis)[1] for part in np.split(axis, [7, 99])]
    assert data.gap.identical(xr.concat([part.gap for part in parts], "temperature"))


def test_axes_without_repetition_are_taken_as_they_come() -> None:
    grain = System.single_shell(Shell.orbital(5), 10, gap_scale=1.0)
    asked = plan(Canonical(grain), temperature=np.linspace(0.1, 1, 90), field=np.linspace(0, 1, 91))
    task = cut(asked.request, math.inf, math.inf)[0]
    (first, heat, strength), *_ = task.pieces(grain)
    assert first.tolist() == list(range(first.size))
    assert heat[: len(task.field)].tolist() == [0.1] * len(task.field)
    assert strength[: len(task.field)].tolist() == task.field.tolist()


def test_a_list_of_a_family_must_not_be_called_like_an_observable() -> None:
    def build(gap: float) -> System:
        return System.single_shell(Shell.orbital(2), 4, gap_scale=gap)

    named = Canonical(Family(build, gap=[0.5, 1.0]))
    with pytest.raises(
        InputError, match="`gap` must not be the name of a list in a Family: it is an observable"
    ):
        sweep(named, temperature=0.1)
    assert dict(sweep(named, temperature=0.1, observables=obs.entropy).sizes) == {"ensemble": 1, "gap": 2}
