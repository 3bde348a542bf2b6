"""Brute force: every state of a few pair levels, one dense matrix per N, no symmetry used but N itself.

    H = Σ_s ε_s n̂_s − Σ_ss' G_ss' A⁺_s A_s' − ω m̂          (eq. (1), with several shells)

A state is a bit string over 2·M_tot one-electron states, pair k at bits 2k (moment m_k) and 2k+1 (moment
−m_k). The field stays in the matrix, so the conservation laws that the package uses (seniority, m̂) are
results here.
Plain double precision: about 1e-13 of the largest energy; χ and C only where they are above that.
k_B = ħ = μ_B = 1; temperature, field, coupling, level energies and potential in one unit of energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from quasispin.errors import InputError, SizeError

__all__ = ["FockAverages", "Level", "canonical", "grand_canonical"]

Array = npt.NDArray[np.float64]
Level = tuple[float, Sequence[float]]
"""A shell: (energy ε_s, one moment per pair)."""

_MOST_PAIRS = 7


@dataclass(frozen=True)
class FockAverages:
    """Thermal averages; S shells.

    ``log_partition`` is ln Z or ln Ξ; ``free_energy`` F (grand canonical Ω + μ⟨N⟩); ``energy`` U without μN;
    ``pair_energy`` = −Σ G_ss'⟨A⁺_s A_s'⟩; ``susceptibility`` and ``heat_capacity`` at the fixed N, or, grand
    canonical, at fixed ⟨N⟩; ``…_fixed_potential`` at fixed μ; ``pair_matrix`` ⟨A⁺_s A_s'⟩ (S, S);
    ``occupation``, ``singly_occupied``, ``mean_seniority`` per shell (S,); ``seniority`` per shell an array
    P_s(ν), ν = 0…M_s; ``number`` P(N), N = 0…2·M_tot.
    """

    log_partition: float
    free_energy: float
    energy: float
    pair_energy: float
    moment: float
    susceptibility: float
    heat_capacity: float
    susceptibility_fixed_potential: float
    heat_capacity_fixed_potential: float
    entropy: float
    electrons: float
    number_variance: float
    occupation: Array
    singly_occupied: Array
    mean_seniority: Array
    seniority: tuple[Array, ...]
    number: Array
    pair_matrix: Array

    def gap(self, coupling: float) -> float:
        """Return √(−G E_c) of eq. (10), for one constant coupling G."""
        return float(np.sqrt(max(0.0, -coupling * self.pair_energy)))

    def connected_gap_squared(self, coupling: float) -> float:
        """Return G²(⟨A⁺A⟩ − (⟨N⟩ − ⟨b⟩)/2), for one constant coupling G."""
        uncorrelated = (self.electrons - self.singly_occupied.sum()) / 2
        return float(coupling**2 * (self.pair_matrix.sum() - uncorrelated))


def canonical(
    shells: Sequence[Level],
    electrons: int,
    coupling: float | npt.ArrayLike,
    temperature: float,
    field: float,
) -> FockAverages:
    """Averages of N electrons: Z = Tr e^{−βH} over the N-electron states, all C(2M, N) of them.

    Parameters
    ----------
    shells
        (ε_s, moments of shell s) for every shell; at most 7 pairs together.
    electrons
        N.
    coupling
        One G for all pairs of shells, or a symmetric matrix (S, S).
    temperature, field
        T > 0 and ω.

    Raises
    ------
    InputError
        T ≤ 0, N outside the box, or a coupling of the wrong shape.
    SizeError
        More than 7 pairs.
    """
    space = _Space(shells)
    if not 0 <= electrons <= 2 * space.pairs:
        raise InputError(f"`electrons` must lie in [0, {2 * space.pairs}], but is {electrons}.", electrons)
    sector = _Sector(space, electrons, _coupling_matrix(coupling, len(shells)), field)
    return _averages(space, [sector], temperature, potential=0.0)


def grand_canonical(
    shells: Sequence[Level],
    coupling: float | npt.ArrayLike,
    temperature: float,
    field: float,
    chemical_potential: float,
    *,
    numbers: Sequence[int] | None = None,
) -> FockAverages:
    """Averages over all N (or those in `numbers`) with weights e^{β(μN − U)}.

    Parameters and errors as :func:`canonical`.
    """
    space = _Space(shells)
    matrix = _coupling_matrix(coupling, len(shells))
    allowed = range(2 * space.pairs + 1) if numbers is None else numbers
    sectors = [_Sector(space, n, matrix, field) for n in allowed]
    return _averages(space, sectors, temperature, potential=chemical_potential)


class _Space:
    """The one-electron states and which shell and pair each belongs to."""

    def __init__(self, shells: Sequence[Level]) -> None:
        self.shells = shells
        self.moments = [float(m) for _, moments in shells for m in moments]
        self.owner = [s for s, (_, moments) in enumerate(shells) for _ in moments]
        self.pairs = len(self.moments)
        if self.pairs > _MOST_PAIRS:
            raise SizeError(
                f"`shells` must hold at most {_MOST_PAIRS} pairs for brute force, but hold {self.pairs}.",
                self.pairs,
            )

    def states(self, electrons: int) -> list[int]:
        """All bit strings with that many electrons."""
        return [sum(1 << i for i in filled) for filled in combinations(range(2 * self.pairs), electrons)]

    def annihilate_pair(self, state: int, pair: int) -> tuple[int, int] | None:
        """Apply a_k̄ a_k; return (sign, new state), or None where it gives 0."""
        sign = 1
        for orbital in (2 * pair, 2 * pair + 1):
            if not state >> orbital & 1:
                return None
            # an annihilator passes every electron in front of it
            sign *= (-1) ** (state & ((1 << orbital) - 1)).bit_count()
            state ^= 1 << orbital
        return sign, state

    def shell_matrix(self, shell: int, electrons: int) -> Array:
        """Return A_s from the N-electron states to those of N − 2."""
        columns = self.states(electrons)
        row_of = {state: i for i, state in enumerate(self.states(electrons - 2) if electrons >= 2 else [])}
        matrix = np.zeros((len(row_of), len(columns)))
        for column, state in enumerate(columns):
            for pair in (k for k in range(self.pairs) if self.owner[k] == shell):
                if (reached := self.annihilate_pair(state, pair)) is not None:
                    matrix[row_of[reached[1]], column] += reached[0]
        return matrix

    def count(self, state: int, shell: int) -> tuple[int, int]:
        """Return the electrons and the singly occupied pair levels of one shell in one state."""
        occupied = [
            (state >> 2 * k & 1) + (state >> 2 * k + 1 & 1)
            for k in range(self.pairs)
            if self.owner[k] == shell
        ]
        return sum(occupied), occupied.count(1)

    def moment(self, state: int) -> float:
        return sum(m * ((state >> 2 * k & 1) - (state >> 2 * k + 1 & 1)) for k, m in enumerate(self.moments))


class _Sector:
    """All of one N: eigenvalues and eigenvectors of H, and what is diagonal in the bit strings."""

    def __init__(self, space: _Space, electrons: int, coupling: Array, field: float) -> None:
        states = space.states(electrons)
        count = np.array([[space.count(state, s) for s in range(len(space.shells))] for state in states])
        self.electrons = electrons
        self.occupation, self.singles = count[..., 0].astype(float), count[..., 1].astype(float)
        self.moment = np.array([space.moment(state) for state in states])
        self.lowering = [space.shell_matrix(s, electrons) for s in range(len(space.shells))]
        self.pairing = -sum(
            (
                coupling[s, t] * a.T @ b
                for s, a in enumerate(self.lowering)
                for t, b in enumerate(self.lowering)
            ),
            np.zeros((len(states), len(states))),
        )
        levels = self.occupation @ np.array([energy for energy, _ in space.shells])
        self.energies, self.vectors = np.linalg.eigh(self.pairing + np.diag(levels - field * self.moment))

    def density(self, probabilities: Array) -> Array:
        """Return Σ_i p_i |i⟩⟨i|."""
        return np.asarray((self.vectors * probabilities) @ self.vectors.T)

    def seniority_projectors(self, shell: int, pairs: int) -> list[Array]:
        """Return the projectors on seniority 0…M_s of one shell, eigenspaces of its quasispin Casimir.

        S² = A⁺A + S₀(S₀ − 1) with S₀ = (n̂ − M)/2 has the values j(j+1), j = (M − ν)/2.
        """
        third = (self.occupation[:, shell] - pairs) / 2
        casimir = self.lowering[shell].T @ self.lowering[shell] + np.diag(third * (third - 1))
        values, vectors = np.linalg.eigh(casimir)
        seniority = np.rint(pairs + 1 - np.sqrt(1 + 4 * np.maximum(values, 0.0))).astype(int)
        return [vectors[:, seniority == nu] @ vectors[:, seniority == nu].T for nu in range(pairs + 1)]


def _coupling_matrix(coupling: float | npt.ArrayLike, shells: int) -> Array:
    matrix = np.asarray(coupling, dtype=float)
    if matrix.ndim == 0:
        return np.full((shells, shells), float(matrix))
    if matrix.shape != (shells, shells) or not np.array_equal(matrix, matrix.T):
        raise InputError(f"`coupling` must be a number or a symmetric ({shells}, {shells}) matrix.", coupling)
    return matrix


def _averages(
    space: _Space, sectors: Sequence[_Sector], temperature: float, *, potential: float
) -> FockAverages:
    if not temperature > 0:
        raise InputError(
            f"`temperature` must be positive for this oracle, but is {temperature}.", temperature
        )
    log_partition, probabilities = _boltzmann(sectors, temperature, potential)
    densities = [sector.density(p) for sector, p in zip(sectors, probabilities, strict=True)]
    second = _second_moments(sectors, probabilities, densities)
    energy, number, moment = second["mean"]
    covariance = second["covariance"]
    regression = _outer_ratio(covariance[1], covariance[1, 1])
    fixed = covariance - regression
    open_direction = np.array([1.0, -potential, 0.0])
    pair_matrix = _pair_matrix(sectors, densities)
    seniority = _seniority(space, sectors, densities)
    diagonals = [np.diag(density) for density in densities]
    return FockAverages(
        log_partition=log_partition,
        free_energy=potential * number - temperature * log_partition,
        energy=energy,
        pair_energy=sum(float(np.sum(s.pairing * d)) for s, d in zip(sectors, densities, strict=True)),
        moment=moment,
        susceptibility=fixed[2, 2] / temperature,
        heat_capacity=fixed[0, 0] / temperature**2,
        susceptibility_fixed_potential=covariance[2, 2] / temperature,
        heat_capacity_fixed_potential=float(open_direction @ covariance @ open_direction) / temperature**2,
        entropy=-sum(float(np.sum(p * np.log(np.where(p > 0, p, 1.0)))) for p in probabilities),
        electrons=number,
        number_variance=covariance[1, 1],
        occupation=sum(d @ s.occupation for s, d in zip(sectors, diagonals, strict=True)),
        singly_occupied=sum(d @ s.singles for s, d in zip(sectors, diagonals, strict=True)),
        mean_seniority=np.array([p @ np.arange(len(p)) for p in seniority]),
        seniority=seniority,
        number=_number(space, sectors, probabilities),
        pair_matrix=pair_matrix,
    )


def _boltzmann(sectors: Sequence[_Sector], temperature: float, potential: float) -> tuple[float, list[Array]]:
    exponents = [(potential * s.electrons - s.energies) / temperature for s in sectors]
    largest = max(float(e.max()) for e in exponents)
    total = sum(float(np.exp(e - largest).sum()) for e in exponents)
    return largest + float(np.log(total)), [np.exp(e - largest) / total for e in exponents]


def _second_moments(
    sectors: Sequence[_Sector], probabilities: Sequence[Array], densities: Sequence[Array]
) -> dict[str, Any]:
    """Means and covariances of (U, N, m); means first, then the deviations from them.

    U is sharp in the eigenstates, m̂ in the bit strings, N in both; [H, m̂] = 0, so ⟨Um⟩ = Tr ρHm̂ is real.
    """
    u = sum(float(p @ s.energies) for s, p in zip(sectors, probabilities, strict=True))
    n = sum(s.electrons * float(p.sum()) for s, p in zip(sectors, probabilities, strict=True))
    m = sum(float(np.diag(d) @ s.moment) for s, d in zip(sectors, densities, strict=True))
    covariance = np.zeros((3, 3))
    for s, p, density in zip(sectors, probabilities, densities, strict=True):
        du, dn, dm = s.energies - u, s.electrons - n, s.moment - m
        moment_in_state = (s.vectors**2).T @ dm
        diagonal = np.diag(density)
        covariance += np.array(
            [
                [p @ du**2, dn * (p @ du), p @ (du * moment_in_state)],
                [dn * (p @ du), dn**2 * p.sum(), dn * (diagonal @ dm)],
                [p @ (du * moment_in_state), dn * (diagonal @ dm), diagonal @ dm**2],
            ]
        )
    return {"mean": (u, n, m), "covariance": covariance}


def _outer_ratio(column: Array, variance: float) -> Array:
    """Return the part of a covariance matrix that is regression on N; none where N is fixed."""
    return np.zeros((3, 3)) if variance == 0 else np.outer(column, column) / variance


def _pair_matrix(sectors: Sequence[_Sector], densities: Sequence[Array]) -> Array:
    shells = range(len(sectors[0].lowering))
    return np.array(
        [
            [
                sum(
                    float(np.sum((s.lowering[a] @ d) * s.lowering[b]))
                    for s, d in zip(sectors, densities, strict=True)
                )
                for b in shells
            ]
            for a in shells
        ]
    )


def _seniority(space: _Space, sectors: Sequence[_Sector], densities: Sequence[Array]) -> tuple[Array, ...]:
    result = []
    for shell, (_, moments) in enumerate(space.shells):
        distribution = np.zeros(len(moments) + 1)
        for sector, density in zip(sectors, densities, strict=True):
            projectors = sector.seniority_projectors(shell, len(moments))
            distribution += [float(np.sum(projector * density)) for projector in projectors]
        result.append(distribution)
    return tuple(result)


def _number(space: _Space, sectors: Sequence[_Sector], probabilities: Sequence[Array]) -> Array:
    distribution = np.zeros(2 * space.pairs + 1)
    for sector, p in zip(sectors, probabilities, strict=True):
        distribution[sector.electrons] = p.sum()
    return distribution
