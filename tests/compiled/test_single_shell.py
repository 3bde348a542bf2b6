"""The compiled sum over one shell."""

from __future__ import annotations

from quasispin.compiled import arithmetic
from quasispin.compiled import single_shell as kernels


def test_no_compiled_loop_may_reassociate() -> None:
    for function in (
        kernels.single_shell_sum,
        kernels.weights_on_grid,
        arithmetic.two_sum,
        kernels.states_sum,
    ):
        assert not function.targetoptions.get("fastmath", False)
