"""MobileNetV2: residual blocks that are wide inside and narrow where they are added, with nothing after.

Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018,
Table 2.
https://arxiv.org/abs/1801.04381

Choices: a block that would expand by 1 has no convolution for it, as in the authors' code in TF-Slim. So are
the rounding of widths, the momentum of batch normalization, the initial weights and the dropout. The last 1x1
convolution is wider for an `alpha` above 1, and never narrower. Windows of stride 2 are padded as TensorFlow
pads; torchvision pads alike on every side.
"""

from keras import Input, Model, config, layers, optimizers

# Table 2, between its ends: expansion, channels, blocks, stride of the first block.
TABLE_2 = (
    (1, 16, 1, 1),  # 112x112
    (6, 24, 2, 2),  # 56x56
    (6, 32, 3, 2),  # 28x28
    (6, 64, 4, 2),  # 14x14
    (6, 96, 3, 1),  # 14x14
    (6, 160, 3, 2),  # 7x7
    (6, 320, 1, 1),  # 7x7
)
NORMAL = {"class_name": "TruncatedNormal", "config": {"stddev": 0.09}}


def round8(width):
    rounded = max(8, int(width + 4) // 8 * 8)  # a multiple of 8, downwards by 10 % at most
    return rounded if rounded >= 0.9 * width else rounded + 8


def conv_bn_997(x, filters, kernel, strides, name, last=None):
    options = {"use_bias": False, "kernel_initializer": NORMAL, "name": f"{name}_conv"}
    x = layers.Conv2D(filters, kernel, strides, "same", **options)(x)
    return layers.BatchNormalization(momentum=0.997, name=last or f"{name}_bn")(x)


def depthwise_bn_997(x, kernel, strides, name):
    options = {"use_bias": False, "depthwise_initializer": NORMAL, "name": f"{name}_conv"}
    x = layers.DepthwiseConv2D(kernel, strides, "same", **options)(x)
    return layers.BatchNormalization(momentum=0.997, name=f"{name}_bn")(x)


def inverted_residual(x, expansion, width, strides, name):
    """Table 1: widen, convolve every map alone, narrow; no activation follows, nor after a sum."""
    y = x
    if expansion > 1:
        y = conv_bn_997(x, expansion * x.shape[-1], 1, 1, f"{name}_expand")
        y = layers.ReLU(6.0, name=f"{name}_expand_relu6")(y)
    y = depthwise_bn_997(y, 3, strides, f"{name}_depthwise")
    y = layers.ReLU(6.0, name=f"{name}_depthwise_relu6")(y)
    if strides > 1 or x.shape[-1] != width:
        return conv_bn_997(y, width, 1, 1, f"{name}_project", last=name)
    return layers.Add(name=name)([x, conv_bn_997(y, width, 1, 1, f"{name}_project")])


def mobilenet_v2(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, alpha=1.0) -> Model:
    """Build MobileNetV2 (Table 2), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    Every block has `alpha` times as many maps, rounded to a multiple of 8; the authors trained 0.35 to 1.4.
    """
    check_arguments(in_shape, n_classes, opt, smallest=1)
    check_alpha(alpha)
    inputs = Input(in_shape, name="mobilenet_v2_input")
    x = conv_bn_997(inputs, round8(32 * alpha), 3, 2, "conv1")
    x = layers.ReLU(6.0, name="conv1")(x)  # 112x112x32
    rows = [(t, c, s if i == 0 else 1) for t, c, n, s in TABLE_2 for i in range(n)]
    for i, (expansion, width, strides) in enumerate(rows, start=1):
        x = inverted_residual(x, expansion, round8(width * alpha), strides, name=f"block{i}")
    x = conv_bn_997(x, round8(1280 * max(1.0, alpha)), 1, 1, "head")
    x = layers.ReLU(6.0, name="head")(x)  # 7x7x1280
    x = layers.Dropout(0.2, name="dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name="mobilenet_v2")
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def check_alpha(alpha):
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not 0.1 <= alpha <= 10:
        raise ValueError(f"alpha must be a number from 0.1 to 10, such as 0.5 or 1.0; got {alpha!r}.")


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
    mobilenet_v2().summary()
