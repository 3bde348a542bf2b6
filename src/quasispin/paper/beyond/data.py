"""The numbers behind each figure as labelled datasets; every unit stands in the attributes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.tilted import ExactDiagonalisation
from quasispin.paper import measures
from quasispin.paper.beyond import aluminium, fence, neighbours, tilt
from quasispin.paper.beyond.axial import axial_steps, spheroid
from quasispin.paper.beyond.scope import FULL, Scope
from quasispin.paper.clusters import field_unit

SHELLS = (7, 11)
SPLITTINGS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""δ/G along the field."""
HEAT = 0.05
"""T of χ and C along the field: .1T₀."""
TILTED_SPLITTINGS = (0.0, 1.0, 3.0, 10.0)
WARM = 0.05
"""T of the orbital moment that survives: .1T₀."""
TILTED_FIELD = 1.2
"""Its field, 2ω_c of the sphere with M = 5; the curves end here too."""
SHARED_SPLITTINGS = (0.0, 1.0, 3.0, 10.0)
"""δ/G at which all sizes are compared."""
MORE_SPLITTINGS = (2.0, 4.0, 6.0, 8.0)
"""Further ones where all directions are cheap, which is up to `CHEAP`."""
CHEAP = 4
COUPLED_FIELD = 1.5
"""Highest field under spin–orbit coupling, 2.5ω_c of the sphere with M = 5."""
STRENGTHS = (0.0, 1.0, 2.0, 5.0, 10.0)
"""ζ/G."""
SPACINGS = (2.0, 5.0, 10.0, 30.0)
"""Δe/Δ₀."""
LOW_FIELD = 0.1
"""The field, in ω_c, in which the moment under spin–orbit coupling is followed against ζ."""


def deformation(scope: Scope = FULL) -> xr.Dataset:
    """Δ_conn at T = 0, χ and C at .1T₀ of the M = 7 and 11 shells against ω, for five δ along the field."""
    field = np.linspace(0.0, 3.0, scope.fields)
    cells = [[_axial(m, d, field * field_unit(m)) for d in SPLITTINGS] for m in SHELLS]
    names = ("connected_gap", "susceptibility", "heat_capacity")
    arrays = {
        name: (("pairs", "splitting", "field"), np.array([[cell[i] for cell in row] for row in cells]))
        for i, name in enumerate(names)
    }
    units = {"connected_gap": "Δ₀", "susceptibility": "μ_B²/Δ₀", "heat_capacity": "k_B"}
    coords = {"pairs": list(SHELLS), "splitting": list(SPLITTINGS), "field": field}
    return _labelled(arrays, coords, units | {"splitting": "G", "field": "ω_c = 3Δ₀/M"}, temperature=HEAT)


def steps(scope: Scope = FULL) -> xr.Dataset:
    """Where the steps at T = 0 are as δ goes from −10 to 10 G, and what part of each is spin."""
    splitting = np.linspace(-10.0, 10.0, scope.splittings)
    found = [[axial_steps(m, float(d)) for d in splitting] for m in SHELLS]
    most = max(len(steps) for row in found for steps in row)
    table = np.full((3, len(SHELLS), splitting.size, most), np.nan)
    for place in np.ndindex(len(SHELLS), splitting.size):
        for k, step in enumerate(found[place[0]][place[1]]):
            table[(slice(None), *place, k)] = step
    for i, m in enumerate(SHELLS):
        table[0, i] *= m / 2  # in G
    dims = ("pairs", "splitting", "step")
    names = ("step_field", "step_moment", "step_spin")
    arrays = {name: (dims, values) for name, values in zip(names, table, strict=True)}
    units = {"step_field": "G", "step_moment": "μ_B", "step_spin": "μ_B", "splitting": "G"}
    return _labelled(arrays, {"pairs": list(SHELLS), "splitting": splitting}, units)


def angle(scope: Scope = FULL) -> xr.Dataset:
    """M = 5, N = 4 against ω at three angles: moment, Δ_conn and χ; ⟨L_z⟩ and χ without a field against δ.

    The moment and Δ_conn are those of T = 0, with every jump located; χ is that of T = .1T₀ and, as
    `van_vleck`, that of T = 0.
    """
    names, points = list(tilt.ANGLES), scope.tilted_fields
    cells = {
        (name, d): tilt.curve(d, a, points, TILTED_FIELD, WARM)
        for name, a in tilt.ANGLES.items()
        for d in TILTED_SPLITTINGS
    }
    directions, splitting = [*names, tilt.AVERAGE], np.linspace(0.0, 10.0, scope.splittings)
    share = [
        [tilt.surviving_share(float(d), name, WARM, TILTED_FIELD) for d in splitting] for name in directions
    ]
    at_rest = [[tilt.van_vleck(float(d), name) for d in splitting] for name in directions]
    mean = [tilt.warm_response(d, tilt.AVERAGE, points, WARM, TILTED_FIELD) for d in TILTED_SPLITTINGS]
    arrays = _followed(cells, ("angle", "splitting"), (len(names), len(TILTED_SPLITTINGS)))
    arrays |= {
        "orbital_share": (("direction", "any_splitting"), np.array(share)),
        "resting_susceptibility": (("direction", "any_splitting"), np.array(at_rest)),
        "average_susceptibility": (("splitting", "field"), np.array(mean)),
    }
    coords = {
        "angle": names,
        "splitting": list(TILTED_SPLITTINGS),
        "field": next(iter(cells.values())).field / neighbours.UNIT,
        "direction": directions,
        "any_splitting": splitting,
    }
    units = UNITS | {"orbital_share": "⟨L_z⟩ of the sphere", "resting_susceptibility": "μ_B²/Δ₀"}
    units |= {"average_susceptibility": "μ_B²/Δ₀", "splitting": "G", "any_splitting": "G"}
    return _labelled(arrays, coords, units, temperature=WARM)


UNITS = {
    "moment": "μ_B",
    "connected_gap": "Δ₀",
    "susceptibility": "μ_B²/Δ₀",
    "van_vleck": "μ_B²/Δ₀",
    "heat_capacity": "k_B",
    "field": "ω_c = 3Δ₀/M",
    "jump_field": "ω_c = 3Δ₀/M",
    "jump_moment": "μ_B",
    "jump_gap": "Δ₀",
}


def _followed(
    cells: Mapping[Any, tilt.Curve], dims: tuple[str, ...], shape: tuple[int, ...]
) -> dict[str, Any]:
    """Curves as arrays over `dims` and the field; the jumps as arrays over `dims`, jump and side of it."""
    found = list(cells.values())
    most = max(max(len(one.jumps) for one in found), 1)
    table = np.full((len(found), most, 5), np.nan)
    for row, one in zip(table, found, strict=True):
        row[: len(one.jumps)] = np.reshape(one.jumps, (-1, 5))
    table[:, :, 0] /= neighbours.UNIT

    def over(values: Any, *more: str) -> tuple[tuple[str, ...], Any]:
        array = np.array(values)
        return (*dims, *more), array.reshape(*shape, *array.shape[1:])

    finite = [np.where(np.isfinite(one.susceptibility), one.susceptibility, np.nan) for one in found]
    return {
        "moment": over([one.moment for one in found], "field"),
        "connected_gap": over([one.connected_gap for one in found], "field"),
        "susceptibility": over([one.warm_susceptibility for one in found], "field"),
        "heat_capacity": over([one.warm_heat_capacity for one in found], "field"),
        "van_vleck": over(finite, "field"),
        "jump_field": over(table[:, :, 0], "jump"),
        "jump_moment": over(table[:, :, 1:3], "jump", "side"),
        "jump_gap": over(table[:, :, 3:5], "jump", "side"),
    }


def angle_size(scope: Scope = FULL) -> xr.Dataset:
    """What is left of ⟨L_z⟩ at T = 0 and 2ω_c in shells of growing l, N = M − 1, against δ.

    `axial_share` is the same along the field at many δ, from the exact steps.
    """
    names = [*tilt.ANGLES, tilt.AVERAGE]
    splittings = sorted({*SHARED_SPLITTINGS, *MORE_SPLITTINGS})
    values = np.full((len(scope.orbitals), len(names), len(splittings)), np.nan)
    for i, l in enumerate(scope.orbitals):
        for chosen in (SHARED_SPLITTINGS, MORE_SPLITTINGS)[: 2 if l <= CHEAP else 1]:
            found = tilt.ground_shares(l, chosen)
            values[i, :, [splittings.index(d) for d in chosen]] = np.array([found[name] for name in names]).T
    fine = np.linspace(0.0, 10.0, 2 * scope.splittings - 1)
    axial = [tilt.axial_share(l, fine) for l in scope.orbitals]
    coords = {
        "pairs": [2 * l + 1 for l in scope.orbitals],
        "direction": names,
        "splitting": splittings,
        "any_splitting": fine,
    }
    arrays = {
        "orbital_share": (("pairs", "direction", "splitting"), values),
        "axial_share": (("pairs", "any_splitting"), np.array(axial)),
    }
    units = dict.fromkeys(arrays, "⟨L_z⟩ of the sphere") | {"splitting": "G", "any_splitting": "G"}
    return _labelled(arrays, coords, units)


def spin_orbit(scope: Scope = FULL) -> xr.Dataset:
    """Moment, Δ_conn, χ and C of l = 2, N = 2 and 3, against ω for five ζ; larger l in a low field.

    The moment and Δ_conn are those of T = 0, χ and C of .1T₀; l·s has no axis, so that no angle matters.
    """
    numbers = (2, 3)
    cells = {
        (number, z): tilt.followed(
            tilt.tilted(0.0, 0.0, electrons=number, spin_orbit=z), scope.tilted_fields, WARM, COUPLED_FIELD
        )
        for number in numbers
        for z in STRENGTHS
    }
    strength = np.linspace(0.0, 1.0, scope.splittings)
    arrays = _followed(cells, ("electrons", "strength"), (len(numbers), len(STRENGTHS)))
    arrays |= {
        "low_field_moment": (
            ("orbital", "any_strength"),
            np.array([[low_field_moment(float(z), l) for z in strength] for l in scope.orbitals]),
        ),
        "strong_limit": ("orbital", [strong_moment(l) for l in scope.orbitals]),
    }
    coords = {
        "electrons": list(numbers),
        "strength": list(STRENGTHS),
        "field": next(iter(cells.values())).field / neighbours.UNIT,
        "any_strength": strength,
        "orbital": list(scope.orbitals),
    }
    units = UNITS | {"low_field_moment": "μ_B", "strong_limit": "μ_B", "strength": "G", "any_strength": "G"}
    return _labelled(arrays, coords, units, temperature=WARM)


@cache
def low_field_moment(strength: float, orbital: int = tilt.MOMENTUM) -> float:
    """m of three electrons in one shell at T = 0 and .1ω_c, from all states; ζ in G."""
    shell = tilt.tilted(0.0, 0.0, electrons=3, spin_orbit=strength, orbital=orbital)
    field = LOW_FIELD * field_unit(2 * orbital + 1)
    return float(ExactDiagonalisation(shell).averages(0.0, field).moment)


def strong_moment(orbital: int = tilt.MOMENTUM) -> float:
    """g_j j of j = l − ½, the limit for strong coupling: g_j = 1 − 1/(2l+1)."""
    return (1 - 1 / (2 * orbital + 1)) * (orbital - 0.5)


def shells(scope: Scope = FULL) -> xr.Dataset:
    """One shell and three against ω, with G the same or renormalised; how far they differ against Δe."""
    field = neighbours.fields(scope.fields)
    one = neighbours.curves(None, "", scope.fields)
    many = [[neighbours.curves(d, kind, scope.fields) for d in SPACINGS] for kind in neighbours.COUPLINGS]
    distance = neighbours.distances(scope.distances)
    far = [[neighbours.deviations(float(d), kind) for d in distance] for kind in neighbours.COUPLINGS]
    arrays: dict[str, Any] = {}
    for i, name in enumerate(neighbours.QUANTITIES):
        values = np.array([[cell[i] for cell in row] for row in many])
        arrays[name] = (("kind", "spacing", "field"), values)
        arrays[f"single_{name}"] = ("field", one[i])
        apart = np.array([[cell[name] for cell in row] for row in far])
        arrays[f"{name}_deviation"] = (("kind", "distance"), apart)
    strength = [[neighbours.coupling(float(d), kind) for d in distance] for kind in neighbours.COUPLINGS]
    arrays["coupling"] = (("kind", "distance"), np.array(strength))
    coords = {
        "kind": list(neighbours.COUPLINGS),
        "spacing": list(SPACINGS),
        "field": field / neighbours.UNIT,
        "distance": distance,
    }
    units = {"connected_gap": "Δ₀", "susceptibility": "μ_B²/Δ₀", "heat_capacity": "k_B", "coupling": "Δ₀"}
    units |= {f"single_{name}": units[name] for name in neighbours.QUANTITIES}
    units |= {"spacing": "Δ₀", "distance": "Δ₀", "field": "ω_c = 3Δ₀/M of the middle shell"}
    return _labelled(arrays, coords, units, temperature=neighbours.HEAT)


def picket_fence(scope: Scope = FULL) -> xr.Dataset:
    """Δ_conn of picket fences: against ω at T = 0, and against T at 1.1 critical fields."""
    reduced = np.linspace(0.0, 1.5, scope.fields)
    heat = fence.temperatures(scope.temperatures)
    kinds = (scope.fence_levels, fence.COUPLINGS, tuple(fence.PARITIES))
    found = [fence.followed(*one, scope.fields, scope.temperatures) for one in itertools.product(*kinds)]
    shape = tuple(map(len, kinds))

    def all_of(name: str) -> Any:
        values = np.array([getattr(one, name) for one in found])
        return values.reshape(shape + values.shape[1:])

    dims = ("levels", "coupling", "parity")
    arrays = {
        "cold_gap": ((*dims, "field"), all_of("cold")),
        "warm_gap": ((*dims, "temperature"), all_of("warm")),
        "free_gap": ((*dims, "temperature"), all_of("free")),
        "critical_field": (dims, all_of("critical_field")),
        "gap_scale": (dims, all_of("scale")),
    }
    coords = dict(zip(dims, map(list, kinds), strict=True)) | {"field": reduced, "temperature": heat}
    units = dict.fromkeys(("cold_gap", "warm_gap", "free_gap", "critical_field", "gap_scale"), "d")
    units |= {"coupling": "d", "temperature": "d", "field": "critical field"}
    return _labelled(arrays, coords, units)


def spheres(scope: Scope = FULL) -> xr.Dataset:
    """The last step in tesla of aluminium spheres of 1 to 5 nm, with their last shell and its neighbours."""
    radius = aluminium.radii(scope.radii)
    found = [aluminium.sphere(float(r)) for r in radius]
    arrays: dict[str, Any] = {
        name: ("radius", np.array([getattr(one, name) for one in found])) for name in aluminium.Sphere._fields
    }
    arrays["printed_field"] = ("radius", np.array([aluminium.printed_field(float(r)) for r in radius]))
    units = {"critical_field": "T", "printed_field": "T", "spacing": "Δ₀", "radius": "nm"}
    return _labelled(arrays, {"radius": radius}, units, gap_scale=aluminium.GAP)


FIGURES: Mapping[str, Callable[[Scope], xr.Dataset]] = {
    "deformation": deformation,
    "deformation-steps": steps,
    "angle": angle,
    "angle-size": angle_size,
    "spin-orbit": spin_orbit,
    "shells": shells,
    "picket-fence": picket_fence,
    "aluminium": spheres,
}
"""Stem of the files → what computes the data."""


def _axial(pairs: int, splitting: float, field: Any) -> tuple[Any, Any, Any]:
    ensemble = Canonical(spheroid(pairs, splitting))
    warm = ensemble.averages(HEAT, field)
    return measures.connected_gap(ensemble.averages(0.0, field)), warm.susceptibility, warm.heat_capacity


def _labelled(
    arrays: dict[str, Any], coords: dict[str, Any], units: dict[str, str], **attrs: float
) -> xr.Dataset:
    data = xr.Dataset(arrays, coords, attrs)
    for name, unit in units.items():
        data[name].attrs["units"] = unit
    return data
