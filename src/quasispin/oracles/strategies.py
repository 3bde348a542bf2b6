"""Random shells, temperatures and fields for Hypothesis, in plain numbers, with the corners on purpose.

    from hypothesis import given
    from quasispin.oracles import strategies as quasi

    @given(shell=quasi.single_shells(max_pairs=8), temperature=quasi.temperatures(), field=quasi.fields())
    def test_free_energy_is_even_in_the_field(shell, temperature, field): ...

Energies are in units of Δ₀ = GM/2, the BCS gap of the half-filled shell; the coupling is then
``unit_coupling``.
"""

from __future__ import annotations

from typing import TypedDict

from quasispin.errors import DependencyError

try:
    from hypothesis import strategies as st
except ImportError as error:  # pragma: no cover
    raise DependencyError(
        "quasispin.oracles.strategies needs hypothesis: pip install hypothesis.", "hypothesis"
    ) from error

__all__ = [
    "ShellNumbers",
    "couplings",
    "fields",
    "hemisphere_moments",
    "orbital_momenta",
    "orbital_moments",
    "shells",
    "single_shells",
    "temperatures",
    "unit_coupling",
]


class ShellNumbers(TypedDict):
    """One degenerate shell: a moment per pair (M of them), N in 0…2M, and G."""

    moments: list[float]
    electrons: int
    coupling: float


def orbital_moments(momentum: int) -> list[float]:
    """Return |λ+1| for λ = −l…l: the M = 2l+1 pairs (λ↑, −λ↓) of an orbital shell with g_s = 2."""
    return [float(abs(projection + 1)) for projection in range(-momentum, momentum + 1)]


def hemisphere_moments(momentum: int) -> list[float]:
    """Return |λ+1| for the l values λ = −l…l with l + λ odd."""
    return [float(abs(p + 1)) for p in range(-momentum, momentum + 1) if (momentum + p) % 2]


def unit_coupling(pairs: int) -> float:
    """Return G = 2/M, with which Δ₀ = GM/2 = 1."""
    return 2.0 / pairs


def orbital_momenta(max_momentum: int = 5) -> st.SearchStrategy[int]:
    """Orbital momenta l = 0…max_momentum."""
    return st.integers(0, max_momentum)


def shells(max_pairs: int = 11, min_pairs: int = 1) -> st.SearchStrategy[list[float]]:
    """Lists of min_pairs…max_pairs moments: orbital, hemisphere, spin-only, arbitrary; zeros and ties too."""
    momenta = range(max_pairs + 1)
    orbital = [orbital_moments(momentum) for momentum in momenta]
    named = [*orbital, *(hemisphere_moments(momentum) for momentum in momenta)]
    fitting = [moments for moments in named if min_pairs <= len(moments) <= max_pairs]
    spins = st.integers(min_pairs, max_pairs).map(lambda pairs: [1.0] * pairs)
    moment = st.one_of(
        st.integers(0, 6).map(float),
        st.integers(0, 12).map(lambda twice: twice / 2),
        st.floats(0.0, 8.0, allow_subnormal=False).map(lambda value: value if value > 1e-6 else 0.0),
    )
    arbitrary = st.lists(moment, min_size=min_pairs, max_size=max_pairs)
    return st.one_of(*([st.sampled_from(fitting).map(list)] if fitting else []), spins, arbitrary)


def couplings(pairs: int, *, attractive: bool = True) -> st.SearchStrategy[float]:
    """Couplings of .1 to 3 times 2/M; where not `attractive` also 0 and repulsive ones."""
    scaled = st.one_of(st.just(1.0), st.floats(0.1, 3.0)).map(lambda factor: factor * unit_coupling(pairs))
    return scaled if attractive else st.one_of(scaled, st.just(0.0), scaled.map(lambda g: -g))


@st.composite
def single_shells(
    draw: st.DrawFn, max_pairs: int = 11, min_pairs: int = 1, *, attractive: bool = True
) -> ShellNumbers:
    """One degenerate shell with 0…2M electrons and a coupling, as a dict that unpacks into the oracles."""
    moments = draw(shells(max_pairs, min_pairs))
    pairs = len(moments)
    electrons = draw(st.integers(0, 2 * pairs))
    return {
        "moments": moments,
        "electrons": electrons,
        "coupling": draw(couplings(pairs, attractive=attractive)),
    }


def temperatures(low: float = 1e-3, high: float = 1e3) -> st.SearchStrategy[float]:
    """Temperatures of [low, high], evenly in the logarithm, ends included."""
    exponents = st.floats(0.0, 1.0)
    return exponents.map(lambda t: min(high, max(low, low * (high / low) ** t)))


def fields(largest: float = 3.0, *, signed: bool = True) -> st.SearchStrategy[float]:
    """Larmor energies up to `largest`: 0, tiny, ordinary; both signs where `signed`."""
    sizes = st.one_of(
        st.just(0.0),
        st.floats(0.0, largest, allow_subnormal=False),
        st.floats(-12.0, 0.0).map(lambda t: 10.0**t * largest),
    )
    return st.one_of(sizes, sizes.map(lambda field: 0.0 - field)) if signed else sizes
