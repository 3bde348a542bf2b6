"""Under which conditions the last shell of a cluster is enough by itself: numbers, each with its limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from quasispin.system.gap_equation import bcs_gap
from quasispin.system.geometry import SpinOrbit
from quasispin.system.last_step import step_ceiling

if TYPE_CHECKING:
    from quasispin.system.cluster import Cluster

MUCH = 10.0
"""How many times larger "much larger" has to be."""
HALF = 0.5
"""The system must have this part at least of the gap that G was taken from."""


class Criterion(NamedTuple):
    """One condition of the single-shell model: `value` must exceed `limit`."""

    name: str
    value: float
    limit: float
    formula: str

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.value >= self.limit


class Reach(NamedTuple):
    """Up to which field the model has to hold."""

    field: float
    """μ_BB in meV."""
    name: str
    """How it is called: ω_c where the last step is known."""
    tesla: str
    """The same as a magnetic field."""


EXACT, CEILING, SCALE = ("ω_c", "B_c"), ("ω_max", "B_max"), ("3Δ₀/M", "3Δ₀/Mμ_B")


def reach(cluster: Cluster, gap: float, last_step: float | None) -> Reach:
    """The last step: as given, of one shell in closed form, else a field that it does not exceed.

    Where there is no step, 3Δ₀/M.
    """
    scale = Reach(3 * gap / cluster.fermi_level.pairs, *SCALE)
    if last_step is not None:
        return Reach(last_step, *EXACT) if last_step > 0.0 else scale
    shells, electrons = cluster.shells, cluster.filling
    if len(shells) == 1:
        fields = cluster.system(gap).crossing_fields()
        return Reach(float(fields[-1]), *EXACT) if len(fields) else scale
    highest = step_ceiling(shells, electrons, cluster.coupling_of_last_shell(gap)[0])
    return Reach(highest, *CEILING) if highest > 0.0 else scale


def criteria(cluster: Cluster, gap: float, last_step: float | None) -> list[Criterion]:
    """What the last shell alone needs; see `Cluster.validity`."""
    pairs, distance = cluster.fermi_level.pairs, min(cluster.spacing)
    top = reach(cluster, gap, last_step)
    own = bcs_gap(cluster.shells, cluster.filling, cluster.coupling_of_last_shell(gap)[0])
    open_ = min(cluster.filling, 2 * pairs - cluster.filling)
    enough = (
        "min Δe/Δ₀; 10 is enough for a G that holds what the neighbours add to the energy of pair breaking"
    )
    return [
        Criterion("electrons and holes to pair", open_, 2, "N, 2M−N"),
        Criterion("BCS gap of this N over Δ₀", own / gap, HALF, "at T = 0, without a field"),
        Criterion("distance of shells over Δ₀", distance / gap, MUCH, enough),
        *_in_field(cluster, distance, top),
        *_first_order(cluster, gap, distance, top),
    ]


def _in_field(cluster: Cluster, distance: float, top: Reach) -> list[Criterion]:
    brought = top.field * (_largest(cluster, -2) + max(_largest(cluster, -1), _largest(cluster, -3)))
    length = _magnetic_length(top.field) / math.sqrt(cluster.geometry.mean_square_distance)
    return [
        Criterion(
            f"distance of shells over what {top.name} brings them closer",
            distance / brought,
            1.0,
            f"min Δe/({top.name}·(m_max + m'_max))",
        ),
        Criterion(
            f"magnetic length over cluster size at {top.name}", length, 1.0, f"√(ħ/e{top.tesla})/√⟨x²+y²⟩"
        ),
    ]


def _first_order(cluster: Cluster, gap: float, distance: float, top: Reach) -> list[Criterion]:
    width = cluster.width
    if not width:
        return []
    found = [Criterion("distance of shells over the splitting", distance / width, 1.0, "min Δe/width")]
    if isinstance(cluster.geometry, SpinOrbit):
        name, formula = f"splitting over {top.name}", f"|ξ|(2l+1)/2 over {top.name}"
        found.append(Criterion(name, width / top.field, MUCH, formula))
    unsplit = 2 * gap / cluster.fermi_level.pairs
    ratio = unsplit / cluster.coupling_of_last_shell(gap)[0]
    words = "2Δ₀/MG; closed sub-levels far from the Fermi energy make G large to hold the gap"
    return [*found, Criterion("G of the shell without splitting over G", ratio, HALF, words)]


def _largest(cluster: Cluster, place: int) -> float:
    if len(cluster.levels) + place < 0:
        return 0.0
    return max(shell.moments[0] for shell in cluster.geometry.shells(cluster.levels[place]))


def _magnetic_length(field: float) -> float:
    """√(ħ/eB) in nm of μ_BB in meV."""
    from scipy.constants import e, hbar

    from quasispin.units import tesla

    return float(math.sqrt(hbar / (e * field / tesla)) * 1e9)
