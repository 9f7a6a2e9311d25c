"""How kernels are compiled: by Numba, once, kept on disk; small steps become part of the loop that calls them.

No kernel makes an array, so reference counting is off: an atomic count for every array of every call would cost more
than the work.
"""

from typing import Any

from numba import njit


def kernel(function: Any) -> Any:
    """A loop over flat arrays, called from Python; compiled code is kept in ``NUMBA_CACHE_DIR``."""
    return njit(_nrt=False, cache=True, nogil=True)(function)  # type: ignore[call-overload]


def inlined(function: Any) -> Any:
    """A step of a kernel."""
    return njit(_nrt=False, forceinline=True)(function)  # type: ignore[call-overload]
