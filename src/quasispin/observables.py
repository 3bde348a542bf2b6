"""What one measures: frozen callables, each a name, a symbol, a unit and a formula.

Equation numbers are those of Kuzmenko, Mikhajlov, Frauendorf, "Step wise destruction of the pair
correlations in micro clusters by a magnetic field", arXiv:cond-mat/0002030,
doi:10.48550/arXiv.cond-mat/0002030. k_B = μ_B = 1, energies in the unit of the coupling.

>>> from quasispin.ensembles.canonical import Canonical
>>> from quasispin.system.shell import Shell
>>> from quasispin.system.system import System
>>> grain = System.single_shell(Shell.orbital(5), electrons=10, gap_scale=1.0)
>>> round(gap(Canonical(grain), temperature=0.0), 6)
1.075651
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.base import Ensemble
from quasispin.errors import InputError, UndefinedError, broadcast, check_points, real_array, shown
from quasispin.magneton import in_magneton
from quasispin.system.family import Family
from quasispin.system.system import System

if TYPE_CHECKING:
    import xarray as xr

Neighbours = tuple[Array, Array, Array]
"""Free energies of N−1, N, N+1 electrons, each of shape X."""

ENERGY: Final = "unit of the coupling"
FILL: Final = {"seniority": 0.0, "shell": np.nan}
"""The axes that an observable may add to the grid, and what stands where a system has no such entry."""


CALL: Final = """Call it as ``(ensemble, temperature, field=0.0)``, with `temperature` k_BT ≥ 0 and `field`
μ_BB as energies in the unit of the coupling, numbers or arrays that broadcast, or DataArrays. Numbers
give a float, arrays an array, DataArrays a DataArray; a `Family` puts its dimensions first. Raises
InputError for what is negative, not finite or does not fit, UndefinedError with the reason where the
ensemble has no such quantity. Source: arXiv:cond-mat/0002030, doi:10.48550/arXiv.cond-mat/0002030."""
"""What `help` says of every observable."""


@dataclass(frozen=True, kw_only=True)
class Observable:
    """A quantity that one measures: call it with an ensemble, a temperature and a field.

    Parameters
    ----------
    name
        As in `quasispin.observables` and in datasets.
    symbol
        For axis labels, in mathtext without dollars.
    unit
        "unit of the coupling" (energies), "k_B", "mu_B", …, or "1".
    long_name
        In words.
    equation
        How it follows from the averages, and where that stands.
    read
        The formula: from `Averages` to an array of shape X (X + (V,) or X + (S,) with an `axis`),
        or None where the ensemble does not define it.
    source
        The field of `Averages` that it stands on, under which `Averages.undefined` tells the reason.
    axis
        "seniority", "shell" or nothing: the trailing axis that it adds to the grid.
    """

    name: str
    symbol: str
    unit: str
    long_name: str
    equation: str = field(repr=False, compare=False)
    read: Callable[[Averages], Array | None] = field(repr=False)
    source: str = field(repr=False)
    axis: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        unit = "" if self.unit == "1" else f" ({self.unit})"
        text = f"{self.long_name[0].upper()}{self.long_name[1:]}{unit}: {self.equation}\n\n{CALL}"
        object.__setattr__(self, "__doc__", text)

    def __call__(self, ensemble: Ensemble, temperature: Any, field: Any = 0.0) -> Any:
        """Evaluate at k_BT = `temperature` ≥ 0 and μ_BB = `field`.

        Parameters
        ----------
        ensemble
            Such as `Canonical(system)`; with a `Family` inside, its dimensions lead those of the result.
        temperature, field
            Numbers, arrays that broadcast, or xarray DataArrays, which broadcast by their dimensions.

        Returns
        -------
        float, numpy.ndarray or xarray.DataArray
            As the input; a trailing axis for `seniority_distribution` (V = M+1) and `occupation` (S).

        Raises
        ------
        InputError
            If a temperature is negative, a value not finite, or the shapes do not fit.
        UndefinedError
            If the ensemble does not define this quantity; the message says why.
        """
        check_ensemble(ensemble)
        if any(_is_labelled(value) for value in (temperature, field)):
            return self._labelled(ensemble, temperature, field)
        values = self._values(ensemble, temperature, field)
        return values if values.ndim else float(values)

    def __repr__(self) -> str:
        return f"<Observable {self.name}: {self.long_name}>"

    def measure(self, averages: Averages, neighbours: Callable[[], Neighbours]) -> Array | None:
        """The formula; `neighbours` yields F(N−1), F(N), F(N+1) or raises UndefinedError."""
        del neighbours  # only energies of addition ask for them
        return self.read(averages)

    def _values(self, ensemble: Ensemble, temperature: npt.ArrayLike, field: npt.ArrayLike) -> Array:
        parts = [self._one(one, temperature, field) for one, _ in members(ensemble)]
        if not isinstance(ensemble.system, Family):
            return parts[0]
        values = np.stack(padded(parts, self.axis))
        return values.reshape(ensemble.system.shape + values.shape[1:])

    def _one(self, ensemble: Ensemble, temperature: npt.ArrayLike, field: npt.ArrayLike) -> Array:
        value = together([self], ensemble, temperature, field)[self]
        if isinstance(value, UndefinedError):
            raise value
        return value

    def _labelled(self, ensemble: Ensemble, temperature: Any, field: Any) -> xr.DataArray:
        import xarray as xr  # loaded already: the caller holds one of its arrays

        for value in (temperature, field):
            if not _is_labelled(value) and np.ndim(value):
                raise InputError(
                    "`temperature` and `field` must both be DataArrays, or one of them a number.", value
                )
        heat, strength = xr.broadcast(_as_labelled(temperature), _as_labelled(field))
        family = ensemble.system.dimensions if isinstance(ensemble.system, Family) else {}
        values = self._values(ensemble, heat.values, strength.values)
        axis = trailing(self, family)
        for name in heat.dims:
            if name in family or name in axis:
                raise InputError(
                    f"`temperature` and `field` must not have the dimension {name!r}, which the result has "
                    "already: rename it.",
                    name,
                )
        dims = (*family, *heat.dims, *axis)
        coords: dict[Any, Any] = {**strength.coords, **heat.coords}
        coords |= {name: labels(entries) for name, entries in family.items()}
        coords |= {name: np.arange(values.shape[-1]) for name in axis}
        first: Any = next(one for one, _ in members(ensemble)).system
        about = in_magneton(self.attributes, first.magneton)
        return xr.DataArray(values, dims=dims, coords=coords, name=self.name, attrs=about)

    @property
    def attributes(self) -> dict[str, str]:
        """What a dataset says about it."""
        return {"long_name": self.long_name, "units": self.unit, "symbol": self.symbol}


@dataclass(frozen=True, kw_only=True, repr=False)
class AdditionObservable(Observable):
    """An observable that compares the free energies of N−1, N and N+1 electrons."""

    combine: Callable[[Array, Array, Array, int], Array] = field(repr=False)
    """From F(N−1), F(N), F(N+1) and N."""

    def measure(self, averages: Averages, neighbours: Callable[[], Neighbours]) -> Array:
        """The formula."""
        return self.combine(*neighbours(), round(float(averages.electrons.flat[0])))


# -- evaluating ------------------------------------------------------------------------------------


def together(
    observables: Sequence[Observable],
    ensemble: Ensemble,
    temperature: npt.ArrayLike,
    field: npt.ArrayLike = 0.0,
) -> dict[Observable, Array | UndefinedError]:
    """Several observables of one system from one evaluation of its averages.

    Returns
    -------
    dict
        For each observable its array, or the error that says why this ensemble does not define it.
    """
    heat, strength = broadcast(
        temperature=real_array("temperature", temperature, low=0.0), field=real_array("field", field)
    )
    check_points(heat.size, working_bytes(ensemble, 1))
    averages = ensemble.averages(heat, strength)

    def neighbours() -> Neighbours:
        less, more = (_neighbour(ensemble, step) for step in (-1, 1))
        before, after = (other.averages(heat, strength).free_energy for other in (less, more))
        return before, averages.free_energy, after

    return {observable: _measured(observable, ensemble, averages, neighbours) for observable in observables}


def members(ensemble: Ensemble) -> Iterator[tuple[Ensemble, dict[str, Any]]]:
    """The ensembles of single systems in it, each with the values that a family chose for it."""
    if not isinstance(ensemble.system, Family):
        yield ensemble, {}
        return
    for chosen, system in ensemble.system.members():
        try:
            yield ensemble.of(system), chosen
        except (InputError, UndefinedError) as error:
            where = ", ".join(f"{name}={value}" for name, value in chosen.items())
            raise type(error)(f"At {where}: {error}", error.value) from None


def padded(parts: Sequence[Array], axis: str | None) -> list[Array]:
    """The arrays with their trailing axis filled up to the longest: P(ν) with 0, shells with NaN."""
    if axis is None:
        return list(parts)
    length = max(part.shape[-1] for part in parts)
    return [
        np.pad(part, [(0, 0)] * (part.ndim - 1) + [(0, length - part.shape[-1])], constant_values=FILL[axis])
        for part in parts
    ]


def trailing(observable: Observable, family: Container[str]) -> tuple[str, ...]:
    """The observable's own dimension, by another name where a family's list has taken it (`shell`)."""
    if observable.axis is None:
        return ()
    return (f"{observable.axis}_number" if observable.axis in family else observable.axis,)


def labels(entries: Sequence[Any]) -> list[Any]:
    """Coordinates of a family's list: numbers as they are, shells and other things by their repr."""
    is_plain = any(all(isinstance(entry, kind) for entry in entries) for kind in ((int, float), str))
    return list(entries) if is_plain else [repr(entry) for entry in entries]


def working_bytes(ensemble: Ensemble, points: int) -> float:
    """Memory for the averages at that many points."""
    box = ensemble.system
    systems = [system for _, system in box.members()] if isinstance(box, Family) else [box]
    widest = max(system.pair_degeneracy + 3 * len(system.shells) for system in systems)
    return 8.0 * points * (24 + widest)


def check_ensemble(ensemble: object) -> None:
    """Raise unless it is an ensemble."""
    if not isinstance(ensemble, Ensemble):
        raise InputError(
            f"`ensemble` must be an ensemble such as Canonical(system), but is {shown(ensemble)}.", ensemble
        )


def _measured(
    observable: Observable, ensemble: Ensemble, averages: Averages, neighbours: Callable[[], Neighbours]
) -> Array | UndefinedError:
    try:
        values = observable.measure(averages, neighbours)
    except UndefinedError as error:
        return _undefined(observable, ensemble, str(error))
    if values is None:
        return _undefined(observable, ensemble, _reason(observable, averages.undefined))
    return values


def _undefined(observable: Observable, ensemble: Ensemble, reason: str) -> UndefinedError:
    why = reason.rstrip(".")
    where = f"in the {ensemble.name} ensemble of {ensemble.system!r}"
    return UndefinedError(f"`{observable.name}` is not defined {where}: {why}.", why)


def _reason(observable: Observable, undefined: Mapping[str, str]) -> str:
    return undefined.get(observable.source) or undefined.get(observable.name) or "it has no such average"


def _neighbour(ensemble: Ensemble, step: int) -> Ensemble:
    if ensemble.alone:
        raise UndefinedError(ensemble.alone, ensemble)
    system = ensemble.system
    assert isinstance(system, System)
    number = system.electrons + step
    if not 0 <= number <= 2 * system.pair_degeneracy:
        raise UndefinedError(f"there is no neighbour of {number} electrons in this box", number)
    return ensemble.of(system.with_electrons(number))


def _is_labelled(value: object) -> bool:
    module = sys.modules.get("xarray")
    return module is not None and isinstance(value, module.DataArray)


def _as_labelled(value: Any) -> xr.DataArray:
    import xarray as xr

    return value if _is_labelled(value) else xr.DataArray(value)


# -- formulas --------------------------------------------------------------------------------------


def _root(square: Array | None) -> Array | None:
    return None if square is None else np.sqrt(np.maximum(square, 0.0))


def _gap(averages: Averages) -> Array | None:
    return _root(averages.gap_squared)


def _shell_gap(averages: Averages) -> Array | None:
    return _root(averages.shell_gap_squared)


def _connected_gap(averages: Averages) -> Array | None:
    return _root(averages.connected_gap_squared)


def _pairing_energy(averages: Averages) -> Array:
    return averages.pair_energy


def _free_energy(averages: Averages) -> Array:
    return averages.free_energy


def _internal_energy(averages: Averages) -> Array:
    return averages.energy


def _entropy(averages: Averages) -> Array:
    return averages.entropy


def _heat_capacity(averages: Averages) -> Array:
    return averages.heat_capacity


def _magnetic_moment(averages: Averages) -> Array:
    return averages.moment


def _susceptibility(averages: Averages) -> Array:
    return averages.susceptibility


def _mean_seniority(averages: Averages) -> Array | None:
    if averages.unpaired is None:
        return None
    total: Array = averages.unpaired.sum(axis=-1)
    return total


def _seniority_distribution(averages: Averages) -> Array | None:
    return averages.seniority_distribution


def _occupation(averages: Averages) -> Array:
    return averages.occupation


def _number_variance(averages: Averages) -> Array:
    return averages.number_variance


def _chemical_potential(averages: Averages) -> Array | None:
    return averages.chemical_potential


def _addition(less: Array, here: Array, more: Array, electrons: int) -> Array:
    del electrons
    return (more - here) - (here - less)


def _parity(less: Array, here: Array, more: Array, electrons: int) -> Array:
    sign = -1.0 if electrons % 2 else 1.0
    return sign * 0.5 * _addition(less, here, more, electrons)


# -- the observables -------------------------------------------------------------------------------

gap: Final = Observable(
    name="gap",
    symbol=r"\Delta_c",
    unit=ENERGY,
    long_name="pairing gap",
    equation="Δ_c = √(−G E_c) (eq. 10) for the exact ensembles, Δ for the mean field, which drops the "
    "exchange term. Δ_c counts uncorrelated pairs too and has a floor: compare BCS with `connected_gap`.",
    read=_gap,
    source="gap_squared",
)
connected_gap: Final = Observable(
    name="connected_gap",
    symbol=r"\Delta_\mathrm{conn}",
    unit=ENERGY,
    long_name="connected pairing gap",
    equation="Δ_conn² = G²(⟨A⁺A⟩ − (N − ⟨b⟩)/2) with b singly occupied pair levels; Δ of the mean field. It "
    "keeps only ⟨a⁺_k a⁺_k̄ a_k̄' a_k'⟩ with k ≠ k'; not in the paper, whose Δ_c (eq. 10) has a floor.",
    read=_connected_gap,
    source="connected_gap_squared",
)
shell_gap: Final = Observable(
    name="shell_gap",
    symbol=r"\Delta_s",
    unit=ENERGY,
    long_name="gap of each shell",
    equation="Δ_s² = ⟨(Σ_t G_st A⁺_t)(Σ_t G_st A_t)⟩ on a trailing axis, the pair field that a pair in s "
    "feels; for a constant G each is √(−G E_c) of eq. (10). The mean field's Δ_s drops the exchange term.",
    read=_shell_gap,
    source="shell_gap_squared",
    axis="shell",
)
pairing_energy: Final = Observable(
    name="pairing_energy",
    symbol="E_c",
    unit=ENERGY,
    long_name="pairing energy",
    equation="E_c = −Σ G_ss'⟨A⁺_s A_s'⟩ = ⟨E_ν⟩ = −Δ_c²/G (eqs. 4, 10).",
    read=_pairing_energy,
    source="pair_energy",
)
free_energy: Final = Observable(
    name="free_energy",
    symbol="F",
    unit=ENERGY,
    long_name="free energy",
    equation="F = −T ln Z with Z of eq. (6); with a reservoir Ω + μ⟨N⟩.",
    read=_free_energy,
    source="free_energy",
)
internal_energy: Final = Observable(
    name="internal_energy",
    symbol="U",
    unit=ENERGY,
    long_name="internal energy",
    equation="U = ⟨H⟩ = F + TS, the field's −ω⟨m⟩ included (H of eq. 1).",
    read=_internal_energy,
    source="energy",
)
entropy: Final = Observable(
    name="entropy",
    symbol="S",
    unit="k_B",
    long_name="entropy",
    equation="S = −∂F/∂T (with F of eq. 2); at T = 0 the logarithm of the ground degeneracy.",
    read=_entropy,
    source="entropy",
)
heat_capacity: Final = Observable(
    name="heat_capacity",
    symbol="C",
    unit="k_B",
    long_name="heat capacity",
    equation="C = −T ∂²F/∂T² (eq. 2, whose printed form lacks the factor T).",
    read=_heat_capacity,
    source="heat_capacity",
)
magnetic_moment: Final = Observable(
    name="magnetic_moment",
    symbol="m",
    unit="mu_B",
    long_name="magnetic moment",
    equation="⟨m⟩ = −∂F/∂ω (F of eq. 2); odd in the field.",
    read=_magnetic_moment,
    source="moment",
)
susceptibility: Final = Observable(
    name="susceptibility",
    symbol=r"\chi",
    unit="mu_B^2 / unit of the coupling",
    long_name="magnetic susceptibility",
    equation="χ = −∂²F/∂ω² (eq. 2), per system: times μ₀μ_B²/V it is that of SI, times μ_B²/V the Gaussian.",
    read=_susceptibility,
    source="susceptibility",
)
mean_seniority: Final = Observable(
    name="mean_seniority",
    symbol=r"\langle\nu\rangle",
    unit="1",
    long_name="mean seniority",
    equation="⟨ν⟩ = Σ_s ⟨ν_s⟩ = Σ_ν ν P(ν), the mean number of unpaired electrons (weights of eq. 6).",
    read=_mean_seniority,
    source="unpaired",
)
seniority_distribution: Final = Observable(
    name="seniority_distribution",
    symbol=r"P(\nu)",
    unit="1",
    long_name="seniority distribution",
    equation="P(ν) = D_ν exp(−βE_ν)/Z, ν = 0 … M on a trailing axis (eq. 6).",
    read=_seniority_distribution,
    source="seniority_distribution",
    axis="seniority",
)
occupation: Final = Observable(
    name="occupation",
    symbol=r"\langle n_s\rangle",
    unit="1",
    long_name="occupation",
    equation="⟨n̂_s⟩, electrons in each shell, on a trailing axis; N for the one shell of eq. (1).",
    read=_occupation,
    source="occupation",
    axis="shell",
)
number_variance: Final = Observable(
    name="number_variance",
    symbol=r"\mathrm{Var}\,N",
    unit="1",
    long_name="variance of the electron number",
    equation="⟨N²⟩ − ⟨N⟩²; 0 in the canonical ensemble of eq. (6).",
    read=_number_variance,
    source="number_variance",
)
chemical_potential: Final = Observable(
    name="chemical_potential",
    symbol=r"\mu",
    unit=ENERGY,
    long_name="chemical potential",
    equation="μ, fixed by ⟨N⟩ or given; a fixed number of electrons (eq. 6) has none.",
    read=_chemical_potential,
    source="chemical_potential",
)
parity_gap: Final = AdditionObservable(
    name="parity_gap",
    symbol=r"\Delta_\mathrm{par}",
    unit=ENERGY,
    long_name="parity gap",
    equation="½[F(N+1) + F(N−1)] − F(N) for even N and the opposite for odd N, positive where pairing binds; "
    "F of eqs. (2, 6) in the canonical ensemble.",
    read=_free_energy,
    source="free_energy",
    combine=_parity,
)
addition_energy: Final = AdditionObservable(
    name="addition_energy",
    symbol=r"E_\mathrm{add}",
    unit=ENERGY,
    long_name="addition energy",
    equation="F(N+1) − 2F(N) + F(N−1), F of eqs. (2, 6) in the canonical ensemble.",
    read=_free_energy,
    source="free_energy",
    combine=_addition,
)

ALL: Final = (
    gap,
    connected_gap,
    shell_gap,
    pairing_energy,
    free_energy,
    internal_energy,
    entropy,
    heat_capacity,
    magnetic_moment,
    susceptibility,
    mean_seniority,
    seniority_distribution,
    occupation,
    number_variance,
    chemical_potential,
    parity_gap,
    addition_energy,
)
"""Every observable, in the order of the documentation."""
BY_NAME: Final[Mapping[str, Observable]] = {observable.name: observable for observable in ALL}
"""The same, for the command line and for files, which speak strings."""


# -- what a truncated sum leaves out ---------------------------------------------------------------


def _bound(averages: Averages, *, quantity: str) -> Array | None:
    return averages.bounds[quantity] if averages.bounds else _nothing(averages)


def _estimate(averages: Averages, *, quantity: str) -> Array | None:
    found = averages.estimates.get(quantity) if averages.bounds else None
    return _nothing(averages) if found is None else found


def _share(averages: Averages) -> Array | None:
    return averages.error if averages.bounds else _nothing(averages)


def _nothing(averages: Averages) -> Array | None:
    """0 where nothing is left out (or, with bounds, estimated); None where that means nothing."""
    is_exact = averages.seniority_distribution is not None and averages.error is None
    return np.zeros_like(averages.free_energy) if is_exact or averages.bounds else None


def _window(averages: Averages, *, end: int) -> Array | None:
    return None if averages.window is None else averages.window[..., end].astype(np.float64)


def _bound_of(observable: Observable) -> Observable:
    return Observable(
        name=f"{observable.name}_bound",
        symbol=rf"|\delta {observable.symbol}|",
        unit=observable.unit,
        long_name=f"bound on what the {observable.long_name} misses",
        equation="what a sum that leaves out states by `accuracy=` may miss at most, apart from "
        f"`{observable.name}_estimate`; else 0.",
        read=partial(_bound, quantity=observable.source),
        source="bounds",
    )


def _estimate_of(observable: Observable) -> Observable:
    return Observable(
        name=f"{observable.name}_estimate",
        symbol=rf"|\delta {observable.symbol}|_\mathrm{{est}}",
        unit=observable.unit,
        long_name=f"estimate of what the {observable.long_name} misses besides",
        equation="what the levels that were not found in large blocks may add if Lanczos steps have missed "
        "none below the last one found; not certified; else 0.",
        read=partial(_estimate, quantity=observable.source),
        source="estimates",
    )


_BOUNDED: Final = (free_energy, internal_energy, heat_capacity, susceptibility)

BOUNDS: Final[Mapping[str, Observable]] = {one.name: _bound_of(one) for one in _BOUNDED}
"""The bounds that go into a dataset beside these observables, if an ensemble in it leaves states out."""
ESTIMATES: Final[Mapping[str, Observable]] = {one.name: _estimate_of(one) for one in _BOUNDED}
"""What is only estimated of the same, kept apart."""
SHARES: Final = (
    Observable(
        name="left_out",
        symbol=r"p",
        unit="1",
        long_name="bound on the share of the statistical sum that is left out",
        equation="what the seniority tuples left out by `accuracy=` may have of Z or Ξ at most; else 0.",
        read=_share,
        source="error",
    ),
    Observable(
        name="left_out_estimate",
        symbol=r"p_\mathrm{est}",
        unit="1",
        long_name="estimate of the share of the statistical sum that is left out besides",
        equation="the same of the levels that were not found in large blocks, not certified; else 0.",
        read=partial(_estimate, quantity="share"),
        source="estimates",
    ),
)
"""What goes into a dataset of which an ensemble leaves states out, whatever is observed."""


def _uncertified(averages: Averages) -> Array | None:
    """A function of the module, for workers find what they do by its name."""
    return averages.uncertified


UNCERTIFIED: Final = Observable(
    name="uncertified",
    symbol=r"F-F_\mathrm{min}",
    unit=free_energy.unit,
    long_name="bound on what the free energy of the mean field lies above its minimum",
    equation="the distance from F to its highest known lower bound where the global minimum is not "
    "certified; else 0.",
    read=_uncertified,
    source="uncertified",
)
"""What goes into a dataset in which a mean field has several shells or a blocked level."""
WINDOW: Final = tuple(
    Observable(
        name=f"{which}_electrons",
        symbol=rf"N_\mathrm{{{short}}}",
        unit="1",
        long_name=f"{which} number of electrons that was summed",
        equation="where `accuracy=` leaves numbers out.",
        read=partial(_window, end=end),
        source="window",
    )
    for end, (which, short) in enumerate([("lowest", "min"), ("highest", "max")])
)
"""The same where the number of electrons varies."""
