"""Why a finding matters, as far as what was found supports it.

The table of mistakes says what holds of all of them. Here stands what holds only in some networks, each with
the condition under which it does.
"""

from __future__ import annotations

from collections.abc import Callable

from keras_cnns import mistakes
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalNode
from keras_cnns.comparison.findings.conditions import has_stride
from keras_cnns.comparison.findings.context import FindingContext
from keras_cnns.comparison.findings.finding import Finding
from keras_cnns.comparison.report.wording import value_text
from keras_cnns.mistakes import Mistake

Explanation = tuple[str, str]
LAYERS_WITH_WEIGHTS = ("convolution", "depthwise convolution", "dense")
TENSORFLOW_CONSTANTS = {"size": 11, "k": 1, "alpha": 1, "beta": 0.5}


def explanation(pairing: Pairing, finding: Finding, mistake: Mistake | None) -> Explanation:
    """Return why a finding matters, and who says so; "" if there is nothing to say."""
    if mistake is None:
        return "", ""
    context = FindingContext(pairing, finding)
    own = _OWN.get(mistake.name)
    more = own(context) if own else None
    if more is None:
        return mistake.sentence, mistake.source
    sentence, source = more
    return f"{mistake.sentence} {sentence}".strip(), source or mistake.source


def _overlap(context: FindingContext) -> Explanation | None:
    attributes = context.theirs[0].attributes
    if "strides" not in attributes or attributes["window"] == "whole map":
        return None
    if all(size > step for size, step in zip(attributes["window"], attributes["strides"])):
        return "The reference's windows overlap: they are larger than their stride.", _OVERLAPPING
    return None


_OVERLAPPING = "Krizhevsky et al. 2012, Section 3.4"


def _no_normalization(context: FindingContext) -> Explanation | None:
    if any(node.kind == "batch normalization" for node in context.pairing.reference.nodes):
        return None
    return "It has no batch normalization at all, a method of 2015.", "Ioffe and Szegedy 2015"


def _constants(context: FindingContext) -> Explanation | None:
    finding = context.finding
    values = dict([(str(finding.attribute), finding.values), *finding.more])
    mine = {name: value[0] for name, value in values.items()}
    if len(mine) > 2 and all(TENSORFLOW_CONSTANTS.get(name) == value for name, value in mine.items()):
        return "Yours are the defaults of TensorFlow's function.", ""
    if values.get("k") in ((1, 2), (1.0, 2.0)):
        return "Caffe's k is 1, the paper's 2.", ""
    first, second = values.get("alpha", (None, None))
    size = context.theirs[0].attributes.get("size")
    if not (isinstance(first, float) and isinstance(second, float) and size and first and second):
        return None
    if abs(max(first / second, second / first) - size) < 0.01 * size:
        return "Caffe divides alpha by the number of neighbours.", ""
    return None


def _towers(context: FindingContext) -> Explanation | None:
    if not context.is_in_tower():
        return None
    return (
        "TF-Slim and torchvision are known to have 3×3 in GoogLeNet's 5×5 towers.",
        "Szegedy et al. 2014, Table 1",
    )


def _gamma(context: FindingContext) -> Explanation | None:
    if context.finding.values != (True, False) or "activation" not in context.after():
        return None
    return (
        "Inception's authors leave it out before a ReLU, whose next layer can scale as well.",
        "TF-Slim's Inception definitions",
    )


def _paths(context: FindingContext) -> Explanation | None:
    if context.finding.values[1] == 2:
        return "AlexNet was split so over two graphics cards.", "Krizhevsky et al. 2012, Fig. 2"
    return "ResNeXt calls them the paths of a block.", "Xie et al. 2016, Fig. 3"


def _linear(context: FindingContext) -> Explanation | None:
    """Whether the layers before and after what is missing have weights and nothing between them."""
    if not {*context.before()} | {*context.after()} <= {"convolution", "dense"} or not context.after():
        return None
    return "Two such layers in a row compute no more than one.", ""


def _rectified(context: FindingContext) -> Explanation | None:
    functions = {node.attributes.get("function") for node in context.mine}
    return ("After a ReLU a block could only ever add.", "") if functions == {"relu"} else None


def _order(context: FindingContext) -> Explanation | None:
    """The reference's order of normalization and activation, which the source gives if it is that one."""
    if _comes_first(context, "batch normalization"):
        return "The reference normalizes first.", ""
    return "The reference activates first.", ""


def _comes_first(context: FindingContext, kind: str) -> bool:
    """Whether, in the reference, what was moved is of this kind and read by the other, or reads one of it."""
    moved = context.theirs[-1]
    if moved.kind == kind:
        return "activation" in context.after()
    return kind in context.before()


def _resized(context: FindingContext) -> Explanation | None:
    nodes = context.theirs or context.mine
    if not has_stride(nodes[0].attributes):
        return None
    if context.finding.kind == "missing":
        return "It also makes the map smaller, so that all later windows see more of the image.", ""
    return "It also makes the map smaller than the reference's.", ""


def _missed_pixels(context: FindingContext) -> Explanation | None:
    """How many rows and columns of the image are in no window of the student's first convolution."""
    node = context.mine[0]
    attributes = node.attributes
    if node.kind != "convolution" or "channels" in attributes or not has_stride(attributes):
        return None
    if any(map(any, attributes["padding"])) or {*attributes.get("dilation", (1,))} != {1}:
        return None
    image = context.pairing.student.nodes[node.sources[0]]
    if image.kind != "input":
        return None
    sizes, kernel, strides = image.shape[1:-1], attributes["kernel"], attributes["strides"]
    if None in sizes or len(sizes) != 2:
        return None
    missed = [
        size - window - (size - window) // step * min(window, step)
        for size, window, step in zip(sizes, kernel, strides)
    ]
    if not any(missed):
        return None
    rows, columns = (f"{n} {word}{'' if n == 1 else 's'}" for n, word in zip(missed, ("row", "column")))
    return f"Without it, {rows} and {columns} of the {value_text(sizes)} pixels are in no window.", ""


def _size_of_alexnet(context: FindingContext) -> Explanation | None:
    """Why images of 224 stand for 227, where the first windows are 11×11 with a stride of 4."""
    if context.kinds[0] != "input":
        return None
    mine, theirs = context.finding.values
    if (mine[:2], theirs[:2]) != ((224, 224), (227, 227)):
        return None
    graph = context.pairing.reference
    first = [graph.nodes[reader].attributes for reader in graph.readers()[context.finding.reference[0]]]
    if [(one.get("kernel"), one.get("strides")) for one in first] != [((11, 11), (4, 4))]:
        return None
    return (
        "AlexNet's paper prints 224, but windows of 11×11 with a stride of 4 give its map of 55×55 on images "
        "of 227, or with padding.",
        "Krizhevsky et al. 2012, Fig. 2",
    )


def _depth(context: FindingContext) -> Explanation | None:
    with_weights = sum(node.kind in LAYERS_WITH_WEIGHTS for node in context.theirs or context.mine)
    with_weights *= len(context.finding.places)
    if not with_weights:
        return None
    word = "less" if context.finding.kind == "missing" else "more"
    layers = "layer" if with_weights == 1 else "layers"
    return f"Counted by its {', '.join(_kinds(context))}, the network has {with_weights} {layers} {word}.", ""


def _kinds(context: FindingContext) -> list[str]:
    def plural(node: CanonicalNode) -> str:
        return "dense layers" if node.kind == "dense" else f"{node.kind}s"

    nodes = (node for node in context.theirs or context.mine if node.kind in LAYERS_WITH_WEIGHTS)
    return list(dict.fromkeys(map(plural, nodes)))


_OWN: dict[str, Callable[[FindingContext], Explanation | None]] = {
    mistakes.DIFFERENT_INPUT_SHAPE.name: _size_of_alexnet,
    mistakes.DIFFERENT_PADDING.name: _missed_pixels,
    mistakes.DIFFERENT_POOLING_WINDOW.name: _overlap,
    mistakes.EXTRA_BATCH_NORMALIZATION.name: _no_normalization,
    mistakes.DIFFERENT_RESPONSE_CONSTANTS.name: _constants,
    mistakes.THREE_FOR_FIVE.name: _towers,
    mistakes.GAMMA.name: _gamma,
    mistakes.ONE_TOWER.name: _paths,
    mistakes.ACTIVATION_MISSING.name: _linear,
    mistakes.ACTIVATION_BEFORE_ADDITION.name: _rectified,
    mistakes.ACTIVATION_AND_NORMALIZATION_SWAPPED.name: _order,
    mistakes.POOLING_MISSING.name: _resized,
    mistakes.EXTRA_POOLING.name: _resized,
    mistakes.LAYER_MISSING.name: _depth,
    mistakes.EXTRA_LAYER.name: _depth,
}
