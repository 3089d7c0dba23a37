"""Graph → the boxes to be drawn, each with all the layers that it accounts for.

Normalizations and activations become badges of a neighbour; what the article's figures leave out (padding,
dropout, flattening) goes with one.
"""

from dataclasses import dataclass, field

from keras import layers

from keras_cnns.diagram.fold.layer_labels import Badge, Description, describe
from keras_cnns.graph import Graph


@dataclass(eq=False, slots=True)
class Fused:
    """A box to be: the vertex that gives the label, all that it covers, and the fused boxes that it reads."""

    kind: str
    label: str
    main: int
    members: list[int]
    sources: list[int]
    badges: list[Badge] = field(default_factory=list)
    before: list[Badge] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)


def fuse(graph: Graph) -> tuple[list[Fused], dict[int, int]]:
    """Return the boxes in the order of computation, and which box each vertex is part of."""
    return _Fusion(graph).run()


class _Fusion:
    def __init__(self, graph: Graph):
        self.graph = graph
        self.readers = graph.readers()
        self.fan_out = [len(readers) for readers in self.readers]
        for output in graph.outputs:
            self.fan_out[output] += 1
        self.said = [describe(v.operation, len(v.sources)) for v in graph.vertices]
        self.boxes: list[Fused] = []
        self.home: dict[int, int] = {}
        self.waiting: dict[int, list[int]] = {}

    def run(self) -> tuple[list[Fused], dict[int, int]]:
        for i, said in enumerate(self.said):
            if said.role == "box":
                self.add_box(i, said)
            else:
                self.add_minor(i, said)
        self.flatten_concatenations()
        return self.boxes, self.home

    def add_box(self, i: int, said: Description) -> None:
        vertex = self.graph.vertices[i]
        first = [self.waiting.pop(source) for source in vertex.sources if source in self.waiting]
        early = [member for chain in first for member in chain]
        reads = [self.graph.vertices[early[0]].sources[0]] if early else vertex.sources
        box = Fused(said.kind, said.label, i, [*early, i], [self.home[source] for source in reads])
        box.badges += said.badges
        box.notes |= said.notes
        for member in early:
            box.before += self.said[member].badges
            box.notes |= self.said[member].notes
        self.keep(box)

    def keep(self, box: Fused) -> None:
        for member in box.members:
            self.home[member] = len(self.boxes)
        self.boxes.append(box)

    def add_minor(self, i: int, said: Description) -> None:
        """Join the box before, wait for the one that follows, or become a box."""
        source = self.graph.vertices[i].sources[0]
        if source in self.waiting:
            self.wait([*self.waiting.pop(source), i])
            return
        box = self.boxes[self.home[source]]
        stays = said.role == "omitted" or (said.role == "padding" and not self.may_wait(i))
        fits = said.role == "badge" and self.fan_out[source] == 1 and self.takes(box, i)
        if stays or fits:
            self.join(box, i, said)
        else:
            self.wait([i])

    def join(self, box: Fused, i: int, said: Description) -> None:
        box.members.append(i)
        box.badges += said.badges
        box.notes |= said.notes
        self.home[i] = self.home[self.graph.vertices[i].sources[0]]

    def takes(self, box: Fused, i: int) -> bool:
        """Not if this is pre-activation: a normalization between a merge or pool and an activation."""
        if box.kind == "input":
            return False
        leads = box.kind in ("merge", "pool") and not box.badges
        return not (leads and not self.said[i].badges[0].activates and self.activation_follows(i))

    def activation_follows(self, i: int) -> bool:
        if self.fan_out[i] != 1 or not self.readers[i]:
            return False
        said = self.said[self.readers[i][0]]
        return said.role == "badge" and said.badges[0].activates

    def may_wait(self, i: int) -> bool:
        """Whether the only reader can take what waits: a box that reads nothing else."""
        if self.fan_out[i] != 1 or not self.readers[i]:
            return False
        said = self.said[self.readers[i][0]]
        return said.role != "box" or said.kind in ("conv", "dense", "pool")

    def wait(self, chain: list[int]) -> None:
        if self.may_wait(chain[-1]):
            self.waiting[chain[-1]] = chain
            return
        source = self.graph.vertices[chain[0]].sources[0]
        first = next((i for i in chain if self.said[i].role == "badge"), None)
        if first is None:
            for member in chain:
                self.join(self.boxes[self.home[source]], member, self.said[member])
            return
        box = Fused(
            "other", type(self.graph.vertices[first].operation).__name__, first, chain, [self.home[source]]
        )
        for member in chain:
            box.badges += self.said[member].badges
            box.notes |= self.said[member].notes
        if not box.badges[0].activates:
            box.badges = box.badges[1:]
        self.keep(box)

    def flatten_concatenations(self) -> None:
        """Make a concatenation that only another on the same axis reads part of that, as in the figures."""
        absorbed: dict[int, int] = {}
        for i, box in enumerate(self.boxes):
            if box.label != "concat" or len(box.members) > 1:
                continue
            for source in list(dict.fromkeys(box.sources)):
                inner = self.boxes[source]
                if self.only_feeds(inner, box):
                    at = box.sources.index(source)
                    box.sources[at : at + 1] = inner.sources
                    box.members = [*inner.members, *box.members]
                    absorbed[source] = i
        if absorbed:
            self.drop(absorbed)

    def only_feeds(self, inner: Fused, box: Fused) -> bool:
        axes = [self.graph.vertices[b.main].operation for b in (inner, box)]
        same = all(isinstance(a, layers.Concatenate) for a in axes) and axes[0].axis == axes[1].axis
        return same and inner.members[-1] == inner.main and self.fan_out[inner.main] == 1

    def drop(self, absorbed: dict[int, int]) -> None:
        place, kept = {}, []
        for i, box in enumerate(self.boxes):
            if i not in absorbed:
                place[i] = len(kept)
                kept.append(box)
        self.boxes = kept
        for i, box in enumerate(kept):
            box.sources = [place[source] for source in box.sources]
            for member in box.members:
                self.home[member] = i
