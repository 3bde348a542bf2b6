"""The check of the built pages finds what asks the network, and lets links be."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[2] / "docs" / "offline.py"


@pytest.fixture(scope="module")
def offline() -> ModuleType:
    spec = importlib.util.spec_from_file_location("offline", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REQUESTS = {
    "script.html": '<script src="https://example.org/a.js"></script>',
    "relative.html": '<script src="//example.org/a.js"></script>',
    "style.html": '<link rel="stylesheet" href="https://example.org/a.css">',
    "preload.html": '<link rel="preload" as="font" href="https://example.org/a.woff2">',
    "image.html": '<img src="http://example.org/a.png">',
    "frame.html": '<iframe src="https://example.org/"></iframe>',
    "inline.html": "<script>fetch('https://example.org/a.json')</script>",
    "font.html": "<style>@font-face { src: url(https://example.org/a.woff) }</style>",
    "attribute.html": '<p style="background: url(//example.org/a.png)">',
    "import.css": '@import "https://example.org/a.css";',
    "module.js": 'import x from "https://example.org/x.js";',
    "dynamic.js": "const x = await import('https://example.org/x.js')",
    "open.js": "request.open('GET', 'https://example.org/x')",
    "element.js": 'script.src = "https://example.org/x.js"',
    "socket.js": "new WebSocket('wss://example.org/')",
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_found(
    offline: ModuleType, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text("<p>Nothing.</p>")
    (tmp_path / name).write_text(REQUESTS[name])
    assert offline.main([str(tmp_path)]) == 1
    assert f"{name}: asks the network" in capsys.readouterr().err


def test_links_and_own_files_are_no_requests(offline: ModuleType, tmp_path: Path) -> None:
    page = (
        '<link rel="canonical" href="https://example.org/"><a href="https://example.org/">there</a>'
        '<script src="_static/a.js"></script><img src="data:image/png;base64,//8A"><p>// https://example.org</p>'
    )
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "a.js").write_text('// see https://example.org\nconst svg = "http://www.w3.org/2000/svg";')
    assert offline.main([str(tmp_path)]) == 0


def test_a_folder_without_pages_is_a_mistake(offline: ModuleType, tmp_path: Path) -> None:
    assert offline.main([str(tmp_path)]) == 2
