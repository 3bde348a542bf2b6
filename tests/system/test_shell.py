"""A shell is its moments; every way to write it down reads back the same."""

from __future__ import annotations

import pickle
import tomllib
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np
import pytest
import tomli_w

from quasispin import units
from quasispin.errors import InputError
from quasispin.system.shell import MAX_PAIRS, Shell

SHELLS = [
    Shell.orbital(0),
    Shell.orbital(5),
    Shell.orbital(3, energy=-1.25),
    Shell.hemisphere(4),
    Shell.spin(11),
    Shell([0.5, 1.5, 0.1], energy=1 / 3),
    Shell.jj(5.5, 0.3478, energy=-3.778),
]


@pytest.mark.parametrize("l", [0, 1, 2, 5])
def test_an_orbital_shell_has_the_moments_of_spin_up_electrons(l: int) -> None:
    shell = Shell.orbital(l)
    assert shell.pair_degeneracy == 2 * l + 1
    assert sorted(shell.moments) == sorted(abs(m + 1) for m in range(-l, l + 1))


@pytest.mark.parametrize("l", [1, 2, 3, 6])
def test_a_hemisphere_keeps_the_states_with_odd_l_plus_lambda(l: int) -> None:
    shell = Shell.hemisphere(l)
    assert shell.pair_degeneracy == l
    assert sorted(shell.moments) == sorted(abs(m + 1) for m in range(-l, l + 1) if (l + m) % 2)


def test_a_spin_shell_has_moment_one_everywhere() -> None:
    assert Shell.spin(4).moments == (1.0,) * 4


@pytest.mark.parametrize("doubled", [1, 3, 7, 11])
def test_a_j_shell_has_the_moments_of_the_projections_of_j(doubled: int) -> None:
    shell = Shell.jj(Fraction(doubled, 2), 0.8, energy=-1.0)
    assert shell == Shell.jj(doubled / 2, -0.8, energy=-1.0)  # only the sign of m_j changes its meaning
    assert shell.pair_degeneracy == (doubled + 1) // 2
    projections = [(2 * k - doubled) / 2 for k in range(doubled + 1)]
    pairs = sorted([*shell.moments, *(-m for m in shell.moments)])
    assert pairs == pytest.approx([0.8 * m for m in projections], rel=1e-15)


def test_an_s_electron_is_a_j_shell_with_g_two() -> None:
    assert Shell.jj(0.5, 2.0, magneton=units.BOHR) == Shell.orbital(0) == Shell.spin(1)


@pytest.mark.parametrize("l", [1, 2, 5])
def test_the_stretched_state_of_l_and_spin_is_in_the_upper_j_shell(l: int) -> None:
    # Landé, g_s = 2: g_j = 1 ± 1/(2l+1)
    upper, lower = (Shell.jj(l + s, 1 + 2 * s / (2 * l + 1)) for s in (0.5, -0.5))
    whole = Shell.orbital(l)
    assert upper.pair_degeneracy + lower.pair_degeneracy == whole.pair_degeneracy
    assert upper.moments[0] == pytest.approx(whole.moments[0], rel=1e-15)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_survives_dict_toml_pickle_and_repr(shell: Shell) -> None:
    assert Shell.from_dict(shell.to_dict()) == shell
    assert Shell.from_dict(tomllib.loads(tomli_w.dumps(shell.to_dict()))) == shell
    assert pickle.loads(pickle.dumps(shell)) == shell
    assert eval(repr(shell)) == shell
    assert hash(Shell.from_dict(shell.to_dict())) == hash(shell)


def test_the_order_of_the_moments_does_not_matter() -> None:
    assert Shell([1, 3, 2]) == Shell(np.array([3, 2, 1]))
    assert len({Shell([1, 3, 2]), Shell([2.0, 3.0, 1.0])}) == 1


def test_short_forms_in_a_dict_are_understood() -> None:
    assert Shell.from_dict({"orbital": 5, "energy": 1}) == Shell.orbital(5, energy=1.0)
    assert Shell.from_dict({"spin": 3}) == Shell.spin(3)
    assert Shell.from_dict({"hemisphere": 3}) == Shell.hemisphere(3)
    assert Shell.from_dict({"jj": 2.5, "magneton": "bohr"}) == Shell([0.5, 1.5, 2.5])
    in_nuclear = Shell([1, 3, 5], energy=1.0, magneton=units.NUCLEAR)
    assert Shell.from_dict({"jj": 2.5, "g_factor": 2, "energy": 1}) == in_nuclear


def test_a_shell_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Shell.orbital(1).energy = 2.0  # type: ignore[misc]


def test_a_shell_is_named_in_the_language_of_the_field() -> None:
    assert [shell.name for shell in SHELLS[1:]] == [
        "l=5 shell (M=11)",
        "l=3 shell (M=7)",
        "l=4 hemisphere shell (M=4)",
        "spin-only shell (M=11)",
        "shell of M=3 pairs",
        "shell of M=6 pairs",
    ]


@pytest.mark.parametrize(
    ("moments", "words"),
    [
        ([], "`moments` must hold at least one number, but is empty."),
        ([1.0, -0.5], "`moments` must be at least 0, but holds -0.5."),
        ([float("nan")], "`moments` must be finite everywhere, but holds nan."),
        ([float("inf")], "`moments` must be finite everywhere, but holds inf."),
        ([[1.0, 2.0]], "`moments` must be a list of numbers, but has shape (1, 2)."),
        ([[1.0], [1.0, 2.0]], "`moments` must be a rectangular array of real numbers, but is ragged."),
        ("12", "`moments` must be a list of numbers, but is '12'."),
        (3.0, "`moments` must be a list of numbers, but is 3.0."),
        (["a"], "`moments` must hold real numbers, but holds ['a']."),
        (count(), f"`moments` must hold at most {MAX_PAIRS} pairs, but holds more."),
    ],
)
def test_impossible_moments_are_refused_in_one_sentence(moments: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        Shell(moments)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Shell.orbital(-1), "`l` must lie in [0, 9999], but is -1."),
        (lambda: Shell.orbital(1.5), "`l` must be a whole number, but is 1.5."),  # type: ignore[arg-type]
        (lambda: Shell.orbital(10**9), "`l` must lie in [0, 9999], but is 1000000000."),
        (lambda: Shell.hemisphere(0), f"`l` must lie in [1, {MAX_PAIRS}], but is 0."),
        (lambda: Shell.spin(0), f"`pairs` must lie in [1, {MAX_PAIRS}], but is 0."),
        (lambda: Shell.spin(1, energy=float("nan")), "`energy` must be finite, but is nan."),
        (lambda: Shell.jj(2.0), "`j` must be half an odd number, but is 2.0."),
        (lambda: Shell.jj(1.7), "`j` must be half an odd number, but is 1.7."),
        (lambda: Shell.jj(Fraction(1, 3)), "`j` must lie in [0.5, 19999.5], but is Fraction(1, 3)."),
        (lambda: Shell.jj(-0.5), "`j` must lie in [0.5, 19999.5], but is -0.5."),
        (lambda: Shell.jj("11/2"), "`j` must be one real number, but is '11/2'."),  # type: ignore[arg-type]
        (lambda: Shell.jj(float("nan")), "`j` must be finite, but is nan."),
        (lambda: Shell.jj(True), "`j` must be one real number, but is True."),
        (lambda: Shell.jj(1.5, float("inf")), "`g_factor` must be finite, but is inf."),
    ],
)
def test_impossible_numbers_are_refused_in_one_sentence(make: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"orbital": 1, "colour": 2}, "`colour` is given"),
        ({"orbital": 1, "spin": 2}, "exactly one of"),
        ({"energy": 1.0}, "but has none"),
        ([1, 2], "must be a table"),
        ({"orbital": 1, "g_factor": 2}, "`g_factor` goes with `jj` only"),
    ],
)
def test_a_wrong_table_is_refused_with_its_key(data: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Shell.from_dict(data)
