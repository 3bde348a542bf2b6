"""How the mean field of one shell lays out its memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from quasispin.compiled import mean_field as kernels
from quasispin.compiled.jit import jitted
from quasispin.compiled.lanes import LANES, place

Array = npt.NDArray[np.float64]


@jitted(error_model="numpy")
def filled(memory: Array, moments: Array, pairs: Array) -> int:
    """The numbers that all tables take together."""
    table, room = kernels._tables(memory, moments, pairs)
    end = place(room.stack, kernels.STACK, 0)
    numbers: int = (end - table.start) // 8
    return numbers


def test_the_table_is_filled_up_with_levels_of_no_pairs() -> None:
    memory = kernels.memory_of(3)
    assert filled(memory, np.array([0.0, 1.0, 3.0]), np.array([1, 2, 2])) == memory.size
    found = memory[: kernels.ROWS * LANES].reshape(kernels.ROWS, LANES)
    assert found[kernels.MOMENTS].tolist() == [0.0, 1.0] + [3.0] * 6
    assert found[kernels.PAIRS].tolist() == [1.0, 2.0, 2.0] + [0.0] * 5
