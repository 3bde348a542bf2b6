"""Bulk metals: what a cluster takes from them, each value with its source."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from quasispin.errors import InputError, finite, integer, shown, text

TABLE = Path(__file__).with_name("data") / "materials.csv"


MOST_VALENCE = 100
"""Conduction electrons of an atom: fewer than it has electrons."""


@dataclass(frozen=True)
class Material:
    """A bulk metal; energies in meV, lengths in nm (`quasispin.units`).

    Of the metals that come with the package treat Δ as known to two digits: tunnelling values in the
    literature differ by up to 5 % (Sn .593, In .541, Pb 1.38, Zn .13 meV elsewhere). Grains have gaps of
    their own: the paper takes Δ(0) = .3–.4 meV for aluminium of R = 5–10 nm.

    Raises
    ------
    InputError
        If a value is not positive, or the source is missing.

    Examples
    --------
    >>> materials()["Al"].gap
    0.17
    """

    symbol: str
    valence: int
    """Conduction electrons per atom."""
    electron_density: float
    """n_e in nm⁻³."""
    gap: float
    """Δ at T = 0 in meV, half of the excitation gap."""
    source: str
    """Where the values were read."""
    name: str = ""
    fermi_energy: float | None = None
    """E_F in meV, if known."""
    critical_temperature: float | None = None
    """k_BT_c in meV, if known."""

    def __post_init__(self) -> None:
        for key in ("symbol", "source"):
            text(key, getattr(self, key), is_empty_allowed=False)
        text("name", self.name)
        self._set("valence", integer("valence", integer("valence", self.valence, low=1), high=MOST_VALENCE))
        for key in ("electron_density", "gap", "fermi_energy", "critical_temperature"):
            value = getattr(self, key)
            if value is not None or key in ("electron_density", "gap"):
                self._set(key, positive(key, value))

    def _set(self, name: str, value: float) -> None:
        object.__setattr__(self, name, value)

    @property
    def fermi_wave_number(self) -> float:
        """k_F = (3π²n_e)^{1/3} of free electrons, in nm⁻¹."""
        return float((3 * math.pi**2 * self.electron_density) ** (1 / 3))

    @classmethod
    def named(cls, symbol: str) -> Material:
        """One of `materials()` by its symbol."""
        known = materials()
        if not isinstance(symbol, str) or symbol not in known:
            raise InputError(f"`material` must be one of {', '.join(known)}, but is {shown(symbol)}.", symbol)
        return known[symbol]


@lru_cache(maxsize=1)
def materials() -> Mapping[str, Material]:
    """The metals that come with the package, by symbol."""
    return MappingProxyType({one.symbol: one for one in _read(TABLE.read_text(encoding="utf-8"))})


def positive(name: str, value: float) -> float:
    """`value` as a float if it is one finite number above zero."""
    number = finite(name, value)
    if number <= 0.0:
        raise InputError(f"`{name}` must be above 0, but is {number:g}.", value)
    return number


def _read(text: str) -> Iterator[Material]:
    from quasispin.units import eV, kelvin

    lines = text.splitlines()
    source = " ".join(line.removeprefix("# ") for line in lines if line.startswith("#"))
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        yield Material(
            symbol=row["symbol"],
            name=row["name"],
            valence=int(row["valence"]),
            electron_density=float(row["electron_density_per_nm3"]),
            fermi_energy=float(row["fermi_energy_eV"]) * eV,
            critical_temperature=float(row["critical_temperature_K"]) * kelvin,
            gap=float(row["energy_gap_delta_meV"]),
            source=source,
        )
