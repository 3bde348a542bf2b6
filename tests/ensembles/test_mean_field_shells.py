"""The mean field of several shells: one-shell limit, brute minimisation, exact derivatives, closed forms."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar

from quasispin.ensembles import mean_field_certificate as certificate
from quasispin.ensembles import mean_field_quasiparticles as quasi
from quasispin.ensembles import mean_field_search as search
from quasispin.ensembles import mean_field_shells as module
from quasispin.ensembles.averages import Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.ensembles.mean_field_shells import Blocked
from quasispin.errors import InputError, SolverError, UndefinedError
from quasispin.observables import gap
from quasispin.oracles import mean_field_matrix as matrix
from quasispin.system.shell import Shell
from quasispin.system.system import System

Array = npt.NDArray[np.float64]


def fence(levels: int, electrons: int, coupling: float, moment: float = 1.0) -> System:
    return System([Shell([moment], float(level)) for level in range(levels)], electrons, coupling)


TWO = (Shell([1.5, 0.5, 0.5], -0.3), Shell([1.0, 0.0], 0.4))
ATTRACTIVE = ((0.6, 0.25), (0.25, 0.9))
MIXED = ((0.6, 0.9), (0.9, 0.5))
"""One attractive and one repulsive direction."""
THREE = (*TWO, Shell([2.0, 1.0, 1.0, 0.0], 0.1))
FRUSTRATED = ((0.5, -0.3, 0.2), (-0.3, 0.6, 0.25), (0.2, 0.25, 0.3))


def tin(electrons: int) -> System:
    """Five shells of a tin isotope, with moments that only a test would give them."""
    energies = (-6.121, -5.508, -3.749, -3.891, -3.778)
    pairs = (4, 3, 2, 1, 6)
    upper: tuple[float, ...] = (0.985, 0.5711, 0.5184, 0.292, 1.1454, 0.7063, 0.9056, 0.3456, 0.9546)
    upper += (0.4063, 0.3515, 0.6102, 0.7244, 0.4265, 1.0599)
    matrix = np.zeros((5, 5))
    matrix[np.triu_indices(5)] = upper
    matrix = (matrix + np.triu(matrix, 1).T) / np.sqrt(np.outer(pairs, pairs))
    shells = [
        Shell([0.3 * (k + 0.5) for k in range(size)], e) for size, e in zip(pairs, energies, strict=True)
    ]
    return System(shells, electrons, matrix)


# -- one shell ------------------------------------------------------------------------------------


@pytest.mark.parametrize("electrons", [1, 3, 10, 11, 14])
def test_coincident_shells_equal_the_certified_shell(electrons: int) -> None:
    shell = Shell.orbital(5)
    parts = [Shell(shell.moments[:4], 0.7), Shell(shell.moments[4:], 0.7)]
    heat = np.array([0.0, 0.0, 0.0, 0.01, 0.03, 0.1, 0.25, 0.4, 0.49, 0.6, 0.02, 3.0])
    field = np.array([0.0, 0.1, -0.3, 0.17, 0.2, -0.19, 0.0, 0.09, 0.0, 0.3, 0.33, 0.1])
    one = MeanField(System(Shell(shell.moments, 0.7), electrons, 2 / 11)).averages(heat, field)
    many = MeanField(System(parts, electrons, 2 / 11)).averages(heat, field)
    for name, value in arrays(one).items():
        other = arrays(many)[name]
        if name == "occupation":
            other = other.sum(axis=1, keepdims=True)
        if name == "shell_gap_squared":
            other = other[:, :1]
        np.testing.assert_allclose(other[3:], value[3:], rtol=2e-10, atol=2e-11, err_msg=name)
        # at T = 0 partly filled levels at the Fermi energy have as many digits as the temperature below it
        np.testing.assert_allclose(other[:3], value[:3], rtol=1e-6, atol=1e-6, err_msg=name)


def test_a_matrix_of_equal_entries_is_a_constant_coupling() -> None:
    heat, field = np.array([0.0, 0.05, 0.3, 1.0]), np.array([0.0, 0.4, 0.2, 0.1])
    number = arrays(MeanField(System(THREE, 8, 0.3)).averages(heat, field))
    matrix = arrays(MeanField(System(THREE, 8, np.full((3, 3), 0.3))).averages(heat, field))
    assert set(number) - set(matrix) == {"gap_squared", "connected_gap_squared"}
    for name in matrix:
        np.testing.assert_allclose(matrix[name], number[name], rtol=1e-9, atol=1e-11, err_msg=name)


def test_a_matrix_with_one_eigenvalue_has_gaps_along_its_eigenvector() -> None:
    vector = np.array([1.0, -0.5, 0.3])
    ensemble = MeanField(System(THREE, 8, 0.4 * np.outer(vector, vector)))
    first = ensemble.branches(0.1, 0.1)[0]
    assert first.gap > 0.1
    np.testing.assert_allclose(np.array(first.shell_gaps) / first.gap, vector, rtol=1e-12)


# -- independent minimisation ----------------------------------------------------------------------


def potential(system: System, delta: Array, heat: float, field: float) -> float:
    """max_μ [W(Δ, μ) + μN] level by level; N(μ) by bisection."""
    levels = [(each.energy, m, s) for s, each in enumerate(system.shells) for m in each.moments]

    def excess(mu: float) -> float:
        total = 0.0
        for energy, moment, shell in levels:
            size = math.hypot(energy - mu, delta[shell])
            tail = sum(0.5 * math.tanh((size + sign * field * moment) / 2 / heat) for sign in (-1, 1))
            total += 1 - (energy - mu) / size * tail
        return total - system.electrons

    mu = float(brentq(excess, -60.0, 60.0, xtol=1e-13))
    value = mu * system.electrons
    for energy, moment, shell in levels:
        size = math.hypot(energy - mu, delta[shell])
        value += energy - mu - size
        value -= heat * sum(
            float(np.logaddexp(0, -(size + sign * field * moment) / heat)) for sign in (-1, 1)
        )
    return value


@pytest.mark.parametrize(
    ("electrons", "heat", "field"), [(4, 0.1, 0.0), (5, 0.2, 0.35), (3, 0.06, 0.5), (7, 0.3, 0.2)]
)
def test_two_shells_are_at_the_minimum_of_a_scan(electrons: int, heat: float, field: float) -> None:
    system = System(TWO, electrons, ATTRACTIVE)
    inverse = np.linalg.inv(system.coupling_matrix)

    def free(delta: Array) -> float:
        return float(delta @ inverse @ delta) + potential(system, delta, heat, field)

    grid = [np.array([a, b]) for a in np.linspace(1e-6, 1.6, 9) for b in np.linspace(-1.6, 1.6, 14)]
    best = min(grid, key=free)
    found = minimize(free, best, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14})
    ours = MeanField(system).branches(heat, field)[0]
    assert ours.stable
    assert ours.free_energy == pytest.approx(found.fun, abs=1e-11)
    np.testing.assert_allclose(np.abs(ours.shell_gaps), np.abs(found.x), atol=1e-6)


def test_a_repulsive_direction_is_maximised() -> None:
    system, heat, field = System(TWO, 4, MIXED), 0.1, 0.2
    values, vectors = np.linalg.eigh(system.coupling_matrix)
    assert values[0] < 0 < values[1]

    def free(x: float, y: float) -> float:
        delta = vectors[:, 1] * math.sqrt(values[1]) * x + vectors[:, 0] * math.sqrt(-values[0]) * y
        return x * x - y * y + potential(system, delta, heat, field)

    def worst(x: float) -> float:
        inner = minimize_scalar(lambda y: -free(x, y), bounds=(-0.8, 0.8), options={"xatol": 1e-7})
        return -float(inner.fun)

    found = minimize_scalar(worst, bounds=(0.05, 4.0), options={"xatol": 1e-6})
    assert worst(0.05) > found.fun < worst(4.0)
    assert MeanField(system).branches(heat, field)[0].free_energy == pytest.approx(found.fun, abs=1e-9)


def repulsive(seed: int, shells: int, electrons: int, size: float) -> System:
    """Random levels and a random coupling, with repulsive eigenvalues as strong as the attractive ones."""
    rng = np.random.default_rng(seed)
    matrix = size * rng.normal(size=(shells, shells))
    boxes = [Shell(rng.uniform(0.2, 3, int(rng.integers(1, 4))), rng.uniform(-1, 1)) for _ in range(shells)]
    return System(boxes, electrons, matrix + matrix.T)


@pytest.mark.parametrize("seed", [16])
def test_strong_repulsion_hides_no_minimum_at_zero_temperature(seed: int) -> None:
    system = repulsive(seed, 5, 5, 0.7)
    assert np.linalg.eigvalsh(system.coupling_matrix)[0] < -1
    cold, warm = (MeanField(system).branches(heat, 0.2)[0] for heat in (0.0, 0.02))
    assert cold.stable
    # F falls with T by its entropy, which lies below 2M ln 2
    pairs = sum(shell.pair_degeneracy for shell in system.shells)
    assert -1e-12 <= cold.free_energy - warm.free_energy <= 0.02 * 2 * pairs * math.log(2)


@pytest.mark.parametrize("heat", [0.0, 1e-5])
def test_a_minimum_that_only_a_warmer_one_leads_to_is_found(heat: float) -> None:
    rows = ((0.3452, 0.0473, 0.6073), (0.0473, -0.4654, 0.6843), (0.6073, 0.6843, 0.0016))
    shells = [Shell([2, 1], 2.7392), Shell([2.7736, 1.9725, 0.6626], 0.0191), Shell([1], 0.4332)]
    ensemble = MeanField(System(shells, 4, rows))
    cold, warm = (ensemble.branches(each, 0.174)[0] for each in (heat, 0.02))
    assert cold.stable
    assert cold.gap == pytest.approx(0.2787, abs=1e-3)
    assert -1e-12 <= cold.free_energy - warm.free_energy <= 0.02 * 12 * math.log(2)


def test_the_solution_obeys_the_gap_and_number_equations() -> None:
    system, heat, field = System(THREE, 7, FRUSTRATED), 0.15, 0.3
    state = MeanField(system).branches(heat, field)[0]
    kappa, number = np.zeros(3), 0.0
    for s, shell in enumerate(system.shells):
        for m in shell.moments:
            xi = shell.energy - state.chemical_potential
            size = math.hypot(xi, state.shell_gaps[s])
            tail = sum(0.5 * math.tanh((size + sign * field * m) / 2 / heat) for sign in (-1, 1))
            kappa[s] += state.shell_gaps[s] / (2 * size) * tail
            number += 1 - xi / size * tail
    assert state.gap > 0.1
    assert number == pytest.approx(7, abs=1e-11)
    np.testing.assert_allclose(system.coupling_matrix @ kappa, state.shell_gaps, atol=1e-11)


# -- derivatives -----------------------------------------------------------------------------------

ENSEMBLES: dict[str, MeanField] = {
    "constant": MeanField(System(THREE, 8, 0.35)),
    "matrix": MeanField(System(THREE, 7, FRUSTRATED)),
    "mixed": MeanField(System(TWO, 4, MIXED)),
    "tin": MeanField(tin(8)),
    "blocked": MeanField(tin(11), blocked=Blocked(0, 1)),
    "fence": MeanField(fence(8, 8, 0.8)),
    "normal": MeanField(fence(8, 7, -0.2, 1.5)),
}


@pytest.mark.parametrize("name", ENSEMBLES)
@pytest.mark.parametrize(("heat", "field"), [(0.2, 0.15), (0.47, -0.4)])
def test_first_and_second_derivatives_of_the_free_energy(name: str, heat: float, field: float) -> None:
    steps = np.array([0.0, 2e-3, -2e-3, 1e-3, -1e-3]) * heat
    away = np.zeros(4)
    found = ENSEMBLES[name].averages(
        np.concatenate([heat + steps, heat + away]), np.concatenate([field + 0 * steps, field + steps[1:]])
    )

    def slope(values: Array, first: int) -> float:
        """Richardson from two central differences."""
        rough = [(values[first + i] - values[first + i + 1]) / (2 * steps[i + 1]) for i in (0, 2)]
        return float((4 * rough[1] - rough[0]) / 3)

    free, entropy, moment = found.free_energy, found.entropy, found.moment
    assert entropy[0] == pytest.approx(-slope(free, 1), rel=1e-7, abs=1e-8)
    assert moment[0] == pytest.approx(-slope(free, 5), rel=1e-7, abs=1e-8)
    assert found.heat_capacity[0] == pytest.approx(heat * slope(entropy, 1), rel=1e-6)
    assert found.susceptibility[0] == pytest.approx(slope(moment, 5), rel=1e-6)
    assert found.energy[0] == pytest.approx(free[0] + heat * entropy[0], rel=1e-14)


def test_occupations_add_up_and_the_pair_energy_is_the_derivative_by_the_coupling() -> None:
    found = MeanField(System(THREE, 8, 0.35)).averages(0.2, 0.1)
    assert found.occupation.sum() == pytest.approx(8, abs=1e-12)
    step = 1e-5
    less, more = (MeanField(System(THREE, 8, 0.35 + s)).averages(0.2, 0.1) for s in (-step, step))
    slope = float(more.free_energy - less.free_energy) / (2 * step)
    assert float(found.pair_energy) == pytest.approx(0.35 * slope, rel=1e-8)


# -- closed forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", [False, True])
def test_the_critical_spacing_of_the_picket_fence(odd: bool) -> None:
    """d_c/Δ → 2e^γ (even N), e^γ/2 (odd N, the level at the Fermi energy blocked), with error ~ 1/L².

    Δ is the bulk gap of the same band, 1 = G ∫_{−D}^{D} dξ/(2d√(ξ²+Δ²)): Δ = D/sinh(d/G), D = Ld/2.
    """
    limit = math.exp(np.euler_gamma) * (0.5 if odd else 2.0)
    errors = []
    for levels in (20 + odd, 50 + odd):
        blocked = Blocked(levels // 2) if odd else None

        def pairs(coupling: float, count: int = levels, level: Blocked | None = blocked) -> bool:
            return bool(gap(MeanField(fence(count, count, coupling), blocked=level), 0.0) > 0)

        low, high = 0.1, 1.0
        assert pairs(high)
        assert not pairs(low)
        for _ in range(32):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if pairs(middle) else (middle, high)
        bulk = levels / 2 / math.sinh(1 / high)
        errors.append(abs(1 / bulk / limit - 1))
    assert errors[0] < 3e-3
    assert errors[1] < errors[0] / 5


def test_a_strong_coupling_does_not_see_the_levels() -> None:
    for strength in (1e2, 1e4):
        found = gap(MeanField(System(THREE, 6, strength)), 0.0)
        assert found == pytest.approx(strength / 2 * math.sqrt(6 * 12), rel=3 / strength)


def test_mean_field_occupations_of_tin_lie_near_the_exact_ones() -> None:
    exact = [6.4551, 3.6458, 0.4757, 0.2358, 1.1877]  # Zelevinsky and Volya's interaction, 12 electrons
    found = MeanField(tin(12)).averages(0.0).occupation
    assert found.sum() == pytest.approx(12, abs=1e-12)
    np.testing.assert_allclose(found, exact, atol=0.25)


@pytest.mark.parametrize("coupling", [0.0, -0.4, -np.eye(3), [[-1, -1, 0], [-1, -1, 0], [0, 0, 0]]])
def test_no_attraction_leaves_free_electrons(coupling: Any) -> None:
    heat, field = np.array([0.0, 0.2, 1.0]), 0.3
    found = MeanField(System(THREE, 8, coupling)).averages(heat, field)
    free = MeanField(System(THREE, 8, 0.0)).averages(heat, field)
    assert (found.pair_energy == 0).all()
    np.testing.assert_allclose(found.free_energy, free.free_energy, atol=1e-6)
    mu = float(found.chemical_potential[1])  # type: ignore[index]
    levels = [s.energy - sign * 0.3 * m for s in THREE for m in s.moments for sign in (-1, 1)]
    assert sum(1 / (1 + math.exp((e - mu) / 0.2)) for e in levels) == pytest.approx(8, abs=1e-10)


@pytest.mark.parametrize("electrons", [0, 18])
def test_an_empty_and_a_full_box_have_one_state_and_no_chemical_potential(electrons: int) -> None:
    found = MeanField(System(THREE, electrons, 0.3)).averages([0.0, 0.4], [0.2, 0.1])
    total = 2 * sum(shell.energy * shell.pair_degeneracy for shell in THREE)
    np.testing.assert_allclose(found.free_energy, total if electrons else 0.0, atol=1e-14)
    assert np.isnan(found.chemical_potential).all()  # type: ignore[arg-type]
    for value in (found.entropy, found.moment, found.susceptibility, found.heat_capacity):
        assert (value == 0).all()
    assert found.occupation.sum(axis=1).tolist() == [electrons, electrons]


# -- symmetries and limits -------------------------------------------------------------------------


def test_particles_and_holes_mirror_each_other() -> None:
    mirrored = [Shell(shell.moments, -shell.energy) for shell in THREE]
    heat, field = np.array([0.0, 0.1, 0.5]), np.array([0.1, 0.3, 0.2])
    left = MeanField(System(THREE, 5, FRUSTRATED)).averages(heat, field)
    right = MeanField(System(mirrored, 13, FRUSTRATED)).averages(heat, field)
    for name in ("entropy", "moment", "susceptibility", "heat_capacity", "pair_energy"):
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), atol=1e-7, err_msg=name)
    assert left.chemical_potential is not None
    assert right.chemical_potential is not None
    np.testing.assert_allclose(left.chemical_potential, -right.chemical_potential, atol=1e-7)


def test_the_moment_is_odd_in_the_field_and_all_else_even() -> None:
    up, down = (MeanField(tin(9)).averages([0.0, 0.3], [sign * 0.4, sign * 0.4]) for sign in (1, -1))
    for name, value in arrays(up).items():
        sign = -1 if name == "moment" else 1
        np.testing.assert_array_equal(arrays(down)[name], sign * value, err_msg=name)


@pytest.mark.parametrize("field", [0.0, 0.35, 1.2])
@pytest.mark.parametrize("name", ["constant", "matrix", "fence", "blocked", "normal"])
def test_zero_temperature_is_the_limit(name: str, field: float) -> None:
    zero, cold = (ENSEMBLES[name].averages(heat, field) for heat in (0.0, 1e-6))
    for quantity in ("free_energy", "energy", "entropy", "pair_energy", "moment", "number_variance"):
        np.testing.assert_allclose(getattr(zero, quantity), getattr(cold, quantity), atol=2e-5)
    assert float(zero.heat_capacity) == 0
    assert float(zero.susceptibility) >= 0


def test_half_filled_levels_at_the_fermi_energy_keep_their_entropy_at_zero_temperature() -> None:
    found = MeanField(System([Shell([1.0, 1.0], 0.0), Shell([1.0], 1.0)], 2, 0.0)).averages(0.0)
    assert float(found.entropy) == pytest.approx(4 * math.log(2), rel=1e-7)
    assert float(found.free_energy) == pytest.approx(0, abs=1e-7)
    assert found.susceptibility == np.inf
    np.testing.assert_allclose(found.occupation, [2, 0], atol=1e-7)


# -- a blocked level -------------------------------------------------------------------------------


def test_a_blocked_level_is_the_rest_without_it_and_one_electron() -> None:
    rest = System([TWO[0], Shell([1.0], 0.4)], 4, ATTRACTIVE)
    heat, field = np.array([0.0, 0.1, 0.4]), np.array([-0.3, 0.2, 0.5])
    base = MeanField(rest).averages(heat, field)
    full = MeanField(System(TWO, 5, ATTRACTIVE), blocked=Blocked(1, pair=1)).averages(heat, field)
    np.testing.assert_allclose(full.free_energy, base.free_energy + 0.4, atol=1e-13)
    np.testing.assert_allclose(full.occupation, base.occupation + np.array([0, 1]), atol=1e-13)
    first = System([Shell([0.5, 0.5], -0.3), TWO[1]], 4, ATTRACTIVE)
    base = MeanField(first).averages(heat, field)
    full = MeanField(System(TWO, 5, ATTRACTIVE), blocked=Blocked(0)).averages(heat, field)
    np.testing.assert_allclose(full.free_energy, base.free_energy - 0.3 - 1.5 * np.abs(field), atol=1e-13)
    np.testing.assert_allclose(full.moment, base.moment + 1.5 * np.sign(field), atol=1e-13)
    np.testing.assert_allclose(full.entropy, base.entropy, atol=1e-13)
    assert (full.electrons == 5).all()


def test_a_blocked_level_of_one_shell_leaves_a_smaller_shell() -> None:
    grain = System.single_shell(Shell.spin(5), electrons=5, coupling=0.3)
    found = gap(MeanField(grain, blocked=Blocked(0)), temperature=0.0)
    assert found == pytest.approx(0.15 * math.sqrt(4 * 4), rel=1e-12)
    alone = MeanField(System.single_shell(Shell([2.0]), 1, coupling=0.3), blocked=Blocked(0))
    assert float(alone.averages(0.1, -0.5).free_energy) == -1.0
    assert float(alone.averages(0.1, -0.5).moment) == -2.0
    assert float(alone.averages(0.1, 0.0).moment) == 0.0


@pytest.mark.parametrize(
    ("electrons", "blocked", "message"),
    [
        (4, Blocked(0), "odd number of electrons, but there are 4"),
        (5, Blocked(2), r"`shell` must lie in \[0, 1\], but is 2"),
        (5, Blocked(1, 2), r"`pair` must lie in \[0, 1\], but is 2"),
        (5, 1, "`blocked` must be a Blocked level or None, but is 1"),
    ],
)
def test_a_level_that_cannot_be_blocked_is_named(electrons: int, blocked: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        MeanField(System(TWO, electrons, ATTRACTIVE), blocked=blocked)


@pytest.mark.parametrize("bad", [-1, 0.5, "a", True, None])
def test_a_blocked_level_is_counted_in_whole_numbers(bad: Any) -> None:
    with pytest.raises(InputError, match="`shell` must be"):
        Blocked(bad)
    with pytest.raises(InputError, match="`pair` must be"):
        Blocked(0, bad)


# -- a chemical potential that free electrons leave open -------------------------------------------

PLATEAU = System([Shell([1.0]), Shell([0.0]), Shell([0.4]), Shell([2.0, 1.0, 0.0])], 4, 0.2)
LEVELS = System([Shell([1.77], -0.41), Shell([0.0], 0.93)], 2, [[0.7, 0.23], [0.23, 0.43]])


@pytest.mark.parametrize("heat", [0.0, 1e-9, 1e-3])
@pytest.mark.parametrize(("system", "field"), [(PLATEAU, 0.68), (LEVELS, 0.5), (LEVELS, 0.6)])
def test_a_normal_state_whose_plateau_does_not_pair_is_the_minimum(
    system: System, field: float, heat: float
) -> None:
    lowest, *others = MeanField(system).branches(heat, field)
    free = MeanField(System(system.shells, system.electrons, 0.0)).averages(heat, field)
    assert (lowest.kind, lowest.stable) == ("normal", True)
    assert lowest.free_energy == pytest.approx(float(free.free_energy), abs=1e-14)
    assert float(MeanField(system).averages(heat, field).free_energy) == lowest.free_energy
    assert all(other.gap > 1e-3 for other in others)


def test_a_gap_that_outgrows_the_plateau_replaces_the_normal_state() -> None:
    paired, normal = MeanField(LEVELS).branches(0.005, 0.6)
    assert (paired.stable, normal.stable) == (True, False)
    assert paired.gap == pytest.approx(3.488e-3, rel=1e-3)


@pytest.mark.parametrize("heat", [0.0, 1e-3])
@pytest.mark.parametrize("electrons", [3, 4, 6, 7])
def test_coincident_shells_equal_the_certified_shell_in_every_field(electrons: int, heat: float) -> None:
    field = np.linspace(0.013, 1.2, 80)
    moments = [moment for shell in PLATEAU.shells for moment in shell.moments]
    one = MeanField(System(Shell(moments), electrons, 0.2)).averages(heat, field)
    many = MeanField(System(PLATEAU.shells, electrons, 0.2)).averages(heat, field)
    # partly filled levels at the Fermi energy have as many digits at T = 0 as the temperature below it
    width = 1e-11 if heat else 1e-6
    for name in ("free_energy", "entropy", "moment", "pair_energy"):
        np.testing.assert_allclose(getattr(many, name), getattr(one, name), atol=width, err_msg=name)


@pytest.mark.parametrize("heat", [1e-9, 1e-3])
def test_the_potential_of_a_large_gap_is_found_from_a_plateau(heat: float) -> None:
    model = module._model(PLATEAU, None)
    point = np.array([heat]), np.array([0.68])
    rows = quasi.Rows(*point, quasi.free_filling(model, point[1]))
    for gap_ in (0.05, 0.1375, 0.3):
        delta = np.full((1, 4), gap_)
        mu = float(quasi.potential(model, rows, delta, quasi.free_potential(model, rows))[0])
        total = 0.0
        for moment in (moment for shell in PLATEAU.shells for moment in shell.moments):
            size = math.hypot(mu, gap_)
            tail = sum(0.5 * math.tanh((size + sign * 0.68 * moment) / 2 / heat) for sign in (-1, 1))
            total += 1 + mu / size * tail
        assert total == pytest.approx(4, abs=1e-6 if heat < 1e-6 else 1e-11)


# -- branches and refusals -------------------------------------------------------------------------


def test_a_field_brings_several_minima() -> None:
    ensemble = MeanField(fence(8, 8, 0.8))
    found = ensemble.branches(0.02, 1.5)
    assert [one.free_energy for one in found] == sorted(one.free_energy for one in found)
    kinds = {(one.kind, one.stable) for one in found}
    assert {("normal", True), ("paired", True), ("paired", False)} <= kinds
    assert [one.stable for one in found] == [True, True, True, False, False]
    assert float(ensemble.averages(0.02, 1.5).free_energy) == found[0].free_energy
    assert found[0].shell_gaps == (found[0].gap,) * 8


def test_what_needs_the_certificate_is_refused() -> None:
    for ensemble in (MeanField(tin(8)), MeanField(System(Shell([1.0, 2.0]), 1, 0.3), blocked=Blocked(0))):
        with pytest.raises(UndefinedError, match="`jumps` rests on the certified minimum"):
            ensemble.jumps(0.1, 0.0, 1.0)
        with pytest.raises(UndefinedError, match="`evaluations`"):
            ensemble.evaluations(0.1)


def test_a_coupling_matrix_has_no_single_gap() -> None:
    found = MeanField(tin(8)).averages(0.1)
    assert found.gap_squared is None
    assert found.connected_gap_squared is None
    for ensemble in (MeanField(tin(8)), Canonical(tin(8))):
        with pytest.raises(UndefinedError, match="no single gap: use shell_gap, one for each shell"):
            gap(ensemble, temperature=0.1)


def test_each_shell_has_its_gap() -> None:
    ensemble = MeanField(tin(8))
    squared = arrays(ensemble.averages([0.1, 0.2], 0.1))["shell_gap_squared"]
    assert squared.shape == (2, 5)
    np.testing.assert_allclose(squared[0], np.square(ensemble.branches(0.1, 0.1)[0].shell_gaps), rtol=1e-9)
    one = MeanField(System.single_shell(Shell.orbital(2), 4, coupling=0.3)).averages(0.1)
    assert arrays(one)["shell_gap_squared"].tolist() == [float(one.gap_squared)]  # type: ignore[arg-type]


# -- the certificate -------------------------------------------------------------------------------


def judged(system: System, heat: float, field: float, blocked: Blocked | None = None) -> tuple[float, float]:
    """Ours less the oracle's F, and what may be between them: rounding; at T = 0, the oracle's entropy.

    Both are polished minima, so that errors of x₊ enter in second order.
    """
    found = MeanField(system, blocked=blocked).averages(heat, field)
    assert found.uncertified is not None
    assert float(found.uncertified) == 0
    free = matrix.minimum(
        [shell.moments for shell in system.shells],
        [shell.energy for shell in system.shells],
        system.electrons,
        system.coupling_matrix,
        heat or ORACLE_COLD,
        field,
        blocked=None if blocked is None else (blocked.shell, blocked.pair),
    ).free_energy
    entropy = 2 * math.log(2) * system.pair_degeneracy * (ORACLE_COLD if heat == 0 else 0.0)
    model = module._model(system, blocked)
    point = np.array([heat]), np.array([abs(field)])
    rounding = certificate.width(model, quasi.Rows(*point, np.zeros((1, 0))))[0]
    return float(found.free_energy) - free, rounding + entropy


ORACLE_COLD = 1e-3
"""The temperature that stands for T = 0 in the oracle."""


def drawn(seed: int) -> tuple[System, float, float, Blocked | None]:
    """Two to four shells with any matrix that attracts somewhere, any N, T and ω; odd N often blocked."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 5))
    while True:
        coupling = rng.normal(size=(count, count)) * rng.choice([0.3, 0.6, 1.0])
        coupling = (coupling + coupling.T) / 2
        values = np.linalg.eigvalsh(coupling)
        if values[0] < 0 < values[-1]:
            break
    shells = [
        Shell(rng.uniform(0, 3, int(rng.integers(1, 6))), float(rng.uniform(-1.5, 1.5))) for _ in range(count)
    ]
    pairs = sum(shell.pair_degeneracy for shell in shells)
    electrons = int(rng.integers(2, 2 * pairs - 1))
    blocked = Blocked(int(rng.integers(0, count))) if electrons % 2 and rng.random() < 0.5 else None
    if blocked is not None and electrons - 1 >= 2 * (pairs - 1):
        blocked = None
    heat, field = float(rng.choice([0, 0.005, 0.02, 0.1, 0.4])), float(rng.choice([0, 0.3, 0.55, 0.8, 1.5]))
    return System(shells, electrons, coupling), heat, field, blocked


@pytest.mark.parametrize("seed", range(20))
def test_the_minimum_is_that_of_a_grid(seed: int) -> None:
    system, heat, field, blocked = drawn(seed)
    difference, width = judged(system, heat, field, blocked)
    assert abs(difference) <= width


@pytest.mark.long
@pytest.mark.parametrize("start", range(100, 700, 50))
def test_the_minima_of_many_systems_are_those_of_grids(start: int) -> None:
    for seed in range(start, start + 50):
        system, heat, field, blocked = drawn(seed)
        difference, width = judged(system, heat, field, blocked)
        assert abs(difference) <= width, (seed, difference)


def hidden() -> System:
    """Eight, six and three pairs, one attractive and two repulsive directions, which hide a paired state."""
    rng = np.random.default_rng(113)
    while True:
        coupling = rng.normal(size=(3, 3)) * rng.choice([0.2, 0.4])
        coupling = np.round((coupling + coupling.T) / 2, 3)
        if (np.linalg.eigvalsh(coupling) > 0).sum() == 1:
            break
    shells = [
        Shell(np.round(rng.uniform(0, 3, pairs), 3), round(float(rng.uniform(-1, 1)), 3))
        for pairs in (8, 6, 3)
    ]
    return System(shells, 10, coupling)


def test_a_minimum_that_the_search_does_not_see_is_found() -> None:
    difference, width = judged(hidden(), 0.02, 0.2)
    assert abs(difference) <= width


def test_the_certificate_alone_leads_to_the_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    heat, field = np.array([0.0, 0.1, 0.3]), np.array([0.1, 0.2, 0.0])
    known = MeanField(tin(8)).averages(heat, field)
    monkeypatch.setattr(search, "_descended", lambda _model, _rows, normal: normal)
    blind = MeanField(tin(8)).averages(heat, field)
    np.testing.assert_allclose(blind.free_energy, known.free_energy, rtol=1e-12)
    assert (np.asarray(blind.uncertified) == 0).all()


@pytest.mark.parametrize("budget", [{}, dict.fromkeys(range(1, 6), 1)])
def test_what_is_not_certified_is_said(monkeypatch: pytest.MonkeyPatch, budget: dict[int, int]) -> None:
    free = float(MeanField(tin(8)).averages(0.1, 0.2).free_energy)
    monkeypatch.setattr(certificate, "BUDGET", budget)
    found = MeanField(tin(8)).averages(0.1, 0.2)
    assert float(found.free_energy) == free
    assert found.uncertified is not None
    assert 1e-3 < float(found.uncertified) < 50


def test_a_bound_never_lies_above_the_minimum() -> None:
    model = module._model(tin(8), None)
    heat, field = np.array([0.1]), np.array([0.2])
    rows = quasi.Rows(heat, field, quasi.free_filling(model, field))
    far = np.array([1e3])  # nothing is known of F: branch and bound finds it alone
    found = certificate.certified(model, rows, far, quasi.free_potential(model, rows))
    free = float(MeanField(tin(8)).averages(0.1, 0.2).free_energy) - 8 * model.origin
    width = certificate.width(model, rows)[0]
    assert free - 2 * width <= found.bound[0] <= free
    assert found.evaluations[0] < 2000


def test_a_first_order_tie_of_coincident_shells_is_a_tie() -> None:
    shell = Shell.orbital(5)
    one = MeanField(System(shell, 10, 2 / 11))
    jump = max(one.jumps(0.01, 0.1, 0.25), key=lambda each: each.moment_change)
    parts = [Shell(shell.moments[:4]), Shell(shell.moments[4:])]
    many = MeanField(System(parts, 10, 2 / 11))
    fields = [jump.field - 1e-4, jump.field, jump.field + 1e-4]
    assert many.ties(0.01, fields).tolist() == one.ties(0.01, fields).tolist() == [False, True, False]


def test_a_search_that_misses_the_minimum_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_descended", lambda _model, _rows, normal: normal)
    monkeypatch.setattr(
        module, "_completed", lambda _model, rows, _normal, found: (found, np.zeros(rows.heat.size))
    )
    with pytest.raises(SolverError, match=r"not found at temperature 0\.1 and field 0\.2"):
        MeanField(tin(8)).averages(0.1, 0.2)


def arrays(averages: Averages) -> dict[str, Array]:
    values = {item.name: getattr(averages, item.name) for item in fields(averages)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
