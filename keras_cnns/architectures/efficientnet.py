"""EfficientNet: width, depth and size of the images grow together, each by its own power of one factor.

Tan, Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019, Table 1.
https://arxiv.org/abs/1905.11946

Choices: strides, the dropping of branches in training and the initial kernels are those of the authors' code;
the first print of Table 1 has the strides of 80 and of 112 channels exchanged. A gate narrows to a quarter of
what enters its *block*. Windows are padded as TensorFlow pads, torchvision pads alike on every side.
keras.applications begins with layers that scale the images.
"""

from keras import Input, Model, config, layers, optimizers

# Table 1, between its ends: kernel, expansion, channels, blocks, stride of the first block.
TABLE_1 = (
    (3, 1, 16, 1, 1),  # 112x112
    (3, 6, 24, 2, 2),  # 56x56
    (5, 6, 40, 2, 2),  # 28x28
    (3, 6, 80, 3, 2),  # 14x14
    (5, 6, 112, 3, 1),  # 14x14
    (5, 6, 192, 4, 2),  # 7x7
    (3, 6, 320, 1, 1),  # 7x7
)
HE = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_out"}}  # He's, by outputs


def round8(width):
    rounded = max(8, int(width + 4) // 8 * 8)  # a multiple of 8, downwards by 10 % at most
    return rounded if rounded >= 0.9 * width else rounded + 8


def conv(x, filters, kernel, strides, name):
    options = {"use_bias": False, "kernel_initializer": HE, "name": f"{name}_conv"}
    return layers.Conv2D(filters, kernel, strides, "same", **options)(x)


def bn_swish(x, name, last=None):
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.Activation("swish", name=last or f"{name}_swish")(x)


def gate(x, width, name):
    """Squeeze and excitation: each map times a number from 0 to 1 that the means of all maps decide."""
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg_pool")(x)
    y = layers.Conv2D(width, 1, activation="swish", kernel_initializer=HE, name=f"{name}_squeeze")(y)
    y = layers.Conv2D(x.shape[-1], 1, activation="sigmoid", kernel_initializer=HE, name=f"{name}_excite")(y)
    return layers.Multiply(name=name)([x, y])


def mbconv(x, row, strides, drop, name):
    """Table 1's block: widen, convolve every map alone, gate, and narrow with no activation after that."""
    (kernel, expansion, width, *_), y = row, x
    if expansion > 1:
        y = bn_swish(conv(x, expansion * x.shape[-1], 1, 1, f"{name}_expand"), f"{name}_expand")
    options = {"use_bias": False, "depthwise_initializer": HE, "name": f"{name}_depthwise_conv"}
    y = bn_swish(layers.DepthwiseConv2D(kernel, strides, "same", **options)(y), f"{name}_depthwise")
    y = conv(gate(y, max(1, x.shape[-1] // 4), f"{name}_gate"), width, 1, 1, f"{name}_project")
    if strides > 1 or x.shape[-1] != width:
        return layers.BatchNormalization(name=name)(y)
    y = layers.BatchNormalization(name=f"{name}_project_bn")(y)
    y = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(y)
    return layers.Add(name=name)([x, y])


def efficientnet(name, scaling, in_shape, n_classes, opt):
    """Table 1, top to bottom; `scaling` says how much wider and deeper, and the last dropout."""
    check_arguments(in_shape, n_classes, opt, smallest=1)
    wider, deeper, dropout = scaling
    inputs = Input(in_shape, name=f"{name}_input")
    x = bn_swish(conv(inputs, round8(32 * wider), 3, 2, "stem"), "stem", last="stem")
    stages = [(k, e, round8(c * wider), -int(-n * deeper // 1), s) for k, e, c, n, s in TABLE_1]
    blocks = [(row, i, f"stage{n}_{i}") for n, row in enumerate(stages, 1) for i in range(1, row[3] + 1)]
    for before, (row, i, place) in enumerate(blocks):
        x = mbconv(x, row, row[-1] if i == 1 else 1, 0.2 * before / len(blocks), name=place)
    x = bn_swish(conv(x, round8(1280 * wider), 1, 1, "head"), "head", last="head")
    x = layers.Dropout(dropout, name="dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def efficientnet_b0(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build EfficientNet-B0, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return efficientnet("efficientnet_b0", (1.0, 1.0, 0.2), in_shape, n_classes, opt)


def efficientnet_b1(in_shape=(240, 240, 3), n_classes=1000, opt="sgd") -> Model:
    """Build EfficientNet-B1, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return efficientnet("efficientnet_b1", (1.0, 1.1, 0.2), in_shape, n_classes, opt)


def efficientnet_b2(in_shape=(260, 260, 3), n_classes=1000, opt="sgd") -> Model:
    """Build EfficientNet-B2, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return efficientnet("efficientnet_b2", (1.1, 1.2, 0.3), in_shape, n_classes, opt)


def efficientnet_b3(in_shape=(300, 300, 3), n_classes=1000, opt="sgd") -> Model:
    """Build EfficientNet-B3, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return efficientnet("efficientnet_b3", (1.2, 1.4, 0.3), in_shape, n_classes, opt)


def efficientnet_b4(in_shape=(380, 380, 3), n_classes=1000, opt="sgd") -> Model:
    """Build EfficientNet-B4, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return efficientnet("efficientnet_b4", (1.4, 1.8, 0.4), in_shape, n_classes, opt)


def efficientnet_b5(in_shape=(456, 456, 3), n_classes=1000, opt="sgd") -> Model:
    """Build EfficientNet-B5, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return efficientnet("efficientnet_b5", (1.6, 2.2, 0.4), in_shape, n_classes, opt)


def efficientnet_b6(in_shape=(528, 528, 3), n_classes=1000, opt="sgd") -> Model:
    """Build EfficientNet-B6, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return efficientnet("efficientnet_b6", (1.8, 2.6, 0.5), in_shape, n_classes, opt)


def efficientnet_b7(in_shape=(600, 600, 3), n_classes=1000, opt="sgd") -> Model:
    """Build EfficientNet-B7, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return efficientnet("efficientnet_b7", (2.0, 3.1, 0.5), in_shape, n_classes, opt)


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
    efficientnet_b0().summary()
