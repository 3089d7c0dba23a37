"""What a file is that holds no description of a Keras model, and what to give instead.

A person who gives such a file has a model, in another form or in another place. Only the first bytes are
read, and the names in a folder or an archive.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path

from keras_cnns.safe_text import shortened

READ = 4096  # bytes
MOST_NAMES = 10_000  # of a folder or an archive

SAVE_AGAIN = 'Load it where it was written and save the model as one file: model.save("name.keras").'
IN_PYTHON = "It holds no Keras model. Build the network in Keras."
FROM_TORCH = (
    "It holds no Keras model, and its weights do not say how they are connected. For a network of this "
    "package, keras_cnns.load_weights loads them."
)
DOWNLOAD = "Download the file itself again."

# How a file begins, what it is then, and what to do.
BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs", "a Git LFS pointer, not the file that it stands for", "Run git lfs pull."),
    (b"\x89PNG", "a picture", ""),
    (b"\xff\xd8\xff", "a picture", ""),
    (b"GIF8", "a picture", ""),
    (b"%PDF", "a PDF document", ""),
    (b"\x1f\x8b", "a gzip archive", "Unpack it, and give the file in it."),
    (b"BZh", "a bzip2 archive", "Unpack it, and give the file in it."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it, and give the file in it."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it, and give the file in it."),
    (b"Rar!", "a RAR archive", "Unpack it, and give the file in it."),
    (b"\x93NUMPY", "an array of NumPy, which holds numbers only", SAVE_AGAIN),
    (b"\x80", "a pickle, which runs code when it is opened", SAVE_AGAIN),
)
# How the name of a file ends, for formats that have no beginning of their own.
ENDINGS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    ((".onnx",), "an ONNX graph", IN_PYTHON),
    ((".pb", ".pbtxt"), "a graph of TensorFlow, without Keras' description of the layers", SAVE_AGAIN),
    (
        (".index", ".ckpt", ".data-00000-of-00001"),
        "part of a checkpoint, which holds weights only",
        SAVE_AGAIN,
    ),
    ((".pt", ".pth", ".bin"), "a file of PyTorch", FROM_TORCH),
    (
        (".py",),
        "a Python program, which is not run here",
        'Run it, and save its model: model.save("name.keras").',
    ),
    ((".yaml", ".yml"), "a YAML text", "Keras reads none since 2.6. Use model.to_json(), or save the model."),
    ((".mlmodel",), "a Core ML model", IN_PYTHON),
    ((".caffemodel", ".prototxt"), "a file of Caffe", IN_PYTHON),
)


def what_else(path: Path) -> str | None:
    """Return what a file or folder is, as the end of a sentence, and what to do; None if it is not known."""
    if path.is_dir():
        return _folder(path)
    with path.open("rb") as file:
        start = file.read(READ)
    if not start:
        return f"has nothing in it. {DOWNLOAD}"
    if start[:2] == b"PK":
        return _archive(path)
    for beginning, kind, advice in BEGINNINGS:
        if start.startswith(beginning):
            if kind.startswith("a pickle") and path.suffix in (".pt", ".pth", ".bin"):
                break
            return f"is {kind}. {advice}".rstrip()
    return _by_signature(start) or _by_ending(path) or _text(start)


def what_else_json(config: dict) -> str | None:
    """Return what a JSON text is that describes no model."""
    if "nbformat" in config:
        return 'is a notebook. Run it, and save its model: model.save("name.keras").'
    if "model_type" in config or "architectures" in config:
        return f"is the configuration of a model of Hugging Face. {IN_PYTHON}"
    if "keras_version" in config or "format" in config:
        return f"describes no layers. {SAVE_AGAIN}"
    return None


def _by_signature(start: bytes) -> str | None:
    if start[4:8] == b"TFL3":
        return f"is a TensorFlow Lite model, which has no layers of Keras left. {SAVE_AGAIN}"
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 2**27:
        return f"is a file of safetensors, which holds weights only. {FROM_TORCH}"
    head = start.lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return f"is a web page, saved in place of the file. {DOWNLOAD}"
    return f"is an XML text. {DOWNLOAD}" if head.startswith(b"<?xml") else None


def _by_ending(path: Path) -> str | None:
    name = path.name.lower()
    return next((f"is {kind}. {advice}" for ends, kind, advice in ENDINGS if name.endswith(ends)), None)


def _text(start: bytes) -> str | None:
    try:
        start[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return None
    if b"\0" in start:
        return None
    return f"must be a .keras file; it is not a valid zip archive: it is a text. {DOWNLOAD}"


def _folder(path: Path) -> str | None:
    names = set(_first(each.name for each in path.iterdir()))
    if "saved_model.pb" in names:
        return (
            f"is a SavedModel, which holds TensorFlow's graph and no description of the layers. {SAVE_AGAIN}"
        )
    if "config.json" in names and any(name.endswith(".weights.h5") for name in names):
        return "is an unpacked .keras file. Give the config.json in it."
    if "checkpoint" in names or any(name.endswith(".index") for name in names):
        return f"is a folder of checkpoints, which hold weights only. {SAVE_AGAIN}"
    if models := sorted(name for name in names if name.endswith((".keras", ".h5"))):
        return f"is a folder. Give a file in it, such as {shortened(models[0])}."
    return None


def _archive(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = list(_first(archive.namelist()))
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError):
        return None
    leaves = {name.rpartition("/")[2] for name in names}
    if "data.pkl" in leaves:
        return f"is a file of PyTorch. {FROM_TORCH}"
    if models := sorted(name for name in names if name.endswith((".keras", ".h5"))):
        return f"is a zip archive with {shortened(models[0])} in it. Unpack it, and give that."
    if "saved_model.pb" in leaves:
        return f"is a zip archive of a SavedModel. {SAVE_AGAIN}"
    if "config.json" in leaves:
        return "is a zip archive of a folder with config.json in it. Unpack it, and give that."
    if "[Content_Types].xml" in leaves:
        return "is a document of an office program."
    if leaves and all(name.endswith(".npy") for name in leaves):
        return f"is a file of NumPy arrays, which holds numbers only. {SAVE_AGAIN}"
    return None


def _first(names: Iterable[str]) -> Iterable[str]:
    return (name for _, name in zip(range(MOST_NAMES), names))
