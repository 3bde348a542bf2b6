"""numba's compiler, whatever NUMBA_DISABLE_JIT says.

That switch lets people debug their own compiled functions as plain Python. The kernels of this package cannot
be run so: they are written in instructions on eight numbers at once, which Python does not have. So they are
compiled all the same, and give the same digits; functions of others stay as the switch wants them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from typing import Any

from numba import njit
from numba.core import config as _config

from quasispin.compiled.kept import keep

config: Any = _config  # it names no types

_lock = threading.Lock()
_inside = 0


def jitted(*, cache: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit` with these options; with `cache` the machine code is kept on the disk (`kept`)."""

    def compiled(function: Callable[..., Any]) -> Any:
        dispatcher = njit(**options)(function)
        if cache:
            keep(dispatcher)
        return dispatcher

    def decorate(function: Callable[..., Any]) -> Any:
        if not config.DISABLE_JIT:
            return compiled(function)
        with _allowed():
            dispatcher = compiled(function)
        return dispatcher if options.get("no_cpython_wrapper") else _Allowed(dispatcher)

    return decorate


class _Allowed:
    """An entry from Python that may be compiled while the switch forbids it to others."""

    def __init__(self, dispatcher: Any) -> None:
        self.dispatcher = dispatcher
        update_wrapper(self, dispatcher.py_func)

    def __call__(self, *arguments: Any) -> Any:
        """Call the compiled function."""
        with _allowed():
            return self.dispatcher(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["dispatcher"], name)


@contextmanager
def _allowed() -> Iterator[None]:
    """Within this the compiler is on; the last of several threads to leave turns it off again."""
    global _inside
    with _lock:
        _inside += 1
        config.DISABLE_JIT = 0
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                config.DISABLE_JIT = 1


entry = jitted(cache=True, nogil=True, error_model="numpy")
"""Called from Python: compiled once for this machine and kept on the disk."""
inner = jitted(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Called by compiled functions only. A wrapper for Python would be a third of its compilation and is never used."""
inlined = jitted(error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""As `inner`, and written out wherever it is called."""
