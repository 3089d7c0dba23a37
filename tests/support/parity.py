"""What the parity tests share: random weights, one order of the layers for any graph, mutants of our files.

A parity test gives two definitions of a network the same weights and compares their logits. The weights are
paired by walking both graphs depth first from the output, the inputs of a concatenation or a sum in their
order: equal graphs give equal lists, and towers joined in another order give shapes or sums that disagree.
"""

import contextlib
import inspect

import keras
import numpy as np

from keras_cnns.graph import depth_first


@contextlib.contextmanager
def precision(dtype):
    """Keras builds and computes in `dtype`."""
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


def layers_in_order(model):
    """The layers depth first, from each output in turn; operations between them are passed through."""

    def parents(layer):
        tensors = [] if isinstance(layer, keras.layers.InputLayer) else keras.tree.flatten(layer.input)
        return [tensor._keras_history.operation for tensor in tensors]

    inside = {id(layer) for layer in model.layers}  # not what was before a model's beginning
    order = depth_first([output._keras_history.operation for output in model.outputs], parents)
    return [layer for layer in order if id(layer) in inside and isinstance(layer, keras.Layer)]


def weighted_layers(model):
    """The layers that have weights, depth first."""
    return [inner for layer in layers_in_order(model) for inner in opened(layer) if inner.weights]


def opened(layer):
    """The layers of a nested Sequential, or the layer itself."""
    return layer.layers if isinstance(layer, keras.Sequential) else [layer]


def randomize(model, x):
    """Give every weight its own random value, and keep the activations alive through the depth.

    Kernels are He's. A batch normalization gets the mean and the variance of what reaches it when the model
    sees x, both then moved at random: like those of a trained network, they fit their data, not exactly.
    """
    draw = np.random.default_rng(20)
    layers = [layer for layer in weighted_layers(model) if not isinstance(layer, keras.layers.Normalization)]
    for layer, weight in ((each, weight) for each in layers for weight in each.weights):
        if weight.name.endswith("kernel"):
            depthwise = weight.name == "depthwise_kernel" or isinstance(layer, keras.layers.DepthwiseConv2D)
            depthwise = depthwise or weight.ndim == 4 and weight.shape[2] == 1
            # A depthwise kernel sums over the window alone; no ReLU follows, or normalization does before it.
            power = 1 / np.prod(weight.shape[:2]) if depthwise else 2 / np.prod(weight.shape[:-1])
            value = draw.standard_normal(weight.shape, np.float32) * np.float32(np.sqrt(power))
        elif weight.name == "gamma":
            value = draw.uniform(0.5, 1.5, weight.shape)
        else:
            value = draw.normal(0, 0.2, weight.shape)
        weight.assign(value)
    normalizations = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in normalizations:
        layer.momentum = 0.0
    model(x, training=True)
    for layer in normalizations:
        *others, mean, variance = layer.get_weights()
        mean += 0.3 * draw.normal(size=mean.shape) * np.sqrt(variance)
        layer.set_weights([*others, mean, variance * draw.uniform(0.5, 2.0, variance.shape)])


def images(in_shape, scale=1.0):
    """Two images: four by four patches of colour under noise."""
    draw = np.random.default_rng(5)
    rows, columns = (np.arange(size) * 4 // size for size in in_shape[:2])
    patches = draw.normal(0, scale, (2, 4, 4, in_shape[2]))
    return patches[:, rows][:, :, columns] + draw.normal(0, scale, (2, *in_shape))


def logits(model, x):
    """What the last dense layer gives before its softmax."""
    model.layers[-1].activation = keras.activations.linear
    return keras.ops.convert_to_numpy(model(x, training=False))


def difference(ours, theirs):
    """The largest difference, relative to the largest logit, of two images whose logits must differ."""
    largest = np.abs(theirs).max()
    assert np.isfinite(largest) and np.abs(theirs[0] - theirs[1]).max() > 0.02 * largest
    return np.abs(ours - theirs).max() / largest


def mutant(function, old, new):
    """The same function from its file with one piece of text replaced: a network that is wrong on purpose."""
    source = inspect.getsource(inspect.getmodule(function))
    assert old in source, f"{old!r} is not in the file of {function.__name__}"
    registry = keras.saving.get_custom_objects()
    registered = dict(registry)
    namespace = {}
    exec(source.replace(old, new), namespace)
    registry.update(registered)  # the text has just registered its own copy of the file's layers
    return namespace[function.__name__]
