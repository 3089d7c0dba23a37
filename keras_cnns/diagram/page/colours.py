"""Classes by which the page's style sheet gives each shape the colours of a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keras_cnns.diagram.draw.scene import Line, Shape, Text

DARK = "@media screen and (prefers-color-scheme: dark)"


class Colours:
    """Pairs of colours, on a light page and on a dark one, each with the name of a class."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, ...], str] = {}
        self.lines: dict[str, str] = {}

    def marked(self, light: Sequence[Shape], dark: Sequence[Shape]) -> list[Shape]:
        """Return the light shapes with classes for what the same shapes are on a dark page."""
        return [self._marked(*pair) for pair in zip(light, dark, strict=True)]

    def _marked(self, light: Shape, dark: Shape) -> Shape:
        if isinstance(light, Line) and isinstance(dark, Line) and self._has_one_rule(light, dark):
            return light
        rules = _rules(light, dark)
        if not rules:
            return light
        name = self.names.setdefault(rules, f"c{len(self.names)}")
        return replace(light, css=f"{light.css} {name}".strip())

    def _has_one_rule(self, light: Line, dark: Line) -> bool:
        """Lines are many and nearly all of one colour: a rule for that is shorter than a class at each."""
        return self.lines.setdefault(light.colour, dark.colour) == dark.colour

    def css(self) -> str:
        """Return the rules for a dark page."""
        changed = [pair for pair in self.lines.items() if pair[0] != pair[1]]
        rules = "".join(f'#view path[stroke="{light}"]{{stroke:{dark}}}' for light, dark in changed)
        rules += "".join(f".{name}{{{';'.join(said)}}}" for said, name in self.names.items())
        return f"{DARK}{{{rules}}}"


def _rules(light: Shape, dark: Shape) -> tuple[str, ...]:
    """What a dark page changes; the head of an arrow is filled, its line is not."""
    if isinstance(light, Line) and isinstance(dark, Line):
        return () if light.colour == dark.colour else (f"stroke:{dark.colour}",)
    if isinstance(light, Text) and isinstance(dark, Text):
        return () if light.colour == dark.colour else (f"fill:{dark.colour}",)
    said = []
    for key in ("fill", "stroke"):
        before, after = getattr(light, key, None), getattr(dark, key, None)
        if before != after and after:
            said.append(f"{key}:{after}")
    return tuple(said)
