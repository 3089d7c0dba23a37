"""A scene as PDF, by fpdf2, in two fonts that are in the package: the same on a machine that has none."""

import importlib.util
import warnings
from datetime import datetime, timezone
from itertools import groupby
from typing import TYPE_CHECKING

from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Circle, Line, Polygon, Rectangle, Scene, Shape, Text
from keras_cnns.diagram.output.pdf_letters import Letters
from keras_cnns.diagram.output.svg import BASELINE, head, shaft
from keras_cnns.diagram.output.system_fonts import fonts_for
from keras_cnns.safe_text import one_line, visible

if TYPE_CHECKING:
    from fpdf import FPDF

PACKAGE, INSTALL = "fpdf2", 'pip install "keras-cnns[plot]"'
POINTS = 0.75  # PDF counts in points, a scene in CSS pixels
NO_DATE = datetime(1970, 1, 1, tzinfo=timezone.utc)
# As in SVG: lines end where their points are, and the point of a polygon's sharp corner does not stick out.
SHARP = {"stroke_cap_style": "butt", "stroke_join_style": "miter"}
ROUND = {"stroke_cap_style": "butt", "stroke_join_style": "round"}


def is_installed() -> bool:
    """Whether fpdf2 is there."""
    return importlib.util.find_spec("fpdf") is not None


def to_pdf(scene: Scene, name: str = "The PDF", stacklevel: int = 2) -> bytes:
    """Return the scene as one page, 96 pixels of the scene to the inch.

    Shapes are vectors, and text can be found and copied. Its fonts are in the file, no more of them than is
    used. Text keeps to the width that the scene gives it. A letter that the package's fonts have not is set
    in a font of the machine, or, if none has it, written as an escape such as \\u65e5; a warning, which calls
    the file `name`, says so. Equal scenes give equal bytes on one machine.
    """
    strings = [visible(shape.string) for shape in scene.shapes if isinstance(shape, Text)]
    others = fonts_for(Letters().missing(strings))
    letters = Letters(others)
    try:
        pdf = _drawn(scene, letters)
    except Exception:
        # Whatever is wrong with a font of the machine, there is a picture without it.
        if not others:
            raise
        letters = Letters()
        pdf = _drawn(scene, letters)
    if escaped := letters.missing(strings):
        first = next(letter for string in strings for letter in string if letter in escaped)
        example = first.encode("ascii", "backslashreplace").decode()
        warnings.warn(
            f"{one_line(name)} has escapes such as {example} for letters that no font here can write.",
            stacklevel=stacklevel,
        )
    return pdf


def _drawn(scene: Scene, letters: Letters) -> bytes:
    from fpdf import FPDF

    pdf = FPDF(unit=POINTS, format=(scene.width, scene.height))
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.set_title(visible(scene.title))
    pdf.set_creation_date(NO_DATE)
    pdf.render_color_fonts = False
    letters.add_to(pdf)
    pdf.add_page()
    ground = [Rectangle(0, 0, scene.width, scene.height, scene.ground, stroke=None)] if scene.ground else []
    for is_polygon, shapes in groupby((*ground, *scene.shapes), key=lambda shape: isinstance(shape, Polygon)):
        with pdf.local_context(**(ROUND if is_polygon else SHARP)):
            for shape in shapes:
                _draw(pdf, shape, letters)
    return bytes(pdf.output())


def _draw(pdf: "FPDF", shape: Shape, letters: Letters) -> None:
    match shape:
        case Rectangle():
            if style := _inked(pdf, shape.fill, shape.stroke):
                pdf.rect(shape.x, shape.y, shape.width, shape.height, style)
        case Circle():
            if style := _inked(pdf, shape.fill, shape.stroke):
                left, top, side = shape.x - shape.radius, shape.y - shape.radius, 2 * shape.radius
                pdf.ellipse(left, top, side, side, style)
        case Polygon():
            if style := _inked(pdf, shape.fill, shape.stroke):
                pdf.polygon(shape.points, style=style)
        case Line():
            _draw_line(pdf, shape)
        case Text():
            _draw_text(pdf, shape, letters)
    if not isinstance(shape, Line) and shape.link:
        left, top, right, bottom = bounds(shape)
        pdf.link(left, top, right - left, bottom - top, shape.link)


def _inked(pdf: "FPDF", fill: str | None, stroke: str | None, thickness: float = 1.0) -> str:
    """Set the colours; return what fpdf2 calls the style, empty if nothing is to be seen."""
    style = ""
    if stroke:
        pdf.set_draw_color(stroke)
        pdf.set_line_width(thickness)
        style = "D"
    if fill and fill != "none":
        pdf.set_fill_color(fill)
        style += "F"
    return style


def _draw_line(pdf: "FPDF", line: Line) -> None:
    points = shaft(line)
    if len(points) < 2:
        return
    pdf.polyline(points, style=_inked(pdf, None, line.colour, line.thickness))
    if line.arrow:
        pdf.polygon(head(line), style=_inked(pdf, line.colour, None))


def _draw_text(pdf: "FPDF", text: Text, letters: Letters) -> None:
    string = letters.with_escapes(visible(text.string))
    if not string.strip():
        return
    pdf.set_text_color(text.colour)
    parts = list(letters.parts(string, text.bold))
    pdf.set_stretching(100)
    widths = []
    for font, part in parts:
        pdf.set_font(*font, size=text.size * POINTS)
        widths.append(pdf.get_string_width(part))
    # As in the SVG, letters are drawn wider or narrower to keep to the width that was made for them.
    stretch = text.width / sum(widths)
    pdf.set_stretching(100 * stretch)
    left, baseline = text.x - text.width / 2, text.y + BASELINE * text.size
    for (font, part), width in zip(parts, widths):
        pdf.set_font(*font, size=text.size * POINTS)
        pdf.text(left, baseline, part)
        left += stretch * width
