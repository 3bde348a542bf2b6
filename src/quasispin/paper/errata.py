"""What the paper prints wrongly or leaves out, each tested as a claim: its verdict is on what is printed."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np

from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.paper import measures, metal
from quasispin.paper.claim import Claim, Numbers, decide, within
from quasispin.paper.claims_steps import plateau
from quasispin.paper.clusters import TEMPERATURE_UNIT, cluster, field_unit
from quasispin.paper.states import configurations
from quasispin.spectrum.multiplicities import multiplicities
from quasispin.system.shell import Shell


def heat_capacity_formula() -> Numbers:
    """Both readings of (2) against dU/dT + m dω/dT at fixed ω, by differences of F and S."""
    ensemble, heat, field, step = Canonical(cluster(11)), 0.6 * TEMPERATURE_UNIT, 0.5 * field_unit(11), 2e-3
    grid = heat + step * np.arange(-3, 4)
    values = ensemble.averages(grid, field)
    second = values.free_energy @ SECOND_DIFFERENCE / step**2
    first = values.energy @ FIRST_DIFFERENCE / step
    return {
        "∂U/∂T": float(first),
        "−∂²F/∂T²": float(-second),
        "−T∂²F/∂T²": float(-heat * second),
        "T in Δ₀": heat,
    }


SECOND_DIFFERENCE = np.array([2, -27, 270, -490, 270, -27, 2]) / 180
FIRST_DIFFERENCE = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60


def q_binomials() -> Numbers:
    """Φ_ν of (8) and (9) with both readings of its last index, against a count of all configurations."""
    numbers: dict[str, float] = {}
    for name, index in (("ν/2−Σ", None), ("ν/2−σ with σ=½", 0.5)):
        worst = max(
            abs(printed_phi(7, nu, 0.7, index) / _sum(configurations(Shell.orbital(3).moments)[nu], 0.7) - 1)
            for nu in ((1, 2, 3, 4, 5) if index is None else (1, 3, 5))
        )
        numbers[f"largest relative error with {name}"] = worst
    return numbers


def printed_phi(pairs: int, seniority: int, x: float, spin: float | None = None) -> float:
    """Eq. (8), Σ in steps of one; its last index is ν/2−Σ, or ν/2−`spin`."""
    total, sigma = 0.0, (1 - (-1) ** seniority) / 4
    while sigma <= seniority / 2:
        up, down = seniority / 2 + sigma, seniority / 2 - (sigma if spin is None else spin)
        factor = (1 if sigma == 0 else 2) * math.cosh(2 * x * sigma)
        total += factor * _binomial(pairs, round(up), x) * _binomial(pairs, round(down), x)
        sigma += 1
    return total


def _binomial(pairs: int, electrons: int, x: float) -> float:
    """Φ̃_k of eq. (9)."""
    ratios = (math.sinh(x * (pairs + 1 - k) / 2) / math.sinh(x * k / 2) for k in range(1, electrons + 1))
    return math.prod(ratios)


def _sum(states: Counter[float], x: float) -> float:
    return math.fsum(number * math.exp(x * moment) for moment, number in states.items())


def state_count() -> Numbers:
    """M = 5, N = 8: states by the printed range of ν and by ν ≤ min(N, 2M−N), against (2M choose N)."""
    number = [sum(multiplicities(Shell.orbital(2).moments, nu).values()) for nu in range(6)]
    return {
        "states of 8 electrons in 10": math.comb(10, 8),
        "counted with ν ≤ N and ν ≤ M": sum(number[nu] for nu in range(0, 6, 2)),
        "counted with ν ≤ min(N, 2M−N)": sum(number[nu] for nu in range(0, 3, 2)),
    }


def half_filling() -> Numbers:
    system = cluster(11)
    melting = measures.mean_field_melting(system, 0.0, 1.5 * TEMPERATURE_UNIT, 1e-6)
    odd = measures.mean_field_melting(cluster(11, "odd"), 0.0, 1.5 * TEMPERATURE_UNIT, 1e-6)
    return {
        "Δ(0)/Δ₀, N=10": float(measures.gap(MeanField(system).averages(0.0, 0.0))),
        "Δ(0)/Δ₀, N=11": float(measures.gap(MeanField(cluster(11, "odd")).averages(0.0, 0.0))),
        "T_c/Δ₀, N=10": melting,
        "T_c/Δ₀, N=11": odd,
    }


def electron_numbers() -> Numbers:
    few, many = metal.electrons_in_sphere(1), metal.electrons_in_sphere(5)
    return {
        "N at R=1 nm": few,
        "N at R=5 nm": many,
        "paper/computed at 1 nm": 2e3 / few,
        "paper/computed at 5 nm": 3e5 / many,
        "R in nm at N=2·10⁴": metal.radius_of(2e4),
    }


def diamagnetic_coefficient() -> Numbers:
    si = metal.diamagnetic(1) / metal.electrons_in_sphere(1) ** (2 / 3)
    return {"coefficient, Gaussian": si / (4 * math.pi), "coefficient, SI": si, "paper's": -4e-6}


def hemisphere() -> Numbers:
    counted = [metal.hemisphere_states(degree) for degree in range(1, 13)]
    printed = [metal.printed_hemisphere(degree) for degree in range(1, 13)]
    package = [Shell.hemisphere(degree).pair_degeneracy for degree in range(1, 13)]
    return {
        "l whose number of states is as the paper says": sum(
            a == b for a, b in zip(counted, printed, strict=True)
        ),
        "l that have just l states": sum(a == b for a, b in zip(counted, package, strict=True)),
        "l tested": len(counted),
    }


def magnetic_lengths() -> Numbers:
    lengths = {f"magnetic length in nm at {b} T": metal.magnetic_length(b) for b in (1, 10)}
    return lengths | {"largest R in nm": 5.0}


def step_lengths() -> Numbers:
    numbers: dict[str, float] = {}
    for pairs in (7, 23):
        spacing = [float(b - a) * pairs for a, b in pairwise(cluster(pairs).crossing_fields())]
        numbers[f"shortest step in Δ₀/M, M={pairs}"] = min(spacing)
        numbers[f"longest step in Δ₀/M, M={pairs}"] = max(spacing)
        numbers[f"mean step in Δ₀/M, M={pairs}"] = sum(spacing) / len(spacing)
    return numbers


def sign_of_exponent() -> Numbers:
    states = configurations(Shell.orbital(3).moments)[3]
    top = max(states)
    return {
        "one state: printed/derived": math.exp(-0.7 * top) / math.exp(0.7 * top),
        "the sum: printed/derived": _sum(states, -0.7) / _sum(states, 0.7),
    }


def above_critical() -> Numbers:
    numbers: dict[str, float] = {}
    for electrons in (10, 11, 12):
        system = cluster(11).with_electrons(electrons)
        values = Canonical(system).averages(0.0, 1.1 * system.critical_field)
        numbers[f"Δ_c above ω_c, N={electrons}"] = float(measures.gap(values))
        numbers[f"Δ_conn above ω_c, N={electrons}"] = float(measures.connected_gap(values))
    on_it = Canonical(cluster(11)).averages(0.0, cluster(11).critical_field)
    return numbers | {
        "Δ_c on ω_c, N=10": float(measures.gap(on_it)),
        "equal mixture of ν=8 and 10": math.sqrt(
            (plateau(cluster(11), 8) ** 2 + plateau(cluster(11), 10) ** 2) / 2
        ),
    }


_KIND = "erratum"

ERRATA: tuple[Claim, ...] = (
    Claim(
        "E1-heat-capacity",
        "C = −∂²F/∂T².",
        "eq. (2)",
        "Holds if −∂²F/∂T² agrees with ∂U/∂T to 10⁻⁶ (M = 11, .6T₀, .5ω_c); with correction if T times it "
        "does.",
        heat_capacity_formula,
        decide(
            lambda n: within(n["−∂²F/∂T²"], n["∂U/∂T"], 1e-6),
            lambda n: within(n["−T∂²F/∂T²"], n["∂U/∂T"], 1e-6),
        ),
        "The factor T is missing: the paper's literal quantity is C/T.",
        "fig5",
        _KIND,
    ),
    Claim(
        "E2-phi",
        "Φ_ν = Σ_Σ 2(1+δ_Σ0)⁻¹ Φ̃_{ν/2+Σ} Φ̃_{ν/2−σ} cosh(2βωΣ).",
        "eq. (8)",
        "Holds if true with σ as the spin ½ (odd ν of M = 7, to 10⁻¹⁰, against a count of all "
        "configurations); with correction if with Σ for σ and Σ in steps of one (ν = 1 … 5).",
        q_binomials,
        decide(
            lambda n: n["largest relative error with ν/2−σ with σ=½"] < 1e-10,
            lambda n: n["largest relative error with ν/2−Σ"] < 1e-10,
        ),
        "A misprint, ν/2−σ for ν/2−Σ; that Σ goes in steps of one is not said.",
        None,
        _KIND,
    ),
    Claim(
        "E3-seniorities",
        "The seniority is constrained by 0 ≤ ν ≤ N and ν ≤ M.",
        "below eq. (4)",
        "Holds if it counts every state of 8 electrons in M = 5 pairs; with correction if ν ≤ min(N, 2M−N) "
        "does.",
        state_count,
        decide(
            lambda n: n["counted with ν ≤ N and ν ≤ M"] == n["states of 8 electrons in 10"],
            lambda n: n["counted with ν ≤ min(N, 2M−N)"] == n["states of 8 electrons in 10"],
        ),
        "Complete for N ≤ M+1 only.",
        None,
        _KIND,
    ),
    Claim(
        "E4-half-filling",
        "For the half filled shell and even N the BCS gap is Δ(0) = GM/2, and T_c = Δ(0)/2.",
        "below eqs. (10) and (12)",
        "Holds if exact to 10⁻⁶ for M = 11, N = 10; with correction if to 1 %, and exact for N = 11.",
        half_filling,
        decide(
            lambda n: within(n["Δ(0)/Δ₀, N=10"], 1, 1e-6) and within(n["T_c/Δ₀, N=10"], 0.5, 1e-6),
            lambda n: (
                within(n["Δ(0)/Δ₀, N=10"], 1, 0.01)
                and within(n["T_c/Δ₀, N=10"], 0.5, 0.01)
                and within(n["Δ(0)/Δ₀, N=11"], 1, 1e-6)
                and within(n["T_c/Δ₀, N=11"], 0.5, 1e-6)
            ),
        ),
        "M = 2l+1 is odd, so an even N is one off half filling: Δ(0) = {Δ(0)/Δ₀, N=10} and T_c = "
        "{T_c/Δ₀, N=10} Δ₀.",
        "fig2",
        _KIND,
    ),
    Claim(
        "E5-electrons",
        "A perfect Al-sphere of radius R = 1–5 nm confines N ≈ 2·10³–3·10⁵ free electrons; N < 2·10⁴ is R < "
        "5 nm.",
        "page 1, summary",
        "Holds if both N agree within 25 % with three electrons per atom at the density of Al; with "
        "correction if within a factor 4.",
        electron_numbers,
        decide(
            lambda n: all(within(n[f"paper/computed at {r} nm"], 1, 0.25) for r in (1, 5)),
            lambda n: all(1 / 4 < n[f"paper/computed at {r} nm"] < 4 for r in (1, 5)),
        ),
        "{N at R=1 nm} to {N at R=5 nm} electrons; N < 2·10⁴ is R < {R in nm at N=2·10⁴} nm.",
        "sizes",
        _KIND,
    ),
    Claim(
        "E6-diamagnetism",
        "χ_D ∼ −4·10⁻⁶ N^{2/3}.",
        "eq. (3)",
        "Holds if within 25 % of formula (3) for a uniform Al sphere in Gaussian or SI units; with "
        "correction if within a factor 3 of the SI value.",
        diamagnetic_coefficient,
        decide(
            lambda n: any(within(n["paper's"], n[f"coefficient, {u}"], 0.25) for u in ("Gaussian", "SI")),
            lambda n: 3 * n["coefficient, SI"] < n["paper's"] < n["coefficient, SI"] / 3,
        ),
        "Neither system of units gives it; the χ_D ∼ −1 it is compared with is SI.",
        "sizes",
        _KIND,
    ),
    Claim(
        "E7-hemisphere",
        "The spectrum of a hemisphere consists of the spherical levels with odd l.",
        "page 1",
        "Holds if for l = 1 … 12 the Y_lλ that vanish on the flat face are 2l+1 for odd l and none for even "
        "l.",
        hemisphere,
        decide(lambda n: n["l whose number of states is as the paper says"] == n["l tested"]),
        "It has, of every l, the l states with l+λ odd ({l that have just l states} of {l tested}).",
        "sizes",
        _KIND,
    ),
    Claim(
        "E8-magnetic-length",
        "The magnetic length is small as compared to the cluster size.",
        "above eq. (3)",
        "Holds if √(ħ/eB) < 5 nm at 1 and 10 T.",
        magnetic_lengths,
        decide(lambda n: all(n[f"magnetic length in nm at {b} T"] < n["largest R in nm"] for b in (1, 10))),
        "It is reversed: the argument needs the magnetic length to be large, and it is.",
        "sizes",
        _KIND,
    ),
    Claim(
        "E9-step-length",
        "In the single-shell model the step length is ω_ν − ω_{ν−2} ∼ Δ(0)/M.",
        "text on Fig. 3",
        "Holds if every step length of M = 7 and 23 (even N) is within a factor 3 of Δ₀/M; with correction "
        "if for M = 7 only.",
        step_lengths,
        decide(lambda n: all(_of_order_one(n, m) for m in (7, 23)), lambda n: _of_order_one(n, 7)),
        "The steps bunch: M = 23 has {shortest step in Δ₀/M, M=23} to {longest step in Δ₀/M, M=23} of it.",
        "levels",
        _KIND,
    ),
    Claim(
        "E10-exponent",
        "Φ_ν = Σ_i exp(−βωm_ν,i).",
        "eq. (7)",
        "Holds if each term is the Boltzmann factor of (5), (6) (M = 7, ν = 3, βω = .7); with correction if "
        "only the sum is.",
        sign_of_exponent,
        decide(
            lambda n: within(n["one state: printed/derived"], 1, 1e-12),
            lambda n: within(n["the sum: printed/derived"], 1, 1e-12),
        ),
        "The sign does not follow from (5) and (6), but Φ is even in ω. Also (11) carries μ_B where (5) "
        "does not.",
        None,
        _KIND,
    ),
    Claim(
        "E11-above-critical",
        "ω_c destroys the pairing completely at T = 0.",
        "below eq. (12)",
        "Holds if Δ_c = 0 at T = 0 above ω_c for N = 10, 11 and 12 of M = 11, and on ω_c; with correction "
        "if for N ≤ M, and Δ_conn for all.",
        above_critical,
        decide(
            lambda n: (
                all(n[f"Δ_c above ω_c, N={e}"] < 1e-9 for e in (10, 11, 12)) and n["Δ_c on ω_c, N=10"] < 1e-9
            ),
            lambda n: (
                all(n[f"Δ_c above ω_c, N={e}"] < 1e-9 for e in (10, 11))
                and all(n[f"Δ_conn above ω_c, N={e}"] < 1e-9 for e in (10, 11, 12))
            ),
        ),
        "N = 12 keeps Δ_c = G√(N−M) = {Δ_c above ω_c, N=12}, uncorrelated pairs. On ω_c itself Δ_c is that "
        "of an equal mixture, {Δ_c on ω_c, N=10}.",
        "fig1",
        _KIND,
    ),
)


def _of_order_one(n: Numbers, pairs: int) -> bool:
    return n[f"shortest step in Δ₀/M, M={pairs}"] > 1 / 3 and n[f"longest step in Δ₀/M, M={pairs}"] < 3
