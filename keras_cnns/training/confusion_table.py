"""The table of which classes were taken for which, as a file, and what it says."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_cnns.safe_text import csv_text

CORNER = "rows: true class, columns: predicted class"


def confusion_csv(table: np.ndarray, classes: Sequence[str]) -> str:
    """Return counts by (true class, predicted class) with the names of the classes beside and above them."""
    text = io.StringIO()
    names = [csv_text(name) for name in classes]
    rows = ([name, *map(int, row)] for name, row in zip(names, table))
    csv.writer(text, lineterminator="\n").writerows([[CORNER, *names], *rows])
    return text.getvalue()


def read_confusion(path: Path, classes: Sequence[str]) -> np.ndarray | None:
    """Return the counts in a file that `confusion_csv` made; None if it has none for these classes."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            table = np.array([row[1:] for row in list(csv.reader(file))[1:]], dtype=int)
    except (OSError, ValueError, csv.Error):
        return None
    return table if table.shape == (len(classes),) * 2 else None


def worst_pair(table: np.ndarray, classes: Sequence[str]) -> str:
    """Say which two classes are confused most often."""
    wrong = table.copy()
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return "no held-out image is misclassified"
    true, read = divmod(int(wrong.argmax()), len(classes))
    times = f"{wrong[true, read]} of {table[true].sum()}"
    return f"most often confused: {classes[true]} for {classes[read]}, {times}"
