"""DenseNet: every layer reads what all layers before it in its block have made, and adds a few maps.

Huang, Liu, van der Maaten, Weinberger, "Densely Connected Convolutional Networks", CVPR 2017 (arXiv 2016),
Table 1.
https://arxiv.org/abs/1608.06993

Choices: the networks for ImageNet, DenseNet-BC: a 1x1 bottleneck of four times the growth rate before each
3x3, and transitions that keep half of the maps, rounded down. A dense layer's maps are appended behind those
that it read, as in the authors' Torch release (liuzhuang13/DenseNet), from which come the last batch
normalization and ReLU before the average, and DenseNet-161, which Table 1 does not have. Epsilon is Torch's
1e-5, where Keras has 1.001e-5. DenseNet-264 has 265 layers by the paper's own way of counting.
"""

from keras import Input, Model, config, layers, optimizers

# Table 1, top to bottom: how many dense layers each block has, and how many maps each of them appends.
TABLE_1 = {
    "densenet121": ((6, 12, 24, 16), 32),
    "densenet169": ((6, 12, 32, 32), 32),
    "densenet201": ((6, 12, 48, 32), 32),
    "densenet264": ((6, 12, 64, 48), 32),
    "densenet161": ((6, 12, 36, 24), 48),
}


def norm_relu(x, name, last=None):
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)
    return layers.ReLU(name=last or f"{name}_relu")(x)


def plain_conv(x, filters, kernel, strides, name):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    padding = "same" if strides == 1 else "valid"
    settings = {"use_bias": False, "kernel_initializer": "he_normal", "name": f"{name}_conv"}
    return layers.Conv2D(filters, kernel, strides, padding, **settings)(x)


def dense_layer(x, growth, name, last):
    """Section 3: normalize and activate before each convolution; then x and the new maps, in this order."""
    y = plain_conv(norm_relu(x, f"{name}_1"), 4 * growth, 1, 1, f"{name}_1")
    y = plain_conv(norm_relu(y, f"{name}_2"), growth, 3, 1, f"{name}_2")
    return layers.Concatenate(name=last)([x, y])


def dense_block(x, depth, growth, name):
    """Table 1; the block's last concatenation has its name, those before are numbered."""
    for i in range(1, depth + 1):
        x = dense_layer(x, growth, f"{name}_{i}", last=name if i == depth else f"{name}_{i}")
    return x


def transition(x, name):
    """Section 3: between blocks, half as many maps of half the size."""
    x = plain_conv(norm_relu(x, name), x.shape[-1] // 2, 1, 1, name)
    return layers.AveragePooling2D(2, name=name)(x)


def densenet(name, in_shape, n_classes, opt):
    """Table 1, top to bottom; the first convolution has twice as many maps as a dense layer appends."""
    check_arguments(in_shape, n_classes, opt, smallest=29)
    depths, growth = TABLE_1[name]
    inputs = Input(in_shape, name=f"{name}_input")
    x = norm_relu(plain_conv(inputs, 2 * growth, 7, 2, "conv1"), "conv1", last="conv1")  # 112x112x64
    x = layers.MaxPooling2D(3, 2, name="pool1")(layers.ZeroPadding2D(1, name="pool1_pad")(x))
    for block, depth in enumerate(depths, start=1):
        x = dense_block(x, depth, growth, f"dense{block}")
        if block < len(depths):
            x = transition(x, f"transition{block}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(norm_relu(x, "post"))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def densenet121(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build DenseNet-121 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return densenet("densenet121", in_shape, n_classes, opt)


def densenet169(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build DenseNet-169 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return densenet("densenet169", in_shape, n_classes, opt)


def densenet201(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build DenseNet-201 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return densenet("densenet201", in_shape, n_classes, opt)


def densenet264(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build DenseNet-264 (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return densenet("densenet264", in_shape, n_classes, opt)


def densenet161(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build DenseNet-161 (release), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    Each dense layer appends 48 maps, not 32 (the authors' release).
    """
    return densenet("densenet161", in_shape, n_classes, opt)


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
    densenet121().summary()
