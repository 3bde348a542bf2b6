"""Labels and units come from files: whatever they hold, the figure is drawn, and soon."""

from __future__ import annotations

import io
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.cbook import is_math_text  # type: ignore[attr-defined, unused-ignore]

from quasispin import figures
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.figures.style import drawable
from quasispin.observables import gap, susceptibility
from quasispin.sweep.run import sweep
from quasispin.system.family import Family
from quasispin.system.shell import Shell
from quasispin.system.system import System

HOSTILE = [
    r"$\frac{$",
    r"$\input{/etc/passwd}$",
    r"\input{/etc/passwd}",
    "$" + "{" * 500 + "}" * 500 + "$",
    "$" + "{" * 190 + "}" * 190 + "$",
    "$" + r"\frac{1}{" * 30 + "}" * 30 + "$",
    "$" + r"\sqrt{x}" * 15000 + "$",
    "x" * 100_000,
    "$",
    "$$",
    "a $ b $ c",
    r"\$5 and $x",
    r"$x^{$ and $y}$",
    "$x_1_2$",
    "^_{}%&#~",
]
GRAIN = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)
GRID: dict[str, Any] = {"temperature": [0.05, 0.4], "field": np.linspace(0.0, 1.0, 3)}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_labels_and_units_are_drawn(text: str) -> None:
    data = sweep(
        Canonical(GRAIN),
        MeanField(GRAIN),
        observables=[gap, susceptibility],
        label=["a", text],
        energy_unit=text,
        **GRID,
    )
    for name in ("gap", "field"):
        data[name].attrs |= {"long_name": text, "symbol": text.strip("$")}
    drawn: list[Any] = list(np.atleast_1d(figures.curves(data)))
    drawn += list(np.atleast_1d(figures.map(data, "gap")))
    drawn.append(figures.levels(GRAIN, [0.0, 1.0], energy_unit=text))
    for axis in drawn:
        axis.figure.savefig(io.BytesIO(), format="png", dpi=20)
    plt.close("all")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_names_along_an_axis_are_drawn(text: str) -> None:
    def build(metal: str) -> System:
        del metal
        return GRAIN

    data = sweep(Canonical(Family(build, metal=["Al", text])), temperature=0.1, observables=[gap])
    figures.curves(data, x="metal").figure.savefig(io.BytesIO(), format="png", dpi=20)
    plt.close("all")


@pytest.mark.parametrize("text", [r"$\Delta_0$", "meV", r"$\frac{1}{2}$ of $x$", "plain text", r"5\$"])
def test_good_labels_stay_as_they_are(text: str) -> None:
    assert drawable(text) == text


def test_what_does_not_parse_is_plain_text_with_its_own_letters() -> None:
    shown = drawable(r"$\frac{$")
    assert not is_math_text(shown)
    assert shown.replace(r"\$", "$") == r"$\frac{$"
    assert len(drawable("$x$" * 1000)) < 200
