"""A block in two halves is the block: its operator, its levels, what is measured in them."""

from __future__ import annotations

import numpy as np
import pytest

from quasispin.spectrum import halves, lowest, pairing_matrix
from quasispin.spectrum.halves import Halves
from quasispin.system.shell import Shell
from quasispin.system.system import System


@pytest.mark.parametrize("pairs", [1, 2, 4, 7, 8])
@pytest.mark.parametrize("room", [[1, 2, 3, 1, 2], [5, 1, 1, 1, 1], [1] * 9, [2, 7]], ids=str)
def test_both_halves_make_the_pairing_hamiltonian(room: list[int], pairs: int) -> None:
    level = np.linspace(-0.3, 1.1, len(room)) ** 3
    found = Halves(np.array(room), level, pairs)
    space = pairing_matrix.PairSpace(np.array(room), pairing_matrix.compositions(room, pairs))
    whole = np.diag(2 * space.pairs @ level) - 0.4 * pairing_matrix.pairing_operator(
        space, np.ones((len(room),) * 2)
    )
    attraction = found.attraction(np.eye(len(found.levels)))
    assert np.array_equal(attraction, attraction.T)
    half = np.diag(found.levels) - 0.4 * attraction
    exact, vectors = np.linalg.eigh(whole)
    energy, others = np.linalg.eigh(half)
    np.testing.assert_allclose(energy, exact, atol=1e-13 * np.abs(whole).sum(axis=1).max())
    assert found.pairs_of(others[:, 0]) == pytest.approx(vectors[:, 0] ** 2 @ space.pairs, abs=1e-11)
    lowered = (
        vectors[:, 0] @ pairing_matrix.pairing_operator(space, np.ones((len(room),) * 2)) @ vectors[:, 0]
    )
    assert found.pairing(others[:, 0]) == pytest.approx(lowered, abs=1e-11)


@pytest.mark.parametrize("coupling", [0.2, 0.5, 2.0])
def test_the_ground_state_is_that_of_the_whole_matrix(
    coupling: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = System([Shell([1.0] * (1 + k % 2), 0.37 * k) for k in range(9)], 12, coupling)
    whole = lowest.ground_energy_interval(system, 12)
    monkeypatch.setattr(halves, "SMALLEST", 1)
    half = lowest.ground_energy_interval(system, 12)
    assert max(whole[0], half[0]) <= min(whole[1], half[1])  # both hold the same number
    assert half[1] - half[0] < 1e-11 * (abs(half[0]) + 12 * coupling * 12)
