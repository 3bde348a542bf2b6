"""Numbers as people type them."""

from __future__ import annotations

import pytest

from quasispin.errors import InputError
from quasispin.explorer.typed import number, numbers, prefixed, shorter

FIELD = prefixed({"T": 1.0})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.3", 0.3), ("0,3", 0.3), (" 3 ", 3.0), (".5", 0.5), (",5", 0.5), ("5,", 5.0), ("-1e-3", -1e-3),
        ("\u22121,5E2", -150.0), ("500 mT", 0.5), ("500mT", 0.5), ("2\u00a0T", 2.0), ("3 \u03bcT", 3e-6),
        ("0,125", 0.125), ("1.234", 1.234),
    ],
)  # fmt: skip
def test_a_number_is_read(text: str, value: float) -> None:
    assert number(text, "B", FIELD) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "K",
        "nan",
        "inf",
        "0x10",
        "1_000",
        "1,2,3",
        "1.234,5",
        "1,234",
        "\u0663",
        "\uff11",
        "1 2",
        "5 K",
        "1e999",
    ],
)
def test_what_is_none_is_one_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"^`B` [^\n]*\.$"):
        number(text, "B", FIELD)


def test_a_huge_number_is_shown_with_three_digits() -> None:
    assert shorter("but is 123456789.0.") == "but is 1.23e+08."
    assert shorter("but is 1.2345678901234567e+300.") == "but is 1.23e+300."
    assert shorter("lie in [0, 1e+06], but is 99.") == "lie in [0, 1e+06], but is 99."


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", ()),
        ("0.4", (0.4,)),
        ("0,4", (0.4,)),
        ("0.4; 1", (0.4, 1.0)),
        ("0,4; 1,5", (0.4, 1.5)),
        ("0,4, 1,5", (0.4, 1.5)),
        ("0.4,1.5", (0.4, 1.5)),
        ("0.4 1.5", (0.4, 1.5)),
        ("400 mK; 1 K", (0.4, 1.0)),
    ],
)
def test_several_numbers_are_read_as_they_are_typed(text: str, values: tuple[float, ...]) -> None:
    assert numbers(text, "T", {"K": 1.0, "mK": 1e-3}) == values


def test_one_of_several_that_is_no_number_is_named() -> None:
    with pytest.raises(InputError, match=r"`T` must be a number such as 0\.3, but is 'warm'"):
        numbers("0.4; warm", "T")
