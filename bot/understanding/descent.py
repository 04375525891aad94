"""Adam over named arrays, for fitting. Not needed at run time."""

from collections.abc import Mapping

import numpy as np

from bot.understanding.encoding import Floats


class Adam:
    """Steps against the gradient, each parameter at its own pace (Kingma and Ba, 2015), with decay of weights."""

    def __init__(self, parameters: dict[str, Floats], rate: float, decay: float = 0.0) -> None:
        self.parameters, self.rate, self.decay = parameters, rate, decay
        self._mean = {name: np.zeros_like(part) for name, part in parameters.items()}
        self._square = {name: np.zeros_like(part) for name, part in parameters.items()}
        self._count = 0

    def step(self, gradients: Mapping[str, Floats], pace: float = 1.0) -> None:
        """Move all parameters once, at `pace` of the rate."""
        self._count += 1
        rate = self.rate * pace * float(np.sqrt(1 - 0.999**self._count) / (1 - 0.9**self._count))
        for name, gradient in gradients.items():
            mean, square, part = self._mean[name], self._square[name], self.parameters[name]
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient * gradient - square)
            part -= rate * mean / (np.sqrt(square) + 1e-8) + self.decay * self.rate * pace * part


def in_bytes(table: Floats) -> tuple[np.ndarray, Floats]:
    """A table as bytes, with a scale for each column."""
    scales = np.maximum(np.abs(table).max(axis=0), 1e-9) / 127
    return np.rint(table / scales).astype(np.int8), scales.astype(np.float32)
