"""From the metal to the model: a cluster's level scheme, its last shell, and the system they make."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from inspect import isabstract
from typing import Any, NamedTuple

from quasispin.errors import InputError, SizeError, UndefinedError, finite, integer, shown
from quasispin.system.gap_equation import SMALLEST, bcs_gap, gap_equation
from quasispin.system.geometry import GEOMETRIES, Geometry, HardWallSphere, Level, SpinOrbit
from quasispin.system.materials import Material, positive
from quasispin.system.shell import Shell
from quasispin.system.staircase import top_moments
from quasispin.system.system import System
from quasispin.system.validity import MUCH, Criterion, criteria

NEXT = 6
"""So many levels beyond a window are asked whether parts of them lie inside it."""
LEAST_GAP, LARGEST_GAP = 1e-9, 1e9
"""Gaps in meV between which anything pairs."""


class Susceptibility(NamedTuple):
    """A volume susceptibility (dimensionless) in both systems of units."""

    si: float
    gaussian: float
    """The SI value over 4π."""


class Spacing(NamedTuple):
    """Distances in meV from the last shell to its neighbours, edge to edge; infinite where there is none."""

    below: float
    above: float


class Window(NamedTuple):
    """How many neighbouring shells pair with the last one."""

    below: int = 1
    above: int = 1


class Pairing(NamedTuple):
    """The coupling that a gap stands for in a window of shells."""

    coupling: float
    """G in meV."""
    gap: float
    """Δ at T = 0 in meV."""
    chemical_potential: float
    """μ in meV, from the centre of the last shell."""
    cutoff: tuple[float, float]
    """Lowest and highest level of the window in meV, from there too: nothing beyond pairs."""


@dataclass(frozen=True, init=False)
class Cluster:
    """A metal cluster: N = n_eV electrons of a material in the levels of a geometry.

    Parameters
    ----------
    material
        A `Material`, of `materials()` or the user's.
    geometry
        Such as `HardWallSphere(radius)`, radius in nm.
    electrons
        N; by default the whole number next to n_eV.
    keeps_coupling
        What is held fixed when the last shell is split. False: the BCS gap of this N, so that G follows from
        the gap equation; where closed sub-levels lie far from the Fermi energy it is many times 2Δ₀/M.
        True: G = 2Δ₀/M of the shell before it is split, so that the gap falls with the splitting.

    Raises
    ------
    InputError
        If an argument is of another type, or N is below 1.
    SizeError
        If the level scheme would be too large.

    Examples
    --------
    >>> grain = Cluster(Material.named("Al"), HardWallSphere(1.0))
    >>> grain.electrons, grain.fermi_level.momentum, grain.filling
    (758, 2, 10)
    """

    material: Material
    geometry: Geometry
    electrons: int
    keeps_coupling: bool = False

    def __init__(
        self,
        material: Material,
        geometry: Geometry,
        electrons: int | None = None,
        *,
        keeps_coupling: bool = False,
    ) -> None:
        if not isinstance(material, Material):
            raise InputError(f"`material` must be a Material, but is {shown(material)}.", material)
        if not isinstance(geometry, Geometry):
            raise InputError(f"`geometry` must be a geometry, but is {shown(geometry)}.", geometry)
        number = material.electron_density * geometry.volume
        if electrons is None:
            _check_content(geometry, number)
        object.__setattr__(self, "material", material)
        object.__setattr__(self, "geometry", geometry)
        object.__setattr__(
            self,
            "electrons",
            geometry.checked_size(
                integer("electrons", round(number) if electrons is None else electrons, low=1)
            ),
        )
        if not isinstance(keeps_coupling, bool):
            raise InputError(
                f"`keeps_coupling` must be True or False, but is {shown(keeps_coupling)}.", keeps_coupling
            )
        object.__setattr__(self, "keeps_coupling", keeps_coupling)

    def keeping_coupling(self) -> Cluster:
        """The same cluster whose last shell keeps G = 2Δ₀/M when it is split."""
        return Cluster(self.material, self.geometry, self.electrons, keeps_coupling=True)

    @classmethod
    def of_atoms(
        cls, material: Material, atoms: int, kind: type[Geometry] = HardWallSphere, **options: Any
    ) -> Cluster:
        """The cluster of so many atoms; `options` are the arguments of the geometry besides its radius."""
        if not isinstance(material, Material):
            raise InputError(f"`material` must be a Material, but is {shown(material)}.", material)
        if not (isinstance(kind, type) and issubclass(kind, Geometry)):
            raise InputError(f"`kind` must be a class of geometries, but is {shown(kind)}.", kind)
        most = getattr(kind, "max_electrons", Geometry.max_electrons) // material.valence
        electrons = integer("atoms", atoms, low=1, high=most) * material.valence
        _check_options(kind, options)
        geometry = kind.of_volume(electrons / material.electron_density, **options)
        return cls(material, geometry, electrons)

    # -- the level scheme ----------------------------------------------------------------------

    @property
    def atoms(self) -> float:
        """N over the valence."""
        return self.electrons / self.material.valence

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """From the bottom of the well to one level beyond the last electron."""
        return self.geometry.levels(self.electrons)

    @property
    def fermi_level(self) -> Level:
        """The level that takes the last electron."""
        return self.levels[-2]

    @property
    def filling(self) -> int:
        """Electrons in it, 1 … 2M."""
        return self.electrons - 2 * sum(level.pairs for level in self.levels[:-2])

    @property
    def shells(self) -> list[Shell]:
        """The last level as shells, energies in meV from its centre: several where it is split."""
        return self._shells(self.fermi_level)

    @property
    def width(self) -> float:
        """From the lowest to the highest part of the last level, in meV; 0 where it is not split."""
        energies = [shell.energy for shell in self.shells]
        return max(energies) - min(energies)

    @property
    def spacing(self) -> Spacing:
        """Distances to the next shells, edge to edge; negative where split shells overlap."""
        edges = [self._edges(level) for level in self.levels[-3:]]
        (low, high), (next_low, _) = edges[-2:]
        return Spacing(low - edges[-3][1] if len(edges) > 2 else math.inf, next_low - high)

    # -- the model -----------------------------------------------------------------------------

    def system(self, gap: float | None = None, window: Window | None = None) -> System:
        """The last shell, or a window of shells around it, as a `System` in meV.

        Parameters
        ----------
        gap
            Δ in meV; by default that of the bulk.
        window
            How many shells below and above pair too. Without: the last shell alone, G = 2Δ/M.

        Raises
        ------
        UndefinedError
            If the window is full, so that nothing can pair, or if split levels in and outside of it overlap,
            so that it does not hold the electrons that it should.
        """
        pairing = self.pairing(gap, window)
        shells, electrons = self._box(window)
        return System(shells, electrons, pairing.coupling)

    def pairing(self, gap: float | None = None, window: Window | None = None) -> Pairing:
        """G from the gap, by the T = 0 gap equation of the last shell or of a window.

        Of the last shell alone Δ is Δ₀, the BCS gap at half filling, so that G = 2Δ₀/M and what its filling
        leaves is Δ₀√(N(2M−N))/M, `mean_field_gap`. Where the shell is split, G is larger: such that the gap
        of this N stays the same, unless the cluster `keeps_coupling`. Of a window Δ is the BCS gap of its own
        N. No level is blocked for odd N. A closed shell, or closed part of one, has that gap only for a G of
        the order of Δe/M.
        """
        size = self._size(gap)
        shells, electrons = self._box(window)
        energies = [shell.energy for shell in shells]
        alone = window is None
        coupling, potential = (
            self.coupling_of_last_shell(size) if alone else gap_equation(shells, electrons, size)
        )
        return Pairing(coupling, size, potential, (min(energies), max(energies)))

    def coupling_of_last_shell(self, gap: float) -> tuple[float, float]:
        """G and μ in meV of the last shell alone; a full one, which has no gap, keeps 2Δ₀/M.

        μ is that of BCS at T = 0 with the gap that the shell is to have.
        """
        gap = finite("gap", positive("gap", gap), low=LEAST_GAP, high=LARGEST_GAP)
        pairs, electrons = self.fermi_level.pairs, self.filling
        coupling = 2 * gap / pairs
        own = coupling / 2 * math.sqrt(electrons * (2 * pairs - electrons))
        if len(self.shells) == 1 or not own:
            return coupling, (electrons - pairs) * coupling / 2
        if not self.keeps_coupling:
            return gap_equation(self.shells, electrons, own)
        left = bcs_gap(self.shells, electrons, coupling)
        return coupling, gap_equation(self.shells, electrons, max(left, SMALLEST * coupling * pairs))[1]

    def mean_field_gap(self, gap: float | None = None) -> float:
        """The BCS gap in meV that `system(gap)` has at T = 0 without a field: Δ₀√(N(2M−N))/M."""
        return bcs_gap(self.shells, self.filling, self.pairing(gap).coupling)

    def _box(self, window: Window | None) -> tuple[list[Shell], int]:
        if window is None:
            last = len(self.levels) - 2
            self._check_order(last, last)
            return self.shells, self.filling
        if not isinstance(window, Window):
            raise InputError(f"`window` must be a Window, but is {shown(window)}.", window)
        last = len(self.levels) - 2
        below, above = (integer("window", number, low=0, high=1000) for number in window)
        if below > last:
            raise InputError(
                f"`window` must take at most the {last} shells below the last one, but takes {below}.", window
            )
        found = self.levels if above <= 1 else self.geometry.levels(self.electrons, above)
        core = found[: last - below]
        self._check_order(last - below, last + above)
        shells = [one for level in found[last - below : last + above + 1] for one in self._shells(level)]
        return shells, self.electrons - 2 * sum(level.pairs for level in core)

    def _check_order(self, first: int, last: int) -> None:
        """Raise unless the levels `first` … `last` lie, once split, above all below and below all above.

        Only then are the levels below full and those above empty, whatever the order inside.
        """
        found = self.geometry.levels(self.electrons, last + 2 - len(self.levels) + NEXT)
        below, box, above = found[:first], found[first : last + 1], found[last + 1 :]
        low, high = self._reach(box)
        if (below and self._reach(below)[1] > low) or (above and self._reach(above)[0] < high):
            raise UndefinedError(
                f"The levels around the last one (l = {self.fermi_level.momentum:g}) are split by more than "
                "their distance and mix with it, so that those below are not full: take them into a larger "
                "`window`, or a smaller splitting.",
                self.geometry,
            )

    def _reach(self, levels: Sequence[Level]) -> tuple[float, float]:
        """The lowest and the highest part of all of them."""
        edges = [self._edges(level) for level in levels]
        return min(low for low, _ in edges), max(high for _, high in edges)

    def _shells(self, level: Level) -> list[Shell]:
        # shifted before it is split, so that no digit of the splitting is lost against the Fermi energy
        return self.geometry.shells(level._replace(energy=level.energy - self.fermi_level.energy))

    def _edges(self, level: Level) -> tuple[float, float]:
        energies = [shell.energy for shell in self._shells(level)]
        return min(energies), max(energies)

    # -- in a field ----------------------------------------------------------------------------

    @property
    def diamagnetic_susceptibility(self) -> Susceptibility:
        """χ_D = −μ₀(e²/4m_e)n_e⟨x² + y²⟩, Langevin to first order for uniform density; eq. (3) in SI."""
        from scipy.constants import e, m_e, mu_0

        density = self.electrons / self.geometry.volume * 1e27
        return _both(-mu_0 * e**2 / (4 * m_e) * density * self.geometry.mean_square_distance * 1e-18)

    @property
    def pauli_susceptibility(self) -> Susceptibility:
        """χ_P = μ₀μ_B²·m_ek_F/(π²ħ²) of free electrons at the bulk density."""
        from scipy.constants import hbar, m_e

        states = m_e * self.material.fermi_wave_number * 1e9 / (math.pi**2 * hbar**2)
        return _both(_moment_squared() * states)

    def volume_susceptibility(self, response: float) -> Susceptibility:
        """μ₀μ_B²χ/V of a χ = −∂²F/∂ω² in 1/meV, the unit of `susceptibility` where energies are in meV."""
        from scipy.constants import e

        volume = self.geometry.volume * 1e-27 * 1e-3 * e
        return _both(_moment_squared() * finite("response", response) / volume)

    def paramagnetic_susceptibility(self, moment: float, temperature: float) -> Susceptibility:
        """μ₀(Δm)²/(4k_BT·V): the peak of χ at a step by Δm, in μ_B, that stands alone.

        `temperature` is k_BT in meV, above 0 and far below both the gap and Δm times the distance to the next
        step: steps that overlap add up to much more.
        """
        jump, heat = finite("moment", moment), positive("temperature", temperature)
        return self.volume_susceptibility(jump**2 / (4 * heat))

    def validity(self, gap: float | None = None, last_step: float | None = None) -> list[Criterion]:
        """Conditions under which the last shell alone is enough, with the numbers behind each.

        Parameters
        ----------
        gap
            Δ in meV; by default that of the bulk.
        last_step
            μ_BB in meV of the last step at T = 0, up to which the model has to hold, or 0 where there is
            none. One shell knows its own ω_c; of a split one it takes the exact levels
            (`quasispin.facts.last_step`), and without them a field takes its place that no step exceeds.
            Where there is no step, 3Δ₀/M does.
        """
        step = None if last_step is None else finite("last_step", last_step, low=0.0)
        if step is not None and step < SMALLEST * LEAST_GAP:  # no field that anybody means
            step = 0.0
        return criteria(self, self._size(gap), step)

    @property
    def highest_field(self) -> float:
        """μ_BB in meV up to which the moments hold: a tenth of the spin–orbit splitting, else no limit."""
        return self.width / MUCH if isinstance(self.geometry, SpinOrbit) and self.width else math.inf

    def _size(self, gap: float | None) -> float:
        if gap is None:
            return self.material.gap
        size = positive("gap", gap)
        return finite("gap", size, low=LEAST_GAP, high=LARGEST_GAP)


def _check_content(geometry: Geometry, electrons: float) -> None:
    if round(electrons) < 1:
        raise InputError(f"`geometry` must hold at least one electron, but holds {electrons:.3g}.", geometry)
    if electrons > geometry.max_electrons:
        raise SizeError(
            f"`geometry` must hold at most {geometry.max_electrons} electrons, but a {geometry.name} "
            f"of radius {geometry.radius:g} nm holds {electrons:.3g}.",
            geometry,
        )


def _check_options(kind: type[Geometry], options: Mapping[str, Any]) -> None:
    if isabstract(kind):
        known = ", ".join(one.__name__ for one, _ in GEOMETRIES.values())
        raise InputError(f"`kind` must be a shape such as {known}, but is {kind.__name__}.", kind)
    needed = [item.name for item in fields(kind) if item.init and item.name != "radius"]
    if sorted(options) != sorted(needed):
        wanted = " and ".join(f"`{name}`" for name in needed) or "nothing"
        given = ", ".join(f"`{name}`" for name in options) or "nothing"
        raise InputError(
            f"`options` of {kind.__name__} must be {wanted} besides the size, but are {given}.", options
        )


def moment_jumps(system: System) -> list[float]:
    """Δm in μ_B at each of `system.crossing_fields()` of a single shell."""
    top = top_moments(system.shell.moments)
    return [float(top[after] - top[before]) for before, after in system.crossing_seniorities()]


def _both(value: float) -> Susceptibility:
    return Susceptibility(value, value / (4 * math.pi))


def _moment_squared() -> float:
    """μ₀μ_B² in SI."""
    from scipy.constants import mu_0, physical_constants

    return float(mu_0 * physical_constants["Bohr magneton"][0] ** 2)
