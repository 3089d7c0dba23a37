"""Layers of a person's own with weights of their own are what they compute, and nothing that comes near."""

import pytest
from keras import layers, ops
from support.compare_cases import filled

from keras_cnns.comparison.compare_models import compare_models


class Own(layers.Layer):
    """A layer around a function of the tensor, a kernel and a bias."""

    def __init__(self, function, shape, bias=True, turned=False, **options):
        super().__init__(**options)
        self.function, self.kernel_shape, self.has_bias, self.turned = function, shape, bias, turned

    def build(self, shape):
        made = [("w", self.kernel_shape)] + ([("b", self.kernel_shape[-1:])] if self.has_bias else [])
        for name, one in made[::-1] if self.turned else made:
            setattr(self, name, self.add_weight(one, "glorot_uniform" if len(one) > 1 else "ones", name=name))

    def call(self, x):
        return self.function(x, self.w, self.b) if self.has_bias else self.function(x, self.w)


def dense(x, w, b):
    return ops.matmul(x, w) + b


def convolved(x, w, b):
    return ops.relu(ops.conv(x, w, 2, "same") + b)


def by_einsum(x, w, b):
    return ops.einsum("bi,io->bo", x, w) + b


def rectified(x, w, b):
    return ops.relu(dense(x, w, b))


def swish_of(x, w, b):
    y = dense(x, w, b)
    return y * ops.sigmoid(y)


def rectified_in_part(x, w, b):
    y = dense(x, w, b)
    return ops.concatenate([ops.relu(y)[:, :1], y[:, 1:]], -1)


CHANNELS, MAP = (6,), (9, 9, 4)
# The function, the shape of the kernel, what Keras has for it, and the shape of the input.
SAME = {
    "dense": (dense, (6, 3), lambda: layers.Dense(3), CHANNELS),
    "dense on a map": (dense, (4, 3), lambda: layers.Dense(3), MAP),
    "dense by einsum": (by_einsum, (6, 3), lambda: layers.Dense(3), CHANNELS),
    "dense with ReLU": (rectified, (6, 3), lambda: layers.Dense(3, "relu"), CHANNELS),
    "dense with softmax": (
        lambda x, w, b: ops.softmax(dense(x, w, b)), (6, 3), lambda: layers.Dense(3, "softmax"), CHANNELS,
    ),
    "dense with an expression": (swish_of, (6, 3), lambda: layers.Dense(3, "swish"), CHANNELS),
    "convolution": (convolved, (3, 3, 4, 5), lambda: layers.Conv2D(5, 3, 2, "same", activation="relu"), MAP),
    "groups": (
        lambda x, w, b: ops.conv(x, w) + b, (3, 3, 2, 6), lambda: layers.Conv2D(6, 3, groups=2), MAP,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_an_own_layer_is_what_it_computes(name):
    function, shape, layer, size = SAME[name]
    theirs = filled(layer(), shape=size)
    for turned in (False, True):
        mine = filled(Own(function, shape, turned=turned), shape=size)
        before = [w.copy() for w in mine.get_weights()]
        report = compare_models(mine, theirs, prove=True)
        assert report.verdict in ("exact", "equivalent") and report.proved, str(report)
        assert all((a == b).all() for a, b in zip(before, mine.get_weights()))


# What comes near a dense layer or a convolution.
OTHER = {
    "kernel with holes": (lambda x, w, b: ops.matmul(x, w * ops.triu(ops.ones((6, 3)))) + b, (6, 3), True),
    "positive kernel": (lambda x, w, b: ops.matmul(x, ops.abs(w)) + b, (6, 3), True),
    "kernel turned": (lambda x, w, b: ops.matmul(x, ops.transpose(w)) + b, (6, 6), True),
    "bias before": (lambda x, w: ops.matmul(x + 1.0, w), (6, 3), False),
    "bias twice": (lambda x, w, b: dense(x, w, b) + b, (6, 3), True),
    "activation by position": (lambda x, w, b: ops.softmax(dense(x, w, b), 0), (6, 3), True),
    "activation of some": (rectified_in_part, (6, 3), True),
    "product with itself": (lambda x, w, b: ops.matmul(x, w) * ops.matmul(x, w) + b, (6, 3), True),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER)
def test_what_comes_near_is_not_taken_for_it(name):
    function, shape, bias = OTHER[name]
    mine = filled(Own(function, shape, bias), shape=CHANNELS)
    for activation in (None, "relu", "softmax"):
        theirs = filled(layers.Dense(shape[-1], activation, use_bias=bias), shape=CHANNELS)
        report = compare_models(mine, theirs, prove=False)
        assert report.verdict not in ("exact", "equivalent"), (activation, str(report))


def test_wrong_settings_of_an_own_layer_are_named():
    mine = filled(Own(convolved, (3, 3, 4, 5)), shape=MAP)
    for layer, words in (
        (layers.Conv2D(5, 3, 2, "same"), "should not be there: ReLU"),
        (layers.Conv2D(5, 3, 1, "same", activation="relu"), "strides 2×2, the reference has 1×1"),
        (layers.Conv2D(5, 3, 2, activation="relu"), "padding"),
    ):
        report = compare_models(mine, filled(layer, shape=MAP))
        assert words in report.text(300), str(report)


def test_what_is_not_known_is_said_once():
    def twice():
        one, other = (Own(lambda x, w, b: ops.tanh(x) @ w + b, (6, 6)) for _ in range(2))
        return filled(one, other, layers.Dense(2), shape=CHANNELS)

    report = compare_models(
        twice(), filled(layers.Dense(6), layers.Dense(6), layers.Dense(2), shape=CHANNELS)
    )
    said = [note for note in report.notes if "cannot be seen" in note]
    assert said == [
        "the inside of a layer of one's own cannot be seen: what Own does with its weights is not known"
    ]


def test_a_layer_of_two_calls_stays_shared():
    layer = Own(dense, (6, 6))
    mine = filled(layer, layer, shape=CHANNELS)
    theirs = filled(layers.Dense(6), layers.Dense(6), shape=CHANNELS)
    assert compare_models(mine, theirs).verdict not in ("exact", "equivalent")
