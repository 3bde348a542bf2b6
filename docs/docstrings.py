"""Docstrings as they are written, for readers of text, made into pages.

Indented formulas become blocks, the signs of a formula are no markup, and a name between single backticks is
a link where it is public. Types in signatures are linked to the page of their public name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.ext.napoleon import NumpyDocstring

import quasispin

PUBLIC = frozenset(quasispin.__all__)
HOMES = {f"{home}.{name}": f"quasispin.{name}" for name, home in quasispin._HOME_OF.items()}
VALUES = ("attribute", "data", "property")

APART = re.compile(r"(``.*?``|`.*?`|(?<!\S)\*\w[\w -]*\w\*)")  # code, and what is stressed
NAMES = re.compile(r"\s*\*{0,2}\w+(, \*{0,2}\w+)*")  # of parameters
LETTER = re.compile(r"\s*[A-Za-z](?=\.(\s|$))")  # "N." is no item of a list
SIGN = re.compile(r"(?<!\*)\*(?!\*)|\||_(?=[^\w{]|$)")
ALIAS = re.compile(
    r"TypeAliasForwardRef\('(?P<quoted>\w+)'\)"
    r"|(?P<array>ndarray\[tuple\[Any, \.\.\.\], dtype\[float64\]\])"
    r"|\bnpt\.(?=Arr)"
)


def as_rst(line: str) -> str:
    """A line of a docstring as reStructuredText."""
    parts = APART.split(line)
    parts[::2] = [SIGN.sub(r"\\\g<0>", part) for part in parts[::2]]
    text = "".join(parts)
    return LETTER.sub(r"\g<0>\\", text, count=1) if LETTER.match(line) else text


def as_written(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """A docstring as reStructuredText, in place."""
    found: list[str] = []
    block = -1  # the indentation left of a formula that stands alone
    for k, line in enumerate(lines):
        depth = len(line) - len(line.lstrip())
        if block >= 0 and line.strip() and depth <= block:
            block = -1
        if block >= 0:
            found.append(re.sub(r" {4,}\(", "   (", line))
        elif line.lstrip().startswith((">>>", "...")) or NAMES.fullmatch(line):
            found.append(line)
        elif line.rstrip().endswith(":") and _is_block(lines[k + 1 :], depth):
            found.append(as_rst(line.rstrip().removesuffix(":")) + "::")
            block = depth
        else:
            found.append(as_rst(line))
    if what not in VALUES:  # of these napoleon would take "Word: text" for a type and its description
        found = NumpyDocstring("\n".join(found), app.config, app, what, name, obj, options).lines()
    lines[:] = found


def short_types(*event: Any) -> tuple[str | None, str | None]:
    """The types of a signature by the short names that the sources give them."""
    arguments, result = event[-2:]
    return _short(arguments), _short(result)


def public_name(app: Sphinx, env: Any, node: Any, content: nodes.Node) -> nodes.Node | None:
    """Annotations name a class where it lives; its page has the name that users import."""
    domain = env.get_domain("py")
    name = HOMES.get(node["reftarget"])
    if node.get("refdomain") != "py" or name not in domain.objects:
        return None
    found: nodes.Node = domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, content)
    return found


def code(
    name: str, raw: str, text: str, line: int, inliner: Any, options: Any = None, content: Any = ()
) -> tuple[list[nodes.Node], list[Any]]:
    """What stands between single backticks: a link where it names something public, else code."""
    del name, line, options, content
    public = text.removesuffix("()").removeprefix("quasispin.")
    if public not in PUBLIC:
        return [nodes.literal(raw, text)], []
    link = pending_xref(
        raw,
        nodes.literal(raw, text, classes=["xref", "py", "py-obj"]),
        refdomain="py",
        reftype="obj",
        refexplicit=False,
        refwarn=True,
        refdoc=inliner.document.settings.env.docname,
        reftarget=f"quasispin.{public}",
    )
    return [link], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to autodoc."""
    app.add_role("code-or-link", code)
    app.connect("autodoc-process-docstring", as_written)
    app.connect("autodoc-process-signature", short_types)
    app.connect("missing-reference", public_name)
    return {"parallel_read_safe": True}


def _is_block(following: Sequence[str], depth: int) -> bool:
    """Whether an empty line and deeper lines follow."""
    if not following or following[0].strip():
        return False
    rest = next((line for line in following if line.strip()), "")
    return len(rest) - len(rest.lstrip()) > depth


def _short(text: str | None) -> str | None:
    return text and ALIAS.sub(lambda found: found["quoted"] or ("Array" if found["array"] else ""), text)
