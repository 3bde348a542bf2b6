"""Draw the figures of the README and of docs/beyond.md.

``uv run python -m docs.images.make`` runs the README's snippet, the gallery's and the explorer; with the
folder that ``quasispin reproduce --beyond --out FOLDER`` wrote, those of docs/beyond.md from its data.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import matplotlib as mpl
from PIL import Image

HERE = Path(__file__).parent
REDUCED = 110
"""Dots per inch of the figures beside the text."""
SHOWN = (
    "Heating restores pairing",
    "Pairing beyond the superconducting phase",
    "Who is unpaired",
    "A shell that is not round",
)
"""Headings of the gallery whose figures make the strip."""


def main() -> None:
    """Draw the README's pictures, or the figures whose data lie in a folder."""
    mpl.use("agg")
    if len(sys.argv) > 1:
        beyond(Path(sys.argv[1]))
    else:
        hero()
        strip()
        explorer()


def hero() -> None:
    """Run the README's first snippet and save the axes that its last line returns."""
    readme = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    *lines, last = found[1].strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # our own page, not input
    exec(f"axes = {last}", names)
    axes = names["axes"]
    axes.figure.savefig(HERE / "hero.png", dpi=150, metadata={"Software": None})  # type: ignore[attr-defined]


def strip() -> None:
    """Four figures of the gallery side by side, without their legends."""
    page = (HERE.parent / "gallery" / "index.md").read_text(encoding="utf-8")
    pictures = [picture(page, heading) for heading in SHOWN]
    whole = Image.new("RGB", (sum(one.width for one in pictures), pictures[0].height), "white")
    left = 0
    for one in pictures:
        whole.paste(one, (left, 0))
        left += one.width
    whole.save(HERE / "gallery.png", optimize=True)


def explorer() -> None:
    """The explorer as a person sees it, far above the critical field."""
    from tests.explorer.browser import browsing, serving, until_drawn

    with serving() as address, browsing() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(address + "?T=0.25&B=1.3&show=canonical,number-parity,grand-canonical,mean-field")
        until_drawn(page)
        page.wait_for_timeout(1500)
        page.screenshot(path=HERE / "explorer.png")


def picture(page: str, heading: str) -> Image.Image:
    """What the snippet below `heading` draws."""
    import matplotlib.pyplot as plt

    found = re.search(rf"^## {heading}\n.*?```{{code-cell}}\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    assert found is not None, heading
    plt.close("all")
    with mpl.rc_context({"figure.constrained_layout.use": True}):
        plt.style.use("quasispin.figures.quasispin")
        exec(found[1], {})  # our own page, not input
        figure = plt.gcf()
        figure.set_size_inches(3.1, 2.7)
        for axes in figure.axes:
            if legend := axes.get_legend():
                legend.remove()
        stream = io.BytesIO()
        figure.savefig(stream, dpi=150, metadata={"Software": None})
    return Image.open(stream).convert("RGB")


def beyond(folder: Path) -> None:
    """Every figure beyond the paper, reduced, from the data in `folder`."""
    import xarray as xr

    from quasispin.paper.beyond.drawing import DRAWINGS, draw

    for name in DRAWINGS:
        figure = draw(name, xr.load_dataset(folder / f"{name}.nc"))
        figure.savefig(HERE / f"beyond-{name}.png", dpi=REDUCED, metadata={"Software": None})


if __name__ == "__main__":
    main()
