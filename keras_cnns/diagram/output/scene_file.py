"""A scene as a file: SVG, PDF and drawings to edit by modules here, bitmaps and DOT through Graphviz."""

from pathlib import Path

from keras_cnns.arguments import shown
from keras_cnns.atomic_write import written_whole
from keras_cnns.diagram.draw.scene import Scene
from keras_cnns.diagram.output import graphviz_engines, pdf, powerpoint
from keras_cnns.diagram.output.drawio import to_drawio
from keras_cnns.diagram.output.pydot_graph import to_dot
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.diagram.output.tikz import to_tex, to_tikz

# Of bitmaps, if nobody says otherwise. At 144 the smallest letters, of 10 pixels, have 15. At 120, which is a
# tenth faster, thin lines are uneven; 200 has twice the pixels, and at its size a picture shows no more.
DPI = 144
# What is no file of a scene: `Diagram.save` writes it.
PAGES = (".html",)
OURS = (".svg", ".pdf", ".drawio", ".pptx", ".tex", ".tikz")


def check_suffix(path: Path, argument: str = "to_file") -> None:
    """Raise a ValueError, which calls the path `argument`, if no file of this kind can be written here."""
    kind = path.suffix.lower()
    for writer, suffix in ((powerpoint, ".pptx"), (pdf, ".pdf")):
        if kind == suffix and not writer.is_installed():
            need = f"needs {writer.PACKAGE}, which is not installed: {writer.INSTALL}"
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
            return pdf.to_pdf(scene, name, stacklevel=6)
