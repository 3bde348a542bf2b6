"""What the paper leaves open, as claims with criteria; every answer is formed from the measured numbers."""

from __future__ import annotations

from functools import partial

import numpy as np

from quasispin.ensembles.canonical import Canonical
from quasispin.paper.beyond import aluminium, fence, neighbours
from quasispin.paper.beyond.axial import TIE, axial_steps, first_spin_flip, spheroid
from quasispin.paper.beyond.data import SHELLS, TILTED_SPLITTINGS
from quasispin.paper.beyond.questions_tilted import tilted
from quasispin.paper.beyond.scope import FULL, Scope
from quasispin.paper.claim import Claim, Numbers, decide
from quasispin.paper.clusters import field_unit
from quasispin.system.materials import Material

TOLERANCE = 0.1
"""How far three shells may be from one where the single shell is called enough."""


def questions(scope: Scope = FULL) -> tuple[Claim, ...]:
    """All questions, computed as finely as `scope` says."""
    return (
        *_along(scope),
        *tilted(scope),
        *_neighbours(scope),
        *(_fence(scope, levels) for levels in scope.fence_levels),
        _spheres(),
    )


# -- deformation along the field -------------------------------------------------------------------


def sharpness(fields: int) -> Numbers:
    """Largest χ at T = 0 off the steps, and how far the moment rises besides them."""
    response = rest = 0.0
    for pairs in SHELLS:
        field = np.linspace(0.0, 3.9 * field_unit(pairs), fields)  # ends on no step
        for splitting in TILTED_SPLITTINGS:
            values = Canonical(spheroid(pairs, splitting)).averages(0.0, field)
            regular = values.susceptibility[np.isfinite(values.susceptibility)]
            response = max(response, float(regular.max()))
            passed = [step for step in axial_steps(pairs, splitting) if step.field < field[-1]]
            rest = max(rest, abs(float(values.moment[-1]) - sum(step.moment for step in passed)))
    return {"largest χ between steps": response, "moment not gained in steps": rest}


def numbers_of_steps(splittings: int) -> Numbers:
    found: dict[str, float] = {}
    for pairs in SHELLS:
        counts = [len(axial_steps(pairs, float(d))) for d in np.linspace(-10.0, 10.0, splittings)]
        last = axial_steps(pairs, 4.0)[-1].field / field_unit(pairs)
        found |= {
            f"steps of the sphere, M={pairs}": len(axial_steps(pairs, 0.0)),
            f"fewest steps, M={pairs}": min(counts),
            f"most steps, M={pairs}": max(counts),
            f"last step at δ=4G in ω_c, M={pairs}": last,
        }
    return found


def spin_flips() -> Numbers:
    sphere = {
        f"steps of the sphere that turn a spin, M={pairs}": sum(
            step.spin > TIE for step in axial_steps(pairs, 0.0)
        )
        for pairs in SHELLS
    }
    return sphere | {
        f"first at {name} |δ|/G, M={pairs}": first_spin_flip(pairs, sign)
        for pairs in SHELLS
        for name, sign in (("prolate", 1.0), ("oblate", -1.0))
    }


def _flips(n: Numbers) -> list[bool]:
    return [value <= 10 for name, value in n.items() if name.startswith("first")]


def _along(scope: Scope) -> tuple[Claim, ...]:
    return (
        Claim(
            "deformation-rounds",
            "The deviation from sphericity will round the steps of Δ_c already at T = 0: does it "
            "with the axis "
            "along the field?",
            "last but one paragraph",
            "Holds if for some δ of 0, 1, 3, 10 G (M = 7, 11, N = M−1, T = 0) χ between the steps "
            "exceeds 10⁻⁹ or "
            "the moment grows by more than 10⁻⁹ besides its steps.",
            partial(sharpness, scope.fields),
            decide(lambda n: max(n["largest χ between steps"], n["moment not gained in steps"]) > 1e-9),
            "Along the field m̂ commutes with H and the steps stay sharp: χ between them is "
            "{largest χ between steps}, and besides them the moment grows by {moment not gained in steps}.",
            "deformation",
            "question",
        ),
        Claim(
            "deformation-steps",
            "With the axis along the field the steps move, merge and multiply as the splitting grows.",
            "beyond the paper",
            "Holds if for M = 7 and 11 the steps become more than those of the sphere for some |δ| "
            "≤ 10 G, for one "
            "of them fewer, and the last step at δ = 4 G is more than a tenth off ω_c.",
            partial(numbers_of_steps, scope.splittings),
            decide(
                lambda n: (
                    all(n[f"most steps, M={m}"] > n[f"steps of the sphere, M={m}"] for m in SHELLS)
                    and any(n[f"fewest steps, M={m}"] < n[f"steps of the sphere, M={m}"] for m in SHELLS)
                    and all(abs(n[f"last step at δ=4G in ω_c, M={m}"] - 1) > 0.1 for m in SHELLS)
                )
            ),
            "The sphere has {steps of the sphere, M=7} (M = 7) and {steps of the sphere, M=11} (M "
            "= 11) steps, the "
            "spheroid {fewest steps, M=7} to {most steps, M=7} and {fewest steps, M=11} to "
            "{most steps, M=11}; at "
            "δ = 4 G the last one lies at {last step at δ=4G in ω_c, M=7} and "
            "{last step at δ=4G in ω_c, M=11} ω_c.",
            "deformation-steps",
            "question",
        ),
        Claim(
            "deformation-spins",
            "In any case, there will be steps caused by the reorientation of the electron spin: from which "
            "splitting on?",
            "last but one paragraph",
            "Holds if for M = 7 and 11, prolate and oblate, a spin turns at some step besides the first for "
            "|δ| ≤ 10 G; with correction if in some of these.",
            spin_flips,
            decide(
                lambda n: all(_flips(n)),
                lambda n: any(_flips(n)),
            ),
            "In the sphere a spin turns in {steps of the sphere that turn a spin, M=7} (M = 7) and "
            "{steps of the sphere that turn a spin, M=11} (M = 11) step, the first; in a spheroid in another "
            "one too from δ = {first at prolate |δ|/G, M=7} G (M = 7) and "
            "{first at prolate |δ|/G, M=11} G (M = 11), oblate from "
            "−{first at oblate |δ|/G, M=7} G and −{first at oblate |δ|/G, M=11} G.",
            "deformation-steps",
            "question",
        ),
        Claim(
            "deformation-real",
            "The deviation of real clusters from sphericity: is it within the δ ≤ 10 G of these figures?",
            "last but one paragraph",
            "Holds if a wall R(1 + .01 P₂), one per cent off a sphere of Al, splits the last shell "
            "by no more "
            "than 10 G (Δ₀ = .35 meV) for R = 1, 2, 3 and 5 nm.",
            real_deformation,
            decide(lambda n: max(n.values()) <= 10),
            "One per cent is δ = {δ/G of one per cent, R=1 nm} G at 1 nm, {δ/G of one per cent, R=2 nm} G at "
            "2 nm, {δ/G of one per cent, R=3 nm} G at 3 nm and {δ/G of one per cent, R=5 nm} G at 5 "
            "nm: only a "
            "sphere that is round to some 10^−5 to 10^−4 of its radius is in these figures; any "
            "other cluster is a "
            "ladder of levels with two states each.",
            "deformation-steps",
            "question",
        ),
    )


def real_deformation() -> Numbers:
    return {
        f"δ/G of one per cent, R={radius} nm": aluminium.splitting_of_real_sphere(float(radius), 0.01)
        for radius in (1, 2, 3, 5)
    }


# -- neighbouring shells ---------------------------------------------------------------------------

WORDS = {"connected_gap": "Δ_conn", "susceptibility": "χ", "heat_capacity": "C"}


PAPER_RATIO = 10.0 / aluminium.GAP
"""The paper's own Δe ~ 10 meV over Δ₀ = .35 meV."""


def apart() -> Numbers:
    found: dict[str, float] = {"the paper's Δe/Δ₀": PAPER_RATIO}
    for ratio, word in ((10.0, "10Δ₀"), (PAPER_RATIO, "the paper's ratio")):
        for kind in neighbours.COUPLINGS:
            for name, value in neighbours.deviations(ratio, kind).items():
                found[f"{WORDS[name]} off at {word}, {kind}"] = value
    return found


def enough(points: int) -> Numbers:
    return {
        f"{WORDS[name]} within {TOLERANCE:g} from Δe/Δ₀, {kind}": neighbours.enough_from(
            kind, name, TOLERANCE, points
        )
        for kind in neighbours.COUPLINGS
        for name in neighbours.QUANTITIES
    }


def _neighbours(scope: Scope) -> tuple[Claim, ...]:
    return (
        Claim(
            "shells-enough",
            "The distance between the levels is much larger than the gap; therefore it is "
            "sufficient to consider "
            "the pair correlations within the last incompletely filled level.",
            "page 1",
            "Three shells l = 2, Δe = 10Δ₀ apart, against the middle one (N = 4), up to 1.5ω_c. "
            "Holds if ∫|three − "
            "one|dω/∫one dω of Δ_conn (T = 0), χ and C (.2T₀) are all below .1 with the same G; "
            "with correction if "
            "those of χ and C are with a G renormalised to the same energy of pair breaking.",
            apart,
            decide(
                lambda n: all(n[f"{word} off at 10Δ₀, same G"] < TOLERANCE for word in WORDS.values()),
                lambda n: all(
                    n[f"{word} off at 10Δ₀, same pair breaking"] < TOLERANCE for word in ("χ", "C")
                ),
            ),
            "With the same G χ is off by {χ off at 10Δ₀, same G}, with a G for the same gap by "
            "{χ off at 10Δ₀, same gap}, with one for the same pair breaking by "
            "{χ off at 10Δ₀, same pair breaking}; "
            "Δ_conn, to which pairs in the other shells add, by {Δ_conn off at 10Δ₀, same G}, "
            "{Δ_conn off at 10Δ₀, same gap} and {Δ_conn off at 10Δ₀, same pair breaking}. At the paper's own "
            "Δe = 10 meV, {the paper's Δe/Δ₀}Δ₀, χ is off by {χ off at the paper's ratio, same G}, "
            "{χ off at the paper's ratio, same gap} and {χ off at the paper's ratio, same pair breaking}.",
            "shells",
            "question",
        ),
        Claim(
            "shells-distance",
            "From which distance of the shells on is the single shell enough?",
            "beyond the paper",
            "Holds if with a renormalised G (same pair breaking) χ and C are within .1 of the "
            "single shell from "
            "some Δe < 10Δ₀ on (measured as in `shells-enough`).",
            partial(enough, scope.distances),
            decide(
                lambda n: all(
                    n[f"{word} within {TOLERANCE:g} from Δe/Δ₀, same pair breaking"] < 10
                    for word in ("χ", "C")
                )
            ),
            "For χ from {χ within 0.1 from Δe/Δ₀, same pair breaking}Δ₀ and for C from "
            "{C within 0.1 from Δe/Δ₀, same pair breaking}Δ₀ with G renormalised to the same pair "
            "breaking, from "
            "{χ within 0.1 from Δe/Δ₀, same G}Δ₀ and {C within 0.1 from Δe/Δ₀, same G}Δ₀ with the "
            "same G; for Δ_conn "
            "from {Δ_conn within 0.1 from Δe/Δ₀, same pair breaking}Δ₀ and "
            "{Δ_conn within 0.1 from Δe/Δ₀, same G}Δ₀.",
            "shells",
            "question",
        ),
    )


# -- the picket fence ------------------------------------------------------------------------------


def induced(levels: int, fields: int, temperatures: int) -> Numbers:
    found: dict[str, float] = {}
    heat = fence.temperatures(temperatures)
    for parity in fence.PARITIES:
        one = fence.followed(levels, fence.COUPLINGS[0], parity, fields, temperatures)
        top = int(one.warm.argmax())
        found |= {
            f"Δ_conn(T=0)/Δ_conn(0,0), {parity} N": float(one.warm[0]) / one.scale,
            f"highest Δ_conn/Δ_conn(0,0), {parity} N": float(one.warm[top]) / one.scale,
            f"reached at T/d, {parity} N": float(heat[top]),
            f"of that at ω=0 and the same T, {parity} N": float(one.warm[top] / one.free[top]),
            f"critical field/d, {parity} N": one.critical_field,
        }
    return found


def _fence(scope: Scope, levels: int) -> Claim:
    return Claim(
        f"fence-induced-{levels}",
        "For T ∼ T_c, reduced but substantial pair correlations persist to a higher field than for "
        f"T = 0: also in weak coupling, where {levels} levels of equal distance d pair with G = .3d?",
        "summary; cf. Frauendorf, Kuzmenko, Mikhajlov, Sheikh, Phys. Rev. B 68, 024518",
        "Critical field: Δ_conn(T = 0) stays below a tenth of Δ_conn(T = 0, ω = 0) above it. "
        "Holds if at 1.1 of it Δ_conn grows with T by more than a tenth of Δ_conn(0, 0), spins only, for "
        "even and odd N; with correction if for one of them.",
        partial(induced, levels, scope.fields, scope.temperatures),
        decide(
            lambda n: all(_grows(n, parity) for parity in fence.PARITIES),
            lambda n: any(_grows(n, parity) for parity in fence.PARITIES),
        ),
        "Even N: from {Δ_conn(T=0)/Δ_conn(0,0), even N} of Δ_conn(0, 0) to "
        "{highest Δ_conn/Δ_conn(0,0), even N} at "
        "T = {reached at T/d, even N} d; odd N: from {Δ_conn(T=0)/Δ_conn(0,0), odd N} to "
        "{highest Δ_conn/Δ_conn(0,0), odd N} at {reached at T/d, odd N} d. There the field has left "
        "{of that at ω=0 and the same T, even N} and {of that at ω=0 and the same T, odd N} of "
        "what it is at the "
        "same T without field.",
        "picket-fence",
        "question",
    )


def _grows(n: Numbers, parity: str) -> bool:
    low, high = (n[f"{word}/Δ_conn(0,0), {parity} N"] for word in ("Δ_conn(T=0)", "highest Δ_conn"))
    return high - low > 0.1


# -- aluminium -------------------------------------------------------------------------------------


def in_tesla() -> Numbers:
    """Over every number of electrons from 1 to 5 nm."""
    found = aluminium.every_size()
    radius, field = found.radius, found.critical_field
    known = ~np.isnan(field)
    small, large = known & (radius <= 2), known & (radius >= 4)
    printed = np.array([aluminium.printed_field(float(r)) for r in radius])
    return {
        "sizes": radius.size,
        "sizes without a step": int((~known).sum()),
        "median B_c in tesla, 1–2 nm": float(np.median(field[small])),
        "median B_c in tesla, 4–5 nm": float(np.median(field[large])),
        "highest B_c in tesla": float(field[known].max()),
        "largest M above 1 T": int(found.pairs[field > 1].max(initial=0)),
        "share of sizes above 1 T": float((field[known] > 1).sum() / radius.size),
        "median of B_c over the paper's 3Δ₀/M": float(np.median(field[known] / printed[known])),
        "Δ₀ of the bulk over the paper's": Material.named("Al").gap / aluminium.GAP,
        "share of sizes with Δe > 10Δ₀": float(np.mean(found.spacing > aluminium.MUCH)),
    }


def _spheres() -> Claim:
    return Claim(
        "aluminium",
        "The pair correlations sustain a field of several tesla: does an aluminium sphere, as its "
        "shells fill up?",
        "introduction",
        "Hard-wall spheres of Al of every N from R = 1 to 5 nm, Δ₀ = .35 meV in the last shell. Holds if "
        "the last step lies above 1 T for more than half of the sizes; with correction if for some.",
        in_tesla,
        decide(lambda n: n["share of sizes above 1 T"] > 0.5, lambda n: n["share of sizes above 1 T"] > 0),
        "The median is {median B_c in tesla, 1–2 nm} T from 1 to 2 nm and "
        "{median B_c in tesla, 4–5 nm} T from 4 to 5 "
        "nm, {median of B_c over the paper's 3Δ₀/M} of 3Δ₀/M with the paper's l; "
        "{share of sizes above 1 T} of the "
        "sizes exceed 1 T, all with M up to {largest M above 1 T}, the highest {highest B_c in tesla} T; "
        "{sizes without a step} of {sizes} have no step, and {share of sizes with Δe > 10Δ₀} have "
        "their next shell "
        "more than 10Δ₀ away. With the gap of the bulk all fields are {Δ₀ of the bulk over the paper's} of "
        "these.",
        "aluminium",
        "question",
    )
