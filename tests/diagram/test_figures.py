"""The manner of the article's figures: captions in line, boxes in the middle of their brackets, stacks."""

from collections import defaultdict
from functools import cache
from itertools import pairwise

import keras
import pytest
from keras import layers
from support.sizes import weightless
from test_scene import OURS, Geometry, is_bracket

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.scene import Line, Rectangle, Text
from keras_cnns.visualize import plot_model

SHAPE = (16, 16, 64)


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


@pytest.mark.parametrize("name", OURS)
def test_what_is_in_brackets_is_in_their_middle(name):
    picture = scene(name)
    things = Geometry(picture).boxes + brackets(picture)
    for left, top, right, bottom in brackets(picture):
        inside = [(a, b) for a, y, b, _ in things if left < a and b < right and top < y < bottom]
        before, after = min(a for a, _ in inside) - left, right - max(b for _, b in inside)
        assert before == pytest.approx(after), (before, after)


@pytest.mark.parametrize("name", OURS)
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


@pytest.mark.parametrize("name", OURS)
def test_captions_of_one_row_are_at_one_height(name):
    """Under boxes of one height whose middles are on one line."""
    picture = scene(name)
    rows = defaultdict(set)
    boxes = Geometry(picture).boxes
    for text in texts(picture):
        for left, top, right, bottom in boxes:
            below = 0 < text.y - bottom < 24 and text.x == pytest.approx((left + right) / 2)
            if below and text.size == style.CAPTION:
                rows[(top + bottom) / 2, bottom].add(text.y)
    assert rows
    for (middle, _), heights in rows.items():
        gaps = [b - a for a, b in pairwise(sorted(heights))]
        assert all(gap >= style.CAPTION for gap in gaps), (middle, heights)


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


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize(
    ("build", "words", "n_boxes"), [(grouped, "32 groups", 1), (towers, "32 towers in total", 3)]
)
def test_what_stands_side_by_side_is_a_stack_of_cards(build, words, n_boxes, rankdir):
    diagram = plot_model(build(), rankdir=rankdir)
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
