"""The reference is complete: every public name and every command stands on exactly one of its pages."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import quasispin
from quasispin.cli.app import main

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "reference").glob("*.md"))
ENTRY = re.compile(r"^\.\. (?:auto\w+|observable|py:\w+):: quasispin\.(?P<name>\w+)(?:\(\))?$", re.M)
COMMAND = re.compile(r"^\.\. command:: (?P<name>\S+)$", re.M)


def test_every_public_name_stands_on_one_page_of_the_reference() -> None:
    found = Counter(name for page in PAGES for name in ENTRY.findall(page.read_text(encoding="utf-8")))
    assert found == Counter(dir(quasispin))


def test_every_command_stands_on_one_page_of_the_reference() -> None:
    found = Counter(name for page in PAGES for name in COMMAND.findall(page.read_text(encoding="utf-8")))
    assert found == Counter(list(main.commands))


def test_every_group_of_the_reference_is_in_its_table() -> None:
    index = (DOCS / "reference" / "index.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| \[.*\]\((\S+)\)", index, re.M)) == [
        page.name for page in PAGES if page.name != "index.md"
    ]
