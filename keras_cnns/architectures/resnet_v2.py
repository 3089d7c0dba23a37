"""ResNet v2: batch normalization and ReLU come before each convolution, and nothing after the addition.

He, Zhang, Ren, Sun, "Identity Mappings in Deep Residual Networks", ECCV 2016 (arXiv 2016), Fig. 1b, Appendix.
https://arxiv.org/abs/1603.05027

Choices: the stages are those of ResNet. Normalization and ReLU follow the first convolution, at once, so that
the first unit has none of its own; where a unit changes the shape, they come before its projection, too; one
more pair follows the last unit (Appendix). A stage's first unit has the stride, on its 3x3, as in the models
for ImageNet of fb.resnet.torch; the authors' code for CIFAR has it on the first 1x1. slim=True builds what
TF-Slim and Keras call ResNet v2: the last unit of a stage has the stride, its shortcut keeps every second
pixel, some convolutions have biases, and nothing follows the first one.
"""

from keras import Input, Model, config, layers, optimizers

# The units in conv2_x, conv3_x, conv4_x and conv5_x, as in Table 1 of the paper on ResNet.
DEPTHS = {
    "resnet50_v2": (3, 4, 6, 3),
    "resnet101_v2": (3, 4, 23, 3),
    "resnet152_v2": (3, 8, 36, 3),
}


def norm_relu(x, name, last=None):
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)
    return layers.ReLU(name=last or f"{name}_relu")(x)


def padded_conv(x, filters, kernel, strides, name, use_bias=False):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    settings = {"use_bias": use_bias, "kernel_initializer": "he_normal", "name": f"{name}_conv"}
    return layers.Conv2D(filters, kernel, strides, padding, **settings)(x)


def preactivated_unit(x, width, strides, name, slim, activated):
    """Fig. 1b with a bottleneck; `activated` says that x has just been normalized and passed a ReLU."""
    y = x if activated else norm_relu(x, f"{name}_1")
    if x.shape[-1] != 4 * width:
        x = padded_conv(y, 4 * width, 1, strides, f"{name}_shortcut", use_bias=slim)
    elif strides > 1:
        x = layers.MaxPooling2D(1, strides, name=f"{name}_shortcut_pool")(x)
    y = padded_conv(y, width, 1, 1, f"{name}_1")
    y = padded_conv(norm_relu(y, f"{name}_2"), width, 3, strides, f"{name}_2")
    y = padded_conv(norm_relu(y, f"{name}_3"), 4 * width, 1, 1, f"{name}_3", use_bias=slim)
    return layers.Add(name=name)([x, y])


def stage_of_units(x, stage, depth, slim):
    """One of conv2_x to conv5_x; the unit that halves the map begins a stage, or ends it if slim."""
    for i in range(depth):
        halves = i == depth - 1 and stage < 3 if slim else i == 0 and stage > 0
        activated = stage == 0 and i == 0 and not slim
        name = f"conv{stage + 2}_{i + 1}"
        x = preactivated_unit(x, 64 * 2**stage, 2 if halves else 1, name, slim, activated)
    return x


def resnet_v2(name, in_shape, n_classes, opt, slim):
    """The ResNet of the appendix, top to bottom; each stage after the first doubles the width."""
    check_arguments(in_shape, n_classes, opt, smallest=1)
    if not isinstance(slim, bool):
        raise ValueError(f"slim must be False, the paper's network, or True, TF-Slim's; got {slim!r}.")
    inputs = Input(in_shape, name=f"{name}_input")
    x = padded_conv(inputs, 64, 7, 2, "conv1", use_bias=slim)  # 112x112x64
    if not slim:
        x = norm_relu(x, "conv1", last="conv1")
    x = layers.MaxPooling2D(3, 2, name="pool1")(layers.ZeroPadding2D(1, name="pool1_pad")(x))
    for stage, depth in enumerate(DEPTHS[name]):
        x = stage_of_units(x, stage, depth, slim)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(norm_relu(x, "post"))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def resnet50_v2(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, slim=False) -> Model:
    """Build ResNet-50 v2 (Appendix), from images (batch, *in_shape) to class probabilities
    (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    slim=True builds TF-Slim's and Keras' form of it, for which Keras has weights.
    """
    return resnet_v2("resnet50_v2", in_shape, n_classes, opt, slim)


def resnet101_v2(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, slim=False) -> Model:
    """Build ResNet-101 v2 (Appendix), from images (batch, *in_shape) to class probabilities
    (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    slim=True builds TF-Slim's and Keras' form of it, for which Keras has weights.
    """
    return resnet_v2("resnet101_v2", in_shape, n_classes, opt, slim)


def resnet152_v2(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, slim=False) -> Model:
    """Build ResNet-152 v2 (Appendix), from images (batch, *in_shape) to class probabilities
    (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    slim=True builds TF-Slim's and Keras' form of it, for which Keras has weights.
    """
    return resnet_v2("resnet152_v2", in_shape, n_classes, opt, slim)


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
    resnet50_v2().summary()
