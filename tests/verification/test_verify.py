"""`quasispin verify`: it finds a fault, names the point, and says what it could not check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from quasispin.ensembles.averages import Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.verification import compare, published, run
from quasispin.verification.deviation import Deviation, Point, Sample, relative, worst

SMALL = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)


def test_a_small_system_is_verified_by_every_oracle() -> None:
    found, notes = run.deviations(SMALL)
    checks = {deviation.check.split(" | ")[0] for deviation in found}
    oracles = {deviation.check.split(" | ")[-1] for deviation in found}
    assert checks >= {"canonical", "grand canonical", "number parity", "mean field"}
    assert oracles >= {compare.BALLS, compare.FOCK, compare.SCAN}
    assert [d for d in found if d.is_above] == []
    assert notes == []


def test_a_fault_of_one_part_in_a_hundred_billion_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = Canonical.averages

    def wrong(self: Canonical, temperature: object, field: object = 0.0) -> Averages:
        ours = right(self, temperature, field)  # type: ignore[arg-type]
        return replace(ours, heat_capacity=ours.heat_capacity * (1 + 1e-11))

    monkeypatch.setattr(Canonical, "averages", wrong)
    assert run.verify(SMALL) == 1
    printed = capsys.readouterr().out
    assert "heat_capacity: 1e-11 > 1e-12 at N=4 in l=2 shell (M=5)" in printed.replace("\n", " ")


def test_json_has_every_deviation(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int, int]] = []
    assert run.verify(SMALL, as_json=True, progress=lambda done, total: seen.append((done, total))) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == "quasispin.verify/1"
    assert data["passed"] is True
    assert set(data["deviations"][0]) == {
        "check", "quantity", "worst", "tolerance", "points", "where", "passed",
    }  # fmt: skip
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1]


def test_what_no_oracle_can_follow_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    large = System([Shell.orbital(2), Shell.orbital(1, energy=1.0)], 6, 0.2)
    found, notes = run.deviations(large)
    assert all(deviation.check.startswith("published") for deviation in found)
    assert "no oracle could check this system" in notes[0]
    assert run.verify(large) == 1
    assert "1 systems that no oracle could check" in capsys.readouterr().out


def test_every_member_of_a_family_is_verified() -> None:
    family = Family(System.single_shell, shell=Shell([1.0, 2.0]), electrons=[1, 2], gap_scale=1.0)
    found, _ = run.deviations(family)
    assert not any(d.is_above for d in found)
    assert any("N=1" in d.where for d in found) or any("N=2" in d.where for d in found)


@pytest.mark.parametrize(
    "system",
    [
        System.single_shell(Shell.orbital(2), 5, coupling=-0.7),
        System.single_shell(Shell.spin(4), 4, coupling=0.0),
        System(Shell.orbital(1, energy=-2.0), 3, 0.5),
        System.single_shell(Shell.orbital(0), 1, gap_scale=1.0),
        System.single_shell(Shell.orbital(1), 0, gap_scale=1.0),
        System([Shell([0.0]), Shell([1.0], energy=0.3)], 2, [[0.4, 0.1], [0.1, -0.2]]),
    ],
    ids=["repulsive", "free", "shifted", "one level", "empty", "matrix"],
)
def test_unusual_systems_are_verified_too(system: System) -> None:
    found, _ = run.deviations(system)
    assert [d for d in found if d.is_above] == []


def test_every_published_number_is_met() -> None:
    found = list(worst(published.samples()))
    assert [d for d in found if d.is_above] == []
    assert sum(d.points for d in found) == 13 + 1 + 5 + 9 + 5


def test_the_worst_sample_counts_and_nan_is_the_worst() -> None:
    def samples() -> Iterator[Sample]:
        for value in (1e-15, 3e-13, 2e-14):
            yield Sample("a", "x", value, 1e-12, f"{value}")
        yield Sample("a", "y", float("nan"), 1e-12, "nowhere")

    first, second = worst(samples())
    assert first == Deviation("a", "x", 3e-13, 1e-12, 3, "3e-13")
    assert not first.is_above
    assert second.is_above


def test_zeros_are_compared_as_zeros() -> None:
    assert relative(0.0, 0.0) == 0.0
    assert relative(1e-290, 0.0) == 0.0
    assert relative(1e-200, 0.0) == np.inf
    assert relative(1.0 + 2e-12, 1.0) == pytest.approx(2e-12, rel=1e-3)


def test_points_lie_on_crossings_and_one_ulp_beside_them() -> None:
    points = compare.points(SMALL)
    first = SMALL.crossing_fields()[0]
    assert Point(0.5, first) in points
    assert Point(0.5, float(np.nextafter(first, np.inf))) in points
