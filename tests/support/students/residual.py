"""Residual networks with the mistakes of which courses warn."""

import keras
from keras import layers

from support.students.student import Student, classified, convolved

Dense, Max = layers.Dense, layers.MaxPooling2D


def resnet18(stem=None, block=None, head=None, size=224, classes=1000, **options):
    """ResNet-18 in which a stem, a block (number, input, filters, strides) or a head may be another."""

    def build():
        inputs = keras.Input((size, size, 3))
        x = (stem or paper_stem)(inputs, **options)
        for number in range(8):
            filters, strides = 64 * 2 ** (number // 2), 1 if number % 2 or number < 2 else 2
            x = (block or basic)(number, x, filters, strides, **options)
        return keras.Model(inputs, (head or classified)(x, classes))

    return build


def paper_stem(x, **options):
    x = convolved(x, 64, 7, 2, **options)
    if options.get("padding"):
        return Max(3, 2, options["padding"])(x)
    return Max(3, 2)(layers.ZeroPadding2D(1)(x))


def basic(number, x, filters, strides, **options):
    y = convolved(x, filters, 3, strides, **options)
    y = convolved(y, filters, 3, activate=False, **options)
    short = convolved(x, filters, 1, strides, activate=False, **options) if strides > 1 else x
    return layers.ReLU()(layers.Add()([y, short]))


def bottlenecks(block):
    """A small network of four bottleneck blocks."""

    def build():
        inputs = keras.Input((32, 32, 3))
        x = convolved(inputs, 64, 3)
        for number, (filters, strides) in enumerate(((16, 1), (16, 1), (32, 2), (32, 1))):
            y = convolved(convolved(x, filters, 1, strides), filters, 3)
            y = convolved(y, 4 * filters, 1, activate=False)
            x = layers.ReLU()(block(number, x, y, strides))
        return keras.Model(inputs, Dense(10, "softmax")(layers.GlobalAveragePooling2D()(x)))

    return build


def identity_where_it_fits(number, x, y, strides):
    if strides > 1 or x.shape[-1] != y.shape[-1]:
        x = convolved(x, y.shape[-1], 1, strides, activate=False)
    return layers.Add()([y, x])


def always_projected(number, x, y, strides):
    return layers.Add()([y, convolved(x, y.shape[-1], 1, strides, activate=False)])


def pooled_and_padded(number, x, y, strides):
    if strides > 1:
        x = keras.ops.pad(
            layers.AveragePooling2D(1, 2)(x), ((0, 0), (0, 0), (0, 0), (0, y.shape[-1] - x.shape[-1]))
        )
    return layers.Add()([y, x])


def added_to_itself(number, x, y, strides):
    if number in (1, 3):
        x = y
    return identity_where_it_fits(number, x, y, strides)


def relu_before_sum(number, x, filters, strides):
    y = convolved(convolved(x, filters, 3, strides), filters, 3)
    short = convolved(x, filters, 1, strides, activate=False) if strides > 1 else x
    return layers.Add()([y, short])


def shortcut_from_inside(number, x, filters, strides):
    y = first = convolved(x, filters, 3, strides)
    y = convolved(y, filters, 3, activate=False)
    return layers.ReLU()(
        layers.Add()([y, first if strides == 1 else convolved(x, filters, 1, strides, False)])
    )


def no_shortcut_normalization(number, x, filters, strides):
    y = convolved(convolved(x, filters, 3, strides), filters, 3, activate=False)
    short = layers.Conv2D(filters, 1, strides, use_bias=False)(x) if strides > 1 else x
    return layers.ReLU()(layers.Add()([y, short]))


def activated_first(number, x, filters, strides):
    """Convolution with activation=, then batch normalization."""
    if number != 1:
        return basic(number, x, filters, strides)
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False, activation="relu")(x)
    y = convolved(layers.BatchNormalization(epsilon=1e-5)(y), filters, 3, activate=False)
    return layers.ReLU()(layers.Add()([y, x]))


def small_stem(x):
    return convolved(x, 64, 3)


def over_the_map(x, classes):
    return Dense(classes, "softmax")(x)


def joined(join):
    """Three modules whose branch is joined with their input."""

    def build():
        inputs = x = keras.Input((32, 32, 16))
        for _ in range(3):
            x = layers.ReLU()(join()([x, layers.Conv2D(16, 3, padding="same", use_bias=False)(x)]))
        return keras.Model(inputs, Dense(10, "softmax")(layers.GlobalAveragePooling2D()(x)))

    return build


UNEVEN = {"uneven padding": 5}

STUDENTS = {
    'ResNet-18 with every padding "same"': Student(resnet18(padding="same"), "resnet18", UNEVEN),
    "ResNet-18 normalized over the columns": Student(
        resnet18(axis=2), "resnet18", {"normalization over the wrong axis": 20}
    ),
    "ResNet-18 with Keras' epsilon": Student(resnet18(epsilon=1e-3), "resnet18", {"different epsilon": 20}),
    "ResNet-18 for CIFAR": Student(
        resnet18(small_stem, size=32, classes=10),
        "resnet18",
        {"stem for small images": 1},
        ("n_classes", "in_shape"),
    ),
    "ResNet-18 with the classifier on the map": Student(
        resnet18(head=over_the_map), "resnet18", {"global pooling missing": 1}
    ),
    "ResNet-18 activated before its sums": Student(
        resnet18(block=relu_before_sum), "resnet18", {"ReLU before the addition": 8}
    ),
    "ResNet-18 with shortcuts from inside its blocks": Student(
        resnet18(block=shortcut_from_inside), "resnet18", {"shortcut from inside the block": 5}
    ),
    "ResNet-18 without normalization on the shortcuts": Student(
        resnet18(block=no_shortcut_normalization), "resnet18", {"batch normalization missing": 3}
    ),
    "ResNet-18 activated before one normalization": Student(
        resnet18(block=activated_first), "resnet18", {"activation and batch normalization swapped": 1}
    ),
    "bottlenecks that project every shortcut": Student(
        bottlenecks(always_projected),
        bottlenecks(identity_where_it_fits),
        {"projection where the identity would do": 3},
    ),
    "bottlenecks with padded shortcuts": Student(
        bottlenecks(pooled_and_padded),
        bottlenecks(identity_where_it_fits),
        {"shortcut without weights (option A)": 1},
    ),
    "bottlenecks that add a map to itself": Student(
        bottlenecks(added_to_itself), bottlenecks(identity_where_it_fits), {"map added to itself": 2}
    ),
    "modules that join where they should add": Student(
        joined(layers.Concatenate), joined(layers.Add), {"concatenation for addition": 3}
    ),
}
