"""Claims that the letter makes in passing, with no figure: level distances, χ_D, fluctuations, rounding."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.canonical import Canonical
from quasispin.paper import measures, metal
from quasispin.paper.beyond import tilt
from quasispin.paper.claim import Claim, Numbers, decide
from quasispin.paper.claims_response import mean_field_curve
from quasispin.paper.clusters import TEMPERATURE_UNIT, cluster, field_unit
from quasispin.system.cluster import Cluster
from quasispin.system.geometry import Geometry, HardWallSphere, Oscillator
from quasispin.system.materials import Material

RADII = (1, 2, 3, 5)
"""R in nm."""
AROUND = 8
"""Shells on either side of the last one over which their distance is averaged."""
PAIR_NUMBERS = (7, 11, 23, 51, 201)
TILTED = 3.0
"""δ in G of the shell with a tilted axis."""
TILTED_FIELDS = 61
"""Points up to `HIGHEST`: between them every crossing is located by bisection."""
ROUNDING = 1e-9
"""Smaller shares are rounding of the gaps on both sides of the crossings."""
HIGHEST = 2.0
"""In ω_c."""


def level_distance() -> Numbers:
    return {
        f"Δe in meV, {name}, R={radius} nm": mean_distance(kind(float(radius)))
        for name, kind in (("hard wall", HardWallSphere), ("oscillator", Oscillator))
        for radius in RADII
    }


def mean_distance(geometry: Geometry) -> float:
    """Mean distance in meV of the shells next to the last one of an aluminium cluster."""
    grain = Cluster(Material.named("Al"), geometry)
    levels = sorted(geometry.levels(grain.electrons, above=AROUND), key=lambda level: level.energy)
    near = levels[-(2 * AROUND + 1) :]
    return (near[-1].energy - near[0].energy) / (len(near) - 1)


def diamagnetic_changes() -> Numbers:
    """How much χ_D ∝ Σ⟨x² + y²⟩ may change while T and ω move the electrons of the last shell, at most."""
    return {f"largest change of χ_D/χ_D, R={radius} nm": diamagnetic_bound(float(radius)) for radius in RADII}


def diamagnetic_bound(radius: float) -> float:
    """A bound: M electrons of the shell in those of its states that lie farthest from the axis, at r = R.

    ⟨sin²θ⟩ of Y_lλ is 1 − (2l(l+1) − 1 − 2λ²)/((2l−1)(2l+3)), ⅔ on the average over λ; the other electrons
    have N·(2/5)R².
    """
    electrons = metal.electrons_in_sphere(radius)
    l = max(1, round(metal.paper_momentum(electrons)))
    z = np.arange(-l, l + 1)
    away = np.repeat(1 - (2 * l * (l + 1) - 1 - 2 * z**2) / ((2 * l - 1) * (2 * l + 3)), 2)
    farthest = np.sort(away)[-(2 * l + 1) :]
    return float((farthest - 2 / 3).sum() / (0.4 * electrons))


def fluctuations() -> Numbers:
    """√Var(A⁺A)/⟨A⁺A⟩ at T_c without a field."""
    numbers: dict[str, float] = {}
    for pairs in PAIR_NUMBERS:
        system = cluster(pairs)
        values = Canonical(system).averages(TEMPERATURE_UNIT, 0.0)
        spread = np.sqrt(measures.pair_energy_variance(system, values))
        numbers[f"√Var(A⁺A)/⟨A⁺A⟩ at T₀, M={pairs}"] = float(spread / -values.pair_energy)
    return numbers


def sensitivity() -> Numbers:
    """How χ changes with T, and how far the mean field, which has no fluctuations, is from it."""
    numbers: dict[str, float] = {}
    for pairs in (7, 23):
        chi = {t: measures.susceptibility_curve(pairs, t)[1] for t in (0.05, 0.1, 0.2)}
        numbers[f"highest χ at .05T₀ over that at .2T₀, M={pairs}"] = float(chi[0.05].max() / chi[0.2].max())
        field = measures.susceptibility_curve(pairs, 0.2)[0]
        shown = chi[0.2] > 0.1 * chi[0.2].max()
        grid, smooth, _, _ = mean_field_curve(pairs, 0.2)
        bcs = np.interp(field[shown], grid, smooth)
        numbers[f"largest |BCS/exact − 1| of χ at .2T₀, M={pairs}"] = float(
            np.abs(bcs / chi[0.2][shown] - 1).max()
        )
    return numbers


def rounded_gap() -> Numbers:
    """Share of the fall of Δ_conn at T = 0 that is smooth, with the axis along the field and tilted "
    "by 45°."""
    return {
        f"smooth share of the fall of Δ_conn, axis at {name}": smooth_fall(name) for name in ("0°", "45°")
    }


@cache
def smooth_fall(name: str) -> float:
    """The part of the fall of Δ_conn between ω = 0 and 2ω_c that is at no crossing, δ = 3G."""
    highest = HIGHEST * field_unit(2 * tilt.MOMENTUM + 1)
    one = tilt.curve(TILTED, tilt.ANGLES[name], TILTED_FIELDS, highest, TEMPERATURE_UNIT)
    fallen = float(one.connected_gap[0] - one.connected_gap[-1])
    jumped = sum(jump.gap_before - jump.gap_after for jump in one.jumps)
    share = 1 - jumped / fallen
    return share if abs(share) > ROUNDING else 0.0


def back_bending() -> Numbers:
    """ω = dE/dm along the lowest states of each moment, M = 11, N = 10: how often it falls while m rises."""
    moments, energies = yrast(11)
    frequency = np.diff(energies) / np.diff(moments)
    falls = sum(bool(after < before - 1e-9) for before, after in pairwise(frequency))
    field = np.linspace(0.0, 2 * field_unit(11), 801)
    in_field = Canonical(cluster(11)).averages(0.0, field).moment
    return {
        "falls of ω along m": falls,
        "steps of the ground state": cluster(11).crossing_fields().size,
        "falls of m along ω": int((np.diff(in_field) < -1e-9).sum()),
    }


def yrast(pairs: int) -> tuple[Array, Array]:
    """The moments m ≥ 0 that occur and the lowest energy of each, without a field."""
    levels = Canonical(cluster(pairs)).levels()
    moments = np.unique(levels.moment[levels.moment >= 0])
    return moments, np.array([levels.energy[levels.moment == m].min() for m in moments])


TEXT: tuple[Claim, ...] = (
    Claim(
        "level-distance",
        "The distance between the levels is Δe ∼ 10 meV for an Al sphere of R = 1–5 nm.",
        "page 1",
        "Holds if the mean distance of the shells next to the last one lies between 5 and 20 meV for R = 1, "
        "2, 3 and 5 nm, hard wall and oscillator; with correction if for the hard wall at 5 nm.",
        level_distance,
        decide(
            lambda n: all(5 < value < 20 for value in n.values()),
            lambda n: 5 < n["Δe in meV, hard wall, R=5 nm"] < 20,
        ),
        "Hard wall {Δe in meV, hard wall, R=1 nm} meV at 1 nm to {Δe in meV, hard wall, R=5 nm} at 5 nm; the "
        "paper's own oscillator {Δe in meV, oscillator, R=1 nm} to {Δe in meV, oscillator, R=5 nm} "
        "meV. All are "
        "far above Δ < 1 meV, on which the argument rests.",
        "sizes",
    ),
    Claim(
        "chi-d-constant",
        "χ_D is nearly temperature and field independent.",
        "below eq. (3)",
        "Holds if no distribution of the electrons of a half-filled last shell changes χ_D by more than 5 %, "
        "R = 1, 2, 3 and 5 nm (a bound: every state of the shell at r = R).",
        diamagnetic_changes,
        decide(lambda n: max(n.values()) < 0.05),
        "At most {largest change of χ_D/χ_D, R=1 nm} at 1 nm and {largest change of χ_D/χ_D, R=5 nm} "
        "at 5 nm.",
    ),
    Claim(
        "fluctuations",
        "The small number of particles taking part in superconductivity causes considerable fluctuations of "
        "the order parameter.",
        "introduction",
        "Holds if √Var(A⁺A) exceeds a quarter of ⟨A⁺A⟩ at T₀ for M = 7, 11 and 23; no limit of large M is "
        "taken.",
        fluctuations,
        decide(lambda n: all(n[f"√Var(A⁺A)/⟨A⁺A⟩ at T₀, M={m}"] > 0.25 for m in (7, 11, 23))),
        "{√Var(A⁺A)/⟨A⁺A⟩ at T₀, M=7}, {√Var(A⁺A)/⟨A⁺A⟩ at T₀, M=11} and {√Var(A⁺A)/⟨A⁺A⟩ at T₀, M=23} for "
        "M = 7, 11 and 23; at T₀, where order begins, they do not fade with size "
        "({√Var(A⁺A)/⟨A⁺A⟩ at T₀, M=201} at M = 201).",
    ),
    Claim(
        "chi-sensitive",
        "χ_P is very sensitive to the temperature and to the fluctuations of the order parameter.",
        "text on Fig. 4",
        "Holds if for M = 7 and 23 the highest χ more than doubles from .2 to .05T₀ and the mean "
        "field, which "
        "drops the fluctuations, is off by more than a factor 2 somewhere at .2T₀ (χ > a tenth of "
        "its maximum); "
        "with correction if for M = 7 only.",
        sensitivity,
        decide(
            lambda n: _is_sensitive(n, 7) and _is_sensitive(n, 23),
            lambda n: _is_sensitive(n, 7),
        ),
        "M = 7: × {highest χ at .05T₀ over that at .2T₀, M=7}; M = 23: × "
        "{highest χ at .05T₀ over that at .2T₀, M=23}.",
        "fig4",
    ),
    Claim(
        "rounded-gap",
        "The deviation of real clusters from sphericity will round the steps of Δ_c already at T = 0.",
        "last but one paragraph",
        "Holds if with δ = 3G (M = 5, N = 4) more than a tenth of the fall of Δ_conn at T = 0 is smooth with "
        "the axis along the field and at 45° to it; with correction if at 45° only.",
        rounded_gap,
        decide(
            lambda n: min(n.values()) > 0.1,
            lambda n: n["smooth share of the fall of Δ_conn, axis at 45°"] > 0.1,
        ),
        "Along the field the moment commutes with H and every step stays sharp "
        "({smooth share of the fall of Δ_conn, axis at 0°} of the fall is smooth); tilted by 45° "
        "{smooth share of the fall of Δ_conn, axis at 45°} is.",
    ),
    Claim(
        "back-bending",
        "The back-bending phenomenon observed in deformed rotating nuclei is an example.",
        "last but one paragraph",
        "Holds if along the lowest states of each moment (M = 11, N = 10) ω = dE/dm falls while m rises at "
        "least once for every step of the ground state, as the frequency of a rotating nucleus does.",
        back_bending,
        decide(lambda n: n["falls of ω along m"] >= n["steps of the ground state"] > 0),
        "It bends back {falls of ω along m} times; in a given field m never falls "
        "({falls of m along ω} times), so that against ω the same is an upward step.",
        "levels",
    ),
)


def _is_sensitive(n: Numbers, pairs: int) -> bool:
    return (
        n[f"highest χ at .05T₀ over that at .2T₀, M={pairs}"] > 2
        and n[f"largest |BCS/exact − 1| of χ at .2T₀, M={pairs}"] > 1
    )
