"""The lowest many-body levels of any system, also of one whose spectrum is too large to be listed.

Seniority tuples are solved in the order of a lower bound of their energies (`spectrum.search`), until the
bounds of all others lie above the last level that is asked for: then no tuple can hold another. Blocks of
up to `WHOLE` states are diagonalised. Of larger ones the lowest level is enclosed (`spectrum.lowest`, for
couplings that are not negative), and the others are found by Lanczos steps: the i-th of them is an upper
bound of the i-th level, rank by rank, and the first a lower bound of all. Without a coupling the levels are
sums of single-particle energies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as option
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.ensembles.levels import tuple_moments
from quasispin.errors import InputError, finite, integer, shown
from quasispin.spectrum import lowest
from quasispin.spectrum import pairing_matrix as matrices
from quasispin.spectrum.lowest import EPS, LowBlock
from quasispin.spectrum.search import Search
from quasispin.spectrum.sectors import some_sectors
from quasispin.system.staircase import pair_number, seniorities
from quasispin.system.system import System

Integers = npt.NDArray[np.int64]

MOST = 1000
"""Levels that may be asked for."""
NARROW = 1e-9
"""Of the energies in the system: a level whose bounds are nearer than this is certified."""
MANY = 1_000_000
"""States of a block above which fewer of the like are solved for better bounds."""
SHOWN = 30
"""Rows of a repr."""


@dataclass(frozen=True, eq=False, repr=False)
class LowestLevels:
    """The lowest levels of N electrons, rising in energy; arrays of one length L, S shells.

    In zero field a row is a level with all its moments together, in a field ω one of its moments m: it lies
    at E − ωm. Levels of different seniorities that coincide are rows of their own.
    """

    system: System
    field: float
    """ω."""
    energy: Array
    """E − ωm, shape (L,)."""
    low: Array
    """Rigorous lower bound of each energy, shape (L,)."""
    high: Array
    """Rigorous upper bound of each energy, shape (L,)."""
    seniority: Integers
    """{ν_s} of every shell, shape (L, S)."""
    moment: Array
    """m in magnetons; in zero field the largest of the level, shape (L,)."""
    degeneracy: npt.NDArray[Any] = option(repr=False)
    """Number of states, Python integers, exact, shape (L,)."""

    @cached_property
    def excitation(self) -> Array:
        """Energy above the first level, shape (L,)."""
        return np.asarray(self.energy - self.energy[:1])

    @cached_property
    def certified(self) -> npt.NDArray[np.bool_]:
        """Whether the bounds of a level lie within 10⁻⁹ of the energies in the system, shape (L,).

        Where one is not, Lanczos steps have found it above the lowest level of a block of more than 1000
        states; others of that block, below or above it, may be missing.
        """
        scale = sum(2 * shell.pair_degeneracy * abs(shell.energy) for shell in self.system.shells)
        scale += float(np.abs([self.energy, self.high]).max()) + 1e-300
        return np.asarray(self.high - self.low <= NARROW * scale)

    def to_dicts(self) -> list[dict[str, Any]]:
        """A row for each level, as plain numbers."""
        names = ("energy", "low", "high", "moment")
        return [
            {name: float(getattr(self, name)[k]) for name in names}
            | {
                "seniority": self.seniority[k].tolist(),
                "degeneracy": int(self.degeneracy[k]),
                "certified": bool(self.certified[k]),
            }
            for k in range(len(self))
        ]

    def __str__(self) -> str:
        """The table of the repr without its brackets."""
        return "\n".join(self._lines())

    def __len__(self) -> int:
        return int(self.energy.size)

    def __repr__(self) -> str:
        """A table."""
        which = "level" if len(self) == 1 else f"{len(self)} levels"
        head = f"<The lowest {which} of {self.system.electrons} electrons at ω = {self.field:g}:"
        return "\n".join([head, *self._lines()]) + ">"

    def _lines(self) -> list[str]:
        rows = [
            (
                "E − ωm" if self.field else "E",
                "above",
                "seniorities",
                "m" if self.field else "largest m",
                "states",
                "",
            )
        ]
        for k in range(min(len(self), SHOWN)):
            rows.append(
                (
                    f"{self.energy[k]:.8g}",
                    f"{self.excitation[k]:.6g}",
                    _tuple_in_words(self.seniority[k].tolist()),
                    f"{self.moment[k]:g}",
                    str(self.degeneracy[k]),
                    "" if self.certified[k] else f"not certified, at least {self.low[k]:.8g}",
                )
            )
        widths = [max(len(row[c]) for row in rows) for c in range(len(rows[0]))]
        lines = [
            "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        return [*lines, *([f"… and {len(self) - SHOWN} more"] if len(self) > SHOWN else [])]


def lowest_levels(system: System, count: int = 10, field: float = 0.0) -> LowestLevels:
    """The `count` lowest many-body levels of a system of any size, with bounds.

    Energies are eigenvalues of H = Σ ε_s n̂_s − Σ G_ss' A⁺_s A_s' − ω m̂. `Canonical(system).levels()` lists
    all; here only what lies lowest is solved.

    Parameters
    ----------
    system
        Shells, electrons, coupling.
    count
        How many levels, from 1 to 1000; all of them where there are fewer.
    field
        ω = μ_B B as an energy, any sign. In zero field the moments of a level make one row.

    Returns
    -------
    LowestLevels
        Energies with rigorous bounds, seniorities of every shell, moments, degeneracies.

    Raises
    ------
    InputError
        If `system` is no System, `count` is not a whole number from 1 to 1000 or `field` not finite.
    SizeError
        If a block that must be solved would take more memory than the machine allows, or too many seniority
        tuples may lie as low.

    Notes
    -----
    Bounds: L. Collatz, Math. Z. 48, 221 (1942), doi:10.1007/BF01180013; H. Wielandt, Math. Z. 52, 642 (1950),
    doi:10.1007/BF02230720, for the lowest level of a large block; the backward error of LAPACK for blocks
    that are diagonalised.

    Examples
    --------
    >>> from quasispin.system.shell import Shell
    >>> fence = System([Shell([1.0], float(k)) for k in range(4)], electrons=4, coupling=0.5)
    >>> found = lowest_levels(fence, count=3)
    >>> found.energy.round(6).tolist()
    [0.635548, 2.458619, 2.935381]
    >>> found.seniority.tolist()
    [[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    """
    if not isinstance(system, System):
        raise InputError(f"`system` must be a System, but is {shown(system)}.", system)
    number = integer("count", count, low=1, high=MOST)
    strength = finite("field", field)
    if system.is_single_shell:
        rows = _single(system, abs(strength), number)
    else:
        rows = _Seeker(system, abs(strength), number).rows()
    rows = sorted(rows, key=lambda row: (row.energy, row.seniority, -row.moment))[:number]
    sign = -1.0 if strength < 0 else 1.0
    return LowestLevels(
        system=system,
        field=strength,
        energy=np.array([row.energy for row in rows]),
        low=np.array([row.low for row in rows]),
        high=np.array([row.high for row in rows]),
        seniority=np.array([row.seniority for row in rows], dtype=np.int64),
        moment=np.array([sign * row.moment for row in rows]) + 0.0,
        degeneracy=np.array([row.degeneracy for row in rows], dtype=object),
    )


class _Row(NamedTuple):
    energy: float
    low: float
    high: float
    seniority: tuple[int, ...]
    moment: float
    degeneracy: int


@dataclass
class _Known:
    """What is known of one tuple."""

    tuple_: Integers
    bound: float
    """Lower bound of E − ω·(top moment)."""
    size: int
    """States of its block."""
    moments: list[tuple[float, int]]
    levels: list[tuple[float, float, float]]
    """Energy, lower and upper bound of its lowest levels, without the field."""


class _Seeker:
    """What is known of the lowest levels of several shells."""

    def __init__(self, system: System, strength: float, count: int) -> None:
        self.system, self.strength, self.count = system, strength, count
        size = matrices.dimension([shell.pair_degeneracy for shell in system.shells], system.electrons // 2)
        self.search = Search(system, system.electrons, strength, around=2 if size <= MANY else 1)
        self.is_free = not np.any(system.coupling_matrix)
        self.known: dict[tuple[int, ...], _Known] = {}
        self.last = np.inf
        """Upper bound of the last level that is asked for, infinite where not so many are known."""

    def rows(self) -> list[_Row]:
        """All rows up to the last that is asked for, and some more."""
        total = matrices.count_tuples(self.search.pairs.tolist(), self.system.electrons)
        limit, step = self.search.least, self._first_step()
        self._solve(self.search.first(), self.search.least)
        while True:
            candidates = self.search.below(limit)
            for tuple_, bound in zip(candidates.seniorities, candidates.lowest.tolist(), strict=True):
                if bound > self.last:
                    break
                self._solve(tuple_, bound)
            self._deepen()
            if limit >= self.last or len(self.known) == total:
                return [row for known in self.known.values() for row in self._rows_of(known)]
            limit, step = min(self.last, limit + step), 1.5 * step

    def _first_step(self) -> float:
        apart = np.diff(np.sort(self.search.energies))
        least = float(apart[apart > 0].min(initial=np.inf))
        size = float(np.abs(self.system.coupling_matrix).max()) + (least if np.isfinite(least) else 0.0)
        return max(size, 1e-3 * abs(self.search.least), 1e-12)

    def _solve(self, tuple_: Integers, bound: float) -> None:
        """The lowest level of a tuple, or all of a small block."""
        key = tuple(tuple_.tolist())
        if key in self.known:
            return
        room = (self.search.pairs - tuple_).tolist()
        size = matrices.dimension(room, (self.system.electrons - sum(key)) // 2)
        levels = self._levels(tuple_, bound, min(self.count, size) if self.is_free else 1)
        self.known[key] = _Known(tuple_, bound, size, self._moments(key), levels)
        self._note_last()

    def _deepen(self) -> None:
        """More levels of those large blocks whose last one lies below the last that is asked for."""
        while True:
            short = [known for known in self.known.values() if self._is_short(known)]
            if not short:
                return
            for known in sorted(short, key=self._reach):
                if self._is_short(known):
                    more = min(4 * len(known.levels), self.count, known.size)
                    known.levels = self._levels(known.tuple_, known.bound, more)
                    self._note_last()

    def _is_short(self, known: _Known) -> bool:
        return len(known.levels) < min(known.size, self.count) and self._reach(known) <= self.last

    def _reach(self, known: _Known) -> float:
        """Energy of the last level that is known of a tuple, with its largest moment."""
        return known.levels[-1][0] - self.strength * known.moments[0][0]

    def _note_last(self) -> None:
        highs = [
            high - self.strength * moment
            for known in self.known.values()
            for _, _, high in known.levels[: self.count]
            for moment, _ in known.moments
        ]
        if len(highs) >= self.count:
            self.last = float(np.partition(highs, self.count - 1)[self.count - 1])

    def _rows_of(self, known: _Known) -> list[_Row]:
        rows = []
        key = tuple(known.tuple_.tolist())
        for energy, low, high in known.levels[: self.count]:
            for moment, states in known.moments:
                lift = self.strength * moment
                slack = 2 * EPS * (abs(energy) + lift)
                rows.append(_Row(energy - lift, low - lift - slack, high - lift + slack, key, moment, states))
        return rows

    def _moments(self, key: tuple[int, ...]) -> list[tuple[float, int]]:
        """The moments of a tuple, falling, with their numbers of states; in zero field all at the largest."""
        falling = sorted(tuple_moments(self.system, key).items(), reverse=True)
        if self.strength == 0.0:
            return [(float(falling[0][0]), sum(states for _, states in falling))]
        return [(float(m), states) for m, states in falling[: self.count]]

    def _levels(self, tuple_: Integers, bound: float, count: int) -> list[tuple[float, float, float]]:
        """Energy, lower and upper bound of the lowest levels of one tuple, with nothing of the field."""
        electrons, energies = self.system.electrons, self.search.energies
        pairs = (electrons - int(tuple_.sum())) // 2
        base = float(tuple_ @ energies)
        scale = 2 * float(self.search.pairs @ np.abs(energies)) + abs(bound)
        if self.is_free:
            slack = 4 * (len(energies) + 1) * EPS * scale
            sums = _fillings((self.search.pairs - tuple_).tolist(), (2 * energies).tolist(), pairs, count)
            return [(base + e, base + e - slack, base + e + slack) for e in sums]
        solved = some_sectors(self.system, electrons, tuple_[None], np.array([count]))
        (block,), shift = solved.blocks, float(solved.shift[0])
        found: list[float] = (block.energy + shift).tolist()
        scale += float(np.abs(block.energy).max())
        slack = 4 * (len(energies) + 2) * EPS * scale
        bound += self.strength * top_moment(self.search.tops, tuple_)
        if not isinstance(block, LowBlock):
            slack += len(found) * EPS * scale
            return [(e, e - slack, e + slack) for e in found]
        least, most = bound - slack, found[0] + lowest.RESIDUAL * scale + slack
        if block.interval is not None:
            least, most = block.interval[0] + shift - slack, block.interval[1] + shift + slack
        slack += 1e-13 * scale  # of a Rayleigh quotient
        return [(e, least, most if k == 0 else e + slack) for k, e in enumerate(found)]


def top_moment(tops: Sequence[Array], tuple_: Integers) -> float:
    """The largest moment of a tuple."""
    return sum(float(top[nu]) for top, nu in zip(tops, tuple_.tolist(), strict=True))


def _fillings(room: list[int], price: list[float], pairs: int, count: int) -> list[float]:
    """The lowest sums Σ price_s p_s with Σ p_s = pairs, each as often as it occurs."""
    best: list[list[float]] = [[0.0]] + [[] for _ in range(pairs)]
    for space, cost in zip(room, price, strict=True):
        best = [
            sorted(e + cost * p for p in range(min(space, n) + 1) for e in best[n - p])[:count]
            for n in range(pairs + 1)
        ]
    return best[pairs]


def _single(system: System, strength: float, count: int) -> list[_Row]:
    """E_ν = −(G/4)(N − ν)(2M + 2 − N − ν) (eq. 4), and its moments."""
    assert isinstance(system.coupling, float)
    shell, pairs, electrons = system.shells[0], system.pair_degeneracy, system.electrons
    rows = []
    for nu in seniorities(pairs, electrons):
        terms = system.coupling * pair_number(pairs, electrons, nu), electrons * shell.energy
        energy = terms[1] - terms[0]
        falling = sorted(tuple_moments(system, (nu,)).items(), reverse=True)
        table = [(float(m), states) for m, states in falling[:count]]
        if strength == 0.0:
            table = [(float(falling[0][0]), sum(states for _, states in falling))]
        for m, states in table:
            here = energy - strength * m
            slack = 4 * EPS * (abs(terms[0]) + abs(terms[1]) + strength * m)
            rows.append(_Row(here, here - slack, here + slack, (nu,), m, states))
    return rows


def _tuple_in_words(seniority: list[int]) -> str:
    if len(seniority) <= 8:
        return " ".join(map(str, seniority))
    return ", ".join(f"{nu} in {s}" for s, nu in enumerate(seniority) if nu) or "none"
