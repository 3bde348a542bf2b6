"""Levels of one system in a field as straight lines E − ωm, and their lower envelope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from quasispin.system import staircase
from quasispin.system.system import System


class Line(NamedTuple):
    """A level E − ωm."""

    seniority: int
    energy: float
    moment: float


class Corner(NamedTuple):
    """Where the ground state changes: the field and the energy there."""

    field: float
    energy: float


def lines(system: System) -> list[Line]:
    """The lowest level of largest moment of each seniority, in order of ν; of several shells of each moment.

    Only such levels can become the ground state in some field. With several shells ν is the total seniority
    of the tuple that the level belongs to, and of equal moments the lowest level stands, in order of m.

    Raises
    ------
    SizeError
        If the blocks of several shells would not fit into memory.
    """
    return _single(system) if system.is_single_shell else _several(system)


def corners(system: System, found: Sequence[Line]) -> list[Corner]:
    """The corners of the lower envelope of the lines at ω > 0."""
    if system.is_single_shell:
        fields = system.crossing_fields().tolist()
        return [Corner(field, min(line.energy - field * line.moment for line in found)) for field in fields]
    return [Corner(field, line.energy - field * line.moment) for field, line in envelope(found)[1:]]


def envelope(found: Sequence[Line]) -> list[tuple[float, Line]]:
    """For ω ≥ 0 the lowest lines, each with the field from which on it is lowest."""
    current = min(found, key=lambda line: (line.energy, -line.moment))
    steps = [(0.0, current)]
    while steeper := [line for line in found if line.moment > current.moment]:
        fields = [(line.energy - current.energy) / (line.moment - current.moment) for line in steeper]
        start = min(fields)
        current = max(
            (line for line, field in zip(steeper, fields, strict=True) if field == start),
            key=lambda line: line.moment,
        )
        steps.append((start, current))
    return steps


def _single(system: System) -> list[Line]:
    assert isinstance(system.coupling, float)
    pairs, electrons, shell = system.pair_degeneracy, system.electrons, system.shell
    top = staircase.top_moments(shell.moments)
    return [
        Line(
            nu,
            electrons * shell.energy - system.coupling * staircase.pair_number(pairs, electrons, nu),
            float(top[nu]),
        )
        for nu in staircase.seniorities(pairs, electrons)
    ]


def _several(system: System) -> list[Line]:
    from quasispin.ensembles.ground import lowest_of_tuples

    seniorities, energies, moments = lowest_of_tuples(system)
    lowest: dict[float, Line] = {}
    for nu, energy, moment in zip(seniorities.tolist(), energies.tolist(), moments.tolist(), strict=True):
        place = round(moment, 9)  # sums of the same moments in another order
        if place not in lowest or energy < lowest[place].energy:
            lowest[place] = Line(nu, energy, moment)
    return sorted(lowest.values(), key=lambda line: line.moment)
