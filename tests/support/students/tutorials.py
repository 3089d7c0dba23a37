"""Networks without shortcuts as course exercises and tutorials build them."""

import keras
from keras import layers

from keras_cnns.architectures.alexnet import LocalResponseNormalization
from support.students.student import Student, sequence

Conv, Dense, Flatten, Max = layers.Conv2D, layers.Dense, layers.Flatten, layers.MaxPooling2D
IGNORED = ("n_classes", "in_shape")


def lenet_5(size=28, first="same", function="tanh", pool=None, kernel=5, middle=(), channels=1):
    """LeNet-5 from Keras' own layers, for images of another size."""

    def build():
        pools = [pool() if pool else layers.AveragePooling2D(2, 2) for _ in range(2)]
        stack = [Conv(6, kernel, padding=first, activation=function), pools[0]]
        stack += [Conv(16, kernel, activation=function), pools[1], Flatten()]
        stack += [Dense(n, function) for n in (*middle, 120, 84)]
        return sequence((size, size, channels), *stack, Dense(10, "softmax"))

    return build


def alexnet(normalize, before=True, split=1, word="same", units=(4096, 4096)):
    """AlexNet with a normalization before or after its poolings; split is the number of towers."""

    def towers(filters, kernel):
        return Conv(filters, kernel, padding=word, groups=split, activation="relu")

    def pooled():
        return [*normalize(), Max(3, 2)] if before else [Max(3, 2), *normalize()]

    def build():
        stack = [Conv(96, 11, 4, activation="relu"), *pooled(), towers(256, 5), *pooled()]
        stack += [Conv(384, 3, padding=word, activation="relu"), towers(384, 3), towers(256, 3), Max(3, 2)]
        stack += [Flatten(), *(Dense(n, "relu") for n in units), Dense(1000, "softmax")]
        return sequence((227, 227, 3), *stack)

    return build


def joined_along(axis):
    """The second convolution in two towers, which are joined over an axis."""

    def build():
        inputs = keras.Input((27, 27, 32))
        x = layers.ZeroPadding2D(2)(inputs)
        halves = [Conv(16, 5, activation="relu")(x[..., 16 * i : 16 * i + 16]) for i in range(2)]
        x = Max(3, 2)(layers.Concatenate(axis=axis)(halves))
        return keras.Model(inputs, Dense(10, "softmax")(Flatten()(x)))

    return build


def vgg16(normalize=False, units=(512,), size=32):
    """VGG-16 for small images: ReLU, then batch normalization, dropout between, one dense layer."""

    def build():
        stack = []
        for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            for _ in range(count):
                stack += [Conv(filters, 3, padding="same"), layers.Activation("relu")]
                stack += [layers.BatchNormalization()] if normalize else []
            stack += [Max(2), layers.Dropout(0.4)]
        stack.append(Flatten())
        for n in units:
            stack += [Dense(n), layers.Activation("relu")]
            stack += [layers.BatchNormalization()] if normalize else []
        return sequence((size, size, 3), *stack, Dense(10), layers.Activation("softmax"))

    return build


def nin(normalize=False, last="relu", second=Max):
    """Network in Network, perhaps normalized, with another last activation or second pooling."""

    def block(filters, kernel, function="relu"):
        step = [Conv(filters, kernel, padding="same")]
        step += [layers.BatchNormalization()] if normalize else []
        return step + ([layers.Activation(function)] if function else [])

    def build():
        stack = [*block(192, 5), *block(160, 1), *block(96, 1), Max(3, 2, "same"), layers.Dropout(0.5)]
        stack += [*block(192, 5), *block(192, 1), *block(192, 1), second(3, 2, "same"), layers.Dropout(0.5)]
        stack += [*block(192, 3), *block(192, 1), *block(10, 1, last)]
        return sequence((32, 32, 3), *stack, layers.GlobalAveragePooling2D(), layers.Activation("softmax"))

    return build


# What Keras' own layers cannot be.
PLAIN = {"pooling for trained sub-sampling": 2, "full convolution for Table I": 1}

STUDENTS = {
    "LeNet-5 for 28×28": Student(
        lenet_5(),
        "lenet_5",
        {**PLAIN, "unscaled tanh": 4},
        IGNORED,
    ),
    "LeNet-5 with max-pooling and ReLU": Student(
        lenet_5(32, "valid", "relu", lambda: Max(2)),
        "lenet_5",
        {**PLAIN, "different activation": 4},
    ),
    "LeNet-5 for colours": Student(
        lenet_5(32, "valid", "relu", lambda: Max(2), channels=3),
        "lenet_5",
        {"different input shape": 1, **PLAIN, "different activation": 4},
    ),
    "LeNet-5 with 3×3": Student(
        lenet_5(32, "valid", "relu", kernel=3),
        "lenet_5",
        {**PLAIN, "different activation": 4, "3×3 for 5×5": 1},
    ),
    "LeNet-5 with another dense layer": Student(
        lenet_5(32, "valid", middle=(400,)),
        "lenet_5",
        {**PLAIN, "extra layer": 1, "unscaled tanh": 5},
    ),
    "LeNet-5 that pools by steps of one": Student(
        lenet_5(32, "valid", pool=lambda: layers.AveragePooling2D(2, 1)),
        "lenet_5",
        {**PLAIN, "unscaled tanh": 4},
    ),
    "AlexNet without towers and normalization": Student(
        alexnet(lambda: ()),
        "alexnet",
        {"response normalization missing": 2, "one tower": 3},
    ),
    "AlexNet as Caffe has it": Student(
        alexnet(lambda: [LocalResponseNormalization(k=1.0, alpha=2e-5)], before=False, split=2),
        "alexnet",
        {"different order": 2, "different constants of response normalization": 2},
    ),
    "AlexNet by TensorFlow's defaults": Student(
        alexnet(lambda: [LocalResponseNormalization(11, 1.0, 1.0, 0.5)], split=2),
        "alexnet",
        {"different constants of response normalization": 2},
    ),
    "AlexNet without padding": Student(
        alexnet(lambda: [layers.BatchNormalization()], False, 1, "valid"),
        "alexnet",
        {
            "response normalization missing": 2,
            "extra batch normalization": 2,
            "one tower": 3,
            "different padding": 4,
        },
    ),
    "VGG-16 for CIFAR": Student(
        vgg16(True),
        "vgg16",
        {"layer missing": 1, "extra batch normalization": 14, "different number of filters": 1},
        IGNORED,
    ),
    "NIN with normalization": Student(
        nin(True),
        "nin_cifar",
        {"extra batch normalization": 9},
    ),
    "NIN with an average and no last ReLU": Student(
        nin(False, None, layers.AveragePooling2D),
        "nin_cifar",
        {"average for max-pooling": 1, "activation missing": 1},
    ),
    "NIN as it should be": Student(
        nin(),
        "nin_cifar",
        {},
    ),
    "AlexNet joined along its rows": Student(
        joined_along(1),
        joined_along(-1),
        {"joined over the wrong axis": 1},
    ),
}
