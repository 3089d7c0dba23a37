"""Where a network's layers are in its picture, so that the page can frame them."""

from dataclasses import dataclass, field
from math import ceil

from keras_cnns.diagram.draw.fragments import moved
from keras_cnns.diagram.draw.layout import Sheet
from keras_cnns.diagram.draw.scene import Rectangle
from keras_cnns.diagram.fold.parts import Box, Folded, boxes

Corner = tuple[int, int, int, int]  # left, top, width, height


@dataclass(frozen=True, slots=True)
class Places:
    """The boxes of a picture, numbered.

    Attributes:
        wide: where each box is in the picture for a screen, and `narrow` in the one for a phone.
        lane: the boxes of the lane, which ends at `bottom` in the picture for a screen.
        is_one_row: whether a level line runs through all of them, and nothing leaves the lane.
        layers: the boxes of each layer, the one in the lane, those in modules.
    """

    wide: list[Corner]
    narrow: list[Corner]
    lane: frozenset[int]
    bottom: int
    is_one_row: bool
    layers: dict[str, list[int]] = field(default_factory=dict)

    def boxes_of(self, layer: str) -> list[int]:
        """Return the boxes that stand for a layer, among others."""
        return self.layers.get(layer, [])


def places(folded: Folded, wide: Sheet, narrow: Sheet, scale: float) -> Places:
    """Return where the boxes of a folded model are; the narrow picture is shown at that scale."""
    all_boxes = folded.boxes()
    layers: dict[str, list[int]] = {}
    for number, box in enumerate(all_boxes):
        covered = dict.fromkeys(v for instance in box.instances for v in instance.vertices)
        for name in dict.fromkeys(folded.vertices[v].name for v in covered):
            layers.setdefault(name, []).append(number)
    in_lane = {id(box) for box in boxes(folded.lane)}
    lane = frozenset(number for number, box in enumerate(all_boxes) if id(box) in in_lane)
    corners = _corners(all_boxes, wide, 1.0)
    middles = [corners[number] for number in lane]
    bottom = min(top + height for _, top, _, height in middles)
    is_one_row = not folded.side_outputs and max(top for _, top, _, _ in middles) < bottom
    narrow_corners = _corners(all_boxes, narrow, scale)
    return Places(corners, narrow_corners, lane, _bottom(wide), is_one_row, layers)


def _bottom(sheet: Sheet) -> int:
    """How far down the lane and its captions go."""
    x, y, lane = sheet.whole.inside[0]
    drawn = sheet.placed(Rectangle(x, y - lane.above, lane.length, lane.above + lane.below, None))
    assert isinstance(drawn, Rectangle)
    return ceil(drawn.y + drawn.height)


def _corners(all_boxes: list[Box], sheet: Sheet, scale: float) -> list[Corner]:
    found: dict[int, Corner] = {}
    for x, y, fragment in sheet.whole.walk():
        if isinstance(fragment.of, Box):
            body = [shape for shape in fragment.shapes if isinstance(shape, Rectangle)][-1]
            drawn = sheet.placed(moved(body, x, y))
            assert isinstance(drawn, Rectangle)
            sides = drawn.x, drawn.y, drawn.width, drawn.height
            left, top, width, height = (round(scale * side) for side in sides)
            found[id(fragment.of)] = left, top, width, height
    return [found[id(box)] for box in all_boxes]
