"""What the page on trust shows: run by its cells when the pages are built, so that no number is typed in.

Each function gives Markdown.
"""

from __future__ import annotations

import ast
import json
import math
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from quasispin.paper.claim import Claim, Result, examine, shown
from quasispin.paper.claims import CLAIMS
from quasispin.paper.errata import ERRATA
from quasispin.verification import published

ROOT = Path(__file__).parents[1]
PUBLISHED = "published"


class Verification:
    """`quasispin verify --json`, run beside the other cells."""

    def __init__(self) -> None:
        command = "from quasispin.cli.entry import main; main()"
        self._run = subprocess.Popen(
            [sys.executable, "-c", command, "verify", "--json"], stdout=subprocess.PIPE, text=True
        )
        self._found: dict[str, Any] | None = None

    @property
    def found(self) -> dict[str, Any]:
        """Its object; see json-schemas.md."""
        if self._found is None:
            text, _ = self._run.communicate()
            self._found = json.loads(text)
        assert self._found is not None
        return self._found

    def summary(self) -> str:
        """One sentence."""
        rows = self._rows()
        closest = max(rows, key=lambda row: row["worst"] / row["tolerance"])
        share = closest["worst"] / closest["tolerance"]
        count = sum(row["points"] for row in rows)
        assert self.found["passed"], self.found
        return (
            f"Version {self.found['version']}: {count} comparisons in {len(rows)} groups, all within their "
            f"tolerances. The one that comes closest is the {_words(closest['quantity'])} of "
            f"*{closest['check'].replace(' | ', ', ')}*, at {share:.2g} of its tolerance."
        )

    def table(self, oracle: str) -> str:
        """The deviations from one oracle."""
        rows = [row for row in self._rows() if row["check"].endswith(f"| {oracle}")]
        assert rows, oracle
        ours = [row["check"].partition(" | ")[0] for row in rows]
        return table(
            ("ensemble", "quantity", "worst deviation", "tolerance", "points"),
            (
                (name, _words(row["quantity"]), power(row["worst"]), power(row["tolerance"]), row["points"])
                for name, row in zip(ours, rows, strict=True)
            ),
        )

    def _rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.found["deviations"]
        return [row | {"worst": math.inf if row["worst"] is None else row["worst"]} for row in rows]


def numbers_of_others(check: str) -> str:
    """Every published number of one source, with what ours differs from it."""
    samples = [s for s in published.samples() if s.check == f"{PUBLISHED}: {check}"]
    assert samples, check
    assert all(s.deviation <= s.tolerance for s in samples), samples
    return table(
        ("where", "quantity", "deviation", "tolerance"),
        ((s.where, s.quantity, power(s.deviation), power(s.tolerance)) for s in samples),
    )


def identities(chosen: Iterable[Any]) -> str:
    """The deviations from identities, measured now."""
    rows = []
    for one in chosen:
        found = list(one.deviations())
        rows.append((one.statement, power(max(found)), power(one.tolerance), len(found)))
        assert max(found) <= one.tolerance, f"{one.statement}: {max(found)}"
    return table(("identity", "worst deviation", "tolerance", "comparisons"), rows)


def theorems() -> str:
    """The exact identities, proved now by running their tests."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-n", "0", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
        file = "tests/docs/test_identities.py"
        subprocess.run(
            [sys.executable, "-m", "pytest", file, *options], cwd=ROOT, check=True, capture_output=True
        )
        cases = ElementTree.parse(report).getroot().iter("testcase")
        names = [re.sub(r"\[.*", "", case.attrib["name"]) for case in cases]
    order = re.findall(r"^def (test_\w+)", (ROOT / file).read_text(encoding="utf-8"), re.M)
    return table(
        ("theorem", "cases", "deviation"),
        ((_theorem(name), names.count(name), 0) for name in order),
    )


def imports_of_oracles() -> str:
    """What each oracle imports of the package, read off its source."""
    rows = []
    for file in sorted((ROOT / "src" / "quasispin" / "oracles").glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
        found |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        ours = sorted(f"`{name}`" for name in found if name.startswith("quasispin"))
        if file.stem != "__init__":
            rows.append((f"`{file.stem}`", ", ".join(ours) or "nothing"))
    return table(("oracle", "imports of the package"), rows)


def claims(kind: str, most: int = 4) -> str:
    """The paper's statements of one kind, measured now."""
    chosen: Sequence[Claim] = {"claim": CLAIMS, "erratum": ERRATA}[kind]
    return table(
        ("the paper", "measured", "verdict"),
        ((_statement(one), _measured(one, most), one.verdict.value) for one in map(examine, chosen)),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def power(value: float) -> str:
    """Two digits and a power of ten."""
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        return "infinite"
    digits, exponent = f"{value:.1e}".split("e")
    front = "" if digits == "1.0" else f"{digits}\\cdot "
    return f"{value:.2g}" if abs(int(exponent)) < 2 else f"${front}10^{{{int(exponent)}}}$"


def _statement(one: Result) -> str:
    return f"{_cell(one.claim.statement)} *({_cell(one.claim.where)})*"


def _measured(one: Result, most: int) -> str:
    items = [f"{name}: {shown(value)}" for name, value in one.numbers.items()]
    left = len(items) - most
    text = "; ".join(items[:most]) + (f"; … {left} more" if left > 0 else "")
    return _cell(f"{text}. {one.comment}")


def _cell(text: str) -> str:
    """The signs of a statement are no markup."""
    return re.sub(r"[|*_^$<>\[\]]", r"\\\g<0>", text)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _theorem(name: str) -> str:
    text = re.sub(r"\beq (\d+)", r"eq. (\1)", _words(name.removeprefix("test_")))
    return re.sub(r"\bidentity ([a-d])\b", lambda found: f"identity ({found[1].upper()})", text)
