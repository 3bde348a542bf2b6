"""The levels of several shells: published spectra, counting theorems, sum rules."""

from __future__ import annotations

import json
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quasispin import machine
from quasispin.errors import InputError, SizeError
from quasispin.spectrum import pairing_matrix as block
from quasispin.spectrum.counting import count_states
from quasispin.spectrum.sectors import sectors
from quasispin.system.shell import Shell
from quasispin.system.staircase import pair_number
from quasispin.system.system import System

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "published.json").read_text())


def tin() -> System:
    data = PUBLISHED["tin_five_shells"]
    size = data["pair_degeneracy"]
    coupling = np.zeros((5, 5))
    for key, value in data["V_upper_triangle"].items():
        s, t = int(key[0]) - 1, int(key[1]) - 1
        coupling[s, t] = coupling[t, s] = value / np.sqrt(size[s] * size[t])
    return System([Shell.spin(m, e) for m, e in zip(size, data["energy"], strict=True)], 12, coupling)


def picket_fence(levels: int) -> System:
    spacing = 2.0 / levels
    shells = [Shell.spin(1, -1.0 + (k + 0.5) * spacing) for k in range(levels)]
    return System(shells, levels, 0.1 * spacing)


def free_states(pairs: int, seniority: int) -> int:
    """D_ν(0) = C(2M, ν) − C(2M, ν−2)."""
    return comb(2 * pairs, seniority) - (comb(2 * pairs, seniority - 2) if seniority > 1 else 0)


def test_tin_isotopes_have_the_published_ground_states() -> None:
    data = PUBLISHED["tin_five_shells"]
    energies = {int(n): e for n, e in data["ground_state_energy"].items()}
    solved = sectors(tin(), energies)
    for item in solved:
        found = item.energy.min()
        assert found == pytest.approx(energies[item.electrons], abs=data["tolerance"]["ground_state_energy"])
    last = solved[-1]
    lowest = int(np.argmin(last.energy))
    occupation = 2 * last.pairs[lowest] + last.seniorities[last.tuple_of[lowest]]
    np.testing.assert_allclose(occupation, data["occupation"]["12"], atol=data["tolerance"]["occupation"])


@pytest.mark.parametrize("levels", [3, 4, 5])
def test_picket_fence_has_the_published_ground_states(levels: int) -> None:
    data = PUBLISHED["picket_fence_island"]
    for number, energy in data["ground_state_energy"][f"L{levels}"].items():
        (solved,) = sectors(picket_fence(levels), [int(number)])
        assert solved.energy.min() == pytest.approx(energy, abs=data["tolerance"])


@pytest.mark.parametrize("strength", ["-1", "-0.5", "0.5", "1", "2"])
def test_four_levels_have_the_published_correlation_energy(strength: str) -> None:
    data = PUBLISHED["four_levels_four_particles"]
    g = float(strength)
    (solved,) = sectors(System([Shell.spin(1, float(k)) for k in range(4)], 4, g / 2), [4])
    correlation = solved.energy.min() - (2 - g)
    assert correlation == pytest.approx(data["correlation_energy"][strength], abs=data["tolerance"])


@pytest.mark.parametrize("electrons", range(13))
def test_one_shell_has_the_levels_of_the_quasispin_formula(electrons: int) -> None:
    (solved,) = sectors(System(Shell.hemisphere(6, energy=0.25), electrons, 0.5), [electrons])
    expected = [0.25 * electrons - 0.5 * pair_number(6, electrons, int(nu)) for (nu,) in solved.seniorities]
    np.testing.assert_allclose(solved.energy, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("sizes", [[1, 1, 1], [3, 2], [4, 1, 2]])
def test_the_multiplicities_of_all_sectors_count_every_state(sizes: list[int]) -> None:
    system = System([Shell.spin(m) for m in sizes], 0, 0.3)
    pairs = sum(sizes)
    for item in sectors(system, range(2 * pairs + 1)):
        states = np.diff([*item.first, len(item.energy)])
        ways = [
            np.prod([free_states(m, nu) for m, nu in zip(sizes, row, strict=True)])
            for row in item.seniorities.tolist()
        ]
        assert int(np.dot(ways, states)) == comb(2 * pairs, item.electrons)
        assert count_states(sizes, item.electrons) == len(item.energy)


@pytest.mark.parametrize("electrons", [3, 4, 6])
def test_two_coincident_shells_have_the_levels_of_one(electrons: int) -> None:
    (two,) = sectors(System([Shell.spin(3), Shell.spin(2)], electrons, 0.7), [electrons])
    (one,) = sectors(System(Shell.spin(5), electrons, 0.7), [electrons])
    found = np.unique(two.energy.round(11))
    np.testing.assert_allclose(found, np.sort(one.energy), atol=1e-11)


def test_energy_is_level_energy_plus_pair_energy() -> None:
    system = tin()
    (solved,) = sectors(system, [7])
    occupation = 2 * solved.pairs + solved.seniorities[solved.tuple_of]
    levels = occupation @ [shell.energy for shell in system.shells]
    np.testing.assert_allclose(levels + solved.pair_energy, solved.energy, atol=1e-12)
    np.testing.assert_allclose(occupation.sum(axis=1), 7, atol=1e-12)


def test_a_full_matrix_of_equal_couplings_is_the_constant_coupling() -> None:
    shells = [Shell.spin(2, 0.0), Shell.spin(3, 0.4)]
    (constant,) = sectors(System(shells, 5, 0.6), [5])
    (matrix,) = sectors(System(shells, 5, np.full((2, 2), 0.6)), [5])
    np.testing.assert_allclose(constant.energy, matrix.energy, atol=1e-13)
    assert matrix.pair_number is None
    assert constant.pair_number is not None
    np.testing.assert_allclose(-0.6 * constant.pair_number, matrix.pair_energy, atol=1e-13)


def test_the_block_is_the_pair_operator_of_the_ladder() -> None:
    space = block.pair_space([2, 3], [0, 1], 5)
    matrix = block.pairing_matrix(space, [0, 1], [0.0, 1.0], np.ones((2, 2)))
    # p = (0,2), (1,1), (2,0); U = (2, 2)
    up = [np.sqrt(2), np.sqrt(2)]
    expected = [
        [5 - 2, -up[0] * up[1], 0],
        [-up[0] * up[1], 3 - 2 - 2, -up[0] * up[1]],
        [0, -up[0] * up[1], 1 - 2],
    ]
    np.testing.assert_allclose(matrix, expected, atol=1e-14)


def test_the_dimension_is_counted_without_listing_the_states() -> None:
    for electrons in range(1, 14, 2):
        space = block.pair_space([2, 4, 3], [1, 0, 2], electrons)
        assert space.dimension == block.dimension([1, 4, 1], (electrons - 3) // 2)


def test_what_is_solved_is_kept() -> None:
    system = picket_fence(4)
    assert sectors(system, [3])[0] is sectors(system.with_electrons(2), range(2, 4))[1]


def test_many_levels_with_few_electrons_are_possible() -> None:
    shells = [Shell.spin(1, 0.1 * k) for k in range(70)]
    (solved,) = sectors(System(shells, 2, 0.2), [2])
    assert len(solved.energy) == 70 + comb(70, 2)


def test_what_does_not_fit_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 24.0 * 2**30)
    with pytest.raises(SizeError) as caught:
        sectors(picket_fence(20), [20])
    assert str(caught.value) == (
        "The spectrum of `system` with 20 electrons in 20 shells (5.24e+05 seniority tuples, blocks of up to "
        "92378 states) would take at least 211 GiB and about 9 days, but at most 12 GiB of this machine's "
        "24 GiB are allowed: the first 17 of these shells with 17 electrons fit, and so may averages with "
        "`accuracy=1e-6` at a low `temperature`."
    )
    with pytest.raises(SizeError, match=r"with each of 41 electron numbers in 20 shells .*all their 31 "):
        sectors(picket_fence(20), range(41))


def test_a_machine_of_more_memory_allows_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 1e5)
    with pytest.raises(SizeError, match=r"`system` .* MiB"):
        sectors(picket_fence(7), [7])
    monkeypatch.setattr(machine, "memory", lambda: 1e7)
    assert len(sectors(picket_fence(7), [7])[0].energy) == count_states([1] * 7, 7)


def test_electron_numbers_outside_the_box_are_refused() -> None:
    with pytest.raises(InputError, match=r"`electrons` must lie in \[0, 8\], but is 9"):
        sectors(picket_fence(4), [9])
