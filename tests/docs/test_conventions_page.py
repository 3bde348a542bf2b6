"""The page on conventions: its snippets print what it shows, its level schemes are read, its names exist."""

from __future__ import annotations

import contextlib
import io
import re
import textwrap
from pathlib import Path
from typing import Any

from quasispin import conventions
from quasispin.system.schemes import parse_csv, parse_toml
from quasispin.system.shell import Shell
from quasispin.units import BOHR, NUCLEAR

PAGE = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text(encoding="utf-8")
SNIPPET = re.compile(r"^```python\n(?P<code>.*?)^```$(?:\s*^```text\n(?P<output>.*?)^```$)?", re.M | re.S)


def test_the_snippets_print_what_the_page_shows() -> None:
    snippets = list(SNIPPET.finditer(PAGE))
    assert len(snippets) == PAGE.count("```python")
    names: dict[str, Any] = {}
    for snippet in snippets:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(snippet["code"], "conventions.md", "exec"), names)
        assert printed.getvalue() == (snippet["output"] or "")


def test_every_conversion_is_on_the_page_and_exists() -> None:
    named = set(re.findall(r"`(\w+_(?:from|with|without)_\w+)`", PAGE))
    assert named == set(conventions.__all__)


def test_the_level_schemes_of_the_page_are_read() -> None:
    [table] = re.findall(r"^    label, energy.*?(?=^$)", PAGE, re.M | re.S)
    lower, nuclear = (Shell([2.5, 1, 0.5], magneton=magneton) for magneton in (BOHR, NUCLEAR))
    assert parse_csv(textwrap.dedent(table)).shells == (lower, Shell.spin(3, energy=0.7))
    [file] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)
    assert parse_toml(file).system().shells == (nuclear, Shell.jj(2.5, 0.4, energy=0.7))
