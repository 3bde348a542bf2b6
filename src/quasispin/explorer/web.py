"""What the server answers at its one address."""

from __future__ import annotations

import logging
from pathlib import Path

from nicegui import Client, app, ui
from starlette.requests import Request
from starlette.responses import HTMLResponse

from quasispin.explorer.page import Page

SHEET = Path(__file__).with_name("explorer.css")
LOADING = "The explorer is loading; the very first time it compiles what it needs, for about ten seconds."
MISSING = "<!doctype html><title>quasispin</title><p>There is nothing here: <a href=/>the explorer</a>."
SCRIPT = Path(__file__).with_name("explorer.js")


def register() -> None:
    """Make the page known."""
    ui.add_css(SHEET, shared=True)
    ui.add_head_html(f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>", shared=True)
    ui.page("/", title="quasispin explorer")(_page)
    app.on_exception(_log)
    app.exception_handler(404)(_missing)


def _page(request: Request, client: Client) -> None:
    ui.add_body_html(f"<div class=qs-loading role=status>{LOADING}</div>")
    Page(request.query_params.multi_items()).start(client)


def _missing(request: Request, error: Exception) -> HTMLResponse:
    """There is one page, and what it is made of."""
    del request, error
    return HTMLResponse(MISSING, status_code=404)


def _log(error: Exception) -> None:
    """Into the log of the server, never onto the page."""
    logging.getLogger("quasispin.explorer").error("%s: %s", type(error).__name__, error)
