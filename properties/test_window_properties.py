"""What holds for every system of several shells whose open ensembles leave states out."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quasispin.ensembles.grand_canonical import GrandCanonical, NumberParity
from quasispin.oracles import strategies as quasi
from quasispin.system.shell import Shell
from quasispin.system.system import System

few = settings(max_examples=25, deadline=None)


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Two to four shells of one or two pairs with a constant or a matrix of either sign."""
    count = draw(st.integers(2, 4))
    number = st.floats(-1.5, 1.5).map(lambda value: round(value, 3))
    shells = [Shell(draw(quasi.shells(2)), energy=draw(number)) for _ in range(count)]
    most = 2 * sum(shell.pair_degeneracy for shell in shells)
    if draw(st.booleans()):
        return System(shells, draw(st.integers(0, most)), draw(number))
    rows = [[draw(number) for _ in range(count)] for _ in range(count)]
    return System(shells, draw(st.integers(0, most)), (np.array(rows) + np.array(rows).T) / 2)


@few
@given(
    systems(),
    quasi.temperatures(1e-2, 1e1),
    quasi.fields(),
    st.sampled_from([0.5, 1e-2, 1e-5]),
    st.sampled_from(["mean", "parity", "potential"]),
)
def test_what_is_left_out_stays_within_its_bounds(
    system: System, temperature: float, field: float, accuracy: float, kind: str
) -> None:
    ensemble = {
        "mean": GrandCanonical(system),
        "parity": NumberParity(system),
        "potential": GrandCanonical(system, chemical_potential=0.3),
    }[kind]
    short = type(ensemble)(**{**vars(ensemble), "accuracy": accuracy})
    exact, found = (one.averages([temperature, 0.0], field) for one in (ensemble, short))
    assert found.error is not None
    assert (found.error <= accuracy).all()
    scale = np.abs(exact.energy).max() + 1.0
    rounding = {"heat_capacity": 1e-12 * (scale / temperature) ** 2, "susceptibility": 1e-11 / temperature}
    for name, bound in found.bounds.items():
        ours, theirs = getattr(found, name), getattr(exact, name)
        known = np.isfinite(theirs)
        np.testing.assert_array_equal(known, np.isfinite(ours))
        off = np.abs(ours[known] - theirs[known])
        assert (off <= bound[known] + rounding.get(name, 1e-11 * scale)).all(), name
