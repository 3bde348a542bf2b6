"""Above which field no step of any shells can lie, without solving a single block."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from quasispin.system.shell import Shell


def step_ceiling(shells: Sequence[Shell], electrons: int, coupling: float) -> float:
    """A field that the last step of the ground state at T = 0 does not exceed, G ≥ 0 among all pairs alike.

    Let T be the state of largest moment: min(N, 2M − N) pair levels singly occupied, by the largest |m|.
    Without pairing T is the ground state from ω₁ = max (ε_i − ε_j)/(m_i − m_j) on (i occupied, j empty,
    m_i > m_j). With p pairs, in the M − ν levels left to them, at most G·p(M − ν − p + 1) is gained, and the
    moment is smaller by the 2p least of T's at least. Hence ω ≤ ω₁ + max_p G·p(M − N + p + 1)/Σ_2p m, with
    holes for electrons (ε → −ε) where N > M. Of one degenerate shell ω₁ = 0; no lower bound is implied.
    """
    moments = np.concatenate([shell.moments for shell in shells])
    energy = np.repeat([shell.energy for shell in shells], [shell.pair_degeneracy for shell in shells])
    pairs = len(moments)
    if electrons > pairs:
        electrons, energy = 2 * pairs - electrons, -energy
    order = np.lexsort((energy, -moments))  # of equal moments the lowest
    moments, energy = moments[order], energy[order]
    free = _free(moments, energy, electrons)
    broken = np.cumsum(moments[:electrons][::-1])[1::2]
    count = np.arange(1, len(broken) + 1)
    gain = coupling * count * (pairs - electrons + count + 1)
    with np.errstate(divide="ignore"):
        return free + float(np.divide(gain, broken).max(initial=0.0))


def _free(moments: np.ndarray, energy: np.ndarray, electrons: int) -> float:
    """ω₁, from which on electrons without pairing are in their state of largest moment."""
    inside, depth = moments[:electrons, None], energy[:electrons, None]
    outside = np.concatenate([moments[electrons:], -moments])
    height = np.concatenate([energy[electrons:], energy])
    with np.errstate(divide="ignore", invalid="ignore"):
        fields = np.where(inside > outside, (depth - height) / (inside - outside), -math.inf)
    return float(fields.max(initial=0.0))
