"""Which ensembles there are: one line for each.

Whoever lists, names, draws or computes ensembles asks here: a new one is a file of its own and a line below.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from quasispin.ensembles.base import Ensemble

HOMES: Final[dict[str, str]] = {
    "canonical": "quasispin.ensembles.canonical:Canonical",
    "grand-canonical": "quasispin.ensembles.grand_canonical:GrandCanonical",
    "number-parity": "quasispin.ensembles.grand_canonical:NumberParity",
    "mean-field": "quasispin.ensembles.mean_field:MeanField",
}
"""By the word of run files, of the command line and of the explorer's address: where the class is at home."""


def ensemble_class(word: str) -> type[Ensemble]:
    """The class that a word names, loaded now."""
    module, _, name = HOMES[word].partition(":")
    found: type[Ensemble] = getattr(importlib.import_module(module), name)
    return found


def classes() -> Mapping[str, type[Ensemble]]:
    """All of them, by their words."""
    return {word: ensemble_class(word) for word in HOMES}


def in_words(words: Sequence[str]) -> str:
    """`one, another or a third`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def takers(option: str) -> list[str]:
    """The words of those that have this option."""
    return [word for word, one in classes().items() if option in one.options_of()]
