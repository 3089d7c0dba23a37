"""What is known of a network of the catalogue, and words that several of them share."""

import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keras_cnns.catalog.papers import Paper

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

IMAGENET = (224, 224, 3)
INCEPTION = (299, 299, 3)

# Who published the accuracies. TF-Slim is the code of Inception's authors; ResNet's and SENet's used Caffe.
CAFFE_WEIGHTS = "BVLC's weights for Caffe"
AUTHORS = "the authors' weights for Caffe"
PAPER = "the paper"
KERAS = "Keras' weights"
TF_SLIM = "TF-Slim's weights"
TORCHVISION = "torchvision's weights"


@dataclass(frozen=True, kw_only=True)
class Network:
    """One factory: its name, file, paper and the numbers that a faithful model must have.

    The counts hold for the default `in_shape` and `n_classes`.

    Attributes:
        name: the function that builds it, and the name that `create` takes.
        title: the name in print.
        module: the file in `keras_cnns.architectures`, without its suffix; rows are in a file of that name.
        paper: where it was published.
        section: of the paper, where it is described; it orders files that share a paper.
        in_shape: the default input, (height, width, channels).
        n_classes: the default number of classes.
        smallest: the smallest height and width of an input.
        sensible: the smallest with which no window slides over a map of 1x1, where it sees one value and only
            padding around it; None if that is `smallest`.
        trainable: how many trainable parameters it has.
        non_trainable: how many others it has, the moving averages of batch normalization.
        macs: multiply-adds of convolution and dense kernels for one image, which papers print as "FLOPs".
        checked_against: the source that these counts agree with exactly.
        introduced: what was new about it.
        see: what to look for in its picture, for someone who meets it for the first time. Words in “…” and
            counts such as ×22 stand so in the picture that `plot_model` draws; a test looks.
        family: what its blocks are, one of `keras_cnns.gallery.charts.FAMILIES`.
        top1: accuracy in per cent on the validation images of ILSVRC 2012, of one model that looks at one
            central crop; None if no figure for this very network is known. Training and the scaling before
            the crop differ between sources, so small differences mean little.
        top5: the same for the five likeliest classes.
        top1_source: who published these accuracies.
        has_aux: whether the factory's `aux=True` adds auxiliary classifiers.
    """

    name: str
    title: str
    module: str
    paper: Paper
    section: str = ""
    in_shape: tuple[int, int, int]
    n_classes: int = 1000
    smallest: int
    sensible: int | None = None
    trainable: int
    non_trainable: int = 0
    macs: int
    checked_against: str
    introduced: str
    see: str
    family: str
    top1: float | None = None
    top5: float | None = None
    top1_source: str | None = None
    has_aux: bool = False

    @property
    def factory(self) -> "Callable[..., keras.Model]":
        """The function that builds it; this imports Keras."""
        return getattr(importlib.import_module(f"keras_cnns.architectures.{self.module}"), self.name)

    @property
    def defaults(self) -> dict[str, object]:
        """The factory's options, its keyword-only parameters, with the paper's choice; this imports Keras."""
        parameters = inspect.signature(self.factory).parameters.values()
        return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}

    @property
    def options(self) -> tuple[str, ...]:
        """The names of the factory's options, apart from input, classes and optimizer; this imports Keras."""
        return tuple(self.defaults)

    @property
    def file(self) -> Path:
        """The standalone source file."""
        return Path(__file__).parent.parent / "architectures" / f"{self.module}.py"
