"""MobileNet: nearly all convolutions are split into one of each map alone and one across the maps.

Howard, Zhu, Chen, Kalenichenko, Wang, Weyand, Andreetto, Adam, "MobileNets: Efficient Convolutional Neural
Networks for Mobile Vision Applications", arXiv 2017, Table 1.
https://arxiv.org/abs/1704.04861

Choices: where the paper has ReLU, all code has ReLU6. The last block has stride 1, as the 7x7 maps of Table 1
require; the table prints 2. Initial weights and the dropout of 0.001 are those of TF-Slim. Windows of stride
2 are padded as TensorFlow pads; on maps of odd sides keras.applications pads one pixel further, and timm pads
alike on every side. `alpha`, the width multiplier of Section 3.3, narrows the first convolution, too.
"""

from keras import Input, Model, config, layers, optimizers

# Table 1, between its ends: channels and stride of each block; the last stride is printed as 2.
TABLE_1 = (
    (64, 1),  # 112x112
    (128, 2),  # 56x56
    (128, 1),
    (256, 2),  # 28x28
    (256, 1),
    (512, 2),  # 14x14
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),  # 7x7
    (1024, 1),
)
NORMAL = {"class_name": "TruncatedNormal", "config": {"stddev": 0.09}}


def bn_relu6(x, name, last=None):
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=last or f"{name}_relu6")(x)


def separable_block(x, width, strides, name):
    """Fig. 3, right: a 3x3 convolution of each map alone, then a 1x1 convolution across the maps."""
    options = {"use_bias": False, "depthwise_initializer": NORMAL, "name": f"{name}_depthwise_conv"}
    x = layers.DepthwiseConv2D(3, strides, "same", **options)(x)
    x = bn_relu6(x, f"{name}_depthwise")
    options = {"use_bias": False, "kernel_initializer": NORMAL, "name": f"{name}_pointwise_conv"}
    return bn_relu6(layers.Conv2D(width, 1, **options)(x), f"{name}_pointwise", last=name)


def mobilenet(in_shape=(224, 224, 3), n_classes=1000, opt="sgd", *, alpha=1.0) -> Model:
    """Build MobileNet (Table 1), from images (batch, *in_shape) to class probabilities (batch, n_classes).

    The model is compiled with `opt`, a Keras optimizer or its name. A wrong argument raises a ValueError.
    Every layer has `alpha` times as many maps; the paper measures 1.0, 0.75, 0.5 and 0.25.
    """
    check_arguments(in_shape, n_classes, opt, smallest=1)
    check_alpha(alpha)
    inputs = Input(in_shape, name="mobilenet_input")
    options = {"use_bias": False, "kernel_initializer": NORMAL, "name": "conv1_conv"}
    x = layers.Conv2D(int(32 * alpha), 3, 2, "same", **options)(inputs)
    x = bn_relu6(x, "conv1", last="conv1")  # 112x112x32
    for i, (width, strides) in enumerate(TABLE_1, start=1):
        x = separable_block(x, int(width * alpha), strides, name=f"block{i}")
    x = layers.Dropout(0.001, name="dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
    dtype = config.dtype_policy().variable_dtype  # float32 under mixed precision, too
    outputs = layers.Dense(n_classes, activation="softmax", dtype=dtype, name="predictions")(x)
    model = Model(inputs, outputs, name="mobilenet")
    model.compile(opt, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def check_alpha(alpha):
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not 0.1 <= alpha <= 10:
        raise ValueError(f"alpha must be a number from 0.1 to 10, such as 0.5 or 1.0; got {alpha!r}.")


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
    mobilenet().summary()
