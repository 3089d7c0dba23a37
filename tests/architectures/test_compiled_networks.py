"""Every network comes compiled as its file says: loss, metrics, a weight per output, the given optimizer.

The expected values are written here by hand. The loss weights are those of "Going Deeper with Convolutions",
Section 5 (0.3 for each of the two auxiliary classifiers), and of TF-Slim's training of Inception-v3 and
Inception-v4 (0.4). No factory smooths its labels.
"""

import inspect
from pathlib import Path

import keras
import pytest
from support.parity import mutant
from support.sizes import SMALLEST, each

from keras_cnns import architectures
from keras_cnns.weightless import build_weightless

# Every network but the one that is Inception-v1 with its auxiliary classifiers.
ONE_OUTPUT = [name for name in architectures.__all__ if name != "inception_net"]

# The function, its options, the weight of each output's loss.
CASES = [(name, {}, [1.0]) for name in ONE_OUTPUT] + [
    ("alexnet", {"groups": 1}, [1.0]),
    ("resnet50", {"stride_in_3x3": True}, [1.0]),
    ("resnet101", {"stride_in_3x3": True}, [1.0]),
    ("resnet152", {"stride_in_3x3": True}, [1.0]),
    ("inception_net", {}, [1.0, 0.3, 0.3]),
    ("inception_v1", {"aux": True}, [1.0, 0.3, 0.3]),
    ("inception_v3", {"aux": True}, [1.0, 0.4]),
    ("inception_v4", {"aux": True}, [1.0, 0.4]),
]
# One network for each file, and for each further call of `compile` in it.
ONE_PER_CALL = sorted({*SMALLEST, "lenet_5", "lenet_caffe", "alexnet", "alexnet_owt"})
EACH = pytest.mark.parametrize(
    ("name", "options", "loss_weights"),
    each([name if not options else f"{name}-{'-'.join(options)}" for name, options, _ in CASES], CASES),
)


def listed(value):
    return value if isinstance(value, list) else [value]


def check_compilation(model, loss_weights):
    """Keras takes a single string for a single output; two outputs with one string would share it."""
    count = len(loss_weights)
    compiled = model.get_compile_config()
    assert len(model.outputs) == count
    assert listed(compiled["loss"]) == ["categorical_crossentropy"] * count
    assert listed(compiled["metrics"]) == ["accuracy"] * count
    assert (compiled["loss_weights"] or [1.0]) == loss_weights
    assert compiled["weighted_metrics"] is None


def ends_in_softmax(tensor):
    layer = tensor._keras_history.operation
    return isinstance(layer, keras.layers.Softmax) or layer.activation is keras.activations.softmax


def test_no_call_of_compile_is_left_out():
    files = {getattr(architectures, name).__code__.co_filename for name in architectures.__all__}
    calls = sum(Path(file).read_text(encoding="utf-8").count("model.compile(") for file in files)
    assert len(ONE_PER_CALL) == calls


@EACH
def test_loss_metrics_and_optimizer(name, options, loss_weights):
    """The loss reads probabilities, so every output must end in a softmax; the optimizer is the one given."""
    optimizer = keras.optimizers.Adam(3e-4)
    model = build_weightless(getattr(architectures, name), opt=optimizer, **options)
    check_compilation(model, loss_weights)
    assert model.optimizer is optimizer
    assert all(ends_in_softmax(output) for output in model.outputs)


def test_the_default_optimizer_is_sgd():
    factories = [getattr(architectures, name) for name in architectures.__all__]
    assert {inspect.signature(factory).parameters["opt"].default for factory in factories} == {"sgd"}


@pytest.mark.parametrize("name", ONE_PER_CALL)
def test_the_name_of_an_optimizer_reaches_compile(name, monkeypatch):
    """Without weights Keras cannot turn a name into an optimizer, so it is enough that the name arrives."""
    seen = []
    monkeypatch.setattr(keras.Model, "compile", lambda self, optimizer, *_, **__: seen.append(optimizer))
    build_weightless(getattr(architectures, name), opt="rmsprop")
    assert seen == ["rmsprop"]


@pytest.mark.parametrize(
    ("opt", "kind"),
    [
        ("sgd", keras.optimizers.SGD),
        ("adam", keras.optimizers.Adam),
        (keras.optimizers.RMSprop, keras.optimizers.RMSprop),
    ],
    ids=["sgd", "adam", "object"],
)
def test_a_real_model_trains_with_the_optimizer_given(opt, kind):
    opt = opt if isinstance(opt, str) else opt(0.01)
    model = architectures.lenet_5(opt=opt)
    assert type(model.optimizer) is kind
    assert isinstance(opt, str) or model.optimizer is opt


@pytest.mark.parametrize(
    ("name", "options", "loss_weights", "old", "new"),
    [
        ("vgg11", {}, [1.0], 'loss="categorical_crossentropy"', 'loss="mean_squared_error"'),
        ("resnet18", {}, [1.0], 'metrics=["accuracy"]', "metrics=[]"),
        ("inception_v3", {"aux": True}, [1.0, 0.4], "0.4, opt", "0.3, opt"),
        ("inception_net", {}, [1.0, 0.3, 0.3], '["accuracy"] * len(outputs)', '["accuracy"]'),
        (
            "xception",
            {},
            [1.0],
            'loss="categorical_crossentropy"',
            "loss=__import__('keras').losses.CategoricalCrossentropy(label_smoothing=0.1)",
        ),
    ],
    ids=["loss", "metrics", "loss weight", "metrics of one head", "label smoothing"],
)
def test_mistakes_are_seen(name, options, loss_weights, old, new):
    """Each is a network of the same layers, compiled wrongly."""
    wrong = mutant(getattr(architectures, name), old, new)
    model = build_weightless(wrong, opt=keras.optimizers.SGD(), **options)
    with pytest.raises(AssertionError):
        check_compilation(model, loss_weights)
