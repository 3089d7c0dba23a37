"""What `benchmarks/` measured: a table for each of its files, with the machine that measured."""

import csv
import re
from pathlib import Path

PLACE = re.compile(r"<!-- the table of benchmarks/(\w+)\.py -->")
COLUMNS = ["case", "who", "minimum", "median", "runs", "unit", "times_ours", "goal", "result", "met"]
TITLES = ("least", "median", "runs", "× ours", "goal", "result")
MARKS = {"yes": "met", "no": "**missed**", "": ""}


def with_tables(text: str, folder: Path) -> str:
    """Return a page with the table of `folder/NAME.csv` in each place of a table."""
    return PLACE.sub(lambda place: table(folder / f"{place[1]}.csv"), text)


def table(file: Path) -> str:
    """Return the Markdown table of a file, and below it what it was measured with.

    Raises:
        ValueError: if the file has other columns.
    """
    head, rows = read(file)
    lines = [f"| | | {' | '.join(TITLES)} |", "|---|---|---:|---:|---:|---:|---|---|"]
    before = ""
    for row in rows:
        case, before = (row["case"] if row["case"] != before else ""), row["case"]
        least, middle = (with_unit(row[key], row["unit"]) for key in ("minimum", "median"))
        result = f"{row['result']} {MARKS[row['met']]}".strip()
        measured = (least or "given up", middle, row["runs"], row["times_ours"])
        lines.append(f"| {' | '.join([case, row['who'], *measured, row['goal'], result])} |")
    return "\n".join([*lines, "", *(f"{key.capitalize()}: {value}.  " for key, value in head.items())])


def with_unit(number: str, unit: str) -> str:
    """1234.5 ms as 1,234.5 ms."""
    whole, point, rest = number.partition(".")
    return f"{int(whole):,}{point}{rest} {unit}" if number else ""


def read(file: Path) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return the lines of the head, and the rows."""
    lines = file.read_text(encoding="utf-8").splitlines()
    head = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    rows = csv.DictReader(line for line in lines if not line.startswith("# "))
    if rows.fieldnames != COLUMNS:
        raise ValueError(f"{file} must have the columns {', '.join(COLUMNS)}; got {rows.fieldnames}.")
    return head, list(rows)
