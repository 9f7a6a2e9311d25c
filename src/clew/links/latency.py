"""How long a bridge or a service takes, learnt from the pairs that leave no doubt."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_BINS = 32
_WIDEST = 2.0**31
QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Latency:
    """A density over seconds since the earliest possible payout: a histogram with bins of equal ratio."""

    least: int
    """Seconds before which nothing is paid."""
    edges: npt.NDArray[np.float64]
    density: npt.NDArray[np.float64]
    """Per second."""
    quantiles: tuple[int, ...]
    """`QUANTILES` of the whole delay, in seconds; empty where nothing was learnt."""
    count: int

    @classmethod
    def learn(cls, seconds: npt.NDArray[np.int64], *, least: int = 0) -> "Latency":
        """From sure pairs; each bin begins with half a pair, so that what was not seen is unlikely, not impossible."""
        edges = np.concatenate([[0.0], np.geomspace(30.0, _WIDEST, _BINS)])
        over = np.maximum(seconds - least, 0)
        counts = np.histogram(over, edges)[0] + 0.5
        density = counts / counts.sum() / np.diff(edges)
        quantiles = tuple(int(value) for value in np.quantile(seconds, QUANTILES)) if len(seconds) else ()
        return cls(least, edges, density, quantiles, len(seconds))

    def at(self, seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """The density at delays; 0 before `least`."""
        over = seconds - self.least
        bins = np.clip(np.searchsorted(self.edges, over, side="right") - 1, 0, len(self.density) - 1)
        found: npt.NDArray[np.float64] = np.where(over < 0, 0.0, self.density[bins])
        return found
