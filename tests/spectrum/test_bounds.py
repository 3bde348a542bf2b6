"""No eigenvalue lies below its bound, and the bounds are good where all levels coincide."""

from __future__ import annotations

import numpy as np
import pytest

from quasispin.errors import SizeError
from quasispin.spectrum.bounds import bounds_by_pairs, check_tuples, tuple_bounds
from quasispin.spectrum.pairing_matrix import pair_space
from quasispin.spectrum.sectors import sectors
from quasispin.system.shell import Shell
from quasispin.system.system import System

LEVELS = [Shell([1.0], energy=float(k)) for k in range(6)]
MIXED = [Shell.orbital(1), Shell([0.5, 1.5], energy=0.7), Shell([2.0], energy=-0.4)]
MATRIX = [[0.5, 0.3, -0.2], [0.3, 0.7, 0.1], [-0.2, 0.1, -0.6]]


@pytest.mark.parametrize(
    ("shells", "coupling"),
    [(LEVELS, 0.8), (LEVELS, -0.5), (LEVELS, 0.0), (MIXED, 0.6), (MIXED, MATRIX)],
    ids=["levels", "repulsive", "free", "shells", "matrix"],
)
@pytest.mark.parametrize("electrons", [1, 4, 6, 7])
def test_no_eigenvalue_lies_below_its_bound(shells: list[Shell], coupling: object, electrons: int) -> None:
    system = System(shells, electrons, coupling)  # type: ignore[arg-type]
    bounds = tuple_bounds(system, electrons)
    (solved,) = sectors(system, [electrons])
    lowest = {tuple(nu): b for nu, b in zip(bounds.seniorities.tolist(), bounds.lowest, strict=True)}
    for block, nu in enumerate(solved.seniorities.tolist()):
        assert solved.energy[solved.tuple_of == block].min() >= lowest[tuple(nu)]


@pytest.mark.parametrize(
    ("shells", "coupling"),
    [(LEVELS, 0.8), (MIXED, 0.6), (MIXED, MATRIX)],
    ids=["levels", "shells", "matrix"],
)
@pytest.mark.parametrize("electrons", [1, 4, 6, 7, 10])
def test_no_eigenvalue_lies_below_the_bound_by_pairs(
    shells: list[Shell], coupling: object, electrons: int
) -> None:
    system = System(shells, electrons, coupling)  # type: ignore[arg-type]
    (solved,) = sectors(system, [electrons])
    bounds = bounds_by_pairs(system, electrons, solved.seniorities)
    assert np.isfinite(bounds).all()
    found = np.full(len(bounds), np.inf)
    np.minimum.at(found, solved.tuple_of, solved.energy)
    assert (found >= bounds).all()


def test_the_bound_by_pairs_is_the_energy_where_all_are_paired() -> None:
    system = System(LEVELS, 6, 0.8)
    paired = np.zeros((1, 6), dtype=np.int64)
    (solved,) = sectors(system, [6])
    assert bounds_by_pairs(system, 6, paired)[0] == pytest.approx(solved.energy.min(), rel=1e-11)


@pytest.mark.parametrize(
    "system", [System(LEVELS, 4, -0.3), System([Shell([1.0, 2.0])], 2, [[0.4]])], ids=["repulsive", "one"]
)
def test_there_is_no_bound_by_pairs_without_attraction_or_for_one_shell(system: System) -> None:
    tuples = tuple_bounds(system, system.electrons).seniorities
    assert np.isneginf(bounds_by_pairs(system, system.electrons, tuples)).all()


def test_the_bound_is_the_energy_where_all_levels_coincide() -> None:
    system = System([Shell([1.0])] * 5, 4, 0.7)
    bounds = tuple_bounds(system, 4)
    paired = bounds.lowest[(bounds.seniorities == 0).all(axis=1)]
    assert paired[0] == pytest.approx(-0.7 * 2 * 4, rel=1e-12)


@pytest.mark.parametrize("electrons", [2, 5, 8])
def test_the_states_of_each_tuple_are_counted(electrons: int) -> None:
    system = System(MIXED, electrons, 0.3)
    bounds = tuple_bounds(system, electrons)
    degeneracies = [shell.pair_degeneracy for shell in MIXED]
    counted = [pair_space(degeneracies, nu, electrons).dimension for nu in bounds.seniorities.tolist()]
    np.testing.assert_array_equal(bounds.dimension, counted)


def test_too_many_tuples_are_refused() -> None:
    system = System([Shell([1.0], energy=float(k)) for k in range(30)], 30, 0.3)
    with pytest.raises(SizeError) as caught:
        tuple_bounds(system, 30)
    assert caught.value.value == 536870912
    assert str(caught.value) == (
        "`system` of 30 levels and 30 electrons has 5.37e+08 seniority tuples: their list would take 152 "
        "GiB, but at most 4000000 can be listed even with `accuracy`: up to 7 electrons (or holes) fit in "
        "these levels, or fewer levels."
    )
    check_tuples(system, 7)
    check_tuples(system, 53)  # 7 holes
    with pytest.raises(SizeError):
        check_tuples(system, 8)
