"""Ours held against numbers that others published (`published.json`, each with its source and tolerance)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from quasispin.ensembles.canonical import Canonical
from quasispin.system.examples import tin
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.verification.deviation import Sample


@cache
def data() -> dict[str, Any]:
    """The published numbers, as they stand in the file."""
    text = files("quasispin.verification").joinpath("published.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def samples() -> Iterator[Sample]:
    """One sample for every published number."""
    yield from _tin()
    yield from _four_levels()
    yield from _picket_fences()
    yield from _flat_band()


def _tin() -> Iterator[Sample]:
    table = data()["tin_five_shells"]
    tolerance = table["tolerance"]
    for number, energy in table["ground_state_energy"].items():
        yield _energy("tin, five shells", tin(int(number)), energy, tolerance["ground_state_energy"])
    for number, occupation in table["occupation"].items():
        ours = Canonical(tin(int(number))).averages(0.0).occupation
        missed = float(np.abs(ours - np.array(occupation)).max())
        yield Sample(
            "published: tin, five shells", "occupation", missed, tolerance["occupation"], f"N={number}"
        )


def _four_levels() -> Iterator[Sample]:
    table = data()["four_levels_four_particles"]
    for text, correlation in table["correlation_energy"].items():
        g = float(text)
        system = System([Shell([1.0], energy=float(p)) for p in range(4)], 4, g / 2)
        yield _energy("four levels", system, 2.0 - g + correlation, table["tolerance"], f"g={text}")


def _picket_fences() -> Iterator[Sample]:
    table = data()["picket_fence_island"]
    for name, energies in table["ground_state_energy"].items():
        levels = int(name[1:])
        spacing = 2.0 / levels
        shells = [Shell([1.0], energy=-1.0 + (k + 0.5) * spacing) for k in range(levels)]
        for number, energy in energies.items():
            system = System(shells, int(number), 0.1 * spacing)
            yield _energy("picket fence", system, energy, table["tolerance"], f"{name}, N={number}")


def _flat_band() -> Iterator[Sample]:
    table = data()["flat_band"]
    for number, energy in table["ground_state_energy"].items():
        system = System.single_shell(Shell.spin(6), int(number), coupling=1 / 3)
        yield _energy("flat band", system, energy, table["tolerance"])


def _energy(name: str, system: System, published: float, tolerance: float, where: str = "") -> Sample:
    ours = float(Canonical(system).averages(0.0).energy)
    place = where or f"N={system.electrons}"
    return Sample(f"published: {name}", "ground state energy", abs(ours - published), tolerance, place)
