"""The words of the compiled loops: LANES numbers at a time, and tables known by their address.

A `lanes` is LANES doubles side by side, of as many grid points or levels, which the machine adds or multiplies in one
instruction. The text of a loop reads as if it were one number; what differs between lanes is chosen by a mask (`where`).
No lane sees another one, except in `total`. Where a word is given single numbers it gives a single number.
See docs/decisions/0011.

A table is known by the address where it begins, since numba counts the users of an array whenever one is passed on,
which took a quarter of the time. Row i of a table over lanes is its numbers i·LANES … (i+1)·LANES − 1; a `Table` has rows of
any width, and lanes are read from any place in them. Nothing here checks an index.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

word: Any = intrinsic

LANES = 8
"""Numbers side by side: one register of AVX-512, two of AVX2, four of older machines."""


# -- the type and its operators ------------------------------------------------------------------------


class Lanes(types.Type):
    """LANES doubles."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({LANES})")


class Mask(types.Type):
    """LANES answers yes or no."""

    def __init__(self) -> None:
        super().__init__(name=f"Mask({LANES})")


lanes, mask = Lanes(), Mask()
DOUBLE, INDEX, WORD = ir.DoubleType(), ir.IntType(32), ir.IntType(64)
DOUBLES, WORDS, FLAGS = (ir.VectorType(kind, LANES) for kind in (DOUBLE, WORD, ir.IntType(1)))


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """In the machine: one vector."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, DOUBLES)


@register_model(Mask)
class MaskModel(models.PrimitiveModel):
    """In the machine: one bit for each lane."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, FLAGS)


def _constant(kind: Any, value: float) -> ir.Constant:
    """A number, or the same one in every lane."""
    return ir.Constant(kind, [value] * LANES if isinstance(kind, ir.VectorType) else value)


def _spread(builder: ir.IRBuilder, value: Any) -> Any:
    """A number in every lane; lanes as they are."""
    if value.type == DOUBLES:
        return value
    one = builder.insert_element(ir.Constant(DOUBLES, ir.Undefined), value, ir.Constant(INDEX, 0))
    return builder.shuffle_vector(
        one, ir.Constant(DOUBLES, ir.Undefined), ir.Constant(ir.VectorType(INDEX, LANES), [0] * LANES)
    )


def _alike(builder: ir.IRBuilder, values: Any) -> list[Any]:
    """All values as lanes if one of them is."""
    return [_spread(builder, v) for v in values] if any(v.type == DOUBLES for v in values) else list(values)


def _kind_of(*kinds: Any) -> Any:
    return lanes if lanes in kinds else types.float64


ASKED_FIRST = {"target": "cpu"}
"""What is for one target is asked before what is for any: else every operator between lanes would be looked for among
all those of numbers, arrays, lists and texts, which took a fifth of the compilation."""


def _operator(function: Any, result: Any, instruction: Callable[..., Any]) -> None:
    """Give an operator of Python its meaning between lanes, and between lanes and a number."""
    kinds = ((lanes, lanes), (lanes, types.float64), (types.float64, lanes))
    cases = [signature(result, *pair) for pair in kinds]
    infer_global(function)(type("Between", (ConcreteTemplate,), {"cases": cases, "metadata": ASKED_FIRST}))

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return instruction(builder, *_alike(builder, arguments))

    for pair in kinds:
        lower_builtin(function, *pair)(generate)


for _plain, _in_place, _instruction in (
    (operator.add, operator.iadd, ir.IRBuilder.fadd),
    (operator.sub, operator.isub, ir.IRBuilder.fsub),
    (operator.mul, operator.imul, ir.IRBuilder.fmul),
    (operator.truediv, operator.itruediv, ir.IRBuilder.fdiv),
):
    _operator(_plain, lanes, _instruction)
    _operator(_in_place, lanes, _instruction)
_operator(operator.lt, mask, lambda builder, a, b: builder.fcmp_ordered("<", a, b))
_operator(operator.gt, mask, lambda builder, a, b: builder.fcmp_ordered(">", a, b))
_operator(operator.le, mask, lambda builder, a, b: builder.fcmp_ordered("<=", a, b))
_operator(operator.ge, mask, lambda builder, a, b: builder.fcmp_ordered(">=", a, b))
_operator(operator.eq, mask, lambda builder, a, b: builder.fcmp_ordered("==", a, b))


# -- words that take numbers and give numbers ----------------------------------------------------------


def _call(builder: ir.IRBuilder, name: str, arguments: Any) -> Any:
    """An operation of LLVM on one number or on every lane."""
    values = _alike(builder, arguments)
    kind = values[0].type
    name = f"llvm.{name}." + (f"v{LANES}f64" if kind == DOUBLES else "f64")
    function = get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * len(values)), name)
    return builder.call(function, values)


@word
def spread(typing_context: Any, value: Any) -> Any:
    """A number in every lane."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return _spread(builder, arguments[0])

    return signature(lanes, types.float64), generate


@word
def fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """a·b + c with one rounding, on every machine."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return _call(builder, "fma", arguments)

    return signature(_kind_of(a, b, c), a, b, c), generate


def _called(name: str) -> Any:
    """An operation of LLVM on one number."""

    def operation(typing_context: Any, value: Any) -> Any:
        def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
            return _call(builder, name, arguments)

        return signature(value, value), generate

    return word(operation)


nearest = _called("rint")
magnitude = _called("fabs")


@word
def where(typing_context: Any, chosen: Any, a: Any, b: Any) -> Any:
    """a in the chosen lanes, b in the others."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        yes, no = arguments[1:]
        if signature.return_type == lanes:
            yes, no = _spread(builder, yes), _spread(builder, no)
        return builder.select(arguments[0], yes, no)

    return signature(lanes if chosen == mask else _kind_of(a, b), chosen, a, b), generate


@word
def larger(typing_context: Any, a: Any, b: Any) -> Any:
    """The larger of two."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        one, other = _alike(builder, arguments)
        return builder.select(builder.fcmp_ordered(">", one, other), one, other)

    return signature(_kind_of(a, b), a, b), generate


@word
def in_any(typing_context: Any, chosen: Any) -> Any:
    """Whether any lane is chosen."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[0], ir.IntType(LANES))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))

    return signature(types.boolean, mask), generate


@word
def total(typing_context: Any, value: Any) -> Any:
    """The sum of all lanes: halves onto each other, three times."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        (parts,) = arguments
        width = LANES
        while width > 1:
            width //= 2
            half = ir.VectorType(INDEX, width)
            low, high = (
                builder.shuffle_vector(parts, parts, ir.Constant(half, list(range(first, first + width))))
                for first in (0, width)
            )
            parts = builder.fadd(low, high)
        return builder.extract_element(parts, ir.Constant(INDEX, 0))

    return signature(types.float64, lanes), generate


# -- words about bits ----------------------------------------------------------------------------------


MAGIC = 1.5 * 2.0**52
"""A double beyond it has a whole number in its last bits."""


@word
def power_of_two(typing_context: Any, whole: Any) -> Any:
    """2^k for whole numbers −1022 ≤ k ≤ 1023."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        kind = arguments[0].type
        integers = WORDS if kind == DOUBLES else WORD
        shifted = builder.fadd(arguments[0], _constant(kind, MAGIC + 1023))  # k + 1023 in the last bits
        bits = builder.shl(builder.bitcast(shifted, integers), _constant(integers, 52))
        return builder.bitcast(bits, kind)

    return signature(whole, whole), generate


@word
def split(typing_context: Any, value: Any) -> Any:
    """(m, k) with value = m·2^k, k whole and √½ ≤ m < √2, of positive normal numbers."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[0], WORDS)
        root = 0x3FE6A09E667F3BCD  # √½
        power = builder.ashr(builder.sub(bits, _constant(WORDS, root)), _constant(WORDS, 52))
        rest = builder.bitcast(builder.sub(bits, builder.shl(power, _constant(WORDS, 52))), DOUBLES)
        magic = builder.add(power, _constant(WORDS, 0x4338000000000000))  # the bits of `MAGIC`
        whole = builder.fsub(builder.bitcast(magic, DOUBLES), _constant(DOUBLES, MAGIC))
        return context.make_tuple(builder, signature.return_type, (rest, whole))

    return signature(types.UniTuple(lanes, 2), lanes), generate


@word
def bits_of(typing_context: Any, value: Any) -> Any:
    """The bits of a number as a whole number."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], WORD)

    return signature(types.int64, types.float64), generate


@word
def of_bits(typing_context: Any, bits: Any) -> Any:
    """The number that has these bits."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], DOUBLE)

    return signature(types.float64, types.int64), generate


# -- words about memory --------------------------------------------------------------------------------


class Table(NamedTuple):
    """Rows of so many numbers from an address on."""

    start: Any
    width: Any


@word
def address(typing_context: Any, array: Any) -> Any:
    """Where the numbers of an array begin."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.ptrtoint(view.data, WORD)

    return signature(types.int64, array), generate


def _at(builder: ir.IRBuilder, start: Any, index: Any, size: int, kind: Any) -> Any:
    """Pointer to one of the entries of so many bytes from an address on."""
    offset = builder.mul(index, ir.Constant(WORD, size))
    return builder.inttoptr(builder.add(start, offset), kind.as_pointer())


def _place(builder: ir.IRBuilder, kind: Any, memory: Any, indices: Any) -> Any:
    """Pointer to a row of an address (or one number, if that is the kind), or to number k of a row of a `Table`."""
    if len(indices) == 1:
        return _at(builder, memory, indices[0], 8 * LANES if kind == DOUBLES else 8, kind)
    start, width = (builder.extract_value(memory, part) for part in (0, 1))
    return _at(builder, start, builder.add(builder.mul(indices[0], width), indices[1]), 8, kind)


def _index_or_none(k: Any) -> Any:
    return types.none if k is None else types.int64


def _reader(kind: Any, model: Any, text: str) -> Any:
    """What reads numbers of this kind; an instruction and no function, which would be compiled for every row."""

    def read(typing_context: Any, memory: Any, row: Any, k: Any = None) -> Any:
        def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
            indices = arguments[1:2] if k is None else arguments[1:]
            return builder.load(_place(builder, model, arguments[0], indices), align=8)

        return signature(kind, memory, types.int64, _index_or_none(k)), generate

    read.__doc__ = text
    return word(read)


load = _reader(
    lanes, DOUBLES, "Row of a table over lanes, by its address; numbers k … of a row of a `Table`."
)
number = _reader(types.float64, DOUBLE, "Number i from an address on; number k of a row of a `Table`.")


def _writer(model: Any, text: str) -> Any:
    """What writes numbers of this kind; the value comes last."""

    def write(typing_context: Any, memory: Any, row: Any, k: Any, value: Any = None) -> Any:
        def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
            memory, *at = arguments if is_table else arguments[:3]
            last = _spread(builder, at.pop()) if model == DOUBLES else at.pop()
            builder.store(last, _place(builder, model, memory, at), align=8)
            return context.get_dummy_value()

        is_table = value is not None
        kind = lanes if lanes in (k, value) else types.float64
        ends = (types.int64, kind) if is_table else (kind, types.none)
        return signature(types.void, memory, types.int64, *ends), generate

    write.__doc__ = text
    return word(write)


store = _writer(DOUBLES, "Write lanes where `load` reads them.")
put = _writer(DOUBLE, "Write a number where `number` reads it.")


@word
def place(typing_context: Any, table: Any, row: Any, k: Any) -> Any:
    """Address of number k of a row of a `Table`."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.ptrtoint(_place(builder, DOUBLE, arguments[0], arguments[1:]), WORD)

    return signature(types.int64, table, types.int64, types.int64), generate


@word
def pick(typing_context: Any, memory: Any, rows: Any) -> Any:
    """Each lane from its own row of a table over lanes."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        found = ir.Constant(DOUBLES, ir.Undefined)
        for lane in range(LANES):
            here = ir.Constant(INDEX, lane)
            row = builder.fptosi(builder.extract_element(arguments[1], here), WORD)
            index = builder.add(builder.mul(row, ir.Constant(WORD, LANES)), ir.Constant(WORD, lane))
            one = builder.load(_at(builder, arguments[0], index, 8, DOUBLE), align=8)
            found = builder.insert_element(found, one, here)
        return found

    return signature(lanes, types.int64, lanes), generate


@word
def collect(typing_context: Any, memory: Any, places: Any) -> Any:
    """Numbers of a table, each lane from its own place; `places` is the address of LANES whole numbers.

    Put together in registers: what is written number by number and read as lanes waits for all that was written before.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        found = ir.Constant(DOUBLES, ir.Undefined)
        for lane in range(LANES):
            at = _at(builder, arguments[1], ir.Constant(WORD, lane), 8, WORD)
            one = builder.load(_at(builder, arguments[0], builder.load(at, align=8), 8, DOUBLE), align=8)
            found = builder.insert_element(found, one, ir.Constant(INDEX, lane))
        return found

    return signature(lanes, types.int64, types.int64), generate
