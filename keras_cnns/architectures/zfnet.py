"""ZFNet: AlexNet with smaller first windows and strides, found by looking at what its filters see.

Zeiler, Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014 (arXiv 2013), Fig. 3.
https://arxiv.org/abs/1311.2901

Choices: Fig. 3's maps of 110 need one pixel of padding before the first convolution. Its pools round sizes
up; at the last one there is nothing to round. Pooling comes before normalization, in AlexNet after it. The
constants of the normalization are not printed; AlexNet's are used. wide=True has the 512, 1024 and 512 maps
of Table 3, which many courses teach as ZFNet. The paper rescales large filters of the first layer while it
trains, which is no part of the network and is left out.
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


def convolution(x, filters, kernel, strides, padding, name):
    """Fig. 3; initial weights as in Section 3."""
    settings = {"activation": "relu", "kernel_initializer": normal(), "name": name}
    return layers.Conv2D(filters, kernel, strides, padding, **settings)(x)


def dense(x, units, name):
    """Fig. 3; initial weights as in Section 3, biases 0."""
    return layers.Dense(units, "relu", kernel_initializer=normal(), name=name)(x)


def zfnet(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, wide=False) -> Model:
    """Build ZFNet (Fig. 3), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    With wide=True, convolutions 3 to 5 have 512, 1024 and 512 maps (Table 3).
    """
    check_arguments(in_shape, n_classes, opt, smallest=53, flattens=True)
    if not isinstance(wide, bool):
        raise ValueError(f"wide must be False, the paper's Fig. 3, or True; got {wide!r}.")
    inputs = Input(in_shape, name="zfnet_input")
    x = layers.ZeroPadding2D(1, name="conv1_pad")(inputs)
    x = convolution(x, 96, 7, 2, "valid", "conv1")  # 110x110x96
    x = layers.MaxPooling2D(3, 2, "same", name="pool1")(x)  # 55x55x96
    x = LocalResponseNormalization(name="pool1_norm")(x)
    x = convolution(x, 256, 5, 2, "valid", "conv2")  # 26x26x256
    x = layers.MaxPooling2D(3, 2, "same", name="pool2")(x)  # 13x13x256
    x = LocalResponseNormalization(name="pool2_norm")(x)
    for number, filters in zip((3, 4, 5), (512, 1024, 512) if wide else (384, 384, 256)):
        x = convolution(x, filters, 3, 1, "same", f"conv{number}")
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)  # 6x6x256
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.5, name="fc6_dropout")(dense(x, 4096, "fc6"))
    x = layers.Dropout(0.5, name="fc7_dropout")(dense(x, 4096, "fc7"))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, "softmax", kernel_initializer=normal(), dtype=dtype, name="fc8")(x)
    model = Model(inputs, outputs, name="zfnet")
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
    zfnet().summary()
