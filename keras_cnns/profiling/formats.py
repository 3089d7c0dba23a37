"""A profile as CSV, JSON, Markdown and HTML."""

from __future__ import annotations

import csv as tables
import json as objects
from dataclasses import asdict, fields
from html import escape
from io import StringIO
from typing import TYPE_CHECKING

from keras_cnns.profiling.numbers import axes_text, memory, percent, shape_text
from keras_cnns.profiling.summary_text import summary

if TYPE_CHECKING:
    from keras_cnns.profiling.result import Profile, Row

HEADINGS = ("layer", "kind", "output", "parameters", "", "MACs", "", "% of MACs", "memory", "field", "jump")
LEFT = (0, 1, 4, 6)  # columns of words


def csv(profile: Profile) -> str:
    """A line for each row, with the names of its fields on top; a spreadsheet takes no cell for a formula."""
    page = StringIO()
    writer = tables.writer(page, lineterminator="\n")
    names = list(asdict(profile.rows[0]))
    writer.writerow(names)
    for row in profile.rows:
        writer.writerow([_cell(name, getattr(row, name)) for name in names])
    return page.getvalue()


def _cell(name: str, value: object) -> object:
    if name == "shape":
        return shape_text(value)
    if isinstance(value, tuple):
        return axes_text(value)
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r"):
        return "'" + value  # a stranger's layer name
    return "" if value is None else value


def json(profile: Profile) -> str:
    """An object with the totals by their names, and "rows"."""
    totals = {field.name: getattr(profile, field.name) for field in fields(profile) if field.name != "rows"}
    totals |= {"flops": profile.flops, "training_bytes": profile.training_bytes}
    totals["uncounted"] = [row.name for row in profile.uncounted]
    totals["rows"] = [asdict(row) for row in profile.rows]
    return objects.dumps(totals, indent=1, ensure_ascii=False) + "\n"


def markdown(profile: Profile) -> str:
    """A table, then the totals as a list."""
    marks = ["---" if i in LEFT else "---:" for i in range(len(HEADINGS))]
    lines = [_line(HEADINGS), _line(marks)]
    lines += [_line(map(_literal, _cells(row))) for row in profile.rows]
    lines += ["", *(f"- {heading.lstrip('* ')}: {_literal(told)}" for heading, told in summary(profile))]
    return "\n".join(lines) + "\n"


def _line(cells) -> str:
    return "| " + " | ".join(cells) + " |"


def _literal(text: str) -> str:
    """The text with what Markdown would take for marks escaped."""
    plain = " ".join(text.split())
    return "".join("\\" + letter if letter in "\\`*_{}[]<>|" else letter for letter in plain)


def html(profile: Profile) -> str:
    """A table with a caption, without scripts, styles of its own cells only."""
    caption = f"{escape(profile.name)}: " + "<br>".join(
        f"{escape(heading)}: {escape(told)}" for heading, told in summary(profile)
    )
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    body = "\n".join(f"<tr>{_html_cells(row)}</tr>" for row in profile.rows)
    return (
        f'<table>\n<caption style="text-align: left; caption-side: bottom">{caption}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
    )


def _html_cells(row: Row) -> str:
    sides = ("left" if i in LEFT else "right" for i in range(len(HEADINGS)))
    cells = zip(sides, _cells(row))
    return "".join(f'<td style="text-align: {side}">{escape(cell)}</td>' for side, cell in cells)


def _cells(row: Row) -> list[str]:
    return [
        row.name,
        row.kind,
        shape_text(row.shape),
        f"{row.params:,}" if row.params else ("shared" if row.shared else ""),
        row.params_formula,
        "not counted" if row.macs is None else f"{row.macs:,}" if row.macs else "",
        row.macs_formula,
        percent(row.macs_share),
        memory(row.activation_bytes) if row.activation_bytes else "",
        axes_text(row.receptive_field),
        axes_text(row.stride),
    ]
