"""Every value of a material has a source, and the values of the table fit each other."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from quasispin.errors import InputError
from quasispin.system.geometry import kinetic_scale
from quasispin.system.materials import Material, materials
from quasispin.units import eV, kelvin

MINE = Material("Xx", 2, 100.0, 0.5, source="a thesis")


def test_the_table_holds_six_metals_with_their_sources() -> None:
    assert set(materials()) == {"Al", "Sn", "Pb", "In", "Zn", "Nb"}
    for symbol, metal in materials().items():
        assert metal.symbol == symbol
        assert "Ashcroft" in metal.source
        assert "Kittel" in metal.source


def test_aluminium_is_as_tabulated() -> None:
    metal = Material.named("Al")
    assert (metal.valence, metal.electron_density, metal.gap) == (3, 181.0, 0.17)
    assert metal.critical_temperature == pytest.approx(1.175 * kelvin, rel=1e-15)
    assert metal.fermi_energy == pytest.approx(11.7 * eV, rel=1e-15)


@pytest.mark.parametrize("symbol", sorted(materials()))
def test_the_fermi_energy_is_that_of_free_electrons_of_this_density(symbol: str) -> None:
    metal = materials()[symbol]
    free = kinetic_scale() * metal.fermi_wave_number**2
    assert free == pytest.approx(metal.fermi_energy, rel=5e-3)


@pytest.mark.parametrize("symbol", sorted(materials()))
def test_the_gap_is_near_the_weak_coupling_value(symbol: str) -> None:
    metal = materials()[symbol]
    assert metal.critical_temperature is not None
    assert 1.5 < metal.gap / metal.critical_temperature < 2.3  # e^γ-law 1.764, more in lead


def test_users_pass_their_own_and_may_leave_out_what_is_not_known() -> None:
    assert MINE.fermi_energy is None
    assert dataclasses.replace(MINE, gap=1).gap == 1.0
    assert hash(MINE) == hash(dataclasses.replace(MINE))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": " "}, "`source` must be a text that is not empty, but is ' '."),
        ({"source": None}, "`source` must be"),
        ({"symbol": ""}, "`symbol` must be"),
        ({"name": 3}, "`name` must be a text"),
        ({"valence": 0}, "`valence` must be at least 1, but is 0."),
        ({"valence": 1.5}, "`valence` must be a whole number"),
        ({"gap": 0}, "`gap` must be above 0, but is 0."),
        ({"gap": None}, "`gap` must be one real number"),
        ({"electron_density": -1}, "`electron_density` must .*, but is -1"),
        ({"fermi_energy": float("nan")}, "`fermi_energy` must be finite"),
        ({"critical_temperature": "1"}, "`critical_temperature` must be one real number"),
    ],
)
def test_a_material_without_sense_or_source_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(MINE, **change)


@pytest.mark.parametrize("symbol", ["Xx", "al", "", None, 3, ["Al"]])
def test_an_unknown_symbol_lists_what_there_is(symbol: Any) -> None:
    with pytest.raises(InputError, match="`material` must be one of Al, Sn, Pb, In, Zn, Nb, but is"):
        Material.named(symbol)
