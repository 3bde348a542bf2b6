"""One shell split to first order, field along the axis: by a deformation or by spin–orbit coupling."""

from __future__ import annotations

from quasispin.errors import finite, integer
from quasispin.system.shell import MAX_PAIRS, Shell


def spheroidal_levels(l: int, splitting: float, energy: float = 0.0) -> list[Shell]:
    """The l + 1 levels λ = 0, 1, … l of a shell in a slightly spheroidal cluster, axis along the field.

    ε_λ = δ·[3λ²/(l(l+1)) − 1]: first order in the deformation, proportional to ⟨lλ|P₂|lλ⟩, centroid kept.
    λ = 0 holds one pair of moment 1; λ > 0 two, (λ↑, −λ↓) with λ + 1 and (−λ↑, λ↓) with λ − 1. The pairing
    force is the same among all of them, and m̂ commutes with H: the field must be along the axis.
    δ > 0 is prolate (the equator is squeezed, large λ costs more), δ < 0 oblate; l = 0 does not split.

    Parameters
    ----------
    l
        Orbital momentum of the shell, at least 0.
    splitting
        δ, of any sign, in the unit of the coupling; the levels spread over 3|δ|l/(l+1).
    energy
        Where the centroid lies.

    Raises
    ------
    InputError
        If `l` is no whole number or an energy is not finite.

    Examples
    --------
    >>> spheroidal_levels(1, 0.5)
    [Shell.orbital(0, energy=-0.5), Shell.hemisphere(2, energy=0.25)]
    """
    degree = _momentum(l)
    delta, centre = finite("splitting", splitting), finite("energy", energy)
    if degree == 0:
        return [Shell.orbital(0, centre)]
    square = degree * (degree + 1)
    return [
        Shell(_axial_moments(number), energy=centre + delta * (3 * number**2 - square) / square)
        for number in range(degree + 1)
    ]


def spin_orbit_levels(l: int, strength: float, energy: float = 0.0) -> list[Shell]:
    """The levels j = l − ½ and j = l + ½ of a shell under ξ l·s, weak field: M_j = j + ½, moments g_j m_j.

    E_j = (ξ/2)[j(j+1) − l(l+1) − ¾], that is ξl/2 for j = l + ½ and −ξ(l+1)/2 for j = l − ½, centroid kept;
    g_j = 1 ± 1/(2l+1) is Landé's factor with g_s = 2. l = 0 has j = ½ alone, with the moment 1 of its spin.
    First order in the field: meant for μ_BB far below |E_j − E_j'| = |ξ|(2l+1)/2 (`spin_orbit_splitting`);
    near it the field mixes the two j, and seniority is no longer conserved.

    Parameters
    ----------
    l
        Orbital momentum of the shell, at least 0.
    strength
        ξ, of any sign, in the unit of the coupling: an ordinary atom has ξ > 0, a nucleus ξ < 0.
    energy
        Where the centroid lies.

    Raises
    ------
    InputError
        If `l` is no whole number or an energy is not finite.

    Examples
    --------
    >>> spin_orbit_levels(1, 1.0)
    [Shell([0.3333333333333333], energy=-1.0), Shell([2, 0.6666666666666666], energy=0.5)]
    """
    degree = _momentum(l)
    xi, centre = finite("strength", strength), finite("energy", energy)
    upper = Shell(_total_moments(degree, degree + 1), energy=centre + xi * degree / 2)
    if degree == 0:
        return [upper]
    return [Shell(_total_moments(degree, degree), energy=centre - xi * (degree + 1) / 2), upper]


def spin_orbit_splitting(l: int, strength: float) -> float:
    """|E_{l+½} − E_{l−½}| = |ξ|(2l+1)/2: `spin_orbit_levels` are meant for μ_BB far below it; 0 for l = 0."""
    degree = _momentum(l)
    return abs(finite("strength", strength)) * (2 * degree + 1) / 2 if degree else 0.0


def _momentum(l: int) -> int:
    return integer("l", l, low=0, high=(MAX_PAIRS - 1) // 2)


def _axial_moments(number: int) -> list[float]:
    """|λ| > 0: spin along or against the orbital moment; λ = 0: the spin alone."""
    return [number + 1.0, number - 1.0] if number else [1.0]


def _total_moments(l: int, pairs: int) -> list[float]:
    """g_j m_j for m_j = ½ … j with j = pairs − ½: g_j = 1 ± 1/(2l+1), upper sign for j = l + ½."""
    sign = 1 if pairs == l + 1 else -1
    # (2l+1 ± 1)(2k+1) / 2(2l+1): one rounding
    return [(2 * l + 1 + sign) * (2 * k + 1) / (2 * (2 * l + 1)) for k in range(pairs)]
