"""Measured differences between our networks and independent ones: a table with a row for each network."""

import csv
from collections import defaultdict
from pathlib import Path

from keras_cnns import catalog

PRECISIONS = {"float32": "float32", "float64": "float64", "weights": "published file"}
COLUMNS = ["network", "authority", "precision", "difference", "bound"]


def table(file: Path) -> str:
    """Return the Markdown table of a file with a line for each comparison.

    Raises:
        ValueError: if the file has other columns, or names a network or precision that there is not.
    """
    cells = read(file)
    lines = [f"| network | {' | '.join(PRECISIONS.values())} |", "|---" * (1 + len(PRECISIONS)) + "|"]
    for network in catalog.NETWORKS:
        found = ["<br>".join(cells[network.name, precision]) or "–" for precision in PRECISIONS]
        lines.append(f"| [{network.title}](networks/{network.name}.md) | {' | '.join(found)} |")
    return "\n".join(lines)


def read(file: Path) -> dict[tuple[str, str], list[str]]:
    """Return the comparisons of each network and precision."""
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if rows.fieldnames != COLUMNS:
            raise ValueError(f"{file} must have the columns {', '.join(COLUMNS)}; got {rows.fieldnames}.")
        for row in rows:
            if row["precision"] not in PRECISIONS:
                raise ValueError(
                    f"precision must be one of {', '.join(PRECISIONS)}; got {row['precision']!r}."
                )
            name = catalog.find(row["network"]).name
            measured = f"**{number(row['difference'])}** ≤ {number(row['bound'])}"
            cells[name, row["precision"]].append(f"{row['authority']}: {measured}")
    return cells


def number(text: str) -> str:
    """Two significant digits: 3.1e-5, 0."""
    value = float(text)
    if value == 0:
        return "0"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits.removesuffix('.0')}e{int(exponent)}"
