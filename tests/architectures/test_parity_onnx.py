"""Our networks against the graphs inside the onnx package, most of them Caffe's: same weights, same logits.

The package keeps them for its own tests, with constants for weights. Here our network gets random weights,
the graph gets them too, and onnxruntime runs it. Where a graph is not the paper's network, a function below
edits the graph, never ours.
"""

from itertools import pairwise

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from support.onnx_graphs import (
    LIGHT,
    attributes,
    declared_weights,
    edit_alexnet,
    edit_inception_v1,
    edit_inception_v2,
    edit_nothing,
    nodes,
    set_attributes,
)
from support.parity import difference, images, logits, mutant, randomize, weighted_layers
from support.sizes import each, heavy_cases

from keras_cnns import architectures

BOUND = 1e-4  # float32


def edit_resnet50(graph):
    """The graph has the stride on the 3x3, v1.5; and it adds the shortcut second, where ours comes first."""
    for first, second in pairwise(nodes(graph, "Conv")):
        if attributes(second)["kernel_shape"] == [3, 3] and attributes(second)["strides"] == [2, 2]:
            set_attributes(first, strides=[2, 2])
            set_attributes(second, strides=[1, 1])
    for node in nodes(graph, "Sum"):
        node.input.append(node.input.pop(0))


def kernel(layer):
    """A layer's kernel as ONNX has it: outputs first, and maps before rows where they were flattened."""
    first, *others = layer.get_weights()
    if isinstance(layer, keras.layers.SeparableConv2D):  # linear both times, hence one dense 7x7
        pointwise = others[0].reshape(*first.shape[2:], -1)
        return np.einsum("hwcm,cmo->ochw", first, pointwise)
    if isinstance(layer, keras.layers.Conv2D):
        return first.transpose(3, 2, 0, 1)
    source = layer.input._keras_history.operation
    if isinstance(source, keras.layers.Flatten):
        first = first.reshape(*source.input.shape[1:], -1).transpose(2, 0, 1, 3).reshape(first.shape)
    return first.T


def tensors(model):
    """Our weights in the order and the layout of the graph."""
    for layer in weighted_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            yield from layer.get_weights()
        else:
            yield kernel(layer)
            yield from layer.get_weights()[1:]


def tensors_of_inception_v2(model):
    """The same for a graph that scales and shifts twice, where ours only shifts, with 1e-5 for an epsilon.

    Its scale and its gain are random, so kernel and mean are divided by both beforehand; so is its second
    shift, and the first makes up the rest of beta.
    """
    draw = np.random.default_rng(30)
    *body, classifier = weighted_layers(model)
    for convolution, normalization in zip(body[::2], body[1::2], strict=True):
        beta, mean, variance = normalization.get_weights()
        scale, gain = draw.uniform(0.5, 1.5, (2, len(beta)))
        shift = draw.normal(0, 0.2, len(beta))
        yield kernel(convolution) / (scale * gain)[:, None, None, None]
        yield from (scale, (beta - shift) / gain, mean / (scale * gain))
        yield from (variance + 1e-3 - 1e-5, gain, shift)  # ours is 1e-3
    yield kernel(classifier)
    yield classifier.get_weights()[1]


# a network: its file, the images and the size of their pixels, the edit, the weights; response normalization
# wants Caffe's pixels, in the hundreds
NETWORKS = {
    "alexnet": ("bvlc_alexnet", (227, 227, 3), 80.0, edit_alexnet, tensors),
    "inception_v1": ("inception_v1", (224, 224, 3), 80.0, edit_inception_v1, tensors),
    "inception_v2": ("inception_v2", (224, 224, 3), 1.0, edit_inception_v2, tensors_of_inception_v2),
    "vgg19": ("vgg19", (64, 96, 3), 1.0, edit_nothing, tensors),
    "resnet50": ("resnet50", (224, 224, 3), 1.0, edit_resnet50, tensors),
    "squeezenet_1_1": ("squeezenet", (224, 224, 3), 1.0, edit_nothing, tensors),
}

# a network, what stands in its file, what a wrong reading would have there
MUTANTS = {
    "Caffe's response normalization": (
        "alexnet",
        "LocalResponseNormalization(name=",
        "LocalResponseNormalization(k=1.0, alpha=2e-5, name=",
    ),
    "AlexNet's response normalization": (
        "inception_v1",
        '"k": 1.0, "alpha": 1e-4 / 5',
        '"k": 2.0, "alpha": 1e-4',
    ),
    "average in the towers": (
        "inception_v1",
        'layers.MaxPooling2D(3, 1, "same", ',
        'layers.AveragePooling2D(3, 1, "same", ',
    ),
    "average in the last module": ("inception_v2", '192, 224, "max", 128', '192, 224, "avg", 128'),
    "pooled maps first": (
        "inception_v2",
        "return layers.Concatenate(name=name)(towers)",
        "return layers.Concatenate(name=name)(towers if n1x1 else towers[-1:] + towers[:-1])",
    ),
    "average pooling": ("vgg19", "layers.MaxPooling2D(name=", "layers.AveragePooling2D(2, name="),
    "stem aligned by same": (
        "resnet50",
        """x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
""",
        """pass
    padding = "same"
""",
    ),
}


def graph_weights(name, graph, model):
    """Our model's weights under the graph's names, in the shapes that the graph declares."""
    layout = NETWORKS[name][-1]
    weights = {}
    for (weight, shape), value in zip(declared_weights(graph).items(), layout(model), strict=True):
        if (name, weight) != ("vgg19", "fc6_w_0"):  # of 2x3 maps here, for the sake of time
            assert value.shape == shape[-value.ndim :]  # the classifier of inception_v1 has more axes, of one
        weights[weight] = np.float32(value)
    return weights


def peer_logits(name, model, x):
    """What onnxruntime makes of the edited graph with our model's weights, before the softmax."""
    file, _, _, edit, _ = NETWORKS[name]
    proto = onnx.load(LIGHT / f"light_{file}.onnx")
    edit(proto.graph)
    values = graph_weights(name, proto.graph, model)
    for node in nodes(proto.graph, "Reshape"):
        rows = model.output_shape[-1] if node.input[0] in values else len(x)
        values[node.input[1]] = np.array([rows, -1])
    data = next(item.name for item in proto.graph.input if item.name.endswith("data_0"))
    *body, softmax = (node for node in proto.graph.node if node.op_type != "ConstantOfShape")
    ends = [
        [onnx.helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, None)]
        for end in (data, softmax.input[0])
    ]
    weights = [onnx.numpy_helper.from_array(value, weight) for weight, value in values.items()]
    proto.graph.CopyFrom(onnx.helper.make_graph(body, name, *ends, weights))
    proto.ir_version = 4  # since when a weight need not be an input too
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    found = session.run(None, {data: np.float32(x.transpose(0, 3, 1, 2))})[0]
    return found.reshape(len(x), -1)  # an average of maps keeps their two axes


def gap(name, function):
    """How far the network that function builds is from the graph that gets its weights."""
    _, in_shape, scale, _, _ = NETWORKS[name]
    model = function(in_shape)
    x = images(in_shape, scale)
    randomize(model, x)
    return difference(logits(model, x), peer_logits(name, model, x))


@pytest.mark.parametrize("name", each(NETWORKS, heavy=True))
def test_same_logits(name, proof):
    found = gap(name, getattr(architectures, name))
    proof(name, "onnx", "float32", found, BOUND)
    assert found <= BOUND


@pytest.mark.parametrize("name, old, new", heavy_cases(MUTANTS))
def test_mutant_is_seen(name, old, new):
    assert gap(name, mutant(getattr(architectures, name), old, new)) > 1e-2
