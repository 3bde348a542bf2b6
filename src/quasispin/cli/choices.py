"""The words of the command line and what they stand for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from quasispin.errors import InputError, shown

if TYPE_CHECKING:
    from quasispin.ensembles.base import Ensemble
    from quasispin.system.shell import Shell

ENSEMBLES: Final = {
    "canonical": ("quasispin.ensembles.canonical", "Canonical"),
    "grand-canonical": ("quasispin.ensembles.grand_canonical", "GrandCanonical"),
    "number-parity": ("quasispin.ensembles.grand_canonical", "NumberParity"),
    "mean-field": ("quasispin.ensembles.mean_field", "MeanField"),
}
"""Kinds of ensemble: where each is at home (loading it is left to the command that needs it)."""


def ensemble_class(kind: str) -> type[Ensemble]:
    """The class that a kind names."""
    module, name = ENSEMBLES[kind]
    found: type[Ensemble] = getattr(importlib.import_module(module), name)
    return found


def shell(text: str) -> Shell:
    """Read `orbital:5`, `hemisphere:4`, `spin:11` or `moments:1,2,3`, with `@0.7` for an energy."""
    from quasispin.system.shell import Shell

    form, _, energy = text.partition("@")
    kind, _, value = form.partition(":")
    try:
        numbers = [float(part) for part in value.split(",")]
        data = {kind: numbers if kind == "moments" else numbers[0], "energy": float(energy or 0.0)}
        if kind != "moments" and len(numbers) > 1:
            raise ValueError
    except ValueError:
        raise InputError(
            "`shell` must look like orbital:5, hemisphere:4, spin:11, moments:1,2,3 or orbital:5@0.7, "
            f"but is {shown(text)}.",
            text,
        ) from None
    return Shell.from_dict(data)
