"""Networks of towers as public code builds them: GoogLeNet, Inception-v3 and v4, Inception-ResNet-v2."""

import keras
from keras import layers

from support.students.student import Student, classified

TABLE_1 = (
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
)
JOIN = layers.Concatenate


def rectified(x, filters, kernel, strides=1, padding="same"):
    return layers.Conv2D(filters, kernel, strides, padding, activation="relu")(x)


def four_towers(x, one, before3, three, before5, five, pooled, third=None):
    """Fig. 2b of GoogLeNet; the third tower may be another."""
    join = third(x, three, before5, five) if third else rectified(rectified(x, before5, 1), five, 5)
    pool = rectified(layers.MaxPooling2D(3, 1, "same")(x), pooled, 1)
    return JOIN()([rectified(x, one, 1), rectified(rectified(x, before3, 1), three, 3), join, pool])


def two_of_3x3(x, three, before5, five):
    """In place of a 5×5, two 3×3 as wide as the tower beside it."""
    return rectified(rectified(rectified(x, before5, 1), three, 3), three, 3)


def as_narrow_as_its_reduction(x, three, before5, five):
    return rectified(rectified(x, before5, 1), before5, 5)


def googlenet(normalize=None, third=None, padding="same", head=classified):
    """GoogLeNet with another normalization (or none), third tower, padding of what is strided, or head."""
    normalize = normalize or (lambda: lambda x: x)

    def build():
        inputs = keras.Input((224, 224, 3))
        x = rectified(inputs, 64, 7, 2, padding)
        x = normalize()(layers.MaxPooling2D(3, 2, padding)(x))
        x = normalize()(rectified(rectified(x, 64, 1), 192, 3))
        x = layers.MaxPooling2D(3, 2, padding)(x)
        for number, row in enumerate(TABLE_1):
            if number in (2, 7):
                x = layers.MaxPooling2D(3, 2, padding)(x)
            x = four_towers(x, *row, third=third)
        return keras.Model(inputs, head(layers.Dropout(0.4)(x)))

    return build


def two_dense(x):
    x = layers.GlobalAveragePooling2D()(x)
    return layers.Dense(1000, "softmax")(layers.Dense(1000, "relu")(x))


def pooled_by_7x7(x):
    """The average over a map of 7×7 as a layer with a window, and the classifier as a 1×1 convolution."""
    x = layers.Conv2D(1000, 1)(layers.AveragePooling2D(7, 1)(x))
    return layers.Softmax()(layers.Flatten()(x))


def conv_bn(x, filters, kernel, strides=1, padding="same", bias=False, gamma=False):
    x = layers.Conv2D(filters, kernel, strides, padding, use_bias=bias)(x)
    return layers.Activation("relu")(layers.BatchNormalization(scale=gamma)(x))


def row(x, *steps, **options):
    for step in steps:
        x = conv_bn(x, *step, **options)
    return x


def averaged(x, filters, **options):
    return conv_bn(layers.AveragePooling2D(3, 1, "same")(x), filters, 1, **options)


def inception_v3(five=5, stem="valid", aux=None, order=1, **options):
    """Inception-v3 whose 5×5, stem's padding, or order of towers (1 or -1) may be another."""
    v = "valid"

    def join(*towers):
        return JOIN()([*towers][::order])

    def build():
        inputs = keras.Input((299, 299, 3))
        x = row(inputs, (32, 3, 2, stem), (32, 3, 1, stem), (64, 3), **options)
        x = row(layers.MaxPooling2D(3, 2)(x), (80, 1), (192, 3, 1, stem), **options)
        x = layers.MaxPooling2D(3, 2)(x)
        for pooled in (32, 64, 64):
            towers = row(x, (64, 1), **options), row(x, (48, 1), (64, five), **options)
            towers += (row(x, (64, 1), (96, 3), (96, 3), **options), averaged(x, pooled, **options))
            x = join(*towers)
        double = row(x, (64, 1), (96, 3), (96, 3, 2, v), **options)
        x = join(row(x, (384, 3, 2, v), **options), double, layers.MaxPooling2D(3, 2)(x))
        for n in (128, 160, 160, 192):
            long = (n, 1), (n, (7, 1)), (n, (1, 7)), (n, (7, 1)), (192, (1, 7))
            towers = row(x, (192, 1), **options), row(x, (n, 1), (n, (1, 7)), (192, (7, 1)), **options)
            x = join(*towers, row(x, *long, **options), averaged(x, 192, **options))
        long = row(x, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2, v), **options)
        x = join(row(x, (192, 1), (320, 3, 2, v), **options), long, layers.MaxPooling2D(3, 2)(x))
        for _ in range(2):
            trunks = row(x, (384, 1), **options), row(x, (448, 1), (384, 3), **options)
            forks = [[conv_bn(t, 384, k, **options) for k in ((1, 3), (3, 1))] for t in trunks]
            # The two halves of a fork are joined before the towers are.
            both = [join(*fork) for fork in forks]
            x = join(row(x, (320, 1), **options), *both, averaged(x, 192, **options))
        return keras.Model(inputs, classified(layers.Dropout(0.2)(x)))

    return build


def module_b(second):
    """A network of three 17×17 modules of Inception-v4; `second` is the last kernel of the second tower."""

    def build():
        inputs = x = keras.Input((17, 17, 64))
        for _ in range(3):
            long = (48, 1), (48, (7, 1)), (56, (1, 7)), (56, (7, 1)), (64, (1, 7))
            towers = [row(x, (96, 1)), row(x, (48, 1), (56, (1, 7)), (64, second)), row(x, *long)]
            x = JOIN()([*towers, averaged(x, 32)])
        return keras.Model(inputs, classified(x, 10))

    return build


def residual_towers(scaled=None, activated=False):
    """Three blocks of Inception-ResNet; `scaled` scales what is added, if anything does."""
    scaled = scaled or (lambda y: y)

    def build():
        inputs = x = keras.Input((17, 17, 64))
        for _ in range(3):
            y = JOIN()([row(x, (24, 1)), row(x, (16, 1), (20, (1, 7)), (24, (7, 1)))])
            y = layers.Conv2D(64, 1, activation="relu" if activated else None)(y)
            x = layers.Activation("relu")(layers.add([x, scaled(y)]))
        return keras.Model(inputs, classified(x, 10))

    return build


def by_lambda(y):
    return layers.Lambda(lambda z, scale: z * scale, arguments={"scale": 0.1})(y)


def by_rescaling(y):
    return layers.Rescaling(0.1)(y)


def of_both(x, y):
    """What is scaled and what it is added to, in one function."""
    return layers.Lambda(lambda both: both[0] + 0.1 * both[1])([x, y])


BARE = {"response normalization missing": 2}

STUDENTS = {
    "GoogLeNet with batch normalization": Student(
        googlenet(layers.BatchNormalization),
        "inception_v1",
        {"batch normalization for response normalization": 2, "uneven padding": 1},
    ),
    "GoogLeNet without normalization": Student(
        googlenet(),
        "inception_v1",
        {**BARE, "uneven padding": 1},
    ),
    "GoogLeNet with two 3×3 for its 5×5": Student(
        googlenet(third=two_of_3x3),
        "inception_v1",
        {"extra layer": 9, **BARE, "different number of filters": 9, "3×3 for 5×5": 9, "uneven padding": 1},
    ),
    "GoogLeNet with towers as narrow as their reductions": Student(
        googlenet(third=as_narrow_as_its_reduction),
        "inception_v1",
        {**BARE, "different number of filters": 9, "uneven padding": 1},
    ),
    "GoogLeNet without padding": Student(
        googlenet(padding="valid"),
        "inception_v1",
        (*BARE.items(), ("different padding", 1), ("different padding", 4)),
    ),
    "GoogLeNet with two dense layers": Student(
        googlenet(head=two_dense),
        "inception_v1",
        {"extra layer": 1, **BARE, "uneven padding": 1},
    ),
    "GoogLeNet classified by a 1×1": Student(
        googlenet(head=pooled_by_7x7),
        "inception_v1",
        {**BARE, "uneven padding": 1},
    ),
    "Inception-v3 with 3×3 for 5×5": Student(
        inception_v3(five=3),
        "inception_v3",
        {"3×3 for 5×5": 3},
    ),
    "Inception-v3 padded everywhere": Student(
        inception_v3(stem="same"),
        "inception_v3",
        {"different padding": 3},
    ),
    "Inception-v3 with gamma and biases": Student(
        inception_v3(bias=True, gamma=True),
        "inception_v3",
        {"gamma in batch normalization": 94},
    ),
    "Inception-v3 with its towers the other way round": Student(
        inception_v3(order=-1, bias=True),
        "inception_v3",
        {},
    ),
    "Inception-v4 with 1×7 twice": Student(
        module_b((1, 7)),
        module_b((7, 1)),
        {"different kernel": 3},
    ),
    "Inception-ResNet without scales": Student(
        residual_towers(),
        residual_towers(by_rescaling),
        {"residual scaling": 3},
    ),
    "Inception-ResNet with ReLU before its sums": Student(
        residual_towers(by_rescaling, activated=True),
        residual_towers(by_rescaling),
        {"extra activation": 3},
    ),
    "Inception-ResNet scaled by a function": Student(
        residual_towers(by_lambda),
        residual_towers(by_rescaling),
        {},
    ),
}
