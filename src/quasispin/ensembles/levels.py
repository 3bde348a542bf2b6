"""The many-body spectrum as a list: energies, seniorities, moments and exact degeneracies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array
from quasispin.errors import SizeError, finite
from quasispin.spectrum.multiplicities import MAX_LEVELS, multiplicities
from quasispin.system.staircase import pair_number, seniorities
from quasispin.system.system import System


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels in zero field, arrays of one length L; in a field ω each lies at energy − ω·moment.

    Equal (electrons, seniority, energy, moment) make one entry.
    """

    electrons: npt.NDArray[np.int64]
    """N, shape (L,)."""
    energy: Array
    """E_ν = −(G/4)(N−ν)(2M+2−N−ν) (eq. 4), with several shells the eigenvalues of the sectors; shape (L,)."""
    seniority: npt.NDArray[np.int64]
    """Total seniority ν, shape (L,)."""
    moment: Array
    """m in μ_B, shape (L,)."""
    degeneracy: npt.NDArray[Any]
    """Number of states, Python integers, exact; shape (L,)."""

    def in_field(self, field: float) -> Array:
        """U = E − ωm (eq. 5), shape (L,)."""
        return np.asarray(self.energy - finite("field", field) * self.moment)

    def __len__(self) -> int:
        return int(self.energy.size)


Row = tuple[int, float, int, float, int]


def levels(system: System, numbers: Iterable[int]) -> Levels:
    """The spectrum of `system` for each electron number, sorted by N, energy, seniority, falling moment.

    Raises
    ------
    SizeError
        If there are more than two million levels.
    """
    counts = sorted(set(numbers))
    rows: list[Row] = []
    for number in counts:
        rows += _single(system, number) if system.is_single_shell else _several(system, number)
        if len(rows) > MAX_LEVELS:
            raise SizeError(
                f"A spectrum may have at most {MAX_LEVELS} levels, but this one has more.", len(rows)
            )
    rows.sort(key=lambda row: (row[0], row[1], row[2], -row[3]))
    electrons, energy, seniority, moment, degeneracy = zip(*rows, strict=True)
    return Levels(
        np.array(electrons, dtype=np.int64),
        np.array(energy, dtype=np.float64),
        np.array(seniority, dtype=np.int64),
        np.array(moment, dtype=np.float64),
        np.array(degeneracy, dtype=object),
    )


def _single(system: System, electrons: int) -> list[Row]:
    assert isinstance(system.coupling, float)
    shell, pairs = system.shells[0], system.pair_degeneracy
    rows = []
    for nu in seniorities(pairs, electrons):
        energy = -system.coupling * pair_number(pairs, electrons, nu) + electrons * shell.energy
        table = multiplicities(shell.moments, nu)
        rows += [(electrons, energy, nu, float(m), g) for m, g in table.items()]
    return rows


def _several(system: System, electrons: int) -> list[Row]:
    from quasispin.spectrum.sectors import sectors

    (solved,) = sectors(system, [electrons])
    rows: list[Row] = []
    for block, tuple_ in enumerate(solved.seniorities.tolist()):
        table = tuple_moments(system, tuple_)
        energies = solved.energy[solved.tuple_of == block].tolist()
        total = sum(tuple_)
        rows += [(electrons, e, total, float(m), g) for e, (m, g) in product(energies, table.items())]
        if len(rows) > MAX_LEVELS:
            break
    return rows


def tuple_moments(system: System, tuple_: Sequence[int]) -> dict[Fraction, int]:
    """Multiplicities of the total moment for one seniority of each shell."""
    table: dict[Fraction, int] = {Fraction(0): 1}
    for shell, nu in zip(system.shells, tuple_, strict=True):
        combined: defaultdict[Fraction, int] = defaultdict(int)
        for (m, g), (n, h) in product(table.items(), multiplicities(shell.moments, nu).items()):
            combined[m + n] += g * h
        table = dict(combined)
    return table
