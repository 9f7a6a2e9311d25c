"""How the kernels of an index are compiled: by Numba, once, kept on disk, without reference counts.

Numba calls kept code stale when the kernel's own file changes, but a kernel is made of steps from other files of this
folder too: their text belongs to the stamp.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit

_compile: Any = njit
"""Numba states types of the Python functions, which a kernel never sees."""


def inlined(function: Any) -> Any:
    """A step of a kernel: dozens of arrays go into one, and handing them over would cost more than the step."""
    return _compile(_nrt=False, forceinline=True)(function)


def kernel(function: Any) -> Any:
    """A loop over flat arrays that makes none."""
    compiled = _compile(_nrt=False, cache=True, nogil=True)(function)
    kept = compiled._cache._cache_file
    kept._source_stamp = (*kept._source_stamp, _text_of_steps())
    return compiled


@cache
def _text_of_steps() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if b"clew.index.compiled" in (text := path.read_bytes()) or path == Path(__file__):
            digest.update(text)
    return digest.hexdigest()
