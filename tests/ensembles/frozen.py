"""An ensemble of one file, as somebody might add it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.base import Ensemble
from quasispin.ensembles.canonical import Canonical
from quasispin.system.system import System


@dataclass(frozen=True)
class Frozen(Ensemble):
    """N electrons that keep the lowest temperature they ever had.

    Parameters
    ----------
    system
        A `System` or a `Family`.
    accuracy
        Handed on to `Canonical`.
    """

    accuracy: float | None = None
    name: ClassVar[str] = "frozen in"
    legend: ClassVar[str] = "frozen"
    is_approximate: ClassVar[bool] = True

    def _averages(self, system: System, temperature: Array, field: Array) -> Averages:
        return Canonical(system, self.accuracy).averages(np.zeros_like(temperature), field)
