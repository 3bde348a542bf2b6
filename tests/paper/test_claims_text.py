"""What is computed for the sentences that the letter makes in passing, held against other means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import sph_harm_y

from quasispin.ensembles.canonical import Canonical
from quasispin.paper import claims_text, measures, metal
from quasispin.paper.clusters import cluster
from quasispin.system.geometry import Oscillator
from quasispin.system.shell import Shell
from quasispin.system.system import System


def test_the_distance_from_the_axis_is_that_of_spherical_harmonics() -> None:
    node, weight = np.polynomial.legendre.leggauss(40)
    for l in (1, 2, 5):
        for z in range(-l, l + 1):
            density = np.abs(sph_harm_y(l, z, np.arccos(node), 0.0)) ** 2 * 2 * np.pi
            wanted = float(weight @ (density * (1 - node**2)))
            found = 1 - (2 * l * (l + 1) - 1 - 2 * z**2) / ((2 * l - 1) * (2 * l + 3))
            assert found == pytest.approx(wanted, rel=1e-12)


def test_the_bound_of_the_diamagnetic_change_falls_with_the_size() -> None:
    bounds = [claims_text.diamagnetic_bound(r) for r in (1.0, 2.0, 5.0)]
    assert bounds == sorted(bounds, reverse=True)
    # never more than if all M electrons lay on the equator instead of being spread evenly
    electrons = metal.electrons_in_sphere(1.0)
    pairs = 2 * round(metal.paper_momentum(electrons)) + 1
    assert 0 < bounds[0] < pairs / 3 / (0.4 * electrons)


def test_the_variance_of_the_pairs_is_that_of_all_states() -> None:
    system = System.single_shell(Shell.orbital(1), 2, gap_scale=1.0)
    values = Canonical(system).averages(0.4, 0.3)
    spread = float(measures.pair_energy_variance(system, values))
    chance = values.seniority_distribution
    assert chance is not None
    # two electrons in three pairs: E_0 = −3G, E_2 = 0, a two-level variance p(1 − p)(3G)²
    step = 3 * float(system.coupling_matrix[0, 0])
    assert spread == pytest.approx(float(chance[0] * chance[2]) * step**2, rel=1e-12)


def test_the_oscillator_s_shells_are_one_quantum_apart() -> None:
    geometry = Oscillator(2.0)
    electrons = round(metal.electrons_in_sphere(2.0))
    assert claims_text.mean_distance(geometry) == pytest.approx(geometry.quantum(electrons), rel=1e-9)


def test_the_yrast_line_has_the_top_moments_as_its_corners() -> None:
    moments, energies = claims_text.yrast(5)
    system = cluster(5)
    coupling = float(system.coupling_matrix[0, 0])
    # N = 4 of M = 5: ν = 0 at m = 0, ν = 2 up to m = 5, ν = 4 up to 7, with E_ν of eq. (4)
    assert energies[moments == 0] == pytest.approx(-coupling / 4 * 4 * 8)
    assert energies[(moments > 0) & (moments <= 5)] == pytest.approx(-coupling / 4 * 2 * 6)
    assert energies[moments > 5] == pytest.approx(0.0, abs=1e-15)
    assert moments.max() == 7


def test_the_smooth_share_of_a_shell_along_the_field_is_zero() -> None:
    assert claims_text.smooth_fall("0°") == 0.0
    assert 0.1 < claims_text.smooth_fall("45°") < 1.0
