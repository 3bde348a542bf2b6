"""All benchmarks in one go: `uv run --group bench python -m benchmarks [--long] [--quick] [--out FOLDER]`.

Every part runs in a process of its own, with its own peak memory. After each, results.json, table.md and
the tables of speed.md beside the folder, if it is there, are written anew; the pictures follow at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks import table
from benchmarks.parts import PARTS, Part
from benchmarks.surroundings import load, surroundings

ROOT = Path(__file__).parents[1]
PICTURES = "import json, sys; from pathlib import Path; from benchmarks import pictures; \
here = Path(sys.argv[1]); pictures.draw(json.loads((here / 'results.json').read_text()), here)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write after each part; 1 if a part broke."""
    given = parsed(arguments)
    out: Path = given.out
    out.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {**surroundings(), "quick": given.quick, "long": given.long, "parts": []}
    for part in PARTS:
        if (part.kind == "long" and not given.long) or (given.only and part.section not in given.only):
            continue
        print(f"{part.name} …", end=" ", flush=True)
        results["parts"].append(run(part, given))
        write(results, out)
        print(f"{results['parts'][-1]['seconds']:.1f} s", flush=True)
    subprocess.run([sys.executable, "-c", PICTURES, str(out)], cwd=ROOT, check=True)
    return int(any(part["failed"] for part in results["parts"]))


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--long", action="store_true", help="sizes that take minutes, too")
    parser.add_argument("--quick", action="store_true", help="only see that everything runs")
    parser.add_argument("--only", nargs="*", metavar="SECTION", help="these sections alone")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks", help="where results go")
    return parser.parse_args(arguments)


def run(part: Part, given: argparse.Namespace) -> dict[str, Any]:
    """One part in a child: its records, even if it breaks; time, peak memory, load before and after."""
    options = [name for name in ("quick", "long") if getattr(given, name)]
    before, start = load(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "records"
        command = [sys.executable, "-m", "benchmarks.child", part.name, str(target), *options]
        child = subprocess.Popen(command, cwd=ROOT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        lines = target.read_text(encoding="utf-8").splitlines() if target.exists() else []
    return {
        "section": part.section,
        "name": part.name,
        "records": [json.loads(line) for line in lines],
        "failed": f"exit code {child.returncode}" if child.returncode else "",
        "seconds": round(time.perf_counter() - start, 2),
        "cpu": round(usage.ru_utime + usage.ru_stime, 2),
        "peak": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "load": [before, load()],
    }


def write(results: dict[str, Any], out: Path) -> None:
    """The results as JSON, and from that as tables."""
    text = json.dumps(results, indent=1, ensure_ascii=False)
    (out / "results.json").write_text(text + "\n", encoding="utf-8")
    (out / "table.md").write_text(table.table(results), encoding="utf-8")
    page = out.parent / "speed.md"
    with suppress(FileNotFoundError):
        page.write_text(table.page(page.read_text(encoding="utf-8"), results), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
