"""A scene as a slide for PowerPoint: shapes with their text, connectors glued to them, a group a module.

python-pptx makes the file around the slide.
"""

import importlib.util
import io
import zipfile

from keras_cnns.diagram.draw.scene import Scene
from keras_cnns.diagram.output.figure import figure
from keras_cnns.diagram.output.slide import PIXEL, Slide
from keras_cnns.safe_text import visible

PACKAGE, INSTALL = "python-pptx", 'pip install "keras-cnns[pptx]"'
NARROWEST, WIDEST = 914_400, 51_206_400  # EMU that a side of a slide may have
OLDEST = (1980, 1, 1, 0, 0, 0)  # the first date that an archive can have
BLANK = 6  # the layout without anything on it


def is_installed() -> bool:
    """Whether python-pptx is."""
    return importlib.util.find_spec("pptx") is not None


def to_pptx(scene: Scene) -> bytes:
    """Return the scene as a file of one slide of its size, 96 pixels to the inch.

    A scene that is larger than a slide may be, 56 inches, is drawn smaller. Equal scenes give equal bytes.
    Raises ImportError if python-pptx is not installed.
    """
    from pptx import Presentation
    from pptx.dml.color import RGBColor
    from pptx.util import Emu

    longest = max(scene.width, scene.height) * PIXEL
    scale = min(1.0, WIDEST / longest)
    file = Presentation()
    file.slide_width = Emu(max(NARROWEST, round(scene.width * PIXEL * scale)))
    file.slide_height = Emu(max(NARROWEST, round(scene.height * PIXEL * scale)))
    about = file.core_properties
    about.title, about.author, about.last_modified_by, about.comments = visible(scene.title), "", "", ""
    slide = file.slides.add_slide(file.slide_layouts[BLANK])
    if scene.ground:
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = RGBColor.from_string(scene.ground[1:].upper())
    Slide(slide.shapes._spTree, scale).draw(figure(scene, joints=True))
    written = io.BytesIO()
    file.save(written)
    return _dateless(written)


def _dateless(archive: io.BytesIO) -> bytes:
    """The same archive with one date for all that is in it."""
    written = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, OLDEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(name))
    return written.getvalue()
