"""Pictures with volumes: what they show is what Keras says, and no words touch anything."""

import re
from functools import partial
from pathlib import Path

import authority
import keras
import pytest
from keras import Input, Model, Sequential, layers
from support.pictures import picture
from support.random_chains import chain
from support.sizes import each, weightless
from support.volumes import brackets, faults, solids, texts, times, words

from keras_cnns.catalog.facts import NETWORKS, list_models
from keras_cnns.diagram.draw.scene import Circle, Line, Polygon, Rectangle
from keras_cnns.diagram.output.figure import figure
from keras_cnns.diagram.output.figure_items import Box as FigureBox
from keras_cnns.diagram.output.figure_items import leaves
from keras_cnns.diagram.output.wires import Wire
from keras_cnns.visualize import model_to_dot, plot_model
from keras_cnns.weightless import build_weightless

CHAINS = ["lenet_5", "lenet_caffe", "alexnet", "nin", "vgg16", "resnet18", "resnet50", "resnext50"]
APPLICATIONS = ["VGG16", "MobileNet", "ResNet50V2", "DenseNet121", "MobileNetV2", "EfficientNetB0"]
# What is no chain, and why.
FLAT = {"inception_net": "several outputs", "NASNetMobile": "branches that are more than a skip"}


def drawn(name, **options):
    return picture(name, style="volumes", **options)


def layer_of(model, solid):
    """The layer whose shape a solid's tooltip gives: of the layers in one box the one with this shape."""
    names, shape = re.match(r"(.*?): (\S+?)(?:,| and|$)", solid.says).groups()
    for name in names.split(", "):
        layer = model.get_layer(name)
        if "×".join(map(str, layer.output.shape[1:])) == shape and not isinstance(layer, layers.Dropout):
            return layer
    raise AssertionError(solid.says)


@pytest.mark.parametrize("name", [*each(list_models()), *APPLICATIONS, "NASNetMobile"])
def test_words_touch_nothing(name):
    picture = drawn(name)
    assert faults(picture.scene) == []
    assert bool(picture.why_flat) == (name in FLAT)
    assert bool(solids(picture.scene)) != (name in FLAT)


@pytest.mark.parametrize("name", ["alexnet", "vgg16", "resnet50", "inception_v4", "MobileNet"])
@pytest.mark.parametrize(
    "options", [{"width": "8.9cm"}, {"show_params": True, "show_layer_names": True, "show_trainable": True}]
)
def test_words_touch_nothing_with_more_or_less_room(name, options):
    scene = drawn(name, **options).scene
    assert faults(scene) == []
    if "width" in options:
        assert scene.width == pytest.approx(8.9 / 2.54 * 96)
        assert {8.0 <= text.size * 0.75 <= 9.0 for text in texts(scene)} == {True}


@pytest.mark.parametrize("name", CHAINS)
def test_sizes_are_in_the_order_of_the_maps(name):
    """Fronts are as high as the square roots of Keras' own sides, and as wide as those of its channels."""
    model = weightless(name)
    seen = [(solid, layer_of(model, solid)) for solid in solids(drawn(name).scene)]
    maps = [(solid, layer.output.shape) for solid, layer in seen if len(layer.output.shape) == 4]
    heights = {round(solid.height / shape[1] ** 0.5, 1) for solid, shape in maps}
    depths = {round(solid.reach / shape[2] ** 0.5, 1) for solid, shape in maps}
    assert len(heights) == len(depths) == 1
    whole = [
        (solid, layer.output.shape[-1])
        for solid, layer in seen
        if len(layer.output.shape) == 4
        and not isinstance(layer, layers.InputLayer)
        and "pool" not in layer.name
    ]
    stacked = [solid for solid, _ in whole if sum(solid.left == other.left for other, _ in whole) > 1]
    widths = {
        round(solid.width * (2**0.5 if solid in stacked else 1) / channels**0.5, 1)
        for solid, channels in whole
        if solid.width > 8
    }
    assert len(widths) == 1
    bars = [(solid.height, layer.output.shape[1]) for solid, layer in seen if len(layer.output.shape) == 2]
    assert sorted(bars) == sorted(bars, key=lambda bar: bar[1])


def has_kernel(layer):
    return any(weight.name.endswith("kernel") for weight in layer.weights) or "Conv" in type(layer).__name__


@pytest.mark.parametrize("name", CHAINS)
def test_every_layer_with_weights_is_there_as_often_as_in_the_model(name):
    model, scene = weightless(name), drawn(name).scene
    expected = sum(map(has_kernel, model.layers))
    seen = {(solid.left, solid.says): solid for solid in solids(scene)}  # stacks are one layer
    found = sum(
        times(scene, solid.left, solid.right, solid.bottom)
        for solid in seen.values()
        if has_kernel(layer_of(model, solid))
    )
    boxes = [shape for shape in scene.shapes if isinstance(shape, Rectangle) and "conv" in shape.tooltip]
    found += len(boxes)
    assert found == expected


@pytest.mark.parametrize("name", CHAINS)
def test_sides_that_are_written_are_those_of_keras(name):
    model = weightless(name)
    written = {word for word in words(drawn(name).scene) if re.fullmatch(r"\d+×\d+", word)}
    sides = {
        "×".join(map(str, layer.output.shape[1:3])) for layer in model.layers if len(layer.output.shape) == 4
    }
    windows = {f"{n}×{n}" for n in (1, 2, 3, 5, 7, 11)}
    assert written <= sides | windows
    drawn_layers = [layer for layer in model.layers if hasattr(layer, "kernel_size")]
    assert {"×".join(map(str, layer.output.shape[1:3])) for layer in drawn_layers} <= written
    channels = {str(layer.output.shape[-1]) for layer in drawn_layers}
    said = {part for word in words(drawn(name).scene) for part in (word, *split_sum(word))}
    assert channels <= said


def split_sum(word):
    """`48 + 48` → 96."""
    return [str(sum(map(int, word.split(" + "))))] if re.fullmatch(r"\d+( \+ \d+)+", word) else []


@pytest.mark.parametrize("name", ["lenet_5", "alexnet", "vgg16", "resnet18", "resnet50"])
def test_arrows_end_at_what_they_lead_to(name):
    scene = drawn(name).scene
    left_edges = [(solid.left, solid.top, solid.bottom) for solid in solids(scene)]
    balls = [shape for shape in scene.shapes if isinstance(shape, Circle) and shape.radius > 5]
    for line in scene.shapes:
        if isinstance(line, Line) and line.arrow:
            x, y = line.points[-1]
            on_edge = any(abs(x - left) < 0.6 and top < y < bottom for left, top, bottom in left_edges)
            on_ball = any(
                abs(((x - ball.x) ** 2 + (y - ball.y) ** 2) ** 0.5 - ball.radius) < 0.6 for ball in balls
            )
            assert on_edge or on_ball, line


@pytest.mark.parametrize("name", ["lenet_5", "lenet_caffe", "alexnet", "alexnet_owt", "nin_cifar"])
def test_lines_are_the_edges_of_the_model(name):
    """Where lines lead from each solid to the next, they join those whose layers Keras has joined."""
    drawn_figure = figure(drawn(name).scene)
    layers_of = {}
    for group in drawn_figure.loose:
        boxes = [one for one in leaves(group) if isinstance(one, FigureBox)]
        says = next((box.shape.tooltip for box in boxes if isinstance(box.shape, Polygon)), "")
        layers_of |= {id(box): says for box in boxes if says}
    found = {
        (layers_of[id(wire.start)], layers_of[id(wire.end)])
        for wire in drawn_figure.items()
        if isinstance(wire, Wire) and layers_of[id(wire.start)] != layers_of[id(wire.end)]
    }
    solid_of = {layer: says for says in layers_of.values() for layer in says.partition(":")[0].split(", ")}
    expected = set()
    for layer in weightless(name).layers:
        if layer.name in solid_of:
            expected |= {(before, solid_of[layer.name]) for before in drawn_before(layer, solid_of)}
    assert found == {(one, other) for one, other in expected if one != other}
    assert len(found) == len({*layers_of.values()}) - 1


def drawn_before(layer, solid_of):
    """The solids of the layers that a layer reads, past those without a solid."""
    for node in layer._inbound_nodes:
        for tensor in node.input_tensors:
            before = tensor._keras_history.operation
            yield from [solid_of[before.name]] if before.name in solid_of else drawn_before(before, solid_of)


def test_two_groups_are_two_stacks():
    found = solids(drawn("alexnet").scene)
    columns = [sum(other.left == solid.left for other in found) for solid in found if "conv" in solid.says]
    assert set(columns) == {2} and len(columns) == 10
    assert "48 + 48" in words(drawn("alexnet").scene)
    one = solids(drawn("alexnet_owt").scene)
    assert len({solid.left for solid in one}) == len(one)


def test_skips_lead_over_what_they_leave_out():
    scene = drawn("resnet18").scene
    skips = [line for line in scene.shapes if isinstance(line, Line) and line.arrow and len(line.points) > 6]
    assert len(skips) == 7
    for line in skips:
        xs, ys = zip(*line.points)
        below = [solid for solid in solids(scene) if min(xs) < solid.left and solid.right < max(xs)]
        assert len(below) == 2 and min(ys) < min(solid.top - solid.rise for solid in below)
    assert [count for *_, count in brackets(scene)] == [2, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "xception", "DenseNet121"])
def test_modules_that_are_opened_have_their_names(name):
    """Each residual or dense block is in a bracket with the name that the flat picture gives it."""
    scene = drawn(name).scene
    joins = [layer for layer in weightless(name).layers if isinstance(layer, layers.Add | layers.Concatenate)]
    assert sum(count for *_, count in brackets(scene)) == len(joins)
    names = {re.sub(r" ×\d+$", "", word) for word in words(scene)} & {*words(picture(name).scene)}
    expected = {"resnet18": 2, "resnet50": 2, "xception": 3, "DenseNet121": 1}[name]
    assert sum(bool(re.search("block|module|unit", word)) for word in names) == expected
    rows = len(row_turns(scene)) + 1
    assert len({y for *_, y, _ in brackets(scene)}) == rows  # they are at one height


def chain_of(*parts, name="chain", shape=(32, 32, 3)):
    return Sequential([Input(shape), *parts], name=name)


def volumes_of(build):
    return plot_model(build_weightless(build), style="volumes")


def test_channels_first():
    """The same network with its channels first has the same picture."""

    def build(data_format):
        shape = (32, 32, 3) if data_format == "channels_last" else (3, 32, 32)
        return chain_of(
            layers.Conv2D(16, 3, data_format=data_format, name="a"),
            layers.MaxPooling2D(data_format=data_format, name="b"),
            layers.GlobalAveragePooling2D(data_format=data_format, name="c"),
            layers.Dense(10, name="d"),
            shape=shape,
        )

    first, last = (volumes_of(partial(build, f"channels_{end}")).scene for end in ("first", "last"))
    assert words(first) == words(last)
    faces = [[s.points for s in scene.shapes if isinstance(s, Polygon)] for scene in (first, last)]
    assert faces[0] == faces[1]


def test_unknown_sides_follow_the_strides():

    def build():
        return chain_of(
            layers.Conv2D(8, 3, 2, padding="same"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, padding="same"),
            layers.GlobalAveragePooling2D(),
            shape=(None, None, 3),
        )

    scene = volumes_of(build).scene
    heights = [solid.height for solid in solids(scene)][:4]
    assert [round((heights[0] / height) ** 2) for height in heights] == [1, 2, 4, 4]
    assert words(scene).count("?×?") == 4
    assert any("as if the input had 224" in word for word in words(scene))


def test_what_differs_in_unknown_sides_is_not_counted_together():
    """Equal layers of which each halves a side that is not known have heights of their own."""

    def build():
        pairs = [(layers.Conv1D(8, 4, 2, "same"), layers.Conv1D(8, 3, 1, "same")) for _ in range(7)]
        return chain_of(*(layer for pair in pairs for layer in pair), shape=(None, 8))

    scene = volumes_of(build).scene
    assert not brackets(scene)
    heights = [solid.height for solid in solids(scene)]
    assert len(heights) == 15 and heights == sorted(heights, reverse=True)


def test_sequences_are_plates():

    def build():
        parts = layers.Conv1D(16, 3), layers.MaxPooling1D(), layers.LSTM(32), layers.Dense(2)
        return chain_of(*parts, shape=(100, 8))

    scene = volumes_of(build).scene
    found = solids(scene)
    assert {"100", "98", "49"} <= {*words(scene)} and faults(scene) == []
    plates = found[:3]
    assert len({round(solid.reach, 3) for solid in plates}) == 1
    assert [round(solid.height**2 / plates[0].height ** 2 * 100) for solid in plates] == [100, 98, 49]


def test_video_says_all_three_sides():

    def build():
        return chain_of(layers.Conv3D(16, 3), layers.GlobalAveragePooling3D(), shape=(16, 64, 32, 3))

    scene = volumes_of(build).scene
    assert {"16×64×32", "14×62×30"} <= {*words(scene)}
    first = solids(scene)[0]
    assert first.height > first.reach > 0


def u_shape():
    x = inputs = Input((64, 64, 1))
    left = []
    for filters in (16, 32):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        left.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
    for filters, skip in zip((32, 16), reversed(left)):
        x = layers.Concatenate()([layers.UpSampling2D()(x), skip])
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x), name="u")


def row_turns(scene):
    """The lines from the end of one row to the begin of the next: they go back to the left."""
    lines = [shape for shape in scene.shapes if isinstance(shape, Line) and len(shape.points) > 8]
    return [line for line in lines if line.points[-1][0] < line.points[0][0]]


def test_rows_begin_with_the_size_of_their_maps():
    """What a row begins with says its sides again, and the begin of a skip there is marked."""
    scene = drawn("resnet50").scene
    (turn,) = row_turns(scene)
    x, y = turn.points[-1]
    first = min((s for s in solids(scene) if s.top < y < s.bottom), key=lambda solid: solid.left)
    assert abs(first.left - x) < 1
    assert any(text.string == "14×14" and first.left < text.x < first.right + 60 for text in texts(scene))
    dots = [shape for shape in scene.shapes if isinstance(shape, Circle) and shape.radius < 3]
    skips = [line for line in scene.shapes if is_skip(line)]
    assert {(dot.x, dot.y) for dot in dots} == {line.points[0] for line in skips} and len(skips) == 8


def is_skip(shape):
    """A line that goes up, over solids, and down to a ball."""
    if not isinstance(shape, Line) or not shape.arrow or len(shape.points) < 6:
        return False
    return shape.points[0][0] == shape.points[1][0] and shape.points[1][1] < shape.points[0][1]


def test_rows_of_stacks_are_joined():
    """Where a row ends and the next begins with two stacks, two lines leave and two arrows arrive."""
    scene = drawn("alexnet", width="12cm").scene
    left = min(solid.left for solid in solids(scene))
    begins = [solid for solid in solids(scene) if abs(solid.left - left) < 0.01]
    tips = [line.points[-1] for line in scene.shapes if isinstance(line, Line) and line.arrow]
    reached = [s for s in begins if any(abs(x - s.left) < 0.6 and s.top < y < s.bottom for x, y in tips)]
    assert len(begins) == 5 and len(reached) == 4  # all but the input


def windows(scene):
    """The corners of windows, each on the face of what is read through it."""
    return [shape.points for shape in scene.shapes if isinstance(shape, Polygon) and not shape.tooltip]


def test_dilated_windows_are_as_large_as_what_they_see():
    def build(kernel, dilation):
        return chain_of(
            layers.Conv2D(8, kernel, padding="same", dilation_rate=dilation, name="a"),
            layers.Conv2D(8, 3, padding="same", name="b"),
            shape=(40, 40, 3),
        )

    dilated, dense, small = (volumes_of(partial(build, *each)).scene for each in ((3, 4), (9, 1), (3, 1)))
    assert windows(dilated) == windows(dense) != windows(small)


def test_skips_may_lead_over_skips():
    picture = volumes_of(u_shape)
    scene = picture.scene
    assert not row_turns(scene)
    skips = [line for line in scene.shapes if isinstance(line, Line) and line.arrow and len(line.points) > 6]
    inner, outer = sorted(skips, key=lambda line: line.points[-1][0])
    assert outer.points[0][0] < inner.points[0][0] and inner.points[-1][0] < outer.points[-1][0]
    assert min(y for _, y in outer.points) < min(y for _, y in inner.points)
    assert faults(scene) == [] and "C concat" in words(scene)


def thin_with_long_words():
    """A skip over one thin solid, above which stand words that are longer than it."""
    x = inputs = Input((500, 500, 500, 9))
    for depth in (2, 1):
        y = x = layers.MaxPooling3D(2, padding="same")(x)
        for _ in range(depth):
            y = layers.BatchNormalization()(layers.Conv3D(9, 3, padding="same")(y))
        x = layers.Add()([x, y])
    return Model(inputs, layers.Conv3D(300, 1)(x))


def test_skips_keep_off_words_that_are_longer_than_what_is_below():
    assert faults(volumes_of(thin_with_long_words).scene) == []


@pytest.mark.parametrize("seed", [*range(24), 82])
def test_words_of_any_chain_touch_nothing(seed):
    model = build_weightless(chain, seed)
    for options in ({}, {"width": "16cm"}, {"show_params": True, "show_layer_names": True}):
        picture = plot_model(model, style="volumes", **options)
        assert faults(picture.scene) == [] and not picture.why_flat


def two_inputs():
    a, b = Input((8, 8, 1)), Input((8, 8, 1))
    return Model([a, b], layers.Add()([layers.Conv2D(1, 1)(a), b]))


def mixed_formats():
    x = inputs = Input((8, 8, 4))
    x = layers.Conv2D(4, 3, padding="same")(x)
    return Model(inputs, layers.MaxPooling2D(data_format="channels_first")(x))


def long_chain():
    """Seventy layers, no two of which are alike."""
    return chain_of(*(layers.Conv2D(8, (1 + i % 7, 1 + i // 7), padding="same") for i in range(70)))


@pytest.mark.parametrize(
    "build, why",
    [(two_inputs, "several inputs"), (mixed_formats, "channels first in some"), (long_chain, "in a row")],
)
def test_what_is_no_chain_is_drawn_flat_and_says_why(build, why):
    model = build_weightless(build)
    picture = plot_model(model, style="volumes")
    assert why in picture.why_flat and not solids(picture.scene)
    assert picture.why_flat in " ".join(words(picture.scene))
    flat = plot_model(model)
    assert flat.why_flat == "" and not any("Drawn flat" in word for word in words(flat.scene))
    quiet = plot_model(model, style="volumes", legend=False)
    assert quiet.why_flat == picture.why_flat
    assert quiet.scene == plot_model(model, legend=False).scene


@pytest.mark.parametrize("name", FLAT)
def test_reasons(name):
    assert FLAT[name] in drawn(name).why_flat


@pytest.mark.parametrize(
    "options, message",
    [
        ({"rankdir": "TB"}, 'rankdir must be "LR" with style="volumes"; got \'TB\''),
        ({"detail": "layers"}, "style must be 'flat' with detail=\"layers\""),
        ({"style": "solid"}, "style must be"),
        ({"to_file": "a.html"}, "style must be \"flat\" for a page; got 'a.html'"),
    ],
)
def test_arguments_that_do_not_go_together(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plot_model(weightless("lenet_5"), **{"style": "volumes"} | options)


@pytest.mark.parametrize("palette", ["article", "grey", "colour-blind"])
@pytest.mark.parametrize("background", ["white", "transparent", "dark"])
def test_faces_of_a_solid_differ(palette, background):
    """Front, top and side have three colours, the top the lightest: a solid is seen without its edges."""
    scene = drawn("lenet_5", palette=palette, background=background).scene
    fronts = {}
    for face in scene.shapes:
        if isinstance(face, Polygon) and face.tooltip:
            fronts.setdefault((face.tooltip, round(face.points[0][0])), []).append(face.fill)
    assert all(len({*fills}) == len(fills) for fills in fronts.values())
    strokes = {shape.stroke for shape in scene.shapes if isinstance(shape, Polygon)}
    assert strokes == {"#f0f0f0" if background == "dark" else "#000000"}


@pytest.mark.parametrize("name", ["alexnet", "resnet18"])
def test_pictures_in_the_documentation(name, request):
    """`make outlines` rewrites them; look at them then."""
    file = Path(__file__).parents[2] / "docs" / "how-to" / f"volumes-{name}.svg"
    if request.config.getoption("--update"):
        file.write_text(drawn(name).svg(), encoding="utf-8")
    assert drawn(name).svg() == file.read_text(encoding="utf-8")


def test_volumes_are_no_page():
    with pytest.raises(ValueError, match="only the flat picture"):
        drawn("lenet_5").html()
    assert "<html" in drawn("inception_net").html()


def test_every_format(tmp_path):
    for suffix in ("svg", "pdf", "dot"):
        plot_model(weightless("lenet_5"), tmp_path / f"a.{suffix}", style="volumes")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").count("<polygon") > 20
    assert "_background" in model_to_dot(weightless("lenet_5"), style="volumes").to_string()


def test_all_networks_are_looked_at():
    """The parameters above have every network, wherever it was published."""
    assert {network.name for network in NETWORKS} == set(list_models()) == set(authority.NETWORKS)
    assert keras.backend.image_data_format() == "channels_last"
