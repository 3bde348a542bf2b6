"""The weights of one shell and the sum over its states, one grid point in each lane.

The letters are those of `spectrum/weights.py`, which derives what is done here. All weights are measured from
the top moment, D_ν = e^{x·top} d_ν, d_ν = Σ_j c_j q^j with q = e^{−x} and every c_j ≥ 0.

All lanes of a group take the same way through the text: points are sorted by the way beforehand (`arrange`),
and what differs within a group is chosen by a mask (`where`). A point has the same bits wherever it stands; the last group
of a kind is filled up with copies. See docs/decisions/0011. All tables lie in `memory`, which the caller owns.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.compiled.arithmetic import (
    LN2_HIGH,
    LN2_LOW,
    PER_LN2,
    decay,
    decay_lost,
    exponential,
    log_beyond,
    log_of,
    product_sum,
    times_power,
    two_product,
    two_sum,
)
from quasispin.compiled.jit import entry, inner
from quasispin.compiled.lanes import (
    LANES,
    address,
    bits_of,
    collect,
    fma,
    in_any,
    load,
    magnitude,
    nearest,
    number,
    of_bits,
    pick,
    power_of_two,
    put,
    spread,
    store,
    where,
)

Array = npt.NDArray[np.float64]

SERIES_FROM = 2.772588722239781  # sx above which q^s < 1/16 and the series about q = 0 is used
HUGE = 1e200
NEVER = 2.0e5  # a Boltzmann exponent beyond which a state never matters (degeneracies stay below 4^M)
RESCALE = 2.0**400
LIFT_FROM = 400.0  # powers of two above which the sum of a point is scaled down
TIE_ULPS = 8.0 * 2.0**-52
LARGE = 1e300  # |ω|/T from which on the field has won
SMALL = 2.0**-1020  # reciprocals of what is larger are finite
SHARED_BITS = 7  # low bits of x in which points may differ and still share their weights


# -- the weights of one shell, one x in each lane ------------------------------------------------------


class Tables(NamedTuple):
    """What is known of each seniority at the x of each lane: tables over lanes of V = M+1 rows."""

    weight: Any  # d_ν without 2^scale
    ground: Any  # c_0 without 2^scale; where the top states do not matter, d_ν itself
    relative: Any  # d_ν/ground − 1, with all its digits
    scale: Any  # power of two of the three
    depth: Any  # m_ν − ⟨m⟩_ν
    variance: Any  # of m within ν
    slope: Any  # −d(variance)/dx, roughly
    moment: Any  # ⟨m⟩_ν
    lower: Any  # Φ_{ν−2}/D_ν; times M+1−ν it is ⟨p⟩_ν of (C)
    lower_slope: Any  # its derivative by x


class Work(NamedTuple):
    """Room for the recurrences: tables over lanes of 2M+4 rows."""

    brace: Any
    inverse: Any
    mean: Any
    width: Any
    spare: Any


class Box(NamedTuple):
    """A `weights.Plan`, its arrays by their addresses."""

    pairs: Any
    step: Any
    terms: Any  # coefficients in each row of `series`
    moments: Any
    shift: Any
    half_log: Any
    series: Any
    tops: Any
    tops_low: Any


@inner
def box_of(plan):
    return Box(
        plan.moments.shape[0], plan.step, plan.series.shape[1], address(plan.moments), address(plan.shift),
        address(plan.half_log), address(plan.series), address(plan.tops), address(plan.tops_low),
    )  # fmt: skip


@inner
def aligned(memory):
    """Address of the first cache line in the memory."""
    return (address(memory) + 63) // 64 * 64


@inner
def tables(start, count):
    """Tables of so many rows from an address on, and where they end."""
    size = 8 * LANES * count
    return Tables(
        start, start + size, start + 2 * size, start + 3 * size, start + 4 * size, start + 5 * size,
        start + 6 * size, start + 7 * size, start + 8 * size, start + 9 * size,
    ), start + 10 * size  # fmt: skip


@inner
def work(start, pairs):
    """Room from an address on, and where it ends."""
    size = 8 * LANES * (2 * pairs + 4)
    return Work(start, start + size, start + 2 * size, start + 3 * size, start + 4 * size), start + 5 * size


NOT_ARRANGED = (np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64))
"""Few points: one group of lanes takes them all, whether they share their weights or not."""


def moments_of_any_kind(step: int) -> bool | None:
    """What tells the compiler which recurrence the shell of a `Plan` needs: None where its moments are a ladder."""
    return True if step < 0 else None


def memory_of(pairs: int) -> Array:
    """Memory for all tables of one thread."""
    return np.empty(LANES * (20 * (pairs + 1) + 5 * (2 * pairs + 4) + 20) + 8)


@inner
def q_numbers(count, y, step, centred, room):
    """[n] = sinh(ny/2)/sinh(y/2), n = 0 … count, as a distribution over its n terms e^{−jy} from the top.

    brace = Σ_{j<n} e^{−jy}, and 1/brace; mean = s⟨j⟩, or that measured from the centre s(n−1)/2 if `centred`;
    width = s²·variance of j. Term by term, so that nothing is subtracted.
    """
    brace, inverse, mean, width, _ = room
    lost_once = decay_lost(y)  # 1 − q
    # q^n and the sums with low words: their roundings would recur in every step of (A), 10⁻¹² at M = 1001
    high, low = two_sum(spread(1.0), -1.0 * lost_once)
    near = y < 0.5
    high, low = where(near, high, decay(y)), where(near, low, 0.0)
    power, power_low = spread(1.0), spread(0.0)  # q^n
    lost, lost_low = spread(0.0), spread(0.0)  # 1 − q^n
    total, total_low = spread(0.0), spread(0.0)
    depth, variance = spread(0.0), spread(0.0)
    store(brace, 0, 0.0)
    store(mean, 0, 0.0)
    store(width, 0, 0.0)
    for n in range(1, count + 1):
        total, error = two_sum(total, power)
        total_low = total_low + (error + power_low)
        here = total + total_low
        turned = 1.0 / here
        share = power * turned
        away = (n - 1.0) - depth
        part = share * away
        variance = (1.0 - share) * fma(part, away, variance)
        depth = depth + part
        store(brace, n, here)
        store(inverse, n, turned)
        store(width, n, (step * step) * variance)
        if centred:  # [n] = [n−2] + 2cosh((n−1)y/2)
            inner = (-0.5 * step * (n - 1.0)) * (lost + lost_low)
            if n > 2:
                before = load(brace, n - 2)
                inner = fma(fma(high, before, low * before), load(mean, n - 2), inner)
            store(mean, n, inner * turned)
            lost, error = two_sum(lost, power * lost_once)
            lost_low = lost_low + error
        else:
            store(mean, n, step * depth)
        correction = fma(power_low, high, power * low)
        power, power_low = two_product(power, high)
        power_low = power_low + correction


@inner
def ladder_series(x, box, terms, first, stride, top_seniority, found):
    """d_ν and its moments from the first coefficients c_j, in powers of q^s = e^{−sx} < 1/16."""
    step, row, series = float(box.step), box.terms, box.series
    q = decay(step * x)
    for nu in range(first, top_seniority + 1, stride):
        zeroth, once, twice = spread(0.0), spread(0.0), spread(0.0)
        for j in range(terms, 0, -1):
            coefficient = number(series, nu * row + j)
            zeroth = fma(zeroth, q, coefficient)
            once = fma(once, q, j * coefficient)
            twice = fma(twice, q, (j * j) * coefficient)
        ground = number(series, nu * row)
        zeroth = zeroth * q
        total = 1.0 / (ground + zeroth)
        average = once * q * total
        depth = step * average
        store(found.weight, nu, ground + zeroth)
        store(found.ground, nu, ground)
        store(found.relative, nu, zeroth / ground)
        store(found.scale, nu, 0.0)
        store(found.depth, nu, depth)
        store(found.variance, nu, (step * step) * (twice * q * total - average * average))
        store(found.moment, nu, number(box.tops, nu) - depth)


@inner
def ladder_recurrence(x, box, first, stride, top_seniority, centred, room, found):
    """d_ν, ν = 0 … top_seniority, by (A) for a ladder of M+1 pairs and (B) back to M pairs."""
    brace, inverse, mean, width, _ = room
    pairs, step = box.pairs, float(box.step)
    larger = pairs + 1
    q_numbers(2 * larger, step * x, step, centred, room)
    q2 = decay(2.0 * x)
    spin = 1.0 + q2
    spin_turned = 1.0 / spin
    spin_mean = 2.0 * q2 * spin_turned
    spin_variance = 4.0 * q2 * spin_turned * spin_turned
    if centred:
        spin_mean = -1.0 * decay_lost(2.0 * x) * spin_turned
    last, before = spread(1.0), spread(0.0)  # Φ_{ν−1}, Φ_{ν−2} of the larger ladder, without 2^exponent
    last_mean, before_mean, last_var, before_var = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
    relative, ground_last = spread(0.0), spread(1.0)
    exponent = spread(0.0)
    shift_one = shift_two = 0.0
    factor_one, factor_two = spin, spread(1.0)
    end, end_mean, end_width = load(inverse, larger), load(mean, larger), load(width, larger)
    for nu in range(top_seniority + 1):
        if nu > 0:
            n1, n2 = larger + 1 - nu, 2 * larger + 2 - nu
            if number(box.shift, 2 * nu) != shift_one:
                shift_one = number(box.shift, 2 * nu)
                factor_one = spin * decay(shift_one * x)
            one = factor_one * load(brace, n1) * last
            one_mean = spin_mean + load(mean, n1) + last_mean
            one_var = spin_variance + load(width, n1) + last_var
            two, two_mean, two_var = spread(0.0), spread(0.0), spread(0.0)
            if nu > 1:
                if number(box.shift, 2 * nu + 1) != shift_two:
                    shift_two = number(box.shift, 2 * nu + 1)
                    factor_two = decay(shift_two * x)
                two = factor_two * load(brace, n2) * before
                two_mean = load(mean, n2) + before_mean
                two_var = load(width, n2) + before_var
            gap = two_mean - one_mean
            if not centred:
                one_mean = one_mean + shift_one
                gap = gap + (shift_two - shift_one)
            total = one + two
            share = two / total
            rest = 1.0 - share
            value = total * load(inverse, nu)
            value_mean = fma(share, gap, one_mean) - load(mean, nu)
            value_var = fma(share, fma(rest * gap, gap, two_var), rest * one_var) - load(width, nu)
            if step == 0.0:  # all top states have one moment: carry d/c_0 − 1 itself
                ground_last = ground_last * (n1 / nu)
                relative = relative + (q2 * (1.0 + relative) + two / (nu * ground_last))
            large = value > RESCALE
            if in_any(large):
                down = where(large, 1.0 / RESCALE, 1.0)
                value, last, ground_last = value * down, last * down, ground_last * down
                exponent = exponent + where(large, 400.0, 0.0)
            before, before_mean, before_var = last, last_mean, last_var
            last, last_mean, last_var = value, value_mean, value_var
        if nu < first or (nu - first) % stride != 0:
            continue
        here_mean = last_mean + (load(mean, larger - nu) - end_mean)
        here_var = last_var + (load(width, larger - nu) - end_width)
        weight = load(brace, larger - nu) * end * last
        if nu == 0:
            weight = spread(1.0)
        store(found.scale, nu, exponent)
        store(found.weight, nu, weight)
        store(found.variance, nu, where(here_var > 0.0, here_var, 0.0))
        if step == 0.0:
            ground = times_power(number(box.series, nu * box.terms), number(box.half_log, nu) - exponent)
            matters = relative < HUGE  # else too far from the top states for them to matter
            store(found.ground, nu, where(matters, ground, weight))
            store(found.relative, nu, where(matters, relative, 0.0))
        else:
            store(found.ground, nu, weight)
            store(found.relative, nu, 0.0)
        if centred:
            store(found.moment, nu, -1.0 * here_mean)
            store(found.depth, nu, number(box.tops, nu) + here_mean)
        else:
            store(found.moment, nu, number(box.tops, nu) - here_mean)
            store(found.depth, nu, here_mean)


@inner
def boltzmann(x, distance):
    """e^{−x·distance}, 1 at distance 0 even where x is infinite."""
    if distance == 0.0:
        return spread(1.0)
    return decay(distance * x)


@inner
def pair_recurrence(x, box, first, stride, top_seniority, centred, room, found):
    """d_ν by adding the pairs one by one, D_ν ← D_ν + 2cosh(x m_k) D_{ν−1} + D_{ν−2}; O(M·ν), any moments.

    Kept as value·2^half_log; `ground` is the coefficient c_0, `relative` d/c_0 − 1.
    """
    value, ground, relative, factor, both = room
    depth, variance = found.depth, found.variance
    moments, half_log = box.moments, box.half_log
    pairs = box.pairs
    for nu in range(top_seniority + 1):
        for table in (value, ground, relative, depth, variance):
            store(table, nu, 0.0)
        store(factor, nu, 1.0)
        if nu > 1:
            store(both, nu, boltzmann(x, number(moments, nu - 1) + number(moments, nu - 2)))
    store(value, 0, 1.0)
    store(ground, 0, 1.0)
    for k in range(1, pairs + 1):
        m = number(moments, k - 1)
        h = boltzmann(x, 2.0 * m)
        spin = 1.0 + h
        spin_var = 4.0 * h / (spin * spin) * (m * m)
        spin_mean = 2.0 * m * h / spin
        if centred:
            spin_mean = (-m) * decay_lost((2.0 * m) * x) / spin
        gap_factor = spread(1.0)
        if k > 1:
            gap_factor = boltzmann(x, number(moments, k - 2) - m)
        for nu in range(min(k, top_seniority), 0, -1):
            down = math.ldexp(1.0, int(number(half_log, nu - 1) - number(half_log, nu)))
            if nu < k:
                store(factor, nu, load(factor, nu) * gap_factor)
            shift = number(moments, nu - 1) - m
            a0 = load(value, nu)
            a1 = down * load(factor, nu) * spin * load(value, nu - 1)
            mean1 = spin_mean + load(depth, nu - 1)
            var1 = load(variance, nu - 1) + spin_var
            a2, mean2, var2 = spread(0.0), spread(0.0), spread(0.0)
            shift2 = far_down = 0.0
            if nu > 1:
                far_down = math.ldexp(1.0, int(number(half_log, nu - 2) - number(half_log, nu)))
                a2 = far_down * (load(both, nu) * load(value, nu - 2))
                mean2, var2 = load(depth, nu - 2), load(variance, nu - 2)
                shift2 = number(moments, nu - 1) + number(moments, nu - 2)
            if not centred:
                mean1 = mean1 + shift
                mean2 = mean2 + shift2
            # the part beyond the top states, each term with its own
            lowest = load(ground, nu)
            beyond = lowest * load(relative, nu)
            if shift == 0.0:
                from_last, last_relative = down * load(ground, nu - 1), load(relative, nu - 1)
                if m == 0.0:
                    lowest = lowest + 2.0 * from_last
                    beyond = beyond + 2.0 * from_last * last_relative
                else:
                    lowest = lowest + from_last
                    beyond = beyond + from_last * (last_relative + h * (1.0 + last_relative))
            else:
                beyond = beyond + a1
            if shift2 == 0.0 and nu > 1:
                from_before = far_down * load(ground, nu - 2)
                lowest = lowest + from_before
                beyond = beyond + from_before * load(relative, nu - 2)
            else:
                beyond = beyond + a2
            total = a0 + a1 + a2
            turned = 1.0 / total
            s0, s1, s2 = a0 * turned, a1 * turned, a2 * turned
            mean0 = load(depth, nu)
            average = s0 * mean0 + s1 * mean1 + s2 * mean2
            d0, d1, d2 = mean0 - average, mean1 - average, mean2 - average
            spread0, spread1, spread2 = load(variance, nu) + d0 * d0, var1 + d1 * d1, var2 + d2 * d2
            store(variance, nu, s0 * spread0 + s1 * spread1 + s2 * spread2)
            store(depth, nu, average)
            store(value, nu, total)
            store(ground, nu, lowest)
            store(relative, nu, beyond / lowest)
    for nu in range(first, top_seniority + 1, stride):
        store(found.scale, nu, number(half_log, nu))
        store(found.weight, nu, load(value, nu))
        matters = load(relative, nu) < HUGE  # else too far from the top states for them to matter
        store(found.ground, nu, where(matters, load(ground, nu), load(value, nu)))
        store(found.relative, nu, where(matters, load(relative, nu), 0.0))
        if centred:
            store(found.moment, nu, -1.0 * load(depth, nu))
            store(depth, nu, load(depth, nu) + number(box.tops, nu))
        else:
            store(found.moment, nu, number(box.tops, nu) - load(depth, nu))


@inner
def lower_shares(x, moments, first, top_seniority, found):
    """Φ_{ν−2}/D_ν from Φ_ν = D_ν + Φ_{ν−2}, ν = first, first+2, …, and its derivative by x."""
    total, gained = spread(0.0), spread(0.0)  # Φ_{ν−2} and Φ_{ν−2}⟨m⟩, from their own top
    scale = spread(0.0)
    for nu in range(first, top_seniority + 1, 2):
        weight, moment = load(found.weight, nu), load(found.moment, nu)
        turned = 1.0 / weight
        if nu > 1:
            factor = power_of_two(scale - load(found.scale, nu))
            factor = factor * boltzmann(x, number(moments, nu - 1) + number(moments, nu - 2))
            total, gained = total * factor, gained * factor
        store(found.lower, nu, total * turned)
        store(found.lower_slope, nu, (gained - moment * total) * turned)
        total, gained = total + weight, fma(weight, moment, gained)
        scale = load(found.scale, nu)
        depth, variance = load(found.depth, nu), load(found.variance, nu)
        store(found.slope, nu, variance * (variance / where(depth > 0.0, depth, 1.0)))


SAMPLE, SMALL_SAMPLE = 2048, 512
COLD = 1  # last bit of a way: T = 0
SERIES = 2  # … plus twice the number of terms
CENTRED = 100
AWAY = 102
WAYS = 104


@inner
def way_of(x, t, box):
    """Which way the weights at this x are found, as a number: points of one way may share a group."""
    cold = COLD if t == 0.0 else 0
    step = box.step
    if step > 0 and step * x >= SERIES_FROM:
        return SERIES + 2 * min(box.terms - 1, int(40.0 / (step * x)) + 6) + cold
    reach = number(box.moments, 0) if step < 0 else (0.5 * step * box.pairs + 1.0) / 1.5
    return (CENTRED if x * reach < 1.0 else AWAY) + cold


@inner
def shell_weights(x, way, box, moments_of_any_kind, first, stride, top_seniority, room, found):
    """All weights of one shell at the x of each lane, by the way that they have in common: the steps of each.

    `moments_of_any_kind` is None for a ladder of moments: the other branch is then never compiled.
    """
    pairs = box.pairs
    if moments_of_any_kind is None:
        if way < CENTRED:
            terms = (way - SERIES) // 2
            ladder_series(x, box, terms, first, stride, top_seniority, found)
            steps = ((top_seniority - first) // stride + 1) * terms
        else:  # e^{−2x} vanishes long before 10⁶; keeps x·0 a number where x is infinite
            near = where(x < 1e6, x, 1e6)
            ladder_recurrence(near, box, first, stride, top_seniority, way < AWAY, room, found)
            steps = 2 * (pairs + 1) + top_seniority
    else:
        pair_recurrence(x, box, first, stride, top_seniority, way < AWAY, room, found)
        left = pairs - top_seniority
        steps = (pairs * (pairs + 1) - left * (left + 1)) // 2
    lower_shares(x, box.moments, first, top_seniority, found)
    if stride == 1:
        lower_shares(x, box.moments, np.int64(1), top_seniority, found)
    return steps


@entry
def weights_on_grid(
    x, plan, moments_of_any_kind, top_seniority, memory, log, depth, variance, moment, blocked
):
    """`shell_weights` for every x ≥ 0 (infinite allowed); outputs of shape (X, V)."""
    box = box_of(plan)
    count, pairs = x.shape[0], box.pairs
    ways, columns = np.empty(count, np.int64), counted(count)
    for i in range(count):
        ways[i] = way_of(x[i], 1.0, box)
    order = sorted_by(ways, columns, np.int64(WAYS))
    found, end = tables(aligned(memory), top_seniority + 1)
    room, few = work(end, pairs)
    group = np.empty(LANES, np.int64)
    steps, start = np.int64(0), np.int64(0)
    while start < count:
        end = end_of_group(ways, order, start)
        for lane in range(LANES):
            group[lane] = order[min(start + lane, end - 1)]
        steps += (end - start) * shell_weights(
            collect(address(x), address(group)), ways[order[start]], box, moments_of_any_kind,
            np.int64(0), np.int64(1), top_seniority, room, found,
        )  # fmt: skip
        for nu in range(top_seniority + 1):
            scale = load(found.scale, nu)
            near = where(scale < 500.0, scale, 0.0)
            rest = scale - near
            log_near = log_of(load(found.ground, nu) * power_of_two(near)) + log_beyond(
                load(found.relative, nu)
            )
            store(few, 0, fma(rest, LN2_HIGH, fma(rest, LN2_LOW, log_near)))
            for lane in range(end - start):
                i, here = order[start + lane], nu * LANES + lane
                log[i, nu] = number(few, lane)
                depth[i, nu] = number(found.depth, here)
                variance[i, nu] = number(found.variance, here)
                moment[i, nu] = number(found.moment, here)
                blocked[i, nu] = (pairs + 1 - nu) * number(found.lower, here)
        start = end
    return steps


# -- which points go together --------------------------------------------------------------------------


@inner
def counted(count):
    """0, 1, … count − 1; numpy's `arange` takes longer to compile than what is done with it."""
    numbers = np.empty(count, np.int64)
    for i in range(count):
        numbers[i] = i
    return numbers


@inner
def sorted_by(keys, items, count):
    """Items in the order of their keys 0 … count−1, those of one key in the order given."""
    place = np.empty(count + 1, np.int64)
    for key in range(count + 1):
        place[key] = 0
    for i in range(items.shape[0]):
        place[keys[items[i]] + 1] += 1
    for key in range(count):
        place[key + 1] += place[key]
    result = np.empty(items.shape[0], np.int64)
    for i in range(items.shape[0]):
        key = keys[items[i]]
        result[place[key]] = items[i]
        place[key] += 1
    return result


@inner
def end_of_group(ways, order, start):
    """End of the group from `start`: at most LANES of one way."""
    end = start + 1
    while end < min(start + LANES, order.shape[0]) and ways[order[end]] == ways[order[start]]:
        end += 1
    return end


@inner
def ratio(t, strength):
    """x = strength/t and what the double leaves out; infinite where the field has won."""
    if strength == 0.0:
        return 0.0, 0.0
    if t > 0.0 and strength / t < LARGE:
        x = strength / t
        return x, fma(-x, t, strength) / t
    return math.inf, 0.0


@inner
def coarse(x):
    """A number ≥ 0 rounded to a multiple of 2^SHARED_BITS units in its last place."""
    return of_bits((bits_of(x) + 2 ** (SHARED_BITS - 1)) & -(2**SHARED_BITS))


@inner
def weights_at(temperature, field, i, box):
    """(x₀, x − x₀, way) of a point: x₀ is x without its last bits, so that points whose ω/T differs by roundings
    alone share their weights, to be corrected to first order; it depends on the point and nothing else."""
    t = temperature[i]
    x, x_low = ratio(t, abs(field[i]))
    if not x < LARGE:
        return x, 0.0, way_of(x, t, box)
    x0 = coarse(x)
    return x0, (x - x0) + x_low, way_of(x0, t, box)


@inner
def each_apart(temperature, field, points, box):
    """As `gather`, every point a column of its own."""
    count = points.shape[0]
    away, shared, ways = np.empty(count), np.empty(count), np.empty(count, np.int64)
    for i in range(count):
        shared[i], away[i], ways[i] = weights_at(temperature, field, points[i], box)
    return counted(count), away, shared, ways


@inner
def gather(temperature, field, points, box):
    """The distinct x₀ of these points: (column of each point, its x − x₀, x₀ and way of each column), by hashing."""
    count = points.shape[0]
    columns, away = np.empty(count, np.int64), np.empty(count)
    shared, ways = np.empty(count), np.empty(count, np.int64)
    digits = 2
    while (1 << digits) < 2 * count:
        digits += 1
    table = counted(1 << digits)
    for empty in range(table.shape[0]):
        table[empty] = -1
    found = 0
    for i in range(count):
        x0, away[i], way = weights_at(temperature, field, points[i], box)
        mixed = np.uint64(bits_of(x0)) * np.uint64(0x9E3779B97F4A7C15)
        slot = np.int64(mixed >> np.uint64(64 - digits))
        while table[slot] >= 0 and not (shared[table[slot]] == x0 and ways[table[slot]] == way):
            slot = (slot + 1) % table.shape[0]
        if table[slot] < 0:
            table[slot] = found
            shared[found], ways[found] = x0, way
            found += 1
        columns[i] = table[slot]
    return columns, away, shared[:found], ways[:found]


@inner
def any_share(temperature, field, points, most, box):
    """Whether two points of a sample of at most so many share their weights."""
    count = points.shape[0]
    sample = counted(min(count, most))
    for i in range(sample.shape[0]):
        sample[i] = points[(i * 40503) % count]
    return gather(temperature, field, sample, box)[2].shape[0] < sample.shape[0]


@entry
def arrange(temperature, field, points, plan, most):
    """`gather` of these points, or `each_apart` if a sample of at most so many finds no two that share their weights.

    Where every x comes twice among 10⁶ points, the chance to miss that with `SAMPLE` is 2 %, and all that it costs is
    time.
    """
    box = box_of(plan)
    if any_share(temperature, field, points, most, box):
        return gather(temperature, field, points, box)
    return each_apart(temperature, field, points, box)


# -- the fused sum of one shell ------------------------------------------------------------------------


SUMS = (
    "ground_energy", "ground_energy_low", "log_sum", "excitation", "energy", "pair_energy", "moment",
    "moment_variance", "energy_variance", "connected", "mean_seniority",
)  # fmt: skip
MOMENT, ROWS = SUMS.index("moment"), len(SUMS)


class Points(NamedTuple):
    """One point in each lane."""

    temperature: Any
    strength: Any  # |ω|
    x: Any  # x₀ of its weights, 0 where it is infinite (nothing but top states then)
    away: Any  # x − x₀


class Lowest(NamedTuple):
    """The state from which energies and moments are measured, in each lane."""

    nu: Any
    pairs: Any  # (N−ν)(2M+2−N−ν)/4
    top: Any
    top_low: Any


@inner
def pair_number(pairs, electrons, nu):
    """−E_ν/G of eq. (4)."""
    return 0.25 * ((electrons - nu) * (2 * pairs + 2 - electrons - nu))


@inner
def level_distance(coupling, strength, lowest, count, top, top_low):
    """(E_ν − ωm_ν) − (E_ref − ωm_ref) = G·K − ω·J as a double-double, K and J without rounding."""
    gained_high, gained_low = two_sum(lowest.top, -top)
    gained_high, gained_low = two_sum(gained_high, gained_low + (lowest.top_low - top_low))
    return product_sum(coupling, lowest.pairs - count, strength, gained_high, gained_low)


@inner
def lowest_state(pairs, electrons, first, last, coupling, strength, tops, tops_low):
    """The ν in first, first+2, … last with the lowest E_ν − ωm_ν."""
    lowest = Lowest(
        spread(float(first)), spread(pair_number(pairs, electrons, first)),
        spread(number(tops, first)), spread(number(tops_low, first)),
    )  # fmt: skip
    for nu in range(first + 2, last + 1, 2):
        count = pair_number(pairs, electrons, nu)
        bound = coupling * (lowest.pairs - count)
        gained = strength * ((lowest.top - number(tops, nu)) + (lowest.top_low - number(tops_low, nu)))
        distance = bound + gained
        unsure = magnitude(distance) < 1e-13 * (magnitude(bound) + magnitude(gained))
        if in_any(unsure):
            high, low = level_distance(
                coupling, strength, lowest, count, number(tops, nu), number(tops_low, nu)
            )
            distance = where(unsure, high + low, distance)
        below = distance < 0.0
        lowest = Lowest(
            where(below, float(nu), lowest.nu), where(below, count, lowest.pairs),
            where(below, number(tops, nu), lowest.top), where(below, number(tops_low, nu), lowest.top_low),
        )  # fmt: skip
    return lowest


@inner
def linked_pairs(coupling, is_cold, turned, electrons, pairs, nu, lower):
    """The share of seniority ν in ⟨A⁺A⟩ − (N − ⟨b⟩)/2 by (D), divided by P(ν): one sign for each sign of G."""
    if coupling == 0.0:
        return spread(0.0)
    if coupling > 0.0:
        size = (0.25 * ((electrons - nu) * (2 * pairs - electrons - nu))) * (1.0 + lower)
        step = pairs - nu
    else:
        size = (-0.25 * ((electrons - nu + 2) * (2 * pairs - electrons - nu + 2))) * lower
        step = pairs + 2 - nu
    if is_cold:
        return size
    return size * decay_lost((abs(coupling) * step) * turned)


@inner
def exponent_of(high, low, t, turned):
    """(high + low)/t as a double and its low word, and where it is small enough to matter."""
    a = high / t
    matters = a < NEVER
    a = where(matters, a, 0.0)
    return a, where(matters, fma(-1.0 * a, t, high) + low, 0.0) * turned, matters


@inner
def lift_of(electrons, pairs, first, last, coupling, is_cold, tie, lowest, at, turned, tops, tops_low, found):
    """Power of two by which the sum of a point is scaled down, 0 where it is in range anyhow."""
    largest = spread(0.0)
    for nu in range(first, last + 1, 2):
        power = load(found.scale, nu)
        count = pair_number(pairs, electrons, nu)
        high, low = level_distance(
            coupling, at.strength, lowest, count, number(tops, nu), number(tops_low, nu)
        )
        if is_cold:
            matters = high <= tie
        else:
            a, _, matters = exponent_of(high, low, at.temperature, turned)
            power = power - nearest(a * PER_LN2)
        largest = where(matters, where(power > largest, power, largest), largest)
    return where(largest > LIFT_FROM, largest, 0.0)


@inner
def states_sum(electrons, box, coupling, energy, is_cold, at, found, room, result):
    """Z and all averages of N electrons (eqs. 4–10), one point in each lane, into the rows of `result`.

    Energies and moments are measured from the lowest state, and a mean is known before its variance is summed.
    """
    pairs, tops, tops_low = box.pairs, box.tops, box.tops_low
    first, last = electrons % 2, min(electrons, 2 * pairs - electrons)
    t, strength, x, away = at
    chances, gains, excitations = room.brace, room.mean, room.width
    turned = 1.0 / where(t > SMALL, t, SMALL)
    lowest = lowest_state(pairs, electrons, first, last, coupling, strength, tops, tops_low)
    lowest_depth = fma(-1.0 * away, pick(found.variance, lowest.nu), pick(found.depth, lowest.nu))
    tie = TIE_ULPS * (abs(coupling) * pair_number(pairs, electrons, first) + strength * number(tops, last))
    lift = spread(0.0)
    if in_any(load(found.scale, last) > LIFT_FROM):
        lift = lift_of(
            electrons, pairs, first, last, coupling, is_cold, tie, lowest, at, turned, tops, tops_low, found
        )
    rest, lowest_chance = spread(0.0), spread(0.0)
    sum_pair, sum_moment, sum_unpaired = spread(0.0), spread(0.0), spread(0.0)
    sum_linked, sum_gain, sum_excited = spread(0.0), spread(0.0), spread(0.0)
    # Boltzmann weights relative to the lowest state, and the means …
    for nu in range(first, last + 1, 2):
        count = pair_number(pairs, electrons, nu)
        high, low = level_distance(coupling, strength, lowest, count, number(tops, nu), number(tops_low, nu))
        weight, scale = load(found.weight, nu), load(found.scale, nu)
        deep = load(found.depth, nu)
        depth = fma(-1.0 * away, load(found.variance, nu), deep)
        power = scale - lift
        if is_cold:
            matters = high <= tie
            excited = strength * depth
        else:
            a, a_low, matters = exponent_of(high, low, t, turned)
            k, s = exponential(-1.0 * a)
            power = power + k
            weight = fma(-1.0 * weight, a_low + deep * away, weight)
            weight = fma(weight, s, weight)
            excited = a + x * depth
        chance = where(matters, times_power(weight, power), 0.0)
        gain = ((number(tops, nu) - lowest.top) + (number(tops_low, nu) - lowest.top_low)) - (
            depth - lowest_depth
        )
        store(chances, nu, chance)
        store(gains, nu, gain)
        store(excitations, nu, excited)
        is_lowest = lowest.nu == float(nu)
        rest = rest + where(is_lowest, 0.0, chance)
        lowest_chance = where(is_lowest, chance, lowest_chance)
        moment = fma(away, load(found.variance, nu), load(found.moment, nu))
        lower = fma(away, load(found.lower_slope, nu), load(found.lower, nu))
        sum_pair = fma(chance, count, sum_pair)
        sum_moment = fma(chance, moment, sum_moment)
        sum_unpaired = fma(chance, float(nu), sum_unpaired)
        linked = linked_pairs(coupling, is_cold, turned, electrons, pairs, nu, lower)
        sum_linked = fma(chance, linked, sum_linked)
        sum_gain = fma(chance, gain, sum_gain)
        sum_excited = fma(chance, excited, sum_excited)
    total = rest + lowest_chance
    share = 1.0 / total
    mean_pair, mean_moment = sum_pair * share, sum_moment * share
    mean_gain, mean_excited = sum_gain * share, sum_excited * share
    # … then the variances about them
    var_moment, var_energy = spread(0.0), spread(0.0)
    for nu in range(first, last + 1, 2):
        chance = load(chances, nu) * share
        store(chances, nu, chance)
        variance = fma(-1.0 * away, load(found.slope, nu), load(found.variance, nu))
        off = load(gains, nu) - mean_gain
        var_moment = fma(chance, fma(off, off, variance), var_moment)
        off = load(excitations, nu) - mean_excited
        var_energy = fma(chance, fma(off, off, x * (x * variance)), var_energy)
    unit = where(t > 0.0, t, 1.0)
    if is_cold:
        var_energy = spread(0.0)
    base, base_low = product_sum(-coupling, lowest.pairs, -1.0 * strength, lowest.top, lowest.top_low)
    filled, filled_low = two_product(energy, float(electrons))
    high, low = two_sum(base, filled)
    high, low = two_sum(high, low + (base_low + filled_low))
    store(result, 0, high)
    store(result, 1, low)
    ground, relative = pick(found.ground, lowest.nu), pick(found.relative, lowest.nu)
    power = pick(found.scale, lowest.nu)
    power = where(lift > 0.0, 0.0, power)
    ground = ground * power_of_two(power)
    beyond = rest / ground
    beyond = beyond + (relative - (1.0 + relative) * (pick(found.depth, lowest.nu) * away))
    logarithm = log_of(ground) + log_beyond(where(lift > 0.0, 0.0, beyond))
    logarithm = where(lift > 0.0, log_of(total), logarithm)
    store(result, 2, fma(lift, LN2_HIGH, fma(lift, LN2_LOW, logarithm)))
    store(result, 3, mean_excited * unit)
    store(result, 4, energy * float(electrons) - (coupling * mean_pair + strength * mean_moment))
    store(result, 5, -coupling * mean_pair)
    store(result, 6, mean_moment)
    store(result, 7, var_moment)
    store(result, 8, var_energy * unit * unit)
    store(result, 9, sum_linked * share)
    store(result, 10, sum_unpaired * share)


@inner
def copy_columns(found, picked, source, first, stride, top_seniority):
    """Tables with that column of `found` in each lane which `source`, an address, has for it."""
    for nu in range(first, top_seniority + 1, stride):
        for table, copy in zip(found, picked):  # noqa: B905
            store(copy, nu, collect(table + 8 * LANES * nu, source))


@entry
def single_shell_sum(
    temperature, field, points, arranged, numbers, coupling, energy, plan, moments_of_any_kind, top_seniority,
    memory, sums, seniority,
):  # fmt: skip
    """Z and all averages of one shell (eqs. 4–10) at the points (temperature[i], field[i]), i in `points`.

    For every N in `numbers`, into `sums` (11, K, X), whose rows are the fields of `FixedNumber` in the order of
    `SUMS`, and `seniority` (K, X, V). `arranged` is what `arrange` says of the points, or four empty arrays where
    there are too few for that to be worth it. Returns the steps of the recurrences, those of each distinct x once.
    """
    box, size = box_of(plan), temperature.shape[0]
    pairs = box.pairs
    first, stride = np.int64(numbers[0] % 2), np.int64(2)
    for electrons in numbers:
        if electrons % 2 != first:
            first, stride = np.int64(0), np.int64(1)
    columns, away, shared, ways = arranged
    if columns.shape[0] != points.shape[0]:
        columns, away, shared, ways = each_apart(temperature, field, points, box)
    order = sorted_by(ways, counted(shared.shape[0]), np.int64(WAYS))
    rank, finite = np.empty(order.shape[0], np.int64), np.empty(order.shape[0])
    for rung in range(order.shape[0]):
        rank[order[rung]] = rung
        x0 = shared[order[rung]]
        finite[rung] = x0 if x0 < LARGE else 0.0
    for i in range(columns.shape[0]):
        columns[i] = rank[columns[i]]
    sequence = order
    if shared.shape[0] < points.shape[0]:
        sequence = sorted_by(columns, counted(points.shape[0]), order.shape[0])
    found, end = tables(aligned(memory), top_seniority + 1)
    picked, end = tables(end, top_seniority + 1)
    room, result = work(end, pairs)
    source, held = np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    for lane in range(LANES):
        source[lane], held[lane] = 0, 0
    group, inside, column = np.empty(LANES, np.int64), np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    steps = start = past = np.int64(0)
    while start < order.shape[0]:  # a group of columns …
        end = end_of_group(ways, order, start)
        way = ways[order[start]]
        for lane in range(LANES):
            column[lane] = order[min(start + lane, end - 1)]
        steps += (end - start) * shell_weights(
            collect(address(shared), address(column)), way, box, moments_of_any_kind, first, stride,
            top_seniority, room, found,
        )  # fmt: skip
        place, past = past, past + (end - start)
        while past < sequence.shape[0] and columns[sequence[past]] < end:
            past += 1
        one_each = past - place == end - start
        held[0] = -1
        while place < past:  # … and in groups, all the points on them
            until = min(place + LANES, past)
            same = True
            for lane in range(LANES):
                i = sequence[min(place + lane, until - 1)]
                inside[lane], group[lane], column[lane] = i, points[i], columns[i]
                if not one_each:
                    source[lane] = columns[i] - start
                    same = same and source[lane] == held[lane]
            used = found
            if not one_each:
                used = picked
                if not same:
                    copy_columns(found, picked, address(source), first, stride, top_seniority)
                    for lane in range(LANES):
                        held[lane] = source[lane]
            at = Points(
                collect(address(temperature), address(group)), magnitude(collect(address(field), address(group))),
                collect(address(finite), address(column)), collect(address(away), address(inside)),
            )  # fmt: skip
            for k in range(numbers.shape[0]):
                electrons = numbers[k]
                states_sum(electrons, box, coupling, energy, way % 2 == COLD, at, used, room, result)
                for lane in range(until - place):
                    i = group[lane]
                    to, step = address(sums) + 8 * (k * size + i), numbers.shape[0] * size
                    for row in range(ROWS):
                        put(to, row * step, number(result, row * LANES + lane))
                    put(
                        to,
                        MOMENT * step,
                        math.copysign(1.0, field[i]) * number(result, MOMENT * LANES + lane),
                    )
                    row = address(seniority) + 8 * (k * size + i) * seniority.shape[2]
                    for nu in range(electrons % 2, min(electrons, 2 * pairs - electrons) + 1, 2):
                        put(row, nu, number(room.brace, nu * LANES + lane))
            place = until
        start = end
    return steps
