"""The tutorial tells the truth: its snippets are ten lines each and print what it shows."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "tutorial.md").read_text(encoding="utf-8")
SNIPPET = re.compile(r"^```python\n(?P<code>.*?)^```$\s*^```text\n(?P<output>.*?)^```$", re.M | re.S)


def test_the_snippets_print_what_the_tutorial_shows() -> None:
    snippets = list(SNIPPET.finditer(PAGE))
    assert len(snippets) == PAGE.count("```python") == 2
    names: dict[str, Any] = {}
    for snippet in snippets:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(snippet["code"], "tutorial.md", "exec"), names)
        assert printed.getvalue() == snippet["output"]


def test_the_snippets_have_ten_lines_at_most() -> None:
    for snippet in SNIPPET.finditer(PAGE):
        assert len([line for line in snippet["code"].splitlines() if line]) <= 10


def test_the_command_prints_the_verdict_that_the_tutorial_shows() -> None:
    from quasispin.cli.app import main

    [words] = re.findall(r"^    quasispin (.+)$", PAGE, re.M)
    ran = CliRunner().invoke(main, words.split())
    assert ran.exit_code == 0
    verdict = re.findall(r"^```text\n(.*?)^```$", PAGE, re.M | re.S)[-1]
    assert verdict.startswith("Is the single-shell model valid here?")
    assert verdict in ran.output


def test_files_that_the_tutorial_links_exist() -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", PAGE):
        assert (DOCS / target).exists(), target
