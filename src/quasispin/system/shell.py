"""One degenerate shell: an energy and the magnetic moments of its pairs of time-reversed states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from quasispin.errors import InputError, finite, integer, plain, real_array, shown
from quasispin.magneton import BOHR, NUCLEAR, Magneton
from quasispin.magneton import checked as checked_magneton

MAX_PAIRS = 20_000
"""Above this many pairs in one shell the float64 arithmetic of the kernels is not tested."""


@dataclass(frozen=True)
class Ladder:
    """Moments |sλ + 1|, λ = −(M−1)/2 … (M−1)/2: M orbital states in steps of s, each with spin ½.

    The shells whose weights factorise into q-binomials (eqs. 8, 9): an orbital shell has s = 1,
    a hemisphere s = 2, a spin-only shell s = 0.
    """

    pairs: int
    step: int

    @property
    def moments(self) -> tuple[float, ...]:
        """The M moments in falling order."""
        doubled = (abs(self.step * (2 * i - self.pairs + 1) + 2) for i in range(self.pairs))
        return tuple(sorted((m / 2 for m in doubled), reverse=True))


@dataclass(frozen=True, init=False, repr=False)
class Shell:
    """A degenerate shell of M pairs (k, k̄) of time-reversed states with moments ±m_k.

    Parameters
    ----------
    moments
        One non-negative magnetic moment per pair, in magnetons, shape (M,); the partner has −m.
    energy
        Energy of the level, in the unit of the coupling.
    magneton
        In which the moments are: `units.BOHR` or `units.NUCLEAR`. It turns tesla into energies, ω = μB,
        and nothing else.

    Raises
    ------
    InputError
        If `moments` is empty, negative or not finite, `energy` is not finite, or `magneton` is none.

    Examples
    --------
    >>> Shell.orbital(1)
    Shell.orbital(1)
    >>> Shell.orbital(1).moments
    (2.0, 1.0, 0.0)
    >>> Shell([0.5, 1.5], energy=-2.0)
    Shell([1.5, 0.5], energy=-2.0)
    """

    moments: tuple[float, ...]
    energy: float
    magneton: Magneton = BOHR

    def __init__(self, moments: Iterable[float], energy: float = 0.0, *, magneton: Magneton = BOHR) -> None:
        values = real_array("moments", _listed(moments), low=0.0)
        if values.ndim != 1:
            raise InputError(f"`moments` must be a list of numbers, but has shape {values.shape}.", moments)
        if values.size > MAX_PAIRS:
            raise InputError(f"`moments` must hold at most {MAX_PAIRS} pairs, but holds more.", values.size)
        object.__setattr__(self, "moments", tuple(float(m) for m in np.sort(values)[::-1]))
        object.__setattr__(self, "energy", finite("energy", energy))
        object.__setattr__(self, "magneton", checked_magneton(magneton))

    @classmethod
    def orbital(cls, l: int, energy: float = 0.0, *, magneton: Magneton = BOHR) -> Shell:
        """Shell of orbital momentum l and spin ½ (g_s = 2): M = 2l + 1, m = |λ + 1|, λ = −l … l."""
        return cls._ladder(2 * integer("l", l, low=0, high=(MAX_PAIRS - 1) // 2) + 1, 1, energy, magneton)

    @classmethod
    def hemisphere(cls, l: int, energy: float = 0.0, *, magneton: Magneton = BOHR) -> Shell:
        """States of orbital momentum l that vanish on the flat face of a hemisphere, field along its axis.

        Only the λ with l + λ odd survive: M = l, m = |λ + 1|, λ = −l+1, −l+3, … l−1.
        """
        return cls._ladder(integer("l", l, low=1, high=MAX_PAIRS), 2, energy, magneton)

    @classmethod
    def spin(cls, pairs: int, energy: float = 0.0, *, magneton: Magneton = BOHR) -> Shell:
        """Shell with quenched orbital moment: every pair has the moment 1 of its spins."""
        return cls._ladder(integer("pairs", pairs, low=1, high=MAX_PAIRS), 0, energy, magneton)

    @classmethod
    def jj(
        cls,
        j: float | Fraction,
        g_factor: float = 1.0,
        energy: float = 0.0,
        *,
        magneton: Magneton = NUCLEAR,
    ) -> Shell:
        """Shell of total angular momentum j, as in nuclei: M = j + ½, moments |g|·m, m = ½ … j.

        `j` is half-integer, as 5.5 or Fraction(11, 2). The g factor is in nuclear magnetons, as tables give
        it, and so are the moments; of an electron with spin–orbit coupling say ``magneton=units.BOHR``.
        """
        doubled = 2.0 * finite("j", j, low=0.5, high=MAX_PAIRS - 0.5)
        if doubled % 2.0 != 1.0:
            raise InputError(f"`j` must be half an odd number, but is {shown(j)}.", j)
        magnitude = abs(finite("g_factor", g_factor))
        return cls([magnitude * (k / 2) for k in range(1, int(doubled) + 1, 2)], energy, magneton=magneton)

    @classmethod
    def _ladder(cls, pairs: int, step: int, energy: float, magneton: Magneton) -> Shell:
        return cls(Ladder(pairs, step).moments, energy, magneton=magneton)

    @property
    def pair_degeneracy(self) -> int:
        """M, the number of pairs of time-reversed states (Ω in nuclear physics)."""
        return len(self.moments)

    @cached_property
    def ladder(self) -> Ladder | None:
        """The ladder that these moments form, if any: then all weights cost O(M)."""
        for step in (1, 2, 0):
            ladder = Ladder(self.pair_degeneracy, step)
            # an even number of pairs in steps of one is no orbital shell but a ladder all the same
            if ladder.moments == self.moments:
                return ladder
        return None

    @property
    def name(self) -> str:
        """What a physicist would call it."""
        pairs, kind = self.pair_degeneracy, self.ladder
        if kind == Ladder(pairs, 1) and pairs % 2 == 1:
            return f"l={(pairs - 1) // 2} shell (M={pairs})"
        if kind == Ladder(pairs, 2):
            return f"l={pairs} hemisphere shell (M={pairs})"
        if kind == Ladder(pairs, 0):
            return f"spin-only shell (M={pairs})"
        return f"shell of M={pairs} pairs"

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers that `from_dict` and TOML read back exactly."""
        # Bohr's is left unsaid, as in all files that were written before there were two
        other = {} if self.magneton == BOHR else {"magneton": self.magneton.name}
        return {"moments": list(self.moments), "energy": self.energy, **other}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Shell:
        """Read one of the keys `moments`, `orbital`, `hemisphere`, `spin`, `jj`, with or without `energy`.

        `magneton` is "bohr" or "nuclear", as with the constructors by default; `jj` may have a `g_factor`.
        """
        if not isinstance(data, Mapping):
            raise InputError(f"A shell must be a table, but is {shown(data)}.", data)
        kinds: dict[str, Callable[..., Shell]] = {
            "moments": cls,
            "orbital": cls.orbital,
            "hemisphere": cls.hemisphere,
            "spin": cls.spin,
            "jj": cls.jj,
        }
        options = (*(("g_factor",) if "jj" in data else ()), "energy", "magneton")
        unknown = sorted(map(str, set(data) - set(kinds) - set(options)))
        if unknown == ["g_factor"]:
            raise InputError("`g_factor` goes with `jj` only.", data["g_factor"])
        if unknown:
            message = (
                f"A shell has the keys {', '.join(kinds)}, energy and magneton, but `{unknown[0]}` is given."
            )
            raise InputError(message, unknown)
        given = [kind for kind in kinds if kind in data]
        if len(given) != 1:
            raise InputError(
                f"A shell needs exactly one of {', '.join(kinds)}, but has {given or 'none'}.", given
            )
        chosen = {name: data[name] for name in options if name in data}
        return kinds[given[0]](data[given[0]], **chosen)

    def __hash__(self) -> int:
        # no text in it, whose hash is another one in every process
        return hash((self.moments, self.energy, *(() if self.magneton == BOHR else (1,))))

    def __repr__(self) -> str:
        pairs, kind = self.pair_degeneracy, self.ladder
        energy = f", energy={self.energy!r}" if self.energy else ""
        energy += "" if self.magneton == BOHR else f", magneton={self.magneton!r}"
        if kind is not None and kind.step == 1 and pairs % 2 == 1:
            return f"Shell.orbital({(pairs - 1) // 2}{energy})"
        if kind is not None and kind.step == 2:
            return f"Shell.hemisphere({pairs}{energy})"
        if kind is not None and kind.step == 0:
            return f"Shell.spin({pairs}{energy})"
        listed = ", ".join(f"{m:g}" if float(f"{m:g}") == m else repr(m) for m in self.moments)
        return f"Shell([{listed}]{energy})"


def _listed(moments: Iterable[float]) -> Any:
    plain("moments", moments)
    if isinstance(moments, (str, bytes, Mapping)):
        raise InputError(f"`moments` must be a list of numbers, but is {shown(moments)}.", moments)
    try:
        return list(islice(moments, MAX_PAIRS + 1))  # an endless iterable must not fill the memory
    except Exception:
        raise InputError(f"`moments` must be a list of numbers, but is {shown(moments)}.", moments) from None
