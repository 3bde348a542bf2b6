"""The same levels without the block structure: every (N↑, N↓) as one matrix, by QuSpin and by numpy."""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from benchmarks.engine import COUPLING, fence, solve
from benchmarks.records import THREADS, Record, Scale, Times, in_turn, record, timed
from quasispin.parallel import limited
from quasispin.spectrum.sectors import Sectors

Array = npt.NDArray[np.float64]
Solver = Callable[[int, int], Array]


def full_diagonalisation(scale: Scale) -> Iterator[Record]:
    """All eigenvalues, compared with those of the engine as sorted lists."""
    solvers: dict[str, Solver] = {}
    if importlib.util.find_spec("quspin") is not None:
        quspin_levels(2, 1)  # loads what is loaded on first use
        solvers["QuSpin, bases, matrices and `eigvalsh`"] = quspin_levels
    if scale.long or scale.quick:
        solvers["numpy's `eigvalsh`, matrices built in Python"] = plain_levels
    for levels in scale.sizes((4,), (4, 6, 8)):
        with limited(THREADS):
            (ours,) = in_turn(lambda n=levels: solve(fence(n)), runs=scale.runs(11))  # type: ignore[misc]
            wanted = [sector_levels(solve(fence(levels)), up) for up in range(levels + 1)]
            for what, solver in solvers.items():
                yield beside(solver, what, wanted, ours)


def beside(solver: Solver, what: str, wanted: list[Array], ours: Times) -> Record:
    """All matrices by another solver: its time over the engine's, its levels against the engine's."""
    levels, found = len(wanted) - 1, list[Array]()
    times = timed(lambda: found.extend(solver(levels, up) for up in range(levels + 1)))
    apart = max(float(np.abs(a - b).max()) for a, b in zip(found, wanted, strict=True))
    median = Times([float(np.median(ours.wall))], [float(np.median(ours.cpu))])
    return record(what.split(",")[0].split("'")[0].lower(), levels, what, f"L = {levels}", times,
                  over=("the engine", median), states=sum(map(len, wanted)), largest=max(map(len, wanted)),
                  apart=apart)  # fmt: skip


def sector_levels(found: Sectors, up: int) -> Array:
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
    with threadpool_limits(limits=THREADS, user_api="blas"):
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
    with threadpool_limits(limits=THREADS, user_api="blas"):
        found = hamiltonian(terms, [], basis=basis, dtype=np.float64, **unchecked).eigvalsh()
    return np.asarray(found, dtype=np.float64)
