"""Network in Network: every filter is a small network, and the classifier is an average over each map.

Lin, Chen, Yan, "Network In Network", ICLR 2014 (arXiv 2013), Fig. 1 and 2.
https://arxiv.org/abs/1312.4400

Choices: the paper gives no widths. They come from the author's released definitions (cuda-convnet for
CIFAR-10, Caffe for ImageNet), and so do the initial weights, the ReLU after the last 1x1 and max pooling
throughout, where many copies have one average pooling. Pooling keeps the partial window at the bottom and
right edges, as both programs do.
"""

from keras import Input, Model, config, initializers, layers, optimizers

# One row per mlpconv block: kernel, stride, three widths, standard deviations of their initial weights.
# A width of None stands for the number of classes.
CIFAR = (
    (5, 1, (192, 160, 96), (0.05, 0.05, 0.05)),
    (5, 1, (192, 192, 192), (0.05, 0.05, 0.05)),
    (3, 1, (192, 192, None), (0.05, 0.05, 0.05)),
)
IMAGENET = (
    (11, 4, (96, 96, 96), (0.01, 0.05, 0.05)),
    (5, 1, (256, 256, 256), (0.05, 0.05, 0.05)),
    (3, 1, (384, 384, 384), (0.01, 0.05, 0.05)),
    (3, 1, (1024, 1024, None), (0.05, 0.05, 0.01)),
)


def convolution(x, filters, kernel, strides, stddev, name):
    """Without padding if strided, as in the first layer; otherwise the map keeps its size."""
    padding = "valid" if strides > 1 else "same"
    normal = initializers.RandomNormal(stddev=stddev)
    return layers.Conv2D(
        filters, kernel, strides, padding, activation="relu", kernel_initializer=normal, name=name
    )(x)


def mlpconv(x, kernel, strides, widths, stddevs, name):
    """Fig. 1b: a convolution, then two 1x1 convolutions: a small dense network at every position."""
    x = convolution(x, widths[0], kernel, strides, stddevs[0], f"{name}_conv")
    x = convolution(x, widths[1], 1, 1, stddevs[1], f"{name}_1x1")
    return convolution(x, widths[2], 1, 1, stddevs[2], name)


def ceil_max_pool(x, name):
    """3x3, stride 2; the added zeros change no maximum, because every map has passed a ReLU."""
    x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"{name}_pad")(x)
    return layers.MaxPooling2D(3, 2, name=name)(x)


def network_in_network(rows, dropped, inputs, n_classes, opt, name):
    """Fig. 2: mlpconv blocks, pooling between them, dropout after some; at the end one map per class."""
    x = inputs
    for i, (kernel, strides, widths, stddevs) in enumerate(rows, start=1):
        widths = [width or n_classes for width in widths]
        x = mlpconv(x, kernel, strides, widths, stddevs, name=f"mlpconv{i}")
        if i < len(rows):
            x = ceil_max_pool(x, f"pool{i}")
        if i in dropped:
            x = layers.Dropout(0.5, name=f"pool{i}_dropout")(x)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Softmax(dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def nin(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build NiN for ImageNet, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    check_arguments(in_shape, n_classes, opt, smallest=39)
    return network_in_network(IMAGENET, (3,), Input(in_shape, name="nin_input"), n_classes, opt, "nin")


def nin_cifar(in_shape=(32, 32, 3), n_classes=10, opt="sgd") -> Model:
    """Build NiN for CIFAR-10, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    With 100 classes it is the CIFAR-100 network, except for the initial weights of three convolutions.
    """
    check_arguments(in_shape, n_classes, opt, smallest=4)
    return network_in_network(
        CIFAR, (1, 2), Input(in_shape, name="nin_cifar_input"), n_classes, opt, "nin_cifar"
    )


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
    nin().summary()
