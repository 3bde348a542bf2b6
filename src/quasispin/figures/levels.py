"""Levels of one system in a field: the staircase as crossings of straight lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap

from quasispin.ensembles import diagram
from quasispin.ensembles.averages import Array
from quasispin.ensembles.base import Ensemble
from quasispin.errors import InputError, UndefinedError, real_array, shown
from quasispin.figures import style
from quasispin.sweep.laboratory import ATTRIBUTE, checked_unit, per_laboratory_unit
from quasispin.system.family import Family
from quasispin.system.system import System

if TYPE_CHECKING:
    import xarray as xr

LEGIBLE = 8
"""More seniorities than these are explained by a colour bar."""


def levels(
    data: System | Ensemble | xr.Dataset,
    field: npt.ArrayLike | None = None,
    *,
    energy_unit: str | None = None,
    laboratory: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw E − ωm against ω, the ground state thick, its crossings marked.

    Parameters
    ----------
    data
        A system, an ensemble of one, or a dataset made by `sweep` that holds one system. One shell: the
        level of largest moment of each seniority. Several shells: of the lowest levels of all seniority
        tuples, for each moment the lowest.
    field
        Where; by default from 0 to beyond the last crossing of one shell.
    energy_unit
        How the unit of energy is called in labels; Δ₀ where the gap scale is 1.
    laboratory
        The field axis in tesla, where the energies are in meV: by `energy_unit` or by what a dataset says.
    ax
        Where to draw; else a new figure.
    """
    in_tesla = style.checked(laboratory)
    system = _system(data)
    unit = getattr(data, "attrs", {}).get(ATTRIBUTE) if energy_unit is None else checked_unit(energy_unit)
    per_tesla = per_laboratory_unit(unit, system.magneton)["field"] if in_tesla else None
    lines = diagram.lines(system)
    strength = np.linspace(0.0, _reach(system, lines), 201) if field is None else real_array("field", field)
    if strength.ndim != 1 or len(strength) < 2:
        raise InputError(f"`field` must hold at least two numbers, but has shape {strength.shape}.", field)
    with style.style():
        axis: Axes = (
            style.panels(1, columns=1, width=style.WIDTH + 1.2, height=3.0)[1][0]
            if ax is None
            else style.given_axes(ax)[0]
        )
        _draw(axis, lines, np.sort(strength), system, per_tesla or 1.0)
        _name(axis, system, unit, in_tesla=in_tesla)
    return axis


def _draw(axis: Axes, lines: list[diagram.Line], strength: Array, system: System, unit: float) -> None:
    seniorities = sorted({line.seniority for line in lines})
    colour = dict(zip(seniorities, style.colours(len(seniorities)), strict=True))
    energies = np.array([line.energy - strength * line.moment for line in lines])
    named: set[int] = set()
    for line, energy in zip(lines, energies, strict=True):
        label = None if line.seniority in named else rf"$\nu = {line.seniority}$"
        axis.plot(strength / unit, energy, color=colour[line.seniority], linewidth=1.0, label=label)
        named.add(line.seniority)
    ground = energies.min(axis=0)
    axis.plot(strength / unit, ground, color="0.15", linewidth=2.6, zorder=1.5, label="ground state")
    for place, height in diagram.corners(system, lines):
        if strength[0] <= place <= strength[-1]:
            axis.plot(
                place / unit, height, "o", color="white", markeredgecolor="0.15", markersize=5, zorder=4
            )
    axis.set_xlim(strength[0] / unit, strength[-1] / unit)
    axis.set_ylim(*_view(energies, ground))
    _explain(axis, seniorities, colour)


def _explain(axis: Axes, seniorities: list[int], colour: dict[int, Any]) -> None:
    if len(seniorities) <= LEGIBLE:
        axis.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0)
        return
    mappable = ScalarMappable(cmap=ListedColormap([colour[nu] for nu in seniorities]))
    mappable.set_clim(-0.5, len(seniorities) - 0.5)
    ticks = range(0, len(seniorities), -(-(len(seniorities) - 1) // 6))
    bar = axis.figure.colorbar(mappable, ax=axis, ticks=ticks)
    bar.ax.set_yticklabels([str(seniorities[i]) for i in ticks])
    bar.ax.minorticks_off()
    bar.set_label(r"seniority $\nu$")


def _name(axis: Axes, system: System, energy_unit: str | None, *, in_tesla: bool) -> None:
    unit = energy_unit
    if unit is None and system.is_single_shell and np.isclose(system.gap_scale, 1.0, rtol=1e-12):
        unit = r"$\Delta_0$"
    tail = style.drawable(f" ({unit})") if unit else ""
    axis.set_xlabel("magnetic field $B$ (T)" if in_tesla else rf"Larmor energy $\omega${tail}")
    axis.set_ylabel(rf"$E - \omega m${tail}")
    axis.set_title(
        repr(system)[len("<System: ") : -1].split(", Δ₀")[0].split(", G=")[0].split(", moments")[0]
    )


def _system(data: object) -> System:
    if isinstance(data, System):
        return data
    if isinstance(data, Ensemble):
        if isinstance(data.system, System):
            return data.system
        if not isinstance(data.system, Family):
            raise UndefinedError("Levels are straight lines only where the moment commutes with H.", data)
        raise UndefinedError("Levels are drawn of one system: take one of `family.members()`.", data)
    if not hasattr(data, "data_vars"):
        raise InputError(f"`data` must be a System, an ensemble or a dataset, but is {shown(data)}.", data)
    found = {System.from_dict(record["system"]) for record in style.records(data)}  # type: ignore[arg-type]
    if len(found) != 1:
        raise UndefinedError(f"Levels are drawn of one system, but the dataset holds {len(found)}.", data)
    return found.pop()


def _reach(system: System, lines: list[diagram.Line]) -> float:
    if system.is_single_shell:
        return style.reach(system)
    last = diagram.envelope(lines)[-1][0]
    return 1.2 * last if last > 0.0 else 1.0


def _view(energies: Array, ground: Array) -> tuple[float, float]:
    """From below the ground state to above the highest line at zero field."""
    low, high = float(ground.min()), float(energies[:, 0].max())
    margin = 0.04 * (high - low or 1.0)
    return low - margin, high + margin
