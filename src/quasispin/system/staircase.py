"""Closed arithmetic of one degenerate shell at T = 0: pair energies, steps, scales; no arrays of states.

Letters as in Kuzmenko, Mikhajlov, Frauendorf, arXiv:cond-mat/0002030.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple


class Step(NamedTuple):
    """At `field` the ground state changes from seniority `before` to `after`."""

    field: Fraction
    before: int
    after: int


def highest_seniority(pairs: int, electrons: int) -> int:
    """min(N, 2M−N): more electrons than that cannot be unpaired."""
    return min(electrons, 2 * pairs - electrons)


def seniorities(pairs: int, electrons: int) -> range:
    """ν = N mod 2, … min(N, 2M−N) in steps of two (the paper's "ν ≤ M" is incomplete for N > M+1)."""
    return range(electrons % 2, highest_seniority(pairs, electrons) + 1, 2)


def pair_number(pairs: int, electrons: int, seniority: int) -> int:
    """⟨A⁺A⟩ = ¼(N−ν)(2M+2−N−ν), so that E_ν = −G⟨A⁺A⟩ (eq. 4): always an integer."""
    return (electrons - seniority) * (2 * pairs + 2 - electrons - seniority) // 4


def top_moments(moments: Sequence[float]) -> list[Fraction]:
    """m_ν for ν = 0 … M: the sum of the ν largest moments, exactly (eq. 11 for an orbital shell)."""
    ordered = sorted(moments, reverse=True)
    return list(accumulate((Fraction(m) for m in ordered), initial=Fraction(0)))


def first_seniority(pairs: int, electrons: int, coupling: float) -> int:
    """Seniority of the ground state in a field that is just above zero."""
    allowed = seniorities(pairs, electrons)
    return allowed[0] if coupling > 0 else allowed[-1]


@lru_cache(maxsize=1024)
def steps(moments: tuple[float, ...], electrons: int, coupling: float) -> tuple[Step, ...]:
    """Corners ω > 0 of the lower envelope of E_ν − ωm_ν (eq. 12), in exact rational arithmetic.

    E_{ν+2} − E_ν = G(M−ν) whatever N, hence ω = G(M−ν)/(|m|_{ν+1}+|m|_{ν+2}) where no seniority is
    skipped. Equal top moments put a crossing at infinity. Without attraction there is no step.
    """
    if coupling <= 0:
        return ()
    pairs, top = len(moments), top_moments(moments)
    envelope: list[tuple[int, Fraction, int]] = []  # (ν, m_ν, ⟨A⁺A⟩_ν), each with a stretch of its own
    for seniority in seniorities(pairs, electrons):
        line = (seniority, top[seniority], pair_number(pairs, electrons, seniority))
        if envelope and line[1] == envelope[-1][1]:
            continue
        # on a multiple crossing, where both are equal, the lines between are skipped
        while len(envelope) > 1 and _crossing(*envelope[-2:]) >= _crossing(envelope[-1], line):
            envelope.pop()
        envelope.append(line)
    strength = Fraction(coupling)
    return tuple(Step(strength * _crossing(a, b), a[0], b[0]) for a, b in pairwise(envelope))


def _crossing(low: tuple[int, Fraction, int], high: tuple[int, Fraction, int]) -> Fraction:
    """ω/G at which two lines −G⟨A⁺A⟩_ν − ωm_ν meet."""
    return (low[2] - high[2]) / (high[1] - low[1])


def rounded(field: Fraction) -> float:
    """The nearest float, infinite where it is larger than all of them."""
    try:
        return float(field)
    except OverflowError:
        return math.inf


def critical_temperature(pairs: int, electrons: int, coupling: float) -> float:
    """T_c of BCS at ω = 0: |M−N|/M = tanh(|M−N|G/4T_c), Δ₀/2 at N = M; 0 without attraction or electrons."""
    off_half = abs(pairs - electrons)
    if coupling <= 0 or off_half == pairs:
        return 0.0
    if off_half == 0:
        return coupling * pairs / 4
    # atanh(a/b) = ½ ln((b+a)/(b−a)), here with whole numbers
    return coupling * off_half / (2 * math.log1p(2 * off_half / (pairs - off_half)))
