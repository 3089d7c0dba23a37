"""Equal neighbours in a series become one with ×N: runs first, then groups of runs."""

from dataclasses import dataclass, replace

from keras_cnns.diagram.fold.parts import Box, Fork, Mesh, ParallelCopies, Part, Repeat, Tapped, as_box
from keras_cnns.diagram.fold.segments import Segment
from keras_cnns.fingerprints import Interner

LONGEST_GROUP = 12
# Inside a group, equal layers up to this many are drawn out, as in VGG's figure.
MOST_DRAWN_OUT = 3
# Two or three equal dense layers are drawn out, as the classifiers of AlexNet and VGG are in their figures.
FEWEST_DENSE = 4


@dataclass(eq=False, slots=True)
class _Run:
    segments: list[Segment]

    @property
    def signature(self) -> int:
        return self.segments[0].signature

    @property
    def key(self) -> tuple[int, tuple[bool, ...]]:
        return self.signature, tuple(segment.bare for segment in self.segments)


def repeats(segments: list[Segment]) -> list[Part]:
    """Return the series with its repeats folded.

    Dense layers are folded if at least four of as many units follow one another. What is read from outside
    ends a repeat. A block without the shortcut begins one, as papers count a stage from the block that
    changes the size.
    """
    runs = _runs(segments)
    copies = _Copies(runs)
    parts: list[Part] = []
    start = 0
    while start < len(runs):
        length, count = _best_group(runs, copies, start)
        group = runs[start : start + length * count]
        parts += _group(group, length, count) if count > 1 else _run(group[0].segments)
        start += length * count
    return parts


def _runs(segments: list[Segment]) -> list[_Run]:
    """Equal neighbours together."""
    runs: list[_Run] = []
    for segment in segments:
        last = runs[-1].segments[-1] if runs else None
        if last and last.signature == segment.signature and _goes_on(last, segment):
            runs[-1].segments.append(segment)
        else:
            runs.append(_Run([segment]))
        if len(runs[-1].segments) > 2 and last and last.bare and not segment.bare:
            runs[-1:] = [_Run(runs[-1].segments[:-2]), _Run(runs[-1].segments[-2:])]
    found: list[_Run] = []
    for run in runs:
        drawn_out = run.segments[0].is_dense and len(run.segments) < FEWEST_DENSE
        found += [_Run([segment]) for segment in run.segments] if drawn_out else [run]
    return found


def _goes_on(last: Segment, segment: Segment) -> bool:
    equal = not segment.is_dense or _units(last) == _units(segment)
    return equal and not (last.read_outside or (segment.bare and not last.bare))


def _units(dense: Segment) -> str | None:
    return as_box(dense.series[0]).instances[0].notes.get("units")


class _Copies:
    """How often groups of runs stand again right after themselves, in time that is linear in the runs."""

    def __init__(self, runs: list[_Run]):
        number = Interner()
        self.keys = [number(run.key) for run in runs]
        self.equal: dict[
            int, list[int]
        ] = {}  # by a distance: how many runs from each on are again that far on
        self.next_read = [len(runs)] * (
            len(runs) + 1
        )  # the first run from each on that something outside reads
        for i in reversed(range(len(runs))):
            self.next_read[i] = i if runs[i].segments[-1].read_outside else self.next_read[i + 1]

    def count(self, start: int, length: int) -> int:
        """How often the group of so many runs stands in a row; only the last of all may be read outside."""
        if length not in self.equal:
            equal = [0] * (len(self.keys) + 1)
            for i in reversed(range(len(self.keys) - length)):
                equal[i] = equal[i + 1] + 1 if self.keys[i] == self.keys[i + length] else 0
            self.equal[length] = equal
        until_read = (self.next_read[start] - start + 1) // length
        return max(1, min(1 + self.equal[length][start] // length, until_read))


def _best_group(runs: list[_Run], copies: _Copies, start: int) -> tuple[int, int]:
    """How many runs from `start` make a group, and how often it follows itself: what saves most."""
    best, saved = (1, 1), 0
    for length in range(2, min(LONGEST_GROUP, (len(runs) - start) // 2) + 1):
        if len({*copies.keys[start : start + length]}) == 1:
            continue
        count = copies.count(start, length)
        if count > 1 and _straddles(runs, start, length, count):
            continue
        if length * (count - 1) > saved:
            best, saved = (length, count), length * (count - 1)
    return best


def _straddles(runs: list[_Run], start: int, length: int, count: int) -> bool:
    """Whether a group begins in the middle of a stage, as what is before or after it shows.

    The blocks of ResNet-34's first stage and the projection of the second are no group, though they stand
    twice: the third stage goes on with blocks. Pooling ends a stage.
    """
    first, last, end = runs[start], runs[start + length - 1], start + length * count
    if last.segments[0].is_pool:
        return False
    goes_on = end < len(runs) and runs[end].signature == first.signature
    is_pool = any(run.segments[0].is_pool for run in runs[start : start + length - 1])
    return goes_on or (is_pool and start > 0 and runs[start - 1].signature == last.signature)


def _run(segments: list[Segment]) -> list[Part]:
    body = merge([segment.series for segment in segments])
    return body if len(segments) == 1 else [Repeat(body, len(segments))]


def _group(runs: list[_Run], length: int, count: int) -> list[Part]:
    body: list[Part] = []
    for i in range(length):
        same = [runs[i + length * k].segments for k in range(count)]
        if same[0][0].is_box and not _is_module(same[0][0]) and len(same[0]) <= MOST_DRAWN_OUT:
            for place in range(len(same[0])):
                body += merge([segments[place].series for segments in same])
        else:
            body += merge([_run(segments) for segments in same])
    return [Repeat(body, count)]


def _is_module(segment: Segment) -> bool:
    return as_box(segment.series[0]).kind in ("module", "model")


def merge(equal: list[list[Part]]) -> list[Part]:
    """Lay equal series on top of each other: one series whose boxes stand for all."""
    if len(equal) == 1:
        return equal[0]
    return [_merge_parts(list(parts)) for parts in zip(*equal, strict=True)]


def _merge_parts(parts: list[Part]) -> Part:
    first = parts[0]
    if isinstance(first, Box):
        merged = list(map(as_box, parts))
        instances = [instance for box in merged for instance in box.instances]
        read_outside = merged[-1].read_outside
        return Box(first.kind, first.label, instances, first.module, read_outside, ways=first.ways)
    if isinstance(first, Fork):
        forks = [part for part in parts if isinstance(part, Fork)]
        branches = [
            merge(list(branches)) for branches in zip(*(fork.branches for fork in forks), strict=True)
        ]
        return replace(first, branches=branches)
    if isinstance(first, Mesh):
        meshes = [part for part in parts if isinstance(part, Mesh)]
        cells = [merge(list(cells)) for cells in zip(*(mesh.cells for mesh in meshes), strict=True)]
        return replace(first, cells=cells)
    if isinstance(first, Tapped):
        tapped = [part for part in parts if isinstance(part, Tapped)]
        joins = [merge(list(joins)) for joins in zip(*(part.joins for part in tapped), strict=True)]
        return replace(first, body=merge([part.body for part in tapped]), joins=joins)
    bodies = [part.body for part in parts if isinstance(part, (Repeat, ParallelCopies))]
    return replace(first, body=merge(bodies))


def fold_parallel(branches: list[list[Part]], signatures: list[int], fewest: int) -> list[list[Part]]:
    """Make one of `fewest` or more equal branches; equal ones stand side by side already."""
    folded: list[list[Part]] = []
    start = 0
    while start < len(branches):
        end = start
        while end < len(branches) and signatures[end] == signatures[start]:
            end += 1
        equal = branches[start:end]
        if len(equal) >= fewest and equal[0]:
            folded.append([ParallelCopies(merge(equal), len(equal))])
        else:
            folded += equal
        start = end
    return folded
