"""One part, in this process: its records as lines of JSON, each written as soon as it is there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.parts import PARTS
from benchmarks.records import Scale


def main(name: str, target: str, *given: str) -> None:
    """Measure the part of that name."""
    part = next(part for part in PARTS if part.name == name)
    with Path(target).open("w", encoding="utf-8") as file:
        for record in part.measure(Scale(quick="quick" in given, long="long" in given)):
            print(json.dumps(record.plain(), ensure_ascii=False), file=file, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
