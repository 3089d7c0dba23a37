"""Graph → lane, side outputs and modules: a model, and the models inside it, read into series and folded."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from keras import Model

from keras_cnns.diagram.fold import module_names
from keras_cnns.diagram.fold.coverage import covers
from keras_cnns.diagram.fold.fuse import fuse
from keras_cnns.diagram.fold.fused import Fused
from keras_cnns.diagram.fold.heads import with_heads
from keras_cnns.diagram.fold.inputs_in_order import in_order_of_inputs, listed_inputs
from keras_cnns.diagram.fold.layer_labels import alone
from keras_cnns.diagram.fold.layer_notes import combined, coming_first
from keras_cnns.diagram.fold.look_alikes import tell_apart
from keras_cnns.diagram.fold.output_names import gives
from keras_cnns.diagram.fold.parts import (
    NOT_THERE,
    UNREAD,
    Box,
    Folded,
    Mesh,
    Module,
    Part,
    SideOutput,
    boxes,
    entry_boxes,
)
from keras_cnns.diagram.fold.places import Places
from keras_cnns.diagram.fold.series_parallel import decompose
from keras_cnns.diagram.fold.set_apart import Modules
from keras_cnns.diagram.fold.side_branches import Chain, Split, split
from keras_cnns.diagram.fold.side_by_side import with_towers
from keras_cnns.diagram.fold.signatures import Signatures
from keras_cnns.garbage import collector_paused
from keras_cnns.graph import Graph, Vertex, read
from keras_cnns.layer_kinds import has_own_call


@collector_paused()
def fold(model: Model, expand_nested: bool = False, names: dict[str, str] | None = None) -> Folded:
    """Return a model as it is to be drawn.

    Args:
        model: a functional or built Sequential model.
        expand_nested: draw the layers of a model inside the model in its place.
        names: other names for modules, by the names they would have.

    Raises:
        ValueError: if `model` is not functional, or `names` has a name that the diagram has not.
        RuntimeError: if the result would not account for every layer exactly once, which is a bug.
    """
    folder = _Folder()
    folded = folder.run(read(model, expand_nested))
    if not covers(folded):
        raise RuntimeError(
            f"the diagram of {model.name!r} would not account for every layer exactly once, so it is not "
            'drawn. This is a bug in keras_cnns; please report it. Until then, use detail="layers".'
        )
    module_names.name_modules(folded.modules, names or {}, _reserved_names(folded))
    tell_apart(folded.modules, folder.vertices, folder.shared)
    return folded


class _Folder:
    """Folds one model, and the models inside it.

    `shared` are the vertices whose layer is applied more than once.
    """

    def __init__(self):
        self.vertices: list[Vertex] = []
        self.shared: dict[int, int] = {}
        self.places = Places(self.vertices, self.shared)
        self.signatures = Signatures(self.shared, self.vertices)
        self.modules = Modules(self.signatures, self.vertices)
        self.models: dict[int, Module] = {}

    def run(self, graph: Graph) -> Folded:
        fused, _, parts = self.take(graph)
        series, chains = self.chains(fused, parts)
        self.places.say_calls(box for body in series for box in _and_inside(body))
        starts = [{one.anchor for box in boxes(body[:1]) for one in box.instances} for body in series]
        lane, *rest = [self.modules.lane(series[0]), *map(self.side, series[1:])]
        side_outputs = []
        for body, chain, start in zip(rest, chains[1:], starts[1:]):
            first = [n for n in chain.nodes if fused[n].anchor in start]
            sources = [n for n in chain.sources if any(n in fused[reader].sources for reader in first)]
            anchors = tuple(fused[n].anchor for n in sources)
            side_outputs.append(SideOutput(body, anchors, len(chain.sources)))
        self.modules.merge()
        _clear([lane, *rest, *(module.body for module in self.modules.found.values())])
        modules: dict[int, Module] = {}
        for body in (lane, *rest):
            _collect(body, modules)
        return Folded(graph.name, self.vertices, lane, side_outputs, list(modules.values()), alone)

    def side(self, series: list[Part]) -> list[Part]:
        """Fold what leaves the lane; where it reads one place only, a module that it begins with says so."""
        entered = [box.instances[0] for box in entry_boxes(series)]
        sources = {one.notes.get("from") for one in entered}
        (source,) = sources if len(sources) == 1 and len(entered) > 1 else (None,)
        if source is None:
            return self.modules.lane(series)
        for one in entered:
            del one.notes["from"]
        folded = self.modules.lane(series)
        first = next(boxes(folded)).instances[0]
        is_module = {v for one in entered for v in one.vertices} <= {*first.vertices}
        for one in [first] if is_module else entered:
            one.notes["from"] = source
        return folded

    def chains(self, fused: list[Fused], parts: Split) -> tuple[list[list[Part]], list[Chain]]:
        """The lane and what leaves it as series, and what these are made of."""
        lane, used = with_heads(fused, parts, self.like)
        left = [chain for chain in parts.chains if chain not in used]
        series = [self.decomposed(fused, chain, parts) for chain in left]
        if used:
            whole = Chain(sorted(n for chain in used for n in chain.nodes), [])
            series = [self.finished(lane, fused, whole, parts), *series]
            left = [whole, *left]
        return with_towers(series, left, fused, partial(self.signatures.series, inner=False))

    def take(self, graph: Graph) -> tuple[list[Fused], dict[int, int], Split]:
        """Add a graph's vertices to those there are; fuse them into boxes and split these.

        The second is what `fuse` says of what joins a box; it counts vertices of the graph alone.
        """
        offset = len(self.vertices)
        self.vertices += graph.vertices if not offset else _counted_from(offset, graph.vertices)
        uses = Counter(id(vertex.operation) for vertex in graph.vertices)
        for i, vertex in enumerate(graph.vertices):
            if uses[id(vertex.operation)] > 1:
                self.shared[offset + i] = id(vertex.operation)
        fused, box_of, joined = fuse(graph)
        for box in fused:
            box.anchor += offset
            box.members = [offset + v for v in box.members]
        self.places.add(fused)
        return fused, joined, split(fused, [box_of[output] for output in graph.outputs])

    def decomposed(self, fused: list[Fused], chain: Chain, parts: Split) -> list[Part]:
        """A chain as a series of parts."""
        return self.finished(
            decompose(fused, chain.nodes, parts.read_outside, self.like), fused, chain, parts
        )

    def finished(self, series: list[Part], fused: list[Fused], chain: Chain, parts: Split) -> list[Part]:
        """The same with notes that the whole of the model gives, the models in it, and in order."""
        outputs = {fused[n].anchor for n in parts.inner_outputs}
        by_anchor = {fused[n].anchor: fused[n] for n in chain.nodes}
        for box in _and_inside(series):
            (one,) = box.instances
            notes = one.notes | ({"output": ""} if one.anchor in outputs else {})
            if one.anchor in self.shared:
                notes["shared"] = ""
            if outside := self.places.outside(by_anchor[one.anchor], by_anchor):
                notes["from"] = "\n".join(outside)
            read = {} if box.kind == "model" else self.places.outputs_of(by_anchor[one.anchor])
            if read:
                notes["reads of"] = " and ".join(dict.fromkeys(read.values()))
            box.instances = [replace(one, notes=notes, wired=tuple(read))]
            self.signatures.has_wires |= bool(read)
            if box.kind == "model":
                box.module = self.model(self.vertices[one.anchor])
                box.module.ways = max(box.module.ways, box.ways)
                if box.ways == 1 and len({*by_anchor[one.anchor].sources}) > 1:
                    places = [self.places.name(v) for v in self.vertices[one.anchor].sources]
                    notes["takes"] = listed_inputs(places, by_anchor[one.anchor].outputs)
                    notes.pop("reads", None)
                    box.module.numbered = True
        for box in boxes(series):
            if box.inside:
                _give(box)
                box.module = self.explained(box.inside)
        self.signatures.arrange(series)
        return series

    def like(self, box: Box) -> int:
        """A number that is the same for boxes that look alike."""
        return self.signatures.series([box], inner=False)

    def explained(self, series: list[Part]) -> Module:
        """The module with two ways in that stands for a series."""
        self.signatures.arrange(series)
        key = ("two ways", self.signatures.series(series))
        kind, name = self.modules.kind(series)
        ways = 1 + any(part.second_entries for part in series if isinstance(part, Mesh))
        module = self.modules.enter(key, Module(name, kind, ways=ways))
        self.modules.bodies[key].append(self.modules.inside_module(series))
        return module

    def model(self, vertex: Vertex) -> Module:
        """The module that explains what is inside a vertex; equal ones share it."""
        inside = cast(Graph, vertex.inside)
        if id(inside) not in self.models:
            offset = len(self.vertices)
            fused, joined, _ = self.take(inside)
            said = gives(vertex, inside, joined)
            read = {*inside.outputs, *(source for inner in inside.vertices for source in inner.sources)}
            for box in fused:
                given = [said[v - offset] for v in box.members if v - offset in said]
                box.notes |= {"gives": " and ".join(given)} if given else {}
                if box.kind == "input" and read.isdisjoint(v - offset for v in box.members):
                    box.notes[UNREAD] = ""
            whole = Chain(list(range(len(fused))), [])
            series = self.decomposed(fused, whole, Split([whole], set(), set()))
            self.places.say_calls(_and_inside(series))
            order = in_order_of_inputs(series, [offset + i for i in inside.inputs])
            self.signatures.forget()
            key = ("model", self.signatures.series(series), *order)
            module = self.modules.enter(key, Module(inside.name, "model"))
            module.name = module_names.shared(module.name, vertex)
            body = _without_input(series)
            self.signatures.forget()
            is_model = isinstance(vertex.operation, Model) and len(self.modules.segments(body)) > 1
            is_block = has_own_call(vertex.operation) and not is_model
            folded = self.modules.inside_module(body) if is_block else self.modules.lane(body)
            self.modules.bodies[key].append(folded)
            self.models[id(inside)] = module
        return self.models[id(inside)]


def _counted_from(offset: int, vertices: Sequence[Vertex]) -> Iterator[Vertex]:
    """Vertices where the first has that number."""
    for vertex in vertices:
        yield replace(vertex, sources=tuple(offset + source for source in vertex.sources))


def _reserved_names(folded: Folded) -> set[str]:
    """What modules must not be called: what boxes say, and what begins other lines of an outline."""
    return {"lane", "aux"} | {box.text for box in folded.boxes() if not box.module}


def _without_input(series: list[Part]) -> list[Part]:
    """The inside of a model that is a box: where its only input is, the arrow comes in."""
    first, *rest = list(boxes(series))
    only_input = first.kind == "input" and series[0] is first and not any(b.kind == "input" for b in rest)
    if not only_input or not rest:
        return series
    (one,), (start,) = rest[0].instances, first.instances
    if "gives" in start.notes or (start.notes and series[1] is not rest[0]):
        return series
    notes = combined(coming_first(start.notes), one.notes)
    rest[0].instances = [replace(one, vertices=(*start.vertices, *one.vertices), notes=notes)]
    return series[1:]


def _give(box: Box) -> None:
    """Let a module say which output it gives, not what it ends in: another such module may give another."""
    (whole,) = box.instances
    ends = [one for inner in boxes(box.inside) for one in inner.instances if one.anchor == whole.anchor]
    for one in ends:
        if "gives" in one.notes:
            whole.notes["gives"] = one.notes.pop("gives")


def _and_inside(series: list[Part]) -> Iterator[Box]:
    """Every box in a series, and those inside modules with two ways in, which come first."""
    for box in boxes(series):
        yield from _and_inside(box.inside)
        yield box


def _clear(bodies: list[list[Part]]) -> None:
    """Take the vertices of another block from what is not there."""
    for box in (box for body in bodies for box in boxes(body)):
        box.instances = [
            replace(one, vertices=()) if NOT_THERE in one.notes else one for one in box.instances
        ]


def _collect(series: list[Part], found: dict[int, Module]) -> None:
    """Modules in the order in which they appear, each before those inside it."""
    for box in boxes(series):
        if box.module and id(box.module) not in found:
            found[id(box.module)] = box.module
            _collect(box.module.body, found)
