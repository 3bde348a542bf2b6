"""A declarative set of systems: one constructor, some of whose arguments are lists."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quasispin.errors import InputError, SizeError, shown
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.system.tilted_shell import TiltedShell

MAX_MEMBERS = 100_000
"""Building more systems than this takes longer than anybody waits for a constructor."""


@dataclass(frozen=True, init=False, repr=False)
class Family:
    """Systems, or tilted shells, that differ in the arguments given as lists; each is a dimension of a sweep.

    Parameters
    ----------
    build
        What makes one of them, for example `System.single_shell` or `TiltedShell`.
    arguments
        Its keyword arguments; a list, tuple, range or 1-d array varies, anything else is common to all.

    Raises
    ------
    InputError
        If nothing varies, a list is empty or holds a value twice, systems and tilted shells are mixed, or one
        of them is impossible: then the message names its values.

    Examples
    --------
    >>> family = Family(System.single_shell, shell=Shell.orbital(5), electrons=[9, 10, 11], gap_scale=1.0)
    >>> family.dimensions
    {'electrons': (9, 10, 11)}
    >>> family.shape
    (3,)
    >>> Family(TiltedShell, orbital=2, electrons=4, coupling=0.4, deformation=1.2, angle=[0.0, 0.8])
    <Family of 2 systems: angle=[0.0, 0.8]>
    """

    build: Callable[..., System | TiltedShell]
    common: tuple[tuple[str, Any], ...]
    varied: tuple[tuple[str, tuple[Any, ...]], ...]

    def __init__(self, build: Callable[..., System | TiltedShell], /, **arguments: Any) -> None:
        if not callable(build):
            raise InputError(f"`build` must make a System from keywords, but is {shown(build)}.", build)
        for name, value in arguments.items():
            if _varies(value) and len(value) > MAX_MEMBERS:
                raise SizeError(
                    f"`{name}` must hold at most {MAX_MEMBERS} values, but holds {len(value)}.", value
                )
        lists = {name: tuple(_plain(v) for v in value) for name, value in arguments.items() if _varies(value)}
        for name, values in lists.items():
            if not values:
                raise InputError(f"`{name}` must hold at least one value, but is empty.", values)
            if len(set(values)) < len(values):
                raise InputError(
                    f"`{name}` must not hold a value twice, but is {shown(list(values))}.", values
                )
        if not lists:
            raise InputError(
                "A Family needs at least one list among its arguments; else use a System.", arguments
            )
        common = tuple((name, value) for name, value in arguments.items() if name not in lists)
        object.__setattr__(self, "build", build)
        object.__setattr__(self, "common", common)
        object.__setattr__(self, "varied", tuple(lists.items()))
        if (size := math.prod(self.shape)) > MAX_MEMBERS:
            raise SizeError(
                f"A Family must hold at most {MAX_MEMBERS} systems, but this one holds {size}.", size
            )
        kinds = {type(member) for _, member in self.members()}  # cheap, and finds every impossible one now
        if len(kinds) > 1:
            raise InputError(
                "A Family must hold only systems or only tilted shells, but this one holds both.", kinds
            )

    @property
    def dimensions(self) -> Mapping[str, tuple[Any, ...]]:
        """The lists, by name."""
        return dict(self.varied)

    @property
    def shape(self) -> tuple[int, ...]:
        """Their lengths."""
        return tuple(len(values) for _, values in self.varied)

    @property
    def is_tilted(self) -> bool:
        """Whether the members are `TiltedShell`s, which `ExactDiagonalisation` alone can hold."""
        return isinstance(next(self.members())[1], TiltedShell)

    def members(self) -> Iterator[tuple[dict[str, Any], Any]]:
        """Every `System` or `TiltedShell` with the values that make it, the last list running fastest."""
        names = [name for name, _ in self.varied]
        for values in itertools.product(*(values for _, values in self.varied)):
            chosen = dict(zip(names, values, strict=True))
            yield chosen, self._member(chosen)

    def _member(self, chosen: dict[str, Any]) -> System | TiltedShell:
        try:
            system = self.build(**dict(self.common), **chosen)
        except InputError as error:
            where = ", ".join(f"{name}={value}" for name, value in chosen.items())
            raise InputError(f"At {where}: {error}", error.value) from None
        except TypeError as error:
            raise InputError(f"`build` does not take these arguments: {error}.", chosen) from None
        if not isinstance(system, (System, TiltedShell)):
            raise InputError(
                f"`build` must make a System or a TiltedShell, but makes {shown(system)}.", system
            )
        return system

    def __repr__(self) -> str:
        lists = ", ".join(f"{name}={shown(list(values))}" for name, values in self.varied)
        return f"<Family of {math.prod(self.shape)} systems: {lists}>"


def _varies(value: Any) -> bool:
    return isinstance(value, (list, tuple, range)) or (isinstance(value, np.ndarray) and value.ndim == 1)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (Shell, str, int, float)):
        return value
    raise InputError(f"A list in a Family must hold numbers or shells, but holds {shown(value)}.", value)
