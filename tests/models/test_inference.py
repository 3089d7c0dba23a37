"""What an engine computes is what Keras computes; an engine that does not is passed over, with its reason."""

import importlib
import os
import subprocess
import sys
import tempfile
import time

import keras
import numpy as np
import pytest
from keras import layers, ops, tree

import keras_cnns
from keras_cnns.engines import agreement, formats, frozen
from keras_cnns.engines import inference as module
from keras_cnns.engines.folding import folded

FORMATS = {"onnxruntime": formats.ONNX, "openvino": formats.OPENVINO}


def conv_bn(x, **options):
    x = layers.Conv2D(8, 3, **{"padding": "same", **options})(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def plain():
    x = inputs = keras.Input((16, 14, 3))
    x = conv_bn(layers.ZeroPadding2D(1)(x), strides=2, padding="valid", use_bias=False)
    x = layers.MaxPooling2D()(layers.Add()([x, conv_bn(x)]))
    x = layers.BatchNormalization()(layers.SeparableConv2D(6, 3)(x))
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


def grouped():
    x = inputs = keras.Input((9, 9, 8))
    x = conv_bn(conv_bn(x, groups=4), groups=2)
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(layers.Flatten()(x)))


def several():
    image, vector = keras.Input((8, 8, 3), name="zoo"), keras.Input((5,), name="alone")
    x = layers.Concatenate()([layers.GlobalMaxPooling2D()(conv_bn(image)), layers.Dense(3)(vector)])
    return keras.Model([image, vector], [layers.Dense(3, activation="softmax")(x), layers.Dense(2)(x)])


def named():
    image, vector = keras.Input((8, 8, 3), name="zoo"), keras.Input((5,), name="alone")
    x = layers.Concatenate()([layers.GlobalMaxPooling2D()(conv_bn(image)), layers.Dense(3)(vector)])
    outputs = {"q": layers.Dense(3, activation="softmax", name="q")(x), "b": layers.Dense(3, name="b")(x)}
    return keras.Model({"zoo": image, "alone": vector}, outputs)


def of_any_size():
    inputs = keras.Input((None, None, 3))
    x = layers.GlobalAveragePooling2D()(layers.MaxPooling2D()(conv_bn(inputs)))
    return keras.Model(inputs, layers.Dense(3)(x))


def nested():
    inner = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.BatchNormalization()])
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, layers.GlobalMaxPooling2D()(conv_bn(inner(inputs))))


def listed():
    return keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)])


# OpenVINO comes with the libraries that the proofs need.
ENGINES = [
    pytest.param(name, marks=pytest.mark.peers if name == "openvino" else ()) for name in module.ENGINES
]
MODELS = {made.__name__: made for made in (plain, grouped, several, named, of_any_size, nested, listed)}
# What today's converters cannot do, whatever the engine: Keras traces free sizes on PyTorch with images of
# one pixel, and OpenVINO's converter of PyTorch graphs wants no dictionary.
UNABLE = {("torch", "onnxruntime", "of_any_size"), ("torch", "openvino", "of_any_size")}
UNABLE |= {("torch", "openvino", "named")}


def trained(model):
    """Variables that are no longer those of the start: each normalization does something."""
    draw = np.random.default_rng(1)
    for weight in model.weights:
        if "variance" in weight.name or "gamma" in weight.name:
            weight.assign(draw.uniform(0.5, 2, weight.shape))
        elif "kernel" not in weight.name:
            weight.assign(draw.normal(0, 0.5, weight.shape))
    return model


def images(model, n, side=14):
    draw = np.random.default_rng(2)
    shapes = [tuple(side if size is None else size for size in tensor.shape[1:]) for tensor in model.inputs]
    flat = [draw.normal(size=(n, *shape)).astype("float32") for shape in shapes]
    return flat[0] if isinstance(model, keras.Sequential) else tree.pack_sequence_as(model.input, flat)


def answers(model, x):
    return [ops.convert_to_numpy(one) for one in tree.flatten(model(x, training=False))]


def assert_equal(found, wanted):
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted):
        assert one.shape == other.shape
        assert np.abs(other).max() > 0
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 * np.abs(other).max())


def require(engine):
    missing = engine in FORMATS and FORMATS[engine].missing()
    if missing:
        pytest.skip(missing)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("engine", ENGINES)
def test_outputs_are_the_model_s(engine, kind):
    require(engine)
    model = trained(MODELS[kind]())
    if (keras.backend.backend(), engine, kind) in UNABLE:
        with pytest.raises(RuntimeError, match=f"{engine}: "):
            keras_cnns.inference(model, engine)
        return
    found = keras_cnns.inference(model, engine)
    assert found.engine == engine
    assert found.difference <= 1e-5
    for n, batch_size in ((1, 32), (5, 32), (5, 2)):
        x = images(model, n)
        given = found(x, batch_size=batch_size)
        if kind == "named":
            assert set(given) == {"q", "b"}
        assert all(isinstance(one, np.ndarray) for one in tree.flatten(given))
        assert_equal(tree.flatten(given), answers(model, x))


def test_the_weights_are_those_of_the_moment():
    """Also for a number of images that it has not seen before."""
    model = trained(listed())
    found, x = keras_cnns.inference(model, "frozen"), images(model, 2)
    before = answers(model, x)
    model.layers[0].kernel.assign(model.layers[0].kernel * 2)
    assert_equal([found(x)], before)


@pytest.mark.parametrize("kind", MODELS)
def test_making_it_changes_nothing(kind, tmp_path, monkeypatch):
    """Neither the model, nor the disk, nor what the process is set to."""
    model = trained(MODELS[kind]())
    x = images(model, 2)
    before, text, wanted = model.get_weights(), model.to_json(), answers(model, x)
    state = dict(os.environ)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    keras_cnns.inference(model)
    assert list(tmp_path.iterdir()) == []
    assert dict(os.environ) == state
    assert model.to_json() == text
    assert all((one == other).all() for one, other in zip(model.get_weights(), before, strict=True))
    assert not any("convolution_op" in vars(layer) for layer in model._flatten_layers())
    assert_equal(answers(model, x), wanted)


FOLDS = {
    "convolution": (lambda: [layers.Conv2D(4, 3), layers.BatchNormalization()], 0),
    "without a bias": (lambda: [layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization()], 0),
    "without scale and shift": (
        lambda: [layers.Conv2D(4, 3), layers.BatchNormalization(center=False, scale=False)],
        0,
    ),
    "in groups": (lambda: [layers.Conv2D(6, 3, groups=3), layers.BatchNormalization()], 0),
    "depthwise": (lambda: [layers.DepthwiseConv2D(3, depth_multiplier=2), layers.BatchNormalization()], 0),
    "separable": (lambda: [layers.SeparableConv2D(4, 3), layers.BatchNormalization()], 0),
    "dense": (lambda: [layers.Dense(4), layers.BatchNormalization()], 0),
    "an activation between": (
        lambda: [layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization()],
        1,
    ),
    "a layer between": (lambda: [layers.Conv2D(4, 3), layers.ReLU(), layers.BatchNormalization()], 1),
    "another axis": (lambda: [layers.Conv2D(4, 3), layers.BatchNormalization(axis=1)], 1),
    "first": (lambda: [layers.BatchNormalization(), layers.Conv2D(4, 3)], 1),
    "twice": (lambda: [layers.Conv2D(4, 3), layers.BatchNormalization(), layers.BatchNormalization()], 1),
}


def normalizations(model):
    return sum(isinstance(layer, layers.BatchNormalization) for layer in model._flatten_layers())


@pytest.mark.parametrize("kind", FOLDS)
def test_what_is_folded(kind):
    """The number of normalizations that are left, and the outputs."""
    made, left = FOLDS[kind]
    model = trained(keras.Sequential([keras.Input((7, 7, 3)), *made()]))
    new, x = folded(model), images(model, 2)
    assert normalizations(new) == left
    assert_equal(answers(new, x), answers(model, x))


def read_twice(x):
    y = layers.Conv2D(4, 3)(x)
    return [layers.BatchNormalization()(y), y + 1]


def is_an_output(x):
    y = layers.Conv2D(4, 3)(x)
    return [y, layers.BatchNormalization()(y)]


def applied_twice(x):
    conv, norm = layers.Conv2D(3, 3, padding="same"), layers.BatchNormalization()
    return [norm(conv(conv(x)))]


def shared_normalization(x):
    norm = layers.BatchNormalization()
    return [norm(layers.Conv2D(4, 3)(x)), norm(layers.Conv2D(4, 3)(x))]


@pytest.mark.parametrize("made", [read_twice, is_an_output, applied_twice, shared_normalization])
def test_what_others_read_is_not_folded(made):
    inputs = keras.Input((7, 7, 3))
    model = trained(keras.Model(inputs, made(inputs)))
    assert folded(model) is model


def test_a_normalization_that_is_told_to_train_is_not_folded():
    inputs = keras.Input((7, 7, 3))
    model = keras.Model(inputs, layers.BatchNormalization()(layers.Conv2D(4, 3)(inputs), training=True))
    assert folded(model) is model


@pytest.fixture
def both(monkeypatch):
    """Two engines without files and a slow one: Keras itself answers, unless the answer is spoilt."""

    def made(**spoil):
        for name, form in FORMATS.items():

            def read(path, model, name=name):
                exact = frozen.frozen(model)
                return lambda arrays: spoil.get(name, lambda found: found)(exact(arrays))

            changed = form._replace(read=read, needs={keras.backend.backend(): "keras"}, reader="keras")
            monkeypatch.setattr(module, "ONNX" if name == "onnxruntime" else "OPENVINO", changed)
        monkeypatch.setattr(formats.Format, "write", lambda form, model, path: path.write_text(""))
        own = module._frozen

        def late(model, asked):
            last = own(model, asked)
            return last._replace(run=lambda arrays: (time.sleep(0.03), last.run(arrays))[1])

        monkeypatch.setattr(module, "_frozen", late)

    return made


def a_little(found):
    return [one * np.float32(1 + 3e-5) for one in found]


def fails(found):
    raise NotImplementedError("no \x1b[31mnode\x1b[0m of this kind\nat all")


def test_an_engine_that_disagrees_is_passed_over(both):
    both(onnxruntime=a_little)
    found = keras_cnns.inference(listed())
    assert found.engine == "openvino"
    assert found.reasons["onnxruntime"] == (
        "it differs from the model by 3.0e-05 of the largest output, more than 1e-05."
    )
    assert found.reasons["frozen"].endswith("times as long as openvino")
    assert "not onnxruntime: it differs from the model by 3.0e-05" in repr(found)


def test_where_all_fail_the_backend_s_own_function_is_left(both):
    both(onnxruntime=a_little, openvino=fails)
    model = listed()
    found = keras_cnns.inference(model)
    assert found.engine == "frozen"
    assert found.reasons["openvino"] == "NotImplementedError: no node of this kind at all"
    with pytest.raises(RuntimeError, match="no engine computes what .*onnxruntime: it differs"):
        keras_cnns.inference(model, "onnxruntime")


def test_other_outputs_and_no_numbers_are_no_agreement(both):
    both(onnxruntime=lambda found: [*found, *found], openvino=lambda found: [one * np.nan for one in found])
    found = keras_cnns.inference(listed())
    assert found.engine == "frozen"
    assert "outputs of the shapes" in found.reasons["onnxruntime"]
    assert "differs from the model by inf" in found.reasons["openvino"]


def test_of_those_that_agree_the_quickest_is_taken(both):
    def slow(found):
        time.sleep(0.03)
        return found

    both(openvino=slow)
    found = keras_cnns.inference(listed())
    assert found.engine == "onnxruntime"
    assert found.reasons["openvino"].endswith("times as long as onnxruntime")


def test_on_a_graphics_processor_the_backend_s_function_comes_first(both, monkeypatch):
    both()
    monkeypatch.setattr(module, "has_accelerator", lambda: True)
    found = keras_cnns.inference(listed())
    assert (found.engine, found.reasons) == ("frozen", {})


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the packages that TensorFlow needs")
def test_what_is_not_installed_is_a_reason(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = keras_cnns.inference(listed())
    assert found.engine == "frozen"
    assert found.reasons == {
        "onnxruntime": 'ONNX from tensorflow needs onnxruntime and tf2onnx: pip install "keras-cnns[export]"',
        "openvino": 'OpenVINO from tensorflow needs openvino: pip install "keras-cnns[openvino]"',
    }


def test_a_softmax_that_is_certain_is_asked_again():
    """With logits in the thousands every answer is 0 or 1, also that of an engine with wrong kernels."""
    inputs = keras.Input((6, 6, 3))
    x = layers.Dense(5, use_bias=False)(layers.Flatten()(inputs))
    logits, model = keras.Model(inputs, x), keras.Model(inputs, layers.Softmax()(x))
    model.layers[2].kernel.assign(model.layers[2].kernel * 1e4)

    def wrong(arrays):
        found = ops.convert_to_numpy(logits(arrays[0])).astype("float64") * 1.01
        shifted = np.exp(found - found.max(axis=-1, keepdims=True))
        return [(shifted / shifted.sum(axis=-1, keepdims=True)).astype("float32")]

    draw = np.random.default_rng(0).normal(size=(3, 6, 6, 3)).astype("float32")
    assert_equal(wrong([draw]), answers(model, draw))
    with pytest.raises(ValueError, match="differs from the model"):
        agreement.Questions(model).difference(wrong)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((8, 8, 3)), r"the shape \(n, 8, 8, 3\), n at least 1; got \(8, 8, 3\)"),
        (np.zeros((2, 8, 9, 3)), r"got \(2, 8, 9, 3\)"),
        (np.zeros((0, 8, 8, 3)), r"got \(0, 8, 8, 3\)"),
        ([np.zeros((1, 8, 8, 3))] * 2, "be 1 arrays for the inputs"),
        ("photo.jpg", "be an array or a tensor; got 'photo.jpg'"),
    ],
)
def test_images_that_do_not_fit(given, message):
    with pytest.raises(ValueError, match=f"images must .*{message}"):
        keras_cnns.inference(listed(), "frozen")(given)


def test_integers_and_tensors_are_images():
    model = trained(listed())
    found = keras_cnns.inference(model, "frozen")
    whole = np.random.default_rng(3).integers(0, 256, (2, 8, 8, 3), "uint8")
    assert_equal([found(whole)], answers(model, whole.astype("float32")))
    assert_equal([found(ops.convert_to_tensor(whole))], answers(model, whole.astype("float32")))


def test_a_wrong_engine_and_no_model():
    with pytest.raises(ValueError, match="engine must be one of 'onnxruntime', 'openvino', 'frozen'"):
        keras_cnns.inference(listed(), "tensorrt")
    with pytest.raises(ValueError, match="model must be"):
        keras_cnns.inference("resnet50")


@pytest.mark.peers
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_on_other_backends(backend):
    words = [
        sys.executable,
        "-m",
        "pytest",
        __file__,
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        "",
        "-k",
        "not other_backends",
    ]
    done = subprocess.run(words, env={**os.environ, "KERAS_BACKEND": backend}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def nearly_constant(slope):
    x = keras.Input((6,))
    dense = layers.Dense(3)
    model = keras.Model(x, dense(x))
    dense.set_weights([np.full((6, 3), slope, "float32"), np.ones(3, "float32")])
    return model


def test_an_engine_that_ignores_its_inputs_is_refused_for_a_nearly_constant_network():
    asked = agreement.Questions(nearly_constant(1e-6))
    assert asked.caveat == ""
    with pytest.raises(ValueError, match="differs from the model"):
        asked.difference(lambda batch: [np.ones((len(batch[0]), 3), "float32")])


def test_agreement_that_proves_little_is_said_to():
    constant = nearly_constant(0.0)
    found = keras_cnns.inference(constant, engine="frozen")
    assert "says little" in found.caveat and found.caveat in repr(found)
    assert keras_cnns.inference(nearly_constant(1.0), engine="frozen").caveat == ""


def test_whole_numbers_are_asked_with_others():
    def of_words(values):
        x = keras.Input((4,), dtype="int32")
        table = layers.Embedding(2, 3)
        model = keras.Model(x, table(x))
        table.set_weights([np.array(values, "float32")])
        return model

    assert agreement.Questions(of_words([[1, 2, 3], [4, 5, 6]])).caveat == ""
    assert "says little" in agreement.Questions(of_words([[1, 2, 3]] * 2)).caveat
