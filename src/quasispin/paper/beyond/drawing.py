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
from quasispin.paper.beyond.crossed import draw_crossed
from quasispin.paper.drawing import DASHED, FIELD, WIDTH, Draw, laid_out

GAP = r"$\Delta_\mathrm{conn}$ ($\Delta_0$)"
CHI = r"$\chi$ ($\mu_\mathrm{B}^2/\Delta_0$)"
HEAT = r"$C$ ($k_\mathrm{B}$)"
MOMENT = r"moment ($\mu_\mathrm{B}$)"
SHIFT = 0.6
"""Curves of C against the field stand this much above one another, in k_B."""
QUANTITIES = (("connected_gap", GAP), ("susceptibility", CHI), ("heat_capacity", HEAT))


def draw(name: str, data: xr.Dataset) -> Figure:
    """The figure `name` from its dataset."""
    return laid_out(DRAWINGS[name], data)


def _deformation(data: xr.Dataset) -> Figure:
    figure, axes = _grid(3, 2, 8.2)
    shades = colours(data.sizes["splitting"])
    warm = _warm(data)
    labels = (f"{GAP}, $T=0$", f"{CHI}, {warm}", f"{HEAT}, {warm}, shifted")
    for j, pairs in enumerate(data.pairs.values):
        panel = data.sel(pairs=pairs)
        axes[0, j].set_title(f"$M = {pairs}$, $N = {pairs - 1}$", loc="left")
        for i, (name, _) in enumerate(QUANTITIES):
            for k, shade in enumerate(shades):
                shift = SHIFT * k if name == "heat_capacity" else 0.0
                axes[i, j].axhline(shift, color="0.8", lw=0.6, zorder=0)
                style: Any = (
                    {"color": "black", "ls": DOTS, "lw": 1.6, "zorder": 3} if k == 0 else {"color": shade}
                )
                axes[i, j].plot(data.field, panel[name].isel(splitting=k) + shift, **{"lw": 1.2} | style)
            axes[i, j].set(xlim=(0, float(data.field[-1])), ylabel=labels[i] if j == 0 else "")
        axes[1, j].set(yscale="log", ylim=(0.1, 3 * float(panel.susceptibility.max())))
        axes[0, j].set_ylim(bottom=0)
        axes[2, j].set_ylim(bottom=0)
        axes[2, j].set_xlabel(FIELD)
    labels_of = _labels(r"\delta", data.splitting.values, "G", shades)
    labels_of[0] = Line2D([], [], color="black", ls=DOTS, lw=1.6, label=r"$\delta = 0$")
    return _legend(figure, labels_of)


def _steps(data: xr.Dataset) -> Figure:
    figure, axes = _grid(1, 2, 4.8)
    orbital, spin = colours(3)[0], colours(3)[2]
    for axis, pairs in zip(axes[0], data.pairs.values, strict=True):
        panel = data.sel(pairs=pairs)
        _, splitting = xr.broadcast(panel.step_field, data.splitting)
        turned = panel.step_spin.values > 1e-9
        for chosen, shade, marker, order in ((turned, spin, "D", 2), (~turned, orbital, "o", 3)):
            axis.scatter(
                splitting.values[chosen],
                panel.step_field.values[chosen],
                s=_size(panel.step_moment.values[chosen]),
                color=shade,
                marker=marker,
                lw=0,
                zorder=order,
            )
        axis.set_title(f"$M = {pairs}$, $N = {pairs - 1}$, $T=0$", loc="left")
        axis.set(xlabel=r"$\delta/G$", xlim=(-10.3, 10.3), ylim=(0, 1.04 * float(data.step_field.max())))
    axes[0, 0].set_ylabel(r"steps, $\omega/G$")
    words = ((orbital, "o", "only the orbital moment grows"), (spin, "D", "a spin turns towards the field"))
    handles = [Line2D([], [], color=c, marker=m, ls="", ms=4, label=w) for c, m, w in words]
    for moment in (2, 8, 20):
        size = float(np.sqrt(_size(moment)))
        label = rf"$\Delta m = {moment}\,\mu_\mathrm{{B}}$"
        handles.append(Line2D([], [], color="0.5", marker="o", ls="", lw=0, ms=size, mew=0, label=label))
    return _legend(figure, handles, columns=2)


def _size(moment: Any) -> Any:
    """Area of a symbol in square points."""
    return 2.0 * np.asarray(moment) + 2.0


def _angle(data: xr.Dataset) -> Figure:
    figure, axes = _grid(3, 3, 7.6, sharex=False, width=9.2)
    shades, last = colours(data.sizes["splitting"]), float(data.field[-1])
    warm = _warm(data)
    for j, name in enumerate(data.angle.values):
        for i, shade in enumerate(shades):
            one = data.sel(angle=name).isel(splitting=i)
            draw_crossed(axes[0, j], one, "moment", "jump_moment", color=shade)
            axes[1, j].plot(data.field, one.susceptibility, color=shade, lw=1.2)
            axes[1, j].plot(data.field, one.van_vleck, color=shade, ls=DOTS, lw=1.0)
        axes[0, j].set_title(f"axis at {name}, $T=0$", loc="left")
        axes[1, j].set_title(f"axis at {name}, {warm}; dotted $T=0$", loc="left", fontsize=8.5)
        axes[0, j].set(xlabel=FIELD, xlim=(0, last), ylim=(0, 7.4))
        axes[1, j].set(xlabel=FIELD, xlim=(0, last), yscale="log", ylim=(0.03, 300))
    axes[0, 0].set_ylabel(MOMENT)
    axes[1, 0].set_ylabel(CHI)
    for i, shade in enumerate(shades):
        axes[2, 0].plot(data.field, data.average_susceptibility.isel(splitting=i), color=shade, lw=1.2)
    axes[2, 0].set(xlabel=FIELD, xlim=(0, last), yscale="log", ylim=(0.03, 300), ylabel=CHI)
    axes[2, 0].set_title(f"averaged over directions, {warm}", loc="left", fontsize=8.5)
    _against_splitting(axes[2, 1], data, "resting_susceptibility", CHI)
    axes[2, 1].set_title(r"$\omega=0$, $T=0$: van Vleck", loc="left", fontsize=8.5)
    _against_splitting(axes[2, 2], data, "orbital_share", r"$\langle L_z\rangle$ over that of the sphere")
    axes[2, 2].set_title(rf"$\omega=2\,\omega_c$, {warm}", loc="left", fontsize=8.5)
    axes[2, 2].legend(fontsize=8)
    note = Line2D([], [], ls="", label="$l=2$ ($M=5$), $N=4$")
    return _legend(figure, [note, *_labels(r"\delta", data.splitting.values, "G", shades)])


def _against_splitting(axis: Axes, data: xr.Dataset, name: str, label: str) -> None:
    dashes: Sequence[Any] = ("-", DASHED, (0, (1.5, 1)), "-")
    for i, direction in enumerate(data.direction.values):
        grey, width = ("0.4", 1.1) if i < 3 else ("black", 1.8)
        values = data[name].isel(direction=i)
        axis.plot(data.any_splitting, values, color=grey, ls=dashes[i], lw=width, label=direction)
    axis.set(xlabel=r"$\delta/G$", ylabel=label, xlim=(0, 10), ylim=(0, 1.05 * float(data[name].max())))


def _angle_size(data: xr.Dataset) -> Figure:
    figure, axes = _grid(1, 4, 3.1, width=9.2)
    shades = colours(data.sizes["pairs"])
    for axis, name in zip(axes[0], data.direction.values, strict=True):
        for pairs, shade in zip(data.pairs.values, shades, strict=True):
            one = data.sel(pairs=pairs)
            axis.plot(data.splitting, one.orbital_share.sel(direction=name), "o", color=shade, ms=4)
            if name == data.direction.values[0]:
                axis.plot(data.any_splitting, one.axial_share, color=shade, lw=1.0, drawstyle="steps-mid")
        words = "averaged" if name == data.direction.values[-1] else f"axis at {name}"
        axis.set_title(words, loc="left")
        axis.set(xlabel=r"$\delta/G$", xlim=(-0.3, 10.3), ylim=(0, 1.08), xticks=range(0, 11, 2))
    axes[0, 0].set_ylabel(r"$\langle L_z\rangle$ over that of the sphere")
    note = Line2D([], [], ls="", label=r"$\omega=2\,\omega_c$, $T=0$, $N=M-1$")
    return _legend(figure, [note, *_labels("M", data.pairs.values, "", shades)])


def _spin_orbit(data: xr.Dataset) -> Figure:
    figure, axes = _grid(4, 2, 9.4, sharex=False)
    shades, warm = colours(data.sizes["strength"]), _warm(data)
    for j, number in enumerate(data.electrons.values):
        for i, shade in enumerate(shades):
            one = data.sel(electrons=number).isel(strength=i)
            draw_crossed(axes[0, j], one, "moment", "jump_moment", color=shade)
            axes[1, j].plot(data.field, one.susceptibility, color=shade, lw=1.2)
            axes[2, j].plot(data.field, one.heat_capacity, color=shade, lw=1.2)
        axes[0, j].set_title(f"$l=2$, $N={number}$, $T=0$", loc="left")
        axes[1, j].set_title(f"$N={number}$, {warm}", loc="left")
        axes[2, j].set_title(f"$N={number}$, {warm}", loc="left")
        axes[1, j].set(yscale="log", ylim=(0.03, 400))
        for axis, label in zip(axes[:3, j], (MOMENT, CHI, HEAT), strict=True):
            axis.set(xlabel=FIELD, ylabel=label, xlim=(0, float(data.field[-1])))
        axes[0, j].set_ylim(0, 7.4)
        axes[2, j].set_ylim(bottom=0)
    for i, shade in enumerate(shades):
        draw_crossed(
            axes[3, 0], data.sel(electrons=2).isel(strength=i), "connected_gap", "jump_gap", color=shade
        )
    axes[3, 0].set(xlabel=FIELD, ylabel=GAP, xlim=(0, float(data.field[-1])))
    axes[3, 0].set_ylim(bottom=0)
    axes[3, 0].set_title("$N=2$, $T=0$", loc="left")
    _low_field(axes[3, 1], data)
    return _legend(figure, _labels(r"\zeta", data.strength.values, "G", shades))


def _low_field(axis: Axes, data: xr.Dataset) -> None:
    for l, shade in zip(data.orbital.values, colours(data.sizes["orbital"]), strict=True):
        one = data.sel(orbital=l)
        values = one.low_field_moment / one.strong_limit
        axis.plot(data.any_strength, values, ".", color=shade, label=f"$l={l}$", ms=3)
    axis.axhline(1.0, color="0.4", ls=DOTS)
    axis.set(xlabel=r"$\zeta/G$", ylabel=r"moment$/g_j\,j$ of $j=l-1/2$", xlim=(-0.02, 1.0), ylim=(0.9, 2.6))
    axis.set_title(r"$N=3$, $\omega=0.1\,\omega_c$, $T=0$", loc="left")
    axis.legend(fontsize=8)


def _shells(data: xr.Dataset) -> Figure:
    kinds = data.kind.values
    figure, axes = _grid(4, len(kinds), 9.4, sharex=False, width=9.2)
    shades = colours(data.sizes["spacing"])
    warm = _warm(data)
    labels = (f"{GAP}, $T=0$", f"{CHI}, {warm}", f"{HEAT}, {warm}")
    for j, kind in enumerate(kinds):
        for i, (name, _) in enumerate(QUANTITIES):
            axis = axes[i, j]
            for k, shade in enumerate(shades):
                values = data[name].sel(kind=kind).isel(spacing=k)
                axis.plot(
                    data.field, values, color=shade, lw=3.0 - 0.7 * k
                )  # those above leave a rim of the others
            axis.plot(data.field, data[f"single_{name}"], color="black", ls=DOTS, lw=1.0)
            axis.set(xlim=(0, float(data.field[-1])), ylabel=labels[i] if j == 0 else "")
            axis.set_ylim(bottom=0)
            axis.tick_params(labelbottom=i == 2)
        axes[2, j].set_xlabel(FIELD)
        axes[0, j].set_title(str(kind), loc="left")
        _distances(axes[3, j], data, str(kind))
    axes[3, 0].set_ylabel(r"$\int|\mathrm{three}-\mathrm{one}|\,d\omega\,/\int\mathrm{one}\,d\omega$")
    one = Line2D([], [], color="black", ls=DOTS, label=r"the middle shell alone ($M=5$, $N=4$)")
    return _legend(figure, [*_labels(r"\Delta e", data.spacing.values, r"\Delta_0", shades), one])


def _distances(axis: Axes, data: xr.Dataset, kind: str) -> None:
    words = (GAP.split(" (")[0], r"$\chi$", "$C$")
    for (name, _), word, dashes in zip(QUANTITIES, words, ("-", DASHED, DOTS), strict=True):
        values = data[f"{name}_deviation"].sel(kind=kind)
        axis.loglog(data.distance, values, color="0.25", ls=dashes, label=word)
    axis.axhline(0.1, color="0.7", lw=0.8, zorder=0)
    lowest = min(float(data[f"{name}_deviation"].min()) for name, _ in QUANTITIES)
    axis.set(xlabel=r"$\Delta e/\Delta_0$", xlim=(1, 300), ylim=(max(lowest / 2, 1e-9), 10))
    axis.legend(fontsize=8, loc="best")


def _fence(data: xr.Dataset) -> Figure:
    sizes = [int(levels) for levels in data.levels.values]
    figure, axes = _grid(2, 2 * len(sizes), 6.0, sharex=False, width=4.6 * len(sizes))
    shades = colours(data.sizes["coupling"])
    columns = [(levels, parity) for levels in sizes for parity in data.parity.values]
    for j, (levels, parity) in enumerate(columns):
        for i, shade in enumerate(shades):
            one = data.sel(levels=levels, parity=parity).isel(coupling=i)
            label = rf"$\omega_\mathrm{{cr}} = {float(one.critical_field):.3g}\,d$"
            axes[0, j].plot(data.field, one.cold_gap / one.gap_scale, color=shade, label=label)
            axes[1, j].plot(data.temperature, one.warm_gap / one.gap_scale, color=shade)
            axes[1, j].plot(data.temperature, one.free_gap / one.gap_scale, color=shade, ls=DOTS, lw=1.0)
        number = levels if parity == "even" else levels - 1
        axes[0, j].set_title(f"{levels} levels, $N = {number}$, $T=0$", loc="left", fontsize=8.5)
        axes[1, j].set_title(f"{levels} levels, $N = {number}$", loc="left", fontsize=8.5)
        axes[0, j].axhline(0.1, color="0.7", lw=0.8, zorder=0)
        axes[0, j].set(xlabel=r"$\omega/\omega_\mathrm{cr}$", xlim=(0, 1.5), ylim=(0, 1.05))
        axes[0, j].legend(fontsize=7, loc="upper right")
        axes[1, j].set(xlabel="$T/d$", xlim=(0, float(data.temperature[-1])), ylim=(0, 1.15))
    axes[0, 0].set_ylabel(r"$\Delta_\mathrm{conn}/\Delta_\mathrm{conn}(T{=}0,\omega{=}0)$")
    axes[1, 0].set_ylabel(r"$\Delta_\mathrm{conn}/\Delta_\mathrm{conn}(T{=}0,\omega{=}0)$")
    kinds = [
        Line2D([], [], color="0.3", label=r"at $1.1\,\omega_\mathrm{cr}$"),
        Line2D([], [], color="0.3", ls=DOTS, lw=1.0, label="without field"),
    ]
    return _legend(figure, [*_labels("G", data.coupling.values, "d", shades), *kinds])


def _aluminium(data: xr.Dataset) -> Figure:
    figure, axes = _grid(3, 1, 7.6)
    top, middle, bottom = axes[:, 0]
    known = np.isfinite(data.critical_field.values)
    marks = top.scatter(data.radius, data.critical_field, c=data.pairs, cmap=_ramp(), s=9, zorder=3)
    top.plot(
        data.radius, data.printed_field, color="0.4", ls=DASHED, label=r"$3\Delta_0/M$, $M=2(N^{1/3}-1.4)+1$"
    )
    lost = data.radius.values[~known]
    top.plot(lost, np.full(lost.size, 0.05), "x", color="0.3", ms=4, label="no step: no pair to break")
    size = rf"$\Delta_0 = {float(data.attrs['gap_scale']):g}$ meV"
    top.set(yscale="log", ylabel=f"last step (T), {size}")
    top.legend(fontsize=8, loc="upper right")
    figure.colorbar(marks, ax=top, label="$M$")
    filled = middle.scatter(
        data.radius, data.filling / (2 * data.pairs), c=data.pairs, cmap=_ramp(), s=9, zorder=3
    )
    middle.set(ylabel="$N/2M$ of the last shell", ylim=(-0.03, 1.03))
    figure.colorbar(filled, ax=middle, label="$M$")
    bottom.semilogy(data.radius, data.spacing, ".", color="0.25", ms=3)
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


def _legend(figure: Figure, handles: list[Line2D], columns: int = 5) -> Figure:
    figure.legend(handles=handles, loc="outside upper center", ncols=min(columns, len(handles)), fontsize=8.5)
    return figure


def _warm(data: xr.Dataset) -> str:
    """The temperature of χ and C, in T₀ = Δ₀/2."""
    return rf"$T={2 * float(data.attrs['temperature']):g}\,T_0$"


def _ramp() -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap(colours(64))
