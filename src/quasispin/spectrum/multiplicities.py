"""Exact whole numbers: how many states g(ν, m) of seniority ν have the moment m, D_ν(x) = Σ_m g(ν, m) e^{xm}.

The recurrence of `weights.py`, D_ν ← D_ν + (z^{m_k} + z^{−m_k}) D_{ν−1} + D_{ν−2}, with polynomials in z for
numbers. Moments on a common grid (whole or half numbers) are packed into one large integer each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

from quasispin.errors import SizeError

MAX_LEVELS = 2_000_000
"""More levels than this are refused rather than listed."""

MAX_BITS = 4 * 2**30
"""Of all packed polynomials of one shell together; a shell of 101 pairs takes a twentieth of it."""


@lru_cache(maxsize=256)
def multiplicities(moments: tuple[float, ...], seniority: int) -> Mapping[Fraction, int]:
    """g(ν, m) for one ν: {moment: number of states}, falling moments; Σ_m g = C(2M, ν) − C(2M, ν−2).

    Raises
    ------
    SizeError
        If there are more than two million different moments, or their numbers would fill the memory.
    """
    exact = sorted((Fraction(m) for m in moments), reverse=True)
    unit = Fraction(1, max(m.denominator for m in exact))
    heights = tuple(int(m / unit) for m in exact)
    whole = sum(heights)
    if whole <= 1000 * len(heights):
        if whole * len(heights) * (2 * len(heights) + 1) > MAX_BITS:
            raise SizeError(
                f"The levels of a shell of {len(heights)} pairs are too many to be listed.", len(heights)
            )
        table = _unpacked(heights, seniority)
    else:
        table = _sparse(heights, seniority)
    return {h * unit: g for h, g in sorted(table.items(), reverse=True)}


@lru_cache(maxsize=4)
def _packed(heights: tuple[int, ...]) -> tuple[list[int], list[int], int]:
    """All D_ν as integers in base 2^bits, times z^{offset_ν} so that no power is negative."""
    bits = 2 * len(heights) + 1
    offset = [0, *accumulate(heights)]
    weights = [1] + [0] * len(heights)
    for k, h in enumerate(heights, start=1):
        for nu in range(k, 0, -1):
            rise = offset[nu] - offset[nu - 1]
            term = (weights[nu - 1] << bits * (rise + h)) + (weights[nu - 1] << bits * (rise - h))
            if nu > 1:
                term += weights[nu - 2] << bits * (offset[nu] - offset[nu - 2])
            weights[nu] += term
    return weights, offset, bits


def _unpacked(heights: tuple[int, ...], seniority: int) -> dict[int, int]:
    weights, offset, bits = _packed(heights)
    span, mask = 2 * offset[seniority] + 1, (1 << bits) - 1
    data = weights[seniority].to_bytes(span * bits // 8 + 2, "little")
    found = {}
    for i in range(span):
        start = i * bits
        chunk = int.from_bytes(data[start // 8 : (start + bits) // 8 + 1], "little")
        if count := (chunk >> start % 8) & mask:
            found[i - offset[seniority]] = count
    return found


def _sparse(heights: tuple[int, ...], seniority: int) -> dict[int, int]:
    """The same by tables, for moments without a useful common unit."""
    weights: list[dict[int, int]] = [{0: 1}] + [{} for _ in range(seniority)]
    for k, h in enumerate(heights, start=1):
        for nu in range(min(k, seniority), 0, -1):
            total: defaultdict[int, int] = defaultdict(int, weights[nu])
            for m, g in weights[nu - 1].items():
                total[m + h] += g
                total[m - h] += g
            for m, g in weights[nu - 2].items() if nu > 1 else ():
                total[m] += g
            if len(total) > MAX_LEVELS:
                raise SizeError(
                    f"A list of levels may have at most {MAX_LEVELS} moments, but this one has more.",
                    len(total),
                )
            weights[nu] = dict(total)
    return weights[seniority]
