"""The verdicts as a table in the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from quasispin.paper.claim import Result, Verdict, shown

PAPER = "Kuzmenko, Mikhajlov, Frauendorf, arXiv:cond-mat/0002030"
MOST = 4
"""So many numbers stand in a table; the page has all below it."""
VERDICT = 17
"""Columns of the verdict, wide enough for the name of every figure."""
RATIOS = {"claim": 9, "criterion": 7, "measured": 7}
"""How the other columns share what is left."""
FRAME = 13
"""Columns of the lines and spaces between them."""
SCHEMA = 1
"""Version of the JSON layout; docs/json-schemas.md describes it."""

COLOURS = {Verdict.HOLDS: "green", Verdict.CORRECTED: "yellow", Verdict.FAILS: "red"}
PLURAL = {"holds": "hold", "holds with correction": "hold with correction", "does not hold": "do not hold"}
HEADINGS = {
    "claim": "What the paper claims",
    "erratum": "What the paper prints or leaves out",
    "question": "What the paper leaves open",
}
NOUNS = {"claim": "claims", "erratum": "printed statements", "question": "open questions"}
TITLE = f"# The claims of the paper, recomputed\n\n{PAPER}. Units: T₀ = Δ₀/2, ω_c = 3Δ₀/M, Δ₀ = GM/2.\n"


def as_record(results: Sequence[Result], files: Sequence[str], complete: bool = True) -> dict[str, Any]:
    """Everything as plain values; a number that is infinite or undefined is null.

    `complete` is false in a file that was left behind by an interruption.
    """
    return {
        "schema": SCHEMA,
        "paper": PAPER,
        "complete": complete,
        "claims": [_record(result) for result in results],
        "summary": summary(results),
        "files": sorted(files),
    }


def as_json(results: Sequence[Result], files: Sequence[str], complete: bool = True) -> str:
    """`as_record` as text, keys in a fixed order."""
    return (
        json.dumps(as_record(results, files, complete), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    )


def as_markdown(results: Sequence[Result], complete: bool = True, title: str = TITLE) -> str:
    """One table for the claims, one for the errata, and below each the criteria with all numbers."""
    lines = [title]
    for kind, chosen in _kinds(results):
        lines.append(f"## {HEADINGS[kind]}\n")
        lines.append("| claim | where | measured | verdict | figure |\n|---|---|---|---|---|")
        lines += [_row(result) for result in chosen]
        lines.append("")
        lines += [_details(result) for result in chosen]
    lines.append(
        f"In all: {sentence(results)}.\n" if complete else "Not finished: more claims are to follow.\n"
    )
    return "\n".join(lines)


def print_table(results: Sequence[Result], console: Console) -> None:
    """The verdicts as wide as the terminal; where that is narrow below each other, not beside each other.

    A word, and so a number, is never broken.
    """
    for kind, chosen in _kinds(results):
        table = Table(title=HEADINGS[kind], title_justify="left", show_lines=True, expand=True)
        for name, share in RATIOS.items():
            table.add_column(name, ratio=share, overflow="fold")
        table.add_column("verdict", min_width=VERDICT, max_width=VERDICT, overflow="fold")
        rows = [_parts(result, partial(_spelled, console)) for result in chosen]
        if not _fits(rows, console.width):
            _print_below_each_other(HEADINGS[kind], rows, console)
            continue
        for (statement, where, comment), criterion, measured, (colour, verdict, figure) in rows:
            claim = f"{_plain(statement)} [dim]({_plain(where)})[/dim]"
            tail = f"\n[dim]{_plain(comment)}[/dim]" if comment else ""
            end = f"[{colour}]{verdict}[/{colour}]" + (f"\n[dim]{figure}[/dim]" if figure else "")
            table.add_row(claim + tail, _plain(criterion), _plain(measured), end)
        console.print(table)
    console.print(f"{sentence(results)}.", highlight=False)


def _parts(
    result: Result, spell: Callable[[str], str]
) -> tuple[tuple[str, str, str], str, str, tuple[str, str, str]]:
    """Statement with place and comment, criterion, numbers, verdict with colour and figure."""
    claim, verdict = result.claim, result.verdict
    return (
        (spell(claim.statement), spell(claim.where), spell(result.comment)),
        spell(claim.criterion),
        spell(numbers(result, most=MOST)),
        (COLOURS[verdict], verdict.value, claim.figure or ""),
    )


def _spelled(console: Console, text: str) -> str:
    """As the encoding of the console writes it: what is longer in ASCII must be so before it is laid out."""
    encoding, errors = (getattr(console.file, name, None) for name in ("encoding", "errors"))
    if encoding is None:
        return text
    return text.encode(encoding, errors or "replace").decode(encoding)


def _fits(rows: Sequence[tuple[Any, ...]], width: int) -> bool:
    """Whether every word fits into its column."""
    free = width - VERDICT - FRAME
    texts: dict[str, list[str]] = {name: [] for name in RATIOS}
    for (statement, where, comment), criterion, measured, _ in rows:
        for name, text in zip(RATIOS, (f"{statement} ({where}) {comment}", criterion, measured), strict=True):
            texts[name] += text.split()
    shares = {name: free * share // sum(RATIOS.values()) for name, share in RATIOS.items()}
    return all(cell_len(word) <= shares[name] for name, words in texts.items() for word in words)


def _print_below_each_other(heading: str, rows: Sequence[tuple[Any, ...]], console: Console) -> None:
    console.print(f"[italic]{heading}[/italic]\n")
    for (statement, where, comment), criterion, measured, (colour, verdict, figure) in rows:
        console.print(f"{_plain(statement)} [dim]({_plain(where)})[/dim]", highlight=False)
        under = [f"[dim]{_plain(comment)}[/dim]"] if comment else []
        under += [_plain(criterion), f"Measured: {_plain(measured)}"]
        under.append(f"[{colour}]{verdict}[/{colour}]" + (f" [dim]({figure})[/dim]" if figure else ""))
        for text in under:
            console.print(Padding(text, (0, 0, 0, 2)), highlight=False)
        console.print()


def summary(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    """How many claims and errata there are of each verdict."""
    return {
        kind: {verdict.value: sum(r.verdict is verdict for r in chosen) for verdict in Verdict}
        for kind, chosen in _kinds(results)
    }


def sentence(results: Sequence[Result]) -> str:
    """The summary in words."""
    counted = summary(results)
    parts = []
    for kind, word in NOUNS.items():
        if kind in counted:
            listed = ", ".join(f"{number} {PLURAL[verdict]}" for verdict, number in counted[kind].items())
            parts.append(f"{sum(counted[kind].values())} {word}: {listed}")
    return "; ".join(parts)


def numbers(result: Result, most: int | None = None) -> str:
    """The measured numbers in one string, at most `most` of them."""
    items = [f"{name}: {shown(value)}" for name, value in result.numbers.items()]
    hidden = 0 if most is None else len(items) - most
    return "; ".join(items) if hidden <= 0 else "; ".join(items[:most]) + f"; … {hidden} more"


def _kinds(results: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    chosen = [(kind, [r for r in results if r.claim.kind == kind]) for kind in HEADINGS]
    return [(kind, some) for kind, some in chosen if some]


def _record(result: Result) -> dict[str, Any]:
    claim = result.claim
    return {
        "identifier": claim.identifier,
        "kind": claim.kind,
        "statement": claim.statement,
        "where": claim.where,
        "criterion": claim.criterion,
        "numbers": {name: _finite(value) for name, value in result.numbers.items()},
        "verdict": result.verdict.value,
        "comment": result.comment,
        "figure": claim.figure,
    }


def _finite(value: float) -> float | int | None:
    if isinstance(value, int):
        return value
    return float(f"{value:.10g}") if math.isfinite(value) else None


def _row(result: Result) -> str:
    claim = result.claim
    picture = f"[{claim.figure}]({claim.figure}.png)" if claim.figure else ""
    cells = (claim.statement, claim.where, numbers(result, most=MOST), f"**{result.verdict.value}**", picture)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _details(result: Result) -> str:
    comment = f" {result.comment}" if result.comment else ""
    text = f"- `{result.claim.identifier}` — {result.claim.criterion} Measured: {numbers(result)}."
    return f"{text} **{result.verdict.value[0].upper()}{result.verdict.value[1:]}.**{comment}\n"


def _plain(text: str) -> str:
    """Square brackets of a statement are no markup."""
    return text.replace("[", r"\[")
