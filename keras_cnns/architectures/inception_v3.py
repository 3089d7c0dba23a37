"""Inception-v3: large convolutions factorized into small ones, and grids that widen before they shrink.

Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture for Computer Vision",
CVPR 2016 (arXiv 2015), Sections 3 to 6, Fig. 4 to 10.
https://arxiv.org/abs/1512.00567

Choices: paper and released code differ, and all published weights come from the code, so TF-Slim's
`inception_v3` decides. The 35x35 modules keep a 5x5 tower of 48 and 64 maps where Fig. 5 has two 3x3; the
stem pools twice where Table 1 has strides; four modules follow the first reduction. No gamma before a ReLU;
dropout 0.2 at the end. aux=True adds the auxiliary classifier. Its loss has TF-Slim's weight of 0.4; the
paper gives none.
"""

from keras import Input, Model, config, initializers, layers, optimizers

V = "valid"  # no padding; every other convolution is "same" and keeps the size of its grid


def conv_bn_relu(x, name, filters, kernel, strides=1, padding="same"):
    settings = {"use_bias": False, "kernel_initializer": "he_normal", "name": f"{name}_conv"}
    x = layers.Conv2D(filters, kernel, strides, padding, **settings)(x)
    return layers.ReLU(name=name)(layers.BatchNormalization(epsilon=1e-3, scale=False, name=f"{name}_bn")(x))


def branch(x, name, *convs):
    for i, spec in enumerate(convs, start=1):
        x = conv_bn_relu(x, f"{name}_{i}", *spec)
    return x


def towers(x, name, *branches):
    return [branch(x, f"{name}_branch{i}", *convs) for i, convs in enumerate(branches, start=1)]


def pooling_tower(x, filters, name):
    """The pooling tower of every module: 3x3 averages, which leave out the padding, then 1x1."""
    x = layers.AveragePooling2D(3, 1, "same", name=f"{name}_pool")(x)
    return branch(x, f"{name}_pool", (filters, 1))


def stem(x):
    """Table 1, first six rows, in the order of the code."""
    x = branch(x, "stem_a", (32, 3, 2, V), (32, 3, 1, V), (64, 3))
    x = branch(layers.MaxPooling2D(3, 2, name="stem_pool")(x), "stem_b", (80, 1), (192, 3, 1, V))
    return layers.MaxPooling2D(3, 2, name="stem")(x)  # 35x35x192


def inception_a(x, pool_proj, name):
    """Fig. 5, on the 35x35 grid, with the code's 5x5 tower."""
    convolved = towers(x, name, [(64, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)])
    return layers.Concatenate(name=name)([*convolved, pooling_tower(x, pool_proj, name)])


def reduction_a(x, name):
    """Fig. 10, from 35x35 to 17x17."""
    convolved = towers(x, name, [(384, 3, 2, V)], [(64, 1), (96, 3), (96, 3, 2, V)])
    return layers.Concatenate(name=name)([*convolved, layers.MaxPooling2D(3, 2, name=f"{name}_pool")(x)])


def inception_b(x, n, name):
    """Fig. 6, on the 17x17 grid: 7x7 as 1x7 and 7x1."""
    long = [(n, 1), (n, (7, 1)), (n, (1, 7)), (n, (7, 1)), (192, (1, 7))]
    convolved = towers(x, name, [(192, 1)], [(n, 1), (n, (1, 7)), (192, (7, 1))], long)
    return layers.Concatenate(name=name)([*convolved, pooling_tower(x, 192, name)])


def reduction_b(x, name):
    """Fig. 10 again, from 17x17 to 8x8."""
    tower7x7 = [(192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2, V)]
    convolved = towers(x, name, [(192, 1), (320, 3, 2, V)], tower7x7)
    return layers.Concatenate(name=name)([*convolved, layers.MaxPooling2D(3, 2, name=f"{name}_pool")(x)])


def inception_c(x, name):
    """Fig. 7, on the 8x8 grid: two towers fork at their ends."""
    middle, long = towers(x, name, [(384, 1)], [(448, 1), (384, 3)])
    ends = [(384, (1, 3))], [(384, (3, 1))]
    forks = [*towers(middle, f"{name}_fork1", *ends), *towers(long, f"{name}_fork2", *ends)]
    return layers.Concatenate(name=name)(
        [branch(x, f"{name}_1x1", (320, 1)), *forks, pooling_tower(x, 192, name)]
    )


def auxiliary(x, n_classes):
    """Fig. 8: the classifier that reads the last 17x17 module."""
    x = conv_bn_relu(layers.AveragePooling2D(5, 3, name="aux_pool")(x), "aux_1", 128, 1)
    kernel = [min(5, size or 5) for size in x.shape[1:3]]  # the whole map, if that is smaller than 5x5
    start = initializers.TruncatedNormal(stddev=0.01)
    x = layers.Conv2D(768, kernel, use_bias=False, kernel_initializer=start, name="aux_2_conv")(x)
    x = layers.BatchNormalization(epsilon=1e-3, scale=False, name="aux_2_bn")(x)
    x = layers.GlobalAveragePooling2D(name="aux_avg_pool")(layers.ReLU(name="aux_2")(x))
    start = initializers.TruncatedNormal(stddev=0.001)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    return layers.Dense(n_classes, "softmax", kernel_initializer=start, dtype=dtype, name="aux")(x)


def compiled(inputs, outputs, aux_weight, opt, name):
    """One cross-entropy per output; those of the auxiliary classifiers have the weight `aux_weight`."""
    model = Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=name)
    losses, metrics = ["categorical_crossentropy"] * len(outputs), ["accuracy"] * len(outputs)
    model.compile(opt, losses, [1.0] + [aux_weight] * (len(outputs) - 1), metrics)
    return model


def inception_v3(in_shape=(299, 299, 3), n_classes=1000, opt="sgd", *, aux=False) -> Model:
    """Build Inception-v3 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    With aux=True the outputs are the probabilities of [predictions, aux].
    """
    check_arguments(in_shape, n_classes, opt, smallest=107 if aux else 75, flattens=aux)
    inputs = Input(in_shape, name="inception_v3_input")
    x = stem(inputs)
    for i, pool_proj in enumerate((32, 64, 64), start=1):
        x = inception_a(x, pool_proj, name=f"inception_a{i}")
    x = reduction_a(x, name="reduction_a")  # 17x17x768
    for i, n in enumerate((128, 160, 160, 192), start=1):
        x = inception_b(x, n, name=f"inception_b{i}")
    heads = [auxiliary(x, n_classes)] if aux else []
    x = reduction_b(x, name="reduction_b")  # 8x8x1280
    for i in (1, 2):
        x = inception_c(x, name=f"inception_c{i}")
    x = layers.Dropout(0.2, name="dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = [layers.Dense(n_classes, "softmax", dtype=dtype, name="predictions")(x), *heads]
    return compiled(inputs, outputs, 0.4, opt, "inception_v3")


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
    inception_v3().summary()
