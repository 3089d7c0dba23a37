"""Palettes: what colour a kind of box, a module, a badge, a line has, on a white page and on a dark one."""

from dataclasses import dataclass, replace
from functools import cache

NAMES = ("article", "grey", "colour-blind")
BACKGROUNDS = ("white", "transparent", "dark")


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours, "#rrggbb" each.

    `modules` are boxes that stand for a module, `panels` the grounds on which it is explained. `ink` draws
    lines, outlines and what is written beside boxes; `ground` is None where the page shows through.
    """

    kinds: dict[str, str]
    modules: dict[str, str]
    panels: dict[str, str]
    activation: str
    function: str
    ground: str | None = "#ffffff"
    ink: str = "#000000"
    dark_text: str = "#000000"
    light_text: str = "#ffffff"

    def text_on(self, fill: str) -> str:
        """Return the colour of text on a fill: of the dark one and the light one the easier to read."""
        return max((self.dark_text, self.light_text), key=lambda colour: contrast(colour, fill))


def palette(name: str, background: str) -> Palette:
    """Return one of `NAMES` for one of `BACKGROUNDS`."""
    on_page = (_DARK if background == "dark" else _LIGHT)[name]
    return replace(on_page, ground=None) if background == "transparent" else on_page


@cache
def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _colours(keys: str, colours: str) -> dict[str, str]:
    return dict(zip(keys.split(), colours.split(), strict=True))


def _table(kinds: str, modules: str, panels: str, badges: str, **rest: str) -> Palette:
    """A palette from its colours in the order of the names in this function."""
    names = "stem reduction module model"
    of_modules, of_panels = _colours(names, modules), _colours(names, panels)
    for colours in (of_modules, of_panels):
        colours["projection"] = colours["stem"]
    of_kinds = _colours("input conv pool dense recurrent merge other", kinds)
    return Palette(of_kinds, of_modules, of_panels, *badges.split(), **rest)


_ON_DARK = {"ground": "#1e1e1e", "ink": "#f0f0f0", "dark_text": "#1e1e1e", "light_text": "#f0f0f0"}

_LIGHT = {
    # The colours of the article's figures.
    "article": _table(
        kinds="#434343 #e06666 #d9d9d9 #6d9eeb #c27ba0 #b4a7d6 #ffffff",
        modules="#ffd966 #f6b26b #93c47d #76a5af",
        panels="#ffe599 #f9cb9c #b6d7a8 #d0e0e3",
        badges="#ffff00 #ffffff",
    ),
    # Steps of lightness, seven units of CIE L* between neighbours and fourteen between kinds.
    "grey": _table(
        kinds="#282828 #8b8b8b #d7d7d7 #686868 #474747 #b0b0b0 #ffffff",
        modules="#ebebeb #797979 #c4c4c4 #9e9e9e",
        panels="#f6f6f6 #e5e5e5 #f1f1f1 #ebebeb",
        badges="#d0d0d0 #ffffff",
    ),
    # The colours that Okabe and Ito, "Color universal design" (2008), choose for all kinds of colour vision.
    "colour-blind": _table(
        kinds="#434343 #d55e00 #c8c8c8 #0072b2 #703000 #cc79a7 #ffffff",
        modules="#f0e442 #e69f00 #009e73 #56b4e9",
        panels="#f9f5b8 #f8deab #b5e0d3 #cfe8f9",
        badges="#ffff00 #ffffff",
    ),
}
_DARK = {
    "article": _table(
        kinds="#d0d0d0 #a63d3d #666666 #2f62b5 #8a4870 #6f5ba3 #2b2b2b",
        modules="#7d6200 #9c5410 #3c7530 #2c6c78",
        panels="#3d3413 #432f1c #25381f #1d343a",
        badges="#e6e600 #2b2b2b",
        **_ON_DARK,
    ),
    # No step lies where neither dark nor light text could be read.
    "grey": _table(
        kinds="#e4e4e4 #a4a4a4 #434343 #c4c4c4 #868686 #5f5f5f #2a2a2a",
        modules="#363636 #b4b4b4 #515151 #959595",
        panels="#2c2c2c #393939 #303030 #353535",
        badges="#c8c8c8 #2b2b2b",
        **_ON_DARK,
    ),
    "colour-blind": _table(
        kinds="#d0d0d0 #b84a00 #5c5c5c #1f5fc0 #500070 #923e82 #2b2b2b",
        modules="#e4d124 #dc8114 #005d2f #58aee0",
        panels="#35330f #3f2f0c #10332a #17303f",
        badges="#e6e600 #2b2b2b",
        **_ON_DARK,
    ),
}
ARTICLE = _LIGHT["article"]
