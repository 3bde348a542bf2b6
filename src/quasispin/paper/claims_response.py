"""Claims about the susceptibility and the heat capacity (Figs. 4 and 5)."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.optimize import minimize_scalar

from quasispin.ensembles.averages import Array
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.paper import measures
from quasispin.paper.claim import Claim, Numbers, decide, within
from quasispin.paper.clusters import TEMPERATURE_UNIT, cluster, field_unit

COLD = 0.02
"""The lowest temperature of Figs. 4 and 5, in T₀."""

FIGURE_TEMPERATURES = (0.02, 0.05, 0.1, 0.2)


def peaks_at_crossings() -> Numbers:
    system, heat, unit = cluster(7), COLD * TEMPERATURE_UNIT, field_unit(7)
    field, chi = measures.susceptibility_curve(7, COLD)
    tops, crossings = measures.maxima(chi), system.crossing_fields() / unit
    if len(tops) != crossings.size:
        return {"peaks": len(tops), "crossings": crossings.size}
    moments = _ground_moments(crossings * unit)
    step = np.diff(moments)
    width = heat / step / unit
    return {
        "peaks": len(tops),
        "crossings": crossings.size,
        "largest distance in T/Δm": float(np.abs((field[tops] - crossings) / width).max()),
        "largest deviation from (Δm)²/4T": float(np.abs(chi[tops] / (step**2 / (4 * heat)) - 1).max()),
    }


def _ground_moments(crossings: Array) -> Array:
    corners = np.concatenate(([0.0], crossings, [2 * crossings[-1]]))
    return Canonical(cluster(7)).averages(0.0, (corners[1:] + corners[:-1]) / 2).moment


def one_peak() -> Numbers:
    numbers: dict[str, float] = {}
    for temperature in (0.1, 0.2):
        field, chi = measures.susceptibility_curve(23, temperature)
        numbers[f"maxima at {temperature}T₀"] = len(measures.maxima(chi))
        numbers[f"highest at ω/ω_c, {temperature}T₀"] = float(field[chi.argmax()])
    return numbers


def double_peak() -> Numbers:
    return {
        "maxima at .1T₀": len(measures.maxima(measures.susceptibility_curve(23, 0.1)[1])),
        "bumps at .1T₀": len(measures.bumps(measures.susceptibility_curve(23, 0.1)[1])),
        "two maxima up to T/T₀": measures.highest(
            lambda t: len(measures.maxima(measures.susceptibility_curve(23, t)[1])) >= 2
        ),
        "shoulder up to T/T₀": measures.highest(
            lambda t: len(measures.bumps(measures.susceptibility_curve(23, t)[1])) >= 2
        ),
    }


def rise_and_fall() -> Numbers:
    numbers: dict[str, float] = {}
    for parity in ("even", "odd"):
        field, chi = measures.susceptibility_curve(23, 0.1, parity)
        numbers[f"highest χ below .1ω_c/max, {parity} N"] = float(chi[field <= 0.1].max() / chi.max())
        low = chi[field <= 0.6]
        fall = float((np.maximum.accumulate(low) - low).max())
        numbers[f"largest fall of χ below .6ω_c/max, {parity} N"] = fall / float(chi.max())
        numbers[f"χ(1.5ω_c)/max, {parity} N"] = float(np.interp(1.5, field, chi) / chi.max())
    return numbers


def _rises_and_falls(n: Numbers, parity: str) -> bool:
    grows = n[f"largest fall of χ below .6ω_c/max, {parity} N"] < 1e-3
    return (
        grows and n[f"highest χ below .1ω_c/max, {parity} N"] < 0.1 and n[f"χ(1.5ω_c)/max, {parity} N"] < 0.1
    )


def narrower() -> Numbers:
    """Shortest field interval, in ω_c, on which a quarter of the final moment is gained."""
    numbers: dict[str, float] = {}
    for pairs in (7, 23):
        for temperature in FIGURE_TEMPERATURES:
            field, _, moment, _ = mean_field_curve(pairs, temperature)
            exact = Canonical(cluster(pairs)).averages(
                temperature * TEMPERATURE_UNIT, field * field_unit(pairs)
            )
            ratio = shortest_rise(field, moment) / shortest_rise(field, exact.moment)
            numbers[f"BCS width/exact, M={pairs}, {temperature}T₀"] = ratio
    return numbers


def shortest_rise(field: Array, moment: Array, share: float = 0.25) -> float:
    """Length of the shortest field interval on which `share` of the final moment is gained."""
    gain = share * float(moment[-1])
    rising = np.maximum.accumulate(moment) + 1e-12 * np.arange(moment.size)
    reached = np.interp(rising + gain, rising, field, right=np.inf)
    return float((reached - field).min())


def higher() -> Numbers:
    numbers: dict[str, float] = {}
    for pairs in (7, 23):
        for temperature in FIGURE_TEMPERATURES:
            _, chi, moment, weights = mean_field_curve(pairs, temperature)
            best = measures.susceptibility_curve(pairs, temperature)[1].max()
            numbers[f"smooth BCS/exact, M={pairs}, {temperature}T₀"] = float(chi.max() / best)
            numbers[f"moment in BCS jumps, M={pairs}, {temperature}T₀"] = float(sum(weights) / moment[-1])
    smooth = [v for name, v in numbers.items() if name.startswith("smooth")]
    jumping = [v for name, v in numbers.items() if name.startswith("moment")]
    orders = [10**0.5 <= v <= 10**2.5 for v in smooth]
    above = [is_so or share > 0 for is_so, share in zip(orders, jumping, strict=True)]
    counts = {
        "points one to two orders higher, of 8": sum(orders),
        "points higher, jumps counted, of 8": sum(above),
    }
    return counts | numbers | _window()


def _window() -> dict[str, float]:
    ladder = np.round(np.arange(0.02, 0.61, 0.01), 2)
    inside = []
    for t in ladder:
        ratio = mean_field_curve(7, float(t))[1].max() / measures.susceptibility_curve(7, float(t))[1].max()
        inside.append(10 <= ratio <= 100)
    hits = ladder[inside]
    return {
        "10–100 from T/T₀, M=7": float(hits.min(initial=math.inf)),
        "10–100 to T/T₀, M=7": float(hits.max(initial=-math.inf)),
    }


@cache
def mean_field_curve(pairs: int, temperature: float) -> tuple[Array, Array, Array, tuple[float, ...]]:
    """Fields in ω_c, χ and moment of BCS with N = M−1, and the moments Δm of its first-order jumps.

    The grid holds both edges of every jump and every sharp peak, so that the smooth part is complete and
    nothing is smeared over a grid interval.
    """
    system, heat, unit = cluster(pairs), temperature * TEMPERATURE_UNIT, field_unit(pairs)
    jumps = MeanField(system).jumps(heat, 0.0, 2 * unit)
    edges = [float(jump.field) * (1 + side) for jump in jumps for side in (-1e-9, 1e-9)]
    field = np.concatenate((np.linspace(0.0, 2 * unit, 401), edges))
    field = np.sort(np.concatenate((field, measures.mean_field_peaks(system, heat, field))))
    values = MeanField(system).averages(heat, field)
    return field / unit, values.susceptibility, values.moment, tuple(float(j.moment_change) for j in jumps)


def two_level_maximum() -> float:
    """Highest heat capacity of two simple levels, z²eᶻ/(1+eᶻ)², in k_B."""
    return float(-minimize_scalar(lambda z: -((z / 2 / math.cosh(z / 2)) ** 2), bounds=(1, 4)).fun)


def double_peaks_of_heat() -> Numbers:
    field, heat = measures.heat_curve(7, COLD)
    crossings = cluster(7).crossing_fields() / field_unit(7)
    tops = measures.maxima(heat)
    dips = [float(np.interp(x, field, heat)) for x in crossings]
    middle = [float(np.interp(x, field, heat)) for x in (crossings[1:] + crossings[:-1]) / 2]
    both = [_has_both_sides(field[tops], x) for x in crossings]
    return {
        "crossings with a maximum on both sides": sum(both),
        "crossings": crossings.size,
        "lowest maximum": float(heat[tops].min()),
        "highest maximum": float(heat[tops].max()),
        "two-level maximum": two_level_maximum(),
        "highest C at a crossing": max(dips),
        "highest C midway": max(middle),
    }


def _has_both_sides(tops: Array, crossing: float, reach: float = 0.06) -> bool:
    near = tops[np.abs(tops - crossing) < reach]
    return bool((near < crossing).any() and (near > crossing).any())


def heat_between() -> Numbers:
    numbers: dict[str, float] = {}
    crossings = cluster(7).crossing_fields() / field_unit(7)
    middle = (crossings[1:] + crossings[:-1]) / 2
    for temperature in (COLD, 0.1):
        field, heat = measures.heat_curve(7, temperature)
        numbers[f"lowest C midway at {temperature}T₀"] = float(np.interp(middle, field, heat).min())
    lows = field[measures.maxima(heat.max() - heat)]
    numbers["crossings with a dip at .1T₀"] = sum(bool((np.abs(lows - x) < 0.06).any()) for x in crossings)
    numbers["crossings"] = crossings.size
    numbers["lowest C at a crossing at .1T₀"] = float(np.interp(crossings, field, heat).min())
    return numbers


def _filled(n: Numbers) -> bool:
    return n["lowest C midway at 0.1T₀"] > 0.1 and n["crossings with a dip at .1T₀"] == n["crossings"]


def wiggles() -> Numbers:
    return {
        f"maxima at {t}T₀": len(measures.maxima(measures.heat_curve(23, t)[1]))
        for t in (0.02, 0.05, 0.1, 0.2)
    }


RESPONSES: tuple[Claim, ...] = (
    Claim(
        "chi-peaks",
        "χ has pronounced peaks at the fields where states with higher seniority and moment take over.",
        "Fig. 4, upper panel (M = 7)",
        "Holds if at .02T₀ χ has one maximum per crossing, within T/Δm of it and within 5 % of (Δm)²/4T.",
        peaks_at_crossings,
        decide(
            lambda n: (
                n["peaks"] == n["crossings"]
                and n["largest distance in T/Δm"] < 1
                and n["largest deviation from (Δm)²/4T"] < 0.05
            )
        ),
        figure="fig4",
    ),
    Claim(
        "chi-one-peak",
        "For the larger cluster the steps are not resolved, resulting in a peak of χ near ω = 0.7ω_c.",
        "Fig. 4, lower panel (M = 23)",
        "Holds if χ is highest within .05 of .7ω_c at .1 and .2T₀, with one maximum at .2T₀.",
        one_peak,
        decide(
            lambda n: (
                n["maxima at 0.2T₀"] == 1
                and all(abs(n[f"highest at ω/ω_c, {t}T₀"] - 0.7) < 0.05 for t in (0.1, 0.2))
            )
        ),
        figure="fig4",
    ),
    Claim(
        "chi-double",
        "The curve T = 0.1T_c shows still a double peak structure, a residue of the discrete electron "
        "levels.",
        "Fig. 4, lower panel (M = 23)",
        "Holds if χ has two maxima at .1T₀; with correction if a second bump (a shoulder: a second concave "
        "stretch) is left up to a T within a tenth of .1T₀.",
        double_peak,
        decide(lambda n: n["maxima at .1T₀"] == 2, lambda n: n["shoulder up to T/T₀"] >= 0.09),
        "Two maxima up to {two maxima up to T/T₀} T₀, a shoulder up to {shoulder up to T/T₀} T₀.",
        "fig4",
    ),
    Claim(
        "chi-rise-fall",
        "χ is small at low ω, grows with ω, and falls off at large ω.",
        "Fig. 4, lower panel (M = 23)",
        "Holds if at .1T₀ χ(ω ≤ .1ω_c) and χ(1.5ω_c) are below a tenth of the maximum and χ does not fall "
        "by more than 10⁻³ of it anywhere below .6ω_c, for N = 22 and 23; with correction if for even N "
        "only.",
        rise_and_fall,
        decide(
            lambda n: _rises_and_falls(n, "even") and _rises_and_falls(n, "odd"),
            lambda n: _rises_and_falls(n, "even"),
        ),
        "An odd N has the Curie peak of its unpaired electron at ω = 0.",
        "fig4",
    ),
    Claim(
        "bcs-narrower",
        "The BCS mean field gives much more narrow peaks of χ.",
        "text on Fig. 4",
        "Holds if BCS gains a quarter of its final moment on a field interval shorter than half the exact "
        "one, at all of .02, .05, .1, .2T₀ and M = 7, 23; with correction if always shorter.",
        narrower,
        decide(lambda n: all(v < 0.5 for v in n.values()), lambda n: all(v < 1 for v in n.values())),
        "Where BCS jumps at first order the interval has no length.",
        "fig4",
    ),
    Claim(
        "bcs-higher",
        "The BCS peaks of χ are one to two orders of magnitude higher.",
        "text on Fig. 4",
        "Holds if the highest smooth BCS χ is 10 to 100 times (within a factor √10) the highest exact χ at "
        "all of .02, .05, .1, .2T₀ and M = 7, 23; with correction if at each of these eight points it is so "
        "or BCS jumps at first order, which is higher than any peak.",
        higher,
        decide(
            lambda n: n["points one to two orders higher, of 8"] == 8,
            lambda n: n["points higher, jumps counted, of 8"] == 8,
        ),
        "Cold BCS has first-order jumps, δ-functions of χ with weight Δm and no height; the height of a "
        "curve drawn through them is that of the grid. So high is the smooth part only near critical end "
        "points: M = 7 at {10–100 from T/T₀, M=7} to {10–100 to T/T₀, M=7} T₀; M = 23 is "
        "{smooth BCS/exact, M=23, 0.1T₀} times higher at .1T₀ and {smooth BCS/exact, M=23, 0.2T₀} times at "
        ".2T₀.",
        "fig4",
    ),
    Claim(
        "heat-double",
        "C has a double peak structure for M = 7 at .02T_c: it goes up near a crossing, with a dip at the "
        "crossing.",
        "Fig. 5, upper panel (M = 7)",
        "Holds if every crossing has a maximum on both sides, all maxima lie within 2 % of the two-level "
        "maximum, and at the crossings and midway between them C is below a tenth of it.",
        double_peaks_of_heat,
        decide(
            lambda n: (
                n["crossings with a maximum on both sides"] == n["crossings"]
                and within(n["lowest maximum"], n["two-level maximum"], 0.02)
                and within(n["highest maximum"], n["two-level maximum"], 0.02)
                and max(n["highest C at a crossing"], n["highest C midway"]) < 0.1 * n["two-level maximum"]
            )
        ),
        figure="fig5",
    ),
    Claim(
        "heat-between",
        "For T = 0.1T_c C takes substantial values between the crossings; the dips at the crossings remain.",
        "Fig. 5, upper panel (M = 7)",
        "Holds if midway C > .1 k_B at .1T₀ and every crossing has a minimum within .06ω_c, below "
        ".01 k_B; with correction if the minima remain but are not zero.",
        heat_between,
        decide(
            lambda n: _filled(n) and n["lowest C at a crossing at .1T₀"] < 0.01,
            _filled,
        ),
        figure="fig5",
    ),
    Claim(
        "heat-wiggles",
        "For the M = 23 cluster C shows only two wiggles, the residue of the discrete electronic levels.",
        "Fig. 5, lower panel (M = 23)",
        "Holds if C has two maxima at .1 and .2T₀.",
        wiggles,
        decide(lambda n: n["maxima at 0.1T₀"] == 2 and n["maxima at 0.2T₀"] == 2),
        "At .02 and .05T₀ more are resolved ({maxima at 0.02T₀} and {maxima at 0.05T₀} maxima).",
        "fig5",
    ),
)
