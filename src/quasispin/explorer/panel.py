"""The panel of controls: the box, temperature and field, the ensembles, and the facts about the box."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from nicegui import ui
from nicegui.events import UploadEventArguments

from quasispin.explorer import pictures, tables
from quasispin.explorer.box import Box, no_laboratory, opened
from quasispin.explorer.controls import Choice, Entry, Knob, Others, Switch
from quasispin.explorer.presets import PRESETS
from quasispin.explorer.state import BOXES, ENSEMBLES, KINDS, MOST_TEXT, SHAPES, USUAL_GAP, State
from quasispin.explorer.typed import prefixed
from quasispin.sweep.laboratory import ENERGIES
from quasispin.system.materials import materials

Want = Callable[..., bool]
Uploaded = Callable[[UploadEventArguments], Awaitable[None]]
MOST_SLIDER: Final = 25
"""The largest l or M of the slider; more may be typed."""
OPENED: Final = ("levels", "electrons", "coupling", "unit", "temperature", "field", "colour")
"""What a level scheme begins with; tin's coupling is a matrix, and no map has its one gap."""
SHELLS: Final = {"orbital": "orbital shell, l", "hemisphere": "hemisphere, l", "spin": "spin only, M pairs"}
FRESH: Final = (
    "electrons",
    "gap",
    "deformation",
    "coupling",
    "laboratory",
    "temperature",
    "field",
    "temperatures",
    "fields",
    "levels",
    "unit",
    "colour",
    "bars",
    "size",
    "kind",
)
WINDOWS: Final = {0: "the last one", 1: "and one on either side", 2: "and two on either side"}
SWATCHES: Final = {"solid": "none", "dash": "9 6", "dashdot": "9 3 3 3", "dot": "3 3"}
"""Strokes of plotly, as dashes of SVG."""
STROKES: Final = {
    True: pictures.subscripts("Δ_c thick, Δ_conn thin."),
    False: pictures.subscripts("Δ_s of each shell: colours tell the shells, dashes the ensembles."),
}
"""What the curves of one ensemble are, with one gap and with a coupling matrix."""
DEFORMING: Final = "Its levels are diagonalised anew, for l\u00a0=\u00a05 in seconds."
MOST_DEFORMED: Final = 10
"""The largest l with a slider of δ; l + 1 levels are solved together."""
TOO_LARGE: Final = f"A deformation δ can be had up to l = {MOST_DEFORMED}."
DEFORMATION: Final = 2.0
"""The slider of δ goes that far in Δ₀, either way."""
MILLI: Final = prefixed({"eV": 1e3})
"""Units of energy, in meV."""
NANO: Final = {"nm": 1.0, "Å": 0.1, "µm": 1e3}
"""Units of length, in nm."""
SPHERE: Final = "hard-wall sphere"
FILES: Final = (".csv", ".txt", ".dat", ".tsv", ".toml")
"""Endings of files that may hold a level scheme."""
FORMAT: Final = (
    f"A table with the columns energy and states, pairs, moments or jj ({', '.join(FILES[:-1])}), "
    "or .toml, which holds N and G too."
)


class Panel:
    """Shows one state, and tells what people want to change of the one that is wanted, maybe a later one."""

    def __init__(
        self, wanted: Callable[[], State], want: Want, uploaded: Uploaded, rejected: Callable[[], None]
    ) -> None:
        self._wanted, self._want, self._uploaded, self._rejected = wanted, want, uploaded, rejected
        self._facts: ui.html | None = None
        self._box: Box | None = None
        self._is_silent = True
        self._own_levels = ""
        ui.html("<h1>quasispin explorer</h1>", sanitize=False)
        self._kind = Switch("Box", {"shell": "Shell", "cluster": "Cluster", "levels": "Levels"}, self._rebox)
        self._build_shell()
        self._build_cluster()
        self._build_levels()
        self._build_common()
        self._show_box(wanted().box)

    @property
    def _state(self) -> State:
        return self._wanted()

    def put(self, state: State, box: Box) -> None:
        """Show a state."""
        self._kind.put(state.box)
        self._show_box(state.box)
        pairs = box.system.pair_degeneracy
        letter = KINDS[state.kind] if state.box == "shell" else "l"
        self._shell_kind.put(state.kind)
        self._size.name({"l": "l, orbital momentum", "M": "M, pairs"}[letter])
        self._size.put(state.size, 0 if state.kind == "orbital" else 1, max(MOST_SLIDER, state.size))
        self._gap.put(state.gap, f"{USUAL_GAP:g}")
        self._material.put(state.material)
        self._geometry.name("sphere", "hard-wall spheroid, by δ" if state.deformation else SPHERE)
        self._geometry.put(state.geometry)
        self._radius.put(state.radius, 0.5, 5.0)
        for name, entry in (("layer", self._thickness), ("spin-orbit", self._strength)):
            entry.whole.set_visibility(state.geometry == name)
        self._thickness.put(state.thickness)
        self._strength.put(state.strength)
        self._cluster_gap.put(state.gap, "of the bulk")
        self._window.put(state.window)
        coupling = box.system.coupling
        self._coupling.put(state.coupling, f"{coupling:.4g}" if isinstance(coupling, float) else "a matrix")
        self._unit.put(state.unit)
        self._loaded.set_text(f"Shown: {box.title}.")
        self._reading.set_text(box.reading)
        self.no_units.set_text("" if state.laboratory else no_laboratory(state))
        self._assumed.set_text(" ".join(box.assumed))
        self._electrons.put(box.system.electrons, 0, 2 * pairs)
        self._parity.put("odd" if box.system.electrons % 2 else "even")
        can_deform = (state.box == "shell" and state.kind == "orbital") or (
            state.box == "cluster" and state.geometry == "sphere"
        )
        is_small = state.deformation != 0.0 or pairs <= 2 * MOST_DEFORMED + 1
        self._deformation.element.set_visibility(can_deform and is_small)
        self._too_large.set_visibility(can_deform and not is_small)
        reach = max(DEFORMATION, abs(state.deformation))
        self._deformation.put(state.deformation, -reach, reach)
        self._deforming.set_visibility(state.deformation != 0.0)
        self._temperature.name(f"T, temperature ({box.heat.name})")
        self._temperature.units = {name: one / box.heat.size for name, one in box.heat_units.items()}
        self._field.units = {name: one / box.strength.size for name, one in box.field_units.items()}
        self._temperature.put(box.shown_temperature(state.temperature), 0.0, box.heat_reach)
        self._field.name(f"{'B, magnetic' if box.strength.name == 'T' else 'ω,'} field ({box.strength.name})")
        self._field.put(box.shown_field(state.field), 0.0, box.field_reach)
        self._temperatures.units, self._fields.units = self._temperature.units, self._field.units
        self._temperatures.put(tuple(map(box.shown_temperature, state.temperatures)), "such as 0.4; 1")
        self._fields.put(tuple(map(box.shown_field, state.fields)), "such as 0.5; 1.5")
        self._strokes.set_content(STROKES[isinstance(box.system.coupling, float)])
        self._is_silent = True
        for name, tick in self._ticks.items():
            tick.value = name in state.ensembles
        self._is_silent = False

    def wrong(self, raw: str, sentence: str) -> None:
        """Put a sentence beside the field that `raw` names; an empty one clears all."""
        for one in vars(self).values():
            if isinstance(one, Knob | Entry | Others):
                one.wrong(sentence if one.key and raw.startswith(f"`{one.key}` ") else "")

    def restore(self, state: State, box: Box) -> None:
        """Show a state in place of what was typed."""
        for one in vars(self).values():
            if isinstance(one, Knob | Entry | Others):
                one.forget()
        self.put(state, box)

    def put_facts(self, box: Box) -> None:
        """Show the facts about a box; what is typed from now on is in its units."""
        before, self._box = self._box, box
        if self._facts is not None and (before is None or before.facts is not box.facts):
            self._facts.set_content(tables.facts(box))  # a box that is kept keeps its facts

    def _show_box(self, box: str) -> None:
        for name, part in zip(BOXES, (self._shell, self._cluster, self._levels), strict=True):
            part.set_visibility(name == box)

    def build_facts(self) -> None:
        """Here come the facts about the box."""
        self._facts = ui.html("", sanitize=False)

    # -- parts -------------------------------------------------------------------------------------

    def _build_shell(self) -> None:
        with ui.element("div").classes("qs-full") as self._shell:
            with ui.element("div").classes("qs-pair"):
                self._shell_kind = Choice("Kind of shell", SHELLS, self._rekind)
                self._gap = Entry(
                    "Δ₀ (meV), for K and T", lambda gap: self._tell(gap=gap), key="gap", units=MILLI
                )
            self._size = Knob("l, orbital momentum", 0, MOST_SLIDER, self._resize, step=1, key="size")

    def _build_cluster(self) -> None:
        with ui.element("div").classes("qs-full") as self._cluster:
            metals = {symbol: f"{symbol}, {metal.name}" for symbol, metal in materials().items()}
            with ui.element("div").classes("qs-pair"):
                self._material = Choice("Material", metals, lambda one: self._refill(material=one))
                self._cluster_gap = Entry("Δ₀ (meV)", lambda gap: self._tell(gap=gap), key="gap", units=MILLI)
            shapes = {"sphere": SPHERE} | {name: name.replace("-", "–") for name in SHAPES[1:]}
            self._geometry = Choice("Geometry", shapes, self._reshape)
            self._radius = Knob(
                "R, radius (nm)",
                0.5,
                5.0,
                lambda r: self._tell(radius=r, electrons=None),
                step=0.05,
                key="radius",
                units=NANO,
            )
            self._thickness = Entry(
                "thickness of the layer (nm)",
                lambda t: self._tell(thickness=t, electrons=None),
                key="thickness",
                units=NANO,
            )
            self._strength = Entry(
                "ξ of l·s (meV)", lambda xi: self._tell(strength=xi), key="strength", units=MILLI
            )
            self._window = Choice("Shells that pair", WINDOWS, lambda one: self._refill(window=one))

    def _build_levels(self) -> None:
        with ui.element("div").classes("qs-full") as self._levels:
            self._upload = ui.upload(
                label="Load a level scheme",
                on_upload=self._take,
                on_rejected=self._reject,
                max_file_size=MOST_TEXT,
                auto_upload=True,
            )
            self._upload.props(f"accept={','.join(FILES)} flat bordered text-color=on-accent").classes(
                "qs-full qs-upload"
            )
            self._loaded = ui.label("").classes("qs-small")
            self._reading = ui.label("").classes("qs-small qs-reading").props("role=status")
            ui.label(FORMAT).classes("qs-small")
            with ui.element("div").classes("qs-pair"):
                units = {"": "no unit"} | {name: name for name in ENERGIES}
                self._unit = Choice("Unit of its energies", units, lambda unit: self._tell(unit=unit))
                self._coupling = Entry("G, pairing force", lambda g: self._tell(coupling=g), key="coupling")
            self.no_units = ui.label("").classes("qs-small qs-note")
            """Why there are no kelvin and tesla."""
            self._assumed = ui.label("").classes("qs-small qs-note qs-assumed").props("role=status")

    def _build_common(self) -> None:
        with ui.element("div").classes("qs-full"):
            self._electrons = Knob(
                "N, electrons", 0, 22, lambda n: self._tell(electrons=n), step=1, key="electrons"
            )
            self._parity = Switch("Even or odd N", {"even": "even N", "odd": "odd N"}, self._reparity)
            self._deformation = Knob(
                "δ, deformation along the field (Δ₀)",
                -2,
                2,
                lambda d: self._tell(deformation=d),
                key="deformation",
                units={"Δ₀": 1.0},
            )
            with self._deformation.element:
                self._deforming = ui.label(DEFORMING).classes("qs-small qs-whole")
            self._too_large = ui.label(TOO_LARGE).classes("qs-small")
        with ui.element("div").classes("qs-point"):
            ui.html("<h2>Temperature and field</h2>", sanitize=False)
            self._temperature = Knob("T", 0.0, 1.2, self._reheat, key="temperature")
            self._field = Knob("ω", 0.0, 2.4, self._refield, key="field")
            with ui.element("div").classes("qs-pair"):
                self._temperatures = Others("T of curves beside", self._reheats, key="temperatures")
                self._fields = Others("ω of curves beside", self._refields, key="fields")
        ui.html("<h2>Ensembles</h2>", sanitize=False)
        self._ticks = {name: self._build_tick(name) for name in ENSEMBLES}
        self._strokes = ui.html("", sanitize=False).classes("qs-small")

    def _build_tick(self, name: str) -> ui.checkbox:
        light, dark = pictures.COLOURS[name]
        with ui.row().classes("qs-row"):
            tick = ui.checkbox(pictures.NAMES[name]).props("dense").classes("qs-grow")
            stroke = f'stroke-dasharray="{SWATCHES[pictures.DASHES[name]]}"'
            line = f'<line x1=0 x2=33 y1=3 y2=3 {stroke} style="stroke:light-dark({light},{dark})" />'
            ui.html(f"<svg class=qs-swatch>{line}</svg>", sanitize=False).props("aria-hidden=true")
        tick.on_value_change(lambda event: self._retick(name, event.value))
        return tick

    # -- what people do ----------------------------------------------------------------------------

    async def _take(self, event: UploadEventArguments) -> None:
        """A file: its name leaves the list, whatever becomes of it."""
        self._upload.reset()
        await self._uploaded(event)

    def _reject(self) -> None:
        self._upload.reset()
        self._rejected()

    def _tell(self, **changes: Any) -> None:
        changed = {name: value for name, value in changes.items() if getattr(self._state, name) != value}
        if changed:
            self._want(**changed)

    def _refill(self, **changes: Any) -> None:
        """Another cluster has as many electrons in its last shell as it has."""
        self._tell(**changes, electrons=None)

    def _rebox(self, box: str) -> None:
        """A box of another kind begins as usual; a level scheme that was loaded is still there."""
        changes: dict[str, Any] = {name: getattr(State(), name) for name in FRESH} | {"box": box}
        if self._state.box == "levels":
            self._own_levels = self._state.levels
        if box != "shell":
            changes["electrons"] = None
        if box == "levels":
            tin = PRESETS["tin"].make()
            own = self._own_levels or tin.levels
            found = tin if own == tin.levels else opened(own)
            changes |= {name: getattr(found, name) for name in OPENED}
        self._want(**changes)

    def _rekind(self, kind: str) -> None:
        size = max(self._state.size, 1)
        self._want(
            kind=kind, size=size, electrons=_fitting(self._state.electrons, kind, size), deformation=0.0
        )

    def _resize(self, size: int) -> None:
        self._tell(size=size, electrons=_fitting(self._state.electrons, self._state.kind, size))

    def _reshape(self, shape: str) -> None:
        self._tell(geometry=shape, deformation=0.0, electrons=None)

    def _reparity(self, parity: str) -> None:
        if self._box is not None:
            number = self._box.system.electrons
            if number % 2 != (parity == "odd"):
                self._want(electrons=number + 1 if number == 0 else number - 1)

    def _reheat(self, value: float) -> None:
        if self._box is not None:
            self._tell(temperature=_stated(value, self._box.stated_temperature))

    def _refield(self, value: float) -> None:
        if self._box is not None:
            self._tell(field=_stated(value, self._box.stated_field))

    def _reheats(self, values: tuple[float, ...]) -> None:
        if self._box is not None:
            self._tell(temperatures=tuple(_stated(one, self._box.stated_temperature) for one in values))

    def _refields(self, values: tuple[float, ...]) -> None:
        if self._box is not None:
            self._tell(fields=tuple(_stated(one, self._box.stated_field) for one in values))

    def _retick(self, name: str, is_on: bool) -> None:
        if not self._is_silent:
            on = {*self._state.ensembles} - {name} | ({name} if is_on else set())
            self._tell(ensembles=tuple(one for one in ENSEMBLES if one in on))


def _stated(value: float, to_state: Callable[[float], float]) -> float:
    """A number as the state has it; what is impossible is refused as it was typed."""
    return to_state(value) if 0.0 <= value < 1e6 else value


def _fitting(electrons: int | None, kind: str, size: int) -> int:
    """N of the same parity that fits into a shell of that size."""
    pairs = 2 * size + 1 if kind == "orbital" else size
    number = 0 if electrons is None else electrons
    return number if number <= 2 * pairs else 2 * pairs - number % 2
