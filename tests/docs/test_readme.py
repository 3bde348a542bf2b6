"""The README tells the truth: its snippets run and print what it shows, its run file and commands exist."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

SNIPPET = re.compile(r"^```python\n(?P<code>.*?)^```$(?:\s*^```text\n(?P<output>.*?)^```$)?", re.M | re.S)
RUN_FILE = re.compile(r"^<!-- run\.toml -->\n```toml\n(?P<text>.*?)^```\n<!-- /run\.toml -->$", re.M | re.S)
COMMAND = re.compile(r"^    quasispin (?P<words>.+)$", re.M)


@pytest.fixture
def _no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")


@pytest.mark.usefixtures("_no_window")
def test_readme_prints_what_its_snippets_print() -> None:
    snippets = list(SNIPPET.finditer(README))
    assert snippets
    names: dict[str, Any] = {}
    for snippet in snippets:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(snippet["code"], "README.md", "exec"), names)
        assert printed.getvalue().splitlines() == (snippet["output"] or "").splitlines()

    import matplotlib.pyplot as plt

    assert plt.get_fignums()  # the last line draws
    plt.close("all")


def test_run_file_in_the_readme_is_the_example() -> None:
    shown = RUN_FILE.findall(README)
    assert shown == [(ROOT / "examples" / "run.toml").read_text(encoding="utf-8")]


def test_commands_in_the_readme_exist_with_their_options() -> None:
    from quasispin.cli.app import main

    lines = [match["words"].split() for match in COMMAND.finditer(README)]
    assert lines
    for name, *rest in lines:
        command = main.commands[name]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("-")} <= known


def test_files_that_the_readme_links_exist() -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
