"""Models that Keras 2 wrote: five that Keras 2.12 and 2.15 did write, and hostile ones in their form."""

import json
import zipfile
from pathlib import Path

import h5py
import keras
import pytest

from keras_cnns import graph
from keras_cnns.keras_files import architecture
from keras_cnns.keras_files.opaque_layer import OpaqueFunction, OpaqueLayer
from keras_cnns.visualize import outline

FILES = sorted((Path(__file__).parent / "keras2").glob("*.json"))


def written(folder, kind, description):
    """Write a file of one of the three kinds that Keras 2 had."""
    path = folder / f"m.{kind}"
    text = json.dumps(description)
    if kind == "keras":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", text)
    elif kind == "h5":
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = text
            file.attrs["keras_version"] = "2.15.0"
            file.create_group("model_weights")
    else:
        path.write_text(text)
    return path


def old(class_name, *tensors, name=None, **config):
    """A layer as Keras 2 wrote it into an `.h5`, called once; `tensors` are names of layers."""
    name = name or class_name.lower()
    nodes = [[[tensor, 0, 0, {}] for tensor in tensors]] if tensors else []
    config = {"name": name, "trainable": True, "dtype": "float32", **config}
    return {"class_name": class_name, "config": config, "name": name, "inbound_nodes": nodes}


def functional(*layers, end=None):
    end = end or layers[-1]["name"]
    config = {"name": "m", "layers": list(layers), "input_layers": [[layers[0]["name"], 0, 0]]}
    return {"class_name": "Functional", "config": {**config, "output_layers": [[end, 0, 0]]}}


def start(*shape):
    return old("InputLayer", name="i", batch_input_shape=[None, *shape], sparse=False, ragged=False)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_keras_2_wrote(file, tmp_path):
    """Keras 2 itself counted the parameters, and stated the shape of each layer's output."""
    facts = json.loads(file.read_text())
    model = architecture.load_architecture(written(tmp_path, facts["kind"], facts["description"]))
    shapes = {
        vertex.name: [list(shape) for shape in vertex.shapes]
        for vertex in graph.read(model).vertices
        if not isinstance(vertex.operation, keras.layers.InputLayer)
    }
    assert shapes == facts["shapes"]
    assert model.count_params() == facts["params"]


def test_there_are_files_of_each_kind():
    assert {json.loads(file.read_text())["kind"] for file in FILES} == {"keras", "h5", "json"}


def test_arguments_keep_their_meaning(tmp_path):
    description = functional(
        start(8, 8, 3),
        old("LeakyReLU", "i", alpha=0.2),
        old("SeparableConv2D", "leakyrelu", filters=4, kernel_size=[3, 3], groups=1, kernel_initializer=None),
        old("BatchNormalization", "separableconv2d", axis=[3], fused=True, renorm=False),
        old("Model", "batchnormalization", layers=[]),
    )
    description["config"]["layers"].pop()
    description["config"]["output_layers"] = [["batchnormalization", 0, 0]]
    description["class_name"] = "Model"  # what TensorFlow 2.2 called it
    model = architecture.load_architecture(written(tmp_path, "h5", description))
    leaky, separable, normal = model.layers[1:]
    assert leaky.negative_slope == 0.2
    assert (separable.filters, separable.groups if hasattr(separable, "groups") else 1) == (4, 1)
    assert normal.axis == 3


def test_an_argument_that_changes_the_function_is_not_dropped(tmp_path):
    """Keras 3 has time as the second axis always: the layer is a box, not another layer."""
    for time_major in (False, True):
        description = functional(start(3, 4), old("LSTM", "i", units=2, time_major=time_major))
        model = architecture.load_architecture(written(tmp_path, "h5", description))
        assert isinstance(model.layers[-1], OpaqueLayer) == time_major
        assert type(model.layers[-1]).__name__ == "LSTM"


def test_the_first_layer_of_a_sequential_model_has_the_input(tmp_path):
    """Keras 2.2 wrote no input layer, and the layers as a list."""
    layers = [old("Dense", units=5, batch_input_shape=[None, 3]), old("Dense", name="e", units=2)]
    for layer in layers:
        del layer["inbound_nodes"], layer["name"]
    for config in (layers, {"name": "s", "layers": layers}):
        model = architecture.load_architecture(
            written(tmp_path, "h5", {"class_name": "Sequential", "config": config})
        )
        assert model.count_params() == 3 * 5 + 5 + 5 * 2 + 2


def test_a_model_inside_a_model(tmp_path):
    """Its calls are counted from one, and it gives a list of one output, which stands for the output."""
    inner = functional(start(3), old("Dense", "i", units=3), end="dense")
    inner = {**inner, "name": "inner", "inbound_nodes": [[["i", 0, 0, {}]], [["inner", 1, 0, {}]]]}
    inner["config"]["name"] = "inner"
    join = old("Add", "x", "x")
    join["inbound_nodes"] = [[["inner", 1, 0, {}], ["inner", 2, 0, {}]]]
    model = architecture.load_architecture(written(tmp_path, "h5", functional(start(3), inner, join)))
    assert model.count_params() == 12
    calls = graph.read(model).vertices
    assert [calls[source].name for source in calls[-1].sources] == ["inner", "inner"]


def test_words_in_the_file(tmp_path):
    lookup = old("StringLookup", "i", vocabulary=["a", "b"], output_mode="one_hot", vocabulary_size=3)
    start_of_words = old("InputLayer", name="i", batch_input_shape=[None], dtype="string")
    description = functional(start_of_words, lookup, old("Dense", "stringlookup", units=2))
    model = architecture.load_architecture(written(tmp_path, "h5", description))
    assert isinstance(model.layers[1], keras.layers.StringLookup)
    assert model.count_params() == 3 * 2 + 2


def test_names_with_a_slash(tmp_path):
    description = functional(start(4), old("ReLU", "i", name="a/b"), old("ReLU", "a/b", name="a_b"))
    names = [
        each.name for each in architecture.load_architecture(written(tmp_path, "h5", description)).layers
    ]
    assert len(set(names)) == 3
    assert not any("/" in name for name in names)


def test_what_cannot_be_built_is_told(tmp_path):
    description = functional(start(4), old("Conv2D", "i", filters=2, kernel_size=3))
    with pytest.raises(ValueError, match=r"was written by Keras 2, and Keras 3.* cannot build it: .*ndim"):
        architecture.load_architecture(written(tmp_path, "h5", description))


LAMBDA = old("Lambda", "i", function=["4wEAAAAAAAAA", None, None], function_type="lambda", module="os")
HOSTILE = {
    "bytecode": (LAMBDA, "Lambda"),
    "a module": (old("Lambda", "i", function="system", function_type="function", module="os"), "Lambda"),
    "a name of a function": (old("Dense", "i", units=2, activation="os>system"), None),
    "a class": ({**old("system", "i", command="touch ran"), "module": "os"}, "system"),
    "a registered class": (old("os>system", "i", command="touch ran"), "system"),
    "an operation": (old("TFOpLambda", "i", function="io.read_file"), "tf.io.read_file"),
    "markup": (old("<script>\x1b[31m\u202e</script>", "i"), r"<script>\x1b[31m\u202e</script>"),
}


@pytest.mark.parametrize(("layer", "name"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("kind", ["keras", "h5", "json"])
def test_nothing_of_an_old_file_runs(layer, name, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, kind, functional(start(2), layer))
    if name is None:
        with pytest.raises(ValueError, match=r"m\.\w+ (was|does)"):
            architecture.load_architecture(path)
        return
    model = architecture.load_architecture(path)
    assert isinstance(model.layers[-1], OpaqueLayer)
    assert type(model.layers[-1]).__name__ == name
    assert outline(model).replace("\n", "").isprintable()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert "4wEAAAAAAAAA" not in str(model.layers[-1].get_config())


def test_an_activation_of_ones_own(tmp_path):
    node = {"module": "builtins", "class_name": "function", "config": "mine", "registered_name": "function"}
    description = functional(start(2), old("Dense", "i", units=3, activation=node))
    model = architecture.load_architecture(written(tmp_path, "json", description))
    assert isinstance(model.layers[-1].activation, OpaqueFunction)
    assert model.layers[-1].activation.__name__ == "mine"


@pytest.mark.parametrize("kind", ["h5", "json"])
def test_deep_nesting(kind, tmp_path):
    path = written(tmp_path, kind, {"class_name": "Sequential"})
    deep = '{"class_name": "Sequential", "config": ' + "[" * 3000 + "]" * 3000 + "}"
    if kind == "h5":
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = deep
    else:
        path.write_text(deep)
    with pytest.raises(ValueError, match=r"m\.\w+ has a \w+ that is nested too deeply"):
        architecture.load_architecture(path)
