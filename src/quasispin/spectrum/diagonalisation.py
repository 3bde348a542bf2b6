"""Eigenstates of one shell with any axis in one field: all of them by LAPACK, or the lowest by Lanczos."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from quasispin.errors import SolverError, check_memory
from quasispin.parallel import one_blas_thread
from quasispin.spectrum.counting import FLOPS, Estimate
from quasispin.spectrum.many_body import Block, blocks
from quasispin.spectrum.one_body import Matrix
from quasispin.system.tilted_shell import TiltedShell

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator

Apply = Callable[[Matrix], Matrix]

FEW = 1200
"""Blocks up to this size are diagonalised completely where only their lowest states are asked for."""
SMALL = 1500
"""Threads of BLAS pay only for larger matrices; on a machine that has other work too they cost tenfold."""
RESPONSE_ACCURACY = 1e-10
"""Relative residual of the linear response to states that Lanczos left out."""
SPARE = 20
"""Vectors that Lanczos keeps besides two for every state that is wanted."""
RESTARTS, SPARSE_FLOPS = 10, 1e9
"""How often Lanczos starts again, and at what pace, for the estimate of the time."""
KEPT = 2
"""Fields of which the spectrum is kept."""
FEWER = "fewer `states` fit, or fewer `electrons` (or holes)"


@dataclass(frozen=True, eq=False)
class Eigenstates:
    """Eigenstates a of one block in one field, rising in energy, shape (E,) each."""

    energy: Matrix
    """E_a, the field's −ω m included."""
    moment: Matrix
    """m_aa."""
    pairs: Matrix
    """⟨A⁺A⟩."""
    paired: Matrix
    """Σ⟨n_k n_k̄⟩ over the pairs quantised along the field."""
    transitions: Matrix
    """|m_ab|² with zeros on the diagonal, shape (E, E)."""
    left_out: int
    """States of the block, all at or above the last energy, that are not among these."""
    copies: tuple[tuple[float, float], ...]
    """What is added to energies and moments: (0, 0), and that of the block of opposite spin if it exists."""
    vectors: Matrix | None
    """Where states were left out, shape (n, E)."""
    block: Block


@lru_cache(maxsize=KEPT)
def eigenstates(shell: TiltedShell, field: float, states: int | None) -> tuple[Eigenstates, ...]:
    """The spectrum in one field, block by block.

    Parameters
    ----------
    shell
        What is diagonalised.
    field
        ω.
    states
        How many of the lowest states of every block; None for all.

    Raises
    ------
    SizeError
        If it would take more memory than the machine allows; of a complete one the message names Lanczos.
    """
    _check_size(shell, states)
    parts = blocks(shell)
    largest = max(part.size for part in parts)
    with one_blas_thread() if largest <= SMALL else nullcontext():
        return tuple(_solved(part, shell.coupling, field, states) for part in parts)


def estimate(shell: TiltedShell, states: int | None) -> Estimate:
    """Memory and time of the spectrum in one field; nothing is diagonalised.

    Raises
    ------
    SizeError
        If there are too many states to write down.
    """
    parts = blocks(shell)
    costs = [_cost(part, states) for part in parts]
    memory = KEPT * sum(cost.kept for cost in costs) + max(cost.work for cost in costs)
    largest = max(part.size for part in parts)
    return Estimate(memory, sum(cost.seconds for cost in costs), len(parts), largest)


def response_of_the_rest(solved: Eigenstates, row: int, coupling: float, field: float) -> float:
    """2 Σ_b |m_ab|²/(E_b − E_a) over the states b of the block that Lanczos left out, for one state a.

    Solves (H − E_a)x = Q m|a⟩ among the states left out (Q projects on them), where H − E_a is positive, by
    conjugate gradients; then 2⟨x|m|a⟩.

    Raises
    ------
    SolverError
        If the iteration does not converge.
    """
    from scipy.sparse.linalg import LinearOperator, cg

    if solved.vectors is None:
        return 0.0
    known, block = solved.vectors, solved.block
    hamiltonian = _apply(block, coupling, field)

    def outside(vector: Matrix) -> Matrix:
        return vector - known @ (known.T @ vector)

    def shifted(vector: Matrix) -> Matrix:
        return outside(hamiltonian(vector) - solved.energy[row] * vector)

    force = outside(block.moment * known[:, row])
    if np.linalg.norm(force) <= 1e-12 * np.abs(block.moment).max():
        return 0.0
    operator = LinearOperator((block.size,) * 2, matvec=shifted, dtype=np.float64)
    answer, status = cg(operator, force, rtol=RESPONSE_ACCURACY, maxiter=block.size)
    if status:
        raise SolverError("The response of the states left out did not converge; ask for more `states`.")
    return float(2 * answer @ force)


def _solved(block: Block, coupling: float, field: float, states: int | None) -> Eigenstates:
    wanted = _wanted(block, states)
    if wanted == block.size:
        energy, vectors = np.linalg.eigh(_dense(block, coupling, field))
    else:
        energy, vectors = _lowest(block, coupling, field, wanted)
    weight = vectors**2
    elements = vectors.T @ (block.moment[:, None] * vectors)
    moment = np.diagonal(elements).copy()
    np.fill_diagonal(elements, 0.0)
    return Eigenstates(
        energy=energy,
        moment=moment,
        pairs=((block.pair @ vectors) ** 2).sum(axis=0),
        paired=block.paired @ weight,
        transitions=np.square(elements, out=elements),
        left_out=block.size - wanted,
        copies=_copies(block, field),
        vectors=vectors if wanted < block.size else None,
        block=block,
    )


def _wanted(block: Block, states: int | None) -> int:
    return block.size if states is None or block.size <= max(FEW, 3 * states) else states


def _copies(block: Block, field: float) -> tuple[tuple[float, float], ...]:
    if block.flip == 0:
        return ((0.0, 0.0),)
    turned = 2.0 * block.flip  # 2S_z → −2S_z in the moment L_z + 2S_z
    return ((0.0, 0.0), (turned * field, -turned))


def _dense(block: Block, coupling: float, field: float) -> Matrix:
    matrix: Matrix = (block.one_body - coupling * (block.pair.T @ block.pair)).toarray()
    matrix[np.diag_indices_from(matrix)] -= field * block.moment
    return matrix


def _apply(block: Block, coupling: float, field: float) -> Apply:
    """H on a vector; the pairing force as A, then A⁺."""
    create = block.pair.T.tocsr()

    def hamiltonian(vector: Matrix) -> Matrix:
        result: Matrix = block.one_body @ vector
        result -= coupling * (create @ (block.pair @ vector))
        result -= field * block.moment * vector
        return result

    return hamiltonian


def _lowest(block: Block, coupling: float, field: float, states: int) -> tuple[Matrix, Matrix]:
    from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

    operator: LinearOperator = LinearOperator(
        (block.size,) * 2, matvec=_apply(block, coupling, field), dtype=np.float64
    )
    start = np.random.default_rng(block.size).standard_normal(block.size)  # the same digits every time
    try:
        energy, vectors = eigsh(operator, k=states, which="SA", v0=start, ncv=2 * states + SPARE)
    except ArpackError as error:
        raise SolverError(
            f"Lanczos did not find the {states} lowest of {block.size} states: {error}"
        ) from None
    order = np.argsort(energy)
    return energy[order], np.ascontiguousarray(vectors[:, order])


class _Cost(NamedTuple):
    """What one block takes."""

    kept: float
    """Bytes of its eigenstates."""
    work: float
    """Bytes besides, while it is solved."""
    seconds: float


def _cost(block: Block, states: int | None) -> _Cost:
    size, wanted = block.size, _wanted(block, states)
    if wanted == size:  # the matrix, its vectors, their squares, the moment among them, and LAPACK's own
        return _Cost(8.0 * size**2, 48.0 * size**2, 6.0 * size**3 / FLOPS)
    width = 2 * wanted + SPARE
    terms = block.one_body.nnz + 2 * block.pair.nnz
    seconds = 2.0 * RESTARTS * width * (terms + size * width) / SPARSE_FLOPS
    return _Cost(8.0 * wanted * (size + wanted), 8.0 * size * (width + 3 * wanted), seconds)


def _check_size(shell: TiltedShell, states: int | None) -> None:
    found = estimate(shell, states)
    which = "The complete spectrum" if states is None else f"The lowest `states` = {states} of every block"
    check_memory(
        f"{which} of `system` in one field (blocks of up to {found.largest} states)",
        found.memory,
        seconds=found.seconds,
        instead="the lowest of every block by Lanczos fit, `states=20`" if states is None else FEWER,
    )
