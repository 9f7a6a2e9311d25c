"""Exact unsigned integers inside kernels: 64 bits in one array, 128 bits in an array of two limbs.

A kernel is written once against `load`, `store`, the operators and `muldiv`; Numba compiles it for ``uint64[n]``
(amounts to 2**64 - 1) and for ``uint64[n, 2]`` (limbs, least first; amounts to 2**128 - 1). Nothing here is a
float, and nothing here wraps unseen: callers check `add_overflows` where a sum could grow past the width.
"""

import operator
import platform
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir
from llvmlite.binding import initialize_native_asmparser
from numba import njit, types
from numba.core import cgutils
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import lower_builtin, models, overload, register_model

from clew.compiled import STEP
from clew.tracing.compiled import intrinsic

Amounts: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]
"""``uint64[n]``, or ``uint64[n, 2]`` with the least limb first."""

_I128 = ir.IntType(128)
_I64 = ir.IntType(64)


class UInt128(types.Type):
    """Numba's view of an unsigned 128-bit integer, held in registers as one LLVM i128."""

    def __init__(self) -> None:
        super().__init__(name="uint128")


uint128 = UInt128()


@register_model(UInt128)
class _UInt128Model(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _I128)


def _register_arithmetic(operation: Callable[..., Any], emit: Callable[[Any, Any, Any], Any]) -> None:
    @infer_global(operation)
    class _Arithmetic(ConcreteTemplate):
        cases = [signature(uint128, uint128, uint128)]  # noqa: RUF012

    @lower_builtin(operation, uint128, uint128)
    def _lower(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return emit(builder, *args)


def _register_comparison(operation: Callable[..., Any], symbol: str) -> None:
    @infer_global(operation)
    class _Comparison(ConcreteTemplate):
        cases = [signature(types.boolean, uint128, uint128)]  # noqa: RUF012

    @lower_builtin(operation, uint128, uint128)
    def _lower(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.icmp_unsigned(symbol, *args)


_register_arithmetic(operator.add, lambda builder, a, b: builder.add(a, b))
_register_arithmetic(operator.sub, lambda builder, a, b: builder.sub(a, b))
_register_arithmetic(operator.mul, lambda builder, a, b: builder.mul(a, b))
for _operation, _symbol in (
    (operator.eq, "=="),
    (operator.ne, "!="),
    (operator.lt, "<"),
    (operator.le, "<="),
    (operator.gt, ">"),
    (operator.ge, ">="),
):
    _register_comparison(_operation, _symbol)


@intrinsic
def wide(_typing: Any, low: Any, high: Any) -> Any:
    """The 128-bit integer ``high * 2**64 + low`` of two uint64."""

    def emit(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        low_value, high_value = (builder.zext(arg, _I128) for arg in args)
        return builder.or_(builder.shl(high_value, ir.Constant(_I128, 64)), low_value)

    return uint128(types.uint64, types.uint64), emit


@intrinsic
def low64(_typing: Any, value: Any) -> Any:
    """The low 64 bits of a uint128."""
    return types.uint64(uint128), lambda _context, builder, _sig, args: builder.trunc(args[0], _I64)


@intrinsic
def high64(_typing: Any, value: Any) -> Any:
    """The high 64 bits of a uint128."""

    def emit(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.trunc(builder.lshr(args[0], ir.Constant(_I128, 64)), _I64)

    return types.uint64(uint128), emit


@intrinsic
def multiply(_typing: Any, a: Any, b: Any) -> Any:
    """The whole 128-bit product of two uint64."""

    def emit(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.mul(*(builder.zext(arg, _I128) for arg in args))

    return uint128(types.uint64, types.uint64), emit


@intrinsic
def _leading_zeros(_typing: Any, value: Any) -> Any:
    """Leading zero bits of a non-zero uint64."""
    return types.uint64(types.uint64), lambda _context, builder, _sig, args: builder.ctlz(args[0], cgutils.true_bit)


@njit
def _leading(value: Any) -> Any:
    return _leading_zeros(value)


@intrinsic
def _divide_by_instruction(_typing: Any, high: Any, low: Any, divisor: Any) -> Any:
    """(quotient, remainder) of ``high:low // divisor`` for ``high < divisor``, by the x86-64 instruction.

    LLVM never makes that instruction of a 128-bit division, since it traps where the quotient does not fit.
    """

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pair = ir.FunctionType(ir.LiteralStructType([_I64, _I64]), [_I64, _I64, _I64])
        registers = "={rax},={rdx},{rax},{rdx},r,~{dirflag},~{fpsr},~{flags}"
        found = builder.asm(pair, "divq $4", registers, [args[1], args[0], args[2]], False)
        parts = [builder.extract_value(found, at) for at in range(2)]
        return context.make_tuple(builder, sig.return_type, parts)

    return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64, types.uint64), emit


@njit
def divide_by_digits(high: Any, low: Any, divisor: Any) -> Any:
    """(quotient, remainder) of ``high:low // divisor`` for ``high < divisor``, on any processor.

    Two digits of 32 bits, after Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D.
    """
    shift = _leading(divisor)
    if shift > 0:
        divisor = divisor << shift
        high = (high << shift) | (low >> (np.uint64(64) - shift))
        low = low << shift
    base = np.uint64(1 << 32)
    mask = np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    d1 = divisor >> half
    d0 = divisor & mask
    q1 = high // d1
    r1 = high - q1 * d1
    while q1 >= base or q1 * d0 > ((r1 << half) | (low >> half)):
        q1 -= np.uint64(1)
        r1 += d1
        if r1 >= base:
            break
    middle = (high << half) + (low >> half) - q1 * divisor
    q0 = middle // d1
    r0 = middle - q0 * d1
    while q0 >= base or q0 * d0 > ((r0 << half) | (low & mask)):
        q0 -= np.uint64(1)
        r0 += d1
        if r0 >= base:
            break
    remainder = (middle << half) + (low & mask) - q0 * divisor
    return (q1 << half) + q0, remainder >> shift


@njit
def divide_in_hardware(high: Any, low: Any, divisor: Any) -> Any:
    """As `divide_by_digits`, in one instruction of x86-64; 0, 0 where it would trap."""
    if high >= divisor:
        return np.uint64(0), np.uint64(0)
    return _divide_by_instruction(high, low, divisor)


if platform.machine() in ("x86_64", "AMD64"):
    initialize_native_asmparser()
    _divide_2_by_1 = divide_in_hardware
else:
    _divide_2_by_1 = divide_by_digits


@njit
def muldiv64(a: Any, b: Any, c: Any) -> Any:
    """``a * b // c`` for uint64 with ``c > 0`` and a result below 2**64."""
    product = multiply(a, b)
    return _divide_2_by_1(high64(product), low64(product), c)[0]


@njit
def _divide_4_by_1(p3: Any, p2: Any, p1: Any, p0: Any, divisor: Any) -> Any:
    """The low 128 bits of a 256-bit dividend over a 64-bit divisor."""
    remainder = np.uint64(0)
    if (p3 | p2) != remainder:
        remainder = _divide_2_by_1(p3 % divisor, p2, divisor)[1]
    q1 = np.uint64(0)
    if remainder == q1 and p1 < divisor:
        remainder = p1
    else:
        q1, remainder = _divide_2_by_1(remainder, p1, divisor)
    return wide(_divide_2_by_1(remainder, p0, divisor)[0], q1)


@njit
def _digit(u2: Any, u1: Any, u0: Any, d1: Any, d0: Any) -> Any:
    """One base-2**64 digit of ``u2:u1:u0 // d1:d0`` (d1 normalised, u2:u1 < d1:d0), and the remainder's two limbs."""
    one = np.uint64(1)
    if u2 == d1:
        q = np.uint64(0xFFFFFFFFFFFFFFFF)
        r = u1 + d1
        overflow = r < d1
    else:
        q, r = _divide_2_by_1(u2, u1, d1)
        overflow = False
    while not overflow and multiply(q, d0) > wide(u0, r):
        q -= one
        r += d1
        overflow = r < d1
    remainder = wide(u0, u1) - multiply(q, d0) - wide(np.uint64(0), q * d1)
    return q, low64(remainder), high64(remainder)


@njit
def muldiv128(a: Any, b: Any, c: Any) -> Any:
    """``a * b // c`` for uint128 with ``c > 0`` and a result below 2**128 (product in 256 bits, algorithm D)."""
    a0, a1, b0, b1, c0, c1 = low64(a), high64(a), low64(b), high64(b), low64(c), high64(c)
    zero = np.uint64(0)
    # What most draws are, each known by a branch: all three of 64 bits, or nothing tainted.
    if (a1 | b1 | c1) == zero:
        product = multiply(a0, b0)
        if high64(product) < c0:
            return wide(_divide_2_by_1(high64(product), low64(product), c0)[0], zero)
    if (a0 | a1) == zero:
        return wide(zero, zero)
    low = multiply(a0, b0)
    middle1 = multiply(a0, b1)
    middle2 = multiply(a1, b0)
    high = multiply(a1, b1)
    carry = wide(high64(low), zero) + wide(low64(middle1), zero) + wide(low64(middle2), zero)
    upper = high + wide(high64(middle1), zero) + wide(high64(middle2), zero) + wide(high64(carry), zero)
    p0, p1, p2, p3 = low64(low), low64(carry), low64(upper), high64(upper)
    if c1 == zero:
        return _divide_4_by_1(p3, p2, p1, p0, c0)
    shift = _leading(c1)
    if shift > 0:
        rest = np.uint64(64) - shift
        p3 = (p3 << shift) | (p2 >> rest)
        p2 = (p2 << shift) | (p1 >> rest)
        p1 = (p1 << shift) | (p0 >> rest)
        p0 = p0 << shift
        c1 = (c1 << shift) | (c0 >> rest)
        c0 = c0 << shift
    # The result is below 2**128, so p3:p2 is below the divisor, no bit was shifted out, and two digits are all.
    q1, r0, r1 = _digit(p3, p2, p1, c1, c0)
    q0, r0, r1 = _digit(r1, r0, p0, c1, c0)
    return wide(q0, q1)


def muldiv(a: int, b: int, c: int) -> int:
    """``a * b // c`` in the width of its arguments; the result must fit them, and ``c > 0``."""
    return a * b // c


@overload(muldiv)
def _muldiv(a, b, c):
    if a == uint128:
        return lambda a, b, c: muldiv128(a, b, c)
    return lambda a, b, c: muldiv64(a, b, c)


def _step(function: Any) -> Any:
    """Says how Numba compiles a function that kernels call: once for its types, and then copied into the loop.

    To have Numba itself copy it at every call, before types are known, gives the same code in several times the time.
    """
    options: Any = {**STEP, "forceinline": True}
    return overload(function, jit_options=options)


def load(array: Any, index: Any) -> Any:
    """Entry `index` of an amount array, in the array's width."""
    raise NotImplementedError


@_step(load)
def _load(array, index):
    if array.ndim == 2:
        return lambda array, index: wide(array[index, 0], array[index, 1])
    return lambda array, index: array[index]


def store(array: Any, index: Any, value: Any) -> None:
    """Set entry `index` of an amount array."""
    raise NotImplementedError


@_step(store)
def _store(array, index, value):
    if array.ndim == 2:

        def store_wide(array, index, value):
            array[index, 0] = low64(value)
            array[index, 1] = high64(value)

        return store_wide

    def store_narrow(array, index, value):
        array[index] = value

    return store_narrow


def load_or(array: Any, index: Any, default: Any) -> Any:
    """`load`, or `default` where the column is None (not kept in this run)."""
    raise NotImplementedError


@_step(load_or)
def _load_or(array, index, default):
    if isinstance(array, types.NoneType):
        return lambda array, index, default: default
    return lambda array, index, default: load(array, index)


def store_if(array: Any, index: Any, value: Any) -> None:
    """`store`, or nothing where the column is None."""
    raise NotImplementedError


@_step(store_if)
def _store_if(array, index, value):
    if isinstance(array, types.NoneType):
        return lambda array, index, value: None
    return lambda array, index, value: store(array, index, value)


def flag_or(array: Any, index: Any, default: Any) -> Any:
    """Entry `index` of a column of flags or codes, or `default` where the column is None."""
    raise NotImplementedError


@_step(flag_or)
def _flag_or(array, index, default):
    if isinstance(array, types.NoneType):
        return lambda array, index, default: default
    return lambda array, index, default: array[index]


def small(array: Any, value: Any) -> Any:
    """A small non-negative integer in the width of an amount array."""
    raise NotImplementedError


@_step(small)
def _small(array, value):
    if array.ndim == 2:
        return lambda array, value: wide(np.uint64(value), np.uint64(0))
    return lambda array, value: np.uint64(value)


def pack(values: Iterable[int], *, width: int) -> Amounts:
    """An amount array of Python ints, 64 or 128 bits wide; OverflowError where one does not fit."""
    if width == 64:
        return np.array(list(values), dtype=np.uint64)
    limbs = [(value & (2**64 - 1), value >> 64) for value in values]
    return np.array(limbs, dtype=np.uint64).reshape(-1, 2)


def unpack(array: Amounts) -> list[int]:
    """The Python ints of an amount array."""
    if array.ndim == 1:
        return [int(value) for value in array.tolist()]
    return [low | (high << 64) for low, high in array.tolist()]
