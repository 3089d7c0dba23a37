"""The architecture of an untrusted `.keras` file: none of its code runs, no weight is read."""

import json
import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import Any

import keras

from keras_cnns import graph
from keras_cnns.keras_files.effort import MOST_STEPS, SECONDS, effort
from keras_cnns.keras_files.numbers import check_finite, whole_number
from keras_cnns.keras_files.policy import objects, refusal
from keras_cnns.weightless import build_weightless

LIMIT = 16 * 2**20  # bytes of config.json; the largest of keras.applications, NASNetLarge, has 1.0 MB
MOST_BRACKETS = 10**6  # each takes up to 100 bytes of memory
MOST_VALUES = 10**60  # of a tensor; the largest float is 10**308, and two sizes are multiplied for a cost
HDF5 = b"\x89HDF\r\n\x1a\n"


def load_architecture(path: Path, limit: float | None = MOST_STEPS) -> keras.Model:
    """Build the model that a `.keras` file describes, without its weights and not compiled.

    Args:
        path: a file that `model.save("name.keras")` wrote.
        limit: how much work building may be, in calls of a layer; None for any. A model of a thousand layers
            needs about a thousand; a Sequential model's calls grow with the square of its layers.

    Returns:
        The model: its variables have shapes but no values. To use it, load the file with Keras.

    Raises:
        ValueError: if it is no such file, names anything that is not safe to build, or describes more work
            than the limit; it says what to do.
        OSError: if it cannot be read.
    """
    config = read_config(path)
    for node in objects(config):
        node.pop("compile_config", None)  # optimizer, losses and metrics are no part of the architecture
        if reason := refusal(node):
            raise ValueError(f"{path} was not opened: it {reason}")
    if limit is not None:
        check_effort(path, config, limit)
    try:
        model = build_weightless(keras.saving.deserialize_keras_object, config, safe_mode=True)
    except RecursionError:
        raise ValueError(f"{path} describes a model that is nested too deeply for Keras to build.") from None
    except Exception as error:  # whatever a damaged description makes Keras stumble over
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ValueError(f"{path} does not describe a model that can be built: {reason!r}") from error
    if not isinstance(model, keras.Model):
        raise ValueError(f"{path} must hold a model; it holds a {type(model).__name__}.")
    check_sizes(path, model)
    return model


def check_effort(path: Path, config: dict, limit: float) -> None:
    """Raise a ValueError if it takes more than `limit` steps to build what a file describes."""
    try:
        layers, references, steps = effort(config, limit)
    except RecursionError:
        raise ValueError(f"{path} describes a model that is nested too deeply for Keras to build.") from None
    if steps > limit:
        raise ValueError(
            f"{path} describes {layers:,} layers with {references:,} connections; building it takes about "
            f"{duration(steps * SECONDS)}. To go on, give --no-limit on the command line, or in Python the "
            "model that keras_cnns.keras_files.architecture.load_architecture(path, limit=None) returns."
        )


def duration(seconds: float) -> str:
    """Return a time in words, rounded, as it is an estimate."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count:,} {unit}{'s' * (count > 1)}" if count < 1000 else f"more than 1,000 {unit}s"
    return f"{seconds:.0f} seconds"


def check_sizes(path: Path, model: keras.Model) -> None:
    """Raise a ValueError unless all tensors have sizes that can be counted with."""
    shapes = [variable.shape for variable in model.variables]
    if getattr(model, "outputs", None):
        shapes += [shape for vertex in graph.read(model).vertices for shape in vertex.shapes]
    for shape in shapes:
        known = [size for size in shape if size is not None]
        if not all(isinstance(size, int) and size >= 0 for size in known) or prod(known) > MOST_VALUES:
            raise ValueError(f"{path} describes a tensor that no computer can hold, of shape {shape!r:.80}.")


def read_config(path: Path) -> dict:
    """Return the description inside the archive, parsed; nothing else of the file is read."""
    if path.is_dir():
        raise ValueError(f"{path} must be a .keras file; it is a folder.")
    with path.open("rb") as file:
        if file.read(len(HDF5)) == HDF5:
            raise ValueError(
                f"{path} must be a .keras file; it is in the older HDF5 format, which can carry code. If you "
                'trust it, load it with keras.models.load_model, save it as "name.keras" and give that.'
            )
        try:
            with zipfile.ZipFile(file) as archive:
                config = parsed(member(archive, "config.json"))
        except KeyError:
            raise ValueError(f"{path} must be a .keras file; it is an archive without config.json.") from None
        except RecursionError:
            raise ValueError(f"{path} has a config.json that is nested too deeply.") from None
        except ValueError as error:
            raise ValueError(f"{path} has a config.json that cannot be read: {error}") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            reason = str(error) or type(error).__name__
            raise ValueError(
                f"{path} must be a .keras file; it is not a valid zip archive: {reason}"
            ) from None
    if not isinstance(config, dict):
        raise ValueError(f"{path} has a config.json that describes no model.")
    return config


def checked_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """Return an archive's entry, unless it is packed in a way that may take any memory to unpack."""
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("it is compressed in a way that Keras does not use.")
    return info


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a file of the archive; the size limit holds whatever size the archive claims."""
    with archive.open(checked_member(archive, name)) as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ValueError(f"it is larger than {LIMIT // 2**20} MiB, which no architecture needs.")
    return data


def parsed(data: bytes) -> Any:
    """Return the description in a JSON text of bounded size and with numbers of bounded size."""
    if data.count(b"{") + data.count(b"[") > MOST_BRACKETS:
        raise ValueError(
            f"it holds more than {MOST_BRACKETS:,} lists and objects, which no architecture needs."
        )
    config = json.loads(data, parse_int=whole_number)
    check_finite(config)
    return config
