"""Compiled arithmetic of the mean field of one shell: many points, each on its own.

Letters: E quasi-particle energy √(ξ² + Δ²), ξ = ε − μ, ξ₀ = (M−N)G/2 its value in every paired state,
a_k = ωm_k ≥ 0 rising, n_k how many pairs share it, y = E/T, x_k = a_k/T; N ≤ M, particle–hole symmetry
does the rest. On ξ = ξ₀ the free energy is (M−N)²G/4 + φ(E) with

    φ(E) = E²/G − h(E),                 h(E) = T Σ n_k ln(2 cosh y + 2 cosh x_k),
    φ'(E) = 2E/G − S(E),                S(E) = h'(E) = Σ n_k sinh y/(cosh y + cosh x_k),

and its stationary points E > |ξ₀| are the paired states. Both E²/G and h are convex, S rises. On any interval

    every root lies in [G S(a)/2, G S(b)/2], and φ is above the parabola that h's chord leaves of it;
    where S' < 2/G or S' > 2/G all along, or S'' keeps its sign and the ends do, there is one root at most;
    where cosh x_K ≤ A(y)/B(y), A = ½ sinh 2y − y, B = y cosh y − sinh y, S(E)/E falls: one root at most.

Interval by interval this excludes every root but those within `WIDTH` of the lowest. With u = e^{−(E+a)/T}
and v = e^{−|E−a|/T} nothing overflows and nothing small is a difference of large things.

Self-contained: numba's cache does not see edits in other files.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EPSILON = 2.220446049250313e-16
WIDTH = 64.0 * EPSILON
"""Free energies nearer than this, times the size of the terms they are the sum of, are tied."""
TINY_TEMPERATURE = 1e-290
"""Below this a temperature is zero: 1/T would overflow."""
STACK = 512
"""Intervals that can wait; each halving leaves one."""

GAP2, XI, FREE, ENTROPY, MOMENT, CHI, HEAT, VARIANCE, TIED, EVALUATIONS, COLUMNS = range(11)


@njit(cache=True, nogil=True, error_model="numpy")
def solve(
    temperature: Floats,
    field: Floats,
    moments: Floats,
    pairs: Ints,
    signed: Floats,
    places: Ints,
    electrons: int,
    coupling: float,
    out: Floats,
) -> None:
    """Fill `out` (X, COLUMNS) with the global minimum at each of X points (T, |ω|).

    `moments` (K,) rising and distinct, `pairs` (K,) how many pairs have each; `signed` (L,) the falling
    moments of the single levels −ωm, `places` (L,) how many states each has; N ≤ M electrons.
    """
    size = moments.size
    levels = np.empty(size)
    squares = np.empty(size)
    counter = np.zeros(1, dtype=np.int64)
    found = np.empty((4 * size + 16, 3))
    stack = np.empty((STACK, 6))
    for i in range(temperature.size):
        heat, strength = temperature[i], field[i]
        counter[0] = 0
        _levels(heat, strength, moments, levels, squares)
        half = 0.5 * coupling * (_count(pairs, pairs.size) - electrons)
        energy, above, tied = 0.0, 0.0, 1
        if coupling > 0.0 and electrons > 0:
            if heat < TINY_TEMPERATURE:
                energy, above, tied = _lowest_at_zero(
                    strength, levels, pairs, signed, places, electrons, coupling, half, counter
                )
            else:
                energy, above, tied = _lowest(
                    heat, strength, levels, squares, pairs, signed, places, electrons, coupling, half,
                    counter, found, stack,
                )  # fmt: skip
        row = out[i]
        if above > 0.0 and heat < TINY_TEMPERATURE:
            _paired_at_zero(energy, above, levels, moments, pairs, coupling, half, row)
        elif above > 0.0:
            _paired(heat, energy, above, levels, squares, moments, pairs, coupling, half, row)
        elif heat < TINY_TEMPERATURE:
            _normal_at_zero(strength, signed, places, electrons, row)
        else:
            _normal(heat, strength, moments, pairs, signed, places, electrons, counter, row)
        row[TIED] = tied
        row[EVALUATIONS] = counter[0]


@njit(cache=True, nogil=True, error_model="numpy")
def stationary(
    temperature: float,
    strength: float,
    moments: Floats,
    pairs: Ints,
    signed: Floats,
    places: Ints,
    electrons: int,
    coupling: float,
) -> Floats:
    """Every stationary state at one point, the normal one first: rows of Δ², ξ, F, m, stable (0 or 1)."""
    size = moments.size
    levels = np.empty(size)
    squares = np.empty(size)
    counter = np.zeros(1, dtype=np.int64)
    row = np.empty(COLUMNS)
    half = 0.5 * coupling * (_count(pairs, pairs.size) - electrons)
    rows = np.empty((4 * size + 17, 5))
    _levels(temperature, strength, moments, levels, squares)
    if temperature < TINY_TEMPERATURE:
        _normal_at_zero(strength, signed, places, electrons, row)
    else:
        _normal(temperature, strength, moments, pairs, signed, places, electrons, counter, row)
    _write(rows, 0, 0.0, row[XI], row[FREE], row[MOMENT], 1.0)
    if coupling <= 0.0 or electrons == 0:
        return rows[:1]
    if temperature < TINY_TEMPERATURE:
        rows[0, 4] = _first_level_above(levels, pairs, electrons) > half
        return rows[: _all_at_zero(levels, moments, pairs, coupling, half, rows)]
    found = np.empty((4 * size + 16, 3))
    stack = np.empty((STACK, 6))
    h_end, s_end, slope = _evaluate(half, temperature, levels, squares, pairs, counter)
    n_found = _search(
        temperature, levels, squares, pairs, coupling, half,
        h_end, s_end, slope, 1.0, np.inf, counter, found, stack,
    )  # fmt: skip
    if n_found < 0:
        return rows[:0]
    rows[0, 4] = row[XI] >= half if half > 0.0 else slope <= 2.0 / coupling
    filled = 1
    for i in range(n_found):
        energy, above = _polished(found[i, 0], temperature, levels, squares, pairs, coupling, half, counter)
        if above > 0.0:
            _paired(temperature, energy, above, levels, squares, moments, pairs, coupling, half, row)
            _write(rows, filled, row[GAP2], half, row[FREE], row[MOMENT], found[i, 2])
            filled += 1
    if filled == 1 and rows[0, 4] == 0.0:
        energy, above = _just_above(temperature, levels, squares, pairs, coupling, half, counter)
        if above > 0.0:
            _paired(temperature, energy, above, levels, squares, moments, pairs, coupling, half, row)
            _write(rows, filled, row[GAP2], half, row[FREE], row[MOMENT], 1.0)
            filled += 1
    return rows[:filled]


@njit(cache=True, nogil=True, error_model="numpy")
def _write(
    rows: Floats, filled: int, gap_squared: float, xi: float, free: float, moment: float, stable: float
) -> None:
    rows[filled, 0], rows[filled, 1], rows[filled, 2] = gap_squared, xi, free
    rows[filled, 3], rows[filled, 4] = moment, stable


# -- the search for the lowest paired state -----------------------------------------------------


@njit(cache=True, nogil=True, error_model="numpy")
def _levels(heat: float, strength: float, moments: Floats, levels: Floats, squares: Floats) -> None:
    """a_k = ωm_k and e^{−2a_k/T}."""
    for k in range(moments.size):
        levels[k] = strength * moments[k]
        squares[k] = math.exp(-2.0 * levels[k] / heat) if heat >= TINY_TEMPERATURE else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _evaluate(
    energy: float, heat: float, levels: Floats, squares: Floats, pairs: Ints, counter: Ints
) -> tuple[float, float, float]:
    """h(E), S(E), S'(E)."""
    counter[0] += 1
    both = -math.expm1(-2.0 * energy / heat)
    total = first = second = 0.0
    for k in range(levels.size):
        distance = energy - levels[k]
        v = math.exp(-abs(distance) / heat)
        if distance >= 0.0:
            u = v * squares[k]
            top, lift = energy, both
        else:
            u = v * (1.0 - both)
            top, lift = levels[k], both * v
        over_u, over_v = 1.0 / (1.0 + u), 1.0 / (1.0 + v)
        total += pairs[k] * (top + heat * math.log1p(u + v + u * v))
        first += pairs[k] * (lift * over_u * over_v)
        second += pairs[k] * (u * over_u * over_u + v * over_v * over_v)
    return total, first, second / heat


@njit(cache=True, nogil=True, error_model="numpy")
def _slope_bounds(
    low: float, high: float, heat: float, levels: Floats, pairs: Ints, counter: Ints
) -> tuple[float, float]:
    """Bounds of S' on [low, high]: f(1−f) falls with the distance from the level."""
    counter[0] += 1
    least = most = 0.0
    for k in range(levels.size):
        near, far = abs(low - levels[k]), abs(high - levels[k])
        inside = low <= levels[k] <= high
        if near > far:
            near, far = far, near
        v_near, v_far = math.exp(-near / heat), math.exp(-far / heat)
        u_low, u_high = math.exp(-(low + levels[k]) / heat), math.exp(-(high + levels[k]) / heat)
        steep = 0.25 if inside else v_near / ((1.0 + v_near) * (1.0 + v_near))
        most += pairs[k] * (steep + u_low / ((1.0 + u_low) * (1.0 + u_low)))
        least += pairs[k] * (
            v_far / ((1.0 + v_far) * (1.0 + v_far)) + u_high / ((1.0 + u_high) * (1.0 + u_high))
        )
    return least / heat, most / heat


@njit(cache=True, nogil=True, error_model="numpy")
def _series(y: float) -> tuple[float, float]:
    """A/y³ and B/y³, from ⅔ and ⅓ upwards."""
    a = b = 0.0
    power, odd = 1.0, 6.0
    for j in range(1, 16):
        a += 2.0 ** (2 * j) * power / odd
        b += 2.0 * j * power / odd
        power *= y * y
        odd *= (2 * j + 2) * (2 * j + 3)
    return a, b


@njit(cache=True, nogil=True, error_model="numpy")
def _shape(
    low: float, high: float, heat: float, levels: Floats, pairs: Ints, counter: Ints
) -> tuple[float, float, float, float]:
    """Bounds of S' and of a quantity with the sign of S'' on [low, high]: least, most of each.

    Narrow intervals by Taylor's theorem at the middle: g = f(1−f) and its derivatives stay below g e^{|t|}.
    """
    if high - low > 2.0 * heat:
        least, most = _slope_bounds(low, high, heat, levels, pairs, counter)
        return least, most, -1.0, 1.0
    counter[0] += 1
    middle, reach = 0.5 * (low + high), 0.5 * (high - low) / heat
    grown = math.exp(reach)
    first = second = third = rest = 0.0
    for k in range(levels.size):
        distance = middle - levels[k]
        v, u = math.exp(-abs(distance) / heat), math.exp(-(middle + levels[k]) / heat)
        over_v, over_u = 1.0 / (1.0 + v), 1.0 / (1.0 + u)
        g_v, g_u = v * over_v * over_v, u * over_u * over_u
        tilt = (1.0 - v) * over_v if distance >= 0.0 else -(1.0 - v) * over_v
        first += pairs[k] * (g_v + g_u)
        second -= pairs[k] * (g_v * tilt + g_u * (1.0 - u) * over_u)
        third += pairs[k] * (g_v * (1.0 - 6.0 * g_v) + g_u * (1.0 - 6.0 * g_u))
        rest += pairs[k] * (min(0.25, grown * g_v) + min(0.25, grown * g_u))
    slack = 0.5 * rest * reach * reach
    spread = abs(second) * reach + slack
    bend, bends = second, abs(third) * reach + slack
    if low == 0.0:  # S is odd, so S'' has the sign of its slope all along
        bend, bends = third, rest * reach
    return (first - spread) / heat, (first + spread) / heat, bend - bends, bend + bends


@njit(cache=True, nogil=True, error_model="numpy")
def _falls_from(heat: float, highest: float) -> float:
    """E beyond which S(E)/E falls: 0 if cosh x_K ≤ 2, else from e^{y−x} ≥ y − 1."""
    x = highest / heat
    return 0.0 if x <= 1.3169 else highest + heat * math.log(x + math.log1p(x))


@njit(cache=True, nogil=True, error_model="numpy")
def _search(
    heat: float,
    levels: Floats,
    squares: Floats,
    pairs: Ints,
    coupling: float,
    half: float,
    h_low: float,
    s_low: float,
    d_low: float,
    exhaustive: float,
    bar: float,
    counter: Ints,
    found: Floats,
    stack: Floats,
) -> int:
    """Rows of E, φ, 1 (minimum) or 0 for the roots E > |ξ₀| that may be lowest, or for all if `exhaustive`.

    Returns how many, or −1 if the interval stack is full. `h_low`, `s_low`, `d_low` are h, S, S' at |ξ₀|,
    `bar` is a φ already reached, by the normal state.
    """
    everything = exhaustive > 0.0
    ceiling = 0.5 * coupling * _count(pairs, pairs.size)
    start_falls = d_low * coupling > 2.0 if half == 0.0 else s_low * coupling > 2.0 * half
    h_high, s_high, _ = _evaluate(ceiling, heat, levels, squares, pairs, counter)
    width = WIDTH * (ceiling * ceiling / coupling + h_high)
    best, kept, waiting = bar, 0, 0
    low = half
    single = max(half, _falls_from(heat, levels[-1]))
    top, h_top, s_top = ceiling, h_high, s_high
    if single < ceiling:
        h_one, s_one, down = h_low, s_low, start_falls
        if single > half:
            h_one, s_one, _ = _evaluate(single, heat, levels, squares, pairs, counter)
            down = 2.0 * single < s_one * coupling
        if down:
            start = max(single, 0.5 * coupling * s_one)
            high = 0.5 * coupling * s_high
            root, value = _root(start, high, high, heat, levels, squares, pairs, coupling, counter)
            kept = _record(found, kept, root, value, 1.0)
            best = min(best, value)
        top, h_top, s_top = single, h_one, s_one
    if top > low:
        waiting = _push(stack, 0, low, top, h_low, h_top, s_low, s_top)
    while waiting > 0:
        waiting -= 1
        a, b, h_a = stack[waiting, 0], stack[waiting, 1], stack[waiting, 2]
        h_b, s_a, s_b = stack[waiting, 3], stack[waiting, 4], stack[waiting, 5]
        low, high = max(a, 0.5 * coupling * s_a), min(b, 0.5 * coupling * s_b)
        slack = 8.0 * EPSILON * ceiling
        if low > high + slack:
            continue
        if not everything and _below(a, b, h_a, h_b, low, high, coupling) > best + width:
            continue
        if low > high:
            low = high
        # signs of 2E/G − S at both ends; at E = 0 that of its slope
        below_a, above_a = 2.0 * a < s_a * coupling, 2.0 * a > s_a * coupling
        if a == 0.0:
            below_a, above_a = start_falls, not start_falls
        above_b, zero_b = 2.0 * b >= s_b * coupling, 2.0 * b == s_b * coupling
        least, most, bend_least, bend_most = _shape(low, high, heat, levels, pairs, counter)
        monotone = most * coupling < 2.0 * (1.0 - 1e-12) or least * coupling > 2.0 * (1.0 + 1e-12)
        convex, concave = bend_most < 0.0, bend_least > 0.0
        narrow = b - a <= (1e-12 if everything else 1e-8) * ceiling
        if below_a == above_b:
            settled = monotone or convex or concave or narrow
        else:
            settled = monotone or narrow or (convex if below_a else concave)
        if settled:
            if below_a and above_b:
                root, value = _root(
                    low, high, 0.5 * (low + high), heat, levels, squares, pairs, coupling, counter
                )
                if everything or value <= best + width:
                    kept = _record(found, kept, root, value, 1.0)
                best = min(best, value)
            elif everything and above_a and (zero_b or not above_b):
                root = _crossing(a, b, heat, levels, squares, pairs, coupling, counter)
                kept = _record(found, kept, root, np.nan, 0.0)
            continue
        middle = _split(low, high, heat, levels)
        if not a < middle < b:
            middle = 0.5 * (a + b)
        if not a < middle < b:
            continue
        h_m, s_m, _ = _evaluate(middle, heat, levels, squares, pairs, counter)
        if waiting + 2 > stack.shape[0] or kept + 1 >= found.shape[0]:
            return -1
        waiting = _push(stack, waiting, a, middle, h_a, h_m, s_a, s_m)
        waiting = _push(stack, waiting, middle, b, h_m, h_b, s_m, s_b)
    return kept


@njit(cache=True, nogil=True, error_model="numpy")
def _push(
    stack: Floats, waiting: int, a: float, b: float, h_a: float, h_b: float, s_a: float, s_b: float
) -> int:
    stack[waiting, 0], stack[waiting, 1], stack[waiting, 2] = a, b, h_a
    stack[waiting, 3], stack[waiting, 4], stack[waiting, 5] = h_b, s_a, s_b
    return waiting + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _record(found: Floats, kept: int, energy: float, value: float, minimum: float) -> int:
    found[kept, 0], found[kept, 1], found[kept, 2] = energy, value, minimum
    return kept + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _count(pairs: Ints, end: int) -> int:
    """Pairs in the first `end` levels."""
    total = 0
    for k in range(end):
        total += pairs[k]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _first_not_below(levels: Floats, energy: float) -> int:
    """How many levels lie below E."""
    below = 0
    while below < levels.size and levels[below] < energy:
        below += 1
    return below


@njit(cache=True, nogil=True, error_model="numpy")
def _below(a: float, b: float, h_a: float, h_b: float, low: float, high: float, coupling: float) -> float:
    """What φ cannot go below in [low, high]: h is replaced by its chord over [a, b]."""
    chord = (h_b - h_a) / (b - a)
    energy = min(max(0.5 * coupling * chord, low), high)
    return energy * energy / coupling - h_a - chord * (energy - a)


@njit(cache=True, nogil=True, error_model="numpy")
def _split(low: float, high: float, heat: float, levels: Floats) -> float:
    """The middle, or in a wide interval the level next to it: between levels h is nearly straight."""
    middle = 0.5 * (low + high)
    if high - low < 8.0 * heat:
        return middle
    right = _first_not_below(levels, middle)
    best = middle
    reach = 0.5 * (high - low) - heat
    for k in range(max(right - 1, 0), min(right + 1, levels.size)):
        if abs(levels[k] - middle) < reach:
            best, reach = levels[k], abs(levels[k] - middle)
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _root(
    low: float,
    high: float,
    start: float,
    heat: float,
    levels: Floats,
    squares: Floats,
    pairs: Ints,
    coupling: float,
    counter: Ints,
) -> tuple[float, float]:
    """The one minimum of φ in [low, high] and its φ, by a Newton step that never leaves the bracket."""
    energy, h = start, 0.0
    for _ in range(200):
        h, s, slope = _evaluate(energy, heat, levels, squares, pairs, counter)
        force = 2.0 * energy / coupling - s
        if force > 0.0:
            high = energy
        else:
            low = energy
        ratio = s / energy
        if energy < 2.0 * heat and slope < ratio:
            # near Δ = 0 of a half-filled shell E² is the smooth variable: Newton for S/E as a function of E²
            square = 1.0 + 2.0 * (ratio - 2.0 / coupling) / (ratio - slope)
            new = energy * math.sqrt(square) if square > 0.0 else low
        else:
            new = energy - force / (2.0 / coupling - slope)
        near = 1e-6 * min(energy, heat)
        if abs(new - energy) <= max(near, 4.0 * EPSILON * energy):
            return max(new, 0.0), energy * energy / coupling - h + 0.5 * force * (new - energy)
        if not low < new < high:
            new = 0.5 * (low + high)
        if high - low <= 4.0 * EPSILON * high or new == energy:
            break
        energy = new
    return energy, energy * energy / coupling - h


@njit(cache=True, nogil=True, error_model="numpy")
def _crossing(
    low: float,
    high: float,
    heat: float,
    levels: Floats,
    squares: Floats,
    pairs: Ints,
    coupling: float,
    counter: Ints,
) -> float:
    """The maximum of φ in [low, high]: 2E/G − S falls through zero; Newton inside the bracket."""
    energy = 0.5 * (low + high)
    for _ in range(200):
        _, s, slope = _evaluate(energy, heat, levels, squares, pairs, counter)
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


@njit(cache=True, nogil=True, error_model="numpy")
def _lowest(
    heat: float,
    strength: float,
    levels: Floats,
    squares: Floats,
    pairs: Ints,
    signed: Floats,
    places: Ints,
    electrons: int,
    coupling: float,
    half: float,
    counter: Ints,
    found: Floats,
    stack: Floats,
) -> tuple[float, float, int]:
    """E, E − |ξ₀| of the lowest state (0, 0 if it is normal) and how many stable states tie."""
    h_end, s_end, slope = _evaluate(half, heat, levels, squares, pairs, counter)
    ceiling = 0.5 * coupling * _count(pairs, pairs.size)
    noise = 8.0 * EPSILON * _count(pairs, pairs.size)
    maybe_normal = s_end <= 2.0 * half / coupling + noise if half > 0.0 else slope * coupling <= 2.0
    bar = np.inf
    xi = half
    if maybe_normal and half > 0.0:
        xi, free = _normal_energy(heat, strength, levels, signed, places, electrons, squares, pairs, counter)
        bar = free - 0.25 * coupling * (_count(pairs, pairs.size) - electrons) ** 2
    elif maybe_normal:
        bar = -h_end
    kept = _search(
        heat, levels, squares, pairs, coupling, half, h_end, s_end, slope, 0.0, bar, counter, found, stack
    )  # fmt: skip
    if kept < 0:
        counter[0] = -1000000
        return 0.0, 0.0, 0
    best = bar
    for i in range(kept):
        best = min(best, found[i, 1])
    width = WIDTH * (ceiling * ceiling / coupling + abs(best))
    energy, tied = -1.0, 0
    for i in range(kept):
        if found[i, 1] <= best + width:
            tied += 1
            energy = max(energy, found[i, 0])
    stable = maybe_normal and xi >= half
    if stable and bar <= best + width:
        tied += 1
    if energy >= 0.0:
        energy, above = _polished(energy, heat, levels, squares, pairs, coupling, half, counter)
        if above > 0.0:
            return energy, above, tied
    if maybe_normal and not stable:
        energy, above = _just_above(heat, levels, squares, pairs, coupling, half, counter)
        if above > 0.0:
            return energy, above, 1
    return 0.0, 0.0, max(tied, 1)


# -- every digit of a root ---------------------------------------------------------------------


@njit(cache=True, nogil=True, error_model="numpy")
def _residual(
    energy: float, below: int, heat: float, levels: Floats, squares: Floats, pairs: Ints, counter: Ints
) -> tuple[float, float]:
    """S(E) − Σ_{k < below} n_k and S'(E): exponentially small on a plateau, and right even then."""
    counter[0] += 1
    both = -math.expm1(-2.0 * energy / heat)
    rest = second = 0.0
    for k in range(levels.size):
        distance = energy - levels[k]
        v = math.exp(-abs(distance) / heat)
        if distance >= 0.0:
            u = v * squares[k]
            lift, lack = both, u + v + 2.0 * u * v
        else:
            u = v * (1.0 - both)
            lift, lack = both * v, 1.0 + 2.0 * u + u * v
        over_u, over_v = 1.0 / (1.0 + u), 1.0 / (1.0 + v)
        rest += pairs[k] * ((-lack if k < below else lift) * over_u * over_v)
        second += pairs[k] * (u * over_u * over_u + v * over_v * over_v)
    return rest, second / heat


@njit(cache=True, nogil=True, error_model="numpy")
def _polished(
    energy: float,
    heat: float,
    levels: Floats,
    squares: Floats,
    pairs: Ints,
    coupling: float,
    half: float,
    counter: Ints,
) -> tuple[float, float]:
    """E and E − |ξ₀| from Newton steps for δ = E − cG/2, c the pairs whose level lies below E."""
    below = _first_not_below(levels, energy)
    plateau = 0.5 * coupling * _count(pairs, below)
    if abs(energy - plateau) > 0.1 * energy:
        below, plateau = 0, 0.0
    delta = energy - plateau
    for _ in range(6):
        rest, slope = _residual(plateau + delta, below, heat, levels, squares, pairs, counter)
        step = (2.0 * delta / coupling - rest) / (2.0 / coupling - slope)
        if not abs(step) <= 1e-4 * energy:
            break
        delta -= step
        if abs(step) <= 1e-9 * abs(delta):
            break
    return plateau + delta, (plateau - half) + delta


@njit(cache=True, nogil=True, error_model="numpy")
def _just_above(
    heat: float, levels: Floats, squares: Floats, pairs: Ints, coupling: float, half: float, counter: Ints
) -> tuple[float, float]:
    """The root next to |ξ₀| where S(|ξ₀|) exceeds |M−N| by less than rounding, and E − |ξ₀|; else 0, 0."""
    below = _first_not_below(levels, half)
    if half == 0.0 or 0.5 * coupling * _count(pairs, below) != half:
        return 0.0, 0.0
    delta = 0.0
    for _ in range(50):
        rest, slope = _residual(half + delta, below, heat, levels, squares, pairs, counter)
        step = (2.0 * delta / coupling - rest) / (2.0 / coupling - slope)
        if slope * coupling >= 2.0 or delta - step <= 0.0 or delta - step > 1e-6 * half:
            return 0.0, 0.0
        delta -= step
        if abs(step) <= 1e-14 * delta:
            break
    return half + delta, delta


# -- averages of a paired state ----------------------------------------------------------------


@njit(cache=True, nogil=True, error_model="numpy")
def _paired(
    heat: float,
    energy: float,
    above: float,
    levels: Floats,
    squares: Floats,
    moments: Floats,
    pairs: Ints,
    coupling: float,
    half: float,
    row: Floats,
) -> None:
    """Averages in the state of quasi-particle energy E; dμ = 0 and 2E/G = S(E) along the branch.

    With g = f(1−f), Γ = Σg, P = Σ g·moment, Q = Σ g·(e/T) over quasi-particles e = E ∓ a:
    χ = [Σ g m² + P²/(2T/G − Γ)]/T and C = Σ g (e/T)² + Q²/(2T/G − Γ).
    """
    y = energy / heat
    both = -math.expm1(-2.0 * y)
    gap2 = above * (energy + half)
    h = entropy = moment = magnetic = thermal = spread = mixing = p = q = total = 0.0
    for k in range(levels.size):
        minus, plus = (energy - levels[k]) / heat, (energy + levels[k]) / heat
        v = math.exp(-abs(minus))
        if minus >= 0.0:
            u, top = v * squares[k], energy
            pull, pair_lift, match = v, both, 1.0 + u * v
        else:
            u, top = v * (1.0 - both), levels[k]
            pull, pair_lift, match = 1.0, both * v, u + v
        over_u, over_v = 1.0 / (1.0 + u), 1.0 / (1.0 + v)
        g_plus, g_minus = u * over_u * over_u, v * over_v * over_v
        pull *= -math.expm1(-2.0 * levels[k] / heat) * over_u * over_v
        h += pairs[k] * (top + heat * math.log1p(u + v + u * v))
        moment += pairs[k] * moments[k] * pull
        magnetic += pairs[k] * moments[k] * moments[k] * (g_plus + g_minus)
        total += pairs[k] * (g_plus + g_minus)
        mixing += pairs[k] * match * over_u * over_v
        p += pairs[k] * moments[k] * pull * pair_lift * over_u * over_v
        if v > 0.0:
            entropy += pairs[k] * (math.log1p(v) + abs(minus) * v * over_v)
            thermal += pairs[k] * g_minus * minus * minus
            q += pairs[k] * g_minus * minus
        if u > 0.0:
            entropy += pairs[k] * (math.log1p(u) + plus * u * over_u)
            thermal += pairs[k] * g_plus * plus * plus
            q += pairs[k] * g_plus * plus
    stiffness = 2.0 * heat / coupling - total
    if y < 1.0:
        p, q, stiffness = _near_zero(y, heat, levels, moments, pairs)
    spread = (half / energy) ** 2 * total + gap2 / (energy * energy) * mixing
    row[GAP2] = gap2
    row[XI] = half
    row[FREE] = half * half / coupling + energy * energy / coupling - h
    row[ENTROPY] = entropy
    row[MOMENT] = moment
    row[CHI] = (magnetic + p * p / stiffness) / heat
    row[HEAT] = thermal + q * q / stiffness
    row[VARIANCE] = spread


@njit(cache=True, nogil=True, error_model="numpy")
def _near_zero(
    y: float, heat: float, levels: Floats, moments: Floats, pairs: Ints
) -> tuple[float, float, float]:
    """P/y, Q/y and (2T/G − Γ)/y² at a root, y < 1: their ratios stay finite as Δ² → 0.

    (2T/G − Γ)/y² = Σ n (A − B cosh x)/(y³ (cosh y + cosh x)²), A and B from their power series.
    """
    a, b = _series(y)
    ratio = math.sinh(y) / y if y > 1e-8 else 1.0
    p = q = stiffness = 0.0
    for k in range(levels.size):
        x = levels[k] / heat
        r = math.exp(-x)
        share = 1.0 / (1.0 + r * r + 2.0 * r * math.cosh(y))
        inverse, pull = 2.0 * r * share, -math.expm1(-2.0 * x) * share
        rest = (1.0 + r * r) * share  # cosh x/(cosh y + cosh x)
        p += pairs[k] * moments[k] * pull * ratio * inverse
        q += pairs[k] * (inverse * inverse + rest * math.cosh(y) * inverse)
        q -= pairs[k] * (x * r) * 2.0 * pull * ratio * share
        stiffness += pairs[k] * inverse * (a * inverse - b * rest)
    return p, q, stiffness


# -- the normal state --------------------------------------------------------------------------


@njit(cache=True, nogil=True, error_model="numpy")
def _fermi_level(signed: Floats, places: Ints, electrons: int, strength: float) -> tuple[int, int, int]:
    """Index of the highest occupied level, electrons in it, its last index: at ω = 0 all levels are one."""
    if strength == 0.0:
        return 0, electrons, signed.size - 1
    left = electrons
    for j in range(signed.size):
        if left <= places[j]:
            return j, left, j
        left -= places[j]
    return signed.size - 1, left, signed.size - 1


@njit(cache=True, nogil=True, error_model="numpy")
def _fermi(
    heat: float, strength: float, signed: Floats, places: Ints, electrons: int, counter: Ints
) -> tuple[float, int]:
    """z = (μ − e_F)/T from N = Σ f, e_F the highest level occupied at T = 0; returns z and its index.

    Written as electrons above = holes below + the rest, in logarithms: no digit is lost in a gap.
    """
    first, inside, last = _fermi_level(signed, places, electrons, strength)
    home = 0
    for j in range(first, last + 1):
        home += places[j]
    bound = math.log(electrons / (_count(places, places.size) - electrons))
    if last - first == signed.size - 1:
        return bound, first
    full = inside == home
    scale = strength / heat
    gap = scale * (signed[last] - signed[last + 1]) if full else 0.0
    if full:
        electrons_, holes_ = 0.0, 0.0
        for j in range(signed.size):
            if j <= last:
                holes_ += places[j] * math.exp(-scale * (signed[j] - signed[last]))
            else:
                electrons_ += places[j] * math.exp(-scale * (signed[last + 1] - signed[j]))
        z = 0.5 * (gap + math.log(holes_) - math.log(electrons_))
        counter[0] += 1
        if gap > 600.0:
            return z, first
    else:
        z = math.log(inside / (home - inside))
    low = bound - scale * (signed[0] - signed[first])
    high = bound + scale * (signed[first] - signed[-1])
    z = min(max(z, low), high)
    for _ in range(200):
        counter[0] += 1
        more, less = 0.0, 0.0 if full else float(inside)
        d_more, d_less = 0.0, 0.0
        for j in range(signed.size):
            t = scale * (signed[first] - signed[j]) - z
            v = math.exp(-abs(t))
            g = places[j] * v / ((1.0 + v) * (1.0 + v))
            if j > last or (j == last and not full):
                more += places[j] * ((v if t > 0.0 else 1.0) / (1.0 + v))
                d_more += g
            else:
                less += places[j] * ((1.0 if t > 0.0 else v) / (1.0 + v))
                d_less += g
        value = math.log(more / less)
        if value > 0.0:
            high = z
        else:
            low = z
        slope = d_more / more + d_less / less
        new = z - value / slope
        if abs(new - z) <= 1e-9 * max(1.0, abs(z)) and low - 1e-6 <= new <= high + 1e-6:
            return new, first
        if not low < new < high:
            new = 0.5 * (low + high)
        if new == z or high - low <= EPSILON * max(1.0, abs(high)):
            return new, first
        z = new
    return z, first


@njit(cache=True, nogil=True, error_model="numpy")
def _normal_energy(
    heat: float,
    strength: float,
    levels: Floats,
    signed: Floats,
    places: Ints,
    electrons: int,
    squares: Floats,
    pairs: Ints,
    counter: Ints,
) -> tuple[float, float]:
    """ξ and F of the normal state: F = (M−N)ξ − h(ξ)."""
    z, first = _fermi(heat, strength, signed, places, electrons, counter)
    xi = strength * signed[first] - heat * z if strength > 0.0 else -heat * z
    h, _, _ = _evaluate(abs(xi), heat, levels, squares, pairs, counter)
    return xi, (_count(pairs, pairs.size) - electrons) * xi - h


@njit(cache=True, nogil=True, error_model="numpy")
def _normal(
    heat: float,
    strength: float,
    moments: Floats,
    pairs: Ints,
    signed: Floats,
    places: Ints,
    electrons: int,
    counter: Ints,
    row: Floats,
) -> None:
    """Averages of independent electrons: χ and C are variances at the Fermi edge, dμ at fixed N taken out.

    With weights g = f(1−f): χ = Σ g (m − m̄)²/T, C = Σ g (e − ē)²/T²; moments measured from the Fermi level's.
    """
    row[:] = 0.0
    if electrons == 0:
        row[XI] = np.nan
        return
    z, first = _fermi(heat, strength, signed, places, electrons, counter)
    home = signed[first] if strength > 0.0 else 0.0
    scale = strength / heat
    total = mean = entropy = 0.0
    for j in range(signed.size):
        t = scale * (home - signed[j]) - z if strength > 0.0 else -z
        v = math.exp(-abs(t))
        g = places[j] * v / ((1.0 + v) * (1.0 + v))
        total += g
        mean += g * (signed[j] - home)
        if v > 0.0:
            entropy += places[j] * (math.log1p(v) + abs(t) * v / (1.0 + v))
    mean = mean / total if total > 0.0 else 0.0
    spread = 0.0
    for j in range(signed.size):
        t = scale * (home - signed[j]) - z if strength > 0.0 else -z
        v = math.exp(-abs(t))
        away = signed[j] - home - mean
        spread += places[j] * v / ((1.0 + v) * (1.0 + v)) * away * away
    moment = 0.0
    for k in range(moments.size):
        t = scale * (home - moments[k]) - z if strength > 0.0 else -z
        v, u = math.exp(-abs(t)), math.exp(-abs(t + 2.0 * scale * moments[k]))
        pull = -(v if t >= 0.0 else 1.0) * math.expm1(-2.0 * scale * moments[k])
        moment += pairs[k] * moments[k] * pull / ((1.0 + u) * (1.0 + v))
    row[XI] = strength * home - heat * z
    row[FREE] = -strength * moment - heat * entropy
    row[ENTROPY] = entropy
    row[MOMENT] = moment
    row[CHI] = spread / heat
    row[HEAT] = spread * scale * scale if spread > 0.0 else 0.0
    row[VARIANCE] = total


# -- zero temperature, exactly: S(E) is a staircase ------------------------------------------------


@njit(cache=True, nogil=True, error_model="numpy")
def _first_level_above(levels: Floats, pairs: Ints, electrons: int) -> float:
    """The lowest level a with more than M−N pairs at or below it: the normal state is stable if a > |ξ₀|."""
    count = 0
    for k in range(levels.size):
        count += pairs[k]
        top = k == levels.size - 1 or levels[k + 1] > levels[k]
        if top and count > _count(pairs, pairs.size) - electrons:
            return float(levels[k])
    return np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _lowest_at_zero(
    strength: float,
    levels: Floats,
    pairs: Ints,
    signed: Floats,
    places: Ints,
    electrons: int,
    coupling: float,
    half: float,
    counter: Ints,
) -> tuple[float, float, int]:
    """As `_lowest` at T = 0: the paired states are E = cG/2 with exactly c pairs' levels below E."""
    row = np.empty(COLUMNS)
    _normal_at_zero(strength, signed, places, electrons, row)
    normal = row[FREE] - half * half / coupling
    total = _count(pairs, pairs.size)
    width = WIDTH * (0.25 * coupling * total * total + total * levels[-1])
    stable = _first_level_above(levels, pairs, electrons) > half
    best = normal
    energy, above, tied = 0.0, 0.0, 0
    for sweep in range(2):
        count, rest = 0, 0.0
        for k in range(levels.size):
            rest += pairs[k] * levels[k]
        for k in range(levels.size):
            counter[0] += sweep
            count += pairs[k]
            rest -= pairs[k] * levels[k]
            root = 0.5 * coupling * count
            ceiling = levels[k + 1] if k + 1 < levels.size else np.inf
            if not (levels[k] < root < ceiling and count > total - electrons):
                continue
            value = root * root / coupling - count * root - rest
            if sweep == 0:
                best = min(best, value)
            elif value <= best + width:
                energy, above, tied = root, root - half, tied + 1
    if stable and normal <= best + width:
        tied += 1
    return energy, above, max(tied, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _all_at_zero(
    levels: Floats, moments: Floats, pairs: Ints, coupling: float, half: float, rows: Floats
) -> int:
    """Append every paired stationary state at T = 0 to `rows`: minima between levels, maxima on them."""
    filled, count, rest, pull = 1, 0, 0.0, 0.0
    for k in range(levels.size):
        rest += pairs[k] * levels[k]
        pull += pairs[k] * moments[k]
    for k in range(levels.size):
        at = levels[k]
        needed = 2.0 * at / coupling
        if at > half and count < needed < count + pairs[k]:
            free = half * half / coupling + at * at / coupling - count * at - rest
            blocked = count + pairs[k] - needed
            left = pull - pairs[k] * moments[k]
            _write(rows, filled, (at - half) * (at + half), half, free, left + blocked * moments[k], 0.0)
            filled += 1
        count += pairs[k]
        rest -= pairs[k] * levels[k]
        pull -= pairs[k] * moments[k]
        root = 0.5 * coupling * count
        ceiling = levels[k + 1] if k + 1 < levels.size else np.inf
        if at < root < ceiling and root > half:
            free = half * half / coupling + root * root / coupling - count * root - rest
            _write(rows, filled, (root - half) * (root + half), half, free, pull, 1.0)
            filled += 1
    return filled


@njit(cache=True, nogil=True, error_model="numpy")
def _paired_at_zero(
    energy: float,
    above: float,
    levels: Floats,
    moments: Floats,
    pairs: Ints,
    coupling: float,
    half: float,
    row: Floats,
) -> None:
    """The paired state E = cG/2 at T = 0: levels above E are blocked, those below are paired."""
    row[:] = 0.0
    h = moment = 0.0
    count = 0
    for k in range(levels.size):
        if levels[k] < energy:
            h += pairs[k] * energy
            count += pairs[k]
        else:
            h += pairs[k] * levels[k]
            moment += pairs[k] * moments[k]
    row[GAP2] = above * (energy + half)
    row[XI] = half
    row[FREE] = half * half / coupling + energy * energy / coupling - h
    row[MOMENT] = moment
    row[VARIANCE] = row[GAP2] / (energy * energy) * count


@njit(cache=True, nogil=True, error_model="numpy")
def _normal_at_zero(strength: float, signed: Floats, places: Ints, electrons: int, row: Floats) -> None:
    """Levels filled from below; a partly filled one keeps the entropy of f = n/d; μ is the limit T → 0."""
    row[:] = 0.0
    if electrons == 0:
        row[XI] = np.nan
        return
    first, inside, last = _fermi_level(signed, places, electrons, strength)
    home = 0
    for j in range(first, last + 1):
        home += places[j]
    if strength > 0.0:
        for j in range(first):
            row[MOMENT] += places[j] * signed[j]
        row[MOMENT] += inside * signed[first]
        row[FREE] = -strength * row[MOMENT]
        row[XI] = strength * signed[first]
    share = inside / home
    if inside == home:
        if last + 1 < signed.size:
            row[XI] = 0.5 * strength * (signed[last] + signed[last + 1])
        return
    row[ENTROPY] = -home * (share * math.log(share) + (1.0 - share) * math.log1p(-share))
    row[VARIANCE] = home * share * (1.0 - share)
    if strength == 0.0 and signed[0] > 0.0:
        row[CHI] = np.inf
