"""ConvNeXt: a ResNet brought up to date with what vision transformers do, and without their attention.

Liu, Mao, Wu, Feichtenhofer, Darrell, Xie, "A ConvNet for the 2020s", CVPR 2022 (arXiv 2022), Sec. 3, Fig. 4.
https://arxiv.org/abs/2201.03545

Choices: as in the authors' release (facebookresearch/ConvNeXt). The 1x1 convolutions of a block are dense
layers on the last axis, which is the same. Each map of a branch has a factor of its own (LayerScale), 1e-6 at
first. In training, branches are left out at random, for each image anew and deeper ones more often
(stochastic depth): of the last, by size, 0.1, 0.4 and 0.5; Keras' factories leave none out. GELU is exact.
"""

from keras import Input, InputSpec, Model, config, initializers, layers, optimizers, saving

NORMAL = {"class_name": "TruncatedNormal", "config": {"stddev": 0.02}}

# Section 3: the widths and numbers of blocks in the four stages; the rate of stochastic depth at the end.
VARIANTS = {
    "convnext_tiny": ((96, 192, 384, 768), (3, 3, 9, 3), 0.1),
    "convnext_small": ((96, 192, 384, 768), (3, 3, 27, 3), 0.4),
    "convnext_base": ((128, 256, 512, 1024), (3, 3, 27, 3), 0.5),
}


@saving.register_keras_serializable("keras_cnns")
class LayerScale(layers.Layer):
    """Each map times a factor that is learned; `initial` is what it begins with."""

    def __init__(self, initial=1e-6, **kwargs):
        super().__init__(**kwargs)
        if isinstance(initial, bool) or not isinstance(initial, (int, float)):
            raise ValueError(f"initial must be a number, such as 1e-6; got {initial!r}.")
        self.initial = initial
        self.input_spec = InputSpec(ndim=4)

    def build(self, input_shape):
        if input_shape[-1] is None:
            raise ValueError(f"the number of channels must be known; got {input_shape}.")
        begin = initializers.Constant(self.initial)
        self.gamma = self.add_weight(shape=input_shape[-1:], initializer=begin, name="gamma")

    def call(self, x):
        return x * self.gamma

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "initial": self.initial}


def layer_norm(x, name):
    return layers.LayerNormalization(epsilon=1e-6, name=name)(x)


def patches(x, width, size, name):
    """Section 2.2: a convolution whose windows touch and do not overlap."""
    return layers.Conv2D(width, size, size, kernel_initializer=NORMAL, name=name)(x)


def convnext_block(x, width, rate, name):
    """Fig. 4: each map alone through a 7x7; then, at each place, four times as many values and back."""
    y = layers.DepthwiseConv2D(7, padding="same", depthwise_initializer=NORMAL, name=f"{name}_depthwise")(x)
    y = layer_norm(y, f"{name}_norm")
    y = layers.Dense(4 * width, kernel_initializer=NORMAL, name=f"{name}_expand")(y)
    y = layers.Activation("gelu", name=f"{name}_gelu")(y)
    y = layers.Dense(width, kernel_initializer=NORMAL, name=f"{name}_project")(y)
    y = LayerScale(name=f"{name}_scale")(y)
    y = layers.Dropout(rate, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(y)
    return layers.Add(name=name)([x, y])


def convnext(name, in_shape, n_classes, opt):
    """Section 3, top to bottom; the rate of stochastic depth grows evenly from 0."""
    check_arguments(in_shape, n_classes, opt, smallest=32)
    widths, depths, rate = VARIANTS[name]
    inputs = Input(in_shape, name=f"{name}_input")
    x = layer_norm(patches(inputs, widths[0], 4, "stem_conv"), "stem")  # 56x56x96
    for stage, (width, depth) in enumerate(zip(widths, depths), start=1):
        if stage > 1:
            x = patches(layer_norm(x, f"downsample{stage}_norm"), width, 2, f"downsample{stage}")
        for i in range(1, depth + 1):
            before = sum(depths[: stage - 1]) + i - 1
            x = convnext_block(x, width, rate * before / (sum(depths) - 1), f"stage{stage}_{i}")
    x = layer_norm(layers.GlobalAveragePooling2D(name="avg_pool")(x), "head_norm")
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, "softmax", kernel_initializer=NORMAL, dtype=dtype, name="predictions")(
        x
    )
    model = Model(inputs, outputs, name=name)
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def convnext_tiny(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build ConvNeXt-T (Section 3), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return convnext("convnext_tiny", in_shape, n_classes, opt)


def convnext_small(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build ConvNeXt-S (Section 3), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return convnext("convnext_small", in_shape, n_classes, opt)


def convnext_base(in_shape=(224, 224, 3), n_classes=1000, opt="sgd") -> Model:
    """Build ConvNeXt-B (Section 3), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    """
    return convnext("convnext_base", in_shape, n_classes, opt)


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
    convnext_tiny().summary()
