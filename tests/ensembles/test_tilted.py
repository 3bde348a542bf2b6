"""A shell whose axis is not that of the field: against closed forms, derivatives, and another frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from threadpoolctl import threadpool_limits

import quasispin as qs
from quasispin.ensembles.averages import Array, Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical
from quasispin.ensembles.tilted import ExactDiagonalisation, average_over_directions
from quasispin.errors import InputError, SizeError, SolverError, UndefinedError
from quasispin.spectrum import diagonalisation, one_body
from quasispin.spectrum.many_body import one_body_operator, pair_operator, pairs_of, patterns
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.system.tilted_shell import TiltedShell

COMPARED = (
    "free_energy",
    "energy",
    "entropy",
    "pair_energy",
    "moment",
    "susceptibility",
    "heat_capacity",
    "electrons",
    "number_variance",
    "gap_squared",
    "connected_gap_squared",
)
TEMPERATURES = np.array([0.05, 0.2, 0.7, 3.0])[:, None]
FIELDS = np.array([0.0, 0.3, -0.45, 1.7])
UP = (0.0, 0.0, 1.0)
GENERIC = TiltedShell(2, 5, 1.0, deformation=0.6, spin_orbit=-0.35, angle=0.8)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads wait for each other where tests run side by side."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@pytest.fixture
def lanczos_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Even the smallest blocks by Lanczos."""
    diagonalisation.eigenstates.cache_clear()
    monkeypatch.setattr(diagonalisation, "FEW", 30)
    yield
    diagonalisation.eigenstates.cache_clear()


def agree(found: Averages, wanted: Averages, accuracy: float) -> None:
    for name in COMPARED:
        here, there = getattr(found, name), getattr(wanted, name)
        np.testing.assert_allclose(here, there, rtol=accuracy, atol=accuracy, err_msg=name)


def difference(function: Callable[[float], Array], x: float, step: float) -> Array:
    """Central difference with an error of step⁶."""
    sides = [function(x + k * step) - function(x - k * step) for k in (1, 2, 3)]
    return np.asarray((45 * sides[0] - 9 * sides[1] + sides[2]) / (60 * step))


class Frame:
    """The same physics without any of the package's conservation laws: N electrons, one complex matrix."""

    def __init__(self, l: int, electrons: int, one: npt.NDArray[Any], field: float, along: Any) -> None:
        states = patterns(4 * l + 2, electrons)
        pair = pair_operator(pairs_of(l), states).toarray()
        moment = one_body.moment(l, along)
        matrix = one_body_operator(one - field * moment, states).toarray() - pair.T @ pair
        self.energy, vectors = np.linalg.eigh(matrix)
        self.pairs = (np.abs(pair @ vectors) ** 2).sum(axis=0)
        self.elements = vectors.conj().T @ one_body_operator(moment, states).toarray() @ vectors

    def averages(self, temperature: float) -> dict[str, float]:
        weight = np.exp(-(self.energy - self.energy[0]) / temperature)
        share = weight / weight.sum()
        mean = float(share @ np.diagonal(self.elements).real)
        gap = self.energy - self.energy[:, None]
        near = np.abs(gap) < 1e-9
        slope = np.where(
            near, share[:, None] / temperature, (share[:, None] - share) / np.where(near, 1, gap)
        )
        energy = float(share @ self.energy)
        return {
            "free_energy": float(self.energy[0] - temperature * np.log(weight.sum())),
            "energy": energy,
            "pair_energy": -float(share @ self.pairs),
            "moment": mean,
            "susceptibility": float((np.abs(self.elements) ** 2 * slope).sum() - mean**2 / temperature),
            "heat_capacity": float(share @ (self.energy - energy) ** 2) / temperature**2,
        }


# -- the commuting engine -------------------------------------------------------------------------


@pytest.mark.parametrize("l", [1, 2])
def test_an_undeformed_shell_is_the_canonical_one_for_every_number_of_electrons(l: int) -> None:
    for electrons in range(4 * l + 3):
        found = ExactDiagonalisation(TiltedShell(l, electrons, 1.0, angle=0.7))
        wanted = Canonical(System(Shell.orbital(l), electrons, 1.0))
        agree(found.averages(TEMPERATURES, FIELDS), wanted.averages(TEMPERATURES, FIELDS), 1e-13)


@pytest.mark.parametrize("along", [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.48, -0.6, 0.64)])
@pytest.mark.parametrize(("l", "electrons"), [(1, 2), (1, 3), (2, 4), (2, 5)])
def test_an_undeformed_shell_is_the_same_in_every_direction(
    l: int, electrons: int, along: tuple[float, float, float]
) -> None:
    nothing = np.zeros((4 * l + 2,) * 2)
    for field in (0.3, 1.2):
        frame = Frame(l, electrons, nothing, field, along)
        for temperature in (0.2, 1.5):
            wanted = Canonical(System(Shell.orbital(l), electrons, 1.0)).averages(temperature, field)
            for name, value in frame.averages(temperature).items():
                assert value == pytest.approx(float(getattr(wanted, name)), rel=2e-13, abs=2e-13), name


def spheroidal(l: int, electrons: int, deformation: float) -> System:
    """Axis along the field: λ = 0 holds one pair of moment 1, |λ| > 0 two of moments λ + 1 and |λ − 1|."""
    shells = [Shell([1.0], energy=-deformation)]
    for orbit in range(1, l + 1):
        level = deformation * (3 * orbit**2 / (l * (l + 1)) - 1)
        shells.append(Shell([orbit + 1.0, abs(orbit - 1.0)], energy=level))
    return System(shells, electrons, 1.0)


@pytest.mark.parametrize(("l", "electrons"), [(1, 2), (1, 3), (2, 4), (2, 5), (2, 7), (3, 6)])
@pytest.mark.parametrize("deformation", [0.8, -0.5])
def test_with_the_axis_along_the_field_it_is_a_system_of_several_shells(
    l: int, electrons: int, deformation: float
) -> None:
    found = ExactDiagonalisation(TiltedShell(l, electrons, 1.0, deformation))
    wanted = Canonical(spheroidal(l, electrons, deformation))
    agree(found.averages(TEMPERATURES, FIELDS), wanted.averages(TEMPERATURES, FIELDS), 1e-12)


def split_by_j(l: int, electrons: int, strength: float) -> System:
    """Shells j = l ± ½ with moments g_j m_j, g_j = 1 ± 1/(2l+1)."""
    levels = []
    for twice, sign in ((2 * l + 1, 1), (2 * l - 1, -1)):
        g = 1 + sign / (2 * l + 1)
        energy = strength * l / 2 if sign > 0 else -strength * (l + 1) / 2
        levels.append(Shell([g * m / 2 for m in range(1, twice + 1, 2)], energy=energy))
    return System(levels, electrons, 1.0)


@pytest.mark.parametrize(("l", "electrons"), [(1, 2), (2, 4), (2, 5)])
def test_without_a_field_spin_orbit_coupling_makes_two_shells_of_j(l: int, electrons: int) -> None:
    found = ExactDiagonalisation(TiltedShell(l, electrons, 1.0, spin_orbit=1.3)).averages(TEMPERATURES[:, 0])
    wanted = Canonical(split_by_j(l, electrons, 1.3)).averages(TEMPERATURES[:, 0])
    for name in ("free_energy", "energy", "entropy", "pair_energy", "heat_capacity"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-12, atol=1e-12)


def test_strong_spin_orbit_coupling_leaves_the_moments_of_j() -> None:
    """What is left of the mixing of the two j falls as 1/ζ; in F it is ½ω² times the van Vleck term."""
    field, temperature, short = 0.2, 0.3, []
    for strength in (2e3, 4e3):
        found = ExactDiagonalisation(TiltedShell(2, 3, 1.0, spin_orbit=strength))
        wanted = Canonical(split_by_j(2, 3, strength))
        a, b = found.averages(temperature, field), wanted.averages(temperature, field)
        assert float(a.moment) == pytest.approx(float(b.moment), rel=1e-3)
        short.append(float(a.moment - b.moment))
    assert short[0] > 1e-6
    assert short[1] == pytest.approx(short[0] / 2, rel=1e-2)


# -- another frame --------------------------------------------------------------------------------


def test_turning_the_field_is_turning_the_axis() -> None:
    """Axis along z, and the field out of the plane of x and z: only the angle between them counts."""
    axis = GENERIC.deformation * one_body.spheroid(2, UP) + GENERIC.spin_orbit * one_body.spin_orbit(2)
    sine, cosine = math.sin(GENERIC.angle), math.cos(GENERIC.angle)
    frame = Frame(2, 5, axis, 0.4, (sine * math.cos(1.1), sine * math.sin(1.1), cosine))
    for temperature in (0.1, 0.5, 2.0):
        found = ExactDiagonalisation(GENERIC).averages(temperature, 0.4)
        for name, value in frame.averages(temperature).items():
            assert float(getattr(found, name)) == pytest.approx(value, rel=1e-11, abs=1e-11), name


@pytest.mark.parametrize("turned", [-0.8, math.pi - 0.8, math.pi + 0.8])
def test_an_axis_has_no_head_and_no_side(turned: float) -> None:
    wanted = ExactDiagonalisation(GENERIC).averages(TEMPERATURES, FIELDS)
    found = ExactDiagonalisation(GENERIC.with_angle(turned)).averages(TEMPERATURES, FIELDS)
    agree(found, wanted, 1e-12)


def test_turning_the_field_round_turns_the_moment_and_nothing_else() -> None:
    there, back = (ExactDiagonalisation(GENERIC).averages(TEMPERATURES[:, 0], w) for w in (0.4, -0.4))
    np.testing.assert_allclose(there.moment, -back.moment, atol=1e-12)
    np.testing.assert_allclose(there.free_energy, back.free_energy, atol=1e-12)
    np.testing.assert_allclose(there.susceptibility, back.susceptibility, rtol=1e-11)


def test_the_connected_gap_vanishes_where_all_states_are_equally_likely() -> None:
    hot = ExactDiagonalisation(GENERIC).averages([1e5, 1e6], 0.4)
    assert hot.connected_gap_squared is not None
    np.testing.assert_allclose(hot.connected_gap_squared, 0.0, atol=1e-3)
    assert hot.connected_gap_squared[1] == pytest.approx(hot.connected_gap_squared[0] / 10, rel=1e-3)


# -- thermodynamics -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shell",
    [
        GENERIC,
        TiltedShell(2, 4, 1.0, 0.6, angle=0.8),
        TiltedShell(2, 6, -0.5, 0.6, angle=1.2),
        TiltedShell(2, 5, 1.0, -0.9, angle=0.5 * math.pi),
    ],
)
@pytest.mark.parametrize(("temperature", "field"), [(0.3, 0.25), (0.8, 0.9)])
def test_the_responses_are_derivatives_of_the_free_energy(
    shell: TiltedShell, temperature: float, field: float
) -> None:
    one = ExactDiagonalisation(shell)
    here = one.averages(temperature, field)
    moment = -difference(lambda w: one.averages(temperature, w).free_energy, field, 0.01)
    chi = difference(lambda w: one.averages(temperature, w).moment, field, 0.01)
    entropy = -difference(lambda t: one.averages(t, field).free_energy, temperature, 0.01)
    heat = temperature * difference(lambda t: one.averages(t, field).entropy, temperature, 0.01)
    assert here.moment == pytest.approx(moment, rel=1e-7)
    assert here.susceptibility == pytest.approx(chi, rel=1e-7)
    assert here.entropy == pytest.approx(entropy, rel=1e-6)
    assert here.heat_capacity == pytest.approx(heat, rel=1e-5)
    assert here.energy == pytest.approx(here.free_energy + temperature * here.entropy, rel=1e-12)


def test_zero_temperature_is_the_limit_of_low_temperatures() -> None:
    cold = ExactDiagonalisation(GENERIC).averages([0.0, 1e-3], 0.3)
    for name in COMPARED:
        values = getattr(cold, name)
        assert values[0] == pytest.approx(values[1], rel=1e-10, abs=1e-10), name
    assert cold.entropy[0] == cold.heat_capacity[0] == 0.0
    assert cold.susceptibility[0] > 0.1  # van Vleck: the steps are round at T = 0


def test_temperatures_below_what_can_be_resolved_are_those_of_the_ground_multiplet() -> None:
    for temperature in (1e-14, 1e-200, 1e-310):
        tiny, zero = (ExactDiagonalisation(GENERIC).averages(t, 0.3) for t in (temperature, 0.0))
        agree(tiny, zero, 1e-12)
    doublet = ExactDiagonalisation(GENERIC).averages([1e-3, 1e-14], 0.0)
    assert doublet.susceptibility[1] == pytest.approx(1e11 * doublet.susceptibility[0], rel=0.1)
    assert doublet.entropy[1] == pytest.approx(math.log(2))


def test_an_odd_number_has_a_doublet_and_a_curie_law_without_a_field() -> None:
    zero, low, lower = ExactDiagonalisation(GENERIC).averages([0.0, 1e-4, 5e-5]).susceptibility
    assert zero == np.inf
    assert lower == pytest.approx(2 * low, rel=1e-2)
    even = ExactDiagonalisation(TiltedShell(2, 4, 1.0, 0.6, angle=0.8)).averages([0.0, 1e-3])
    assert even.susceptibility[0] == pytest.approx(even.susceptibility[1], rel=1e-9)
    assert np.exp(ExactDiagonalisation(GENERIC).averages(0.0).entropy) == pytest.approx(2.0)


def test_across_the_field_the_orbital_moment_is_quenched_by_a_strong_deformation() -> None:
    """λ = 0 alone is filled by two electrons; the response falls as 1/δ."""
    chi = [
        float(
            ExactDiagonalisation(TiltedShell(1, 2, 1.0, strength, angle=math.pi / 2))
            .averages(0.0, 0.01)
            .susceptibility
        )
        for strength in (50.0, 100.0)
    ]
    assert chi[1] == pytest.approx(chi[0] / 2, rel=0.05)


# -- directions -----------------------------------------------------------------------------------


def test_the_average_over_directions_of_a_sphere_is_the_sphere() -> None:
    found = average_over_directions(TiltedShell(2, 4, 1.0), TEMPERATURES, FIELDS, directions=3)
    agree(found, Canonical(System(Shell.orbital(2), 4, 1.0)).averages(TEMPERATURES, FIELDS), 1e-12)


def test_the_average_over_directions_converges_like_a_gauss_rule() -> None:
    shell = TiltedShell(1, 3, 1.0, 0.5)
    few, more, many = (
        float(average_over_directions(shell, 0.3, 0.4, directions=count).moment) for count in (4, 8, 16)
    )
    assert abs(few - many) < 1e-4
    assert abs(more - many) < 1e-8


def test_a_weak_deformation_averages_out_to_first_order() -> None:
    """∫P₂(cos θ) d(cos θ) = 0."""
    sphere = float(Canonical(System(Shell.orbital(1), 3, 1.0)).averages(0.5, 0.7).moment)
    shift = [
        float(average_over_directions(TiltedShell(1, 3, 1.0, d), 0.5, 0.7, directions=6).moment) - sphere
        for d in (0.01, 0.02)
    ]
    assert shift[1] == pytest.approx(4 * shift[0], rel=0.05)


# -- Lanczos --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", [GENERIC, TiltedShell(2, 4, 1.0, 0.6, angle=0.8)])
def test_the_lowest_states_of_five_pairs_give_the_complete_averages_at_low_temperature(
    shell: TiltedShell, lanczos_everywhere: None
) -> None:
    found = ExactDiagonalisation(shell, states=20).averages([0.0, 0.02, 0.04], 0.3)
    wanted = ExactDiagonalisation(shell).averages([0.0, 0.02, 0.04], 0.3)
    agree(found, wanted, 1e-8)
    assert found.error is not None
    assert wanted.error is None
    missing = -np.expm1((wanted.free_energy - found.free_energy)[1:] / np.array([0.02, 0.04]))
    assert (missing <= found.error[1:] + 1e-11).all()


def test_the_lowest_states_of_seven_pairs_are_those_of_the_complete_spectrum() -> None:
    shell = TiltedShell(3, 6, 1.0, 0.6, angle=0.8)
    found, wanted = ExactDiagonalisation(shell, states=12), ExactDiagonalisation(shell)
    agree(found.averages([0.0, 0.1], 0.3), wanted.averages([0.0, 0.1], 0.3), 1e-8)
    np.testing.assert_allclose(found.energies(0.3)[:12], wanted.energies(0.3)[:12], atol=1e-11)


def test_a_temperature_that_needs_more_states_is_refused(lanczos_everywhere: None) -> None:
    with pytest.raises(
        InputError, match=r"`temperature` must be at most 0\.\d+ with so few `states`, but is 1"
    ):
        ExactDiagonalisation(GENERIC, states=10).averages(1.0, 0.3)


def test_enough_states_are_all_states() -> None:
    found = ExactDiagonalisation(GENERIC, states=300).averages(TEMPERATURES, FIELDS)
    agree(found, ExactDiagonalisation(GENERIC).averages(TEMPERATURES, FIELDS), 1e-14)
    np.testing.assert_array_equal(found.error, 0.0)


def test_a_response_that_does_not_converge_is_an_error(
    lanczos_everywhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagonalisation, "RESPONSE_ACCURACY", 1e-40)
    with pytest.raises(SolverError, match="did not converge"):
        ExactDiagonalisation(GENERIC, states=10).averages(0.01, 0.3)


@pytest.mark.long
def test_nine_pairs_agree_with_the_commuting_engine_along_the_axis(monkeypatch: pytest.MonkeyPatch) -> None:
    diagonalisation.eigenstates.cache_clear()
    monkeypatch.setattr(diagonalisation, "FEW", 300)
    found = ExactDiagonalisation(TiltedShell(4, 8, 1.0, 0.6, spin_orbit=1e-300), states=12)
    agree(found.averages([0.0, 0.1], 0.3), Canonical(spheroidal(4, 8, 0.6)).averages([0.0, 0.1], 0.3), 1e-8)
    diagonalisation.eigenstates.cache_clear()


@pytest.mark.long
def test_the_complete_spectrum_of_seven_pairs_without_any_symmetry_agrees_with_lanczos() -> None:
    shell = TiltedShell(3, 7, 1.0, 0.6, 0.3, 0.8)
    found, wanted = ExactDiagonalisation(shell, states=20), ExactDiagonalisation(shell)
    agree(found.averages([0.0, 0.1], 0.3), wanted.averages([0.0, 0.1], 0.3), 1e-8)


# -- observables, sweeps --------------------------------------------------------------------------


def test_observables_measure_it() -> None:
    one = ExactDiagonalisation(GENERIC)
    averages = one.averages(0.3, 0.4)
    assert qs.magnetic_moment(one, 0.3, 0.4) == float(averages.moment)
    assert qs.gap(one, 0.3, 0.4) == pytest.approx(math.sqrt(float(averages.pair_energy) * -1.0))
    assert qs.susceptibility(one, [0.3, 0.5], 0.4).shape == (2,)
    np.testing.assert_array_equal(qs.occupation(one, 0.3, 0.4), [5.0])
    np.testing.assert_array_equal(qs.shell_gap(one, 0.3, 0.4), [qs.gap(one, 0.3, 0.4)])
    with pytest.raises(UndefinedError, match="does not conserve seniority"):
        qs.mean_seniority(one, 0.3, 0.4)
    with pytest.raises(UndefinedError, match="attractive coupling"):
        qs.connected_gap(ExactDiagonalisation(TiltedShell(1, 2, -1.0)), 0.3, 0.4)


def test_a_sweep_sets_it_beside_the_canonical_ensemble() -> None:
    undeformed = ExactDiagonalisation(TiltedShell(2, 4, 1.0))
    canonical = Canonical(System(Shell.orbital(2), 4, 1.0))
    data = qs.sweep(
        undeformed,
        canonical,
        temperature=[0.1, 0.5],
        field=[0.0, 0.3],
        observables=[qs.connected_gap, qs.seniority_distribution],
    )
    np.testing.assert_allclose(data.connected_gap[0], data.connected_gap[1], rtol=1e-12)
    assert np.isnan(data.seniority_distribution[0]).all()
    assert "does not conserve seniority" in data.seniority_distribution.attrs["undefined"]


def test_a_family_sweeps_an_angle_and_agrees_with_its_members() -> None:
    angles, fields = [0.0, 0.4, 1.5], [0.0, 0.3]
    family = Family(TiltedShell, orbital=1, electrons=3, coupling=1.0, deformation=0.7, angle=angles)
    ensemble = ExactDiagonalisation(family)
    data = qs.sweep(ensemble, temperature=[0.1, 0.6], field=fields, observables=[qs.magnetic_moment])
    moments = data[qs.magnetic_moment.name]
    assert moments.dims == ("ensemble", "angle", "temperature", "field")
    np.testing.assert_array_equal(data.angle, angles)
    for angle, (_, shell) in zip(angles, family.members(), strict=True):
        alone = qs.magnetic_moment(ExactDiagonalisation(shell), np.array([[0.1], [0.6]]), np.array(fields))
        np.testing.assert_array_equal(moments.sel(angle=angle)[0], alone)
    assert qs.gap(ensemble, 0.1, np.array(fields)).shape == (3, 2)


def test_a_family_of_strengths_keeps_the_number_of_states_asked_for(lanczos_everywhere: None) -> None:
    shell = {"orbital": 2, "electrons": 4, "coupling": 1.0, "angle": 0.6}
    family = Family(TiltedShell, spin_orbit=[0.1, 0.3], **shell)
    found = qs.susceptibility(ExactDiagonalisation(family, states=12), 0.02, 0.3)
    whole = [qs.susceptibility(ExactDiagonalisation(one), 0.02, 0.3) for _, one in family.members()]
    np.testing.assert_allclose(found, whole, rtol=1e-6)


def test_a_family_is_refused_where_one_shell_is_needed() -> None:
    family = Family(TiltedShell, orbital=1, electrons=3, coupling=1.0, deformation=[0.2, 0.7])
    for needs_one in (
        lambda: ExactDiagonalisation(family).averages(0.1),
        lambda: ExactDiagonalisation(family).energies(0.1),
        lambda: average_over_directions(family, 0.1),  # type: ignore[arg-type]
    ):
        with pytest.raises(UndefinedError, match="A Family holds several systems"):
            needs_one()
    with pytest.raises(InputError, match=r"Family of Systems, but is .* of tilted shells: use `ExactDiag"):
        Canonical(family)
    grains = Family(System.single_shell, shell=Shell.orbital(2), electrons=[3, 4], coupling=1.0)
    with pytest.raises(InputError, match="must be a TiltedShell or a Family of them, but is <Family of 2"):
        ExactDiagonalisation(grains)


def test_one_diagonalisation_serves_all_temperatures_of_a_field(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0
    plain = diagonalisation._solved

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return plain(*arguments)

    diagonalisation.eigenstates.cache_clear()
    monkeypatch.setattr(diagonalisation, "_solved", counted)
    ExactDiagonalisation(GENERIC).averages(np.linspace(0, 1, 20)[:, None], [0.1, 0.2, 0.3])
    assert count == 3  # one block, three fields


# -- input ----------------------------------------------------------------------------------------


def test_a_shell_says_what_it_is_and_comes_back_from_its_dictionary() -> None:
    assert repr(GENERIC) == (
        "<TiltedShell: 5 electrons in the l=2 shell (M=5), G=1, ζ=-0.35, δ=0.6, "
        "axis at 45.8366° to the field>"
    )
    assert TiltedShell(**GENERIC.to_dict()) == GENERIC
    assert hash(TiltedShell(2, 5, 1)) == hash(TiltedShell(2, 5, 1.0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"orbital": 16}, r"`orbital` must lie in \[0, 15\], but is 16"),
        ({"orbital": -1}, r"`orbital` must lie in"),
        ({"orbital": 1.5}, "`orbital` must be a whole number"),
        ({"electrons": 11}, r"`electrons` must lie in \[0, 10\], but is 11"),
        ({"coupling": math.nan}, "`coupling` must be finite"),
        ({"coupling": [1.0]}, "`coupling` must be one real number"),
        ({"deformation": math.inf}, "`deformation` must be finite"),
        ({"spin_orbit": "strong"}, "`spin_orbit` must be one real number"),
        ({"angle": 1j}, "`angle` must be one real number"),
    ],
)
def test_an_impossible_shell_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TiltedShell(**{"orbital": 2, "electrons": 5, "coupling": 1.0} | wrong)


def test_what_is_no_tilted_shell_is_refused() -> None:
    system = System(Shell.orbital(2), 4, 1.0)
    with pytest.raises(InputError, match="`system` must be a TiltedShell or a Family of them, but is <Sys"):
        ExactDiagonalisation(system)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="`system` must be a System or a Family, but is <TiltedShell"):
        GrandCanonical(GENERIC)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must be a TiltedShell"):
        average_over_directions(system, 0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize("states", [0, -3, 2.5, 1001, "all"])
def test_a_wrong_number_of_states_is_refused(states: Any) -> None:
    with pytest.raises(InputError, match="`states` must"):
        ExactDiagonalisation(GENERIC, states=states)


@pytest.mark.parametrize("directions", [0, 201, 1.5, None])
def test_a_wrong_number_of_directions_is_refused(directions: Any) -> None:
    with pytest.raises(InputError, match="`directions` must"):
        average_over_directions(GENERIC, 0.1, directions=directions)


@pytest.mark.parametrize(
    ("temperature", "field"), [(-0.1, 0.0), (math.nan, 0.0), (0.1, math.inf), (0.1, 1e200), ("a", 0)]
)
def test_a_wrong_point_is_refused(temperature: Any, field: Any) -> None:
    with pytest.raises(InputError, match=r"`temperature`|`field`"):
        ExactDiagonalisation(GENERIC).averages(temperature, field)


def test_a_complete_spectrum_that_is_too_large_names_lanczos() -> None:
    with pytest.raises(
        SizeError, match=r"blocks of up to 15876 states\) would take 16.8 GiB and about 1 hour.*`states=20`"
    ):
        ExactDiagonalisation(TiltedShell(4, 8, 1.0, 0.5, angle=0.3)).averages(0.1)


def test_a_shell_that_cannot_be_written_down_is_refused_at_once() -> None:
    with pytest.raises(SizeError, match="GiB"):
        ExactDiagonalisation(TiltedShell(8, 17, 1.0, 0.5, angle=0.3), states=5).averages(0.1)


@pytest.mark.parametrize("electrons", [0, 1, 5, 6])
@pytest.mark.parametrize("spin_orbit", [0.0, 0.4])
def test_empty_and_full_shells_are_no_exceptions(electrons: int, spin_orbit: float) -> None:
    found = ExactDiagonalisation(TiltedShell(1, electrons, 1.0, 0.5, spin_orbit, 0.7)).averages([0, 0.3], 0.4)
    assert np.isfinite(found.susceptibility).all()
    if electrons in (0, 6):
        np.testing.assert_allclose(found.free_energy, -3.0 if electrons else 0.0, atol=1e-13)
        np.testing.assert_allclose([found.moment, found.susceptibility, found.heat_capacity], 0.0, atol=1e-20)


def test_levels_with_moments_of_their_own_are_refused() -> None:
    with pytest.raises(UndefinedError, match=r"use `energies\(field\)`"):
        ExactDiagonalisation(TiltedShell(1, 2, 0.5, deformation=0.3, angle=0.4)).levels()
