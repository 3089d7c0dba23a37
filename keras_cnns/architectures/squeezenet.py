"""SqueezeNet: AlexNet's accuracy with a fiftieth of its parameters, by squeezing maps before each 3x3.

Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters
and <0.5MB model size", arXiv 2016, Table 1, Fig. 1 and 2.
https://arxiv.org/abs/1602.07360

Choices: Table 1 prints an input of 224 and a first map of 111, which needs 227 pixels; the authors' release
(forresti/SqueezeNet) crops 227. Caffe rounds the sizes of pooled maps up; at 227 for version 1.0 and 224 for
1.1 all of them are odd, where that makes no difference. Version 1.1 is the release's: smaller first windows,
earlier pools, less than half the work. The release pads the 1x1 conv10 of 1.0; here, as in 1.1 and in every
port, it is not padded. ReLU stands behind conv10, before the average. Weights start as in the release.
"""

from keras import Input, Model, config, initializers, layers, optimizers

# Table 1, for each fire module: maps of the squeeze layer, and of each of the two expand layers.
FIRES = {2: (16, 64), 3: (16, 64), 4: (32, 128), 5: (32, 128)}
FIRES |= {6: (48, 192), 7: (48, 192), 8: (64, 256), 9: (64, 256)}


def conv_relu(x, filters, kernel, name, strides=1, padding="same"):
    xavier = initializers.VarianceScaling(1.0, "fan_in", "uniform")
    return layers.Conv2D(
        filters, kernel, strides, padding, activation="relu", kernel_initializer=xavier, name=name
    )(x)


def fire(x, squeeze, expand, name):
    """Fig. 1: few 1x1 windows, then 1x1 and 3x3 windows side by side."""
    x = conv_relu(x, squeeze, 1, f"{name}_squeeze1x1")
    towers = [conv_relu(x, expand, kernel, f"{name}_expand{kernel}x{kernel}") for kernel in (1, 3)]
    return layers.Concatenate(name=name)(towers)


def squeezenet_of(first, pools, in_shape, n_classes, opt, name):
    """Table 1: conv1 is (filters, kernel); pools follow it and the fire modules in `pools`."""
    inputs = Input(in_shape, name=f"{name}_input")
    x = conv_relu(inputs, first[0], first[1], "conv1", strides=2, padding="valid")
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)
    for number, (squeeze, expand) in FIRES.items():
        x = fire(x, squeeze, expand, f"fire{number}")
        if number in pools:
            x = layers.MaxPooling2D(3, 2, name=f"pool{number}")(x)
    x = layers.Dropout(0.5, name="fire9_dropout")(x)
    normal = initializers.RandomNormal(stddev=0.01)
    x = layers.Conv2D(n_classes, 1, activation="relu", kernel_initializer=normal, name="conv10")(x)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Activation("softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def squeezenet(in_shape=(227, 227, 3), n_classes=1000, opt="sgd") -> Model:
    """Build SqueezeNet 1.0, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    It is the network of the paper's Table 1.
    """
    check_arguments(in_shape, n_classes, opt, smallest=35)
    return squeezenet_of((96, 7), (4, 8), in_shape, n_classes, opt, "squeezenet")


def squeezenet_1_1(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build SqueezeNet 1.1, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    It is the authors' second release: as accurate as 1.0, with less than half its multiply-adds.
    """
    check_arguments(in_shape, n_classes, opt, smallest=31)
    return squeezenet_of((64, 3), (3, 5), in_shape, n_classes, opt, "squeezenet_1_1")


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
    squeezenet().summary()
