"""The graphs inside the onnx package, and what has to be edited where one is not the paper's network."""

from pathlib import Path

import numpy as np
import onnx

from support.parity import depth_first

LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"


def nodes(graph, op_type, **wanted):
    """The nodes of a type whose attributes have these values."""
    found = [node for node in graph.node if node.op_type == op_type]
    return [node for node in found if wanted.items() <= attributes(node).items()]


def attributes(node):
    return {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}


def set_attributes(node, **values):
    items = [onnx.helper.make_attribute(*item) for item in (attributes(node) | values).items()]
    del node.attribute[:]
    node.attribute.extend(items)


def edit_alexnet(graph):
    """Caffe's k is 1, and its alpha of 1e-4 is divided by the 5 maps; the paper has 2, and 1e-4 for each.

    The padding of the last pool is for 224 pixels; with 227 no window reaches it.
    """
    for node in nodes(graph, "LRN"):
        set_attributes(node, bias=2.0, alpha=5e-4)


def edit_inception_v1(graph):
    """Caffe rounds a pooled map's size up, 112 to 56; the graph does not, and pads before the average."""
    for node in nodes(graph, "MaxPool", strides=[2, 2]):
        set_attributes(node, pads=[0, 0, 1, 1])
    for node in nodes(graph, "AveragePool"):
        set_attributes(node, pads=[0, 0, 0, 0])


def edit_inception_v2(graph):
    """Caffe pads a strided convolution alike on all sides, the authors' TensorFlow less above and left."""
    for node in nodes(graph, "Conv", strides=[2, 2], kernel_shape=[7, 7]):
        set_attributes(node, pads=[2, 2, 3, 3])
    for node in nodes(graph, "Conv", strides=[2, 2], kernel_shape=[3, 3]):
        set_attributes(node, pads=[0, 0, 1, 1])


def edit_nothing(graph):
    """VGG is the same everywhere."""


def declared_weights(graph):
    """The shapes of the graph's weights by name, depth first."""
    producers = {node.output[0]: node for node in graph.node}
    constants = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    shapes = {name: value.shape for name, value in constants.items() if value.dtype == np.float32}
    for node in nodes(graph, "ConstantOfShape"):
        shapes[node.output[0]] = tuple(constants[node.input[0]])

    def parents(name):
        return [parent for parent in producers[name].input if parent in producers and parent not in shapes]

    order = depth_first([graph.output[0].name], parents)
    return {weight: shapes[weight] for name in order for weight in producers[name].input if weight in shapes}
