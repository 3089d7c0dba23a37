"""A report as HTML that looks the same in any page: it brings its styles along, in each element."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keras_cnns.safe_text import html_text

# A page that a report stands in, such as a grader's, has a style sheet of its own or none; what an element
# says of itself comes first.
CELL = "padding:.35em .7em;text-align:left;vertical-align:top;border-top:1px solid #999"
NUMBER = f"{CELL};white-space:nowrap;font-weight:normal"
TABLE = "border-collapse:collapse;width:100%;table-layout:auto;margin:.7em 0;font-size:inherit"
WHY = f"{CELL};width:45%"
WHOLE = "max-width:62em;line-height:1.4;text-align:left"
LIST = "margin:.3em 0 .7em 1.5em;padding:0"

Row = tuple[str, str, str, str]  # number, title, what differs, why


def feedback(
    headline: str,
    remarks: str,
    rows: Sequence[Row],
    lists: Iterable[tuple[str, Sequence[str]]],
    picture: str = "",
) -> str:
    """Return the report as an HTML element, without script or style sheet.

    Args:
        headline: the verdict.
        remarks: what stands behind it.
        rows: for each difference its number, its kind, what differs, and why that matters.
        lists: below the table, each a title and its sentences.
        picture: an HTML element.
    """
    parts = [f"<p><strong>{html_text(headline)}</strong> {html_text(remarks)}</p>"]
    parts += [_table(rows)] if rows else []
    for title, sentences in lists:
        items = "".join(f"<li>{html_text(sentence)}.</li>" for sentence in sentences)
        parts.append(f'<p style="margin:.7em 0 0">{html_text(title)}</p><ul style="{LIST}">{items}</ul>')
    return f'<div style="{WHOLE}">{"".join(parts)}{picture}</div>'


def page(title: str, element: str, explorer: str = "") -> str:
    """Return an HTML page with the element on it, and below it another page in a frame to be opened."""
    style = "body{font-family:sans-serif;margin:2em}"
    if explorer:
        style += "iframe{width:100%;height:80vh;border:1px solid #999}summary{cursor:pointer;padding:.5em 0}"
        words = "The picture, to be opened box by box"
        frame = f'<iframe srcdoc="{html_text(explorer)}" title="{words}"></iframe>'
        element += f"<details><summary>{words}</summary>{frame}</details>"
    head = f'<meta charset="utf-8"><title>{html_text(title)}</title><style>{style}</style>'
    return f"<!DOCTYPE html><html><head>{head}</head><body>{element}</body></html>"


def _table(rows: Sequence[Row]) -> str:
    head = "".join(
        f'<th scope="col" style="{style}">{text}</th>'
        for text, style in (("", NUMBER), ("what", CELL), ("why", WHY))
    )
    body = "".join(
        f'<tr><th scope="row" style="{NUMBER}">{number}</th>'
        f'<td style="{CELL}"><strong>{html_text(title)}</strong>: {html_text(what)}</td>'
        f'<td style="{WHY}">{html_text(why)}</td></tr>'
        for number, title, what, why in rows
    )
    return f'<table style="{TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
