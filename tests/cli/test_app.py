"""The command line is thin over the library: same numbers, one-line errors, documented JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import quasispin as qs
from quasispin import observables as obs
from quasispin.cli.app import main
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical
from quasispin.sweep import store
from quasispin.system.shell import Shell
from quasispin.system.system import System

GRAIN = System.single_shell(Shell.orbital(5), electrons=10, gap_scale=1.0)
POINT = ["--shell", "orbital:5", "--electrons", "10", "--temperature", "0.1", "--field", "0.2"]
EXAMPLE = Path(__file__).parents[2] / "examples" / "run.toml"
RUN = """
observables = ["gap", "entropy"]
[system]
shell = {orbital = 2}
electrons = 4
gap_scale = 1.0
[[ensemble]]
kind = "canonical"
[grid]
temperature = [0.1, 0.2]
field = {start = 0.0, stop = 1.0, points = 11}
"""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run.toml"
    path.write_text(RUN, encoding="utf-8")
    return path


@pytest.fixture
def swept(run: Path, tmp_path: Path) -> Path:
    path = tmp_path / "out.nc"
    assert call("sweep", run, "-o", path).exit_code == 0
    return path


def test_help_names_every_command() -> None:
    result = call("--help")
    assert result.exit_code == 0
    for name in ("observe", "sweep", "figure", "reproduce", "verify", "cite"):
        assert f"\n  {name} " in result.output
        assert call(name, "--help").exit_code == 0


def test_observe_prints_what_the_library_says() -> None:
    result = call(
        "observe", *POINT, "--observable", "gap", "--ensemble", "canonical", "--ensemble", "mean-field"
    )
    assert result.exit_code == 0
    assert f"{obs.gap(Canonical(GRAIN), 0.1, 0.2):.10g}" in result.output
    assert repr(GRAIN) in result.output


@pytest.mark.parametrize("shell", ["jj:11/2,0.35@-1", "jj:5.5,0.35@-1"])
def test_observe_takes_j_shells(shell: str) -> None:
    result = call("observe", "--shell", shell, "--electrons", 4, "--coupling", 0.2, "--temperature", 0.1)
    assert result.exit_code == 0
    assert repr(System(Shell.jj(5.5, 0.35, energy=-1.0), 4, 0.2)) in result.output


@pytest.mark.parametrize("shell", ["jj:11/3", "jj:11/", "jj:1/2,1,1", "jj:5", "jj:nan", "jj:"])
def test_observe_refuses_what_is_no_j_shell(shell: str) -> None:
    result = call("observe", "--shell", shell, "--electrons", 4, "--coupling", 0.2, "--temperature", 0.1)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_observe_speaks_json_with_every_digit() -> None:
    result = call(
        "observe", *POINT, "--json", "--observable", "gap", "--observable", "seniority_distribution"
    )
    answer = json.loads(result.stdout)
    assert answer["schema"] == "quasispin.observe/1"
    assert System.from_dict(answer["system"]) == GRAIN
    assert answer["units"]["gap"] == "unit of the coupling"
    (found,) = answer["results"]
    assert found["ensemble"] == "canonical"
    assert found["values"]["gap"] == obs.gap(Canonical(GRAIN), 0.1, 0.2)
    assert (
        found["values"]["seniority_distribution"]
        == obs.seniority_distribution(Canonical(GRAIN), 0.1, 0.2).tolist()
    )


def test_json_says_why_a_value_is_missing_or_infinite() -> None:
    crossing = float(GRAIN.crossing_fields()[0])
    point = ["--shell", "orbital:5", "--electrons", 10, "--temperature", 0, "--field", repr(crossing)]
    result = call(
        "observe", *point, "--json", "--observable", "susceptibility", "--observable", "chemical_potential"
    )
    (found,) = json.loads(result.stdout)["results"]
    assert found["values"] == {"susceptibility": None, "chemical_potential": None}
    assert found["undefined"]["susceptibility"] == "infinite here"
    assert len(found["undefined"]["chemical_potential"]) > 10


def test_observe_takes_several_shells_with_energies() -> None:
    result = call(
        "observe", "--shell", "orbital:1", "--shell", "moments:2,1@0.7", "--electrons", 4, "--coupling", 0.2,
        "--temperature", 0.1, "--json", "--observable", "entropy",
    )  # fmt: skip
    system = System([Shell.orbital(1), Shell([2, 1], energy=0.7)], 4, 0.2)
    assert json.loads(result.stdout)["results"][0]["values"]["entropy"] == obs.entropy(Canonical(system), 0.1)


def test_observe_takes_a_chemical_potential_for_the_grand_canonical_ensemble() -> None:
    options = [
        "--ensemble",
        "grand-canonical",
        "--chemical-potential",
        0.3,
        "--json",
        "--observable",
        "entropy",
    ]
    found = json.loads(call("observe", *POINT, *options).stdout)["results"][0]["values"]["entropy"]
    assert found == obs.entropy(GrandCanonical(GRAIN, chemical_potential=0.3), 0.1, 0.2)
    assert call("observe", *POINT, "--chemical-potential", 0.3).exit_code == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--electrons", "99"], "Error: `electrons` must lie in [0, 22], but is 99."),
        (["--temperature", "-1"], "Error: `temperature` must be at least 0, but holds -1."),
        (["--temperature", "nan"], "Error: `temperature` must be finite everywhere, but holds nan."),
        (
            ["--gap-scale", "1", "--coupling", "1"],
            "Error: Exactly one of `gap_scale` and `coupling` must be given.",
        ),
    ],
)
def test_errors_are_one_line_on_standard_error_with_exit_code_2(change: list[str], words: str) -> None:
    result = call("observe", *POINT, *change)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", words + "\n")


@pytest.mark.parametrize(
    "text", ["orbital", "orbital:x", "orbital:1,2", "cube:3", ":", "orbital:1@x", "moments:"]
)
def test_a_shell_that_cannot_be_read_is_refused(text: str) -> None:
    result = call("observe", "--shell", text, "--electrons", 1, "--temperature", 0)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_an_unknown_choice_lists_what_there_is() -> None:
    result = call("observe", *POINT, "--ensemble", "micro")
    assert result.exit_code == 2
    assert "'grand-canonical'" in result.stderr


def test_sweep_writes_what_the_run_file_asks_for(swept: Path) -> None:
    data = store.read(swept)
    assert dict(data.sizes) == {"ensemble": 1, "temperature": 2, "field": 11}
    system = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)
    assert data.gap.sel(temperature=0.2, field=1.0).item() == obs.gap(Canonical(system), 0.2, 1.0)


def test_sweep_shows_a_bar_on_request_on_standard_error_only(run: Path, tmp_path: Path) -> None:
    result = call("sweep", run, "-o", tmp_path / "out.nc", "--progress")
    assert result.exit_code == 0
    assert "100%" in result.stderr
    assert "100%" not in result.stdout


def test_the_example_run_file_works_as_the_readme_says(tmp_path: Path) -> None:
    result = call("sweep", EXAMPLE, "-o", tmp_path / "out.nc")
    assert result.exit_code == 0
    assert store.read(tmp_path / "out.nc").ensemble.values.tolist() == ["canonical", "BCS"]


@pytest.mark.parametrize("suffix", ["pdf", "png", "svg"])
def test_figure_draws_every_format(swept: Path, tmp_path: Path, suffix: str) -> None:
    picture = tmp_path / f"fig.{suffix}"
    assert call("figure", swept, "-o", picture).exit_code == 0
    start = {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<?xml"}[suffix]
    assert picture.read_bytes().startswith(start)


@pytest.mark.parametrize(
    "options",
    [
        ["--x", "temperature"],
        ["--kind", "map", "--observable", "gap"],
        ["--kind", "levels", "--energy-unit", "meV"],
    ],
)
def test_figure_draws_every_kind(swept: Path, tmp_path: Path, options: list[str]) -> None:
    assert call("figure", swept, "-o", tmp_path / "fig.png", *options).exit_code == 0


def test_the_same_figure_has_the_same_bytes(swept: Path, tmp_path: Path) -> None:
    one, two = (tmp_path / name for name in ("one.pdf", "two.pdf"))
    for picture in (one, two):
        call("figure", swept, "-o", picture)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "fig.jpg"], "`output` must end in .pdf, .png, .svg, but is 'fig.jpg'."),
        (["-o", "fig.png", "--x", "size"], "`x` must be a dimension of the data"),
        (["-o", "fig.png", "--observable", "gab"], "must be among gap, entropy, but holds 'gab'."),
        (["-o", "fig.png", "--kind", "map"], "must say which of gap, entropy to draw."),
        (["-o", "fig.png", "--kind", "map", "--x", "field"], "--x goes with --kind curves."),
        (["-o", "no/folder/fig.png"], "cannot be written: No such file or directory."),
    ],
)
def test_figures_that_cannot_be_are_refused(
    swept: Path, options: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(swept.parent)
    result = call("figure", swept, *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    assert "does not exist." in call("figure", tmp_path / "no.nc", "-o", "fig.png").stderr
    assert (
        "cannot be read: No such file" in call("sweep", tmp_path / "no.toml", "-o", tmp_path / "o.nc").stderr
    )


def test_a_wrong_output_name_is_noticed_before_the_sweep(run: Path) -> None:
    assert "must end in .nc" in call("sweep", run, "-o", "out.txt").stderr


def test_cite_has_the_package_and_the_paper() -> None:
    text = call("cite").stdout
    assert "cond-mat/0002030" in text
    assert "@software{quasispin," in text
    answer = json.loads(call("cite", "--json").stdout)
    assert answer["schema"] == "quasispin.cite/1"
    assert answer["paper_bibtex"] in text


def test_reproduce_and_verify_hand_over_and_return_their_exit_code(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def reproduce(out: Path, *, as_json: bool) -> int:
        asked.append((out, as_json))
        return 3

    def verify(system: object, *, as_json: bool, progress: object) -> int:
        asked.append((system, as_json, progress))
        return 0

    monkeypatch.setitem(sys.modules, "quasispin.paper.reproduce", _module(reproduce=reproduce))
    monkeypatch.setitem(sys.modules, "quasispin.verification.run", _module(verify=verify))
    assert call("reproduce", "--out", tmp_path / "new", "--json").exit_code == 3
    assert call("verify", run).exit_code == 0
    assert call("verify", "--json").exit_code == 0
    system = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)
    assert asked == [(tmp_path / "new", True), (system, False, None), (None, True, None)]


def test_an_empty_folder_name_is_not_the_current_folder() -> None:
    for name in ("", " "):
        result = call("reproduce", "--beyond", "--out", name)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "Error: `out` must be the name of a folder, but is empty.\n"


def test_a_folder_below_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = call("reproduce", "--out", tmp_path / "file" / "x")
    assert result.exit_code == 2
    assert result.stderr.endswith(": Not a directory.\n")
    assert "Errno" not in result.stderr


def test_an_interruption_is_one_line_and_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("quasispin.cli.citation.text", stop)
    result = call("cite")
    assert (result.exit_code, result.stdout, result.stderr.strip()) == (130, "", "Interrupted.")


def test_control_c_stops_a_running_sweep_without_a_traceback_or_a_file(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from quasispin.cli.app import main\n"
        "from quasispin.sweep import tasks\n"
        "tasks.together = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"
        "main(sys.argv[1:])\n"
    )
    output = tmp_path / "out.nc"
    command = [sys.executable, "-c", code, "sweep", str(EXAMPLE), "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr.strip() == "Interrupted."
    assert not output.exists()
    assert signal.getsignal(signal.SIGINT) is not None


def test_a_closed_pipe_is_silent() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "quasispin.cli.app", "cite"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.stderr == b""


def _module(**content: object) -> Any:
    import types

    module = types.ModuleType("stand_in")
    module.__dict__.update(content)
    return module


FENCE = [f"--shell=spin:1@{level}" for level in range(7)]


def test_accuracy_prints_what_the_values_may_miss() -> None:
    asked = [
        *["observe", *FENCE, "--electrons=6", "--coupling=0.5", "--temperature=0.2", "--accuracy=1e-3"],
        *["--ensemble=canonical", "--ensemble=mean-field", "--observable=free_energy", "--json"],
    ]
    said = json.loads(call(*asked).stdout)
    left_out, mean_field = said["results"]
    exact = json.loads(call(*[word for word in asked if "accuracy" not in word]).stdout)["results"][0]
    missed = abs(left_out["values"]["free_energy"] - exact["values"]["free_energy"])
    assert 0 < missed <= left_out["values"]["free_energy_bound"] < 1e-3
    assert "free_energy_bound" not in mean_field["values"]
    assert said["units"]["free_energy_bound"] == said["units"]["free_energy"]
    table = call(*[word for word in asked if word != "--json"]).stdout
    assert "free_energy_bound" in table


def test_accuracy_is_for_exact_ensembles() -> None:
    result = call(
        *["observe", *FENCE, "--electrons=6", "--coupling=0.5", "--temperature=0.2"],
        *["--accuracy=1e-3", "--ensemble=mean-field"],
    )
    assert result.exit_code == 2
    assert "--accuracy goes with --ensemble canonical, grand-canonical or number-parity." in result.stderr


def test_levels_of_shells_and_of_a_scheme(tmp_path: Path) -> None:
    from quasispin.ensembles.low_levels import lowest_levels
    from quasispin.system.examples import tin
    from quasispin.system.system import System

    result = call("levels", "--shell", "moments:1@0", "--shell", "moments:1@1", "-N", 2, "--coupling", 0.5)
    assert result.exit_code == 0
    assert "states" in result.output
    scheme = Path(__file__).parents[2] / "src/quasispin/system/data/tin.toml"
    found = json.loads(call("levels", scheme, "-N", 13, "--count", 5, "--json").stdout)
    assert found["schema"] == "quasispin.levels/1"
    assert System.from_dict(found["system"]) == tin(13)
    assert found["levels"] == lowest_levels(tin(13), 5).to_dicts()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Either a file SCHEME or --shell must be given."),
        (("--shell", "orbital:1"), "--shell needs --electrons."),
        (("nowhere.csv", "--gap-scale", "1"), "nowhere.csv: cannot be read: No such file or directory."),
        (("--shell", "orbital:1", "-N", "2", "--count", "0"), "`count` must lie in [1, 1000], but is 0."),
    ],
)
def test_wrong_requests_for_levels_are_told_in_a_sentence(words: tuple[str, ...], message: str) -> None:
    result = call("levels", *words)
    assert result.exit_code == 2
    assert message in result.stderr


# -- tables of levels ------------------------------------------------------------------------------


TABLE = "name  E(MeV)  degeneracy\nd5/2  0.0  6\ng7/2  0.22  8\n"
READ = "levels read: 2, energy in column 2, MeV; separated by spaces; "


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "levels.dat"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_observe_reads_a_table_of_levels_and_says_how(table: Path) -> None:
    asked = ["-N", 4, "--coupling", "100keV", "-T", "0.2MeV", "-o", "entropy", "--json"]
    result = call("observe", "--levels", table, "--degeneracy", "states", *asked)
    assert result.exit_code == 0, result.stderr
    assert " ".join(result.stderr.split()).startswith(f"{READ}degeneracy counts states")
    found = json.loads(result.stdout)
    system = qs.System([qs.Shell.spin(3), qs.Shell.spin(4, energy=0.22)], 4, 0.1)
    assert [shell["energy"] for shell in found["system"]["shells"]] == [0.0, 0.22]
    assert found["energy_unit"] == "MeV"
    assert found["results"][0]["values"]["entropy"] == qs.entropy(qs.Canonical(system), temperature=0.2)
    as_shells = call("observe", "--shell=spin:3@0", "--shell=spin:4@0.22", "--energy-unit=MeV", *asked)
    assert json.loads(as_shells.stdout)["results"] == found["results"]
    pairs = call("observe", "--levels", table, *asked)
    assert "degeneracy counts pairs (the default;" in " ".join(pairs.stderr.split())


def test_a_scheme_gives_observe_electrons_and_coupling() -> None:
    scheme = Path(__file__).parents[2] / "src/quasispin/system/data/tin.toml"
    found = json.loads(call("observe", "--levels", scheme, "-N", 4, "-T", 0.5, "--json").stdout)
    assert qs.System.from_dict(found["system"]) == qs.tin(4)


def test_one_level_of_a_table_takes_a_gap_scale(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("energy,pairs\n0,3\n", encoding="utf-8")
    found = json.loads(
        call(
            "observe", "--levels", tmp_path / "one.csv", "-N", 2, "--gap-scale", 2, "-T", 0.5, "--json"
        ).stdout
    )
    assert qs.System.from_dict(found["system"]) == qs.System.single_shell(qs.Shell.spin(3), 2, gap_scale=2.0)


def test_levels_takes_the_unit_and_the_reading_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "bare.txt"
    path.write_text("a;0,0;6\nb;0,5;8\n", encoding="utf-8")
    asked = ["-N", 4, "--coupling", 0.1, "--count", 2, "--json"]
    found = call("levels", path, "--columns", "label,energy,degeneracy", "--degeneracy=states", *asked)
    system = qs.System([qs.Shell.spin(3), qs.Shell.spin(4, energy=0.5)], 4, 0.1)
    assert found.exit_code == 0, found.stderr
    assert json.loads(found.stdout)["system"]["shells"] == system.to_dict()["shells"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-N", "4", "--coupling", "0.1", "--energy-unit", "meV"), "the energies of the file are in MeV."),
        (("-N", "4", "--gap-scale", "0.1"), "Several shells need --coupling and have no --gap-scale."),
        (("-N", "4", "--shell", "orbital:1"), "Either --levels or --shell must be given."),
        (("-N", "4"), "`coupling`"),
        (("-N", "4", "--coupling", "0.1", "--columns", "energy,colour"), "`columns` must be one of"),
    ],
)
def test_wrong_requests_for_tables_are_told_in_a_sentence(
    table: Path, words: tuple[str, ...], message: str
) -> None:
    result = call("observe", "--levels", table, "-T", 0.1, *words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_how_a_table_is_read_needs_a_table() -> None:
    result = call("observe", "--shell=orbital:1", "-N", 2, "-T", 0.1, "--decimal", ",")
    assert result.exit_code == 2
    assert "--decimal says how a file of levels is read, and goes with --levels." in result.stderr
