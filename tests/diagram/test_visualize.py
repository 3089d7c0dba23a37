"""`plot_model`, `model_to_dot` and `outline`: parameters, formats, colours, words, errors, untrusted names.

`pytest tests/diagram/test_visualize.py --update` writes tests/diagram/goldens/*.svg anew; look at them.
"""

import inspect
from pathlib import Path
from xml.etree import ElementTree

import keras
import pydot
import pytest
from keras import Input, Model, Sequential, layers
from PIL import Image
from support.models import conv, inception_like, nested, residual
from support.outline_grammar import bare, elements, parse
from support.sizes import weightless

from keras_cnns.diagram.draw.scene import Line, Rectangle
from keras_cnns.diagram.output import graphviz_engines, scene_file
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
    model = weightless(name.removesuffix("_aux"), **GOLDEN[name])
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
    same = {"show_shapes", "show_dtype", "show_layer_names", "expand_nested", "show_layer_activations"}
    assert all(p.default == theirs[p.name].default for p in ours if p.name in same | {"show_trainable"})


@needs_engine
def test_resolution_of_a_bitmap_by_default(tmp_path):
    """144 to the inch, one and a half pixels for one of the picture: Keras has 200."""
    picture = plot_model(tiny(), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.width == pytest.approx(1.5 * picture.scene.width, abs=1)
        assert image.info["dpi"][0] == pytest.approx(144, abs=0.1)


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
    assert picture._repr_svg_().replace(' style="max-width:100%;height:auto"', "", 1) == picture.svg()
    assert repr(picture).startswith("<Diagram of tiny, ") and "×" in repr(picture)
    assert picture.outline() == outline(tiny()).replace("tiny_1", "tiny")


def test_model_to_dot_is_positioned():
    dot = model_to_dot(tiny())
    assert isinstance(dot, pydot.Dot) and dot.get("layout") == "nop2"
    assert all(node.get("pos") for node in dot.get_nodes() if node.get_name().startswith("shape"))


def test_model_to_dot_takes_what_plot_model_takes_but_the_file():
    ours = inspect.signature(model_to_dot).parameters
    whole = dict(inspect.signature(plot_model).parameters)
    del whole["to_file"]
    assert list(ours.values()) == list(whole.values())
    options = {"show_shapes": True, "show_params": True, "rankdir": "TB", "names": {"Mixing-A": "mixing"}}
    options |= {"show_layer_names": True, "show_dtype": True, "show_trainable": True, "legend": False}
    picture = plot_model(inception_like(), **options)
    keras.utils.clear_session()
    assert model_to_dot(inception_like(), **options).to_string() == picture.dot().to_string()
    layers_view = model_to_dot(nested(), expand_nested=True, show_layer_activations=True, detail="layers")
    expected = keras.utils.model_to_dot(nested(), expand_nested=True, show_layer_activations=True)
    assert len(layers_view.get_subgraphs()) == len(expected.get_subgraphs()) == 1


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
    ("widths", "shapes", "counts"),
    [
        ((16, 8, 4), "6×6×16 … 2×2×4", "292 … 1,160"),  # 448, 1,160 and 292
        ((4, 16, 2), "6×6×4 … 2×2×2", "112 … 592"),  # 112, 592 and 290
        ((3, 3, 3), "6×6×3 … 2×2×3", "84"),
    ],
)
def test_parameters_are_the_fewest_and_the_most_and_shapes_the_first_and_the_last(widths, shapes, counts):
    x = y = Input((8, 8, 3))
    for width in widths:
        y = layers.Conv2D(width, 3)(y)
    said = words(plot_model(Model(x, y), show_shapes=True, show_params=True).svg())
    assert shapes in said and counts in said


# ---- colours, legend, tooltips ----


class Drawn:
    """The rectangles, circles and words of an SVG, with their places, colours and tooltips."""

    def __init__(self, svg):
        tree = ElementTree.fromstring(svg)
        self.rectangles = [
            ([float(one.get(key)) for key in ("x", "y", "width", "height")], one.get("fill"), tooltip(one))
            for one in tree.iter(SVG + "rect")
            if one.get("x")
        ]
        self.circles = [
            ((float(one.get("cx")), float(one.get("cy"))), one.get("fill"), tooltip(one))
            for one in tree.iter(SVG + "circle")
        ]
        self.words = [
            ((float(one.get("x")), float(one.get("y"))), one.text, float(one.get("textLength")))
            for one in tree.iter(SVG + "text")
        ]

    def box_of(self, label, stroked=True):
        """The colour and the tooltip of the smallest rectangle around the first text that is the label."""
        x, y = next(place for place, text, _ in self.words if text == label)
        around = [
            (w * h, fill, tip)
            for (a, b, w, h), fill, tip in self.rectangles
            if a <= x <= a + w and b <= y <= b + h
        ]
        return min(around)[1:]

    def ground_of(self, name):
        """The colour of the panel above the name of a module."""
        places = [(place, text) for place, text, _ in self.words if text == name]
        (x, y), _ = places[-1]
        above = [
            (y - b - h, fill) for (a, b, w, h), fill, _ in self.rectangles if a <= x <= a + w and b + h <= y
        ]
        return min(above)[1]

    def badges(self):
        """The letters in circles, with their colours and tooltips."""
        letters = {place: text for place, text, _ in self.words}
        return {(letters[place], fill, tip) for place, fill, tip in self.circles}

    def key_of(self, meaning):
        """What stands left of a text in the legend: a colour, or the letters of a badge and its colour."""
        (x, y), _, width = next(word for word in self.words if word[1] == meaning)
        left = x - width / 2
        swatches = [
            (left - a - w, fill) for (a, b, w, h), fill, _ in self.rectangles if abs(b + h / 2 - y) < 1
        ]
        discs = [(left - a - 10, fill, (a, b)) for (a, b), fill, _ in self.circles if abs(b - y) < 1]
        gap, fill, *place = min(one for one in swatches + discs if one[0] > 0)
        assert gap == pytest.approx(6.0, abs=0.1)
        return (next(text for at, text, _ in self.words if at == place[0]), fill) if place else fill


def tooltip(element):
    title = element.find(SVG + "title")
    return None if title is None else title.text


# The colours of the article's figures, as read from them.
RED, GREY, BLUE, PURPLE, BLACK = "#e06666", "#d9d9d9", "#6d9eeb", "#b4a7d6", "#434343"
YELLOW, ORANGE, GREEN, TEAL = "#ffd966", "#f6b26b", "#93c47d", "#76a5af"


def every_kind():
    x = y = Input((16, 16, 3), name="image")
    y = layers.Conv2D(4, 3, padding="same", name="first")(y)
    y = layers.ReLU(name="relu")(layers.BatchNormalization(name="norm")(y))
    y = layers.UpSampling2D(name="enlarge")(layers.MaxPooling2D(name="shrink")(y))
    y = layers.Add(name="sum")([layers.Conv2D(4, 5, padding="same", name="side")(y), y])
    y = layers.Flatten(name="flat")(layers.GlobalAveragePooling2D(name="mean")(y))
    return Model(x, layers.Dense(2, activation="softmax", name="end")(y))


def test_colours_are_those_of_the_kinds():
    drawn = Drawn(plot_model(every_kind()).svg())
    # By the first layer of each box; `side, sum` is the module in the lane.
    colours = {"image": BLACK, "first": RED, "shrink": GREY, "enlarge": "#ffffff", "side, sum": GREEN}
    colours |= {"side": RED, "sum": PURPLE, "mean": GREY, "end": BLUE}
    found = {tip.split(":")[0]: fill for _, fill, tip in drawn.rectangles if tip}
    assert {
        name.removesuffix(", norm, relu").removesuffix(", flat"): found[name] for name in found
    } == colours


def test_colours_of_modules_and_their_panels():
    drawn = Drawn(plot_model(weightless("inception_v4"), legend=False).svg())
    colours = {"Stem": (YELLOW, "#ffe599"), "Inception-A": (GREEN, "#b6d7a8")}
    colours |= {"Reduction-A": (ORANGE, "#f9cb9c"), "Reduction-B": (ORANGE, "#f9cb9c")}
    assert {name: (drawn.box_of(name)[0], drawn.ground_of(name)) for name in colours} == colours
    drawn = Drawn(plot_model(weightless("resnet50"), legend=False).svg())
    assert (drawn.box_of("conv block")[0], drawn.ground_of("conv block")) == (YELLOW, "#ffe599")
    drawn = Drawn(plot_model(nested(), legend=False).svg())
    assert (drawn.box_of("outer")[0], drawn.ground_of("outer")) == (TEAL, "#d0e0e3")


def test_the_legend_explains_each_colour_and_badge():
    drawn = Drawn(plot_model(every_kind()).svg())
    colours = {"input": BLACK, "convolution": RED, "pooling": GREY, "dense": BLUE, "other layer": "#ffffff"}
    badges = {"batch norm": ("B", "#ffffff"), "ReLU": ("R", "#ffff00"), "softmax": ("S", "#ffffff")}
    said = [text for _, text, _ in drawn.words]
    for meaning, key in (colours | badges).items():
        assert said.count(meaning) == (2 if meaning == "input" else 1), meaning
        if meaning != "input":
            assert drawn.key_of(meaning) == key
    assert "merge" not in said, "the merges that occur are named"


def test_the_legend_has_only_what_occurs():
    x = Input((8, 8, 3))
    said = words(plot_model(Model(x, conv(x))).svg())
    assert {"input", "convolution", "ReLU"} <= set(said)
    assert not {"pooling", "dense", "other layer", "add", "batch norm", "softmax"} & set(said)


def test_badges_say_what_they_are():
    drawn = Drawn(plot_model(every_kind(), legend=False).svg())
    assert drawn.badges() == {
        ("B", "#ffffff", "batch norm"),
        ("R", "#ffff00", "ReLU"),
        ("S", "#ffffff", "softmax"),
    }


def test_tooltips_say_what_a_box_stands_for():
    drawn = Drawn(plot_model(every_kind()).svg())
    tips = {tip for _, _, tip in drawn.rectangles if tip}
    assert {
        "image: 16×16×3",
        "first, norm, relu: 16×16×4, 128 parameters",  # 3·3·3·4 + 4 and 4·4
        "shrink: 8×8×4",
        "side: 16×16×4, 404 parameters",
        "sum: 16×16×4",
        "mean, flat: 4",
        "end: 2, 10 parameters",
    } <= tips


def test_tooltips_count_what_a_box_stands_for():
    x = y = Input((8, 8, 3))
    for i in range(4):
        y = layers.Conv2D(3, 3, padding="same", name=f"c{i}")(y)
    tips = [tip for _, _, tip in Drawn(plot_model(Model(x, y)).svg()).rectangles if tip]
    assert "c0: 8×8×3, 84 parameters and 3 more like it" in tips


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rankdir": "lr"}, "rankdir must be one of 'LR', 'RL', 'TB', 'BT'; got 'lr'"),
        ({"detail": "full"}, "detail must be"),
        ({"dpi": 0}, "dpi must be an int, at least 1; got 0"),
        ({"dpi": "high"}, "dpi must be an int, at least 1"),
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
    monkeypatch.setattr(scene_file, "to_svg", lambda scene: "\ud800")
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
    """A model that has the name wherever a picture may show it."""
    name = name.replace("/", "÷")  # Keras itself refuses it
    inner = Sequential([Input((4,)), layers.Dense(4), layers.ReLU()], name=name)
    x = Input((4,), name=name + "1")
    y = z = inner(x)
    for i in range(2, 5):
        y = layers.Add(name=f"{name}{i}")([layers.Dense(4, name=f"{name}a{i}")(y), y])
    extra = layers.Dense(2, name=name + "head")(z)
    return Model(x, [layers.Dense(3, name=name + "end")(y), extra], name=name)


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def hostile(request):
    return strange(request.param)


def test_names_do_not_break_the_svg(hostile):
    tree = ElementTree.fromstring(plot_model(hostile, show_layer_names=True).svg())
    tags = {element.tag.removeprefix(SVG) for element in tree.iter()}
    assert tags == {"svg", "title", "g", "rect", "circle", "path", "text"}
    for element in tree.iter():
        assert not any(key.startswith("on") or "href" in key for key in element.attrib)
    assert all(len(text.text) <= 70 for text in tree.iter(SVG + "text"))


def test_names_do_not_change_the_dot(hostile):
    picture, plain = (plot_model(model, show_layer_names=True) for model in (hostile, strange("plain")))
    dot = picture.dot()
    (again,) = pydot.graph_from_dot_data(dot.to_string())
    assert len(again.get_nodes()) == len(dot.get_nodes())
    # Where a name is long a line gives way to words; but each line is one edge, and each box one node.
    lines, boxes = (
        [shape for shape in picture.scene.shapes if isinstance(shape, kind)] for kind in (Line, Rectangle)
    )
    assert len(again.get_edges()) == len(dot.get_edges()) == len(lines)
    assert len(boxes) == sum(isinstance(shape, Rectangle) for shape in plain.scene.shapes)
    labels = [node.get("label") for node in again.get_nodes() if node.get("label")]
    assert all(label.startswith('"') and label.endswith('"') for label in labels), "never HTML"
    assert not any("\\N" in label.replace("\\\\", "") for label in labels)


@needs_engine
def test_names_reach_the_engine_as_they_are(tmp_path):
    plot_model(strange("\\N & <b>"), tmp_path / "a.png", show_layer_names=True)
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_names_do_not_break_the_outline(hostile):
    parts = parse(outline(hostile))
    plain = parse(outline(strange("plain")))
    assert len(parts.modules) == len(plain.modules)
    for one, other in zip(
        (parts.lane, *parts.aux, *parts.modules.values()),
        (plain.lane, *plain.aux, *plain.modules.values()),
    ):
        ours, theirs = ([e.label for e in elements(series)] for series in (one, other))
        assert len(ours) == len(theirs)
        assert [x for x in theirs if x not in plain.modules] == [x for x in ours if x not in parts.modules]


def test_layers_view_keeps_to_keras(hostile):
    assert plot_model(hostile, detail="layers", show_layer_names=True).dot().get_nodes()


def test_long_names_of_models_that_begin_alike_are_told_apart():
    x = y = Input((4,))
    for end, layer in (("a", layers.Dense(4)), ("b", layers.ReLU()), ("c", layers.Softmax())):
        y = Sequential([Input((4,)), layer], name="n" * 200 + end)(y)
    parts = parse(outline(Model(x, y)))
    assert len(parts.modules) == 3 and bare(parts.lane).count("n" * 30) == 3


def test_activations_of_unknown_classes():
    def 活性(x):
        return x

    function = keras.saving.register_keras_serializable()(活性)
    x = Input((8, 8, 3))
    model = Model(x, layers.Conv2D(3, 3, activation=function)(layers.Conv2D(3, 3, activation=lambda x: x)(x)))
    parts = parse(outline(model))
    assert bare(parts.lane) == "input → conv 3×3 → conv 3×3"
    ElementTree.fromstring(plot_model(model).svg())
