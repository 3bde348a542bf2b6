"""Types of the options: names in any case, lists with commas, numbers in ASCII."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem

from quasispin.system.texts import plain_number

if TYPE_CHECKING:
    Type = click.ParamType[Any]
else:
    Type = click.ParamType  # takes no parameter before click 8.2

__all__ = ["METAL", "REAL", "WHOLE", "Names", "flat", "same_name"]


def same_name(text: str, known: Iterable[str]) -> str | None:
    """The one of these names that is meant: in any case, with ``-`` or ``_``."""
    meant: Mapping[str, str] = {_bare(name): name for name in known}
    return meant.get(_bare(text))


def _bare(name: str) -> str:
    return name.strip().casefold().replace("-", "_")


def flat(ctx: click.Context, param: click.Parameter, given: Iterable[tuple[str, ...]]) -> list[str]:
    """The names of an option that may be repeated and holds lists, each once."""
    del ctx, param
    return list(dict.fromkeys(name for names in given for name in names))


class Names(Type):
    """One or several of some names, separated by commas."""

    name = "name"

    def __init__(self, known: Collection[str], *, one: bool = False) -> None:
        self.known, self.one = known, one

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | tuple[str, ...]:
        """The names as we write them."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        parts = [value] if self.one else [part for part in value.split(",") if part.strip()]
        found = []
        for part in parts or [value]:
            name = same_name(part, self.known)
            if name is None:
                self.fail(f"{part.strip()!r} is not one of {', '.join(map(repr, self.known))}.", param, ctx)
            found.append(name)
        return found[0] if self.one else tuple(found)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names that begin so; of a list its last one."""
        del ctx, param
        head, comma, last = incomplete.rpartition(",") if not self.one else ("", "", incomplete)
        return [
            CompletionItem(f"{head}{comma}{name}")
            for name in self.known
            if _bare(name).startswith(_bare(last))
        ]


class _Whole(Type):
    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """A whole number; Python would take digits of every script."""
        if isinstance(value, int):
            return value
        if re.fullmatch(r"[+-]?\d{1,400}", str(value).strip(), re.ASCII):
            return int(value)
        number = plain_number(str(value))
        if number is None or not number.is_integer():
            self.fail(f"{value!r} is not a valid integer.", param, ctx)
        return int(number)


class _Real(Type):
    name = "float"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """A number; Python would take digits of every script."""
        number = value if isinstance(value, float) else plain_number(str(value))
        if number is None:
            self.fail(f"{value!r} is not a valid float.", param, ctx)
        return float(number)


class _Metal(Type):
    name = "symbol"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """A symbol of the periodic table in any case; whether we know it is not asked here."""
        del param, ctx
        return str(value).strip().capitalize() if str(value).strip().isalpha() else str(value)


WHOLE: Final = _Whole()
REAL: Final = _Real()
METAL: Final = _Metal()
