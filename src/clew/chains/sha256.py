"""SHA-256 inside kernels (FIPS 180-4), by the processor's own instructions where it has them.

`compress` is emitted as LLVM's intermediate code: with the SHA extensions of x86 it takes a fifth of the time of the
portable rounds. Both are compiled from here and give the same digest; the tests hold each against hashlib.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.core.codegen import get_host_cpu_features

from clew.compiled import intrinsic

_PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103]
_PRIMES += [107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223]
_PRIMES += [227, 229, 233, 239, 241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311]


def _root_bits(prime: int, degree: int) -> int:
    """The first 32 bits of the fraction of a prime's square or cube root, in whole numbers."""
    scaled = prime << 32 * degree
    low, high = 0, 1 << 40
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= scaled else (low, middle - 1)
    return low & 0xFFFFFFFF


_ROUNDS = [_root_bits(prime, 3) for prime in _PRIMES]
_START = np.array([_root_bits(prime, 2) for prime in _PRIMES[:8]], dtype=np.uint32)

_I8, _I32, _I64 = (ir.IntType(bits) for bits in (8, 32, 64))
_V4 = ir.VectorType(_I32, 4)
_Values = list[Any]
"""Values of LLVM: eight words of the state, or the words or vectors of a message block."""


def has_instructions() -> bool:
    """Whether Numba compiles for a processor with the SHA extensions of x86."""
    compiler: Any = config
    features = compiler.CPU_FEATURES
    return "+sha" in (get_host_cpu_features() if features is None else features).split(",")


def _vector(values: list[int]) -> ir.Constant:
    return ir.Constant(_V4, values)


def _lanes(builder: Any, low: Any, high: Any, *lanes: int) -> Any:
    """Lanes of two vectors, counted from `low`'s first, as one vector."""
    return builder.shuffle_vector(low, high, ir.Constant(ir.VectorType(_I32, len(lanes)), lanes))


def _called(builder: Any, name: str, *arguments: Any) -> Any:
    function = ir.FunctionType(arguments[0].type, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, function, name), arguments)


def _by_instructions(builder: Any, state: Any, block: Any) -> None:
    """Sixteen times four rounds; the instructions want the state as the vectors ABEF and CDGH, from the last lane."""
    vectors = _V4.as_pointer()
    places = [builder.bitcast(builder.gep(state, [_I64(at)]), vectors) for at in (0, 4)]
    abcd, efgh = (builder.load(place, align=4) for place in places)
    abef = start = _lanes(builder, efgh, abcd, 1, 0, 5, 4)
    cdgh = other = _lanes(builder, efgh, abcd, 3, 2, 7, 6)
    words: _Values = []
    for group in range(16):
        if group < 4:
            place = builder.bitcast(builder.gep(block, [_I64(16 * group)]), vectors)
            words.append(_called(builder, "llvm.bswap.v4i32", builder.load(place, align=1)))
        else:
            oldest, older, old, last = words[-4:]
            mixed = _called(builder, "llvm.x86.sha256msg1", oldest, older)
            mixed = builder.add(mixed, _lanes(builder, old, last, 1, 2, 3, 4))
            words.append(_called(builder, "llvm.x86.sha256msg2", mixed, last))
        keyed = builder.add(words[-1], _vector(_ROUNDS[4 * group : 4 * group + 4]))
        for pair in (keyed, _lanes(builder, keyed, keyed, 2, 3, 2, 3)):
            abef, cdgh = _called(builder, "llvm.x86.sha256rnds2", cdgh, abef, pair), abef
    abef, cdgh = builder.add(abef, start), builder.add(cdgh, other)
    builder.store(_lanes(builder, abef, cdgh, 3, 2, 7, 6), places[0], align=4)
    builder.store(_lanes(builder, abef, cdgh, 1, 0, 5, 4), places[1], align=4)


def _by_words(builder: Any, state: Any, block: Any) -> None:
    """The standard's sixty-four rounds, one after the other."""

    def turned(word: Any, *bits: int) -> _Values:
        return [_called(builder, "llvm.fshr.i32", word, word, _I32(count)) for count in bits]

    def mixed(*parts: Any) -> Any:
        return reduce(builder.xor, parts)

    places = [builder.gep(state, [_I64(at)]) for at in range(8)]
    start = [builder.load(place) for place in places]
    a, b, c, d, e, f, g, h = start
    words: _Values = []
    for turn in range(64):
        if turn < 16:
            place = builder.bitcast(builder.gep(block, [_I64(4 * turn)]), _I32.as_pointer())
            words.append(_called(builder, "llvm.bswap.i32", builder.load(place, align=1)))
        else:
            x, y = words[-15], words[-2]
            low = mixed(*turned(x, 7, 18), builder.lshr(x, _I32(3)))
            high = mixed(*turned(y, 17, 19), builder.lshr(y, _I32(10)))
            words.append(builder.add(builder.add(words[-16], low), builder.add(words[-7], high)))
        keyed = builder.add(words[-1], _I32(_ROUNDS[turn]))
        chosen = builder.xor(g, builder.and_(e, builder.xor(f, g)))
        first = builder.add(builder.add(h, keyed), builder.add(chosen, mixed(*turned(e, 6, 11, 25))))
        most = builder.or_(builder.and_(a, b), builder.and_(c, builder.or_(a, b)))
        second = builder.add(most, mixed(*turned(a, 2, 13, 22)))
        a, b, c, d, e, f, g, h = builder.add(first, second), a, b, c, builder.add(d, first), e, f, g
    for place, old, new in zip(places, start, (a, b, c, d, e, f, g, h), strict=True):
        builder.store(builder.add(old, new), place)


def _compression(rounds: Callable[[Any, Any, Any], None]) -> Any:
    """A function of kernels: ``(state uint32[8], message uint8[n], at)`` takes 64 bytes from `at` into the state."""

    @intrinsic
    def compression(_typing: Any, state: Any, message: Any, at: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            words, data = (context.make_array(signature.args[i])(context, builder, args[i]).data for i in range(2))
            rounds(builder, words, builder.gep(data, [args[2]]))
            return context.get_dummy_value()

        return types.none(state, message, types.int64), emit

    return compression


compress_by_words = _compression(_by_words)
compress_by_instructions = _compression(_by_instructions)
_emitted = compress_by_instructions if has_instructions() else compress_by_words


@njit(cache=True, nogil=True, inline="never")
def compress(state, message, at):
    """Take the 64 bytes of a message from `at` into the state; arrays are contiguous and long enough."""
    _emitted(state, message, at)


@njit(cache=True, nogil=True)
def begin(state):
    """The state before any message."""
    state[:] = _START  # a loop compiles sooner, to wide stores after which the SHA instructions take 50 times as long


@njit(cache=True, nogil=True)
def finish(state, rest, size, total):
    """Take the last `size` bytes of a message of `total`, and the padding, which needs 72 bytes of room after them."""
    end = (size + 72) // 64 * 64
    rest[size : end - 8] = 0  # and so here
    rest[size] = 0x80
    _store(np.uint64(total) * np.uint64(8), 8, rest, end - 8)
    for at in range(0, end, 64):
        compress(state, rest, at)


@njit(cache=True, nogil=True)
def finish_twice(state, rest, size, total, digest):
    """`finish`, and SHA-256 of that digest: 32 bytes in `digest`; `rest` has at least 104 bytes."""
    finish(state, rest, size, total)
    for word in range(8):
        _store(np.uint64(state[word]), 4, rest, 4 * word)
    begin(state)
    finish(state, rest, 32, 32)
    for word in range(8):
        _store(np.uint64(state[word]), 4, digest, 4 * word)


@njit(cache=True, nogil=True)
def hash_twice(message, size, state, digest):
    """SHA-256 of SHA-256 of the first `size` bytes, as 32 bytes in `digest`; the room is as above."""
    begin(state)
    finish_twice(state, message, size, size, digest)


@njit(cache=True, nogil=True)
def _store(value, size, target, at):
    """A whole number in big-endian bytes."""
    for place in range(size):
        target[at + place] = np.uint8(value >> np.uint64(8 * (size - 1 - place)) & np.uint64(255))
