"""Verdicts follow from measured numbers, and every point of the list of claims is tested."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import pytest

from quasispin.ensembles.canonical import Canonical
from quasispin.paper import measures, metal
from quasispin.paper.claim import Claim, Result, Verdict, decide, examine, shown
from quasispin.paper.claims import CLAIMS
from quasispin.paper.claims_response import shortest_rise, two_level_maximum
from quasispin.paper.claims_scales import envelope
from quasispin.paper.clusters import cluster, field_unit
from quasispin.paper.data import FIGURES
from quasispin.paper.errata import ERRATA, printed_phi
from quasispin.paper.report import as_json, as_markdown
from quasispin.paper.states import configurations
from quasispin.system.shell import Shell

ALL = {claim.identifier: claim for claim in CLAIMS + ERRATA}

BULLETS = {
    "steps, moments, critical fields": ("steps", "moments", "critical-field"),
    "Fig. 1": ("plateaus", "bcs-earlier", "induced-.8", "induced-2"),
    "Fig. 2": ("drop", "tail", "growth"),
    "Fig. 3": ("m7-steps", "m23-no-steps", "m23-irregularity"),
    "Fig. 4": ("chi-peaks", "chi-one-peak", "chi-double", "chi-rise-fall", "bcs-narrower", "bcs-higher"),
    "Fig. 5": ("heat-double", "heat-between", "heat-wiggles"),
    "steps only for M < 50": ("observable-steps", "washed-out"),
    "spin flips": ("spin-flips",),
    "said in passing": (
        "level-distance",
        "chi-d-constant",
        "fluctuations",
        "chi-sensitive",
        "rounded-gap",
        "back-bending",
    ),
    "only in the canonical ensemble": ("induced-only-canonical", "induced-not-bcs"),
    "BCS fields and temperatures": ("bcs-field-falls", "bcs-melting-falls", "bcs-monotone"),
    "sizes, χ_D, tesla": (
        "angular-momentum",
        "diamagnetism",
        "landau",
        "tesla-experiment",
        "tesla-model",
        "number-of-fifty",
    ),
}

SLOW = {"observable-steps", "m23-irregularity", "chi-double", "bcs-higher", "spin-flips", "washed-out"}


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {name: examine(claim) for name, claim in ALL.items() if name not in SLOW}


@pytest.mark.parametrize("bullet", BULLETS)
def test_every_point_of_the_list_has_its_claims(bullet: str) -> None:
    assert set(BULLETS[bullet]) <= set(ALL)


def test_all_eleven_errata_are_tested() -> None:
    assert [int(claim.identifier[1:].split("-")[0]) for claim in ERRATA] == list(range(1, 12))
    assert {claim.kind for claim in ERRATA} == {"erratum"}


def test_identifiers_are_unique_and_every_claim_says_where_it_stands() -> None:
    assert len(ALL) == len(CLAIMS) + len(ERRATA)
    for claim in ALL.values():
        assert claim.statement
        assert claim.where
        assert "olds if" in claim.criterion
        assert claim.figure is None or claim.figure in FIGURES


def test_what_could_not_be_measured_speaks_for_no_claim(results: dict[str, Result]) -> None:
    for result in results.values():
        nothing = dict.fromkeys(result.numbers, math.nan)
        assert result.claim.judge(nothing) is Verdict.FAILS, result.claim.identifier


def variations(numbers: dict[str, float]) -> Iterator[dict[str, float]]:
    """The numbers with one of them, or all, changed."""
    for factor in (-1.0, 0.0, 0.01, 100.0):
        yield {name: factor * value for name, value in numbers.items()}
    for name, value in numbers.items():
        for other in (value + 1, value - 1, 0.0, 1.0, -value, 10 * value, value / 10, 1e6):
            yield numbers | {name: other}


def test_a_contrary_number_flips_the_verdict(results: dict[str, Result]) -> None:
    for name, result in results.items():
        if result.verdict is not Verdict.FAILS:
            others = {result.claim.judge(changed) for changed in variations(dict(result.numbers))}
            assert others - {result.verdict}, name


@pytest.mark.parametrize(
    ("identifier", "favourable"),
    [
        ("chi-double", {"maxima at .1T₀": 2, "bumps at .1T₀": 2}),
        ("bcs-higher", {"points one to two orders higher, of 8": 8}),
        ("E7-hemisphere", {"l whose number of states is as the paper says": 12, "l tested": 12}),
        ("E8-magnetic-length", {"magnetic length in nm at 1 T": 3, "magnetic length in nm at 10 T": 1}),
        ("E1-heat-capacity", {"−∂²F/∂T²": 11.0, "∂U/∂T": 11.0}),
    ],
)
def test_favourable_numbers_turn_the_verdict_to_holds(identifier: str, favourable: dict[str, float]) -> None:
    numbers = {"largest R in nm": 5.0, "−T∂²F/∂T²": 1.0} | favourable
    assert ALL[identifier].judge(numbers) is Verdict.HOLDS


def test_the_claim_on_the_canonical_ensemble_would_hold_without_pairing_elsewhere() -> None:
    judge = ALL["induced-only-canonical"].judge
    names = ("canonical", "number parity", "grand canonical", "BCS")
    numbers = {f"Δ_conn, {name}, even N": 0.0 for name in names} | {"Δ_conn, canonical, even N": 0.2}
    assert judge(numbers) is Verdict.HOLDS
    assert judge(numbers | {"Δ_conn, grand canonical, even N": 0.08}) is Verdict.CORRECTED
    assert judge(numbers | {"Δ_conn, grand canonical, even N": 0.19}) is Verdict.FAILS


def test_the_border_of_observable_steps_needs_all_shells_below_fifty() -> None:
    judge = ALL["observable-steps"].judge
    sharp = {f"T/T₀ for M={m}": 0.1 for m in (7, 11, 15, 23, 31, 39)} | {"T/T₀ for M=51": 0.0}
    assert judge(sharp) is Verdict.HOLDS
    assert judge({f"T/T₀ for M={m}": 2 / m for m in (7, 11, 15, 23, 31, 39, 51)}) is Verdict.CORRECTED
    assert judge(sharp | {"T/T₀ for M=7": 0.5}) is Verdict.FAILS


def test_a_judge_takes_the_literal_reading_first() -> None:
    judge = decide(lambda n: n["x"] > 2, lambda n: n["x"] > 1)
    assert [judge({"x": x}) for x in (3, 1.5, 0)] == [Verdict.HOLDS, Verdict.CORRECTED, Verdict.FAILS]


def test_comments_are_filled_with_measured_numbers(results: dict[str, Result]) -> None:
    for result in results.values():
        assert "{" not in result.comment.replace("{1/3}", "")


def test_tables_hold_every_claim_and_its_numbers(results: dict[str, Result]) -> None:
    some = list(results.values())
    record, page = json.loads(as_json(some, ["b", "a"])), as_markdown(some)
    assert [entry["identifier"] for entry in record["claims"]] == [r.claim.identifier for r in some]
    assert record["files"] == ["a", "b"]
    assert sum(sum(kind.values()) for kind in record["summary"].values()) == len(some)
    assert all(f"`{result.claim.identifier}`" in page for result in some)


def test_a_number_that_is_no_number_is_null_in_json() -> None:
    claim = Claim("x", "s", "w", "Holds if", lambda: {"a": math.nan, "b": math.inf}, decide(lambda _: True))
    assert json.loads(as_json([examine(claim)], []))["claims"][0]["numbers"] == {"a": None, "b": None}


def test_numbers_are_shown_as_a_reader_writes_them() -> None:
    assert [shown(x) for x in (3.0, -2.5, 1.5e-9, 2.5e7, math.inf, math.nan)] == [
        "3",
        "−2.5",
        "1.5·10^−9",
        "2.5·10^7",
        "∞",
        "undefined",
    ]


# -- measures --------------------------------------------------------------------------------------


def test_slope_is_minus_the_field_derivative_of_the_gap() -> None:
    system, heat, step = cluster(7), 0.08, 1e-5
    field = np.linspace(0.05, 0.6, 23)
    up, down = (measures.gap(Canonical(system).averages(heat, field + s)) for s in (step, -step))
    assert measures.gap_slope(system, heat, field) == pytest.approx(
        (down - up) / (2 * step), rel=1e-6, abs=1e-9
    )


def test_a_shoulder_is_a_bump_but_no_maximum() -> None:
    x = np.linspace(-6, 6, 2001)
    curve = np.exp(-(x**2)) + 0.25 * np.exp(-((x - 1.9) ** 2) / 0.5)
    assert len(measures.maxima(np.exp(-(x**2)))) == len(measures.bumps(np.exp(-(x**2)))) == 1
    assert len(measures.bumps(curve)) == 2
    assert len(measures.maxima(np.exp(-(x**2)) + 0.6 * np.exp(-((x - 2.5) ** 2)))) == 2


def test_the_highest_temperature_of_a_condition_is_found() -> None:
    assert measures.highest(lambda t: t < 0.0777) == pytest.approx(0.0777, rel=1e-3)
    assert measures.highest(lambda _: False) == 0.0


def test_mean_field_edge_is_the_first_exact_step() -> None:
    edge = measures.mean_field_edge(cluster(11), 0.005, 2 * field_unit(11))
    assert edge == pytest.approx(2 / 11, rel=1e-6)


def test_shortest_rise_of_a_jump_is_zero_and_of_a_line_its_share() -> None:
    field = np.linspace(0, 1, 1001)
    assert shortest_rise(field, field) == pytest.approx(0.25, rel=1e-6)
    assert shortest_rise(field, np.where(field < 0.5, 0.0, 1.0)) < 2e-3


def test_two_levels_have_the_schottky_maximum() -> None:
    z = np.linspace(0.1, 8, 20001)
    assert two_level_maximum() == pytest.approx((z**2 * np.exp(z) / (1 + np.exp(z)) ** 2).max(), rel=1e-7)


def test_envelope_leaves_out_what_is_never_the_ground_state() -> None:
    moments = np.array([0.0, 2.0, 4.0])
    assert envelope(moments, np.array([0.0, 1.0, 4.0])) == [0, 1, 2]
    assert envelope(moments, np.array([0.0, 3.0, 4.0])) == [0, 2]


def test_configurations_are_counted_like_binomials() -> None:
    counts = [sum(states.values()) for states in configurations(Shell.orbital(2).moments)]
    assert counts == [math.comb(10, n) for n in range(11)]


def test_printed_sum_with_the_right_index_counts_configurations() -> None:
    assert printed_phi(5, 4, 1e-6) == pytest.approx(math.comb(10, 4), rel=1e-9)


def test_metal_numbers_are_those_of_aluminium() -> None:
    assert pytest.approx(181, rel=1e-12) == metal.ALUMINIUM * 1e-27  # of the table, everywhere
    assert metal.radius_of(metal.electrons_in_sphere(2.5)) == pytest.approx(2.5, rel=1e-12)
    assert metal.oscillator_shell(1) == (8, 1.0)
    assert pytest.approx(1 / 0.05788, rel=1e-4) == metal.TESLA_PER_MEV
