"""The hand: sliders with a number beside them, and choices, each with its label for those who hear it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

Changed = Callable[[Any], None]
STEPS: Final = 240
"""Places of a slider."""


class _Slider(ui.slider):
    """A slider whose thumb does not wait for the server."""

    LOOPBACK = False


class Knob:
    """A slider and a number for one value; whole numbers where `step` is 1.

    Moving the slider tells at once, typing tells with Enter or when the field is left. What is typed may
    lie outside of the slider; whether it is possible is for others to say.
    """

    def __init__(
        self, label: str, low: float, high: float, changed: Changed, *, step: float | None = None
    ) -> None:
        self._changed, self._step, self._is_silent = changed, step, True
        self._shown: float | None = None
        with ui.element("div").classes("qs-knob") as self.element:
            self._label = ui.label(label).classes("qs-name").props("aria-hidden=true")
            self._slider = _Slider(min=low, max=high, step=step or (high - low) / STEPS, value=low)
            self._number = ui.number(value=low, step=step).props("dense input-style='padding:0'")
        self._slider.on_value_change(lambda event: self._slid(event.value))
        self._number.on("keydown.enter", self._typed).on("blur", self._typed)
        self.name(label)
        self._is_silent = False

    def name(self, label: str) -> None:
        """Call it something else."""
        self._label.set_text(label)
        self._slider.props["aria-label"] = label
        self._number.props["aria-label"] = f"{label}, as a number"

    def put(self, value: float | None, low: float, high: float, step: float | None = None) -> None:
        """Show a value, without telling anybody."""
        self._is_silent = True
        width = step or self._step or (high - low) / STEPS
        props = self._slider.props
        if (props["min"], props["max"], props["step"]) != (low, high, width):
            props["min"], props["max"], props["step"] = low, high, width
        place = low if value is None else min(max(value, low), high)
        if self._slider.value is None or abs(self._slider.value - place) > width / 2:
            self._slider.value = place
        self._shown = value
        self._number.value = value if value is None or step or self._step else float(f"{value:.6g}")
        self._is_silent = False

    def _slid(self, value: float | None) -> None:
        if not self._is_silent and value is not None:
            self._tell(value)

    def _typed(self, _: GenericEventArguments) -> None:
        value = self._number.value
        if value is None or (self._shown is not None and value == float(f"{self._shown:.6g}")):
            return
        self._tell(value)

    def _tell(self, value: float) -> None:
        is_whole = self._step == 1 and float(value) == int(value)
        self._changed(int(value) if is_whole else float(f"{value:.12g}"))


class Choice:
    """One of several words."""

    def __init__(self, label: str, options: Mapping[Any, str], changed: Changed) -> None:
        self._is_silent = True
        self.element = ui.select(dict(options), label=label, value=next(iter(options)))
        self.element.props("dense options-dense").classes("qs-full")
        self.element.props["aria-label"] = label
        self.element.on_value_change(lambda event: None if self._is_silent else changed(event.value))
        self._is_silent = False

    def put(self, value: Any) -> None:
        """Show one of them, without telling anybody."""
        self._is_silent = True
        self.element.value = value
        self._is_silent = False


class Switch:
    """Two or three words side by side, one of them on."""

    def __init__(self, label: str, options: Mapping[Any, str], changed: Changed) -> None:
        self._is_silent = True
        self.element = ui.toggle(dict(options), value=next(iter(options)))
        self.element.props("dense no-caps unelevated toggle-color=primary")
        self.element.props["aria-label"] = label
        self.element.props["role"] = "group"
        self.element.on_value_change(lambda event: None if self._is_silent else changed(event.value))
        self._is_silent = False

    def put(self, value: Any) -> None:
        """Show one of them, without telling anybody."""
        self._is_silent = True
        self.element.value = value
        self._is_silent = False


class Entry:
    """A number that may be left open."""

    def __init__(self, label: str, changed: Changed) -> None:
        self._changed, self._shown = changed, None
        self.element = ui.number(label=label).props("dense clearable").classes("qs-full")
        self.element.on("keydown.enter", self._typed).on("blur", self._typed).on("clear", self._typed)

    def put(self, value: Any, hint: str = "") -> None:
        """Show a number, or what stands for none."""
        self._shown = value
        self.element.value = value
        self.element.props["placeholder"] = hint

    def _typed(self, _: GenericEventArguments) -> None:
        value = self.element.value
        if value != self._shown:
            self._changed(int(value) if isinstance(value, float) and value == int(value) else value)
