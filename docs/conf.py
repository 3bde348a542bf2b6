"""How Sphinx builds these pages: executed, every warning an error, nothing fetched from outside.

uv run --group docs sphinx-build -n -W --keep-going -b html docs docs/_build
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import shutil
from pathlib import Path
from typing import Any

project = "quasispin"
author = "The quasispin developers"
copyright = author
release = version = importlib.metadata.version("quasispin")

extensions = ["myst_nb", "sphinx.ext.mathjax"]
exclude_patterns = ["_build", "images"]
nitpicky = True

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3  # links such as physics.md#1-the-box, as on GitHub

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 240
nb_execution_show_tb = True
nb_merge_streams = True

html_theme = "furo"
html_title = f"quasispin {release}"
html_static_path = ["_static"]
html_css_files = ["quasispin.css"]
html_show_sphinx = False

MATHJAX = "mathjax"
NEEDED = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2")
"""Of MathJax: TeX to HTML in one file, what it loads on demand, and its fonts."""
mathjax_path = f"{MATHJAX}/{NEEDED[0]}"
mathjax3_config = {
    "options": {"enableMenu": False},  # the menu offers parts that are not copied
}


def copy_mathjax(app: Any) -> None:
    """Put the files of MathJax beside the pages."""
    source = Path(str(importlib.resources.files("mathjax"))) / "static" / "mathjax" / "es5"
    target = Path(app.outdir) / "_static" / MATHJAX
    for name in NEEDED:
        here, there = source / name, target / name
        if here.is_dir():
            shutil.copytree(here, there, dirs_exist_ok=True)
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(here, there)


def setup(app: Any) -> None:
    """Connect to the build."""
    app.connect("builder-inited", copy_mathjax)
