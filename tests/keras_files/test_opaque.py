"""Files with layers of a person's own: boxes with the class's name, the shapes of the file, and no claims."""

import json
import zipfile

import keras
import pytest
from keras import layers
from typer.testing import CliRunner

import keras_cnns
from keras_cnns import graph
from keras_cnns.cli.main import app
from keras_cnns.keras_files import architecture
from keras_cnns.keras_files.opaque_layer import OpaqueLayer
from keras_cnns.visualize import outline, plot_model


@keras.saving.register_keras_serializable("theirs")
class Own(keras.Layer):
    def __init__(self, units=3, **options):
        super().__init__(**options)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))

    def call(self, x):
        return keras.ops.matmul(x, self.kernel)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class TwoParts(keras.Layer):
    def call(self, x):
        return x[:, :2], x[:, 2:]


class Trained(keras.Model):
    """A functional model with a step of its own, as tutorials write them."""

    def train_step(self, data):
        raise NotImplementedError


class Hidden(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)


def sequential():
    own = [layers.Dense(4), Own(3), layers.Dropout(0.1), layers.Lambda(lambda x: x * 2), layers.Dense(2)]
    return keras.Sequential([keras.Input((8,)), *own])


def functional():
    start = keras.Input((8,))
    left, right = TwoParts()(Own(5, name="first")(start))
    shared = Own(4)
    return keras.Model(start, [shared(left), layers.Add()([shared(right[:, :2]), layers.Dense(4)(left)])])


def nested():
    inner = keras.Sequential([keras.Input((6, 3)), layers.Flatten(), Own(2)], name="inner")
    start = keras.Input((5, 6, 3))
    return keras.Model(start, layers.Dense(3)(layers.TimeDistributed(inner)(start)))


def own_activation():
    start = keras.Input((4,))
    return keras.Model(start, layers.Dense(3, activation=lambda x: x, kernel_initializer=mine)(start))


def mine(shape, dtype=None):
    return keras.ops.zeros(shape, dtype)


def again(model, folder, kind="keras"):
    path = folder / f"m.{kind}"
    if kind == "json":
        path.write_text(model.to_json())
    else:
        model.save(path)
    return architecture.load_architecture(path)


def boxes(model):
    vertices = graph.read(model, expand_nested=True).vertices
    return [
        type(vertex.operation).__name__ for vertex in vertices if isinstance(vertex.operation, OpaqueLayer)
    ]


def edges(model):
    found = graph.read(model)
    return [(vertex.name, vertex.sources, vertex.places) for vertex in found.vertices]


@pytest.mark.parametrize("kind", ["keras", "json"])
@pytest.mark.parametrize(
    ("build", "names"),
    [
        (sequential, ["Own", "Lambda"]),
        (functional, ["Own", "TwoParts", "Own", "Own"]),
        (own_activation, []),
    ],
)
def test_the_same_calls_with_the_same_shapes(build, names, kind, tmp_path):
    """Against the model in memory: each edge, and each shape that a later layer reads."""
    model = build()
    found = again(model, tmp_path, kind)
    assert sorted(boxes(found)) == sorted(names)
    assert edges(found) == edges(model)
    for mine, theirs, readers in zip(
        graph.read(found).vertices, graph.read(model).vertices, graph.read(model).readers()
    ):
        if readers:
            assert mine.shapes == theirs.shapes, mine.name
    assert "Own" in outline(found) or not names


def test_a_model_of_ones_own_at_each_step(tmp_path):
    found = again(nested(), tmp_path)
    assert found.output_shape == (None, 5, 3)
    (wrapper,) = [each for each in found.layers if isinstance(each, layers.TimeDistributed)]
    assert type(wrapper.layer.layers[-1]).__name__ == "Own"
    assert wrapper.layer.output_shape == (None, 2)


def test_a_model_with_a_step_of_its_own_is_read_by_its_layers(tmp_path):
    start = keras.Input((4,))
    model = Trained(start, layers.Dense(2)(start))
    assert [each.name for each in again(model, tmp_path).layers] == [each.name for each in model.layers]


def test_a_model_whose_layers_are_code_is_refused(tmp_path):
    model = Hidden()
    model.build((None, 3))
    with pytest.raises(ValueError, match="a model of the class 'Hidden'.*custom_objects.*give that model"):
        again(model, tmp_path)


def test_a_shape_that_the_file_does_not_have(tmp_path):
    """An `.h5` has the shapes of a Sequential model's layers nowhere but in its weights."""
    with pytest.raises(ValueError, match=r"m.h5 has a layer 'own\w*' of the class Own; .*custom_objects"):
        again(sequential(), tmp_path, "h5")
    last = keras.Sequential([keras.Input((8,)), layers.Dense(4), Own(3)])
    assert again(last, tmp_path, "h5").layers[-1].output.shape == (None, None)  # nothing reads it


def test_two_that_were_made_differently_are_not_equal(tmp_path):
    digests = [
        again(keras.Sequential([keras.Input((4,)), Own(n)]), tmp_path).layers[-1].digest for n in (2, 2, 3)
    ]
    assert digests[0] == digests[1] != digests[2]


def test_profile_says_unknown(tmp_path):
    result = keras_cnns.profile(again(sequential(), tmp_path))
    assert [row.kind for row in result.uncounted] == ["Own", "Lambda"]
    assert result.params == 8 * 4 + 4 + 3 * 2 + 2
    words = " ".join(result.text().split())
    assert "without those of 2 unknown layers *" in words
    assert "Own is unknown: its code is not in the file" in words
    assert "has no kernel" not in words


def test_compare_says_once_that_it_cannot_see_inside(tmp_path):
    found = again(functional(), tmp_path)
    notes = keras_cnns.compare(found, found).notes
    assert [note for note in notes if "not in the file" in note] == [
        "what is inside Own, TwoParts: the code is not in the file, only the name and the settings"
    ]
    plain = keras.Sequential([keras.Input((8,)), layers.Dense(4)])
    assert not keras_cnns.compare(plain, plain).notes


def test_it_can_be_drawn_and_copied(tmp_path):
    found = again(sequential(), tmp_path)
    assert ">Own<" in plot_model(found, show_shapes=True, show_params=True).svg()
    assert outline(keras.models.clone_model(found)) == outline(found)


def test_words_in_the_file(tmp_path):
    """A vocabulary is a list of words; a path to one is refused."""
    lookups = [
        (layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot"), "string", (None, 3)),
        (layers.IntegerLookup(vocabulary=[4, 5, 6], output_mode="multi_hot"), "int64", (None, 4)),
        (layers.TextVectorization(vocabulary=["a"], output_sequence_length=7), "string", (None, 7)),
    ]
    for lookup, dtype, shape in lookups:
        start = keras.Input((1,), dtype=dtype)
        model = keras.Model(start, lookup(start))
        found = again(model, tmp_path, "json")
        assert found.output_shape[-1] == shape[-1]
        config = json.loads(model.to_json())
        config["config"]["layers"][1]["config"]["vocabulary"] = "/etc/passwd"
        (tmp_path / "m.json").write_text(json.dumps(config))
        with pytest.raises(ValueError, match="which reads other files"):
            architecture.load_architecture(tmp_path / "m.json")


def test_quantized_by_keras(tmp_path):
    model = keras_cnns.create("lenet_caffe")
    model.quantize("int8")
    assert outline(again(model, tmp_path)) == outline(model)
    report = keras_cnns.compare(tmp_path / "m.keras", "lenet_caffe", prove=False)
    assert report.verdict == "exact"
    # A kernel of whole numbers with a scale is no kernel of the reference.
    assert keras_cnns.compare(tmp_path / "m.keras", "lenet_caffe").verdict == "unknown"


@pytest.mark.parametrize("command", ["draw", "profile", "compare"])
def test_advice_fits_every_command(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("m.keras", "w") as archive:
        archive.writestr("config.json", '{"module": null, "class_name": "Mine", "config": {}}')
    result = CliRunner().invoke(app, [command, "m.keras", *(["alexnet"] if command == "compare" else [])])
    words = str(result.exception) + result.output
    assert "plot_model" not in words
    assert "give that model, in Python, in place of the file" in " ".join(words.split())
