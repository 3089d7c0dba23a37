"""Mutants have one mistake, which `compare` finds and names; in rewritten networks it finds none."""

import itertools
import random

import keras
import numpy as np
import pytest
from keras import layers
from support.compare_cases import filled, inception, residual, same_function, towers
from support.rewrites import REWRITINGS, nested, rewritten, shuffled
from support.sizes import weightless

from keras_cnns import mutate
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.mistakes import MISTAKES
from keras_cnns.mutation.editable_model import duplicate, to_editable
from keras_cnns.mutation.mutate import MUTATIONS, mutant_of
from keras_cnns.mutation.table import KINDS, TABLE, TRIVIAL
from keras_cnns.weightless import build_weightless

NETWORKS = ("lenet_5", "alexnet", "nin_cifar", "inception_v1", "resnet18", "resnet20", "xception")


@pytest.fixture(scope="module")
def networks():
    """Each network, and as an editable model."""
    return {name: (weightless(name), to_editable(weightless(name))) for name in NETWORKS}


@pytest.fixture(scope="module")
def places(networks):
    """Models that have a place for every mutation between them, the small ones first."""
    small = {model.name: (model, to_editable(model)) for model in (residual(), towers(), scaled())}
    small["in groups"] = (grouped := in_groups(), to_editable(grouped))
    small["scaled inside"] = (inside := scaled_inside(), to_editable(inside))
    small["later"] = (new := build_weightless(later()), to_editable(new))
    small["of each image"] = (normalized := normalized_alone(), to_editable(normalized))
    return small | networks | {"resnet50": (weightless("resnet50"), to_editable(weightless("resnet50")))}


def in_groups():
    """A module whose towers a grouped convolution reads, so that their order counts."""
    return build_weightless(
        lambda: filled(inception, layers.Conv2D(6, 3, groups=2), layers.Flatten(), layers.Dense(3))
    )


def scaled_inside():
    """Two ways from one map, one of them scaled, and no shortcut."""

    def build():
        x = keras.Input((8, 8, 3))
        ways = [layers.Conv2D(4, 3)(x), layers.Rescaling(0.5)(layers.Conv2D(4, 3)(x))]
        return keras.Model(x, layers.Add()(ways))

    return build_weightless(build)


def normalized_alone():
    """Layer normalization between convolutions, as where the maps of ConvNeXt become smaller."""

    def build():
        x = inputs = keras.Input((8, 8, 4))
        x = layers.LayerNormalization()(layers.DepthwiseConv2D(3, padding="same")(x))
        x = layers.Conv2D(6, 2, 2)(layers.Dense(4, activation="gelu")(x))
        return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))

    return build_weightless(build)


def later():
    """Networks after 2016: dense blocks, then inverted ones with and without a gate and a shortcut."""

    def norm(x, activate=True):
        x = layers.BatchNormalization()(x)
        return layers.Activation("swish")(x) if activate else x

    def build():
        x = inputs = keras.Input((16, 16, 3))
        x = norm(layers.Conv2D(8, 3, use_bias=False, padding="same")(x))
        for transition in (True, False):
            for _ in range(3):
                y = layers.Conv2D(16, 1, use_bias=False)(norm(x))
                x = layers.Concatenate()([x, layers.Conv2D(4, 3, use_bias=False, padding="same")(norm(y))])
            if transition:
                x = layers.AveragePooling2D(2)(layers.Conv2D(10, 1, use_bias=False)(norm(x)))
        for width, strides, gate in ((12, 2, True), (12, 1, True), (16, 2, False)):
            y = norm(layers.Conv2D(4 * x.shape[-1], 1, use_bias=False)(x))
            y = norm(layers.DepthwiseConv2D(3, strides, "same", use_bias=False)(y))
            if gate:
                z = layers.Dense(3, "relu")(layers.GlobalAveragePooling2D(keepdims=True)(y))
                y = layers.Multiply()([y, layers.Dense(y.shape[-1], "sigmoid")(z)])
            y = norm(layers.Conv2D(width, 1, use_bias=False)(y), activate=False)
            x = layers.Add()([x, y]) if strides == 1 else y
        x = layers.LayerNormalization()(layers.GlobalAveragePooling2D()(x))
        return keras.Model(inputs, layers.Dense(3)(x), name="later")

    return build


def attending():
    """Attention between two sequences, given by name, and what else is called with more than its tensors."""
    a, b = keras.Input((6, 4), name="a"), keras.Input((5, 4), name="b")
    x = layers.MultiHeadAttention(2, 3)(query=a, value=b, use_causal_mask=True)
    x = layers.Dense(8, activation="relu")(x)
    return keras.Model([b, a], layers.Dense(2)(layers.LSTM(3)(x)))


def free(rank):
    """Windows and blocks on maps of any size."""
    conv = (layers.Conv1D, layers.Conv2D, layers.Conv3D)[rank - 1]
    x = inputs = keras.Input((*[None] * rank, 4))
    for _ in range(3):
        y = conv(4, 3, padding="same", activation="relu")(x)
        x = layers.Add()([x, layers.BatchNormalization()(y)])
    pool = {1: layers.GlobalMaxPooling1D, 2: layers.GlobalMaxPooling2D, 3: layers.GlobalMaxPooling3D}[rank]
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(pool()(x)))


class Unsaved(keras.Layer):
    """A layer that Keras cannot write down."""

    def __init__(self, function):
        super().__init__()

    def call(self, x):
        return x


def scaled():
    """A residual block whose branch is scaled."""
    x = inputs = keras.Input((12, 12, 4))
    y = layers.Rescaling(0.2)(layers.Conv2D(4, 3, padding="same")(x))
    return keras.Model(inputs, layers.ReLU()(layers.Add()([y, x])), name="scaled")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_model_put_together_again_is_itself(networks, name):
    model, editable = networks[name]
    again = duplicate(editable).build()
    assert compare_models(again, model, also=["dropout", "names", "initializers"]).verdict == "exact"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_mistake_is_the_first_difference(networks, name):
    model, editable = networks[name]
    for seed in range(10):
        mutant = mutant_of(editable, seed)
        report = compare_models(mutant.model, model)
        assert report.differences, mutant.change
        found = set(report.differences[0].places[0])
        assert found & set(mutant.change.layers), (seed, mutant.change, str(report))


@pytest.mark.parametrize("name", NETWORKS)
def test_rewritten_networks_have_no_difference(networks, name):
    model, editable = networks[name]
    for seed in range(8):
        again, ways = rewritten(editable, seed)
        report = compare_models(again, model)
        assert report.differences == (), (seed, ways, str(report))


def small():
    """A network with a place for every rewriting."""
    x = inputs = keras.Input((12, 12, 3))
    x = layers.Conv2D(4, 3, 2, padding="same")(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    y = layers.Conv2D(4, 3, activation="relu")(layers.ZeroPadding2D(1)(x))
    x = layers.Add()([y, x])
    x = layers.SeparableConv2D(4, 3, padding="same", use_bias=False)(x)
    x = layers.Dropout(0.3)(layers.Concatenate()([x, y, x]))
    two = [layers.GlobalAveragePooling2D()(x), layers.Dense(5)(layers.Flatten()(x))]
    return keras.Model(inputs, layers.Dense(3)(layers.Concatenate()(two)))


ALL_REWRITINGS = {
    "renamed",
    "activations_apart",
    "activations_inside",
    "padding_apart",
    "padding_inside",
    "dropout_dropped",
    "dropout_added",
    "idle_layers",
    "superfluous_bias",
    "pooled_differently",
    "dense_as_convolution",
    "halves",
    "sums_turned",
    "sums_nested",
}


def test_all_rewritings_are_here():
    assert len(REWRITINGS) == 14
    assert {rewriting.__name__ for rewriting in REWRITINGS} == ALL_REWRITINGS


@pytest.mark.parametrize("rewriting", [*REWRITINGS, nested, shuffled], ids=lambda one: one.__name__)
def test_a_rewriting_changes_no_output(rewriting, monkeypatch):
    """Or the rewritings would prove nothing."""
    model = small()
    editable = to_editable(model)
    rng = random.Random(1)
    if rewriting in (nested, shuffled):
        monkeypatch.setattr(
            "keras_cnns.mutation.editable_model.build_weightless", lambda build, *given: build(*given)
        )
        again = rewriting(editable, rng)
    else:
        for _ in range(4):
            rewriting(editable, rng)
        again = editable.build_with_weights()
    if rewriting.__name__ == "superfluous_bias":
        again.layers[1].bias.assign([5.0] * 4)  # what batch normalization learns takes this away
    else:
        assert same_function(again, model)
    assert compare_models(again, model).verdict in ("exact", "equivalent")


@pytest.mark.parametrize("rewriting", [*REWRITINGS, nested, shuffled], ids=lambda one: one.__name__)
def test_a_rewriting_changes_the_model(rewriting):
    """A rewriting that leaves the model as it is would prove nothing either."""
    original = small()
    for seed in range(9):
        editable, rng = to_editable(original), random.Random(seed)
        again = rewriting(editable, rng) if rewriting in (nested, shuffled) else None
        if rewriting not in (nested, shuffled):
            rewriting(editable, rng)
            again = editable.build()
        if again.to_json() != original.to_json():
            return
    raise AssertionError("it never changes anything")


# For each mutation the mistakes that it plants, each of which `compare` must give its name.
PLANTED = {
    "filters": {"different number of filters"},
    "classes": {"wrong number of classes"},
    "kernel": {"different kernel", "3×3 for 5×5"},
    "strides": {"different stride"},
    "groups": {"one tower", "different number of groups"},
    "padding": {"different padding"},
    "uneven_padding": {"uneven padding"},
    "pooling_kind": {"average for max-pooling", "max for average pooling"},
    "pooling_window": {"different pooling window"},
    "activation_missing": {
        "activation missing",
        "activation missing after the addition",
        "softmax missing",
    },
    "other_activation": {"different activation"},
    "normalization_missing": {
        "batch normalization missing",
        "layer normalization missing",
        "response normalization missing",
    },
    "normalization_constant": {
        "gamma in batch normalization",
        "beta in batch normalization",
        "different epsilon",
        "different constants of response normalization",
        "residual scaling",
        "scaling",
    },
    "bias": {"bias"},
    "separable": {"full convolution for a separable one"},
    "shortcut_missing": {"shortcut"},
    "shortcut_elsewhere": {"shortcut"},
    "activation_before_addition": {"ReLU before the addition"},
    "normalization_swapped": {"activation and batch normalization swapped"},
    "projection_before_pooling": {"projection before the pooling"},
    "towers_swapped": {"towers in a different order"},
    "tower_missing": {"tower missing"},
    "block_missing": {"too few blocks"},
    "block_repeated": {"too many blocks"},
    "layer_missing": {"layer missing", "pooling missing"},
    "layer_added": {"extra layer", "extra activation", "extra batch normalization", "extra pooling"},
    "head": {"global pooling head", "flattened head"},
    "stride_moved": {"stride in the 3×3", "stride on a different layer"},
    "gate_elsewhere": {"squeeze and excitation elsewhere"},
    "gate_missing": {"squeeze and excitation missing"},
    "extra_shortcut": {"extra shortcut"},
    "growth_rate": {"different growth rate"},
    "compression": {"different compression"},
    "expansion": {"different expansion"},
    "layer_epsilon": {"different epsilon outside batch normalization"},
    "even_padding": {"uneven padding"},
}


def test_all_mutations_are_here():
    names = [mutation.__name__ for mutation, _ in MUTATIONS]
    assert len(names) == len(PLANTED) == 36
    assert set(names) == set(PLANTED)
    assert set().union(*PLANTED.values()) <= {mistake.name for mistake in MISTAKES}
    assert {row.mutation.__name__: {one.name for one in row.plants} for row in TABLE} == PLANTED
    assert set(KINDS) == set().union(*PLANTED.values()) > TRIVIAL


@pytest.mark.parametrize(
    ("name", "mistake"), [(name, mistake) for name, planted in PLANTED.items() for mistake in sorted(planted)]
)
def test_compare_names_what_each_mutation_plants(places, name, mistake):
    (mutation,) = (mutation for mutation, _ in MUTATIONS if mutation.__name__ == name)
    for seed, (original, editable) in itertools.product(range(40), places.values()):
        mutant = duplicate(editable)
        change = mutation(mutant, random.Random(seed))
        if change is None or change.mistake != mistake:
            assert change is None or change.mistake in PLANTED[name]
            continue
        try:
            model = mutant.build()
        except ValueError:
            continue  # `mutate` tries again where the layers no longer fit
        first = compare_models(model, original).differences[0]
        assert first.mistake == mistake, (seed, change, first)
        assert {*first.places[0]} & {*change.layers}
        return
    raise AssertionError("it is never planted")


LATER = [row.mutation.__name__ for row in TABLE if row.fits is not TABLE[0].fits]


def with_weights_of(model, other):
    """A model with the weights that another has in layers of the same names."""
    for layer in (layer for layer in model.layers if layer.weights):
        layer.set_weights(other.get_layer(layer.name).get_weights())
    return model


@pytest.fixture(scope="module")
def computed():
    """A model with random weights, images, and what it makes of them, put together again as well."""
    keras.backend.clear_session()
    model, rng = later()(), np.random.default_rng(0)
    for weight in model.weights:
        spread = rng.normal(0, np.prod(weight.shape[:-1]) ** -0.5, weight.shape)
        weight.assign(rng.uniform(0.5, 1.5, weight.shape) if len(weight.shape) == 1 else spread)
    images = rng.uniform(-1, 1, (2, 16, 16, 3)).astype("float32")
    outputs, editable = np.asarray(model(images)), to_editable(model)
    again = with_weights_of(duplicate(editable).build_with_weights(), model)
    assert np.array_equal(again(images), outputs)
    return model, editable, images, outputs


@pytest.mark.parametrize("name", LATER)
def test_what_is_planted_changes_the_network(computed, name):
    """By Keras alone: another number of weights, or other outputs with the same weights by layers' names."""
    model, editable, images, outputs = computed
    (row,) = (row for row in TABLE if row.mutation.__name__ == name)
    assert row.fits(editable) and not row.fits(to_editable(residual()))
    mutant = duplicate(editable)
    assert row.mutation(mutant, random.Random(1))
    if mutant.build().count_params() == model.count_params():
        wrong = with_weights_of(mutant.build_with_weights(), model)
        assert np.abs(np.asarray(wrong(images)) - outputs).max() > 1e-6


# What a seed gives is printed in documents and used in courses.
SEEDS = {
    0: ("different number of groups", ("conv2d_7",), "conv2d_7: 2 groups, the reference has 1"),
    1: ("ReLU before the addition", ("re_lu_3",), "re_lu_3 comes before add_1, in the reference after it"),
    2: ("different kernel", ("conv2d_2",), "conv2d_2: kernel 5×5, the reference has 3×3"),
    3: (
        "batch normalization missing",
        ("conv2d_11", "add_4"),
        "batch_normalization_10 of functional is missing; the gap is between conv2d_11 and add_4",
    ),
    4: (
        "batch normalization missing",
        ("conv2d_2", "add"),
        "batch_normalization_1 of functional is missing; the gap is between conv2d_2 and add",
    ),
    5: (
        "layer missing",
        ("re_lu_2", "add_1"),
        "conv2d_4 of functional is missing; the gap is between re_lu_2 and add_1",
    ),
    6: (
        "flattened head",
        ("flatten",),
        "flatten: flattening, the reference has global average pooling",
    ),
    7: (
        "shortcut",
        ("re_lu_3", "batch_normalization_5", "re_lu_5"),
        "the shortcut is missing: add_2 of functional is not there; "
        "the gap is between re_lu_3, batch_normalization_5 and re_lu_5",
    ),
}


def test_a_seed_gives_what_it_always_gave():
    model = residual()
    assert {seed: tuple(mutate(model, seed).change[:3]) for seed in SEEDS} == SEEDS


def test_one_seed_is_one_mutant():
    model = residual()
    one, again, other = mutate(model, 3), mutate(model, 3), mutate(model, 4)
    assert one.change == again.change
    assert compare_models(one.model, again.model).verdict == "exact"
    assert other.change != one.change


def test_the_original_stays_as_it_is():
    model = residual()
    before = [layer.get_config() for layer in model.layers]
    for seed in range(15):
        mutate(model, seed)
    assert [layer.get_config() for layer in model.layers] == before


def test_a_model_of_any_size_can_be_mutated():
    """Sides that are not known are no numbers, which mutations that compare sides must know."""
    inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(inputs)
    x = layers.MaxPooling2D(2)(layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(x)))
    model = keras.Model(inputs, layers.Dense(3, "softmax")(layers.GlobalAveragePooling2D()(x)))
    original = to_editable(model)
    mutants = [mutant_of(original, seed) for seed in range(60)]
    assert len({mutant.change.mistake for mutant in mutants}) > 5


def test_bad_input():
    with pytest.raises(ValueError, match="must be a functional or Sequential Keras model"):
        mutate(3, 1)
    with pytest.raises(ValueError, match="seed must be an int"):
        mutate(residual(), "one")
    x = keras.Input((4,))
    with pytest.raises(ValueError, match="has no place for a mistake"):
        mutate(keras.Model(x, layers.Identity()(x)), 1)
    with pytest.raises(ValueError, match="layers that give one tensor each"):
        mutate(keras.Model(x, keras.ops.split(x, 2, axis=1)), 1)
    with pytest.raises(ValueError, match="has no place for a mistake"):
        mutate(keras.Model(x, keras.ops.sin(x)), 1)


@pytest.mark.parametrize("build", [attending, *(lambda n=n: free(n) for n in (1, 2, 3))])
def test_models_of_any_size_and_with_calls_by_name(build):
    model = build_weightless(build)
    for seed in range(12):
        mutant, change = mutate(model, seed)
        assert [tensor.shape for tensor in mutant.inputs] == [tensor.shape for tensor in model.inputs]
        assert compare_models(mutant, model).verdict != "exact", change


def test_a_mutant_calls_its_layers_as_the_model_does():
    rebuilt = to_editable(build_weightless(attending)).build()
    (call,) = rebuilt.get_layer("multi_head_attention")._inbound_nodes
    assert call.arguments.kwargs["use_causal_mask"] is True
    assert [tensor.shape[1] for tensor in call.input_tensors] == [6, 5]


def test_layers_that_cannot_be_rebuilt_are_named():
    inputs = keras.Input((4,))
    with pytest.raises(ValueError, match=r"can be rebuilt from their config; 'unsaved' is a Unsaved"):
        mutate(keras.Model(inputs, Unsaved(max)(inputs)), 1)
