"""ResNeXt: each block sums many equal, narrow paths; their number is its cardinality.

Xie, Girshick, Dollar, Tu, He, "Aggregated Residual Transformations for Deep Neural Networks",
CVPR 2017 (arXiv 2016), Table 1, Fig. 3.
https://arxiv.org/abs/1611.05431

Choices: of the three equivalent forms of Fig. 3 this is (c), one grouped convolution, as in the authors'
Torch release (facebookresearch/ResNeXt). The stride is on the grouped 3x3, as in the release and its later
ports; ResNet has it on the first 1x1. A shortcut is projected only where the shapes differ. Strided
convolutions are padded equally on every side.
"""

from keras import Input, Model, config, layers, optimizers


def grouped_conv_bn(x, filters, kernel, strides, groups, name):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    # With groups Keras is slow on TensorFlow's CPU; `keras_cnns.fast(model)` mends that.
    settings = {"use_bias": False, "kernel_initializer": "he_normal", "name": f"{name}_conv"}
    x = layers.Conv2D(filters, kernel, strides, padding, groups=groups, **settings)(x)
    return layers.BatchNormalization(epsilon=1e-5, name=f"{name}_bn")(x)


def block(x, paths, stage, strides, name):
    """Fig. 3c: one 1x1 into all paths, a 3x3 within each path, one 1x1 out of all paths."""
    cardinality, width = paths
    grouped = cardinality * width * 2**stage
    y = grouped_conv_bn(x, grouped, 1, 1, 1, f"{name}_1")
    y = layers.ReLU(name=f"{name}_1_relu")(y)
    y = grouped_conv_bn(y, grouped, 3, strides, cardinality, f"{name}_2")
    y = layers.ReLU(name=f"{name}_2_relu")(y)
    y = grouped_conv_bn(y, 256 * 2**stage, 1, 1, 1, f"{name}_3")
    if x.shape != y.shape:
        x = grouped_conv_bn(x, y.shape[-1], 1, strides, 1, f"{name}_shortcut")
    return layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, y]))


def resnext(depths, paths, in_shape, n_classes, opt, name):
    """Table 1, right: the stages of ResNet; paths=(32, 4) is the paper's 32x4d, 32 paths of width 4."""
    check_arguments(in_shape, n_classes, opt, smallest=1)
    inputs = Input(in_shape, name=f"{name}_input")
    x = layers.ReLU(name="conv1")(grouped_conv_bn(inputs, 64, 7, 2, 1, "conv1"))  # 112x112x64
    x = layers.MaxPooling2D(3, 2, name="pool1")(layers.ZeroPadding2D(1, name="pool1_pad")(x))
    for stage, depth in enumerate(depths):
        for i in range(depth):
            strides = 2 if stage > 0 and i == 0 else 1
            x = block(x, paths, stage, strides, name=f"conv{stage + 2}_{i + 1}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def resnext50(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build ResNeXt-50 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    Each block has 32 paths of width 4: 32x4d.
    """
    return resnext((3, 4, 6, 3), (32, 4), in_shape, n_classes, opt, "resnext50")


def resnext101(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build ResNeXt-101, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    Each block has 32 paths of width 4: 32x4d (Section 5.1).
    """
    return resnext((3, 4, 23, 3), (32, 4), in_shape, n_classes, opt, "resnext101")


def resnext101_64x4d(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build ResNeXt-101, 64x4d, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    Each block has 64 paths of width 4: 64x4d (Table 4).
    """
    return resnext((3, 4, 23, 3), (64, 4), in_shape, n_classes, opt, "resnext101_64x4d")


def resnext101_32x8d(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build ResNeXt-101, 32x8d, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    Each block has 32 paths of width 8: 32x8d, of torchvision's release and not in the paper's tables.
    """
    return resnext((3, 4, 23, 3), (32, 8), in_shape, n_classes, opt, "resnext101_32x8d")


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
    resnext50().summary()
