"""Classes of tuples: each has its tuples' weights, and its halves add up to it."""

from __future__ import annotations

import numpy as np
import pytest

from quasispin.ensembles.classes import classes_of, columns_of
from quasispin.spectrum.sectors import sectors
from quasispin.system.shell import Shell
from quasispin.system.system import System

EQUAL = System([Shell([1.0], float(k)) for k in range(6)], 6, 0.4)
DIFFERENT = System([Shell([1.0 + k], float(k)) for k in range(6)], 6, 0.4)
MIXED = System(
    [Shell([0.5, 1.0], -0.4), Shell([2.0], 0.0), Shell([1.0, 0.5], 0.3), Shell([2.0], 1.0)], 5, 0.3
)


@pytest.mark.parametrize("system", [EQUAL, DIFFERENT, MIXED], ids=["equal", "different", "mixed"])
def test_a_class_has_what_each_of_its_tuples_has(system: System) -> None:
    columns = columns_of(system)
    (solved,) = sectors(system, [system.electrons])
    classes = classes_of(solved, columns)
    values = np.random.default_rng(1).integers(1, 10**6, columns.size).astype(float)  # sums are exact
    weights = [np.append(0.0, values[columns.start[kind] :]) for kind in columns.kind]
    sums = sum(weight[nu] for weight, nu in zip(weights, solved.seniorities.T, strict=True))
    class_of = np.repeat(np.arange(len(classes.ground)), np.diff(classes.first))
    assert sorted(classes.order) == list(range(len(solved.seniorities)))
    np.testing.assert_array_equal(classes.summed(values)[class_of], np.asarray(sums)[classes.order])
    np.testing.assert_array_equal(classes.total[class_of], solved.seniorities.sum(axis=1)[classes.order])
    assert len(set(classes.summed(values))) == len(classes.ground)  # tuples with other sums are other classes


def test_equal_shells_leave_one_class_for_each_number_of_unpaired_electrons() -> None:
    (solved,) = sectors(EQUAL, [6])
    assert classes_of(solved, columns_of(EQUAL)).total.tolist() == [0, 2, 4, 6]


def test_halves_have_few_rows() -> None:
    (solved,) = sectors(DIFFERENT, [6])
    classes = classes_of(solved, columns_of(DIFFERENT))
    assert len(classes.ground) == 2**5
    assert len(classes.left.first) - 1 == len(classes.right.first) - 1 == 2**3
