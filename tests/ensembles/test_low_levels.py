"""The lowest levels are the first of all levels, their bounds hold, and nothing is left out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from quasispin.ensembles import low_levels
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.low_levels import LowestLevels, lowest_levels
from quasispin.errors import InputError, SizeError
from quasispin.spectrum import halves, lowest, sectors
from quasispin.system.examples import tin
from quasispin.system.shell import Shell
from quasispin.system.system import System


def random_system(seed: int) -> System:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5))
    shells = [Shell(rng.integers(0, 4, rng.integers(1, 4)) / 2, float(rng.normal())) for _ in range(count)]
    pairs = sum(shell.pair_degeneracy for shell in shells)
    matrix = rng.normal(size=(count, count))
    coupling: object = [0.4, -0.3, 0.0, (matrix + matrix.T) / 2][seed % 4]
    return System(shells, int(rng.integers(0, 2 * pairs + 1)), coupling)  # type: ignore[arg-type]


def fence(levels: int, electrons: int | None = None, coupling: float = 0.5) -> System:
    shells = [Shell([1.0], float(k)) for k in range(levels)]
    return System(shells, levels if electrons is None else electrons, coupling)


def states_by_moment(moment: np.ndarray, degeneracy: np.ndarray) -> Counter[float]:
    counted: Counter[float] = Counter()
    for m, states in zip(moment, degeneracy, strict=True):
        counted[round(float(m), 9)] += int(states)
    return counted


def states_below(energy: np.ndarray, degeneracy: np.ndarray, limit: float) -> int:
    return sum(int(g) for e, g in zip(energy, degeneracy, strict=True) if e <= limit)


@pytest.mark.parametrize("seed", range(32))
@pytest.mark.parametrize("field", [0.0, 0.37, -0.37])
@pytest.mark.parametrize("count", [1, 6, 1000])
def test_they_are_the_first_of_all_levels(seed: int, field: float, count: int) -> None:
    system = random_system(seed)
    every = Canonical(system).levels()
    energy = every.in_field(field)
    found = lowest_levels(system, count, field)
    tie = 1e-11 * max(1.0, float(np.abs(energy).max()))
    assert (np.diff(found.energy) >= 0).all()
    assert (found.low <= found.energy).all()
    assert (found.energy <= found.high).all()
    assert found.certified.all()
    # between the levels as many states as in the full list
    for limit in found.energy[:-1] + tie:
        if limit < found.energy[-1] - tie:
            known = states_below(found.energy, found.degeneracy, limit)
            assert known == states_below(energy, every.degeneracy, limit)
    if count == 1000 and len(found) < count:
        assert sum(found.degeneracy) == sum(every.degeneracy)
        if field:
            assert states_by_moment(found.moment, found.degeneracy) == states_by_moment(
                every.moment, every.degeneracy
            )


def test_five_levels_of_tin_113() -> None:
    system = tin(13)
    found = lowest_levels(system, count=5)
    (solved,) = sectors.sectors(system, [13])
    order = np.argsort(solved.energy)[:5]
    np.testing.assert_allclose(found.energy, solved.energy[order], atol=1e-11)
    assert found.seniority.tolist() == solved.seniorities[solved.tuple_of[order]].tolist()
    assert (found.seniority.sum(axis=1) == 1).all()
    assert found.certified.all()
    widths = [2 * system.shells[int(row.argmax())].pair_degeneracy for row in found.seniority]
    assert found.degeneracy.tolist() == widths  # 2j + 1


def test_bounds_hold_where_lanczos_finds_the_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    every = Canonical(fence(10)).levels()
    monkeypatch.setattr(lowest, "LIMIT", 20)
    monkeypatch.setattr(lowest, "SPARSE", 2)
    monkeypatch.setattr(halves, "SMALLEST", 30)
    for field in (0.0, 0.9):
        sectors._box.cache_clear()
        found = lowest_levels(fence(10), 12, field)
        energy = np.sort(np.unique(every.in_field(field).round(9)))
        for k in range(len(found)):
            nearest = energy[np.abs(energy - found.energy[k]).argmin()]
            assert found.low[k] - 1e-9 <= nearest <= found.high[k] + 1e-9
        first = np.unique(found.energy.round(9))[:4]
        np.testing.assert_allclose(first, energy[:4], atol=1e-8)
        assert found.certified[0]
        assert not found.certified.all()  # the second level of a large block
    sectors._box.cache_clear()


def test_eighteen_levels_are_not_listed() -> None:
    sectors._box.cache_clear()
    found = lowest_levels(fence(18), 3)
    assert not sectors._box_of(fence(18)).found
    assert found.energy[0] == pytest.approx(float(Canonical(fence(18)).averages(0.0).free_energy), abs=1e-10)
    assert found.seniority[0].sum() == 0


def test_free_electrons_of_any_number_of_levels() -> None:
    found = lowest_levels(fence(60, coupling=0.0), 8)
    assert found.excitation.tolist() == [0, 1, 2, 2, 2, 3, 3, 3]
    assert found.certified.all()
    assert found.energy[0] == 30 * 29


def test_a_field_splits_a_level_into_its_moments() -> None:
    found = lowest_levels(fence(4, 3), 6, -0.2)
    assert found.moment[0] == -1.0  # against the field's sign
    assert found.energy[1] - found.energy[0] == pytest.approx(0.4)
    assert found.degeneracy[:2].tolist() == [1, 1]


def test_its_repr_is_a_table() -> None:
    found = lowest_levels(fence(4), 3)
    assert isinstance(found, LowestLevels)
    assert len(found) == 3
    assert repr(found).splitlines() == [
        "<The lowest 3 levels of 4 electrons at ω = 0:",
        "         E    above  seniorities  largest m  states",
        "0.63554847        0      0 0 0 0          0       1",
        " 2.4586187  1.82307      0 1 1 0          2       4",
        " 2.9353814  2.29983      0 0 0 0          0       1>",
    ]
    long = repr(lowest_levels(fence(8), 40))
    assert long.endswith("… and 10 more>")
    assert "0 0 0 1 1 0 0 0" in long
    assert "1 in 4, 1 in 5" in repr(lowest_levels(fence(10), 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5,), "`system` must be a System, but is 5."),
        ((fence(4), 0), "`count` must lie in [1, 1000], but is 0."),
        ((fence(4), 2.5), "`count` must be a whole number, but is 2.5."),
        ((fence(4), 3, float("nan")), "`field` must be finite, but is nan."),
        ((fence(4), 3, "x"), "`field` must be one real number, but is 'x'."),
    ],
)
def test_errors_are_one_sentence(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        lowest_levels(*arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(SizeError, match=r"^The lowest level of a block of \d+ states of `system` would take"):
        lowest_levels(fence(60), 3)
    assert low_levels.MOST == 1000
