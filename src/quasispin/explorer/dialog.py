"""What can be taken away of one view: its Python, its files, its picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from textwrap import shorten
from typing import Any, Final

from nicegui import ui

from quasispin.errors import QuasispinError
from quasispin.explorer import downloads, pictures
from quasispin.explorer.box import box
from quasispin.explorer.script import Ranges, script
from quasispin.explorer.session import Session

AS_HERE: Final = {"svg": "picture as on the page, SVG", "png": "picture as on the page, PNG"}
PATIENCE: Final = 5.0
"""Seconds for an answer of the browser."""
LONG: Final = 50
"""Letters of a box's name that have room above a picture."""


class Dialog:
    """A window above the page, for the view whose button was pressed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ranges: Ranges | None = None
        with ui.dialog().props("aria-label='Python and files'") as self._dialog, ui.card().classes("qs-code"):
            self._title = ui.label("").classes("qs-strong")
            ui.label("The Python that makes exactly this view, with matplotlib:").classes("qs-small")
            self._code = ui.code("", language="python").classes("qs-full")
            self._code.copy_button.props("aria-label='Copy the Python'")
            with ui.row().classes("qs-files"):
                for kind, words in downloads.KINDS.items():
                    _button(words, partial(self._download, kind))
                for kind, words in AS_HERE.items():
                    _button(words, partial(self._photograph, kind))
                ui.button("Close", on_click=self._dialog.close).props("dense flat no-caps")
            self._wrong = ui.label("").classes("qs-wrong").props("role=alert")

    async def open(self, view: str) -> None:
        """Show it for a view, with the axes that the page has now."""
        self._session.want(view=view)
        self._ranges = await self._seen(view)
        self._title.set_text(pictures.title(view, self._session.state))
        self._wrong.set_text("")
        try:
            self._code.set_content(script(self._session.state, self._ranges))
        except QuasispinError as error:
            self._code.set_content("")
            self._wrong.set_text(str(error))
        self._dialog.open()

    async def _seen(self, view: str) -> Ranges | None:
        """The ranges of the axes of a picture; None where there is no picture."""
        try:
            found = await ui.run_javascript(f"return quasispin.ranges({view!r})", timeout=PATIENCE)
        except TimeoutError:
            return None
        if not found:
            return None
        x, y, second = ((float(f"{one[0]:.12g}"), float(f"{one[1]:.12g}")) if one else None for one in found)
        return Ranges(x, y, second) if x and y else None

    def _photograph(self, kind: str) -> None:
        """The picture as it is on the page, made by the browser itself."""
        shown, view = self._session.shown, self._session.state.view
        if shown is None:
            return
        state = shown.but(view=view)
        title = ", ".join(
            filter(None, [shorten(box(state).title, LONG, placeholder=" …"), pictures.at(view, state)])
        )
        title = pictures.safe(title, len(title))
        name = downloads.name(state, kind).removesuffix(f".{kind}") + "-page"
        ui.run_javascript(f"quasispin.photograph(...{json.dumps([view, kind, name, title])})")

    async def _download(self, kind: str) -> None:
        state = self._session.state
        try:
            content = await self._session.file(state, kind, self._ranges)
        except QuasispinError as error:
            self._wrong.set_text(str(error))
            return
        self._wrong.set_text("")
        ui.download.content(content, downloads.name(state, kind))


def _button(words: str, get: Callable[[], Any]) -> None:
    ui.button(words, on_click=get).props("dense no-caps outline")
