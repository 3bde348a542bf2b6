"""What goes beyond the paper: known limits, brute force, and files that come whole."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from quasispin.cli.app import main
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.tilted import ExactDiagonalisation, average_over_directions
from quasispin.errors import UndefinedError
from quasispin.paper.beyond import aluminium, fence, neighbours, questions, tilt
from quasispin.paper.beyond.axial import AxialStep, axial_steps, first_spin_flip, spheroid, turns_spins
from quasispin.paper.beyond.data import FIGURES, low_field_moment, strong_moment
from quasispin.paper.beyond.drawing import DRAWINGS, draw
from quasispin.paper.beyond.run import beyond
from quasispin.paper.beyond.scope import COARSE, FULL, Scope
from quasispin.paper.claim import Claim, Verdict, examine, shown
from quasispin.paper.clusters import cluster, field_unit
from quasispin.system.cluster import Cluster
from quasispin.system.geometry import HardWallSphere
from quasispin.system.materials import Material
from quasispin.units import tesla

TINY = Scope(
    fields=31,
    temperatures=7,
    splittings=5,
    distances=3,
    radii=9,
    tilted_fields=5,
    fence_levels=(4,),
    orbitals=(1, 2),
)
PAGE = Path(__file__).parents[2] / "docs" / "beyond.md"


def question(name: str, scope: Scope = TINY) -> Claim:
    return next(claim for claim in questions.questions(scope) if claim.identifier == name)


@pytest.mark.parametrize("pairs", [5, 7, 11])
def test_staircase_without_splitting_is_the_closed_form(pairs: int) -> None:
    steps = axial_steps(pairs, 0.0)
    assert [step.field for step in steps] == pytest.approx(list(cluster(pairs).crossing_fields()), rel=1e-12)
    assert [step.spin for step in steps] == [2.0] + [0.0] * (len(steps) - 1)


@pytest.mark.parametrize("splitting", [-6.0, 0.7, 3.0])
def test_exact_steps_are_the_jumps_of_the_moment_at_zero_temperature(splitting: float) -> None:
    ensemble, before = Canonical(spheroid(7, splitting)), 0.0
    for step in axial_steps(7, splitting):
        sides = ensemble.averages(0.0, step.field * np.array([1 - 1e-7, 1 + 1e-7])).moment
        assert sides == pytest.approx([before, before + step.moment], abs=1e-9)
        before += step.moment


@pytest.mark.parametrize("splitting", [-9.0, 0.4, 2.0, 8.0])
def test_spin_of_the_steps_is_that_of_exact_diagonalisation(splitting: float) -> None:
    shell, field = tilt.tilted(splitting, 0.0), 0.0
    steps = axial_steps(5, splitting)
    spin = 0.0
    for step, following in zip(steps, (*steps[1:], AxialStep(2 * steps[-1].field, 0, 0)), strict=True):
        spin, field = spin + step.spin, (step.field + following.field) / 2
        _, exact = tilt.parts_of_moment(shell, 1e-3, field)
        assert spin == pytest.approx(exact, abs=1e-8)


def test_spins_turn_again_only_beyond_the_first_flip() -> None:
    for sign in (1.0, -1.0):
        at = first_spin_flip(7, sign)
        assert turns_spins(axial_steps(7, sign * at))
        assert not turns_spins(axial_steps(7, sign * (at - 2e-3)))
    assert first_spin_flip(7, 1.0, highest=0.5, points=3) == math.inf


def test_orbital_and_spin_part_add_up_to_the_moment() -> None:
    shell = tilt.tilted(2.0, 0.6)
    for heat, field in ((0.05, 0.5), (0.5, 1.1)):
        total = ExactDiagonalisation(shell).averages(heat, field).moment
        assert sum(tilt.parts_of_moment(shell, heat, field)) == pytest.approx(float(total), rel=1e-12)


def test_average_of_the_parts_is_the_average_over_directions() -> None:
    shell = tilt.tilted(2.0, 0.0)
    total = average_over_directions(shell, 0.1, 0.7, directions=tilt.FINE_DIRECTIONS).moment
    node, weight = np.polynomial.legendre.leggauss(tilt.FINE_DIRECTIONS)
    spins = [tilt.parts_of_moment(shell.with_angle(float(np.arccos((x + 1) / 2))), 0.1, 0.7)[1] for x in node]
    found = tilt.orbital_moment(2.0, tilt.AVERAGE, 0.1, 0.7) + weight / 2 @ spins
    assert found == pytest.approx(float(total), rel=1e-10)


def test_the_sphere_keeps_its_orbital_moment_in_every_direction() -> None:
    for name in (*tilt.ANGLES, tilt.AVERAGE):
        assert tilt.surviving_share(0.0, name, 0.05, 0.7) == pytest.approx(1.0, rel=1e-10)


def test_ground_states_of_the_lowest_states_and_of_all_have_the_same_orbital_moment() -> None:
    shell = tilt.tilted(3.0, 0.6, 6, orbital=3)
    field = 2 * field_unit(7)
    some, every = (tilt.parts_of_moment(shell, 0.0, field, states) for states in (1, None))
    assert some == pytest.approx(every, abs=1e-9)


def test_exact_steps_give_the_orbital_moment_along_the_field() -> None:
    for splitting in (0.0, 3.0):
        exact = tilt.parts_of_moment(tilt.tilted(splitting, 0.0), 0.0, 2 * field_unit(5))[0]
        assert tilt.ground_orbital_moment(2, splitting, "0°") == pytest.approx(exact, abs=1e-9)


def test_the_mean_over_three_angles_is_exact_for_low_polynomials() -> None:
    weight = np.array([tilt.THREE_ANGLES[name] for name in tilt.ANGLES])
    square = np.array([math.cos(angle) ** 2 for angle in tilt.ANGLES.values()])
    for power in (0, 1, 2):  # ∫₀¹ c^2n dc
        assert weight @ square**power == pytest.approx(1 / (2 * power + 1), rel=1e-14)


def test_shares_of_the_ground_state_average_their_directions() -> None:
    found = tilt.ground_shares(2, (0.0, 3.0))
    assert found[tilt.AVERAGE][0] == pytest.approx(1.0, rel=1e-9)
    fine = tilt.surviving_share(3.0, tilt.AVERAGE, 0.0, 2 * field_unit(5))
    assert found[tilt.AVERAGE][1] == pytest.approx(fine, abs=0.05)


def test_smooth_share_is_one_without_jumps_and_zero_for_a_staircase() -> None:
    field = np.linspace(0, 1, 101)
    assert tilt.smooth_share(field, field**2, 2 * field) == pytest.approx(1.0, rel=1e-3)
    assert tilt.smooth_share(field, np.floor(3 * field), 0 * field) == 0.0
    assert tilt.smooth_share(field, field.round(), np.where(field == 0.5, np.inf, 0.0)) == 0.0


def test_spin_orbit_coupling_goes_from_orbit_and_spin_to_the_lande_factor() -> None:
    assert low_field_moment(0.0) == pytest.approx(3.0, rel=1e-12)  # λ = 2, spin up
    assert strong_moment() == pytest.approx(0.8 * 1.5)
    assert low_field_moment(0.0, 3) == pytest.approx(4.0, rel=1e-12)  # λ = 3, spin up
    assert strong_moment(3) == pytest.approx(6 / 7 * 2.5)
    for l in (2, 3):
        far = [abs(low_field_moment(z, l) - strong_moment(l)) for z in (5.0, 10.0, 100.0)]
        assert far == sorted(far, reverse=True)
        assert far[-1] < 2e-3


def test_distant_shells_leave_the_middle_one_alone() -> None:
    # Δ_conn² of the virtual pairs falls as 1/Δe
    near, far = (neighbours.deviations(d, neighbours.SAME) for d in (300.0, 30000.0))
    assert all(far[name] < near[name] / 5 for name in neighbours.QUANTITIES)


def test_renormalised_couplings_reproduce_what_they_were_chosen_for() -> None:
    bare, gap, breaking = (neighbours.coupling(20.0, kind) for kind in neighbours.COUPLINGS)
    assert 0 < gap < bare
    assert 0 < breaking < bare
    kept = neighbours.curves(20.0, neighbours.SAME_GAP, 11).connected_gap[0]
    assert kept == pytest.approx(neighbours.curves(None, "", 11).connected_gap[0], rel=1e-6)
    first = 2 * 1.0 / neighbours.PAIRS / neighbours.UNIT  # ω = G of the single shell
    at = first * neighbours.UNIT * np.array([1 - 1e-6, 1 + 1e-6])
    moment = Canonical(neighbours.three(20.0, breaking)).averages(0.0, at).moment
    assert moment == pytest.approx([0.0, 5.0], abs=1e-9)


def test_single_shell_is_never_enough_for_a_tolerance_of_nothing() -> None:
    assert neighbours.enough_from(neighbours.SAME, "susceptibility", 0.0, 2) == math.inf


def test_the_paper_s_own_distance_is_judged_too() -> None:
    found = questions.apart()
    assert found["the paper's Δe/Δ₀"] == pytest.approx(10 / 0.35)
    at_ten, far = (found[f"χ off at {where}, same G"] for where in ("10Δ₀", "the paper's ratio"))
    assert far < at_ten


def test_the_statistic_over_sizes_holds_every_number_of_electrons_once() -> None:
    every = aluminium.every_size()
    assert np.array_equal(np.diff(every.electrons), np.ones(every.electrons.size - 1))
    assert every.radius[[0, -1]] == pytest.approx([1.0, 5.0], abs=1e-3)
    for place in np.random.default_rng(3).integers(0, every.electrons.size, 12):
        radius = float(every.radius[place])
        grain = Cluster(Material.named("Al"), HardWallSphere(radius), int(every.electrons[place]))
        assert every.pairs[place] == grain.fermi_level.pairs
        assert every.spacing[place] == pytest.approx(min(grain.spacing) / aluminium.GAP, rel=1e-9)
        try:
            field = grain.system(aluminium.GAP).critical_field / tesla
        except UndefinedError:
            field = math.nan
        assert every.critical_field[place] == pytest.approx(field, rel=1e-12, nan_ok=True)


def test_the_statistic_over_sizes_is_that_of_its_ranges() -> None:
    found, every = questions.in_tesla(), aluminium.every_size()
    field = every.critical_field[(every.radius >= 4) & np.isfinite(every.critical_field)]
    assert found["median B_c in tesla, 4–5 nm"] == pytest.approx(float(np.median(field)), rel=1e-12)
    assert found["sizes"] == every.electrons.size


def test_one_per_cent_of_deformation_splits_by_half_the_fermi_energy() -> None:
    # δ ≈ ½aE for large l, G = 2Δ₀/M
    level = Cluster(Material.named("Al"), HardWallSphere(5.0)).fermi_level
    wanted = 0.5 * 0.01 * level.energy * level.pairs / (2 * aluminium.GAP)
    assert aluminium.splitting_of_real_sphere(5.0, 0.01) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize("parity", fence.PARITIES)
def test_critical_field_is_where_a_tenth_of_the_gap_is_left(parity: str) -> None:
    at = fence.critical_field(6, 0.5, parity)
    sides = fence.gap(6, 0.5, parity, 0.0, np.array([at - 1e-3, at + 1e-3, 2 * at]))
    limit = 0.1 * float(fence.gap(6, 0.5, parity, 0.0, 0.0))
    assert sides[0] > limit
    assert max(sides[1:]) <= limit


def test_two_levels_of_a_fence_break_their_pair_at_the_exact_field() -> None:
    # paired, levels at ∓½: the lower eigenvalue of [[−1−G, −G], [−G, 1−G]]; broken: energy 0, moment 2
    g = 0.5
    ground = -g - math.hypot(1.0, g)
    assert fence.critical_field(2, g, "even") == pytest.approx(-ground / 2, abs=1e-4)


def test_a_fence_that_is_followed_is_the_one_that_is_asked() -> None:
    found = fence.followed(4, 0.3, "odd", 16, 7)
    assert found.free[0] == found.cold[0] == found.scale
    at = fence.ABOVE * found.critical_field
    assert found.warm == pytest.approx(fence.gap(4, 0.3, "odd", fence.temperatures(7), at), rel=1e-14)


def test_spheres_hold_the_electrons_of_aluminium() -> None:
    one = aluminium.sphere(1.5)
    assert one.electrons == pytest.approx(180.7 * 4 / 3 * math.pi * 1.5**3, rel=5e-3)
    assert one.critical_field > 0
    assert math.isnan(aluminium.sphere(1.0).critical_field)  # a closed shell
    # ω_c between the 3Δ₀/M of even and 4Δ₀/M of odd half filling, or less
    assert one.critical_field <= 4 * aluminium.GAP / one.pairs / 0.0578838 * (1 + 1e-5)


@pytest.mark.parametrize(
    "name",
    [
        "deformation-rounds",
        "deformation-steps",
        "angle-rounds",
        "fence-induced-4",
        "spin-orbit",
        "spin-orbit-susceptibility",
        "angle-size",
        "angle-susceptibility",
        "aluminium",
    ],
)
def test_answers_are_formed_from_the_numbers(name: str) -> None:
    result = examine(question(name))
    assert "{" not in result.comment
    assert any(shown(value) in result.comment for value in result.numbers.values())
    assert isinstance(result.verdict, Verdict)


def test_every_comment_names_measured_numbers_and_every_question_a_figure() -> None:
    for claim in questions.questions(TINY):
        assert claim.figure in FIGURES
        assert claim.kind == "question"
        assert re.findall(r"\{[^{}]+\}", claim.comment)


def test_every_figure_has_data_and_a_drawing() -> None:
    assert set(FIGURES) == set(DRAWINGS)


@pytest.mark.parametrize("name", ["angle", "spin-orbit", "angle-size", "deformation", "aluminium"])
def test_drawings_say_the_temperature_and_the_shell(name: str) -> None:
    figure = draw(name, FIGURES[name](TINY))
    words = [axis.get_title(loc="left") + axis.get_ylabel() for axis in figure.axes]
    words += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    said = " ".join(words)
    wanted = {"aluminium": [r"\Delta_0 = 0.35$ meV", "N/2M"]}.get(name, ["T=0", "N"])
    assert all(word in said for word in wanted)


@pytest.mark.parametrize(
    "name", ["deformation-steps", "picket-fence", "angle-size", "aluminium", "spin-orbit", "angle"]
)
def test_data_carry_units(name: str) -> None:
    data = FIGURES[name](TINY)
    assert all(np.isfinite(data[one]).any() for one in data.data_vars)
    assert any("units" in data[one].attrs for one in data.data_vars)


def test_the_command_knows_the_option() -> None:
    result = CliRunner().invoke(main, ["reproduce", "--help"])
    assert "--beyond" in result.output


@pytest.mark.long
def test_the_whole_run_writes_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert beyond(tmp_path, as_json=True, progress=False, scope=COARSE) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["complete"]
    assert len(record["claims"]) == len(questions.questions(COARSE))
    for name in FIGURES:
        for kind in ("pdf", "png", "nc", "csv"):
            assert (tmp_path / f"{name}.{kind}").stat().st_size > 0
    assert (tmp_path / "beyond.md").read_text(encoding="utf-8").startswith("# What the paper leaves open")


@pytest.mark.long
def test_the_page_quotes_the_answers_that_are_computed() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    for claim in questions.questions(FULL):
        result = examine(claim)
        assert result.comment in page, claim.identifier
        assert f"`{claim.identifier}` — **{result.verdict.value}**" in page, claim.identifier
