"""`keras-cnns export`: each file, opened here by its own program, gives what the model gives."""

import importlib
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns.cli import main
from keras_cnns.engines import formats

ENDS = {"onnx": "x.onnx", "openvino": "x.xml", "litert": "x.tflite", "tf_saved_model": "served"}


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["keras-cnns", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main.main()
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return run


def network(groups=1):
    x = inputs = keras.Input((9, 9, 8))
    for _ in range(2):
        x = layers.Conv2D(8, 3, padding="same", groups=groups, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    model = keras.Model(inputs, layers.Dense(4, activation="softmax")(layers.Flatten()(x)))
    draw = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([draw.uniform(0.5, 2, weight.shape) for weight in layer.weights])
    return model


def by_onnx(path, x):
    session = importlib.import_module("onnxruntime").InferenceSession(path)
    return session.run(None, {session.get_inputs()[0].name: x})[0]


# OpenVINO comes with the libraries that the proofs need.
KINDS = [pytest.param(kind, marks=pytest.mark.peers if kind == "openvino" else ()) for kind in ENDS]


def by_openvino(path, x):
    openvino = importlib.import_module("openvino")
    return openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0]


def by_litert(path, x):
    interpreter = importlib.import_module("tensorflow").lite.Interpreter(path)
    (entry,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(entry["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(result["index"])


def by_tensorflow(path, x):
    loaded = importlib.import_module("tensorflow").saved_model.load(path)
    return np.asarray(loaded.serve(x))


READERS = {"onnx": by_onnx, "openvino": by_openvino, "litert": by_litert, "tf_saved_model": by_tensorflow}


def form(end):
    return formats.FORMATS[Path(end).suffix]


def require(kind):
    missing = form(ENDS[kind]).missing()
    if missing:
        pytest.skip(missing)


@pytest.mark.filterwarnings("ignore::UserWarning")  # TensorFlow's about its interpreter
@pytest.mark.parametrize("groups", [1, 4], ids=["", "in groups"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_file_computes_what_the_model_does(command, kind, groups):
    require(kind)
    model, end = network(groups), ENDS[kind]
    model.save("mine.keras")
    status, out, err = command("export", "mine.keras", "-o", end)
    assert status == 0, err
    assert out.startswith(f"{end} written: ")
    assert "It takes n × 9×9×8, float32." in out and "It gives n × 4, float32." in out
    for n in (1, 3):
        x = np.random.default_rng(n).normal(size=(n, 9, 9, 8)).astype("float32")
        wanted = keras.ops.convert_to_numpy(model(x, training=False))
        np.testing.assert_allclose(READERS[kind](end, x), wanted, rtol=0, atol=1e-5)


def test_the_ends_of_the_file_are_called_as_the_layers(command):
    """So that they are the same whatever was built before."""
    require("onnx")
    inputs = [keras.Input((5,), name=name) for name in ("photo", "depth")]
    x = layers.Concatenate()(inputs)
    ends = [layers.Dense(3, name="answer")(x), layers.Dense(3, activation="tanh", name="rest")(x)]
    keras_cnns.export(keras.Model(inputs, ends), "x.onnx")
    session = importlib.import_module("onnxruntime").InferenceSession("x.onnx")
    assert sorted(one.name for one in session.get_inputs()) == ["depth", "photo"]
    assert [one.name for one in session.get_outputs()] == ["answer", "rest"]


@pytest.mark.filterwarnings("ignore:.*does not have a .quantize. method")
def test_of_a_quantized_model_it_is_said_how_much_of_it_is(command):
    require("onnx")
    model = network()
    model.quantize("int8")
    model.save("mine.keras")
    status, out, err = command("export", "mine.keras", "-o", "x.onnx")
    assert status == 0, err
    assert "1 of its 5 layers with weights compute in 8 bits." in out
    assert keras_cnns.export(network(), "y.onnx").quantized == (0, 5)


@pytest.mark.peers
@pytest.mark.parametrize("name", [pytest.param("alexnet", marks=pytest.mark.large), "resnext50"])
def test_our_networks_of_groups_in_onnxruntime(command, name):
    """Their convolutions in groups are what plain export writes a file of that onnxruntime refuses."""
    require("onnx")
    model = keras_cnns.create(name, (67, 67, 3), 5)
    end = keras_cnns.export(model, "x.onnx").path
    x = np.random.default_rng(0).normal(size=(2, 67, 67, 3)).astype("float32")
    wanted = keras.ops.convert_to_numpy(model(x, training=False))
    np.testing.assert_allclose(by_onnx(end, x), wanted, rtol=0, atol=1e-5)


def test_a_grouped_convolution_is_one_node_of_onnx(command):
    """As other frameworks write it; onnxruntime has a kernel for it."""
    require("onnx")
    import onnx

    keras_cnns.export(network(groups=4), "x.onnx")
    nodes = [node for node in onnx.load("x.onnx").graph.node if node.op_type == "Conv"]
    groups = [a.i for node in nodes for a in node.attribute if a.name == "group"]
    assert groups == [4, 4]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="Keras' own form is TensorFlow's")
def test_a_saved_model_of_groups_needs_no_special_processor(command):
    """Neither XLA, nor a kernel that only some of TensorFlow's builds have."""
    keras_cnns.export(network(groups=4), "served")
    graph = importlib.import_module("tensorflow").saved_model.load("served").signatures["serve"].graph
    functions = [graph, *(graph._get_function(name).graph for name in graph._functions)]
    convolutions = [op for part in functions for op in part.get_operations() if op.type == "Conv2D"]
    assert len(convolutions) % 8 == 0 and convolutions
    assert {op.inputs[0].shape[-1] for op in convolutions} == {2}


def able():
    """A place that this backend can write."""
    return next(end for end in reversed(ENDS.values()) if not form(end).missing())


@pytest.mark.parametrize("before", [False, True], ids=["nothing there", "replaced"])
def test_what_does_not_agree_is_not_there(command, monkeypatch, tmp_path, before):
    model, end = network(), able()
    if before:
        keras_cnns.export(model, end)
    there = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    own = form(end)

    def spoilt(path, model):
        run = own.read(path, model)
        return lambda arrays: [one * np.float32(1.0001) for one in run(arrays)]

    monkeypatch.setitem(formats.FORMATS, own.suffix, own._replace(read=spoilt))
    monkeypatch.setattr("keras_cnns.engines.export.SAVED_MODEL", form(""))
    with pytest.raises(ValueError, match="was not written: .*: it differs from the model by 1.0e-04"):
        keras_cnns.export(model, end, force=True)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == there


def test_what_is_there_is_replaced_only_with_force(command, tmp_path):
    end = able()
    network().save("mine.keras")
    assert command("export", "mine.keras", "-o", end)[0] == 0
    status, _, err = command("export", "mine.keras", "-o", end)
    assert status == 1
    assert f"{end} is there already; give --force to replace it" in err
    assert command("export", "mine.keras", "-o", end, "--force")[0] == 0
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".keras-cnns")]


@pytest.mark.parametrize("best", [True, False])
def test_of_a_run_its_best_model_is_written(command, tmp_path, best):
    (tmp_path / "run").mkdir()
    first, last = network(), network()
    last.save("run/model.keras")
    if best:
        first.save("run/best.keras")
    status, _, err = command("export", "run", "-o", able())
    assert status == 0, err
    read = READERS[next(kind for kind, end in ENDS.items() if end == able())]
    x = np.random.default_rng(0).normal(size=(2, 9, 9, 8)).astype("float32")
    wanted = keras.ops.convert_to_numpy((first if best else last)(x, training=False))
    np.testing.assert_allclose(read(able(), x), wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["mine.keras", "-o", "x.pb"], "--output must end in .onnx, .xml, .tflite, or be a folder"),
        (["mine.keras", "-o", "no/x.onnx"], "--output must be a file in a folder that exists"),
        (["mine.keras", "-o", "no/served"], "--output must be a folder in a folder that exists"),
        (
            ["none.keras", "-o", "x.onnx"],
            "NAME, FILE.keras or RUN must be a network's name, a model's file",
        ),
        (["resnet5", "-o", "x.onnx"], "did you mean resnet50"),
        (["mine.keras", "-o", "x.onnx", "--weights", "keras"], "--weights is for a network's name"),
        (["mine.keras", "-o", "x.onnx"], "mine.keras"),
        (["lenet_5", "-o", "x.onnx"], "no published weights are known for 'lenet_5'"),
    ],
)
def test_words_that_mean_nothing(command, tmp_path, words, message):
    (tmp_path / "mine.keras").write_text("not a model")
    status, out, err = command("export", *words)
    assert (status, out) == (1, "")
    assert message in " ".join(err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.keras"]


@pytest.mark.peers
def test_bytes_of_xml_are_beside_it(command):
    require("openvino")
    keras_cnns.export(network(), "x.xml")
    Path("x.xml").unlink()
    with pytest.raises(ValueError, match="x.bin is there already; give force=True"):
        keras_cnns.export(network(), "x.xml")


def test_help_teaches(command):
    _, out, _ = command("export", "--help")
    words = " ".join(out.replace("│", " ").split())
    assert "keras-cnns export mine.keras -o mine.onnx" in words and "KERAS_BACKEND" in words
