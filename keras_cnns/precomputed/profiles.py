"""What a network costs, as data: the totals, and each figure of all layers as a column."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from keras_cnns.precomputed.columns import frozen, packed, unpacked
from keras_cnns.profiling.cost_rows import Row
from keras_cnns.profiling.result import OWN, Profile

VALUE_BYTES = 4  # of float32
# What follows from other figures, and what is as often as there are images.
DERIVED = {"macs_share", "activation_bytes"}
EACH_IMAGE = {"activation_bytes", "peak_bytes", "kept_bytes"}


def profile_data(profile: Profile) -> dict[str, Any]:
    """Return a profile of one image as `as_profile` reads it."""
    keys = [field.name for field in fields(Row) if field.name not in DERIVED]
    totals = {field.name: getattr(profile, field.name) for field in fields(Profile) if field.name not in OWN}
    return {
        "totals": totals,
        "rows": {key: packed([getattr(row, key) for row in profile.rows]) for key in keys},
    }


def as_profile(data: dict[str, Any], batch_size: int = 1) -> Profile:
    """Return the profile for a number of images."""
    totals = {key: frozen(value) for key, value in data["totals"].items()}
    columns = {key: unpacked(column) for key, column in data["rows"].items()}
    rows = []
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values))
        row["macs_share"] = (row["macs"] or 0) / max(totals["macs"], 1)
        row["activation_bytes"] = VALUE_BYTES * row["values"]
        rows.append(Row(**_for_images(row, batch_size)))
    return Profile(**_for_images(totals, batch_size) | {"batch_size": batch_size}, rows=tuple(rows))


def _for_images(figures: dict[str, Any], batch_size: int) -> dict[str, Any]:
    return figures | {key: batch_size * figures[key] for key in EACH_IMAGE if key in figures}
