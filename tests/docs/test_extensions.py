"""What the pages' own extensions of Sphinx make of a document."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

nodes: Any = importlib.import_module("docutils.nodes")
utils: Any = importlib.import_module("docutils.utils")

DOCS = Path(__file__).parents[2] / "docs"


def extension(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def document(*children: Any) -> Any:
    whole = utils.new_document("page.md")
    whole += children
    return whole


def typeset(*children: Any) -> str:
    whole = document(nodes.paragraph("", "", *children))
    extension("typeset").Formulas(whole).run()
    return str(whole[0])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Δ_c falls", "Δ<subscript>c</subscript> falls"),
        ("10^−3", "10<superscript>−3</superscript>"),
        ("χ_D/χ_Landau", "χ<subscript>D</subscript>/χ<subscript>Landau</subscript>"),
        ("M = 23 in 5 ms", "M\u00a0=\u00a023 in 5\u00a0ms"),
        ("5 states", "5 states"),
    ],
)
def test_formulas_in_text_are_set(text: str, shown: str) -> None:
    assert typeset(nodes.Text(text)) == f"<paragraph>{shown}</paragraph>"


def test_a_formula_and_its_stop_stay_on_one_line_however_often() -> None:
    parts = [nodes.Text("of "), nodes.math("", "a"), nodes.Text(", "), nodes.math("", "b"), nodes.Text(", ")]
    kept = '<inline classes="kept"><math>{}</math>,</inline> '
    assert typeset(*parts) == f"<paragraph>of {kept.format('a')}{kept.format('b')}</paragraph>"


def test_code_is_left_alone() -> None:
    assert typeset(nodes.literal("", "Δ_c = 5 ms")) == "<paragraph><literal>Δ_c = 5 ms</literal></paragraph>"


def stderr(text: str) -> Any:
    return nodes.literal_block(text, text, classes=["output", "stderr"])


def test_what_is_said_while_compiling_is_left_out() -> None:
    said = stderr("Compiling for this machine, once.\nCompiled single_shell_sum in 9.5 s.\n")
    whole = document(said, nodes.paragraph("", "after"))
    extension("cells").StandardError(whole).run()
    assert [child.astext() for child in whole] == ["after"]


def test_anything_else_on_standard_error_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    cells, heard = extension("cells"), []
    monkeypatch.setattr(cells.LOGGER, "warning", lambda *words, **_: heard.append(words[-1]))
    whole = document(stderr("RuntimeWarning: divide by zero"))
    cells.StandardError(whole).run()
    assert heard == ["RuntimeWarning: divide by zero"]
    assert len(whole) == 1


def test_the_notes_left_out_are_those_that_the_package_prints() -> None:
    from quasispin.compiled.compilation import NOTE

    assert extension("cells").COMPILATION.fullmatch(NOTE)
