"""Claims about other ensembles, spins, and the sizes and fields of real clusters."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.base import Ensemble
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.ensembles.mean_field import MeanField
from quasispin.paper import measures, metal
from quasispin.paper.claim import Claim, Numbers, decide, within
from quasispin.paper.clusters import PARITIES, TEMPERATURE_UNIT, cluster, field_unit
from quasispin.system.shell import Shell
from quasispin.system.system import System

ENSEMBLES: tuple[tuple[str, Callable[[System], Ensemble]], ...] = (
    ("canonical", Canonical),
    ("number parity", NumberParity),
    ("grand canonical", GrandCanonical),
    ("BCS", MeanField),
)

SPIN_LEVELS = 8
"""Levels, and electrons, of the box whose spins alone see the field."""


def pairing_above_critical_field() -> Numbers:
    """Δ_conn and Δ_c at 1.5ω_c and T₀, M = 11."""
    numbers: dict[str, float] = {}
    for parity in PARITIES:
        for name, ensemble in ENSEMBLES:
            values = ensemble(cluster(11, parity)).averages(TEMPERATURE_UNIT, 1.5 * field_unit(11))
            numbers[f"Δ_conn, {name}, {parity} N"] = float(measures.connected_gap(values))
            numbers[f"Δ_c, {name}, {parity} N"] = float(measures.gap(values))
    return numbers


def _only_canonical(n: Numbers, share: float) -> bool:
    return all(
        n[f"Δ_conn, {name}, even N"] < share * n["Δ_conn, canonical, even N"]
        for name in ("number parity", "grand canonical", "BCS")
    )


def against_mean_field() -> Numbers:
    """Highest Δ_conn and highest BCS gap above ω_c at any temperature; lowest Δ_conn near T_c there."""
    heat = np.linspace(0.0, 3.0, 61)[:, None] * TEMPERATURE_UNIT
    field = np.linspace(1.02, 2.0, 25)[None, :] * field_unit(11)
    exact = measures.connected_gap(Canonical(cluster(11)).averages(heat, field))
    mean = measures.gap(MeanField(cluster(11)).averages(heat, field))
    hot = Canonical(cluster(11)).averages(TEMPERATURE_UNIT, 1.5 * field_unit(11))
    return {
        "highest Δ_conn above ω_c": float(exact.max()),
        "highest BCS gap above ω_c": float(mean.max()),
        "Δ_conn(T₀, 1.5ω_c)": float(measures.connected_gap(hot)),
    }


def spin_steps() -> Numbers:
    shell = System.single_shell(Shell.spin(11), 10, gap_scale=1.0)
    distances = (float(d) for d in np.arange(0.0, 6.01, 0.25))
    smallest = next((d for d in distances if spin_staircase(d) == SPIN_LEVELS // 2), np.inf)
    return {
        "steps of a spin-only shell, M=11, N=10": shell.crossing_fields().size,
        "its field in G": shell.critical_field / (2 / 11),
        "steps of the orbital shell": cluster(11).crossing_fields().size,
        "level distance in G with every step, 8 levels": float(smallest),
        "steps at a level distance of 1 G": spin_staircase(1.0),
        "steps at a level distance of 4 G": spin_staircase(4.0),
    }


@cache
def spin_envelope(distance: float) -> tuple[Array, Array]:
    """Lowest energy for each moment ≥ 0 of eight spin-½ levels `distance`·G apart, half filled; G = 1."""
    box = System([Shell.spin(1, energy=i * distance) for i in range(SPIN_LEVELS)], SPIN_LEVELS, 1.0)
    levels = Canonical(box).levels()
    moments = np.arange(0.0, SPIN_LEVELS + 1, 2.0)
    return moments, np.array([levels.energy[levels.moment == m].min() for m in moments])


def spin_staircase(distance: float) -> int:
    """How many steps the moment of that box makes at T = 0 on its way to all spins up."""
    return len(envelope(*spin_envelope(distance))) - 1


def envelope(moments: Array, energies: Array) -> list[int]:
    """Indices of the moments that are the ground state somewhere: the lower convex hull of E(m)."""
    hull: list[int] = []
    for i in range(moments.size):
        while len(hull) >= 2 and _above(moments, energies, hull[-2], hull[-1], i):
            hull.pop()
        hull.append(i)
    return hull


def _above(m: Array, e: Array, a: int, b: int, c: int) -> bool:
    return bool((e[b] - e[a]) * (m[c] - m[a]) >= (e[c] - e[a]) * (m[b] - m[a]) - 1e-9)


def angular_momentum() -> Numbers:
    shells = [metal.oscillator_shell(n) for n in range(16, 97)]
    large = [shell for shell in shells if 2e3 <= shell[0] <= 3e5]
    return {
        "largest relative deviation": max(abs(metal.paper_momentum(n) / mean - 1) for n, mean in large),
        "N from": large[0][0],
        "N to": large[-1][0],
    }


def number_of_fifty() -> Numbers:
    electrons = (24.5 + 1.4) ** 3
    return {"N at M=50": electrons, "R of Al in nm": metal.radius_of(electrons)}


def diamagnetism() -> Numbers:
    return {f"χ_D at R={r} nm (SI)": metal.diamagnetic(r) for r in (1, 2, 5)}


def landau_ratio() -> Numbers:
    return {f"χ_D/χ_Landau at R={r} nm": metal.diamagnetic(r) / metal.landau() for r in (1, 2, 3, 5)}


def sustained_field() -> Numbers:
    numbers = {
        f"B_c in tesla at R={r} nm, Δ₀={gap} meV": metal.critical_tesla(pairs_in_sphere(r), gap)
        for r in (1, 2, 3, 5)
        for gap in (0.3, 0.4)
    }
    return numbers | {
        "R of Al in nm with B_c=1 T, Δ₀=.4 meV": _radius_at(1.0),
        "R of Al in nm with B_c=3 T, Δ₀=.4 meV": _radius_at(3.0),
        "B_c in tesla at M=43, Δ₀=.35 meV": metal.critical_tesla(43, 0.35),
    }


def pauli_limit() -> Numbers:
    """A. M. Clogston, Phys. Rev. Lett. 9, 266 (1962), doi:10.1103/PhysRevLett.9.266, for g = 2."""
    return {
        f"Δ₀/√2μ_B in tesla, Δ₀={gap} meV": gap / math.sqrt(2) * metal.TESLA_PER_MEV for gap in (0.3, 0.4)
    }


def pairs_in_sphere(radius: float) -> float:
    """M = 2l + 1 with l ≈ N^{1/3} − 1.4 of an aluminium sphere, R in nm."""
    return 2 * metal.paper_momentum(metal.electrons_in_sphere(radius)) + 1


def _radius_at(tesla: float) -> float:
    momentum = (3 * 0.4 / tesla * metal.TESLA_PER_MEV - 1) / 2
    return metal.radius_of((momentum + 1.4) ** 3)


def above_bulk_field() -> Numbers:
    return {"B_c/99 G at R=5 nm, Δ₀=.3 meV": metal.critical_tesla(pairs_in_sphere(5), 0.3) / 99e-4}


SCALES: tuple[Claim, ...] = (
    Claim(
        "induced-only-canonical",
        "The temperature-induced pairing in a strong magnetic field is only found for the canonical "
        "ensemble.",
        "summary",
        "Holds if at T₀ and 1.5ω_c (M = 11, N = 10) Δ_conn of every other ensemble is below a fifth of the "
        "canonical one; with correction if below a half.",
        pairing_above_critical_field,
        decide(lambda n: _only_canonical(n, 0.2), lambda n: _only_canonical(n, 0.5)),
        "Canonical {Δ_conn, canonical, even N}, number parity {Δ_conn, number parity, even N}, grand "
        "canonical {Δ_conn, grand canonical, even N}, BCS {Δ_conn, BCS, even N}: what differs is whether "
        "fluctuations of the gap are kept, not whether N is fixed.",
        "map",
    ),
    Claim(
        "induced-not-bcs",
        "For T ∼ T_c, reduced but substantial pair correlations persist to a higher field than for T = 0 "
        "(against the mean field).",
        "summary",
        "Holds if Δ_conn(T₀, 1.5ω_c) > .1Δ₀ and the BCS gap is 0 at every T above ω_c (M = 11, N = 10).",
        against_mean_field,
        decide(lambda n: n["Δ_conn(T₀, 1.5ω_c)"] > 0.1 and n["highest BCS gap above ω_c"] < 1e-6),
        figure="map",
    ),
    Claim(
        "spin-flips",
        "Steps are caused by the reorientation of the electron spin; most findings hold qualitatively for "
        "these spin flips.",
        "last but one paragraph",
        "Holds if a spin-only degenerate shell (M = 11, N = 10) has as many steps as the orbital one; with "
        "correction if a box of 8 spin-½ levels has all 4 steps at some level distance up to 6G.",
        spin_steps,
        decide(
            lambda n: n["steps of a spin-only shell, M=11, N=10"] >= n["steps of the orbital shell"],
            lambda n: n["level distance in G with every step, 8 levels"] <= 6,
        ),
        "The spin-only shell makes {steps of a spin-only shell, M=11, N=10} jump, at {its field in G} G; "
        "every step is back when the levels lie {level distance in G with every step, 8 levels} G apart.",
        "spins",
    ),
    Claim(
        "angular-momentum",
        "For a spherical oscillator potential, the average angular momentum at the Fermi surface is l ≈ "
        "N^{1/3} − 1.4.",
        "page 1",
        "Holds if within 5 % of the mean l of the last filled oscillator shell for all N from 2·10³ to "
        "3·10⁵.",
        angular_momentum,
        decide(lambda n: n["largest relative deviation"] < 0.05),
        "Mean over the states of the shell, each l counted 2l+1 times.",
        "sizes",
    ),
    Claim(
        "number-of-fifty",
        "M < 50, i.e. N < 2·10⁴.",
        "text on Fig. 3",
        "Holds if N at l = 24.5 (by l = N^{1/3} − 1.4) lies within 25 % of 2·10⁴.",
        number_of_fifty,
        decide(lambda n: within(n["N at M=50"], 2e4, 0.25)),
        figure="sizes",
    ),
    Claim(
        "diamagnetism",
        "For nm scale clusters χ_D ∼ 10⁻³, much smaller than χ_D ∼ −1 for macroscopic superconductors.",
        "below eq. (3)",
        "Holds if |χ_D| (SI, as the −1) lies between 10⁻³·⁵ and 10⁻²·⁵ for R = 1 and 2 nm and stays below "
        ".1 at 5 nm.",
        diamagnetism,
        decide(
            lambda n: (
                all(10**-3.5 < -n[f"χ_D at R={r} nm (SI)"] < 10**-2.5 for r in (1, 2))
                and -n["χ_D at R=5 nm (SI)"] < 0.1
            )
        ),
        figure="sizes",
    ),
    Claim(
        "landau",
        "χ_D is three orders of magnitude larger than the Landau diamagnetic susceptibility of normal bulk "
        "metals.",
        "below eq. (3)",
        "Holds if the ratio lies between 10²·⁵ and 10³·⁵ for R = 1, 2, 3 and 5 nm; with correction if for "
        "2, 3 and 5 nm.",
        landau_ratio,
        decide(
            lambda n: all(10**2.5 < n[f"χ_D/χ_Landau at R={r} nm"] < 10**3.5 for r in (1, 2, 3, 5)),
            lambda n: all(10**2.5 < n[f"χ_D/χ_Landau at R={r} nm"] < 10**3.5 for r in (2, 3, 5)),
        ),
        "From {χ_D/χ_Landau at R=1 nm} (1 nm) to {χ_D/χ_Landau at R=5 nm} (5 nm).",
        "sizes",
    ),
    Claim(
        "tesla-experiment",
        "The pair correlations were found (by tunnelling, in grains of R = 5–10 nm) to sustain a field of "
        "several tesla.",
        "introduction",
        "Holds if spins alone, the orbital moments quenched as in those irregular grains, break pairs at the "
        "Pauli limit Δ₀/√2μ_B above 2 T for Δ₀ = .3 and .4 meV; the measurement itself is not recomputed.",
        pauli_limit,
        decide(lambda n: all(n[f"Δ₀/√2μ_B in tesla, Δ₀={gap} meV"] > 2 for gap in (0.3, 0.4))),
        "{Δ₀/√2μ_B in tesla, Δ₀=0.3 meV} to {Δ₀/√2μ_B in tesla, Δ₀=0.4 meV} T: a perfect sphere, "
        "whose orbits "
        "feel the field too, sustains far less (the next claim).",
        "sizes",
    ),
    Claim(
        "tesla-model",
        "Since the magnetic field penetrates the cluster it can sustain a very high field of B ∼ tesla.",
        "below eq. (3)",
        "Holds if 3Δ₀/M, Δ₀ = .3–.4 meV, exceeds 1 T for R = 1 … 5 nm of Al; with correction if for R = 1 "
        "nm with .4 meV.",
        lambda: {**sustained_field(), **above_bulk_field()},
        decide(
            lambda n: all(n[f"B_c in tesla at R={r} nm, Δ₀=0.3 meV"] > 1 for r in (1, 2, 3, 5)),
            lambda n: n["B_c in tesla at R=1 nm, Δ₀=0.4 meV"] > 1,
        ),
        "1 T only for R < {R of Al in nm with B_c=1 T, Δ₀=.4 meV} nm, 3 T for R < "
        "{R of Al in nm with B_c=3 T, Δ₀=.4 meV} nm; at 5 nm still {B_c/99 G at R=5 nm, Δ₀=.3 meV} times "
        "the bulk's 99 G.",
        "sizes",
    ),
)
