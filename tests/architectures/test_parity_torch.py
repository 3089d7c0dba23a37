"""The same weights give the same numbers as in PyTorch's definitions (torchvision's and timm's).

Each peer gets random weights, no two alike, and hands them to ours; then both see the same images, and the
logits, before any softmax, must agree. Layers are paired by their place in the graph, see `torch_peers`.
Images are not square and their maps have even and odd sides, so that a window set off by one shows.
"""

import authority
import keras
import pytest
from keras import layers, ops
from support.parity import difference, images, layers_in_order, mutant, precision
from support.sizes import each

from keras_cnns import architectures

pytestmark = pytest.mark.peers

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
EVEN_AND_ODD = (64, 97)  # its sides shrink as 32, 16, 8, 4, 2 and as 49, 25, 13, 7, 4

# Our network, the size of the images, our options, the precisions.
BOTH = ("float32", "float64")
CASES = {
    "resnet18": ("resnet18", EVEN_AND_ODD, {}, BOTH),
    "resnet34": ("resnet34", EVEN_AND_ODD, {}, BOTH),
    "resnet50": ("resnet50", EVEN_AND_ODD, {}, BOTH),
    "resnet101": ("resnet101", EVEN_AND_ODD, {}, ("float64",)),
    "resnet152": ("resnet152", EVEN_AND_ODD, {}, ("float64",)),
    "resnet50-v1.5": ("resnet50", EVEN_AND_ODD, {"stride_in_3x3": True}, BOTH),
    "resnext50": ("resnext50", EVEN_AND_ODD, {}, BOTH),
    "resnext101": ("resnext101", EVEN_AND_ODD, {}, BOTH),
    "resnext101_64x4d": ("resnext101_64x4d", EVEN_AND_ODD, {}, BOTH),
    "alexnet_owt": ("alexnet_owt", (224, 240), {}, BOTH),
    "vgg11": ("vgg11", EVEN_AND_ODD, {}, BOTH),
    "vgg13": ("vgg13", EVEN_AND_ODD, {}, BOTH),
    "vgg16": ("vgg16", EVEN_AND_ODD, {}, BOTH),
    "vgg16-224": ("vgg16", (224, 224), {}, ("float32",)),
    "vgg19": ("vgg19", EVEN_AND_ODD, {}, BOTH),
    "inception_v3": ("inception_v3", (107, 120), {}, BOTH),
    "inception_v3-aux": ("inception_v3", (299, 300), {"aux": True}, BOTH),
    "inception_v4": ("inception_v4", (107, 120), {}, BOTH),
    "inception_resnet_v2": ("inception_resnet_v2", (107, 120), {}, BOTH),
    "xception": ("xception", (39, 71), {}, BOTH),
}
CASES |= {
    case: (peer.network or case, peer.size, peer.options, peer.precisions)
    for case, peer in authority.PEERS.items()
}

# The case, a passage of our file, a mistake to put in its place.
MUTANTS = {
    "resnet: windows of stride 2 padded at the far side": (
        "resnet18",
        """        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
""",
        """        pass
    padding = "same"
""",
    ),
    "resnet: first pool padded at the far side": (
        "resnet18",
        'layers.MaxPooling2D(3, 2, name="pool1")(layers.ZeroPadding2D(1, name="pool1_pad")(x))',
        'layers.MaxPooling2D(3, 2, "same")(x)',
    ),
    "resnet: no ReLU after the addition": (
        "resnet18",
        'layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, residual]))',
        "layers.Add(name=name)([x, residual])",
    ),
    "resnet: stride on the 3x3": (
        "resnet50",
        "halving = (1, 2) if stride_in_3x3 else (2, 1)",
        "halving = (1, 2)",
    ),
    "resnext: stride on the first 1x1": (
        "resnext50",
        """grouped_conv_bn(x, grouped, 1, 1, 1, f"{name}_1")
    y = layers.ReLU(name=f"{name}_1_relu")(y)
    y = grouped_conv_bn(y, grouped, 3, strides, """,
        """grouped_conv_bn(x, grouped, 1, strides, 1, f"{name}_1")
    y = layers.ReLU(name=f"{name}_1_relu")(y)
    y = grouped_conv_bn(y, grouped, 3, 1, """,
    ),
    "alexnet: first convolution padded at the far side": (
        "alexnet_owt",
        """    x = layers.ZeroPadding2D(2, name="conv1_pad")(inputs)
    x = layers.Conv2D(64, 11, 4, activation="relu", name="conv1")(x)
""",
        """    x = layers.Conv2D(64, 11, 4, "same", activation="relu", name="conv1")(inputs)
""",
    ),
    "vgg: averages for maxima": ("vgg11", "layers.MaxPooling2D(name=", "layers.AveragePooling2D(2, name="),
    "inception_v3: maxima for averages": (
        "inception_v3",
        'layers.AveragePooling2D(3, 1, "same", ',
        'layers.MaxPooling2D(3, 1, "same", ',
    ),
    "inception_v3: towers of the reduction in another order": (
        "inception_v3",
        '[*convolved, layers.MaxPooling2D(3, 2, name=f"{name}_pool")(x)]',
        '[layers.MaxPooling2D(3, 2, name=f"{name}_pool")(x), *convolved]',
    ),
    "inception_v3: maxima for averages in the auxiliary classifier": (
        "inception_v3-aux",
        "layers.AveragePooling2D(5, 3, ",
        "layers.MaxPooling2D(5, 3, ",
    ),
    "inception_v4: towers of the stem in another order": (
        "inception_v4",
        '[pooled, branch(x, "stem_b", (96, 3, 2, V))]',
        '[branch(x, "stem_b", (96, 3, 2, V)), pooled]',
    ),
    "inception_v4: averages over the padding": (
        "inception_v4",
        'layers.AveragePooling2D(3, 1, "same", name=f"{name}_pool")(x)',
        "layers.AveragePooling2D(3, 1)(layers.ZeroPadding2D(1)(x))",
    ),
    "inception_resnet: another residual scale": (
        "inception_resnet_v2",
        "residual(x, 0.17, ",
        "residual(x, 0.2, ",
    ),
    "inception_resnet: last module with a ReLU": (
        "inception_resnet_v2",
        'conv_bn_relu(x, "conv_7b", 1536, 1)',
        'conv_bn_relu(layers.ReLU()(x), "conv_7b", 1536, 1)',
    ),
    "xception: no ReLU in the middle flow": (
        "xception",
        'y = separable(layers.ReLU(name=f"{name}_{i}_relu")(y), 728',
        "y = separable(y, 728",
    ),
    "xception: averages for maxima": (
        "xception",
        'layers.MaxPooling2D(3, 2, "same", ',
        'layers.AveragePooling2D(3, 2, "same", ',
    ),
} | authority.MISTAKES


@pytest.fixture(scope="module")
def peers():
    """Imported late, so that a run without these tests does not need PyTorch."""
    from support import torch_peers

    return torch_peers


@pytest.fixture(autouse=True)
def undrawn_weights(monkeypatch):
    """The peer's weights replace the initial ones at once, so that those need not be drawn."""

    def zeros(initializer, shape, dtype=None):
        return ops.zeros(shape, dtype)

    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", zeros)


def conv_kernel(module):
    """Out, in, height, width to height, width, in, out."""
    return module.weight.detach().numpy().transpose(2, 3, 1, 0)


def depthwise_kernel(module):
    """Maps, 1, height, width to height, width, maps, 1."""
    return module.weight.detach().numpy().transpose(2, 3, 0, 1)


def dense_kernel(module, flattened):
    """Out, in to in, out; behind a Flatten `in` counts channels first there, channels last here."""
    kernel = module.weight.detach().numpy()
    kernel = kernel.reshape(len(kernel), -1)  # timm has some as convolutions of 1x1
    if flattened:
        height, width, channels = flattened
        kernel = kernel.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(len(kernel), -1)
    return kernel.T


def norm_weights(module, layer):
    assert layer.epsilon == module.eps
    weights = [module.weight, module.bias]
    if isinstance(layer, layers.BatchNormalization):
        weights += [module.running_mean, module.running_var]
    return [tensor.detach().numpy() for tensor in (weights if layer.scale else weights[1:])]


def copy_weights(model, order):
    """Each weighted layer, depth first, gets the weights of the peer's next; Keras compares the shapes."""
    remaining, flattened = iter(order), None
    for layer in layers_in_order(model):
        if isinstance(layer, layers.Flatten):
            flattened = layer.input.shape[1:]
        if not layer.weights:
            continue
        module = next(remaining)
        if isinstance(layer, (layers.BatchNormalization, layers.LayerNormalization)):
            weights = norm_weights(module, layer)
        elif type(layer).__name__ == "LayerScale":
            weights = [module.weight.detach().numpy().ravel()]
        elif isinstance(layer, layers.SeparableConv2D):
            weights = [depthwise_kernel(module), conv_kernel(next(remaining))]
        elif isinstance(layer, layers.Dense):
            weights = [dense_kernel(module, flattened), module.bias.detach().numpy()]
            flattened = None
        else:
            depthwise = isinstance(layer, layers.DepthwiseConv2D)
            weights = [depthwise_kernel(module) if depthwise else conv_kernel(module)]
            if layer.use_bias:
                weights.append(module.bias.detach().numpy())
        layer.set_weights(weights)
    assert next(remaining, None) is None, "the peer has more layers"


def our_logits(model, x):
    """The outputs without their softmax, as a list."""
    for name in model.output_names:
        model.get_layer(name).activation = keras.activations.linear
    return [ops.convert_to_numpy(output) for output in keras.tree.flatten(model(x, training=False))]


def differences(peers, peer, case, dtype, build):
    """For each output our greatest difference, relative to the greatest logit of the peer."""
    _, size, options, _ = CASES[case]
    module, order = peer
    x = images((*size, 3)).astype(dtype)
    theirs = peers.logits(module, x)
    with precision(dtype):
        model = build((*size, 3), peers.N_CLASSES, **options)
        copy_weights(model, order)
        ours = our_logits(model, x)
    assert [output.shape for output in ours] == [output.shape for output in theirs]
    return [float(difference(our, their)) for our, their in zip(ours, theirs)]


@pytest.mark.parametrize("case", each(CASES))
def test_the_same_weights_give_the_same_logits(peers, case, proof):
    """Ours and the peer's differ by rounding only."""
    network, size, options, precisions = CASES[case]
    peer = peers.build("resnet50_v1_5" if case == "resnet50-v1.5" else case, images((*size, 3)))
    build = getattr(architectures, network)
    found = {dtype: differences(peers, peer, case, dtype, build) for dtype in precisions}
    library = type(peer[0]).__module__.partition(".")[0]
    for dtype in found:
        proof(network, library, dtype, max(found[dtype]), TOLERANCE[dtype], **options)
    assert all(max(found[dtype]) <= TOLERANCE[dtype] for dtype in found)


def differences_of_a_mutant(peers, case, old, new):
    network, size, *_ = CASES[case]
    peer = peers.build(case, images((*size, 3)))
    build = mutant(getattr(architectures, network), old, new)
    return differences(peers, peer, case, "float32", build)


@pytest.mark.parametrize("case, old, new", MUTANTS.values(), ids=MUTANTS)
def test_a_mistake_shows(peers, case, old, new):
    """A network like ours but for one mistake is far from the peer."""
    found = differences_of_a_mutant(peers, case, old, new)
    print(f"relative differences {found}")
    assert max(found) > 1e-2


EPSILONS = {"densenet121": "1e-5", "se_resnet50": "1e-5", "resnet50_v2": "1e-5", "convnext_tiny": "1e-6"}


@pytest.mark.parametrize("case", EPSILONS)
def test_another_epsilon_is_refused(peers, case):
    """It changes too little to be seen in the logits."""
    with pytest.raises(AssertionError):
        differences_of_a_mutant(peers, case, f"epsilon={EPSILONS[case]}", "epsilon=1e-3")


def test_swapped_kernels_are_refused(peers):
    """Where a 1x7 and a 7x1 follow one another, the other order does not even take the weights."""
    old, new = "(224, (1, 7)), (256, (7, 1))", "(224, (7, 1)), (256, (1, 7))"
    with pytest.raises(ValueError, match="shape"):
        differences_of_a_mutant(peers, "inception_v4", old, new)
