"""ResNet for CIFAR-10: the small residual networks with which the paper shows that plain depth hurts.

He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016 (arXiv 2015), Section 4.2.
https://arxiv.org/abs/1512.03385

Choices: where the width grows, the paper's shortcut appends zero channels (option A). That they are last,
that a stride keeps every second pixel, and the momentum of batch normalization are as in fb.resnet.torch,
whose strided convolutions are also padded equally on every side. With shortcut="projection" a 1x1 convolution
takes the zeros' place, as in the code of many courses; with shortcut="none" there is no shortcut: the paper's
plain network. Convolutions have no biases; in an example of Keras they have.
"""

from keras import Input, Model, config, layers, ops, optimizers

SHORTCUTS = ("zeros", "projection", "none")


def conv_norm(x, filters, kernel, strides, name):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    settings = {"use_bias": False, "kernel_initializer": "he_normal", "name": f"{name}_conv"}
    x = layers.Conv2D(filters, kernel, strides, padding, **settings)(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)


def zeros_shortcut(x, width, strides, name):
    """Option A: every second pixel, then zeros as the channels that are missing; nothing is learned."""
    x = layers.AveragePooling2D(1, strides, name=f"{name}_pool")(x)
    return ops.pad(x, ((0, 0), (0, 0), (0, 0), (0, width - x.shape[-1])))


def residual_block(x, width, strides, shortcut, name):
    """Fig. 5, left: two 3x3 convolutions, and the input added to what they give."""
    y = layers.ReLU(name=f"{name}_1_relu")(conv_norm(x, width, 3, strides, f"{name}_1"))
    y = conv_norm(y, width, 3, 1, f"{name}_2")
    if shortcut == "none":
        return layers.ReLU(name=name)(y)
    if x.shape[-1] != width and shortcut == "zeros":
        x = zeros_shortcut(x, width, strides, f"{name}_shortcut")
    elif x.shape[-1] != width:
        x = conv_norm(x, width, 1, strides, f"{name}_shortcut")
    return layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, y]))


def resnet_cifar(name, depth, in_shape, n_classes, opt, shortcut):
    """Section 4.2: three stages of n blocks, 16, 32 and 64 wide; with the ends that is 6n + 2 layers."""
    check_arguments(in_shape, n_classes, opt, smallest=1)
    if not isinstance(shortcut, str) or shortcut not in SHORTCUTS:
        raise ValueError(f"shortcut must be one of {', '.join(SHORTCUTS)}; got {shortcut!r}.")
    inputs = Input(in_shape, name=f"{name}_input")
    x = layers.ReLU(name="conv1")(conv_norm(inputs, 16, 3, 1, "conv1"))  # 32x32x16
    for stage in range(3):
        for i in range((depth - 2) // 6):
            strides = 2 if stage > 0 and i == 0 else 1
            x = residual_block(x, 16 * 2**stage, strides, shortcut, name=f"conv{stage + 2}_{i + 1}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def resnet20(in_shape=(32, 32, 3), n_classes=10, opt="sgd", *, shortcut="zeros") -> Model:
    """Build ResNet-20 (4.2), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    `shortcut` is "zeros", "projection" or "none", see above.
    """
    return resnet_cifar("resnet20", 20, in_shape, n_classes, opt, shortcut)


def resnet32(in_shape=(32, 32, 3), n_classes=10, opt="sgd", *, shortcut="zeros") -> Model:
    """Build ResNet-32 (4.2), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    `shortcut` is "zeros", "projection" or "none", see above.
    """
    return resnet_cifar("resnet32", 32, in_shape, n_classes, opt, shortcut)


def resnet44(in_shape=(32, 32, 3), n_classes=10, opt="sgd", *, shortcut="zeros") -> Model:
    """Build ResNet-44 (4.2), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    `shortcut` is "zeros", "projection" or "none", see above.
    """
    return resnet_cifar("resnet44", 44, in_shape, n_classes, opt, shortcut)


def resnet56(in_shape=(32, 32, 3), n_classes=10, opt="sgd", *, shortcut="zeros") -> Model:
    """Build ResNet-56 (4.2), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    `shortcut` is "zeros", "projection" or "none", see above.
    """
    return resnet_cifar("resnet56", 56, in_shape, n_classes, opt, shortcut)


def resnet110(in_shape=(32, 32, 3), n_classes=10, opt="sgd", *, shortcut="zeros") -> Model:
    """Build ResNet-110 (4.2), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    `shortcut` is "zeros", "projection" or "none", see above.
    """
    return resnet_cifar("resnet110", 110, in_shape, n_classes, opt, shortcut)


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
    resnet20().summary()
