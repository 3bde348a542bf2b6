"""The statistical sum within each electron number: what flows from a sum over states to the ensembles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array


@dataclass(frozen=True, eq=False, kw_only=True)
class FixedNumber:
    """Sums over all states of each electron number N, on a grid of points (T, ω); k_B = μ_B = 1.

    U = E − ωm is the energy of a state in the field, U₀ the lowest one of its N at that ω. Nothing here
    is a difference of large numbers: log Σ, ⟨U⟩ − U₀ and the variances keep full relative precision
    where they are exponentially small. Shapes: K electron numbers, X points, S shells, V = M + 1
    seniorities. At T = 0 all of them are those of the ground multiplet.
    """

    numbers: npt.NDArray[np.int64]
    """The electron numbers N, rising, shape (K,)."""
    coupling: float | None
    """The constant G, or None for a coupling matrix (which has no single gap)."""
    ground_energy: Array
    """U₀, shape (K, X): high word of a double-double."""
    ground_energy_low: Array
    """Its low word, shape (K, X); may be 0."""
    log_sum: Array
    """ln Σ exp(−(U − U₀)/T) ≥ 0, shape (K, X); at T = 0 the logarithm of the ground degeneracy."""
    excitation: Array
    """⟨U⟩ − U₀ ≥ 0, shape (K, X)."""
    energy: Array
    """⟨U⟩, shape (K, X)."""
    pair_energy: Array
    """−Σ G_ss'⟨A⁺_s A_s'⟩ (eq. 10), shape (K, X)."""
    moment: Array
    """⟨m⟩ in μ_B, with the sign of ω, shape (K, X)."""
    moment_variance: Array
    """⟨m²⟩ − ⟨m⟩² at fixed N, shape (K, X)."""
    energy_variance: Array
    """⟨U²⟩ − ⟨U⟩² at fixed N, shape (K, X)."""
    connected: Array | None
    """Σ_ss'⟨A⁺_s A_s'⟩ − (N − ⟨b⟩)/2, b singly occupied pair levels, (K, X); None for a coupling matrix."""
    occupation: Array
    """⟨n̂_s⟩, shape (K, X, S)."""
    unpaired: Array
    """Mean seniority ⟨ν_s⟩ of each shell, shape (K, X, S)."""
    seniority: Array
    """P(ν) of the total seniority ν = 0 … M, shape (K, X, V)."""
    shell_gap_squared: Array | None = None
    """⟨(Σ_t G_st A⁺_t)(Σ_t G_st A_t)⟩, the square of each shell's gap, (K, X, S); None: G²⟨A⁺A⟩ for all."""


def exact_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """a + b as a double and what it leaves out (D. E. Knuth, The Art of Computer Programming 2, 4.2.2)."""
    total = a + b
    back = total - a
    return total, (a - (total - back)) + (b - back)


def exact_product(a: Array, b: Array) -> tuple[Array, Array]:
    """a·b as a double and what it leaves out (T. J. Dekker, Numer. Math. 18, 224, 1971), to 1e150."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: Array) -> tuple[Array, Array]:
    scaled = 134217729.0 * a  # 2²⁷ + 1
    high = scaled - (scaled - a)
    return high, a - high
