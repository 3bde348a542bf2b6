"""What a spectrum would take, from counting alone: before any list is made and any block is solved.

The number of eigenstates, of seniority tuples and the size of the largest block follow from the pair
degeneracies M_s and N by products of polynomials. They bound memory and time from both sides: from below to
refuse at once what cannot be held, from above to say what surely can.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from quasispin import machine
from quasispin.parallel import cores
from quasispin.spectrum import bounds
from quasispin.spectrum import pairing_matrix as block
from quasispin.spectrum.blocks import dense_bytes

FLOPS = 8e9
"""Of one core in a dense eigenproblem of 4D³ operations, for the estimate of the time."""
PLANNING, SETTING_UP = 5e-5, 7e-4
"""Seconds, on one core, to place a seniority tuple in its block, and to set up the operators of blocks with
the same rooms: more than the eigenproblems of few large shells."""
HUGE = block.HUGE


class Estimate(NamedTuple):
    """What a spectrum takes."""

    memory: float
    """Bytes, of what is kept and of the largest blocks under way together."""
    seconds: float
    """Rough wall time on all cores."""
    blocks: int
    """Distinct blocks to be diagonalised."""
    largest: int
    """States of the largest matrix."""
    tuples: int = 0
    """Seniority tuples that these blocks serve."""


def count_states(degeneracies: Sequence[int], electrons: int) -> int:
    """Number of eigenstates (without multiplicities) of N electrons in shells of M_s pairs, up to `HUGE`.

    Every {p_s, ν_s} of N electrons is one. Those of one shell are p ≤ p + ν ≤ M with 2p + ν = n, two numbers
    in order: the coefficient of t^n in (1−t^{M+1})(1−t^{M+2})/(1−t)(1−t²), which is the same for 2M − n.
    """
    most = min(electrons, 2 * sum(degeneracies) - electrons)
    if block.count_tuples(degeneracies, electrons) == HUGE:  # there is a state for each at least
        return HUGE
    ways = [1] + [0] * most
    for pairs in degeneracies:
        sums = list(accumulate(ways))
        ways = [value - (sums[i - pairs - 1] if i > pairs else 0) for i, value in enumerate(sums)]
        ways = [value - (ways[i - pairs - 2] if i > pairs + 1 else 0) for i, value in enumerate(ways)]
        for i in range(2, most + 1):
            ways[i] += ways[i - 2]
    return min(ways[most], HUGE)


count_tuples = block.count_tuples


def at_least(degeneracies: Sequence[int], numbers: Sequence[int]) -> Estimate:
    """A lower bound of what the spectra of these electron numbers take; the time is that of one block.

    At best the largest block, which must be half filled for that, is its own mirror image and falls in two.
    """
    largest = repeats = 0
    for number in numbers:
        pairs, room = number // 2, sum(degeneracies) - number % 2
        whole = _largest(degeneracies, number)
        is_half_filled = 2 * pairs == room and len(degeneracies) > 2
        size = (whole + 1) // 2 if is_half_filled else whole
        if size > largest:
            largest, repeats = size, 1 + is_half_filled
    tuples = _all_tuples(degeneracies, numbers)
    memory = _listed(degeneracies, tuples) + dense_bytes(largest)
    return Estimate(memory, repeats * 4.0 * float(largest) ** 3 / FLOPS, 1, largest, tuples)


def at_most(degeneracies: Sequence[int], numbers: Sequence[int], uniform: bool) -> float:
    """An upper bound of the memory in bytes: no two tuples share a block, and none falls in two."""
    shells = len(degeneracies)
    states = sum(count_states(degeneracies, number) for number in numbers)
    largest = max(_largest(degeneracies, number) for number in numbers)
    rows = 0 if uniform else shells  # of the coupling matrix, at most
    kept = 8.0 * min(states, HUGE) * (2 + shells + rows)
    one = dense_bytes(largest)
    under_way = max(one, min(machine.allowed(), cores() * one))
    return kept + under_way + _listed(degeneracies, _all_tuples(degeneracies, numbers))


def instead(degeneracies: Sequence[int], numbers: Sequence[int], uniform: bool) -> str:
    """What fits in place of shells that do not: the most of them at the same filling, as a clause."""
    fits, fails = 1, len(degeneracies)  # one shell has closed forms
    while fails - fits > 1:
        middle = (fits + fails) // 2
        does_fit = _does_fit(*_scaled(degeneracies, middle, numbers), uniform)
        fits, fails = (middle, fails) if does_fit else (fits, middle)
    some, fewer = _scaled(degeneracies, fits, numbers)
    which = f"{fewer[0]} electrons" if len(numbers) == 1 else f"all their {len(fewer)} electron numbers"
    clause = f"the first {len(some)} of these shells with {which} fit" if fits > 1 else "one shell alone fits"
    if max(count_tuples(degeneracies, number) for number in numbers) > bounds.MAX_TUPLES:
        return clause
    return f"{clause}, and so may averages with `accuracy=1e-6` at a low `temperature`"


def _does_fit(degeneracies: Sequence[int], numbers: Sequence[int], uniform: bool) -> bool:
    """Whether `at_most` is allowed; the fullest number alone settles most cases."""
    fullest = min(numbers, key=lambda number: abs(number - sum(degeneracies)))
    return all(
        at_most(degeneracies, some, uniform) <= machine.allowed() for some in ([fullest], list(numbers))
    )


def _scaled(
    degeneracies: Sequence[int], shells: int, numbers: Sequence[int]
) -> tuple[Sequence[int], Sequence[int]]:
    """The first shells at the same filling, with as many pairs broken at least."""
    some = degeneracies[:shells]
    if len(numbers) > 1:
        step = 2 if all((other - numbers[0]) % 2 == 0 for other in numbers) else 1
        return some, range(numbers[0] % step, 2 * sum(some) + 1, step)
    return some, [round(numbers[0] * sum(some) / sum(degeneracies))]


def _largest(degeneracies: Sequence[int], electrons: int) -> int:
    """States of the largest block: that with the fewest unpaired electrons, 0 or 1.

    One pair less and two rooms less leave fewer states: a pair added to the first of these rooms maps all of
    them to different ones.
    """
    if electrons % 2 == 0:
        return block.dimension(degeneracies, electrons // 2)
    found = 0
    for pairs in set(degeneracies):
        rest = list(degeneracies)
        rest[rest.index(pairs)] -= 1
        found = max(found, block.dimension(rest, electrons // 2))
    return found


def _all_tuples(degeneracies: Sequence[int], numbers: Sequence[int]) -> int:
    return min(sum(count_tuples(degeneracies, number) for number in numbers), HUGE)


def _listed(degeneracies: Sequence[int], tuples: int) -> float:
    """Memory of the tuples: the keys of their blocks are tuples of Python, and one place for every shell."""
    return float(tuples) * (1000 + 60 * len(degeneracies))
