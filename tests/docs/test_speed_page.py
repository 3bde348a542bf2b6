"""The page on costs: every figure is the benchmark's, and the benchmark runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command
from benchmarks import kernels, pictures, table
from benchmarks.parts import PARTS, SECTIONS, Part
from benchmarks.problem import Problem
from benchmarks.records import Scale, Times, record

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "benchmarks"
PAGE = (DOCS / "speed.md").read_text(encoding="utf-8")
RESULTS: dict[str, Any] = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
GENERATED = re.compile(r"<!-- begin (\w+) -->.*?<!-- end \1 -->", re.DOTALL)
QUICK = Scale(quick=True)


def test_the_table_is_what_the_results_say() -> None:
    assert (FOLDER / "table.md").read_text(encoding="utf-8") == table.table(RESULTS)


def test_the_page_shows_the_table_and_nothing_else_of_its_kind() -> None:
    assert table.page(PAGE, RESULTS) == PAGE
    assert {found[1] for found in GENERATED.finditer(PAGE)} == {"machine", "glance", *SECTIONS}


def test_no_time_or_ratio_of_the_page_is_written_by_hand() -> None:
    prose = GENERATED.sub("", PAGE)
    assert not re.search(r"\d\s*(×|times|%|ns|µs|ms|s|GiB|MiB|MB|GB)\b(?!\s*\d)", prose)


def test_the_results_are_whole() -> None:
    """Of one run of all parts, none of them broken."""
    wanted = [part.name for part in PARTS if part.kind == "usual" or RESULTS["long"]]
    assert [part["name"] for part in RESULTS["parts"]] == wanted
    assert not RESULTS["quick"]
    for part in RESULTS["parts"]:
        assert not part["failed"]
        assert part["records"]
        assert part["peak"] > 0
    assert {"python", "numpy", "numba", "scipy", "quspin", "mpmath", "gcc"} <= set(RESULTS["versions"])


def test_the_results_name_no_folder_of_a_machine() -> None:
    assert not re.search(r"/(tmp|home|root|Users)\b", json.dumps(RESULTS))


def test_every_picture_of_the_page_exists() -> None:
    found = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", PAGE)
    assert sorted(found) == [f"benchmarks/{name}.png" for name in ("growth", "levels", "points")]
    assert all((DOCS / name).is_file() for name in found)


IN_PROCESS = [
    part for part in PARTS if part.section not in ("start", "full", "explorer") and part.kind == "usual"
]


@pytest.mark.parametrize("part", IN_PROCESS, ids=lambda part: part.name)
def test_every_part_runs(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    """On few points; without the compiler of the C comparison, which the next test calls."""
    monkeypatch.setattr(kernels, "compiled", lambda folder, problem: None)
    for one in part.measure(QUICK):
        plain = one.plain()
        assert plain["wall"][1] <= plain["wall"][0] <= plain["wall"][2]
        json.dumps(plain)


def test_c_by_hand_has_the_bits_of_the_kernel(tmp_path: Path) -> None:
    problem = Problem(11, 64)
    by_hand = kernels.compiled(tmp_path, problem)
    if by_hand is None:
        pytest.skip("no compiler")
    problem.kernel()
    by_hand.run()
    assert by_hand.largest_difference() == 0.0


def test_a_broken_part_keeps_what_it_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command goes on to the next, and says so; its peak memory is that of the child alone."""
    parts = (Part("growth", "broken", "nowhere:nothing"), Part("engine", "engine, L = 6", "", ()))
    monkeypatch.setattr(command, "PARTS", parts)
    assert command.main(["--quick", "--only", "growth", "engine", "--out", str(tmp_path / "benchmarks")]) == 1
    results = json.loads((tmp_path / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    broken, engine = results["parts"]
    assert broken["failed"]
    assert not engine["failed"]
    assert engine["records"]
    assert (tmp_path / "benchmarks" / "table.md").read_text(encoding="utf-8") == table.table(results)


def test_a_ratio_is_the_median_of_the_ratios_within_the_rounds() -> None:
    ours, theirs = Times([1.0, 9.0, 2.0], [1.0, 9.0, 2.0]), Times([1.0, 3.0, 4.0], [2.0, 3.0, 4.0])
    plain = record("a", 1, "a", "", ours, over=("b", theirs)).plain()
    assert plain["ratio"] == [1.0, 0.5, 3.0]
    assert plain["cpu_ratio"] == [0.5, 0.5, 3.0]


def test_pictures_need_no_part_to_be_there(tmp_path: Path) -> None:
    pictures.draw({"parts": []}, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"growth.png", "levels.png", "points.png"}
