"""Text for any LaTeX: what pdfLaTeX does not know are letters where they are known, and escapes elsewhere."""

import re

from keras_cnns.safe_text import LATEX, latex_text, one_line

# \letters{as they are}{as escapes}: XeTeX and LuaTeX, which have this command, read every letter.
FALLBACK = r"\def\letters#1#2{\ifdefined\Umathcode#1\else#2\fi}"
# Letters that pdfLaTeX knows in any of its encodings.
_KNOWN = "".join(map(chr, range(0x20, 0x7F))) + "".join(set(map(chr, range(0xC0, 0x100))) - set("ÐÞðþ×÷"))
_UNKNOWN = re.compile(f"[^{re.escape(_KNOWN + ''.join(LATEX))}]+")


def tex_text(string: str) -> str:
    """Return the text on one line, all of it text; see `FALLBACK` for the command that must be defined."""
    string, parts, done = one_line(string), [], 0
    for found in _UNKNOWN.finditer(string):
        escapes = latex_text(found[0].encode("ascii", "backslashreplace").decode())
        parts += [latex_text(string[done : found.start()]), rf"\letters{{{found[0]}}}{{{escapes}}}"]
        done = found.end()
    return "".join([*parts, latex_text(string[done:])])
