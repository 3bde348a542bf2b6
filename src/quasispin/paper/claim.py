"""A claim of the paper, what was measured about it, and the verdict that follows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

Numbers = Mapping[str, float]
"""Measured numbers by name; each name says what it is."""


class Verdict(Enum):
    """What the measured numbers say about a statement of the paper."""

    HOLDS = "holds"
    CORRECTED = "holds with correction"
    FAILS = "does not hold"


@dataclass(frozen=True)
class Claim:
    """One statement of the paper with the computation and the criterion that test it."""

    identifier: str
    statement: str
    """Quoted from the paper, or close to its words."""
    where: str
    """Figure, equation or passage of arXiv:cond-mat/0002030."""
    criterion: str
    """The criterion as a sentence; `judge` is the same in code."""
    compute: Callable[[], Numbers]
    judge: Callable[[Numbers], Verdict]
    comment: str = ""
    """What to know about it; {names} are filled in with the measured numbers."""
    figure: str | None = None
    """Stem of the figure that shows it."""
    kind: str = "claim"
    """`claim` (what the paper finds), `erratum` (what it prints or leaves out), `question` (what is open)."""


@dataclass(frozen=True)
class Result:
    """A claim with its measured numbers and verdict."""

    claim: Claim
    numbers: Numbers
    verdict: Verdict

    @property
    def comment(self) -> str:
        """The claim's comment with the measured numbers filled in."""
        return re.sub(r"\{([^{}]+)\}", lambda name: shown(self.numbers[name[1]]), self.claim.comment)


def examine(claim: Claim) -> Result:
    """Measure, then judge."""
    numbers = dict(claim.compute())
    return Result(claim, numbers, claim.judge(numbers))


def decide(
    literally: Callable[[Numbers], bool], corrected: Callable[[Numbers], bool] | None = None
) -> Callable[[Numbers], Verdict]:
    """A judge: holds if `literally`, else holds with correction if `corrected`, else does not hold.

    Comparisons with a number that could not be measured (NaN) are false, so it never speaks for a claim.
    """

    def judge(numbers: Numbers) -> Verdict:
        if literally(numbers):
            return Verdict.HOLDS
        if corrected is not None and corrected(numbers):
            return Verdict.CORRECTED
        return Verdict.FAILS

    return judge


def within(value: float, target: float, relative: float) -> bool:
    """Whether |value − target| ≤ relative·|target|."""
    return abs(value - target) <= relative * abs(target)


def shown(value: float) -> str:
    """A number as the tables print it: four significant digits."""
    if math.isinf(value) or math.isnan(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "undefined")
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}".replace("-", "−")
    mantissa, _, exponent = f"{value:.4g}".replace("-", "−").partition("e")
    return (
        f"{mantissa}·10^{exponent.replace('+', '').replace('−0', '−').lstrip('0')}" if exponent else mantissa
    )
