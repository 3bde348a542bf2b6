"""Draw the README's figure from the README's snippet: ``uv run python docs/images/make.py``."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl

HERE = Path(__file__).parent


def main() -> None:
    """Run the first snippet and save the axes that its last line returns."""
    mpl.use("agg")
    readme = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert found is not None
    *lines, last = found[1].strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # our own page, not input
    exec(f"axes = {last}", names)
    axes = names["axes"]
    axes.figure.savefig(HERE / "hero.png", dpi=150, metadata={"Software": None})  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
