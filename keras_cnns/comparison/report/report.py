"""What a comparison found, as text, Markdown, JSON, HTML and a picture."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING

from keras import Model

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.report.messages import Difference

if TYPE_CHECKING:
    from keras_cnns.visualize import Diagram

VERDICTS = {
    "exact": "the same network",
    "equivalent": "the same function, written differently",
    "same shapes": "a different network with weights of the same shapes",
    "different": "a different network",
}
WIDTH = 80


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What `compare` found.

    Attributes:
        model: the name of the student's model, and `reference` that of the reference.
        verdict: "exact"; "equivalent", the same function written differently; "same shapes", a different
            function with weights of the same shapes; or "different".
        differences: the root causes, in the order in which they come in the network.
        equivalences: sentences about what is written differently and makes no difference.
        notes: sentences about what was not compared.
        parameters: how many the student's model and the reference have.
    """

    model: str
    reference: str
    verdict: str
    differences: tuple[Difference, ...]
    equivalences: tuple[str, ...]
    notes: tuple[str, ...]
    parameters: tuple[int, int]
    pairing: Pairing
    student: Model

    def __repr__(self) -> str:
        count = len(self.differences)
        return f"<Report: {self.model} and {self.reference}, {self.verdict}, {count} differences>"

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()

    @property
    def headline(self) -> str:
        """The verdict as one line."""
        networks = f"Yours, {self.model}, and the reference, {self.reference}"
        return f"{networks}: {self.verdict} ({VERDICTS[self.verdict]})."

    @property
    def counts(self) -> str:
        """Both numbers of parameters."""
        yours, reference = self.parameters
        if yours == reference:
            return f"{yours:,} parameters in both."
        return f"{yours:,} parameters, the reference {reference:,} ({yours - reference:+,})."

    def text(self, width: int = WIDTH) -> str:
        """Return it for a terminal, in lines of at most `width` letters."""
        lines = _wrapped(self.headline, width, "") + _wrapped(self.counts, width, "")
        for i, one in enumerate(self.differences, start=1):
            number = f"{i}. "
            lines += [
                "",
                *_wrapped(number + one.kind + _named(one) + ": " + one.message, width, " " * len(number)),
            ]
            if one.why:
                lines += [" " * len(number) + line for line in _wrapped(_why(one), width - len(number), "")]
        for title, sentences in (
            ("Equivalent, written differently:", self.equivalences),
            ("Not compared:", self.notes),
        ):
            if sentences:
                lines += ["", title]
                for sentence in sentences:
                    lines += _wrapped("- " + sentence + ".", width, "  ")
        return "\n".join(lines)

    def markdown(self) -> str:
        """Return it as Markdown, a numbered list."""
        lines = [f"**{_marked(self.headline)}** {self.counts}", ""]
        for i, one in enumerate(self.differences, start=1):
            why = f" *{_marked(_why(one))}*" if one.why else ""
            lines.append(f"{i}. **{one.kind}{_marked(_named(one))}**: {_marked(one.message)}{why}")
        for title, sentences in (
            ("Equivalent, written differently:", self.equivalences),
            ("Not compared:", self.notes),
        ):
            if sentences:
                lines += ["", title, "", *(f"- {_marked(sentence)}." for sentence in sentences)]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict:
        """Return it as dictionaries, lists, strings and numbers."""
        return {
            "model": self.model,
            "reference": self.reference,
            "verdict": self.verdict,
            "parameters": list(self.parameters),
            "differences": [asdict(one) for one in self.differences],
            "equivalences": list(self.equivalences),
            "notes": list(self.notes),
        }

    def json(self) -> str:
        """Return it as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, default=str)

    def html(self) -> str:
        """Return it as an HTML element for a page or a notebook, without script or style sheet."""
        rows = "".join(_row(i, one) for i, one in enumerate(self.differences, start=1))
        table = ""
        if rows:
            heads = "".join(
                f"<th>{head}</th>" for head in ("", "what", "attribute", "yours", "reference", "why")
            )
            table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        lists = ""
        for title, sentences in (
            ("Equivalent, written differently:", self.equivalences),
            ("Not compared:", self.notes),
        ):
            if sentences:
                items = "".join(f"<li>{escape(sentence)}.</li>" for sentence in sentences)
                lists += f"<p>{title}</p><ul>{items}</ul>"
        return f"<div><p><strong>{escape(self.headline)}</strong> {self.counts}</p>{table}{lists}</div>"

    def page(self) -> str:
        """Return it as an HTML page of its own."""
        title = escape(f"{self.model} and {self.reference}")
        style = "body{font-family:sans-serif}td,th{text-align:left;vertical-align:top;padding:.3em}"
        head = f'<meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        return f"<!DOCTYPE html><html><head>{head}</head><body>{self.html()}</body></html>"

    def diagram(self) -> Diagram:
        """Return the picture of the student's model with what differs marked; see `keras_cnns.visualize`."""
        from keras_cnns.comparison.report.marked_diagram import marked_diagram

        return marked_diagram(self.student, self.differences)


def _row(i: int, one: Difference) -> str:
    cells = [str(i), f"<strong>{one.kind}{escape(_named(one))}</strong>: {escape(one.message)}"]
    cells += [
        escape(str(one.attribute or "")),
        *(escape("" if v is None else str(v)) for v in (one.yours, one.reference)),
    ]
    cells.append(escape(_why(one)))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _named(one: Difference) -> str:
    return f" ({one.mistake})" if one.mistake else ""


def _why(one: Difference) -> str:
    return one.why + (f" See: {one.source}." if one.source else "")


def _wrapped(string: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        string, width, subsequent_indent=indent, break_long_words=True, break_on_hyphens=False
    )


def _marked(string: str) -> str:
    """Text with all characters escaped that have a meaning in Markdown."""
    return "".join("\\" + letter if letter in "\\`*_[]<>|" else letter for letter in string)
