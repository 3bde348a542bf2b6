"""The numbers of the panel as tables of HTML: observables at one point, and the facts about the box."""

from __future__ import annotations

import html
from typing import Final

from quasispin.errors import QuasispinError
from quasispin.explorer import pictures
from quasispin.explorer.box import Box, box
from quasispin.explorer.compute import Series
from quasispin.explorer.state import State
from quasispin.facts import Quantity
from quasispin.observables import BY_NAME

UNITS: Final = ("laboratory", "scaled", "si", "gaussian")
"""How the key of a fact ends that stands there in another unit too."""
SHORT: Final = 12
"""Letters of a label that need no room of their own."""
MOST_STEPS: Final = 6
"""Of a longer list the first ones and the last are shown."""


def facts(place: Box) -> str:
    """The facts about a box."""
    rows: list[list[Quantity]] = []
    for one in place.facts:  # the same in another unit stands beside it
        is_same = rows and one.symbol and _stem(one.key) == _stem(rows[-1][0].key)
        if is_same:
            rows[-1].append(one)
        else:
            rows.append([one])
    words = html.escape(place.title)
    listed = "".join(map(_row, rows))
    return f"<p>{words}</p><table class='qs-table qs-list' aria-label='The box in numbers'>{listed}</table>"


def _stem(key: str) -> str:
    """The key of a fact without its unit."""
    stem, _, unit = key.rpartition("_")
    return stem if unit in UNITS else key


def _row(same: list[Quantity]) -> str:
    values = " =<br>".join(html.escape(f"{one.text(MOST_STEPS)} {one.unit}".strip()) for one in same)
    words = pictures.subscripts(
        html.escape("; ".join(filter(None, dict.fromkeys(one.formula for one in same))))
    )
    symbols = " = ".join(dict.fromkeys(html.escape(one.symbol or one.key.replace("_", " ")) for one in same))
    is_shell = same[0].key.startswith("shell_")
    name = _label(same[0].symbol) if is_shell else pictures.subscripts(symbols)
    cells = f"<th scope=row>{name}</th><td>{values}"
    return f"<tr>{cells}<br><span class=w>{words}</span></td></tr>"


def numbers(found: list[Series] | QuasispinError, state: State) -> str:
    """Observables of each ensemble at one point, as a table."""
    if isinstance(found, QuasispinError):
        return f"<p>{html.escape(str(found))}</p>"
    place = box(state)
    kinds = list(dict.fromkeys(one.ensemble for one in found))
    names = list(dict.fromkeys(one.observable for one in found))
    at = {(one.ensemble, one.observable): one for one in found}
    head = "".join(f"<th scope=col>{pictures.NAMES[kind]}</th>" for kind in kinds)
    rows = [f"<tr><th></th>{head}</tr>"]
    for name in names:
        unit = pictures.subscripts(html.escape(pictures.unit(name, place)))
        symbol = pictures.subscripts(pictures.SYMBOLS[name])
        label = f"{symbol} <span class=w>{unit}</span>"
        title = BY_NAME[name].long_name
        if name == "shell_gap":  # a row for each shell, so that a long label stands at its value
            for s, one in enumerate(pictures.labels(state)):
                own = f"{symbol} {_label(one)} <span class=w>{unit}</span>"
                cells = "".join(_cell(at[kind, name], place, s) for kind in kinds)
                rows.append(f'<tr><th scope=row title="{title}">{own}</th>{cells}</tr>')
            continue
        cells = "".join(_cell(at[kind, name], place) for kind in kinds)
        rows.append(f'<tr><th scope=row title="{title}">{label}</th>{cells}</tr>')
    return f"<table class=qs-table aria-label=Observables>{''.join(rows)}</table>"


def _label(text: str) -> str:
    """What a file calls a shell, however long: in the lines that it takes, beside its value."""
    if len(text) <= SHORT:
        return html.escape(text)
    return f"<span class=qs-label>{html.escape(text)}</span>"


def _cell(one: Series, place: Box, shell: int | None = None) -> str:
    if one.values is None:
        return f'<td class=n title="{html.escape(one.reason, quote=True)}">–</td>'
    values = one.values.ravel().tolist()
    values = values if shell is None else [values[shell]]
    words = "<br>".join(f"{pictures.shown_value(one.observable, value, place):.6g}" for value in values)
    return f"<td class=n>{words.replace('inf', '∞').replace('-', '−')}</td>"
