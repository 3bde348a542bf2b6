"""The command line, thin over the library: heavy imports stay inside the commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quasispin.cli import terminal
from quasispin.cli.choices import blocked as blocked_level
from quasispin.cli.choices import shell
from quasispin.cli.words import METAL, REAL, WHOLE, Names, flat, same_name
from quasispin.ensembles.catalogue import HOMES, ensemble_class, in_words, takers
from quasispin.errors import FileError, InputError, QuasispinError, is_out_of_memory, out_of_memory
from quasispin.magneton import BOHR, MAGNETONS, Magneton, in_magneton
from quasispin.observables import BOUNDS, BY_NAME, ENERGY, UNCERTIFIED
from quasispin.sweep.laboratory import ENERGIES, named

if TYPE_CHECKING:
    import xarray as xr

    from quasispin.cli.quantities import Coordinate
    from quasispin.ensembles.base import Ensemble
    from quasispin.observables import Observable
    from quasispin.system.schemes import LevelScheme
    from quasispin.system.shell import Shell
    from quasispin.system.system import System

USUAL = (
    "gap",
    "connected_gap",
    "free_energy",
    "internal_energy",
    "entropy",
    "heat_capacity",
    "magnetic_moment",
    "susceptibility",
    "mean_seniority",
)
PICTURES = {".pdf", ".png", ".svg"}
INTERRUPTED = 130
IN_FILE = click.Path(dir_okay=False, path_type=Path)
NONE = ("", "-")
"""In a list of columns: one that is left out."""
RUN_FILE = click.Path(dir_okay=False, path_type=Path, allow_dash=True)
GEOMETRIES = ("sphere", "oscillator", "hemisphere", "layer", "spheroid", "spin-orbit")
KINDS = ("curves", "map", "levels")
STORE = click.Path(path_type=Path)


class Application(click.Group):
    """A group that turns our errors into one line and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run; exit code 2 for an error of ours, 130 when interrupted."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        terminal.adapt()
        try:
            status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except QuasispinError as error:
            status = _complain(f"Error: {error}", 2)
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        except (click.Abort, KeyboardInterrupt):
            status = _complain("Interrupted.", INTERRUPTED)
        except BrokenPipeError:
            sys.stderr.close()  # nobody listens any more
            status = 1
        except (MemoryError, OSError, RuntimeError, ImportError) as error:
            if is_out_of_memory(error):
                words = str(out_of_memory(error))
            elif isinstance(error, OSError):
                words = f"the output could not be written: {error.strerror}."
                if error.errno is None:  # nothing that was to be written, but a library that did not load
                    words = f"{' '.join(str(error).split()).rstrip('.')}."
            else:
                raise
            status = _complain(f"Error: {words}", 2)
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - what is left in the buffer has no place to go
        sys.exit(status if isinstance(status, int) else 0)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`help` and `help COMMAND` are the same as the option behind."""
        if args and args[0] == "help":
            args = [*args[1:], "--help"]
        return super().parse_args(ctx, args)


@click.group(
    cls=Application,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`quasispin help COMMAND` says the same as `quasispin COMMAND --help`.",
)
@click.version_option(version("quasispin"), "-V", "--version", prog_name="quasispin")
def main() -> None:
    """Exact thermodynamics of pairing in finite Fermi systems, in a magnetic field."""


def read_by(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how a file of levels is read."""
    for option in (
        click.option(
            "--merge/--no-merge",
            "merge",
            default=None,
            help="Whether levels of equal energy become one shell.  [default: those of a table do]",
        ),
        click.option(
            "--decimal", type=click.Choice([".", ","]), help="Where numbers do not say which it is."
        ),
        click.option(
            "--columns", metavar="NAME[,NAME]", help="Of a table without a header; - leaves one out."
        ),
        click.option(
            "--degeneracy",
            type=click.Choice(["states", "pairs"]),
            help="What a column of that name counts, or what a row without one is.",
        ),
    ):
        command = option(command)
    return command


@main.command()
@click.option(
    "--shell",
    "shells",
    multiple=True,
    metavar="KIND:VALUE[@ENERGY]",
    help="orbital:5, hemisphere:4, spin:11, moments:1,2,3 or jj:11/2[,G_FACTOR]; may be repeated.",
)
@click.option("--levels", "scheme", type=IN_FILE, help="Instead of shells: a table of levels, or TOML.")
@read_by
@click.option("-N", "--electrons", type=WHOLE, help="N, from 0 to 2M.  [default: that of the levels]")
@click.option("--gap-scale", metavar="ENERGY", help="Δ₀ = GM/2 of one shell, as 1 or 0.35meV.  [default: 1]")
@click.option("--coupling", metavar="ENERGY", help="G, instead of the gap scale.")
@click.option(
    "-T",
    "--temperature",
    required=True,
    metavar="VALUE",
    help="k_B T as an energy, at least 0, such as 0.1 or 0.1meV; once a unit is known also 0.3K or 300mK.",
)
@click.option(
    "-B",
    "--field",
    default="0",
    show_default=True,
    metavar="VALUE",
    help="μ_B B as an energy (μ_N B of a nucleus); once a unit is known also 2T or 500mT.",
)
@click.option(
    "--energy-unit",
    type=click.Choice(list(ENERGIES)),
    help="Unit of all energies that are plain numbers; kelvin and tesla need one.  [default: as elsewhere]",
)
@click.option(
    "--magneton",
    type=Names(MAGNETONS, one=True),
    metavar="[bohr|nuclear]",
    help="Of the moments.  [default: nuclear for jj, else bohr]",
)
@click.option(
    "--ensemble",
    "kinds",
    type=Names(HOMES),
    callback=flat,
    metavar=f"[{'|'.join(HOMES)}]",
    multiple=True,
    default=[("canonical",)],
    help="May be repeated, or several with commas.  [default: canonical]",
)
@click.option("--chemical-potential", metavar="ENERGY", help="Of grand-canonical; else fixed by N.")
@click.option(
    "--blocked", metavar="SHELL[:PAIR]", help="Level that the odd electron of mean-field blocks, from 0."
)
@click.option(
    "-o",
    "--observable",
    "names",
    type=Names(BY_NAME),
    callback=flat,
    multiple=True,
    metavar="NAME[,NAME]",
    default=[USUAL],
    help=f"May be repeated, or several with commas: {', '.join(BY_NAME)}.",
)
@click.option(
    "--accuracy",
    type=REAL,
    help="Share of the states of several shells that may be left out, such as 1e-6.  [default: none]",
)
@click.option("--estimate", "is_dry", is_flag=True, help="Print the memory and time it would take and stop.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def observe(
    shells: Sequence[str],
    scheme: Path | None,
    electrons: int | None,
    gap_scale: str | None,
    coupling: str | None,
    temperature: str,
    field: str,
    energy_unit: str | None,
    magneton: str | None,
    kinds: Sequence[str],
    chemical_potential: str | None,
    blocked: str | None,
    accuracy: float | None,
    names: Sequence[str],
    is_dry: bool,
    as_json: bool,
    **reading: Any,
) -> None:
    """Print observables of one system, of --shell or --levels, at one temperature and field."""
    _check_box(scheme, "--levels", shells, reading)
    for option, value in (
        ("chemical_potential", chemical_potential), ("blocked", blocked), ("accuracy", accuracy)
    ):  # fmt: skip
        if value is not None and not set(takers(option)) & set(kinds):
            flag, those = option.replace("_", "-"), in_words(takers(option))
            raise click.UsageError(f"--{flag} goes with --ensemble {those}.")
    from quasispin.cli.quantities import common_unit, coordinate, energy_of

    given = {"gap_scale": gap_scale, "coupling": coupling, "chemical_potential": chemical_potential}
    found = None if scheme is None else _scheme(scheme, magneton, reading)
    heights = [text.partition("@")[2] for text in shells]
    texts = [temperature, field, *given.values(), *heights]
    energy_unit = common_unit(texts, _unit_of(found, energy_unit))
    heat = coordinate("temperature", temperature, energy_unit)
    _ = coordinate("field", field, energy_unit)  # what is no field is told before what is no shell
    box = [shell(text, energy_unit, magneton) for text in shells]
    energies = {
        name: None if text is None else energy_of(name, text, energy_unit) for name, text in given.items()
    }
    system = _system(found or box, electrons, energies["gap_scale"], energies["coupling"])
    larmor = coordinate("field", field, energy_unit, system.magneton)
    potential = energies["chemical_potential"]
    ensembles = {kind: _ensemble(kind, system, potential, blocked, accuracy) for kind in kinds}
    if is_dry:
        _print_estimates(ensembles, heat.energy, larmor.energy, as_json)
        return
    results = [_observed(kind, one, names, heat.energy, larmor.energy) for kind, one in ensembles.items()]
    shown = {one.name: one for each in ensembles.values() for one in _chosen(names, each)}
    units = {name: _unit(one, energy_unit, system.magneton) for name, one in shown.items()}
    if as_json:
        laboratory = {
            "energy_unit": energy_unit,
            "temperature_kelvin": heat.laboratory,
            "field_tesla": larmor.laboratory,
        }
        _print_json(
            "observe",
            system=system.to_dict(),
            temperature=heat.energy,
            field=larmor.energy,
            **({} if energy_unit is None else laboratory),
            units=units,
            results=results,
        )
    else:
        _print_table(f"{system!r}\n{_place(heat, larmor, energy_unit, system.magneton)}", units, results)


@main.command()
@click.argument("scheme", type=IN_FILE, required=False)
@read_by
@click.option(
    "--shell",
    "shells",
    multiple=True,
    metavar="KIND:VALUE[@ENERGY]",
    help="Instead of a level scheme: as in observe; may be repeated.",
)
@click.option("-N", "--electrons", type=WHOLE, help="N, from 0 to 2M.  [default: that of the scheme]")
@click.option("--gap-scale", metavar="ENERGY", help="Δ₀ = GM/2 of one shell, as 1 or 0.35meV.")
@click.option("--coupling", metavar="ENERGY", help="G.  [default: that of the scheme]")
@click.option(
    "-B",
    "--field",
    default="0",
    show_default=True,
    metavar="VALUE",
    help="μ_B B as an energy (μ_N B of a nucleus); once a unit is known also 2T or 500mT.",
)
@click.option("--count", type=WHOLE, default=10, show_default=True, help="How many levels, up to 1000.")
@click.option(
    "--energy-unit",
    type=click.Choice(list(ENERGIES)),
    help="Unit of all energies that are plain numbers; tesla needs one.  [default: as elsewhere]",
)
@click.option(
    "--magneton",
    type=Names(MAGNETONS, one=True),
    metavar="[bohr|nuclear]",
    help="Of the moments.  [default: nuclear for jj, else bohr]",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def levels(
    scheme: Path | None,
    shells: Sequence[str],
    electrons: int | None,
    gap_scale: str | None,
    coupling: str | None,
    field: str,
    count: int,
    energy_unit: str | None,
    magneton: str | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """Print the lowest many-body levels, with bounds, of the level scheme SCHEME or of --shell."""
    _check_box(scheme, "a file SCHEME", shells, reading)
    from quasispin.cli.quantities import common_unit, coordinate, energy_of
    from quasispin.ensembles.low_levels import lowest_levels

    read = None if scheme is None else _scheme(scheme, magneton, reading)
    heights = [text.partition("@")[2] for text in shells]
    energy_unit = common_unit([field, gap_scale, coupling, *heights], _unit_of(read, energy_unit))
    scale = None if gap_scale is None else energy_of("gap_scale", gap_scale, energy_unit)
    strength = None if coupling is None else energy_of("coupling", coupling, energy_unit)
    box = [shell(text, energy_unit, magneton) for text in shells]
    system = _system(read or box, electrons, scale, strength)
    larmor = coordinate("field", field, energy_unit, system.magneton)
    found = lowest_levels(system, count, larmor.energy)
    if as_json:
        _print_json(
            "levels",
            system=system.to_dict(),
            field=larmor.energy,
            **({} if energy_unit is None else {"energy_unit": energy_unit}),
            levels=found.to_dicts(),
        )
        return
    click.echo(terminal.wrapped(f"{system!r}"))
    click.echo(str(found))


@main.command()
@click.argument("run", type=RUN_FILE)
@click.option("-o", "--output", type=STORE, required=True, help="A file ending in .nc, or a store in .zarr.")
@click.option("--workers", type=WHOLE, metavar="N", help="Processes that share the cores.  [default: none]")
@click.option(
    "--dask", metavar="ADDRESS", help="Of a dask.distributed scheduler, such as tcp://10.0.0.1:8786."
)
@click.option("--plan", "show_plan", is_flag=True, help="Print points, time and memory first, on any output.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Print the plan and stop.")
@click.option(
    "--progress/--no-progress", default=None, help="Bar on standard error.  [default: at a terminal]"
)
@click.option("--json", "as_json", is_flag=True, help="Plan, progress and end as lines of JSON.")
def sweep(
    run: Path,
    output: Path,
    workers: int | None,
    dask: str | None,
    show_plan: bool,
    is_dry: bool,
    progress: bool | None,
    as_json: bool,
) -> int:
    """Compute what the run file RUN (TOML) asks for; - reads it from standard input.

    What is finished is on the disk at once: after an interruption the same command goes on from there.
    """
    from quasispin.cli import sweeping

    if workers is not None and dask is not None:
        raise click.UsageError("--workers and --dask do not go together.")
    is_terminal = sys.stderr.isatty() and not as_json
    return sweeping.sweep(
        run,
        output,
        workers=workers,
        dask=dask,
        show_plan=show_plan or is_terminal,
        is_dry=is_dry,
        show_bar=is_terminal if progress is None else progress,
        as_json=as_json,
    )


@main.command()
@click.argument("data", type=STORE)
@click.option("-o", "--output", type=IN_FILE, required=True, help="A file ending in .pdf, .png or .svg.")
@click.option(
    "--kind",
    type=Names(KINDS, one=True),
    metavar=f"[{'|'.join(KINDS)}]",
    default="curves",
    show_default=True,
)
@click.option("--x", default=None, metavar="DIMENSION", help="Horizontal axis of curves.  [default: field]")
@click.option(
    "--observable",
    "names",
    multiple=True,
    metavar="NAME[,NAME]",
    help="May be repeated, or several with commas.  [default: all]",
)
@click.option("--energy-unit", help="How labels call the unit of energy, such as meV.")
@click.option("--laboratory", is_flag=True, help="Kelvin and tesla on the axes; energies must be in meV.")
def figure(
    data: Path,
    output: Path,
    kind: str,
    x: str | None,
    names: Sequence[str],
    energy_unit: str | None,
    laboratory: bool,
) -> None:
    """Draw a file that `quasispin sweep` wrote."""
    if output.suffix.lower() not in PICTURES:
        raise FileError(
            f"`output` must end in {', '.join(sorted(PICTURES))}, but is {str(output)!r}.", output
        )
    import matplotlib as mpl

    mpl.use("agg")
    from quasispin.sweep import store
    from quasispin.sweep.dataset import UNCHECKED

    units = {"energy_unit": energy_unit, "laboratory": laboratory}
    found = store.read_sweep(data)
    if UNCHECKED in found.attrs:
        click.echo(f"Note: {found.attrs[UNCHECKED]}.", err=True)
    axes = _drawn(found, kind, x, _variables(names, found) or None, units)
    _save(axes, output)
    click.echo(str(output))


@main.command()
@click.option(
    "-o",
    "--out",
    metavar="FOLDER",
    default="reproduction",
    show_default=True,
    help="Folder for figures and verdicts.",
)
@click.option("--beyond", is_flag=True, help="Answer what the paper leaves open instead; some minutes.")
@click.option("--force", is_flag=True, help="Write into a folder that holds other files, too.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def reproduce(out: str, beyond: bool, force: bool, as_json: bool) -> int:
    """Recompute the figures and claims of arXiv:cond-mat/0002030."""
    if not out.strip():
        raise InputError("`out` must be the name of a folder, but is empty.", out)
    if not force:
        from quasispin.paper.files import check_own

        check_own(Path(out))
    if beyond:
        from quasispin.paper.beyond.run import beyond as answered

        return answered(Path(out), as_json=as_json)
    from quasispin.paper.reproduce import reproduce as reproduced

    return reproduced(Path(out), as_json=as_json)


@main.command()
@click.argument("run", type=RUN_FILE, required=False)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def verify(run: Path | None, as_json: bool) -> int:
    """Compare with independent computations: the system of RUN (TOML, or - for a pipe), or a standard set."""
    from quasispin.verification.run import verify as verified

    system = None
    if run is not None:
        from quasispin.cli import runfile

        asked = runfile.read(run)
        for note in asked.notes:
            click.echo(f"Note: {note}.", err=True)
        system = asked.system
    with _bar("verify", not as_json and sys.stderr.isatty()) as report:
        return verified(system, as_json=as_json, progress=report)


@main.command()
@click.option("--material", type=METAL, required=True, metavar="SYMBOL", help="Al, Sn, Pb, In, Zn or Nb.")
@click.option("--radius", metavar="LENGTH", help="Such as 2.5nm.")
@click.option("--atoms", type=WHOLE, help="Instead of the radius.")
@click.option(
    "--geometry",
    "kind",
    type=Names(GEOMETRIES, one=True),
    metavar=f"[{'|'.join(GEOMETRIES)}]",
    default="sphere",
    show_default=True,
)
@click.option("--thickness", metavar="LENGTH", help="Of a layer, such as 1nm.")
@click.option("--splitting", metavar="ENERGY", help="δ of a spheroid, such as 0.3meV.")
@click.option("--strength", metavar="ENERGY", help="ξ of l·s, such as 0.1meV.")
@click.option("-N", "--electrons", type=WHOLE, help="N, instead of the density times the volume.")
@click.option("--gap", metavar="ENERGY", help="Δ₀, such as 0.35meV.  [default: that of the bulk]")
@click.option(
    "--window",
    metavar="N[,N]",
    help="Shells that pair too: 1 on either side of the last, 1,0 below, 0,1 above.",
)
@click.option(
    "--keep-coupling",
    "keeps_coupling",
    is_flag=True,
    help="A split shell keeps G = 2Δ₀/M, so that its gap falls; else G grows to hold the gap.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def cluster(
    material: str,
    radius: str | None,
    atoms: int | None,
    kind: str,
    thickness: str | None,
    splitting: str | None,
    strength: str | None,
    electrons: int | None,
    gap: str | None,
    window: str | None,
    keeps_coupling: bool,
    as_json: bool,
) -> None:
    """Print what the model says about a metal cluster, with the formulas."""
    from quasispin.cli import cluster as pages
    from quasispin.cli.quantities import energy

    size = radius if atoms is None else atoms
    if size is None or (radius is not None and atoms is not None):
        raise click.UsageError("Exactly one of --radius and --atoms must be given.")
    extra = {"thickness": thickness, "splitting": splitting, "strength": strength}
    grain = pages.built(material, kind, size, electrons, extra, keeps_coupling=keeps_coupling)
    strength_of_pairing = None if gap is None else energy("gap", gap)
    around = None if window is None else pages.window(window)
    if as_json:
        _print_json("cluster", **pages.fields(grain, strength_of_pairing, around))
    else:
        click.echo(terminal.wrapped(pages.page(grain, strength_of_pairing, around)))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=WHOLE, help="Port to listen at.  [default: the first free one from 8080]")
@click.option("--show/--no-show", default=True, show_default=True, help="Open the page in a browser.")
def explore(host: str, port: int | None, show: bool) -> None:
    """Explore in the browser: sliders, linked pictures, presets, downloads."""
    from quasispin.explorer import server

    server.serve(host, port, show=show)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def cite(as_json: bool) -> None:
    """Say how to cite the package and the paper it stands on."""
    from quasispin.cli import citation

    if as_json:
        _print_json("cite", **citation.fields())
    else:
        click.echo(citation.text())


# -- observe, levels ---------------------------------------------------------------------------------


def _check_box(scheme: Path | None, what: str, shells: Sequence[str], reading: Mapping[str, Any]) -> None:
    """Shells come from options or from a file, which alone has to be read."""
    if (scheme is None) == (not shells):
        raise click.UsageError(f"Either {what} or --shell must be given.")
    asked = [f"--{name}" for name, value in reading.items() if value is not None]
    if shells and asked:
        raise click.UsageError(f"{asked[0]} says how a file of levels is read, and goes with {what}.")


def _scheme(file: Path, magneton: str | None, reading: Mapping[str, Any]) -> LevelScheme:
    """A level scheme; how it was read goes to standard error."""
    from quasispin.system.schemes import read_levels

    columns = reading["columns"]
    names = None if columns is None else [name.strip() for name in columns.split(",")]
    found = read_levels(
        file,
        magneton=None if magneton is None else MAGNETONS[magneton],
        **{**reading, "columns": None if names is None else [None if n in NONE else n for n in names]},
    )
    if found.report:
        click.echo(terminal.wrapped(found.report), err=True)
    return found


def _unit_of(scheme: LevelScheme | None, energy_unit: str | None) -> str | None:
    """The unit of all energies, where the option or the header of a table says it."""
    own = None if scheme is None else scheme.energy_unit
    if own is not None and energy_unit is not None and own != energy_unit:
        raise click.UsageError(f"--energy-unit is {energy_unit}, but the energies of the file are in {own}.")
    return energy_unit or own


def _system(
    box: Sequence[Shell] | LevelScheme,
    electrons: int | None,
    gap_scale: float | None,
    coupling: float | None,
) -> System:
    """Of these shells; a level scheme may say N and G itself."""
    from quasispin.system.system import System

    if not isinstance(box, Sequence):
        if gap_scale is None:
            return box.system(electrons, coupling)
        if len(box.shells) == 1:
            electrons, box = box.system(electrons, 0.0).electrons, box.shells
        else:
            raise click.UsageError("Several shells need --coupling and have no --gap-scale.")
    if electrons is None:
        raise click.UsageError("--shell needs --electrons.")
    if len(box) > 1:
        if gap_scale is not None or coupling is None:
            raise click.UsageError("Several shells need --coupling and have no --gap-scale.")
        return System(box, electrons, coupling)
    if gap_scale is None and coupling is None:
        gap_scale = 1.0
    return System.single_shell(box[0], electrons, gap_scale=gap_scale, coupling=coupling)


def _ensemble(
    kind: str,
    system: System,
    chemical_potential: float | None,
    blocked: str | None,
    accuracy: float | None,
) -> Ensemble:
    """The ensemble with those of the options that concern it."""
    level = None if blocked is None else blocked_level(blocked)
    given = {"chemical_potential": chemical_potential, "blocked": level, "accuracy": accuracy}
    one = ensemble_class(kind)
    return one(system, **{name: given[name] for name in one.options_of() if name in given})


def _print_estimates(
    ensembles: Mapping[str, Ensemble], temperature: float, field: float, as_json: bool
) -> None:
    """What the spectra would take, one line for each ensemble."""
    from quasispin.machine import allowed, size_in_words, time_in_words

    found = {kind: one.estimate(temperature, field) for kind, one in ensembles.items()}
    if as_json:
        estimates = {kind: one._asdict() for kind, one in found.items()}
        _print_json("observe.estimate", allowed_memory=allowed(), estimates=estimates)
        return
    for kind, one in found.items():
        blocks = f"{one.blocks} blocks of up to {one.largest} states" if one.blocks else "closed forms"
        click.echo(f"{kind}: {size_in_words(one.memory)}, {time_in_words(one.seconds)}, {blocks}")
    click.echo(f"allowed on this machine: {size_in_words(allowed())}")


def _observed(
    kind: str, ensemble: Ensemble, names: Sequence[str], temperature: float, field: float
) -> dict[str, Any]:
    from quasispin.observables import together

    values: dict[str, Any] = {}
    undefined: dict[str, str] = {}
    for observable, value in together(_chosen(names, ensemble), ensemble, temperature, field).items():
        if isinstance(value, QuasispinError):
            undefined[observable.name] = str(value.value)
            values[observable.name] = None
        else:
            values[observable.name] = _plain(value.tolist(), observable.name, undefined)
    return {"ensemble": kind, "values": values, "undefined": undefined}


def _chosen(names: Sequence[str], ensemble: Ensemble) -> list[Observable]:
    """What is asked for, and beside it what states left out or a searched minimum may change."""
    chosen = [BY_NAME[name] for name in dict.fromkeys(names)]
    if ensemble.leaves_out:
        chosen += [BOUNDS[name] for name in dict.fromkeys(names) if name in BOUNDS]
    return [*chosen, UNCERTIFIED] if ensemble.is_searched else chosen


def _plain(value: Any, name: str, undefined: dict[str, str]) -> Any:
    """JSON knows neither infinity nor NaN: both become null, with a reason."""
    if isinstance(value, list):
        return [_plain(one, name, undefined) for one in value]
    if value != value:
        undefined[name] = "not a number here"
    elif abs(value) == float("inf"):
        undefined[name] = "infinite here"
    else:
        return value
    return None


def _unit(observable: Observable, energy_unit: str | None, magneton: Magneton) -> str:
    """Its unit, which calls those of the energies and the moments by name."""
    return in_magneton(named({"units": observable.unit}, energy_unit), magneton)["units"]


def _place(heat: Coordinate, larmor: Coordinate, energy_unit: str | None, magneton: Magneton) -> str:
    """Temperature and field in words."""
    if energy_unit is None:
        nuclear = "" if magneton == BOHR else f" (ω = {magneton.symbol}B: moments in {magneton.symbol})"
        return f"T = {heat.energy:g}, ω = {larmor.energy:g}{nuclear}"
    return (
        f"T = {heat.laboratory:g} K (k_BT = {heat.energy:g} {energy_unit}), "
        f"B = {larmor.laboratory:g} T (ω = {magneton.symbol}B = {larmor.energy:g} {energy_unit}); "
        f"energies in {energy_unit}"
    )


def _print_table(heading: str, units: Mapping[str, str], results: Sequence[dict[str, Any]]) -> None:
    rows = [
        (*row, "" if unit == "1" else unit.replace(ENERGY, "energy"))
        for name, unit in units.items()
        for row in _rows(name, results)
    ]
    labels, *values, last = zip(*rows, strict=True)
    click.echo(terminal.wrapped(heading))
    columns = {result["ensemble"]: cells for result, cells in zip(results, values, strict=True)}
    terminal.print_columns(labels, columns, last)
    for result in results:
        for name, reason in result["undefined"].items():
            click.echo(terminal.wrapped(f"{name}, {result['ensemble']}: {reason}."))


def _rows(name: str, results: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """One row, or one for each entry of an observable with an axis of its own."""
    entries = [result["values"].get(name) for result in results]
    reasons = [result["undefined"].get(name) for result in results]
    length = max((len(entry) for entry in entries if isinstance(entry, list)), default=0)
    if not length:
        yield name, *map(_cell, entries, reasons)
    for i in range(length):
        row = [entry[i] if isinstance(entry, list) else entry for entry in entries]
        yield f"{name} {i}", *map(_cell, row, reasons)


def _cell(value: float | None, reason: str | None) -> str:
    if value is None:
        return "∞" if reason == "infinite here" else "–"
    return f"{value:.10g}"


def _variables(given: Sequence[str], data: xr.Dataset) -> list[str]:
    """What of a dataset is asked for: names with commas, in any case."""
    known = [str(name) for name in data.data_vars]
    names = [part.strip() for text in given for part in text.split(",") if part.strip()]
    return list(dict.fromkeys(same_name(name, known) or name for name in names))


# -- figure ------------------------------------------------------------------------------------------


def _drawn(data: xr.Dataset, kind: str, x: str | None, names: list[str] | None, units: dict[str, Any]) -> Any:
    from quasispin import figures

    if kind != "curves" and x is not None:
        raise click.UsageError("--x goes with --kind curves.")
    if kind == "levels":
        if names:
            raise click.UsageError("--observable does not go with --kind levels.")
        return figures.levels(data, **units)
    if kind == "map":
        if names and len(names) > 1:
            raise click.UsageError("A map shows one --observable.")
        return figures.map(data, names[0] if names else None, **units)
    return figures.curves(data, x=x or "field", observables=names, **units)


def _save(axes: Any, output: Path) -> None:
    import numpy as np

    from quasispin.sweep.store import whole

    kind = output.suffix.lower()
    dates: dict[str, Any] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}.get(kind, {})
    with whole(output) as part:
        np.atleast_1d(axes)[0].figure.savefig(part, format=kind[1:], metadata=dates)


# -- shared ------------------------------------------------------------------------------------------


def _print_json(command: str, **content: Any) -> None:
    schema = {"schema": f"quasispin.{command}/1", "version": version("quasispin")}
    click.echo(terminal.dumped(schema | content, indent=2))


@contextmanager
def _bar(title: str, is_wanted: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on standard error, as a function of what is done and all there is."""
    if not is_wanted:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _complain(message: str, status: int) -> int:
    click.echo(message, err=True)
    return status


if __name__ == "__main__":
    main()
