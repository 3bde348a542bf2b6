"""The statistical sum of one degenerate shell: the fused kernel behind a function, on all cores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.fixed_number import FixedNumber
from quasispin.errors import check_memory
from quasispin.spectrum.weights import plan_of
from quasispin.system.staircase import highest_seniority
from quasispin.system.system import System

POINTS_PER_TASK = 2048
"""Fewer points than this are not worth a thread."""


def fixed_number(system: System, numbers: Sequence[int], temperature: Array, field: Array) -> FixedNumber:
    """Sums over the states of one shell at each N of `numbers`, for points of shape (X,) (eqs. 4–10)."""
    assert isinstance(system.coupling, float)
    pairs, size = system.pair_degeneracy, (len(numbers), temperature.size)
    check_memory("This grid", 8 * size[0] * size[1] * (14 + pairs))
    scalars = [np.zeros(size) for _ in range(11)]
    seniority = np.zeros((*size, pairs + 1))
    count_steps(system, numbers, temperature, field, (*scalars, seniority))
    (ground, low, log_sum, excitation, energy, pair_energy, moment, moment_var, energy_var, linked, mean) = (
        scalars
    )
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
    system: System, numbers: Sequence[int], temperature: Array, field: Array, outputs: tuple[Array, ...]
) -> int:
    """Fill the outputs, each of shape (K, X) or (K, X, V), and return the recurrence steps it took."""
    from quasispin.spectrum import kernels

    assert isinstance(system.coupling, float)
    shell = system.shells[0]
    plan = plan_of(shell.moments)
    counts = np.array(numbers, dtype=np.int64)
    top_seniority = max(highest_seniority(system.pair_degeneracy, int(n)) for n in counts)
    coupling, energy = system.coupling, shell.energy

    def run(part: slice) -> int:
        steps: int = kernels.single_shell_sum(
            temperature[part], field[part], counts, coupling, energy, plan.moments, plan.step, top_seniority,
            plan.shift, plan.half_log, plan.series, plan.tops, plan.tops_low,
            *(array[:, part] for array in outputs),
        )  # fmt: skip
        return steps

    parts = [slice(i, i + POINTS_PER_TASK) for i in range(0, temperature.size, POINTS_PER_TASK)]
    if len(parts) == 1:
        return run(parts[0])
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return sum(threads.map(run, parts))
