"""Refuse built pages that would ask the network for anything: ``python docs/offline.py FOLDER``.

Looked at are HTML, CSS and the scripts of the pages. A link that a reader may follow (``<a href>``) is no
request. Of scripts only what is sure to be one is found: an address given to fetch, import, a request, a
socket or the source of an element.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

OUTSIDE = re.compile(r"\s*(?:https?:|wss?:|ftp:)?//", re.I)
IN_CSS = re.compile(r"(?:@import\s+|url\(\s*)[\"']?\s*(?P<address>(?:https?:|ftp:)?//[^\"')\s]+)", re.I)
IN_SCRIPT = re.compile(
    r"""(?:\bfetch\s*\(|\bimport\s*\(|\bimport\s+(?:[\w*{}\s,]+\sfrom\s+)?|\bexport\s[^;]*?\sfrom\s+"""
    r"""|\bimportScripts\s*\(|\.open\s*\(\s*["']\w+["']\s*,|\bnew\s+(?:WebSocket|EventSource|Worker|URL)\s*\("""
    r"""|\.(?:src|href)\s*=|\bsendBeacon\s*\(|\brequire\s*\(|["']?(?:paths|baseUrl|fontURL)["']?\s*:)"""
    r"""\s*[`"'](?P<address>(?:https?:|wss?:)?//[^`"'\s]+)""",
    re.I,
)
LINKS = frozenset({"a", "area"})
"""Elements whose address is for the reader to follow."""
ADDRESSES = frozenset({"src", "href", "data", "poster", "action", "formaction", "background", "xlink:href"})
RELATIONS = frozenset({"canonical", "license", "author", "help", "alternate", "next", "prev"})
"""What <link> may name without a request."""


class Page(HTMLParser):
    """The requests that a page makes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Addresses among the attributes."""
        self._inside = tag if tag in {"script", "style"} else ""
        named = {name: value or "" for name, value in attrs}
        for name, value in named.items():
            if name == "style":
                self.found += [f"<{tag} style> {address}" for address in _addresses(IN_CSS, value)]
            elif name == "srcset":
                self.found += [f"<{tag} srcset> {one}" for one in value.split(",") if OUTSIDE.match(one)]
            elif name in ADDRESSES and OUTSIDE.match(value) and not _is_link(tag, named):
                self.found.append(f"<{tag} {name}> {value}")
        if named.get("http-equiv", "").lower() == "refresh" and "//" in named.get("content", ""):
            self.found.append(f"<meta refresh> {named['content']}")

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or a style."""
        del tag
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Addresses in scripts and styles of the page itself."""
        pattern = {"script": IN_SCRIPT, "style": IN_CSS}.get(self._inside)
        if pattern is not None:
            self.found += [f"<{self._inside}> {address}" for address in _addresses(pattern, data)]


def requests(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every request to the outside, with the file that makes it."""
    for file in sorted(folder.rglob("*")):
        kind = file.suffix.lower()
        if kind not in {".html", ".htm", ".svg", ".css", ".js", ".mjs"}:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        if kind in {".css", ".js", ".mjs"}:
            found = list(_addresses(IN_CSS if kind == ".css" else IN_SCRIPT, text))
        else:
            page = Page()
            page.feed(text)
            found = page.found
        for one in found:
            yield file.relative_to(folder), one


def main(arguments: list[str]) -> int:
    """Say what was found; 1 if anything, 2 if there is nothing to look at."""
    if len(arguments) != 1 or not any(Path(arguments[0]).rglob("*.html")):
        print("usage: offline.py FOLDER, with the built pages", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    found = list(requests(folder))
    for file, what in found:
        print(f"{file}: asks the network: {what}", file=sys.stderr)
    pages = sum(1 for _ in folder.rglob("*.html"))
    print(f"{pages} pages, {len(found)} requests to the outside.")
    return 1 if found else 0


def _is_link(tag: str, attributes: dict[str, str]) -> bool:
    relations = set(attributes.get("rel", "").lower().split())
    return tag in LINKS or (tag == "link" and bool(relations) and relations <= RELATIONS)


def _addresses(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (found["address"] for found in pattern.finditer(text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
