"""EfficientNetV2: on large maps one dense 3x3 convolution is faster than a 1x1 and a depthwise one.

Tan, Le, "EfficientNetV2: Smaller Models and Faster Training", ICML 2021, Table 4.
https://arxiv.org/abs/2104.00298

Choices: images of 384, the size of the paper's results, where training grows them from 128 to 300. The fused
blocks have no gate (Table 4). The momentum of batch normalization, the dropping of branches in training and
the initial kernels are those of keras.applications, whose network begins with a layer that scales the images.
Windows of stride 2 are padded as TensorFlow pads; torchvision pads alike on every side.
"""

from keras import Input, Model, config, layers, optimizers

HE = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_out"}}  # He's, by outputs


def conv(x, filters, kernel, strides, name):
    options = {"use_bias": False, "kernel_initializer": HE, "name": f"{name}_conv"}
    return layers.Conv2D(filters, kernel, strides, "same", **options)(x)


def norm_swish(x, name, last=None):
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
    return layers.Activation("swish", name=last or f"{name}_swish")(x)


def gate(x, width, name):
    """Squeeze and excitation: each map times a number from 0 to 1 that the means of all maps decide."""
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg_pool")(x)
    y = layers.Conv2D(width, 1, activation="swish", kernel_initializer=HE, name=f"{name}_squeeze")(y)
    y = layers.Conv2D(x.shape[-1], 1, activation="sigmoid", kernel_initializer=HE, name=f"{name}_excite")(y)
    return layers.Multiply(name=name)([x, y])


def fused(x, expansion, width, strides, name, last):
    """Fig. 2, right: a 3x3 convolution widens, a 1x1 narrows; one that does not widen is all there is."""
    y = conv(x, max(width, expansion * x.shape[-1]), 3, strides, f"{name}_expand")
    if expansion == 1:
        return norm_swish(y, f"{name}_expand", last)
    y = conv(norm_swish(y, f"{name}_expand"), width, 1, 1, f"{name}_project")
    return layers.BatchNormalization(momentum=0.9, name=last)(y)


def gated(x, expansion, width, strides, name, last):
    """Fig. 2, left: widen, convolve every map alone, gate, and narrow with no activation after that."""
    y = norm_swish(conv(x, expansion * x.shape[-1], 1, 1, f"{name}_expand"), f"{name}_expand")
    options = {"use_bias": False, "depthwise_initializer": HE, "name": f"{name}_depthwise_conv"}
    y = norm_swish(layers.DepthwiseConv2D(3, strides, "same", **options)(y), f"{name}_depthwise")
    y = conv(gate(y, max(1, x.shape[-1] // 4), f"{name}_gate"), width, 1, 1, f"{name}_project")
    return layers.BatchNormalization(momentum=0.9, name=last)(y)


def block(x, row, strides, drop, name):
    """One block of Table 4; where its input fits, that is added to what it gives."""
    kind, expansion, width, *_ = row
    if strides > 1 or x.shape[-1] != width:
        return kind(x, expansion, width, strides, name, last=name)
    y = kind(x, expansion, width, strides, name, last=f"{name}_{'swish' if expansion == 1 else 'project_bn'}")
    y = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(y)
    return layers.Add(name=name)([x, y])


# Table 4, between its ends: block, expansion, channels, blocks, stride of the first block.
TABLE_4 = (
    (fused, 1, 24, 2, 1),  # 192x192
    (fused, 4, 48, 4, 2),  # 96x96
    (fused, 4, 64, 4, 2),  # 48x48
    (gated, 4, 128, 6, 2),  # 24x24
    (gated, 6, 160, 9, 1),  # 24x24
    (gated, 6, 256, 15, 2),  # 12x12
)


def efficientnet_v2_s(in_shape=(384, 384, 3), n_classes=1000, opt="sgd") -> Model:
    """Build EfficientNetV2-S, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    check_arguments(in_shape, n_classes, opt, smallest=1)
    inputs = Input(in_shape, name="efficientnet_v2_s_input")
    x = norm_swish(conv(inputs, 24, 3, 2, "stem"), "stem", last="stem")  # 192x192x24
    blocks = [(row, i, f"stage{n}_{i}") for n, row in enumerate(TABLE_4, 1) for i in range(1, row[3] + 1)]
    for before, (row, i, name) in enumerate(blocks):
        x = block(x, row, row[-1] if i == 1 else 1, 0.2 * before / len(blocks), name)
    x = norm_swish(conv(x, 1280, 1, 1, "head"), "head", last="head")  # 12x12x1280
    x = layers.Dropout(0.2, name="dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name="efficientnet_v2_s")
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
    efficientnet_v2_s().summary()
