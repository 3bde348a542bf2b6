"""Units at the door: plain numbers that turn laboratory values into energies in meV (CODATA).

Inside, k_B = ħ = μ_B = 1 and every energy has the unit of the coupling. Give the coupling in meV, and

>>> gap_scale, temperature, field = 0.38 * meV, 0.3 * kelvin, 2 * tesla
>>> round(temperature, 6), round(field, 6)
(0.025852, 0.115768)

are a gap scale, k_BT and μ_BB in meV. Divide to go back: `crossing_field / tesla` is in tesla.

The moments of a nucleus are in nuclear magnetons, and then a field is μ_NB: 2 T are ``2 * NUCLEAR.tesla``.
`Shell(…, magneton=NUCLEAR)` says so of a shell.
"""

from __future__ import annotations

from typing import Final

from scipy.constants import physical_constants

from quasispin.magneton import BOHR, NUCLEAR, Magneton

__all__ = ["BOHR", "NUCLEAR", "Magneton", "eV", "kelvin", "meV", "nm", "tesla"]

meV: Final = 1.0
"""One millielectronvolt: the unit of energy here."""
eV: Final = 1000.0
"""One electronvolt in meV."""
kelvin: Final[float] = physical_constants["Boltzmann constant in eV/K"][0] * eV
"""k_B · 1 K in meV."""
tesla: Final[float] = BOHR.tesla
"""μ_B · 1 T in meV; for moments in nuclear magnetons it is `NUCLEAR.tesla`."""
nm: Final = 1.0
"""One nanometre: the unit of length here."""
