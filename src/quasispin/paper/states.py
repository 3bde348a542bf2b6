"""The configurations of ν electrons in one shell, counted one by one in whole numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def configurations(moments: Sequence[float]) -> list[Counter[float]]:
    """How many ways to put ν electrons into the 2M states ±m_k give the moment m; ν = 0 … 2M.

    Entry ν are the coefficients of Φ_ν of eq. (7), whatever the seniority.
    """
    table: list[Counter[float]] = [Counter({0.0: 1})]
    for moment in (signed for m in moments for signed in (m, -m)):
        table = [_at(table, nu, 0.0) + _at(table, nu - 1, moment) for nu in range(len(table) + 1)]
    return table


def _at(table: list[Counter[float]], nu: int, shift: float) -> Counter[float]:
    if not 0 <= nu < len(table):
        return Counter()
    return Counter({moment + shift: number for moment, number in table[nu].items()})
