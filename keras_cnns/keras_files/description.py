"""The description of a model that a file holds: a `.keras` archive, an HDF5 file, or a JSON text.

Only the description is read: of an archive its config.json, of an HDF5 file one attribute. How many bytes it
may have is checked before any memory is taken for it.
"""

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

from keras_cnns.keras_files.numbers import check_finite, whole_number
from keras_cnns.keras_files.recognition import what_else, what_else_json

LIMIT = 16 * 2**20  # bytes of a description; the largest of keras.applications, NASNetLarge, has 1.0 MB
MOST_BRACKETS = 10**6  # each takes up to 100 bytes of memory
HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = b"PK"
ATTRIBUTE = "model_config"
EMPTY_LAYERS = ("layers", "_layer_checkpoint_dependencies")  # how Keras 3 begins a file of weights


def read_config(path: Path) -> dict:
    """Return the description inside the file, parsed; nothing else of the file is read.

    Raises:
        ValueError: if the file holds none; it says what the file is, and what to give instead.
        OSError: if it cannot be read.
    """
    if path.is_dir():
        raise ValueError(f"{path} {what_else(path) or 'must be a .keras file; it is a folder.'}")
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(HDF5):
        return _checked(path, ATTRIBUTE, lambda: parsed(attribute(path)))
    if start.startswith(ZIP):
        return _checked(path, "config.json", lambda: from_archive(path))
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _checked(path, "text", lambda: from_text(path))
    words = (
        what_else(path) or "must be a .keras file; it is not a valid zip archive: it has no such beginning."
    )
    raise ValueError(f"{path} {words}")


def _checked(path: Path, part: str, read: Any) -> dict:
    """Return what is read; a ValueError names the file and the part of it that cannot be read."""
    try:
        config = read()
    except NoModel as error:
        raise ValueError(f"{path} {error}") from None
    except KeyError:
        words = what_else(path) or "must be a .keras file; it is an archive without config.json."
        raise ValueError(f"{path} {words}") from None
    except RecursionError:
        raise ValueError(f"{path} has a {part} that is nested too deeply.") from None
    except ValueError as error:
        raise ValueError(f"{path} has a {part} that cannot be read: {error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        reason = str(error) or type(error).__name__
        raise ValueError(f"{path} must be a .keras file; it is not a valid zip archive: {reason}") from None
    if not isinstance(config, dict):
        raise ValueError(f"{path} has a {part} that describes no model.")
    if "class_name" not in config:
        raise ValueError(f"{path} {what_else_json(config) or f'has a {part} that describes no model.'}")
    return config


class NoModel(Exception):
    """The file is sound and holds no model."""


def from_archive(path: Path) -> Any:
    """Return the description in a `.keras` archive, parsed."""
    with zipfile.ZipFile(path) as archive:
        return parsed(member(archive, "config.json"))


def from_text(path: Path) -> Any:
    """Return the description in a file that `model.to_json()` filled, parsed; TensorFlow.js wraps it."""
    with path.open("rb") as file:
        config = parsed(bounded(file.read(LIMIT + 1)))
    inside = config.get("modelTopology") if isinstance(config, dict) else None
    inside = inside.get(ATTRIBUTE, inside) if isinstance(inside, dict) else None
    return inside if isinstance(inside, dict) and "class_name" in inside else config


def attribute(path: Path) -> bytes:
    """Return the text that describes the model in an HDF5 file; no tensor is read, no link is followed."""
    import h5py

    from keras_cnns.keras_files.hdf5_strings import strings

    try:
        with h5py.File(path, "r") as file:
            if not h5py.h5a.exists(file.id, ATTRIBUTE.encode()):
                names = set(file)  # of the first level alone
                if "layer_names" in file.attrs or names & {*EMPTY_LAYERS, "model_weights"} or "vars" in names:
                    raise NoModel(
                        "holds weights only, and no description of the model that they are for. Build the "
                        'model in Python, or save it whole: model.save("name.keras").'
                    )
                raise NoModel("is an HDF5 file that holds no model of Keras.")
            text = "".join(strings(file, ATTRIBUTE, path)[:1])
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        raise ValueError(f"the HDF5 file is damaged: {' '.join(str(error).split())[:200]}") from None
    return bounded(text.encode("utf-8", "surrogatepass"))


def checked_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """Return an archive's entry, unless it is packed in a way that may take any memory to unpack."""
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("it is compressed in a way that Keras does not use.")
    return info


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a file of the archive; the size limit holds whatever size the archive claims."""
    with archive.open(checked_member(archive, name)) as file:
        return bounded(file.read(LIMIT + 1))


def bounded(data: bytes) -> bytes:
    """Return the data; a ValueError if it is longer than a description may be."""
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
