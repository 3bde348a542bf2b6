"""The facts about a box: every number that one needs beside a figure, with the formula that gives it.

Read by the page of `quasispin cluster` and by the explorer; each can be checked by hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from quasispin.errors import SizeError, UndefinedError
from quasispin.system import geometry as shapes
from quasispin.system.cluster import Cluster, Susceptibility, Window, moment_jumps
from quasispin.system.last_step import step_ceiling
from quasispin.system.system import System
from quasispin.system.validity import Criterion

if TYPE_CHECKING:
    from quasispin.ensembles.ground import Jump

OVERLAP: Final = "; below 0: the split levels overlap"
OWN_FIELD: Final = 2 / 3
"""B inside a uniformly magnetised sphere is B₀ + ⅔μ₀M (J. D. Jackson, Classical Electrodynamics, 5.10)."""
COLD: Final = 0.1
"""The largest χ is shown at this fraction of T₀ = Δ₀/2."""
BEYOND: Final = 1.25
"""It is looked for up to this many last steps."""


@dataclass(frozen=True)
class Quantity:
    """One line of the page."""

    key: str
    symbol: str
    value: Any
    unit: str
    formula: str

    def text(self, most: int) -> str:
        """The value as people write it; of a longer list the first ones and the last."""
        value = self.value
        if value is None or value == []:
            return "–"
        if isinstance(value, list):
            listed = [f"{entry:.4g}" for entry in value]
            return ", ".join([*listed[: most - 1], "…", listed[-1]] if len(listed) > most else listed)
        if isinstance(value, float):
            return "∞" if math.isinf(value) else f"{value:.6g}"
        return str(value)


def undefined(cluster: Cluster, gap: float | None, window: Window | None) -> str:
    """Why the shells that pair make no system of their own; empty where they do."""
    try:
        cluster.system(gap, window)
    except UndefinedError as error:
        return str(error)
    return ""


def validity(cluster: Cluster, gap: float | None) -> list[Criterion]:
    """The conditions under which the last shell alone is enough, up to its last step and in its own field."""
    found = cluster.validity(gap, last_step(cluster, gap))
    peak = None if undefined(cluster, gap, None) else _peak(cluster, gap)
    if peak is not None:
        own = OWN_FIELD * peak.susceptibility.si
        words = f"1/(⅔χ_P), the largest χ_P at T = {COLD:g}T₀: inside a sphere B = B₀ + ⅔μ₀M"
        found.append(Criterion("applied field over that of the moment itself", 1 / own, 1.0, words))
    return found


def last_step(cluster: Cluster, gap: float | None) -> float | None:
    """μ_BB in meV of the last step of the last shell at T = 0; 0 if there is none, None if unknown."""
    try:
        found = _jumps(cluster.system(gap))
    except (SizeError, UndefinedError):
        return None
    return found[-1].field if found else 0.0


def metal(cluster: Cluster) -> Iterator[Quantity]:
    """Volume, atoms, electrons."""
    material, geometry = cluster.material, cluster.geometry
    yield Quantity("electron_density", "n_e", material.electron_density, "nm⁻³", "table")
    yield Quantity("volume", "V", geometry.volume, "nm³", "of the shape")
    number = material.electron_density * geometry.volume
    given = "" if cluster.electrons == round(number) else "given, where "
    yield Quantity("electrons", "N", cluster.electrons, "", f"{given}n_e V = {number:.7g}")
    unit = "atom" if cluster.atoms == 1 else "atoms"
    yield Quantity("atoms", "", cluster.atoms, unit, f"N/{material.valence}")
    free = shapes.kinetic_scale() * material.fermi_wave_number**2
    yield Quantity("free_fermi_energy", "E_F", free, "meV", "ħ²(3π²n_e)^⅔/2m_e, bulk")


def levels(cluster: Cluster) -> Iterator[Quantity]:
    """The level at the Fermi energy and its neighbours."""
    level, spacing = cluster.fermi_level, cluster.spacing
    name = cluster.geometry.label(level)
    yield Quantity("level", "", name, "", "last level that holds electrons")
    mean = f"N^⅓ − 1.4 = {cluster.electrons ** (1 / 3) - 1.4:.4g} on average in an oscillator"
    yield Quantity("momentum", "l", level.momentum, "", mean)
    yield Quantity("pairs", "M", level.pairs, "", "pairs of states in it")
    yield Quantity("filling", "", cluster.filling, f"of {2 * level.pairs}", "N less the full levels below")
    yield Quantity("level_energy", "ε", level.energy, "meV", "from the bottom of the well")
    for side, distance in zip(("below", "above"), spacing, strict=True):
        words = f"to the next level {side}, edge to edge" + (OVERLAP if distance < 0 else "")
        yield Quantity(f"spacing_{side}", "Δe", distance, "meV", words)
    if cluster.width:
        yield Quantity("width", "", cluster.width, "meV", f"the level is split into {len(cluster.shells)}")


def pairing(cluster: Cluster, gap: float | None) -> Iterator[Quantity]:
    """Δ₀, G and T_c."""
    from quasispin.units import kelvin

    found = cluster.pairing(gap)
    pairs = cluster.fermi_level.pairs
    source = "of the bulk" if gap is None else "given"
    yield Quantity("gap_scale", "Δ₀", found.gap, "meV", f"GM/2 of the shell without splitting, {source}")
    unsplit = f"2Δ₀/M = 2·{found.gap:g}/{pairs}"
    split = f"2/G = Σ M/√((ε−μ)²+Δ²) over the split levels: Δ of this N is held; without splitting {unsplit}"
    if len(cluster.shells) == 1 or cluster.keeps_coupling:
        split = unsplit
    yield Quantity("coupling", "G", found.coupling, "meV", split)
    own = "the BCS gap that this G gives this N at T = 0"
    if len(cluster.shells) == 1 or not cluster.keeps_coupling:
        own = f"Δ₀√(N(2M−N))/M, {own}"
    yield Quantity("mean_field_gap", "Δ", cluster.mean_field_gap(gap), "meV", own)
    scale = found.gap / 2 / kelvin
    yield Quantity(
        "temperature_scale", "T₀", scale, "K", "Δ₀/2k_B, T_c of the half-filled shell without splitting"
    )
    if len(cluster.shells) == 1:
        heat = cluster.system(gap).critical_temperature / kelvin
        yield Quantity("critical_temperature", "T_c", heat, "K", "BCS: |M−N|/M = tanh(|M−N|G/4k_BT_c)")
    if cluster.material.critical_temperature is not None:
        bulk = cluster.material.critical_temperature / kelvin
        yield Quantity("bulk_critical_temperature", "T_c", bulk, "K", "of the bulk, table")


def magnetism(cluster: Cluster, gap: float | None) -> Iterator[Quantity]:
    """Steps and susceptibilities."""
    from quasispin.units import tesla

    system, size = cluster.system(gap), cluster.pairing(gap).gap
    scale = 3 * size / cluster.fermi_level.pairs / tesla
    words = "scale of the steps; ω_c/μ_B of a half-filled orbital shell of as many pairs, even N"
    yield Quantity("field_scale", "3Δ₀/M", scale, "T", words)
    yield from _steps(cluster, system, gap)
    yield from _largest(cluster, gap)
    chi = cluster.diamagnetic_susceptibility
    reduced = chi.gaussian / cluster.electrons ** (2 / 3)
    formula, other = "−μ₀(e²/4m_e)(N/V)⟨x²+y²⟩", f"SI/4π = {reduced:.3g}·N^⅔"
    yield from _both("diamagnetic_susceptibility", "χ_D", chi, formula, other)
    pauli = cluster.pauli_susceptibility
    yield from _both("pauli_susceptibility", "χ_Pauli", pauli, "μ₀μ_B²m_ek_F/π²ħ², bulk", "SI/4π")


def shell(system: System, gap: float) -> Iterator[Quantity]:
    """One shell: its scales and steps, in its own unit Δ₀ and in kelvin and tesla for Δ₀ = `gap` in meV."""
    from quasispin.units import kelvin, tesla

    pairs, size = system.pair_degeneracy, system.gap_scale
    yield Quantity("electrons", "N", system.electrons, f"of {2 * pairs}", "electrons in the shell")
    yield Quantity("pairs", "M", pairs, "", "pairs of states in it")
    yield Quantity("gap_scale", "Δ₀", gap, "meV", "GM/2, the BCS gap of the half-filled shell")
    yield Quantity("coupling", "G", 2.0 / pairs, "Δ₀", "2Δ₀/M")
    if size <= 0.0:
        return
    heat = system.critical_temperature / size
    yield from _twice("critical_temperature", "T_c", heat, gap / kelvin, "K", "BCS, of this N")
    yield from _twice("field_scale", "3Δ₀/M", 3.0 / pairs, gap / tesla, "T", "unit of the field axis")
    steps = [field / size for field in system.crossing_fields().tolist()]
    if steps:
        yield from _twice("critical_field", "ω_c", steps[-1], gap / tesla, "T", "the last step")
    words = f"{len(steps)} steps: G(M−ν)/(m_ν+2 − m_ν)" if steps else "none: no pair to break"
    yield Quantity("steps", "ω", steps, "Δ₀", words)
    yield Quantity("steps_laboratory", "B", [one * gap / tesla for one in steps], "T", "ω/μ_B")


def _twice(key: str, symbol: str, value: float, scale: float, unit: str, words: str) -> Iterator[Quantity]:
    yield Quantity(key, symbol, value, "Δ₀", words)
    yield Quantity(f"{key}_laboratory", symbol, value * scale, unit, words)


def _steps(cluster: Cluster, system: System, gap: float | None) -> Iterator[Quantity]:
    from quasispin.units import tesla

    try:
        found = _jumps(system)
    except SizeError as error:
        yield Quantity("steps", "B", None, "T", str(error).rstrip("."))
        top = step_ceiling(system.shells, system.electrons, cluster.pairing(gap).coupling) / tesla
        words = "no step lies above: ω₁ without pairing, and max_p G·p(M−N+p+1)/Σ_2p m more"
        yield Quantity("highest_step", "B_max", top, "T", words)
        return
    strengths = [step.field / tesla for step in found if step.field <= cluster.highest_field]
    yield Quantity("steps", "B", strengths, "T", _origin(system) if found else "none: no pair to break")
    if beyond := len(found) - len(strengths):
        limit = cluster.highest_field / tesla
        words = f"above {limit:.4g} T, a tenth of the splitting: there g_j m_j does not hold"
        yield Quantity("steps_beyond", "", beyond, "more steps", words)
    elif strengths:
        yield Quantity("critical_field", "B_c", strengths[-1], "T", "ω_c/μ_B, the last step")


class _Peak(NamedTuple):
    """The largest χ of the exact ensemble."""

    susceptibility: Susceptibility
    field: float
    """μ_BB in meV."""
    top: float
    """μ_BB in meV up to which it was looked for."""
    temperature: float
    """k_BT in meV."""


@lru_cache(maxsize=16)
def _peak(cluster: Cluster, gap: float | None) -> _Peak | None:
    """None where there is no step, or none is known."""
    from quasispin.ensembles.peaks import largest_susceptibility

    system, heat = cluster.system(gap), COLD * cluster.pairing(gap).gap / 2
    try:
        found = _jumps(system)
    except SizeError:
        return None
    if not found:
        return None
    top = min(BEYOND * found[-1].field, cluster.highest_field)
    peak = largest_susceptibility(system, heat, top, found)
    return _Peak(cluster.volume_susceptibility(peak.susceptibility), peak.field, top, heat)


def _largest(cluster: Cluster, gap: float | None) -> Iterator[Quantity]:
    """χ_P and the field of the moment; the steps overlap where k_BT exceeds Δm times their distance."""
    from quasispin.units import kelvin, tesla

    peak = _peak(cluster, gap)
    if peak is None:
        return
    where = f"B = {peak.field / tesla:.4g} T, T = {COLD:g}T₀ = {peak.temperature / kelvin:.3g} K"
    formula = f"μ₀μ_B²χ/V, largest up to {peak.top / tesla:.4g} T, from all states: at {where}"
    yield from _both("paramagnetic_susceptibility", "χ_P", peak.susceptibility, formula, "SI/4π")
    own = OWN_FIELD * peak.susceptibility.si
    words = "of χ_P: by how much the moment's own field ⅔μ₀M grows with B; from 1 on the steps run away"
    yield Quantity("own_field", "⅔χ_P", own, "", words)


@lru_cache(maxsize=4)
def _jumps(system: System) -> tuple[Jump, ...]:
    """The steps of the ground state at T = 0."""
    from quasispin.ensembles.ground import Jump, ground_steps

    if not system.is_single_shell:
        return tuple(ground_steps(system))
    fields, sizes = system.crossing_fields().tolist(), moment_jumps(system)
    return tuple(Jump(field, 0.0, size) for field, size in zip(fields, sizes, strict=True))


def _origin(system: System) -> str:
    formula = "G(M−ν)/(m_ν+2 − m_ν)" if system.is_single_shell else "from the exact levels"
    return f"steps of the ground state at T = 0, {formula}"


def _both(key: str, symbol: str, value: Susceptibility, formula: str, other: str) -> Iterator[Quantity]:
    yield Quantity(f"{key}_si", symbol, value.si, "SI", formula)
    yield Quantity(f"{key}_gaussian", symbol, value.gaussian, "Gaussian", other)
