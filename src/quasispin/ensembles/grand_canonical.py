"""Exact ensembles that exchange electrons with a reservoir: all numbers, or those of one parity."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.base import SummedEnsemble
from quasispin.errors import check_memory, check_points, finite
from quasispin.system.system import System

if TYPE_CHECKING:
    from quasispin.ensembles.levels import Levels
    from quasispin.ensembles.statistics import FixedPotential, MeanElectrons
    from quasispin.spectrum.counting import Estimate

CHUNK_BYTES = 256 * 2**20
"""Memory for the sums of all electron numbers over one chunk of points."""


AT_ZERO = 1e-9
"""The accuracy of the search for the ground multiplets, which leaves out nothing at T = 0."""


@dataclass(frozen=True)
class _OpenEnsemble(SummedEnsemble):
    """Ξ = Σ_N e^{βμN} Z_N over `_numbers`, with the reservoir of the concrete class."""

    accuracy: float | None = field(default=None, kw_only=True)

    def levels(self) -> Levels:
        """The spectrum with degeneracies, for every electron number of this ensemble.

        Raises
        ------
        UndefinedError
            If the ensemble holds a `Family`.
        """
        from quasispin.ensembles.levels import levels

        system = self._one_system()
        return levels(system, self._numbers(system))

    @abstractmethod
    def _numbers(self, system: System) -> range:
        """The electron numbers that take part."""

    @abstractmethod
    def _reservoir(self, system: System) -> MeanElectrons | FixedPotential:
        """What is held fixed."""

    def _foreseen(self, system: System, temperature: Array, field: Array, accuracy: float) -> Estimate:
        from quasispin.ensembles import window

        numbers, reservoir = self._numbers(system), self._reservoir(system)
        return window.estimate(window.Request(system, numbers, reservoir, temperature, field, accuracy))

    def _averages(self, system: System, temperature: Array, field: Array) -> Averages:
        numbers = self._numbers(system)
        if not system.is_single_shell and self._is_closed(system):
            return self._free(system, numbers, temperature, field)
        if self._is_cold_sought(system) and (temperature == 0.0).any():
            return self._cold(system, temperature, field)
        size = _points_per_chunk(system, len(numbers), temperature.size)
        parts = []
        for start in range(0, temperature.size, size):
            heat, strength = temperature[start : start + size], field[start : start + size]
            parts.append(self._chunk(system, numbers, heat, strength))
        return joined(parts)

    def _is_cold_sought(self, system: System) -> bool:
        """Whether all states take minutes, so that at T = 0 only the ground multiplets are solved."""
        from quasispin.ensembles import cold

        return (
            self.accuracy is None
            and not self._is_closed(system)
            and cold.is_large(system.with_electrons(system.pair_degeneracy))
        )

    def _cold(self, system: System, temperature: Array, field: Array) -> Averages:
        """T = 0 from the ground multiplets of the N that matter, all states elsewhere.

        What a sum up to an accuracy leaves out has no weight at T = 0. Where levels of large blocks are only
        estimated, the estimates stay.
        """
        from quasispin.ensembles import cold

        is_cold = temperature == 0.0
        there, rest = np.flatnonzero(is_cold), np.flatnonzero(~is_cold)
        found = replace(self, accuracy=AT_ZERO)._averages(system, temperature[there], field[there])
        found = replace(found, window=None)
        if not any(np.any(left) for left in (found.error, *found.bounds.values(), *found.estimates.values())):
            found = replace(found, error=None, bounds={}, estimates={})
        if not rest.size:
            return found
        whole = self._averages(system, temperature[rest], field[rest])
        order = np.argsort(np.concatenate([there, rest]), kind="stable")
        return cold.joined([found, whole]).mapped(lambda array: array[order])

    def _estimate_cold(self, system: System, temperature: Array) -> Estimate | None:
        if not self._is_cold_sought(system) or (temperature != 0.0).any():
            return None
        return replace(self, accuracy=AT_ZERO)._estimate(system, temperature, np.zeros_like(temperature))

    def _free(self, system: System, numbers: range, temperature: Array, field: Array) -> Averages:
        """Electrons that do not pair: at each point the likely N, all others being rarer than 10⁻²⁰."""
        from quasispin.ensembles import free_sum
        from quasispin.ensembles.statistics import FixedPotential, average

        reservoir = self._reservoir(system)
        check_points(temperature.size, 8.0 * (system.pair_degeneracy + 2 * len(system.shells) + 14))
        potential = reservoir.chemical_potential if isinstance(reservoir, FixedPotential) else None
        parts = []
        for x in range(temperature.size):
            heat, strength = temperature[x : x + 1], field[x : x + 1]
            low, high = free_sum.likely_numbers(system, potential, float(heat[0]), abs(float(strength[0])))
            some = [n for n in numbers if low <= n <= high]
            parts.append(average(free_sum.fixed_number(system, some, heat, strength), heat, reservoir))
        return joined(parts)

    def _chunk(self, system: System, numbers: range, temperature: Array, field: Array) -> Averages:
        from quasispin.ensembles.statistics import average, fixed_number

        reservoir = self._reservoir(system)
        if self.accuracy is not None and not self._is_closed(system):
            from quasispin.ensembles import window

            return window.averages(
                window.Request(system, numbers, reservoir, temperature, field, self.accuracy)
            )
        return average(fixed_number(system, numbers, temperature, field), temperature, reservoir)


@dataclass(frozen=True)
class GrandCanonical(_OpenEnsemble):
    """All electron numbers N = 0 … 2M, exchanged with a reservoir: Ξ = Σ_N e^{βμN} Z_N, exactly.

    Without `chemical_potential` μ is such that ⟨N⟩ is the system's number of electrons, and

        C = β²[Var U − Cov(U,N)²/Var N],     χ = β[Var m − Cov(m,N)²/Var N]

    are those at this fixed ⟨N⟩; with it they are T ∂S/∂T = β² Var(U − μN) and β Var m at fixed μ. The free
    energy is Ω + μ⟨N⟩.

    Parameters
    ----------
    system
        A `System` or a `Family`.
    chemical_potential
        μ, in the unit of the coupling; then the system's own number of electrons has no meaning.
    accuracy
        Several shells: None sums over all states of all N. A number between 0 and 1 takes only a window of N,
        and in each N only the levels that matter: what is left out is together at most that share of Ξ, and
        of ⟨|N − ⟨N⟩|⟩ where ⟨N⟩ is held, by a rigorous bound (`ensembles.window`). `Averages.bounds` says
        what F, U, C, χ and μ (at given μ ⟨N⟩) may miss, `Averages.window` which N were summed. Large blocks
        and one shell are as in `Canonical`.

    Raises
    ------
    InputError
        If `chemical_potential` is not finite, or `accuracy` does not lie in (0, 1).
    SizeError
        If the sums at the points asked for, or the blocks that matter, would fill the memory.

    Notes
    -----
    Many shells (blocks of more than 5000 states): at T = 0 the ground multiplets of the N that matter are all
    that is solved.

    T → 0: an even ⟨N⟩ has a plateau of μ, whose middle is given, and P(N) = 1; where pairing makes an odd N
    unfavourable it is ½(N−1) + ½(N+1). For ⟨N⟩ = 0 and 2M there is one state and no μ: it is NaN.
    """

    chemical_potential: float | None = None
    name: ClassVar[str] = "grand canonical"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.chemical_potential is not None:
            object.__setattr__(
                self, "chemical_potential", finite("chemical_potential", self.chemical_potential)
            )

    def _numbers(self, system: System) -> range:
        return range(2 * system.pair_degeneracy + 1)

    def _reservoir(self, system: System) -> MeanElectrons | FixedPotential:
        from quasispin.ensembles.statistics import FixedPotential, MeanElectrons

        if self.chemical_potential is None:
            return MeanElectrons(system.electrons)
        return FixedPotential(self.chemical_potential)


@dataclass(frozen=True)
class NumberParity(_OpenEnsemble):
    """The grand canonical ensemble restricted to electron numbers of the parity of N, at ⟨N⟩ = N.

    Ξ = Σ e^{βμN'} Z_N' over the N' ≡ N (mod 2), with μ from ⟨N'⟩ = N; C and χ are those at fixed ⟨N⟩.
    A grain that exchanges pairs only. At ⟨N⟩ = 0, 1, 2M − 1 and 2M a single number is left: P(N) = 1 and the
    chemical potential is NaN.

    Parameters
    ----------
    system
        A `System` or a `Family`.
    accuracy
        As in `GrandCanonical`.

    Raises
    ------
    InputError
        If `accuracy` does not lie in (0, 1).
    SizeError
        If the sums over all N at the points asked for would fill the memory.
    """

    name: ClassVar[str] = "number parity"

    def _numbers(self, system: System) -> range:
        return range(system.electrons % 2, 2 * system.pair_degeneracy + 1, 2)

    def _reservoir(self, system: System) -> MeanElectrons | FixedPotential:
        from quasispin.ensembles.statistics import MeanElectrons

        return MeanElectrons(system.electrons)


def _points_per_chunk(system: System, numbers: int, points: int) -> int:
    pairs, shells = system.pair_degeneracy, len(system.shells)
    per_point = 8.0 * numbers * (2 * (pairs + 1) + 4 * shells + 30)
    what = f"`system` with each of {numbers} electron numbers of {pairs} pairs at one point"
    check_memory(what, per_point, instead="fewer pairs fit, or `Canonical`")
    check_points(points, 8.0 * (pairs + 2 * shells + 14))
    return max(1, int(CHUNK_BYTES // per_point))


def joined(parts: Sequence[Averages]) -> Averages:
    """The points of all parts, one after the other."""
    first = parts[0]
    values: dict[str, Any] = {item.name: getattr(first, item.name) for item in fields(Averages)}
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            values[name] = np.concatenate([getattr(part, name) for part in parts])
    values["bounds"] = _joined_bounds([(part.free_energy.size, part.bounds) for part in parts])
    values["estimates"] = _joined_bounds([(part.free_energy.size, part.estimates) for part in parts])
    return Averages(**values)


def _joined_bounds(parts: Sequence[tuple[int, Mapping[str, Array]]]) -> dict[str, Array]:
    """The same for bounds by name; 0 in a part where nothing was left to be bounded."""
    names = dict.fromkeys(name for _, bounds in parts for name in bounds)
    return {
        name: np.concatenate([bounds.get(name, np.zeros(size)) for size, bounds in parts]) for name in names
    }
