"""Adam over named arrays, for fitting. Not needed at run time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.language.e5_session import Floats

Rows = tuple[NDArray[np.int64], Floats]
"""The gradient of some rows of a table; all others have none."""


class Adam:
    """Steps against the gradient, each parameter at its own pace (Kingma and Ba, 2015), with decay of weights."""

    def __init__(self, parameters: dict[str, Floats], rate: float, decay: float = 0.0) -> None:
        self.parameters, self.rate, self.decay = parameters, rate, decay
        self._mean = {name: np.zeros_like(part) for name, part in parameters.items()}
        self._square = {name: np.zeros_like(part) for name, part in parameters.items()}
        self._count = 0

    def step(self, gradients: Mapping[str, Floats | Rows], pace: float = 1.0) -> None:
        """Move all parameters once, at `pace` of the rate; of a table only the rows that have a gradient."""
        self._count += 1
        rate = self.rate * pace * float(np.sqrt(1 - 0.999**self._count) / (1 - 0.9**self._count))
        for name, gradient in gradients.items():
            rows, slope = gradient if isinstance(gradient, tuple) else (slice(None), gradient)
            mean = self._mean[name][rows] * 0.9 + 0.1 * slope
            square = self._square[name][rows] * 0.999 + 0.001 * slope * slope
            self._mean[name][rows], self._square[name][rows] = mean, square
            part = self.parameters[name]
            part[rows] -= rate * mean / (np.sqrt(square) + 1e-8) + self.decay * self.rate * pace * part[rows]


def rows_of(seen: sparse.csr_matrix, slope: NDArray[Any]) -> Rows:
    """The gradient of the rows of a table that `seen` (messages x rows) names."""
    rows = np.unique(seen.indices)
    return rows, np.asarray(seen[:, rows].T @ slope, dtype=np.float32)


def in_bytes(table: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A table as bytes, with a scale for each column."""
    scales = np.maximum(np.abs(table).max(axis=0), 1e-9) / 127
    return np.rint(table / scales).astype(np.int8), scales.astype(np.float32)
