"""A lower bound of the free energy of several shells, by branch and bound over the attractive directions.

In the notation of `mean_field_shells`, with x₊ the attractive directions, x₋ the repulsive ones and W the
potential of the quasi-particles,

    F(x₊) = x₊² + h(x₊),      h(x₊) = max_{x₋, μ} [ −x₋² + W(Bx, μ) + μN ].

The bracket is jointly concave in (x₊, x₋, μ), being a minimum of linear functions, and a partial maximum of a
jointly concave function is concave: so is h. On a simplex it lies above the linear interpolation of its
values at the corners,

    F(Σ λ_i v_i) ≥ |Σ λ_i v_i|² + Σ λ_i h(v_i),      λ_i ≥ 0,  Σ λ_i = 1,

whose minimum is that of a quadratic function on a simplex. *Any* (x₋, μ) in the bracket yields a lower bound
of h(v_i), so that the bound does not rest on how well the maximum was found. |κ_s| ≤ M_s/2 confines the
minimum to the box |x_a| ≤ Σ_s |B_sa| M_s/2, and F(−x₊) = F(x₊) leaves half of it. Simplices whose bound is
not below the lowest known F less a width are put away, the others are cut at the middle of their longest
edge; a corner where F is lower than what was known is a start from which a lower state is found.

References
----------
R. Horst, H. Tuy, Global Optimization, 3rd ed. (Springer, 1996), doi:10.1007/978-3-662-03199-5: concave
functions on simplices, bisection.
"""

from __future__ import annotations

from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.mean_field_quasiparticles import (
    EPSILON,
    Indices,
    Mask,
    Model,
    Rows,
    free_potential,
    grand_value,
)
from quasispin.ensembles.mean_field_search import Found, joined, maximised

WIDTH = 1e-10
"""Of the certificate, in units of the terms of F."""
ROUNDING = 64.0
"""Ulps of the terms of F that its rounding stays below."""
BUDGET = {1: 2_000, 2: 4_000, 3: 8_000, 4: 16_000, 5: 16_000}
"""Values of h that a point may take, by the number of attractive directions; with more, only the bound
without any is known."""
USUAL = {1: 20, 2: 100, 3: 500, 4: 2_000, 5: 8_000}
"""What it takes as a rule."""
SLICES = {1: 8, 2: 2, 3: 1, 4: 1, 5: 1}
"""Equal parts of a half axis at the beginning."""
TOGETHER = 400_000
"""Values of h × levels that are worked on together."""


class Certificate(NamedTuple):
    """What is known of the minimum of each point."""

    bound: Array
    """F lies nowhere below, shape (X,)."""
    lower: Found
    """Places at which F is lower than was known, one a point at most."""
    evaluations: Indices
    """How many values of h each point took, shape (X,)."""


def width(model: Model, rows: Rows) -> Array:
    """What F may lie above its bound and still count as the minimum, shape (X,)."""
    terms = model.scale + rows.field * float(model.moment @ model.pairs)
    terms = terms + 2 * np.log(2) * rows.heat * model.pairs.sum()
    # F at T = 0 lies above F at the temperature that stands for it by less than the entropy's 2M ln 2
    cold = np.where(rows.heat <= model.cold, 2 * np.log(2) * model.cold * model.pairs.sum(), 0.0)
    slack: Array = WIDTH * model.scale + ROUNDING * EPSILON * terms + cold
    return slack


def certified(model: Model, rows: Rows, value: Array, mu: Array) -> Certificate:
    """A bound for each point, where `value` is the lowest F known there and `mu` a guess for μ."""
    attract, points = model.attractive, np.arange(value.size)
    if attract not in BUDGET:
        # κᵀGκ lies below Σ x_a² of the box, and no state without pairs below the free electrons
        deepest = float((model.reach[:attract] ** 2).sum()) if attract else 0.0
        free = grand_value(model, rows, np.zeros((value.size, model.sign.size)), free_potential(model, rows))
        nothing = Found(points[:0], np.zeros((0, model.sign.size)), mu[:0])
        return Certificate(free - deepest - width(model, rows), nothing, 0 * points)
    step = max(1, TOGETHER // (model.energy.size * USUAL[attract]))
    parts = []
    for start in range(0, value.size, step):
        here = points[start : start + step]
        search = _Search(model, rows.at(here), value[here], mu[here])
        while search.simplices.point.size:
            search.bisect()
        part = search.certificate()
        parts.append(part._replace(lower=part.lower._replace(point=here[part.lower.point])))
    bound, lower, taken = zip(*parts, strict=True)
    return Certificate(np.concatenate(bound), joined(list(lower)), np.concatenate(taken))


class _Simplices(NamedTuple):
    """Which point each belongs to, and its corners, shape (n, r+1)."""

    point: Indices
    corner: Indices

    def at(self, rows: Indices | Mask) -> _Simplices:
        return _Simplices(self.point[rows], self.corner[rows])


class _Search:
    """The simplices that are still open, and all corners so far."""

    def __init__(self, model: Model, rows: Rows, value: Array, mu: Array) -> None:
        self.model, self.rows = model, rows
        self.width = width(model, rows)
        self.best, self.known = value.copy(), value
        self.bound = np.full(value.shape, np.inf)
        corners, simplices = _mesh(model)
        points, size = np.arange(value.size), len(corners)
        self.point = np.repeat(points, size)
        start = np.zeros((self.point.size, model.sign.size))
        start[:, : model.attractive] = np.tile(corners, (value.size, 1))
        self.x, self.mu = maximised(model, rows.at(self.point), start, mu[self.point])
        self.height = self._height(self.point, self.x, self.mu)
        self.lowest = np.full(value.shape, -1)
        self._lower(np.arange(self.point.size))
        shifted = (simplices[None] + size * points[:, None, None]).reshape(-1, simplices.shape[1])
        self.simplices = _Simplices(np.repeat(points, len(simplices)), shifted)
        self.taken = np.full(value.shape, size, dtype=np.intp)
        self._put_away()

    def bisect(self) -> None:
        """Cut every open simplex at the middle of its longest edge."""
        corner, attract = self.simplices.corner, self.model.attractive
        pairs = np.array(list(combinations(range(attract + 1), 2)))
        places = self.x[corner][:, :, :attract]
        longest = np.square(places[:, pairs[:, 0]] - places[:, pairs[:, 1]]).sum(axis=2).argmax(axis=1)
        every = np.arange(longest.size)
        ends = np.sort(corner[every[:, None], pairs[longest]], axis=1)
        edges, number = np.unique(ends, axis=0, return_inverse=True)
        middle = self._middles(edges) + self.point.size - len(edges)
        left, right = corner.copy(), corner.copy()
        left[every, pairs[longest, 0]] = middle[number.ravel()]
        right[every, pairs[longest, 1]] = middle[number.ravel()]
        point = self.simplices.point
        self.simplices = _Simplices(np.concatenate([point, point]), np.concatenate([left, right]))
        self._put_away()

    def certificate(self) -> Certificate:
        """What all simplices together say."""
        found = np.flatnonzero(self.best < self.known - self.width)
        rows = self.lowest[found]
        lower = Found(found, self.x[rows], self.mu[rows])
        return Certificate(np.minimum(self.bound, self.best - self.width), lower, self.taken)

    def _middles(self, edges: Indices) -> Indices:
        """New corners between two old ones; their numbers from 0."""
        point = self.point[edges[:, 0]]
        guess = 0.5 * (self.x[edges[:, 0]] + self.x[edges[:, 1]])
        mu = 0.5 * (self.mu[edges[:, 0]] + self.mu[edges[:, 1]])
        x, mu = maximised(self.model, self.rows.at(point), guess, mu)
        self.point, first = np.concatenate([self.point, point]), self.point.size
        self.height = np.concatenate([self.height, self._height(point, x, mu)])
        self.x, self.mu = np.concatenate([self.x, x]), np.concatenate([self.mu, mu])
        self.taken += np.bincount(point, minlength=self.taken.size)
        self._lower(np.arange(first, self.point.size))
        return np.arange(len(edges))

    def _height(self, point: Indices, x: Array, mu: Array) -> Array:
        """h, or less."""
        attract = x[:, : self.model.attractive]
        height: Array = grand_value(self.model, self.rows.at(point), x, mu) - (attract**2).sum(axis=1)
        return height

    def _lower(self, new: Indices) -> None:
        """Take note of corners at which F is lower."""
        value = self.height[new] + (self.x[new, : self.model.attractive] ** 2).sum(axis=1)
        order = np.argsort(value, kind="stable")[::-1]
        lower = order[value[order] < self.best[self.point[new[order]]]]
        # of several for one point the last assignment, the lowest, stays
        self.best[self.point[new[lower]]] = value[lower]
        self.lowest[self.point[new[lower]]] = new[lower]

    def _put_away(self) -> None:
        """Keep the simplices in which F may be lower, of the points that may go on."""
        simplices = self.simplices
        places = self.x[simplices.corner][:, :, : self.model.attractive]
        bound = _lowest_on_simplex(places, self.height[simplices.corner])
        open_ = bound < (self.best - self.width)[simplices.point]
        spent = self.taken >= BUDGET[self.model.attractive]
        given_up = open_ & spent[simplices.point]
        np.minimum.at(self.bound, simplices.point[given_up], bound[given_up])
        self.simplices = simplices.at(open_ & ~given_up)


def _mesh(model: Model) -> tuple[Array, Indices]:
    """Corners (v, r) and simplices (n, r+1) of half the box: cubes, each cut along its diagonal."""
    attract = model.attractive
    slices = SLICES[attract]
    reach = model.reach[:attract]
    axes = [np.linspace(0.0, reach[0], slices + 1)]
    axes += [np.linspace(-each, each, 2 * slices + 1) for each in reach[1:]]
    shape = tuple(axis.size for axis in axes)
    corners = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, attract)
    cells = np.stack(np.meshgrid(*(np.arange(n - 1) for n in shape), indexing="ij"), axis=-1)
    simplices = []
    for order in permutations(range(attract)):
        steps = np.zeros((attract + 1, attract), dtype=np.intp)
        for number, axis in enumerate(order):
            steps[number + 1 :, axis] += 1
        where = cells.reshape(-1, 1, attract) + steps
        simplices.append(np.ravel_multi_index(tuple(np.moveaxis(where, 2, 0)), shape))
    return corners, np.concatenate(simplices).astype(np.intp)


def _lowest_on_simplex(places: Array, heights: Array) -> Array:
    """The minimum of |Σ λ v|² + Σ λ h on each simplex, shape (n,): places (n, r+1, r), heights (n, r+1).

    It is the stationary point of one of the faces. A λ that rounding makes negative is let pass: it only
    widens the set over which the minimum is taken.
    """
    lowest = (np.square(places).sum(axis=2) + heights).min(axis=1)
    for size in range(2, places.shape[1] + 1):
        for face in combinations(range(places.shape[1]), size):
            first, rest = face[0], list(face[1:])
            edges = places[:, rest] - places[:, first, None]
            rise = heights[:, rest] - heights[:, first, None]
            slope = -(rise + 2 * np.einsum("nkr,nr->nk", edges, places[:, first]))
            gram = 2 * edges @ np.swapaxes(edges, 1, 2)
            with np.errstate(all="ignore"):
                share = slope / gram[:, 0] if size == 2 else np.linalg.solve(gram, slope[:, :, None])[:, :, 0]
            inside = (share >= -1e-9).all(axis=1) & (share.sum(axis=1) <= 1 + 1e-9)
            share = np.where(inside[:, None], share, 0.0)
            at = places[:, first] + np.einsum("nk,nkr->nr", share, edges)
            value = np.square(at).sum(axis=1) + heights[:, first] + (share * rise).sum(axis=1)
            lowest = np.where(inside, np.minimum(lowest, value), lowest)
    result: Array = lowest
    return result
