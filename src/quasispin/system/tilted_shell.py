"""One l-shell whose own axis, spheroidal or spin–orbit, need not be that of the field."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from quasispin.errors import finite, integer
from quasispin.magneton import BOHR, Magneton
from quasispin.system.shell import Shell

MAX_ORBITAL = 15
"""Two bits per orbital state must fit into the 63 of an integer."""
MAX_ENERGY = 1e100
"""Squares of larger energies might not fit into a float."""


@dataclass(frozen=True, repr=False)
class TiltedShell:
    """N electrons in one l-shell: H = δ[3L_c²/(l(l+1)) − 1] + ζ l·s − G A⁺A − ω(L_z + 2S_z).

    The field lies along z, the axis c of the deformation in the plane of x and z at an angle from it:
    L_c = L_z cos θ + L_x sin θ. To first order in δ (⟨l|P₂|l⟩, centroid kept; l = 0 does not deform); ζ of
    any strength. The pairing force acts on the rotational scalar A⁺ = Σ_λ (−1)^{l−λ} a⁺_λ↑ a⁺_−λ↓.

    Parameters
    ----------
    orbital
        l, from 0 to 15; M = 2l + 1 pairs.
    electrons
        N, from 0 to 2M.
    coupling
        G, attractive if positive; its unit is that of all energies.
    deformation
        δ, of any sign.
    spin_orbit
        ζ, of any sign: j = l + ½ lies at ζl/2, j = l − ½ at −ζ(l+1)/2.
    angle
        θ between the axis and the field, in radians.

    Raises
    ------
    InputError
        If `orbital` or `electrons` is out of range, or an energy or the angle is not finite.

    Examples
    --------
    >>> TiltedShell(3, 6, 1.0, deformation=0.5, angle=0.25 * math.pi)
    <TiltedShell: 6 electrons in the l=3 shell (M=7), G=1, δ=0.5, axis at 45° to the field>
    """

    orbital: int
    electrons: int
    coupling: float
    deformation: float = 0.0
    spin_orbit: float = 0.0
    angle: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "orbital", integer("orbital", self.orbital, low=0, high=MAX_ORBITAL))
        number = integer("electrons", self.electrons, low=0, high=2 * self.pair_degeneracy)
        object.__setattr__(self, "electrons", number)
        for name in ("coupling", "deformation", "spin_orbit", "angle"):
            value = finite(name, getattr(self, name), low=-MAX_ENERGY, high=MAX_ENERGY)
            object.__setattr__(self, name, value)

    @property
    def pair_degeneracy(self) -> int:
        """M = 2l + 1."""
        return 2 * self.orbital + 1

    @property
    def shells(self) -> tuple[Shell, ...]:
        """The one shell that is deformed and split."""
        return (Shell.orbital(self.orbital),)

    @property
    def magneton(self) -> Magneton:
        """μ_B: these are electrons."""
        return BOHR

    @property
    def axis(self) -> tuple[float, float, float]:
        """Direction of the axis, (sin θ, 0, cos θ), with exact zeros along and across the field."""
        return _exact(math.sin(self.angle)), 0.0, _exact(math.cos(self.angle))

    def with_angle(self, angle: float) -> TiltedShell:
        """The same shell with its axis in another direction."""
        return replace(self, angle=angle)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers: `TiltedShell(**shell.to_dict())` is the same shell."""
        return asdict(self)

    def __repr__(self) -> str:
        number = f"{self.electrons} electron{'' if self.electrons == 1 else 's'}"
        parts = [f"{number} in the l={self.orbital} shell (M={self.pair_degeneracy})", f"G={self.coupling:g}"]
        if self.spin_orbit:
            parts.append(f"ζ={self.spin_orbit:g}")
        if self.deformation:
            parts += [f"δ={self.deformation:g}", f"axis at {math.degrees(self.angle):g}° to the field"]
        return f"<TiltedShell: {', '.join(parts)}>"


def _exact(component: float) -> float:
    return 0.0 if abs(component) < 4e-16 else component  # the rounding of π must not break a conservation law
