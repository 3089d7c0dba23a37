"""Inception-ResNet: Inception modules that learn a residual, scaled down to keep training stable.

Szegedy, Ioffe, Vanhoucke, Alemi, "Inception-v4, Inception-ResNet and the Impact of Residual Connections on
Learning", AAAI 2017 (arXiv 2016), Section 3.2, Fig. 7 and 10 to 20, Table 1.
https://arxiv.org/abs/1602.07261

Choices: version 1 is Fig. 10 to 15. Version 2 is the authors' TF-Slim release, as are all published weights;
Fig. 15 to 19 show a smaller network. The release has a plain stem, an Inception-A, 10, 20 and 10 modules, a
1x1 convolution before the average, no gamma before a ReLU. Scales are TF-Slim's; the paper has 0.1 to 0.3.
"""

from keras import Input, Model, config, layers, optimizers

V = "valid"  # the figures mark a layer without padding with "V"; every other convolution is "same"


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


def residual(x, scale, name, *branches, relu=True):
    """Fig. 20: a 1x1 without activation restores the width; the result is scaled and added to x."""
    y = layers.Concatenate(name=f"{name}_concat")(towers(x, name, *branches))
    y = layers.Conv2D(x.shape[-1], 1, kernel_initializer="he_normal", name=f"{name}_conv")(y)
    y = layers.Rescaling(scale, name=f"{name}_scale")(y)
    x = layers.Add(name=f"{name}_add" if relu else name)([x, y])
    return layers.ReLU(name=name)(x) if relu else x


def stem(x):
    """Fig. 14 without its last layer, in which the versions differ."""
    x = branch(x, "stem_a", (32, 3, 2, V), (32, 3, 1, V), (64, 3))
    return branch(layers.MaxPooling2D(3, 2, name="stem_pool")(x), "stem_b", (80, 1), (192, 3, 1, V))


def inception_a(x, name):
    """The module of Inception-v3 that the release has after the stem of version 2."""
    convolved = towers(x, name, [(96, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)])
    pooled = layers.AveragePooling2D(3, 1, "same", name=f"{name}_pool")(x)
    return layers.Concatenate(name=name)([*convolved, branch(pooled, f"{name}_pool", (64, 1))])


def inception_resnet_a(x, n, m, name):
    """Fig. 10 and 16, on the 35x35 grid."""
    return residual(x, 0.17, name, [(32, 1)], [(32, 1), (32, 3)], [(32, 1), (n, 3), (m, 3)])


def reduction_a(x, k, l, m, n, name):  # noqa: E741
    """Fig. 7, from 35x35 to 17x17; Table 1 gives k, l, m and n."""
    convolved = towers(x, name, [(n, 3, 2, V)], [(k, 1), (l, 3), (m, 3, 2, V)])
    return layers.Concatenate(name=name)([*convolved, layers.MaxPooling2D(3, 2, name=f"{name}_pool")(x)])


def inception_resnet_b(x, n, m, name):
    """Fig. 11 and 17, on the 17x17 grid."""
    return residual(x, 0.1, name, [(m, 1)], [(128, 1), (n, (1, 7)), (m, (7, 1))])


def reduction_b(x, n, m, name):
    """Fig. 12 and 18, from 17x17 to 8x8."""
    deep = [(256, 1), (n, 3), (m, 3, 2, V)]
    convolved = towers(x, name, [(256, 1), (384, 3, 2, V)], [(256, 1), (n, 3, 2, V)], deep)
    return layers.Concatenate(name=name)([*convolved, layers.MaxPooling2D(3, 2, name=f"{name}_pool")(x)])


def inception_resnet_c(x, n, m, name, scale=0.2, relu=True):
    """Fig. 13 and 19, on the 8x8 grid."""
    return residual(x, scale, name, [(192, 1)], [(192, 1), (n, (1, 3)), (m, (3, 1))], relu=relu)


def classify(inputs, x, n_classes, opt, name):
    """Fig. 15, the last three layers."""
    x = layers.Dropout(0.2, name="dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def inception_resnet_v1(in_shape=(299, 299, 3), n_classes=1000, opt="sgd") -> Model:
    """Build Inception-ResNet-v1, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    check_arguments(in_shape, n_classes, opt, smallest=75)
    inputs = Input(in_shape, name="inception_resnet_v1_input")
    x = conv_bn_relu(stem(inputs), "stem", 256, 3, 2, V)  # 35x35x256
    for i in range(1, 6):
        x = inception_resnet_a(x, 32, 32, name=f"inception_resnet_a{i}")
    x = reduction_a(x, k=192, l=192, m=256, n=384, name="reduction_a")  # 17x17x896
    for i in range(1, 11):
        x = inception_resnet_b(x, 128, 128, name=f"inception_resnet_b{i}")
    x = reduction_b(x, 256, 256, name="reduction_b")  # 8x8x1792
    for i in range(1, 6):
        x = inception_resnet_c(x, 192, 192, name=f"inception_resnet_c{i}")
    return classify(inputs, x, n_classes, opt, "inception_resnet_v1")


def inception_resnet_v2(in_shape=(299, 299, 3), n_classes=1000, opt="sgd") -> Model:
    """Build Inception-ResNet-v2, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    check_arguments(in_shape, n_classes, opt, smallest=75)
    inputs = Input(in_shape, name="inception_resnet_v2_input")
    x = inception_a(layers.MaxPooling2D(3, 2, name="stem")(stem(inputs)), name="inception_a")  # 35x35x320
    for i in range(1, 11):
        x = inception_resnet_a(x, 48, 64, name=f"inception_resnet_a{i}")
    x = reduction_a(x, k=256, l=256, m=384, n=384, name="reduction_a")  # 17x17x1088
    for i in range(1, 21):
        x = inception_resnet_b(x, 160, 192, name=f"inception_resnet_b{i}")
    x = reduction_b(x, 288, 320, name="reduction_b")  # 8x8x2080
    for i in range(1, 10):
        x = inception_resnet_c(x, 224, 256, name=f"inception_resnet_c{i}")
    x = inception_resnet_c(x, 224, 256, "inception_resnet_c10", scale=1.0, relu=False)
    return classify(inputs, conv_bn_relu(x, "conv_7b", 1536, 1), n_classes, opt, "inception_resnet_v2")


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
    inception_resnet_v2().summary()
