"""Every key of a TOML file is found in its line, whatever stands in strings and comments."""

from __future__ import annotations

import tomllib

import pytest

from quasispin.errors import FileError
from quasispin.system.schemes import parse_toml
from quasispin.system.toml_lines import TomlLines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('shells=[{energy=0,degeneracy=1},\n{energy="x",degeneracy=1}]', 2),
        ('shells = [\n  {energy=0, degeneracy=1}, # {\n\n  {degeneracy=1, energy="x"},\n]', 4),
        ('shells = [{energy=0, moments=[\n1.0,\n2.0]}, {energy="x", moments=[1.0]}]', 3),
        ('shells = [{label="a}, {b", energy=0, degeneracy=1},\n\n{energy="x", degeneracy=1}]', 3),
        ('# """ opens nothing\n[[shells]]\nenergy="x"\ndegeneracy=1\n# """', 3),
        ("title='say \"\"\" x'\n[[shells]]\nenergy='x'\nlabel='\"\"\"'\ndegeneracy=1", 3),
        ('title="""\n[[shells]]\nenergy = 1\n"""\n[[shells]]\n"energy" = "x"\ndegeneracy=1', 6),
        ('title="a # b \\" c"\n[[ "shells" ]] # two\ndegeneracy=1\nenergy = "x" # energy = 1', 4),
        ("title='''\r\nenergy=1'''\r\n[[shells]]\r\ndegeneracy=1\r\nenergy='x'\r\n", 5),
        ('[[shells]]\ndegeneracy=1\nlabel="a\u2028b"\nenergy="x"\n', 4),
    ],
)
def test_a_wrong_energy_is_named_by_its_line(text: str, line: int) -> None:
    with pytest.raises(FileError) as caught:
        parse_toml(text)
    assert str(caught.value).startswith(f"levels: line {line}: `energy` must be one real number")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["# one\n[shells]\nenergy=1", "title=''\nshells.energy=1", "\nshells = []"])
def test_shells_that_are_no_tables_are_named_by_their_line(text: str) -> None:
    with pytest.raises(FileError, match=r"^levels: line 2: `shells` must be 1 to 10000 tables\.$"):
        parse_toml(text)


def test_keys_of_other_tables_are_not_those_of_a_shell() -> None:
    text = "[[shells]]\ndegeneracy=1\n[shells.more]\nenergy=3\n[[shells]]\nenergy=1\n[other]\ndegeneracy=2\n"
    tomllib.loads(text)
    lines = TomlLines(text, "shells")
    assert (lines.top("shells"), lines.top("other")) == (None, 7)
    first, second, third = (lines.of_table("shells", i) for i in range(3))
    assert [first(key) for key in (None, "degeneracy", "more", "energy")] == [1, 2, 3, 1]
    assert [second(key) for key in (None, "energy", "degeneracy")] == [5, 6, 5]
    assert third("energy") is None
