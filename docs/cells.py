"""What cells of the pages leave behind: notes of numba, warnings, pictures without a word.

The first cell on a new machine says what it compiles; a page is not the place for that. Anything else on
standard error is a warning of the build, so that no page shows one unnoticed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import imagesize
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

COMPILATION = re.compile(r"Compiling for this machine, once\.|Compiled \w+ in [0-9.]+ s\.")
"""Lines of `quasispin.compiled.compilation`."""
WIDE = 520
"""Pixels; two panels side by side have more."""
LOGGER = logging.getLogger(__name__)


class StandardError(SphinxPostTransform):
    """Leave out what is said while compiling, and warn of the rest."""

    default_priority = 400

    def run(self, **_: Any) -> None:
        """On one page."""
        for block in list(self.document.findall(nodes.literal_block)):
            if "stderr" not in block["classes"]:
                continue
            lines = [line for line in block.astext().splitlines() if line.strip()]
            others = [line for line in lines if not COMPILATION.fullmatch(line.strip())]
            if others:
                LOGGER.warning("a cell writes to standard error: %s", others[0], location=block)
            else:
                block.parent.remove(block)


class Pictures(SphinxPostTransform):
    """Say what a picture belongs to, for those who do not see it, and whether it is a wide one."""

    default_priority = 400

    def run(self, **_: Any) -> None:
        """On one page."""
        for image in self.document.findall(nodes.image):
            section = image
            while section is not None and not isinstance(section, nodes.section):
                section = section.parent
            if section is not None and "alt" not in image:
                image["alt"] = f"Figure: {section.next_node(nodes.title).astext()}"
            width, _height = imagesize.get(Path(self.app.srcdir) / image["uri"])
            if width > WIDE:
                image["classes"].append("wide")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register them."""
    app.add_post_transform(StandardError)
    app.add_post_transform(Pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
