"""Every public callable with arguments that work, and of which kind each argument is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import quasispin as qs
from quasispin import conventions, figures, units

ORBITAL = qs.Shell.orbital(2)
GRAIN = qs.System.single_shell(ORBITAL, 4, gap_scale=1.0)
FENCE = qs.System([qs.Shell([1.0], energy=float(k)) for k in range(3)], 3, 0.5)
TILTED = qs.TiltedShell(1, 2, 0.5, deformation=0.2, angle=0.4)
AL = qs.Material.named("Al")
BALL = qs.HardWallSphere(1.0)
CLUSTER = qs.Cluster(AL, qs.HardWallSphere(1.06))
SCHEME = qs.LevelScheme((qs.Shell([1.0]), qs.Shell([1.0], energy=1.0)), ("a", "b"))
OBSERVABLES = (
    "gap", "connected_gap", "shell_gap", "pairing_energy", "free_energy", "internal_energy", "entropy",
    "heat_capacity", "magnetic_moment", "susceptibility", "mean_seniority", "seniority_distribution",
    "occupation", "number_variance", "chemical_potential", "parity_gap", "addition_energy",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One public callable."""

    name: str
    """As people write it: `Shell.orbital`."""
    call: Callable[..., Any]
    arguments: dict[str, tuple[str, Any]]
    """Name → (kind, a value that works)."""
    positional: tuple[str, ...] = ()
    """Those that are handed over by place, in order."""
    also: dict[str, set[str]] = field(default_factory=dict)
    """What an argument accepts besides its kind, on purpose."""
    theirs: dict[str, set[str]] = field(default_factory=dict)
    """Values that are called back: their errors are their own."""


@cache
def dataset() -> xr.Dataset:
    return qs.sweep(qs.Canonical(GRAIN), temperature=[0.1, 0.2], field=[0.0, 0.1])


def level() -> Any:
    return BALL.levels(8)[-1]


def targets() -> Iterator[Target]:
    """All of them."""
    yield from _boxes()
    yield from _metals()
    yield from _ensembles()
    yield from _sweeps()
    yield from _conventions()


MAGNETON = ("nothing else", units.BOHR)


def _boxes() -> Iterator[Target]:
    energy = ("real", 0.0)
    moments = ("list of numbers", [1.0, 0.5])
    yield Target("Shell", qs.Shell, {"moments": moments, "energy": energy, "magneton": MAGNETON})
    for name, argument in (("orbital", "l"), ("hemisphere", "l"), ("spin", "pairs")):
        made = getattr(qs.Shell, name)
        arguments = {argument: ("whole", 2), "energy": energy, "magneton": MAGNETON}
        yield Target(f"Shell.{name}", made, arguments)
    yield Target(
        "Shell.jj", qs.Shell.jj,
        {"j": ("real", 1.5), "g_factor": ("real", 1.0), "energy": energy, "magneton": MAGNETON},
    )  # fmt: skip
    yield Target("Shell.from_dict", qs.Shell.from_dict, {"data": ("nothing else", {"orbital": 2})})
    yield Target(
        "System", qs.System,
        {"shells": ("nothing else", ORBITAL), "electrons": ("whole", 4), "coupling": ("coupling", 0.4)},
    )  # fmt: skip
    yield Target(
        "System.single_shell", qs.System.single_shell,
        {
            "shell": ("nothing else", ORBITAL), "electrons": ("whole", 4), "gap_scale": ("real", 1.0),
            "coupling": ("optional", None),
        },
    )  # fmt: skip
    yield Target("System.from_dict", qs.System.from_dict, {"data": ("nothing else", GRAIN.to_dict())})
    yield Target("System.from_toml", qs.System.from_toml, {"text": ("nothing else", GRAIN.to_toml())})
    yield Target("System.ground_seniority", GRAIN.ground_seniority, {"field": ("real", 0.1)})
    yield Target("System.with_electrons", GRAIN.with_electrons, {"electrons": ("whole", 3)})
    yield Target(
        "TiltedShell", qs.TiltedShell,
        {"orbital": ("whole", 1), "electrons": ("whole", 2)}
        | dict.fromkeys(("coupling", "deformation", "spin_orbit", "angle"), ("real", 0.3)),
    )  # fmt: skip
    yield Target("TiltedShell.with_angle", TILTED.with_angle, {"angle": ("real", 0.1)})
    yield Target(
        "LevelScheme", qs.LevelScheme,
        {
            "shells": ("nothing else", SCHEME.shells), "labels": ("list of labels", SCHEME.labels),
            "electrons": ("optional whole", 2), "coupling": ("optional coupling", 0.3),
            "title": ("any text", ""), "source": ("any text", ""), "energy_unit": ("optional text", None),
            "report": ("any text", ""),
        },
    )  # fmt: skip
    yield Target(
        "LevelScheme.system", SCHEME.system,
        {"electrons": ("whole", 2), "coupling": ("coupling", 0.3)},
    )  # fmt: skip
    many = {
        "1e40",
        "1e70",
        "10**30",
        "10**400",
        "10**5000",
        "longdouble 1e400",
    }  # the system says how many it has
    yield Target(
        "Blocked",
        qs.Blocked,
        {"shell": ("whole", 0), "pair": ("whole", 0)},
        (),
        {"shell": many, "pair": many},
    )
    yield Target("lowest_levels", qs.lowest_levels, {
        "system": ("nothing else", FENCE), "count": ("whole", 3), "field": ("real", 0.1),
    })  # fmt: skip
    yield Target("tin", qs.tin, {"electrons": ("whole", 16)})
    yield Target(
        "read_levels", qs.read_levels,
        {
            "path": ("nothing else", "nowhere.csv"), "degeneracy": ("optional", None),
            "magneton": ("optional", None), "columns": ("optional", None), "decimal": ("optional", None),
            "merge": ("optional flag", None),
        },
    )  # fmt: skip
    yield Target("read_sweep", qs.read_sweep, {"path": ("nothing else", "nowhere.nc")})


def _metals() -> Iterator[Target]:
    number = ("real", 1.0)
    yield Target(
        "Material", qs.Material,
        {
            "symbol": ("text", "Xx"), "valence": ("whole", 1), "electron_density": number, "gap": number,
            "source": ("text", "me"), "name": ("any text", ""), "fermi_energy": ("optional real", None),
            "critical_temperature": ("optional real", None),
        },
    )  # fmt: skip
    yield Target("Material.named", qs.Material.named, {"symbol": ("nothing else", "Al")})
    shapes: dict[Any, dict[str, float]] = {
        qs.HardWallSphere: {}, qs.Hemisphere: {}, qs.Oscillator: {}, qs.Layer: {"thickness": 0.3},
        qs.Spheroid: {"splitting": 0.1}, qs.SpinOrbit: {"strength": 0.1},
    }  # fmt: skip
    for shape, extra in shapes.items():
        name, made = shape.__name__, shape(1.0, **extra)
        more = {key: ("real", value) for key, value in extra.items()}
        yield Target(name, shape, {"radius": number} | more)
        yield Target(f"{name}.of_volume", shape.of_volume, {"volume": ("real", 4.0)} | more)
        yield Target(f"{name}.levels", made.levels, {"electrons": ("whole", 8), "above": ("whole", 1)})
        yield Target(f"{name}.checked_size", made.checked_size, {"electrons": ("whole", 8)})
        yield Target(f"{name}.label", made.label, {"level": ("nothing else", made.levels(8)[-1])})
        yield Target(f"{name}.shells", made.shells, {"level": ("nothing else", made.levels(8)[-1])})
    yield Target("Oscillator.quantum", qs.Oscillator(1.0).quantum, {"electrons": ("whole", 8)})
    yield Target(
        "Cluster", qs.Cluster,
        {
            "material": ("nothing else", AL), "geometry": ("nothing else", BALL),
            "electrons": ("optional whole", 8), "keeps_coupling": ("flag", False),
        },
    )  # fmt: skip
    yield Target(
        "Cluster.of_atoms", qs.Cluster.of_atoms,
        {"material": ("nothing else", AL), "atoms": ("whole", 100), "kind": ("nothing else", qs.HardWallSphere)},
    )  # fmt: skip
    gap, window = ("optional real", 0.3), ("optional", None)
    yield Target("Cluster.coupling_of_last_shell", CLUSTER.coupling_of_last_shell, {"gap": ("real", 0.3)})
    yield Target("Cluster.mean_field_gap", CLUSTER.mean_field_gap, {"gap": gap})
    yield Target("Cluster.pairing", CLUSTER.pairing, {"gap": gap, "window": window})
    yield Target("Cluster.system", CLUSTER.system, {"gap": gap, "window": window})
    yield Target("Cluster.validity", CLUSTER.validity, {"gap": gap, "last_step": ("optional real", None)})
    yield Target(
        "Cluster.paramagnetic_susceptibility", CLUSTER.paramagnetic_susceptibility,
        {"moment": number, "temperature": number},
    )  # fmt: skip
    yield Target("Cluster.volume_susceptibility", CLUSTER.volume_susceptibility, {"response": number})
    yield Target("units.Magneton", units.Magneton, {
        "name": ("nothing else", "BOHR"), "symbol": ("nothing else", "μ_B"), "word": ("nothing else", "bohr"),
    })  # fmt: skip


def _ensembles() -> Iterator[Target]:
    system, accuracy = ("nothing else", GRAIN), ("optional real", None)
    yield Target("Canonical", qs.Canonical, {"system": system, "accuracy": accuracy})
    yield Target(
        "GrandCanonical", qs.GrandCanonical,
        {"system": system, "chemical_potential": ("optional real", None), "accuracy": accuracy},
    )  # fmt: skip
    yield Target("NumberParity", qs.NumberParity, {"system": system, "accuracy": accuracy})
    yield Target("MeanField", qs.MeanField, {"system": system, "blocked": ("optional", None)})
    yield Target(
        "ExactDiagonalisation", qs.ExactDiagonalisation,
        {"system": ("nothing else", TILTED), "states": ("optional whole", None)},
    )  # fmt: skip
    made: dict[str, Any] = {
        "Canonical": qs.Canonical(GRAIN), "Canonical of levels": qs.Canonical(FENCE),
        "Canonical within a bound": qs.Canonical(FENCE, accuracy=1e-6),
        "GrandCanonical": qs.GrandCanonical(GRAIN), "NumberParity": qs.NumberParity(GRAIN),
        "MeanField": qs.MeanField(GRAIN), "MeanField of levels": qs.MeanField(FENCE),
        "ExactDiagonalisation": qs.ExactDiagonalisation(TILTED),
    }  # fmt: skip
    heat, strength = ("numbers", 0.1), ("numbers", 0.2)
    for name, one in made.items():
        for method in ("averages", "estimate"):
            usual = heat if method == "averages" else ("optional numbers", 0.1)
            yield Target(f"{name}.{method}", getattr(one, method), {"temperature": usual, "field": strength})
        yield Target(f"{name}.of", one.of, {"system": ("nothing else", one.system)})
        yield Target(f"{name}.shares_weights", one.shares_weights, {"system": ("anything", one.system)})
    grain = made["MeanField"]
    yield Target("MeanField.ties", grain.ties, {"temperature": heat, "field": strength})
    yield Target("MeanField.evaluations", grain.evaluations, {"temperature": heat, "field": strength})
    for kind in ("MeanField", "MeanField of levels"):
        yield Target(f"{kind}.branches", made[kind].branches, {
            "temperature": ("real", 0.1), "field": ("real", 0.1),
        })  # fmt: skip
    yield Target(
        "MeanField.jumps",
        grain.jumps,
        {"temperature": ("real", 0.1), "low": ("real", 0.0), "high": ("real", 0.4)},
    )
    yield Target(
        "ExactDiagonalisation.energies", made["ExactDiagonalisation"].energies, {"field": ("real", 0.1)}
    )
    yield Target(
        "average_over_directions", qs.average_over_directions,
        {
            "shell": ("nothing else", TILTED), "temperature": heat, "field": strength, "directions": ("whole", 2),
            "states": ("optional whole", None),
        },
    )  # fmt: skip
    labelled = ("labelled numbers", 0.1)
    for name in OBSERVABLES:
        ensemble = made["Canonical"]
        if name in ("shell_gap",):
            ensemble = made["MeanField of levels"]
        yield Target(name, getattr(qs, name), {
            "ensemble": ("nothing else", ensemble), "temperature": labelled, "field": labelled,
        })  # fmt: skip
    family = qs.Canonical(qs.Family(qs.System.single_shell, shell=ORBITAL, electrons=[3, 4], gap_scale=1.0))
    yield Target("gap of a family", qs.gap, {
        "ensemble": ("nothing else", family), "temperature": labelled, "field": labelled,
    })  # fmt: skip
    yield Target(
        "Family", lambda electrons, gap_scale: qs.Canonical(
            qs.Family(qs.System.single_shell, shell=ORBITAL, electrons=electrons, gap_scale=gap_scale)
        ),
        {"electrons": ("whole numbers", [3, 4]), "gap_scale": ("numbers", 1.0)},
    )  # fmt: skip
    yield Target("Family of what", lambda build: qs.Family(build, electrons=[1, 2]), {
        "build": ("nothing else", lambda electrons: GRAIN.with_electrons(electrons)),
    })  # fmt: skip


def _sweeps() -> Iterator[Target]:
    common: dict[str, tuple[str, Any]] = {
        "ensembles": ("nothing else", qs.Canonical(GRAIN)), "temperature": ("numbers", [0.1, 0.2]),
        "field": ("numbers", [0.0, 0.1]), "observables": ("nothing else", qs.gap), "label": ("labels", None),
        "energy_unit": ("optional text", None),
    }  # fmt: skip
    yield Target("plan", qs.plan, common, ("ensembles",), {"observables": {"none"}})
    yield Target(
        "sweep", qs.sweep,
        common | {"executor": ("optional", None), "store": ("optional", None), "progress": ("optional", None)},
        ("ensembles",),
        {},
        {"progress": {"function", "class"}},
    )  # fmt: skip
    one = qs.plan(qs.Canonical(GRAIN), temperature=[0.1, 0.2])
    yield Target("Plan", qs.Plan, {"request": ("nothing else", one.request)})
    yield Target("Plan.blocks", one.blocks, {"share": ("optional whole", None)})
    yield Target(
        "Plan.run", one.run,
        {"executor": ("optional", None), "store": ("optional", None), "progress": ("optional", None)},
        (),
        {},
        {"progress": {"function", "class"}},
    )  # fmt: skip
    grid = {"temperature": ("optional", None), "field": ("optional", None)}
    unit = {"energy_unit": ("optional text", None), "laboratory": ("flag", False), "ax": ("optional", None)}
    yield Target(
        "figures.curves", figures.curves,
        {"data": ("nothing else", dataset()), "x": ("nothing else", "field"), "observables": ("optional", None),
         "observable": ("optional", None)} | grid | unit,
    )  # fmt: skip
    yield Target(
        "figures.map", figures.map,
        {"data": ("nothing else", dataset()), "observable": ("optional", None), "observables": ("optional", None)}
        | grid | unit,
    )  # fmt: skip
    yield Target(
        "figures.levels", figures.levels,
        {"data": ("nothing else", GRAIN), "field": ("list of numbers", np.linspace(0.0, 1.0, 5))} | unit,
        (),
        {"field": {"none"}},
    )  # fmt: skip


def _conventions() -> Iterator[Target]:
    number, numbers = ("real", 0.5), ("numbers", [0.5, 1.0])
    elements, pairs = ("coupling", [[0.5, 0.1], [0.1, 0.4]]), ("whole numbers", [1, 2])
    listed: dict[str, dict[str, tuple[str, Any]]] = {
        "coupling_from_half": {"g": number},
        "half_from_coupling": {"coupling": number},
        "coupling_from_ratio": {"ratio": number, "spacing": number},
        "ratio_from_coupling": {"coupling": number, "spacing": number},
        "coupling_from_matrix_elements": {"elements": elements, "pair_degeneracies": pairs},
        "matrix_elements_from_coupling": {"coupling": elements, "pair_degeneracies": pairs},
        "coupling_from_nuclear": {"strengths": elements, "pair_degeneracies": pairs},
        "nuclear_from_coupling": {"coupling": elements, "pair_degeneracies": pairs},
        "coupling_without_diagonal": {"coupling": number, "levels": ("whole", 3)},
        "energy_with_diagonal": {
            "energy": numbers, "coupling": number, "electrons": ("whole", 4), "blocked": ("whole numbers", [0, 2]),
        },
        "energy_without_diagonal": {
            "energy": numbers, "coupling": number, "electrons": ("whole", 4), "blocked": ("whole numbers", [0, 2]),
        },
        "levels_from_openfermion": {"g": number, "levels": ("whole", 3)},
        "openfermion_from_levels": {"energies": ("list of numbers", [1.0, 2.0]), "coupling": elements},
        "levels_from_richardson": {"pair_levels": numbers, "g": number, "diagonal": ("flag", True)},
        "richardson_from_levels": {"energies": numbers, "coupling": number, "diagonal": ("flag", True)},
    }  # fmt: skip
    for name, arguments in listed.items():
        yield Target(f"conventions.{name}", getattr(conventions, name), arguments)


FOLDER = Path(__file__).parent
