"""From the metal to the model: a cluster's level scheme, its last shell, and the system they make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from quasispin.errors import InputError, UndefinedError, finite, integer, shown
from quasispin.system.geometry import Geometry, HardWallSphere, Level, SpinOrbit
from quasispin.system.materials import Material, positive
from quasispin.system.shell import Shell
from quasispin.system.staircase import top_moments
from quasispin.system.system import System

NEXT = 6
"""So many levels beyond a window are asked whether parts of them lie inside it."""
MUCH = 10.0
"""How many times larger "much larger" has to be in `Cluster.validity`."""


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


class Criterion(NamedTuple):
    """One condition of the single-shell model: `value` must exceed `limit`."""

    name: str
    value: float
    limit: float
    formula: str

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.value >= self.limit


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

    def __init__(self, material: Material, geometry: Geometry, electrons: int | None = None) -> None:
        if not isinstance(material, Material):
            raise InputError(f"`material` must be a Material, but is {shown(material)}.", material)
        if not isinstance(geometry, Geometry):
            raise InputError(f"`geometry` must be a geometry, but is {shown(geometry)}.", geometry)
        number = material.electron_density * geometry.volume
        if electrons is None and round(number) < 1:
            raise InputError(f"`geometry` must hold at least one electron, but holds {number:.3g}.", geometry)
        object.__setattr__(self, "material", material)
        object.__setattr__(self, "geometry", geometry)
        object.__setattr__(
            self, "electrons", integer("electrons", round(number) if electrons is None else electrons, low=1)
        )

    @classmethod
    def of_atoms(
        cls, material: Material, atoms: int, kind: type[Geometry] = HardWallSphere, **options: Any
    ) -> Cluster:
        """The cluster of so many atoms; `options` are the arguments of the geometry besides its radius."""
        if not isinstance(material, Material):
            raise InputError(f"`material` must be a Material, but is {shown(material)}.", material)
        if not (isinstance(kind, type) and issubclass(kind, Geometry)):
            raise InputError(f"`kind` must be a class of geometries, but is {shown(kind)}.", kind)
        electrons = integer("atoms", atoms, low=1) * material.valence
        try:
            geometry = kind.of_volume(electrons / material.electron_density, **options)
        except TypeError as error:
            raise InputError(f"`options` do not fit {kind.__name__}: {error}.", options) from None
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
        """G from the gap: Δ₀ = GM/2 for the last shell, the T = 0 gap equation for a window.

        Of the last shell alone Δ is the gap scale, that of half filling, whatever its filling and
        splitting; of a window it is the BCS gap of its own N, `gap_equation`, without blocking by an odd
        electron. A closed shell has that gap only for a G of the order of Δe/M.
        """
        size = self.material.gap if gap is None else positive("gap", gap)
        shells, electrons = self._box(window)
        energies = [shell.energy for shell in shells]
        if window is None:
            coupling, potential = 2 * size / self.fermi_level.pairs, 0.0
        else:
            coupling, potential = gap_equation(shells, electrons, size)
        return Pairing(coupling, size, potential, (min(energies), max(energies)))

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

    def paramagnetic_susceptibility(self, moment: float, temperature: float) -> Susceptibility:
        """μ₀(Δm)²/(4k_BT·V): the peak of χ where the ground state's moment jumps by Δm, in μ_B.

        `temperature` is k_BT in meV, above 0 and far below the gap.
        """
        from scipy.constants import e

        jump, heat = finite("moment", moment), positive("temperature", temperature) * 1e-3 * e
        return _both(_moment_squared() * jump**2 / (4 * heat * self.geometry.volume * 1e-27))

    def validity(self, gap: float | None = None) -> list[Criterion]:
        """Conditions under which the last shell alone is enough, with the numbers behind each.

        ω_c stands for 3Δ₀/M, the last step of a half-filled orbital shell.
        """
        from quasispin.units import tesla

        size = self.material.gap if gap is None else positive("gap", gap)
        pairs, distance = self.fermi_level.pairs, min(self.spacing)
        field = 3 * size / pairs
        reach = field * (self._largest(-2) + max(self._largest(-1), self._largest(-3)))
        area = self.geometry.mean_square_distance
        length = _magnetic_length(field / tesla)
        open_ = min(self.filling, 2 * pairs - self.filling)
        crossing = ("distance of shells over what ω_c brings them closer", "min Δe/(ω_c·(m_max + m'_max))")
        first_order = ("magnetic length over cluster size at ω_c", "√(ħ/eB_c)/√⟨x²+y²⟩")
        return [
            Criterion("electrons and holes to pair", open_, 2, "N, 2M−N"),
            Criterion("distance of shells over Δ₀", distance / size, MUCH, "min Δe/Δ₀"),
            Criterion(crossing[0], distance / reach, 1.0, crossing[1]),
            Criterion(first_order[0], length / math.sqrt(area), 1.0, first_order[1]),
            *self._first_order(distance, field),
        ]

    @property
    def highest_field(self) -> float:
        """μ_BB in meV up to which the moments hold: a tenth of the spin–orbit splitting, else no limit."""
        return self.width / MUCH if isinstance(self.geometry, SpinOrbit) and self.width else math.inf

    def _first_order(self, distance: float, field: float) -> list[Criterion]:
        width = self.width
        if not width:
            return []
        found = [Criterion("distance of shells over the splitting", distance / width, 1.0, "min Δe/width")]
        if isinstance(self.geometry, SpinOrbit):
            found.append(Criterion("splitting over ω_c", width / field, MUCH, "|ξ|(2l+1)/2 over 3Δ₀/M"))
        return found

    def _largest(self, place: int) -> float:
        if len(self.levels) + place < 0:
            return 0.0
        return max(shell.moments[0] for shell in self._shells(self.levels[place]))


def gap_equation(shells: Sequence[Shell], electrons: int, gap: float) -> tuple[float, float]:
    """G and μ of shells whose BCS gap at T = 0, ω = 0 is Δ: 2/G = Σ M_s/E_s, N = Σ M_s[1 − (ε_s − μ)/E_s].

    E_s = √((ε_s − μ)² + Δ²); every shell given counts and nothing else: their range is the cut-off.

    Raises
    ------
    UndefinedError
        If the shells are empty or full.
    """
    from scipy.optimize import brentq

    size = positive("gap", gap)
    pairs = np.array([shell.pair_degeneracy for shell in shells], dtype=np.float64)
    energy = np.array([shell.energy for shell in shells])
    if not 0 < electrons < 2 * pairs.sum():
        raise UndefinedError(
            f"{electrons} electrons in shells for {2 * pairs.sum():.0f} have no BCS gap: take more shells.",
            electrons,
        )

    def excess(potential: float) -> float:
        distance = energy - potential
        return float(np.sum(pairs * (1 - distance / np.hypot(distance, size))) - electrons)

    # one degenerate shell with all its pairs at either edge of the window bounds μ
    filling = electrons / pairs.sum() - 1
    shift = size * filling / math.sqrt((1 - filling) * (1 + filling))
    low, high = float(energy.min()) + shift, float(energy.max()) + shift
    margin = 1e-9 * (size + high - low)
    potential = float(brentq(excess, low - margin, high + margin, xtol=1e-14 * (1 + size), rtol=1e-14))
    return float(2 / np.sum(pairs / np.hypot(energy - potential, size))), potential


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


def _magnetic_length(field: float) -> float:
    """√(ħ/eB) in nm, B in tesla."""
    from scipy.constants import e, hbar

    return float(math.sqrt(hbar / (e * field)) * 1e9)
