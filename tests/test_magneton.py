"""In which magneton moments are: tesla becomes energies by it, and nothing else does."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from fractions import Fraction

import pytest
from scipy import constants

from quasispin import units
from quasispin.ensembles.canonical import Canonical
from quasispin.errors import InputError
from quasispin.figures import levels
from quasispin.observables import gap, magnetic_moment, susceptibility
from quasispin.sweep.laboratory import laboratory
from quasispin.sweep.run import sweep
from quasispin.system.examples import tin
from quasispin.system.schemes import LevelScheme
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.system.tilted_shell import TiltedShell
from quasispin.units import BOHR, NUCLEAR, Magneton

MAKERS: list[Callable[..., Shell]] = [
    lambda **magneton: Shell([1.0, 0.5], **magneton),
    lambda **magneton: Shell.orbital(2, **magneton),
    lambda **magneton: Shell.hemisphere(3, **magneton),
    lambda **magneton: Shell.spin(2, **magneton),
    lambda **magneton: Shell.jj(Fraction(5, 2), 0.3, **magneton),
]
NUCLEUS = System([Shell.jj(1.5, -0.8), Shell.jj(2.5, 0.6, energy=0.4)], 4, 0.2)


@pytest.mark.parametrize("name", ["bohr", "nuclear"])
def test_a_tesla_is_the_magneton_made_from_charge_mass_and_planck(name: str) -> None:
    mass = {"bohr": constants.m_e, "nuclear": constants.m_p}[name]
    joule = constants.e * constants.hbar / (2 * mass)
    chosen = {"bohr": BOHR, "nuclear": NUCLEAR}[name]
    assert chosen.tesla == pytest.approx(joule / constants.e * 1e3, rel=1e-8)
    assert BOHR.tesla == units.tesla


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("magneton", [BOHR, NUCLEAR])
def test_every_shell_keeps_its_magneton_in_every_text(make: Callable[..., Shell], magneton: Magneton) -> None:
    shell = make(magneton=magneton)
    assert shell.magneton == magneton
    assert Shell.from_dict(json.loads(json.dumps(shell.to_dict()))) == shell
    assert eval(repr(shell)) == shell
    assert pickle.loads(pickle.dumps(shell)) == shell
    assert hash(Shell.from_dict(shell.to_dict())) == hash(shell)
    system = System(shell, 2, 0.3)
    assert system.magneton == magneton
    assert System.from_toml(system.to_toml()) == System.from_dict(system.to_dict()) == system
    assert ("magneton" in system.to_toml()) == ("magneton" in shell.to_dict()) == (magneton == NUCLEAR)


def test_shells_are_of_electrons_and_j_shells_of_nucleons_unless_said() -> None:
    assert [make().magneton for make in MAKERS] == [BOHR, BOHR, BOHR, BOHR, NUCLEAR]
    assert tin(4).magneton == NUCLEAR
    assert TiltedShell(2, 4, 1.0).magneton == BOHR


def test_the_same_moments_in_another_magneton_are_another_shell() -> None:
    one, other = Shell([1.0]), Shell([1.0], magneton=NUCLEAR)
    assert one != other
    assert hash(one) != hash(other)


def test_a_mixture_is_refused_in_one_sentence() -> None:
    with pytest.raises(InputError) as caught:
        System([Shell.jj(0.5), Shell.spin(1)], 1, 0.1)
    assert str(caught.value) == (
        "The shells of a system must have moments in one magneton, but some are in μ_N and some in μ_B: "
        "say which by `magneton`."
    )
    electrons = Canonical(System(Shell.spin(2), 2, 0.1))
    with pytest.raises(InputError, match="All systems of one sweep must have moments in one magneton"):
        sweep(Canonical(NUCLEUS), electrons, temperature=0.1, observables=[gap])


@pytest.mark.parametrize("wrong", ["Bohr's", 3, None, 0.0578])
def test_what_is_no_magneton_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match=r"`magneton` must be units\.BOHR or units\.NUCLEAR"):
        Shell([1.0], magneton=wrong)  # type: ignore[arg-type]


def test_a_sweep_of_a_nucleus_has_its_fields_in_tesla_of_nuclear_magnetons() -> None:
    # 2 T on a nucleus whose energies are in MeV
    energy = 2.0 * constants.physical_constants["nuclear magneton"][0] / constants.e * 1e-6
    data = sweep(
        Canonical(NUCLEUS),
        temperature=0.1,
        field=[0.0, energy],
        observables=[magnetic_moment, susceptibility],
        energy_unit="MeV",
    )
    assert data.magnetic_moment.attrs["units"] == "mu_N"
    assert data.susceptibility.attrs["units"] == "mu_N^2 / MeV"
    assert data.field.attrs["long_name"] == "Larmor energy mu_N B"
    assert laboratory(data).field.values[1] == pytest.approx(2.0, rel=1e-8)
    axes = levels(NUCLEUS, [0.0, energy], energy_unit="MeV", laboratory=True)
    assert axes.get_xlim()[1] == pytest.approx(2.0, rel=1e-8)


def test_a_sweep_of_electrons_says_what_it_always_said() -> None:
    data = sweep(
        Canonical(System(Shell.spin(2), 2, 0.1)),
        temperature=0.1,
        observables=[magnetic_moment],
        energy_unit="meV",
    )
    assert "magneton" not in data.attrs
    assert data.magnetic_moment.attrs["units"] == "mu_B"
    assert data.field.attrs["long_name"] == "Larmor energy mu_B B"


def test_a_system_says_in_what_its_moments_are_unless_they_are_those_of_electrons() -> None:
    nucleus = System.single_shell(Shell.jj(5.5), 4, coupling=0.2)
    assert repr(nucleus) == "<System: 4 electrons in the shell of M=6 pairs, Δ₀=0.6, moments in μ_N, even>"
    assert repr(tin(13)).endswith("(M=16), a coupling matrix, moments in μ_N, odd>")
    assert "moments" not in repr(System.single_shell(Shell.orbital(5), 4, coupling=0.2))
    scheme = LevelScheme(nucleus.shells, ("h",))
    assert repr(scheme) == "<LevelScheme: 1 shell (M=6, moments in μ_N): h>"
