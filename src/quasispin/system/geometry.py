"""Shapes of a cluster and the levels of one electron in them; lengths in nm, energies in meV.

Free electrons behind hard walls unless the shape says otherwise: ħ²k²/2m_e from the bottom of the well.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import numpy as np

from quasispin.errors import InputError, SizeError, finite, integer, shown
from quasispin.parallel import one_blas_thread
from quasispin.system.materials import positive
from quasispin.system.shell import Shell
from quasispin.system.splitting import spheroidal_levels, spin_orbit_levels

if TYPE_CHECKING:
    import numpy.typing as npt


class Level(NamedTuple):
    """A degenerate level of one electron."""

    energy: float
    """Centre of the level, in meV."""
    radial: int
    """n = 1, 2, … counts levels of the same l; of an oscillator the quanta."""
    momentum: float
    """l; of an oscillator the mean l of the states."""
    pairs: int
    """M: the level holds 2M electrons."""


STRIDE = 16.0
"""Zeros of Bessel functions are found up to a multiple of this."""
SHORTEST, LONGEST = 0.01, 1e6
"""Lengths in nm between which a free-electron gas in a cavity is a question at all."""
MOST_ABOVE = 1000
"""Levels beyond the last electron that may be asked for."""


@dataclass(frozen=True)
class Geometry(ABC):
    """A shape: its volume, its levels, and the shells they make in a field along the axis.

    Raises
    ------
    InputError
        If a length is not positive or an energy is not finite.
    """

    radius: float
    """R in nm."""
    name: ClassVar[str]
    solid_angle: ClassVar[float] = 4 * math.pi
    max_electrons: ClassVar[int] = 3_000_000
    """The level scheme of more than that (R = 16 nm of aluminium) takes longer than anybody waits."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", finite("radius", self.radius, low=SHORTEST, high=LONGEST))

    @classmethod
    def of_volume(cls, volume: float, **options: Any) -> Geometry:
        """The shape of that volume in nm³; `options` are its other arguments."""
        return cls((3 * positive("volume", volume) / cls.solid_angle) ** (1 / 3), **options)

    @property
    def volume(self) -> float:
        """In nm³."""
        return self.solid_angle / 3 * self.radius**3

    @property
    def mean_square_distance(self) -> float:
        """⟨x² + y²⟩ from the axis for uniform density, in nm²: ⅔⟨r²⟩ = (2/5)R² of a ball."""
        return 0.4 * self.radius**2

    @abstractmethod
    def levels(self, electrons: int, above: int = 1) -> tuple[Level, ...]:
        """From the bottom up to `above` levels beyond the one that takes the last electron."""

    @abstractmethod
    def shells(self, level: Level) -> list[Shell]:
        """The level as shells with moments for a field along the axis, energies absolute."""

    def label(self, level: Level) -> str:
        """The level's quantum numbers."""
        check_level(level)
        return f"n={level.radial}, l={level.momentum:g}"

    def checked_size(self, electrons: int) -> int:
        """N, if the level scheme of so many can be made.

        Raises
        ------
        InputError
            If it is no whole number from 1 on.
        SizeError
            If there are too many.
        """
        number = integer("electrons", electrons, low=1)
        if number > self.max_electrons:
            raise SizeError(
                f"`electrons` must be at most {self.max_electrons} electrons in a {self.name}, "
                f"but is {shown(number)}.",
                electrons,
            )
        return number

    def _checked(self, electrons: int, above: int) -> tuple[int, int]:
        """N and how many levels beyond the last electron, as whole numbers in their ranges."""
        return self.checked_size(electrons), integer("above", above, low=0, high=MOST_ABOVE)


def check_level(level: object) -> None:
    """Raise unless this is a level of a geometry."""
    if not isinstance(level, Level):
        raise InputError(f"`level` must be a Level of a geometry, but is {shown(level)}.", level)


@dataclass(frozen=True)
class HardWallSphere(Geometry):
    """A ball with hard walls: E_nl = ħ²z_nl²/(2m_eR²), z_nl the zeros of the spherical Bessel function j_l.

    Examples
    --------
    >>> [round(level.energy, 2) for level in HardWallSphere(1.0).levels(8)]
    [376.03, 769.26, 1265.58]
    """

    name = "hard-wall sphere"

    def levels(self, electrons: int, above: int = 1) -> tuple[Level, ...]:
        """See `Geometry.levels`."""
        electrons, above = self._checked(electrons, above)
        scale = kinetic_scale() / self.radius**2
        start = (9 * math.pi * electrons / self.solid_angle * math.pi) ** (1 / 3) + 4.0

        def below(limit: float) -> Iterable[Level]:
            zeros = spherical_zeros(STRIDE * math.ceil(limit / STRIDE))  # few tables for all sizes
            known = ((z, n, l) for z, n, l in zeros if z < limit and self._pairs(l))
            return (Level(scale * z**2, n, l, self._pairs(l)) for z, n, l in known)

        return _enough(below, start, electrons, above)

    def shells(self, level: Level) -> list[Shell]:
        """See `Geometry.shells`."""
        check_level(level)
        return [Shell.orbital(int(level.momentum), level.energy)]

    def _pairs(self, l: int) -> int:
        return 2 * l + 1


@dataclass(frozen=True)
class Hemisphere(HardWallSphere):
    """Half a ball with hard walls, field normal to the flat face: of every l the l states with l+λ odd."""

    name = "hemisphere"
    solid_angle = 2 * math.pi

    def shells(self, level: Level) -> list[Shell]:
        """See `Geometry.shells`."""
        check_level(level)
        return [Shell.hemisphere(int(level.momentum), level.energy)]

    def _pairs(self, l: int) -> int:
        return l


@dataclass(frozen=True)
class Spheroid(HardWallSphere):
    """A ball slightly deformed along the field: every l splits by `spheroidal_levels`, to first order.

    `splitting` is δ in meV, > 0 prolate; it is meant to be small against the distance of shells, and it
    neglects the change of ⟨x² + y²⟩, of the order of the deformation.
    """

    splitting: float
    name = "spheroid"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "splitting", finite("splitting", self.splitting))

    def shells(self, level: Level) -> list[Shell]:
        """See `Geometry.shells`."""
        check_level(level)
        return spheroidal_levels(int(level.momentum), self.splitting, level.energy)


@dataclass(frozen=True)
class SpinOrbit(HardWallSphere):
    """A ball with spin–orbit coupling ξ l·s: every l splits into j = l ± ½ by `spin_orbit_levels`.

    `strength` is ξ in meV, the user's number. Moments g_j m_j hold for μ_BB far below |ξ|(2l+1)/2.
    """

    strength: float
    name = "sphere with spin–orbit coupling"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "strength", finite("strength", self.strength))

    def shells(self, level: Level) -> list[Shell]:
        """See `Geometry.shells`."""
        check_level(level)
        return spin_orbit_levels(int(level.momentum), self.strength, level.energy)


@dataclass(frozen=True)
class Layer(Geometry):
    """A spherical layer on an insulating core, hard walls at R − t and R: j_l and y_l to vanish at both."""

    thickness: float
    """t in nm, below R."""
    name = "spherical layer"
    max_electrons = 500_000

    def __post_init__(self) -> None:
        super().__post_init__()
        thickness = finite("thickness", self.thickness, low=SHORTEST, high=LONGEST)
        if thickness >= self.radius:
            raise InputError(
                f"`thickness` must be below the radius {self.radius:g} nm, but is {thickness:g}.", thickness
            )
        object.__setattr__(self, "thickness", thickness)

    @classmethod
    def of_volume(cls, volume: float, **options: Any) -> Layer:
        """The layer of that volume and a given `thickness`: V = 4πt(R² − Rt + t²/3)."""
        if set(options) != {"thickness"}:
            raise InputError("A layer of given volume needs a `thickness` and nothing else.", options)
        thickness = finite("thickness", options["thickness"], low=SHORTEST, high=LONGEST)
        square = positive("volume", volume) / (4 * math.pi * thickness) - thickness**2 / 12
        return cls(thickness / 2 + math.sqrt(max(square, 0.0)), thickness)

    @property
    def volume(self) -> float:
        """In nm³."""
        return 4 * math.pi / 3 * (self.radius**3 - self._core**3)

    @property
    def mean_square_distance(self) -> float:
        """⟨x² + y²⟩ = ⅔⟨r²⟩ = (2/5)(R⁵ − a⁵)/(R³ − a³), a = R − t."""
        return 0.4 * (self.radius**5 - self._core**5) / (self.radius**3 - self._core**3)

    @property
    def _core(self) -> float:
        return self.radius - self.thickness

    def levels(self, electrons: int, above: int = 1) -> tuple[Level, ...]:
        """See `Geometry.levels`."""
        electrons, above = self._checked(electrons, above)
        start = (3 * math.pi**2 * electrons / self.volume) ** (1 / 3) + math.pi / self.thickness

        def below(limit: float) -> Iterable[Level]:
            l = 0
            while numbers := layer_wave_numbers(self._core, self.radius, l, limit):
                for n, k in enumerate(numbers, start=1):
                    yield Level(kinetic_scale() * k**2, n, l, 2 * l + 1)
                l += 1

        with one_blas_thread():  # threads cost seventy times as much on matrices of this size
            return _enough(below, start, electrons, above)

    def shells(self, level: Level) -> list[Shell]:
        """See `Geometry.shells`."""
        check_level(level)
        return [Shell.orbital(int(level.momentum), level.energy)]


@dataclass(frozen=True)
class Oscillator(Geometry):
    """A harmonic well: E_n = (n + 3/2)ħω, every n holds l = n, n−2, … in one shell.

    ħω is such that the N electrons have the mean square radius (3/5)R² of a uniform ball:
    ħω·(3/5)R² = (ħ²/m_e)·mean(n + 3/2), about (5/4)(3N)^{1/3}ħ²/(m_eR²).
    """

    name = "harmonic oscillator"

    def quantum(self, electrons: int) -> float:
        """ħω in meV."""
        electrons, _ = self._checked(electrons, 0)
        whole = self._last(electrons)
        inside = _oscillator_capacity(whole - 1)
        total = sum((n + 1.5) * (n + 1) * (n + 2) for n in range(whole)) + (whole + 1.5) * (
            electrons - inside
        )
        return 2 * kinetic_scale() * total / electrons / (0.6 * self.radius**2)

    def levels(self, electrons: int, above: int = 1) -> tuple[Level, ...]:
        """See `Geometry.levels`."""
        electrons, above = self._checked(electrons, above)
        quantum = self.quantum(electrons)
        last = self._last(electrons) + above
        return tuple(_oscillator_level(n, quantum) for n in range(last + 1))

    def shells(self, level: Level) -> list[Shell]:
        """See `Geometry.shells`."""
        check_level(level)
        momenta = range(level.radial % 2, level.radial + 1, 2)
        return [Shell([m for l in momenta for m in Shell.orbital(l).moments], level.energy)]

    def label(self, level: Level) -> str:
        """The level's quanta."""
        check_level(level)
        return f"n={level.radial} quanta, mean l={level.momentum:.4g}"

    def _last(self, electrons: int) -> int:
        quanta = 0
        while _oscillator_capacity(quanta) < electrons:
            quanta += 1
        return quanta


GEOMETRIES: Final[dict[str, tuple[type[Geometry], str | None]]] = {
    "sphere": (HardWallSphere, None),
    "oscillator": (Oscillator, None),
    "hemisphere": (Hemisphere, None),
    "layer": (Layer, "thickness"),
    "spheroid": (Spheroid, "splitting"),
    "spin-orbit": (SpinOrbit, "strength"),
}
"""What people call them: the class, and what it needs besides a size."""


# -- one electron ------------------------------------------------------------------------------------


def kinetic_scale() -> float:
    """ħ²/2m_e in meV·nm²."""
    from scipy.constants import e, hbar, m_e

    return float(hbar**2 / (2 * m_e) / e * 1e3 * 1e18)


@lru_cache(maxsize=8)
def spherical_zeros(limit: float) -> tuple[tuple[float, int, int], ...]:
    """All zeros 0 < z_nl < limit of the spherical Bessel functions as (z, n, l), l by l.

    Zeros of j_{l+1} lie one in each gap between zeros of j_l (DLMF 10.21(i)), from z_n0 = nπ on: none is
    missed. Bisection to the last bit.
    """
    found: list[tuple[float, int, int]] = []
    zeros = np.pi * np.arange(1, math.ceil(limit / np.pi))
    l = 0
    while zeros.size:
        found += [(float(z), n, l) for n, z in enumerate(zeros, start=1)]
        l += 1
        zeros = _between(l, np.append(zeros, limit))
    return tuple(found)


def _between(l: int, ends: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    from scipy.special import spherical_jn

    low, high = ends[:-1].copy(), ends[1:].copy()
    sign = np.sign(spherical_jn(l, low))
    is_in = sign != np.sign(spherical_jn(l, high))
    low, high, sign = low[is_in], high[is_in], sign[is_in]
    for _ in range(54):
        middle = (low + high) / 2
        is_left = np.sign(spherical_jn(l, middle)) == sign
        low, high = np.where(is_left, middle, low), np.where(is_left, high, middle)
    return np.asarray((low + high) / 2)


def layer_wave_numbers(inner: float, outer: float, l: int, limit: float) -> list[float]:
    """All k < limit with −u'' + l(l+1)u/r² = k²u, u(inner) = u(outer) = 0, in rising order.

    Ritz values in the polynomials L_i − L_{i+2}, which vanish at both walls: upper bounds that settle
    exponentially fast, and no Bessel function to overflow at large l.
    """
    from scipy.linalg import eigvalsh

    size = int(limit * (outer - inner)) + 32
    values, weights = _layer_basis(size)
    half = (outer - inner) / 2
    radius = inner + half * (1 + _nodes(size)[0])
    mass = half**2 * (values * weights) @ values.T
    barrier = l * (l + 1) * half**2 * (values * (weights / radius**2)) @ values.T
    squares = eigvalsh(np.eye(size) + barrier, mass)
    return [float(math.sqrt(k)) for k in squares if k < limit**2]


@lru_cache(maxsize=8)
def _nodes(size: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    return np.polynomial.legendre.leggauss(2 * size + 16)


@lru_cache(maxsize=8)
def _layer_basis(size: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(L_i − L_{i+2})/√(4i+6) at the nodes, shape (size, nodes): their derivatives are orthonormal."""
    nodes, weights = _nodes(size)
    table = np.polynomial.legendre.legvander(nodes, size + 1).T
    order = np.arange(size)[:, None]
    return (table[:-2] - table[2:]) / np.sqrt(4 * order + 6), weights


def _oscillator_capacity(quanta: int) -> int:
    """(n+1)(n+2)(n+3)/3 electrons fill all levels up to n."""
    return (quanta + 1) * (quanta + 2) * (quanta + 3) // 3


def _oscillator_level(quanta: int, quantum: float) -> Level:
    momenta = range(quanta % 2, quanta + 1, 2)
    pairs = sum(2 * l + 1 for l in momenta)
    return Level((quanta + 1.5) * quantum, quanta, sum(l * (2 * l + 1) for l in momenta) / pairs, pairs)


# -- a whole scheme ------------------------------------------------------------------------------------


def _enough(
    below: Callable[[float], Iterable[Level]], start: float, electrons: int, above: int
) -> tuple[Level, ...]:
    """Levels below a limit that rises until all electrons and `above` further levels fit."""
    limit = start
    while True:
        found = sorted(below(limit))
        last = int(np.searchsorted(2 * np.cumsum([level.pairs for level in found]), electrons))
        if last + above < len(found):
            return tuple(found[: last + above + 1])
        limit *= 1.1
