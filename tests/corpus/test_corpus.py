"""Every argument of every public callable is held against every value of the corpus.

A value is refused in one sentence, or it is of those that are accepted on purpose (`values.KINDS`, `Target.also`):
no foreign exception, no warning, no hang, no silent acceptance. The ordinary tests take every eighth pair of argument
and value, the long ones all of them.
"""

from __future__ import annotations

import inspect
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import xarray as xr

import quasispin as qs
from quasispin.errors import QuasispinError
from tests.corpus.targets import Target, targets
from tests.corpus.values import EQUAL, KINDS, VALUES

TARGETS = {target.name: target for target in targets()}
PATIENCE = 60.0
"""Seconds after which a call is a hang; none needs one of them on a quiet machine."""
STRIDE = 8
LONGEST = 500
"""Characters of a sentence."""


class HangError(BaseException):
    """A call did not come back."""


@contextmanager
def watched() -> Iterator[None]:
    """Within this warnings are errors, and what does not end is ended."""

    def ring(*_: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def called(target: Target, argument: str, value: Any) -> Any:
    """What comes of the call with one argument replaced."""
    given = {name: usual for name, (_, usual) in target.arguments.items()} | {argument: value}
    places = [given.pop(name) for name in target.positional]
    return target.call(*places, **given)


def fault(target: Target, argument: str, label: str) -> str:
    """What is wrong with the answer to one value; empty if nothing is."""
    kind = target.arguments[argument][0]
    where = f"{target.name}({argument}={label})"
    try:
        with watched():
            called(target, argument, VALUES[label]())
    except QuasispinError as error:
        text = str(error)
        is_sentence = text.endswith(".") and "\n" not in text and len(text) <= LONGEST
        return "" if is_sentence else f"{where}: no sentence: {text[:200]!r}"
    except HangError:
        return f"{where}: does not end"
    except BaseException as error:
        return "" if label in target.theirs.get(argument, set()) else f"{where}: {type(error).__name__}"
    accepted = KINDS[kind] | target.also.get(argument, set())
    return "" if label in accepted else f"{where}: accepted silently"


def faults(target: Target, stride: int) -> list[str]:
    """Every fault of one callable, of each so-manieth pair."""
    found, place = [], sum(map(ord, target.name))
    for argument in target.arguments:
        for label in VALUES:
            place += 1
            if place % stride == 0 and (said := fault(target, argument, label)):
                found.append(said)
    return found


@pytest.fixture(autouse=True)
def _no_files(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.close("all")


@pytest.mark.parametrize("name", TARGETS)
def test_every_value_is_refused_in_one_sentence_or_accepted_on_purpose(name: str) -> None:
    assert faults(TARGETS[name], STRIDE) == []


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
def test_all_values_are_refused_in_one_sentence_or_accepted_on_purpose(name: str) -> None:
    assert faults(TARGETS[name], 1) == []


def unequal(target: Target, argument: str) -> Iterator[str]:
    """Values that are one number in other clothes, and another answer."""
    for usual, others in EQUAL.items():
        try:
            with watched():
                wanted = called(target, argument, VALUES[usual]())
        except QuasispinError:
            continue
        for label in others:
            try:
                with watched():
                    found = called(target, argument, VALUES[label]())
            except QuasispinError:
                continue  # an integer is not asked for as a float everywhere
            if not same(found, wanted):
                yield f"{target.name}({argument}={label}): {found!r} for {wanted!r}"


def same(one: Any, other: Any) -> bool:
    """Whether two answers are the same to the bit; a labelled one by its values."""
    if isinstance(one, xr.DataArray):
        one = one.values
    if isinstance(one, (float, np.ndarray, np.floating)):
        return bool(np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True))
    return repr(one) == repr(other)


NUMERIC = {"real", "optional real", "numbers", "coupling", "labelled numbers", "whole", "optional whole"}


@pytest.mark.parametrize(
    "name", [name for name in TARGETS if not name.startswith(("figures", "sweep", "plan"))]
)
def test_a_number_has_one_answer_whatever_its_type(name: str) -> None:
    target = TARGETS[name]
    chosen = [argument for argument, (kind, _) in target.arguments.items() if kind in NUMERIC]
    assert [said for argument in chosen for said in unequal(target, argument)] == []


# -- nothing is left out -----------------------------------------------------------------------------------

INHERITED = {"of", "shares_weights", "of_volume", "levels", "label", "shells", "averages", "estimate"}
NOT_CALLED = {"Family", "Plan", "Window", "Observable", "LowestLevels"}
"""Made by others, what a function returns, or covered under another name."""


def callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public callable that takes an argument, by the name that people write."""
    for name in dir(qs):
        one = getattr(qs, name)
        if inspect.ismodule(one):
            for inner in one.__all__ if hasattr(one, "__all__") else vars(one):
                value = getattr(one, inner)
                is_ours = getattr(value, "__module__", "").startswith("quasispin")
                if not inner.startswith("_") and callable(value) and is_ours:
                    yield f"{name}.{inner}", value
        elif inspect.isclass(one) and not issubclass(one, BaseException):
            yield name, one
            for inner in dir(one):
                method = inspect.getattr_static(one, inner)
                is_method = inspect.isfunction(method) or isinstance(method, (staticmethod, classmethod))
                if is_method and not inner.startswith("_"):
                    yield f"{name}.{inner}", getattr(one, inner)
        elif callable(one) and not inspect.isclass(one):
            yield name, one


def test_every_public_callable_and_every_argument_stands_in_the_corpus() -> None:
    missing = []
    for name, call in callables():
        parameters = [
            one.name
            for one in inspect.signature(call).parameters.values()
            if one.name != "self" and one.kind is not one.VAR_KEYWORD
        ]
        if not parameters or name in NOT_CALLED:
            continue
        if name not in TARGETS:
            missing.append(name)
            continue
        missing += [f"{name}({one})" for one in parameters if one not in TARGETS[name].arguments]
    assert missing == []
