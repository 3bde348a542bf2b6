"""What is shown of the package where there is no repository beside its text."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(name="long_description")
def _long_description() -> Callable[[str], str]:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[str], str] = module.long_description
    return found


def test_the_long_description_has_no_picture_and_no_link_into_the_repository(
    long_description: Callable[[str], str],
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = long_description(readme)
    assert "](docs" in readme
    assert re.findall(r"!?\[[^\]]*\]\((?!https://)[^)]*\)", text) == []
    kept = re.findall(r"\]\(https://[^)]*\)", readme)
    assert re.findall(r"\]\(https://[^)]*\)", text) == kept
    assert text.startswith("# quasispin\n")
    for line in readme.splitlines():
        if line.startswith(("#", "    ", "import", "print")):
            assert line in text


def test_pictures_go_and_words_stay(long_description: Callable[[str], str]) -> None:
    link = "[a paper](https://arxiv.org/abs/1)"
    text = f"One [page](docs/a.md), {link}.\n\n![A curve](docs/a.png)\n\n[![B](b.png)](c.md)\n\nEnd.\n"
    assert long_description(text) == f"One page, {link}.\n\nEnd.\n"
