"""The page of one tab: a panel of controls, six pictures, and the address that holds it all."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from nicegui import Client, background_tasks, ui
from nicegui.awaitable_response import AwaitableResponse
from nicegui.events import GenericEventArguments, UploadEventArguments

from quasispin.errors import QuasispinError
from quasispin.explorer import compute, pictures, tables
from quasispin.explorer.box import Box, box, no_laboratory, opened
from quasispin.explorer.controls import put_props
from quasispin.explorer.dialog import Dialog
from quasispin.explorer.panel import FILES, Panel
from quasispin.explorer.presets import PRESETS
from quasispin.explorer.session import Frame, Session
from quasispin.explorer.state import (
    COLOURS,
    MOST_ADDRESS,
    MOST_TEXT,
    VIEWS,
    State,
    from_query,
    once,
    packed,
    to_query,
)
from quasispin.explorer.typed import shorter
from quasispin.observables import BY_NAME
from quasispin.sweep.laboratory import ENERGIES
from quasispin.system.schemes import parse_csv, parse_toml
from quasispin.system.texts import decoded

SEEN: Final = "await new Promise(done => requestAnimationFrame(() => setTimeout(done, 0))); return true"
"""Answered when the browser has drawn what it was sent."""
PREFERS_DARK: Final = (
    "const kept = localStorage.getItem('quasispin-theme');"
    "return kept ? kept === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches"
)
WRONG_FILE: Final = (
    f"A level scheme must be a table ({', '.join(FILES[:-1])}) or a .toml file, "
    f"of at most {MOST_TEXT // 1024} KiB."
)
MOST_MISTAKES: Final = 12
"""Mistakes of a file that are told; of more their number."""
PATIENCE: Final = 2.0
"""Seconds for that answer; a tab in the background draws nothing."""
UNITS: Final = {False: "Δ₀ and 3Δ₀/M", True: "kelvin and tesla"}
MOST_NAME: Final = 60
AT_FIRST: Final = ("levels", "temperature", "field", "colour")
"""With what a file begins."""
WORDS: Final = {"size": "l (or M)", "gap": "Δ₀", "electrons": "N"}
"""What the controls call values that have other names in the address and in Python."""
REST: Final = 0.4
"""Seconds without a change, after which the address is set."""


class Page:
    """The elements of one tab; it shows what its session computes."""

    def __init__(self, query: Iterable[tuple[str, str]]) -> None:
        self.session = Session(self, State())
        try:
            self.session.state = from_query(once(query))
        except QuasispinError as error:
            self.session.warn(error)
        self._dark = False
        self._figures: dict[str, pictures.Figure] = {}
        self._words: dict[str, str] = {}
        self._changed = 0.0
        self._addressed: tuple[object, ...] | None = None
        self._reasons: dict[str, ui.label] = {}
        self._cards: dict[str, ui.element] = {}
        self._box: Box | None = None
        self._build()

    def start(self, client: Client) -> None:
        """Follow the session until the tab is gone."""
        task = background_tasks.create(self._run(client), name="explorer")
        client.on_delete(lambda: task.cancel())

    async def _run(self, client: Client) -> None:
        try:
            await client.connected(timeout=30.0)
            with client:
                is_dark = await ui.run_javascript(PREFERS_DARK, timeout=5.0)
        except TimeoutError:
            return  # the tab was closed before it was there
        with client:
            if is_dark:
                self._theme(True)
            await self._begin()
            await self.session.run()

    async def _begin(self) -> None:
        """Let the controls show the address before anybody can move them."""
        state = self.session.state
        try:
            place = await asyncio.to_thread(_first_box, state)
        except QuasispinError:
            return  # the session says it, and unlocks them with the usual view
        self._unlock(state, place)

    def _unlock(self, state: State, place: Box) -> None:
        self._box = place
        self.panel.put_facts(place)
        self.panel.put(state, place)
        self._put_bar(state)
        self._page.props(remove="inert")

    # -- what is shown -----------------------------------------------------------------------------

    async def show(self, frame: Frame) -> None:
        """The pictures that the frame changes; back when the browser has drawn them."""
        if self._box is None:
            self._unlock(frame.state, frame.box)
        self._box = frame.box
        self.panel.put_facts(frame.box)
        if (
            self.session.state is frame.state
        ):  # or else the hand has moved on, and no control goes back before it
            self.panel.put(frame.state, frame.box)
            self._put_bar(frame.state)
        for view in VIEWS:
            self._draw(view, frame)
        if "now" in frame.parts:
            self._numbers.set_content(tables.numbers(frame.parts["now"].numbers, frame.state))
        elif "now" in frame.stale:
            self._numbers.set_content("")  # another box: its numbers are not there yet
        if frame.before is not frame.state:
            self._changed = time.monotonic()
        marks = {view: pictures.marks(view, frame.state) for view in VIEWS}
        try:
            await self._send(marks, then=SEEN)
        except TimeoutError:
            return

    def _send(self, marks: Mapping[str, Any], then: str = "") -> AwaitableResponse:
        """Let the browser draw the new pictures, all at once."""
        what = json.dumps({"figures": self._figures, "words": self._words, "marks": marks}, allow_nan=False)
        self._figures, self._words = {}, {}
        return ui.run_javascript(f"quasispin.show({what});{then}", timeout=PATIENCE)

    def say(self, sentence: str) -> None:
        """What is wrong, in one sentence, by the names of the controls; an address has names of its own."""
        words = self._named(sentence)
        self.panel.wrong(sentence, words)
        self._say(words)

    def _named(self, sentence: str) -> str:
        for name, word in WORDS.items():
            sentence = re.sub(f"`{name}`(?! in the address)", f"`{word}`", sentence)
        return shorter(sentence)

    def _say(self, sentence: str) -> None:
        self._wrong.set_text(sentence)

    def restore(self) -> None:
        """Let the controls show again what the pictures show."""
        if self.session.shown is not None and self._box is not None:
            self.panel.restore(self.session.shown, self._box)
            self._put_bar(self.session.shown)

    def busy(self, words: str, share: float | None) -> None:
        """How far a computation is."""
        self._busy.set_visibility(bool(words))
        self._busy_words.set_text(words)
        self._bar.set_value(share or 0.0)

    def ask(self, words: str) -> None:
        """A computation that waits for a word."""
        self._ask.set_visibility(bool(words))
        self._ask_words.set_text(words)

    def _draw(self, view: str, frame: Frame) -> None:
        part, before = pictures.part_of(view, frame.state), frame.before
        is_other = before is None or pictures.part_of(view, before) != part
        if part in frame.parts or is_other:
            self._redraw(view, frame.state)
        is_stale = part in frame.stale
        self._cards[view].classes(**{"add" if is_stale else "remove": "qs-stale"})

    def _redraw(self, view: str, state: State) -> None:
        kept = self.session.results.get(pictures.part_of(view, state))
        if kept is None:
            return
        found, state = kept.numbers, kept.state.but(against=state.against)
        if isinstance(found, QuasispinError):
            self._blank(view, str(found))
            return
        self._figures[view] = pictures.picture(view, state, found, dark=self._dark)
        self._words[view] = pictures.text(view, state, found)
        self._reasons[view].set_text(pictures.reasons(view, state, found))
        self._titles[view].set_text(pictures.title(view, state))

    def _blank(self, view: str, reason: str) -> None:
        self._figures[view], self._words[view] = pictures.blank(dark=self._dark), reason
        self._reasons[view].set_text(reason)

    # -- how it is laid out ------------------------------------------------------------------------

    def _build(self) -> None:
        self._mode = ui.dark_mode(False)
        with ui.element("div").classes("qs-page").props("inert") as self._page:
            with ui.element("aside").classes("qs-panel").props("aria-label=Controls"):
                with ui.element("div").classes("qs-hand"):
                    self.panel = Panel(
                        lambda: self.session.state,
                        self._want,
                        self._uploaded,
                        lambda: self.say(WRONG_FILE),
                    )
                with ui.element("div").classes("qs-facts"):
                    ui.html("<h2>At this temperature and field</h2>", sanitize=False)
                    self._numbers = ui.html("", sanitize=False)
                    ui.html("<h2>The box in numbers</h2>", sanitize=False)
                    self.panel.build_facts()
            with ui.element("div").classes("qs-main"):
                self._build_bar()
                self._wrong = ui.label("").classes("qs-wrong").props("role=alert")
                self._build_busy()
                with ui.element("div").classes("qs-views"):
                    self._titles: dict[str, ui.label] = {}
                    for view in VIEWS:
                        self._build_card(view)
        self._dialog = Dialog(self.session)
        ui.on("quasispin-point", self._pointed)
        ui.timer(0.2, self._set_address)

    def _build_bar(self) -> None:
        from quasispin.explorer.controls import Switch

        with ui.element("div").classes("qs-bar"):
            names = {key: f"{one.name}: {one.words}" for key, one in PRESETS.items()}
            with ui.button("Presets", icon="auto_stories").props("flat dense no-caps"), ui.menu() as menu:
                menu.props("role=menu aria-label=Presets")
                for key, name in names.items():
                    ui.menu_item(name, on_click=lambda key=key: self._preset(key)).props("role=menuitem")
            self._units = Switch(
                "Units",
                UNITS,
                lambda on: self._want(laboratory=on),
            )
            self._units.element.props(f"aria-describedby={self.panel.no_units.html_id}")
            ui.label("χ, C against").classes("qs-small")
            self._against = Switch(
                "χ and C against",
                {"field": "field", "temperature": "T"},
                lambda axis: self._want(against=axis),
            )
            self._bars = Switch(
                "Bars", {"seniority": "P(ν)", "occupation": "⟨n⟩"}, lambda bars: self._want(bars=bars)
            )
            words = {name: BY_NAME[name].long_name for name in COLOURS}
            self._colour = ui.select(words, label="Map shows", value="connected_gap").props(
                "dense options-dense borderless"
            )
            self._colour.props["aria-label"] = "Map shows"
            self._colour.on_value_change(lambda event: self._recolour(event.value))
            ui.space()
            ui.button("Link", icon="link", on_click=self._copy_link).props("flat dense no-caps")
            theme = ui.button(icon="contrast", on_click=self._switch_theme).props("flat dense round")
            theme.props["aria-label"] = "Light or dark"

    def _build_busy(self) -> None:
        with ui.element("div").classes("qs-busy").props("role=status") as self._busy:
            self._busy_words = ui.label("")
            self._bar = (
                ui.linear_progress(0.0, show_value=False).classes("qs-progress").props("aria-label=Progress")
            )
            ui.button("Cancel", on_click=self.session.cancel).props("dense flat no-caps")
        with ui.element("div").classes("qs-busy").props("role=status") as self._ask:
            self._ask_words = ui.label("")
            ui.button("Compute it", on_click=self.session.allow).props(
                "dense no-caps unelevated text-color=on-accent"
            )
        self._busy.set_visibility(False)
        self._ask.set_visibility(False)

    def _build_card(self, view: str) -> None:
        with ui.element("section").classes("qs-card").props(f"id=view-{view}") as self._cards[view]:
            with ui.element("header"):
                with ui.element("h2"):
                    self._titles[view] = ui.label(pictures.TITLES[view])
                button = ui.button(icon="code", on_click=lambda: self._dialog.open(view)).props(
                    "flat dense round size=sm"
                )
                button.props["aria-label"] = f"Python and files of: {pictures.TITLES[view]}"
            ui.plotly(pictures.blank(dark=False)).classes("qs-plot").props("role=img")
            self._reasons[view] = ui.label("").classes("qs-reason")

    # -- what people do ----------------------------------------------------------------------------

    def _want(self, **changes: Any) -> bool:
        """Change the state; before the controls show it there is nothing to change."""
        return self._box is not None and self.session.want(**changes)

    def _put_bar(self, state: State) -> None:
        if self._box is not None:
            own = self._box.energy.name if state.box == "levels" else UNITS[False]
            self._units.name(False, own)
        reason = "" if state.laboratory else no_laboratory(state)
        self._units.element.set_enabled(not reason)
        put_props(self._units.element, {"title": reason})
        self._units.put(state.laboratory)
        self._against.put(state.against)
        self._bars.put(state.bars)
        if self._box is not None:
            self._bars.element.set_visibility(not self._box.system.is_single_shell)
        if self._colour.value != state.colour:
            self._colour.value = state.colour

    def _recolour(self, colour: str) -> None:
        if colour != self.session.state.colour:
            self._want(colour=colour)

    def _preset(self, key: str) -> None:
        if self._box is None:
            return
        self.session.put(PRESETS[key].make())

    def _pointed(self, event: GenericEventArguments) -> None:
        """The crosshair of the map goes where the hand is."""
        x, y = event.args
        if self._box is not None and isinstance(x, (int, float)) and isinstance(y, (int, float)):
            field, heat = max(self._box.stated_field(x), 0.0), max(self._box.stated_temperature(y), 0.0)
            self._want(field=float(f"{field:.4g}"), temperature=float(f"{heat:.4g}"))

    async def _uploaded(self, event: UploadEventArguments) -> None:
        name = event.file.name[-MOST_NAME:]
        ending = Path(name).suffix.lower()
        try:
            data = await event.file.read()
            if ending not in FILES or len(data) > MOST_TEXT:
                self.say(WRONG_FILE)
                return
            kind = "toml" if ending == ".toml" else "csv"
            text = decoded(data, name)
            found = await asyncio.to_thread(parse_toml if kind == "toml" else parse_csv, text, name)
            levels = packed(text, kind)
            own = self.session.state.but(box="levels", levels=levels, electrons=None, coupling=None, unit="")
            await asyncio.to_thread(compute.seconds, own.but(laboratory=False))  # refuses what does not fit
            begun = await asyncio.to_thread(opened, levels)
        except QuasispinError as error:
            self._say(_some(str(error)))
            return
        unit = found.energy_unit if found.energy_unit in ENERGIES else ""
        fresh = {"electrons": None, "coupling": None, "unit": unit, "laboratory": False, "deformation": 0.0}
        self._want(box="levels", **fresh, **{name: getattr(begun, name) for name in AT_FIRST})

    def _switch_theme(self) -> None:
        """Light or dark by hand: kept in the browser, for the next page too."""
        word = "light" if self._dark else "dark"
        ui.run_javascript(f"localStorage.setItem('quasispin-theme', '{word}')")
        self._theme(not self._dark)

    def _theme(self, dark: bool) -> None:
        self._dark = dark
        self._mode.set_value(dark)
        for view in VIEWS:
            if self.session.shown is not None:
                self._redraw(view, self.session.shown)
        self._send({})

    # -- the address and the files -----------------------------------------------------------------

    def _address(self) -> str:
        return "?" + urlencode(to_query(self.session.state), safe=",")

    def _set_address(self) -> None:
        if self._changed and time.monotonic() - self._changed > REST:
            self._changed = 0.0
            if len(self._address()) <= MOST_ADDRESS:
                box = _box_of(self.session.state)
                how = "push" if self._addressed not in (None, box) else "replace"
                self._addressed = box
                ui.run_javascript(f"history.{how}State(null, '', '{self._address()}')")

    def _copy_link(self) -> None:
        if len(self._address()) > MOST_ADDRESS:
            self.say("This level scheme is too long for an address: keep its file.")
            return
        ui.run_javascript(
            f"history.replaceState(null, '', '{self._address()}');"
            "navigator.clipboard?.writeText(window.location.href)"
        )
        ui.notify("The address of this page holds the whole view; it has been copied.")


def _some(mistakes: str) -> str:
    """The mistakes of a file, one a line; of very many the first."""
    lines = mistakes.splitlines()
    more = len(lines) - MOST_MISTAKES
    return "\n".join([*lines[:MOST_MISTAKES], *([f"… and {more} more."] if more > 0 else [])])


def _first_box(state: State) -> Box:
    if state.box == "levels":  # its axes need the mean field
        compute.seconds(state)  # refuses what does not fit
        compute.until_ready(state)
    return box(state)


def _box_of(state: State) -> tuple[object, ...]:
    """Which kind of box it is; going back goes to the one before."""
    return state.box, state.kind, state.material, state.geometry, state.levels
