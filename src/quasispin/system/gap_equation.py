"""The BCS gap at T = 0 and ω = 0 of any shells: which G makes a gap, and which gap a G makes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from quasispin.errors import UndefinedError
from quasispin.system.materials import positive
from quasispin.system.shell import Shell

SMALLEST = 1e-6
"""A gap below this part of GM/2 is none."""


def gap_equation(shells: Sequence[Shell], electrons: int, gap: float) -> tuple[float, float]:
    """G and μ of shells whose BCS gap at T = 0, ω = 0 is Δ: 2/G = Σ M_s/E_s, N = Σ M_s[1 − (ε_s − μ)/E_s].

    E_s = √((ε_s − μ)² + Δ²); every shell given counts and nothing else: their range is the cut-off.

    Raises
    ------
    UndefinedError
        If the shells are empty or full.
    """
    from scipy.optimize import brentq

    size = positive("gap", gap)
    pairs = np.array([shell.pair_degeneracy for shell in shells], dtype=np.float64)
    energy = np.array([shell.energy for shell in shells])
    if not 0 < electrons < 2 * pairs.sum():
        raise UndefinedError(
            f"{electrons} electrons in shells for {2 * pairs.sum():.0f} have no BCS gap: take more shells.",
            electrons,
        )

    def excess(potential: float) -> float:
        distance = energy - potential
        return float(np.sum(pairs * (1 - distance / np.hypot(distance, size))) - electrons)

    # one degenerate shell with all its pairs at either edge of the window bounds μ
    filling = electrons / pairs.sum() - 1
    shift = size * filling / math.sqrt((1 - filling) * (1 + filling))
    low, high = float(energy.min()) + shift, float(energy.max()) + shift
    margin = 1e-9 * (size + high - low)
    potential = float(brentq(excess, low - margin, high + margin, xtol=1e-14 * (1 + size), rtol=1e-14))
    return float(2 / np.sum(pairs / np.hypot(energy - potential, size))), potential


def bcs_gap(shells: Sequence[Shell], electrons: int, coupling: float) -> float:
    """Δ at T = 0, ω = 0 of shells with this G, without blocking: `gap_equation` the other way round.

    G(Δ) at fixed N rises (max_μ[μN − Σ M_s(E_s − ε_s + μ)] is convex in Δ²) and Δ ≤ GM/2, which brackets the
    root; of one degenerate shell Δ = (G/2)√(N(2M − N)). 0 where nothing can pair or G is too weak: a full
    group of levels below a distance pairs only from some G on.
    """
    from scipy.optimize import brentq

    highest = coupling * sum(shell.pair_degeneracy for shell in shells) / 2
    if highest <= 0.0 or not 0 < electrons < 2 * sum(shell.pair_degeneracy for shell in shells):
        return 0.0

    def missing(gap: float) -> float:
        return gap_equation(shells, electrons, gap)[0] - coupling

    if missing(SMALLEST * highest) >= 0.0:
        return 0.0
    return float(brentq(missing, SMALLEST * highest, highest * (1 + 1e-9), xtol=1e-13 * highest))
