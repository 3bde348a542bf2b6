"""The page on one cluster: every number with the formula that gives it, to be checked by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from quasispin.errors import InputError, SizeError, UndefinedError, integer, shown
from quasispin.system import geometry as shapes
from quasispin.system.cluster import Cluster, Susceptibility, Window, moment_jumps
from quasispin.system.materials import Material
from quasispin.system.system import System

GEOMETRIES: Final[dict[str, tuple[type[shapes.Geometry], str | None]]] = {
    "sphere": (shapes.HardWallSphere, None),
    "oscillator": (shapes.Oscillator, None),
    "hemisphere": (shapes.Hemisphere, None),
    "layer": (shapes.Layer, "thickness"),
    "spheroid": (shapes.Spheroid, "splitting"),
    "spin-orbit": (shapes.SpinOrbit, "strength"),
}
"""Words of the command line: the class, and what it needs besides a size."""
MOST_STEPS: Final = 8
MOST_WINDOW: Final = 1000
OVERLAP: Final = "; below 0: the split levels overlap"
COLD: Final = 0.1
"""χ at a step is shown at this fraction of T₀ = Δ₀/2."""


@dataclass(frozen=True)
class Quantity:
    """One line of the page."""

    key: str
    symbol: str
    value: Any
    unit: str
    formula: str


def length(name: str, text: str) -> float:
    """Read a length such as `2.5nm`."""
    return _with_unit(name, text, "nm", "a length")


def energy(name: str, text: str) -> float:
    """Read an energy such as `0.35meV`."""
    return _with_unit(name, text, "meV", "an energy")


def window(shells: int) -> Window:
    """As many shells on either side of the last one."""
    return Window(*2 * (integer("window", shells, low=0, high=MOST_WINDOW),))


def built(
    material: str, kind: str, size: str | int, electrons: int | None, extra: dict[str, str | None]
) -> Cluster:
    """The cluster that the words of the command line describe; `size` a radius as text or atoms."""
    needs = GEOMETRIES[kind][1]
    for name, text in extra.items():
        if (text is None) == (name == needs):
            word = "needs" if name == needs else "does not take"
            raise InputError(f"The geometry {kind} {word} a `{name}`.", text)
    read = {name: _READERS[name](name, text) for name, text in extra.items() if text is not None}
    shape, metal = GEOMETRIES[kind][0], Material.named(material)
    if isinstance(size, int):
        found = Cluster.of_atoms(metal, size, shape, **read)
        return found if electrons is None else Cluster(metal, found.geometry, electrons)
    return Cluster(metal, shape(length("radius", size), **read), electrons)


_READERS: Final[dict[str, Callable[[str, str], float]]] = {
    "thickness": length,
    "splitting": energy,
    "strength": energy,
}


def fields(cluster: Cluster, gap: float | None, window: Window | None) -> dict[str, Any]:
    """Everything on the page as plain numbers, for JSON; infinite distances are null."""
    reason = _undefined(cluster, gap, None)
    entries = [*metal(cluster), *levels(cluster)]
    entries += [] if reason else [*pairing(cluster, gap), *magnetism(cluster, gap)]
    criteria = cluster.validity(gap)
    answer: dict[str, Any] = {
        "material": asdict(cluster.material),
        "geometry": {"name": cluster.geometry.name, **asdict(cluster.geometry)},
        "quantities": {
            one.key: {"value": _plain(one.value), "unit": one.unit, "formula": one.formula} for one in entries
        },
        "single_shell_model": {
            "is_valid": all(one.holds for one in criteria),
            "criteria": [
                {**one._asdict(), "value": _plain(one.value), "holds": one.holds} for one in criteria
            ],
        },
        "system": None if reason else cluster.system(gap).to_dict(),
    }
    if reason:
        answer["undefined"] = reason
    if window is not None:
        if reason := _undefined(cluster, gap, window):
            answer["window"] = {**window._asdict(), "undefined": reason}
            return answer
        found = cluster.pairing(gap, window)
        answer["window"] = {**window._asdict(), **found._asdict()}
        answer["window"]["system"] = cluster.system(gap, window).to_dict()
    return answer


def page(cluster: Cluster, gap: float | None, window: Window | None) -> str:
    """The same as text."""
    shape = ", ".join(f"{name} {value:g}" for name, value in asdict(cluster.geometry).items())
    metal_name = cluster.material.name or cluster.material.symbol
    lines = [f"{metal_name} {cluster.geometry.name} ({shape}; lengths in nm, energies in meV)"]
    for title, part in (
        ("From the metal", metal(cluster)),
        ("Level scheme", levels(cluster)),
    ):
        lines += ["", title, *map(_line, part)]
    if reason := _undefined(cluster, gap, None):
        lines += ["", "Pairing in the last shell", f"  not defined: {reason}"]
    else:
        lines += ["", "Pairing in the last shell", *map(_line, pairing(cluster, gap))]
        lines += ["", "In a field", *map(_line, magnetism(cluster, gap))]
    if window is not None:
        reason = _undefined(cluster, gap, window)
        title = f"Window of shells: {window.below} below and {window.above} above"
        lines += ["", title, *([f"  not defined: {reason}"] if reason else _window(cluster, gap, window))]
    lines += ["", *_verdict(cluster, gap), "", f"Sources: {cluster.material.source}"]
    return "\n".join(lines)


def _undefined(cluster: Cluster, gap: float | None, window: Window | None) -> str:
    """Why the shells that pair make no system of their own; empty where they do."""
    try:
        cluster.system(gap, window)
    except UndefinedError as error:
        return str(error)
    return ""


# -- the parts ---------------------------------------------------------------------------------------


def metal(cluster: Cluster) -> Iterator[Quantity]:
    """Volume, atoms, electrons."""
    material, geometry = cluster.material, cluster.geometry
    yield Quantity("electron_density", "n_e", material.electron_density, "nm⁻³", "table")
    yield Quantity("volume", "V", geometry.volume, "nm³", "of the shape")
    number = material.electron_density * geometry.volume
    yield Quantity("electrons", "N", cluster.electrons, "", f"n_e V = {number:.7g}")
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
    yield Quantity("gap_scale", "Δ₀", found.gap, "meV", f"GM/2, {source}")
    yield Quantity("coupling", "G", found.coupling, "meV", f"2Δ₀/M = 2·{found.gap:g}/{pairs}")
    scale = found.gap / 2 / kelvin
    yield Quantity("temperature_scale", "T₀", scale, "K", "Δ₀/2k_B, T_c of the half-filled shell")
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
    yield from _steps(cluster, system)
    chi = cluster.diamagnetic_susceptibility
    reduced = chi.gaussian / cluster.electrons ** (2 / 3)
    formula, other = "−μ₀(e²/4m_e)(N/V)⟨x²+y²⟩", f"SI/4π = {reduced:.3g}·N^⅔"
    yield from _both("diamagnetic_susceptibility", "χ_D", chi, formula, other)
    pauli = cluster.pauli_susceptibility
    yield from _both("pauli_susceptibility", "χ_Pauli", pauli, "μ₀μ_B²m_ek_F/π²ħ²", "SI/4π")


def _steps(cluster: Cluster, system: System) -> Iterator[Quantity]:
    from quasispin.units import kelvin, tesla

    try:
        found, formula = _jumps(system)
    except SizeError as error:
        yield Quantity("steps", "B", None, "T", str(error).rstrip("."))
        return
    strengths = [field / tesla for field, _ in found if field <= cluster.highest_field]
    yield Quantity("steps", "B", strengths, "T", formula if found else "none: no pair to break")
    if beyond := len(found) - len(strengths):
        limit = cluster.highest_field / tesla
        words = f"above {limit:.4g} T, a tenth of the splitting: there g_j m_j does not hold"
        yield Quantity("steps_beyond", "", beyond, "more steps", words)
    if not strengths:
        return
    if not beyond:
        yield Quantity("critical_field", "B_c", strengths[-1], "T", "ω_c/μ_B, the last step")
    heat, jump = COLD * cluster.fermi_level.pairs * system.coupling_matrix[0, 0] / 4, found[0][1]
    chi = cluster.paramagnetic_susceptibility(jump, heat)
    formula = f"μ₀μ_B²(Δm)²/4k_BTV at the first step, Δm = {jump:.4g}, T = {COLD:g}T₀ = {heat / kelvin:.3g} K"
    yield from _both("paramagnetic_susceptibility", "χ_P", chi, formula, "SI/4π")


def _jumps(system: System) -> tuple[list[tuple[float, float]], str]:
    """Field and Δm of each step, and where they come from."""
    if system.is_single_shell:
        found = list(zip(system.crossing_fields().tolist(), moment_jumps(system), strict=True))
        return found, "steps of the ground state at T = 0, G(M−ν)/(m_ν+2 − m_ν)"
    from quasispin.ensembles.ground import ground_steps

    jumps = [(step.field, step.after - step.before) for step in ground_steps(system)]
    return jumps, "steps of the ground state at T = 0, from the exact levels"


def _both(key: str, symbol: str, value: Susceptibility, formula: str, other: str) -> Iterator[Quantity]:
    yield Quantity(f"{key}_si", symbol, value.si, "SI", formula)
    yield Quantity(f"{key}_gaussian", symbol, value.gaussian, "Gaussian", other)


def _window(cluster: Cluster, gap: float | None, window: Window) -> Iterator[str]:
    found, system = cluster.pairing(gap, window), cluster.system(gap, window)
    low, high = found.cutoff
    yield _line(Quantity("", "G", found.coupling, "meV", f"2/G = Σ M/√((ε−μ)²+Δ²), Δ = {found.gap:g} meV"))
    yield _line(Quantity("", "μ", found.chemical_potential, "meV", "from the last level"))
    cutoff = f"{low:.6g} … {high:.6g}"
    yield _line(Quantity("", "cut-off", cutoff, "meV", "from the last level: nothing beyond pairs"))
    where = f"in {len(system.shells)} shells, M = {system.pair_degeneracy}"
    yield _line(Quantity("", "", system.electrons, "electrons", where))


def _verdict(cluster: Cluster, gap: float | None) -> Iterator[str]:
    criteria = cluster.validity(gap)
    answer = "yes" if all(one.holds for one in criteria) else "no"
    yield f"Is the single-shell model valid here?  {answer}"
    for one in criteria:
        mark = "holds" if one.holds else "fails"
        yield f"  {mark}  {one.name}: {one.value:.4g} (at least {one.limit:g}; {one.formula})"


# -- text --------------------------------------------------------------------------------------------


def _line(one: Quantity) -> str:
    left = f"{one.symbol} = {_text(one.value)}" if one.symbol else _text(one.value)
    return f"  {f'{left} {one.unit}'.strip():<36}  {one.formula}"


def _text(value: Any) -> str:
    if value is None or value == []:
        return "–"
    if isinstance(value, list):
        listed = [f"{entry:.4g}" for entry in value]
        return ", ".join([*listed[: MOST_STEPS - 1], "…", listed[-1]] if len(listed) > MOST_STEPS else listed)
    if isinstance(value, float):
        return "∞" if math.isinf(value) else f"{value:.6g}"
    return str(value)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isinf(value) else value


def _with_unit(name: str, text: str, unit: str, what: str) -> float:
    found = re.fullmatch(rf"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) ?{unit}", text)
    if found is None:
        raise InputError(f"`{name}` must be {what} in {unit} such as 2.5{unit}, but is {shown(text)}.", text)
    return float(found[1])
