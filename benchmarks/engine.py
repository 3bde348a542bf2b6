"""Exact spectra of many shells beside bare LAPACK, and maps of what is solved beside the solution.

Picket fence at half filling: L doubly degenerate equidistant levels, constant G, N = L, all seniorities,
⟨A⁺A⟩ and ⟨p_s⟩ of every eigenstate included. Beside it, by the same number of workers with one BLAS thread
each, scipy's `eigh` with eigenvectors of the block of every seniority tuple, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

import quasispin as qs
from benchmarks.records import THREADS, Record, Scale, in_turn, memory_of, record, timed
from quasispin.parallel import limited
from quasispin.spectrum import pairing_matrix
from quasispin.spectrum import sectors as spectrum

Array = npt.NDArray[np.float64]
COUPLING = 0.4
"""G in units of the level distance."""
GRID = (100, 1000)
"""Temperatures and fields of the map."""


def one_size(scale: Scale, levels: int) -> Iterator[Record]:
    """The engine and `eigh` of every block in turn, then maps of 10⁵ points."""
    if scale.quick and levels > 6:
        return
    with limited(THREADS):
        solve(fence(4))  # loads what is loaded on first use
        runs = scale.runs({14: 1, 12: 5}.get(levels, 11))
        ours, theirs = in_turn(
            lambda: solve(fence(levels)), partial(bare_eigh, levels), runs=runs, warm=levels < 14
        )
        spectrum._box.cache_clear()
        memory = memory_of(lambda: solve(fence(levels)))
        found = solve(fence(levels))
        size = f"L = {levels}"
        yield record("engine", levels, "engine", size, ours, over=("bare `eigh`", theirs), memory=memory,
                     tuples=len(found.seniorities), blocks=len(found.blocks),
                     largest=max(len(block.energy) for block in found.blocks))  # fmt: skip
        yield record("eigh", levels, "bare `eigh` of every block, 2 threads", size, theirs)
        yield from maps(scale, levels, size)


def maps(scale: Scale, levels: int, size: str) -> Iterator[Record]:
    """All averages on 100 temperatures × 1000 fields: equal moments, and all different."""
    qs.Canonical(fence(2)).averages(1.0, 0.5)  # loads what is compiled
    heats, fields = (8, 8) if scale.quick else GRID
    grid = np.meshgrid(np.linspace(0.05, 3.0, heats), np.linspace(0.0, 4.0, fields))
    spread = qs.System([qs.Shell([1.0 + k / 100], float(k)) for k in range(levels)], levels, COUPLING)
    for system, what, key in (
        (fence(levels), "moments equal", "equal"),
        (spread, "moments all different", "different"),
    ):
        solve(system)
        mapped = qs.Canonical(system).averages
        mapping, solving = in_turn(
            lambda call=mapped: call(*grid),  # type: ignore[misc]
            lambda one=system: solve(one),  # type: ignore[misc]
            runs=scale.runs(1 if levels > 12 else 3),
            warm=False,
        )
        memory = memory_of(lambda call=mapped: call(*grid))  # type: ignore[misc]
        yield record(f"map.{key}", levels, f"map of {grid[0].size} points, {what}", size, mapping,
                     over=("the solution", solving), memory=memory)  # fmt: skip


def largest(_scale: Scale, levels: int) -> Iterator[Record]:
    """One run of the engine alone."""
    with limited(THREADS):
        plan = spectrum.estimate(fence(levels), [levels])
        times = [timed(lambda: None)]
        memory = memory_of(lambda: times.append(timed(lambda: solve(fence(levels)))))
    yield record("engine", levels, "engine", f"L = {levels}", times[-1], memory=memory, tuples=plan.tuples,
                 blocks=plan.blocks, largest=plan.largest)  # fmt: skip


def fence(levels: int, electrons: int | None = None) -> qs.System:
    """L doubly degenerate levels at distance 1, moment 1."""
    return qs.System([qs.Shell([1.0], float(k)) for k in range(levels)], electrons or levels, COUPLING)


def solve(system: qs.System) -> spectrum.Sectors:
    """The spectrum, from nothing."""
    spectrum._box.cache_clear()
    (found,) = spectrum.sectors(system, [system.electrons])
    return found


def bare_eigh(levels: int) -> None:
    """Eigenvalues and -vectors of every block by plain `scipy.linalg.eigh`, the largest first."""
    from scipy.linalg import eigh

    def one(free: tuple[int, ...]) -> None:
        operator, pairs = kinds[len(free)]
        matrix = operator.copy()
        matrix[np.diag_indices(len(matrix))] += 2.0 * (pairs @ np.array(free, dtype=np.float64))
        eigh(matrix)

    kinds = {levels - nu: _kind(levels - nu) for nu in range(0, levels, 2)}
    tuples = [free for size in kinds for free in combinations(range(levels), size)]
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(one, tuples))


def _kind(free: int) -> tuple[Array, npt.NDArray[np.int64]]:
    """The pair operator on so many free levels, and which pairs are where in each state."""
    space = pairing_matrix.pair_space([1] * free, [0] * free, free)
    return -COUPLING * pairing_matrix.pairing_operator(space, np.ones((free,) * 2)), space.pairs
