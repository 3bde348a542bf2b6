"""One orbital shell on random points: what all parts about one shell share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

import quasispin as qs
from benchmarks.records import THREADS
from quasispin import parallel
from quasispin.ensembles.single_shell import count_steps

Array = npt.NDArray[np.float64]


class Problem:
    """N = M − 1 electrons, Δ₀ = 1, random points of 0.005 < T < 1, 0 < ω < 6/M."""

    def __init__(self, pairs: int, points: int) -> None:
        rng = np.random.default_rng(0)
        self.pairs, self.electrons, self.coupling = pairs, pairs - 1, 2.0 / pairs
        self.system = qs.System.single_shell(
            qs.Shell.orbital((pairs - 1) // 2), self.electrons, gap_scale=1.0
        )
        self.temperature, self.field = rng.uniform(0.005, 1, points), rng.uniform(0, 6 / pairs, points)
        self.sums, self.seniority = np.zeros((11, 1, points)), np.zeros((1, points, pairs + 1))

    def kernel(self, threads: int = THREADS) -> int:
        """All averages and P(ν) by the kernel of the package; the steps it took."""
        with parallel.limited(threads):
            return count_steps(
                self.system, [self.electrons], self.temperature, self.field, self.sums, self.seniority
            )

    def map_of(self, kind: type[qs.Canonical | qs.GrandCanonical | qs.NumberParity | qs.MeanField]) -> None:
        """All averages by an ensemble, as a user calls it."""
        with parallel.limited(THREADS):
            kind(self.system).averages(self.temperature, self.field)
