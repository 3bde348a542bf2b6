"""The page in a real Chromium: what a person sees, moves, loads and breaks."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from playwright.sync_api import Browser, Locator, Page, Request, WebSocketRoute, expect

from quasispin.cli.app import main
from quasispin.explorer import compute, downloads
from quasispin.explorer.box import box
from quasispin.explorer.pictures import NAMES, part_of, shown_value
from quasispin.explorer.presets import PRESETS
from quasispin.explorer.script import dataset
from quasispin.explorer.state import MOST_TEXT, VIEWS, State, from_query, packed, to_query
from quasispin.observables import BY_NAME
from quasispin.units import kelvin
from tests.explorer.browser import CHROMIUM, PATIENCE, browsing, serving, until_drawn
from tests.explorer.examples import PAIR, TIN, levels

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("QUASISPIN_BROWSER") != "required", reason="there is no chromium"
    ),
]
expect.set_options(timeout=PATIENCE * 1e3)
SMALL: Final = State(size=2, electrons=4)
SHOWN: Final = """view => {
  const plot = document.querySelector(`#view-${view} .qs-plot`);
  return plot._fullData.filter(one => one.visible !== false).map(one => ({
    name: one.name,
    y: one.y ? Array.from(one.y) : null, // undefined would come back as null, and nothing be like before
    z: one.z ? Array.from(one.z, row => Array.from(row)) : null,
  }));
}"""
CHANGED: Final = "([view, before]) => JSON.stringify((" + SHOWN + ")(view)) !== before"
PALE: Final = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = parts(colour).map(x => linear(x / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = one => {
    for (; one; one = one.parentElement) {
      const found = getComputedStyle(one).backgroundColor;
      if ((parts(found)[3] ?? 1) > 0.5) return found;
    }
    return "rgb(255, 255, 255)";
  };
  const contrast = one => {
    const [low, high] = [light(getComputedStyle(one).color), light(ground(one))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  return [...document.querySelectorAll("button, label, th, td, h1, h2, .qs-name, .qs-small, .qs-reason")]
    .filter(one => one.offsetWidth && one.innerText.trim() && contrast(one) < 4.5)
    .map(one => [one.innerText, contrast(one)]);
}"""
"""Texts whose contrast on their ground is too small."""
FREE: Final = ("T, temperature", "ω, field", "l, orbital", "N, electrons")
"""How the labels of sliders begin that compute nothing long."""


# -- the browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


WRONG_FILE: Final = (
    "A level scheme must be a table (.csv, .txt, .dat, .tsv) or a .toml file, of at most 64 KiB."
)
Open = Callable[..., Page]


class Line:
    """The way from the server to the page, on which answers can be held up."""

    def __init__(self) -> None:
        self._route: WebSocketRoute | None = None
        self._held: list[str | bytes] | None = None

    def begin(self, route: WebSocketRoute) -> None:
        """Take over a connection."""
        self._route = route
        route.connect_to_server().on_message(self._pass)

    def hold(self) -> None:
        """From now on nothing comes through."""
        self._held = []

    def until_held(self, page: Page, word: str) -> None:
        """Wait until an answer with that word is on its way."""
        end = time.monotonic() + PATIENCE
        while not any(word in str(one) for one in self._held or ()):
            assert time.monotonic() < end, word
            page.wait_for_timeout(20)

    def release(self) -> None:
        """Let through what came and what comes."""
        held, self._held = self._held or [], None
        for one in held:
            self._pass(one)

    def _pass(self, message: str | bytes) -> None:
        if self._held is not None:
            self._held.append(message)
        elif self._route is not None:
            self._route.send(message)


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Open]:
    """Opens a state in a browser of its own; nothing may be complained of, nothing come from elsewhere."""
    contexts, wrong = [], []

    def watch(request: Request) -> None:
        if not request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
            wrong.append(request.url)

    def opened(state: State | str = SMALL, *, dark: bool = False, line: Line | None = None) -> Page:
        context = browser.new_context(
            viewport={"width": 1280, "height": 720}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        if line is not None:
            page.route_web_socket(re.compile("socket.io"), line.begin)
        page.on("request", watch)
        page.on("console", lambda one: wrong.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        query = state if isinstance(state, str) else urlencode(to_query(state), safe=",")
        page.goto(f"{address}?{query}")
        until_drawn(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong


def numbers(page: Page, view: str) -> list[dict[str, Any]]:
    """The traces that are drawn."""
    found: list[dict[str, Any]] = page.evaluate(SHOWN, view)
    return found


def until_changed(page: Page, view: str, before: list[dict[str, Any]]) -> None:
    words = page.evaluate("before => JSON.stringify(before)", before)
    page.wait_for_function(CHANGED, arg=[view, words], timeout=PATIENCE * 1e3)


def until_address(page: Page, **words: str) -> None:
    """Wait until the address says so."""
    page.wait_for_url(lambda url: words.items() <= query_of(url).items(), timeout=PATIENCE * 1e3)


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def slider(page: Page, label: str) -> Locator:
    return page.get_by_role("slider", name=re.compile(f"^{label}"))


def typed(page: Page, label: str, value: str) -> None:
    """Type into the number beside a slider."""
    field = number(page, label)
    field.fill(value)
    field.press("Enter")


def number(page: Page, label: str) -> Locator:
    """The number beside a slider."""
    return page.get_by_role("spinbutton", name=re.compile(f"^{label}.*number$"))


def complaint(page: Page) -> Locator:
    return page.locator(".qs-main > .qs-wrong")


def assert_it_lives(page: Page) -> None:
    """A sentence and no trace of a stack; the pictures are there, and the next change is shown."""
    body = page.locator("body").inner_text()
    assert "Traceback" not in body
    assert "Error" not in body
    before = numbers(page, "temperature")
    assert before
    slider(page, "ω, field").press("ArrowRight")
    until_changed(page, "temperature", before)
    expect(complaint(page)).to_be_empty()


# -- what is seen ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_six_views_draw(tab: Open, dark: bool) -> None:
    page = tab(dark=dark)
    for view in VIEWS:
        assert numbers(page, view), view
        picture = page.locator(f"#view-{view} .qs-plot")
        expect(picture).to_have_attribute("role", "img")
        expect(picture).to_have_attribute("aria-label", re.compile(r"\.$"))
    expect(page).to_have_title("quasispin explorer")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground != "rgb(255, 255, 255)") is dark
    assert page.evaluate(PALE) == []


def test_presets_show_the_numbers_of_observe(tab: Open) -> None:
    page = tab()
    for preset in PRESETS.values():
        state = preset.make()
        page.get_by_role("button", name="Presets").click()
        page.get_by_role("menuitem", name=preset.name).click()
        until_address(page, **{key: text for key, text in to_query(state).items() if key != "view"})
        until_computed(page)
        table = page.locator(".qs-facts table").first
        assert table.locator("th[scope=col]").all_inner_texts() == [NAMES[kind] for kind in state.ensembles]
        rows = {row.locator("th").get_attribute("title"): row for row in table.locator("tr").all()[1:]}
        for (kind, name), value in observed(state).items():
            cell = rows[name].locator("td").nth(state.ensembles.index(kind))
            assert cell.inner_text() == value, (preset.name, kind, name)


def test_curves_beside_come_and_go(tab: Open) -> None:
    """A preset shows those of the paper's figure; the field beside the sliders changes them."""
    page = tab()
    page.get_by_role("button", name="Presets").click()
    page.get_by_role("menuitem", name="Fig. 1").click()
    until_address(page, Ts="0.4,1.0")
    until_computed(page)
    drawn = numbers(page, "field")
    own = len([trace for trace in drawn if "T =" not in trace["name"]])
    assert len(drawn) == 3 * own + 3  # the curves at each temperature, and an entry of the legend for each
    field = page.get_by_label("T of curves beside")
    expect(field).to_have_value("0.4; 1")
    field.fill("0,3; 0,6; 2")
    field.press("Enter")
    until_address(page, Ts="0.3,0.6,2.0")
    until_computed(page)
    assert len(numbers(page, "field")) == 4 * own + 4
    field.fill("0.3; warm")
    field.press("Enter")
    expect(page.locator(".qs-wrong", has_text="must be a number such as 0.3, but is 'warm'")).to_be_visible()
    field.fill("")
    field.press("Enter")
    page.wait_for_url(lambda url: "Ts" not in query_of(url), timeout=PATIENCE * 1e3)
    until_computed(page)
    assert len(numbers(page, "field")) == own


def until_computed(page: Page) -> None:
    """Nothing is under way, and nothing is left of the view before."""
    expect(page.locator(".qs-busy").first).to_be_hidden()
    expect(page.locator(".qs-stale")).to_have_count(0)
    until_drawn(page)


def observed(state: State) -> dict[tuple[str, str], str]:
    """What `quasispin observe --json` says of the view's point, as the page writes it; by long names.

    It takes no coupling matrix: there the observables themselves are asked.
    """
    place = box(state)
    names: tuple[str, ...] = ("heat_capacity", "susceptibility", "entropy", "free_energy")
    if place.system.is_single_shell:
        names += ("gap", "connected_gap", "magnetic_moment")
        values = said(state, names)
    else:
        point = {"temperature": place.temperature(state), "field": place.field(state)}
        values = {
            kind: {name: BY_NAME[name](ensemble, **point) for name in names}
            for kind, ensemble in compute.ensembles(state).items()
        }
    return {
        (kind, BY_NAME[name].long_name): f"{shown_value(name, value, place):.6g}".replace("-", "−")
        for kind, own in values.items()
        for name, value in own.items()
    }


def said(state: State, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    place = box(state)
    words = ["--shell", f"orbital:{place.system.pair_degeneracy // 2}"]
    words += ["--electrons", str(place.system.electrons), "--coupling", repr(place.system.coupling)]
    words += ["--temperature", repr(place.temperature(state)), "--field", repr(place.field(state))]
    words += [word for kind in state.ensembles for word in ("--ensemble", kind)]
    words += [word for name in names for word in ("--observable", name)]
    done = CliRunner().invoke(main, ["observe", "--json", *words])
    assert done.exit_code == 0, done.output
    return {one["ensemble"]: one["values"] for one in json.loads(done.output)["results"]}


def test_pictures_hold_the_numbers_to_the_bit(tab: Open) -> None:
    page = tab()
    for view in ("field", "temperature", "response"):
        found = [one["y"] for one in numbers(page, view)]
        series = compute.compute(part_of(view, SMALL), SMALL)
        for one in series:
            is_here = (one.observable in compute.RESPONSES) is (view == "response")
            if is_here and not (one.ensemble == "mean-field" and one.observable == "connected_gap"):
                shown = shown_value(one.observable, 1.0, box(SMALL)) * one.values
                assert shown.tolist() in found
    (chart,) = numbers(page, "map")
    (wanted,) = compute.compute("map", SMALL)
    assert chart["z"] == wanted.values.tolist()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_wider_than_the_window(tab: Open, dark: bool) -> None:
    page = tab(dark=dark)
    for width, height in ((1280, 720), (1920, 1080), (390, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("width => innerWidth === width", arg=width)
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
        for view in VIEWS:
            card = page.locator(f"#view-{view}").bounding_box()
            assert card is not None
            assert card["x"] >= 0
            assert card["x"] + card["width"] <= width + 0.5
            assert card["height"] >= 200


# -- the hand --------------------------------------------------------------------------------------


def test_dragging_a_slider_changes_pictures_and_address(tab: Open) -> None:
    page = tab()
    before = {view: numbers(page, view) for view in VIEWS}
    place = slider(page, "T, temperature").bounding_box()
    assert place is not None
    y = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + 0.1 * place["width"], y)
    page.mouse.down()
    page.mouse.move(place["x"] + 0.6 * place["width"], y, steps=5)
    page.mouse.up()
    for view in ("field", "response", "seniority"):
        until_changed(page, view, before[view])
    page.wait_for_url(lambda url: 0.5 < float(query_of(url).get("T", "0")) < 0.9)
    for view in ("temperature", "levels", "map"):
        assert numbers(page, view) == before[view]
    state = from_query(query_of(page.url))
    (canonical, *_) = compute.compute("field", state)
    page.wait_for_function("y => (" + SHOWN + ")('field')[0].y[0] === y", arg=float(canonical.values[0]))


def test_every_slider_is_reached_and_moved_by_keys(tab: Open) -> None:
    page = tab()
    sliders = page.get_by_role("slider")
    labels = [one.get_attribute("aria-label") or "" for one in sliders.all() if one.is_visible()]
    assert len(labels) == 5
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        label = page.evaluate("document.activeElement.type === 'range' && document.activeElement.ariaLabel")
        if label:
            reached.add(label)
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid"
    assert reached == set(labels)
    for label in labels:
        one = page.get_by_role("slider", name=label, exact=True)
        before = one.input_value()
        key = "ArrowRight" if "δ" not in label else "ArrowLeft"
        one.press(key)
        assert one.input_value() != before
        beside = page.get_by_role("spinbutton", name=f"{label}, as a number")
        expect(beside).not_to_have_value(f"{float(before):g}")


def test_an_arrow_key_changes_the_pictures(tab: Open) -> None:
    page = tab()
    for label in FREE:
        view = "temperature" if label.startswith("ω") else "field"
        before = numbers(page, view)
        slider(page, label).press("ArrowRight")
        until_changed(page, view, before)


def test_a_slider_comes_back_to_nothing(tab: Open) -> None:
    page = tab()
    typed(page, "δ, deformation", "0.05")
    until_address(page, deformation="0.05")
    until_computed(page)
    for _ in range(3):
        slider(page, "δ, deformation").press("ArrowLeft")
    page.wait_for_url(lambda url: "deformation" not in query_of(url), timeout=PATIENCE * 1e3)


def test_the_slider_of_the_deformation_says_0(tab: Open) -> None:
    page = tab(SMALL.but(size=1, electrons=2))
    one = slider(page, "δ, deformation")
    one.press("ArrowLeft")
    expect(one).to_have_attribute("aria-valuetext", "-0.02")
    one.press("ArrowRight")
    assert float(one.input_value()) == 0.0
    expect(one).to_have_attribute("aria-valuetext", "0")


def test_buttons_and_boxes_show_where_the_keys_are(tab: Open) -> None:
    page = tab()
    ring = "getComputedStyle(document.activeElement).boxShadow"
    for one in (
        page.get_by_role("button", name="Shell", exact=True),
        page.get_by_role("button", name="odd N"),
        page.get_by_role("checkbox", name="BCS"),
        page.get_by_role("button", name="Link"),
    ):
        before = one.evaluate("one => getComputedStyle(one).boxShadow")
        one.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        expect(one).to_be_focused()
        assert page.evaluate(ring) != before
        assert "2px" in page.evaluate(ring)


def test_arrow_keys_go_through_the_presets(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="Presets").press("Enter")
    items = page.get_by_role("menuitem")
    expect(items).to_have_count(len(PRESETS))
    for key, place in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1), ("Home", 0)):
        page.keyboard.press(key)
        expect(items.nth(place)).to_be_focused()
    page.keyboard.press("Enter")
    until_address(page, T="0.0", B="0.8")
    expect(page.locator("#view-response .qs-reason")).to_contain_text("At T = 0 the moment jumps")


def test_the_dialog_has_a_name(tab: Open) -> None:
    page = tab()
    page.locator("#view-field").get_by_role("button", name="Python and files").click()
    expect(page.get_by_role("dialog", name="Python and files")).to_be_visible()


def test_theme_and_material_survive_a_reload_and_going_back(tab: Open) -> None:
    page = tab(State(box="cluster", radius=1.0, electrons=None))
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("combobox", name="Material").click()
    page.get_by_role("option", name="Sn, tin").click()
    until_address(page, material="Sn")
    page.get_by_role("button", name="Shell", exact=True).click()
    until_address(page, box="shell")
    page.go_back()
    until_address(page, box="cluster", material="Sn")
    until_drawn(page)
    page.reload()
    until_drawn(page)
    expect(page.locator("body.body--dark")).to_have_count(1)
    expect(page.get_by_role("combobox", name="Material")).to_have_value("Sn, tin")


def test_going_back_goes_to_the_box_before(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="Cluster", exact=True).click()
    until_address(page, box="cluster")
    page.get_by_role("button", name="Levels", exact=True).click()
    until_address(page, box="levels")
    page.get_by_role("button", name="Shell", exact=True).click()
    until_address(page, box="shell")
    assert query_of(page.url).keys().isdisjoint({"levels", "unit", "colour"})
    page.go_back()
    until_address(page, box="levels")
    until_drawn(page)
    page.go_back()
    until_address(page, box="cluster")
    until_drawn(page)
    expect(page.get_by_role("button", name="Cluster", exact=True)).to_have_attribute("aria-pressed", "true")


def test_an_address_that_is_no_page_says_where_it_is(browser: Browser, address: str) -> None:
    page = browser.new_page()
    answer = page.goto(f"{address}nonsense/path")
    assert answer is not None
    assert answer.status == 404
    assert page.locator("body").inner_text() == "There is nothing here: the explorer."
    page.get_by_role("link").click()
    until_drawn(page)
    page.close()


def test_typing_a_number_moves_the_slider(tab: Open) -> None:
    page = tab()
    typed(page, "T, temperature", "0.6")
    until_address(page, T="0.6")
    assert float(slider(page, "T, temperature").input_value()) == pytest.approx(0.6)


def test_the_map_s_crosshair_drives_the_curves(tab: Open) -> None:
    page = tab()
    before = numbers(page, "field")
    place = page.locator("#view-map .nsewdrag").bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    until_changed(page, "field", before)
    page.wait_for_url(lambda url: {"T", "B"} <= query_of(url).keys())
    state = from_query(query_of(page.url))
    assert state.field == pytest.approx(1.2, abs=0.02)
    assert state.temperature == pytest.approx(0.6, abs=0.02)


def test_ensembles_go_on_and_off(tab: Open) -> None:
    page = tab()
    before = numbers(page, "field")
    page.get_by_role("checkbox", name="grand canonical").click()
    until_changed(page, "field", before)
    assert {one["name"] for one in numbers(page, "field")} > {one["name"] for one in before}
    for name in ("canonical", "grand canonical", "BCS"):
        page.get_by_role("checkbox", name=name, exact=True).click()
    expect(page.locator("#view-field .qs-reason")).to_have_text("No ensemble is on.")
    until_address(page, show="")


def test_even_and_odd(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="odd N").click()
    until_address(page, N="3")


def test_kelvin_and_tesla_keep_the_place_in_the_pictures(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="kelvin and tesla").click()
    until_address(page, lab="1")
    expect(slider(page, "T, temperature \\(K\\)")).to_be_visible()
    assert from_query(query_of(page.url)) == SMALL.but(laboratory=True)


RANGE: Final = """view => {
  const { xaxis, yaxis } = document.querySelector(`#view-${view} .qs-plot`)._fullLayout;
  return [...xaxis.range, ...yaxis.range];
}"""


def zoomed(page: Page, view: str) -> list[float]:
    """Drag a rectangle of a picture: the range of its axes after that."""
    before = page.evaluate(RANGE, view)
    place = page.locator(f"#view-{view} .nsewdrag").first.bounding_box()
    assert place is not None
    x, y = place["x"], place["y"]
    page.mouse.move(x + 0.3 * place["width"], y + 0.2 * place["height"])
    page.mouse.down()
    page.mouse.move(x + 0.6 * place["width"], y + 0.7 * place["height"], steps=5)
    page.mouse.up()
    page.wait_for_function(f"before => ({RANGE})('{view}')[1] !== before[1]", arg=before)
    found: list[float] = page.evaluate(RANGE, view)
    return found


def test_a_zoom_stays_in_its_box_and_its_units(tab: Open) -> None:
    page = tab()
    before = {view: page.evaluate(RANGE, view) for view in ("field", "levels")}
    for view in before:
        near = zoomed(page, view)
        assert near != before[view]
        curves = numbers(page, "field")
        slider(page, "T, temperature").press("ArrowRight")  # the same box: what is looked at stays
        until_changed(page, "field", curves)
        assert page.evaluate(RANGE, view) == near
    page.get_by_role("button", name="kelvin and tesla").click()
    until_address(page, lab="1")
    until_computed(page)
    reach = box(SMALL.but(laboratory=True)).field_reach
    for view in before:
        assert page.evaluate(RANGE, view)[:2] == [0.0, reach]
    zoomed(page, "field")
    typed(page, "l, orbital", "5")
    page.wait_for_url(lambda url: "size" not in query_of(url))
    until_computed(page)
    assert page.evaluate(RANGE, "field")[:2] == [0.0, box(State(laboratory=True, electrons=4)).field_reach]


def shown_python(page: Page, view: str) -> str:
    """What the dialog of a picture shows."""
    page.locator(f"#view-{view}").get_by_role("button", name="Python and files").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("figure.savefig(")
    words: str = dialog.locator("code").inner_text()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    return words


def test_the_python_of_a_zoomed_picture_draws_what_is_seen(
    tab: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")
    for view in ("field", "response"):
        page = tab()
        near = zoomed(page, view)
        names: dict[str, Any] = {}
        exec(shown_python(page, view), names)
        first = names["axes"][0]
        np.testing.assert_allclose([*first.get_xlim(), *first.get_ylim()], near, rtol=1e-9)
        lines = [line.get_ydata().tolist() for axis in names["axes"] for line in axis.lines]
        for trace in numbers(page, view):
            assert trace["y"] in lines


TOUCH: Final = """
window.touched = [];
new MutationObserver(() => {
  const panel = document.querySelector(".qs-panel");
  if (!panel || document.querySelector(".qs-plot")?._fullData?.length) return;
  for (const one of panel.querySelectorAll("input:not([type=file])")) {
    if (!one.closest("[inert]")) continue;
    window.touched.push(one.type);
    for (const kind of ["input", "blur"]) one.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}).observe(document, { childList: true, subtree: true });
"""
"""Touch every control as soon as it is there, while the page is locked."""


def test_controls_are_locked_until_they_show_the_address(browser: Browser, address: str) -> None:
    state = State(kind="hemisphere", size=6, electrons=5, temperature=0.3, field=0.7)
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        page.add_init_script(TOUCH)
        page.goto(f"{address}?{urlencode(to_query(state), safe=',')}")
        until_drawn(page)
        assert "range" in page.evaluate("window.touched")
        expect(page.locator("[inert]")).to_have_count(0)
        page.get_by_role("button", name="Link").click()
        page.wait_for_url(lambda url: from_query(query_of(url)) == state)
        expect(slider(page, "l, orbital")).to_have_value("6")


# -- addresses and files ---------------------------------------------------------------------------


def test_an_address_restores_the_view_exactly(tab: Open) -> None:
    state = State(
        kind="hemisphere", size=6, electrons=5, temperature=0.123456789, field=1 / 3, against="temperature",
        ensembles=("canonical", "number-parity"), laboratory=True, colour="entropy", gap=0.5,
    )  # fmt: skip
    page = tab(state)
    page.get_by_role("button", name="Link").click()
    page.wait_for_url(lambda url: from_query(query_of(url)) == state)
    other = tab(urlsplit(page.url).query)
    assert [numbers(page, view) for view in VIEWS] == [numbers(other, view) for view in VIEWS]


@pytest.mark.parametrize("view", ["field", "map"])
def test_downloads_open_and_hold_the_same_numbers(tab: Open, view: str, tmp_path: Path) -> None:
    page = tab()
    page.locator(f"#view-{view}").get_by_role("button", name="Python and files").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("qs.sweep(")
    kept = {}
    for kind, words in downloads.KINDS.items():
        with page.expect_download(timeout=PATIENCE * 1e3) as waiting:
            dialog.get_by_role("button", name=words, exact=True).click()
        kept[kind] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(kept[kind])
        assert kept[kind].suffix == f".{kind}"
    drawn = [one["z"] if view == "map" else one["y"] for one in numbers(page, view)]
    assert_files_hold(kept, drawn, SMALL.but(view=view))


def test_the_picture_as_on_the_page_is_kept(tab: Open, tmp_path: Path) -> None:
    page = tab()
    page.locator("#view-field").get_by_role("button", name="Python and files").click()
    for kind in ("SVG", "PNG"):
        with page.expect_download(timeout=PATIENCE * 1e3) as waiting:
            page.get_by_role("button", name=f"picture as on the page, {kind}").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        assert path.name == f"gap-against-field-orbital-l2-N4-T0.02-page.{kind.lower()}"
        if kind == "PNG":
            assert path.read_bytes().startswith(b"\x89PNG\r\n")
        else:
            words = "".join(ElementTree.parse(path).getroot().itertext())
            assert "4 electrons in the" in words
            assert "temperature 0.02 Δ₀" in words


def assert_files_hold(kept: dict[str, Path], drawn: list[Any], state: State) -> None:
    name = "connected_gap"
    with xr.open_dataset(kept["nc"]) as data:
        values = np.squeeze(data[name].values)
        assert (values[0] if values.ndim == 2 and state.view == "field" else values).tolist() in drawn
        xr.testing.assert_equal(data.load(), dataset(state))
    rows = list(csv.DictReader(io.StringIO(kept["csv"].read_text(encoding="utf-8"))))
    np.testing.assert_array_equal([float(row[f"{name} (Δ₀)"]) for row in rows], values.ravel())
    assert ElementTree.parse(kept["svg"]).getroot().tag.endswith("svg")
    assert kept["png"].read_bytes().startswith(b"\x89PNG\r\n")
    folder = kept["py"].parent / "run"
    folder.mkdir()
    subprocess.run([sys.executable, str(kept["py"])], cwd=folder, check=True, capture_output=True)
    (made,) = folder.glob("*.nc")
    with xr.open_dataset(made) as ours, xr.open_dataset(kept["nc"]) as theirs:
        xr.testing.assert_equal(ours.load(), theirs.load())


# -- what cannot be --------------------------------------------------------------------------------


IMPOSSIBLE: Final = [
    ("T, temperature", "-1", "`temperature` must lie in [0, 1e+06], but is -1.0."),
    ("ω, field", "-2", "`field` must lie in"),
    ("N, electrons", "99", "`N` must lie in [0, 10], but is 99."),
    ("N, electrons", "2.5", "`N` must be a whole number"),
    ("l, orbital", "999", "`l (or M)` must lie in [0, 200], but is 999."),
]
NONSENSE: Final = (
    *("T=-1", "N=99", "size=nonsense", "answer=42", "box=levels", "box=levels&levels=csv.eJx", "show=%00"),
    *("a=b&" * 50, "N=4&N=2"),
)
WRONG: Final = [
    ("mine.csv", b"energy,degeneracy\n0,many\n", "mine.csv: line 2, column 2: `degeneracy` must be a whole"),
    ("levels.toml", b"shells = [[", "levels.toml: "),
    ("levels.csv", bytes(range(256)), "levels.csv: is not a text file in UTF-8 or UTF-16"),
    ("levels.csv", b"\0" * 100, "levels.csv: "),
    ("levels.csv", b"0,1\n" * (MOST_TEXT // 4 + 1), WRONG_FILE),
    ("levels.py", b"import os", WRONG_FILE),
]


def test_numbers_that_cannot_be_are_one_sentence(tab: Open) -> None:
    page = tab()
    for label, value, sentence in IMPOSSIBLE:
        typed(page, label, value)
        expect(complaint(page)).to_contain_text(sentence)
        expect(number(page, label)).not_to_have_value(value)
        assert_it_lives(page)


UNDERSTOOD: Final = [
    ("T, temperature", "0,3", "0.3", {"T": "0.3"}),
    ("ω, field", "−0,0", "0", {"B": "0.0"}),
    ("ω, field", "1,25e-1", "0.125", {"B": "0.125"}),
    ("N, electrons", "3,0", "3", {"N": "3"}),
    ("δ, deformation", "0,0", "0", {}),
]


def test_numbers_are_read_as_they_are_typed(tab: Open) -> None:
    page = tab()
    for label, text, shown, words in UNDERSTOOD:
        typed(page, label, text)
        expect(number(page, label)).to_have_value(shown)
        until_address(page, **words)
    page.get_by_role("button", name="kelvin and tesla").click()
    until_address(page, lab="1")
    for label, text, shown in (
        ("T, temperature", "0.3 K", "0.3"),
        ("B, magnetic", "500 mT", "0.5"),
        ("T, temperature", "250mK", "0.25"),
    ):
        typed(page, label, text)
        expect(number(page, label)).to_have_value(shown)
    page.wait_for_function("T => Math.abs(new URLSearchParams(location.search).get('T') - T) < 1e-9",
                           arg=0.25 * kelvin / 0.35, timeout=PATIENCE * 1e3)  # fmt: skip
    gap = page.get_by_label("Δ₀ (meV), for K and T")
    gap.fill("400 µeV")
    gap.press("Enter")
    until_address(page, gap="0.4")


def test_errors_stand_at_their_field(tab: Open) -> None:
    page = tab()
    for label, text, sentence in (
        ("T, temperature", "warm", "`T` must be a number such as 0.3, but is 'warm'."),
        ("ω, field", "2 km", "`ω` may have the units"),
        ("N, electrons", "1,234", "`N` can be read in two ways as '1,234': write 1.234 or 1234."),
        ("N, electrons", "99", "`N` must lie in [0, 10], but is 99."),
        ("N, electrons", "1" + "0" * 60, "`N` must be less than 1e15, but is 1e+60."),
        ("T, temperature", "123456789012", "`temperature` must lie in [0, 1e+06], but is 1.23e+11."),
    ):
        typed(page, label, text)
        field = number(page, label)
        knob = page.locator(".qs-knob", has=field)
        expect(knob.locator(".qs-wrong")).to_contain_text(sentence)
        expect(field).to_have_attribute("aria-invalid", "true")
    assert_it_lives(page)
    expect(page.locator(".qs-panel .qs-wrong:visible")).to_have_count(0)


def test_the_arrow_keys_move_a_number(tab: Open) -> None:
    page = tab()
    number(page, "N, ").press("ArrowDown")
    until_address(page, N="3")


def test_a_nonsense_address_shows_the_usual_view_and_says_why(tab: Open) -> None:
    page = tab()
    for query in NONSENSE:
        page.goto(f"{page.url.partition('?')[0]}?{query}")
        until_drawn(page)
        expect(complaint(page)).to_contain_text(re.compile(r"\. The usual view is shown\.$"))
    assert_it_lives(page)


def test_a_huge_level_scheme_is_refused(tab: Open) -> None:
    text = "energy,degeneracy\n" + "".join(f"{i},1\n" for i in range(60))
    page = tab(levels(text, electrons=60))
    expect(complaint(page)).to_contain_text("would take")
    assert_it_lives(page)


def upload(page: Page, name: str, content: bytes) -> None:
    chooser = page.locator(".q-uploader input[type=file]")
    chooser.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


BUSY: Final = """
window.wasBusy = false;
for (const one of document.querySelectorAll(".qs-busy"))
  new MutationObserver(() => { window.wasBusy ||= one.offsetWidth > 0; }).observe(one, { attributes: true });
"""


def test_a_file_that_can_never_be_computed_is_refused_before_anything_begins(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="Levels", exact=True).click()
    until_address(page, box="levels")
    until_computed(page)
    page.evaluate(BUSY)
    before = numbers(page, "field")
    upload(page, "huge.csv", b"energy,states\n" + b"".join(b"%d,2\n" % i for i in range(600)))
    expect(complaint(page)).to_contain_text("6.15e+171 GiB and thousands of years")
    assert not page.evaluate("window.wasBusy")
    assert numbers(page, "field") == before


def test_a_wrong_file_is_one_sentence(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="Levels", exact=True).click()
    for name, content, sentence in WRONG:
        upload(page, name, content)
        expect(complaint(page)).to_contain_text(sentence)
        assert "\n" not in complaint(page).inner_text()
        expect(page.locator(".q-uploader__file")).to_have_count(0)
    page.get_by_role("button", name="Shell", exact=True).click()
    until_computed(page)
    assert_it_lives(page)


TABLES: Final = [
    (
        "nilsson.dat",
        b"! Nilsson\n  E(MeV)   states\n 0.0D0  4\n 1.5D0 2  ! upper\n",
        "Levels read: 2, energy in column 1, MeV; separated by spaces; 2 shells of 3 pairs, moments in μ_B.",
        {"unit": "MeV"},
    ),
    (
        "excel.txt",
        "energy\tpairs\tlabel\r\n0,5\t2\ta\r\n1,75\t3\tb\r\n".encode("utf-16"),
        "Levels read: 2, energy in column 1; separated by tabs; decimal comma; "
        "2 shells of 5 pairs, moments in μ_B.",
        {"box": "levels"},
    ),
    (
        "bare.csv",
        b"energy,degeneracy\n0,1\n1,1\n3,2\n",
        "Levels read: 3, energy in column 1; separated by commas; degeneracy counts pairs "
        "(the default; call the column states if it counts them); 3 shells of 4 pairs, moments in μ_B.",
        {"box": "levels"},
    ),
]


def test_how_a_table_was_read_is_said(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="Levels", exact=True).click()
    for name, content, report, words in TABLES:
        upload(page, name, content)
        expect(page.locator(".qs-reading")).to_have_text(report)
        expect(complaint(page)).to_be_empty()
        until_address(page, **words)
    until_computed(page)


def test_all_mistakes_of_a_file_are_told(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="Levels", exact=True).click()
    upload(page, "mine.csv", b"energy,degeneracy\nzero,2\n1,many\n2,-3\n")
    expect(complaint(page)).to_contain_text("line 4")
    assert complaint(page).inner_text().splitlines() == [
        "mine.csv: line 2, column 1: `energy` must be one real number, but is 'zero'.",
        "mine.csv: line 3, column 2: `degeneracy` must be a whole number, but is 'many'.",
        "mine.csv: line 4, column 2: `degeneracy` must lie in [1, 20000], but is -3.",
    ]
    upload(page, "mine.csv", b"energy,degeneracy\n" + b"zero,2\n" * 100)
    expect(complaint(page)).to_contain_text("… and 88 more.")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_what_a_file_does_not_give_is_said(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="Levels", exact=True).click()
    upload(page, "bare.csv", b"energy,degeneracy\n0,1\n1,1\n3,2\n")
    note = page.locator(".qs-assumed")
    expect(note).to_have_text(
        "The file gives no N: half of the places are filled, 4. "
        "The file gives no G: the mean distance of its levels is taken, 1.5. Type your own.",
        timeout=PATIENCE * 1e3,
    )
    page.get_by_label("G, pairing force").fill("0.5")
    page.get_by_label("G, pairing force").press("Enter")
    until_address(page, coupling="0.5")
    expect(note).to_have_text("The file gives no N: half of the places are filled, 4.")
    assert "B" in query_of(page.url)
    assert float(query_of(page.url)["B"]) == 0.0
    until_computed(page)


def test_a_level_scheme_is_loaded_and_stands_in_the_address(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="Levels", exact=True).click()
    upload(page, "pair.csv", PAIR.encode())
    page.wait_for_url(lambda url: query_of(url).get("levels") == levels().levels, timeout=PATIENCE * 1e3)
    expect(page.locator(".qs-facts")).to_contain_text("10 of 20")
    expect(page.locator(".q-uploader__file")).to_have_count(0)
    until_computed(page)


def test_a_label_of_a_file_is_text_wherever_it_stands(tab: Open) -> None:
    link = "<a href=x>%{y}</a> <img>"
    shells = "".join(f'[[shells]]\nenergy = {e}.0\npairs = {e + 1}\nlabel = "{link} {e}"\n' for e in (0, 1))
    text = f'title = "{link}"\nelectrons = 2\ncoupling = [[0.3, 0.2], [0.2, 0.4]]\n{shells}'
    state = State(
        box="levels", levels=packed(text, "toml"), electrons=None, bars="occupation", colour="heat_capacity"
    )
    page = tab(state)
    until_computed(page)
    for view, letters in (("field", 23), ("seniority", 11)):
        assert page.locator(f"#view-{view} svg a").count() == 0
        expect(page.locator(f"#view-{view} svg").get_by_text(link[:letters]).first).to_be_attached()
    assert page.locator(".qs-page a[href], .qs-page img").count() == 0
    page.locator("#view-field").get_by_role("button", name="Python and files").click()
    expect(page.get_by_role("dialog")).to_contain_text(link)
    assert page.get_by_role("dialog").locator("a").count() == 0


def of_long_labels(letter: str) -> State:
    """Two shells with labels of 75 letters, and a coupling matrix."""
    shells = "".join(
        f"[[shells]]\nenergy = {e}.0\npairs = {e + 2}\nlabel = '<b>{letter * 71}{e}'\n" for e in (0, 1)
    )
    text = f"electrons = 4\ncoupling = [[0.3, 0.2], [0.2, 0.4]]\n{shells}"
    return State(
        box="levels",
        levels=packed(text, "toml"),
        electrons=None,
        bars="occupation",
        temperature=0.1,
        field=0.0,
    )


@pytest.mark.parametrize("letter", ["a", "W", "&"])
def test_long_labels_stand_at_their_values_and_break_nothing(tab: Open, letter: str) -> None:
    page = tab(of_long_labels(letter).but(colour="heat_capacity"))
    until_computed(page)
    panel = page.locator(".qs-panel")
    assert panel.evaluate("one => one.scrollWidth <= one.clientWidth")
    rows = page.locator(".qs-facts table").first.locator("tr").all()[1:3]
    for number_of, row in enumerate(rows):
        name, value = row.locator("th"), row.locator("td").first
        assert f"<b>{letter * 71}{number_of}" in name.inner_text()
        beside, place = name.bounding_box(), value.bounding_box()
        assert beside is not None
        assert place is not None
        assert beside["y"] <= place["y"] < beside["y"] + beside["height"]
        assert beside["x"] + beside["width"] <= place["x"] + 1
        assert place["x"] + place["width"] <= 330
    assert panel.locator("b").count() == 0
    for width, height in ((1280, 720), (390, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)


def test_the_bar_has_one_row(tab: Open) -> None:
    for state in (SMALL, levels(), TIN.but(unit="")):
        page = tab(state)
        until_computed(page)
        height = page.locator(".qs-bar").bounding_box()
        assert height is not None
        assert height["height"] < 60


def test_a_map_without_one_gap_says_why(tab: Open) -> None:
    state = of_long_labels("a").but(colour="connected_gap")
    query = urlencode(to_query(state), safe=",")
    page = tab(state.but(colour="heat_capacity"))
    page.goto(f"{page.url.partition('?')[0]}?{query}")
    expect(page.locator("#view-map .qs-reason")).to_have_text(
        "With a coupling matrix each shell has a gap of its own: choose another quantity at “Map shows”."
    )


def test_no_title_of_an_axis_is_cut(tab: Open) -> None:
    for state in (SMALL, SMALL.but(laboratory=True), levels()):
        page = tab(state)
        until_computed(page)
        for view in VIEWS:
            plot = page.locator(f"#view-{view} .qs-plot").bounding_box()
            assert plot is not None
            for title in page.locator(f"#view-{view} [class^=g-] text").all():
                place = title.bounding_box()
                if place is None or not place["width"]:
                    continue
                assert place["x"] >= plot["x"] - 1, (view, title.text_content())
                assert place["y"] >= plot["y"] - 1, (view, title.text_content())
                assert place["y"] + place["height"] <= plot["y"] + plot["height"] + 1, view


def test_kelvin_and_tesla_are_off_where_they_mean_nothing(tab: Open) -> None:
    page = tab(levels())
    kelvin_and_tesla = page.get_by_role("button", name="kelvin and tesla")
    expect(kelvin_and_tesla).to_be_disabled()
    expect(page.get_by_text("For kelvin and tesla choose the unit of the energies.")).to_be_visible()
    page.get_by_role("combobox", name="Unit of its energies").click()
    page.get_by_role("option", name="meV", exact=True).click()
    expect(kelvin_and_tesla).to_be_enabled()
    expect(page.get_by_text("For kelvin and tesla choose")).to_be_hidden()


# -- several people, long computations -------------------------------------------------------------


def test_two_people_do_not_see_each_other(tab: Open) -> None:
    one, other = tab(), tab()
    before = numbers(other, "field")
    typed(one, "T, temperature", "0.7")
    until_address(one, T="0.7")
    assert numbers(other, "field") == before
    assert "T" not in query_of(other.url)


def test_a_long_computation_shows_progress_blocks_nobody_and_can_be_cancelled(tab: Open) -> None:
    page, other = tab(), tab()
    typed(page, "l, orbital", "5")
    typed(page, "δ, deformation", "0.3")
    progress = page.get_by_role("progressbar")
    expect(progress).to_be_visible()
    before = numbers(other, "field")
    start = time.monotonic()
    slider(other, "T, temperature").press("ArrowRight")
    until_changed(other, "field", before)
    assert time.monotonic() - start < 5.0
    if page.get_by_role("button", name="Cancel").is_visible():
        page.get_by_role("button", name="Cancel").click()
        expect(progress).to_be_hidden()
        words = page.get_by_text("Cancelled. What is dimmed belongs to the view before.")
        expect(words).to_be_visible()
        page.get_by_role("button", name="Compute it").click()
        expect(progress).to_be_visible()
        expect(words).to_be_hidden()
    typed(page, "δ, deformation", "0")
    expect(complaint(page)).to_be_empty()
    expect(page.locator(".qs-stale")).to_have_count(0)


def test_where_a_deformation_cannot_be_had_it_is_said(tab: Open) -> None:
    page = tab()
    words = page.get_by_text("A deformation δ can be had up to l = 10.")
    expect(words).to_be_hidden()
    typed(page, "l, orbital", "11")
    expect(words).to_be_visible()
    expect(slider(page, "δ, deformation")).to_be_hidden()


def test_what_is_being_typed_is_not_wiped_by_a_picture(tab: Open) -> None:
    page = tab()
    before = numbers(page, "temperature")
    field = number(page, "T, temperature")
    field.fill("0.7")
    slider(page, "ω, field").evaluate("one => { one.value = 0.3; one.dispatchEvent(new Event('input')) }")
    until_changed(page, "temperature", before)
    expect(field).to_have_value("0.7")
    field.press("Enter")
    until_address(page, T="0.7")


def test_an_answer_does_not_wipe_what_is_typed_meanwhile(tab: Open) -> None:
    line = Line()
    page = tab(line=line)
    for label, first, second, kept in (
        ("ω, field", "−0,0", "1,25e-1", {"B": "0.125"}),
        ("T, temperature", "0,3", "0.7", {"T": "0.7"}),
    ):
        before = numbers(page, "seniority")
        line.hold()
        typed(page, label, first)
        line.until_held(page, "quasispin.show")
        number(page, label).fill(second)
        line.release()
        until_changed(page, "seniority", before)
        expect(number(page, label)).to_have_value(second)
        number(page, label).press("Enter")
        until_address(page, **kept)


AT_ONCE: Final = """async (field, texts) => {
  for (const text of texts) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => setTimeout(done));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  }
}"""
"""Enter several texts, faster than any answer."""


def test_a_second_number_may_be_the_one_before(tab: Open) -> None:
    page = tab(SMALL.but(temperature=0.5))
    number(page, "T, temperature").evaluate(AT_ONCE, ["0.7", "0.5"])
    typed(page, "ω, field", "0.25")
    until_address(page, B="0.25", T="0.5")
    expect(number(page, "T, temperature")).to_have_value("0.5")


def test_a_tiny_number_that_is_typed_holds(tab: Open) -> None:
    page = tab()
    typed(page, "T, temperature", "1e-9")
    until_address(page, T="1e-09")


def test_a_file_is_told_of_by_its_own_names(tab: Open) -> None:
    page = tab()
    page.get_by_role("button", name="Levels", exact=True).click()
    text = b"electrons = -3\ncoupling = 0.1\n[[shells]]\nenergy = 0.0\ndegeneracy = 2\n"
    upload(page, "mine.toml", text)
    expect(complaint(page)).to_contain_text("`electrons`")
    expect(complaint(page)).to_contain_text("mine.toml")
