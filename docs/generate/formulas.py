"""Formulas in Markdown as MathML, which browsers show without a script."""

import re

from latex2mathml.converter import convert

# Code comes first, so that a dollar in it stays one.
PARTS = re.compile(
    r"^(?P<fence> *`{3,}).*?^(?P=fence)`*[ ]*$"
    r"|(?P<ticks>`+).+?(?<!`)(?P=ticks)(?!`)"
    r"|\$\$(?P<block>.+?)\$\$"
    r"|(?<![\\\w$])\$(?=\S)(?P<inline>(?:(?!\n\n)[^$`])+)(?<=\S)\$(?![\w$])",
    re.DOTALL | re.MULTILINE,
)
# What Markdown would take for its own inside a formula.
SPECIAL = re.compile(r"[*_\\`\[\]{}|~^$]")


def with_mathml(text: str) -> str:
    """Return Markdown with every `$…$` and `$$…$$` outside code as a `<math>` element."""
    return PARTS.sub(mathml, text)


def mathml(part: re.Match) -> str:
    """One formula, in the line or on lines of its own; code as it is.

    A paragraph that begins with `<math>` would be taken for HTML as a whole, so each formula is wrapped.
    """
    if part["block"]:
        return f'\n\n<div class="formula">{element(part["block"], "block")}</div>\n\n'
    if part["inline"]:
        return f'<span class="formula">{element(part["inline"], "inline")}</span>'
    return part[0]


def element(latex: str, display: str) -> str:
    """A `<math>` element on one line, with nothing in it that Markdown reads."""
    made = convert(" ".join(latex.split()), display=display)
    return re.sub(r">[^<]+<", lambda text: SPECIAL.sub(escaped, text[0]), made)


def escaped(character: re.Match) -> str:
    return "".join(f"&#{ord(found)};" for found in character[0])
