"""The logits of our networks on the backend that KERAS_BACKEND names, for weights and images from numpy.

    python backend_outputs.py FILE.npz [CASE ...] [--nudge]

FILE gets an array for each output. Without a CASE all run. `--nudge` adds 1 to one number of one kernel, to
see whether a comparison notices.
"""

import argparse

import keras
import numpy as np
from keras import initializers, layers, ops

from keras_cnns import architectures
from keras_cnns.catalog.facts import find_network

N_CLASSES = 5

# Small, yet with maps of even and odd sides; the others take (32, 49, 3), or just more than the smallest.
IN_SHAPES = {
    "lenet_5": (32, 36, 1),
    "alexnet": (67, 80, 3),
    "nin": (48, 65, 3),
    "nin_cifar": (19, 24, 3),
    "alexnet_owt": (63, 78, 3),
    "lenet_caffe": (28, 31, 1),
    "inception_net": (65, 72, 3),
    "inception_v3": (75, 84, 3),
    "inception_v4": (75, 84, 3),
    "inception_v3 with aux": (107, 112, 3),
    "inception_v4 with aux": (107, 112, 3),
    "inception_resnet_v1": (75, 84, 3),
    "inception_resnet_v2": (75, 84, 3),
}
# inception_net is inception_v1 with its auxiliary classifiers.
CASES = (*architectures.__all__, "inception_v3 with aux", "inception_v4 with aux")


def zeros(initializer, shape, dtype=None):
    return ops.convert_to_tensor(np.zeros(shape, dtype))


def draw_no_initial_weights():
    """They are replaced at once, and JAX compiles a drawing for every shape."""
    for kind in ("RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling"):
        getattr(initializers, kind).__call__ = zeros


def logits_model(case):
    """The network without its softmax; a list of outputs."""
    network, _, aux = case.partition(" with ")
    options = {aux: True} if aux else {}
    row = find_network(network)
    usual = max(32, row.smallest), max(49, row.smallest + 6), row.in_shape[2]
    in_shape = IN_SHAPES.get(case, usual)
    model = getattr(architectures, network)(in_shape, N_CLASSES, **options)
    logits = []
    for layer in map(model.get_layer, model.output_names):
        if isinstance(layer, layers.Softmax):
            logits.append(layer.input)
        else:
            layer.activation = keras.activations.linear
            logits.append(layer.output)
    return keras.Model(model.input, logits)


def value(weight, generator):
    """Kernels keep the size of what they are given; statistics and shifts are near their usual values."""
    if "kernel" in weight.name:
        depthwise = weight.name == "depthwise_kernel" or weight.shape[-1] == 1
        seen = weight.shape[:2] if depthwise else weight.shape[:-1]
        return np.float32(2 / np.prod(seen)) ** 0.5 * generator.standard_normal(weight.shape, np.float32)
    if weight.name in ("gamma", "moving_variance"):
        return generator.uniform(0.5, 1.5, weight.shape)
    return generator.normal(0, 0.1, weight.shape)


def last_of_branch(model):
    """The convolution or normalization that each sum adds to a shortcut, seen through gates and scales."""
    place = {id(operation): i for i, operation in enumerate(model.operations)}
    for add in model.layers:
        if isinstance(add, layers.Add):
            sources = [tensor._keras_history.operation for tensor in add.input]
            yield from weighted(max(sources, key=lambda source: place[id(source)]))


def weighted(layer):
    """The layer itself if it has a scale or a kernel, or those that it only multiplies."""
    if isinstance(layer, layers.BatchNormalization | layers.Conv2D):
        yield layer
    elif isinstance(layer, layers.Multiply | layers.Dropout | layers.Rescaling):
        for tensor in keras.tree.flatten(layer.input):
            yield from weighted(tensor._keras_history.operation)


def set_weights(model, nudge):
    """No two alike. What is added to a shortcut counts a quarter, so that deep sums stay small."""
    for i, weight in enumerate(model.weights):
        weight.assign(value(weight, np.random.default_rng(i)))
    for layer in last_of_branch(model):
        scale = layer.gamma if isinstance(layer, layers.BatchNormalization) else layer.kernel
        scale.assign(scale / 4)
    if nudge:
        kernels = [weight for weight in model.weights if "kernel" in weight.name]
        middle = kernels[len(kernels) // 2]
        nudged = ops.convert_to_numpy(middle).copy()
        nudged.flat[0] += 1
        middle.assign(nudged)


def images(in_shape):
    """Two, of noise around two colours."""
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(2, *in_shape)) + generator.normal(size=(2, 1, 1, in_shape[-1]))
    return noise.astype("float32")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("cases", nargs="*", default=CASES)
    parser.add_argument("--nudge", action="store_true")
    arguments = parser.parse_args()
    draw_no_initial_weights()
    found = {}
    for case in arguments.cases:
        keras.utils.clear_session()
        model = logits_model(case)
        set_weights(model, arguments.nudge)
        outputs = keras.tree.flatten(model(images(model.input_shape[1:]), training=False))
        found.update({f"{case} {i}": ops.convert_to_numpy(output) for i, output in enumerate(outputs)})
    np.savez(arguments.file, **found)


if __name__ == "__main__":
    main()
