"""State dictionaries of PyTorch, `.pth`: read by PyTorch's safe loader, which executes nothing in them."""

import zipfile
from pathlib import Path

import numpy as np

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
}


class StateDict(Tensors):
    """The tensors of a state dictionary, also of one under the key "state_dict" of a checkpoint."""

    spelling = SPELLING

    def __init__(self, path: Path):
        super().__init__(path)
        check_unpacked_size(path)
        try:
            import torch
        except ImportError:
            raise ImportError(
                f'{path.name} is read by PyTorch; pip install "keras-cnns[torch]", or use weights in another '
                "format: `keras-cnns weights` lists them."
            ) from None
        try:
            found = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # whatever a damaged or malicious file makes PyTorch raise
            reason = " ".join(str(error).split())[:200]
            raise ValueError(
                f"{path} was not opened: it holds more than tensors, or is damaged. {reason}"
            ) from None
        if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
            found = found["state_dict"]
        if not isinstance(found, dict) or not all(torch.is_tensor(value) for value in found.values()):
            raise ValueError(f"{path} must hold a state dictionary, tensors by name; it does not.")
        self.values = found
        self.shapes = {str(name): tuple(value.shape) for name, value in found.items()}

    def read(self, name: str) -> np.ndarray:
        return self.values[name].detach().float().numpy()


def check_unpacked_size(path: Path) -> None:
    """Refuse an archive that grows when opened: PyTorch does not compress its own."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > 2 * path.stat().st_size + 2**20:
        raise ValueError(f"{path} was not opened: it would unpack to {unpacked:,} bytes.")
