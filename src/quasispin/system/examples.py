"""Example data sets that ship with the package, each with its source."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from quasispin.system.schemes import LevelScheme, parse_toml
from quasispin.system.system import System

__all__ = ["tin", "tin_scheme"]


@cache
def tin_scheme() -> LevelScheme:
    """The five neutron shells of tin above N = 50 and their pairing matrix, in MeV (`data/tin.toml`).

    H = Σ e_j n̂_j − Σ G_jj' A⁺_j A_j', G_jj' = V_jj'/√(Ω_jΩ_j'): Volya, Brown and Zelevinsky, Phys. Lett. B
    509, 37 (2001), doi:10.1016/S0370-2693(01)00431-2. Moments in nuclear magnetons, from Schmidt's g factors:
    a `field` is then μ_N B in MeV.
    """
    text = files("quasispin.system").joinpath("data/tin.toml").read_text(encoding="utf-8")
    return parse_toml(text, "tin.toml")


def tin(electrons: int) -> System:
    """N valence neutrons of the tin isotope of mass 100 + N, in the shells g7/2, d5/2, d3/2, s1/2, h11/2.

    Raises
    ------
    InputError
        If `electrons` does not lie in [0, 32].

    Examples
    --------
    >>> tin(12)
    <System: 12 electrons in 5 shells (M=16), a coupling matrix, moments in μ_N, even>
    """
    return tin_scheme().system(electrons)
