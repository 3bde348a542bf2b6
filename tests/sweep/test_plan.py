"""A plan says what a sweep takes, and any list of a Family is a dimension of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import quasispin as qs
from quasispin.errors import InputError, SizeError
from quasispin.machine import time_in_words
from quasispin.observables import gap, seniority_distribution
from quasispin.parallel import cores
from quasispin.sweep import tasks
from quasispin.sweep.dataset import PLACES, SYSTEMS
from quasispin.sweep.grid import CHUNK
from quasispin.sweep.plan import TASK_SECONDS, WRITING, Cost, Plan, _sample, plan
from quasispin.sweep.tasks import BYTES, most_bytes

GRAIN = qs.System.single_shell(qs.Shell.orbital(5), electrons=10, gap_scale=1.0)
FAMILY = qs.Family(qs.System.single_shell, shell=qs.Shell.orbital(3), electrons=range(14), gap_scale=1.0)


def costing(monkeypatch: pytest.MonkeyPatch, *costs: Cost) -> None:
    monkeypatch.setattr(Plan, "costs", costs)


def test_a_plan_counts_before_anything_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "together", None)
    asked = plan(
        qs.Canonical(FAMILY),
        qs.MeanField(FAMILY),
        temperature=[0.1, 0.2, 0.3],
        field=0.1,
        observables=[gap, seniority_distribution],
    )
    assert asked.dimensions == {"ensemble": 2, "electrons": 14, "temperature": 3}
    assert (asked.systems, asked.points) == (28, 84)
    assert asked.bytes == 84 * 8 * (1 + 8)
    assert repr(asked) == "<Plan of 84 points: ensemble 2, electrons 14, temperature 3>"


def test_time_is_systems_times_what_they_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    costing(monkeypatch, Cost(2.0, 0.01), Cost(0.0, 0.5))
    asked = plan(qs.Canonical(FAMILY), qs.MeanField(FAMILY), temperature=[0.1, 0.2], field=[0.0, 0.1, 0.2])
    assert asked.core_seconds == pytest.approx(14 * (2.0 + 6 * 0.01) + 14 * 6 * 0.5)
    assert asked.seconds == asked.core_seconds / cores()
    page = str(asked)
    assert f"{time_in_words(asked.seconds)} on {cores()} cores (71 s of core time" in page
    assert "168 of 28 systems, for gap" in page


@pytest.mark.parametrize(("system", "point"), [(0.0, 1e-6), (0.0, 1e-4), (3.0, 1e-5), (1e-3, 1e-5)])
def test_tasks_take_as_long_as_they_should_by_measurement(
    monkeypatch: pytest.MonkeyPatch, system: float, point: float
) -> None:
    costing(monkeypatch, Cost(system, point))
    asked = plan(qs.Canonical(FAMILY), temperature=np.linspace(0, 1, 1000), field=np.linspace(0, 1, 1000))
    blocks = asked.blocks(share=1)
    cost = len(blocks.members(0)) * system + blocks.points(0) * point
    assert cost >= TASK_SECONDS / 2
    assert cost <= 3 * max(TASK_SECONDS, 5 * system)
    assert blocks.points(0) * asked.request.point_bytes <= most_bytes()


@pytest.mark.parametrize(("memory", "most"), [(2**30, BYTES[0]), (2**36, 2**36 / 256), (2**44, BYTES[1])])
def test_a_task_holds_more_where_there_is_more_memory(
    memory: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so many observables of a quick system still take a second."""
    monkeypatch.setattr(tasks, "allowed", lambda: float(memory))
    monkeypatch.setattr(tasks, "available", lambda: 16)
    assert most_bytes() == most
    costing(monkeypatch, Cost(0.0, 1e-8))
    asked = plan(qs.Canonical(GRAIN), temperature=np.linspace(0, 1, 10**4), field=np.linspace(0, 1, 10**4))
    size = asked.blocks(share=1).points(0) * asked.request.point_bytes
    assert most / 2 < size <= most


def test_writing_is_a_part_of_the_plan() -> None:
    asked = plan(qs.Canonical(GRAIN), temperature=np.linspace(0, 1, 10**4), field=np.linspace(0, 1, 10**4))
    assert asked.writing_seconds == 8e8 / WRITING


@pytest.mark.parametrize("count", [1, 16, 256, CHUNK, 10**6])
@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 3), (200, 200), (1, 9000)])
def test_a_trial_is_a_grid_within_the_grid(shape: tuple[int, int], count: int) -> None:
    """Many shells find what a temperature and a field have in common once for a row and a column."""
    heat, field = (np.linspace(0.1, 1, n) for n in shape)
    request = plan(qs.Canonical(GRAIN), temperature=heat, field=field).request
    task = _sample(request, request.cells[0], count)
    assert min(count, heat.size * field.size) / 2 <= task.points <= count
    assert set(task.temperature) <= set(heat)
    assert set(task.field) <= set(field)
    if count >= 16:
        assert len(task.temperature) >= min(4, heat.size)
        assert task.temperature[-1] == heat[-1]
    assert sum(len(places) for places, _, _ in task.pieces(GRAIN)) == task.points


def test_many_small_systems_share_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    costing(monkeypatch, Cost(0.1, 1e-6))
    asked = plan(qs.Canonical(FAMILY), temperature=[0.1, 0.2], field=[0.0, 0.1])
    assert asked.blocks(share=1).lengths == (1, 14, 2, 2)


def test_a_trial_measures_something_and_changes_no_bit() -> None:
    asked = plan(qs.Canonical(FAMILY), temperature=[0.1, 0.2], field=[0.0, 0.1])
    before = asked.run()
    assert all(cost.point > 0 for cost in asked.costs)
    assert asked.seconds > 0
    assert before.gap.values.tolist() == asked.run().gap.values.tolist()


def test_levels_that_take_long_are_estimated_and_not_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "together", None)
    fence = qs.System([qs.Shell([1.0], energy=float(k)) for k in range(16)], 16, 0.5)
    asked = plan(qs.Canonical(fence), temperature=np.linspace(0, 1, 100), field=np.linspace(0, 1, 100))
    assert asked.costs[0].system == qs.Canonical(fence).estimate().seconds * cores()
    assert asked.costs[0].system > 60.0
    assert len(asked.blocks(share=1)) == 1  # its levels are solved once


def test_a_result_too_large_for_memory_may_go_to_a_store() -> None:
    asked = plan(qs.Canonical(GRAIN), temperature=np.linspace(0, 1, 10**6), field=np.linspace(0, 1, 10**6))
    assert asked.points == 10**12
    with pytest.raises(SizeError, match="with `store` it is written to disk as it is computed"):
        asked.run()


def test_progress_must_be_callable() -> None:
    with pytest.raises(InputError, match="`progress` must be callable, but is 3"):
        plan(qs.Canonical(GRAIN), temperature=0.1).run(progress=3)  # type: ignore[arg-type]


def _sphere(radius: float, filling: int) -> qs.System:
    grain = qs.Cluster(qs.Material.named("Al"), qs.HardWallSphere(radius))
    return grain.system().with_electrons(filling)


def _orbital(l: int, coupling: float) -> qs.System:
    return qs.System.single_shell(qs.Shell.orbital(l), l, coupling=coupling)


def _deformed(splitting: float) -> qs.System:
    geometry = qs.Spheroid(radius=1.0, splitting=splitting)
    return qs.Cluster(qs.Material.named("Al"), geometry).system()


@pytest.mark.parametrize(
    ("build", "lists"),
    [
        (_sphere, {"radius": [0.8, 1.0], "filling": [1, 2]}),
        (_orbital, {"l": [1, 2, 3], "coupling": [0.1, -0.1]}),
        (_deformed, {"splitting": [0.1, 0.2]}),
    ],
)
def test_any_list_is_a_dimension(build: Any, lists: dict[str, Any]) -> None:
    family = qs.Family(build, **lists)
    data = qs.sweep(qs.Canonical(family), temperature=[0.1, 0.3], observables=qs.gap)
    assert data.gap.dims == ("ensemble", *lists, "temperature")
    for chosen, system in family.members():
        found = data.gap.sel(ensemble="canonical", **chosen).values
        assert found.tolist() == qs.gap(qs.Canonical(system), [0.1, 0.3]).tolist()


def test_many_systems_are_kept_as_the_lists_that_made_them() -> None:
    many = [float(value) for value in np.linspace(0.1, 1.0, SYSTEMS + 1)]
    family = qs.Family(qs.System.single_shell, shell=qs.Shell.spin(2), electrons=0, gap_scale=many)
    data = qs.sweep(qs.Canonical(family), temperature=0.1, observables=qs.parity_gap)
    kept = json.loads(data.attrs["systems"])
    assert kept["lists"] == {"gap_scale": many}
    assert kept["families"][0]["build"] == "System.single_shell"
    assert (kept["count"], len(kept["sha256"])) == (SYSTEMS + 1, 64)
    assert data.parity_gap.attrs["undefined"].startswith("canonical: there is no neighbour")


def test_of_many_systems_that_lack_something_some_are_named() -> None:
    family = qs.Family(
        qs.System.single_shell,
        shell=qs.Shell.spin(2),
        electrons=[0, 1],
        gap_scale=[float(n) for n in range(1, PLACES + 3)],
    )
    data = qs.sweep(qs.Canonical(family), temperature=0.1, observables=qs.parity_gap)
    reason = data.parity_gap.attrs["undefined"]
    assert reason.count("electrons=0") == PLACES
    assert " and 2 more: there is no neighbour" in reason
