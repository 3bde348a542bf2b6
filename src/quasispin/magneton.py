"""The magnetons in which moments are counted: Bohr's for electrons, the nuclear one for nucleons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from quasispin.errors import InputError, shown

__all__ = ["BOHR", "MAGNETONS", "NUCLEAR", "Magneton"]


@dataclass(frozen=True, repr=False)
class Magneton:
    """A unit of magnetic moments: a field of B tesla is the energy ω = B · `tesla` in meV.

    Examples
    --------
    >>> round(BOHR.tesla / NUCLEAR.tesla, 2)
    1836.15
    """

    name: str
    """As it stands in files: "bohr" or "nuclear"."""
    symbol: str
    """μ_B or μ_N."""
    word: str
    """The symbol in ASCII, as in the attributes of datasets."""

    def __post_init__(self) -> None:
        words: tuple[Any, ...] = (self.name, self.symbol, self.word)
        is_text = all(isinstance(word, str) for word in words)
        if not is_text or words not in (("bohr", "μ_B", "mu_B"), ("nuclear", "μ_N", "mu_N")):
            raise InputError(
                f"There are two magnetons, units.BOHR and units.NUCLEAR, but not {shown(self.name)}.",
                self.name,
            )

    @cached_property
    def tesla(self) -> float:
        """The magneton times 1 T, in meV (CODATA)."""
        from scipy.constants import physical_constants  # loading it takes longer than making a system

        return float(physical_constants[f"{self.name.replace('b', 'B')} magneton in eV/T"][0] * 1000.0)

    def __repr__(self) -> str:
        return f"units.{self.name.upper()}"


BOHR: Final = Magneton("bohr", "μ_B", "mu_B")
"""μ_B = eħ/2m_e: moments of electrons."""
NUCLEAR: Final = Magneton("nuclear", "μ_N", "mu_N")
"""μ_N = eħ/2m_p, 1836 times smaller: moments of nucleons and nuclei."""
MAGNETONS: Final = {one.name: one for one in (BOHR, NUCLEAR)}
"""Both, by name."""


def checked(value: Any) -> Magneton:
    """One of the two, itself or by its name in a file."""
    if isinstance(value, Magneton):
        return value
    if isinstance(value, str) and value in MAGNETONS:
        return MAGNETONS[value]
    raise InputError(
        "`magneton` must be units.BOHR or units.NUCLEAR (in a file: bohr or nuclear), "
        f"but is {shown(value)}.",
        value,
    )


def in_magneton(attributes: Mapping[str, str], magneton: Magneton) -> dict[str, str]:
    """The attributes of an observable or an axis, which say mu_B, with the name of this magneton."""
    return {name: words.replace(BOHR.word, magneton.word) for name, words in attributes.items()}


def common(magnetons: Iterable[Magneton], what: str) -> Magneton:
    """The one that all of them are; `what` has the moments.

    Raises
    ------
    InputError
        If there are two.
    """
    found = list(dict.fromkeys(magnetons))
    if len(found) > 1:
        raise InputError(
            f"{what} must have moments in one magneton, but some are in {found[0].symbol} and some in "
            f"{found[1].symbol}: say which by `magneton`.",
            found,
        )
    return found[0]
