"""AlexNet: five convolutions and three dense layers, split between two GPUs.

Krizhevsky, Sutskever, Hinton, "ImageNet Classification with Deep Convolutional Neural Networks",
NIPS 2012, Section 3, Fig. 2.
https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks

Choices: each GPU has one tower of maps, here a convolution with groups=2; groups=1 joins the two. Fig. 2
prints an input of 224, but 11x11 windows at stride 4 fit 227 exactly. Other sizes are padded to the next that
fits: 224 by 2 and 1, which gives the same 55x55 maps. Response normalization runs over all maps, as in the
paper's formula and in Caffe; on the authors' GPUs each tower normalized only its own maps. `alexnet_owt` is
Krizhevsky's network with one tower, from "One weird trick for parallelizing convolutional neural networks"
(2014, https://arxiv.org/abs/1404.5997), as torchvision builds it.
"""

from keras import Input, Model, backend, config, initializers, layers, ops, optimizers, saving


@saving.register_keras_serializable("keras_cnns")
class LocalResponseNormalization(layers.Layer):
    """x / (k + alpha * sum of squares over `size` adjacent maps) ** beta; Caffe's alpha is alpha * size."""

    def __init__(self, size=5, k=2.0, alpha=1e-4, beta=0.75, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(size, int) or size < 1 or size % 2 == 0:
            raise ValueError(f"size must be an odd int, at least 1; got {size!r}.")
        if not all(isinstance(n, (int, float)) and n >= 0 for n in (k, alpha, beta)):
            raise ValueError(f"k, alpha, beta must be numbers, not negative; got {k!r}, {alpha!r}, {beta!r}.")
        self.size, self.k, self.alpha, self.beta = size, k, alpha, beta
        self.input_spec, self.supports_masking = layers.InputSpec(ndim=4), True

    def compute_output_shape(self, input_shape):
        return input_shape

    def call(self, x):
        # Squares overflow in float16, so mixed precision computes them in float32.
        half, wide = self.size // 2, ops.cast(x, backend.result_type(self.compute_dtype, "float32"))
        squares = ops.pad(ops.square(wide), ((0, 0), (0, 0), (0, 0), (half, half)))
        total = sum(squares[..., i : i + x.shape[-1]] for i in range(self.size))
        return ops.cast(wide / (self.k + self.alpha * total) ** self.beta, self.compute_dtype)

    def get_config(self):
        return super().get_config() | {n: getattr(self, n) for n in ("size", "k", "alpha", "beta")}


def normal():
    return initializers.RandomNormal(stddev=0.01)


def first_convolution(x):
    """Section 3.5: 11x11 windows with stride 4, on an image padded to the next size that they fit exactly."""
    pads = [-(size - 11) % 4 for size in x.shape[1:3]]
    if any(pads):
        x = layers.ZeroPadding2D([(pad - pad // 2, pad // 2) for pad in pads], name="conv1_pad")(x)
    return layers.Conv2D(96, 11, 4, activation="relu", kernel_initializer=normal(), name="conv1")(x)


def convolution(x, filters, kernel, groups, bias, name):
    """Section 3.5; initial weights and biases as in Section 5."""
    # With groups Keras is slow on TensorFlow's CPU; `keras_cnns.fast(model)` mends that.
    return layers.Conv2D(
        filters,
        kernel,
        padding="same",
        groups=groups,
        activation="relu",
        kernel_initializer=normal(),
        bias_initializer=bias,
        name=name,
    )(x)


def dense(x, units, name):
    """Section 3.5; initial weights and biases as in Section 5."""
    return layers.Dense(units, "relu", kernel_initializer=normal(), bias_initializer="ones", name=name)(x)


def alexnet(in_shape=(227, 227, 3), n_classes=1000, opt="sgd", *, groups=2) -> Model:
    """Build AlexNet (Fig. 2), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    With groups=2, convolutions 2, 4 and 5 see only the maps of their own tower; with groups=1, all maps.
    """
    check_arguments(in_shape, n_classes, opt, smallest=64, flattens=True)
    if not isinstance(groups, int) or groups not in (1, 2):
        raise ValueError(f"groups must be 2, the paper's two towers, or 1, a single one; got {groups!r}.")
    inputs = Input(in_shape, name="alexnet_input")
    x = LocalResponseNormalization(name="conv1_norm")(first_convolution(inputs))
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)  # 27x27x96
    x = LocalResponseNormalization(name="conv2_norm")(convolution(x, 256, 5, groups, "ones", "conv2"))
    x = layers.MaxPooling2D(3, 2, name="pool2")(x)  # 13x13x256
    x = convolution(x, 384, 3, 1, "zeros", "conv3")
    x = convolution(x, 384, 3, groups, "ones", "conv4")
    x = convolution(x, 256, 3, groups, "ones", "conv5")
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)  # 6x6x256
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.5, name="fc6_dropout")(dense(x, 4096, "fc6"))
    x = layers.Dropout(0.5, name="fc7_dropout")(dense(x, 4096, "fc7"))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, "softmax", kernel_initializer=normal(), dtype=dtype, name="fc8")(x)
    model = Model(inputs, outputs, name="alexnet")
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def alexnet_owt(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build the one-tower AlexNet, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    It is the network of "One weird trick for parallelizing convolutional neural networks".
    """
    check_arguments(in_shape, n_classes, opt, smallest=63, flattens=True)
    inputs = Input(in_shape, name="alexnet_owt_input")
    x = layers.ZeroPadding2D(2, name="conv1_pad")(inputs)
    x = layers.Conv2D(64, 11, 4, activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)  # 27x27x64
    x = layers.Conv2D(192, 5, padding="same", activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(3, 2, name="pool2")(x)  # 13x13x192
    for i, filters in enumerate((384, 256, 256), start=3):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{i}")(x)
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)  # 6x6x256
    x = layers.Flatten(name="flatten")(x)
    for i in (6, 7):
        x = layers.Dropout(0.5, name=f"fc{i}_dropout")(x)
        x = layers.Dense(4096, activation="relu", name=f"fc{i}")(x)
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="fc8")(x)
    model = Model(inputs, outputs, name="alexnet_owt")
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
    alexnet().summary()
