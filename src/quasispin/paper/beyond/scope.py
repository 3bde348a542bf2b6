"""How much of everything is computed."""

from __future__ import annotations

from dataclasses import dataclass

from quasispin.paper.data import Resolution


@dataclass(frozen=True)
class Scope(Resolution):
    """Points per curve, and the sizes of what is diagonalised."""

    fields: int = 601
    temperatures: int = 121
    splittings: int = 81
    distances: int = 13
    radii: int = 401
    tilted_fields: int = 121
    fence_levels: tuple[int, ...] = (12, 14)
    orbitals: tuple[int, ...] = (2, 3, 4, 5)


FULL = Scope()
COARSE = Scope(
    fields=61,
    temperatures=21,
    splittings=9,
    distances=5,
    radii=9,
    tilted_fields=21,
    fence_levels=(6, 8),
    orbitals=(2, 3),
)
