"""A `.keras` file is untrusted: its architecture comes out, nothing of it runs, errors help."""

import json
import os
import sys
import zipfile

import keras
import pytest
from support.sizes import PROC, alone

from keras_cnns import architectures, visualize
from keras_cnns.building import without_weights
from keras_cnns.keras_files import architecture
from keras_cnns.keras_files.opaque_layer import OpaqueFunction, OpaqueLayer
from keras_cnns.weightless import build_weightless

DENSE = {"units": 2, "name": "d"}


def archive(path, config, **options):
    """Write a .keras file with nothing but a description."""
    with zipfile.ZipFile(path, "w", **options) as file:
        file.writestr("config.json", config if isinstance(config, (str, bytes)) else json.dumps(config))
    return path


def sequential(*layers):
    """The description of a model on two numbers, with these layers in it."""
    start = {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None}
    start["config"] = {"batch_shape": [None, 2], "name": "i"}
    config = {"name": "s", "layers": [start, *layers]}
    return {"module": "keras", "class_name": "Sequential", "registered_name": None, "config": config}


def layer(class_name, module="keras.layers", **config):
    return {"module": module, "class_name": class_name, "registered_name": None, "config": config}


def function(name, module="builtins", registered=None):
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": registered or name,
    }


@pytest.mark.parametrize("name", ["lenet_5", "inception_net", "resnext50"])
def test_ours(name, tmp_path):
    """Also with layers of our own, trained or not, compiled or not: the same outline comes back."""
    model = architectures.lenet_5() if name == "lenet_5" else without_weights(name)
    path = tmp_path / "m.keras"
    if name == "lenet_5":
        model.save(path)
    else:
        archive(path, model.to_json())
    back = architecture.load_architecture(path)
    assert visualize.outline(back) == visualize.outline(model)
    assert back.count_params() == model.count_params()
    assert all(variable._value is None for variable in back.variables)
    assert not back.compiled


@pytest.mark.parametrize(
    "name",
    [
        "ConvNeXtTiny",
        "DenseNet121",
        "EfficientNetB0",
        "InceptionResNetV2",
        "MobileNetV3Small",
        "NASNetMobile",
    ],
)
def test_keras_applications(name, tmp_path):
    if name.startswith("NASNet") and keras.backend.backend() == "torch":
        pytest.skip("Keras has no NASNet on PyTorch")
    model = build_weightless(getattr(keras.applications, name), weights=None)
    back = architecture.load_architecture(archive(tmp_path / "m.keras", model.to_json()))
    assert [each.name for each in back.layers] == [each.name for each in model.layers]
    assert back.count_params() == model.count_params()


def test_operations_shared_layers_and_inner_models(tmp_path):
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, "gelu", kernel_regularizer="l2")])
    start = keras.Input((4,))
    end = keras.ops.relu(inner(inner(start)) * 2 + start)
    model = keras.Model(start, keras.layers.TimeDistributed(inner)(keras.ops.expand_dims(end, 1)))
    model.save(tmp_path / "m.keras")
    back = architecture.load_architecture(tmp_path / "m.keras")
    assert visualize.outline(back) == visualize.outline(model)


EVIL = {
    "lambda": layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}),
    "lambda of a function": layer("Lambda", function=function("get_file", "keras.utils")),
    "lambda by its true module": layer("Lambda", "keras.src.layers.core.lambda_layer", function="relu"),
    "any module (CVE-2025-1550)": layer("system", "os", command="touch ran"),
    "any function (CVE-2025-1550)": layer("Dense", **DENSE, activation=function("system", "os")),
    "safe mode off (CVE-2025-9906)": layer("enable_unsafe_deserialization", "keras.config"),
    "safe mode off as a function": layer(
        "Dense", **DENSE, activation=function("enable_unsafe_deserialization", "keras.config")
    ),
    "Keras fetches (CVE-2025-8747)": layer("Dense", **DENSE, activation=function("get_file", "keras.utils")),
    "a file's words (CVE-2025-12058)": layer("StringLookup", vocabulary="/etc/passwd"),
    "pickled module": layer("TorchModuleWrapper", lazy=False),
    "saved graph": layer("TFSMLayer", filepath="/tmp/x"),
    "a function that Keras exports as a layer": layer("deserialize", config={}),
    "a class that is no layer": layer("InputSpec", shape=[1]),
    "no module, so the old reader": {"class_name": "Dense", "config": DENSE},
    "no config": {**layer("Dense", **DENSE), "x": {"module": "os", "class_name": "system"}},
    "hidden in a list": layer(
        "Dense", **DENSE, kernel_initializer=[[{"module": "os", "class_name": "system"}]]
    ),
    "another name registered": {**layer("Dense", **DENSE), "registered_name": "keras_cnns>nothing"},
    "not a name": {**layer("Dense", **DENSE), "class_name": ["Lambda"]},
    "a module outside": layer("Dense", "keras_hub.layers", **DENSE),
    "a path in a module": layer("Dense", "keras.layers/../os", **DENSE),
    "Python's lambda anywhere": layer(
        "Dense", **DENSE, activation={"class_name": "__lambda__", "config": {}}
    ),
    "type specification": layer("Dense", **DENSE, dtype={"class_name": "__typespec__", "config": [1]}),
}


# Of these a picture shows a box with a name, or a layer of Keras; of the others nothing is drawn.
DRAWN = {
    "lambda": ["Lambda"],
    "lambda of a function": ["Lambda"],
    "lambda by its true module": ["Lambda"],
    "any module (CVE-2025-1550)": ["system"],
    "any function (CVE-2025-1550)": ["Dense"],
    "safe mode off as a function": ["Dense"],
    "Keras fetches (CVE-2025-8747)": ["Dense"],
    "pickled module": ["TorchModuleWrapper"],
    "saved graph": ["TFSMLayer"],
    "no module, so the old reader": ["Dense"],
    "no config": ["Dense"],
    "hidden in a list": ["Dense"],
    "a module outside": ["Dense"],
    "Python's lambda anywhere": ["Dense"],
    "type specification": ["Dense"],
}
EVENTS = ("exec", "import", "marshal.loads", "open", "os.system", "pickle.find_class", "subprocess.Popen")
WATCHED: list[list[str]] = []


def watch(event, arguments):
    """Note what could be code of a file that runs, or a file that is opened."""
    if WATCHED and event.startswith(EVENTS):
        WATCHED[-1].append(f"{event} {str(arguments)[:300]}")


sys.addaudithook(watch)


@pytest.fixture
def events():
    """What happens until the test ends."""
    WATCHED.append([])
    yield WATCHED[-1]
    WATCHED.clear()


@pytest.mark.parametrize("evil", [name for name in EVIL if name not in DRAWN])
def test_refuses_what_could_run_code_or_open_files(evil, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    built = []
    monkeypatch.setattr(architecture, "build_weightless", lambda *args, **options: built.append(args))
    path = archive(tmp_path / "m.keras", sequential(EVIL[evil]))
    with pytest.raises(ValueError, match="was not opened: it names") as error:
        architecture.load_architecture(path)
    assert not built
    assert os.listdir() == ["m.keras"]
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("evil", DRAWN)
def test_nothing_of_what_is_drawn_runs(evil, tmp_path, monkeypatch, request):
    """A second file of the same kind is opened under watch: what Keras imports at first use is then there."""
    monkeypatch.chdir(tmp_path)
    path = archive(tmp_path / "m.keras", sequential(EVIL[evil]))
    architecture.load_architecture(path)
    events = request.getfixturevalue("events")
    model = architecture.load_architecture(path)
    seen = [event for event in events if str(path) not in event]
    assert not seen
    assert len([event for event in events if event.startswith("open")]) == 2  # its first bytes, the archive
    assert [type(each).__name__ for each in model.layers] == DRAWN[evil]
    assert os.listdir() == ["m.keras"]
    if evil not in ("no module, so the old reader",):
        parts = [*model.layers, *(getattr(each, "activation", None) for each in model.layers)]
        assert any(isinstance(part, (OpaqueLayer, OpaqueFunction)) for part in parts)


def test_the_watch_sees_code_that_runs(tmp_path, events):
    (tmp_path / "words").touch()
    exec("open(path)", {"path": tmp_path / "words"})
    os.system("true")
    assert {event.split()[0] for event in events} >= {"exec", "open", "os.system"}


def test_no_module_is_even_imported(tmp_path, monkeypatch):
    """Importing runs code, too."""
    (tmp_path / "hostile.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for evil in (layer("Layer", "hostile"), layer("Dense", **DENSE, activation=function("f", "hostile"))):
        architecture.load_architecture(archive(tmp_path / "m.keras", sequential(evil)))
    with pytest.raises(ValueError, match="'hostile', which is neither"):
        top = {**layer("f", "hostile"), "config": "f", "class_name": "function"}
        architecture.load_architecture(archive(tmp_path / "m.keras", sequential(top)))
    assert not (tmp_path / "ran").exists()
    assert "hostile" not in sys.modules


def test_what_is_compiled_is_left_out(tmp_path):
    """A loss or metric of the user's own must not keep the picture from being drawn."""
    config = sequential(layer("Dense", **DENSE))
    config["compile_config"] = {"loss": function("system", "os"), "optimizer": layer("Mine", "my.code")}
    assert architecture.load_architecture(archive(tmp_path / "m.keras", config)).layers[0].units == 2


def test_weights_are_never_read(tmp_path, monkeypatch):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps(sequential(layer("Dense", **DENSE))))
        file.writestr("model.weights.h5", b"not a file of weights")
    assert architecture.load_architecture(path).count_params() == 6


def damaged(path, kind):
    """Make one of the things that are not an architecture."""
    if kind == "folder":
        path.mkdir()
    elif kind == "hdf5":
        path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    elif kind == "text":
        path.write_text("not a model")
    elif kind == "empty":
        path.touch()
    elif kind == "no config":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("metadata.json", "{}")
    elif kind == "cut":
        archive(path, sequential(layer("Dense", **DENSE)))
        path.write_bytes(path.read_bytes()[:-30])
    elif kind == "encrypted":
        archive(path, "{}")
        data = bytearray(path.read_bytes())
        data[6] |= 1
        data[data.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(data)
    elif kind == "broken deflate":
        archive(path, " " * 5000, compression=zipfile.ZIP_DEFLATED)
        data = bytearray(path.read_bytes())
        data[45:49] = b"\xff\xff\xff\xff"
        path.write_bytes(data)
    else:
        archive(path, DAMAGED[kind])


DAMAGED = {
    "not json": "{",
    "bytes": b"\xff\xfe\x00",
    "a number": "17",
    "deep": "[" * 100_000,
    "deep and closed": "[" * 5000 + "]" * 5000,
    "digits": "9" * 10_000,
    "no class": "{}",
    "a layer": json.dumps(layer("Dense", **DENSE)),
    "missing settings": json.dumps(layer("Functional", "keras.src.models.functional")),
    "wrong settings": json.dumps(sequential(layer("Dense", units="many"))),
    "unknown settings": json.dumps(sequential(layer("Dense", **DENSE, evil="\x1b[31m"))),
}


@pytest.mark.parametrize(
    "kind",
    ["folder", "hdf5", "text", "empty", "no config", "cut", "encrypted", "broken deflate", *DAMAGED],
)
def test_damaged_files_are_told_in_a_line(kind, tmp_path):
    path = tmp_path / "m.keras"
    damaged(path, kind)
    with pytest.raises(ValueError, match="m.keras (must|has|does|describes)") as error:
        architecture.load_architecture(path)
    assert len(str(error.value)) < 500
    assert str(error.value).isprintable()


def test_models_nested_too_deeply(tmp_path):
    around = json.dumps(sequential("inside"))
    config = json.dumps(layer("Dense", **DENSE))
    for _ in range(1000):
        config = around.replace('"inside"', config)
    with pytest.raises(ValueError, match="nested too deeply"):
        architecture.load_architecture(archive(tmp_path / "m.keras", config))


BOMBS = """
import sys
from pathlib import Path
from keras_cnns.keras_files import description
from support.sizes import peak_memory
for name in sys.argv[1:]:
    before = peak_memory()
    try:
        description.read_config(Path(name))
    except ValueError as error:
        print(error)
    print(peak_memory() - before)
"""


@PROC
def test_zip_bombs(tmp_path):
    """100 MB of blanks in a hundred kilobytes, also when the archive lies about their size."""
    bombs = []
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        plain = archive(tmp_path / f"{method}.keras", " " * 100_000_000, compression=method)
        data = plain.read_bytes()
        lying = tmp_path / f"{method}-lying.keras"
        lying.write_bytes(data.replace((100_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")))
        bombs += [lying, plain]
    lines = alone(BOMBS, *bombs).splitlines()
    assert len(lines) == 2 * len(bombs)
    for words, growth in zip(lines[::2], lines[1::2]):
        assert "config.json that cannot be read" in words or "not a valid zip archive" in words
        assert float(growth) < 60
