"""Each convention against a published number, and each conversion against its inverse."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import brentq, root

from quasispin import conventions as ours
from quasispin.ensembles.canonical import Canonical
from quasispin.errors import InputError
from quasispin.oracles import fock
from quasispin.spectrum.sectors import sectors
from quasispin.system.examples import tin, tin_scheme
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.verification import published

Array = npt.NDArray[np.float64]


def doubly(energies: npt.ArrayLike) -> list[Shell]:
    return [Shell([1.0], energy=float(e)) for e in np.asarray(energies)]


def ground(system: System) -> float:
    return float(Canonical(system).averages(0.0).energy)


# -- g/2 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strength", ["-1", "-0.5", "0.5", "1", "2"])
def test_half_g_with_the_diagonal_has_the_published_correlation_energy(strength: str) -> None:
    table, g = published.data()["four_levels_four_particles"], float(strength)
    energy = ground(System(doubly(range(4)), 4, ours.coupling_from_half(g)))
    correlation = energy - (2.0 - g)
    assert correlation == pytest.approx(table["correlation_energy"][strength], abs=table["tolerance"])


@pytest.mark.parametrize("strength", ["0.5", "1", "2"])  # g < 0 leaves the ground state to broken pairs
def test_half_g_without_the_diagonal_keeps_the_published_correlation_energy(strength: str) -> None:
    # in the seniority-zero states the dropped diagonal is a constant, (g/2) for each of the two pairs
    table, g = published.data()["four_levels_four_particles"], float(strength)
    half = ours.coupling_from_half(g)
    energy = ground(System(doubly(range(4)), 4, ours.coupling_without_diagonal(half, 4)))
    correlation = energy - 2.0
    assert correlation == pytest.approx(table["correlation_energy"][strength], abs=table["tolerance"])
    assert ours.energy_with_diagonal(energy, half, 4, 0) == pytest.approx(energy - g, rel=1e-15)


# -- the diagonal ----------------------------------------------------------------------------------


@pytest.mark.parametrize("electrons", [3, 4, 5])
@pytest.mark.parametrize("coupling", [0.7, -0.4])
def test_dropping_the_diagonal_moves_every_state_by_what_the_formula_says(
    electrons: int, coupling: float
) -> None:
    shells = doubly([0.0, 0.35, 1.1, 1.9])
    [kept] = sectors(System(shells, electrons, coupling), [electrons])
    [dropped] = sectors(System(shells, electrons, ours.coupling_without_diagonal(coupling, 4)), [electrons])
    assert (kept.seniorities == dropped.seniorities).all()
    blocked = kept.seniorities.sum(axis=1)[kept.tuple_of]
    moved = ours.energy_without_diagonal(kept.energy, coupling, electrons, blocked)
    assert moved == pytest.approx(dropped.energy, abs=1e-13)
    back = ours.energy_with_diagonal(dropped.energy, coupling, electrons, blocked)
    assert back == pytest.approx(kept.energy, abs=1e-13)


def test_a_level_shift_of_half_the_coupling_replaces_the_diagonal_for_paired_states_only() -> None:
    energies, G = np.array([0.0, 0.35, 1.1, 1.9]), 0.7
    without = System(doubly(energies), 4, ours.coupling_without_diagonal(G, 4))
    shifted = System(doubly(energies + G / 2), 4, G)
    assert ground(shifted) == pytest.approx(ground(without), abs=1e-13)
    hot = [float(Canonical(s).averages(0.5).free_energy) for s in (without, shifted)]
    assert abs(hot[0] - hot[1]) > 0.01  # the blocked states do not follow


def test_the_matrix_without_diagonal_is_brute_force_without_diagonal() -> None:
    matrix = ours.coupling_without_diagonal(0.7, 4)
    energies = [0.0, 0.35, 1.1, 1.9]
    exact = fock.canonical([(e, [1.0]) for e in energies], 5, matrix, 0.3, 0.2)
    found = Canonical(System(doubly(energies), 5, matrix)).averages(0.3, 0.2)
    assert float(found.free_energy) == pytest.approx(exact.free_energy, abs=1e-12)
    assert float(found.energy) == pytest.approx(exact.energy, abs=1e-12)


# -- islands ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [3, 4, 5])
def test_alpha_times_d_has_the_published_energies_of_the_island(levels: int) -> None:
    table, d = published.data()["picket_fence_island"], 2.0 / levels
    shells = doubly(-1.0 + (np.arange(levels) + 0.5) * d)
    for electrons, energy in table["ground_state_energy"][f"L{levels}"].items():
        system = System(shells, int(electrons), ours.coupling_from_ratio(0.1, d))
        assert ground(system) == pytest.approx(energy, abs=table["tolerance"])


# -- nuclei ----------------------------------------------------------------------------------------


def test_the_nuclear_strengths_of_tin_give_its_published_energies() -> None:
    table = published.data()["tin_five_shells"]
    strengths = np.zeros((5, 5))
    for key, strength in table["V_upper_triangle"].items():
        i, j = int(key[0]) - 1, int(key[1]) - 1
        strengths[i, j] = strengths[j, i] = strength
    matrix = ours.coupling_from_nuclear(strengths, table["pair_degeneracy"])
    shells = [Shell.spin(M, energy=e) for M, e in zip(table["pair_degeneracy"], table["energy"], strict=True)]
    for electrons in ("1", "2", "3", "8"):
        energy = table["ground_state_energy"][electrons]
        assert ground(System(shells, int(electrons), matrix)) == pytest.approx(energy, abs=2e-9)
    assert tin(4).coupling == System(shells, 4, matrix).coupling  # the example is this model


def test_two_neutrons_of_tin_are_a_matrix_of_their_j_zero_elements() -> None:
    # between normalised pairs H is 2ε_j δ_jj' + ⟨jj;0|V|j'j';0⟩, five by five: no solver of ours in it
    scheme = tin_scheme()
    assert scheme.coupling is not None
    pairs = [shell.pair_degeneracy for shell in scheme.shells]
    elements = ours.matrix_elements_from_coupling(scheme.coupling, pairs)
    lowest = np.linalg.eigvalsh(2 * np.diag([shell.energy for shell in scheme.shells]) + elements)[0]
    table = published.data()["tin_five_shells"]
    assert lowest == pytest.approx(table["ground_state_energy"]["2"], abs=2e-9)


def test_a_pairing_force_of_one_shell_has_the_element_minus_g_omega() -> None:
    assert ours.matrix_elements_from_coupling(0.2, [6]) == pytest.approx(np.array([[-1.2]]))
    assert ground(System.single_shell(Shell.jj(5.5), 2, coupling=0.2)) == pytest.approx(-1.2, rel=1e-14)


def test_j_shells_with_nuclear_strengths_are_brute_force_in_a_field() -> None:
    matrix = ours.coupling_from_nuclear([[0.7, 0.5], [0.5, 0.9]], [2, 3])
    system = System([Shell.jj(1.5, -0.8), Shell.jj(2.5, 0.6, energy=0.4)], 5, matrix)
    brute = [(0.0, [0.8 * m for m in (0.5, 1.5)]), (0.4, [0.6 * m for m in (0.5, 1.5, 2.5)])]
    exact, found = fock.canonical(brute, 5, matrix, 0.3, 0.2), Canonical(system).averages(0.3, 0.2)
    for name in ("free_energy", "energy", "moment", "susceptibility", "heat_capacity"):
        assert float(getattr(found, name)) == pytest.approx(getattr(exact, name), rel=1e-11)


def test_a_constant_force_is_no_constant_strength() -> None:
    strengths = ours.nuclear_from_coupling(0.2, [2, 3, 6])
    expected = [[0.4, 0.2 * 6**0.5, 0.2 * 12**0.5], [0.2 * 6**0.5, 0.6, 0.2 * 18**0.5]]
    assert strengths[:2] == pytest.approx(np.array(expected))


# -- Richardson ------------------------------------------------------------------------------------


def one_pair(d: Array, g: float) -> float:
    """The lowest root of 1 = g Σ_k 1/(d_k − E), g > 0."""
    low, high = d.min() - g * len(d) - 1.0, d.min() - g * 1e-9
    return float(brentq(lambda E: 1 - g * (1 / (d - E)).sum(), low, high, xtol=1e-15, rtol=1e-15))


def two_pairs(d: Array, g: float) -> float:
    """E_1 + E_2 of the ground state, from Richardson's two equations in s = E_1 + E_2, q = (E_1 − E_2)²."""

    def equations(unknown: Array, strength: float) -> list[float]:
        s, q = unknown
        product = d**2 - d * s + (s**2 - q) / 4  # (d_k − E_1)(d_k − E_2), real also for complex E
        return [2 - strength * ((2 * d - s) / product).sum(), (q / product).sum() + 4]

    first = np.sort(d)[:2]
    weak = 1e-3 * (first[1] - first[0])
    guess = np.array([first.sum() - 2 * weak, (first[1] - first[0]) ** 2])
    for strength in np.geomspace(weak, g, 60):
        solved = root(equations, guess, args=(strength,), tol=1e-13)
        assert solved.success
        guess = solved.x
    return float(guess[0])


def richardson_ground(d: Array, g: float, pairs: int) -> float:
    return {1: one_pair, 2: two_pairs}[pairs](d, g)


@pytest.mark.parametrize("levels", [3, 4, 5])
def test_the_equations_of_richardson_have_the_published_energies_of_the_island(levels: int) -> None:
    table, spacing = published.data()["picket_fence_island"], 2.0 / levels
    energies, G = -1.0 + (np.arange(levels) + 0.5) * spacing, 0.1 * spacing
    for electrons, energy in table["ground_state_energy"][f"L{levels}"].items():
        pairs, odd = divmod(int(electrons), 2)
        if pairs > 2:
            continue  # three pairs are not solved here
        free = np.delete(energies, pairs) if odd else energies  # the odd electron blocks the next level
        found = richardson_ground(ours.richardson_from_levels(free, G), G, pairs)
        assert found + odd * energies[pairs] == pytest.approx(energy, abs=1e-11)


@pytest.mark.parametrize("g", [0.05, 0.3])
@pytest.mark.parametrize("pairs", [1, 2])
def test_exact_energies_solve_the_equations_of_richardson(g: float, pairs: int) -> None:
    d = np.array([0.0, 0.9, 1.7, 3.1, 3.6])
    system = System(doubly(ours.levels_from_richardson(d, g)), 2 * pairs, g)
    assert ground(system) == pytest.approx(richardson_ground(d, g, pairs), abs=1e-11)


@pytest.mark.parametrize("pairs", [1, 2])
def test_dropping_the_diagonal_of_richardson_shifts_his_levels(pairs: int) -> None:
    d, g = np.array([0.0, 0.9, 1.7, 3.1, 3.6]), 0.2
    shifted = ours.levels_from_richardson(d, g, diagonal=False)
    matrix = ours.coupling_without_diagonal(g, 5)
    bare = System(doubly(d / 2), 2 * pairs, matrix)
    assert ground(System(doubly(shifted), 2 * pairs, g)) == pytest.approx(ground(bare), abs=1e-13)
    assert richardson_ground(d + g, g, pairs) == pytest.approx(ground(bare), abs=1e-11)


# -- OpenFermion -----------------------------------------------------------------------------------


def qubits(levels: int, constant: float, exchange: float, fields: list[float]) -> Array:
    """constant + exchange Σ_{p<q} (X_pX_q + Y_pY_q) + Σ_p fields_p Z_p as a matrix."""
    X, iY, Z, one = (
        np.array(m) for m in ([[0, 1], [1, 0]], [[0, 1], [-1, 0]], [[1, 0], [0, -1]], [[1, 0], [0, 1]])
    )

    def on(sites: dict[int, Any]) -> Array:
        return np.asarray(reduce(np.kron, [sites.get(p, one) for p in range(levels)]), dtype=float)

    total = constant * np.eye(2**levels) + sum(f * on({p: Z}) for p, f in enumerate(fields))
    for q in range(levels):
        for p in range(q):
            total += exchange * (on({p: X, q: X}) - on({p: iY, q: iY}))
    return np.asarray(total)


@pytest.mark.parametrize(
    ("g", "operator"),
    # the qubit operators that OpenFermion's own tests print (richardson_gaudin_test.py)
    [
        (0.3, qubits(2, 3.0, 0.15, [-1.0, -2.0])),
        (-0.1, qubits(3, 6.0, -0.05, [-1.0, -2.0, -3.0])),
    ],
)
def test_the_paired_spectrum_is_that_of_openfermions_published_operators(g: float, operator: Array) -> None:
    levels = int(np.log2(len(operator)))
    energies, matrix = ours.levels_from_openfermion(g, levels)
    found: list[float] = []
    for solved in sectors(System(doubly(energies), 0, matrix), range(0, 2 * levels + 1, 2)):
        found += list(solved.energy[(solved.seniorities == 0).all(axis=1)[solved.tuple_of]])
    assert np.sort(found) == pytest.approx(np.linalg.eigvalsh(operator), abs=1e-13)


# -- inverses, and what is refused -----------------------------------------------------------------


def test_every_conversion_has_its_inverse() -> None:
    pairs = [4, 3, 2]
    matrix = np.array([[0.2, 0.1, 0.3], [0.1, 0.5, -0.2], [0.3, -0.2, 0.7]])
    assert ours.coupling_from_half(ours.half_from_coupling(0.3)) == 0.3
    assert ours.coupling_from_ratio(ours.ratio_from_coupling(0.3, 0.7), 0.7) == pytest.approx(0.3, rel=1e-15)
    for there, back in (
        (ours.nuclear_from_coupling, ours.coupling_from_nuclear),
        (ours.matrix_elements_from_coupling, ours.coupling_from_matrix_elements),
    ):
        assert back(there(matrix, pairs), pairs) == pytest.approx(matrix, rel=1e-15)
    for diagonal in (True, False):
        d = ours.richardson_from_levels([0.1, 0.7], 0.4, diagonal=diagonal)
        assert ours.levels_from_richardson(d, 0.4, diagonal=diagonal) == pytest.approx([0.1, 0.7])
    assert ours.openfermion_from_levels(*ours.levels_from_openfermion(-0.25, 4)) == -0.25


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ours.coupling_from_half(float("nan")), "`g` must be finite, but is nan."),
        (lambda: ours.half_from_coupling("1"), "`coupling` must be one real number, but is '1'."),  # type: ignore[arg-type]
        (lambda: ours.coupling_from_ratio(0.1, -1), "`spacing` must "),
        (lambda: ours.ratio_from_coupling(0.1, 0), "`spacing` must "),
        (lambda: ours.coupling_from_nuclear([[1, 2], [3, 1]], [1, 1]), "`strengths` must be a symmetric"),
        (lambda: ours.coupling_from_nuclear([[1]], [1, 1]), "`strengths` must be a 2×2 matrix"),
        (lambda: ours.coupling_from_nuclear([[1]], [0]), "`pair_degeneracies` must be at least 1"),
        (lambda: ours.coupling_from_nuclear([[1]], [1.5]), "`pair_degeneracies` must be a whole number"),
        (lambda: ours.coupling_from_nuclear([[1]], [[1]]), "`pair_degeneracies` must be a list of numbers"),
        (lambda: ours.nuclear_from_coupling(float("inf"), [1]), "`coupling` must be finite"),
        (lambda: ours.nuclear_from_coupling([1, 2], [1, 1]), "`coupling` must be a 2×2 matrix"),
        (lambda: ours.coupling_from_matrix_elements([["a"]], [1]), "`elements` must hold real numbers"),
        (lambda: ours.coupling_without_diagonal(1.0, 0), "`levels` must lie in [1, 2000], but is 0."),
        (lambda: ours.coupling_without_diagonal(1.0, 10**7), "`levels` must lie in [1, 2000]"),
        (lambda: ours.energy_without_diagonal(1.0, 1.0, 4, 3), "`blocked` must be 0 to 4 and as even or odd"),
        (lambda: ours.energy_with_diagonal(1.0, 1.0, 4, [0, 6]), "`blocked` must be 0 to 4"),
        (lambda: ours.energy_with_diagonal(1.0, 1.0, -4, 0), "`electrons` must be at least 0"),
        (
            lambda: ours.energy_without_diagonal([1.0, 2.0], 0.1, 4, [0, 2, 4]),
            "The shapes of `energy` (2,)",
        ),
        (lambda: ours.energy_with_diagonal([1.0, 2.0], 0.1, 4, [0, 2, 4]), "The shapes of `energy` (2,)"),
        (
            lambda: ours.levels_from_richardson([1.0], 0.1, diagonal="no"),  # type: ignore[arg-type]
            "`diagonal` must be True or False, but is 'no'.",
        ),
        (
            lambda: ours.richardson_from_levels([1.0], 0.1, diagonal=0),  # type: ignore[arg-type]
            "`diagonal` must be True or False, but is 0.",
        ),
        (lambda: ours.levels_from_richardson([[1.0]], 0.1), "`pair_levels` must be a list of numbers"),
        (lambda: ours.levels_from_richardson([], 0.1), "`pair_levels` must hold at least one number"),
        (lambda: ours.richardson_from_levels([1.0], float("nan")), "`coupling` must be finite"),
        (lambda: ours.levels_from_openfermion(0.1, 2.5), "`levels` must be a whole number"),  # type: ignore[arg-type]
        (lambda: ours.openfermion_from_levels([1, 3], [[0, 1], [1, 0]]), "`energies` must be 1, 2, … 2"),
        (lambda: ours.openfermion_from_levels([1, 2], [[1, 1], [1, 1]]), "`coupling` must be 0 on"),
    ],
)
def test_what_has_no_meaning_is_refused_in_one_sentence(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value).startswith(words)
