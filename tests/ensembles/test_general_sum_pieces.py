"""A point has the same digits alone and in any grid, however that is cut into pieces, lanes and threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quasispin.ensembles import general_sum
from quasispin.ensembles.fixed_number import FixedNumber
from quasispin.system.shell import Shell
from quasispin.system.system import System

MATRIX = [[0.5, 0.3, 0.1], [0.3, 0.7, 0.2], [0.1, 0.2, 0.4]]
SYSTEMS = [
    System([Shell([1.0], float(k)) for k in range(6)], 6, 0.4),
    System([Shell([1.0 + 0.1 * k], float(k)) for k in range(5)], 5, 0.4),
    System([Shell([0.0, 1.0, 2.0], 0.0), Shell([1.0, 3.0], 0.35)], 4, -0.3),
    System([Shell([0.5, 1.0], -0.4), Shell([2.0], 0.0), Shell([1.0, 1.0], 0.3)], 4, MATRIX),
]
POINTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1e-310, 0.004, 0.1, 0.5, 3.0]) | st.floats(0.0, 50.0),
        st.sampled_from([0.0, 0.13, -0.5, 1.0]) | st.floats(-4.0, 4.0),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(system=st.sampled_from(SYSTEMS), points=POINTS, data=st.data())
def test_pieces_of_a_map_in_any_order_are_the_map(
    system: System, points: list[tuple[float, float]], data: st.DataObject
) -> None:
    temperature, field = np.array(points).T.copy()
    whole = general_sum.fixed_number(system, [3, 4], temperature, field)
    order = np.array(data.draw(st.permutations(range(len(points)))))
    cut = data.draw(st.integers(0, len(points)))
    for some in (order[:cut], order[cut:]):
        part = general_sum.fixed_number(system, [3, 4], temperature[some], field[some])
        assert_identical(part, whole, some)


@pytest.mark.parametrize("system", SYSTEMS, ids=["equal", "different", "two", "matrix"])
def test_every_point_of_a_map_is_that_point_alone(system: System) -> None:
    temperature, field = grid()
    whole = general_sum.fixed_number(system, [4], temperature, field)
    for i in range(0, temperature.size, 7):
        alone = general_sum.fixed_number(system, [4], temperature[i : i + 1], field[i : i + 1])
        assert_identical(alone, whole, np.array([i]))


@pytest.mark.parametrize("system", SYSTEMS, ids=["equal", "different", "two", "matrix"])
@pytest.mark.parametrize(("size", "work"), [(1, 10**9), (20_000, 1), (10**8, 1)])
def test_memory_and_threads_do_not_change_a_digit(
    system: System, size: int, work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    temperature, field = grid()
    whole = general_sum.fixed_number(system, [4], temperature, field)
    monkeypatch.setattr(general_sum, "CHUNK_BYTES", size)
    monkeypatch.setattr(general_sum, "WORK", work)
    every = np.arange(temperature.size)
    assert_identical(general_sum.fixed_number(system, [4], temperature, field), whole, every)


def test_no_points_are_no_sums() -> None:
    nothing = np.empty(0)
    assert general_sum.fixed_number(SYSTEMS[0], [4, 5], nothing, nothing).occupation.shape == (2, 0, 6)


def grid() -> tuple[np.ndarray, np.ndarray]:
    """More points of one temperature than are summed side by side, and a temperature of one point."""
    temperature, field = np.meshgrid([0.0, 0.3, 2.0], np.linspace(-1.0, 3.0, 70))
    return np.append(temperature.ravel(), 0.7), np.append(field.ravel(), 0.2)


def assert_identical(part: FixedNumber, whole: FixedNumber, some: np.ndarray) -> None:
    """`part` is what `whole` has at these points, bit by bit."""
    for name, one, other in shared(part, whole):
        np.testing.assert_array_equal(one, other[:, some], err_msg=name)


def shared(part: FixedNumber, whole: FixedNumber) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    for item in fields(FixedNumber):
        value = getattr(part, item.name)
        if isinstance(value, np.ndarray) and item.name != "numbers":
            yield item.name, value, getattr(whole, item.name)
