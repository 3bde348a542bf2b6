"""One degenerate shell in ball arithmetic: every digit proved, by a road the package does not take.

The package adds the pairs one by one, never subtracts, and uses q-number identities. Here it is the text of
the paper (Kuzmenko, Mikhajlov, Frauendorf, arXiv:cond-mat/0002030) taken at its word: Φ_ν are coefficients of
a polynomial product, D_ν = Φ_ν − Φ_{ν−2} is a subtraction, a variance is ⟨m²⟩ − ⟨m⟩². The last two lose
digits; the working precision is raised until every result has those that were asked for.

Floats are taken as the exact numbers they are. Results are python-flint balls ``[mid ± rad]`` that contain
the true value, with rad/|mid| < 10^−digits; a quantity below 1e-320 may instead be a ball round 0, smaller
than that (a zero is exact where its cause is structural: an empty or full shell, a single level). A ball as
input must be narrow enough for the digits asked. k_B = ħ = μ_B = 1.

Arithmetic on a ball that was returned rounds to ``flint.ctx.prec``, 53 bits by default: compare inside
``with flint.ctx.workprec(200):``. The working precision is global to the process, so: one thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

from quasispin.errors import DependencyError, InputError, SolverError

try:
    from flint import arb, arb_poly, ctx
except ImportError as error:  # pragma: no cover
    raise DependencyError(
        'The oracles of many digits need the extra `verify`: pip install "quasispin[verify]".', "flint"
    ) from error

__all__ = [
    "CanonicalReference",
    "GrandCanonicalReference",
    "WeightReference",
    "canonical",
    "grand_canonical",
    "grand_canonical_at_mean_number",
    "mean_number_root",
    "number_partition_functions",
    "state_sums",
    "weights",
]

Real = float | int | arb
"""A number taken as exact (an `arb` with a radius is taken as the ball it is)."""

_FIRST_BITS = 192
_LAST_BITS = 1 << 16
_UNDERFLOW = arb((1, -1064))  # 5e-321: nothing below can be told from 0 in a double that keeps its digits


@dataclass(frozen=True)
class _Reference:
    """Balls with names; `floats` rounds them to the nearest doubles."""

    def floats(self) -> dict[str, float | list[float]]:
        """Return every ball rounded to a double, by name; tuples become lists."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: [_rounded(ball) for ball in value] if isinstance(value, tuple) else _rounded(value)
            for name, value in values.items()
        }

    def balls(self) -> list[tuple[str, arb]]:
        """Return (name, ball) for every number, tuples taken apart."""
        pairs: list[tuple[str, arb]] = []
        for field in fields(self):
            value = getattr(self, field.name)
            pairs += [(field.name, ball) for ball in (value if isinstance(value, tuple) else (value,))]
        return pairs


@dataclass(frozen=True)
class WeightReference(_Reference):
    """The statistical weight D_ν(x) of one seniority, and what follows from it.

    ``log_weight`` is ln D_ν; ``top_moment`` the sum of the ν largest |m_k|; ``log_weight_from_top`` is
    ln D_ν − |x|·top; ``mean_moment`` = D'/D; ``moment_deficit`` = top − |D'/D|; ``moment_variance`` =
    D''/D − (D'/D)²; ``mean_singly_occupied`` = ∂ln D/∂ln s, the mean number of singly occupied pair levels.
    """

    log_weight: arb
    top_moment: arb
    log_weight_from_top: arb
    mean_moment: arb
    moment_deficit: arb
    moment_variance: arb
    mean_singly_occupied: arb


@dataclass(frozen=True)
class CanonicalReference(_Reference):
    """Averages of N electrons in one degenerate shell of M pairs; ``seniority`` is P(ν), ν = 0…M.

    ``gap`` = √(−G E_c) of eq. (10), ``connected_gap_squared`` = G²(⟨A⁺A⟩ − (N − ⟨b⟩)/2), F and U in units of
    energy with N·ε inside, S and C in k_B, moment in μ_B, χ = −∂²F/∂ω² in μ_B² per energy.
    """

    log_partition: arb
    free_energy: arb
    energy: arb
    pair_energy: arb
    moment: arb
    susceptibility: arb
    heat_capacity: arb
    entropy: arb
    gap: arb
    connected_gap_squared: arb
    mean_singly_occupied: arb
    seniority: tuple[arb, ...]


@dataclass(frozen=True)
class GrandCanonicalReference(_Reference):
    """Averages over N; as :class:`CanonicalReference`, with the reservoir's own.

    ``log_partition`` is ln Ξ, ``free_energy`` F = Ω + μ⟨N⟩, ``energy`` is without μN. ``heat_capacity`` and
    ``susceptibility`` hold ⟨N⟩ fixed, those ``…_fixed_potential`` hold μ. ``seniority``: P(ν), ν = 0…M;
    ``number``: P(N), N = 0…2M.
    """

    chemical_potential: arb
    electrons: arb
    number_variance: arb
    log_partition: arb
    free_energy: arb
    energy: arb
    pair_energy: arb
    moment: arb
    susceptibility: arb
    heat_capacity: arb
    susceptibility_fixed_potential: arb
    heat_capacity_fixed_potential: arb
    entropy: arb
    gap: arb
    connected_gap_squared: arb
    mean_singly_occupied: arb
    seniority: tuple[arb, ...]
    number: tuple[arb, ...]


def canonical(
    moments: Sequence[Real],
    electrons: int,
    coupling: Real,
    temperature: Real,
    field: Real,
    *,
    energy: Real = 0.0,
    digits: int = 40,
) -> CanonicalReference:
    """N electrons in one degenerate shell: Z = Σ_ν D_ν(βω) e^{−βE_ν}, eqs. (4), (6), (10).

    Parameters
    ----------
    moments
        One moment per pair, shape (M,).
    electrons
        N, 0 ≤ N ≤ 2M.
    coupling, temperature, field, energy
        G, T > 0, ω and the level ε, energies in one unit.
    digits
        Decimal digits that every ball is promised to have.

    Raises
    ------
    InputError
        T ≤ 0, or N outside the shell.
    SolverError
        The digits are not there at 65536 bits.
    """
    _check_number(electrons, len(moments))

    def compute() -> CanonicalReference:
        shell = _Shell.of(moments, coupling, temperature, field, energy)
        return _canonical_averages(shell, electrons)

    return _until_resolved(compute, digits)


def grand_canonical(
    moments: Sequence[Real],
    coupling: Real,
    temperature: Real,
    field: Real,
    chemical_potential: Real,
    *,
    numbers: Iterable[int] | None = None,
    energy: Real = 0.0,
    digits: int = 40,
) -> GrandCanonicalReference:
    """Sum over N of e^{βμN} Z_N, written out; `numbers` are the N that the reservoir allows (None: all).

    Parameters as in :func:`canonical`; ``range(0, 2*M + 1, 2)`` for `numbers` is the even number-parity
    ensemble.

    Raises
    ------
    InputError, SolverError
        As :func:`canonical`. At low T, C and χ at fixed ⟨N⟩ are quotients of numbers like 10^−1000: costly.
    """
    allowed = _allowed(numbers, len(moments))

    def compute() -> GrandCanonicalReference:
        shell = _Shell.of(moments, coupling, temperature, field, energy)
        reduced = (arb(chemical_potential) - shell.energy) / shell.temperature
        return _grand_averages(shell, _grand_bath(shell, allowed, reduced), reduced)

    return _until_resolved(compute, digits)


def grand_canonical_at_mean_number(
    moments: Sequence[Real],
    electrons: Real,
    coupling: Real,
    temperature: Real,
    field: Real,
    *,
    numbers: Iterable[int] | None = None,
    energy: Real = 0.0,
    digits: int = 40,
) -> GrandCanonicalReference:
    """Grand canonical averages at the μ of a given ⟨N⟩; μ is enclosed anew at every working precision.

    Raises
    ------
    InputError
        ⟨N⟩ is not strictly between the smallest and the largest allowed N: no finite μ has it.
    """
    allowed = _allowed(numbers, len(moments))
    _check_mean(electrons, allowed)

    def compute() -> GrandCanonicalReference:
        shell = _Shell.of(moments, coupling, temperature, field, energy)
        partition = _partition_functions(shell, allowed)
        reduced = _enclose_root(_MeanNumber(partition, allowed, arb(electrons)))
        return _grand_averages(shell, _grand_bath(shell, allowed, reduced), reduced)

    return _until_resolved(compute, digits)


def mean_number_root(
    moments: Sequence[Real],
    electrons: Real,
    coupling: Real,
    temperature: Real,
    field: Real,
    *,
    numbers: Iterable[int] | None = None,
    energy: Real = 0.0,
    digits: int = 40,
) -> arb:
    """Return the ball of the chemical potential μ with ⟨N⟩ = `electrons`: ⟨N⟩ − N changes sign inside it.

    Parameters and errors as in :func:`grand_canonical_at_mean_number`.
    """
    allowed = _allowed(numbers, len(moments))
    _check_mean(electrons, allowed)

    def compute() -> _Single:
        shell = _Shell.of(moments, coupling, temperature, field, energy)
        condition = _MeanNumber(_partition_functions(shell, allowed), allowed, arb(electrons))
        return _Single(shell.energy + _enclose_root(condition) * shell.temperature)

    return _until_resolved(compute, digits).value


def number_partition_functions(
    moments: Sequence[Real],
    coupling: Real,
    temperature: Real,
    field: Real,
    *,
    energy: Real = 0.0,
    digits: int = 40,
) -> list[arb]:
    """Return ln Z_N for N = 0…2M, eq. (6)."""
    numbers = _allowed(None, len(moments))

    def compute() -> _Many:
        shell = _Shell.of(moments, coupling, temperature, field, energy)
        shift = shell.energy / shell.temperature
        return _Many(
            tuple(
                z.log() - shift * n
                for n, z in zip(numbers, _partition_functions(shell, numbers), strict=True)
            )
        )

    return list(_until_resolved(compute, digits).values)


def weights(moments: Sequence[Real], x: Real, *, digits: int = 40) -> list[WeightReference]:
    """Return the weight of every seniority ν = 0…M at x = ω/T; D_ν = Φ_ν − Φ_{ν−2}, below eq. (6)."""

    def compute() -> _Rows:
        table = _table(moments, arb(x), len(moments))
        tops = _top_moments(moments)
        return _Rows(tuple(_weight(table, nu, tops[nu], arb(x)) for nu in range(len(moments) + 1)))

    return list(_until_resolved(compute, digits).rows)


def state_sums(moments: Sequence[Real], x: Real, *, digits: int = 40) -> list[arb]:
    """Return Φ_ν(x), ν = 0…2M, eq. (7): the sum of e^{xm} over all ν-electron configurations of 2M states."""

    def compute() -> _Many:
        product = _product_tree([_factor(arb(m), arb(x)) for m in moments], 2 * len(moments))[0]
        return _Many(tuple(product[nu] for nu in range(2 * len(moments) + 1)))

    return list(_until_resolved(compute, digits).values)


# ── adaptive precision ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Single(_Reference):
    value: arb


@dataclass(frozen=True)
class _Many(_Reference):
    values: tuple[arb, ...]


@dataclass(frozen=True)
class _Rows(_Reference):
    rows: tuple[WeightReference, ...]

    def balls(self) -> list[tuple[str, arb]]:
        return [pair for row in self.rows for pair in row.balls()]


_R = TypeVar("_R", bound=_Reference)


def _until_resolved(compute: Callable[[], _R], digits: int) -> _R:
    """Repeat `compute` with twice the bits until every ball has its digits, or is known to underflow."""
    wanted = math.ceil(digits * math.log2(10)) + 2
    bits = max(_FIRST_BITS, wanted + 56)
    while bits <= _LAST_BITS:
        with ctx.workprec(bits):
            result = compute()
            open_ones = [name for name, ball in result.balls() if not _resolved(ball, wanted)]
        if not open_ones:
            return result
        bits *= 2
    raise SolverError(f"{_LAST_BITS} bits do not resolve {', '.join(sorted(set(open_ones)))}.", open_ones)


def _rounded(ball: arb) -> float:
    """Return the nearest double; a ball round 0 is the underflow of the module docstring, hence 0."""
    return 0.0 if ball.contains(0) else float(ball) + 0.0  # never −0.0


def _resolved(ball: arb, wanted: int) -> bool:
    return bool(ball.rel_accuracy_bits() >= wanted) or bool(ball.abs_upper() < _UNDERFLOW)


# ── seniority weights ───────────────────────────────────────────────────────────────────────────────────

_Polynomials = tuple[arb_poly, arb_poly, arb_poly, arb_poly]
"""A polynomial in t, its first and second derivative in x, and its derivative in s at s = 1."""


@dataclass(frozen=True)
class _Table:
    """D_ν, ∂D_ν/∂x, ∂²D_ν/∂x² and ∂D_ν/∂s for ν = 0…top."""

    value: list[arb]
    slope: list[arb]
    curvature: list[arb]
    singles: list[arb]


def _table(moments: Sequence[Real], x: arb, top: int) -> _Table:
    product = _product_tree([_factor(arb(m), x) for m in moments], top)
    return _Table(*(_neighbour_differences(polynomial, top) for polynomial in product))


def _neighbour_differences(phi: arb_poly, top: int) -> list[arb]:
    return [phi[nu] - phi[nu - 2] if nu >= 2 else phi[nu] for nu in range(top + 1)]


def _factor(moment: arb, x: arb) -> _Polynomials:
    """(1 + t e^{xm})(1 + t e^{−xm}) = 1 + s·2cosh(xm)·t + t² at s = 1, and its derivatives."""
    sinh, cosh = (moment * x).sinh_cosh()
    y = 2 * cosh
    return (
        arb_poly([1, y, 1]),
        arb_poly([0, 2 * moment * sinh]),
        arb_poly([0, moment * moment * y]),
        arb_poly([0, y]),
    )


def _product_tree(factors: list[_Polynomials], top: int) -> _Polynomials:
    """Multiply neighbours until one is left; powers of t above `top` are dropped on the way."""
    if not factors:
        return arb_poly([1]), arb_poly([]), arb_poly([]), arb_poly([])
    while len(factors) > 1:
        odd_one = factors[-1:] if len(factors) % 2 else []
        factors = [_multiply(a, b, top) for a, b in zip(factors[::2], factors[1::2], strict=False)] + odd_one
    return factors[0]


def _multiply(a: _Polynomials, b: _Polynomials, top: int) -> _Polynomials:
    """Leibniz' rule in x up to the second order and in s up to the first."""
    products = (
        a[0] * b[0],
        a[1] * b[0] + a[0] * b[1],
        a[2] * b[0] + 2 * (a[1] * b[1]) + a[0] * b[2],
        a[3] * b[0] + a[0] * b[3],
    )
    if products[0].degree() <= top:
        return products
    p, slope, curvature, singles = (polynomial.truncate(top + 1) for polynomial in products)
    return p, slope, curvature, singles


def _top_moments(moments: Sequence[Real]) -> list[arb]:
    sizes = sorted((abs(arb(m)) for m in moments), reverse=True)
    tops = [arb(0)]
    for size in sizes:
        tops.append(tops[-1] + size)
    return tops


def _weight(table: _Table, nu: int, top: arb, x: arb) -> WeightReference:
    log_weight = table.value[nu].log()
    mean = table.slope[nu] / table.value[nu]
    return WeightReference(
        log_weight=log_weight,
        top_moment=top,
        log_weight_from_top=log_weight - abs(x) * top,
        mean_moment=mean,
        moment_deficit=top - abs(mean),
        moment_variance=table.curvature[nu] / table.value[nu] - mean * mean,
        mean_singly_occupied=table.singles[nu] / table.value[nu],
    )


# ── the statistical sum ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Shell:
    """One shell with its bath, as balls of the working precision."""

    moments: Sequence[Real]
    coupling: arb
    temperature: arb
    field: arb
    energy: arb

    @classmethod
    def of(
        cls, moments: Sequence[Real], coupling: Real, temperature: Real, field: Real, energy: Real
    ) -> _Shell:
        if not arb(temperature) > 0:
            raise InputError(
                f"`temperature` must be positive for this oracle, but is {temperature}.", temperature
            )
        return cls(moments, arb(coupling), arb(temperature), arb(field), arb(energy))

    @property
    def pairs(self) -> int:
        return len(self.moments)

    def table(self, top: int) -> _Table:
        return _table(self.moments, self.field / self.temperature, top)

    def boltzmann(self, number: int) -> arb:
        """Return e^{βG·number}; −G·number is the pair energy of eq. (4)."""
        return (self.coupling * number / self.temperature).exp()


def _pair_number(electrons: int, nu: int, pairs: int) -> int:
    """Eigenvalue of A⁺A, −E_ν/G of eq. (4), an integer."""
    return (electrons - nu) * (2 * pairs + 2 - electrons - nu) // 4


def _seniorities(electrons: int, pairs: int) -> range:
    return range(electrons % 2, min(electrons, 2 * pairs - electrons) + 1, 2)


@dataclass(frozen=True)
class _Bath:
    """Factors e^{βG(K−K₀) + y(N−N₀)} of all (N, ν): everything of the sum that is not a weight D_ν."""

    number_origin: int
    pair_origin: int
    factors: dict[tuple[int, int], arb]  # (N, ν)


def _canonical_bath(shell: _Shell, electrons: int) -> _Bath:
    origin = _pair_number(electrons, electrons % 2, shell.pairs)
    factors = {
        (electrons, nu): shell.boltzmann(_pair_number(electrons, nu, shell.pairs) - origin)
        for nu in _seniorities(electrons, shell.pairs)
    }
    return _Bath(electrons, origin, factors)


def _grand_bath(shell: _Shell, allowed: Sequence[int], reduced_potential: arb) -> _Bath:
    """`reduced_potential` is y = β(μ − ε)."""
    first = allowed[0]
    origin = _pair_number(first, first % 2, shell.pairs)
    boltzmann: dict[int, arb] = {}
    factors: dict[tuple[int, int], arb] = {}
    for n in allowed:
        fugacity = (reduced_potential * (n - first)).exp()
        for nu in _seniorities(n, shell.pairs):
            k = _pair_number(n, nu, shell.pairs) - origin
            if k not in boltzmann:
                boltzmann[k] = shell.boltzmann(k)
            factors[n, nu] = fugacity * boltzmann[k]
    return _Bath(first, origin, factors)


class _Moments:
    """Means ⟨n^a k^b …⟩ with n = N − N₀, k = A⁺A − K₀ and one of 1, m, m², b beside them."""

    def __init__(self, shell: _Shell, bath: _Bath) -> None:
        top = max(nu for _, nu in bath.factors)
        self._bath = bath
        self._table = shell.table(top)
        self._pairs = shell.pairs
        self.sum = self._total(0, 0, self._table.value)

    def _powers(self, a: int, b: int) -> dict[int, arb]:
        """Return Σ_N factor·n^a·k^b by ν."""
        sums: dict[int, arb] = {}
        for (n, nu), factor in self._bath.factors.items():
            k = _pair_number(n, nu, self._pairs) - self._bath.pair_origin
            sums[nu] = sums.get(nu, arb(0)) + factor * ((n - self._bath.number_origin) ** a * k**b)
        return sums

    def _total(self, a: int, b: int, column: list[arb]) -> arb:
        return sum((part * column[nu] for nu, part in self._powers(a, b).items()), arb(0))

    def plain(self, a: int, b: int) -> arb:
        return self._total(a, b, self._table.value) / self.sum

    def with_moment(self, a: int, b: int) -> arb:
        return self._total(a, b, self._table.slope) / self.sum

    def squared_moment(self) -> arb:
        return self._total(0, 0, self._table.curvature) / self.sum

    def singly_occupied(self) -> arb:
        return self._total(0, 0, self._table.singles) / self.sum

    def pair_number(self) -> arb:
        """⟨A⁺A⟩ from its own values, all ≥ 0, not as K₀ plus a mean of k < 0."""
        parts = (
            factor * self._table.value[nu] * _pair_number(n, nu, self._pairs)
            for (n, nu), factor in self._bath.factors.items()
        )
        return sum(parts, arb(0)) / self.sum

    def distribution(self, which: int, length: int) -> tuple[arb, ...]:
        """P(N) for which = 0, P(ν) for which = 1."""
        result = [arb(0)] * length
        for key, factor in self._bath.factors.items():
            result[key[which]] += factor * self._table.value[key[1]] / self.sum
        return tuple(result)


@dataclass(frozen=True)
class _Covariances:
    """First and second cumulants of N, U' = −GA⁺A − ωm and m (U' is the energy without εN)."""

    electrons: arb
    pair_number: arb
    moment: arb
    energy: arb
    energy_from_origin: arb  # ⟨U'⟩ + G·K₀
    number_number: arb
    energy_energy: arb
    energy_number: arb
    moment_number: arb
    moment_moment: arb


def _covariances(shell: _Shell, bath: _Bath, mean: _Moments) -> _Covariances:
    g, w = shell.coupling, shell.field
    n, k, m, pairs = mean.plain(1, 0), mean.plain(0, 1), mean.with_moment(0, 0), mean.pair_number()
    nn, nk, nm = mean.plain(2, 0) - n * n, mean.plain(1, 1) - n * k, mean.with_moment(1, 0) - n * m
    kk, km, mm = mean.plain(0, 2) - k * k, mean.with_moment(0, 1) - k * m, mean.squared_moment() - m * m
    return _Covariances(
        electrons=bath.number_origin + n,
        pair_number=pairs,
        moment=m,
        energy=-g * pairs - w * m,
        energy_from_origin=-g * k - w * m,
        number_number=nn,
        energy_energy=g * g * kk + 2 * g * w * km + w * w * mm,
        energy_number=-g * nk - w * nm,
        moment_number=nm,
        moment_moment=mm,
    )


def _canonical_averages(shell: _Shell, electrons: int) -> CanonicalReference:
    bath = _canonical_bath(shell, electrons)
    mean = _Moments(shell, bath)
    c = _covariances(shell, bath, mean)
    beta, level = 1 / shell.temperature, shell.energy * electrons
    log_sum = mean.sum.log()
    log_partition = log_sum + beta * (shell.coupling * bath.pair_origin - level)
    singles = mean.singly_occupied()
    return CanonicalReference(
        log_partition=log_partition,
        free_energy=-shell.temperature * log_partition,
        energy=level + c.energy,
        pair_energy=-shell.coupling * c.pair_number,
        moment=c.moment,
        susceptibility=beta * c.moment_moment,
        heat_capacity=beta**2 * c.energy_energy,
        entropy=log_sum + beta * c.energy_from_origin,
        gap=abs(shell.coupling) * _root(c.pair_number),
        connected_gap_squared=_connected(shell, c, singles),
        mean_singly_occupied=singles,
        seniority=mean.distribution(1, shell.pairs + 1),
    )


def _grand_averages(shell: _Shell, bath: _Bath, reduced_potential: arb) -> GrandCanonicalReference:
    mean = _Moments(shell, bath)
    c = _covariances(shell, bath, mean)
    beta, potential = 1 / shell.temperature, reduced_potential * shell.temperature
    log_sum, singles = mean.sum.log(), mean.singly_occupied()
    first = bath.number_origin
    log_partition = log_sum + beta * shell.coupling * bath.pair_origin + reduced_potential * first
    fixed_energy, fixed_moment = _at_fixed_number(c)
    open_energy = c.energy_energy - 2 * potential * c.energy_number + potential * potential * c.number_number
    return GrandCanonicalReference(
        chemical_potential=shell.energy + potential,
        electrons=c.electrons,
        number_variance=c.number_number,
        log_partition=log_partition,
        free_energy=(shell.energy + potential) * c.electrons - shell.temperature * log_partition,
        energy=shell.energy * c.electrons + c.energy,
        pair_energy=-shell.coupling * c.pair_number,
        moment=c.moment,
        susceptibility=beta * fixed_moment,
        heat_capacity=beta**2 * fixed_energy,
        susceptibility_fixed_potential=beta * c.moment_moment,
        heat_capacity_fixed_potential=beta**2 * open_energy,
        entropy=log_sum + beta * c.energy_from_origin - reduced_potential * (c.electrons - first),
        gap=abs(shell.coupling) * _root(c.pair_number),
        connected_gap_squared=_connected(shell, c, singles),
        mean_singly_occupied=singles,
        seniority=mean.distribution(1, shell.pairs + 1),
        number=mean.distribution(0, 2 * shell.pairs + 1),
    )


def _at_fixed_number(c: _Covariances) -> tuple[arb, arb]:
    """Return the residual variances of U and m once their regression on N is taken out."""
    if c.number_number.is_zero():  # one single allowed N: nothing to take out
        return c.energy_energy, c.moment_moment
    return (
        c.energy_energy - c.energy_number * c.energy_number / c.number_number,
        c.moment_moment - c.moment_number * c.moment_number / c.number_number,
    )


def _connected(shell: _Shell, c: _Covariances, singles: arb) -> arb:
    return shell.coupling**2 * (c.pair_number - (c.electrons - singles) / 2)


def _root(ball: arb) -> arb:
    return arb(0) if ball.is_zero() else ball.sqrt()


# ── the chemical potential ──────────────────────────────────────────────────────────────────────────────


def _partition_functions(shell: _Shell, numbers: Sequence[int]) -> list[arb]:
    """Return Z_N of the allowed N, without ε."""
    table = shell.table(max(min(n, 2 * shell.pairs - n) for n in numbers))
    boltzmann = {
        k: shell.boltzmann(k)
        for k in {_pair_number(n, nu, shell.pairs) for n in numbers for nu in _seniorities(n, shell.pairs)}
    }
    return [
        sum(
            (
                table.value[nu] * boltzmann[_pair_number(n, nu, shell.pairs)]
                for nu in _seniorities(n, shell.pairs)
            ),
            arb(0),
        )
        for n in numbers
    ]


class _MeanNumber:
    """The condition Σ_N Z_N e^{yN} (N − N̄) = 0 on y = β(μ − ε)."""

    def __init__(self, partition: list[arb], numbers: Sequence[int], mean: arb) -> None:
        self._terms = [
            (n, z * (n - mean), z * (n - mean) ** 2) for n, z in zip(numbers, partition, strict=True)
        ]

    def excess(self, y: arb) -> arb:
        """Σ_N Z_N e^{yN} (N − N̄): the sign of ⟨N⟩ − N̄."""
        return sum((first * (y * n).exp() for n, first, _ in self._terms), arb(0))

    def newton_step(self, y: arb) -> arb:
        factors = [(y * n).exp() for n, _, _ in self._terms]
        excess = sum((f * first for f, (_, first, _) in zip(factors, self._terms, strict=True)), arb(0))
        slope = sum((f * second for f, (_, _, second) in zip(factors, self._terms, strict=True)), arb(0))
        return excess / slope


def _enclose_root(condition: _MeanNumber) -> arb:
    """Bisect to 2⁻²⁰, polish by Newton, then prove the root by the signs at both ends of a ball."""
    low, high = _bracket(condition)
    while high - low > arb((1, -20)):
        middle = ((low + high) / 2).mid()
        excess = condition.excess(middle)
        if excess > 0:
            high = middle
        elif excess < 0:
            low = middle
        else:
            break
    return _proved(condition, _polished(condition, ((low + high) / 2).mid()))


def _bracket(condition: _MeanNumber) -> tuple[arb, arb]:
    low, high = arb(-1), arb(1)
    while not condition.excess(low) < 0:
        low = 2 * low
    while not condition.excess(high) > 0:
        high = 2 * high
    return low, high


def _polished(condition: _MeanNumber, y: arb) -> arb:
    # within 2⁻²⁰ of the root e^{yN} is nearly linear for every N in reach: each step doubles the digits
    for _ in range(20):
        step = condition.newton_step(y).mid()
        if not step.is_finite():
            break
        y = (y - step).mid()
        if abs(step) < (1 + abs(y)) * arb((1, -ctx.prec // 2)):
            break
    return y


def _proved(condition: _MeanNumber, y: arb) -> arb:
    radius = (1 + abs(y)).mid() * arb((1, -ctx.prec))
    while radius < 1:
        if condition.excess((y - radius).mid()) < 0 and condition.excess((y + radius).mid()) > 0:
            return arb(y, 2 * radius)
        radius = (radius * 16).mid()
    return arb.nan()


# ── what is allowed ─────────────────────────────────────────────────────────────────────────────────────


def _check_number(electrons: int, pairs: int) -> None:
    if not 0 <= electrons <= 2 * pairs:
        raise InputError(f"`electrons` must lie in [0, {2 * pairs}], but is {electrons}.", electrons)


def _allowed(numbers: Iterable[int] | None, pairs: int) -> list[int]:
    allowed = list(range(2 * pairs + 1)) if numbers is None else sorted(set(numbers))
    if not allowed:
        raise InputError("`numbers` must name at least one number of electrons, but is empty.", numbers)
    for electrons in allowed:
        _check_number(electrons, pairs)
    return allowed


def _check_mean(electrons: Real, allowed: Sequence[int]) -> None:
    if not (arb(electrons) > allowed[0] and arb(electrons) < allowed[-1]):
        raise InputError(
            f"`electrons` must lie strictly between {allowed[0]} and {allowed[-1]}, but is {electrons}.",
            electrons,
        )
