"""The pairing Hamiltonians of other fields in ours, and back: numbers and arrays; `docs/conventions.md`.

Ours, with A⁺_s = Σ_{k∈s} a⁺_k a⁺_k̄ over the Ω_s = M_s pairs of level s, n̂_s its electrons:

    H = Σ_s ε_s n̂_s − Σ_ss' G_ss' A⁺_s A_s'          (the diagonal s = s' is in; attractive if G > 0)

Every function converts a coupling, level energies or an energy of the spectrum; energies in one unit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from quasispin.errors import InputError, broadcast, finite, integer, is_number, real_array, shown
from quasispin.system.schemes import normalised

__all__ = [
    "coupling_from_half",
    "coupling_from_matrix_elements",
    "coupling_from_nuclear",
    "coupling_from_ratio",
    "coupling_without_diagonal",
    "energy_with_diagonal",
    "energy_without_diagonal",
    "half_from_coupling",
    "levels_from_openfermion",
    "levels_from_richardson",
    "matrix_elements_from_coupling",
    "nuclear_from_coupling",
    "openfermion_from_levels",
    "ratio_from_coupling",
    "richardson_from_levels",
]

Array = npt.NDArray[np.float64]
SMALLEST = 1e-60
"""No spacing may be smaller: what is divided by it must stay a number."""
MOST_ELECTRONS = 10**9
MAX_LEVELS = 2_000
"""Matrices above this size are nothing that could be solved."""


# -- g/2, and the islands' α d -----------------------------------------------------------------------


def coupling_from_half(g: float) -> float:
    """G = g/2 of H = Σ ε_p n̂_p − (g/2) Σ_pq P⁺_p P_q, diagonal included.

    Lecture Notes in Physics 936, chapter 8, doi:10.1007/978-3-319-53336-0. Where the sum leaves out p = q,
    follow with `coupling_without_diagonal`.
    """
    return finite("g", g) / 2


def half_from_coupling(coupling: float) -> float:
    """g = 2G, the inverse of `coupling_from_half`."""
    return 2 * finite("coupling", coupling)


def coupling_from_ratio(ratio: float, spacing: float) -> float:
    """G = α d of superconducting islands and grains: α in units of the level spacing d ≥ 0.

    A band of half-width D in L levels has d = 2D/L. Work on metallic grains writes λ for α. Attraction is
    α > 0 here, as in H = … − α d Σ b⁺b. Input files of the islands' code (rokzitko/tensor) write
    α = −0.1 for attraction, with the sign in H: give 0.1, a number copied with its sign repels.

    Examples
    --------
    >>> coupling_from_ratio(0.1, 0.5)  # from alpha = -0.1 in such a file
    0.05
    """
    return finite("ratio", ratio) * finite("spacing", spacing, low=0.0)


def ratio_from_coupling(coupling: float, spacing: float) -> float:
    """α = G/d, the inverse of `coupling_from_ratio`; d > 0."""
    return finite("coupling", coupling) / finite("spacing", spacing, low=SMALLEST)


# -- nuclear physics ---------------------------------------------------------------------------------


def coupling_from_nuclear(strengths: npt.ArrayLike, pair_degeneracies: npt.ArrayLike) -> Array:
    """G_jj' = V_jj'/√(Ω_jΩ_j'), from strengths V > 0 between normalised pairs. Shape (S, S).

    Volya, Brown and Zelevinsky, Phys. Lett. B 509, 37 (2001), doi:10.1016/S0370-2693(01)00431-2.

    Parameters
    ----------
    strengths
        V_jj', symmetric, shape (S, S).
    pair_degeneracies
        Ω_j = j + ½, shape (S,).
    """
    degeneracies = _degeneracies(pair_degeneracies)
    return normalised(_symmetric("strengths", strengths, len(degeneracies)), degeneracies)


def nuclear_from_coupling(coupling: npt.ArrayLike, pair_degeneracies: npt.ArrayLike) -> Array:
    """V_jj' = G_jj'√(Ω_jΩ_j'), the inverse of `coupling_from_nuclear`; a number G stands for all j, j'."""
    degeneracies = _degeneracies(pair_degeneracies)
    norm = np.sqrt(np.outer(degeneracies, degeneracies))
    if is_number(coupling):
        return finite("coupling", coupling) * norm  # type: ignore[arg-type, no-any-return, unused-ignore]
    matrix: Array = _symmetric("coupling", coupling, len(degeneracies)) * norm
    return matrix


def coupling_from_matrix_elements(elements: npt.ArrayLike, pair_degeneracies: npt.ArrayLike) -> Array:
    """G_jj' = −⟨jj; J=0|V|j'j'; J=0⟩/√(Ω_jΩ_j'), from antisymmetrised, normalised two-body elements.

    A⁺_j|0⟩/√Ω_j is the normalised pair with J = 0, so the pairing force has just these elements
    (negative if attractive). The phases are those in which A⁺_j is as above: (−1)^{j−m} taken into a_k̄, and
    no (−1)^l.
    """
    degeneracies = _degeneracies(pair_degeneracies)
    return normalised(-_symmetric("elements", elements, len(degeneracies)), degeneracies) + 0.0


def matrix_elements_from_coupling(coupling: npt.ArrayLike, pair_degeneracies: npt.ArrayLike) -> Array:
    """⟨jj; J=0|V|j'j'; J=0⟩ = −G_jj'√(Ω_jΩ_j'), the inverse of `coupling_from_matrix_elements`."""
    return 0.0 - nuclear_from_coupling(coupling, pair_degeneracies)


# -- the diagonal, kept or dropped -------------------------------------------------------------------


def coupling_without_diagonal(coupling: float, levels: int) -> Array:
    """The matrix G(1 − δ_pq), shape (L, L), of H = Σ ε_p n̂_p − G Σ_{p≠q} P⁺_p P_q, one pair to each level.

    Exact for every state, temperature and field. A level of several pairs must be given as as many levels.
    """
    size = integer("levels", levels, low=1, high=MAX_LEVELS)
    return finite("coupling", coupling) * (np.ones((size, size)) - np.eye(size)) + 0.0


def energy_without_diagonal(
    energy: npt.ArrayLike, coupling: float, electrons: int, blocked: npt.ArrayLike
) -> Any:
    """E' = E + G(N−b)/2: an energy of ours as it is where the sum leaves out p = q. Shape of `energy`.

    The diagonal −G Σ_p n_p n_p̄ is −G(N−b)/2 in a state with b singly occupied (`blocked`) pair levels, and b
    is conserved. So levels ε + G/2 with the diagonal have the seniority-zero energies of levels ε without.
    """
    return _array("energy", energy) + _diagonal(energy, coupling, electrons, blocked)


def energy_with_diagonal(
    energy: npt.ArrayLike, coupling: float, electrons: int, blocked: npt.ArrayLike
) -> Any:
    """E = E' − G(N−b)/2, the inverse of `energy_without_diagonal`."""
    return _array("energy", energy) - _diagonal(energy, coupling, electrons, blocked)


def _diagonal(energy: npt.ArrayLike, coupling: float, electrons: int, blocked: npt.ArrayLike) -> Any:
    broadcast(energy=real_array("energy", energy), blocked=real_array("blocked", blocked))
    number, singles = (
        integer("electrons", integer("electrons", electrons, low=0), high=MOST_ELECTRONS),
        _array("blocked", blocked),
    )
    if (
        (singles != np.round(singles)).any()
        or (singles < 0).any()
        or (singles > number).any()
        or ((number - singles) % 2).any()
    ):
        words = f"`blocked` must be 0 to {number} and as even or odd as `electrons`, but is {shown(blocked)}."
        raise InputError(words, blocked)
    return finite("coupling", coupling) * (number - singles) / 2


# -- Richardson, and OpenFermion's Richardson–Gaudin ----------------------------------------------------


def levels_from_richardson(pair_levels: npt.ArrayLike, g: float, *, diagonal: bool = True) -> Array:
    """Level energies ε_k, shape (L,), with G = g, of H = Σ_k d_k b⁺_k b_k − g Σ_kk' b⁺_k b_k'.

    His d_k is the energy of a *pair*, our ε_k that of an electron: ε_k = d_k/2. If his sum leaves out k = k'
    (`diagonal=False`) the dropped term is a shift of the levels: ε_k = (d_k + g)/2. His H knows paired
    electrons only; blocked levels drop out and add ε_k each (without the diagonal: less g/2 each).
    Eigenvalues are Σ_α E_α with 1 − g Σ_k 1/(d_k − E_α) + 2g Σ_{β≠α} 1/(E_β − E_α) = 0.
    R. W. Richardson, Phys. Lett. 3, 277 (1963), doi:10.1016/0031-9163(63)90259-2; R. W. Richardson and
    N. Sherman, Nucl. Phys. 52, 221 (1964), doi:10.1016/0029-5582(64)90687-X.
    """
    return (_list("pair_levels", pair_levels) + _shift(g, diagonal)) / 2


def richardson_from_levels(energies: npt.ArrayLike, coupling: float, *, diagonal: bool = True) -> Array:
    """Pair levels d_k = 2ε_k, or 2ε_k − G without the diagonal: the inverse of `levels_from_richardson`."""
    return 2 * _list("energies", energies) - _shift(coupling, diagonal)


def _shift(g: float, diagonal: bool) -> float:
    strength = finite("coupling", g)
    if not isinstance(diagonal, (bool, np.bool_)):
        raise InputError(f"`diagonal` must be True or False, but is {shown(diagonal)}.", diagonal)
    return 0.0 if diagonal else strength


def levels_from_openfermion(g: float, levels: int) -> tuple[Array, Array]:
    """Energies ε_p, shape (L,), and matrix G_pq, shape (L, L), of OpenFermion's ``RichardsonGaudin(g, L)``.

    As its tests have it, H = Σ_p 2(p+1) N_p + g Σ_{p<q} (P⁺_p P_q + P⁺_q P_p), p = 0 … L−1, N_p counting
    *pairs*: twice the formula of its docstring. So ε_p = p + 1 and G_pq = −g(1 − δ_pq): attractive if g < 0.
    One qubit is one pair level: its spectrum is ours with no level singly occupied, over all even N.
    McClean et al., Quantum Sci. Technol. 5, 034014 (2020), doi:10.1088/2058-9565/ab8ebc (the package).
    """
    size = integer("levels", levels, low=1, high=MAX_LEVELS)
    return np.arange(1.0, size + 1.0), coupling_without_diagonal(-finite("g", g), size)


def openfermion_from_levels(energies: npt.ArrayLike, coupling: npt.ArrayLike) -> float:
    """g of ``RichardsonGaudin(g, L)`` for levels and a matrix of that form: `levels_from_openfermion` undone.

    Raises
    ------
    InputError
        If the energies are not 1, 2, … L, or the matrix is not one number off and 0 on the diagonal: its
        class can say no other. (Divide all energies by the spacing first.)
    """
    ladder = _list("energies", energies)
    matrix = _symmetric("coupling", coupling, len(ladder))
    if (ladder != np.arange(1.0, len(ladder) + 1.0)).any():
        raise InputError(f"`energies` must be 1, 2, … {len(ladder)}, but are {shown(energies)}.", energies)
    g = -float(matrix[0, -1])
    if (matrix != coupling_without_diagonal(-g, len(ladder))).any():
        words = f"`coupling` must be 0 on and one number off the diagonal, but is {shown(coupling)}."
        raise InputError(words, coupling)
    return g + 0.0


# -- checks --------------------------------------------------------------------------------------------


def _array(name: str, value: npt.ArrayLike) -> Any:
    # a float stays one: `[()]` takes a scalar out of an array without axes
    return real_array(name, value)[()]


def _list(name: str, value: npt.ArrayLike) -> Array:
    array = real_array(name, value)
    if array.ndim != 1:
        raise InputError(f"`{name}` must be a list of numbers, but has shape {array.shape}.", value)
    return array


def _degeneracies(value: npt.ArrayLike) -> list[int]:
    values = _list("pair_degeneracies", value)
    return [integer("pair_degeneracies", float(omega), low=1) for omega in values]


def _symmetric(name: str, value: npt.ArrayLike, size: int) -> Array:
    matrix = real_array(name, value)
    if matrix.shape != (size, size):
        raise InputError(f"`{name}` must be a {size}×{size} matrix, but has shape {matrix.shape}.", value)
    if (matrix != matrix.T).any():
        raise InputError(f"`{name}` must be a symmetric matrix, but is {shown(value)}.", value)
    return matrix
