"""Inception-v4: a stem, three uniform modules, two reductions, and nothing else.

Szegedy, Ioffe, Vanhoucke, Alemi, "Inception-v4, Inception-ResNet and the Impact of Residual Connections on
Learning", AAAI 2017 (arXiv 2016), Fig. 3 to 9, Table 1.
https://arxiv.org/abs/1602.07261

Choices: the order of towers, and of 1x7 and 7x1 where they follow one another, is that of the authors'
TF-Slim release, which the published weights need; the figures differ in places, and Fig. 5 prints 1x7 twice.
No gamma before a ReLU. The paper has no auxiliary classifier; TF-Slim trains with one, aux=True adds it,
weighing 0.4.
"""

from keras import Input, Model, config, initializers, layers

V = "valid"  # the figures' mark for an unpadded layer; every other is "same"


def conv_bn_relu(x, filters, kernel, strides=1, padding="same", name=None):
    x = layers.Conv2D(filters, kernel, strides, padding, use_bias=False, kernel_initializer="he_normal")(x)
    x = layers.BatchNormalization(epsilon=1e-3, scale=False)(x)
    return layers.ReLU(name=name)(x)


def branch(x, *convs):
    for spec in convs:
        x = conv_bn_relu(x, *spec)
    return x


def max_pool(x, name=None):
    return layers.MaxPooling2D(3, 2, name=name)(x)


def average(x, filters):
    """The pooling tower of every module: 3x3 averages over what is inside the grid, then 1x1."""
    return branch(layers.AveragePooling2D(3, 1, "same")(x), (filters, 1))


def stem(x):
    """Fig. 3."""
    x = branch(x, (32, 3, 2, V), (32, 3, 1, V), (64, 3))
    x = layers.Concatenate()([max_pool(x), branch(x, (96, 3, 2, V))])
    y = branch(x, (64, 1), (96, 3, 1, V))
    z = branch(x, (64, 1), (64, (1, 7)), (64, (7, 1)), (96, 3, 1, V))
    x = layers.Concatenate()([y, z])
    return layers.Concatenate(name="stem")([branch(x, (192, 3, 2, V)), max_pool(x)])


def inception_a(x, name):
    """Fig. 4, on the 35x35 grid."""
    towers = [
        branch(x, (96, 1)),
        branch(x, (64, 1), (96, 3)),
        branch(x, (64, 1), (96, 3), (96, 3)),
        average(x, 96),
    ]
    return layers.Concatenate(name=name)(towers)


def reduction_a(x, k, l, m, n, name):  # noqa: E741
    """Fig. 7, from 35x35 to 17x17; Table 1 gives k, l, m and n."""
    towers = [branch(x, (n, 3, 2, V)), branch(x, (k, 1), (l, 3), (m, 3, 2, V)), max_pool(x)]
    return layers.Concatenate(name=name)(towers)


def inception_b(x, name):
    """Fig. 5, on the 17x17 grid."""
    towers = [
        branch(x, (384, 1)),
        branch(x, (192, 1), (224, (1, 7)), (256, (7, 1))),
        branch(x, (192, 1), (192, (7, 1)), (224, (1, 7)), (224, (7, 1)), (256, (1, 7))),
        average(x, 128),
    ]
    return layers.Concatenate(name=name)(towers)


def reduction_b(x, name):
    """Fig. 8, from 17x17 to 8x8."""
    towers = [
        branch(x, (192, 1), (192, 3, 2, V)),
        branch(x, (256, 1), (256, (1, 7)), (320, (7, 1)), (320, 3, 2, V)),
        max_pool(x),
    ]
    return layers.Concatenate(name=name)(towers)


def inception_c(x, name):
    """Fig. 6, on the 8x8 grid: two towers fork at their ends."""
    y, z = branch(x, (384, 1)), branch(x, (384, 1), (448, (3, 1)), (512, (1, 3)))
    forks = [branch(tower, (256, kernel)) for tower in (y, z) for kernel in ((1, 3), (3, 1))]
    return layers.Concatenate(name=name)([branch(x, (256, 1)), *forks, average(x, 256)])


def auxiliary(x, n_classes):
    """Not in the paper: TF-Slim's, on top of the last 17x17 module."""
    x = layers.AveragePooling2D(5, 3)(x)
    x = conv_bn_relu(x, 128, 1)
    kernel = [min(5, size or 5) for size in x.shape[1:3]]
    start = initializers.TruncatedNormal(stddev=0.01)
    x = layers.Conv2D(768, kernel, use_bias=False, kernel_initializer=start)(x)
    x = layers.ReLU()(layers.BatchNormalization(epsilon=1e-3, scale=False)(x))
    x = layers.GlobalAveragePooling2D()(x)
    start = initializers.TruncatedNormal(stddev=0.001)
    return layers.Dense(n_classes, "softmax", kernel_initializer=start, name="aux")(x)


def compiled(inputs, outputs, aux_weight, opt, name):
    """One cross-entropy for each output; those of the auxiliary classifiers weigh less."""
    model = Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=name)
    losses, metrics = ["categorical_crossentropy"] * len(outputs), ["accuracy"] * len(outputs)
    model.compile(opt, losses, [1.0] + [aux_weight] * (len(outputs) - 1), metrics)
    return model


def inception_v4(in_shape=(299, 299, 3), n_classes=1000, opt="sgd", *, aux=False):
    """Fig. 9, compiled: images (batch, *in_shape) to probabilities (batch, n_classes); aux adds a second."""
    check_arguments(in_shape, n_classes, smallest=107 if aux else 75)
    inputs = Input(in_shape)
    x = stem(inputs)
    for i in range(1, 5):
        x = inception_a(x, name=f"inception_a{i}")
    x = reduction_a(x, k=192, l=224, m=256, n=384, name="reduction_a")
    for i in range(1, 8):
        x = inception_b(x, name=f"inception_b{i}")
    heads = [auxiliary(x, n_classes)] if aux else []
    x = reduction_b(x, name="reduction_b")
    for i in range(1, 4):
        x = inception_c(x, name=f"inception_c{i}")
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    outputs = [layers.Dense(n_classes, "softmax", name="predictions")(x), *heads]
    return compiled(inputs, outputs, 0.4, opt, "inception_v4")


def check_arguments(in_shape, n_classes, smallest, flattens=False):
    """Raise a ValueError that says what would work; a map that is flattened must have a known size."""
    sizes = "three positive ints" if flattens else "positive ints, or None for height and width"
    known = [n for n in in_shape if n is not None or flattens] if isinstance(in_shape, (tuple, list)) else [0]
    if not all(isinstance(n, int) and n > 0 for n in known) or len(in_shape) != 3 or in_shape[2] is None:
        raise ValueError(f"in_shape must be (height, width, channels), {sizes}; got {in_shape!r}.")
    if any(n and n < smallest for n in in_shape[:2]):
        raise ValueError(f"in_shape must be at least {smallest} high and wide; got {in_shape!r}.")
    if not isinstance(n_classes, int) or n_classes < 1:
        raise ValueError(f"n_classes must be an int, at least 1; got {n_classes!r}.")
    if config.image_data_format() != "channels_last":
        raise ValueError('keras.config.image_data_format() must be "channels_last"; got "channels_first".')


if __name__ == "__main__":
    inception_v4().summary()
