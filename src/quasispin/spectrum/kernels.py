"""Every compiled loop of the exact ensembles, in one file.

One file, because numba's cache does not see that a callee in another file was edited. Nothing here
is imported before it is needed: compilation and its cache belong to the first call.

The letters are those of `weights.py`, which derives what is done here. All weights are measured from
the top moment, D_ν = e^{x·top} d_ν, d_ν = Σ_j c_j q^j with q = e^{−x} and every c_j ≥ 0. Compensated
arithmetic (`two_sum`, `two_product`) needs exact IEEE order: no fastmath anywhere.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
SERIES_FROM = 2.772588722239781  # sx above which q^s < 1/16 and the series about q = 0 is used
HUGE = 1e200
NEVER = 2.0e5  # a Boltzmann exponent beyond which a state never matters (degeneracies stay below 4^M)
RESCALE = 2.0**400
TIE_ULPS = 8.0 * 2.0**-52


def _fused(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """a·b + c with one rounding."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


fma: Any = intrinsic(_fused)


@njit(cache=True, nogil=True, error_model="numpy")
def two_sum(a, b):
    """a + b = high + low, exactly (Knuth)."""
    high = a + b
    part = high - a
    return high, (a - (high - part)) + (b - part)


@njit(cache=True, nogil=True, error_model="numpy")
def two_product(a, b):
    """a·b = high + low, exactly."""
    high = a * b
    return high, fma(a, b, -high)


@njit(cache=True, nogil=True, error_model="numpy")
def product_sum(a, b, c, d_high, d_low):
    """a·b + c·(d_high + d_low) as a double-double, accurate even where the products cancel."""
    p, p_low = two_product(a, b)
    r, r_low = two_product(c, d_high)
    high, low = two_sum(p, r)
    low += p_low + (r_low + c * d_low)
    return two_sum(high, low)


@njit(cache=True, nogil=True, error_model="numpy")
def quotient(high, low, divisor):
    """(high + low)/divisor as a double-double."""
    ratio = high / divisor
    return ratio, (fma(-ratio, divisor, high) + low) / divisor


# -- weights of one shell at one x -------------------------------------------------------------------


@njit(cache=True, nogil=True, error_model="numpy")
def q_numbers(count, y, y_low, centred, brace, mean, variance):
    """[n] = sinh(ny/2)/sinh(y/2), n = 0 … count, as a distribution over its n terms e^{−jy} from the top.

    brace = Σ_{j<n} e^{−jy}; mean = ⟨j⟩, or the mean measured from the centre (n−1)/2 if `centred`;
    variance of j. Term by term, so that nothing is subtracted.
    """
    q = math.exp(-y) * (1.0 - y_low)
    step = -math.expm1(-y) + y_low * q  # 1 − q
    # q^n and the sums with low words: their roundings would recur in every step of (A), 10⁻¹² at M = 1001
    high, low = two_sum(1.0, -step) if y < 0.5 else (q, 0.0)
    power, power_low = 1.0, 0.0  # q^n
    lost, lost_low = 0.0, 0.0  # 1 − q^n
    total, total_low = 0.0, 0.0
    brace[0] = mean[0] = variance[0] = 0.0
    depth = 0.0
    for n in range(1, count + 1):
        total, error = two_sum(total, power)
        total_low += error + power_low
        brace[n] = total + total_low
        share = power / brace[n]
        away = (n - 1) - depth
        variance[n] = (1.0 - share) * (variance[n - 1] + share * away * away)
        depth += share * away
        mean[n] = depth
        if centred:  # [n] = [n−2] + 2cosh((n−1)y/2)
            inner = 0.0
            if n > 2:
                inner = (high * brace[n - 2] + low * brace[n - 2]) * mean[n - 2]
            mean[n] = (inner - 0.5 * (n - 1) * (lost + lost_low)) / brace[n]
        lost, error = two_sum(lost, power * step)
        lost_low += error
        correction = power * low + power_low * high
        power, power_low = two_product(power, high)
        power_low += correction


@njit(cache=True, nogil=True, error_model="numpy")
def ladder_series(y, y_low, step, top_seniority, series, scale, degeneracy, excess, depth, variance):
    """d_ν and its moments from the first coefficients c_j, in powers of q^s = e^{−y} < 1/16."""
    q = math.exp(-y) * (1.0 - y_low)
    terms = min(series.shape[1] - 1, int(40.0 / y) + 6)
    for nu in range(top_seniority + 1):
        zeroth = first = second = 0.0
        for j in range(terms, 0, -1):
            zeroth = (zeroth + series[nu, j]) * q
            first = (first + j * series[nu, j]) * q
            second = (second + j * j * series[nu, j]) * q
        ground = series[nu, 0]
        total = ground + zeroth
        degeneracy[nu] = ground
        excess[nu] = zeroth / ground
        scale[nu] = 0
        average = first / total
        depth[nu] = step * average
        variance[nu] = step * step * (second / total - average * average)
    return (top_seniority + 1) * terms


@njit(cache=True, nogil=True, error_model="numpy")
def ladder_recurrence(
    x, x_low, pairs, step, top_seniority, shift, half_log, tops, ground, brace, mean, width,
    scale, degeneracy, excess, depth, variance, moment,
):  # fmt: skip
    """d_ν, ν = 0 … top_seniority, by (A) for a ladder of M+1 pairs and (B) back to M pairs."""
    larger = pairs + 1
    centred = x * (0.5 * step * pairs + 1.0) < 1.5
    q_numbers(2 * larger + 2, step * x, step * x_low, centred, brace, mean, width)
    q = math.exp(-x) * (1.0 - x_low)
    q2 = q * q
    spin = 1.0 + q2
    spin_mean = 2.0 * q2 / spin
    if centred:
        spin_mean = (math.expm1(-2.0 * x) - 2.0 * x_low * q2) / spin
    spin_variance = 4.0 * q2 / (spin * spin)
    step2 = step * step
    last, before = 1.0, 0.0  # Φ_{ν−1}, Φ_{ν−2} of the larger ladder, without 2^exponent
    last_mean = before_mean = last_var = before_var = 0.0
    relative = 0.0
    ground_last = 1.0
    exponent = 0
    for nu in range(top_seniority + 1):
        value, value_mean, value_var = last, last_mean, last_var
        if nu > 0:
            n1, n2 = larger + 1 - nu, 2 * larger + 2 - nu
            one = spin * math.exp(-shift[nu, 0] * x) * brace[n1] * last
            two = 0.0
            one_mean = spin_mean + step * mean[n1] + last_mean
            one_var = spin_variance + step2 * width[n1] + last_var
            two_mean = two_var = 0.0
            if nu > 1:
                two = math.exp(-shift[nu, 1] * x) * brace[n2] * before
                two_mean = step * mean[n2] + before_mean
                two_var = step2 * width[n2] + before_var
            if not centred:
                one_mean += shift[nu, 0]
                two_mean += shift[nu, 1]
            total = one + two
            share = two / total
            gap = two_mean - one_mean
            value = total / brace[nu]
            value_mean = one_mean + share * gap - step * mean[nu]
            value_var = (
                (1.0 - share) * one_var + share * (two_var + (1.0 - share) * gap * gap) - step2 * width[nu]
            )
            if step == 0:  # all top states have one moment: carry d/c_0 − 1 itself
                ground_last *= n1 / nu
                relative = relative + q2 * (1.0 + relative) + two / (nu * ground_last)
            if value > RESCALE:
                value /= RESCALE
                last /= RESCALE
                ground_last /= RESCALE
                exponent += 400
            before, before_mean, before_var = last, last_mean, last_var
            last, last_mean, last_var = value, value_mean, value_var
        part = brace[pairs + 1 - nu] / brace[pairs + 1]
        here_mean = value_mean + step * (mean[pairs + 1 - nu] - mean[pairs + 1])
        scale[nu] = exponent
        variance[nu] = max(value_var + step2 * (width[pairs + 1 - nu] - width[pairs + 1]), 0.0)
        degeneracy[nu] = math.ldexp(ground[nu], half_log[nu] - exponent)
        excess[nu] = relative if step == 0 else part * value / degeneracy[nu] - 1.0
        if not excess[nu] < HUGE:  # too far from the top states for them to matter
            degeneracy[nu], excess[nu] = part * value, 0.0
        if centred:
            moment[nu] = -here_mean
            depth[nu] = tops[nu] + here_mean
        else:
            moment[nu] = tops[nu] - here_mean
            depth[nu] = here_mean
    return 2 * larger + 2 + top_seniority


@njit(cache=True, nogil=True, error_model="numpy")
def pair_recurrence(
    x, x_low, moments, top_seniority, half_log, tops, value, ground, relative, factor, both,
    scale, degeneracy, excess, depth, variance, moment,
):  # fmt: skip
    """d_ν by adding the pairs one by one, D_ν ← D_ν + 2cosh(x m_k) D_{ν−1} + D_{ν−2}; O(M·ν), any moments.

    Kept as value·2^half_log; `ground` is the coefficient c_0, `relative` d/c_0 − 1.
    """
    pairs = moments.shape[0]
    centred = x * moments[0] < 1.0
    steps = 0
    for nu in range(top_seniority + 1):
        value[nu] = ground[nu] = relative[nu] = depth[nu] = variance[nu] = 0.0
        factor[nu] = 1.0
        both[nu] = 1.0
        if nu > 1:
            sum_ = moments[nu - 1] + moments[nu - 2]
            both[nu] = boltzmann(x, x_low, sum_)
    value[0] = ground[0] = 1.0
    for k in range(1, pairs + 1):
        m = moments[k - 1]
        h = boltzmann(x, x_low, 2.0 * m)
        spin = 1.0 + h
        spin_var = 4.0 * h / (spin * spin) * m * m
        spin_mean = m * math.expm1(-2.0 * x * m) / spin if centred else 2.0 * m * h / spin
        gap_factor = 1.0
        if k > 1:
            gap_factor = boltzmann(x, x_low, moments[k - 2] - m)
        for nu in range(min(k, top_seniority), 0, -1):
            steps += 1
            down = math.ldexp(1.0, half_log[nu - 1] - half_log[nu])
            if nu < k:
                factor[nu] *= gap_factor
            shift = moments[nu - 1] - m
            weight = down * factor[nu]
            a0, a1, a2 = value[nu], weight * spin * value[nu - 1], 0.0
            mean1 = spin_mean + depth[nu - 1]
            mean2 = shift2 = 0.0
            var2 = 0.0
            if nu > 1:
                a2 = math.ldexp(both[nu] * value[nu - 2], half_log[nu - 2] - half_log[nu])
                mean2, var2 = depth[nu - 2], variance[nu - 2]
                shift2 = moments[nu - 1] + moments[nu - 2]
            if not centred:
                mean1 += shift
                mean2 += shift2
            # the part beyond the top states, each term with its own
            lowest = ground[nu]
            beyond = ground[nu] * relative[nu]
            if shift == 0.0:
                from_last = down * ground[nu - 1]
                if m == 0.0:
                    lowest += 2.0 * from_last
                    beyond += 2.0 * from_last * relative[nu - 1]
                else:
                    lowest += from_last
                    beyond += from_last * (relative[nu - 1] + h * (1.0 + relative[nu - 1]))
            else:
                beyond += a1
            if shift2 == 0.0 and nu > 1:
                from_before = math.ldexp(ground[nu - 2], half_log[nu - 2] - half_log[nu])
                lowest += from_before
                beyond += from_before * relative[nu - 2]
            else:
                beyond += a2
            total = a0 + a1 + a2
            s0, s1, s2 = a0 / total, a1 / total, a2 / total
            mean0 = depth[nu]
            average = s0 * mean0 + s1 * mean1 + s2 * mean2
            d0, d1, d2 = mean0 - average, mean1 - average, mean2 - average
            variance[nu] = (
                s0 * (variance[nu] + d0 * d0)
                + s1 * (variance[nu - 1] + spin_var + d1 * d1)
                + s2 * (var2 + d2 * d2)
            )
            depth[nu] = average
            value[nu] = total
            ground[nu] = lowest
            relative[nu] = beyond / lowest
    for nu in range(top_seniority + 1):
        scale[nu] = half_log[nu]
        degeneracy[nu], excess[nu] = ground[nu], relative[nu]
        if not excess[nu] < HUGE:  # too far from the top states for them to matter
            degeneracy[nu], excess[nu] = value[nu], 0.0
        if centred:
            moment[nu] = -depth[nu]
            depth[nu] += tops[nu]
        else:
            moment[nu] = tops[nu] - depth[nu]
    return steps


@njit(cache=True, nogil=True, error_model="numpy")
def boltzmann(x, x_low, distance):
    """e^{−x·distance}, 1 at distance 0 even where x is infinite."""
    if distance == 0.0:
        return 1.0
    return math.exp(-x * distance) * (1.0 - x_low * distance)


@njit(cache=True, nogil=True, error_model="numpy")
def shell_weights(
    x, x_low, moments, step, top_seniority, shift, half_log, series, tops, work,
    scale, degeneracy, excess, depth, variance, moment,
):  # fmt: skip
    """All weights of one shell at one x, by the way that its moments allow: the steps it took."""
    pairs = moments.shape[0]
    if step < 0:
        return pair_recurrence(
            x, x_low, moments, top_seniority, half_log, tops, work[0], work[1], work[2], work[3], work[4],
            scale, degeneracy, excess, depth, variance, moment,
        )  # fmt: skip
    if step > 0 and step * x >= SERIES_FROM:
        steps = ladder_series(
            step * x, step * x_low, step, top_seniority, series, scale, degeneracy, excess, depth, variance
        )
        for nu in range(top_seniority + 1):
            moment[nu] = tops[nu] - depth[nu]
        return steps
    if x > 700.0:
        x, x_low = 1e6, 0.0  # e^{−2x} vanishes; keeps x·0 a number where x is infinite
    return ladder_recurrence(
        x, x_low, pairs, step, top_seniority, shift, half_log, tops, series[:, 0], work[0], work[1], work[2],
        scale, degeneracy, excess, depth, variance, moment,
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def lower_share(x, x_low, moments, top_seniority, scale, degeneracy, excess, share):
    """Φ_{ν−2}/D_ν from Φ_{ν−2} = D_{ν−2} + Φ_{ν−4}; times M+1−ν it is ⟨p⟩_ν of (C)."""
    for nu in range(min(2, top_seniority + 1)):
        share[nu] = 0.0
    for nu in range(2, top_seniority + 1):
        ratio = degeneracy[nu - 2] * (1.0 + excess[nu - 2]) / (degeneracy[nu] * (1.0 + excess[nu]))
        ratio = math.ldexp(ratio, scale[nu - 2] - scale[nu])
        share[nu] = ratio * boltzmann(x, x_low, moments[nu - 1] + moments[nu - 2]) * (1.0 + share[nu - 2])


@njit(cache=True, nogil=True, error_model="numpy")
def weights_on_grid(
    x, moments, step, top_seniority, shift, half_log, series, tops,
    logarithm, depth, variance, moment, blocked,
):  # fmt: skip
    """`shell_weights` for every x ≥ 0 (infinite allowed); outputs of shape (X, V)."""
    size = top_seniority + 1
    work = np.empty((5, 2 * moments.shape[0] + 8))
    scale = np.empty(size, np.int64)
    degeneracy = np.empty(size)
    excess = np.empty(size)
    steps = 0
    for i in range(x.shape[0]):
        steps += shell_weights(
            x[i], 0.0, moments, step, top_seniority, shift, half_log, series, tops, work,
            scale, degeneracy, excess, depth[i], variance[i], moment[i],
        )  # fmt: skip
        lower_share(x[i], 0.0, moments, top_seniority, scale, degeneracy, excess, blocked[i])
        for nu in range(size):
            blocked[i, nu] *= moments.shape[0] + 1 - nu
            logarithm[i, nu] = math.log(degeneracy[nu]) + scale[nu] * math.log(2.0) + math.log1p(excess[nu])
    return steps


# -- the fused sum of one shell ------------------------------------------------------------------------


@njit(cache=True, nogil=True, error_model="numpy")
def lowest_state(coupling, field, pair_numbers, tops_high, tops_low, first, last):
    """The ν in first, first+2, … last with the lowest E_ν − ωm_ν; differences formed as double-doubles."""
    best = first
    for nu in range(first + 2, last + 1, 2):
        high, low = level_distance(coupling, field, pair_numbers, tops_high, tops_low, best, nu)
        if high + low < 0.0:
            best = nu
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def level_distance(coupling, field, pair_numbers, tops_high, tops_low, reference, nu):
    """(E_ν − ωm_ν) − (E_ref − ωm_ref) = G·K − ω·J as a double-double, K and J without rounding."""
    gained_high, gained_low = two_sum(tops_high[reference], -tops_high[nu])
    gained_low += tops_low[reference] - tops_low[nu]
    gained_high, gained_low = two_sum(gained_high, gained_low)
    return product_sum(coupling, pair_numbers[reference] - pair_numbers[nu], field, gained_high, gained_low)


@njit(cache=True, nogil=True, error_model="numpy")
def single_shell_sum(
    temperature, field, numbers, coupling, energy, moments, step, top_seniority, shift, half_log, series,
    tops, tops_low,
    ground_energy, ground_low, log_sum, excitation, mean_energy, pair_energy, mean_moment, moment_variance,
    energy_variance, connected, mean_seniority, seniority,
):  # fmt: skip
    """Z and all averages of one shell (eqs. 4–10) for every point and every N in `numbers`.

    Points are (temperature[i], |field|[i]); outputs have shape (K, X), `seniority` (K, X, M+1). Energies
    and moments are measured from the lowest state, and a mean is known before its variance is summed.
    """
    pairs = moments.shape[0]
    size = top_seniority + 1
    work = np.empty((5, 2 * pairs + 8))
    scale = np.empty(size, np.int64)
    degeneracy, excess, depth = np.empty(size), np.empty(size), np.empty(size)
    variance, moment, lower = np.empty(size), np.empty(size), np.empty(size)
    distance, exponent, chance = np.empty(size), np.empty(size), np.empty(size)
    binary = np.empty(size, np.int64)
    pair_numbers = np.empty(size)
    steps = 0
    for i in range(temperature.shape[0]):
        t, strength = temperature[i], abs(field[i])
        x, x_low = 0.0, 0.0
        if strength > 0.0:
            if t > 0.0 and strength / t < 1e300:
                x, x_low = quotient(strength, 0.0, t)
            else:
                x = math.inf
        steps += shell_weights(
            x, x_low, moments, step, top_seniority, shift, half_log, series, tops, work,
            scale, degeneracy, excess, depth, variance, moment,
        )  # fmt: skip
        lower_share(x, x_low, moments, top_seniority, scale, degeneracy, excess, lower)
        for k in range(numbers.shape[0]):
            electrons = numbers[k]
            first, last = electrons % 2, min(electrons, 2 * pairs - electrons)
            for nu in range(first, last + 1, 2):
                pair_numbers[nu] = (electrons - nu) * (2 * pairs + 2 - electrons - nu) // 4
            best = lowest_state(coupling, strength, pair_numbers, tops, tops_low, first, last)
            # Boltzmann weights relative to the lowest state, as chance·2^binary
            largest = -(2**62)
            for nu in range(first, last + 1, 2):
                high, low = level_distance(coupling, strength, pair_numbers, tops, tops_low, best, nu)
                distance[nu] = high
                chance[nu] = degeneracy[nu] * (1.0 + excess[nu])
                binary[nu] = scale[nu]
                if t > 0.0:
                    a, a_low = quotient(high, low, t)
                    exponent[nu] = a
                    if not a < NEVER:
                        chance[nu] = 0.0
                        continue
                    twos = np.int64(math.floor(a / LN2_HIGH + 0.5))
                    rest = a - twos * LN2_HIGH - twos * LN2_LOW
                    chance[nu] *= math.exp(-rest) * (1.0 - a_low)
                    binary[nu] -= twos
                else:
                    exponent[nu] = 0.0
                    size_of = TIE_ULPS * (abs(coupling) * pair_numbers[first] + strength * tops[last])
                    if high > size_of:
                        chance[nu] = 0.0
                        continue
                    distance[nu] = 0.0
                if chance[nu] > 0.0:
                    largest = max(largest, binary[nu])
            lift = 0
            if largest > 900:
                lift = largest
            rest_sum = 0.0
            for nu in range(first, last + 1, 2):
                if chance[nu] > 0.0:
                    chance[nu] = math.ldexp(chance[nu], binary[nu] - lift)
                if nu != best:
                    rest_sum += chance[nu]
            total = rest_sum + chance[best]
            if lift == 0:
                lowest = math.ldexp(degeneracy[best], scale[best])
                log_sum[k, i] = math.log(lowest) + math.log1p(excess[best] + rest_sum / lowest)
            else:
                log_sum[k, i] = math.log(total) + lift * LN2_HIGH + lift * LN2_LOW
            # first the means …
            sum_pair = sum_moment = sum_gain = sum_excited = sum_linked = sum_unpaired = 0.0
            for nu in range(first, last + 1, 2):
                p = chance[nu] / total
                chance[nu] = p
                seniority[k, i, nu] = p
                if p == 0.0:
                    continue
                sum_pair += p * pair_numbers[nu]
                sum_moment += p * moment[nu]
                sum_unpaired += p * nu
                sum_linked += p * linked_pairs(coupling, t, electrons, pairs, nu, lower[nu])
                if nu != best:
                    sum_gain += p * moment_distance(tops, tops_low, depth, best, nu)
                if t > 0.0:
                    sum_excited += p * (exponent[nu] + scaled_depth(x, depth[nu]))
                else:
                    sum_excited += p * strength * depth[nu]
            # … then the variances about them
            var_moment = var_energy = 0.0
            for nu in range(first, last + 1, 2):
                p = chance[nu]
                if p == 0.0:
                    continue
                off = moment_distance(tops, tops_low, depth, best, nu) - sum_gain
                var_moment += p * (variance[nu] + off * off)
                if t > 0.0:
                    off = exponent[nu] + scaled_depth(x, depth[nu]) - sum_excited
                    var_energy += p * (scaled_depth(x, scaled_depth(x, variance[nu])) + off * off)
            base, base_low = product_sum(-coupling, pair_numbers[best], -strength, tops[best], tops_low[best])
            filled, filled_low = two_product(energy, float(electrons))
            high, low = two_sum(base, filled)
            ground_energy[k, i], ground_low[k, i] = two_sum(high, low + (base_low + filled_low))
            scale_t = t if t > 0.0 else 1.0
            excitation[k, i] = sum_excited * scale_t
            energy_variance[k, i] = var_energy * scale_t * scale_t
            pair_energy[k, i] = -coupling * sum_pair
            mean_moment[k, i] = math.copysign(1.0, field[i]) * sum_moment
            moment_variance[k, i] = var_moment
            mean_energy[k, i] = -coupling * sum_pair - strength * sum_moment + energy * electrons
            connected[k, i] = sum_linked
            mean_seniority[k, i] = sum_unpaired
    return steps


@njit(cache=True, nogil=True, error_model="numpy")
def linked_pairs(coupling, temperature, electrons, pairs, nu, lower):
    """The share of seniority ν in ⟨A⁺A⟩ − (N − ⟨b⟩)/2 by (D), divided by P(ν): one sign for each sign of G."""
    if coupling == 0.0:
        return 0.0
    if coupling > 0.0:
        size, step = 0.25 * ((electrons - nu) * (2 * pairs - electrons - nu)) * (1.0 + lower), pairs - nu
    else:
        up = 0.25 * ((electrons - nu + 2) * (2 * pairs - electrons - nu + 2))
        size, step = -up * lower, pairs + 2 - nu
    if temperature == 0.0 or size == 0.0:
        return size
    return size * -math.expm1(-abs(coupling) * step / temperature)


@njit(cache=True, nogil=True, error_model="numpy")
def moment_distance(tops, tops_low, depth, reference, nu):
    """⟨m⟩_ν − ⟨m⟩_ref, the two top moments subtracted without rounding."""
    return ((tops[nu] - tops[reference]) + (tops_low[nu] - tops_low[reference])) - (
        depth[nu] - depth[reference]
    )


@njit(cache=True, nogil=True, error_model="numpy")
def scaled_depth(x, depth):
    """x·depth, 0 at depth 0 even where x is infinite."""
    if depth == 0.0:
        return 0.0
    return x * depth
