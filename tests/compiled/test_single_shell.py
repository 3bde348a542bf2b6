"""What the compiled loops are built of: error-free transforms and elementary functions of lanes."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from quasispin.compiled import single_shell as kernels
from quasispin.compiled.jit import jitted
from quasispin.compiled.single_shell import LANES, load, store

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
    assert ulps(kernels.decay, lambda a: mpmath.exp(-a), points) < 1.0


def test_decay_lost_keeps_its_digits_at_small_arguments(rng: np.random.Generator) -> None:
    points = np.concatenate([rng.uniform(0, 50, 400), 10 ** rng.uniform(-300, 1, 400)])
    assert ulps(kernels.decay_lost, lambda a: -mpmath.expm1(-a), points) < 1.3


def test_log_of_is_the_logarithm(rng: np.random.Generator) -> None:
    points = np.concatenate([rng.uniform(0.5, 2, 400), 10 ** rng.uniform(-300, 300, 400)])
    assert ulps(kernels.log_of, mpmath.log, points) < 1.0


def test_log_beyond_keeps_its_digits_at_small_arguments(rng: np.random.Generator) -> None:
    points = np.concatenate([rng.uniform(-0.15, 2, 400), 10 ** rng.uniform(-300, 300, 400)])
    assert ulps(kernels.log_beyond, mpmath.log1p, points) < 1.0


def test_limits_are_exact() -> None:
    assert values(kernels.decay, np.array([0.0, 800.0, 1e300, INFINITY])).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert values(kernels.decay_lost, np.array([0.0, 5e-324, INFINITY])).tolist() == [0.0, 5e-324, 1.0]
    assert values(kernels.log_beyond, np.array([0.0, 1e-320])).tolist() == [0.0, 1e-320]
    assert values(kernels.log_of, np.array([1.0])).tolist() == [0.0]


@jitted()
def transformed(a, b, out):  # type: ignore[no-untyped-def]
    for row in range(a.shape[0] // LANES):
        x, y = load(a.ctypes.data, row), load(b.ctypes.data, row)
        high, low = kernels.two_sum(x, y)
        store(out.ctypes.data, 4 * row, high)
        store(out.ctypes.data, 4 * row + 1, low)
        high, low = kernels.two_product(x, y)
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


def test_no_compiled_loop_may_reassociate() -> None:
    for function in (kernels.single_shell_sum, kernels.weights_on_grid, kernels.two_sum, kernels.states_sum):
        assert not function.targetoptions.get("fastmath", False)
