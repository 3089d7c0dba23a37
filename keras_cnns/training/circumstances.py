"""What a run depends on besides its arguments, and whether it is the same again, and on all hosts."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import keras

from keras_cnns.arguments import shown
from keras_cnns.training.data import Data, Files
from keras_cnns.training.hosts import check_same, here
from keras_cnns.training.state import variables
from keras_cnns.version import __version__


def circumstances(model: keras.Model, data: Data) -> dict[str, Any]:
    """Return what a run depends on besides its arguments: classes, images, shapes, backend, versions."""
    shapes = [list(variable.shape) for variable in variables(model)]
    return {
        "classes": data.classes,
        "images": {
            "to learn from": len(data.train[0]),
            "held out": len(data.test[0]),
            "digest": digest(data),
        },
        "model": {"name": model.name, "input": list(model.input_shape[1:]), "variables": digest_of(shapes)},
        "precision": model.dtype_policy.name,
        "backend": keras.backend.backend(),
        "hosts": here().number,
        "versions": {"keras_cnns": __version__, "keras": keras.__version__},
    }


def digest(data: Data) -> str:
    """Return a digest of the images' names, or pixels if they have none, and classes, in their order."""
    found = hashlib.sha256()
    for images, labels in (data.train, data.test):
        for name, label in zip(images.names if isinstance(images, Files) else images, labels):
            if isinstance(name, str):
                content = os.fsencode(name)
            elif isinstance(name, Path):
                content = os.fsencode(Path(name.parent.name) / name.name)
            else:
                content = name.tobytes()
            found.update(hashlib.sha256(content).digest() + int(label).to_bytes(4, "little"))
    return found.hexdigest()


def digest_of(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def check_hosts(batch: int, settings: dict[str, Any]) -> None:
    """Refuse what several hosts cannot train together; alone, nothing is refused."""
    at = here()
    if at.number == 1:
        return
    if keras.distribution.distribution() is None:
        raise ValueError("several hosts train together after `hosts.join`; no distribution is set.")
    if batch % at.devices:
        raise ValueError(
            f"batch_size must be a multiple of {at.devices}, the number of devices of the {at.number} hosts; "
            f"got {batch}."
        )
    check_same(settings)


def differ(was: Any, now: Any) -> str:
    if isinstance(was, dict) and isinstance(now, dict):
        names = [name for name in now if was.get(name) != now[name]]
        return f"differs in {', '.join(names)}."
    return f"was {shown(was)}; now it is {shown(now)}."
