"""Clusters: levels by hand and by other formulas, electrons counted, the model in laboratory units."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.special import spherical_jn, spherical_yn

from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import InputError, SizeError, UndefinedError
from quasispin.observables import gap as observed_gap
from quasispin.system.cluster import Cluster, Window, moment_jumps
from quasispin.system.gap_equation import bcs_gap, gap_equation
from quasispin.system.geometry import (
    Geometry,
    HardWallSphere,
    Hemisphere,
    Layer,
    Level,
    Oscillator,
    Spheroid,
    SpinOrbit,
    kinetic_scale,
    layer_wave_numbers,
    spherical_zeros,
)
from quasispin.system.materials import Material
from quasispin.system.shell import Shell
from quasispin.system.validity import Criterion
from quasispin.units import kelvin, tesla

AL = Material.named("Al")
SHAPES = [
    HardWallSphere(1.3),
    Hemisphere(1.7),
    Layer(1.6, 0.4),
    Oscillator(1.3),
    Spheroid(1.3, 0.2),
    SpinOrbit(1.3, 0.05),
]


def names(shape: Any) -> str:
    return type(shape).__name__


# -- levels of one electron --------------------------------------------------------------------------


def test_zeros_of_spherical_bessel_functions_are_those_of_the_tables() -> None:
    found = {(n, l): z for z, n, l in spherical_zeros(10.0)}
    by_hand = {
        (1, 0): math.pi, (2, 0): 2 * math.pi, (3, 0): 3 * math.pi, (1, 1): 4.493409457909064,
        (2, 1): 7.725251836937707, (1, 2): 5.763459196894550, (2, 2): 9.095011330476355,
        (1, 3): 6.987932000500519, (1, 4): 8.182561452571243, (1, 5): 9.355812111042747,
    }  # fmt: skip
    assert set(found) == set(by_hand)
    for key, zero in by_hand.items():
        assert found[key] == pytest.approx(zero, rel=1e-15)


@pytest.mark.parametrize("l", [0, 3, 17, 40])
def test_no_zero_is_missed_and_none_invented(l: int) -> None:
    limit = 61.7
    grid = np.linspace(1e-3, limit, 40_001)
    signs = np.sign(spherical_jn(l, grid[grid > l / 2]))
    assert sum(one[2] == l for one in spherical_zeros(limit)) == np.count_nonzero(np.diff(signs))


def test_the_number_of_states_follows_weyl() -> None:
    limit = 80.0
    states = sum(2 * (2 * l + 1) for _, _, l in spherical_zeros(limit))
    volume, surface, curvature = 4 * limit**3 / (9 * math.pi), limit**2 / 2, 4 * limit / (3 * math.pi)
    assert states == pytest.approx(volume - surface + curvature, rel=5e-3)


@pytest.mark.parametrize("l", [0, 1, 4, 9])
def test_levels_of_a_layer_vanish_at_both_walls(l: int) -> None:
    def miss(k: float) -> float:
        return float(
            spherical_jn(l, k) * spherical_yn(l, 1.5 * k) - spherical_yn(l, k) * spherical_jn(l, 1.5 * k)
        )

    found = layer_wave_numbers(1.0, 1.5, l, 40.0)
    scan = np.linspace(0.5 + 0.6 * l, 40.0, 4001)
    assert len(found) == np.count_nonzero(np.diff(np.sign([miss(k) for k in scan])))
    for k in found:
        assert miss(k * (1 - 1e-11)) * miss(k * (1 + 1e-11)) < 0


def test_a_layer_with_a_tiny_core_is_a_ball_and_a_thin_one_a_rotor() -> None:
    ball, layer = HardWallSphere(1.0).levels(200), Layer(1.0, 0.9999).levels(200)
    for one, other in zip(ball, layer, strict=True):
        assert other.momentum == one.momentum
        assert other.energy == pytest.approx(one.energy, rel=1e-3 if one.momentum == 0 else 1e-9)
    thin = Layer(10.0, 0.01).levels(200)
    inner = 9.99 * 10.0
    for level in thin:
        assert level.energy == pytest.approx(
            kinetic_scale() * ((math.pi / 0.01) ** 2 + level.momentum * (level.momentum + 1) / inner),
            rel=1e-9,
        )


def test_the_kinetic_scale_is_that_of_the_textbooks() -> None:
    assert kinetic_scale() == pytest.approx(38.0998, abs=1e-4)
    ground = HardWallSphere(2.0).levels(1)[0]
    assert ground == Level(ground.energy, 1, 0, 1)
    assert ground.energy == pytest.approx(38.0998 * math.pi**2 / 4, rel=1e-5)


def test_the_oscillator_has_the_mean_square_radius_of_the_ball() -> None:
    electrons, radius = 1234, 2.0
    well = Oscillator(radius)
    quantum = well.quantum(electrons)
    left, total = electrons, 0.0
    for level in well.levels(electrons):
        inside = min(left, 2 * level.pairs)
        total, left = total + inside * level.energy, left - inside
    stiffness = quantum**2 / (2 * kinetic_scale())  # m_eω²
    assert total / electrons == pytest.approx(stiffness * 0.6 * radius**2, rel=1e-13)
    assert quantum == pytest.approx(2.5 * (3 * electrons) ** (1 / 3) * kinetic_scale() / radius**2, rel=0.01)


@pytest.mark.parametrize("quanta", [17, 40, 64])
def test_the_oscillators_mean_momentum_is_the_papers(quanta: int) -> None:
    electrons = (quanta + 1) * (quanta + 2) * (quanta + 3) // 3
    level = Oscillator(3.0).levels(electrons)[-2]
    assert level.radial == quanta
    assert level.momentum == pytest.approx(electrons ** (1 / 3) - 1.4, rel=0.03)


def test_an_oscillator_level_holds_all_momenta_of_its_parity() -> None:
    level = Oscillator(1.0).levels(41)[-2]
    (shell,) = Oscillator(1.0).shells(level)
    both = [*Shell.orbital(4).moments, *Shell.orbital(2).moments, *Shell.orbital(0).moments]
    assert (level.radial, level.pairs) == (4, 15)
    assert sorted(shell.moments) == sorted(both)


# -- electrons ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=names)
def test_the_levels_take_all_electrons_and_not_one_level_more(shape: Geometry) -> None:
    for electrons in (1, 2, 3, 8, 9, 57, 341, 1000):
        grain = Cluster(AL, shape, electrons)
        below = 2 * sum(level.pairs for level in grain.levels[:-2])
        assert below + grain.filling == electrons
        assert 1 <= grain.filling <= 2 * grain.fermi_level.pairs
        energies = [level.energy for level in grain.levels]
        assert energies == sorted(energies)
        for level in grain.levels:
            assert sum(shell.pair_degeneracy for shell in shape.shells(level)) == level.pairs


@pytest.mark.parametrize("shape", SHAPES, ids=names)
def test_asking_for_more_levels_changes_none(shape: Geometry) -> None:
    assert shape.levels(500, 6)[: len(shape.levels(500))] == shape.levels(500)
    assert len(shape.levels(500, 6)) == len(shape.levels(500)) + 5


def test_magic_numbers_of_the_ball_are_those_of_metal_clusters() -> None:
    levels = HardWallSphere(1.0).levels(138, above=0)
    assert np.cumsum([2 * level.pairs for level in levels])[:7].tolist() == [2, 8, 18, 20, 34, 40, 58]


@pytest.mark.parametrize(("radius", "electrons"), [(1.0, 757), (5.0, 94_600)])
def test_an_aluminium_ball_holds_a_third_of_what_the_paper_says(radius: float, electrons: float) -> None:
    assert Cluster(AL, HardWallSphere(radius)).electrons == pytest.approx(electrons, rel=2e-3)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (HardWallSphere, {}), (Hemisphere, {}), (Oscillator, {}), (Layer, {"thickness": 0.5}),
        (Spheroid, {"splitting": 0.1}), (SpinOrbit, {"strength": 0.1}),
    ],
)  # fmt: skip
def test_a_number_of_atoms_gives_the_size(kind: type[Geometry], options: dict[str, float]) -> None:
    grain = Cluster.of_atoms(AL, 500, kind, **options)
    assert grain.electrons == 1500
    assert grain.atoms == 500.0
    assert grain.geometry.volume * AL.electron_density == pytest.approx(1500.0, rel=1e-12)
    assert Cluster(AL, grain.geometry).electrons == 1500


# -- the model ----------------------------------------------------------------------------------------


def test_the_system_of_the_last_shell_has_the_measured_gap() -> None:
    grain = Cluster(AL, HardWallSphere(2.5))
    system = grain.system(gap=0.35)
    assert system.shells == (Shell.orbital(33),)
    assert system.electrons == grain.filling == 56
    assert system.gap_scale == pytest.approx(0.35, rel=1e-15)
    assert grain.system().gap_scale == pytest.approx(0.17, rel=1e-15)


def test_a_shell_of_43_pairs_loses_its_pairing_at_0_42_tesla() -> None:
    grain = next(
        one for one in (Cluster(AL, HardWallSphere(2.0), n) for n in range(5300, 7000, 40))
        if one.fermi_level.pairs == 43
    )  # fmt: skip
    system = grain.system(gap=0.35).with_electrons(42)
    assert system.critical_field / tesla == pytest.approx(0.42, abs=0.005)
    assert system.critical_field == pytest.approx(3 * 0.35 / 43, rel=1e-13)
    assert system.temperature_scale / kelvin == pytest.approx(0.175 / 0.08617, rel=1e-4)


def test_split_shells_give_several_levels_about_zero() -> None:
    oblate = Cluster(AL, Spheroid(2.5, -0.3)).system()
    assert len(oblate.shells) == 34
    assert oblate.shells[0].energy == 0.3
    coupled = Cluster(AL, SpinOrbit(2.5, 0.1)).system()
    assert [shell.pair_degeneracy for shell in coupled.shells] == [33, 34]


def test_one_degenerate_shell_has_the_closed_gap() -> None:
    for electrons in (1, 7, 11, 20):
        coupling, potential = gap_equation([Shell.orbital(5, 0.4)], electrons, 0.3)
        assert coupling / 2 * math.sqrt(electrons * (22 - electrons)) == pytest.approx(0.3, rel=1e-12)
        assert 0.4 - potential == pytest.approx((11 - electrons) * coupling / 2, abs=1e-12)


@pytest.mark.parametrize("electrons", [2, 9, 17, 25])
def test_the_window_makes_the_grand_potential_stationary(electrons: int) -> None:
    shells = [Shell.orbital(2, -1.3), Shell.orbital(4, 0.1), Shell.orbital(0, 0.6)]
    gap = 0.37
    coupling, potential = gap_equation(shells, electrons, gap)

    def grand(delta: float, mu: float) -> float:
        terms = (s.pair_degeneracy * (s.energy - mu - math.hypot(s.energy - mu, delta)) for s in shells)
        return delta**2 / coupling + sum(terms)

    h = 1e-5
    assert (grand(gap + h, potential) - grand(gap - h, potential)) / (2 * h) == pytest.approx(0.0, abs=1e-8)
    number = -(grand(gap, potential + h) - grand(gap, potential - h)) / (2 * h)
    assert number == pytest.approx(electrons, abs=1e-7)


def test_the_mean_field_of_a_window_has_the_gap_that_made_it() -> None:
    system = Cluster(AL, HardWallSphere(2.5)).system(0.35, Window(1, 1))
    assert observed_gap(MeanField(system), temperature=0.0) == pytest.approx(0.35, rel=1e-9)


def test_a_window_counts_shells_electrons_and_says_its_cut_off() -> None:
    grain = Cluster(AL, HardWallSphere(2.5))
    system, pairing = grain.system(0.35, Window(2, 3)), grain.pairing(0.35, Window(2, 3))
    scheme = HardWallSphere(2.5).levels(grain.electrons, 3)[-6:]
    assert len(system.shells) == 6
    assert system.electrons == grain.filling + 2 * sum(level.pairs for level in scheme[:2])
    centre = grain.fermi_level.energy
    assert pairing.cutoff == (scheme[0].energy - centre, scheme[-1].energy - centre)
    assert system.coupling == pairing.coupling
    # neighbours help, so less force is needed for the same gap than N of the last shell alone would
    alone = grain.pairing(0.35, Window(0, 0))
    assert pairing.coupling < alone.coupling
    assert alone.coupling == pytest.approx(0.7 / math.sqrt(56 * (134 - 56)), rel=1e-12)


@pytest.mark.parametrize(
    "shape", [Spheroid(2.16, 3.0), Spheroid(2.16, -0.3), SpinOrbit(1.36, 0.1), SpinOrbit(2.5, 0.01)], ids=repr
)
def test_a_split_shell_keeps_the_gap_that_its_filling_leaves(shape: Geometry) -> None:
    for electrons in (None, Cluster(AL, shape).electrons - 1):
        grain = Cluster(AL, shape, electrons)
        system, pairs = grain.system(0.17), grain.fermi_level.pairs
        by_hand = 0.17 * math.sqrt(grain.filling * (2 * pairs - grain.filling)) / pairs
        assert grain.pairing(0.17).coupling > 2 * 0.17 / pairs
        assert grain.mean_field_gap(0.17) == pytest.approx(by_hand, rel=1e-9)
        if grain.filling % 2 == 0 and len(grain.shells) < 5:  # BCS without a blocked level
            assert observed_gap(MeanField(system), temperature=0.0) == pytest.approx(by_hand, rel=1e-6)


def test_a_full_split_shell_has_no_gap_and_the_coupling_of_the_sphere() -> None:
    grain = Cluster(AL, Spheroid(1.0, 0.1), 758)
    assert grain.filling == 2 * grain.fermi_level.pairs
    assert grain.pairing(0.17).coupling == 2 * 0.17 / grain.fermi_level.pairs
    assert grain.mean_field_gap(0.17) == 0.0


def test_a_splitting_that_vanishes_leaves_the_coupling_of_the_sphere() -> None:
    ball = Cluster(AL, HardWallSphere(2.5)).system().coupling
    for shape in (Spheroid(2.5, 1e-7), SpinOrbit(2.5, 1e-8)):
        assert Cluster(AL, shape).system().coupling == pytest.approx(ball, rel=1e-6)


def test_the_gap_of_a_nearly_empty_shell_is_below_that_of_the_bulk() -> None:
    lead = Cluster(Material.named("Pb"), HardWallSphere(3.0))
    size, pairs = lead.material.gap, lead.fermi_level.pairs
    filling = lead.filling
    by_hand = size * math.sqrt(filling * (2 * pairs - filling)) / pairs
    assert lead.mean_field_gap() == pytest.approx(by_hand, rel=1e-9)
    assert by_hand < 0.52 * size


def test_bcs_gap_undoes_the_gap_equation_and_knows_when_there_is_none() -> None:
    shells = [Shell.orbital(1, -1.0), Shell.orbital(2, 1.0)]
    for electrons in (1, 6, 11):
        coupling, _ = gap_equation(shells, electrons, 0.3)
        assert bcs_gap(shells, electrons, coupling) == pytest.approx(0.3, rel=1e-8)
    assert bcs_gap(shells, 6, 0.1) == 0.0  # 2/G > Σ M/|ε − μ| ≥ … : the lower level is full
    assert bcs_gap(shells, 0, 1.0) == bcs_gap(shells, 16, 1.0) == bcs_gap(shells, 6, 0.0) == 0.0


def test_distances_are_from_edge_to_edge() -> None:
    plain, split = Cluster(AL, HardWallSphere(2.5)), Cluster(AL, SpinOrbit(2.5, 0.01))
    assert plain.width == 0.0
    assert split.width == pytest.approx(0.01 * 67 / 2)
    scheme = plain.levels[-3:]
    assert plain.spacing == pytest.approx(
        (scheme[1].energy - scheme[0].energy, scheme[2].energy - scheme[1].energy)
    )
    assert split.spacing.above < plain.spacing.above
    assert Cluster(AL, HardWallSphere(1.0), 1).spacing.below == math.inf


# -- susceptibilities ---------------------------------------------------------------------------------


@pytest.mark.parametrize("radius", [1.0, 2.5, 5.0])
def test_diamagnetism_is_six_ten_millionths_of_the_papers_power(radius: float) -> None:
    grain = Cluster(AL, HardWallSphere(radius))
    chi = grain.diamagnetic_susceptibility
    assert chi.gaussian / grain.electrons ** (2 / 3) == pytest.approx(-6.1e-7, rel=0.01)
    assert chi.si / grain.electrons ** (2 / 3) == pytest.approx(-7.7e-6, rel=0.01)


def test_mean_square_distances_are_those_of_points_in_the_shape() -> None:
    side = (np.arange(200) + 0.5) / 100 - 1
    x, y, z = np.meshgrid(side, side, side, indexing="ij", sparse=True)
    r2, axis = x**2 + y**2 + z**2, np.broadcast_to(x**2 + y**2, (200, 200, 200))
    assert axis[r2 < 1].mean() == pytest.approx(HardWallSphere(1.0).mean_square_distance, rel=1e-3)
    assert axis[(r2 < 1) & (z > 0)].mean() == pytest.approx(Hemisphere(1.0).mean_square_distance, rel=1e-3)
    assert axis[(r2 < 1) & (r2 > 0.36)].mean() == pytest.approx(
        Layer(1.0, 0.4).mean_square_distance, rel=1e-3
    )


def test_pauli_is_three_times_landau() -> None:
    chi = Cluster(AL, HardWallSphere(1.0)).pauli_susceptibility
    assert chi.si / 3 == pytest.approx(5.2e-6, rel=0.01)
    assert chi.gaussian == pytest.approx(chi.si / (4 * math.pi))


def test_a_step_shows_as_a_peak_of_the_squared_jump_over_4_t() -> None:
    grain = Cluster(AL, HardWallSphere(2.5))
    jumps = moment_jumps(grain.system())
    assert jumps[0] == 67.0
    heat = 0.01
    # μ₀μ_B²/(meV·nm³) by hand: 4π·10⁻⁷ · (9.274·10⁻²⁴)² / (1.602·10⁻²² · 10⁻²⁷)
    by_hand = 6.746e-4 * jumps[0] ** 2 / (4 * heat * grain.geometry.volume)
    assert grain.paramagnetic_susceptibility(jumps[0], heat).si == pytest.approx(by_hand, rel=1e-3)


# -- the verdict --------------------------------------------------------------------------------------


def test_the_verdict_has_its_numbers() -> None:
    grain = Cluster(AL, HardWallSphere(2.5))
    open_, own, distance, reach, length = grain.validity(gap=0.35)
    assert open_ == Criterion(open_.name, 56, 2, open_.formula)
    assert own.value == pytest.approx(math.sqrt(56 * 78) / 67, rel=1e-12)  # (G/2)√(N(2M−N)) over GM/2
    assert distance.value == pytest.approx(grain.spacing.below / 0.35)
    assert not distance.holds
    assert grain.validity(gap=0.17)[2].holds
    field = grain.system(0.35).critical_field
    below = grain.levels[-3].momentum + 1
    above = grain.levels[-1].momentum + 1
    assert reach.value == pytest.approx(grain.spacing.below / (field * (34 + max(below, above))))
    assert length.value == pytest.approx(
        25.656 / math.sqrt(field / tesla) / math.sqrt(0.4 * 2.5**2), rel=1e-4
    )


def test_a_split_shell_keeps_its_gap_or_its_coupling() -> None:
    sphere = Cluster(AL, HardWallSphere(2.5))
    gaps, couplings = [], []
    for splitting in (0.01, 0.1, 0.3):
        held = Cluster(AL, Spheroid(2.5, splitting))
        kept = held.keeping_coupling()
        assert kept == Cluster(AL, Spheroid(2.5, splitting), keeps_coupling=True) != held
        assert held.mean_field_gap() == pytest.approx(sphere.mean_field_gap(), rel=1e-9)
        assert kept.pairing().coupling == sphere.pairing().coupling == kept.system().coupling
        gaps.append(kept.mean_field_gap())
        couplings.append(held.pairing().coupling)
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] == pytest.approx(sphere.mean_field_gap(), rel=0.02)
    assert couplings == sorted(couplings)
    with pytest.raises(InputError, match="`keeps_coupling` must be True or False, but is 1"):
        Cluster(AL, HardWallSphere(2.5), keeps_coupling=1)  # type: ignore[arg-type]


def test_a_closed_shell_has_nothing_to_pair() -> None:
    assert not Cluster(AL, HardWallSphere(1.0), 758).validity()[0].holds


def test_overlapping_levels_fail() -> None:
    failing = {one.name for one in Cluster(AL, SpinOrbit(2.0, 1.0)).validity() if not one.holds}
    assert "distance of shells over the splitting" in failing


def test_the_criteria_stand_at_the_last_step_that_is_given() -> None:
    grain = Cluster(AL, SpinOrbit(1.36, 0.1))
    step = 26.8 * tesla
    reach, length, _, splitting, _ = grain.validity(last_step=step)[3:]
    assert [one.name.endswith(("ω_c", "closer")) for one in (reach, length, splitting)] == [True] * 3
    assert splitting.value == pytest.approx(grain.width / step, rel=1e-14)
    assert not splitting.holds
    assert length.value == pytest.approx(25.656 / math.sqrt(26.8) / math.sqrt(0.4 * 1.36**2), rel=1e-4)
    assert {one.name for one in grain.validity(last_step=0.0)} >= {"splitting over 3Δ₀/M"}


def test_without_the_last_step_a_field_stands_for_it_that_no_step_exceeds() -> None:
    large = Cluster(AL, Spheroid(2.5, 3.0)).validity()
    assert {"magnetic length over cluster size at ω_max"} <= {one.name for one in large}
    assert not all(one.holds for one in large)


# -- bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: HardWallSphere(0.0), "`radius` must lie in \\[0.01, 1e\\+06\\], but is 0."),
        (lambda: Hemisphere(-1.0), "`radius` must .*, but is -1.0."),
        (lambda: Oscillator(math.nan), "`radius` must be finite"),
        (lambda: Layer(1.0, 1.0), "`thickness` must be below the radius 1 nm, but is 1."),
        (lambda: Layer(1.0, 0.0), "`thickness` must lie in \\[0.01, 1e\\+06\\], but is 0.0."),
        (lambda: Layer(1.0, 1e-4), "`thickness` must lie in \\[0.01, 1e\\+06\\], but is 0.0001."),
        (lambda: Layer.of_volume(1.0, thickness=3.0), "`thickness` must be below the radius"),
        (lambda: Layer.of_volume(1.0), "needs a `thickness` and nothing else"),
        (lambda: HardWallSphere.of_volume(0.0), "`volume` must be above 0"),
        (lambda: Spheroid(1.0, math.inf), "`splitting` must be finite"),
        (lambda: SpinOrbit(1.0, "1"), "`strength` must be one real number"),  # type: ignore[arg-type]
        (lambda: Cluster("Al", HardWallSphere(1.0)), "`material` must be a Material"),  # type: ignore[arg-type]
        (lambda: Cluster(AL, 2.5), "`geometry` must be a geometry, but is 2.5."),  # type: ignore[arg-type]
        (lambda: Cluster(AL, HardWallSphere(0.05)), "must hold at least one electron, but holds 0.0948."),
        (lambda: Cluster(AL, HardWallSphere(1.0), 0), "`electrons` must be at least 1, but is 0."),
        (lambda: Cluster.of_atoms(AL, 0), "`atoms` must lie in"),
        (lambda: Cluster.of_atoms("Al", 5), "`material` must be a Material"),  # type: ignore[arg-type]
        (lambda: Cluster.of_atoms(AL, 5, HardWallSphere(1.0)), "`kind` must be a class"),  # type: ignore[arg-type]
        (
            lambda: Cluster.of_atoms(AL, 5, HardWallSphere, thickness=1.0),
            "`options` of HardWallSphere must be nothing besides the size, but are `thickness`.",
        ),
        (
            lambda: Cluster.of_atoms(AL, 5, Spheroid),
            "`options` of Spheroid must be `splitting` besides the size, but are nothing.",
        ),
        (
            lambda: Cluster.of_atoms(AL, 5, Geometry),  # type: ignore[type-abstract]
            "`kind` must be a shape such as HardWallSphere, .*, but is Geometry.",
        ),
        (lambda: Cluster.of_atoms(AL, 10**26), "`atoms` must lie in \\[1, 1e\\+06\\], but is 10000"),
        (lambda: Cluster(AL, HardWallSphere(1.0)).system(gap=1e-300), "`gap` must lie in \\[1e-09"),
        (lambda: Cluster(AL, HardWallSphere(1.0)).system(gap=0.0), "`gap` must be above 0"),
        (lambda: Cluster(AL, HardWallSphere(1.0)).system(window=1), "`window` must be a Window"),  # type: ignore[arg-type]
        (
            lambda: Cluster(AL, HardWallSphere(1.0)).system(window=Window(99, 1)),
            r"`window` must take at most the \d+ shells below",
        ),
        (
            lambda: Cluster(AL, HardWallSphere(1.0)).system(window=Window(1, -1)),
            r"`window` must lie in \[0, 1000\], but is -1",
        ),
        (
            lambda: Cluster(AL, HardWallSphere(1.0)).paramagnetic_susceptibility(1.0, 0.0),
            "`temperature` must be",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_a_full_window_and_a_giant_cluster_are_refused() -> None:
    with pytest.raises(UndefinedError, match="10 electrons in shells for 10 have no BCS gap"):
        Cluster(AL, HardWallSphere(1.0), 758).system(window=Window(0, 0))
    for shape in (HardWallSphere(100.0), Layer(100.0, 50.0), Oscillator(100.0)):
        with pytest.raises(SizeError, match=f"at most {shape.max_electrons} electrons.* of radius 100 nm"):
            Cluster(AL, shape)
        with pytest.raises(SizeError, match=f"`electrons` must be at most {shape.max_electrons}"):
            _ = Cluster(AL, shape, 10**8).levels
