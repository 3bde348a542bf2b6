"""No step lies above the ceiling, whatever the splitting and the filling."""

from __future__ import annotations

import pytest

from quasispin.ensembles.ground import ground_steps
from quasispin.system.last_step import step_ceiling
from quasispin.system.shell import Shell
from quasispin.system.splitting import spheroidal_levels, spin_orbit_levels
from quasispin.system.system import System


def split(l: int, size: float, kind: str) -> list[Shell]:
    return spheroidal_levels(l, size) if kind == "spheroid" else spin_orbit_levels(l, size)


@pytest.mark.parametrize("kind", ["spheroid", "spin-orbit"])
@pytest.mark.parametrize("size", [-5.0, -0.3, 0.01, 0.7, 4.0])
def test_no_step_lies_above_the_ceiling(kind: str, size: float) -> None:
    for l in (1, 2, 3):
        for electrons in range(2, 4 * l + 1):
            system = System(split(l, size, kind), electrons, 0.4)
            ceiling = step_ceiling(system.shells, electrons, 0.4)
            for step in ground_steps(system):
                assert step.field <= ceiling * (1 + 1e-9)


@pytest.mark.parametrize("l", [2, 3, 5, 8])
def test_the_ceiling_of_an_even_half_filled_orbital_shell_is_its_last_step(l: int) -> None:
    shell = Shell.orbital(l)
    for electrons in (2 * l, 2 * l + 2):
        system = System.single_shell(shell, electrons, gap_scale=1.0)
        ceiling = step_ceiling([shell], electrons, 2 / (2 * l + 1))
        assert ceiling == pytest.approx(system.critical_field, rel=1e-14)


def test_the_ceiling_is_close_where_the_splitting_rules() -> None:
    # λ = 0 and |λ| = 1 of l = 1 apart by 3δ/2: electrons without pairing part at (ε_i − ε_j)/(m_i − m_j)
    system = System(spheroidal_levels(1, 100.0), 2, 0.1)
    ceiling = step_ceiling(system.shells, 2, 0.1)
    assert max(step.field for step in ground_steps(system)) == pytest.approx(ceiling, rel=0.01)


def test_an_empty_shell_has_no_step() -> None:
    assert step_ceiling([Shell.orbital(2)], 0, 1.0) == step_ceiling([Shell.orbital(2)], 10, 1.0) == 0.0
