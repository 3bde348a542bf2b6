"""How Sphinx builds these pages: executed, every warning an error, nothing fetched from outside.

uv run --group docs sphinx-build -n -W --keep-going -b html docs docs/_build
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

project = "quasispin"
author = "The quasispin developers"
copyright = author
release = version = importlib.metadata.version("quasispin")

extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
extensions += ["cells", "directives", "docstrings", "typeset"]  # of this folder
exclude_patterns = ["_build", "images"]
nitpicky = True
smartquotes_action = "De"  # dashes and dots, but A_s' is no quotation
nitpick_ignore_regex = [
    # named in annotations; their pages are elsewhere, and no inventory of them is fetched
    (r"py:.*", r"(numpy|np|npt|xarray|xr|matplotlib|click|flint|hypothesis|distributed)\..*"),
    (r"py:.*", r"(collections\.abc|concurrent\.futures|enum|fractions|os|pathlib|typing)\..*"),
    # short names of numpy's, matplotlib's and the standard library's, as the sources import them
    (r"py:.*", r"Array|ArrayLike|Axes|Callable|Mapping|Sequence|Any"),
]

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3  # links such as physics.md#1-the-box, as on GitHub

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 240
nb_execution_show_tb = True
nb_merge_streams = True
nb_ipywidgets_js = {}  # would be fetched from outside
nb_render_markdown_format = "myst"  # tables and formulas in what cells print

default_role = "code-or-link"
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_type_aliases = {"Array": "Array", "npt.ArrayLike": "ArrayLike"}
autodoc_preserve_defaults = True
maximum_signature_line_length = 90
napoleon_google_docstring = napoleon_numpy_docstring = False  # `docstrings` asks it
napoleon_attr_annotations = False  # types are in the signature
napoleon_use_rtype = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
pygments_dark_style = "github-dark"  # furo's own underlines modules as if they were links
html_title = f"quasispin {release}"
html_static_path = ["_static"]
html_css_files = ["quasispin.css"]
html_show_sphinx = False

MATHJAX = "mathjax"
NEEDED = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2")
"""Of MathJax: TeX to HTML in one file, what it loads on demand, and its fonts."""
mathjax_path = f"{MATHJAX}/{NEEDED[0]}"
mathjax3_config = {"options": {"enableMenu": False}}  # the menu offers parts that are not copied


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
