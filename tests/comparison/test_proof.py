"""Numbers bear out that two models compute the same, or say where they part."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from support.rewrites import rewritten
from support.sizes import weightless

import keras_cnns
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.comparison.proof import prove as proof
from keras_cnns.mutation.editable_model import to_editable

MAP = (8, 8, 3)


def network(*parts, shape=MAP):
    x = inputs = keras.Input(shape)
    for part in parts:
        x = part(x)
    return keras.Model(inputs, x)


def towers(*order):
    """Towers of other widths in this order, through pooling and normalization to two kinds of readers."""

    def build(x):
        ways = {
            "a": lambda: layers.Conv2D(4, 1)(x),
            "b": lambda: layers.Conv2D(4, 3, padding="same", activation="relu")(x),
            "c": lambda: layers.Conv2D(5, 1)(layers.MaxPooling2D(3, 1, padding="same")(x)),
        }
        y = layers.Concatenate()([ways[name]() for name in order])
        y = layers.BatchNormalization()(layers.ReLU()(y))
        return layers.DepthwiseConv2D(3, depth_multiplier=2)(y)

    return build


def sliced(n, layer):
    """A grouped convolution of slices."""

    def build(x):
        width = x.shape[-1] // n
        parts = [layer()(x[..., k * width : (k + 1) * width]) for k in range(n)]
        return layers.Concatenate()(parts)

    return build


SAME = {
    "bias before normalization": (
        [layers.Conv2D(4, 3), layers.BatchNormalization()],
        [layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization()],
    ),
    "dense as convolution": (
        [layers.Flatten(), layers.Dense(5, "relu"), layers.Dense(2)],
        [layers.Conv2D(5, 8, activation="relu"), layers.Flatten(), layers.Dense(2)],
    ),
    "dense on a map": ([layers.Dense(4)], [layers.Conv2D(4, 1)]),
    "depthwise as groups": ([layers.DepthwiseConv2D(3, depth_multiplier=2)], [layers.Conv2D(6, 3, groups=3)]),
    "separable as two": (
        [layers.SeparableConv2D(4, 3, padding="same")],
        [layers.DepthwiseConv2D(3, padding="same", use_bias=False), layers.Conv2D(4, 1)],
    ),
    "padding": (
        [layers.ReLU(), layers.ZeroPadding2D(((0, 1), (0, 1))), layers.Conv2D(4, 3, 2)],
        [layers.ReLU(), layers.Conv2D(4, 3, 2, padding="same")],
    ),
    "activation after pooling": (
        [layers.Conv2D(4, 3), layers.MaxPooling2D(), layers.ReLU(), layers.Flatten(), layers.Dense(2)],
        [layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(2)],
    ),
    "towers in another order": (
        [towers("a", "b", "c"), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)],
        [towers("c", "a", "b"), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)],
    ),
    "towers before a flattening": (
        [towers("a", "b", "c"), layers.Flatten(), layers.Dense(2)],
        [towers("b", "c", "a"), layers.Flatten(), layers.Dense(2)],
    ),
    "groups as slices": (
        [sliced(3, lambda: layers.Conv2D(4, 3)), layers.BatchNormalization()],
        [layers.Conv2D(12, 3, groups=3, use_bias=False), layers.BatchNormalization()],
        (8, 8, 6),
    ),
    "preparation": (
        [layers.Rescaling(1 / 255, offset=-0.5), layers.RandomFlip(), layers.Conv2D(4, 3)],
        [layers.Conv2D(4, 3)],
    ),
    "recurrence": (
        [layers.Reshape((8, 24)), layers.Bidirectional(layers.LSTM(3))],
        [layers.Reshape((8, 24)), layers.Bidirectional(layers.LSTM(3))],
    ),
}


def networks(case):
    mine, theirs, *shape = SAME[case]
    return [network(*parts, shape=shape[0] if shape else MAP) for parts in (mine, theirs)]


@pytest.mark.parametrize("case", SAME)
def test_what_is_the_same_is_proved(case):
    mine, theirs = networks(case)
    for pair in ((mine, theirs), (theirs, mine)):
        report = compare_models(*pair, prove=True)
        assert report.verdict in ("exact", "equivalent"), str(report)
        assert report.proof.state == "proved", report.proof.sentence
        assert report.proof.sentence.startswith("proved on 3 random inputs")


def test_models_keep_their_weights():
    mine, theirs = networks("bias before normalization")
    before = [[np.copy(w) for w in model.get_weights()] for model in (mine, theirs)]
    assert compare_models(mine, theirs, prove=True).proof.state == "proved"
    for model, kept in zip((mine, theirs), before):
        assert all(np.array_equal(one, other) for one, other in zip(model.get_weights(), kept))


@pytest.mark.parametrize("seed", range(6))
def test_rewritten_networks_are_proved(seed):
    original = weightless("lenet_caffe" if seed % 2 else "lenet_5")
    model, ways = rewritten(to_editable(original), seed)
    report = compare_models(model, original, prove=True)
    assert report.proof is not None and report.proof.state == "proved", (ways, str(report))


def test_numbers_have_the_last_word(monkeypatch):
    """If the structure missed it, the verdict is "different", with the layer where the outputs part."""
    mine = network(layers.Conv2D(4, 3), layers.LeakyReLU(0.1, name="mine"), layers.Conv2D(2, 3))
    theirs = network(layers.Conv2D(4, 3), layers.LeakyReLU(0.3, name="theirs"), layers.Conv2D(2, 3))
    from keras_cnns.comparison.canonical import activations

    monkeypatch.setattr(activations, "_rectifier", lambda operation, name: {"function": "leaky_relu"})
    assert compare_models(mine, theirs).verdict == "exact"
    report = compare_models(mine, theirs, prove=True)
    (only,) = report.differences
    assert report.verdict not in ("exact", "equivalent")
    assert (only.layer, only.reference_layer) == ("mine", "theirs")
    assert "not found by structure" in report.text() and "proved" not in report.text().lower()


def test_what_is_costly_is_not_proved_unless_asked():
    large = weightless("vgg16")
    report = compare_models(large, large, prove=None)
    assert report.verdict == "exact" and report.proof.state == "not tried"
    assert "prove=True does it" in report.text()
    assert compare_models(large, large, prove=False).proof is None


def test_the_public_function_proves_and_says_so_everywhere():
    model = network(layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2, "softmax"))
    report = keras_cnns.compare(model, model)
    assert report.proof.state == "proved"
    for text in (report.text(), report.markdown(), report.html()):
        assert "Proved on 3 random inputs" in text
    assert report.to_dict()["proof"]["state"] == "proved"
    assert "proved" in report.csv()
    assert "roved" not in keras_cnns.compare(model, model, prove=False).text()


def normalized(epsilon, *more):
    return network(layers.Conv2D(4, 3), layers.BatchNormalization(epsilon=epsilon), *more)


def test_where_differences_are_ignored_the_report_says_that_nothing_is_proved():
    report = compare_models(normalized(1e-3), normalized(1e-5), ignore=["epsilon"], prove=True)
    assert report.verdict == "exact" and report.proved is None
    assert "the same network, apart from what is ignored" in report.headline
    for text in (report.text(200), report.markdown(), report.html()):
        assert "Could not be proved by numbers: a difference is ignored. The verdict rests on" in text
    assert report.to_dict()["proved"] is None and report.to_dict()["proof"]["state"] == "impossible"
    pair = normalized(1e-3, layers.ReLU()), normalized(1e-5, layers.Activation("tanh"))
    more = compare_models(*pair, prove=True, ignore=["epsilon", "different activation"])
    assert "2 differences are ignored" in more.evidence


def test_proved_says_what_numbers_show(monkeypatch):
    assert compare_models(normalized(1e-3), normalized(1e-3), prove=True).proved is True
    assert compare_models(normalized(1e-3), normalized(1e-3), prove=False).proved is None
    found = compare_models(normalized(1e-3), normalized(1e-5), prove=True)
    assert found.proved is None and found.evidence == ""  # structure shows the difference
    large = weightless("vgg16")
    untried = compare_models(large, large, prove=None)
    assert untried.proved is None
    assert untried.evidence.endswith("The verdict rests on the layers and how they are connected.")
    monkeypatch.setattr("keras_cnns.comparison.proof.prove.TOLERANCE", -1.0)
    refuted = compare_models(normalized(1e-3), normalized(1e-3), prove=True)
    assert refuted.verdict not in ("exact", "equivalent")
    assert refuted.proved is False and refuted.to_dict()["proved"] is False


def test_code_that_cannot_run_is_no_proof_and_no_error():
    class Fails(keras.Layer):
        def call(self, x):
            if not isinstance(x, keras.KerasTensor):
                raise RuntimeError("not today")
            return x * 2.0

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape)

    model = network(Fails())
    report = compare_models(model, model, prove=True)
    assert report.proof.state == "impossible" and "not today" in report.text()


def test_random_outputs_prove_nothing():
    def random():
        return network(layers.Conv2D(2, 3), lambda x: layers.Dropout(0.5)(x, training=True))

    assert compare_models(random(), random(), prove=True).proof.state == "impossible"


def test_embeddings_get_words():
    model = network(layers.Embedding(7, 3), layers.LSTM(4), shape=(5,))
    assert compare_models(model, model, prove=True).proof.state == "proved"
    inputs = [keras.Input((4,)), keras.Input((4,))]
    two = keras.Model(inputs, ops.subtract(*inputs))
    assert compare_models(two, two, prove=True).proof.state == "proved"


def test_the_estimate_grows_with_the_network():
    pairs = [
        compare_models(model, model).pairing for model in map(weightless, ("lenet_5", "alexnet", "vgg16"))
    ]
    seconds = [proof.seconds_for(pair.student, pair.reference) for pair in pairs]
    assert seconds == sorted(seconds) and seconds[0] < proof.MOST_SECONDS < seconds[1]
