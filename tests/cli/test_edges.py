"""What happens at the edges: a full standard output, an interruption while modules are loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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


def test_an_absurd_radius_is_one_sentence() -> None:
    call = [*COMMAND, "cluster", "--material", "Al", "--radius", "1e-200nm", "--electrons", "3"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "Error: `radius` must lie in [0.01, 1e+06], but is 1e-200.\n"
