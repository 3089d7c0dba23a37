"""SENet: a small network looks at all maps of a block, and weighs each of them, before they are added.

Hu, Shen, Albanie, Sun, Wu, "Squeeze-and-Excitation Networks", CVPR 2018 (arXiv 2017), Fig. 3, Table 1.
https://arxiv.org/abs/1709.01507

Choices: as in the authors' prototxt files (hujie-frank/SENet). SE-ResNet halves a map by the first 1x1,
the others by the 3x3. Only a gate's convolutions have biases. The first pool is padded at the far side alone.
"""

from keras import Input, Model, config, layers, optimizers

# Table 1: blocks in each stage; how many times 64 maps the first 1x1 and the 3x3 have at first; groups;
# strides of both where a stage begins; whether stem and halving shortcuts are 3x3, with dropout at the end.
VARIANTS = {
    "se_resnet50": ((3, 4, 6, 3), (1, 1), 1, (2, 1), False),
    "se_resnet101": ((3, 4, 23, 3), (1, 1), 1, (2, 1), False),
    "se_resnet152": ((3, 8, 36, 3), (1, 1), 1, (2, 1), False),
    "se_resnext50": ((3, 4, 6, 3), (2, 2), 32, (1, 2), False),
    "se_resnext101": ((3, 4, 23, 3), (2, 2), 32, (1, 2), False),
    "senet154": ((3, 8, 36, 3), (2, 4), 64, (1, 2), True),
}


def grouped_conv_norm(x, filters, kernel, strides, name, groups=1):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    settings = {"groups": groups, "use_bias": False, "kernel_initializer": "he_normal"}
    # With groups Keras is slow on TensorFlow's CPU; `keras_cnns.fast(model)` mends that.
    x = layers.Conv2D(filters, kernel, strides, padding, **settings, name=f"{name}_conv")(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)


def squeeze_and_excite(x, name, ratio=16):
    """Fig. 3: from the mean of each map, through a sixteenth as many values, to a factor for each map."""
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_mean")(x)
    init = {"kernel_initializer": "he_normal"}
    y = layers.Conv2D(x.shape[-1] // ratio, 1, activation="relu", name=f"{name}_squeeze", **init)(y)
    y = layers.Conv2D(x.shape[-1], 1, activation="sigmoid", name=f"{name}_excite", **init)(y)
    return layers.Multiply(name=name)([x, y])


def se_block(x, widths, groups, strides, of_3x3, name):
    """Fig. 3: a bottleneck whose branch is gated before the addition; the shortcut is not."""
    y = layers.ReLU(name=f"{name}_1_relu")(grouped_conv_norm(x, widths[0], 1, strides[0], f"{name}_1"))
    y = grouped_conv_norm(y, widths[1], 3, strides[1], f"{name}_2", groups)
    y = layers.ReLU(name=f"{name}_2_relu")(y)
    y = squeeze_and_excite(grouped_conv_norm(y, widths[2], 1, 1, f"{name}_3"), f"{name}_gate")
    if x.shape != y.shape:
        kernel = 3 if of_3x3 and 2 in strides else 1
        x = grouped_conv_norm(x, widths[2], kernel, max(strides), f"{name}_shortcut")
    return layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, y]))


def stem(x, of_3x3):
    """Appendix: SENet-154 has three 3x3 convolutions where the others, like ResNet, have a 7x7."""
    if not of_3x3:
        return layers.ReLU(name="conv1")(grouped_conv_norm(x, 64, 7, 2, "conv1"))  # 112x112x64
    for i, strides in ((1, 2), (2, 1)):
        x = layers.ReLU(name=f"conv1_{i}_relu")(grouped_conv_norm(x, 64, 3, strides, f"conv1_{i}"))
    return layers.ReLU(name="conv1")(grouped_conv_norm(x, 128, 3, 1, "conv1_3"))


def senet(name, in_shape, n_classes, opt):
    """Table 1, top to bottom; SENet-154 has 3x3 shortcuts where the map is halved, and a dropout."""
    check_arguments(in_shape, n_classes, opt, smallest=1)
    depths, times, groups, halving, of_3x3 = VARIANTS[name]
    inputs = Input(in_shape, name=f"{name}_input")
    x = layers.MaxPooling2D(3, 2, "same", name="pool1")(stem(inputs, of_3x3))
    for stage, depth in enumerate(depths):
        widths = [each * 64 * 2**stage for each in (*times, 4)]
        for i in range(depth):
            strides = halving if stage > 0 and i == 0 else (1, 1)
            x = se_block(x, widths, groups, strides, of_3x3, name=f"conv{stage + 2}_{i + 1}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dropout(0.2, name="dropout")(x) if of_3x3 else x
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def se_resnet50(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build SE-ResNet-50 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    `opt`, a Keras optimizer or its name, compiles it. A wrong argument raises a ValueError.
    """
    return senet("se_resnet50", in_shape, n_classes, opt)


def se_resnet101(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build SE-ResNet-101, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    `opt`, a Keras optimizer or its name, compiles it. A wrong argument raises a ValueError.
    """
    return senet("se_resnet101", in_shape, n_classes, opt)


def se_resnet152(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build SE-ResNet-152, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    `opt`, a Keras optimizer or its name, compiles it. A wrong argument raises a ValueError.
    """
    return senet("se_resnet152", in_shape, n_classes, opt)


def se_resnext50(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build SE-ResNeXt-50 32x4d, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    `opt`, a Keras optimizer or its name, compiles it. A wrong argument raises a ValueError.
    """
    return senet("se_resnext50", in_shape, n_classes, opt)


def se_resnext101(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build SE-ResNeXt-101 32x4d, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    `opt`, a Keras optimizer or its name, compiles it. A wrong argument raises a ValueError.
    """
    return senet("se_resnext101", in_shape, n_classes, opt)


def senet154(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build SENet-154 (Appendix), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    `opt`, a Keras optimizer or its name, compiles it. A wrong argument raises a ValueError.
    """
    return senet("senet154", in_shape, n_classes, opt)


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
    se_resnet50().summary()
