"""`plot_model` and its kin: parameters, formats, errors, and strings of strangers.

`pytest tests/diagram/test_visualize.py --update` writes tests/diagram/goldens/*.svg anew; look at them.
"""

import inspect
from pathlib import Path
from xml.etree import ElementTree

import keras
import pydot
import pytest
from keras import Input, Model, Sequential, layers
from support.models import conv, inception_like, nested, residual
from support.outline_grammar import bare, elements, parse

from keras_cnns import visualize
from keras_cnns.building import without_weights
from keras_cnns.diagram.output import graphviz_engines
from keras_cnns.visualize import Diagram, model_to_dot, outline, plot_model

FOLDER = Path(__file__).parent / "goldens"
SVG = "{http://www.w3.org/2000/svg}"
no_engine = not list(graphviz_engines._commands("nop2", "png"))
needs_engine = pytest.mark.skipif(no_engine, reason="no Graphviz engine is installed")
GOLDEN = {
    "lenet_5": {},
    "inception_v1_aux": {"aux": True},
    "resnet50": {},
}


def tiny():
    x = Input((8, 8, 3))
    return Model(x, layers.Dense(2)(layers.GlobalAveragePooling2D()(residual(conv(x)))), name="tiny")


def words(svg):
    return [text.text for text in ElementTree.fromstring(svg).iter(SVG + "text")]


@pytest.mark.parametrize("name", GOLDEN)
def test_svg(name, request):
    model = without_weights(name.removesuffix("_aux"), **GOLDEN[name])
    svg, file = plot_model(model).svg(), FOLDER / f"{name}.svg"
    if request.config.getoption("--update"):
        file.write_text(svg, encoding="utf-8")
    assert svg == file.read_text(encoding="utf-8")


def test_no_svg_is_left_over():
    assert {file.stem for file in FOLDER.glob("*.svg")} == set(GOLDEN)


def test_the_first_parameters_are_those_of_keras():
    ours = list(inspect.signature(plot_model).parameters.values())
    theirs = inspect.signature(keras.utils.plot_model).parameters
    known = list(theirs)[
        : list(theirs).index("show_trainable") + 1
    ]  # later ones differ from release to release
    assert [p.name for p in ours[: len(known)]] == known
    assert all(p.kind is p.KEYWORD_ONLY for p in ours[len(known) :])
    assert all(p.default is not p.empty for p in ours[1:])
    same = {"show_shapes", "show_dtype", "show_layer_names", "expand_nested", "dpi", "show_layer_activations"}
    assert all(p.default == theirs[p.name].default for p in ours if p.name in same | {"show_trainable"})


def test_calls_written_for_keras_work(tmp_path):
    plot_model(tiny(), tmp_path / "a.svg", True, True, True, "TB", True, 100, True, True)
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "8×8×3" in words(svg) and "float32" in words(svg) and "trainable" in words(svg)


def test_the_same_model_gives_the_same_bytes(tmp_path):
    for name in ("a.svg", "b.svg"):
        keras.utils.clear_session()
        plot_model(tiny(), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("to_file", ["a.svg", "a.SVG", "a.dot"])
def test_written_and_returned(tmp_path, to_file):
    picture = plot_model(tiny(), str(tmp_path / to_file))
    assert isinstance(picture, Diagram)
    text = (tmp_path / to_file).read_text(encoding="utf-8")
    assert text == picture.svg() if to_file.lower().endswith("svg") else pydot.graph_from_dot_data(text)
    assert [file.name for file in tmp_path.iterdir()] == [to_file]


@needs_engine
def test_png(tmp_path):
    picture = plot_model(tiny(), tmp_path / "a.png", dpi=96)
    data = (tmp_path / "a.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert width == pytest.approx(picture.scene.width, abs=2)
    assert height == pytest.approx(picture.scene.height, abs=2)


def test_a_notebook_shows_it():
    picture = plot_model(tiny())
    assert picture._repr_svg_() == picture.svg()
    assert repr(picture).startswith("<Diagram of tiny, ") and "×" in repr(picture)
    assert picture.outline() == outline(tiny()).replace("tiny_1", "tiny")


def test_model_to_dot_is_positioned():
    dot = model_to_dot(tiny())
    assert isinstance(dot, pydot.Dot) and dot.get("layout") == "nop2"
    assert all(node.get("pos") for node in dot.get_nodes() if node.get_name().startswith("shape"))
    assert list(inspect.signature(model_to_dot).parameters)[0] == "model"


def test_detail_layers_is_keras_own_view():
    picture = plot_model(tiny(), detail="layers", show_shapes=True, show_layer_names=True)
    expected = keras.utils.model_to_dot(tiny(), show_shapes=True, show_layer_names=True)
    assert len(picture.dot().get_nodes()) == len(expected.get_nodes()) > 6
    assert repr(picture).startswith("<LayersDiagram of ")
    assert "GlobalAveragePooling2D" in picture.dot().to_string()


@needs_engine
def test_detail_layers_is_drawn(tmp_path):
    plot_model(tiny(), tmp_path / "a.svg", detail="layers")
    assert "GlobalAveragePooling2D" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_names_reach_the_picture():
    svg = plot_model(inception_like(), names={"Mixing-A": "35×35 module"}).svg()
    assert "35×35 module" in words(svg) and "Mixing-A" not in words(svg)


def test_legend():
    assert "convolution" in words(plot_model(tiny()).svg())
    assert "convolution" not in words(plot_model(tiny(), legend=False).svg())


def test_expand_nested():
    assert {"outer", "inner"} <= set(words(plot_model(nested()).svg()))
    assert not {"outer", "inner"} & set(words(plot_model(nested(), expand_nested=True).svg()))


def test_shapes_and_parameters_of_what_stands_for_several():
    x = y = Input((8, 8, 3))
    for width in (4, 8, 16):
        y = layers.Conv2D(width, 3)(y)
    said = words(plot_model(Model(x, y), show_shapes=True, show_params=True).svg())
    assert "6×6×4 … 2×2×16" in said and "112 … 1,168" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rankdir": "lr"}, "rankdir must be one of LR, RL, TB, BT; got 'lr'"),
        ({"detail": "full"}, "detail must be"),
        ({"dpi": 0}, "dpi must be a positive int; got 0"),
        ({"dpi": "high"}, "dpi must be a positive int"),
        ({"names": {"Stem": "x"}}, "the diagram has 'identity block'"),
        ({"to_file": "a.bmp"}, "must end in .png, "),
        ({"to_file": "a"}, "must end in .png, "),
        ({"to_file": "missing/a.svg"}, "in a folder that exists"),
    ],
)
def test_errors_come_before_anything_is_written(tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=words):
        plot_model(tiny(), **{"to_file": "b.svg"} | options)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "a.svg").mkdir()
    with pytest.raises(ValueError, match="to_file must be a file"):
        plot_model(tiny(), tmp_path / "a.svg")


def test_nothing_is_half_written(tmp_path, monkeypatch):
    (tmp_path / "a.svg").write_text("before")
    monkeypatch.setattr(visualize, "to_svg", lambda scene: "\ud800")
    with pytest.raises(UnicodeEncodeError):
        plot_model(tiny(), tmp_path / "a.svg")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.svg", "before")]


# ---- labels are data ----

HOSTILE = [
    "\"><script>alert('1')</script>",
    "</text></svg>&lt;&amp;&#0;",
    "]]> <!-- \\N \\G \\n \\",
    'a"];evil [label="b',
    "two\nlines\r\tand \x00\x07 more",
    "→ [x]×3 | ( – ) · aux: lane:",
    "x" * 10_000,
    "ネットワーク \u202e\u200d \U0001f600 é",
    " ",
    "<b>HTML</b>",
]


def strange(name):
    """A model that bears the name wherever a picture may show it."""
    name = name.replace("/", "÷")  # Keras itself refuses it
    inner = Sequential([Input((4,)), layers.Dense(4), layers.ReLU()], name=name)
    x = Input((4,), name=name + "1")
    y = z = inner(x)
    for i in range(2, 5):
        y = layers.Add(name=f"{name}{i}")([layers.Dense(4, name=f"{name}a{i}")(y), y])
    extra = layers.Dense(2, name=name + "head")(z)
    return Model(x, [layers.Dense(3, name=name + "end")(y), extra], name=name)


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def stranger(request):
    return strange(request.param)


def test_names_do_not_break_the_svg(stranger):
    tree = ElementTree.fromstring(plot_model(stranger, show_layer_names=True).svg())
    tags = {element.tag.removeprefix(SVG) for element in tree.iter()}
    assert tags == {"svg", "title", "g", "rect", "circle", "path", "text"}
    for element in tree.iter():
        assert not any(key.startswith("on") or "href" in key for key in element.attrib)
    assert all(len(text.text) <= 70 for text in tree.iter(SVG + "text"))


def test_names_do_not_change_the_dot(stranger):
    dot = model_to_dot(stranger, show_layer_names=True)
    plain = model_to_dot(strange("plain"), show_layer_names=True)
    (again,) = pydot.graph_from_dot_data(dot.to_string())
    assert len(again.get_nodes()) == len(dot.get_nodes())
    assert len(again.get_edges()) == len(dot.get_edges()) == len(plain.get_edges())
    labels = [node.get("label") for node in again.get_nodes() if node.get("label")]
    assert all(label.startswith('"') and label.endswith('"') for label in labels), "never HTML"
    assert not any("\\N" in label.replace("\\\\", "") for label in labels)


@needs_engine
def test_names_reach_the_engine_as_they_are(tmp_path):
    plot_model(strange("\\N & <b>"), tmp_path / "a.png", show_layer_names=True)
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_names_do_not_break_the_outline(stranger):
    parts = parse(outline(stranger))
    plain = parse(outline(strange("plain")))
    assert len(parts.modules) == len(plain.modules)
    for one, other in zip(
        (parts.lane, *parts.aux, *parts.modules.values()),
        (plain.lane, *plain.aux, *plain.modules.values()),
    ):
        ours, theirs = ([e.label for e in elements(series)] for series in (one, other))
        assert len(ours) == len(theirs)
        assert [x for x in theirs if x not in plain.modules] == [x for x in ours if x not in parts.modules]


def test_layers_view_keeps_to_keras(stranger):
    assert plot_model(stranger, detail="layers", show_layer_names=True).dot().get_nodes()


def test_long_names_of_models_that_begin_alike_are_told_apart():
    x = y = Input((4,))
    for end, layer in (("a", layers.Dense(4)), ("b", layers.ReLU()), ("c", layers.Softmax())):
        y = Sequential([Input((4,)), layer], name="n" * 200 + end)(y)
    parts = parse(outline(Model(x, y)))
    assert len(parts.modules) == 3 and bare(parts.lane).count("n" * 30) == 3


def test_activations_of_strangers():
    def 活性(x):
        return x

    function = keras.saving.register_keras_serializable()(活性)
    x = Input((8, 8, 3))
    model = Model(x, layers.Conv2D(3, 3, activation=function)(layers.Conv2D(3, 3, activation=lambda x: x)(x)))
    parts = parse(outline(model))
    assert bare(parts.lane) == "input → conv 3×3 → conv 3×3"
    ElementTree.fromstring(plot_model(model).svg())
