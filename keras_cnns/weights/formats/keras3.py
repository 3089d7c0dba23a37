"""Files that Keras 3 saves: `.weights.h5`, and the weights in `.keras`."""

import shutil
import tempfile
import warnings
import zipfile
from collections import Counter
from math import prod
from pathlib import Path

import h5py
import keras

from keras_cnns.keras_files.architecture import checked_member, load_architecture

NOT_WEIGHTS = ("optimizer", "seed_generator")


def is_keras3_file(path: Path) -> bool:
    """Whether Keras 3 wrote this file: an archive, or HDF5 without the list of layers that Keras 2 writes."""
    if path.suffix == ".keras":
        return True
    if path.suffix not in (".h5", ".hdf5") or not h5py.is_hdf5(path):
        return False
    try:
        with h5py.File(path, "r") as file:
            return "layer_names" not in file.attrs and "model_weights" not in file
    except OSError as error:
        raise ValueError(f"{path} is not a valid HDF5 file: {error}") from None


def load_keras3_file(model: keras.Model, path: Path) -> None:
    """Load a file that `model.save` or `model.save_weights` wrote; if that fails, the model is unchanged."""
    if not path.is_file():
        raise ValueError(f"no such weights file: {path}.")
    if path.suffix == ".keras":
        with tempfile.TemporaryDirectory() as folder:
            load_keras3_file(model, extracted(model, path, Path(folder)))
        return
    check_shapes(model, path)
    before = model.get_weights()
    try:
        with warnings.catch_warnings():
            # The optimizer of a new model has no state yet; only the weights matter here.
            warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")
            model.load_weights(path)
    except Exception as error:  # whatever a damaged file makes Keras raise
        model.set_weights(before)
        reason = " ".join(str(error).split())[:300]
        raise ValueError(f"{path} does not fit model {model.name!r}: {reason}") from None


def extracted(model: keras.Model, path: Path, folder: Path) -> Path:
    """Put the weights of an archive into `folder`, if its model is this one."""
    from keras_cnns import architectures  # noqa: F401  registers the layers that our networks define
    from keras_cnns.weights.architecture_difference import first_difference

    difference = first_difference(load_architecture(path), model)
    if difference:
        raise ValueError(f"{path} holds another model than {model.name!r}: {difference}.")
    limit = 2 * sum(4 * prod(weight.shape) for weight in model.variables) + 2**24
    with zipfile.ZipFile(path) as archive:
        if "model.weights.h5" not in archive.namelist():
            raise ValueError(f"{path} has no model.weights.h5.")
        try:
            info = checked_member(archive, "model.weights.h5")
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        if info.file_size > 2 * limit:  # with an optimizer's two slots
            raise ValueError(f"{path} is larger than the weights of {model.name!r} and its optimizer.")
        target = folder / f"{path.stem}.weights.h5"
        with archive.open(info) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    return target


def check_shapes(model: keras.Model, path: Path) -> None:
    """Refuse a file with other tensors than the model's, or with tensors stored in other files."""
    found: list[tuple[int, ...]] = []

    def visit(name: str, item) -> None:
        if isinstance(item, h5py.Dataset) and not set(name.split("/")) & set(NOT_WEIGHTS):
            if item.external or item.is_virtual:
                raise ValueError(f"{path} stores {name[:80]!r} in another file, which is not opened.")
            found.append(item.shape)

    try:
        with h5py.File(path, "r") as file:
            check_links(file, path)
            file.visititems(visit)
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{path} is not a valid HDF5 file: {error}") from None
    wanted = Counter(tuple(weight.shape) for weight in model.weights)
    surplus, missing = Counter(found) - wanted, wanted - Counter(found)
    if surplus or missing:
        raise ValueError(
            f"{path} does not fit model {model.name!r}: it has {len(found)} tensors for {len(model.weights)} "
            f"weights; missing shapes {list(missing)[:3]}, unused shapes {list(surplus)[:3]}."
        )


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
