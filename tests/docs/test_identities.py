"""The identities of docs/physics.md as theorems: exact, with polynomials over the integers.

Nothing of the package is used. A polynomial in z = e^{x/2} and 1/z stands for a sum over states, so that
moments that are half-integers are whole powers; equality is equality of all coefficients. What a state of
seniority ν is comes from linear algebra: the ν-electron states from which no pair can be taken, A|ψ⟩ = 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import comb

import pytest

Moments = tuple[int, ...]
"""Twice the moment of each pair of time-reversed states, falling."""

Matrix = list[list[Fraction]]


class Poly:
    """Σ c_j z^j with whole or rational c_j and j of any sign."""

    def __init__(self, terms: dict[int, Fraction]) -> None:
        self.terms = {power: c for power, c in terms.items() if c}

    def __add__(self, other: Poly) -> Poly:
        both = dict(self.terms)
        for power, c in other.terms.items():
            both[power] = both.get(power, Fraction(0)) + c
        return Poly(both)

    def __mul__(self, other: Poly) -> Poly:
        both: dict[int, Fraction] = {}
        for (j, c), (k, d) in product(self.terms.items(), other.terms.items()):
            both[j + k] = both.get(j + k, Fraction(0)) + c * d
        return Poly(both)

    def __rmul__(self, number: int | Fraction) -> Poly:
        return Poly({power: number * c for power, c in self.terms.items()})

    def __sub__(self, other: Poly) -> Poly:
        return self + (-1) * other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.terms == other.terms

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return " + ".join(f"{c}·z^{power}" for power, c in sorted(self.terms.items())) or "0"

    def at_one(self) -> Fraction:
        """The value at x = 0."""
        return sum(self.terms.values(), Fraction(0))


ZERO, ONE = Poly({}), Poly({0: Fraction(1)})


def total(polys: Iterable[Poly]) -> Poly:
    result = ZERO
    for poly in polys:
        result += poly
    return result


def counted(powers: Iterable[int]) -> Poly:
    """Σ z^power."""
    return Poly({power: Fraction(n) for power, n in Counter(powers).items()})


def two_cosh(doubled: int) -> Poly:
    """2cosh(xm) with 2m = `doubled`."""
    return counted([doubled, -doubled])


def bracket(n: int, step: int) -> Poly:
    """[n] = sinh(nsx/2)/sinh(sx/2), n terms around 0."""
    return counted(step * (n - 1 - 2 * j) for j in range(n))


def ladder(pairs: int, step: int) -> Moments:
    """Twice |sλ + 1|, λ = −(M−1)/2 … (M−1)/2."""
    return tuple(sorted((abs(step * (2 * i - pairs + 1) + 2) for i in range(pairs)), reverse=True))


LADDERS = [(pairs, step) for step in (0, 1, 2, 3) for pairs in range(1, 7)]
ARBITRARY: list[Moments] = [(7, 4, 4, 1), (3, 0, 0), (9, 5, 2, 2, 1, 0), (0,), (6, 6, 6, 1, 1)]
SHELLS: list[Moments] = [*(ladder(*kind) for kind in LADDERS), *ARBITRARY]

any_shell = pytest.mark.parametrize("moments", SHELLS, ids=str)
any_ladder = pytest.mark.parametrize(("pairs", "step"), LADDERS)


# -- what the symbols mean -------------------------------------------------------------------------


@cache
def configurations(moments: Moments) -> tuple[Poly, ...]:
    """Φ_ν, ν = 0 … 2M: Σ e^{xm} over all ways to put ν electrons on the 2M states (eq. 7)."""
    states = [*moments, *(-m for m in moments)]
    return tuple(counted(sum(chosen) for chosen in combinations(states, nu)) for nu in range(len(states) + 1))


def phi(moments: Moments, nu: int) -> Poly:
    return configurations(moments)[nu] if 0 <= nu <= 2 * len(moments) else ZERO


def weight(moments: Moments, nu: int) -> Poly:
    """D_ν = Φ_ν − Φ_{ν−2}."""
    return phi(moments, nu) - phi(moments, nu - 2)


def removal(levels: int, pairs: int) -> Matrix:
    """A from `pairs` to `pairs` − 1 pairs on `levels` free pair levels: a row for each final state."""
    final = {frozenset(chosen): i for i, chosen in enumerate(combinations(range(levels), pairs - 1))}
    initial = list(combinations(range(levels), pairs))
    matrix = [[Fraction(0)] * len(initial) for _ in final]
    for column, chosen in enumerate(initial):
        for gone in chosen:
            matrix[final[frozenset(chosen) - {gone}]][column] = Fraction(1)
    return matrix


def rank(matrix: Matrix) -> int:
    """By Gauss elimination in rationals."""
    rows, found = [list(row) for row in matrix], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for i in range(found + 1, len(rows)):
            if factor := rows[i][column] / pivot[column]:
                rows[i] = [a - factor * b for a, b in zip(rows[i], pivot, strict=True)]
        found += 1
    return found


@cache
def annihilated(levels: int, pairs: int) -> int:
    """Number of states of `pairs` pairs on `levels` pair levels with A|ψ⟩ = 0."""
    if pairs == 0:
        return 1
    if pairs > levels:
        return 0
    return comb(levels, pairs) - rank(removal(levels, pairs))


@cache
def blocked(moments: Moments) -> tuple[Poly, ...]:
    """Σ e^{xm} over all ways to put one electron each on b pair levels, b = 0 … M, the others free."""
    found: list[list[int]] = [[] for _ in range(len(moments) + 1)]
    for spins in product((0, 1, -1), repeat=len(moments)):
        found[sum(s != 0 for s in spins)].append(sum(s * m for s, m in zip(spins, moments, strict=True)))
    return tuple(counted(powers) for powers in found)


def unpaired_states(moments: Moments, nu: int) -> Iterator[tuple[int, Poly]]:
    """(b, Σ e^{xm}) over the states of ν electrons with A|ψ⟩ = 0 and b singly occupied levels."""
    for b in range(nu % 2, min(nu, len(moments)) + 1, 2):
        yield b, annihilated(len(moments) - b, (nu - b) // 2) * blocked(moments)[b]


def pair_number(pairs: int, electrons: int, nu: int) -> int:
    """¼(N−ν)(2M+2−N−ν), the eigenvalue of A⁺A (eq. 4)."""
    return (electrons - nu) * (2 * pairs + 2 - electrons - nu) // 4


def seniorities(pairs: int, electrons: int) -> range:
    return range(electrons % 2, min(electrons, 2 * pairs - electrons) + 1, 2)


# -- quasispin -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "pairs"), [(n, p) for n in range(7) for p in range(n + 1)], ids=lambda v: str(v)
)
def test_pair_operator_has_the_eigenvalues_of_eq_4(levels: int, pairs: int) -> None:
    down = removal(levels, pairs) if pairs else []
    size = comb(levels, pairs)
    square = [[sum((r[i] * r[j] for r in down), Fraction(0)) for j in range(size)] for i in range(size)]
    found = 0
    for nu in seniorities(levels, 2 * pairs):
        value = pair_number(levels, 2 * pairs, nu)
        shifted = [[square[i][j] - value * (i == j) for j in range(size)] for i in range(size)]
        nullity = size - rank(shifted)
        assert nullity == comb(levels, nu // 2) - (comb(levels, nu // 2 - 1) if nu else 0)
        found += nullity
    assert found == size  # there is no other eigenvalue


@pytest.mark.parametrize("blocked_levels", range(5))
def test_eq_4_holds_with_any_number_of_levels_blocked(blocked_levels: int) -> None:
    for levels, pairs in product(range(6), repeat=2):
        for broken in range(pairs + 1):
            of_free_levels = (pairs - broken) * (levels - broken - pairs + 1)
            everything, electrons = levels + blocked_levels, blocked_levels + 2 * pairs
            assert of_free_levels == pair_number(everything, electrons, blocked_levels + 2 * broken)


@pytest.mark.parametrize("pairs", range(1, 12))
def test_neighbouring_seniorities_lie_a_coupling_times_m_minus_nu_apart_at_every_filling(pairs: int) -> None:
    for electrons in range(2 * pairs + 1):
        for nu in seniorities(pairs, electrons)[:-1]:
            difference = pair_number(pairs, electrons, nu) - pair_number(pairs, electrons, nu + 2)
            assert difference == pairs - nu


@pytest.mark.parametrize("pairs", range(1, 12))
def test_holes_pair_as_electrons_do_up_to_the_number_of_electrons(pairs: int) -> None:
    for electrons in range(2 * pairs + 1):
        holes = 2 * pairs - electrons
        assert seniorities(pairs, electrons) == seniorities(pairs, holes)
        for nu in seniorities(pairs, electrons):
            difference = pair_number(pairs, electrons, nu) - pair_number(pairs, holes, nu)
            assert difference == electrons - pairs


# -- weights ---------------------------------------------------------------------------------------


@any_shell
def test_weights_count_the_states_from_which_no_pair_can_be_taken(moments: Moments) -> None:
    for nu in range(len(moments) + 1):
        assert weight(moments, nu) == total(states for _, states in unpaired_states(moments, nu))


@any_shell
def test_positive_form_has_no_negative_coefficient(moments: Moments) -> None:
    pairs = len(moments)
    for nu in range(pairs + 1):
        terms = []
        for b in range(nu % 2, nu + 1, 2):
            p = (nu - b) // 2
            number = comb(pairs - b, p) - (comb(pairs - b, p - 1) if p else 0)
            assert number > 0
            terms.append(number * blocked(moments)[b])
        assert total(terms) == weight(moments, nu)
        assert all(c > 0 for c in weight(moments, nu).terms.values())


@any_shell
def test_weights_are_antisymmetric_about_m_plus_one(moments: Moments) -> None:
    pairs = len(moments)
    assert weight(moments, pairs + 1) == ZERO
    for nu in range(2 * pairs + 3):
        assert weight(moments, 2 * pairs + 2 - nu) == (-1) * weight(moments, nu)


@any_shell
def test_pair_by_pair_recurrence(moments: Moments) -> None:
    weights = [ONE] + [ZERO] * len(moments)
    for k, m in enumerate(moments, start=1):
        for nu in range(k, 0, -1):
            before = weights[nu - 2] if nu > 1 else ZERO
            weights[nu] = weights[nu] + two_cosh(m) * weights[nu - 1] + before
        assert weights[: k + 1] == [weight(moments[:k], nu) for nu in range(k + 1)]


@any_ladder
def test_identity_a(pairs: int, step: int) -> None:
    moments = ladder(pairs, step)
    for nu in range(pairs + 2):
        right = two_cosh(2) * bracket(pairs + 1 - nu, step) * phi(moments, nu - 1)
        right += bracket(2 * pairs + 2 - nu, step) * phi(moments, nu - 2)
        assert bracket(nu, step) * phi(moments, nu) == right


@any_ladder
def test_identity_b(pairs: int, step: int) -> None:
    larger, smaller = ladder(pairs + 1, step), ladder(pairs, step)
    for nu in range(pairs + 2):
        left = bracket(pairs + 1, step) * weight(smaller, nu)
        assert left == bracket(pairs + 1 - nu, step) * phi(larger, nu)


def test_identity_a_needs_a_ladder() -> None:
    moments: Moments = (5, 2, 0)
    right = two_cosh(2) * bracket(2, 1) * phi(moments, 1) + bracket(6, 1) * phi(moments, 0)
    assert bracket(2, 1) * phi(moments, 2) != right


@any_ladder
def test_configurations_factorise_into_orbital_and_spin_parts_with_sigma_in_steps_of_one(
    pairs: int, step: int
) -> None:
    def orbital(electrons: int) -> Poly:
        levels = [step * (2 * i - pairs + 1) for i in range(pairs)]
        return counted(sum(chosen) for chosen in combinations(levels, electrons))

    for nu in range(2 * pairs + 1):
        terms = []
        for double in range(nu % 2, nu + 1, 2):  # 2Σ = ν mod 2, … ν, so that Σ goes in steps of one
            up, down = (nu + double) // 2, (nu - double) // 2
            spin = two_cosh(2 * double) if double else ONE  # 2cosh(2Σx), or 1 at Σ = 0
            terms.append(orbital(up) * orbital(down) * spin)
        assert total(terms) == phi(ladder(pairs, step), nu)


@any_ladder
def test_orbital_part_is_the_q_binomial_of_eq_9(pairs: int, step: int) -> None:
    levels = [step * (2 * i - pairs + 1) for i in range(pairs)]
    upper = lower = ONE
    for k in range(1, pairs + 1):
        upper, lower = upper * bracket(pairs + 1 - k, step), lower * bracket(k, step)
        assert lower * counted(sum(chosen) for chosen in combinations(levels, k)) == upper


# -- singly occupied levels and the connected gap ----------------------------------------------------


@any_shell
def test_identity_c(moments: Moments) -> None:
    pairs = len(moments)
    for nu in range(pairs + 1):
        common = total(Fraction(nu - b, 2) * states for b, states in unpaired_states(moments, nu))
        assert common == (pairs + 1 - nu) * phi(moments, nu - 2)


@any_shell
@pytest.mark.parametrize("boltzmann", [Fraction(2), Fraction(7, 5), Fraction(1), Fraction(1, 3)], ids=str)
def test_identity_d(moments: Moments, boltzmann: Fraction) -> None:
    """`boltzmann` = e^{βG}, so that e^{−βE_ν} is its power ⟨A⁺A⟩_ν; below 1 the force repels."""
    pairs = len(moments)

    def factor(electrons: int, nu: int) -> Fraction:
        return boltzmann ** pair_number(pairs, electrons, nu)

    for electrons in range(2 * pairs + 1):
        direct = closed = ZERO
        for nu in seniorities(pairs, electrons):
            w = factor(electrons, nu)
            for b, states in unpaired_states(moments, nu):
                linked = pair_number(pairs, electrons, nu) - Fraction(electrons - b, 2)
                direct += (w * linked) * states
            quarter = Fraction((electrons - nu) * (2 * pairs - electrons - nu), 4)
            assert quarter >= 0
            closed += (quarter * w * (1 - boltzmann ** (nu - pairs))) * phi(moments, nu)
        assert direct == closed


@pytest.mark.parametrize("pairs", range(2, 12))
def test_connected_pairs_of_a_hot_shell(pairs: int) -> None:
    """tr (Σ_{k≠k'} a⁺_k a⁺_k̄ a_k̄' a_k')² is the number of ways to move one pair."""
    for electrons in range(2, 2 * pairs - 1):
        terms = (
            (electrons - nu) * (2 * pairs - electrons - nu) * (pairs - nu) * comb(2 * pairs, nu)
            for nu in seniorities(pairs, electrons)
        )
        assert sum(terms) == 4 * pairs * (pairs - 1) * comb(2 * pairs - 4, electrons - 2)


# -- counting --------------------------------------------------------------------------------------


@any_shell
def test_weights_at_zero_field_are_differences_of_binomials(moments: Moments) -> None:
    pairs = len(moments)
    for nu in range(pairs + 1):
        below = comb(2 * pairs, nu - 2) if nu > 1 else 0
        assert weight(moments, nu).at_one() == comb(2 * pairs, nu) - below


@any_shell
def test_weights_of_one_electron_number_add_up_to_all_its_states(moments: Moments) -> None:
    pairs = len(moments)
    for electrons in range(2 * pairs + 1):
        states = total(weight(moments, nu) for nu in seniorities(pairs, electrons))
        assert states == phi(moments, electrons)  # moment by moment, and for N > M too


@pytest.mark.parametrize("pairs", range(1, 30))
def test_quasispin_multiplets_fill_the_whole_space(pairs: int) -> None:
    def states(nu: int) -> int:
        return comb(2 * pairs, nu) - (comb(2 * pairs, nu - 2) if nu > 1 else 0)

    assert sum((pairs - nu + 1) * states(nu) for nu in range(pairs + 1)) == 4**pairs


@pytest.mark.parametrize("pairs", range(1, 30))
def test_hot_shell_keeps_the_pairs_of_free_electrons(pairs: int) -> None:
    """Δ_c² → G²N(N−1)/(2(2M−1)), the floor of the canonical gap."""
    for electrons in range(2 * pairs + 1):
        terms = (
            (comb(2 * pairs, nu) - (comb(2 * pairs, nu - 2) if nu > 1 else 0))
            * pair_number(pairs, electrons, nu)
            for nu in seniorities(pairs, electrons)
        )
        mean = Fraction(sum(terms), comb(2 * pairs, electrons))
        assert mean == Fraction(electrons * (electrons - 1), 2 * (2 * pairs - 1))


@any_shell
def test_top_moment_is_the_sum_of_the_largest(moments: Moments) -> None:
    for nu in range(len(moments) + 1):
        assert max(weight(moments, nu).terms) == sum(moments[:nu])


@pytest.mark.parametrize("pairs", [1, 3, 5])
def test_top_moment_of_an_orbital_shell_is_eq_11(pairs: int) -> None:
    moments = ladder(pairs, 1)
    for nu in range(pairs + 1):
        top = max(weight(moments, nu).terms)  # twice m_ν
        assert 2 * top == nu * (2 * pairs - nu) - nu % 2 + (4 if nu else 0)
        assert weight(moments, nu).terms[top] == (2 if nu % 2 and nu >= 3 else 1)


@pytest.mark.parametrize("pairs", range(3, 40, 2))
def test_steps_of_an_orbital_shell_are_those_of_eq_12(pairs: int) -> None:
    moments = ladder(pairs, 1)
    for nu in range(pairs - 1):
        field = Fraction(pairs - nu) / Fraction(moments[nu] + moments[nu + 1], 2)  # in units of G = 2Δ₀/M
        assert field == (1 if nu == 0 else Fraction(pairs - nu, pairs - nu - 1))
