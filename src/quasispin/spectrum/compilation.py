"""The first use of compiled functions: they are compiled for this machine once, and kept on disk.

numba keeps the machine code beside the source, or in its own folder where that is not writable. Files are
written under another name and then renamed, so that many processes may start at once. Where nothing can be
written (no folder, a full disk) every process compiles for itself; the results are the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOTE = "Compiling for this machine, once: some 10 to 30 seconds."


def run(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a compiled function, with a note on a terminal if it has to be compiled now."""
    if sys.stderr is not None and sys.stderr.isatty() and not is_ready(function):
        print(NOTE, file=sys.stderr, flush=True)
    try:
        return function(*arguments)
    except OSError:  # compiled, but not to be kept: there is no room on the disk
        return function(*arguments)


def is_ready(function: Any) -> bool:
    """Whether machine code is in this process or on disk (of an earlier version of the source, perhaps)."""
    if function.signatures:
        return True
    folder = function.stats.cache_path
    if folder is None:
        return False
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}-*.nbi"
    return any(Path(folder).glob(name))


def kept(compiler: Callable[..., Any], function: Callable[..., Any]) -> Any:
    """The compiled function, kept on disk where any folder can be written."""
    try:
        return compiler(cache=True)(function)
    except RuntimeError:  # no folder
        return compiler()(function)
