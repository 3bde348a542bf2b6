"""Units are plain numbers in meV, from CODATA."""

from __future__ import annotations

import pytest
from scipy import constants

from quasispin.units import eV, kelvin, meV, nm, tesla


def test_the_units_of_energy_and_length_are_one() -> None:
    assert meV == 1.0
    assert nm == 1.0
    assert eV == 1000.0


def test_a_kelvin_is_the_boltzmann_constant_in_mev() -> None:
    assert kelvin == pytest.approx(constants.k / constants.e * 1e3, rel=1e-12)
    assert kelvin == pytest.approx(0.08617, abs=1e-5)


def test_a_tesla_is_the_bohr_magneton_in_mev() -> None:
    magneton = constants.e * constants.hbar / (2 * constants.m_e)
    assert tesla == pytest.approx(magneton / constants.e * 1e3, rel=1e-8)
    assert tesla == pytest.approx(0.05788, abs=1e-5)


def test_units_are_plain_floats() -> None:
    assert {type(unit) for unit in (meV, eV, kelvin, tesla, nm)} == {float}
