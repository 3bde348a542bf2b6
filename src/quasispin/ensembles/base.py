"""What all ensembles share: a system (or a family of them), a grid of points, checked input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array, Averages
from quasispin.errors import (
    InputError,
    SizeError,
    UndefinedError,
    broadcast,
    check_points,
    finite,
    real_array,
    shown,
)
from quasispin.system.family import Family
from quasispin.system.system import System

if TYPE_CHECKING:
    from quasispin.spectrum.counting import Estimate


@dataclass(frozen=True)
class Ensemble(ABC):
    """A way in which heat and field fill the levels of a `System`."""

    system: System | Family
    name: ClassVar[str]
    """The label in datasets and tables; with hyphens its word in run files and on the command line."""
    legend: ClassVar[str] = ""
    """A shorter one for pictures; the name if empty."""
    is_approximate: ClassVar[bool] = False
    """Whether it leaves out correlations, and is drawn dotted beside the others."""
    kernels: ClassVar[str] = "sums"
    """What it needs compiled for one shell: the exact sums, or the mean field."""
    alone: ClassVar[str] = "its number of electrons fluctuates; Canonical has N−1, N and N+1 exactly"
    """Why it has no free energies of N−1 and N+1 electrons beside that of N; empty if it has."""

    def __post_init__(self) -> None:
        if not isinstance(self.system, (System, Family)):
            raise InputError(
                f"`system` must be a System or a Family, but is {shown(self.system)}.", self.system
            )
        if isinstance(self.system, Family) and self.system.is_tilted:
            raise InputError(
                f"`system` must be a Family of Systems, but is {shown(self.system)} of tilted shells: "
                "use `ExactDiagonalisation`.",
                self.system,
            )
        if isinstance(self.system, System):
            self._check(self.system)

    def averages(self, temperature: npt.ArrayLike, field: npt.ArrayLike = 0.0) -> Averages:
        """All thermal averages at k_BT = `temperature` ≥ 0 and μ_BB = `field`, which broadcast.

        Parameters
        ----------
        temperature
            k_BT as an energy, ≥ 0; T = 0 is the average over the ground multiplet.
        field
            ω = μ_BB as an energy, any sign.

        Raises
        ------
        InputError
            If a temperature is negative, a value not finite, or the shapes do not broadcast.
        SizeError
            If the grid would fill the memory.
        UndefinedError
            If the ensemble holds a `Family`: use `sweep`, or one of `family.members()`.
        """
        system = self._one_system()
        heat, strength = broadcast(
            temperature=real_array("temperature", temperature, low=0.0), field=real_array("field", field)
        )
        check_points(heat.size, 8.0 * (16 + system.pair_degeneracy))
        flat = self._averages(
            system, np.ascontiguousarray(heat).ravel(), np.ascontiguousarray(strength).ravel()
        )
        return flat.reshaped(heat.shape)

    def estimate(self, temperature: npt.ArrayLike | None = None, field: npt.ArrayLike = 0.0) -> Estimate:
        """Memory (bytes), rough time (s) and block sizes of the spectrum; nothing is diagonalised.

        The spectrum serves every temperature and field. One shell has closed forms and needs none, a mean
        field neither: all is 0. With `accuracy=` it is only what seems to matter at these temperatures and
        fields, by the bounds of its energies: the hotter, the more; and so it is of a large `Canonical` where
        the ground multiplet is all. What is too large to be listed is counted: then this is a lower bound.

        Parameters
        ----------
        temperature, field
            As in `averages`, where it matters; without a temperature all levels, or T = 0 for `accuracy=`.

        Raises
        ------
        InputError
            As `averages`.
        UndefinedError
            If the ensemble holds a `Family`.
        """
        system = self._one_system()
        heat, strength = broadcast(
            temperature=real_array("temperature", 0.0 if temperature is None else temperature, low=0.0),
            field=real_array("field", field),
        )
        if temperature is not None and (cold := self._estimate_cold(system, heat.ravel())) is not None:
            return cold
        return self._estimate(system, heat.ravel(), strength.ravel())

    def of(self, system: System) -> Self:
        """The same ensemble of another system."""
        return replace(self, system=system)

    @classmethod
    def kind(cls) -> str:
        """The name of the class, by which files know it."""
        return cls.__name__

    @classmethod
    def short(cls) -> str:
        """The name in a picture."""
        return cls.legend or cls.name

    @classmethod
    def options_of(cls) -> tuple[str, ...]:
        """What can be chosen besides the system."""
        return tuple(item.name for item in fields(cls) if item.name != "system")

    @property
    def options(self) -> dict[str, Any]:
        """What was chosen besides the system, by name."""
        values = {name: getattr(self, name) for name in self.options_of()}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def leaves_out(self) -> bool:
        """Whether states are left out up to an accuracy, so that averages have bounds."""
        return False

    @property
    def is_searched(self) -> bool:
        """Whether a minimum is searched for: `averages(…).uncertified` may then be above 0."""
        return False

    @property
    def number_varies(self) -> bool:
        """Whether the number of electrons fluctuates."""
        return True

    @classmethod
    def shares_weights(cls, system: object) -> bool:
        """Whether points of one ω/T have work in common, and every point the same bits in any company."""
        del system
        return False

    def _estimate(self, system: System, temperature: Array, field: Array) -> Estimate:
        """What the spectrum takes; nothing, of an ensemble without one."""
        from quasispin.spectrum.counting import Estimate

        del system, temperature, field
        return Estimate(0.0, 0.0, 0, 0)

    def _estimate_cold(self, system: System, temperature: Array) -> Estimate | None:
        """The same at temperatures at which this ensemble needs no spectrum."""
        del system, temperature
        return None

    def _check(self, system: System) -> None:  # noqa: B027 - most ensembles hold any system
        """Raise if this ensemble cannot hold `system`."""

    @abstractmethod
    def _averages(self, system: System, temperature: Array, field: Array) -> Averages:
        """Averages at the points of two arrays of shape (X,)."""

    def _one_system(self) -> System:
        if isinstance(self.system, Family):
            raise UndefinedError(
                "A Family holds several systems: use `sweep`, an observable, or one of `family.members()`.",
                self.system,
            )
        return self.system


@dataclass(frozen=True)
class SummedEnsemble(Ensemble):
    """An ensemble that sums over the levels of its electron numbers: all of them, or up to an accuracy."""

    accuracy: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.accuracy is not None:
            object.__setattr__(self, "accuracy", finite("accuracy", self.accuracy))
        if self.accuracy is not None and not 0.0 < self.accuracy < 1.0:
            raise InputError(f"`accuracy` must lie between 0 and 1, but is {self.accuracy}.", self.accuracy)

    @property
    def leaves_out(self) -> bool:
        """Whether an accuracy was asked for."""
        return self.accuracy is not None

    @abstractmethod
    def _numbers(self, system: System) -> Sequence[int]:
        """The electron numbers that take part."""

    @abstractmethod
    def _foreseen(self, system: System, temperature: Array, field: Array, accuracy: float) -> Estimate:
        """What several shells take up to this accuracy, at the points of two arrays of shape (X,)."""

    def _is_closed(self, system: System) -> bool:
        """Whether all states are summed without a spectrum: one shell, or many without a coupling."""
        from quasispin.ensembles.statistics import is_recursive

        return system.is_single_shell or is_recursive(system, self._numbers(system))

    def _estimate(self, system: System, temperature: Array, field: Array) -> Estimate:
        if system.is_single_shell:
            return super()._estimate(system, temperature, field)
        if self._is_closed(system):
            from quasispin.spectrum import free

            return free.estimate(system, self._numbers(system), temperature.size)
        from quasispin.spectrum import counting
        from quasispin.spectrum.sectors import estimate

        try:
            if self.accuracy is not None:
                return self._foreseen(system, temperature, field, self.accuracy)
            return estimate(system, self._numbers(system))
        except SizeError:  # not even a list fits
            return counting.at_least(
                [shell.pair_degeneracy for shell in system.shells], self._numbers(system)
            )
