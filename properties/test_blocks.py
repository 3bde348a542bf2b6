"""However a sweep is cut, its blocks hold every point once, and whole pieces of the grid."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.sweep.grid import CHUNK
from quasispin.sweep.plan import plan
from quasispin.sweep.tasks import Blocks, cut, fill, piece_of
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System

BUDGETS = st.floats(min_value=0.1, max_value=1e6)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=4), BUDGETS)
def test_a_box_is_no_larger_than_it_may_be_and_fills_the_last_axes_first(
    shape: list[int], most: float
) -> None:
    box = fill(shape, most)
    assert all(1 <= b <= n for b, n in zip(box, shape, strict=True))
    assert math.prod(box) <= max(1.0, most)
    first = next((i for i, b in enumerate(box) if b > 1), len(box))
    assert all(b == n for b, n in zip(box[first + 1 :], shape[first + 1 :], strict=True))


@st.composite
def cuts(draw: st.DrawFn) -> Blocks:
    family = Family(
        System.single_shell,
        shell=Shell.orbital(2),
        electrons=list(range(draw(st.integers(1, 5)))),
        gap_scale=[1.0 + i for i in range(draw(st.integers(1, 4)))],
    )
    temperature = np.linspace(0, 1, draw(st.integers(1, 9)))
    field = np.linspace(0, 1, draw(st.integers(1, 6000)))
    asked = plan(Canonical(family), MeanField(family), temperature=temperature, field=field)
    return cut(asked.request, draw(BUDGETS), draw(BUDGETS))


@given(cuts())
def test_blocks_hold_every_point_once_and_whole_pieces(blocks: Blocks) -> None:
    request = blocks.request
    seen = np.zeros(request.shape, dtype=int)
    rows, columns = piece_of(request.grid)
    for number, task in enumerate(blocks):
        place = blocks.place(number)
        seen[place] += 1
        assert task.number == number
        assert task.points == blocks.points(number) == seen[place].size
        assert [system.electrons for system in task.systems] == [
            request.cells[member].system.electrons for member in blocks.members(number)
        ]
        assert place[-2].start % rows == 0
        assert place[-1].start % columns == 0
        sizes = [heat.size for _, heat, _ in task.pieces(task.systems[0])]
        assert max(sizes) <= CHUNK
        assert sum(sizes) * len(task.systems) == task.points
    assert (seen == 1).all()
