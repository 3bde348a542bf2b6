"""Drawing of what goes beyond the paper, in the style of its figures; nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from quasispin.figures.style import DOTS, PrintFigure, colours
from quasispin.paper.drawing import DASHED, FIELD, WIDTH, Draw, laid_out

GAP = r"$\Delta_\mathrm{conn}$ ($\Delta_0$)"
CHI = r"$\chi$ ($\mu_\mathrm{B}^2/\Delta_0$)"
HEAT = r"$C$ ($k_\mathrm{B}$)"
MOMENT = r"moment ($\mu_\mathrm{B}$)"
QUANTITIES = (("connected_gap", GAP), ("susceptibility", CHI), ("heat_capacity", HEAT))


def draw(name: str, data: xr.Dataset) -> Figure:
    """The figure `name` from its dataset."""
    return laid_out(DRAWINGS[name], data)


def _deformation(data: xr.Dataset) -> Figure:
    figure, axes = _grid(3, 2, 6.6)
    shades = colours(data.sizes["splitting"])
    for j, pairs in enumerate(data.pairs.values):
        panel = data.sel(pairs=pairs)
        axes[0, j].set_title(f"$M = {pairs}$, $N = {pairs - 1}$", loc="left")
        for i, (name, label) in enumerate(QUANTITIES):
            for k, shade in enumerate(shades):
                axes[i, j].plot(data.field, panel[name].isel(splitting=k), color=shade, lw=1.2)
            axes[i, j].set(xlim=(0, float(data.field[-1])), ylabel=label if j == 0 else "")
        axes[1, j].set(yscale="log", ylim=(0.1, 3 * float(panel.susceptibility.max())))
        axes[0, j].set_ylim(bottom=0)
        axes[2, j].set_ylim(bottom=0)
        axes[2, j].set_xlabel(FIELD)
    return _legend(figure, _labels(r"\delta", data.splitting.values, "G", shades))


def _steps(data: xr.Dataset) -> Figure:
    figure, axes = _grid(1, 2, 3.6)
    orbital, spin = colours(3)[0], colours(3)[2]
    for axis, pairs in zip(axes[0], data.pairs.values, strict=True):
        panel = data.sel(pairs=pairs)
        _, splitting = xr.broadcast(panel.step_field, data.splitting)
        turned = panel.step_spin.values > 1e-9
        for chosen, shade, marker in ((~turned, orbital, "o"), (turned, spin, "D")):
            axis.scatter(
                splitting.values[chosen],
                panel.step_field.values[chosen],
                s=1.2 * panel.step_moment.values[chosen] + 3,
                color=shade,
                marker=marker,
                lw=0,
            )
        axis.set_title(f"$M = {pairs}$, $N = {pairs - 1}$", loc="left")
        axis.set(xlabel=r"$\delta/G$", xlim=(-10.3, 10.3), yscale="log", ylim=(0.55, 11))
        axis.set_yticks([0.6, 1, 2, 4, 10], labels=["0.6", "1", "2", "4", "10"])
        axis.yaxis.set_minor_formatter("")
    axes[0, 0].set_ylabel(r"steps at $T=0$, $\omega/G$")
    words = ((orbital, "o", "only the orbital moment grows"), (spin, "D", "a spin turns towards the field"))
    return _legend(figure, [Line2D([], [], color=c, marker=m, ls="", ms=4, label=w) for c, m, w in words])


def _angle(data: xr.Dataset) -> Figure:
    figure, axes = _grid(2, 2, 5.6, sharex=False)
    shades = colours(data.sizes["splitting"])
    for axis, name in zip(axes.flat, data.angle.values, strict=False):
        for i, shade in enumerate(shades):
            axis.plot(data.field, data.moment.sel(angle=name).isel(splitting=i), color=shade)
        axis.set_title(f"axis at {name} to the field", loc="left")
        axis.set(xlabel=FIELD, ylabel=MOMENT, xlim=(0, float(data.field[-1])), ylim=(0, 7.4))
    last = axes[1, 1]
    dashes: Sequence[Any] = ("-", DASHED, (0, (1.5, 1)), "-")
    for i, name in enumerate(data.direction.values):
        grey, width = ("0.4", 1.1) if i < 3 else ("black", 1.8)
        last.plot(
            data.any_splitting,
            data.orbital_share.isel(direction=i),
            color=grey,
            ls=dashes[i],
            lw=width,
            label=name,
        )
    last.set(
        xlabel=r"$\delta/G$",
        ylabel=r"$\langle L_z\rangle$ over that of the sphere",
        xlim=(0, 10),
        ylim=(0, 1.05),
    )
    last.set_title(r"$\omega=2\,\omega_c$, $T=0.1\,T_0$", loc="left")
    last.legend(fontsize=8)
    return _legend(figure, _labels(r"\delta", data.splitting.values, "G", shades))


def _angle_size(data: xr.Dataset) -> Figure:
    figure, axes = _grid(1, 4, 2.9, width=9.2)
    shades = colours(data.sizes["pairs"])
    for axis, name in zip(axes[0], data.direction.values, strict=True):
        for pairs, shade in zip(data.pairs.values, shades, strict=True):
            values = data.orbital_share.sel(pairs=pairs, direction=name)
            axis.plot(data.splitting, values, "o-", color=shade, ms=4, lw=1.2)
        words = "averaged" if name == data.direction.values[-1] else f"axis at {name}"
        axis.set_title(words, loc="left")
        axis.set(xlabel=r"$\delta/G$", xlim=(-0.3, 10.3), ylim=(0, 1.08))
    axes[0, 0].set_ylabel(r"$\langle L_z\rangle$ over that of the sphere")
    return _legend(figure, _labels("M", data.pairs.values, "", shades))


def _spin_orbit(data: xr.Dataset) -> Figure:
    figure, axes = _grid(2, 2, 5.6, sharex=False)
    shades = colours(data.sizes["strength"])
    for j, number in enumerate(data.electrons.values):
        axis = axes[0, j]
        for i, shade in enumerate(shades):
            axis.plot(data.field, data.moment.sel(electrons=number).isel(strength=i), color=shade)
        axis.set_title(f"$l=2$, $N={number}$, $T=0$", loc="left")
        axis.set(xlabel=FIELD, ylabel=MOMENT, xlim=(0, float(data.field[-1])), ylim=(0, 7.4))
    for i, shade in enumerate(shades):
        axes[1, 0].plot(data.field, data.connected_gap.sel(electrons=2).isel(strength=i), color=shade)
    axes[1, 0].set(xlabel=FIELD, ylabel=GAP, xlim=(0, float(data.field[-1])))
    axes[1, 0].set_ylim(bottom=0)
    axes[1, 0].set_title("$N=2$", loc="left")
    last = axes[1, 1]
    for l, shade in zip(data.orbital.values, colours(data.sizes["orbital"]), strict=True):
        one = data.sel(orbital=l)
        last.plot(data.any_strength, one.low_field_moment / one.strong_limit, color=shade, label=f"$l={l}$")
    last.axhline(1.0, color="0.4", ls=DOTS)
    last.set(xlabel=r"$\zeta/G$", ylabel=r"moment$/g_j\,j$ of $j=l-1/2$", xlim=(0, 3), ylim=(0.9, 2.6))
    last.set_title(r"$N=3$, $\omega=0.1\,\omega_c$", loc="left")
    last.legend(fontsize=8)
    return _legend(figure, _labels(r"\zeta", data.strength.values, "G", shades))


def _shells(data: xr.Dataset) -> Figure:
    kinds = data.kind.values
    figure, axes = _grid(4, len(kinds), 9.0, sharex=False, width=9.2)
    shades = colours(data.sizes["spacing"])
    for j, kind in enumerate(kinds):
        for i, (name, label) in enumerate(QUANTITIES):
            axis = axes[i, j]
            for k, shade in enumerate(shades):
                axis.plot(data.field, data[name].sel(kind=kind).isel(spacing=k), color=shade, lw=1.2)
            axis.plot(data.field, data[f"single_{name}"], color="black", ls=DOTS)
            axis.set(xlim=(0, float(data.field[-1])), ylabel=label if j == 0 else "", xlabel=FIELD)
            axis.set_ylim(bottom=0)
        axes[0, j].set_title(str(kind), loc="left")
        _distances(axes[3, j], data, str(kind))
    axes[3, 0].set_ylabel("three against one")
    one = Line2D([], [], color="black", ls=DOTS, label="the middle shell alone")
    return _legend(figure, [*_labels(r"\Delta e", data.spacing.values, r"\Delta_0", shades), one])


def _distances(axis: Axes, data: xr.Dataset, kind: str) -> None:
    words = (GAP.split(" (")[0], r"$\chi$", "$C$")
    for (name, _), word, dashes in zip(QUANTITIES, words, ("-", DASHED, DOTS), strict=True):
        values = data[f"{name}_deviation"].sel(kind=kind)
        axis.loglog(data.distance, values, color="0.25", ls=dashes, label=word)
    axis.axhline(0.1, color="0.7", lw=0.8, zorder=0)
    axis.set(xlabel=r"$\Delta e/\Delta_0$", xlim=(1, 300), ylim=(0.005, 10))
    axis.legend(fontsize=8, loc="upper right")


def _fence(data: xr.Dataset) -> Figure:
    sizes = [int(levels) for levels in data.levels.values]
    figure, axes = _grid(2, 2 * len(sizes), 5.4, sharex=False, width=4.3 * len(sizes))
    shades = colours(data.sizes["coupling"])
    columns = [(levels, parity) for levels in sizes for parity in data.parity.values]
    for j, (levels, parity) in enumerate(columns):
        for i, shade in enumerate(shades):
            one = data.sel(levels=levels, parity=parity).isel(coupling=i)
            axes[0, j].plot(data.field, one.cold_gap / one.gap_scale, color=shade)
            axes[1, j].plot(data.temperature, one.warm_gap / one.gap_scale, color=shade)
            axes[1, j].plot(data.temperature, one.free_gap / one.gap_scale, color=shade, ls=DOTS, lw=1.0)
        number = levels if parity == "even" else levels - 1
        axes[0, j].set_title(f"{levels} levels, $N = {number}$", loc="left")
        axes[0, j].axhline(0.1, color="0.7", lw=0.8, zorder=0)
        axes[0, j].set(xlabel="$\\omega$ / critical field", xlim=(0, 1.5), ylim=(0, 1.05))
        axes[1, j].set(xlabel="$T/d$", xlim=(0, float(data.temperature[-1])), ylim=(0, 1.15))
    axes[0, 0].set_ylabel(r"$\Delta_\mathrm{conn}(\omega)$ at $T=0$")
    axes[1, 0].set_ylabel(r"$\Delta_\mathrm{conn}(T)$")
    kinds = [
        Line2D([], [], color="0.3", label=r"at $1.1$ critical fields"),
        Line2D([], [], color="0.3", ls=DOTS, lw=1.0, label="without field"),
    ]
    return _legend(figure, [*_labels("G", data.coupling.values, "d", shades), *kinds])


def _aluminium(data: xr.Dataset) -> Figure:
    figure, axes = _grid(2, 1, 5.6)
    top, bottom = axes[:, 0]
    marks = top.scatter(data.radius, data.critical_field, c=data.pairs, cmap=_ramp(), s=14, zorder=3)
    top.plot(
        data.radius, data.printed_field, color="0.4", ls=DASHED, label=r"$3\Delta_0/M$, $M=2(N^{1/3}-1.4)+1$"
    )
    top.set(yscale="log", ylabel="last step (T)")
    top.legend(fontsize=8, loc="upper right")
    figure.colorbar(marks, ax=top, label="$M$")
    bottom.semilogy(data.radius, data.spacing, ".", color=colours(1)[0], ms=4)
    bottom.axhline(10.0, color="0.4", ls=DOTS, label=r"$\Delta e = 10\,\Delta_0$")
    bottom.set(xlabel="$R$ (nm)", ylabel=r"$\Delta e/\Delta_0$ to the next shell", xlim=(0.95, 5.05))
    bottom.legend(fontsize=8, loc="upper right")
    return figure


DRAWINGS: Mapping[str, Draw] = {
    "deformation": _deformation,
    "deformation-steps": _steps,
    "angle": _angle,
    "angle-size": _angle_size,
    "spin-orbit": _spin_orbit,
    "shells": _shells,
    "picket-fence": _fence,
    "aluminium": _aluminium,
}


def _grid(
    rows: int, columns: int, height: float, *, sharex: bool = True, width: float = WIDTH
) -> tuple[Figure, Any]:
    figure = PrintFigure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, sharex=sharex, squeeze=False)


def _labels(symbol: str, values: Any, unit: str, shades: Sequence[Any]) -> list[Line2D]:
    return [
        Line2D([], [], color=c, label=rf"${symbol} = {v:g}\,{unit}$" if v else rf"${symbol} = 0$")
        for v, c in zip(np.asarray(values), shades, strict=True)
    ]


def _legend(figure: Figure, handles: list[Line2D]) -> Figure:
    figure.legend(handles=handles, loc="outside upper center", ncols=min(5, len(handles)), fontsize=8.5)
    return figure


def _ramp() -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap(colours(64))
