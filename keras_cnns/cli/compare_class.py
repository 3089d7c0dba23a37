"""What a class handed in, compared with one network: a line for each file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
AS_IT_SHOULD_BE, ANOTHER, FAILED, UNKNOWN = 0, 1, 2, 3  # exit statuses
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
        status: the exit status of this file alone.
    """

    file: str
    verdict: str
    score: float | None
    decisions: int | None
    proof: str | None
    remark: str
    status: int


def compare_class(
    files: Sequence[str],
    compare_one: Callable[[str], Report],
    points: float,
    weights: dict[str, float],
    level: str,
) -> list[Line]:
    """Compare each file; what is wrong with one file is said in its line, and does not stop the others."""
    screen = Console(stderr=True)
    lines = []
    for file in track(files, "Comparing", console=screen, transient=True, disable=not screen.is_terminal):
        try:
            report = compare_one(file)
            lines.append(_line(file, report, points, weights, level))
        except Exception as error:  # a student's file may make Keras stumble in any way
            words = one_line(str(error)) or type(error).__name__
            lines.append(Line(file, UNREADABLE, None, None, None, words, FAILED))
    return lines


def status_of(report: Report, level: str) -> int:
    """Return the exit status: whether the model is what it should be, is not, or whether that is unknown."""
    return AS_IT_SHOULD_BE if report.reaches(level) else UNKNOWN if report.is_same is None else ANOTHER


def worst(statuses: Iterable[int]) -> int:
    """Return the exit status for several files; one that differs counts more than one that is unknown."""
    return max(statuses, key=(AS_IT_SHOULD_BE, UNKNOWN, ANOTHER, FAILED).index)


def _line(file: str, report: Report, points: float, weights: dict[str, float], level: str) -> Line:
    if report.differences:
        first = report.differences[0]
        remark = f"{first.mistake or first.kind}: {first.message}"
    else:
        remark = report.notes[0] if report.notes else ""
    score = report.score(points, weights)
    proof = report.proof.state if report.proof else None
    status = status_of(report, level)
    return Line(file, report.verdict, score, len(report.decisions), proof, remark, status)


def writers(lines: Sequence[Line], width: int) -> dict[Format, Callable[[], str]]:
    """What writes the lines in each format; the text has each remark below its line."""
    rows = [(line.file, "" if line.score is None else f"{line.score:g}", line.verdict) for line in lines]
    remarks = [shortened(line.remark, LONGEST_REMARK) for line in lines]
    text = Table(HEADINGS[:-1], rows, left=(0, 2), details=remarks)
    table = Table(HEADINGS, [(*row, remark) for row, remark in zip(rows, remarks)], left=(0, 2, 3))
    records = [{key: value for key, value in asdict(line).items() if key != "status"} for line in lines]
    return {
        Format.text: lambda: text.text(width),
        Format.csv: lambda: tables.as_csv(records),
        Format.json: lambda: tables.as_json(records),
        Format.markdown: table.markdown,
        Format.html: table.html,
    }
