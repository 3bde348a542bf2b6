"""What a spectrum would take, from counting alone: before any list is made and any block is solved.

The number of eigenstates, of seniority tuples and the size of the largest block follow from the pair
degeneracies M_s and N by products of polynomials. They bound memory and time from both sides: from below to
refuse at once what cannot be held, from above to say what surely can.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from quasispin import machine
from quasispin.parallel import cores
from quasispin.spectrum import bounds
from quasispin.spectrum import pairing_matrix as block
from quasispin.spectrum.blocks import dense_bytes

FLOPS = 8e9
"""Of one core in a dense eigenproblem of 4D³ operations, for the estimate of the time."""
HUGE = 10**90
"""Counts are cut off here, so that their cubes stay within a double."""


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
    """Number of eigenstates (without multiplicities) of N electrons in shells of M_s pairs.

    Every {p_s, ν_s} of N electrons is one: the coefficient of t^N in Π_s Σ_ν t^ν (1 + t² + … + t^{2(M_s−ν)}).
    """
    ways = np.array([1], dtype=object)
    for pairs in degeneracies:
        # 2p + ν = n with p + ν ≤ M: ν ≡ n (mod 2), ν ≤ min(n, 2M − n)
        shell = np.array([min(n, 2 * pairs - n) // 2 + 1 for n in range(2 * pairs + 1)], dtype=object)
        ways = np.convolve(ways, shell)[: electrons + 1]
    return int(ways[electrons])


def count_tuples(degeneracies: Sequence[int], electrons: int) -> int:
    """Number of {ν_s} with ν_s ≤ M_s and Σν_s ≡ N (mod 2), Σν_s ≤ min(N, 2M − N)."""
    most = min(electrons, 2 * sum(degeneracies) - electrons)
    ways = np.array([1], dtype=object)
    for pairs in degeneracies:
        ways = np.convolve(ways, np.ones(pairs + 1, dtype=object))[: most + 1]
    return int(sum(ways[most % 2 : most + 1 : 2]))


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
    memory = _listed(degeneracies, tuples) + dense_bytes(min(largest, HUGE))
    return Estimate(memory, repeats * 4.0 * float(min(largest, HUGE)) ** 3 / FLOPS, 1, largest, tuples)


def at_most(degeneracies: Sequence[int], numbers: Sequence[int], uniform: bool) -> float:
    """An upper bound of the memory in bytes: no two tuples share a block, and none falls in two."""
    shells = len(degeneracies)
    states = sum(count_states(degeneracies, number) for number in numbers)
    largest = min(max(_largest(degeneracies, number) for number in numbers), HUGE)
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
        scaled = _scaled(degeneracies, middle, numbers)
        does_fit = at_most(*scaled, uniform) <= machine.allowed()
        fits, fails = (middle, fails) if does_fit else (fits, middle)
    some, fewer = _scaled(degeneracies, fits, numbers)
    which = f"{fewer[0]} electrons" if len(numbers) == 1 else f"all their {len(fewer)} electron numbers"
    clause = f"the first {len(some)} of these shells with {which} fit" if fits > 1 else "one shell alone fits"
    if max(count_tuples(degeneracies, number) for number in numbers) > bounds.MAX_TUPLES:
        return clause
    return f"{clause}, and so may averages with `accuracy=1e-6` at a low `temperature`"


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
    return sum(count_tuples(degeneracies, number) for number in numbers)


def _listed(degeneracies: Sequence[int], tuples: int) -> float:
    """Memory of the tuples: the keys of their blocks are tuples of Python, and one place for every shell."""
    return float(min(tuples, HUGE)) * (1000 + 60 * len(degeneracies))
