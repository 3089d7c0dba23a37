"""ShuffleNet: grouped 1x1 convolutions cost little, and a shuffle lets the groups learn of each other.

Zhang, Zhou, Lin, Sun, "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices",
CVPR 2018 (arXiv 2017), Fig. 1c, Fig. 2b and 2c, Table 1.
https://arxiv.org/abs/1707.01083

Choices: the shuffle stands before the 3x3, as in Fig. 2, and is Fig. 1c's; the authors' later release has it
after the 3x3, and takes every third map of a group there. The first 1x1 of stage 2 is not grouped (Table 1).
Strided windows are padded equally on every side; the mean of a window counts the zeros, as in the release.
"""

from keras import Input, Model, config, layers, ops, optimizers

# Table 1: the maps of stages 2, 3 and 4 for each number of groups.
WIDTHS = {
    1: (144, 288, 576),
    2: (200, 400, 800),
    3: (240, 480, 960),
    4: (272, 544, 1088),
    8: (384, 768, 1536),
}


def grouped_conv_norm(x, filters, kernel, strides, name, groups=1):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    settings = {"groups": groups, "use_bias": False, "kernel_initializer": "he_normal"}
    # With groups Keras is slow on TensorFlow's CPU; `keras_cnns.fast(model)` mends that.
    x = layers.Conv2D(filters, kernel, strides, padding, **settings, name=f"{name}_conv")(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)


def depthwise_norm(x, strides, name):
    """Fig. 2: a 3x3 for each map, which no ReLU follows."""
    if strides > 1:
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    settings = {"use_bias": False, "depthwise_initializer": "he_normal", "name": f"{name}_conv"}
    x = layers.DepthwiseConv2D(3, strides, "same" if strides == 1 else "valid", **settings)(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)


def group_shuffle(x, groups):
    """Fig. 1c: the first map of each group, the second of each group, and so on."""
    if groups == 1:
        return x
    of_group = x.shape[-1] // groups
    order = [of_group * (i % groups) + i // groups for i in range(x.shape[-1])]
    return ops.take(x, order, axis=-1)


def unit(x, width, groups, first_groups, strides, name):
    """Fig. 2b, or 2c with strides: there the mean of each window is joined to the branch, not added."""
    filters = width - x.shape[-1] if strides > 1 else width
    y = grouped_conv_norm(x, width // 4, 1, 1, f"{name}_1", first_groups)
    y = group_shuffle(layers.ReLU(name=f"{name}_1_relu")(y), groups)
    y = grouped_conv_norm(depthwise_norm(y, strides, f"{name}_2"), filters, 1, 1, f"{name}_3", groups)
    if strides == 1:
        return layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, y]))
    x = layers.ZeroPadding2D(1, name=f"{name}_shortcut_pad")(x)
    x = layers.AveragePooling2D(3, 2, name=f"{name}_shortcut_pool")(x)
    return layers.ReLU(name=name)(layers.Concatenate(name=f"{name}_concat")([x, y]))


def shufflenet(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, groups=3) -> Model:
    """Build ShuffleNet 1x, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    `groups`, one of 1, 2, 3, 4 and 8, is the column of Table 1: with more groups there are more maps.
    """
    check_arguments(in_shape, n_classes, opt, smallest=1)
    if isinstance(groups, bool) or not isinstance(groups, int) or groups not in WIDTHS:
        raise ValueError(f"groups must be one of {', '.join(map(str, WIDTHS))}; got {groups!r}.")
    inputs = Input(in_shape, name="shufflenet_input")
    x = layers.ReLU(name="conv1")(grouped_conv_norm(inputs, 24, 3, 2, "conv1"))  # 112x112x24
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)  # 56x56x24
    for stage, width, depth in zip((2, 3, 4), WIDTHS[groups], (4, 8, 4)):
        for i in range(depth):
            first = 1 if stage == 2 and i == 0 else groups
            x = unit(x, width, groups, first, 2 if i == 0 else 1, f"stage{stage}_{i + 1}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name="shufflenet")
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def check_arguments(in_shape, n_classes, opt, smallest, flattens=False):
    """Raise a ValueError that says what would work; a map that is flattened must have a known size."""
    sizes = "three positive ints" if flattens else "positive ints, or None for height and width"
    known = [n for n in in_shape if n is not None or flattens] if isinstance(in_shape, (tuple, list)) else [0]
    if not all(isinstance(n, int) and n > 0 for n in known) or len(in_shape) != 3 or in_shape[2] is None:
        raise ValueError(f"in_shape must be (height, width, channels), {sizes}; got {in_shape!r}.")
    if any(n and n < smallest for n in in_shape[:2]):
        raise ValueError(f"in_shape must be at least {smallest} high and wide; got {in_shape!r}.")
    if not isinstance(n_classes, int) or n_classes < 2:
        hint = "The softmax of one class is always 1; to tell yes from no, give n_classes=2."
        raise ValueError(f"n_classes must be an int, at least 2; got {n_classes!r}. {hint}")
    if not isinstance(opt, (str, optimizers.Optimizer)):
        raise ValueError(f"opt must be a Keras optimizer or the name of one; got {opt!r}.")
    if config.image_data_format() != "channels_last":
        raise ValueError('keras.config.image_data_format() must be "channels_last"; got "channels_first".')


if __name__ == "__main__":
    shufflenet().summary()
