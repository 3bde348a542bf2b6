"""What the package shows to the outside is what its stub promises, and stays so."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import quasispin

NAMES = {
    "Shell",
    "System",
    "Family",
    "LevelScheme",
    "read_levels",
    "tin",
    "Material",
    "materials",
    "Cluster",
    "Window",
    "HardWallSphere",
    "Hemisphere",
    "Layer",
    "Oscillator",
    "Spheroid",
    "SpinOrbit",
    "Canonical",
    "LowestLevels",
    "lowest_levels",
    "GrandCanonical",
    "NumberParity",
    "MeanField",
    "TiltedShell",
    "ExactDiagonalisation",
    "average_over_directions",
    "Blocked",
    "gap",
    "connected_gap",
    "shell_gap",
    "pairing_energy",
    "free_energy",
    "internal_energy",
    "entropy",
    "heat_capacity",
    "magnetic_moment",
    "susceptibility",
    "mean_seniority",
    "seniority_distribution",
    "occupation",
    "number_variance",
    "chemical_potential",
    "parity_gap",
    "addition_energy",
    "sweep",
    "read_sweep",
    "plan",
    "Plan",
    "conventions",
    "figures",
    "units",
    "QuasispinError",
    "InputError",
    "UndefinedError",
    "SizeError",
    "FileError",
    "SolverError",
    "DependencyError",
    "__version__",
}


def test_dir_shows_exactly_the_public_names() -> None:
    assert set(dir(quasispin)) == NAMES
    assert set(quasispin.__all__) == NAMES  # type: ignore[attr-defined]


def test_every_public_name_loads() -> None:
    for name in NAMES:
        assert getattr(quasispin, name) is not None


def test_the_stub_names_what_the_package_shows() -> None:
    stub = Path(quasispin.__file__).with_name("__init__.pyi").read_text(encoding="utf-8")
    found = set()
    for node in ast.parse(stub).body:
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname for alias in node.names}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    assert found == NAMES


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'gab'"):
        _ = quasispin.gab  # type: ignore[attr-defined]


def test_sweep_stays_a_function_when_its_package_is_imported_first() -> None:
    code = (
        "import quasispin.sweep.store, quasispin; print(quasispin.sweep.__name__, callable(quasispin.sweep))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["sweep", "True"]


def test_the_version_is_that_of_the_distribution() -> None:
    assert quasispin.__version__ == version("quasispin")
