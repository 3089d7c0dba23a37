"""Inception-v1 (GoogLeNet): windows of several sizes side by side, made cheap by 1x1 convolutions.

Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich,
"Going Deeper with Convolutions", CVPR 2015 (arXiv 2014), Table 1, Fig. 2 and 3.
https://arxiv.org/abs/1409.4842

Choices: no batch normalization, which came a year later. The 5x5 towers are really 5x5; TF-Slim and
torchvision have 3x3 there, a known mistake. What the paper leaves open follows BVLC's reproduction in Caffe
(`bvlc_googlenet`): response normalization (k 1, alpha 1e-4 over 5 maps, beta 0.75), initial weights (Xavier
by fan-in, biases of 0.2) and a plain 7x7 first convolution. The two auxiliary classifiers serve training
only, so they come with aux=True; the losses have weights of 1, 0.3 and 0.3 (Section 5).
"""

from keras import Input, Model, backend, config, initializers, layers, ops, optimizers, saving

# Table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj; then the output size for a 224x224 image.
TABLE_1 = {
    "3a": (64, 96, 128, 16, 32, 32),  # 28x28x256
    "3b": (128, 128, 192, 32, 96, 64),  # 28x28x480
    "4a": (192, 96, 208, 16, 48, 64),  # 14x14x512
    "4b": (160, 112, 224, 24, 64, 64),  # 14x14x512
    "4c": (128, 128, 256, 24, 64, 64),  # 14x14x512
    "4d": (112, 144, 288, 32, 64, 64),  # 14x14x528
    "4e": (256, 160, 320, 32, 128, 128),  # 14x14x832
    "5a": (256, 160, 320, 32, 128, 128),  # 7x7x832
    "5b": (384, 192, 384, 48, 128, 128),  # 7x7x1024
}
XAVIER = "lecun_uniform"  # Caffe's "xavier": uniform, scaled by fan-in alone
INITIAL = {"kernel_initializer": XAVIER, "bias_initializer": initializers.Constant(0.2)}
NORMALIZATION = {"size": 5, "k": 1.0, "alpha": 1e-4 / 5, "beta": 0.75}


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


def conv(x, name, filters, kernel, strides=1, padding="same"):
    """Section 5: every convolution has a ReLU, those inside the modules too."""
    return layers.Conv2D(filters, kernel, strides, padding, activation="relu", name=name, **INITIAL)(x)


def classifier(x, n_classes, name):
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    return layers.Dense(n_classes, "softmax", kernel_initializer=XAVIER, dtype=dtype, name=name)(x)


def stem(x):
    """Fig. 3, from the input to the first module."""
    x = conv(layers.ZeroPadding2D(3, name="stem_conv1_pad")(x), "stem_conv1", 64, 7, 2, "valid")
    x = layers.MaxPooling2D(3, 2, "same", name="stem_pool1")(x)
    x = conv(LocalResponseNormalization(name="stem_norm1", **NORMALIZATION)(x), "stem_conv2_reduce", 64, 1)
    x = LocalResponseNormalization(name="stem_norm2", **NORMALIZATION)(conv(x, "stem_conv2", 192, 3))
    return layers.MaxPooling2D(3, 2, "same", name="stem")(x)  # 28x28x192


def inception(x, row, name):
    """Fig. 2b, with the widths of one row of Table 1."""
    n1x1, reduce3x3, n3x3, reduce5x5, n5x5, pool_proj = row
    towers = [conv(x, f"{name}_1x1", n1x1, 1)]
    towers.append(conv(conv(x, f"{name}_3x3_reduce", reduce3x3, 1), f"{name}_3x3", n3x3, 3))
    towers.append(conv(conv(x, f"{name}_5x5_reduce", reduce5x5, 1), f"{name}_5x5", n5x5, 5))
    pooled = layers.MaxPooling2D(3, 1, "same", name=f"{name}_pool")(x)
    return layers.Concatenate(name=name)([*towers, conv(pooled, f"{name}_pool_proj", pool_proj, 1)])


def auxiliary(x, n_classes, name):
    """Section 5: the classifier that reads 4a or 4d."""
    x = conv(layers.AveragePooling2D(5, 3, name=f"{name}_pool")(x), f"{name}_conv", 128, 1)
    x = layers.Dense(1024, "relu", name=f"{name}_fc", **INITIAL)(layers.Flatten(name=f"{name}_flatten")(x))
    return classifier(layers.Dropout(0.7, name=f"{name}_dropout")(x), n_classes, name)


def compiled(inputs, outputs, aux_weight, opt, name):
    """One cross-entropy per output; those of the auxiliary classifiers have the weight `aux_weight`."""
    model = Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=name)
    losses, metrics = ["categorical_crossentropy"] * len(outputs), ["accuracy"] * len(outputs)
    model.compile(opt, losses, [1.0] + [aux_weight] * (len(outputs) - 1), metrics)
    return model


def inception_v1(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, aux=False) -> Model:
    """Build GoogLeNet (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    With aux=True the outputs are the probabilities of [predictions, aux1, aux2].
    """
    check_arguments(in_shape, n_classes, opt, smallest=65 if aux else 1, flattens=aux)
    inputs = Input(in_shape, name="inception_v1_input")
    x, heads = stem(inputs), []
    for name, row in TABLE_1.items():
        if name in ("4a", "5a"):
            x = layers.MaxPooling2D(3, 2, "same", name=f"pool{int(name[0]) - 1}")(x)
        x = inception(x, row, name=f"inception_{name}")
        if aux and name in ("4a", "4d"):
            heads.append(auxiliary(x, n_classes, name=f"aux{len(heads) + 1}"))
    x = layers.Dropout(0.4, name="dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    return compiled(inputs, [classifier(x, n_classes, "predictions"), *heads], 0.3, opt, "inception_v1")


def inception_net(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build GoogLeNet as it was trained (Fig. 3), from images (batch, *in_shape) to three outputs.

    They are the class probabilities (batch, n_classes) of [predictions, aux1, aux2]. The model is compiled
    with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return inception_v1(in_shape, n_classes, opt, aux=True)


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
    inception_v1().summary()
