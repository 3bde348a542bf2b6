"""What goes into a spreadsheet is text or a number, never a formula."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import xarray as xr

from quasispin.paper.files import write_csv
from quasispin.sweep.export import for_spreadsheets, quoted


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-cmd|'/c calc'!A0", "@SUM(A1)", "\t=1", " =1"])
def test_a_formula_is_quoted(text: str) -> None:
    assert quoted(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "gap", "-1.5", "+2e-3", "1=1", "a-b", "'=1"])
def test_texts_and_numbers_stay(text: str) -> None:
    assert quoted(text) == text


def test_labels_and_headings_of_an_exported_table_are_quoted() -> None:
    data = xr.Dataset(
        {"gap": (("ensemble", "temperature"), [[-1.5, 2.0]])},
        coords={"ensemble": ["=HYPERLINK(1)"], "temperature": [0.1, 0.2]},
    )
    table = data.to_dataframe().reset_index().rename(columns={"gap": "=gap"})
    rows = list(csv.reader(io.StringIO(for_spreadsheets(table).to_csv(index=False))))
    assert rows == [
        ["ensemble", "temperature", "'=gap"],
        ["'=HYPERLINK(1)", "0.1", "-1.5"],
        ["'=HYPERLINK(1)", "0.2", "2.0"],
    ]


def test_tables_of_reproduce_are_quoted(tmp_path: Path) -> None:
    path = tmp_path / "fig.csv"
    data = xr.Dataset({"gap": ("ensemble", [-1.5])}, coords={"ensemble": ["=1"]})
    write_csv(path, data)
    assert path.read_text(encoding="utf-8") == "ensemble,gap\n'=1,-1.5\n"
