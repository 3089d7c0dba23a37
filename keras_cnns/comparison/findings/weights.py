"""How much a finding weighs: what builds a network comes before what fills it in.

A missing module comes before a padding, wherever they are. Of one weight, what comes first in the network is
first.
"""

from __future__ import annotations

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import MERGES
from keras_cnns.comparison.findings.finding import Finding

# Attributes from the heaviest to the lightest; those of one line weigh the same.
ATTRIBUTES = (
    ("in_shape", "order of the model's inputs"),
    (
        "kind",
        "order in blocks",
        "separable",
        "stem",
        "shortcut",
        "at each position",
        "inputs",
        "outputs",
        "shared weights",
    ),
    (
        "function",
        "statistic",
        "axis",
        "axes",
        "place",
        "place of the gate",
        "order of inputs",
        "channels",
        "code",
        "joined along",
    ),
    (
        "filters",
        "growth rate",
        "compression",
        "expansion",
        "multiplier",
        "groups",
        "maps read from",
        "kernel",
        "window",
        "strides",
        "place of the stride",
        "dilation",
    ),
    ("padding", "place of the padding", "padded with zeros"),
    ("bias", "scale", "center"),
    ("epsilon",),
)
BY_ATTRIBUTE = {name: weight for weight, names in enumerate(ATTRIBUTES) for name in names}
# All other attributes: settings of layers, and what only training uses.
OTHER = 5
# What is missing or extra weighs as much as the heaviest kind in it.
MODULES = {"convolution", "depthwise convolution", "dense", *MERGES}
BY_KIND = dict.fromkeys(MODULES, 1) | {"zero padding": 4, "dropout": 6}
OTHER_KIND = 2


def weight(pairing: Pairing, finding: Finding) -> int:
    """Return the place of a finding among others, 0 first."""
    if finding.kind in ("changed", "rewired"):
        return BY_ATTRIBUTE.get(str(finding.attribute), OTHER)
    graph = pairing.reference if finding.kind == "missing" else pairing.student
    kinds = [graph.nodes[i].kind for i in finding.reference or finding.student]
    return min(BY_KIND.get(kind, OTHER_KIND) for kind in kinds)
