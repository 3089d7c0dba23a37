"""The multiply-adds of functions of `keras.ops` in a graph, which are known by the names of their classes."""

from collections.abc import Sequence

import keras

from keras_cnns.layer_kinds import ACTIVATION_FUNCTIONS
from keras_cnns.profiling.formulas import Work, times
from keras_cnns.profiling.tensor_shapes import KnownShape

# Functions that multiply and add; only for Matmul and Einsum are the multiply-adds known from the graph.
PRODUCTS = {
    "Conv",
    "ConvTranspose",
    "Correlate",
    "Convolve",
    "Cross",
    "DepthwiseConv",
    "Dot",
    "DotProductAttention",
}
PRODUCTS |= {"Inner", "Kron", "Outer", "SeparableConv", "Tensordot", "Vdot"}
CODE = {
    "AssociativeScan",
    "Cond",
    "Fori_loop",
    "ForiLoop",
    "Map",
    "Scan",
    "Switch",
    "VectorizedMap",
    "WhileLoop",
}
# At each position by itself.
ARITHMETIC = {"Add", "Subtract", "Multiply", "Divide", "TrueDivide", "DivideNoNan", "FloorDivide", "Power"}
ARITHMETIC |= {"Maximum", "Minimum", "Mod", "Where"}
POINTWISE = ACTIVATION_FUNCTIONS | ARITHMETIC | {"Abs", "Absolute", "Cast", "Ceil", "Clip", "Cos", "Erf"}
POINTWISE |= {"Exp", "Expm1"}
POINTWISE |= {"Floor", "Identity", "Log", "Log1p", "Negative", "Reciprocal", "Round", "Rsqrt", "Sign", "Sin"}
POINTWISE |= {"Softmax", "LogSoftmax", "Sqrt", "Square", "StopGradient"}
VIEWS = {"ExpandDims", "Reshape", "Squeeze", "Identity", "StopGradient", "Ravel"}


def work_of_function(
    operation: keras.Operation, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]
) -> Work:
    """Return what a function computes for one example: matrix products are counted, others get a note."""
    kind, module = type(operation).__name__, type(operation).__module__
    if kind == "Matmul":
        return Work(*times(outputs[0][1:], inputs[0][-1:]))
    if kind == "Einsum" and hasattr(operation, "subscripts"):
        return _einsum(operation.subscripts, inputs)
    if not module.startswith("keras.src.ops"):
        return Work(None, note=f"{kind} is opaque: its cost is unknown")
    if kind in PRODUCTS or kind in CODE or kind == "Einsum" or module.endswith((".linalg", ".math")):
        return Work(None, note=f"{kind} is a function whose multiply-adds its shapes do not determine")
    return Work()


def _einsum(subscripts: str, inputs: Sequence[KnownShape]) -> Work:
    """A multiply-add for each value of each letter; the batch, the first letter, counts as one."""
    entries = subscripts.replace(" ", "").split("->")[0].split(",")
    if "." in subscripts or len(entries) != len(inputs) or len(entries) != 2:
        return Work(None, note="Einsum is a function whose multiply-adds its shapes do not determine")
    sizes: dict[str, int | None] = {
        letter: n for letters, shape in zip(entries, inputs) for letter, n in zip(letters, shape)
    }
    if inputs[0][0] is None:
        sizes[entries[0][0]] = 1
    known = [size for size in sizes.values() if size is not None]
    if len(known) < len(sizes):
        return Work(None, note="a size is unknown")
    return Work(*times(size for size in known if size != 1))
