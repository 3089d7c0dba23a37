"""What is known about the epochs of a run: rows, and what follows from them."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from keras_cnns.training.recipes import Recipe

COLUMNS = (
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "val_top_5",
    "learning_rate",
    "images_per_second",
)
Row = dict[str, Any]


def as_csv(rows: Sequence[Row]) -> str:
    """Return the rows with a heading; numbers as Python writes them, which can be read back exactly."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def best(rows: Sequence[Row]) -> int:
    """Return the index of the row with the highest accuracy on held-out images; of equals the lower loss."""
    return max(range(len(rows)), key=lambda i: (rows[i]["val_accuracy"], -rows[i]["val_loss"], -i))


def should_stop(rows: Sequence[Row], patience: int | None) -> bool:
    """Whether so many epochs have passed since the best one."""
    return patience is not None and bool(rows) and len(rows) - 1 - best(rows) >= patience


def plateau_rate(recipe: Recipe, rows: Sequence[Row]) -> float:
    """Return the rate of the epoch after these for a recipe whose rate falls where the loss does.

    It is × `factor` each time that `patience` epochs have not lowered the loss on held-out images. It rises
    during the epochs of the warm-up.
    """
    lowest, waited, drops = float("inf"), 0, 0
    for row in rows:
        if row["val_loss"] < lowest:
            lowest, waited = row["val_loss"], 0
        else:
            waited += 1
        if waited >= recipe.patience:
            drops, waited = drops + 1, 0
    rise = min(1.0, (len(rows) + 1) / recipe.warm_up) if recipe.warm_up else 1.0
    return recipe.rate * rise * recipe.factor**drops
