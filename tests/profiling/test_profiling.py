"""What networks cost, counted by `keras_cnns.profile`, and by other ways."""

import csv
import io
import json
import re
import sys
from xml.etree import ElementTree

import authority
import keras
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from keras import layers, ops
from support.profile_counters import most_alive, seen_span, traced_macs
from support.random_models import dags, deep, series, with_unread_inputs
from support.sizes import rows, weightless

import keras_cnns
from keras_cnns.catalog import facts
from keras_cnns.cli import main
from keras_cnns.profiling.parameters import bytes_per_value
from keras_cnns.weightless import build_weightless

# Depth, receptive field, last map. Parameters and MACs are in the catalogue, whose tests count them, too.
REFERENCE = {name: (row.depth, row.field, row.last_map) for name, row in authority.NETWORKS.items()}


def net(build, *shape, **options):
    """A model of one input."""
    inputs = keras.Input(shape, **options)
    return keras.Model(inputs, build(inputs))


def row_of(result, kind):
    return next(row for row in result.rows if row.kind == kind)


def test_reference_has_every_network():
    assert set(REFERENCE) == set(facts.list_models())


@pytest.mark.parametrize("row", rows(facts.NETWORKS, further=pytest.mark.long))
def test_networks_cost_what_the_reference_says(row):
    result = keras_cnns.profile(weightless(row.name))
    assert (result.depth, result.receptive_field, result.last_map) == REFERENCE[row.name]
    assert result.macs == row.macs
    assert (result.trainable_params, result.params) == (row.trainable, row.trainable + row.non_trainable)
    assert sum(line.params for line in result.rows) == result.params
    assert sum(line.activation_bytes for line in result.rows) == result.activation_bytes
    assert all(line.note for line in result.uncounted)
    assert max(map(len, str(result).splitlines())) <= 80


# Without the stride on the 1×1, ResNet sees as much as ResNeXt; of 152 layers there is no ResNeXt to compare.
SEES_AS = {"resnet50": "resnext50", "resnet101": "resnext101"}


@pytest.mark.parametrize(("name", "options", "trainable", "other", "macs"), authority.OPTIONS)
def test_options_cost_what_the_reference_says(name, options, trainable, other, macs):
    result = keras_cnns.profile(weightless(name, **options))
    assert (result.macs, result.trainable_params, result.params) == (macs, trainable, trainable + other)
    depth, field, last_map = REFERENCE[name]
    assert result.depth == depth
    if "slim" in options:  # as ResNet, whose stride is as early
        field = authority.NETWORKS[name.removesuffix("_v2")].field
    if "stride_in_3x3" in options:
        field = 1451 if name == "resnet152" else REFERENCE[SEES_AS[name]][1]
    assert result.receptive_field == field
    # Another width changes the number of maps alone; groups do, too, but for AlexNet's.
    is_width = {"alpha", "wide", "scale"} & {*options} or (name, *options) == ("shufflenet", "groups")
    maps = slice(2 if is_width else 3)
    assert result.last_map[maps] == last_map[maps]


def test_vgg_is_61_megabytes_an_image_and_not_96():
    """CS231n's rows add up to this, not to the "24M * 4 bytes ~= 93MB" printed below them."""
    result = keras_cnns.profile(weightless("vgg16"))
    image, maps, pools, vectors = 150_528, 13_547_520, 1_530_368, 4096 + 4096 + 1000
    assert result.activation_values == image + maps + pools + vectors == 15_237_608
    assert result.activation_bytes == 60_950_432
    both = result.activation_values + result.before_activation_values
    assert both == 28_793_320
    assert round(both * 4 / 1e6, 1) == 115.2


def test_a_relu_costs_the_same_as_argument_and_as_layer():
    def written(x, apart):
        for filters in (4, 8):
            y = layers.Conv2D(filters, 3, activation=None if apart else "relu")(x)
            x = layers.ReLU()(y) if apart else y
        return layers.Dense(3, "softmax")(layers.Flatten()(x))

    one, other = (keras_cnns.profile(net(lambda x, a=a: written(x, a), 12, 12, 3)) for a in (False, True))
    for figure in ("activation_bytes", "before_activation_values", "kept_bytes", "peak_bytes", "macs"):
        assert getattr(one, figure) == getattr(other, figure)


def test_an_activation_that_shares_its_input_is_not_in_place():
    def block(x):
        y = layers.Conv2D(4, 1)(x)
        return layers.Add()([layers.ReLU()(y), y])

    assert row_of(keras_cnns.profile(net(block, 5, 5, 3)), "ReLU").values == 100


def test_batch_and_number_type_scale_the_memory():
    def build(dtype):
        return net(lambda x: layers.Dense(3, dtype=dtype)(layers.Conv2D(4, 3, dtype=dtype)(x)), 9, 9, 2)

    plain, mixed = keras_cnns.profile(build("float32")), keras_cnns.profile(build("mixed_bfloat16"))
    image = 9 * 9 * 2 * 4
    assert mixed.activation_bytes - image == (plain.activation_bytes - image) / 2
    assert mixed.params_bytes == plain.params_bytes
    half = keras_cnns.profile(build("float16"))
    assert (half.params_bytes, half.macs) == (plain.params_bytes / 2, plain.macs)
    many = keras_cnns.profile(build("float32"), batch_size=32)
    assert (many.activation_bytes, many.peak_bytes) == (32 * plain.activation_bytes, 32 * plain.peak_bytes)
    assert (many.macs, many.params_bytes, many.activation_values) == (
        plain.macs,
        plain.params_bytes,
        plain.activation_values,
    )
    assert [bytes_per_value(kind) for kind in ("float64", "bfloat16", "float8_e4m3fn", "int4", "bool")] == [
        8,
        2,
        1,
        1,
        1,
    ]


def test_training_keeps_what_the_backward_pass_reads():
    """By hand, for batch normalization, dropout, an average and a frozen start."""

    def build(x, frozen=False):
        x = layers.Conv2D(2, 1, trainable=not frozen)(x)  # 5·5·2 kept, for the normalization
        x = layers.BatchNormalization(trainable=not frozen)(x)
        x = layers.ReLU()(x)  # 5·5·2 kept: its own slope, and the next kernel's input
        x = layers.Conv2D(3, 1)(x)  # not kept: nobody asks for it, averages are linear
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dropout(0.5)(x)  # 3 kept for the kernel, 3 of the mask
        return layers.Dense(4)(x)

    image = 5 * 5 * 3
    learning = keras_cnns.profile(net(build, 5, 5, 3))
    assert learning.kept_bytes == 4 * (image + 50 + 50 + 3 + 3)
    frozen = keras_cnns.profile(net(lambda x: build(x, frozen=True), 5, 5, 3))
    assert frozen.kept_bytes == 4 * (50 + 3 + 3)
    assert frozen.gradient_bytes == 4 * (2 * 3 + 3 + 3 * 4 + 4)


@pytest.mark.parametrize(
    ("optimizer", "slots"),
    [
        ("sgd", 0),
        (keras.optimizers.SGD(0.1, 0.9), 1),
        ("adam", 2),
        ("nadam", 2),
        ("lion", 1),
        ("adafactor", None),
    ],
)
def test_optimizers_keep_slots(optimizer, slots):
    model = net(layers.Dense(7), 5)
    result = keras_cnns.profile(model, optimizer=optimizer)
    assert result.optimizer_bytes == (None if slots is None else slots * 4 * 42)
    assert result.training_bytes == 4 * 42 * (2 + (slots or 0)) + result.kept_bytes
    model.compile(optimizer)
    assert keras_cnns.profile(model).optimizer_bytes == result.optimizer_bytes
    if slots is not None:
        model.optimizer.build(model.trainable_variables)
        assert keras_cnns.profile(model).optimizer_bytes == result.optimizer_bytes


@settings(max_examples=60, deadline=None)
@given(dags())
def test_peak_is_what_is_alive(model):
    result = keras_cnns.profile(model)
    assert result.peak_bytes == 4 * most_alive(model)
    assert result.peak_bytes <= result.activation_bytes
    assert result.params == model.count_params()
    uncounted = {row.name for row in result.uncounted}
    assert {row.name for row in result.rows if row.kind in ("Mixer", "Shifter", "Pooler")} <= uncounted


# Layers that keep positive numbers positive, for `seen_span`.
SPATIAL = {
    "conv": lambda k, s, d, p: layers.Conv2D(
        1, k, 1 if d > 1 else s, p, dilation_rate=d, kernel_initializer="ones"
    ),
    "depthwise": lambda k, s, d, p: layers.DepthwiseConv2D(k, 1, p, depthwise_initializer="ones"),
    "max": lambda k, s, d, p: layers.MaxPooling2D(k, s, p),
    "average": lambda k, s, d, p: layers.AveragePooling2D(k, s, p),
    "up": lambda k, s, d, p: layers.UpSampling2D(s, interpolation="nearest" if d > 1 else "bilinear"),
    "transposed": lambda k, s, d, p: layers.Conv2DTranspose(1, k, s, p, kernel_initializer="ones"),
    "pad": lambda k, s, d, p: layers.ZeroPadding2D(((k, d), (1, 1))),
    "crop": lambda k, s, d, p: layers.Cropping2D(((s, d), (0, 0))),
    "relu": lambda k, s, d, p: layers.ReLU(),
}
spatial_layers = st.tuples(
    st.sampled_from(sorted(SPATIAL)),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 2),
    st.sampled_from(["same", "valid"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(spatial_layers, min_size=1, max_size=4))
def test_receptive_field_is_what_a_unit_sees(plan):
    """Where it is small enough for some unit to see it whole: the others are known, and not smaller."""
    x = inputs = keras.Input((72, 24, 1))
    for kind, *numbers in plan:
        x = SPATIAL[kind](*numbers)(x)
        assume(4 <= min(x.shape[1:3]) <= max(x.shape[1:3]) <= 300)
    model = keras.Model(inputs, x)
    field = keras_cnns.profile(model).receptive_field
    height = field if isinstance(field, int) else field[0]
    assert height >= seen_span(model)
    assert height == seen_span(model) or height >= 24


def test_receptive_field_past_what_students_put_in_front():
    def augmented(x):
        x = layers.RandomRotation(0.1)(layers.RandomFlip()(layers.Rescaling(1 / 255)(x)))
        return layers.Conv2D(2, (3, 5))(x)

    result = keras_cnns.profile(net(augmented, 12, 12, 3))
    assert (result.receptive_field, result.last_map) == ((3, 5), (10, 8, 2))


def test_a_model_without_a_layer():
    with with_unread_inputs():
        nothing = keras_cnns.profile(net(lambda x: x, 12, 12, 3))
        assert (nothing.macs, nothing.depth, nothing.receptive_field) == (0, 0, None)
        assert "12×12×3" in str(nothing)


def test_receptive_field_joins_towers_at_their_places():
    """Two shifted towers together see more than either."""

    def towers(x):
        early = layers.Cropping2D(((0, 6), (0, 6)))(x)
        late = layers.Cropping2D(((6, 0), (6, 0)))(
            layers.Conv2D(1, 3, padding="same", kernel_initializer="ones")(x)
        )
        return layers.Add()([early, late])

    model = net(towers, 32, 32, 1)
    assert keras_cnns.profile(model).receptive_field == seen_span(model) == 8
    drifting = net(lambda x: layers.Add()([layers.MaxPooling2D()(x), layers.Cropping2D(8)(x)]), 32, 32, 1)
    result = keras_cnns.profile(drifting)
    assert (result.last_map, result.receptive_field) == ((16, 16, 1), None)


@pytest.mark.parametrize(
    ("name", "field", "depth"),
    [
        ("MobileNetV2", 491, 53),
        ("DenseNet121", 2071, 121),
        ("EfficientNetB0", 851, 50),
        ("Xception", 1083, 37),
    ],
)
def test_applications_agree_with_tensorflows_graph(name, field, depth):
    model = weightless(name)
    result = keras_cnns.profile(model)
    assert result.macs == traced_macs(model)
    assert result.params == model.count_params()
    assert not result.uncounted
    assert result.receptive_field == field
    assert result.depth == depth
    assert (result.gates > 0) == (name == "EfficientNetB0")


# What the labels of a random plan stand for here, and how far before and behind its place a unit looks.
REAL = {
    "Mixer": (lambda: layers.SeparableConv2D(3, 3, padding="same"), 1, 1),
    "Shifter": (lambda: layers.BatchNormalization(), 0, 0),
    "Pooler": (lambda: layers.AveragePooling2D(2, 1, "same"), 0, 1),
    "conv 1×1": (lambda: layers.Conv2D(3, 1), 0, 0),
    "conv 3×3": (lambda: layers.DepthwiseConv2D(3, padding="same"), 1, 1),
    "conv 5×5": (lambda: layers.Conv2DTranspose(3, 5, padding="same"), 2, 2),
}


def built(plan, x):
    """The plan with real layers; its weighted layers on the longest path, and how far it looks both ways."""
    depth = before = behind = 0
    for part in plan:
        if isinstance(part, str):
            layer, *reach = REAL[part]
            x = layer()(x)
            depth += part not in ("Shifter", "Pooler")
        else:
            ends, depths, befores, behinds = zip(*(built(branch, x) for branch in part[0]))
            x = layers.Conv2D(3, 1)(layers.Concatenate()(list(ends)))
            depth += 1 + max(depths)
            reach = max(befores), max(behinds)
        before, behind = before + reach[0], behind + reach[1]
    return x, depth, before, behind


@settings(max_examples=15, deadline=None)
@given(series)
def test_random_networks_agree_with_tensorflows_graph(plan):
    inputs = keras.Input((6, 6, 3))
    x, depth, before, behind = built(plan, inputs)
    model = keras.Model(inputs, x)
    result = keras_cnns.profile(model)
    assert result.macs == traced_macs(model)
    assert result.params == model.count_params()
    assert result.depth == depth
    assert result.receptive_field == before + 1 + behind
    assert not result.uncounted


def encoder(x):
    return layers.LSTM(4, return_state=True, return_sequences=True)(x)


LAYERS = {
    "dense on a map": lambda: net(layers.Dense(7), 5, 6, 3),
    "dilated": lambda: net(layers.Conv2D(4, 3, dilation_rate=2), 12, 12, 3),
    "depthwise": lambda: net(layers.DepthwiseConv2D(3, 2, depth_multiplier=2), 12, 12, 3),
    "separable": lambda: net(layers.SeparableConv2D(5, 3, depth_multiplier=2), 12, 12, 3),
    "separable 1D": lambda: net(layers.SeparableConv1D(5, 3), 12, 3),
    "transposed": lambda: net(layers.Conv2DTranspose(5, 3, 2, "same"), 12, 12, 3),
    "1D": lambda: net(layers.Conv1D(5, 3, 2), 12, 3),
    "3D": lambda: net(layers.Conv3D(5, (1, 2, 3), 2), 8, 9, 10, 3),
    "einsum": lambda: net(layers.EinsumDense("abc,cde->abde", output_shape=(None, 3, 4)), 10, 8),
    "einsum with dots": lambda: net(layers.EinsumDense("...x,xy->...y", output_shape=4), 10, 8),
    "time distributed": lambda: net(layers.TimeDistributed(layers.Dense(4)), 10, 8),
    "matmul": lambda: net(lambda x: ops.matmul(ops.relu(x) + 1, ops.transpose(x, (0, 2, 1))), 10, 8),
    "einsum function": lambda: net(lambda x: ops.einsum("bij,bkj->bik", x, x), 10, 8),
    "dot": lambda: net(lambda x: layers.Dot((2, 2))([x, x]), 10, 8),
    "attention": lambda: net(lambda x: layers.Attention()([x, x]), 10, 8),
    "several heads": lambda: net(lambda x: layers.MultiHeadAttention(4, 6, 5)(x, layers.Dense(3)(x)), 10, 8),
    "grouped heads": lambda: net(lambda x: layers.GroupQueryAttention(6, 4, 2)(x, x), 10, 8),
    "embedding": lambda: net(lambda x: layers.Dense(3)(layers.Embedding(100, 8)(x)), 10, dtype="int32"),
    "spectral": lambda: net(layers.SpectralNormalization(layers.Conv2D(4, 3)), 8, 8, 3),
    "several inputs": lambda: keras.Model(
        [a := keras.Input((8,)), b := keras.Input((4,))], [layers.Dense(3)(a), layers.Dense(2)(b)]
    ),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_layers_agree_with_tensorflows_graph(kind):
    model = LAYERS[kind]()
    result = keras_cnns.profile(model)
    assert result.macs == traced_macs(model) > 0
    assert result.params == model.count_params()
    assert not result.uncounted
    for row in result.rows:
        formulas = ((row.params_formula, row.params), (row.macs_formula, row.macs))
        for formula, number in formulas:
            assert not formula or eval(formula.replace("·", "*")) == number


@pytest.mark.parametrize(
    ("build", "shape", "macs"),
    [
        (layers.SimpleRNN(5), (10, 16), 10 * (16 + 5) * 5),
        (layers.GRU(5), (10, 16), 10 * 3 * (16 + 5) * 5),
        (layers.LSTM(5), (10, 16), 10 * 4 * (16 + 5) * 5),
        (layers.Bidirectional(layers.LSTM(5)), (10, 16), 2 * 10 * 4 * (16 + 5) * 5),
        (layers.ConvLSTM2D(5, 3), (7, 9, 9, 2), 7 * 7 * 7 * 9 * (2 + 5) * 4 * 5),
        (
            lambda x: layers.LSTM(4)(layers.Dense(3)(x), initial_state=encoder(x)[1:]),
            (10, 16),
            480 + 3200 + 1120,
        ),
        (lambda x: layers.Dense(2)(encoder(x)[1]), (10, 16), 3200 + 8),
        (layers.Conv2D(8, 3, groups=4), (9, 9, 12), 7 * 7 * 9 * 3 * 8),
        (layers.Conv2D(4, 3, data_format="channels_first"), (3, 10, 12), 8 * 10 * 27 * 4),
    ],
)
def test_layers_by_hand(build, shape, macs):
    result = keras_cnns.profile(build_weightless(net, build, *shape))
    assert result.macs == macs
    assert not result.uncounted


class Own(keras.Layer):
    """A custom layer with a dense one inside, whose code decides on values."""

    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(3)

    def compute_output_spec(self, x):
        return keras.KerasTensor((*x.shape[:-1], 3), x.dtype)

    def call(self, x):
        return self.inner(x) if ops.sum(x) > 0 else x[..., :3]


@pytest.mark.parametrize(
    ("build", "named"),
    [
        (lambda x: layers.Lambda(lambda y: 2 * y)(x), "Lambda"),
        (lambda x: Own()(x), "Own"),
        (lambda x: layers.AdditiveAttention()([x, x]), "attention"),
        (lambda x: layers.RNN([layers.LSTMCell(5)])(x), "RNN"),
        (lambda x: ops.inner(x, ops.ones((5, 8))), "Inner"),
        (lambda x: ops.linalg.svd(x)[1], "function"),
    ],
)
def test_what_is_not_counted_is_named(build, named):
    result = keras_cnns.profile(net(build, 8, 8))
    assert named in result.uncounted[0].note
    assert result.uncounted[0].macs is None
    assert named in " ".join(str(result).split())
    assert "* not counted" in str(result)


def test_shared_layers_and_models_inside():
    inner = keras.Sequential(
        [keras.Input((None, None, 3)), layers.Conv2D(5, 3), layers.GlobalAveragePooling2D()]
    )
    first, second = keras.Input((20, 20, 3)), keras.Input((30, 30, 3))
    both = keras.Model([first, second], [layers.Add()([inner(first), inner(second)]), inner(first)])
    result = keras_cnns.profile(both)
    assert result.params == both.count_params() == 140
    assert result.macs == 27 * 5 * (2 * 18 * 18 + 28 * 28)
    assert [row.shared for row in result.rows if row.kind == "Conv2D"] == [False, True, True]
    assert result.receptive_field == 3


def test_time_distributed_model():
    inner = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)])
    result = keras_cnns.profile(net(layers.TimeDistributed(inner), 10, 8, 8, 3))
    once = keras_cnns.profile(inner)
    assert (result.macs, result.depth, result.params) == (10 * once.macs, once.depth, once.params)


def test_sizes_that_a_model_leaves_open():
    model = build_weightless(keras.applications.VGG16, weights=None, include_top=False)
    with pytest.raises(ValueError, match=r"any size, \(None, None, 3\).*in_shape=\(224, 224, 3\)"):
        keras_cnns.profile(model)
    sized = keras_cnns.profile(model, in_shape=(224, 224, 3))
    assert sized.macs == 15_346_630_656
    assert (sized.last_map, sized.receptive_field) == ((7, 7, 512), 212)
    assert keras_cnns.profile(model, in_shape=(112, 448, 3)).macs == sized.macs
    for wrong in ((224, 224), (224, 224, 1), (0, 224, 3), [(8, 8, 3), (8, 8, 3)], (None, None, 3)):
        with pytest.raises(ValueError, match=r"in_shape must give positive sizes that fit the inputs"):
            keras_cnns.profile(model, in_shape=wrong)
    gated = build_weightless(keras.applications.EfficientNetB0, weights=None, include_top=False)
    assert keras_cnns.profile(gated, in_shape=(224, 224, 3)).macs == 385_814_752 - 1280 * 1000


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", True, None])
def test_batch_size_must_be_a_number_of_images(wrong):
    with pytest.raises(ValueError, match="batch_size must be an int, at least 1"):
        keras_cnns.profile(net(layers.Dense(2), 3), wrong)


def test_names_and_files(tmp_path):
    keras_cnns.create("lenet_5").save(tmp_path / "mine.keras")
    by_name, by_file = (
        keras_cnns.profile("lenet_5"),
        keras_cnns.profile(tmp_path / "mine.keras", batch_size=2),
    )
    assert by_name.macs == by_file.macs == 328_096
    assert by_file.activation_bytes == 2 * by_name.activation_bytes
    with pytest.raises(ValueError, match="did you mean .?lenet_5"):
        keras_cnns.profile("lenet6")


def test_what_is_no_graph_is_refused():
    with pytest.raises(ValueError, match="must be a functional or Sequential"):
        keras_cnns.profile(keras.layers.Dense(2))
    with pytest.raises(ValueError, match="has no input shape yet"):
        keras_cnns.profile(keras.Sequential([layers.Dense(2)]))
    with pytest.raises(ValueError, match="optimizer must be one that Keras knows.*'adamm'"):
        keras_cnns.profile(net(layers.Dense(2), 3), optimizer="adamm")


def test_deep_models_need_no_recursion():
    def blocks():
        x = inputs = keras.Input((8, 8, 2))
        for _ in range(700):
            x = layers.Add()([layers.ReLU()(layers.Conv2D(2, 3, padding="same")(x)), x])
        return keras.Model(inputs, x)

    with deep():
        model = build_weightless(lambda: blocks())
    result = keras_cnns.profile(model)
    assert len(result.rows) == 2101
    assert (result.depth, result.receptive_field, result.macs) == (700, 1401, 700 * 64 * 36)
    assert len(str(result).splitlines()) < 20
    assert len(result.text(stages=False).splitlines()) > 2101


def test_formulas_are_the_textbooks():
    result = keras_cnns.profile(weightless("vgg16"))
    row = next(row for row in result.rows if row.name == "conv2_1")
    assert (row.params_formula, row.macs_formula) == ("3·3·64·128 + 128", "3·3·64·128 · 112·112")
    assert (row.shape, row.receptive_field, row.stride) == ((None, 112, 112, 128), 10, 2)
    assert {what: row.name for what, row in result.dominant().items()} == {
        "parameters": "fc6",
        "multiply-adds": "conv1_2",
        "activation memory": "conv1_1",
    }
    normalized = keras_cnns.profile(net(lambda x: layers.BatchNormalization()(x), 4, 4, 64))
    assert row_of(normalized, "BatchNormalization").params_formula == "4·64"


def test_text_shows_stages_of_long_networks_and_layers_of_short_ones():
    long, short = (keras_cnns.profile(weightless(name)) for name in ("resnet152", "lenet_5"))
    page = str(long)
    assert len(page.splitlines()) < 40
    assert re.search(
        r"^conv4_2…36 +35× +14×14×1024 +1,120,256 +218 M +68 % +3.21 MB +1315 +16$", page, re.MULTILINE
    )
    assert "60,344,232, of which 60,192,808 are trained" in page
    assert len(long.text(stages=False).splitlines()) > len(long.rows)
    assert "5·5·1·6 + 6" in str(short)
    assert re.search(r"^stage +output", short.text(stages=True), re.MULTILINE)
    for width in (60, 80, 140):
        assert max(map(len, long.text(stages=False, width=width).splitlines())) <= max(width, 75)


def test_stages_of_applications_and_of_models_without_names():
    vgg = keras_cnns.profile(weightless("VGG16"))
    assert list(dict.fromkeys(row.stage for row in vgg.rows))[1:7] == [
        *(f"block{i}" for i in range(1, 6)),
        "flatten",
    ]
    plain = keras_cnns.profile(
        net(lambda x: layers.Dense(2)(layers.Flatten()(layers.Conv2D(2, 3)(x))), 8, 8, 3)
    )
    assert [row.stage for row in plain.rows] == ["8×8", "6×6", "vectors", "vectors"]


def test_formats_tell_the_same():
    hostile = keras.Sequential([keras.Input((4, 4, 3)), layers.Conv2D(2, 3, name="=a|b_<i>&")])
    result = keras_cnns.profile(hostile, 2)
    lines = list(csv.DictReader(io.StringIO(result.csv())))
    assert [line["name"] for line in lines] == ["input_layer", "'=a|b_<i>&"]
    assert [int(line["macs"]) for line in lines] == [0, 216]
    parsed = json.loads(result.json())
    assert (parsed["macs"], parsed["training_bytes"]) == (216, result.training_bytes)
    assert parsed["rows"][1]["params_formula"] == "3·3·3·2 + 2"
    assert "=a\\|b\\_&lt;i&gt;&amp;" in result.markdown()
    page = ElementTree.fromstring(f"<div>{result._repr_html_().replace('<br>', '<br/>')}</div>")
    assert "=a|b_<i>&" in [cell.text for cell in page.iter("th")]


def test_save(tmp_path):
    result = keras_cnns.profile(net(layers.Dense(2), 3))
    for suffix in ("csv", "json", "md", "html", "txt"):
        result.save(tmp_path / f"costs.{suffix}")
        assert (tmp_path / f"costs.{suffix}").stat().st_size > 50
    with pytest.raises(ValueError, match=r"must end in \.csv"):
        result.save(tmp_path / "costs.xls")


def test_compare_costs(tmp_path):
    result = keras_cnns.compare_costs(["resnet50", "vgg16", "lenet_5"], batch_size=2)
    assert [row.name for row in result.rows] == ["lenet_5", "vgg16", "resnet50"]
    vgg = result.rows[1]
    assert (vgg.macs, vgg.activation_bytes, vgg.top1, vgg.year) == (
        15_470_264_320,
        2 * 60_950_432,
        71.6,
        2014,
    )
    assert re.search(r"^vgg16 +2014 +138 M +15.5 G +122 MB +16 +212 +71.6 90.4$", str(result), re.MULTILINE)
    assert [row["name"] for row in json.loads(result.json())["networks"]] == [row.name for row in result.rows]
    assert len(list(csv.reader(io.StringIO(result.csv())))) == 4
    result.save(tmp_path / "costs.svg")
    drawn = ElementTree.parse(tmp_path / "costs.svg").getroot()
    words = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"VGG-16", "138 M", "15.5 G", "122 MB", "71.6 / 90.4", "1998"} <= set(words)
    with pytest.raises(ValueError, match="did you mean"):
        keras_cnns.compare_costs(["resnet5O"])
    for wrong in ([], "resnet50"):
        with pytest.raises(ValueError, match="names must"):
            keras_cnns.compare_costs(wrong)


def test_bars_are_as_long_as_the_figures():
    from keras_cnns.diagram.draw.scene import Rectangle

    scene = keras_cnns.compare_costs(["vgg11", "vgg19"]).scene()
    widths = [shape.width for shape in scene.shapes if isinstance(shape, Rectangle) and shape.tooltip]
    assert widths[0] / widths[1] == pytest.approx(132_863_336 / 143_667_240)
    assert widths[2] / widths[3] == pytest.approx(7_609_090_048 / 19_632_062_464)
    assert max(shape.x + shape.width for shape in scene.shapes if isinstance(shape, Rectangle)) <= scene.width


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["keras-cnns", "profile", *words])
        with pytest.raises(SystemExit) as stop:
            main.main()
        return stop.value.code or 0, *capsys.readouterr()

    return run


def test_command(command, tmp_path):
    status, out, _ = command("resnet18")
    assert status == 0
    assert "1,814,073,344 multiply-adds" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    status, out, _ = command(
        "inception_v3", "--aux", "--format", "json", "--batch-size", "8", "--optimizer", "adam"
    )
    parsed = json.loads(out)
    assert (parsed["macs"], parsed["batch_size"], parsed["optimizer"]) == (5_718_899_296, 8, "Adam")
    assert command("resnet18", "--layers")[1].count("3·3·64·64") > 3
    assert command("nin", "--size", "448", "--format", "csv")[1].splitlines()[1].split(",")[3] == "448×448×3"
    assert command("resnet18", "-o", "costs.md")[0] == 0
    assert (tmp_path / "costs.md").read_text().startswith("| layer |")
    assert "is there already" in command("resnet18", "-o", "costs.md")[2]


def test_command_reads_files_of_any_size(command, tmp_path):
    net(lambda x: layers.Conv2D(2, 3)(x), None, None, 3).save(tmp_path / "mine.keras")
    status, _, err = command("mine.keras")
    assert status == 1
    assert "takes any size, (None, None, 3); give one, such as --size 224" in " ".join(err.split())
    status, out, err = command("mine.keras", "--size", "12", "--format", "json")
    assert json.loads(out)["macs"] == 100 * 54
    assert "only the architecture is read" in " ".join(err.split())
    assert "only the architecture is read" in " ".join(command("mine.keras", "--size", "12")[1].split())
    net(lambda x: layers.Conv2D(2, 3)(x), 12, 12, 3).save(tmp_path / "fixed.keras")
    assert json.loads(command("fixed.keras", "--format", "json")[1])["macs"] == 100 * 54
    assert "this one takes (12, 12, 3)" in " ".join(command("fixed.keras", "--size", "9")[2].split())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "give the name of a network, or a file, or --all"),
        (["resnet18", "--all"], "give the name of a network, or a file, or --all"),
        (["resnet18", "-o", "costs.xls"], "must end in"),
        (["resnet18", "-o", "folder/costs.csv"], "in a folder that exists"),
        (["resnet18", "--layers", "--stages"], "exclude each other"),
        (["resnet18", "--aux"], "--aux is for inception_v1, inception_v3, inception_v4"),
        (["resnet81"], "did you mean"),
        (["mine.keras"], "is neither"),
        (["resnet18", "-o", "costs.svg"], "only --all has"),
        (["--all", "--size", "64"], "as published"),
        (["resnet18", "--optimizer", "adamm"], "optimizer must be"),
    ],
)
def test_command_refuses(command, words, reason):
    status, _, err = command(*words)
    assert status == 1
    assert reason in " ".join(err.split())


def test_command_all(command, monkeypatch, tmp_path):
    monkeypatch.setattr(facts, "NETWORKS", tuple(map(facts.find_network, ("lenet_5", "alexnet", "resnet18"))))
    status, out, err = command("--all", "-o", "costs.svg", "--format", "text")
    assert status == 0
    assert "costs.svg written" in err
    assert [line.split()[0] for line in out.splitlines()[2:5]] == ["lenet_5", "alexnet", "resnet18"]
    assert (tmp_path / "costs.svg").read_text().startswith("<svg")
    assert len(json.loads(command("--all", "--format", "json")[1])["networks"]) == 3


def padded_by_a_function(channels, sides):
    def build(x):
        x = layers.Conv2D(4, 3)(x)
        return layers.Conv2D(2, 3)(ops.pad(x, ((0, 0), sides, sides, channels)))

    return net(build, 20, 20, 2)


@pytest.mark.parametrize("channels", [(0, 0), (0, 5), (2, 1)])
@pytest.mark.parametrize("sides", [(0, 0), (2, 2), (0, 3)])
def test_padding_by_a_function_keeps_the_receptive_field(channels, sides):
    result = keras_cnns.profile(padded_by_a_function(channels, sides))
    layer = net(
        lambda x: layers.Conv2D(2, 3)(layers.ZeroPadding2D((sides, sides))(layers.Conv2D(4, 3)(x))), 20, 20, 2
    )
    assert result.receptive_field == keras_cnns.profile(layer).receptive_field == 5
