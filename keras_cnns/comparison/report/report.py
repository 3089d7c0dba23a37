"""What a comparison found, as text, CSV, JSON, Markdown, HTML and a picture."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keras import Model

from keras_cnns import tables
from keras_cnns.arguments import checked_flag, checked_width
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.report import feedback
from keras_cnns.comparison.report.decisions import decisions, equal_layers, score, share_of_layers
from keras_cnns.comparison.report.messages import Difference
from keras_cnns.safe_text import markdown_line, markdown_text, one_line, shortened

if TYPE_CHECKING:
    from keras_cnns.comparison.proof.prove import Proof
    from keras_cnns.visualize import Diagram

VERDICTS = {
    "exact": "the same network",
    "equivalent": "the same function, written differently",
    "same shapes": "a different network with weights of the same shapes",
    "different": "a different network",
    "unknown": "nothing differs that can be seen, and that it is the same is not shown",
}
SAME = ("exact", "equivalent")
# What may be asked for, each with all that comes before it.
LEVELS = (*SAME, "same shapes")
UNPROVED = "The verdict rests on the layers and how they are connected"
WIDTH = 80
# With less than this share of its layers as in the reference a model is another network, not one with
# mistakes; then only so many differences are shown.
LITTLE = 0.1
MOST_OF_ANOTHER = 5
RECORD = ("kind", "mistake", "attribute", "layer", "reference_layer", "message", "why", "source")


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What `compare` found.

    Attributes:
        model: the name of the student's model, and `reference` that of the reference.
        verdict: "exact"; "equivalent", the same function written differently; "same shapes", a different
            function with weights of the same shapes; "different"; or "unknown", where nothing differs that
            can be seen and what a layer computes is not known, a weight has no counterpart, or the proof that
            was asked for could not be run.
        differences: the root causes, in the order in which they come in the network.
        equivalences: sentences about what is written differently and makes no difference.
        notes: sentences about what was not compared.
        parameters: how many the student's model and the reference have.
        proof: whether numbers bear out that both compute the same, a `comparison.proof.prove.Proof`; None
            where that was not asked.
        pairing: which layer of one stands for which of the other.
        student: the student's model.
        is_partial: whether differences were found that are ignored.
        has_same_shapes: whether weights, inputs and outputs have the same shapes, apart from what is ignored.
        is_word: whether the student's model was only named, and is a network of this library.
        is_copy: whether it is word for word what this library builds, with the same names, initializers and
            other settings. It was made by this library or by a copy of its file; False says nothing.
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
    proof: Proof | None = None
    is_partial: bool = False
    has_same_shapes: bool = False
    is_word: bool = False
    is_copy: bool = False

    def __repr__(self) -> str:
        count = len(self.differences)
        names = f"{shortened(self.model)} and {shortened(self.reference)}"
        return f"<Report: {names}, {self.verdict}, {count} differences>"

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()

    @property
    def headline(self) -> str:
        """The verdict as one line."""
        networks = f"Yours, {one_line(self.model)}, and the reference, {one_line(self.reference)}"
        apart = ", apart from what is ignored" if self.is_partial and self.is_same is not False else ""
        return f"{networks}: {self.verdict} ({VERDICTS[self.verdict]}{apart})."

    @property
    def is_same(self) -> bool | None:
        """Whether both compute the same; None if it is unknown."""
        return None if self.verdict == "unknown" else self.verdict in SAME

    def reaches(self, level: str) -> bool:
        """Return whether the verdict is as good as the level asks, or better.

        Args:
            level: "exact", "equivalent" or "same shapes". An unknown network reaches the last if its weights,
                inputs and outputs have the same shapes.
        """
        if self.verdict == "unknown":
            return level == LEVELS[-1] and self.has_same_shapes
        return self.verdict in LEVELS and LEVELS.index(self.verdict) <= LEVELS.index(level)

    @property
    def proved(self) -> bool | None:
        """Whether numbers show what both compute: True, the same; False, not the same; None, it is not known.

        None is no verdict against the model: nothing was run, or it could not be, and `evidence` says why.
        """
        states = {"proved": True, "refuted": False}
        return states.get(self.proof.state) if self.proof else None

    @property
    def counts(self) -> str:
        """Both numbers of parameters."""
        yours, reference = self.parameters
        if yours == reference:
            return f"{yours:,} parameters in both."
        return f"{yours:,} parameters, the reference {reference:,} ({yours - reference:+,})."

    @property
    def evidence(self) -> str:
        """Whether numbers bear the verdict out, in words; "" where that was not asked."""
        if self.proof is None or self.proof.state == "refuted":
            return ""
        said = self.proof.sentence[0].upper() + self.proof.sentence[1:] + "."
        return said if self.proved or self.is_same is None else f"{said} {UNPROVED}."

    @property
    def decisions(self) -> tuple[tuple[Difference, ...], ...]:
        """The differences in groups, one for each decision of the student.

        Kernel, stride, padding and pooling of the same convolutions are one decision, which is how large the
        maps are from there on. All else is a decision of its own, at however many layers it was found.
        """
        return decisions(self.differences, self.pairing)

    @property
    def share(self) -> float:
        """The share of the reference's layers that the student's model has, whatever their settings."""
        return share_of_layers(self.pairing)

    def score(
        self, points: float, weights: Mapping[str, float] | None = None, *, each: float | None = None
    ) -> float:
        """Return partial credit: the points, less what each of the `decisions` costs.

        It is `max(0, min(points - costs, points * share))`, rounded to two digits, or all points where
        nothing differs that counts. Where the verdict is "unknown" nothing costs, and what is closed has no
        share: a person has to look at it.

        Args:
            points: what a model without differences gets.
            weights: what decisions cost, in points, by the name of a mistake or an attribute, such as
                {"different epsilon": 0}. A decision with several of them costs the most of these.
            each: what every other decision costs, in points; None takes a quarter of `points`.

        Raises:
            ValueError: for points that are not positive, weights that are no numbers or name nothing, or
                a student's model that was only named, which would be its own answer.
        """
        if self.is_word:
            raise ValueError("student must be a model or the path of a file for a score; a name was given.")
        if self.is_same is None:
            return score((), 1.0, points, weights, each) and round(points * self.share, 2)
        return score(self.decisions or ((),) * (not self.is_same), self.share, points, weights, each)

    @property
    def remark(self) -> str:
        """A sentence where a list of differences says little, because all is different; else nothing."""
        equal, of_yours, of_reference = equal_layers(self.pairing)
        if len(self.differences) <= MOST_OF_ANOTHER or equal >= LITTLE * max(of_yours, of_reference):
            return ""
        return (
            f"The two have little in common: of your {of_yours:,} layers {equal:,} are as in the reference, "
            f"which has {of_reference:,}. The first {MOST_OF_ANOTHER} of {len(self.differences)} differences:"
        )

    def _listed(self) -> list[tuple[int, Difference]]:
        """The differences that a person is shown, numbered."""
        shown = self.differences[:MOST_OF_ANOTHER] if self.remark else self.differences
        return list(enumerate(shown, start=1))

    def _lists(self) -> list[tuple[str, tuple[str, ...]]]:
        """The lists below the differences with their titles, as far as there is something in them."""
        lists = [("Equivalent, written differently:", self.equivalences), ("Not compared:", self.notes)]
        return [(title, sentences) for title, sentences in lists if sentences]

    def text(self, width: int = WIDTH) -> str:
        """Return it for a terminal, in lines of at most `width` characters."""
        width = checked_width(width)
        lines = [
            line
            for part in (self.headline, self.counts, self.evidence, self.remark)
            for line in _wrapped(part, width, "")
        ]
        for i, one in self._listed():
            number = f"{i}. "
            lines += [
                "",
                *_wrapped(number + one.kind + _named(one) + ": " + one.message, width, " " * len(number)),
            ]
            if one.why:
                lines += [" " * len(number) + line for line in _wrapped(_why(one), width - len(number), "")]
        for title, sentences in self._lists():
            lines += ["", title]
            for sentence in sentences:
                lines += _wrapped("- " + sentence + ".", width, "  ")
        return "\n".join(lines)

    def markdown(self) -> str:
        """Return it as Markdown, a numbered list."""
        lines = [f"**{markdown_text(self.headline)}** {self.counts} {self.remark}".rstrip(), ""]
        if self.evidence:
            lines += [markdown_text(self.evidence), ""]
        for i, one in self._listed():
            why = f" *{markdown_text(_why(one))}*" if one.why else ""
            lines.append(
                f"{i}. **{one.kind}{markdown_text(_named(one))}**: {markdown_text(one.message)}{why}"
            )
        for title, sentences in self._lists():
            lines += ["", title, "", *(f"- {markdown_line(sentence)}." for sentence in sentences)]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, object]:
        """Return it as dictionaries, lists, strings and numbers."""
        return {
            "model": self.model,
            "reference": self.reference,
            "verdict": self.verdict,
            "is_same": self.is_same,
            "parameters": list(self.parameters),
            "differences": [asdict(one) for one in self.differences],
            "equivalences": list(self.equivalences),
            "notes": list(self.notes),
            "proved": self.proved,
            "proof": asdict(self.proof) if self.proof else None,
        }

    def json(self) -> str:
        """Return it as JSON."""
        return tables.as_json(self.to_dict())

    def csv(self) -> str:
        """Return a line for each difference, comma-separated; without any, one with the verdict."""
        head: dict[str, object] = {"student": self.model, "reference": self.reference}
        head |= {"verdict": self.verdict, "proof": self.proof.state if self.proof else None}
        found = self.differences or (None,)
        return tables.as_csv([head | {name: getattr(one, name, None) for name in RECORD} for one in found])

    def html(self, picture: bool = False) -> str:
        """Return it as an HTML element for a page or a notebook, without script or style sheet.

        Args:
            picture: whether the picture stands below, as an image that shrinks to the width of the page.
        """
        rows = [(f"{i}.", one.kind + _named(one), one.message, _why(one)) for i, one in self._listed()]
        image = self.diagram()._repr_html_() if checked_flag("picture", picture) else ""
        remarks = " ".join(part for part in (self.counts, self.evidence, self.remark) if part)
        return feedback.feedback(self.headline, remarks, rows, self._lists(), image)

    def page(self, picture: bool = False) -> str:
        """Return it as an HTML page of its own.

        Args:
            picture: whether the picture stands below, and under it the same to be opened box by box.
        """
        explorer = self.diagram().html() if checked_flag("picture", picture) else ""
        return feedback.page(f"{self.model} and {self.reference}", self.html(picture), explorer)

    def save(self, path: str | Path) -> None:
        """Write the report; the suffix says how: .txt, .csv, .json, .md, .html, or .svg for the picture.

        The page that .html writes has the picture, too, to look at and to be opened box by box.

        Raises:
            ValueError: for any other suffix, or where no file can be, such as a device.
            OSError: if it cannot be written; a file that was there is unchanged.
        """
        writers = {
            ".txt": lambda: self.text() + "\n",
            ".csv": self.csv,
            ".json": self.json,
            ".md": self.markdown,
        }
        pages = {".html": lambda: self.page(picture=True), ".svg": lambda: self.diagram().svg()}
        tables.save(path, writers | pages)

    def diagram(self) -> Diagram:
        """Return the picture of the student's model with what differs marked; see `keras_cnns.visualize`."""
        from keras_cnns.comparison.report.marked_diagram import marked_diagram

        return marked_diagram(self.student, self.differences)


def _named(one: Difference) -> str:
    return f" ({one.mistake})" if one.mistake else ""


def _why(one: Difference) -> str:
    return one.why + (f" See: {one.source}." if one.source else "")


def _wrapped(string: str, width: int, indent: str) -> list[str]:
    """The text in lines, without what a terminal would take for a command."""
    return textwrap.wrap(
        one_line(string), width, subsequent_indent=indent, break_long_words=True, break_on_hyphens=False
    )
