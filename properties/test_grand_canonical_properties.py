"""What holds for every shell, temperature and field, of ensembles that exchange electrons."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.oracles import strategies as quasi
from quasispin.system.shell import Shell
from quasispin.system.system import System

few = settings(max_examples=60, deadline=None)


def build(shell: quasi.ShellNumbers) -> System:
    return System.single_shell(Shell(shell["moments"]), shell["electrons"], coupling=shell["coupling"])


@few
@given(quasi.single_shells(6, attractive=False), quasi.temperatures(), quasi.fields())
def test_mean_number_and_signs(shell: quasi.ShellNumbers, temperature: float, field: float) -> None:
    for ensemble in (GrandCanonical(build(shell)), NumberParity(build(shell))):
        found = ensemble.averages([temperature, 0.0], field)
        np.testing.assert_allclose(found.electrons, shell["electrons"], rtol=1e-12, atol=1e-12)
        assert (found.heat_capacity >= 0).all()
        assert (found.susceptibility >= 0).all()
        assert (found.entropy >= 0).all()
        assert (found.moment * field >= 0).all()
        assert found.seniority_distribution is not None
        np.testing.assert_allclose(found.seniority_distribution.sum(axis=-1), 1, rtol=1e-12)
        np.testing.assert_allclose(found.occupation.sum(axis=-1), found.electrons, rtol=1e-12, atol=1e-12)


@few
@given(quasi.single_shells(6), quasi.temperatures(1e-2, 1e2), quasi.fields())
def test_free_energy_and_entropy_agree(shell: quasi.ShellNumbers, temperature: float, field: float) -> None:
    found = GrandCanonical(build(shell)).averages(temperature, field)
    scale = np.abs(found.energy) + temperature * found.entropy + 1.0
    assert abs(found.energy - temperature * found.entropy - found.free_energy) < 1e-12 * scale


@few
@given(quasi.single_shells(6), quasi.temperatures(), quasi.fields())
def test_exchange_of_electrons_lowers_omega(
    shell: quasi.ShellNumbers, temperature: float, field: float
) -> None:
    """At the same ⟨N⟩ every further number that is allowed lowers F = Ω + μ⟨N⟩."""
    system = build(shell)
    alone, pairs, free = (
        float(ensemble(system).averages(temperature, field).free_energy)
        for ensemble in (Canonical, NumberParity, GrandCanonical)
    )
    slack = 1e-13 * (abs(alone) + temperature + 1.0)
    assert free <= pairs + slack
    assert pairs <= alone + slack


@few
@given(quasi.single_shells(6), quasi.temperatures(1e-3, 1e2), quasi.fields())
def test_holes_are_particles(shell: quasi.ShellNumbers, temperature: float, field: float) -> None:
    system = build(shell)
    mirror = system.with_electrons(2 * system.pair_degeneracy - system.electrons)
    found, other = (GrandCanonical(each).averages(temperature, field) for each in (system, mirror))
    np.testing.assert_allclose(found.entropy, other.entropy, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.moment, other.moment, rtol=1e-8, atol=1e-10)
