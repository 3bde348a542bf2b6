"""What compiled loops are built of: error-free transforms, exponentials, logarithms, in lanes and alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from quasispin.compiled import arithmetic
from quasispin.compiled.arithmetic import decay_lost, exp, log1p
from quasispin.compiled.jit import jitted
from quasispin.compiled.lanes import LANES, Table, load, store

mpmath = pytest.importorskip("mpmath")
Array = npt.NDArray[np.float64]
INFINITY = float("inf")


@lru_cache
def applied(function: Any) -> Callable[[Array, Array, Array], None]:
    """A function of lanes as one of arrays; the second argument is for those that take two."""

    def one(a, b, out):  # type: ignore[no-untyped-def]
        for row in range(a.shape[0] // LANES):
            store(out.ctypes.data, row, function(load(a.ctypes.data, row)))

    return jitted()(one)  # type: ignore[no-any-return]


def values(function: Any, points: Array) -> Array:
    padded = np.concatenate([points, np.ones(-points.size % LANES)])
    out = np.empty_like(padded)
    applied(function)(padded, padded, out)
    return out[: points.size]


def ulps(function: Any, exact: Callable[[Any], Any], points: Array) -> float:
    """Largest deviation in units of the last place."""
    worst = 0.0
    with mpmath.workdps(40):
        for x, y in zip(points, values(function, points), strict=True):
            true = exact(mpmath.mpf(float(x)))
            worst = max(worst, abs(float((mpmath.mpf(float(y)) - true) / math.ulp(float(true)))))
    return worst


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_decay_is_the_exponential(rng: np.random.Generator) -> None:
    points = np.concatenate([rng.uniform(0, 700, 400), 10 ** rng.uniform(-300, 1, 400)])
    assert ulps(arithmetic.decay, lambda a: mpmath.exp(-a), points) < 1.0


def test_decay_lost_keeps_its_digits_at_small_arguments(rng: np.random.Generator) -> None:
    points = np.concatenate([rng.uniform(0, 50, 400), 10 ** rng.uniform(-300, 1, 400)])
    assert ulps(arithmetic.decay_lost, lambda a: -mpmath.expm1(-a), points) < 1.3


def test_log_of_is_the_logarithm(rng: np.random.Generator) -> None:
    points = np.concatenate([rng.uniform(0.5, 2, 400), 10 ** rng.uniform(-300, 300, 400)])
    assert ulps(arithmetic.log_of, mpmath.log, points) < 1.0


def test_log_beyond_keeps_its_digits_at_small_arguments(rng: np.random.Generator) -> None:
    points = np.concatenate([rng.uniform(-0.15, 2, 400), 10 ** rng.uniform(-300, 300, 400)])
    assert ulps(arithmetic.log_beyond, mpmath.log1p, points) < 1.0


def test_limits_are_exact() -> None:
    assert values(arithmetic.decay, np.array([0.0, 800.0, 1e300, INFINITY])).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert values(arithmetic.decay_lost, np.array([0.0, 5e-324, INFINITY])).tolist() == [0.0, 5e-324, 1.0]
    assert values(arithmetic.log_beyond, np.array([0.0, 1e-320])).tolist() == [0.0, 1e-320]
    assert values(arithmetic.log_of, np.array([1.0])).tolist() == [0.0]


@jitted()
def transformed(a, b, out):  # type: ignore[no-untyped-def]
    for row in range(a.shape[0] // LANES):
        x, y = load(a.ctypes.data, row), load(b.ctypes.data, row)
        high, low = arithmetic.two_sum(x, y)
        store(out.ctypes.data, 4 * row, high)
        store(out.ctypes.data, 4 * row + 1, low)
        high, low = arithmetic.two_product(x, y)
        store(out.ctypes.data, 4 * row + 2, high)
        store(out.ctypes.data, 4 * row + 3, low)


def test_sums_and_products_lose_nothing(rng: np.random.Generator) -> None:
    """Fails if the compiler reassociates, or contracts where it is not told to."""
    a = rng.choice([-1, 1], 160) * 10 ** rng.uniform(-20, 20, 160)
    b = rng.choice([-1, 1], 160) * 10 ** rng.uniform(-20, 20, 160)
    out = np.empty(4 * a.size)
    transformed(a, b, out)
    rows = out.reshape(-1, 4, LANES)
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        sum_high, sum_low, product_high, product_low = (
            Fraction(float(v)) for v in rows[i // LANES, :, i % LANES]
        )
        assert sum_high + sum_low == Fraction(float(x)) + Fraction(float(y))
        assert product_high + product_low == Fraction(float(x)) * Fraction(float(y))


@jitted(error_model="numpy")
def in_lanes(values: Array) -> None:
    """Rows 1, 2, 3 become e^x, 1 − e^x of the row 0 and ln(1 + w) of the row 4."""
    table = Table(np.int64(values.ctypes.data), values.shape[1])
    for k in range(0, table.width, LANES):
        x = load(table, 0, k)
        store(table, 1, k, exp(x))
        store(table, 2, k, decay_lost(-1.0 * x))
        store(table, 3, k, log1p(load(table, 4, k)))


@jitted(error_model="numpy")
def alone(x: float, w: float) -> tuple[float, float, float]:
    return exp(x), decay_lost(-1.0 * x), log1p(w)


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


@jitted(error_model="numpy")
def exponential_of(x: float) -> float:
    found: float = exp(x)
    return found


@pytest.mark.parametrize("largest", [1e-12, 1.0, 40.0, 708.0, 745.0])
def test_the_exponential_is_that_of_numpy_to_an_ulp(largest: float) -> None:
    exponents = -largest * np.random.default_rng(5).random(500)
    found = np.array([exponential_of(a) for a in exponents])
    exact = np.exp(exponents)
    assert (np.abs(found - exact) <= np.spacing(exact)).all()


def test_the_exponential_ends_where_doubles_end() -> None:
    assert [exponential_of(a) for a in (0.0, -0.0)] == [1.0, 1.0]
    assert exponential_of(-744.4) == 5e-324  # the smallest of all
    assert [exponential_of(a) for a in (-745.2, -799.0, -1e300, -np.inf)] == [0.0] * 4
