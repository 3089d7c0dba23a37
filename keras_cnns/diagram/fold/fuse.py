"""Graph → the boxes to be drawn, each with all the layers that it accounts for.

Normalizations and activations become badges of a neighbour; what the article's figures leave out (padding,
dropout, flattening) goes with one.
"""

from keras import layers

from keras_cnns.diagram.fold.fused import Fused
from keras_cnns.diagram.fold.layer_labels import Description, describe
from keras_cnns.diagram.fold.layer_notes import combined, coming_first
from keras_cnns.diagram.fold.output_names import output_name, reads
from keras_cnns.diagram.fold.parted import parted_as_elsewhere
from keras_cnns.graph import Graph


def fuse(graph: Graph) -> tuple[list[Fused], dict[int, int], dict[int, int]]:
    """Return the boxes in the order of computation, which box each vertex is part of, and what joined one.

    The last has for each layer that is drawn with the box before it, such as dropout, what it reads.
    """
    return _Fusion(graph).run()


class _Fusion:
    """Goes through a graph once.

    `pending` holds the layers that wait for the box that follows, by the last of them; `box_of` says which
    box each vertex is part of, and `joined` has what those read that joined the box before.
    """

    def __init__(self, graph: Graph):
        self.graph = graph
        self.readers = graph.readers()
        self.fan_out = [len(readers) for readers in self.readers]
        for output in graph.outputs:
            self.fan_out[output] += 1
        self.descriptions = [describe(vertex) for vertex in graph.vertices]
        self.boxes: list[Fused] = []
        self.box_of: dict[int, int] = {}
        self.pending: dict[int, list[int]] = {}
        self.joined: dict[int, int] = {}

    def run(self) -> tuple[list[Fused], dict[int, int], dict[int, int]]:
        for i, description in enumerate(self.descriptions):
            if description.role == "box":
                self.add_box(i, description)
            else:
                self.add_minor(i, description)
        self.flatten_concatenations()
        self.part_as_elsewhere()
        return self.boxes, self.box_of, self.joined

    def add_box(self, i: int, description: Description) -> None:
        vertex = self.graph.vertices[i]
        first = [self.pending.pop(source) for source in vertex.sources if source in self.pending]
        early = [member for chain in first for member in chain]
        reads = [self.graph.vertices[early[0]].sources[0]] if early else vertex.sources
        box = Fused(
            description.kind, description.label, i, [*early, i], [self.box_of[source] for source in reads]
        )
        if vertex.inside and len(vertex.inside.inputs) == len(set(box.sources)) == len(box.sources) == 2:
            box.ways = tuple([source] for source in box.sources)
        box.badges += description.badges
        for member in early:
            box.before += self.descriptions[member].badges
            box.notes = combined(box.notes, coming_first(self.descriptions[member].notes))
        box.notes = combined(box.notes, description.notes)
        self.keep(box)

    def keep(self, box: Fused) -> None:
        self.say_what_it_reads(box)
        for member in box.members:
            self.box_of[member] = len(self.boxes)
        self.boxes.append(box)

    def say_what_it_reads(self, box: Fused) -> None:
        vertices = self.graph.vertices
        own = {*box.members}
        tensors = [
            self.made_of(*tensor)
            for member in box.members
            for tensor in zip(vertices[member].sources, vertices[member].places)
            if tensor[0] not in own
        ]
        box.outputs = [output_name(vertices[source], place) for source, place in tensors]
        several = [len(vertices[source].shapes) > 1 for source, _ in tensors]
        inside = vertices[box.anchor].inside
        said = reads(box.outputs, several, in_order=inside is not None and len(inside.inputs) > 1)
        box.notes |= {"reads": said} if said else {}

    def made_of(self, source: int, place: int) -> tuple[int, int]:
        """The vertex and the number of its output, before what is drawn with the box that makes it."""
        while source in self.joined:
            source, place = self.joined[source], self.graph.vertices[source].places[0]
        return source, place

    def add_minor(self, i: int, description: Description) -> None:
        """Join the box before, wait for the one that follows, or become a box."""
        source = self.graph.vertices[i].sources[0]
        if source in self.pending:
            self.keep_pending([*self.pending.pop(source), i])
            return
        box = self.boxes[self.box_of[source]]
        stays = description.role == "omitted" or (
            description.role == "padding" and not self.may_be_pending(i)
        )
        fits = description.role == "badge" and self.only_reads(source) and self.takes(box, i)
        if stays or fits:
            self.join(box, i, description)
        else:
            self.keep_pending([i])

    def join(self, box: Fused, i: int, description: Description) -> None:
        box.members.append(i)
        box.badges += description.badges
        box.notes = combined(box.notes, description.notes)
        vertex = self.graph.vertices[i]
        self.box_of[i] = self.box_of[vertex.sources[0]]
        self.joined[i] = vertex.sources[0]

    def takes(self, box: Fused, i: int) -> bool:
        """Not if this is pre-activation: a normalization between a merge or pool and an activation."""
        if box.kind == "input" or not self.is_plain(i):
            return False
        leads = box.kind in ("merge", "pool") and not box.badges
        return not (leads and not self.descriptions[i].badges[0].activates and self.activation_follows(i))

    def only_reads(self, source: int) -> bool:
        """Whether nothing else reads a vertex, or what it has come from inside its box, as before dropout."""
        while source in self.joined and self.fan_out[source] == 1:
            source = self.joined[source]
        return self.fan_out[source] == 1

    def is_plain(self, i: int) -> bool:
        """Whether nothing need say which output of a layer with several it reads."""
        vertex = self.graph.vertices[i]
        source, place = self.made_of(vertex.sources[0], vertex.places[0])
        return output_name(self.graph.vertices[source], place) is None

    def activation_follows(self, i: int) -> bool:
        if self.fan_out[i] != 1 or not self.readers[i]:
            return False
        description = self.descriptions[self.readers[i][0]]
        return description.role == "badge" and description.badges[0].activates

    def may_be_pending(self, i: int) -> bool:
        """Whether the only reader can take what waits: a box that reads nothing else."""
        if self.fan_out[i] != 1 or not self.readers[i]:
            return False
        description = self.descriptions[self.readers[i][0]]
        return description.role != "box" or description.kind in ("conv", "dense", "pool")

    def keep_pending(self, chain: list[int]) -> None:
        if self.may_be_pending(chain[-1]):
            self.pending[chain[-1]] = chain
            return
        source = self.graph.vertices[chain[0]].sources[0]
        alone = next((i for i in chain if self.descriptions[i].role == "badge"), None)
        if alone is None:
            for member in chain:
                self.join(self.boxes[self.box_of[source]], member, self.descriptions[member])
            return
        box = Fused("other", self.descriptions[alone].label, alone, chain, [self.box_of[source]])
        for member in chain:
            box.badges += self.descriptions[member].badges
            box.notes = combined(box.notes, self.descriptions[member].notes)
        box.badges = box.badges[1:]  # its words say what the first is
        self.keep(box)

    def part_as_elsewhere(self) -> None:
        for box, reader in parted_as_elsewhere(self.boxes, self.descriptions, self.fan_out):
            for one in (box, reader):
                place = self.boxes.index(one)
                self.box_of |= dict.fromkeys(one.members, place)
                start = one.members.index(one.anchor)
                for member in one.members[:start]:
                    self.joined.pop(member, None)
                for member in one.members[start + 1 :]:
                    self.joined[member] = self.graph.vertices[member].sources[0]

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
            self.say_what_it_reads(box)
        if absorbed:
            self.drop(absorbed)

    def only_feeds(self, inner: Fused, box: Fused) -> bool:
        both = [self.graph.vertices[b.anchor].operation for b in (inner, box)]
        same = all(isinstance(one, layers.Concatenate) for one in both) and both[0].axis == both[1].axis
        return same and inner.members[-1] == inner.anchor and self.fan_out[inner.anchor] == 1

    def drop(self, absorbed: dict[int, int]) -> None:
        place: dict[int, int] = {}
        kept: list[Fused] = []
        for i, box in enumerate(self.boxes):
            if i not in absorbed:
                place[i] = len(kept)
                kept.append(box)
        self.boxes = kept
        for i, box in enumerate(kept):
            box.sources = [place[source] for source in box.sources]
            box.ways = tuple([place[source] for source in way] for way in box.ways)
            for member in box.members:
                self.box_of[member] = i
