"""The one statistical sum over electron numbers, with its three readings.

Ξ = Σ_N e^{βμN} Z_N over the allowed N. The reservoir fixes N (canonical), or ⟨N⟩ (grand canonical; with the
even or the odd N alone the number-parity ensemble), or μ.

Nothing is a small difference of large numbers. With a reference number N₀ and a slope μ₀,

    e^{βμ(N−N₀)} Z_N/Z_N₀ = exp[ ln Σ_N − ln Σ_N₀ − r_N/T + η(N − N₀) ],   r_N = U₀(N) − U₀(N₀) − μ₀(N − N₀),

μ = μ₀ + ηT, where r_N is formed from double-doubles. At given ⟨N⟩ = N₀ the slope μ₀ is that of the lower
convex hull of the other U₀ at N₀, the limit of μ for T → 0; η is the root of the monotone, nearly linear

    f(η) = ln Σ_{N>N₀} (N − N₀) e^{…} − ln Σ_{N<N₀} (N₀ − N) e^{…}.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import NO_GAP, Array, Averages
from quasispin.ensembles.fixed_number import FixedNumber, exact_product, exact_sum
from quasispin.errors import InputError, SolverError
from quasispin.system.system import System

TIE = 64 * np.finfo(np.float64).eps
"""Energies closer than this, relative to the largest, are equal at T = 0."""

REPULSIVE = "needs an attractive coupling"
CANONICAL_POTENTIAL = "the number of electrons is fixed: use addition_energy"


@dataclass(frozen=True)
class FixedElectrons:
    """No exchange of electrons: exactly `electrons` of them."""

    electrons: int


@dataclass(frozen=True)
class MeanElectrons:
    """Exchange of electrons with a reservoir whose μ keeps ⟨N⟩ = `electrons`."""

    electrons: int


@dataclass(frozen=True)
class FixedPotential:
    """Exchange of electrons with a reservoir of chemical potential `chemical_potential`."""

    chemical_potential: float


Reservoir = FixedElectrons | MeanElectrons | FixedPotential


def fixed_number(system: System, numbers: Sequence[int], temperature: Array, field: Array) -> FixedNumber:
    """The sum over all states of each electron number: one shell by its fused kernel, else the general sum.

    Where nothing pairs and there are many levels it is the canonical recursion of `spectrum.free`.

    Parameters
    ----------
    system
        The shells and the coupling; its own electron number is not used.
    numbers
        Electron numbers N, rising, shape (K,).
    temperature, field
        T ≥ 0 and ω, energies in the unit of the coupling, shape (X,).

    Raises
    ------
    SizeError
        If the system is too large to be summed exactly.
    """
    if system.is_single_shell:
        from quasispin.ensembles import single_shell

        return single_shell.fixed_number(system, numbers, temperature, field)
    if is_recursive(system, numbers):
        from quasispin.ensembles import free_sum

        return free_sum.fixed_number(system, numbers, temperature, field)
    from quasispin.ensembles import general_sum

    return general_sum.fixed_number(system, numbers, temperature, field)


def is_recursive(system: System, numbers: Sequence[int]) -> bool:
    """Whether the canonical recursion sums these numbers: several shells, no coupling, many levels."""
    from quasispin.spectrum import free

    return not system.is_single_shell and free.is_free(system) and free.is_many(system, numbers)


def average(fixed: FixedNumber, temperature: Array, reservoir: Reservoir) -> Averages:
    """Thermal averages with a reservoir that holds N, ⟨N⟩ or μ; the allowed N are those of `fixed`.

    Parameters
    ----------
    fixed
        The sums within each allowed electron number; K numbers, X points.
    temperature
        T ≥ 0, shape (X,).
    reservoir
        What is held: then C and χ are those at fixed N, at fixed ⟨N⟩ or at fixed μ.

    Returns
    -------
    Averages
        Shape (X,). μ is NaN where the allowed numbers leave only one N with that mean.

    Raises
    ------
    InputError
        If the reservoir's number is not among those of `fixed`.
    SolverError
        If the root for μ is not found.
    """
    if isinstance(reservoir, FixedElectrons):
        return canonical_averages(_only(fixed, _index_of(fixed, reservoir.electrons)), temperature)
    if isinstance(reservoir, FixedPotential):
        return _mixed_averages(
            fixed, temperature, _at_potential(fixed, temperature, reservoir.chemical_potential)
        )
    index = _index_of(fixed, reservoir.electrons)
    if index in (0, fixed.numbers.size - 1):
        nowhere = np.full(temperature.shape, np.nan)
        return replace(
            canonical_averages(_only(fixed, index), temperature),
            chemical_potential=nowhere,
            undefined=_undefined(fixed.coupling),
        )
    return _mixed_averages(fixed, temperature, _at_mean(fixed, temperature, index))


def canonical_averages(fixed: FixedNumber, temperature: Array) -> Averages:
    """At one fixed N (K = 1): χ = Var(m)/T, C = Var(U)/T², S = ln Σ + (⟨U⟩ − U₀)/T, F = U₀ − T ln Σ."""
    number = np.full(temperature.shape, float(fixed.numbers[0]))
    gap, connected = _gaps(fixed.coupling, fixed.pair_energy[0], _row(fixed.connected, 0))
    return Averages(
        free_energy=fixed.ground_energy[0] + (fixed.ground_energy_low[0] - temperature * fixed.log_sum[0]),
        energy=fixed.energy[0],
        entropy=_entropy(fixed, temperature)[0],
        pair_energy=fixed.pair_energy[0],
        moment=fixed.moment[0],
        susceptibility=_over_temperature(fixed.moment_variance[0], temperature),
        heat_capacity=_over_temperature(np.sqrt(fixed.energy_variance[0]), temperature, 0.0) ** 2,
        electrons=number,
        number_variance=np.zeros_like(number),
        occupation=fixed.occupation[0],
        gap_squared=gap,
        connected_gap_squared=connected,
        unpaired=fixed.unpaired[0],
        seniority_distribution=fixed.seniority[0],
        chemical_potential=None,
        shell_gap_squared=_shell_gaps(gap, _row(fixed.shell_gap_squared, 0)),
        undefined=_undefined(fixed.coupling) | {"chemical_potential": CANONICAL_POTENTIAL},
    )


# -- mixtures of electron numbers -----------------------------------------------------------------


class _Mixture(NamedTuple):
    """Shares P(N) and what they were formed from; K numbers, X points."""

    share: Array  # (K, X) P(N)
    log_share: Array  # (K, X) ln P(N), −inf where it is 0
    log_total: Array  # (X,) ln Ξ − βμN₀ + βU₀(N₀)
    offset: Array  # (K, X) N − N₀
    above: Array  # (K, X) r_N
    reference: npt.NDArray[np.int64]  # (X,) index of N₀
    chemical_potential: Array  # (X,)
    number_held: bool  # at fixed ⟨N⟩ (else at fixed μ)
    cold: npt.NDArray[np.bool_]  # (X,) T = 0, or too near to it for 1/T


def _at_mean(fixed: FixedNumber, temperature: Array, index: int) -> _Mixture:
    """P(N) with the μ that makes ⟨N⟩ the number at `index`."""
    reference = np.full(temperature.shape, index)
    offset = np.broadcast_to(
        (fixed.numbers - fixed.numbers[index]).astype(np.float64)[:, None], fixed.log_sum.shape
    )
    slope = _hull_slope(fixed, index)
    above = _above(fixed, reference, offset, slope)
    cold = _cold(fixed, above, temperature)
    logs = _log_weights(fixed, reference, above, temperature, cold)
    alone = cold & ~_on_both_sides(logs, index)
    logs[:, alone] = np.where(offset == 0, 0.0, -np.inf)[:, alone]
    fugacity = _fugacity(logs, offset[:, 0], alone)
    share, log_share, log_total = _normalised(logs + fugacity * offset)
    potential = slope + temperature * fugacity
    log_total = log_total + np.take_along_axis(fixed.log_sum, reference[None], axis=0)[0]
    return _Mixture(share, log_share, log_total, offset, above, reference, potential, True, cold)


def _at_potential(fixed: FixedNumber, temperature: Array, chemical_potential: float) -> _Mixture:
    """P(N) at a given μ, measured from the N with the lowest U₀ − μN."""
    potential = np.full(temperature.shape, chemical_potential)
    lowest = np.argmin(fixed.ground_energy - np.outer(fixed.numbers, potential), axis=0)
    offset = (fixed.numbers[:, None] - fixed.numbers[lowest]).astype(np.float64)
    above = _above(fixed, lowest, offset, potential)
    cold = _cold(fixed, above, temperature)
    logs = _log_weights(fixed, lowest, above, temperature, cold)
    share, log_share, log_total = _normalised(logs)
    log_total = log_total + np.take_along_axis(fixed.log_sum, lowest[None], axis=0)[0]
    return _Mixture(share, log_share, log_total, offset, above, lowest, potential, False, cold)


def _above(fixed: FixedNumber, reference: npt.NDArray[np.int64], offset: Array, slope: Array) -> Array:
    """r_N = U₀(N) − U₀(N₀) − μ₀(N − N₀), rounded once."""
    high, low = fixed.ground_energy, fixed.ground_energy_low
    start, start_low = (np.take_along_axis(word, reference[None], axis=0) for word in (high, low))
    step, step_low = exact_product(np.broadcast_to(slope, offset.shape), offset)
    first, first_low = exact_sum(high, -start)
    second, second_low = exact_sum(first, -step)
    return second + (second_low + first_low + (low - start_low) - step_low)


def _cold(fixed: FixedNumber, above: Array, temperature: Array) -> npt.NDArray[np.bool_]:
    largest = np.abs(above).max(axis=0) + np.abs(fixed.ground_energy).max(axis=0)
    found: npt.NDArray[np.bool_] = temperature <= 1e-300 * largest
    return found


def _log_weights(
    fixed: FixedNumber,
    reference: npt.NDArray[np.int64],
    above: Array,
    temperature: Array,
    cold: npt.NDArray[np.bool_],
) -> Array:
    """ln of Z_N e^{βμ₀(N−N₀)} over that of N₀; at T = 0 only the lowest r_N remain, by degeneracy."""
    sums = fixed.log_sum - np.take_along_axis(fixed.log_sum, reference[None], axis=0)
    logs: Array = sums - above / np.where(cold, np.inf, temperature)
    tie = TIE * np.abs(fixed.ground_energy).max(axis=0)
    logs[(above > above.min(axis=0) + tie) & cold] = -np.inf
    return logs


def _hull_slope(fixed: FixedNumber, index: int) -> Array:
    """Slope at N₀ of the lower convex hull of U₀(N), N ≠ N₀, shape (X,): μ as T → 0.

    The edge of the hull that spans N₀ is found by turning a line about a number above N₀ and one below in
    turn, each time as far as the others allow: its height at N₀ falls until it is that edge.
    """
    energy, number = fixed.ground_energy, fixed.numbers.astype(np.float64)[:, None]
    lower, upper = slice(0, index), slice(index + 1, None)
    right = np.full(energy.shape[1], index + 1)
    slope = np.full(energy.shape[1], np.inf)  # falls from step to step
    for _ in range(energy.shape[0] + 1):
        right_energy = np.take_along_axis(energy, right[None], axis=0)
        rising = (right_energy - energy[lower]) / (number[right].T - number[lower])
        left = np.argmax(rising, axis=0)
        left_energy = np.take_along_axis(energy, left[None], axis=0)
        falling = (energy[upper] - left_energy) / (number[upper] - number[left].T)
        turned, right = falling.min(axis=0), index + 1 + np.argmin(falling, axis=0)
        if (turned >= slope).all():
            break
        slope = np.minimum(slope, turned)
    return slope


def _on_both_sides(logs: Array, index: int) -> npt.NDArray[np.bool_]:
    """Where numbers below and above N₀ have a weight."""
    weighted = np.isfinite(logs)
    return np.asarray(weighted[:index].any(axis=0) & weighted[index + 1 :].any(axis=0))


def _fugacity(logs: Array, offset: Array, alone: npt.NDArray[np.bool_]) -> Array:
    """The η of shape (X,) at which Σ (N − N₀) e^{logs + η(N − N₀)} vanishes; 0 where N₀ is `alone`.

    f' is at least the sum of the distances to the next numbers on both sides: that brackets the root.
    Newton's step, halving where it leaves the bracket, until only the rounding of f is left.
    """
    level = np.where(alone, 0.0, logs[offset != 0].max(axis=0))  # brings those that compete near 0
    sides = [
        (logs[side] - level + np.log(np.abs(offset[side]))[:, None], offset[side][:, None])
        for side in (offset > 0, offset < 0)
    ]
    steepness = float(sides[0][1].min() - sides[1][1].max())
    root = np.zeros(logs.shape[1])
    value, slope, noise = _balance(sides, root, alone)
    left, right = np.minimum(0.0, -value / steepness), np.maximum(0.0, -value / steepness)
    for _ in range(200):
        left, right = np.where(value <= 0, root, left), np.where(value >= 0, root, right)
        done = np.abs(value) <= noise
        trial = root - value / slope
        inside = ((trial > left) & (trial < right)) | done
        root = np.where(inside, trial, (left + right) / 2)
        if done.all():
            return root
        value, slope, noise = _balance(sides, root, alone)
    raise SolverError("The chemical potential that gives the mean number of electrons was not found.", root)


def _balance(
    sides: list[tuple[Array, Array]], root: Array, alone: npt.NDArray[np.bool_]
) -> tuple[Array, Array, Array]:
    """f(η), f'(η) and a bound on the rounding of f."""
    (plus, plus_slope), (minus, minus_slope) = (
        _log_sum_exp(logs + root * offset, offset, alone) for logs, offset in sides
    )
    slope = np.where(alone, 1.0, plus_slope - minus_slope)
    noise = 8 * np.finfo(np.float64).eps * (1.0 + np.abs(plus) + np.abs(minus) + np.abs(root) * slope)
    return plus - minus, slope, noise


def _log_sum_exp(logs: Array, offset: Array, alone: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """ln Σ e^logs and the mean offset under these weights."""
    peak = np.where(alone, 0.0, logs.max(axis=0))
    terms = np.where(alone, 1.0, np.exp(np.minimum(logs - peak, 0.0)))
    total = terms.sum(axis=0)
    return np.where(alone, 0.0, peak + np.log(total)), (terms * offset).sum(axis=0) / total


def _normalised(logs: Array) -> tuple[Array, Array, Array]:
    """Shares, their logarithms (to full relative precision also near 1) and ln Σ e^logs."""
    largest = np.argmax(logs, axis=0)[None]
    peak = np.take_along_axis(logs, largest, axis=0)[0]
    relative = np.exp(logs - peak)
    np.put_along_axis(relative, largest, 0.0, axis=0)
    rest = np.log1p(relative.sum(axis=0))
    np.put_along_axis(relative, largest, 1.0, axis=0)
    return relative / np.exp(rest), (logs - peak) - rest, peak + rest


# -- averages of a mixture ------------------------------------------------------------------------


def _mixed_averages(fixed: FixedNumber, temperature: Array, mixture: _Mixture) -> Averages:
    share, offset = mixture.share, mixture.offset
    shift = _mean(share, offset)
    pair_energy = _mean(share, fixed.pair_energy)
    connected = None if fixed.connected is None else _mean(share, fixed.connected)
    gap, connected_gap = _gaps(fixed.coupling, pair_energy, connected)
    return Averages(
        free_energy=_free_energy(fixed, temperature, mixture, shift),
        energy=_mean(share, fixed.energy),
        entropy=_mean(share, _entropy(fixed, temperature)) + _mixing_entropy(mixture),
        pair_energy=pair_energy,
        moment=_mean(share, fixed.moment),
        susceptibility=_susceptibility(fixed, temperature, mixture),
        heat_capacity=_heat_capacity(fixed, temperature, mixture),
        electrons=fixed.numbers[mixture.reference] + shift,
        number_variance=_mean(share, (offset - shift) ** 2),
        occupation=np.einsum("kx,kxs->xs", share, fixed.occupation),
        gap_squared=gap,
        connected_gap_squared=connected_gap,
        unpaired=np.einsum("kx,kxs->xs", share, fixed.unpaired),
        seniority_distribution=np.einsum("kx,kxv->xv", share, fixed.seniority),
        chemical_potential=mixture.chemical_potential,
        shell_gap_squared=_shell_gaps(gap, _mean_of_rows(share, fixed.shell_gap_squared)),
        undefined=_undefined(fixed.coupling),
    )


def _free_energy(fixed: FixedNumber, temperature: Array, mixture: _Mixture, shift: Array) -> Array:
    """F = Ω + μ⟨N⟩ = U₀(N₀) + μ(⟨N⟩ − N₀) − T(ln Ξ − βμN₀ + βU₀)."""
    index = mixture.reference[None]
    high, low = (
        np.take_along_axis(word, index, axis=0)[0] for word in (fixed.ground_energy, fixed.ground_energy_low)
    )
    if mixture.number_held:
        cold = high + mixture.above.min(axis=0)  # the height of the hull at N₀
    else:
        cold = high + mixture.chemical_potential * shift
    warm = high + (low + mixture.chemical_potential * shift - temperature * mixture.log_total)
    return np.asarray(np.where(mixture.cold, cold, warm))


def _mixing_entropy(mixture: _Mixture) -> Array:
    """−Σ P(N) ln P(N), every term ≥ 0."""
    logs = np.where(mixture.share > 0, mixture.log_share, 0.0)
    return 0.0 - _mean(mixture.share, logs)


def _susceptibility(fixed: FixedNumber, temperature: Array, mixture: _Mixture) -> Array:
    spread = _spread(fixed.moment, mixture)
    noise = TIE * np.abs(fixed.moment).max(axis=0)
    spread = np.where(mixture.cold & (np.abs(spread) <= noise), 0.0, spread)
    variance = _mean(mixture.share, fixed.moment_variance + spread**2)
    return _over_temperature(variance, np.where(mixture.cold, 0.0, temperature))


def _heat_capacity(fixed: FixedNumber, temperature: Array, mixture: _Mixture) -> Array:
    """β²Σ P(N)[Var U_N + residual²]: the residual of U − μN, at fixed ⟨N⟩ less its regression on N."""
    spread = _spread(mixture.above + fixed.excitation, mixture)
    variance = _mean(mixture.share, fixed.energy_variance + spread**2)
    return _over_temperature(np.sqrt(variance), np.where(mixture.cold, 0.0, temperature), 0.0) ** 2


def _spread(values: Array, mixture: _Mixture) -> Array:
    """Deviation of the values from their mean; at fixed ⟨N⟩ also less what is linear in N.

    First the line through the two numbers that matter most is taken off, which leaves exact zeros there:
    where they have nearly all of the probability, the residual of the others is what counts.
    """
    share, offset = mixture.share, mixture.offset
    first = np.argmax(share, axis=0)[None]
    deviation, distance = (array - np.take_along_axis(array, first, axis=0) for array in (values, offset))
    if not mixture.number_held:
        return deviation - _mean(share, deviation)
    second = np.argmax(share * distance**2, axis=0)[None]
    rise, run = (np.take_along_axis(array, second, axis=0) for array in (deviation, distance))
    deviation = deviation - np.divide(rise, run, out=np.zeros_like(rise), where=run != 0) * distance
    np.put_along_axis(deviation, second, 0.0, axis=0)
    return _regressed(share, deviation, offset - _mean(share, offset))


def _regressed(share: Array, deviation: Array, distance: Array) -> Array:
    """The deviation less its mean and its regression on the distance; 0 where the distance does not vary."""
    deviation = deviation - _mean(share, deviation)
    variance = _mean(share, distance**2)
    covariance = _mean(share, deviation * distance)
    varies = variance > 1e-290
    slope = np.divide(covariance, variance, out=np.zeros_like(variance), where=varies)
    return np.where(varies, deviation - slope * distance, 0.0)


# -- shared ---------------------------------------------------------------------------------------


def _entropy(fixed: FixedNumber, temperature: Array) -> Array:
    """S of each N, shape (K, X): ln Σ + (⟨U⟩ − U₀)/T, both terms ≥ 0."""
    return fixed.log_sum + _over_temperature(fixed.excitation, temperature)


def _over_temperature(values: Array, temperature: Array, cold: float = np.inf) -> Array:
    """values/T for values ≥ 0; at T = 0 it is 0 where they are 0, else `cold`."""
    limit = np.where(values > 0, cold, 0.0)
    with np.errstate(over="ignore"):
        return np.divide(values, temperature, out=limit, where=np.broadcast_to(temperature > 0, values.shape))


def _gaps(
    coupling: float | None, pair_energy: Array, connected: Array | None
) -> tuple[Array | None, Array | None]:
    """−G E_c and G²(⟨A⁺A⟩ − (N − ⟨b⟩)/2), the latter for G ≥ 0, where it is not negative but for rounding."""
    if coupling is None:
        return None, None
    gap = np.maximum(0.0 - coupling * pair_energy, 0.0)
    if connected is None or coupling < 0:
        return gap, None
    return gap, coupling**2 * np.maximum(connected, 0.0)


def _shell_gaps(gap: Array | None, squares: Array | None) -> Array | None:
    """Δ_s² of every shell, shape (X, S); a single shell has the one of eq. (10)."""
    if squares is not None or gap is None:
        return squares
    return gap[..., None]


def _mean_of_rows(share: Array, values: Array | None) -> Array | None:
    return None if values is None else np.einsum("kx,kxs->xs", share, values)


def _undefined(coupling: float | None) -> dict[str, str]:
    if coupling is None:
        return {"gap_squared": NO_GAP, "connected_gap_squared": NO_GAP}
    return {"connected_gap_squared": REPULSIVE} if coupling < 0 else {}


def _index_of(fixed: FixedNumber, electrons: int) -> int:
    found = np.flatnonzero(fixed.numbers == electrons)
    if not found.size:
        raise InputError(
            f"`electrons` must be one of the numbers that were summed, but is {electrons}.", electrons
        )
    return int(found[0])


def _only(fixed: FixedNumber, index: int) -> FixedNumber:
    """The same sums for one electron number."""
    arrays: dict[str, Any] = {
        item.name: value[index : index + 1]
        for item in fields(FixedNumber)
        if isinstance(value := getattr(fixed, item.name), np.ndarray)
    }
    return replace(fixed, **arrays)


def _row(array: Array | None, index: int) -> Array | None:
    return None if array is None else array[index]


def _mean(share: Array, values: Array) -> Array:
    """Σ_N P(N) values, shape (X,)."""
    found: Array = np.einsum("kx,kx->x", share, values)
    return found
