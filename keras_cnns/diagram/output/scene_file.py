"""A scene as a file: SVG, PDF and drawings to edit by ourselves, bitmaps and DOT through Graphviz."""

import warnings
from pathlib import Path

from keras_cnns.arguments import shown
from keras_cnns.atomic_write import written_whole
from keras_cnns.diagram.draw.scene import Scene, Text
from keras_cnns.diagram.output import graphviz_engines, powerpoint
from keras_cnns.diagram.output.drawio import to_drawio
from keras_cnns.diagram.output.pdf import to_pdf
from keras_cnns.diagram.output.pdf_letters import with_escapes
from keras_cnns.diagram.output.pydot_graph import to_dot
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.diagram.output.tikz import to_tex, to_tikz
from keras_cnns.safe_text import one_line, visible

# What is no file of a scene: `Diagram.save` writes it.
PAGES = (".html",)
OURS = (".svg", ".pdf", ".drawio", ".pptx", ".tex", ".tikz")


def check_suffix(path: Path, argument: str = "to_file") -> None:
    """Raise a ValueError, which calls the path `argument`, if no file of this kind can be written here."""
    kind = path.suffix.lower()
    if kind == ".pptx" and not powerpoint.is_installed():
        need = f"needs python-pptx, which is not installed: {powerpoint.INSTALL}"
        raise ValueError(f"{argument} {shown(path.name)} {need}")
    if kind not in (*PAGES, *OURS):
        others = tuple(one.removeprefix(".") for one in (*PAGES, *OURS))
        graphviz_engines.check(path.name, argument, others)


def write_scene(scene: Scene, path: Path, dpi: int) -> None:
    """Write the scene in the format of the path's suffix, whole or not at all; `dpi` is for bitmaps.

    Raises what `graphviz_engines.render` does for the formats that Graphviz writes.
    """
    kind = path.suffix.lower()
    if kind not in OURS:
        graphviz_engines.render(to_dot(scene), path, dpi, (scene.width / 96, scene.height / 96))
        return
    drawn = _drawn(scene, kind, path.name)
    with written_whole(path) as file:
        file.write_bytes(drawn)


def _drawn(scene: Scene, kind: str, name: str) -> bytes:
    match kind:
        case ".svg":
            return to_svg(scene).encode()
        case ".drawio":
            return to_drawio(scene).encode()
        case ".pptx":
            return powerpoint.to_pptx(scene)
        case ".tex":
            return to_tex(scene).encode()
        case ".tikz":
            return to_tikz(scene).encode()
        case _:
            return _pdf(scene, name)


def _pdf(scene: Scene, name: str) -> bytes:
    """The PDF by ourselves, or by Graphviz if it finds letters that the fonts of every reader have not."""
    strings = [visible(shape.string) for shape in scene.shapes if isinstance(shape, Text)]
    if all(with_escapes(string) == string for string in strings):
        return to_pdf(scene)
    try:
        return graphviz_engines.pdf_with_fonts(to_dot(scene))
    except (ImportError, RuntimeError):
        warnings.warn(
            f"{one_line(name)} has escapes for letters that Helvetica has not, such as \\u65e5: no Graphviz "
            "engine that writes PDF, or no font, is installed on this machine.",
            stacklevel=6,
        )
        return to_pdf(scene)
