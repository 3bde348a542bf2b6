"""BCS of several shells by brute force: a grid over the attractive directions of G, the rest maximised.

With G = Σ_a g_a v_a v_aᵀ, Δ = Σ_a √|g_a| x_a v_a and E = √((ε−μ)² + Δ²),

    Ω(x, μ) = Σ_a sign(g_a) x_a² + Σ_k { (ε−μ) − E − T ln[1+e^{−(E−ωm)/T}] − T ln[1+e^{−(E+ωm)/T}] }
    F(x₊) = max_{x₋, μ} [Ω + μN],

x₊ the directions with g > 0, x₋ those with g < 0. F is worked out at every point of a grid in x₊ (up to two
directions; more: at random points), by damped Newton steps in (x₋, μ) that start at a high temperature. From
the lowest of them the descent x₊ ← x₊ − ½ ∂F/∂x₊ is followed, and the lowest is polished. Plain numpy and
scipy; no bounds. k_B = ħ = μ_B = 1; all energies in one unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from quasispin.errors import InputError

__all__ = ["MatrixMinimum", "minimum"]

Array = npt.NDArray[np.float64]

POINTS = {1: 121, 2: 12}
"""On an axis, by the number of attractive directions."""
RANDOM = 400
FOLLOWED = 48
"""So many of the lowest places go downhill."""
DESCENTS = 15
POLISHED = 4


class MatrixMinimum(NamedTuple):
    """The lowest F that was seen, and the Δ_s there (shape (S,)), all energies."""

    free_energy: float
    gaps: Array


def minimum(
    moments: Sequence[Sequence[float]],
    energies: Sequence[float],
    electrons: float,
    coupling: npt.ArrayLike,
    temperature: float,
    field: float,
    *,
    blocked: tuple[int, int] | None = None,
) -> MatrixMinimum:
    """Return the lowest F(x₊) of a dense grid, followed downhill.

    Parameters
    ----------
    moments, energies
        One list of moments (M_s of them) and one energy ε for each of the S shells.
    electrons
        ⟨N⟩, with the levels that pair neither empty nor full.
    coupling
        G, symmetric, shape (S, S).
    temperature, field
        T > 0 and ω.
    blocked
        Shell and number of a pair level that one electron of energy ε − m|ω| has for itself.

    Raises
    ------
    InputError
        If T is not positive, or N leaves no level open.
    """
    levels = [
        (energy, moment, shell)
        for shell, (energy, own) in enumerate(zip(energies, moments, strict=True))
        for pair, moment in enumerate(own)
        if (shell, pair) != blocked
    ]
    alone = 0.0 if blocked is None else energies[blocked[0]] - moments[blocked[0]][blocked[1]] * abs(field)
    number = electrons - (blocked is not None)
    if not temperature > 0:
        raise InputError(
            f"`temperature` must be positive for this oracle, but is {temperature}.", temperature
        )
    if not 0 < number < 2 * len(levels):
        raise InputError(f"`electrons` must leave a level open, but is {electrons}.", electrons)
    problem = _Problem(levels, number, np.asarray(coupling, dtype=float), temperature, field)
    value, gaps = problem.lowest()
    return MatrixMinimum(value + alone, gaps)


class _Problem:
    def __init__(
        self,
        levels: list[tuple[float, float, int]],
        number: float,
        coupling: Array,
        temperature: float,
        field: float,
    ) -> None:
        self._energy, self._moment = (np.array([level[i] for level in levels]) for i in (0, 1))
        self._temperature, self._field, self._number = temperature, field, number
        values, vectors = np.linalg.eigh(coupling)
        kept = np.flatnonzero(np.abs(values) > 1e-11 * np.abs(values).max())[::-1]
        self._sign = np.sign(values[kept])
        self._count = int((self._sign > 0).sum())
        self._map = vectors[:, kept] * np.sqrt(np.abs(values[kept]))
        shells = np.array([level[2] for level in levels])
        self._rows = self._map[shells]
        """How Δ of each level follows from x, shape (levels, directions)."""
        self._reach = 0.5 * np.abs(self._rows).sum(axis=0)

    def lowest(self) -> tuple[float, Array]:
        attractive = self._places()
        rest = self._maximised(attractive, self._first(len(attractive)), cold_start=True)
        lowest = np.argsort(self._height(attractive, rest, self._temperature))[:FOLLOWED]
        attractive, rest = attractive[lowest], rest[lowest]
        for _ in range(DESCENTS if self._count else 0):
            attractive = self._downhill(attractive, rest)
            rest = self._maximised(attractive, rest)
        values = self._height(attractive, rest, self._temperature)
        values = np.where(self._excess(attractive, rest) < 1e-6, values, np.inf)
        best, at = np.inf, np.zeros(self._sign.size)
        for start in np.argsort(values)[:POLISHED]:
            value, place = self._polished(attractive[start], rest[start])
            if value < best:
                best, at = value, place
        return best, self._map @ at

    def _places(self) -> Array:
        reach = self._reach[: self._count]
        if not self._count:
            return np.zeros((1, 0))
        if self._count in POINTS:
            axes = [np.linspace(0, reach[0], POINTS[self._count])]
            axes += [np.linspace(-each, each, 2 * POINTS[self._count] - 1) for each in reach[1:]]
            return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, self._count)
        random = np.random.default_rng(7).uniform(-1, 1, (RANDOM, self._count))
        return np.asarray(np.concatenate([np.zeros((1, self._count)), random * reach]))

    def _first(self, count: int) -> Array:
        """x₋ = 0 and μ in the middle."""
        rest = np.zeros((count, self._sign.size - self._count + 1))
        rest[:, -1] = self._energy.mean()
        return rest

    def _value(self, attractive: Array, rest: Array, heat: float) -> tuple[Array, Array, Array]:
        """Ω + μN, its slope and curvature by (x, μ), shapes (n,), (n, R+1), (n, R+1, R+1)."""
        x, level, gap, quasi, up, down = self._quasiparticles(attractive, rest)
        value = self._height(attractive, rest, heat)
        first = np.tanh(up / 2 / heat) / 2 + np.tanh(down / 2 / heat) / 2
        second = sum(1 - np.tanh(e / 2 / heat) ** 2 for e in (up, down)) / (4 * heat)
        # dE/d(x, μ) at each level
        along = np.concatenate([(gap / quasi)[:, :, None] * self._rows, -(level / quasi)[:, :, None]], axis=2)
        slope = -np.einsum("nk,nkd->nd", first, along)
        slope[:, :-1] += 2 * self._sign * x
        slope[:, -1] += self._number - len(self._energy)
        # d²E = (|d(Δ, ξ)|² − (dE)²)/E
        frame = np.concatenate([self._rows, np.zeros((len(self._energy), 1))], axis=1)
        last = np.zeros_like(frame)
        last[:, -1] = 1.0
        flat = np.einsum("ki,kj->kij", frame, frame) + np.einsum("ki,kj->kij", last, last)
        bend = np.tensordot(first / quasi, flat, axes=1)
        bend += np.swapaxes(along, 1, 2) @ ((second - first / quasi)[:, :, None] * along)
        matrix = -bend
        matrix[:, np.arange(self._sign.size), np.arange(self._sign.size)] += 2 * self._sign
        return value, slope, matrix

    def _quasiparticles(self, attractive: Array, rest: Array) -> tuple[Array, ...]:
        x = np.concatenate([attractive, rest[:, :-1]], axis=1)
        level, gap = self._energy - rest[:, -1:], x @ self._rows.T
        quasi = np.sqrt(level**2 + gap**2 + 1e-300)
        return x, level, gap, quasi, quasi + self._field * self._moment, quasi - self._field * self._moment

    def _height(self, attractive: Array, rest: Array, heat: float) -> Array:
        """Ω + μN, shape (n,)."""
        x, level, _, quasi, up, down = self._quasiparticles(attractive, rest)
        value = (level - quasi - heat * (np.logaddexp(0, -up / heat) + np.logaddexp(0, -down / heat))).sum(1)
        return np.asarray(value + (x**2) @ self._sign + rest[:, -1] * self._number)

    def _maximised(self, attractive: Array, rest: Array, cold_start: bool = False) -> Array:
        """(x₋, μ) of the maximum; from a high temperature down where nothing is known."""
        heat = max(self._temperature, 0.5) if cold_start else self._temperature
        while True:
            rest = self._climbed(attractive, rest, heat)
            if heat <= self._temperature:
                return rest
            heat = max(self._temperature, 0.3 * heat)

    def _climbed(self, attractive: Array, rest: Array, heat: float) -> Array:
        rest, active, count = rest.copy(), np.arange(len(rest)), self._count
        for _ in range(60):
            value, slope, matrix = self._value(attractive[active], rest[active], heat)
            slope, matrix = slope[:, count:], matrix[:, count:, count:]
            values, vectors = np.linalg.eigh(matrix)
            along = np.einsum("nij,ni->nj", vectors, slope) / np.maximum(-values, 1e-9)
            step = np.einsum("nij,nj->ni", vectors, along)
            size = np.abs(step).max(axis=1, keepdims=True)
            step *= np.minimum(1.0, 2.0 / np.maximum(size, 1e-300))
            share, open_ = np.ones(len(active)), np.arange(len(active))
            for _ in range(30):
                tried = rest[active[open_]] + share[open_, None] * step[open_]
                new = self._height(attractive[active[open_]], tried, heat)
                good = new >= value[open_]
                rest[active[open_[good]]] = tried[good]
                open_ = open_[~good]
                share[open_] *= 0.5
                if not open_.size:
                    break
            # what a Newton step still gains
            active = active[(slope * step).sum(axis=1) > 1e-15 * (1 + np.abs(value))]
            if not active.size:
                break
        return rest

    def _excess(self, attractive: Array, rest: Array) -> Array:
        """What the maximum may lie above the value at most: the slope times the distance, by concavity."""
        slope = np.abs(self._value(attractive, rest, self._temperature)[1][:, self._count :])
        width = np.ptp(self._energy) + 2 * self._reach.sum() * np.abs(self._map).max()
        width += self._field * self._moment.max() + 40 * self._temperature
        reach = np.append(2 * self._reach[self._count :], width)
        return np.asarray(slope @ reach)

    def _downhill(self, attractive: Array, rest: Array) -> Array:
        """x₊ ← x₊ − ½ ∂F/∂x₊, which never raises F."""
        slope = self._value(attractive, rest, self._temperature)[1][:, : self._count]
        return np.asarray(attractive - 0.5 * slope)

    def _polished(self, attractive: Array, rest: Array) -> tuple[float, Array]:
        def value(place: Array) -> tuple[float, Array]:
            nonlocal rest
            rest = self._maximised(place[None], rest[None])[0]
            found, slope, _ = self._value(place[None], rest[None], self._temperature)
            return float(found[0]), slope[0, : self._count]

        if self._count:
            found = minimize(value, attractive, jac=True, method="BFGS", options={"gtol": 1e-9})
            attractive = found.x
        lowest = value(attractive)[0]
        return lowest, np.concatenate([attractive, rest[:-1]])
