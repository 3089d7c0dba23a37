"""What is known of the networks from outside this project: a file for each file of architectures.

Each number comes from a paper's tables, from an abstract page of arXiv ("Submitted on"), the ACM/IEEE page of
LeNet's paper and that of NIPS 2012, from torchvision, timm, keras.applications, or a tracer of its own; none
from the code that is tested. Accuracies are those of one central crop:
Caffe's models/bvlc_alexnet/readme.md and bvlc_googlenet/readme.md; torchvision's table of weights, V1;
tensorflow/models, research/slim/README.md; github.com/KaimingHe/deep-residual-networks (errors 24.7/7.8,
23.6/7.1, 23.0/6.7); Inception-v4's Table 2 (21.3/5.5); Xception's Table 1; ResNeXt's Tables 3 and 4 (22.2,
21.2/5.6 and 20.4/5.3). Caffe's paper was submitted on 20 June 2014 and numbered in August.

A file has `NETWORKS`, and where they apply `PAPERS` (title, first and last author and how many there are,
month of the first public version, number on arXiv or address), `OPTIONS` (a network, its options, trainable
and other parameters, multiply-adds), `PEERS` (how a network is compared with PyTorch's, see
`Peer`) and `MISTAKES` (a case of these, a passage of our file, a mistake in its place, which must show),
`APPLICATIONS` (keras.applications' name, the size of images to compare on, our options, theirs) and
`APPLICATION_MISTAKES` (a network, passage, mistake), `NOT_COMPARED` (networks that no library defines).
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """A network: title and paper; depth, receptive field and last map; accuracies and whose they are.

    `landmarks` has output shapes that the paper's tables and figures print, by the layer's name.
    """

    title: str
    paper: str
    depth: int
    field: int
    last_map: tuple[int, ...]
    accuracy: tuple[float, float | None, str] | None = None
    landmarks: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Peer:
    """How one of our networks is compared with PyTorch's definition of it.

    Attributes:
        build: takes the module `support.torch_peers` and the size (height, width) of the images; returns the
            peer and its weighted layers in the order in which a depth-first walk of our graph meets ours.
        size: of the images; sides that shrink as even and as odd numbers see most mistakes.
        options: of our factory.
        precisions: of "float32" and "float64".
        network: ours, if the name of the case is another.
        gammas: what those of the peer's normalizations are around; half where many blocks amplify rounding.
    """

    build: Callable[[Any, tuple[int, int]], Any]
    size: tuple[int, int] = (64, 97)
    options: dict[str, Any] = field(default_factory=dict)
    precisions: tuple[str, ...] = ("float32", "float64")
    network: str = ""
    gammas: float = 1.0


FILES = {
    each.name: importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)
}


def together(name: str) -> Any:
    """Return what the files have under a name: dictionaries as one, lists as one."""
    found = [value for file in FILES.values() if (value := getattr(file, name, None))]
    if all(isinstance(value, dict) for value in found):
        return {key: each for value in found for key, each in value.items()}
    return [each for value in found for each in value]


NETWORKS: dict[str, Row] = together("NETWORKS")
PAPERS = together("PAPERS")
OPTIONS = together("OPTIONS")
PEERS: dict[str, Peer] = together("PEERS")
APPLICATIONS = together("APPLICATIONS")
MISTAKES = together("MISTAKES")
APPLICATION_MISTAKES = together("APPLICATION_MISTAKES")
NOT_COMPARED: dict[str, str] = together("NOT_COMPARED")
