"""What all benchmarks share: alternating runs, minima, medians, ratios within one run, a table, a CSV file.

The machine is never quite quiet, so contenders take turns, the other way round every other time. A ratio is
that of two minima of one run. The first contender of a case is ours.
"""

import argparse
import csv
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeVar

from machine import head
from rich.console import Console
from rich.table import Table

COLUMNS = ("case", "who", "minimum", "median", "runs", "unit", "times_ours", "goal", "result", "met")
WIDTH = 100
Key = TypeVar("Key")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Goal:
    """A bound on a measurement, or on what it is beside ours.

    Attributes:
        bound: the number.
        of: "value", the minimum itself; "ours", ours divided by it; "theirs", it divided by ours.
        least: whether the bound is the least, not the most.
    """

    bound: float
    of: str = "value"
    least: bool = False

    def text(self, unit: str) -> str:
        sign = "≥" if self.least else "≤"
        if self.of == "value":
            return f"{sign} {self.bound:g} {unit}".rstrip()
        return f"{sign} {self.bound:g}× ours" if self.of == "theirs" else f"ours {sign} {self.bound:g}×"

    def result(self, value: float, ours: float) -> float:
        if self.of == "value":
            return value
        return ours / value if self.of == "ours" else value / ours

    def is_met(self, result: float) -> bool:
        return result >= self.bound if self.least else result <= self.bound


def at_most(bound: float) -> Goal:
    """The measurement itself is at most this."""
    return Goal(bound)


def ours_at_most(times: float) -> Goal:
    """Ours is at most so many times this peer's."""
    return Goal(times, "ours")


def theirs_at_least(times: float) -> Goal:
    """This peer's is at least so many times ours."""
    return Goal(times, "theirs", least=True)


@dataclass(frozen=True)
class Line:
    """The runs of one contender in one case; no runs if it was given up."""

    case: str
    who: str
    values: tuple[float, ...]
    unit: str
    goal: Goal | None = None


@dataclass
class Report:
    """The lines of a benchmark, as a table and as a CSV file with the machine in its head."""

    title: str
    csv: Path | None = None
    lines: list[Line] = field(default_factory=list)
    head: dict[str, str] = field(default_factory=head)

    def add(self, case: str, who: str, values: Iterable[float], unit: str, goal: Goal | None = None) -> None:
        line = Line(case, who, tuple(values), unit, goal)
        self.lines.append(line)
        said = f"{min(line.values):.3g} {unit}" if line.values else "given up"
        print(f"{case}, {who}: {said}", file=sys.stderr, flush=True)

    def rows(self) -> list[dict[str, str]]:
        """Each line as text, with what it is beside the first of its case in the same unit."""
        ours: dict[tuple[str, str], float] = {}
        rows = []
        for line in self.lines:
            row = dict.fromkeys(COLUMNS, "")
            row |= {"case": line.case, "who": line.who, "unit": line.unit, "runs": str(len(line.values))}
            row["goal"] = line.goal.text(line.unit) if line.goal else ""
            if line.values:
                least = min(line.values)
                first = ours.setdefault((line.case, line.unit), least)
                row |= {"minimum": number(least), "median": number(median(line.values))}
                row["times_ours"] = number(least / first) if first else ""
                if line.goal:
                    result = line.goal.result(least, first)
                    row |= {"result": number(result), "met": "yes" if line.goal.is_met(result) else "no"}
            rows.append(row)
        return rows

    def finish(self) -> int:
        """Print the table; write the file, as a whole or not at all."""
        console = Console(width=WIDTH, highlight=False)
        for key, value in self.head.items():
            console.print(f"{key}: {value}", markup=False)
        console.print(table(self.title, self.rows()))
        if self.csv:
            unfinished = self.csv.with_name(self.csv.name + ".part")
            unfinished.write_text(self.text(), encoding="utf-8", newline="")
            os.replace(unfinished, self.csv)
        return 0

    def text(self) -> str:
        """The CSV file: lines of the head that begin with #, then the columns."""
        file = StringIO()
        for key, value in self.head.items():
            file.write(f"# {key}: {value}\n")
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows())
        return file.getvalue()


def number(value: float) -> str:
    """Three digits that count, more only before the point."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(title: str, rows: list[dict[str, str]]) -> Table:
    shown = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("case", "who"):
        shown.add_column(column, overflow="fold")
    for column in ("min", "median", "n", "unit", "× ours", "goal", "result"):
        shown.add_column(column, justify="left" if column in ("unit", "goal") else "right", no_wrap=True)
    before = ""
    for row in rows:
        case, before = (row["case"] if row["case"] != before else ""), row["case"]
        missed = " missed" if row["met"] == "no" else ""
        numbers = [row[key] for key in ("minimum", "median", "runs", "unit", "times_ours", "goal")]
        shown.add_row(case, row["who"], *numbers, row["result"] + missed)
    return shown


def parser(text: str) -> argparse.ArgumentParser:
    """The arguments that all benchmarks take; the text of the file is what `--help` says."""
    found = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    found.add_argument("--quick", action="store_true", help="little of it, to see that it works")
    found.add_argument("--csv", type=Path, metavar="FILE", help="write the table there, too")
    found.add_argument("--worker", nargs="+", help=argparse.SUPPRESS)
    return found


def parsed(found: argparse.ArgumentParser, arguments: list[str] | None = None) -> argparse.Namespace:
    """The arguments, of which the file's folder is there before anything is measured."""
    given = found.parse_args(arguments)
    if given.csv and not given.csv.resolve().parent.is_dir():
        found.error(f"--csv: there is no folder {given.csv.resolve().parent}")
    return given


def options(text: str, arguments: list[str] | None = None) -> argparse.Namespace:
    return parsed(parser(text), arguments)


def alternate(contenders: Mapping[Key, Callable[[], Result]], rounds: int) -> dict[Key, list[Result]]:
    """Let each contender run once a round, the other way round every other time; return what each returns."""
    results: dict[Key, list[Result]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in list(contenders)[:: -1 if number % 2 else 1]:
            results[name].append(contenders[name]())
    return results


def timed(act: Callable[[], object], scale: float = 1000) -> Callable[[], float]:
    """A contender that returns how long `act` takes, in ms."""

    def run() -> float:
        start = perf_counter()
        act()
        return scale * (perf_counter() - start)

    return run
