"""ResNet: each block learns a residual, so that depth stops hurting.

He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016 (arXiv 2015), Table 1, Fig. 5.
https://arxiv.org/abs/1512.03385

Choices: a bottleneck's stride sits on its first 1x1, as in the authors' Caffe release
(`ResNet-50-deploy.prototxt`); with `stride_in_3x3=True` it sits on the 3x3, "v1.5", which costs 6 % more with
the same weights and is what torchvision and nearly everyone since trains. A shortcut is projected only where
the shapes differ (the paper's option B), at all depths. Strided windows are padded alike on every side, as in
Caffe; the pooling too, as in every port of the weights since, where the release lets the last window
overhang.
"""

from keras import Input, Model, config, layers


def conv_bn(x, filters, kernel, strides=1):
    if kernel > 1 and strides > 1:
        x = layers.ZeroPadding2D(kernel // 2)(x)
    padding = "same" if strides == 1 else "valid"
    x = layers.Conv2D(filters, kernel, strides, padding, use_bias=False, kernel_initializer="he_normal")(x)
    return layers.BatchNormalization(epsilon=1e-5)(x)


def add_shortcut(x, residual, strides, name):
    if x.shape != residual.shape:
        x = conv_bn(x, residual.shape[-1], 1, strides)
    return layers.ReLU(name=name)(layers.Add()([x, residual]))


def basic(x, width, strides, name):
    """Fig. 5, left: two 3x3 convolutions."""
    y = layers.ReLU()(conv_bn(x, width, 3, strides))
    y = conv_bn(y, width, 3)
    return add_shortcut(x, y, strides, name)


def bottleneck(x, width, strides, name):
    """Fig. 5, right: 1x1 to reduce, 3x3, 1x1 to restore."""
    y = layers.ReLU()(conv_bn(x, width, 1, strides))
    y = layers.ReLU()(conv_bn(y, width, 3))
    y = conv_bn(y, 4 * width, 1)
    return add_shortcut(x, y, strides, name)


def bottleneck_v1_5(x, width, strides, name):
    """The same with its stride on the 3x3, which then sees every pixel of the larger map."""
    y = layers.ReLU()(conv_bn(x, width, 1))
    y = layers.ReLU()(conv_bn(y, width, 3, strides))
    y = conv_bn(y, 4 * width, 1)
    return add_shortcut(x, y, strides, name)


def resnet(block, depths, in_shape, n_classes, opt, name):
    """Table 1, top to bottom; each stage after the first halves the map and doubles the width."""
    check_arguments(in_shape, n_classes, smallest=1)
    inputs = Input(in_shape)
    x = layers.ReLU(name="conv1")(conv_bn(inputs, 64, 7, strides=2))
    x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
    for stage, depth in enumerate(depths):
        for i in range(depth):
            strides = 2 if stage > 0 and i == 0 else 1
            x = block(x, 64 * 2**stage, strides, name=f"conv{stage + 2}_{i + 1}")
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(n_classes, activation="softmax", name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def resnet18(in_shape=(224, 224, 3), n_classes=1000, opt="sgd"):
    """Table 1, 18 layers, compiled: images (batch, *in_shape) to probabilities (batch, n_classes)."""
    return resnet(basic, (2, 2, 2, 2), in_shape, n_classes, opt, "resnet18")


def resnet34(in_shape=(224, 224, 3), n_classes=1000, opt="sgd"):
    """Table 1, 34 layers, compiled: images (batch, *in_shape) to probabilities (batch, n_classes)."""
    return resnet(basic, (3, 4, 6, 3), in_shape, n_classes, opt, "resnet34")


def resnet50(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, stride_in_3x3=False):
    """Table 1, 50 layers, compiled: images (batch, *in_shape) to probabilities (batch, n_classes)."""
    block = bottleneck_v1_5 if stride_in_3x3 else bottleneck
    return resnet(block, (3, 4, 6, 3), in_shape, n_classes, opt, "resnet50")


def resnet101(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, stride_in_3x3=False):
    """Table 1, 101 layers, compiled: images (batch, *in_shape) to probabilities (batch, n_classes)."""
    block = bottleneck_v1_5 if stride_in_3x3 else bottleneck
    return resnet(block, (3, 4, 23, 3), in_shape, n_classes, opt, "resnet101")


def resnet152(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, stride_in_3x3=False):
    """Table 1, 152 layers, compiled: images (batch, *in_shape) to probabilities (batch, n_classes)."""
    block = bottleneck_v1_5 if stride_in_3x3 else bottleneck
    return resnet(block, (3, 8, 36, 3), in_shape, n_classes, opt, "resnet152")


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
    resnet50().summary()
