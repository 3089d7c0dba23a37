"""LeNet-5: convolution, sub-sampling and shared weights, trained end to end by gradient descent.

LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition",
Proceedings of the IEEE 86(11), 1998, Section II.B, Fig. 2, Table I.
https://doi.org/10.1109/5.726791

Choices: every unit squashes its sum with 1.7159 tanh(2a/3), and its initial weights are within 2.4/fan-in of
zero (Appendix A). The paper's output layer has ten radial basis units with fixed codes and a loss of their
own; here it is a softmax, which trains with cross-entropy and adds 850 weights to the paper's 60,000.
`lenet_caffe` is the network of Caffe's MNIST example (Jia et al., 2014, https://arxiv.org/abs/1408.5093,
`lenet_train_test.prototxt`), often mistaken for LeNet-5: 20 and 50 maps, max pooling, 500 units (ReLU).
"""

from keras import Input, Model, config, initializers, layers, ops, optimizers, saving

# Table I: which of the six maps of S2 each of the sixteen maps of C3 sees.
TABLE_I = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)  # fmt: skip


def uniform(fan_in):
    return initializers.RandomUniform(-2.4 / fan_in, 2.4 / fan_in)


@saving.register_keras_serializable("keras_cnns")
def scaled_tanh(a):
    """Appendix A: the squashing function, with f(1) = 1 and f(-1) = -1."""
    return 1.7159 * ops.tanh(2 / 3 * a)


@saving.register_keras_serializable("keras_cnns")
class SubSampling2D(layers.AveragePooling2D):
    """S2, S4: the sum of each 2x2 square, times a coefficient, plus a bias, both trained, one per map."""

    def build(self, input_shape):
        settings = self.pool_size, self.strides, self.padding, self.data_format
        if settings != ((2, 2), (2, 2), "valid", "channels_last"):
            raise ValueError(f"pool_size must be 2, everything else as by default; got {settings}.")
        self.coefficient = self.add_weight(input_shape[-1:], uniform(4), name="coefficient")
        self.bias = self.add_weight(input_shape[-1:], "zeros", name="bias")

    def call(self, x):
        return 4 * super().call(x) * self.coefficient + self.bias  # 4 times the average is the sum


@saving.register_keras_serializable("keras_cnns")
class TableConv2D(layers.Layer):
    """C3: a 5x5 convolution; map i sees only the input maps table[i], and has no weights for the others."""

    kernel_size, caption = (5, 5), "by Table I"

    def __init__(self, table, **kwargs):
        super().__init__(**kwargs)
        rows = table if isinstance(table, (list, tuple)) else [()]
        if not rows or not all(isinstance(row, (list, tuple)) and row for row in rows):
            raise ValueError(f"table must list the input maps that each output map sees; got {table!r}.")
        self.table, self.input_spec = [list(row) for row in table], layers.InputSpec(ndim=4)

    def build(self, input_shape):
        if not all(i in range(input_shape[-1] or 0) for row in self.table for i in row):
            raise ValueError(f"table must name maps of the input, which has {input_shape[-1]}, from 0.")
        self.kernels = [
            self.add_weight((5, 5, len(row), 1), uniform(25 * len(row)), name=f"kernel_{i}")
            for i, row in enumerate(self.table)
        ]
        self.bias = self.add_weight((len(self.table),), "zeros", name="bias")

    def compute_output_shape(self, input_shape):
        return layers.Conv2D(len(self.table), 5, name=self.name).compute_output_shape(input_shape)

    def call(self, x):
        # Spread each kernel over all input maps, zeros where its row leaves one out, for one convolution.
        places = [ops.one_hot(row, x.shape[-1], axis=0, dtype=self.compute_dtype) for row in self.table]
        kernels = [ops.matmul(place, kernel) for place, kernel in zip(places, self.kernels)]
        return ops.conv(x, ops.concatenate(kernels, axis=-1), padding="valid") + self.bias

    def get_config(self):
        return {**super().get_config(), "table": self.table}


def squash(x, name):
    return layers.Activation(scaled_tanh, name=name)(x)


def lenet_5(in_shape=(32, 32, 1), n_classes=10, opt="sgd") -> Model:
    """Build LeNet-5 (Fig. 2), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    The paper's pixels range from -0.1 (white) to 1.175 (black).
    """
    check_arguments(in_shape, n_classes, opt, smallest=32, flattens=True)
    inputs = Input(in_shape, name="lenet_5_input")
    x = layers.Conv2D(6, 5, kernel_initializer=uniform(25 * in_shape[-1]), name="c1_conv")(inputs)
    x = squash(x, "c1")  # 28x28x6
    x = squash(SubSampling2D(2, name="s2_sum")(x), "s2")  # 14x14x6
    x = squash(TableConv2D(TABLE_I, name="c3_conv")(x), "c3")  # 10x10x16
    x = squash(SubSampling2D(2, name="s4_sum")(x), "s4")  # 5x5x16
    x = squash(layers.Conv2D(120, 5, kernel_initializer=uniform(25 * 16), name="c5_conv")(x), "c5")  # 1x1x120
    x = layers.Flatten(name="flatten")(x)
    x = squash(layers.Dense(84, kernel_initializer=uniform(x.shape[-1]), name="f6_dense")(x), "f6")
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    x = layers.Dense(n_classes, "softmax", kernel_initializer=uniform(84), dtype=dtype, name="output")(x)
    model = Model(inputs, x, name="lenet_5")
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def lenet_caffe(in_shape=(28, 28, 1), n_classes=10, opt="sgd") -> Model:
    """Build Caffe's LeNet, from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    Caffe's pixels range from 0 (background) to 1 (ink). Source: `lenet_train_test.prototxt`.
    """
    check_arguments(in_shape, n_classes, opt, smallest=16, flattens=True)
    inputs = Input(in_shape, name="lenet_caffe_input")
    xavier = {"kernel_initializer": "lecun_uniform"}
    x = layers.Conv2D(20, 5, name="conv1", **xavier)(inputs)
    x = layers.MaxPooling2D(name="pool1")(x)  # 12x12x20
    x = layers.Conv2D(50, 5, name="conv2", **xavier)(x)
    x = layers.MaxPooling2D(name="pool2")(x)  # 4x4x50
    x = layers.Dense(500, "relu", name="ip1", **xavier)(layers.Flatten(name="flatten")(x))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    x = layers.Dense(n_classes, "softmax", dtype=dtype, name="ip2", **xavier)(x)
    model = Model(inputs, x, name="lenet_caffe")
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
    lenet_5().summary()
