"""Files that Keras 3 saves: `.weights.h5`, and the weights in `.keras`."""

import shutil
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import h5py
import keras
import numpy as np

from keras_cnns.keras_files import checksums
from keras_cnns.keras_files.description import checked_member
from keras_cnns.keras_files.hdf5_strings import strings
from keras_cnns.weights.formats.hdf5 import check_bytes, check_stored_here
from keras_cnns.weights.formats.reading import check_finite, reason

WEIGHTS = "model.weights.h5"
NOT_WEIGHTS = {"optimizer", "seed_generator"}
KINDS = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}

Tensor = tuple[tuple[int, ...], str]  # shape and kind of numbers


def is_keras3_file(path: Path) -> bool:
    """Whether Keras 3 wrote this file: an archive, or HDF5 without the list of layers that Keras 2 writes."""
    if path.suffix == ".keras":
        return True
    if path.suffix not in (".h5", ".hdf5") or not h5py.is_hdf5(path):
        return False
    with h5py.File(path, "r") as file:
        return "layer_names" not in file.attrs and "model_weights" not in file


@contextmanager
def weights_file(model: keras.Model, path: Path) -> Iterator[Path]:
    """Give the HDF5 file of weights: the file itself, or the one in an archive while the block runs."""
    if not path.is_file():
        raise ValueError(f"no such weights file: {path}.")
    if path.suffix != ".keras":
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        yield extracted(model, path, Path(folder))


def load_checked(model: keras.Model, file: Path, path: Path) -> None:
    """Load an HDF5 file, which errors call `path`."""
    check_tensors(model, file, path)
    with unchanged_after_an_error(model), warnings.catch_warnings():
        # The optimizer of a new model has no state yet; only the weights matter here.
        warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")
        # Keras says this of every model inside another, whose layers it then finds at another place.
        warnings.filterwarnings("ignore", "Skipping nested container")
        try:
            model.load_weights(file)
        except Exception as error:  # whatever a damaged file makes Keras raise
            raise ValueError(f"{path} does not fit model {model.name!r}: {reason(error)}.") from None
        for weight in model.weights:
            if kind_of_numbers(weight) == "float":
                layer, _, name = weight.path.rpartition("/")
                values = keras.ops.convert_to_numpy(weight)
                check_finite(values, f"weight {name!r} of layer {layer!r}", path)


@contextmanager
def unchanged_after_an_error(model: keras.Model) -> Iterator[None]:
    """Give every variable of a model its value back if the block fails or is interrupted."""
    optimizer = getattr(model, "optimizer", None)  # a model that was not compiled has none
    variables = [*model.variables, *(optimizer.variables if optimizer else [])]
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    try:
        yield
    except BaseException:
        for variable, value in zip(variables, before):
            variable.assign(value)
        raise


def extracted(model: keras.Model, path: Path, folder: Path) -> Path:
    """Put the weights of an archive into `folder`, if it is undamaged."""
    limit = 2 * sum(4 * prod(weight.shape) for weight in model.variables) + 2**24
    with zipfile.ZipFile(path) as archive:
        if WEIGHTS not in archive.namelist():
            raise ValueError(f"{path} has no {WEIGHTS}.")
        try:
            info = checked_member(archive, WEIGHTS)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        if info.file_size > 2 * limit:  # with an optimizer's two slots
            raise ValueError(f"{path} is larger than the weights of {model.name!r} and its optimizer.")
        checksums.check(archive)
        target = folder / f"{path.stem}.weights.h5"
        with archive.open(info) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    return target


def check_sound(file: Path, path: Path) -> dict[str, Tensor]:
    """Return the tensors in a file; refuse links, tensors stored in other files, and claims of too much."""
    datasets: list[h5py.Dataset] = []

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            check_stored_here(item, name)
            datasets.append(item)

    with h5py.File(file, "r") as opened:
        check_links(opened, path)
        opened.visititems(visit)
        tensors = {each.name: tensor(each, file) for each in datasets}
        found = {name: tensors[name] for name in tensors if not set(name.split("/")) & NOT_WEIGHTS}
        check_bytes(datasets, file)
    return found


def check_tensors(model: keras.Model, file: Path, path: Path) -> None:
    """Refuse a file with other tensors than the model's, or with tensors stored in other files."""
    found = check_sound(file, path)
    if problem := shape_mismatch(model, file, path):
        raise ValueError(f"{path} does not fit model {model.name!r}: {problem}.")
    with h5py.File(file, "r") as opened:
        check_kinds(model, opened, found, file, path)


def shape_mismatch(model: keras.Model, file: Path, path: Path) -> str | None:
    """Say which shapes are missing or unused, unless there is a tensor for each weight, and no other."""
    found = check_sound(file, path)
    wanted = Counter(tuple(weight.shape) for weight in model.weights)
    present = Counter(shape for shape, _ in found.values())
    surplus, missing = present - wanted, wanted - present
    if not surplus and not missing:
        return None
    return (
        f"it has {len(found)} tensors for {len(model.weights)} weights; missing shapes {list(missing)[:3]}, "
        f"unused shapes {list(surplus)[:3]}"
    )


def check_kinds(
    model: keras.Model, opened: h5py.File, found: dict[str, Tensor], file: Path, path: Path
) -> None:
    """Raise a ValueError if whole or complex numbers, say, would become floating-point weights."""
    surplus = Counter(found.values()) - Counter(
        (tuple(each.shape), kind_of_numbers(each)) for each in model.weights
    )
    for name, (shape, kind) in found.items():
        if (shape, kind) in surplus:
            group = opened[name].parent
            layer = strings(group, "name", file)[0] if "name" in group.attrs else ""
            raise ValueError(
                f"{path} was not loaded: tensor {name[:80]!r}, of layer {layer[:80]!r}, holds "
                f"{opened[name].dtype} numbers, a type that no weight of this shape has in {model.name!r}."
            )


def tensor(dataset: h5py.Dataset, file: Path) -> Tensor:
    """The shape of a dataset and its kind of numbers; Keras notes bfloat16, which HDF5 lacks, beside it."""
    if "dtype" in dataset.attrs and strings(dataset, "dtype", file) == ["bfloat16"]:
        return dataset.shape, "float"
    return dataset.shape, KINDS.get(dataset.dtype.kind, "other")


def kind_of_numbers(variable: keras.Variable) -> str:
    """The kind of numbers that a variable holds."""
    dtype = keras.backend.standardize_dtype(variable.dtype)
    return next((kind for kind in ("float", "int", "bool", "complex") if kind in dtype), "other")


def check_links(file: h5py.File, path: Path) -> None:
    """Refuse links, which HDF5 follows into other files, and groups that contain themselves."""
    stack, visited = [file], set()
    while stack:
        group = stack.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in visited:
            raise ValueError(f"{path} has a group that is in several places.")
        visited.add(address)
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"{path} links {name[:80]!r} to elsewhere, which is not opened.")
            if isinstance(group[name], h5py.Group):
                stack.append(group[name])
