"""Importing costs no more than numpy; heavy packages load on first use."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import quasispin

HEAVY = {"numba", "scipy", "xarray", "matplotlib", "pydantic", "rich"}
REPORT = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
HELP = """
import sys
from quasispin.cli.app import main
try:
    main([{option!r}])
except SystemExit as stop:
    assert stop.code == 0
"""


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = modules_after("import quasispin; dir(quasispin)")
    assert "quasispin" in loaded
    assert not loaded & HEAVY


def test_a_system_and_its_staircase_load_nothing_heavy() -> None:
    code = "import quasispin as q; q.System(q.Shell.orbital(5), 10, 0.2).crossing_fields()"
    assert not modules_after(code) & HEAVY


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_command_line_shows_help_without_loading_anything_heavy(option: str) -> None:
    assert not modules_after(HELP.format(option=option)) & HEAVY


def test_observables_do_not_load_xarray() -> None:
    code = (
        "import quasispin as q; s = q.System.single_shell(q.Shell.orbital(1), 2, gap_scale=1.0); "
        "q.gap(q.Canonical(s), temperature=0.1)"
    )
    assert "xarray" not in modules_after(code)


def test_no_module_imports_the_package_root() -> None:
    root = Path(quasispin.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert "quasispin" not in {alias.name for alias in node.names}, path
            if isinstance(node, ast.ImportFrom) and node.module == "quasispin":
                # sub-modules by name are no names of the root
                assert all(
                    (root / alias.name).is_dir() or (root / f"{alias.name}.py").exists()
                    for alias in node.names
                ), path
