"""Sums and products without loss, exponentials and logarithms, of numbers or lanes.

Compensated arithmetic (`two_sum`, `two_product`) needs exact IEEE order: no fastmath anywhere.
"""

from __future__ import annotations

from quasispin.compiled.jit import inlined, inner
from quasispin.compiled.lanes import fma, larger, nearest, power_of_two, split, spread, where

LN2_HIGH = 6.93147180369123816490e-01  # its last 21 bits are 0
LN2_LOW = 1.90821492927058770002e-10
PER_LN2 = 1.44269504088896338700e00
LN2 = 0.6931471805599453
ROOT_HALF_UP, ROOT_TWO_UP = 0.41421356237309515, 1.8284271247461903
"""√2 − 1 and 2√2 − 1."""
FAR = 1400.0
"""e^−x has long been zero there."""


@inner
def two_sum(a, b):
    """a + b = high + low, exactly (Knuth)."""
    high = a + b
    part = high - a
    return high, (a - (high - part)) + (b - part)


@inner
def two_product(a, b):
    """a·b = high + low, exactly."""
    high = a * b
    return high, fma(a, b, -1.0 * high)


@inner
def product_sum(a, b, c, d_high, d_low):
    """a·b + c·(d_high + d_low) as a double-double, accurate even where the products cancel."""
    p, p_low = two_product(a, b)
    r, r_low = two_product(c, d_high)
    high, low = two_sum(p, r)
    low = low + (p_low + (r_low + c * d_low))
    return two_sum(high, low)


@inner
def exponential(a):
    """(k, s) with e^a = 2^k (1 + s), |s| < 0.42, to about one unit in the last place; |a| < 7·10⁵.

    a = k ln 2 + r as W. J. Cody and W. Waite, Software Manual for the Elementary Functions (1980); e^r = 1 + r + r²P(r),
    P interpolates at the Chebyshev points of |r| ≤ ½ ln 2 to 1.2·10⁻¹⁶.
    """
    k = nearest(a * PER_LN2)
    r = fma(k, -LN2_LOW, fma(k, -LN2_HIGH, a))
    r2 = r * r
    r4 = r2 * r2
    p01 = fma(r, 0.16666666666666669, 0.5000000000000001)
    p23 = fma(r, 0.008333333333330051, 0.04166666666662399)
    p45 = fma(r, 0.00019841269863105968, 0.0013888888917281794)
    p67 = fma(r, 2.7557268378684192e-06, 2.480152119021773e-05)
    p89 = fma(r, 2.5100424157005067e-08, 2.7620138719733994e-07)
    upper = fma(r4, p89, fma(r2, p67, p45))
    return k, fma(r2, fma(r4, upper, fma(r2, p23, p01)), r)


@inner
def exp(x):
    """e^x for x ≤ 0 (−∞ allowed), within one unit in the last place; subnormal, and 0, where it must be."""
    k, s = exponential(larger(x, -FAR))
    half = nearest(0.5 * k)  # 2^k in two factors: it may be subnormal
    size = power_of_two(half) * power_of_two(k - half)
    return fma(s, size, size)


@inner
def decay(a):
    """e^{−a}, a ≥ 0 (infinite allowed)."""
    return exp(-1.0 * a)


@inner
def times_power(number, whole):
    """number·2^k for any whole k, in two steps."""
    whole = where(whole < -2000.0, -2000.0, where(whole > 2000.0, 2000.0, whole))
    half = nearest(0.5 * whole)
    return number * power_of_two(half) * power_of_two(whole - half)


@inner
def decay_lost(a):
    """1 − e^{−a}, a ≥ 0 (infinite allowed), to full relative precision."""
    k, s = exponential(larger(-1.0 * a, -60.0))
    size = power_of_two(k)
    return fma(-1.0 * size, s, 1.0 - size)


@inner
def logarithm(m, k, lost):
    """ln(1 + m) + k ln 2 for √½ ≤ 1 + m ≤ √2; `lost` is what m has lost by rounding.

    f − f²/2 + s(f²/2 + R(s²)), s = f/(2 + f), with the R of fdlibm's `log1p` (Sun Microsystems, 1993).
    """
    s = m / (2.0 + m)
    z = s * s
    half = 0.5 * m * m
    r = fma(z, 1.479819860511658591e-01, 1.531383769920937332e-01)
    r = fma(z, fma(z, r, 1.818357216161805012e-01), 2.222219843214978396e-01)
    r = fma(z, fma(z, r, 2.857142874366239149e-01), 3.999999999940941908e-01)
    r = z * fma(z, r, 6.666666666666735130e-01)
    return fma(k, LN2_HIGH, m - (half - fma(s, half + r, fma(k, LN2_LOW, lost))))


@inner
def log_of(value):
    """ln(value) of positive normal numbers."""
    m, k = split(value)
    return logarithm(m - 1.0, k, 0.0)


@inner
def log_beyond(value):
    """ln(1 + value), value > −0.2, to full relative precision."""
    high, low = two_sum(spread(1.0), value)
    m, k = split(high)
    size = power_of_two(-1.0 * where(k < 1000.0, k, 1000.0))
    near = k == 0.0  # then nothing was lost: value itself
    return logarithm(where(near, value, m - 1.0), k, where(near, 0.0, low * size / m))


@inlined
def log1p(w):
    """ln(1 + w) for 0 ≤ w ≤ 3, within 3 ulp however small: 2 artanh of f/(2+f), 1+f = (1+w)/2ⁿ about 1."""
    shrink = where(w >= ROOT_TWO_UP, 0.25, where(w >= ROOT_HALF_UP, 0.5, 1.0))
    base = where(w >= ROOT_TWO_UP, 2.0 * LN2, where(w >= ROOT_HALF_UP, LN2, 0.0))
    f = fma(w, shrink, shrink - 1.0)
    s = f / (f + 2.0)
    t = s * s
    t2 = t * t
    low = fma(
        fma(0.22222211134341624, t, 0.2857142862597826), t2, fma(0.399999999998995, t, 0.666666666666667)
    )
    high = fma(0.1461646325895801, t2, fma(0.15331720502376558, t, 0.18182889158299903))
    return base + fma(s * t, fma(high, t2 * t2, low), s + s)
