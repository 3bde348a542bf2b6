"""What a sweep asks for, checked: which systems in which ensembles, at which points, measured how."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy.typing as npt

from quasispin.ensembles.base import Ensemble
from quasispin.errors import InputError, shown
from quasispin.magneton import Magneton, common
from quasispin.observables import BOUNDS, BY_NAME, ESTIMATES, SHARES, UNCERTIFIED, WINDOW, Observable
from quasispin.sweep.grid import Grid, dimensions, named
from quasispin.sweep.laboratory import checked_unit
from quasispin.system.family import Family


@dataclass(frozen=True, eq=False)
class Cell:
    """One system in one ensemble."""

    row: int
    """Place of the ensemble."""
    member: int
    """Place of the system in the family, 0 without one."""
    label: str
    values: Mapping[str, Any]
    """What the family chose."""
    ensemble: Ensemble
    system: Any


@dataclass(frozen=True, eq=False)
class Request:
    """All arguments of a sweep but those that say how it is run."""

    names: Mapping[str, Ensemble]
    """The ensembles by their labels."""
    family: Mapping[str, tuple[Any, ...]]
    """The lists of their family, by name."""
    grid: Grid
    observables: tuple[Observable, ...]
    energy_unit: str | None = None

    @classmethod
    def of(
        cls,
        ensembles: Sequence[Ensemble],
        temperature: npt.ArrayLike,
        field: npt.ArrayLike,
        observables: Observable | Sequence[Observable],
        label: str | Sequence[str] | None,
        energy_unit: str | None,
    ) -> Request:
        """Check everything that the user gave; nothing is computed."""
        chosen, unit = checked(observables), checked_unit(energy_unit)
        grid, names, lists = Grid.of(temperature, field), named(ensembles, label), dimensions(ensembles)
        chosen += _left_out(chosen, ensembles)
        for one in chosen:
            if one.name in lists:
                raise InputError(
                    f"`{one.name}` must not be the name of a list in a Family: it is an observable.", lists
                )
        request = cls(names, lists, grid, chosen, unit)
        _ = request.magneton  # refuses a mixture before anything is computed
        return request

    @cached_property
    def magneton(self) -> Magneton:
        """In which the moments of all systems are.

        Raises
        ------
        InputError
            If there are two.
        """
        return common((cell.system.magneton for cell in self.cells), "All systems of one sweep")

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the axes: ensemble, the family's lists, temperature, field."""
        return ("ensemble", *self.family, "temperature", "field")

    @property
    def shape(self) -> tuple[int, ...]:
        """Their lengths; a plain number counts as an axis of one entry."""
        return (len(self.names), *(len(values) for values in self.family.values()), *self.grid.shape)

    @property
    def members(self) -> int:
        """Systems in the family, 1 without one."""
        return math.prod(self.shape[1:-2])

    @property
    def points(self) -> int:
        """Evaluations: ensembles times systems times temperatures times fields."""
        return math.prod(self.shape)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every system in every ensemble, in the order of the axes."""
        return tuple(
            cell for row, (label, one) in enumerate(self.names.items()) for cell in _cells(row, label, one)
        )

    @cached_property
    def tails(self) -> Mapping[str, tuple[int, ...]]:
        """The length of each observable's own axis, by its name; empty where it has none."""
        return {one.name: self._tail(one) for one in self.observables}

    @property
    def point_bytes(self) -> float:
        """What the result takes for one point."""
        return 8.0 * sum(math.prod(tail) for tail in self.tails.values())

    def _tail(self, observable: Observable) -> tuple[int, ...]:
        if observable.axis is None:
            return ()
        if observable.axis == "shell":
            return (max(len(cell.system.shells) for cell in self.cells),)
        return (max(cell.system.pair_degeneracy for cell in self.cells) + 1,)


def checked(observables: Observable | Sequence[Observable]) -> tuple[Observable, ...]:
    """The observables as a tuple, each of them once."""
    if isinstance(observables, Observable):
        return (observables,)
    if isinstance(observables, str):
        raise InputError(_named(observables), observables)
    chosen = tuple(observables) if isinstance(observables, Sequence) else ()
    if not chosen:
        raise InputError(
            f"`observables` must hold at least one observable, but is {shown(observables)}.", observables
        )
    for one in chosen:
        if not isinstance(one, Observable):
            raise InputError(_named(one), one)
    if len({one.name for one in chosen}) < len(chosen):
        raise InputError(
            f"`observables` must not hold one twice, but is {shown([o.name for o in chosen])}.", chosen
        )
    return chosen


def _named(given: object) -> str:
    if isinstance(given, str) and given in BY_NAME:
        advice = f": give the object quasispin.{given} instead of its name"
    else:
        advice = ""
    return f"`observables` must hold observables such as quasispin.gap, but holds {shown(given)}{advice}."


def _left_out(chosen: Sequence[Observable], ensembles: Sequence[Ensemble]) -> tuple[Observable, ...]:
    """What is left out where an ensemble leaves states out: of what is observed, and of the whole sum.

    Besides, how far a mean field of several shells may be from its minimum.
    """
    searched = any(one.is_searched for one in ensembles)
    uncertified = (UNCERTIFIED,) if searched else ()
    truncated = [one for one in ensembles if one.leaves_out]
    if not truncated:
        return uncertified
    bounded = [table[one.name] for one in chosen for table in (BOUNDS, ESTIMATES) if one.name in table]
    varies = any(one.number_varies for one in truncated)
    return (*bounded, *SHARES, *(WINDOW if varies else ()), *uncertified)


def _cells(row: int, label: str, ensemble: Ensemble) -> Iterator[Cell]:
    if not isinstance(ensemble.system, Family):
        yield Cell(row, 0, label, {}, ensemble, ensemble.system)
        return
    for i, (chosen, system) in enumerate(ensemble.system.members()):
        yield Cell(row, i, label, chosen, ensemble, system)
