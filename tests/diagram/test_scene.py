"""The picture as shapes: nothing overlaps or sticks out, every line leads from somewhere to somewhere."""

import shutil
import subprocess
import sysconfig
from itertools import combinations
from math import hypot

import keras
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from support import random_models as rm
from support.models import inception_like, unet
from support.sizes import each, weightless

from keras_cnns.catalog.facts import NETWORKS
from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Scene, Text
from keras_cnns.diagram.fold.parts import boxes
from keras_cnns.visualize import DIRECTIONS, plot_model
from keras_cnns.weightless import build_weightless

OURS = {row.name: (row.name, {}) for row in NETWORKS}
OURS |= {f"{row.name}_aux": (row.name, {"aux": True}) for row in NETWORKS if "aux" in row.options}
# fmt: off
APPLICATIONS = ["ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "InceptionResNetV2", "MobileNetV3Large",
                "NASNetMobile", "ResNet50V2", "Xception"]
# fmt: on
TOUCH = 0.01
CAPITAL = 0.72  # the height of Arial's capitals


def model(name):
    network, options = OURS.get(name, (name, {}))
    return weightless(network, **options)


class Geometry:
    """The shapes of a scene, sorted by what they are."""

    def __init__(self, scene):
        self.scene = scene
        shapes = scene.shapes
        every = [shape for shape in shapes if isinstance(shape, Rectangle)]
        self.grounds = [area(box) for box in every if box.stroke is None]
        self.cards = cards(every)
        self.boxes = [area(box) for box in every if box.stroke is not None and box not in self.cards]
        self.circles = [shape for shape in shapes if isinstance(shape, Circle)]
        self.lines = [shape for shape in shapes if isinstance(shape, Line)]
        self.brackets = [line for line in self.lines if is_bracket(line)]
        self.edges = [line for line in self.lines if not is_bracket(line)]
        texts = [shape for shape in shapes if isinstance(shape, Text)]
        centres = {(circle.x, circle.y) for circle in self.circles}
        self.letters = [text for text in texts if (text.x, text.y) in centres]
        rest = [text for text in texts if (text.x, text.y) not in centres]
        self.labels = [text for text in rest if any(holds(box, (text.x, text.y)) for box in self.boxes)]
        self.captions = [text for text in rest if text not in self.labels]

    def check(self):
        self.nothing_sticks_out()
        self.nothing_overlaps()
        self.text_fits()
        self.lines_lead_somewhere()
        self.lines_run_free()
        self.panels_keep_apart()

    def nothing_sticks_out(self):
        canvas = (0.0, 0.0, self.scene.width, self.scene.height)
        for shape in self.scene.shapes:
            assert contains(canvas, area(shape)), shape

    def nothing_overlaps(self):
        captions = [area(text) for text in self.captions]
        circles = [area(circle) for circle in self.circles]
        assert_apart(self.boxes)
        assert_apart(self.grounds)
        assert_apart(captions)
        assert_apart(circles)
        assert_apart(captions, self.boxes)
        assert_apart(captions, circles)
        for ground in self.grounds:
            for thing in self.boxes + captions + circles:
                assert apart(ground, thing) or contains(ground, thing), (ground, thing)
        for circle in self.circles:
            touched = [box for box in self.boxes if not apart(box, area(circle))]
            swatch = not touched
            assert swatch or (len(touched) == 1 and on_border(touched[0], (circle.x, circle.y))), circle

    def text_fits(self):
        for text in self.letters + self.labels + self.captions:
            assert text.width == pytest.approx(style.text_width(text.string, text.size, text.bold))
        for text in self.labels:
            box = next(box for box in self.boxes if holds(box, (text.x, text.y)))
            assert contains(box, area(text)), text.string
        for text in self.letters:
            (circle,) = {c for c in self.circles if (c.x, c.y) == (text.x, text.y)}
            assert hypot(text.width / 2, text.size * CAPITAL / 2) <= circle.radius, text.string

    def lines_lead_somewhere(self):
        for line in self.edges:
            others = [other for other in self.lines if other is not line]
            start, end = line.points[0], line.points[-1]
            from_box = any(on_border(box, start) for box in self.boxes)
            assert from_box or any(on_line(other, start) for other in others) or self.way(start, end), line
            to_box = any(on_border(box, end) for box in self.boxes)
            on_other = not line.arrow and any(on_line(other, end) for other in others)
            assert to_box or on_other or self.way(end, start), line

    def way(self, outer, inner):
        """Whether a line runs straight from outside into a ground."""
        return any(
            holds(ground, inner) and distance(ground, outer) == pytest.approx(style.ARROW)
            for ground in self.grounds
        )

    def panels_keep_apart(self):
        """A panel, with the arrows into and out of it, stays clear of every other with its own."""
        panels = []
        for ground in self.grounds:
            lines = [line for line in self.lines if any(holds(ground, point) for point in line.points)]
            panels.append(around([ground, *map(area, lines)]))
        assert_apart(panels)

    def lines_run_free(self):
        """No line runs through a box or through words."""
        solid = self.boxes + [area(text) for text in self.captions]
        for line in self.lines:
            for (x, y), (u, v) in zip(line.points, line.points[1:]):
                assert x == u or y == v, "lines are horizontal or vertical"
            for segment in segments(line):
                for thing in solid:
                    assert apart(thing, segment), (line, thing)


def cards(rectangles):
    """What peeks out behind a box: as large as it, of its colour, painted before it, and silent."""
    found = []
    for i, card in enumerate(rectangles):
        for box in rectangles[i + 1 : i + 1 + style.CARDS]:
            looks = card.width, card.height, card.fill, card.stroke
            near = max(abs(box.x - card.x), abs(box.y - card.y)) <= style.CARDS * style.CARD_STEP
            if near and looks == (box.width, box.height, box.fill, box.stroke) and not card.tooltip:
                found.append(card)
                break
    return found


def area(shape):
    """Left, top, right, bottom."""
    if isinstance(shape, Rectangle):
        return shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
    if isinstance(shape, Circle):
        r = shape.radius
        return shape.x - r, shape.y - r, shape.x + r, shape.y + r
    if isinstance(shape, Text):
        half, up = shape.width / 2, CAPITAL * shape.size / 2
        return shape.x - half, shape.y - up, shape.x + half, shape.y + up
    xs, ys = zip(*shape.points)
    return min(xs), min(ys), max(xs), max(ys)


def segments(line):
    """The area of each straight piece, without thickness."""
    for (x, y), (u, v) in zip(line.points, line.points[1:]):
        yield min(x, u), min(y, v), max(x, u), max(y, v)


def around(areas):
    """The smallest area that holds all of them."""
    lefts, tops, rights, bottoms = zip(*areas)
    return min(lefts), min(tops), max(rights), max(bottoms)


def apart(one, other):
    a, b, c, d = one
    e, f, g, h = other
    return c <= e + TOUCH or g <= a + TOUCH or d <= f + TOUCH or h <= b + TOUCH


def assert_apart(some, others=None):
    pairs = combinations(some, 2) if others is None else ((a, b) for a in some for b in others)
    for one, other in pairs:
        assert apart(one, other), (one, other)


def contains(outer, inner):
    a, b, c, d = outer
    e, f, g, h = inner
    return a <= e + TOUCH and b <= f + TOUCH and g <= c + TOUCH and h <= d + TOUCH


def holds(box, point):
    return contains(box, (*point, *point))


def on_border(box, point):
    (x, y), (a, b, c, d) = point, box
    near = min(abs(x - a), abs(x - c)) < TOUCH or min(abs(y - b), abs(y - d)) < TOUCH
    return holds(box, point) and near


def on_line(line, point):
    x, y = point
    return any(
        holds((min(a, c), min(b, d), max(a, c), max(b, d)), (x, y))
        for (a, b), (c, d) in zip(line.points, line.points[1:])
    )


def distance(box, point):
    (x, y), (a, b, c, d) = point, box
    return max(a - x, x - c, b - y, y - d)


def is_bracket(line):
    """Two short ticks and what joins them."""
    if line.arrow or len(line.points) != 4:
        return False
    lengths = [abs(x - u) + abs(y - v) for (x, y), (u, v) in zip(line.points, line.points[1:])]
    return lengths[0] == pytest.approx(style.BRACKET_TICK) and lengths[2] == pytest.approx(lengths[0])


def check(model, **options):
    picture = plot_model(model, **options)
    Geometry(picture.scene).check()
    return picture


@pytest.mark.parametrize("name", each(OURS))
def test_ours_fit_a_screen(name):
    picture = check(model(name))
    assert sum(1 for _ in boxes(picture.folded.lane)) <= 16
    assert picture.scene.width <= 2400
    assert picture.scene.height <= 1.6 * picture.scene.width


@pytest.mark.parametrize("name", APPLICATIONS)
def test_applications(name):
    check(model(name))


SOME = ["alexnet", "inception_net", "inception_v4_aux", "inception_resnet_v2", "resnet50"]


@pytest.mark.parametrize("rankdir", DIRECTIONS)
@pytest.mark.parametrize("name", SOME)
def test_directions(name, rankdir):
    check(model(name), rankdir=rankdir)


EVERYTHING = {"show_shapes": True, "show_params": True, "show_layer_names": True, "show_dtype": True}


@pytest.mark.parametrize("options", [{key: True} for key in EVERYTHING] + [EVERYTHING], ids="-".join)
@pytest.mark.parametrize("name", SOME)
def test_captions(name, options):
    check(model(name), **options)
    check(model(name), rankdir="TB", **options)


@pytest.mark.parametrize("name", SOME)
def test_without_a_legend_there_is_less(name):
    with_legend, without = check(model(name)), check(model(name), legend=False)
    assert without.scene.height < with_legend.scene.height
    words = [shape.string for shape in without.scene.shapes if isinstance(shape, Text)]
    assert "convolution" not in words


@pytest.mark.parametrize("build", [inception_like, lambda: unet(3), lambda: rm.residual(3)])
@pytest.mark.parametrize("rankdir", DIRECTIONS)
def test_small_graphs(build, rankdir):
    check(build(), rankdir=rankdir)


modest = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # to make an example small takes long
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("rankdir", DIRECTIONS)
def test_more_badges_than_corners(rankdir):
    x = y = keras.Input(rm.SHAPE)
    for _ in range(4):
        y = keras.layers.ReLU()(keras.layers.BatchNormalization()(y))
    y = keras.layers.Conv2D(3, 3, activation="relu", padding="same")(keras.layers.Add()([y, x]))
    check(keras.Model(x, y), rankdir=rankdir, show_shapes=True)


@modest
@given(rm.series)
def test_nested_forks(plan):
    check(build_weightless(rm.built, plan))


@modest
@given(rm.dags())
def test_any_graph(model):
    check(model)


def two_panels(distance, height):
    """Two panels beside each other, an arrow into each and one out, the second's at another height."""
    shapes, x = [], 50.0
    for y in (80, 80 + height):
        shapes.append(Rectangle(x, 50, 100, 60, "#b6d7a8", None))
        shapes.append(Rectangle(x + 30, y - 20, 40, 40, "#e06666"))
        shapes.append(Line(((x - style.ARROW, y), (x + 30, y)), arrow=True))
        shapes.append(Line(((x + 70, y), (x + 100 + style.ARROW, y)), arrow=True))
        x += 100 + distance
    return Geometry(Scene("two panels", 500, 200, tuple(shapes)))


@pytest.mark.parametrize("height", [0, 10])
def test_arrows_of_two_panels_that_meet_are_seen(height):
    two_panels(2 * style.ARROW, height).check()
    for distance in (2 * style.ARROW - 12, style.ARROW, 0):
        with pytest.raises(AssertionError):
            two_panels(distance, height).panels_keep_apart()


def engine():
    return shutil.which("graphviz-pure", path=sysconfig.get_path("scripts"))


@pytest.mark.skipif(not engine(), reason="graphviz-pure, whose fonts measure the letters, is not installed")
def test_widths_of_letters_are_those_of_a_real_font():
    """Its sans-serif font has Arial's widths; each letter is measured forty times over."""
    letters = [letter for letter in style.WIDTHS if letter.isascii() and letter not in '"\\']
    for letter, width in zip(letters, measured([f"x{letter * 40}x" for letter in letters])):
        assert width == pytest.approx(style.text_width(f"x{letter * 40}x", 1.0), rel=0.01), letter


@pytest.mark.skipif(not engine(), reason="graphviz-pure, whose fonts measure the letters, is not installed")
def test_bold_words_are_no_wider_than_said():
    words = ["Stem", "identity block", "conv block", "Inception-ResNet-A", "Reduction-B", "squeeze-excite"]
    for word, width in zip(words, measured(words, bold=True)):
        assert 0.9 * style.text_width(word, 1.0, True) < width < 1.03 * style.text_width(word, 1.0, True), (
            word
        )


def measured(words, bold=False):
    """The widths of words as the engine finds them, at a font size of one."""
    labels = [f"<<b>{word}</b>>" if bold else f'"{word}"' for word in words]
    nodes = "".join(f"n{i} [label={label}];" for i, label in enumerate(labels))
    look = 'node [shape=box margin=0 width=0 height=0 fontname="Helvetica" fontsize=72];'
    command = [engine(), "-Kdot", "-Tplain"]
    done = subprocess.run(command, input=f"graph {{ {look} {nodes} }}", text=True, capture_output=True)
    rows = [line.split(" ") for line in done.stdout.splitlines() if line.startswith("node")]
    widths = {row[1]: float(row[4]) for row in rows}
    return [widths[f"n{i}"] for i in range(len(words))]


def test_a_head_that_leaves_another_head_says_where_from():
    """A line shows what leaves the lane; what leaves such a head has none."""
    start = x = keras.Input((8,))
    for _ in range(4):
        x = keras.layers.Dense(8)(x)
    head = keras.layers.Dense(4, name="head")(start)
    ends = [x, keras.layers.Dense(2)(head), keras.layers.Dense(3)(head)]
    written = {
        shape.string for shape in plot_model(keras.Model(start, ends)).scene.shapes if isinstance(shape, Text)
    }
    assert "from head" in written
    assert not any(words.startswith("from input") for words in written)
