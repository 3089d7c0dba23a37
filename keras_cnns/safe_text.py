"""Untrusted text, such as the name of a layer, made safe for terminals, HTML, Markdown, CSV and JSON.

Each function returns text in which every character can be seen. What cannot be seen may be a command to a
terminal, or turn the direction of other text, or hide: it is written as Python escapes it, such as `\\x1b`.
"""

import html
import re
from functools import lru_cache

LONGEST = 44  # letters that stand beside a picture
LONGEST_NAME = 60
# Python calls these printable, and they show nothing: fillers, blanks, variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159\U000e0100-\U000e01ef]"
)
# What Markdown could take for a mark, and what makes an address, such as www.example.org, a link.
_MARKS = re.compile(r"[\\`*_{}\[\]|~$^<>&]|(?<=\w)\.(?=[^\W\d_])|:(?=\S)|(?<=/)/|@(?=\S)")
_START_OF_BLOCK = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[#+=:-]))(.)")
# Also after a semicolon, at which a spreadsheet splits where the comma is the decimal sign.
_FORMULA = re.compile(r"(?:^|;)[\s\"']*(?=[=+\-@＝＋－＠])")


# How LaTeX is given what it reads as a command, and what its fonts do not have.
LATEX = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "−": "$-$",
    "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$",
    "←": r"$\leftarrow$",
    "→": r"$\rightarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "∞": r"$\infty$",
    "±": r"$\pm$",
    "÷": r"$\div$",
    "°": r"$^\circ$",
    "²": "$^2$",
    "³": "$^3$",
    "|": "$|$",
    "…": r"\ldots{}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "[": "{[}",  # after the end of a row it would be a length
}
_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "λ": "lambda"}
_GREEK |= {"μ": "mu", "µ": "mu", "σ": "sigma", "Σ": "Sigma"}
LATEX |= {letter: f"$\\{name}$" for letter, name in _GREEK.items()}
# Two such signs are one other sign to LaTeX, such as a dash.
_LIGATURE = re.compile("(?<=[-'`,?!])(?=[-'`,])")


def visible(string: str, keep: str = "") -> str:
    """Return the text with each white space a plain space, and what cannot be seen as an escape.

    That is what Unicode calls control and format characters, surrogates, private and unassigned ones, and
    fillers that show nothing. `keep` has characters to leave as they are, such as line breaks.
    """
    if string.isprintable() and not _UNSEEN.search(string):
        return string
    return "".join(c if c in keep else " " if c.isspace() else _seen(c) for c in string)


def _seen(character: str) -> str:
    if character.isprintable() and not _UNSEEN.match(character):
        return character
    return character.encode("unicode_escape").decode("ascii")


def one_line(string: str) -> str:
    """Return the visible text on one line: runs of white space become single spaces."""
    return " ".join(visible(string).split())


def shortened(string: str, longest: int = LONGEST) -> str:
    """Return the text on one line, cut with an ellipsis if it has more than `longest` letters."""
    plain = one_line(string)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def cut_name(name: str, longest: int = LONGEST) -> str:
    """Return a name on one line, cut in the middle: names of one model begin alike and end in numbers."""
    plain = one_line(name)
    end = longest // 3
    return plain if len(plain) <= longest else f"{plain[: longest - 1 - end]}…{plain[-end:]}"


def outline_name(name: str) -> str:
    """Return a name on one line, without the signs that an outline of a network is written with."""
    return shortened(re.sub(r"[→\[\]()|·–↑↓:]", "_", one_line(name)) or "_", LONGEST_NAME)


@lru_cache(maxsize=4096)
def html_text(string: str) -> str:
    """Return the visible text for HTML, SVG and their attributes; line breaks stay."""
    return html.escape(visible(string, keep="\n"))


def markdown_text(string: str) -> str:
    """Return the text on one line with each letter escaped that Markdown could take for a mark or a link."""
    return _MARKS.sub(lambda found: _markdown_escape(found[0]), one_line(string))


def markdown_line(string: str) -> str:
    """Return the text for the start of a line or of a list's item, where it must not begin a block."""
    return _START_OF_BLOCK.sub(lambda found: f"{found[1]}&#{ord(found[2])};", markdown_text(string))


def _markdown_escape(sign: str) -> str:
    # Python-Markdown takes a tag behind a backslash for a tag, and knows the backslash before these alone.
    return "\\" + sign if sign in "\\`*_{}[]|" else html.escape(sign) if sign in "<>&" else f"&#{ord(sign)};"


def latex_text(string: str) -> str:
    """Escape text for LaTeX; signs of formulas become commands, so that no package is needed."""
    parts = _LIGATURE.split(one_line(string))
    return "{}".join("".join(LATEX.get(sign, sign) for sign in part) for part in parts)


def csv_text(string: str) -> str:
    """Return the visible text with an apostrophe before what a spreadsheet would run as a formula.

    See https://owasp.org/www-community/attacks/CSV_Injection.
    """
    return _FORMULA.sub(lambda found: found[0] + "'", visible(string))


def json_text(text: str) -> str:
    """Return a JSON text of the same value, with what cannot be seen in its strings as JSON escapes it."""
    if _UNSEEN.search(text) or not text.replace("\n", "").isprintable():
        return "".join(c if c == "\n" or _seen(c) == c else _json_escape(c) for c in text)
    return text


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
