"""The door: this machine's own pages alone, no port that is taken, one sentence for what cannot be."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from click.testing import CliRunner

from quasispin.cli.app import main
from quasispin.errors import DependencyError, InputError
from quasispin.explorer import server
from quasispin.explorer.server import LOOPBACK, MOST_BODY, Guard, free_port, is_worth_telling

Message = MutableMapping[str, Any]
OURS = {"host": "127.0.0.1:8080"}


class App:
    """Reads the whole body and answers; keeps what it got."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.calls = 0

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        self.calls += 1
        while scope["type"] == "http":
            message = await receive()
            self.got.append(message)
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})


def ask(
    headers: dict[str, str],
    *,
    kind: str = "http",
    bodies: list[bytes] | None = None,
    names: tuple[str, ...] = LOOPBACK,
) -> tuple[App, list[Message]]:
    """One request through the guard."""
    app, sent, pieces = App(), [], iter(bodies or [b""])
    left = len(bodies or [b""])

    async def receive() -> Message:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": next(pieces), "more_body": left > 0}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
    asyncio.run(Guard(app, names)({"type": kind, "headers": raw}, receive, send))
    return app, sent


@pytest.mark.parametrize(
    "headers",
    [
        OURS,
        {"host": "localhost"},
        {"host": "[::1]:8080"},
        OURS | {"origin": "http://127.0.0.1:8080"},
        OURS | {"content-length": str(MOST_BODY)},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_requests_from_this_machine_come_through(headers: dict[str, str], kind: str) -> None:
    app, sent = ask(headers, kind=kind)
    assert app.calls == 1
    assert sent[-1]["status"] == 200


REFUSED: list[tuple[dict[str, str], int]] = [
    ({}, 421),
    ({"host": ""}, 421),
    ({"host": "evil.example"}, 421),
    ({"host": "127.0.0.1.evil.example"}, 421),
    ({"host": "evil.example:8080"}, 421),
    ({"host": "[::2]:8080"}, 421),
    (OURS | {"origin": "http://evil.example"}, 403),
    (OURS | {"origin": "null"}, 403),
    (OURS | {"origin": "http://127.0.0.1:9999"}, 403),
    (OURS | {"content-length": str(MOST_BODY + 1)}, 413),
    (OURS | {"content-length": "-1"}, 413),
    (OURS | {"content-length": "many"}, 413),
    (OURS | {"content-length": "²"}, 413),
]


@pytest.mark.parametrize(("headers", "status"), REFUSED, ids=str)
def test_foreign_names_origins_and_sizes_are_refused(headers: dict[str, str], status: int) -> None:
    app, sent = ask(headers)
    assert app.calls == 0
    assert sent[0]["status"] == status
    assert sent[1]["body"].endswith(b".")
    app, sent = ask(headers, kind="websocket")
    assert (app.calls, sent) == (0, [{"type": "websocket.close", "code": 1008}])


def test_a_body_longer_than_it_says_is_cut_off() -> None:
    piece = bytes(MOST_BODY // 2)
    app, _ = ask(OURS, bodies=[piece, piece, b"x", piece])
    assert [one["type"] for one in app.got] == ["http.request", "http.request", "http.disconnect"]


def test_elsewhere_than_on_loopback_any_name_is_taken_but_no_foreign_origin() -> None:
    assert ask({"host": "lab.example:8080"}, names=())[0].calls == 1
    _, sent = ask({"host": "lab.example", "origin": "http://evil.example"}, names=())
    assert sent[0]["status"] == 403


def test_what_is_no_request_goes_through() -> None:
    assert ask({}, kind="lifespan")[0].calls == 1


# -- addresses and ports ---------------------------------------------------------------------------


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield int(one.getsockname()[1])


def test_a_taken_port_is_passed_over(taken: int) -> None:
    assert taken < free_port("127.0.0.1", taken) < taken + 200


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--port", "0"], "`port` must lie in [1, 65535], but is 0."),
        (["--port", "65536"], "`port` must lie in [1, 65535], but is 65536."),
        (["--host", "no such host", "--port", "8080"], "`host` must be an address of this machine"),
        (["--host", "no such host"], "`host` must be an address of this machine"),
        (["--host", "203.0.113.1", "--port", "8080"], "`host` must be an address of this machine"),
        (["--host", "203.0.113.1"], "`host` must be an address of this machine, but is '203.0.113.1'."),
    ],
    ids=str,
)
def test_the_command_says_in_one_sentence_what_cannot_be(words: list[str], sentence: str) -> None:
    done = CliRunner().invoke(main, ["explore", "--no-show", *words])
    assert done.exit_code == 2
    assert done.output.startswith(f"Error: {sentence}")
    assert done.output.count("\n") == 1


def test_a_taken_port_is_one_sentence(taken: int) -> None:
    done = CliRunner().invoke(main, ["explore", "--no-show", "--port", str(taken)])
    assert done.exit_code == 2
    assert done.output == f"Error: `port` must be free, but {taken} on 127.0.0.1 is taken.\n"
    with pytest.raises(InputError):
        server.serve(port=taken, show=False)


def test_without_the_extra_the_error_names_it() -> None:
    code = (
        "import sys; sys.modules['nicegui'] = None\n"
        "from quasispin.errors import DependencyError\n"
        "from quasispin.explorer.server import serve\n"
        "try:\n    serve(show=False)\n"
        "except DependencyError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == 'The explorer needs the extra `explorer`: pip install "quasispin[explorer]".\n'
    assert issubclass(DependencyError, RuntimeError)


def test_nothing_but_the_server_needs_the_web() -> None:
    code = (
        "import sys\n"
        "from quasispin.explorer import box, compute, downloads, pictures, presets, script, session, worker\n"
        "from quasispin.explorer import server\n"
        "print(*sorted({'nicegui', 'starlette'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_a_tab_that_was_closed_early_is_not_told_of() -> None:
    def record(error: Exception | None) -> logging.LogRecord:
        found = None if error is None else (type(error), error, None)
        return logging.LogRecord(
            "uvicorn.error", logging.ERROR, "", 0, "Exception in ASGI application", (), found
        )

    assert not is_worth_telling(record(RuntimeError("No response returned.")))
    for error in (None, RuntimeError("another"), ValueError("No response returned.")):
        assert is_worth_telling(record(error))
