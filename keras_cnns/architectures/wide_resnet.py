"""Wide ResNet: fewer units with many more maps learn as well as a thousand thin layers, and faster.

Zagoruyko, Komodakis, "Wide Residual Networks", BMVC 2016 (arXiv 2016), Table 1, Fig. 1.
https://arxiv.org/abs/1605.07146

Choices: the name counts convolutions, those on shortcuts, too: 28 are 25 on the longest path and 3 beside it.
Where a unit changes the width, in the first stage as well, its projection reads what has been normalized and
passed a ReLU (szagoruyko/wide-residual-networks). There is no dropout between the convolutions of a unit; the
paper has it in some experiments. For ImageNet the paper widens the 3x3 of ResNet's bottlenecks and not what a
block passes on; order and strides are those of the authors' release and of torchvision.
"""

from keras import Input, Model, config, layers, optimizers

# For CIFAR: convolutions, and how many times wider than ResNet-20; for ImageNet: blocks in each stage.
TABLE_1 = {"wrn16_8": (16, 8), "wrn28_10": (28, 10), "wrn40_4": (40, 4)}
DEPTHS = {"wrn50_2": (3, 4, 6, 3), "wrn101_2": (3, 4, 23, 3)}


def norm_relu(x, name, last=None):
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)
    return layers.ReLU(name=last or f"{name}_relu")(x)


def padded_conv(x, filters, kernel, strides, name, use_bias=False):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    settings = {"use_bias": use_bias, "kernel_initializer": "he_normal", "name": f"{name}_conv"}
    return layers.Conv2D(filters, kernel, strides, padding, **settings)(x)


def wide_unit(x, width, strides, name):
    """Fig. 1c: normalization and ReLU before each of two 3x3 convolutions, and nothing after the addition."""
    y = norm_relu(x, f"{name}_1")
    if x.shape[-1] != width:
        x = padded_conv(y, width, 1, strides, f"{name}_shortcut")
    y = padded_conv(y, width, 3, strides, f"{name}_1")
    y = padded_conv(norm_relu(y, f"{name}_2"), width, 3, 1, f"{name}_2")
    return layers.Add(name=name)([x, y])


def wide_bottleneck(x, width, strides, name):
    """Section 3: ResNet's bottleneck, of which only the inner maps, `width`, are twice as many."""
    y = norm_relu(padded_conv(x, width, 1, 1, f"{name}_1"), f"{name}_1")
    y = norm_relu(padded_conv(y, width, 3, strides, f"{name}_2"), f"{name}_2")
    y = padded_conv(y, 2 * width, 1, 1, f"{name}_3")
    y = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_3_bn")(y)
    if x.shape != y.shape:
        x = padded_conv(x, 2 * width, 1, strides, f"{name}_shortcut")
        x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_shortcut_bn")(x)
    return layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, y]))


def stages(x, depths, unit, width):
    """Table 1: each stage after the first halves the map and doubles the width."""
    for stage, depth in enumerate(depths):
        for i in range(depth):
            strides = 2 if stage > 0 and i == 0 else 1
            x = unit(x, width * 2**stage, strides, f"conv{stage + 2}_{i + 1}")
    return x


def classified(inputs, x, n_classes, opt, name):
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def wide_for_cifar(name, in_shape, n_classes, opt):
    """Table 1: a 3x3, three stages of (depth - 4) / 6 units, and a last normalization."""
    check_arguments(in_shape, n_classes, opt, smallest=1)
    depth, times = TABLE_1[name]
    inputs = Input(in_shape, name=f"{name}_input")
    x = padded_conv(inputs, 16, 3, 1, "conv1")
    x = stages(x, [(depth - 4) // 6] * 3, wide_unit, 16 * times)
    return classified(inputs, norm_relu(x, "post"), n_classes, opt, name)


def wide_for_imagenet(name, in_shape, n_classes, opt):
    """Section 3: ResNet for ImageNet with 3x3 convolutions twice as wide."""
    check_arguments(in_shape, n_classes, opt, smallest=1)
    inputs = Input(in_shape, name=f"{name}_input")
    x = norm_relu(padded_conv(inputs, 64, 7, 2, "conv1"), "conv1", last="conv1")
    x = layers.MaxPooling2D(3, 2, name="pool1")(layers.ZeroPadding2D(1, name="pool1_pad")(x))
    return classified(inputs, stages(x, DEPTHS[name], wide_bottleneck, 128), n_classes, opt, name)


def wrn16_8(in_shape=(32, 32, 3), n_classes=10, opt="sgd") -> Model:
    """Build WRN-16-8, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return wide_for_cifar("wrn16_8", in_shape, n_classes, opt)


def wrn28_10(in_shape=(32, 32, 3), n_classes=10, opt="sgd") -> Model:
    """Build WRN-28-10, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return wide_for_cifar("wrn28_10", in_shape, n_classes, opt)


def wrn40_4(in_shape=(32, 32, 3), n_classes=10, opt="sgd") -> Model:
    """Build WRN-40-4, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return wide_for_cifar("wrn40_4", in_shape, n_classes, opt)


def wrn50_2(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build WRN-50-2, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return wide_for_imagenet("wrn50_2", in_shape, n_classes, opt)


def wrn101_2(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build WRN-101-2, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return wide_for_imagenet("wrn101_2", in_shape, n_classes, opt)


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
    wrn28_10().summary()
