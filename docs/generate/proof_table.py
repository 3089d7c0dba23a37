"""Measured differences between our networks and independent ones: a table with a row for each network."""

import csv
from collections import defaultdict
from pathlib import Path

from keras_cnns.catalog import facts

PRECISIONS = {"float32": "float32", "float64": "float64", "weights": "published file"}
COLUMNS = ["network", "authority", "precision", "difference", "bound"]


def table(file: Path) -> str:
    """Return the Markdown table of a file with a line for each comparison.

    Raises:
        ValueError: if the file has other columns, or names a network or precision that there is not.
    """
    found = read(file)
    lines = [f"| network | {' | '.join(PRECISIONS.values())} |", "|---" * (1 + len(PRECISIONS)) + "|"]
    for network in facts.NETWORKS:
        cells = [cell(found[network.name, precision]) for precision in PRECISIONS]
        lines.append(f"| [{network.title}](networks/{network.name}.md) | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(differences: dict[str, tuple[float, float]]) -> str:
    """A line for each authority: the difference, and the bound that the test allows."""
    lines = [
        f"{authority}: **{number(difference)}** ≤ {number(bound)}"
        for authority, (difference, bound) in differences.items()
    ]
    return "<br>".join(lines) or "–"


def read(file: Path) -> dict[tuple[str, str], dict[str, tuple[float, float]]]:
    """Return for each network and precision the largest difference from each authority, and the bound.

    Options stand behind a network's name, `inception_v3(aux=True)`; here they go to the authority.
    """
    found: dict[tuple[str, str], dict[str, tuple[float, float]]] = defaultdict(dict)
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if rows.fieldnames != COLUMNS:
            raise ValueError(f"{file} must have the columns {', '.join(COLUMNS)}; got {rows.fieldnames}.")
        for row in rows:
            if row["precision"] not in PRECISIONS:
                raise ValueError(
                    f"precision must be one of {', '.join(PRECISIONS)}; got {row['precision']!r}."
                )
            name, _, options = row["network"].partition("(")
            authority = row["authority"] + (f", {options.removesuffix(')')}" if options else "")
            differences = found[facts.find_network(name).name, row["precision"]]
            measured = (float(row["difference"]), float(row["bound"]))
            differences[authority] = max(measured, differences.get(authority, measured))
    return found


def number(value: float) -> str:
    """Two significant digits: 3.1e-5, 0."""
    if value == 0:
        return "0"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits.removesuffix('.0')}e{int(exponent)}"
