"""Networks without branches, with the mistakes of which courses warn."""

from keras import layers

from support.students.student import Student, sequence

Dense, Flatten, Max = layers.Dense, layers.Flatten, layers.MaxPooling2D


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


def own_function(factor):
    return lambda: sequence(
        (8, 8, 3), layers.Conv2D(4, 3), layers.Lambda(lambda z: z * factor), Flatten(), Dense(3)
    )


LENET_HEAD = (Flatten, lambda: Dense(500, "relu"), lambda: Dense(10, "softmax"))

STUDENTS = {
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
    "a Lambda that scales by another number": Student(own_function(3), own_function(2), {"scaling": 1}),
}
