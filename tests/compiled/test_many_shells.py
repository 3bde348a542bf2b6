"""The compiled exponential, beside that of numpy and in its limits."""

from __future__ import annotations

import numpy as np
import pytest

from quasispin.compiled import many_shells as kernels


@pytest.mark.parametrize("largest", [1e-12, 1.0, 40.0, 708.0, 745.0])
def test_the_exponential_is_that_of_numpy_to_an_ulp(largest: float) -> None:
    exponents = -largest * np.random.default_rng(5).random(500)
    found = np.array([kernels.exponential(a) for a in exponents])
    exact = np.exp(exponents)
    assert (np.abs(found - exact) <= np.spacing(exact)).all()


def test_the_exponential_ends_where_doubles_end() -> None:
    assert [kernels.exponential(a) for a in (0.0, -0.0)] == [1.0, 1.0]
    assert kernels.exponential(-744.4) == 5e-324  # the smallest of all
    assert [kernels.exponential(a) for a in (-745.2, -799.0, -1e300, -np.inf)] == [0.0] * 4
