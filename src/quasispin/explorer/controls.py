"""The hand: sliders with a number beside them, and choices, each with its label for those who hear it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

from quasispin.errors import InputError
from quasispin.explorer.typed import MOST_WHOLE, number, numbers, shorter

Changed = Callable[[Any], object]
EXACT: Final = 1e-6
"""Of a step; what is closer to 0 is 0."""
STEPS: Final = 200
"""Places of a slider: its ends have few digits, and so have its steps; the browser adds them exactly."""


class Field(ui.input, component="field.js"):
    """A field of text; what the server writes leaves alone what somebody is typing.

    Answers come when they are there: whoever types quickly is at the next number by then.
    """

    def __init__(self, entered: Callable[[str], object], label: str | None = None) -> None:
        super().__init__(label=label)
        self._held = ""
        self._entered = entered
        self.on("entered", self._heard)

    def write(self, text: str) -> None:
        """Show a text, unless somebody has typed another since the last one was entered."""
        self._held = self.value = text
        self.run_method("write", text)

    def _heard(self, event: GenericEventArguments) -> None:
        """A text that is not what was written or entered last is new."""
        text = str(event.args)
        if text != self._held:
            self._held = text
            self._entered(text.strip())


class Knob:
    """A slider and a number for one value; whole numbers where `step` is 1.

    Moving the slider tells at once, typing tells with Enter or when the field is left. What is typed may
    lie outside of the slider; whether it is possible is for others to say. The slider is the browser's own:
    keys and screen readers know it, and its thumb does not wait for the server.
    """

    def __init__(
        self,
        label: str,
        low: float,
        high: float,
        changed: Changed,
        *,
        step: float | None = None,
        key: str = "",
        units: Mapping[str, float] | None = None,
    ) -> None:
        self._changed, self._step, self.key = changed, step, key
        self.units: Mapping[str, float] = units or {}
        """How many of its own unit each unit is that may be typed."""
        self._shown = self._place = math.nan
        self._width = 0.0
        self._called = ""
        with ui.element("div").classes("qs-knob") as self.element:
            self._label = ui.label(label).classes("qs-name").props("aria-hidden=true")
            self._slider = ui.element("input").classes("qs-slider").props("type=range")
            self._number = Field(self._typed)
            self._number.props("dense inputmode=decimal role=spinbutton autocomplete=off")
            self._number.props("input-style='padding:0'")
            self._wrong = ui.label("").classes("qs-wrong qs-whole").props("role=alert")
        self._slider.on("input", self._slid, js_handler="event => emit(event.target.valueAsNumber)")
        self._number.on("keydown.up.prevent", lambda: self._step_by(1))
        self._number.on("keydown.down.prevent", lambda: self._step_by(-1))
        self.whole = self.element
        self.name(label)
        self.put(low, low, high)

    def name(self, label: str) -> None:
        """Call it something else."""
        self._called = label.partition(",")[0]
        self._label.set_text(label)
        put_props(self._slider, {"aria-label": label})
        put_props(self._number, {"aria-label": f"{label}, as a number"})

    def put(self, value: float, low: float, high: float) -> None:
        """Show a value, without telling anybody; a thumb that is there already is left to the hand."""
        width = self._width = self._step or float(f"{(high - low) / STEPS:.12g}")
        place = min(max(value, low), high)
        frame = {"min": low, "max": high, "step": width}
        is_there = abs(self._place - place) <= width / 2
        if not is_there or any(self._slider.props.get(name) != one for name, one in frame.items()):
            self._move(place, frame)
        if value != self._shown:
            self._shown = value
            self._number.write(self._written(value))
        put_props(self._number, {"aria-valuenow": self._written(value)})
        put_props(self._slider, {"aria-valuetext": self._written(value)})

    def wrong(self, sentence: str) -> None:
        """What is wrong with what was typed, beside it."""
        put_wrong(self._number, self._wrong, sentence)

    def _written(self, value: float) -> str:
        return f"{value}" if self._step == 1 else f"{value:.6g}"

    def forget(self) -> None:
        """What is typed does not hold: the next value is put in any case."""
        self._shown = math.nan

    def _move(self, place: float, frame: dict[str, float]) -> None:
        """Put the thumb there: by its attribute before anybody has touched it, by its value after that."""
        is_new, self._place = math.isnan(self._place), place
        put_props(self._slider, frame | {"^value": place})
        if not is_new:
            ui.run_javascript(f"document.getElementById('{self._slider.html_id}').value = {place!r}")

    def _slid(self, event: GenericEventArguments) -> None:
        if isinstance(event.args, (int, float)):
            place = float(event.args)
            # the browser adds up its steps: from an end of many digits it may come to −8e-17
            self._place = 0.0 if abs(place) < EXACT * self._width else place
            self._tell(self._place)

    def _typed(self, text: str) -> None:
        shown = self._shown
        if math.isnan(shown):
            return
        if not text:
            self._number.write(self._written(shown))  # an empty field says nothing: what holds comes back
            return
        try:
            value = number(text, self._called, self.units)
            if self._step == 1 and abs(value) >= MOST_WHOLE:
                raise InputError(f"`{self._called}` must be less than 1e15, but is {value:.3g}.", text)
        except InputError as error:
            self._number.write(self._written(shown))
            self.wrong(shorter(str(error)))
            return
        self.wrong("")
        self._number.write(f"{value:.12g}")
        self._tell(value)

    def _step_by(self, count: int) -> None:
        """As the slider does by its keys."""
        low, high = (self._slider.props[end] for end in ("min", "max"))
        if low <= self._shown <= high:
            self._tell(min(max(self._shown + count * self._width, low), high))

    def _tell(self, value: float) -> None:
        is_whole = self._step == 1 and float(value) == int(value)
        self._changed(int(value) if is_whole else float(f"{value:.12g}"))


def put_props(element: ui.element, props: Mapping[str, Any]) -> None:
    """Set properties of an element; nothing is sent where they are so already."""
    if any(element.props.get(name) != value for name, value in props.items()):
        element.props.update(props)


def put_wrong(field: ui.element, label: ui.label, sentence: str) -> None:
    """Say what is wrong with a field, to eyes and ears."""
    label.set_text(sentence)
    put_props(field, {"error": bool(sentence), "no-error-icon": True, "hide-bottom-space": True})
    put_props(field, {"aria-invalid": "true" if sentence else "false"})


class Choice:
    """One of several words, in a list."""

    def __init__(self, label: str, options: Mapping[Any, str], changed: Changed) -> None:
        self._is_silent, self._words = True, dict(options)
        self.element = self._element(label, options)
        self.element.props["aria-label"] = label
        self.element.on_value_change(lambda event: None if self._is_silent else changed(event.value))
        self._is_silent = False

    def put(self, value: Any) -> None:
        """Show one of them, without telling anybody."""
        self._is_silent = True
        self.element.value = value
        self._is_silent = False

    def name(self, value: Any, word: str) -> None:
        """Call one of them something else."""
        if self._words[value] != word:
            self._words[value] = word
            self.element.set_options(dict(self._words))

    def _element(self, label: str, options: Mapping[Any, str]) -> ui.select | ui.toggle:
        found = ui.select(dict(options), label=label, value=next(iter(options)))
        return found.props("dense options-dense").classes("qs-full")


class Switch(Choice):
    """Two or three words side by side, one of them on."""

    def _element(self, label: str, options: Mapping[Any, str]) -> ui.select | ui.toggle:
        del label  # it stands for those who hear it alone
        found = ui.toggle(dict(options), value=next(iter(options)))
        return found.props(
            "dense no-caps unelevated toggle-color=primary toggle-text-color=on-accent role=group"
        )


class Entry:
    """A number that may be left open."""

    def __init__(
        self, label: str, changed: Changed, *, key: str = "", units: Mapping[str, float] | None = None
    ) -> None:
        self._changed, self._called, self.key = changed, label.partition(" (")[0].partition(",")[0], key
        self.units: Mapping[str, float] = units or {}
        """How many of its own unit each unit is that may be typed."""
        self._shown: Any = math.nan  # equal to nothing
        with ui.element("div").classes("qs-full") as self.whole:
            self.element = Field(self._typed, label)
            self.element.props("dense clearable stack-label inputmode=decimal")
            self.element.classes("qs-full").props("autocomplete=off")
            self._wrong = ui.label("").classes("qs-wrong").props("role=alert")

    def put(self, value: Any, hint: str = "") -> None:
        """Show a number, or what stands for none."""
        if value != self._shown:
            self._shown = value
            self.element.write(self._written())
        put_props(self.element, {"placeholder": hint})

    def wrong(self, sentence: str) -> None:
        """What is wrong with what was typed, beside it."""
        put_wrong(self.element, self._wrong, sentence)

    def forget(self) -> None:
        """What is typed does not hold: the next value is put in any case."""
        self._shown = math.nan

    def _typed(self, text: str) -> None:
        try:
            value = number(text, self._called, self.units) if text else None
        except InputError as error:
            self.element.write(self._written())
            self.wrong(shorter(str(error)))
            return
        self.wrong("")
        self.element.write("" if value is None else f"{value:.12g}")
        self._changed(value)

    def _written(self) -> str:
        known = self._shown is not None and not math.isnan(self._shown)
        return f"{self._shown:.12g}" if known else ""


class Others(Entry):
    """Some numbers, or none."""

    def _typed(self, text: str) -> None:
        try:
            values = numbers(text, self._called, self.units)
        except InputError as error:
            self.element.write(self._written())
            self.wrong(shorter(str(error)))
            return
        self.wrong("")
        self.element.write(_listed(values))
        self._changed(values)

    def _written(self) -> str:
        return _listed(self._shown) if isinstance(self._shown, tuple) else ""


def _listed(values: Sequence[float]) -> str:
    return "; ".join(f"{one:.12g}" for one in values)
