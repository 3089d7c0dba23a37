"""VGG: a deep stack of 3x3 convolutions.

Simonyan, Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
ICLR 2015 (arXiv 2014), Table 1, columns A, B, D and E.
https://arxiv.org/abs/1409.1556

Choices: the first dense layer reads all 7x7x512 values, as the parameter counts of Table 2 require; many
copies average the maps instead. The paper starts its deep networks from the weights of a trained network A,
and notes that Glorot's initialization makes that unnecessary (Section 3.1). So these start with Glorot's
weights, and with biases of 0.
"""

from keras import Input, Model, config, layers, optimizers

WIDTHS = (64, 128, 256, 512, 512)


def vgg(depths, in_shape, n_classes, opt, name):
    """Table 1, top to bottom: five stages of convolutions, each ends with a pool; three dense layers."""
    check_arguments(in_shape, n_classes, opt, smallest=32, flattens=True)
    inputs = x = Input(in_shape, name=f"{name}_input")
    for stage, (depth, width) in enumerate(zip(depths, WIDTHS), start=1):
        for i in range(1, depth + 1):
            x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"conv{stage}_{i}")(x)
        x = layers.MaxPooling2D(name=f"pool{stage}")(x)
    x = layers.Flatten(name="flatten")(x)
    for dense in ("fc6", "fc7"):
        x = layers.Dense(4096, activation="relu", name=dense)(x)
        x = layers.Dropout(0.5, name=f"{dense}_dropout")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="fc8")(x)
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def vgg11(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build VGG-11 (Table 1, A), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return vgg((1, 1, 2, 2, 2), in_shape, n_classes, opt, "vgg11")


def vgg13(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build VGG-13 (Table 1, B), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return vgg((2, 2, 2, 2, 2), in_shape, n_classes, opt, "vgg13")


def vgg16(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build VGG-16 (Table 1, D), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return vgg((2, 2, 3, 3, 3), in_shape, n_classes, opt, "vgg16")


def vgg19(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build VGG-19 (Table 1, E), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return vgg((2, 2, 4, 4, 4), in_shape, n_classes, opt, "vgg19")


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
    vgg16().summary()
