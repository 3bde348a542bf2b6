"""Exact thermodynamics of pairing in finite Fermi systems, in a magnetic field.

Everything here loads on first use: importing the package costs no more than numpy. The names and their
types are in ``__init__.pyi``.
"""

import importlib
import importlib.metadata
import sys
import types
from typing import Any

__version__ = importlib.metadata.version("quasispin")

_HOMES = {
    "quasispin.system.shell": ("Shell",),
    "quasispin.system.system": ("System",),
    "quasispin.system.family": ("Family",),
    "quasispin.system.tilted_shell": ("TiltedShell",),
    "quasispin.system.schemes": ("LevelScheme", "read_levels"),
    "quasispin.system.examples": ("tin",),
    "quasispin.system.materials": ("Material", "materials"),
    "quasispin.system.geometry": (
        "HardWallSphere",
        "Hemisphere",
        "Layer",
        "Oscillator",
        "Spheroid",
        "SpinOrbit",
    ),
    "quasispin.system.cluster": ("Cluster", "Window"),
    "quasispin.ensembles.canonical": ("Canonical",),
    "quasispin.ensembles.grand_canonical": ("GrandCanonical", "NumberParity"),
    "quasispin.ensembles.low_levels": ("LowestLevels", "lowest_levels"),
    "quasispin.ensembles.mean_field": ("MeanField",),
    "quasispin.ensembles.tilted": ("ExactDiagonalisation", "average_over_directions"),
    "quasispin.ensembles.mean_field_shells": ("Blocked",),
    "quasispin.observables": (
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
    ),
    "quasispin.sweep.run": ("sweep",),
    "quasispin.sweep.plan": ("Plan", "plan"),
    "quasispin.sweep.store": ("read_sweep",),
    "quasispin.errors": (
        "QuasispinError",
        "InputError",
        "UndefinedError",
        "SizeError",
        "FileError",
        "SolverError",
        "DependencyError",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = ("conventions", "figures", "units")

__all__ = [*_HOME_OF, *_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        _check_addresses()
        value = getattr(importlib.import_module(_HOME_OF[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _check_addresses() -> None:
    from quasispin.machine import shortage

    if why := shortage():
        from quasispin.errors import SizeError

        raise SizeError(why)


def __dir__() -> list[str]:
    return sorted(__all__)


class _Face(types.ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:
        # Python binds an imported sub-package under its name here; `sweep` stays the function of that name
        if not (name == "sweep" and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
