"""Our networks against keras.applications, an independent definition: same weights, same logits.

The peer is given random weights, ours take them over, both see the same two images. These are odd one way and
even the other, because strided windows align differently on either.
"""

from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import authority
import keras
import numpy as np
import pytest
from keras import applications
from support.parity import difference, images, logits, mutant, randomize, weighted_layers
from support.sizes import each, heavy_cases

from keras_cnns import architectures

N_CLASSES = 10
BOUNDS = {"float32": 1e-4, "float64": 1e-10}
# So many sums, of so small maps, that the rounding of float32 grows beyond any bound.
DOUBLE_ONLY = {"efficientnet_v2_s", *(f"efficientnet_b{n}" for n in range(1, 8))}

NETWORKS = {
    "vgg16": (applications.VGG16, (47, 64, 3)),
    "vgg19": (applications.VGG19, (64, 47, 3)),
    "resnet50": (applications.ResNet50, (65, 64, 3)),
    "resnet101": (applications.ResNet101, (65, 64, 3)),
    "resnet152": (applications.ResNet152, (65, 64, 3)),
    "inception_v3": (applications.InceptionV3, (139, 142, 3)),
    "inception_resnet_v2": (applications.InceptionResNetV2, (107, 124, 3)),
    "xception": (applications.Xception, (75, 96, 3)),
}
# With these options ours is the network of keras.applications.
OPTIONS = {}
for name, (theirs, shape, *options) in authority.APPLICATIONS.items():
    OPTIONS[name], their_options = (*options, {}, {})[:2]
    NETWORKS[name] = (partial(getattr(applications, theirs), **their_options), shape)

# a network, what stands in its file, what a wrong reading of the paper would have there
MUTANTS = {
    "average pooling": ("vgg16", "layers.MaxPooling2D(name=", "layers.AveragePooling2D(2, name="),
    "stride on the 3x3, v1.5": (
        "resnet50",
        "halving = (1, 2) if stride_in_3x3 else (2, 1)",
        "halving = (1, 2)",
    ),
    "pool aligned by same": (
        "resnet50",
        'layers.MaxPooling2D(3, 2, name="pool1")(layers.ZeroPadding2D(1, name="pool1_pad")(x))',
        'layers.MaxPooling2D(3, 2, "same")(x)',
    ),
    "average over the padding too": (
        "inception_v3",
        'layers.AveragePooling2D(3, 1, "same", name=f"{name}_pool")(x)',
        "layers.AveragePooling2D(3, 1)(layers.ZeroPadding2D(1)(x))",
    ),
    "pooled maps first": (
        "inception_v3",
        '[*convolved, layers.MaxPooling2D(3, 2, name=f"{name}_pool")(x)]',
        '[layers.MaxPooling2D(3, 2, name=f"{name}_pool")(x), *convolved]',
    ),
    "last module scaled too": ("inception_resnet_v2", "scale=1.0", "scale=0.2"),
    "ReLU after the convolution": (
        "xception",
        'y = separable(layers.ReLU(name=f"{name}_{i}_relu")(y), 728, f"{name}_{i}")',
        'y = layers.ReLU()(separable(y, 728, f"{name}_{i}"))',
    ),
    "pool padded alike on every side": (
        "xception",
        'layers.MaxPooling2D(3, 2, "same", name=f"{name}_pool")(x)',
        "layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))",
    ),
} | authority.APPLICATION_MISTAKES


class Peer(NamedTuple):
    name: str
    model: keras.Model
    x: np.ndarray
    logits: np.ndarray


@contextmanager
def precision(dtype):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def behind_its_scaling(model):
    """The peer from the layer on after which ours begins: some scale the image in the network."""
    scaling = [each for each in model.layers if type(each).__name__ in ("Rescaling", "Normalization")]
    return keras.Model(scaling[-1].output, model.output) if model.layers[1:2] == scaling[:1] else model


@pytest.fixture(scope="module")
def peer(request):
    """A network of keras.applications in double precision, with random weights, and its logits."""
    build, in_shape = NETWORKS[request.param]
    with precision("float64"):
        model = build(weights=None, input_shape=in_shape, classes=N_CLASSES, classifier_activation=None)
    model = behind_its_scaling(model)
    x = images(in_shape).astype("float32").astype("float64")  # some models round their inputs to float32
    randomize(model, x)
    return Peer(request.param, model, x, logits(model, x))


def take_over(peer, model):
    """Give our model the peer's weights.

    The peer's ResNets have a bias in every convolution, where ours have none, and an epsilon of 1.001e-5: the
    batch normalization that follows subtracts that much less, and its variance makes up for the epsilon.
    Some peers have 1x1 convolutions of a map of 1x1 for a dense layer.
    """
    bias = 0.0
    for theirs, ours in zip(weighted_layers(peer), weighted_layers(model), strict=True):
        weights = theirs.get_weights()
        if isinstance(ours, keras.layers.Dense) and isinstance(theirs, keras.layers.Conv2D):
            weights[0] = weights[0][0, 0]
        elif not isinstance(ours, keras.layers.DepthwiseConv2D):
            assert type(theirs).__name__ == type(ours).__name__
        elif weights[0].shape[2] == 1:
            weights[0] = weights[0].transpose(0, 1, 3, 2)  # a grouped convolution, one map a group
        if isinstance(ours, keras.layers.BatchNormalization):
            assert theirs.epsilon == pytest.approx(ours.epsilon, rel=2e-3)
            weights[-2] -= bias
            weights[-1] += theirs.epsilon - ours.epsilon
        bias = weights.pop() if len(weights) > len(ours.weights) else 0.0
        ours.set_weights(weights)


def gap(peer, function, dtype):
    """How far the network that function builds is from the peer whose weights it takes over."""
    with precision(dtype):
        model = function(peer.x.shape[1:], N_CLASSES, **OPTIONS.get(peer.name, {}))
    take_over(peer.model, model)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Rescaling):
            layer.scale = np.float64(layer.scale)  # a Python float would go through float32
    return difference(logits(model, peer.x), peer.logits)


def cases():
    """Each network in each precision in which more than rounding decides; what is slow in the finer one."""
    for one in each(NETWORKS, heavy=True):
        (name,) = one.values
        slow = [pytest.mark.large] * bool(one.marks)
        yield pytest.param(name, "float64", id=f"{one.id}-float64", marks=one.marks)
        if name not in DOUBLE_ONLY:
            yield pytest.param(name, "float32", id=f"{one.id}-float32", marks=[*one.marks, *slow])


@pytest.mark.parametrize(("peer", "dtype"), list(cases()), indirect=["peer"])
def test_same_logits(peer, dtype, proof):
    found = gap(peer, getattr(architectures, peer.name), dtype)
    options = OPTIONS.get(peer.name, {})
    proof(peer.name, "keras.applications", dtype, found, BOUNDS[dtype], **options)
    assert found <= BOUNDS[dtype]


# with this scope pytest builds a peer once for all of its tests
@pytest.mark.parametrize("peer, old, new", heavy_cases(MUTANTS), indirect=["peer"], scope="module")
def test_mutant_is_seen(peer, old, new):
    assert gap(peer, mutant(getattr(architectures, peer.name), old, new), "float32") > 1e-2
