"""What a network does to its images before the first layer that is its own: it resizes, scales, crops."""

from __future__ import annotations

from keras import KerasTensor, Operation, layers, tree

from keras_cnns.graph.vertices import Graph, Shape, Vertex
from keras_cnns.layer_kinds import DROPOUTS, activation_name

SCALING = ("Rescaling", "Normalization")
# Functions that scale or shift where all but one of their arguments are constants.
ARITHMETIC = ("Add", "Subtract", "Multiply", "Divide", "TrueDivide")


def preparation(graph: Graph) -> dict[int, list[int]]:
    """Return for each input of a graph the calls that prepare what comes in, in their order.

    Args:
        graph: a model's calls, with what is inside models in its place.
    """
    readers = graph.readers()
    found: dict[int, list[int]] = {}
    for start in graph.inputs:
        chain, at = [], start
        while len(readers[at]) == 1 and at not in graph.outputs:
            (at,) = readers[at]
            prepares_it = prepares(graph.vertices[at])
            if not (prepares_it or _leaves_shape(graph.vertices[at])) or at in graph.outputs:
                break
            if prepares_it:
                chain.append(at)
        found[start] = chain
    return found


def prepared_shapes(graph: Graph) -> list[Shape]:
    """Return the shape of each input after its preparation, with the batch."""
    chains = preparation(graph)
    return [graph.vertices[(chains[start] or [start])[-1]].shapes[0] for start in graph.inputs]


def prepares(vertex: Vertex) -> bool:
    """Return whether a call prepares images if it comes before the first layer of a network."""
    operation = vertex.operation
    if len(vertex.sources) != 1 or len(vertex.shapes) != 1:
        return False
    if is_image_preparation(operation):
        return True
    if not type(operation).__module__.startswith("keras.src.ops."):
        return False
    if type(operation).__name__ == "GetItem":
        return _turns_channels(vertex)
    if type(operation).__name__ == "Cast":
        return getattr(operation, "dtype", None) == "float32"  # other types lose digits
    return type(operation).__name__ in ARITHMETIC


def _leaves_shape(vertex: Vertex) -> bool:
    """Whether it does nothing at inference, or is a function that may scale and does not resize."""
    operation = vertex.operation
    if isinstance(operation, layers.Lambda):
        read = vertex.call.input_tensors
        return len(read) == 1 and tuple(read[0].shape) == vertex.shapes[0]
    linear = isinstance(operation, layers.Activation) and activation_name(operation) == "linear"
    return linear or isinstance(operation, (layers.Identity, *DROPOUTS))


def is_image_preparation(operation: Operation) -> bool:
    """Whether it is a layer that Keras has for the preparation of images."""
    module, name = type(operation).__module__, type(operation).__name__
    return "preprocessing.image_preprocessing" in module or (
        module.startswith("keras.src.layers.preprocessing") and name in SCALING
    )


def _turns_channels(vertex: Vertex) -> bool:
    """Whether it is `x[..., ::-1]`: RGB to BGR."""
    given = tree.flatten((vertex.call.arguments.args, vertex.call.arguments.kwargs))
    keys = [key for key in given if not isinstance(key, KerasTensor) and key is not Ellipsis]
    return bool(keys) and keys[-1] == slice(None, None, -1) and {*map(str, keys[:-1])} <= {str(slice(None))}
