"""The page on one cluster: every number with the formula that gives it, to be checked by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Final

from quasispin import facts
from quasispin.cli.quantities import energy, length
from quasispin.errors import InputError, integer, shown
from quasispin.facts import Quantity
from quasispin.system.cluster import Cluster, Window
from quasispin.system.geometry import GEOMETRIES
from quasispin.system.materials import Material

MOST_STEPS: Final = 8
MOST_WINDOW: Final = 1000


def window(text: str) -> Window:
    """Read `1`, as many shells on either side of the last one, or `1,0`, below and above."""
    found = re.fullmatch(r"([+-]?\d+)(?:,([+-]?\d+))?", text.strip(), re.ASCII)
    if found is None:
        raise InputError(
            f"`window` must be a number of shells such as 1, or two such as 1,0 (below, above), "
            f"but is {shown(text)}.",
            text,
        )
    sides = found[1], found[2] or found[1]
    return Window(*(integer("window", int(side), low=0, high=MOST_WINDOW) for side in sides))


def built(
    material: str,
    kind: str,
    size: str | int,
    electrons: int | None,
    extra: dict[str, str | None],
    *,
    keeps_coupling: bool = False,
) -> Cluster:
    """The cluster that the words of the command line describe; `size` a radius as text or atoms."""
    needs = GEOMETRIES[kind][1]
    for name, text in extra.items():
        if (text is None) == (name == needs):
            word = "needs" if name == needs else "does not take"
            raise InputError(f"The geometry {kind} {word} a `{name}`.", text)
    read = {name: _READERS[name](name, text) for name, text in extra.items() if text is not None}
    shape, metal = GEOMETRIES[kind][0], Material.named(material)
    if isinstance(size, int):
        found = Cluster.of_atoms(metal, size, shape, **read)
        electrons = found.electrons if electrons is None else electrons
        return Cluster(metal, found.geometry, electrons, keeps_coupling=keeps_coupling)
    return Cluster(metal, shape(length("radius", size), **read), electrons, keeps_coupling=keeps_coupling)


_READERS: Final[dict[str, Callable[[str, str], float]]] = {
    "thickness": length,
    "splitting": energy,
    "strength": energy,
}


def fields(cluster: Cluster, gap: float | None, window: Window | None) -> dict[str, Any]:
    """Everything on the page as plain numbers, for JSON; infinite distances are null."""
    reason = facts.undefined(cluster, gap, None)
    entries = [*facts.metal(cluster), *facts.levels(cluster)]
    entries += [] if reason else [*facts.pairing(cluster, gap), *facts.magnetism(cluster, gap)]
    criteria = facts.validity(cluster, gap)
    answer: dict[str, Any] = {
        "material": asdict(cluster.material),
        "geometry": {"name": cluster.geometry.name, **asdict(cluster.geometry)},
        "quantities": {
            one.key: {"value": _plain(one.value), "unit": one.unit, "formula": one.formula} for one in entries
        },
        "single_shell_model": {
            "is_valid": all(one.holds for one in criteria),
            "criteria": [
                {**one._asdict(), "value": _plain(one.value), "holds": one.holds} for one in criteria
            ],
        },
        "system": None if reason else cluster.system(gap).to_dict(),
    }
    if reason:
        answer["undefined"] = reason
    if window is not None:
        if reason := facts.undefined(cluster, gap, window):
            answer["window"] = {**window._asdict(), "undefined": reason}
            return answer
        found = cluster.pairing(gap, window)
        answer["window"] = {**window._asdict(), **found._asdict()}
        answer["window"]["system"] = cluster.system(gap, window).to_dict()
    return answer


def page(cluster: Cluster, gap: float | None, window: Window | None) -> str:
    """The same as text."""
    shape = ", ".join(f"{name} {value:g}" for name, value in asdict(cluster.geometry).items())
    metal_name = cluster.material.name or cluster.material.symbol
    lines = [f"{metal_name} {cluster.geometry.name} ({shape}; lengths in nm, energies in meV)"]
    for title, part in (
        ("From the metal", facts.metal(cluster)),
        ("Level scheme", facts.levels(cluster)),
    ):
        lines += ["", title, *map(_line, part)]
    if reason := facts.undefined(cluster, gap, None):
        lines += ["", "Pairing in the last shell", f"  not defined: {reason}"]
    else:
        lines += ["", "Pairing in the last shell", *map(_line, facts.pairing(cluster, gap))]
        lines += ["", "In a field", *map(_line, facts.magnetism(cluster, gap))]
    if window is not None:
        reason = facts.undefined(cluster, gap, window)
        title = f"Window of shells: {window.below} below and {window.above} above"
        lines += ["", title, *([f"  not defined: {reason}"] if reason else _window(cluster, gap, window))]
    lines += ["", *_verdict(cluster, gap), "", f"Sources: {cluster.material.source}"]
    return "\n".join(lines)


# -- the parts ---------------------------------------------------------------------------------------


def _window(cluster: Cluster, gap: float | None, window: Window) -> Iterator[str]:
    found, system = cluster.pairing(gap, window), cluster.system(gap, window)
    low, high = found.cutoff
    own = f"2/G = Σ M/√((ε−μ)²+Δ²), Δ = {found.gap:g} meV at this N; above Δ₀ is that of half filling"
    yield _line(Quantity("", "G", found.coupling, "meV", own))
    yield _line(Quantity("", "μ", found.chemical_potential, "meV", "from the last level"))
    cutoff = f"{low:.6g} … {high:.6g}"
    yield _line(Quantity("", "cut-off", cutoff, "meV", "from the last level: nothing beyond pairs"))
    count = len(system.shells)
    where = f"in {count} {'shell' if count == 1 else 'shells'}, M = {system.pair_degeneracy}"
    yield _line(Quantity("", "", system.electrons, "electrons", where))


def _verdict(cluster: Cluster, gap: float | None) -> Iterator[str]:
    criteria = facts.validity(cluster, gap)
    answer = "yes" if all(one.holds for one in criteria) else "no"
    yield f"Is the single-shell model valid here?  {answer}"
    for one in criteria:
        mark = "holds" if one.holds else "fails"
        yield f"  {mark}  {one.name}: {one.value:.4g} (at least {one.limit:g}; {one.formula})"


# -- text --------------------------------------------------------------------------------------------


def _line(one: Quantity) -> str:
    left = f"{one.symbol} = {one.text(MOST_STEPS)}" if one.symbol else one.text(MOST_STEPS)
    return f"  {f'{left} {one.unit}'.strip():<36}  {one.formula}"


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isinf(value) else value
