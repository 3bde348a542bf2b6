"""Steps of the ground state of several shells are where its moment jumps."""

from __future__ import annotations

import numpy as np
import pytest

from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.ground import ground_steps
from quasispin.errors import SizeError, UndefinedError
from quasispin.observables import magnetic_moment
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.splitting import spheroidal_levels, spin_orbit_levels
from quasispin.system.system import System

SCHEMES = {
    "spheroid": (spheroidal_levels(2, 0.3), 4),
    "odd spheroid": (spheroidal_levels(3, -0.2), 7),
    "spin-orbit": (spin_orbit_levels(2, 0.4), 5),
    "neighbours": ([Shell.orbital(1, -0.5), Shell.orbital(2, 0.6)], 8),
}


@pytest.mark.parametrize("name", SCHEMES)
def test_the_moment_at_zero_temperature_jumps_at_every_step_and_nowhere_else(name: str) -> None:
    system = System(*SCHEMES[name], 0.3)
    steps = Canonical(system).ground_steps()
    assert steps == ground_steps(system)
    assert steps
    assert [one.after for one in steps[:-1]] == [one.before for one in steps[1:]]
    edges = [0.0, *(one.field for one in steps), 2 * steps[-1].field]
    assert edges == sorted(edges)
    moments = [steps[0].before, *(one.after for one in steps)]
    for low, high, expected in zip(edges[:-1], edges[1:], moments, strict=True):
        if high - low > 1e-6:
            field = low + (high - low) * np.array([1e-3, 0.5, 0.999])
            assert magnetic_moment(Canonical(system), 0.0, field) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("electrons", [3, 4, 5, 7])
def test_without_splitting_the_steps_are_those_of_one_shell(electrons: int) -> None:
    whole = System(Shell.orbital(3), electrons, 0.2)
    steps = ground_steps(System(spheroidal_levels(3, 0.0), electrons, 0.2))
    assert [one.field for one in steps] == pytest.approx(whole.crossing_fields(), rel=1e-9)
    assert ground_steps(whole) == [pytest.approx(one, rel=1e-9) for one in steps]


def test_the_staircase_of_several_shells_names_who_has_it() -> None:
    system = System(*SCHEMES["spheroid"], 0.3)
    with pytest.raises(UndefinedError, match=r"use Canonical\(…\)\.ground_steps\(\)"):
        system.crossing_fields()
    with pytest.raises(UndefinedError, match="A Family holds several systems"):
        Canonical(
            Family(System.single_shell, shell=Shell.orbital(2), electrons=[3, 4], coupling=0.3)
        ).ground_steps()


def test_an_empty_box_has_no_step_and_a_large_one_is_refused() -> None:
    assert ground_steps(System(spheroidal_levels(2, 0.1), 0, 0.2)) == []
    with pytest.raises(SizeError, match="at most 5000 seniority tuples"):
        ground_steps(System(spheroidal_levels(20, 0.1), 20, 0.2))
