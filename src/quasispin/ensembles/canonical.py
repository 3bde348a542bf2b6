"""The canonical ensemble: exactly N electrons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.base import SummedEnsemble
from quasispin.ensembles.ground import Jump, ground_steps
from quasispin.ensembles.levels import Levels, levels
from quasispin.ensembles.statistics import canonical_averages, fixed_number
from quasispin.system.system import System

if TYPE_CHECKING:
    from quasispin.spectrum.counting import Estimate


@dataclass(frozen=True)
class Canonical(SummedEnsemble):
    """Exactly N electrons: Z = Σ_ν D_ν(βω) e^{−βE_ν} (eq. 6); for several shells the sum over their sectors.

    Parameters
    ----------
    system
        A `System`, or a `Family` of them.
    accuracy
        Several shells: None sums over all states. A number between 0 and 1 leaves out what is together at
        most that share of Z, by a rigorous bound, and `Averages.bounds` says what F, U, C and χ may miss.
        Of blocks too large to be diagonalised the lowest levels are summed; what that leaves out is at most
        `accuracy` too by an estimate (not a bound), and stands apart in `Averages.estimates`. One shell is
        exact in any case.

    Raises
    ------
    InputError
        If `accuracy` does not lie in (0, 1).

    Notes
    -----
    Many shells (blocks of more than 5000 states): at T = 0 the ground multiplet alone is sought and certified
    by bounds (`ensembles.cold`); below the gap too, where all else is less than 10⁻¹⁶ of Z and
    `Averages.error` and `estimates` say so. Shells of equal energy and equal couplings cost least as one.

    One shell: every average is right to a relative 10⁻¹² for any temperature and field, however small it is
    (checked against ball arithmetic by ``quasispin verify``). Kuzmenko, Mikhajlov and Frauendorf,
    arXiv:cond-mat/0002030, eqs. (4)–(10).

    Examples
    --------
    >>> from quasispin.system.shell import Shell
    >>> grain = System.single_shell(Shell.orbital(5), electrons=10, gap_scale=1.0)
    >>> float(Canonical(grain).averages(0.0, 0.0).pair_energy.round(12))
    -6.363636363636
    """

    name: ClassVar[str] = "canonical"
    alone: ClassVar[str] = ""

    @property
    def number_varies(self) -> bool:
        """Never."""
        return False

    def _averages(self, system: System, temperature: Array, field: Array) -> Averages:
        if self.accuracy is not None and not self._is_closed(system):
            from quasispin.ensembles import truncated

            return truncated.averages(system, temperature, field, self.accuracy)
        if self._is_closed(system) or not self._is_cold_sought(system):
            return self._whole(system, temperature, field)
        return self._cold(system, temperature, field)

    def _is_cold_sought(self, system: System) -> bool:
        from quasispin.ensembles import cold

        return cold.is_large(system)

    def _estimate_cold(self, system: System, temperature: Array) -> Estimate | None:
        from quasispin.ensembles import cold

        if self.accuracy is not None or self._is_closed(system) or not cold.is_large(system):
            return None
        return cold.estimate(system) if cold.may_be_cold(system, temperature).all() else None

    def _whole(self, system: System, temperature: Array, field: Array) -> Averages:
        return canonical_averages(fixed_number(system, [system.electrons], temperature, field), temperature)

    def _cold(self, system: System, temperature: Array, field: Array) -> Averages:
        """The ground multiplet where that is all, all states elsewhere."""
        from quasispin.ensembles import cold

        points = np.flatnonzero(cold.may_be_cold(system, temperature))
        if not points.size:
            return self._whole(system, temperature, field)
        found, done = cold.averages(system, temperature[points], field[points])
        where = points[done]
        rest = np.setdiff1d(np.arange(temperature.size), where)
        if found is None:
            return self._whole(system, temperature, field)
        if not rest.size:
            return found
        whole = self._whole(system, temperature[rest], field[rest])
        order = np.argsort(np.concatenate([where, rest]), kind="stable")
        return cold.joined([found, whole]).mapped(lambda array: array[order])

    @classmethod
    def shares_weights(cls, system: object) -> bool:
        """In one shell, whose weights are functions of ω/T."""
        return isinstance(system, System) and system.is_single_shell

    def _foreseen(self, system: System, temperature: Array, field: Array, accuracy: float) -> Estimate:
        from quasispin.ensembles import truncated

        return truncated.estimate(system, temperature, field, accuracy)

    def _numbers(self, system: System) -> list[int]:
        return [system.electrons]

    def levels(self) -> Levels:
        """The many-body spectrum in zero field: energies, seniorities, moments, exact degeneracies."""
        system = self._one_system()
        return levels(system, [system.electrons])

    def ground_steps(self) -> list[Jump]:
        """Fields ω > 0 at which the moment of the ground state jumps, with the moments before and after.

        What `System.crossing_fields` is for one shell, for any shells: the corners of the lower envelope of
        E_0({ν_s}) − ω·m_top({ν_s}), to some 10⁻¹¹ of the largest energy.

        Raises
        ------
        SizeError
            If there are more than 5000 seniority tuples.
        UndefinedError
            If the ensemble holds a `Family`.

        Examples
        --------
        >>> from quasispin.system.shell import Shell
        >>> fence = System([Shell([1.0], float(k)) for k in range(4)], electrons=4, coupling=0.5)
        >>> [round(step.field, 4) for step in Canonical(fence).ground_steps()]
        [0.9115, 1.7707]
        """
        return ground_steps(self._one_system())
