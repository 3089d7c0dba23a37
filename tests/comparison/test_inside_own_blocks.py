"""A setting that is wrong inside a block of a person's own is named by its attribute, as anywhere else."""

import keras
import pytest
from keras import layers, ops
from support.by_numbers import differ

from keras_cnns.comparison.compare_models import compare_models


class Block(layers.Layer):
    """A block as courses write it: layers in a row, and an activation by a function."""

    def __init__(self, make, **options):
        super().__init__(**options)
        self.inner = make()

    def call(self, x):
        for layer in self.inner:
            x = layer(x)
        return ops.relu(x)


class Kernel(layers.Layer):
    """A function that computes with a kernel of the layer's own; it is known by numbers."""

    def __init__(self, function, shape, **options):
        super().__init__(**options)
        self.function, self.kernel_shape = function, shape

    def build(self, shape):
        self.kernel = self.add_weight(self.kernel_shape, name="kernel")

    def call(self, x):
        return self.function(x, self.kernel)


class Mixed(Kernel):
    """The same with a layer before it, so that the layer is opened."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.first = layers.Conv2D(8, 3, padding="same")

    def build(self, shape):
        self.first.build(shape)
        super().build(shape)

    def call(self, x):
        return self.function(self.first(x), self.kernel)


class Whole(keras.Model):
    """A network as a subclass."""

    def __init__(self, block):
        super().__init__()
        self.stem, self.block = layers.Conv2D(8, 3, padding="same"), block
        self.pool, self.head = layers.GlobalAveragePooling2D(), layers.Dense(3)

    def call(self, x):
        return self.head(self.pool(self.block(self.stem(x))))


def functional(block):
    inputs = keras.Input((13, 13, 8))
    x = block(layers.Conv2D(8, 3, padding="same")(inputs))
    return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))


def subclassed(block):
    model = Whole(block)
    model(keras.Input((13, 13, 8)))
    return model


def conv(**options):
    return layers.Conv2D(**{"filters": 8, "kernel_size": 3, "padding": "same", **options})


def pool(**options):
    return layers.AveragePooling2D(**{"pool_size": 2, "strides": 3, "padding": "same", **options})


# The attribute, what the reference's block holds, and the student's.
SETTINGS = {
    "dilation": (conv, lambda: conv(dilation_rate=2)),
    "strides": (conv, lambda: conv(strides=2)),
    "groups": (conv, lambda: conv(groups=2)),
    "padding": (conv, lambda: conv(padding="valid")),
    "bias": (conv, lambda: conv(use_bias=False)),
    "kernel": (conv, lambda: conv(kernel_size=5)),
    "function": (lambda: conv(activation="elu"), lambda: conv(activation="tanh")),
    "dilation, depthwise": (
        lambda: layers.DepthwiseConv2D(3, padding="same"),
        lambda: layers.DepthwiseConv2D(3, padding="same", dilation_rate=2),
    ),
    "dilation, separable": (
        lambda: layers.SeparableConv2D(8, 3, padding="same"),
        lambda: layers.SeparableConv2D(8, 3, padding="same", dilation_rate=2),
    ),
    "dilation, transposed": (
        lambda: layers.Conv2DTranspose(8, 3, padding="same"),
        lambda: layers.Conv2DTranspose(8, 3, padding="same", dilation_rate=2),
    ),
    "window": (pool, lambda: pool(pool_size=3)),
    "statistic": (pool, lambda: layers.MaxPooling2D(2, 3, padding="same")),
    "padding, pooling": (pool, lambda: pool(padding="valid")),
    "channels": (pool, lambda: pool(data_format="channels_first")),
    "channels, up-sampling": (
        layers.UpSampling2D,
        lambda: layers.UpSampling2D(data_format="channels_first"),
    ),
    "axis": (layers.BatchNormalization, lambda: layers.BatchNormalization(axis=1)),
    "axis, layer normalization": (
        layers.LayerNormalization,
        lambda: layers.LayerNormalization(axis=1),
    ),
    "axes": (layers.Softmax, lambda: layers.Softmax(axis=1)),
    "epsilon": (layers.BatchNormalization, lambda: layers.BatchNormalization(epsilon=0.1)),
    "negative slope": (lambda: layers.LeakyReLU(0.1), lambda: layers.LeakyReLU(0.3)),
    "groups, normalization": (
        lambda: layers.GroupNormalization(4),
        lambda: layers.GroupNormalization(2),
    ),
}

FULL, DEPTHWISE = (3, 3, 8, 8), (3, 3, 8, 1)


def convolved(**options):
    return lambda x, k: ops.conv(x, k, **{"padding": "same", **options})


def by_depth(**options):
    return lambda x, k: ops.depthwise_conv(x, k, **{"padding": "same", **options})


# The attribute, the shape of the kernel, and the two functions.
FUNCTIONS = {
    "dilation": (FULL, convolved(), convolved(dilation_rate=2)),
    "dilation of 3": (FULL, convolved(dilation_rate=2), convolved(dilation_rate=3)),
    "strides": (FULL, convolved(), convolved(strides=2)),
    "padding": (FULL, convolved(), convolved(padding="valid")),
    "dilation, depthwise": (DEPTHWISE, by_depth(), by_depth(dilation_rate=2)),
    "strides, depthwise": (DEPTHWISE, by_depth(), by_depth(strides=2)),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_in_a_block_is_named(name):
    reference, student = SETTINGS[name]
    for build in (functional, subclassed):
        blocks = [Block(lambda make=make: [make(), conv()]) for make in (student, reference)]
        check_named(name, *map(build, blocks))


def check_named(name, one, other):
    """The report names the attribute, and nothing else."""
    attribute = name.split(",")[0].split(" of ")[0]
    report = compare_models(one, other)
    assert [found.attribute for found in report.differences] == [attribute], str(report)


@pytest.mark.parametrize("name", SETTINGS)
def test_numbers_tell_them_apart(name):
    reference, student = SETTINGS[name]
    models = [functional(Block(lambda make=make: [make(), conv()])) for make in (student, reference)]
    assert differ(*models) is not False


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_with_a_kernel_is_named(name):
    shape, reference, student = FUNCTIONS[name]
    for kind in (Mixed, Kernel):
        check_named(name, *(functional(kind(function, shape)) for function in (student, reference)))
        assert differ(*(functional(kind(function, shape)) for function in (student, reference)))


@pytest.mark.parametrize("kind", [Mixed, Kernel])
def test_such_a_function_is_the_layer(kind):
    """Against Keras' own layers, with numbers."""
    for function, shape, layer in (
        (convolved(dilation_rate=3), FULL, conv(dilation_rate=3, use_bias=False)),
        (by_depth(strides=2), DEPTHWISE, layers.DepthwiseConv2D(3, 2, "same", use_bias=False)),
        (convolved(), (3, 3, 4, 8), conv(groups=2, use_bias=False)),
    ):
        first = [layers.Conv2D(8, 3, padding="same")] if kind is Mixed else []
        inputs = keras.Input((13, 13, 8))
        x = layers.Conv2D(8, 3, padding="same")(inputs)
        for one in (*first, layer):
            x = one(x)
        theirs = keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))
        report = compare_models(functional(kind(function, shape)), theirs, prove=True)
        assert report.verdict in ("exact", "equivalent") and report.proved, str(report)


@pytest.mark.parametrize(("name", "options"), [("max_pool", {}), ("average_pool", {"padding": "same"})])
def test_a_pooling_function_is_the_layer(name, options):
    function = getattr(ops, name)
    layer = {"max_pool": layers.MaxPooling2D, "average_pool": layers.AveragePooling2D}[name]
    one = functional(lambda x: function(x, 3, 2, **options))
    assert compare_models(one, functional(layer(3, 2, **options)), prove=True).proved
    (found,) = compare_models(one, functional(layer(3, 1, **options))).differences
    assert found.attribute == "strides"


def test_a_mean_over_one_axis_is_no_head():
    """A gate's average over the wrong axes: the classifier's own pooling is there."""

    def gate(axes):
        return functional(lambda x: x * ops.mean(x, axes, keepdims=True))

    (found,) = compare_models(gate(1), gate((1, 2))).differences
    assert (found.attribute, found.mistake) == ("kind", "different kind of layer")
    assert "mean (average over axes) stands where" in found.message
    (found,) = compare_models(gate(1), gate(2)).differences
    assert "works over the rows (axis -3), the reference over the columns (axis -2)" in found.message
