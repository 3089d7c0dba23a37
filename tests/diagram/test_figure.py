"""A figure to edit has every shape of the scene once, and its wires are those that an eye follows."""

import re
from itertools import combinations

import pytest
from support.pictures import picture
from support.scene_marks import Bracket, SeenBox, marks
from support.scene_wires import follow

from keras_cnns.diagram.draw.scene import Circle, Line, Polygon, Rectangle, Scene, Text
from keras_cnns.diagram.draw.volumes.leads import rounded
from keras_cnns.diagram.output.bends import cornered
from keras_cnns.diagram.output.figure import figure
from keras_cnns.diagram.output.figure_items import Box, Group, Words, corners_of, leaves
from keras_cnns.diagram.output.wires import MOST, Wire, is_bracket, wires
from keras_cnns.visualize import DIRECTIONS

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
    scene = picture(name, **SOME[name], rankdir=rankdir, show_shapes=True).scene
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
    scene = picture(name, **SOME[name], show_shapes=True).scene
    drawn = figure(scene)
    found = [id(shape) for shape in shapes_of(drawn.items())]
    assert sorted(found) == sorted(id(one) for one in scene.shapes if not isinstance(one, Line))
    passed = {id(wire.drawn) for wire in drawn.items() if isinstance(wire, Wire)}
    assert {id(one) for one in scene.shapes if isinstance(one, Line) and one.arrow} <= passed


@pytest.mark.parametrize("rankdir", DIRECTIONS)
def test_a_group_for_each_module(rankdir):
    """With its ground first, its name, and all that is on the ground."""
    scene = picture("inception_v3", rankdir=rankdir).scene
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
        assert {id(one) for one in inside} <= {id(one) for one in shapes_of(leaves(group))}
    assert not any(isinstance(i, Words) and i.look.bold for i in drawn.loose)


def test_badges_and_cards_belong_to_their_box():
    drawn = figure(picture("resnext50").scene)
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
    """A face that is painted later hides what it meets, and lines that bow are whole, or have corners."""
    scene = picture("resnet18", style="volumes").scene
    order = {id(shape): i for i, shape in enumerate(scene.shapes)}
    drawn = figure(scene)
    items = [item for item in drawn.items() if isinstance(item, (Box, Wire))]
    placed = [(order[id(item.shape if isinstance(item, Box) else item.drawn)], item) for item in items]
    assert len(placed) > 50 and [i for i, _ in placed] != sorted(i for i, _ in placed)
    for (i, one), (j, other) in combinations(placed, 2):
        assert i < j or i == j or not meet(corners_of(one), corners_of(other)), (one, other)
    bowed = [item for item in drawn.items() if isinstance(item, Wire) and len(item.line.points) > 5]
    assert len(bowed) > 4
    cornered = [item for item in figure(scene, joints=True).items() if isinstance(item, Wire)]
    assert all(len(wire.line.points) <= 3 or is_bracket(wire.line) for wire in cornered)


def meet(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def in_groups(items):
    """Each group in these items, at any depth, with its boxes and texts."""
    for item in items:
        if isinstance(item, Group):
            yield {id(shape) for shape in shapes_of(leaves(item))}
            yield from in_groups(item.items)


@pytest.mark.parametrize("rankdir", DIRECTIONS)
@pytest.mark.parametrize("name", ["alexnet", "resnet50", "EfficientNetB0"])
def test_captions_move_with_their_box(name, rankdir):
    """The smallest group with a caption has one box, the one that the scene's reader has it beside."""
    options = {"show_shapes": True, "show_params": True, "rankdir": rankdir}
    scene = picture(name, **options).scene
    drawn = figure(scene)
    groups = sorted(in_groups((*drawn.groups, *drawn.loose)), key=len)
    boxes = [one for one in scene.shapes if isinstance(one, Rectangle) and one.stroke]
    texts = [one for one in scene.shapes if isinstance(one, Text)]
    beside = [one for one in texts if re.search(r"×\d+×|parameters|^\d+$", one.string)]
    assert len(beside) >= 10
    for text in beside:
        group = next(group for group in groups if id(text) in group)
        inside = [box for box in boxes if id(box) in group]
        near = min(boxes, key=lambda box: apart(box, text))
        assert near in inside and len({(box.width, box.height) for box in inside}) == 1


def apart(box, text):
    """How far a text is from a box, sideways or up and down."""
    left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    across = max(left - text.x - text.width / 2, text.x - text.width / 2 - right, 0)
    return across + max(top - text.y, text.y - bottom, 0)


def test_brackets_and_their_count_move_together():
    scene = picture("resnet50").scene
    drawn = figure(scene)
    repeats = [i for i in drawn.loose if isinstance(i, Group) and any(isinstance(j, Wire) for j in i.items)]
    assert len(repeats) == 4
    for group in repeats:
        first, second, count = group.items
        left, right = (corners_of(wire) for wire in (first, second))
        assert is_bracket(first.line) and is_bracket(second.line) and left[1::2] == right[1::2]
        assert left[2] < count.x < right[0] and count.y > left[3] and re.fullmatch(r"×\d", count.strings[0])


@pytest.mark.parametrize("name", ["lenet_5", "alexnet", "resnet50"])
def test_a_solid_is_a_group(name):
    """With its faces, the window on it and its words; lines lead from one solid to another."""
    scene = picture(name, style="volumes").scene
    drawn = figure(scene)
    faces = [one for one in scene.shapes if isinstance(one, Polygon) and one.tooltip]
    groups = [{id(shape) for shape in shapes_of(leaves(i))} for i in drawn.loose if isinstance(i, Group)]
    for tooltip in {face.tooltip for face in faces}:
        (group,) = [group for group in groups if any(id(f) in group for f in faces if f.tooltip == tooltip)]
        assert {id(face) for face in faces if face.tooltip == tooltip} <= group
        assert not any(id(face) in group for face in faces if face.tooltip != tooltip)
    sizes = [
        text for text in scene.shapes if isinstance(text, Text) and re.fullmatch(r"\d+×\d+", text.string)
    ]
    assert all(any(id(text) in group for group in groups) for text in sizes)
    ends = [wire for wire in drawn_wires(drawn) if wire.start is None or wire.end is None]
    assert ends == []


def test_lines_of_two_colours_are_two():
    """A line that changes its colour where there is no box is not made one with what goes on."""
    pale, dark = Line(((0, 0), (10, 0)), colour="#ffffff"), Line(((10, 0), (90, 0)), arrow=True)
    assert {wire.line for wire in wires([pale, dark], lambda point: None)} == {pale, dark}


def test_bends_are_corners():
    way = ((0.0, 0.0), (0.0, -40.0), (60.0, -40.0), (60.0, -10.0))
    assert cornered(rounded([*way])) == (way, pytest.approx(8.0))
    slanting = ((0.0, 0.0), (3.0, 2.0), (5.0, 5.0))
    assert cornered(slanting) == (slanting, 0.0) and cornered(way) == (way, 0.0)


@pytest.mark.parametrize("x, pieces", [(50, 1), (40, 2)])
def test_a_turn_leads_to_the_middle_of_a_side(x, pieces):
    """Off the middle the last piece is straight: office programs would lead one with a turn elsewhere."""
    shapes = (
        Rectangle(0, 0, 20, 20, "#ffffff"),
        Rectangle(x, 40, 40, 40, "#ffffff"),
        Line(((20, 10), (70, 10), (70, 40)), arrow=True),
    )
    found = [one for one in figure(Scene("", 100, 90, shapes), joints=True).items() if isinstance(one, Wire)]
    assert len(found) == pieces and all(wire.start and wire.end for wire in found)
    assert found[-1].line.points[-1] == (70, 40) and found[-1].line.arrow


def test_no_turn_begins_on_a_face():
    """Where two stacks end a row, what leads on from their faces is straight up to a joint."""
    scene = picture("alexnet", style="volumes", width="12cm").scene
    wires = [one for one in figure(scene, joints=True).items() if isinstance(one, Wire)]
    leaving = [one for one in wires if one.start and isinstance(one.start.shape, Polygon)]
    assert len(leaving) > 20 and {len(wire.line.points) for wire in leaving} == {2}


def test_pieces_have_one_turn_at_most():
    for name, options in SOME.items():
        for item in figure(picture(name, **options).scene, joints=True).items():
            if isinstance(item, Wire) and not is_bracket(item.line):
                points = item.line.points
                assert len(points) == 2 or len(points) == 3 and item.start and item.end
