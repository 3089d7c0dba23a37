"""ResNets as course exercises and tutorials build them."""

import keras
from keras import layers

from support.students.student import Student, classified

Conv, Dense, Flatten, Max = layers.Conv2D, layers.Dense, layers.Flatten, layers.MaxPooling2D
IGNORED = ("n_classes", "in_shape")


def normalized(x, filters, kernel, strides=1, padding="same", activate=True, bias=True, epsilon=1e-3):
    x = Conv(filters, kernel, strides, padding, use_bias=bias)(x)
    x = layers.BatchNormalization(axis=3, epsilon=epsilon)(x)
    return layers.Activation("relu")(x) if activate else x


def resnet50(stem=None, strides=(1, 2, 2, 2), late=False, head=classified, size=224, block=None):
    """ResNet-50 with its stem, the stages' strides (or those of their last blocks), head or block changed."""

    def build():
        inputs = keras.Input((size, size, 3))
        x = (stem or padded_stem)(inputs)
        for stage, (depth, step) in enumerate(zip((3, 4, 6, 3), strides)):
            for number in range(depth):
                first = number == (depth - 1 if late else 0)
                x = (block or bottleneck)(x, 64 * 2**stage, step if first else 1, number == 0)
        return keras.Model(inputs, head(x))

    return build


def bottleneck(x, width, strides, project):
    y = normalized(x, width, 1, strides)
    y = normalized(normalized(y, width, 3), 4 * width, 1, activate=False)
    if project:
        x = normalized(x, 4 * width, 1, strides, activate=False)
    elif strides > 1:
        x = Max(1, strides)(x)
    return layers.Activation("relu")(layers.add([y, x]))


def preactivated(x, width, strides, project):
    """The block of 2016: normalization and ReLU before each convolution, nothing after the sum."""
    y = x
    for filters, kernel, step in ((width, 1, strides), (width, 3, 1), (4 * width, 1, 1)):
        y = layers.Activation("relu")(layers.BatchNormalization()(y))
        y = Conv(filters, kernel, step, "same")(y)
    return layers.add([Conv(4 * width, 1, strides)(x) if project else x, y])


def padded_stem(x):
    return Max(3, 2, "same")(normalized(x, 64, 7, 2))


def zero_padded_stem(x):
    """As a well-known exercise has it: the pooling is not padded, so the maps are 55×55."""
    return Max(3, 2)(normalized(layers.ZeroPadding2D(3)(x), 64, 7, 2, "valid"))


def averaged_by_2(x):
    return Dense(6, "softmax")(Flatten()(layers.AveragePooling2D(2)(x)))


class Residual(layers.Layer):
    """A block as a layer of one's own, whose convolutions have biases and whose shortcut no normalization."""

    def __init__(self, filters, strides=1, project=False):
        super().__init__()
        self.first = Conv(filters, 3, strides, "same")
        self.second = Conv(filters, 3, padding="same")
        self.norms = [layers.BatchNormalization(epsilon=1e-5) for _ in range(2)]
        self.shortcut = Conv(filters, 1, strides) if project else None

    def call(self, x):
        y = keras.ops.relu(self.norms[0](self.first(x)))
        y = self.norms[1](self.second(y))
        return keras.ops.relu(y + (self.shortcut(x) if self.shortcut else x))


class Twice(Residual):
    """The same, activated before the sum and after it."""

    def call(self, x):
        y = keras.ops.relu(self.norms[0](self.first(x)))
        y = keras.ops.relu(self.norms[1](self.second(y)))
        return keras.ops.relu(y + (self.shortcut(x) if self.shortcut else x))


def resnet18_of(block):
    def build():
        inputs = x = keras.Input((224, 224, 3))
        x = layers.BatchNormalization(epsilon=1e-5)(Conv(64, 7, 2)(layers.ZeroPadding2D(3)(x)))
        x = Max(3, 2)(layers.ZeroPadding2D(1)(layers.ReLU()(x)))
        for number in range(8):
            new = number % 2 == 0 and number > 0
            x = block(64 * 2 ** (number // 2), 2 if new else 1, new)(x)
        return keras.Model(inputs, classified(x))

    return build


STUDENTS = {
    "ResNet-50 from its paper's table": Student(
        resnet50(),
        "resnet50",
        {"uneven padding": 2, "different epsilon": 53},
    ),
    "ResNet-50 of a course": Student(
        resnet50(zero_padded_stem, head=averaged_by_2, size=64),
        "resnet50",
        {"different padding": 1, "different epsilon": 53},
        IGNORED,
    ),
    "ResNet-50 of 2016": Student(
        resnet50(block=preactivated),
        "resnet50",
        {"pre-activation": 16, "uneven padding": 2, "different epsilon": 49},
    ),
    "ResNet-50 that halves at the ends of its stages": Student(
        resnet50(zero_padded_stem, (2, 2, 2, 1), late=True),
        "resnet50",
        (
            ("extra pooling", 3),
            ("different stride", 3),
            ("different stride", 6),
            ("different padding", 1),
            ("different epsilon", 53),
        ),
    ),
    "ResNet-18 of layers of one's own": Student(
        resnet18_of(Residual),
        "resnet18",
        {"batch normalization missing": 3, "uneven padding": 3, "bias": 3},
    ),
    "ResNet-18 activated twice": Student(
        resnet18_of(Twice),
        "resnet18",
        {
            "activation before the addition": 8,
            "batch normalization missing": 3,
            "uneven padding": 3,
            "bias": 3,
        },
    ),
}
