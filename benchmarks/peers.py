"""Peers of our networks: torchvision's, and runtimes on torchvision's files."""

import sys
from pathlib import Path
from typing import Any

NAMES = {"resnext50": "resnext50_32x4d", "alexnet_owt": "alexnet"}


def torchvision_model(name: str) -> Any:
    """torchvision's network that is called as ours, with random weights."""
    options = {"init_weights": False, "transform_input": False} if name == "inception_v3" else {}
    return getattr(_models(), NAMES.get(name, name))(weights=None, **options)


def _models() -> Any:
    """Its models are Python only; where its operators are for another PyTorch, two must be declared."""
    try:
        import torchvision
    except RuntimeError:
        import torch

        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision

        torchvision.declared_operators = library  # they last as long as this object does
    return torchvision.models


def torchvision_file(name: str, side: int, path: Path) -> Path:
    """Write torchvision's network as an ONNX file for any number of images."""
    import torch

    images = torch.zeros(2, 3, side, side)
    torch.onnx.export(
        torchvision_model(name).eval(),
        (images,),
        str(path),
        input_names=["images"],
        dynamic_axes={"images": {0: "n"}},
        dynamo=False,
    )
    return path
