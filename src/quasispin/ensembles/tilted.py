"""Exactly N electrons in one shell whose axis is not that of the field: sums over numerical eigenstates.

The one-electron part and the field do not commute, so that no seniority is conserved and m̂ has elements m_ab
between eigenstates. With p_a = e^{−E_a/T}/Z,

    ⟨m⟩ = Σ p_a m_aa,     χ = Σ_a p_a(m_aa − ⟨m⟩)²/T + Σ_{a≠b} |m_ab|² (p_a − p_b)/(E_b − E_a),

the last with p_a/T for equal energies: J. H. Van Vleck, The Theory of Electric and Magnetic Susceptibilities
(Oxford 1932), ch. 7. Every term of χ and of C is positive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.base import Ensemble
from quasispin.ensembles.levels import Levels
from quasispin.ensembles.statistics import CANONICAL_POTENTIAL, REPULSIVE
from quasispin.errors import InputError, UndefinedError, broadcast, finite, integer, real_array, shown
from quasispin.spectrum.counting import Estimate
from quasispin.spectrum.diagonalisation import Eigenstates, eigenstates, estimate, response_of_the_rest
from quasispin.system.family import Family
from quasispin.system.system import System
from quasispin.system.tilted_shell import MAX_ENERGY, TiltedShell

TIE = 1e-12
"""Energies closer than this, relative to the largest, are equal at T = 0: LAPACK cannot tell them apart."""
MOST_LEFT_OUT = 1e-6
"""Share of the partition function that states left out by Lanczos may hold, at most."""
SELDOM = 1e-9
"""States rarer than this are not asked how they respond to the states that Lanczos left out."""
ROWS = 256
NO_SENIORITY = "the one-electron part does not conserve seniority"


@dataclass(frozen=True)
class ExactDiagonalisation(Ensemble):
    """Exactly N electrons in a `TiltedShell`: the N-electron Hamiltonian, diagonalised once for every field.

    Parameters
    ----------
    system
        A `TiltedShell`, or a `Family` of them, along an angle or a strength.
    states
        How many of the lowest states of every block to find by Lanczos; by default all, by LAPACK, which
        l ≤ 3 allows for every axis and larger l where enough is conserved. Blocks of up to 1200 states are
        always solved completely.

    Notes
    -----
    The moment is that along the field. The pairs k, k̄ in the connected gap are (λ↑, −λ↓), quantised along the
    field. Accuracy is absolute: some 10⁻¹³ of the largest energy in F and U, and that over T in what follows.

    With `states`, the states found all lie below those left out *if Lanczos missed none*, which is checked
    nowhere: it can miss a copy of a degenerate level. Under that assumption `error` bounds the share of the
    partition function that was left out, Σ (states left out) e^{−(E_top − E_0)/T}, with E_top the highest
    energy found in a block; temperatures where it exceeds 10⁻⁶ are refused. The van Vleck term includes the
    response to the states left out, by conjugate gradients.

    Raises
    ------
    InputError
        If `system` is neither, `states` is no positive number, or T is too high for so few states.
    UndefinedError
        If one shell is needed and a `Family` is held: use `sweep`, an observable, or one of its `members()`.
    SizeError
        If it would take more memory than the machine allows (on use; `estimate()` says how much).

    Examples
    --------
    >>> across = TiltedShell(1, 2, 1.0, deformation=0.5, angle=1.5707963267948966)
    >>> float(ExactDiagonalisation(across).averages(0.0, 0.1).moment.round(6))
    0.01335
    """

    system: TiltedShell | Family  # type: ignore[assignment]  # no axis along which the states have moments
    states: int | None = None
    name: ClassVar[str] = "exact diagonalisation"
    alone: ClassVar[str] = (
        "it knows N alone: take free_energy of the TiltedShell with N−1, N and N+1 electrons, or Canonical "
        "where the axis lies along the field"
    )

    @property
    def number_varies(self) -> bool:
        """Never."""
        return False

    def __post_init__(self) -> None:
        is_family = isinstance(self.system, Family) and self.system.is_tilted
        if not (is_family or isinstance(self.system, TiltedShell)):
            raise InputError(
                f"`system` must be a TiltedShell or a Family of them, but is {shown(self.system)}.",
                self.system,
            )
        if self.states is not None:
            object.__setattr__(self, "states", integer("states", self.states, low=1, high=1000))

    def levels(self) -> Levels:
        """Refused: the moment is no good quantum number, so that the levels bend in a field."""
        raise UndefinedError(
            "Levels with a moment of their own need a moment that commutes: use `energies(field)`.", self
        )

    def estimate(self, temperature: npt.ArrayLike | None = None, field: npt.ArrayLike = 0.0) -> Estimate:
        """Memory, time and sizes of the blocks for one field; every other field takes the time once more.

        They are the same at all temperatures and fields.

        Raises
        ------
        SizeError
            If there are too many states to write down.
        """
        broadcast(
            temperature=real_array("temperature", 0.0 if temperature is None else temperature, low=0.0),
            field=real_array("field", field),
        )
        return estimate(self._shell(), self.states)

    def energies(self, field: float = 0.0) -> Array:
        """The many-body energies that are found in one field, rising, shape (E,)."""
        solved = eigenstates(self._shell(), _field(field), self.states)
        return np.sort(np.concatenate([part.energy + add for part in solved for add, _ in part.copies]))

    def _averages(self, system: System, temperature: Array, field: Array) -> Averages:
        del system  # the same TiltedShell, under a type that it does not have
        shell = self._shell()
        table = np.empty((len(_Point._fields), temperature.size))
        for strength in np.unique(field):
            here = np.flatnonzero(field == strength)
            hottest = float(temperature[here].max())
            spectrum = _Spectrum(shell, _field(strength), self.states, hottest)
            for point in here:
                table[:, point] = spectrum.at(float(temperature[point]))
        return _assembled(shell, self.states is not None, _Point(*table))

    def _shell(self) -> TiltedShell:
        shell: object = self._one_system()
        assert isinstance(shell, TiltedShell)
        return shell


def average_over_directions(
    shell: TiltedShell,
    temperature: npt.ArrayLike,
    field: npt.ArrayLike = 0.0,
    *,
    directions: int = 8,
    states: int | None = None,
) -> Averages:
    """Averages per cluster of many clusters whose axes point anywhere: ∫₀¹ d(cos θ), by Gauss and Legendre.

    Parameters
    ----------
    shell
        The cluster; its own angle is not used.
    temperature, field, states
        As for `ExactDiagonalisation`.
    directions
        Number of angles θ; an axis and its opposite are the same, so cos θ runs from 0 to 1.

    Returns
    -------
    Averages
        Every average is the mean over the directions, the squared gaps too; `error` is the largest.

    Raises
    ------
    InputError
        If `shell` is no TiltedShell or `directions` is no number from 1 to 200.
    UndefinedError
        If `shell` is a `Family`.
    """
    count = integer("directions", directions, low=1, high=200)
    ExactDiagonalisation(shell, states)._shell()  # refuse before anything is computed
    node, weight = np.polynomial.legendre.leggauss(count)
    angles = np.arccos((node + 1) / 2)
    parts = [
        ExactDiagonalisation(shell.with_angle(float(a)), states).averages(temperature, field) for a in angles
    ]
    return _mean(parts, weight / 2)


class _Point(NamedTuple):
    """Averages at one point, or arrays of them."""

    free_energy: Any
    energy: Any
    entropy: Any
    pairs: Any
    paired: Any
    moment: Any
    susceptibility: Any
    heat_capacity: Any
    left_out: Any


class _Spectrum:
    """All eigenstates in one field, and what any temperature up to the hottest needs of them."""

    def __init__(self, shell: TiltedShell, field: float, states: int | None, hottest: float) -> None:
        self.parts = eigenstates(shell, field, states)
        self.ground = min(float(part.energy[0]) + add for part in self.parts for add, _ in part.copies)
        scale = max(float(np.abs(part.energy + add).max()) for part in self.parts for add, _ in part.copies)
        self.tie = TIE * max(scale, abs(shell.coupling))
        self._check_reach(hottest)
        reach = max(-np.log(SELDOM) * hottest, self.tie)
        self.rest = [self._response(part, reach, shell.coupling, field) for part in self.parts]

    def at(self, temperature: float) -> _Point:
        """The averages at one temperature; below what LAPACK resolves, those of the ground multiplet."""
        heat = temperature if temperature > self.tie else 0.0
        weights = [self._boltzmann(above, heat) for above in self._above()]
        total = sum(float(weight.sum()) for weight in weights)
        shares = [weight / total for weight in weights]
        states = list(self._states())
        excess = _mean_of(shares, self._above())
        moment = _mean_of(shares, [part.moment + add for part, _, add in states])
        spread = [(part.moment + add - moment) ** 2 for part, _, add in states]
        curie, van_vleck = _mean_of(shares, spread), 0.0
        for (part, _, _), rest, share in zip(states, self._rests(), shares, strict=True):
            degenerate, other = _van_vleck(part, share, heat, self.tie)
            curie += degenerate
            van_vleck += other + float(share @ rest)
        variance = _mean_of(shares, [(above - excess) ** 2 for above in self._above()])
        return _Point(
            free_energy=self.ground - temperature * np.log(total),
            energy=self.ground + excess,
            entropy=np.log(total) + (excess / heat if heat else 0.0),
            pairs=_mean_of(shares, [part.pairs for part, _, _ in states]),
            paired=_mean_of(shares, [part.paired for part, _, _ in states]),
            moment=moment,
            susceptibility=van_vleck + self._curie(curie, temperature),
            heat_capacity=variance / heat / heat if heat else 0.0,
            left_out=self._left_out(heat) / total,
        )

    def _states(self) -> Iterator[tuple[Eigenstates, float, float]]:
        """Every block and copy of one, with what is added to its energies and moments."""
        for part in self.parts:
            for energy, moment in part.copies:
                yield part, energy, moment

    def _above(self) -> list[Array]:
        return [np.maximum(part.energy + add - self.ground, 0.0) for part, add, _ in self._states()]

    def _rests(self) -> Iterator[Array]:
        for part, rest in zip(self.parts, self.rest, strict=True):
            for _ in part.copies:
                yield rest

    def _boltzmann(self, above: Array, temperature: float) -> Array:
        if temperature == 0.0:
            return (above <= self.tie).astype(np.float64)
        return np.exp(-above / temperature)

    def _curie(self, variance: float, temperature: float) -> float:
        largest = max(float(np.abs(part.block.moment).max()) for part in self.parts)
        if temperature <= self.tie and variance <= 1e-12 * largest**2:
            return 0.0
        with np.errstate(divide="ignore", over="ignore"):  # infinite at T = 0
            return float(np.divide(variance, temperature))

    def _left_out(self, temperature: float) -> float:
        if temperature == 0.0:
            return 0.0
        tops = [(part.energy[-1] + add - self.ground, part.left_out) for part, add, _ in self._states()]
        return float(sum(count * np.exp(-top / temperature) for top, count in tops if count))

    def _check_reach(self, hottest: float) -> None:
        if hottest <= self.tie or self._left_out(hottest) <= MOST_LEFT_OUT:
            return
        low, high = self.tie, hottest
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self._left_out(middle) <= MOST_LEFT_OUT else (low, middle)
        raise InputError(
            f"`temperature` must be at most {low:.3g} with so few `states`, but is {hottest:g}.", hottest
        )

    def _response(self, part: Eigenstates, reach: float, coupling: float, field: float) -> Array:
        """2 Σ_b |m_ab|²/(E_b − E_a) over states left out, for the states a that are found often enough."""
        lowest = part.energy + min(add for add, _ in part.copies) - self.ground
        rest = np.zeros_like(part.energy)
        for row in np.flatnonzero(lowest <= reach) if part.left_out else ():
            rest[row] = response_of_the_rest(part, int(row), coupling, field)
        return rest


def _field(field: float) -> float:
    return finite("field", field, low=-MAX_ENERGY, high=MAX_ENERGY)


def _van_vleck(part: Eigenstates, share: Array, temperature: float, tie: float) -> tuple[float, float]:
    """Σ_{a≠b} |m_ab|² p_a over ties at T = 0, and Σ_{a≠b} |m_ab|² (p_a − p_b)/(E_b − E_a) over all others."""
    degenerate = total = 0.0
    present = int(np.count_nonzero(share))  # the shares fall: none after these
    for start in range(0, present, ROWS):
        stop = min(start + ROWS, present)
        distance = np.maximum(part.energy[start:] - part.energy[start:stop, None], 0.0)
        later = np.arange(start, len(part.energy)) > np.arange(start, stop)[:, None]
        squares = np.where(later, part.transitions[start:stop, start:], 0.0)
        near = distance <= (-1.0 if temperature else tie)  # none but at T = 0
        kernel = _slope(distance, temperature) if temperature else _inverse(distance, ~near)
        total += 2 * float(share[start:stop] @ (squares * kernel).sum(axis=1))
        degenerate += 2 * float(share[start:stop] @ (squares * near).sum(axis=1))
    return degenerate, total


def _inverse(distance: Array, where: npt.NDArray[np.bool_]) -> Array:
    return np.divide(np.ones_like(distance), distance, where=where, out=np.zeros_like(distance))


def _slope(distance: Array, temperature: float) -> Array:
    """(1 − e^{−d/T})/d, and 1/T at d = 0."""
    ratio = distance / temperature
    slope = np.divide(-np.expm1(-ratio), ratio, where=ratio > 0, out=np.ones_like(ratio))
    return slope / temperature


def _mean_of(shares: list[Array], values: list[Array]) -> float:
    return float(sum(share @ value for share, value in zip(shares, values, strict=True)))


def _assembled(shell: TiltedShell, is_partial: bool, point: _Point) -> Averages:
    number = np.full(point.energy.shape, float(shell.electrons))
    strength = shell.coupling
    undefined = {"unpaired": NO_SENIORITY, "seniority_distribution": NO_SENIORITY}
    undefined |= {"chemical_potential": CANONICAL_POTENTIAL}
    if strength < 0:
        undefined["connected_gap_squared"] = REPULSIVE
    return Averages(
        free_energy=point.free_energy,
        energy=point.energy,
        entropy=point.entropy,
        pair_energy=-strength * point.pairs,
        moment=point.moment,
        susceptibility=point.susceptibility,
        heat_capacity=point.heat_capacity,
        electrons=number,
        number_variance=np.zeros_like(number),
        occupation=number[:, None].copy(),
        gap_squared=strength**2 * point.pairs,
        connected_gap_squared=strength**2 * (point.pairs - point.paired) if strength >= 0 else None,
        unpaired=None,
        seniority_distribution=None,
        chemical_potential=None,
        shell_gap_squared=strength**2 * point.pairs[:, None],
        error=point.left_out if is_partial else None,
        undefined=undefined,
    )


def _mean(parts: list[Averages], weight: Array) -> Averages:
    means: dict[str, Any] = {}
    for item in fields(Averages):
        values = [getattr(part, item.name) for part in parts]
        if isinstance(values[0], np.ndarray):
            means[item.name] = np.tensordot(weight, np.stack(values), axes=1)
    errors = [part.error for part in parts if part.error is not None]
    if errors:
        means["error"] = np.max(errors, axis=0)
    return replace(parts[0], **means)
