"""The statistical sum of one degenerate shell: the fused kernel behind a function, on all cores."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.ensembles.fixed_number import FixedNumber
from quasispin.errors import check_memory
from quasispin.parallel import cores
from quasispin.spectrum.weights import plan_of
from quasispin.system.staircase import highest_seniority
from quasispin.system.system import System

WORK_PER_TASK = 131_072
"""Points times pairs (25 more for what a point costs anyhow) that are worth a thread: some milliseconds."""


def fixed_number(system: System, numbers: Sequence[int], temperature: Array, field: Array) -> FixedNumber:
    """Sums over the states of one shell at each N of `numbers`, for points of shape (X,) (eqs. 4–10)."""
    assert isinstance(system.coupling, float)
    pairs, size = system.pair_degeneracy, (len(numbers), temperature.size)
    check_memory("This grid", 8 * size[0] * size[1] * (14 + pairs))
    sums, seniority = np.empty((11, *size)), np.zeros((*size, pairs + 1))
    count_steps(system, numbers, temperature, field, sums, seniority)
    ground, low, log_sum, excitation, energy, pair_energy, moment, moment_var, energy_var, linked, mean = sums
    counts = np.array(numbers, dtype=np.int64)
    return FixedNumber(
        numbers=counts,
        coupling=system.coupling,
        ground_energy=ground,
        ground_energy_low=low,
        log_sum=log_sum,
        excitation=excitation,
        energy=energy,
        pair_energy=pair_energy,
        moment=moment,
        moment_variance=moment_var,
        energy_variance=energy_var,
        connected=linked,
        occupation=np.broadcast_to(counts[:, None, None].astype(float), (*size, 1)),
        unpaired=mean[..., None],
        seniority=seniority,
    )


def count_steps(
    system: System, numbers: Sequence[int], temperature: Array, field: Array, sums: Array, seniority: Array
) -> int:
    """Fill `sums` (11, K, X; rows as `kernels.SUMS`) and `seniority` (K, X, V): the recurrence steps it took.

    Points of the same x = |ω|/T (up to roundings) come after one another, so that their weights are found
    once in each task.
    """
    from quasispin.spectrum import compilation, kernels

    assert isinstance(system.coupling, float)
    shell = system.shells[0]
    plan = plan_of(shell.moments)
    counts = np.array(numbers, dtype=np.int64)
    top_seniority = max(highest_seniority(system.pair_degeneracy, int(n)) for n in counts)
    coupling, energy = system.coupling, shell.energy
    temperature, field = np.ascontiguousarray(temperature), np.ascontiguousarray(field)

    def run(points: npt.NDArray[np.int64]) -> int:
        steps: int = compilation.run(
            kernels.single_shell_sum, temperature, field, points, counts, coupling, energy, plan,
            top_seniority, kernels.memory_of(plan.tops.size - 1), sums, seniority,
        )  # fmt: skip
        return steps

    size = max(16, WORK_PER_TASK // ((system.pair_degeneracy + 25) * len(numbers)))
    if temperature.size <= size:
        return run(np.arange(temperature.size))
    points = compilation.run(kernels.points_by_weights, temperature, field, plan)
    tasks = [points[i : i + size] for i in range(0, points.size, size)]
    with ThreadPoolExecutor(cores()) as threads:
        return sum(threads.map(run, tasks))
