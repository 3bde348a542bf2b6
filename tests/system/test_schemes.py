"""Level schemes from tables: what is right is read, every mistake is named by line, all at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.constants import physical_constants

from quasispin.errors import FileError, InputError
from quasispin.system.examples import tin, tin_scheme
from quasispin.system.schemes import LevelScheme, parse_csv, parse_toml, read_levels
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.units import NUCLEAR

PUBLISHED = Path(__file__).parents[1] / "data" / "published.json"


def mistakes(parse: Callable[[str], LevelScheme], text: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        parse(text)
    return str(caught.value).split("\n")


# -- what is right ---------------------------------------------------------------------------------


def test_a_csv_table_has_a_level_in_each_row() -> None:
    text = """# a comment, and an empty line

    label, energy, degeneracy, moments, jj, g_factor, orbital, hemisphere
    spins, -1.5, 3,,,,,
    "a, list", 0, , 1 2.5; .5,,,,
    # in between
    h11/2, 1e-1, , , 11/2, -0.35, ,
    g7/2, .2, , , 3.5, , ,
    l, 1, , , , , 5,
    , 2, , , , , , 4
    """
    scheme = parse_csv(text)
    assert scheme.shells == (
        Shell.spin(3, energy=-1.5),
        Shell([1, 2.5, 0.5]),
        Shell.jj(5.5, 0.35, energy=0.1),
        Shell.jj(3.5, energy=0.2),
        Shell.orbital(5, energy=1.0),
        Shell.hemisphere(4, energy=2.0),
    )
    assert scheme.labels == ("spins", "a, list", "h11/2", "g7/2", "l", "")
    assert (scheme.electrons, scheme.coupling) == (None, None)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_and_a_byte_order_mark_are_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "levels.CSV"
    path.write_bytes(("\ufeffenergy,degeneracy\n0,1\n1,2\n").replace("\n", ending).encode())
    assert (
        read_levels(path).shells == read_levels(str(path)).shells == (Shell.spin(1), Shell.spin(2, energy=1))
    )


def test_toml_may_say_the_electrons_and_the_coupling() -> None:
    text = """
    title = "two shells"
    source = "mine"
    electrons = 4
    magneton = "nuclear"
    coupling = [[0.1, 0.2], [0.2, 0.3]]
    [[shells]]
    energy = 0
    moments = [1, 2.5]
    label = "lower"
    [[shells]]
    energy = 0.7
    jj = 2.5
    g_factor = 0.4
    """
    scheme = parse_toml(text)
    shells = [Shell([1, 2.5], magneton=NUCLEAR), Shell.jj(2.5, 0.4, energy=0.7)]
    system = System(shells, 4, [[0.1, 0.2], [0.2, 0.3]])
    assert scheme.system() == system
    assert scheme.system(electrons=5, coupling=0.1) == System(system.shells, 5, 0.1)
    assert (scheme.title, scheme.source, scheme.labels) == ("two shells", "mine", ("lower", ""))


@pytest.mark.parametrize("coupling", [0.3, [[0.1, 0.2], [0.2, 0.3]]])
def test_what_a_system_writes_is_a_level_scheme(tmp_path: Path, coupling: Any) -> None:
    system = System([Shell.orbital(2), Shell([0.1, 1 / 3], energy=-1 / 7)], 5, coupling)
    path = tmp_path / "system.toml"
    path.write_text(system.to_toml(), encoding="utf-8")
    assert read_levels(path).system() == system


def test_nuclear_strengths_are_divided_by_the_norms_of_the_pairs() -> None:
    text = "strengths = [[1.0, 0.6], [0.6, 0.5]]\n" + "".join(
        f"[[shells]]\nenergy = {j}\njj = {j}\n" for j in (1.5, 3.5)
    )
    coupling = np.array(parse_toml(text).coupling)
    assert coupling == pytest.approx(np.array([[1.0 / 2, 0.6 / 8**0.5], [0.6 / 8**0.5, 0.5 / 4]]), rel=1e-15)


def test_a_scheme_says_what_it_holds() -> None:
    assert repr(parse_csv("energy,degeneracy\n0,4\n")) == "<LevelScheme: 1 shell (M=4)>"
    many = parse_csv("energy,degeneracy,label\n" + "".join(f"{i},1,s{i}\n" for i in range(8)))
    assert repr(many) == "<LevelScheme: 8 shells (M=8): s0, s1, s2, s3, s4, s5, …>"


# -- tin -------------------------------------------------------------------------------------------


def test_tin_has_the_published_numbers() -> None:
    table = json.loads(PUBLISHED.read_text(encoding="utf-8"))["tin_five_shells"]
    scheme = tin_scheme()
    assert list(scheme.labels) == table["order"]
    assert [shell.pair_degeneracy for shell in scheme.shells] == table["pair_degeneracy"]
    assert [shell.energy for shell in scheme.shells] == table["energy"]
    matrix = tin(12).coupling_matrix
    for key, strength in table["V_upper_triangle"].items():
        i, j = int(key[0]) - 1, int(key[1]) - 1
        norm = (table["pair_degeneracy"][i] * table["pair_degeneracy"][j]) ** 0.5
        assert matrix[i, j] == matrix[j, i] == pytest.approx(strength / norm, rel=1e-15)
    assert "Volya" in scheme.source


def test_the_moments_of_tin_are_those_of_schmidt() -> None:
    g_s = abs(physical_constants["neutron g factor"][0])
    for label, shell in zip(tin_scheme().labels, tin_scheme().shells, strict=True):
        l, j = "spdfgh".index(label[0]), int(label[1:].split("/")[0]) / 2
        stretched = g_s / (2 * l + 1) * j  # |g_j| j with g_j = ±g_s/(2l + 1)
        assert shell.moments[0] == pytest.approx(stretched, rel=2e-6)


def test_tin_holds_32_neutrons() -> None:
    assert tin(32).electrons == 2 * tin(0).pair_degeneracy == 32
    with pytest.raises(InputError, match=r"`electrons` must lie in \[0, 32\], but is 33"):
        tin(33)
    with pytest.raises(InputError, match="`electrons` must be a whole number"):
        tin("12")  # type: ignore[arg-type]


# -- what is wrong ---------------------------------------------------------------------------------


def test_every_mistake_of_a_csv_table_is_named_at_once_by_line() -> None:
    text = """label,energy,degeneracy,moments,jj,g_factor
a,low,1,,,
# a comment counts as a line
b,0,1,1 2,,
a,0,0,,,
c,0,1,,
d,,,,2,
e,0,2.5,,,3
f,nan,,1 x,,
g,0,,-1,,

h,0,,,1/0,
i,0,1_0,,,
j,0,,,,"""
    found = mistakes(lambda t: parse_csv(t, "t.csv"), text)
    starts = [
        "line 2, column 2: `energy` must be one real number, but is 'low'.",
        "line 4: needs exactly one of degeneracy, states, pairs, moments, jj, orbital, hemisphere, "
        "but has degeneracy and moments.",
        "line 5, column 1: `label` 'a' stands in line 2 already.",
        "line 5, column 3: `degeneracy` must lie in [1, 20000], but is 0.",
        "line 6: has 5 cells, but the header names 6.",
        "line 7: `energy` is missing.",
        "line 7, column 5: `jj` must be half an odd number, but is 2.",
        "line 8, column 6: `g_factor` goes with `jj` only.",
        "line 8, column 3: `degeneracy` must be a whole number, but is 2.5.",
        "line 9, column 2: `energy` must be finite, but is nan.",
        "line 9, column 4: `moments` must hold real numbers, but holds [1, 'x'].",
        "line 10, column 4: `moments` must ",
        "line 12, column 5: `jj` must be one real number, but is '1/0'.",
        "line 13, column 3: `degeneracy` must be a whole number, but is '1_0'.",
        "line 14: needs exactly one of degeneracy, states, pairs, moments, jj, orbital, hemisphere, "
        "but has none.",
    ]
    assert len(found) == len(starts)
    for line, start in zip(found, starts, strict=True):
        assert line.startswith(f"t.csv: {start}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["levels: holds no level."]),
        ("# nothing\n\n", ["levels: holds no level."]),
        ("energy,degeneracy\n", ["levels: holds no level."]),
        ("degeneracy\n1\n", ["levels: line 1: the column `energy` is missing."]),
        (
            "energy,colour\n1,2\n",
            [
                "levels: line 1: `colour` is no column of a level scheme; it has energy, degeneracy, states, "
                "pairs, moments, jj, orbital, hemisphere, g_factor, label, magneton.",
                "levels: line 1: needs at least one of the columns degeneracy, states, pairs, moments, jj, "
                "orbital, hemisphere.",
            ],
        ),
        ("energy,jj,jj\n1,2,3\n", ["levels: line 1: the column `jj` is there 2 times."]),
        ('energy,jj\n0,1.5\n0,"1', ["levels: line 3: opens a quote that is not closed."]),
        ('energy,jj,label\n0,1.5,"a\n1,2.5,b\n', ["levels: line 2: opens a quote that is not closed."]),
        (
            'energy,jj,label\n0,1.5,"a\nb"\nx,.5,c\n',
            ["levels: line 4, column 1: `energy` must be one real number,"],
        ),
    ],
)
def test_a_table_without_sense_is_refused(text: str, words: list[str]) -> None:
    found = mistakes(parse_csv, text)
    assert len(found) == len(words)
    assert all(line.startswith(start) for line, start in zip(found, words, strict=True))


def test_every_mistake_of_a_toml_file_is_named_at_once_by_line() -> None:
    text = '''title = """
[[shells]]
energy = "this is text, not a table"
"""
colour = 3
electrons = 2.5
coupling = [[1, 2], [3, 1]]
[[shells]]
label = 7
energy = true

moments = [
  1, -2,
]
[[shells]] # the second
orbital = 5
spin = 3
[[ shells ]]
energy = 0.0
jj = "5/2"
'''
    found = mistakes(lambda t: parse_toml(t, "t.toml"), text)
    starts = [
        "line 5: `colour` is not known; a level scheme has title, source, electrons,",
        "line 6: `electrons` must be a whole number, but is 2.5.",
        "line 7: `coupling` must be a number or a 3×3 matrix, but has shape (2, 2).",
        "line 9: `label` must be a text, but is 7.",
        "line 10: `energy` must be one real number, but is True.",
        "line 12: `moments` must ",
        "line 15: `energy` is missing.",
        "line 17: `spin` is not known; a shell has energy, degeneracy,",
        "line 20: `jj` must be one real number, but is '5/2'.",
    ]
    assert len(found) == len(starts)
    for line, start in zip(found, starts, strict=True):
        assert line.startswith(f"t.toml: {start}")


SHELL = "[[shells]]\nenergy = 0\ndegeneracy = 2\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["levels: `shells` must be 1 to 10000 tables."]),
        ("\nshells = 3\n", ["levels: line 2: `shells` must be 1 to 10000 tables."]),
        ("\nshells = [3]\n", ["levels: line 2: a shell must be a table, but is 3."]),
        ("shells = [{energy = 0}]\n", ["levels: line 1: needs exactly one of degeneracy,"]),
        ("electrons = 5\n" + SHELL, ["levels: line 1: `electrons` must lie in [0, 4], but is 5."]),
        ('coupling = "x"\n' + SHELL, ["levels: line 1: `coupling` must be one real number, but is 'x'."]),
        ("strengths = [[1, 2]]\n" + SHELL, ["levels: line 1: `strengths` must be a number or a 1×1 matrix,"]),
        (
            "coupling = 1\nstrengths = 1\n" + SHELL,
            ["levels: line 2: `strengths` and `coupling` exclude each other."],
        ),
        ("source = 3\n" + SHELL, ["levels: line 1: `source` must be a text, but is 3."]),
        ("[shells", ["levels: is not valid TOML: "]),
        (
            "electrons = 1\nelectrons = 2\n",
            ["levels: is not valid TOML: Cannot overwrite a value (at line 2"],
        ),
    ],
)
def test_a_toml_file_without_sense_is_refused(text: str, words: list[str]) -> None:
    found = mistakes(parse_toml, text)
    assert len(found) == len(words)
    assert all(line.startswith(start) for line, start in zip(found, words, strict=True))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read: No such file"):
        read_levels(tmp_path / "none.csv")
    with pytest.raises(FileError, match=r"levels\.xlsx: a level scheme must be a \.csv or a \.toml file"):
        read_levels(tmp_path / "levels.xlsx")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match=r"binary\.csv: is not a text file in UTF-8"):
        read_levels(tmp_path / "binary.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileError, match="cannot be read: Is a directory"):
        read_levels(tmp_path / "folder.csv")
    with pytest.raises(FileError, match="cannot be read"):
        read_levels("a\0b.csv")
    with pytest.raises(InputError, match="`path` must be the path of a file, but is 3"):
        read_levels(3)  # type: ignore[arg-type]


def test_an_endless_table_is_cut_off() -> None:
    [line] = mistakes(parse_csv, "energy,degeneracy\n" + "0,1\n" * 10_001)
    assert line == "levels: line 10002: is one level more than the 10000 allowed."


@pytest.mark.parametrize(
    ("given", "missing"), [({"coupling": 0.1}, "electrons"), ({"electrons": 2}, "coupling")]
)
def test_what_neither_file_nor_call_says_is_asked_for(given: dict[str, Any], missing: str) -> None:
    with pytest.raises(InputError, match=f"`{missing}` must be given, for the level scheme has none"):
        parse_csv("energy,degeneracy\n0,2\n").system(**given)
