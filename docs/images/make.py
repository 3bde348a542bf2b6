"""Draw the figures of the README and of docs/beyond.md.

``uv run python docs/images/make.py`` runs the README's snippet; with the folder that
``quasispin reproduce --beyond --out FOLDER`` wrote, it draws the figures of docs/beyond.md from its data.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import matplotlib as mpl

HERE = Path(__file__).parent
REDUCED = 72
"""Dots per inch of the figures beside the text."""


def main() -> None:
    """Draw the hero, or the figures whose data lie in a folder."""
    mpl.use("agg")
    if len(sys.argv) > 1:
        beyond(Path(sys.argv[1]))
    else:
        hero()


def hero() -> None:
    """Run the first snippet and save the axes that its last line returns."""
    readme = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    *lines, last = found[1].strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # our own page, not input
    exec(f"axes = {last}", names)
    axes = names["axes"]
    axes.figure.savefig(HERE / "hero.png", dpi=150, metadata={"Software": None})  # type: ignore[attr-defined]


def beyond(folder: Path) -> None:
    """Every figure beyond the paper, reduced, from the data in `folder`."""
    import xarray as xr

    from quasispin.paper.beyond.drawing import DRAWINGS, draw

    for name in DRAWINGS:
        figure = draw(name, xr.load_dataset(folder / f"{name}.nc"))
        figure.savefig(HERE / f"beyond-{name}.png", dpi=REDUCED, metadata={"Software": None})


if __name__ == "__main__":
    main()
