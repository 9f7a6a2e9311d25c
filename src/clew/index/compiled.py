"""How the kernels of an index are compiled: by Numba, once, kept on disk, without reference counts."""

from pathlib import Path
from typing import Any

from numba import njit

from clew.compiled import KERNEL, STEP, keep

_compile: Any = njit
"""Numba states types of the Python functions, which a kernel never sees."""


def inlined(function: Any) -> Any:
    """A step of a kernel: dozens of arrays go into one, and handing them over would cost more than the step."""
    return _compile(**STEP, forceinline=True)(function)


def kernel(function: Any) -> Any:
    """A loop over flat arrays that makes none."""
    return keep(_compile(**KERNEL)(function), __name__, Path(__file__).parent)
