"""A sheet of exercises, each the picture of a network with one mistake, and the key to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from string import Template

from keras import Model

from keras_cnns.arguments import checked_int
from keras_cnns.atomic_write import written_whole
from keras_cnns.catalog.facts import find_network, is_network
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.comparison.report.report import Report
from keras_cnns.diagram.draw.print_width import TooNarrow
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.exercises.choice import Source, distinct, reference_of
from keras_cnns.exercises.paths import paths_of
from keras_cnns.mistakes import MISTAKES
from keras_cnns.mutation.editable_model import to_editable
from keras_cnns.mutation.mutate import Mutant
from keras_cnns.mutation.neutral_names import rename
from keras_cnns.safe_text import html_text
from keras_cnns.tables import Table
from keras_cnns.visualize import Diagram, plot_model

HERE = Path(__file__).parent
PAPER = "17cm"  # between the margins of A4
KEY_HEADINGS = ("network", "mistake", "what was done", "in the original", "verdict", "parameters")
# With one kind of mistake: after so many pictures in which nothing is seen there will be none.
MOST_UNSEEN = 8
TOLD = {"same shapes": "same shapes: counting shows nothing", "different": "different shapes or numbers"}


@dataclass(frozen=True, repr=False)
class Exercises:
    """Networks with one mistake each, as a sheet for students and a key for the teacher.

    Attributes:
        title: of the network.
        mutants: the networks and the answers.
        reports: what `compare` says of each.
        original: the network without a mistake, its layers named as theirs.
        seed: of the random numbers.
        with_original: whether the sheet begins with the network without a mistake.
    """

    title: str
    mutants: tuple[Mutant, ...]
    reports: tuple[Report, ...]
    original: Model
    seed: int
    with_original: bool = False

    def __repr__(self) -> str:
        return f"<{len(self.mutants)} exercises on {self.title}>"

    def _repr_html_(self) -> str:
        return self._figures()

    def html(self) -> str:
        """Return the sheet as a page that needs no other file: pictures and room for answers, no answer."""
        parameters = f"{self.original.count_params():,}"
        task = (
            f"Each of these networks is {html_text(self.title)} with exactly one mistake. Say what is wrong "
            "and where, what should be there, and whether the number of parameters or the size of a map "
            f"shows it. The network without a mistake has {parameters} parameters."
        )
        return _page(f"{self.title}: find the mistake", task, self._figures())

    def key(self) -> str:
        """Return the answers as a page: what was done to each, why it matters, and where it is."""
        rows = [self._key_row(i) for i in range(len(self.mutants))]
        table = Table(KEY_HEADINGS, rows, left=range(5)).html(styled=False)
        answers = "".join(map(self._answer, range(len(self.mutants))))
        task = f"Made with seed {self.seed}; the same seed gives the same sheet."
        return _page(f"{self.title}: key to the exercises", task, f'<div class="wide">{table}</div>{answers}')

    def save(self, path: str | Path, key: str | Path | None = None) -> Path:
        """Write the sheet, and the key in a file of its own; return the path of the key.

        Args:
            path: of the sheet, .html.
            key: of the key; None is NAME.key.html beside the sheet.

        Raises:
            ValueError: for another suffix, or if both are the same file.
            OSError: if one cannot be written.
        """
        sheet, answers = paths_of(path, key)
        for target, text in ((answers, self.key()), (sheet, self.html())):
            with written_whole(target) as file:
                file.write_text(text, encoding="utf-8")
        return answers

    def _figures(self) -> str:
        parts = []
        if self.with_original:
            parts.append(_figure("Without a mistake", picture(self.original)))
        for i, (model, _) in enumerate(self.mutants, start=1):
            heading = f"Network {i}"
            parts.append(_figure(heading, picture(model, heading), model.count_params()))
        return "".join(parts)

    def _key_row(self, i: int) -> tuple[str, ...]:
        change, report = self.mutants[i].change, self.reports[i]
        difference = self.mutants[i].model.count_params() - self.original.count_params()
        originals = ", ".join(change.originals[:3]) + (" …" if len(change.originals) > 3 else "")
        verdict = TOLD.get(report.verdict, report.verdict)
        return f"{i + 1}", change.mistake, change.sentence, originals, verdict, f"{difference:+,}"

    def _answer(self, i: int) -> str:
        change = self.mutants[i].change
        known = next(mistake for mistake in MISTAKES if mistake.name == change.mistake)
        why = known.sentence + (f" ({known.source})" if known.source else "")
        marked = self.reports[i].diagram()
        scene = replace(marked.scene, title=f"Network {i + 1}, marked")
        return (
            f"<section><h2>Network {i + 1}: {html_text(change.mistake)}</h2>"
            f"<p>{html_text(change.sentence)}. {html_text(why)}</p>"
            f'<div class="picture">{to_svg(scene)}</div></section>'
        )


def exercise_sheet(
    model: Source,
    n: int = 6,
    seed: int = 0,
    *,
    kind: str | None = None,
    verdict: str | None = None,
    with_original: bool = False,
) -> Exercises:
    """Make a sheet of exercises: pictures of a network with one mistake each, and a key to them.

    Only mistakes that the picture shows are taken: one in an epsilon is not.

    Args:
        model: a functional or built Sequential model, a file that Keras saved, or a network's name.
        n: how many.
        seed: of the random numbers. Students who know it can make the key.
        kind: the name of the mistake; see `mutate`.
        verdict: "same shapes" for exercises that cannot be done by counting, or "different".
        with_original: whether the sheet shows the network without a mistake first.

    Raises:
        ValueError: as `mutants` does, and for a kind of mistake that the picture does not show.
    """
    n = checked_int("n", n)
    reference = reference_of(model)
    plain = to_editable(reference)
    rename(plain)
    original = plain.build()
    unchanged = visible(picture(original))
    reports: list[Report] = []
    unseen: list[Mutant] = []

    def fits(mutant: Mutant) -> bool:
        if visible(picture(mutant.model)) == unchanged:
            unseen.append(mutant)
            if kind is not None and not reports and len(unseen) == MOST_UNSEEN:
                raise ValueError(
                    f"kind must be a mistake that a picture shows; got {kind!r}: {MOST_UNSEEN} variants of "
                    f"{reference.name!r} with it look like the network without it."
                )
            return False
        report = compare_models(mutant.model, original)
        if report.is_same is not False:
            return False
        reports.append(report)
        return True

    found = tuple(distinct(reference, n, seed, kind, verdict, fits))
    named = isinstance(model, str) and is_network(model)
    title = find_network(str(model)).title if named else reference.name
    return Exercises(title, found, tuple(reports), original, seed, with_original)


def picture(model: Model, title: str = "Without a mistake") -> str:
    """Return the picture of a network for paper, with its shapes, and a title that tells nothing.

    One whose widest part needs more room is drawn as wide as that; a page shrinks it to its own width.
    """
    width = PAPER
    while True:
        try:
            diagram = plot_model(model, show_shapes=True, show_params=True, width=width)
            break
        except TooNarrow as error:
            width = f"{ceil(error.least) + 1}px"
    assert isinstance(diagram, Diagram)
    return to_svg(replace(diagram.scene, title=title))


def visible(svg: str) -> str:
    """Return what of a picture is seen on paper: not its titles, which only a mouse finds."""
    return re.sub("<title>.*?</title>", "", svg, flags=re.DOTALL)


def _figure(heading: str, svg: str, parameters: int | None = None) -> str:
    lines = ""
    if parameters is not None:
        lines = "".join(
            f"<dt>{word}</dt><dd></dd>" for word in ("What and where", "It should be", "Shown by")
        )
        lines = f"<p>{parameters:,} parameters</p><dl>{lines}</dl>"
    return f'<section><h2>{heading}</h2><div class="picture">{svg}</div>{lines}</section>'


def _page(title: str, task: str, body: str) -> str:
    style = (HERE / "sheet.css").read_text(encoding="utf-8")
    return Template((HERE / "sheet.html").read_text(encoding="utf-8")).substitute(
        title=html_text(title), task=task, style=style, body=body
    )
