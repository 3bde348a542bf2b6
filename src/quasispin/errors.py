"""The errors of quasispin, and the checks that raise them.

One grammar for all of them: the argument in backquotes, what is allowed, what it is:
"`electrons` must lie in [0, 22], but is 99."
"""

from __future__ import annotations

import errno
import math
import operator
from collections.abc import Iterable
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
import numpy.typing as npt

from quasispin import machine

MOST_DIMENSIONS = 16
"""numpy's own limit is higher, but not for all that is done with an array."""
LARGEST = 1e60
"""No input may be larger: squares of products of two inputs must stay within a double."""


class QuasispinError(Exception):
    """Base of every error that quasispin raises on purpose; `value` is what was offending."""

    def __init__(self, message: str, value: Any = None) -> None:
        super().__init__(message)
        self.value = value

    def __reduce__(self) -> tuple[type[QuasispinError], tuple[str, Any]]:
        return type(self), (str(self), self.value)


class InputError(QuasispinError, ValueError):
    """An argument is outside what is allowed."""


class UndefinedError(QuasispinError, ValueError):
    """What was asked for has no meaning here: the message says why and who can answer."""


class SizeError(QuasispinError, ValueError):
    """The request would need more memory than is sensible; the message says how much."""


class FileError(QuasispinError, ValueError):
    """A file is not what it should be."""


class SolverError(QuasispinError, RuntimeError):
    """A computation did not reach what it promises."""


class DependencyError(QuasispinError, RuntimeError):
    """An optional package is missing; the message says which extra brings it."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether that is a refusal of the system for more memory, which has several forms."""
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or (isinstance(error, RuntimeError) and "can't start new thread" in str(error))
        or (isinstance(error, ImportError) and "failed to map segment" in str(error))
    )


def out_of_memory(error: BaseException, wanted: str = "") -> SizeError:
    """The same in one sentence, with what the memory was wanted for."""
    said = " ".join(str(error).split()).rstrip(".")
    why = f" ({said})" if said else ""
    return SizeError(f"The memory of this process does not suffice{wanted and f' {wanted}'}{why}.", error)


def finite(name: str, value: SupportsFloat, *, low: float = -math.inf, high: float = math.inf) -> float:
    """Return `value` as a float if it is one finite real number in [low, high]."""
    try:
        if not is_number(value):
            raise TypeError
        with np.errstate(over="ignore"):
            number = float(value)
    except OverflowError:
        raise InputError(f"`{name}` must fit into a float, but is {shown(value)}.", value) from None
    except Exception:  # of whatever kind: the value may be anybody's object
        raise InputError(f"`{name}` must be one real number, but is {shown(value)}.", value) from None
    if not math.isfinite(number):
        raise InputError(f"`{name}` must be finite, but is {number}.", value)
    if abs(number) > LARGEST:
        raise InputError(f"`{name}` must be at most {LARGEST:g} in size, but is {shown(value)}.", value)
    if not low <= number <= high:
        raise InputError(f"`{name}` must {_interval(low, high)}, but is {shown(value)}.", value)
    return number + 0.0  # turns -0.0 into 0.0


def integer(
    name: str, value: SupportsIndex | float, *, low: int | None = None, high: int | None = None
) -> int:
    """Return `value` as an int if it is a whole number in [low, high]."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        is_whole = isinstance(value, (float, np.floating)) and value == int(value)
        number = int(value) if is_whole else operator.index(value)  # type: ignore[arg-type]
    except Exception:  # of whatever kind: the value may be anybody's object
        raise InputError(f"`{name}` must be a whole number, but is {shown(value)}.", value) from None
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = _interval(-math.inf if low is None else low, math.inf if high is None else high)
        raise InputError(f"`{name}` must {bounds}, but is {shown(number)}.", value)
    return number


def real_array(name: str, value: npt.ArrayLike, *, low: float = -math.inf) -> npt.NDArray[np.float64]:
    """Return `value` as a float64 array if every entry is finite, real and at least `low`."""
    plain(name, value)
    try:
        array = np.asarray(value)
    except ValueError:
        message = f"`{name}` must be a rectangular array of real numbers, but is ragged."
        raise InputError(message, value) from None
    except Exception:  # of whatever kind: the value may be anybody's object
        raise InputError(f"`{name}` must hold real numbers, but holds {shown(value)}.", value) from None
    if array.dtype.kind not in "iuf":
        raise InputError(f"`{name}` must hold real numbers, but holds {shown(value)}.", value)
    if array.size == 0:
        raise InputError(f"`{name}` must hold at least one number, but is empty.", value)
    if array.ndim > MOST_DIMENSIONS:
        raise InputError(
            f"`{name}` must have at most {MOST_DIMENSIONS} dimensions, but has {array.ndim}.", value
        )
    needed = 32.0 * array.size
    fits = f"{fitting(array.size, needed)} numbers fit"
    check_memory(f"`{name}` of {array.size} numbers", needed, instead=fits)
    with np.errstate(over="ignore"):
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)].flat[0]
        raise InputError(f"`{name}` must be finite everywhere, but holds {bad}.", value)
    if (abs(array) > LARGEST).any():
        bad = array[abs(array) > LARGEST].flat[0]
        raise InputError(f"`{name}` must be at most {LARGEST:g} in size, but holds {bad:g}.", value)
    if (array < low).any():
        bad = array[array < low].flat[0]
        raise InputError(f"`{name}` must {_interval(low, math.inf)}, but holds {bad:g}.", value)
    return array + 0.0


def is_number(value: object) -> bool:
    """Whether this is one real number, of Python, numpy or another library, and no truth value, "
    "text or table."""
    if isinstance(value, (str, bytes, bool, np.bool_, list, tuple)):
        return False
    try:
        if np.ndim(value) != 0:  # type: ignore[arg-type]
            return False
    except Exception:  # of whatever kind: the value may be anybody's object
        return False
    kind = getattr(getattr(value, "dtype", None), "kind", "f")
    return kind in ("i", "u", "f")


def plain(name: str, value: object) -> None:
    """Raise if this is a table or an array with holes, whose numbers are not what they seem."""
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(f"`{name}` must be a plain array, but is a masked one: fill or compress it.", value)
    is_table = hasattr(value, "keys") and hasattr(value, "__getitem__")
    if is_table and getattr(value, "ndim", 2) != 1:  # a Series has keys too, and its values are meant
        what = type(value).__name__
        raise InputError(f"`{name}` must hold numbers, but is a {what}: give the column meant.", value)


def broadcast(**arrays: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Broadcast named arrays against each other, or say which shapes do not fit."""
    try:
        return list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        names = " and ".join(f"`{name}` {array.shape}" for name, array in arrays.items())
        raise InputError(f"The shapes of {names} must broadcast against each other, but do not.") from None


def one_of(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise unless `value` is one of `allowed`."""
    choices = list(allowed)
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        listed = ", ".join(map(str, choices))
        raise InputError(f"`{name}` must be one of {listed}, but is {shown(value)}.", value)


def text(name: str, value: object, *, is_empty_allowed: bool = True) -> str:
    """Return `value` if it is a text that can be shown and written."""
    if not isinstance(value, str) or not (is_empty_allowed or value.strip()):
        what = "a text" if is_empty_allowed else "a text that is not empty"
        raise InputError(f"`{name}` must be {what}, but is {shown(value)}.", value)
    if any(0xD800 <= ord(letter) < 0xE000 or letter == "\0" for letter in value):
        message = (
            f"`{name}` must be a text without null and surrogate characters, but is {ascii(value)[:60]}."
        )
        raise InputError(message, value)
    return value


def check_memory(
    what: str, needed: float, *, seconds: float = 0.0, instead: str = "", is_bound: bool = False
) -> None:
    """Refuse before taking it what needs more bytes than one request may take on this machine.

    Parameters
    ----------
    what
        Subject of the sentence, with the argument in backquotes.
    needed
        Bytes.
    seconds
        How long it would take besides, where that is known.
    instead
        What would fit, a clause of its own.
    is_bound
        Whether it needs that much at least.

    Raises
    ------
    SizeError
        If it does not fit: what it would take, what is allowed, what would fit.
    """
    most = machine.allowed()
    if needed <= most:
        return
    least = "at least " if is_bound else ""
    time = f" and {machine.time_in_words(seconds)}" if seconds >= 1.0 else ""
    limit = f"{machine.size_in_words(most)} of this machine's {machine.size_in_words(machine.memory())}"
    tail = f": {instead}" if instead else ""
    size = f"{least}{machine.size_in_words(needed)}{time}"
    raise SizeError(f"{what} would take {size}, but at most {limit} are allowed{tail}.", needed)


def fitting(count: int, needed: float) -> int:
    """How many would fit of `count` equal things that need so many bytes together, rounded down."""
    most = int(count * machine.allowed() / needed)
    step: int = 10 ** max(len(str(most)) - 3, 0)
    return most // step * step


def check_points(points: int, bytes_of_each: float) -> None:
    """Refuse a grid of so many points that its averages would not fit."""
    needed = points * bytes_of_each
    fits = f"{fitting(points, needed)} points fit" if points else ""
    check_memory(f"`temperature` and `field` of {points} points together", needed, instead=fits)


def shown(value: object) -> str:
    """A short repr on one line, for messages."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python does not print integers of thousands of digits
        text = "an integer too long to show"
    except Exception:  # of whatever kind: the value may be anybody's object
        text = f"an object of type {type(value).__name__} that cannot be shown"
    return text if len(text) <= 60 else text[:57] + "..."


def _interval(low: float, high: float) -> str:
    if high == math.inf:
        return f"be at least {low:g}"
    if low == -math.inf:
        return f"be at most {high:g}"
    return f"lie in [{low:g}, {high:g}]"
