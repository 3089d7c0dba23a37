"""State dictionaries of PyTorch, `.pth`: read by PyTorch's safe loader, which executes nothing in them."""

import zipfile
from pathlib import Path

import numpy as np

from keras_cnns.weights.formats import require_reader
from keras_cnns.weights.formats.pickles import check_nesting
from keras_cnns.weights.formats.reading import reason
from keras_cnns.weights.formats.tensors import Tensors

SPELLING = {
    "convolution": {"kernel": ".weight", "bias": ".bias"},
    "separable": {"depthwise_kernel": ".conv1.weight", "pointwise_kernel": ".pointwise.weight"},
    "dense": {"kernel": ".weight", "bias": ".bias"},
    "normalization": {
        "gamma": ".weight",
        "beta": ".bias",
        "moving_mean": ".running_mean",
        "moving_variance": ".running_var",
    },
    "depthwise": {"kernel": ".weight", "bias": ".bias"},
    "layer normalization": {"gamma": ".weight", "beta": ".bias"},
    "scale": {"gamma": ""},  # a parameter of its own, not of a module
}
ARCHIVE = b"PK\x03\x04"
PICKLES = 5  # at the start of a file of the format before 2020; the numbers follow
CHUNK = 1 << 20


class StateDict(Tensors):
    """The tensors of a state dictionary, also of one under the key "state_dict" of a checkpoint."""

    spelling = SPELLING

    def __init__(self, path: Path):
        super().__init__(path)
        try:
            check_container(path)
        except Exception as error:  # whatever a damaged or malicious file makes the readers raise
            raise refused(path, error) from None
        require_reader(path)
        import torch

        try:
            found = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise refused(path, error) from None
        if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
            found = found["state_dict"]
        if not isinstance(found, dict) or not all(torch.is_tensor(value) for value in found.values()):
            raise ValueError(f"{path} must hold a state dictionary, tensors by name; it does not.")
        self.values = {str(name): value.detach() for name, value in found.items()}
        self.shapes = {name: tuple(value.shape) for name, value in self.values.items()}

    def read(self, name: str) -> np.ndarray:
        value = self.values[name]
        # NumPy lacks some of PyTorch's types; float32 holds all of those.
        narrow = value.is_floating_point() and value.element_size() < 4
        return (value.float() if narrow else value).numpy()

    def forget(self, name: str) -> None:
        del self.values[name]


def refused(path: Path, error: Exception) -> ValueError:
    """The error for a file that is not opened; PyTorch's own advises to run what is in it."""
    text = reason(error)
    if "Weights only load failed" in text:
        _, found, detail = str(error).partition("WeightsUnpickler error:")
        text = reason(ValueError(detail)) if found else "PyTorch's safe loader refuses it"
    return ValueError(f"{path} was not opened: it holds more than tensors, or is damaged. {text}.")


def check_container(path: Path) -> None:
    """Refuse a file that would grow when it is opened, is damaged, or would keep Python busy for ever."""
    with path.open("rb") as file:
        if file.read(len(ARCHIVE)) == ARCHIVE:
            check_archive(path)
            return
        file.seek(0)
        for _ in range(PICKLES):
            check_nesting(file)


def check_archive(path: Path) -> None:
    """Compare the checksums, which PyTorch writes and does not read, and look into the pickles."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > 2 * path.stat().st_size + 2**20:
            raise ValueError(f"it would unpack to {unpacked:,} bytes")
        if len({member.filename for member in members}) < len(members):
            raise ValueError("two of its members have the same name")
        for member in members:
            if member.CRC:  # 0 where PyTorch was asked to write none
                with archive.open(member) as content:
                    while content.read(CHUNK):
                        pass
            if member.filename.endswith(".pkl"):
                with archive.open(member) as pickled:
                    check_nesting(pickled)
