"""Xception and ResNeXt as public code builds them: filters for each map, and grouped convolutions by hand."""

import keras
from keras import layers

from support.students.student import Student, classified, convolved


def normalized(x, filters, kernel, strides=1, padding="same", bias=False):
    x = layers.Conv2D(filters, kernel, strides, padding, use_bias=bias)(x)
    return layers.BatchNormalization()(x)


def separable(x, filters):
    return layers.BatchNormalization()(layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x))


def in_two_halves(x, filters):
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    return layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(x))


def normalized_between(x, filters):
    """Both halves with batch normalization and ReLU, as MobileNet has them."""
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    return layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(x))


def xception(stem="valid", blocks=8, join=layers.Add, half=separable, before=True, last=1536, second=1):
    """Xception with another stem, number of blocks, join, separable convolution or place of the ReLU."""

    def step(x, filters, first=False):
        """ReLU and separable convolution; or the other way round, and then without one at a block's end."""
        if before:
            return half(x if first else layers.ReLU()(x), filters)
        return layers.ReLU()(half(x, filters))

    def halving(x, widths, first=False):
        short = normalized(x, widths[1], 1, 2)
        x = step(step(x, widths[0], first), widths[1])
        return join()([layers.MaxPooling2D(3, 2, "same")(x), short])

    def build():
        inputs = keras.Input((299, 299, 3))
        x = layers.ReLU()(normalized(inputs, 32, 3, 2, stem))
        x = layers.ReLU()(normalized(x, 64, 3, second, stem))
        for width in (128, 256, 728):
            x = halving(x, (width, width), first=width == 128)
        for _ in range(blocks):
            x = join()([step(step(step(x, 728), 728), 728), x])
        x = halving(x, (728, 1024))
        for width in (last, 2048):
            x = layers.ReLU()(half(x, width))
        return keras.Model(inputs, classified(x))

    return build


def by_groups(x, filters, strides, paths):
    if strides > 1:
        x = layers.ZeroPadding2D(1)(x)
    word = "valid" if strides > 1 else "same"
    return layers.Conv2D(filters, 3, strides, padding=word, groups=paths, use_bias=False)(x)


def by_slices(x, filters, strides, paths):
    """What was written before Keras had groups: a slice, a convolution, all joined."""
    width, pieces = filters // paths, []
    x = layers.ZeroPadding2D(1)(x)
    for i in range(paths):
        piece = layers.Lambda(lambda z, i=i: z[:, :, :, i * width : (i + 1) * width])(x)
        pieces.append(layers.Conv2D(width, 3, strides, use_bias=False)(piece))
    return layers.concatenate(pieces)


def by_split(x, filters, strides, paths):
    x = layers.ZeroPadding2D(1)(x)
    pieces = keras.ops.split(x, paths, axis=-1)
    return layers.concatenate(
        [layers.Conv2D(filters // paths, 3, strides, use_bias=False)(p) for p in pieces]
    )


def by_the_last_slice(x, filters, strides, paths):
    """The loop's number is read when the function runs, and then it is the last: all read the same maps."""
    width, pieces = filters // paths, []
    x = layers.ZeroPadding2D(1)(x)
    for i in range(paths):
        piece = layers.Lambda(lambda z: z[:, :, :, i * width : (i + 1) * width])(x)  # noqa: B023
        pieces.append(layers.Conv2D(width, 3, strides, use_bias=False)(piece))
    return layers.concatenate(pieces)


def in_full(x, filters, strides, paths):
    return by_groups(x, filters, strides, 1)


def resnext(inner=by_groups, activated=False, projects=False, dense_bias=True, paths=8):
    """Four blocks of ResNeXt with another grouped convolution, ReLU before the sum, or projections."""

    def block(x, width, strides):
        y = convolved(x, width, 1)
        y = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(inner(y, width, strides, paths)))
        y = convolved(y, 2 * width, 1, activate=activated)
        if projects or strides > 1 or x.shape[-1] != y.shape[-1]:
            x = convolved(x, 2 * width, 1, strides, activate=False)
        return layers.ReLU()(layers.Add()([x, y]))

    def build():
        inputs = keras.Input((32, 32, 3))
        x = convolved(inputs, 64, 3)
        for width, strides in ((32, 1), (32, 1), (64, 2), (64, 1)):
            x = block(x, width, strides)
        x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, layers.Dense(10, "softmax", use_bias=dense_bias)(x))

    return build


def summed_towers(width, activated=False):
    """Four blocks of Fig. 3a: towers that are summed, each normalized by itself."""

    def build():
        inputs = keras.Input((32, 32, 3))
        x = convolved(inputs, 64, 3)
        for _ in range(4):
            towers = []
            for _ in range(8):
                y = convolved(convolved(x, width, 1), width, 3)
                towers.append(convolved(y, 64, 1, activate=activated))
            x = layers.ReLU()(layers.Add()([*towers, x]))
        return keras.Model(inputs, classified(x, 10))

    return build


STUDENTS = {
    "Xception padded everywhere": Student(
        xception(stem="same"),
        "xception",
        {"different padding": 2},
    ),
    "Xception with seven blocks": Student(
        xception(blocks=7),
        "xception",
        {"too few blocks": 1},
    ),
    "Xception joined by concatenation": Student(
        xception(join=layers.Concatenate),
        "xception",
        {"concatenation for addition": 12},
    ),
    "Xception with its ReLUs at the ends": Student(
        xception(before=False),
        "xception",
        {"different order": 11, "extra activation": 1},
    ),
    "Xception with the wrong width": Student(
        xception(last=1556),
        "xception",
        {"different number of filters": 1},
    ),
    "Xception with two strides": Student(
        xception(second=2),
        "xception",
        {"different stride": 1},
    ),
    "Xception activated between its halves": Student(
        xception(half=normalized_between),
        "xception",
        {"extra layer": 34},
    ),
    "Xception in two halves": Student(
        xception(half=in_two_halves),
        "xception",
        {},
    ),
    "ResNeXt by slices": Student(
        resnext(by_slices),
        resnext(),
        {},
    ),
    "ResNeXt by split": Student(
        resnext(by_split),
        resnext(),
        {},
    ),
    "ResNeXt in full": Student(
        resnext(in_full),
        resnext(),
        {"one tower": 4},
    ),
    "ResNeXt of CIFAR code": Student(
        resnext(by_slices, True, True, False),
        resnext(),
        {"projection where the identity would do": 3, "activation before the addition": 4, "bias": 1},
    ),
    "ResNeXt with towers of full width": Student(
        summed_towers(32),
        summed_towers(4),
        {"different number of filters": 64},
    ),
    "ResNeXt with towers that are activated": Student(
        summed_towers(4, True),
        summed_towers(4),
        {"activation before the addition": 32},
    ),
    "ResNeXt by the last slice": Student(
        resnext(by_the_last_slice),
        resnext(),
        {"groups that read the same maps": 4},
    ),
}
