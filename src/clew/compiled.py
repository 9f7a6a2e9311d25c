"""What kernels of every stage ask of the compiler beside Numba's own language."""

import hashlib
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering

intrinsic: Any = extending.intrinsic
"""Numba states types of the Python functions, which a kernel never sees."""


class _StepCode(JITCodeLibrary):
    """A step's code, for the kernels that take it in. Machine code is made of theirs alone: nothing else runs it."""

    def _finalize_final_module(self) -> None:
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _StepLowering(NativeLowering):
    _name = "step_lowering"

    def run_pass(self, state: Any) -> bool:
        state.library = _StepCode(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        # Numba knows a function by a built-in one of its own; this one raises where Python calls it.
        known_by = TypeError("a step of kernels, which only they call").with_traceback
        state.cr = state.cr._replace(cfunc=known_by)
        state.targetctx.insert_user_function(known_by, state.cr.fndesc, [state.library])
        return True


class _StepCompiler(CompilerBase):
    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state, "step")
        passes.passes = [(_StepLowering if one is NativeLowering else one, what) for one, what in passes.passes]
        passes.finalize()
        return [passes]


KERNEL = MappingProxyType({"_nrt": False, "cache": True, "nogil": True, "no_cfunc_wrapper": True})
"""How Numba compiles a loop over flat arrays that is called from Python: without what calls it from C."""
STEP = MappingProxyType(
    {"_nrt": False, "no_cfunc_wrapper": True, "no_cpython_wrapper": True, "pipeline_class": _StepCompiler}
)
"""How Numba compiles what only kernels call. Told nothing, it makes of every step a function that Python, and C, could
call, and machine code of it for each set of types: half of the time that a kernel takes to compile."""


def keep(compiled: Any, step: str, folder: Path) -> Any:
    """Let a kernel's kept code be stale, too, when a step that it is made of changes.

    Numba looks at the kernel's own file alone. A step is a module of `folder` that names the module `step`. An index
    of kept code that cannot be read, since a class that it names has moved, is begun anew.
    """
    kept = compiled._cache._cache_file
    kept._source_stamp = (*kept._source_stamp, _text_of_steps(step, folder))
    kept._load_index = partial(_load_or_begin, kept._load_index)
    return compiled


def _load_or_begin(load: Any) -> Any:
    try:
        return load()
    except (AttributeError, ImportError):
        return {}


@cache
def _text_of_steps(step: str, folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        text = path.read_bytes()
        if step.encode() in text or path.stem == step.rpartition(".")[2]:
            digest.update(text)
    return digest.hexdigest()


@intrinsic
def prefetch(_typing: Any, rows: Any, index: Any) -> Any:
    """Ask the processor to bring row `index` of an array near, to be written; it changes nothing and may do nothing.

    Accounts of successive transfers lie far apart, so a loop without it waits for memory most of its time.
    """
    return types.none(rows, types.int64), _prefetching(write=1)


@intrinsic
def prefetch_to_read(_typing: Any, rows: Any, index: Any) -> Any:
    """As `prefetch`, for a row that is only read, such as one of a file that is mapped."""
    return types.none(rows, types.int64), _prefetching(write=0)


def _prefetching(*, write: int) -> Any:
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
        builder.call(function, [pointer, code(write), code(3), code(1)])  # into every cache level, data
        return context.get_dummy_value()

    return emit


def _place(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Pointer to an entry of a contiguous array."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.gep(array.data, [args[1]])


@intrinsic
def load_shared(_typing: Any, rows: Any, index: Any) -> Any:
    """An entry of a contiguous array that other threads write: read once, and whole. Orders no other access."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(_place(context, builder, signature, args), "monotonic", rows.dtype.bitwidth // 8)

    return rows.dtype(rows, types.int64), emit


@intrinsic
def store_shared(_typing: Any, rows: Any, index: Any, value: Any) -> Any:
    """Write an entry of a contiguous array that other threads read: at once, and whole. Orders no other access."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        width = rows.dtype.bitwidth // 8
        builder.store_atomic(args[2], _place(context, builder, signature, args), "monotonic", width)
        return context.get_dummy_value()

    return types.none(rows, types.int64, rows.dtype), emit


@intrinsic
def compare_and_swap(_typing: Any, rows: Any, index: Any, old: Any, new: Any) -> Any:
    """Write `new` where the entry of a contiguous array still is `old`, in one step; whether it was."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature, args)
        return builder.extract_value(builder.cmpxchg(place, args[2], args[3], "monotonic", "monotonic"), 1)

    return types.boolean(rows, types.int64, rows.dtype, rows.dtype), emit
