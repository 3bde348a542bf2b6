"""Questions about an axis that is not that of the field, and about spin–orbit coupling of any strength."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.tilted import ExactDiagonalisation
from quasispin.paper.beyond import tilt
from quasispin.paper.beyond.data import (
    COUPLED_FIELD,
    SHARED_SPLITTINGS,
    TILTED_FIELD,
    WARM,
    low_field_moment,
    strong_moment,
)
from quasispin.paper.beyond.scope import Scope
from quasispin.paper.claim import Claim, Numbers, Verdict, decide, within

NEAR = 0.05
"""How close to g_j j the moment has to be, relatively."""


def tilted(scope: Scope) -> tuple[Claim, ...]:
    """All of them, computed as finely as `scope` says."""
    return (
        *_at_an_angle(scope),
        _response(scope),
        _larger(scope),
        _coupled(scope),
        _coupled_response(scope),
    )


# -- a field at an angle ---------------------------------------------------------------------------


def roundness(fields: int) -> Numbers:
    """The part of the moment that grows smoothly at T = 0, δ = 3 G, up to 2ω_c."""
    found = {}
    for name, angle in tilt.ANGLES.items():
        one = tilt.curve(3.0, angle, fields, TILTED_FIELD, WARM)
        share = tilt.smooth_share(one.field, one.moment, one.susceptibility)
        found[f"smooth part of the moment at {name}"] = share
    return found


def survival() -> Numbers:
    return {
        f"⟨L_z⟩ left at δ={splitting:g}G, {name}": tilt.surviving_share(splitting, name, WARM, TILTED_FIELD)
        for splitting in (1.0, 3.0, 10.0)
        for name in (*tilt.ANGLES, tilt.AVERAGE)
    }


def _at_an_angle(scope: Scope) -> tuple[Claim, ...]:
    return (
        Claim(
            "angle-rounds",
            "The deviation from sphericity will round the steps of Δ_c already at T = 0: does it "
            "with the axis at "
            "an angle to the field?",
            "last but one paragraph",
            "Holds if at δ = 3 G (M = 5, N = 4, T = 0, up to 2ω_c) more than a tenth of the moment "
            "grows smoothly, "
            "∫χ dω over the whole growth, at 45° and 90°, and less than 10⁻⁹ at 0°; only with "
            "correction if jumps are "
            "left, that is if the smooth part is below .9 at 45° or 90°.",
            partial(roundness, scope.tilted_fields),
            _rounded,
            "Smooth parts: {smooth part of the moment at 0°} at 0°, "
            "{smooth part of the moment at 45°} at 45°, "
            "{smooth part of the moment at 90°} at 90°; the rest still jumps.",
            "angle",
            "question",
        ),
        Claim(
            "angle-orbital",
            "The deviation of real clusters from sphericity will attenuate the orbital part of "
            "χ_P; how strongly "
            "the orbital angular momentum is suppressed needs a more sophisticated model.",
            "last but one paragraph",
            "Holds if ⟨L_z⟩ at δ = 10 G, 2ω_c, .1T₀ (M = 5, N = 4) is below half of the sphere's, "
            "averaged over all "
            "directions; with correction if below .9.",
            survival,
            decide(
                lambda n: n["⟨L_z⟩ left at δ=10G, average"] < 0.5,
                lambda n: n["⟨L_z⟩ left at δ=10G, average"] < 0.9,
            ),
            "Averaged over directions {⟨L_z⟩ left at δ=1G, average} is left at δ = G, "
            "{⟨L_z⟩ left at δ=3G, average} at 3 G and {⟨L_z⟩ left at δ=10G, average} at 10 G, there "
            "{⟨L_z⟩ left at δ=10G, 0°} at 0°, {⟨L_z⟩ left at δ=10G, 45°} at 45° and "
            "{⟨L_z⟩ left at δ=10G, 90°} at 90°.",
            "angle",
            "question",
        ),
    )


def survival_by_size(orbitals: Sequence[int]) -> Numbers:
    found = {
        f"⟨L_z⟩ left at δ={splitting:g}G, {name}, M={2 * l + 1}": _right(name, float(values[i]))
        for l in orbitals
        for name, values in tilt.ground_shares(l, SHARED_SPLITTINGS).items()
        for i, splitting in enumerate(SHARED_SPLITTINGS)
        if splitting
    }
    fine = tilt.surviving_share(10.0, tilt.AVERAGE, 0.0, TILTED_FIELD)
    by_three = float(tilt.ground_shares(tilt.MOMENTUM, SHARED_SPLITTINGS)[tilt.AVERAGE][-1])
    return found | {"off by averaging over three angles, M=5, δ=10G": abs(by_three - fine)}


def _right(name: str, value: float) -> float:
    """A share with the digits that are right: the average over three angles has two."""
    return round(value, 2) if name == tilt.AVERAGE else value


def response(fields: int) -> Numbers:
    """The largest χ at .1T₀ up to 2ω_c, and χ at T = 0 without a field, which is all van Vleck's."""
    found: dict[str, float] = {}
    field = np.linspace(0.0, TILTED_FIELD, fields)
    for name in (*tilt.ANGLES, tilt.AVERAGE):
        for splitting in (0.0, 3.0, 10.0):
            top = tilt.highest_value(tilt.response(splitting, name, WARM), field)
            found[f"largest χ at δ={splitting:g}G, {name}"] = top
            if splitting:
                found[f"van Vleck χ at δ={splitting:g}G, {name}"] = tilt.van_vleck(splitting, name)
    for splitting in (3.0, 10.0):
        top = found[f"largest χ at δ={splitting:g}G, {tilt.AVERAGE}"]
        sphere = found[f"largest χ at δ=0G, {tilt.AVERAGE}"]
        found[f"largest χ over the sphere's, δ={splitting:g}G, {tilt.AVERAGE}"] = top / sphere
    return found


def _response(scope: Scope) -> Claim:
    over = "largest χ over the sphere's, δ={}G, " + tilt.AVERAGE
    return Claim(
        "angle-susceptibility",
        "The deviation of real clusters from sphericity will attenuate the orbital part of χ_P: by how much, "
        "with the van Vleck term?",
        "last but one paragraph",
        "Holds if the largest χ (.1T₀, up to 2ω_c, M = 5, N = 4), averaged over directions, is at δ = 10 G "
        "below half of the sphere's; with correction if below .9.",
        partial(response, scope.tilted_fields),
        decide(lambda n: n[over.format(10)] < 0.5, lambda n: n[over.format(10)] < 0.9),
        "Averaged over directions the largest χ is {largest χ at δ=0G, average} μ_B²/Δ₀ for the sphere, "
        "{largest χ at δ=3G, average} at δ = 3 G and {largest χ at δ=10G, average} at 10 G, that is {"
        + over.format(10)
        + "} of the sphere's. Without a field at T = 0 only van Vleck's term is left, 0 in the sphere: at "
        "δ = 3 G {van Vleck χ at δ=3G, 0°} at 0°, {van Vleck χ at δ=3G, 45°} at 45° and "
        "{van Vleck χ at δ=3G, 90°} at 90°, averaged {van Vleck χ at δ=3G, average}; "
        "at 10 G {van Vleck χ at δ=10G, average}.",
        "angle",
        "question",
    )


def _larger(scope: Scope) -> Claim:
    sizes = [2 * l + 1 for l in scope.orbitals]

    def listed(splitting: str, name: str = tilt.AVERAGE) -> str:
        return ", ".join(f"{{⟨L_z⟩ left at δ={splitting}G, {name}, M={m}}} (M = {m})" for m in sizes)

    def small(n: Numbers, m: int) -> bool:
        return n[f"⟨L_z⟩ left at δ=10G, {tilt.AVERAGE}, M={m}"] < 0.5

    return Claim(
        "angle-size",
        "How strongly the orbital angular momentum is suppressed needs a more sophisticated model: is it in "
        "larger shells too?",
        "last but one paragraph",
        "Holds if ⟨L_z⟩ at δ = 10 G, 2ω_c, T = 0 (N = M − 1) is below half of the sphere's, averaged over "
        f"directions by three angles, for every M of {', '.join(map(str, sizes))}; with correction if for "
        "some.",
        partial(survival_by_size, scope.orbitals),
        decide(lambda n: all(small(n, m) for m in sizes), lambda n: any(small(n, m) for m in sizes)),
        f"Averaged over directions, at δ = 3 G {listed('3')} is left, at 10 G {listed('10')}; there at 0° "
        f"{listed('10', '0°')}, at 45° {listed('10', '45°')} and at 90° {listed('10', '90°')}. With M = 5 "
        "the average over three angles is off by {off by averaging over three angles, M=5, δ=10G} from "
        f"that over {tilt.FINE_DIRECTIONS}.",
        "angle-size",
        "question",
    )


def _rounded(n: Numbers) -> Verdict:
    sides = [n[f"smooth part of the moment at {name}"] for name in ("45°", "90°")]
    if n["smooth part of the moment at 0°"] > 1e-9 or min(sides) < 0.1:
        return Verdict.FAILS
    return Verdict.HOLDS if min(sides) >= 0.9 else Verdict.CORRECTED


# -- spin–orbit coupling ---------------------------------------------------------------------------


def to_total_momentum(orbitals: Sequence[int]) -> Numbers:
    found: dict[str, float] = {}
    for l in orbitals:
        found |= {
            f"moment at ζ=0, l={l}": low_field_moment(0.0, l),
            f"moment at ζ=1G, l={l}": low_field_moment(1.0, l),
            f"moment at ζ=10G, l={l}": low_field_moment(10.0, l),
            f"g_j j, l={l}": strong_moment(l),
            f"within 5 % of g_j j from ζ/G, l={l}": settled_from(l),
        }
    return found


def settled_from(orbital: int, highest: float = 10.0, points: int = 41) -> float:
    """Smallest ζ/G from which on the moment stays within 5 % of g_j j, bisected to 10⁻³; ∞ if it does not.

    "From which on" is asked of a ladder of ζ up to `highest`.
    """

    def is_off(strength: float) -> bool:
        return not within(low_field_moment(strength, orbital), strong_moment(orbital), NEAR)

    ladder = [float(z) for z in np.linspace(0.0, highest, points)]
    far = [i for i, z in enumerate(ladder) if is_off(z)]
    if not far or far[-1] == points - 1:
        return np.inf if far else 0.0
    low, high = ladder[far[-1]], ladder[far[-1] + 1]
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (middle, high) if is_off(middle) else (low, middle)
    return high


def _coupled(scope: Scope) -> Claim:
    first, last = scope.orbitals[0], scope.orbitals[-1]
    bounds = ", ".join(f"{{within 5 % of g_j j from ζ/G, l={l}}} (l = {l})" for l in scope.orbitals)
    return Claim(
        "spin-orbit",
        "There will be steps caused by the spin if the spin orbit coupling is small: how strong a "
        "coupling turns "
        "L + 2S into g_j j?",
        "last but one paragraph",
        f"Holds if the moment of three electrons in l = {first} to {last} (T = 0, .1ω_c) is the sphere's "
        "l + 1 at ζ = 0 and within 5 % of g_j j of j = l − ½ at ζ = 10 G; with correction if within 20 %.",
        partial(to_total_momentum, scope.orbitals),
        decide(
            lambda n: _coupled_within(n, scope.orbitals, 0.05),
            lambda n: _coupled_within(n, scope.orbitals, 0.2),
        ),
        f"With l = {first} from {{moment at ζ=0, l={first}}} μ_B at ζ = 0 to "
        f"{{moment at ζ=1G, l={first}}} at ζ = G and {{moment at ζ=10G, l={first}}} at 10 G, against g_j j = "
        f"{{g_j j, l={first}}}, with l = {last} from {{moment at ζ=0, l={last}}} to "
        f"{{moment at ζ=1G, l={last}}} and {{moment at ζ=10G, l={last}}}, against {{g_j j, l={last}}}; "
        f"within 5 % from ζ/G = {bounds} on.",
        "spin-orbit",
        "question",
    )


def _coupled_within(n: Numbers, orbitals: Sequence[int], relative: float) -> bool:
    return all(
        within(n[f"moment at ζ=0, l={l}"], l + 1, 1e-9)
        and within(n[f"moment at ζ=10G, l={l}"], n[f"g_j j, l={l}"], relative)
        for l in orbitals
    )


def coupled_response(fields: int) -> Numbers:
    """The largest χ and C of two electrons in l = 2 at .1T₀, and χ at T = 0 without a field."""
    found: dict[str, float] = {}
    field = np.linspace(0.0, COUPLED_FIELD, fields)
    for strength in (0.0, 1.0, 10.0):
        ensemble = ExactDiagonalisation(tilt.tilted(0.0, 0.0, electrons=2, spin_orbit=strength))
        place = f"at ζ={strength:g}G"
        for word, name in (("χ", "susceptibility"), ("C", "heat_capacity")):
            top = tilt.highest_value(partial(_warm, ensemble, name), field)
            found[f"largest {word} {place}"] = top
        found[f"van Vleck χ {place}"] = float(ensemble.averages(0.0, 0.0).susceptibility)
    return found


def _warm(ensemble: ExactDiagonalisation, name: str, field: Array) -> Array:
    values: Array = getattr(ensemble.averages(WARM, field), name)
    return values


def _coupled_response(scope: Scope) -> Claim:
    return Claim(
        "spin-orbit-susceptibility",
        "There will be steps caused by the spin if the spin orbit coupling is small: what does a strong one "
        "leave of their peaks in χ?",
        "last but one paragraph",
        "Holds if the largest χ of two electrons in l = 2 (.1T₀, up to 2.5ω_c) is at ζ = 10 G below half of "
        "that without coupling; with correction if below .9.",
        partial(coupled_response, scope.tilted_fields),
        decide(
            lambda n: n["largest χ at ζ=10G"] < 0.5 * n["largest χ at ζ=0G"],
            lambda n: n["largest χ at ζ=10G"] < 0.9 * n["largest χ at ζ=0G"],
        ),
        "The largest χ falls from {largest χ at ζ=0G} μ_B²/Δ₀ to {largest χ at ζ=1G} at ζ = G and "
        "{largest χ at ζ=10G} at 10 G, the largest C from {largest C at ζ=0G} k_B to {largest C at ζ=1G} and "
        "{largest C at ζ=10G}; without a field at T = 0 van Vleck's term is {van Vleck χ at ζ=0G}, "
        "{van Vleck χ at ζ=1G} and {van Vleck χ at ζ=10G}. l·s has no axis: every direction gives the same.",
        "spin-orbit",
        "question",
    )
