"""A server of its own and a real Chromium before it, for tests, benchmarks and the pictures of the pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM: Final = shutil.which("chromium")
ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
COMMAND: Final = (sys.executable, "-c", "from quasispin.cli.entry import main; main()", "explore")
PATIENCE: Final = 60.0
"""Seconds until the server answers and the first pictures are there: it may have to compile."""
DRAWN: Final = """() => {
  const plots = [...document.querySelectorAll('.qs-plot')];
  return plots.length === 6 && plots.every(plot => plot._fullData && plot._fullData.length);
}"""


@contextmanager
def serving() -> Iterator[str]:
    """A server on a free port of this machine; its address."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    command = [*COMMAND, "--no-show", "--port", str(port)]
    # NiceGUI serves otherwise if it knows of pytest
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=plain
    )
    try:
        address = f"http://127.0.0.1:{port}/"
        _wait(address, process)
        yield address
        assert process.poll() is None, "the server has died"
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _wait(address: str, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(address, timeout=PATIENCE).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(process.communicate()[0]) from None
            time.sleep(0.05)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", CHROMIUM), args=list(ARGUMENTS)
        )
        yield browser
        browser.close()


def until_drawn(page: Page) -> None:
    """Wait until every picture has something in it."""
    page.wait_for_function(DRAWN, timeout=PATIENCE * 1e3)
