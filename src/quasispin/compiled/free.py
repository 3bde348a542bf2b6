"""Compiled loops of the canonical recursion for electrons without a pairing force; what they sum is said in `free`.

Self-contained: numba's cache does not see edits in other files. No fastmath: every sum has positive terms.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from quasispin.compiled.jit import entry, inner

EXCITATION, ENERGY_VARIANCE, MOMENT, MOMENT_VARIANCE, LOG_SUM, SCALARS = range(6)
"""Places in the first output of `point`."""
MIXED = 1e-3
"""Where the Fermi sea of the first shells is rarer than this, ln Z is summed over the shells instead."""


@entry
def costs(distance: Any, sea: Any, start: Any, cost: Any) -> None:
    """What n electrons in a shell lie above those of the Fermi sea, less e_F for each; outwards from there."""
    for s in range(sea.size):
        states, table = start[s], start[s] + s
        size = start[s + 1] - start[s]
        cost[table + sea[s]] = 0.0
        for n in range(sea[s], size):
            cost[table + n + 1] = cost[table + n] + max(distance[states + n], 0.0)
        for n in range(sea[s], 0, -1):
            cost[table + n - 1] = cost[table + n] + max(-distance[states + n - 1], 0.0)


@inner
def excess(scaled: Any, shift: float, sea: Any) -> float:
    """Mean number of electrons at μ = e_F + shift·T less N, by particles and holes; `scaled` is (e − e_F)/T."""
    total = 0.0
    for i in range(scaled.size):
        y = scaled[i] - shift
        if sea[i]:
            total -= 1.0 / (1.0 + math.exp(min(-y, 700.0)))
        else:
            total += 1.0 / (1.0 + math.exp(min(y, 700.0)))
    return total


@entry
def tilt(scaled: Any, sea: Any) -> float:
    """(μ − e_F)/T at which N is the mean number; any value is right, this one keeps the numbers near it likely."""
    low, high = -1.0, 1.0
    while excess(scaled, low, sea) > 0 and low > -1e4:
        low *= 2.0
    while excess(scaled, high, sea) < 0 and high < 1e4:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2
        if excess(scaled, middle, sea) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


@entry
def reach(variance: float, rarity: float) -> float:
    """How far from its mean a sum of independent 0s and 1s is found with a probability above e^−rarity.

    Bennett: P(deviation ≥ t) ≤ exp[t − (v + t) ln(1 + t/v)].
    """
    v = max(variance, 1e-300)
    low, high = 0.0, rarity / 3 + math.sqrt(rarity * rarity / 9 + 2 * rarity * v) + 1e-300
    for _ in range(50):
        t = (low + high) / 2
        if (v + t) * math.log1p(t / v) - t > rarity:
            high = t
        else:
            low = t
    return high


@entry
def shares(
    cost: Any, logs: Any, sea: Any, start: Any, temperature: float, shift: float, share: Any, shell: Any
) -> None:
    """p_s(n) at that μ, and of each shell the mean number, its variance and ln of the sum from that of the sea."""
    for s in range(sea.size):
        table, size = start[s] + s, start[s + 1] - start[s] + 1
        peak = -np.inf
        for n in range(size):
            if temperature > 0:
                above = cost[table + n] / temperature
                share[table + n] = logs[table + n] - above + shift * (n - sea[s])
            else:
                share[table + n] = logs[table + n] if cost[table + n] == 0 else -np.inf
            peak = max(peak, share[table + n])
        total = 0.0
        for n in range(size):
            share[table + n] = math.exp(share[table + n] - peak)
            total += share[table + n]
        mean = 0.0
        for n in range(size):
            share[table + n] /= total
            mean += (n - sea[s]) * share[table + n]
        spread = 0.0
        for n in range(size):
            spread += (n - sea[s] - mean) ** 2 * share[table + n]
        shell[0, s], shell[1, s], shell[2, s] = sea[s] + mean, spread, peak + math.log(total)


@entry
def windows(shell: Any, electrons: int, start: Any, rarity: float, first: Any, last: Any) -> None:
    """Which numbers of electrons in the first j shells matter for N in all, j = 0 … S, both ends included."""
    count = shell.shape[1]
    mean, spread = 0.0, 0.0
    for j in range(count + 1):
        away = reach(spread, rarity)
        first[j] = max(0, math.floor(mean - away))
        last[j] = min(start[j], math.ceil(mean + away))
        if j < count:
            mean += shell[0, j]
            spread += shell[1, j]
    mean, spread = 0.0, 0.0
    for j in range(count, -1, -1):
        away = reach(spread, rarity)
        first[j] = max(first[j], electrons - min(start[count] - start[j], math.ceil(mean + away)))
        last[j] = min(last[j], electrons - max(0, math.floor(mean - away)))
        if j > 0:
            mean += shell[0, j - 1]
            spread += shell[1, j - 1]


@entry
def forward(
    share: Any, level: Any, level_variance: Any, moment: Any, away: Any, moment_variance: Any, logs: Any,
    shell: Any, sea: Any, start: Any, first: Any, last: Any, place: Any, kept_shares: Any, scalars: Any,
) -> None:  # fmt: skip
    """Add shell after shell: P(N_j), and at each N_j the means and variances of energy and moment.

    `away` is the moment less that of the Fermi sea: of that the variance is taken, so that no rounding of ⟨m⟩ is in it.
    """
    count = sea.size
    width = 1
    for j in range(count + 1):
        width = max(width, last[j] - first[j] + 1)
    old, new = np.zeros((5, width)), np.zeros((5, width))
    kept_shares[place[0]] = 1.0
    path, whole, filled, is_path = 0.0, 0.0, 0, True
    for s in range(count):
        table, size = start[s] + s, start[s + 1] - start[s] + 1
        a, b, before, after = first[s], last[s], place[s], place[s + 1]
        for q in range(first[s + 1], last[s + 1] + 1):
            low, high = max(0, q - b), min(size - 1, q - a)
            total, energy, m, d = 0.0, 0.0, 0.0, 0.0
            for n in range(low, high + 1):
                p = share[table + n] * kept_shares[before + q - n - a]
                total += p
                energy += p * (old[0, q - n - a] + level[table + n])
                m += p * (old[2, q - n - a] + moment[table + n])
                d += p * (old[4, q - n - a] + away[table + n])
            k = q - first[s + 1]
            kept_shares[after + k] = total
            if total == 0.0:
                new[:, k] = 0.0
                continue
            energy /= total
            m /= total
            d /= total
            energy_variance, m_variance = 0.0, 0.0
            for n in range(low, high + 1):
                i = q - n - a
                p = share[table + n] * kept_shares[before + i] / total
                off = old[0, i] + level[table + n] - energy
                energy_variance += p * (old[1, i] + level_variance[table + n] + off * off)
                off = old[4, i] + away[table + n] - d
                m_variance += p * (old[3, i] + moment_variance[table + n] + off * off)
            new[0, k], new[1, k], new[2, k], new[3, k], new[4, k] = energy, energy_variance, m, m_variance, d
        whole += shell[2, s]
        likely = 0.0  # the Fermi sea of the shells so far
        if a <= filled <= b:
            likely = kept_shares[before + filled - a] * share[table + sea[s]]
        filled += sea[s]
        is_path = is_path and likely > MIXED
        if is_path:
            others = 0.0
            for n in range(size):
                if n != sea[s] and a <= filled - n <= b:
                    others += kept_shares[before + filled - n - a] * share[table + n]
            path += logs[table + sea[s]] + math.log1p(others / likely)
        old, new = new, old
    end = place[count] - first[count]
    target = filled - first[count]
    scalars[EXCITATION], scalars[ENERGY_VARIANCE] = old[0, target], old[1, target]
    scalars[MOMENT], scalars[MOMENT_VARIANCE] = old[2, target], old[3, target]
    scalars[LOG_SUM] = path if is_path else whole + math.log(kept_shares[end + filled])


@entry
def backward(
    share: Any, unpaired: Any, electrons: int, start: Any, first: Any, last: Any, place: Any, kept_shares: Any,
    occupation: Any, seniority: Any,
) -> None:  # fmt: skip
    """Take shell after shell off again: how many electrons each has, given N in all."""
    count = first.size - 1
    width = 1
    for j in range(count + 1):
        width = max(width, last[j] - first[j] + 1)
    old, new = np.zeros(width), np.zeros(width)
    old[electrons - first[count]] = 1.0
    for s in range(count - 1, -1, -1):
        table, size = start[s] + s, start[s + 1] - start[s] + 1
        a, b, c, d = first[s], last[s], first[s + 1], last[s + 1]
        for q in range(a, b + 1):
            new[q - a] = 0.0
        total, number, single = 0.0, 0.0, 0.0
        for n in range(size):
            here = 0.0
            for q in range(max(a, c - n), min(b, d - n) + 1):
                p = share[table + n] * old[q + n - c]
                new[q - a] += p
                here += p * kept_shares[place[s] + q - a]
            total += here
            number += n * here
            single += unpaired[table + n] * here
        occupation[s], seniority[s] = number / total, single / total
        old, new = new, old


@entry
def distribution(
    share: Any, given: Any, given_start: Any, electrons: int, start: Any, first: Any, last: Any, least: float,
    found: Any,
) -> None:  # fmt: skip
    """P(ν) given N: the joint recursion of number and seniority, which have the same parity.

    Column h stands for ν = 2h, or 2h + 1 where the number is odd. Columns at the ends with a probability below
    `least` are dropped.
    """
    count = first.size - 1
    width = 1
    for j in range(count + 1):
        width = max(width, last[j] - first[j] + 1)
    columns = found.size // 2 + 2
    old, new = np.zeros((width, columns)), np.zeros((width, columns))
    old[0, 0] = 1.0
    low, high = 0, 0
    for s in range(count):
        table, size = start[s] + s, start[s + 1] - start[s] + 1
        room = (size - 1) // 2
        a, b, c, d = first[s], last[s], first[s + 1], last[s + 1]
        upto = min(high + (room + 1) // 2 + 1, columns - 1)
        for q in range(c, d + 1):
            for h in range(low, upto + 1):
                new[q - c, h] = 0.0
            for n in range(max(0, q - b), min(size - 1, q - a) + 1):
                most = min(n, size - 1 - n)
                row = given_start[s] + most * (room + 1)
                from_odd = ((q - n) & 1) - (q & 1)
                for nu in range(n & 1, most + 1, 2):
                    p = share[table + n] * given[row + nu]
                    if p > 0:
                        up = (from_odd + nu) // 2
                        source, target = old[q - n - a], new[q - c]
                        for h in range(low, high + 1):
                            target[h + up] += p * source[h]
        old, new = new, old
        high = upto
        while high > low and column(old, d - c + 1, high) < least:
            high -= 1
        while low < high and column(old, d - c + 1, low) < least:
            low += 1
    row = electrons - first[count]
    total = 0.0
    for h in range(low, high + 1):
        total += old[row, h]
    found[:] = 0.0
    for h in range(low, high + 1):
        nu = 2 * h + (electrons & 1)
        if nu < found.size:
            found[nu] = old[row, h] / total


@inner
def column(values: Any, rows: int, h: int) -> float:
    total = 0.0
    for q in range(rows):
        total += values[q, h]
    return total
