"""The mistakes that have a name: what is often built in place of a published network, and who says so.

Rules look at what differs, never at which network it is, and the first that fits names it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keras_cnns.comparison.alignment.pairing import Finding, Pairing
from keras_cnns.comparison.canonical.nodes import MERGES
from keras_cnns.comparison.findings.context import Sight

Rule = Callable[["Sight"], bool]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A deviation with a name, what to say about it, and where to read about it."""

    name: str
    sentence: str
    source: str = ""


def name(pairing: Pairing, finding: Finding) -> Mistake | None:
    """Return the mistake that a finding is, if it has a name."""
    sight = Sight(pairing, finding)
    return next((mistake for mistake, rule in RULES if rule(sight)), None)


def _is_shortcut(sight: Sight) -> bool:
    return sight.only("missing", "add") or (
        sight.finding.attribute == "inputs" and sight.kinds[0] in MERGES - {"concatenate"}
    )


def _is_moved(sight: Sight, kind: str, across: set[str]) -> bool:
    """Whether nodes of a kind stand on the other side of a node of another."""
    finding = sight.finding
    if not sight.is_("rewired", "place") or sight.kinds[0] != kind:
        return False
    pairs, nodes = sight.pairing.pairs, sight.pairing.yours.nodes
    readers = {node.kind for node in nodes if finding.yours[-1] in node.sources}
    sources = {nodes[source].kind for i in finding.yours for source in nodes[i].sources}
    return bool(pairs) and bool((readers | sources) & across)


def _is_before_addition(sight: Sight) -> bool:
    return _is_moved(sight, "activation", {"add"}) and "add" in sight.before()


def _is_global_head(sight: Sight) -> bool:
    if not sight.only("extra", "pooling") or sight.mine[0].facts["window"] != "whole map":
        return False
    return "dense" in sight.after()


def _is_activation(sight: Sight, kind: str) -> bool:
    return sight.only(kind, "activation")


def _is_softmax(sight: Sight) -> bool:
    return _is_activation(sight, "missing") and sight.theirs[0].facts.get("function") == "softmax"


def _is_extra_softmax(sight: Sight) -> bool:
    return _is_activation(sight, "extra") and sight.mine[0].facts.get("function") == "softmax"


def _is_separable(sight: Sight) -> bool:
    return sight.changed("separable") or sight.changed("kind", "convolution", "depthwise convolution")


def _is_smaller_kernel(sight: Sight) -> bool:
    return sight.changed("kernel", (3, 3), (5, 5))


def _is_classes(sight: Sight) -> bool:
    return sight.changed("filters") and sight.is_output()


RULES: list[tuple[Mistake, Rule]] = [
    (
        Mistake(
            "stride in the 3×3",
            "The stride sits on another layer of the block: the same weights, another "
            "network. With the stride on the 3×3 of a bottleneck it is ResNet v1.5.",
            "He et al. 2015 and its Caffe release; torchvision trains v1.5",
        ),
        lambda s: s.changed("place of the stride"),
    ),
    (
        Mistake("wrong number of classes", "The last layer must have one unit for each class."),
        _is_classes,
    ),
    (
        Mistake(
            "other input",
            "The images that go in have another size or other channels; what follows from "
            "that is not listed.",
        ),
        lambda s: s.changed("in_shape"),
    ),
    (
        Mistake(
            "one tower",
            "In the reference the maps are split into groups, and a filter sees only those of "
            "its own: the two towers of AlexNet, the paths of ResNeXt.",
            "Krizhevsky et al. 2012, Fig. 2; Xie et al. 2016, Fig. 3",
        ),
        lambda s: s.changed("groups", 1),
    ),
    (
        Mistake("other number of groups", "The maps are split into another number of groups."),
        lambda s: s.changed("groups"),
    ),
    (
        Mistake(
            "full convolution for a separable one",
            "A separable convolution treats each map on its own first, then mixes them with a 1×1.",
            "Chollet 2016, Section 1",
        ),
        _is_separable,
    ),
    (
        Mistake(
            "3×3 for 5×5",
            "The window is smaller than the paper's, as in a known slip of TF-Slim and "
            "torchvision in GoogLeNet's 5×5 towers.",
            "Szegedy et al. 2014, Table 1",
        ),
        _is_smaller_kernel,
    ),
    (
        Mistake("other kernel", "The window of the convolution has another size."),
        lambda s: s.changed("kernel"),
    ),
    (
        Mistake("other number of filters", "The layer makes another number of maps."),
        lambda s: s.changed("filters") or s.changed("multiplier"),
    ),
    (
        Mistake("other stride", "The window moves in other steps, so that all later maps have another size."),
        lambda s: s.changed("strides"),
    ),
    (
        Mistake(
            "other padding",
            'The border is treated in another way. With a stride, "same" pads more after '
            "than before, where Caffe and torch pad alike on every side: shapes agree, values do not.",
            "the padding rules of TensorFlow and Caffe",
        ),
        lambda s: s.changed("padding"),
    ),
    (
        Mistake("other dilation", "The taps of the window lie at other distances."),
        lambda s: s.changed("dilation"),
    ),
    (
        Mistake(
            "gamma in batch normalization",
            "The scale (gamma) is there in one network and not in the other; "
            "Inception's authors leave it out, since a ReLU follows.",
            "TF-Slim's Inception definitions",
        ),
        lambda s: s.changed("scale") and s.kinds[0] == "batch normalization",
    ),
    (
        Mistake(
            "beta in batch normalization", "The shift (beta) is there in one network and not in the other."
        ),
        lambda s: s.changed("center"),
    ),
    (
        Mistake(
            "other epsilon",
            "Batch normalization divides by the root of variance plus epsilon; with trained "
            "weights another epsilon gives other values.",
            "Keras' default is 1e-3, Caffe's and torch's 1e-5",
        ),
        lambda s: s.changed("epsilon"),
    ),
    (
        Mistake(
            "batch normalization for response normalization",
            "Batch normalization came three years after AlexNet and normalizes each map over the batch; "
            "the reference divides each place by the maps next to it.",
            "Krizhevsky et al. 2012, Section 3.3",
        ),
        lambda s: s.changed("kind", "batch normalization", "local response normalization"),
    ),
    (
        Mistake(
            "other constants of response normalization",
            "The constants differ. Caffe divides alpha by the "
            "size of the window, and its k is 1 where the paper's is 2.",
            "Krizhevsky et al. 2012, Section 3.3",
        ),
        lambda s: (
            s.finding.kind == "changed"
            and s.kinds[0] == "local response normalization"
            and not s.changed("kind")
        ),
    ),
    (Mistake("bias", "One of the two layers adds a bias, the other does not."), lambda s: s.changed("bias")),
    (
        Mistake(
            "average for max-pooling", "The strongest answer counts in the reference, the mean in yours."
        ),
        lambda s: s.changed("statistic", "average", "max"),
    ),
    (
        Mistake(
            "max for average pooling", "The mean counts in the reference, the strongest answer in yours."
        ),
        lambda s: s.changed("statistic", "max", "average"),
    ),
    (
        Mistake(
            "other pooling window",
            "The pooling window has another size; where it is larger than its stride, windows overlap.",
            "Krizhevsky et al. 2012, Section 3.4",
        ),
        lambda s: s.changed("window"),
    ),
    (
        Mistake(
            "pooling for trained sub-sampling",
            "The reference multiplies by a coefficient and adds a bias, "
            "both trained; plain pooling does not.",
            "LeCun et al. 1998, Section II.B",
        ),
        lambda s: s.changed("kind", "pooling") and "sampling" in str(s.finding.values[1]).lower(),
    ),
    (
        Mistake("other activation", "The activation is another function."),
        lambda s: s.changed("function") and s.kinds[0] == "activation",
    ),
    (
        Mistake(
            "ReLU before the addition",
            "The activation belongs after the sum of block and shortcut; before it "
            "a block can only ever add.",
            "He et al. 2015, Fig. 2",
        ),
        _is_before_addition,
    ),
    (
        Mistake(
            "projection before the pooling",
            "In the module's last tower pooling comes first, then the 1×1 convolution.",
            "Szegedy et al. 2014, Fig. 2b",
        ),
        lambda s: _is_moved(s, "pooling", {"convolution", "activation", "batch normalization"}),
    ),
    (
        Mistake(
            "activation and batch normalization swapped",
            "Batch normalization comes before the activation.",
            "Ioffe and Szegedy 2015, Section 3.2",
        ),
        lambda s: (
            _is_moved(s, "activation", {"batch normalization"})
            or _is_moved(s, "batch normalization", {"activation"})
        ),
    ),
    (Mistake("other order", "The layer is there, in another place."), lambda s: s.is_("rewired", "place")),
    (
        Mistake(
            "towers in another order",
            "The maps of the towers are joined in another order: trained weights of "
            "the layer that follows would not fit.",
        ),
        lambda s: s.is_("rewired", "order of inputs"),
    ),
    (
        Mistake(
            "shortcut",
            "The sum of a block and its shortcut is what makes it residual; here the shortcut is "
            "missing or starts elsewhere.",
            "He et al. 2015, Fig. 2",
        ),
        _is_shortcut,
    ),
    (Mistake("other inputs", "The layer reads others."), lambda s: s.is_("rewired", "inputs")),
    (
        Mistake(
            "other outputs",
            "The model gives out other tensors; auxiliary classifiers belong to training only.",
            "Szegedy et al. 2014, Section 5",
        ),
        lambda s: s.is_("rewired", "outputs"),
    ),
    (
        Mistake(
            "softmax missing",
            "Without it the outputs are no probabilities. That is right only with a loss "
            "made for it (from_logits=True).",
        ),
        _is_softmax,
    ),
    (Mistake("extra softmax", "The reference gives out what comes before the softmax."), _is_extra_softmax),
    (
        Mistake(
            "activation missing after the addition",
            "The sum of block and shortcut is activated.",
            "He et al. 2015, Fig. 2",
        ),
        lambda s: _is_activation(s, "missing") and "add" in s.before(),
    ),
    (
        Mistake("activation missing", "Without an activation two layers in a row compute no more than one."),
        lambda s: _is_activation(s, "missing"),
    ),
    (
        Mistake(
            "activation before the addition",
            "What is added is not activated first, or a block could only ever add.",
            "He et al. 2015, Fig. 2",
        ),
        lambda s: _is_activation(s, "extra") and "add" in s.after(),
    ),
    (Mistake("extra activation", "The reference has none here."), lambda s: _is_activation(s, "extra")),
    (
        Mistake(
            "batch normalization missing",
            "It belongs between convolution and activation.",
            "Ioffe and Szegedy 2015, Section 3.2",
        ),
        lambda s: s.only("missing", "batch normalization"),
    ),
    (
        Mistake(
            "extra batch normalization",
            "The reference has none here; before 2015 no network has any.",
            "Ioffe and Szegedy 2015",
        ),
        lambda s: s.only("extra", "batch normalization"),
    ),
    (
        Mistake(
            "response normalization missing",
            "It belongs after the activation of the first convolutions.",
            "Krizhevsky et al. 2012, Section 3.3",
        ),
        lambda s: s.only("missing", "local response normalization"),
    ),
    (
        Mistake(
            "global pooling head",
            "The reference flattens the last map, so that its dense layer sees every "
            "place: in VGG that is most of the parameters.",
            "Simonyan and Zisserman 2014, Section 2.1",
        ),
        _is_global_head,
    ),
    (
        Mistake("flattened head", "The reference takes the mean of each map before its classifier."),
        lambda s: s.only("missing", "pooling") and s.theirs[0].facts["window"] == "whole map",
    ),
    (Mistake("pooling missing", "A pooling layer is missing."), lambda s: s.only("missing", "pooling")),
    (Mistake("extra pooling", "The reference does not pool here."), lambda s: s.only("extra", "pooling")),
    (
        Mistake(
            "residual scaling",
            "The block's answer is scaled before it is added.",
            "Szegedy et al. 2016, Section 3.3",
        ),
        lambda s: "rescaling" in s.kinds[:1] and len(s.kinds) == 1,
    ),
    (Mistake("dropout", "Dropout differs; it matters in training only."), lambda s: "dropout" in s.kinds[:1]),
    (
        Mistake(
            "auxiliary classifier",
            "A classifier on the side belongs to training; one of the two models has it.",
            "Szegedy et al. 2014, Section 5",
        ),
        lambda s: len(s.kinds) > 2 and s.gives_out(),
    ),
    (
        Mistake("too few blocks", "The reference repeats this more often."),
        lambda s: s.finding.kind == "missing" and s.again(),
    ),
    (
        Mistake("too many blocks", "The reference repeats this less often."),
        lambda s: s.finding.kind == "extra" and s.again(),
    ),
    (
        Mistake("tower missing", "One of the towers that are joined here is missing."),
        lambda s: s.finding.kind == "missing" and s.joins_less(),
    ),
    (
        Mistake("layer missing", "What the reference has here is missing."),
        lambda s: s.finding.kind == "missing",
    ),
    (
        Mistake("extra layer", "The reference has nothing of the kind here."),
        lambda s: s.finding.kind == "extra",
    ),
    (Mistake("other kind of layer", "Another kind of layer stands here."), lambda s: s.changed("kind")),
]
