"""Networks as students write them after papers and tutorials, with what a teacher would remark on each.

A student is a function that builds the network, the reference (a name, or a function), what is ignored, and
the remarks: names of mistakes with the number of places, the first remark first. The kinds of mistakes are
those of public code, written anew.
"""

from collections.abc import Callable
from typing import NamedTuple

import keras
from keras import layers

Dense, Flatten, Max = layers.Dense, layers.Flatten, layers.MaxPooling2D


class Student(NamedTuple):
    build: Callable
    reference: object
    remarks: dict
    ignore: tuple = ()


def sequence(shape, *stack):
    return keras.Sequential([keras.Input(shape), *stack])


def convolved(x, filters, kernel, strides=1, activate=True, padding=None, **normalization):
    """Convolution, batch normalization and ReLU, padded alike on every side unless a word is given."""
    word = padding or ("valid" if strides > 1 else "same")
    if padding is None and strides > 1 and kernel > 1:
        x = layers.ZeroPadding2D(kernel // 2)(x)
    x = layers.Conv2D(filters, kernel, strides, padding=word, use_bias=False)(x)
    x = layers.BatchNormalization(**{"epsilon": 1e-5, **normalization})(x)
    return layers.ReLU()(x) if activate else x


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


def classified(x, classes):
    return Dense(classes, "softmax")(layers.GlobalAveragePooling2D()(x))


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


def alexnet_2014(after=False, flat=True):
    def build():
        stack = []
        sizes = (64, 11, 4, 2, 1), (192, 5, 1, 2, 1), (384, 3, 1, 1, 0), (256, 3, 1, 1, 0), (256, 3, 1, 1, 1)
        for filters, kernel, strides, padding, pool in sizes:
            both = [layers.ZeroPadding2D(padding), layers.Conv2D(filters, kernel, strides)]
            stack += [*(both[::-1] if after else both), layers.ReLU(), *([Max(3, 2)] if pool else [])]
        stack += [Flatten()] if flat else []
        dense = [Dense(4096, "relu"), Dense(4096, "relu"), Dense(1000, "softmax")]
        return sequence((224, 224, 3), *stack, *dense)

    return build


def alexnet_normalized():
    stack = []
    for filters, kernel, strides, pool in (
        (96, 11, 4, 1),
        (256, 5, 1, 1),
        (384, 3, 1, 0),
        (384, 3, 1, 0),
        (256, 3, 1, 1),
    ):
        word = "valid" if strides > 1 else "same"
        stack += [
            layers.Conv2D(filters, kernel, strides, padding=word, activation="relu"),
            layers.BatchNormalization(),
        ]
        stack += [Max(3, 2)] if pool else []
    return sequence((227, 227, 3), *stack, Flatten(), Dense(4096, "relu"), Dense(10, "softmax"))


def lenet(*head, pool=Max, function=None, kernel=5):
    def build():
        stack = [
            layers.Conv2D(20, kernel, activation=function),
            pool(2),
            layers.Conv2D(50, 5, activation=function),
            pool(2),
        ]
        return sequence((28, 28, 1), *stack, *(layer() for layer in head))

    return build


def lenet_1998():
    stack = [layers.Conv2D(6, 5, activation="tanh"), layers.AveragePooling2D(2)]
    stack += [layers.Conv2D(16, 5, activation="tanh"), layers.AveragePooling2D(2), Flatten()]
    return sequence((32, 32, 1), *stack, *(Dense(n, "tanh") for n in (120, 84)), Dense(10, "softmax"))


def vgg(normalized=False, head=(4096, 4096), flat=True, units=1000, function="softmax", window=2):
    def build():
        stack = []
        for stage, (filters, count) in enumerate(((64, 1), (128, 1), (256, 2), (512, 2), (512, 2))):
            for _ in range(count):
                stack.append(layers.Conv2D(filters, 3, padding="same"))
                stack += [layers.BatchNormalization()] if normalized else []
                stack.append(layers.ReLU())
            stack.append(Max(window if stage == 0 else 2, 2))
        stack += [Flatten()] if flat else []
        return sequence((224, 224, 3), *stack, *(Dense(n, "relu") for n in head), Dense(units, function))

    return build


def joined(join):
    """Three modules whose branch is joined with their input."""

    def build():
        inputs = x = keras.Input((32, 32, 16))
        for _ in range(3):
            x = layers.ReLU()(join()([x, layers.Conv2D(16, 3, padding="same", use_bias=False)(x)]))
        return keras.Model(inputs, Dense(10, "softmax")(layers.GlobalAveragePooling2D()(x)))

    return build


def own_function(factor):
    return lambda: sequence(
        (8, 8, 3), layers.Conv2D(4, 3), layers.Lambda(lambda z: z * factor), Flatten(), Dense(3)
    )


LENET_HEAD = (Flatten, lambda: Dense(500, "relu"), lambda: Dense(10, "softmax"))
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
    "AlexNet padded after its convolutions": Student(
        alexnet_2014(after=True), "alexnet_owt", {"padding after the layer": 5}
    ),
    "AlexNet without Flatten": Student(alexnet_2014(flat=False), "alexnet_owt", {"Flatten missing": 1}),
    "AlexNet with batch normalization": Student(
        alexnet_normalized,
        "alexnet",
        {
            "batch normalization for response normalization": 2,
            "layer missing": 1,
            "extra batch normalization": 3,
            "one tower": 3,
        },
        ("n_classes",),
    ),
    "LeNet-5 as tutorials have it": Student(
        lenet_1998,
        "lenet_5",
        {"pooling for trained sub-sampling": 2, "full convolution for Table I": 1, "unscaled tanh": 4},
    ),
    "LeNet without Flatten": Student(lenet(*LENET_HEAD[1:]), "lenet_caffe", {"Flatten missing": 1}),
    "LeNet with a ReLU on its logits": Student(
        lenet(*LENET_HEAD[:2], lambda: Dense(10, "relu"), layers.Softmax),
        "lenet_caffe",
        {"activation before the softmax": 1},
    ),
    "LeNet with softmax twice": Student(
        lenet(*LENET_HEAD, layers.Softmax), "lenet_caffe", {"softmax twice": 1}
    ),
    "LeNet with softmax over the batch": Student(
        lenet(*LENET_HEAD[:2], lambda: Dense(10), lambda: layers.Softmax(axis=0)),
        "lenet_caffe",
        {"softmax over the wrong axis": 1},
    ),
    "LeNet with one unit": Student(
        lenet(*LENET_HEAD[:2], lambda: Dense(1, "softmax")),
        "lenet_caffe",
        {"softmax over one unit": 1},
        ("n_classes",),
    ),
    "LeNet with a unit that is a sigmoid": Student(
        lenet(*LENET_HEAD[:2], lambda: Dense(1, "sigmoid")),
        "lenet_caffe",
        {"sigmoid for softmax": 1},
        ("n_classes",),
    ),
    "LeNet activated after its convolutions": Student(
        lenet(*LENET_HEAD, function="relu"), "lenet_caffe", {"extra activation": 2}
    ),
    "LeNet with mean pooling and 3×3": Student(
        lenet(*LENET_HEAD, pool=layers.AveragePooling2D, kernel=3),
        "lenet_caffe",
        {"average for max-pooling": 2, "3×3 for 5×5": 1},
    ),
    "VGG-11 without Flatten": Student(vgg(flat=False), "vgg11", {"Flatten missing": 1}),
    "VGG-11 with batch normalization": Student(vgg(True), "vgg11", {"extra batch normalization": 8}),
    "VGG-11 with one dense layer": Student(
        vgg(head=(4096,), window=3), "vgg11", {"layer missing": 1, "different pooling window": 1}
    ),
    "VGG-11 for cats and dogs": Student(
        vgg(units=1, function="sigmoid"), "vgg11", {"sigmoid for softmax": 1}, ("n_classes",)
    ),
    "modules that join where they should add": Student(
        joined(layers.Concatenate), joined(layers.Add), {"concatenation for addition": 3}
    ),
    "a Lambda that scales by another number": Student(own_function(3), own_function(2), {"scaling": 1}),
}
