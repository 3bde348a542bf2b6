"""A system: shells, a number of electrons, a pairing force; and the scales of a single shell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quasispin.errors import InputError, UndefinedError, finite, integer, real_array, shown
from quasispin.magneton import BOHR, Magneton, common
from quasispin.system import staircase
from quasispin.system.shell import Shell

if TYPE_CHECKING:
    import numpy.typing as npt

Coupling = float | tuple[tuple[float, ...], ...]


SMALLEST = 1e-60
"""A coupling closer to 0 than this has a gap whose square leaves the range of a double."""


@dataclass(frozen=True, init=False, repr=False)
class System:
    """N electrons in degenerate shells with a pairing force: H = Σ ε_s n̂_s − Σ G_ss' A⁺_s A_s' − ω m̂.

    Parameters
    ----------
    shells
        One `Shell` or several.
    electrons
        N, from 0 to 2M with M the number of pairs in all shells.
    coupling
        G, a real number (attractive if positive), or a symmetric matrix of shape (S, S), same unit as
        the energies.

    Raises
    ------
    InputError
        If N does not lie in [0, 2M], the matrix is not finite, square and symmetric, or the moments of the
        shells are in different magnetons.

    Examples
    --------
    >>> System.single_shell(Shell.orbital(5), electrons=10, gap_scale=1.0)
    <System: 10 electrons in the l=5 shell (M=11), Δ₀=1, even>
    """

    shells: tuple[Shell, ...]
    electrons: int
    coupling: Coupling

    def __init__(
        self, shells: Shell | Iterable[Shell], electrons: int, coupling: float | npt.ArrayLike
    ) -> None:
        box = _shells(shells)
        common((shell.magneton for shell in box), "The shells of a system")
        capacity = 2 * sum(shell.pair_degeneracy for shell in box)
        object.__setattr__(self, "shells", box)
        object.__setattr__(self, "electrons", integer("electrons", electrons, low=0, high=capacity))
        object.__setattr__(self, "coupling", _coupling(coupling, len(box)))

    @classmethod
    def single_shell(
        cls, shell: Shell, electrons: int, *, gap_scale: float | None = None, coupling: float | None = None
    ) -> System:
        """One shell with a coupling G, or with the gap Δ₀ = GM/2 that BCS gives it when half filled.

        Parameters
        ----------
        shell
            The shell, with M pairs.
        electrons
            N, a whole number from 0 to 2M.
        gap_scale
            Δ₀ ≥ 0; then G = 2Δ₀/M. Exactly one of this and `coupling` must be given.
        coupling
            G, any real number: attractive if positive.

        Raises
        ------
        InputError
            If N lies outside 0 … 2M, or not exactly one of `gap_scale` and `coupling` is given.

        Examples
        --------
        >>> System.single_shell(Shell.spin(4), electrons=3, coupling=-0.5)
        <System: 3 electrons in the spin-only shell (M=4), G=-0.5, odd>
        """
        if not isinstance(shell, Shell):
            raise InputError(f"`shell` must be a Shell, but is {shown(shell)}.", shell)
        if (gap_scale is None) == (coupling is None):
            raise InputError(
                "Exactly one of `gap_scale` and `coupling` must be given.", (gap_scale, coupling)
            )
        if coupling is None:
            assert gap_scale is not None
            coupling = 2.0 * finite("gap_scale", gap_scale, low=0.0) / shell.pair_degeneracy
        return cls(shell, electrons, finite("coupling", coupling))

    def with_electrons(self, electrons: int) -> System:
        """The same box with another number of electrons."""
        return System(self.shells, electrons, self.coupling)

    # -- what is in the box -------------------------------------------------------------------

    @property
    def pair_degeneracy(self) -> int:
        """M, the number of pairs of time-reversed states in all shells."""
        return sum(shell.pair_degeneracy for shell in self.shells)

    @property
    def magneton(self) -> Magneton:
        """In which all moments are, and ω = μB: `units.BOHR` or `units.NUCLEAR`."""
        return self.shells[0].magneton

    @property
    def is_single_shell(self) -> bool:
        """Whether there is one shell with one coupling constant, which has closed forms."""
        return len(self.shells) == 1 and isinstance(self.coupling, float)

    @property
    def shell(self) -> Shell:
        """The shell of a single-shell system."""
        return self._single("shell", "`shells`").shells[0]

    @property
    def coupling_matrix(self) -> npt.NDArray[np.float64]:
        """G_ss' as an array of shape (S, S)."""
        size = len(self.shells)
        return np.broadcast_to(np.asarray(self.coupling, dtype=np.float64), (size, size)).copy()

    # -- scales and steps of a single shell ----------------------------------------------------

    @property
    def gap_scale(self) -> float:
        """Δ₀ = GM/2, the BCS gap of the half-filled shell: the paper's Δ(0)."""
        only = self._single("gap_scale", "`coupling`")
        return only._constant / 2 * self.pair_degeneracy

    @property
    def temperature_scale(self) -> float:
        """T₀ = Δ₀/2, the BCS critical temperature of the half-filled shell."""
        return self._single("temperature_scale", "MeanField").gap_scale / 2

    @property
    def critical_temperature(self) -> float:
        """T_c of BCS for this N at ω = 0: |M−N|/M = tanh(|M−N|G/4T_c); 0 if nothing pairs."""
        only = self._single("critical_temperature", "MeanField")
        return staircase.critical_temperature(self.pair_degeneracy, self.electrons, only._constant)

    def crossing_fields(self) -> npt.NDArray[np.float64]:
        """Fields ω > 0 at which the ground state changes its seniority (eq. 12; any moments, any N).

        The corners of the lower envelope of E_ν − ωm_ν, rising, each correctly rounded. Shape (steps,).
        """
        return np.array([staircase.rounded(step.field) for step in self._staircase()], dtype=np.float64)

    def crossing_seniorities(self) -> list[tuple[int, int]]:
        """The seniorities (before, after) at each of `crossing_fields`; some ν may be skipped."""
        return [(step.before, step.after) for step in self._staircase()]

    @property
    def critical_field(self) -> float:
        """ω_c, the last of `crossing_fields`: above it as many electrons are unpaired as can be."""
        steps = self._staircase()
        if not steps:
            raise UndefinedError(f"{self!r} has no critical field: its ground state never changes.", self)
        return staircase.rounded(steps[-1].field)

    def ground_seniority(self, field: float = 0.0) -> int:
        """Seniority of the ground state in the field ω; on a crossing the lower one."""
        strength = abs(finite("field", field))
        passed = [step.after for step in self._staircase() if strength > step.field]
        if passed:
            return passed[-1]
        return staircase.first_seniority(self.pair_degeneracy, self.electrons, self._constant)

    def _staircase(self) -> tuple[staircase.Step, ...]:
        only = self._single("the staircase of crossing fields", "Canonical(…).ground_steps()")
        return staircase.steps(self.shells[0].moments, self.electrons, only._constant)

    @property
    def _constant(self) -> float:
        assert isinstance(self.coupling, float)
        return self.coupling

    def _single(self, what: str, instead: str) -> System:
        if not self.is_single_shell:
            raise UndefinedError(
                f"{what.strip('`')} is a closed form of one degenerate shell; "
                f"for {len(self.shells)} shells use {instead}.",
                self,
            )
        return self

    # -- to text and back ----------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists that `from_dict`, JSON and TOML read back exactly."""
        coupling = self.coupling if isinstance(self.coupling, float) else [list(row) for row in self.coupling]
        shells = [shell.to_dict() for shell in self.shells]
        return {"shells": shells, "electrons": self.electrons, "coupling": coupling}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> System:
        """Inverse of `to_dict`; every unknown or missing key is named."""
        if not isinstance(data, Mapping):
            raise InputError(f"A system must be a table, but is {shown(data)}.", data)
        keys = {"shells", "electrons", "coupling"}
        for word, names in (("needs", keys - set(data)), ("does not know", set(data) - keys)):
            if names:
                listed = ", ".join(f"`{name}`" for name in sorted(map(str, names)))
                raise InputError(
                    f"A system {word} the key{'s' if len(names) > 1 else ''} {listed}.",
                    sorted(names, key=str),
                )
        if not isinstance(data["shells"], list):
            raise InputError(
                f"`shells` must be a list of tables, but is {shown(data['shells'])}.", data["shells"]
            )
        return cls([Shell.from_dict(shell) for shell in data["shells"]], data["electrons"], data["coupling"])

    def to_toml(self) -> str:
        """The system as TOML text; `from_toml` reads the same system back."""
        lines = [f"electrons = {self.electrons}", f"coupling = {self.to_dict()['coupling']!r}"]
        for shell in self.shells:
            lines += ["", "[[shells]]", f"moments = {list(shell.moments)!r}", f"energy = {shell.energy!r}"]
            if shell.magneton != BOHR:
                lines.append(f'magneton = "{shell.magneton.name}"')
        return "\n".join(lines) + "\n"

    @classmethod
    def from_toml(cls, text: str) -> System:
        """Read what `to_toml` writes."""
        if not isinstance(text, str):
            raise InputError(f"`text` must be a string, but is {shown(text)}.", text)
        import tomllib

        try:
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise InputError(f"The text is not valid TOML: {error}.", text) from None
        return cls.from_dict(data)

    def __repr__(self) -> str:
        number = f"{self.electrons} electron{'' if self.electrons == 1 else 's'}"
        parity = "odd" if self.electrons % 2 else "even"
        if self.magneton != BOHR:
            parity = f"moments in {self.magneton.symbol}, {parity}"
        if self.is_single_shell:
            strength = f"Δ₀={self.gap_scale:g}" if self._constant >= 0 else f"G={self._constant:g}"
            return f"<System: {number} in the {self.shells[0].name}, {strength}, {parity}>"
        strength = f"G={self.coupling:g}" if isinstance(self.coupling, float) else "a coupling matrix"
        where = f"{len(self.shells)} shells (M={self.pair_degeneracy})"
        return f"<System: {number} in {where}, {strength}, {parity}>"


def _shells(shells: Shell | Iterable[Shell]) -> tuple[Shell, ...]:
    try:
        box = (shells,) if isinstance(shells, Shell) else tuple(shells)
    except Exception:  # of whatever kind: the value may be anybody's object
        box = ()
    if not box:
        raise InputError(
            f"`shells` must be a Shell or a non-empty list of them, but is {shown(shells)}.", shells
        )
    for shell in box:
        if not isinstance(shell, Shell):
            raise InputError(f"`shells` must hold Shell objects, but holds {shown(shell)}.", shell)
    return box


def _coupling(coupling: float | npt.ArrayLike, size: int) -> Coupling:
    is_sequence = isinstance(coupling, (list, tuple)) or (
        isinstance(coupling, np.ndarray) and coupling.ndim > 0
    )
    if not is_sequence:
        return _not_tiny(finite("coupling", coupling))  # type: ignore[arg-type]
    matrix = real_array("coupling", coupling)
    if matrix.shape != (size, size):
        message = f"`coupling` must be a number or a {size}×{size} matrix, but has shape {matrix.shape}."
        raise InputError(message, coupling)
    if (matrix != matrix.T).any():
        raise InputError(f"`coupling` must be a symmetric matrix, but is {shown(coupling)}.", coupling)
    if size == 1:
        return _not_tiny(float(matrix[0, 0]))
    return tuple(tuple(_not_tiny(float(g)) for g in row) for row in matrix)


def _not_tiny(coupling: float) -> float:
    if 0.0 < abs(coupling) < SMALLEST:
        raise InputError(
            f"`coupling` must be 0 or at least {SMALLEST:g} in size, but is {coupling:g}.", coupling
        )
    return coupling
