"""Kelvin and tesla on the command line, against CODATA constants written out here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quasispin import observables as obs
from quasispin.cli import runfile
from quasispin.cli.app import main
from quasispin.cli.quantities import coordinate
from quasispin.ensembles.canonical import Canonical
from quasispin.sweep.laboratory import ENERGIES
from quasispin.system.shell import Shell
from quasispin.system.system import System

BOLTZMANN = 1.380649e-23  # J/K, exact in the SI of 2019
CHARGE = 1.602176634e-19  # C, exact
MAGNETON = 9.2740100657e-24  # J/T, CODATA 2022; 2018 has …783e-24, one part in 10⁹ away
JOULES = {
    "meV": 1e-3 * CHARGE,
    "eV": CHARGE,
    "keV": 1e3 * CHARGE,
    "MeV": 1e6 * CHARGE,
    "J": 1.0,
    "K": BOLTZMANN,
}
GRAIN = System.single_shell(Shell.orbital(5), electrons=10, gap_scale=0.35)
BOX = ["observe", "--shell", "orbital:5", "--electrons", "10", "--gap-scale", "0.35"]
WARM = [*BOX, "--energy-unit", "meV", "--temperature", "0.3K", "--field", "2T"]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("unit", ENERGIES)
def test_kelvin_and_tesla_are_boltzmann_and_bohr_in_every_unit_of_energy(unit: str) -> None:
    assert set(JOULES) == set(ENERGIES)
    heat, larmor = coordinate("temperature", "0.3K", unit), coordinate("field", "-2T", unit)
    assert heat.energy == pytest.approx(0.3 * BOLTZMANN / JOULES[unit], rel=1e-14)
    assert larmor.energy == pytest.approx(-2.0 * MAGNETON / JOULES[unit], rel=3e-9)
    assert (heat.laboratory, larmor.laboratory) == (0.3, -2.0)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("temperature", "300mK", "0.3K"),
        ("temperature", "0.3 K", "0.3K"),
        ("temperature", "+3e-1K", "0.3K"),
        ("field", "500mT", ".5T"),
        ("field", "-500 mT", "-0.5T"),
    ],
)
def test_the_same_quantity_is_the_same_number(name: str, one: str, other: str) -> None:
    assert coordinate(name, one, "meV") == coordinate(name, other, "meV")


def test_a_plain_number_is_an_energy_with_and_without_a_unit() -> None:
    assert coordinate("temperature", "0.1", None) == (0.1, None)
    energy, kelvin = coordinate("temperature", "0.1", "meV")
    assert energy == 0.1
    assert kelvin == pytest.approx(0.1e-3 * CHARGE / BOLTZMANN, rel=1e-14)


def test_observe_in_kelvin_and_tesla_is_observe_at_those_energies() -> None:
    names = ["--observable", "gap", "--observable", "susceptibility", "--observable", "entropy"]
    answer = json.loads(call(*WARM, *names, "--json").stdout)
    heat, larmor = answer["temperature"], answer["field"]
    assert heat == pytest.approx(0.3e3 * BOLTZMANN / CHARGE, rel=1e-14)
    assert larmor == pytest.approx(2e3 * MAGNETON / CHARGE, rel=3e-9)
    assert (answer["energy_unit"], answer["temperature_kelvin"], answer["field_tesla"]) == ("meV", 0.3, 2.0)
    assert answer["units"] == {"gap": "meV", "susceptibility": "mu_B^2 / meV", "entropy": "k_B"}
    exact = Canonical(GRAIN)
    assert answer["results"][0]["values"] == {
        one.name: one(exact, heat, larmor) for one in (obs.gap, obs.susceptibility, obs.entropy)
    }


def test_the_table_names_the_units() -> None:
    shown = call(*WARM, "--observable", "gap", "--observable", "susceptibility").stdout
    place = "T = 0.3 K (k_BT = 0.025852 meV), B = 2 T (ω = μ_BB = 0.115768 meV); energies in meV"
    assert shown.splitlines()[1] == place
    assert "│ mu_B^2 / meV │" in shown
    assert "│ meV          │" in shown


def test_without_a_unit_nothing_has_changed() -> None:
    point = [*BOX, "--temperature", "0.1", "--field", "0.2", "--observable", "gap"]
    answer = json.loads(call(*point, "--json").stdout)
    assert list(answer) == [
        *("schema", "version", "system", "temperature", "field", "units", "results"),
    ]
    assert (answer["temperature"], answer["field"]) == (0.1, 0.2)
    assert answer["units"] == {"gap": "unit of the coupling"}
    assert call(*point).stdout.splitlines()[1] == "T = 0.1, ω = 0.2"


def test_the_command_and_the_run_file_agree_to_the_bit(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(
        'units = {energy = "eV"}\nsystem = {shell = {orbital = 5}, electrons = 10, gap_scale = 3e-4}\n'
        'ensemble = [{kind = "canonical"}]\n'
        'grid = {temperature = {values = 0.3, unit = "K"}, field = {values = 2.0, unit = "T"}}\n',
        encoding="utf-8",
    )
    asked = runfile.read(path)
    assert asked.temperature == coordinate("temperature", "300mK", "eV").energy
    assert asked.field == coordinate("field", "2T", "eV").energy


def test_an_estimate_takes_kelvin_too() -> None:
    assert call(*WARM, "--estimate").exit_code == 0


HEAT = (
    "`temperature` must be k_BT as a number such as 0.1 or 0.1meV, "
    "or with --energy-unit a temperature such as 0.3K"
)
LARMOR = (
    "`field` must be μ_BB as a number such as 0.2 or 0.2meV, "
    "or with --energy-unit a field such as 2T or 500mT"
)
MEV = ["--energy-unit", "meV"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        *[
            ([*MEV, "--temperature", text], f"{HEAT} or 300mK, but is '{text}'.")
            for text in ("0.3 Kelvinn", "nanK", "3T", "0.3k", "0,3K", "K", "0.3MEV", "", "٣K")
        ],
        *[
            ([*MEV, "--temperature", "0", "--field", text], f"{LARMOR}, but is '{text}'.")
            for text in ("2K", "two", "2G", "infT")
        ],
        ([*MEV, "--temperature", "-1K"], "`temperature` must be at least 0 K, but is '-1K'."),
        ([*MEV, "--temperature", "1e999K"], "`temperature` must be finite, but is '1e999K'."),
        (["--temperature", "-1"], "`temperature` must be at least 0, but holds -1."),
        (
            ["--temperature", "0.3K"],
            "`temperature` must be a number unless --energy-unit says which unit the energies have "
            "(meV, eV, keV, MeV, J or K), but is '0.3K'.",
        ),
        (
            ["--temperature", "0", "--field", "500mT"],
            "`field` must be a number unless --energy-unit says which unit the energies have "
            "(meV, eV, keV, MeV, J or K), but is '500mT'.",
        ),
    ],
)
def test_what_is_no_temperature_or_field_is_one_sentence(options: list[str], words: str) -> None:
    result = call(*BOX, *options)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"Error: {words}\n")


def test_a_unit_of_energy_is_one_that_kelvin_can_be_converted_to() -> None:
    result = call(*BOX, "--temperature", "0.1", "--energy-unit", "mev")
    assert result.exit_code == 2
    assert "'mev' is not one of 'meV', 'eV', 'keV', 'MeV', 'J', 'K'." in result.stderr
