"""One smallest pair of models for each named mistake: `compare` must give that name and no other."""

import keras
import pytest
from keras import layers
from support.compare_cases import INPUT, inception, model, residual, towers

from keras_cnns.architectures.alexnet import LocalResponseNormalization
from keras_cnns.architectures.lenet import TABLE_I, SubSampling2D, TableConv2D, scaled_tanh
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.comparison.findings import lenet_layers
from keras_cnns.comparison.findings.known_mistakes import RULES
from keras_cnns.mistakes import MISTAKES
from keras_cnns.weightless import build_weightless


def conv(filters=4, kernel=3, **options):
    return layers.Conv2D(filters, kernel, **options)


def joined(*branches, join=layers.Add):
    """A layer that joins branches; each is a list of layers."""

    def apply(x):
        tensors = []
        for branch in branches:
            y = x
            for layer in branch:
                y = layer(y)
            tensors.append(y)
        return join()(tensors)

    return apply


def two_outputs(swapped=False):
    def build():
        x = keras.Input(INPUT)
        outputs = [conv(4)(x), conv(8)(x)]
        return keras.Model(x, outputs[::-1] if swapped else outputs)

    return build_weightless(build)


def with_head(auxiliary):
    def build():
        x = keras.Input(INPUT)
        y = conv(4)(x)
        side = layers.Dense(3)(layers.GlobalMaxPooling2D()(layers.ReLU()(conv(2)(y))))
        main = layers.Dense(3)(layers.GlobalAveragePooling2D()(conv(8)(y)))
        return keras.Model(x, [main, side] if auxiliary else main)

    return build_weightless(build)


def reads(place):
    """A concatenation of the last of three convolutions with an earlier one."""

    def build():
        x = keras.Input(INPUT)
        tensors = [x]
        for filters in (4, 5, 6):
            tensors.append(conv(filters, padding="same")(tensors[-1]))
        return keras.Model(x, conv(7)(layers.Concatenate()([tensors[-1], tensors[place]])))

    return build_weightless(build)


def halves(*starts, axis=-1):
    """A grouped convolution of six maps by hand: three maps from each of these on, joined over an axis."""

    def build():
        x = keras.Input((8, 8, 6))
        parts = [conv(3)(x[..., at : at + 3]) for at in starts]
        return keras.Model(x, layers.Concatenate(axis)(parts))

    return build_weightless(build)


def branch(*more):
    return [conv(3, padding="same", use_bias=False), *more]


def before():
    return [layers.BatchNormalization(), layers.ReLU(), conv(3, padding="same", use_bias=False)]


def after():
    return [conv(3, padding="same", use_bias=False), layers.BatchNormalization()]


def projected(kernels=(1,), inside=False, twice=False):
    """A residual block of four maps; its shortcut with convolutions of these kernels."""

    def build():
        x = keras.Input((8, 8, 4))
        y = first = conv(4, padding="same", use_bias=False)(x)
        y = conv(4, padding="same", use_bias=False)(y)
        short = first if inside else x
        for kernel in kernels:
            short = conv(4, kernel, use_bias=False)(short)
        if twice:
            short = y
        return keras.Model(x, layers.Add()([y, short]))

    return build_weightless(build)


def narrowed(option_a):
    """A residual block that halves the map and doubles the number of maps."""

    def build():
        x = keras.Input((8, 8, 4))
        y = conv(8, strides=2, padding="same", use_bias=False)(x)
        y = conv(8, padding="same", use_bias=False)(y)
        if option_a:
            short = keras.ops.pad(layers.MaxPooling2D(1, 2)(x), ((0, 0), (0, 0), (0, 0), (2, 2)))
        else:
            short = conv(8, 1, strides=2, use_bias=False)(x)
        return keras.Model(x, layers.Add()([y, short]))

    return build_weightless(build)


def gated(x):
    """Squeeze and excitation, with dense layers."""
    y = layers.Dense(2, "relu")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    return x * layers.Dense(x.shape[-1], "sigmoid")(y)


def dense_blocks(growth=4, compression=0.5):
    """Two dense blocks of three layers, and a transition between them."""

    def apply(x):
        x = conv(4)(x)
        for number in range(2):
            for _ in range(3):
                y = conv(2 * growth, 1, activation="relu", use_bias=False)(x)
                x = layers.Concatenate()([x, conv(growth, padding="same", use_bias=False)(y)])
            if number == 0:
                x = layers.AveragePooling2D(2)(conv(int(x.shape[-1] * compression), 1)(x))
        return x

    return apply


def inverted_blocks(factor):
    """Three inverted blocks with a shortcut, one of them with a gate."""

    def apply(x):
        x = conv(4)(x)
        for number in range(3):
            y = conv(factor * x.shape[-1], 1, activation="relu")(x)
            y = layers.DepthwiseConv2D(3, padding="same")(y)
            y = gated(y) if number == 1 else y
            x = layers.Add()([x, conv(x.shape[-1], 1)(y)])
        return x

    return apply


FEW_BLOCKS = ((8, 1), (8, 1), (16, 2), (16, 1))
DEFAULT_BLOCKS = (*FEW_BLOCKS, (16, 1))

# For each mistake: the student's layers or model, and the reference's.
CASES = {
    "different input shape": lambda: (model(conv(), shape=(8, 8, 3)), model(conv())),
    "wrong number of classes": lambda: (
        [layers.Flatten(), layers.Dense(7, "softmax")],
        [layers.Flatten(), layers.Dense(10, "softmax")],
    ),
    "different outputs": lambda: (two_outputs(swapped=True), two_outputs()),
    "auxiliary classifier": lambda: (with_head(auxiliary=True), with_head(auxiliary=False)),
    "softmax over one unit": lambda: (
        [layers.Flatten(), layers.Dense(1, "softmax")],
        [layers.Flatten(), layers.Dense(10, "softmax")],
    ),
    "sigmoid for softmax": lambda: (
        [layers.Flatten(), layers.Dense(10, "sigmoid")],
        [layers.Flatten(), layers.Dense(10, "softmax")],
    ),
    "stem for small images": lambda: (
        [conv(4, 3, padding="same"), conv(5)],
        [layers.ZeroPadding2D(2), conv(4, 5, strides=2), layers.MaxPooling2D(2), conv(5)],
    ),
    "stride on a different layer": lambda: (
        [conv(4, 5, strides=2, padding="same"), layers.ReLU(), conv(4, 5, padding="same")],
        [conv(4, 5, padding="same"), layers.ReLU(), conv(4, 5, strides=2, padding="same")],
    ),
    "full convolution for Table I": lambda: ([conv(6, 1), conv(16, 5)], [conv(6, 1), TableConv2D(TABLE_I)]),
    "Flatten missing": lambda: (
        [conv(4), layers.Dense(9), layers.Dense(3)],
        [conv(4), layers.Flatten(), layers.Dense(9), layers.Dense(3)],
    ),
    "stride in the 3×3": lambda: (
        [conv(4, 1), layers.ReLU(), conv(4, 3, strides=2, padding="same")],
        [conv(4, 1, strides=2), layers.ReLU(), conv(4, 3, padding="same")],
    ),
    "one tower": lambda: ([conv(6, 1), conv(6, groups=1)], [conv(6, 1), conv(6, groups=2)]),
    "different number of groups": lambda: ([conv(6, 1), conv(6, groups=3)], [conv(6, 1), conv(6, groups=2)]),
    "groups that read the same maps": lambda: (halves(3, 3), halves(0, 3)),
    "joined over the wrong axis": lambda: (halves(0, 3, axis=1), halves(0, 3)),
    "full convolution for a separable one": lambda: (
        [conv(8, use_bias=False)],
        [layers.SeparableConv2D(8, 3, use_bias=False)],
    ),
    "3×3 for 5×5": lambda: ([conv(4, 3, padding="same")], [conv(4, 5, padding="same")]),
    "different kernel": lambda: ([conv(4, 7)], [conv(4, 5)]),
    "different number of filters": lambda: ([conv(4)], [conv(8)]),
    "different growth rate": lambda: ([dense_blocks(growth=6)], [dense_blocks()]),
    "different compression": lambda: ([dense_blocks(compression=1)], [dense_blocks()]),
    "different expansion": lambda: ([inverted_blocks(2)], [inverted_blocks(6)]),
    "different stride": lambda: ([conv(4, strides=2)], [conv(4)]),
    "different padding": lambda: ([conv(4)], [conv(4, padding="same")]),
    "uneven padding": lambda: (
        [conv(4, strides=2, padding="same")],
        [layers.ZeroPadding2D(1), conv(4, strides=2)],
    ),
    "padding after the layer": lambda: (
        [conv(4), layers.ZeroPadding2D(1), layers.ReLU()],
        [layers.ZeroPadding2D(1), conv(4), layers.ReLU()],
    ),
    "different dilation": lambda: ([conv(4)], [conv(4, dilation_rate=2)]),
    "bias": lambda: ([conv(4, use_bias=False)], [conv(4)]),
    "gamma in batch normalization": lambda: (
        [layers.BatchNormalization(scale=False)],
        [layers.BatchNormalization()],
    ),
    "beta in batch normalization": lambda: (
        [layers.BatchNormalization()],
        [layers.BatchNormalization(center=False)],
    ),
    "different epsilon": lambda: (
        [layers.BatchNormalization(epsilon=1e-3)],
        [layers.BatchNormalization(epsilon=1e-5)],
    ),
    "different epsilon outside batch normalization": lambda: (
        [layers.LayerNormalization(epsilon=1e-3)],
        [layers.LayerNormalization(epsilon=1e-6)],
    ),
    "batch normalization for response normalization": lambda: (
        [layers.BatchNormalization()],
        [LocalResponseNormalization()],
    ),
    "different constants of response normalization": lambda: (
        [LocalResponseNormalization(k=1.0)],
        [LocalResponseNormalization(k=2.0)],
    ),
    "batch normalization missing": lambda: (
        [conv(4), layers.ReLU()],
        [conv(4), layers.BatchNormalization(), layers.ReLU()],
    ),
    "extra batch normalization": lambda: (
        [conv(4), layers.BatchNormalization(), layers.ReLU()],
        [conv(4), layers.ReLU()],
    ),
    "layer normalization missing": lambda: (
        [conv(4), layers.ReLU()],
        [conv(4), layers.LayerNormalization(), layers.ReLU()],
    ),
    "response normalization missing": lambda: (
        [conv(4), layers.ReLU()],
        [conv(4), layers.ReLU(), LocalResponseNormalization()],
    ),
    "normalization over the wrong axis": lambda: (
        [layers.BatchNormalization(axis=2)],
        [layers.BatchNormalization()],
    ),
    "response normalization before the activation": lambda: (
        [conv(4), LocalResponseNormalization(), layers.ReLU()],
        [conv(4), layers.ReLU(), LocalResponseNormalization()],
    ),
    "average for max-pooling": lambda: ([layers.AveragePooling2D(2)], [layers.MaxPooling2D(2)]),
    "max for average pooling": lambda: ([layers.MaxPooling2D(2)], [layers.AveragePooling2D(2)]),
    "different pooling window": lambda: ([layers.MaxPooling2D(2, 2)], [layers.MaxPooling2D(3, 2)]),
    "pooling for trained sub-sampling": lambda: ([layers.AveragePooling2D(2)], [SubSampling2D(2)]),
    "pooling missing": lambda: ([conv(4), conv(5)], [conv(4), layers.MaxPooling2D(2), conv(5)]),
    "extra pooling": lambda: ([conv(4), layers.MaxPooling2D(2), conv(5)], [conv(4), conv(5)]),
    "global pooling head": lambda: (
        [conv(4), layers.GlobalAveragePooling2D(), layers.Dense(9)],
        [conv(4), layers.Flatten(), layers.Dense(9)],
    ),
    "flattened head": lambda: (
        [conv(4), layers.Flatten(), layers.Dense(9)],
        [conv(4), layers.GlobalAveragePooling2D(), layers.Dense(9)],
    ),
    "global pooling missing": lambda: (
        [conv(4), layers.Dense(9, "softmax")],
        [conv(4), layers.GlobalAveragePooling2D(), layers.Dense(9, "softmax")],
    ),
    "unscaled tanh": lambda: ([conv(4, activation="tanh")], [conv(4, activation=scaled_tanh)]),
    "softmax over the wrong axis": lambda: (
        [layers.Flatten(), layers.Dense(4), layers.Softmax(axis=0)],
        [layers.Flatten(), layers.Dense(4), layers.Softmax()],
    ),
    "softmax twice": lambda: (
        [layers.Flatten(), layers.Dense(4, "softmax"), layers.Softmax()],
        [layers.Flatten(), layers.Dense(4, "softmax")],
    ),
    "activation before the softmax": lambda: (
        [layers.Flatten(), layers.Dense(4, "relu"), layers.Softmax()],
        [layers.Flatten(), layers.Dense(4), layers.Softmax()],
    ),
    "different activation": lambda: ([conv(4, activation="tanh")], [conv(4, activation="relu")]),
    "softmax missing": lambda: (
        [layers.Flatten(), layers.Dense(4)],
        [layers.Flatten(), layers.Dense(4, "softmax")],
    ),
    "extra softmax": lambda: (
        [layers.Flatten(), layers.Dense(4, "softmax")],
        [layers.Flatten(), layers.Dense(4)],
    ),
    "activation missing after the addition": lambda: (
        [joined(branch(), [])],
        [joined(branch(), []), layers.ReLU()],
    ),
    "activation missing": lambda: ([conv(4), conv(5)], [conv(4, activation="relu"), conv(5)]),
    "activation before the addition": lambda: (
        [joined(branch(layers.ReLU()), [])],
        [joined(branch(), [])],
    ),
    "extra activation": lambda: ([conv(4, activation="relu"), conv(5)], [conv(4), conv(5)]),
    "ReLU before the addition": lambda: (
        [joined(branch(layers.ReLU()), [])],
        [joined(branch(), []), layers.ReLU()],
    ),
    "projection before the pooling": lambda: (towers(pool_first=False), towers()),
    "activation and batch normalization swapped": lambda: (
        [conv(4), layers.ReLU(), layers.BatchNormalization()],
        [conv(4), layers.BatchNormalization(), layers.ReLU()],
    ),
    "pre-activation": lambda: (
        [conv(3), joined([*before(), *before()], [])],
        [conv(3), joined([*after(), layers.ReLU(), *after()], []), layers.ReLU()],
    ),
    "pre-activation missing": lambda: (
        [conv(3), joined([*after(), layers.ReLU(), *after()], []), layers.ReLU()],
        [conv(3), joined([*before(), *before()], [])],
    ),
    "different order": lambda: (
        [conv(4, 3, padding="same"), layers.UpSampling2D(), conv(5, 3, padding="same")],
        [layers.UpSampling2D(), conv(4, 3, padding="same"), conv(5, 3, padding="same")],
    ),
    "towers in a different order": lambda: (
        [lambda x: conv(4, groups=2)(inception(x, order=(1, 0, 2)))],
        [lambda x: conv(4, groups=2)(inception(x))],
    ),
    "shortcut": lambda: (branch(), [joined(branch(), [])]),
    "map added to itself": lambda: (projected((), twice=True), projected(())),
    "shortcut from inside the block": lambda: (projected((), inside=True), projected(())),
    "projection where the identity would do": lambda: (projected(), projected(())),
    "projection missing": lambda: (projected(()), projected()),
    "shortcut without weights (option A)": lambda: (narrowed(option_a=True), narrowed(option_a=False)),
    "extra shortcut": lambda: (
        [conv(3), joined(branch(layers.BatchNormalization()), []), conv(4)],
        [conv(3), *branch(layers.BatchNormalization()), conv(4)],
    ),
    "concatenation for addition": lambda: (
        [joined(branch(), [], join=layers.Concatenate)],
        [joined(branch(), [])],
    ),
    "addition for concatenation": lambda: (
        [joined(branch(), [])],
        [joined(branch(), [], join=layers.Concatenate)],
    ),
    "different inputs": lambda: (reads(1), reads(0)),
    "residual scaling": lambda: (
        [joined(branch(layers.Rescaling(0.1)), [])],
        [joined(branch(layers.Rescaling(0.2)), [])],
    ),
    "scaling": lambda: ([conv(4), layers.Rescaling(0.1)], [conv(4), layers.Rescaling(0.2)]),
    "dropout": lambda: ([conv(4), layers.Dropout(0.5)], [conv(4)]),
    "squeeze and excitation missing": lambda: ([conv(4), conv(5)], [conv(4), gated, conv(5)]),
    "squeeze and excitation elsewhere": lambda: (
        [conv(4), gated, layers.ReLU(), conv(5)],
        [conv(4), layers.ReLU(), gated, conv(5)],
    ),
    "extra squeeze and excitation": lambda: ([conv(4), gated, conv(5)], [conv(4), conv(5)]),
    "too few blocks": lambda: (residual(FEW_BLOCKS), residual(DEFAULT_BLOCKS)),
    "too many blocks": lambda: (residual(DEFAULT_BLOCKS), residual(FEW_BLOCKS)),
    "tower missing": lambda: (towers(order=(0, 2)), towers()),
    "layer missing": lambda: ([conv(4)], [conv(4), layers.UpSampling2D()]),
    "extra layer": lambda: ([conv(4), layers.UpSampling2D()], [conv(4)]),
    "different kind of layer": lambda: ([conv(4, 3)], [layers.Conv2DTranspose(4, 3)]),
}


# Sums of two ways of which none is a shortcut, and a shortcut that is scaled itself.
NO_RESIDUE = {
    "two convolutions": lambda n: joined(
        [conv(3, padding="same"), layers.Rescaling(n)], [conv(3, padding="same")]
    ),
    "shortcut": lambda n: joined([layers.Rescaling(n)], branch()),
}


@pytest.mark.parametrize("place", NO_RESIDUE)
def test_a_scaling_elsewhere_is_not_called_residual(place):
    report = compare_models(*(model(conv(3), NO_RESIDUE[place](n)) for n in (0.1, 0.2)))
    assert [one.mistake for one in report.differences] == ["scaling"], str(report)


def test_the_residue_beside_a_projection_is_scaled():
    def block(n):
        return joined(
            [conv(5, padding="same"), layers.ReLU(), conv(5, padding="same"), layers.Rescaling(n)],
            [conv(5, 1)],
        )

    report = compare_models(*(model(conv(3), block(n)) for n in (0.1, 0.2)))
    assert [one.mistake for one in report.differences] == ["residual scaling"], str(report)


class StableConv2D(layers.Layer):
    """A layer with the word "table" in its name, and no table."""

    def build(self, shape):
        self.kernel = self.add_weight((5, 5, shape[-1], 16))

    def call(self, x):
        return keras.ops.conv(x, keras.ops.tanh(self.kernel))


# What has the words of LeNet-5's layers in its name, and is something else.
NOT_LENETS = {
    "upsampling": ([layers.AveragePooling2D(2)], [layers.UpSampling2D(2)]),
    "stable": ([conv(6, 1), conv(16, 5)], [conv(6, 1), StableConv2D()]),
    "another table": ([conv(6, 1), conv(4, 5)], [conv(6, 1), TableConv2D(TABLE_I[:4])]),
}


@pytest.mark.parametrize("name", NOT_LENETS)
def test_a_word_in_a_name_is_no_layer_of_lenet_5(name):
    report = compare_models(*(model(*stack) for stack in NOT_LENETS[name]))
    words = {"pooling for trained sub-sampling", "full convolution for Table I"}
    assert report.is_same is not True
    assert not words & {one.mistake for one in report.differences}, str(report)


def test_the_table_is_the_papers():
    assert lenet_layers.TABLE_I == TABLE_I


def pair_of(name):
    return [case if isinstance(case, keras.Model) else model(*case) for case in CASES[name]()]


@pytest.mark.parametrize("name", CASES)
def test_each_mistake_has_its_name(name):
    report = compare_models(*pair_of(name), also=["dropout"])
    assert [one.mistake for one in report.differences] == [name], str(report)


@pytest.mark.parametrize("name", CASES)
def test_ignoring_its_name_leaves_nothing(name):
    report = compare_models(*pair_of(name), also=["dropout"], ignore=[name])
    assert report.verdict in ("exact", "equivalent"), str(report)


def test_every_mistake_has_a_case_and_one_rule():
    """So no rule is shadowed by one before it: each names its own case."""
    named = [mistake.name for mistake, _ in RULES]
    assert len(named) == len(CASES) == 89
    assert set(named) == {mistake.name for mistake in MISTAKES} == set(CASES)


def test_every_mistake_says_something():
    for mistake in MISTAKES:
        assert mistake.sentence.endswith(".")
        assert not mistake.source.endswith(".")
