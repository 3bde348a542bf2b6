"""The functions that the sums of the mean field are made of, against many digits, in lanes and alone."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
import pytest

from quasispin.compiled import mean_field as kernels
from quasispin.compiled.jit import jitted
from quasispin.compiled.mean_field import LANES, Table, exp, load, log1p, one_less_exp, store, total

Array = npt.NDArray[np.float64]


@jitted(error_model="numpy")
def in_lanes(values: Array) -> None:
    """Rows 1, 2, 3 become e^x, 1 − e^x of the row 0 and ln(1 + w) of the row 4."""
    table = Table(np.int64(values.ctypes.data), values.shape[1])
    for k in range(0, table.width, LANES):
        x = load(table, 0, k)
        store(table, 1, k, exp(x))
        store(table, 2, k, one_less_exp(x))
        store(table, 3, k, log1p(load(table, 4, k)))


@jitted(error_model="numpy")
def alone(x: float, w: float) -> tuple[float, float, float]:
    return exp(x), one_less_exp(x), log1p(w)


@jitted(error_model="numpy")
def added(values: Array) -> float:
    table = Table(np.int64(values.ctypes.data), values.shape[1])
    result: float = total(load(table, 0, 0) + load(table, 0, LANES))
    return result


@jitted(error_model="numpy")
def filled(memory: Array, moments: Array, pairs: Array) -> int:
    """The numbers that all tables take together."""
    table, room = kernels._tables(memory, moments, pairs)
    end = kernels.place(room.stack, kernels.STACK, 0)
    numbers: int = (end - table.start) // 8
    return numbers


@pytest.fixture(scope="module")
def table() -> Array:
    rng = np.random.default_rng(7)
    values = np.zeros((5, 2000))
    values[0] = -(10 ** rng.uniform(-12, np.log10(740), 2000))
    values[4] = np.minimum(3.0, 10 ** rng.uniform(-12, 0.6, 2000))
    values[0, :5], values[4, :3] = [0.0, -1e-300, -745.0, -746.0, -1e300], [0.0, 3.0, 1e-300]
    in_lanes(values)
    return values


@pytest.mark.parametrize(
    ("row", "argument", "function", "ulps"),
    [
        (1, 0, mpmath.exp, 1.0),
        (2, 0, lambda x: -mpmath.expm1(x), 2.0),
        (3, 4, mpmath.log1p, 3.0),
    ],
)
def test_the_functions_of_lanes_have_all_digits(
    table: Array, row: int, argument: int, function: Any, ulps: float
) -> None:
    with mpmath.workdps(40):
        for given, found in zip(table[argument].tolist(), table[row].tolist(), strict=True):
            expected = function(mpmath.mpf(given))
            assert abs(found - expected) <= ulps * float(np.spacing(float(expected))), given


def test_a_number_alone_and_the_same_number_in_a_lane_have_the_same_bits(table: Array) -> None:
    for column in range(0, 2000, 97):
        assert alone(table[0, column], table[4, column]) == tuple(table[1:4, column])


def test_lanes_are_added_in_pairs_of_halves() -> None:
    values = np.random.default_rng(3).uniform(-1, 1, (1, 2 * LANES))
    parts = values[0, :LANES] + values[0, LANES:]
    while parts.size > 1:
        parts = parts[: parts.size // 2] + parts[parts.size // 2 :]
    assert added(values) == parts[0]


def test_the_table_is_filled_up_with_levels_of_no_pairs() -> None:
    memory = kernels.memory_of(3)
    assert filled(memory, np.array([0.0, 1.0, 3.0]), np.array([1, 2, 2])) == memory.size
    found = memory[: kernels.ROWS * LANES].reshape(kernels.ROWS, LANES)
    assert found[kernels.MOMENTS].tolist() == [0.0, 1.0] + [3.0] * 6
    assert found[kernels.PAIRS].tolist() == [1.0, 2.0, 2.0] + [0.0] * 5
