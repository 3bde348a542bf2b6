"""Angular momenta, time reversal and the pair operator of one shell are what group theory says."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from quasispin.spectrum import one_body
from quasispin.spectrum.many_body import (
    BYTES_PER_STATE,
    blocks,
    one_body_operator,
    pair_operator,
    pairs_of,
    patterns,
)
from quasispin.system.tilted_shell import TiltedShell

Z = (0.0, 0.0, 1.0)
OBLIQUE = (0.48, -0.6, 0.64)
"""A unit vector with all components."""
Dense = npt.NDArray[Any]


def commutator(a: Dense, b: Dense) -> Dense:
    return np.asarray(a @ b - b @ a)


@pytest.mark.parametrize("l", [0, 1, 2, 5])
@pytest.mark.parametrize("vector", [one_body.orbital_momentum, one_body.spin])
def test_angular_momenta_commute_to_each_other(l: int, vector: Any) -> None:
    x, y, z = vector(l)
    for a, b, c in ((x, y, z), (y, z, x), (z, x, y)):
        np.testing.assert_allclose(commutator(a, b), 1j * c, atol=1e-14 * (l + 1) ** 2)


@pytest.mark.parametrize("l", [0, 1, 2, 5])
def test_squares_of_angular_momenta_are_those_of_the_shell(l: int) -> None:
    orbit = sum(part @ part for part in one_body.orbital_momentum(l))
    spin = sum(part @ part for part in one_body.spin(l))
    np.testing.assert_allclose(orbit, l * (l + 1) * np.eye(4 * l + 2), atol=1e-13)
    np.testing.assert_allclose(spin, 0.75 * np.eye(4 * l + 2), atol=1e-15)
    for a in one_body.orbital_momentum(l):
        for b in one_body.spin(l):
            np.testing.assert_allclose(commutator(a, b), 0.0, atol=1e-15)


def test_the_moment_along_z_is_lambda_plus_twice_the_spin() -> None:
    found = np.diagonal(one_body.moment(2, Z)).real
    np.testing.assert_array_equal(found, [-1, 0, 1, 2, 3, -3, -2, -1, 0, 1])


def test_the_moment_has_the_same_spectrum_in_every_direction() -> None:
    for direction in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), OBLIQUE):
        found = np.linalg.eigvalsh(one_body.moment(3, direction))
        np.testing.assert_allclose(found, np.linalg.eigvalsh(one_body.moment(3, Z)), atol=1e-13)


@pytest.mark.parametrize("direction", [Z, (1.0, 0.0, 0.0), OBLIQUE])
def test_a_spheroid_has_its_levels_about_any_axis_and_keeps_the_centroid(
    direction: tuple[float, float, float],
) -> None:
    matrix = one_body.spheroid(3, direction)
    wanted = np.sort([3 * m * m / 12 - 1 for m in range(-3, 4) for _ in "↑↓"])
    np.testing.assert_allclose(np.linalg.eigvalsh(matrix), wanted, atol=1e-13)
    assert abs(np.trace(matrix)) < 1e-13


def test_a_state_without_orbital_momentum_does_not_deform() -> None:
    np.testing.assert_array_equal(one_body.spheroid(0, OBLIQUE), 0.0)
    np.testing.assert_array_equal(one_body.spin_orbit(0), 0.0)


@pytest.mark.parametrize("l", [1, 2, 5])
def test_spin_orbit_coupling_splits_into_two_values_of_j(l: int) -> None:
    found = np.linalg.eigvalsh(one_body.spin_orbit(l))
    np.testing.assert_allclose(found, [-(l + 1) / 2] * (2 * l) + [l / 2] * (2 * l + 2), atol=1e-13)
    for orbit, spin in zip(one_body.orbital_momentum(l), one_body.spin(l), strict=True):
        np.testing.assert_allclose(commutator(one_body.spin_orbit(l), orbit + spin), 0.0, atol=1e-13)


@pytest.mark.parametrize("l", [1, 2, 3])
def test_time_reversal_keeps_the_shape_and_turns_the_moments(l: int) -> None:
    turn = one_body.time_reversal(l)

    def reversed_(matrix: Dense) -> Dense:
        return np.asarray(turn @ matrix.conj() @ turn.T)

    np.testing.assert_array_equal(turn @ turn, -np.eye(4 * l + 2))  # Kramers
    for even in (one_body.spheroid(l, OBLIQUE), one_body.spin_orbit(l)):
        np.testing.assert_allclose(reversed_(even), even, atol=1e-14)
    for odd in (*one_body.orbital_momentum(l), *one_body.spin(l), one_body.moment(l, OBLIQUE)):
        np.testing.assert_allclose(reversed_(odd), -odd, atol=1e-14)


def test_the_pairs_are_a_state_and_its_time_reverse() -> None:
    l = 2
    turn = one_body.time_reversal(l)
    for k, partner, sign in pairs_of(l):
        assert turn[partner, k] == sign
        assert np.abs(turn[:, k]).sum() == 1


@pytest.mark.parametrize(("modes", "electrons"), [(6, 0), (6, 3), (10, 7), (7, 7), (62, 61), (62, 1)])
def test_patterns_are_all_the_states_of_n_electrons(modes: int, electrons: int) -> None:
    found = patterns(modes, electrons)
    assert len(found) == comb(modes, electrons)
    assert (np.diff(found) > 0).all()
    assert all(int(row).bit_count() == electrons for row in found)


def dense(matrix: Dense, states: Dense) -> Dense:
    return np.asarray(one_body_operator(matrix, states).toarray())


def test_many_electron_operators_commute_as_one_electron_operators_do() -> None:
    rng = np.random.default_rng(5)
    a, b = (rng.standard_normal((6, 6)) + 1j * rng.standard_normal((6, 6)) for _ in "ab")
    for electrons in range(7):
        states = patterns(6, electrons)
        left = commutator(dense(a, states), dense(b, states))
        np.testing.assert_allclose(left, dense(commutator(a, b), states), atol=1e-12)


@pytest.mark.parametrize("l", [1, 2])
def test_the_pair_operator_is_a_scalar_under_rotations_of_orbit_and_of_spin(l: int) -> None:
    """X A⁺ = A⁺ X for each component X of L and of S; with all signs equal it is not."""
    small, large = patterns(4 * l + 2, 2), patterns(4 * l + 2, 4)
    create = pair_operator(pairs_of(l), large).toarray().T
    unsigned = pair_operator([(k, partner, 1.0) for k, partner, _ in pairs_of(l)], large).toarray().T
    assert create.shape == (len(large), len(small))
    worst = 0.0
    for generator in (*one_body.orbital_momentum(l), *one_body.spin(l)):
        up, down = dense(generator, large), dense(generator, small)
        np.testing.assert_allclose(up @ create, create @ down, atol=1e-13)
        worst = max(worst, np.abs(up @ unsigned - unsigned @ down).max())
    assert worst > 1


def test_the_pairing_force_has_the_spectrum_of_quasispin() -> None:
    """A⁺A = ¼(N − ν)(2M + 2 − N − ν) with multiplicities C(2M, ν) − C(2M, ν − 2)."""
    size, electrons = 5, 4
    pair = pair_operator(pairs_of(2), patterns(2 * size, electrons)).toarray()
    wanted = [
        (electrons - nu) * (2 * size + 2 - electrons - nu) / 4
        for nu in (0, 2, 4)
        for _ in range(comb(2 * size, nu) - (comb(2 * size, nu - 2) if nu else 0))
    ]
    np.testing.assert_allclose(np.linalg.eigvalsh(pair.T @ pair), sorted(wanted), atol=1e-12)


@pytest.mark.parametrize(
    ("options", "largest"),
    [
        ({"deformation": 0.5, "angle": 0.7}, 1225),  # S_z: 35 · 35
        ({"deformation": 0.5, "angle": 0.5 * np.pi}, 625),  # and the parity of L_z
        ({"deformation": 0.5, "spin_orbit": 0.3, "angle": 0.7}, 3003),  # nothing
        ({"deformation": 0.5, "spin_orbit": 0.3}, 220),  # J_z
        # numbers of electrons with j_z − ½ even and with it odd: time reversal takes one to the other
        ({"deformation": 0.5, "spin_orbit": 0.3, "angle": 0.5 * np.pi}, 1225),
    ],
)
def test_blocks_are_as_small_as_the_conservation_laws_make_them(
    options: dict[str, float], largest: int
) -> None:
    parts = blocks(TiltedShell(3, 6, 1.0, **options))
    assert sum(part.size * (2 if part.flip else 1) for part in parts) == comb(14, 6)
    assert max(part.size for part in parts) <= largest


def test_what_one_state_costs_covers_the_largest_matrices() -> None:
    shell = TiltedShell(4, 4, 1.0, deformation=0.5, spin_orbit=0.3, angle=0.7)
    (part,) = blocks(shell)
    kept = sum(m.data.nbytes + m.indices.nbytes for m in (part.one_body, part.pair))
    assert 3 * kept < BYTES_PER_STATE * part.size
