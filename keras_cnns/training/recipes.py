"""How the papers trained their networks: a row for each, with the source of each number.

A row says what was done, on ImageNet if it is not said otherwise. `scaled` makes of it what is done here, on
other data, with another batch. `RECIPES` has the rows.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from keras_cnns.arguments import checked_choice, checked_flag, checked_int, shown
from keras_cnns.catalog.facts import NETWORKS, find_network
from keras_cnns.training.view import FROM_0_TO_1, View

MEAN_COLOUR = (123.68, 116.779, 103.939)  # of ImageNet, in the order RGB
WARM_UP = 5  # epochs, where the batch is more than twice the paper's


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train a network.

    Attributes:
        sources: what each number comes from: names of attributes, separated by spaces, and the source.
        optimizer: "sgd", "rmsprop" or "adam".
        rate: the learning rate at the start.
        schedule: "constant", "cosine" and "linear" (down to 0), "steps" (see `drops`), "exponential"
            (× `factor` after `every` epochs, at once), "inverse" (Caffe's, with `gamma` and `power`), or
            "plateau" (× `factor` when the loss on held-out images has not fallen for `patience` epochs).
        drops: epochs after which the rate becomes another, and what it is multiplied by from then on.
        batch: images in a step.
        epochs: passes over the images.
        momentum, rho, epsilon: the optimizer's.
        decay: L2 on kernels, through the gradient.
        smoothing: of the labels.
        clip: the largest norm of all gradients together.
        averaging: the momentum of a running average of the weights; it is what is tested and kept.
        head_epochs: the first epochs, in which only the classifier learns. After them everything does but
            the batch normalizations in front of it.
        head_rate: the learning rate of these epochs.
        view: how the network sees images.
        notes: what is replaced or left out here.
    """

    sources: tuple[tuple[str, str], ...]
    optimizer: str = "sgd"
    rate: float
    schedule: str
    drops: tuple[tuple[float, float], ...] = ()
    factor: float = 0.1
    every: float = 1.0
    patience: int = 5
    gamma: float = 0.0
    power: float = 0.0
    batch: int
    epochs: int
    warm_up: int = 0
    momentum: float = 0.0
    rho: float = 0.9
    epsilon: float = 1e-7
    decay: float = 0.0
    smoothing: float = 0.0
    clip: float | None = None
    averaging: float | None = None
    head_epochs: int = 0
    head_rate: float = 0.0
    view: View = FROM_0_TO_1
    notes: tuple[str, ...] = ()


SMALL = Recipe(
    sources=(
        ("optimizer rate schedule batch epochs view", "chosen here, for a laptop and some hundred images"),
    ),
    optimizer="adam",
    rate=0.003,
    schedule="cosine",
    batch=32,
    epochs=30,
)
# Keras' guide "Transfer learning & fine-tuning" has `Adam()` for the classifier, a rate of 0.001, then
# `Adam(1e-5)` for all; with a rate that falls to zero, a few hundred images need the tenfold.
FINE_TUNING = Recipe(
    sources=(
        ("optimizer head_rate", "Keras' guide “Transfer learning & fine-tuning”: Adam()"),
        ("rate", "chosen here, for some hundred images; the guide has 1e-05, which does not fall"),
        ("head_epochs schedule batch epochs", "chosen here, for some hundred images"),
        ("view", "as the weights expect"),
    ),
    optimizer="adam",
    head_epochs=5,
    head_rate=0.001,
    rate=1e-4,
    schedule="cosine",
    batch=32,
    epochs=15,
    notes=("Batch normalizations keep their weights and averages, as the guide advises.",),
)
LENET = Recipe(
    sources=(
        ("optimizer rate schedule drops batch epochs", "the paper, section III.B"),
        ("view", "the paper, section II.B"),
    ),
    rate=5e-4,
    schedule="steps",
    drops=((2, 0.4), (5, 0.2), (8, 0.1), (12, 0.02)),
    batch=1,
    epochs=20,
    view=View((20.0,), (200.0,), distortion="none"),  # from -0.1 to 1.175
    notes=(
        "The paper divides each weight's rate by an estimate of the curvature; plain SGD is used instead.",
        "The paper's loss has a term for rubbish images; cross-entropy is used instead.",
    ),
)
CAFFE = Recipe(
    sources=(
        (
            "optimizer rate schedule gamma power batch epochs momentum decay view",
            "Caffe's lenet_solver, on MNIST",
        ),
    ),
    rate=0.01,
    schedule="inverse",
    gamma=1e-4,
    power=0.75,
    batch=64,
    epochs=11,  # 10,000 steps of 64, of 60,000 images
    momentum=0.9,
    decay=5e-4,
    view=View((0.0,), (256.0,), distortion="none"),
    notes=("Caffe decays biases, too.",),
)
NO_COLOURS = "Random changes of colours are left out."
ONE_MEAN = "The mean image that is subtracted is replaced by ImageNet's mean colour."
ALEXNET = Recipe(
    sources=(
        ("optimizer rate batch epochs momentum decay view", "the paper, sections 2, 4.1 and 5"),
        ("schedule drops", "BVLC's solver: 100,000 steps of 256 images; the paper: by hand, three times"),
    ),
    rate=0.01,
    schedule="steps",
    drops=((20, 0.1), (40, 0.01), (60, 1e-3), (80, 1e-4)),
    batch=128,
    epochs=90,
    momentum=0.9,
    decay=5e-4,
    view=View(MEAN_COLOUR, (1.0,), True, "crop"),
    notes=(NO_COLOURS, ONE_MEAN, "The paper tests ten crops of an image; here one is tested."),
)
OWT = replace(
    ALEXNET,
    sources=(
        ("optimizer rate schedule drops batch epochs momentum decay view", "torchvision's reference script"),
    ),
    drops=((30, 0.1), (60, 0.01)),
    batch=256,
    decay=1e-4,
    view=View((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), True, "area"),
    notes=(),
)
ZFNET = Recipe(
    sources=(
        ("optimizer rate schedule batch epochs momentum", "the paper, section 3, recalled and not looked up"),
        ("decay", "AlexNet's; the paper gives none"),
        ("view", "AlexNet's"),
    ),
    rate=0.01,
    schedule="plateau",
    batch=128,
    epochs=70,
    momentum=0.9,
    decay=5e-4,
    view=ALEXNET.view,
    notes=(ONE_MEAN, "Filters of the first layer that grow too large are not rescaled."),
)
SQUEEZENET = Recipe(
    sources=(
        ("optimizer rate schedule batch momentum decay", "the authors' solver for Caffe"),
        ("epochs", "the authors' solver: 170,000 steps of 512 images, of 1,281,167"),
        ("view", "as AlexNet"),
    ),
    rate=0.04,
    schedule="linear",
    batch=512,
    epochs=68,
    momentum=0.9,
    decay=2e-4,
    view=ALEXNET.view,
    notes=(NO_COLOURS, ONE_MEAN),
)
VGG = Recipe(
    sources=(("optimizer rate schedule batch epochs momentum decay view", "the paper, section 3.1"),),
    rate=0.01,
    schedule="plateau",
    batch=256,
    epochs=74,
    momentum=0.9,
    decay=5e-4,
    view=View(MEAN_COLOUR, (1.0,), True, "crop", (256, 512)),
    notes=(NO_COLOURS, "The deep ones start from random weights, not from those of VGG-11."),
)
NIN = Recipe(
    sources=(
        (
            "optimizer rate schedule drops batch epochs momentum decay view",
            "the author's model for Caffe: 450,000 steps of 64 images, the rate falls every 200,000",
        ),
    ),
    rate=0.01,
    schedule="steps",
    drops=((10, 0.1), (20, 0.01)),
    batch=64,
    epochs=22,
    momentum=0.9,
    decay=5e-4,
    view=View(MEAN_COLOUR, (1.0,), True, "crop"),
    notes=(
        "Caffe's rate of biases is twice that of weights; here it is the same.",
        ONE_MEAN,
        "The paper has no network for ImageNet; the author published one later.",
    ),
)
NIN_CIFAR = replace(
    NIN,
    sources=(
        ("optimizer batch", "the paper, section 4.1"),
        ("rate momentum decay", "the author's solver of Caffe for CIFAR-10"),
        ("schedule drops epochs", "the author's instructions for cuda-convnet: 200 epochs, then 30, then 30"),
        ("view", "chosen here; the paper gives none"),
    ),
    rate=0.1,
    drops=((200, 0.1), (230, 0.01)),
    batch=128,
    epochs=260,
    decay=1e-4,
    view=View((127.5,), (127.5,), False, "turn"),
    notes=(
        NIN.notes[0],
        "Contrast normalization and ZCA whitening are replaced by a scale from -1 to 1.",
    ),
)
SLIM = "TF-Slim's code"
GOOGLENET = Recipe(
    sources=(
        ("optimizer schedule factor every momentum", "the paper, section 6"),
        ("view", "the paper, section 6, and BVLC's mean colour"),
        ("rate batch decay", "BVLC's solver"),
        ("epochs", "BVLC's quick_solver: 2.4 million steps of 32 images"),
        ("averaging", f"the paper, section 6; the momentum from {SLIM}"),
    ),
    rate=0.01,
    schedule="exponential",
    factor=0.96,
    every=8,
    batch=32,
    epochs=60,
    momentum=0.9,
    decay=2e-4,
    averaging=0.9999,
    view=View(MEAN_COLOUR, (1.0,), True, "area"),
    notes=(
        "The paper's workers change the weights without waiting for each other; here one does.",
        NO_COLOURS,
    ),
)
INCEPTION_V2 = replace(
    GOOGLENET,
    sources=(
        ("optimizer rate momentum batch", 'the paper, section 4.2, its network "BN-x30"'),
        ("schedule factor every", "the paper: six times faster than GoogLeNet's"),
        ("epochs", "the paper: 2.7 million steps of 32 images to the accuracy of GoogLeNet"),
        ("decay", SLIM),
        ("view", f"as GoogLeNet; the scale from {SLIM}"),
    ),
    rate=0.045,
    every=8 / 6,
    epochs=67,
    decay=4e-5,
    averaging=None,
    view=View((127.5,), (127.5,), True, "area"),
)
ZERO_START = (
    "Keras starts RMSProp's mean square at 0, TensorFlow 1 started it at 1: the first steps are up to "
    "√2 times larger."
)
INCEPTION_V3 = Recipe(
    sources=(
        (
            "optimizer rate schedule factor every batch epochs rho epsilon clip averaging",
            "the paper, section 8",
        ),
        ("smoothing", "the paper, section 7"),
        ("decay view", SLIM),
    ),
    optimizer="rmsprop",
    rate=0.045,
    schedule="exponential",
    factor=0.94,
    every=2,
    batch=32,
    epochs=100,
    rho=0.9,
    epsilon=1.0,
    decay=4e-5,
    smoothing=0.1,
    clip=2.0,
    averaging=0.9999,
    view=View((127.5,), (127.5,), True, "area"),
    notes=(*GOOGLENET.notes, ZERO_START, "The paper gives no momentum of the average; TF-Slim's is used."),
)
INCEPTION_V4 = replace(
    INCEPTION_V3,
    sources=(
        ("optimizer rate schedule factor every rho epsilon averaging", "the paper, section 4"),
        ("batch", "as Inception-v3; the paper gives none"),
        ("decay view", SLIM),
        ("epochs", "chosen here; the paper gives none"),
    ),
    epochs=160,
    smoothing=0.0,
    clip=None,
)
RESNET = Recipe(
    sources=(
        ("optimizer rate batch momentum decay view", "the paper, section 3.4"),
        ("schedule drops epochs", "fb.resnet.torch; the paper: where the error plateaus"),
    ),
    rate=0.1,
    schedule="steps",
    drops=((30, 0.1), (60, 0.01)),
    batch=256,
    epochs=90,
    momentum=0.9,
    decay=1e-4,
    view=View(MEAN_COLOUR, (1.0,), True, "crop", (256, 480)),
    notes=(NO_COLOURS, ONE_MEAN),
)
RESNET_CIFAR = replace(
    RESNET,
    sources=(
        ("optimizer rate schedule drops batch momentum decay", "the paper, section 4.2"),
        ("epochs", "the paper: 64,000 steps of 128, of 45,000 images"),
        ("view", "the paper, section 4.2; mean and deviation of the colours from fb.resnet.torch"),
    ),
    drops=((91, 0.1), (137, 0.01)),
    batch=128,
    epochs=182,
    view=View((125.3, 123.0, 113.9), (63.0, 62.1, 66.7), distortion="shift"),
    notes=("The paper subtracts the mean of each pixel; here it is that of the colour.",),
)
RESNET_110 = replace(
    RESNET_CIFAR,
    sources=(*RESNET_CIFAR.sources, ("warm_up", "the paper, section 4.2: 0.01 for about 400 steps")),
    warm_up=1,
    notes=(*RESNET_CIFAR.notes, "The rate rises in a straight line during the first epoch."),
)
RESNEXT = replace(
    RESNET,
    sources=(
        ("optimizer rate batch momentum decay", "the paper, section 4"),
        ("schedule drops epochs view", "the paper, section 4, which follows fb.resnet.torch"),
    ),
    drops=((30, 0.1), (60, 0.01), (90, 1e-3)),
    epochs=100,
    view=OWT.view,
    notes=(NO_COLOURS,),
)
WIDE_RESNET = replace(
    RESNET,
    sources=(("optimizer rate schedule drops batch epochs momentum decay view", "as ResNet"),),
)
WIDE_RESNET_CIFAR = replace(
    RESNET_CIFAR,
    sources=(
        ("optimizer rate schedule drops batch epochs momentum decay", "the authors' release"),
        ("view", "as ResNet for CIFAR-10"),
    ),
    drops=((60, 0.2), (120, 0.04), (160, 0.008)),
    epochs=200,
    decay=5e-4,
    notes=(
        "The authors have Nesterov's momentum; here it is the plain one.",
        "Where an image is moved, the authors mirror it at its edge; here the edge is zeros.",
    ),
)
XCEPTION = Recipe(
    sources=(
        ("optimizer rate schedule factor every momentum decay averaging", "the paper, section 4"),
        ("batch epochs", "chosen here; the paper gives none"),
        ("view", "as Inception-v3"),
    ),
    rate=0.045,
    schedule="exponential",
    factor=0.94,
    every=2,
    batch=32,
    epochs=100,
    momentum=0.9,
    decay=1e-5,
    averaging=0.9999,
    view=INCEPTION_V3.view,
    notes=(*GOOGLENET.notes, "The paper's 60 workers are replaced by one."),
)
RESNET_V2 = replace(
    RESNET,
    sources=(
        ("optimizer rate batch momentum decay view", "as ResNet, which the paper follows"),
        ("schedule drops epochs", "fb.resnet.torch, as for ResNet"),
    ),
)
DENSENET = replace(
    RESNET,
    sources=(
        ("optimizer rate momentum decay", "the authors' release"),
        ("schedule drops batch epochs", "the paper, section 4.2, recalled and not looked up"),
        ("view", "fb.resnet.torch, whose images the authors' release reads"),
    ),
    view=OWT.view,
    notes=(NO_COLOURS, "The authors have Nesterov's momentum; here it is the plain one."),
)
SENET = replace(
    RESNET,
    sources=(
        ("optimizer rate schedule drops batch epochs momentum", "the paper, recalled and not looked up"),
        ("decay", "as ResNet"),
        ("view", "crops of random area, chosen here; the colours as ResNet"),
    ),
    rate=0.6,
    drops=((30, 0.1), (60, 0.01), (90, 1e-3)),
    batch=1024,
    epochs=100,
    view=View(MEAN_COLOUR, (1.0,), True, "area"),
    notes=(
        ONE_MEAN,
        "For the challenge labels were smoothed, and batch normalization was frozen at the end.",
    ),
)
SHUFFLENET = replace(
    SENET,
    sources=(
        ("optimizer rate schedule batch decay", "the paper, recalled and not looked up"),
        ("epochs", "the paper: 300,000 steps of 1024 images, of 1,281,167"),
        ("momentum view", "as SENet; the paper gives none"),
    ),
    rate=0.5,
    schedule="linear",
    drops=(),
    epochs=240,
    decay=4e-5,
    notes=(ONE_MEAN,),
)
CONVNEXT = Recipe(
    sources=(
        ("optimizer rate schedule batch epochs warm_up smoothing averaging", "the authors' release"),
        ("view", "crops of random area, as timm has them, which the authors' release uses"),
    ),
    optimizer="adam",
    rate=4e-3,
    schedule="cosine",
    batch=4096,
    epochs=300,
    warm_up=20,
    smoothing=0.1,
    averaging=0.9999,
    view=OWT.view,
    notes=(
        "AdamW takes 0.05 of the rate off all kernels, beside the gradient; here Adam takes off nothing.",
        "RandAugment, mixup, CutMix and random erasing are left out.",
    ),
)

MOBILENET = replace(
    INCEPTION_V3,
    sources=(
        ("optimizer", "the paper, section 3.2"),
        ("rate schedule factor every batch epochs rho epsilon", "as Inception-v3; the paper gives none"),
        ("decay view", SLIM),
    ),
    smoothing=0.0,
    clip=None,
    averaging=None,
    notes=(*GOOGLENET.notes, "TF-Slim spares depthwise kernels the weight decay; here they have it, too."),
)
MOBILENET_V2 = replace(
    MOBILENET,
    sources=(
        ("optimizer rate schedule factor every batch rho momentum decay", "the paper, section 6.1"),
        ("epsilon", "as Inception-v3; the paper gives none"),
        ("epochs", "chosen here; the paper gives none"),
        ("smoothing averaging view", SLIM),
    ),
    factor=0.98,
    every=1,
    batch=96,
    epochs=200,
    momentum=0.9,
    smoothing=0.1,
    averaging=0.9999,
    notes=(*MOBILENET.notes, "The paper's 16 workers are replaced by one."),
)
MOBILENET_V3 = replace(
    MOBILENET_V2,
    sources=(
        ("optimizer rate schedule factor every batch momentum decay averaging", "the paper, section 6.1"),
        ("rho epsilon smoothing view", "as MobileNetV2; the paper gives none"),
        ("epochs", "chosen here; the paper gives none"),
    ),
    rate=0.1,
    factor=0.99,
    every=3,
    batch=4096,
    epochs=350,
    decay=1e-5,
    notes=MOBILENET.notes,
)
EFFICIENTNET = replace(
    MOBILENET_V3,
    sources=(
        ("optimizer rate schedule factor every rho momentum decay", "the paper, section 5.2"),
        ("batch epochs epsilon averaging smoothing", "chosen here, as MobileNetV3; the paper gives none"),
        ("view", "mean and deviation of ImageNet's colours, as the authors' code"),
    ),
    rate=0.256,
    factor=0.97,
    every=2.4,
    view=View((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), True, "area"),
    notes=(ZERO_START, "AutoAugment is left out."),
)
EFFICIENTNET_V2 = replace(
    EFFICIENTNET,
    sources=(
        ("optimizer rho momentum decay averaging", "the paper, section 5.1"),
        ("rate schedule factor every", "as EfficientNet"),
        ("batch epochs epsilon smoothing", "chosen here, as MobileNetV3"),
        ("view", "as Keras' weights expect"),
    ),
    view=View((128.0,), (128.0,), True, "area"),
    notes=(
        ZERO_START,
        "Images do not grow, as the paper's do; RandAugment and Mixup are left out.",
    ),
)
BY_MODULE = {
    "zfnet": ZFNET,
    "squeezenet": SQUEEZENET,
    "vgg": VGG,
    "inception_v1": GOOGLENET,
    "inception_v2": INCEPTION_V2,
    "inception_v3": INCEPTION_V3,
    "inception_v4": INCEPTION_V4,
    "inception_resnet": INCEPTION_V4,
    "resnet": RESNET,
    "resnet_cifar": RESNET_CIFAR,
    "resnext": RESNEXT,
    "wide_resnet": WIDE_RESNET_CIFAR,
    "xception": XCEPTION,
    "resnet_v2": RESNET_V2,
    "densenet": DENSENET,
    "senet": SENET,
    "shufflenet": SHUFFLENET,
    "shufflenet_v2": SHUFFLENET,
    "convnext": CONVNEXT,
    "mobilenet": MOBILENET,
    "mobilenet_v2": MOBILENET_V2,
    "mobilenet_v3": MOBILENET_V3,
    "efficientnet": EFFICIENTNET,
    "efficientnet_v2": EFFICIENTNET_V2,
}
BY_NAME = {
    "lenet_5": LENET,
    "lenet_caffe": CAFFE,
    "alexnet": ALEXNET,
    "alexnet_owt": OWT,
    "nin": NIN,
    "nin_cifar": NIN_CIFAR,
    "resnet110": RESNET_110,
    "wrn50_2": WIDE_RESNET,
    "wrn101_2": WIDE_RESNET,
}
RECIPES = {row.name: BY_NAME.get(row.name) or BY_MODULE[row.module] for row in NETWORKS}
CHOICES = ("small", "paper")
# Recipes whose paper lowered the rate where training no longer helped; the code has fixed epochs.
BY_HAND = {
    ALEXNET: "the paper, section 5: by hand, where the error on held-out images no longer fell",
    RESNET: "the paper, section 3.4: where the error plateaus",
    NIN: "the paper, section 4.1: where the accuracy of the training stops improving",
    NIN_CIFAR: "the paper, section 4.1: where the accuracy of the training stops improving",
}


def recipe(name: str, choice: str = "small", plateau: bool = False) -> Recipe:
    """Return the recipe of a network: "paper" is its own, "small" the one for all.

    Args:
        plateau: lower the rate where the loss on held-out images no longer falls, as these papers did, not
            after the epochs of the code that was released later.

    Raises:
        ValueError: for another choice, no network's name, or a plateau where the paper has none.
    """
    checked_choice("choice", choice, CHOICES)
    row = SMALL if choice == "small" else RECIPES[find_network(name).name]
    if not checked_flag("plateau", plateau) or row.schedule == "plateau":
        return row
    if row not in BY_HAND:
        able = [name for name, known in RECIPES.items() if known in BY_HAND or known.schedule == "plateau"]
        raise ValueError(
            f'plateau goes with recipe "paper" of {", ".join(able)}; got {name}, recipe {choice!r}.'
        )
    return replace(row, schedule="plateau", drops=(), sources=(*others(row), ("schedule", BY_HAND[row])))


def others(row: Recipe) -> Iterator[tuple[str, str]]:
    """Give the sources of a recipe but for those of its schedule."""
    for names, text in row.sources:
        kept = [name for name in names.split() if name not in ("schedule", "drops")]
        if kept:
            yield " ".join(kept), text


def fine_tuning(view: View = FROM_0_TO_1) -> Recipe:
    """Return the recipe for a network that has learned elsewhere, but for its classifier.

    At first the classifier learns alone, then everything with a smaller rate. Batch normalizations keep their
    weights and averages: those of few images would be worse.

    Args:
        view: how the weights expect images; they are cropped and mirrored.
    """
    if not isinstance(view, View):
        raise ValueError(f"view must be a training.View; got {shown(view)}.")
    return replace(FINE_TUNING, view=replace(view, cropped=True, distortion="crop"))


def scaled(
    given: Recipe, batch: int | None = None, epochs: int | None = None, rate: float | None = None
) -> Recipe:
    """Return the recipe for another batch, length or rate.

    The rate grows with the batch, and rises to it during five epochs where the batch more than doubles;
    Adam's rate stays, and so does one that is given; it is that of the whole network. What happens after so
    many epochs keeps its share of the whole.
    """
    batch = given.batch if batch is None else checked_int("batch_size", batch)
    epochs = given.epochs if epochs is None else checked_int("epochs", epochs)
    grows = given.optimizer != "adam" and rate is None
    share = epochs / given.epochs
    return replace(
        given,
        batch=batch,
        epochs=epochs,
        rate=given.rate * (batch / given.batch if grows else 1) if rate is None else checked_rate(rate),
        drops=tuple((epoch * share, factor) for epoch, factor in given.drops),
        every=given.every * share,
        head_epochs=min(epochs, max(1, round(given.head_epochs * share))) if given.head_epochs else 0,
        warm_up=min(WARM_UP, epochs // 2) if grows and batch > 2 * given.batch else given.warm_up,
    )


def checked_rate(rate: float) -> float:
    """Return a learning rate that is above 0."""
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < math.inf:
        raise ValueError(f"learning_rate must be above 0; got {shown(rate)}.")
    return float(rate)


def choices(given: Recipe, used: Recipe) -> list[tuple[str, str, str, str]]:
    """Return what a recipe says as lines: what it is about, the number, its source, and what is used here."""
    source = {name: text for names, text in given.sources for name in names.split()}
    lines = []
    for field in fields(Recipe):
        if field.name in source:
            was, now = (text_of(getattr(each, field.name)) for each in (given, used))
            lines.append((WORDS.get(field.name, field.name), was, source[field.name], now))
    return lines


WORDS = {
    "rate": "learning rate",
    "drops": "rate × after epoch",
    "factor": "rate ×",
    "every": "every so many epochs",
    "batch": "images in a step",
    "warm_up": "epochs in which the rate rises",
    "decay": "weight decay (L2)",
    "smoothing": "label smoothing",
    "clip": "largest norm of the gradients",
    "averaging": "average of the weights",
    "head_epochs": "epochs of the classifier alone",
    "head_rate": "learning rate in these epochs",
    "view": "pixels",
}


def text_of(value: Any) -> str:
    """Return a value of a recipe for people."""
    if isinstance(value, View):
        mean, std = (", ".join(f"{number:g}" for number in numbers) for numbers in (value.mean, value.std))
        how = {"none": "as it is", "turn": "turned, moved and zoomed", "crop": "random crop and mirror"}
        how |= {"shift": "moved and mirrored"}
        words = how.get(value.distortion, "random area and mirror")
        return f"(pixel - ({mean})) / ({std}){' in the order BGR' * (value.order == 'BGR')}; {words}"
    if isinstance(value, tuple):
        return ", ".join(f"{factor:g} after {epoch:.3g}" for epoch, factor in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
