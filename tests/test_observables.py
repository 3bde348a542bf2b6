"""Observables are frozen callables: scalars in give a float, arrays arrays, DataArrays DataArrays."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray as xr

from quasispin import observables as obs
from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.base import Ensemble
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.ensembles.tilted import ExactDiagonalisation
from quasispin.errors import InputError, SizeError, UndefinedError
from quasispin.observables import Observable
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.splitting import spheroidal_levels
from quasispin.system.system import System
from quasispin.system.tilted_shell import TiltedShell

GRAIN = System.single_shell(Shell.orbital(5), electrons=10, gap_scale=1.0)
CANONICAL = Canonical(GRAIN)
FAMILY = Canonical(Family(System.single_shell, shell=Shell.orbital(2), electrons=[3, 4, 5], gap_scale=1.0))
SHELLS = Canonical(
    Family(System.single_shell, shell=[Shell.orbital(1), Shell.spin(5)], electrons=[2, 3], gap_scale=1.0)
)
ONE_AXIS = [one for one in obs.ALL if one.axis is None]


@dataclass(frozen=True)
class Counting(Ensemble):
    """Canonical, but it counts how often it is asked, and has no gap."""

    calls: ClassVar[list[int]] = []
    name: ClassVar[str] = "counting"

    def _averages(self, system: System, temperature: Array, field: Array) -> Averages:
        self.calls.append(temperature.size)
        averages = Canonical(system).averages(temperature, field)
        return replace(averages, gap_squared=None, undefined={"gap_squared": "It counts only."})


@pytest.mark.parametrize("observable", [one for one in ONE_AXIS if one is not obs.chemical_potential])
def test_scalars_in_give_a_float_out(observable: Observable) -> None:
    assert type(observable(CANONICAL, temperature=0.25, field=0.1)) is float


def test_arrays_broadcast() -> None:
    heat, field = np.array([[0.1], [0.2], [0.3]]), np.array([0.0, 0.1])
    values = obs.gap(CANONICAL, temperature=heat, field=field)
    assert values.shape == (3, 2)
    assert values[2, 1] == obs.gap(CANONICAL, temperature=0.3, field=0.1)
    assert obs.gap(CANONICAL, temperature=[0.1]).shape == (1,)


def test_the_gap_of_the_ground_state_is_that_of_eq_10() -> None:
    assert obs.gap(CANONICAL, temperature=0.0) == pytest.approx(2 / 11 * np.sqrt(35), rel=1e-14)
    assert obs.connected_gap(CANONICAL, temperature=0.0) == pytest.approx(2 / 11 * np.sqrt(30), rel=1e-14)


def test_heating_brings_pairing_back_above_the_critical_field_and_bcs_cannot_see_it() -> None:
    above = 1.1 * GRAIN.critical_field
    exact = obs.gap(CANONICAL, temperature=[0, 0.1, 0.25, 0.4], field=above)
    assert exact[0] == 0.0
    assert (np.diff(exact) > 0).all()
    assert obs.gap(MeanField(GRAIN), temperature=[0, 0.1, 0.25, 0.4], field=above).tolist() == [0.0] * 4


def test_free_energy_energy_and_entropy_belong_together() -> None:
    place = {"temperature": 0.3, "field": 0.2}
    free, energy, entropy = (
        one(CANONICAL, **place) for one in (obs.free_energy, obs.internal_energy, obs.entropy)
    )
    assert free == pytest.approx(energy - 0.3 * entropy, rel=1e-12)


def test_the_mean_seniority_is_the_mean_of_its_distribution() -> None:
    chances = obs.seniority_distribution(CANONICAL, temperature=[0.1, 0.3], field=0.2)
    assert chances.shape == (2, 12)
    assert chances.sum(axis=-1) == pytest.approx(1.0, rel=1e-13)
    mean = obs.mean_seniority(CANONICAL, temperature=[0.1, 0.3], field=0.2)
    assert chances @ np.arange(12) == pytest.approx(mean, rel=1e-12)


def test_the_moment_is_minus_the_field_derivative_of_the_free_energy() -> None:
    step = 1e-4
    high, low = (obs.free_energy(CANONICAL, temperature=0.2, field=0.2 + s) for s in (step, -step))
    assert obs.magnetic_moment(CANONICAL, temperature=0.2, field=0.2) == pytest.approx(
        (low - high) / (2 * step), 1e-5
    )


@pytest.mark.parametrize("electrons", [3, 4])
def test_the_parity_gap_is_positive_for_pairing_and_half_the_addition_energy(electrons: int) -> None:
    ensemble = Canonical(GRAIN.with_electrons(electrons))
    free = [Canonical(GRAIN.with_electrons(n)).averages(0.1, 0.05).free_energy for n in range(2, 6)]
    less, here, more = free[electrons - 3 : electrons]
    added = obs.addition_energy(ensemble, temperature=0.1, field=0.05)
    parity = obs.parity_gap(ensemble, temperature=0.1, field=0.05)
    assert added == pytest.approx(more - 2 * here + less, rel=1e-12)
    assert parity == pytest.approx(abs(added) / 2, rel=1e-12)
    assert parity > 0


@pytest.mark.parametrize("observable", [obs.parity_gap, obs.addition_energy])
@pytest.mark.parametrize(("electrons", "other"), [(0, -1), (22, 23)])
def test_an_empty_and_a_full_box_have_one_neighbour_only(
    observable: Observable, electrons: int, other: int
) -> None:
    with pytest.raises(UndefinedError, match=f"there is no neighbour of {other} electrons in this box"):
        observable(Canonical(GRAIN.with_electrons(electrons)), temperature=0.1)


@pytest.mark.parametrize("observable", [obs.parity_gap, obs.addition_energy])
def test_energies_of_addition_belong_to_a_fixed_number(observable: Observable) -> None:
    with pytest.raises(
        UndefinedError, match="keeps N on average only; Canonical has N−1, N and N\\+1 exactly"
    ):
        observable(MeanField(GRAIN), temperature=0.1)
    with pytest.raises(UndefinedError, match="its number of electrons fluctuates; Canonical has"):
        observable(GrandCanonical(GRAIN), temperature=0.1)


def test_the_parity_gap_at_an_angle_is_told_and_comes_from_three_numbers() -> None:
    """Along the field both ensembles hold one Hamiltonian: what the sentence advises gives the same."""
    shells = [TiltedShell(1, number, 1.0, deformation=0.4) for number in (2, 3, 4)]
    with pytest.raises(UndefinedError, match="take free_energy of the TiltedShell with N−1, N and N"):
        obs.addition_energy(ExactDiagonalisation(shells[1]), temperature=0.1)
    less, here, more = (obs.free_energy(ExactDiagonalisation(one), temperature=0.1) for one in shells)
    along = Canonical(System(spheroidal_levels(1, 0.4), 3, 1.0))
    assert more - 2 * here + less == pytest.approx(obs.addition_energy(along, temperature=0.1), abs=1e-11)


def test_what_an_ensemble_does_not_define_is_refused_with_its_reason() -> None:
    with pytest.raises(UndefinedError) as caught:
        obs.gap(Counting(GRAIN), temperature=0.1)
    assert str(caught.value) == f"`gap` is not defined in the counting ensemble of {GRAIN!r}: It counts only."


def test_several_observables_cost_one_evaluation() -> None:
    Counting.calls.clear()
    values = obs.together([obs.gap, obs.entropy, obs.susceptibility], Counting(GRAIN), [0.1, 0.2], 0.1)
    assert Counting.calls == [2]
    assert isinstance(values[obs.gap], UndefinedError)
    assert values[obs.entropy] == pytest.approx(obs.entropy(CANONICAL, [0.1, 0.2], 0.1), rel=1e-15)


def test_a_family_puts_its_dimensions_first() -> None:
    values = obs.gap(FAMILY, temperature=[0.1, 0.2], field=0.0)
    assert values.shape == (3, 2)
    for row, (_, system) in zip(values, FAMILY.system.members(), strict=True):  # type: ignore[union-attr]
        assert row.tolist() == obs.gap(Canonical(system), temperature=[0.1, 0.2]).tolist()


def test_shorter_seniority_axes_of_a_family_are_padded_with_zero() -> None:
    values = obs.seniority_distribution(SHELLS, temperature=0.2)
    assert values.shape == (2, 2, 6)
    assert (values[0, :, 4:] == 0.0).all()
    assert values.sum(axis=-1) == pytest.approx(1.0)


def test_data_arrays_in_give_a_data_array_out() -> None:
    heat = xr.DataArray([0.1, 0.2], dims="heat", coords={"heat": [0.1, 0.2]})
    field = xr.DataArray([0.0, 0.1, 0.2], dims="strength", coords={"strength": [0.0, 0.1, 0.2]})
    values = obs.gap(CANONICAL, temperature=heat, field=field)
    assert values.dims == ("heat", "strength")
    assert values.name == "gap"
    assert values.attrs == {
        "long_name": "pairing gap",
        "units": "unit of the coupling",
        "symbol": r"\Delta_c",
    }
    assert values.sel(heat=0.2, strength=0.1).item() == obs.gap(CANONICAL, temperature=0.2, field=0.1)
    assert obs.gap(CANONICAL, temperature=heat, field=0.1).dims == ("heat",)


def test_data_arrays_and_families_and_trailing_axes_go_together() -> None:
    heat = xr.DataArray([0.1, 0.2], dims="heat")
    values = obs.seniority_distribution(SHELLS, temperature=heat)
    assert values.dims == ("shell", "electrons", "heat", "seniority")
    assert values["shell"].values.tolist() == ["Shell.orbital(1)", "Shell.spin(5)"]
    assert obs.occupation(SHELLS, temperature=heat).dims == ("shell", "electrons", "heat", "shell_number")


def test_a_data_array_does_not_mix_with_an_array() -> None:
    with pytest.raises(InputError, match="must both be DataArrays, or one of them a number"):
        obs.gap(CANONICAL, temperature=xr.DataArray([0.1], dims="heat"), field=np.zeros(1))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"temperature": -0.1}, r"`temperature` must be at least 0, but holds -0\.1\."),
        ({"temperature": float("nan")}, r"`temperature` must be finite everywhere, but holds nan\."),
        ({"temperature": "hot"}, "`temperature` must hold real numbers, but holds 'hot'"),
        ({"temperature": []}, r"`temperature` must hold at least one number, but is empty\."),
        ({"temperature": [[0.1], [0.1, 0.2]]}, "`temperature` must be a rectangular array"),
        ({"temperature": 0.1, "field": float("inf")}, r"`field` must be finite everywhere, but holds inf\."),
        ({"temperature": [0.1, 0.2], "field": [0.1] * 3}, r"`temperature` \(2,\) and `field` \(3,\)"),
    ],
)
def test_impossible_points_are_refused_in_one_sentence(place: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        obs.gap(CANONICAL, **place)


def test_an_absurd_grid_is_refused_before_it_is_allocated() -> None:
    heat = np.broadcast_to(np.array(0.1), (10**5, 1))
    field = np.broadcast_to(np.array(0.1), (1, 10**5))
    with pytest.raises(
        SizeError, match=r"`temperature` and `field` of 10000000000 points together would take .*points fit"
    ):
        obs.gap(CANONICAL, temperature=heat, field=field)


@pytest.mark.parametrize("value", [GRAIN, None, "canonical", Canonical])
def test_what_is_no_ensemble_is_refused(value: Any) -> None:
    with pytest.raises(
        InputError, match=r"`ensemble` must be an ensemble such as Canonical\(system\), but is"
    ):
        obs.gap(value, temperature=0.1)


@pytest.mark.parametrize("observable", obs.ALL)
def test_an_observable_is_frozen_and_survives_pickle_and_copy(observable: Observable) -> None:
    assert pickle.loads(pickle.dumps(observable)) == observable
    assert copy.deepcopy(observable) == observable
    assert hash(pickle.loads(pickle.dumps(observable))) == hash(observable)
    with pytest.raises(AttributeError):
        observable.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("observable", obs.ALL)
def test_an_observable_tells_its_equation_and_unit(observable: Observable) -> None:
    text = observable.__doc__ or ""
    assert text.startswith(observable.long_name[0].upper() + observable.long_name[1:])
    assert observable.equation in text
    assert getattr(obs, observable.name) is observable
    assert repr(observable) == f"<Observable {observable.name}: {observable.long_name}>"


def test_no_two_observables_share_a_name_or_a_symbol() -> None:
    assert len(obs.ALL) == 17
    assert len(obs.BY_NAME) == 17
    assert len({one.symbol for one in obs.ALL}) == 17
