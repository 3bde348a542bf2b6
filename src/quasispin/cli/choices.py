"""The words of the command line and what they stand for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from quasispin.cli.words import same_name
from quasispin.errors import InputError, shown
from quasispin.system.texts import plain_number

if TYPE_CHECKING:
    from quasispin.ensembles.mean_field_shells import Blocked
    from quasispin.system.shell import Shell

KINDS: Final = ("orbital", "hemisphere", "spin", "moments", "jj")
"""Kinds of shell."""


def shell(text: str, energy_unit: str | None = None, magneton: str | None = None) -> Shell:
    """Read `orbital:5`, `hemisphere:4`, `spin:11`, `moments:1,2,3` or `jj:11/2,0.35`, `@0.7` for an energy.

    The second number of `jj` is its g factor, 1 if left out. The energy may have a unit, `@0.7meV`.
    """
    from quasispin.cli.quantities import energy_of
    from quasispin.system.shell import Shell

    form, _, energy = text.partition("@")
    kind, _, value = form.partition(":")
    kind = same_name(kind, KINDS) or kind
    try:
        if kind not in KINDS:
            raise ValueError
        first, *more = value.split(",")
        numbers = [_half(first) if kind == "jj" else _number(first), *map(_number, more)]
        height = energy_of("shell", energy, energy_unit) if energy else 0.0
        data: dict[str, Any] = {kind: numbers if kind == "moments" else numbers[0], "energy": height}
        if kind == "jj" and len(numbers) == 2:
            data["g_factor"] = numbers[1]
        elif kind != "moments" and len(numbers) > 1:
            raise ValueError
    except ValueError:
        raise InputError(
            "`shell` must look like orbital:5, hemisphere:4, spin:11, moments:1,2,3, jj:11/2 or "
            f"orbital:5@0.7, but is {shown(text)}.",
            text,
        ) from None
    return Shell.from_dict(data if magneton is None else data | {"magneton": magneton})


def blocked(text: str) -> Blocked:
    """Read the level that an odd electron blocks, `2` for the first pair of shell 2 or `2:1`, from 0."""
    from quasispin.ensembles.mean_field_shells import Blocked

    found = re.fullmatch(r"(\d{1,9})(?::(\d{1,9}))?", text, re.ASCII)
    if found is None:
        raise InputError(
            f"`blocked` must be the number of a shell, or SHELL:PAIR, both from 0, but is {shown(text)}.",
            text,
        )
    return Blocked(int(found[1]), int(found[2] or 0))


def _half(text: str) -> float:
    """Read `11/2` or `5.5`."""
    whole, slash, two = text.partition("/")
    if slash and two.strip() != "2":
        raise ValueError
    return _number(whole) / 2 if slash else _number(whole)


def _number(text: str) -> float:
    found = plain_number(text)
    if found is None:
        raise ValueError
    return found
