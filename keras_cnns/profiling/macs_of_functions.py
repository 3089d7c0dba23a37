"""What functions of `keras.ops` in a graph compute, known by the names of their classes."""

import keras

from keras_cnns.graph import Shape
from keras_cnns.layer_kinds import ACTIVATION_FUNCTIONS
from keras_cnns.profiling.formulas import Work, times

# Functions that multiply and add, of which only Matmul's shapes tell how much; `Einsum` is asked itself.
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


def work_of_function(operation: keras.Operation, given: list[Shape], made: list[Shape]) -> Work:
    """What a function computes for one example: a matrix product is counted, others are named."""
    kind, module = type(operation).__name__, type(operation).__module__
    if kind == "Matmul":
        return Work(*times(made[0][1:], given[0][-1:]))
    if kind == "Einsum" and hasattr(operation, "subscripts"):
        return _einsum(operation.subscripts, given)
    if not module.startswith("keras.src.ops"):
        return Work(None, note=f"what {kind} computes is not known")
    if kind in PRODUCTS or kind in CODE or kind == "Einsum" or module.endswith((".linalg", ".math")):
        return Work(None, note=f"a function, {kind}, whose multiply-adds its shapes do not tell")
    return Work()


def _einsum(subscripts: str, given: list[Shape]) -> Work:
    """A multiply-add for each value of each letter; the batch, the first letter, counts as one."""
    entries = subscripts.replace(" ", "").split("->")[0].split(",")
    if "." in subscripts or len(entries) != len(given) or len(entries) != 2:
        return Work(None, note="a function, Einsum, whose multiply-adds its shapes do not tell")
    sizes = {letter: n for letters, shape in zip(entries, given) for letter, n in zip(letters, shape)}
    if given[0][0] is None:
        sizes[entries[0][0]] = 1
    if None in sizes.values():
        return Work(None, note="a size is unknown")
    return Work(*times(size for size in sizes.values() if size != 1))
