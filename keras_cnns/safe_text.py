"""Untrusted text, such as the name of a layer, made safe to show: on one line, in HTML, Markdown and CSV."""

import html
import re

LONGEST = 44  # letters that stand beside a picture
LONGEST_NAME = 60
_FORBIDDEN_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def one_line(string: str) -> str:
    """Return the text on one line: control characters and runs of white space become single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in string).split())


def shortened(string: str, longest: int = LONGEST) -> str:
    """Return the text on one line, cut with an ellipsis if it has more than `longest` letters."""
    plain = one_line(string)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def outline_name(name: str) -> str:
    """Return a name on one line, without the signs that an outline of a network is written with."""
    return shortened(re.sub(r"[→\[\]()|·–↑↓:]", "_", one_line(name)) or "_", LONGEST_NAME)


def printable(string: str) -> str:
    """Return the text without what XML 1.0 forbids: most control characters, halves of surrogate pairs."""
    return _FORBIDDEN_IN_XML.sub("", string)


def html_text(string: str) -> str:
    """Return the text for HTML, SVG and their attributes."""
    return html.escape(printable(string))


def markdown_text(string: str) -> str:
    """Return the text on one line with each letter escaped that Markdown could take for a mark."""
    return "".join("\\" + letter if letter in "\\`*_{}[]<>|~&$" else letter for letter in one_line(string))


def csv_text(string: str) -> str:
    """Return the text with an apostrophe before what a spreadsheet would run as a formula.

    See https://owasp.org/www-community/attacks/CSV_Injection.
    """
    whole = string.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    return "'" + whole if whole.startswith(_FORMULA_SIGNS) else whole
