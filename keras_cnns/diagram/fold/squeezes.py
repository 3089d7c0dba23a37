"""Modules that begin with a pointwise convolution, as SqueezeNet's: it squeezes what the others expand.

In a series such a convolution stands before what branches out. It is part of the module if an equal one
stands before each of the modules that are alike, and makes fewer channels than the module gives.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from keras_cnns.diagram.fold.parts import Fork, as_box
from keras_cnns.diagram.fold.segments import Segment
from keras_cnns.fingerprints import Interner
from keras_cnns.graph import Vertex
from keras_cnns.layer_kinds import channels, spatial

FEWEST_MODULES = 2


def with_squeezes(segments: list[Segment], vertices: Sequence[Vertex], number: Interner) -> list[Segment]:
    """Make one segment, marked as `squeezed`, of each module and the convolution that squeezes before it.

    Args:
        segments: a series.
        vertices: what the boxes' instances count.
        number: gives the signatures.
    """
    before: dict[int, list[int | None]] = defaultdict(list)
    for first, module in pairwise([None, *segments]):
        if module and _expands(module):
            squeezes = first and _squeezes(first, module, vertices)
            before[module.signature].append(first.signature if first and squeezes else None)
    led = {
        module
        for module, found in before.items()
        if len(found) >= FEWEST_MODULES and len({*found}) == 1 and found[0] is not None
    }
    merged: list[Segment] = []
    for segment in segments:
        if segment.signature in led and segment.branches_out:
            first = merged.pop()
            signature = number(("squeezed", first.signature, segment.signature))
            whole = [*first.series, *segment.series]
            segment = replace(segment, series=whole, signature=signature, squeezed=True)
        merged.append(segment)
    return merged


def _expands(module: Segment) -> bool:
    """Whether it is a module of several branches, each of which computes."""
    fork = module.series[0] if not module.is_open else None
    return isinstance(fork, Fork) and not fork.ways and all(fork.branches)


def _squeezes(first: Segment, module: Segment, vertices: Sequence[Vertex]) -> bool:
    """Whether it is a pointwise convolution that makes fewer channels than the module gives."""
    if not first.is_box or first.kind != "conv" or first.read_outside:
        return False
    box, join = as_box(first.series[0]), as_box(module.series[-1])
    if not re.fullmatch(r"conv 1(×1)*", box.label) or "from" in box.instances[0].notes:
        return False
    convolution, end = vertices[box.instances[0].anchor], vertices[join.instances[0].anchor]
    layer, made = convolution.operation, convolution.shapes[0]
    as_large = spatial(layer, made) == spatial(layer, vertices[convolution.sources[0]].shapes[0])
    return as_large and (channels(layer, made) or 0) < (channels(layer, end.shapes[0]) or 0)
