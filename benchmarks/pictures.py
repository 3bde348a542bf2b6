"""Cost against M, L and points, log–log, from the results: CPU time, that of all threads together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes

from quasispin.figures.style import colours, panels, style

Results = dict[str, Any]
LEVELS = {
    "engine": "engine",
    "eigh": "bare eigh of every block",
    "map.equal": "map of $10^5$ points, moments equal",
    "map.different": "map of $10^5$ points, all different",
    "quspin": "QuSpin, no blocks",
}
POINTS = {
    "points.canonical": "canonical, $M=23$",
    "points.bcs": "BCS, $M=23$",
    "points.many": "10 solved shells",
}


def draw(results: Results, folder: Path) -> None:
    """Write growth.png, levels.png and points.png."""
    mpl.use("agg")
    for name, picture in {"growth": growth, "levels": levels, "points": points}.items():
        with style():
            figure, (axes,) = panels(1, columns=1, width=5.0, height=3.4)
            axes.set(xscale="log", yscale="log")
            picture(axes, results)
            axes.margins(x=0.05)
            axes.legend()
            figure.savefig(folder / f"{name}.png", dpi=150, metadata={"Software": None})


def growth(axes: Axes, results: Results) -> None:
    """The kernel on one thread against M, with the line from M = 101 on, and all N."""
    x, y = series(results, "growth")
    dark, other, _ = colours(3)
    axes.plot(x, y, "o-", color=dark, label="canonical")
    if 101 in x:
        per = y[x.index(101)] / 101
        axes.plot(x, [per * at for at in x], ":", color=dark, label="linear from $M=101$")
    axes.plot(*series(results, "all.GrandCanonical"), "s--", color=other, label="grand canonical, all $N$")
    axes.set(xlabel="pairs $M$", ylabel="CPU seconds a point")


def levels(axes: Axes, results: Results) -> None:
    """The solution, its peers and maps against L."""
    for (key, label), colour in zip(LEVELS.items(), colours(len(LEVELS)), strict=True):
        axes.plot(*series(results, key), "o-" if key == "engine" else "s--", color=colour, label=label)
    axes.set(xlabel="levels $L$", ylabel="CPU seconds of all threads")
    axes.xaxis.set_major_locator(mpl.ticker.FixedLocator(range(4, 18, 2)))
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.xaxis.set_minor_locator(mpl.ticker.NullLocator())


def points(axes: Axes, results: Results) -> None:
    """A call against its points."""
    for (key, label), colour in zip(POINTS.items(), colours(len(POINTS)), strict=True):
        axes.plot(*series(results, key), "o-", color=colour, label=label)
    axes.set(xlabel="points", ylabel="CPU seconds a call")


def series(results: Results, key: str) -> tuple[Sequence[float], Sequence[float]]:
    """Sizes and median CPU times of the records of that key: they hold on a busy machine."""
    found = [one for part in results["parts"] for one in part["records"] if one["key"] == key]
    return [one["at"] for one in found], [one["cpu"][0] for one in found]
