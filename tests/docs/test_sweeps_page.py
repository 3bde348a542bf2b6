"""The page on sweeps: its snippets print what it shows, and its arithmetic is right."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from quasispin.cli.app import main

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "sweeps.md").read_text(encoding="utf-8")
SNIPPET = re.compile(r"^```python\n(?P<code>.*?)^```$(?:\s*^```text\n(?P<output>.*?)^```$)?", re.M | re.S)


def test_the_snippets_print_what_the_page_shows() -> None:
    snippets = list(SNIPPET.finditer(PAGE))
    assert len(snippets) == PAGE.count("```python")
    names: dict[str, Any] = {}
    for snippet in snippets:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(snippet["code"], "sweeps.md", "exec"), names)
        assert printed.getvalue() == (snippet["output"] or "")


def test_the_options_of_the_page_exist() -> None:
    help_text = CliRunner().invoke(main, ["sweep", "--help"]).output
    for option in ("--workers", "--dask", "--plan", "--dry-run", "--progress", "--json"):
        assert option in PAGE
        assert option in help_text


def test_the_survey_on_paper_adds_up() -> None:
    """From the measured rates that the page names."""
    systems = sum(4 * l + 3 for l in range(2, 81))
    assert f"{systems:,}".replace(",", " ") in PAGE
    points = systems * 10**6
    rate = {20: 0.65e-6, 40: 0.84e-6, 80: 1.43e-6}
    slope = (rate[80] - rate[20]) / 60
    seconds = sum((4 * l + 3) * 10**6 * (rate[20] + slope * (l - 20)) for l in range(2, 81))
    assert round(seconds / 1e4, 1) == 1.4
    assert round(seconds / points * 1e6, 1) == 1.1
    assert round(seconds / 3600) == 4
    assert round(8 * points / 1e9) == 106
    assert round(8 * points / 100e6 / 60) == 18
    assert round(6 * 8 * points / 1e9, -1) == 630
    assert round((4 * 80 + 3) * 8e6 / 1e9, 1) == 2.6
