"""Seniority tuples in the order of a lower bound of their energies, without a list of all of them.

Both bounds of `spectrum.bounds` are sums over the shells, in the order of their energies, once the number b
= Σν_s of blocked levels is given: the share of a shell depends on ν_s and on how many levels c are blocked
before it alone.

*Pairs alone.* With q pairs and E_0(q), the first f = q − (N − b)/2 blocked levels are full and the others
empty:

    E − E_0(q) ≥ Σ_s [ε_s ν_s − (2ε_s − |G_ss|) k_s],     k_s = min(ν_s, max(f − c, 0)).

*Fillings.* The n = (N − b)/2 pairs lie in the lowest places that are left, of which R_s(c) = Σ_{t<s} M_t −
c are below the shell s:

    E + g n(ΣM − b − n + 1) ≥ Σ_s [ε_s ν_s + 2ε_s p_s],     p_s = min(n, R_{s+1}(c + ν_s)) − min(n, R_s(c)).

In a field each blocked level adds −ω times its moment at most. So every tuple is a path through the points
(s, c), and the tuples below a limit are found by following only paths that can still end below it: with the
least rest of every point known (R. Bellman), no path is followed in vain.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.errors import SizeError
from quasispin.spectrum import bounds
from quasispin.system.system import System

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

COSTLY = 20_000
"""States of a block whose lowest energy is not sought for a better bound alone."""
MOST = 200_000
"""Paths that are followed at a time."""


class Candidates(NamedTuple):
    """Tuples whose bound lies below a limit, rising; B of them."""

    seniorities: Integers
    """{ν_s}, shape (B, S)."""
    lowest: Array
    """Lower bound of E − ω·(top moment), shape (B,)."""


class Search:
    """The tuples of N electrons of several shells in a field ω ≥ 0."""

    def __init__(
        self,
        system: System,
        electrons: int,
        strength: float,
        *,
        around: int | None = None,
        is_rough: bool = False,
    ) -> None:
        """Prepare the bounds.

        `around`: the E_0(q) of so many more and fewer pairs than N/2 are found too, each of them a block that
        is solved for better bounds. `is_rough`: with the E_0(q) of BCS, for forecasts; nothing is solved, and
        nothing bounded.
        """
        self.is_rough = is_rough
        self.system, self.electrons, self.strength = system, electrons, strength
        self.energies = np.array([shell.energy for shell in system.shells])
        self.pairs = np.array([shell.pair_degeneracy for shell in system.shells], dtype=np.int64)
        self.diagonal = np.abs(np.diag(system.coupling_matrix))
        self.tops = [np.concatenate([[0.0], np.cumsum(shell.moments)]) for shell in system.shells]
        self.placed = bounds.pair_numbers(system, electrons, COSTLY)
        if around is not None:
            half, most = electrons // 2, int(self.pairs.sum())
            self.placed = range(max(half - around, 0), min(half + electrons % 2 + around, most) + 1)
        paired = bounds.rough_pair_energy if is_rough else bounds.pair_energy
        self.inner = {q: paired(system, q) for q in self.placed}
        scale = (
            np.abs(self.energies).sum() * 2 * self.pairs.sum() + self.diagonal.max() * self.pairs.sum() ** 2
        )
        scale += strength * sum(top[-1] for top in self.tops)
        self.slack = 16 * np.finfo(np.float64).eps * float(scale)
        self.graphs = list(self._graphs())

    @property
    def least(self) -> float:
        """Lower bound of all tuples."""
        return min(graph.least for graph in self.graphs)

    def first(self) -> Integers:
        """A tuple with the least bound, shape (S,)."""
        graph = min(self.graphs, key=lambda one: one.least)
        return np.asarray(self._followed(graph, graph.least + self.slack)[0])

    def below(self, limit: float) -> Candidates:
        """All tuples whose bound is at most the limit.

        Raises
        ------
        SizeError
            If there are too many.
        """
        found = [self._followed(graph, limit) for graph in self.graphs if graph.least <= limit]
        if not found:
            return Candidates(np.zeros((0, len(self.pairs)), dtype=np.int64), np.zeros(0))
        tuples = np.concatenate(found)
        lowest = self.bounds(tuples)
        order = np.argsort(lowest, kind="stable")
        order = order[lowest[order] <= limit]
        return Candidates(tuples[order], lowest[order])

    def bounds(self, tuples: Integers) -> Array:
        """The better of all bounds, shape (B,)."""
        inner = np.maximum(
            bounds.bounds_by_fillings(self.system, self.electrons, tuples),
            bounds.bounds_by_pairs(self.system, self.electrons, tuples, self.placed, is_rough=self.is_rough),
        )
        found: Array = inner - self.strength * top_moments(self.tops, tuples) - self.slack
        return found

    def _graphs(self) -> Iterator[_Graph]:
        """For each number of blocked levels the bound that is the highest at its lowest."""
        most = min(self.electrons, int(2 * self.pairs.sum()) - self.electrons)
        for blocked in range(self.electrons % 2, most + 1, 2):
            found = [self._graph(blocked, None)]
            pairs = (self.electrons - blocked) // 2
            for placed in self.placed:
                if 0 <= placed - pairs <= blocked and np.isfinite(self.inner[placed]):
                    found.append(self._graph(blocked, placed))
            yield max(found, key=lambda graph: graph.least)

    def _graph(self, blocked: int, placed: int | None) -> _Graph:
        pairs = (self.electrons - blocked) // 2
        if placed is None:
            order = np.argsort(self.energies, kind="stable")
            room = int(self.pairs.sum()) - blocked
            base = -bounds.strength(self.system) * pairs * (room - pairs + 1)
        else:
            order = np.argsort(2 * self.energies - self.diagonal, kind="stable")
            base = self.inner[placed]
        steps: list[Array] = []
        before = 0
        for s in order.tolist():
            nu, c = np.arange(self.pairs[s] + 1)[None, :], np.arange(blocked + 1)[:, None]
            cost = self.energies[s] * nu - self.strength * self.tops[s][nu]
            if placed is None:
                upto = before + int(self.pairs[s])
                here = np.minimum(pairs, upto - c - nu) - np.minimum(pairs, before - c)
                cost = np.where(before >= c, cost + 2 * self.energies[s] * here, np.inf)
                before = upto
            else:
                full = np.minimum(nu, np.maximum(placed - pairs - c, 0))
                cost = cost - (2 * self.energies[s] - self.diagonal[s]) * full
            steps.append(np.where(c + nu <= blocked, cost, np.inf))
        rest = [np.where(np.arange(blocked + 1) == blocked, 0.0, np.inf)]
        for step in reversed(steps):
            following = np.full(step.shape, np.inf)
            for more in range(min(step.shape[1], blocked + 1)):
                following[: blocked + 1 - more, more] = rest[-1][more:]
            rest.append((step + following).min(axis=1))
        rest.reverse()
        return _Graph(order, steps, rest, base - self.slack, base - self.slack + float(rest[0][0]))

    def _followed(self, graph: _Graph, limit: float) -> Integers:
        """All paths that end at the limit or below."""
        blocked = len(graph.rest[0]) - 1
        tuples = np.zeros((1, len(self.pairs)), dtype=np.int64)
        count, cost = np.zeros(1, dtype=np.int64), np.full(1, graph.base)
        for step, s in enumerate(graph.order.tolist()):
            reached, value = (
                count[:, None] + np.arange(self.pairs[s] + 1),
                cost[:, None] + graph.steps[step][count],
            )
            inside = reached <= blocked
            rest = np.where(inside, graph.rest[step + 1][np.minimum(reached, blocked)], np.inf)
            path, nu = np.nonzero(value + rest <= limit)
            if path.size > MOST:
                raise SizeError(
                    f"More than {MOST} seniority tuples of `system` may lie as low as the lowest levels that "
                    "are known: fewer levels fit, or a lower `field`.",
                    path.size,
                )
            tuples, count, cost = tuples[path], reached[path, nu], value[path, nu]
            tuples[:, s] = nu
        return tuples


class _Graph(NamedTuple):
    order: Integers
    """Shells by energy, shape (S,)."""
    steps: list[Array]
    """What ν adds at (s, c), shape (b + 1, M_s + 1)."""
    rest: list[Array]
    """The least that is still to come at (s, c), shape (b + 1,), s = 0 … S."""
    base: float
    least: float


def top_moments(tops: list[Array], tuples: Integers) -> Array:
    """Largest moment of each tuple, shape (B,)."""
    found = np.zeros(len(tuples))
    for top, nu in zip(tops, tuples.T, strict=True):
        found += top[nu]
    return found
