"""The search for the stationary states of several shells: a scan along one direction, descents along more.

What is looked for, and what may escape, is in `mean_field_shells`. A candidate is a point x of the directions
of G with its μ; what such a state yields is in `mean_field_states`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.ensembles.mean_field_quasiparticles import (
    EPSILON,
    Indices,
    Mask,
    Model,
    Rows,
    amplitudes,
    grand_value,
    hessian,
    particles_and_holes,
    potential,
    quasiparticles,
)

SCAN_POINTS = 96
"""Of the scan along one attractive direction, besides 32 towards Δ = 0."""
NARROW = 1e-11
"""Relative width of a bracket from which Newton goes on."""
DESCENT_STEPS = 60
ARRIVED = 1e-6
"""Share of the largest possible |x| below which a step ends the descent; Newton takes over."""
RESIDUAL = 1e-9
"""A start has arrived when the gap and number equations hold to this share of their terms, and as well as
levels at the Fermi energy can be told apart at that temperature."""
WARM, COOLING = 0.05, 0.25
"""Starts that do not arrive begin anew: at this T, over the largest possible Δ; and how it then falls."""
MAXIMUM_STEPS, HALVINGS, NEAR = 12, 8, 1e-4
"""Of the exact descent; it ends at steps below this share of the largest possible |x|."""


class Found(NamedTuple):
    """Candidates: which point, x of shape (rows, R), μ."""

    point: Indices
    x: Array
    mu: Array

    def at(self, rows: Indices | Mask) -> Found:
        """Some of the rows."""
        return Found(self.point[rows], self.x[rows], self.mu[rows])


def starts(model: Model) -> int:
    """How many candidates one point has."""
    if _is_scan(model):
        return SCAN_POINTS + 32
    return max(1, 2 * len(_patterns(model)))


def search(model: Model, rows: Rows, normal: Found) -> Found:
    """The normal state of each point, and the paired ones that are found."""
    if not model.attractive:
        return normal
    return joined([normal, (_scanned if _is_scan(model) else _descended)(model, rows, normal)])


def joined(parts: list[Found]) -> Found:
    """All candidates together."""
    return Found(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def maximised(model: Model, rows: Rows, x: Array, mu: Array) -> tuple[Array, Array]:
    """At given x₊ the maximum over x₋ and μ: exact in μ; in x₋ as near as Newton steps bring it."""
    return _maximised(model, rows, x, mu)


def descended(model: Model, rows: Rows, found: Found) -> Found:
    """The stationary states below some places; those at which the descent arrives."""
    here = rows.at(found.point)
    x, mu = _exact_descent(model, here, found.x, found.mu)
    x, mu, residual = newton(model, here, x, mu, 40)
    late = np.flatnonzero(residual > _enough(model, here))
    if late.size:
        x[late], mu[late], residual[late] = _cooled_down(model, here.at(late), found.x[late], found.mu[late])
    return Found(found.point, x, mu).at(residual <= _enough(model, here))


def tracked(model: Model, rows: Rows, found: Found, target: Array) -> Found:
    """One paired state followed down to the temperature `target`, in steps that keep to it."""
    x, mu, share = found.x, found.mu, COOLING
    while rows.heat[0] > target[0] and share < 0.98:
        cooler = rows._replace(heat=np.maximum(target, share * rows.heat))
        new_x, new_mu, residual = newton(model, cooler, x, mu, 40)
        near = np.abs(new_x - x).max() <= 0.5 * np.abs(x).max()
        if near and (residual <= _enough(model, cooler)).all():
            x, mu, rows = new_x, new_mu, cooler
        else:
            share = np.sqrt(share)
    return Found(found.point, x, mu).at(rows.heat <= target)


# -- one attractive direction: a scan --------------------------------------------------------------


def _is_scan(model: Model) -> bool:
    return model.sign.size == 1


def _scanned(model: Model, rows: Rows, normal: Found) -> Found:
    """Every change of sign of the gap equation along one attractive direction."""
    reach = float(model.reach[0])
    grid = np.unique(np.concatenate([reach * np.geomspace(1e-7, 0.02, 32), reach * _even(SCAN_POINTS)]))
    point = np.repeat(normal.point, grid.size)
    x = np.tile(grid, normal.point.size)
    mu, value = _gap_equation(model, rows.at(point), x, np.repeat(normal.mu, grid.size))
    start = _gap_value(model, rows, normal.mu, np.zeros((normal.mu.size, model.basis.shape[0])))
    values = np.concatenate([start[:, None], value.reshape(-1, grid.size)], axis=1)
    places = np.concatenate([[0.0], grid])
    which, left = np.nonzero((values[:, :-1] < 0) != (values[:, 1:] < 0))
    guess = mu.reshape(-1, grid.size)[which, left]
    root, mu = _bracketed(model, rows.at(which), places[left], places[left + 1], values[which, left], guess)
    x, polished, _ = newton(model, rows.at(which), root[:, None], mu, 12)
    inside = (x[:, 0] >= places[left]) & (x[:, 0] <= places[left + 1])
    x, mu = np.where(inside[:, None], x, root[:, None]), np.where(inside, polished, mu)
    return _distinct(model, Found(which, x, mu), np.ones(which.shape, dtype=np.bool_))


def _even(count: int) -> Array:
    return np.arange(1, count + 1) / count


def _gap_equation(model: Model, rows: Rows, x: Array, guess: Array) -> tuple[Array, Array]:
    delta = x[:, None] * model.basis[:, 0]
    mu = potential(model, rows, delta, guess)
    return mu, _gap_value(model, rows, mu, delta)


def _gap_value(model: Model, rows: Rows, mu: Array, delta: Array) -> Array:
    """dF/dx / 2x = 1 − ½ Σ_s B_s² Σ_k (1 − f⁺ − f⁻)/E_k, shape (rows,)."""
    quasi = quasiparticles(model, rows, mu, delta)
    inside: Array = ((quasi.ratio * model.pairs) @ model.member) @ model.basis[:, 0] ** 2
    return 1 - 0.5 * inside


def _bracketed(
    model: Model, rows: Rows, low: Array, high: Array, low_value: Array, guess: Array
) -> tuple[Array, Array]:
    """The root in each bracket by regula falsi (Illinois) and bisection in turn."""
    falling, mu = low_value > 0, guess
    low, high = low.copy(), high.copy()
    f_low, f_high = low_value.copy(), np.full(low.shape, np.nan)
    x = 0.5 * (low + high)
    for step in range(80):
        if not low.size or (high - low <= NARROW * high).all():
            break
        mu, value = _gap_equation(model, rows, x, mu)
        left = (value > 0) == falling
        low, f_low = np.where(left, x, low), np.where(left, value, f_low)
        high, f_high = np.where(left, high, x), np.where(left, f_high, value)
        with np.errstate(divide="ignore", invalid="ignore"):
            secant = low - f_low * (high - low) / (f_high - f_low)
        bisect = ~((secant > low) & (secant < high)) | (step % 3 == 2)
        x = np.where(bisect, 0.5 * (low + high), secant)
    return x, mu


# -- several: descents -----------------------------------------------------------------------------


def _descended(model: Model, rows: Rows, normal: Found) -> Found:
    """Where a fixed set of starts arrives: descent, then Newton; equal arrivals are merged."""
    patterns = np.concatenate([size * _patterns(model) for size in (1.0, 0.05)])
    point = np.repeat(normal.point, len(patterns))
    start = np.tile((patterns @ model.basis) * model.sign, (normal.point.size, 1))
    mu, here = np.repeat(normal.mu, len(patterns)), rows.at(point)
    x, mu = _descent(model, here, start, mu)
    x, mu, residual = newton(model, here, x, mu, 40)
    enough = _enough(model, here)
    late = np.flatnonzero(residual > enough)
    if late.size:
        x[late], mu[late], residual[late] = _cooled_down(model, here.at(late), start[late], mu[late])
    return _distinct(model, Found(point, x, mu), residual <= enough)


def _patterns(model: Model) -> Array:
    """Starts of κ_s: all shells alike, each shell alone, each shell turned against the others."""
    size = model.shell_pairs.size
    alike, single = np.ones((1, size)), np.eye(size)
    patterns: Array = np.concatenate([alike, 0.05 + single, 1 - 2 * single]) * model.shell_pairs / 2
    return patterns


def _descent(model: Model, rows: Rows, x: Array, mu: Array) -> tuple[Array, Array]:
    """x₊ ← B₊ᵀκ, while x₋ takes one Newton step towards its own concave maximum."""
    x, mu, active = x.copy(), mu.copy(), np.arange(mu.size)
    for _ in range(DESCENT_STEPS):
        here, delta = rows.at(active), x[active] @ model.basis.T
        mu[active] = potential(model, here, delta, mu[active])
        moved = _descent_step(model, here, x[active], delta, mu[active])
        x[active] += moved
        active = active[np.abs(moved).max(axis=1) > ARRIVED * model.reach.max()]
        if not active.size:
            break
    return x, mu


def _cooled_down(model: Model, rows: Rows, x: Array, mu: Array) -> tuple[Array, Array, Array]:
    """For starts that lose their way: an exact descent at a higher T, whose end is then followed to T.

    Where repulsion is strong the Newton step for x₋ overshoots, and at low T the maximum over x₋ can lie on
    a kink of W, a shell whose Δ_s vanishes as μ lies on its level: both are tame at a higher T.
    """
    heat, warm = rows.heat, WARM * model.widest
    rows = rows._replace(heat=np.maximum(heat, warm))
    x, mu = _exact_descent(model, rows, x, mu)
    x, mu, residual = newton(model, rows, x, mu, 20)
    slope_x, slope_mu = np.zeros_like(x), np.zeros_like(mu)
    active = np.flatnonzero(heat < rows.heat)
    while active.size:
        before_x, before_mu = x[active], mu[active]
        lower = np.maximum(heat, COOLING * rows.heat)
        fall = (lower - rows.heat)[active]
        rows = rows._replace(heat=lower)
        # what sits on a kink moves in proportion to T
        guess_x, guess_mu = before_x + fall[:, None] * slope_x[active], before_mu + fall * slope_mu[active]
        x[active], mu[active], residual[active] = newton(model, rows.at(active), guess_x, guess_mu, 20)
        slope_x[active] = (x[active] - before_x) / fall[:, None]
        slope_mu[active] = (mu[active] - before_mu) / fall
        active = np.flatnonzero(heat < rows.heat)
    return x, mu, residual


def _exact_descent(model: Model, rows: Rows, x: Array, mu: Array) -> tuple[Array, Array]:
    """x₊ ← B₊ᵀκ at the maximum over x₋ and μ: F never rises."""
    x, mu, active, attract = x.copy(), mu.copy(), np.arange(mu.size), model.attractive
    for _ in range(DESCENT_STEPS):
        here = rows.at(active)
        x[active], mu[active] = _maximised(model, here, x[active], mu[active])
        delta = x[active] @ model.basis.T
        kappa = amplitudes(model, quasiparticles(model, here, mu[active], delta), delta)
        moved = kappa @ model.basis[:, :attract] - x[active, :attract]
        x[active, :attract] += moved
        active = active[np.abs(moved).max(axis=1) > NEAR * model.reach.max()]
        if not active.size:
            break
    return x, mu


def _maximised(model: Model, rows: Rows, x: Array, mu: Array) -> tuple[Array, Array]:
    """The one maximum over x₋ and μ: Newton steps that are halved until F, which is concave there, rises."""
    x, attract = x.copy(), model.attractive
    mu = potential(model, rows, x @ model.basis.T, mu)
    value, active = grand_value(model, rows, x, mu), np.arange(mu.size)
    for _ in range(MAXIMUM_STEPS if attract < model.sign.size else 0):
        here, delta = rows.at(active), x[active] @ model.basis.T
        step = _descent_step(model, here, x[active], delta, mu[active])
        step[:, :attract] = 0.0
        share, open_ = np.ones(active.size), np.arange(active.size)
        for _ in range(HALVINGS):
            rows_here, tried = active[open_], x[active[open_]] + share[open_, None] * step[open_]
            new_mu = potential(model, rows.at(rows_here), tried @ model.basis.T, mu[rows_here])
            new = grand_value(model, rows.at(rows_here), tried, new_mu)
            rises = new > value[rows_here]
            kept = rows_here[rises]
            x[kept], mu[kept], value[kept] = tried[rises], new_mu[rises], new[rises]
            open_ = open_[~rises]
            share[open_] *= 0.5
            if not open_.size:
                break
        share[open_] = 0.0
        active = active[share * np.abs(step).max(axis=1) > NEAR * model.reach.max()]
        if not active.size:
            break
    return x, mu


def _descent_step(model: Model, rows: Rows, x: Array, delta: Array, mu: Array) -> Array:
    quasi, attract = quasiparticles(model, rows, mu, delta), model.attractive
    moved: Array = (amplitudes(model, quasi, delta) @ model.basis) * model.sign - x
    if attract < model.sign.size:
        matrix = hessian(model, rows, quasi)[:, attract:, attract:]
        slope = np.concatenate([2 * moved[:, attract:], np.zeros((mu.size, 1))], axis=1)
        moved[:, attract:] = -np.linalg.solve(matrix, slope[:, :, None])[:, :-1, 0]
    return moved


def _distinct(model: Model, found: Found, arrived: Mask) -> Found:
    """Different paired states; ±Δ are one, Δ = 0 is known already."""
    delta = found.x @ model.basis.T
    far = model.nearest
    kept: list[int] = []
    for row in np.flatnonzero(arrived & (np.abs(delta).max(axis=1) > far)):
        others = [other for other in kept if found.point[other] == found.point[row]]
        distance = [min(np.abs(delta[row] - s * delta[o]).max() for s in (1, -1)) for o in others]
        if all(value > far for value in distance):
            kept.append(int(row))
    return found.at(np.array(kept, dtype=np.intp))


# -- Newton ----------------------------------------------------------------------------------------


def newton(model: Model, rows: Rows, x: Array, mu: Array, steps: int) -> tuple[Array, Array, Array]:
    """Newton on all equations at once; a step that does not shrink the residual is halved or not taken."""
    x, mu = x.copy(), mu.copy()
    slope, matrix, size = _equations(model, rows, x, mu)
    share = np.ones(mu.shape)
    for _ in range(steps):
        if not mu.size or ((size <= 1e-15) | (share < 1e-3)).all():
            break
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            move = -share[:, None] * solved(matrix, slope)
        new_x, new_mu = x + move[:, :-1], mu + move[:, -1]
        new_slope, new_matrix, new_size = _equations(model, rows, new_x, new_mu)
        better = new_size < size
        x, mu = np.where(better[:, None], new_x, x), np.where(better, new_mu, mu)
        slope = np.where(better[:, None], new_slope, slope)
        matrix = np.where(better[:, None, None], new_matrix, matrix)
        size, share = np.where(better, new_size, size), np.where(better, 1.0, 0.5 * share)
    return x, mu, size


def solved(matrix: Array, right: Array) -> Array:
    """Solutions of many small symmetric systems; singular ones give zero steps along the null space."""
    values, vectors = np.linalg.eigh(matrix)
    along = np.einsum("rij,ri->rj", vectors, right)
    cut = 1e-14 * np.abs(values).max(axis=1, keepdims=True)
    along = np.where(np.abs(values) > cut, along / np.where(np.abs(values) > cut, values, 1.0), 0.0)
    solution: Array = np.einsum("rij,rj->ri", vectors, along)
    return solution


def _equations(model: Model, rows: Rows, x: Array, mu: Array) -> tuple[Array, Array, Array]:
    """∂F/∂(x, μ), the Hessian, and the size of the former relative to its terms."""
    delta = x @ model.basis.T
    quasi = quasiparticles(model, rows, mu, delta)
    kappa = amplitudes(model, quasi, delta)
    particles, holes = particles_and_holes(model, rows, quasi)
    gap = model.sign * x - kappa @ model.basis
    slope = np.concatenate([2 * gap, (holes - particles)[:, None]], axis=1)
    size = np.abs(gap).max(axis=1, initial=0.0) / model.reach.max(initial=1e-300)
    return slope, hessian(model, rows, quasi), size + np.abs(holes - particles) / model.pairs.sum()


def _enough(model: Model, rows: Rows) -> Array:
    """The residual of a start that has arrived."""
    return RESIDUAL + EPSILON * model.scale / rows.heat
