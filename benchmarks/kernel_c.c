/* The one-shell kernel by hand: the algorithm and the compensated arithmetic of compiled/single_shell.py in C.

   Only for comparison (benchmarks/kernels.py builds and runs it): orbital shells, one N, T > 0, G > 0, points
   whose x all differ, shells small enough for no power of two to be carried. Lanes are gcc's vectors, points
   are sorted by the way in which their weights are found. Build with -O3 -march=native -ffp-contract=off;
   fused multiply-adds are written out. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define LANES 8
typedef double v __attribute__((vector_size(8 * LANES)));
typedef int64_t w __attribute__((vector_size(8 * LANES)));
#define INLINE static inline __attribute__((always_inline))
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define SERIES_FROM 2.772588722239781
#define SERIES_TERMS 20
#define WAYS 24 /* 6 … 20 terms, 21 centred, 22 not */
#define CENTRED 21

/* -- lanes ------------------------------------------------------------------------------------------ */

INLINE v spread(double a) { return (v){0} + a; }
#ifdef __AVX512F__
INLINE v where(w mask, v a, v b) { return (v)_mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)mask), (__m512d)b, (__m512d)a); }
INLINE v fused(v a, v b, v c) { return (v)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c); }
INLINE v nearest(v a) { return (v)_mm512_roundscale_pd((__m512d)a, 8); }
INLINE int any(w mask) { return _mm512_movepi64_mask((__m512i)mask) != 0; }
#else
INLINE v where(w mask, v a, v b) { return (v)((mask & (w)a) | (~mask & (w)b)); }
INLINE v fused(v a, v b, v c)
{
    v r;
    for (int i = 0; i < LANES; i++) r[i] = __builtin_fma(a[i], b[i], c[i]);
    return r;
}
INLINE v nearest(v a)
{
    v r;
    for (int i = 0; i < LANES; i++) r[i] = __builtin_rint(a[i]);
    return r;
}
INLINE int any(w mask)
{
    int64_t r = 0;
    for (int i = 0; i < LANES; i++) r |= mask[i];
    return r != 0;
}
#endif
INLINE v absolute(v a) { return (v)((w)a & 0x7fffffffffffffff); }
INLINE v power_of_two(v k) { return (v)((w)(k + (0x1.8p52 + 1023)) << 52); }

/* -- error-free transforms and elementary functions ------------------------------------------------- */

typedef struct { v high, low; } pair;

INLINE pair two_sum(v a, v b)
{
    v high = a + b, part = high - a;
    return (pair){high, (a - (high - part)) + (b - part)};
}
INLINE pair two_product(v a, v b)
{
    v high = a * b;
    return (pair){high, fused(a, b, -high)};
}
INLINE pair product_sum(v a, v b, v c, v d_high, v d_low)
{
    pair p = two_product(a, b), r = two_product(c, d_high), s = two_sum(p.high, r.high);
    return two_sum(s.high, s.low + (p.low + (r.low + c * d_low)));
}
INLINE pair exponential(v a) /* (k, s): e^a = 2^k (1 + s) */
{
    v k = nearest(a * 1.44269504088896338700), r = fused(k, spread(-LN2_LOW), fused(k, spread(-LN2_HIGH), a));
    v r2 = r * r, r4 = r2 * r2;
    v p01 = fused(r, spread(0.16666666666666669), spread(0.5000000000000001));
    v p23 = fused(r, spread(0.008333333333330051), spread(0.04166666666662399));
    v p45 = fused(r, spread(0.00019841269863105968), spread(0.0013888888917281794));
    v p67 = fused(r, spread(2.7557268378684192e-06), spread(2.480152119021773e-05));
    v p89 = fused(r, spread(2.5100424157005067e-08), spread(2.7620138719733994e-07));
    v upper = fused(r4, p89, fused(r2, p67, p45));
    return (pair){k, fused(r2, fused(r4, upper, fused(r2, p23, p01)), r)};
}
INLINE v decay(v a)
{
    pair e = exponential(-where(a < 3e3, a, spread(3e3)));
    w gone = e.high < -1022.0;
    v size = power_of_two(where(gone, spread(0.0), e.high));
    return where(gone, spread(0.0), fused(size, e.low, size));
}
INLINE v decay_lost(v a)
{
    pair e = exponential(-where(a < 60.0, a, spread(60.0)));
    v size = power_of_two(e.high);
    return fused(-size, e.low, 1.0 - size);
}
INLINE v times_power(v number, v whole)
{
    whole = where(whole < -2000.0, spread(-2000.0), where(whole > 2000.0, spread(2000.0), whole));
    v half = nearest(0.5 * whole);
    return number * power_of_two(half) * power_of_two(whole - half);
}
INLINE v logarithm(v m, v k, v lost)
{
    v s = m / (2.0 + m), z = s * s, half = 0.5 * m * m;
    v r = fused(z, spread(1.479819860511658591e-01), spread(1.531383769920937332e-01));
    r = fused(z, fused(z, r, spread(1.818357216161805012e-01)), spread(2.222219843214978396e-01));
    r = fused(z, fused(z, r, spread(2.857142874366239149e-01)), spread(3.999999999940941908e-01));
    r = z * fused(z, r, spread(6.666666666666735130e-01));
    return fused(k, spread(LN2_HIGH), m - (half - fused(s, half + r, fused(k, spread(LN2_LOW), lost))));
}
INLINE pair split(v value)
{
    w bits = (w)value, power = (bits - 0x3FE6A09E667F3BCD) >> 52;
    return (pair){(v)(bits - (power << 52)), (v)(power + 0x4338000000000000) - 0x1.8p52};
}
INLINE v log_of(v value)
{
    pair p = split(value);
    return logarithm(p.high - 1.0, p.low, spread(0.0));
}
INLINE v log_beyond(v value)
{
    pair one = two_sum(spread(1.0), value), p = split(one.high);
    v size = power_of_two(-where(p.low < 1000.0, p.low, spread(1000.0)));
    w near = p.low == 0.0;
    return logarithm(where(near, value, p.high - 1.0), p.low, where(near, spread(0.0), one.low * size / p.high));
}

/* -- weights ------------------------------------------------------------------------------------------ */

typedef struct { v weight, ground, relative, depth, variance, slope, moment, lower, lower_slope; } seniority;
typedef struct { v brace, inverse, mean, width; } number;
typedef struct { v chance, gain, excited; } state;

INLINE void q_numbers(long count, v y, int centred, number *to)
{
    v lost_once = decay_lost(y);
    pair base = two_sum(spread(1.0), -lost_once);
    w near = y < 0.5;
    v high = where(near, base.high, decay(y)), low = where(near, base.low, spread(0.0));
    v power = spread(1.0), power_low = spread(0.0), lost = spread(0.0), lost_low = spread(0.0);
    v total = spread(0.0), total_low = spread(0.0), depth = spread(0.0), variance = spread(0.0);
    to[0] = (number){spread(0.0), spread(0.0), spread(0.0), spread(0.0)};
    for (long n = 1; n <= count; n++) {
        pair sum = two_sum(total, power);
        total = sum.high;
        total_low = total_low + (sum.low + power_low);
        v here = total + total_low, turned = 1.0 / here, share = power * turned;
        v away = (n - 1.0) - depth, part = share * away;
        variance = (1.0 - share) * fused(part, away, variance);
        depth = depth + part;
        to[n].brace = here;
        to[n].inverse = turned;
        to[n].width = variance;
        if (centred) {
            v inner = (-0.5 * (n - 1.0)) * (lost + lost_low);
            if (n > 2) inner = fused(fused(high, to[n - 2].brace, low * to[n - 2].brace), to[n - 2].mean, inner);
            to[n].mean = inner * turned;
            sum = two_sum(lost, power * lost_once);
            lost = sum.high;
            lost_low = lost_low + sum.low;
        } else
            to[n].mean = depth;
        v correction = fused(power_low, high, power * low);
        pair next = two_product(power, high);
        power = next.high;
        power_low = next.low + correction;
    }
}

INLINE void ladder_series(v x, long terms, long first, long top, const double *series, const double *tops, seniority *to)
{
    v q = decay(x);
    for (long nu = first; nu <= top; nu += 2) {
        const double *c = series + nu * (SERIES_TERMS + 1);
        v zeroth = spread(0.0), once = spread(0.0), twice = spread(0.0);
        for (long j = terms; j > 0; j--) {
            zeroth = fused(zeroth, q, spread(c[j]));
            once = fused(once, q, spread(j * c[j]));
            twice = fused(twice, q, spread(j * j * c[j]));
        }
        zeroth = zeroth * q;
        v total = 1.0 / (c[0] + zeroth), depth = once * q * total;
        to[nu].weight = c[0] + zeroth;
        to[nu].ground = spread(c[0]);
        to[nu].relative = zeroth / c[0];
        to[nu].depth = depth;
        to[nu].variance = twice * q * total - depth * depth;
        to[nu].moment = tops[nu] - depth;
    }
}

INLINE void ladder_recurrence(v x, long pairs, int centred, long first, long top, const double *shift,
                              const double *tops, number *room, seniority *to)
{
    long larger = pairs + 1;
    q_numbers(2 * larger, x, centred, room);
    v q2 = decay(2.0 * x), spin = 1.0 + q2, turned = 1.0 / spin;
    v spin_mean = centred ? -decay_lost(2.0 * x) * turned : 2.0 * q2 * turned;
    v spin_variance = 4.0 * q2 * turned * turned;
    v last = spread(1.0), before = spread(0.0), last_mean = before, before_mean = before, last_var = before;
    v before_var = before, factor_one = spin, factor_two = spread(1.0);
    double shift_one = 0.0, shift_two = 0.0;
    number end = room[larger];
    for (long nu = 0; nu <= top; nu++) {
        if (nu > 0) {
            number *n1 = room + larger + 1 - nu, *n2 = room + 2 * larger + 2 - nu;
            if (shift[2 * nu] != shift_one) {
                shift_one = shift[2 * nu];
                factor_one = spin * decay(shift_one * x);
            }
            v one = factor_one * n1->brace * last, one_mean = spin_mean + n1->mean + last_mean;
            v one_var = spin_variance + n1->width + last_var;
            v two = spread(0.0), two_mean = spread(0.0), two_var = spread(0.0);
            if (nu > 1) {
                if (shift[2 * nu + 1] != shift_two) {
                    shift_two = shift[2 * nu + 1];
                    factor_two = decay(shift_two * x);
                }
                two = factor_two * n2->brace * before;
                two_mean = n2->mean + before_mean;
                two_var = n2->width + before_var;
            }
            v gap = two_mean - one_mean;
            if (!centred) {
                one_mean = one_mean + shift_one;
                gap = gap + (shift_two - shift_one);
            }
            v total = one + two, share = two / total, rest = 1.0 - share;
            before = last, before_mean = last_mean, before_var = last_var;
            last = total * room[nu].inverse;
            last_mean = fused(share, gap, one_mean) - room[nu].mean;
            last_var = fused(share, fused(rest * gap, gap, two_var), rest * one_var) - room[nu].width;
        }
        if (nu < first || (nu - first) % 2) continue;
        number *here = room + larger - nu;
        v mean = last_mean + (here->mean - end.mean), variance = last_var + (here->width - end.width);
        v weight = nu ? here->brace * end.inverse * last : spread(1.0);
        to[nu].weight = to[nu].ground = weight;
        to[nu].relative = spread(0.0);
        to[nu].variance = where(variance > 0.0, variance, spread(0.0));
        to[nu].moment = centred ? -mean : tops[nu] - mean;
        to[nu].depth = centred ? tops[nu] + mean : mean;
    }
}

INLINE void lower_shares(v x, const double *moments, long first, long top, seniority *to)
{
    v total = spread(0.0), gained = spread(0.0);
    for (long nu = first; nu <= top; nu += 2) {
        v turned = 1.0 / to[nu].weight;
        if (nu > 1) {
            v factor = decay((moments[nu - 1] + moments[nu - 2]) * x);
            total *= factor;
            gained *= factor;
        }
        to[nu].lower = total * turned;
        to[nu].lower_slope = (gained - to[nu].moment * total) * turned;
        total += to[nu].weight;
        gained = fused(to[nu].weight, to[nu].moment, gained);
        v depth = where(to[nu].depth > 0.0, to[nu].depth, spread(1.0));
        to[nu].slope = to[nu].variance * (to[nu].variance / depth);
    }
}

/* -- the sum over the states ---------------------------------------------------------------------------- */

INLINE double pair_number(long pairs, long electrons, long nu)
{
    return 0.25 * ((electrons - nu) * (2 * pairs + 2 - electrons - nu));
}

typedef struct { v nu, pairs, top, top_low; } reference;

INLINE pair level_distance(double coupling, v strength, reference lowest, double count, double top, double low)
{
    pair gained = two_sum(lowest.top, spread(-top));
    gained = two_sum(gained.high, gained.low + (lowest.top_low - low));
    return product_sum(spread(coupling), lowest.pairs - count, strength, gained.high, gained.low);
}
#define PICK(field) ({ v found; for (int i = 0; i < LANES; i++) found[i] = from[(long)lowest.nu[i]].field[i]; found; })

INLINE void states_sum(long electrons, long pairs, double coupling, double energy, v t, v strength, v x, v away,
                       const double *tops, const double *lows, const seniority *from, state *states, v *result)
{
    long first = electrons % 2, last = electrons < 2 * pairs - electrons ? electrons : 2 * pairs - electrons;
    v turned = 1.0 / t;
    reference lowest = {spread(first), spread(pair_number(pairs, electrons, first)), spread(tops[first]), spread(lows[first])};
    for (long nu = first + 2; nu <= last; nu += 2) {
        double count = pair_number(pairs, electrons, nu);
        v bound = coupling * (lowest.pairs - count);
        v gained = strength * ((lowest.top - tops[nu]) + (lowest.top_low - lows[nu]));
        v distance = bound + gained;
        w unsure = absolute(distance) < 1e-13 * (absolute(bound) + absolute(gained));
        if (any(unsure)) {
            pair exact = level_distance(coupling, strength, lowest, count, tops[nu], lows[nu]);
            distance = where(unsure, exact.high + exact.low, distance);
        }
        w below = distance < 0.0;
        lowest = (reference){where(below, spread(nu), lowest.nu), where(below, spread(count), lowest.pairs),
                             where(below, spread(tops[nu]), lowest.top), where(below, spread(lows[nu]), lowest.top_low)};
    }
    v lowest_depth = fused(-away, PICK(variance), PICK(depth));
    v rest = spread(0.0), best = rest, pair_sum = rest, moment_sum = rest, unpaired = rest, linked_sum = rest;
    v gain_sum = rest, excited_sum = rest;
    for (long nu = first; nu <= last; nu += 2) {
        const seniority *here = from + nu;
        double count = pair_number(pairs, electrons, nu);
        pair far = level_distance(coupling, strength, lowest, count, tops[nu], lows[nu]);
        v depth = fused(-away, here->variance, here->depth), a = far.high / t;
        w matters = a < 2e5;
        a = where(matters, a, spread(0.0));
        v a_low = where(matters, fused(-a, t, far.high) + far.low, spread(0.0)) * turned;
        pair e = exponential(-a);
        v weight = fused(-here->weight, a_low + here->depth * away, here->weight);
        weight = fused(weight, e.low, weight);
        v excited = a + x * depth, chance = where(matters, times_power(weight, e.high), spread(0.0));
        v gain = ((tops[nu] - lowest.top) + (lows[nu] - lowest.top_low)) - (depth - lowest_depth);
        states[nu] = (state){chance, gain, excited};
        w is_lowest = lowest.nu == (double)nu;
        rest = rest + where(is_lowest, spread(0.0), chance);
        best = where(is_lowest, chance, best);
        v lower = fused(away, here->lower_slope, here->lower);
        v size = (0.25 * ((electrons - nu) * (2 * pairs - electrons - nu))) * (1.0 + lower);
        v linked = size * decay_lost((coupling * (pairs - nu)) * turned);
        pair_sum = fused(chance, spread(count), pair_sum);
        moment_sum = fused(chance, fused(away, here->variance, here->moment), moment_sum);
        unpaired = fused(chance, spread(nu), unpaired);
        linked_sum = fused(chance, linked, linked_sum);
        gain_sum = fused(chance, gain, gain_sum);
        excited_sum = fused(chance, excited, excited_sum);
    }
    v total = rest + best, share = 1.0 / total;
    v mean_pair = pair_sum * share, mean_moment = moment_sum * share;
    v mean_gain = gain_sum * share, mean_excited = excited_sum * share;
    v var_moment = spread(0.0), var_energy = spread(0.0);
    for (long nu = first; nu <= last; nu += 2) {
        v chance = states[nu].chance * share, variance = fused(-away, from[nu].slope, from[nu].variance);
        states[nu].chance = chance;
        v off = states[nu].gain - mean_gain;
        var_moment = fused(chance, fused(off, off, variance), var_moment);
        off = states[nu].excited - mean_excited;
        var_energy = fused(chance, fused(off, off, x * (x * variance)), var_energy);
    }
    pair base = product_sum(spread(-coupling), lowest.pairs, -strength, lowest.top, lowest.top_low);
    pair filled = two_product(spread(energy), spread(electrons)), sum = two_sum(base.high, filled.high);
    sum = two_sum(sum.high, sum.low + (base.low + filled.low));
    v ground = PICK(ground), relative = PICK(relative);
    v beyond = rest / ground + (relative - (1.0 + relative) * (PICK(depth) * away));
    result[0] = sum.high;
    result[1] = sum.low;
    result[2] = log_of(ground) + log_beyond(beyond);
    result[3] = mean_excited * t;
    result[4] = energy * electrons - (coupling * mean_pair + strength * mean_moment);
    result[5] = -coupling * mean_pair;
    result[6] = mean_moment;
    result[7] = var_moment;
    result[8] = var_energy * t * t;
    result[9] = linked_sum * share;
    result[10] = unpaired * share;
}

/* Points start … end−1 of `temperature` and `field`; outputs (11, points) and (points, pairs + 1). */
void one_shell(long start, long end, const double *temperature, const double *field, long points, long electrons,
               double coupling, double energy, long pairs, const double *moments, const double *shift,
               const double *series, const double *tops, const double *lows, double *outputs, double *chances)
{
    long top = electrons < 2 * pairs - electrons ? electrons : 2 * pairs - electrons, first = electrons % 2;
    long count = end - start, place[WAYS + 1] = {0};
    double *xs = malloc(2 * count * sizeof *xs), *aways = xs + count;
    long *order = malloc(2 * count * sizeof *order), *ways = order + count;
    size_t rows = pairs + 1;
    number *room = aligned_alloc(64, (2 * pairs + 4) * sizeof *room);
    seniority *table = aligned_alloc(64, rows * sizeof *table);
    state *states = aligned_alloc(64, rows * sizeof *states);
    for (long i = 0; i < count; i++) {
        double t = temperature[start + i], strength = fabs(field[start + i]), x = strength / t;
        union { double x; int64_t bits; } coarse = {x};
        coarse.bits = (coarse.bits + 64) & -128;
        xs[i] = coarse.x;
        aways[i] = (x - coarse.x) + __builtin_fma(-x, t, strength) / t;
        long terms = xs[i] >= SERIES_FROM ? (long)(40.0 / xs[i]) + 6 : 0;
        ways[i] = terms ? (terms < SERIES_TERMS ? terms : SERIES_TERMS)
                        : CENTRED + !(xs[i] * ((0.5 * pairs + 1.0) / 1.5) < 1.0);
        place[ways[i] + 1]++;
    }
    for (int way = 0; way < WAYS; way++) place[way + 1] += place[way];
    for (long i = 0; i < count; i++) order[place[ways[i]]++] = i;
    for (long from = 0, to; from < count; from = to) {
        long way = ways[order[from]];
        v t, strength, x, away, result[11];
        for (to = from + 1; to < count && to < from + LANES && ways[order[to]] == way; to++) {}
        for (long lane = 0; lane < LANES; lane++) {
            long i = order[from + lane < to ? from + lane : to - 1];
            t[lane] = temperature[start + i];
            strength[lane] = fabs(field[start + i]);
            x[lane] = xs[i];
            away[lane] = aways[i];
        }
        if (way < CENTRED)
            ladder_series(x, way, first, top, series, tops, table);
        else if (way == CENTRED)
            ladder_recurrence(x, pairs, 1, first, top, shift, tops, room, table);
        else
            ladder_recurrence(x, pairs, 0, first, top, shift, tops, room, table);
        lower_shares(x, moments, first, top, table);
        states_sum(electrons, pairs, coupling, energy, t, strength, x, away, tops, lows, table, states, result);
        for (long lane = 0; lane < to - from; lane++) {
            long i = start + order[from + lane];
            for (int row = 0; row < 11; row++) outputs[row * points + i] = result[row][lane];
            outputs[6 * points + i] = copysign(1.0, field[i]) * result[6][lane];
            for (long nu = first; nu <= top; nu += 2) chances[i * (pairs + 1) + nu] = states[nu].chance[lane];
        }
    }
    free(xs);
    free(order);
    free(room);
    free(table);
    free(states);
}
