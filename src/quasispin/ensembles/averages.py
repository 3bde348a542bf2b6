"""The waist above the statistics: what every ensemble yields, whatever is special about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

NO_GAP = "a coupling matrix has no single gap: use shell_gap, one for each shell"
"""Why `gap_squared` is None, in every ensemble."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Averages:
    """Thermal averages on a grid of points of shape X; energies in the unit of the coupling, k_B = μ_B = 1.

    A quantity that an ensemble does not define is None, and `undefined` says why under its name.
    Arrays have the grid's shape; those per shell (S) or per seniority (V = M+1) have it as a last axis.
    """

    free_energy: Array
    """F = U − TS, shape X; with a reservoir Ω + μ⟨N⟩."""
    energy: Array
    """U = ⟨H⟩, the field's −ω⟨m⟩ included, shape X."""
    entropy: Array
    """S = (U − F)/T, shape X."""
    pair_energy: Array
    """E_c = −Σ G_ss'⟨A⁺_s A_s'⟩ (eq. 10), shape X."""
    moment: Array
    """⟨m⟩ in μ_B, shape X."""
    susceptibility: Array
    """χ = ∂⟨m⟩/∂ω, shape X; infinite at T = 0 on a crossing."""
    heat_capacity: Array
    """C = T ∂S/∂T, shape X, in k_B."""
    electrons: Array
    """⟨N⟩, shape X."""
    number_variance: Array
    """⟨N²⟩ − ⟨N⟩², shape X; exactly 0 at fixed N."""
    occupation: Array
    """⟨n̂_s⟩, shape X + (S,)."""
    gap_squared: Array | None
    """−G E_c of eq. (10), or Δ² of the mean field, shape X."""
    connected_gap_squared: Array | None
    """G²(⟨A⁺A⟩ − (N − ⟨b⟩)/2) with b singly occupied pair levels, or Δ² of the mean field, shape X."""
    unpaired: Array | None
    """Mean seniority ⟨ν_s⟩ of each shell, shape X + (S,)."""
    seniority_distribution: Array | None
    """P(ν), ν = 0 … M, shape X + (V,)."""
    chemical_potential: Array | None
    """μ, shape X."""
    shell_gap_squared: Array | None = None
    """Δ_s² = ⟨(Σ_t G_st A⁺_t)(Σ_t G_st A_t)⟩, one gap for each shell, shape X + (S,); −G E_c of eq. (10)
    for a constant G, and the mean field's Δ_s²."""
    error: Array | None = None
    """Bound on what was left out of the averages, shape X; None where nothing was left out."""
    bounds: Mapping[str, Array] = field(default_factory=dict)
    """By how much a quantity may be off at most because of what was left out, by name, shape X."""
    estimates: Mapping[str, Array] = field(default_factory=dict)
    """The same for what is only estimated, by name, and its `share` of the statistical sum, shape X; empty
    where nothing is."""
    uncertified: Array | None = None
    """By how much the free energy of a mean field may lie above the global minimum at most, shape X: 0 where
    the minimum is certified. None where nothing is minimised."""
    window: npt.NDArray[np.int64] | None = None
    """Lowest and highest N that was summed, shape X + (2,); None where all are, or N is fixed."""
    undefined: Mapping[str, str] = field(default_factory=dict)
    """Why a quantity is None, by name."""

    def reshaped(self, shape: tuple[int, ...]) -> Averages:
        """The same points, laid out in another shape of the same size."""
        return self.mapped(lambda array: array.reshape(shape + array.shape[1:]))

    def mapped(self, change: Callable[[Array], Array]) -> Averages:
        """The same with every array changed."""
        arrays: dict[str, Any] = {
            item.name: change(value)
            for item in fields(self)
            if isinstance(value := getattr(self, item.name), np.ndarray)
        }
        bounds, estimates = (
            {name: change(bound) for name, bound in some.items()} for some in (self.bounds, self.estimates)
        )
        return replace(self, **arrays, bounds=bounds, estimates=estimates)
