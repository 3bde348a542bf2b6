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

WORK_PER_THREAD = 131_072
"""Points times pairs (25 more for what a point costs anyhow) from which on several threads are worth it."""
WORK_PER_TASK = 262_144
"""What a task is at most: about a millisecond, and as many results as the second cache holds."""

Places = npt.NDArray[np.int64]


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
    from quasispin.compiled import compilation
    from quasispin.compiled import single_shell as kernels
    from quasispin.compiled.lanes import LANES

    assert isinstance(system.coupling, float)
    shell = system.shells[0]
    plan = plan_of(shell.moments)
    counts = np.array(numbers, dtype=np.int64)
    top_seniority = max(highest_seniority(system.pair_degeneracy, int(n)) for n in counts)
    coupling, energy = system.coupling, shell.energy
    temperature, field = np.ascontiguousarray(temperature), np.ascontiguousarray(field)

    def run(points: Places) -> int:
        arranged = kernels.NOT_ARRANGED
        if points.size > LANES:
            arranged = compilation.run(
                kernels.arrange, temperature, field, points, plan, kernels.SMALL_SAMPLE
            )
        steps: int = compilation.run(
            kernels.single_shell_sum, temperature, field, points, arranged, counts, coupling, energy, plan,
            kernels.moments_of_any_kind(plan.step), top_seniority, kernels.memory_of(plan.tops.size - 1),
            sums, seniority,
        )  # fmt: skip
        return steps

    work = temperature.size * (system.pair_degeneracy + 25) * len(numbers)
    if work <= WORK_PER_THREAD or temperature.size < 32:
        return run(np.arange(temperature.size))
    points = np.arange(temperature.size)
    columns, _, shared, _ = compilation.run(kernels.arrange, temperature, field, points, plan, kernels.SAMPLE)
    if shared.size < points.size:
        points = np.argsort(columns, kind="stable")
    with ThreadPoolExecutor(cores()) as threads:
        return sum(threads.map(run, _shares(points, -(-work // WORK_PER_TASK), cores())))


def _shares(points: Places, tasks: int, threads: int) -> list[Places]:
    """Equal parts of at least 16 points: some for each thread, as many for one as for another."""
    tasks = min(-(-tasks // threads) * threads, points.size // 16)
    return np.array_split(points, tasks)
