"""MobileNetV3: the blocks of MobileNetV2, found by a search, some with gates, and cheap activations.

Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam, "Searching for MobileNetV3",
ICCV 2019, Tables 1 and 2.
https://arxiv.org/abs/1905.02244

Choices: a gate comes after the depthwise convolution's activation, is a quarter as wide and ends in the hard
sigmoid, as in the authors' code in TF-Slim; some ports have the activation after the gate. The first print
of the tables has other numbers in the last rows. Momentum of batch normalization, initial weights and dropout
are TF-Slim's. Windows of stride 2 are padded as TensorFlow pads; torchvision pads alike on every side.
"""

from keras import Input, Model, config, layers, optimizers

RE, HS = "relu", "hard_swish"
# Tables 1 and 2, between their ends: kernel, width inside, channels, whether gated, activation, stride.
LARGE = (
    (3, 16, 16, False, RE, 1),  # 112x112
    (3, 64, 24, False, RE, 2),  # 56x56
    (3, 72, 24, False, RE, 1),
    (5, 72, 40, True, RE, 2),  # 28x28
    (5, 120, 40, True, RE, 1),
    (5, 120, 40, True, RE, 1),
    (3, 240, 80, False, HS, 2),  # 14x14
    (3, 200, 80, False, HS, 1),
    (3, 184, 80, False, HS, 1),
    (3, 184, 80, False, HS, 1),
    (3, 480, 112, True, HS, 1),  # 14x14
    (3, 672, 112, True, HS, 1),
    (5, 672, 160, True, HS, 2),  # 7x7
    (5, 960, 160, True, HS, 1),
    (5, 960, 160, True, HS, 1),
)
SMALL = (
    (3, 16, 16, True, RE, 2),  # 56x56
    (3, 72, 24, False, RE, 2),  # 28x28
    (3, 88, 24, False, RE, 1),
    (5, 96, 40, True, HS, 2),  # 14x14
    (5, 240, 40, True, HS, 1),
    (5, 240, 40, True, HS, 1),
    (5, 120, 48, True, HS, 1),  # 14x14
    (5, 144, 48, True, HS, 1),
    (5, 288, 96, True, HS, 2),  # 7x7
    (5, 576, 96, True, HS, 1),
    (5, 576, 96, True, HS, 1),
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


def hard_gate(x, width, name):
    """Squeeze and excitation: each map times a number from 0 to 1 that the means of all maps decide."""
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg_pool")(x)
    y = layers.Conv2D(width, 1, activation=RE, name=f"{name}_squeeze")(y)
    y = layers.Conv2D(x.shape[-1], 1, activation="hard_sigmoid", name=f"{name}_excite")(y)
    return layers.Multiply(name=name)([x, y])


def bneck(x, row, name):
    """Fig. 4: widen, convolve every map alone, gate, and narrow with no activation after that."""
    kernel, inside, width, gated, activation, strides = row
    y = x
    if inside != x.shape[-1]:
        y = conv_bn_997(y, inside, 1, 1, f"{name}_expand")
        y = layers.Activation(activation, name=f"{name}_expand_{activation}")(y)
    y = depthwise_bn_997(y, kernel, strides, f"{name}_depthwise")
    y = layers.Activation(activation, name=f"{name}_depthwise_{activation}")(y)
    if gated:
        y = hard_gate(y, round8(inside / 4), f"{name}_gate")
    if strides > 1 or x.shape[-1] != width:
        return conv_bn_997(y, width, 1, 1, f"{name}_project", last=name)
    return layers.Add(name=name)([x, conv_bn_997(y, width, 1, 1, f"{name}_project")])


def mobilenet_v3(name, rows, units, in_shape, n_classes, opt):
    """Tables 1 and 2, top to bottom; the dense layer before the classifier has no batch normalization."""
    check_arguments(in_shape, n_classes, opt, smallest=1)
    inputs = Input(in_shape, name=f"{name}_input")
    x = layers.Activation(HS, name="conv1")(conv_bn_997(inputs, 16, 3, 2, "conv1"))  # 112x112x16
    for i, row in enumerate(rows, start=1):
        x = bneck(x, row, name=f"block{i}")
    x = layers.Activation(HS, name="head")(conv_bn_997(x, 6 * x.shape[-1], 1, 1, "head"))
    x = layers.Dense(units, activation=HS, name="fc")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    x = layers.Dropout(0.2, name="dropout")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def mobilenet_v3_large(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build MobileNetV3-Large, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return mobilenet_v3("mobilenet_v3_large", LARGE, 1280, in_shape, n_classes, opt)


def mobilenet_v3_small(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build MobileNetV3-Small, from images (batch, *in_shape) to class probabilities (batch, n_classes),
    compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError."""
    return mobilenet_v3("mobilenet_v3_small", SMALL, 1024, in_shape, n_classes, opt)


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
    mobilenet_v3_small().summary()
