"""Graph → lane, sides and modules: equal neighbours become one with ×N, and what forks becomes a module.

Everything is found from structure; the names of layers only name what was found.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from keras import Model

from keras_cnns.diagram.fold import module_names
from keras_cnns.diagram.fold.coverage import covers
from keras_cnns.diagram.fold.fuse import Fused, fuse
from keras_cnns.diagram.fold.parts import Box, Copy, Folded, Fork, Mesh, Module, Part, Side, boxes, groups_of
from keras_cnns.diagram.fold.repeats import Token, fold_towers, merge, repeats
from keras_cnns.diagram.fold.segments import Unit, allow_for_ends, motifs, stem
from keras_cnns.diagram.fold.series_parallel import parse
from keras_cnns.diagram.fold.side_branches import Split, Strand, split
from keras_cnns.diagram.fold.signatures import Signatures
from keras_cnns.graph import Graph, Vertex, read
from keras_cnns.layer_kinds import landmark

# What forks, occurs once, is larger than this and than half the network, is not set apart from the lane.
FEWEST_LARGE = 5
FEWEST_TOWERS = 3


def fold(model: Model, expand_nested: bool = False, given: dict[str, str] | None = None) -> Folded:
    """Return a model as it is to be drawn.

    Args:
        model: a functional or built Sequential model.
        expand_nested: draw the layers of a model inside the model in its place.
        given: other names for modules, by the names they would have.

    Raises:
        ValueError: if `model` is not functional, or `given` has a name that the diagram has not.
    """
    graph = read(model, expand_nested)
    folded = _Folder().run(graph)
    if not covers(folded):
        folded = _Folder(plain=True).run(graph)
    module_names.give(folded.modules, given or {}, _labels(folded))
    return folded


class _Folder:
    """Reads one model; `plain` leaves everything as it is."""

    def __init__(self, plain: bool = False):
        self.plain = plain
        self.vertices: list[Vertex] = []
        self.shared: dict[int, int] = {}
        self.signatures = Signatures(self.shared)
        self.modules: dict[tuple, Module] = {}
        self.alike: dict[tuple, list[list[Part]]] = {}
        self.models: dict[int, Module] = {}

    def run(self, graph: Graph) -> Folded:
        offset, fused, parts = self.take(graph)
        series = [self.parsed(fused, strand, parts, offset) for strand in parts.strands]
        starts = [{copy.main - offset for box in boxes(one[:1]) for copy in box.copies} for one in series]
        lane, *rest = [self.lane(one) for one in series]
        sides = []
        for body, strand, start in zip(rest, parts.strands[1:], starts[1:]):
            read = [n for n in strand.nodes if fused[n].main in start]
            sources = [n for n in strand.sources if any(n in fused[reader].sources for reader in read)]
            sides.append(Side(body, tuple(offset + fused[n].main for n in sources), len(strand.sources)))
        for key, module in self.modules.items():
            module.body, module.times = merge(self.alike[key]), len(self.alike[key])
        modules: dict[int, Module] = {}
        for body in (lane, *rest):
            _collect(body, modules)
        return Folded(graph.name, self.vertices, lane, sides, list(modules.values()))

    def take(self, graph: Graph) -> tuple[int, list[Fused], Split]:
        """Take up a graph, its vertices counted from the offset returned, and part its boxes."""
        offset = len(self.vertices)
        self.vertices += [
            replace(vertex, sources=tuple(offset + source for source in vertex.sources))
            for vertex in graph.vertices
        ]
        uses = Counter(id(vertex.operation) for vertex in graph.vertices)
        for i, vertex in enumerate(graph.vertices):
            if uses[id(vertex.operation)] > 1:
                self.shared[offset + i] = id(vertex.operation)
        fused, home = fuse(graph)
        return offset, fused, split(fused, [home[output] for output in graph.outputs])

    def parsed(self, fused: list[Fused], strand: Strand, parts: Split, offset: int) -> list[Part]:
        series = parse(fused, strand.nodes, parts.tapped)
        given = {fused[n].main for n in parts.given}
        here = set(strand.nodes)
        outside = {fused[n].main: [s for s in fused[n].sources if s not in here] for n in strand.nodes}
        for box in boxes(series):
            (copy,) = box.copies
            notes = copy.notes | ({"output": ""} if copy.main in given else {})
            if offset + copy.main in self.shared:
                notes["shared"] = ""
            if outside[copy.main]:
                notes["from"] = ", ".join(self.place(fused[s], offset) for s in outside[copy.main])
            vertices = tuple(offset + v for v in copy.vertices)
            box.copies = [Copy(vertices, offset + copy.main, copy.badges, copy.before, notes)]
            if box.kind == "model":
                box.module = self.model(self.vertices[offset + copy.main].operation)
        self.signatures.arrange(series)
        return series

    def place(self, fused: Fused, offset: int) -> str:
        operations = [self.vertices[offset + v].operation for v in fused.members]
        return landmark(operations) or operations[-1].name

    def model(self, operation: Model) -> Module:
        """The module that explains a model inside the model; equal ones share it."""
        if id(operation) not in self.models:
            offset, fused, _ = self.take(read(operation))
            whole = Strand(list(range(len(fused))), [])
            series = self.parsed(fused, whole, Split([whole], set(), set()), offset)
            key = ("model", self.signatures.series(series))
            module = self.modules.setdefault(key, Module(operation.name, "model"))
            module.name = module_names.shared(module.name, operation)
            self.alike.setdefault(key, []).append(self.lane(_without_input(series)))
            self.models[id(operation)] = self.modules[key]
        return self.models[id(operation)]

    def lane(self, series: list[Part], often: Counter[int] | None = None) -> list[Part]:
        """Fold a series in which what forks is a module, unless it is most of the series.

        Of what is inside such a large part, only what is there more than once is a module: `often` counts it.
        """
        if self.plain:
            return series
        total = sum(1 for _ in boxes(series))
        units = self.units(series)
        allow_for_ends(units, self.pattern)
        start, end = stem(units)
        tokens = [Token(unit.look, unit.series) for unit in units[:start]]
        tokens += [self.stem(units[start:end])] if start < end else []
        for unit, *more in motifs(units[end:]):
            if more:
                tokens.append(self.motif([unit, *more]))
                continue
            large = 2 * unit.size > total and unit.size > FEWEST_LARGE
            wanted = unit.size > 1 and not large if often is None else often[unit.look] > 1
            if unit.forks and wanted and not unit.opens:
                tokens.append(self.module(unit))
            elif unit.forks:
                inside = often or Counter(self.looks(unit.series))
                tokens.append(self.token(unit, lambda branch: self.lane(branch, inside)))  # noqa: B023
            else:
                tokens.append(Token(unit.look, unit.series))
        return repeats(tokens)

    def pattern(self, series: list[Part]) -> tuple:
        """Which units in a series, and which branches, look equal, at any depth."""
        looks = [unit.look for unit in self.units(series)]
        inside = [group for part in series for group in groups_of(part)]
        branches = [self.signatures.series(group) for group in inside]
        equal = [[row.index(look) for look in row] for row in (looks, branches)]
        return (equal, *map(self.pattern, inside))

    def looks(self, series: list[Part]) -> Iterator[int]:
        """The looks of all that forks, at any depth."""
        for unit in self.units(series):
            if unit.forks:
                yield unit.look
                for branch in groups_of(unit.series[0]):
                    yield from self.looks(branch)

    def inner(self, series: list[Part]) -> list[Part]:
        """Fold a series inside a module, where only what repeats is a module of its own."""
        units = self.units(series)
        tokens = []
        for i, unit in enumerate(units):
            neighbours = units[max(0, i - 1) : i] + units[i + 1 : i + 2]
            apart = unit.forks and not unit.opens and any(unit.look == other.look for other in neighbours)
            tokens.append(self.module(unit) if apart else self.token(unit, self.inner))
        return repeats(tokens)

    def units(self, series: list[Part]) -> list[Unit]:
        units, i = [], 0
        while i < len(series):
            joined = not isinstance(series[i], Box) and isinstance((series[i + 1 : i + 2] or [None])[0], Box)
            unit = series[i : i + 1 + joined]
            i += len(unit)
            look = self.signatures.series(unit, inner=False)
            likeness = self.signatures.series(unit, badges=False, inner=False)
            units.append(Unit(unit, look, likeness, self.landmark(unit)))
        return units

    def landmark(self, unit: list[Part]) -> str | None:
        if not isinstance(unit[-1], Box):
            return None
        vertices = unit[-1].copies[-1].vertices
        return landmark([self.vertices[v].operation for v in vertices])

    def module(self, unit: Unit) -> Token:
        first = self.vertices[min(v for box in boxes(unit.series) for v in box.copies[0].vertices)]
        entry = self.vertices[first.sources[0]].shapes[0]
        end = self.vertices[unit.series[-1].copies[0].main].shapes[0]
        kind, name = module_names.kind(unit.series, entry, end)
        return self.set_apart(unit.series, (unit.look, unit.base), Module(name, kind, unit.base))

    def stem(self, units: list[Unit]) -> Token:
        series = [part for unit in units for part in unit.series]
        return self.set_apart(series, ("stem", self.signatures.series(series)), Module("Stem", "stem"))

    def motif(self, units: list[Unit]) -> Token:
        series = [part for unit in units for part in unit.series]
        return self.set_apart(
            series, ("motif", self.signatures.series(series)), Module("block", "projection")
        )

    def set_apart(self, series: list[Part], key: tuple, module: Module) -> Token:
        """Put a box into the lane for what the module, or the one there is already by this key, explains."""
        module = self.modules.setdefault(key, module)
        self.alike.setdefault(key, []).append(self.inner(series))
        vertices = tuple(v for box in boxes(series) for v in box.copies[0].vertices)
        last = series[-1]
        box = Box("module", "", [Copy(vertices, last.copies[0].main)], module, last.tapped)
        return Token(self.signatures.number(("module", *key)), [box])

    def token(self, unit: Unit, fold: Callable[[list[Part]], list[Part]]) -> Token:
        """What stays where it is, its branches folded."""
        first = unit.series[0]
        if isinstance(first, Fork):
            looks = [self.signatures.series(branch) for branch in first.branches]
            first = Fork(fold_towers([fold(branch) for branch in first.branches], looks, FEWEST_TOWERS))
        elif isinstance(first, Mesh):
            first = Mesh([fold(cell) for cell in first.cells], first.edges, first.entries, first.exits)
        return Token(unit.look, [first, *unit.series[1:]])


def _labels(folded: Folded) -> set[str]:
    """What modules must not be called: what boxes say, and what begins other lines of an outline."""
    return {"lane", "aux"} | {box.text for box in folded.boxes() if not box.module}


def _without_input(series: list[Part]) -> list[Part]:
    """The inside of a model that is a box: where its only input is, the arrow comes in."""
    first, *rest = list(boxes(series))
    if (
        first.kind != "input"
        or series[0] is not first
        or not rest
        or any(box.kind == "input" for box in rest)
    ):
        return series
    (copy,), (old,) = rest[0].copies, first.copies
    rest[0].copies = [replace(copy, vertices=(*old.vertices, *copy.vertices))]
    return series[1:]


def _collect(series: list[Part], found: dict[int, Module]) -> None:
    """Modules in the order in which they appear, each before those inside it."""
    for box in boxes(series):
        if box.module and id(box.module) not in found:
            found[id(box.module)] = box.module
            _collect(box.module.body, found)
