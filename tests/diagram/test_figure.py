"""A figure to edit has every shape of the scene once, and its wires are those that an eye follows."""

import pytest
from support.scene_marks import Bracket, SeenBox, marks
from support.scene_wires import follow
from support.sizes import weightless

from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Scene, Text
from keras_cnns.diagram.output.figure import figure
from keras_cnns.diagram.output.figure_items import Box, Words
from keras_cnns.diagram.output.wires import MOST, Wire, is_bracket, wires
from keras_cnns.visualize import DIRECTIONS, plot_model

SOME = {"lenet_5": {}, "resnet50": {}, "inception_v1": {"aux": True}, "xception": {}}


def parts(box):
    """A box with the cards behind it and the badges on it."""
    return [*box.behind, box, *(part for badge in box.on_it for part in parts(badge))]


def written(words):
    return [] if words is None else list(words.lines)


def shapes_of(items):
    """The areas and texts of items, each as often as it is in them."""
    for item in items:
        if isinstance(item, Words):
            yield from item.lines
        if isinstance(item, Box):
            for box in parts(item):
                yield box.shape
                yield from written(box.words)


def followed(scene, rankdir):
    """Which boxes wires lead from and to, by the reader in tests/support; None is outside of a panel."""
    seen = marks(scene, rankdir)
    after = {}
    for start, end in follow(seen):
        after.setdefault(start, []).append(end)
    found = set()
    for start in after:
        if isinstance(start.at, Bracket):
            continue
        ahead = [start]
        while ahead:
            for end in after[ahead.pop()]:
                if isinstance(end.at, Bracket):
                    ahead.append(end)
                else:
                    found.add((at(start), at(end)))
    return found


def at(end):
    return tuple(map(round, middle(end.at))) if isinstance(end.at, SeenBox) else None


def middle(box):
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def turned(box, scene, rankdir):
    """The middle of a box of a figure when the lane runs from left to right."""
    left, top, right, bottom = box.corners
    x, y = (left + right) / 2, (top + bottom) / 2
    place = {
        "LR": (x, y),
        "RL": (scene.width - x, y),
        "TB": (y, x),
        "BT": (scene.height - y, x),
    }[rankdir]
    return tuple(map(round, place))


@pytest.mark.parametrize("rankdir", DIRECTIONS)
@pytest.mark.parametrize("name", SOME)
def test_wires_are_those_that_an_eye_follows(name, rankdir):
    scene = plot_model(weightless(name, **SOME[name]), rankdir=rankdir, show_shapes=True).scene
    drawn = figure(scene)
    found = set()
    for wire in drawn_wires(drawn):
        ends = [end and turned(end, scene, rankdir) for end in (wire.start, wire.end)]
        found.add(tuple(ends))
    assert found == followed(scene, rankdir)


def drawn_wires(drawn):
    return [item for item in drawn.items() if isinstance(item, Wire) and not is_bracket(item.line)]


@pytest.mark.parametrize("name", SOME)
def test_every_shape_is_there_once(name):
    scene = plot_model(weightless(name, **SOME[name]), show_shapes=True).scene
    drawn = figure(scene)
    found = [id(shape) for shape in shapes_of(drawn.items())]
    assert sorted(found) == sorted(id(one) for one in scene.shapes if not isinstance(one, Line))
    passed = {id(wire.drawn) for wire in drawn.items() if isinstance(wire, Wire)}
    assert {id(one) for one in scene.shapes if isinstance(one, Line) and one.arrow} <= passed


@pytest.mark.parametrize("rankdir", DIRECTIONS)
def test_a_group_for_each_module(rankdir):
    """With its ground first, its name, and all that is on the ground."""
    scene = plot_model(weightless("inception_v3"), rankdir=rankdir).scene
    drawn = figure(scene)
    names = ["Stem", "Inception-A", "Inception-B", "Inception-C", "Reduction-A", "Reduction-B"]
    assert sorted(group.name for group in drawn.groups) == sorted(names)
    for group in drawn.groups:
        ground = group.items[0].shape
        assert ground.stroke is None
        inside = [
            one
            for one in scene.shapes
            if isinstance(one, (Rectangle, Text))
            and ground.x <= one.x <= ground.x + ground.width
            and ground.y <= one.y <= ground.y + ground.height
        ]
        assert {id(one) for one in inside} <= {id(one) for one in shapes_of(group.items)}
    assert not any(isinstance(i, Words) and i.look.bold for i in drawn.loose)


def test_badges_and_cards_belong_to_their_box():
    drawn = figure(plot_model(weightless("resnext50")).scene)
    boxes = [item for item in drawn.items() if isinstance(item, Box)]
    in_groups = next(box for box in boxes if box.behind)
    assert len(in_groups.behind) == 2 and in_groups.words.strings == ["conv 3×3"]
    badges = [badge.words.strings for box in boxes for badge in box.on_it]
    assert ["B"] in badges and ["R"] in badges
    # The legend's are on no box.
    assert [box.words.strings for box in boxes if isinstance(box.shape, Circle)] == [["B"], ["R"], ["S"]]


def test_words_beside_the_middle_of_a_box_are_by_themselves():
    aside = Text(30, 20, "aside", 10, 20)
    drawn = figure(Scene("", 100, 50, (Rectangle(10, 10, 80, 20, "#ffffff"), aside)))
    box, words = drawn.items()
    assert box.words is None and words.lines == (aside,)


def test_lines_that_only_cross_are_two():
    across, down = Line(((0, 50), (100, 50))), Line(((50, 0), (50, 100)))
    found = wires([across, down], lambda point: None)
    assert sorted(wire.line.points for wire in found) == sorted([across.points, down.points])


def test_a_branch_and_a_joint():
    """One line, another that leaves it halfway, and a third that comes to that one."""
    trunk = Line(((0, 0), (40, 0), (80, 0)), arrow=True)
    branch = Line(((20, 0), (20, 50), (80, 50)), arrow=True, thickness=3)
    joint = Line(((0, 90), (20, 90), (20, 30)))
    found = wires([trunk, branch, joint], lambda point: point if point[0] in (0, 80) else None)
    assert {(wire.start, wire.end): wire.line.points for wire in found} == {
        ((0, 0), (80, 0)): ((0, 0), (80, 0)),
        ((0, 0), (80, 50)): ((0, 0), (20, 0), (20, 50), (80, 50)),
        ((0, 90), (80, 50)): ((0, 90), (20, 90), (20, 30), (20, 50), (80, 50)),
    }
    assert all(wire.line.arrow for wire in found)


def test_where_very_many_would_come_each_line_is_one():
    """Lines that join and part again, one place after another, would be two to the power of the places."""
    lines = []
    for x in range(0, 1000, 20):
        lines += [Line(((x, 0), (x + 10, 10), (x + 20, 0))), Line(((x, 0), (x + 10, -10), (x + 20, 0)))]
    assert len(wires(lines, lambda point: None)) == len(lines) < MOST * len(lines)


def test_volumes_keep_their_order():
    """A face that is painted later hides a line, and lines that bow are whole."""
    scene = plot_model(weightless("resnet18"), style="volumes").scene
    order = {id(shape): i for i, shape in enumerate(scene.shapes)}
    for joints in (False, True):
        items = [*figure(scene, joints).items()]
        drawn = [item.shape if isinstance(item, Box) else getattr(item, "drawn", None) for item in items]
        known = [order[id(shape)] for shape in drawn if id(shape) in order]
        assert known == sorted(known) and len(known) > 50
    bowed = [item for item in items if isinstance(item, Wire) and len(item.line.points) > 5]
    assert len(bowed) > 4


def test_pieces_have_one_turn_at_most():
    for name, options in SOME.items():
        for item in figure(plot_model(weightless(name, **options)).scene, joints=True).items():
            if isinstance(item, Wire) and not is_bracket(item.line):
                points = item.line.points
                assert len(points) == 2 or len(points) == 3 and item.start and item.end
