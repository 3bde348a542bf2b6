"""Every error says in one sentence which argument, what is allowed, and what it is."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from quasispin import errors, machine
from quasispin.errors import InputError, QuasispinError, SizeError

CHILDREN = ["InputError", "UndefinedError", "SizeError", "FileError", "SolverError", "DependencyError"]


def is_one_sentence(message: str) -> bool:
    return message.endswith(".") and "\n" not in message and message[0] in "`ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize("name", CHILDREN)
def test_every_error_is_ours_and_a_builtin_one_and_survives_pickle(name: str) -> None:
    error = getattr(errors, name)("`x` must be 1, but is 2.", 2)
    assert isinstance(error, QuasispinError)
    assert isinstance(error, (ValueError, RuntimeError))
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.value) == (type(error), str(error), 2)


@pytest.mark.parametrize(
    ("value", "end"),
    [
        (math.nan, "must be finite, but is nan."),
        (math.inf, "must be finite, but is inf."),
        ("1", "must be one real number, but is '1'."),
        (None, "must be one real number, but is None."),
        (True, "must be one real number, but is True."),
        (np.True_, "must be one real number, but is np.True_."),
        (1j, "must be one real number, but is 1j."),
        ([1.0], "must be one real number, but is [1.0]."),
        ([[1], [2, 3]], "must be one real number, but is [[1], [2, 3]]."),
        (-1, "must lie in [0, 2], but is -1."),
        (3, "must lie in [0, 2], but is 3."),
    ],
)
def test_finite_names_argument_value_and_allowed(value: Any, end: str) -> None:
    with pytest.raises(InputError) as caught:
        errors.finite("x", value, low=0, high=2)
    assert str(caught.value) == f"`x` {end}"


def test_a_number_beyond_all_floats_and_printing_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        errors.finite("x", 10**5000)
    assert str(caught.value) == "`x` must fit into a float, but is an integer too long to show."


@pytest.mark.parametrize("value", [1, 1.0, np.float32(1), np.int8(1), np.array(1.0), Fraction(1)])
def test_finite_takes_every_real_scalar(value: Any) -> None:
    number = errors.finite("x", value)
    assert type(number) is float
    assert number == 1.0


def test_finite_has_no_negative_zero() -> None:
    assert math.copysign(1.0, errors.finite("x", -0.0)) == 1.0


@pytest.mark.parametrize("value", [2, 2.0, np.int64(2), np.float64(2), np.array(2)])
def test_integer_takes_every_whole_number(value: Any) -> None:
    number = errors.integer("n", value)
    assert type(number) is int
    assert number == 2


@pytest.mark.parametrize("value", [1.5, math.nan, math.inf, "2", None, True, np.True_, [2], 2j])
def test_integer_refuses_what_is_not_whole(value: Any) -> None:
    with pytest.raises(InputError, match="`n` must be a whole number, but is ") as caught:
        errors.integer("n", value)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    ("value", "words"), [(-1, "lie in [0, 22], but is -1."), (99, "lie in [0, 22], but is 99.")]
)
def test_integer_names_its_bounds(value: int, words: str) -> None:
    with pytest.raises(InputError) as caught:
        errors.integer("electrons", value, low=0, high=22)
    assert str(caught.value) == f"`electrons` must {words}"
    assert caught.value.value == value


@pytest.mark.parametrize(
    ("value", "end"),
    [
        ([], "must hold at least one number, but is empty."),
        ([1.0, math.nan], "must be finite everywhere, but holds nan."),
        ([1.0, -math.inf], "must be finite everywhere, but holds -inf."),
        ([1.0, -2.0], "must be at least 0, but holds -2."),
        ([[1.0], [1.0, 2.0]], "must be a rectangular array of real numbers, but is ragged."),
        (["a"], "must hold real numbers, but holds ['a']."),
        ([True], "must hold real numbers, but holds [True]."),
        ([1j], "must hold real numbers, but holds [1j]."),
        (None, "must hold real numbers, but holds None."),
    ],
)
def test_real_array_names_argument_value_and_allowed(value: Any, end: str) -> None:
    with pytest.raises(InputError) as caught:
        errors.real_array("x", value, low=0.0)
    assert str(caught.value) == f"`x` {end}"


def test_shapes_that_do_not_broadcast_are_named() -> None:
    with pytest.raises(InputError, match=r"`temperature` \(2,\) and `field` \(3,\)"):
        errors.broadcast(temperature=np.zeros(2), field=np.zeros(3))


def test_one_of_lists_what_is_allowed() -> None:
    errors.one_of("kind", "a", ["a", "b"])
    with pytest.raises(InputError, match="`kind` must be one of a, b, but is 'c'"):
        errors.one_of("kind", "c", ["a", "b"])


def test_memory_beyond_what_the_machine_allows_is_refused_with_what_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 2.0**34)
    errors.check_memory("This", 2**33)
    with pytest.raises(SizeError) as caught:
        errors.check_memory("This", 2**34, seconds=1e4, instead="half of it fits", is_bound=True)
    assert str(caught.value) == (
        "This would take at least 16 GiB and about 3 hours, but at most 8 GiB of this machine's 16 GiB are "
        "allowed: half of it fits."
    )
    assert caught.value.value == 2**34


def test_what_is_said_to_fit_does_and_hardly_more_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 2.0e9)
    assert errors.fitting(10**6, 7e9) == 142_000
    with pytest.raises(SizeError, match=r"`temperature` and `field` of 1000000 points .*: 142000 points fit"):
        errors.check_points(10**6, 7e3)
    errors.check_points(142_000, 7e3)
    with pytest.raises(SizeError):
        errors.check_points(143_000, 7e3)


def test_messages_stay_on_one_short_line() -> None:
    assert "\n" not in errors.shown(np.zeros((30, 30)))
    assert len(errors.shown("x" * 1000)) == 60


@pytest.mark.parametrize("value", [1e61, -1e61, [0.0, 1e308]])
def test_numbers_whose_squares_leave_the_range_of_a_double_are_refused(value: object) -> None:
    with pytest.raises(InputError, match=r"`field` must be at most 1e\+60 in size, but (is|holds) "):
        errors.real_array("field", value)  # type: ignore[arg-type]


def test_masked_arrays_are_refused() -> None:
    masked = np.ma.masked_array([1.0, 2.0], mask=[True, False])
    with pytest.raises(InputError, match="must be a plain array, but is a masked one"):
        errors.real_array("temperature", masked)


def test_a_huge_view_is_refused_before_it_is_copied() -> None:
    with pytest.raises(SizeError, match="GiB"):
        errors.real_array("temperature", np.broadcast_to(0.1, 10**10))
