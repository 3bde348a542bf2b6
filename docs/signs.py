"""Indices and exponents in formulas that are written as text: Δ_c, E_{ν+2}, 10^−3."""

from __future__ import annotations

import re
from collections.abc import Callable

EXPONENT = re.compile(r"\^(\{[^{}]*\}|−?[0-9·]+|[a-zν])")
INDEX = re.compile(
    # one letter, with a bar, a hat or a dagger
    r"((?:(?:(?<![A-Za-zα-ω])|(?<=_[A-Z]))[A-Za-z]|[^\W\d_A-Za-z])[\u0304\u0302⁺]?)"
    r"_(\{[^{}]*\}|[a-zα-ω0-9]+\u0304?'?|[A-Z])"
)


def raised(text: str, mark: Callable[[str], str]) -> str:
    """Exponents put through `mark`."""
    return EXPONENT.sub(lambda found: mark(found[1].strip("{}").replace("_", "")), text)


def lowered(text: str, mark: Callable[[str], str]) -> str:
    """Indices put through `mark`."""
    return INDEX.sub(lambda found: found[1] + mark(found[2].strip("{}")), text)
