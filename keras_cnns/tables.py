"""Tables as text, CSV, JSON, Markdown and HTML, and numbers for people; no other module writes these."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest
from pathlib import Path
from textwrap import fill, wrap
from typing import Any
from urllib.parse import quote

from keras_cnns.arguments import checked_path, shown
from keras_cnns.atomic_write import written_whole
from keras_cnns.safe_text import (
    csv_text,
    html_text,
    json_text,
    latex_text,
    markdown_line,
    markdown_text,
    one_line,
    shortened,
)

GAP = "  "  # between columns of text
NARROWEST = 8  # columns of a name
URL_SIGNS = ":/?#@!$&'*+,;=%~"
NOT_IN_CODE = re.compile(r"[`|\\<>&{}$*~\[\]]")  # signs that a Markdown reader can take for marks even there
PREFIXES = (("E", 10**18), ("P", 10**15), ("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3))


@dataclass(frozen=True)
class Span:
    """A piece of a cell with a look of its own; `style` is "code", "strong", "small" or nothing."""

    text: str
    style: str = ""
    url: str = ""


Cell = str | Span | tuple[str | Span, ...]


@dataclass(frozen=True)
class Table:
    """Headings and rows of text, written by the methods in one of several formats.

    Attributes:
        headings: of the columns.
        rows: the cells of each.
        left: which columns are flush left, by their numbers; the others, numbers, are flush right.
        title: stands above the text, and in the caption of HTML.
        notes: stand below, each a heading, which may be empty, and a sentence.
        details: for each row a sentence that stands under it in text, unless it is empty.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    left: Collection[int] = (0,)
    title: str = ""
    notes: Sequence[tuple[str, str]] = ()
    details: Sequence[str] = ()

    def text(self, width: int = 80) -> str:
        """Return the table for a terminal. If it is too wide, names in the first column are shortened.

        Numbers are never shortened, so a table of many columns can be wider than `width` after all.
        """
        cells = [list(self.headings), *([one_line(_plain(cell)) for cell in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells)]
        gaps = len(GAP) * (len(widths) - 1)
        widths[0] = max(min(widths[0], width - sum(widths[1:]) - gaps), NARROWEST)
        lines = [GAP.join(map(self._placed, range(len(row)), row, widths)).rstrip() for row in cells]
        page = [lines[0], "─" * (sum(widths) + gaps)]
        for line, sentence in zip_longest(lines[1:], self.details, fillvalue=""):
            page += [line, *wrap(one_line(sentence), width, initial_indent="  ", subsequent_indent="    ")]
        sentences = [fill(one_line(note), width) for heading, note in self.notes if not heading]
        headed = [(heading, note) for heading, note in self.notes if heading]
        parts = [shortened(self.title, width), "\n".join(page), "\n".join(sentences), _block(headed, width)]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _placed(self, column: int, cell: str, width: int) -> str:
        if len(cell) > width:  # a name's start and its end, which tells it from others
            cell = cell[: width // 2] + "…" + cell[len(cell) - (width - width // 2 - 1) :]
        return cell.ljust(width) if column in self.left else cell.rjust(width)

    def markdown(self) -> str:
        """Return the table in Markdown, and the notes below it, those with headings as a list."""
        marks = ["---" if i in self.left else "---:" for i in range(len(self.headings))]
        lines = [f"| {' | '.join(map(markdown_text, self.headings))} |", f"|{'|'.join(marks)}|"]
        lines += [f"| {' | '.join(map(markdown_cell, row))} |" for row in self.rows]
        if self.notes:
            lines += ["", *(f"- {head}: {note}" if head else note for head, note in self._marked_notes())]
        return "\n".join(lines) + "\n"

    def _marked_notes(self) -> Iterable[tuple[str, str]]:
        for heading, sentence in self.notes:
            plain = heading.lstrip("* ")
            yield markdown_line(plain), markdown_text(sentence) if plain else markdown_line(sentence)

    def latex(self) -> str:
        """Return a LaTeX `tabular`, which needs no package; the notes are comments below it."""
        sides = "".join("l" if i in self.left else "r" for i in range(len(self.headings)))
        rows = [[latex_text(_plain(cell)) for cell in row] for row in (self.headings, *self.rows)]
        head, *body = (" & ".join(row) + r" \\" for row in rows)
        notes = [f"% {heading}: {note}" if heading else f"% {note}" for heading, note in self.notes]
        page = [rf"\begin{{tabular}}{{{sides}}}", r"\hline", head, r"\hline", *body, r"\hline"]
        return "\n".join([*page, r"\end{tabular}", *map(one_line, notes)]) + "\n"

    def html(self, styled: bool = True) -> str:
        """Return a `<table>`, without scripts; the first column names the row.

        Args:
            styled: whether cells carry styles of their own, which a page with a strict policy refuses.
        """
        start, end = ' style="text-align: left"' * styled, ' style="text-align: right"' * styled
        name = ' style="text-align: left; font-weight: normal"' * styled
        sides = [start if i in self.left else end for i in range(len(self.headings))]
        head = "".join(
            f'<th scope="col"{side}>{html_text(text)}</th>' if text else f"<td{side}></td>"
            for side, text in zip(sides, self.headings)
        )
        rows = (
            "".join(
                f'<th scope="row"{name}>{html_cell(cell)}</th>'
                if i == 0
                else f"<td{side}>{html_cell(cell)}</td>"
                for i, (side, cell) in enumerate(zip(sides, row))
            )
            for row in self.rows
        )
        body = "\n".join(f"<tr>{row}</tr>" for row in rows)
        lines = [self.title, *(f"{heading}: {note}" if heading else note for heading, note in self.notes)]
        caption = "<br>".join(html_text(line) for line in lines if line)
        below = ' style="text-align: left; caption-side: bottom"' * styled
        return (
            "<table>\n"
            + (f"<caption{below}>{caption}</caption>\n" if caption else "")
            + f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
        )


def as_csv(records: Sequence[Mapping[str, object]]) -> str:
    """Return a line for each record, comma-separated, with the keys of the first on top.

    Numbers are exact, None is an empty cell, several numbers are joined as in 9×1.
    """
    page = StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(records[0])
    for record in records:
        writer.writerow(map(_csv_cell, record.values()))
    return page.getvalue()


def as_json(value: Any) -> str:
    """Return dictionaries, lists, strings and numbers as indented JSON, with exact numbers and strings."""
    return json_text(json.dumps(value, indent=2, ensure_ascii=False, default=str)) + "\n"


def save(path: str | Path, writers: Mapping[str, Callable[[], str]]) -> None:
    """Write a file whole or not at all, in the format that its suffix names.

    Args:
        path: the file.
        writers: for each suffix, what returns the file's text.

    Raises:
        ValueError: for another suffix, or where no file can be; see `written_whole`.
        OSError: if it cannot be written; the file that was there is unchanged.
    """
    target = checked_path("path", path)
    if target.suffix.lower() not in writers:
        raise ValueError(f"path must end in {', '.join(writers)}; got {shown(str(path))}.")
    with written_whole(target) as file:
        file.write_text(writers[target.suffix.lower()](), encoding="utf-8")


def count_text(count: float, unit: str = "") -> str:
    """Return three significant digits: 328 k, 725 M, 3.86 G; counts below 1,000 as they are.

    With a unit, "FLOP", it is 4.59 MFLOP and 40 FLOP.
    """
    for prefix, factor in PREFIXES:
        share = count / factor
        if share >= 0.9995:  # which rounds to 1.00
            digits = f"{share:#.3g}".rstrip(".") if share < 999 else f"{share:,.0f}"
            return f"{digits} {prefix}{unit}"
    return f"{count:g} {unit}".rstrip()


def memory_text(size: float) -> str:
    """Return a number of bytes in decimal units: 40 B, 61.0 MB."""
    return count_text(size, "B")


def percent_text(share: float) -> str:
    """Return a part of a whole, 0 to 1, in per cent; nothing for 0."""
    return "" if not share else "<1 %" if share < 0.01 else f"{100 * share:.0f} %"


def shape_text(shape: Sequence[int | None]) -> str:
    """Return a shape without its batch: 7×7×512, and ? for a size that is not known."""
    return "×".join("?" if size is None else str(size) for size in shape[1:]) or "1"


def axes_text(sizes: float | str | Sequence[float] | None) -> str:
    """Return one number for all axes, or one for each: 212, 9×1; nothing for None."""
    if sizes is None:
        return ""
    return "×".join(map(str, sizes)) if isinstance(sizes, (tuple, list)) else str(sizes)


def markdown_cell(cell: Cell) -> str:
    """Return a cell in Markdown."""
    if isinstance(cell, tuple):
        return "".join(map(markdown_cell, cell))
    if isinstance(cell, str):
        return _markdown_spaced(cell)
    text = _markdown_spaced(cell.text)
    if cell.style == "code" and cell.text == one_line(cell.text) and not NOT_IN_CODE.search(cell.text):
        text = f"`{cell.text}`"
    text = f"**{text}**" if cell.style == "strong" else text
    return f"[{text}]({quote(cell.url, safe=URL_SIGNS)})" if cell.url else text


def html_cell(cell: Cell) -> str:
    """Return a cell in HTML."""
    if isinstance(cell, tuple):
        return "".join(map(html_cell, cell))
    if isinstance(cell, str):
        return html_text(cell)
    text = f"<{cell.style}>{html_text(cell.text)}</{cell.style}>" if cell.style else html_text(cell.text)
    return f'<a href="{html_text(cell.url)}">{text}</a>' if cell.url else text


def _markdown_spaced(string: str) -> str:
    """The text escaped, with the spaces at its ends, which part it from its neighbours in the cell."""
    start, end = " " * string[:1].isspace(), " " * string[-1:].isspace()
    return start + markdown_text(string) + end


def _plain(cell: Cell) -> str:
    if isinstance(cell, tuple):
        return "".join(map(_plain, cell))
    return cell if isinstance(cell, str) else cell.text


def _csv_cell(value: object) -> object:
    if isinstance(value, (tuple, list)):
        text = axes_text(value)
        return text if all(isinstance(size, (int, float, type(None))) for size in value) else csv_text(text)
    return value if isinstance(value, (int, float, type(None))) else csv_text(str(value))


def _block(notes: Sequence[tuple[str, str]], width: int) -> str:
    """Headings on the left, sentences in a block beside them."""
    indent = max((len(heading) for heading, _ in notes), default=0) + 2
    lines = [
        fill(
            one_line(sentence),
            width,
            initial_indent=heading.ljust(indent),
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
        for heading, sentence in notes
    ]
    return "\n".join(lines)
