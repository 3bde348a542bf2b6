"""Every ensemble is in one table; another one is a file and a line there, and is then known everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from click.testing import CliRunner

from quasispin import figures
from quasispin.cli.app import main
from quasispin.cli.runfile import read
from quasispin.ensembles import catalogue
from quasispin.ensembles.canonical import Canonical
from quasispin.errors import UndefinedError
from quasispin.figures import style
from quasispin.observables import gap, internal_energy, parity_gap
from quasispin.sweep.run import sweep
from quasispin.system.shell import Shell
from quasispin.system.system import System
from tests.ensembles.frozen import Frozen

GRAIN = System.single_shell(Shell.orbital(2), 4, gap_scale=1.0)
ONE_POINT = ["observe", "--shell", "orbital:2", "-N", "4", "-T", "0.5"]
RUN = """
observables = ["gap"]
[system]
shell = { orbital = 2 }
electrons = 4
gap_scale = 1.0
[[ensemble]]
kind = "frozen-in"
accuracy = 1e-6
[[ensemble]]
kind = "canonical"
[grid]
temperature = [0.1, 0.5]
field = 0.3
"""


@pytest.fixture(autouse=True)
def line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.HOMES, "frozen-in", "tests.ensembles.frozen:Frozen")


def test_words_and_names_agree() -> None:
    for word, one in catalogue.classes().items():
        assert one.name.replace(" ", "-") == word
        assert one.kind() == catalogue.HOMES[word].partition(":")[2]
        assert one.short()


def test_observables_take_it() -> None:
    assert gap(Frozen(GRAIN), temperature=0.5) == gap(Canonical(GRAIN), temperature=0.0)
    with pytest.raises(UndefinedError, match="in the frozen in ensemble"):
        parity_gap(Frozen(GRAIN), temperature=0.5)


def test_sweeps_and_figures_take_it() -> None:
    data = sweep(
        Frozen(GRAIN), Canonical(GRAIN), temperature=[0.1, 0.5], field=np.linspace(0, 0.6, 5), observables=gap
    )
    assert data["ensemble"].values.tolist() == ["frozen in", "canonical"]
    assert style.dashes(data) == {"frozen in": style.DOTS, "canonical": "-"}
    assert figures.curves(data, x="field") is not None
    plt.close("all")


def test_run_files_and_the_command_line_take_it(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(RUN, encoding="utf-8")
    run = read(tmp_path / "run.toml")
    assert run.ensembles == (Frozen(run.system, 1e-6), Canonical(run.system))
    arguments = [
        "observe",
        "--shell",
        "orbital:2",
        "-N",
        "4",
        "-T",
        "0.5",
        "--ensemble",
        "Frozen_in",
        "--json",
    ]
    result = CliRunner().invoke(main, [*arguments, "-o", "internal_energy", "--accuracy", "1e-6"])
    assert result.exit_code == 0, result.output
    (found,) = json.loads(result.stdout)["results"]
    assert found["values"]["internal_energy"] == internal_energy(Canonical(GRAIN), temperature=0.0)
    done = CliRunner().invoke(main, ["sweep", str(tmp_path / "run.toml"), "-o", str(tmp_path / "out.zarr")])
    assert done.exit_code == 0, done.output


def test_an_option_of_another_ensemble_is_refused_by_name() -> None:
    arguments = [
        "observe",
        "--shell",
        "orbital:2",
        "-N",
        "4",
        "-T",
        "0.5",
        "--ensemble",
        "frozen-in",
        "--blocked",
        "0",
    ]
    assert "--blocked goes with --ensemble mean-field." in CliRunner().invoke(main, arguments).stderr
