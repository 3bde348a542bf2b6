"""The hand: sliders with a number beside them, and choices, each with its label for those who hear it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

Changed = Callable[[Any], object]
EXACT: Final = 1e-6
"""Of a step; what is closer to 0 is 0."""
STEPS: Final = 240
"""Places of a slider."""


class Knob:
    """A slider and a number for one value; whole numbers where `step` is 1.

    Moving the slider tells at once, typing tells with Enter or when the field is left. What is typed may
    lie outside of the slider; whether it is possible is for others to say. The slider is the browser's own:
    keys and screen readers know it, and its thumb does not wait for the server.
    """

    def __init__(
        self, label: str, low: float, high: float, changed: Changed, *, step: float | None = None
    ) -> None:
        self._changed, self._step = changed, step
        self._shown = self._place = math.nan
        self._width = 0.0
        with ui.element("div").classes("qs-knob") as self.element:
            self._label = ui.label(label).classes("qs-name").props("aria-hidden=true")
            self._slider = ui.element("input").classes("qs-slider").props("type=range")
            self._number = ui.number(value=low, step=step).props("dense input-style='padding:0'")
        self._slider.on("input", self._slid, js_handler="event => emit(event.target.valueAsNumber)")
        self._number.on("keydown.enter", self._typed).on("blur", self._typed)
        self.name(label)
        self.put(low, low, high)

    def name(self, label: str) -> None:
        """Call it something else."""
        self._label.set_text(label)
        put_props(self._slider, {"aria-label": label})
        put_props(self._number, {"aria-label": f"{label}, as a number"})

    def put(self, value: float, low: float, high: float) -> None:
        """Show a value, without telling anybody; a thumb that is there already is left to the hand."""
        width = self._width = self._step or (high - low) / STEPS
        place = min(max(value, low), high)
        frame = {"min": low, "max": high, "step": width}
        is_there = abs(self._place - place) <= width / 2
        if not is_there or any(self._slider.props.get(name) != one for name, one in frame.items()):
            self._move(place, frame)
        if value != self._shown:  # or else what somebody is typing would be wiped
            self._shown = value
            self._number.value = value if self._step == 1 else float(f"{value:.6g}")

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
            # the browser adds up its steps: from −2 it comes to −8e-17
            self._place = 0.0 if abs(place) < EXACT * self._width else place
            self._tell(self._place)

    def _typed(self, _: GenericEventArguments) -> None:
        value, shown = self._number.value, float(f"{self._shown:.6g}")
        if value is None:
            self._number.value = shown  # an empty field says nothing: what holds comes back
        elif value != shown:
            self._tell(value)

    def _tell(self, value: float) -> None:
        is_whole = self._step == 1 and float(value) == int(value)
        self._changed(int(value) if is_whole else float(f"{value:.12g}"))


def put_props(element: ui.element, props: Mapping[str, Any]) -> None:
    """Set properties of an element; nothing is sent where they are so already."""
    if any(element.props.get(name) != value for name, value in props.items()):
        element.props.update(props)


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

    def __init__(self, label: str, changed: Changed) -> None:
        self._changed = changed
        self._shown: Any = math.nan  # equal to nothing
        self.element = ui.number(label=label).props("dense clearable stack-label").classes("qs-full")
        self.element.on("keydown.enter", self._typed).on("blur", self._typed).on("clear", self._typed)

    def put(self, value: Any, hint: str = "") -> None:
        """Show a number, or what stands for none."""
        if value != self._shown:
            self._shown = value
            self.element.value = value
        put_props(self.element, {"placeholder": hint})

    def forget(self) -> None:
        """What is typed does not hold: the next value is put in any case."""
        self._shown = math.nan

    def _typed(self, _: GenericEventArguments) -> None:
        value = self.element.value
        if value != self._shown:
            self._changed(int(value) if isinstance(value, float) and value == int(value) else value)
