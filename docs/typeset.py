"""Formulas that are written as text, on every page: the c of Δ_c becomes an index, the −3 of 10^−3 is raised.

Sources, docstrings and messages write so because terminals and GitHub show them so. Code is left alone, and
so are names of more than one letter before the underscore. A number stays on one line with its unit, and a
formula with the stop behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

EXPONENT = r"\^(?P<exponent>\{[^{}]*\}|−?[0-9·]+|[a-zν])"
INDEX = (
    # after one letter, with a bar, a hat, a tilde or a dagger
    r"(?P<letter>(?:(?:(?<![A-Za-z])|(?<=_[A-Z]))[A-Za-z]|[^\W\d_A-Za-z])[\u0302\u0303\u0304⁺]?)"
    r"_(?P<index>\{[^{}]*\}|±|−?[a-zα-ωΣ0-9]+\u0304?'?[↑↓]?|[A-Z][a-z]*)"
)
MARKED = re.compile(f"{EXPONENT}|{INDEX}")
UNITS = r"ns|µs|ms|s|KiB|MiB|GiB|MB|GB|nm|mK|K|mT|T|meV|MeV|eV|G|%"
TOGETHER = re.compile(rf"(?<=[0-9]) (?=(?:{UNITS})(?!\w))|(?<=\b[^\W\d_]) = (?=[−.0-9])")
"""A number and its unit, a letter and its number."""
STOP = re.compile(r"[.,;:!?)’”\]']+")
CODE = (
    *(nodes.FixedTextElement, nodes.literal, nodes.math, nodes.math_block, nodes.raw, nodes.comment),
    *(addnodes.desc_signature, addnodes.literal_strong, addnodes.literal_emphasis),
)


class Formulas(SphinxPostTransform):
    """Indices and exponents."""

    default_priority = 500

    def run(self, **_: Any) -> None:
        """On one page."""
        for text in list(self.document.findall(nodes.Text)):
            if _is_code(text):
                continue
            whole = TOGETHER.sub(lambda found: found[0].replace(" ", "\u00a0"), text)
            parent, place = text.parent, _place(text)
            stop = STOP.match(whole)
            if stop and place and isinstance(formula := parent[place - 1], nodes.math):
                whole = whole[stop.end() :]
                parent[place - 1] = nodes.inline("", "", formula, nodes.Text(stop[0]), classes=["kept"])
            if whole != text or MARKED.search(whole):
                parent[place : place + 1] = list(_set(whole))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register it."""
    app.add_post_transform(Formulas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _is_code(node: nodes.Node) -> bool:
    while node is not None:
        if isinstance(node, CODE):
            return True
        node = node.parent
    return False


def _place(text: nodes.Text) -> int:
    return next(place for place, child in enumerate(text.parent) if child is text)  # others may say the same


def _set(text: str) -> Iterator[nodes.Node]:
    end = 0
    for found in MARKED.finditer(text):
        yield nodes.Text(text[end : found.start()] + (found["letter"] or ""))
        kind = nodes.superscript if found["exponent"] else nodes.subscript
        yield kind("", "", *_set((found["exponent"] or found["index"]).strip("{}")))
        end = found.end()
    yield nodes.Text(text[end:])
