"""The long description of the package: the README without what leads into the repository.

Who reads it elsewhere has no docs folder beside it: pictures are left out, and links to files become text.
"""

from __future__ import annotations

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINKED_PICTURE = re.compile(r"^\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)\n", re.MULTILINE)
PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n", re.MULTILINE)
LOCAL_LINK = re.compile(r"\[((?:[^\[\]]|\\\[|\\\])+)\]\((?!https?://)[^)]*\)")


def long_description(readme: str) -> str:
    """The README with absolute links alone."""
    text = LOCAL_LINK.sub(r"\1", PICTURE.sub("", LINKED_PICTURE.sub("", readme)))
    return re.sub(r"\n{3,}", "\n\n", text)


class LongDescription(MetadataHookInterface):
    """Sets `readme` when the package is built."""

    def update(self, metadata: dict[str, object]) -> None:
        """Read it from the README."""
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": long_description(readme)}
