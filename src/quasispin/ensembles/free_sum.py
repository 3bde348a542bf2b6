"""The statistical sum at fixed N where nothing pairs: `spectrum.free` at every point, on all cores."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.fixed_number import FixedNumber
from quasispin.parallel import cores
from quasispin.spectrum.free import Free, FreeSums
from quasispin.system.system import System


def fixed_number(system: System, numbers: Sequence[int], temperature: Array, field: Array) -> FixedNumber:
    """The sum over all states of each electron number, for shells of any number without a coupling.

    Parameters
    ----------
    system
        The shells; its own electron number is not used.
    numbers
        Electron numbers N, rising, shape (K,).
    temperature, field
        T ≥ 0 and ω, energies in one unit, shape (X,).

    Raises
    ------
    SizeError
        If the tables would fill the memory.
    """
    free, points = Free(system), temperature.size

    def run(task: int) -> FreeSums:
        number, point = divmod(task, points)
        return free.sums(numbers[number], float(temperature[point]), abs(float(field[point])))

    tasks = range(len(numbers) * points)
    threads = min(cores(), len(tasks))
    if threads < 2:
        found = [run(task) for task in tasks]
    else:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(run, tasks))

    def all_of(name: str) -> Array:
        values = np.array([getattr(one, name) for one in found])
        return values.reshape(len(numbers), points, *values.shape[1:])

    ground, excitation, occupation = all_of("ground"), all_of("excitation"), all_of("occupation")
    is_constant = isinstance(system.coupling, float)
    nothing = np.zeros_like(ground)
    return FixedNumber(
        numbers=np.array(numbers, dtype=np.int64),
        coupling=0.0 if is_constant else None,
        ground_energy=ground,
        ground_energy_low=nothing,
        log_sum=all_of("log_sum"),
        excitation=excitation,
        energy=ground + excitation,
        pair_energy=nothing,
        moment=np.sign(field) * all_of("moment"),
        moment_variance=all_of("moment_variance"),
        energy_variance=all_of("energy_variance"),
        connected=nothing if is_constant else None,
        occupation=occupation,
        unpaired=all_of("unpaired"),
        seniority=all_of("seniority"),
        shell_gap_squared=np.zeros_like(occupation),
    )


def likely_numbers(
    system: System, potential: float | None, temperature: float, strength: float
) -> tuple[int, int]:
    """Least and most N with a probability above 10⁻²⁰ at given μ or that of ⟨N⟩, and some more."""
    return Free(system).likely_numbers(system.electrons, potential, temperature, strength)
