"""Compiled loops of the statistical sum over many shells: states of a block, tuples of a class, classes at a point.

What is summed and why in this way is said in `general_sum.py`. The points of one temperature are taken some at a
time, side by side as *lanes* of the innermost loop; tables that depend on T alone are numbers there. What happens
to one lane never depends on its neighbours or on their number: every point has the same digits in any company. For
this, and for the precision, there is no fastmath anywhere; inner loops are short and name few arrays, which lets
the compiler see that they can be done in parallel.
"""

from __future__ import annotations

import math

import numpy as np

from quasispin.compiled.arithmetic import exp
from quasispin.compiled.jit import entry, inner
from quasispin.compiled.lanes import fma

(
    GROUND, GROUND_LOW, LOG_SUM, EXCITATION, ENERGY, PAIR, MOMENT, MOMENT_VARIANCE, ENERGY_VARIANCE, CONNECTED, SCALARS
) = range(11)  # fmt: skip
"""Rows of the first output of `points_sum`: the fields of a `FixedNumber` that are one number at each point."""
MEAN_ENERGY, SPREAD, PAIR_ENERGY, LINKED, SHELLS = range(5)
"""Columns of the table of averages within a class: ⟨E⟩, Var E, ⟨pair energy⟩, ⟨A⁺A⟩ − moving pairs, then per shell."""
LANES = 64
"""Points that are summed side by side at most."""
CLASSES = 32
"""Classes that go through all steps of a sum together, while they are in the fastest memory."""

LEAST = 5e-324  # in the place of T = 0: every level above the lowest is infinitely far in units of it


# -- the states of one block ---------------------------------------------------------------------------


@entry
def block_sums(energy, pairing, pairs, field, temperature, tie, index, found):
    """Averages over the E states of a block at H temperatures, into [h, index] of `found`, a `BlockAverages`.

    `pairing` has the shape (E,), `pairs` (E, R) and `field` (E, Q). At T = 0 levels nearer than `tie` are one.
    """
    states = energy.shape[0]
    share = np.empty(states)
    for h in range(temperature.shape[0]):
        divisor = temperature[h] if temperature[h] > 0.0 else LEAST
        same = tie if temperature[h] == 0.0 else 0.0
        for e in range(states):
            share[e] = exp(-beyond(energy[e] - energy[0], same) / divisor)
        rest = total_of(share[1:])
        total = 1.0 + rest
        average = middle = paired = 0.0
        for e in range(states):
            share[e] /= total
            average += share[e] * beyond(energy[e] - energy[0], same)
            paired += share[e] * pairing[e]
        for e in range(states):
            off = beyond(energy[e] - energy[0], same) - average
            middle += share[e] * (off * off)
        found.others[h, index], found.mean[h, index], found.variance[h, index] = rest, average, middle
        found.pairing[h, index] = paired
        weighted(share, pairs, found.pairs[h, index])
        weighted(share, field, found.field[h, index])


@inner
def beyond(distance, tie):
    """A distance ≥ 0 of levels, 0 if it is not larger than `tie`."""
    return distance if distance > tie else 0.0


@inner
def total_of(terms):
    """The sum, four terms apart: a quarter of the roundings and of the wait for each."""
    a = b = c = d = 0.0
    whole = terms.shape[0] // 4 * 4
    for i in range(0, whole, 4):
        a += terms[i]
        b += terms[i + 1]
        c += terms[i + 2]
        d += terms[i + 3]
    for i in range(whole, terms.shape[0]):
        a += terms[i]
    return (a + b) + (c + d)


@inner
def weighted(share, values, found):
    """Σ_e share_e · values[e, :], into the first places of `found`, of which the others become 0."""
    found[:] = 0.0
    for e in range(share.shape[0]):
        part = share[e]
        if part == 0.0:
            continue
        for r in range(values.shape[1]):
            found[r] += part * values[e, r]


# -- the tuples of each class ----------------------------------------------------------------------------


@entry
def class_sums(temperature, tie, tuples, listed, uniform, coupling, blocks, found):
    """Averages over the tuples of each of C classes at H temperatures, from those of the blocks, into `found`.

    The columns of the table are `SPREAD`, … and then ⟨p_s⟩ of all shells, ⟨ν_s⟩ of the shells `listed`, and the
    fields of all shells if the coupling is no constant.
    """
    first, lowest, ground, block_of, place, row_of, room, mirrored, turned, moving, seniorities = tuples
    inner_others, inner_mean, inner_variance, inner_pairing, inner_pairs, inner_field = blocks
    states, mean, table = found
    classes, shells = ground.shape[0], place.shape[1]
    share, local, holes = np.empty(lowest.shape[0]), np.empty(lowest.shape[0]), np.empty(shells)
    for h in range(temperature.shape[0]):
        t = temperature[h]
        divisor, same = (t, 0.0) if t > 0.0 else (LEAST, tie)
        for c in range(classes):
            rest, apart = 0.0, True
            for b in range(first[c], first[c + 1]):
                above, within = lowest[b] - ground[c], inner_others[h, block_of[b]]
                gone = beyond(above, same)
                share[b] = exp(-gone / divisor) * (1.0 + within)
                local[b] = gone + inner_mean[h, block_of[b]]
                if above == 0.0 and apart:  # the lowest alone: ln Σ keeps every digit where it is small
                    rest += within
                    apart = False
                else:
                    rest += share[b]
            states[h, c] = math.log1p(rest)
            average = 0.0
            for b in range(first[c], first[c + 1]):
                share[b] /= 1.0 + rest
                average += share[b] * local[b]
            mean[h, c] = average
            row = table[h, c]
            row[:] = 0.0
            row[MEAN_ENERGY] = ground[c] + average
            for b in range(first[c], first[c + 1]):
                part, j = share[b], block_of[b]
                if part == 0.0:
                    continue
                off = local[b] - average
                row[SPREAD] += part * (inner_variance[h, j] + off * off)
                for s in range(shells):
                    held, holes[s] = inner_pairs[h, j, place[b, s]], 0.0
                    if mirrored[b]:
                        holes[s] = 2.0 * held
                        held = room[b, s] - held
                        holes[s] = 2.0 * held - room[b, s]
                    row[SHELLS + s] += part * held
                for i in range(listed.shape[0]):
                    row[SHELLS + shells + i] += part * seniorities[b, listed[i]]
                paired = inner_pairing[h, j]
                if uniform:
                    row[PAIR_ENERGY] += part * (0.0 - coupling[0, 0] * (paired + turned[b]))
                    row[LINKED] += part * ((paired + turned[b]) - moving[b])
                    continue
                start = SHELLS + shells + listed.shape[0]
                for s in range(shells):
                    square = inner_field[h, j, row_of[b, s]]
                    if mirrored[b]:
                        paired += holes[s] * coupling[s, s]
                        for u in range(shells):
                            square += holes[u] * (coupling[u, s] * coupling[u, s])
                    row[start + s] += part * square
                row[PAIR_ENERGY] += part * (0.0 - paired)


# -- the classes at the points -----------------------------------------------------------------------------


@entry
def lowest_classes(strength, energy, top, found):
    """The class of the lowest E_c − |ω|m_c at each |ω|, the first of several."""
    best = np.full(strength.shape[0], np.inf)
    found[:] = 0
    for c in range(energy.shape[0]):
        high, gain = energy[c], top[c]
        for i in range(strength.shape[0]):
            here = high - gain * strength[i]
            better = here < best[i]
            best[i] = here if better else best[i]
            found[i] = c if better else found[i]


@entry
def points_sum(start, stop, width, at, weights, classes, thermal, shells, found):
    """All averages at the points start … stop, which are sorted by temperature, at most `width` ≤ `LANES` at a time.

    Class c blocks the electrons that are counted in the row left_of[c] of `left` and in the row right_of[c] of
    `right`, so that whatever is a sum over its shells is that of two numbers. The arguments are records: `Points`,
    `ColumnWeights`, `ClassLevels`, `ClassAverages`, `ShellColumns` and `Sums`.
    """
    points, heat_of, x_of, temperature, strength, tie, lowest = at
    log, depth, variance, moment, blocked = weights
    (left, left_column, left_count), (right, right_column, right_count) = classes.left, classes.right
    left_of, right_of, energy, top, total = (
        classes.left_of, classes.right_of, classes.energy, classes.top, classes.total
    )  # fmt: skip
    states, mean, table = thermal
    shell_first, shell_last, coupling, uniform = shells
    scalars, occupation, unpaired, gap_squared, seniority = found
    count, number = energy.shape[0], shell_first.shape[0]
    columns, rows = log.shape[1], max(left.shape[0], right.shape[0]) - 1
    large, small = np.empty((2, count * width)), np.empty((10, max(rows, columns) * width))
    tile, sums, averages = np.empty(8 * LANES), np.empty(table.shape[2] * LANES), np.empty(table.shape[2])
    seniority_buffer = np.empty(seniority.shape[1] * width)
    lane_buffer, largest_buffer = np.empty(16 * width), np.empty(width, np.int64)
    while start < stop:
        lanes, heat = 1, heat_of[start]
        while lanes < width and start + lanes < stop and heat_of[start + lanes] == heat:
            lanes += 1
        divisor = temperature[start] if temperature[start] > 0.0 else LEAST
        gone, chance = shaped(large[0], count, lanes), shaped(large[1], count, lanes)
        gathered, filled = shaped(small[0], columns, lanes), shaped(small[1], columns, lanes)
        one_log, other_log = shaped(small[2], rows, lanes), shaped(small[3], rows, lanes)
        one_depth, other_depth = shaped(small[4], rows, lanes), shaped(small[5], rows, lanes)
        one_moment, other_moment = shaped(small[6], rows, lanes), shaped(small[7], rows, lanes)
        one_part, other_part = shaped(small[8], rows, lanes), shaped(small[9], rows, lanes)
        distribution = shaped(seniority_buffer, seniority.shape[1], lanes)
        lane, largest = shaped(lane_buffer, 16, lanes), largest_buffer[:lanes]
        omega, same, low_energy, low_top, peak, rest, excited, below = (
            lane[0], lane[1], lane[2], lane[3], lane[4], lane[5], lane[6], lane[7]
        )  # fmt: skip
        mean_depth, mean_moment, mean_variance, mean_blocked = lane[8], lane[9], lane[10], lane[11]
        reference, deep, energy_spread, moment_spread = lane[12], lane[13], lane[14], lane[15]
        for j in range(lanes):
            i = start + j
            omega[j], same[j] = strength[i], tie[i]
            low_energy[j], low_top[j] = energy[lowest[i]], top[lowest[i]]
        gather(log, x_of, start, gathered)
        half_sums(gathered, left, left_column, left_count, one_log)
        half_sums(gathered, right, right_column, right_count, other_log)
        gather(depth, x_of, start, gathered)
        half_sums(gathered, left, left_column, left_count, one_depth)
        half_sums(gathered, right, right_column, right_count, other_depth)
        gather(moment, x_of, start, gathered)
        half_sums(gathered, left, left_column, left_count, one_moment)
        half_sums(gathered, right, right_column, right_count, other_moment)
        peak[:] = -math.inf
        largest[:] = 0
        for begin in range(0, count, CLASSES):
            end = min(begin + CLASSES, count)
            distances(begin, end, energy, top, low_energy, low_top, omega, same, gone)
            log_weights(
                begin, end, left_of, right_of, one_log, other_log, states[heat], gone, divisor, chance,
                peak, largest,
            )  # fmt: skip
        # first the means, apart from the sum of the weights relative to the largest …
        rest[:] = 0.0
        one_part[:], other_part[:], distribution[:], sums[:] = 0.0, 0.0, 0.0, 0.0
        excited[:], below[:] = 0.0, 0.0
        for begin in range(0, count, CLASSES):
            end = min(begin + CLASSES, count)
            exponentials(begin, end, chance, peak, largest, rest)
            occupied(begin, end, left_of, right_of, chance, one_part, other_part)
            by_total(begin, end, total, chance, distribution)
            table_sums(begin, end, chance, table[heat], tile, sums)
            above_lowest(begin, end, chance, gone, mean[heat], excited)
            below_lowest(begin, end, left_of, right_of, chance, one_depth, other_depth, top, low_top, below)
        filled[:] = 0.0
        add_columns(left, left_column, left_count, one_part, filled)
        add_columns(right, right_column, right_count, other_part, filled)
        column_means(filled, rest, depth, x_of, start, mean_depth)
        column_means(filled, rest, moment, x_of, start, mean_moment)
        column_means(filled, rest, variance, x_of, start, mean_variance)
        column_means(filled, rest, blocked, x_of, start, mean_blocked)
        for j in range(lanes):
            excited[j] = excited[j] / (1.0 + rest[j]) + omega[j] * mean_depth[j]
            below[j] /= 1.0 + rest[j]
        # … then the variances about them
        measure(mean_moment, below, reference, deep)
        turn(deep, one_depth, one_moment)
        turn(deep, other_depth, other_moment)
        moment_spread[:], energy_spread[:] = 0.0, 0.0
        for begin in range(0, count, CLASSES):
            end = min(begin + CLASSES, count)
            moment_between(
                begin, end, left_of, right_of, chance, one_moment, other_moment, top, low_top, reference, deep,
                moment_spread,
            )  # fmt: skip
            energy_between(
                begin, end, left_of, right_of, chance, gone, mean[heat], one_depth, other_depth, omega, excited,
                energy_spread,
            )  # fmt: skip
        for j in range(lanes):
            p, whole = points[start + j], 1.0 + rest[j]
            for q in range(averages.size):
                averages[q] = sums[q * LANES + j] / whole
            listed = SHELLS + number
            for s in range(number):
                odd = 0.0
                for column in range(shell_first[s], shell_last[s]):
                    odd += (column + 1 - shell_first[s]) * filled[column, j] / whole
                if shell_first[s] == shell_last[s]:  # the classes do not tell, the table does
                    odd = averages[listed]
                    listed += 1
                unpaired[p, s] = odd
                occupation[p, s] = 2.0 * averages[SHELLS + s] + odd
            for s in range(number):
                square = -coupling * averages[PAIR_ENERGY] if uniform else averages[listed + s]
                gap_squared[p, s] = max(square, 0.0)
            for q in range(distribution.shape[0]):
                seniority[p, q] = distribution[q, j] / whole
            inner = omega[j] * math.sqrt(mean_variance[j])
            scalars[GROUND, p], scalars[GROUND_LOW, p] = lowered(low_energy[j], omega[j], low_top[j])
            scalars[LOG_SUM, p] = peak[j] + math.log1p(rest[j])
            scalars[EXCITATION, p] = excited[j]
            scalars[ENERGY, p] = averages[MEAN_ENERGY] - omega[j] * mean_moment[j]
            scalars[PAIR, p] = averages[PAIR_ENERGY]
            scalars[MOMENT, p] = mean_moment[j]
            scalars[MOMENT_VARIANCE, p] = mean_variance[j] + moment_spread[j] / whole
            scalars[ENERGY_VARIANCE, p] = (inner * inner + averages[SPREAD]) + energy_spread[j] / whole
            scalars[CONNECTED, p] = averages[LINKED] - mean_blocked[j]
        start += lanes


@inner
def shaped(buffer, rows, lanes):
    """The first places of a buffer as rows without gaps, however many lanes there are."""
    return buffer[: rows * lanes].reshape((rows, lanes))


@inner
def lowered(energy, field, moment):
    """energy − field·moment as a double-double (D. E. Knuth, The Art of Computer Programming 2, 4.2.2)."""
    gained = field * moment
    gained_low = fma(field, moment, -gained)
    high = energy - gained
    back = high - energy
    low = ((energy - (high - back)) - (gained + back)) - gained_low
    total = high + low
    return total, low - (total - high)


@inner
def gather(values, x_of, start, found):
    """The weights at the x of each lane, shape (columns, lanes)."""
    for j in range(found.shape[1]):
        for column in range(found.shape[0]):
            found[column, j] = values[x_of[start + j], column]


@inner
def half_sums(weights, first, column, count, found):
    """Sums of the weights over the electrons that each row of one half blocks, shape (rows, lanes)."""
    for row in range(first.shape[0] - 1):
        here = found[row]
        here[:] = 0.0
        for i in range(first[row], first[row + 1]):
            times, weight = count[i], weights[column[i]]
            for j in range(here.shape[0]):
                here[j] += times * weight[j]


@inner
def distances(begin, end, energy, top, low_energy, low_top, omega, same, gone):
    """(E_c − |ω|m_c) − U₀ ≥ 0; at T = 0 levels that are nearer than `same` are one level."""
    for c in range(begin, end):
        high, gain, here = energy[c], top[c], gone[c]
        for j in range(omega.shape[0]):
            here[j] = beyond((high - low_energy[j]) - (gain - low_top[j]) * omega[j], same[j])


@inner
def log_weights(begin, end, left_of, right_of, one, other, states, gone, divisor, found, peak, largest):
    """ln of the weight of each class relative to the lowest state, the largest of them and its class."""
    for c in range(begin, end):
        a, b, inner, distance, here = one[left_of[c]], other[right_of[c]], states[c], gone[c], found[c]
        for j in range(peak.shape[0]):
            here[j] = ((a[j] + b[j]) + inner) - distance[j] / divisor
        for j in range(peak.shape[0]):
            better = here[j] > peak[j]
            peak[j] = here[j] if better else peak[j]
            largest[j] = c if better else largest[j]


@inner
def exponentials(begin, end, found, peak, largest, rest):
    """Weights relative to the largest, and their sum without it, which keeps every digit of a small ln Σ."""
    for c in range(begin, end):
        here = found[c]
        for j in range(rest.shape[0]):
            here[j] = exp(here[j] - peak[j])
        for j in range(rest.shape[0]):
            rest[j] += 0.0 if largest[j] == c else here[j]


@inner
def occupied(begin, end, left_of, right_of, chance, one, other):
    """How often each row of the left and of the right half occurs."""
    for c in range(begin, end):
        here, first, second = chance[c], one[left_of[c]], other[right_of[c]]
        for j in range(here.shape[0]):
            first[j] += here[j]
        for j in range(here.shape[0]):
            second[j] += here[j]


@inner
def add_columns(first, column, count, part, found):
    """How often each column of weights occurs, from how often each row of a half does."""
    for row in range(first.shape[0] - 1):
        for i in range(first[row], first[row + 1]):
            times, here, source = count[i], found[column[i]], part[row]
            for j in range(here.shape[0]):
                here[j] += times * source[j]


@inner
def column_means(filled, rest, values, x_of, start, found):
    """The mean of what each column adds, all of one sign."""
    for j in range(found.shape[0]):
        total = 0.0
        for column in range(filled.shape[0]):
            total += filled[column, j] * values[x_of[start + j], column]
        found[j] = total / (1.0 + rest[j])


@inner
def by_total(begin, end, total, chance, found):
    """How often each total seniority occurs."""
    for c in range(begin, end):
        here, sum_of = chance[c], found[total[c]]
        for j in range(here.shape[0]):
            sum_of[j] += here[j]


@inner
def table_sums(begin, end, chance, table, tile, sums):
    """Σ_c chance[c] · table[c], with `LANES` places for each column of the table: where most of the time goes.

    Eight classes at a time, so that a sum is read and written once for eight of its terms. They are copied to where
    rows lie `LANES` apart: at known distances the compiler sees that they do not overlap.
    """
    lanes = chance.shape[1]
    for c in range(begin, end, 8):
        count = min(8, end - c)
        for u in range(8):
            here = tile[u * LANES : (u + 1) * LANES]
            for j in range(lanes):
                here[j] = chance[c + u, j] if u < count else 0.0
        for q in range(table.shape[1]):
            t0, t1, t2, t3 = table[c, q], 0.0, 0.0, 0.0
            t4 = t5 = t6 = t7 = 0.0
            if count == 8:
                t1, t2, t3, t4 = table[c + 1, q], table[c + 2, q], table[c + 3, q], table[c + 4, q]
                t5, t6, t7 = table[c + 5, q], table[c + 6, q], table[c + 7, q]
            else:
                t1 = table[c + 1, q] if count > 1 else 0.0
                t2 = table[c + 2, q] if count > 2 else 0.0
                t3 = table[c + 3, q] if count > 3 else 0.0
                t4 = table[c + 4, q] if count > 4 else 0.0
                t5 = table[c + 5, q] if count > 5 else 0.0
                t6 = table[c + 6, q] if count > 6 else 0.0
            at = q * LANES
            for j in range(lanes):
                value = fma(tile[j], t0, sums[at + j])
                value = fma(tile[LANES + j], t1, value)
                value = fma(tile[2 * LANES + j], t2, value)
                value = fma(tile[3 * LANES + j], t3, value)
                value = fma(tile[4 * LANES + j], t4, value)
                value = fma(tile[5 * LANES + j], t5, value)
                value = fma(tile[6 * LANES + j], t6, value)
                sums[at + j] = fma(tile[7 * LANES + j], t7, value)


@inner
def above_lowest(begin, end, chance, gone, mean, found):
    """Σ of the distances of the levels at the top moments."""
    for c in range(begin, end):
        here, distance, inner = chance[c], gone[c], mean[c]
        for j in range(found.shape[0]):
            found[j] += here[j] * (distance[j] + inner)


@inner
def below_lowest(begin, end, left_of, right_of, chance, one, other, top, low_top, found):
    """Σ of how far the moments lie below that of the lowest state."""
    for c in range(begin, end):
        here, a, b, gain = chance[c], one[left_of[c]], other[right_of[c]], top[c]
        for j in range(found.shape[0]):
            found[j] += here[j] * ((low_top[j] - gain) + (a[j] + b[j]))


@inner
def measure(moment, below, reference, deep):
    """From where moments are measured: from 0, or (`deep` = 1) from the lowest state's, whichever is nearer."""
    for j in range(moment.shape[0]):
        near = moment[j] <= abs(below[j])
        deep[j] = 0.0 if near else 1.0
        reference[j] = moment[j] if near else -below[j]


@inner
def turn(deep, depth, moment):
    """What the moments of a half add when they are measured from the lowest state: their depths, downwards."""
    for row in range(moment.shape[0]):
        for j in range(deep.shape[0]):
            moment[row, j] = moment[row, j] if deep[j] == 0.0 else -depth[row, j]


@inner
def moment_between(begin, end, left_of, right_of, chance, one, other, top, low_top, reference, deep, found):
    """Σ of the squared distances of the moments of the classes from the mean."""
    for c in range(begin, end):
        here, a, b, gain = chance[c], one[left_of[c]], other[right_of[c]], top[c]
        for j in range(found.shape[0]):
            off = ((a[j] + b[j]) - deep[j] * (low_top[j] - gain)) - reference[j]
            found[j] += here[j] * (off * off)


@inner
def energy_between(begin, end, left_of, right_of, chance, gone, mean, one, other, omega, excited, found):
    """Σ of the squared distances of the energies of the classes in the field from the mean."""
    for c in range(begin, end):
        here, distance, a, b, inner = chance[c], gone[c], one[left_of[c]], other[right_of[c]], mean[c]
        for j in range(found.shape[0]):
            off = ((distance[j] + inner) + omega[j] * (a[j] + b[j])) - excited[j]
            found[j] += here[j] * (off * off)
