"""Formulas as MathML, which browsers show without a script."""

import html
import re

from latex2mathml.converter import convert

# What the extension pymdownx.arithmatex leaves of $…$ and $$…$$.
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def as_mathml(page: str) -> str:
    """Return a page's HTML with every formula as a `<math>` element."""
    return FORMULA.sub(mathml, page)


def mathml(formula: re.Match) -> str:
    """One formula, in the line or on lines of its own."""
    display = "inline" if formula[1] == "span" else "block"
    return convert(html.unescape(formula[2]).strip(), display=display)
