"""No tuple below a limit is missed, and none above it is returned."""

from __future__ import annotations

import numpy as np
import pytest

from quasispin.errors import SizeError
from quasispin.spectrum import search
from quasispin.spectrum.bounds import bounds_by_pairs, tuple_bounds
from quasispin.spectrum.search import Search
from quasispin.system.shell import Shell
from quasispin.system.system import System


def random_system(seed: int) -> System:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 5))
    shells = [Shell(rng.integers(0, 4, rng.integers(1, 4)) / 2, float(rng.normal())) for _ in range(count)]
    pairs = sum(shell.pair_degeneracy for shell in shells)
    matrix = rng.normal(size=(count, count))
    coupling: object = [0.4, -0.3, 0.0, (matrix + matrix.T) / 2][seed % 4]
    return System(shells, int(rng.integers(0, 2 * pairs + 1)), coupling)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("field", [0.0, 0.3])
def test_the_tuples_below_a_limit_are_those_of_the_whole_list(seed: int, field: float) -> None:
    system = random_system(seed)
    found = Search(system, system.electrons, field)
    known = tuple_bounds(system, system.electrons)
    exact = np.maximum(known.lowest, bounds_by_pairs(system, system.electrons, known.seniorities))
    exact = exact - field * search.top_moments(found.tops, known.seniorities)
    between = np.median(exact) + 1e-7  # no tuple lies within the rounding of a limit
    for limit in (found.least - 1e-6, between, exact.max() + 1.0):
        below = found.below(limit)
        wanted = {
            tuple(row) for row, bound in zip(known.seniorities.tolist(), exact, strict=True) if bound <= limit
        }
        assert {tuple(row) for row in below.seniorities.tolist()} == wanted
        assert len(below.seniorities) == len(wanted)
        assert (np.diff(below.lowest) >= 0).all()


def test_too_many_are_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 20)
    fence = Search(System([Shell([1.0], float(k)) for k in range(8)], 8, 0.5), 8, 0.0)
    with pytest.raises(SizeError, match=r"^More than 20 seniority tuples of `system` .* a lower `field`\.$"):
        fence.below(1e3)
