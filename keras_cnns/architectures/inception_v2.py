"""Inception-v2 (BN-Inception): batch normalization after every convolution, and training in far fewer steps.

Ioffe, Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
Shift", ICML 2015, Fig. 5 (appendix).
https://arxiv.org/abs/1502.03167

Choices: "Inception-v2" means this network, as in the authors' TF-Slim release and in the tables of later
papers, not the one of that name in "Rethinking the Inception Architecture". For 4c and 4d, Fig. 5 prints pool
projections of 128, but its outputs of 576 need 96, as in TF-Slim. TF-Slim also settles that there is no gamma
before a ReLU, the initial weights, and that the last 3x3 of a tower has the stride of 2. The separable first
convolution is the paper's. No dropout (Section 4.2.1).
"""

from keras import Input, Model, config, initializers, layers, optimizers

# Fig. 5: #1x1, #3x3 reduce, #3x3, double #3x3 reduce, double #3x3, pool, pool proj; then the output size for
# a 224x224 image. A module without #1x1 and pool proj has stride 2.
FIG_5 = {
    "3a": (64, 64, 64, 64, 96, "avg", 32),  # 28x28x256
    "3b": (64, 64, 96, 64, 96, "avg", 64),  # 28x28x320
    "3c": (0, 128, 160, 64, 96, "max", 0),  # 14x14x576
    "4a": (224, 64, 96, 96, 128, "avg", 128),  # 14x14x576
    "4b": (192, 96, 128, 96, 128, "avg", 128),  # 14x14x576
    "4c": (160, 128, 160, 128, 160, "avg", 96),  # 14x14x576
    "4d": (96, 128, 192, 160, 192, "avg", 96),  # 14x14x576
    "4e": (0, 128, 192, 192, 256, "max", 0),  # 7x7x1024
    "5a": (352, 192, 320, 160, 224, "avg", 128),  # 7x7x1024
    "5b": (352, 192, 320, 192, 224, "max", 128),  # 7x7x1024
}
POOLING = {"avg": layers.AveragePooling2D, "max": layers.MaxPooling2D}


def truncated_normal(stddev):
    return initializers.TruncatedNormal(stddev=stddev)


def normalized_conv(x, name, filters, kernel, strides=1, initializer="he_normal"):
    settings = {"use_bias": False, "kernel_initializer": initializer, "name": f"{name}_conv"}
    x = layers.Conv2D(filters, kernel, strides, "same", **settings)(x)
    x = layers.BatchNormalization(epsilon=1e-3, scale=False, name=f"{name}_bn")(x)
    return layers.ReLU(name=name)(x)


def stem(x):
    """Fig. 5, from the input to the first module; the 7x7 is separable, with eight filters per channel."""
    x = layers.SeparableConv2D(
        64,
        7,
        2,
        "same",
        depth_multiplier=8,
        use_bias=False,
        depthwise_initializer=truncated_normal(1.0),
        pointwise_initializer="he_normal",
        name="stem_conv1_conv",
    )(x)
    x = layers.BatchNormalization(epsilon=1e-3, scale=False, name="stem_conv1_bn")(x)
    x = layers.MaxPooling2D(3, 2, "same", name="stem_pool1")(layers.ReLU(name="stem_conv1")(x))
    x = normalized_conv(x, "stem_conv2_reduce", 64, 1, initializer=truncated_normal(0.1))
    x = normalized_conv(x, "stem_conv2", 192, 3)
    return layers.MaxPooling2D(3, 2, "same", name="stem")(x)  # 28x28x192


def inception(x, row, name):
    """One row of Fig. 5; with stride 2 there is no 1x1 tower, and the pooled maps are not projected."""
    n1x1, reduce3x3, n3x3, reduce_double, double, pool, pool_proj = row
    strides = 1 if n1x1 else 2
    start = truncated_normal(0.09)
    tower3x3 = normalized_conv(x, f"{name}_3x3_reduce", reduce3x3, 1, initializer=start)
    tower_double = normalized_conv(x, f"{name}_double3x3_reduce", reduce_double, 1, initializer=start)
    tower_double = normalized_conv(tower_double, f"{name}_double3x3_1", double, 3)
    towers = [
        normalized_conv(tower3x3, f"{name}_3x3", n3x3, 3, strides),
        normalized_conv(tower_double, f"{name}_double3x3_2", double, 3, strides),
        POOLING[pool](3, strides, "same", name=f"{name}_pool")(x),
    ]
    if n1x1:
        start = truncated_normal(0.1)
        towers.insert(0, normalized_conv(x, f"{name}_1x1", n1x1, 1))
        towers[-1] = normalized_conv(towers[-1], f"{name}_pool_proj", pool_proj, 1, initializer=start)
    return layers.Concatenate(name=name)(towers)


def inception_v2(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build BN-Inception (Fig. 5), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    check_arguments(in_shape, n_classes, opt, smallest=1)
    inputs = Input(in_shape, name="inception_v2_input")
    x = stem(inputs)
    for name, row in FIG_5.items():
        x = inception(x, row, name=f"inception_{name}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name="inception_v2")
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
    inception_v2().summary()
