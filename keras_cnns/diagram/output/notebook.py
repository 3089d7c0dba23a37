"""An SVG in a page of a notebook: as wide as the cell at most, and never wider than it is by itself."""

import html
import sys
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from keras_cnns.safe_text import html_text

FITTING = 'style="max-width:100%;height:auto"'
SANDBOX = "allow-scripts allow-downloads"
CELL = 900.0  # how wide cells are, more or less
BARS = 150  # what stands above and below the picture in its page
LOWEST, HIGHEST = 320, 620
# A picture or a page of more letters is shown as an image only: a notebook would be slow to open and to save.
LARGEST_PICTURE, LARGEST_PAGE = 250_000, 500_000


def fitting(svg: str) -> str:
    """Return an SVG that shrinks to the width of what it stands in, where it stands in a page itself."""
    return svg.replace("<svg ", f"<svg {FITTING} ", 1)


def image(svg: str, title: str) -> str:
    """Return an SVG as an HTML image that shrinks to the width of what it stands in.

    JupyterLab and nbconvert show an SVG as an image of its full width, with a scroll bar, whatever it says of
    itself; HTML they leave as it is. An image in HTML is also shown in a notebook that is not trusted, where
    an SVG is not, and `title` is its text where there are no images.
    """
    data = b64encode(svg.encode()).decode()
    return f'<img {FITTING} alt="{html_text(title)}" src="data:image/svg+xml;base64,{data}">'


def html_is_shown() -> bool:
    """Whether there is anyone to show HTML to: IPython in a terminal asks for it and throws it away."""
    ask = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = ask() if ask else None
    return shell is None or "text/html" in shell.display_formatter.active_types


def frame_height(width: float, height: float) -> int:
    """How high the frame of a picture is, in pixels: it fits a cell, with room to open something."""
    drawn = height * min(1.0, CELL / width)
    return round(min(max(drawn + BARS, LOWEST), HIGHEST))


@dataclass(frozen=True, eq=False, repr=False)
class Explorable:
    """A page that a notebook shows within the cell, `height` pixels high, and its picture without scripts."""

    page: str
    svg: str
    title: str
    height: int

    def __repr__(self) -> str:
        return f"<Explorable of {self.title}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "image/svg+xml": fitting(self.svg), "text/plain": repr(self)}

    def html(self) -> str:
        """Return a frame with the page over its picture, which is seen where frames are taken out.

        The frame is a place of its own: what is in it cannot reach the notebook. It is read when it comes on
        the screen; until then, and on paper, the picture is seen.
        """
        over = "position:absolute;top:0;left:0;width:100%;height:100%;"
        over += "box-sizing:border-box;border:1px solid #c4c4c4"
        under = image(self.svg, self.title).replace(FITTING, 'style="max-width:100%;max-height:100%"')
        return (
            f'<div style="position:relative;height:{self.height}px">{under}'
            f'<iframe style="{over}" sandbox="{SANDBOX}" loading="lazy" '
            f"title=\"{html_text(self.title)}\" srcdoc='{_quoted(self.page)}'></iframe></div>"
        )


def page_with_frame(title: str, page: str, element: str) -> str:
    """Return an HTML page with another page in a frame, if there is one, above an element."""
    style = "body{font-family:sans-serif;margin:1em}iframe{width:100%;height:70vh;border:1px solid #c4c4c4}"
    style += "table{border-collapse:collapse}th,td{padding:.15em .6em}div{overflow-x:auto}h1{font-size:1.1em}"
    name = html_text(title)
    frame = f'<iframe sandbox="{SANDBOX}" title="{name}" srcdoc=\'{_quoted(page)}\'></iframe>' if page else ""
    table = f'<div tabindex="0" role="region" aria-label="table">{element}</div>'
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f'<meta name="color-scheme" content="light dark"><title>{name}</title><style>{style}</style>'
    body = f"<main><h1>{name}</h1>{frame}{table}</main>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _quoted(page: str) -> str:
    """A page as an attribute in single quotes: pages have many double ones, which cost six letters each."""
    return html.escape(page, quote=False).replace("'", "&#39;")
