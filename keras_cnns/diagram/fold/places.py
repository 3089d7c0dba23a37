"""What words call a box that something else reads: by the name of a layer, and of which of its calls."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from keras_cnns.diagram.fold.fused import Fused
from keras_cnns.diagram.fold.output_names import output_name
from keras_cnns.diagram.fold.parts import Box
from keras_cnns.graph import Vertex
from keras_cnns.safe_text import cut_name

# A vertex that is read, and which of its outputs, from 0.
Read = tuple[int, int]


class Places:
    """Names boxes, and lets those say which call they are whose layer is named for one of several calls.

    `vertices` are those that boxes count; `shared` has the layer of each that is a call of several. `named`
    are the layers of which words name one call, `boxes` what each vertex is part of.
    """

    def __init__(self, vertices: Sequence[Vertex], shared: Mapping[int, int]):
        self.vertices = vertices
        self.shared = shared
        self.named: set[int] = set()
        self.boxes: dict[int, Fused] = {}

    def add(self, fused: Iterable[Fused]) -> None:
        self.boxes |= {v: box for box in fused for v in box.members}

    def outside(self, box: Fused, within: Collection[int]) -> list[str]:
        """Names of what a box reads that is not `within`, the anchors of boxes: each once."""
        last: dict[int, int] = {}
        for v, _ in self.read_by(box):
            source = self.boxes[v].anchor
            if source not in within:
                last[source] = max(v, last.get(source, v))
        return list(dict.fromkeys(map(self.name, last.values())))

    def outputs_of(self, box: Fused) -> dict[tuple[str, int], str]:
        """Which outputs a box reads, of which vertices, with words that name both; where it reads unlike ones
        of several layers."""
        found = {}
        for v, place in self.read_by(box):
            maker, its = self.made_of(v, place)
            if len(self.vertices[maker].shapes) > 1:
                found[v, maker, its] = output_name(self.vertices[maker], its) or "output 1"
        if len({maker for _, maker, _ in found}) < 2 or len({*found.values()}) < 2:
            return {}
        return {(its, maker): f"{its} of {self.name(v)}" for (v, maker, _), its in found.items()}

    def read_by(self, box: Fused) -> Iterator[Read]:
        """What a box reads of others."""
        own = {*box.members}
        for member in box.members:
            vertex = self.vertices[member]
            yield from (read for read in zip(vertex.sources, vertex.places) if read[0] not in own)

    def made_of(self, v: int, place: int) -> Read:
        """The vertex that makes what a box gives at a vertex, such as dropout, and which of its outputs."""
        box = self.boxes[v]
        while (
            v != box.anchor
            and len(self.vertices[v].shapes) == 1
            and self.vertices[v].sources[0] in box.members
        ):
            v, place = self.vertices[v].sources[0], self.vertices[v].places[0]
        return v, place

    def name(self, v: int) -> str:
        """The name of what a box gives at a vertex: rather of a layer that is called once."""
        once = [u for u in self.path(v) if u not in self.shared]
        if once:
            given = [name for u in once if (name := self.vertices[u].landmark)]
            return cut_name(given[-1] if given else self.vertices[once[-1]].name)
        anchor = self.boxes[v].anchor
        self.named.add(self.shared[anchor])
        return f"call {self.number(anchor)} of {cut_name(self.vertices[anchor].name)}"

    def path(self, v: int) -> list[int]:
        """The vertices of a box that come before one of its vertices, the first first, and that."""
        own = {*self.boxes[v].members}
        path: list[int] = []
        ahead = [v]
        while ahead:
            path.append(ahead[0])
            ahead = [source for source in self.vertices[path[-1]].sources if source in own]
        return path[::-1]

    def number(self, v: int) -> int:
        """Which call of its layer a vertex is, from 1, in the order in which they were made."""
        calls = [u for u, layer in self.shared.items() if layer == self.shared[v]]
        return sorted(calls, key=self.made).index(v) + 1

    def made(self, v: int) -> int:
        return self.vertices[v].call.outputs[0]._keras_history.node_index

    def say_calls(self, boxes: Iterable[Box]) -> None:
        """Write at the boxes of layers of which one call is named which call they are."""
        for one in (one for box in boxes for one in box.instances):
            if self.shared.get(one.anchor) in self.named:
                one.notes["shared"] = str(self.number(one.anchor))
