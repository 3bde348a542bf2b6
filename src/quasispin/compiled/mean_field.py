"""Compiled arithmetic of the mean field of one shell: many points, each on its own.

Letters: E quasi-particle energy √(ξ² + Δ²), ξ = ε − μ, ξ₀ = (M−N)G/2 its value in every paired state,
a_k = ωm_k ≥ 0 rising, n_k how many pairs share it, y = E/T, x_k = a_k/T; N ≤ M, particle–hole symmetry
does the rest. On ξ = ξ₀ the free energy is (M−N)²G/4 + φ(E) with

    φ(E) = E²/G − h(E),                 h(E) = T Σ n_k ln(2 cosh y + 2 cosh x_k),
    φ'(E) = 2E/G − S(E),                S(E) = h'(E) = Σ n_k sinh y/(cosh y + cosh x_k),

and its stationary points E > |ξ₀| are the paired states. Both E²/G and h are convex, S rises. There is none
where T ≥ GM/4, since S < M tanh y/2 < My/2. Else, on any interval

    every root lies in [G S(a)/2, G S(b)/2], and φ is above the parabola that h's chord leaves of it;
    where S' < 2/G or S' > 2/G all along, or S'' keeps its sign and the ends do, there is one root at most;
    where cosh x_K ≤ A(y)/B(y), A = ½ sinh 2y − y, B = y cosh y − sinh y, S(E)/E falls: one root at most.

Interval by interval this excludes every root but those within `WIDTH` of the lowest. With u = e^{−(E+a)/T}
and v = e^{−|E−a|/T} nothing overflows and nothing small is a difference of large things.

Levels are in lanes, eight at a time. In four parts: the points; the search; the averages of the two states; T = 0.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.compiled.arithmetic import decay_lost, exp, log1p
from quasispin.compiled.jit import entry, inlined, inner
from quasispin.compiled.lanes import (
    LANES,
    Table,
    fma,
    larger,
    load,
    magnitude,
    number,
    place,
    put,
    spread,
    store,
    total,
    where,
)
from quasispin.compiled.records import Minima

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EPSILON = 2.220446049250313e-16
WIDTH = 64.0 * EPSILON
"""Free energies nearer than this, times the size of the terms they are the sum of, are tied."""
TINY_TEMPERATURE = 1e-290
"""Below this a temperature is zero: 1/T would overflow."""
STACK = 512
"""Intervals that can wait; each halving leaves one."""
FAR = 1400.0
"""A distance in units of T at which e^{−x} has long been zero."""

COLUMNS = len(Minima._fields)
GAP2, XI, FREE, ENTROPY, MOMENT, CHI, HEAT, VARIANCE, TIED, EVALUATIONS = range(COLUMNS)


# -- points -----------------------------------------------------------------------------------------

LEVEL, SQUARE, LACK, MOMENTS, PAIRS, OCCUPIED, EMPTY, MINUS, PLUS, SUMS, ROWS = range(11)
"""Rows of the table of levels: a_k, e^{−2x_k}, 1 − e^{−2x_k}, m_k, n_k, and four for the normal state.

The first number of the last row counts the sums over the levels that were taken.

Filled up to whole lanes with the last level, of which there are n = 0 more.
"""


class Point(NamedTuple):
    """One shell at one (T, ω) with the constants that all sums need."""

    heat: float
    field: float
    coupling: float
    half: float
    """ξ₀ = (M−N)G/2."""
    degeneracy: float
    """M."""
    electrons: float
    """N ≤ M."""
    table: Table
    """(ROWS, K): see above."""


class Room(NamedTuple):
    """Where the search keeps what it has found and what waits."""

    found: Table
    """(most, 3)."""
    most: int
    stack: Table
    """(STACK, 6)."""


class Edge(NamedTuple):
    """The highest level occupied at T = 0 in a field, in units of ω."""

    moment: float
    below: float
    """The moment of the next level to be filled."""
    places: float
    """States in the level."""
    inside: float
    """Electrons in it."""
    first: int
    """From here on the favoured states, of moment +m_k, are all occupied."""


@entry
def solve(
    temperature: Floats,
    field: Floats,
    moments: Floats,
    pairs: Ints,
    electrons: int,
    coupling: float,
    memory: Floats,
    out: Floats,
) -> None:
    """Fill `out` (X, COLUMNS) with the global minimum at each of X points (T, |ω|); `memory` as of `memory_of`.

    `moments` (K,) rising and distinct, `pairs` (K,) how many pairs have each; N ≤ M electrons.
    """
    table, room = _tables(memory, moments, pairs)
    edge = _edge(table, electrons)
    count = _count(pairs)
    half = 0.5 * coupling * (count - electrons)
    for i in range(temperature.size):
        point = Point(temperature[i], field[i], coupling, half, count, float(electrons), table)
        _levels(point)
        row = out[i]
        _clear(row)
        row[TIED] = 1
        if electrons == 0:
            row[XI] = np.nan
        elif point.heat < TINY_TEMPERATURE:
            row[TIED] = _lowest_at_zero(point, edge, row)
        else:
            row[TIED] = _lowest(point, edge, room, row)
        row[EVALUATIONS] = number(table, SUMS, 0)


@entry
def stationary(
    temperature: float,
    field: float,
    moments: Floats,
    pairs: Ints,
    electrons: int,
    coupling: float,
    memory: Floats,
) -> Floats:
    """Every stationary state at one point, the normal one first: rows of Δ², ξ, F, m, stable (0 or 1)."""
    table, room = _tables(memory, moments, pairs)
    edge = _edge(table, electrons)
    count = _count(pairs)
    half = 0.5 * coupling * (count - electrons)
    point = Point(temperature, field, coupling, half, count, float(electrons), table)
    _levels(point)
    rows, row = np.empty((4 * moments.size + 17, 5)), np.empty(COLUMNS)
    _clear(row)
    cold = temperature < TINY_TEMPERATURE
    if electrons == 0:
        row[XI] = np.nan
    elif cold:
        _normal_at_zero(point, edge, row)
    else:
        _normal(point, edge, np.nan, row)
    _write(rows, 0, row, 1.0)
    if coupling <= 0.0 or electrons == 0:
        return rows[:1]
    if cold:
        rows[0, 4] = _first_level_above(point) > half
        return rows[: _all_at_zero(point, rows)]
    h_end, s_end, slope = _sums(half, point)
    kept = _search(point, h_end, s_end, slope, True, np.inf, room)
    if kept < 0:
        return rows[:0]
    rows[0, 4] = row[XI] >= half if half > 0.0 else slope <= 2.0 / coupling
    filled = 1
    for i in range(kept):
        energy, above = _polished(number(room.found, i, 0), point)
        if above > 0.0:
            _paired(energy, above, point, row)
            _write(rows, filled, row, number(room.found, i, 2))
            filled += 1
    if filled == 1 and rows[0, 4] == 0.0:
        energy, above = _just_above(point)
        if above > 0.0:
            _paired(energy, above, point, row)
            _write(rows, filled, row, 1.0)
            filled += 1
    return rows[:filled]


@inner
def _write(rows, filled, row, stable):
    rows[filled, 0], rows[filled, 1], rows[filled, 2] = row[GAP2], row[XI], row[FREE]
    rows[filled, 3], rows[filled, 4] = row[MOMENT], stable


def memory_of(levels: int) -> Floats:
    """Memory for the tables of one thread."""
    width = (levels + LANES - 1) // LANES * LANES
    return np.empty(ROWS * width + 3 * (4 * levels + 16) + 6 * STACK)


@inner
def _tables(memory, moments, pairs):
    """The table of levels, what does not depend on the point filled in, and the room after it."""
    size, start = moments.size, np.int64(memory.ctypes.data)
    table = Table(start, (size + LANES - 1) // LANES * LANES)
    for k in range(table.width):
        put(table, MOMENTS, k, moments[min(k, size - 1)])
        put(table, PAIRS, k, pairs[k] if k < size else 0.0)
    found, most = Table(place(table, ROWS, 0), 3), 4 * size + 16
    return table, Room(found, most, Table(place(found, most, 0), 6))


@inlined
def _tally(point, more):
    """Count sums over the levels."""
    put(point.table, SUMS, 0, number(point.table, SUMS, 0) + more)


@inner
def _count(pairs):
    count = 0.0
    for k in range(pairs.size):
        count += pairs[k]
    return count


@inner
def _clear(row):
    for column in range(COLUMNS):
        row[column] = 0.0


@inner
def _levels(point):
    """What depends on the point: a_k = ωm_k and e^{−2a_k/T}."""
    table = point.table
    put(table, SUMS, 0, 0.0)
    for k in range(table.width):
        put(table, LEVEL, k, point.field * number(table, MOMENTS, k))
    if point.heat >= TINY_TEMPERATURE:
        scale = -2.0 / point.heat
        for k in range(0, table.width, LANES):
            exponent = load(table, LEVEL, k) * scale
            store(table, SQUARE, k, exp(exponent))
            store(table, LACK, k, decay_lost(-1.0 * exponent))


@inner
def _edge(table, electrons):
    """The edge at T = 0, and in the table which states it leaves occupied and empty: n_k or 0."""
    k = table.width - 1
    left = float(electrons)
    while k > 0 and left > number(table, PAIRS, k):
        left -= number(table, PAIRS, k)
        k -= 1
    n, m = number(table, PAIRS, k), number(table, MOMENTS, k)
    places = n if m > 0.0 else 2.0 * n
    first = k if left == places else k + 1
    for j in range(table.width):
        n = number(table, PAIRS, j)
        put(table, OCCUPIED, j, n if j >= first else 0.0)
        put(table, EMPTY, j, n if j < first else 0.0)
    below = number(table, MOMENTS, k - 1) if k > 0 else -number(table, MOMENTS, 0)
    return Edge(m, below, places, left, first)


# -- the search for the lowest paired state -----------------------------------------------------


@inner
def _sums(energy, point):
    """h(E), S(E), S'(E)."""
    _tally(point, 1.0)
    heat, table = point.heat, point.table
    inverse = 1.0 / heat
    fade, both = exp(-2.0 * energy * inverse), decay_lost(2.0 * energy * inverse)
    tops = logs = first = second = spread(0.0)
    for k in range(0, table.width, LANES):
        n, level, square = load(table, PAIRS, k), load(table, LEVEL, k), load(table, SQUARE, k)
        distance = energy - level
        v = exp(magnitude(distance) * -inverse)
        u = v * where(distance >= 0.0, square, fade)
        one_u, uv = 1.0 + u, u * v
        over = 1.0 / fma(v, one_u, one_u)
        logs += n * log1p(u + fma(v, u, v))
        tops += n * larger(level, energy)
        n *= over
        first += n * where(distance >= 0.0, 1.0, v)
        second += n * over * fma(u + v, 1.0 + uv, 4.0 * uv)
    return total(fma(logs, heat, tops)), both * total(first), total(second) * inverse


@inner
def _slope_bounds(low, high, point):
    """Bounds of S' on [low, high]: f(1−f) falls with the distance from the level."""
    _tally(point, 1.0)
    table, inverse = point.table, 1.0 / point.heat
    least = most = spread(0.0)
    for k in range(0, table.width, LANES):
        n, level = load(table, PAIRS, k), load(table, LEVEL, k)
        above, under = level - low, high - level
        far = larger(above, under)  # to the farther end; the nearer one is at minus the smaller, or inside
        near = larger(larger(0.0 - above, 0.0 - under), 0.0)
        most += n * (_edge_weight(near * inverse) + _edge_weight((low + level) * inverse))
        least += n * (_edge_weight(far * inverse) + _edge_weight((high + level) * inverse))
    return total(least) * inverse, total(most) * inverse


@inlined
def _edge_weight(t):
    """f(1 − f) at the distance t ≥ 0 in units of T."""
    v = exp(0.0 - t)
    over = 1.0 / (1.0 + v)
    return v * over * over


@inner
def _shape(low, high, point):
    """Bounds of S' and of a quantity with the sign of S'' on [low, high]: least, most of each.

    Narrow intervals by Taylor's theorem at the middle: g = f(1−f) and its derivatives stay below g e^{|t|}.
    """
    heat, table = point.heat, point.table
    if high - low > 2.0 * heat:
        least, most = _slope_bounds(low, high, point)
        return least, most, -1.0, 1.0
    _tally(point, 1.0)
    inverse = 1.0 / heat
    middle, reach = 0.5 * (low + high), 0.5 * (high - low) * inverse
    grown = math.exp(reach)
    fade = exp(-2.0 * middle * inverse)
    first = second = third = rest = spread(0.0)
    for k in range(0, table.width, LANES):
        n, level, square = load(table, PAIRS, k), load(table, LEVEL, k), load(table, SQUARE, k)
        distance = middle - level
        v = exp(magnitude(distance) * -inverse)
        u = v * where(distance >= 0.0, square, fade)
        over = 1.0 / ((1.0 + u) * (1.0 + v))
        over_v, over_u = (1.0 + u) * over, (1.0 + v) * over
        g_v, g_u = v * over_v * over_v, u * over_u * over_u
        tilt = (1.0 - v) * over_v
        first += n * (g_v + g_u)
        second -= n * (g_v * where(distance >= 0.0, tilt, 0.0 - tilt) + g_u * (1.0 - u) * over_u)
        third += n * (g_v * (1.0 - 6.0 * g_v) + g_u * (1.0 - 6.0 * g_u))
        rest -= n * (larger(g_v * -grown, -0.25) + larger(g_u * -grown, -0.25))
    slopes, bend, curve, bound = total(first), total(second), total(third), total(rest)
    slack = 0.5 * bound * reach * reach
    width = abs(bend) * reach + slack
    bends = abs(curve) * reach + slack
    if low == 0.0:  # S is odd, so S'' has the sign of its slope all along
        bend, bends = curve, bound * reach
    return (slopes - width) * inverse, (slopes + width) * inverse, bend - bends, bend + bends


@inner
def _falls_from(point):
    """E beyond which S(E)/E falls: 0 if cosh x_K ≤ 2, else from e^{y−x} ≥ y − 1."""
    highest = number(point.table, LEVEL, point.table.width - 1)
    x = highest / point.heat
    return 0.0 if x <= 1.3169 else highest + point.heat * math.log(x + math.log1p(x))


@inner
def _search(point, h_low, s_low, d_low, everything, bar, room):
    """Rows of E, φ, 1 (minimum) or 0 for the roots E > |ξ₀| that may be lowest, or for all if `everything`.

    Returns how many, or −1 if the interval stack is full. `h_low`, `s_low`, `d_low` are h, S, S' at |ξ₀|,
    `bar` is a φ already reached, by the normal state.
    """
    coupling, half, found, stack = point.coupling, point.half, room.found, room.stack
    ceiling = 0.5 * coupling * point.degeneracy
    start_falls = d_low * coupling > 2.0 if half == 0.0 else s_low * coupling > 2.0 * half
    h_high, s_high, d_high = _sums(ceiling, point)
    width = WIDTH * (ceiling * ceiling / coupling + h_high)
    best, kept, waiting = bar, 0, 0
    single = max(half, _falls_from(point))
    top, h_top, s_top = ceiling, h_high, s_high
    if single < ceiling:
        h_one, s_one, down = h_low, s_low, start_falls
        if single > half:
            h_one, s_one, _ = _sums(single, point)
            down = 2.0 * single < s_one * coupling
        if down:
            low, high = max(single, 0.5 * coupling * s_one), 0.5 * coupling * s_high
            start = min(max(_step(ceiling, s_high, d_high, point), low), high)
            root, value = _root(low, high, start, point)
            kept, best = _keep(found, 0, root, value, 1.0), min(best, value)
        top, h_top, s_top = single, h_one, s_one
    if top > half:
        waiting = _push(stack, 0, half, top, h_low, h_top, s_low, s_top)
    while waiting > 0:
        waiting -= 1
        a, b, h_a = number(stack, waiting, 0), number(stack, waiting, 1), number(stack, waiting, 2)
        h_b, s_a, s_b = number(stack, waiting, 3), number(stack, waiting, 4), number(stack, waiting, 5)
        low, high = max(a, 0.5 * coupling * s_a), min(b, 0.5 * coupling * s_b)
        slack = 8.0 * EPSILON * ceiling
        if low > high + slack:
            continue
        if not everything and _below(a, b, h_a, h_b, low, high, coupling) > best + width:
            continue
        low = min(low, high)
        # signs of 2E/G − S at both ends; at E = 0 that of its slope
        below_a, above_a = 2.0 * a < s_a * coupling, 2.0 * a > s_a * coupling
        if a == 0.0:
            below_a, above_a = start_falls, not start_falls
        above_b, zero_b = 2.0 * b >= s_b * coupling, 2.0 * b == s_b * coupling
        least, most, bend_least, bend_most = _shape(low, high, point)
        settled = most * coupling < 2.0 * (1.0 - 1e-12) or least * coupling > 2.0 * (1.0 + 1e-12)
        settled |= b - a <= (1e-12 if everything else 1e-8) * ceiling
        convex, concave = bend_most < 0.0, bend_least > 0.0
        if below_a == above_b:
            settled |= convex or concave
        else:
            settled |= convex if below_a else concave
        if settled:
            if below_a and above_b:
                root, value = _root(low, high, 0.5 * (low + high), point)
                if everything or value <= best + width:
                    kept = _keep(found, kept, root, value, 1.0)
                best = min(best, value)
            elif everything and above_a and (zero_b or not above_b):
                kept = _keep(found, kept, _crossing(a, b, point), np.nan, 0.0)
            continue
        middle = _split(low, high, point)
        if not a < middle < b:
            middle = 0.5 * (a + b)
        if not a < middle < b:
            continue
        h_m, s_m, _ = _sums(middle, point)
        if waiting + 2 > STACK or kept + 1 >= room.most:
            return -1
        waiting = _push(stack, waiting, a, middle, h_a, h_m, s_a, s_m)
        waiting = _push(stack, waiting, middle, b, h_m, h_b, s_m, s_b)
    return kept


@inner
def _keep(found, kept, energy, value, stable):
    put(found, kept, 0, energy)
    put(found, kept, 1, value)
    put(found, kept, 2, stable)
    return kept + 1


@inner
def _push(stack, waiting, a, b, h_a, h_b, s_a, s_b):
    put(stack, waiting, 0, a)
    put(stack, waiting, 1, b)
    put(stack, waiting, 2, h_a)
    put(stack, waiting, 3, h_b)
    put(stack, waiting, 4, s_a)
    put(stack, waiting, 5, s_b)
    return waiting + 1


@inner
def _first_not_below(energy, point):
    """How many levels lie below E, and how many pairs they are."""
    below, pairs = 0, 0.0
    while below < point.table.width and number(point.table, LEVEL, below) < energy:
        pairs += number(point.table, PAIRS, below)
        below += 1
    return below, pairs


@inner
def _below(a, b, h_a, h_b, low, high, coupling):
    """What φ cannot go below in [low, high]: h is replaced by its chord over [a, b]."""
    chord = (h_b - h_a) / (b - a)
    energy = min(max(0.5 * coupling * chord, low), high)
    return energy * energy / coupling - h_a - chord * (energy - a)


@inner
def _split(low, high, point):
    """The middle, or in a wide interval the level next to it: between levels h is nearly straight."""
    middle = 0.5 * (low + high)
    if high - low < 8.0 * point.heat:
        return middle
    table = point.table
    right, _ = _first_not_below(middle, point)
    best = middle
    reach = 0.5 * (high - low) - point.heat
    for k in range(max(right - 1, 0), min(right + 1, table.width)):
        level = number(table, LEVEL, k)
        if abs(level - middle) < reach:
            best, reach = level, abs(level - middle)
    return best


@inner
def _step(energy, s, slope, point):
    """Newton's next E for 2E/G = S, from S and S'; 0 where it has none."""
    ratio = s / energy
    if energy < 2.0 * point.heat and slope < ratio:
        # near Δ = 0 of a half-filled shell E² is the smooth variable: Newton for S/E as a function of E²
        square = 1.0 + 2.0 * (ratio - 2.0 / point.coupling) / (ratio - slope)
        return energy * math.sqrt(square) if square > 0.0 else 0.0
    return energy - (2.0 * energy / point.coupling - s) / (2.0 / point.coupling - slope)


@inner
def _root(low, high, start, point):
    """The one minimum of φ in [low, high] and its φ, by a Newton step that never leaves the bracket."""
    coupling = point.coupling
    energy, h = start, 0.0
    for _ in range(200):
        h, s, slope = _sums(energy, point)
        force = 2.0 * energy / coupling - s
        if force > 0.0:
            high = energy
        else:
            low = energy
        new = _step(energy, s, slope, point)
        near = 1e-6 * min(energy, point.heat)
        if abs(new - energy) <= max(near, 4.0 * EPSILON * energy):
            return max(new, 0.0), energy * energy / coupling - h + 0.5 * force * (new - energy)
        if not low < new < high:
            new = 0.5 * (low + high)
        if high - low <= 4.0 * EPSILON * high or new == energy:
            break
        energy = new
    return energy, energy * energy / coupling - h


@inner
def _crossing(low, high, point):
    """The maximum of φ in [low, high]: 2E/G − S falls through zero; Newton inside the bracket."""
    coupling = point.coupling
    energy = 0.5 * (low + high)
    for _ in range(200):
        _, s, slope = _sums(energy, point)
        force = 2.0 * energy / coupling - s
        if force > 0.0:
            low = energy
        else:
            high = energy
        new = energy - force / (2.0 / coupling - slope)
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - energy) <= 2.0 * EPSILON * energy:
            return new
        energy = new
    return energy


@inner
def _lowest(point, edge, room, row):
    """Fill `row` with the lowest state; how many stable states tie."""
    heat, coupling, half, count = point.heat, point.coupling, point.half, point.degeneracy
    if 4.0 * heat >= coupling * count:  # S(E) < My/2: nothing is paired
        _normal(point, edge, np.nan, row)
        return 1
    h_end, s_end, slope = _sums(half, point)
    ceiling = 0.5 * coupling * count
    noise = 8.0 * EPSILON * count
    maybe_normal = s_end <= 2.0 * half / coupling + noise if half > 0.0 else slope * coupling <= 2.0
    bar = np.inf
    if maybe_normal:
        _normal(point, edge, half + (count - point.electrons - s_end) / slope, row)
        bar = row[FREE] - half * half / coupling
    xi = row[XI]
    kept = _search(point, h_end, s_end, slope, False, bar, room)
    if kept < 0:
        put(point.table, SUMS, 0, -1000000.0)
        return 0
    best = bar
    for i in range(kept):
        best = min(best, number(room.found, i, 1))
    width = WIDTH * (ceiling * ceiling / coupling + abs(best))
    energy, tied = -1.0, 0
    for i in range(kept):
        if number(room.found, i, 1) <= best + width:
            tied += 1
            energy = max(energy, number(room.found, i, 0))
    stable = maybe_normal and xi >= half
    if stable and bar <= best + width:
        tied += 1
    above = 0.0
    if energy >= 0.0:
        energy, above = _polished(energy, point)
    if above <= 0.0 and maybe_normal and not stable:
        energy, above = _just_above(point)
        tied = 1
    if above > 0.0:
        _paired(energy, above, point, row)
    elif not maybe_normal:
        _normal(point, edge, np.nan, row)
    return max(tied, 1)


# -- every digit of a root ---------------------------------------------------------------------


@inner
def _residual(energy, point):
    """S(E) − Σ n_k over the levels that `_mark` marked, and S'(E): exponentially small on a plateau, and right even then."""
    _tally(point, 1.0)
    table, inverse = point.table, 1.0 / point.heat
    fade, both = exp(-2.0 * energy * inverse), decay_lost(2.0 * energy * inverse)
    rest = second = spread(0.0)
    for k in range(0, table.width, LANES):
        n, level, square = load(table, PAIRS, k), load(table, LEVEL, k), load(table, SQUARE, k)
        distance = energy - level
        v = exp(magnitude(distance) * -inverse)
        u = v * where(distance >= 0.0, square, fade)
        uv = u * v
        over = 1.0 / ((1.0 + u) * (1.0 + v))
        lift = both * where(distance >= 0.0, 1.0, v)
        lack = where(distance >= 0.0, u + v + 2.0 * uv, 1.0 + 2.0 * u + uv)
        n *= over
        rest += n * where(load(table, MINUS, k) >= 0.0, 0.0 - lack, lift)
        second += n * over * fma(u + v, 1.0 + uv, 4.0 * uv)
    return total(rest), total(second) * inverse


@inner
def _mark(below, point):
    """The row MINUS is 0 for the first levels and −1 for the others."""
    for k in range(point.table.width):
        put(point.table, MINUS, k, 0.0 if k < below else -1.0)


@inner
def _polished(energy, point):
    """E and E − |ξ₀| from Newton steps for δ = E − cG/2, c the pairs whose level lies below E."""
    coupling = point.coupling
    below, pairs = _first_not_below(energy, point)
    plateau = 0.5 * coupling * pairs
    if abs(energy - plateau) > 0.1 * energy:
        below, plateau = 0, 0.0
    _mark(below, point)
    delta = energy - plateau
    for _ in range(6):
        rest, slope = _residual(plateau + delta, point)
        step = (2.0 * delta / coupling - rest) / (2.0 / coupling - slope)
        if not abs(step) <= 1e-4 * energy:
            break
        delta -= step
        if abs(step) <= 1e-9 * abs(delta):
            break
    return plateau + delta, (plateau - point.half) + delta


@inner
def _just_above(point):
    """The root next to |ξ₀| where S(|ξ₀|) exceeds |M−N| by less than rounding, and E − |ξ₀|; else 0, 0."""
    coupling, half = point.coupling, point.half
    below, pairs = _first_not_below(half, point)
    if half == 0.0 or 0.5 * coupling * pairs != half:
        return 0.0, 0.0
    _mark(below, point)
    delta = 0.0
    for _ in range(50):
        rest, slope = _residual(half + delta, point)
        step = (2.0 * delta / coupling - rest) / (2.0 / coupling - slope)
        if slope * coupling >= 2.0 or delta - step <= 0.0 or delta - step > 1e-6 * half:
            return 0.0, 0.0
        delta -= step
        if abs(step) <= 1e-14 * delta:
            break
    return half + delta, delta


# -- averages of a paired state ----------------------------------------------------------------


@inner
def _paired(energy, above, point, row):
    """Averages in the state of quasi-particle energy E; dμ = 0 and 2E/G = S(E) along the branch.

    With g = f(1−f), Γ = Σg, P = Σ g·moment, Q = Σ g·(e/T) over quasi-particles e = E ∓ a:
    χ = [Σ g m² + P²/(2T/G − Γ)]/T and C = Σ g (e/T)² + Q²/(2T/G − Γ).
    """
    heat, coupling, half, table = point.heat, point.coupling, point.half, point.table
    inverse = 1.0 / heat
    y = energy * inverse
    fade, both = exp(-2.0 * y), decay_lost(2.0 * y)
    tops = logs = entropy = moment = magnetic = thermal = mixing = p = q = gamma = spread(0.0)
    for k in range(0, table.width, LANES):
        n, level, square = load(table, PAIRS, k), load(table, LEVEL, k), load(table, SQUARE, k)
        m, lack = load(table, MOMENTS, k), load(table, LACK, k)
        distance = energy - level
        near = 0.0 - larger(magnitude(distance) * -inverse, -FAR)
        plus = 0.0 - larger((energy + level) * -inverse, -FAR)
        minus = where(distance >= 0.0, near, 0.0 - near)
        v = exp(0.0 - near)
        u = v * where(distance >= 0.0, square, fade)
        side = where(distance >= 0.0, 1.0, v)
        over = 1.0 / ((1.0 + u) * (1.0 + v))
        over_v, over_u = (1.0 + u) * over, (1.0 + v) * over
        g_minus, g_plus = n * v * over_v * over_v, n * u * over_u * over_u
        log_both = log1p(v) + log1p(u)
        tops += n * larger(level, energy)
        logs += n * log_both
        entropy += n * (log_both + near * v * over_v + plus * u * over_u)
        pull = n * m * where(distance >= 0.0, v, 1.0) * lack * over
        moment += pull
        p += pull * side * over
        gamma += g_minus + g_plus
        magnetic += m * m * (g_minus + g_plus)
        mixing += n * where(distance >= 0.0, fma(u, v, 1.0), u + v) * over
        q += fma(g_minus, minus, g_plus * plus)
        thermal += fma(g_minus * minus, minus, g_plus * plus * plus)
    drag, flow, sum_g = both * total(p), total(q), total(gamma)
    stiffness = 2.0 * heat / coupling - sum_g
    if y < 1.0:
        drag, flow, stiffness = _near_zero(y, point)
    gap2 = above * (energy + half)
    row[GAP2] = gap2
    row[XI] = half
    row[FREE] = half * half / coupling + energy * energy / coupling - total(fma(logs, heat, tops))
    row[ENTROPY] = total(entropy)
    row[MOMENT] = total(moment)
    row[CHI] = (total(magnetic) + drag * drag / stiffness) / heat
    row[HEAT] = total(thermal) + flow * flow / stiffness
    row[VARIANCE] = (half / energy) ** 2 * sum_g + gap2 / (energy * energy) * total(mixing)


@inner
def _near_zero(y, point):
    """P/y, Q/y and (2T/G − Γ)/y² at a root, y < 1: their ratios stay finite as Δ² → 0.

    (2T/G − Γ)/y² = Σ n (A − B cosh x)/(y³ (cosh y + cosh x)²), A and B from their power series.
    """
    table = point.table
    a, b = _series(y)
    cosh = math.cosh(y)
    ratio = math.sinh(y) / y if y > 1e-8 else 1.0
    p = q = stiffness = spread(0.0)
    for k in range(0, table.width, LANES):
        n, m, lack = load(table, PAIRS, k), load(table, MOMENTS, k), load(table, LACK, k)
        x = 0.0 - larger(load(table, LEVEL, k) * (-1.0 / point.heat), -FAR)
        r, r2 = exp(0.0 - x), load(table, SQUARE, k)
        share = 1.0 / (1.0 + r2 + r * (2.0 * cosh))
        inverse, pull = 2.0 * r * share, lack * share
        rest = (1.0 + r2) * share  # cosh x/(cosh y + cosh x)
        p += n * m * pull * inverse * ratio
        q += n * (inverse * (inverse + rest * cosh) - x * r * pull * share * (2.0 * ratio))
        stiffness += n * inverse * (a * inverse - b * rest)
    return total(p), total(q), total(stiffness)


@inner
def _series(y):
    """A/y³ and B/y³, from ⅔ and ⅓ upwards."""
    a = b = 0.0
    power, four, odd = 1.0, 4.0, 6.0
    for j in range(1, 16):
        a += four * power / odd
        b += 2.0 * j * power / odd
        power *= y * y
        four *= 4.0
        odd *= (2 * j + 2) * (2 * j + 3)
    return a, b


# -- the normal state --------------------------------------------------------------------------


@inner
def _fermi(point, edge, guess):
    """z = (μ − e_F)/T from N = Σ f, e_F the highest level occupied at T = 0; `guess` of ξ or NaN.

    Written as electrons above = holes below + the rest, in logarithms: no digit is lost in a gap.
    """
    states = 2.0 * point.degeneracy
    bound = math.log(point.electrons / (states - point.electrons))
    if point.field == 0.0:
        return bound
    table = point.table
    scale = point.field / point.heat
    if 2.0 * point.electrons == states:  # ξ = 0
        return scale * edge.moment
    home, gap = scale * edge.moment, scale * (edge.moment - edge.below)
    full = edge.inside == edge.places
    if full and gap > 2.0:
        z = _middle_of_gap(point, edge)
        if gap > 600.0:
            return z
    elif not full and gap > 2.0:
        z = math.log(edge.inside / (edge.places - edge.inside))
    else:
        z = home - guess / point.heat if abs(guess - point.half) < point.heat else home + bound
    highest = scale * number(table, MOMENTS, table.width - 1)
    low, high = bound - (highest - home), bound + home + highest
    z = min(max(z, low), high)
    less_0 = 0.0 if full else edge.inside
    for _ in range(200):
        _tally(point, 1.0)
        more, less, d_more, d_less = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
        e_more, e_less = spread(0.0), spread(0.0)
        for k in range(0, table.width, LANES):
            n, x = load(table, PAIRS, k), scale * load(table, MOMENTS, k)
            occupied, empty = load(table, OCCUPIED, k), load(table, EMPTY, k)
            near = (home - x) - z
            v, u = exp(0.0 - magnitude(near)), exp(z - (home + x))
            over_v, over_u = 1.0 / (1.0 + v), 1.0 / (1.0 + u)
            electron, hole = where(near >= 0.0, v, 1.0) * over_v, where(near >= 0.0, 1.0, v) * over_v
            g_v, f_u = v * over_v * over_v, u * over_u
            g_u = f_u * over_u
            more += fma(empty, electron, n * f_u)
            less += occupied * hole
            d_more += fma(empty, g_v, n * g_u)
            d_less += occupied * g_v
            e_more += fma(empty * g_v, hole - electron, n * g_u * (over_u - f_u))
            e_less += occupied * g_v * (hole - electron)
        up, down = total(more), total(less) + less_0
        value = math.log(up / down)
        if value > 0.0:
            high = z
        else:
            low = z
        d_up, d_down = total(d_more) / up, total(d_less) / down
        slope = d_up + d_down
        bend = total(e_more) / up - d_up * d_up + total(e_less) / down + d_down * d_down
        step = value / slope
        step /= max(1.0 - 0.5 * step * bend / slope, 0.5)  # Halley
        new = z - step
        if abs(step) <= max(2e-6, 4.0 * EPSILON * abs(z)) and low - 1e-6 <= new <= high + 1e-6:
            return new
        if not low < new < high:
            new = 0.5 * (low + high)
        if new == z or high - low <= EPSILON * max(1.0, abs(high)):
            return new
        z = new
    return z


@inner
def _middle_of_gap(point, edge):
    """z where the level at the edge is full and the next one many T away: Boltzmann factors from both."""
    _tally(point, 1.0)
    table = point.table
    scale = point.field / point.heat
    electrons = holes = spread(0.0)
    for k in range(0, table.width, LANES):
        m, occupied, empty = load(table, MOMENTS, k), load(table, OCCUPIED, k), load(table, EMPTY, k)
        up, down = exp(0.0 - scale * (edge.below + m)), exp(0.0 - scale * magnitude(edge.below - m))
        electrons += fma(empty, down, load(table, PAIRS, k) * up)
        holes += occupied * exp(0.0 - scale * magnitude(m - edge.moment))
    return 0.5 * (scale * (edge.moment - edge.below) + math.log(total(holes)) - math.log(total(electrons)))


@inner
def _normal(point, edge, guess, row):
    """Averages of independent electrons: χ and C are variances at the Fermi edge, dμ at fixed N taken out.

    With weights g = f(1−f): χ = Σ g (m − m̄)²/T, C = Σ g (e − ē)²/T²; moments measured from the Fermi level's.
    """
    z = _fermi(point, edge, guess)
    _tally(point, 1.0)
    table, home = point.table, edge.moment if point.field > 0.0 else 0.0
    scale = point.field / point.heat
    at_home = scale * home - z
    gamma = mean = entropy = moment = spread(0.0)
    for k in range(0, table.width, LANES):
        n, m, lack = load(table, PAIRS, k), load(table, MOMENTS, k), load(table, LACK, k)
        near, plus = scale * (home - m) - z, at_home + scale * m
        distance = 0.0 - larger(0.0 - magnitude(near), -FAR)
        plus = 0.0 - larger(0.0 - plus, -FAR)
        v, u = exp(0.0 - distance), exp(0.0 - plus)
        over_v, over_u = 1.0 / (1.0 + v), 1.0 / (1.0 + u)
        g_v, g_u = n * v * over_v * over_v, n * u * over_u * over_u
        store(table, MINUS, k, g_v)
        store(table, PLUS, k, g_u)
        gamma += g_v + g_u
        mean += fma(g_v, m - home, g_u * (0.0 - m - home))
        entropy += n * (log1p(v) + distance * v * over_v + log1p(u) + plus * u * over_u)
        moment += n * m * where(near >= 0.0, v, 1.0) * lack * over_v * over_u
    sum_g = total(gamma)
    away = total(mean) / sum_g + home if sum_g > 0.0 else home
    squares = spread(0.0)
    for k in range(0, table.width, LANES):
        m = load(table, MOMENTS, k)
        minus, plus = m - away, m + away
        squares += fma(load(table, MINUS, k) * minus, minus, load(table, PLUS, k) * plus * plus)
    variance = total(squares)
    row[GAP2] = 0.0
    row[XI] = 0.0 if point.electrons == point.degeneracy else point.field * home - point.heat * z
    row[ENTROPY] = total(entropy)
    row[MOMENT] = total(moment)
    row[FREE] = -point.field * row[MOMENT] - point.heat * row[ENTROPY]
    row[CHI] = variance / point.heat
    row[HEAT] = variance * scale * scale if variance > 0.0 else 0.0
    row[VARIANCE] = sum_g


# -- zero temperature, exactly: S(E) is a staircase ------------------------------------------------


@inner
def _first_level_above(point):
    """The lowest level a with more than M−N pairs at or below it: the normal state is stable if a > |ξ₀|."""
    table, count = point.table, 0.0
    for k in range(table.width):
        count += number(table, PAIRS, k)
        level = number(table, LEVEL, k)
        top = _next_level(table, k) > level
        if top and count > point.degeneracy - point.electrons:
            return level
    return np.inf


@inner
def _next_level(table, k):
    """The level after that, or infinity."""
    return number(table, LEVEL, k + 1) if k + 1 < table.width else np.inf


@inner
def _lowest_at_zero(point, edge, row):
    """As `_lowest` at T = 0: the paired states are E = cG/2 with exactly c pairs' levels below E."""
    table, coupling, half = point.table, point.coupling, point.half
    _normal_at_zero(point, edge, row)
    if coupling <= 0.0:
        return 1
    normal = row[FREE] - half * half / coupling
    count, highest = point.degeneracy, number(table, LEVEL, table.width - 1)
    width = WIDTH * (0.25 * coupling * count * count + count * highest)
    stable = _first_level_above(point) > half
    best = normal
    energy, tied = 0.0, 0
    for sweep in range(2):
        count, rest = 0.0, 0.0
        for k in range(table.width):
            rest += number(table, PAIRS, k) * number(table, LEVEL, k)
        for k in range(table.width):
            _tally(point, sweep)
            n, level = number(table, PAIRS, k), number(table, LEVEL, k)
            count += n
            rest -= n * level
            root = 0.5 * coupling * count
            ceiling = _next_level(table, k)
            if not (level < root < ceiling and count > point.degeneracy - point.electrons):
                continue
            value = root * root / coupling - count * root - rest
            if sweep == 0:
                best = min(best, value)
            elif value <= best + width:
                energy, tied = root, tied + 1
    if stable and normal <= best + width:
        tied += 1
    if energy > half:
        _paired_at_zero(energy, point, row)
    return max(tied, 1)


@inner
def _all_at_zero(point, rows):
    """Append every paired stationary state at T = 0 to `rows`: minima between levels, maxima on them."""
    table = point.table
    coupling, half = point.coupling, point.half
    row = np.empty(COLUMNS)
    row[XI] = half
    filled, count, rest, pull = 1, 0.0, 0.0, 0.0
    for k in range(table.width):
        rest += number(table, PAIRS, k) * number(table, LEVEL, k)
        pull += number(table, PAIRS, k) * number(table, MOMENTS, k)
    for k in range(table.width):
        at, n, m = number(table, LEVEL, k), number(table, PAIRS, k), number(table, MOMENTS, k)
        needed = 2.0 * at / coupling
        if at > half and count < needed < count + n:
            row[GAP2] = (at - half) * (at + half)
            row[FREE] = half * half / coupling + at * at / coupling - count * at - rest
            row[MOMENT] = pull - n * m + (count + n - needed) * m
            _write(rows, filled, row, 0.0)
            filled += 1
        count += n
        rest -= n * at
        pull -= n * m
        root = 0.5 * coupling * count
        ceiling = _next_level(table, k)
        if at < root < ceiling and root > half:
            row[GAP2] = (root - half) * (root + half)
            row[FREE] = half * half / coupling + root * root / coupling - count * root - rest
            row[MOMENT] = pull
            _write(rows, filled, row, 1.0)
            filled += 1
    return filled


@inner
def _paired_at_zero(energy, point, row):
    """The paired state E = cG/2 at T = 0: levels above E are blocked, those below are paired."""
    table = point.table
    coupling, half = point.coupling, point.half
    h = moment = count = 0.0
    for k in range(table.width):
        n, level = number(table, PAIRS, k), number(table, LEVEL, k)
        h += n * max(level, energy)
        if level < energy:
            count += n
        else:
            moment += n * number(table, MOMENTS, k)
    _clear(row)
    row[GAP2] = (energy - half) * (energy + half)
    row[XI] = half
    row[FREE] = half * half / coupling + energy * energy / coupling - h
    row[MOMENT] = moment
    row[VARIANCE] = row[GAP2] / (energy * energy) * count


@inner
def _normal_at_zero(point, edge, row):
    """Levels filled from below; a partly filled one keeps the entropy of f = n/d; μ is the limit T → 0."""
    table, field = point.table, point.field
    home, inside = edge.places, edge.inside
    if field == 0.0:
        home, inside = 2.0 * point.degeneracy, point.electrons
    else:
        moment = edge.inside * edge.moment
        for k in range(table.width):
            if number(table, MOMENTS, k) > edge.moment:
                moment += number(table, PAIRS, k) * number(table, MOMENTS, k)
        row[MOMENT] = moment
        row[FREE] = -field * moment
        row[XI] = field * edge.moment
    if inside == home:
        row[XI] = 0.5 * field * (edge.moment + edge.below)
        return
    share = inside / home
    row[ENTROPY] = -home * (share * math.log(share) + (1.0 - share) * math.log1p(-share))
    row[VARIANCE] = home * share * (1.0 - share)
    if field == 0.0 and number(table, MOMENTS, table.width - 1) > 0.0:
        row[CHI] = np.inf
