"""ShuffleNet v2: half of the maps pass a unit unchanged, and a shuffle mixes the halves for the next one.

Ma, Zhang, Zheng, Sun, "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", ECCV 2018
(arXiv 2018), Fig. 3c and 3d, Table 5.
https://arxiv.org/abs/1807.11164

Choices: the shuffle takes maps from the two halves in turn, as in the paper on ShuffleNet and in torchvision;
the authors' release (megvii-model/ShuffleNet-Series) gives every second map to each half. The shuffle is a
function, so an Identity after it carries the unit's name. Strided windows and the first pool are padded
equally on every side. Widths are Table 5's; scale=2.0 has 244 maps in the first stage, as in the release, and
2048 in the last convolution.
"""

from keras import Input, Model, config, layers, ops, optimizers

# Table 5, for each scale: the maps of stages 2, 3 and 4, and of the last convolution.
WIDTHS = {
    0.5: (48, 96, 192, 1024),
    1.0: (116, 232, 464, 1024),
    1.5: (176, 352, 704, 1024),
    2.0: (244, 488, 976, 2048),
}


def conv_norm_relu(x, filters, kernel, strides, name, last=None):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    settings = {"use_bias": False, "kernel_initializer": "he_normal", "name": f"{name}_conv"}
    x = layers.Conv2D(filters, kernel, strides, padding, **settings)(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)
    return layers.ReLU(name=last or f"{name}_relu")(x)


def depthwise_norm(x, strides, name):
    """Fig. 3: a 3x3 for each map, which no ReLU follows."""
    if strides > 1:
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    settings = {"use_bias": False, "depthwise_initializer": "he_normal", "name": f"{name}_conv"}
    x = layers.DepthwiseConv2D(3, strides, "same" if strides == 1 else "valid", **settings)(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)


def channel_shuffle(x):
    """Fig. 3: a map of the first half, one of the second, the next of the first, and so on."""
    half = x.shape[-1] // 2
    return ops.take(x, [half * (i % 2) + i // 2 for i in range(2 * half)], axis=-1)


def unit(x, width, strides, name):
    """Fig. 3c, or 3d with strides: two ways of half the width, joined and shuffled."""
    if strides == 1:
        left, right = ops.split(x, 2, axis=-1)
    else:
        left = conv_norm_relu(depthwise_norm(x, 2, f"{name}_left_1"), width // 2, 1, 1, f"{name}_left_2")
        right = x
    right = conv_norm_relu(right, width // 2, 1, 1, f"{name}_1")
    right = conv_norm_relu(depthwise_norm(right, strides, f"{name}_2"), width // 2, 1, 1, f"{name}_3")
    joined = layers.Concatenate(name=f"{name}_concat")([left, right])
    return layers.Identity(name=name)(channel_shuffle(joined))


def shufflenet_v2(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, scale=1.0) -> Model:
    """Build ShuffleNet v2, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    `scale`, one of 0.5, 1.0, 1.5 and 2.0, is the column of Table 5: how wide the stages are.
    """
    check_arguments(in_shape, n_classes, opt, smallest=1)
    if isinstance(scale, bool) or not isinstance(scale, (int, float)) or scale not in WIDTHS:
        raise ValueError(f"scale must be one of {', '.join(map(str, WIDTHS))}; got {scale!r}.")
    *widths, last = WIDTHS[scale]
    inputs = Input(in_shape, name="shufflenet_v2_input")
    x = conv_norm_relu(inputs, 24, 3, 2, "conv1", last="conv1")  # 112x112x24
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)  # 56x56x24
    for stage, width, depth in zip((2, 3, 4), widths, (4, 8, 4)):
        for i in range(depth):
            x = unit(x, width, 2 if i == 0 else 1, f"stage{stage}_{i + 1}")
    x = conv_norm_relu(x, last, 1, 1, "conv5", last="conv5")  # 7x7x1024
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name="shufflenet_v2")
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
    shufflenet_v2().summary()
