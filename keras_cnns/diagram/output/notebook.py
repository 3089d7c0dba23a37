"""An SVG in a page of a notebook: as wide as the cell at most, and never wider than it is by itself."""

from base64 import b64encode

from keras_cnns.safe_text import html_text

FITTING = 'style="max-width:100%;height:auto"'


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
