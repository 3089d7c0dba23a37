"""The first state of a run, or the last one that was kept, on all hosts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_cnns.training.circumstances import differ
from keras_cnns.training.folder import Folder, Tell
from keras_cnns.training.hosts import arrays_from_first, from_first
from keras_cnns.training.log import Row
from keras_cnns.training.recipes import Recipe
from keras_cnns.training.room import check_room
from keras_cnns.training.state import check_fits, restore, values, write_state


def begin(
    place: Folder,
    model: keras.Model,
    recipe: Recipe,
    settings: dict[str, Any],
    command: dict[str, Any] | None,
    anew: bool,
) -> list[Row]:
    """Write the settings and the state before the first epoch."""
    return from_first(lambda: begin_here(place, model, recipe, settings, command, anew))


def begin_here(
    place: Folder,
    model: keras.Model,
    recipe: Recipe,
    settings: dict[str, Any],
    command: dict[str, Any] | None,
    anew: bool,
) -> list[Row]:
    if place.settings.exists() and not anew:
        raise ValueError(f"{place.path} has a run already: go on with it (resume), or choose another folder.")
    place.path.mkdir(parents=True, exist_ok=True)
    check_room(place, model, recipe, anew=anew)
    if anew:
        place.clear()
    write_state(place.state(0), model, {"epoch": 0, "rows": []})
    place.write_settings({"training": settings, "command": command})
    return []


def last_rows(
    place: Folder,
    model: keras.Model,
    recipe: Recipe,
    settings: dict[str, Any],
    tell: Tell,
    prepared: Callable[[int], None],
) -> list[Row]:
    """Give the model the state of the last epoch, and return the rows up to it.

    `prepared` compiles it as it was in the epoch of a number.
    """
    arrays: list[np.ndarray] | None = None
    source = place.settings

    def read() -> list[Row]:
        nonlocal arrays, source
        arrays, rows, source = last_rows_here(place, settings, tell)
        return rows

    def check() -> None:
        check_fits(model, arrays or [], source)
        check_room(place, model, recipe, begun=True)

    rows = from_first(read)
    prepared(len(rows))  # by all hosts together, since it makes variables
    from_first(check)
    restore(model, arrays_from_first(arrays, values(model)))
    return rows


def last_rows_here(
    place: Folder, settings: dict[str, Any], tell: Tell
) -> tuple[list[np.ndarray], list[Row], Path]:
    known = {"devices": 1, **place.read_settings()["training"]}
    settings = json.loads(json.dumps(settings))
    for name, value in settings.items():
        if known.get(name) != value and name not in ("versions", "hosts"):
            raise ValueError(
                f"{place.path} is a run of another kind: its {name} {differ(known.get(name), value)}"
            )
    if known.get("versions") != settings["versions"]:
        was = known.get("versions")
        tell(f"{place.path} was begun with other versions ({was}); bits may differ from here on")
    if known.get("hosts", 1) != settings["hosts"]:
        tell(f"{place.path} was begun on another number of hosts ({known.get('hosts', 1)}); bits may differ")
    found = place.last_state(tell)
    if found is None:
        raise ValueError(f"{place.path} has no state that can be read; start again, in another folder.")
    arrays, record, path = found
    return arrays, list(record["rows"]), path
