"""Xception: correlations across channels and correlations across space are learned separately.

Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017 (arXiv 2016), Fig. 5.
https://arxiv.org/abs/1610.02357

Choices: batch normalization, with gamma, follows every convolution, also in the shortcuts. In a separable
convolution it follows the second half, and nothing stands between the halves (Section 4.7). Dropout of 0.5
before the classifier, as in the ImageNet experiments (Section 4.3); keras.applications has none. Layers are
named by the modules (Section 3) that they end.
"""

from keras import Input, Model, config, layers, optimizers


def conv3x3(x, filters, strides, name):
    """Entry flow, the two convolutions at its start."""
    x = layers.Conv2D(filters, 3, strides, use_bias=False, name=f"{name}_conv")(x)
    return layers.ReLU(name=name)(layers.BatchNormalization(name=f"{name}_bn")(x))


def separable(x, filters, name):
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return layers.BatchNormalization(name=f"{name}_bn")(x)


def downsampling_block(x, widths, name, relu_first=True):
    """Entry and exit flow: two separable convolutions and a pooling; the shortcut is a strided 1x1."""
    shortcut = layers.Conv2D(widths[1], 1, 2, use_bias=False, name=f"{name}_shortcut_conv")(x)
    shortcut = layers.BatchNormalization(name=f"{name}_shortcut_bn")(shortcut)
    if relu_first:
        x = layers.ReLU(name=f"{name}_1_relu")(x)
    x = separable(x, widths[0], f"{name}_1")
    x = separable(layers.ReLU(name=f"{name}_2_relu")(x), widths[1], f"{name}_2")
    x = layers.MaxPooling2D(3, 2, "same", name=f"{name}_pool")(x)
    return layers.Add(name=name)([x, shortcut])


def middle_block(x, name):
    """Middle flow: three separable convolutions; the shortcut is x itself."""
    y = x
    for i in (1, 2, 3):
        y = separable(layers.ReLU(name=f"{name}_{i}_relu")(y), 728, f"{name}_{i}")
    return layers.Add(name=name)([y, x])


def entry_flow(x):
    """Fig. 5, left; the first of these modules needs no ReLU at its start, because x has just passed one."""
    x = conv3x3(conv3x3(x, 32, 2, "entry_conv1"), 64, 1, "entry_conv2")
    x = downsampling_block(x, (128, 128), "entry_module1", relu_first=False)  # 74x74x128
    x = downsampling_block(x, (256, 256), "entry_module2")  # 37x37x256
    return downsampling_block(x, (728, 728), "entry_module3")  # 19x19x728


def middle_flow(x):
    """Fig. 5, middle: the same module eight times."""
    for i in range(1, 9):
        x = middle_block(x, name=f"middle_module{i}")
    return x


def exit_flow(x):
    """Fig. 5, right, up to the average."""
    x = downsampling_block(x, (728, 1024), "exit_module1")  # 10x10x1024
    x = layers.ReLU(name="exit_module2_1_relu")(separable(x, 1536, "exit_module2_1"))
    x = separable(x, 2048, "exit_module2_2")
    return layers.ReLU(name="exit_module2")(x)  # 10x10x2048


def xception(in_shape=(299, 299, 3), n_classes=1000, opt="sgd") -> Model:
    """Build Xception (Fig. 5), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    check_arguments(in_shape, n_classes, opt, smallest=7)
    inputs = Input(in_shape, name="xception_input")
    x = exit_flow(middle_flow(entry_flow(inputs)))
    x = layers.Dropout(0.5, name="dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name="xception")
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
    xception().summary()
