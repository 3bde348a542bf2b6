"""Ours held against the oracles, point by point.

Each function yields samples for one system at one point; which points are worth a look stands in
`points`. The oracles take plain numbers and share no code with what they judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from quasispin.ensembles.averages import Averages
from quasispin.ensembles.canonical import Canonical
from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.ensembles.mean_field import MeanField
from quasispin.errors import DependencyError
from quasispin.system.system import System
from quasispin.verification.deviation import Point, Sample, relative

DIGITS = 12
PROMISE = 1e-12
"""Relative, for every average of one shell: the promise of the package."""

RESERVOIR = 1e-12
"""Relative, for averages over a reservoir."""

FOCK_PAIRS = 6
"""Brute force in Fock space is asked for no more pairs than this."""

BALLS = "ball arithmetic"
FOCK = "brute force in Fock space"
SCAN = "scan of the free energy"

QUANTITIES = ("free_energy", "energy", "pair_energy", "moment", "susceptibility", "heat_capacity", "entropy")


def canonical(system: System, point: Point) -> Iterator[Sample]:
    """One shell at fixed N against ball arithmetic: the promise of a relative 10⁻¹² in every average."""
    multiprecision = _multiprecision()
    shell, where = system.shell, _where(system, point)
    exact = multiprecision.canonical(
        shell.moments, system.electrons, system.coupling, *point, energy=shell.energy, digits=DIGITS + 6
    ).floats()
    ours = Canonical(system).averages(*point)
    check = f"canonical | {BALLS}"
    tolerance = PROMISE
    for name in QUANTITIES:
        size = 1.0 if shell.energy == 0.0 or name not in ("free_energy", "energy") else None
        deviation = relative(_number(ours, name), exact[name])
        if size is None:  # a level shift makes F and U cross zero: then absolute, in units of what is added
            whole = abs(exact[name]) + abs(system.electrons * shell.energy)
            deviation = abs(_number(ours, name) - exact[name]) / whole if whole else 0.0
        yield Sample(check, name, deviation, tolerance, where)
    assert ours.gap_squared is not None
    yield Sample(
        check, "gap", relative(float(np.sqrt(ours.gap_squared)), exact["gap"], 1e-140), tolerance, where
    )
    if ours.connected_gap_squared is not None:
        missed = relative(float(ours.connected_gap_squared), exact["connected_gap_squared"])
        yield Sample(check, "connected_gap_squared", missed, tolerance, where)
    assert ours.seniority_distribution is not None
    pairs = zip(ours.seniority_distribution, exact["seniority"], strict=True)
    chances = [relative(float(p), q) if q >= 1e-280 else 0.0 for p, q in pairs]
    yield Sample(check, "seniority_distribution", max(chances), tolerance, where)


def open_ensembles(system: System, point: Point) -> Iterator[Sample]:
    """One shell at fixed ⟨N⟩, all N and those of one parity, against ball arithmetic."""
    multiprecision = _multiprecision()
    shell, count = system.shell, 2 * system.pair_degeneracy
    where = _where(system, point)
    same = range(system.electrons % 2, count + 1, 2)
    for ensemble, numbers in ((GrandCanonical(system), range(count + 1)), (NumberParity(system), same)):
        if not numbers[0] < system.electrons < numbers[-1]:
            continue
        exact = multiprecision.grand_canonical_at_mean_number(
            shell.moments, system.electrons, system.coupling, *point,
            numbers=numbers, energy=shell.energy, digits=DIGITS + 6,
        ).floats()  # fmt: skip
        ours = ensemble.averages(*point)
        check = f"{ensemble.name} | {BALLS}"
        shift = abs(system.electrons * shell.energy)
        for name in (*QUANTITIES, "number_variance"):
            value, reference = _number(ours, name), exact[name]
            deviation = relative(value, reference)
            if shift and name in ("free_energy", "energy"):
                deviation = abs(value - reference) / (abs(reference) + shift)
            yield Sample(check, name, deviation, RESERVOIR, where)


def mean_field(system: System, point: Point) -> Iterator[Sample]:
    """BCS against a plain min–max scan of F(Δ) = max_μ[Ω + μN]: no lower minimum may exist."""
    from quasispin.oracles import mean_field_scan

    shell = system.shell
    ensemble = MeanField(system)
    assert isinstance(system.coupling, float)
    found = mean_field_scan.minimum(
        shell.moments, system.electrons, system.coupling, *point, energy=shell.energy, grid=400
    )
    ours = ensemble.averages(*point)
    scale = abs(system.coupling) * system.pair_degeneracy + point.temperature + abs(point.field)
    scale = scale * system.pair_degeneracy + abs(shell.energy * system.electrons) or 1.0
    where, check = _where(system, point), f"mean field | {SCAN}"
    missed = (float(ours.free_energy) - found.free_energy) / scale
    yield Sample(check, "free_energy above the scan's", max(missed, 0.0), 1e-12, where)
    yield Sample(check, "free_energy", abs(missed), 1e-10, where)


def brute_force(system: System, point: Point) -> Iterator[Sample]:
    """Few pairs in any shells, with any coupling, against diagonalisation in Fock space."""
    from quasispin.oracles import fock

    levels = [(shell.energy, shell.moments) for shell in system.shells]
    exact = fock.canonical(levels, system.electrons, system.coupling_matrix, *point)
    ours = Canonical(system).averages(*point)
    size = float(np.abs(system.coupling_matrix).sum()) * system.pair_degeneracy
    size += sum(2 * s.pair_degeneracy * abs(s.energy) for s in system.shells)
    size += abs(point.field) * sum(sum(s.moments) for s in system.shells) + point.temperature
    check, where = f"canonical | {FOCK}", _where(system, point)
    stiff = 1e-11 + 20 * np.finfo(float).eps * size / point.temperature
    for name in QUANTITIES:
        unit = (
            size if name.endswith("energy") else 1.0 / point.temperature if name == "susceptibility" else 1.0
        )
        value, reference = _number(ours, name), float(getattr(exact, name))
        yield Sample(check, name, abs(value - reference) / max(abs(reference), unit), stiff, where)


def points(system: System) -> list[Point]:
    """Temperatures from 10⁻⁴ to 10⁴ T₀; fields at zero, on crossings, an ulp beside, between and beyond."""
    scale = _scale(system)
    lowest = -4 if system.pair_degeneracy <= 120 else -2
    temperatures = [scale / 2 * 10.0**k for k in range(lowest, 5, 2)] + [scale / 2]
    fields = [
        0.0,
        1e-9 * scale,
        -0.3 * scale / system.pair_degeneracy,
        scale,
        1e3 * scale / system.pair_degeneracy,
    ]
    if system.is_single_shell:
        crossings = system.crossing_fields()
        for crossing in crossings[[0, crossings.size // 2, -1]] if crossings.size else ():
            fields += [float(crossing), float(np.nextafter(crossing, np.inf)), 1.05 * float(crossing)]
    return [Point(t, w) for t in dict.fromkeys(temperatures) for w in dict.fromkeys(fields)]


def warm(system: System, some: Sequence[Point], lowest: float = 0.02) -> list[Point]:
    """The points at which plain double precision suffices: T at least `lowest` Δ₀."""
    scale = _scale(system)
    return [p for p in some if lowest * scale <= p.temperature <= 1e3 * scale and abs(p.field) < 1e2 * scale]


def _scale(system: System) -> float:
    """A typical energy: GM/2, or the spread of the levels, or 1."""
    coupling = float(np.abs(system.coupling_matrix).max()) * system.pair_degeneracy / 2
    energies = [shell.energy for shell in system.shells]
    return coupling or (max(energies) - min(energies)) or 1.0


def _number(averages: Averages, name: str) -> float:
    return float(getattr(averages, name))


def _where(system: System, point: Point) -> str:
    names = ", ".join(shell.name for shell in system.shells)
    return f"N={system.electrons} in {names}: T={point.temperature:.17g}, ω={point.field:.17g}"


def _multiprecision() -> Any:
    try:
        from quasispin.oracles import multiprecision
    except DependencyError:
        raise DependencyError(
            'Verification needs the extra `verify`: pip install "quasispin[verify]".'
        ) from None
    return multiprecision
