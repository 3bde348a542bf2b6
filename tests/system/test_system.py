"""A system reads back as it was written, knows its scales, and refuses what cannot be."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any

import numpy as np
import pytest

from quasispin.errors import InputError, UndefinedError
from quasispin.system.shell import Shell
from quasispin.system.system import System

GRAIN = System.single_shell(Shell.orbital(5), electrons=10, gap_scale=1.0)
TWO = System([Shell.orbital(1), Shell.orbital(2, energy=0.7)], 8, 0.2)
MATRIX = System([Shell.orbital(1), Shell.spin(2)], 3, [[0.1, 0.3], [0.3, 1 / 3]])
SYSTEMS = [GRAIN, TWO, MATRIX, System(Shell([0.1, 0.7]), 1, -0.3)]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_survives_dict_json_toml_and_pickle(system: System) -> None:
    assert System.from_dict(system.to_dict()) == system
    assert System.from_dict(json.loads(json.dumps(system.to_dict()))) == system
    assert System.from_toml(system.to_toml()) == system
    copy = pickle.loads(pickle.dumps(system))
    assert copy == system
    assert hash(copy) == hash(system)


def test_systems_are_named_in_the_language_of_the_field() -> None:
    assert [repr(system) for system in SYSTEMS] == [
        "<System: 10 electrons in the l=5 shell (M=11), Δ₀=1, even>",
        "<System: 8 electrons in 2 shells (M=8), G=0.2, even>",
        "<System: 3 electrons in 2 shells (M=5), a coupling matrix, odd>",
        "<System: 1 electron in the shell of M=2 pairs, G=-0.3, odd>",
    ]


def test_the_gap_scale_is_half_the_coupling_times_the_pairs() -> None:
    assert GRAIN.coupling == 2 / 11
    assert GRAIN.gap_scale == pytest.approx(1.0, rel=1e-15)
    assert GRAIN.temperature_scale == GRAIN.gap_scale / 2


@pytest.mark.parametrize("electrons", range(1, 22))
def test_the_critical_temperature_solves_the_gap_equation(electrons: int) -> None:
    system = GRAIN.with_electrons(electrons)
    heat, off_half, coupling = system.critical_temperature, abs(11 - electrons), 2 / 11
    if off_half:
        assert off_half / 11 == pytest.approx(math.tanh(off_half * coupling / (4 * heat)), rel=1e-14)
    else:
        assert heat == GRAIN.temperature_scale


@pytest.mark.parametrize("electrons", [0, 22])
def test_an_empty_and_a_full_shell_have_no_critical_temperature(electrons: int) -> None:
    assert GRAIN.with_electrons(electrons).critical_temperature == 0.0


def test_a_matrix_of_one_number_is_that_number() -> None:
    assert System(Shell.orbital(1), 2, [[0.3]]) == System(Shell.orbital(1), 2, 0.3)


def test_the_coupling_matrix_of_a_constant_is_filled_with_it() -> None:
    assert TWO.coupling_matrix.tolist() == [[0.2, 0.2], [0.2, 0.2]]
    assert np.array_equal(MATRIX.coupling_matrix, MATRIX.coupling_matrix.T)


@pytest.mark.parametrize(
    "name", ["gap_scale", "temperature_scale", "critical_temperature", "critical_field", "shell"]
)
@pytest.mark.parametrize("system", [TWO, MATRIX])
def test_several_shells_refuse_what_is_a_closed_form_of_one(name: str, system: System) -> None:
    with pytest.raises(UndefinedError, match=r"closed form of one degenerate shell; for 2 shells use"):
        getattr(system, name)


@pytest.mark.parametrize(
    ("electrons", "words"),
    [
        (-1, "`electrons` must lie in [0, 22], but is -1."),
        (23, "`electrons` must lie in [0, 22], but is 23."),
        (2.5, "`electrons` must be a whole number, but is 2.5."),
        (math.nan, "`electrons` must be a whole number, but is nan."),
        (math.inf, "`electrons` must be a whole number, but is inf."),
        ("ten", "`electrons` must be a whole number, but is 'ten'."),
        ([1, 2], "`electrons` must be a whole number, but is [1, 2]."),
    ],
)
def test_impossible_electrons_are_refused_in_one_sentence(electrons: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        System(Shell.orbital(5), electrons, 1.0)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("coupling", "words"),
    [
        (math.nan, "`coupling` must be finite, but is nan."),
        (-math.inf, "`coupling` must be finite, but is -inf."),
        (None, "`coupling` must be one real number, but is None."),
        ("strong", "`coupling` must be one real number, but is 'strong'."),
        ([1.0, 2.0], "`coupling` must be a number or a 2×2 matrix, but has shape (2,)."),
        ([[1.0]], "`coupling` must be a number or a 2×2 matrix, but has shape (1, 1)."),
        ([[1.0, 1e-200], [1e-200, 1.0]], "`coupling` must be 0 or at least 1e-60 in size, but is 1e-200."),
        ([[1.0], [1.0, 2.0]], "`coupling` must be a rectangular array of real numbers, but is ragged."),
        ([[1.0, 2.0], [3.0, 4.0]], "`coupling` must be a symmetric matrix, but is [[1.0, 2.0], [3.0, 4.0]]."),
        ([[1.0, math.nan], [math.nan, 1.0]], "`coupling` must be finite everywhere, but holds nan."),
        ([], "`coupling` must hold at least one number, but is empty."),
    ],
)
def test_impossible_couplings_are_refused_in_one_sentence(coupling: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        System([Shell.orbital(1), Shell.orbital(2)], 2, coupling)
    assert str(caught.value) == words


@pytest.mark.parametrize("shells", [[], None, 3, [1, 2], "ab"])
def test_what_is_no_shell_is_refused(shells: Any) -> None:
    with pytest.raises(InputError, match=r"^`shells` must "):
        System(shells, 1, 1.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Exactly one of `gap_scale` and `coupling` must be given."),
        ({"gap_scale": 1.0, "coupling": 1.0}, "Exactly one of `gap_scale` and `coupling` must be given."),
        ({"gap_scale": -1.0}, "`gap_scale` must be at least 0, but is -1.0."),
        ({"gap_scale": math.nan}, "`gap_scale` must be finite, but is nan."),
    ],
)
def test_the_strength_of_one_shell_is_given_once(options: dict[str, float], words: str) -> None:
    with pytest.raises(InputError) as caught:
        System.single_shell(Shell.orbital(1), 2, **options)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": 1}, "A system does not know the key `colour`."),
        ({"colour": 1, "taste": 2}, "A system does not know the keys `colour`, `taste`."),
        ({"shells": 3}, "`shells` must be a list of tables, but is 3."),
        ({"shells": [3]}, "A shell must be a table, but is 3."),
    ],
)
def test_a_wrong_table_is_refused_with_its_key(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        System.from_dict({**GRAIN.to_dict(), **change})
    assert str(caught.value) == words


def test_missing_keys_and_broken_text_are_named() -> None:
    with pytest.raises(InputError, match=r"A system needs the keys `coupling`, `electrons`\."):
        System.from_dict({"shells": []})
    with pytest.raises(InputError, match="not valid TOML"):
        System.from_toml("electrons = ")
    with pytest.raises(InputError, match="must be a table"):
        System.from_dict([])  # type: ignore[arg-type]
