"""Residual blocks that are wide inside and narrow where they are added, by the names that papers give them.

Sources: MobileNetV2 (arXiv 1801.04381), Fig. 3b; EfficientNet (1905.11946), Table 1; EfficientNetV2
(2104.00298), Fig. 2 and Table 4; ConvNeXt (2201.03545), Fig. 4.
"""

import re
from collections.abc import Callable, Sequence

from keras_cnns.diagram.fold.parts import Box, Fork, Part
from keras_cnns.graph import Shape

INVERTED, WITH_GATE, FUSED, CONVNEXT = "inverted residual", "MBConv", "Fused-MBConv", "ConvNeXt block"
NO_WIDER = "MBConv1"  # EfficientNet's factor 1
POINTWISE = ("conv 1×1", "dense")
DEPTHWISE = re.compile(r"conv dw (\d+×\d+)")
WINDOW = re.compile(r"conv (?!1×1)(\d+×\d+)")


def is_also_without_shortcut(name: str) -> bool:
    """Whether papers give the first block of a stage, which has no shortcut, the name of the others."""
    return name.startswith((INVERTED, WITH_GATE, FUSED))


def widened(branch: Sequence[Part], entry: Shape, width: Callable[[Box], int | None]) -> str | None:
    """Return the name of a block by the branch beside its shortcut; None if it is not one of these.

    Args:
        branch: of the block.
        entry: the shape of what comes into the block.
        width: returns how many channels a box gives.
    """
    layers = [part for part in branch if isinstance(part, Box) and part.label != "multiply"]
    gated = len(layers) < len(branch)
    if len(layers) not in (2, 3) or gated and not _is_gated(branch):
        return None
    channels = entry[-1] if entry else None
    widths = [width(layer) or 0 for layer in layers]
    first, second, last = layers[0].label, layers[1].label, layers[-1].label
    if not channels or min(widths) == 0 or last not in POINTWISE:
        return None
    if any("groups" in layer.typical.notes for layer in layers):
        return None
    window = DEPTHWISE.fullmatch(first)
    if gated and window and len(layers) == 2 and widths[0] == channels:
        return f"{NO_WIDER} {window[1]}"
    if widths[-2] <= widths[-1]:
        return None
    if len(layers) == 2:
        window = WINDOW.fullmatch(first)
        return f"{FUSED} {window[1]}" if window else None
    window = DEPTHWISE.fullmatch(second)
    if first == "conv 1×1" and window and widths[0] == widths[1]:
        return f"{WITH_GATE} {window[1]}" if gated else INVERTED
    mixes = second in POINTWISE and widths[0] == channels and not gated
    return CONVNEXT if mixes and DEPTHWISE.fullmatch(first) else None


def _is_gated(branch: Sequence[Part]) -> bool:
    """Whether all that is not in series is one gate, before the last layer."""
    if len(branch) < 4:
        return False
    fork, join = branch[-3:-1]
    if not isinstance(fork, Fork) or not isinstance(join, Box):
        return False
    plain = all(isinstance(part, Box) for part in [*branch[:-3], branch[-1]])
    full = [gate for gate in fork.branches if gate]
    pooled = [isinstance(gate[0], Box) and gate[0].label.startswith("global") for gate in full]
    return plain and len(fork.branches) == 2 and pooled == [True]
