"""The points of a sweep: ensembles under distinct names, temperatures, fields, and a family's lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.ensembles.base import Ensemble
from quasispin.errors import InputError, real_array, shown, text
from quasispin.observables import check_ensemble
from quasispin.system.family import Family
from quasispin.system.system import System

CHUNK = 4096
"""Points evaluated at a time, at most: enough to fill the kernels, few enough for a bar to move."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Every temperature with every field."""

    temperature: Array
    """Shape (t,)."""
    field: Array
    """Shape (f,)."""
    scalars: tuple[str, ...]
    """Which of the two were plain numbers: they become scalar coordinates instead of dimensions."""

    @classmethod
    def of(cls, temperature: npt.ArrayLike, field: npt.ArrayLike) -> Grid:
        """Check that both are numbers or 1-d."""
        axes = {
            "temperature": real_array("temperature", temperature, low=0.0),
            "field": real_array("field", field),
        }
        for name, axis in axes.items():
            if axis.ndim > 1:
                raise InputError(f"`{name}` must be a number or 1-d, but has shape {axis.shape}.", axis)
            if np.unique(axis).size < axis.size:
                raise InputError(f"`{name}` must not hold a value twice, but is {shown(axis)}.", axis)
        scalars = tuple(name for name, axis in axes.items() if axis.ndim == 0)
        return cls(np.atleast_1d(axes["temperature"]), np.atleast_1d(axes["field"]), scalars)

    @property
    def shape(self) -> tuple[int, int]:
        """(t, f)."""
        return len(self.temperature), len(self.field)

    @property
    def size(self) -> int:
        """t · f."""
        return len(self.temperature) * len(self.field)


def named(ensembles: Sequence[Ensemble], label: str | Sequence[str] | None) -> dict[str, Ensemble]:
    """The ensembles under distinct names: the user's, or as short as tells them apart."""
    if not ensembles:
        raise InputError("`ensembles` must hold at least one ensemble, but is empty.", ensembles)
    for ensemble in ensembles:
        check_ensemble(ensemble)
    names = _distinct(ensembles) if label is None else _given(label, len(ensembles))
    return dict(zip(names, ensembles, strict=True))


def dimensions(ensembles: Sequence[Ensemble]) -> Mapping[str, tuple[Any, ...]]:
    """The lists of the family that all of them hold; nothing for plain systems."""
    lists = [one.system.dimensions if isinstance(one.system, Family) else {} for one in ensembles]
    for other in lists[1:]:
        if other != lists[0]:
            raise InputError(
                "All ensembles of one sweep must hold Families with the same lists or all plain Systems, "
                f"but one has {shown(dict(lists[0])) if lists[0] else 'a System'} "
                f"and another {shown(dict(other)) if other else 'a System'}.",
                other,
            )
    for name in lists[0]:
        if name in {"ensemble", "temperature", "field", "seniority"}:
            raise InputError(f"`{name}` must not be the name of a list in a Family: the sweep uses it.", name)
    return lists[0]


def _given(label: str | Sequence[str], count: int) -> list[str]:
    names: list[Any] = list(label) if isinstance(label, (list, tuple)) else [label]
    if not all(isinstance(name, str) and name for name in names):
        raise InputError(f"`label` must hold non-empty strings, but is {shown(label)}.", label)
    for name in names:
        text("label", name)
    if len(names) != count:
        raise InputError(
            f"`label` must hold one name for each of {count} ensembles, but holds {len(names)}.", label
        )
    if len(set(names)) < count:
        raise InputError(f"`label` must not hold a name twice, but is {shown(names)}.", label)
    return names


def _distinct(ensembles: Sequence[Ensemble]) -> list[str]:
    tails: list[Callable[[Ensemble], str]] = [_nothing, _choices, _number, _number_and_choices, _everything]
    for tail in tails:
        names = [", ".join(filter(None, (ensemble.name, tail(ensemble)))) for ensemble in ensembles]
        if len(set(names)) == len(names):
            return names
    raise InputError(
        "`ensembles` must differ from each other, but one is given twice; name them by `label`.", names
    )


def _nothing(ensemble: Ensemble) -> str:
    del ensemble
    return ""


def _choices(ensemble: Ensemble) -> str:
    return ", ".join(f"{name}={value}" for name, value in ensemble.options.items())


def _number(ensemble: Ensemble) -> str:
    return f"N={ensemble.system.electrons}" if isinstance(ensemble.system, System) else ""


def _number_and_choices(ensemble: Ensemble) -> str:
    return ", ".join(filter(None, (_number(ensemble), _choices(ensemble))))


def _everything(ensemble: Ensemble) -> str:
    return ", ".join(filter(None, (repr(ensemble.system).strip("<>"), _choices(ensemble))))
