"""The command line in every terminal: encodings without Greek letters, few columns, short words, pipes."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quasispin import observables as obs
from quasispin.cli import runfile
from quasispin.cli.app import main
from quasispin.cli.terminal import in_ascii, plain
from quasispin.ensembles.canonical import Canonical
from quasispin.sweep import store
from quasispin.system.shell import Shell
from quasispin.system.system import System
from quasispin.units import NUCLEAR

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from quasispin.cli.entry import main; main()"]
POINT = ["observe", "--shell", "orbital:2", "-N", "4", "-T", "0.1"]
CLUSTER = ["cluster", "--material", "Al", "--radius", "1nm"]
ENCODINGS = ["cp1252", "latin-1", "ascii", "utf-8"]
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


def call(*arguments: object, **options: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], **options)  # type: ignore[arg-type]


def spoken(encoding: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    return subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, check=False)


def test_what_is_raised_stands_behind_a_sign() -> None:
    assert (
        plain("10⁻⁶Δ₀, nm⁻³, N^⅓, ħ²(3π²n_e)^⅔/2m_e")
        == "10^-6Delta0, nm^-3, N^(1/3), hbar^2(3pi^2n_e)^(2/3)/2m_e"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_in_few_columns_no_deviation_is_broken(encoding: str) -> None:
    words = ["verify", str(ROOT / "examples" / "run.toml")]
    pages = []
    for columns in ("60", "1000"):
        told = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "COLUMNS": columns}
        done = subprocess.run([*COMMAND, *words], env=told, capture_output=True, check=True)
        pages.append(done.stdout.decode(encoding))
    numbers = [re.findall(r"\d+\.\d+(?:e[-+]\d+)?", page) for page in pages]
    assert len(numbers[1]) > 15
    assert numbers[0] == numbers[1]


# -- encodings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_page_with_greek_letters_is_written_in_every_encoding(encoding: str) -> None:
    for words in (POINT, CLUSTER):
        done = spoken(encoding, *words)
        assert done.returncode == 0, done.stderr
        text = done.stdout.decode(encoding)
        assert ("Δ₀" in text) == (encoding == "utf-8")
        assert "Traceback" not in done.stderr.decode(encoding)
        if encoding != "utf-8":
            assert "Delta0" in text
            assert "?" not in text.replace("valid here?", "")
    table = spoken(encoding, *POINT).stdout.decode(encoding)
    assert ("│" in table) == (encoding == "utf-8")
    assert ("| gap " in table) == (encoding != "utf-8")


HELPS = """
import sys
from quasispin.cli.app import main
for name in [[], *([one] for one in main.commands)]:
    try:
        main([*name, "--help"])
    except SystemExit as stop:
        assert stop.code == 0, name
    print("=====")
"""


@pytest.mark.parametrize("encoding", ENCODINGS[:3])
def test_every_help_is_written_in_every_encoding(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", HELPS], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = done.stdout.decode(encoding).split("=====")
    assert len(pages) == len(main.commands) + 2
    assert all(page.lstrip().startswith("Usage:") for page in pages[:-1])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_and_errors_keep_every_letter_or_spell_it(encoding: str) -> None:
    done = spoken(encoding, *POINT, "-B", "99999", "-o", "seniority_distribution,susceptibility", "--json")
    system = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)
    assert System.from_dict(json.loads(done.stdout.decode(encoding))["system"]) == system
    wrong = spoken(encoding, *POINT, "-B", "ω")
    assert wrong.returncode == 2
    assert ("mu_B" if encoding == "ascii" else "B as a number") in wrong.stderr.decode(encoding)


def test_what_is_no_letter_of_ascii_has_a_spelling() -> None:
    assert [in_ascii(letter) for letter in "Δ₀²é±⟨"] == ["Delta", "0", "2", "e", "+-", "<"]
    assert in_ascii("漢") == "?"


# -- few columns -------------------------------------------------------------------------------------


def in_terminal(columns: int, *arguments: str) -> str:
    """What a terminal of so many columns shows."""
    pty = pytest.importorskip("pty")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    environment |= {"TERM": "dumb", "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=follower, stdout=follower, stderr=follower, env=environment
    ) as process:
        os.close(follower)
        parts = []
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # Linux ends a terminal so
                break
            if not part:
                break
            parts.append(part)
        os.close(leader)
    assert process.returncode == 0
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_at_sixty_columns_no_number_is_broken() -> None:
    kinds = "canonical,grand-canonical,number-parity,mean-field"
    words = [*POINT, "--ensemble", kinds, "-o", "gap,entropy,susceptibility,seniority_distribution"]
    text = in_terminal(60, *words)
    assert max(map(len, text.split("\n"))) <= 60
    system = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)
    for value in (obs.gap(Canonical(system), 0.1), obs.entropy(Canonical(system), 0.1)):
        assert f"{value:.10g}" in text
    assert all(kind in text for kind in kinds.split(","))


def test_at_sixty_columns_a_table_of_deviations_breaks_no_number(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(RUN, encoding="utf-8")
    wide = re.findall(r"\d\.?\d*e[+-]\d+", call("verify", path).stdout)
    narrow = re.findall(r"\d\.?\d*e[+-]\d+", in_terminal(60, "verify", str(path)))
    assert len(narrow) == len(wide) > 10


@pytest.mark.parametrize("columns", [60, 40])
def test_the_page_on_a_cluster_breaks_between_words(columns: int) -> None:
    wide = call(*CLUSTER).output
    narrow = in_terminal(columns, *CLUSTER)
    assert narrow.split() == wide.split()
    longest = max(map(len, wide.split()))
    assert max(map(len, narrow.split("\n"))) <= max(columns, longest + 6)


# -- short words, lists, names -----------------------------------------------------------------------


def test_short_options_are_the_long_ones() -> None:
    short = call("observe", "--shell", "orbital:5", "-N", 10, "-T", 0.1, "-B", 0.2, "-o", "gap")
    long = call(
        "observe", "--shell", "orbital:5", "--electrons", 10, "--temperature", 0.1, "--field", 0.2,
        "--observable", "gap",
    )  # fmt: skip
    assert short.exit_code == 0
    assert short.output == long.output


@pytest.mark.parametrize(
    "words",
    [
        ["-o", "heat_capacity,gap"],
        ["-o", "heat-capacity, GAP"],
        ["-o", "Heat_Capacity", "-o", "gap,gap"],
        ["--observable", "HEAT-CAPACITY,", "--observable", "Gap"],
    ],
)
def test_observables_are_named_in_lists_and_in_any_case(words: list[str]) -> None:
    usual = call(*POINT, "-o", "heat_capacity", "-o", "gap").output
    assert call(*POINT, *words).output == usual


def test_an_unknown_name_is_told_which_there_are() -> None:
    result = call(*POINT, "-o", "gap,warmth")
    assert result.exit_code == 2
    assert "'warmth' is not one of 'gap', 'connected_gap'" in result.output


def test_ensembles_geometries_and_metals_are_named_in_any_case() -> None:
    both = call(*POINT, "--ensemble", "Mean_Field,CANONICAL", "--json")
    assert [one["ensemble"] for one in json.loads(both.stdout)["results"]] == ["mean-field", "canonical"]
    usual = call(
        "cluster", "--material", "Al", "--radius", "1nm", "--geometry", "spin-orbit", "--strength", "9meV"
    )
    other = call(
        "cluster", "--material", "AL", "--radius", "1nm", "--geometry", "Spin_Orbit", "--strength", "9meV"
    )
    assert usual.exit_code == other.exit_code == 0
    assert usual.output == other.output


@pytest.mark.parametrize(
    "words",
    [
        ["--gap-scale", "0.35meV", "-T", "0.1meV", "-B", "0.2meV"],
        ["--gap-scale", "0.35 meV", "-T", "0.1", "-B", "0.2"],
        ["--gap-scale", "0.35", "-T", "0.1meV", "-B", "0.2"],
        ["--gap-scale", "350e-6eV", "-T", "0.0001eV", "-B", "0.2meV", "--energy-unit", "meV"],
        ["--coupling", "0.14meV", "-T", "0.1", "-B", "0.2meV"],
    ],
)
def test_an_energy_may_have_its_unit_anywhere(words: list[str]) -> None:
    found = json.loads(call("observe", "--shell", "orbital:2", "-N", 4, *words, "--json").stdout)
    system = System.single_shell(Shell.orbital(2), 4, gap_scale=0.35)
    assert found["energy_unit"] == "meV"
    assert found["temperature_kelvin"] == pytest.approx(1.16045, rel=1e-5)
    (result,) = found["results"]
    assert result["values"]["entropy"] == pytest.approx(obs.entropy(Canonical(system), 0.1, 0.2), rel=1e-12)


def test_energies_in_two_units_ask_which_the_answer_has() -> None:
    result = call(*POINT, "--gap-scale", "350eV", "-B", "0.2meV")
    assert result.exit_code == 2
    assert result.output == "Error: Energies in eV and meV need --energy-unit to say in what the answer is.\n"


def test_the_energy_of_a_shell_may_have_a_unit() -> None:
    box = ["--shell", "spin:2@0.5meV", "--shell", "spin:1@1", "-N", 3, "--coupling", "0.3"]
    found = json.loads(call("observe", *box, "-T", "0.1", "--json").stdout)
    assert [shell["energy"] for shell in found["system"]["shells"]] == [0.5, 1.0]
    assert found["energy_unit"] == "meV"


@pytest.mark.parametrize(
    "words",
    [
        ["-N", "１０"],
        ["-T", "٠.١"],
        ["--gap-scale", "١"],
        ["--shell", "orbital:٣"],
        ["-T", "0_1"],
        ["-N", "1_0"],
    ],
)
def test_digits_of_other_scripts_are_refused(words: list[str]) -> None:
    result = call(*POINT, *words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


# -- nuclei ------------------------------------------------------------------------------------------


def test_a_field_in_tesla_on_a_nucleus_takes_the_nuclear_magneton() -> None:
    box = ["observe", "--shell", "jj:11/2", "-N", 4, "--coupling", "0.2MeV", "-T", "0.5", "-B", "2T"]
    found = json.loads(call(*box, "-o", "magnetic_moment", "--json").stdout)
    assert found["field"] == pytest.approx(2 * NUCLEAR.tesla * 1e-9, rel=1e-12)
    assert found["units"]["magnetic_moment"] == "mu_N"
    assert found["system"]["shells"][0]["magneton"] == "nuclear"
    assert "(ω = μ_NB = " in call(*box).output
    bohr = json.loads(call(*box, "-o", "magnetic_moment", "--magneton", "bohr", "--json").stdout)
    assert bohr["field"] / found["field"] == pytest.approx(1836.15267, rel=1e-6)
    mixed = call(*box, "--shell", "spin:2")
    assert mixed.exit_code == 2
    assert "The shells of a system must have moments in one magneton" in mixed.output
    assert call(*box, "--shell", "spin:2", "--magneton", "nuclear").exit_code == 0


def test_a_run_file_in_tesla_takes_the_magneton_of_its_system(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    text = """
        units = {energy = "MeV"}
        system = {shell = {jj = 5.5}, electrons = 4, coupling = 0.2}
        ensemble = {kind = "canonical"}
        grid = {temperature = 0.5, field = {values = 2, unit = "T"}}
    """
    for change, tesla in (("", NUCLEAR.tesla), ('magneton = "bohr", ', 0.0578838180)):
        path.write_text(text.replace("{shell", "{" + change + "shell"), encoding="utf-8")
        assert runfile.read(path).field == pytest.approx(2 * tesla * 1e-9, rel=1e-8)


# -- run files as people write them --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("points = 11", "points = 11.0"),
        ("electrons = 4", "electrons = 4.0"),
        ("orbital = 2", "orbital = 2.0"),
        ("[[ensemble]]", "[ensemble]"),
        ('["gap", "entropy"]', '"gap, entropy"'),
        ('["gap", "entropy"]', '["Gap", "ENTROPY"]'),
        ('"canonical"', '"Canonical"'),
        ("", "\ufeff"),
        ("\n", "\r\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_run_file_is_understood(tmp_path: Path, one: str, other: str, encoding: str) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(RUN.encode())
    usual = runfile.read(path)
    text = RUN.replace(one, other) if one else other * (encoding == "utf-8") + RUN
    path.write_bytes(text.encode(encoding))
    run = runfile.read(path)
    assert (run.system, run.temperature, run.field) == (usual.system, usual.temperature, usual.field)
    assert (run.observables, run.ensembles) == (usual.observables, usual.ensembles)


def test_half_a_point_is_still_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(RUN.replace("points = 11", "points = 11.5"), encoding="utf-8")
    result = call("sweep", path, "-o", tmp_path / "out.nc")
    assert result.exit_code == 2
    assert "`grid.field.points`: must be a whole number, but is 11.5." in result.output


def test_a_table_of_levels_says_on_standard_error_how_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "levels.txt").write_text("E (meV)  degeneracy\n0.0  2\n0.5  2\n", encoding="utf-8")
    path = tmp_path / "run.toml"
    box = '[system]\nlevels = "levels.txt"\ndegeneracy = "states"\nelectrons = 2\ncoupling = 0.1\n'
    rest = '[ensemble]\nkind = "canonical"\n[grid]\ntemperature = {values = 1, unit = "K"}\n'
    path.write_text('units = {energy = "meV"}\n' + box + rest, encoding="utf-8")
    result = call("sweep", path, "-o", tmp_path / "out.nc")
    assert result.exit_code == 0
    note = "Note: levels.txt: levels read: 2, energy in column 1, meV; separated by spaces; degeneracy counts"
    assert result.stderr.startswith(f"{note} states;")
    assert runfile.read_system(path) == System([Shell.spin(1), Shell.spin(1, energy=0.5)], 2, 0.1)
    assert call("verify", path).stderr.startswith(f"{note} states;")
    path.write_text('units = {energy = "MeV"}\n' + box + rest, encoding="utf-8")
    refused = call("sweep", path, "-o", tmp_path / "other.nc")
    assert "`units.energy`: must be 'meV', as the header of levels.txt says, but is 'MeV'." in refused.output


def test_a_run_file_may_come_from_a_pipe(tmp_path: Path) -> None:
    out = tmp_path / "out.nc"
    assert call("sweep", "-", "-o", out, input=RUN).exit_code == 0
    assert set(store.read(out).data_vars) == {"gap", "entropy"}
    broken = call("sweep", "-", "-o", out, input="[system")
    assert broken.exit_code == 2
    assert broken.output.startswith("Error: standard input: is not valid TOML: ")


# -- help, version, pictures, folders ------------------------------------------------------------------


def test_version_and_help_have_the_words_that_people_try() -> None:
    assert call("-V").output == call("--version").output
    assert call("help").output == call("--help").output
    assert call("help", "observe").output == call("observe", "--help").output
    assert call("help", "nothing").exit_code == 2


def test_a_picture_may_end_in_capitals(tmp_path: Path) -> None:
    out = tmp_path / "out.nc"
    assert call("sweep", "-", "-o", out, input=RUN).exit_code == 0
    drawn = call("figure", out, "-o", tmp_path / "GAP.PNG", "--observable", "GAP,entropy")
    assert drawn.exit_code == 0
    assert (tmp_path / "GAP.PNG").read_bytes().startswith(b"\x89PNG")


def test_reproduce_leaves_a_folder_of_others_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import quasispin.paper.reproduce as module

    asked: list[Path] = []

    def reproduced(out: Path, **_: object) -> int:
        asked.append(out)
        return 0

    monkeypatch.setattr(module, "reproduce", reproduced)
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    assert call("reproduce", "-o", thesis).exit_code == 0  # it is empty
    (thesis / "chapter.tex").touch()
    (thesis / "notes.md").touch()
    refused = call("reproduce", "-o", thesis)
    assert refused.exit_code == 2
    assert refused.output == (
        f"Error: `out` must be a new folder or one of `reproduce`, but {thesis} holds 'chapter.tex' "
        "and 1 more: name another folder, or say --force.\n"
    )
    assert len(asked) == 1
    assert call("reproduce", "-o", thesis, "--force").exit_code == 0
    (tmp_path / "own").mkdir()
    for name in ("fig1.pdf", "fig4-jump.csv", "fig1.nc"):  # a run that was killed
        (tmp_path / "own" / name).touch()
    assert call("reproduce", "-o", tmp_path / "own").exit_code == 0
    (thesis / "claims.json").touch()  # an earlier run, and notes beside it
    assert call("reproduce", "-o", thesis).exit_code == 0
    assert len(asked) == 4


def test_a_shell_completes_commands_and_names() -> None:
    words = {
        "_QUASISPIN_COMPLETE": "bash_complete",
        "COMP_WORDS": "quasispin observe --observable ga",
        "COMP_CWORD": "3",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from quasispin.cli.app import main; main(prog_name='quasispin')"],
        env={**os.environ, **words},
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.findall(r"plain,(\S+)", done.stdout) == ["gap"]
