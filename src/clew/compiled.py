"""What kernels of every stage ask of the compiler beside Numba's own language."""

from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils

intrinsic: Any = extending.intrinsic
"""Numba states types of the Python functions, which a kernel never sees."""


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
