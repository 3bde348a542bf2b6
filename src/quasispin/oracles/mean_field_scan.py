"""BCS by brute force: scan Δ, take the highest Ω + μN over μ at each, keep the lowest.

    Ω(Δ,μ) = Δ²/G + Σ_k [(ε−μ) − E] − T Σ_k { ln[1+e^{−(E−ωm_k)/T}] + ln[1+e^{−(E+ωm_k)/T}] }
    E = √((ε−μ)² + Δ²)
    F(Δ) = max_μ [Ω(Δ,μ) + μN]

for one degenerate shell, taken literally: no reduction to one scalar equation, no certificate. What the scan
can miss is a minimum narrower than its grid; with 2000 points that needs T below about 10⁻³ of GM/2.
k_B = ħ = μ_B = 1; all energies in one unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize_scalar

from quasispin.errors import InputError

__all__ = ["MeanFieldMinimum", "free_energy", "grand_potential", "minimum"]

Array = npt.NDArray[np.float64]


class MeanFieldMinimum(NamedTuple):
    """Where F(Δ) is lowest: Δ, F = Ω + μN and μ there, all energies."""

    gap: float
    free_energy: float
    chemical_potential: float


def minimum(
    moments: Sequence[float],
    electrons: float,
    coupling: float,
    temperature: float,
    field: float,
    *,
    energy: float = 0.0,
    grid: int = 2000,
) -> MeanFieldMinimum:
    """Return the global minimum over Δ of F(Δ) = max_μ [Ω(Δ,μ) + μN].

    Parameters
    ----------
    moments
        One moment per pair, shape (M,).
    electrons
        ⟨N⟩, 0 < N < 2M.
    coupling, temperature, field, energy
        G, T > 0, ω and the level ε. G ≤ 0 binds no pair: Δ = 0.
    grid
        Points of the scan in 0 ≤ Δ ≤ 1.05·GM/2; a solution has Δ ≤ E ≤ GM/2.

    Raises
    ------
    InputError
        T ≤ 0, or N ≤ 0 or ≥ 2M: there is no μ.
    """
    model = _Model(moments, electrons, coupling, temperature, field, energy)
    gaps = np.linspace(0.0, max(0.0, 1.05 * coupling * len(moments) / 2), grid if coupling > 0 else 1)
    values = model.free_energy(gaps)
    candidates = [model.refined(gaps[i - 1], gaps[i + 1]) for i in _valleys(values)]
    candidates.append(model.next_to_zero(gaps[1]) if coupling > 0 else 0.0)
    best = min(candidates, key=lambda gap: float(model.free_energy(np.array([gap]))[0]))
    at_best = np.array([best])
    return MeanFieldMinimum(best, float(model.free_energy(at_best)[0]), float(model.potential(at_best)[0]))


def grand_potential(
    moments: Sequence[float],
    coupling: float,
    temperature: float,
    field: float,
    gap: npt.ArrayLike,
    chemical_potential: npt.ArrayLike,
    *,
    energy: float = 0.0,
) -> Array:
    """Return Ω(Δ, μ) as written above; gap and potential broadcast. Ω is concave in μ."""
    delta, mu = np.broadcast_arrays(np.asarray(gap, dtype=float), np.asarray(chemical_potential, dtype=float))
    level = energy - mu
    quasi = np.hypot(level, delta)
    omega = np.zeros_like(quasi) if coupling == 0 else delta**2 / coupling
    for moment in moments:
        omega = omega + level - quasi
        for spin in (1, -1):
            omega = omega - temperature * np.logaddexp(0.0, -(quasi - spin * field * moment) / temperature)
    return np.asarray(omega)


def free_energy(
    moments: Sequence[float],
    electrons: float,
    coupling: float,
    temperature: float,
    field: float,
    gaps: npt.ArrayLike,
    *,
    energy: float = 0.0,
) -> Array:
    """Return F(Δ) = max_μ [Ω(Δ,μ) + μN] at every gap, shape of `gaps` (one axis)."""
    model = _Model(moments, electrons, coupling, temperature, field, energy)
    return model.free_energy(np.atleast_1d(np.asarray(gaps, dtype=float)))


class _Model:
    def __init__(
        self,
        moments: Sequence[float],
        electrons: float,
        coupling: float,
        temperature: float,
        field: float,
        energy: float,
    ) -> None:
        if not temperature > 0:
            raise InputError(
                f"`temperature` must be positive for this oracle, but is {temperature}.", temperature
            )
        if not 0 < electrons < 2 * len(moments):
            raise InputError(
                f"`electrons` must lie inside (0, {2 * len(moments)}), but is {electrons}.", electrons
            )
        self._moments, self._electrons, self._coupling = [float(m) for m in moments], electrons, coupling
        self._temperature, self._field, self._energy = temperature, field, energy

    def free_energy(self, gaps: Array) -> Array:
        mu = self.potential(gaps)
        omega = grand_potential(
            self._moments, self._coupling, self._temperature, self._field, gaps, mu, energy=self._energy
        )
        return np.asarray(omega + mu * self._electrons)

    def potential(self, gaps: Array) -> Array:
        """Return the μ of the maximum: −∂Ω/∂μ = N, bisected until no double lies between (N rises with μ)."""
        reach = self._reach(gaps)
        low, high = self._energy - reach, self._energy + reach
        for _ in range(1100):
            middle = (low + high) / 2
            if np.all((middle == low) | (middle == high)):
                break
            too_many = self._number(gaps, middle) > self._electrons
            low, high = np.where(too_many, low, middle), np.where(too_many, middle, high)
        return np.asarray((low + high) / 2)

    def _reach(self, gaps: Array) -> Array:
        """Return a distance |μ − ε| beyond which the shell is emptier, or fuller, than N."""
        reach = gaps + self._temperature + abs(self._field) * max(map(abs, self._moments))
        for _ in range(1100):
            low, high = self._energy - reach, self._energy + reach
            inside = (self._number(gaps, low) < self._electrons) & (
                self._number(gaps, high) > self._electrons
            )
            if inside.all():
                break
            reach = np.where(inside, reach, 2 * reach)
        return reach

    def _quasiparticle_free(self, quasi: Array) -> Array:
        """Σ_k (1 − f⁺_k − f⁻_k), with 1 − f⁺ − f⁻ = ½[tanh((E+ωm)/2T) + tanh((E−ωm)/2T)]."""
        total = np.zeros_like(quasi)
        for moment in self._moments:
            for spin in (1, -1):
                total = total + np.tanh((quasi + spin * self._field * moment) / (2 * self._temperature)) / 2
        return total

    def _number(self, gaps: Array, mu: Array) -> Array:
        """Return N = −∂Ω/∂μ = Σ_k [1 − (ε−μ)/E · (1 − f⁺_k − f⁻_k)]."""
        level = self._energy - mu
        quasi = np.hypot(level, gaps)
        # at E = 0 the factor is 0/0 and stands before something that vanishes
        cosine = np.divide(level, quasi, out=np.zeros_like(quasi), where=quasi > 0)
        return np.asarray(len(self._moments) - cosine * self._quasiparticle_free(quasi))

    def _slope(self, gap: float) -> float:
        """Return dF/dΔ² · 2 = ∂Ω/∂Δ / Δ at the μ of Δ (dμ/dΔ drops out at a maximum)."""
        at = np.array([gap])
        quasi = np.hypot(self._energy - self.potential(at), at)
        return float(2 / self._coupling - (self._quasiparticle_free(quasi) / quasi)[0])

    def next_to_zero(self, high: float) -> float:
        """Return Δ = 0 where F rises from there, else the minimum in (0, high]."""
        return 0.0 if self._slope(1e-12 * high) >= 0 else self.refined(0.0, high)

    def refined(self, low: float, high: float) -> float:
        """Return the minimum in [low, high]: a root of the slope where it changes sign, else by F itself."""
        low = max(low, 1e-12 * high)
        if self._slope(low) < 0 < self._slope(high):
            return float(brentq(self._slope, low, high, xtol=1e-15 * high, rtol=1e-15))
        return _lowest_by_value(lambda gap: float(self.free_energy(np.array([gap]))[0]), low, high)


def _lowest_by_value(function: Callable[[float], float], low: float, high: float) -> float:
    return float(
        minimize_scalar(function, bounds=(low, high), method="bounded", options={"xatol": 1e-10 * high}).x
    )


def _valleys(values: Array) -> list[int]:
    """Return the inner points that are not above their neighbours."""
    inner = values[1:-1]
    return [int(i) + 1 for i in np.flatnonzero((inner <= values[:-2]) & (inner <= values[2:]))]
