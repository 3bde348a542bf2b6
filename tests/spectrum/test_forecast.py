"""What will matter is foreseen well enough from bounds alone."""

from __future__ import annotations

import numpy as np
import pytest

from quasispin import machine
from quasispin.ensembles import truncated
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.errors import SizeError
from quasispin.spectrum import blocks, lowest, sectors
from quasispin.spectrum.bounds import tuple_bounds
from quasispin.spectrum.forecast import Spread
from quasispin.system.shell import Shell
from quasispin.system.system import System


def fence(levels: int, electrons: int, coupling: float = 0.5) -> System:
    return System([Shell([1.0], energy=float(k)) for k in range(levels)], electrons, coupling)


SHELLS = System([Shell.orbital(1), Shell([0.5, 1.5], energy=1.7), Shell.orbital(1, energy=-2.0)], 6, 0.3)


@pytest.mark.parametrize("system", [fence(8, 8, 0.0), fence(7, 5, 0.0), System(SHELLS.shells, 7, 0.0)])
def test_the_levels_of_free_pairs_have_the_mean_and_width_of_their_fillings(system: System) -> None:
    (solved,) = sectors.sectors(system, [system.electrons])
    spread = Spread.of(system, system.electrons, tuple_bounds(system, system.electrons))
    assert spread.known.seniorities.tolist() == solved.seniorities.tolist()
    for b, (first, size) in enumerate(zip(solved.first, solved.sizes, strict=True)):
        levels = solved.energy[first : first + size]
        assert spread.known.dimension[b] == size
        if all(shell.pair_degeneracy == 1 for shell in system.shells):  # else the places are not filled alike
            assert spread.mean[b] == pytest.approx(levels.mean(), abs=1e-9)
            assert spread.width[b] == pytest.approx(levels.std(), abs=1e-9)
        assert levels.min() - 1e-9 <= spread.mean[b] <= levels.max() + 1e-9


@pytest.mark.parametrize("system", [fence(8, 8), fence(9, 7), fence(8, 8, -0.4), SHELLS], ids=str)
@pytest.mark.parametrize("temperature", [0.0, 0.1, 0.5, 3.0])
def test_about_as_many_tuples_matter_as_are_foreseen(system: System, temperature: float) -> None:
    point = np.array([temperature]), np.array([0.1])
    kept = truncated.truncated_sum(system, system.electrons, *point, 1e-6).kept
    sectors._box.cache_clear()
    foreseen = Canonical(system, accuracy=1e-6).estimate(*point)
    assert kept / 5 <= foreseen.tuples <= 2 * kept
    assert foreseen.memory > 0
    assert foreseen.seconds > 0


@pytest.mark.parametrize("ensemble", [GrandCanonical, NumberParity])
@pytest.mark.parametrize("temperature", [0.0, 0.1, 0.5])
def test_so_they_are_where_the_number_varies(
    ensemble: type[GrandCanonical], temperature: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    some = sectors._Box.some

    def noted(box: sectors._Box, electrons: int, tuples: np.ndarray, levels: np.ndarray) -> sectors.Sectors:
        asked.append(len(tuples))
        return some(box, electrons, tuples, levels)

    system = ensemble(fence(8, 8), accuracy=1e-4)
    foreseen = system.estimate(temperature, 0.1)
    monkeypatch.setattr(sectors._Box, "some", noted)
    found = system.averages(temperature, 0.1)
    assert found.window is not None
    numbers = (found.window[1] - found.window[0]) // (1 if ensemble is GrandCanonical else 2) + 1
    kept = sum(asked[-numbers:])
    assert kept / 5 <= foreseen.tuples <= 2 * kept


def test_nothing_is_solved_for_an_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "solve", None)
    monkeypatch.setattr(lowest, "lowest_levels", None)
    sectors._box.cache_clear()
    cold, warm, hot = (Canonical(fence(14, 14), accuracy=1e-6).estimate(t) for t in (0.0, 0.3, 4.0))
    assert cold.tuples < warm.tuples < hot.tuples <= 8192
    assert cold.seconds < warm.seconds < hot.seconds
    assert GrandCanonical(fence(10, 10), chemical_potential=4.0, accuracy=1e-3).estimate(0.1).tuples > 0


def test_a_large_block_is_estimated_by_the_levels_it_needs() -> None:
    sectors._box.cache_clear()
    cold = Canonical(fence(18, 18), accuracy=1e-6).estimate(0.1)
    assert cold.largest == 48620
    assert cold.memory < 2**30  # whole it would take 15 GiB
    assert cold.seconds < 60


@pytest.mark.parametrize("ensemble", [Canonical, GrandCanonical])
def test_what_does_not_fit_is_refused_before_anything_is_solved(
    ensemble: type[Canonical], monkeypatch: pytest.MonkeyPatch
) -> None:
    sectors._box.cache_clear()
    hot, point = ensemble(fence(12, 12), accuracy=1e-6), (3.0, 0.1)
    size = hot.estimate(*point)
    monkeypatch.setattr(machine, "memory", lambda: size.memory)  # half of which is allowed
    monkeypatch.setattr(sectors._Box, "some", None)
    with pytest.raises(SizeError, match=r"^About \d+ seniority tuples of `system` matter .* shells fit\.$"):
        hot.averages(*point)


def test_a_wrong_point_is_refused_as_everywhere() -> None:
    with pytest.raises(ValueError, match="`temperature` must be at least 0"):
        Canonical(fence(4, 4), accuracy=1e-3).estimate(-1.0)
