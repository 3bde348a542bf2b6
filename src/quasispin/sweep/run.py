"""Observables of ensembles on a grid of temperatures and fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.base import Ensemble
from quasispin.errors import InputError, UndefinedError, check_memory, shown
from quasispin.observables import BOUNDS, Observable, gap, together, working_bytes
from quasispin.sweep.dataset import Results, assemble
from quasispin.sweep.grid import CHUNK, Grid, dimensions, named
from quasispin.sweep.laboratory import ATTRIBUTE, checked_unit

if TYPE_CHECKING:
    import xarray as xr

Progress = Callable[[int, int], None]
"""Called with the number of points done and of all points."""


def sweep(
    *ensembles: Ensemble,
    temperature: npt.ArrayLike,
    field: npt.ArrayLike = 0.0,
    observables: Observable | Sequence[Observable] = (gap,),
    label: str | Sequence[str] | None = None,
    energy_unit: str | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Observables of one or several ensembles on a grid, as a labelled xarray Dataset.

    Parameters
    ----------
    *ensembles
        Such as `Canonical(system), MeanField(system)`. They may hold different systems, or all a `Family`
        with the same lists, which become dimensions of their own.
    temperature
        k_BT ≥ 0 as an energy: a list becomes the dimension ``temperature``, a number a scalar coordinate.
    field
        μ_BB as an energy: likewise.
    observables
        What to measure, from `quasispin.observables`; each becomes a variable.
    label
        Names of the ensembles along the dimension ``ensemble``; else made from what tells them apart.
    energy_unit
        How the unit of all energies is called, such as "meV"; kept in the attributes for labels, and for
        kelvin and tesla (`quasispin.sweep.laboratory`).
    progress
        Called with the points done and all points, every few thousand points.

    Returns
    -------
    xarray.Dataset
        Dimensions ``ensemble``, those of the family, ``temperature``, ``field``, and ``seniority`` or
        ``shell`` for the observables that have them. Where an ensemble lacks an observable it is NaN and
        the variable's attribute ``undefined`` says why; P(ν) beyond a shell's last ν is 0. The
        attributes of the dataset say how it was made, down to versions and systems.

        Where an ensemble leaves states out (`accuracy=`), ``free_energy_bound`` and the like say how much
        the free energy, energy, heat capacity and susceptibility may miss at most.

    Raises
    ------
    InputError
        If an argument is not what it should be; the message names it.
    SizeError
        If the result would not fit into a sensible amount of memory, before anything is computed.
    """
    if progress is not None and not callable(progress):
        raise InputError(f"`progress` must be callable, but is {shown(progress)}.", progress)
    chosen, unit = _checked(observables), checked_unit(energy_unit)
    chosen += _bounds(chosen, ensembles)
    grid = Grid.of(temperature, field)
    names = named(ensembles, label)
    results = Results.empty(names, dimensions(ensembles), grid, chosen)
    check_memory("This sweep", _bytes(results))
    _fill(results, progress or _silent)
    data = assemble(results)
    return data if unit is None else data.assign_attrs({ATTRIBUTE: unit})


def _fill(results: Results, progress: Progress) -> None:
    results.allocate()
    done, total = 0, results.grid.size * len(results.cells)
    progress(done, total)
    for cell in results.cells:
        for where, heat, strength in results.grid.chunks():
            try:
                values = together(results.observables, cell.make(), heat, strength)
            except UndefinedError as error:  # this ensemble does not exist for this system at all
                values = dict.fromkeys(results.observables, UndefinedError(str(error), str(error)))
            results.put(cell, where, values)
            done += len(heat)
            progress(done, total)


def _checked(observables: Observable | Sequence[Observable]) -> tuple[Observable, ...]:
    if isinstance(observables, Observable):
        return (observables,)
    chosen = tuple(observables) if isinstance(observables, Sequence) else ()
    if not chosen:
        raise InputError(
            f"`observables` must hold at least one observable, but is {shown(observables)}.", observables
        )
    for one in chosen:
        if not isinstance(one, Observable):
            raise InputError(
                f"`observables` must hold observables such as quasispin.gap, but holds {shown(one)}.", one
            )
    if len({one.name for one in chosen}) < len(chosen):
        raise InputError(
            f"`observables` must not hold one twice, but is {shown([o.name for o in chosen])}.", chosen
        )
    return chosen


def _bounds(chosen: Sequence[Observable], ensembles: Sequence[Ensemble]) -> tuple[Observable, ...]:
    """Beside what is bounded its bound, where an ensemble leaves states out."""
    if all(getattr(ensemble, "accuracy", None) is None for ensemble in ensembles):
        return ()
    return tuple(BOUNDS[one.name] for one in chosen if one.name in BOUNDS)


def _bytes(results: Results) -> float:
    kept = sum(8.0 * float(np.prod(results.shape(one), dtype=float)) for one in results.observables)
    points = min(CHUNK, results.grid.size)
    return 2 * kept + max(working_bytes(one, points) for one in results.names.values())


def _silent(done: int, total: int) -> None:
    del done, total
