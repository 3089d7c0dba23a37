"""What can be read off a picture with volumes: solids with what they stand for, brackets, words, arrows.

Only the shapes of the scene are read, never what they were drawn from.
"""

import re
from dataclasses import dataclass
from itertools import combinations

from keras_cnns.diagram.draw.scene import Circle, Line, Polygon, Rectangle, Scene, Text

# Half of the height of Arial's capitals, in sizes.
CAPITAL = 0.36
TOUCH = 0.6


@dataclass(frozen=True)
class SeenSolid:
    """A solid: its front, how far its right face leads up, and what its tooltip says."""

    left: float
    top: float
    right: float
    bottom: float
    reach: float
    rise: float
    says: str

    @property
    def width(self):
        return self.right - self.left

    @property
    def height(self):
        return self.bottom - self.top


def solids(scene):
    """The solids from left to right; where several stand above each other, each."""
    faces = [shape for shape in scene.shapes if isinstance(shape, Polygon) and shape.tooltip]
    fronts = [face for face in faces if face.points[0][1] == face.points[1][1] and upright(face)]
    found = []
    for front in fronts:
        (left, top), (right, _), (_, bottom), _ = front.points
        (beside,) = [
            face
            for face in faces
            if face not in fronts and face.points[0] == (right, top) and face.points[3] == (right, bottom)
        ]
        (away_x, away_y) = beside.points[1]
        found.append(SeenSolid(left, top, right, bottom, away_x - right, top - away_y, front.tooltip))
    return found


def upright(face):
    return face.points[1][0] == face.points[2][0] and face.points[0][0] == face.points[3][0]


def texts(scene):
    return [shape for shape in scene.shapes if isinstance(shape, Text)]


def words(scene):
    return [text.string for text in texts(scene)]


def place_of(text):
    half = text.size * CAPITAL
    return text.x - text.width / 2, text.y - half, text.x + text.width / 2, text.y + half


def faults(scene: Scene):
    """Words that touch each other, lie on a face or under a line, or are cut."""
    places = [(place_of(text), text.string) for text in texts(scene)]
    inside = [shape for shape in scene.shapes if isinstance(shape, Rectangle | Circle)]
    reaching = [(reach(shape), shape) for shape in scene.shapes if isinstance(shape, Polygon | Line)]
    found = [(one, other) for (a, one), (b, other) in combinations(places, 2) if _meet(a, b)]
    for place, string in places:
        left, top, right, bottom = place
        if left < 0 or top < 0 or right > scene.width or bottom > scene.height:
            found.append((string, "is cut"))
        in_box = any(_around(shape, place) for shape in inside)
        for shape in near_to(place, reaching):
            on_face = isinstance(shape, Polygon) and _on_face(shape.points, place)
            on_line = isinstance(shape, Line) and not in_box and _crosses(shape.points, place)
            found += [(string, shape)] * (on_face or on_line)
    return found


def reach(shape):
    xs, ys = zip(*shape.points)
    return min(xs), min(ys), max(xs), max(ys)


def near_to(place, reaching):
    """The shapes whose rectangle has a part in common with a place."""
    left, top, right, bottom = place
    for (a, b, c, d), shape in reaching:
        if a < right and left < c + TOUCH and b < bottom and top < d + TOUCH:
            yield shape


def _meet(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _around(shape, place):
    left, top, right, bottom = place
    if isinstance(shape, Circle):
        r = shape.radius
        area = shape.x - r, shape.y - r, shape.x + r, shape.y + r
    else:
        area = shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
    return area[0] <= left and area[1] <= top and right <= area[2] and bottom <= area[3]


def _on_face(points, place):
    """Whether a convex face and a rectangle have a part in common: no side of either keeps them apart."""
    left, top, right, bottom = place
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    for shape in (points, corners):
        for (x, y), (to_x, to_y) in zip(shape, (*shape[1:], shape[0])):
            across = to_y - y, x - to_x
            one = [across[0] * u + across[1] * v for u, v in points]
            other = [across[0] * u + across[1] * v for u, v in corners]
            if max(one) <= min(other) or max(other) <= min(one):
                return False
    return True


def _crosses(points, place, steps=60):
    left, top, right, bottom = place
    return any(
        left < x + (to_x - x) * i / steps < right and top < y + (to_y - y) * i / steps < bottom
        for (x, y), (to_x, to_y) in zip(points, points[1:])
        for i in range(steps + 1)
    )


def brackets(scene):
    """Brackets below parts of the chain: from where to where, how low, and how often.

    Below one stand the name of the module that the part is, how often it comes, or both.
    """
    found = []
    for line in scene.shapes:
        if not isinstance(line, Line) or len(line.points) != 4 or line.arrow:
            continue
        (left, top), (_, y), (right, low), _ = line.points
        if line.points[0][0] == line.points[1][0] and y == low and top < y:
            below = [text for text in texts(scene) if abs(text.x - (left + right) / 2) < 1 and text.y > y]
            below = [text.string for text in sorted(below, key=lambda text: text.y) if text.y - y < 45]
            assert below
            count = next(filter(None, (re.search(r"(?:^| )×(\d+)$", line) for line in below)), None)
            found.append((left, right, y, int(count[1]) if count else 1))
    return found


def times(scene, left, right, bottom):
    """How often something of that place is there: the product of the brackets below it."""
    product = 1
    for start, end, y, count in brackets(scene):
        if start - TOUCH <= left and right <= end + TOUCH and bottom < y < bottom + 140:
            product *= count
    return product
