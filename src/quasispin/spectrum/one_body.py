"""One-electron matrices of one l-shell: angular momenta, deformation, spin–orbit coupling, time reversal.

The 2M = 2(2l+1) states are |λ↑⟩, λ = −l … l, at places 0 … M−1 and then |λ↓⟩ at places M … 2M−1, with the
phases of Condon and Shortley. A. R. Edmonds, Angular Momentum in Quantum Mechanics (Princeton 1957), ch. 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


def orbital_momentum(l: int) -> Complex:
    """L_x, L_y, L_z in units of ħ, shape (3, 2M, 2M)."""
    return np.stack([np.kron(np.eye(2), part) for part in _momentum(2 * l)])


def spin(l: int) -> Complex:
    """S_x, S_y, S_z in units of ħ, shape (3, 2M, 2M)."""
    # ↑ comes first here, whereas the projections of `_momentum` rise
    return np.stack([np.kron(part[::-1, ::-1], np.eye(2 * l + 1)) for part in _momentum(1)])


def moment(l: int, direction: Sequence[float]) -> Complex:
    """The magnetic moment n·(L + 2S) in μ_B (g_s = 2) along a unit vector n, shape (2M, 2M)."""
    return _along(orbital_momentum(l) + 2 * spin(l), direction)


def spheroid(l: int, axis: Sequence[float]) -> Complex:
    """3(n·L)²/(l(l+1)) − 1 with n the unit vector `axis`, shape (2M, 2M): P₂ in the shell; 0 for l = 0."""
    square = _along(orbital_momentum(l), axis)
    return 3 * square @ square / max(l * (l + 1), 1) - min(l, 1) * np.eye(2 * (2 * l + 1))


def spin_orbit(l: int) -> Complex:
    """l·s, shape (2M, 2M): l/2 for j = l + ½ and −(l+1)/2 for j = l − ½."""
    products = [orbit @ turn for orbit, turn in zip(orbital_momentum(l), spin(l), strict=True)]
    total: Complex = products[0] + products[1] + products[2]
    return total


def pair_signs(l: int) -> Matrix:
    """(−1)^{l−λ}, λ = −l … l, shape (M,): A⁺ = Σ_λ (−1)^{l−λ} a⁺_λ↑ a⁺_−λ↓ is a rotational scalar."""
    return 1.0 - 2.0 * (np.arange(2 * l, -1, -1, dtype=np.float64) % 2)


def time_reversal(l: int) -> Matrix:
    """U of Θ = UK (K: complex conjugation), Θ|λ↑⟩ = (−1)^{l−λ}|−λ↓⟩, shape (2M, 2M)."""
    turned = np.diag(pair_signs(l))[::-1]
    return np.kron(np.array([[0.0, -1.0], [1.0, 0.0]]), turned)


def _momentum(twice: int) -> Complex:
    """J_x, J_y, J_z of j = `twice`/2, the projection rising, shape (3, 2j+1, 2j+1)."""
    j = twice / 2
    m = np.arange(twice + 1) - j
    raising = np.diag(np.sqrt(j * (j + 1) - m[:-1] * (m[:-1] + 1)), -1).astype(np.complex128)
    lowering = raising.T
    return np.stack([(raising + lowering) / 2, (raising - lowering) / 2j, np.diag(m)])


def _along(vector: Complex, direction: Sequence[float]) -> Complex:
    total: Complex = np.tensordot(np.asarray(direction, dtype=np.float64), vector, axes=1)
    return total
