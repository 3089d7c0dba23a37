"""The layers that our files define behave as Keras' own do, by the list of Keras' `run_layer_test`."""

import ast
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from keras_cnns import architectures
from keras_cnns.architectures.alexnet import LocalResponseNormalization
from keras_cnns.architectures.convnext import LayerScale
from keras_cnns.architectures.lenet import SubSampling2D, TableConv2D, scaled_tanh
from keras_cnns.weightless import build_weightless

SHAPE = (2, 8, 8, 6)
TABLE = [[0, 1, 5], [2]]
CASES = {
    "scale": (LayerScale, {"initial": 0.5}, (2, 8, 8, 6)),
    "normalization": (LocalResponseNormalization, {"size": 3, "k": 1.0}, (2, 8, 8, 6)),
    "sub-sampling": (SubSampling2D, {"pool_size": 2}, (2, 4, 4, 6)),
    "table": (TableConv2D, {"table": TABLE}, (2, 4, 4, 2)),
}
EACH = pytest.mark.parametrize(("kind", "options", "shape"), CASES.values(), ids=CASES)
POLICIES = {"mixed_float16": ("float16", "float32"), "mixed_bfloat16": ("bfloat16", "float32")}
POLICIES |= {"float64": ("float64", "float64"), "float32": ("float32", "float32")}


@pytest.fixture(autouse=True)
def same_policy_afterwards():
    before = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(before)


def numbers(shape=SHAPE, scale=1.0):
    return np.random.default_rng(3).normal(0, scale, shape).astype("float32")


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


@EACH
def test_config_clone_and_file_give_the_same_layer(kind, options, shape, tmp_path):
    layer = kind(**options)
    assert kind.from_config(layer.get_config()).get_config() == layer.get_config()
    assert keras.saving.serialize_keras_object(layer)["registered_name"] == f"keras_cnns>{kind.__name__}"
    model = keras.Sequential([keras.Input(SHAPE[1:]), layer])
    model.save(tmp_path / "m.keras")
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    for other in (clone, keras.models.load_model(tmp_path / "m.keras")):
        assert other.layers[0].get_config() == layer.get_config()
        assert np.array_equal(array(other(numbers())), array(model(numbers())))


@EACH
def test_a_map_that_went_through_an_operator(kind, options, shape):
    """Keras calls `2 / 3 * x` sparse, so a layer must say its output's shape without running its code."""
    inputs = keras.Input(SHAPE[1:], batch_size=2)
    output = kind(**options)(2 / 3 * inputs)
    assert output.shape == shape
    assert array(keras.Model(inputs, output)(numbers())).shape == shape


@EACH
@pytest.mark.parametrize("policy", POLICIES)
def test_types(kind, options, shape, policy):
    if policy == "float64" and keras.backend.backend() == "jax":
        pytest.skip("JAX has no float64 unless it is asked for it")
    compute, variable = POLICIES[policy]
    layer = kind(**options, dtype=policy)
    output = layer(numbers())
    assert keras.backend.standardize_dtype(output.dtype) == compute
    assert {weight.dtype for weight in layer.weights} <= {variable}
    assert layer(keras.Input(SHAPE[1:])).dtype == compute
    exact = kind(**options)
    exact.build(SHAPE)
    exact.set_weights(layer.get_weights())
    assert np.abs(array(output) - array(exact(numbers()))).max() < 0.1


@EACH
def test_free_sizes_time_steps_shared_use_and_compilation(kind, options, shape):
    layer = kind(**options)
    free = keras.Input((None, None, 6))
    assert layer(free).shape == (None, None, None, shape[-1])
    frames = keras.Input((3, *SHAPE[1:]), batch_size=2)
    assert layers.TimeDistributed(layer)(frames).shape == (2, 3, *shape[1:])
    both = keras.Model(free, layer(free) + layer(free))
    once = array(layer(numbers()))
    assert np.allclose(array(both(numbers())), 2 * once, rtol=1e-4, atol=1e-5)
    both.compile(jit_compile=True)
    assert np.allclose(both.predict(numbers(), verbose=0), 2 * once, rtol=1e-3, atol=1e-4)


@EACH
@pytest.mark.parametrize("wrong", [(2, 6), (2, 8, 6), (2, 2, 8, 8, 6)])
def test_wrong_rank(kind, options, shape, wrong):
    with pytest.raises(ValueError, match="expected ndim=4"):
        kind(**options)(keras.KerasTensor(wrong))


@EACH
def test_without_known_channels_it_does_not_guess(kind, options, shape):
    if kind in (LayerScale, SubSampling2D, TableConv2D):
        with pytest.raises(ValueError, match="None|channel"):
            kind(**options)(keras.Input((8, 8, None)))


def test_table_of_maps_that_are_not_there():
    """`one_hot` would give zeros for them, and the layer would see nothing."""
    with pytest.raises(ValueError, match="table must name maps of the input, which has 5, from 0"):
        TableConv2D(TABLE)(keras.Input((8, 8, 5)))
    with pytest.raises(ValueError, match="negative|smaller"):
        TableConv2D(TABLE)(keras.Input((4, 4, 6)))


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        *[
            (LocalResponseNormalization, {"size": size}, "size must be an odd int")
            for size in (0, 4, 2.0, "5")
        ],
        *[
            (LocalResponseNormalization, {name: "x"}, "k, alpha, beta must be")
            for name in ("k", "alpha", "beta")
        ],
        (LocalResponseNormalization, {"alpha": -1}, "k, alpha, beta must be numbers"),
        *[(LayerScale, {"initial": each}, "initial must be a number") for each in ("x", None, True)],
        *[(TableConv2D, {"table": table}, "table must list") for table in (3, "01", [], [[]], [0, 1], None)],
    ],
)
def test_wrong_arguments(kind, options, words):
    with pytest.raises(ValueError, match=words):
        kind(**options)


@pytest.mark.parametrize(
    "options",
    [{"pool_size": 3}, {"strides": 1}, {"padding": "same"}, {"data_format": "channels_first"}],
)
def test_sub_sampling_has_squares_of_two(options):
    """The sum of a window is four times its average only there."""
    with pytest.raises(ValueError, match="pool_size must be 2, everything else as by default"):
        SubSampling2D(**{"pool_size": 2} | options)(keras.Input((8, 8, 6)))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_response_normalization_does_not_overflow(policy):
    """The square of 300 is beyond float16; the paper's formula, in NumPy."""
    x = numbers(scale=300).astype("float16").astype("float32")
    total = np.pad(x.astype("float64") ** 2, [(0, 0)] * 3 + [(2, 2)])
    expected = x / (2 + 1e-4 * sum(total[..., i : i + 6] for i in range(5))) ** 0.75
    found = array(LocalResponseNormalization(dtype=policy)(x))
    assert np.allclose(found, expected, rtol=1e-3 if policy == "mixed_float16" else 1e-2)


def test_a_mask_goes_through_the_normalization():
    mask = np.ones(SHAPE[:3], "bool")
    x = keras.ops.convert_to_tensor(numbers())
    assert LocalResponseNormalization().compute_mask(x, mask) is mask


def test_scaled_tanh_at_the_end_of_float16():
    x = keras.ops.cast([-65000.0, 0.0, 65000.0], "float16")
    assert np.allclose(array(scaled_tanh(x)), [-1.7159, 0, 1.7159], rtol=1e-3)


FILES = sorted(Path(architectures.__file__).parent.glob("[!_]*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_softmax_is_given_a_type(file):
    """What `test_probabilities_are_float32_under_mixed_precision` sees of a few networks holds for all."""
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    ends = [
        call
        for call in calls
        if any(
            isinstance(a, ast.Constant) and a.value == "softmax"
            for a in [*call.args, *(k.value for k in call.keywords)]
        )
        or ast.unparse(call.func) == "layers.Softmax"
    ]
    assert ends
    for call in ends:
        assert {k.arg: ast.unparse(k.value) for k in call.keywords}.get("dtype") == "dtype"


SOME = ["lenet_5", "lenet_caffe", "alexnet", "alexnet_owt", "nin_cifar", "vgg11", "inception_net", "resnet18"]


@pytest.mark.parametrize("name", SOME)
def test_probabilities_are_float32_under_mixed_precision(name, monkeypatch):
    """As Keras advises: the logarithm of a small probability of float16 is that of zero."""
    monkeypatch.setattr(keras.Model, "compile", lambda *args, **options: None)  # its loss scale is a variable

    optimizer = keras.optimizers.SGD()

    def build():
        keras.config.set_dtype_policy("mixed_float16")
        return getattr(architectures, name)(n_classes=2, opt=optimizer)

    model = build_weightless(build)
    assert [output.dtype for output in model.outputs] == ["float32"] * len(model.outputs)
    inner = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    assert {layer.compute_dtype for layer in inner} == {"float16"}


def test_probabilities_of_float64_stay_so():
    optimizer = keras.optimizers.SGD()

    def build():
        keras.config.set_dtype_policy("float64")
        return architectures.lenet_caffe(opt=optimizer)

    assert build_weightless(build).outputs[0].dtype == "float64"


def test_mixed_precision_trains():
    keras.config.set_dtype_policy("mixed_float16")
    model = architectures.lenet_caffe((16, 16, 1), 2)
    before = model.get_weights()
    assert np.isfinite(model.train_on_batch(numbers((2, 16, 16, 1)), np.eye(2))).all()
    assert not all(np.array_equal(old, new) for old, new in zip(before, model.get_weights()))
