"""ResNet: each block learns a residual, which lets very deep networks train.

He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016 (arXiv 2015), Table 1, Fig. 5.
https://arxiv.org/abs/1512.03385

Choices: the stride of a bottleneck is on its first 1x1, as in the authors' Caffe release
(`ResNet-50-deploy.prototxt`). With stride_in_3x3=True it is on the 3x3: "v1.5", with the same weights and 6 %
more multiply-adds, which torchvision and most people train today. A shortcut is projected only where the
shapes differ (the paper's option B), at all depths. Strided convolutions are padded equally on every side, as
in Caffe. So is the pooling, as in the later ports of the weights; in the release its last window overhangs.
"""

from keras import Input, Model, config, layers, optimizers


def conv_bn(x, filters, kernel, strides, name):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    settings = {"use_bias": False, "kernel_initializer": "he_normal", "name": f"{name}_conv"}
    x = layers.Conv2D(filters, kernel, strides, padding, **settings)(x)
    return layers.BatchNormalization(epsilon=1e-5, name=f"{name}_bn")(x)


def add_shortcut(x, residual, strides, name):
    if x.shape != residual.shape:
        x = conv_bn(x, residual.shape[-1], 1, strides, f"{name}_shortcut")
    return layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, residual]))


def basic(x, width, strides, name):
    """Fig. 5, left: two 3x3 convolutions with these strides."""
    y = layers.ReLU(name=f"{name}_1_relu")(conv_bn(x, width, 3, strides[0], f"{name}_1"))
    y = conv_bn(y, width, 3, strides[1], f"{name}_2")
    return add_shortcut(x, y, max(strides), name)


def bottleneck(x, width, strides, name):
    """Fig. 5, right: a 1x1 to reduce the width and a 3x3, with these strides, then a 1x1 to restore it."""
    y = layers.ReLU(name=f"{name}_1_relu")(conv_bn(x, width, 1, strides[0], f"{name}_1"))
    y = layers.ReLU(name=f"{name}_2_relu")(conv_bn(y, width, 3, strides[1], f"{name}_2"))
    y = conv_bn(y, 4 * width, 1, 1, f"{name}_3")
    return add_shortcut(x, y, max(strides), name)


# Table 1: the block, and how many of them in conv2_x, conv3_x, conv4_x and conv5_x.
TABLE_1 = {
    "resnet18": (basic, (2, 2, 2, 2)),
    "resnet34": (basic, (3, 4, 6, 3)),
    "resnet50": (bottleneck, (3, 4, 6, 3)),
    "resnet101": (bottleneck, (3, 4, 23, 3)),
    "resnet152": (bottleneck, (3, 8, 36, 3)),
}


def resnet(name, in_shape, n_classes, opt, stride_in_3x3=False):
    """Table 1, top to bottom; each stage after the first halves the map and doubles the width."""
    check_arguments(in_shape, n_classes, opt, smallest=1)
    block, depths = TABLE_1[name]
    halving = (1, 2) if stride_in_3x3 else (2, 1)
    inputs = Input(in_shape, name=f"{name}_input")
    x = layers.ReLU(name="conv1")(conv_bn(inputs, 64, 7, 2, "conv1"))  # 112x112x64
    x = layers.MaxPooling2D(3, 2, name="pool1")(layers.ZeroPadding2D(1, name="pool1_pad")(x))
    for stage, depth in enumerate(depths):
        for i in range(depth):
            strides = halving if stage > 0 and i == 0 else (1, 1)
            x = block(x, 64 * 2**stage, strides, name=f"conv{stage + 2}_{i + 1}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def resnet18(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build ResNet-18 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return resnet("resnet18", in_shape, n_classes, opt)


def resnet34(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build ResNet-34 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return resnet("resnet34", in_shape, n_classes, opt)


def resnet50(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, stride_in_3x3=False) -> Model:
    """Build ResNet-50 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    stride_in_3x3=True builds v1.5, with the stride of a bottleneck on its 3x3.
    """
    return resnet("resnet50", in_shape, n_classes, opt, stride_in_3x3)


def resnet101(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, stride_in_3x3=False) -> Model:
    """Build ResNet-101 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    stride_in_3x3=True builds v1.5, with the stride of a bottleneck on its 3x3.
    """
    return resnet("resnet101", in_shape, n_classes, opt, stride_in_3x3)


def resnet152(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, stride_in_3x3=False) -> Model:
    """Build ResNet-152 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    stride_in_3x3=True builds v1.5, with the stride of a bottleneck on its 3x3.
    """
    return resnet("resnet152", in_shape, n_classes, opt, stride_in_3x3)


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
    resnet50().summary()
