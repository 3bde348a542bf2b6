"""From the model to a metal cluster: electrons, angular momenta, fields in tesla; SI by default."""

from __future__ import annotations

import math

from scipy import constants, special

from quasispin.system.materials import Material

NANOMETRE = 1e-9
ALUMINIUM = Material.named("Al").electron_density / NANOMETRE**3
"""Conduction electrons of aluminium per m³, of the table of materials as everywhere."""
TESLA_PER_MEV = 1e-3 * constants.e / constants.physical_constants["Bohr magneton"][0]
"""The field at which μ_BB is one meV."""


def electrons_in_sphere(radius: float) -> float:
    """N = n_e (4π/3)R³ of aluminium, R in nm."""
    return float(ALUMINIUM * 4 * math.pi / 3 * (radius * NANOMETRE) ** 3)


def radius_of(electrons: float) -> float:
    """R in nm of an aluminium sphere with N valence electrons."""
    return float((3 * electrons / (4 * math.pi * ALUMINIUM)) ** (1 / 3) / NANOMETRE)


def paper_momentum(electrons: float) -> float:
    """The paper's l ≈ N^{1/3} − 1.4 at the Fermi level of an oscillator."""
    return float(electrons ** (1 / 3) - 1.4)


def oscillator_shell(quanta: int) -> tuple[int, float]:
    """N with all shells up to `quanta` filled, and the mean l of the states of the last one."""
    electrons = (quanta + 1) * (quanta + 2) * (quanta + 3) // 3
    momenta = range(quanta % 2, quanta + 1, 2)
    weight = sum(2 * l + 1 for l in momenta)
    return electrons, sum(l * (2 * l + 1) for l in momenta) / weight


def diamagnetic(radius: float) -> float:
    """χ_D = −μ₀(e²/4m_e) n_e (2/5)R² of a uniform sphere (SI), R in nm; eq. (3) in SI."""
    area = 0.4 * (radius * NANOMETRE) ** 2
    return float(-constants.mu_0 * constants.e**2 / (4 * constants.m_e) * ALUMINIUM * area)


def landau() -> float:
    """Landau's diamagnetic susceptibility of free electrons at the density of aluminium (SI), negative."""
    wave_number = (3 * math.pi**2 * ALUMINIUM) ** (1 / 3)
    states = constants.m_e * wave_number / (math.pi**2 * constants.hbar**2)
    return float(-constants.mu_0 * constants.physical_constants["Bohr magneton"][0] ** 2 * states / 3)


def magnetic_length(field: float) -> float:
    """√(ħ/eB) in nm, B in tesla."""
    return math.sqrt(constants.hbar / (constants.e * field)) / NANOMETRE


def critical_tesla(pairs: float, gap: float) -> float:
    """ω_c = 3Δ₀/M as a field in tesla, Δ₀ in meV."""
    return float(3 * gap / pairs * TESLA_PER_MEV)


def printed_hemisphere(degree: int) -> int:
    """The paper's count: the whole shell for odd l, nothing for even l."""
    return 2 * degree + 1 if degree % 2 else 0


def hemisphere_states(l: int) -> int:
    """How many Y_lλ vanish on the flat face of a hemisphere, counted by P_l^|λ|(0) = 0."""
    return sum(abs(float(special.lpmv(abs(m), l, 0.0))) < 1e-9 for m in range(-l, l + 1))
