"""The largest susceptibility is found where brute force finds it."""

from __future__ import annotations

import numpy as np
import pytest

from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.ground import ground_steps
from quasispin.ensembles.peaks import largest_susceptibility
from quasispin.system.shell import Shell
from quasispin.system.splitting import spheroidal_levels
from quasispin.system.system import System


@pytest.mark.parametrize("electrons", [5, 6])
@pytest.mark.parametrize("heat", [0.005, 0.05, 0.4])
def test_no_field_of_a_fine_grid_has_a_larger_susceptibility(electrons: int, heat: float) -> None:
    system = System(spheroidal_levels(3, 0.3), electrons, 0.3)
    steps = ground_steps(system)
    found = largest_susceptibility(system, heat, 1.2 * steps[-1].field, steps)
    grid = np.linspace(0.0, 1.2 * steps[-1].field, 20_001)
    values = Canonical(system).averages(heat, grid).susceptibility
    assert found.susceptibility >= values.max() * (1 - 1e-9)
    assert found.susceptibility == pytest.approx(
        float(Canonical(system).averages(heat, found.field).susceptibility), rel=1e-12
    )


def test_a_step_that_stands_alone_gives_the_squared_jump_over_four_t() -> None:
    system = System.single_shell(Shell.orbital(1), 2, gap_scale=1.0)  # one step, Δm = 3, to one state
    (step,) = ground_steps(system)
    found = largest_susceptibility(system, 1e-3, 2 * step.field, [step])
    assert found.susceptibility == pytest.approx(3.0**2 / 4e-3, rel=1e-3)


def test_steps_closer_than_their_width_add_up() -> None:
    system = System.single_shell(Shell.orbital(33), 56, gap_scale=0.17)
    heat, first = 0.1 * 0.085, 67.0
    found = largest_susceptibility(system, heat, 1.5 * system.critical_field)
    assert found.susceptibility > 10 * first**2 / (4 * heat)
