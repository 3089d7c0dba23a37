"""The manner of the article's figures: captions in line, boxes in the middle of their brackets, stacks."""

from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise

import keras
import pytest
from keras import layers
from support.outline_grammar import elements, parse
from support.sizes import each, weightless
from test_scene import OURS, Geometry, area, around, assert_apart, contains, holds, is_bracket

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Fragment
from keras_cnns.diagram.draw.legend import SWATCH
from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Text
from keras_cnns.diagram.draw.shelves import on_shelves
from keras_cnns.visualize import outline, plot_model
from keras_cnns.weightless import build_weightless

SHAPE = (16, 16, 64)
# Where one small module or two stand below a long lane, their sides stay empty.
SPARSE = {
    "densenet": 0.48,
    "mobilenet_v2": 0.51,  # five "inverted residual" in its lane
    "convnext": 0.5,
    "resnet50_v2": 0.59,
    "resnet101_v2": 0.59,
    "resnet152_v2": 0.59,
    "squeezenet": 0.35,
}


@cache
def scene(name):
    network, options = OURS.get(name, (name, {}))
    return plot_model(weightless(network, **options)).scene


def texts(picture):
    return [shape for shape in picture.shapes if isinstance(shape, Text)]


def brackets(picture):
    """Left, top, right and bottom of each pair of brackets."""
    lines = [shape for shape in picture.shapes if isinstance(shape, Line) and is_bracket(shape)]
    waiting, pairs = [], []
    for line in sorted(lines, key=lambda line: line.points[1][0]):
        (x, top), (_, bottom) = line.points[1:3]
        if line.points[0][0] > x:
            waiting.append((x, top, bottom))
            continue
        partner = next(one for one in reversed(waiting) if one[1:] == (top, bottom))
        waiting.remove(partner)
        pairs.append((partner[0], top, x, bottom))
    assert not waiting
    return pairs


@pytest.mark.parametrize("name", each(OURS))
def test_what_is_in_brackets_is_in_their_middle(name):
    picture = scene(name)
    things = Geometry(picture).boxes + brackets(picture)
    for left, top, right, bottom in brackets(picture):
        inside = [(a, b) for a, y, b, _ in things if left < a and b < right and top < y < bottom]
        before, after = min(a for a, _ in inside) - left, right - max(b for _, b in inside)
        assert before == pytest.approx(after), (before, after)


@pytest.mark.parametrize("name", each(OURS))
def test_times_are_below_their_brackets_everywhere(name):
    picture = scene(name)
    times = [text for text in texts(picture) if text.string.startswith("×")]
    found = brackets(picture)
    assert len(times) == len(found)
    for text in times:
        near = [
            bottom
            for left, _, right, bottom in found
            if text.x == pytest.approx((left + right) / 2) and 0 < text.y - bottom < 20
        ]
        assert len(near) == 1, text


@pytest.mark.parametrize("name", each(OURS))
def test_captions_of_one_row_are_at_one_height(name):
    """Under boxes of one height whose middles are on one line, in the lane or in one panel."""
    picture = scene(name)
    rows = defaultdict(set)
    explained = panels(picture)
    boxes = Geometry(picture).boxes
    for text in texts(picture):
        for left, top, right, bottom in boxes:
            below = 0 < text.y - bottom < 24 and text.x == pytest.approx((left + right) / 2)
            if below and text.size == style.CAPTION:
                inside = [contains(panel, (left, top, right, bottom)) for panel in explained]
                rows[(top + bottom) / 2, bottom, tuple(inside)].add(text.y)
    assert rows
    for (middle, _, _), heights in rows.items():
        gaps = [b - a for a, b in pairwise(sorted(heights))]
        assert all(gap >= style.CAPTION for gap in gaps), (middle, heights)


def legend(picture):
    """The shapes of the legend: swatches and discs that belong to no layer, and the words beside them."""
    rectangles = [shape for shape in picture.shapes if isinstance(shape, Rectangle)]
    swatches = [shape for shape in rectangles if (shape.width, shape.height) == SWATCH]
    discs = [shape for shape in picture.shapes if isinstance(shape, Circle) and not shape.tooltip]
    top = min(area(shape)[1] for shape in (*swatches, *discs))
    words = [text for text in texts(picture) if text.y > top]
    return [*swatches, *discs, *words]


def panels(picture):
    """The grounds with the arrows that cross their edges and their names, in the order of drawing."""
    lines = [shape for shape in picture.shapes if isinstance(shape, Line)]
    found = []
    for ground in Geometry(picture).grounds:
        crossing = [line for line in lines if any(holds(ground, point) for point in line.points)]
        (name,) = [
            text
            for text in texts(picture)
            if text.bold and text.x == pytest.approx((ground[0] + ground[2]) / 2, abs=1.0)
            if 0 < text.y - ground[3] < 30
        ]
        found.append(around([ground, area(name), *map(area, crossing)]))
    return found


def used(picture):
    """How much of the sheet the lane, the panels and the legend take up, each with all it encloses."""
    below = legend(picture)
    explained = panels(picture)
    lane = [
        area(shape)
        for shape in picture.shapes
        if shape not in below and not any(contains(panel, area(shape)) for panel in explained)
    ]
    parts = [around(lane), around([area(shape) for shape in below]), *explained]
    return sum((c - a) * (d - b) for a, b, c, d in parts) / (picture.width * picture.height)


@pytest.mark.parametrize("name", each(OURS))
def test_most_of_the_sheet_is_used(name):
    least = next((least for start, least in SPARSE.items() if name.startswith(start)), 0.6)
    assert used(scene(name)) >= least


@pytest.mark.parametrize("name", each(OURS))
def test_panels_are_read_down_a_column_then_to_the_right_then_below(name):
    for one, following in pairwise(panels(scene(name))):
        assert following[1] >= one[3] or following[0] >= one[2], (one, following)


def test_hundreds_of_panels_are_placed_apart():
    sizes = [(300 + 97 * i % 600, 40 + 53 * i % 160, 40 + 31 * i % 160) for i in range(300)]
    whole = on_shelves(Fragment(1500, 60, 60, [], []), [Fragment(*size, [], []) for size in sizes])
    assert whole.length <= style.WIDEST
    placed = [(x, y - f.above, x + f.length, y + f.below) for x, y, f in whole.inside]
    assert [f.length for _, _, f in whole.inside[1:]] == [length for length, _, _ in sizes]
    assert_apart(placed)
    assert sum(length * (a + b) for length, a, b in sizes) > 0.6 * whole.length * (whole.above + whole.below)


ORDER = [
    "input",
    "convolution",
    "pooling",
    "dense",
    "add",
    "concat",
    "add, concat",
    "add, multiply",
    "other layer",
    "batch norm",
    "layer norm",
]
ORDER += ["local response norm", "GELU", "ReLU", "ReLU6", "scaled tanh", "tanh"]
ORDER += ["sigmoid", "hard sigmoid", "swish", "hard swish", "softmax"]


@pytest.mark.parametrize("name", each(OURS))
def test_the_legend_is_in_one_order_and_its_lines_are_even(name):
    picture = scene(name)
    words = [shape for shape in legend(picture) if isinstance(shape, Text) and shape.size == style.FONT]
    words.sort(key=lambda text: (text.y, text.x))
    said = [text.string for text in words if not text.string.startswith("All convolutions")]
    kinds = [words.partition(" (")[0] for words in said]  # a setting may stand behind in parentheses
    assert kinds == sorted(kinds, key=ORDER.index)
    lines = Counter(text.y for text in words)
    assert len(lines) == 1 or min(lines.values()) > 1
    assert len(lines) == 1 or picture.width < 700


def test_one_sentence_says_what_nearly_all_convolutions_have():
    picture = scene("inception_resnet_v2")
    said = Counter(text.string for text in texts(picture))
    assert said["All convolutions but those marked otherwise are followed by batch norm and ReLU."] == 1
    assert not said["B"]
    drawing = parse(outline(weightless("inception_resnet_v2")))
    boxes = [box for series in drawing.series for box in elements(series) if box.label.startswith("conv ")]
    bare = [box for box in boxes if not box.after]
    assert {*map(len, (box.after for box in boxes))} == {0, 2} and len(boxes) == 35
    assert said["no batch norm"] == said["no ReLU"] == len(bare) == 3


def test_without_exceptions_the_sentence_is_short():
    said = [text.string for text in texts(scene("inception_v3"))]
    assert "All convolutions are followed by batch norm and ReLU." in said
    assert not any(text.string.startswith("All convolutions") for text in texts(scene("resnet50")))


def grouped():
    x = keras.Input(SHAPE)
    y = layers.Conv2D(64, 1, activation="relu")(x)
    y = layers.Conv2D(64, 3, padding="same", groups=32, activation="relu")(y)
    return keras.Model(x, layers.Add()([layers.Conv2D(64, 1)(y), x]))


def towers():
    x = keras.Input(SHAPE)
    y = []
    for _ in range(32):
        z = layers.Conv2D(4, 1, activation="relu")(x)
        y.append(layers.Conv2D(64, 1)(layers.Conv2D(4, 3, padding="same", activation="relu")(z)))
    return keras.Model(x, layers.Add()([*y, x]))


@cache
def built(build):
    return build_weightless(build)


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize(
    ("build", "words", "n_boxes"), [(grouped, "32 groups", 1), (towers, "32 towers in total", 3)]
)
def test_what_stands_side_by_side_is_a_stack_of_cards(build, words, n_boxes, rankdir):
    diagram = plot_model(built(build), rankdir=rankdir)
    assert words in [text.string for text in texts(diagram.scene)]
    geometry = Geometry(diagram.scene)
    geometry.check()
    assert len(geometry.cards) == style.CARDS * n_boxes
    assert not any(card.tooltip for card in geometry.cards)
    rectangles = [shape for shape in diagram.scene.shapes if isinstance(shape, Rectangle)]
    assert diagram.svg().count("<rect") == len(rectangles) + 1
    drawn = [node for node in diagram.dot().get_nodes() if node.get("shape") == "box"]
    assert len(drawn) == len(rectangles) + 1


def test_nothing_else_is_a_stack():
    assert not Geometry(scene("resnet50")).cards
