"""On what it was measured: processor, load, versions, commit. No names of machines, users or folders."""

from __future__ import annotations

import datetime
import os
import platform
import re
import shutil
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "quspin", "mpmath", "xarray", "zarr")
HERE = Path(__file__).parent
CPU = Path("/sys/devices/system/cpu/cpu0/cache")


def surroundings() -> dict[str, Any]:
    """Everything that a reader needs to judge the figures."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit(),
        "machine": {
            "processor": processor(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "caches": caches(),
            "memory": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": versions(),
    }


def load() -> float:
    """Processes that want to run, averaged over the last minute."""
    return round(os.getloadavg()[0], 1)


def versions() -> dict[str, str]:
    """Of Python, of what is installed, of the compiler."""
    found = {"python": platform.python_version()}
    for name in ("quasispin", *PACKAGES):
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    compiler = shutil.which("gcc")
    if compiler:
        found["gcc"] = command(compiler, "-dumpfullversion")
    return found


def commit() -> str:
    """The commit of the sources, with a + if they have been changed since."""
    short = command("git", "rev-parse", "--short=10", "HEAD")
    changed = command("git", "status", "--porcelain", "--", "src", "benchmarks", "pyproject.toml")
    return short + ("+" if short and changed else "")


def processor() -> str:
    """Its name."""
    with suppress(OSError):
        found = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


def caches() -> dict[str, str]:
    """Data caches as one core sees them, by their level."""
    found = {}
    for index in sorted(CPU.glob("index*")):
        with suppress(OSError):
            level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
            if kind != "Instruction":
                found[f"L{level}"] = size
    return found


def command(*words: str) -> str:
    """What a command prints, or nothing."""
    with suppress(OSError, subprocess.CalledProcessError):
        return subprocess.run(words, cwd=HERE, check=True, capture_output=True, text=True).stdout.strip()
    return ""
