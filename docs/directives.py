"""Directives that write from the objects, at build time, so that nothing has to be kept in step by hand.

`observable` and `observable-table` read `quasispin.observables`, `command` reads click. All stand inside
`eval-rst`, since they write reStructuredText.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click
from docstrings import as_rst
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from quasispin.cli.app import main
from quasispin.observables import ALL, BY_NAME, ENERGY, AdditionObservable, Observable

AXES = {"shell": "one value for each shell", "seniority": "one value for each ν = 0 … M"}
UNITS = {"1": "a number", "k_B": "in :math:`k_B`", "mu_B": r"in :math:`\mu_B`", ENERGY: "an energy"}
WIDTH = 88
"""Columns of a help page."""


class Written(SphinxDirective):
    """A directive that writes text, to be parsed where it stands."""

    def text(self) -> Iterable[str]:
        """The lines."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Parse them."""
        return self.parse_text_to_nodes("\n".join(self.text()))


class ObservableTable(Written):
    """All observables in one table: name, symbol, unit, and what it is."""

    def text(self) -> Iterator[str]:
        """One row each."""
        yield from (".. list-table::", "   :header-rows: 1", "   :widths: 34 16 22 28", "")
        yield from _row("observable", "symbol", "unit", "in words")
        for one in ALL:
            link = f":py:data:`~quasispin.{one.name}`"
            yield from _row(link, f":math:`{one.symbol}`", _unit(one), one.long_name)


class ObservableEntry(Written):
    """One observable, by its public name."""

    required_arguments = 1

    def text(self) -> Iterator[str]:
        """Its symbol, unit, axis and equation."""
        one = BY_NAME[self.arguments[0].removeprefix("quasispin.")]
        yield f".. py:data:: quasispin.{one.name}"
        yield ""
        yield f"   {one.long_name[0].upper()}{one.long_name[1:]} :math:`{one.symbol}`, {_unit(one)}."
        if one.axis is not None:
            yield f"   On a trailing axis ``{one.axis}``: {AXES[one.axis]}."
        if isinstance(one, AdditionObservable):
            yield "   Canonical ensemble only."
        yield ""
        yield f"   {as_rst(one.equation)}"


class Command(SphinxDirective):
    """What a command says with `--help`; without a name the whole program."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """As a block of text."""
        context = click.Context(main, info_name="quasispin", **main.context_settings)
        for name in self.arguments:
            context = click.Context(main.commands[name], info_name=name, parent=context)
        context.max_content_width = context.terminal_width = WIDTH
        text = context.command.get_help(context)
        return [nodes.literal_block(text, text, language="text")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register them."""
    app.add_directive("observable-table", ObservableTable)
    app.add_directive("observable", ObservableEntry)
    app.add_directive("command", Command)
    return {"parallel_read_safe": True}


def _row(first: str, *others: str) -> Iterator[str]:
    yield f"   * - {first}"
    for cell in others:
        yield f"     - {cell}"


def _unit(one: Observable) -> str:
    return UNITS.get(one.unit, "in " + one.unit.replace("mu_B^2", r":math:`\mu_B^2`"))
