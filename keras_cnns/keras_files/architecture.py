"""The architecture of an untrusted `.keras` file: none of its code runs, no weight is read."""

import json
import zipfile
import zlib
from pathlib import Path

import keras

from keras_cnns.keras_files.policy import objects, refusal
from keras_cnns.weightless import build_weightless

LIMIT = 16 * 2**20  # bytes of config.json; the largest of keras.applications, NASNetLarge, has 1.0 MB
HDF5 = b"\x89HDF\r\n\x1a\n"


def load_architecture(path: Path) -> keras.Model:
    """Build the model that a `.keras` file describes, without its weights and not compiled.

    Args:
        path: a file that `model.save("name.keras")` wrote.

    Returns:
        The model: its variables have shapes but no values. To use it, load the file with Keras.

    Raises:
        ValueError: if it is no such file, or names anything that is not safe to build; it says what to do.
        OSError: if it cannot be read.
    """
    config = read_config(path)
    for node in objects(config):
        node.pop("compile_config", None)  # optimizer, losses and metrics are no part of the architecture
        if reason := refusal(node):
            raise ValueError(f"{path} was not opened: it {reason}")
    try:
        model = build_weightless(keras.saving.deserialize_keras_object, config, safe_mode=True)
    except RecursionError:
        raise ValueError(f"{path} describes a model that is nested too deeply for Keras to build.") from None
    except Exception as error:  # whatever a damaged description makes Keras stumble over
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ValueError(f"{path} does not describe a model that can be built: {reason!r}") from error
    if not isinstance(model, keras.Model):
        raise ValueError(f"{path} must hold a model; it holds a {type(model).__name__}.")
    return model


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
                config = json.loads(member(archive, "config.json"))
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
