"""What people and their programs hand over, on purpose or not: some seventy values of every kind."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr


def _deep(levels: int) -> Any:
    value: Any = 0.5
    for _ in range(levels):
        value = [value]
    return value


def _circular() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


class Rude:
    """An object that answers every question with an error of its own."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __index__(self) -> int:
        raise RuntimeError("no index")

    def __iter__(self) -> Any:
        raise RuntimeError("no items")


VALUES: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "true": lambda: True,
    "false": lambda: False,
    "zero": lambda: 0,
    "one": lambda: 1,
    "two": lambda: 2,
    "minus one": lambda: -1,
    "0.0": lambda: 0.0,
    "-0.0": lambda: -0.0,
    "1.0": lambda: 1.0,
    "half": lambda: 0.5,
    "minus half": lambda: -0.5,
    "1e-300": lambda: 1e-300,
    "5e-324": lambda: 5e-324,
    "1e40": lambda: 1e40,
    "1e70": lambda: 1e70,
    "10**30": lambda: 10**30,
    "10**400": lambda: 10**400,
    "10**5000": lambda: 10**5000,
    "inf": lambda: float("inf"),
    "-inf": lambda: float("-inf"),
    "nan": lambda: float("nan"),
    "complex": lambda: 0.5 + 1j,
    "complex without imaginary part": lambda: 0.5 + 0j,
    "numpy complex": lambda: np.complex128(0.5 + 1j),
    "float32": lambda: np.float32(0.5),
    "float64": lambda: np.float64(0.5),
    "float16": lambda: np.float16(0.5),
    "int64": lambda: np.int64(1),
    "uint8": lambda: np.uint8(1),
    "numpy bool": lambda: np.bool_(True),
    "longdouble": lambda: np.longdouble("0.5"),
    "longdouble 1e400": lambda: np.longdouble("1e400"),
    "fraction": lambda: Fraction(1, 2),
    "decimal": lambda: Decimal("0.5"),
    "decimal nan": lambda: Decimal("NaN"),
    "decimal signalling": lambda: Decimal("sNaN"),
    "empty text": lambda: "",
    "text": lambda: "abc",
    "text of a number": lambda: "0.5",
    "text of a whole number": lambda: "1",
    "long text": lambda: "x" * 100_000,
    "text with a surrogate": lambda: "\ud800",
    "text with a null": lambda: "a\x00b",
    "bytes": lambda: b"1",
    "numpy text": lambda: np.array("0.1"),
    "numpy object": lambda: np.array(Rude(), dtype=object),
    "0-d array": lambda: np.array(0.5),
    "array of one": lambda: np.array([0.5]),
    "array": lambda: np.array([0.5, 1.0]),
    "integer array": lambda: np.array([1, 2]),
    "float32 array": lambda: np.array([0.5, 1.0], dtype=np.float32),
    "longdouble array": lambda: np.array(["0.5", "1e400"], dtype=np.longdouble),
    "empty array": lambda: np.array([]),
    "array with nan": lambda: np.array([0.5, np.nan]),
    "complex array": lambda: np.array([0.5j, 1.0]),
    "boolean array": lambda: np.array([True, False]),
    "text array": lambda: np.array(["a", "b"]),
    "object array": lambda: np.array([0.5, None], dtype=object),
    "matrix": lambda: np.array([[0.5, 0.1], [0.1, 0.5]]),
    "masked array": lambda: np.ma.masked_array([0.5, 1.0], [False, True]),
    "structured array": lambda: np.zeros(2, dtype=[("a", float)]),
    "list of one": lambda: [0.5],
    "list": lambda: [0.5, 1.0],
    "whole list": lambda: [1, 2],
    "empty list": list,
    "ragged list": lambda: [[0.5], [0.5, 1.0]],
    "list of texts": lambda: ["a", "b"],
    "list of numbers as texts": lambda: ["0.5", "1"],
    "list with none": lambda: [0.5, None],
    "list of rude objects": lambda: [Rude()],
    "list 60 deep": lambda: _deep(60),
    "list of itself": _circular,
    "tuple": lambda: (0.5, 1.0),
    "dict": lambda: {"a": 1.0},
    "set": lambda: {0.5},
    "range": lambda: range(1, 3),
    "generator": lambda: (x for x in (0.5, 1.0)),
    "object": object,
    "rude object": Rude,
    "class": lambda: int,
    "function": lambda: len,
    "path": lambda: Path("nowhere"),
    "date": lambda: datetime.date(2000, 1, 1),
    "datetime64": lambda: np.datetime64("2000-01-01"),
    "timedelta64": lambda: np.timedelta64(1, "s"),
    "scalar DataArray": lambda: xr.DataArray(0.5),
    "DataArray": lambda: xr.DataArray([0.5, 1.0], dims="x", coords={"x": [1, 2]}),
    "DataArray on seniority": lambda: xr.DataArray([0.5, 1.0], dims="seniority"),
    "DataArray on electrons": lambda: xr.DataArray([0.5, 1.0], dims="electrons"),
    "DataArray on ensemble": lambda: xr.DataArray([0.5, 1.0], dims="ensemble"),
    "empty DataArray": lambda: xr.DataArray(np.empty(0), dims="x"),
    "DataArray of texts": lambda: xr.DataArray(["a"], dims="x"),
    "Dataset": lambda: xr.Dataset({"a": ("x", [0.5])}),
    "Series": lambda: pd.Series([0.5, 1.0]),
    "empty Series": lambda: pd.Series([], dtype=float),
    "DataFrame": lambda: pd.DataFrame({"a": [0.5, 1.0]}),
    "NA": lambda: pd.NA,
}
"""A name and what makes it afresh for every call."""

EQUAL = {
    "half": (
        "float32",
        "float64",
        "float16",
        "longdouble",
        "fraction",
        "decimal",
        "0-d array",
        "scalar DataArray",
    ),
    "one": ("1.0", "int64", "uint8"),
    "zero": ("0.0", "-0.0"),
}
"""What is the same number in other clothes: it must have the same answer."""

SMALL = {"zero", "one", "two", "minus one", "0.0", "-0.0", "1.0", "half", "minus half", "1e-300", "5e-324"}
CLOTHES = {name for names in EQUAL.values() for name in names}
REAL = SMALL | CLOTHES | {"1e40", "10**30"}
WHOLE = {"zero", "one", "two", "minus one", "0.0", "-0.0", "1.0", "int64", "uint8"}
LISTS = {
    "array of one", "array", "integer array", "float32 array", "list of one", "list", "whole list", "tuple",
    "Series", "range", "DataArray", "DataArray on seniority", "DataArray on electrons", "DataArray on ensemble",
}  # fmt: skip
ARRAYS = REAL | LISTS | {"matrix"}
LABELLED = ARRAYS

KINDS: dict[str, set[str]] = {
    "real": REAL,
    "optional real": REAL | {"none"},
    "whole": WHOLE,
    "optional whole": WHOLE | {"none"},
    "numbers": ARRAYS,
    "list of labels": {"empty list", "list of texts", "list of numbers as texts"},
    "optional numbers": ARRAYS | {"none"},
    "list of numbers": LISTS | {"generator", "set", "0-d array"},
    "whole numbers": WHOLE | {"integer array", "whole list", "range"},
    "coupling": REAL | {"matrix", "array of one", "list of one"},
    "optional coupling": REAL | {"none", "matrix", "array of one", "list of one"},
    "labelled numbers": LABELLED,
    "optional labelled numbers": LABELLED | {"none"},
    "text": {"text", "text of a number", "text of a whole number", "long text"},
    "any text": {"empty text", "text", "text of a number", "text of a whole number", "long text"},
    "optional text": {
        "none",
        "empty text",
        "text",
        "text of a number",
        "text of a whole number",
        "long text",
    },
    "labels": {"none", "text", "text of a number", "text of a whole number", "long text"},
    "flag": {"true", "false", "numpy bool"},
    "optional flag": {"none", "true", "false"},
    "nothing else": set(),
    "optional": {"none"},
    "anything": set(VALUES),
}
"""What each kind of argument may accept; all else must be refused in one sentence."""
