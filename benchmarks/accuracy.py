"""What an accuracy saves: the cold picket fence, of whose seniority tuples few have to be solved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

import quasispin as qs
from benchmarks.records import THREADS, Record, Scale, memory_of, record, timed
from quasispin.ensembles import truncated
from quasispin.ensembles.averages import Array, Averages
from quasispin.parallel import limited
from quasispin.spectrum import sectors as spectrum

ACCURACY = 1e-6
COUPLING = 0.5
"""G in units of the level distance."""
POINTS = np.array([0.0, 0.1]), np.zeros(2)
"""T in level distances, without a field."""


def one_size(scale: Scale, levels: int) -> Iterator[Record]:
    """All averages at two cold points, from nothing; bound and estimate are those of F."""
    if scale.quick and levels > 14:
        return
    with limited(THREADS):
        averages(4)  # loads what is loaded on first use
        times = timed(lambda: averages(levels))
        memory = memory_of(lambda: averages(levels))
        found = averages(levels)
        done = truncated.truncated_sum(fence(levels), levels, *POINTS, ACCURACY)
    yield record("accuracy", levels, f"accuracy {ACCURACY:g}, T = 0 and 0.1", f"L = {levels}", times,
                 memory=memory, kept=done.kept, tuples=done.tuples, bound=largest(found.bounds),
                 estimate=largest(found.estimates))  # fmt: skip


def fence(levels: int) -> qs.System:
    """L doubly degenerate levels at distance 1, half filled."""
    return qs.System([qs.Shell([1.0], float(k)) for k in range(levels)], levels, COUPLING)


def averages(levels: int) -> Averages:
    """Nothing is known before."""
    spectrum._box.cache_clear()
    return qs.Canonical(fence(levels), accuracy=ACCURACY).averages(*POINTS)


def largest(bounds: Mapping[str, Array]) -> float:
    """Of the free energy; 0 where there is none."""
    return float(np.max(bounds.get("free_energy", 0.0)))
