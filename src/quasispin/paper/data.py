"""The numbers behind each figure as labelled datasets, in the paper's units: T₀ = Δ₀/2, ω_c = 3Δ₀/M, Δ₀.

Every dataset has the dimension `parity`: "even" is N = M−1 as in the paper, "odd" is N = M beside it.
χ is in μ_B²/Δ₀ and C in k_B.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr

from quasispin.ensembles.averages import Array
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import Jump, MeanField
from quasispin.paper import measures, metal
from quasispin.paper.claims_scales import ENSEMBLES, SPIN_LEVELS, envelope, pairs_in_sphere, spin_envelope
from quasispin.paper.claims_steps import STEP_SHELLS
from quasispin.paper.clusters import PARITIES, TEMPERATURE_UNIT, cluster, field_unit
from quasispin.spectrum.multiplicities import multiplicities
from quasispin.system.staircase import seniorities
from quasispin.system.system import System


@dataclass(frozen=True)
class Resolution:
    """Points per curve and per map."""

    fields: int = 1601
    temperatures: int = 601
    map_temperatures: int = 61
    map_fields: int = 81


FULL = Resolution()
COARSE = Resolution(fields=121, temperatures=61, map_temperatures=7, map_fields=9)

UNITS: Mapping[str, str] = {
    "temperature": "T₀ = Δ₀/2",
    "field": "ω_c = 3Δ₀/M",
    "canonical_gap": "Δ₀",
    "connected_gap": "Δ₀",
    "bcs_gap": "Δ₀",
    "slope": "Δ₀/ω_c",
    "canonical_susceptibility": "μ_B²/Δ₀",
    "bcs_susceptibility": "μ_B²/Δ₀",
    "canonical_heat_capacity": "k_B",
    "bcs_heat_capacity": "k_B",
    "canonical_moment": "μ_B",
    "energy": "Δ₀",
    "jump_field": "ω_c = 3Δ₀/M",
    "jump_moment": "μ_B",
    "jump_gap_before": "Δ₀",
    "jump_gap_after": "Δ₀",
    "jump_susceptibility_before": "μ_B²/Δ₀",
    "jump_susceptibility_after": "μ_B²/Δ₀",
    "jump_heat_capacity_before": "k_B",
    "jump_heat_capacity_after": "k_B",
    "crossing_field": "ω_c = 3Δ₀/M",
    "crossing_energy": "Δ₀",
    "survival_temperature": "T₀ = Δ₀/2",
    "level_distance": "G",
    "moment": "μ_B",
    "radius": "nm",
    "gap_scale": "meV",
    "critical_field": "T",
    "magnetic_length": "nm",
    "diamagnetic_susceptibility": "SI",
    "landau_susceptibility": "SI",
    "paper_diamagnetic_susceptibility": "as printed",
}

EDGE = 1e-9
"""How far beside a jump its edges are evaluated, as a part of the field."""

STEPS = ("crossing_field", "jump_field", "jump_moment")
"""What a figure against the field shows of steps: the exact ones at T = 0, the first-order jumps of BCS."""


def fig1(resolution: Resolution = FULL) -> xr.Dataset:
    """Δ_c, Δ_conn and Δ of BCS against ω for M = 11 at T/T₀ = 0, .8, 2."""
    names = ("canonical_gap", "connected_gap", "bcs_gap", *STEPS, *_edges("gap"))
    return _against_field((11,), (0.0, 0.8, 2.0), np.linspace(0, 2.5, resolution.fields))[list(names)]


def fig2(resolution: Resolution = FULL) -> xr.Dataset:
    """Δ_c, Δ_conn and Δ of BCS against T for M = 11 at ω/ω_c = 0, .5, 1.05, 1.5, 2."""
    heat, field = np.linspace(0.0, 3.0, resolution.temperatures), np.array([0.0, 0.5, 1.05, 1.5, 2.0])
    parts: dict[str, list[Array]] = {"canonical_gap": [], "connected_gap": [], "bcs_gap": []}
    for parity in PARITIES:
        point = (heat * TEMPERATURE_UNIT, field[:, None] * field_unit(11))
        exact, mean = (kind(cluster(11, parity)).averages(*point) for kind in (Canonical, MeanField))
        parts["canonical_gap"].append(measures.gap(exact))
        parts["connected_gap"].append(measures.connected_gap(exact))
        parts["bcs_gap"].append(measures.gap(mean))
    dims = ("pairs", "parity", "field", "temperature")
    return _labelled(
        {name: (dims, np.array([values])) for name, values in parts.items()},
        {"pairs": [11], "parity": list(PARITIES), "field": field, "temperature": heat},
    )


def fig3(resolution: Resolution = FULL) -> xr.Dataset:
    """Δ_c, Δ_conn and Δ of BCS against ω for M = 7 and 23 at T/T₀ = 0, .1, .2."""
    names = ("canonical_gap", "connected_gap", "bcs_gap", *STEPS, *_edges("gap"))
    return _against_field((7, 23), (0.0, 0.1, 0.2), np.linspace(0, 1.5, resolution.fields))[list(names)]


def fig4(resolution: Resolution = FULL) -> xr.Dataset:
    """χ of the canonical ensemble and of BCS against ω for M = 7 and 23 at T/T₀ = .02, .05, .1, .2."""
    names = ("canonical_susceptibility", "bcs_susceptibility", *STEPS, *_edges("susceptibility"))
    curves = _against_field((7, 23), (0.02, 0.05, 0.1, 0.2), np.linspace(0, 1.5, resolution.fields))
    return _with_peaks(curves[list(names)])


def fig5(resolution: Resolution = FULL) -> xr.Dataset:
    """C of the canonical ensemble and of BCS against ω for M = 7 and 23 at T/T₀ = .02, .05, .1, .2."""
    names = ("canonical_heat_capacity", "bcs_heat_capacity", *STEPS, *_edges("heat_capacity"))
    return _against_field((7, 23), (0.02, 0.05, 0.1, 0.2), np.linspace(0, 1.5, resolution.fields))[
        list(names)
    ]


def slopes(resolution: Resolution = FULL) -> xr.Dataset:
    """−dΔ_c/dω for M = 7 and 23, and the highest T at which two maxima of it survive, for seven M."""
    heat, field = (0.02, 0.05, 0.1, 0.2), np.linspace(0.4, 1.4, resolution.fields)
    values = [
        [
            [
                measures.gap_slope(cluster(m, parity), t * TEMPERATURE_UNIT, field * field_unit(m))
                * field_unit(m)
                for t in heat
            ]
            for parity in PARITIES
        ]
        for m in (7, 23)
    ]
    return _labelled(
        {
            "slope": (("pairs", "parity", "temperature", "field"), np.array(values)),
            "survival_temperature": (
                "shell_pairs",
                np.array([measures.steps_survive_to(m) for m in STEP_SHELLS]),
            ),
        },
        {
            "pairs": [7, 23],
            "parity": list(PARITIES),
            "temperature": list(heat),
            "field": field,
            "shell_pairs": list(STEP_SHELLS),
        },
    )


def levels(resolution: Resolution = FULL) -> xr.Dataset:
    """E_ν − ωm of every level of M = 7, and the crossings of the ground state for M = 7, 11 and 23."""
    field = np.linspace(0.0, 1.5, max(2, resolution.fields // 8))
    shells = (7, 11, 23)
    energy = np.full((3, 2, 24, field.size), np.nan)
    crossing = np.full((2, 3, 2, 11), np.nan)
    for i, m in enumerate(shells):
        for j, parity in enumerate(PARITIES):
            system, unit = cluster(m, parity), field_unit(m)
            for nu in seniorities(m, system.electrons):
                energy[i, j, nu] = _line(m, system.electrons, nu, field * unit)
            at = system.crossing_fields()
            crossing[0, i, j, : at.size] = at / unit
            below = [
                _line(m, system.electrons, before, w)
                for (before, _), w in zip(system.crossing_seniorities(), at, strict=True)
            ]
            crossing[1, i, j, : at.size] = below
    dims = ("pairs", "parity")
    return _labelled(
        {
            "energy": ((*dims, "seniority", "field"), energy),
            "crossing_field": ((*dims, "crossing"), crossing[0]),
            "crossing_energy": ((*dims, "crossing"), crossing[1]),
        },
        {"pairs": list(shells), "parity": list(PARITIES), "seniority": np.arange(24), "field": field},
    )


def induced(resolution: Resolution = FULL) -> xr.Dataset:
    """Δ_conn(T, ω) of M = 11 in the canonical, number-parity and grand canonical ensembles and BCS."""
    heat, field = (
        np.linspace(0.05, 3.0, resolution.map_temperatures),
        np.linspace(0.0, 2.5, resolution.map_fields),
    )
    point = (heat[:, None] * TEMPERATURE_UNIT, field[None, :] * field_unit(11))
    values = [
        [measures.connected_gap(kind(cluster(11, parity)).averages(*point)) for parity in PARITIES]
        for _, kind in ENSEMBLES
    ]
    return _labelled(
        {"connected_gap": (("ensemble", "parity", "temperature", "field"), np.array(values))},
        {
            "ensemble": [name for name, _ in ENSEMBLES],
            "parity": list(PARITIES),
            "electrons": ("parity", [cluster(11, parity).electrons for parity in PARITIES]),
            "temperature": heat,
            "field": field,
        },
    )


def spins(resolution: Resolution = FULL) -> xr.Dataset:
    """The moment of eight spin-½ levels against ω at T = 0, and the re-entrant BCS gap of M = 7, N = 6."""
    field, distance = np.linspace(0.0, 24.0, 2 * resolution.fields), np.array([0.0, 1.0, 2.0, 4.0])
    heat = np.linspace(0.0, 1.0, resolution.temperatures)
    fields = np.array([0.5, 0.8, 0.9, 0.925, 0.95, 0.99])
    gaps = measures.gap(MeanField(cluster(7)).averages(heat * TEMPERATURE_UNIT, fields[:, None] * 2 / 7))
    data = _labelled(
        {
            "moment": (
                ("level_distance", "coupling_field"),
                np.array([_spin_moment(d, field) for d in distance]),
            ),
            "bcs_gap": (("bcs_field", "temperature"), gaps),
        },
        {"level_distance": distance, "coupling_field": field, "bcs_field": fields, "temperature": heat},
    )
    for name in ("coupling_field", "bcs_field"):
        data[name].attrs["units"] = "G"
    data.attrs["spin_levels"] = SPIN_LEVELS
    return data


def sizes(resolution: Resolution = FULL) -> xr.Dataset:
    """What a radius means in aluminium: N, M, ω_c in tesla, χ_D; and the magnetic length at ω_c."""
    radius, gaps = np.linspace(0.7, 6.0, max(40, resolution.fields // 16)), np.array([0.3, 0.4])
    number = np.array([metal.electrons_in_sphere(float(r)) for r in radius])
    tesla = np.array(
        [[metal.critical_tesla(pairs_in_sphere(float(r)), float(g)) for r in radius] for g in gaps]
    )
    return _labelled(
        {
            "electrons": ("radius", number),
            "shell_pairs": ("radius", np.array([pairs_in_sphere(float(r)) for r in radius])),
            "critical_field": (("gap_scale", "radius"), tesla),
            "magnetic_length": (("gap_scale", "radius"), np.vectorize(metal.magnetic_length)(tesla)),
            "diamagnetic_susceptibility": ("radius", np.array([metal.diamagnetic(float(r)) for r in radius])),
            "paper_diamagnetic_susceptibility": ("radius", -4e-6 * number ** (2 / 3)),
            "landau_susceptibility": ("radius", np.full(radius.size, metal.landau())),
            "hemisphere_states": (
                "shell_momentum",
                [metal.hemisphere_states(degree) for degree in range(1, 13)],
            ),
            "printed_hemisphere_states": (
                "shell_momentum",
                [metal.printed_hemisphere(degree) for degree in range(1, 13)],
            ),
        },
        {"radius": radius, "gap_scale": gaps, "shell_momentum": np.arange(1, 13)},
    )


FIGURES: Mapping[str, Callable[[Resolution], xr.Dataset]] = {
    "fig1": fig1,
    "fig2": fig2,
    "fig3": fig3,
    "fig4": fig4,
    "fig5": fig5,
    "levels": levels,
    "map": induced,
    "slopes": slopes,
    "spins": spins,
    "sizes": sizes,
}
"""Stem of the files → what computes the data."""


def _against_field(shells: Sequence[int], heat: Sequence[float], field: Array) -> xr.Dataset:
    rows = [[[_curves(m, parity, t, field) for t in heat] for parity in PARITIES] for m in shells]
    names = list(rows[0][0][0])
    dims = ("pairs", "parity", "temperature")
    most = max(1, *(cell["jump_field"].size for plane in rows for row in plane for cell in row))
    arrays: dict[str, Any] = {
        name: ((*dims, "jump"), _stack(rows, name, most))
        if name.startswith("jump")
        else ((*dims, "field"), _stack(rows, name))
        for name in names
    }
    arrays["crossing_field"] = (("pairs", "parity", "crossing"), _crossings(shells))
    coords = {"pairs": list(shells), "parity": list(PARITIES), "temperature": list(heat), "field": field}
    return _labelled(arrays, coords)


def _stack(rows: list[list[list[dict[str, Array]]]], name: str, length: int | None = None) -> Array:
    def padded(values: Array) -> Array:
        return values if length is None else np.pad(values, (0, length - values.size), constant_values=np.nan)

    return np.array([[[padded(cell[name]) for cell in row] for row in plane] for plane in rows])


def _with_peaks(data: xr.Dataset) -> xr.Dataset:
    """The BCS susceptibility also on fields that resolve its sharp peaks, too narrow for any common grid."""
    shape = tuple(data.sizes[dim] for dim in ("pairs", "parity", "temperature"))
    cells: dict[tuple[int, ...], tuple[Array, Array]] = {}
    for place in np.ndindex(*shape):
        pairs, parity = int(data.pairs[place[0]]), str(data.parity[place[1]].values)
        heat, unit = float(data.temperature[place[2]]) * TEMPERATURE_UNIT, field_unit(pairs)
        system = cluster(pairs, parity)
        fields = measures.mean_field_peaks(system, heat, data.field.values * unit)
        cells[place] = fields / unit, MeanField(system).averages(heat, fields).susceptibility
    most = max(fields.size for fields, _ in cells.values())
    table = np.full((2, *shape, most), np.nan)
    for place, cell in cells.items():
        for quantity, values in zip(table, cell, strict=True):
            quantity[place][: values.size] = values
    dims = ("pairs", "parity", "temperature", "peak")
    return data.assign(
        peak_field=(dims, table[0], {"units": UNITS["field"]}),
        peak_susceptibility=(dims, table[1], {"units": UNITS["bcs_susceptibility"]}),
    )


def _crossings(shells: Sequence[int]) -> Array:
    """The steps at T = 0 in ω_c, filled up with NaN."""
    rows = [[cluster(m, parity).crossing_fields() / field_unit(m) for parity in PARITIES] for m in shells]
    most = max(fields.size for row in rows for fields in row)
    return np.array([[np.pad(f, (0, most - f.size), constant_values=np.nan) for f in row] for row in rows])


@lru_cache(maxsize=64)
def _jumps(pairs: int, parity: str, temperature: float) -> list[Jump]:
    """First-order jumps of BCS up to 2.5ω_c; Figs. 3, 4 and 5 share them."""
    ensemble = MeanField(cluster(pairs, parity))
    return ensemble.jumps(temperature * TEMPERATURE_UNIT, 0.0, 2.5 * field_unit(pairs))


def _curves(pairs: int, parity: str, temperature: float, field: Array) -> dict[str, Array]:
    system, heat, unit = cluster(pairs, parity), temperature * TEMPERATURE_UNIT, field_unit(pairs)
    exact = Canonical(system).averages(heat, field * unit)
    mean = MeanField(system).averages(heat, field * unit)
    return {
        "canonical_gap": measures.gap(exact),
        "connected_gap": measures.connected_gap(exact),
        "canonical_susceptibility": exact.susceptibility,
        "canonical_heat_capacity": exact.heat_capacity,
        "bcs_gap": measures.gap(mean),
        "bcs_susceptibility": mean.susceptibility,
        "bcs_heat_capacity": mean.heat_capacity,
        **_jump_table(system, pairs, parity, temperature, float(field[-1])),
    }


def _jump_table(system: System, pairs: int, parity: str, temperature: float, last: float) -> dict[str, Array]:
    """Every first-order jump of BCS below `last`·ω_c with what lies on its two edges."""
    heat, unit = temperature * TEMPERATURE_UNIT, field_unit(pairs)
    jumps = [jump for jump in _jumps(pairs, parity, temperature) if jump.field < last * unit]
    at = np.array([jump.field for jump in jumps])
    table = {
        "jump_field": at / unit,
        "jump_moment": np.array([jump.moment_change for jump in jumps]),
        "jump_gap_before": np.array([jump.gap_before for jump in jumps]),
        "jump_gap_after": np.array([jump.gap_after for jump in jumps]),
    }
    for side, sign in (("before", -1), ("after", 1)):
        edge = MeanField(system).averages(heat, at * (1 + sign * EDGE)) if jumps else None
        table[f"jump_susceptibility_{side}"] = edge.susceptibility if edge else at
        table[f"jump_heat_capacity_{side}"] = edge.heat_capacity if edge else at
    return table


def _edges(name: str) -> tuple[str, str]:
    return f"jump_{name}_before", f"jump_{name}_after"


def _line(pairs: int, electrons: int, seniority: int, field: Any) -> Any:
    """E_ν − ωm_ν with the highest moment of that seniority."""
    top = float(max(multiplicities(cluster(pairs).shell.moments, seniority)))
    coupling = 2 / pairs
    number = (electrons - seniority) * (2 * pairs + 2 - electrons - seniority) / 4
    return -coupling * number - field * top


def _spin_moment(distance: float, field: Array) -> Array:
    moments, energies = spin_envelope(float(distance))
    ground = np.array(envelope(moments, energies))
    lowest = np.argmin(energies[ground] - field[:, None] * moments[ground], axis=1)
    return np.asarray(moments[ground][lowest])


def _labelled(arrays: dict[str, Any], coords: dict[str, Any]) -> xr.Dataset:
    data = xr.Dataset(arrays, coords)
    if {"pairs", "parity"} <= set(data.dims):
        electrons = [
            [cluster(int(m), str(p)).electrons for p in data.parity.values] for m in data.pairs.values
        ]
        data = data.assign_coords(electrons=(("pairs", "parity"), electrons))
    for name in data.variables:
        if str(name) in UNITS:
            data[name].attrs["units"] = UNITS[str(name)]
    return data
