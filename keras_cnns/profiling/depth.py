"""How deep a network is: weighted layers on the longest path.

This is the depth in names such as ResNet-50. Projected shortcuts and auxiliary heads need no rule of
their own: a path through them is shorter than the one that the papers count. A squeeze-and-excitation
gate pools a whole map and multiplies the map by what it computes from that. It is a side branch: the path
goes along the map.
"""

from collections.abc import Sequence

from keras_cnns.graph import Graph
from keras_cnns.profiling.receptive_field import Field, map_sources


def longest_path(graph: Graph, weighted: Sequence[int], fields: Sequence[Field]) -> int:
    """Return the most weighted layers on any path through the graph.

    Args:
        graph: the model.
        weighted: how many weighted layers each call is.
        fields: the receptive field of each call, which tells maps from vectors.
    """
    depth = [0] * len(graph.vertices)
    for i, vertex in enumerate(graph.vertices):
        before = map_sources(vertex.sources, fields)
        depth[i] = weighted[i] + max((depth[source] for source in before), default=0)
    return max((depth[output] for output in graph.outputs), default=0)
