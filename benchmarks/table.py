"""The results as Markdown: a list of tables, and the same tables between the markers of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.parts import SECTIONS

Results = dict[str, Any]
TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
FACTS = {
    "finite": "finite at {:.1%} of the points",
    "steps": "{:.0f} steps a point",
    "share": "{:.1%} of their steps",
    "kept": "{} tuples solved",
    "tuples": "{} seniority tuples",
    "blocks": "{} distinct blocks",
    "largest": "of up to {} states",
    "states": "{} levels",
    "bytes": "{:.3g} bytes on disk",
    "bound": "F within {:.0e}",
    "estimate": "and an estimate of {:.0e}",
    "rate": "{} picture states a second",
}


def table(results: Results) -> str:
    """All sections under their headings."""
    parts = [f"## {heading}\n\n{text}" for heading, text in _headed(results)]
    return "# The benchmark's table\n\nWritten by `python -m benchmarks`.\n\n" + "\n".join(parts)


def page(text: str, results: Results) -> str:
    """The page with every section between its markers as the results have it."""
    for name, section in sections(results).items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        text = pattern.sub(f"{begin}\n\n{section}\n{end}".replace("\\", r"\\"), text)
    return text


def _headed(results: Results) -> Iterator[tuple[str, str]]:
    headings = {"machine": "Machine and versions", "glance": "At a glance", **SECTIONS}
    for name, text in sections(results).items():
        yield headings[name], text


def sections(results: Results) -> dict[str, str]:
    """The Markdown of each section, by its name."""
    found = {"machine": machine(results), "glance": glance(results)}
    for name in SECTIONS:
        found[name] = section(results, name)
    return found


def machine(results: Results) -> str:
    """Where and when."""
    here, size = results["machine"], results["machine"]["memory"] / 2**30
    caches = ", ".join(f"{level} {kept}" for level, kept in here["caches"].items())
    used = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    loads = [load for part in results["parts"] for load in part["load"]]
    return (
        f"{here['processor']}, {here['cores']} cores ({caches} of one), {size:.0f} GiB, {here['system']}; "
        f"{used}; commit {results['commit']}, {results['date']}; load {min(loads)} to {max(loads)} "
        f"while it ran{' (a quick look, for no use)' * results['quick']}.\n"
    )


# -- tables ------------------------------------------------------------------------------------------


def section(results: Results, name: str) -> str:
    """The records of all parts of a section, and what each process took."""
    parts = [part for part in results["parts"] if part["section"] == name]
    lines = _rows(
        ("what", "size", "wall time, median (least … most)", "CPU", "ratio", "CPU ratio", "memory", "notes"),
        [_row(one) for part in parts for one in part["records"]],
    )
    took = "; ".join(_took(part) for part in parts)
    return f"{lines}\nProcesses: {took or 'none'}.\n"


def _row(one: dict[str, Any]) -> list[str]:
    ratio, cpu = _ratio(one.get("ratio")), _ratio(one.get("cpu_ratio"), spread=False)
    return [
        one["what"],
        one.get("size", ""),
        f"{duration(one['wall'][0])}{_between(one['wall'])}{' a point' * (one['per'] == 'point')}",
        duration(one["cpu"][0]) if one["cpu"] else "",
        f"{ratio} × {one['over']}" if ratio else "",
        cpu,
        memory(one["memory"]) if "memory" in one else "",
        ", ".join(_notes(one)),
    ]


def _notes(one: dict[str, Any]) -> list[str]:
    facts = one.get("facts", {})
    found = [form.format(facts[name]) for name, form in FACTS.items() if name in facts]
    if "apart" in facts:
        found.append(f"differs by at most {facts['apart']:.0e}" if facts["apart"] else "the same bits")
    return [*found, *_rates(one)]


def _rates(one: dict[str, Any]) -> list[str]:
    """Of sweeps: points a second, bytes a second."""
    if not one["key"].startswith("sweep."):
        return []
    found, size = [f"{1 / one['wall'][0]:.2g} points/s"], one.get("facts", {}).get("bytes")
    if size:
        found.append(f"{size / (one['wall'][0] * one['at']) / 1e6:.3g} MB/s")
    return found


def _took(part: dict[str, Any]) -> str:
    failed = f", BROKEN ({part['failed']})" if part.get("failed") else ""
    if "seconds" not in part:
        return f"{part['name']} under way"
    return (
        f"{part['name']} {duration(part['seconds'])}, peak {memory(part['peak'])}, "
        f"load {part['load'][0]} → {part['load'][-1]}{failed}"
    )


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    used = [i for i in range(len(head)) if any(row[i] for row in rows)] or [0]
    lines = [[head[i] for i in used], ["---"] * len(used), *([row[i] for i in used] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _between(values: Sequence[float]) -> str:
    return "" if values[1] == values[2] else f" ({duration(values[1])} … {duration(values[2])})"


def _ratio(values: Sequence[float] | None, *, spread: bool = True) -> str:
    if not values:
        return ""
    middle = short(values[0])
    return (
        middle
        if not spread or values[1] == values[2]
        else f"{middle} ({short(values[1])} … {short(values[2])})"
    )


def short(value: float) -> str:
    """Two or three digits: 0.82, 1.06, 12.3, 4230, 2.6·10⁴."""
    if value >= 1e4:
        power = len(f"{value:.0f}") - 1
        return f"{value / 10**power:.1f}·10{str(power).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
    return f"{value:.0f}" if value >= 99.5 else f"{value:.3g}" if value >= 9.95 else f"{value:.2f}"


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    if seconds == 0:
        return "0"
    size, unit = next(((s, u) for s, u in TIMES if seconds >= 0.9995 * s), TIMES[-1])
    return f"{_three(seconds / size)} {unit}"


def memory(size: float) -> str:
    """Bytes in MiB or GiB."""
    if size < 2**20:
        return "< 1 MiB"
    return f"{_three(size / 2**30)} GiB" if size >= 2**30 else f"{_three(size / 2**20)} MiB"


def _three(value: float) -> str:
    return f"{value:.0f}" if value >= 99.95 else f"{value:.3g}"


# -- the summary -------------------------------------------------------------------------------------


def glance(results: Results) -> str:
    """Which size costs what: a line for each M, one for each L."""
    found = {(one["key"], one["at"]): one for part in results["parts"] for one in part["records"]}
    shells = [_shell(found, at) for at in sorted({at for key, at in found if key == "map.Canonical"})]
    fences = [_fence(found, at) for at in sorted({at for key, at in found if key == "engine"})]
    one = _rows(
        ("M", "canonical", "kernel over C, CPU", "BCS", "BCS over canonical, CPU", "grand canonical",
         "number parity"),
        shells,
    )  # fmt: skip
    many = _rows(("L", "largest block", "solution", "its memory", "map of 10⁵ points, moments equal",
                  "moments all different", "its memory"), fences)  # fmt: skip
    return (
        f"One shell, all averages at one of many points of a map, two threads:\n\n{one}\n"
        f"Many shells, all levels of the picket fence at half filling, two workers:\n\n{many}"
    )


def _cell(found: dict[Any, Any], key: str, at: float, item: str = "wall") -> str:
    value = found.get((key, at), {}).get(item)
    if value is None:
        return ""
    if item == "wall":
        return duration(value[0])
    return memory(value) if item == "memory" else short(value[0])


def _shell(found: dict[Any, Any], at: float) -> list[str]:
    return [
        f"{at:.0f}",
        _cell(found, "map.Canonical", at),
        _cell(found, "kernel.2", at, "cpu_ratio"),
        _cell(found, "map.MeanField", at),
        _cell(found, "map.MeanField", at, "cpu_ratio"),
        _cell(found, "map.GrandCanonical.few", at),
        _cell(found, "map.NumberParity.few", at),
    ]


def _fence(found: dict[Any, Any], at: float) -> list[str]:
    return [
        f"{at:.0f}",
        f"{found['engine', at]['facts']['largest']} states",
        _cell(found, "engine", at),
        _cell(found, "engine", at, "memory"),
        _cell(found, "map.equal", at),
        _cell(found, "map.different", at),
        _cell(found, "map.different", at, "memory"),
    ]
