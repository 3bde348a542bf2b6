"""From what a store or a file was made, and in what that differs from the sweep at hand."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quasispin.ensembles.averages import Array
from quasispin.errors import FileError, shown
from quasispin.sweep.dataset import digest, provenance, text
from quasispin.sweep.request import Request
from quasispin.sweep.tasks import versions

AXES = ("temperature", "field")


@dataclass(frozen=True, eq=False)
class Made:
    """What a store or a file says of how it was made."""

    inputs: Mapping[str, Any]
    """As `inputs` gave them then."""
    versions: Mapping[str, str]
    systems: str
    """The attribute of that name of its dataset, for the details."""
    axis: Callable[[str], Array]
    """The values of `temperature` or `field`, likewise; LookupError where they are not known."""

    @classmethod
    def of(cls, head: Any, systems: str = "", axis: Callable[[str], Array] | None = None) -> Made:
        """From what `head` gave, which may have been changed since by anybody."""
        found = head if isinstance(head, Mapping) else {}
        inputs, versions = (found.get(name) for name in ("inputs", "versions"))
        return cls(
            inputs if isinstance(inputs, Mapping) else {},
            versions if isinstance(versions, Mapping) else {},
            systems,
            axis or _unknown,
        )


def _unknown(name: str) -> Array:
    raise LookupError(name)


def head(request: Request) -> dict[str, Any]:
    """What a store and a file keep to be known again by."""
    return {"versions": dict(versions()), "inputs": inputs(request)}


def inputs(request: Request) -> dict[str, Any]:
    """All that decides the values, in plain numbers, texts and digests."""
    axes = {"temperature": request.grid.temperature, "field": request.grid.field}
    return {
        "ensembles": {
            label: {"kind": one.kind(), "options": json.loads(text(one.options))}
            for label, one in request.names.items()
        },
        "family": {name: json.loads(text(list(values))) for name, values in request.family.items()},
        "systems": {"count": len(request.cells), "sha256": digest(request.cells)},
        **{
            name: {"values": len(values), "sha256": hashlib.sha256(values.tobytes()).hexdigest()}
            for name, values in axes.items()
        },
        "numbers": list(request.grid.scalars),
        "observables": {one.name: [one.unit, one.equation] for one in request.observables},
        "energy_unit": request.energy_unit,
    }


def check(path: Path, made: Made, request: Request) -> None:
    """Refuse what was made from other inputs or by other versions.

    Raises
    ------
    FileError
        With all that differs.
    """
    for name, version in versions().items():
        if made.versions.get(name) != version:
            raise FileError(
                f"`{path}` was begun with {name} {_plain(made.versions.get(name))}, but this is {version}: "
                "finish it with that version, or give another `store`.",
                path,
            )
    try:
        differences = list(_differences(made, request))
    except (TypeError, ValueError, AttributeError, LookupError):  # it was changed by hand
        differences = ["what it says of its inputs makes no sense"]
    if differences:
        raise FileError(
            f"`{path}` holds another sweep: {'; '.join(differences)}. Remove it, or give another `store`.",
            path,
        )


def _differences(made: Made, request: Request) -> Iterator[str]:
    here, told = inputs(request), 0
    for name, now in here.items():
        then: Any = made.inputs.get(name)
        if text(then) == text(now):  # the order of lists counts too
            continue
        if name == "systems" and told:  # they follow from what is told already
            continue
        told += 1
        if name in AXES:
            yield from _axis(name, made, getattr(request.grid, name))
        elif name == "numbers":
            yield from (_number(axis, axis in then) for axis in AXES if (axis in then) != (axis in now))
        elif name == "systems":
            yield _systems(made.systems, request)
        elif name in {"ensembles", "observables", "family"} and set(then) != set(now):
            yield f"{name} are {shown(', '.join(then))}, not {shown(', '.join(now))}"
        elif name == "observables":
            yield "its observables have other units or formulas, or another order"
        elif name in {"ensembles", "family"}:
            yield _entry(name, then, now)
        else:
            yield f"{name} is {shown(then)}, not {shown(now)}"


def _plain(version: object) -> str:
    return version if isinstance(version, str) and version.isprintable() else shown(version)


def _axis(name: str, made: Made, now: Array) -> Iterator[str]:
    try:
        then = made.axis(name)
    except Exception:  # of a store that is damaged; what differs is known all the same
        yield f"{name} has other values"
        return
    if _span(then) != _span(now):
        yield f"{name} has {_span(then)}, not {_span(now)}"
    elif (places := np.flatnonzero(then != now)).size:
        place = int(places[0])
        yield f"{name}[{place}] is {then[place]}, not {now[place]}"
    else:
        yield f"{name} has other values"


def _span(values: Array) -> str:
    if len(values) == 1:
        return f"the value {values[0]:g}"
    return f"{len(values)} values from {values[0]:g} to {values[-1]:g}"


def _number(axis: str, was: bool) -> str:
    kinds = ("a number", "a list")
    return "{} is {}, not {}".format(axis, *(kinds if was else kinds[::-1]))


def _entry(name: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first of the ensembles, or of the lists of the family, that is another one."""
    for label in now:
        if (found := _first(then[label], now[label], label)) is not None:
            where, one, other = found
            return f"{where} is {shown(one)}, not {shown(other)}"
    return f"the {'ensembles' if name == 'ensembles' else 'lists of the family'} have another order"


def _systems(then: str, request: Request) -> str:
    """The first system that is another one, and where it differs first."""
    try:
        before, after = json.loads(then), json.loads(provenance(request)["systems"])
    except ValueError:
        before, after = None, None
    if isinstance(before, list) and isinstance(after, list) and len(before) != len(after):
        return f"{len(before)} systems, not {len(after)}"
    found = _first(before, after, "")
    if found is None:
        return "other systems"
    where, one, other = found
    at = ""
    if parts := re.fullmatch(r"\[(\d+)\]\.(?:system\.)?(.*)", where):
        where, member = parts[2], after[int(parts[1])]["member"]
        at = " at " + ", ".join(f"{name}={shown(value)}" for name, value in member.items()) if member else ""
    return f"{where}{at} is {shown(one)}, not {shown(other)}"


def _first(one: Any, other: Any, where: str) -> tuple[str, Any, Any] | None:
    """Where two contents of JSON files differ first, and both values there."""
    if text(one) == text(other):
        return None
    for path, left, right in _parts(one, other):
        if (found := _first(left, right, f"{where}{path}" if where else path.lstrip("."))) is not None:
            return found
    return where, one, other


def _parts(one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """The entries of two tables with the same keys, or of two lists of a length that are too long to show."""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        yield from ((f".{name}", one[name], other[name]) for name in one)
    elif (
        isinstance(one, list)
        and isinstance(other, list)
        and len(one) == len(other)
        and (any(isinstance(entry, Mapping) for entry in one) or shown(one) == shown(other))
    ):
        yield from ((f"[{i}]", *pair) for i, pair in enumerate(zip(one, other, strict=True)))
