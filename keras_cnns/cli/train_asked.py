"""What a run of `keras-cnns train` was asked for."""

import os
import sys
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

from keras_cnns.catalog.facts import Network, find_network


@dataclass(kw_only=True)
class Asked:
    """What a run was asked for: an option of the command in each field; run.json keeps it.

    A field that older runs do not have needs a default, with which they go on.
    """

    network: str
    data: str
    val: str | None
    size: int | None
    recipe: str
    epochs: int | None
    batch_size: int | None
    learning_rate: float | None
    seed: int
    early_stop: int | None
    class_weights: str | None
    precision: str
    devices: int = 1
    plateau: bool = False
    tensorboard: bool = False
    aux: bool = False  # auxiliary classifiers, which the paper's recipe trains, too
    weights: str | None = None
    like: str | None = None
    start: dict[str, Any] | None = None  # what follows from the weights: see train_start

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Asked":
        """Return what the options of the command say.

        Raises:
            ValueError: if the network or the data is missing.
        """
        for name, word in (("network", "NAME"), ("data", "--data")):
            if options[name] is None:
                raise ValueError(f"{word} is needed, unless a run goes on with --resume FOLDER.")
        given = {field.name: options[field.name] for field in fields(cls) if field.name in options}
        plain = {key: value.value if isinstance(value, Enum) else value for key, value in given.items()}
        asked = cls(**plain)
        asked.network = asked.row.name
        asked.aux = asked.recipe == "paper" and asked.row.has_aux
        if asked.data != "digits":
            asked.data = os.path.abspath(asked.data)
        if asked.val is not None:
            asked.val = os.path.abspath(asked.val)
        return asked

    @property
    def row(self) -> Network:
        return find_network(self.network)

    @property
    def variant(self) -> dict[str, Any]:
        """What the network is built with."""
        return {"aux": True} if self.aux else {}

    @property
    def in_shape(self) -> tuple[int, int, int]:
        height, width, channels = self.row.in_shape
        return (self.size, self.size, channels) if self.size else (height, width, channels)


def read_asked(folder: Path) -> Asked:
    """Return what a run was asked for, and choose its backend if none is chosen yet.

    Raises:
        ValueError: if the folder is no run of this command.
    """
    from keras_cnns.training.folder import Folder

    settings = Folder(folder).read_settings()
    told = settings["command"]
    own = {field.name: field for field in fields(Asked)}
    needed = {name for name, field in own.items() if field.default is MISSING}
    if not isinstance(told, dict) or not needed <= set(told):
        raise ValueError(
            f"{folder} is no run of `keras-cnns train`; go on with it in the script that began it."
        )
    if not set(told) <= set(own):
        unknown = ", ".join(sorted(set(told) - set(own)))
        raise ValueError(f"{folder} is a run of another version of keras-cnns: run.json has {unknown}.")
    if not all(is_of(value, own[name].type) for name, value in told.items()):
        raise ValueError(f"{folder} is not the folder of a run: run.json has values of another kind.")
    backend = settings["training"].get("backend")
    if "keras" not in sys.modules and backend in ("jax", "tensorflow", "torch"):
        os.environ.setdefault("KERAS_BACKEND", backend)
    return Asked(**told)


def is_of(value: Any, kind: Any) -> bool:
    """Whether a value from a file is of the type of a field, such as `int | None`."""
    kinds = tuple(get_origin(each) or each for each in get_args(kind) or (kind,))
    return isinstance(value, kinds) and (kind is bool or not isinstance(value, bool))
