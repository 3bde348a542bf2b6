"""The server: one address on this machine, nothing fetched from elsewhere, nothing kept."""

from __future__ import annotations

import errno
import logging
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from quasispin.errors import DependencyError, InputError, integer
from quasispin.explorer import compute
from quasispin.explorer.state import MOST_TEXT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
MOST_BODY: Final = 4 * MOST_TEXT
"""Bytes of one request."""


class Guard:
    """Lets in only requests to this server's own names, from its own pages, and of a sensible size."""

    def __init__(self, app: Callable[..., Awaitable[None]], names: tuple[str, ...]) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        status = self._refused(headers)
        if status is not None:
            await _refuse(scope, send, status)
            return
        taken = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > MOST_BODY:  # a body that does not say how long it is
                    return {"type": "http.disconnect"}
            return message

        await self._app(scope, counted, send)

    def _refused(self, headers: dict[str, str]) -> int | None:
        host = _name(headers.get("host", ""))
        if self._names and host not in self._names:
            return 421
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            return 403
        length = headers.get("content-length", "0")
        is_number = length.isascii() and length.isdigit()
        return 413 if not is_number or int(length) > MOST_BODY else None


def serve(host: str = "127.0.0.1", port: int | None = None, *, show: bool = True) -> None:
    """Serve the explorer until it is stopped (Ctrl-C).

    Parameters
    ----------
    host
        The address to listen at; by default that of this machine alone.
    port
        The port; by default the first free one from 8080.
    show
        Whether to open the page in a browser.

    Raises
    ------
    DependencyError
        If the extra ``explorer`` is not installed.
    InputError
        If the port is taken, or the address is not one of this machine's.
    """
    if find_spec("nicegui") is None:
        raise DependencyError(
            'The explorer needs the extra `explorer`: pip install "quasispin[explorer]".', "nicegui"
        )
    found = free_port(host) if port is None else _checked(host, port)
    compute.begin_to_warm()
    from nicegui import app, ui  # takes a second, in which the compilation goes on

    from quasispin.explorer import web

    web.register()
    app.add_middleware(Guard, names=LOOPBACK if host in LOOPBACK else ())
    logging.getLogger("uvicorn.error").addFilter(is_worth_telling)
    shown = f"[{host}]" if ":" in host else host
    print(f"The explorer is at http://{shown}:{found}/ – Ctrl-C ends it.", flush=True)
    ui.run(
        host=host,
        port=found,
        show=show,
        reload=False,
        tailwind=False,  # it watches every change of the page
        title="quasispin explorer",
        favicon=str(Path(__file__).with_name("favicon.svg")),
        show_welcome_message=False,
        reconnect_timeout=10.0,
        language="en-US",
        uvicorn_logging_level="error",
    )


def is_worth_telling(record: logging.LogRecord) -> bool:
    """Whether a line of the server's log is: not where a tab was closed before it had its answer.

    Starlette then raises a RuntimeError of these words, one for each file that the tab had asked for.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, RuntimeError) and str(error) == "No response returned.")


def free_port(host: str, first: int = 8080) -> int:
    """The first free port from there on."""
    for port in range(first, first + 200):
        if _is_free(host, port):
            return port
    raise InputError(f"`port` must be free, but {first} to {first + 199} are all taken on {host}.", first)


def _checked(host: str, port: int) -> int:
    number = integer("port", port, low=1, high=65535)
    if not _is_free(host, number):
        raise InputError(f"`port` must be free, but {number} on {host} is taken.", port)
    return number


def _is_free(host: str, port: int) -> bool:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except socket.gaierror:
        raise InputError(f"`host` must be an address of this machine, but is {host!r}.", host) from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise InputError(f"`host` must be an address of this machine, but is {host!r}.", host) from None
        return False
    return True


def _name(host: str) -> str:
    """A Host header without its port."""
    return host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]


async def _refuse(scope: Scope, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    words = {421: "Not a name of this server.", 403: "Not from a page of this server.", 413: "Too large."}
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
    )
    await send({"type": "http.response.body", "body": words[status].encode()})
