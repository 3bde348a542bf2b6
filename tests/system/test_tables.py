"""Tables as people have them: each is read as its author meant it, or the message asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quasispin.ensembles.canonical import Canonical
from quasispin.errors import FileError, InputError
from quasispin.observables import free_energy
from quasispin.system.examples import tin_scheme
from quasispin.system.schemes import LevelScheme, read_levels
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.units import BOHR, NUCLEAR

TWO = (Shell.spin(1, energy=-1.5), Shell.spin(2, energy=0.25))
J = (Shell.jj(3.5, energy=-6.121), Shell.jj(5.5, energy=-3.778))


def read(folder: Path, content: str | bytes, name: str = "levels.dat", **how: Any) -> LevelScheme:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_levels(path, **how)


def refusal(folder: Path, content: str | bytes, name: str = "levels.dat", **how: Any) -> list[str]:
    with pytest.raises(FileError) as caught:
        read(folder, content, name, **how)
    return str(caught.value).split("\n")


@pytest.mark.parametrize(
    "content",
    [
        "energy pairs\n-1.5 1\n0.25 2\n",
        "  ENERGY    Pairs\n   -1.5      1\n    0.25     2   \n",
        "Energy\tPairs\n-1.5\t1\n0.25\t2\n",
        "energy  pairs\n-1.5\t1\n0.25\t2\n",
        "energy;pairs\n-1,5;1\n0,25;2\n",
        "energy\tpairs\n-1,5\t1\n0,25\t2\n",
        "energy pairs\n-1,5 1\n0,25 2\n",
        "energy,pairs,\n-1.5,1,\n0.25,2,\n",
        "energy,pairs\n-1.5,1,,\n0.25,2,,\n",
        "energy pairs\n-0.15D+01 1\n2.5d-1 2\n",
        "energy pairs\n\N{MINUS SIGN}1.5 1\n2.5E\N{MINUS SIGN}1 2\n",
        "# from somewhere\n% a comment\n! another one\nenergy pairs\n-1.5 1 ! ground\n0.25 2 # and\n",
        "# energy pairs\n-1.5 1\n0.25 2\n",
        "# columns:\n#   energy   states\n-1.5 2\n0.25 4\n",
        "energy states\n-1.5 2\n0.25 4\n",
        "E 2j+1\n-1.5 2\n0.25 4\n",
        "energy pairs parity occupation Nilsson\n-1.5 1 + 1.98 1/2[420]\n0.25 2 - 0.1 3/2[411]\n",
        ",energy,pairs\n0,-1.5,1\n1,0.25,2\n",
        "   energy  pairs\n0    -1.5      1\n1    0.25      2\n",
        "Unnamed: 0,energy,pairs\n0,-1.5,1\n1,0.25,2\n",
        "nr;energy;pairs\n1;-1,5;1\n2;0,25;2\n",
        "\ufeffenergy,pairs\r\n-1.5,1\r\n0.25,2\r\n",
        "energy,pairs\r-1.5,1\r0.25,2\r",
        '"energy","pairs"\n"-1.5","1"\n"0.25","2"\n',
        'energy,pairs\n"-1,5",1\n"0,25",2\n',
        "energy pairs\n-1.5 1.0\n.25 2.\n",
        "energy\tpairs\n-1,5\t1\n0,25\t2\n".encode("utf-16"),
        b"\xfe\xff" + "energy\tpairs\r\n\N{MINUS SIGN}1,5\t1\r\n0,25\t2\r\n".encode("utf-16-be"),
    ],
)
@pytest.mark.parametrize("name", ["levels.csv", "levels.dat"])
def test_the_same_two_levels_are_read_however_they_are_written(
    tmp_path: Path, content: str | bytes, name: str
) -> None:
    scheme = read(tmp_path, content, name)
    assert scheme.shells == TWO
    assert scheme.report.startswith("levels read: 2, energy in column ")
    assert "\n" not in scheme.report


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("energy (MeV),pairs", "MeV"),
        ("E [keV],pairs", "keV"),
        ("energy/eV,pairs", "eV"),
        ("energy_meV,pairs", "meV"),
        ("Energy in meV,pairs", "meV"),
        ("E (cm-1),pairs", "cm-1"),
        ("energy,pairs", None),
    ],
)
def test_the_header_names_the_unit(tmp_path: Path, header: str, unit: str | None) -> None:
    scheme = read(tmp_path, f"{header}\n-1.5,1\n0.25,2\n")
    assert (scheme.shells, scheme.energy_unit) == (TWO, unit)
    assert f"energy in column 1{f', {unit}' if unit else ''};" in scheme.report
    spaced = (
        read(tmp_path, f"{header.replace(',', '  ')}\n-1.5 1\n0.25 2\n") if "in" not in header else scheme
    )
    assert spaced.energy_unit == unit


@pytest.mark.parametrize(
    "content",
    [
        "j energy\n7/2 -6.121\n11/2 -3.778\n",
        "label,j,E,2j+1\ng7/2,3.5,-6.121,8\nh11/2,5.5,-3.778,12\n",
        "nlj;2j;energy (MeV)\n0g7/2;7;-6,121\n0h11/2;11;-3,778\n",
        "jj,energy,degeneracy\n7/2,-6.121,8\n11/2,-3.778,12\n",
        "jj,energy,degeneracy\n7/2,-6.121,4\n11/2,-3.778,6\n",
    ],
)
def test_j_shells_have_moments_of_a_nucleus_and_may_repeat_their_degeneracy(
    tmp_path: Path, content: str
) -> None:
    scheme = read(tmp_path, content)
    assert scheme.shells == J
    assert scheme.report.endswith("2 shells of 10 pairs, moments in μ_N")
    assert {shell.magneton for shell in read(tmp_path, content, magneton=BOHR).shells} == {BOHR}


def test_a_degeneracy_beside_j_that_is_not_that_of_j_is_refused(tmp_path: Path) -> None:
    [line] = refusal(tmp_path, "jj,energy,degeneracy\n7/2,-6,8\n5/2,-3,4\n")
    assert line == ("levels.dat: line 3, column 3: `degeneracy` must be that of `jj`, 3 or 6, but is 4.")
    [line] = refusal(tmp_path, "jj,energy,states\n7/2,-6,4\n")
    assert line == "levels.dat: line 2, column 3: `states` must be that of `jj`, 8, but is 4."


# -- degeneracy ------------------------------------------------------------------------------------


def test_eight_doublets_are_eight_pairs_or_sixteen_and_the_report_says_which(tmp_path: Path) -> None:
    doublets = "energy degeneracy\n" + "".join(f"{e} 2\n" for e in range(8))
    usual = read(tmp_path, doublets)
    assert sum(shell.pair_degeneracy for shell in usual.shells) == 16
    assert "degeneracy counts pairs (the default; say `degeneracy` if it counts states)" in usual.report
    states = read(tmp_path, doublets, degeneracy="states")
    assert sum(shell.pair_degeneracy for shell in states.shells) == 8
    assert "degeneracy counts states;" in states.report
    pairs = read(tmp_path, doublets, degeneracy="pairs")
    assert pairs.shells == usual.shells
    assert "degeneracy counts pairs;" in pairs.report


def test_states_come_in_pairs(tmp_path: Path) -> None:
    assert refusal(tmp_path, "energy,states\n0,2\n1,3\n2,5\n") == [
        "levels.dat: line 3, column 2: `states` counts states and must be even, but is 3.",
        "levels.dat: line 4, column 2: `states` counts states and must be even, but is 5.",
    ]


@pytest.mark.parametrize("key", ["states = 4", "pairs = 2", "degeneracy = 2"])
def test_toml_knows_states_and_pairs_too(tmp_path: Path, key: str) -> None:
    scheme = read(tmp_path, f"[[shells]]\nenergy = 0.25\n{key}\n", "levels.toml")
    assert scheme.shells == (Shell.spin(2, energy=0.25),)
    assert ("degeneracy counts pairs" in scheme.report) == key.startswith("degeneracy")
    content = f"\ufeff[[shells]]\r\nenergy = 0.25\r\n{key}\r\n"
    assert read(tmp_path, content.encode("utf-16"), "levels.toml").shells == scheme.shells


# -- single states, equal levels ---------------------------------------------------------------------


def m_states(scheme: LevelScheme, *, both: bool) -> str:
    rows = [
        f"{shell.energy} {sign * m}\n"
        for shell in scheme.shells
        for m in shell.moments
        for sign in ((1, -1) if both else (1,))
    ]
    return "energy m\n" + "".join(sorted(rows))


@pytest.mark.parametrize("both", [True, False])
def test_rows_of_single_m_states_become_the_shells_of_their_energies(tmp_path: Path, both: bool) -> None:
    tin = tin_scheme()
    found = read(tmp_path, m_states(tin, both=both), magneton=NUCLEAR)
    assert set(found.shells) == set(tin.shells)
    kind = "32 rows of single m-states" if both else "16 rows of pairs ±m"
    assert f"{kind} became 5 shells of equal energy" in found.report


def test_m_of_j_shells_times_their_g_factor_is_the_moment(tmp_path: Path) -> None:
    content = "2m,energy,g_factor\n1,0.5,-0.3\n-1,0.5,-0.3\n3,0.5,-0.3\n-3,0.5,-0.3\n"
    assert read(tmp_path, content).shells == (Shell([0.3 / 2, 0.3 * 1.5], 0.5, magneton=NUCLEAR),)


def test_a_state_without_its_time_reversed_partner_is_named(tmp_path: Path) -> None:
    content = "energy m\n0 1\n0 -1\n0 2\n1 2\n1 -2\n1 -2\n"
    assert refusal(tmp_path, content) == [
        "levels.dat: line 4, column 2: the state m = 2 at energy 0 has no time-reversed partner m = -2.",
        "levels.dat: line 7, column 2: the state m = -2 at energy 1 has no time-reversed partner m = 2.",
    ]


def test_sixteen_rows_of_five_energies_cost_what_the_five_shells_cost(tmp_path: Path) -> None:
    tin = tin_scheme()
    rows = "".join(f"{shell.energy},{m!r}\n" for shell in tin.shells for m in shell.moments)
    found = read(tmp_path, "energy,moments\n" + rows, magneton=NUCLEAR)
    assert found.shells == tin.shells
    assert "16 rows of 5 energies merged into one shell for each" in found.report
    apart = read(tmp_path, "energy,moments\n" + rows, magneton=NUCLEAR, merge=False)
    assert len(apart.shells) == 16
    assert "merged" not in apart.report
    merged, single = (Canonical(one.system(4, 0.2)) for one in (found, apart))
    assert merged.estimate().tuples < single.estimate().tuples / 10
    assert free_energy(merged, 0.3, 0.1) == pytest.approx(free_energy(single, 0.3, 0.1), rel=1e-13)


def test_labels_of_merged_rows_are_kept(tmp_path: Path) -> None:
    found = read(tmp_path, "label,energy,pairs\na,0,1\nb,0,2\nc,1,1\n")
    assert (found.labels, found.shells[0]) == (("a + b", "c"), Shell.spin(3))


def test_toml_keeps_shells_of_equal_energy_apart_and_says_so(tmp_path: Path) -> None:
    system = System([Shell.spin(1), Shell.spin(2)], 2, 0.3)
    kept = read(tmp_path, system.to_toml(), "levels.toml")
    assert kept.system() == system
    assert "of 1 energies only, which merge=True makes one shell each" in kept.report
    assert read(tmp_path, system.to_toml(), "levels.toml", merge=True).shells == (Shell.spin(3),)


# -- what is asked -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words", "settled", "shells"),
    [
        (
            "-1.5 1\n0.25 2\n",
            "line 1: has no header: say by `columns`",
            {"columns": ["energy", "pairs"]},
            TWO,
        ),
        ("a -1.5 1\nb 0.25 2\n", "has no header", {"columns": [None, "energy", "pairs"]}, TWO),
        (
            "energy\n-1.5\n0.25\n0.25\n",
            "Where each row is one state or one pair say degeneracy='states' or degeneracy='pairs'.",
            {"degeneracy": "pairs"},
            TWO,
        ),
        (
            "energy\n-1.5\n-1.5\n0.25\n0.25\n0.25\n0.25\n",
            "Where each row is one state or one pair",
            {"degeneracy": "states"},
            TWO,
        ),
        (
            "energy\tpairs\n1,500\t1\n2,250\t2\n",
            "line 2: '1,500' may be thousands or a decimal comma: say by `decimal`",
            {"decimal": ","},
            (Shell.spin(1, energy=1.5), Shell.spin(2, energy=2.25)),
        ),
        (
            "energy\tpairs\n1,500\t1\n2,250\t2\n",
            "thousands",
            {"decimal": "."},
            (Shell.spin(1, energy=1500), Shell.spin(2, energy=2250)),
        ),
        (
            "energy;pairs\n1,5;1\n2.25;2\n",
            "has numbers with points and with commas, such as '1,5': say by `decimal`",
            None,
            None,
        ),
        ("energy g\n0 2\n", "the column `g` may be a degeneracy or a g factor: name it", None, None),
    ],
)
def test_an_ambiguity_is_asked_with_the_keyword_that_settles_it(
    tmp_path: Path, content: str, words: str, settled: dict[str, Any] | None, shells: Any
) -> None:
    assert any(words in line for line in refusal(tmp_path, content))
    if settled is not None:
        assert read(tmp_path, content, **settled).shells == shells


@pytest.mark.parametrize("digit", ["٣", "１", "३", "²"])
def test_digits_of_other_scripts_are_refused_by_line_and_column(tmp_path: Path, digit: str) -> None:
    assert refusal(tmp_path, f"energy,pairs\n0,{digit}\n{digit},2\n") == [
        f"levels.dat: line 2, column 2: `pairs` must be a whole number, but is {digit!r}.",
        f"levels.dat: line 3, column 1: `energy` must be one real number, but is {digit!r}.",
    ]


def test_decimal_commas_between_commas_are_told_what_they_need(tmp_path: Path) -> None:
    lines = refusal(tmp_path, "energy,pairs\n0,5,1\n1,5,2\n")
    assert [line.partition(": ")[2] for line in lines] == [
        f"line {line}: has 3 cells, but the header names 2: decimal commas need another separator, "
        "such as semicolons."
        for line in (2, 3)
    ]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    for content in (b"energy,pairs\n\xe4,1\n", b"energy,pairs\n0,1\x00\n", b"\xff\xfe\x00"):
        [line] = refusal(tmp_path, content)
        assert line == "levels.dat: is not a text file in UTF-8 or UTF-16 with a byte-order mark."


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"degeneracy": "both"}, "`degeneracy` must be one of None, states, pairs, but is 'both'."),
        ({"decimal": ";"}, "`decimal` must be one of"),
        ({"merge": "yes"}, "`merge` must be one of"),
        ({"magneton": "mine"}, "`magneton` must be units.BOHR or units.NUCLEAR"),
        ({"columns": "energy"}, "`columns` must be a list of names, but is 'energy'."),
        ({"columns": ["colour"]}, "`columns` must be one of"),
    ],
)
def test_a_wrong_keyword_is_one_sentence(tmp_path: Path, how: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, "energy,pairs\n0,1\n", **how)
    assert str(caught.value).startswith(words)
