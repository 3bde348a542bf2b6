"""Pages that the build executes: their cells are code, and what they promise can be counted."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from quasispin.paper.claims import CLAIMS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        DOCS / "start.md",
        *(page for folder in ("physics", "howto", "gallery") for page in (DOCS / folder).glob("*.md")),
    ]
)
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
CELL = re.compile(
    r"^```\{code-cell\}\n(?P<head>---\n(?:.*\n)*?---\n|(?::[\w-]+:.*\n)*)(?P<code>(?:.*\n)*?)```$", re.M
)
STRIP = 200 * 1024
"""Bytes that the README's strip may have."""


def cells(page: Path) -> list[tuple[str, str]]:
    """Options and code of every cell of a page."""
    return [(found["head"], found["code"]) for found in CELL.finditer(page.read_text(encoding="utf-8"))]


def parsed(code: str) -> ast.Module:
    """The code without the lines that only a notebook understands."""
    return ast.parse(re.sub(r"^%.*$", "", code, flags=re.M))


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def notebook(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_cell_of_a_page_is_python(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = cells(page)
    assert len(found) == text.count("```{code-cell}")
    for _, code in found:
        parsed(code)
    assert bool(found) == text.startswith("---\nfile_format: mystnb\n")


def test_the_gallery_has_ten_figures_of_ten_lines_at_most() -> None:
    page = DOCS / "gallery" / "index.md"
    shown = [code for head, code in cells(page) if "remove-cell" not in head]
    assert len(shown) == len(re.findall(r"^## ", page.read_text(encoding="utf-8"), re.M)) == 10
    for code in shown:
        assert len([line for line in code.splitlines() if line.strip()]) <= 10
        assert "import quasispin as qs" in code  # each stands for itself


def test_the_strip_shows_figures_of_the_gallery_and_is_small() -> None:
    source = (DOCS / "images" / "make.py").read_text(encoding="utf-8")
    [shown] = [
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SHOWN"
    ]
    headings = re.findall(r"^## (.*)$", (DOCS / "gallery" / "index.md").read_text(encoding="utf-8"), re.M)
    assert set(shown) <= set(headings)
    assert (DOCS / "images" / "gallery.png").stat().st_size < STRIP


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_python_without_outputs_and_need_only_what_the_package_needs(path: Path) -> None:
    content = notebook(path)
    assert content["nbformat"] == 4
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    for cell in code:
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        tree = parsed("".join(cell["source"]))
        assert imported(tree) <= {"IPython", "matplotlib", "numpy", "quasispin"}  # IPython runs it


def test_there_are_three_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["aluminium", "the-paper", "tin"]


def test_the_paper_in_one_notebook_shows_the_claims_of_its_figures() -> None:
    text = json.dumps(notebook(DOCS / "notebooks" / "the-paper.ipynb"))
    asked = set(re.findall(r"beside\(\\\"(\w+)\\\"\)", text))
    assert asked <= {claim.figure for claim in CLAIMS}
    assert {"fig1", "fig2", "fig4", "fig5"} <= asked


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=lambda page: str(page.relative_to(DOCS)))
def test_files_that_a_page_links_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        text = "\n".join(
            "".join(cell["source"]) for cell in notebook(page)["cells"] if cell["cell_type"] == "markdown"
        )
    for target in re.findall(r"\]\((?!https?://)([^)#\s]+)[^)]*\)", CELL.sub("", text)):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("folder", ["physics", "howto"])
def test_every_page_of_a_chapter_is_in_its_table_and_its_tree(folder: str) -> None:
    index = (DOCS / folder / "index.md").read_text(encoding="utf-8")
    pages = {page.stem for page in (DOCS / folder).glob("*.md")} - {"index"}
    assert set(re.findall(r"\]\(([\w-]+)\.md\)", index)) == pages
    [tree] = re.findall(r"```\{toctree\}\n:hidden:\n\n(.*?)```", index, re.S)
    assert set(tree.split()) == pages
