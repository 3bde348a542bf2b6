"""The lowest levels of a block that is too large to be diagonalised whole.

Lanczos steps yield k eigenpairs of h = Σ_a 2ε_a p_a − Σ_ab G_ab A⁺_a A_b; for a constant G the last term is
applied as A, then A⁺. Ritz values never lie below the eigenvalues they stand for, rank by rank, so a
statistical sum over them is too small, not too large; but a residual tells that *some* eigenvalue is near,
not that none was missed. So that E_k bounds the D − k levels left out is an estimate.

The lowest level is certified. The elements of every A⁺_a A_b are ≥ 0: if no G_ab is negative, h = d − P with
d diagonal and P ≥ 0, and for every vector u > 0

    min_i (hu)_i/u_i ≤ E_0 ≤ max_i (hu)_i/u_i,     E_0 ≤ u·hu/u·u

(L. Collatz, Math. Z. 48, 221 (1942), doi:10.1007/BF01180013; H. Wielandt, Math. Z. 52, 642 (1950),
doi:10.1007/BF02230720). The eigenvector of Lanczos is right to an absolute 10⁻¹⁶ only, so its small elements
are smoothed first, by u_i ← (σu_i + (Pu)_i)/(d_i − E_0 + σ): sums of positive terms, right to relative
rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.errors import InputError, SolverError, UndefinedError, check_memory, integer
from quasispin.parallel import one_blas_thread
from quasispin.spectrum import blocks as parts
from quasispin.spectrum import halves
from quasispin.spectrum import pairing_matrix as matrices
from quasispin.spectrum.blocks import Block, Plan
from quasispin.spectrum.halves import Halves
from quasispin.system.system import System

Array = npt.NDArray[np.float64]

LIMIT = 1000
"""Matrices larger than this are not diagonalised whole if some levels will do: that takes a second."""

FIRST, MOST = 4, 256
"""Levels that are asked for at first and at most."""

SPARSE = 16
"""Of a block with less than so many times the levels asked for all are found sooner."""

STEPS = 200
"""Smoothing steps at most."""

RESIDUAL = 1e-12
"""Of the size of h: how well a large block's lowest vector is found before it is smoothed."""

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class LowBlock(Block):
    """The lowest levels of a block, and what is known of the others."""

    dimension: int
    """D, all levels of the block."""
    interval: tuple[float, float] | None
    """Certified bounds of the lowest level; None where a G_ab is negative."""

    @property
    def left_out(self) -> int:
        """D − k levels, all above the last that was found if Lanczos has missed none."""
        return self.dimension - len(self.energy)


class _Operator(NamedTuple):
    """h = d − g P of one block."""

    space: matrices.PairSpace
    levels: Array  # (D,) d
    magnitude: Array  # (D,) sum of the sizes of its terms
    strength: float  # g, 1 for a coupling matrix
    pairing: Any  # (D, D) P for a coupling matrix, else None: A⁺A
    lowering: Sequence[Any]  # (D', D) for each row of the coupling, or A
    terms: int  # roundings that one element of Pu takes at most

    def attraction(self, vectors: Array) -> Array:
        """P u, without g."""
        if self.pairing is not None:
            return np.asarray(self.pairing @ vectors)
        lower = self.lowering[0]
        return np.asarray(lower.T @ (lower @ vectors))

    def times(self, vector: Array) -> Array:
        """h u of one vector."""
        vector = vector.ravel()
        return self.levels * vector - self.strength * self.attraction(vector)

    @property
    def shells(self) -> int:
        """R."""
        return int(self.space.room.size)

    def lowered(self, vectors: Array) -> Array:
        """‖Σ G_sa A_a ψ‖² for each row and state, shape (k, rows)."""
        return np.stack([((row @ vectors) ** 2).sum(axis=0) for row in self.lowering], axis=-1)

    def pairs_of(self, vector: Array) -> Array:
        """⟨p_a⟩, shape (R,)."""
        found: Array = self.space.pairs.T @ vector**2
        return found


class _Halved:
    """The same of one constant G for a block of any size, without a list of its states."""

    pairing = None

    def __init__(self, plan: Plan) -> None:
        room = np.array(plan.key.room, dtype=np.int64)
        self.halves = Halves(room, plan.level, plan.key.pairs)
        self.levels, self.magnitude = self.halves.levels, self.halves.magnitude
        self.strength = float(plan.coupling[0, 0])
        self.shells, self.terms = len(room), 2 * len(room) + 8
        self.attraction = self.halves.attraction
        self.pairs_of = self.halves.pairs_of

    def times(self, vector: Array) -> Array:
        """h u of one vector."""
        vector = vector.ravel()
        return self.levels * vector - self.strength * self.attraction(vector)

    def lowered(self, vectors: Array) -> Array:
        """‖A ψ‖² of each state, shape (k, 1)."""
        return np.array([[self.halves.pairing(vector)] for vector in vectors.T])


_Any = _Operator | _Halved


def is_large(plan: Plan) -> bool:
    """Whether a block is worth a search for its lowest levels alone."""
    return len(plan.key.room) > 2 and parts.effective_dimension(plan) > LIMIT


def lowest_levels(plan: Plan, uniform: bool, levels: int) -> LowBlock:
    """The `levels` lowest eigenstates of a block, and a certified interval for the first.

    Parameters
    ----------
    plan
        The block, of D > 2 states.
    uniform
        Whether the coupling is one constant.
    levels
        k, from 1 to D − 2.

    Raises
    ------
    InputError
        If k is not possible.
    SizeError
        If it would take more memory than the machine allows.
    SolverError
        If Lanczos steps do not converge, or to something else than the lowest level.
    """
    size = parts.dimension(plan.key.room, plan.key.pairs)
    levels = integer("levels", levels, low=1, high=size - 2)
    which = "level" if levels == 1 else f"{levels} levels"
    what = f"The lowest {which} of a block of {size} states of `system`"
    check_memory(what, needed_bytes(plan, levels), instead="fewer shells fit, or a lower `temperature`")
    operator = _operator(plan, uniform)
    energy, vectors = _lanczos(operator, levels)
    interval = None
    if (plan.coupling >= 0).all():
        interval = _enclosed(operator, vectors[:, 0], float(energy[0]))
        _check_lowest(float(energy[0]), interval, _scale(operator))
    return _measured(operator, uniform, energy, vectors, interval)


def ground_energy_interval(
    system: System, electrons: int, seniorities: Sequence[int] | None = None
) -> tuple[float, float]:
    """Certified bounds of the lowest eigenvalue with the seniorities {ν_s}, for couplings G_ss' ≥ 0.

    By the inequalities of Collatz and Wielandt, with the rounding of every sum added. It is the ground state
    of N electrons in zero field for an even N, where nothing is unpaired, if no broken pair lies lower.

    Parameters
    ----------
    system
        Two shells or more.
    electrons
        N.
    seniorities
        ν_s of every shell; none is unpaired if left out.

    Raises
    ------
    InputError
        If N electrons do not fit with these seniorities.
    UndefinedError
        If a coupling is negative.
    SizeError
        If it would take more memory than the machine allows.
    """
    coupling = np.asarray(system.coupling_matrix, dtype=np.float64)
    if (coupling < 0).any():
        raise UndefinedError("Bounds of the ground state need couplings that are not negative.", coupling)
    room, nu, pairs = _fitted(system, electrons, seniorities)
    energies = np.array([shell.energy for shell in system.shells])
    plan = _whole_plan(system, room, pairs)
    size = parts.dimension(plan.key.room, pairs)
    what = f"The ground state of a block of {size} states of `system`"
    check_memory(what, needed_bytes(plan, 1), instead="fewer shells fit")
    operator = _operator(plan, isinstance(system.coupling, float))
    energy, vector = _start(operator)
    low, high = _enclosed(operator, vector, energy)
    _check_lowest(energy, (low, high), _scale(operator))
    base = float(nu @ energies)
    slack = 2 * (len(nu) + 2) * EPS * (float(nu @ np.abs(energies)) + abs(low) + abs(high))
    return low + base - slack, high + base + slack


def needed_bytes(plan: Plan, levels: int) -> float:
    """Memory that the lowest levels of a block take: the basis, the operators, the vectors of Lanczos."""
    size, shells = parts.dimension(plan.key.room, plan.key.pairs), len(plan.key.room)
    if _is_halved(plan, not plan.key.coupling):
        vectors = 16 if levels == 1 else 2 * _width(levels, size) + 10
        return 8.0 * size * vectors + halves.needed_bytes(size)
    hops = float(size) * min(shells, plan.key.pairs)
    moves = hops * (10 * shells + 70)  # the list of all moves of A, each with the state that it reaches
    kept = 12 * hops * max(1, len(plan.key.rows))
    if plan.key.coupling:
        kept += 60.0 * hops * shells
    return moves + kept + 8.0 * size * (6 * shells + 2 * _width(levels, size) + 10)


def needed_seconds(size: int, levels: int) -> float:
    """Rough time of the lowest levels of D states, on one core: products of h, and of the vectors kept."""
    if levels == 1:
        return 4e-6 * size
    return size * (1e-5 + 4e-6 * levels + 5e-8 * levels**2)


# -- the operator ----------------------------------------------------------------------------------


def _operator(plan: Plan, uniform: bool) -> _Any:
    room, pairs = plan.key.room, plan.key.pairs
    if _is_halved(plan, uniform):
        return _Halved(plan)
    space = matrices.PairSpace(np.array(room, dtype=np.int64), matrices.compositions(room, pairs))
    levels: Array = 2.0 * (space.pairs @ plan.level)
    magnitude = np.asarray(2.0 * (space.pairs @ np.abs(plan.level)), dtype=np.float64)
    if uniform:
        lower = matrices.lowering(space, np.ones((1, len(room))))
        strength = float(plan.coupling[0, 0])
        return _Operator(space, levels, magnitude, strength, None, lower, 2 * len(room) + 8)
    pairing = matrices.sparse_pairing(space, plan.coupling)
    lower = matrices.lowering(space, plan.rows)
    return _Operator(space, levels, magnitude, 1.0, pairing, lower, len(room) ** 2 + len(room) + 8)


def _scale(operator: _Any) -> float:
    """Size of the terms of h."""
    most = np.abs(operator.levels).max() + operator.strength * operator.attraction(
        np.ones(len(operator.levels))
    ).max(initial=0.0)
    return float(most)


def _width(levels: int, size: int) -> int:
    """Vectors that Lanczos keeps."""
    return min(size, max(2 * levels + 1, 24))


def _lanczos(operator: _Any, levels: int) -> tuple[Array, Array]:
    """The lowest eigenpairs, from a start that no symmetry is blind to and that is always the same."""
    if levels == 1 and isinstance(operator, _Halved) and operator.strength > 0:
        return _descended(operator)
    from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

    size = len(operator.levels)
    start = np.random.default_rng(1961).uniform(0.5, 1.5, size)
    matrix = LinearOperator((size, size), matvec=operator.times, dtype=np.float64)
    most, width = 100 * levels + 1000, _width(levels, size)
    try:
        # products with a few vectors at a time: threads wait for each other more than they work
        with one_blas_thread():
            energy, vectors = eigsh(matrix, k=levels, which="SA", v0=start, ncv=width, maxiter=most)
    except ArpackError as error:
        raise SolverError(f"The lowest {levels} levels of {size} were not found: {error}") from None
    order = np.argsort(energy, kind="stable")
    return energy[order], vectors[:, order]


def _is_halved(plan: Plan, uniform: bool) -> bool:
    room = plan.key.room
    return uniform and len(room) > 1 and parts.dimension(room, plan.key.pairs) >= halves.SMALLEST


def _descended(operator: _Halved) -> tuple[Array, Array]:
    """The lowest eigenpair of a large attractive block: conjugate gradients of the Rayleigh quotient.

    Each step is the best in the span of the vector, its residual over d − θ (which is > 0 as θ ≤ H_ii < d_i)
    and the last step: A. V. Knyazev, SIAM J. Sci. Comput. 23, 517 (2001), doi:10.1137/S1064827500366124. Few
    vectors are held, and the start is positive as the lowest state is.
    """
    from scipy.linalg import eigh
    from threadpoolctl import threadpool_limits

    depth = operator.strength * operator.halves.pairs
    basis, images = np.zeros((3, operator.levels.size)), np.zeros((3, operator.levels.size))
    basis[0] = 1 / (operator.levels - operator.levels.min() + depth)
    basis[0] /= np.linalg.norm(basis[0])
    images[0] = operator.times(basis[0])
    theta, scale, count = float(basis[0] @ images[0]), _scale(operator), 2
    sizes: list[float] = []
    with threadpool_limits(limits=1, user_api="blas"):
        for _ in range(STEPS):
            np.multiply(basis[0], -theta, out=basis[1])
            basis[1] += images[0]
            sizes.append(float(np.linalg.norm(basis[1])))
            if sizes[-1] <= RESIDUAL * scale and (
                sizes[-1] <= EPS * scale or sizes[-1] > 0.5 * min(sizes[-3:-1], default=np.inf)
            ):  # what is left is rounding
                break
            basis[1] /= operator.levels - (theta - 1e-3 * depth)
            basis[1] -= basis[0] * (basis[0] @ basis[1])
            basis[1] /= np.linalg.norm(basis[1])
            images[1] = operator.times(basis[1])
            some, their = basis[:count], images[:count]
            gram, matrix = some @ some.T, some @ their.T
            values, columns = eigh((matrix + matrix.T) / 2, (gram + gram.T) / 2)
            theta, first = float(values[0]), columns[:, :1].T
            mixed = np.concatenate([first, first])
            mixed[1, 0] = 0.0  # the step
            for table in (basis, images):
                table[[0, 2]] = mixed @ table[:count]
            for k in (0, 2):
                length = float(np.linalg.norm(basis[k]))
                basis[k] /= length
                images[k] /= length
            count = 3
    return np.array([theta]), basis[0][:, None].copy()


def _start(operator: _Any) -> tuple[float, Array]:
    """The lowest eigenpair, of a block of any size."""
    size = len(operator.levels)
    if size > 3:
        energy, vectors = _lanczos(operator, 1)
        return float(energy[0]), vectors[:, 0]
    matrix = np.diag(operator.levels) - operator.strength * operator.attraction(np.eye(size))
    found, columns = np.linalg.eigh(matrix)
    return float(found[0]), columns[:, 0]


def _measured(
    operator: _Any,
    uniform: bool,
    energy: Array,
    vectors: Array,
    interval: tuple[float, float] | None,
) -> LowBlock:
    """Expectation values in the eigenstates that were found."""
    lowered = operator.lowered(vectors)
    pairs = np.stack([operator.pairs_of(vector) for vector in vectors.T])
    if uniform:
        pairing, field = lowered[:, 0], np.zeros((len(energy), 0))
    else:
        pairing, field = np.einsum("de,de->e", vectors, operator.attraction(vectors)), lowered
    return LowBlock(energy, pairing, pairs, field, len(vectors), interval)


# -- the certified interval ------------------------------------------------------------------------


def _enclosed(operator: _Any, vector: Array, energy: float) -> tuple[float, float]:
    """The narrowest interval that the smoothed eigenvector certifies."""
    vector = np.abs(vector) / np.abs(vector).max()
    vector = np.maximum(vector, 1e-100)  # every positive vector bounds: this one may only bound badly
    low, high, width = -np.inf, _trial(operator, vector), np.inf
    shift, stalled = _shift(operator), 0
    for _ in range(STEPS):
        attracted = operator.strength * operator.attraction(vector)
        below, above = _ratios(operator, vector, attracted)
        low, high = max(low, below), min(high, above)
        stalled = 0 if high - low < 0.99 * width else stalled + 1
        if stalled > 4:  # what is left of the width is rounding
            break
        width = high - low
        vector = _smoothed(operator, vector, attracted, energy, shift)
    return low, min(high, _trial(operator, vector))


def _shift(operator: _Any) -> float:
    """Some hundredths of a row of P: enough to damp, not to slow down."""
    row = operator.strength * operator.attraction(np.ones(len(operator.levels)))
    return 0.02 * float(row.mean()) + 1e-14 * float(np.ptp(operator.levels)) + 1e-300


def _smoothed(operator: _Any, vector: Array, attracted: Array, energy: float, shift: float) -> Array:
    """u_i ← (σu_i + (Pu)_i)/(d_i − E_0 + σ), where d_i > E_0 as H_ii ≥ E_0 and P_ii ≥ 0."""
    below = np.maximum(operator.levels - energy, 0.0) + shift
    moved = (shift * vector + attracted) / below
    found: Array = np.maximum(moved / moved.max(), 1e-100)
    return found


def _ratios(operator: _Any, vector: Array, attracted: Array) -> tuple[float, float]:
    """min and max of (hu)_i/u_i, each by its rounding too far."""
    pull = attracted / vector
    ratio = operator.levels - pull
    rounding = EPS * (operator.terms * pull + _level_rounding(operator))
    return float((ratio - rounding).min()), float((ratio + rounding).max())


def _level_rounding(operator: _Any) -> Array:
    """Of each d_i, in units of the last place."""
    found: Array = (operator.shells + 2) * operator.magnitude
    return found


def _trial(operator: _Any, vector: Array) -> float:
    """u·hu/u·u; numpy adds in pairs, up to 128 numbers one by one."""
    weight = vector**2
    total = float(weight.sum())
    attracted = operator.strength * operator.attraction(vector)
    levels, pull = operator.levels * weight, attracted * vector
    terms = operator.terms + 140 + int(np.log2(len(vector)) + 1)
    rounding = EPS * terms * float(operator.magnitude @ weight + pull.sum()) / total
    return float(levels.sum() - pull.sum()) / total + 2 * rounding


def _check_lowest(energy: float, interval: tuple[float, float], scale: float) -> None:
    slack = 1e-11 * scale
    if not interval[0] - slack <= energy <= interval[1] + slack:
        message = f"Lanczos steps ended at {energy}, but the lowest level lies in {interval}."
        raise SolverError(message, energy)


# -- one tuple of a system ---------------------------------------------------------------------------


def _fitted(
    system: System, electrons: int, seniorities: Sequence[int] | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    degeneracies = np.array([shell.pair_degeneracy for shell in system.shells], dtype=np.int64)
    number = integer("electrons", electrons, low=0, high=2 * int(degeneracies.sum()))
    given = [0] * len(degeneracies) if seniorities is None else list(seniorities)
    if len(given) != len(degeneracies):
        message = f"`seniorities` must hold {len(degeneracies)} numbers, but holds {len(given)}."
        raise InputError(message, seniorities)
    nu = np.array(
        [integer("seniorities", n, low=0, high=int(m)) for n, m in zip(given, degeneracies, strict=True)]
    )
    room, rest = degeneracies - nu, number - int(nu.sum())
    if rest % 2 or not 0 <= rest // 2 <= room.sum():
        message = f"`seniorities` must leave room for {number} electrons in pairs, but are {given}."
        raise InputError(message, seniorities)
    return room, nu, rest // 2


def _whole_plan(system: System, room: npt.NDArray[np.int64], pairs: int) -> Plan:
    """All shells as they are: neither shifted nor mirrored."""
    every = tuple(room.tolist())
    level = np.array([shell.energy for shell in system.shells])
    coupling = np.asarray(system.coupling_matrix, dtype=np.float64)
    uniform = isinstance(system.coupling, float)
    numbers: tuple[tuple[int, ...], ...] = () if uniform else ((0,),)
    key = parts.Key(every, pairs, (), numbers, ())
    return Plan(key, level, coupling, np.zeros((0, len(every))), ())
