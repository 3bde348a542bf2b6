"""Exact spectra of many shells beside bare LAPACK: `python -m benchmarks.engine [--long]`.

Picket fence at half filling: L doubly degenerate equidistant levels, constant G, N = L, all seniorities,
⟨A⁺A⟩ and ⟨p_s⟩ of every eigenstate included. Beside it, by the same number of workers with one BLAS thread
each, scipy's `eigh` with eigenvectors of the block of every seniority tuple, nothing else. Both in one run,
one after the other, so that the ratio holds on a busy machine too.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import math
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

import quasispin as qs
from quasispin import machine
from quasispin.parallel import limited
from quasispin.spectrum import pairing_matrix
from quasispin.spectrum import sectors as spectrum

Array = npt.NDArray[np.float64]
WORKERS = 2
COUPLING = 0.4
"""G in units of the level distance."""
RUNS = 7
"""Of the engine where it takes milliseconds."""


def main() -> None:
    """Print every row as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--long", action="store_true", help="L = 16 too, with its peak memory")
    parser.add_argument("--levels", type=int, nargs="*", default=[12, 14], help="sizes to measure")
    given = parser.parse_args()
    print(f"picket fence at half filling, {WORKERS} workers, one BLAS thread each")
    with limited(WORKERS):
        fence_against_eigh(6, quiet=True)  # loads what is loaded on first use
        for levels in given.levels:
            fence_against_eigh(levels)
            map_beside_solve(levels)
        full_diagonalisation(8)
        if given.long:
            longest(16)


def fence(levels: int, electrons: int | None = None) -> qs.System:
    """L doubly degenerate levels at distance 1, moment 1."""
    return qs.System([qs.Shell([1.0], float(k)) for k in range(levels)], electrons or levels, COUPLING)


def solve(system: qs.System) -> spectrum.Sectors:
    """The spectrum, from nothing."""
    spectrum._box.cache_clear()
    (found,) = spectrum.sectors(system, [system.electrons])
    return found


def fence_against_eigh(levels: int, *, quiet: bool = False) -> None:
    """The whole engine beside `eigh` of every block."""
    runs = 3 if levels <= 12 else 1
    ours, theirs = [], []
    for _ in range(runs):  # in turn, for a machine that is busy at times
        ours.append(wall_time(lambda: solve(fence(levels))))
        theirs.append(wall_time(lambda: bare_eigh(levels)))
    if not quiet:
        found = solve_cached(levels)
        ratio = min(ours) / min(theirs)
        print(
            f"L = {levels}: {len(found.seniorities)} tuples, {len(found.blocks)} distinct blocks; "
            f"engine {min(ours):.2f} s, bare eigh {min(theirs):.2f} s, ratio {ratio:.2f} (≤ 0.8)",
            flush=True,
        )


def solve_cached(levels: int) -> spectrum.Sectors:
    """The spectrum that was solved last."""
    return spectrum.sectors(fence(levels), [levels])[0]


def bare_eigh(levels: int) -> None:
    """Eigenvalues and -vectors of every block by plain `scipy.linalg.eigh`, the largest first."""
    from scipy.linalg import eigh

    def kind(unpaired: int) -> tuple[Array, npt.NDArray[np.int64]]:
        space = pairing_matrix.pair_space(
            [1] * (levels - unpaired), [0] * (levels - unpaired), levels - unpaired
        )
        return -COUPLING * pairing_matrix.pairing_operator(
            space, np.ones((levels - unpaired,) * 2)
        ), space.pairs

    def one(free: tuple[int, ...]) -> None:
        operator, pairs = kinds[len(free)]
        matrix = operator.copy()
        matrix[np.diag_indices(len(matrix))] += 2.0 * (pairs @ np.array(free, dtype=np.float64))
        eigh(matrix)

    kinds = {levels - nu: kind(nu) for nu in range(0, levels, 2)}
    tuples = [free for size in kinds for free in combinations(range(levels), size)]
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(one, tuples))


def map_beside_solve(levels: int) -> None:
    """A (T, ω) map of 10⁵ points of the solved system, all averages: equal moments, and all different."""
    temperature, field = np.meshgrid(np.linspace(0.05, 3.0, 100), np.linspace(0.0, 4.0, 1000))
    qs.Canonical(fence(2)).averages(1.0, 0.5)  # loads what is compiled
    solving = wall_time(lambda: solve(fence(levels)))
    spread = qs.System([qs.Shell([1.0 + k / 100], float(k)) for k in range(levels)], levels, COUPLING)
    for system, moments in [(fence(levels), "equal moments"), (spread, "all moments different")]:
        ensemble = qs.Canonical(system)
        start = time.perf_counter()
        ensemble.averages(temperature, field)
        mapping = time.perf_counter() - start
        print(
            f"  map of {temperature.size} points, {moments}: {mapping:.2f} s, "
            f"{mapping / solving:.2f} of the solve",
            flush=True,
        )


def full_diagonalisation(levels: int) -> None:
    """The same levels without the block structure: every (N↑, N↓) sector as one matrix."""
    ours = min(wall_time(lambda: solve(fence(levels))) for _ in range(RUNS))
    wanted = [sector_levels(solve_cached(levels), up) for up in range(levels + 1)]
    print(
        f"L = {levels}: engine {ours:.4f} s, best of {RUNS}; without the block structure the same levels are "
        f"{levels + 1} matrices (N↑, N↓) of up to {max(map(len, wanted))} states",
        flush=True,
    )
    beside(plain_levels, "numpy, matrices built in Python", wanted, ours)
    if importlib.util.find_spec("quspin") is None:
        print("  QuSpin is not installed: `uv run --group bench python -m benchmarks.engine`")
        return
    quspin_levels(2, 1)  # loads what is loaded on first use
    beside(quspin_levels, "QuSpin", wanted, ours)


def beside(solver: Callable[[int, int], Array], name: str, wanted: list[Array], ours: float) -> None:
    """All sectors by another solver: its time against ours, its levels against ours."""
    levels = len(wanted) - 1
    start = time.perf_counter()
    theirs = [solver(levels, up) for up in range(levels + 1)]
    taken = time.perf_counter() - start
    apart = max(float(np.abs(a - b).max()) for a, b in zip(theirs, wanted, strict=True))
    print(
        f"  {name}: {taken:.1f} s, {taken / ours:.0f} × (≥ 200); largest difference between the "
        f"{sum(map(len, wanted))} sorted eigenvalues {apart:.0e}; the gain is the block structure",
        flush=True,
    )


def sector_levels(found: spectrum.Sectors, up: int) -> Array:
    """The engine's levels of all states with that many electrons up, each as often as it occurs, rising.

    Of ν unpaired electrons a = (ν + N↑ − N↓)/2 point up, in C(ν, a) ways; pairs have one electron of each.
    """
    unpaired = found.seniorities.sum(axis=1)
    aligned = (unpaired + 2 * up - found.electrons) // 2  # N and ν are even or odd together
    fits = (aligned >= 0) & (aligned <= unpaired)
    times = np.array([math.comb(n, a) if ok else 0 for n, a, ok in zip(unpaired, aligned, fits, strict=True)])
    return np.sort(np.repeat(found.energy, times[found.tuple_of]))


def plain_levels(levels: int, up: int) -> Array:
    """Eigenvalues of all states with that many electrons up and the rest of N = L down, by numpy."""
    ups = [sum(1 << k for k in some) for some in combinations(range(levels), up)]
    downs = [sum(1 << k for k in some) for some in combinations(range(levels), levels - up)]
    index = {state: i for i, state in enumerate((a, b) for a in ups for b in downs)}
    matrix = np.zeros((len(index),) * 2)
    for (a, b), i in index.items():
        both = a & b
        matrix[i, i] = sum(k for k in range(levels) if a >> k & 1) + sum(
            k for k in range(levels) if b >> k & 1
        )
        for k in (k for k in range(levels) if both >> k & 1):
            for j in (j for j in range(levels) if j == k or not (a | b) >> j & 1):
                move = 1 << k | 1 << j if j != k else 0
                matrix[index[a ^ move, b ^ move], i] -= COUPLING
    with threadpool_limits(limits=WORKERS, user_api="blas"):
        found = np.linalg.eigvalsh(matrix)
    return np.asarray(found, dtype=np.float64)


def quspin_levels(levels: int, up: int) -> Array:
    """The same by QuSpin, basis, matrix and eigenvalues.

    A pair hops by a⁺_i↑ a⁺_i↓ a_j↓ a_j↑ = (a⁺_i↑ a_j↑)(a⁺_i↓ a_j↓), its operator "+-|+-" at (i, j, i, j); no
    sign, as a_j↑ passes two operators.
    """
    spinful_fermion_basis_1d = importlib.import_module("quspin.basis").spinful_fermion_basis_1d
    hamiltonian = importlib.import_module("quspin.operators").hamiltonian

    apart = [(i, j) for i in range(levels) for j in range(levels) if i != j]
    terms = [
        ["n|", [[float(k), k] for k in range(levels)]],
        ["|n", [[float(k), k] for k in range(levels)]],
        ["n|n", [[-COUPLING, k, k] for k in range(levels)]],
        ["+-|+-", [[-COUPLING, i, j, i, j] for i, j in apart]],
    ]
    basis = spinful_fermion_basis_1d(levels, Nf=(up, levels - up))
    unchecked = {"check_symm": False, "check_herm": False, "check_pcon": False}  # checks are no part of it
    with threadpool_limits(limits=WORKERS, user_api="blas"):
        found = hamiltonian(terms, [], basis=basis, dtype=np.float64, **unchecked).eigvalsh()
    return np.asarray(found, dtype=np.float64)


def longest(levels: int) -> None:
    """One run of the engine alone, with the largest memory that the process has held."""
    plan = spectrum.estimate(fence(levels), [levels])
    took = wall_time(lambda: solve(fence(levels)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"L = {levels}: {plan.blocks} distinct blocks up to {plan.largest} states; engine {took:.0f} s "
        f"(estimated {plan.seconds:.0f}), peak memory {peak:.2f} GiB (estimated {plan.memory / 2**30:.2f}, "
        f"allowed {machine.allowed() / 2**30:.1f})"
    )


def wall_time(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
