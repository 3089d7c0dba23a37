"""What in a series is a module of its own: what branches out and recurs, or is a part that papers name.

Everything is found from structure; the names of layers only name what was found.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from keras_cnns.diagram.fold.bare_blocks import with_bare_blocks
from keras_cnns.diagram.fold.block_names import DENSE, kind_and_name
from keras_cnns.diagram.fold.growth import growth
from keras_cnns.diagram.fold.layer_labels import describe
from keras_cnns.diagram.fold.layer_words import SHUFFLE, SPLIT
from keras_cnns.diagram.fold.parts import (
    WITHOUT_SHORTCUT,
    Box,
    Fork,
    Instance,
    Mesh,
    Module,
    Part,
    Tapped,
    as_box,
    boxes,
    groups_of,
)
from keras_cnns.diagram.fold.recurring import group_recurring, is_long
from keras_cnns.diagram.fold.repeats import fold_parallel, merge, repeats
from keras_cnns.diagram.fold.rows_of_two_ways import with_rows
from keras_cnns.diagram.fold.segments import Segment, stem, with_equal_ends
from keras_cnns.diagram.fold.signatures import Signatures
from keras_cnns.diagram.fold.squeezes import with_squeezes
from keras_cnns.diagram.fold.trailing import with_ends_apart
from keras_cnns.diagram.fold.widened import is_also_without_shortcut
from keras_cnns.graph import Vertex

# What branches out, occurs once, is larger than this and than half the network, stays in the lane.
FEWEST_LARGE = 5
FEWEST_PARALLEL = 3
# Inside a module, what is there more than once is a module of its own if that saves so many boxes.
FEWEST_SAVED = 6


class Modules:
    """The modules of one picture, by what they have in common; `bodies` are the series that each stands for.

    `vertices` are those that boxes count.
    """

    def __init__(self, signatures: Signatures, vertices: Sequence[Vertex]):
        self.signatures = signatures
        self.vertices = vertices
        self.found: dict[tuple, Module] = {}
        self.bodies: dict[tuple, list[list[Part]]] = {}

    def enter(self, key: tuple, module: Module) -> Module:
        """The module that is there by this key already, or else the one given."""
        self.bodies.setdefault(key, [])
        return self.found.setdefault(key, module)

    def merge(self) -> None:
        """Lay on top of each other the series that each module stands for."""
        for key, module in self.found.items():
            module.body, module.times = merge(self.bodies[key]), len(self.bodies[key])

    def lane(self, series: list[Part], often: Counter[int] | None = None) -> list[Part]:
        """Fold a series in which what branches out is a module, unless it is most of the series.

        Of what is inside such a large part, only what is there more than once is a module: `often` counts it.
        """
        total = sum(1 for _ in boxes(series))
        segments = with_ends_apart(list(map(self.segment, _cut(series))), self.vertices, self.segment)
        segments = with_equal_ends(segments, self.pattern)
        segments = with_squeezes(segments, self.vertices, self.signatures.number)
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
                often = often or Counter(self.nested(self.segments(series)))
                folded.append(self.with_folded_branches(segment, partial(self.lane, often=often)))
        return repeats(folded)

    def is_module(self, segment: Segment, total: int, often: Counter[int] | None) -> bool:
        """Whether what branches out in a lane of `total` boxes is set apart from it."""
        if segment.is_open or segment.squeezed:
            return segment.squeezed
        if often is not None:
            return often[segment.signature] > 1
        large = 2 * segment.size > total and segment.size > FEWEST_LARGE
        return segment.size > 1 and not large

    def inside_module(self, series: list[Part], often: Counter[int] | None = None) -> list[Part]:
        """Fold a series inside a module, where what repeats, or saves many boxes, is a module of its own."""
        segments = self.segments(series)
        often = often or Counter(self.nested(segments))
        folded = []
        for i, segment in enumerate(segments):
            neighbours = segments[max(0, i - 1) : i] + segments[i + 1 : i + 2]
            repeated = any(segment.signature == other.signature for other in neighbours)
            saved = (often[segment.signature] - 1) * (segment.size - 1)
            if segment.branches_out and not segment.is_open and (repeated or saved >= FEWEST_SAVED):
                folded.append(self.module(replace(segment, landmark=self.landmark(segment.series))))
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

    def nested(self, segments: list[Segment]) -> Iterator[int]:
        """The signatures of all that branches out, at any depth."""
        for segment in segments:
            if segment.branches_out:
                yield segment.signature
                for branch in groups_of(segment.branching):
                    yield from self.nested(self.segments(branch))

    def segments(self, series: list[Part]) -> list[Segment]:
        """What a series is made of, each with its signature alone."""
        return [Segment(part, self.signatures.series(part, inner=False)) for part in _cut(series)]

    def segment(self, part: list[Part]) -> Segment:
        """A segment with all that decides in a lane what is a module."""
        signature = self.signatures.series(part, inner=False)
        without_badges = self.signatures.series(part, badges=False, inner=False)
        return Segment(part, signature, without_badges, self.landmark(part), trunk=self.trunk(part))

    def trunk(self, part: list[Part]) -> int | None:
        """The number of what a residual block adds to its shortcut, badges left out; None of another part."""
        fork, join = part[0], part[-1]
        if not isinstance(fork, Fork) or not isinstance(join, Box) or join.label != "add":
            return None
        longest = max(fork.branches, key=lambda branch: sum(1 for _ in boxes(branch)))
        return self.signatures.series(longest, badges=False)

    def landmark(self, series: list[Part]) -> str | None:
        """The name that a person gave to the layer that closes the series."""
        last = series[-1]
        if not isinstance(last, Box):
            return None
        given = [name for v in last.instances[-1].vertices if (name := self.vertices[v].landmark)]
        return given[-1] if given else None

    def module(self, segment: Segment) -> Segment:
        kind, name = self.kind(segment.series)
        key = (segment.signature, segment.base)
        apart = self.set_apart(segment.series, key, Module(name, kind, segment.base))
        if segment.bare:
            as_box(apart.series[0]).instances[0].notes[WITHOUT_SHORTCUT] = ""
            self.signatures.forget()
            if not is_also_without_shortcut(name):
                self.found[key].name = "residual block"
        if name in DENSE and len(appended := {*growth(segment.series, self.vertices)}) == 1:
            as_box(apart.series[0]).instances[0].notes["growth"] = str(appended.pop())
        return replace(apart, bare=segment.bare)

    def kind(self, series: list[Part]) -> tuple[str, str]:
        """The kind and the name of a module made of this series."""
        first = self.vertices[min(v for box in boxes(series) for v in box.instances[0].vertices)]
        before = self.vertices[first.sources[0]] if first.sources else first  # an input has nothing before it
        end = self.vertices[list(boxes(series))[-1].instances[0].anchor].shapes[0]
        return kind_and_name(series, before.shapes[0], end, self.width)

    def width(self, box: Box) -> int | None:
        """How many channels a box gives."""
        shape = self.vertices[box.instances[0].anchor].shapes[0]
        return shape[-1] if shape else None

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
        module = self.enter(key, module)
        last = as_box(series[-1])
        given = last.instances[0].notes.pop("gives", None)  # the module gives it, not what explains it
        notes = {"gives": given} if given else {}
        if notes:
            self.signatures.forget()
        self.bodies[key].append(self.inside_module(series))
        vertices = tuple(v for box in boxes(series) for v in box.instances[0].vertices)
        box = Box("module", "", [Instance(vertices, last.instances[0].anchor, notes=notes)], module)
        box.read_outside = last.read_outside
        return Segment([box], self.signatures.number(("module", *key)))

    def with_folded_branches(self, segment: Segment, fold: Callable[[list[Part]], list[Part]]) -> Segment:
        """The same, its branches or cells folded."""
        first = segment.branching
        if isinstance(first, Fork):
            signatures = [self.signatures.series(branch) for branch in first.branches]
            branches = [fold(branch) for branch in first.branches]
            if not first.ways:
                branches = fold_parallel(branches, signatures, FEWEST_PARALLEL)
            first = replace(first, branches=branches)
        elif isinstance(first, Mesh):
            numbers = [
                [self.signatures.series(part, inner=False) for part in (cell, cell[:1])]
                for cell in first.cells
            ]
            first = replace(first, cells=[fold(cell) for cell in first.cells])
            first = with_rows(first, *map(list, zip(*numbers)))
            self.signatures.forget()
        elif isinstance(first, Tapped):
            first = replace(first, body=fold(first.body), joins=list(map(fold, first.joins)))
        series = [first if part is segment.branching else part for part in segment.series]
        return replace(segment, series=series)


def _cut(series: list[Part]) -> Iterator[list[Part]]:
    """Boxes one by one, and what branches out with the box that joins it; see `Segment`."""
    start = 0
    while start < len(series):
        at = start + _splits_for(series[start : start + 3])
        open_end = isinstance(series[at], Box) or _has_taps(series[at])
        end = at + 1 + (not open_end and at + 1 < len(series) and isinstance(series[at + 1], Box))
        end += end > at + 1 and _labelled(series[end : end + 1], SHUFFLE) and not _is_read(series[end - 1])
        yield series[start:end]
        start = end


def _splits_for(series: list[Part]) -> bool:
    """Whether a split of channels comes before a fork that a box joins, and nothing else reads it."""
    if len(series) < 3 or not isinstance(series[1], Fork) or not isinstance(series[2], Box):
        return False
    return _labelled(series, SPLIT) and not _is_read(series[0])


def _labelled(series: list[Part], label: str) -> bool:
    first = series[0] if series else None
    return isinstance(first, Box) and first.kind == "other" and first.label == label


def _is_read(part: Part) -> bool:
    """Whether something outside the series reads a box."""
    return isinstance(part, Box) and (part.read_outside or part.gives)


def _has_taps(part: Part) -> bool:
    return isinstance(part, Mesh) and bool(part.taps)
