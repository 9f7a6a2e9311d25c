"""Histograms smoothed: each thing counted is a bell over the bins around its own."""

from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def smoothed(seen: Floats, width: float) -> Floats:
    """Histograms (rows, or one) whose counts lie under bells so many bins wide (standard deviation); 0 leaves them.

    Nothing is lost at the ends: what a bell would have beyond them lies within.
    """
    found: Floats = seen @ _bell(seen.shape[-1], width) if width else seen
    return found


@cache
def _bell(bins: int, width: float) -> Floats:
    """Of each bin (rows) the weights of those around it."""
    apart = np.arange(bins)[:, None] - np.arange(bins)[None, :]
    bell: Floats = np.exp(-0.5 * (apart / width) ** 2)
    bell /= bell.sum(axis=1, keepdims=True)
    return bell
