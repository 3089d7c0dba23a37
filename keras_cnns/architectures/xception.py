"""Xception: correlations across channels and across space can be learned apart.

Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017 (arXiv 2016), Fig. 5.
https://arxiv.org/abs/1610.02357

Choices: a separable convolution has no activation between its halves (Section 4.7) and one batch
normalization after both, with gamma; batch normalization follows every convolution, the shortcuts' too.
Dropout 0.5 before the classifier as in the ImageNet experiments (Section 4.3), where keras.applications has
none.
"""

from keras import Input, Model, config, layers


def conv3x3(x, filters, strides):
    x = layers.Conv2D(filters, 3, strides, use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def separable(x, filters):
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
    return layers.BatchNormalization()(x)


def shrinking(x, widths, name, relu_first=True):
    """Entry and exit flow: two separable convolutions, pooled; the shortcut is a strided 1x1."""
    shortcut = layers.Conv2D(widths[1], 1, 2, use_bias=False)(x)
    shortcut = layers.BatchNormalization()(shortcut)
    if relu_first:
        x = layers.ReLU()(x)
    x = separable(x, widths[0])
    x = separable(layers.ReLU()(x), widths[1])
    x = layers.MaxPooling2D(3, 2, "same")(x)
    return layers.Add(name=name)([x, shortcut])


def middle(x, name):
    """Middle flow: three separable convolutions on top of what is there."""
    y = x
    for _ in range(3):
        y = separable(layers.ReLU()(y), 728)
    return layers.Add(name=name)([y, x])


def xception(in_shape=(299, 299, 3), n_classes=1000, opt="sgd"):
    """Xception, Fig. 5, compiled: images (batch, *in_shape) to probabilities (batch, n_classes)."""
    check_arguments(in_shape, n_classes, smallest=7)
    inputs = Input(in_shape)
    x = conv3x3(conv3x3(inputs, 32, 2), 64, 1)
    x = shrinking(x, (128, 128), "entry_flow1", relu_first=False)
    x = shrinking(x, (256, 256), "entry_flow2")
    x = shrinking(x, (728, 728), "entry_flow3")
    for i in range(1, 9):
        x = middle(x, name=f"middle_flow{i}")
    x = shrinking(x, (728, 1024), "exit_flow1")
    x = layers.ReLU()(separable(x, 1536))
    x = layers.ReLU(name="exit_flow2")(separable(x, 2048))
    x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))
    outputs = layers.Dense(n_classes, activation="softmax", name="predictions")(x)
    model = Model(inputs, outputs, name="xception")
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


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
    xception().summary()
