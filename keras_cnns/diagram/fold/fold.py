"""Graph → lane, side outputs and modules: equal neighbours become one with ×N, what branches a module.

Everything is found from structure; the names of layers only name what was found.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import cast

from keras import Model

from keras_cnns.diagram.fold import module_names
from keras_cnns.diagram.fold.bare_blocks import with_bare_blocks
from keras_cnns.diagram.fold.block_names import kind_and_name
from keras_cnns.diagram.fold.coverage import covers
from keras_cnns.diagram.fold.fuse import Fused, fuse
from keras_cnns.diagram.fold.inputs_in_order import in_order_of_inputs
from keras_cnns.diagram.fold.layer_labels import describe
from keras_cnns.diagram.fold.layer_notes import combined, coming_first
from keras_cnns.diagram.fold.output_names import gives
from keras_cnns.diagram.fold.parts import (
    WITHOUT_SHORTCUT,
    Box,
    Folded,
    Fork,
    Instance,
    Mesh,
    Module,
    Part,
    SideOutput,
    as_box,
    boxes,
    groups_of,
)
from keras_cnns.diagram.fold.recurring import group_recurring, is_long
from keras_cnns.diagram.fold.repeats import fold_parallel, merge, repeats
from keras_cnns.diagram.fold.segments import Segment, stem, with_equal_ends
from keras_cnns.diagram.fold.series_parallel import decompose
from keras_cnns.diagram.fold.side_branches import Chain, Split, split
from keras_cnns.diagram.fold.signatures import Signatures
from keras_cnns.diagram.fold.trailing import with_ends_apart
from keras_cnns.graph import Graph, Vertex, read
from keras_cnns.layer_kinds import has_own_call, landmark

# What branches out, occurs once, is larger than this and than half the network, stays in the lane.
FEWEST_LARGE = 5
FEWEST_PARALLEL = 3
# Inside a module, what is there more than once is a module of its own if that saves so many boxes.
FEWEST_SAVED = 6


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
    folded = _Folder().run(read(model, expand_nested))
    if not covers(folded):
        raise RuntimeError(
            f"the diagram of {model.name!r} would not account for every layer exactly once, so it is not "
            'drawn. This is a bug in keras_cnns; please report it. Until then, use detail="layers".'
        )
    module_names.name_modules(folded.modules, names or {}, _reserved_names(folded))
    return folded


class _Folder:
    """Folds one model, and the models inside it.

    `shared` are the vertices whose layer is applied more than once; `equal_bodies` are, for each module, the
    series that it stands for.
    """

    def __init__(self):
        self.vertices: list[Vertex] = []
        self.shared: dict[int, int] = {}
        self.signatures = Signatures(self.shared, self.vertices)
        self.modules: dict[tuple, Module] = {}
        self.equal_bodies: dict[tuple, list[list[Part]]] = {}
        self.models: dict[int, Module] = {}

    def run(self, graph: Graph) -> Folded:
        offset, fused, parts = self.take(graph)
        series = [self.decomposed(fused, chain, parts, offset) for chain in parts.chains]
        starts = [
            {one.anchor - offset for box in boxes(body[:1]) for one in box.instances} for body in series
        ]
        lane, *rest = [self.lane(one) for one in series]
        side_outputs = []
        for body, chain, start in zip(rest, parts.chains[1:], starts[1:]):
            first = [n for n in chain.nodes if fused[n].anchor in start]
            sources = [n for n in chain.sources if any(n in fused[reader].sources for reader in first)]
            anchors = tuple(offset + fused[n].anchor for n in sources)
            side_outputs.append(SideOutput(body, anchors, len(chain.sources)))
        for key, module in self.modules.items():
            module.body, module.times = merge(self.equal_bodies[key]), len(self.equal_bodies[key])
        modules: dict[int, Module] = {}
        for body in (lane, *rest):
            _collect(body, modules)
        return Folded(graph.name, self.vertices, lane, side_outputs, list(modules.values()))

    def take(self, graph: Graph) -> tuple[int, list[Fused], Split]:
        """Add a graph's vertices, counted from the offset returned; fuse them into boxes and split these."""
        offset = len(self.vertices)
        self.vertices += [
            replace(vertex, sources=tuple(offset + source for source in vertex.sources))
            for vertex in graph.vertices
        ]
        uses = Counter(id(vertex.operation) for vertex in graph.vertices)
        for i, vertex in enumerate(graph.vertices):
            if uses[id(vertex.operation)] > 1:
                self.shared[offset + i] = id(vertex.operation)
        fused, box_of = fuse(graph)
        return offset, fused, split(fused, [box_of[output] for output in graph.outputs])

    def decomposed(self, fused: list[Fused], chain: Chain, parts: Split, offset: int) -> list[Part]:
        """A chain as a series of parts, whose boxes count vertices from `offset`."""
        series = decompose(fused, chain.nodes, parts.read_outside, partial(self.like, offset=offset))
        here = set(chain.nodes)
        outputs = {fused[n].anchor for n in parts.inner_outputs}
        outside = {fused[n].anchor: [s for s in fused[n].sources if s not in here] for n in chain.nodes}
        for box in _and_inside(series):
            (one,) = box.instances
            notes = one.notes | ({"output": ""} if one.anchor in outputs else {})
            if offset + one.anchor in self.shared:
                notes["shared"] = ""
            if outside[one.anchor]:
                notes["from"] = ", ".join(self.place(fused[s], offset) for s in outside[one.anchor])
            vertices = tuple(offset + v for v in one.vertices)
            box.instances = [Instance(vertices, offset + one.anchor, one.badges, one.before, notes)]
            if box.kind == "model":
                box.module = self.model(self.vertices[offset + one.anchor])
                box.module.ways = max(box.module.ways, box.ways)
        for box in boxes(series):
            if box.inside:
                box.module = self.explained(box.inside)
        self.signatures.arrange(series)
        return series

    def like(self, box: Box, offset: int) -> int:
        """A number that is the same for boxes that look alike, whose vertices count from `offset`."""
        (one,) = box.instances
        return self.signatures.box(
            replace(box, instances=[replace(one, anchor=offset + one.anchor)]), True, False
        )

    def explained(self, series: list[Part]) -> Module:
        """The module with two ways in that stands for a series."""
        self.signatures.arrange(series)
        key = ("two ways", self.signatures.series(series))
        kind, name = self.kind(series)
        ways = 1 + any(part.second_entries for part in series if isinstance(part, Mesh))
        module = self.modules.setdefault(key, Module(name, kind, ways=ways))
        self.equal_bodies.setdefault(key, []).append(self.inside_module(series))
        return module

    def place(self, fused: Fused, offset: int) -> str:
        """A name for what a side output reads."""
        operations = [self.vertices[offset + v].operation for v in fused.members]
        return landmark(operations) or operations[-1].name

    def model(self, vertex: Vertex) -> Module:
        """The module that explains what is inside a vertex; equal ones share it."""
        inside = cast(Graph, vertex.inside)
        if id(inside) not in self.models:
            offset, fused, _ = self.take(inside)
            said = gives(vertex, inside)
            for box in fused:
                given = [said[v] for v in box.members if v in said]
                box.notes |= {"gives": " and ".join(given)} if given else {}
            whole = Chain(list(range(len(fused))), [])
            series = self.decomposed(fused, whole, Split([whole], set(), set()), offset)
            order = in_order_of_inputs(series, [offset + i for i in inside.inputs])
            key = ("model", self.signatures.series(series), *order)
            module = self.modules.setdefault(key, Module(inside.name, "model"))
            module.name = module_names.shared(module.name, vertex)
            body = _without_input(series)
            is_model = isinstance(vertex.operation, Model) and len(self.segments(body)) > 1
            is_block = has_own_call(vertex.operation) and not is_model
            folded = self.inside_module(body) if is_block else self.lane(body)
            self.equal_bodies.setdefault(key, []).append(folded)
            self.models[id(inside)] = self.modules[key]
        return self.models[id(inside)]

    def lane(self, series: list[Part], often: Counter[int] | None = None) -> list[Part]:
        """Fold a series in which what branches out is a module, unless it is most of the series.

        Of what is inside such a large part, only what is there more than once is a module: `often` counts it.
        """
        total = sum(1 for _ in boxes(series))
        segments = with_ends_apart(self.segments(series), self.vertices, self.segment)
        segments = with_equal_ends(segments, self.pattern)
        if is_long(segments):
            segments = with_bare_blocks(segments, self.segments)
        without_shortcut = {segment.signature for segment in segments if segment.bare}
        start, end = (0, 0) if without_shortcut else stem(segments)
        folded = segments[:start]
        if start < end:
            folded.append(self.stem(segments[start:end]))
        for group in group_recurring(segments[end:], self.leads):
            segment = group[0]
            if len(group) > 1:
                folded.append(self.recurring(group))
            elif not segment.branches_out:
                folded.append(segment)
            elif segment.signature in without_shortcut or self.is_module(segment, total, often):
                folded.append(self.module(segment))
            else:
                often = often or Counter(self.nested_signatures(series))
                folded.append(self.with_folded_branches(segment, partial(self.lane, often=often)))
        return repeats(folded)

    def is_module(self, segment: Segment, total: int, often: Counter[int] | None) -> bool:
        """Whether what branches out in a lane of `total` boxes is set apart from it."""
        if segment.is_open:
            return False
        if often is not None:
            return often[segment.signature] > 1
        large = 2 * segment.size > total and segment.size > FEWEST_LARGE
        return segment.size > 1 and not large

    def inside_module(self, series: list[Part], often: Counter[int] | None = None) -> list[Part]:
        """Fold a series inside a module, where what repeats, or saves many boxes, is a module of its own."""
        often = often or Counter(self.nested_signatures(series))
        segments = self.segments(series)
        folded = []
        for i, segment in enumerate(segments):
            neighbours = segments[max(0, i - 1) : i] + segments[i + 1 : i + 2]
            repeated = any(segment.signature == other.signature for other in neighbours)
            saved = (often[segment.signature] - 1) * (segment.size - 1)
            if segment.branches_out and not segment.is_open and (repeated or saved >= FEWEST_SAVED):
                folded.append(self.module(segment))
            else:
                inner = partial(self.inside_module, often=often)
                folded.append(self.with_folded_branches(segment, inner))
        return repeats(folded)

    def pattern(self, series: list[Part]) -> tuple:
        """Which segments of a series, and which branches, are equal, at any depth."""
        segments = [segment.signature for segment in self.segments(series)]
        groups = [group for part in series for group in groups_of(part)]
        branches = [self.signatures.series(group) for group in groups]
        equal = [[row.index(signature) for signature in row] for row in (segments, branches)]
        return (equal, *map(self.pattern, groups))

    def nested_signatures(self, series: list[Part]) -> Iterator[int]:
        """The signatures of all that branches out, at any depth."""
        for segment in self.segments(series):
            if segment.branches_out:
                yield segment.signature
                for branch in groups_of(segment.series[0]):
                    yield from self.nested_signatures(branch)

    def segments(self, series: list[Part]) -> list[Segment]:
        segments, i = [], 0
        while i < len(series):
            following = series[i + 1] if i + 1 < len(series) else None
            joined = not isinstance(series[i], Box) and isinstance(following, Box)
            part = series[i : i + 1 + joined]
            i += len(part)
            segments.append(self.segment(part))
        return segments

    def segment(self, part: list[Part]) -> Segment:
        signature = self.signatures.series(part, inner=False)
        without_badges = self.signatures.series(part, badges=False, inner=False)
        return Segment(part, signature, without_badges, self.landmark(part))

    def landmark(self, series: list[Part]) -> str | None:
        """The name that a person gave to the layer that closes the series."""
        last = series[-1]
        if not isinstance(last, Box):
            return None
        return landmark([self.vertices[v].operation for v in last.instances[-1].vertices])

    def module(self, segment: Segment) -> Segment:
        kind, name = self.kind(segment.series)
        key = (segment.signature, segment.base)
        apart = self.set_apart(segment.series, key, Module(name, kind, segment.base))
        if segment.bare:
            as_box(apart.series[0]).instances[0].notes[WITHOUT_SHORTCUT] = ""
            self.modules[key].name = "residual block"
        return replace(apart, bare=segment.bare)

    def kind(self, series: list[Part]) -> tuple[str, str]:
        """The kind and the name of a module made of this series."""
        first = self.vertices[min(v for box in boxes(series) for v in box.instances[0].vertices)]
        before = self.vertices[first.sources[0]] if first.sources else first  # an input has nothing before it
        end = self.vertices[list(boxes(series))[-1].instances[0].anchor].shapes[0]
        return kind_and_name(series, before.shapes[0], end)

    def leads(self, segment: Segment) -> bool:
        """Whether it is a normalization or an activation that is a box of its own."""
        return (
            segment.is_box
            and describe(self.vertices[as_box(segment.series[0]).instances[0].anchor]).role == "badge"
        )

    def stem(self, segments: list[Segment]) -> Segment:
        series = [part for segment in segments for part in segment.series]
        return self.set_apart(series, ("stem", self.signatures.series(series)), Module("Stem", "stem"))

    def recurring(self, segments: list[Segment]) -> Segment:
        series = [part for segment in segments for part in segment.series]
        key = ("motif", self.signatures.series(series))
        is_led = segments[-1].branches_out and len(segments) == 2
        kind, name = self.kind(segments[-1].series) if is_led else ("projection", "block")
        return self.set_apart(series, key, Module(name, kind))

    def set_apart(self, series: list[Part], key: tuple, module: Module) -> Segment:
        """Return a box for what the module, or the one there is already by this key, explains."""
        module = self.modules.setdefault(key, module)
        self.equal_bodies.setdefault(key, []).append(self.inside_module(series))
        vertices = tuple(v for box in boxes(series) for v in box.instances[0].vertices)
        last = as_box(series[-1])
        box = Box("module", "", [Instance(vertices, last.instances[0].anchor)], module, last.read_outside)
        return Segment([box], self.signatures.number(("module", *key)))

    def with_folded_branches(self, segment: Segment, fold: Callable[[list[Part]], list[Part]]) -> Segment:
        """The same, its branches or cells folded."""
        first = segment.series[0]
        if isinstance(first, Fork):
            signatures = [self.signatures.series(branch) for branch in first.branches]
            branches = [fold(branch) for branch in first.branches]
            if not first.ways:
                branches = fold_parallel(branches, signatures, FEWEST_PARALLEL)
            first = replace(first, branches=branches)
        elif isinstance(first, Mesh):
            first = replace(first, cells=[fold(cell) for cell in first.cells])
        return replace(segment, series=[first, *segment.series[1:]])


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


def _and_inside(series: list[Part]) -> Iterator[Box]:
    """Every box in a series, and those inside modules with two ways in, which come first."""
    for box in boxes(series):
        yield from _and_inside(box.inside)
        yield box


def _collect(series: list[Part], found: dict[int, Module]) -> None:
    """Modules in the order in which they appear, each before those inside it."""
    for box in boxes(series):
        if box.module and id(box.module) not in found:
            found[id(box.module)] = box.module
            _collect(box.module.body, found)
