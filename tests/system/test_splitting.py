"""A split shell is what first-order perturbation theory makes of it, by brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import sph_harm_y

from quasispin.ensembles.canonical import Canonical
from quasispin.errors import InputError
from quasispin.observables import free_energy, magnetic_moment
from quasispin.system.shell import Shell
from quasispin.system.splitting import spheroidal_levels, spin_orbit_levels, spin_orbit_splitting
from quasispin.system.system import System


def centroid(shells: list[Shell]) -> float:
    pairs = [shell.pair_degeneracy for shell in shells]
    return float(np.average([shell.energy for shell in shells], weights=pairs))


def one_body(l: int, strength: float, field: float) -> Any:
    """Eigenvalues of ξ l·s − ω(L_z + 2S_z) in the product basis."""
    m = np.arange(-l, l + 1)
    lz = np.diag(m.astype(float))
    raising = np.diag(np.sqrt(l * (l + 1) - m[:-1] * (m[:-1] + 1.0)), -1)
    sz, up = np.diag([0.5, -0.5]), np.array([[0.0, 1.0], [0.0, 0.0]])
    ladder = np.kron(raising, up.T)
    coupled = np.kron(lz, sz) + (ladder + ladder.T) / 2
    zeeman = np.kron(lz, np.eye(2)) + 2 * np.kron(np.eye(2 * l + 1), sz)
    return np.linalg.eigvalsh(strength * coupled - field * zeeman)


@pytest.mark.parametrize("l", [0, 1, 2, 5, 9])
def test_a_spheroid_has_l_plus_1_levels_about_the_old_centre_with_the_old_moments(l: int) -> None:
    shells = spheroidal_levels(l, 0.7, energy=-2.0)
    assert len(shells) == l + 1
    assert centroid(shells) == pytest.approx(-2.0, abs=1e-14)
    moments = sorted(m for shell in shells for m in shell.moments)
    assert moments == sorted(Shell.orbital(l).moments)


@pytest.mark.parametrize("l", [1, 2, 4])
def test_a_spheroid_splits_as_minus_p2_averaged_over_the_orbital(l: int) -> None:
    x, weight = np.polynomial.legendre.leggauss(40)
    p2 = [
        -2 * np.pi * np.sum(weight * np.abs(sph_harm_y(l, k, np.arccos(x), 0.0)) ** 2 * (3 * x**2 - 1) / 2)
        for k in range(l + 1)
    ]
    energies = [shell.energy for shell in spheroidal_levels(l, 1.0)]
    assert np.allclose(np.array(energies) * p2[0], np.array(p2) * energies[0], atol=1e-13)
    assert energies[l] == pytest.approx(3 * l / (l + 1) - 1)


@pytest.mark.parametrize("l", [0, 1, 2, 3, 6])
@pytest.mark.parametrize("strength", [1.3, -0.4])
def test_spin_orbit_levels_are_those_of_l_dot_s_in_a_weak_field(l: int, strength: float) -> None:
    shells = spin_orbit_levels(l, strength)
    field = 1e-5
    split = sorted(
        shell.energy + sign * field * m for shell in shells for m in shell.moments for sign in (1, -1)
    )
    assert np.allclose(split, one_body(l, strength, field), atol=3e-10)
    assert centroid(shells) == pytest.approx(0.0, abs=1e-14)
    assert [shell.pair_degeneracy for shell in shells] == ([l, l + 1] if l else [1])


def test_moments_of_j_are_landes() -> None:
    lower, upper = spin_orbit_levels(2, 1.0)
    assert upper.moments == pytest.approx([1.2 * m for m in (2.5, 1.5, 0.5)])
    assert lower.moments == pytest.approx([0.8 * m for m in (1.5, 0.5)])
    assert upper.energy - lower.energy == pytest.approx(spin_orbit_splitting(2, 1.0))
    assert spin_orbit_splitting(2, -1.0) == 2.5
    assert spin_orbit_splitting(0, 1.0) == 0.0


def test_without_splitting_the_levels_are_one_shell() -> None:
    split = Canonical(System(spheroidal_levels(2, 0.0), 4, 0.4))
    whole = Canonical(System(Shell.orbital(2), 4, 0.4))
    for measure in (free_energy, magnetic_moment):
        assert measure(split, 0.3, 0.25) == pytest.approx(measure(whole, 0.3, 0.25), rel=1e-12)


@pytest.mark.parametrize("split", [spheroidal_levels, spin_orbit_levels])
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((-1, 1.0), "l"),
        ((1.5, 1.0), "l"),
        (("2", 1.0), "l"),
        ((10**9, 1.0), "l"),
        ((2, float("nan")), ""),
        ((2, None), ""),
        ((2, 1.0, float("inf")), "energy"),
    ],
)
def test_bad_input_is_named(split: Any, arguments: tuple[Any, ...], name: str) -> None:
    with pytest.raises(InputError, match=f"`{name or '(splitting|strength)'}` must"):
        split(*arguments)
