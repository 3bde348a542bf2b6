"""From the state of the page to a system, the units of its axes, its facts, and the Python that makes it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from quasispin import facts
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import FileError, InputError, QuasispinError, UndefinedError
from quasispin.explorer.state import NUCLEAR, NUCLEAR_FIELD, USUAL_GAP, State, unpacked
from quasispin.explorer.typed import prefixed
from quasispin.facts import Quantity
from quasispin.magneton import BOHR
from quasispin.observables import shell_gap
from quasispin.sweep.laboratory import ENERGIES, per_laboratory_unit
from quasispin.system.cluster import Cluster, Window
from quasispin.system.geometry import GEOMETRIES, Spheroid
from quasispin.system.materials import Material
from quasispin.system.schemes import LevelScheme, parse_csv, parse_toml
from quasispin.system.shell import Shell
from quasispin.system.splitting import spheroidal_levels
from quasispin.system.system import System
from quasispin.units import kelvin, tesla

if TYPE_CHECKING:
    from quasispin.ensembles.averages import Array

HEAT_REACH = 1.2
"""Highest temperature of the axes, in Δ₀."""
FIELD_REACH = 2.4
"""Highest field of the axes, in 3Δ₀/M."""
BOX: Final = (
    *(
        "box",
        "kind",
        "size",
        "electrons",
        "gap",
        "deformation",
        "material",
        "geometry",
        "radius",
        "thickness",
    ),
    *("strength", "window", "levels", "coupling", "unit", "laboratory"),
)
"""What of a state is about the box."""
NO_ELECTRONS: Final = "The file gives no N: half of the places are filled, {}."
NO_COUPLING: Final = "The file gives no G: the mean distance of its levels is taken, {}. Type your own."
BEYOND = 1.25
"""The axes reach that much further than a temperature or field typed beyond them."""


@dataclass(frozen=True)
class Unit:
    """A unit of an axis: its name, its size in the energies of the system, how Python writes it."""

    name: str
    size: float
    code: str

    def energy(self, number: float) -> float:
        """So many of it, as an energy; to twelve digits, as it is shown."""
        return self.number(number) * self.size

    def number(self, number: float) -> float:
        """A number as it is shown and typed."""
        return float(f"{number:.12g}")


@dataclass(frozen=True)
class Box:
    """A system and how the page shows it."""

    system: System
    code: tuple[str, ...]
    """Python that makes `system`."""
    heat: Unit
    """Of the temperature axis."""
    strength: Unit
    """Of the field axis."""
    energy: Unit
    """Of gaps and levels."""
    own_heat: float
    """What the state's unit of temperature is in energies of the system."""
    own_field: float
    """What the state's unit of field is in energies of the system."""
    heat_reach: float
    """End of the temperature axis, in its unit."""
    field_reach: float
    """End of the field axis, in its unit."""
    facts: tuple[Quantity, ...]
    title: str
    energy_unit: str | None = None
    """What datasets call the unit of energy."""
    moment: str = "μ_B"
    assumed: tuple[str, ...] = ()
    """What nobody gave and was taken as usual, in a sentence each."""
    reading: str = ""
    """How the file of a level scheme was read."""
    heat_units: Mapping[str, float] = field(default_factory=dict)
    """Units in which a temperature may be typed, in the energies of the system."""
    field_units: Mapping[str, float] = field(default_factory=dict)
    """Units in which a field may be typed, in the energies of the system."""
    key: str = ""
    """Tells it from other boxes and from itself in other units."""

    @property
    def heat_end(self) -> float:
        """End of the temperature axis as it would stand in a state."""
        return self.stated_temperature(self.heat_reach)

    @property
    def field_end(self) -> float:
        """End of the field axis as it would stand in a state."""
        return self.stated_field(self.field_reach)

    def shown_temperature(self, temperature: float) -> float:
        """The state's temperature in the unit of its axis."""
        return self.heat.number(temperature * self.own_heat / self.heat.size)

    def shown_field(self, field: float) -> float:
        """The state's field in the unit of its axis."""
        return self.strength.number(field * self.own_field / self.strength.size)

    def stated_temperature(self, shown: float) -> float:
        """A temperature in the unit of its axis as it stands in the state."""
        return _exactly(shown * self.heat.size / self.own_heat)

    def stated_field(self, shown: float) -> float:
        """A field in the unit of its axis as it stands in the state."""
        return _exactly(shown * self.strength.size / self.own_field)

    def temperature(self, state: State) -> float:
        """k_BT in the energies of the system."""
        return self.heat.energy(self.shown_temperature(state.temperature))

    def field(self, state: State) -> float:
        """μ_BB in the energies of the system."""
        return self.strength.energy(self.shown_field(state.field))

    def temperatures(self, points: int) -> Array:
        """The temperature axis as energies, shape (points,)."""
        return np.linspace(0.0, self.heat_reach, points) * self.heat.size

    def fields(self, points: int) -> Array:
        """The field axis as energies, shape (points,)."""
        return np.linspace(0.0, self.field_reach, points) * self.strength.size


def box(state: State) -> Box:
    """The box of a state.

    Raises
    ------
    QuasispinError
        If there is no such system; one sentence says why.
    """
    own = {name: getattr(state, name) for name in BOX}
    found = _built(State(**own))
    return replace(
        found,
        key=f"{zlib.crc32(repr(own).encode()):08x}",
        heat_reach=max(
            found.heat_reach,
            _round(BEYOND * found.shown_temperature(_typed(state.temperature, found.heat_end))),
        ),
        field_reach=max(
            found.field_reach, _round(BEYOND * found.shown_field(_typed(state.field, found.field_end)))
        ),
    )


def _exactly(number: float) -> float:
    """With digits enough for what was typed to come back as it was typed."""
    return float(f"{number:.15g}")


def _typed(value: float, end: float) -> float:
    """A value that lies beyond the axis, else 0."""
    return value if value > end else 0.0


@lru_cache(maxsize=64)
def _built(state: State) -> Box:
    return {"shell": _shell, "cluster": _cluster, "levels": _scheme}[state.box](state)


# -- one shell -------------------------------------------------------------------------------------


def _shell(state: State) -> Box:
    gap = USUAL_GAP if state.gap is None else state.gap
    scale = gap if state.laboratory else 1.0
    shell = {"orbital": Shell.orbital, "hemisphere": Shell.hemisphere, "spin": Shell.spin}[state.kind](
        state.size
    )
    pairs, electrons = shell.pair_degeneracy, 0 if state.electrons is None else state.electrons
    plain = System.single_shell(shell, electrons, gap_scale=scale)
    made = f"qs.Shell.{state.kind}({state.size})"
    if state.deformation:
        if state.kind != "orbital":
            raise UndefinedError("Only an orbital shell has a `deformation` here.", state.deformation)
        splitting, coupling = state.deformation * scale, 2.0 * scale / pairs
        system = System(spheroidal_levels(state.size, splitting), electrons, coupling)
        code = [
            "from quasispin.system.splitting import spheroidal_levels",
            f"shells = spheroidal_levels({state.size}, {splitting!r})",
            f"system = qs.System(shells, electrons={electrons}, coupling={coupling!r})",
        ]
        title = (
            f"{electrons} electrons in the l = {state.size} shell (M = {pairs}), δ = {state.deformation:g} Δ₀"
        )
    else:
        system = plain
        code = [f"system = qs.System.single_shell({made}, electrons={electrons}, gap_scale={scale!r})"]
        title = f"{electrons} electron{'' if electrons == 1 else 's'} in the {shell.name}"
    found = tuple(_unsplit(facts.shell(plain, gap)) if state.deformation else facts.shell(plain, gap))
    return _scaled(state, system, code, scale, gap, pairs, title, found)


def _unsplit(found: Iterator[Quantity]) -> Iterator[Quantity]:
    """What holds without δ, as such."""
    for one in found:
        is_of_levels = one.key.startswith(("critical", "steps", "field_scale"))
        yield replace(one, formula=f"{one.formula}, without δ") if is_of_levels else one


def _scaled(
    state: State,
    system: System,
    code: Sequence[str],
    scale: float,
    gap: float,
    pairs: int,
    title: str,
    found: tuple[Quantity, ...],
) -> Box:
    """A box that knows Δ₀ = `scale` and M = `pairs`."""
    own_field = 3.0 * scale / pairs
    if state.laboratory:
        units = Unit("K", kelvin, "kelvin"), Unit("T", tesla, "tesla"), Unit("meV", 1.0, "")
    else:
        bare = scale == 1.0
        units = (
            Unit("Δ₀", scale, "" if bare else repr(scale)),
            Unit("3Δ₀/M", own_field, f"3 / {pairs}" if bare else f"3 * {scale!r} / {pairs}"),
            Unit("Δ₀", scale, "" if bare else repr(scale)),
        )
    heat = HEAT_REACH * scale / units[0].size
    field = FIELD_REACH * (1.0 + abs(state.deformation)) * own_field
    if system.is_single_shell:  # of some shapes the steps are farther than those of an orbital shell
        field = max([field, *(BEYOND * system.crossing_fields()[-1:])])
    strength = field / units[1].size
    per = scale / gap  # meV in energies of the system
    plain = {"Δ₀": scale, **prefixed({"eV": 1e3 * per})}
    return Box(
        system,
        tuple(code),
        *units,
        own_heat=scale,
        own_field=own_field,
        heat_reach=_round(heat),
        field_reach=_round(strength),
        facts=found,
        title=title,
        energy_unit="meV" if state.laboratory or state.box == "cluster" else "Δ₀",
        heat_units=prefixed({"K": kelvin * per}) | plain,
        field_units=prefixed({"T": tesla * per}) | {"3Δ₀/M": own_field} | plain,
    )


def _round(reach: float) -> float:
    return float(f"{reach:.4g}")


# -- a cluster -------------------------------------------------------------------------------------


def _cluster(state: State) -> Box:
    grain, code = _grain(state)
    gap = grain.material.gap if state.gap is None else state.gap
    window = Window(state.window, state.window) if state.window else None
    system = grain.system(gap, window)
    told = f"gap={gap!r}" + (f", window=qs.Window({state.window}, {state.window})" if window else "")
    line = f"system = grain.system({told})"
    if state.electrons is not None:
        system = system.with_electrons(state.electrons)
        line += f".with_electrons({state.electrons})"
    pairs = grain.fermi_level.pairs
    title = f"{grain.material.name or grain.material.symbol} {grain.geometry.name}, R = {state.radius:g} nm"
    found = [
        *facts.metal(grain),
        *facts.levels(grain),
        *_in_its_own_unit(facts.pairing(grain, state.gap), gap),
        *_in_its_own_unit(facts.magnetism(grain, gap), gap),
    ]
    return _scaled(state, system, [*code, line], gap, gap, pairs, title, (*found, *_validity(grain, gap)))


def _in_its_own_unit(found: Iterator[Quantity], gap: float) -> Iterator[Quantity]:
    """T_c and B_c in Δ₀ beside kelvin and tesla."""
    for one in found:
        yield one
        if one.key == "critical_temperature":
            yield Quantity(f"{one.key}_scaled", one.symbol, one.value * kelvin / gap, "Δ₀", "")
        if one.key == "critical_field":
            yield Quantity(f"{one.key}_scaled", "ω_c", one.value * tesla / gap, "Δ₀", "")


@lru_cache(maxsize=16)
def _cluster_of(material: str, shape: str, arguments: tuple[tuple[str, float], ...]) -> Cluster:
    kind = Spheroid if shape == "spheroid" else GEOMETRIES[shape][0]
    return Cluster(Material.named(material), kind(**dict(arguments)))


def _grain(state: State) -> tuple[Cluster, list[str]]:
    """The cluster; a sphere with a deformation is a spheroid of splitting δ·Δ₀."""
    arguments: dict[str, float] = {"radius": state.radius}
    shape = state.geometry
    if state.deformation:
        if shape != "sphere":
            raise UndefinedError("Only a sphere has a `deformation` here.", state.deformation)
        shape = "spheroid"
        gap = Material.named(state.material).gap if state.gap is None else state.gap
        arguments["splitting"] = state.deformation * gap
    elif extra := GEOMETRIES[shape][1]:
        arguments[extra] = getattr(state, extra)
    grain = _cluster_of(state.material, shape, tuple(arguments.items()))
    name = type(grain.geometry).__name__
    listed = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return grain, [f"grain = qs.Cluster(qs.Material.named({state.material!r}), qs.{name}({listed}))"]


def _validity(grain: Cluster, gap: float) -> Iterator[Quantity]:
    criteria = facts.validity(grain, gap)
    answer = "yes" if all(one.holds for one in criteria) else "no"
    yield Quantity("single_shell_model", "Is one shell enough?", answer, "", "all of the following hold")
    for place, one in enumerate(criteria):
        words = f"{'holds' if one.holds else 'fails'}: at least {one.limit:g}; {one.formula}"
        yield Quantity(f"criterion_{place}", one.name, one.value, "", words)


# -- a level scheme --------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def scheme(levels: str) -> LevelScheme:
    """The level scheme that stands in a state.

    Raises
    ------
    QuasispinError
        If it is none; of several mistakes the first is said.
    """
    text, kind = unpacked(levels)
    try:
        return (parse_csv if kind == "csv" else parse_toml)(text, f"levels.{kind}")
    except FileError as error:
        raise FileError(str(error).splitlines()[0], error.value) from None


def system(state: State) -> System:
    """The system of a state, without the axes of its pictures: those of a level scheme take the mean field.

    Raises
    ------
    QuasispinError
        If there is none.
    """
    if state.box != "levels":
        return box(state).system
    return _filled(state.levels, state.electrons, state.coupling)[0]


@lru_cache(maxsize=16)
def _filled(levels: str, electrons: int | None, coupling: float | None) -> tuple[System, tuple[str, ...]]:
    """The system of a level scheme, and what nobody gave, in a sentence each."""
    found, assumed = scheme(levels), []
    if electrons is None and found.electrons is None:
        electrons = sum(shell.pair_degeneracy for shell in found.shells)
        assumed.append(NO_ELECTRONS.format(electrons))
    if coupling is None and found.coupling is None:
        coupling = _spread(found.shells)
        assumed.append(NO_COUPLING.format(f"{coupling:.4g}"))
    return found.system(electrons, coupling), tuple(assumed)


def _scheme(state: State) -> Box:
    found = scheme(state.levels)
    system, assumed = _filled(state.levels, state.electrons, state.coupling)
    scale, strength = _sizes(system)
    unit = state.unit or "unit of the file"
    if state.laboratory:
        if state.unit in NUCLEAR and system.magneton == BOHR:
            raise InputError(NUCLEAR_FIELD.format(state.unit), state.unit)
        per = per_laboratory_unit(state.unit, system.magneton)
        heat, field = Unit("K", per["temperature"], "kelvin"), Unit("T", per["field"], "tesla")
        if state.unit != "meV" or system.magneton != BOHR:
            heat, field = (Unit(one.name, one.size, repr(one.size)) for one in (heat, field))
    else:
        heat = field = Unit(unit, 1.0, "")
    heats, fields = _typeable(state.unit, system)
    text = system.to_toml().replace("\\", "\\\\")
    return Box(
        system,
        ('system = qs.System.from_toml("""\\', *text.rstrip().splitlines(), '""")'),
        heat,
        field,
        Unit(unit, 1.0, ""),
        own_heat=1.0,
        own_field=1.0,
        heat_reach=_round(HEAT_REACH * scale / heat.size),
        field_reach=_round(strength / field.size),
        facts=tuple(_scheme_facts(found, system, unit)),
        title=found.title or f"{system.electrons} electrons in {len(found.shells)} shells",
        energy_unit=state.unit or None,
        moment="μ" if system.magneton == BOHR else system.magneton.symbol,
        assumed=assumed,
        reading=_read(found.report),
        heat_units=heats,
        field_units=fields,
    )


def _read(report: str) -> str:
    """How a table was read, as a sentence; here no keyword settles it, but the name of a column."""
    words = report.replace("say `degeneracy` if it counts states", "call the column states if it counts them")
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def no_laboratory(state: State) -> str:
    """Why there are no kelvin and tesla for such a state; empty where they are."""
    if state.box != "levels":
        return ""
    if not state.unit:
        return "For kelvin and tesla choose the unit of the energies."
    is_plain = scheme(state.levels).system(0, 0.0).magneton == BOHR
    return NUCLEAR_FIELD.format(state.unit) if state.unit in NUCLEAR and is_plain else ""


def _typeable(unit: str, system: System) -> tuple[dict[str, float], dict[str, float]]:
    """Units of temperature and field of a scheme: its own, kelvin and tesla where they are known."""
    if not unit:
        return {}, {}
    if unit in NUCLEAR and system.magneton == BOHR:
        return {unit: 1.0}, {unit: 1.0}
    per = per_laboratory_unit(unit, system.magneton)
    return prefixed({"K": per["temperature"]}) | {unit: 1.0}, prefixed({"T": per["field"]}) | {unit: 1.0}


def opened(levels: str) -> State:
    """With what a level scheme begins: cold, and without a field.

    Raises
    ------
    QuasispinError
        If it is none.
    """
    state = State(box="levels", levels=levels, electrons=None, temperature=0.0, field=0.0)
    has_one_gap = isinstance(box(state).system.coupling, float)
    return state.but(
        temperature=float(f"{0.1 * box(state).heat_end:.2g}"),
        colour="connected_gap" if has_one_gap else "heat_capacity",
    )


def _sizes(system: System) -> tuple[float, float]:
    """The largest BCS gap, and a field beyond most steps: estimates for the axes alone.

    A step breaks pairs (2Δ), and moves electrons between shells (their energies), for the moments of two.
    """
    energies = [shell.energy for shell in system.shells]
    moments = sorted((m for shell in system.shells for m in shell.moments), reverse=True)[:2]
    scale = _gap(system.with_electrons(system.pair_degeneracy))
    if scale is None:
        pairs = np.array([shell.pair_degeneracy for shell in system.shells], dtype=np.float64)
        scale = float((np.abs(system.coupling_matrix) @ pairs / 2).max())
    scale = scale or _spread(system.shells)
    return scale, (4.0 * scale + 1.5 * (max(energies) - min(energies))) / (sum(moments) or 1.0)


@lru_cache(maxsize=16)
def _gap(system: System) -> float | None:
    """The largest gap of BCS at T = 0; None for a force that repels somewhere: its gap is slow to find."""
    if (system.coupling_matrix < 0.0).any():
        return None
    try:
        return float(np.max(shell_gap(MeanField(system), temperature=0.0, field=0.0)))
    except QuasispinError:
        return 0.0


def _spread(shells: Sequence[Shell]) -> float:
    """The mean distance of levels, 1 if they have none: the G of a scheme that nobody has given one."""
    energies = [shell.energy for shell in shells]
    return (max(energies) - min(energies)) / max(len(energies) - 1, 1) or 1.0


def _scheme_facts(found: LevelScheme, system: System, unit: str) -> Iterator[Quantity]:
    yield Quantity("electrons", "N", system.electrons, f"of {2 * system.pair_degeneracy}", "electrons")
    yield Quantity("pairs", "M", system.pair_degeneracy, "", f"pairs in {len(system.shells)} shells")
    if isinstance(system.coupling, float):
        yield Quantity("coupling", "G", system.coupling, unit, "one for all shells")
    else:
        yield Quantity("coupling", "G", "a matrix", unit, "between the shells")
    if size := _gap(system):
        words = "BCS at T = 0 without a field, the largest of the shells"
        yield Quantity("mean_field_gap", "Δ", size, unit, words)
        if unit in ENERGIES and unit not in NUCLEAR:
            heat = size / per_laboratory_unit(unit)["temperature"]
            yield Quantity("mean_field_gap_laboratory", "Δ", heat, "K·k_B", "")
    for number, (label, shell) in enumerate(zip(found.labels, found.shells, strict=True)):
        words = f"M = {shell.pair_degeneracy}, largest moment {shell.moments[0]:.4g}"
        yield Quantity(f"shell_{number}", label or f"shell {number + 1}", shell.energy, unit, words)
    if found.source:
        yield Quantity("source", "source", found.source, "", "of the level scheme")


def is_whole(number: float | None) -> bool:
    """Whether a typed number is one, and whole."""
    return number is not None and math.isfinite(number) and number == int(number)
