"""The mean field of Bardeen, Cooper and Schrieffer: one degenerate shell at its certified global minimum.

Several shells, a coupling matrix and blocked levels are in `mean_field_shells`, where the minimum is
searched first and certified afterwards. For one shell:

With ξ = ε − μ and E = √(ξ² + Δ²) the grand potential at a gap Δ is

    Ω(Δ, μ) = Δ²/G + Mξ − h(E),      h(E) = T Σ_k ln(2 cosh E/T + 2 cosh ωm_k/T),

h being minus the potential of quasi-particles of energies E ± ωm_k. The free energy of N electrons is
F(Δ) = max_μ [Ω(Δ, μ) + μN], and the state is its *global* minimum. In every paired state ξ = (M−N)G/2
whatever T and ω, which leaves one equation,

    2E/G = S(E),     S = h' = Σ_k ½[tanh (E+ωm_k)/2T + tanh (E−ωm_k)/2T],     Δ² = E² − ξ² > 0,

with several roots in a field; the normal state (Δ = 0, μ from N) competes with them. Which is lowest is
decided by bounds, not by a starting point: see `compiled.mean_field`.

Exchange: the term Σ_k ⟨n_k⟩⟨n_k̄⟩ that the factorised force also has is dropped, as usual.

References
----------
J. Bardeen, L. N. Cooper, J. R. Schrieffer, Phys. Rev. 108, 1175 (1957), doi:10.1103/PhysRev.108.1175;
N. K. Kuzmenko, V. M. Mikhajlov, S. Frauendorf, arXiv:cond-mat/0002030.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from quasispin.compiled.records import Minima
from quasispin.ensembles.averages import NO_GAP, Array, Averages
from quasispin.ensembles.base import Ensemble
from quasispin.ensembles.mean_field_shells import Blocked, check_blocked, lowest, stationary
from quasispin.errors import InputError, SolverError, UndefinedError, broadcast, finite, real_array
from quasispin.parallel import cores
from quasispin.system.family import Family
from quasispin.system.system import System

SERIAL_POINTS = 2048
"""Up to this many points one thread is faster than several."""
CHUNK_POINTS = 1024
SMALLEST_JUMP = 1e-7
"""Jumps of the moment below this share of the largest moment are not told from steep slopes."""

EPSILON = float(np.finfo(np.float64).eps)

MIXED = "The mean field mixes seniorities; Canonical has them."
GAPS = ("gap_squared", "connected_gap_squared")


@dataclass(frozen=True)
class Branch:
    """One stationary state of F(Δ)."""

    gap: float
    """Δ, an energy; 0 in the normal state; the largest |Δ_s| of several shells."""
    chemical_potential: float
    """μ, an energy; NaN for an empty or full shell."""
    free_energy: float
    """F = Ω + μN, an energy."""
    moment: float
    """−∂F/∂ω on this branch, in μ_B."""
    stable: bool
    """Whether F(Δ) has a local minimum here; else a maximum (of several shells: or a saddle)."""
    shell_gaps: tuple[float, ...] = ()
    """Δ_s with their relative signs, where the shells are several or a level is blocked."""

    @property
    def kind(self) -> str:
        """ "paired" or "normal"."""
        return "paired" if self.gap > 0 else "normal"


@dataclass(frozen=True)
class Jump:
    """A first-order transition: two states of equal free energy, and a δ-function in χ."""

    field: float
    """ω of the transition, an energy."""
    moment_change: float
    """Weight of the δ-function of χ(ω): the moment above minus the moment below, in μ_B; always > 0."""
    gap_before: float
    """Δ just below `field`."""
    gap_after: float
    """Δ just above `field`."""


@dataclass(frozen=True)
class MeanField(Ensemble):
    """BCS with ⟨N⟩ fixed: the global minimum of F(Δ) over all roots of the gap equation and the normal state.

    The minimum is certified: for one shell to rounding; for several, or with a blocked level, F to 10⁻¹⁰ of
    the size of its terms. Where more than five directions of the coupling matrix attract, or a budget ends,
    `averages(…).uncertified` says by how much F may lie above the minimum at most; elsewhere it is 0 (see
    `mean_field_shells`). `branches` shows all the stationary states that were found.

    Parameters
    ----------
    system
        A `System` or a `Family`.
    blocked
        For odd N, the level that one unpaired electron blocks: its partner stays empty, the level leaves the
        gap equations. None: ⟨N⟩ is kept by μ alone.

    Raises
    ------
    InputError
        If `blocked` names no level of the system, or N is even.

    Examples
    --------
    >>> from quasispin.system import shell, system
    >>> grain = system.System.single_shell(shell.Shell.orbital(5), electrons=11, gap_scale=1.0)
    >>> MeanField(grain).branches(temperature=0.01, field=0.17)[0].kind
    'paired'

    Notes
    -----
    All derivatives are taken along the stable branch: on a paired one dμ = 0 and 2E/G = S(E), in the normal
    state dμ keeps N. With quasi-particle energies e, moments m, weights g = f(1−f) and Γ = Σg, P = Σgm,
    Q = Σge/T:

        paired   χ = [Σ g m² + P²/(2T/G − Γ)]/T      C = Σ g e²/T² + Q²/(2T/G − Γ)
        normal   χ = [Σ g m² − P²/Γ]/T               C = Σ g e²/T² − Q²/Γ

    (the latter formed as variances). The number variance is that of the thermal state of the quasi-particles,
    Tr ρn̂² − N² with ρ ∝ exp(−Σ e α⁺α/T), by Wick's theorem with f_± = f(E ± ωm_k):

        Σ_k (ξ/E)² [f₊(1−f₊) + f₋(1−f₋)] + (Δ/E)² [(1−f₊)(1−f₋) + f₊f₋].

    Precision: exponentially small χ and C keep relative precision up to the factor ε·E/T that the rounding of
    E, ω and G itself brings; Δ² is absolute to ε·E² near T_c; χ and C lose digits as 2/G − S' → 0, at the end
    of a branch (a critical end point).
    """

    blocked: Blocked | None = None
    name: ClassVar[str] = "mean field"
    legend: ClassVar[str] = "BCS"
    is_approximate: ClassVar[bool] = True
    kernels: ClassVar[str] = "mean-field"
    alone: ClassVar[str] = "the mean field keeps N on average only; Canonical has N−1, N and N+1 exactly"

    def branches(self, temperature: float, field: float = 0.0) -> list[Branch]:
        """Every stationary state at one point, the lowest free energy first; maxima of F(Δ) included.

        Parameters
        ----------
        temperature
            k_BT ≥ 0, an energy. At T = 0 the maxima sit on the levels, E = ω|m_k|.
        field
            ω = μ_BB, an energy, any sign.

        Raises
        ------
        InputError
            If `temperature` is negative or either is no finite number.
        """
        system = self._one_system()
        heat, strength = finite("temperature", temperature, low=0.0), finite("field", field)
        if not self._is_certified(system):
            return _searched_branches(system, self.blocked, heat, strength)
        box = _box(system)
        rows = _stationary(box, heat, abs(strength))
        if not rows.size:
            raise _uncertified(heat, strength)
        found = [
            Branch(
                gap=float(np.sqrt(gap_squared)),
                chemical_potential=box.energy - box.mirror * float(xi),
                free_energy=float(free) + box.energy * system.electrons,
                moment=float(np.copysign(moment, strength)) if moment else 0.0,
                stable=bool(stable),
            )
            for gap_squared, xi, free, moment, stable in rows
        ]
        return sorted(found, key=lambda branch: (branch.free_energy, not branch.stable))

    def jumps(self, temperature: float, low: float, high: float) -> list[Jump]:
        """First-order transitions of the global minimum with `low` < ω < `high` at one temperature.

        F(ω) = min_Δ max_μ is concave, so ⟨m⟩ never falls: intervals in which χ explains all its rise are
        smooth, the others are halved until only the jump is left. It lies where the two free energies meet,
        to the rounding of F divided by the jump of ⟨m⟩; transitions nearer than 10⁻¹³ ω to each other are
        one, those of less than 10⁻⁷ of the largest moment are not told from a steep slope.

        Raises
        ------
        InputError
            If `temperature` is negative, a value not finite, or `low` is not below `high`.
        UndefinedError
            For several shells or a blocked level.
        """
        system = self._certified("jumps")
        heat = finite("temperature", temperature, low=0.0)
        left, right = finite("low", low), finite("high", high)
        if not left < right:
            raise InputError(f"`high` must be above `low` = {left:g}, but is {right:g}.", high)
        return _find_jumps(_box(system), heat, left, right)

    def ties(self, temperature: npt.ArrayLike, field: npt.ArrayLike = 0.0) -> npt.NDArray[np.bool_]:
        """Whether several stable states share the lowest free energy within rounding, shape X.

        The width is 64 ulps of the terms that F is the sum of. `averages` then takes the largest gap.

        Raises
        ------
        InputError
            As `averages`.
        """
        system = self._one_system()
        if not self._is_certified(system):
            heat, strength = _points(temperature, field)
            tied = lowest(system, self.blocked, heat.ravel(), strength.ravel()).tied
            return tied.reshape(heat.shape) > 1
        heat, strength = _points(temperature, field)
        return self._minima(heat, strength).tied.reshape(heat.shape) > 1

    def evaluations(self, temperature: npt.ArrayLike, field: npt.ArrayLike = 0.0) -> npt.NDArray[np.int64]:
        """How many sums over the levels (S and h, bounds of S', N, averages) each point took, shape X."""
        self._certified("evaluations")
        heat, strength = _points(temperature, field)
        return self._minima(heat, strength).evaluations.reshape(heat.shape).astype(np.int64)

    @property
    def is_searched(self) -> bool:
        """Whether it has several shells or a blocked level: `averages(…).uncertified` may then be above 0."""
        members = self.system.members() if isinstance(self.system, Family) else [({}, self.system)]
        return any(not self._is_certified(system) for _, system in members)

    def levels(self) -> NoReturn:
        """Raise: a mean field has no levels of its own.

        Raises
        ------
        UndefinedError
            Always.
        """
        raise UndefinedError(
            "The mean field has no spectrum: its quasi-particle energies depend on the temperature; "
            "use Canonical(…).levels().",
            self.system,
        )

    def _check(self, system: System) -> None:
        check_blocked(system, self.blocked)

    def _is_certified(self, system: System) -> bool:
        return system.is_single_shell and self.blocked is None

    def _certified(self, what: str) -> System:
        system = self._one_system()
        if not self._is_certified(system):
            raise UndefinedError(
                f"`{what}` rests on the certified minimum of one shell without a blocked level; "
                "use branches(…) for the stationary states of this system.",
                system,
            )
        return system

    def _averages(self, system: System, temperature: Array, field: Array) -> Averages:
        if not self._is_certified(system):
            return _searched_averages(system, self.blocked, temperature, field)
        box = _box(system)
        found = _solve(box, temperature, np.abs(field))
        gap2 = found.gap_squared
        free = found.free_energy + box.energy * system.electrons
        electrons = np.full(temperature.shape, float(system.electrons))
        return Averages(
            free_energy=free,
            energy=free + temperature * found.entropy,
            entropy=found.entropy,
            pair_energy=-gap2 / box.coupling + 0.0 if box.coupling > 0 else np.zeros_like(gap2),
            moment=np.where(field < 0, -1.0, 1.0) * found.moment + 0.0,
            susceptibility=found.susceptibility,
            heat_capacity=found.heat_capacity,
            electrons=electrons,
            number_variance=found.number_variance,
            occupation=electrons[:, np.newaxis].copy(),
            gap_squared=gap2,
            connected_gap_squared=gap2.copy(),
            unpaired=None,
            seniority_distribution=None,
            chemical_potential=box.energy - box.mirror * found.xi,
            undefined={"unpaired": MIXED, "seniority_distribution": MIXED},
            shell_gap_squared=gap2[:, np.newaxis],
            uncertified=np.zeros_like(free),
        )

    def _minima(self, temperature: Array, field: Array) -> Minima:
        points = np.ascontiguousarray(temperature).ravel(), np.abs(field).ravel()
        return _solve(_box(self._one_system()), *points)


def _points(temperature: npt.ArrayLike, field: npt.ArrayLike) -> tuple[Array, Array]:
    heat, strength = broadcast(
        temperature=real_array("temperature", temperature, low=0.0), field=real_array("field", field)
    )
    return heat, strength


def _searched_averages(system: System, blocked: Blocked | None, temperature: Array, field: Array) -> Averages:
    found, uncertified, _ = lowest(system, blocked, temperature, field)
    squared = found.gaps**2
    common = squared[:, 0].copy() if isinstance(system.coupling, float) else None
    reasons = {} if common is not None else dict.fromkeys(GAPS, NO_GAP)
    return Averages(
        free_energy=found.free_energy,
        energy=found.free_energy + temperature * found.entropy,
        entropy=found.entropy,
        pair_energy=found.pair_energy,
        moment=found.moment,
        susceptibility=found.susceptibility,
        heat_capacity=found.heat_capacity,
        electrons=np.full(temperature.shape, float(system.electrons)),
        number_variance=found.number_variance,
        occupation=found.occupation,
        gap_squared=common,
        connected_gap_squared=None if common is None else common.copy(),
        unpaired=None,
        seniority_distribution=None,
        chemical_potential=found.chemical_potential,
        undefined={"unpaired": MIXED, "seniority_distribution": MIXED} | reasons,
        shell_gap_squared=squared,
        uncertified=uncertified,
    )


def _searched_branches(
    system: System, blocked: Blocked | None, temperature: float, field: float
) -> list[Branch]:
    found = stationary(system, blocked, temperature, field)
    return [
        Branch(
            gap=float(np.abs(found.gaps[row]).max()),
            chemical_potential=float(found.chemical_potential[row]),
            free_energy=float(found.free_energy[row]),
            moment=float(found.moment[row]),
            stable=bool(found.stable[row]),
            shell_gaps=tuple(float(gap) for gap in found.gaps[row]),
        )
        for row in range(found.free_energy.size)
    ]


_Pair = tuple[Array, Array]
"""Field, ⟨m⟩, χ, Δ, F at the two ends of an interval."""


class _Box(NamedTuple):
    """One shell as the kernels want it: equal moments grouped, N ≤ M by particle–hole symmetry."""

    arrays: tuple[Array, npt.NDArray[np.int64]]
    """The moments, rising, and how many pairs have each."""
    electrons: int
    coupling: float
    energy: float
    mirror: float
    """μ − ε = −mirror·ξ: −1 when particles and holes have been exchanged."""


@lru_cache(maxsize=256)
def _box(system: System) -> _Box:
    shell, coupling = system.shells[0], system.coupling
    assert isinstance(coupling, float)
    moments, pairs = np.unique(shell.moments, return_counts=True)
    holes = 2 * shell.pair_degeneracy - system.electrons
    return _Box(
        arrays=(moments, pairs.astype(np.int64)),
        electrons=min(system.electrons, holes),
        coupling=coupling,
        energy=shell.energy,
        mirror=1.0 if system.electrons <= holes else -1.0,
    )


def _stationary(box: _Box, temperature: float, strength: float) -> Array:
    """Rows of Δ², ξ, F, m, stable (0 or 1); none where the roots could not be separated."""
    from quasispin.compiled import mean_field as kernels

    memory = kernels.memory_of(box.arrays[0].size)
    rows: Array = kernels.stationary(temperature, strength, *box.arrays, box.electrons, box.coupling, memory)
    return rows


def _solve(box: _Box, temperature: Array, strength: Array) -> Minima:
    """The global minimum at X points; every point on its own, whatever the chunks."""
    from quasispin.compiled import compilation
    from quasispin.compiled import mean_field as kernels

    table = np.empty((temperature.size, kernels.COLUMNS))

    def fill(chunk: slice) -> None:
        points = temperature[chunk], strength[chunk]
        memory = kernels.memory_of(box.arrays[0].size)
        compilation.run(
            kernels.solve, *points, *box.arrays, box.electrons, box.coupling, memory, table[chunk]
        )

    workers = cores()
    if temperature.size <= SERIAL_POINTS or workers == 1:
        fill(slice(None))
    else:
        starts = range(0, temperature.size, CHUNK_POINTS)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(fill, (slice(start, start + CHUNK_POINTS) for start in starts)))
    found = Minima(*table.T)
    if (found.evaluations < 0).any():
        bad = int(np.flatnonzero(found.evaluations < 0)[0])
        raise _uncertified(float(temperature[bad]), float(strength[bad]))
    return found


def _uncertified(temperature: float, field: float) -> SolverError:
    return SolverError(
        f"The roots could not be separated at temperature {temperature:g} and field {field:g}.",
        (temperature, field),
    )


# -- jumps -----------------------------------------------------------------------------------------


def _find_jumps(box: _Box, temperature: float, low: float, high: float) -> list[Jump]:
    """Halve every interval whose rise of ⟨m⟩ is not the integral of χ, all intervals of a size at once."""
    top = float(np.dot(box.arrays[0], box.arrays[1]))
    edges = np.linspace(low, high, 65)
    states = _states(box, temperature, edges)
    left, right = np.column_stack([edges[:-1], states[:-1]]), np.column_stack([edges[1:], states[1:]])
    jumps: list[_Pair] = []
    while left.size:
        risen = right[:, 1] - left[:, 1] > SMALLEST_JUMP * top
        left, right = left[risen], right[risen]
        field = 0.5 * (left[:, 0] + right[:, 0])
        narrow = right[:, 0] - left[:, 0] <= 4 * EPSILON * np.maximum(np.abs(field), high - low)
        jumps += zip(left[narrow], right[narrow], strict=True)
        left, right, field = left[~narrow], right[~narrow], field[~narrow]
        middle = np.column_stack([field, _states(box, temperature, field)])
        rough = ~_smooth(left, middle, right)
        left, middle, right = left[rough], middle[rough], right[rough]
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    return _merged(jumps, high - low)


def _states(box: _Box, temperature: float, field: Array) -> Array:
    """⟨m⟩, χ, Δ, F at each field, shape (X, 4)."""
    if not field.size:
        return np.empty((0, 4))
    found = _solve(box, np.full(field.shape, temperature), np.abs(field))
    signed = np.where(field < 0, -1.0, 1.0) * found.moment
    return np.column_stack([signed, found.susceptibility, np.sqrt(found.gap_squared), found.free_energy])


def _smooth(left: Array, middle: Array, right: Array) -> npt.NDArray[np.bool_]:
    """Whether Simpson's integral of χ gives the rise of ⟨m⟩ in the whole interval."""
    width, rise = right[:, 0] - left[:, 0], right[:, 1] - left[:, 1]
    integral = width / 6 * (left[:, 2] + 4 * middle[:, 2] + right[:, 2])
    explained: npt.NDArray[np.bool_] = np.abs(rise - integral) <= 1e-4 * rise
    return explained


def _merged(jumps: list[_Pair], span: float) -> list[Jump]:
    """Sorted; transitions that rounding cannot tell apart are one."""
    groups: list[_Pair] = []
    for left, right in sorted(jumps, key=lambda pair: float(pair[0][0])):
        here = _crossing(left, right)
        near = 512 * EPSILON * abs(here)
        touching = 16 * EPSILON * max(abs(here), span)
        if groups and (here - _crossing(*groups[-1]) <= near or left[0] - groups[-1][1][0] <= touching):
            groups[-1] = (groups[-1][0], right)
        else:
            groups.append((left, right))
    return [
        Jump(
            field=_crossing(left, right),
            moment_change=float(right[1] - left[1]),
            gap_before=float(left[3]),
            gap_after=float(right[3]),
        )
        for left, right in groups
    ]


def _crossing(left: Array, right: Array) -> float:
    """Where the tangents of F meet; ties within the certificate's width are resolved here."""
    rise = right[1] - left[1]
    away = (right[4] - left[4] + right[1] * (right[0] - left[0])) / rise
    return float(left[0] + away)
