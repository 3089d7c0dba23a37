"""How deep a network is: weighted layers on the longest path.

Projected shortcuts and auxiliary heads need no rule of their own: a path through them is shorter than the one
that the papers count. A gate, which pools a map whole and multiplies the map by what it makes of that, is a
side branch: the path goes along the map.
"""

from collections.abc import Sequence

from keras_cnns.graph import Graph
from keras_cnns.profiling.receptive_field import View, map_sources


def longest(graph: Graph, weighted: Sequence[int], views: Sequence[View]) -> int:
    """Return the most weighted layers on any path; `weighted` says how many each vertex is."""
    depth = [0] * len(graph.vertices)
    for i, vertex in enumerate(graph.vertices):
        before = map_sources(vertex.sources, views)
        depth[i] = weighted[i] + max((depth[source] for source in before), default=0)
    return max(depth, default=0)
