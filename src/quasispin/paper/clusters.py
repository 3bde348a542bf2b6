"""The paper's clusters and units: one shell of M pairs, N = M−1 as in its figures, N = M beside; Δ₀ = 1.

T is measured in T₀ = Δ₀/2 and ω in ω_c = 3Δ₀/M, the paper's scales of an even number of electrons.
"""

from __future__ import annotations

from quasispin.system.shell import Shell
from quasispin.system.system import System

PARITIES = ("even", "odd")
"""N = M − 1 (the paper's figures) and N = M."""

TEMPERATURE_UNIT = 0.5
"""T₀ = Δ₀/2 in units of Δ₀: the BCS critical temperature of the half-filled shell."""


def cluster(pairs: int, parity: str = "even") -> System:
    """The half-filled shell l = (M−1)/2 with N = M − 1 (even) or M (odd) electrons and Δ₀ = 1."""
    electrons = pairs - 1 if parity == "even" else pairs
    return System.single_shell(Shell.orbital((pairs - 1) // 2), electrons, gap_scale=1.0)


def field_unit(pairs: int) -> float:
    """ω_c = 3Δ₀/M in units of Δ₀: the last step of an even number of electrons."""
    return 3.0 / pairs
