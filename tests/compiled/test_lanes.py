"""Words of the compiled loops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from quasispin.compiled.jit import jitted
from quasispin.compiled.lanes import LANES, Table, load, total

Array = npt.NDArray[np.float64]


@jitted(error_model="numpy")
def added(values: Array) -> float:
    table = Table(np.int64(values.ctypes.data), values.shape[1])
    result: float = total(load(table, 0, 0) + load(table, 0, LANES))
    return result


def test_lanes_are_added_in_pairs_of_halves() -> None:
    values = np.random.default_rng(3).uniform(-1, 1, (1, 2 * LANES))
    parts = values[0, :LANES] + values[0, LANES:]
    while parts.size > 1:
        parts = parts[: parts.size // 2] + parts[parts.size // 2 :]
    assert added(values) == parts[0]
