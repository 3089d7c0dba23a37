"""A lane whose blocks, equal and in a row, each have an output, as in deep supervision."""

from collections.abc import Callable, Hashable, Sequence

from keras_cnns.diagram.fold.fused import Fused
from keras_cnns.diagram.fold.parts import Box, Mesh, Part, Tapped, as_box
from keras_cnns.diagram.fold.series_parallel import decompose
from keras_cnns.diagram.fold.side_branches import Chain, Split
from keras_cnns.diagram.fold.taps import FEWEST


def with_heads(
    fused: Sequence[Fused], parts: Split, label: Callable[[Box], Hashable]
) -> tuple[list[Part], list[Chain]]:
    """Return the lane with the heads of its blocks, and the chains that it is made of; or nothing.

    The outputs are taken for what one box joins: blocks that it would read are those that have heads.
    """
    lane, *others = parts.chains
    taken = {source for chain in others for source in chain.sources}
    heads = [chain for chain in others if chain.sources and taken.isdisjoint(chain.nodes)]
    if len(heads) + 1 < FEWEST:
        return [], []
    nodes = sorted(n for chain in (lane, *heads) for n in chain.nodes)
    read = {source for chain in others if chain not in heads for source in chain.sources}
    join = Fused("merge", "", -1, [], [chain.nodes[-1] for chain in (lane, *heads)])
    series = decompose([*fused, join], [*nodes, len(fused)], read | parts.inner_outputs, label)
    tapped = series[-2] if len(series) > 1 else None
    if not isinstance(tapped, Tapped):
        return [], []
    tapped.outputs = True
    for mesh in (part for part in tapped.body if isinstance(part, Mesh)):
        for i in mesh.taps:
            as_box(mesh.cells[i][-1]).instances[0].notes["output"] = ""
    return series[:-1], [lane, *heads]
