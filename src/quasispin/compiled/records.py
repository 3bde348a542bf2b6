"""What is handed to the compiled loops and back: records of arrays, known without the compiler.

K electron numbers, X points, H distinct temperatures, Y distinct x = ω/T; S shells, V seniorities; many shells have J blocks of
states, B tuples of seniorities in C classes, and *columns* of weights (see `ensembles.classes`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class BlockAverages(NamedTuple):
    """Averages within the J blocks at H temperatures."""

    others: Array
    """Σ e^{−(E_i − E_0)/T} − 1, shape (H, J)."""
    mean: Array
    """⟨E⟩ − E_0, shape (H, J)."""
    variance: Array
    """Of E, shape (H, J)."""
    pairing: Array
    """⟨A⁺A⟩, or the pairing energy where the coupling is a matrix, shape (H, J)."""
    pairs: Array
    """⟨p_s⟩ of the moving shells, shape (H, J, R + 1), the last 0."""
    field: Array
    """Of the coupling matrix, shape (H, J, Q)."""


class Tuples(NamedTuple):
    """The B tuples of seniorities of one N, by class."""

    first: Integers
    """Where each class begins, and the end of the last, shape (C + 1,)."""
    lowest: Array
    """Lowest level, shape (B,)."""
    ground: Array
    """Lowest level of each class, shape (C,)."""
    block_of: Integers
    """Shape (B,)."""
    place: Integers
    """Which of a block's shells each shell is, shape (B, S)."""
    row_of: Integers
    """Which row of the block's field each shell is, shape (B, S)."""
    room: Array
    """Pairs that a shell could hold, shape (B, S)."""
    mirrored: Flags
    """Whether the block is that of the holes, shape (B,)."""
    turned: Array
    """What ⟨A⁺A⟩ of the holes differs by, shape (B,)."""
    moving: Array
    """Pairs that move, shape (B,)."""
    seniorities: Array
    """Shape (B, S)."""


class ClassAverages(NamedTuple):
    """Averages within the C classes at H temperatures."""

    states: Array
    """ln Σ e^{−(E_i − E_c)/T}, E_c the lowest level of the class, shape (H, C)."""
    mean: Array
    """⟨E⟩ − E_c, shape (H, C)."""
    table: Array
    """What else is averaged, in the order of `many_shells.class_sums`, shape (H, C, ·)."""


class Half(NamedTuple):
    """Distinct rows of counts in some of the columns, without the zeros."""

    first: Integers
    """Where each row begins, and the end of the last, shape (rows + 1,)."""
    column: Integers
    """Columns that occur in it."""
    times: Array
    """How often."""


class ClassLevels(NamedTuple):
    """The C classes of one N: what each blocks, and its lowest level and top moment."""

    left: Half
    right: Half
    left_of: Integers
    """Row of the left half of each class, shape (C,)."""
    right_of: Integers
    """Row of the right half of each class, shape (C,)."""
    energy: Array
    """Lowest level, shape (C,)."""
    top: Array
    """Top moment, shape (C,)."""
    total: Integers
    """Total seniority, shape (C,)."""


class ColumnWeights(NamedTuple):
    """`spectrum.weights` of every column at the Y distinct x, shape (Y, columns) each."""

    log: Array
    depth: Array
    variance: Array
    moment: Array
    blocked_pairs: Array


class Points(NamedTuple):
    """Some points, rising in temperature."""

    place: Integers
    """Their places among all points, shape (X,), as the others."""
    heat_of: Integers
    """Which of the distinct temperatures."""
    x_of: Integers
    """Which of the distinct x."""
    temperature: Array
    strength: Array
    """|ω|."""
    tie: Array
    """Levels nearer than this are one level."""
    lowest: Integers
    """The class of the lowest state."""


class ShellColumns(NamedTuple):
    """The shells, and the one coupling constant, where the coupling is one."""

    first: Integers
    """First column of each shell, shape (S,)."""
    last: Integers
    """The column after its last; the first again, if the classes do not tell its seniority."""
    coupling: float
    """G, or G_11 of a matrix."""
    uniform: bool
    """Whether G is a constant."""


class Sums(NamedTuple):
    """What is found for one N at all points; for K of them, each with one more dimension in front."""

    scalars: Array
    """Shape (·, X), in the order of `many_shells.SCALARS`."""
    occupation: Array
    """Shape (X, S)."""
    unpaired: Array
    """Shape (X, S)."""
    gap_squared: Array
    """Shape (X, S)."""
    seniority: Array
    """Shape (X, V)."""


class Minima(NamedTuple):
    """The mean field of one shell at its global minimum, shape (X,) each."""

    gap_squared: Array
    xi: Array
    """ξ = ε − μ, with N ≤ M."""
    free_energy: Array
    entropy: Array
    moment: Array
    susceptibility: Array
    heat_capacity: Array
    number_variance: Array
    tied: Array
    """How many stable states share the lowest free energy."""
    evaluations: Array
    """Sums over the levels that were taken; negative where the roots could not be separated."""
