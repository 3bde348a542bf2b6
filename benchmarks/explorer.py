"""The explorer's pictures while a slider is dragged, in a real Chromium: `python -m benchmarks.explorer`.

A hand drags the thumb from end to end for a while, as fast as a mouse tells of it; counted are the states
that became pictures. Then the lag from the last movement to the last picture, and, with the hand at rest,
from one press of an arrow key to all the pictures that it changes. Two ensembles, all six views.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from playwright.sync_api import Page

from benchmarks.records import Record, Scale, Times, record
from tests.explorer.browser import browsing, serving, until_drawn

SIZES: Final = {11: "?size=5&N=10&T=0.1&B=0.5", 51: "?size=25&N=50&T=0.1&B=0.5"}
"""M, and the view."""
KNOBS: Final = {"T, ": "T", "ω, ": "ω", "l, ": "l"}
"""How the labels of the sliders begin."""
SECONDS: Final = 2.0
ROUNDS: Final = 5
STEPS: Final = 15
EVERY: Final = 16
"""Milliseconds between two movements of a mouse."""
RECORDER: Final = """() => {
  window.seen = { moved: 0, states: 0, last: 0 };
  let pending = false;
  const moved = () => { seen.moved = performance.now(); };
  for (const name of ["input", "keydown", "pointermove", "mousemove"])
    document.addEventListener(name, moved, true);
  for (const plot of document.querySelectorAll(".qs-plot"))
    plot.on("plotly_afterplot", () => {
      seen.last = performance.now();
      if (pending) return;
      pending = true; // the plots of one state are drawn in one task, or in tasks close to each other
      setTimeout(() => { pending = false; seen.states += 1; }, 8);
    });
}"""
RESTED: Final = "() => performance.now() - Math.max(seen.last, seen.moved) > 400"


class Drag(NamedTuple):
    """What became of one movement of the hand."""

    rate: float
    """Picture states per second."""
    lag: float
    """Seconds from the last movement to the last picture."""


def main() -> None:
    """Print every row as it is measured."""
    print(f"{'dragged':<12}{'picture states/s':>28}{'lag after release':>28}{'one step to picture':>30}")
    with serving() as address, browsing() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for pairs, query in SIZES.items():
            for label, name in KNOBS.items():
                print(row(f"{name}, M = {pairs}", *measured(page, address + query, label)), flush=True)


def records(_: Scale) -> Iterator[Record]:
    """The same for the table of the benchmark: the time of one step, and the lag after a drag."""
    with serving() as address, browsing() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for pairs, query in SIZES.items():
            for label, name in KNOBS.items():
                drags, steps = measured(page, address + query, label)
                lags, rate = [drag.lag for drag in drags], statistics.median(drag.rate for drag in drags)
                size = f"M = {pairs}"
                yield record("step", pairs, f"one step of {name} to the last picture", size, Times(steps, []))
                words = f"{name} dragged, let go to the last picture"
                yield record("lag", pairs, words, size, Times(lags, []), rate=f"{rate:.3g}")


def row(name: str, drags: list[Drag], steps: list[float]) -> str:
    """A line of the table."""
    rates = spread([drag.rate for drag in drags], 1.0)
    lags, times = spread([drag.lag for drag in drags], 1e3), spread(steps, 1e3)
    return f"{name:<12}{rates:>28}{lags + ' ms':>28}{times + ' ms':>30}"


def spread(values: list[float], scale: float) -> str:
    """Median and extremes."""
    low, middle, high = (scale * value for value in (min(values), statistics.median(values), max(values)))
    return f"{middle:.4g} ({low:.3g} … {high:.3g})"


def measured(page: Page, address: str, label: str) -> tuple[list[Drag], list[float]]:
    """Drags and single steps of one slider."""
    page.goto(address)
    until_drawn(page)
    page.wait_for_timeout(500)
    page.evaluate(RECORDER)
    drags = [drag(page, label) for _ in range(ROUNDS + 1)][1:]
    return drags, list(steps(page, label))


def drag(page: Page, label: str) -> Drag:
    """Back and forth over the middle of the slider."""
    box = slider(page, label).bounding_box()
    assert box is not None
    left, width, y = box["x"], box["width"], box["y"] + box["height"] / 2
    before, start = seen(page)["states"], page.evaluate("performance.now()")
    page.mouse.move(left + 0.5 * width, y)
    page.mouse.down()
    while (now := page.evaluate("performance.now()") - start) < SECONDS * 1e3:
        page.mouse.move(left + width * (0.5 + 0.3 * math.sin(now / 500)), y)
        page.wait_for_timeout(EVERY)
    states = seen(page)["states"] - before
    page.mouse.up()
    released = seen(page)["moved"]
    page.wait_for_function(RESTED)
    return Drag(states / SECONDS, max(seen(page)["last"] - released, 0.0) / 1e3)


def steps(page: Page, label: str) -> Iterator[float]:
    """Seconds from a press of an arrow key to the last picture that it changes."""
    for place in range(STEPS):
        slider(page, label).press("ArrowRight" if place % 2 else "ArrowLeft")
        page.wait_for_function("() => seen.last > seen.moved")
        page.wait_for_function(RESTED)
        found = seen(page)
        yield (found["last"] - found["moved"]) / 1e3


def slider(page: Page, label: str) -> Any:
    """What takes the keys."""
    return page.locator(f'[aria-label^="{label}"]').first


def seen(page: Page) -> dict[str, float]:
    """What the recorder has seen."""
    found: dict[str, float] = page.evaluate("seen")
    return found


if __name__ == "__main__":
    main()
