"""One measured deviation between the package and an oracle, with the tolerance it is held to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

UNDERFLOW = 1e-280
"""Smaller numbers are compared as zeros: a double near 10⁻³⁰⁸ has no digits to compare."""


class Point(NamedTuple):
    """A temperature and a field."""

    temperature: float
    field: float


@dataclass(frozen=True)
class Deviation:
    """The worst deviation of one quantity over some points."""

    check: str
    """What was compared: an ensemble and an oracle."""
    quantity: str
    worst: float
    tolerance: float
    points: int
    where: str
    """The system, T and ω of the worst point."""

    @property
    def is_above(self) -> bool:
        """Whether it exceeds the tolerance (a NaN does)."""
        return not self.worst <= self.tolerance


class Sample(NamedTuple):
    """One comparison at one point."""

    check: str
    quantity: str
    deviation: float
    tolerance: float
    where: str


def relative(value: float, reference: float, underflow: float = UNDERFLOW) -> float:
    """|value − reference|/|reference|; zeros and underflows must agree as such."""
    if abs(reference) < underflow:
        return 0.0 if abs(value) < 10 * underflow else math.inf
    return abs(value - reference) / abs(reference)


def worst(samples: Iterable[Sample]) -> Iterator[Deviation]:
    """Gather samples by check and quantity, in the order of their first appearance."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.check, sample.quantity), []).append(sample)
    for (check, quantity), group in groups.items():
        top = max(group, key=lambda s: math.inf if math.isnan(s.deviation) else s.deviation / s.tolerance)
        yield Deviation(check, quantity, top.deviation, top.tolerance, len(group), top.where)
