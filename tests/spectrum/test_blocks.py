"""Equal blocks done once, mirrored, split, tridiagonal: always the spectrum of the plain dense matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quasispin.spectrum import blocks
from quasispin.spectrum import pairing_matrix as matrices
from quasispin.spectrum import sectors as home
from quasispin.spectrum.sectors import Sectors, estimate, sectors
from quasispin.system.shell import Shell
from quasispin.system.system import System

RNG = np.random.default_rng(20)


def fence(levels: int, electrons: int, coupling: float = 0.3) -> System:
    return System(
        [Shell.spin(1, -1.0 + (k + 0.5) * 2.0 / levels) for k in range(levels)], electrons, coupling
    )


def random_system(seed: int) -> System:
    rng = np.random.default_rng(seed)
    pairs = rng.integers(1, 4, rng.integers(2, 5))
    # half of the schemes have levels on a grid, so that equal blocks and mirror images occur
    energies = rng.normal(size=pairs.size) if seed % 2 else rng.integers(-2, 3, pairs.size) / 2
    matrix = rng.normal(size=(pairs.size,) * 2) if seed % 2 else rng.integers(-1, 2, (pairs.size,) * 2) / 2
    coupling: Any = float(rng.normal()) if seed % 3 == 0 else matrix + matrix.T
    shells = [Shell.spin(int(m), float(e)) for m, e in zip(pairs, energies, strict=True)]
    return System(shells, int(rng.integers(0, 2 * pairs.sum() + 1)), coupling)


def assert_is_the_plain_spectrum(system: System, solved: Sectors) -> None:
    """Every tuple's states against its own dense matrix; where levels tie, sums over them."""
    degeneracies = [shell.pair_degeneracy for shell in system.shells]
    energies, coupling = [shell.energy for shell in system.shells], system.coupling_matrix
    scale = 1.0 + np.abs(solved.energy).max()
    for b, tuple_ in enumerate(solved.seniorities.tolist()):
        space = matrices.pair_space(degeneracies, tuple_, solved.electrons)
        matrix = matrices.pairing_matrix(space, tuple_, energies, coupling)
        levels, vectors = np.linalg.eigh(matrix)
        here = slice(solved.first[b], solved.first[b] + solved.sizes[b])
        np.testing.assert_allclose(solved.energy[here], levels, atol=3e-14 * scale)
        weight = np.exp(-(levels - levels[0]) / scale)  # a smooth function does not tell tied levels apart
        pairing = np.einsum("di,di->i", vectors, matrices.pairing_operator(space, coupling) @ vectors)
        assert weight @ solved.pair_energy[here] == pytest.approx(-weight @ pairing, abs=1e-12 * scale)
        pairs = weight @ ((vectors**2).T @ space.pairs)
        np.testing.assert_allclose(weight @ solved.pairs[here], pairs, atol=1e-12 * scale)
        fields = [(operator @ vectors) ** 2 for operator in matrices.lowering(space, coupling)]
        expected = np.stack([field.sum(axis=0) for field in fields], axis=1)
        np.testing.assert_allclose(
            weight @ solved.shell_field[here], weight @ expected, atol=1e-12 * scale**2
        )


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No spectrum is kept from or for another test."""
    monkeypatch.setattr(home, "_box", home._box.__wrapped__)
    return monkeypatch


@pytest.mark.parametrize("seed", range(24))
def test_blocks_done_once_have_the_spectrum_of_every_tuple(seed: int, fresh: pytest.MonkeyPatch) -> None:
    fresh.setattr(blocks, "SPLIT", 2)
    system = random_system(seed)
    for solved in sectors(system, {system.electrons, 2, system.pair_degeneracy}):
        assert_is_the_plain_spectrum(system, solved)


@pytest.mark.parametrize("electrons", [5, 6, 7, 8])
@pytest.mark.parametrize("coupling", [0.3, -0.2, 0.0])
def test_picket_fence_split_into_even_and_odd(
    electrons: int, coupling: float, fresh: pytest.MonkeyPatch
) -> None:
    fresh.setattr(blocks, "SPLIT", 2)
    system = fence(6, electrons, coupling)
    assert_is_the_plain_spectrum(system, sectors(system, [electrons])[0])


def test_a_symmetric_matrix_of_couplings_is_split_too(fresh: pytest.MonkeyPatch) -> None:
    fresh.setattr(blocks, "SPLIT", 2)
    size = 6
    coupling = np.array([[1.0 / (1 + abs(s - t)) for t in range(size)] for s in range(size)])
    system = System([Shell.spin(1, 0.5 * k) for k in range(size)], size, coupling)
    (solved,) = sectors(system, [size])
    assert len(solved.blocks) < len(solved.seniorities)
    assert_is_the_plain_spectrum(system, solved)


def test_large_blocks_that_overwrite_themselves_are_the_same(fresh: pytest.MonkeyPatch) -> None:
    fresh.setattr(blocks, "LARGE", 3)
    fresh.setattr(matrices, "DENSE", 3)
    fresh.setattr(blocks, "BATCH_BYTES", 1)
    system = random_system(7)
    for solved in sectors(system, [4, 5]):
        assert_is_the_plain_spectrum(system, solved)


@pytest.mark.parametrize("coupling", [0.7, -0.4, 0.0, [[0.5, 0.2], [0.2, 0.9]]])
def test_two_shells_by_the_tridiagonal_solver_equal_the_dense_one(
    coupling: Any, fresh: pytest.MonkeyPatch
) -> None:
    system = System([Shell.spin(9, 0.0), Shell.spin(7, 0.4)], 15, coupling)
    (solved,) = sectors(system, [15])
    assert_is_the_plain_spectrum(system, solved)


@pytest.mark.parametrize(("levels", "distinct"), [(8, 44), (10, 152)])
def test_so_many_blocks_are_distinct(levels: int, distinct: int, fresh: pytest.MonkeyPatch) -> None:
    """Of 2^{L−1} tuples: those with pairs that can move, up to translation and reflection, and one other."""
    system = fence(levels, levels)
    assert estimate(system, [levels]).blocks == distinct
    (solved,) = sectors(system, [levels])
    assert len(solved.seniorities) == 2 ** (levels - 1)
    assert len(solved.blocks) == distinct == brute_count(levels)


def brute_count(levels: int) -> int:
    """Sets of an even number ≥ 2 of free levels on a line, up to shifts and reflection, and one other."""
    seen = set()
    for mask in range(1, 2**levels):
        free = [k for k in range(levels) if mask >> k & 1]
        if len(free) % 2 == 0:
            ahead = tuple(k - free[0] for k in free)
            back = tuple(free[-1] - k for k in reversed(free))
            seen.add(min(ahead, back))
    return len(seen) + 1


def test_particles_and_holes_share_their_blocks(fresh: pytest.MonkeyPatch) -> None:
    system = fence(6, 4)
    few, many = sectors(system, [4, 8])
    assert {id(item) for item in few.blocks} == {id(item) for item in many.blocks}
    np.testing.assert_allclose(
        np.sort(few.energy), np.sort(many.energy + 0.3 * (8 - 4) / 2), atol=1e-13
    )  # ε is symmetric: E(2L − N) = E(N) − G(L − N)


def test_moments_do_not_matter_to_what_is_solved() -> None:
    one = System([Shell([1.0], 0.0), Shell([2.0], 0.5)], 2, 0.3)
    two = System([Shell([3.0], 0.0), Shell([0.5], 0.5)], 2, 0.3)
    assert sectors(one, [2])[0] is sectors(two, [2])[0]


def test_the_estimate_comes_before_the_work_and_bounds_what_is_kept(fresh: pytest.MonkeyPatch) -> None:
    plan = estimate(fence(16, 16), [16])
    assert plan.memory < 8 * 2**30  # fits, and 12 870 states fall into halves
    assert plan.largest == 12870 // 2
    (solved,) = sectors(fence(8, 8), [8])
    kept = sum(item.energy.nbytes + item.pairs.nbytes + item.pairing.nbytes for item in solved.blocks)
    assert kept < estimate(fence(8, 8), [8]).memory


def test_one_blas_thread_is_used_and_given_back() -> None:
    from threadpoolctl import threadpool_info

    before = [pool["num_threads"] for pool in threadpool_info()]
    sectors(fence(7, 7, 0.123), [7])
    assert [pool["num_threads"] for pool in threadpool_info()][: len(before)] == before
