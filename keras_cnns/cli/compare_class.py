"""What a class handed in, compared with one network: a line for each file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

from keras_cnns import tables
from keras_cnns.cli.output_format import Format
from keras_cnns.safe_text import one_line, shortened
from keras_cnns.tables import Table

if TYPE_CHECKING:
    from keras_cnns.comparison.report.report import Report

UNREADABLE = "error"
HEADINGS = ("file", "score", "verdict", "first remark")
LONGEST_REMARK = 200  # letters in a table


@dataclass(frozen=True)
class Line:
    """What is said of one file.

    Attributes:
        file: as it was given.
        verdict: the report's, or "error" if there is none.
        score: the points; None if there is no report.
        decisions: how many decisions differ from the reference; None if there is no report.
        proof: "proved", "not tried" or "impossible", as in the report; None if that was not asked, or where
            structure shows that the networks differ.
        remark: the first difference, the first note if there is none, or what went wrong.
    """

    file: str
    verdict: str
    score: float | None
    decisions: int | None
    proof: str | None
    remark: str


def compare_class(
    files: Sequence[str],
    compare_one: Callable[[str], Report],
    points: float,
    weights: dict[str, float],
) -> list[Line]:
    """Compare each file; what is wrong with one file is said in its line, and does not stop the others."""
    screen = Console(stderr=True)
    lines = []
    for file in track(files, "Comparing", console=screen, transient=True, disable=not screen.is_terminal):
        try:
            report = compare_one(file)
            lines.append(_line(file, report, points, weights))
        except Exception as error:  # a student's file may make Keras stumble in any way
            words = one_line(str(error)) or type(error).__name__
            lines.append(Line(file, UNREADABLE, None, None, None, words))
    return lines


def _line(file: str, report: Report, points: float, weights: dict[str, float]) -> Line:
    if report.differences:
        first = report.differences[0]
        remark = f"{first.mistake or first.kind}: {first.message}"
    else:
        remark = report.notes[0] if report.notes else ""
    score = report.score(points, weights)
    proof = report.proof.state if report.proof else None
    return Line(file, report.verdict, score, len(report.decisions), proof, remark)


def writers(lines: Sequence[Line], width: int) -> dict[Format, Callable[[], str]]:
    """What writes the lines in each format; the text has each remark below its line."""
    rows = [(line.file, "" if line.score is None else f"{line.score:g}", line.verdict) for line in lines]
    remarks = [shortened(line.remark, LONGEST_REMARK) for line in lines]
    text = Table(HEADINGS[:-1], rows, left=(0, 2), details=remarks)
    table = Table(HEADINGS, [(*row, remark) for row, remark in zip(rows, remarks)], left=(0, 2, 3))
    records = [asdict(line) for line in lines]
    return {
        Format.text: lambda: text.text(width),
        Format.csv: lambda: tables.as_csv(records),
        Format.json: lambda: tables.as_json(records),
        Format.markdown: table.markdown,
        Format.html: table.html,
    }
