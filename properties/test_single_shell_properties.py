"""A grid point of one shell does not see the others: bitwise, for any shell and any grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quasispin.ensembles.single_shell import fixed_number
from quasispin.oracles import strategies as quasi
from quasispin.system.shell import Shell
from quasispin.system.system import System

FIELDS = ("ground_energy", "log_sum", "excitation", "energy", "pair_energy", "moment", "moment_variance",
          "energy_variance", "connected", "unpaired", "seniority")  # fmt: skip
POINT = st.tuples(st.one_of(st.just(0.0), quasi.temperatures()), quasi.fields())


@given(quasi.single_shells(9), st.lists(POINT, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_a_map_is_each_point_alone_and_any_shuffled_pieces(
    shell: dict[str, Any], points: list[tuple[float, float]], random: Any
) -> None:
    system = System.single_shell(Shell(shell["moments"]), shell["electrons"], coupling=shell["coupling"])
    repeated = points + random.sample(points, len(points) // 2)
    temperature, field = np.array(repeated).T
    whole = fixed_number(system, [system.electrons], temperature, field)
    order = list(range(len(repeated)))
    random.shuffle(order)
    cut = random.randint(0, len(order))
    for piece in (order[:1], order[:cut], order[cut:]):
        if piece:
            part = fixed_number(system, [system.electrons], temperature[piece], field[piece])
            for name in FIELDS:
                np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:, piece], name)
