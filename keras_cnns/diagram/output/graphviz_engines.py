"""Any pydot graph as a picture file, drawn by whatever Graphviz engine is installed."""

import math
import os
import re
import shutil
import subprocess
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from keras_cnns.arguments import shown
from keras_cnns.atomic_write import written_whole
from keras_cnns.diagram.output import pdf
from keras_cnns.diagram.output.density import with_density
from keras_cnns.diagram.output.graphviz_scene import to_scene
from keras_cnns.safe_text import one_line, visible

if TYPE_CHECKING:
    import pydot

Size = tuple[float, float]

INSTALL = 'pip install "keras-cnns[plot]"'
BITMAPS = ("png", "jpg", "jpeg")
FORMATS = (*BITMAPS, "svg", "pdf", "dot", "gv")

PAD = 0.12  # inches that Graphviz leaves free, left and right together
MAX_SIDE = 32_767  # pixels; Cairo silently shrinks what is longer
MAX_PIXELS = 178_000_000  # Pillow refuses to open more
MIN_DPI = 36  # below it the letters in Keras' boxes are less than 8 pixels high


def check(name: str, argument: str = "to_file", others: tuple[str, ...] = ()) -> None:
    """Raise a ValueError if a file of this name has no known format, or one that no engine here writes.

    `argument` is what the message calls it, `others` are formats that it names besides.
    """
    kind = _kind(name)
    if kind not in FORMATS:
        formats = [f".{one}" for one in dict.fromkeys((*FORMATS, *others))]
        raise ValueError(f"{argument} must end in {', '.join(formats)}; got {shown(name)}.")
    if kind not in ("dot", "gv") and not any(_commands("dot", kind)):
        raise ValueError(
            f"{argument} {shown(name)} needs a Graphviz engine, and none is installed: {INSTALL}"
        )
    if kind == "pdf" and not pdf.is_installed():
        raise ValueError(
            f"{argument} {shown(name)} needs {pdf.PACKAGE}, which is not installed: {pdf.INSTALL}"
        )


def render(dot: "pydot.Dot", path: Path, dpi: int = 96, size: Size | None = None) -> None:
    """Write the graph to `path`, in the format of its suffix: png, jpg, svg, pdf, or dot for the text itself.

    The layout is done by the engine that the graph's attribute "layout" names, "dot" without one. `dpi` is
    for bitmaps only, which carry it; one that would be too large is drawn at a lower resolution, with a
    warning. `size` is the width and height in inches, where they are known.
    Equal graphs give equal bytes on one machine, whatever addresses Keras has made its nodes' names from.
    The file appears whole or not at all. Raises ValueError for a format that is unknown or that no installed
    engine can write, and for a bitmap too large to be read at any resolution; RuntimeError, with the engines'
    own words, if all of them fail.
    """
    drawn = picture(dot, path.name, dpi, size)
    with written_whole(path) as whole:
        whole.write_bytes(drawn)


def picture(dot: "pydot.Dot", name: str, dpi: int = 96, size: Size | None = None) -> bytes:
    """Return what `render` writes to a file of this name."""
    check(name)
    kind = _kind(name)
    if dpi <= 0:
        raise ValueError(f"dpi must be positive; got {dpi}.")
    source, layout = _stable_names(dot.to_string()), (dot.get("layout") or "dot").strip('"')
    if kind in ("dot", "gv"):
        return source.encode()
    if kind == "pdf":  # which graphviz-pure does not write, and others only where fonts are installed
        return pdf.to_pdf(to_scene(_drawn(_with(source, "dpi=72"), layout, "json")), name, stacklevel=4)
    # 72 is what points are, and any other number makes some versions of Graphviz cut an SVG.
    resolution = _fitting_dpi(size or _size(source, layout), dpi, name) if kind in BITMAPS else 72
    drawn = _drawn(_with(source, f"dpi={resolution}"), layout, kind)
    if kind in BITMAPS:
        return with_density(drawn, resolution)
    return drawn


def _kind(name: str) -> str:
    return Path(name).suffix.lower().removeprefix(".")


def _stable_names(source: str) -> str:
    """The graph with numbers in place of the addresses by which Keras names its nodes."""
    names: dict[str, str] = {}
    address = re.compile(r"^\d{6,}(?= ->| \[|;)|(?<= -> )\d{6,}(?= \[|;)", re.MULTILINE)
    return address.sub(lambda match: names.setdefault(match[0], f"layer{len(names) + 1}"), source)


def _with(source: str, attribute: str) -> str:
    """The graph with an attribute that outweighs the same one given before."""
    return source.rstrip().removesuffix("}") + attribute + ";\n}\n"


def _size(source: str, layout: str) -> Size:
    """Width and height in inches."""
    width, height = _drawn(source, layout, "plain").split(maxsplit=4)[2:4]
    return float(width) + PAD, float(height) + PAD


def _fitting_dpi(size: Size, dpi: int, name: str) -> int:
    """The resolution asked for, or the highest one at which the bitmap can be opened."""
    width, height = size
    limit = math.floor(min(MAX_SIDE / max(width, height), math.sqrt(MAX_PIXELS / (width * height))))
    if dpi <= limit:
        return dpi
    inches = f"{one_line(name)} would be {width:.0f} by {height:.0f} inches"
    if limit < MIN_DPI:
        raise ValueError(f"{inches}, too large for a bitmap that can be read; write .svg instead.")
    warnings.warn(f"{inches}: drawn at {limit} dpi, not {dpi}. An .svg has no such limit.", stacklevel=3)
    return limit


def _drawn(source: str, layout: str, kind: str) -> bytes:
    """The picture, by the first engine that succeeds."""
    commands = list(_commands(layout, kind))
    sources = [source]
    if re.search(r'^splines="?ortho', source, re.MULTILINE):
        # The router of right-angled edges fails on some graphs; other edges are better than no picture.
        sources.append(_with(source, "splines=polyline"))
    failures = []
    for attempt in sources:
        for command in commands:
            try:
                return _run(command, attempt)
            except (OSError, RuntimeError) as error:
                failures.append(str(error))
    raise RuntimeError("No Graphviz engine could draw this.\n" + "\n".join(dict.fromkeys(failures)))


def _commands(layout: str, kind: str) -> Iterator[list[str]]:
    """What can be run, the best first: graphviz-pure brings its fonts along."""
    arguments = [f"-K{layout}", f"-T{kind}"]
    pure = shutil.which("graphviz-pure", path=os.pathsep.join(_script_folders()))
    if pure:
        yield [pure, *arguments]
    if dot := shutil.which("dot"):
        yield [dot, *arguments]


def _script_folders() -> list[str]:
    """Where pip puts programs, which need not be on the PATH, and then the PATH."""
    user = sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))
    return [sysconfig.get_path("scripts"), user, os.environ.get("PATH", os.defpath)]


def _run(command: list[str], source: str) -> bytes:
    done = subprocess.run(command, input=source.encode(), capture_output=True)
    words = visible(done.stderr.decode(errors="replace"), keep="\n").strip()
    # At a label that it cannot read Graphviz says so, draws another one, and may call that success.
    if done.returncode or not done.stdout or re.search("^Error", words, re.MULTILINE):
        raise RuntimeError(f"{Path(command[0]).name}: {words or f'exit status {done.returncode}'}")
    return done.stdout
