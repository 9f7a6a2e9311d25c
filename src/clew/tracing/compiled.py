"""How kernels are compiled: by Numba, once, kept on disk; small steps become part of the loop that calls them.

No kernel makes an array, so reference counting is off: an atomic count for every array of every call would cost more
than the work.
"""

from pathlib import Path
from typing import Any

from numba import njit

from clew.compiled import KERNEL, STEP, intrinsic, keep, prefetch

__all__ = ["AHEAD", "apart", "inlined", "intrinsic", "kernel", "prefetch"]

_compile: Any = njit
"""Numba states types of the Python functions, which a kernel never sees."""

AHEAD = 12
"""Events by which a kernel runs ahead of itself to fetch the rows of memory it will touch."""


def kernel(function: Any) -> Any:
    """A loop over flat arrays, called from Python; compiled code is kept in ``NUMBA_CACHE_DIR``."""
    return keep(_compile(**KERNEL)(function), __name__, Path(__file__).parent)


def inlined(function: Any) -> Any:
    """A step of a kernel."""
    return _compile(**STEP, forceinline=True)(function)


def apart(function: Any) -> Any:
    """A step of a kernel that is too large to be copied to wherever it is taken.

    It says so outright: else a step takes over from the one that calls it that it is to be copied.
    """
    return _compile(**STEP, forceinline=False)(function)
