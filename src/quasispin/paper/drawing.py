"""Drawing: the paper's even N on the left, odd N on the right; BCS dotted; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from quasispin.figures.style import COLOURS, DOTS, PrintFigure, colours, style

Draw = Callable[[xr.Dataset], Figure]
Kind = tuple[str, Any, float]
"""Label, dashes and width of a line."""

WIDTH = 7.2
"""Inches of a figure of two columns."""

DASHED = (0, (5, 2))
FIELD = r"$\omega/\omega_c$"
HEAT = r"$T/T_0$"
JUMP_RANGE = 0.02
"""Jumps closer than this, in ω_c, share one arrow."""


def draw(name: str, data: xr.Dataset) -> Figure:
    """The figure `name` from its dataset."""
    return laid_out(DRAWINGS[name], data)


def laid_out(drawing: Draw, data: xr.Dataset) -> Figure:
    """The figure that `drawing` makes; no window, whatever the backend."""
    with style():
        figure = drawing(data)
        layout = figure.get_layout_engine()
        assert layout is not None
        layout.execute(figure)  # once; every file then takes these places
        figure.set_layout_engine("none")
    return figure


def save(figure: Figure, path: Path, kind: str) -> None:
    """Write without a date: the same numbers give the same file."""
    figure.savefig(
        path, format=kind, metadata={"CreationDate": None} if kind == "pdf" else {"Software": None}
    )


CANONICAL = (r"canonical $\Delta_c$", "-", 1.4)
CONNECTED = (r"connected $\Delta_\mathrm{conn}$", DASHED, 0.9)
BCS = (r"BCS $\Delta$", DOTS, 1.4)


def _gap_with_connected(data: xr.Dataset) -> Figure:
    return _gap_against_field(data, (CANONICAL, CONNECTED, BCS))


def _gap_against_field(data: xr.Dataset, kinds: Sequence[Kind] = (CANONICAL, BCS)) -> Figure:
    figure, axes = _grid(data)
    heat, shades = data.temperature.values, colours(data.sizes["temperature"])
    for axis, panel in _panels(axes, data):
        for i, shade in enumerate(shades):
            one = panel.isel(temperature=i)
            axis.plot(data.field, one.canonical_gap, color=shade)
            if CONNECTED in kinds:
                axis.plot(data.field, one.connected_gap, color=shade, ls=DASHED, lw=0.9)
            axis.plot(*_stepped(data.field.values, one), color=shade, ls=DOTS)
        axis.set(xlim=(0, float(data.field[-1])), ylim=(0, 1.2))
    _outer(axes, FIELD, r"gap ($\Delta_0$)")
    return _explained(figure, _temperatures(heat, shades) + _kinds(*kinds), steps=True)


def _gap_against_heat(data: xr.Dataset) -> Figure:
    figure, axes = _grid(data)
    shades = colours(data.sizes["field"])
    for axis, panel in _panels(axes, data):
        for i, shade in enumerate(shades):
            one = panel.isel(field=i)
            axis.plot(data.temperature, one.canonical_gap, color=shade)
            axis.plot(data.temperature, one.connected_gap, color=shade, ls=DASHED, lw=0.9)
            axis.plot(data.temperature, one.bcs_gap, color=shade, ls=DOTS)
        axis.set(xlim=(0, 3), ylim=(0, 1.2))
    _outer(axes, HEAT, r"gap ($\Delta_0$)")
    fields = [
        Line2D([], [], color=c, label=rf"$\omega = {w:g}\,\omega_c$" if w else r"$\omega = 0$")
        for w, c in zip(data.field.values, shades, strict=True)
    ]
    return _explained(figure, fields + _kinds(CANONICAL, CONNECTED, BCS))


def _susceptibility(data: xr.Dataset) -> Figure:
    figure, axes = _grid(data)
    heat, shades = data.temperature.values, colours(data.sizes["temperature"])
    for axis, panel in _panels(axes, data):
        highest = float(data.canonical_susceptibility.sel(pairs=int(panel.pairs)).max())
        low, top = 1e-3 * highest, 300 * highest
        axis.set(xlim=(0, float(data.field[-1])), yscale="log", ylim=(low, top))
        _responses(axis, data, panel, shades)
        for i, shade in enumerate(shades):
            _arrows(axis, panel.isel(temperature=i), shade, top, i)
        if panel.pairs > 20:
            _zoomed(axis, data, panel, shades)
    _outer(axes, FIELD, r"$\chi$ ($\mu_\mathrm{B}^2/\Delta_0$)")
    words = r"BCS jump, $\delta$-function of weight $\Delta m$"
    arrow = Line2D([], [], color="0.3", marker="^", lw=0.8, label=words)
    kinds = _kinds(("canonical", "-", 1.4), ("BCS, smooth part", DOTS, 1.1))
    return _explained(figure, [*_temperatures(heat, shades), *kinds, arrow], steps=True)


def _responses(axis: Axes, data: xr.Dataset, panel: xr.Dataset, shades: Sequence[Any]) -> None:
    for i, shade in enumerate(shades):
        one = panel.isel(temperature=i)
        axis.plot(data.field, one.canonical_susceptibility, color=shade)
        axis.plot(*_broken(data.field.values, one, "susceptibility"), color=shade, ls=DOTS, lw=1.1)


def _zoomed(axis: Axes, data: xr.Dataset, panel: xr.Dataset, shades: Sequence[Any]) -> None:
    """The fields around ω = G, where all steps of BCS crowd, in an inset where the panel is empty."""
    inset = axis.inset_axes((0.69, 0.47, 0.29, 0.42))
    _responses(inset, data, panel, shades)
    inset.set(xlim=(0.662, 0.67), yscale="log", ylim=axis.get_ylim())
    inset.set_xticks([0.664, 0.668])
    inset.tick_params(labelsize=7.5)
    inset.xaxis.set_minor_formatter("")


def _arrows(axis: Axes, curve: xr.Dataset, shade: Any, top: float, row: int) -> None:
    """A BCS jump has a weight and no height: an arrow to the upper part of the panel, with Δm."""
    height = top / 3 / 3.4**row
    groups = _grouped(curve.jump_field.values, curve.jump_moment.values)
    for i, (field, weight) in enumerate(groups):
        axis.plot([field, field], [axis.get_ylim()[0], height], color=shade, lw=0.7, zorder=1.5)
        axis.plot([field], [height], color=shade, marker="^", ms=4.5)
        side = 1 if i == len(groups) - 1 else -1 if i == 0 else 0
        place: dict[str, Any] = {
            "ha": ("center", "left", "right")[side],
            "va": "center" if side else "bottom",
        }
        offset = (6 * side, 0 if side else 4)
        axis.annotate(
            f"{weight:.1f}",
            (field, height),
            offset,
            textcoords="offset points",
            fontsize=7.5,
            color=shade,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            **place,
        )


def _grouped(fields: Any, weights: Any) -> list[tuple[float, float]]:
    """Jumps that would lie on top of each other as one, with the sum of their weights."""
    groups: list[list[tuple[float, float]]] = []
    for pair in zip(fields[~np.isnan(fields)], weights[~np.isnan(weights)], strict=True):
        if groups and pair[0] - groups[-1][-1][0] < JUMP_RANGE:
            groups[-1].append(pair)
        else:
            groups.append([pair])
    return [
        (float(np.average([f for f, _ in g], weights=[w for _, w in g])), float(sum(w for _, w in g)))
        for g in groups
    ]


def _heat_capacity(data: xr.Dataset) -> Figure:
    figure, axes = _grid(data, height=3.1)
    heat, shades = data.temperature.values, colours(data.sizes["temperature"])
    for axis, panel in _panels(axes, data):
        for i, shade in enumerate(shades):
            one = panel.isel(temperature=i)
            axis.plot(data.field, one.canonical_heat_capacity, color=shade)
            axis.plot(*_broken(data.field.values, one, "heat_capacity"), color=shade, ls=DOTS, lw=0.8)
        exact, above = (float(panel[f"{name}_heat_capacity"].max()) for name in ("canonical", "bcs"))
        highest = max(1.1 * exact, min(1.1 * above, 1.6 * exact))
        axis.set(xlim=(0, float(data.field[-1])), ylim=(0, highest))
        if above > highest:
            axis.annotate(
                f"BCS goes up to {above:.3g}", (0.03, 0.93), xycoords="axes fraction", fontsize=8, va="top"
            )
    _outer(axes, FIELD, r"$C$ ($k_\mathrm{B}$)")
    kinds = _kinds(("canonical", "-", 1.4), ("BCS", DOTS, 0.8))
    return _explained(figure, _temperatures(heat, shades) + kinds, steps=True)


def _levels(data: xr.Dataset) -> Figure:
    figure, axes = _grid(data, height=2.6)
    for axis, panel in _panels(axes, data):
        alive = [nu for nu in data.seniority.values if not np.isnan(panel.energy.sel(seniority=nu)).all()]
        shades = colours(len(alive))
        for nu, shade in zip(alive, shades, strict=True):
            axis.plot(data.field, panel.energy.sel(seniority=nu), color=shade, lw=1.1)
        ground = panel.energy.min("seniority")
        axis.plot(panel.crossing_field, panel.crossing_energy, "o", mfc="white", mec="black", ms=4, zorder=5)
        low = float(np.interp(1.45, data.field, ground))
        axis.set(xlim=(0, 1.45), ylim=(low, 0.25 * abs(float(ground[0]))))
        axis.annotate(
            r"$\nu = $" + ", ".join(map(str, alive[:2])) + f" … {alive[-1]}, dark to light",
            (0.03, 0.04),
            xycoords="axes fraction",
            fontsize=8.5,
        )
    _outer(axes, FIELD, r"$E_\nu-\omega m_\nu$ ($\Delta_0$)")
    circle = Line2D(
        [],
        [],
        marker="o",
        mfc="white",
        mec="black",
        ls="",
        label="the ground state changes: a step, eq. (12)",
    )
    line = Line2D([], [], color="0.3", lw=1.1, label=r"lowest level of each seniority $\nu$")
    return _explained(figure, [line, circle])


def _map(data: xr.Dataset) -> Figure:
    rows, columns = data.sizes["parity"], data.sizes["ensemble"]
    figure = PrintFigure(figsize=(9.2, 2.3 * rows + 0.5), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    image: Any = None
    for (i, j), axis in np.ndenumerate(axes):
        values = data.connected_gap.isel(parity=i, ensemble=j)
        image = axis.pcolormesh(
            data.field,
            data.temperature,
            values,
            cmap=COLOURS,
            vmin=0,
            vmax=1,
            shading="gouraud",
            rasterized=True,
        )
        if str(values.ensemble.values) != "BCS":
            lines = axis.contour(
                data.field, data.temperature, values, [0.1, 0.2, 0.3], colors="white", linewidths=0.8
            )
            axis.clabel(lines, fmt="%g", fontsize=7)
        axis.axvline(1.0, color="white", lw=0.8, ls=DOTS)
        if i == 0:
            axis.set_title(str(data.ensemble.values[j]))
        if i == rows - 1:
            axis.set_xlabel(FIELD)
        if j == 0:
            axis.set_ylabel(f"$N = {int(data.electrons[i])}$\n{HEAT}")
    figure.colorbar(image, ax=axes, label=r"$\Delta_\mathrm{conn}$, for BCS $\Delta$ ($\Delta_0$)")
    return figure


def _slopes(data: xr.Dataset) -> Figure:
    figure = PrintFigure(figsize=(WIDTH + 2.8, 4.9), layout="constrained")
    places = figure.add_gridspec(2, 3, width_ratios=(1, 1, 0.95))
    axes = np.array([[figure.add_subplot(places[i, j]) for j in range(2)] for i in range(2)])
    heat, shades = data.temperature.values, colours(data.sizes["temperature"])
    for axis, panel in _panels(axes, data):
        for i, shade in enumerate(shades):
            curve = panel.slope.isel(temperature=i)
            axis.plot(data.field, curve / curve.max(), color=shade)
        axis.set(xlim=(0.4, 1.4) if panel.pairs < 20 else (0.55, 0.95), ylim=(0, 1.12))
    _outer(axes, FIELD, r"$-d\Delta_c/d\omega$ over its maximum")
    _survival(figure.add_subplot(places[:, 2]), data, shades[0])
    return _explained(figure, _temperatures(heat, shades))


def _survival(axis: Axes, data: xr.Dataset, shade: Any) -> None:
    axis.loglog(data.shell_pairs, data.survival_temperature, "o-", color=shade, label="two maxima up to here")
    axis.loglog(data.shell_pairs, 1 / data.shell_pairs, color="0.5", ls=DASHED, lw=0.9, label="$1/M$")
    axis.axhline(0.1, color="0.5", ls=DOTS, lw=0.9)
    axis.axvline(50, color="0.5", ls=DOTS, lw=0.9, label=r"the paper: $M<50$, $T<0.1\,T_c$")
    axis.set(xlabel="$M$, even $N$", ylabel=HEAT, xlim=(5, 80), ylim=(0.01, 0.5))
    for side, ticks in ((axis.xaxis, [5, 10, 20, 50]), (axis.yaxis, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5])):
        side.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        side.set_minor_formatter("")
    axis.legend(loc="lower left", fontsize=8)


def _spins(data: xr.Dataset) -> Figure:
    figure = PrintFigure(figsize=(WIDTH, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    shades = colours(data.sizes["level_distance"])
    for distance, shade in zip(data.level_distance.values, shades, strict=True):
        label = "one shell" if distance == 0 else f"levels {distance:g} $G$ apart"
        left.plot(data.coupling_field, data.moment.sel(level_distance=distance), color=shade, label=label)
    left.set(xlabel=r"$\omega/G$", ylabel=r"moment at $T=0$ ($\mu_\mathrm{B}$)", xlim=(0, 24), ylim=(0, 13.5))
    left.legend(loc="upper center", ncols=2, fontsize=8)
    left.set_title(f"spin only, {data.attrs['spin_levels']} levels, half filled")
    shades = colours(data.sizes["bcs_field"])
    for field, shade in zip(data.bcs_field.values, shades, strict=True):
        right.plot(
            data.temperature, data.bcs_gap.sel(bcs_field=field), color=shade, ls=DOTS, label=f"{field:g} $G$"
        )
    right.set(xlabel=HEAT, ylabel=r"BCS gap ($\Delta_0$)", xlim=(0, 1), ylim=(0, 1.08))
    right.legend(title=r"$\omega$", loc="upper right", fontsize=8)
    right.set_title("$M=7$, $N=6$: slightly re-entrant")
    return figure


def _sizes(data: xr.Dataset) -> Figure:
    figure = PrintFigure(figsize=(WIDTH, 6.2), layout="constrained")
    (number, field), (response, hemisphere) = figure.subplots(2, 2)
    shades = colours(3)
    number.semilogy(data.radius, data.electrons, color=shades[0], label="$N$ of Al")
    number.semilogy(data.radius, data.shell_pairs, color=shades[1], ls=DASHED, label=r"$M = 2l+1$")
    number.semilogy([1, 5], [2e3, 3e5], "s", color=shades[2], label="$N$, paper")
    number.set(ylabel="number", ylim=(3, 3e6))
    for gap, shade in zip(data.gap_scale.values, shades, strict=False):
        tesla = data.critical_field.sel(gap_scale=gap)
        field.semilogy(data.radius, tesla, color=shade, label=rf"$\Delta_0={gap:g}$ meV")
    field.set(ylabel="$B_c$ (T)", ylim=(0.08, 100))
    length = field.twinx()
    lengths = data.magnetic_length.isel(gap_scale=-1)
    length.semilogy(data.radius, lengths, color=shades[2], ls=DASHED, label="magnetic length at $B_c$")
    length.semilogy(data.radius, data.radius, color="0.5", ls=DOTS, label="$R$")
    length.set(ylabel="length (nm)", ylim=(0.8, 1e3))
    length.legend(loc="upper right", fontsize=8)
    response.semilogy(data.radius, -data.diamagnetic_susceptibility, color=shades[0], label=r"$-\chi_D$, SI")
    gaussian = -data.diamagnetic_susceptibility / (4 * np.pi)
    response.semilogy(data.radius, gaussian, color=shades[0], ls=DASHED, label=r"$-\chi_D$, Gaussian")
    response.semilogy(
        data.radius,
        -data.paper_diamagnetic_susceptibility,
        color=shades[1],
        label=r"paper's $4\cdot10^{-6}N^{2/3}$",
    )
    response.axhline(-float(data.landau_susceptibility[0]), color="0.5", ls=DOTS, label="Landau, SI")
    response.set(ylabel=r"$-\chi$", ylim=(1e-6, 30))
    for axis in (number, field, response):
        axis.set(xlabel="$R$ (nm)", xlim=(float(data.radius[0]), float(data.radius[-1])))
        axis.legend(loc="upper left", fontsize=8)
    momenta = data.shell_momentum
    hemisphere.plot(
        momenta, data.hemisphere_states, "o", color=shades[0], label=r"$Y_{l\lambda}=0$ on the flat face"
    )
    hemisphere.plot(
        momenta, data.printed_hemisphere_states, "s", color=shades[2], label="paper: odd $l$, all states"
    )
    hemisphere.set(xlabel="$l$", ylabel="states of a hemisphere", xlim=(0, 13), ylim=(-1, 34))
    hemisphere.legend(loc="upper left", fontsize=8)
    return figure


DRAWINGS: Mapping[str, Draw] = {
    "fig1": _gap_with_connected,
    "fig2": _gap_against_heat,
    "fig3": _gap_against_field,
    "fig4": _susceptibility,
    "fig5": _heat_capacity,
    "levels": _levels,
    "map": _map,
    "slopes": _slopes,
    "spins": _spins,
    "sizes": _sizes,
}


# -- parts ---------------------------------------------------------------------------------------


def _grid(data: xr.Dataset, height: float = 2.5) -> tuple[Figure, Any]:
    rows = data.sizes["pairs"]
    size = (WIDTH, max(height * rows, 3.2) + 0.5)
    figure = PrintFigure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, 2, sharex=True, squeeze=False)


def _panels(axes: Any, data: xr.Dataset) -> Iterable[tuple[Axes, xr.Dataset]]:
    for (i, j), axis in np.ndenumerate(axes):
        panel = data.isel(pairs=i, parity=j)
        axis.set_title(f"$M = {int(panel.pairs)}$, $N = {int(panel.electrons)}$", loc="left")
        yield axis, panel
        if "jump_field" in data:
            foot = axis.get_xaxis_transform()
            axis.plot(
                panel.crossing_field,
                0 * panel.crossing_field + 0.985,
                "|",
                color="0.25",
                ms=9,
                transform=foot,
            )


def _outer(axes: Any, x: str, y: str) -> None:
    for axis in axes[-1, :]:
        axis.set_xlabel(x)
    for axis in axes[:, 0]:
        axis.set_ylabel(y)


def _broken(field: Any, curve: xr.Dataset, name: str) -> tuple[Any, Any]:
    """A BCS response up to both edges of every jump, with a gap between them."""
    at, before, after = _edges(curve, name)
    fields = np.concatenate([field, at, at, at])
    values = np.concatenate([curve[f"bcs_{name}"].values, before, np.full(at.size, np.nan), after])
    if f"peak_{name}" in curve:
        fields = np.concatenate([fields, curve.peak_field.values])
        values = np.concatenate([values, curve[f"peak_{name}"].values])
    order = np.argsort(fields, kind="stable")
    return fields[order], values[order]


def _stepped(field: Any, curve: xr.Dataset) -> tuple[Any, Any]:
    """The BCS gap with both edges of every jump, at its place between the points of the grid."""
    at, before, after = _edges(curve, "gap")
    fields = np.concatenate([field, at, at])
    order = np.argsort(fields, kind="stable")
    return fields[order], np.concatenate([curve.bcs_gap.values, before, after])[order]


def _edges(curve: xr.Dataset, name: str) -> list[Any]:
    real = ~np.isnan(curve.jump_field.values)
    return [curve[key].values[real] for key in ("jump_field", f"jump_{name}_before", f"jump_{name}_after")]


def _temperatures(heat: Sequence[float], shades: Sequence[Any]) -> list[Line2D]:
    return [
        Line2D([], [], color=c, label=rf"$T = {t:g}\,T_0$" if t else "$T = 0$")
        for t, c in zip(heat, shades, strict=True)
    ]


def _kinds(*kinds: Kind) -> list[Line2D]:
    return [Line2D([], [], color="0.3", ls=ls, lw=lw, label=label) for label, ls, lw in kinds]


def _explained(figure: Figure, handles: list[Line2D], *, steps: bool = False) -> Figure:
    """One legend above all panels, where it covers nothing."""
    tick = Line2D([], [], color="0.25", marker="|", ms=9, ls="", label="steps at $T = 0$")
    everything = [*handles, tick] if steps else handles
    figure.legend(handles=everything, loc="outside upper center", ncols=min(4, len(handles)), fontsize=8.5)
    return figure
