"""How kernels are compiled: by Numba, once, kept on disk; small steps become part of the loop that calls them.

No kernel makes an array, so reference counting is off: an atomic count for every array of every call would cost more
than the work.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from llvmlite import ir
from numba import extending, njit, types
from numba.core import cgutils

# Numba states types of the Python functions, which a kernel never sees.
intrinsic: Any = extending.intrinsic
_compile: Any = njit

AHEAD = 12
"""Events by which a kernel runs ahead of itself to fetch the rows of memory it will touch."""


def kernel(function: Any) -> Any:
    """A loop over flat arrays, called from Python; compiled code is kept in ``NUMBA_CACHE_DIR``.

    Numba calls kept code stale when the kernel's own file changes, but a kernel is made of steps from other files of
    this folder too: their text belongs to the stamp.
    """
    compiled = _compile(_nrt=False, cache=True, nogil=True)(function)
    kept = compiled._cache._cache_file
    kept._source_stamp = (*kept._source_stamp, _text_of_steps())
    return compiled


def inlined(function: Any) -> Any:
    """A step of a kernel."""
    return _compile(_nrt=False, forceinline=True)(function)


@cache
def _text_of_steps() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_bytes()
        if b"clew.tracing.compiled" in text or path == Path(__file__):
            digest.update(text)
    return digest.hexdigest()


@intrinsic
def prefetch(_typing: Any, rows: Any, index: Any) -> Any:
    """Ask the processor to bring row `index` of an array near; it changes nothing and may do nothing.

    Accounts of successive transfers lie far apart, so a loop without it waits for memory most of its time.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        stride = cgutils.unpack_tuple(builder, array.strides)[0]
        start = builder.ptrtoint(array.data, ir.IntType(64))
        address = builder.add(start, builder.mul(stride, args[1]))
        pointer = builder.inttoptr(address, ir.IntType(8).as_pointer())
        code = ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), code, code, code]),
            "llvm.prefetch.p0i8",
        )
        builder.call(function, [pointer, code(1), code(3), code(1)])  # for writing, into every cache level, data
        return context.get_dummy_value()

    return types.none(rows, types.int64), emit
