"""What the engine of many shells does, counted: each block once, each temperature once, each ratio once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from quasispin import observables as obs
from quasispin.compiled import compilation, many_shells
from quasispin.ensembles import general_sum
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical
from quasispin.spectrum import blocks
from quasispin.spectrum.sectors import sectors
from quasispin.spectrum.weights import weights
from quasispin.sweep.grid import CHUNK
from quasispin.sweep.run import sweep
from quasispin.system.shell import Shell
from quasispin.system.system import System

couplings: Iterator[float] = iter(0.3 + 1e-3 * np.arange(1000))


def fresh(levels: int = 8, pairs: int = 1) -> System:
    """A box that nothing is kept of yet."""
    shells = [Shell(np.arange(1.0, pairs + 1), energy=float(k)) for k in range(levels)]
    return System(shells, levels * pairs, next(couplings))


@pytest.fixture
def matrices(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many matrices were diagonalised, by the way in which."""
    found: Counter[str] = Counter()

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def count(matrix: Any, *more: Any) -> Any:
            found[name] += len(matrix) if name == "batch" else 1
            found["calls"] += 1
            return function(matrix, *more)

        return count

    monkeypatch.setattr(np.linalg, "eigh", counting("batch", np.linalg.eigh))
    for name in ("_overwriting_eigh", "_tridiagonal_eigh"):
        monkeypatch.setattr(blocks, name, counting(name, getattr(blocks, name)))
    return found


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many temperatures, classes, points and ratios the kernels were given."""
    found: Counter[str] = Counter()
    run = compilation.run

    def counting(function: Any, *arguments: Any) -> Any:
        sizes = {
            many_shells.block_sums: lambda: arguments[4].size,  # temperatures of a block
            many_shells.class_sums: lambda: arguments[0].size,  # temperatures of all classes
            many_shells.points_sum: lambda: arguments[1] - arguments[0],
            many_shells.lowest_classes: lambda: arguments[0].size,  # fields
        }
        if function in sizes:
            found[function.__name__] += sizes[function]()
        return run(function, *arguments)

    def weighing(moments: Any, x: Any) -> Any:
        found["weights"] += x.size
        return weights(moments, x)

    monkeypatch.setattr(compilation, "run", counting)
    monkeypatch.setattr(general_sum, "weights", weighing)
    return found


@pytest.mark.parametrize(("levels", "pairs"), [(8, 1), (4, 2), (2, 5)])
def test_every_distinct_block_is_diagonalised_once(levels: int, pairs: int, matrices: Counter[str]) -> None:
    system = fresh(levels, pairs)
    Canonical(system).averages([0.1, 0.5], 0.2)
    (solved,) = sectors(system, [system.electrons])
    assert sum(matrices.values()) - matrices["calls"] <= 2 * len(solved.blocks)  # in two halves at most
    assert len(solved.blocks) < len(solved.seniorities)  # equal ones were recognised
    before = matrices.copy()
    Canonical(system).averages(np.linspace(0.1, 1, 50)[:, None], np.linspace(0, 1, 50))
    assert matrices == before


def test_small_blocks_of_a_size_are_diagonalised_together(matrices: Counter[str]) -> None:
    Canonical(fresh(10)).averages(0.1)
    assert matrices["calls"] < matrices["batch"] / 4


def test_neighbouring_numbers_of_electrons_share_their_blocks(matrices: Counter[str]) -> None:
    system = fresh(6)
    GrandCanonical(system).averages([0.2, 0.4], 0.1)
    every = sectors(system, range(2 * system.pair_degeneracy + 1))
    distinct = {id(block) for solved in every for block in solved.blocks}
    tuples = sum(len(solved.seniorities) for solved in every)
    assert sum(matrices.values()) - matrices["calls"] <= 2 * len(distinct)
    assert len(distinct) < tuples / 2


@pytest.mark.parametrize("fields", [1, 40])
def test_a_map_averages_each_block_once_for_each_temperature(fields: int, work: Counter[str]) -> None:
    system, heat = fresh(), np.linspace(0.1, 1.0, 30)
    Canonical(system).averages(heat[:, None], np.linspace(0.0, 1.0, fields))
    (solved,) = sectors(system, [system.electrons])
    assert work["block_sums"] == 30 * len(solved.blocks)
    assert work["class_sums"] == 30
    assert work["points_sum"] == 30 * fields
    assert work["lowest_classes"] == fields


def test_a_map_over_geometric_axes_finds_each_ratio_once(work: Counter[str]) -> None:
    axis = 2.0 ** np.arange(-12, 4)
    Canonical(fresh()).averages(axis[:, None], axis)
    assert work["weights"] == 2 * axis.size - 1  # all shells have the same moments


def test_a_sweep_in_pieces_does_no_more_than_one_call(work: Counter[str], matrices: Counter[str]) -> None:
    system = fresh()
    heat, field = np.linspace(0.1, 1.0, 90), np.linspace(0.0, 1.0, 100)
    assert heat.size * field.size > 2 * CHUNK
    sweep(Canonical(system), temperature=heat, field=field, observables=[obs.gap, obs.entropy])
    (solved,) = sectors(system, [system.electrons])
    assert work["block_sums"] == heat.size * len(solved.blocks)
    assert work["class_sums"] == heat.size
    assert work["points_sum"] == heat.size * field.size
    assert sum(matrices.values()) - matrices["calls"] <= 2 * len(solved.blocks)
