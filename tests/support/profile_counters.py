"""Counts that share nothing with `keras_cnns.profiling.profile_model`: they look at what a model computes."""

from math import prod

import keras
import numpy as np

from keras_cnns.graph import read


def traced_macs(model):
    """Multiply-adds of the kernels in TensorFlow's graph of the model, by the shapes of its operations.

    The weights need no values: they are inputs of the traced function.
    """
    import tensorflow as tf

    def specs(variables):
        return [tf.TensorSpec(v.shape, v.dtype) for v in variables]

    inputs = [tf.TensorSpec((1, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]
    traced = tf.function(lambda t, n, x: model.stateless_call(t, n, x, training=False)[0])
    weights = specs(model.trainable_variables), specs(model.non_trainable_variables)
    graph = traced.get_concrete_function(*weights, inputs if len(inputs) > 1 else inputs[0]).graph
    return sum(_macs(operation) for operation in graph.get_operations())


def _macs(operation):
    """Every value of the result is a sum over the kernel's positions and its input channels."""
    shapes = [tuple(tensor.shape) for tensor in operation.inputs]
    made = tuple(operation.outputs[0].shape) if operation.outputs else ()
    match operation.type:
        case "Conv2D" | "Conv3D":
            return prod(made) * prod(shapes[1][:-1])
        case "DepthwiseConv2dNative":
            return prod(made) * prod(shapes[1][:2])
        case "Conv2DBackpropInput":  # the forward pass of a transposed convolution: kernel, then its input
            return prod(shapes[2][:3]) * prod(shapes[1][:2]) * prod(shapes[1][2:])
        case "MatMul" | "BatchMatMulV2":
            other = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
            return prod(made) * shapes[0][-2 if other else -1]
        case "Einsum":
            words = operation.get_attr("equation").decode().split("->")[0].split(",")
            sizes = {}
            for word, shape in zip(words, shapes):
                others = "ABCDEF"[: len(shape) - len(word.replace("...", ""))]
                sizes |= dict(zip(word.replace("...", others), shape))
            return prod(sizes.values())
    return 0


def seen_span(model):
    """The most rows of the input from the first to the last that change one row of the output.

    All weights must be positive and biases zero: then a unit is above zero if and only if it looks at a pixel
    that is, so that an image that is one in a single row shows which units look at this row.
    """
    _, height, width, channels = model.inputs[0].shape
    images = np.zeros((height, height, width, channels), "float32")
    images[np.arange(height), np.arange(height)] = 1
    maps = keras.ops.convert_to_numpy(model(images))
    seen = (maps > 0).any(axis=(2, 3))  # row of the input, row of the output
    rows = [np.flatnonzero(seen[:, unit]) for unit in range(seen.shape[1])]
    return max(int(row[-1] - row[0] + 1) for row in rows if len(row))


def most_alive(model):
    """The most values alive at once in the order of the graph, each tensor asked at each step.

    For models in which every layer makes a new tensor but ReLU, which writes over what it alone reads.
    """
    graph = read(model, expand_nested=True)
    steps = range(len(graph.vertices))
    size = [sum(prod(shape[1:]) for shape in vertex.shapes) for vertex in graph.vertices]
    reads = [source for vertex in graph.vertices for source in vertex.sources]

    def is_alive(tensor, step):
        later = (vertex.sources for vertex in graph.vertices[max(step, tensor) :])
        return tensor <= step and (
            tensor in graph.outputs or tensor == step or any(tensor in sources for sources in later)
        )

    def is_written_over(tensor, step):
        """Whether this step is the ReLU that writes its result over the tensor."""
        vertex = graph.vertices[step]
        is_relu = isinstance(vertex.operation, keras.layers.ReLU) and vertex.sources == (tensor,)
        is_input = isinstance(graph.vertices[tensor].operation, keras.layers.InputLayer)
        return is_relu and reads.count(tensor) == 1 and tensor not in graph.outputs and not is_input

    def alive(step):
        return [tensor for tensor in steps if is_alive(tensor, step) and not is_written_over(tensor, step)]

    return max(sum(size[tensor] for tensor in alive(step)) for step in steps)
