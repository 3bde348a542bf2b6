"""Claims about the staircase at T = 0 and how the gap falls with field and heat (Figs. 1–3)."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.paper import measures
from quasispin.paper.claim import Claim, Numbers, decide, within
from quasispin.paper.clusters import PARITIES, TEMPERATURE_UNIT, cluster, field_unit
from quasispin.spectrum.multiplicities import multiplicities
from quasispin.system.shell import Shell
from quasispin.system.staircase import pair_number
from quasispin.system.system import System

ODD_SHELLS = range(3, 52, 2)
ABOVE = (1.05, 1.5, 2.0)
"""Fields above ω_c that Fig. 2 shows, in ω_c."""


def printed_step(pairs: int, seniority: int) -> float:
    """ω_{ν→ν+2} of eq. (12) for Δ₀ = 1."""
    return 2 / pairs * (1.0 if seniority == 0 else (pairs - seniority) / (pairs - seniority - 1))


def printed_moment(pairs: int, seniority: int) -> float:
    """m_ν of eq. (11), in μ_B."""
    odd = 1 - (-1) ** seniority
    return float((seniority * (2 * pairs - seniority) - odd / 2 + 4 * (seniority != 0)) / 4)


def steps_of_eq_12() -> Numbers:
    worst, steps = 0.0, 0
    for pairs in ODD_SHELLS:
        for electrons in range(2 * pairs + 1):
            system = System.single_shell(Shell.orbital((pairs - 1) // 2), electrons, gap_scale=1.0)
            before = [nu for nu, _ in system.crossing_seniorities()]
            for nu, field in zip(before, system.crossing_fields(), strict=True):
                worst = max(worst, abs(field / printed_step(pairs, nu) - 1))
                steps += 1
    return {"largest relative deviation": worst, "steps compared": steps}


def moments_of_eq_11() -> Numbers:
    worst, levels = 0.0, 0
    for pairs in (3, 5, 7, 9, 11):
        for nu in range(pairs + 1):
            states = multiplicities(Shell.orbital((pairs - 1) // 2).moments, nu)
            worst = max(worst, abs(max(float(m) for m in states) - printed_moment(pairs, nu)))
            levels += 1
    return {"largest deviation in μ_B": worst, "seniorities compared": levels}


def critical_fields() -> Numbers:
    def holds(pairs: int) -> bool:
        even = [cluster(pairs), cluster(pairs).with_electrons(pairs + 1)]
        return all(within(s.critical_field * pairs, 3, 1e-12) for s in even) and within(
            cluster(pairs, "odd").critical_field * pairs, 4, 1e-12
        )

    failing = [pairs for pairs in ODD_SHELLS if not holds(pairs)]
    return {
        "largest M that fails": max(failing, default=0),
        "smallest M tested": min(ODD_SHELLS),
        "Mω_c/Δ₀ at M=3, even N": 3 * cluster(3).critical_field,
    }


def plateaus() -> Numbers:
    worst, last, falls = 0.0, 0.0, True
    for parity in PARITIES:
        system = cluster(11, parity)
        fields, seniorities = middles(system)
        exact = np.array([plateau(system, nu) for nu in seniorities])
        for temperature in (0.0, 0.002 * TEMPERATURE_UNIT):
            found = measures.gap(Canonical(system).averages(temperature, fields))
            worst = max(worst, float(np.abs(found - exact).max()))
        falls = falls and bool((np.diff(found) < 0).all())
        last = max(last, float(found[-1]))
    return {
        "largest deviation": worst,
        "Δ_c above the last step": last,
        "every step lowers Δ_c": float(falls),
    }


def middles(system: System) -> tuple[Array, list[int]]:
    """A field on every plateau of the T = 0 staircase and its seniority."""
    corners = np.concatenate(([0.0], system.crossing_fields(), [1.5 * system.critical_field]))
    fields = (corners[1:] + corners[:-1]) / 2
    return fields, [system.ground_seniority(float(f)) for f in fields]


def plateau(system: System, seniority: int) -> float:
    """√(−GE_ν) with E_ν of eq. (4)."""
    coupling = float(system.coupling_matrix[0, 0])
    return coupling * math.sqrt(pair_number(system.pair_degeneracy, system.electrons, seniority))


def moment_steps() -> Numbers:
    numbers: dict[str, float] = {}
    for pairs in MOMENT_SHELLS:
        system = cluster(pairs)
        fields, seniorities = middles(system)
        exact = np.array([printed_moment(pairs, nu) for nu in seniorities])
        numbers[f"steps, M={pairs}"] = len(seniorities) - 1
        for temperature in (0.05, 0.1):
            found = Canonical(system).averages(temperature * TEMPERATURE_UNIT, fields).moment
            off = np.abs(found - exact)[1:] / np.diff(exact)
            numbers[f"largest distance from a plateau in steps, M={pairs}, {temperature}T₀"] = float(
                off.max()
            )
    return numbers


MOMENT_SHELLS = (7, 15, 23, 39)
"""M of the last shell of aluminium spheres of 1 to 4 nm, by the paper's l ≈ N^{1/3} − 1.4."""


def _has_plateaus(n: Numbers, pairs: int, temperature: float) -> bool:
    return n[f"largest distance from a plateau in steps, M={pairs}, {temperature}T₀"] < 0.1


def bcs_destroyed_earlier() -> Numbers:
    system, unit = cluster(11), field_unit(11)
    edge = measures.mean_field_edge(system, 0.01 * TEMPERATURE_UNIT, 2 * unit)
    odd = measures.gap(MeanField(cluster(11, "odd")).averages(0.01 * TEMPERATURE_UNIT, 2 * unit))
    return {
        "BCS critical field in ω_c": edge / unit,
        "BCS critical field in G": edge / (2 / 11),
        "BCS gap of N=M at 2ω_c": float(odd),
    }


EDGE_TEMPERATURES = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def bcs_field_falls() -> Numbers:
    numbers: dict[str, float] = {}
    for pairs in (7, 11, 23):
        system, unit = cluster(pairs), field_unit(pairs)
        edges = [
            measures.mean_field_edge(system, t * TEMPERATURE_UNIT, 2 * unit) / unit for t in EDGE_TEMPERATURES
        ]
        numbers[f"largest rise, M={pairs}"] = max(0.0, *(b - a for a, b in pairwise(edges)))
        numbers[f"at .02T₀, M={pairs}"], numbers[f"at .9T₀, M={pairs}"] = edges[0], edges[-1]
    return numbers


def bcs_melting_falls() -> Numbers:
    numbers: dict[str, float] = {}
    for pairs in (7, 11, 23):
        system, unit = cluster(pairs), field_unit(pairs)
        heat = [
            measures.mean_field_melting(system, w * unit, 1.5 * TEMPERATURE_UNIT) / TEMPERATURE_UNIT
            for w in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
        ]
        numbers[f"largest rise, M={pairs}"] = max(0.0, *(b - a for a, b in pairwise(heat)))
        numbers[f"at ω=0, M={pairs}"], numbers[f"at .6ω_c, M={pairs}"] = heat[0], heat[-1]
    return numbers


def mean_field_reentrance() -> Numbers:
    system = cluster(7)
    heat = np.linspace(0.0, 0.3, 61) * TEMPERATURE_UNIT
    gaps = measures.gap(MeanField(system).averages(heat, 0.925 * 2 / 7))
    return {
        "Δ(T=0)": float(gaps[0]),
        "highest Δ": float(gaps.max()),
        "at T/T₀": float(heat[gaps.argmax()] * 2),
    }


def induced_at_08() -> Numbers:
    system, field = cluster(11), 1.05 * field_unit(11)
    hot = Canonical(system).averages(0.8 * TEMPERATURE_UNIT, field)
    return {
        "Δ_conn(1.05ω_c)": float(measures.connected_gap(hot)),
        "Δ_c(1.05ω_c)": float(measures.gap(hot)),
        "Δ_c at T=0": float(measures.gap(Canonical(system).averages(0.0, field))),
        "BCS gap": float(measures.gap(MeanField(system).averages(0.8 * TEMPERATURE_UNIT, field))),
    }


def induced_at_2() -> Numbers:
    system, unit = cluster(11), field_unit(11)
    field = np.linspace(0.0, 8.0, 1601)
    gaps = measures.connected_gap(Canonical(system).averages(2 * TEMPERATURE_UNIT, field * unit))
    edges = {
        f"edge at Δ_conn={level:g}": float(field[gaps > level].max()) for level in (0.05, 0.1, 0.15, 0.2)
    }
    return {"Δ_conn(2ω_c)": float(np.interp(2.0, field, gaps)), **edges}


def gradual_fall() -> Numbers:
    system, unit = cluster(11), field_unit(11)
    field = np.linspace(0.0, 4.0, 1601)
    gaps = measures.connected_gap(Canonical(system).averages(2 * TEMPERATURE_UNIT, field * unit))
    cold = measures.connected_gap(Canonical(system).averages(0.02 * TEMPERATURE_UNIT, field * unit))
    return {
        "90–50 % width at 2T₀ in ω_c": _fall(field, gaps),
        "90–50 % width at .02T₀ in ω_c": _fall(field, cold),
    }


def _fall(field: Array, gaps: Array) -> float:
    return float(field[gaps > 0.5 * gaps[0]].max() - field[gaps > 0.9 * gaps[0]].max())


HEAT = np.linspace(0.0, 12.0, 4801)
"""T/T₀ for what is read off along the temperature."""


def drop_at_zero_field() -> Numbers:
    gaps = measures.gap(Canonical(cluster(11)).averages(HEAT * TEMPERATURE_UNIT, 0.0))
    steepest = float(HEAT[np.argmin(np.gradient(gaps, HEAT))])
    return {"steepest at T/T₀": steepest, "Δ_c(T₀)/Δ_c(0)": float(np.interp(1.0, HEAT, gaps) / gaps[0])}


def tail() -> Numbers:
    system = cluster(11)
    hot = Canonical(system).averages(2 * TEMPERATURE_UNIT, 0.0)
    everywhere = Canonical(system).averages(1e4, 0.0)
    return {
        "Δ_conn(2T₀)": float(measures.connected_gap(hot)),
        "Δ_c(2T₀)": float(measures.gap(hot)),
        "Δ_c(T→∞)": float(measures.gap(everywhere)),
        "G√(N(N−1)/(2(2M−1)))": 2 / 11 * math.sqrt(10 * 9 / (2 * 21)),
        "BCS gap(2T₀)": float(measures.gap(MeanField(system).averages(2 * TEMPERATURE_UNIT, 0.0))),
    }


def growth_with_heat() -> Numbers:
    numbers: dict[str, float] = {}
    for ratio in ABOVE:
        values = Canonical(cluster(11)).averages(HEAT * TEMPERATURE_UNIT, ratio * field_unit(11))
        for name, gaps in (("Δ_c", measures.gap(values)), ("Δ_conn", measures.connected_gap(values))):
            numbers[f"{name}(T=0) at {ratio}ω_c"] = float(gaps[0])
            numbers[f"highest {name} at {ratio}ω_c"] = float(gaps.max())
            numbers[f"its T/T₀ for {name} at {ratio}ω_c"] = float(HEAT[gaps.argmax()])
    return numbers


def _grows(n: Numbers, name: str) -> bool:
    return all(
        n[f"{name}(T=0) at {r}ω_c"] < 1e-6
        and n[f"highest {name} at {r}ω_c"] > 0.1
        and 0 < n[f"its T/T₀ for {name} at {r}ω_c"] < HEAT[-1]
        for r in ABOVE
    )


def mechanism() -> Numbers:
    system, field = cluster(11), 1.05 * field_unit(11)
    cold, hot = (
        Canonical(system).averages(t, field).seniority_distribution for t in (0.0, 0.8 * TEMPERATURE_UNIT)
    )
    assert cold is not None
    assert hot is not None
    return {"P(ν=10) at T=0": float(cold[10]), "P(ν<10) at .8T₀": float(hot[:10].sum())}


def small_cluster() -> Numbers:
    numbers: dict[str, float] = {}
    for temperature in (0.02, 0.1):
        _, slope = measures.slope_curve(7, temperature)
        numbers[f"maxima at {temperature}T₀"] = len(measures.maxima(slope))
        numbers[f"deepest valley/peak at {temperature}T₀"] = min(measures.valleys(slope), default=math.nan)
        numbers[f"highest valley/peak at {temperature}T₀"] = max(measures.valleys(slope), default=math.nan)
    return numbers


def large_cluster() -> Numbers:
    return {
        "maxima at .1T₀, M=23": len(measures.maxima(measures.slope_curve(23, 0.1)[1])),
        "maxima at .1T₀, M=7": len(measures.maxima(measures.slope_curve(7, 0.1)[1])),
    }


def irregularity() -> Numbers:
    shoulder = measures.highest(lambda t: len(measures.bumps(measures.slope_curve(23, t)[1])) >= 2)
    field, slope = measures.slope_curve(23, 0.05)
    return {
        "bumps at .1T₀": len(measures.bumps(measures.slope_curve(23, 0.1)[1])),
        "bumps at .2T₀": len(measures.bumps(measures.slope_curve(23, 0.2)[1])),
        "two maxima up to T/T₀": measures.steps_survive_to(23),
        "shoulder up to T/T₀": shoulder,
        "maximum nearest .7ω_c at .05T₀": min(
            (float(field[i]) for i in measures.maxima(slope)), key=_from_07, default=math.nan
        ),
    }


def _from_07(field: float) -> float:
    return abs(field - 0.7)


STEP_SHELLS = (7, 11, 15, 23, 31, 39, 51)


def survival() -> Numbers:
    return {f"T/T₀ for M={pairs}": measures.steps_survive_to(pairs) for pairs in STEP_SHELLS}


def _sharp_border(n: Numbers) -> bool:
    return (
        all(within(n[f"T/T₀ for M={m}"], 0.1, 0.2) for m in STEP_SHELLS if m < 50)
        and n["T/T₀ for M=51"] < 0.006
    )


def _one_over_m(n: Numbers) -> bool:
    products = [m * n[f"T/T₀ for M={m}"] for m in STEP_SHELLS]
    return min(products) > 0 and max(products) < 2.5 * min(products)


def washed_out() -> Numbers:
    return {f"T/T₀ for M={pairs}": measures.steps_survive_to(pairs) for pairs in (7, 11, 23)}


STEPS: tuple[Claim, ...] = (
    Claim(
        "steps",
        "The state of lowest energy changes from ν to ν+2 at ω_{ν+2} = (2Δ(0)/M)[1 if ν=0, else "
        "(M−ν)/(M−ν−1)].",
        "eq. (12)",
        "Holds if the lower envelope of E_ν − ωm_ν, in exact rational arithmetic, has every step of M = 3 … "
        "51 at every filling within 10⁻¹² of (12).",
        steps_of_eq_12,
        decide(lambda n: n["largest relative deviation"] < 1e-12 and n["steps compared"] > 0),
        "{steps compared} steps compared, ν+2 ≤ min(N, 2M−N).",
        "levels",
    ),
    Claim(
        "moments",
        "The lowest state of each seniority has the moment m_ν = (μ_B/4){ν(2M−ν) − ½[1−(−)^ν] + 4(1−δ_ν0)}.",
        "eq. (11)",
        "Holds if the highest moment of the enumerated states agrees with (11) for every ν of M = 3 … 11.",
        moments_of_eq_11,
        decide(lambda n: n["largest deviation in μ_B"] == 0 and n["seniorities compared"] > 0),
        "For even ν ≥ 2 the top state has S = 1: not all spins are aligned.",
        "levels",
    ),
    Claim(
        "critical-field",
        "For a half filled shell ω_c = 3Δ(0)/M for even electron number and 4Δ(0)/M for odd.",
        "below eq. (12)",
        "Holds if true for every odd M = 3 … 51; with correction if for every M ≥ 5.",
        critical_fields,
        decide(
            lambda n: n["largest M that fails"] == 0,
            lambda n: n["largest M that fails"] < 5,
        ),
        "M = 3 with even N has only the first step: Mω_c/Δ₀ = {Mω_c/Δ₀ at M=3, even N}.",
        "levels",
    ),
    Claim(
        "plateaus",
        "At T = 0 the pair correlations are destroyed step by step: at each step two electron states are "
        "blocked.",
        "Fig. 1, M = 11",
        "Holds if Δ_c(T→0) lies within 10⁻⁶Δ₀ of √(−GE_ν) between all crossings, every step lowers it, and "
        "it is 0 above the last one, for N = 10 and 11.",
        plateaus,
        decide(
            lambda n: (
                n["largest deviation"] < 1e-6
                and n["every step lowers Δ_c"] == 1
                and n["Δ_c above the last step"] < 1e-6
            )
        ),
        figure="fig1",
    ),
    Claim(
        "moment-steps",
        "At T < 0.1T_c an increasing field causes the magnetic moment of clusters of R < 5 nm to grow in a "
        "step like manner.",
        "summary",
        "Holds if midway between their crossings M = 7, 15, 23 and 39 have the moments (11) within a "
        "tenth of "
        "a step at .05 and .1T₀; with correction if the smallest, M = 7, has.",
        moment_steps,
        decide(
            lambda n: all(_has_plateaus(n, m, t) for m in MOMENT_SHELLS for t in (0.05, 0.1)),
            lambda n: all(_has_plateaus(n, 7, t) for t in (0.05, 0.1)),
        ),
        "At .05T₀ the plateaus of M = 7, 15, 23 and 39 are missed by "
        "{largest distance from a plateau in steps, M=7, 0.05T₀}, "
        "{largest distance from a plateau in steps, M=15, 0.05T₀}, "
        "{largest distance from a plateau in steps, M=23, 0.05T₀} and "
        "{largest distance from a plateau in steps, M=39, 0.05T₀} steps: the larger, the closer the steps.",
        "fig4",
    ),
    Claim(
        "bcs-earlier",
        "In the mean field the pair correlations are more rapidly destroyed; fluctuations stabilise the "
        "pairing.",
        "Fig. 1",
        "Holds if the BCS gap of M = 11, N = 10 at .01T₀ is lost below the exact ω_c for even and odd N; "
        "with correction if for even N only.",
        bcs_destroyed_earlier,
        decide(
            lambda n: n["BCS critical field in ω_c"] < 0.999 and n["BCS gap of N=M at 2ω_c"] < 1e-3,
            lambda n: n["BCS critical field in ω_c"] < 0.999,
        ),
        "N = 10: at {BCS critical field in G} G, the first exact step. At N = M the pair with moment 0 keeps "
        "Δ = {BCS gap of N=M at 2ω_c} at any field: an artefact of the mean field.",
        "fig1",
    ),
    Claim(
        "bcs-field-falls",
        "The frequency where the BCS gap is 0 shifts towards smaller values with increasing T.",
        "Fig. 1",
        "Holds if along T = .02 … .9T₀ it never rises by more than .001ω_c and ends lower by .1ω_c at "
        "least, M = 7, 11, 23; with correction if it rises by less than .05ω_c.",
        bcs_field_falls,
        decide(lambda n: _falls(n, 0.001, ".02T₀", ".9T₀"), lambda n: _falls(n, 0.05, ".02T₀", ".9T₀")),
        figure="map",
    ),
    Claim(
        "bcs-melting-falls",
        "The temperature where the BCS gap is 0 shifts from T_c to lower values for ω > 0.",
        "Fig. 2",
        "Holds if along ω = 0 … .6ω_c it never rises by more than .001T₀ and ends lower by .1T₀ at least, M "
        "= 7, 11, 23.",
        bcs_melting_falls,
        decide(lambda n: _falls(n, 0.001, "ω=0", ".6ω_c")),
        figure="map",
    ),
    Claim(
        "bcs-monotone",
        "The BCS gap behaves as expected from macroscopic superconductors.",
        "text on Fig. 1",
        "Read here as: it falls with T at every field. Holds if Δ(T) of M = 7, N = 6 at ω = .925G "
        "never exceeds Δ(0) by more than 10⁻³Δ₀; with correction "
        "if by less than .1Δ₀.",
        mean_field_reentrance,
        decide(
            lambda n: n["highest Δ"] - n["Δ(T=0)"] < 1e-3,
            lambda n: n["highest Δ"] - n["Δ(T=0)"] < 0.1,
        ),
        "The mean field itself is slightly re-entrant: {Δ(T=0)} at T = 0, {highest Δ} at {at T/T₀} T₀.",
        "spins",
    ),
    Claim(
        "induced-.8",
        "For T = 0.8T_c there is a region above ω_c where there are still pair correlations.",
        "Fig. 1",
        "Holds if Δ_conn(1.05ω_c) > .1Δ₀, where it is 0 at T = 0 and in BCS.",
        induced_at_08,
        decide(lambda n: n["Δ_conn(1.05ω_c)"] > 0.1 and n["Δ_c at T=0"] < 1e-6 and n["BCS gap"] < 1e-6),
        figure="fig1",
    ),
    Claim(
        "induced-2",
        "For T = 2T_c this region extends to 2ω_c.",
        "Fig. 1",
        "Holds if Δ_conn falls below .05, .1, .15 and .2Δ₀ within 10 % of one field, 2ω_c; with correction "
        "(no edge, a lower bound) if Δ_conn(2ω_c) > .1Δ₀.",
        induced_at_2,
        decide(
            lambda n: all(within(n[f"edge at Δ_conn={x:g}"], 2.0, 0.1) for x in (0.05, 0.1, 0.15, 0.2)),
            lambda n: n["Δ_conn(2ω_c)"] > 0.1,
        ),
        "There is no edge: the field depends on the threshold ({edge at Δ_conn=0.2} to "
        "{edge at Δ_conn=0.05} ω_c).",
        "fig1",
    ),
    Claim(
        "gradual",
        "At T = 2T_c the pair correlations fall off very gradually with ω.",
        "Fig. 1",
        "Holds if Δ_conn needs more than ω_c/2 to fall from 90 to 50 %, and at .02T₀ less.",
        gradual_fall,
        decide(
            lambda n: n["90–50 % width at 2T₀ in ω_c"] > 0.5 > n["90–50 % width at .02T₀ in ω_c"],
        ),
        figure="fig1",
    ),
    Claim(
        "drop",
        "For ω = 0 there is a pronounced drop of Δ_c around T_c.",
        "Fig. 2",
        "Holds if Δ_c falls steepest within 25 % of T₀ and has lost at least a quarter there.",
        drop_at_zero_field,
        decide(lambda n: within(n["steepest at T/T₀"], 1.0, 0.25) and n["Δ_c(T₀)/Δ_c(0)"] < 0.75),
        figure="fig2",
    ),
    Claim(
        "tail",
        "Above T_c there is a long tail of dynamic pairing.",
        "Fig. 2",
        "Holds if Δ_conn(2T₀) > .1Δ₀, BCS has none, and Δ_c has no floor above .05Δ₀; with correction if it "
        "has one.",
        tail,
        decide(
            lambda n: n["Δ_conn(2T₀)"] > 0.1 > n["BCS gap(2T₀)"] and n["Δ_c(T→∞)"] < 0.05,
            lambda n: n["Δ_conn(2T₀)"] > 0.1 > n["BCS gap(2T₀)"],
        ),
        "Δ_c also counts pairs that are there by chance; it never falls below {Δ_c(T→∞)} Δ₀. The tail is "
        "real in Δ_conn.",
        "fig2",
    ),
    Claim(
        "growth",
        "For ω ≥ ω_c the dynamic pair correlations only build up with increasing T.",
        "Fig. 2",
        "Holds if at 1.05, 1.5 and 2ω_c both Δ_c and Δ_conn are 0 at T = 0 and have a maximum above .1Δ₀ at "
        "a T < 12T₀; with correction if Δ_conn only.",
        growth_with_heat,
        decide(lambda n: _grows(n, "Δ_c") and _grows(n, "Δ_conn"), lambda n: _grows(n, "Δ_conn")),
        "Δ_conn is highest at {its T/T₀ for Δ_conn at 1.05ω_c}, {its T/T₀ for Δ_conn at 1.5ω_c} and "
        "{its T/T₀ for Δ_conn at 2.0ω_c} T₀; at high T Δ_c ends on its floor.",
        "fig2",
    ),
    Claim(
        "mechanism",
        "At T = 0 all electrons are unpaired for ω > ω_c; at T > 0 states with lower seniority enter the "
        "ensemble.",
        "text on Fig. 2",
        "Holds if at 1.05ω_c P(ν=10) = 1 at T = 0 and P(ν<10) > .1 at .8T₀.",
        mechanism,
        decide(lambda n: abs(n["P(ν=10) at T=0"] - 1) < 1e-12 and n["P(ν<10) at .8T₀"] > 0.1),
        figure="fig2",
    ),
    Claim(
        "m7-steps",
        "A very small cluster (M = 7) has very pronounced steps; at T = 0.1T_c they are noticeably washed "
        "out.",
        "Fig. 3",
        "Holds if −dΔ_c/dω has three maxima at .02T₀ with valleys below .05 of them, and at .1T₀ still at "
        "least two, with a valley above .1.",
        small_cluster,
        decide(
            lambda n: (
                n["maxima at 0.02T₀"] == 3
                and n["highest valley/peak at 0.02T₀"] < 0.05
                and n["maxima at 0.1T₀"] >= 2
                and n["highest valley/peak at 0.1T₀"] > 0.1
            )
        ),
        figure="slopes",
    ),
    Claim(
        "m23-no-steps",
        "No individual steps are recognizable at T = 0.1T_c for the large cluster (M = 23).",
        "Fig. 3",
        "Holds if −dΔ_c/dω of M = 23 has one maximum at .1T₀, while M = 7 has more.",
        large_cluster,
        decide(lambda n: n["maxima at .1T₀, M=23"] == 1 and n["maxima at .1T₀, M=7"] > 1),
        figure="slopes",
    ),
    Claim(
        "m23-irregularity",
        "At T = 0.1T_c M = 23 has some irregularity around .7ω_c, averaged out for T = 0.2T_c.",
        "Fig. 3",
        "Holds if −dΔ_c/dω has a second bump (maximum or shoulder: a second concave stretch) at .1T₀ and "
        "none at .2T₀; with correction (another T) if there is one up to at least .05T₀, with a maximum "
        "within .05 of .7ω_c.",
        irregularity,
        decide(
            lambda n: n["bumps at .1T₀"] >= 2 and n["bumps at .2T₀"] == 1,
            lambda n: (
                n["shoulder up to T/T₀"] >= 0.05
                and n["bumps at .2T₀"] == 1
                and _from_07(n["maximum nearest .7ω_c at .05T₀"]) < 0.05
            ),
        ),
        "The residue is real but colder: two maxima up to {two maxima up to T/T₀} T₀, a shoulder up to "
        "{shoulder up to T/T₀} T₀.",
        "slopes",
    ),
    Claim(
        "observable-steps",
        "Only for M < 50, i.e. N < 2·10⁴, and T < 0.1T_c the step wise change of Δ_c is observable.",
        "text on Fig. 3",
        "Holds if −dΔ_c/dω has two maxima up to T = (.1 ± .02)T₀ for every M < 50 and never for M = 51; "
        "with correction (a smooth trade-off, T ∝ 1/M) if M·T varies by less than a factor 2.5 from M = 7 "
        "to 51.",
        survival,
        decide(_sharp_border, _one_over_m),
        "The highest temperature falls about as 1/M, from {T/T₀ for M=7} T₀ at M = 7 to {T/T₀ for M=51} T₀ "
        "at M = 51.",
        "slopes",
    ),
    Claim(
        "washed-out",
        "The steps are washed out at T > 0.2T_c.",
        "summary",
        "Holds if −dΔ_c/dω has no second maximum above .2T₀ for M = 7, 11, 23; with correction if for M = "
        "11, 23 only.",
        washed_out,
        decide(
            lambda n: max(n[f"T/T₀ for M={m}"] for m in (7, 11, 23)) <= 0.2,
            lambda n: max(n[f"T/T₀ for M={m}"] for m in (11, 23)) <= 0.2,
        ),
        "M = 7 keeps two maxima up to {T/T₀ for M=7} T₀.",
        "slopes",
    ),
)


def _falls(n: Numbers, slack: float, first: str, last: str) -> bool:
    return all(
        n[f"largest rise, M={m}"] <= slack and n[f"at {last}, M={m}"] < n[f"at {first}, M={m}"] - 0.1
        for m in (7, 11, 23)
    )
