"""What happens at the edges: a full standard output, an interruption while modules are loaded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from quasispin.cli import runfile
from quasispin.cli.app import main
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.mean_field import MeanField
from quasispin.ensembles.mean_field_shells import Blocked
from quasispin.errors import FileError
from quasispin.observables import free_energy
from quasispin.system.shell import Shell
from quasispin.system.system import System

COMMAND = [sys.executable, "-c", "from quasispin.cli.entry import main; main()"]
POINT = ["observe", "--shell", "orbital:2", "--electrons", "4", "--temperature", "0.1"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_standard_output_is_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, *POINT], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "Error: the output could not be written: No space left on device.\n"


def test_an_interruption_while_modules_load_is_one_line() -> None:
    program = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'quasispin.cli.app':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from quasispin.cli.entry import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Interrupted.\n")


@pytest.mark.parametrize(
    "words",
    [
        ["--shell", "orbital:5", "--gap-scale", "1e200"],
        ["--shell", "moments:1e308,1e308"],
        ["--shell", "orbital:5", "--field", "1e308"],
        ["--shell", "orbital:5", "--coupling", "1e-200"],
    ],
    ids=" ".join,
)
def test_numbers_beyond_all_reason_are_one_sentence(words: list[str]) -> None:
    call = [*COMMAND, "observe", "--electrons", "2", "--temperature", "0.1", *words]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: `")
    assert done.stderr.count("\n") == 1


def test_a_run_file_nested_too_deeply_is_one_sentence(tmp_path: Path) -> None:
    run = tmp_path / "run.toml"
    run.write_text("a=" + "[" * 3000, encoding="utf-8")
    call = [*COMMAND, "sweep", str(run), "-o", str(tmp_path / "out.nc")]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not valid TOML" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_file_of_another_kind_is_told_what_it_has_to_be(tmp_path: Path) -> None:
    table = tmp_path / "x.csv"
    table.write_text("temperature,gap\n0.1,1.0\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"x\.csv: is not valid TOML, as a run file \(\.toml\) has to be"):
        runfile.read(table)


def test_an_absurd_radius_is_one_sentence() -> None:
    call = [*COMMAND, "cluster", "--material", "Al", "--radius", "1e-200nm", "--electrons", "3"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "Error: `radius` must lie in [0.01, 1e+06], but is 1e-200.\n"


# -- what it would take, blocked levels ------------------------------------------------------------

FENCE = ["observe", *(part for k in range(6) for part in ("--shell", f"spin:1@{k}")), "--coupling", "0.5"]


def test_an_estimate_is_printed_and_nothing_is_computed() -> None:
    own = ["--coupling", "0.4871"]  # what other tests have solved is kept, and would take nothing
    options = ["--electrons", "5", "--temperature", "0.1", "--ensemble", "canonical", "--estimate"]
    asked = [*FENCE, *own, *options]
    told = CliRunner().invoke(main, asked)
    assert told.exit_code == 0
    assert re.match(
        r"canonical: [\d.]+ MiB, less than a second, \d+ blocks of up to 10 states\n", told.output
    )
    found = json.loads(CliRunner().invoke(main, [*asked, "--json"]).output)
    system = System([Shell.spin(1, float(k)) for k in range(6)], 5, 0.4871)
    assert found["estimates"]["canonical"] == Canonical(system).estimate()._asdict()


def test_a_blocked_level_is_reachable_from_the_command_line() -> None:
    asked = [*FENCE, "--electrons", "5", "--temperature", "0.1", "--ensemble", "mean-field", "--json"]
    found = json.loads(CliRunner().invoke(main, [*asked, "--blocked", "2"]).output)["results"][0]["values"]
    system = System([Shell.spin(1, float(k)) for k in range(6)], 5, 0.5)
    assert found["free_energy"] == free_energy(MeanField(system, Blocked(2)), 0.1)
    assert found["free_energy"] != free_energy(MeanField(system), 0.1)
    for wrong in ("x", "-1", "2:1:1", "2:"):
        told = CliRunner().invoke(main, [*asked, "--blocked", wrong])
        assert told.exit_code == 2
        assert "`blocked` must be the number of a shell" in told.output
    assert (
        "`shell` must lie in [0, 5], but is 6" in CliRunner().invoke(main, [*asked, "--blocked", "6"]).output
    )


def test_a_blocked_level_is_reachable_from_a_run_file(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    text = (
        "[system]\nelectrons = 3\ncoupling = 0.5\nshells = [{spin = 2}, {spin = 2, energy = 1.0}]\n"
        "[[ensemble]]\nkind = 'mean-field'\nblocked = {shell = 1}\n[grid]\ntemperature = 0.1\n"
    )
    path.write_text(text, encoding="utf-8")
    (ensemble,) = runfile.read(path).ensembles
    assert isinstance(ensemble, MeanField)
    assert ensemble.blocked == Blocked(1, 0)
    path.write_text(
        text.replace("mean-field", "canonical").replace("shell = 1", "shell = -1"), encoding="utf-8"
    )
    with pytest.raises(FileError) as caught:
        runfile.read(path)
    assert str(caught.value).split("\n") == [
        "run.toml: `ensemble[0].blocked.shell`: must be at least 0, but is -1.",
        "run.toml: `ensemble[0].blocked`: goes with the kind mean-field only.",
    ]
