"""A scene as PDF in the fonts that every reader has; nothing to install, no font of the machine is used."""

import zlib
from collections.abc import Iterable, Iterator

from keras_cnns.diagram.draw.scene import Circle, Line, Point, Polygon, Rectangle, Scene, Shape, Text
from keras_cnns.diagram.output.pdf_letters import (
    BOLD,
    PLAIN,
    SYMBOL_NAMES,
    SYMBOLS,
    natural_width,
    runs,
    with_escapes,
)
from keras_cnns.diagram.output.svg import BASELINE, head, shaft
from keras_cnns.safe_text import visible

POINTS = 0.75  # PDF counts in points, a scene in CSS pixels
CORNER = 0.5523  # how far Bézier's controls are from the ends of a quarter of a circle, in radii
FONTS = {PLAIN: "F1", BOLD: "F2", SYMBOLS: "F3"}


def to_pdf(scene: Scene) -> bytes:
    """Return the scene as one page, 96 pixels of the scene to the inch.

    Shapes are vectors, and text can be found and copied. It is set in Helvetica, which is not put into the
    file, at the width that the scene gives it. What Helvetica has not is written as an escape. Equal scenes
    give equal bytes.
    """
    drawn = "\n".join(_content(scene)).encode("ascii")
    size = f"[0 0 {_number(scene.width * POINTS)} {_number(scene.height * POINTS)}]"
    packed = zlib.compress(drawn, 9)
    fonts = " ".join(f"/{name} {number} 0 R" for number, name in enumerate(FONTS.values(), 6))
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox {size} /Contents 4 0 R"
            f" /Resources << /Font << {fonts} >> >> >>".encode(),
            f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode() + packed + b"\nendstream",
            f"<< /Title <{visible(scene.title).encode('utf-16').hex()}> >>".encode(),
            *(_font(name) for name in FONTS),
        ]
    )


def _font(name: str) -> bytes:
    encoding = "/WinAnsiEncoding"
    if name == SYMBOLS:
        codes = " ".join(f"{code} /{glyph}" for code, glyph in sorted(SYMBOL_NAMES.items()))
        encoding = f"<< /Type /Encoding /Differences [{codes}] >>"
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding {encoding} >>".encode()


def _file(objects: list[bytes]) -> bytes:
    """Numbered objects and the table of where each begins; the first is the root, the fifth the title."""
    whole, starts = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        starts.append(len(whole))
        whole += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    count = len(objects) + 1
    end = f"trailer\n<< /Size {count} /Root 1 0 R /Info 5 0 R >>\nstartxref\n{len(whole)}\n%%EOF\n"
    return whole + f"xref\n0 {count}\n0000000000 65535 f \n{table}{end}".encode()


def _content(scene: Scene) -> Iterator[str]:
    # From here on the axes are the scene's, y downwards.
    yield f"{POINTS} 0 0 {-POINTS} 0 {_number(scene.height * POINTS)} cm"
    if scene.ground:
        yield from _shape(Rectangle(0, 0, scene.width, scene.height, scene.ground, stroke=None))
    for shape in scene.shapes:
        yield from _shape(shape)


def _shape(shape: Shape) -> Iterator[str]:
    match shape:
        case Rectangle():
            place = " ".join(map(_number, (shape.x, shape.y, shape.width, shape.height)))
            yield from _painted(f"{place} re", shape.fill, shape.stroke)
        case Circle():
            yield from _painted(_disc(shape), shape.fill, shape.stroke)
        case Polygon():
            yield "1 j"  # round joins: a sharp corner's point would stick out
            yield from _painted(_path(shape.points) + " h", shape.fill, shape.stroke)
            yield "0 j"
        case Line():
            points = shaft(shape)
            if len(points) > 1:
                yield from _painted(_path(points), None, shape.colour, shape.thickness)
                if shape.arrow:
                    yield from _painted(_path(head(shape)) + " h", shape.colour, None)
        case Text():
            yield from _text(shape)


def _painted(path: str, fill: str | None, stroke: str | None, thickness: float = 1.0) -> Iterator[str]:
    if fill and fill != "none":
        yield f"{_colour(fill)} rg"
    if stroke:
        yield f"{_colour(stroke)} RG {_number(thickness)} w"
    filled = bool(fill) and fill != "none"
    yield f"{path} {'B' if filled and stroke else 'f' if filled else 'S' if stroke else 'n'}"


def _disc(circle: Circle) -> str:
    x, y, r = circle.x, circle.y, circle.radius
    c = CORNER * r
    quarters = [
        (x + r, y + c, x + c, y + r, x, y + r),
        (x - c, y + r, x - r, y + c, x - r, y),
        (x - r, y - c, x - c, y - r, x, y - r),
        (x + c, y - r, x + r, y - c, x + r, y),
    ]
    curves = " ".join(" ".join(map(_number, quarter)) + " c" for quarter in quarters)
    return f"{_number(x + r)} {_number(y)} m {curves} h"


def _path(points: Iterable[Point]) -> str:
    places = [f"{_number(x)} {_number(y)}" for x, y in points]
    return f"{places[0]} m " + " ".join(f"{place} l" for place in places[1:])


def _text(text: Text) -> Iterator[str]:
    string = with_escapes(visible(text.string))
    if not string.strip():
        return
    # As in the SVG, letters are drawn wider or narrower to keep to the width that was made for them.
    stretch = text.width / (natural_width(string, text.bold) * text.size)
    left, baseline = text.x - text.width / 2, text.y + BASELINE * text.size
    yield f"BT {_colour(text.colour)} rg {_number(100 * stretch)} Tz"
    yield f"1 0 0 -1 {_number(left)} {_number(baseline)} Tm"
    for font, codes in runs(string, text.bold):
        yield f"/{FONTS[font]} {_number(text.size)} Tf <{codes.hex()}> Tj"
    yield "ET"


def _colour(colour: str) -> str:
    return " ".join(_number(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))


def _number(value: float) -> str:
    return f"{round(value, 3) + 0:.3f}".rstrip("0").rstrip(".")
